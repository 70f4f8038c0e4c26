"""Known mistakes of week 12, fusion."""

import fusion as solution
import torch

from grader.mistakes import mistake


def fuse(rankings, weigh, distinct=True):
    """Sum `weigh(rank, ranking)` over the rankings, with ranks from 1."""
    scores = {}
    for ranking in rankings:
        seen = set()
        for rank, name in enumerate(ranking, start=1):
            if not (distinct and name in seen):
                scores[name] = scores.get(name, 0.0) + weigh(rank, ranking)
            seen.add(name)
    return sorted(scores.items(), key=lambda item: item[1], reverse=True)


def choose(query, candidates, k, value, first=None):
    """Choose one by one the largest `value(relevance, cosines with the chosen)`."""
    units = solution._unit(candidates)
    relevance = units @ solution._unit(query)
    chosen = []
    for _ in range(min(k, len(candidates))):
        likeness = units @ units[chosen].T
        values = value(relevance, likeness) if chosen or first is None else first(relevance)
        values = values.clone()
        values[chosen] = -torch.inf
        chosen.append(int((values == values.max()).nonzero()[0]))
    return chosen


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like your ranks begin at 0, as `enumerate` does by itself. The first rank is 1: with 0 come "
    "exactly your scores.",
    zh="看起来你的名次从 0 数起，`enumerate` 默认就是这样。第一名的名次是 1；从 0 数起恰好得到你的分数。",
)
def ranks_from_zero(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank - 1))


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like an id that stands twice in one ranking is added twice. It counts once there, at its better rank.",
    zh="看起来同一排名中出现两次的 id 被加了两次。它只计一次，按较好的名次。",
)
def counts_repetitions(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank), distinct=False)


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like you removed repeated ids first, and those behind them moved up. They keep the ranks that "
    "they had.",
    zh="看起来你先去掉了重复的 id，后面的名次因此前移了。它们应保持原来的名次。",
)
def closes_gaps(rankings, k=60):
    return fuse([list(dict.fromkeys(ranking)) for ranking in rankings], lambda rank, ranking: 1 / (k + rank))


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like a ranking without the id still gives it something, as if it stood behind the last place. "
    "Such a ranking adds nothing.",
    zh="看起来不含某个 id 的排名也给它计了分，好像它排在末位之后。这样的排名不应加任何分。",
)
def counts_missing_as_last(rankings, k=60):
    fused = dict(solution.reciprocal_rank_fusion(rankings, k))
    for name in fused:
        fused[name] += sum(1 / (k + len(ranking) + 1) for ranking in rankings if name not in ranking)
    return sorted(fused.items(), key=lambda item: item[1], reverse=True)


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like you divided by the number of rankings at the end. The score is the sum; without that "
    "division your scores would be right.",
    zh="看起来你最后除以了排名的个数。分数是总和：不做这次除法，你的分数就对了。",
)
def averages(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank) / len(rankings))


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like k was left out of the denominator: 1 / rank gives exactly your scores, and it should be 1 "
    "/ (k + rank).",
    zh="看起来分母里漏掉了 k：1 / 名次恰好得到你的分数，而应当是 1 / (k + 名次)。",
)
def forgets_k(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / rank)


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like ids decide between equal scores. The one that is met first when the rankings are read in "
    "order comes first.",
    zh="看起来分数相等时你按 id 排序。应当是依次读各个排名时先遇到的 id 在前。",
)
def breaks_ties_by_id(rankings, k=60):
    fused = solution.reciprocal_rank_fusion(rankings, k)
    return sorted(fused, key=lambda item: (-item[1], str(item[0])))


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like your trade-off works the wrong way round: at 1 it should look at relevance alone, and at 0 "
    "at novelty alone.",
    zh="看起来你的 trade_off 用反了：取 1 时应只看相关度，取 0 时应只看新颖性。",
)
def reverses_the_trade_off(query, candidates, k, trade_off=0.5):
    return solution.maximal_marginal_relevance(query, candidates, k, 1 - trade_off)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like each candidate is compared only with the choice made last. It has to be unlike all that "
    "were chosen: take the largest cosine.",
    zh="看起来每个候选只和最近选中的一个作了比较。它要与所有已选者都不同：应取最大的余弦。",
)
def compares_with_the_last(query, candidates, k, trade_off=0.5):
    return choose(
        query, candidates, k, lambda r, like: trade_off * r - (1 - trade_off) * like[:, -1], first=lambda r: r
    )


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you took the mean of the cosines with what was chosen. The formula wants their maximum: "
    "one near-copy is enough to make a candidate stale.",
    zh="看起来你对与已选者的余弦取了平均。公式要的是最大值：只要有一个几乎相同，这个候选就不新了。",
)
def averages_likeness(query, candidates, k, trade_off=0.5):
    return choose(
        query, candidates, k, lambda r, like: trade_off * r - (1 - trade_off) * like.mean(dim=1), first=lambda r: r
    )


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you used dot products where cosines are meant. They agree only for vectors of length 1.",
    zh="看起来你在该用余弦的地方用了点积。只有向量长度都是 1 时，两者才相同。",
)
def uses_dot_products(query, candidates, k, trade_off=0.5):
    relevance, chosen = candidates @ query, []
    for _ in range(min(k, len(candidates))):
        value = relevance.clone()
        if chosen:
            value = trade_off * relevance - (1 - trade_off) * (candidates @ candidates[chosen].T).amax(dim=1)
        value[chosen] = -torch.inf
        chosen.append(int((value == value.max()).nonzero()[0]))
    return chosen


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you rank by relevance alone: what was chosen already never enters the formula.",
    zh="看起来你只按相关度排序：已经选中的内容没有进入公式。",
)
def ignores_what_was_chosen(query, candidates, k, trade_off=0.5):
    return solution.maximal_marginal_relevance(query, candidates, k, 1.0)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like the trade-off weighs the first choice too, so that at 0 all candidates are equal and "
    "position 0 wins. The first choice is the most relevant one, whatever the trade-off.",
    zh="看起来第一次选择也乘了 trade_off，取 0 时所有候选就相等，总是选中位置 0。第一个应选最相关的，"
    "与 trade_off 无关。",
)
def weighs_the_first_choice(query, candidates, k, trade_off=0.5):
    def value(relevance, likeness):
        return trade_off * relevance - (1 - trade_off) * likeness.amax(dim=1)

    return choose(query, candidates, k, value, first=lambda r: trade_off * r)


@mistake(
    of="maximal_marginal_relevance",
    en="Your answers are right, but every pair of vectors is compared by itself: one product per choice is enough.",
    zh="结果正确，但每一对向量都单独比较：每选一个只需一次乘法。",
    only="speed",
)
def compares_pair_by_pair(query, candidates, k, trade_off=0.5):
    units, unit_query = list(solution._unit(candidates)), solution._unit(query)
    relevance = [float(unit @ unit_query) for unit in units]
    likeness, chosen = [-2.0] * len(units), []
    for _ in range(min(k, len(units))):
        left = [row for row in range(len(units)) if row not in chosen]
        if chosen:
            for row in left:
                likeness[row] = max(likeness[row], float(units[row] @ units[chosen[-1]]))
            pick = max(left, key=lambda row: trade_off * relevance[row] - (1 - trade_off) * likeness[row])
        else:
            pick = max(left, key=lambda row: relevance[row])
        chosen.append(pick)
    return chosen


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like an id that stands twice in a ranking got its later rank: a plain assignment to a dict "
    "overwrites the first one. `setdefault` keeps it.",
    zh="看起来同一排名中出现两次的 id 用了靠后的名次：给字典直接赋值会覆盖第一次的名次，`setdefault` 则会保留它。",
    breaks="counts once, at its better rank",
)
def takes_the_later_rank(rankings, k=60):
    last = [{name: rank for rank, name in enumerate(ranking, start=1)} for ranking in rankings]
    scores = {}
    for ranks in last:
        for name, rank in ranks.items():
            scores[name] = scores.get(name, 0.0) + 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: item[1], reverse=True)


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like you sorted in ascending order and turned the list round, which turns equal scores round "
    "too. Sort with reverse=True, which keeps them as they were met.",
    zh="看起来你先升序排序、再把列表反转，分数相等的也跟着反了过来。用 reverse=True 排序就会保持先遇到的在前。",
    breaks="Equal scores: the id comes first that is met first",
)
def turns_ties_around(rankings, k=60):
    return sorted(solution.reciprocal_rank_fusion(rankings, k)[::-1], key=lambda item: item[1], reverse=True)


@mistake(
    of="reciprocal_rank_fusion",
    en="It looks like k was made a whole number on the way. It is a float, and 0.5 is a k as well.",
    zh="看起来 k 在途中被取整了。它是浮点数，0.5 也是合法的 k。",
    breaks="1 / (k + rank), and the first rank is 1",
)
def cuts_k_to_a_whole_number(rankings, k=60):
    return solution.reciprocal_rank_fusion(rankings, int(k))


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like the largest cosine with the chosen began at 0, so that a negative one never counts. Begin "
    "at minus infinity.",
    zh="看起来与已选者的最大余弦是从 0 开始记的，负的余弦就永远不起作用。应从负无穷开始。",
    breaks="Every further choice is the one not yet chosen with the largest",
)
def floors_likeness_at_zero(query, candidates, k, trade_off=0.5):
    def value(relevance, likeness):
        return trade_off * relevance - (1 - trade_off) * likeness.amax(dim=1).clamp(min=0)

    return choose(query, candidates, k, value, first=lambda r: r)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you took the absolute value of the cosine with the chosen. What points the other way is "
    "new, not a copy.",
    zh="看起来你对与已选者的余弦取了绝对值。方向相反的内容是新的，不是重复。",
    breaks="Every further choice is the one not yet chosen with the largest",
)
def takes_the_absolute_likeness(query, candidates, k, trade_off=0.5):
    def value(relevance, likeness):
        return trade_off * relevance - (1 - trade_off) * likeness.abs().amax(dim=1)

    return choose(query, candidates, k, value, first=lambda r: r)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like the later of two equal values won, as happens with >= in a loop. The lower position comes first.",
    zh="看起来两个值相等时后一个胜出了，循环里写 >= 就会这样。应取靠前的位置。",
    breaks="Equal values: the lower position",
)
def takes_the_higher_position(query, candidates, k, trade_off=0.5):
    turned = solution.maximal_marginal_relevance(query, candidates.flip(0), k, trade_off)
    return [len(candidates) - 1 - position for position in turned]


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you scaled the candidates to length 1 but not the query: its length then weighs relevance "
    "against novelty.",
    zh="看起来你把候选归一化了，却没有归一化查询：查询的长度于是影响了相关度与新颖性的权衡。",
    breaks="The first choice is the candidate with the largest cosine with the query",
)
def leaves_the_query_as_long_as_it_is(query, candidates, k, trade_off=0.5):
    length = query.norm()

    def value(relevance, likeness):
        return trade_off * length * relevance - (1 - trade_off) * likeness.amax(dim=1)

    return choose(query, candidates, k, value, first=lambda r: r)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like a small number was added to every length: short vectors then have smaller cosines than long ones "
    "of the same direction. Only a length of 0 needs care.",
    zh="看起来每个长度都加上了一个小数：方向相同时，短向量的余弦就比长向量的小。只有长度为 0 才需要特别处理。",
    breaks="the largest cosine with the query, whatever the trade-off",
)
def adds_a_little_to_lengths(query, candidates, k, trade_off=0.5):
    length = candidates.norm(dim=1, keepdim=True)
    units = candidates / (length + 1e-6)
    relevance = units @ (query / (query.norm() + 1e-6))
    chosen = []
    for _ in range(min(k, len(candidates))):
        value = relevance.clone()
        if chosen:
            value = trade_off * relevance - (1 - trade_off) * (units @ units[chosen].T).amax(dim=1)
        value[chosen] = -torch.inf
        chosen.append(int(value.argmax()))
    return chosen


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you choose k times even where there are fewer candidates, and position 0 comes again and again. "
    "Choose min(k, number of candidates).",
    zh="看起来候选不足 k 个时，你仍选了 k 次，位置 0 就一再出现。应当选 min(k, 候选数) 次。",
    breaks="k: how many, 0 or more; all candidates if there are fewer",
)
def chooses_more_than_there_are(query, candidates, k, trade_off=0.5):
    chosen = solution.maximal_marginal_relevance(query, candidates, k, trade_off)
    return chosen + [0] * (k - len(chosen) if len(candidates) else 0)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like a vector of zeros is divided by its length, 0: its cosine becomes NaN, and `argmax` takes NaN "
    "for the largest. The cosine with a vector of zeros is 0.",
    zh="看起来零向量除以了自己的长度 0：余弦成了 NaN，而 `argmax` 把 NaN 当作最大。与零向量的余弦是 0。",
    breaks="The cosine with a vector of zeros is 0",
)
def divides_by_a_length_of_zero(query, candidates, k, trade_off=0.5):
    units = candidates / candidates.norm(dim=1, keepdim=True)
    relevance = units @ (query / query.norm())
    chosen = []
    for _ in range(min(k, len(candidates))):
        value = relevance.clone()
        if chosen:
            value = trade_off * relevance - (1 - trade_off) * (units @ units[chosen].T).amax(dim=1)
        value[chosen] = -torch.inf
        chosen.append(int(value.argmax()))
    return chosen


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like you scaled the query to length 1 but not the candidates: long ones then seem more relevant, "
    "and more like each other.",
    zh="看起来你把查询归一化了，却没有归一化候选：长的候选于是显得更相关，彼此也更相似。",
    breaks="The first choice is the candidate with the largest cosine with the query",
)
def leaves_the_candidates_as_long_as_they_are(query, candidates, k, trade_off=0.5):
    return uses_dot_products(solution._unit(query), candidates, k, trade_off)


@mistake(
    of="maximal_marginal_relevance",
    en="It looks like lengths below some small number, as 1e-6, were raised to it: a short vector then seems unlike "
    "everything. Only a length of 0 needs care.",
    zh="看起来小于某个小数（例如 1e-6）的长度被提高到了这个数：短的向量于是显得与什么都不像。只有长度为 0 "
    "才需要特别处理。",
    breaks="the largest cosine with the query, whatever the trade-off",
)
def raises_short_lengths(query, candidates, k, trade_off=0.5):
    def scaled(vectors):
        return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-6)

    return uses_dot_products(scaled(query), scaled(candidates), k, trade_off)
