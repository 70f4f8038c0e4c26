"""Visible examples of week 12, index: every number can be checked by hand."""

import torch

from grader.suite import assert_same

VECTORS = torch.tensor([[3.0, 4.0], [2.0, 0.0], [0.0, -1.0]])
IDS = torch.tensor([11, 5, 7])


def test_cosine(student):
    """The worked example of the handout: cosines 1 and 0.6 with the ids 5 and 11.

    讲义中的手算例题：余弦值为 1 和 0.6，id 为 5 和 11。
    """
    index = student.VectorIndex()
    index.add(VECTORS, IDS)

    scores, ids = index.search(torch.tensor([[10.0, 0.0]]), 2)

    assert_same(scores, torch.tensor([[1.0, 0.6]]))
    assert_same(ids, torch.tensor([[5, 11]]))


def test_distance(student):
    """In the Euclidean metric the score is minus the distance: -2 is better than -5.

    欧氏度量下，分数是距离的相反数：-2 好于 -5。
    """
    index = student.VectorIndex("euclidean")
    index.add(VECTORS, IDS)

    scores, ids = index.search(torch.tensor([[0.0, 0.0]]), 3)

    assert_same(scores, torch.tensor([[-1.0, -2.0, -5.0]]))
    assert_same(ids, torch.tensor([[7, 5, 11]]))


def test_ties_and_a_vector_of_zeros(student):
    """Two more vectors: (5, 0) has the cosine 1 too and comes behind id 5; that of the zeros is 0, like that of id 7.

    再加两个向量：(5, 0) 的余弦也是 1，排在 id 5 之后；零向量的余弦是 0，与 id 7 相同。
    """
    index = student.VectorIndex()
    index.add(VECTORS, IDS)
    index.add(torch.tensor([[5.0, 0.0], [0.0, 0.0]]), torch.tensor([2, 9]))

    scores, ids = index.search(torch.tensor([[10.0, 0.0]]), 8)

    assert_same(scores, torch.tensor([[1.0, 1.0, 0.6, 0.0, 0.0]]))
    assert_same(ids, torch.tensor([[5, 2, 11, 7, 9]]))
