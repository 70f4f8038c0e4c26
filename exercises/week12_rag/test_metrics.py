"""Visible examples of week 12, metrics: every number can be checked by hand."""

import math

from grader.suite import assert_same


def test_recall(student):
    """Of the relevant a, b and c, only a stands among the first 2.

    相关的 a、b、c 中，前 2 名里只有 a。
    """
    assert_same(student.recall_at_k(["d", "a", "e", "b"], ["a", "b", "c"], 2), 1 / 3)


def test_a_repeated_id_takes_up_a_place(student):
    """An id that is ranked twice is found once, and b, at rank 3, is not among the first 2.

    排名中出现两次的 id 只算找到一次；b 在第 3 名，不在前 2 名之内。
    """
    assert_same(student.recall_at_k(["a", "a", "b"], ["a", "b"], 2), 0.5)


def test_reciprocal_rank(student):
    """Ranks 1, 3 and none: the mean of 1, 1/3 and 0.

    名次为 1、3 和没有：1、1/3、0 的均值。
    """
    assert_same(student.mean_reciprocal_rank([["a"], ["x", "y", "a"], ["z"]], [["a"], ["a"], ["a"]]), 4 / 9)


def test_ndcg(student):
    """The worked example of the handout: gains 0, 1, 1 as found against 1, 1, 0 at best, 0.6934.

    讲义中的手算例题：依次找到的增益为 0、1、1，最好是 1、1、0，结果为 0.6934。
    """
    log3 = math.log2(3)

    assert_same(student.ndcg_at_k(["c", "a", "b"], {"a": 1, "b": 1}, 3), (1 / log3 + 1 / 2) / (1 + 1 / log3))
