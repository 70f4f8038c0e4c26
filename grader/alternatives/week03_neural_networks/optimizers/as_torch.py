"""As torch does it: in place, the corrections folded into step size and denominator, lerp for the means."""

import math

import torch


class Adam:
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        if not 0.0 <= betas[0] < 1.0 or not 0.0 <= betas[1] < 1.0 or lr < 0:
            raise ValueError("invalid settings")
        self.params, self.lr, self.betas, self.eps, self.memory = list(parameters), lr, betas, eps, {}
        self.weight_decay = 0.0

    def zero_grad(self):
        for param in self.params:
            param.grad = None

    @torch.no_grad()
    def step(self):
        beta1, beta2 = self.betas
        for param in self.params:
            grad = param.grad
            if grad is None:
                continue
            if param not in self.memory:
                self.memory[param] = [0, torch.zeros_like(param), torch.zeros_like(param)]
            state = self.memory[param]
            state[0] += 1
            step, exp_avg, exp_avg_sq = state
            param.mul_(1 - self.lr * self.weight_decay)
            exp_avg.lerp_(grad, 1 - beta1)
            exp_avg_sq.mul_(beta2).addcmul_(grad, grad.conj(), value=1 - beta2)
            bias_correction1 = 1 - beta1**step
            bias_correction2 = 1 - beta2**step
            denom = (exp_avg_sq.sqrt() / math.sqrt(bias_correction2)).add_(self.eps)
            param.addcdiv_(exp_avg, denom, value=-self.lr / bias_correction1)


class AdamW(Adam):
    def __init__(self, parameters, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(parameters, lr, betas, eps)
        if weight_decay < 0:
            raise ValueError("invalid weight_decay")
        self.weight_decay = weight_decay


def orthogonalise(matrix, steps=5):
    a, b, c = 3.4445, -4.7750, 2.0315
    ortho = matrix.clone()
    if matrix.size(0) > matrix.size(1):
        ortho = ortho.T
    ortho = ortho / ortho.norm().clamp(min=1e-7)
    for _ in range(steps):
        gram = ortho @ ortho.T
        gram_update = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        ortho = torch.addmm(ortho, gram_update, ortho, beta=a)
    return ortho.T if matrix.size(0) > matrix.size(1) else ortho


class Muon:
    def __init__(self, parameters, lr=1e-3, momentum=0.95, weight_decay=0.1):
        self.params, self.lr, self.momentum, self.weight_decay = list(parameters), lr, momentum, weight_decay
        for param in self.params:
            if param.ndim != 2:
                raise ValueError("Muon only supports 2D parameters")
        if not 0 <= momentum < 1:
            raise ValueError("invalid momentum")
        self.buffers = {}

    @torch.no_grad()
    def step(self):
        for param in self.params:
            if param.grad is None:
                continue
            buf = self.buffers.setdefault(param, torch.zeros_like(param.grad))
            buf.lerp_(param.grad, 1 - self.momentum)
            update = orthogonalise(param.grad.lerp(buf, self.momentum))
            param.mul_(1 - self.lr * self.weight_decay)
            param.add_(update, alpha=-self.lr * math.sqrt(max(1, param.size(0) / param.size(1))))
