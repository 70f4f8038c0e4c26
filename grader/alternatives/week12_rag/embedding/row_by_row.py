"""A loop over the texts; everything in float64, which is right too."""

import torch


def mean_pool(token_embeddings, attention_mask):
    rows = []
    for tokens, mask in zip(token_embeddings, attention_mask.bool(), strict=True):
        real = tokens[mask].double()
        rows.append(real.mean(dim=0) if len(real) else torch.zeros_like(tokens[0], dtype=torch.float64))
    return torch.stack(rows).to(token_embeddings.dtype)


def normalise(vectors, eps=1e-12):
    exact = vectors.double()
    length = exact.norm(dim=-1)
    return (exact / length.clamp_min(eps).unsqueeze(-1)).to(vectors.dtype)
