"""Visible examples of week 11, advantages: numbers that can be checked by hand."""

import torch

from grader.suite import assert_same


def test_returns(student):
    """Rewards 1, 2 and 4 at gamma 1/2: the returns are 1 + 1 + 1, 2 + 2 and 4.

    奖励 1、2、4，gamma 为 1/2：回报是 1 + 1 + 1、2 + 2 和 4。
    """
    rewards, dones = torch.tensor([1.0, 2.0, 4.0]), torch.tensor([False, False, True])

    assert_same(student.discounted_returns(rewards, dones, 0.5), torch.tensor([3.0, 4.0, 4.0]))


def test_gae(student):
    """Three tokens, 8 at the end, values 4, 4, 6: deltas 0, 2, 2; with lam 1/2 the advantages are 1.5, 3 and 2.

    三个词元，末尾得 8，价值为 4、4、6：delta 为 0、2、2；lam 为 1/2 时优势是 1.5、3 和 2。
    """
    rewards = torch.tensor([0.0, 0.0, 8.0])
    values = torch.tensor([4.0, 4.0, 6.0, 0.0])
    dones = torch.tensor([False, False, True])

    advantages, returns = student.gae(rewards, values, dones, 1.0, 0.5)

    assert_same(advantages, torch.tensor([1.5, 3.0, 2.0]))
    assert_same(returns, torch.tensor([5.5, 7.0, 8.0]))


def test_whiten(student):
    """Of 1, 5 and a padding the mean is 3 and the standard deviation 2.

    1、5 和一个填充：均值为 3，标准差为 2。
    """
    x, mask = torch.tensor([[1.0, 5.0, 99.0]]), torch.tensor([[1, 1, 0]])

    assert_same(student.whiten(x, mask), torch.tensor([[-1.0, 1.0, 0.0]]))
