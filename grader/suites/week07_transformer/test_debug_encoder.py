"""Hidden suite of week 07, debug_encoder.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Where padding stands is not judged. Not covered: gradients, speed, empty texts.
"""

import torch

from grader.suite import after, assert_same, call_and_keep, claims, points

VOCABULARY, D_MODEL, HEADS, LAYERS = 13, 10, 2, 2
LONG, MIDDLE, SHORT = [3, 11, 2, 7, 7, 12, 5], [9, 4, 6], [8]


def encoders(student, reference, rng):
    """The student's encoder and ours, with the same weights, in float64."""
    made = [module.Encoder(VOCABULARY, D_MODEL, HEADS, LAYERS) for module in (student, reference)]
    state = {name: 0.5 * rng.normal(*p.shape, dtype=torch.float64) for name, p in made[1].state_dict().items()}
    for encoder in made:
        encoder.to(str(next(iter(state.values())).device))
        encoder.double()
        encoder.load_state_dict(state)
    return made


def test_one_text(student, reference, rng):
    """A text by itself gets the reference's vector: this worked when you got the program.

    单独一段文本得到与参考答案相同的向量：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = encoders(student, reference, rng)

    for text in (LONG, MIDDLE, SHORT):
        assert_same(mine.encode([text]), ours.encode([text]))


@after("test_one_text")
def test_texts_of_one_length(student, reference, rng):
    """Texts of one length that are read together get the reference's vectors: this worked when you got the program.

    长度相同的几段文本一起读入，也得到参考答案的向量：你拿到程序时，这一点本来就是对的。
    """
    mine, ours = encoders(student, reference, rng)
    texts = [MIDDLE, [5, 10, 3], [2, 2, 12]]

    assert_same(mine.encode(texts), ours.encode(texts))


@after("test_texts_of_one_length")
def test_every_vector_of_a_batch(student, reference, rng, device):
    """Called with ids and padding, the encoder gives each real token the reference's vector: that worked as well.

    直接传入 ids 和填充时，每个真实词元的向量都与参考答案相同：这一点本来也是对的。
    """
    mine, ours = encoders(student, reference, rng)
    ids = torch.tensor([[1, *MIDDLE, 0, 0], [0, 0, 0, 0, 1, *SHORT], [1, 4, 4, 8, 2, 12]], device=device)
    real = ids != 0

    assert_same(mine(ids, real)[real], ours(ids, real)[real])
    for row in range(3):
        one, shown = ids[row : row + 1], real[row : row + 1]
        assert_same(mine(one, shown)[shown], ours(one, shown)[shown])


@after("test_texts_of_one_length")
@claims("real is True where a token belongs to a text")
def test_what_is_padded(student):
    """pad gives all texts one length, marks as real what belongs to a text, [CLS] included, and loses nothing.

    pad 使所有文本等长，把属于文本的词元（包括 [CLS]）标为真实，不丢失任何词元。
    """
    texts = [MIDDLE, LONG, SHORT]

    ids, real = student.pad(texts)

    assert_same(list(ids.shape), [3, 8])
    assert_same(real.sum(1).tolist(), [len(text) + 1 for text in texts])
    assert_same([row[shown].tolist() for row, shown in zip(ids, real, strict=True)], [[1, *text] for text in texts])


@after("test_every_vector_of_a_batch")
@points(3)
def test_company_does_not_matter(student, reference, rng):
    """A short text beside a long one gets the vector that it gets by itself.

    短文本与长文本一起读入时，得到的向量与单独读入时相同。
    """
    mine, ours = encoders(student, reference, rng)

    assert_same(mine.encode([SHORT, LONG])[0], ours.encode([SHORT])[0])


@after("test_what_is_padded")
@points(3)
def test_many_lengths(student, reference, rng):
    """Texts of three lengths all get the reference's vectors, in the order in which they came.

    三种长度的文本都得到与参考答案相同的向量，顺序与传入时一致。
    """
    mine, ours = encoders(student, reference, rng)
    texts = [MIDDLE, LONG, SHORT, MIDDLE]

    assert_same(mine.encode(texts), ours.encode(texts))


@after("test_texts_of_one_length")
@points(1)
def test_texts_stay_as_they_are(student, reference, rng):
    """Encoding changes neither the texts nor the vectors that come out the next time.

    编码既不修改传入的文本，也不影响下一次得到的向量。
    """
    mine, ours = encoders(student, reference, rng)

    first, arguments, _ = call_and_keep(mine.encode, [SHORT, MIDDLE])

    assert_same(arguments[0], [SHORT, MIDDLE])
    assert_same(first, ours.encode([SHORT, MIDDLE]))
    assert_same(mine.encode([SHORT, MIDDLE]), first)
