"""Given: vectors in rows, with a whole number that names each; what both indexes of this week keep their vectors in."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class Table:
    """Vectors and their ids in the order in which they were added."""

    def __init__(self) -> None:
        self.vectors: Tensor | None = None
        self.ids: Tensor | None = None

    def __len__(self) -> int:
        return 0 if self.ids is None else len(self.ids)

    def append(self, vectors: Float[Tensor, "new dim"], ids: Int[Tensor, " new"]) -> None:
        """Add vectors under their ids, behind those that are there already.

        Raises:
            ValueError: there are not as many ids as vectors, an id stands there twice or is in the table already, or
                the width differs from that of earlier vectors. The table is then as it was before.
        """
        ids = torch.as_tensor(ids, dtype=torch.int64, device=vectors.device)
        if len(vectors) != len(ids):
            raise ValueError(f"{len(vectors)} vectors, but {len(ids)} ids")
        if self.vectors is not None:
            if vectors.shape[1] != self.vectors.shape[1]:
                raise ValueError(f"vectors of width {vectors.shape[1]}, the index holds width {self.vectors.shape[1]}")
            vectors, ids = torch.cat([self.vectors, vectors]), torch.cat([self.ids, ids])
        else:
            vectors, ids = vectors.clone(), ids.clone()  # whoever changes their tensor later does not change the table
        if len(ids.unique()) != len(ids):
            raise ValueError("every id must be new")
        self.vectors, self.ids = vectors, ids  # only now: a refused call changes nothing


def unit(vectors: Float[Tensor, "n dim"]) -> Float[Tensor, "n dim"]:
    """Scale to length 1; zeros stay zeros, so their cosine with anything is 0."""
    # First by the largest entry: the squares of very small numbers are 0, those of very large ones infinite.
    largest = vectors.abs().amax(dim=-1, keepdim=True)
    vectors = vectors / largest.masked_fill(largest == 0, 1)
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors / length.masked_fill(length == 0, 1)
