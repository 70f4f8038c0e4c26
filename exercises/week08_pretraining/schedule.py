# Week 08, exercise schedule: Learning rate and weight decay
# Difficulty 1 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Optimizers and their parameter groups, the cosine.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 08, schedule: how large a step is at each moment of training, and which weights are pulled towards 0.

The rates are plain functions of the number of the step, so a run that was stopped can be taken up anywhere.
"""

import math

import torch
from torch import nn


def warm_up_cosine(step: int, peak: float, warm_up: int, total: int, floor: float = 0.0) -> float:
    """Return the learning rate of a step: up in a straight line, then down along half a cosine.

    Steps count from 0. Below `warm_up` the rate is peak * step / warm_up, so 0 at step 0 and `peak` at step `warm_up`.
    From there it follows half a cosine from `peak` down to `floor`, which it reaches at step `total`. After `total` it
    stays at `floor`. With a `warm_up` of 0 the rate begins at `peak`.

    Raises:
        ValueError: `step` or `warm_up` is negative, or `total` is not above `warm_up`.

    Source: Loshchilov and Hutter 2017, "SGDR", equation 5, without restarts.
    """
    raise NotImplementedError("week 08, schedule: write warm_up_cosine")


def warm_up_stable_decay(step: int, peak: float, warm_up: int, stable: int, decay: int, floor: float = 0.0) -> float:
    """Return the learning rate of a step: up in a straight line, level, then down in a straight line.

    Steps count from 0. Below `warm_up` the rate is peak * step / warm_up. From step `warm_up` to
    step warm_up + stable it is `peak`. Then it falls in a straight line within `decay` steps, so that it reaches
    `floor` at step warm_up + stable + decay, and there it stays.
    `warm_up` and `stable` may be 0, and `decay` too: then the rate is `floor` already at step warm_up + stable.

    Raises:
        ValueError: `step`, `warm_up`, `stable` or `decay` is negative.

    Source: Hu et al. 2024, "MiniCPM", section 4.2; there the last part is not a straight line.
    """
    raise NotImplementedError("week 08, schedule: write warm_up_stable_decay")


def make_optimizer(model: nn.Module, rate: float, weight_decay: float) -> torch.optim.AdamW:
    """Return AdamW with weight decay for the matrices of a model and for nothing else.

    Parameters with two axes or more decay: matrices and embeddings. Those with fewer do not: biases and the scales of
    norms. The number of axes alone decides, whatever a parameter is called. Parameters that need no gradient are left
    out. A parameter that occurs twice in the model, such as a tied embedding, is listed once.
    The optimizer always has two groups, first the one with `weight_decay`, then the one with 0, also where one of them
    is empty or `weight_decay` is 0; each has the order of `model.parameters()`. The betas are (0.9, 0.95), as for GPT-3
    and Llama; what is not named here is as torch has it.

    Source: Radford et al. 2018, section 4.1, "on all non bias or gain weights"; Brown et al. 2020, appendix B.
    """
    raise NotImplementedError("week 08, schedule: write make_optimizer")
