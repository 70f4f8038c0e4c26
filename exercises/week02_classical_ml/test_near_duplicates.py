"""Visible examples of week 02, near_duplicates: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_jaccard(student):
    """{1, 2, 3} and {2, 3, 4} have 2 of 4 elements in common, however often 1 is written; two empty sets are equal.

    {1, 2, 3} 与 {2, 3, 4} 共 4 个元素，其中 2 个相同，1 写几遍都一样；两个空集相等。
    """
    assert_same(student.jaccard([1, 2, 3], [2, 3, 4]), 0.5)
    assert_same(student.jaccard([1, 1, 2, 3], [2, 3, 4]), 0.5)
    assert_same(student.jaccard([], []), 1.0)


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


def test_example_an_empty_document(student):
    """The signature of nothing is PRIME = 2 ** 31 - 1 everywhere.

    空集的签名处处是 PRIME = 2 ** 31 - 1。
    """
    assert_same(student.minhash([], torch.tensor([[1, 0], [2, 1]])), torch.tensor([2**31 - 1] * 2))


def test_example_a_chain(student):
    """All share the bucket of 3, which x - 3 finds; 0 is like 1 and 1 like 2, so that all three are one group.

    三个文档都在 3 的桶里（由 x - 3 找到）；0 与 1 相似，1 与 2 相似，所以三个是一组。
    """
    documents = [[1, 2, 3], [2, 3, 4], [3, 4, 5]]

    assert_same(student.near_duplicates(documents, torch.tensor([[1, 0], [1, 2**31 - 1 - 3]]), 2, 0.5), [[0, 1, 2]])
