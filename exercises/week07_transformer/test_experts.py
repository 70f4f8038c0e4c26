"""Visible examples of week 07, experts: three experts of one feature that answer with 10, 100 and 1000 times silu."""

import math

import torch

from grader.suite import assert_same


def test_two_of_three(student):
    """Scores log 2, log 1 and log 3: the third and the first are chosen, with the weights 3/5 and 2/5.

    分数为 log 2、log 1、log 3：选中第三个和第一个，权重是 3/5 和 2/5。
    """
    layer = student.MixtureOfExperts(1, 1, 3, 2)
    ones = torch.ones(3, 1, 1)
    router = torch.tensor([[math.log(2)], [0.0], [math.log(3)]])
    down = torch.tensor([[[10.0]], [[100.0]], [[1000.0]]])
    layer.load_state_dict({"router.weight": router, "W_gate": ones, "W_up": 2 * ones, "W_down": down})

    output, logits = layer(torch.tensor([[1.0]]))

    assert_same(logits, router.T)
    # silu(1) = 0.731059, times 2, times 2/5 of 10 and 3/5 of 1000
    assert_same(output, torch.tensor([[0.731059 * 2 * 604]]), rtol=1e-4)


def test_all_tokens_choose_the_same_expert(student):
    """Five equal tokens get five equal answers.

    五个相同的词元得到五个相同的结果。
    """
    layer = student.MixtureOfExperts(2, 3, 4, 1)

    output, _ = layer(torch.tensor([[1.0, 2.0]] * 5))

    assert_same(output.detach(), output[:1].detach().repeat(5, 1))


def test_balance(student):
    """The loss of two tokens is 1 if they choose different experts, and 2 if both are certain of the same one.

    两个词元选了不同的专家，损失是 1；两个都以概率 1 选同一个，损失是 2。
    """
    assert_same(student.balance_loss(torch.tensor([[5.0, 0.0], [0.0, 5.0]]), 1), torch.tensor(1.0))
    assert_same(student.balance_loss(torch.tensor([[99.0, 0.0], [99.0, 0.0]]), 1), torch.tensor(2.0))


def test_balance_of_two_choices(student):
    """Two experts, both chosen by every token: each has half of all choices, and the loss is 1.

    两个专家，每个词元两个都选：各占所有选择的一半，损失是 1。
    """
    assert_same(student.balance_loss(torch.tensor([[99.0, 0.0], [99.0, 0.0]]), 2), torch.tensor(1.0))
