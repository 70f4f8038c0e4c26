"""Hidden suite of week 08, scaling.

The laws are published ones or our own; runs with deviations are judged by the sum of squares, not by the numbers.
Not covered: speed, other dtypes than float64.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

CHINCHILLA = {"E": 1.69, "A": 406.4, "alpha": 0.34, "B": 410.7, "beta": 0.28}
AT_THE_BOUNDS = {"E": 0.8, "A": 30.0, "alpha": 0.05, "B": 4e8, "beta": 1.0}
BELOW_ZERO = {"E": -1.5, "A": 60.0, "alpha": 0.2, "B": 80.0, "beta": 0.15}
RISING = {"E": 4.0, "A": -12.0, "alpha": 0.2, "B": 410.7, "beta": 0.28}  # larger models were worse
TOO_STEEP = {"E": 0.5, "A": 2e9, "alpha": 1.3, "B": 2000.0, "beta": 0.4}
WIDE = {"E": 0.2, "A": 3e5, "alpha": 0.6, "B": 4e5, "beta": 0.6}  # losses from 0.5 to 20
STEEP = {"E": 0.5, "A": 90.0, "alpha": 0.61, "B": 2000.0, "beta": 0.47}


def runs(device, law, sizes=(1e7, 3e7, 1e8, 4e8, 1e9), data=(1e8, 7e8, 3e9, 2e10), deviation=0.0):
    """Every size with every amount of data, and the losses of a law, moved a little up and down in turn."""
    n, d = (
        torch.tensor(sizes, dtype=torch.float64, device=device),
        torch.tensor(data, dtype=torch.float64, device=device),
    )
    n, d = n.repeat_interleave(len(d)), d.repeat(len(n))
    waves = torch.cos(1.3 * torch.arange(len(n), dtype=torch.float64, device=device))
    return n, d, promised(law, n, d) + deviation * waves


def promised(law, n, d):
    """The law, written out."""
    return law["E"] + law["A"] / n ** law["alpha"] + law["B"] / d ** law["beta"]


def is_law(law):
    """A law has five finite floats."""
    fine = isinstance(law, dict) and set(law) == set(CHINCHILLA)
    fine = fine and all(isinstance(value, float) and math.isfinite(value) for value in law.values())
    expect(
        fine,
        "A law must be a dictionary of five finite floats: E, A, alpha, B, beta.",
        "定律必须是含五个有限浮点数的字典：E、A、alpha、B、beta。",
    )


@points(1)
def test_law_by_hand(student, device):
    """E = 1, A = 4, alpha = 1/2, B = 27, beta = 1/3: 16 parameters and 27 tokens give 1 + 1 + 9 = 11.

    E = 1、A = 4、alpha = 1/2、B = 27、beta = 1/3：16 个参数、27 个词元，损失为 1 + 1 + 9 = 11。
    """
    law = {"E": 1.0, "A": 4.0, "alpha": 0.5, "B": 27.0, "beta": 1 / 3}
    n, d = (torch.tensor(x, dtype=torch.float64, device=device) for x in ([16.0], [27.0]))

    assert_same(student.scaling_loss(law, n, d), torch.tensor([11.0], dtype=torch.float64, device=device))


@points(1)
def test_law_broadcasts(student, device):
    """Three sizes against two amounts of data make a table.

    三种规模对两种数据量，得到一张表。
    """
    n = torch.tensor([[1e6], [1e7], [1e8]], dtype=torch.float64, device=device)
    d = torch.tensor([1e9, 1e10], dtype=torch.float64, device=device)

    assert_same(student.scaling_loss(CHINCHILLA, n, d), promised(CHINCHILLA, n, d))


@points(2)
@claims("Runs that follow a law exactly give back that law", "The arguments are float64 and stay as they are")
def test_exact_runs(student, device):
    """Runs that follow a law exactly give that law back: exponents to 0.01, losses to 0.001.

    严格符合某条定律的训练结果，应还原出那条定律：指数误差 0.01 以内，损失误差 0.001 以内。
    """
    for law in (CHINCHILLA, STEEP):
        n, d, loss = runs(device, law)
        got = unchanged(student.fit_scaling_law, n, d, loss)

        is_law(got)
        names = ("alpha", "beta")
        assert_same([got[name] for name in names], [law[name] for name in names], rtol=0, atol=0.01)
        assert_same(promised(got, n, d), loss, rtol=0, atol=1e-3)


@points(1)
@after("test_exact_runs")
@claims("among exponents between 0.05 and 1, both included; E, A and B may be any numbers, also below 0")
def test_unusual_laws(student, device):
    """Exponents of 0.05 and 1, an E or an A below 0, and five runs alone are found as well.

    指数为 0.05 和 1、E 或 A 小于 0，以及只有五次训练，也能还原。
    """
    few = {"sizes": (1e7, 1e8, 1e9), "data": (1e8, 2e10)}
    for law, setting in ((AT_THE_BOUNDS, {}), (BELOW_ZERO, {}), (RISING, {}), (CHINCHILLA, few)):
        n, d, loss = (x[:5] if setting else x for x in runs(device, law, **setting))
        got = student.fit_scaling_law(n, d, loss)

        is_law(got)
        if not setting:  # five numbers follow from five runs, but other laws come near
            assert_same([got["alpha"], got["beta"]], [law["alpha"], law["beta"]], rtol=0, atol=0.01)
        assert_same(promised(got, n, d), loss, rtol=0, atol=1e-3)


@points(1)
@after("test_exact_runs")
@claims("among exponents between 0.05 and 1")
def test_exponents_stay_in_their_bounds(student, reference, device):
    """Where the best exponent is above 1 or below 0.05, the answer is the best one within the bounds.

    最佳指数大于 1 或小于 0.05 时，取界限以内最好的。
    """
    for law in (TOO_STEEP, TOO_STEEP | {"A": 40.0, "alpha": 0.01}):
        n, d, loss = runs(device, law)
        got = student.fit_scaling_law(n, d, loss)

        is_law(got)
        inside = all(0.05 - 1e-6 <= got[name] <= 1 + 1e-6 for name in ("alpha", "beta"))
        expect(inside, "An exponent is not between 0.05 and 1.", "有指数不在 0.05 与 1 之间。")
        nearly_least(got, reference.fit_scaling_law(n, d, loss), n, d, loss)


def nearly_least(got, best, n, d, loss):
    """The sum of squares is within 1 % of the smallest, or both are nothing."""
    squares, least = (float((promised(law, n, d) - loss).square().sum()) for law in (got, best))
    expect(
        squares <= 1.01 * least + 1e-6,
        "The sum of squares is {squares}, and {least} is possible.",
        "平方和为 {squares}，而最小可以到 {least}。",
        squares=f"{squares:.6f}",
        least=f"{least:.6f}",
    )


@points(1)
@after("test_exact_runs")
@claims("Two answers count as the same if their sums differ by less than 1 %", "smallest sum of (loss - law)^2")
def test_runs_with_deviations(student, reference, device):
    """With deviations, the sum of squares is within 1 % of the smallest.

    有偏差时，平方和与最小值相差在 1 % 以内。
    """
    for law, deviation in ((CHINCHILLA, 0.02), (STEEP, 0.01), (WIDE, 0.3)):
        n, d, loss = runs(device, law, deviation=deviation)
        got = student.fit_scaling_law(n, d, loss)

        is_law(got)
        nearly_least(got, reference.fit_scaling_law(n, d, loss), n, d, loss)


@points(1)
@claims("the three differ in length, there are fewer than five runs, or a value is not above 0", "C is not above 0")
def test_runs_that_are_refused(student, device):
    """Fewer than five runs, lengths that differ and values that are not above 0, NaN among them, are refused.

    少于五次训练、长度不同、数值不大于 0（包括 NaN），都应拒绝。
    """
    n, d, loss = runs(device, CHINCHILLA)

    assert_raises(ValueError, student.fit_scaling_law, n[:4], d[:4], loss[:4])
    assert_raises(ValueError, student.fit_scaling_law, n, d[1:], loss)
    assert_raises(ValueError, student.fit_scaling_law, n, d, loss - 3)
    assert_raises(ValueError, student.fit_scaling_law, n * 0, d, loss)
    assert_raises(ValueError, student.fit_scaling_law, n, -d, loss)
    assert_raises(ValueError, student.fit_scaling_law, n, d, loss[:-1])
    for place in range(3):
        for value in (0.0, math.nan):
            bad = [n, d, loss]
            bad[place] = bad[place].clone()
            bad[place][7] = value
            assert_raises(ValueError, student.fit_scaling_law, *bad)
    assert_raises(ValueError, student.compute_optimal, 0.0, CHINCHILLA)
    assert_raises(ValueError, student.compute_optimal, math.nan, CHINCHILLA)
    assert_raises(ValueError, student.compute_optimal, -1e20, CHINCHILLA)


@points(1)
@claims("both are numbers with fractions", "Training costs C = 6 N D operations")
def test_equal_terms_share_the_budget(student):
    """When both terms are the same function, N and D are equal: 600 operations buy 10 and 10, 37.5 buy 2.5 and 2.5.

    两项是同一个函数时，N 与 D 相等：600 次运算对应 10 和 10，37.5 次对应 2.5 和 2.5。
    """
    law = {"E": 1.0, "A": 3.0, "alpha": 0.4, "B": 3.0, "beta": 0.4}

    assert_same(student.compute_optimal(600.0, law), (10.0, 10.0))
    assert_same(student.compute_optimal(37.5, law), (2.5, 2.5))


@points(3)
@claims("The tuple (N, D) with 6 N D = C")
def test_nothing_else_is_better(student, reference):
    """The budget is spent exactly, and neither a larger nor a smaller model has a lower loss.

    预算恰好用完，而且更大或更小的模型损失都不会更低。
    """
    for law, budget in ((CHINCHILLA, 5.76e23), (STEEP, 1e19), (CHINCHILLA, 1e18)):
        n, d = student.compute_optimal(budget, law)

        assert_same(6 * n * d, budget)
        assert_same((n, d), reference.compute_optimal(budget, law))
