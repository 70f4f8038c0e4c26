"""Muon by singular values, its momentum as in plain gradient descent; Adam with the sums written out."""

import torch


class Adam:
    decay = 0.0

    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        self.parameters, self.lr, self.eps = [*parameters], lr, eps
        self.beta1, self.beta2 = betas
        if min(betas) < 0 or max(betas) >= 1:
            raise ValueError("betas")
        self.past = [([], []) for _ in self.parameters]

    def step(self):
        for parameter, (firsts, seconds) in zip(self.parameters, self.past, strict=True):
            gradient = parameter.grad
            if gradient is None:
                continue
            t = len(firsts) + 1
            firsts.append(gradient.clone())
            seconds.append(gradient.square())
            mean = self._mean(firsts, self.beta1, t)
            square = self._mean(seconds, self.beta2, t)
            step = mean / (torch.sqrt(square) + self.eps)
            parameter.data.copy_(parameter.data * (1 - self.lr * self.decay) - self.lr * step)

    def _mean(self, past, beta, t):
        weights = [(1 - beta) * beta ** (t - 1 - k) for k in range(t)]
        return sum(w * p for w, p in zip(weights, past, strict=True)) / sum(weights)


class AdamW(Adam):
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        if weight_decay < 0:
            raise ValueError("weight_decay")
        super().__init__(parameters, lr, betas, eps)
        self.decay = weight_decay


def orthogonalise(matrix, steps=5):
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    s = values / max(float(values.norm()), 1e-7)
    for _ in range(steps):
        s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
    return left * s @ right


class Muon:
    def __init__(self, parameters, lr=1e-3, momentum=0.95, weight_decay=0.1):
        self.parameters, self.lr, self.momentum, self.weight_decay = [*parameters], lr, momentum, weight_decay
        if any(len(parameter.shape) != 2 for parameter in self.parameters) or momentum < 0 or momentum >= 1:
            raise ValueError("matrices and a momentum below 1, please")
        self.velocity = [0.0 for _ in self.parameters]

    def step(self):
        with torch.no_grad():
            for number, matrix in enumerate(self.parameters):
                if matrix.grad is not None:
                    # Without the factor 1 - momentum everything is larger by one factor, which is divided out.
                    self.velocity[number] = self.momentum * self.velocity[number] + matrix.grad
                    update = orthogonalise(matrix.grad + self.momentum * self.velocity[number])
                    rows, columns = matrix.shape
                    matrix *= 1 - self.lr * self.weight_decay
                    matrix -= self.lr * (rows / columns if rows > columns else 1.0) ** 0.5 * update
