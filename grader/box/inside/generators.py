"""The global generators of torch, numpy and Python, of whoever's process this is."""

from __future__ import annotations

import random

import numpy as np
import torch


def seed_all(seed: int, accelerator: str | None) -> None:
    """Seed the global generators of torch, numpy and Python: what a constructor draws depends on nothing else."""
    torch.default_generator.manual_seed(seed)
    if accelerator == "cuda":  # where there is none, torch.manual_seed keeps every seed and the stack that led to it
        torch.cuda.manual_seed_all(seed)
    np.random.seed(seed % 2**32)  # noqa: TID251 - set here so that nobody else needs to
    random.seed(seed)
