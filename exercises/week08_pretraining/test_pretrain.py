"""Visible examples of week 08, pretrain: a loss that one knows, and a text that must be learned by heart."""

import math

import torch

from grader.suite import assert_same, attribute, expect


def even(student, vocabulary, bias):
    """A model whose scores are its last bias, whatever it reads."""
    model = student.given("small_models").Bigram(vocabulary, 3)
    state = {name: torch.zeros_like(table) for name, table in model.state_dict().items()}
    model.load_state_dict(state | {"head.bias": torch.tensor(bias)})
    return model


def test_untrained(student):
    """A model that gives all 8 tokens the same score has the loss log 8.

    给 8 个词元相同分数的模型，损失为 log 8。
    """
    model = even(student, 8, [0.0] * 8)

    assert_same(student.held_out_loss(model, torch.tensor([[0, 1, 2], [5, 6, 7]]), 2), math.log(8))


def test_three_rows(student):
    """A model that gives token 0 the odds 3 to 1: two rows cost log(4/3), the third log 4; the mean is over all three.

    模型认为词元 0 以 3 比 1 占优：两行的损失各为 log(4/3)，第三行为 log 4；对三行一起求平均。
    """
    model = even(student, 2, [math.log(3), 0.0])

    loss = student.held_out_loss(model, torch.tensor([[0, 0], [0, 0], [0, 1]]), 2)

    assert_same(loss, (2 * math.log(4 / 3) + math.log(4)) / 3)
    assert_same(attribute(model, "tracked"), [False, False])  # no gradients could be computed
    assert_same(model.is_training(), True)  # as it came


def test_two_steps(student):
    """The first of 20 steps has half of the peak, 0.1, and AdamW's first step moves each bias by that: the odds for
    token 0 are then e^0.2 to 1.

    20 步中第一步的学习率是峰值的一半，即 0.1；AdamW 的第一步让每个偏置变化这么多：词元 0 以 e^0.2 比 1 占优。
    """
    model = even(student, 2, [0.0, 0.0])
    model.mark_gradients(5.0)  # left by somebody else

    losses = student.pretrain(
        model, torch.tensor([[0, 0]]), steps=20, batch_size=1, peak=0.2, generator=torch.Generator().manual_seed(1)
    )

    assert_same(losses[:2], [math.log(2), math.log(1 + math.exp(-0.2))])


def test_rounds(student):
    """Eleven steps of four rows are four rounds of eleven rows: each has every row once, in an order of its own.

    11 步、每步 4 行，正好是 4 轮、每轮 11 行：每一轮每行恰好一次，顺序各不相同。
    """
    rows = (torch.arange(11)[:, None] + torch.arange(5)) % 11
    model = student.given("small_models").Bigram(11, 3)
    model.eval()

    student.pretrain(model, rows, steps=11, batch_size=4, peak=0.1, generator=torch.Generator().manual_seed(1))

    seen = attribute(model, "seen")
    rounds = [seen[start : start + 11] for start in range(0, 44, 11)]
    assert_same([sorted(one) for one in rounds], [list(range(11))] * 4)
    orders = {tuple(one) for one in [*rounds, list(range(11))]}
    expect(
        len(orders) == 5,
        "Two rounds have one order, or a round has that of the rows.",
        "有两轮顺序相同，或有一轮就是原有顺序。",
    )
    assert_same(model.is_training(), False)  # as it came


def test_a_circle(student):
    """0 is followed by 1, 1 by 2, and so on: a model that has seen it often predicts it.

    0 后面是 1，1 后面是 2，依此类推：看得多了，模型就能预测。
    """
    rows = (torch.arange(8)[:, None] + torch.arange(5)) % 8
    model = student.given("small_models").Bigram(8, 8)
    start = torch.Generator().manual_seed(8)  # a chance beginning would let an almost right answer pass by chance
    state = {name: torch.randn(table.shape, generator=start) / 3 for name, table in model.state_dict().items()}
    model.load_state_dict(state)

    losses = student.pretrain(
        model, rows, steps=120, batch_size=4, peak=0.1, generator=torch.Generator().manual_seed(1)
    )

    expect(losses[-1] < 0.1, "The circle was not learned.", "没有学会这个循环。")
    expect(student.held_out_loss(model, rows, 3) < 0.1, "The circle was not learned.", "没有学会这个循环。")
