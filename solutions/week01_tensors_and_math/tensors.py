"""Week 01: three things that a language model does with tensors all day.

It looks up a row for each token, it multiplies matrices, and it cuts a long text into windows.
"""

import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor


def one_hot(ids: Int[Tensor, "*batch"], size: int) -> Float[Tensor, "*batch size"]:
    """Turn each id into a row of zeros with a single 1, at the place of the id.

    The result is float32, on the device of `ids`. Ids count from 0; `ids` may have any number of axes, also none.

    Raises:
        ValueError: an id is below 0 or not below `size`.
    """
    # BEGIN SOLUTION
    if ((ids < 0) | (ids >= size)).any():
        raise ValueError(f"every id must lie between 0 and {size - 1}")
    # (*batch, 1) against (size): each id meets each place, and they agree exactly once.
    return (ids[..., None] == torch.arange(size, device=ids.device)).float()
    # END SOLUTION


def embed(table: Float[Tensor, "vocabulary dim"], ids: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch dim"]:
    """Look up a row of the table for each id.

    This equals the product of `one_hot(ids, vocabulary)` and the table, but multiplies nothing. Gradients flow to the
    table: a row that was read twice receives both gradients. The result has the dtype of the table.

    Raises:
        ValueError: an id is below 0 or not below vocabulary. (Python would count a negative one from the end.)

    Source: Bengio et al. 2003, "A Neural Probabilistic Language Model", section 2 (the matrix C).
    """
    # BEGIN SOLUTION
    if ((ids < 0) | (ids >= table.shape[0])).any():
        raise ValueError(f"every id must lie between 0 and {table.shape[0] - 1}")
    return table[ids]
    # END SOLUTION


def contract(a: Float[Tensor, "*batch n k"], b: Float[Tensor, "*batch k m"]) -> Float[Tensor, "*batch n m"]:
    """Multiply matrices, by hand: entry (i, j) is the sum over k of a[i, k] * b[k, j].

    Leading axes are batches: any number of them, also none. They broadcast as in `a @ b`, so that an axis of size 1,
    or a missing one, serves every matrix of the other side. `a` and `b` have one dtype, which the result has too.

    Raises:
        ValueError: `a` or `b` has fewer than two axes, or the last axis of `a` is not as long as the last but one of
        `b`.
    """
    # BEGIN SOLUTION
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"shapes {tuple(a.shape)} and {tuple(b.shape)} cannot be multiplied")
    products = a[..., :, :, None] * b[..., None, :, :]  # (*batch, n, k, m)
    return products.sum(dim=-2)
    # END SOLUTION


def strided_windows(x: Shaped[Tensor, "*batch length"], size: int, step: int) -> Shaped[Tensor, "*batch windows size"]:
    """Cut the last axis into windows of `size` entries, a new one every `step` entries.

    Window w holds the entries w * step to w * step + size - 1. Windows overlap when step < size. Only whole windows
    count: there are (length - size) // step + 1, rounded down, and what is left at the end is dropped.
    The dtype stays what it is, and `x` is not changed.

    Raises:
        ValueError: `size` or `step` is below 1, or `size` is above the length.
    """
    # BEGIN SOLUTION
    if size < 1 or step < 1 or size > x.shape[-1]:
        raise ValueError(f"no window of {size} every {step} entries fits into a length of {x.shape[-1]}")
    starts = torch.arange(0, x.shape[-1] - size + 1, step, device=x.device)
    positions = starts[:, None] + torch.arange(size, device=x.device)  # (windows, size)
    return x[..., positions]
    # END SOLUTION
