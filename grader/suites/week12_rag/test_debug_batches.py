"""Hidden suite of week 12, debug_batches.

The encoder of the suite gives every text a vector of its own, and remembers in which batches it was asked.
What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: speed, an empty list of texts.
"""

import torch

from grader.suite import after, assert_same, call_and_keep, expect, points

LENGTHS = [7, 2, 11, 5, 3, 13, 1]
"""Their order by length is neither the order of the texts nor its own inverse."""


class Counting:
    """An encoder: length, number of a, and number of b of each text; float64."""

    def __init__(self, device):
        self.device, self.batches = device, []

    def __call__(self, texts):
        self.batches.append(list(texts))
        rows = [[len(text), 3.0 * text.count("a"), 5.0 * text.count("b")] for text in texts]
        return torch.tensor(rows, dtype=torch.float64, device=self.device)


def words(rng, lengths=LENGTHS):
    """Texts of those lengths, of the letters a, b and c."""
    return ["".join("abc"[int(letter)] for letter in rng.integers(0, 3, length)) for length in lengths]


def encoder(device):
    """A plain function, which crosses the wall, and what it remembers."""
    counting = Counting(device)
    return (lambda texts: counting(texts)), counting


def test_texts_that_stand_in_order(student, rng, device):
    """Texts that come from short to long get their vectors: this worked when you got the program.

    从短到长排列的文本，各自得到自己的向量：你拿到程序时，这一点本来就是对的。
    """
    texts = words(rng, sorted(LENGTHS))
    encode, _ = encoder(device)

    found, arguments, _ = call_and_keep(student.embed_all, encode, texts, 3)

    assert_same(found, Counting(device)(texts))
    assert_same(arguments[1], texts)


@after("test_texts_that_stand_in_order")
def test_two_texts_change_places(student, rng, device):
    """So do two texts of which the longer comes first: this worked when you got the program.

    两段文本中较长的在前时也一样：你拿到程序时，这一点本来就是对的。
    """
    texts = words(rng, [5, 2])
    encode, _ = encoder(device)

    assert_same(student.embed_all(encode, texts, 3), Counting(device)(texts))


@after("test_two_texts_change_places")
def test_batches_hold_texts_of_like_length(student, rng, device):
    """Each text goes through the encoder once, in batches from short to long: this worked when you got the program.

    每段文本只经过编码器一次，各批从短到长：你拿到程序时，这一点本来就是对的。
    """
    texts = words(rng)
    encode, counting = encoder(device)

    student.embed_all(encode, texts, 3)

    asked = [[len(text) for text in batch] for batch in counting.batches]
    expect(
        asked == [[1, 2, 3], [5, 7, 11], [13]],
        en="The encoder was asked for texts of the lengths {asked}, in batches of at most 3.",
        zh="每批至多 3 段时，编码器收到的文本长度是 {asked}。",
        asked=asked,
    )


@after("test_batches_hold_texts_of_like_length")
@points(2)
def test_every_text_gets_its_own_vector(student, rng, device):
    """Seven texts of mixed lengths get the vectors that they get when each is embedded alone.

    七段长短不一的文本，得到的向量与各自单独求嵌入时相同。
    """
    texts = words(rng)
    encode, _ = encoder(device)

    assert_same(student.embed_all(encode, texts, 3), Counting(device)(texts))


@after("test_batches_hold_texts_of_like_length")
@points(1)
def test_one_batch_is_enough(student, rng, device):
    """So they do when all of them fit into one batch.

    全部放进一批时也一样。
    """
    texts = words(rng, [3, 5, 7, 2, 1])
    encode, _ = encoder(device)

    assert_same(student.embed_all(encode, texts, 11), Counting(device)(texts))


@after("test_batches_hold_texts_of_like_length")
@points(2)
def test_every_document_finds_itself(student, rng, device):
    """A searcher that is asked for its documents, in another order and with others among them, finds each of them.

    用文档本身（换一种次序，夹杂别的文档）来提问，检索器都能找到它自己。
    """
    documents = ["a" * 9, "bbc", "a" * 5 + "b" * 8, "c", "b" * 7, "abc"]

    def encode(texts):
        # Unit vectors: a text is most like itself.
        rows = Counting(device)(texts)
        return rows / rows.norm(dim=1, keepdim=True)

    questions = [documents[place] for place in (5, 0, 4, 2, 0)]

    assert_same(student.Searcher(encode, documents, 4).best(questions), questions)
