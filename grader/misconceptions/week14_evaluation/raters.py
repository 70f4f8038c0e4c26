"""Known mistakes of week 14, raters."""

import raters as solution
import torch

from grader.mistakes import mistake

NAN = float("nan")


def checked(first, second, scale, weights):
    """The places of both raters on the scale, after the solution's checks."""
    solution.cohen_kappa(first, second, scale, weights)
    return [scale.index(rating) for rating in first], [scale.index(rating) for rating in second]


def kappa(one, other, apart, chance=None):
    """1 - D / E for two lists of places."""
    observed = sum(apart(i, j) for i, j in zip(one, other, strict=True)) / len(one)
    if chance is None:
        chance = sum(apart(i, j) for i in one for j in other) / len(one) ** 2
    return 1 - observed / chance if chance else NAN


def distance(weights):
    """How far two places lie apart."""
    if weights is None:
        return lambda i, j: float(i != j)
    return lambda i, j: float(abs(i - j) ** (2 if weights == "quadratic" else 1))


@mistake(
    of="cohen_kappa",
    en="It looks like plain agreement is returned: what two raters would share by chance is still in it.",
    zh="看起来返回的是简单的一致率：其中还包含随机也会有的一致。",
    breaks="kappa = 1 - D / E",
)
def plain_agreement(first, second, scale, weights=None):
    one, other = checked(first, second, scale, weights)
    return sum(i == j for i, j in zip(one, other, strict=True)) / len(one)


@mistake(
    of="cohen_kappa",
    en="It looks like chance is taken from both raters together (Scott's pi): each rater has habits of their own.",
    zh="看起来用两人合并的比例计算随机一致（Scott 的 pi）：每位评分者有自己的习惯。",
    breaks="over all pairs of a rating by the first rater and one by the second",
)
def one_habit_for_both(first, second, scale, weights=None):
    one, other = checked(first, second, scale, weights)
    both, apart = one + other, distance(weights)
    return kappa(one, other, apart, sum(apart(i, j) for i in both for j in both) / len(both) ** 2)


@mistake(
    of="cohen_kappa",
    en="It looks like every rating of the scale is expected equally often: chance depends on what the raters used.",
    zh="看起来假定尺度上的每个等级机会均等：随机一致取决于评分者实际用了什么。",
)
def all_ratings_equally_likely(first, second, scale, weights=None):
    one, other = checked(first, second, scale, weights)
    apart, places = distance(weights), range(len(scale))
    if len({*one, *other}) == 1:
        return NAN
    return kappa(one, other, apart, sum(apart(i, j) for i in places for j in places) / len(scale) ** 2)


@mistake(
    of="cohen_kappa",
    en="It looks like the weights measure from value to value: they measure from place to place on the scale.",
    zh="看起来权重按数值的差计算：应按尺度上的位置计算。",
    breaks="and values do not",
)
def values_for_places(first, second, scale, weights=None):
    checked(first, second, scale, weights)
    if weights is None or not all(isinstance(value, int) for value in scale):
        return solution.cohen_kappa(first, second, scale, weights)
    return kappa(first, second, distance(weights))


@mistake(
    of="cohen_kappa",
    en="It looks like ratings that nobody used are left out of the scale before the weights are measured.",
    zh="看起来计算权重之前，去掉了尺度上没人用过的等级。",
    breaks="So places count, also those that nobody used",
)
def drops_unused_places(first, second, scale, weights=None):
    checked(first, second, scale, weights)
    used = [value for value in scale if value in first or value in second]
    return solution.cohen_kappa(first, second, used, weights)


@mistake(
    of="cohen_kappa",
    en="It looks like the scale is sorted: its order is given, and the order of words is not the alphabet's.",
    zh="看起来把尺度排了序：它的次序是给定的，词的次序不是字母表的次序。",
    breaks="every possible rating once, in order",
)
def sorts_the_scale(first, second, scale, weights=None):
    checked(first, second, scale, weights)
    return solution.cohen_kappa(first, second, sorted(scale), weights)


@mistake(
    of="cohen_kappa",
    en="It looks like the weights or the chance are others than here: linear is by |i - j|, quadratic by its square, "
    "and chance is the mean over all pairs of a rating by each rater.",
    zh="看起来权重或随机一致与这里不同：linear 是 |i - j|，quadratic 是其平方；随机一致对两人评分的所有组合取平均。",
    breaks='with weights "linear" by |i - j|',
)
def exchanges_the_weights(first, second, scale, weights=None):
    other = {"linear": "quadratic", "quadratic": "linear"}.get(weights, weights)
    return solution.cohen_kappa(first, second, scale, other)


@mistake(
    of="cohen_kappa",
    en="It looks like complete agreement on one single rating gives 1: it shows nothing beyond chance, so NaN is asked "
    "for.",
    zh="看起来始终给同一个评分的完全一致得 1：它没有显示任何超出随机的一致，这里要求 NaN。",
    breaks="If E is 0, because both gave one and the same rating throughout, the answer is NaN",
)
def nan_becomes_one(first, second, scale, weights=None):
    found = solution.cohen_kappa(first, second, scale, weights)
    return 1.0 if found != found else found


@mistake(
    of="cohen_kappa",
    en="It looks like complete agreement on one single rating gives 0: it shows nothing either way, so NaN is asked "
    "for.",
    zh="看起来始终给同一个评分的完全一致得 0：它什么也说明不了，所以这里要求 NaN。",
)
def nan_becomes_zero(first, second, scale, weights=None):
    found = solution.cohen_kappa(first, second, scale, weights)
    return 0.0 if found != found else found


@mistake(
    of="cohen_kappa",
    en="It looks like items that only one rater has are dropped: lists of different lengths are a mistake of the "
    "caller.",
    zh="看起来丢掉了只有一人评过的条目：长度不同是调用者的错误。",
    breaks="the lists differ in length",
)
def drops_what_is_left_over(first, second, scale, weights=None):
    shorter = min(len(first), len(second))
    return solution.cohen_kappa(first[:shorter], second[:shorter], scale, weights)


def distance_among(flat, level):
    """How far two ratings lie apart, where `flat` holds the ratings that count."""

    def ordinal(c, k):
        c, k = min(c, k), max(c, k)
        return (sum(c <= x <= k for x in flat) - (flat.count(c) + flat.count(k)) / 2) ** 2 if c != k else 0.0

    return {"nominal": lambda c, k: float(c != k), "interval": lambda c, k: (c - k) ** 2, "ordinal": ordinal}[level]


def alpha(ratings, level, *, weigh=True, without_replacement=True, lonely=False, apart=None, by_item=False, urn=None):
    """Alpha by pairs, with one part exchanged."""
    solution.krippendorff_alpha(ratings, level)
    items = [[float(x) for x in item if x == x] for item in ratings.T]
    items = [item for item in items if len(item) >= (1 if lonely else 2)]
    flat = [x for item in items for x in item]
    urn = flat if urn is None else urn
    n, drawn = len(flat), len(urn)
    apart = apart or distance_among(urn, level)
    own = [(sum(apart(c, k) for c in item for k in item), max(1, len(item) - 1)) for item in items]
    if by_item:
        shares = [total / others / len(item) for (total, others), item in zip(own, items, strict=True)]
        observed = sum(shares) / len(shares)
    elif weigh:
        observed = sum(total / others for total, others in own) / n
    else:
        observed = sum(total for total, _ in own) / sum(len(item) * (len(item) - 1) for item in items)
    expected = sum(apart(c, k) for c in urn for k in urn) / (drawn * (drawn - 1) if without_replacement else drawn**2)
    return 1 - observed / expected if expected else NAN


@mistake(
    of="krippendorff_alpha",
    en="It looks like the disagreements are divided by another number: E is over the n (n - 1) ordered pairs of two "
    "ratings that count, D over the n ratings.",
    zh="看起来不一致除以了别的数：E 除以计入的 n 个评分两两有序组成的 n (n - 1) 对，D 除以 n 个评分。",
    breaks="two ratings drawn from all n without replacement",
)
def with_replacement(ratings, level="nominal"):
    return alpha(ratings, level, without_replacement=False)


@mistake(
    of="krippendorff_alpha",
    en="It looks like every pair within an item weighs the same: then an item with four ratings counts six pairs, "
    "one with two a single one. Every rating weighs the same instead.",
    zh="看起来条目内的每一对权重相同：那样四个评分的条目有六对，两个评分的只有一对。应当是每个评分的权重相同。",
    breaks="which is its mean disagreement with the other ratings of its item",
)
def pairs_weigh_the_same(ratings, level="nominal"):
    return alpha(ratings, level, weigh=False)


@mistake(
    of="krippendorff_alpha",
    en="It looks like every item weighs the same in D: every rating does, so an item with more ratings weighs more.",
    zh="看起来 D 中每个条目的权重相同：权重相同的是每个评分，所以评分多的条目权重更大。",
)
def items_weigh_the_same(ratings, level="nominal"):
    return alpha(ratings, level, by_item=True)


@mistake(
    of="krippendorff_alpha",
    en="It looks like chance is drawn from all ratings, also from those of items that only one rater rated.",
    zh="看起来随机一致用上了所有评分，包括只有一人评过的条目的评分。",
)
def lonely_ratings_in_the_urn(ratings, level="nominal"):
    return alpha(ratings, level, urn=ratings[~ratings.isnan()].tolist())


@mistake(
    of="krippendorff_alpha",
    en="It looks like the rating of an item that nobody else rated still counts for chance.",
    zh="看起来只有一人评过的条目，其评分仍计入了随机一致。",
    breaks="and neither do their ratings",
)
def lonely_ratings_count(ratings, level="nominal"):
    return alpha(ratings, level, lonely=True)


@mistake(
    of="krippendorff_alpha",
    en="It looks like only items that everybody rated are used.",
    zh="看起来只用了所有人都评过的条目。",
    breaks="Items with fewer than two ratings do not count",
)
def complete_items_alone(ratings, level="nominal"):
    found = solution.krippendorff_alpha(ratings, level)
    whole = ratings[:, ~ratings.isnan().any(0)]
    return solution.krippendorff_alpha(whole, level) if whole.shape[1] else found


@mistake(
    of="krippendorff_alpha",
    en="It looks like a missing rating counts as a rating of 0.",
    zh="看起来把缺失的评分当成了 0 分。",
    breaks="NaN says that a rater did not rate an item",
)
def missing_is_zero(ratings, level="nominal"):
    solution.krippendorff_alpha(ratings, level)
    return solution.krippendorff_alpha(ratings.nan_to_num(0.0), level)


@mistake(
    of="krippendorff_alpha",
    en="It looks like the ordinal distance counts places of the scale: it counts the ratings that lie between.",
    zh="看起来次序距离数的是尺度上的位置：应当数两者之间的评分个数。",
    breaks="by the square of how many ratings lie from c to k",
)
def places_for_ranks(ratings, level="nominal"):
    if level != "ordinal":
        return solution.krippendorff_alpha(ratings, level)
    solution.krippendorff_alpha(ratings, level)
    places = torch.full_like(ratings, NAN)
    given = ~ratings.isnan()
    places[given] = ratings[given].unique(return_inverse=True)[1].to(ratings.dtype)
    return solution.krippendorff_alpha(places, "interval")


@mistake(
    of="krippendorff_alpha",
    en="It looks like the ordinal distance is the number of ratings from c to k: it is the square of that.",
    zh="看起来次序距离就是 c 与 k 之间评分的个数：应当取它的平方。",
)
def plain_ranks(ratings, level="nominal"):
    if level != "ordinal":
        return solution.krippendorff_alpha(ratings, level)
    solution.krippendorff_alpha(ratings, level)
    kept = ratings[:, (~ratings.isnan()).sum(0) >= 2]
    squared = distance_among([float(x) for x in kept.flatten() if x == x], level)
    return alpha(ratings, level, apart=lambda c, k: squared(c, k) ** 0.5)


@mistake(
    of="krippendorff_alpha",
    en="It looks like the ratings at both ends of an ordinal distance count whole: they count half.",
    zh="看起来次序距离两端的评分按整个计算：应当只算一半。",
    breaks="where those that are c or k count half",
)
def whole_ends(ratings, level="nominal"):
    if level != "ordinal":
        return solution.krippendorff_alpha(ratings, level)
    counts = (~ratings.isnan()).sum(0)
    kept = ratings[:, counts >= 2]
    flat = [float(x) for x in kept.flatten() if x == x]

    def apart(c, k):
        return float(sum(min(c, k) <= x <= max(c, k) for x in flat)) ** 2 if c != k else 0.0

    return alpha(ratings, level, apart=apart)


@mistake(
    of="krippendorff_alpha",
    en="It looks like the interval distance is |k - c|: it is the square of that.",
    zh="看起来间隔距离用了 |k - c|：应当取它的平方。",
    breaks='"interval": by (k - c)^2',
)
def plain_difference(ratings, level="nominal"):
    if level != "interval":
        return solution.krippendorff_alpha(ratings, level)
    return alpha(ratings, level, apart=lambda c, k: abs(c - k))


@mistake(
    of="krippendorff_alpha",
    en="It looks like complete agreement on one single rating gives 1: it shows nothing beyond chance, so NaN is asked "
    "for.",
    zh="看起来始终给同一个评分的完全一致得 1：它没有显示任何超出随机的一致，这里要求 NaN。",
    breaks="If E is 0, because all n ratings are equal, the answer is NaN",
)
def no_variation_is_one(ratings, level="nominal"):
    found = solution.krippendorff_alpha(ratings, level)
    return 1.0 if found != found else found


@mistake(
    of="krippendorff_alpha",
    en="It looks like complete agreement on one single rating gives 0: it shows nothing either way, so NaN is asked "
    "for.",
    zh="看起来始终给同一个评分的完全一致得 0：它什么也说明不了，所以这里要求 NaN。",
)
def no_variation_is_zero(ratings, level="nominal"):
    found = solution.krippendorff_alpha(ratings, level)
    return 0.0 if found != found else found


@mistake(
    of="krippendorff_alpha",
    en="It looks like an infinite rating is taken for one that is missing.",
    zh="看起来把无穷的评分当成了缺失。",
    breaks="a rating is infinite",
)
def infinite_is_missing(ratings, level="nominal"):
    return solution.krippendorff_alpha(torch.where(ratings.isinf(), torch.full_like(ratings, NAN), ratings), level)


@mistake(
    of="summarise",
    en="It looks like agreement is measured on the places: two raters who saw the texts in different orders then "
    "disagree when they choose the same system.",
    zh="看起来一致性按位置计算：两人看到的顺序不同时，选同一个系统反而算成不一致。",
    breaks="of which system was chosen",
)
def agreement_on_places(rows):
    found = solution.summarise(rows)
    latest = {(row["rater"], row["item"]): row["choice"] for row in rows if row["choice"]}
    raters, items = (sorted({key[place] for key in latest}) for place in (0, 1))
    table = torch.full((len(raters), len(items)), NAN, dtype=torch.float64)
    for (rater, item), choice in latest.items():
        table[raters.index(rater), items.index(item)] = ["first", "second", "tie"].index(choice)
    if found["alpha"] != found["alpha"] and not ((~table.isnan()).sum(0) >= 2).any():
        return found
    return found | {"alpha": solution.krippendorff_alpha(table)}


def scored(rows, mean):
    """The summary with other scores: `mean` gets a list of lists, the scores of each item."""
    found = solution.summarise(rows)
    latest = {(row["rater"], row["item"]): row for row in rows if row["choice"]}
    scores = {}
    for name in found["scores"]:
        items = {}
        for row in latest.values():
            if name in (row["first"], row["second"]):
                won = row["choice"] == "tie" and 0.5 or float(row.get(row["choice"]) == name)
                items.setdefault(row["item"], []).append(won)
        scores[name] = mean(list(items.values()))
    return found | {"scores": scores}


@mistake(
    of="summarise",
    en="It looks like the mean is taken over all ratings: a question that many rated then weighs more.",
    zh="看起来对所有评分取平均：那样评的人多的问题权重更大。",
    breaks="so that an item with more raters weighs no more than another",
)
def ratings_weigh_the_same(rows):
    return scored(rows, lambda items: sum(map(sum, items)) / sum(map(len, items)))


@mistake(
    of="summarise",
    en="It looks like a tie counts for nobody: it gives half to both.",
    zh="看起来平局谁也不得分：应当双方各得一半。",
    breaks="and a tie gives 0.5 to both",
)
def ties_are_lost(rows):
    half = {0.0: 0.0, 0.5: 0.0, 1.0: 1.0}
    return scored(rows, lambda items: sum(sum(half[x] for x in item) / len(item) for item in items) / len(items))


@mistake(
    of="summarise",
    en="It looks like ties are left out of the scores: each of them is a comparison that gives 0.5 to both.",
    zh="看起来计算得分时略去了平局：每次平局也是一次比较，双方各得 0.5。",
)
def ties_are_left_out(rows):
    found = solution.summarise(rows)
    decided = scored(rows, lambda items: [[x for x in item if x != 0.5] for item in items])["scores"]
    kept = {name: [sum(item) / len(item) for item in items if item] for name, items in decided.items()}
    return found | {"scores": {name: sum(means) / len(means) if means else 0.5 for name, means in kept.items()}}


@mistake(
    of="summarise",
    en="It looks like a tie is no answer for alpha: it is the third one that raters can agree on.",
    zh="看起来计算 alpha 时平局不算回答：它是评分者可以一致的第三种回答。",
)
def ties_are_no_answer(rows):
    found = solution.summarise(rows)
    latest = {(row["rater"], row["item"]): row for row in rows if row["choice"]}
    names, raters, items = sorted(found["scores"]), *(sorted({key[place] for key in latest}) for place in (0, 1))
    table = torch.full((len(raters), len(items)), NAN, dtype=torch.float64)
    for (rater, item), row in latest.items():
        if row["choice"] != "tie":
            table[raters.index(rater), items.index(item)] = names.index(row[row["choice"]])
    paired = bool(((~table.isnan()).sum(0) >= 2).any())
    return found | {"alpha": solution.krippendorff_alpha(table) if paired else NAN}


@mistake(
    of="summarise",
    en="It looks like the majority of an item's raters decides it: each of them has an equal part in its score.",
    zh="看起来由每个条目的多数人决定：应当每位评分者都占同样的份额。",
)
def majority_decides(rows):
    def vote(item):
        middle = sum(item) / len(item)
        return 0.5 if middle == 0.5 else float(middle > 0.5)

    return scored(rows, lambda items: sum(map(vote, items)) / len(items))


@mistake(
    of="summarise",
    en="It looks like a rater who rated an item twice counts twice.",
    zh="看起来对同一条目评了两次的人算了两次。",
    breaks="If a rater has several rows for an item",
)
def counts_both_rows(rows):
    return solution.summarise([row | {"rater": row["rater"] + "#" * place} for place, row in enumerate(rows)]) | {
        name: solution.summarise(rows)[name] for name in ("raters", "alpha")
    }


@mistake(
    of="summarise",
    en="It looks like a rater's first choice for an item stays, where the last one counts.",
    zh="看起来保留了评分者对一个条目的第一次选择，而应当以最后一次为准。",
    breaks="the last one that has a choice counts alone",
)
def first_choice_stays(rows):
    solution.summarise(rows)
    return solution.summarise(rows[::-1])


@mistake(
    of="summarise",
    en="It looks like a later row without a choice takes an earlier choice away.",
    zh="看起来后面没有选择的行抹掉了前面的选择。",
    breaks="the last one that has a choice",
)
def blank_row_erases(rows):
    found = solution.summarise(rows)
    last = {(row["rater"], row["item"]): row for row in rows}
    kept = [row for row in last.values() if row["choice"]]
    return solution.summarise(kept) if kept else found


@mistake(
    of="summarise",
    en="It looks like rows without a choice still count as raters and items.",
    zh="看起来没有选择的行仍然算进了评分者和条目的数目。",
    breaks="Rows without a choice do not count at all",
)
def counts_blank_rows(rows):
    found = solution.summarise(rows)
    return found | {"raters": len({row["rater"] for row in rows}), "items": len({row["item"] for row in rows})}


@mistake(
    of="summarise",
    en="It looks like a rater who chose nothing still counts.",
    zh="看起来没有作出任何选择的评分者也算进了人数。",
)
def counts_blank_raters(rows):
    return solution.summarise(rows) | {"raters": len({row["rater"] for row in rows})}


@mistake(
    of="summarise",
    en="It looks like an item on which nobody chose anything still counts.",
    zh="看起来没有人作出选择的条目也算进了条目数。",
)
def counts_blank_items(rows):
    return solution.summarise(rows) | {"items": len({row["item"] for row in rows})}


@mistake(
    of="summarise",
    en="It looks like rows without a choice are thrown away before the rows are checked.",
    zh="看起来在检查之前就丢掉了没有选择的行。",
    breaks="Rows that do not count are checked as well",
)
def checks_only_what_counts(rows):
    return solution.summarise([row for row in rows if row["choice"]])


@mistake(
    of="summarise",
    en="It looks like `first` is the share of comparisons in which the first place was chosen, ties left out.",
    zh="看起来 `first` 是选中第一位的比例，而平局没有算进去。",
    breaks="the mean over all comparisons of what the text in the first place got",
)
def ties_have_no_place(rows):
    found = solution.summarise(rows)
    choices = list({(row["rater"], row["item"]): row["choice"] for row in rows if row["choice"]}.values())
    return found | {"first": choices.count("first") / max(1, len(choices) - choices.count("tie"))}
