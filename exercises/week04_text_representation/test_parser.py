"""Visible examples of week 04, parser: every move can be followed by hand."""

from grader.suite import assert_raises, assert_same

MOVES = ["SHIFT", "SHIFT", "LEFT", "SHIFT", "RIGHT", "RIGHT"]


def test_transitions(student):
    """Owls eat mice: both nouns depend on the verb, and the verb on the root. In a chain, RIGHT waits for the end.

    Owls eat mice：两个名词都依存于动词，动词依存于根。连成一串时，RIGHT 要等到最后。
    """
    assert_same(student.transitions([2, 0, 2]), MOVES)
    assert_same(student.transitions([0, 1]), ["SHIFT", "SHIFT", "RIGHT", "RIGHT"])
    assert_raises(ValueError, student.transitions, [0, 0])


def test_parse(student):
    """The moves build the same tree; RIGHT without a word on the stack is not possible, and no word may be left over.

    这些动作建出同样的树；栈里没有词时不能 RIGHT，最后也不能剩下词。
    """
    assert_same(student.parse(MOVES), [2, 0, 2])
    assert_raises(ValueError, student.parse, ["RIGHT"])
    assert_raises(ValueError, student.parse, ["SHIFT"])
