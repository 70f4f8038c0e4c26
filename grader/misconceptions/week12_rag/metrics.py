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
    en="It looks like you divided the hits by k, which is precision at k. Recall divides by how many ids are relevant.",
    zh="看起来你把命中数除以了 k，那是 precision@k。召回率要除以相关 id 的个数。",
)
def divides_by_k(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / k


@mistake(
    of="recall_at_k",
    en="It looks like an id that is ranked twice counted as two hits. It is found once: a set does that for you.",
    zh="看起来排名中出现两次的 id 被算作两次命中。它只算找到一次：用集合就行。",
)
def counts_hits_twice(ranked, relevant, k):
    check(k)
    return sum(name in relevant for name in ranked[:k]) / max(1, len(set(relevant)))


@mistake(
    of="recall_at_k",
    en="It looks like a query counts as found or not found, which is the hit rate. Recall is the share of the relevant "
    "ids that were found.",
    zh="看起来每个查询只分找到和没找到，那是命中率。召回率是找到的相关 id 所占的比例。",
)
def counts_found_or_not(ranked, relevant, k):
    check(k)
    return float(bool(set(ranked[:k]) & set(relevant)))


@mistake(
    of="recall_at_k",
    en="It looks like your denominator is min(k, number relevant). Some papers do that; here it is the number of "
    "relevant ids, even above k.",
    zh="看起来你的分母是 min(k, 相关 id 的个数)。有些论文这样做；这里的分母就是相关 id 的个数，大于 k 也一样。",
)
def caps_the_denominator(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / max(1, min(k, len(set(relevant))))


@mistake(
    of="recall_at_k",
    en="It looks like the whole ranking counted. Only its first k places do.",
    zh="看起来整个排名都算进去了。只有前 k 名才算。",
)
def ignores_k(ranked, relevant, k):
    check(k)
    return len(set(ranked) & set(relevant)) / max(1, len(set(relevant)))


@mistake(
    of="recall_at_k",
    en="It looks like a query with nothing relevant got the recall 1. Nothing could be found there, and the "
    "contract says 0.0.",
    zh="看起来没有相关 id 的查询得到了召回率 1。那里没有什么可找，约定的结果是 0.0。",
)
def nothing_relevant_is_perfect(ranked, relevant, k):
    check(k)
    return solution.recall_at_k(ranked, relevant, k) if len(relevant) else 1.0


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like your mean runs only over the queries that found something. The failures are part of it, "
    "with 0 each; without them a bad retriever looks good.",
    zh="看起来你只对找到结果的查询取了平均。失败的查询也要以 0 计入；略去它们，差的检索器也会显得好。",
)
def averages_over_answered(rankings, relevant):
    if len(rankings) != len(relevant):
        raise ValueError("lengths")
    pairs = [(r, w) for r, w in zip(rankings, relevant, strict=True) if any(name in w for name in r)]
    return solution.mean_reciprocal_rank([r for r, _ in pairs], [w for _, w in pairs])


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like your ranks begin at 0, so each is one too good. The first place is rank 1.",
    zh="看起来你的名次从 0 数起，每个名次都好了一名。第一个位置的名次是 1。",
)
def ranks_from_zero(rankings, relevant):
    total = 0.0
    for ranked, wanted in zip(rankings, relevant, strict=True):
        total += next((1 / max(1, rank) for rank, name in enumerate(ranked) if name in wanted), 0.0)
    return total / max(1, len(rankings))


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like you added 1 / rank for every relevant id of a query. Only the first one counts: stop there.",
    zh="看起来你把一个查询的每个相关 id 的 1 / 名次都加了起来。只计第一个：找到就停。",
)
def adds_up_all_ranks(rankings, relevant):
    total = 0.0
    for ranked, wanted in zip(rankings, relevant, strict=True):
        total += sum(1 / rank for rank, name in enumerate(ranked, start=1) if name in wanted)
    return total / max(1, len(rankings))


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like you averaged the ranks and then took 1 over the mean. It is the other way round: the mean "
    "of 1 / rank.",
    zh="看起来你先对名次取平均，再取倒数。次序应当反过来：先取每个名次的倒数，再平均。",
)
def inverts_the_mean_rank(rankings, relevant):
    ranks = []
    for ranked, wanted in zip(rankings, relevant, strict=True):
        ranks += [rank for rank, name in enumerate(ranked, start=1) if name in wanted][:1]
    return len(ranks) ** 2 / max(1, sum(ranks)) / max(1, len(rankings))


@mistake(
    of="ndcg_at_k",
    en="It looks like you used 2 ** gain - 1, as many papers do. Here gains are used as they are.",
    zh="看起来你用了 2 ** gain - 1，许多论文这样做。这里的增益按原值使用。",
)
def exponential_gains(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=lambda value: 2**value - 1)


@mistake(
    of="ndcg_at_k",
    en="It looks like every relevant id got the gain 1, as if `gains` were a set. How relevant each one is "
    "stands in its value.",
    zh="看起来每个相关 id 的增益都是 1，好像 `gains` 是个集合。有多相关，要看字典里的值。",
)
def binary_gains(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=lambda value: float(value > 0))


@mistake(
    of="ndcg_at_k",
    en="It looks like you used log2(i + 2) although your ranks begin at 1: that formula is for positions from 0. "
    "With ranks it is log2(i + 1).",
    zh="看起来你的名次从 1 起，却用了 log2(i + 2)：那是位置从 0 数起时的公式。用名次时是 log2(i + 1)。",
)
def discounts_one_rank_late(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: math.log2(rank + 2))


@mistake(
    of="ndcg_at_k",
    en="It looks like gains are added up as they are, wherever they stand. Divide each by log2(rank + 1) first.",
    zh="看起来增益没有打折就加了起来，排在哪里都一样。应先把每个增益除以 log2(名次 + 1)。",
)
def forgets_the_discount(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: 1)


@mistake(
    of="ndcg_at_k",
    en="It looks like the discounted gain was not divided by that of the best ranking: that is DCG, and no share.",
    zh="看起来没有除以最好排名的折损增益：那是 DCG，可以大于 1。",
)
def forgets_the_ideal(ranked, gains, k):
    check(k)
    left = dict(gains)
    return discounted([left.pop(name, 0) for name in ranked[:k]])


@mistake(
    of="ndcg_at_k",
    en="It looks like you divided gains by the rank itself. The discount is log2(rank + 1), which falls far more "
    "slowly.",
    zh="看起来你直接用名次去除增益。折损应是 log2(名次 + 1)，它下降得慢得多。",
)
def discounts_by_rank(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: rank)


@mistake(
    of="ndcg_at_k",
    en="It looks like your ideal ranking sorts only what was found: to miss the best document then costs "
    "nothing. Sort all of `gains`.",
    zh="看起来你的理想排名只由找到的 id 排成：漏掉最好的文档也不扣分。应把 `gains` 全部排序。",
)
def ideal_of_what_was_found(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted(found, reverse=True))
    return discounted(found) / ideal if ideal > 0 else 0.0


@mistake(
    of="ndcg_at_k",
    en="It looks like the ideal ranking was not cut at k, so that even the best possible answer stays below 1. "
    "Cut both.",
    zh="看起来理想排名没有在 k 处截断，于是最好的回答也到不了 1。两边都要截断。",
)
def ideal_is_not_cut(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted(gains.values(), reverse=True))
    return discounted(found) / ideal if ideal > 0 else 0.0


@mistake(
    of="ndcg_at_k",
    en="It looks like an id that stands twice earned its gain twice. The second time it has gain 0.",
    zh="看起来出现两次的 id 得到了两次增益。第二次出现时增益为 0。",
)
def pays_twice(ranked, gains, k):
    check(k)
    ideal = discounted(sorted(gains.values(), reverse=True)[:k])
    return discounted([gains.get(name, 0) for name in ranked[:k]]) / ideal if ideal > 0 else 0.0


@mistake(
    of="recall_at_k",
    en="It looks like you removed repeated ids and cut at k afterwards. Cut first: an id that stands twice takes "
    "up two of the k places.",
    zh="看起来你先去掉了重复的 id，再截断到前 k 名。应先截断：出现两次的 id 占两个名次。",
)
def drops_repetitions_before_the_cut(ranked, relevant, k):
    return solution.recall_at_k(list(dict.fromkeys(ranked)), relevant, k)


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like you looked at the first 10 places only, as MRR@10 does. Here a ranking is read to its end.",
    zh="看起来你只看了前 10 名，那是 MRR@10。这里的排名要一直看到末尾。",
)
def stops_at_rank_10(rankings, relevant):
    return solution.mean_reciprocal_rank([ranked[:10] for ranked in rankings], relevant)


@mistake(
    of="ndcg_at_k",
    en="It looks like repeated ids were removed before the ranks were counted. The second occurrence earns "
    "nothing, but it still takes up a rank.",
    zh="看起来重复的 id 在数名次之前就被去掉了。第二次出现没有增益，但仍占一个名次。",
)
def closes_the_gap_of_a_repetition(ranked, gains, k):
    return solution.ndcg_at_k(list(dict.fromkeys(ranked)), gains, k)


@mistake(
    of="recall_at_k",
    en="It looks like the denominator is len(relevant), which counts an id as often as it is listed. Distinct "
    "ids count: make it a set first.",
    zh="看起来分母用了 len(relevant)，重复列出的 id 就被重复计数。要数的是不同的 id：先变成集合。",
    breaks="The denominator is the number of distinct relevant ids",
)
def counts_relevant_ids_twice(ranked, relevant, k):
    check(k)
    return len(set(ranked[:k]) & set(relevant)) / max(1, len(relevant))


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like queries for which nothing is relevant were left out of the mean. They count with 0.",
    zh="看起来没有相关 id 的查询没有计入平均。它们以 0 计入。",
    breaks="and is part of the mean",
)
def leaves_out_queries_without_relevant(rankings, relevant):
    solution.mean_reciprocal_rank(rankings, relevant)
    pairs = [(ranked, wanted) for ranked, wanted in zip(rankings, relevant, strict=True) if len(wanted)]
    return solution.mean_reciprocal_rank([r for r, _ in pairs], [w for _, w in pairs])


@mistake(
    of="ndcg_at_k",
    en="It looks like you followed the first paper, which leaves rank 2 undiscounted and divides by log2(i) from "
    "there on. Here it is log2(i + 1) for every rank, as is usual today.",
    zh="看起来你照的是最初那篇论文：第 2 名不打折，从那里起除以 log2(i)。这里每个名次都用如今通行的 log2(i + 1)。",
    breaks="The gain at rank i (the first is 1) is divided by log2(i + 1)",
)
def discounts_from_the_third_rank(ranked, gains, k):
    return ndcg(ranked, gains, k, discount=lambda rank: max(1.0, math.log2(rank)))


@mistake(
    of="ndcg_at_k",
    en="It looks like gains were cut to whole numbers. A gain of 0.5 is half as good as 1, and counts.",
    zh="看起来增益被取整了。0.5 的增益相当于 1 的一半，也要计入。",
    breaks="which are never negative, are used as they are",
)
def cuts_gains_to_whole_numbers(ranked, gains, k):
    return ndcg(ranked, gains, k, gain=int)


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like the two lists may have different lengths: `zip` stops at the shorter one in silence, and every "
    "ranking behind it counts as a failure. That is a ValueError.",
    zh="看起来没有检查两个列表的长度：`zip` 到较短的一个就悄悄停下，后面的排名都当成没找到。"
    "长度不同时应抛出 ValueError。",
    breaks="if there are not as many rankings as sets of relevant ids",
)
def stops_at_the_shorter_list(rankings, relevant):
    pairs = list(zip(rankings, relevant, strict=False))
    found = solution.mean_reciprocal_rank([ranked for ranked, _ in pairs], [wanted for _, wanted in pairs])
    return found * len(pairs) / max(1, len(rankings))


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like the two lists may have different lengths: `zip` stops at the shorter one, and the mean is over "
    "the pairs alone. That is a ValueError.",
    zh="看起来没有检查两个列表的长度：`zip` 到较短的一个就停下，只对凑成的对取了平均。长度不同时应抛出 ValueError。",
    breaks="if there are not as many rankings as sets of relevant ids",
)
def averages_over_the_pairs(rankings, relevant):
    both = min(len(rankings), len(relevant))
    return solution.mean_reciprocal_rank(rankings[:both], relevant[:both])


@mistake(
    of="recall_at_k",
    en="It looks like you return 0.0 where nothing is relevant before you look at k. A k below 1 is a ValueError "
    "there too.",
    zh="看起来没有相关 id 时，还没检查 k 就先返回了 0.0。这时 k 小于 1 同样应抛出 ValueError。",
    breaks="if k is below 1",
)
def checks_k_behind_nothing_relevant(ranked, relevant, k):
    return solution.recall_at_k(ranked, relevant, k) if len(relevant) else 0.0


@mistake(
    of="mean_reciprocal_rank",
    en="It looks like you return 0.0 for no ranking before you compare the lengths. No ranking and one set of "
    "relevant ids is a ValueError.",
    zh="看起来没有排名时，还没比较两个列表的长度就先返回了 0.0。没有排名却有一个相关集合，应当抛出 ValueError。",
    breaks="if there are not as many rankings as sets of relevant ids",
)
def compares_lengths_behind_no_ranking(rankings, relevant):
    return solution.mean_reciprocal_rank(rankings, relevant) if len(rankings) else 0.0


@mistake(
    of="ndcg_at_k",
    en="It looks like you return 0.0 for empty `gains` before you look at k. A k below 1 is a ValueError there too.",
    zh="看起来 `gains` 为空时，还没检查 k 就先返回了 0.0。这时 k 小于 1 同样应抛出 ValueError。",
    breaks="if k is below 1",
)
def checks_k_behind_no_gains(ranked, gains, k):
    return solution.ndcg_at_k(ranked, gains, k) if gains else 0.0


@mistake(
    of="ndcg_at_k",
    en="It looks like your ideal ranking holds only ids of the ranking, from all of its places: to miss the best "
    "document then costs nothing. Sort all of `gains`.",
    zh="看起来你的理想排名只含排名里（不限前 k 名）出现的 id：漏掉最好的文档也不扣分。应把 `gains` 全部排序。",
    breaks="The best possible ranking sorts all of `gains`, found or not",
)
def ideal_of_the_whole_ranking(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    ideal = discounted(sorted((gains.get(name, 0) for name in set(ranked)), reverse=True)[:k])
    return discounted(found) / ideal if ideal > 0 else 0.0


@mistake(
    of="ndcg_at_k",
    en="It looks like `gains` was changed: an id without a gain was written into it, as `setdefault` does. Look it up "
    "with `get`.",
    zh="看起来 `gains` 被改动了：没有增益的 id 被写了进去，`setdefault` 就会这样。应当用 `get` 去查。",
    breaks="An id that `gains` does not name has gain 0",
)
def writes_unknown_ids_into_gains(ranked, gains, k):
    check(k)
    for name in ranked[:k]:
        gains.setdefault(name, 0)
    return solution.ndcg_at_k(ranked, gains, k)


@mistake(
    of="ndcg_at_k",
    en="It looks like a small number is added to the denominator, so that nothing is divided by 0. Small gains then do "
    "not reach 1: ask whether the denominator is 0.",
    zh="看起来分母加上了一个小数，以免除以 0。增益很小时结果就到不了 1：应当检查分母是不是 0。",
    breaks="If its discounted gain is 0, the answer is 0.0",
)
def adds_a_little_to_the_ideal(ranked, gains, k):
    check(k)
    left = dict(gains)
    found = [left.pop(name, 0) for name in ranked[:k]]
    return discounted(found) / (discounted(sorted(gains.values(), reverse=True)[:k]) + 1e-12)


@mistake(
    of="ndcg_at_k",
    en="It looks like gains below some small number count as none. Only where the best possible gain is 0 the answer "
    "is 0.0.",
    zh="看起来小于某个小数的增益被当成了没有。只有最好排名的增益就是 0 时，结果才是 0.0。",
    breaks="If its discounted gain is 0, the answer is 0.0",
)
def takes_small_gains_for_none(ranked, gains, k):
    found = solution.ndcg_at_k(ranked, gains, k)
    return found if max(gains.values(), default=0) > 1e-9 else 0.0
