"""Visible examples of week 11, grpo: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same, gradients


def test_two_groups_of_four(student):
    """Rewards 1 0 0 0 have mean 1/4 and, by n - 1, the standard deviation 1/2; rewards 2 2 2 0 have 3/2 and 1.

    奖励 1 0 0 0 的均值为 1/4，除以 n - 1 的标准差为 1/2；奖励 2 2 2 0 的则为 3/2 和 1。
    """
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.0, 2.0, 2.0, 2.0, 0.0])
    plain = torch.tensor([0.75, -0.25, -0.25, -0.25, 0.5, 0.5, 0.5, -1.5])

    assert_same(student.group_advantages(rewards, 4, scale=False), plain)
    assert_same(student.group_advantages(rewards, 4), plain / torch.tensor([0.5001] * 4 + [1.0001] * 4))


def test_three_means(student):
    """Ratios of 1; advantage 2 for an answer of one token, -1 for one of three: -1/2 by answers, 1/4 by tokens.

    比值为 1；一个词元的回答优势为 2，三个词元的回答优势为 -1：按回答平均为 -1/2，按词元平均为 1/4。
    """
    logps, advantages = torch.tensor([[-1.0, math.nan, math.nan], [-1.0, -1.0, -1.0]]), torch.tensor([2.0, -1.0])
    mask = torch.tensor([[True, False, False], [True, True, True]])

    assert_same(student.grpo_loss(logps, None, advantages, mask), torch.tensor(-0.5))
    assert_same(student.grpo_loss(logps, None, advantages, mask, kind="dapo"), torch.tensor(0.25))
    assert_same(student.grpo_loss(logps, None, advantages, mask, kind="dr_grpo", max_length=4), torch.tensor(0.125))


def test_what_a_token_costs(student):
    """Twice as probable as then: -1.2 if it is good, 2 if bad. Half as probable as the reference: 1 - log 2 for that.

    概率是当时的两倍：好的词元代价为 -1.2，坏的为 2。概率是参考模型的一半：为此付 1 - log 2。
    """
    logps, old, mask = torch.tensor([[-1.0]]), torch.tensor([[-1.0 - math.log(2)]]), torch.tensor([[True]])
    good, bad, neither = torch.tensor([1.0]), torch.tensor([-1.0]), torch.tensor([0.0])

    assert_same(student.grpo_loss(logps, old, good, mask, clip=(0.1, 0.2)), torch.tensor(-1.2))
    assert_same(student.grpo_loss(logps, old, bad, mask), torch.tensor(2.0))
    price = student.grpo_loss(logps, None, neither, mask, reference_logps=logps + math.log(2), beta=1.0)
    assert_same(price, torch.tensor(1 - math.log(2)))


def test_no_loss_and_yet_a_gradient(student):
    """Advantages 1 and -1: the loss is 0. Its gradient raises the first answer and lowers the second.

    优势为 1 和 -1：损失为 0，而梯度会提高第一个回答、降低第二个。
    """
    logps, advantages = torch.tensor([[-2.0], [-2.0]]), torch.tensor([1.0, -1.0])
    mask = torch.ones(2, 1, dtype=torch.bool)

    assert_same(student.grpo_loss(logps, None, advantages, mask), torch.tensor(0.0))
    (slope,) = gradients(student.grpo_loss, logps, None, advantages, mask)
    assert_same(slope.sign(), torch.tensor([[-1.0], [1.0]]))


def test_rewards(student):
    """The last number counts, by its value; a box outranks it, and may have braces inside.

    以最后一个数为准，比较的是数值；有 \\boxed 时以它为准，里面可以还有括号。
    """
    assert_same(student.math_reward("3 + 4 = 7", "7"), 1.0)
    assert_same(student.math_reward("7 is 3 + 4", "7"), 0.0)
    assert_same(student.math_reward("so 7", "3 + 4 = 7.0"), 1.0)
    assert_same(student.math_reward(r"\boxed{\text{exactly }7}, that is 3 + 4", "7"), 1.0)
    assert_same(student.math_reward(r"7, so \boxed{7", "7"), 0.0)
