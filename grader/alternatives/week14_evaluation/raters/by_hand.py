"""Plain Python, pair by pair."""

import math
from collections import Counter, defaultdict

import torch


def cohen_kappa(first, second, scale, weights=None):
    if len(first) != len(second) or not first or len(set(scale)) < len(scale):
        raise ValueError("bad lists")
    power = {None: 0, "linear": 1, "quadratic": 2}
    if weights not in power:
        raise ValueError("bad weights")
    for rating in [*first, *second]:
        if rating not in scale:
            raise ValueError("not on the scale")

    def apart(a, b):
        return 0.0 if a == b else float(abs(scale.index(a) - scale.index(b))) ** power[weights]

    observed = sum(map(apart, first, second)) * len(first)
    counts = Counter(first), Counter(second)
    expected = sum(x * y * apart(a, b) for a, x in counts[0].items() for b, y in counts[1].items())
    return 1 - observed / expected if expected > 0 else math.nan


def krippendorff_alpha(ratings, level="nominal"):
    if level not in ("nominal", "ordinal", "interval") or any(math.isinf(x) for x in ratings.flatten().tolist()):
        raise ValueError("bad arguments")
    items = [[x for x in item if not math.isnan(x)] for item in ratings.T.tolist()]
    items = [item for item in items if len(item) > 1]
    everything = [x for item in items for x in item]
    if not everything:
        raise ValueError("no pairs")

    def apart(c, k):
        if c == k:
            return 0.0
        if level == "nominal":
            return 1.0
        if level == "interval":
            return (c - k) ** 2
        low, high = sorted((c, k))
        between = [1.0 if low < x < high else 0.5 for x in everything if low <= x <= high]
        return sum(between) ** 2

    observed = sum(sum(apart(c, k) for c in item for k in item) / (len(item) - 1) for item in items) / len(everything)
    n, counts = len(everything), Counter(everything)
    expected = sum(a * b * apart(c, k) for c, a in counts.items() for k, b in counts.items()) / (n * (n - 1))
    return 1 - observed / expected if expected else math.nan


def summarise(rows):
    pairs, kept = {}, {}
    for row in rows:
        pair = frozenset([row["first"], row["second"]])
        if len(pair) == 1 or pairs.get(row["item"], pair) != pair:
            raise ValueError("systems")
        pairs[row["item"]] = pair
        if row["choice"] not in {"", "tie", "first", "second"}:
            raise ValueError("choice")
        if row["choice"] != "":
            kept[(row["item"], row["rater"])] = row
    if len(kept) == 0:
        raise ValueError("empty")
    value = {"first": 1.0, "tie": 0.5, "second": 0.0}
    points = defaultdict(lambda: defaultdict(list))
    numbers = defaultdict(dict)
    for (item, rater), row in kept.items():
        points[row["first"]][item].append(value[row["choice"]])
        points[row["second"]][item].append(1 - value[row["choice"]])
        winner = {"first": row["first"], "second": row["second"], "tie": None}[row["choice"]]
        numbers[item][rater] = (
            0 if winner is None else 1 + sorted(pairs[item]).index(winner) + 1000 * sum(map(ord, winner))
        )
    people = sorted({rater for _, rater in kept})
    table = torch.tensor([[float(found.get(who, math.nan)) for found in numbers.values()] for who in people]).double()
    return {
        "raters": len(people),
        "items": len(numbers),
        "scores": {name: sum(sum(x) / len(x) for x in items.values()) / len(items) for name, items in points.items()},
        "first": sum(value[row["choice"]] for row in kept.values()) / len(kept),
        "alpha": krippendorff_alpha(table) if any(len(found) > 1 for found in numbers.values()) else math.nan,
    }
