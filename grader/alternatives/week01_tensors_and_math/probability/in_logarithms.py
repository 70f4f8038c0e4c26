"""Bayes in logarithms, as probabilistic libraries do it; entropies for the information."""

import torch


def posterior(prior, likelihood):
    if bool((prior < 0).any() | (likelihood < 0).any()) or float((prior.sum(-1) - 1).abs().max()) > 1e-4:
        raise ValueError("not a distribution")
    logarithms = prior.double().log() + likelihood.double().log()
    top = logarithms.amax(-1, keepdim=True)
    if bool(torch.isneginf(top).any()):
        raise ValueError("impossible")
    return torch.softmax(logarithms - top, -1).to(prior.dtype)


def fit_gaussian(x):
    if x.shape[0] == 0:
        raise ValueError("nothing to fit")
    mean = x.sum(0) / x.shape[0]
    centred = x - mean
    return mean, torch.einsum("ni,nj->ij", centred, centred) / x.shape[0]


def fit_categorical(counts, alpha=0.0):
    if bool((counts < 0).any()) or alpha < 0:
        raise ValueError("negative")
    wide = counts.to(torch.float64)
    total = wide.sum(-1, keepdim=True) + alpha * counts.shape[-1]
    if bool((total == 0).any()):
        raise ValueError("nothing seen")
    answer = (wide + alpha) / total
    return answer.to(counts.dtype) if counts.dtype.is_floating_point else answer.float()


def mutual_information(joint):
    if bool((joint < 0).any()) or abs(float(joint.sum()) - 1) > 1e-4:
        raise ValueError("not a joint distribution")
    wide = joint.double()
    entropies = [torch.special.entr(p).sum() for p in (wide.sum(1), wide.sum(0), wide)]
    return (entropies[0] + entropies[1] - entropies[2]).to(joint.dtype)
