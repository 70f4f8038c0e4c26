# Week 12, exercise embedding: Mean pooling and unit length
# Difficulty 2 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: Broadcasting, masks, floating-point types.
# Write it by hand: torch.nn.functional.normalize, torch.renorm, torch.Tensor.renorm may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 12, exercise 2: from token embeddings to one unit vector for a text.

An encoder gives one vector for each token. A search index wants one vector for each text,
and wants all of them of length 1, so that a dot product is a cosine.
The given module `encoders` has encoders to try this on.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def mean_pool(
    token_embeddings: Float[Tensor, "batch length dim"],
    attention_mask: Int[Tensor, "batch length"] | Bool[Tensor, "batch length"],
) -> Float[Tensor, "batch dim"]:
    """Average the embeddings of the real tokens of each text.

    Whatever stands at a padded position, NaN and infinity too, has no influence on the answer.
    A text without any real token gives a vector of zeros.
    Sums are made in float32 at least, in float64 for float64 embeddings; the answer has the dtype of
    `token_embeddings` and lies on its device.

    Args:
        attention_mask: 1 or True at a real token, 0 or False at padding, which may stand on either side.

    Source: Reimers and Gurevych 2019, Sentence-BERT, section 3 (MEAN strategy).
    """
    raise NotImplementedError("week 12, embedding: write mean_pool")


def normalise(vectors: Float[Tensor, "*batch dim"], eps: float = 1e-12) -> Float[Tensor, "*batch dim"]:
    """Divide every vector along the last axis by its Euclidean length.

    A length below `eps` is replaced by `eps`, so a vector of zeros stays zeros and nothing becomes NaN, its gradient
    included.
    Lengths are computed in float32 at least, in float64 for float64 vectors; the answer has the dtype of `vectors`.

    Source: the convention max(length, eps) is that of torch.nn.functional.normalize.
    """
    raise NotImplementedError("week 12, embedding: write normalise")
