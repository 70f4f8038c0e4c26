"""Hidden suite of week 12, fusion.

Ties are made where both sides of the tie are the same sum in every order.
Not covered: weights for rankings, scores in place of ranks.
"""

import torch

from grader.suite import after, assert_same, claims, unchanged

CANDIDATES, DIM = 23, 7


@claims(
    "The score of an id is the sum over the rankings that hold it of 1 / (k + rank)",
    "A ranking without the id adds nothing",
)
def test_ranks_begin_at_one(student):
    """The worked example of the handout: with k = 1 the first rank counts 1/2, the second 1/3, the third 1/4.

    讲义中的手算例题：k = 1 时，第 1 名计 1/2，第 2 名计 1/3，第 3 名计 1/4。
    """
    fused = student.reciprocal_rank_fusion([["a", "b", "c"], ["c", "a"]], k=1)

    assert_same(fused, [("a", 1 / 2 + 1 / 3), ("c", 1 / 4 + 1 / 2), ("b", 1 / 3)])


def test_the_usual_k_is_60(student):
    """Without k, the first rank counts 1/61: two middling ranks beat one first rank.

    不指定 k 时，第 1 名计 1/61：两个中等名次胜过一个第 1 名。
    """
    fused = student.reciprocal_rank_fusion([["x", "y", "z"], ["u", "v", "z"], ["w"]])

    singles = [("x", 1 / 61), ("u", 1 / 61), ("w", 1 / 61), ("y", 1 / 62), ("v", 1 / 62)]
    assert_same(fused, [("z", 2 / 63), *singles])


@claims("Equal scores: the id comes first that is met first")
def test_ties_keep_the_order_of_reading(student):
    """Equal scores: the id comes first that is met first when the rankings are read one after the other.

    分数相等时，按依次读各个排名先遇到的排在前面。
    """
    fused = student.reciprocal_rank_fusion([["q", "c"], ["c", "q"], ["b", "a"], ["z", "a"], ["y"]], k=3)

    # q and c, and b, z and y are equal; a has two second ranks.
    expected = [("q", 1 / 4 + 1 / 5), ("c", 1 / 5 + 1 / 4), ("a", 2 / 5), ("b", 1 / 4), ("z", 1 / 4), ("y", 1 / 4)]
    assert_same(fused, expected)


@claims("An id that stands twice in one ranking counts once, at its better rank")
def test_an_id_twice_in_a_ranking_counts_once(student):
    """An id that stands twice in one ranking counts at its better rank alone, and still takes up the other rank.

    同一个排名里出现两次的 id 只按较好的名次计一次，但它仍占着另一个名次。
    """
    fused = student.reciprocal_rank_fusion([["a", "b", "a", "c"], ["c"]], k=0.5)

    assert_same(fused, [("c", 1 / 4.5 + 1 / 1.5), ("a", 1 / 1.5), ("b", 1 / 2.5)])


def test_other_ids_and_nothing_to_fuse(student):
    """Ids may be numbers or pairs, rankings may be empty, and no ranking at all gives an empty list.

    id 可以是数字或二元组；排名可以为空；没有排名时得到空列表。
    """
    fused = student.reciprocal_rank_fusion([[], [7, ("doc", 3)], [], [("doc", 3)]], k=60)

    assert_same(fused, [(("doc", 3), 1 / 62 + 1 / 61), (7, 1 / 61)])
    assert_same(student.reciprocal_rank_fusion([]), [])
    assert_same(student.reciprocal_rank_fusion([[], []]), [])


def test_fusion_agrees_with_the_reference(student, reference, rng):
    """Many rankings agree with the reference, and the arguments stay unchanged.

    对许多排名，结果与参考答案一致，且不修改参数。
    """
    for k in (0.5, 7, 60):
        rankings = [rng.permutation(31)[: int(rng.integers(0, 31))].tolist() for _ in range(5)]
        fused = unchanged(student.reciprocal_rank_fusion, rankings, k)
        expected = dict(reference.reciprocal_rank_fusion(rankings, k))
        assert_same(dict(fused), expected)
        assert_same([score for _, score in fused], sorted(expected.values(), reverse=True))


@claims(
    "trade_off * cosine(query, candidate) - (1 - trade_off) * max over the chosen",
    "Positions in `candidates`, in the order of choice",
)
def test_relevant_and_new(student, device):
    """The worked example of the handout: the second choice is less relevant than the copy of the first, but new.

    讲义中的手算例题：第二个选择不如第一个的副本相关，但内容是新的。
    """
    query = torch.tensor([4.0, 3.0], dtype=torch.float64, device=device)
    candidates = torch.tensor([[0.0, 9.0], [2.0, 0.0], [1.0, 0.0]], dtype=torch.float64, device=device)
    # Relevance 0.6, 0.8, 0.8. After the second candidate: 0.5 * 0.6 - 0 against 0.5 * 0.8 - 0.5 * 1.

    assert_same(student.maximal_marginal_relevance(query, candidates, 3), [1, 0, 2])
    assert_same(student.maximal_marginal_relevance(query, candidates, 2, trade_off=0.9), [1, 2])
    assert_same(student.maximal_marginal_relevance(query * 7, candidates, 1, trade_off=0.3), [1])


@claims(
    "1 looks at relevance alone, 0 at novelty alone",
    "The first choice is the candidate with the largest cosine with the query, whatever the trade-off",
)
def test_the_ends_of_the_trade_off(student, rng):
    """With 1 the order is that of relevance; with 0 the first is still the most relevant, the next the least like it.

    取 1 时按相关度排序；取 0 时第一个仍是最相关的，下一个则是与它最不像的。
    """
    candidates = rng.normal(CANDIDATES, DIM, dtype=torch.float64) * rng.uniform(CANDIDATES, 1, low=0.1, high=9.0)
    query = rng.normal(DIM, dtype=torch.float64)
    units = candidates / candidates.norm(dim=1, keepdim=True)
    order = (units @ query).sort(descending=True).indices.tolist()

    assert_same(student.maximal_marginal_relevance(query, candidates, CANDIDATES, 1.0), order)
    farthest = int((units @ units[order[0]]).argmin())
    assert_same(student.maximal_marginal_relevance(query, candidates, 2, 0.0), [order[0], farthest])


@claims(
    "how many, 0 or more; all candidates if there are fewer, and none if there are none",
    "Every further choice is the one not yet chosen",
)
def test_every_candidate_once(student, rng, device):
    """A k above their number gives every candidate exactly once; k = 0 and no candidates give none.

    k 超过候选数时，每个候选恰好出现一次；k = 0 或没有候选时为空。
    """
    query, candidates = rng.normal(DIM), rng.normal(CANDIDATES, DIM)

    chosen = student.maximal_marginal_relevance(query, candidates, CANDIDATES + 5, 0.4)

    assert_same(sorted(chosen), list(range(CANDIDATES)))
    assert_same(student.maximal_marginal_relevance(query, candidates, 0), [])
    assert_same(student.maximal_marginal_relevance(query, torch.empty(0, DIM, device=device), 3), [])


@claims(
    "Equal values: the lower position",
    "The cosine with a vector of zeros is 0",
)
def test_ties_and_zeros(student, device):
    """Equal values: the lower position. The cosine with zeros is 0, for candidates and for the query; a short vector is
    none of zeros.

    值相等时取位置靠前的。与零向量的余弦为 0，候选和查询都如此；短的向量并不是零向量。
    """
    rows = [[0.0, -2.0, 0.0], [0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 8.0]]
    candidates = torch.tensor(rows, dtype=torch.float64, device=device)
    query = torch.tensor([0.0, 0.0, 2.0], dtype=torch.float64, device=device)

    assert_same(student.maximal_marginal_relevance(query, candidates, 6, 1.0), [3, 5, 0, 1, 2, 4])
    assert_same(student.maximal_marginal_relevance(query, candidates, 6, 0.5), [3, 0, 1, 2, 5, 4])
    assert_same(student.maximal_marginal_relevance(query * 0, candidates, 6, 0.5), [0, 1, 2, 3, 4, 5])
    short = torch.tensor([[1.0, 1.0], [1e-7, 0.0]], dtype=torch.float64, device=device)
    assert_same(student.maximal_marginal_relevance(short.new_tensor([1.0, 0.0]), short, 1), [1])


def test_choices_agree_with_the_reference(student, reference, rng):
    """Choices agree with the reference for many trade-offs, both float types and views that are not contiguous.

    对许多 trade_off、float64 与 float32、不连续的视图，选择都与参考答案一致。
    """
    for trade_off in (0.1, 0.3, 0.5, 0.7, 0.95):
        candidates = rng.normal(DIM, CANDIDATES, dtype=torch.float64).mT * 3
        query = rng.normal(2 * DIM, dtype=torch.float64)[::2]
        chosen = unchanged(student.maximal_marginal_relevance, query, candidates, 11, trade_off)
        assert_same(chosen, reference.maximal_marginal_relevance(query, candidates, 11, trade_off))

    by_default = student.maximal_marginal_relevance(query, candidates, 11)
    assert_same(by_default, reference.maximal_marginal_relevance(query, candidates, 11, 0.5))

    # A chance tie within float32's rounding has a probability below 1e-6 among these few values.
    query, candidates = rng.normal(2), rng.normal(3, 2)
    expected = reference.maximal_marginal_relevance(query, candidates, 2)
    assert_same(student.maximal_marginal_relevance(query, candidates, 2), expected)


@after("test_choices_agree_with_the_reference")
def test_one_product_for_each_choice(student, reference, speed):
    """Choosing 30 of 400 candidates costs at most 7 times what it costs the reference.

    从 400 个候选中选 30 个，耗时至多为参考答案的 7 倍。
    """

    def query(fresh):
        return fresh.normal(64, dtype=torch.float64)

    def candidates(fresh):
        return fresh.normal(400, 64, dtype=torch.float64)

    speed(student, reference).call("maximal_marginal_relevance", query, candidates, 30, 0.6, at_most=7.0)
