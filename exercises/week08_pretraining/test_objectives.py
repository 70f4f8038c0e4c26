"""Visible examples of week 08, objectives: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_one_target(student):
    """Two tokens: the first logits predict the second token. Odds of 3 to 1 for it cost log(4/3).

    两个词元：第一个位置的 logits 预测第二个词元。它以 3 比 1 占优时，损失为 log(4/3)。
    """
    logits = torch.tensor([[[0.0, math.log(3)], [50.0, 0.0]]])

    assert_same(student.causal_loss(logits, torch.tensor([[0, 1]])), torch.tensor(math.log(4 / 3)))


def test_rows_of_unequal_length(student):
    """A row with one target and one with two: the mean is over three targets, not over two rows.

    一行有一个目标，另一行有两个：平均是对三个目标，而不是对两行。
    """
    logits = torch.zeros(2, 3, 2)
    logits[0, 0, 1] = math.log(3)  # the only target of row 0 costs log(4/3); those of row 1 cost log 2 each

    loss = student.causal_loss(logits, torch.tensor([[0, 1, -100], [1, 0, 1]]))

    assert_same(loss, torch.tensor((math.log(4 / 3) + 2 * math.log(2)) / 3))


def test_no_target(student):
    """Nothing to predict costs 0, and bfloat16 logits give a float32 loss.

    没有可预测的目标时损失为 0；bfloat16 的 logits 得到 float32 的损失。
    """
    logits = torch.zeros(1, 2, 3, dtype=torch.bfloat16)

    assert_same(student.causal_loss(logits, torch.tensor([[2, -100]])), torch.tensor(0.0))


def test_everything_is_chosen(student):
    """With share 1, every ordinary token has its label; token 0 is special here and stays; int32 stays int32.

    share 为 1 时，每个普通词元都有标签；这里词元 0 是特殊词元，保持不变；int32 仍是 int32。
    """
    ids = torch.tensor([[5, 6, 0]], dtype=torch.int32)

    inputs, labels = student.mask_tokens(
        ids, torch.Generator().manual_seed(1), mask_id=3, vocabulary=9, special=[0, 3], share=1.0
    )

    assert_same(labels, torch.tensor([[5, 6, -100]], dtype=torch.int32))
    assert_same(inputs[:, 2], torch.tensor([0], dtype=torch.int32))


def test_pairs(student):
    """Two documents give three pairs that begin with a1, a2 and b1; the label is 0 where the next sentence follows.

    两篇文档给出三个句对，第一句依次是 a1、a2、b1；接着下一句的，标签为 0。
    """
    pairs = student.sentence_pairs([["a1", "a2", "a3"], ["b1", "b2"]], torch.Generator().manual_seed(1))

    assert_same([pair[0] for pair in pairs], ["a1", "a2", "b1"])
    follows = {"a1": "a2", "a2": "a3", "b1": "b2"}
    assert_same([pair[2] for pair in pairs], [0 if pair[1] == follows[pair[0]] else 1 for pair in pairs])


def test_spans(student):
    """The text 10 11 12 13 14 15 without (1, 2) and (3, 5): inputs 10 99 12 98 15, targets 99 11 98 13 14 97.

    文本 10 11 12 13 14 15 挖去 (1, 2) 和 (3, 5)：输入 10 99 12 98 15，目标 99 11 98 13 14 97。
    """
    inputs, targets = student.corrupt_spans(torch.arange(10, 16), [(1, 2), (3, 5)], 99)

    assert_same(inputs, torch.tensor([10, 99, 12, 98, 15]))
    assert_same(targets, torch.tensor([99, 11, 98, 13, 14, 97]))


def test_spans_that_touch(student):
    """No token stands between (0, 2) and (2, 3): ValueError.

    (0, 2) 与 (2, 3) 之间没有词元：抛出 ValueError。
    """
    assert_raises(ValueError, student.corrupt_spans, torch.arange(10, 16), [(0, 2), (2, 3)], 99)
