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


def test_places_on_the_scale(student):
    """The places are 0 3 and 2 3: D = (2 + 0)/2 = 1 and E = (2 + 3 + 1 + 0)/4 = 3/2. That nobody said "fair" changes
    nothing.

    位置为 0 3 与 2 3：D = (2 + 0)/2 = 1，E = (2 + 3 + 1 + 0)/4 = 3/2。没人用过 "fair"，但它照样占一个位置。
    """
    scale = ["poor", "fair", "good", "best"]

    assert_same(student.cohen_kappa(["poor", "best"], ["good", "best"], scale, "linear"), 1 / 3)


def test_everybody_says_the_same(student):
    """Where nobody ever said anything else, agreement shows nothing: NaN.

    从来没有人给过别的评分时，一致说明不了什么：NaN。
    """
    nan = float("nan")

    assert_same(student.cohen_kappa(["good", "good"], ["good", "good"], ["bad", "good"]), nan)
    assert_same(student.krippendorff_alpha(torch.tensor([[5.0, 5.0], [5.0, 5.0]])), nan)


def test_alpha_with_gaps(student):
    """The ratings of before as numbers: 65/15 for two at random, 1/3 within an item. The last item has one rating, so
    it does not count.

    同样的评分按数值计算：随机两个的平均为 65/15，条目内为 1/3。最后一个条目只有一个评分，不算。
    """
    ratings = torch.tensor([[1.0, 1.0, 4.0, float("nan")], [1.0, 2.0, 4.0, 3.0]])

    assert_same(student.krippendorff_alpha(ratings, "interval"), 1 - (1 / 3) / (65 / 15))


def test_which_rows_count(student):
    """big wins q1 twice and loses q2, where ann changed her mind: a half. Nobody chose anything on q3, and mei's empty
    row takes nothing back.

    big 在 q1 赢了两次，在 q2 输了（ann 改了主意）：得 0.5。q3 没有人选；mei 后来的空行不会取消她的选择。
    """
    lines = [
        ("mei", "q1", "big", "small", "first"),
        ("tom", "q1", "small", "big", "second"),
        ("ann", "q2", "big", "small", "tie"),
        ("ann", "q2", "big", "small", "second"),
        ("zoe", "q3", "big", "small", ""),
        ("mei", "q1", "big", "small", ""),
    ]
    names = ("rater", "item", "first", "second", "choice")
    got = student.summarise([dict(zip(names, line, strict=True)) for line in lines])

    assert_same(got["scores"], {"big": 0.5, "small": 0.5})
    assert_same([got["raters"], got["items"], got["first"]], [3, 2, 1 / 3])
