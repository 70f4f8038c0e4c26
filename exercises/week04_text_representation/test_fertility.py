"""Visible examples of week 04, fertility: every number can be checked by hand."""

from grader.suite import assert_raises, assert_same


def as_bytes(text):
    """The tokenizer that has no merges: a token for each byte."""
    return list(text.encode())


def test_fertility(student):
    """Byte by byte, a Chinese character costs 3 tokens, and "to be" costs 5 tokens for 4 letters, 5 bytes or 2 words.

    逐字节时，一个汉字要 3 个词元；"to be" 的 4 个字母（5 个字节、2 个词）要 5 个词元。
    """
    assert_same(student.fertility(as_bytes, ["你好"]), 3.0)
    assert_same(student.fertility(as_bytes, ["to be"]), 5 / 4)
    assert_same(student.fertility(as_bytes, ["to be"], "word"), 5 / 2)
    assert_same(student.fertility(as_bytes, ["to be"], "byte"), 5 / 5)


def test_two_texts(student):
    """你好 and a cost 7 tokens for 3 characters; two spaces between words make no third word; no text has no price.

    “你好”和 a 的 3 个字符要 7 个词元；两个空格不会多出一个词；没有文本就没有价格。
    """
    assert_same(student.fertility(as_bytes, ["你好", "a"]), 7 / 3)
    assert_same(student.fertility(as_bytes, ["a  b"], "word"), 4 / 2)
    assert_raises(ValueError, student.fertility, as_bytes, [])


def test_premium(student):
    """6 tokens for 你好, 5 for Hello: 20 % more. With 猫 and cat, it is 9 for 8.

    “你好” 6 个词元，Hello 5 个：多 20 %。再加上“猫”与 cat，就是 9 比 8。
    """
    assert_same(student.premium(as_bytes, ["你好"], ["Hello"]), 1.2)
    assert_same(student.premium(as_bytes, ["你好", "猫"], ["Hello", "cat"]), 9 / 8)
    assert_raises(ValueError, student.premium, as_bytes, ["你好"], [])
