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
    # BEGIN SOLUTION
    if len(first) != len(second) or not first:
        raise ValueError(f"both raters must rate the same items, not {len(first)} and {len(second)}")
    if any(rating in scale[:place] for place, rating in enumerate(scale)):
        raise ValueError("a rating stands on the scale twice")
    if weights not in (None, "linear", "quadratic"):
        raise ValueError(f"weights must be None, 'linear' or 'quadratic', not {weights!r}")
    one, other = (torch.tensor([scale.index(rating) for rating in ratings]) for ratings in (first, second))
    places = torch.arange(len(scale), dtype=torch.float64)
    apart = (places[:, None] - places).abs()
    apart = apart**2 if weights == "quadratic" else apart if weights else (apart > 0).double()

    observed = apart[one, other].mean()
    # Shuffled items: each rater keeps how often they use a rating, and nothing else joins the two.
    shares = [rater.bincount(minlength=len(scale)).double() / len(rater) for rater in (one, other)]
    expected = shares[0] @ apart @ shares[1]
    return float(1 - observed / expected) if expected else float("nan")
    # END SOLUTION


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
    # BEGIN SOLUTION
    if level not in ("nominal", "ordinal", "interval"):
        raise ValueError(f"level must be 'nominal', 'ordinal' or 'interval', not {level!r}")
    if ratings.isinf().any():
        raise ValueError("a rating must be a finite number, or NaN where there is none")
    counts = (~ratings.isnan()).sum(0)  # (items,)
    ratings = ratings[:, counts >= 2].double()
    given = ~ratings.isnan()
    if not given.any():
        raise ValueError("no item has two ratings")
    values, places = ratings[given].unique(return_inverse=True)
    table = torch.zeros(ratings.shape[1], len(values), dtype=torch.float64, device=ratings.device)
    items = given.nonzero()[:, 1]
    table.index_put_((items, places), torch.ones_like(items, dtype=torch.float64), accumulate=True)  # (items, values)

    totals, n = table.sum(0), table.sum()
    if level == "nominal":
        apart = 1 - torch.eye(len(values), dtype=torch.float64, device=ratings.device)
    elif level == "interval":
        apart = (values[:, None] - values) ** 2
    else:
        middle = totals.cumsum(0) - totals / 2  # half of a value's own ratings count, and all below it
        apart = (middle[:, None] - middle) ** 2
    # Pairs within an item: each of its m ratings meets the other m - 1, so such a pair weighs 1 / (m - 1).
    observed = (torch.einsum("ic, ik, ck -> i", table, table, apart) / (table.sum(1) - 1)).sum() / n
    expected = torch.einsum("c, k, ck ->", totals, totals, apart) / (n * (n - 1))
    return 1 - float(observed / expected) if expected else float("nan")
    # END SOLUTION


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
    # BEGIN SOLUTION
    latest, systems_of = {}, {}
    for row in rows:
        systems = {row["first"], row["second"]}
        if row["choice"] not in ("first", "second", "tie", "") or len(systems) < 2:
            raise ValueError(f"this row is no comparison: {row}")
        if systems_of.setdefault(row["item"], systems) != systems:
            raise ValueError(f"item {row['item']} compares other systems in another row")
        if row["choice"]:
            latest[row["rater"], row["item"]] = row
    if not latest:
        raise ValueError("nobody chose anything")

    raters, items = ({key[place]: None for key in latest} for place in (0, 1))  # in the order in which they came
    of_item: dict[tuple[str, str], list[float]] = {}
    chosen = torch.full((len(raters), len(items)), float("nan"), dtype=torch.float64)
    names, places = sorted({row[place] for row in latest.values() for place in ("first", "second")}), []
    for (rater, item), row in latest.items():
        first = {"first": 1.0, "second": 0.0, "tie": 0.5}[row["choice"]]
        places.append(first)
        for system, score in ((row["first"], first), (row["second"], 1 - first)):
            of_item.setdefault((system, item), []).append(score)
        # What raters agree on is the system: the first place holds another one for another rater.
        winner = -1 if row["choice"] == "tie" else names.index(row[row["choice"]])
        chosen[list(raters).index(rater), list(items).index(item)] = winner
    scores = {}
    for name in names:
        means = [sum(found) / len(found) for (system, _), found in of_item.items() if system == name]
        scores[name] = sum(means) / len(means)
    compared_twice = bool(((~chosen.isnan()).sum(0) >= 2).any())
    return {
        "raters": len(raters),
        "items": len(items),
        "scores": scores,
        "first": sum(places) / len(places),
        "alpha": krippendorff_alpha(chosen) if compared_twice else float("nan"),
    }
    # END SOLUTION
