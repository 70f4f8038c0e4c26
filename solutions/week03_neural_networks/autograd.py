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
        # BEGIN SOLUTION
        other = _value(other)
        return Value(self.data + other.data, [(self, 1.0), (other, 1.0)])
        # END SOLUTION

    def __mul__(self, other: "Value | float") -> "Value":
        """Return the product."""
        # BEGIN SOLUTION
        other = _value(other)
        return Value(self.data * other.data, [(self, other.data), (other, self.data)])
        # END SOLUTION

    def __pow__(self, exponent: float) -> "Value":
        """Raise to a constant power, a plain int or float.

        To the power 0 every number, 0 included, gives 1 with slope 0. At 0, no other power below 1 is asked for: it has
        no slope there.

        Raises:
            TypeError: the exponent is a Value.
        """
        # BEGIN SOLUTION
        if isinstance(exponent, Value):
            raise TypeError("the exponent must be a plain number")
        slope = exponent * self.data ** (exponent - 1) if exponent else 0.0
        return Value(self.data**exponent, [(self, slope)])
        # END SOLUTION

    def exp(self) -> "Value":
        """Return e to the power of this value."""
        # BEGIN SOLUTION
        result = math.exp(self.data)
        return Value(result, [(self, result)])
        # END SOLUTION

    def log(self) -> "Value":
        """Return the natural logarithm.

        Raises:
            ValueError: the number is 0 or negative.
        """
        # BEGIN SOLUTION
        if self.data <= 0:
            raise ValueError(f"log needs a number above 0, not {self.data}")
        return Value(math.log(self.data), [(self, 1 / self.data)])
        # END SOLUTION

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent."""
        # BEGIN SOLUTION
        result = math.tanh(self.data)
        return Value(result, [(self, 1 - result**2)])
        # END SOLUTION

    def relu(self) -> "Value":
        """Return the number where it is above 0, and 0 elsewhere.

        The slope at 0 is 0.
        """
        # BEGIN SOLUTION
        return Value(max(self.data, 0.0), [(self, float(self.data > 0))])
        # END SOLUTION

    def backward(self) -> None:
        """Find the gradient of this value with respect to everything that it was computed from.

        A leaf adds the new gradient to its `grad`, so that the gradients of several calls add up.
        A computed value forgets what an earlier call left there: its `grad` is that of this call alone.
        Every value passes its gradient on once, after all that was computed from it: the time grows with the number of
        operations, not with the number of paths.
        Chains of many thousand operations are no problem: nothing is recursive.
        """
        # BEGIN SOLUTION
        order = self._below()
        for value in order:
            if value.inputs:
                value.grad = 0.0
        self.grad += 1.0
        for value in reversed(order):  # everything computed from a value comes before it
            for source, slope in value.inputs:
                source.grad += slope * value.grad
        # END SOLUTION

    def zero_grad(self) -> None:
        """Set `grad` to 0.0 here and in everything that this value was computed from."""
        # BEGIN SOLUTION
        for value in self._below():
            value.grad = 0.0
        # END SOLUTION

    # BEGIN SOLUTION
    def _below(self) -> list["Value"]:
        """List this value and all that it was computed from, each once and after its inputs."""
        order, seen, waiting = [], set(), [(self, False)]
        while waiting:
            value, inputs_done = waiting.pop()
            if inputs_done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                waiting.append((value, True))
                waiting += [(source, False) for source, _ in value.inputs]
        return order

    # END SOLUTION
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


# BEGIN SOLUTION
def _value(number: Value | float) -> Value:
    """Make a plain number a leaf of its own."""
    return number if isinstance(number, Value) else Value(number)


# END SOLUTION
def gradient(f: Callable[..., Value], numbers: Sequence[float]) -> list[float]:
    """Return the slope of a function with respect to each of its numbers.

    `f` takes as many Values as there are numbers, and returns a Value that it computed from them. Each number becomes a
    leaf of its own. Where `f` does not use a number, its slope is 0.0.
    """
    # BEGIN SOLUTION
    leaves = [Value(number) for number in numbers]
    f(*leaves).backward()
    return [leaf.grad for leaf in leaves]
    # END SOLUTION
