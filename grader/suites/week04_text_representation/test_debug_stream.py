"""Hidden suite of week 04, debug_stream.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed on very long answers; when exactly a byte that is no UTF-8 is shown.
"""

from grader.suite import after, assert_same, claims, expect, points

BYTES = [bytes([byte]) for byte in range(256)]
VOCABULARY = [*BYTES, b"Hello", b", ", "你好".encode(), "你".encode()[:2], "你".encode()[2:] + b"!", b"\xff\xfe"]


def shown(decoder, ids):
    """What feed returns for each id, and what finish does."""
    return [decoder.feed(token) for token in ids], decoder.finish()


def test_whole_characters(student):
    """Tokens of whole characters are shown at once: this worked when you got the program.

    由完整字符组成的词元立即显示：你拿到程序时，这一点本来就是对的。
    """
    decoder = student.StreamDecoder(VOCABULARY)

    assert_same(shown(decoder, [256, 257, 258, 33]), (["Hello", ", ", "你好", "!"], ""))


@after("test_whole_characters")
def test_a_new_answer(student):
    """start begins a new answer: this worked when you got the program.

    start 开始新的回答：你拿到程序时，这一点本来就是对的。
    """
    decoder = student.StreamDecoder(VOCABULARY)
    decoder.feed(256)
    decoder.start()

    assert_same(shown(decoder, [258, 257]), (["你好", ", "], ""))
    assert_same(student.StreamDecoder(VOCABULARY).finish(), "")


@claims("and with it all that stands before it")
@after("test_a_new_answer")
def test_characters_behind_broken_bytes(student):
    """A character that follows broken bytes is shown as soon as it is complete, together with their U+FFFD: this
    worked when you got the program.

    残缺字节之后的字符一完整就显示，连同前面的 U+FFFD 一起：你拿到程序时，这一点本来就是对的。
    """
    for ids, ends in (([0xFF, 65, 66], (2, 3)), ([0xE4, 0xBD, 33, 256], (3, 4)), ([261, 258, 0x80, 67], (2, 4))):
        decoder = student.StreamDecoder(VOCABULARY)
        seen = ""
        for number, token in enumerate(ids, 1):
            seen += decoder.feed(token)
            if number in ends:
                whole = b"".join(VOCABULARY[each] for each in ids[:number])
                assert_same(seen, whole.decode(errors="replace"))


@after("test_characters_behind_broken_bytes")
@points(1)
def test_three_bytes(student):
    """A Chinese character in three tokens is shown with the third; before it, nothing is.

    分在三个词元里的汉字随第三个词元显示；在那之前什么也不显示。
    """
    decoder = student.StreamDecoder(VOCABULARY)

    assert_same(shown(decoder, [256, *"低".encode(), 33]), (["Hello", "", "", "低", "!"], ""))


@after("test_characters_behind_broken_bytes")
@points(1)
def test_emoji(student):
    """An emoji of four bytes is shown with the fourth, and what follows in the same token with it.

    四个字节的表情符号随第四个字节显示，同一词元中后面的内容也一起显示。
    """
    decoder = student.StreamDecoder(VOCABULARY)

    assert_same(shown(decoder, [*"😀".encode(), 259, 260]), (["", "", "", "😀", "", "你!"], ""))


@claims(
    "A character is shown as soon as its bytes are there",
    "What `feed` and `finish` return, joined, is the text of all ids",
)
@after("test_characters_behind_broken_bytes")
@points(2)
def test_any_text(student, rng):
    """However a text is cut into tokens, the pieces joined are the text; a character comes as soon as it is complete.

    无论文本怎样切成词元，各段连起来都是原文，而且字符一完整就显示。
    """
    for _ in range(5):
        text = "".join(rng.choice("ab 你好é€😀👍中") for _ in range(23))
        data, ends = text.encode(), [0]
        while ends[-1] < len(data):
            ends.append(min(len(data), ends[-1] + rng.integer(1, 5)))
        pieces = [data[a:b] for a, b in zip(ends, ends[1:], strict=False)]
        decoder = student.StreamDecoder(pieces)
        seen = ""
        for number, end in enumerate(ends[1:]):
            seen += decoder.feed(number)
            ready = data[:end].decode(errors="ignore")
            expect(
                seen == ready,
                "After {data}, {ready} can be shown; you have shown {seen}.",
                "读到 {data} 之后可以显示 {ready}；你显示的是 {seen}。",
                data=data[:end],
                ready=ready,
                seen=seen,
            )
        assert_same(decoder.finish(), "")


@claims(
    "Bytes that are not UTF-8 become U+FFFD",
    "Bytes at the end that are no character (yet), and U+FFFD itself, may be held back",
    "What was shown is never taken back",
)
@after("test_characters_behind_broken_bytes")
@points(1)
def test_broken_bytes(student):
    """Bytes that never become a character end as U+FFFD, in their place, and once for each broken piece.

    始终不成字符的字节最终显示为 U+FFFD，位置正确，每段残缺一个。
    """
    decoder = student.StreamDecoder(VOCABULARY)
    for ids in ([65, 0xE4, 0xBD], [0xE4, 66, 0xFF], [261, 67, 0x80], [0xF0, 0x9F, 0x98, 68]):
        decoder.start()
        parts, rest = shown(decoder, ids)
        whole = b"".join(VOCABULARY[each] for each in ids).decode(errors="replace")
        assert_same("".join(parts) + rest, whole)
    decoder.start()
    assert_same([decoder.feed(0xE4), decoder.finish()], ["", "\ufffd"])
