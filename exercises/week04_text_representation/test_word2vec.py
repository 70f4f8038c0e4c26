"""Visible examples of week 04, word2vec: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_pairs(student):
    """Three words with a window of 1: the one in the middle has two neighbours, the others one. Two sentences do not
    touch, and an equal word beside the centre is a neighbour.

    三个词，窗口为 1：中间的词有两个邻居，两边的各有一个。两个句子互不相邻；旁边相同的词也是邻居。
    """
    assert_same(student.skip_gram_pairs([[4, 8, 6]], 1), torch.tensor([(4, 8), (8, 4), (8, 6), (6, 8)]))
    assert_same(student.skip_gram_pairs([[7], [5, 5]], 2), torch.tensor([(5, 5), (5, 5)]))


def test_noise(student):
    """16 ** 0.75 = 8 and 1 ** 0.75 = 1: the frequent word is drawn 8 times as often, not 16 times. A word that never
    occurs is never drawn.

    16 ** 0.75 = 8，1 ** 0.75 = 1：常见的词被抽中的机会是 8 倍，而不是 16 倍。从未出现的词不会被抽中。
    """
    assert_same(student.noise_distribution(torch.tensor([16.0, 1.0])), torch.tensor([8 / 9, 1 / 9]))
    assert_same(student.noise_distribution(torch.tensor([4.0, 0.0]), 0.0), torch.tensor([1.0, 0.0]))


def test_losses(student):
    """Vectors of zeros know nothing: each of the 1 + 2 questions costs ln 2. Products of ln 3 with the context and ln 7
    with the negative cost ln(4/3) + ln 8. A count of e is predicted wrong by 1, and by 2 with a bias of -1.

    全 0 的向量什么也不知道：1 + 2 个问题各花 ln 2。与上下文的内积为 ln 3、与负样本的内积为 ln 7 时，花 ln(4/3) + ln 8。
    计数为 e 时，预测差 1；有 -1 的偏置时，差 2。
    """
    zeros = torch.zeros(3, 2)

    got = student.negative_sampling_loss(zeros, zeros, torch.tensor([[0, 1]]), torch.tensor([[2, 2]]))

    assert_same(got, torch.tensor(3 * math.log(2)))
    words, contexts = torch.tensor([[1.0], [0.0]]), torch.tensor([[math.log(3)], [math.log(7)]])
    two = student.negative_sampling_loss(words, contexts, torch.tensor([[0, 0], [0, 0]]), torch.tensor([[1], [1]]))
    assert_same(two, torch.tensor(math.log(4 / 3) + math.log(8)))
    counts = torch.tensor([[math.e, 0.0]])
    glove = student.glove_loss(torch.ones(1, 2), counts, zeros[:1], zeros[:2], torch.zeros(1), torch.zeros(2))
    assert_same(glove, torch.tensor(1.0))
    lower = (zeros[:1], zeros[:2], torch.tensor([-1.0]), torch.zeros(2))
    assert_same(student.glove_loss(torch.full((1, 2), 0.5), counts, *lower), torch.tensor(2.0))  # 0.5 * 2 ** 2


def test_subwords(student):
    """Of the pieces of "<cat>", the table knows two: the vector is their mean.

    "<cat>" 的片段中表里有两个：向量是它们的均值。
    """
    table = {"<ca": torch.tensor([2.0, 0.0]), "at>": torch.tensor([0.0, 4.0]), "dog": torch.tensor([9.0, 9.0])}

    assert_same(student.subword_vector("cat", table), torch.tensor([1.0, 2.0]))
    whole = {"<cat>": torch.tensor([6.0]), "<ca": torch.tensor([0.0])}
    assert_same(student.subword_vector("cat", whole), torch.tensor([3.0]))  # the whole is one of the runs
    assert_same(student.subword_vector("cat", whole, 3, 4), torch.tensor([3.0]))  # and counts once more if it is none
