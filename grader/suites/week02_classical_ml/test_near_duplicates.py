"""Hidden suite of week 02, near_duplicates.

Signatures are exact whole numbers; what is near is decided by exact Jaccard, so no verdict hangs on luck.
Not covered: how well a signature estimates the similarity, which follows from the hash functions that are given.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, points, unchanged

PRIME = 2**31 - 1
COUNT = 12


def drawn(rng, count=COUNT):
    return torch.stack([rng.integers(1, PRIME, count), rng.integers(0, PRIME, count)], 1)


def elements(rng, count):
    return rng.integers(0, PRIME, count).tolist()


def signatures(rows, device):
    return torch.tensor(rows, dtype=torch.int64, device=device)


@claims("It is the number of elements in both, divided by the number in one or both", "Two empty sets are equal: 1")
@points(0.5)
def test_jaccard(student):
    """2 elements in common of 5 in all give 2/5; nothing in common gives 0, the same 1, and so do two empty sets.

    共 5 个元素、其中 2 个相同，得 2/5；没有相同的得 0，完全相同得 1，两个空集也得 1。
    """
    for a, b, expected in (
        ([1, 2, 3, 4], [3, 4, 5], 2 / 5),
        ([3, 4, 5], [1, 2, 3, 4], 2 / 5),
        ([1], [2], 0.0),
        ([7, 8], [7, 8], 1.0),
        ([], [], 1.0),
        ([], [4], 0.0),
        ([1, 2], [1, 2, 3, 4], 0.5),
    ):
        assert_same(student.jaccard(a, b), expected)


@claims("A set is given as a list, in any order", "an element that stands in it several times counts once")
@points(0.5)
def test_repetitions_count_once(student, rng, device):
    """An element that stands in the list several times counts once, and the order means nothing.

    列表中重复出现的元素只算一次，次序没有意义。
    """
    assert_same(unchanged(student.jaccard, [5, 1, 5, 5, 2], [2, 2, 9]), 1 / 4)

    permutations, some = drawn(rng), elements(rng, 7)
    assert_same(student.minhash(some[::-1] + some, permutations), student.minhash(some, permutations))
    three = [[1, 2, 3], [3, 3, 2, 1, 1], [2]]
    assert_same(student.near_duplicates(three, permutations, 3, 1.0), [[0, 1]])


@claims("The hash of an element x by (a, b) is (a x + b) mod PRIME", "The result is int64")
@points(2)
def test_signature_by_hand(student, device):
    """Elements 2 and 10 under x, 3x + 5 and (PRIME - 1) x: the smallest are 2, 11 and PRIME - 10.

    元素 2 和 10，哈希为 x、3x + 5 和 (PRIME - 1) x：最小值是 2、11 和 PRIME - 10。
    """
    permutations = signatures([[1, 0], [3, 5], [PRIME - 1, 0]], device)

    assert_same(student.minhash([10, 2], permutations), signatures([2, 11, PRIME - 10], device))
    assert_same(student.minhash([0], permutations), signatures([0, 5, 0], device))


@points(0.5)
def test_signatures_of_large_numbers(student, rng, device):
    """Elements and hash functions as large as they may be give the numbers that exact arithmetic gives.

    元素和哈希函数都取到允许的最大值时，结果也与精确的整数运算一致。
    """
    for count in (1, 2, 97):
        permutations, some = drawn(rng), [*elements(rng, count), PRIME - 1]
        expected = [min((a * x + b) % PRIME for x in some) for a, b in permutations.tolist()]
        assert_same(unchanged(student.minhash, some, permutations), signatures(expected, device))


@claims("The signature of an empty set is PRIME everywhere, which no hash reaches")
@points(0.5)
def test_empty_set(student, rng, device):
    """The signature of an empty set is PRIME everywhere.

    空集的签名处处是 PRIME。
    """
    assert_same(student.minhash([], drawn(rng)), signatures([PRIME] * COUNT, device))


@claims("an element is below 0 or not below PRIME")
@points(0.5)
def test_elements_are_checked(student, rng):
    """Elements of -1 and PRIME are refused with ValueError.

    元素为 -1 或 PRIME 时，抛出 ValueError。
    """
    for wrong in (-1, PRIME, 2**40):
        assert_raises(ValueError, student.minhash, [3, wrong, 4], drawn(rng))


@claims("Two sets agree in an entry with a chance of about their `jaccard`")
@points(1)
def test_similar_sets_agree_more(student, rng):
    """Sets with a Jaccard of 3/4 agree in about three quarters of 601 entries (false alarm below 1 in a million).

    Jaccard 为 3/4 的两个集合，在 601 个位置中约有四分之三相同（误报概率低于百万分之一）。
    """
    permutations, shared = drawn(rng, 601), elements(rng, 750)
    one, other = (student.minhash(shared + elements(rng, 125), permutations) for _ in range(2))

    assert_same(float((one == other).double().mean()), 0.75, rtol=0.0, atol=0.12)


@claims(
    "Band i is the i-th piece of count / bands neighbouring entries", "A bucket is shared if two rows or more are in it"
)
@points(1)
def test_bands(student, device):
    """Of 4 rows and 2 bands of 2: rows 0 and 3 share the first band, rows 0, 1 and 2 the second.

    4 行、2 段、每段 2 个数：第 0、3 行的第一段相同，第 0、1、2 行的第二段相同。
    """
    rows = signatures([[1, 2, 3, 4], [1, 9, 3, 4], [2, 1, 3, 4], [1, 2, 4, 3]], device)

    assert_same([tuple(one) for one in unchanged(student.lsh_buckets, rows, 2)], [(0, [0, 3]), (1, [0, 1, 2])])
    assert_same([tuple(one) for one in student.lsh_buckets(rows, 1)], [])
    expected = [(0, [0, 1, 3]), (1, [0, 3]), (2, [0, 1, 2]), (3, [0, 1, 2])]
    assert_same([tuple(one) for one in student.lsh_buckets(rows, 4)], expected)


@claims(
    "The rows of a bucket are ascending; buckets are sorted by band",
    "Rows that agree in another band only share no bucket",
)
@points(0.5)
def test_buckets_are_in_order(student, reference, rng, device):
    """Buckets come by band and then by first row, not by their numbers; equal pieces of different bands stay apart.

    桶先按段、再按第一行排序，而不是按其中的数；不同段里相同的数不会混在一起。
    """
    rows = signatures([[9, 1], [5, 9], [9, 5], [5, 1], [1, 9], [1, 5]], device)
    expected = [(0, [0, 2]), (0, [1, 3]), (0, [4, 5]), (1, [0, 3]), (1, [1, 4]), (1, [2, 5])]
    assert_same([tuple(one) for one in student.lsh_buckets(rows, 2)], expected)

    many = rng.integers(0, 3, 2 * COUNT, 61).mT[:, ::2]
    for bands in (1, 4, COUNT):
        assert_same([tuple(one) for one in student.lsh_buckets(many, bands)], reference.lsh_buckets(many, bands))


@points(0.5)
def test_empty_documents_are_equal(student, rng, device):
    """Rows of PRIME share buckets like any others, so that empty documents, whose Jaccard is 1, are one group.

    全是 PRIME 的行也与其他行一样分进桶里，因此 Jaccard 为 1 的空文档成为一组。
    """
    rows = signatures([[PRIME, PRIME], [3, PRIME], [PRIME, PRIME]], device)
    assert_same([tuple(one) for one in student.lsh_buckets(rows, 2)], [(0, [0, 2]), (1, [0, 1, 2])])

    assert_same(student.near_duplicates([[], [5], [], [5, 5], []], drawn(rng), 4, 1.0), [[0, 2, 4], [1, 3]])


@claims("`bands` is below 1 or does not divide count")
@points(0.5)
def test_bands_are_checked(student, rng):
    """0 bands, and bands that do not divide the length of a signature, are refused with ValueError.

    段数为 0，或段数不能整除签名长度时，抛出 ValueError。
    """
    for bands in (0, 5, COUNT + 1, -3):
        assert_raises(ValueError, student.lsh_buckets, rng.integers(0, 9, 3, COUNT), bands)


@points(1)
def test_speed(speed, student, reference):
    """5,000 rows take at most 30 times as long as the reference: rows are put into buckets, not compared in pairs.

    5,000 行，耗时最多为参考答案的 30 倍：应当把行放进桶里，而不是两两比较。
    """
    # So few numbers that some rows share a bucket.
    speed(student, reference).call("lsh_buckets", lambda rng: rng.integers(0, 100, 5000, COUNT), 4, at_most=30.0)


@claims("Two documents that share a bucket are joined if their exact `jaccard` is at least `threshold`")
@points(1)
def test_near_duplicates(student, rng):
    """With a band for every entry, the groups are those of all pairs with a Jaccard of at least the threshold.

    每个位置自成一段时，得到的组正是 Jaccard 不低于阈值的那些文档。
    """
    permutations = drawn(rng, 97)
    base, other = list(range(20)), list(range(100, 120))
    documents = [base, other, [*base[:19], 50], [*other[:10], *range(200, 210)], base[::-1], [7000], other[:15]]

    for threshold, expected in (
        (0.7, [[0, 2, 4], [1, 6]]),
        (0.75, [[0, 2, 4], [1, 6]]),  # 15 of 20 is exactly 3/4
        (0.8, [[0, 2, 4]]),
        (1.0, [[0, 4]]),
        (0.3, [[0, 2, 4], [1, 3, 6]]),
    ):
        got = unchanged(student.near_duplicates, documents, permutations, 97, threshold)
        assert_same([list(group) for group in got], expected)


@claims("a bucket is only a hint", "Two documents that share a bucket are joined")
@points(0.5)
def test_a_bucket_is_only_a_hint(student, device):
    """Documents in one bucket that have little in common are not joined; similar ones without a bucket are not found.

    同在一个桶里但相同之处很少的文档不合并；相似但没有共同桶的文档不会被发现。
    """
    permutations = signatures([[1, 0], [PRIME - 1, 0]], device)  # the smallest and the largest element
    documents = [[1, 5, 7, 9], [1, 20, 30, 40], [2, 5, 7, 9], [1, 5, 7, 8]]

    assert_same(student.near_duplicates(documents, permutations, 2, 0.6), [[0, 2, 3]])
    assert_same(student.near_duplicates(documents, permutations, 1, 0.6), [])
    # The first of a bucket is like none of the others, which are like each other.
    documents = [documents[1], documents[0], *documents[2:]]
    assert_same(student.near_duplicates(documents, permutations, 2, 0.6), [[1, 2, 3]])


@claims("Joining is transitive: if 0 joins 3 and 3 joins 5, all three are one group")
@points(1)
def test_chains_are_one_group(student, rng):
    """A chain in which only neighbours are similar is one group, in whatever order the documents stand.

    只有相邻两篇相似的一串文档是一个组，无论文档按什么次序排列。
    """
    chain = [list(range(start, start + 10)) for start in (0, 2, 4, 6, 8, 10)]
    for order in ([0, 1, 2, 3, 4, 5], [0, 5, 1, 4, 2, 3], [0, 2, 4, 1, 3, 5], [5, 3, 0, 2, 1, 4]):
        documents = [[900 + order[0]], *(chain[place] for place in order), [800]]
        assert_same(student.near_duplicates(documents, drawn(rng, 97), 97, 0.66), [[1, 2, 3, 4, 5, 6]])
    # Three pairs, 0 and 4, 1 and 5, 2 and 6, which 6 brings together: 4 knows it, and so does 5. x - k finds k.
    permutations = torch.tensor([[1, PRIME - k] for k in range(1, 6)], device=drawn(rng).device)
    documents = [[1], [2], [3], [], [1, 4], [2, 5], [3, 4, 5]]
    assert_same(student.near_duplicates(documents, permutations, 5, 0.2), [[0, 1, 2, 4, 5, 6]])


@claims(
    "A group has two documents or more",
    "its documents are ascending, and groups are sorted by their first",
    "Without documents there are no groups",
)
@points(0.5)
def test_order_of_groups(student, rng):
    """Groups come by their first document, documents ascending, and hold as many as there are; one alone is no group.

    组按第一个文档排序，组内升序，再多的文档也全在组里；单独的文档不成组，没有文档时没有组。
    """
    documents = [[3], [9], [5], [9], [5], [3], [5], [1]]

    assert_same(student.near_duplicates(documents, drawn(rng), 4, 1.0), [[0, 5], [1, 3], [2, 4, 6]])
    assert_same(student.near_duplicates([[7, 8]] * 130, drawn(rng), 2, 0.9), [list(range(130))])
    assert_same(student.near_duplicates([[1]], drawn(rng), 4, 0.5), [])
    assert_same(student.near_duplicates([], drawn(rng), 4, 0.5), [])
