"""Visible examples of week 14, accuracy: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_pass_at_k(student):
    """Of 4 samples 1 is right. Of the 6 pairs, 3 hold it: pass@2 is 1/2, and pass@1 is 1/4.

    4 个样本中 1 个正确。6 种两两组合里有 3 种包含它：pass@2 为 1/2，pass@1 为 1/4。
    """
    assert_same(student.pass_at_k(4, 1, 2), 0.5)
    assert_same(student.pass_at_k(4, 1, 1), 0.25)


def test_choice_accuracy(student):
    """-6 beats -8, but -8 over 4 letters beats -6 over 2: raw is right in the first question, normalised in both.

    -6 胜过 -8，但 -8 分摊到 4 个字母胜过 -6 分摊到 2 个：原始方式只对第一题，归一化两题都对。
    """
    logprobs = torch.tensor([[-1.0, -9.0], [-6.0, -8.0]])
    lengths = torch.tensor([[3, 3], [2, 4]])

    assert_same(student.choice_accuracy(logprobs, lengths, torch.tensor([0, 1])), (0.5, 1.0))


def test_normalise_answer(student):
    """Case, punctuation, articles, width and spaces do not matter; a decimal point and a sign do.

    大小写、标点、冠词、全角半角和空格都不影响；小数点和负号有影响。
    """
    assert_same(student.normalise_answer("  The Duck, of course! "), "duck of course")
    assert_same(student.normalise_answer("一只 鸭子。"), "一只鸭子")
    assert_same(student.normalise_answer("－３．５"), "-3.5")


def test_exact_match(student):
    """One of several references is enough; more words than the answer are too many.

    与多条参考之一相同即可；比答案多说就不算对。
    """
    assert_same(student.exact_match("A duck.", ["a goose", "duck"]), True)
    assert_same(student.exact_match("a duck and a goose", ["a goose", "duck"]), False)
