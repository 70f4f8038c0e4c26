"""Row by row; the loss as a cross-entropy between two answers."""

import torch
import torch.nn.functional as F
from torch import nn


class RewardModel(nn.Module):
    def __init__(self, backbone, width):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(width, 1, bias=False)

    def forward(self, ids, mask):
        places = [row.nonzero() for row in mask]
        if ids.shape != mask.shape or any(len(place) == 0 for place in places):
            raise ValueError("mask")
        states = self.backbone(ids, mask)
        picked = torch.stack([states[row, int(place[-1])] for row, place in enumerate(places)])
        return picked @ self.head.weight[0]


def pairwise_loss(chosen, rejected, margin=None):
    margin = torch.zeros_like(chosen) if margin is None else margin
    if len(chosen) == 0 or not chosen.shape == rejected.shape == margin.shape:
        raise ValueError("pairs")
    dtype = torch.float64 if chosen.dtype == torch.float64 else torch.float32
    scores = torch.stack([chosen.to(dtype) - margin.to(dtype), rejected.to(dtype)], dim=-1)
    return F.cross_entropy(scores, torch.zeros(len(chosen), dtype=torch.int64, device=chosen.device))
