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
        # BEGIN SOLUTION
        super().__init__()
        self.shape = (length, layers, 2, heads, head_dim)
        width = heads * head_dim
        everything = layers * 2 * width
        if hidden is None:
            self.embedding = nn.Embedding(length, everything)
            self.transform = None
        else:
            self.embedding = nn.Embedding(length, width)
            self.transform = nn.Sequential(nn.Linear(width, hidden), nn.Tanh(), nn.Linear(hidden, everything))
        # END SOLUTION

    def forward(self, batch: int) -> Float[Tensor, "layers 2 batch heads length head_dim"]:
        """Return the prefix of every layer, the same for each of `batch` sequences.

        `prefix[i][0]` are the keys of layer i and `prefix[i][1]` its values.
        """
        # BEGIN SOLUTION
        flat = self.embedding.weight  # [length, layers * 2 * heads * head_dim]
        if self.transform is not None:
            flat = self.transform(flat)
        # Split first, then move the axes: a view straight to the answer's shape would mix positions with heads.
        prefix = flat.view(self.shape).permute(1, 2, 3, 0, 4)  # [layers 2 heads length head_dim]
        return prefix.unsqueeze(2).expand(-1, -1, batch, -1, -1, -1)
        # END SOLUTION


def drop_transform(encoder: PrefixEncoder) -> PrefixEncoder:
    """Make an encoder without a map that gives the same prefix.

    The map helps while training and costs memory afterwards: it is not needed again. Returns a new encoder whose
    weights share nothing with `encoder`, in its dtype and on its device; `encoder` is not changed. The embedding of the
    new one is trainable if that of `encoder` is. An encoder that has no map is copied.

    Source: Li and Liang 2021, section 4.3, last paragraph.
    """
    # BEGIN SOLUTION
    with torch.no_grad():
        flat = encoder.embedding.weight
        if encoder.transform is not None:
            flat = encoder.transform(flat)  # [length, layers * 2 * heads * head_dim]
        length, layers, _, heads, head_dim = encoder.shape
        plain = PrefixEncoder(length, layers, heads, head_dim).to(flat)
        plain.embedding.weight.copy_(flat)
    return plain
    # END SOLUTION


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
    # BEGIN SOLUTION
    keys = torch.cat([prefix[0], key], dim=-2)  # [batch heads length+keys head_dim]
    values = torch.cat([prefix[1], value], dim=-2)
    scores = query @ keys.transpose(-2, -1) / math.sqrt(query.shape[-1])
    if mask is not None:
        sees_prefix = mask.new_ones(*mask.shape[:-1], prefix.shape[-2])
        visible = torch.cat([sees_prefix, mask], dim=-1)
        scores = scores.masked_fill(~visible, float("-inf"))
    return scores.softmax(dim=-1) @ values
    # END SOLUTION
