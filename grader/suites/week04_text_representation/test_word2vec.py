"""Hidden suite of week 04, word2vec.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: subsampling of frequent words, half precision, hashing of subwords.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, gradients, points, unchanged

VOCABULARY, DIM, PAIRS, NEGATIVES, N, M = 11, 5, 7, 3, 5, 7


def tables(rng, dtype=torch.float64):
    """Vectors of words and contexts; the latter a view that is not contiguous."""
    return rng.normal(VOCABULARY, DIM, dtype=dtype), rng.normal(DIM, VOCABULARY, dtype=dtype).mT


def drawn(rng):
    return rng.integers(0, VOCABULARY, PAIRS, 2), rng.integers(0, VOCABULARY, PAIRS, NEGATIVES)


@claims(
    "Every word is a centre once for each neighbour, on both sides", "The order: sentence by sentence, centre by centre"
)
@points(1)
def test_pairs_in_order(student):
    """Each word meets its neighbours on both sides, from left to right; the ends have fewer; nothing wraps around.

    每个词与两侧的邻居配对，从左到右；两端的邻居少一些；不会首尾相接。
    """
    got = unchanged(student.skip_gram_pairs, [[5, 6, 7, 8]], 2).cpu()

    expected = [(5, 6), (5, 7), (6, 5), (6, 7), (6, 8), (7, 5), (7, 6), (7, 8), (8, 6), (8, 7)]
    assert_same(got, torch.tensor(expected))
    assert_same(student.skip_gram_pairs([[5, 6, 7]], 1).cpu(), torch.tensor([(5, 6), (6, 5), (6, 7), (7, 6)]))


@claims(
    "Sentences do not touch, and a window does not wrap around at the ends",
    "The ids are int64; without a pair, the shape is (0, 2)",
)
@points(1)
def test_sentences_do_not_touch(student):
    """No pair crosses from one sentence to the next; sentences of one word and of none have no pairs.

    词对不跨越句子；只有一个词或没有词的句子没有词对。
    """
    got = student.skip_gram_pairs([[1, 2], [], [3], [4, 5]], 9)

    assert_same(got.cpu(), torch.tensor([(1, 2), (2, 1), (4, 5), (5, 4)]))
    for sentences in ([], [[3]], [[], []]):
        assert_same(student.skip_gram_pairs(sentences, 2).cpu(), torch.empty(0, 2, dtype=torch.int64))


@claims("`window` is below 1", "two places with the same id are")
@points(1)
def test_equal_words_are_neighbours(student):
    """A word that stands twice is its own neighbour, but no place is; a window below 1 is refused.

    同一个词相邻出现两次时互为邻居，但一个位置不是自己的邻居；窗口小于 1 时抛出 ValueError。
    """
    assert_same(student.skip_gram_pairs([[3, 3, 4]], 1).cpu(), torch.tensor([(3, 3), (3, 3), (3, 4), (4, 3)]))
    for window in (0, -1):
        assert_raises(ValueError, student.skip_gram_pairs, [[1, 2]], window)


@points(1)
def test_noise(student, device):
    """Counts of 16, 81 and 0 are drawn with 8, 27 and 0 parts of 35; the power may be another.

    计数 16、81、0 的抽样概率为 8/35、27/35、0；幂次可以改变。
    """
    for dtype in (torch.float32, torch.float64):
        counts = torch.tensor([16.0, 81.0, 0.0], dtype=dtype, device=device)
        shares = torch.tensor([8.0, 27.0, 0.0], dtype=dtype, device=device) / 35
        assert_same(unchanged(student.noise_distribution, counts), shares)
        assert_same(student.noise_distribution(counts, 1.0), counts / 97)
        half = torch.tensor([4.0, 9.0, 0.0], dtype=dtype, device=device) / 13
        assert_same(student.noise_distribution(counts, power=0.5), half)


@claims("A word that never occurs is never drawn, whatever the power", "a count is negative, or none is above 0")
@points(1)
def test_words_that_never_occur(student, device):
    """A count of 0 stays 0 for the power 0, which draws all others alike, and for a negative power; a single word has
    the probability 1.

    幂次为 0 时其余的词等概率，但计数为 0 的仍为 0，幂次为负时也一样；只有一个词时概率为 1。
    """
    counts = torch.tensor([4.0, 0.0, 1.0, 7.0], device=device)

    assert_same(student.noise_distribution(counts, 0.0), torch.tensor([1.0, 0.0, 1.0, 1.0], device=device) / 3)
    inverse = torch.tensor([7.0, 0.0, 28.0, 4.0], device=device) / 39
    assert_same(student.noise_distribution(counts, -1.0), inverse)  # 1/4, 1 and 1/7, in 28ths
    assert_same(student.noise_distribution(counts[:1]), torch.ones(1, device=device))
    half = torch.tensor([0.5, 0.5], device=device)
    assert_same(student.noise_distribution(half), half)
    for bad in ([0.0, 0.0], [2.0, -1.0]):
        assert_raises(ValueError, student.noise_distribution, torch.tensor(bad, device=device))


@claims("For the pair (c, o) and its negatives n_1", "A negative drawn twice counts twice")
@points(1)
def test_loss_by_hand(student, device):
    """Products ln 3 with the context and ln 7 with one negative: the loss is ln(4/3) + ln 8.

    与上下文的内积为 ln 3、与一个负样本的内积为 ln 7 时，损失为 ln(4/3) + ln 8。
    """
    words = torch.tensor([[1.0, 0.0], [0.0, 1.0]], dtype=torch.float64, device=device)
    contexts = torch.tensor([[math.log(3), 5.0], [math.log(7), -2.0]], dtype=torch.float64, device=device)
    pairs, negatives = torch.tensor([[0, 0]], device=device), torch.tensor([[1]], device=device)

    got = student.negative_sampling_loss(words, contexts, pairs, negatives)
    assert_same(got, torch.tensor(math.log(4 / 3) + math.log(8), dtype=torch.float64, device=device))
    twice = student.negative_sampling_loss(words, contexts, pairs, torch.tensor([[1, 1, 0]], device=device))
    expected = math.log(4 / 3) + 2 * math.log(8) + math.log(4)
    assert_same(twice, torch.tensor(expected, dtype=torch.float64, device=device))


@claims("Gradients flow to `words` and `contexts`", "also one that equals o")
@points(1)
def test_loss_agrees_with_the_reference(student, reference, rng):
    """Loss and gradients of both tables are the reference's, in both dtypes; repeated ids add up.

    损失和两张表的梯度都与参考答案一致，两种 dtype；重复的 id 的梯度相加。
    """
    for dtype, k in ((torch.float64, NEGATIVES), (torch.float32, NEGATIVES), (torch.float64, 1)):
        args = [*tables(rng, dtype), *drawn(rng)]
        args[3] = args[3][:, :k]
        args[3][0] = args[2][0, 1]  # the context among its own negatives, several times
        assert_same(unchanged(student.negative_sampling_loss, *args), reference.negative_sampling_loss(*args))
        mine, ours = (gradients(each.negative_sampling_loss, *args, wrt=(0, 1)) for each in (student, reference))
        assert_same(mine, ours)


@claims("Products of 1,000 give finite losses and gradients")
@points(1)
def test_large_products(student, rng, device):
    """Products of 1,000 give finite losses and gradients: 1,000 where the model is sure and wrong, 0 where it is right.

    内积为 1,000 时损失和梯度都是有限的：确信却错了为 1,000，确信且对了为 0。
    """
    words = torch.tensor([[1.0], [-1.0]], device=device)
    contexts = torch.tensor([[1000.0], [-1000.0]], device=device)
    right = (words, contexts, torch.tensor([[0, 0]], device=device), torch.tensor([[1]], device=device))
    wrong = (words, contexts, torch.tensor([[0, 1]], device=device), torch.tensor([[0]], device=device))

    assert_same(student.negative_sampling_loss(*right), torch.tensor(0.0, device=device))
    assert_same(student.negative_sampling_loss(*wrong), torch.tensor(2000.0, device=device))
    slopes = gradients(student.negative_sampling_loss, *wrong)
    share = (slopes[0][0] / 2000).abs()
    assert_same((share > 0.1) & share.isfinite(), torch.ones_like(share, dtype=torch.bool))
    assert_same(slopes[0][1], torch.zeros_like(slopes[0][1]))


@claims("`pairs` and `negatives` have different numbers of rows, or there is no pair")
@points(1)
def test_loss_refuses(student, rng):
    """Pairs and negatives of different numbers, and no pairs at all, are refused with ValueError.

    词对与负样本行数不同，或没有词对时，抛出 ValueError。
    """
    words, contexts = tables(rng)
    pairs, negatives = drawn(rng)
    for bad in ((pairs[:1], negatives), (pairs, negatives[:-1]), (pairs, negatives[:1]), (pairs[:0], negatives[:0])):
        assert_raises(ValueError, student.negative_sampling_loss, words, contexts, *bad)


def glove_arguments(rng, dtype=torch.float64):
    counts = rng.integers(0, 5, N, M).to(dtype)
    counts[0, 0], counts[1, 1], counts[2] = 0, 150, 0
    counts[3, 3] = 0.5  # GloVe counts a distant neighbour as a fraction
    weights = rng.uniform(N, M, low=0.1, high=2.0, dtype=dtype)
    vectors = (rng.normal(N, DIM, dtype=dtype), rng.normal(DIM, M, dtype=dtype).mT)
    return weights, counts, *vectors, rng.normal(N, dtype=dtype), rng.normal(M, dtype=dtype)


@claims("It is a sum, not a mean", "The paper's weights are min(1, count / 100)")
@points(1)
def test_glove_by_hand(student, device):
    """One pair with count 1: (2 · 3 + 1 - 4 - ln 1) squared is 9, times the weight 0.5; a pair never seen adds nothing.

    一个计数为 1 的词对：(2·3 + 1 - 4 - ln 1) 的平方是 9，乘权重 0.5；没见过的词对不计。
    """
    numbers = ([[0.5, 7.0]], [[1.0, 0.0]], [[2.0]], [[3.0], [5.0]], [1.0], [-4.0, 6.0])
    args = [torch.tensor(each, dtype=torch.float64, device=device) for each in numbers]

    assert_same(student.glove_loss(*args), torch.tensor(4.5, dtype=torch.float64, device=device))


@claims("a pair with the count 0 is left out, whatever its weight")
@points(1)
def test_weights_of_unseen_pairs(student, reference, rng):
    """Weights of NaN and infinity where the count is 0 change neither the loss nor a gradient.

    计数为 0 处的权重即使是 NaN 或无穷大，也不影响损失和任何梯度。
    """
    args = glove_arguments(rng)
    loss = reference.glove_loss(*args)
    slopes = gradients(reference.glove_loss, *args, wrt=(2, 3, 4, 5))
    for weight in (math.nan, math.inf):
        dirty = (args[0].masked_fill(args[1] == 0, weight), *args[1:])
        assert_same(student.glove_loss(*dirty), loss)
        assert_same(gradients(student.glove_loss, *dirty, wrt=(2, 3, 4, 5)), slopes)


@points(1)
def test_glove_agrees_with_the_reference(student, reference, rng):
    """Loss and gradients are the reference's, in both dtypes, and never NaN where a count is 0.

    损失和梯度与参考答案一致，两种 dtype；计数为 0 的地方也不会是 NaN。
    """
    for dtype in (torch.float64, torch.float32):
        args = glove_arguments(rng, dtype)
        assert_same(unchanged(student.glove_loss, *args), reference.glove_loss(*args))
        mine, ours = (gradients(each.glove_loss, *args, wrt=(2, 3, 4, 5)) for each in (student, reference))
        assert_same(mine, ours)
    square = (args[0][:, :N], args[1][:, :N], args[2], args[3][:N], args[4], args[5][:N])  # as in a real vocabulary
    assert_same(student.glove_loss(*square), reference.glove_loss(*square))


@claims(
    'The word is put between "<" and ">"',
    "Pieces that are not in `table` are left out; if none is in it, the vector is zeros",
)
@points(1)
def test_subwords_by_hand(student, device):
    """ "<猫头鹰>" has three pieces of 3 characters, two of 4, one of 5, which is the whole: it counts once.

    "<猫头鹰>" 有三个 3 字片段、两个 4 字片段和一个 5 字片段，最后一个就是整体，只算一次。
    """
    pieces = ["<猫头", "猫头鹰", "头鹰>", "<猫头鹰", "猫头鹰>", "<猫头鹰>"]
    rows = torch.eye(6, dtype=torch.float64, device=device)
    table = dict(zip(pieces, rows, strict=True))

    assert_same(student.subword_vector("猫头鹰", table), rows.mean(dim=0))
    assert_same(student.subword_vector("猫头鹰", table, 3, 4)[5], rows[0, 0] / 6)
    assert_same(student.subword_vector("猫头鹰", table, 4, 6), rows[3:].mean(dim=0))
    assert_same(student.subword_vector("猫", table, 4, 6), torch.zeros(6, dtype=torch.float64, device=device))


@claims("each as often as it occurs, and the whole")
@points(1)
def test_pieces_count_as_often_as_they_occur(student, device):
    """A piece that occurs twice counts twice; a long word has its whole once more; unknown pieces are left out.

    出现两次的片段算两次；长词另算一次整体；不在表中的片段略去。
    """
    table = {
        "na": torch.tensor([1.0, 0.0], device=device),
        "<banana>": torch.tensor([0.0, 3.0], device=device),
        "<b": torch.tensor([0.0, 0.0], device=device),
    }

    expected = torch.tensor([0.5, 0.75], device=device)
    assert_same(unchanged(student.subword_vector, "banana", table, 2, 3), expected)
    assert_same(student.subword_vector("b", table, 1, 2), torch.tensor([0.0, 0.0], device=device))
    whole = {name: torch.tensor([number], device=device) for name, number in (("<a>", 2.0), ("<A>", 9.0), ("x", 5.0))}
    assert_same(student.subword_vector("a", whole, 4, 6), torch.tensor([2.0], device=device))
    assert_same(student.subword_vector("A", whole), torch.tensor([9.0], device=device))


@claims("`shortest` is below 1 or above `longest`, or the table is empty")
@points(1)
def test_subwords_refuse(student, device):
    """Lengths below 1 or in the wrong order, and an empty table, are refused with ValueError.

    长度小于 1、次序颠倒或表为空时，抛出 ValueError。
    """
    table = {"a": torch.ones(2, device=device)}
    for shortest, longest in ((0, 3), (4, 3)):
        assert_raises(ValueError, student.subword_vector, "a", table, shortest, longest)
    assert_raises(ValueError, student.subword_vector, "a", {})


@points(1)
def test_speed(student, reference, speed):
    """The loss of 2,003 pairs with 7 negatives each is computed at once, without a Python loop over pairs.

    2,003 个词对、每对 7 个负样本的损失一次算出，不用 Python 循环。
    """
    fresh = [lambda rng: rng.normal(499, 31)] * 2
    speed(student, reference).call(
        "negative_sampling_loss",
        *fresh,
        lambda rng: rng.integers(0, 499, 2003, 2),
        lambda rng: rng.integers(0, 499, 2003, 7),
        at_most=8.0,
    )
