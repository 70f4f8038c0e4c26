"""Visible examples of week 11, dpo: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_two_answers(student):
    """A vocabulary of two, all logits 0: every token costs log 2. Answers of 2 tokens and of 1 behind the prompt.

    词表大小为 2，logits 全为 0：每个词元的对数概率是 -log 2。提示之后的回答分别有 2 个和 1 个词元。
    """
    labels = torch.tensor([[-100, 1, 0, -100], [-100, -100, 1, -100]])

    sums, counts = student.answer_logps(torch.zeros(2, 4, 2), labels)

    assert_same(sums, torch.tensor([-2 * math.log(2), -math.log(2)]))
    assert_same(counts, torch.tensor([2, 1]))


def test_a_policy_that_moved(student):
    """Beta 1: the chosen answer rose by log 2, the rejected one fell by log 2: the margin is log 4, the loss log(5/4).

    beta 为 1：被选回答上升 log 2，被拒回答下降 log 2：差值为 log 4，损失为 log(5/4)。
    """
    two = math.log(2)
    policy_chosen, policy_rejected = torch.tensor([two - 3]), torch.tensor([-two - 5])

    loss, chosen, rejected = student.dpo_loss(
        policy_chosen, policy_rejected, torch.tensor([-3.0]), torch.tensor([-5.0]), beta=1.0
    )

    assert_same(chosen, torch.tensor([two]))
    assert_same(rejected, torch.tensor([-two]))
    assert_same(loss, torch.tensor(math.log(5 / 4)))


def test_ipo_wants_a_distance(student):
    """Beta 1/2 wants a difference of 1. A difference of 4 is 3 too much, and costs 9.

    beta 为 1/2 时目标差值是 1。差值 4 多出了 3，代价为 9。
    """
    zero = torch.tensor([0.0])

    assert_same(student.ipo_loss(torch.tensor([4.0]), zero, zero, zero, beta=0.5), torch.tensor(9.0))


def test_simpo_compares_tokens(student):
    """-8 over 4 tokens and -2 over 1 token are equally probable per token; without a gamma the loss is log 2.

    4 个词元共 -8，与 1 个词元 -2，平均每词元一样；gamma 为 0 时损失为 log 2。
    """
    long, short = torch.tensor([-8.0]), torch.tensor([-2.0])

    loss = student.simpo_loss(long, short, torch.tensor([4]), torch.tensor([1]), gamma=0.0)

    assert_same(loss, torch.tensor(math.log(2)))
