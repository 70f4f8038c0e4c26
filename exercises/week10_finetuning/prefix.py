# Week 10, exercise prefix: Prefix tuning
# Difficulty 3 of 5 · importance 3 of 5 · about 45 minutes
# It builds on: Multi-head attention with a mask, the key-value cache.
# Write it by hand: peft may not be used.
# Nothing from transformers, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 3: prefix tuning.

The model stays frozen. What is learned are a few keys and values per layer that no token produced: every query may look
at them, so they steer the model as a prompt would, without words and without taking part in the input.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn


class PrefixEncoder(nn.Module):
    """The trainable keys and values of all layers.

    Attributes:
        embedding: with `hidden` None (P-tuning v2) an `nn.Embedding` of [length, layers * 2 * heads * head_dim] that is
            the prefix itself; with a `hidden` size (prefix tuning) an `nn.Embedding` of [length, heads * head_dim].
        transform: None, or the map that makes the prefix from the embedding, an `nn.Sequential` of `nn.Linear` to
            `hidden`, `nn.Tanh`, and `nn.Linear` to layers * 2 * heads * head_dim.

    The last axis of what they make is read as [layers, 2, heads, head_dim], the key before the value.
    """

    def __init__(self, length: int, layers: int, heads: int, head_dim: int, hidden: int | None = None) -> None:
        """Build the modules with PyTorch's own initial values.

        Source: Li and Liang 2021, section 4.3 (the map); Liu et al. 2022 (without it); names as in peft.
        """
        raise NotImplementedError("week 10, prefix: write PrefixEncoder.__init__")

    def forward(self, batch: int) -> Float[Tensor, "layers 2 batch heads length head_dim"]:
        """Return the prefix of every layer, the same for each of `batch` sequences.

        `prefix[i][0]` are the keys of layer i and `prefix[i][1]` its values.
        """
        raise NotImplementedError("week 10, prefix: write PrefixEncoder.forward")


def drop_transform(encoder: PrefixEncoder) -> PrefixEncoder:
    """Make an encoder without a map that gives the same prefix.

    The map helps while training and costs memory afterwards: it is not needed again. Returns a new encoder whose
    weights share nothing with `encoder`, in its dtype and on its device; `encoder` is not changed. The embedding of the
    new one is trainable if that of `encoder` is. An encoder that has no map is copied.

    Source: Li and Liang 2021, section 4.3, last paragraph.
    """
    raise NotImplementedError("week 10, prefix: write drop_transform")


def prefix_attention(
    query: Float[Tensor, "batch heads queries head_dim"],
    key: Float[Tensor, "batch heads keys head_dim"],
    value: Float[Tensor, "batch heads keys head_dim"],
    prefix: Float[Tensor, "2 batch heads length head_dim"],
    mask: Bool[Tensor, "#batch #heads queries keys"] | None = None,
) -> Float[Tensor, "batch heads queries head_dim"]:
    """Attend to the prefix and to the real keys with one softmax.

    The prefix stands in front of the real keys. The weight of a key is the softmax, over both kinds together, of
    query . key / sqrt(head_dim).

    Args:
        prefix: one layer of what `PrefixEncoder` gives, keys before values.
        mask: True where a query may look at a real key; None is every key. It says nothing about the prefix, which
            every query sees. A query that may look at no real key has the prefix alone.
    """
    raise NotImplementedError("week 10, prefix: write prefix_attention")
