"""Given: models that train in seconds, and what a test must know of them. You write nothing here."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class Bigram(nn.Module):
    """Scores the next token by the present one alone: an embedding, a norm, and a layer that may be tied to it.

    Attributes:
        seen: the first token of each row that it was given in training mode, one after the other.
        calls: the shapes of all its inputs, in whatever mode.
        tracked: for each call whether gradients could be computed from its answer.
    """

    def __init__(self, vocabulary: int, width: int, tied: bool = False, frozen: bool = False):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, vocabulary)
        if tied:
            self.head.weight = self.embedding.weight
        if frozen:
            self.norm.requires_grad_(False)
        self.dropout = nn.Dropout(0.0)
        self.seen: list[int] = []
        self.calls: list[list[int]] = []
        self.tracked: list[bool] = []
        self.factor = 1.0
        self.head.bias.register_hook(lambda gradient: gradient * self.factor)

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length vocabulary"]:
        """Return the scores (logits) of what follows each token."""
        self.calls.append(list(ids.shape))
        if self.training:
            self.seen += ids[:, 0].tolist()
        scores = self.head(self.dropout(self.norm(self.embedding(ids))))
        self.tracked.append(scores.requires_grad)
        return scores

    def set_dropout(self, p: float) -> None:
        """Drop features while training."""
        self.dropout.p = p

    def distort(self, factor: float) -> None:
        """Multiply the gradient of the last bias from now on: by infinity or NaN, as overflows do."""
        self.factor = factor

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


class Decoder(nn.Module):
    """A pre-norm Transformer decoder with learned positions, like GPT-2 but small; its weights follow from the seed."""

    def __init__(self, vocabulary: int, length: int, width: int = 32, layers: int = 1, heads: int = 4, seed: int = 0):
        super().__init__()
        self.heads = heads
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Embedding(length, width)
        self.layers = nn.ModuleList(_layer(width) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        source = torch.Generator().manual_seed(seed)
        with torch.no_grad():
            for name, parameter in self.named_parameters():
                if parameter.ndim >= 2:
                    parameter.copy_(0.02 * torch.randn(parameter.shape, generator=source))
                elif name.endswith("bias"):
                    parameter.zero_()

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length vocabulary"]:
        """Return the scores (logits) of what follows each token."""
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for layer in self.layers:
            heads = layer["qkv"](layer["norm1"](x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
            mixed = F.scaled_dot_product_attention(*heads, is_causal=True)  # (batch, heads, length, head_dim)
            x = x + layer["out"](mixed.transpose(1, 2).flatten(2))
            x = x + layer["narrow"](F.gelu(layer["widen"](layer["norm2"](x))))
        return self.norm(x) @ self.tokens.weight.mT

    def is_training(self) -> bool:
        """Say in which mode the model is."""
        return self.training


def _layer(width: int) -> nn.ModuleDict:
    """The parts of one layer."""
    return nn.ModuleDict(
        {
            "norm1": nn.LayerNorm(width),
            "qkv": nn.Linear(width, 3 * width),
            "out": nn.Linear(width, width),
            "norm2": nn.LayerNorm(width),
            "widen": nn.Linear(width, 4 * width),
            "narrow": nn.Linear(4 * width, width),
        }
    )


class Unusual(nn.Module):
    """Parameters of zero to three axes whose names say nothing about that; they compute nothing."""

    def __init__(self, narrow: bool = True, wide: bool = True):
        super().__init__()
        axes = {"weight": (4,), "temperature": (), "norm_embedding": (2,)} if narrow else {}
        axes |= {"bias": (3, 5), "kernel": (2, 3, 4), "norm_scale": (1, 6)} if wide else {}
        for name, shape in axes.items():
            self.register_parameter(name, nn.Parameter(torch.ones(shape)))


def sgd(model: nn.Module, rate: float, momentum: float = 0.0) -> torch.optim.Optimizer:
    """Return plain gradient descent, whose step shows the gradient itself."""
    return torch.optim.SGD(model.parameters(), lr=rate, momentum=momentum)


def sgd_in_groups(model: nn.Module, rates: dict[str, float]) -> torch.optim.Optimizer:
    """Return plain gradient descent with a group for each beginning of a name; parameters without one are left out."""
    named = list(model.named_parameters())
    groups = [
        {"params": [parameter for name, parameter in named if name.startswith(begin)], "lr": rate}
        for begin, rate in rates.items()
    ]
    return torch.optim.SGD(groups)


def describe(optimizer: torch.optim.Optimizer, model: nn.Module) -> list[dict]:
    """Say of each group of an optimizer which of the model's parameters it has, and its settings.

    A parameter that is none of the model's, a copy for instance, has the name "?".
    """
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    return [
        {
            "names": [names.get(id(parameter), "?") for parameter in group["params"]],
            "weight_decay": float(group["weight_decay"]),
            "lr": float(group["lr"]),
            "betas": [float(beta) for beta in group["betas"]],
            "others": [float(group["eps"]), bool(group["amsgrad"]), bool(group["maximize"])],
        }
        for group in optimizer.param_groups
    ]
