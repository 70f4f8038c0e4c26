"""Given: models small enough to check by hand, and what a test must know of them. You write nothing here."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Backbone(nn.Module):
    """Reads a text from left to right: a token's state depends on itself and on the real tokens up to it.

    Like attention over nothing, padding in front of the first real token gives NaN there.

    Attributes:
        calls: the shapes of all ids that it was given.
    """

    def __init__(self, vocabulary: int, width: int):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.mix = nn.Linear(width, width, bias=False)
        self.calls: list[list[int]] = []

    def forward(
        self, ids: Int[Tensor, "batch length"], mask: Int[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length width"]:
        """Return a state for each position; the mask is 1 (or True) for real tokens."""
        self.calls.append(list(ids.shape))
        tokens = self.embedding(ids)
        real = mask.to(tokens.dtype).unsqueeze(-1)
        seen = (tokens * real).cumsum(1) / real.cumsum(1)
        return torch.tanh(self.mix(tokens + seen))


class Numbers(nn.Module):
    """A backbone of width 1 for work by hand: the state of a token is its id."""

    def forward(
        self, ids: Int[Tensor, "batch length"], mask: Int[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length 1"]:
        """Return a state for each position."""
        return ids.float().unsqueeze(-1)


class Policy(nn.Module):
    """Scores the next token, and the state before it, by the present token alone.

    Attributes:
        calls: the shapes of all ids that it was given.
    """

    def __init__(self, vocabulary: int, width: int, dropout: float = 0.0):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.head = nn.Linear(width, vocabulary)
        self.value = nn.Linear(width, 1)
        self.dropout = nn.Dropout(dropout)
        self.calls: list[list[int]] = []

    def forward(
        self, ids: Int[Tensor, "batch length"]
    ) -> tuple[Float[Tensor, "batch length vocabulary"], Float[Tensor, "batch length"]]:
        """Return (logits, values): both at t are about what comes behind the token at t."""
        self.calls.append(list(ids.shape))
        hidden = self.dropout(torch.tanh(self.embedding(ids)))
        return self.head(hidden), self.value(hidden).squeeze(-1)

    def mark_gradients(self, value: float) -> None:
        """Put a number into every gradient, as a step that was not finished leaves them."""
        for parameter in self.parameters():
            parameter.grad = torch.full_like(parameter, value)

    def gradient_sum(self) -> float:
        """Return the sum of the sizes of all gradients; a missing one counts 0."""
        return sum(float(p.grad.abs().sum()) for p in self.parameters() if p.grad is not None)

    def is_training(self) -> bool:
        """Say in which mode the model is."""
        return self.training


def sgd(model: nn.Module, rate: float, momentum: float = 0.0) -> torch.optim.Optimizer:
    """Return plain gradient descent, whose step shows the gradient itself."""
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)


def seed_everything(seed: int) -> None:
    """Set torch's global generator, which initial values come from."""
    torch.manual_seed(seed)  # noqa: TID251 - initial values know no other generator


def learns_through(function: Callable[..., Tensor | tuple[Tensor, ...]], *args: object) -> bool:
    """Say whether an answer is part of a graph when every argument that can learn does."""
    leaves = [
        arg.clone().requires_grad_() if isinstance(arg, Tensor) and arg.is_floating_point() else arg for arg in args
    ]
    answer = function(*leaves)
    return any(part.requires_grad for part in (answer if isinstance(answer, tuple) else (answer,)))


def learns_through_keyword(function: Callable[..., Tensor], name: str, *args: object, **kwargs: object) -> bool:
    """Say whether an answer is part of a graph when one argument, given by name, can learn, and no other."""
    leaf = kwargs[name].detach().clone().requires_grad_()  # type: ignore[attr-defined]
    return function(*args, **kwargs | {name: leaf}).requires_grad


class Bigram(nn.Module):
    """A language model that guesses the next token from the present one alone."""

    def __init__(self, vocabulary: int, width: int):
        super().__init__()
        self.embedding, self.head = nn.Embedding(vocabulary, width), nn.Linear(width, vocabulary)

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length vocabulary"]:
        """Return the logits."""
        return self.head(torch.tanh(self.embedding(ids)))
