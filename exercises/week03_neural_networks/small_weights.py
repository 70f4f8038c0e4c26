"""Given: parameters that a test can fill and read, and plain gradient descent. You write nothing here."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn


class Weights(nn.Module):
    """Parameters by name, each with a gradient of our choice."""

    def __init__(self, tables: dict[str, Tensor]):
        super().__init__()
        for name, table in tables.items():
            self.register_parameter(name, nn.Parameter(table.clone(memory_format=torch.preserve_format)))
        self.places = [parameter.data_ptr() for parameter in self.parameters()]

    def set_gradients(self, gradients: dict[str, Tensor | None]) -> None:
        """Put gradients in place; None takes one away."""
        for name, gradient in gradients.items():
            self.get_parameter(name).grad = None if gradient is None else gradient.clone()
        self.gradient_places = self._gradient_places()

    def gradients(self) -> dict[str, Tensor | None]:
        """Return the gradient of every parameter."""
        return {name: parameter.grad for name, parameter in self.named_parameters()}

    def values(self) -> dict[str, Tensor]:
        """Return every parameter as plain data."""
        return {name: parameter.detach().clone() for name, parameter in self.named_parameters()}

    def stayed(self) -> bool:
        """Say whether every parameter lies where it lay in memory at first."""
        return self.places == [parameter.data_ptr() for parameter in self.parameters()]

    def gradients_stayed(self) -> bool:
        """Say whether every gradient lies where `set_gradients` put it."""
        return self.gradient_places == self._gradient_places()

    def _gradient_places(self) -> list[int | None]:
        return [None if p.grad is None else p.grad.data_ptr() for p in self.parameters()]

    def set_values(self, number: float) -> None:
        """Write one number into every parameter."""
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.fill_(number)


class Watched(nn.Module):
    """A linear classifier that notes in which mode it is called; its first weights are always the same."""

    def __init__(self, inputs: int, classes: int):
        super().__init__()
        self.linear = nn.Linear(inputs, classes)
        for number, parameter in enumerate(self.parameters()):
            nn.init.normal_(parameter, generator=torch.Generator().manual_seed(number))
        self.modes: list[bool] = []
        self.graphs: list[bool] = []

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores."""
        self.modes.append(self.training)
        self.graphs.append(torch.is_grad_enabled())
        return self.linear(x)

    def is_training(self) -> bool:
        """Say in which mode the model is."""
        return self.training

    def gradient_sum(self) -> float:
        """Return the sum of the sizes of all gradients; a missing one counts 0."""
        return sum(float(p.grad.abs().sum()) for p in self.parameters() if p.grad is not None)


class Tally(nn.Module):
    """A cell of another kind: its state is (sums that begin at 1, number of steps), and the two differ in width."""

    def forward(self, x: Tensor, state: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        """Add the input to the sums, and count the step."""
        sums, steps = (torch.ones_like(x), x.new_zeros(len(x), 1)) if state is None else state
        return sums + x, steps + 1


class Running(nn.Module):
    """A cell of another kind: its state is a sum of inputs that begins at 1."""

    def forward(self, x: Tensor, state: Tensor | None = None) -> Tensor:
        """Add the input to the sum."""
        return x + (torch.ones_like(x) if state is None else state)


def hand_out(batches: list) -> Iterator:
    """Hand out batches one after the other, once."""
    yield from batches


@torch.inference_mode()
def without_autograd(function: Callable, *args: object) -> object:
    """Call a function where no graph can be built."""
    return function(*args)


def sgd(model: nn.Module, rate: float, momentum: float = 0.0) -> torch.optim.Optimizer:
    """Return plain gradient descent, whose step shows the gradient itself."""
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)
