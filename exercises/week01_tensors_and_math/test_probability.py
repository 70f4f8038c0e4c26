"""Visible examples of week 01, probability: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_posterior(student):
    """One in a hundred messages is spam, the word is in 80 % of spam and 10 % of the rest: 8 to 99, so 8/107 is spam.
    What cannot be observed is refused.

    一百条消息里有一条是垃圾；某词出现在 80% 的垃圾消息和 10% 的其他消息里：8 比 99，所以垃圾的概率是 8/107。
    不可能出现的观测要拒绝。
    """
    prior, likelihood = torch.tensor([0.01, 0.99]), torch.tensor([0.8, 0.1])

    assert_same(student.posterior(prior, likelihood), torch.tensor([8 / 107, 99 / 107]))
    assert_raises(ValueError, student.posterior, torch.tensor([1.0, 0.0]), torch.tensor([0.0, 0.5]))


def test_fit_gaussian(student):
    """2 and 4 have mean 3 and variance 1 (divided by 2, not by 1); the other column, 10 and 10, does not vary.

    2 和 4 的均值是 3、方差是 1（除以 2，不是除以 1）；与之配对的 10 和 10 没有变化。
    """
    mean, covariance = student.fit_gaussian(torch.tensor([[2.0, 10.0], [4.0, 10.0]]))

    assert_same(mean, torch.tensor([3.0, 10.0]))
    assert_same(covariance, torch.tensor([[1.0, 0.0], [0.0, 0.0]]))


def test_fit_categorical(student):
    """3, 1 and 0 counts are 3/4, 1/4 and 0; with alpha 1 they are 4/7, 2/7 and 1/7.

    计数 3、1、0 得到 3/4、1/4、0；alpha 为 1 时得到 4/7、2/7、1/7。
    """
    counts = torch.tensor([3, 1, 0])

    assert_same(student.fit_categorical(counts), torch.tensor([0.75, 0.25, 0.0]))
    assert_same(student.fit_categorical(counts, 1.0), torch.tensor([4 / 7, 2 / 7, 1 / 7]))


def test_mutual_information(student):
    """Two coins that always agree share ln 2 nats; two independent ones share nothing.

    两枚总是一致的硬币共享 ln 2 nat；两枚独立的硬币不共享任何信息。
    """
    agree, independent = torch.tensor([[0.5, 0.0], [0.0, 0.5]]), torch.full((2, 2), 0.25)

    assert_same(student.mutual_information(agree), torch.tensor(math.log(2)))
    assert_same(student.mutual_information(independent), torch.tensor(0.0))
