# Week 14, exercise check_overlap: Write the test: is this BLEU right?
# Write the test · difficulty 3 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: BLEU and its contract, assert, worked numbers.
"""Week 14, check_overlap: a test that tells right implementations of BLEU from wrong ones.

The module knows what BLEU promises and nothing of how anybody computes it.
"""

import math
from collections.abc import Callable

Bleu = Callable[..., float]


def check_bleu(bleu: Bleu) -> None:
    """Return for a right implementation of corpus BLEU, raise AssertionError for a wrong one.

    The implementation is called as `bleu(hypotheses, references)` or `bleu(hypotheses, references, smoothing)`, and
    gives back a float. What is right is the contract of `bleu` in exercise 1: its docstring is the whole truth.
    A right implementation may round differently: two right answers differ by less than 1e-6.
    Only answers are asked for: what an implementation refuses does not count here, for its errors do not cross from one
    process to the other.

    Raises:
        AssertionError: the implementation breaks the contract.
    """
    raise NotImplementedError("week 14, check_overlap: write check_bleu")
