"""Visible examples of week 02, near_duplicates: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_jaccard(student):
    """{1, 2, 3} and {2, 3, 4} have 2 of 4 elements in common.

    {1, 2, 3} 与 {2, 3, 4} 共 4 个元素，其中 2 个相同。
    """
    assert_same(student.jaccard([1, 2, 3], [2, 3, 4]), 0.5)


def test_example_signature(student):
    """Under x and 2 x + 1, the elements 4 and 7 hash to 4, 7 and 9, 15: the smallest are 4 and 9.

    哈希函数 x 和 2 x + 1 把元素 4、7 变成 4、7 和 9、15：最小的是 4 和 9。
    """
    assert_same(student.minhash([7, 4], torch.tensor([[1, 0], [2, 1]])), torch.tensor([4, 9]))


def test_example_buckets(student):
    """Rows 0 and 2 agree in the first of two bands, and nobody in the second.

    第 0、2 行在两段中的第一段相同，第二段没有相同的。
    """
    rows = torch.tensor([[1, 2, 3, 4], [5, 2, 3, 3], [1, 2, 4, 3]])

    assert_same([tuple(one) for one in student.lsh_buckets(rows, 2)], [(0, [0, 2])])


def test_example_groups(student):
    """The first and the last document are the same; with a threshold of 1 they are the only group.

    第一个和最后一个文档相同；阈值为 1 时它们是唯一的组。
    """
    documents = [[1, 2, 3], [1, 2, 4], [3, 2, 1]]

    assert_same(student.near_duplicates(documents, torch.tensor([[1, 0], [5, 2]]), 2, 1.0), [[0, 2]])
