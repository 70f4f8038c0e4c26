"""Visible examples of week 01, low_rank: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same


def test_power_iteration(student):
    """diag(-3, 1) stretches the first axis most, and turns it around: the eigenvalue is -3, not 3.

    diag(-3, 1) 把第一个轴拉得最长，还会反向：特征值是 -3，而不是 3。
    """
    A = torch.tensor([[-3.0, 0.0], [0.0, 1.0]], dtype=torch.float64)

    value, vector, residual = student.power_iteration(A, 60, torch.Generator().manual_seed(4))

    assert_same(value, torch.tensor(-3.0, dtype=torch.float64))
    assert_same(vector, torch.tensor([1.0, 0.0], dtype=torch.float64))
    assert_same(residual, torch.tensor(0.0, dtype=torch.float64))


def test_pca(student):
    """The points (0, 0), (3, 4) and (6, 8) lie on a line: the direction is (0.6, 0.8), the scores -5, 0 and 5.

    点 (0, 0)、(3, 4)、(6, 8) 在一条直线上：方向是 (0.6, 0.8)，得分是 -5、0、5。
    """
    X = torch.tensor([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]])

    components, variances, scores = student.pca(X, 1)

    assert_same(components, torch.tensor([[0.6, 0.8]]))
    assert_same(variances, torch.tensor([25.0]))
    assert_same(scores, torch.tensor([[-5.0], [0.0], [5.0]]), atol=1e-5)


def test_low_rank(student):
    """diag(9, 4) becomes diag(9, 0) with rank 1: a column and a row, both 3 long. An impossible rank is refused.

    diag(9, 4) 取秩 1 后成为 diag(9, 0)：一列和一行，长度都是 3。不可能的秩要拒绝。
    """
    B, C = student.low_rank(torch.tensor([[9.0, 0.0], [0.0, 4.0]]), 1)

    assert_same(B @ C, torch.tensor([[9.0, 0.0], [0.0, 0.0]]))
    assert_same((B.norm(), C.norm()), (torch.tensor(3.0), torch.tensor(3.0)))
    assert_raises(ValueError, student.low_rank, torch.ones(2, 3), 3)
