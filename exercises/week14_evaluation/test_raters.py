"""Visible examples of week 14, raters: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_kappa(student):
    """Two of four answers agree; with both raters half yes and half no, chance gives as many: kappa is 0.

    四个回答中两个一致；两人都是一半 yes 一半 no，随机也有这么多：kappa 为 0。
    """
    one, other = ["yes", "yes", "no", "no"], ["yes", "no", "yes", "no"]

    assert_same(student.cohen_kappa(one, other, ["no", "yes"]), 0.0)


def test_alpha(student):
    """1 1 4 and 1 2 4: a third of the pairs within items differs, and 11 of all 15 pairs: alpha = 1 - (1/3) / (11/15).

    1 1 4 与 1 2 4：条目内有三分之一的对不同，全部 15 对中有 11 对不同：alpha = 1 - (1/3) / (11/15)。
    """
    ratings = torch.tensor([[1.0, 1.0, 4.0], [1.0, 2.0, 4.0]])

    assert_same(student.krippendorff_alpha(ratings, "nominal"), 1 - (1 / 3) / (11 / 15))


def test_sheet(student):
    """Both raters prefer the text that they saw first, and these are different systems: each system has 0.5.

    两人都选了自己先看到的文本，而那是不同的系统：每个系统得 0.5。
    """
    rows = [
        {"rater": "mei", "item": "q1", "first": "big", "second": "small", "choice": "first"},
        {"rater": "tom", "item": "q1", "first": "small", "second": "big", "choice": "first"},
    ]
    got = student.summarise(rows)

    assert_same(got["scores"], {"big": 0.5, "small": 0.5})
    assert_same([got["first"], got["alpha"]], [1.0, 0.0])
