"""Visible examples of week 04, vectors: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_counts(student):
    """Two documents, three different words: the terms are sorted, and a word that occurs twice counts 2. With a
    vocabulary, its terms are the columns.

    两个文档，三个不同的词：词按次序排列，出现两次的词计 2。给定词表时，各列就是词表里的词。
    """
    counts, vocabulary = student.bag_of_words([["cat", "sat", "cat"], ["dog"]])

    assert_same(vocabulary, ["cat", "dog", "sat"])
    assert_same(counts, torch.tensor([[2.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    assert_raises(TypeError, student.bag_of_words, ["cat sat"])
    counts, vocabulary = student.bag_of_words([["cat", "owl"], []], ["dog", "cat"])
    assert_same((counts, vocabulary), (torch.tensor([[0.0, 1.0], [0.0, 0.0]]), ["dog", "cat"]))


def test_weights(student):
    """Both documents have the first term (idf 1), one has the second (idf ln(3/2) + 1).

    两个文档都有第一个词（idf 为 1），一个有第二个词（idf 为 ln(3/2) + 1）。
    """
    rare = math.log(3 / 2) + 1
    length = math.sqrt(1 + rare**2)

    got = student.tf_idf(torch.tensor([[1.0, 0.0], [1.0, 1.0]]))

    assert_same(got, torch.tensor([[1.0, 0.0], [1 / length, rare / length]]))
    new = student.tf_idf(torch.tensor([[0.0, 7.0], [0.0, 0.0]]), torch.tensor([[1.0, 0.0], [1.0, 1.0]]))
    assert_same(new, torch.tensor([[0.0, 1.0], [0.0, 0.0]]))


def test_similarity(student):
    """(3, 4) and (4, 3) are both 5 long, and their product is 24: similarity 24/25.

    (3, 4) 与 (4, 3) 长度都是 5，内积是 24：相似度 24/25。
    """
    a, b = torch.tensor([[3.0, 4.0]]), torch.tensor([[4.0, 3.0], [0.0, 0.0]])

    assert_same(student.cosine_similarity(a, b), torch.tensor([[0.96, 0.0]]))
    places, similarities = student.nearest(a[0], torch.tensor([[4.0, 3.0], [6.0, 8.0], [-3.0, -4.0]]), 2)
    assert_same((places, similarities), (torch.tensor([1, 0]), torch.tensor([1.0, 0.96])))
