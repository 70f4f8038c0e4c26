"""Hidden suite of week 14, judges.

Strengths are compared to a few millionths, as far as the contract promises, and only where the most probable answer is
well determined. Judges and statistics are functions of the suite's own, which run here and write down how they were
called.
Not covered: speed.
"""

import math
from itertools import cycle

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    call_and_keep,
    claims,
    expect,
    follows_device,
    points,
    unchanged,
)

CLOSE = {"rtol": 0, "atol": 3e-6}  # the contract promises 1e-6 for each of two answers
NAN, INFINITE = float("nan"), float("inf")
TABLE = {("x", "y"): 0.8, ("y", "x"): 0.4, ("u", "v"): 0.1, ("v", "u"): 0.5}


def table(first, second):
    """A judge with four answers."""
    return TABLE.get((first, second), 0.5)


def mixed(first, second):
    """A judge with a taste for long texts and for the first place."""
    return 1 / (1 + math.exp(0.4 * (len(second) - len(first)) - 0.7))


def texts(rng, count):
    """Texts of different lengths."""
    return ["abcdefghijk"[: int(rng.integers(1, 11, 1)[0])] + str(place) for place in range(count)]


def games(strengths, played):
    """The wins that a model with these strengths expects: the most probable strengths are these again."""
    s = torch.tensor(strengths, dtype=torch.float64)
    played = torch.tensor(played, dtype=torch.float64)
    return (played * torch.sigmoid(s[:, None] - s)).fill_diagonal_(0), s - s.mean()


# judge_pairs


@points(1)
@claims(
    "1 says that the first text is better",
    "what it gets in the second, where the answer p leaves it 1 - p",
    "A dictionary of three",
    "the mean of all answers, minus 0.5",
)
def test_two_pairs_by_hand(student):
    """x against y gets 0.8 in the first place and 1 - 0.4 in the second: 0.7. u against v gets 0.1 and 1 - 0.5: 0.3.
    The mean of the four answers is 0.45, and one of the two pairs is consistent.

    x 对 y 在前面得 0.8，在后面得 1 - 0.4：0.7。u 对 v 得 0.1 和 1 - 0.5：0.3。四个回答的平均是 0.45，
    两对中有一对前后一致。
    """
    got = student.judge_pairs(table, ["x", "u"], ["y", "v"])

    assert_same(got, {"scores": [0.7, 0.3], "bias": -0.05, "consistent": 0.5})


@points(1)
@claims("above 0 if the judge prefers the first place")
def test_a_judge_that_looks_at_the_place_alone(student):
    """A judge that always names the first text gives every pair 0.5, with a bias of 0.5 and no consistent pair; one
    that always names the second, a bias of -0.5.

    总选第一个的评委，每对都得 0.5，偏向为 0.5，没有一对前后一致；总选第二个的评委，偏向为 -0.5。
    """
    a, b = ["p", "q", "r"], ["s", "t", "u"]

    first = {"scores": [0.5, 0.5, 0.5], "bias": 0.5, "consistent": 0.0}
    assert_same(student.judge_pairs(lambda one, other: 1.0, a, b), first)
    second = {"scores": [0.5, 0.5, 0.5], "bias": -0.5, "consistent": 0.0}
    assert_same(student.judge_pairs(lambda one, other: 0.0, a, b), second)


@points(1)
@claims("the share of pairs for which both orders name the same text, or both answers are exactly 0.5")
def test_which_pairs_are_consistent(student):
    """Eight pairs: the same text both times, the other text both times, the first place both times, a half twice, three
    with a half once, and one with two answers just above a half.

    八对：两次都选同一个文本、两次都选另一个、两次都选第一位、两次都是一半，三对有一次是一半，还有一对两次都略高于一半。
    """
    answers = {"ab": 0.9, "ba": 0.2, "cd": 0.3, "dc": 0.6, "ef": 0.7, "fe": 0.9, "gh": 0.5, "hg": 0.5, "ij": 0.5}
    answers |= {"ji": 0.2, "kl": 0.9, "lk": 0.5, "mn": 0.5, "nm": 0.8}
    answers |= {"op": 0.5000000001, "po": 0.5000000001}
    got = student.judge_pairs(lambda one, other: answers.get(one + other, 0.0), list("acegikmo"), list("bdfhjlnp"))

    assert_same(got["consistent"], 3 / 8)
    assert_same(got["scores"], [0.85, 0.35, 0.4, 0.5, 0.65, 0.7, 0.35, 0.5])


@points(1)
@claims("It is asked exactly twice for each pair: with a[i] first, and with b[i] first")
def test_how_often_the_judge_is_asked(student):
    """Twice for each pair, also where a pair occurs again or has two equal texts.

    每对恰好问两次；重复出现的对、两个文本相同的对也一样。
    """
    asked = []

    def judge(first, second):
        asked.append((first, second))
        return 0.75

    student.judge_pairs(judge, ["m", "n", "m"], ["o", "n", "o"])

    assert_same(sorted(asked), [("m", "o"), ("m", "o"), ("n", "n"), ("n", "n"), ("o", "m"), ("o", "m")])


@points(1)
@after("test_two_pairs_by_hand")
@claims("So a and b exchanged give 1 - score", "a list of floats, one for each pair")
def test_many_pairs(student, reference, rng):
    """Thirteen pairs agree with the reference, and exchanging a and b turns every score around and leaves the rest.

    十三对与参考答案一致；交换 a 和 b，每个得分变为 1 - 得分，其余不变。
    """
    a, b = texts(rng, 13), texts(rng, 13)
    got, turned = student.judge_pairs(mixed, a, b), student.judge_pairs(mixed, b, a)

    assert_same(got, reference.judge_pairs(mixed, a, b))
    assert_same(turned["scores"], [1 - score for score in got["scores"]])
    assert_same([turned["bias"], turned["consistent"]], [got["bias"], got["consistent"]])


@points(1)
@claims("`a` and `b` differ in length or are empty, or an answer is below 0, above 1 or NaN", "is a number from 0 to 1")
def test_pairs_that_are_refused(student):
    """Lists of different lengths, empty lists, and answers below 0, above 1 or NaN, in whichever order they come; 0 and
    1 themselves are fine.

    长度不同、空列表，以及小于 0、大于 1 或 NaN 的回答，不论以哪种顺序出现，都应拒绝；0 和 1 本身没问题。
    """
    assert_raises(ValueError, student.judge_pairs, table, ["x", "u"], ["y"])
    assert_raises(ValueError, student.judge_pairs, table, ["x"], ["y", "v"])
    assert_raises(ValueError, student.judge_pairs, table, [], [])
    for bad in (-0.01, 1.01, -1e-4, 1 + 1e-4, NAN):
        assert_raises(ValueError, student.judge_pairs, lambda first, second, bad=bad: bad, ["x"], ["y"])
        for answers in ((bad, 0.5), (0.5, bad)):
            judge = {("x", "y"): answers[0], ("y", "x"): answers[1]}
            one_bad = lambda first, second, judge=judge: judge.get((first, second), 0.5)  # noqa: E731
            assert_raises(ValueError, student.judge_pairs, one_bad, ["u", "x"], ["v", "y"])
    certain = lambda first, second: float(first == "x")  # noqa: E731
    assert_same(student.judge_pairs(certain, ["x"], ["y"])["scores"], [1.0])


# bradley_terry


@points(1)
@claims(
    "i beats j with probability 1 / (1 + exp(s_j - s_i))", "wins[i, j] says how often i beat j", "A tie is half a win"
)
def test_two_players_by_hand(student, device):
    """Two wins to one: the strengths differ by ln 2. With two wins, two ties and one win more for the other, 3 to 2: by
    ln 1.5.

    二比一：强度相差 ln 2。两胜两平一负即 3 比 2：相差 ln 1.5。
    """
    wins = torch.tensor([[0, 2], [1, 0]], device=device)
    half = math.log(2) / 2
    assert_same(student.bradley_terry(wins), torch.tensor([half, -half], dtype=torch.float64, device=device), **CLOSE)

    ties = torch.tensor([[0, 3.0], [2.0, 0]], device=device)
    half = math.log(1.5) / 2
    assert_same(student.bradley_terry(ties), torch.tensor([half, -half], dtype=torch.float64, device=device), **CLOSE)

    # Two to one again, in small parts of a game, and a thousand to one.
    for won, lost in ((2e-5, 1e-5), (1000.0, 1.0)):
        wins, half = torch.tensor([[0, won], [lost, 0]], device=device), math.log(won / lost) / 2
        expected = torch.tensor([half, -half], dtype=torch.float64, device=device)
        assert_same(student.bradley_terry(wins), expected, **CLOSE)


@points(1)
@claims(
    "i beats j with probability 1 / (1 + exp(s_j - s_i))",
    "the strengths are moved to have the mean 0",
    "each is right to 1e-6",
)
def test_five_players(student, device):
    """Games that come out exactly as a model expects give its strengths back, whatever number of games each pair
    played; some pairs never met.

    比赛结果恰好符合某个模型的期望时，应还原出它的强度，无论各对比了多少场；有的对从未相遇。
    """
    played = [[0, 7, 3, 0, 11], [7, 0, 2, 5, 1], [3, 2, 0, 13, 0], [0, 5, 13, 0, 4], [11, 1, 0, 4, 0]]
    wins, strengths = games([1.5, 0.2, -0.7, 3.1, -2.0], played)

    assert_same(student.bradley_terry(wins.to(device)), strengths.to(device), **CLOSE)


@points(1)
@after("test_five_players")
@claims("Only differences matter", "The order of the games plays no part")
def test_a_chain_of_players(student, device):
    """Where only neighbours played, every difference is the logarithm of their wins: 9 to 1, 1 to 40, 25 to 2 and 3 to
    3. The same with 1000 to 1 each time.

    只有相邻选手比过时，每个差就是胜场之比的对数：9 比 1、1 比 40、25 比 2、3 比 3。每次都是 1000 比 1 时也一样。
    """
    for ratios in ([(9, 1), (1, 40), (25, 2), (3, 3)], [(1000, 1)] * 3):
        wins = torch.zeros(len(ratios) + 1, len(ratios) + 1, dtype=torch.float64, device=device)
        for place, (won, lost) in enumerate(ratios):
            wins[place, place + 1], wins[place + 1, place] = won, lost
        steps = torch.tensor([math.log(lost / won) for won, lost in ratios], dtype=torch.float64)
        expected = torch.cat([torch.zeros(1, dtype=torch.float64), steps.cumsum(0)])

        assert_same(student.bradley_terry(wins), (expected - expected.mean()).to(device), **CLOSE)


@points(1)
@after("test_five_players")
@claims("They are float64, on the device of `wins`", "they have any real dtype, and are not changed")
def test_kinds_of_numbers(student, reference, rng, device):
    """Whole numbers, float32, half precision and a transposed view give float64 strengths, on the device of `wins`, and
    stay as they are.

    整数、float32、半精度和转置视图都得到 float64 的强度，与 `wins` 在同一设备上，而且参数不变。
    """
    wins = (rng.integers(1, 9, 7, 7) * (1 - torch.eye(7, device=device))).long()
    for given in (wins, wins.float(), wins.half(), wins.double().T, wins.int()):
        assert_same(unchanged(student.bradley_terry, given), reference.bradley_terry(given), **CLOSE)
        assert_same(unchanged(student.bradley_terry, given, 0.25), reference.bradley_terry(given, 0.25), **CLOSE)
    half = math.log(2) / 2
    for dtype, most in ((torch.uint8, 200), (torch.float16, 60_000)):  # their sum is beyond the dtype
        many = torch.tensor([[0, most], [most // 2, 0]], dtype=dtype, device=device)
        expected = torch.tensor([half, -half], dtype=torch.float64, device=device)
        assert_same(follows_device(student.bradley_terry, many), expected, **CLOSE)


@points(1)
@claims(
    "`prior` is added to the wins of every player against every other one",
    "as if each pair had played 2 * prior games more and shared them",
    "a player who never won gets a finite strength",
)
def test_a_prior_by_hand(student, device):
    """Three wins to none with a prior of 0.5 are 3.5 to 0.5: the strengths differ by ln 7. A third player whom nobody
    met shares a game with each.

    三比零加上先验 0.5，就是 3.5 比 0.5：强度相差 ln 7。没人遇到过的第三名选手与每人各分一场。
    """
    wins = torch.tensor([[0, 3], [0, 0]], device=device)
    half = math.log(7) / 2
    expected = torch.tensor([half, -half], dtype=torch.float64, device=device)
    assert_same(student.bradley_terry(wins, 0.5), expected, **CLOSE)

    three = torch.tensor([[0, 3, 0], [0, 0, 0], [0, 0, 0]], device=device)
    s = student.bradley_terry(three, prior=0.5)
    assert_same(s[1] + s[0], 2 * s[2], **CLOSE)  # the third stands in the middle
    beats = torch.sigmoid(s[:, None] - s)
    assert_same(4 * beats[0, 1] + beats[0, 2], torch.tensor(4.0, dtype=torch.float64, device=device), rtol=0, atol=1e-5)


def won(device, players, *beaten):
    """Two wins for each pair of a winner and a loser."""
    out = torch.zeros(players, players, device=device)
    for winner, loser in beaten:
        out[winner, loser] = 2
    return out


def refuses(student, *games):
    """These games have no most probable answer, but with a prior they have one."""
    for refused in games:
        assert_raises(ValueError, student.bradley_terry, refused)
        expect(
            bool(student.bradley_terry(refused, 0.1).isfinite().all()),
            "With a prior, all strengths are finite.",
            "有先验时，所有强度都是有限的。",
        )


@points(1)
@claims("or there is no most probable answer")
def test_no_answer(student, device):
    """Players who never met, and somebody who never won or never lost, are refused. A circle in which everybody beat
    the next one is not: all are equal.

    从未相遇的选手、从未赢过或从未输过的选手，都应拒绝。依次获胜围成一圈则不然：大家一样强。
    """
    # First one whose strengths are all 0 for whoever answers: a program that refuses nothing can be recognised then.
    refuses(
        student,
        won(device, 2),
        won(device, 2, (0, 1)),
        won(device, 3, (0, 1), (1, 0), (0, 2), (1, 2)),
        won(device, 3, (0, 1), (0, 2), (1, 2), (2, 1)),
    )
    for players in (5, 12):
        circle = won(device, players, *((place, (place + 1) % players) for place in range(players)))
        assert_same(student.bradley_terry(circle), torch.zeros(players, dtype=torch.float64, device=device), **CLOSE)


@points(1)
@claims("there is a most probable answer only if the players cannot be divided into two groups")
def test_groups_without_an_answer(student, device):
    """Two groups that never met, and two of which the one always won, are refused, though everybody has won and lost.

    从未相遇的两组、总是一方获胜的两组，都应拒绝，尽管每个人都赢过也输过。
    """
    refuses(
        student,
        won(device, 4, (0, 1), (1, 0), (2, 3), (3, 2)),
        won(device, 4, (0, 1), (1, 0), (2, 3), (3, 2), (0, 2), (1, 3)),
    )


@points(1)
@claims(
    "`wins` is not square or has no players, an entry is negative, infinite or NaN, the diagonal is not 0",
    "`prior` is negative, infinite or NaN",
    "A single player has the strength 0",
)
def test_games_that_are_refused(student, device):
    """A table that is not square, is empty, or has entries that cannot be wins; a prior that cannot be one. A single
    player is fine.

    不是方阵、为空、含有不可能是胜场数的值，或先验不合理，都应拒绝。只有一名选手则没问题。
    """
    fine = torch.tensor([[0, 2.0, 1], [1, 0, 3], [2, 2, 0]], device=device)
    assert_raises(ValueError, student.bradley_terry, fine[:2])
    assert_raises(ValueError, student.bradley_terry, fine[0])
    assert_raises(ValueError, student.bradley_terry, torch.zeros(0, 0, device=device))
    assert_raises(ValueError, student.bradley_terry, torch.zeros(0, 0, device=device), 1.0)
    for bad in (-1.0, INFINITE, NAN):
        wins = fine.clone()
        wins[2, 1] = bad
        assert_raises(ValueError, student.bradley_terry, wins)
        assert_raises(ValueError, student.bradley_terry, wins, 2.0)
        assert_raises(ValueError, student.bradley_terry, fine, bad)
        assert_raises(ValueError, student.bradley_terry, fine[:1, 1:2] * 0, bad)
    wins = fine.clone()
    wins[1, 1] = 1
    assert_raises(ValueError, student.bradley_terry, wins)
    zero = torch.zeros(1, dtype=torch.float64, device=device)
    assert_same(student.bradley_terry(torch.zeros(1, 1, device=device)), zero)
    assert_same(student.bradley_terry(torch.zeros(1, 1, device=device), 0.5), zero)


# bootstrap_interval


@points(1)
@claims(
    "The ends are the quantiles (1 - level) / 2 and (1 + level) / 2 of what it returned",
    "a quantile is interpolated linearly",
    "`statistic` is called once for each resample",
)
def test_quantiles_by_hand(student, rng, device):
    """A statistic that gives 0, 1, …, 10 in turn has the 80 % interval from 1 to 9; one that gives 3, 2, 1, 0 has the
    50 % interval from 0.75 to 2.25.

    依次给出 0、1、…、10 的统计量，80 % 区间为 1 到 9；依次给出 3、2、1、0 的，50 % 区间为 0.75 到 2.25。
    """
    values = rng.normal(3)
    # In a circle: whoever asks as often as there are resamples begins at the same place the next time.
    rising, falling, asked = cycle(range(11)), cycle((3, 2, 1, 0)), []

    def statistic(numbers):
        return lambda rows: asked.append(1) or float(next(numbers))

    got = student.bootstrap_interval(values, statistic(rising), rng.generator(), resamples=11, level=0.8)
    assert_same(got, (1.0, 9.0))

    got = student.bootstrap_interval(values, statistic(falling), rng.generator(), resamples=4, level=0.5)
    assert_same(got, (0.75, 2.25))
    assert_same(len(asked), 15)


@points(1)
@claims(
    "as many as there are, drawn with replacement",
    "rows = torch.randint(n, (resamples, n), generator=generator, device=generator.device)",
    "with a tensor of the shape and dtype of `values`, which are not changed",
    "It stays whole",
)
def test_what_is_drawn(student, rng, device):
    """Each resample has as many rows as there are, those that the generator draws, each of them whole, in their dtype.

    每次重抽样的行数与原来相同，正是 generator 抽到的那些行；每一行保持完整，dtype 不变。
    """
    wide = rng.normal(2, 3, 5, dtype=torch.float64).permute(2, 0, 1)  # (5, 2, 3), not contiguous
    for values in (wide, rng.integers(0, 100, 7), rng.normal(5, 2), rng.normal(3, 2).half()):
        seen, source = [], rng.generator()
        state, n = source.get_state(), len(values)

        def statistic(resample, seen=seen):
            seen.append(resample.clone())
            return 0.0

        _, (kept, _, used), _ = call_and_keep(student.bootstrap_interval, values, statistic, source, resamples=11)
        drawn = source.__class__(device=source.device)
        drawn.set_state(state)
        rows = torch.randint(n, (11, n), generator=drawn, device=drawn.device)

        assert_same(seen, [values[row] for row in rows])
        assert_same(kept, values)
        assert_same(used.get_state(), drawn.get_state())


@points(1)
@claims("as two Python floats", "The same state of the generator gives the same interval")
def test_an_interval_of_a_mean(student, reference, rng):
    """Without being told, 1000 resamples and 95 %; a second call from the same state repeats the first, one from
    another state does not.

    默认为 1000 次重抽样和 95 %；从同一状态再次调用会重复第一次的结果，从另一个状态则不会。
    """
    values = rng.normal(17, dtype=torch.float64)
    source, other = rng.generator(), rng.generator()
    mean = lambda resample: float(resample.mean())  # noqa: E731
    first = reference.bootstrap_interval(values, mean, source.clone_state(), resamples=31)
    second = reference.bootstrap_interval(values, mean, other.clone_state(), resamples=31)
    expected = reference.bootstrap_interval(values, mean, source.clone_state())

    assert_same(student.bootstrap_interval(values, mean, source.clone_state()), expected)
    assert_same(student.bootstrap_interval(values, mean, source.clone_state(), resamples=31), first)
    assert_same(student.bootstrap_interval(values, mean, other, resamples=31), second)
    assert_same(student.bootstrap_interval(values, mean, source, resamples=31), first)
    expect(first != second, "Two draws are never alike.", "两次抽取不会一样。")


@points(1)
@after("test_quantiles_by_hand")
@claims(
    "A row is what was drawn independently, such as one question with the scores of all systems on it",
    "as two Python floats, computed in float64",
)
def test_a_difference_of_two_systems(student, reference, rng):
    """Two systems on the same questions: their difference on a question is 0.1 in every row, so the interval of the
    mean difference is that point.

    两个系统回答同样的问题：每行的差都是 0.1，所以平均差的区间就是这一个点。
    """
    one = rng.normal(19, dtype=torch.float64)
    values = torch.stack([one + 0.1, one], dim=1)
    difference = lambda rows: float((rows[:, 0] - rows[:, 1]).mean())  # noqa: E731

    got = student.bootstrap_interval(values, difference, rng.generator(), resamples=50)
    assert_same(got, (0.1, 0.1), rtol=1e-12, atol=1e-12)
    single = lambda rows: float(rows.sum())  # noqa: E731
    got = student.bootstrap_interval(values[:1], single, rng.generator(), resamples=1, level=0.99)
    assert_same(got, (float(values[0].sum()),) * 2)


@points(1)
@claims("there are no rows, `resamples` is below 1, or `level` is not above 0 and below 1")
def test_intervals_that_are_refused(student, rng):
    """No rows, no resamples, and a level of 0, of 1 or beyond.

    没有行、没有重抽样、level 为 0、为 1 或超出范围，都应拒绝。
    """
    values = rng.normal(5)
    mean = lambda resample: float(resample.float().mean())  # noqa: E731
    assert_raises(ValueError, student.bootstrap_interval, values[:0], mean, rng.generator())
    assert_raises(ValueError, student.bootstrap_interval, rng.normal(0, 3), mean, rng.generator())
    for resamples in (0, -1):
        assert_raises(ValueError, student.bootstrap_interval, values, mean, rng.generator(), resamples=resamples)
    for level in (0.0, 1.0, -0.5, 95.0, NAN):
        assert_raises(ValueError, student.bootstrap_interval, values, mean, rng.generator(), level=level)
