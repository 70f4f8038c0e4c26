"""Visible examples of week 11, grpo: numbers that can be checked by hand."""

import torch

from grader.suite import assert_same, gradients


def test_one_right_answer_of_four(student):
    """Rewards 1 0 0 0: the mean is 1/4, the standard deviation by n - 1 is 1/2.

    奖励 1 0 0 0：均值为 1/4，除以 n - 1 的标准差为 1/2。
    """
    rewards = torch.tensor([1.0, 0.0, 0.0, 0.0])

    assert_same(student.group_advantages(rewards, 4, scale=False), torch.tensor([0.75, -0.25, -0.25, -0.25]))
    scaled = torch.tensor([0.75, -0.25, -0.25, -0.25]) / 0.5001
    assert_same(student.group_advantages(rewards, 4), scaled)


def test_two_means(student):
    """Ratios of 1; advantage 2 for an answer of one token, -1 for one of three: -1/2 by answers, 1/4 by tokens.

    比值为 1；一个词元的回答优势为 2，三个词元的回答优势为 -1：按回答平均为 -1/2，按词元平均为 1/4。
    """
    logps, advantages = torch.full((2, 3), -1.0), torch.tensor([2.0, -1.0])
    mask = torch.tensor([[True, False, False], [True, True, True]])

    assert_same(student.grpo_loss(logps, None, advantages, mask), torch.tensor(-0.5))
    assert_same(student.grpo_loss(logps, None, advantages, mask, kind="dapo"), torch.tensor(0.25))
    assert_same(student.grpo_loss(logps, None, advantages, mask, kind="dr_grpo", max_length=4), torch.tensor(0.125))


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
    """The last number counts; a box outranks it.

    以最后一个数为准；有 \\boxed 时以它为准。
    """
    assert_same(student.math_reward("3 + 4 = 7", "7"), 1.0)
    assert_same(student.math_reward("7 is 3 + 4", "7"), 0.0)
    assert_same(student.math_reward(r"\boxed{7}, that is 3 + 4", "7"), 1.0)
