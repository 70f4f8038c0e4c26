"""Hidden suite of week 12, splitter.

Everything is exact: strings are compared character for character.
Not covered: graphemes of several code points, separators that overlap themselves in more than one way.
"""

import json

from grader.suite import assert_raises, assert_same, claims, dataset, expect, points

LETTERS = ["\n\n", "\n", "。", ". ", " ", "  ", "词", "向量", "a", "bc", "def", "😀", "\n\n\n", "attention"]


def texts(rng, count, longest=61):
    """Make texts with every kind of separator, in English and Chinese."""
    dice = rng.numpy()
    for _ in range(count):
        yield "".join(LETTERS[i] for i in dice.integers(0, len(LETTERS), dice.integers(7, longest)))


def rebuilt(chunks, overlap):
    """Put chunks together again, each of which begins with the text in front of it."""
    text = ""
    for number, chunk in enumerate(chunks, start=1):
        before = text[len(text) - min(overlap, len(text)) :]
        expect(
            chunk[: len(before)] == before,
            "Chunk {number} is {chunk}; with an overlap of {overlap} it has to begin with {before}, the end of what "
            "the chunks before it hold.",
            "第 {number} 块是 {chunk}；重叠为 {overlap} 时，它应当以 {before} 开头，即前面各块所含文本的末尾。",
            number=number,
            chunk=repr(chunk),
            overlap=overlap,
            before=repr(before),
        )
        text += chunk[len(before) :]
    return text


@claims(
    "Any other text is first cut into spans",
    "Split behind every occurrence of the first separator, which stays at the end of the piece before it",
    "Neighbours are joined greedily from the left",
)
@points(2)
def test_paragraphs_then_lines_then_words(student):
    """The worked example of the handout: whole paragraphs where they fit, words where they do not, short ones joined.

    讲义中的手算例题：放得下就保留整段，放不下就按词切，短的再合并。
    """
    text = "aa bb\n\ncc dd ee ff\n\ng"

    assert_same(student.split_recursively(text, 8, 0), ["aa bb\n\n", "cc dd ", "ee ff\n\ng"])
    assert_same(student.split_recursively(text, 13, 0), ["aa bb\n\n", "cc dd ee ff\n\n", "g"])
    assert_same(student.split_recursively(text, 14, 0), ["aa bb\n\n", "cc dd ee ff\n\ng"])


@claims("The spans joined are the text, character for character")
@points(2)
def test_nothing_is_lost(student, rng):
    """Without overlap the chunks joined are the text, with every separator and every space.

    没有重叠时，把各块连起来就是原文，分隔符和空格一个不少。
    """
    for text in (*texts(rng, 23), "one\r\ntwo\r\n\r\nthree\tfour \u00a0five"):
        for size in (1, 3, 11):
            assert_same("".join(student.split_recursively(text, size, 0)), text)


@claims("A span holds at most `limit = chunk_size - chunk_overlap` characters")
@points(1)
def test_nothing_is_over_size(student, rng):
    """No chunk is longer than chunk_size, its overlap included, and none is empty.

    任何一块（连同重叠部分）都不超过 chunk_size，也没有空块。
    """
    for text in texts(rng, 23):
        for size, overlap in [(1, 0), (5, 4), (7, 2), (13, 5)]:
            lengths = [len(chunk) for chunk in student.split_recursively(text, size, overlap)]
            expect(
                lengths and 1 <= min(lengths) and max(lengths) <= size,
                "With chunk_size {size} and chunk_overlap {overlap} the chunks have lengths {lengths}.",
                "chunk_size 为 {size}、chunk_overlap 为 {overlap} 时，各块长度为 {lengths}。",
                size=size,
                overlap=overlap,
                lengths=lengths,
            )


@claims("A chunk is a span behind the `chunk_overlap` characters that stand before it in the text")
@points(2)
def test_overlap_as_asked(student, rng):
    """Every chunk begins with exactly the chunk_overlap characters in front of it, and what follows continues the text.

    每一块都恰好以它前面的 chunk_overlap 个字符开头，其后的内容接着原文。
    """
    assert_same(student.split_recursively("abcdefghij", 4, 1), ["abc", "cdef", "fghi", "ij"])
    assert_same(student.split_recursively("abcde", 3, 2), ["a", "ab", "abc", "bcd", "cde"])
    for text in texts(rng, 23):
        for size, overlap in [(5, 4), (7, 2), (13, 5)]:
            assert_same(rebuilt(student.split_recursively(text, size, overlap), overlap), text)


@claims("even if they reach back over several spans")
@points(2)
def test_overlap_reaches_over_short_spans(student):
    """The overlap is taken from the text: it reaches back over a span that is shorter than the overlap.

    重叠部分取自原文：前一段比重叠还短时，继续往前取。
    """
    chunks = student.split_recursively("aaaa b ccccc dd eeeee", 10, 4)

    assert_same(chunks, ["aaaa ", "aaa b ", "a b ccccc ", "ccc dd ", " dd eeeee"])


@points(1)
def test_chinese_sentences(student):
    """Chinese without spaces is cut behind the full stop 。, and inside a sentence only when it is too long.

    没有空格的中文在句号之后切开；只有句子过长时才从句中切开。
    """
    text = "注意力看向量。检索找段落。一个没有句号也没有空格的很长的句子"

    chunks = student.split_recursively(text, 12, 2)

    assert_same(chunks, ["注意力看向量。", "量。检索找段落。", "落。一个没有句号也没有空", "有空格的很长的句子"])


@claims(
    "An empty text has no chunk, and a text of at most `chunk_size` characters is one chunk",
    "Lengths are `len(str)`",
)
@points(1)
def test_a_text_that_fits_is_one_chunk(student):
    """A text of at most chunk_size characters is one chunk whatever it holds, and an empty text gives no chunk.

    不超过 chunk_size 的文本是一整块，无论内容如何；空文本没有块。
    """
    assert_same(student.split_recursively("a b\n\nc d. e", 11, 5), ["a b\n\nc d. e"])
    assert_same(student.split_recursively(" ", 1, 0), [" "])
    assert_same(student.split_recursively("看。检索。", 5, 2), ["看。检索。"])  # 5 characters, in 15 bytes
    assert_same(student.split_recursively("", 5, 2), [])
    assert_same(student.split_recursively("a b\n\nc d. ef", 11, 5), ["a b\n\n", "a b\n\nc d. ", "c d. ef"])


@claims("Occurrences as `str.split` finds them, from the left")
@points(1)
def test_separators_in_a_row(student):
    """Separators at the ends and in a row stay where they are, each behind the piece that it ends.

    开头、结尾和连续的分隔符都留在原处，跟在它所结束的片段后面。
    """
    rows = student.split_recursively("\n\n\n\n\n\nab  cd\n\n", 3, 0)
    assert_same(rows, ["\n\n", "\n\n", "\n\n", "ab ", " ", "cd\n", "\n"])
    assert_same(student.split_recursively("   ", 2, 0), ["  ", " "])


@claims(
    'The separator "" cuts every `limit` characters, and so does an exhausted list',
    "coarse to fine",
)
@points(1)
def test_other_separators(student):
    """Separators are tried in the order given; where they run out, the cut comes after every limit characters.

    按给定的顺序尝试分隔符；用完之后，每满 limit 个字符就切一刀。
    """
    assert_same(student.split_recursively("a,b;c,d;e", 4, 0, (";", ",")), ["a,b;", "c,d;", "e"])
    assert_same(student.split_recursively("a,b;c,d;e", 4, 0, (",", ";")), ["a,", "b;c,", "d;e"])
    assert_same(student.split_recursively("a b c d e f", 5, 1, ()), ["a b ", " c d ", " e f"])
    assert_same(student.split_recursively("ab cd ef", 4, 0, ()), ["ab c", "d ef"])
    assert_same(student.split_recursively("ab--cd--efghijk", 5, 0, ("--",)), ["ab--", "cd--", "efghi", "jk"])
    assert_same(student.split_recursively("ab cd ef", 4, 0, ("", " ")), ["ab c", "d ef"])


@claims("A piece longer than `limit` is cut into spans by rules 2 to 5 with the separators that are left")
@points(1)
def test_finer_separators_are_not_used_where_not_needed(student):
    """A piece that fits is not cut any finer, and joining goes on over the end of a piece that was cut.

    放得下的片段不再细切；被切开的片段，其尾部还会与后面的片段合并。
    """
    cut = student.split_recursively("x y\n\nlong words here\n\nz", 9, 0)
    assert_same(cut, ["x y\n\n", "long ", "words ", "here\n\nz"])
    assert_same(student.split_recursively("one two. three. four", 10, 0), ["one two. ", "three. ", "four"])
    assert_same(student.split_recursively("one two. 3. four", 12, 0), ["one two. 3. ", "four"])


@claims("if `chunk_size` is below 1, or `chunk_overlap` is negative or not below `chunk_size`")
@points(1)
def test_wrong_sizes(student):
    """A chunk_size below 1, a negative overlap and one that is not below chunk_size are a ValueError; one below is not.

    chunk_size 小于 1、重叠为负、重叠不小于 chunk_size 都抛出 ValueError；小 1 就可以。
    """
    for size, overlap in [(0, 0), (-3, -5), (5, -1), (5, 5), (5, 6), (1, 1)]:
        assert_raises(ValueError, student.split_recursively, "some words", size, overlap)
    assert_raises(ValueError, student.split_recursively, "", 4, 4)
    assert_raises(ValueError, student.split_recursively, "", 0, 0)

    assert_same(len(student.split_recursively("abcde", 3, 2)), 5)  # what stands in them is another test's


@points(2)
def test_agrees_with_the_reference(student, reference, rng):
    """The chunks agree with the reference for many texts and sizes.

    对许多文本和长度，切出的块与参考答案一致。
    """
    dice = rng.numpy()
    for text in texts(rng, 61):
        size = int(dice.integers(1, 37))
        overlap = int(dice.integers(0, size))
        chunks = student.split_recursively(text, size, overlap)
        assert_same(chunks, reference.split_recursively(text, size, overlap))


@points(1)
def test_real_text(student, reference):
    """The knowledge base as one long document, English and Chinese, splits as the reference splits it.

    把中英文知识库当作一篇长文档，切分结果与参考答案一致。
    """
    lines = (dataset("knowledge_base") / "passages.jsonl").read_text(encoding="utf-8").splitlines()
    document = "\n\n".join(json.loads(line)["text"] for line in lines)

    chunks = student.split_recursively(document, 211, 31)

    assert_same(chunks, reference.split_recursively(document, 211, 31))
