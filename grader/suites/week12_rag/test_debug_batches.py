"""Hidden suite of week 12, debug_batches.

The encoder of the suite gives every text a vector of its own.
What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, an empty list of texts.
"""

import torch

from grader.suite import after, assert_same, call_and_keep, expect, points

LENGTHS = [7, 2, 11, 5, 3, 13, 1]
"""Their order by length is neither the order of the texts nor its own inverse."""


def encoder(device):
    """An encoder, as a plain function: length, number of a, and number of b of each text; float64."""

    def encode(texts):
        rows = [[len(text), 3.0 * text.count("a"), 5.0 * text.count("b")] for text in texts]
        return torch.tensor(rows, dtype=torch.float64, device=device)

    return encode


def words(rng, lengths=LENGTHS):
    """Texts of those lengths, of the letters a, b and c."""
    return ["".join("abc"[int(letter)] for letter in rng.integers(0, 3, length)) for length in lengths]


def test_texts_that_stand_in_order(student, rng, device):
    """Texts that come from short to long get their vectors, batch by batch: this worked when you got the program.

    从短到长排列的文本，逐批各自得到自己的向量：你拿到程序时，这一点本来就是对的。
    """
    texts = words(rng, sorted(LENGTHS))
    encode, seen = encoder(device), []

    def watched(batch):
        seen.append(len(batch))
        return encode(batch)

    found, arguments, _ = call_and_keep(student.embed_all, watched, texts, 3)

    assert_same(found, encode(texts))
    assert_same(arguments[1], texts)
    expect(
        sorted(seen) == [1, 3, 3],
        "The encoder got {seen} texts in its calls. Seven texts in batches of 3 make three calls, with 3, 3 and 1.",
        "编码器各次调用得到的文本数是 {seen}。七段文本每批 3 段，应调用三次，分别是 3、3、1 段。",
        seen=seen,
    )


@after("test_texts_that_stand_in_order")
def test_two_texts_change_places(student, rng, device):
    """So do two texts of which the longer comes first: this worked when you got the program.

    两段文本中较长的在前时也一样：你拿到程序时，这一点本来就是对的。
    """
    texts = words(rng, [5, 2])
    encode = encoder(device)

    assert_same(student.embed_all(encode, texts, 3), encode(texts))


@after("test_two_texts_change_places")
def test_batches_hold_texts_of_like_length(student, rng):
    """The batches go from short texts to long ones, and hold every place once: this worked when you got the program.

    各批从短文本到长文本，每个位置出现一次：你拿到程序时，这一点本来就是对的。
    """
    assert_same(student.batches(words(rng), 3), [[6, 1, 4], [3, 0, 2], [5]])


@after("test_batches_hold_texts_of_like_length")
def test_of_equal_documents_the_earlier_is_best(student, device):
    """Of documents that are equally like a question the earlier is returned: this worked when you got the program.

    几篇文档与问题同样相似时，返回靠前的一篇：你拿到程序时，这一点本来就是对的。
    """
    # From short to long, and all that counts is whether a text holds an a, and whether it holds a b.
    documents = ["b", "ac", "cac", "bccb", "accca"]

    def letters(texts):
        return encoder(device)(texts)[:, 1:].clamp(max=1)

    assert_same(student.Searcher(letters, documents, 2).best(["aa", "b"]), ["ac", "b"])


@after("test_of_equal_documents_the_earlier_is_best")
@points(2)
def test_every_text_gets_its_own_vector(student, rng, device):
    """Seven texts of mixed lengths get the vectors that they get when each is embedded alone.

    七段长短不一的文本，得到的向量与各自单独求嵌入时相同。
    """
    texts = words(rng)
    encode = encoder(device)

    assert_same(student.embed_all(encode, texts, 3), encode(texts))


@after("test_of_equal_documents_the_earlier_is_best")
@points(1)
def test_one_batch_is_enough(student, rng, device):
    """So they do when all of them fit into one batch.

    全部放进一批时也一样。
    """
    texts = words(rng, [3, 5, 7, 2, 1])
    encode = encoder(device)

    assert_same(student.embed_all(encode, texts, 11), encode(texts))


@after("test_of_equal_documents_the_earlier_is_best")
@points(2)
def test_every_document_finds_itself(student, rng, device):
    """A searcher that is asked for its documents, in another order and with others among them, finds each of them.

    用文档本身（换一种次序，夹杂别的文档）来提问，检索器都能找到它自己。
    """
    documents = ["a" * 9, "bbc", "a" * 5 + "b" * 8, "c", "b" * 7, "abc"]

    def unit(texts):
        # Unit vectors: a text is most like itself.
        rows = encoder(device)(texts)
        return rows / rows.norm(dim=1, keepdim=True)

    questions = [documents[place] for place in (5, 0, 4, 2, 0)]

    assert_same(student.Searcher(unit, documents, 4).best(questions), questions)
