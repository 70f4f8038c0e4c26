"""Hidden suite of week 12, inverted_file.

What is exact is compared with a full sort of the cosines, written here. The recall test asks for far less than any
k-means reaches, so it does not depend on whose k-means it is.
Not covered: the quality of the cells as such, float16, gradients, threads.
"""

import torch
from torch.nn import functional

from grader.suite import after, assert_raises, assert_same, claims, expect, unchanged

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


def exact(vectors, ids, queries, k):
    """Sort all cosines, stably: what a search that looks everywhere finds."""
    cosines = functional.normalize(queries, eps=1e-30) @ functional.normalize(vectors, eps=1e-30).mT
    scores, rows = cosines.sort(dim=1, descending=True, stable=True)
    return scores[:, :k], ids[rows[:, :k]]


def checked(answer, scores, ids):
    """Check an answer against rows of numbers."""
    device = scores.device
    assert_same(answer, (scores, torch.tensor(ids, device=device)))


def two_bundles(rng, many, few):
    """Make two tight bundles of vectors at a right angle: every k-means with two cells finds them."""
    centres = torch.zeros(many + few, DIM, dtype=torch.float64, device=rng.normal(1).device)
    centres[:many, 0] = 3.0
    centres[many:, 1] = 3.0
    return centres + 0.05 * rng.normal(many + few, DIM, dtype=torch.float64)


@claims("More than there are cells means all of them")
def test_probing_every_cell_is_exact(student, rng):
    """When every cell is probed, or more than there are, the answer is that of the exact index, however it was filled.

    探查所有单元（或要求的比实有的还多）时，分数和 id 与精确索引相同，无论分几次加入。
    """
    vectors, ids = named(rng, VECTORS)
    queries = rng.normal(QUERIES, DIM, dtype=torch.float64)
    expected = exact(vectors, ids, queries, K)

    for probes, cut in [(3, 0), (3, 31), (50, 2)]:
        parts = (vectors[:cut], ids[:cut]), (vectors[cut:], ids[cut:])
        index = filled(lambda probes=probes: student.InvertedFileIndex(3, probes), *parts)
        assert_same(unchanged(index.search, queries, K), expected)
    tiny = filled(lambda: student.InvertedFileIndex(3, 3), (vectors * 1e-10, ids))
    assert_same(tiny.search(queries * 1e-10, K), expected)


@claims("Equal scores come in the order in which the vectors were added")
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


@claims(
    "those whose centroids have the largest cosine with the query",
    "Where the probed cells hold fewer vectors, the row ends with score minus infinity and id -1",
)
def test_only_the_probed_cells_are_searched(student, rng, device):
    """With one probe of two cells, only the vectors of the nearer cell are found; the row ends with -inf and id -1.

    两个单元只探查一个时，只能找到较近单元里的向量；该行其余位置是负无穷和 id -1。
    """
    vectors, ids = two_bundles(rng, 17, 13), 7 * torch.arange(1, 31, device=device)
    queries = torch.eye(2, DIM, dtype=torch.float64, device=device) + 0.1
    index = filled(lambda: student.InvertedFileIndex(2, 1), (vectors, ids))

    scores, names = index.search(queries, 19)

    for row, (start, end) in enumerate([(0, 17), (17, 30)]):
        inside = exact(vectors[start:end], ids[start:end], queries[row : row + 1], 19)
        left = 19 - (end - start)
        no_score = torch.full((left,), -torch.inf, dtype=torch.float64, device=device)
        no_name = torch.full((left,), -1, device=device)
        assert_same(scores[row], torch.cat([inside[0][0], no_score]))
        assert_same(names[row], torch.cat([inside[1][0], no_name]))

    # From any start, k-means puts the first two, 50 degrees apart, into one cell: their mean is (0.91, 0, 0). The
    # query's cosine with it is 0.324, and 0.308 with the third; its product with the mean as it stands only 0.294.
    rows = [[0.90631, 0.42262, 0.0], [0.90631, -0.42262, 0.0], [-0.8, 0.0, 0.6]]
    vectors = torch.tensor(rows, dtype=torch.float64, device=device)
    query = torch.tensor([[1.0, 0.0, 2.92]], dtype=torch.float64, device=device)
    index = filled(lambda: student.InvertedFileIndex(2, 1), (vectors, ids[:3]))
    assert_same(index.search(query, 3)[1], torch.tensor([[7, 14, -1]], device=device))


@claims(
    "Later calls of `add` put their vectors into the cells that exist",
    "a cell is the set of vectors that have its centroid as the nearest one",
)
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

    # Two crowds, nearest to the first centroid: their cosines with it are 0.6, with the second 0.39 and 0. New cells
    # would part them, and the second bundle, nearer to one of the two, would lie in that one's cell.
    crowds = 0.02 * rng.normal(499, DIM, dtype=torch.float64)
    crowds[:, 0] += 1.8
    crowds[:250] += torch.tensor([0.0, 1.17, 0.0, 2.1, 0.0], dtype=torch.float64, device=device)
    crowds[250:, 3] -= 2.4
    index.add(crowds, torch.arange(1_000, 1_499, device=device))
    found = index.search(vectors[13:14], 41)[1][0]
    second = [*range(13, 30), 103, 104, 105]
    assert_same(found.sort().values, torch.tensor([-1] * 21 + second, device=device))

    # One vector makes one cell, however many are asked for, and whatever comes later lies in it.
    one = filled(
        lambda: student.InvertedFileIndex(5, 1),
        (vectors[:1], torch.tensor([0], device=device)),
        (vectors[1:], torch.arange(1, 30, device=device)),
    )
    assert_same(one.search(vectors[:1], 30)[1][0].sort().values, torch.arange(30, device=device))


@claims(
    "0 columns for an empty index",
    "Two indexes with the same arguments and the same calls give the same answers",
)
def test_inverted_file_edges(student, rng, device):
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
    assert_same(empty.search(queries, 3), exact(few, names, queries, 3))
    assert_same(filled(lambda: student.InvertedFileIndex(7, 1), (few, names)).search(few, 1)[1][:, 0], names)

    # An empty `add` brings no vectors: the cells are learnt from the next one, and two bundles lie in two of them.
    vectors, ids = two_bundles(rng, 5, 3), torch.arange(8, device=device)
    index = filled(lambda: student.InvertedFileIndex(2, 1), (vectors[:0], ids[:0]), (vectors, ids))
    assert_same(index.search(vectors[:1], 8)[1][0].sort().values, torch.tensor([-1] * 3 + [*range(5)], device=device))

    vectors, ids = named(rng, VECTORS, dtype=torch.float32)
    first, second = (
        filled(lambda: student.InvertedFileIndex(7, 2, seed=5), (vectors, ids)).search(queries, 3) for _ in range(2)
    )
    expect(
        torch.equal(first[1], second[1]),
        "Two indexes with seed 5 and the same vectors find different neighbours: the seed does not decide.",
        "两个索引种子都是 5、向量也相同，却找到了不同的近邻：种子没有起决定作用。",
    )
    assert_same(first, second)


@claims("There are at most as many cells as vectors; some may be empty")
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
            unchanged(index.add, vectors, ids)
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

    # At more than a right angle to all vectors, the second direction is the nearest; a centroid of zeros, with a cosine
    # of 0, would seem nearer still. An empty cell that points there too may be probed in its place, with some seeds.
    away = torch.tensor([[-1.0, -0.5, 0.0]], dtype=torch.float64, device=device)
    found = 0
    for seed in range(24):
        index = filled(lambda seed=seed: student.InvertedFileIndex(3, 1, seed), (vectors, ids))
        found += int((index.search(away, 8)[1] >= 0).all())
    expect(
        found > 0,
        "Three cells, two directions: with 24 seeds, a query at more than a right angle to both is sent into the empty "
        "cell each time and finds nothing. Is the centroid of an empty cell a vector of zeros? Its cosine, 0, is then "
        "the largest.",
        "三个单元、两个方向：一个与两者的夹角都超过直角的查询，换了 24 个种子，每次都进了空单元，什么也没找到。"
        "空单元的质心是不是零向量？那样它的余弦 0 就是最大的。",
    )


@after("test_probing_every_cell_is_exact")
@claims("a cell is the set of vectors that have its centroid as the nearest one")
def test_a_vector_lies_in_its_nearest_cell(student, rng, device):
    """A search for a stored vector that probes the nearest cell alone finds that vector.

    用索引里的某个向量来查询，只探查最近的一个单元，就能找到它自己。
    """
    # Vectors without any clusters, in 31 cells. Where k-means measures distances to means that are not scaled, the
    # nearest cell is another than that of the largest cosine for 5 of 997 at most; where vectors stay in the cells that
    # they were in before the centroids moved for the last time, some 50 are lost.
    vectors, ids = rng.normal(997, DIM, dtype=torch.float64), 1000 + 3 * rng.permutation(997)
    index = filled(lambda: student.InvertedFileIndex(31, 1), (vectors, ids))

    lost = int((index.search(vectors, 1)[1][:, 0] != ids).sum())

    expect(
        lost <= 14,
        "With one probe, {lost} of 997 stored vectors do not find themselves: they lie in a cell whose centroid is not "
        "the nearest. Were the centroids moved after the vectors had got their cells?",
        "只探查一个单元时，997 个向量中有 {lost} 个找不到自己：它们所在单元的质心不是离它们最近的。"
        "是不是先给向量分好了单元，之后质心又移动了？",
        lost=lost,
    )


@claims("The global random state is not touched")
def test_the_global_random_state_stays(student, rng, device):
    """Learning cells neither seeds torch's global generator nor draws from it.

    学习单元时，既不给 torch 的全局生成器设种子，也不从中取随机数。
    """
    vectors, ids = two_bundles(rng, 17, 13), torch.arange(30, device=device)
    theirs = student.given("torch")  # any module inside the student's process
    state = torch.Generator().manual_seed(rng.integer(0, 2**62)).get_state()
    theirs.set_rng_state(state)
    seed, untouched = theirs.initial_seed(), theirs.rand(5)  # what comes next where nobody draws in between

    theirs.set_rng_state(state)
    filled(lambda: student.InvertedFileIndex(2, 1, 5), (vectors, ids))

    assert_same(theirs.initial_seed(), seed)
    assert_same(theirs.rand(5), untouched)


@claims("of the randomness in k-means", "k-means begins at vectors that are drawn with `seed`")
def test_the_seed_decides_about_the_cells(student, rng):
    """Another seed gives other cells, the same seed the same ones.

    种子不同，划分出的单元也不同；种子相同则单元相同。
    """
    # Vectors without any clusters. In 900 pairs of right indexes 49 of 53 rows differed, with a standard deviation of
    # 2 and never fewer than 40; that none does is 20 deviations away.
    vectors = rng.uniform(499, DIM, low=-1.0, dtype=torch.float64)
    queries = rng.uniform(53, DIM, low=-1.0, dtype=torch.float64)
    ids = rng.permutation(499)

    def found(seed):
        return filled(lambda: student.InvertedFileIndex(31, 1, seed), (vectors, ids)).search(queries, 3)[1]

    first, again, other = found(5), found(5), found(6)

    expect(
        torch.equal(again, first),
        "Two indexes with seed 5 and the same vectors find different neighbours: the seed does not decide.",
        "两个索引种子都是 5、向量也相同，却找到了不同的近邻：种子没有起决定作用。",
    )
    expect(
        not torch.equal(other, first),
        "Seeds 5 and 6 give the same neighbours for all of 53 queries.",
        "种子 5 和 6 对全部 53 个查询给出了相同的近邻。",
    )


@claims(
    "if `cells` or `probes` is below 1",
    "if k is below 1",
)
def test_inverted_file_wrong_arguments(student, rng, device):
    """Cells, probes and k below 1, repeated ids and another width are a ValueError; 1 of each is enough to work, and a
    refused call learns no cells.

    单元数、探查数或 k 小于 1、id 重复、宽度不同都抛出 ValueError；都取 1 就能用；被拒绝的调用不会学出单元。
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

    # One vector under two ids is refused and brings nothing: the cells are learnt from what comes next.
    vectors, ids = two_bundles(rng, 5, 3), torch.arange(8, device=device)
    refused = student.InvertedFileIndex(2, 1)
    assert_raises(ValueError, refused.add, vectors[:1], ids[:2])
    refused.add(vectors, ids)
    assert_same(refused.search(vectors[:1], 8)[1][0].sort().values, torch.tensor([-1] * 3 + [*range(5)], device=device))


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


@claims(
    "With 256 cells and 8 probes, at least 90 % of the 10 nearest",
    "how many cells to learn",
)
@after("test_probing_every_cell_is_exact")
def test_recall_on_100_000_vectors(student, rng, device):
    """Among 100,000 vectors in 256 cells, 8 probes find at least 90 % of the 10 true neighbours, and 1 probe fewer.

    100,000 个向量分入 256 个单元时，探查 8 个单元至少找到 10 个真近邻中的 90%；只探查 1 个则更少。
    """
    vectors, ask = crowd(rng, spread=0.4)
    vectors, queries, ids = vectors.float(), ask(rng).float(), torch.arange(len(vectors), device=device)
    truth = exact(vectors, ids, queries, 10)[1]

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


@after("test_recall_on_100_000_vectors")
def test_searching_few_cells_is_fast(student, reference, rng, speed, device):
    """Searching 100,000 vectors with 4 probes of 512 cells costs at most 6 times what it costs the reference.

    在 100,000 个向量、512 个单元中探查 4 个，耗时至多为参考答案的 6 倍。
    """
    vectors, ask = crowd(rng, dim=48)
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
