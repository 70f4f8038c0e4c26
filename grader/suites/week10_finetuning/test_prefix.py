"""Hidden suite of week 10, prefix tuning.

Sizes are distinct primes. Weights are set by `load_state_dict`, so no initial value is compared.
Not covered: how well a prefix learns, and caches of real models (the oracle tests try one).
"""

import math

import torch

from grader.suite import (
    after,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    parameter_gradients,
    points,
    trainable,
    unchanged,
)

BATCH, HEADS, QUERIES, KEYS, HEAD_DIM, PREFIX, HIDDEN = 2, 3, 5, 7, 11, 13, 17
SMALL = {"length": 3, "layers": 2, "heads": 5, "head_dim": 7}


def random_state(rng, length, layers, heads, head_dim, hidden=None, dtype=torch.float32):
    width, everything = heads * head_dim, layers * 2 * heads * head_dim
    if hidden is None:
        return {"embedding.weight": rng.normal(length, everything, dtype=dtype)}
    return {
        "embedding.weight": rng.normal(length, width, dtype=dtype),
        "transform.0.weight": 0.3 * rng.normal(hidden, width, dtype=dtype),
        "transform.0.bias": rng.normal(hidden, dtype=dtype),
        "transform.2.weight": rng.normal(everything, hidden, dtype=dtype),
        "transform.2.bias": rng.normal(everything, dtype=dtype),
    }


def encoder_with(module, state, hidden=None, sizes=SMALL):
    """An encoder of `module` with these weights, in their dtype and on their device."""
    encoder = module.PrefixEncoder(**sizes, hidden=hidden)
    weight = state["embedding.weight"]
    encoder = encoder.to(str(weight.device))
    encoder = encoder.double() if weight.dtype == torch.float64 else encoder
    encoder.load_state_dict(state)
    return encoder


def attention_inputs(rng, dtype=torch.float32):
    return (
        rng.normal(BATCH, HEADS, QUERIES, HEAD_DIM, dtype=dtype),
        rng.normal(BATCH, HEADS, KEYS, HEAD_DIM, dtype=dtype),
        rng.normal(BATCH, HEADS, KEYS, HEAD_DIM, dtype=dtype),
        rng.normal(2, BATCH, HEADS, PREFIX, HEAD_DIM, dtype=dtype),
    )


@points(1)
@claims(
    "with `hidden` None (P-tuning v2) an `nn.Embedding` of [length, layers * 2 * heads * head_dim] that is the "
    "prefix itself",
    "The last axis of what they make is read as [layers, 2, heads, head_dim], the key before the value",
    "`prefix[i][0]` are the keys of layer i and `prefix[i][1]` its values",
)
def test_layout_of_the_prefix(student, device):
    """A row of the embedding holds, layer by layer, the keys of all heads and then their values; row p is position p.

    embedding 的一行按层依次存放所有头的 key，再是它们的 value；第 p 行对应第 p 个位置。
    """
    sizes = {"length": 2, "layers": 3, "heads": 5, "head_dim": 7}
    numbers = torch.arange(2 * 3 * 2 * 5 * 7, dtype=torch.float32, device=device)

    found = encoder_with(student, {"embedding.weight": numbers.view(2, -1)}, sizes=sizes)(1)
    right = torch.zeros(3, 2, 1, 5, 2, 7, device=device)
    for place in range(2):
        right[:, :, 0, :, place] = numbers.view(2, 3, 2, 5, 7)[place]
    assert_same(found, right)


@points(1)
def test_every_sequence_has_the_same_prefix(student, reference, rng):
    """The prefix is repeated for each sequence of the batch, with a map or without, in float64 and float32.

    批次中的每条序列得到同样的前缀，有没有映射、float64 或 float32 都一样。
    """
    for hidden, dtype in ((None, torch.float64), (HIDDEN, torch.float32)):
        state = random_state(rng, **SMALL, hidden=hidden, dtype=dtype)

        found = encoder_with(student, state, hidden)(BATCH + 1)
        assert_same(found, encoder_with(reference, state, hidden)(BATCH + 1))
        assert_same(found[:, :, 0], found[:, :, BATCH])


@points(1)
@claims(
    "with a `hidden` size (prefix tuning) an `nn.Embedding` of [length, heads * head_dim]",
    "an `nn.Sequential` of `nn.Linear` to `hidden`, `nn.Tanh`, and `nn.Linear` to layers * 2 * heads * head_dim",
)
def test_the_map_has_a_tanh(student, rng):
    """With a hidden size the embedding goes through linear, tanh and linear.

    给出 hidden 时，embedding 依次经过线性层、tanh 和线性层。
    """
    sizes = {"length": 2, "layers": 1, "heads": 1, "head_dim": 3}
    state = random_state(rng, **sizes, hidden=5, dtype=torch.float64)

    found = encoder_with(student, state, 5, sizes)(1)
    inner = torch.tanh(state["embedding.weight"] @ state["transform.0.weight"].T + state["transform.0.bias"])
    flat = inner @ state["transform.2.weight"].T + state["transform.2.bias"]  # [2, 6]: key before value
    assert_same(found, torch.stack([flat[:, :3], flat[:, 3:]]).view(1, 2, 1, 1, 2, 3))


@points(1)
def test_initial_values_are_those_of_pytorch(student):
    """An embedding starts normal with standard deviation 1, a linear layer uniform in ±1 / sqrt(width of its input).

    embedding 的初值服从标准差为 1 的正态分布，线性层在 ±1 / sqrt(输入宽度) 内均匀分布。
    """
    student.given("tiny_models").seed_everything(3)
    direct = student.PrefixEncoder(length=31, layers=2, heads=5, head_dim=7)
    mapped = student.PrefixEncoder(length=31, layers=2, heads=5, head_dim=7, hidden=97)

    # 1,000 numbers or more: the standard error of a spread is 2.3 %, so that 15 % is over 6 of them.
    for encoder, name, right in (
        (direct, "embedding.weight", 1.0),
        (mapped, "embedding.weight", 1.0),
        (mapped, "transform.0.weight", (3 * 35) ** -0.5),
        (mapped, "transform.2.weight", (3 * 97) ** -0.5),
    ):
        spread = float(encoder.state_dict()[name].double().std())
        expect(
            abs(spread / right - 1) < 0.15,
            "{name} starts with the standard deviation {spread}; with PyTorch's own initial values it is {right}.",
            "{name} 初值的标准差是 {spread}；PyTorch 自带的初值应为 {right}。",
            name=name,
            spread=round(spread, 4),
            right=round(right, 4),
        )


@points(1)
def test_gradients_reach_the_encoder(student, reference, rng):
    """The gradient of every parameter is that of the reference, summed over the batch.

    每个参数的梯度都与参考答案一致，并在批次上求和。
    """
    for hidden in (None, HIDDEN):
        state = random_state(rng, **SMALL, hidden=hidden, dtype=torch.float64)
        encoder, theirs = encoder_with(student, state, hidden), encoder_with(reference, state, hidden)

        assert_same(parameter_gradients(encoder, BATCH), parameter_gradients(theirs, BATCH))


@points(1)
@claims(
    "it is not needed again",
    "in its dtype and on its device; `encoder` is not changed",
    "The embedding of the new one is trainable if that of `encoder` is",
)
def test_dropping_the_map(student, rng):
    """The encoder without a map gives the same prefix, has the embedding alone, which is trainable, and lies where the
    old one does, which is not changed.

    去掉映射后的编码器给出同样的前缀，只剩 embedding，而且可训练，与原来的编码器在同一设备上；原来的编码器不变。
    """
    for hidden, dtype in ((HIDDEN, torch.float64), (None, torch.float32), (None, torch.float64)):
        state = random_state(rng, **SMALL, hidden=hidden, dtype=dtype)
        encoder = encoder_with(student, state, hidden)
        before = encoder(BATCH)

        plain = student.drop_transform(encoder)
        assert_same(plain(BATCH), before)
        assert_same(trainable(plain), {"embedding.weight": True})
        assert_same(list(attribute(plain, "embedding.weight").shape), [3, 2 * 2 * 5 * 7])
        assert_same(dict(encoder.state_dict()), state)
        # The device "meta" exists everywhere: its tensors have a shape and no numbers.
        away = student.drop_transform(student.PrefixEncoder(**SMALL, hidden=hidden).to("meta"))
        expect(
            attribute(away, "embedding.weight.is_meta"),
            "The new encoder does not lie on the device of the old one.",
            "新编码器不在原来的编码器所在的设备上。",
        )


@points(1)
@after("test_dropping_the_map")
@claims("Returns a new encoder whose weights share nothing with `encoder`", "An encoder that has no map is copied")
def test_the_plain_encoder_stands_alone(student, rng):
    """The encoder without a map shares nothing with the old one: zeros in the old one leave it as it is.

    去掉映射后的编码器与原来的不共享任何东西：把原来的清零，它保持不变。
    """
    for hidden in (HIDDEN, None):
        encoder = encoder_with(student, random_state(rng, **SMALL, hidden=hidden), hidden)
        embedding = attribute(encoder, "embedding")
        plain = student.drop_transform(encoder)
        before = plain(1)

        embedding.load_state_dict({"weight": torch.zeros_like(attribute(embedding, "weight"))})
        assert_same(plain(1), before)


@points(1)
@claims(
    "The weight of a key is the softmax, over both kinds together, of query . key / sqrt(head_dim)",
    "prefix: one layer of what `PrefixEncoder` gives, keys before values",
)
def test_worked_attention(student, device):
    """A query that scores log 3 with the prefix and 0 with the one real key gives 3/4 and 1/4 of their values.

    query 对前缀的分数为 log 3、对唯一的真实 key 为 0 时，结果取两者 value 的 3/4 和 1/4。
    """
    query = torch.tensor([2 * math.log(3), 0.0, 0.0, 0.0], device=device).view(1, 1, 1, 4)
    key = torch.zeros(1, 1, 1, 4, device=device)
    value = torch.full((1, 1, 1, 4), 8.0, device=device)
    prefix = torch.zeros(2, 1, 1, 1, 4, device=device)
    prefix[0, ..., 0] = 1.0
    prefix[1] = 4.0

    found = student.prefix_attention(query, key, value, prefix)
    assert_same(found, torch.full((1, 1, 1, 4), 3.0 + 2.0, device=device))


@points(1)
@claims(
    "It says nothing about the prefix, which every query sees",
    "A query that may look at no real key has the prefix alone",
)
def test_the_mask_does_not_hide_the_prefix(student, rng):
    """A query that may look at no real key attends to the prefix alone, however low its scores are, and is not NaN.

    不能看任何真实 key 的 query 只注意前缀，无论前缀的分数多低，都不会是 NaN。
    """
    query, key, value, prefix = attention_inputs(rng, torch.float64)
    mask = torch.zeros(BATCH, 1, QUERIES, KEYS, dtype=torch.bool, device=query.device)

    # Scores of some -1e12 with the prefix: a number that stands for "hidden" must lie below them all.
    low = torch.cat([query[..., :1] * 0 + 1e12, query[..., 1:]], dim=-1)
    for asked, shown in ((query, prefix), (low, torch.cat([prefix[..., :1] * 0 - 3.0, prefix[..., 1:]], dim=-1))):
        scores = torch.einsum("bhqd,bhpd->bhqp", asked, shown[0]) / math.sqrt(HEAD_DIM)
        right = torch.einsum("bhqp,bhpd->bhqd", scores.softmax(-1), shown[1])
        # Beside a part of -1e12 the other parts of a score keep three digits.
        loose = {} if asked is query else {"rtol": 1e-2, "atol": 1e-2}
        assert_same(student.prefix_attention(asked, key, value, shown, mask), right, **loose)


@points(1)
@claims("mask: True where a query may look at a real key; None is every key")
def test_attention_agrees_with_the_reference(student, reference, rng):
    """With a mask and without, in float64 and float32, the answer is the reference's; nothing is modified.

    无论有没有掩码、float64 或 float32，结果都与参考答案一致，且不修改输入。
    """
    for dtype in (torch.float64, torch.float32):
        query, key, value, prefix = attention_inputs(rng, dtype)
        key = key.transpose(1, 2).contiguous().transpose(1, 2)  # not contiguous
        causal = torch.ones(QUERIES, KEYS, dtype=torch.bool, device=query.device).tril(KEYS - QUERIES)
        ragged = rng.uniform(BATCH, 1, QUERIES, KEYS) < 0.5
        by_head = rng.uniform(BATCH, HEADS, QUERIES, KEYS) < 0.5

        for mask in (None, causal.expand(1, 1, -1, -1), ragged, by_head):
            found = unchanged(student.prefix_attention, query, key, value, prefix, mask)
            assert_same(found, reference.prefix_attention(query, key, value, prefix, mask))


@points(1)
def test_sizes_of_one(student, reference, rng):
    """One query, one key and a prefix of one work as well, and an encoder with every size 1.

    一个 query、一个 key、长度为 1 的前缀同样可用，所有大小都为 1 的编码器也是。
    """
    query, key, value = (rng.normal(1, 1, 1, 1, dtype=torch.float64) for _ in range(3))
    prefix = rng.normal(2, 1, 1, 1, 1, dtype=torch.float64)
    found = student.prefix_attention(query, key, value, prefix)
    assert_same(found, reference.prefix_attention(query, key, value, prefix))

    sizes = dict.fromkeys(SMALL, 1)
    state = random_state(rng, **sizes, hidden=1)
    assert_same(encoder_with(student, state, 1, sizes)(1), encoder_with(reference, state, 1, sizes)(1))


@points(1)
@after("test_attention_agrees_with_the_reference")
def test_gradient_of_the_prefix(student, reference, rng):
    """The prefix, the query, the keys and the values get the reference's gradients.

    前缀、query、key 和 value 得到的梯度都与参考答案一致。
    """
    inputs = attention_inputs(rng, torch.float64)
    mask = rng.uniform(BATCH, 1, QUERIES, KEYS) < 0.5

    found = gradients(student.prefix_attention, *inputs, mask, wrt=(0, 1, 2, 3))
    assert_same(found, gradients(reference.prefix_attention, *inputs, mask, wrt=(0, 1, 2, 3)))
    expect(bool((found[3] != 0).any()), "The prefix gets no gradient.", "前缀没有得到梯度。")
