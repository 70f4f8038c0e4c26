"""As transformers' CLIP and SigLIP write it: texts in rows, a loss for each, the mean of the two."""

import torch
from torch import nn


def unit(x):
    return x / x.norm(p=2, dim=-1, keepdim=True).clamp(min=1e-12)


def similarities(images, texts):
    if images.size(-1) != texts.size(-1):
        raise ValueError("widths differ")
    return torch.matmul(unit(texts), unit(images).t()).t()


def check(images, texts):
    if images.shape[0] == 0 or tuple(images.shape) != tuple(texts.shape):
        raise ValueError("not a batch of pairs")


def contrastive_loss(logits):
    return nn.functional.cross_entropy(logits, torch.arange(len(logits), device=logits.device))


def clip_loss(images, texts, logit_scale):
    check(images, texts)
    logits_per_text = similarities(images, texts).t() * logit_scale.exp()
    caption_loss = contrastive_loss(logits_per_text)
    image_loss = contrastive_loss(logits_per_text.t())
    return (caption_loss + image_loss) / 2.0


def siglip_loss(images, texts, logit_scale, logit_bias):
    check(images, texts)
    logits_per_text = similarities(images, texts).t() * logit_scale.exp() + logit_bias
    eye = torch.eye(logits_per_text.size(0), dtype=logits_per_text.dtype, device=logits_per_text.device)
    m1_diag1 = -torch.ones_like(logits_per_text) + 2 * eye
    loglik = torch.nn.functional.logsigmoid(m1_diag1 * logits_per_text)
    nll = -torch.sum(loglik, dim=-1)
    return nll.mean()
