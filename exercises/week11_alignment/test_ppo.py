"""Visible examples of week 11, ppo: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same, gradients


def test_a_good_and_a_bad_token(student):
    """Ratios 3/2 and 3/2 with advantages 1 and -1: the first gain is cut to 1.2, the second stays -1.5.

    两个比值都是 3/2，优势为 1 和 -1：第一个的收益截到 1.2，第二个仍是 -1.5。
    """
    logp, old = torch.tensor([math.log(1.5), math.log(1.5)]), torch.zeros(2)
    advantages, mask = torch.tensor([1.0, -1.0]), torch.tensor([1, 1])

    assert_same(student.ppo_loss(logp, old, advantages, mask), torch.tensor((-1.2 + 1.5) / 2))
    (gradient,) = gradients(student.ppo_loss, logp, old, advantages, mask)
    assert_same(gradient, math.cos(1) * torch.tensor([0.0, 0.75]))  # the helper weighs the loss by cos(1)


def test_values(student):
    """A value that moved from 0 to 1 towards 2 counts as if it had moved by 0.2: half of 1.8 squared.

    价值从 0 朝 2 移动到了 1，按只移动 0.2 计：1.8 的平方的一半。
    """
    values, old, returns = torch.tensor([1.0]), torch.tensor([0.0]), torch.tensor([2.0])

    assert_same(student.value_loss(values, old, returns, torch.tensor([1])), torch.tensor(1.62))


def test_a_step(student):
    """Weights 0, four tokens, and a sampled token of advantage 1: its score rises by 3/4, the others fall by 1/4.

    权重全为 0，共四个词元；采样到的词元优势为 1：它的得分上升 3/4，其余下降 1/4。
    """
    small = student.given("small_policies")
    model = small.Policy(4, 3)
    model.load_state_dict({name: torch.zeros_like(table) for name, table in model.state_dict().items()})
    column = torch.tensor([[0.0, 1.0]])
    batch = {
        "ids": torch.tensor([[0, 2]]),
        "mask": torch.tensor([[0, 1]]),
        "logp": column * math.log(1 / 4),
        "values": column * 0,
        "advantages": column,
        "returns": column * 0,
    }

    report = student.ppo_step(model, small.sgd(model, 1.0), batch)

    assert_same(report["policy_loss"], -1.0)
    assert_same(model.state_dict()["head.bias"], torch.tensor([-0.25, -0.25, 0.75, -0.25]))
