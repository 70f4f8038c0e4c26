"""Visible examples of week 04, bpe: every number can be checked by hand."""

from grader.suite import assert_raises, assert_same


def test_training(student):
    """ "low low lower": l and o stand together three times, then lo and w; the space before a word belongs to it. Of
    pairs that occur equally often, the smallest is taken; training goes on to the last pair.

    "low low lower"：l 与 o 相邻三次，然后是 lo 与 w；单词前的空格属于这个单词。
    次数相同时取最小的一对；训练一直到没有相邻对为止。
    """
    merges = student.train_bpe(["low low lower"], 259)

    assert_same(merges, [(108, 111), (256, 119), (32, 257)])  # "lo", "low", " low"
    assert_same(student.train_bpe(["cb", "bc"], 300), [(98, 99), (99, 98)])
    assert_raises(ValueError, student.train_bpe, ["low"], 255)


def test_encoding(student):
    """With these merges, "low lows" is "low", " low" and the byte of s; decoding gives the text again. In "abc", b and
    c are joined if that was learned first.

    用这些合并，"low lows" 是 "low"、" low" 和 s 的字节；解码得到原文。在 "abc" 中，如果先学到的是 b c，就先合并 b c。
    """
    merges = [(108, 111), (256, 119), (32, 257)]

    assert_same(student.encode("low lows", merges), [257, 258, 115])
    assert_same(student.decode([257, 258, 115], merges), "low lows")
    assert_same(student.encode("abc", [(98, 99), (97, 98)]), [97, 256])


def test_special_tokens_and_bytes(student):
    """The special token comes after the merges, and counts in the size; half of a Chinese character is U+FFFD, the
    whole is the character.

    特殊词元排在合并之后，也算在 size 里；半个汉字是 U+FFFD，完整的才是那个字。
    """
    assert_same(student.encode("hi<|end|>", [(104, 105)], ("<|end|>",)), [256, 257])
    assert_same(student.train_bpe(["hit<|end|>"], 258, ("<|end|>",)), [(104, 105)])
    assert_same(student.decode([256, 257], [(104, 105)], ("<|end|>",)), "hi<|end|>")
    assert_raises(ValueError, student.decode, [-1], [])
    assert_same(student.decode([0xE4, 0xBD], []), "\ufffd")
    assert_same(student.decode([0xE4, 0xBD, 0x8E], []), "低")
