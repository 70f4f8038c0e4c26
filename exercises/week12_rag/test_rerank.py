"""Visible examples of week 12, rerank: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_late_interaction(student):
    """The worked example of the handout: 0.8 + 1 for the first document, 0.6 - 0.6 for the second.

    讲义中的手算例题：第一篇文档得 0.8 + 1，第二篇得 0.6 - 0.6。
    """
    query = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    documents = torch.tensor([[[0.8, 0.6], [0.0, 1.0]], [[0.6, -0.6], [9.0, 9.0]]])
    padded = torch.tensor([[1, 1], [1, 0]])

    assert_same(
        student.max_sim(query, documents, torch.ones(1, 2, dtype=torch.int64), padded), torch.tensor([[1.8, 0.0]])
    )


def test_a_document_that_points_the_other_way(student):
    """A negative product is the largest if there is no other: padding does not count as 0.

    没有别的乘积时，负的就是最大的：填充不能当作 0。
    """
    query, document = torch.tensor([[[2.0]]]), torch.tensor([[[-3.0], [7.0]]])

    found = student.max_sim(query, document, torch.tensor([[1]]), torch.tensor([[1, 0]]))

    assert_same(found, torch.tensor([[-6.0]]))


def test_two_of_three(student):
    """Three candidates in batches of two, scored by their length; the two longest come first.

    三个候选，每批两个，以长度为分数；最长的两个在前。
    """
    batches = []

    def length(query, texts):
        batches.append(list(texts))
        return [float(len(text)) for text in texts]

    assert_same(student.rerank("?", ["aa", "b", "cccc"], length, 2, batch_size=2), [(2, 4.0), (0, 2.0)])
    assert_same(batches, [["aa", "b"], ["cccc"]])
