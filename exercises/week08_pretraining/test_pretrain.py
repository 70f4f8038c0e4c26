"""Visible examples of week 08, pretrain: a loss that one knows, and a text that must be learned by heart."""

import math

import torch

from grader.suite import assert_same, expect


def test_untrained(student):
    """A model that gives all 8 tokens the same score has the loss log 8.

    给 8 个词元相同分数的模型，损失为 log 8。
    """
    model = student.given("small_models").Bigram(8, 3)
    model.load_state_dict({name: torch.zeros_like(table) for name, table in model.state_dict().items()})

    assert_same(student.held_out_loss(model, torch.tensor([[0, 1, 2], [5, 6, 7]]), 2), math.log(8))


def test_a_circle(student):
    """0 is followed by 1, 1 by 2, and so on: a model that has seen it often predicts it.

    0 后面是 1，1 后面是 2，依此类推：看得多了，模型就能预测。
    """
    rows = (torch.arange(8)[:, None] + torch.arange(5)) % 8
    model = student.given("small_models").Bigram(8, 8)

    losses = student.pretrain(
        model, rows, steps=120, batch_size=4, peak=0.1, generator=torch.Generator().manual_seed(1)
    )

    expect(losses[-1] < 0.1, "The circle was not learned.", "没有学会这个循环。")
    expect(student.held_out_loss(model, rows, 3) < 0.1, "The circle was not learned.", "没有学会这个循环。")
