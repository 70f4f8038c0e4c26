"""Visible examples of week 11, kl: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_three_estimates(student):
    """A token of probability 1/2 whose reference is 1/4: k1 is log 2, k2 half its square, k3 is 1/2 - 1 + log 2.

    词元概率为 1/2，参考模型给 1/4：k1 是 log 2，k2 是它平方的一半，k3 是 1/2 - 1 + log 2。
    """
    logp, reference = torch.tensor([math.log(1 / 2)]), torch.tensor([math.log(1 / 4)])

    two = math.log(2)
    assert_same(student.kl_estimate(logp, reference, "k1"), torch.tensor([two]))
    assert_same(student.kl_estimate(logp, reference, "k2"), torch.tensor([two * two / 2]))
    assert_same(student.kl_estimate(logp, reference, "k3"), torch.tensor([two - 0.5]))


def test_rewards(student):
    """Three tokens with KL 1, 2 and 3 at a price of 0.5, then a padding; the answer scores 10.

    三个词元的 KL 为 1、2、3，单价 0.5，后面是一个填充；回答得 10 分。
    """
    kl, mask = torch.tensor([[1.0, 2.0, 3.0, 7.0]]), torch.tensor([[1, 1, 1, 0]])

    rewards = student.shape_rewards(torch.tensor([10.0]), kl, 0.5, mask)

    assert_same(rewards, torch.tensor([[-0.5, -1.0, 8.5, 0.0]]))
