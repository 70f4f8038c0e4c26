"""Hidden suite of week 01, debug_regression.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, training on an accelerator in half precision.
"""

import torch

from grader.suite import after, assert_same, claims, points, unchanged

ROWS, FEATURES = 7, 3


def problem(rng):
    """Features, and targets that a line fits exactly."""
    x = rng.normal(ROWS, FEATURES, dtype=torch.float64)
    return x, x @ torch.tensor([2.0, -1.0, 0.5], dtype=torch.float64, device=x.device) + 4


def pair(student, reference, device):
    return [module.LinearRegression(FEATURES, device=str(device)) for module in (student, reference)]


def test_a_single_row(student, reference, rng, device):
    """A single row is learned as the reference learns it: this worked when you got the program.

    只有一行时，学习过程与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    x, y = problem(rng)
    mine, ours = pair(student, reference, device)

    assert_same(mine.fit(x[:1], y[:1], 0.02, 11), ours.fit(x[:1], y[:1], 0.02, 11))
    assert_same(mine.predict(x).detach(), ours.predict(x).detach())


@claims(
    "(features, 1), zeros at first",
    "(1,), zero at first",
)
@after("test_a_single_row")
def test_equal_targets(student, reference, rng, device):
    """Targets that are all equal give the reference's loss: this worked when you got the program.

    目标全都相等时，损失与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    x, _ = problem(rng)
    mine, ours = pair(student, reference, device)
    y = torch.full((ROWS,), 3.0, dtype=torch.float64, device=device)

    assert_same(unchanged(mine.loss, x, y).detach(), ours.loss(x, y).detach())


@after("test_equal_targets")
@points(1)
def test_loss_of_two_rows(student, rng, device):
    """The loss of several rows is the mean of their squared errors, one error for each row.

    多行数据的损失是误差平方的均值，每行一个误差。
    """
    x = rng.normal(ROWS, FEATURES, dtype=torch.float64)
    y = torch.arange(ROWS, dtype=torch.float64, device=device)
    model = student.LinearRegression(FEATURES, device=str(device))
    model.fit(x[:1], y[3:4], 0.1, 1)

    errors = model.predict(x).detach()[:, 0] - y
    assert_same(model.loss(x, y).detach(), errors.square().mean())


@after("test_equal_targets")
@points(3)
def test_learns_a_line(student, reference, rng, device):
    """Targets on a line are learned: after 400 steps, losses and predictions are those of the reference.

    目标落在一条线上时能够学会：400 步之后，损失和预测都与参考答案一致。
    """
    x, y = problem(rng)
    mine, ours = pair(student, reference, device)

    assert_same(mine.fit(x, y, 0.05, 400), ours.fit(x, y, 0.05, 400), rtol=1e-6, atol=1e-9)
    assert_same(mine.predict(x).detach(), ours.predict(x).detach(), rtol=1e-6, atol=1e-9)


@after("test_equal_targets")
@points(2)
def test_features_matter(student, device):
    """One feature, twice as large for the second row as for the first: the predictions differ as the targets do.

    只有一个特征，第二行是第一行的两倍：预测之差与目标之差一致。
    """
    x, y = torch.tensor([[1.0], [2.0]], device=device), torch.tensor([3.0, 7.0], device=device)
    model = student.LinearRegression(1, torch.float32, str(device))
    model.fit(x, y, 0.2, 2000)

    assert_same(model.predict(x).detach(), torch.tensor([[3.0], [7.0]], device=device), rtol=1e-3, atol=1e-3)
