"""Kahn's way: a value passes its gradient on as soon as its last user has sent one; gradients are kept in a table."""

import math


class Value:
    def __init__(self, data, inputs=()):
        self.data, self.grad, self.inputs = float(data), 0.0, tuple(inputs)

    def _of(self, other):
        return other if isinstance(other, Value) else Value(other)

    def __add__(self, other):
        other = self._of(other)
        return Value(other.data + self.data, ((self, 1), (other, 1)))

    def __mul__(self, other):
        other = self._of(other)
        if other is self:
            return Value(self.data**2, ((self, 2 * self.data),))
        return Value(other.data * self.data, ((self, other.data), (other, self.data)))

    def __pow__(self, exponent):
        if isinstance(exponent, Value):
            raise TypeError(exponent)
        return Value(self.data**exponent, ((self, exponent and exponent * self.data ** (exponent - 1)),))

    def exp(self):
        return Value(math.e**self.data, ((self, math.e**self.data),))

    def log(self):
        if not self.data > 0:
            raise ValueError("not above 0")
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, ((self, (1 - t) * (1 + t)),))

    def relu(self):
        return Value(self.data, ((self, 1),)) if self.data > 0 else Value(0, ((self, 0),))

    def _users(self):
        users, values, waiting = {id(self): 0}, [self], [self]
        while waiting:
            for source, _ in waiting.pop().inputs:
                if id(source) not in users:
                    users[id(source)] = 0
                    values.append(source)
                    waiting.append(source)
                users[id(source)] += 1
        return users, values

    def backward(self):
        users, values = self._users()
        sent = dict.fromkeys(users, 0.0)
        sent[id(self)] = 1.0
        ready = [self]
        while ready:
            value = ready.pop()
            for source, slope in value.inputs:
                sent[id(source)] += slope * sent[id(value)]
                users[id(source)] -= 1
                if users[id(source)] == 0:
                    ready.append(source)
        for value in values:
            value.grad = sent[id(value)] + (0.0 if value.inputs else value.grad)

    def zero_grad(self):
        for value in self._users()[1]:
            value.grad = 0.0

    def __neg__(self):
        return Value(-self.data, ((self, -1),))

    def __sub__(self, other):
        other = self._of(other)
        return Value(self.data - other.data, ((self, 1), (other, -1)))

    def __truediv__(self, other):
        return self * self._of(other) ** -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __rsub__(self, other):
        return Value(other) - self

    def __rtruediv__(self, other):
        return Value(other) / self


def gradient(f, numbers):
    leaves = tuple(Value(number) for number in numbers)
    result = f(*leaves)
    result.zero_grad()
    result.backward()
    return [float(leaf.grad) for leaf in leaves]
