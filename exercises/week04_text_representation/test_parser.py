"""Visible examples of week 04, parser: every move can be followed by hand."""

from grader.suite import assert_raises, assert_same

MOVES = ["SHIFT", "SHIFT", "LEFT", "SHIFT", "RIGHT", "RIGHT"]


def test_transitions(student):
    """Owls eat mice: both nouns depend on the verb, and the verb on the root.

    Owls eat mice：两个名词都依存于动词，动词依存于根。
    """
    assert_same(student.transitions([2, 0, 2]), MOVES)


def test_parse(student):
    """The moves build the same tree; RIGHT with an empty stack is not possible.

    这些动作建出同样的树；栈里没有词时不能 RIGHT。
    """
    assert_same(student.parse(MOVES), [2, 0, 2])
    assert_raises(ValueError, student.parse, ["RIGHT"])
