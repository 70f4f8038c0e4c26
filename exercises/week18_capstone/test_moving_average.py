"""Visible examples of week 18, moving average: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same


def test_worked_example(student):
    """The worked example of the handout: 2, 4, 9 with width 2 become 2, 3, 6.5.

    讲义中的手算例题：2, 4, 9 在宽度为 2 时变为 2, 3, 6.5。
    """
    values = torch.tensor([2.0, 4.0, 9.0])

    assert_same(student.moving_average(values, 2), torch.tensor([2.0, 3.0, 6.5]))


def test_a_window_of_nothing(student):
    """A width of 0 is a ValueError.

    宽度为 0 时抛出 ValueError。
    """
    assert_raises(ValueError, student.moving_average, torch.ones(3), 0)
