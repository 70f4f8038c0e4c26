"""Visible examples of week 02, recommender: numbers that you can check by hand. They give no points."""

import math

import torch

from grader.suite import assert_same, attribute


def test_example_one_row(student):
    """Film factors 1 and 2, penalty 1: from ratings 3 and 4 (3 + 8) / (1 + 4 + 1), with a hole 3 / (1 + 1).

    电影因子为 1 和 2，惩罚为 1：评分 3 和 4 得到 (3 + 8) / (1 + 4 + 1)；第二个空缺时得到 3 / (1 + 1)。
    """
    R = torch.tensor([[3.0, 4.0], [3.0, math.nan]])

    assert_same(student.solve_rows(R, torch.tensor([[1.0], [2.0]]), 1.0), torch.tensor([[11 / 6], [3 / 2]]))


def test_example_unknown(student):
    """Ratings 5 and 1, which are known: somebody unknown is expected to give their mean, 3, to a film without a bias.

    已知的评分是 5 和 1：对没有偏置的电影，预测未知用户给出均值 3。
    """
    R = torch.tensor([[5.0, math.nan], [math.nan, 1.0]])

    model = student.MatrixFactorisation(rank=2, l2=1.0).fit_als(R, torch.Generator().manual_seed(1))

    assert_same(attribute(model, "mean"), torch.tensor(3.0))
    assert_same(model.predict(torch.tensor([-1, -1]), torch.tensor([0, 1])), torch.tensor([3.0, 3.0]))


def test_example_recommend(student):
    """Films 0 and 2 please the same people, film 1 the others: who likes film 0 gets film 2 first.

    第 0 部和第 2 部电影讨同一些人喜欢，第 1 部讨另一些人喜欢：喜欢第 0 部的人，首先被推荐第 2 部。
    """
    R = torch.tensor([[5.0, 1.0, 5.0], [1.0, 5.0, 1.0], [5.0, 1.0, 4.0], [1.0, 4.0, 1.0]])
    model = student.MatrixFactorisation(rank=1, l2=0.5).fit_als(R, torch.Generator().manual_seed(1))

    assert_same(model.recommend(torch.tensor([5.0, math.nan, math.nan]), k=2), torch.tensor([2, 1]))


def test_example_descent(student):
    """Film 0 is liked, film 1 is not, user 2 has rated nothing: for user 2 the mean and the film's bias remain.

    第 0 部电影受人喜欢，第 1 部不受喜欢，用户 2 没有任何评分：对用户 2 只剩均值和电影的偏置。
    """
    R = torch.tensor([[5.0, 2.0], [4.0, 1.0], [math.nan, math.nan]])
    model = student.MatrixFactorisation(rank=2, l2=0.1).fit_sgd(R, torch.Generator().manual_seed(1))

    assert_same(attribute(model, "mean"), torch.tensor(3.0))
    bias = attribute(model, "item_bias")
    assert_same((bias > 0.1).tolist(), [True, False])
    assert_same((bias < -0.1).tolist(), [False, True])
    assert_same(model.predict(torch.tensor([2, -1]), torch.tensor([0, 1])), 3.0 + bias)
