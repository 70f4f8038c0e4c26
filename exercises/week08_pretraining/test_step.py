"""Visible examples of week 08, step: a model whose weights are all 0, so that every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def fresh(student):
    """A model that gives all 4 tokens the same score, with plain gradient descent at rate 1."""
    small = student.given("small_models")
    model = small.Bigram(4, 3)
    model.load_state_dict({name: torch.zeros_like(table) for name, table in model.state_dict().items()})
    return model, small.sgd(model, 1.0)


def test_one_micro_batch(student):
    """One target of four equally likely tokens: the loss is log 4, the bias moves by 3/4 and three times -1/4.

    四个词元概率相等，一个目标：损失为 log 4，偏置变化 3/4 和三个 -1/4。
    """
    model, optimizer = fresh(student)
    ids = torch.tensor([[0, 1]])

    loss, norm = student.train_step(model, optimizer, [(ids, ids)])

    assert_same(loss, math.log(4))
    assert_same(norm, math.sqrt(12) / 4)
    assert_same(model.state_dict()["head.bias"], torch.tensor([-0.25, 0.75, -0.25, -0.25]))


def test_two_micro_batches(student):
    """One target in the first, three in the second, and a -100: each of the four weighs a quarter.

    第一个微批次有一个目标，第二个有三个，另有一个 -100：四个目标各占四分之一。
    """
    model, optimizer = fresh(student)
    first, second, labels = torch.tensor([[0, 1]]), torch.tensor([[0, 2, 2, 2, 1]]), torch.tensor([[0, 2, 2, 2, -100]])

    loss, _ = student.train_step(model, optimizer, [(first, first), (second, labels)])

    assert_same(loss, math.log(4))
    assert_same(model.state_dict()["head.bias"], torch.tensor([-0.25, 0.0, 0.5, -0.25]))


def test_clipping(student):
    """A norm of 0.866 is scaled to 0.5, and 0.866 is what comes back.

    范数 0.866 被缩放到 0.5，返回的仍是 0.866。
    """
    model, optimizer = fresh(student)
    ids = torch.tensor([[0, 1]])

    _, norm = student.train_step(model, optimizer, [(ids, ids)], max_norm=0.5)

    assert_same(norm, math.sqrt(12) / 4)
    assert_same(model.state_dict()["head.bias"].norm(), torch.tensor(0.5))


def test_a_limit_that_is_not_reached(student):
    """A norm of 0.866 is below 2: the bias moves as without a limit. Old gradients do not count, and none are left.

    范数 0.866 小于 2：偏置的变化与没有上限时相同。旧的梯度不计入，之后也不留下梯度。
    """
    model, optimizer = fresh(student)
    model.eval()
    model.mark_gradients(3.0)
    ids = torch.tensor([[0, 1]])

    student.train_step(model, optimizer, [(ids, ids)], max_norm=2.0)

    assert_same(model.state_dict()["head.bias"], torch.tensor([-0.25, 0.75, -0.25, -0.25]))
    assert_same(model.gradient_sum(), 0.0)
    assert_same(model.is_training(), False)
