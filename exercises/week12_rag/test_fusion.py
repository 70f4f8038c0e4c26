"""Visible examples of week 12, fusion: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_fusion(student):
    """The worked example of the handout, with k = 1: a has the ranks 1 and 2, c has 3 and 1, b has 2.

    讲义中的手算例题，k = 1：a 的名次是 1 和 2，c 是 3 和 1，b 是 2。
    """
    fused = student.reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]], k=1)

    assert_same(fused, [("a", 1 / 2 + 1 / 3), ("c", 1 / 4 + 1 / 2), ("b", 1 / 3)])


def test_diversity(student):
    """The worked example of the handout: after the second candidate, its copy is worth less than the new one.

    讲义中的手算例题：选了第二个候选之后，它的副本不如新的候选有价值。
    """
    query = torch.tensor([4.0, 3.0])
    candidates = torch.tensor([[0.0, 9.0], [2.0, 0.0], [1.0, 0.0]])

    assert_same(student.maximal_marginal_relevance(query, candidates, 2), [1, 0])


def test_repetitions_and_ties(student):
    """x stands twice in the first ranking, and then y has the rank 3; x and w are equal, and x is met first.

    x 在第一个排名里出现两次，y 因此是第 3 名；x 与 w 分数相等，先遇到的是 x。
    """
    fused = student.reciprocal_rank_fusion([["x", "x", "y"], ["y", "z"], ["w"]], k=1)

    assert_same(fused, [("y", 1 / 4 + 1 / 2), ("x", 1 / 2), ("w", 1 / 2), ("z", 1 / 3)])


def test_ends_of_the_trade_off(student):
    """The cosines with the query are 0.6, 0.8 and -0.8; those with the second candidate 0, 1 and -1.

    与查询的余弦依次为 0.6、0.8、-0.8；与第二个候选的余弦依次为 0、1、-1。
    """
    query = torch.tensor([4.0, 3.0])
    candidates = torch.tensor([[0.0, 9.0], [2.0, 0.0], [-1.0, 0.0]])

    assert_same(student.maximal_marginal_relevance(query, candidates, 3, trade_off=1.0), [1, 0, 2])
    assert_same(student.maximal_marginal_relevance(query, candidates, 3, trade_off=0.0), [1, 2, 0])
