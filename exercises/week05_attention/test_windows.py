"""Visible examples of week 05, windows: every table can be drawn by hand."""

import torch

from grader.suite import assert_raises, assert_same


def drawn(*rows):
    """A mask from rows of text: x is visible, . is hidden."""
    return torch.tensor([[sign == "x" for sign in row] for row in rows])


def test_a_window_of_two(student):
    """Each token sees itself and the one before it.

    每个词元看到自己和前一个词元。
    """
    expected = drawn("x....", "xx...", ".xx..", "..xx.", "...xx")

    assert_same(student.sliding_window_mask(5, 5, 2), expected)


def test_a_window_and_a_sink(student):
    """With one sink, the first token stays visible to all.

    加一个汇点：第一个词元一直对所有词元可见。
    """
    expected = drawn("x....", "xx...", "xxx..", "x.xx.", "x..xx")

    assert_same(student.sliding_window_mask(5, 5, 2, 1), expected)
    # With a cache there are 2 queries and 5 keys: the last two rows of the same table.
    assert_same(student.sliding_window_mask(2, 5, 2, 1), expected[3:])


def test_what_a_cache_may_drop(student):
    """After 7 tokens, with a window of 3 and 2 sinks, token 7 will see 0, 1, 5, 6 and itself.

    读完 7 个词元后，窗口为 3、汇点为 2：词元 7 将看到 0、1、5、6 和它自己。
    """
    assert_same(student.kept_keys(7, 3, 2), torch.tensor([0, 1, 5, 6]))
    # Three tokens: the window reaches back into the sinks, and token 1 is still kept only once.
    assert_same(student.kept_keys(3, 3, 2), torch.tensor([0, 1, 2]))


def test_a_rolling_buffer(student):
    """Two sinks and three slots that turn: token 5 is written where token 2 stood, token 6 where token 3 stood.

    两个汇点，三个轮流使用的槽位：词元 5 写进词元 2 的槽位，词元 6 写进词元 3 的槽位。
    """
    assert_same(student.rolling_slots(4, 3, 2), torch.tensor([0, 1, 2, 3, -1]))
    assert_same(student.rolling_slots(5, 3, 2), torch.tensor([0, 1, 2, 3, 4]))
    assert_same(student.rolling_slots(7, 3, 2), torch.tensor([0, 1, 5, 6, 4]))


def test_no_window_at_all(student):
    """A window of 0 would hide each token from itself: a ValueError.

    窗口为 0 会让词元连自己都看不到：抛出 ValueError。
    """
    assert_raises(ValueError, student.sliding_window_mask, 3, 3, 0)
    assert_raises(ValueError, student.kept_keys, 3, 0)
