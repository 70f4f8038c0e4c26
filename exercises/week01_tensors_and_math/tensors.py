# Week 01, exercise tensors: Look up, multiply, cut into windows
# Difficulty 1 of 5 · importance 5 of 5 · about 30 minutes
# It builds on: Python; what a matrix product is.
# Write it by hand: torch.nn.functional.one_hot, torch.nn.functional.embedding, torch.nn.Embedding, torch.einsum,
# torch.matmul, torch.Tensor.unfold may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: Seven products of 31 by 37 with 37 by 29 numbers in at most 10 times the reference's time: no
# Python loop over the entries.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 01, tensors: write one_hot")


def embed(table: Float[Tensor, "vocabulary dim"], ids: Int[Tensor, "*batch"]) -> Float[Tensor, "*batch dim"]:
    """Look up a row of the table for each id.

    This equals the product of `one_hot(ids, vocabulary)` and the table, but multiplies nothing. Gradients flow to the
    table: a row that was read twice receives both gradients. The result has the dtype of the table.

    Raises:
        ValueError: an id is below 0 or not below vocabulary. (Python would count a negative one from the end.)

    Source: Bengio et al. 2003, "A Neural Probabilistic Language Model", section 2 (the matrix C).
    """
    raise NotImplementedError("week 01, tensors: write embed")


def contract(a: Float[Tensor, "*batch n k"], b: Float[Tensor, "*batch k m"]) -> Float[Tensor, "*batch n m"]:
    """Multiply matrices, by hand: entry (i, j) is the sum over k of a[i, k] * b[k, j].

    Leading axes are batches: any number of them, also none. They broadcast as in `a @ b`, so that an axis of size 1,
    or a missing one, serves every matrix of the other side. `a` and `b` have one dtype, which the result has too.

    Raises:
        ValueError: `a` or `b` has fewer than two axes, or the last axis of `a` is not as long as the last but one of
        `b`.
    """
    raise NotImplementedError("week 01, tensors: write contract")


def strided_windows(x: Shaped[Tensor, "*batch length"], size: int, step: int) -> Shaped[Tensor, "*batch windows size"]:
    """Cut the last axis into windows of `size` entries, a new one every `step` entries.

    Window w holds the entries w * step to w * step + size - 1. Windows overlap when step < size. Only whole windows
    count: there are (length - size) // step + 1, rounded down, and what is left at the end is dropped.
    The dtype stays what it is, and `x` is not changed.

    Raises:
        ValueError: `size` or `step` is below 1, or `size` is above the length.
    """
    raise NotImplementedError("week 01, tensors: write strided_windows")
