"""Hidden suite of week 05, blockwise.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Memory and speed have tests of their own; all the others are small.
Not covered: gradients (the contract asks for none), empty axes.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, points, unchanged

BATCH, HEADS, QUERIES, KEYS, D_K, D_V = 2, 3, 5, 11, 7, 13
MEGABYTE = 2**20


def inputs(rng, *batch, queries=QUERIES, keys=KEYS, dtype=torch.float64):
    """Make a query, a key and a value, all lengths and widths different."""
    return (
        rng.normal(*batch, queries, D_K, dtype=dtype),
        rng.normal(*batch, keys, D_K, dtype=dtype),
        rng.normal(*batch, keys, D_V, dtype=dtype),
    )


def check_growth(memory, small, large, limit):
    """Assert that the large call needs little more than the reference's small one."""
    grown = memory.growth("blockwise_attention", small, large)
    expect(
        grown <= limit * MEGABYTE,
        "At the larger length the peak of memory is {got} MB higher; with blocks it stays below {limit} MB, and all "
        "scores at once would be {table} MB.",
        "长度变大后，内存峰值高出 {got} MB；分块计算不超过 {limit} MB，而一次保存全部分数需要 {table} MB。",
        got=round(grown / MEGABYTE),
        limit=limit,
        table=round(4 * large[0].shape[0] * large[1].shape[0] / MEGABYTE),
    )


@points(1)
@claims("The answer is softmax(query keyᵀ / sqrt(d_k)) value")
def test_worked_example(student, device):
    """The worked example of the handout, in blocks of one key and in one block of two: the output is (3, 2).

    手算例题，分成每块一个 key，或两个 key 合成一块：输出都是 (3, 2)。
    """
    query = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]], device=device)
    key = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], device=device)
    value = torch.tensor([[4.0, 0.0], [0.0, 8.0]], device=device)

    for order in ([0, 1], [1, 0]):
        for block_size in (1, 2):
            answer = student.blockwise_attention(query, key[order], value[order], block_size)
            assert_same(answer, torch.tensor([[3.0, 2.0]], device=device))


@points(1)
@claims(
    "the last block may be shorter, and a block may be longer than the sequence",
    "block_size: how many keys are looked at together",
)
def test_every_block_size_gives_the_same_answer(student, reference, rng):
    """Blocks of 1, 2, 3, 5, 11 and 100 keys give the reference's answer, also when the last block is shorter.

    每块 1、2、3、5、11、100 个 key 都得到参考答案，最后一块较短时也一样。
    """
    q, k, v = inputs(rng, BATCH)

    for block_size in (1, 2, 3, 5, KEYS, 100):
        expected = reference.blockwise_attention(q, k, v, block_size)
        assert_same(student.blockwise_attention(q, k, v, block_size), expected)


@points(1)
@claims("Scores of any finite size give a finite answer")
def test_scores_of_any_size(student, reference, rng, device):
    """Scores that climb to 10,000, fall to -10,000, or are all far below zero give a finite, right answer.

    分数升到 10,000、降到 -10,000，或全部远低于零，结果都有限且正确。
    """
    _, _, v = inputs(rng)
    query = torch.ones(2, 1, dtype=torch.float64, device=device)
    climb = torch.linspace(-10_000, 10_000, KEYS, dtype=torch.float64, device=device)[:, None]
    for key in (climb, climb.flip(0), climb - 50_000, climb / 1000 - 50_000, climb / 1000 + 50_000):
        for block_size in (1, 3):
            expected = reference.blockwise_attention(query, key, v, block_size)
            assert_same(student.blockwise_attention(query, key, v, block_size), expected)


@points(1)
@claims("causal: each query sees the keys up to its own position")
def test_causal(student, reference, rng):
    """With causal=True each token sees itself and what came before, whatever the block size.

    causal=True 时，无论块多大，每个词元都只能看到自己和前面的词元。
    """
    q, k, v = inputs(rng, BATCH, queries=KEYS)

    for block_size in (1, 3, 4, 100):
        expected = reference.blockwise_attention(q, k, v, block_size, causal=True)
        assert_same(student.blockwise_attention(q, k, v, block_size, causal=True), expected)
    assert_same(
        student.blockwise_attention(q, k, v, 3, causal=True)[:, 0], v[:, 0]
    )  # the first token sees itself alone


@points(1)
def test_a_later_token_has_no_influence_whatever_its_score(student, device):
    """A score of 10,000 that stands in the future changes nothing, although it is in the same block.

    未来的位置上即使有 10,000 的分数，而且就在同一块里，也不会改变结果。
    """
    query = torch.ones(4, 1, dtype=torch.float64, device=device)
    key = torch.tensor([[0.0], [0.0], [0.0], [10_000.0]], dtype=torch.float64, device=device)
    value = torch.tensor([[0.0], [2.0], [4.0], [6.0]], dtype=torch.float64, device=device)
    expected = torch.tensor([[0.0], [1.0], [2.0], [6.0]], dtype=torch.float64, device=device)

    for block_size in (1, 2, 4):
        assert_same(student.blockwise_attention(query, key, value, block_size, causal=True), expected)


@points(1)
@claims("query i stands at position keys - queries + i")
def test_causal_with_a_cache(student, reference, rng):
    """With more keys than queries, the last query stands at the last key and sees them all.

    key 比 query 多时，最后一个 query 对着最后一个 key，能看到全部 key。
    """
    q, k, v = inputs(rng, BATCH)

    for block_size in (1, 2, 7, 100):
        expected = reference.blockwise_attention(q, k, v, block_size, True)
        assert_same(student.blockwise_attention(q, k, v, block_size, True), expected)
    last, everything = q[:, -1:], reference.blockwise_attention(q[:, -1:], k, v, 4)
    assert_same(student.blockwise_attention(last, k, v, 4, True), everything)


@points(1)
@claims("A query that sees nothing gets zeros, never NaN")
def test_causal_with_fewer_keys(student, reference, rng, device):
    """With more queries than keys, the first queries see nothing and get zeros.

    query 比 key 多时，最前面的 query 什么也看不到，得到 0。
    """
    q, k, v = inputs(rng, BATCH, queries=5, keys=3)

    for block_size in (1, 2, 3):
        answer = student.blockwise_attention(q, k, v, block_size, causal=True)
        assert_same(answer, reference.blockwise_attention(q, k, v, block_size, causal=True))
        assert_same(answer[:, :2], torch.zeros(BATCH, 2, D_V, dtype=torch.float64, device=device))


@points(1)
def test_any_number_of_leading_axes(student, reference, rng):
    """No leading axis, and two (batch and heads), both work, causal or not.

    没有前导轴，或有两个前导轴（批次与头），无论 causal 与否都能用。
    """
    for batch in [(), (BATCH, HEADS)]:
        q, k, v = inputs(rng, *batch)
        for causal in (False, True):
            expected = reference.blockwise_attention(q, k, v, 4, causal)
            assert_same(student.blockwise_attention(q, k, v, 4, causal), expected)


@points(1)
@claims(
    "float16 and bfloat16 inputs are computed in float32 throughout, and the result is rounded once",
    "The output alone, of the dtype and on the device of `query`",
)
def test_half_precision_accumulates_in_float32(student, reference, rng, device):
    """float16 and bfloat16 inputs are summed in float32 over all blocks and rounded once, to the same dtype.

    float16 和 bfloat16 输入在所有块上都用 float32 累加，最后只舍入一次，dtype 不变。
    """
    # 600 equal weights, a third of them on the value 1. In bfloat16 a sum of ones stops growing at 256.
    keys = torch.zeros(600, 1, dtype=torch.bfloat16, device=device)
    values = torch.zeros_like(keys)
    values[:200] = 1.0
    third = torch.full((1, 1), 1 / 3, dtype=torch.bfloat16, device=device)
    assert_same(student.blockwise_attention(keys[:1], keys, values, 5), third)
    values[:400] = 1.0  # one key at a time, an output that is rounded in between stops at 256
    assert_same(student.blockwise_attention(keys[:1], keys, values, 1), 2 * third)

    q, k, v = (x.to(torch.float16) for x in inputs(rng, BATCH, dtype=torch.float32))
    # Scores of up to some 10,000 fit; the products before the division by sqrt(d_k) may not, in float16.
    for scale in (2, 60):
        expected = reference.blockwise_attention(scale * q, scale * k, v, 4)
        assert_same(student.blockwise_attention(scale * q, scale * k, v, 4), expected)


@points(1)
@claims("on the device of `query`")
def test_answers_where_the_query_is(student, reference, rng):
    """The answer lies on the device of the query, causal or not: on a GPU, every new tensor is made there.

    无论是否因果，结果都与 query 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    q, k, v = inputs(rng, BATCH)

    for causal in (False, True):
        answer = follows_device(student.blockwise_attention, q, k, v, 4, causal)
        assert_same(answer, reference.blockwise_attention(q, k, v, 4, causal))


@points(1)
@claims("No argument is changed in place")
def test_float32_strided_views_unchanged(student, reference, rng):
    """float32 views that are not contiguous work, and no argument is modified.

    不连续的 float32 视图也能用，且不修改任何参数。
    """
    q = rng.normal(BATCH, D_K, QUERIES).mT
    k = rng.normal(KEYS, BATCH, D_K).transpose(0, 1)
    v = rng.normal(BATCH, KEYS, 2 * D_V)[..., ::2]

    answer = unchanged(student.blockwise_attention, q, k, v, 4, True)

    assert_same(answer, reference.blockwise_attention(q, k, v, 4, True))
    # The heads of a layer: (batch, length, heads, width) with heads and length exchanged.
    q, k, v = (rng.normal(BATCH, length, 3, D_K).transpose(1, 2) for length in (QUERIES, KEYS, KEYS))
    assert_same(student.blockwise_attention(q, k, v, 4), reference.blockwise_attention(q, k, v, 4))


@points(1)
def test_one_query_one_key(student, device):
    """One query and one key: the output is the value, whatever the block size and causal.

    只有一个 query 和一个 key 时，无论块大小和 causal 如何，输出就是 value。
    """
    query, key = torch.full((1, 1, 1), -3.0, device=device), torch.full((1, 1, 1), 2.0, device=device)
    value = torch.full((1, 1, 1), 5.0, device=device)

    assert_same(student.blockwise_attention(query, key, value, 1), value)
    assert_same(student.blockwise_attention(query, key, value, 7, True), value)


@points(1)
@claims("ValueError: block_size is below 1")
def test_block_size_below_one(student, reference, rng):
    """A block size of 0 or -1 is a ValueError; 1 is fine.

    块大小为 0 或 -1 时抛出 ValueError；1 可以。
    """
    q, k, v = inputs(rng)

    assert_raises(ValueError, student.blockwise_attention, q, k, v, 0)
    assert_raises(ValueError, student.blockwise_attention, q, k, v, -1)
    assert_same(student.blockwise_attention(q, k, v, block_size=1), reference.blockwise_attention(q, k, v, 1))


@points(1)
@after("test_causal")
@claims("mask entries for more than queries * block_size pairs")
def test_memory_grows_linearly(student, reference, memory, rng):
    """At length 3,000 with blocks of 20, the peak of memory stays far below one table of all scores.

    长度 3,000、每块 20 个 key 时，内存峰值远低于一整张分数表。
    """
    # The table of scores has 36 MB, a Boolean mask of its shape 9 MB; one block of scores has 0.24 MB. What an
    # allocator keeps grows with the block: right answers take 0 to 3 MB, or 5 MB if they compute in float64.
    # In tiles of 20 queries and 20 keys, as FlashAttention has them, this is some 22,000 steps.
    q, k, v = rng.normal(3, 3000, 4)

    check_growth(memory(student, reference), (q[:50], k[:50], v[:50], 20, True), (q, k, v, 20, True), 7)


@points(1)
@after("test_every_block_size_gives_the_same_answer")
@claims("Never are there scores, weights or mask entries")
def test_memory_does_not_grow_with_the_keys(student, reference, memory, rng):
    """256 queries and 65,536 keys in blocks of 256: the scores of one block are held, never those of all keys.

    256 个 query、65,536 个 key、每块 256 个时，只保存一块的分数，从不保存所有 key 的分数。
    """
    # All the scores have 64 MB, also for one block of 256 queries; those of one block of keys have 256 KB.
    q, (k, v) = rng.normal(256, 1), rng.normal(2, 65_536, 1)

    check_growth(memory(student, reference), (q, k[:256], v[:256], 256), (q, k, v, 256), 12)


@points(1)
@after("test_every_block_size_gives_the_same_answer")
def test_fast_at_length_2048(student, reference, speed):
    """2,048 queries and keys in blocks of 256 take at most 4 times as long as the reference.

    2,048 个 query 和 key、每块 256 个时，耗时不超过参考答案的 4 倍。
    """

    def fresh(rng):
        return rng.normal(2048, 16)

    speed(student, reference).call("blockwise_attention", fresh, fresh, fresh, 256, at_most=4.0)
