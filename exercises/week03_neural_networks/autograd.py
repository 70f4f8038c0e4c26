# Week 03, exercise autograd: Numbers that know where they came from
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: The chain rule; Python classes and operators such as `__add__`.
# Write it by hand: torch may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 03, autograd: numbers that know where they came from.

Every framework for neural networks rests on this idea, with tensors in the place of the numbers.
"""

import math
from collections.abc import Callable, Sequence


class Value:
    """A number that remembers what it was computed from, so that gradients can flow back.

    An operand may also be a plain int or float, on either side: `2 * x`, `x - 1`. No operation changes its operands.

    Attributes:
        data: the number, a float.
        grad: the gradient that `backward` found; 0.0 at first.
        inputs: what it was computed from: pairs of a Value and the slope of this value with respect to it.
    """

    def __init__(self, data: float, inputs: Sequence[tuple["Value", float]] = ()):
        """Hold a number. Without inputs it is a leaf: a value that was not computed from others."""
        self.data = float(data)
        self.grad = 0.0
        self.inputs = tuple(inputs)

    def __add__(self, other: "Value | float") -> "Value":
        """Return the sum."""
        raise NotImplementedError("week 03, autograd: write Value.__add__")

    def __mul__(self, other: "Value | float") -> "Value":
        """Return the product."""
        raise NotImplementedError("week 03, autograd: write Value.__mul__")

    def __pow__(self, exponent: float) -> "Value":
        """Raise to a constant power, a plain int or float.

        To the power 0 every number, 0 included, gives 1 with slope 0. At 0, no other power below 1 is asked for: it has
        no slope there.

        Raises:
            TypeError: the exponent is a Value.
        """
        raise NotImplementedError("week 03, autograd: write Value.__pow__")

    def exp(self) -> "Value":
        """Return e to the power of this value."""
        raise NotImplementedError("week 03, autograd: write Value.exp")

    def log(self) -> "Value":
        """Return the natural logarithm.

        Raises:
            ValueError: the number is 0 or negative.
        """
        raise NotImplementedError("week 03, autograd: write Value.log")

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent."""
        raise NotImplementedError("week 03, autograd: write Value.tanh")

    def relu(self) -> "Value":
        """Return the number where it is above 0, and 0 elsewhere.

        The slope at 0 is 0.
        """
        raise NotImplementedError("week 03, autograd: write Value.relu")

    def backward(self) -> None:
        """Find the gradient of this value with respect to everything that it was computed from.

        A leaf adds the new gradient to its `grad`, so that the gradients of several calls add up.
        A computed value forgets what an earlier call left there: its `grad` is that of this call alone.
        Every value passes its gradient on once, after all that was computed from it: the time grows with the number of
        operations, not with the number of paths.
        Chains of many thousand operations are no problem: nothing is recursive.
        """
        raise NotImplementedError("week 03, autograd: write Value.backward")

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in everything that this value was computed from."""
        raise NotImplementedError("week 03, autograd: write Value.zero_grad")

    def __neg__(self) -> "Value":
        return self * -1.0

    def __sub__(self, other: "Value | float") -> "Value":
        return self + other * -1.0

    def __truediv__(self, other: "Value | float") -> "Value":
        return self * other**-1

    def __radd__(self, other: float) -> "Value":
        return self + other

    def __rmul__(self, other: float) -> "Value":
        return self * other

    def __rsub__(self, other: float) -> "Value":
        return self * -1.0 + other

    def __rtruediv__(self, other: float) -> "Value":
        return self**-1 * other

    def __repr__(self) -> str:
        return f"Value({self.data:g}, grad={self.grad:g})"


def gradient(f: Callable[..., Value], numbers: Sequence[float]) -> list[float]:
    """Return the slope of a function with respect to each of its numbers.

    `f` takes as many Values as there are numbers, and returns a Value that it computed from them. Each number becomes a
    leaf of its own. Where `f` does not use a number, its slope is 0.0.
    """
    raise NotImplementedError("week 03, autograd: write gradient")
