"""Visible examples of week 01, optimise: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_descend(student):
    """On the parabola x² from 8 with rate 1/4, every step halves x: 8, 4, 2, 1.

    在抛物线 x² 上，从 8 出发、步长 1/4，每一步 x 减半：8、4、2、1。
    """
    path = student.descend(lambda x: 2 * x, torch.tensor([8.0]), 0.25, 3)

    assert_same(path, torch.tensor([[8.0], [4.0], [2.0], [1.0]]))


def test_max_entropy(student):
    """Energies 0 and 1 with mean 1/4: the only distribution is 3/4 and 1/4, and its beta is ln 3. Mean 1 is refused.

    能量 0 和 1、均值 1/4：唯一的分布是 3/4 和 1/4，对应的 beta 是 ln 3。均值 1 要拒绝。
    """
    p, beta = student.max_entropy(torch.tensor([0.0, 1.0], dtype=torch.float64), 0.25)

    assert_same(p, torch.tensor([0.75, 0.25], dtype=torch.float64))
    assert_same(beta, math.log(3))
    assert_raises(ValueError, student.max_entropy, torch.tensor([0.0, 1.0]), 1.0)


def test_max_entropy_of_the_average(student):
    """A mean equal to the average of the energies asks for nothing: the distribution is uniform and beta is 0.

    均值等于能量的算术平均时没有任何约束：分布是均匀的，beta 是 0。
    """
    p, beta = student.max_entropy(torch.tensor([1.0, 2.0, 6.0], dtype=torch.float64), 3.0)

    assert_same(p, torch.full((3,), 1 / 3, dtype=torch.float64))
    assert_same(beta, 0.0, atol=1e-9)
