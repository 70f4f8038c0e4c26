"""Visible examples of week 02, clusters: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_two_groups_on_a_line(student):
    """0, 1, 9 and 11 from the centres 0 and 1: first 1 leaves with 9 and 11, then it comes back to 0.

    0、1、9、11，中心从 0 和 1 出发：第一步 1 与 9、11 一组，之后又回到 0 那一组。
    """
    X = torch.tensor([[0.0], [1.0], [9.0], [11.0]])

    centres, assignment, inertia = student.kmeans(X, 2, torch.Generator(), init=torch.tensor([[0.0], [1.0]]))

    assert_same(centres, torch.tensor([[0.5], [10.0]]))
    assert_same(assignment, torch.tensor([0, 0, 1, 1]))
    assert_same(inertia, torch.tensor(2.5))  # 2 * 0.5 ** 2 + 2 * 1 ** 2


def test_example_purity(student):
    """Of five rows, four belong to the commonest topic of their cluster.

    五行中有四行属于其所在簇最常见的主题。
    """
    assert_same(student.purity(torch.tensor([1, 1, 1, 0, 0]), torch.tensor([0, 0, 2, 1, 1])), 0.8)
