"""Hidden suite of week 04, vectors.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: sparse matrices, half precision, speed.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, follows_device, gradients, points, unchanged

DOCUMENTS, TERMS, N, M, DIM = 5, 7, 3, 5, 11


def counts_of(rng, rows=DOCUMENTS, dtype=torch.float32):
    """Counts with a term that all documents have, one that none has, and a document without words."""
    counts = rng.integers(0, 4, rows, TERMS).to(dtype)
    counts[:, 0], counts[:, 1], counts[-1] = 2, 0, 0
    counts[0, 2], counts[1:, 2] = 3, 0
    return counts


@claims(
    "Without a vocabulary, the terms are all words that occur, sorted",
    "A document without words is a row of zeros",
    "The tuple (counts, vocabulary); the counts are float32",
)
@points(1)
def test_counts(student, rng, device):
    """Each column counts one term, in sorted order; a document without words is a row of zeros.

    每一列统计一个词，按排序后的次序；没有词的文档是一行 0。
    """
    documents = [["猫", "dog", "猫", "Bird"], [], ["dog"], ["dog", "bird", "bird", "bird", "猫"]]
    counts, vocabulary = unchanged(student.bag_of_words, documents)

    assert_same(vocabulary, ["Bird", "bird", "dog", "猫"])
    assert_same(counts.cpu(), torch.tensor([[1.0, 0, 1, 2], [0, 0, 0, 0], [0, 0, 1, 0], [0, 3, 1, 1]]))


@claims("With one, its terms are the columns, in its own order")
@points(1)
def test_given_vocabulary(student):
    """A given vocabulary keeps its order, and words that are not in it are left out.

    给定词表时保持它的次序，不在其中的词不计。
    """
    vocabulary = ["z", "a", "猫"]
    counts, terms = unchanged(student.bag_of_words, [["a", "a", "new"], ["猫", "z", "new"], ["new"]], vocabulary)

    assert_same(terms, vocabulary)
    assert_same(counts.cpu(), torch.tensor([[0.0, 2, 0], [1, 0, 1], [0, 0, 0]]))
    counts, terms = student.bag_of_words([["a"], ["b"]], [])
    assert_same((tuple(counts.shape), terms), ((2, 0), []))
    for given in ([], ["a", "b"], None):
        counts, terms = student.bag_of_words([], given)
        assert_same((tuple(counts.shape), terms), ((0, len(given or [])), given or []))


@claims(
    "A document is a list of words, as a segmenter gives it",
    "a document is a string (its characters would be taken for words)",
    "a term stands in the vocabulary twice",
)
@points(1)
def test_strings_are_refused(student):
    """A document that is a string is refused with TypeError, a vocabulary with a term twice with ValueError.

    文档是字符串时抛出 TypeError；词表中有重复的词时抛出 ValueError。
    """
    assert_raises(TypeError, student.bag_of_words, ["接力 活动"])
    assert_raises(TypeError, student.bag_of_words, [["a"], "b"], ["a", "b"])
    assert_raises(ValueError, student.bag_of_words, [["a"]], ["a", "b", "a"])


@claims(
    "weight = count * idf, where idf = ln((1 + N) / (1 + df)) + 1",
    "Then each row is divided by its length",
    "This is scikit-learn's default",
)
@points(1)
def test_weights(student, device):
    """Three documents: a term that all have weighs 1, one that a single document has ln(4/2) + 1; rows have length 1.

    三个文档：所有文档都有的词权重为 1，只有一个文档有的词权重为 ln(4/2) + 1；每行长度为 1。
    """
    counts = torch.tensor([[1.0, 2.0], [4.0, 0.0], [1.0, 0.0]], dtype=torch.float64, device=device)
    rare = 2 * (math.log(2) + 1)
    length = math.sqrt(1 + rare**2)

    expected = torch.tensor([[1 / length, rare / length], [1, 0], [1, 0]], dtype=torch.float64, device=device)
    assert_same(student.tf_idf(counts), expected)


@claims("dtype (float32 or float64) and device are those of `counts`")
@points(1)
def test_weights_agree_with_the_reference(student, reference, rng):
    """Both dtypes, a transposed view, a term or a document without the other: the reference's weights, on the device of
    the counts.

    两种 dtype、转置视图、没有文档的词、没有词的文档：权重都与参考答案一致，并与 counts 在同一设备上。
    """
    for dtype in (torch.float32, torch.float64):
        counts = counts_of(rng, dtype=dtype).mT.contiguous().mT
        assert_same(unchanged(student.tf_idf, counts), reference.tf_idf(counts))
        assert_same(follows_device(student.tf_idf, counts[:1]), reference.tf_idf(counts[:1]))


@claims(
    "N and df come from `fitted_on`",
    "`fitted_on` has another number of columns than `counts`",
    "Neither argument is changed",
)
@points(1)
def test_learned_from_others(student, reference, rng):
    """With `fitted_on`, N and df are those of the other documents, the counts those of the first argument.

    给出 `fitted_on` 时，N 和 df 来自那些文档，词数来自第一个参数。
    """
    counts, others = counts_of(rng, 2), counts_of(rng, 11)
    counts[0, 1] = 5  # a term that no other document has

    assert_same(unchanged(student.tf_idf, counts, others), reference.tf_idf(counts, others))
    assert_same(student.tf_idf(counts, fitted_on=others[:0]), reference.tf_idf(counts, others[:0]))
    assert_raises(ValueError, student.tf_idf, counts, others[:, :5])
    assert_raises(ValueError, student.tf_idf, counts[:, :5], others)
    assert_raises(ValueError, student.tf_idf, counts, others[:, :1])


@claims(
    "1 means the same direction, 0 a right angle, -1 opposite directions",
    "A row of zeros has similarity 0 with everything",
    "Neither is changed",
)
@points(1)
def test_similarities(student, rng, device):
    """Rows compare by direction alone: 1, 0 and -1, whether they are 1e-6 or 1e6 long, and 0 for a row of zeros.

    只比较方向：得到 1、0、-1，无论长度是 1e-6 还是 1e6；全 0 的行得 0。
    """
    a = torch.tensor([[3.0, 4.0], [0.0, 0.0], [-4e-6, 3e-6]], device=device)
    b = torch.tensor([[6e6, 8e6], [4e-6, -3e-6]], device=device)

    got = unchanged(student.cosine_similarity, a, b)
    assert_same(got, torch.tensor([[1.0, 0.0], [0.0, 0.0], [0.0, -1.0]], device=device))
    for length in (1e-9, 1e-12):  # not below: `torch.nn.functional.normalize` divides by 1e-12 at least
        tiny = torch.full((1, 2), length, device=device)
        assert_same(student.cosine_similarity(tiny, tiny * 3), torch.ones(1, 1, device=device))


@claims("the rows of `a` and `b` differ in length")
@points(1)
def test_every_pair_of_rows(student, reference, rng):
    """Each row of a meets each row of b, in both dtypes, with gradients; rows that differ in length are refused.

    a 的每一行与 b 的每一行相比，两种 dtype，梯度正确；行长不同时抛出 ValueError。
    """
    for dtype in (torch.float32, torch.float64):
        a, b = rng.normal(DIM, N, dtype=dtype).mT, 3 * rng.normal(M, DIM, dtype=dtype)
        assert_same(student.cosine_similarity(a, b), reference.cosine_similarity(a, b))
        assert_same(gradients(student.cosine_similarity, a, b), gradients(reference.cosine_similarity, a, b))
    assert_same(student.cosine_similarity(a[:1, :1], b[:1, :1]).abs(), torch.ones(1, 1, dtype=dtype, device=a.device))
    assert_raises(ValueError, student.cosine_similarity, a, b[:, :1])


@claims(
    "The dtype is that of `a`, float32 or float64", "the places are int64, the similarities have the dtype of `query`"
)
@points(1)
def test_dtypes_that_differ(student, rng, device):
    """With float32 on one side and float64 on the other, the answer has the dtype of a (or of the query); places are
    int64.

    一边是 float32、另一边是 float64 时，结果的 dtype 与 a（或 query）相同；位置是 int64。
    """
    for one, other in ((torch.float32, torch.float64), (torch.float64, torch.float32)):
        a = torch.tensor([[3.0, 4.0], [0.0, 0.0]], dtype=one, device=device)
        b = torch.tensor([[4.0, 3.0], [-3.0, -4.0], [0.0, 2.0]], dtype=other, device=device)
        expected = torch.tensor([[0.96, -1.0, 0.8], [0.0, 0.0, 0.0]], dtype=one, device=device)
        assert_same(unchanged(student.cosine_similarity, a, b), expected)
        places, similarities = student.nearest(a[0], b, 2)
        assert_same(places, torch.tensor([0, 2], device=device))
        assert_same(similarities, torch.tensor([0.96, 0.8], dtype=one, device=device))


@claims("The tuple (places, similarities), the most similar first")
@points(1)
def test_nearest_rows(student, reference, rng, device):
    """The k most similar rows come with their similarities, the most similar first; the longest row is no nearer.

    返回最相似的 k 行和相似度，最相似的在前；行的长度不影响远近。
    """
    query, rows = rng.normal(DIM, dtype=torch.float64), rng.normal(M, DIM, dtype=torch.float64)
    rows[0] = query + 0.3 * query.norm() * rows[0] / rows[0].norm()  # near, but not the same direction
    rows[2] = 0.001 * query
    rows[4] = -100 * query
    for k in (1, 3, M):
        places, similarities = unchanged(student.nearest, query, rows, k)
        expected = reference.nearest(query, rows, k)
        expect(
            places.tolist() == expected[0].tolist(),
            "The places should be {expected}; yours are {places}.",
            "位置应为 {expected}；你的是 {places}。",
            expected=expected[0].tolist(),
            places=places.tolist(),
        )
        assert_same(similarities, expected[1])


@claims(
    "Of equally similar rows, the one that stands first comes first",
    "k is below 1 or above the number of rows, or the query is not as long as a row",
)
@points(1)
def test_equally_near(student, device):
    """Of equally similar rows, the one that stands first comes first; a k that is impossible is refused.

    相似度相同时，位置靠前的在前；k 不可能时抛出 ValueError。
    """
    rows = torch.eye(3, device=device)[[0, 1] * 40 + [2]]
    query = torch.tensor([0.0, 1.0, 0.0], device=device)

    places, _ = student.nearest(query, rows, 45)
    assert_same(places.tolist(), [2 * i + 1 for i in range(40)] + [0, 2, 4, 6, 8])
    for k in (0, 82, -1):
        assert_raises(ValueError, student.nearest, query, rows, k)
    assert_raises(ValueError, student.nearest, query[:2], rows, 1)
