"""Hidden suite of week 05, multi_head.

Sizes are distinct primes where the head counts leave a choice, so that a swapped axis cannot go unnoticed.
The parameters are set from outside, so that the student's layer and the reference's are the same function.
Not covered: the values that the parameters start with, half precision, a mask with a head axis, speed.
"""

import math

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, QUERIES, KEYS = 3, 5, 7
D_MODEL, HEADS, KV_HEADS = 24, 6, 2  # heads of 4 features, three query heads to a key-value head


def twins(student, reference, rng, *args, dtype=torch.float64, **kwargs):
    """Make the student's layer and the reference's, with the same random parameters."""
    layers = student.MultiHeadAttention(*args, **kwargs), reference.MultiHeadAttention(*args, **kwargs)
    parameters = {name: rng.normal(*p.shape, dtype=dtype) for name, p in layers[1].state_dict().items()}
    for layer in layers:
        if dtype == torch.float64:
            layer.double()
        load(layer, parameters)
    return layers


def load(layer, parameters):
    """Move the layer to the device of the parameters, and load them."""
    layer.to(str(next(iter(parameters.values())).device))
    layer.load_state_dict(parameters)


def inputs(rng, batch=BATCH, d_model=D_MODEL, dtype=torch.float64):
    """Make a query, a key and a value that all differ; small, so that no softmax is saturated."""
    return tuple(0.2 * rng.normal(batch, length, d_model, dtype=dtype) for length in (QUERIES, KEYS, KEYS))


def attend(layer, heads, query, key, value, mask=None):
    """Call the layer, and check that the answer can be taken apart before a test does so."""
    answer = layer(query, key, value, mask)
    two_tensors = isinstance(answer, tuple) and len(answer) == 2 and all(isinstance(x, torch.Tensor) for x in answer)
    shapes = tuple(query.shape), (len(query), heads, query.shape[1], key.shape[1])
    expect(
        two_tensors and tuple(tuple(x.shape) for x in answer) == shapes,
        "forward must return the tuple (output, weights), here of shapes {output} and {weights}.",
        "forward 必须返回元组 (output, weights)，这里的形状应为 {output} 和 {weights}。",
        output=shapes[0],
        weights=shapes[1],
    )
    return answer


@points(2)
@claims("Each head divides its scores by sqrt(head_dim)")
def test_worked_example(student, device):
    """Two heads of one feature: each is drawn to another key, and W_o joins their answers.

    两个头，每头一个特征：各头偏向不同的 key，再由 W_o 合并结果。
    """
    layer = student.MultiHeadAttention(2, 2, bias=False)
    one = torch.eye(2, device=device)
    w_o = torch.tensor([[1.0, 0.0], [0.0, 10.0]], device=device)
    load(layer, {"W_q.weight": math.log(3) * one, "W_k.weight": one, "W_v.weight": one, "W_o.weight": w_o})
    x = one[None]  # token 0 is (1, 0), token 1 is (0, 1)
    value = torch.tensor([[[4.0, 0.0], [0.0, 8.0]]], device=device)

    answer = layer(x, x, value)

    # Head 0 sees the features 1 and 0, so query 0 has scores log 3 and 0 there, and query 1 has 0 and 0.
    weights = torch.tensor([[[[0.75, 0.25], [0.5, 0.5]], [[0.5, 0.5], [0.25, 0.75]]]], device=device)
    assert_same(answer, (torch.tensor([[[3.0, 40.0], [2.0, 60.0]]], device=device), weights))


@points(2)
@claims("Query head h owns the h-th block of head_dim")
def test_each_head_has_its_own_features(student, device):
    """With W_o the identity, the h-th block of the output is made of the h-th block of W_v(value).

    当 W_o 为单位矩阵时，输出的第 h 块由 W_v(value) 的第 h 块得出。
    """
    layer = student.MultiHeadAttention(6, 3, bias=False)
    one, zero = torch.eye(6, device=device), torch.zeros(6, 6, device=device)
    load(layer, {"W_q.weight": zero, "W_k.weight": zero, "W_v.weight": one, "W_o.weight": one})
    key = torch.zeros(1, 2, 6, device=device)
    value = torch.tensor([[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]], device=device)
    mask = torch.tensor([[True, False], [True, True], [False, True]], device=device)

    output, weights = attend(layer, 3, torch.zeros(1, 3, 6, device=device), key, value, mask)

    # Equal scores: query 0 copies token 0, query 1 takes the mean of both, query 2 copies token 1, in all heads alike.
    assert_same(output[0], torch.stack([value[0, 0], value[0].mean(0), value[0, 1]]))
    rows = torch.tensor([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]], device=device)
    assert_same(weights[0], rows.expand(3, 3, 2))


@points(2)
@claims(
    "cross-attention passes another one as key and value",
    "None: hide nothing",
    "num_kv_heads: None: as many as num_heads",
)
def test_agrees_with_the_reference(student, reference, rng):
    """Cross-attention agrees with the reference when query, key and value all differ, also when they are equally long.

    query、key、value 各不相同时，交叉注意力与参考答案一致；它们一样长时也是如此。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS)
    q, k, v = inputs(rng)

    assert_same(mine(q, k, v), theirs(q, k, v))
    assert_same(mine(v, k, k + v), theirs(v, k, k + v))


@points(1)
@claims("Self-attention passes the same tensor three times")
def test_self_attention(student, reference, rng, device):
    """The same tensor three times, with a causal mask, agrees with the reference.

    三个参数是同一个张量并使用因果掩码时，与参考答案一致。
    """
    mine, theirs = twins(student, reference, rng, 15, 3)
    x = 0.2 * rng.normal(BATCH, KEYS, 15, dtype=torch.float64)
    mask = torch.ones(KEYS, KEYS, dtype=torch.bool, device=device).tril()

    assert_same(mine(x, x, x, mask), theirs(x, x, x, mask))


@points(1)
@claims("the query heads 0 and 1 read key-value head 0, and 2 and 3 read head 1")
def test_neighbouring_query_heads_share_a_key_value_head(student, device):
    """With 4 query heads and 2 key-value heads, the heads 0 and 1 read the first, the heads 2 and 3 the second.

    4 个 query 头、2 个 key-value 头时，第 0、1 头读取第一个，第 2、3 头读取第二个。
    """
    layer = student.MultiHeadAttention(4, 4, 2, bias=False)
    zero = torch.zeros(2, 4, device=device)
    w_v = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]], device=device)
    one = torch.eye(4, device=device)
    load(layer, {"W_q.weight": one, "W_k.weight": zero, "W_v.weight": w_v, "W_o.weight": one})
    x = torch.tensor([[[10.0, 20.0, 30.0, 40.0]]], device=device)

    output, _ = attend(layer, 4, x, x, x)

    assert_same(output, torch.tensor([[[10.0, 10.0, 20.0, 20.0]]], device=device))


@points(1)
@claims("num_kv_heads = 1 is multi-query attention")
def test_grouped_queries_agree_with_the_reference(student, reference, rng):
    """With fewer key-value heads than query heads, the answer agrees with the reference.

    key-value 头少于 query 头时，结果与参考答案一致。
    """
    q, k, v = inputs(rng)
    for kv_heads in (KV_HEADS, 1):
        mine, theirs = twins(student, reference, rng, D_MODEL, HEADS, kv_heads)

        assert_same(mine(q, k, v), theirs(q, k, v))


@points(2)
@claims(
    "bias: whether all four projections have a bias",
    "W_q, W_o: nn.Linear from d_model to d_model",
    "W_k, W_v: nn.Linear from d_model to num_kv_heads * head_dim",
)
def test_parameters(student, reference):
    """The parameters are those of W_q, W_k, W_v and W_o, with their shapes; bias=False leaves out every bias.

    参数就是 W_q、W_k、W_v、W_o 的参数，形状正确；bias=False 时没有任何偏置。
    """
    for args in [(D_MODEL, HEADS), (D_MODEL, HEADS, KV_HEADS), (D_MODEL, HEADS, 1, False)]:
        mine = {name: list(p.shape) for name, p in student.MultiHeadAttention(*args).state_dict().items()}
        theirs = {name: list(p.shape) for name, p in reference.MultiHeadAttention(*args).state_dict().items()}

        expect(
            mine == theirs,
            "MultiHeadAttention{arguments} must have the parameters {expected}, yours has {got}.",
            "MultiHeadAttention{arguments} 的参数应为 {expected}，你的是 {got}。",
            arguments=args,
            expected=theirs,
            got=mine,
        )


@points(2)
@claims("a head count is below 1, num_heads does not divide d_model, or num_kv_heads does not divide num_heads")
def test_head_counts_that_do_not_divide(student, device):
    """A head count below 1, or one that does not divide, is a ValueError when the layer is made; others are fine.

    头数小于 1 或不能整除时，构造该层就要抛出 ValueError；其他头数都可以。
    """
    for args in [(10, 3), (10, 0), (10, -2), (10, -2, 1), (24, 6, 4), (24, 6, 0), (24, 6, -2), (24, 6, 12), (3, 6)]:
        assert_raises(ValueError, student.MultiHeadAttention, *args)

    x = torch.ones(1, 1, 10, device=device)
    for heads, kv_heads in [(1, 1), (10, 5), (2, 2)]:
        layer = student.MultiHeadAttention(10, heads, kv_heads)
        layer.to(str(device))
        _, weights = attend(layer, heads, x, x, x)
        assert_same(weights, torch.ones(1, heads, 1, 1, device=device))


@points(1)
@claims("mask: Boolean with two or three axes, broadcasts to (batch, queries, keys)")
def test_the_mask_serves_every_head(student, reference, rng):
    """A mask of two or three axes broadcasts to (batch, queries, keys) and serves every head; True: may attend.

    两轴或三轴的掩码广播到 (batch, queries, keys)，对每个头都一样；True 表示允许关注。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS, KV_HEADS)
    q, k, v = inputs(rng)
    for shape in [(QUERIES, KEYS), (1, KEYS), (BATCH, 1, KEYS), (BATCH, QUERIES, KEYS), (1, QUERIES, KEYS)]:
        mask = rng.uniform(*shape) < 0.6
        mask[..., 0] = True

        assert_same(mine(q, k, v, mask), theirs(q, k, v, mask))
    assert_same(mine(q, k, v), theirs(q, k, v))  # a mask is for one call


@points(1)
@claims("Every head uses the same mask")
def test_the_batch_axis_of_a_mask_is_not_the_heads(student, reference, rng):
    """With as many batch entries as heads, each mask still belongs to its batch entry.

    批次大小恰好等于头数时，每个掩码仍属于它那一项，而不是某个头。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS)
    q, k, v = inputs(rng, batch=HEADS)
    mask = rng.uniform(HEADS, QUERIES, KEYS) < 0.6
    mask[..., 0] = True

    assert_same(mine(q, k, v, mask=mask), theirs(q, k, v, mask=mask))


@points(1)
@claims(
    "weights 0 in every head, so its output is the bias of `W_o`",
    "the weights are those of each query head, not averaged",
)
def test_a_query_without_keys(student, reference, rng, device):
    """A query that may attend to nothing has weights 0 in every head, and the bias of W_o as its output.

    没有可关注 key 的 query 在每个头里权重都是 0，输出等于 W_o 的偏置。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS, KV_HEADS)
    q, k, v = inputs(rng)
    mask = torch.ones(QUERIES, KEYS, dtype=torch.bool, device=device)
    mask[3] = False

    output, weights = attend(mine, HEADS, q, k, v, mask)

    assert_same(weights[:, :, 3], torch.zeros(BATCH, HEADS, KEYS, dtype=torch.float64, device=device))
    assert_same(output[:, 3], theirs.state_dict()["W_o.bias"].expand(BATCH, -1))
    assert_same((output, weights), theirs(q, k, v, mask))


@points(2)
def test_gradients(student, reference, rng, device):
    """The gradients of every parameter and input agree with the reference, also where a query sees nothing.

    所有参数和输入的梯度都与参考答案一致；即使某个 query 什么也看不到也是如此。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS, KV_HEADS)
    q, k, v = inputs(rng)
    mask = torch.ones(QUERIES, KEYS, dtype=torch.bool, device=device).tril(-1)  # the first query sees nothing

    assert_same(parameter_gradients(mine, q, k, v, mask), parameter_gradients(theirs, q, k, v, mask))
    assert_same(gradients(mine, q, k, v, mask, wrt=(0, 1, 2)), gradients(theirs, q, k, v, mask, wrt=(0, 1, 2)))


@points(1)
@claims("No argument is changed in place")
def test_float32_strided_views_unchanged(student, reference, rng):
    """float32 views that are not contiguous work, no argument is modified, and the layer stays in training.

    不连续的 float32 视图也能用，不修改任何参数，层仍处于训练模式。
    """
    mine, theirs = twins(student, reference, rng, D_MODEL, HEADS, KV_HEADS, dtype=torch.float32)
    q = 0.2 * rng.normal(BATCH, D_MODEL, QUERIES).mT
    k, v = 0.2 * rng.normal(2, KEYS, BATCH, D_MODEL).transpose(1, 2)

    answer = unchanged(mine, q, k, v)

    # Sums of 24 products, three of them in a row, may cancel: the order of the sums is worth some epsilons of 1.
    assert_same(answer, theirs(q, k, v), atol=1e-5)
    expect(
        attribute(mine, "training"),
        "A call put the layer into evaluation.",
        "一次调用把层切换到了评估模式。",
    )


@points(1)
def test_one_head_one_token(student, reference, rng):
    """One head, one feature, one token: the output is W_o of W_v of the value.

    一个头、一个特征、一个词元：输出就是 W_o(W_v(value))。
    """
    mine, theirs = twins(student, reference, rng, 1, 1)
    x = rng.normal(1, 1, 1, dtype=torch.float64)

    assert_same(mine(x, x + 1, x + 2), theirs(x, x + 1, x + 2))
