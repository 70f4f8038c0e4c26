"""Visible examples of week 03, regularise: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_dropout_keeps_or_drops(student):
    """With p = 3/4, each 1 becomes 0 or 4; when not training, everything stays.

    p = 3/4 时，每个 1 变成 0 或 4；不在训练时，一切不变。
    """
    x = torch.ones(50)

    assert_same(sorted(set(student.dropout(x, 0.75).tolist())), [0.0, 4.0])
    assert_same(student.dropout(x, 0.75, training=False), x)


def test_clipping(student):
    """Gradients 3 and 4 in two parameters have the norm 5: a limit of 1 makes them 0.6 and 0.8.

    两个参数的梯度是 3 和 4，总范数是 5：上限为 1 时变成 0.6 和 0.8。
    """
    weights = student.given("small_weights").Weights({"a": torch.zeros(1), "b": torch.zeros(1)})
    weights.set_gradients({"a": torch.tensor([3.0]), "b": torch.tensor([4.0])})

    assert_same(student.clip_gradients(weights.parameters(), 1.0), 5.0)
    assert_same(weights.gradients(), {"a": torch.tensor([0.6]), "b": torch.tensor([0.8])})


def test_stopping(student):
    """With patience 2, the losses 5, 3, 4, 4 say stop at the last one.

    patience 为 2 时，损失 5、3、4、4 在最后一个处停下。
    """
    weights = student.given("small_weights").Weights({"w": torch.zeros(1)})
    stopping = student.EarlyStopping(2)

    assert_same([stopping.should_stop(loss, weights) for loss in (5.0, 3.0, 4.0, 4.0)], [False, False, False, True])
