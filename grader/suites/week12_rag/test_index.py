"""Hidden suite of week 12, index.

Ties are made from vectors whose cosines and products are exact in every order of summation. Random comparisons are in
float64, where a chance tie within rounding has a probability below 1e-9. The recall test asks for far less than
any k-means reaches, so it does not depend on whose k-means it is.
Not covered: the quality of the cells as such, float16, gradients, threads.
"""

import torch

from grader.suite import after, assert_raises, assert_same, expect, points

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


@points(1)
def test_cosine_worked_example(student, device):
    """Cosines 1, 0.6 and 0, best first, with the ids of the vectors and not their positions.

    余弦值为 1、0.6 和 0，从高到低排列，并返回向量的 id，而不是它们的位置。
    """
    vectors = torch.tensor([[3.0, 4.0], [2.0, 0.0], [0.0, -1.0]], device=device)
    index = filled(student.VectorIndex, (vectors, torch.tensor([11, 5, 7], device=device)))

    answer = index.search(torch.tensor([[10.0, 0.0], [0.0, 2.0]], device=device), 2)

    checked(answer, torch.tensor([[1.0, 0.6], [0.8, 0.0]], device=device), [[5, 11], [11, 5]])


@points(1)
def test_cosine_does_not_see_length(student, rng):
    """Making vectors and queries longer or shorter, down to lengths of 1e-10, changes neither the scores nor the ids.

    把向量和查询拉长或缩短（长度小到 1e-10 也一样），分数和 id 都不变。
    """
    vectors, ids = named(rng, VECTORS)
    queries = rng.normal(QUERIES, DIM, dtype=torch.float64)
    plain = filled(student.VectorIndex, (vectors, ids)).search(queries, K)
    factors = rng.uniform(VECTORS, 1, low=0.01, high=100.0, dtype=torch.float64)

    stretched = filled(student.VectorIndex, (vectors * factors, ids)).search(queries * 1e-4, K)

    assert_same(stretched, plain)
    for make in (student.VectorIndex, lambda: student.InvertedFileIndex(3, 3)):
        tiny = filled(make, (vectors * (1e-10 * factors), ids)).search(queries * 1e-10, K)
        assert_same(tiny, plain)


@points(1)
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


@points(1)
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


@points(1)
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
        index = filled(lambda metric=metric: student.VectorIndex(metric), (vectors, ids))
        for k in (1, 2, 17, len(rows)):
            assert_same(index.search(query, k), (scores[None, :k], order[None, :k]))


@points(1)
def test_k_above_the_size_and_an_empty_index(student, rng, device):
    """A k above the size gives all vectors and no more; an empty index gives 0 columns; no queries give 0 rows.

    k 超过向量个数时只返回全部向量；空索引返回 0 列；没有查询时返回 0 行。
    """
    empty = student.VectorIndex()
    queries = rng.normal(QUERIES, 2)
    nothing = torch.empty(QUERIES, 0, device=device), torch.empty(QUERIES, 0, dtype=torch.int64, device=device)
    assert_same(empty.search(queries, 3), nothing)
    empty.add(torch.tensor([[1.0, 0.0], [0.0, 1.0]], device=device), torch.tensor([8, 9], device=device))

    answer = empty.search(torch.tensor([[0.0, 1.0]], device=device), 50)

    checked(answer, torch.tensor([[1.0, 0.0]], device=device), [[9, 8]])
    no_rows = torch.empty(0, 2, device=device), torch.empty(0, 2, dtype=torch.int64, device=device)
    assert_same(empty.search(queries[:0], 50), no_rows)


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


@points(1)
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
    assert_raises(ValueError, index.add, rng.normal(3, DIM + 2, dtype=torch.float64), new)

    expected = filled(reference.VectorIndex, (vectors, ids)).search(more, 17)
    assert_same(index.search(more, 17), expected)
    index.add(more, new)
    grown = filled(reference.VectorIndex, (vectors, ids), (more, new)).search(more, 17)
    assert_same(index.search(more, 17), grown)


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
    assert_raises(ValueError, student.VectorIndex, "manhattan")


@points(1)
def test_agrees_with_the_reference(student, reference, rng):
    """Scores and ids agree with the reference in all metrics, also for views that are not contiguous.

    三种度量下，分数和 id 都与参考答案一致，不连续的视图也能用。
    """
    vectors, ids = named(rng, 2 * VECTORS)
    vectors, ids = vectors[::2], ids[::2]
    queries = rng.normal(DIM, QUERIES, dtype=torch.float64).mT

    for metric in ("cosine", "dot", "euclidean"):
        index, other = student.VectorIndex(metric), reference.VectorIndex(metric)
        index.add(vectors, ids)
        other.add(vectors, ids)
        assert_same(index.search(queries, K), other.search(queries, K))


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


@points(2)
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


# --- the inverted file ------------------------------------------------------------------------------------------------


def two_bundles(rng, many, few):
    """Make two tight bundles of vectors at a right angle: every k-means with two cells finds them."""
    centres = torch.zeros(many + few, DIM, dtype=torch.float64, device=rng.normal(1).device)
    centres[:many, 0] = 3.0
    centres[many:, 1] = 3.0
    return centres + 0.05 * rng.normal(many + few, DIM, dtype=torch.float64)


@points(1)
def test_probing_every_cell_is_exact(student, reference, rng):
    """When every cell is probed, or more than there are, the answer is that of the exact index, however it was filled.

    探查所有单元（或要求的比实有的还多）时，分数和 id 与精确索引相同，无论分几次加入。
    """
    vectors, ids = named(rng, VECTORS)
    queries = rng.normal(QUERIES, DIM, dtype=torch.float64)
    expected = filled(reference.VectorIndex, (vectors, ids)).search(queries, K)

    for probes, cut in [(3, 0), (3, 31), (50, 2)]:
        parts = (vectors[:cut], ids[:cut]), (vectors[cut:], ids[cut:])
        index = filled(lambda probes=probes: student.InvertedFileIndex(3, probes), *parts)
        assert_same(index.search(queries, K), expected)


@points(1)
def test_inverted_file_ties_and_zeros(student, device):
    """Across cells too, equal scores come in the order of addition, and the cosine with zeros is 0.

    跨单元时，分数相等也按加入的先后排列；与零向量的余弦为 0。
    """
    rows = [[2.0, 2, 2, 2], [0.0, 0, 4, 0], [2.0, 2, -2, -2], [0.0, 0, 0, 0], [-2.0, 2, -2, 2], [0.0, 1, 0, 0]]
    vectors = torch.tensor(rows * 5, dtype=torch.float64, device=device)
    ids = torch.arange(90, 60, -1, device=device)
    query = torch.tensor([[0.0, 8.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]], dtype=torch.float64, device=device)
    first = [5, 11, 17, 23, 29, *(6 * row + column for row in range(5) for column in (0, 2, 4)), 1, 3]
    scores = torch.tensor([[1.0] * 5 + [0.5] * 15 + [0.0] * 2, [0.0] * 22], dtype=torch.float64, device=device)

    answer = filled(lambda: student.InvertedFileIndex(4, 4), (vectors, ids)).search(query, 22)

    assert_same(answer, (scores, torch.stack([ids[first], ids[:22]])))


@points(1)
def test_only_the_probed_cells_are_searched(student, reference, rng, device):
    """With one probe of two cells, only the vectors of the nearer cell are found; the row ends with -inf and id -1.

    两个单元只探查一个时，只能找到较近单元里的向量；该行其余位置是负无穷和 id -1。
    """
    vectors, ids = two_bundles(rng, 17, 13), 7 * torch.arange(1, 31, device=device)
    queries = torch.eye(2, DIM, dtype=torch.float64, device=device) + 0.1
    index = filled(lambda: student.InvertedFileIndex(2, 1), (vectors, ids))

    scores, names = index.search(queries, 19)

    for row, (start, end) in enumerate([(0, 17), (17, 30)]):
        inside = filled(reference.VectorIndex, (vectors[start:end], ids[start:end])).search(queries[row : row + 1], 19)
        left = 19 - (end - start)
        no_score = torch.full((left,), -torch.inf, dtype=torch.float64, device=device)
        no_name = torch.full((left,), -1, device=device)
        assert_same(scores[row], torch.cat([inside[0][0], no_score]))
        assert_same(names[row], torch.cat([inside[1][0], no_name]))


@points(1)
def test_later_vectors_go_into_the_cells_that_exist(student, rng, device):
    """A vector that is added later lies in the nearest cell of those that exist, and one probe finds it there.

    后来加入的向量归入已有单元中最近的一个，只探查一个单元就能找到它。
    """
    vectors = two_bundles(rng, 13, 17)
    later = two_bundles(rng, 2, 3)
    index = filled(
        lambda: student.InvertedFileIndex(2, 1),
        (vectors, torch.arange(30, device=device)),
        (later[:2], torch.tensor([101, 102], device=device)),
        (later[2:], torch.tensor([103, 104, 105], device=device)),
    )

    scores, names = index.search(torch.cat([later, vectors]), 1)

    assert_same(names[:, 0], torch.cat([torch.arange(101, 106, device=device), torch.arange(30, device=device)]))
    assert_same(scores, torch.ones(35, 1, dtype=torch.float64, device=device))

    # A crowd of vectors whose cosines with the two centroids are 0.6 and 0: new cells would be cut through the crowd.
    crowd = two_bundles(rng, 499, 0) * 0.6
    crowd[:, 3] += 2.4
    index.add(crowd, torch.arange(1_000, 1_499, device=device))
    found = index.search(vectors[13:14], 41)[1][0]
    second = [*range(13, 30), 103, 104, 105]
    assert_same(found.sort().values, torch.tensor([-1] * 21 + second, device=device))


@points(1)
def test_inverted_file_edges(student, reference, rng, device):
    """Empty, fewer vectors than cells, float32: nothing breaks, and the same calls give the same answers.

    空索引、向量少于单元、float32：都不出错，而且同样的调用给出同样的结果。
    """
    empty = student.InvertedFileIndex(5, 2)
    queries = rng.normal(QUERIES, DIM)
    empty.add(queries[:0], torch.empty(0, dtype=torch.int64, device=device))
    nothing = torch.empty(QUERIES, 0, device=device), torch.empty(QUERIES, 0, dtype=torch.int64, device=device)
    assert_same(empty.search(queries, 3), nothing)

    few, names = named(rng, 2, dtype=torch.float32)
    empty.add(few, names)
    assert_same(empty.search(queries, 3), filled(reference.VectorIndex, (few, names)).search(queries, 3))
    assert_same(filled(lambda: student.InvertedFileIndex(7, 1), (few, names)).search(few, 1)[1][:, 0], names)

    vectors, ids = named(rng, VECTORS, dtype=torch.float32)
    first, second = (
        filled(lambda: student.InvertedFileIndex(7, 2, seed=5), (vectors, ids)).search(queries, 3) for _ in range(2)
    )
    assert_same(first, second)


@points(1)
def test_empty_cells_do_no_harm(student, device):
    """With more cells than different vectors some cells are empty; the others work as before, and nothing becomes NaN.

    单元比互不相同的向量还多时，有些单元是空的；其他单元照常工作，不会出现 NaN。
    """
    # Two directions at a right angle, and three cells: equal vectors lie in one cell, so at least one stays empty.
    vectors = torch.tensor([[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]] * 8, dtype=torch.float64, device=device)
    ids = 100 + torch.arange(16, device=device)

    for seed in range(3):
        one, two = student.InvertedFileIndex(3, 1, seed), student.InvertedFileIndex(3, 2, seed)
        for index in (one, two):
            index.add(vectors, ids)
        # Two centroids may point the same way, and one of those cells is then empty: one probe may find nothing.
        for start in (0, 1):
            scores, found = one.search(vectors[start : start + 1], 16)
            strangers = [name for name in found[0].tolist() if name >= 0 and (name - start) % 2]
            expect(
                not strangers and not bool(scores.isnan().any()),
                "With one probe, a query finds the vectors {strangers} at a right angle to it: a cell holds what is "
                "not near its centroid. Is the centroid of an empty cell NaN?",
                "只探查一个单元时，查询找到了与它垂直的向量 {strangers}：某个单元里有不靠近其质心的向量。"
                "空单元的质心是不是 NaN？",
                strangers=strangers,
            )
            right = torch.ones(1, 8, dtype=torch.float64, device=device), ids[start::2].unsqueeze(0)
            assert_same(two.search(vectors[start : start + 1], 8), right)


@points(1)
def test_the_seed_decides_about_the_cells(student, rng, device):
    """Another seed gives other cells, the same seed the same ones, and torch's global random state is not touched.

    种子不同，划分出的单元也不同；种子相同则单元相同；torch 的全局随机状态不受影响。
    """
    # Vectors without any clusters. In 900 pairs of right indexes 49 of 53 rows differed, with a standard deviation of
    # 2 and never fewer than 40; that none does is 20 deviations away.
    vectors, ids = rng.uniform(499, DIM, low=-1.0, dtype=torch.float64), torch.arange(499, device=device)
    queries = rng.uniform(53, DIM, low=-1.0, dtype=torch.float64)
    theirs = student.given("torch")  # any module inside the student's process
    state = torch.Generator().manual_seed(rng.integer(0, 2**62)).get_state()

    def found(seed):
        return filled(lambda: student.InvertedFileIndex(31, 1, seed), (vectors, ids)).search(queries, 3)[1]

    theirs.set_rng_state(state)
    untouched = theirs.rand(5)  # what comes next where nobody draws in between
    theirs.set_rng_state(state)
    first = found(5)
    assert_same(theirs.rand(5), untouched)
    again, other = found(5), found(6)

    assert_same(again, first)
    expect(
        not torch.equal(other, first),
        "Seeds 5 and 6 give the same neighbours for all of 53 queries.",
        "种子 5 和 6 对全部 53 个查询给出了相同的近邻。",
    )


@points(1)
def test_inverted_file_wrong_arguments(student, device):
    """Cells, probes and k below 1, repeated ids and another width are a ValueError; 1 of each is enough to work.

    单元数、探查数或 k 小于 1、id 重复、宽度不同都抛出 ValueError；都取 1 就能用。
    """
    vector, name = torch.tensor([[0.0, 2.0]], device=device), torch.tensor([4], device=device)
    index = filled(lambda: student.InvertedFileIndex(1, 1), (vector, name))

    assert_raises(ValueError, student.InvertedFileIndex, 0, 1)
    assert_raises(ValueError, student.InvertedFileIndex, 1, 0)
    assert_raises(ValueError, index.search, vector, 0)
    assert_raises(ValueError, index.add, vector, name)
    assert_raises(ValueError, index.add, torch.ones(1, 3, device=device), name + 1)
    assert_raises(ValueError, index.add, torch.ones(2, 2, device=device), name + 1)
    checked(index.search(vector, 1), torch.tensor([[1.0]], device=device), [[4]])


def crowd(rng, n=100_000, topics=2_000, spread=0.2, dim=16):
    """Make vectors around topics, as embeddings of texts lie, and a function that asks near a topic."""
    centres = rng.normal(topics, dim, dtype=torch.float64)
    vectors = centres[rng.integers(0, topics, n)] + spread * rng.normal(n, dim, dtype=torch.float64)

    def ask(fresh, queries=64):
        near = centres[fresh.integers(0, topics, queries)]
        return near + spread * fresh.normal(queries, dim, dtype=torch.float64)

    return vectors, ask


def recall(found, truth):
    """Return the share of the true ids that were found."""
    return (found.unsqueeze(2) == truth.unsqueeze(1)).any(dim=1).double().mean().item()


@points(2)
@after("test_probing_every_cell_is_exact")
def test_recall_on_100_000_vectors(student, reference, rng, device):
    """Among 100,000 vectors in 256 cells, 8 probes find at least 90 % of the 10 true neighbours, and 1 probe fewer.

    100,000 个向量分入 256 个单元时，探查 8 个单元至少找到 10 个真近邻中的 90%；只探查 1 个则更少。
    """
    vectors, ask = crowd(rng, spread=0.4)
    vectors, queries, ids = vectors.float(), ask(rng).float(), torch.arange(len(vectors), device=device)
    truth = filled(reference.VectorIndex, (vectors, ids)).search(queries, 10)[1]

    scores, found = filled(lambda: student.InvertedFileIndex(256, 8), (vectors, ids)).search(queries, 10)

    share = recall(found, truth)
    expect(
        share >= 0.9,
        "Only {share} of the true neighbours were found; any k-means finds more than 0.9 with 8 probes of 256 cells.",
        "只找到了 {share} 的真近邻；256 个单元探查 8 个时，任何 k-means 都能找到 0.9 以上。",
        share=round(share, 3),
    )
    cosines = torch.nn.functional.cosine_similarity(queries.unsqueeze(1), vectors[found.clamp(min=0)], dim=-1)
    assert_same(scores, cosines)
    expect(
        recall(filled(lambda: student.InvertedFileIndex(256, 1), (vectors, ids)).search(queries, 10)[1], truth) < share,
        "One probe finds as many of the true neighbours as eight: the number of probes has no effect.",
        "探查 1 个单元与探查 8 个找到的一样多：探查数没有起作用。",
    )


@points(2)
@after("test_recall_on_100_000_vectors")
def test_searching_few_cells_is_fast(student, reference, rng, speed, device):
    """Searching 100,000 vectors with 4 probes of 512 cells costs at most 6 times what it costs the reference.

    在 100,000 个向量、512 个单元中探查 4 个，耗时至多为参考答案的 6 倍。
    """
    vectors, ask = crowd(rng, dim=24)
    ids = torch.arange(len(vectors), device=device)

    def build(module):
        return filled(lambda: module.InvertedFileIndex(512, 4), (vectors, ids))

    def nearly_the_same(got, expected):
        # Another k-means makes other cells, so a few neighbours may differ.
        expect(
            got[1].shape == expected[1].shape and recall(got[1], expected[1]) > 0.8,
            "The neighbours found while the clock ran are not those of the reference.",
            "计时期间找到的近邻与参考答案不符。",
        )

    speed(student, reference).call("search", ask, 10, at_most=6.0, setup=build, check=nearly_the_same)
