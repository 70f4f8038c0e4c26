"""Known mistakes of week 12, metrics."""

import math

import metrics as solution

from grader.mistakes import mistake


def check(k):
    """Refuse what the contract refuses."""
    if k < 1:
        raise ValueError("k")


def discounted(gains, discount=lambda rank: math.log2(rank + 1), gain=lambda value: value):
    """Sum the discounted gains, ranks from 1."""
    return sum(gain(value) / discount(rank) for rank, value in enumerate(gains, start=1))


def ndcg(ranked, gains, k, **how):
    """Follow the contract with another gain or discount."""
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted(gains.values(), reverse=True)[:k], **how)
    return discounted(found, **how) / ideal if ideal > 0 else 0.0


@mistake(
    of="recall_at_k",
    en="Your answer equals the number of hits divided by k: that is precision at k.",
    zh="你的结果等于命中数除以 k：那是 precision@k。",
)
def divides_by_k(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / k


@mistake(
    of="recall_at_k",
    en="Your answer equals the one where an id that is ranked twice counts as two hits.",
    zh="你的结果等于排名中出现两次的 id 被算作两次命中的结果。",
)
def counts_hits_twice(ranked, relevant, k):
    check(k)
    return sum(name in relevant for name in ranked[:k]) / max(1, len(set(relevant)))


@mistake(
    of="recall_at_k",
    en="Your answer equals the one where the denominator is at most k.",
    zh="你的结果等于分母不超过 k 时的结果。",
)
def caps_the_denominator(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / max(1, min(k, len(set(relevant))))


@mistake(
    of="recall_at_k",
    en="Your answer equals the one where the whole ranking counts, not its first k.",
    zh="你的结果等于看了整个排名、而不是前 k 名的结果。",
)
def ignores_k(ranked, relevant, k):
    check(k)
    return len(set(ranked) & set(relevant)) / max(1, len(set(relevant)))


@mistake(
    of="recall_at_k",
    en="Your answer equals the one where nothing relevant counts as perfect recall.",
    zh="你的结果等于没有相关 id 时按满分计算的结果。",
)
def nothing_relevant_is_perfect(ranked, relevant, k):
    return solution.recall_at_k(ranked, relevant, k) if len(relevant) else 1.0


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals the mean over the queries that found something: the failures are left out.",
    zh="你的结果等于只对找到结果的查询取平均的结果：失败的查询被略去了。",
)
def averages_over_answered(rankings, relevant):
    if len(rankings) != len(relevant):
        raise ValueError("lengths")
    pairs = [(r, w) for r, w in zip(rankings, relevant, strict=True) if any(name in w for name in r)]
    return solution.mean_reciprocal_rank([r for r, _ in pairs], [w for _, w in pairs])


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals the one where ranks begin at 0, so that every rank is one too good.",
    zh="你的结果等于名次从 0 数起的结果：每个名次都好了一名。",
)
def ranks_from_zero(rankings, relevant):
    total = 0.0
    for ranked, wanted in zip(rankings, relevant, strict=True):
        total += next((1 / max(1, rank) for rank, name in enumerate(ranked) if name in wanted), 0.0)
    return total / max(1, len(rankings))


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals the one where every relevant id of a query counts, not the first alone.",
    zh="你的结果等于把一个查询的所有相关 id 都计入、而不是只计第一个的结果。",
)
def adds_up_all_ranks(rankings, relevant):
    total = 0.0
    for ranked, wanted in zip(rankings, relevant, strict=True):
        total += sum(1 / rank for rank, name in enumerate(ranked, start=1) if name in wanted)
    return total / max(1, len(rankings))


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals 1 over the mean rank, not the mean of 1 over rank.",
    zh="你的结果等于平均名次的倒数，而不是名次倒数的平均。",
)
def inverts_the_mean_rank(rankings, relevant):
    ranks = []
    for ranked, wanted in zip(rankings, relevant, strict=True):
        ranks += [rank for rank, name in enumerate(ranked, start=1) if name in wanted][:1]
    return len(ranks) ** 2 / max(1, sum(ranks)) / max(1, len(rankings))


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one with the gain 2 ** gain - 1 instead of the gain itself.",
    zh="你的结果等于用 2 ** gain - 1 代替增益本身的结果。",
)
def exponential_gains(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=lambda value: 2**value - 1)


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one where every relevant id has gain 1, however relevant it is.",
    zh="你的结果等于不论多相关，每个相关 id 的增益都记作 1 的结果。",
)
def binary_gains(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=lambda value: float(value > 0))


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one with the discount log2(i + 2) for ranks that begin at 1: one too far down.",
    zh="你的结果等于名次从 1 起却用折扣 log2(i + 2) 的结果：多退了一名。",
)
def discounts_one_rank_late(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: math.log2(rank + 2))


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one with the discount 1 / rank instead of 1 / log2(rank + 1).",
    zh="你的结果等于用折扣 1 / 名次、而不是 1 / log2(名次 + 1) 的结果。",
)
def discounts_by_rank(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: rank)


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one whose ideal sorts only what was found: missing the best then costs nothing.",
    zh="你的结果等于理想排名只由找到的 id 排成的结果：漏掉最好的结果也不扣分。",
)
def ideal_of_what_was_found(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted(found, reverse=True))
    return discounted(found) / ideal if ideal > 0 else 0.0


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one whose ideal is not cut at k.",
    zh="你的结果等于理想排名没有截断到 k 的结果。",
)
def ideal_is_not_cut(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted(gains.values(), reverse=True))
    return discounted(found) / ideal if ideal > 0 else 0.0


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one where an id that stands twice earns its gain twice.",
    zh="你的结果等于出现两次的 id 得到两次增益的结果。",
)
def pays_twice(ranked, gains, k):
    check(k)
    ideal = discounted(sorted(gains.values(), reverse=True)[:k])
    return discounted([gains.get(name, 0) for name in ranked[:k]]) / ideal if ideal > 0 else 0.0


@mistake(
    of="recall_at_k",
    en="Your answer equals the one that drops repeated ids before it cuts at k: an id that stands twice takes up two "
    "of the first k places.",
    zh="你的结果等于先去掉重复的 id、再截断到前 k 名的结果：出现两次的 id 占两个名次。",
)
def drops_repetitions_before_the_cut(ranked, relevant, k):
    return solution.recall_at_k(list(dict.fromkeys(ranked)), relevant, k)


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals the one that looks at the first 10 places only (MRR@10). Here a rank has no limit.",
    zh="你的结果等于只看前 10 名的结果（MRR@10）。这里的名次没有上限。",
)
def stops_at_rank_10(rankings, relevant):
    return solution.mean_reciprocal_rank([ranked[:10] for ranked in rankings], relevant)


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one that drops repeated ids before it ranks: the second time still takes up a rank.",
    zh="你的结果等于先去掉重复的 id 再排名的结果：第二次出现仍占一个名次。",
)
def closes_the_gap_of_a_repetition(ranked, gains, k):
    return solution.ndcg_at_k(list(dict.fromkeys(ranked)), gains, k)


@mistake(
    of="recall_at_k",
    en="Your answer equals the one whose denominator counts a relevant id as often as it is listed.",
    zh="你的结果等于分母中重复列出的相关 id 被重复计数时的结果。",
    breaks="The denominator is the number of distinct relevant ids",
)
def counts_relevant_ids_twice(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / max(1, len(relevant))


@mistake(
    of="mean_reciprocal_rank",
    en="Your answer equals the one that leaves out queries for which nothing is relevant: they count with 0.",
    zh="你的结果等于略去没有相关 id 的查询时的结果：这些查询以 0 计入。",
    breaks="and is part of the mean",
)
def leaves_out_queries_without_relevant(rankings, relevant):
    solution.mean_reciprocal_rank(rankings, relevant)
    pairs = [(ranked, wanted) for ranked, wanted in zip(rankings, relevant, strict=True) if len(wanted)]
    return solution.mean_reciprocal_rank([r for r, _ in pairs], [w for _, w in pairs])


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one of the first paper, which does not discount the second rank: log2(i) from there on.",
    zh="你的结果等于最初那篇论文的折损方式：第 2 名不打折，从第 2 名起除以 log2(i)。",
    breaks="The gain at rank i (the first is 1) is divided by log2(i + 1)",
)
def discounts_from_the_third_rank(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: max(1.0, math.log2(rank)))


@mistake(
    of="ndcg_at_k",
    en="Your answer equals the one that cuts gains to whole numbers: fractions count too.",
    zh="你的结果等于把增益取整的结果：小数增益也要计入。",
    breaks="which are never negative, are used as they are",
)
def cuts_gains_to_whole_numbers(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=int)
