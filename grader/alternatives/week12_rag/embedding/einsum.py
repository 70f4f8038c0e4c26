"""The mean as a product of weights and embeddings, the length from torch.linalg."""

import torch


def mean_pool(token_embeddings, attention_mask):
    wide = torch.promote_types(token_embeddings.dtype, torch.float32)
    keep = attention_mask != 0
    clean = torch.where(keep[..., None], token_embeddings, torch.zeros_like(token_embeddings)).to(wide)
    count = keep.sum(dim=1, keepdim=True).to(wide)
    weights = keep.to(wide) / torch.where(count == 0, torch.ones_like(count), count)
    return torch.einsum("bl,bld->bd", weights, clean).to(token_embeddings.dtype)


def normalise(vectors, eps=1e-12):
    wide = vectors.to(torch.promote_types(vectors.dtype, torch.float32))
    length = torch.linalg.vector_norm(wide, dim=-1, keepdim=True)
    floor = torch.full_like(length, eps)
    return (wide / torch.maximum(length, floor)).to(vectors.dtype)
