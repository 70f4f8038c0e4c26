"""Small models, built in code, that the exercises of this week adapt.

Given: read it, you need not change it. Nothing here knows about LoRA, adapters or prefixes.
Every weight comes from a generator of its own, so building a model never moves PyTorch's global generator.
"""

from collections.abc import Callable
from types import SimpleNamespace

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F


class TinyAttention(nn.Module):
    """Causal attention with one head; its four maps have the names `q`, `k`, `v` and `out`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q = nn.Linear(width, width)
        self.k = nn.Linear(width, width, bias=False)
        self.v = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, hidden: Float[Tensor, "batch length width"]) -> tuple[Tensor, Tensor]:
        """Return the mixed values and the attention weights, as the layers of transformers do."""
        length = hidden.shape[1]
        scores = self.q(hidden) @ self.k(hidden).transpose(-2, -1) / hidden.shape[-1] ** 0.5
        future = torch.ones(length, length, dtype=torch.bool, device=hidden.device).triu(1)
        weights = scores.masked_fill(future, float("-inf")).softmax(-1)
        return self.out(weights @ self.v(hidden)), weights


class TinyFeedForward(nn.Module):
    """Two maps, `up` and `down`, with a GELU between them."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.up = nn.Linear(width, inner)
        self.down = nn.Linear(inner, width)

    def forward(self, hidden: Float[Tensor, "... width"]) -> Float[Tensor, "... width"]:
        return self.down(F.gelu(self.up(hidden)))


class TinyBlock(nn.Module):
    """A Transformer block with layer norm first."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = TinyAttention(width)
        self.feed_forward_norm = nn.LayerNorm(width)
        self.feed_forward = TinyFeedForward(width, inner)

    def forward(self, hidden: Float[Tensor, "batch length width"]) -> Float[Tensor, "batch length width"]:
        hidden = hidden + self.attention(self.attention_norm(hidden))[0]
        return hidden + self.feed_forward(self.feed_forward_norm(hidden))


class TinyLM(nn.Module):
    """A language model of a few hundred weights.

    `lm_head` predicts the next token; `scorer.head` gives one number per position, as a reward model does.
    """

    def __init__(self, vocabulary: int = 13, width: int = 6, inner: int = 10, blocks: int = 2, tied: bool = False):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.blocks = nn.ModuleList(TinyBlock(width, inner) for _ in range(blocks))
        self.norm = nn.LayerNorm(width)
        self.lm_head = nn.Linear(width, vocabulary, bias=False)
        self.scorer = nn.ModuleDict({"head": nn.Linear(width, 1)})
        if tied:
            self.lm_head.weight = self.embedding.weight

    def forward(self, tokens: Int[Tensor, "batch length"]) -> tuple[Tensor, Tensor]:
        """Return logits [batch length vocabulary] and scores [batch length]."""
        hidden = self.embedding(tokens)
        for block in self.blocks:
            hidden = block(hidden)
        hidden = self.norm(hidden)
        return self.lm_head(hidden), self.scorer["head"](hidden).squeeze(-1)


class TinyEncoder(nn.Module):
    """An encoder without attention, called by names as BERT is: every position sees its token and its place."""

    def __init__(self, vocabulary: int = 17, width: int = 5, positions: int = 64) -> None:
        super().__init__()
        self.config = SimpleNamespace(hidden_size=width)
        self.embedding = nn.Embedding(vocabulary, width)
        self.position = nn.Embedding(positions, width)
        self.map = nn.Linear(width, width)

    def forward(
        self, *, input_ids: Int[Tensor, "batch length"], attention_mask: Int[Tensor, "batch length"]
    ) -> SimpleNamespace:
        places = torch.arange(input_ids.shape[1], device=input_ids.device)
        hidden = torch.tanh(self.map(self.embedding(input_ids) + self.position(places)))
        return SimpleNamespace(last_hidden_state=hidden)


def fill(module: nn.Module, seed: int) -> nn.Module:
    """Draw every weight of `module` from a normal distribution with a generator of its own."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
    return module


def tiny_lm(seed: int, device: str = "cpu", **sizes: int) -> TinyLM:
    """Build a `TinyLM` in float32 on `device`."""
    return fill(TinyLM(**sizes), seed).to(device)


def tiny_encoder(seed: int, device: str = "cpu", **sizes: int) -> TinyEncoder:
    """Build a `TinyEncoder` in float32 on `device`."""
    return fill(TinyEncoder(**sizes), seed).to(device)


def tiny_attention(width: int, seed: int, device: str = "cpu") -> TinyAttention:
    """Build one attention layer in float32 on `device`."""
    return fill(TinyAttention(width), seed).to(device)


def linear(weight: Float[Tensor, "d_out d_in"], bias: Float[Tensor, " d_out"] | None = None) -> nn.Linear:
    """Build an `nn.Linear` that holds copies of these tensors."""
    d_out, d_in = weight.shape
    layer = nn.Linear(d_in, d_out, bias=bias is not None, device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        layer.weight.copy_(weight)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


def random_linear(d_in: int, d_out: int, seed: int, device: str = "cpu") -> nn.Linear:
    """Build an `nn.Linear` in float32 on `device`."""
    return fill(nn.Linear(d_in, d_out), seed).to(device)


def seed_everything(seed: int) -> None:
    """Seed PyTorch's global generator: initial weights and dropout then repeat."""
    torch.manual_seed(seed)  # noqa: TID251 - initial weights and dropout know no other generator


class Memory:
    """Keeps the answer of a function as it is, as a program does that writes no file, and hands it on."""

    def __init__(self, function: Callable, *arguments: object) -> None:
        self.kept = function(*arguments)

    def hand_on(self, function: Callable, *arguments: object) -> None:
        """Call another function with the answer behind its other arguments."""
        function(*arguments, self.kept)
