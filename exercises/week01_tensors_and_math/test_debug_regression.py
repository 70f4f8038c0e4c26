"""Visible examples of week 01, debug_regression: one row, then two."""

import torch

from grader.suite import assert_same


def test_one_row(student):
    """With one row (feature 1, target 2) and rate 1/4, the prediction goes from 0 to 2 in one step.

    只有一行（特征 1、目标 2）、步长 1/4 时，一步之后预测从 0 变为 2。
    """
    model = student.LinearRegression(1)
    x, y = torch.tensor([[1.0]], dtype=torch.float64), torch.tensor([2.0], dtype=torch.float64)

    assert_same(model.fit(x, y, 0.25, 1), [4.0])
    assert_same(model.predict(x).detach(), torch.tensor([[2.0]], dtype=torch.float64))


def test_two_rows(student):
    """With features -1 and 1 and targets -2 and 2, the slope 2 can be learned: the predictions reach -2 and 2.

    特征 -1 和 1、目标 -2 和 2：斜率 2 是可以学到的，预测会达到 -2 和 2。
    """
    model = student.LinearRegression(1)
    x, y = torch.tensor([[-1.0], [1.0]], dtype=torch.float64), torch.tensor([-2.0, 2.0], dtype=torch.float64)
    model.fit(x, y, 0.25, 60)

    assert_same(model.predict(x).detach(), torch.tensor([[-2.0], [2.0]], dtype=torch.float64), atol=1e-6)
