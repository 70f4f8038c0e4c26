"""Visible examples of week 14, judges: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_a_judge_with_a_taste_for_the_first_place(student):
    """The judge gives "good" 0.9 in the first place and 0.7 in the second: 0.8 for it, and a bias of 0.1.

    评委给 "good" 的分：在前面 0.9，在后面 0.7，所以它得 0.8，偏向为 0.1。
    """
    judge = lambda first, second: 0.9 if first == "good" else 0.3  # noqa: E731

    got = student.judge_pairs(judge, ["good"], ["bad"])
    assert_same(got, {"scores": [0.8], "bias": 0.1, "consistent": 1.0})


def test_two_players(student):
    """Three wins to one: the strengths differ by ln 3, and their mean is 0.

    三比一：强度相差 ln 3，平均为 0。
    """
    half = math.log(3) / 2

    got = student.bradley_terry(torch.tensor([[0, 3], [1, 0]]))
    assert_same(got, torch.tensor([half, -half]).double(), rtol=0, atol=3e-6)


def test_one_row(student):
    """A single row can only be drawn as it is: both ends of the interval are its value.

    只有一行时每次抽到的都是它：区间的两端都是它的值。
    """
    source = torch.Generator().manual_seed(14)

    got = student.bootstrap_interval(torch.tensor([2.5]), lambda rows: float(rows.mean()), source)
    assert_same(got, (2.5, 2.5))
