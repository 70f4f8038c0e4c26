"""Hidden suite of week 04, fertility.

The tokenizers are functions of the suite, which count their calls.
Not covered: tokenizers that add tokens of their own at the ends.
"""

from grader.suite import assert_raises, assert_same, claims, points, unchanged

TEXTS = ["The owl sleeps.", "", "猫头鹰 在睡觉。\n", "a  b\t\t"]


def pairs_of_bytes(text):
    """A tokenizer: two bytes make a token, and the last may stand alone."""
    return list(range((len(text.encode()) + 1) // 2))


def letters(text):
    return [ord(character) for character in text]


@claims("a code point that is not white space", "Longer texts weigh more: it is not the mean")
@points(1)
def test_characters(student):
    """Tokens of all texts divided by all non-white-space characters: of any script, in any text.

    所有文本的词元数除以所有非空白字符数，任何文字都一样。
    """
    # 15 + 9 bytes make 8 + 5 tokens; 13 + 3 characters. No text is empty yet: who averages quotients has one for each
    assert_same(student.fertility(pairs_of_bytes, ["The owl sleeps.", "猫头鹰"]), 13 / 16)
    # 15 + 0 + 23 + 6 bytes make 8 + 0 + 12 + 3 tokens; 13 + 0 + 7 + 2 characters
    assert_same(student.fertility(pairs_of_bytes, TEXTS), 23 / 22)
    assert_same(student.fertility(letters, ["\u3000你\t好\u00a0"]), 5 / 2)
    assert_same(student.fertility(letters, ["ab"], "character"), 1.0)
    # every code point counts: a combining mark, a joiner and a joiner
    assert_same(student.fertility(letters, ["e\u0301 \U0001f469\u200d\U0001f469\u200d"]), 7 / 6)


@claims('or "word": what `str.split()` gives')
@points(1)
def test_bytes_and_words(student):
    """The unit may be a byte, white space included, or a word between white space.

    单位也可以是字节（含空白），或以空白隔开的词。
    """
    assert_same(student.fertility(pairs_of_bytes, ["ab", "c d"], "byte"), 3 / 5)
    assert_same(unchanged(student.fertility, pairs_of_bytes, TEXTS, "byte"), 23 / 44)
    assert_same(student.fertility(pairs_of_bytes, TEXTS, unit="word"), 23 / 7)
    assert_same(student.fertility(letters, ["  two  words\n"], "word"), 6.5)
    assert_same(student.fertility(letters, ["don't re-do 3.5!"], "word"), 16 / 3)
    assert_same(student.fertility(letters, ["a\tb\u3000c"], "word"), 5 / 3)
    assert_same(student.fertility(letters, ["\u3000a\n"], "byte"), 3 / 5)


@claims("`tokenizer` is called once for each text, with the text as it is")
@points(1)
def test_asked_once_for_each_text(student):
    """The tokenizer gets each text once, as it is: in order, empty and equal ones too, neither joined nor stripped.

    分词器对每个文本调用一次，文本原样传入：按次序，空文本和重复的文本也传，不拼接、不去空白。
    """
    asked = []

    def tokenizer(text):
        asked.append(text)
        return letters(text)

    for _ in range(2):
        asked.clear()
        student.fertility(tokenizer, [*TEXTS, TEXTS[2], TEXTS[0]], "byte")
        assert_same(asked, [*TEXTS, TEXTS[2], TEXTS[0]])
        asked.clear()
        student.premium(tokenizer, TEXTS, TEXTS[::-1])
        assert_same(sorted(asked), sorted(TEXTS * 2))


@claims("`unit` is none of these, or the texts have no unit at all")
@points(1)
def test_fertility_refuses(student):
    """Another unit, and texts without a unit, are refused with ValueError.

    其他单位，或文本中没有任何单位时，抛出 ValueError。
    """
    for unit in ("characters", "", "token"):
        assert_raises(ValueError, student.fertility, letters, TEXTS, unit)
    for texts, unit in (([], "character"), (["", " \n"], "character"), (["", ""], "byte"), ([" "], "word")):
        assert_raises(ValueError, student.fertility, letters, texts, unit)


@claims(
    "The tokens of all texts divided by the tokens of all originals",
    "A pair of texts stands at the same place of both lists",
)
@points(1)
def test_premium(student):
    """All tokens of one language over all tokens of the other: long texts weigh more than short ones.

    一种语言的全部词元数除以另一种语言的：长文本权重更大。
    """
    chinese, english = ["你好", "猫头鹰在睡觉"], ["Hello", "The owl sleeps"]

    assert_same(unchanged(student.premium, pairs_of_bytes, chinese, english), 12 / 10)
    assert_same(student.premium(letters, chinese, english), 8 / 19)
    assert_same(student.premium(letters, ["", "a"], ["bc", ""]), 0.5)
    assert_same(student.premium(letters, ["", ""], ["a", "b"]), 0.0)


@claims("the lists differ in length, or the originals have no tokens")
@points(1)
def test_premium_refuses(student):
    """Lists of different lengths, and originals without tokens, are refused with ValueError.

    两个列表长度不同，或原文没有词元时，抛出 ValueError。
    """
    for texts, originals in ((["a"], ["a", "b"]), (["a", "b"], ["a"]), ([], []), (["a"], [""])):
        assert_raises(ValueError, student.premium, letters, texts, originals)
