"""Visible examples of week 04, fertility: every number can be checked by hand."""

from grader.suite import assert_same


def as_bytes(text):
    """The tokenizer that has no merges: a token for each byte."""
    return list(text.encode())


def test_fertility(student):
    """Byte by byte, a Chinese character costs 3 tokens, and "to be" costs 5 tokens for 4 letters, or for 2 words.

    逐字节时，一个汉字要 3 个词元；"to be" 的 4 个字母（2 个词）要 5 个词元。
    """
    assert_same(student.fertility(as_bytes, ["你好"]), 3.0)
    assert_same(student.fertility(as_bytes, ["to be"]), 5 / 4)
    assert_same(student.fertility(as_bytes, ["to be"], "word"), 5 / 2)


def test_premium(student):
    """6 tokens for 你好, 5 for Hello: 20 % more.

    “你好” 6 个词元，Hello 5 个：多 20 %。
    """
    assert_same(student.premium(as_bytes, ["你好"], ["Hello"]), 1.2)
