"""Visible examples of week 16, debug_caption: how the program is used, and what it should do."""

import math

import torch

from grader.suite import assert_same


def program(student):
    """A program whose scores are all 0."""
    captioner = student.Captioner(1, 4, 6, 5)
    captioner.load_state_dict({name: torch.zeros_like(table) for name, table in captioner.state_dict().items()})
    return captioner


def test_what_is_read_and_written(student):
    """The caption 3 5 is read behind the begin, 0, and written before the end, 1.

    描述 3 5 读的时候前面有开头词元 0，写的时候后面有结束词元 1。
    """
    read, write = program(student).batch([[3, 5], [4]])

    assert_same(read.tolist(), [[0, 3, 5], [0, 4, 1]])
    assert_same(write.tolist(), [[3, 5, 1], [4, 1, -100]])


def test_equal_scores(student):
    """When all scores are equal, each of the six tokens is equally likely: the loss is log 6.

    所有打分相等时，六个词元可能性相同：损失为 log 6。
    """
    assert_same(float(program(student).loss(torch.zeros(1, 1), [[3, 5]]).detach()), math.log(6))


def test_a_word_that_is_likely(student):
    """Token 3 is five times as likely as each other: of the two tokens to write, 3 costs log 2 and the end log 10.

    词元 3 的可能性是其他每个的五倍：要写的两个词元中，3 的损失是 log 2，结束词元是 log 10。
    """
    captioner = program(student)
    state = captioner.state_dict()
    state["head.bias"] = torch.tensor([0.0, 0.0, 0.0, math.log(5), 0.0, 0.0])
    captioner.load_state_dict(state)

    loss = captioner.loss(torch.zeros(1, 1), [[3]])
    assert_same(float(loss.detach()), (math.log(2) + math.log(10)) / 2)
