# Week 07, exercise debug_encoder: Find the bug: vectors of texts
# Find the bug · difficulty 2 of 5 · importance 3 of 5 · about 20 minutes
# It builds on: An encoder layer, padding and its mask.
# What a user reports: The search finds other texts when several are read together: a short text has another vector
# beside a long one than by itself.
"""Week 07, debug_encoder: a small encoder that turns texts into vectors, many texts at once.

Every text begins with the token [CLS], and the vector of a text is what the encoder makes of that token. A text has one
vector, whatever other texts are read in the same call. There are no positions here and nothing is trained: the weights
are whatever the caller loads.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

PAD, CLS = 0, 1


def pad(texts: list[list[int]]) -> tuple[Int[Tensor, "batch length"], Bool[Tensor, "batch length"]]:
    """Put [CLS] before each text, and padding before that, so that all are equally long and end together.

    Returns:
        The tuple (ids, real); real is True where a token belongs to a text, [CLS] included.
    """
    longest = 1 + max(len(text) for text in texts)
    rows = [[PAD] * (longest - 1 - len(text)) + [CLS] + text for text in texts]
    ids = torch.tensor(rows)
    return ids, ids != PAD


class Encoder(nn.Module):
    """Token embeddings, layers of PyTorch's own (the norm before each branch), and a last norm."""

    def __init__(self, vocabulary: int, d_model: int, num_heads: int, layers: int):
        """Make the parts."""
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, d_model)
        made = (
            nn.TransformerEncoderLayer(d_model, num_heads, 4 * d_model, 0.0, "gelu", batch_first=True, norm_first=True)
            for _ in range(layers)
        )
        self.layers = nn.ModuleList(made)
        self.norm = nn.LayerNorm(d_model)

    def forward(
        self, ids: Int[Tensor, "batch length"], real: Bool[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length d_model"]:
        """Return a vector for every token; those of padding mean nothing."""
        x = self.embedding(ids)
        for layer in self.layers:
            x = layer(x, src_key_padding_mask=~real)
        return self.norm(x)

    @torch.no_grad()
    def encode(self, texts: list[list[int]]) -> Float[Tensor, "texts d_model"]:
        """Return one vector for each text: that of its [CLS]."""
        ids, real = (x.to(self.embedding.weight.device) for x in pad(texts))
        x = self(ids, real)
        return x[:, 0]
