"""As small engines often do it: every result keeps a function that sends its gradient on; sorted by age."""

import itertools
import math

AGES = itertools.count()


class Value:
    def __init__(self, data, children=()):
        self.data, self.grad = float(data), 0.0
        self.inputs, self.age = tuple(children), next(AGES)
        self._send = lambda: None

    @staticmethod
    def wrap(other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, other):
        other = self.wrap(other)
        out = Value(self.data + other.data, (self, other))

        def send():
            self.grad += out.grad
            other.grad += out.grad

        out._send = send
        return out

    def __mul__(self, other):
        other = self.wrap(other)
        out = Value(self.data * other.data, (self, other))

        def send():
            self.grad += other.data * out.grad
            other.grad += self.data * out.grad

        out._send = send
        return out

    def _unary(self, data, slope):
        out = Value(data, (self,))

        def send():
            self.grad += slope * out.grad

        out._send = send
        return out

    def __pow__(self, exponent):
        if not isinstance(exponent, int | float):
            raise TypeError("plain numbers only")
        return self._unary(self.data**exponent, 0.0 if exponent == 0 else exponent * self.data ** (exponent - 1))

    def exp(self):
        return self._unary(math.exp(self.data), math.exp(self.data))

    def log(self):
        return self._unary(math.log(self.data), self.data**-1)  # math.log raises ValueError itself

    def tanh(self):
        return self._unary(math.tanh(self.data), math.cosh(self.data) ** -2)

    def relu(self):
        return self._unary(self.data if self.data > 0 else 0.0, 1.0 if self.data > 0 else 0.0)

    def _all(self):
        found, waiting = {}, [self]
        while waiting:
            value = waiting.pop()
            if id(value) not in found:
                found[id(value)] = value
                waiting.extend(value.inputs)
        return sorted(found.values(), key=lambda value: -value.age)  # a result is younger than what it came from

    def backward(self):
        values = self._all()
        for value in values:
            value.grad = value.grad if not value.inputs else 0.0
        self.grad += 1
        for value in values:
            value._send()

    def zero_grad(self):
        for value in self._all():
            value.grad = 0.0

    def __neg__(self):
        return self * -1

    def __sub__(self, other):
        return self + -self.wrap(other)

    def __truediv__(self, other):
        return self * self.wrap(other) ** -1

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other):
        return self.wrap(other) - self

    def __rtruediv__(self, other):
        return self.wrap(other) / self


def gradient(f, numbers):
    values = list(map(Value, numbers))
    f(*values).backward()
    return [value.grad for value in values]
