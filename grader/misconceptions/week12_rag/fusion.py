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
    en="Your answer equals the one where the first rank is 0.",
    zh="你的结果等于名次从 0 数起的结果。",
)
def ranks_from_zero(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank - 1) if k + rank > 1 else 2.0)


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one where an id that stands twice in one ranking counts twice.",
    zh="你的结果等于同一排名中出现两次的 id 被计了两次的结果。",
)
def counts_repetitions(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank), distinct=False)


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one where repeated ids are removed first, so that the ranks behind them move up.",
    zh="你的结果等于先去掉重复 id、使其后名次前移的结果。",
)
def closes_gaps(rankings, k=60):
    return fuse([list(dict.fromkeys(ranking)) for ranking in rankings], lambda rank, ranking: 1 / (k + rank))


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one where a ranking without the id counts as if the id stood behind its last rank.",
    zh="你的结果等于把不含该 id 的排名当作它排在末位之后来计分的结果。",
)
def counts_missing_as_last(rankings, k=60):
    fused = dict(solution.reciprocal_rank_fusion(rankings, k))
    for name in fused:
        fused[name] += sum(1 / (k + len(ranking) + 1) for ranking in rankings if name not in ranking)
    return sorted(fused.items(), key=lambda item: item[1], reverse=True)


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the mean over the rankings instead of the sum.",
    zh="你的结果等于对各排名取平均、而不是求和的结果。",
)
def averages(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / (k + rank) / len(rankings))


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one where k has no effect: 1 / rank.",
    zh="你的结果等于 k 不起作用的结果：1 / 名次。",
)
def forgets_k(rankings, k=60):
    return fuse(rankings, lambda rank, ranking: 1 / rank)


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one where equal scores are ordered by id instead of by first meeting.",
    zh="你的结果等于分数相等时按 id 排序、而不是按先遇到的次序排的结果。",
)
def breaks_ties_by_id(rankings, k=60):
    fused = solution.reciprocal_rank_fusion(rankings, k)
    return sorted(fused, key=lambda item: (-item[1], str(item[0])))


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one with the trade-off reversed: 1 looks at novelty and 0 at relevance.",
    zh="你的结果等于 trade_off 的含义颠倒了的结果：1 只看新颖性，0 只看相关度。",
)
def reverses_the_trade_off(query, candidates, k, trade_off=0.5):
    return solution.maximal_marginal_relevance(query, candidates, k, 1 - trade_off)


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one that looks only at the candidate chosen last, not at all that were chosen.",
    zh="你的结果等于只与最近一次选中的候选比较、而不是与所有已选者比较的结果。",
)
def compares_with_the_last(query, candidates, k, trade_off=0.5):
    return choose(
        query, candidates, k, lambda r, like: trade_off * r - (1 - trade_off) * like[:, -1], first=lambda r: r
    )


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one with the mean of the cosines with the chosen instead of their maximum.",
    zh="你的结果等于取与已选者余弦的平均值、而不是最大值的结果。",
)
def averages_likeness(query, candidates, k, trade_off=0.5):
    return choose(
        query, candidates, k, lambda r, like: trade_off * r - (1 - trade_off) * like.mean(dim=1), first=lambda r: r
    )


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one with dot products: vectors that are not of length 1 need a cosine.",
    zh="你的结果等于用点积的结果：长度不为 1 的向量要用余弦。",
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
    en="Your answer equals the one that ranks by relevance alone and never looks at what was chosen.",
    zh="你的结果等于只按相关度排序、从不看已选内容的结果。",
)
def ignores_what_was_chosen(query, candidates, k, trade_off=0.5):
    return solution.maximal_marginal_relevance(query, candidates, k, 1.0)


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one where the trade-off weighs the first choice too: at 0 it is always position 0.",
    zh="你的结果等于第一次选择也乘了 trade_off 的结果：取 0 时总是选中位置 0。",
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
    en="Your answer equals the one where an id that stands twice in a ranking counts at its later rank.",
    zh="你的结果等于同一排名中出现两次的 id 按靠后的名次计分的结果。",
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
    en="Your answer equals the one where, of equal scores, the id comes first that is met last: sort in descending "
    "order, do not sort and turn around.",
    zh="你的结果等于同分时后遇到的 id 排在前面的结果：应当直接降序排序，而不是升序排序后再反转。",
    breaks="Equal scores: the id comes first that is met first",
)
def turns_ties_around(rankings, k=60):
    return sorted(solution.reciprocal_rank_fusion(rankings, k)[::-1], key=lambda item: item[1], reverse=True)


@mistake(
    of="reciprocal_rank_fusion",
    en="Your answer equals the one with k cut to a whole number: k may be 0.5.",
    zh="你的结果等于把 k 取整的结果：k 可以是 0.5。",
    breaks="1 / (k + rank), and the first rank is 1",
)
def cuts_k_to_a_whole_number(rankings, k=60):
    return solution.reciprocal_rank_fusion(rankings, int(k))


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one in which no candidate is less like the chosen than 0: a negative cosine counts too.",
    zh="你的结果等于把与已选者的相似度下限设为 0 时的结果：负的余弦也要计入。",
    breaks="Every further choice is the one not yet chosen with the largest",
)
def floors_likeness_at_zero(query, candidates, k, trade_off=0.5):
    def value(relevance, likeness):
        return trade_off * relevance - (1 - trade_off) * likeness.amax(dim=1).clamp(min=0)

    return choose(query, candidates, k, value, first=lambda r: r)


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one with the absolute cosine with the chosen: what points the other way is new.",
    zh="你的结果等于对与已选者的余弦取绝对值时的结果：方向相反的内容是新的。",
    breaks="Every further choice is the one not yet chosen with the largest",
)
def takes_the_absolute_likeness(query, candidates, k, trade_off=0.5):
    def value(relevance, likeness):
        return trade_off * relevance - (1 - trade_off) * likeness.abs().amax(dim=1)

    return choose(query, candidates, k, value, first=lambda r: r)


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one that takes the higher position of equal values.",
    zh="你的结果等于值相等时取靠后位置的结果。",
    breaks="Equal values: the lower position",
)
def takes_the_higher_position(query, candidates, k, trade_off=0.5):
    turned = solution.maximal_marginal_relevance(query, candidates.flip(0), k, trade_off)
    return [len(candidates) - 1 - position for position in turned]


@mistake(
    of="maximal_marginal_relevance",
    en="Your answer equals the one whose relevance is a dot product with the query: the query's length then weighs.",
    zh="你的结果等于相关度用与查询的点积时的结果：查询的长度会影响选择。",
    breaks="The first choice is the candidate with the largest cosine with the query",
)
def leaves_the_query_as_long_as_it_is(query, candidates, k, trade_off=0.5):
    length = query.norm()

    def value(relevance, likeness):
        return trade_off * length * relevance - (1 - trade_off) * likeness.amax(dim=1)

    return choose(query, candidates, k, value, first=lambda r: r)
