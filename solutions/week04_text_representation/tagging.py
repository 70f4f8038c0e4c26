"""Given: training a tagger. `from tagging import train` in your notebook."""

import torch
from jaxtyping import Int
from torch import Tensor, nn


class Watched(nn.Linear):
    """A linear layer that notes, each time it is called, whether gradients are recorded."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs)
        self.recorded: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        """Do what a linear layer does."""
        self.recorded.append(torch.is_grad_enabled())
        return super().forward(x)


def train(
    tagger: nn.Module,
    ids: Int[Tensor, "sentences length"],
    targets: Int[Tensor, "sentences length"],
    lengths: Int[Tensor, " sentences"],
    steps: int,
    rate: float,
) -> list[float]:
    """Make steps of gradient descent on all sentences at once, at most 1 long each; return the loss before each."""
    parameters, losses = list(tagger.parameters()), []
    for _ in range(steps):
        loss = tagger.loss(ids, targets, lengths)
        losses.append(loss.item())
        slopes = torch.autograd.grad(loss, parameters)
        length = torch.stack([slope.norm() for slope in slopes]).norm()
        with torch.no_grad():
            for parameter, slope in zip(parameters, slopes, strict=True):
                parameter -= rate * slope / length.clamp(min=1)
    return losses
