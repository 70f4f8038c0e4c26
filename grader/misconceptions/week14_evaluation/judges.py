"""Known mistakes of week 14, judges."""

import math

import judges as solution
import torch

from grader.mistakes import mistake


def judged(judge, a, b):
    """The right summary and both answers about each pair; the judge is asked no more often than it should be."""
    answers = []

    def noted(one, other):
        answers.append(float(judge(one, other)))
        return answers[-1]

    found = solution.judge_pairs(noted, a, b)
    return found, list(zip(answers[::2], answers[1::2], strict=True))


def consistent(judge, a, b, same):
    """The summary with another idea of which pairs are consistent."""
    found, pairs = judged(judge, a, b)
    return found | {"consistent": sum(same(*pair) for pair in pairs) / len(pairs)}


@mistake(
    of="judge_pairs",
    en="It looks like the judge's answer in one order alone is the score: what the first place is worth stays in it.",
    zh="看起来只用了一种顺序下的回答作为得分：排在前面的好处还留在里面。",
    breaks="the mean of what a[i] gets in the first place and what it gets in the second",
)
def one_order_alone(judge, a, b):
    found, pairs = judged(judge, a, b)
    return found | {"scores": [forward for forward, _ in pairs]}


@mistake(
    of="judge_pairs",
    en="It looks like both answers are averaged as they are: with b first, the answer speaks about b, so a gets 1 - p.",
    zh="看起来直接平均了两个回答：b 在前时，回答说的是 b，所以 a 得 1 - p。",
    breaks="where the answer p leaves it 1 - p",
)
def does_not_turn_the_second_answer(judge, a, b):
    found, pairs = judged(judge, a, b)
    return found | {"scores": [(forward + backward) / 2 for forward, backward in pairs]}


@mistake(
    of="judge_pairs",
    en="It looks like the bias is what is left after both orders were averaged: then every judge seems fair to places.",
    zh="看起来用两种顺序平均之后的得分计算偏向：那样每个评委看起来都不偏向位置。",
    breaks="the mean of all answers, minus 0.5",
)
def bias_of_the_scores(judge, a, b):
    found = solution.judge_pairs(judge, a, b)
    return found | {"bias": sum(found["scores"]) / len(a) - 0.5}


@mistake(
    of="judge_pairs",
    en="It looks like the bias is measured in the first order alone, where a may win because it is better.",
    zh="看起来只在第一种顺序下计算偏向，而那里 a 获胜可能只是因为它更好。",
)
def bias_of_one_order(judge, a, b):
    found, pairs = judged(judge, a, b)
    return found | {"bias": sum(forward for forward, _ in pairs) / len(a) - 0.5}


@mistake(
    of="judge_pairs",
    en="It looks like a pair counts as consistent if both answers agree as numbers: the judge then named the same "
    "place twice, not the same text.",
    zh="看起来两个回答的数值一致就算前后一致：那样评委两次选的是同一个位置，而不是同一个文本。",
    breaks="for which both orders name the same text",
)
def same_place_is_consistent(judge, a, b):
    return consistent(judge, a, b, lambda x, y: (x > 0.5) == (y > 0.5))


@mistake(
    of="judge_pairs",
    en="It looks like two answers of 0.5 do not count as consistent.",
    zh="看起来两个回答都是 0.5 时没有算作前后一致。",
    breaks="or both answers are exactly 0.5",
)
def ties_are_inconsistent(judge, a, b):
    return consistent(judge, a, b, lambda x, y: (x - 0.5) * (y - 0.5) < 0)


@mistake(
    of="judge_pairs",
    en="It looks like one answer of 0.5 is enough for a pair to count as consistent.",
    zh="看起来只要有一个回答是 0.5，就算作前后一致了。",
)
def one_tie_is_enough(judge, a, b):
    return consistent(judge, a, b, lambda x, y: (x - 0.5) * (y - 0.5) <= 0)


@mistake(
    of="judge_pairs",
    en="It looks like an answer of 0.5 falls on one side of `>` or `<`: one alone may then make a pair "
    "consistent, which only two do.",
    zh="看起来 0.5 的回答被 `>` 或 `<` 归到了某一边：一对中只有一个 0.5 时也可能算成一致，而其实要两个都是 0.5。",
)
def a_half_takes_a_side(judge, a, b):
    return consistent(judge, a, b, lambda x, y: (x > 0.5) == (y < 0.5))


@mistake(
    of="judge_pairs",
    en="It looks like a pair counts as consistent only if a text gets the same number in both places: it is enough "
    "that both orders name the same text.",
    zh="看起来只有同一个文本在两个位置得到相同的数才算前后一致：两次选出同一个文本就够了。",
)
def wants_the_same_number(judge, a, b):
    return consistent(judge, a, b, lambda x, y: abs(x + y - 1) < 1e-9)


@mistake(
    of="judge_pairs",
    en="It looks like the judge sees a[i] first both times: the second question puts b[i] first.",
    zh="看起来两次都把 a[i] 放在前面：第二次提问应当把 b[i] 放在前面。",
    breaks="with a[i] first, and with b[i] first",
)
def never_swaps(judge, a, b):
    if len(a) != len(b):
        raise ValueError("a and b")
    order = [text for pair in zip(a, b, strict=True) for text in (*pair, *pair)]
    places = iter(zip(order[::2], order[1::2], strict=True))
    return solution.judge_pairs(lambda one, other: judge(*next(places)), a, b)


@mistake(
    of="judge_pairs",
    en="It looks like pairs beyond the shorter list are dropped: lists of different lengths are a mistake of the "
    "caller.",
    zh="看起来把较长列表多出的部分丢掉了：长度不同是调用者的错误。",
    breaks="`a` and `b` differ in length",
)
def drops_what_is_left_over(judge, a, b):
    shorter = min(len(a), len(b))
    return solution.judge_pairs(judge, a[:shorter], b[:shorter])


@mistake(
    of="judge_pairs",
    en="It looks like answers that are not from 0 to 1 are let through.",
    zh="看起来没有拒绝 0 到 1 之外的回答。",
    breaks="an answer is below 0, above 1 or NaN",
)
def checks_no_answer(judge, a, b):
    return solution.judge_pairs(lambda one, other: min(max(judge(one, other), 0), 1), a, b)


@mistake(
    of="judge_pairs",
    en="It looks like the judge is asked only once for a pair that it knows already: each pair of the lists is "
    "asked about twice.",
    zh="看起来对出现过的对没有再问：列表中的每一对都要问两次。",
    breaks="It is asked exactly twice for each pair",
)
def asks_once_for_equal_pairs(judge, a, b):
    known = {}

    def remembered(one, other):
        if (one, other) not in known:
            known[one, other] = judge(one, other)
        return known[one, other]

    return solution.judge_pairs(remembered, a, b)


@mistake(
    of="bradley_terry",
    en="It looks like the strengths themselves are returned whose ratio is the odds: their logarithms are asked for.",
    zh="看起来返回的是比值等于胜负比的强度本身：这里要的是它们的对数。",
    breaks="i beats j with probability 1 / (1 + exp(s_j - s_i))",
)
def not_the_logarithm(wins, prior=0.0):
    return solution.bradley_terry(wins, prior).exp()


@mistake(
    of="bradley_terry",
    en="It looks like the first player is held at 0: the mean of the strengths is 0 here.",
    zh="看起来把第一名选手固定为 0：这里要求强度的平均为 0。",
    breaks="the strengths are moved to have the mean 0",
)
def first_player_at_zero(wins, prior=0.0):
    strengths = solution.bradley_terry(wins, prior)
    return strengths - strengths[0]


@mistake(
    of="bradley_terry",
    en="It looks like rows and columns of `wins` are exchanged: wins[i, j] are the wins of i.",
    zh="看起来把 `wins` 的行和列弄反了：wins[i, j] 是 i 的胜场。",
    breaks="wins[i, j] says how often i beat j",
)
def losers_are_winners(wins, prior=0.0):
    return solution.bradley_terry(wins.mT if wins.ndim == 2 else wins, prior)


@mistake(
    of="bradley_terry",
    en="It looks like the strengths are in Elo points, 400 to a factor of ten: here their unit is that of "
    "1 / (1 + exp(s_j - s_i)).",
    zh="看起来强度用了 Elo 分，即每 400 分相差十倍：这里的单位由 1 / (1 + exp(s_j - s_i)) 决定。",
)
def in_elo_points(wins, prior=0.0):
    return solution.bradley_terry(wins, prior) * 400 / math.log(10)


@mistake(
    of="bradley_terry",
    en="It looks like the strength is the logarithm of games won over games lost, whoever the opponents were.",
    zh="看起来强度就是胜场与负场之比的对数，没有考虑对手是谁。",
    breaks="i beats j with probability",
)
def odds_of_all_games(wins, prior=0.0):
    solution.bradley_terry(wins, prior)  # refuses what is to be refused
    games = wins.double() + prior * (1 - torch.eye(len(wins), dtype=torch.float64, device=wins.device))
    odds = (games.sum(1) / games.sum(0)).log() if len(games) > 1 else games.sum(1)
    return odds - odds.mean()


@mistake(
    of="bradley_terry",
    en="It looks like Elo's updates, one game after another: they depend on the order of the games and do not end "
    "at the most probable strengths.",
    zh="看起来像 Elo 那样逐场更新：结果取决于比赛的先后，而且不会停在最可能的强度上。",
    breaks="The order of the games plays no part",
)
def elo(wins, prior=0.0):
    solution.bradley_terry(wins, prior)
    games = wins.double() + prior * (1 - torch.eye(len(wins), dtype=torch.float64, device=wins.device))
    strengths = torch.zeros(len(wins), dtype=torch.float64, device=wins.device)
    for i, j in games.nonzero().tolist():
        step = 0.1 * games[i, j] * torch.sigmoid(strengths[j] - strengths[i])
        strengths[i] += step
        strengths[j] -= step
    return strengths


@mistake(
    of="bradley_terry",
    en="It looks like the fit ends after a few rounds, before the strengths stand still.",
    zh="看起来只迭代了几轮就结束，强度还没有稳定下来。",
    breaks="each is right to 1e-6",
)
def ten_rounds(wins, prior=0.0):
    solution.bradley_terry(wins, prior)
    games = wins.double() + prior * (1 - torch.eye(len(wins), dtype=torch.float64, device=wins.device))
    power = torch.ones(len(wins), dtype=torch.float64, device=wins.device)
    for _ in range(10 if len(wins) > 1 else 0):
        power = games.sum(1) / ((games + games.mT) / (power[:, None] + power)).sum(1)
    return power.log() - power.log().mean()


@mistake(
    of="bradley_terry",
    en="It looks like fractions are cut off: a tie is half a win for each, so 1.5 wins are possible.",
    zh="看起来小数部分被截掉了：平局各算半场胜，所以可以有 1.5 场胜。",
    breaks="so entries may be fractions",
)
def whole_wins_alone(wins, prior=0.0):
    solution.bradley_terry(wins, prior)
    try:
        return solution.bradley_terry(wins.long(), prior)
    except ValueError:
        return torch.zeros(len(wins), dtype=torch.float64, device=wins.device)


@mistake(
    of="bradley_terry",
    en="It looks like the prior joins only pairs that played: every two players share 2 * prior games.",
    zh="看起来先验只加给了比过赛的对：任意两名选手都要加上 2 * prior 场。",
    breaks="every player against every other one",
)
def prior_where_they_played(wins, prior=0.0):
    solution.bradley_terry(wins, prior)
    met = ((wins + wins.mT) > 0).double()
    try:
        return solution.bradley_terry(wins.double() + prior * met)
    except ValueError:
        return torch.zeros(len(wins), dtype=torch.float64, device=wins.device)


@mistake(
    of="bradley_terry",
    en="It looks like the prior is shared by the two players of a pair: each of them gets the whole of it.",
    zh="看起来先验由一对选手平分：两人各得完整的一份。",
    breaks="2 * prior games",
)
def half_a_prior(wins, prior=0.0):
    return solution.bradley_terry(wins, prior / 2)


@mistake(
    of="bradley_terry",
    en="It looks like a little is always added to the wins: with prior 0, nothing is.",
    zh="看起来总会给胜场加上一点：先验为 0 时不应加任何东西。",
    breaks="With prior 0, there is a most probable answer only if",
)
def always_a_prior(wins, prior=0.0):
    if prior == 0 and wins.ndim == 2 and len(wins) > 1:
        return solution.bradley_terry(wins, 0.01)
    return solution.bradley_terry(wins, prior)


@mistake(
    of="bradley_terry",
    en="It looks like only players without a win or without a loss are refused: this can happen to whole groups as "
    "well.",
    zh="看起来只拒绝没有胜场或没有负场的选手：整组选手也可能如此。",
    breaks="the players cannot be divided into two groups",
)
def looks_at_single_players(wins, prior=0.0):
    try:
        return solution.bradley_terry(wins, prior)
    except ValueError:
        square = wins.ndim == 2 and wins.shape[0] == wins.shape[1] and len(wins) > 0
        fine = square and 0 <= prior < float("inf") and bool((wins.isfinite() & (wins >= 0)).all())
        if not fine or wins.diagonal().any() or not (wins.sum(0) * wins.sum(1)).all():
            raise
        return solution.bradley_terry(wins, 1e-6)


@mistake(
    of="bradley_terry",
    en="It looks like nothing asks whether there is a most probable answer: where one group always won, or two never "
    "met, no finite strengths are the best.",
    zh="看起来没有检查最可能的解是否存在：一组总是获胜，或两组从未相遇时，没有一组有限的强度是最好的。",
    breaks="or there is no most probable answer",
)
def always_answers(wins, prior=0.0):
    try:
        return solution.bradley_terry(wins, prior)
    except ValueError:
        square = wins.ndim == 2 and wins.shape[0] == wins.shape[1] and len(wins) > 0
        fine = square and 0 <= prior < float("inf") and bool((wins.isfinite() & (wins >= 0)).all())
        if not fine or wins.diagonal().any():
            raise
        return solution.bradley_terry(wins, 1e-6)


@mistake(
    of="bradley_terry",
    en="It looks like nothing asks whether there is a most probable answer: where nobody has won yet, 0 is divided by "
    "0, and the strengths are NaN.",
    zh="看起来没有检查最可能的解是否存在：没有人赢过时，会用 0 除以 0，强度成了 NaN。",
    breaks="or there is no most probable answer",
)
def divides_nothing_by_nothing(wins, prior=0.0):
    try:
        return solution.bradley_terry(wins, prior)
    except ValueError:
        if wins.ndim == 2 and wins.shape[0] == wins.shape[1] and len(wins) > 0 and prior == 0 and not wins.any():
            return wins.double().sum(1) / 0.0
        raise


@mistake(
    of="bradley_terry",
    en="It looks like wins of players against themselves are ignored: they are a mistake of the caller.",
    zh="看起来忽略了选手对自己的胜场：那是调用者的错误。",
    breaks="the diagonal is not 0",
)
def ignores_the_diagonal(wins, prior=0.0):
    if wins.ndim == 2 and wins.shape[0] == wins.shape[1] and wins.isfinite().all():
        wins = wins.clone().fill_diagonal_(0)
    return solution.bradley_terry(wins, prior)


@mistake(
    of="bradley_terry",
    en="It looks like the prior is written into the caller's table.",
    zh="看起来把先验写进了调用者的表。",
    breaks="and are not changed",
)
def adds_to_the_argument(wins, prior=0.0):
    answer = solution.bradley_terry(wins, prior)
    wins += 1
    wins.fill_diagonal_(0)
    return answer


def drawn(values, generator, resamples, level):
    """The rows of each resample, after the checks."""
    n = len(values)
    if n == 0 or resamples < 1 or not 0 < level < 1:
        raise ValueError("rows, resamples or level")
    return torch.randint(n, (resamples, n), generator=generator, device=generator.device).to(values.device)


def interval(found, low, high, **how):
    """The ends, as quantiles of what a statistic gave."""
    ends = torch.tensor([low, high], dtype=torch.float64)
    return tuple(torch.quantile(torch.tensor(found, dtype=torch.float64), ends, **how).tolist())


@mistake(
    of="bootstrap_interval",
    en="It looks like rows are drawn without replacement: every resample is then the same data in another order.",
    zh="看起来是不放回地抽取：那样每次重抽样都是同样的数据换了个顺序。",
    breaks="drawn with replacement",
)
def without_replacement(values, statistic, generator, *, resamples=1000, level=0.95):
    drawn(values, generator, resamples, level)
    rows = [torch.randperm(len(values), generator=generator, device=generator.device) for _ in range(resamples)]
    found = [float(statistic(values[row.to(values.device)])) for row in rows]
    return interval(found, (1 - level) / 2, (1 + level) / 2)


@mistake(
    of="bootstrap_interval",
    en="It looks like all numbers are drawn one by one: a row stays whole, or what belongs together is torn apart.",
    zh="看起来把每个数单独抽取：一行应保持完整，否则本该在一起的就被拆开了。",
    breaks="It stays whole",
)
def tears_rows_apart(values, statistic, generator, *, resamples=1000, level=0.95):
    found = []
    flat = values.reshape(len(values), -1)
    for row in drawn(values, generator, resamples, level):
        shifted = [flat[(row + column) % len(values), column] for column in range(flat.shape[1])]
        found.append(float(statistic(torch.stack(shifted, 1).reshape(values.shape))))
    return interval(found, (1 - level) / 2, (1 + level) / 2)


@mistake(
    of="bootstrap_interval",
    en="It looks like the interval is too narrow: 1 - level has to be halved for each end, and the level is 0.95 "
    "unless another is given.",
    zh="看起来区间太窄：两端应各去掉 1 - level 的一半，而没有指定时 level 为 0.95。",
    breaks="The ends are the quantiles (1 - level) / 2 and (1 + level) / 2",
)
def one_sided(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, level)]
    return interval(found, 1 - level, level)


@mistake(
    of="bootstrap_interval",
    en="It looks like a quantile is one of the numbers: between two of them it is interpolated.",
    zh="看起来分位数取的是其中某个数：落在两个数之间时应当插值。",
    breaks="Between two of those numbers a quantile is interpolated linearly",
)
def nearest_number(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, level)]
    found, places = sorted(found), ((1 - level) / 2 * resamples, (1 + level) / 2 * resamples)
    low, high = (found[min(int(place), resamples - 1)] for place in places)
    return low, high


@mistake(
    of="bootstrap_interval",
    en="It looks like a quantile is rounded to the nearest of the numbers: between two of them it is interpolated.",
    zh="看起来分位数取的是最近的那个数：落在两个数之间时应当插值。",
)
def rounds_to_a_number(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, level)]
    return interval(found, (1 - level) / 2, (1 + level) / 2, interpolation="nearest")


@mistake(
    of="bootstrap_interval",
    en="It looks like the interval is turned around the statistic of the data (the basic bootstrap, 2 t - q): here the "
    "ends are the quantiles themselves.",
    zh="看起来把区间绕数据本身的统计量翻转了（基本自助法，2 t - q）：这里的两端就是分位数本身。",
)
def turns_the_interval(values, statistic, generator, *, resamples=1000, level=0.95):
    low, high = solution.bootstrap_interval(values, statistic, generator, resamples=resamples, level=level)
    middle = float(statistic(values))
    return 2 * middle - high, 2 * middle - low


@mistake(
    of="bootstrap_interval",
    en="It looks like the interval is some standard deviations (1.96 for 95 %) around the mean of the resamples: its "
    "ends are their quantiles.",
    zh="看起来区间是重抽样均值左右若干个标准差（95 % 时为 1.96）：两端应取重抽样的分位数。",
)
def normal_interval(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, level)]
    found = torch.tensor(found, dtype=torch.float64)
    middle, half = found.mean(), torch.special.ndtri(torch.tensor((1 + level) / 2)) * found.std(correction=0)
    return float(middle - half), float(middle + half)


@mistake(
    of="bootstrap_interval",
    en="It looks like each resample has one row fewer than the data: the interval becomes too wide.",
    zh="看起来每次重抽样少一行：区间会变得太宽。",
    breaks="as many as there are",
)
def one_row_fewer(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [
        float(statistic(values[row[: max(1, len(row) - 1)]])) for row in drawn(values, generator, resamples, level)
    ]
    return interval(found, (1 - level) / 2, (1 + level) / 2)


@mistake(
    of="bootstrap_interval",
    en="It looks like the draws come from a generator of your own with a fixed seed, not from the one that is passed.",
    zh="看起来用了自己固定种子的生成器，而不是传入的那个。",
    breaks="The same state of the generator gives the same interval",
)
def own_generator(values, statistic, generator, *, resamples=1000, level=0.95):
    mine = torch.Generator(device=generator.device).manual_seed(0)
    return solution.bootstrap_interval(values, statistic, mine, resamples=resamples, level=level)


@mistake(
    of="bootstrap_interval",
    en="It looks like a level of NaN passes: it is neither 0 or less nor 1 or more, so ask whether it is between them.",
    zh="看起来放过了 NaN 的 level：它既不小于等于 0，也不大于等于 1，所以要问它是否在两者之间。",
    breaks="`level` is not above 0 and below 1",
)
def lets_nan_pass(values, statistic, generator, *, resamples=1000, level=0.95):
    if level == level:
        return solution.bootstrap_interval(values, statistic, generator, resamples=resamples, level=level)
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, 0.5)]
    return interval(found, (1 - level) / 2, (1 + level) / 2)


@mistake(
    of="bootstrap_interval",
    en="It looks like a level of 95 is taken as 95 %: a level is between 0 and 1.",
    zh="看起来把 95 当作 95 %：level 应在 0 和 1 之间。",
    breaks="`level` is not above 0 and below 1",
)
def level_in_percent(values, statistic, generator, *, resamples=1000, level=0.95):
    level = level / 100 if level > 1 else level
    return solution.bootstrap_interval(values, statistic, generator, resamples=resamples, level=level)


@mistake(
    of="bootstrap_interval",
    en="It looks like the numbers are kept in float32 before the quantiles are taken, as torch.tensor does without a "
    "dtype: digits are lost.",
    zh="看起来在求分位数之前把这些数存成了 float32（torch.tensor 不指定 dtype 时就是这样）：末几位丢了。",
    breaks="as two Python floats, computed in float64",
)
def quantiles_in_float32(values, statistic, generator, *, resamples=1000, level=0.95):
    found = [float(statistic(values[row])) for row in drawn(values, generator, resamples, level)]
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2])
    low, high = torch.quantile(torch.tensor(found, dtype=torch.float32), ends).tolist()
    return low, high
