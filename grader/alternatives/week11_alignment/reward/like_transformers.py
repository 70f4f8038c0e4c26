"""As sequence classification in transformers does it: the last token by argmax; softplus."""

import torch
import torch.nn.functional as F
from torch import nn


class RewardModel(nn.Module):
    def __init__(self, backbone, width):
        super().__init__()
        self.backbone = backbone
        self.head = nn.Linear(width, 1, bias=False)

    def forward(self, ids, mask):
        if ids.shape != mask.shape:
            raise ValueError("shapes")
        real = mask.to(torch.int32)
        if (real.sum(-1) == 0).any():
            raise ValueError("no token")
        states = self.backbone(ids, mask)
        places = (torch.arange(ids.shape[-1], device=ids.device, dtype=torch.int32) * real).argmax(-1)
        return self.head(states.gather(1, places[:, None, None].expand(-1, 1, states.shape[-1]))).flatten()


def pairwise_loss(chosen, rejected, margin=None):
    if any(other.shape != chosen.shape for other in (rejected, margin) if other is not None) or not len(chosen):
        raise ValueError("shapes")
    if chosen.dtype in (torch.float16, torch.bfloat16):
        chosen, rejected = chosen.float(), rejected.float()
    behind = rejected - chosen
    if margin is not None:
        behind = behind + margin
    return F.softplus(behind).sum() / len(behind)
