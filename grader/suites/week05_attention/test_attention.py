"""Hidden suite of week 05, attention.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Every score is exact or small enough that the order of a sum stays far below the tolerance.
Not covered: empty axes of query and value, d_k = 0, masks of another dtype than Boolean, speed (see blockwise).
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, follows_device, gradients, points, unchanged

BATCH, HEADS, QUERIES, KEYS, D_K, D_V = 2, 13, 3, 5, 7, 11


def inputs(rng, *batch, queries=QUERIES, keys=KEYS, dtype=torch.float64):
    """Make a query, a key and a value, all lengths and widths different."""
    return (
        rng.normal(*batch, queries, D_K, dtype=dtype),
        rng.normal(*batch, keys, D_K, dtype=dtype),
        rng.normal(*batch, keys, D_V, dtype=dtype),
    )


def some_keys(rng, *shape):
    """Make a random mask in which every row sees at least its first key."""
    mask = rng.uniform(*shape) < 0.6
    mask[..., 0] = True
    return mask


def attend(module, query, key, value, mask=None):
    """Call the function, and check that the answer can be taken apart before a test does so."""
    answer = module.scaled_dot_product_attention(query, key, value, mask)
    two_tensors = isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(x, torch.Tensor) for x in answer)
    shapes = (*query.shape[:-1], value.shape[-1]), (*query.shape[:-1], key.shape[-2])
    expect(
        two_tensors and tuple(tuple(x.shape) for x in answer) == shapes,
        "The answer must be the tuple (output, weights), here of shapes {output} and {weights}.",
        "结果必须是元组 (output, weights)，这里的形状应为 {output} 和 {weights}。",
        output=shapes[0],
        weights=shapes[1],
    )
    return answer


def table(rows, device):
    """Turn rows of 0 and 1 into a Boolean mask."""
    return torch.tensor(rows, device=device) == 1


@points(2)
@claims("The weight of key j for query i is softmax over j of (query_i · key_j) / sqrt(d_k)")
def test_worked_example(student, device):
    """The worked example of the handout: weights 3/4 and 1/4, output (3, 2).

    手算例题：权重为 3/4 和 1/4，输出为 (3, 2)。
    """
    query = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]], device=device)
    key = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], device=device)
    value = torch.tensor([[4.0, 0.0], [0.0, 8.0]], device=device)

    answer = student.scaled_dot_product_attention(query, key, value)

    assert_same(answer, (torch.tensor([[3.0, 2.0]], device=device), torch.tensor([[0.75, 0.25]], device=device)))


@points(2)
@claims("d_v may differ from d_k, and queries from keys", "None: hide nothing")
def test_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference when all lengths and widths differ.

    所有长度和宽度都不同时，结果与参考答案一致。
    """
    q, k, v = inputs(rng, BATCH)

    assert_same(student.scaled_dot_product_attention(q, k, v), reference.scaled_dot_product_attention(q, k, v))


@points(1)
@claims("any number of leading axes, also none")
def test_any_number_of_leading_axes(student, reference, rng):
    """No leading axis, one, and two (batch and heads) all work, each batch entry for itself.

    没有前导轴、一个前导轴、两个前导轴（批次与头）都能用，批次中的各项互不影响。
    """
    for batch in [(), (HEADS,), (BATCH, HEADS)]:
        q, k, v = inputs(rng, *batch)

        assert_same(student.scaled_dot_product_attention(q, k, v), reference.scaled_dot_product_attention(q, k, v))


@points(2)
@claims("/ sqrt(d_k)")
def test_scores_are_scaled_by_root_d_k(student, rng):
    """Repeating every feature 4 times doubles the scores: they grow with the square root of d_k.

    每个特征重复 4 次，分数只变为 2 倍：分数随 d_k 的平方根增长。
    """
    q, k, v = inputs(rng, BATCH)
    wide_q, wide_k = q.repeat_interleave(4, dim=-1), k.repeat_interleave(4, dim=-1)

    _, weights = attend(student, wide_q, wide_k, v)
    _, doubled = attend(student, 2 * q, k, v)

    assert_same(weights, doubled)
    expect(
        float((weights.amax(-1) - weights.amin(-1)).amax()) > 1e-3,
        "The weights of every query are all equal, whatever the scores.",
        "无论分数如何，每个 query 的权重都全部相等。",
    )


@points(2)
@claims("A key that the mask hides has weight exactly 0, and the weights of the others sum to 1")
def test_a_hidden_key_has_no_influence(student, rng, device):
    """What stands in hidden keys and values changes nothing; their weight is 0 and the others sum to 1.

    被遮住的 key 和 value 里放什么都不影响结果；它们的权重为 0，其余权重之和为 1。
    """
    q, k, v = inputs(rng, BATCH)
    mask = table([[1, 0, 1, 1, 0], [0, 0, 1, 0, 0], [1, 1, 0, 1, 0]], device)
    other_k, other_v = k.clone(), v.clone()
    other_k[:, 4], other_v[:, 4] = 100.0, -100.0  # no query may see the last key

    output, weights = attend(student, q, k, v, mask)

    assert_same(weights[:, ~mask], torch.zeros(BATCH, 8, dtype=torch.float64, device=device))
    assert_same(weights.sum(-1), torch.ones(BATCH, QUERIES, dtype=torch.float64, device=device))
    assert_same(output[:, 1], v[:, 2])  # the second query sees the third key alone
    assert_same(student.scaled_dot_product_attention(q, other_k, other_v, mask), (output, weights))


@points(1)
@claims("mask: Boolean, broadcasts to (*batch, queries, keys)")
def test_the_mask_broadcasts(student, reference, rng):
    """The mask may lack leading axes or have axes of size 1; True means that the query may attend.

    掩码可以缺少前导轴，也可以有大小为 1 的轴；True 表示允许关注。
    """
    q, k, v = inputs(rng, BATCH, HEADS)
    shapes = [(KEYS,), (QUERIES, KEYS), (1, KEYS), (HEADS, 1, KEYS), (BATCH, 1, 1, KEYS), (BATCH, HEADS, QUERIES, KEYS)]

    for shape in shapes:
        mask = some_keys(rng, *shape)
        expected = reference.scaled_dot_product_attention(q, k, v, mask=mask)
        assert_same(student.scaled_dot_product_attention(q, k, v, mask=mask), expected)


@points(2)
@claims("A query that may attend to nothing has weights 0 and output 0, never NaN")
def test_a_query_without_keys_gets_zeros(student, reference, rng, device):
    """A query that may attend to nothing has weights 0 and output 0, and disturbs no other query.

    没有任何可关注 key 的 query，权重与输出都是 0，且不影响其他 query。
    """
    q, k, v = inputs(rng, BATCH)
    mask = table([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 1]], device)

    output, weights = attend(student, q, k, v, mask)

    assert_same(weights[:, 1], torch.zeros(BATCH, KEYS, dtype=torch.float64, device=device))
    assert_same(output[:, 1], torch.zeros(BATCH, D_V, dtype=torch.float64, device=device))
    assert_same((output, weights), reference.scaled_dot_product_attention(q, k, v, mask))


@points(1)
def test_a_column_mask_hides_whole_queries(student, reference, rng, device):
    """A mask of shape (queries, 1) hides every key from the queries where it is False.

    形状为 (queries, 1) 的掩码，对取 False 的 query 遮住全部 key。
    """
    q, k, v = inputs(rng, BATCH)
    mask = table([[1], [0], [1]], device)

    assert_same(
        student.scaled_dot_product_attention(q, k, v, mask), reference.scaled_dot_product_attention(q, k, v, mask)
    )


@points(1)
@claims("Scores of any finite size give finite weights")
def test_large_scores_stay_finite(student, reference, rng, device):
    """Scores around 10,000, and of 1,048,576 with only 1 between them, give finite weights that still sum to 1.

    分数大到 10,000 左右，甚至大到 1,048,576 而彼此只差 1 时，权重仍然有限、正确，且和为 1。
    """
    q, k, v = inputs(rng, BATCH)

    answer = student.scaled_dot_product_attention(100 * q, 100 * k, v)

    assert_same(answer, reference.scaled_dot_product_attention(100 * q, 100 * k, v))
    # Powers of two: 2^20 and 2^20 - 1 are exact in float32 as well.
    query = torch.tensor([[2.0**10]], dtype=torch.float64, device=device)
    key = torch.tensor([[2.0**10], [2.0**10 - 2.0**-10], [-(2.0**10)]], dtype=torch.float64, device=device)
    share = torch.tensor([[1.0, 0.0, -math.inf]], dtype=torch.float64, device=device).softmax(-1)
    value = torch.tensor([[1.0], [3.0], [77.0]], dtype=torch.float64, device=device)
    assert_same(student.scaled_dot_product_attention(query, key, value), (share @ value, share))


@points(2)
def test_a_hidden_key_stays_hidden_whatever_its_score(student, device):
    """A hidden key stays hidden even when its score is 1,000,000,000,000 and every visible one is as far below zero.

    即使被遮住的 key 的分数高达 1,000,000,000,000，而可见的分数都低至 -1,000,000,000,000，它依然不可见。
    """
    # Visible scores of -1e12, -1e9, -1e4 and -1e3: a number that stands for "hidden" must lie below them all.
    query = torch.tensor([[4.0], [4e-3], [4e-8], [4e-9]], dtype=torch.float64, device=device)
    key = torch.tensor([[-2.5e11], [-2.5e11], [2.5e11]], dtype=torch.float64, device=device)
    value = torch.tensor([[1.0], [3.0], [77.0]], dtype=torch.float64, device=device)
    mask = table([1, 1, 0], device)

    output, weights = attend(student, query, key, value, mask)

    # exp(score - logsumexp(scores)) is right too, and at 1e12 its logarithm is rounded in the fourth digit.
    assert_same(output, torch.full((4, 1), 2.0, dtype=torch.float64, device=device), rtol=1e-3)
    assert_same(weights, torch.tensor([[0.5, 0.5, 0.0]] * 4, dtype=torch.float64, device=device), rtol=1e-3)


@points(1)
@claims("computed in float32 from the first product on")
def test_half_precision_scores_do_not_overflow(student, device):
    """In float16, a product of 80,000 (above the largest float16) is no infinity, because float32 holds it.

    float16 输入的乘积为 80,000（超过 float16 的最大值）也不会变成无穷大，因为用 float32 计算。
    """
    query = torch.tensor([[200.0, 200.0, 0.0, 0.0]], dtype=torch.float16, device=device)
    key = torch.tensor([[200.0, 200.0, 0, 0], [200.0, 200.0, 1, 1], [0, 0, 1, 1]], dtype=torch.float16, device=device)
    value = torch.tensor([[1.0], [2.0], [5.0]], dtype=torch.float16, device=device)

    answer = student.scaled_dot_product_attention(query, key, value)

    expected = torch.tensor([[1.5]]), torch.tensor([[0.5, 0.5, 0.0]])
    # exp(score - logsumexp(scores)) is right too: a logarithm of 40,000 is rounded by 0.002 in float32.
    assert_same(answer, tuple(x.to(device, torch.float16) for x in expected), rtol=5e-3)


@points(1)
@claims("only the two results are rounded", "both of the dtype and on the device of `query`")
def test_half_precision_accumulates_in_float32(student, reference, rng, device):
    """float16 and bfloat16 inputs are computed in float32 throughout; only the results are rounded, to the same dtype.

    float16 和 bfloat16 输入全程用 float32 计算；只有结果舍入回输入的 dtype。
    """
    for dtype in (torch.float16, torch.bfloat16):
        q, k, v = inputs(rng, BATCH, dtype=dtype)
        expected = reference.scaled_dot_product_attention(4 * q, k, v)
        assert_same(student.scaled_dot_product_attention(4 * q, k, v), expected)

        # The scores differ by 1/1024, so the weights are a hair above and below 1/2: rounded to half precision before
        # they meet the values 1 and -1, they lose the small difference that the output consists of.
        query = torch.tensor([[0.25]], dtype=dtype, device=device)
        key = torch.tensor([[1.0], [1 - 1 / 256]], dtype=dtype, device=device)
        value = torch.tensor([[1.0], [-1.0]], dtype=dtype, device=device)
        output, _ = attend(student, query, key, value)
        assert_same(output, torch.tensor([[math.tanh(1 / 2048)]], dtype=dtype, device=device))


@points(1)
@claims("No argument is changed in place")
def test_float32_strided_views_unchanged(student, reference, rng):
    """float32 views that are not contiguous work, and no argument is modified.

    不连续的 float32 视图也能用，且不修改任何参数。
    """
    q = rng.normal(BATCH, D_K, QUERIES).mT
    k = rng.normal(KEYS, BATCH, D_K).transpose(0, 1)
    v = rng.normal(BATCH, KEYS, 2 * D_V)[..., ::2]
    mask = some_keys(rng, KEYS, QUERIES).mT
    mask[0] = False

    answer = unchanged(student.scaled_dot_product_attention, q, k, v, mask)

    assert_same(answer, reference.scaled_dot_product_attention(q, k, v, mask))
    # The heads of a layer: (batch, length, heads, width) with heads and length exchanged.
    q, k, v = (rng.normal(BATCH, length, HEADS, D_K).transpose(1, 2) for length in (QUERIES, KEYS, KEYS))
    assert_same(student.scaled_dot_product_attention(q, k, v), reference.scaled_dot_product_attention(q, k, v))


@points(1)
def test_one_query_one_key(student, device):
    """One query and one key: the weight is 1 and the output is the value.

    只有一个 query 和一个 key 时，权重为 1，输出就是 value。
    """
    query, key = torch.full((1, 1, 1), -3.0, device=device), torch.full((1, 1, 1), 2.0, device=device)
    value = torch.full((1, 1, 1), 5.0, device=device)
    mask = torch.ones(1, 1, dtype=torch.bool, device=device)

    assert_same(student.scaled_dot_product_attention(query, key, value, mask), (value, torch.ones_like(value)))


@points(2)
@after("test_a_query_without_keys_gets_zeros")
@claims("gradients stay finite too")
def test_gradients(student, reference, rng, device):
    """The gradients of query, key and value agree with the reference, also where a query may attend to nothing.

    query、key、value 的梯度与参考答案一致；即使某个 query 没有可关注的 key 也是如此。
    """
    q, k, v = inputs(rng, BATCH)
    mask = table([[1, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 1, 1, 1, 1]], device)

    got = gradients(student.scaled_dot_product_attention, q, k, v, mask, wrt=(0, 1, 2))

    assert_same(got, gradients(reference.scaled_dot_product_attention, q, k, v, mask, wrt=(0, 1, 2)))


@points(2)
@claims("keys: None: as many as queries", "A Boolean tensor, True: may attend")
def test_causal_mask_of_a_sequence(student, device):
    """Query i sees the keys 0 to i, its own included: a triangle of Booleans.

    第 i 个 query 能看到第 0 到第 i 个 key，包括它自己：一个布尔下三角。
    """
    expected = table([[1, 0, 0], [1, 1, 0], [1, 1, 1]], device)

    assert_same(student.causal_mask(3, device=str(device)), expected)
    assert_same(student.causal_mask(3, 3, device=str(device)), expected)
    assert_same(student.causal_mask(1, device=str(device)), expected[:1, :1])


@points(1)
@claims("The last query stands at the position of the last key")
def test_causal_mask_with_a_cache(student, device):
    """With more keys than queries, the last query sees every key, and each earlier query one key less.

    key 比 query 多时，最后一个 query 能看到全部 key，往前每个 query 少看一个。
    """
    expected = table([[1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 1]], device)

    assert_same(student.causal_mask(3, 5, device=str(device)), expected)
    assert_same(student.causal_mask(1, 5, device=str(device)), expected[2:])


@points(1)
@claims("With more queries than keys, the first queries - keys rows see nothing")
def test_causal_mask_with_fewer_keys(student, device):
    """With more queries than keys, the first queries see nothing and the last sees every key; 0 keys are 0 keys.

    query 比 key 多时，最前面的 query 什么也看不到，最后一个能看到全部 key；keys = 0 就是没有 key。
    """
    expected = table([[0, 0], [0, 0], [0, 0], [1, 0], [1, 1]], device)

    assert_same(student.causal_mask(5, 2, device=str(device)), expected)
    assert_same(student.causal_mask(5, 0, device=str(device)), expected[:, :0])


@points(1)
@claims("device of the result; None: torch's default device")
def test_causal_mask_lies_on_the_device_that_is_named(student):
    """The mask lies on the device that is named, so torch refuses one that does not exist; None is its default device.

    掩码位于所指定的设备上，因此设备不存在时 torch 会报错；None 表示 torch 的默认设备。
    """
    # Every machine has a CPU, and not every one has another device: whoever passes the name on to torch is told by
    # torch that this one does not exist. ("meta" would do as well, but its first use imports for more than a second.)
    assert_raises(RuntimeError, student.causal_mask, 3, device="nowhere")
    assert_raises(RuntimeError, student.causal_mask, 3, 5, "nowhere")
    assert_same(student.causal_mask(2), torch.tensor([[True, False], [True, True]]))


@points(1)
@claims(
    "Key j of a sequence is visible when j < length",
    "A Boolean tensor on the device of `lengths`, True: may attend",
)
def test_padding_mask(student, device):
    """Key j is visible when j < length; the mask has an axis of size 1 for the queries.

    j < length 时第 j 个 key 可见；掩码带有一个大小为 1 的 query 轴。
    """
    lengths = torch.tensor([2, 5, 1], device=device)
    expected = table([[[1, 1, 0, 0, 0]], [[1, 1, 1, 1, 1]], [[1, 0, 0, 0, 0]]], device)

    assert_same(student.padding_mask(lengths, 5), expected)
    assert_same(student.padding_mask(lengths[:1].int(), 3), expected[:1, :, :3])


@points(1)
@claims("A length of 0 hides the whole sequence, a length above `max_length` hides nothing")
def test_padding_mask_with_lengths_at_the_edge(student, device):
    """A length of 0 hides everything, a length above max_length hides nothing, and lengths may have any shape.

    长度为 0 时遮住全部，长度超过 max_length 时什么都不遮；lengths 可以是任意形状。
    """
    lengths = torch.tensor([[0, 1, 7], [3, 2, 0]], device=device)
    expected = table([[[[0] * 3], [[1, 0, 0]], [[1] * 3]], [[[1] * 3], [[1, 1, 0]], [[0] * 3]]], device)

    assert_same(student.padding_mask(lengths, 3), expected)
    assert_same(student.padding_mask(lengths[0, 2], 3), expected[0, 2])


@points(1)
@after("test_padding_mask")
@claims("on the device of `lengths`")
def test_the_mask_is_where_the_lengths_are(student, device):
    """The mask lies on the device of the lengths: on a GPU, every new tensor is made there.

    掩码与 lengths 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    lengths = torch.tensor([2, 1], device=device)

    assert_same(follows_device(student.padding_mask, lengths, 2), table([[[1, 1]], [[1, 0]]], device))


@points(1)
@after("test_worked_example")
@claims("on the device of `query`")
def test_attention_stays_on_the_device(student, device):
    """Attention is computed where the query is, with and without a mask: on a GPU, every new tensor is made there.

    无论有没有掩码，注意力都在 query 所在的设备上计算：在 GPU 上，新建的张量也要在那里。
    """
    query, key = torch.zeros(2, 3, device=device), torch.zeros(2, 3, device=device)
    value = torch.tensor([[2.0], [6.0]], device=device)

    for mask, output, weights in (
        (None, [[4.0], [4.0]], [[0.5, 0.5], [0.5, 0.5]]),
        (table([[1, 0], [0, 0]], device), [[2.0], [0.0]], [[1.0, 0.0], [0.0, 0.0]]),
    ):
        answer = follows_device(student.scaled_dot_product_attention, query, key, value, mask)
        assert_same(answer, (torch.tensor(output, device=device), torch.tensor(weights, device=device)))


@points(1)
@after("test_the_mask_broadcasts")
@claims("is both masks at once")
def test_nothing_leaks_from_the_future(student, reference, rng, device):
    """With both masks at once, changing a later token or the padding changes no earlier output.

    同时使用两种掩码时，修改后面的词元或填充，都不改变前面的输出。
    """
    q, k, v = inputs(rng, BATCH, queries=KEYS)
    lengths = torch.tensor([4, 3], device=device)
    mask = reference.causal_mask(KEYS, device=device) & reference.padding_mask(lengths, KEYS)
    later_k, later_v = k.clone(), v.clone()
    later_k[:, 3:], later_v[:, 3:] = 9.0, -9.0

    before, _ = attend(student, q, k, v, mask)
    after_change, _ = attend(student, q, later_k, later_v, mask)

    assert_same(after_change[:, :3], before[:, :3])
    assert_same(after_change[1], before[1])
    expect(
        not torch.equal(after_change[0, 3:], before[0, 3:]),
        "Changing a key and a value that a query may see does not change its output.",
        "修改了某个 query 可见的 key 和 value，它的输出却没有变化。",
    )
