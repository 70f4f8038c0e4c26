"""A tiny causal language model with a key-value cache, and a sampler for it. Given: you write nothing here.

The weights are random but fixed by the seed: the text means nothing, yet every token depends on all tokens before it.
All numbers are float64: rounding never decides which token is the best.

    model = TinyLM(seed=3)
    logits, cache = model(prompt)                       # the whole prompt at once
    logits, cache = model(next_token, cache=cache)      # then only what is new; the cache remembers the rest
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor

Cache = list[tuple[Float[Tensor, "batch heads past head_dim"], Float[Tensor, "batch heads past head_dim"]]]


class TinyLM:
    """A pre-norm Transformer decoder with learned absolute positions.

    Attributes:
        tokens_seen: how many tokens went through the model so far, padding included (batch times length a call).
        calls: how many times it was called.
        device: where its weights are, and where its inputs have to be.
    """

    def __init__(
        self,
        seed: int = 0,
        vocab: int = 13,
        layers: int = 2,
        heads: int = 2,
        head_dim: int = 8,
        max_length: int = 128,
        device: str = "cpu",
    ):
        generator = Generator().manual_seed(seed)

        def weights(rows: int, columns: int, scale: float) -> Float[Tensor, "rows columns"]:
            drawn = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
            return (drawn * scale).to(device)  # drawn on the CPU, so that every device has the same weights

        width = heads * head_dim
        self.heads = heads
        self.token_embedding = weights(vocab, width, 1.0)
        self.position_embedding = weights(max_length, width, 1.0)
        self.layers = [
            {
                "query_key_value": weights(width, 3 * width, 1.5 / math.sqrt(width)),
                "attention_out": weights(width, width, 1.5 / math.sqrt(width)),
                "widen": weights(width, 4 * width, 1.0 / math.sqrt(width)),
                "narrow": weights(4 * width, width, 1.0 / math.sqrt(4 * width)),
            }
            for _ in range(layers)
        ]
        self.unembedding = weights(width, vocab, 1.5 / math.sqrt(width))
        self.tokens_seen = 0
        self.calls = 0

    @property
    def device(self) -> torch.device:
        return self.unembedding.device

    @torch.no_grad()
    def __call__(
        self,
        tokens: Int[Tensor, "batch new"],
        positions: Int[Tensor, "batch new"] | None = None,
        mask: Bool[Tensor, "batch past+new"] | None = None,
        cache: Cache | None = None,
    ) -> tuple[Float[Tensor, "batch new vocab"], Cache]:
        """Return the logits after each of the new tokens, and the cache for the next call.

        Args:
            tokens: the tokens that the cache does not hold yet. Padding may be any id of the vocabulary.
            positions: where each new token stands in its own text, from 0. None: past, past + 1, … in every row.
            mask: True for a token of the text, False for padding; for all tokens so far, those in the cache included.
                None: no padding.
            cache: what the last call returned; None: nothing went before. It is not modified: each call returns
                a new one, a list with a pair (keys, values) for each layer.

        Raises: ValueError if the mask does not cover the cached and the new tokens.
        """
        batch, new = tokens.shape
        past = cache[0][0].shape[2] if cache else 0
        if positions is None:
            positions = torch.arange(past, past + new, device=tokens.device).expand(batch, new)
        if mask is None:
            mask = torch.ones(batch, past + new, dtype=torch.bool, device=tokens.device)
        if mask.shape != (batch, past + new):
            raise ValueError(f"mask {list(mask.shape)}: {past} cached and {new} new tokens need {[batch, past + new]}")
        self.tokens_seen += tokens.numel()
        self.calls += 1

        visible = _visible(mask, past)
        x = self.token_embedding[tokens] + self.position_embedding[positions]  # [batch, new, width]
        new_cache: Cache = []
        for layer, kept in zip(self.layers, cache or [None] * len(self.layers), strict=True):
            attended, keys_values = self._attend(layer, _normalise(x), visible, kept)
            x = x + attended
            x = x + torch.tanh(_normalise(x) @ layer["widen"]) @ layer["narrow"]
            new_cache.append(keys_values)
        return _normalise(x) @ self.unembedding, new_cache

    def _attend(self, layer, x, visible, kept):
        batch, new, _ = x.shape
        query, key, value = (x @ layer["query_key_value"]).view(batch, new, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        if kept is not None:
            # [batch, heads, past, head_dim] grows to [batch, heads, past+new, head_dim]
            key, value = torch.cat([kept[0], key], dim=2), torch.cat([kept[1], value], dim=2)
        scores = query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])
        weights = scores.masked_fill(~visible, float("-inf")).softmax(dim=-1)
        return (weights @ value).transpose(1, 2).reshape(batch, new, -1) @ layer["attention_out"], (key, value)


def _visible(mask: Bool[Tensor, "batch total"], past: int) -> Bool[Tensor, "batch 1 new total"]:
    """A token sees the tokens of the text up to itself. Padding sees itself, so that no row of scores is empty."""
    total = mask.shape[1]
    key = torch.arange(total, device=mask.device)
    query = key[past:, None]
    return ((key <= query) & mask[:, None, :] | (key == query))[:, None]


def _normalise(x: Float[Tensor, "batch new width"]) -> Float[Tensor, "batch new width"]:
    return torch.nn.functional.layer_norm(x, x.shape[-1:])


def pick_next(
    logits: Float[Tensor, "batch vocab"],
    temperature: float = 1.0,
    top_k: int | None = None,
    top_p: float | None = None,
    generator: Generator | None = None,
) -> Int[Tensor, " batch"]:
    """Draw the next token of each row; temperature 0 takes the best one. The filters are those of transformers."""
    if temperature == 0:
        return logits.argmax(dim=-1)
    logits = logits / temperature
    if top_k is not None or top_p is not None:
        from transformers import TopKLogitsWarper, TopPLogitsWarper  # slow to import, so only when it is needed

        logits = logits if top_k is None else TopKLogitsWarper(top_k)(None, logits)
        logits = logits if top_p is None else TopPLogitsWarper(top_p)(None, logits)
    return torch.multinomial(logits.softmax(dim=-1), 1, generator=generator).squeeze(-1)
