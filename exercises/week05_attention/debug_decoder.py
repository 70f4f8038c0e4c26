# Week 05, exercise debug_decoder: Find the bug: a decoder with a cache
# Find the bug · difficulty 3 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: Multi-head attention, the causal mask, what a key-value cache keeps.
# What a user reports: In a chat, the answer to the second message is another one than when the whole conversation is
# read at once.
"""Week 05, debug_decoder: a small decoder that writes text with a key-value cache.

The cache saves work and must not change an answer: however a conversation is cut into calls, the numbers are the same.
There are no positions here (week 06) and nothing is trained: the weights are whatever the caller loads.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class KeyValueCache:
    """Keeps the keys and values of all the tokens that a model has read so far, one pair a layer."""

    def __init__(self, layers: int):
        """Begin with nothing."""
        self.keys: list[Tensor | None] = [None] * layers
        self.values: list[Tensor | None] = [None] * layers

    def length(self, layer: int) -> int:
        """Return how many tokens a layer has cached."""
        keys = self.keys[layer]
        return 0 if keys is None else keys.shape[-2]

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Add the keys and values of new tokens at the end; return those of all tokens."""
        if self.keys[layer] is not None:
            keys = torch.cat([self.keys[layer], keys], dim=-2)
            values = torch.cat([self.values[layer], values], dim=-2)
        self.keys[layer], self.values[layer] = keys, values
        return keys, values


class CachedAttention(nn.Module):
    """Causal self-attention with one head, which reads earlier tokens from a cache.

    Attributes:
        W_q, W_k, W_v, W_o: nn.Linear from d_model to d_model, without bias.
    """

    def __init__(self, d_model: int, layer: int):
        """Make the projections; `layer` says which part of a cache is this layer's."""
        super().__init__()
        self.layer = layer
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d_model, d_model, bias=False) for _ in range(4))

    def forward(self, x: Float[Tensor, "new d_model"], cache: KeyValueCache) -> Float[Tensor, "new d_model"]:
        """Let each new token attend to every cached token, to itself and to the new tokens before it."""
        new, past = x.shape[0], cache.length(self.layer)
        key, value = cache.append(self.layer, self.W_k(x), self.W_v(x))  # (past + new, d_model)
        visible = None  # a single token may see everything
        if new > 1:
            key_positions = torch.arange(past + new, device=x.device)
            query_positions = torch.arange(new, device=x.device)
            visible = key_positions <= query_positions.unsqueeze(-1)  # (new, past + new)
        return self.W_o(F.scaled_dot_product_attention(self.W_q(x), key, value, attn_mask=visible))


class Decoder(nn.Module):
    """An embedding, attention layers with residual connections, and a score for every next token.

    Attributes:
        embedding: nn.Embedding(vocabulary, d_model), also used to score the next token.
        layers: nn.ModuleList of CachedAttention.
    """

    def __init__(self, vocabulary: int, d_model: int, layers: int):
        """Make the layers."""
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, d_model)
        self.layers = nn.ModuleList(CachedAttention(d_model, layer) for layer in range(layers))

    def forward(
        self, tokens: Int[Tensor, " new"], cache: KeyValueCache | None = None
    ) -> Float[Tensor, "new vocabulary"]:
        """Read new tokens and return the scores (logits) of what follows each of them.

        Args:
            cache: the tokens that were read before; the new ones are added to it. None: nothing was read before.
        """
        cache = self.new_cache() if cache is None else cache
        x = self.embedding(tokens)  # (new, d_model)
        for layer in self.layers:
            x = x + layer(x, cache)
        return x @ self.embedding.weight.mT

    def new_cache(self) -> KeyValueCache:
        """Return an empty cache for this model."""
        return KeyValueCache(len(self.layers))

    @torch.no_grad()
    def converse(self, turns: list[list[int]], steps: int) -> list[list[int]]:
        """Answer each turn of a conversation with `steps` tokens, the likeliest one each time.

        A turn is read together with the last token of the answer before it: that token was chosen, but not yet read.
        """
        cache, unread, answers = self.new_cache(), [], []
        for turn in turns:
            unread = unread + turn
            answer: list[int] = []
            for _ in range(steps):
                logits = self(torch.tensor(unread, device=self.embedding.weight.device), cache)
                answer.append(int(logits[-1].argmax()))
                unread = answer[-1:]
            answers.append(answer)
        return answers
