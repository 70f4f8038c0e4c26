"""Visible examples of week 16, caption: worked numbers that you can check by hand."""

import math

import torch

from grader.suite import assert_same


def test_labels_of_a_caption(student):
    """The prompt is 8 8; the answer is 5 6 and its end 1; the last 1 is padding.

    提示是 8 8；回答是 5 6 和结束词元 1；最后的 1 是填充。
    """
    labels = student.caption_labels(torch.tensor([[8, 8, 5, 6, 1, 1]]), torch.tensor([2]), 1)

    assert_same(labels.tolist(), [[-100, -100, 5, 6, 1, -100]])


def test_a_loss_of_log_4(student):
    """All four tokens are equally likely for the one that counts: the loss is log 4.

    对唯一计入的位置，四个词元可能性相同：损失为 log 4。
    """
    logits = torch.tensor([[[9.0, 0, 0, 0], [0, 0, 0, 0], [0, 9.0, 0, 0]]])

    assert_same(student.caption_loss(logits, torch.tensor([[3, -100, 2]])), torch.tensor(math.log(4)))


def test_two_captions(student):
    """The scripts of the two rows end with token 1 after two tokens and after one.

    两行的脚本分别在两个、一个词元后以词元 1 结束。
    """
    model = student.given("scripted").Scripted([[6, 7, 1], [5, 1, 9]], prompt=1)
    features = torch.zeros(2, 4, 3)

    assert_same(student.greedy_caption(model, features, torch.tensor([[3], [3]]), 1), [[6, 7], [5]])
    assert_same(student.greedy_caption(model, features, torch.tensor([[3], [3]]), 1, most=1), [[6], [5]])


def test_an_answer(student):
    """The question "4 8" is the tokens 4 8; what the model writes, 6 and the end, is the text "6".

    问题 "4 8" 是词元 4 8；模型写出 6 和结束词元，即文本 "6"。
    """
    model = student.given("scripted").Scripted([[6, 1]], prompt=3)

    assert_same(student.answer(model, torch.zeros(3, 2, 2), "4 8"), "6")
