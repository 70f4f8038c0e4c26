"""Given: training a tagger. `from tagging import train` in your notebook."""

import torch
from jaxtyping import Int
from torch import Tensor, nn


def train(
    tagger: nn.Module,
    ids: Int[Tensor, "sentences length"],
    targets: Int[Tensor, "sentences length"],
    lengths: Int[Tensor, " sentences"],
    steps: int,
    rate: float,
) -> list[float]:
    """Make steps of gradient descent with momentum on all sentences at once; return the loss before each step."""
    optimizer = torch.optim.SGD(tagger.parameters(), lr=rate, momentum=0.9)
    losses = []
    for _ in range(steps):
        loss = tagger.loss(ids, targets, lengths)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses
