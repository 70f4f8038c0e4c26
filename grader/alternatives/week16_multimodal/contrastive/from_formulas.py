"""The formulas of the papers: logsumexp minus the diagonal, and softplus."""

import torch
from torch.nn.functional import cosine_similarity, softplus


def similarities(images, texts):
    if images.shape[1] != texts.shape[1]:
        raise ValueError("d")
    return cosine_similarity(images[:, None], texts[None], dim=-1)


def clip_loss(images, texts, logit_scale):
    if images.shape != texts.shape or not len(images):
        raise ValueError("pairs")
    logits = torch.exp(logit_scale) * similarities(images, texts)
    right = torch.diagonal(logits)
    return 0.5 * (logits.logsumexp(1) - right).mean() + 0.5 * (logits.logsumexp(0) - right).mean()


def siglip_loss(images, texts, logit_scale, logit_bias):
    if images.shape != texts.shape or not len(images):
        raise ValueError("pairs")
    logits = torch.exp(logit_scale) * similarities(images, texts) + logit_bias
    # A no costs softplus(logit), a yes softplus(-logit) = softplus(logit) - logit.
    no = ~torch.eye(len(logits), dtype=torch.bool, device=logits.device)
    return (softplus(logits[no]).sum() + softplus(-logits[~no]).sum()) / len(logits)
