"""Visible examples of week 09, beam: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

# The worked example of the handout: the next token's probabilities by the last token; the prompt is [2].
NEXT = torch.tensor(
    [
        [0.4, 0.35, 0.25],  # after 0
        [0.1, 0.9, 0.0],  # after 1
        [0.6, 0.4, 0.0],  # after 2
    ],
    dtype=torch.float64,
)


def next_logits(tokens):
    return NEXT.log()[tokens[:, -1]] + 2.0  # as good as the logarithms themselves: logits are free up to a constant


def test_two_beams(student):
    """Greedy begins with token 0 and ends at 0.6 * 0.4 = 0.24; two beams find 1 1 with 0.4 * 0.9 = 0.36.

    贪心从词元 0 开始，最终得到 0.6 * 0.4 = 0.24；束宽为 2 时能找到 1 1，概率为 0.4 * 0.9 = 0.36。
    """
    greedy = student.beam_search(next_logits, torch.tensor([2]), 1, 2, length_penalty=0.0)
    wider = student.beam_search(next_logits, torch.tensor([2]), 2, 2, length_penalty=0.0)

    assert_same(greedy, [([0, 0], math.log(0.24))])
    assert_same(wider, [([1, 1], math.log(0.36)), ([0, 0], math.log(0.24))])


def test_stop_token_and_length_penalty(student):
    """With stop token 1 the text 1 is finished at 0.4; 0 1 has 0.6 * 0.35 = 0.21, but a better mean of two logarithms.

    停止词元为 1 时，文本 1 以 0.4 完成；0 1 的概率为 0.6 * 0.35 = 0.21，但两个对数的平均值更大。
    """
    total = student.beam_search(next_logits, torch.tensor([2]), 2, 2, length_penalty=0.0, stop_token=1)
    mean = student.beam_search(next_logits, torch.tensor([2]), 2, 2, length_penalty=1.0, stop_token=1)

    assert_same(total, [([1], math.log(0.4)), ([0, 0], math.log(0.24))])
    assert_same(mean, [([0, 0], math.log(0.24) / 2), ([0, 1], math.log(0.21) / 2)])


def test_stop_token_0(student):
    """Token 0 can be the stop token: the text 0 is finished with 0.6, and 1 goes on to 1 1 with 0.4 * 0.9 = 0.36.

    停止词元也可以是 0：文本 0 以 0.6 完成，1 则继续成为 1 1，概率为 0.4 * 0.9 = 0.36。
    """
    got = student.beam_search(next_logits, torch.tensor([2]), 2, 2, length_penalty=0.0, stop_token=0)

    assert_same(got, [([0], math.log(0.6)), ([1, 1], math.log(0.36))])


def test_the_search_goes_on(student):
    """In three steps 0 0 becomes 0 0 0 with 0.6 * 0.4 * 0.4 = 0.096; its mean beats that of 1, which finished with 0.4.

    走三步，0 0 变成 0 0 0，概率为 0.6 * 0.4 * 0.4 = 0.096；它的平均值高于以 0.4 完成的 1。
    """
    got = student.beam_search(next_logits, torch.tensor([2]), 2, 3, length_penalty=1.0, stop_token=1)

    assert_same(got, [([0, 1], math.log(0.21) / 2), ([0, 0, 0], math.log(0.096) / 3)])


def test_fewer_than_asked_for(student):
    """After the prompt only 0 and 1 are possible: three beams find two texts of one token.

    提示之后只可能是 0 或 1：束宽为 3 也只找到两个长度为 1 的文本。
    """
    got = student.beam_search(next_logits, torch.tensor([2]), 3, 1)

    assert_same(got, [([0], math.log(0.6)), ([1], math.log(0.4))])
