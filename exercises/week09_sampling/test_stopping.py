"""Visible examples of week 09, stopping: every answer can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_a_stop_string_in_three_pieces(student):
    """The text is "Yes.", then "END" in pieces: "Yes." is shown at once, and nothing of "END" ever.

    文本是“Yes.”，然后分几段来了“END”：“Yes.”立刻显示，“END”的任何部分都不显示。
    """
    stream = student.StopStrings(["END"])

    assert_same([stream.push(piece) for piece in ("Yes.E", "N", "D, and more", "!")], ["Yes.", "", "", ""])
    assert_same(stream.finish(), "")


def test_a_false_alarm(student):
    """After "TREN" comes a "T": what was held back is shown after all.

    “TREN”之后来的是“T”：扣下的部分最终还是显示了。
    """
    stream = student.StopStrings(["END"])

    assert_same([stream.push(piece) for piece in ("TREN", "T", "E")], ["TR", "ENT", ""])
    assert_same(stream.finish(), "E")


def test_an_empty_stop_string(student):
    """An empty stop string would end every text before it began.

    空的停止字符串会让任何文本还没开始就结束。
    """
    assert_raises(ValueError, student.StopStrings, ["END", ""])


def test_log_probabilities(student):
    """Probabilities 1/2, 1/4 and 1/4: token 2 was chosen, and of the two equal ones the lower id comes first.

    概率是 1/2、1/4、1/4：选中的是词元 2；两个相等的词元中，编号小的在前。
    """
    logits = torch.tensor([[2.0, 1.0, 1.0]]).log()

    chosen, values, ids = student.token_logprobs(logits, torch.tensor([2]), 2)

    assert_same(chosen, torch.tensor([math.log(1 / 4)]))
    assert_same(values, torch.tensor([[math.log(1 / 2), math.log(1 / 4)]]))
    assert_same(ids, torch.tensor([[0, 1]]))
