"""Visible examples of week 11, debug_dpo: how the program is used, and what it should do."""

import math

import torch

from grader.suite import assert_same, expect


def answers():
    """After token 0, answer 1 is better than answer 2."""
    chosen, rejected = torch.tensor([[0, 1]]), torch.tensor([[0, 2]])
    return (chosen, torch.tensor([[-100, 1]])), (rejected, torch.tensor([[-100, 2]]))


def trainer(student):
    """A trainer of a model whose logits are all 0."""
    model = student.given("small_policies").Bigram(3, 1)
    model.load_state_dict(
        {"embedding.weight": torch.zeros(3, 1), "head.weight": torch.zeros(3, 1), "head.bias": torch.zeros(3)}
    )
    return student.PreferenceTrainer(model, 1.0, 0.5)


def test_the_first_loss(student):
    """The model is its own reference at first: the loss is log 2.

    开始时模型就是自己的参考：损失为 log 2。
    """
    assert_same(trainer(student).fit(*answers(), 1), [math.log(2)])


def test_the_second_loss(student):
    """The first step moves the two logits 1/4 up and 1/4 down: the margin is 1/2, and the loss log(1 + exp(-1/2)).

    第一步把两个 logits 分别上移、下移 1/4：差值为 1/2，损失为 log(1 + exp(-1/2))。
    """
    losses = trainer(student).fit(*answers(), 2)

    expect(losses[1] < losses[0], "The loss does not fall.", "损失没有下降。")
    assert_same(losses[1], math.log(1 + math.exp(-0.5)))
