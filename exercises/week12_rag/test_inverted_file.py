"""Visible examples of week 12, inverted_file: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_one_probe(student):
    """Two cells at a right angle: one probe finds the two vectors of the nearer cell; the third place stays empty.

    两个互相垂直的单元：只探查一个，找到较近单元里的两个向量，第三个位置是空的。
    """
    index = student.InvertedFileIndex(2, 1)
    index.add(torch.tensor([[1.0, 0.0], [0.0, 1.0], [9.0, 0.0], [0.0, 5.0]]), torch.tensor([1, 2, 3, 4]))

    scores, ids = index.search(torch.tensor([[4.0, 3.0]]), 3)

    assert_same(scores, torch.tensor([[0.8, 0.8, -torch.inf]]))
    assert_same(ids, torch.tensor([[1, 3, -1]]))


def test_two_probes(student):
    """The vector (1, 3) comes later; with both cells probed its cosine 13 / (5 * sqrt(10)) = 0.822 is the largest.

    向量 (1, 3) 是后来加入的；两个单元都探查时，它的余弦 13 / (5 * sqrt(10)) = 0.822 最大。
    """
    index = student.InvertedFileIndex(2, 2)
    index.add(torch.tensor([[1.0, 0.0], [0.0, 1.0], [9.0, 0.0], [0.0, 5.0]]), torch.tensor([1, 2, 3, 4]))
    index.add(torch.tensor([[1.0, 3.0]]), torch.tensor([5]))

    scores, ids = index.search(torch.tensor([[4.0, 3.0]]), 2)

    assert_same(scores, torch.tensor([[13 / (5 * 10**0.5), 0.8]]))
    assert_same(ids, torch.tensor([[5, 1]]))
