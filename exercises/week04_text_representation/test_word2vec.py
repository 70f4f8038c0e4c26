"""Visible examples of week 04, word2vec: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_pairs(student):
    """Three words with a window of 1: the one in the middle has two neighbours, the others one.

    三个词，窗口为 1：中间的词有两个邻居，两边的各有一个。
    """
    assert_same(student.skip_gram_pairs([[4, 8, 6]], 1), torch.tensor([(4, 8), (8, 4), (8, 6), (6, 8)]))


def test_noise(student):
    """16 ** 0.75 = 8 and 1 ** 0.75 = 1: the frequent word is drawn 8 times as often, not 16 times.

    16 ** 0.75 = 8，1 ** 0.75 = 1：常见的词被抽中的机会是 8 倍，而不是 16 倍。
    """
    assert_same(student.noise_distribution(torch.tensor([16.0, 1.0])), torch.tensor([8 / 9, 1 / 9]))


def test_losses(student):
    """Vectors of zeros know nothing: each of the 1 + 2 questions costs ln 2. A count of e is predicted wrong by 1.

    全 0 的向量什么也不知道：1 + 2 个问题各花 ln 2。计数为 e 时，预测差 1。
    """
    zeros = torch.zeros(3, 2)

    got = student.negative_sampling_loss(zeros, zeros, torch.tensor([[0, 1]]), torch.tensor([[2, 2]]))

    assert_same(got, torch.tensor(3 * math.log(2)))
    counts = torch.tensor([[math.e, 0.0]])
    glove = student.glove_loss(torch.ones(1, 2), counts, zeros[:1], zeros[:2], torch.zeros(1), torch.zeros(2))
    assert_same(glove, torch.tensor(1.0))


def test_subwords(student):
    """Of the pieces of "<cat>", the table knows two: the vector is their mean.

    "<cat>" 的片段中表里有两个：向量是它们的均值。
    """
    table = {"<ca": torch.tensor([2.0, 0.0]), "at>": torch.tensor([0.0, 4.0]), "dog": torch.tensor([9.0, 9.0])}

    assert_same(student.subword_vector("cat", table), torch.tensor([1.0, 2.0]))
