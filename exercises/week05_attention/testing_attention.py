# Week 05, exercise testing_attention: Write the test: is this attention right?
# Write the test · difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Scaled dot-product attention and its contract, assert, torch.allclose.
"""Week 05, testing_attention: a test that tells right implementations of attention from wrong ones.

The module knows what attention promises and nothing of how anybody computes it.
"""

from collections.abc import Callable

import torch
from torch import Tensor

Attention = Callable[..., tuple[Tensor, Tensor]]


def check_attention(scaled_dot_product_attention: Attention) -> None:
    """Return for a right implementation of scaled dot-product attention, raise AssertionError for a wrong one.

    The implementation is called as `scaled_dot_product_attention(query, key, value, mask)` or without the mask, and
    gives back (output, weights). What is right is the contract of exercise 1: its docstring is the whole truth.
    A right implementation may round differently: for scores up to 10, two right answers differ by less than 1e-6 in
    float64, and by less than 1e-5 in float32; for larger scores by more.
    The implementation runs in another process and takes and returns plain tensors: gradients do not cross.
    Randomness comes from a seeded torch.Generator, so that the verdict is the same every time.

    Raises:
        AssertionError: the implementation breaks the contract.
    """
    raise NotImplementedError("week 05, testing_attention: write check_attention")
