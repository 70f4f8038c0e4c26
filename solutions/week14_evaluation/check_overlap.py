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
    # BEGIN SOLUTION

    def cut(*lines: str) -> list[list[str]]:
        return [line.split() for line in lines]

    def compare(what: str, hypotheses: list, references: list, product: float, penalty: float = 1.0, **more) -> None:
        expected = 100 * penalty * product**0.25
        got = bleu(hypotheses, references, **more)
        assert isinstance(got, float) and math.isclose(got, expected, abs_tol=1e-6), f"{what}: {got}, not {expected}"

    # One sentence: the four precisions differ, so their arithmetic mean is another number.
    compare("one sentence", cut("a b c d e"), [cut("a b c d f")], 4 / 5 * 3 / 4 * 2 / 3 * 1 / 2)
    compare("a copy", cut("a b c d"), [cut("a b c d")], 1)

    # A word that stands more often than in the reference, and one that rightly stands there twice.
    compare("clipping", cut("x x x a b c"), [cut("x a b c")], 4 / 6 * 3 / 5 * 2 / 4 * 1 / 3)
    compare("repetition", cut("x y x y x y"), [cut("x y x y x y")], 1)

    # Two sentences of different lengths, one of which is worse than the other.
    references = [cut("a b c d"), cut("e f g h i j k l m n")]
    compare("corpus", cut("a b c d", "e f g h i j k l m x"), references, 13 / 14 * 11 / 12 * 9 / 10 * 7 / 8)

    # Too short, too long, and a corpus in which the lengths make up for each other.
    compare("too short", cut("a b c d"), [cut("a b c d e f g")], 1, math.exp(1 - 7 / 4))
    compare("too long", cut("a b c d e f g"), [cut("a b c d")], 4 / 7 * 3 / 6 * 2 / 5 * 1 / 4)
    references = [cut("a b c d e"), cut("a b c d")]
    compare("lengths", cut("a b c d", "a b c d e"), references, 8 / 9 * 6 / 7 * 4 / 5 * 2 / 3)

    # References of several lengths, in any order: 5 for 6, though 7 is as close; 11 for 10.
    lengths = cut("a b c d e", "a b c d e f g", "a b c d e f g h i j k")
    for order in (lengths, lengths[::-1]):
        compare("the shorter of two", cut("a b c d e f"), [order], 1)
        compare("the closest", cut("a b c d e f g h i j"), [order], 1, math.exp(1 - 11 / 10))

    # Counts of several references are not added up, and each of them may give the match.
    compare("the most frequent", cut("x x x y z w"), [cut("x y z w", "z x", "x")], 4 / 6 * 3 / 5 * 2 / 4 * 1 / 3)
    compare("both references", cut("a b c d"), [cut("a b x x", "x x c d")], 4 / 4 * 2 / 3 * (1 / 2 / 2) * (1 / 4 / 1))

    # Two orders without a match, and none at all.
    for more in ({}, {"smoothing": "exp"}):
        product = 4 / 5 * 2 / 4 * (1 / 2 / 3) * (1 / 4 / 2)
        compare("smoothing", cut("a b x c d"), [cut("a b y c d")], product, **more)
    compare("no smoothing", cut("a b x c d"), [cut("a b y c d")], 0, smoothing="none")
    for smoothing in ("exp", "none"):
        compare("nothing in common", cut("a b c d e"), [cut("v w x y z")], 0, smoothing=smoothing)
        compare("fewer than four", cut("a b c"), [cut("a b c")], 0, smoothing=smoothing)
        compare(
            "an empty one", cut("a b c d", ""), [cut("a b c d"), cut("a b")], 1, math.exp(-0.5), smoothing=smoothing
        )
    # END SOLUTION
