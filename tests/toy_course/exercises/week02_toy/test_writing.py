"""Visible examples of the second toy exercise."""

from grader.suite import assert_same


def test_two_lines(student):
    """Three words in lines of five.

    三个词，每行五个字符。
    """
    assert_same(student.wrapped("a bc def", 5), ["a bc", "def"])
