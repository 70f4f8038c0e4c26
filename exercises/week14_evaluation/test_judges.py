"""Visible examples of week 14, judges: every number can be checked by hand."""

import itertools
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


def test_consistent_pairs(student):
    """Three pairs: the judge says 0.5 twice, 0.5 and then 0.2, 0.9 and then 0.1. The first and the last are consistent.

    三对：评委先后给出 0.5 和 0.5、0.5 和 0.2、0.9 和 0.1。第一对和最后一对前后一致。
    """
    answers = {"ab": 0.5, "ba": 0.5, "cd": 0.5, "dc": 0.2, "ef": 0.9, "fe": 0.1}

    got = student.judge_pairs(lambda first, second: answers[first + second], list("ace"), list("bdf"))
    assert_same(got, {"scores": [0.5, 0.65, 0.9], "bias": -0.05, "consistent": 2 / 3})


def test_a_prior(student):
    """Three wins to none with a prior of 0.5 on either side: 3.5 to 0.5, so the strengths differ by ln 7.

    三比零，两边各加先验 0.5：3.5 比 0.5，所以强度相差 ln 7。
    """
    half = math.log(7) / 2

    got = student.bradley_terry(torch.tensor([[0, 3], [0, 0]]), 0.5)
    assert_same(got, torch.tensor([half, -half]).double(), rtol=0, atol=3e-6)


def test_quantiles(student):
    """The statistic gives 0, 1 and 2: a quarter of the way from 0 to 2 is 0.5, three quarters are 1.5.

    统计量依次为 0、1、2：从 0 到 2 的四分之一处是 0.5，四分之三处是 1.5。
    """
    given, source = itertools.cycle((0.0, 1.0, 2.0)), torch.Generator().manual_seed(14)

    got = student.bootstrap_interval(torch.zeros(4), lambda rows: next(given), source, resamples=3, level=0.5)
    assert_same(got, (0.5, 1.5))
