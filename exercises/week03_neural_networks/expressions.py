"""Given: a sheet of numbers by name, which computes step by step what it is told. You write nothing here."""

import operator
from collections.abc import Callable
from typing import Any


class Formula:
    """A function of values: it carries out steps on a sheet, where its arguments are called a, b, c …"""

    def __init__(self, steps: list[tuple], result: str):
        self.steps, self.result = steps, result

    def __call__(self, *values: Any) -> Any:
        sheet = Sheet(float, {})
        sheet.values.update(zip("abcdefgh", values, strict=False))
        sheet.compute(self.steps)
        return sheet.values[self.result]


class Sheet:
    """Leaves and results, each under a name."""

    def __init__(self, value: Callable[[float], Any], leaves: dict[str, float]):
        self.values = {name: value(number) for name, number in leaves.items()}

    def compute(self, steps: list[tuple]) -> None:
        """Carry out steps such as ("c", "add", "a", "b") or ("d", "tanh", "c"); a number stands for itself."""
        for result, name, *operands in steps:
            taken = [self.values[one] if isinstance(one, str) else one for one in operands]
            if hasattr(operator, name):
                self.values[result] = getattr(operator, name)(*taken)
            else:
                self.values[result] = getattr(taken[0], name)()

    def backward(self, name: str) -> None:
        """Send gradients back from one value."""
        self.values[name].backward()

    def zero_grad(self, name: str) -> None:
        """Clear the gradients below one value."""
        self.values[name].zero_grad()

    def data(self, *names: str) -> list[float]:
        """Return the numbers of these names."""
        return [self.values[name].data for name in names]

    def gradients(self, *names: str) -> list[float]:
        """Return the gradients of these names."""
        return [self.values[name].grad for name in names]

    def chain(self, result: str, start: str, times: int) -> None:
        """Add 1 so many times, each sum a value of its own."""
        value = self.values[start]
        for _ in range(times):
            value = value + 1
        self.values[result] = value
