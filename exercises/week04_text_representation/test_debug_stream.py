"""Visible examples of week 04, debug_stream."""

from grader.suite import assert_same


def test_english(student):
    """Whole characters are shown at once.

    完整的字符立即显示。
    """
    decoder = student.StreamDecoder([b"Hi", b" there"])

    assert_same([decoder.feed(0), decoder.feed(1), decoder.finish()], ["Hi", " there", ""])


def test_a_character_in_two_tokens(student):
    """The two tokens hold a half of 你 each: joined, what is shown is 你.

    两个词元各含“你”的一半：显示的内容连起来是“你”。
    """
    decoder = student.StreamDecoder(["你".encode()[:2], "你".encode()[2:]])

    assert_same(decoder.feed(0) + decoder.feed(1) + decoder.finish(), "你")
