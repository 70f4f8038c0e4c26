"""Hidden suite of week 12, rerank.

Late interaction is held against loops over real tokens, written here; what calls the scorer is counted in the judge.
Not covered: speed and memory, scorers that raise.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, gradients, unchanged

QUERIES, TERMS, DOCUMENTS, LENGTH, DIM = 3, 5, 7, 11, 13


def padded(rng, *shape, dtype=torch.float64):
    """Make vectors, and a mask that leaves every row at least one real token, on either side."""
    vectors = rng.normal(*shape, dtype=dtype)
    mask = rng.integers(0, 2, *shape[:2])
    mask[:, 0], mask[::2, -1] = 1, 0
    return vectors, mask


def by_loops(queries, documents, query_mask, document_mask):
    """Late interaction, one pair at a time, over real tokens alone."""
    rows = []
    for query, asked in zip(queries, query_mask.bool(), strict=True):
        row = []
        for document, held in zip(documents, document_mask.bool(), strict=True):
            products = query[asked] @ document[held].T
            row.append(products.max(dim=1).values.sum() if held.any() else products.new_tensor(-torch.inf))
        rows.append(torch.stack(row))
    return torch.stack(rows)


@claims(
    "over the real tokens of the query, of the largest dot product with a real token of",
    "1 or True at a real token, 0 or False at padding, which may stand on either side",
    "the same for documents",
)
def test_agrees_with_loops(student, rng):
    """Scores agree with loops over the real tokens; masks of numbers and of truth values mean the same.

    分数与逐个真实词元循环的结果一致；整数掩码和布尔掩码含义相同。
    """
    queries, asked = padded(rng, QUERIES, TERMS, DIM)
    documents, held = padded(rng, DOCUMENTS, LENGTH, DIM)
    expected = by_loops(queries, documents, asked, held)

    assert_same(unchanged(student.max_sim, queries, documents, asked, held), expected)
    assert_same(student.max_sim(queries, documents, asked.bool(), held.bool()), expected)
    assert_same(student.max_sim(queries.flip(1), documents.flip(1), asked.flip(1), held.flip(1)), expected)


@claims("Vectors are used as they are")
def test_lengths_count(student, rng):
    """Query vectors twice as long double the scores: nothing is scaled to length 1.

    查询向量加倍，分数也加倍：没有做归一化。
    """
    queries, asked = padded(rng, QUERIES, TERMS, DIM)
    documents, held = padded(rng, DOCUMENTS, LENGTH, DIM)
    expected = by_loops(queries, documents, asked, held)

    assert_same(student.max_sim(2 * queries, documents, asked, held), 2 * expected)
    assert_same(student.max_sim(queries, 3 * documents, asked, held), 3 * expected)


def test_negative_products_count(student, rng):
    """Where all products are negative the largest of them counts, and padding does not count as 0.

    所有乘积都为负时，取其中最大的；填充不能当作 0。
    """
    queries = rng.uniform(QUERIES, TERMS, DIM, low=0.1, dtype=torch.float64)
    documents = -rng.uniform(DOCUMENTS, LENGTH, DIM, low=0.1, dtype=torch.float64)
    asked, held = padded(rng, QUERIES, TERMS, DIM)[1], padded(rng, DOCUMENTS, LENGTH, DIM)[1]

    answer = student.max_sim(queries, documents, asked, held)

    expect(
        bool((answer < 0).all()),
        "A score is not negative, although every product is.",
        "每个乘积都是负的，却有分数不为负。",
    )
    assert_same(answer, by_loops(queries, documents, asked, held))
    # No number is small enough to stand for minus infinity: these products lie about -1e12.
    far = student.max_sim(1e6 * queries, 1e6 * documents, asked, held)
    assert_same(far, by_loops(1e6 * queries, 1e6 * documents, asked, held))


@claims("has no influence on scores and gradients")
def test_padding_has_no_influence(student, rng):
    """NaN and infinity at padded positions change neither scores nor gradients.

    填充位置上的 NaN 和无穷大既不影响分数，也不影响梯度。
    """
    queries, asked = padded(rng, QUERIES, TERMS, DIM)
    documents, held = padded(rng, DOCUMENTS, LENGTH, DIM)
    expected = by_loops(queries, documents, asked, held)

    for junk in (torch.nan, torch.inf, -torch.inf):
        dirty = (
            queries.masked_fill(asked.unsqueeze(-1) == 0, junk),
            documents.masked_fill(held.unsqueeze(-1) == 0, junk),
        )
        assert_same(student.max_sim(*dirty, asked, held), expected)
        right = gradients(by_loops, *dirty, asked, held, wrt=(0, 1))
        assert_same(gradients(student.max_sim, *dirty, asked, held, wrt=(0, 1)), right)


@claims(
    "A document without any real token scores minus infinity; for a query without any, every other document scores 0"
)
def test_nothing_but_padding(student, rng):
    """A document of padding alone scores minus infinity; for a query of padding alone the others score 0.

    全是填充的文档得负无穷；查询全是填充时，其他文档得 0。
    """
    queries, asked = padded(rng, QUERIES, TERMS, DIM)
    documents, held = padded(rng, DOCUMENTS, LENGTH, DIM)
    asked[1], held[2] = 0, 0
    expected = by_loops(queries, documents, asked, held)
    expected[1] = 0.0
    expected[:, 2] = -torch.inf

    assert_same(student.max_sim(queries, documents, asked, held), expected)


@claims(
    "Dot products are made in float32 at least, in float64 for float64 vectors",
    "the answer has the dtype of `query_vectors`",
)
def test_kinds_of_numbers(student, rng):
    """float32, float16 and bfloat16 come back as they went in; float16 is not summed in float16, and float64 not in
    float32; sizes of 1 work.

    float32、float16、bfloat16 进出类型相同；float16 不在 float16 里求和，float64 也不在 float32 里求和；
    大小为 1 也能用。
    """
    queries, asked = padded(rng, QUERIES, TERMS, DIM, dtype=torch.float32)
    documents, held = padded(rng, DOCUMENTS, LENGTH, DIM, dtype=torch.float32)
    wide = queries.mT.contiguous().mT, documents.mT.contiguous().mT  # not contiguous
    assert_same(student.max_sim(*wide, asked, held), by_loops(queries, documents, asked, held))
    for dtype in (torch.float16, torch.bfloat16):
        half = queries.to(dtype), documents.to(dtype)
        exact = by_loops(half[0].float(), half[1].float(), asked, held).to(dtype)
        assert_same(student.max_sim(*half, asked, held), exact)
    # Products of 40,000 and -40,000: their sum is small, and what lies between is too large for float16.
    large = queries.new_full((1, 2, 1), 200.0).half()
    ends = queries.new_tensor([[[200.0], [200.0]], [[-200.0], [-199.0]]]).half()
    ones, mask = asked.new_ones(1, 2), asked.new_ones(2, 2)
    # Products of 90,000 and -89,700 are too large for float16 themselves.
    opposite = queries.new_tensor([[[300.0], [-299.0]]]).half()
    assert_same(
        student.max_sim(opposite, ends.new_full((1, 1, 1), 300.0), ones, mask[:1, :1]), ends.new_full((1, 1), 300.0)
    )
    signs = queries.new_tensor([[[1.0], [1.0], [-1.0]]]).half()
    assert_same(
        student.max_sim(torch.cat([large, -large[:, :1]], dim=1), ends[:1], asked.new_ones(1, 3), mask[:1]),
        queries.new_tensor([[40_000.0]]).half(),
    )
    assert_same(student.max_sim(signs[:, :1], ends[1:, :1], ones[:, :1], mask[:1, :1]), ends[1:, 0])
    # In float32 the first number would be 2^30, and the score 0.
    fine = torch.tensor([[[2.0**30 + 1, -1.0]]], dtype=torch.float64, device=queries.device)
    coarse = fine.new_tensor([[[1.0, 2.0**30]]])
    assert_same(student.max_sim(fine, coarse, ones[:, :1], mask[:1, :1]), fine.new_ones(1, 1))


def scorer(table, calls=None):
    """A scorer that looks numbers up, and notes what it was called with."""

    def score(query, texts):
        if calls is not None:
            calls.append((query, texts))
        return [table[text] for text in texts]

    return score


def named(rng, n):
    """Texts, and a different score for each."""
    texts = [f"text {number}" for number in range(n)]
    return texts, dict(zip(texts, rng.normal(n, dtype=torch.float64).tolist(), strict=True))


@claims(
    "`score(query, texts)` gives one number for each of a list of texts, in their order, and more is better",
    "All of them are scored before the k best are chosen, and there are fewer only if there are fewer candidates",
    "Positions in `candidates`, and scores as float",
)
def test_the_best_come_first(student, rng):
    """The k best of all candidates come first, wherever they stood, and with more k than candidates all of them.

    全部候选中最好的 k 个排在前面，不管原来在哪里；k 大于候选个数时返回全部。
    """
    texts, table = named(rng, 23)
    order = sorted(range(23), key=lambda position: -table[texts[position]])
    expected = [(position, table[texts[position]]) for position in order]

    for k, size in ((5, 7), (1, 1), (23, 100), (40, 3)):
        assert_same(unchanged(student.rerank, "q", texts, scorer(table), k, size), expected[:k])
    assert_same(student.rerank("q", texts, scorer(table), 4), expected[:4])
    whole = lambda query, batch: [len(text) for text in batch]  # noqa: E731
    vector = lambda query, batch: torch.tensor([float(len(text)) for text in batch])  # noqa: E731
    for score in (vector, whole):  # whatever kind of number it gives, floats come back
        found = student.rerank("q", ["a", "bbb"], score, 2)
        assert_same(found, [(1, 3.0), (0, 1.0)])
        kinds = ", ".join(dict.fromkeys(type(value).__name__ for _, value in found))
        expect(
            kinds == "float",
            "The scores that come back are of the kind {kinds}, and should be float: `score` may give whole numbers "
            "or a tensor.",
            "返回的分数类型是 {kinds}，应当是 float：`score` 给出的可能是整数，也可能是张量。",
            kinds=kinds,
        )


@claims(
    "It is called with `batch_size` candidates at a time, in the order given, and at last with those that are left",
    "every candidate is scored once, also if its text stands there twice",
    "Without candidates it is not called",
)
def test_the_scorer_is_called_once_a_batch(student, rng):
    """The scorer gets the query and batches of the size asked for, in order, and each candidate once; equal texts keep
    a place each.

    打分函数得到查询和指定大小的各批候选，次序不变，每个候选只打一次分；文本相同的候选各占一个位置。
    """
    texts, table = named(rng, 11)
    texts[7] = texts[2]
    calls = []

    answer = student.rerank("which one?", tuple(texts), scorer(table, calls), 11, batch_size=5)

    assert_same(calls, [("which one?", texts[:5]), ("which one?", texts[5:10]), ("which one?", texts[10:])])
    places = sorted(range(11), key=lambda place: -table[texts[place]])  # equal texts: each has a place of its own
    assert_same(answer, [(place, table[texts[place]]) for place in places])
    calls.clear()
    student.rerank("which one?", texts, scorer(table, calls), 2)
    assert_same(len(calls), 1)
    calls.clear()
    # Equal texts side by side, in one batch: the scorer gets both.
    twice = student.rerank("q", ["a", "a", "b"], scorer({"a": 1.0, "b": 2.0}, calls), 3)
    assert_same(twice, [(2, 2.0), (0, 1.0), (1, 1.0)])
    assert_same(calls, [("q", ["a", "a", "b"])])
    calls.clear()
    assert_same(student.rerank("q", [], scorer(table, calls), 3), [])
    assert_same(calls, [])


@claims("Equal scores come in the order of the candidates, which is that of the first search")
def test_equal_scores_keep_the_first_order(student, rng):
    """Equal scores keep the order of the first search, across batches too.

    分数相等时保持第一次检索的次序，跨批也一样。
    """
    values = [2.0, 1.0, 2.0, 3.0, 1.0, 2.0, 3.0, -1.0, 2.0]
    texts = [f"text {7 * number % 9}" for number in range(9)]  # neither rising nor falling
    table = dict(zip(texts, values, strict=True))
    right = [(3, 3.0), (6, 3.0), (0, 2.0), (2, 2.0), (5, 2.0), (8, 2.0), (1, 1.0), (4, 1.0), (7, -1.0)]

    for k in (9, 4):
        assert_same(student.rerank("q", texts, scorer(table), k, batch_size=2), right[:k])


@claims("A score that is NaN ranks behind all others, and behind minus infinity too")
def test_not_a_number_comes_last(student):
    """A score that is NaN stands last, and the others are in order around it.

    NaN 分数排在最后，其他分数的次序不受影响。
    """
    nan, infinity = math.nan, math.inf
    texts = ["a", "b", "c", "d", "e", "f", "g"]
    table = dict(zip(texts, [1.0, nan, 5.0, -infinity, 3.0, nan, infinity], strict=True))

    answer = student.rerank("q", texts, scorer(table), 7, batch_size=3)

    assert_same(answer, [(6, infinity), (2, 5.0), (4, 3.0), (0, 1.0), (3, -infinity), (1, nan), (5, nan)])


@after("test_the_best_come_first")
@claims(
    "if k or `batch_size` is below 1, before anything is scored",
    "or if `score` gives more or fewer",
)
def test_rerank_wrong_arguments(student, rng):
    """k or batch_size below 1 is a ValueError before anything is scored; so is a wrong number of scores.

    k 或 batch_size 小于 1 时，在打分之前就抛出 ValueError；分数的个数不对时也抛出。
    """
    texts, table = named(rng, 5)
    calls = []

    for k, size in ((0, 2), (-1, 2), (2, 0), (2, -1)):
        assert_raises(ValueError, student.rerank, "q", texts, scorer(table, calls), k, size)
    assert_raises(ValueError, student.rerank, "q", [], scorer(table, calls), 0, 2)
    assert_same(calls, [])
    for wrong in (lambda query, texts: [1.0] * (len(texts) - 1), lambda query, texts: [1.0] * (len(texts) + 1)):
        assert_raises(ValueError, student.rerank, "q", texts, wrong, 2, 3)
    uneven = iter([[1.0, 2.0, 3.0], [4.0]])  # five numbers for five texts, but not where they belong
    assert_raises(ValueError, student.rerank, "q", texts[:4], lambda query, texts: next(uneven), 2, 2)
    assert_same(len(student.rerank("q", texts, scorer(table), 1, 1)), 1)
