"""Hidden suite of week 12, metrics.

Not covered: other gains and discounts, means over queries of recall and nDCG.
"""

import math

from grader.suite import assert_raises, assert_same, claims, points, unchanged

LOG3 = math.log2(3)


@points(2)
def test_recall_worked_example(student):
    """Of three relevant ids, one stands among the first 2 and two among the first 4: 1/3 and 2/3.

    三个相关 id 中，前 2 名里有一个，前 4 名里有两个：1/3 和 2/3。
    """
    ranked, relevant = ["d", "a", "e", "b", "f"], ["a", "b", "c"]

    assert_same([student.recall_at_k(ranked, relevant, k) for k in (1, 2, 3, 4, 5)], [0.0, 1 / 3, 1 / 3, 2 / 3, 2 / 3])


@claims(
    "The denominator is the number of distinct relevant ids",
    "An id counts once however often it stands in either list",
)
@points(1)
def test_recall_counts_an_id_once(student):
    """An id counts once however often it stands in either list, but takes up a place each time; the denominator is the
    relevant ids, not k.

    一个 id 无论在哪个列表里出现几次都只计一次，但每次都占一个名次；分母是相关 id 的个数，而不是 k。
    """
    assert_same(student.recall_at_k([4, 2, 9], (2, 4, 7, 8, 1), 1), 0.2)
    assert_same(student.recall_at_k(["a", "a", "b"], ["a", "c"], 3), 0.5)
    assert_same(student.recall_at_k(["a", "b"], ["a", "a", "c", "d"], 2), 1 / 3)
    assert_same([student.recall_at_k(["a", "a", "b"], ["a", "b"], k) for k in (1, 2, 3)], [0.5, 0.5, 1.0])
    assert_same(student.recall_at_k([4, 2, 9], (2, 4, 7, 8, 1), 2), 0.4)
    assert_same(student.recall_at_k([4, 2, 9], {9: 2, 5: 1}, 3), 0.5)  # the keys of a dict of gains


@claims(
    "Nothing relevant gives 0.0",
    "A ranking shorter than k is no error",
    "if k is below 1",
)
@points(1)
def test_recall_at_the_edges(student):
    """Nothing relevant and nothing ranked give 0.0, a short ranking is no error, and k below 1 is a ValueError.

    没有相关 id 或没有排名时为 0.0；排名比 k 短不是错误；k 小于 1 抛出 ValueError。
    """
    assert_same(student.recall_at_k(["a"], [], 3), 0.0)
    assert_same(student.recall_at_k([], ["a"], 3), 0.0)
    assert_same(student.recall_at_k(["b", "a"], ["a"], 100), 1.0)
    for ranked, relevant in ((["a"], ["a"]), (["a"], []), ([], ["a"]), ([], [])):
        assert_raises(ValueError, student.recall_at_k, ranked, relevant, 0)
        assert_raises(ValueError, student.recall_at_k, ranked, relevant, -1)


@claims(
    "The first rank is 1, and a ranking is looked at to its end",
    "one ranking for each query",
    "the relevant ids of each query, in the same order",
)
@points(2)
def test_reciprocal_rank_worked_example(student):
    """First relevant ids at the ranks 1, 3 and 2 give the mean of 1, 1/3 and 1/2; later ones do not count, and a rank
    may be as large as 1,000.

    首个相关 id 分别在第 1、3、2 名，结果是 1、1/3、1/2 的均值；其后的不再计入；名次可以大到 1,000。
    """
    rankings = [["a", "b"], ["x", "y", "b", "a"], [5, 7, 8]]
    relevant = [["a", "b"], ["a", "b"], [8, 7]]

    assert_same(unchanged(student.mean_reciprocal_rank, rankings, relevant), 11 / 18)
    assert_same(student.mean_reciprocal_rank(rankings[:2], relevant[:2]), 2 / 3)
    for rank in (11, 101, 1_000):
        assert_same(student.mean_reciprocal_rank([list(range(1, 2_000))], [[rank, 1_999]]), 1 / rank)


@claims("A query whose ranking holds nothing relevant counts with 0")
@points(1)
def test_a_query_without_an_answer_is_part_of_the_mean(student):
    """A query whose ranking holds nothing relevant counts with 0 in the mean over all queries.

    排名中没有相关 id 的查询以 0 计入全部查询的均值。
    """
    assert_same(student.mean_reciprocal_rank([["a"], ["b"], [], ["x", "a"]], [["a"], ["a"], ["a"], ["a"]]), 0.375)
    assert_same(student.mean_reciprocal_rank([["a"], ["b"]], [["a"], []]), 0.5)


@claims(
    "No query at all gives 0.0",
    "if there are not as many rankings as sets of relevant ids",
)
@points(1)
def test_reciprocal_rank_at_the_edges(student):
    """No query gives 0.0; as many rankings as sets of relevant ids are needed, else ValueError; one query works.

    没有查询时为 0.0；排名与相关集合的个数必须相同，否则抛出 ValueError；只有一个查询也可以。
    """
    assert_same(student.mean_reciprocal_rank([], []), 0.0)
    assert_same(student.mean_reciprocal_rank([["x", "y", "z", "w", "a"]], [["a"]]), 0.2)
    assert_raises(ValueError, student.mean_reciprocal_rank, [["a"], ["b"]], [["a"]])
    assert_raises(ValueError, student.mean_reciprocal_rank, [["a"]], [["a"], ["b"]])
    assert_raises(ValueError, student.mean_reciprocal_rank, [], [["a"]])
    assert_raises(ValueError, student.mean_reciprocal_rank, [["a"]], [])


@claims("The gain at rank i (the first is 1) is divided by log2(i + 1)")
@points(2)
def test_ndcg_worked_example(student):
    """Gains 0, 1, 1 in the order found give (1/log2(3) + 1/2) / (1 + 1/log2(3)), which is 0.6934.

    依次找到的增益为 0、1、1，结果为 (1/log2(3) + 1/2) / (1 + 1/log2(3))，即 0.6934。
    """
    gains = {"a": 1, "b": 1, "c": 0}

    assert_same(student.ndcg_at_k(["c", "a", "b"], gains, 3), (1 / LOG3 + 1 / 2) / (1 + 1 / LOG3))
    assert_same(student.ndcg_at_k(["a", "b", "c"], gains, 3), 1.0)


@claims("which are never negative, are used as they are")
@points(1)
def test_gains_are_linear(student):
    """A gain of 3 counts three times a gain of 1, not 7 times; fractions count too.

    增益 3 的分量是增益 1 的 3 倍，而不是 7 倍；小数增益也一样。
    """
    assert_same(student.ndcg_at_k(["b", "a"], {"a": 3, "b": 1}, 2), (1 + 3 / LOG3) / (3 + 1 / LOG3))
    assert_same(student.ndcg_at_k([2, 1, 3], {1: 2.5, 2: 0.5}, 5), (0.5 + 2.5 / LOG3) / (2.5 + 0.5 / LOG3))


@claims(
    "The best possible ranking sorts all of `gains`, found or not, and is cut at k too",
    "An id that `gains` does not name has gain 0",
)
@points(1)
def test_the_ideal_holds_everything_and_is_cut_too(student):
    """The best possible ranking sorts all gains, found or not, and is cut at k as the ranking is.

    理想排名把所有增益（无论是否被找到）从大到小排列，并且同样截断到前 k 个。
    """
    gains = {"a": 1, "b": 5, "c": 2}

    assert_same(student.ndcg_at_k(["a"], gains, 2), 1 / (5 + 2 / LOG3))
    assert_same(student.ndcg_at_k(["c", "x", "b"], gains, 1), 2 / 5)
    assert_same(student.ndcg_at_k(["c", "x", "b"], gains, 3), (2 + 5 / 2) / (5 + 2 / LOG3 + 1 / 2))


@claims("An id that stands twice has its gain at its first place and 0 at later ones")
@points(1)
def test_an_id_twice_earns_once(student):
    """An id that stands twice has its gain at the first place and nothing at the second, which it takes up. `gains`
    stays as it is.

    出现两次的 id 只在第一处得到增益，第二处得 0，但仍占着那个名次。`gains` 保持不变。
    """
    gains = {"a": 2, "b": 1}

    ndcg = unchanged(student.ndcg_at_k, ["a", "a", "b", "x"], gains, 4)  # an id without a gain does not get one either

    assert_same(ndcg, (2 + 1 / 2) / (2 + 1 / LOG3))
    assert_same(student.ndcg_at_k(["a", "a", "b"], gains, 3), (2 + 1 / 2) / (2 + 1 / LOG3))
    assert_same(student.ndcg_at_k(["b", "b", "a", "a"], gains, 4), (1 + 2 / 2) / (2 + 1 / LOG3))


@claims("If its discounted gain is 0, the answer is 0.0")
@points(1)
def test_ndcg_at_the_edges(student, reference, rng):
    """No gain gives 0.0, a small one does not; k below 1 is a ValueError; random rankings agree with the reference.

    没有增益时为 0.0，增益再小也不是没有；k 小于 1 抛出 ValueError；随机排名与参考答案一致。
    """
    assert_same(student.ndcg_at_k(["a", "b"], {}, 2), 0.0)
    assert_same(student.ndcg_at_k(["a", "b"], {"a": 0, "z": 0.0}, 2), 0.0)
    assert_same(student.ndcg_at_k([], {"a": 1}, 2), 0.0)
    assert_same([student.ndcg_at_k(["a"], {"a": gain}, 1) for gain in (4, 1, 0.25, 1e-12, 1e-30)], [1.0] * 5)
    for ranked, gains in ((["a"], {"a": 1}), (["a"], {}), ([], {"a": 1}), (["a"], {"a": 0})):
        assert_raises(ValueError, student.ndcg_at_k, ranked, gains, 0)
        assert_raises(ValueError, student.ndcg_at_k, ranked, gains, -1)
    for k in (1, 5, 17, 40):
        ranked = rng.permutation(29)[:19].tolist()
        gains = dict(enumerate(rng.integers(0, 4, 23).tolist()))
        assert_same(student.ndcg_at_k(ranked, gains, k), reference.ndcg_at_k(ranked, gains, k))
