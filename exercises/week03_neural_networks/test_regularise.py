"""Visible examples of week 03, regularise: every number can be checked by hand."""

import torch

from grader.suite import assert_same, unchanged


def test_dropout_keeps_or_drops(student):
    """With p = 3/4, each 1 becomes 0 or 4; when not training, everything stays.

    p = 3/4 时，每个 1 变成 0 或 4；不在训练时，一切不变。
    """
    x = torch.ones(50)

    assert_same(sorted(set(student.dropout(x, 0.75).tolist())), [0.0, 4.0])
    assert_same(student.dropout(x, 0.75, training=False), x)


def test_dropout_of_everything(student):
    """With p = 1 nothing is kept: everything is 0. With p = 0 everything is kept. `x` itself never changes.

    p = 1 时什么都不留：全是 0。p = 0 时全部保留。`x` 本身始终不变。
    """
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]])

    assert_same(unchanged(student.dropout, x, 1.0), torch.zeros(2, 2))
    assert_same(unchanged(student.dropout, x, 0.0), x)
    unchanged(student.dropout, x, 0.5)


def test_every_entry_by_itself(student):
    """Of 60 by 60 ones, no whole row and no whole column is dropped, and two rows or two calls drop other entries.

    60 × 60 个 1 中，不会整行或整列一起丢弃；两行之间、两次调用之间，丢弃的元素也不同。
    """
    x = torch.ones(60, 60)
    dropped, again = student.dropout(x, 0.5) == 0, student.dropout(x, 0.5) == 0

    rows_and_columns = [*dropped, *dropped.T]
    assert_same([bool(line.all()) for line in rows_and_columns], [False] * 120)  # by chance: 120 / 2 ** 60
    assert_same([torch.equal(dropped[0], dropped[1]), torch.equal(dropped, again)], [False, False])


def test_clipping(student):
    """Gradients 3 and 4 in two parameters have the norm 5: a limit of 1 makes them 0.6 and 0.8.

    两个参数的梯度是 3 和 4，总范数是 5：上限为 1 时变成 0.6 和 0.8。
    """
    weights = student.given("small_weights").Weights({"a": torch.zeros(1), "b": torch.zeros(1)})
    weights.set_gradients({"a": torch.tensor([3.0]), "b": torch.tensor([4.0])})

    assert_same(student.clip_gradients(weights.parameters(), 1.0), 5.0)
    assert_same(weights.gradients(), {"a": torch.tensor([0.6]), "b": torch.tensor([0.8])})


def test_nothing_to_clip(student):
    """Gradients 3 and 4 have the norm 5: with a limit of 10 they stay as they are.

    梯度 3 和 4 的总范数是 5：上限为 10 时保持不变。
    """
    weights = student.given("small_weights").Weights({"a": torch.zeros(1), "b": torch.zeros(1)})
    gradients = {"a": torch.tensor([3.0]), "b": torch.tensor([4.0])}
    weights.set_gradients(gradients)

    assert_same(student.clip_gradients(weights.parameters(), 10.0), 5.0)
    assert_same((weights.gradients(), weights.gradients_stayed()), (gradients, True))


def test_stopping(student):
    """With patience 2, the losses 5, 3, 4, 4 say stop at the last one.

    patience 为 2 时，损失 5、3、4、4 在最后一个处停下。
    """
    weights = student.given("small_weights").Weights({"w": torch.zeros(1)})
    stopping = student.EarlyStopping(2)

    assert_same([stopping.should_stop(loss, weights) for loss in (5.0, 3.0, 4.0, 4.0)], [False, False, False, True])


def test_the_count_begins_anew(student):
    """With patience 2, the losses 5, 6, 3, 4, 3 say stop at the last one: 3 is no better than the best.

    patience 为 2 时，损失 5、6、3、4、3 在最后一个处停下：3 并不比最好的更好。
    """
    weights = student.given("small_weights").Weights({"w": torch.zeros(1)})
    stopping = student.EarlyStopping(2)

    said = [stopping.should_stop(loss, weights) for loss in (5.0, 6.0, 3.0, 4.0, 3.0)]
    assert_same(said, [False, False, False, False, True])


def test_small_gains(student):
    """With min_delta = 1/2, going from 4 to 3.75 is no improvement, and from there to 3.25 is one: it is 0.75 below 4.

    min_delta = 1/2 时，从 4 到 3.75 不算改善，再到 3.25 就算：它比 4 低 0.75。
    """
    weights = student.given("small_weights").Weights({"w": torch.zeros(1)})
    for losses, stops in (((4.0, 4.25, 4.25), True), ((4.0, 3.75, 3.75), True), ((4.0, 3.75, 3.25), False)):
        stopping = student.EarlyStopping(2, 0.5)

        assert_same([stopping.should_stop(loss, weights) for loss in losses], [False, False, stops])


def test_best_weights(student):
    """The loss is 3 with weights 1, 2 with weights 5, and 4 with weights 7: restore brings back the 5.

    权重为 1 时损失是 3，为 5 时是 2，为 7 时是 4：restore 恢复的是 5。
    """
    weights = student.given("small_weights").Weights({"w": torch.zeros(2)})
    stopping = student.EarlyStopping(9)
    for number, loss in ((1.0, 3.0), (5.0, 2.0), (7.0, 4.0)):
        weights.set_values(number)
        stopping.should_stop(loss, weights)
    stopping.restore(weights)

    assert_same(weights.values()["w"], torch.tensor([5.0, 5.0]))
