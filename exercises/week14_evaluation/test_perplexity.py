"""Visible examples of week 14, perplexity: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

NEXT = torch.tensor([[0.5, 0.25, 0.25], [0.125, 0.75, 0.125], [0.25, 0.25, 0.5]], dtype=torch.float64)
"""How likely each of three tokens follows each of them."""


def test_token_losses(student):
    """0 0 1 1 2: 1/2, 1/4, 3/4 and 1/8 are the probabilities, whatever the windows, for this model forgets at once.

    0 0 1 1 2：概率依次为 1/2、1/4、3/4、1/8；这个模型只看当前词元，所以与窗口无关。
    """
    got = student.token_losses(lambda ids: NEXT.log()[ids], torch.tensor([0, 0, 1, 1, 2]), 2, 3)

    assert_same(got, -torch.tensor([0.5, 0.25, 0.75, 0.125], dtype=torch.float64).log())


def test_perplexity(student):
    """A model that finds all 7 tokens equally likely has a perplexity of 7.

    认为 7 个词元同样可能的模型，困惑度是 7。
    """
    got = student.perplexity(lambda ids: torch.zeros(*ids.shape, 7), torch.tensor([3, 1, 4, 1, 5]), 1, 4)

    assert_same(got, 7.0)


def test_windows(student):
    """Seven tokens in windows of 4 at a stride of 2: 0 to 3, 2 to 5, 4 to 6.

    七个词元，窗口为 4，步幅为 2：0 到 3，2 到 5，4 到 6。
    """
    windows = []

    def model(ids):
        windows.append(ids[0].tolist())
        return torch.zeros(*ids.shape, 7)

    student.token_losses(model, torch.arange(7), 2, 4)

    assert_same(windows, [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6]])


def test_bits_per_byte(student):
    """Three tokens at a perplexity of 16 cost 12 bits: 2 for each byte of "柳湾", 6 for each of "at".

    三个词元、困惑度 16，共 12 比特：对“柳湾”是每字节 2 比特，对 "at" 是每字节 6 比特。
    """
    assert_same(student.bits_per_byte(16.0, 3, "柳湾"), 2.0)
    assert_same(student.bits_per_byte(16.0, 3, "at"), 12 / 2)
    assert_same(student.bits_per_byte(math.inf, 3, "at"), math.inf)
