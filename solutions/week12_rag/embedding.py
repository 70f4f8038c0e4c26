"""Week 12, exercise 2: from token embeddings to one unit vector for a text.

An encoder gives one vector for each token. A search index wants one vector for each text,
and wants all of them of length 1, so that a dot product is a cosine.
The given module `encoders` has encoders to try this on.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


# BEGIN SOLUTION
def _wide(dtype: torch.dtype) -> torch.dtype:
    """The dtype to compute in: float32 at least, because float16 ends at 65504 and cannot hold 1e-12."""
    return torch.promote_types(dtype, torch.float32)


# END SOLUTION


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
    # BEGIN SOLUTION
    real = attention_mask.bool().unsqueeze(-1)  # [batch, length, 1]
    # masked_fill and not a product with the mask: NaN * 0 is NaN.
    embeddings = token_embeddings.masked_fill(~real, 0)
    total = embeddings.sum(dim=1, dtype=_wide(embeddings.dtype))  # [batch, dim]
    count = real.sum(dim=1).clamp(min=1)  # [batch, 1]; 0 / 1 where nothing is real
    return (total / count).to(token_embeddings.dtype)
    # END SOLUTION


def normalise(vectors: Float[Tensor, "*batch dim"], eps: float = 1e-12) -> Float[Tensor, "*batch dim"]:
    """Divide every vector along the last axis by its Euclidean length.

    A length below `eps` is replaced by `eps`, so a vector of zeros stays zeros and nothing becomes NaN, its gradient
    included.
    Lengths are computed in float32 at least, in float64 for float64 vectors; the answer has the dtype of `vectors`.

    Source: the convention max(length, eps) is that of torch.nn.functional.normalize.
    """
    # BEGIN SOLUTION
    wide = vectors.to(_wide(vectors.dtype))
    # norm, and no root of a sum of squares: at zeros the slope of the root is infinite, and the gradient would be NaN.
    length = wide.norm(dim=-1, keepdim=True)
    return (wide / length.clamp(min=eps)).to(vectors.dtype)
    # END SOLUTION
