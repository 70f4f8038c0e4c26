# Week 14, exercise raters: Raters and their agreement
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Means over pairs, NaN, dictionaries.
# Write it by hand: sklearn.metrics.cohen_kappa_score, krippendorff.alpha, nltk may not be used.
# Nothing from transformers, peft may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, raters: do people agree, more than they would by chance, and what does their sheet say?"""

from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor


def cohen_kappa(
    first: list[Any], second: list[Any], scale: list[Any], weights: Literal["linear", "quadratic"] | None = None
) -> float:
    """Return Cohen's kappa of two raters: their agreement beyond what chance would give.

    kappa = 1 - D / E. D is the mean disagreement of the two ratings of an item. E is the mean disagreement if the items
    were shuffled: over all pairs of a rating by the first rater and one by the second.
    Two ratings at the places i and j of `scale` disagree by 1 if i and j differ and 0 otherwise, with weights "linear"
    by |i - j|, and with "quadratic" by (i - j)^2. So places count, also those that nobody used, and values do not.
    1: complete agreement; 0: as much as by chance; below 0: less. If E is 0, because both gave one and the same rating
    throughout, the answer is NaN. It is a Python float, and exchanging the raters changes nothing.

    Args:
        first, second: the ratings of the same items in the same order.
        scale: every possible rating once, in order.

    Raises:
        ValueError: the lists differ in length, there are no items, a rating is not in `scale`, a value of `scale`
            occurs twice, or `weights` is none of the three.

    Source: Cohen 1960, "A Coefficient of Agreement for Nominal Scales"; Cohen 1968 for the weights.
    """
    raise NotImplementedError("week 14, raters: write cohen_kappa")


def krippendorff_alpha(
    ratings: Float[Tensor, "raters items"], level: Literal["nominal", "ordinal", "interval"] = "nominal"
) -> float:
    """Return Krippendorff's alpha: the agreement of any number of raters, who need not rate every item.

    NaN says that a rater did not rate an item. Items with fewer than two ratings do not count, and neither do their
    ratings. Of the others, let n be the number of all ratings, and n_c how many of them are c.
    alpha = 1 - D / E. D is the mean over all n ratings of a rating's own disagreement, which is its mean disagreement
    with the other ratings of its item. E is the mean disagreement of two ratings drawn from all n without replacement.
    Two ratings c < k disagree, by the level of measurement: "nominal": by 1. "interval": by (k - c)^2. "ordinal": by
    the square of how many ratings lie from c to k, where those that are c or k count half: (n_c + ... + n_k) - (n_c +
    n_k) / 2. Equal ratings never disagree.
    1: complete agreement; 0: as much as by chance. If E is 0, because all n ratings are equal, the answer is NaN. It is
    a Python float, computed in float64. `ratings` is not changed.

    Raises:
        ValueError: no item has two ratings, a rating is infinite, or `level` is none of the three.

    Source: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability".
    """
    raise NotImplementedError("week 14, raters: write krippendorff_alpha")


def summarise(rows: list[dict[str, str]]) -> dict[str, Any]:
    """Say what a human-evaluation sheet says: which system people prefer, how often, and whether they agree.

    A row is one comparison of two systems' answers to a question, as `sheet.py` writes it: "rater", "item" (the
    question), "first" and "second" (the systems, in the order in which they were shown, which differs from rater to
    rater) and "choice": "first", "second", "tie", or "" if the rater left it out. Other columns do not matter. Rows
    without a choice do not count at all. If a rater has several rows for an item, the last one that has a choice counts
    alone.
    A system that was chosen gets 1, the other one 0, and a tie gives 0.5 to both.

    Returns:
        A dictionary of five:
        "raters", "items": how many there are.
        "scores": for each system the mean over its items of its mean over the item's raters, so that an item with more
            raters weighs no more than another.
        "first": the mean over all comparisons of what the text in the first place got. 0.5: the place plays no part.
        "alpha": Krippendorff's nominal alpha of which system was chosen, or a tie. NaN if no item has two raters.

    Raises:
        ValueError: a choice is none of the four, a row compares a system with itself, an item has different systems in
            different rows, or no row has a choice. Rows that do not count are checked as well.
    """
    raise NotImplementedError("week 14, raters: write summarise")
