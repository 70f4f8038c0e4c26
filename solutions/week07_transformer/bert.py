"""Week 07, bert: BERT, an encoder that reads one text or a pair, under the names of transformers' BertModel.

`config` is a dictionary in the words of a BERT's config.json: vocab_size, max_position_embeddings, type_vocab_size,
hidden_size, intermediate_size, num_hidden_layers, num_attention_heads, layer_norm_eps. Other keys are ignored. The
parts are given and have the names of a checkpoint, so that `load_state_dict` takes one; there is no dropout.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


def read_pairs(
    pairs: list[tuple[list[int], list[int] | None]], cls: int, sep: int, pad: int
) -> tuple[Int[Tensor, "batch length"], Int[Tensor, "batch length"], Bool[Tensor, "batch length"]]:
    """Lay out texts for BERT, with padding behind them so that all are equally long.

    A text is [CLS] first [SEP], a pair [CLS] first [SEP] second [SEP]. An empty `second` is a pair all the same: its
    [SEP] is there. The token type is 0 up to and including the first [SEP], 1 for `second` and its [SEP], and 0 for
    padding. Whether a token is real depends on where it stands, not on its id: a text may contain the id `pad`.

    Args:
        pairs: (first, second) for each text, of token ids; `second` is None for a text by itself. Not changed.

    Returns:
        The tuple (ids, token_types, real) on the CPU, the first two int64; real is True where no padding was added.

    Raises:
        ValueError: there are no pairs.

    Source: Devlin et al. 2019, "BERT", section 3 and figure 2.
    """
    # BEGIN SOLUTION
    if not pairs:
        raise ValueError("nothing to read: pairs is empty")
    rows, types = [], []
    for first, second in pairs:
        behind = [] if second is None else [*second, sep]
        rows.append([cls, *first, sep, *behind])
        types.append([0] * (len(first) + 2) + [1] * len(behind))
    longest = max(len(row) for row in rows)
    ids = torch.tensor([row + [pad] * (longest - len(row)) for row in rows])
    token_types = torch.tensor([row + [0] * (longest - len(row)) for row in types])
    real = torch.arange(longest) < torch.tensor([[len(row)] for row in rows])
    return ids, token_types, real
    # END SOLUTION


class BertLayer(nn.Module):
    """A post-norm encoder layer: x = norm(x + attention(x)), then x = norm(x + output(gelu(intermediate(x)))).

    Each dense layer called "output" is followed by its own LayerNorm. Query, key and value are cut into
    num_attention_heads consecutive heads. Scores are divided by the root of the width of a head. The gelu is the exact
    one. There is no causal mask.

    Raises:
        ValueError: num_attention_heads does not divide hidden_size.

    Source: Devlin et al. 2019, section 3; Vaswani et al. 2017, figure 1, left.
    """

    def __init__(self, config: dict[str, Any]):
        """Make the parts, under the names that they have in a checkpoint."""
        super().__init__()
        size, hidden, eps = config["hidden_size"], config["intermediate_size"], config["layer_norm_eps"]
        self.heads = config["num_attention_heads"]
        if size % self.heads:
            raise ValueError(f"num_attention_heads={self.heads} must divide hidden_size={size}")

        def output(inputs: int) -> nn.ModuleDict:
            return nn.ModuleDict({"dense": nn.Linear(inputs, size), "LayerNorm": nn.LayerNorm(size, eps=eps)})

        projections = nn.ModuleDict({name: nn.Linear(size, size) for name in "query key value".split()})
        self.attention = nn.ModuleDict({"self": projections, "output": output(size)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(size, hidden)})
        self.output = output(hidden)

    def forward(
        self, x: Float[Tensor, "batch length hidden_size"], real: Bool[Tensor, "batch length"] | None = None
    ) -> Float[Tensor, "batch length hidden_size"]:
        """Let every token read the real tokens of its text, in both directions. `x` is not changed.

        Args:
            real: True where a token may be read; at least one token of each text is real. None: all are. What comes out
                at a token that is not real means nothing.
        """
        # BEGIN SOLUTION
        q, k, v = (
            self.attention["self"][name](x).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for name in ("query", "key", "value")
        )  # each (batch, heads, length, head_dim)
        scores = q @ k.mT / math.sqrt(q.shape[-1])
        if real is not None:
            scores = scores.masked_fill(~real[:, None, None, :], -math.inf)  # the same keys for every head and query
        read = (torch.softmax(scores, dim=-1) @ v).transpose(1, 2).flatten(-2)
        after = self.attention["output"]
        x = after["LayerNorm"](x + after["dense"](read))
        return self.output["LayerNorm"](x + self.output["dense"](F.gelu(self.intermediate["dense"](x))))
        # END SOLUTION


class BertEncoder(nn.Module):
    """Three embeddings that are added and normed, the layers, and a pooler.

    Source: Devlin et al. 2019, section 3; the names are those of BertModel in transformers.
    """

    def __init__(self, config: dict[str, Any]):
        """Make the parts, under the names that they have in a checkpoint."""
        super().__init__()
        size = config["hidden_size"]
        self.embeddings = nn.ModuleDict(
            {
                "word_embeddings": nn.Embedding(config["vocab_size"], size),
                "position_embeddings": nn.Embedding(config["max_position_embeddings"], size),
                "token_type_embeddings": nn.Embedding(config["type_vocab_size"], size),
                "LayerNorm": nn.LayerNorm(size, eps=config["layer_norm_eps"]),
            }
        )
        layers = nn.ModuleList(BertLayer(config) for _ in range(config["num_hidden_layers"]))
        self.encoder = nn.ModuleDict({"layer": layers})
        self.pooler = nn.ModuleDict({"dense": nn.Linear(size, size)})

    def forward(
        self,
        ids: Int[Tensor, "batch length"],
        token_types: Int[Tensor, "batch length"] | None = None,
        real: Bool[Tensor, "batch length"] | None = None,
    ) -> tuple[Float[Tensor, "batch length hidden_size"], Float[Tensor, "batch hidden_size"]]:
        """Return a vector for each token, and one for each text. No argument is changed.

        A token starts as the LayerNorm of its word, its position and its token type, added. Positions count from 0 at
        the first column, whether the token there is real or not; they lie on the device of `ids`. The vector of a text
        is tanh(pooler.dense(h)), where h is what the last layer makes of the first token.

        Args:
            token_types: None: 0 everywhere.
            real: as for BertLayer.

        Returns:
            The tuple (hidden, pooled).

        Raises:
            ValueError: the text is longer than max_position_embeddings.
        """
        # BEGIN SOLUTION
        length, parts = ids.shape[1], self.embeddings
        if length > parts["position_embeddings"].num_embeddings:
            raise ValueError(f"{length} tokens, but positions for only {parts['position_embeddings'].num_embeddings}")
        if token_types is None:
            token_types = torch.zeros_like(ids)
        places = parts["position_embeddings"](torch.arange(length, device=ids.device))
        x = parts["LayerNorm"](parts["word_embeddings"](ids) + places + parts["token_type_embeddings"](token_types))
        for layer in self.encoder["layer"]:
            x = layer(x, real)
        return x, torch.tanh(self.pooler["dense"](x[:, 0]))
        # END SOLUTION
