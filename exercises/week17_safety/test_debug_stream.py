"""Visible examples of week 17, debug_stream: a code in a sentence that comes in pieces."""

from grader.suite import assert_same


def test_in_one_piece(student):
    """The code 4242-17 is masked in a text that comes at once.

    一次到达的文本中，代码 4242-17 被遮盖。
    """
    assert_same(student.guarded(["The code is 4242-17."], ["4242-17"]), "The code is ***.")


def test_a_code_without_repetition_in_two_pieces(student):
    """The code 5381-17 is masked as well when it is cut behind 538.

    代码 5381-17 在 538 之后被切开，也照样被遮盖。
    """
    assert_same(student.guarded(["The code is 538", "1-17."], ["5381-17"]), "The code is ***.")


def test_a_code_with_repetition_in_two_pieces(student):
    """And so is 4242-17 when it is cut behind 4242.

    代码 4242-17 在 4242 之后被切开，也是如此。
    """
    assert_same(student.guarded(["The code is 4242", "-17."], ["4242-17"]), "The code is ***.")
