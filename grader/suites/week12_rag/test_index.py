"""Hidden suite of week 12, index.

Ties are made from vectors whose cosines and products are exact in every order of summation. Random comparisons are in
float64, where a chance tie within rounding has a probability below 1e-9.
Not covered: float16, gradients, threads.
"""

import torch

from grader.suite import after, assert_raises, assert_same, claims, points, unchanged

VECTORS, QUERIES, DIM, K = 97, 7, 5, 11


def filled(make, *parts):
    """Add (vectors, ids) pairs to a new index."""
    index = make()
    for vectors, ids in parts:
        index.add(vectors, ids)
    return index


def named(rng, n, *, dtype=torch.float64, dim=DIM):
    """Make vectors of very different lengths, and ids that are not their positions."""
    lengths = rng.uniform(n, 1, low=0.1, high=9.0, dtype=dtype)
    return rng.normal(n, dim, dtype=dtype) * lengths, 1000 + 3 * rng.permutation(n)


def checked(answer, scores, ids):
    """Check an answer against rows of numbers."""
    device = scores.device
    assert_same(answer, (scores, torch.tensor(ids, device=device)))


@claims("A higher score is a better match, whatever the metric")
@points(2)
def test_cosine_worked_example(student, device):
    """Cosines 1, 0.6 and 0, best first, with the ids of the vectors and not their positions.

    余弦值为 1、0.6 和 0，从高到低排列，并返回向量的 id，而不是它们的位置。
    """
    vectors = torch.tensor([[3.0, 4.0], [2.0, 0.0], [0.0, -1.0]], device=device)
    index = filled(student.VectorIndex, (vectors, torch.tensor([11, 5, 7], device=device)))

    answer = index.search(torch.tensor([[10.0, 0.0], [0.0, 2.0]], device=device), 2)

    checked(answer, torch.tensor([[1.0, 0.6], [0.8, 0.0]], device=device), [[5, 11], [11, 5]])


@claims("the cosine of the angle, however short the vectors are")
@points(1)
def test_cosine_does_not_see_length(student, rng):
    """Making vectors and queries longer or shorter, down to lengths of 1e-20, changes neither the scores nor the ids.

    把向量和查询拉长或缩短（长度小到 1e-20 也一样），分数和 id 都不变。
    """
    vectors, ids = named(rng, VECTORS)
    queries = rng.normal(QUERIES, DIM, dtype=torch.float64)
    plain = filled(student.VectorIndex, (vectors, ids)).search(queries, K)
    factors = rng.uniform(VECTORS, 1, low=0.01, high=100.0, dtype=torch.float64)

    stretched = filled(student.VectorIndex, (vectors * factors, ids)).search(queries * 1e-4, K)

    assert_same(stretched, plain)
    tiny = filled(student.VectorIndex, (vectors * (1e-10 * factors), ids)).search(queries * 1e-10, K)
    assert_same(tiny, plain)
    tiniest = filled(student.VectorIndex, (vectors * (1e-20 * factors), ids)).search(queries * 1e-20, K)
    assert_same(tiniest, plain)


@claims(
    "the dot product, lengths included",
    "minus the distance (not squared)",
)
@points(2)
def test_the_three_metrics_differ(student, device):
    """One set of vectors, three orders: the dot product likes length, the cosine direction, the distance nearness.

    同一组向量、三种度量：点积偏爱长向量，余弦只看方向，欧氏距离看远近。
    """
    vectors = torch.tensor([[6.0, 0.0], [4.0, 4.0], [0.0, 1.0]], device=device)
    ids = torch.tensor([20, 30, 40], device=device)
    query = torch.tensor([[3.0, 4.0]], device=device)
    expected = {
        "dot": ([[28.0, 18.0, 4.0]], [[30, 20, 40]]),
        "cosine": ([[1.4 / 2**0.5, 0.8, 0.6]], [[30, 40, 20]]),
        "euclidean": ([[-1.0, -(18**0.5), -5.0]], [[30, 40, 20]]),
    }

    for metric, (scores, order) in expected.items():
        answer = filled(lambda metric=metric: student.VectorIndex(metric), (vectors, ids)).search(query, 3)
        checked(answer, torch.tensor(scores, device=device), order)


@claims("It must stay exact to rounding for vectors far from the origin")
@points(2)
def test_distances_far_from_the_origin(student, rng, device):
    """In float32 the distances 0, 1, 2 and so on are exact even when every coordinate is near 10,000.

    即使每个坐标都在 10,000 附近，float32 下的距离 0、1、2……依然准确。
    """
    steps = rng.permutation(VECTORS)
    vectors = torch.full((VECTORS, DIM), 10_000.0, device=device)
    vectors[:, 2] += steps
    query = torch.full((1, DIM), 10_000.0, device=device)
    index = filled(lambda: student.VectorIndex("euclidean"), (vectors, 500 + steps))

    answer = index.search(query, K)

    assert_same(answer, (-torch.arange(K, device=device).float()[None], 500 + torch.arange(K, device=device)[None]))


@claims("Equal scores come in the order in which the vectors were added")
@points(2)
def test_ties_come_in_the_order_of_addition(student, rng, device):
    """Equal scores come in the order in which the vectors were added, also where k cuts through them.

    分数相等时按加入的先后排列；k 从相等的分数中间截断时也是如此。
    """
    best, good, poor = [0.0, 2.0, 0.0, 0.0], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 4.0, 0.0]
    rows = [poor] * 3 + [good] * 200 + [best] * 2 + [good] * 90
    vectors = torch.tensor(rows, dtype=torch.float64, device=device)
    ids = 7 * torch.arange(len(rows), device=device) % 295  # each once, neither rising nor falling
    query = torch.tensor([[0.0, 8.0, 0.0, 0.0]], dtype=torch.float64, device=device)
    expected = [ids[203:205], ids[3:203], ids[205:], ids[:3]]

    for metric, values in {"cosine": (1.0, 0.5, 0.0), "dot": (16.0, 16.0, 0.0)}.items():
        order = torch.cat(expected if metric == "cosine" else [ids[3:], ids[:3]])
        scores = torch.tensor([values[0]] * 2 + [values[1]] * 290 + [values[2]] * 3, device=device).double()
        parts = (vectors[:100], ids[:100]), (vectors[100:], ids[100:])
        index = filled(lambda metric=metric: student.VectorIndex(metric), *parts)
        for k in (17, 1, 2, len(rows)):
            assert_same(index.search(query, k), (scores[None, :k], order[None, :k]))


@claims("is k, or the number of vectors in the index if that is smaller")
@points(1)
def test_k_above_the_size_and_an_empty_index(student, rng, device):
    """A k above the size gives all vectors and no more; an empty index gives 0 columns, of the queries' dtype; no
    queries give 0 rows.

    k 超过向量个数时只返回全部向量；空索引返回 0 列，dtype 与查询相同；没有查询时返回 0 行。
    """
    empty = student.VectorIndex()
    queries = rng.normal(QUERIES, 2)
    nothing = torch.empty(QUERIES, 0, device=device), torch.empty(QUERIES, 0, dtype=torch.int64, device=device)
    assert_same(empty.search(queries, 3), nothing)
    assert_same(empty.search(queries.double(), 3), (nothing[0].double(), nothing[1]))
    empty.add(torch.tensor([[1.0, 0.0], [0.0, 1.0]], device=device), torch.tensor([8, 9], device=device))

    answer = empty.search(torch.tensor([[0.0, 1.0]], device=device), 50)

    checked(answer, torch.tensor([[1.0, 0.0]], device=device), [[9, 8]])
    no_rows = torch.empty(0, 2, device=device), torch.empty(0, 2, dtype=torch.int64, device=device)
    assert_same(empty.search(queries[:0], 50), no_rows)


@claims("with a vector of zeros, stored or asked for, it is 0")
@points(1)
def test_zero_vectors(student, device):
    """The cosine with a vector of zeros, stored or asked for, is 0: above every negative one, and never NaN.

    与零向量的余弦为 0，无论零向量在库里还是作为查询：它高于所有负值，而且绝不是 NaN。
    """
    vectors = torch.tensor([[-1.0, 0.0], [0.0, 0.0], [4.0, 3.0]], device=device)
    index = filled(student.VectorIndex, (vectors, torch.tensor([1, 2, 3], device=device)))

    answer = index.search(torch.tensor([[1.0, 0.0], [0.0, 0.0]], device=device), 3)

    checked(answer, torch.tensor([[0.8, 0.0, -1.0], [0.0, 0.0, 0.0]], device=device), [[3, 2, 1], [1, 2, 3]])


@points(1)
def test_adding_in_parts(student, rng):
    """Adding in three parts, one of them empty and with a search between, gives the same index as adding at once.

    分三次加入（其中一次为空，中间还搜索一次），与一次全部加入得到同样的索引。
    """
    vectors, ids = named(rng, VECTORS)
    queries = rng.normal(QUERIES, DIM, dtype=torch.float64)
    at_once = filled(student.VectorIndex, (vectors, ids)).search(queries, K)
    parts = filled(student.VectorIndex, (vectors[:13], ids[:13]), (vectors[:0], ids[:0]))
    parts.search(queries, K)

    parts.add(vectors[13:], ids[13:])

    assert_same(parts.search(queries, K), at_once)


@claims(
    "if there are not as many ids as vectors, an id stands there twice or is in the index already",
    "The index is then as it was before",
)
@points(2)
def test_a_refused_add_changes_nothing(student, reference, rng, device):
    """A repeated id, too few ids or another width is a ValueError; the index then answers as before, and takes the new
    ids when they come rightly.

    重复的 id、id 个数不符、宽度不同都抛出 ValueError，之后索引的回答与之前一样；正确加入时，这些新 id 仍然可用。
    """
    vectors, ids = named(rng, 13)
    index = filled(student.VectorIndex, (vectors, ids))
    more, new = named(rng, 3)[0], torch.tensor([1, 2, 3], device=device)

    assert_raises(ValueError, index.add, more, torch.tensor([1, int(ids[4]), 2], device=device))
    assert_raises(ValueError, index.add, more, torch.tensor([1, 2, 1], device=device))
    assert_raises(ValueError, index.add, more, new[:2])
    assert_raises(ValueError, index.add, more[:2], new)
    assert_raises(ValueError, index.add, more[:0], new)
    assert_raises(ValueError, index.add, rng.normal(3, DIM + 2, dtype=torch.float64), new)

    expected = filled(reference.VectorIndex, (vectors, ids)).search(more, 17)
    assert_same(index.search(more, 17), expected)
    index.add(more, new)
    grown = filled(reference.VectorIndex, (vectors, ids), (more, new)).search(more, 17)
    assert_same(index.search(more, 17), grown)


@claims(
    "if `metric` is none of METRICS",
    "if k is below 1",
)
@points(1)
def test_wrong_arguments(student, device):
    """An unknown metric and a k below 1 are a ValueError; k = 1 is not.

    未知的度量和小于 1 的 k 抛出 ValueError；k = 1 则不会。
    """
    vector, name = torch.tensor([[0.0, 2.0]], device=device), torch.tensor([4], device=device)
    index = filled(lambda: student.VectorIndex("dot"), (vector, name))

    checked(index.search(vector, 1), torch.tensor([[4.0]], device=device), [[4]])
    assert_raises(ValueError, index.search, vector, 0)
    assert_raises(ValueError, student.VectorIndex().search, vector, -2)
    for metric in ("manhattan", "COSINE", ""):
        assert_raises(ValueError, student.VectorIndex, metric)


@points(2)
def test_agrees_with_the_reference(student, reference, rng):
    """Scores and ids agree with the reference in all metrics, also for views that are not contiguous.

    三种度量下，分数和 id 都与参考答案一致，不连续的视图也能用。
    """
    vectors, ids = named(rng, 2 * VECTORS)
    vectors, ids = vectors[::2], ids[::2]
    queries = rng.normal(DIM, QUERIES, dtype=torch.float64).mT

    for metric in ("cosine", "dot", "euclidean"):
        index, other = student.VectorIndex(metric), reference.VectorIndex(metric)
        unchanged(index.add, vectors, ids)
        other.add(vectors, ids)
        assert_same(unchanged(index.search, queries, K), other.search(queries, K))


@claims("Vectors and queries have one floating dtype, which the scores have too")
@points(1)
def test_float32_and_sizes_of_one(student, reference, rng):
    """float32 in gives float32 scores; one vector, one query and a width of 1 work.

    输入 float32，分数也是 float32；只有一个向量、一个查询、宽度为 1 时都能用。
    """
    for vectors, queries, dim in [(VECTORS, QUERIES, DIM), (1, 1, 1), (1, 3, 2)]:
        stored, ids = named(rng, vectors, dtype=torch.float32, dim=dim)
        asked = rng.normal(queries, dim)
        for metric in ("cosine", "dot", "euclidean"):
            answer = filled(lambda metric=metric: student.VectorIndex(metric), (stored, ids)).search(asked, 1)
            expected = filled(lambda metric=metric: reference.VectorIndex(metric), (stored, ids)).search(asked, 1)
            assert_same(answer[0], expected[0], atol=1e-5)  # float32 sums of products up to 100 in any order


@claims("Only the contenders for the k places may be sorted")
@points(3)
@after("test_ties_come_in_the_order_of_addition")
def test_exact_search_is_fast(student, reference, rng, speed):
    """The 10 best of 60,000 vectors for 16 queries cost at most 5 times what they cost the reference.

    为 16 个查询从 60,000 个向量中找出最好的 10 个，耗时至多为参考答案的 5 倍。
    """
    vectors, ids = named(rng, 60_000, dim=8)

    def build(module):
        return filled(lambda: module.VectorIndex("dot"), (vectors, ids))

    def ask(fresh):
        return fresh.normal(16, 8, dtype=torch.float64)

    speed(student, reference).call("search", ask, 10, at_most=5.0, setup=build)
