"""Hidden suite of week 10, DoRA.

Sizes are distinct primes, and alpha / rank is not 1. State dicts are random: no magnitude is by luck that of a row.
Not covered: dropout, which this layer does not have; how much faster a merged layer is.
"""

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    parameter_gradients,
    set_attribute,
    trainable,
    unchanged,
)

BATCH, LENGTH, D_IN, D_OUT, RANK = 2, 11, 5, 7, 3
ALPHA = 13.0
EXACT = {"rtol": 0.0, "atol": 0.0}
DIGITS = {torch.float64: {"rtol": 1e-11, "atol": 1e-11}, torch.float32: {}}


def random_state(rng, d_in=D_IN, d_out=D_OUT, rank=RANK, bias=True, dtype=torch.float32):
    state = {
        "base.weight": rng.normal(d_out, d_in, dtype=dtype),
        "base.bias": rng.normal(d_out, dtype=dtype),
        "lora_A": rng.normal(rank, d_in, dtype=dtype),
        "lora_B": rng.normal(d_out, rank, dtype=dtype),
        "magnitude": rng.uniform(d_out, low=0.5, high=3.0, dtype=dtype),
    }
    if not bias:
        del state["base.bias"]
    return state


def base_of(module, state):
    return module.given("tiny_models").linear(state["base.weight"], state.get("base.bias"))


def layer_with(module, state, alpha=ALPHA):
    """A layer of `module` that holds these tensors."""
    layer = module.DoRALinear(base_of(module, state), state["lora_A"].shape[0], alpha)
    layer.load_state_dict(state)
    return layer


def new_weight(state, scaling):
    """The rows of V, stretched to their magnitudes."""
    rows = state["base.weight"] + scaling * state["lora_B"] @ state["lora_A"]
    return state["magnitude"][:, None] * rows / rows.square().sum(1, keepdim=True).sqrt()


def by_formula(state, x, scaling):
    return x @ new_weight(state, scaling).T + state.get("base.bias", 0.0)


def worked_state(device, dtype=torch.float32, **changes):
    """W = [3 4], A = [5 2], B = [0.5], magnitude 20, bias 1; with alpha 2 the row becomes (8, 6), of length 10."""
    numbers = {"base.weight": [[3, 4]], "base.bias": [1], "lora_A": [[5, 2]], "lora_B": [[0.5]], "magnitude": [20]}
    return {name: torch.tensor(rows, dtype=dtype, device=device) for name, rows in {**numbers, **changes}.items()}


@claims("the layer gives y = x (magnitude / ||V|| · V)^T + bias", "The bias is added as it is")
def test_worked_numbers(student, device):
    """W = (3 4) becomes V = (8 6), of length 10; with magnitude 20 and bias 1, x = (1, 10) gives 2 · 68 + 1 = 137.

    W = (3 4) 转到 V = (8 6)，长度为 10；magnitude 为 20、偏置为 1 时，x = (1, 10) 得到 2 · 68 + 1 = 137。
    """
    layer = layer_with(student, worked_state(device), alpha=2.0)

    x = torch.tensor([[1.0, 10.0]], device=device)
    assert_same(layer(x), torch.tensor([[137.0]], device=device))


@claims(
    "`lora_B` starts at zero",
    "`magnitude` starts as the norm of each row of `base.weight`",
    "one number for each output: it runs along a row of V, over the d_in inputs",
    "(The paper writes a weight as [d_in d_out] and speaks of its columns",
    "magnitude: parameter [d_out], the lengths of the rows",
)
def test_a_fresh_layer_answers_as_its_base(student, rng):
    """A new layer answers as its base, because each magnitude is the length of its row, over the inputs.

    新的层与 base 结果相同，因为每个 magnitude 都是对应行的长度（沿输入方向计算）。
    """
    state = random_state(rng, dtype=torch.float64)
    x = rng.normal(BATCH, LENGTH, D_IN, dtype=torch.float64)
    student.given("tiny_models").seed_everything(3)

    layer = student.DoRALinear(base_of(student, state), RANK, ALPHA)
    assert_same(attribute(layer, "magnitude"), state["base.weight"].square().sum(1).sqrt())
    assert_same(attribute(layer, "lora_B"), torch.zeros(D_OUT, RANK, dtype=torch.float64, device=x.device), **EXACT)
    assert_same(layer(x), x @ state["base.weight"].T + state["base.bias"])


@claims("`lora_A` is drawn uniformly from ±1 / sqrt(d_in)", "lora_A: parameter [rank d_in]")
def test_a_starts_uniform(student, device):
    """A starts uniform in ±1 / sqrt(d_in), differently in each layer.

    A 的初值在 ±1 / sqrt(d_in) 内均匀分布，每层各不相同。
    """
    given = student.given("tiny_models")
    given.seed_everything(3)
    layers = [student.DoRALinear(given.random_linear(97, 11, 1, str(device)), 31, ALPHA) for _ in range(2)]
    first, second = (attribute(layer, "lora_A") for layer in layers)
    bound = 97**-0.5

    expect(list(first.shape) == [31, 97], "lora_A should be [rank d_in].", "lora_A 的形状应为 [rank d_in]。")
    expect(not torch.equal(first, second), "Two layers start with the same A.", "两个层的 A 初值完全相同。")
    # 3,007 uniform values: the standard error of their spread is 0.8 %; 5 % is over 6 of them.
    spread = first.double().std().item() / (bound / 3**0.5)
    expect(
        bool((first.abs() <= bound * 1.000001).all()) and abs(spread - 1) < 0.05,
        "lora_A is not uniform in ±1 / sqrt(d_in): its spread is {spread} times what it should be.",
        "lora_A 不是 ±1 / sqrt(d_in) 内的均匀分布：标准差是应有值的 {spread} 倍。",
        spread=spread,
    )


@claims(
    "With V = `base.weight` + scaling B A",
    "scaling: the float alpha / rank",
    "The norm is computed in float32 (float64 for a float64 weight)",
    "The answer has the dtype of `x`",
)
def test_agrees_with_the_formula(student, rng):
    """The answer is x (magnitude / ||V|| · V)^T + bias, for any number of axes, in float64 and float32.

    对任意多个轴、float64 或 float32 的输入，结果都是 x (magnitude / ||V|| · V)^T + bias。
    """
    for dtype in (torch.float64, torch.float32):
        state = random_state(rng, dtype=dtype)
        x = rng.normal(LENGTH, BATCH, D_IN, dtype=dtype).transpose(0, 1)

        layer = layer_with(student, state)
        assert_same(attribute(layer, "scaling"), ALPHA / RANK)
        assert_same(unchanged(layer, x), by_formula(state, x, ALPHA / RANK), **DIGITS[dtype])
        assert_same(layer(x[0, 0]), by_formula(state, x[0, 0], ALPHA / RANK))


@claims(
    "rank: any positive number; nothing requires that it is smaller than d_in or d_out",
    "lora_B: parameter [d_out rank]",
)
def test_sizes_of_one_and_no_bias(student, rng):
    """Sizes of 1, a rank above both widths, and a base without a bias work as well.

    大小为 1、秩大于两边的宽度、base 没有偏置时，同样正确。
    """
    for d_in, d_out, rank in ((1, 1, 1), (2, 3, 5)):
        state = random_state(rng, d_in, d_out, rank, bias=False, dtype=torch.float64)
        x = rng.normal(1, d_in, dtype=torch.float64)

        assert_same(layer_with(student, state)(x), by_formula(state, x, ALPHA / rank))


@claims("Raises: ValueError: if `rank` is smaller than 1")
def test_rank_zero_is_refused(student, rng):
    """A rank below 1 is a ValueError; rank 1 is fine.

    秩小于 1 时抛出 ValueError；秩为 1 没有问题。
    """
    state = random_state(rng, rank=1, dtype=torch.float64)
    x = rng.normal(BATCH, D_IN, dtype=torch.float64)

    for rank in (0, -2):
        assert_raises(ValueError, student.DoRALinear, base_of(student, state), rank, ALPHA)
    assert_same(layer_with(student, state)(x), by_formula(state, x, ALPHA))


@claims(
    "Both parameters of `base` are frozen",
    "All three have the dtype and the device of `base.weight`",
    "base: the `nn.Linear` that was handed in (the same object, not a copy), with weight [d_out d_in]",
)
def test_a_b_and_the_magnitude_learn(student, rng):
    """A, B and the magnitude require a gradient and have the weight's dtype; the base that was handed in is frozen.

    A、B 和 magnitude 需要梯度，dtype 与权重相同；传入的 base 被冻结。
    """
    for dtype in (torch.float64, torch.bfloat16):
        state = {name: tensor.to(dtype) for name, tensor in random_state(rng).items()}
        base = base_of(student, state)

        layer = student.DoRALinear(base, RANK, ALPHA)
        learns = {"base.weight": False, "base.bias": False, "lora_A": True, "lora_B": True, "magnitude": True}
        assert_same(trainable(layer), learns)
        assert_same(trainable(base), {"weight": False, "bias": False})
        for name in ("lora_A", "lora_B", "magnitude"):
            tensor = attribute(layer, name)
            expect(
                tensor.dtype == dtype and tensor.device == state["lora_A"].device,
                "{name} does not have the dtype and the device of base.weight.",
                "{name} 的 dtype 或设备与 base.weight 不同。",
                name=name,
            )
        layer.load_state_dict(state)
        layer.merge()
        assert_same(attribute(base, "weight"), attribute(layer, "base.weight"), **EXACT)


@after("test_a_b_and_the_magnitude_learn")
@claims("All three have the dtype and the device of `base.weight`")
def test_what_is_new_lies_where_the_weight_does(student):
    """Around a base that was moved away, A, B and the magnitude lie where its weight does, not on the CPU.

    base 移到别的设备后，A、B 和 magnitude 与它的权重在同一设备上，而不是在 CPU 上。
    """
    # The device "meta" exists everywhere: its tensors have a shape and no numbers.
    layer = student.DoRALinear(student.given("tiny_models").random_linear(D_IN, D_OUT, 1, "meta"), RANK, ALPHA)

    for name in ("lora_A", "lora_B", "magnitude"):
        expect(
            attribute(layer, f"{name}.is_meta"),
            "{name} does not lie on the device of base.weight.",
            "{name} 不在 base.weight 所在的设备上。",
            name=name,
        )


@claims("it is detached: no gradient flows through the norm, as if it were a constant")
def test_gradients_take_the_norm_as_a_constant(student, rng):
    """A, B, the magnitude and the input get the gradients that they have when ||V|| is a constant.

    A、B、magnitude 和输入得到的梯度，与把 ||V|| 当作常数时相同。
    """
    state = random_state(rng, dtype=torch.float64)
    x = rng.normal(BATCH, LENGTH, D_IN, dtype=torch.float64)
    fixed = (state["base.weight"] + ALPHA / RANK * state["lora_B"] @ state["lora_A"]).norm(dim=1)

    def constant_norm(x, a, b, magnitude):
        rows = state["base.weight"] + ALPHA / RANK * b @ a
        return x @ (magnitude / fixed)[:, None].mul(rows).T + state["base.bias"]

    names = "lora_A", "lora_B", "magnitude"
    right = gradients(constant_norm, x, *(state[name] for name in names), wrt=(0, 1, 2, 3))
    layer = layer_with(student, state)
    found = parameter_gradients(layer, x)
    assert_same([found[name] for name in names], list(right[1:]))
    assert_same(list(gradients(layer, x)), [right[0]])


@claims("||V|| always follows the present `base.weight`, `lora_A` and `lora_B`, in training and in evaluation mode")
def test_the_norm_is_always_new(student, rng):
    """After A, B or the weight changed, the layer divides by the new norm, in training and in evaluation mode.

    A、B 或权重改变之后，层除以新的范数，训练模式和评估模式都一样。
    """
    state = random_state(rng, dtype=torch.float64)
    x = rng.normal(LENGTH, D_IN, dtype=torch.float64)
    layer = layer_with(student, state)

    for mode in (layer.train, layer.eval):
        mode()
        layer(x)
        for name in ("base.weight", "lora_A", "lora_B"):
            state = {**state, name: rng.normal(*state[name].shape, dtype=torch.float64)}
            set_attribute(layer, f"{name}.data", state[name])
            assert_same(layer(x), by_formula(state, x, ALPHA / RANK))


@claims(
    "Where ||V|| is 0, the quotient magnitude / ||V|| is 0: that output is its bias, and all gradients through its row"
)
def test_a_row_of_zeros(student, rng):
    """An output whose row of V is zero is its bias, with gradients of 0 and no NaN; the others are as ever.

    若 V 的某一行全为零，对应的输出就是它的偏置，梯度为 0，没有 NaN；其余输出不受影响。
    """
    state = random_state(rng, dtype=torch.float64)
    state["base.weight"][4] = state["lora_B"][4] = 0.0
    x = rng.normal(LENGTH, D_IN, dtype=torch.float64)
    layer = layer_with(student, state)

    right = by_formula(state, x, ALPHA / RANK)
    right[:, 4] = state["base.bias"][4]
    assert_same(layer(x), right)
    found = parameter_gradients(layer, x)
    assert_same(found["lora_B"][4], torch.zeros(RANK, dtype=torch.float64, device=x.device), **EXACT)
    assert_same(float(found["magnitude"][4]), 0.0)
    expect(
        bool(found["lora_A"].isfinite().all()),
        "The gradient of lora_A has a NaN or an infinity in it.",
        "lora_A 的梯度里有 NaN 或无穷大。",
    )
    layer.merge()
    assert_same(attribute(layer, "base.weight")[4], torch.zeros(D_IN, dtype=torch.float64, device=x.device), **EXACT)


@claims("in float16 the square of 300 is infinite")
def test_float16_rows_are_long(student, device):
    """A float16 row of numbers near 300 has a norm, in a new layer and later: it is computed in float32.

    float16 下，一行 300 左右的数也有范数，新建的层和之后都一样：它用 float32 计算。
    """
    rows = {"base.weight": [[300, 400]], "lora_A": [[5, 2]], "lora_B": [[50]], "magnitude": [20]}
    state = worked_state(device, torch.float16, **rows)
    first = attribute(student.DoRALinear(base_of(student, state), 1, 2.0), "magnitude")
    assert_same(first, torch.tensor([500.0], dtype=torch.float16, device=device), rtol=2**-10, atol=0.0)
    layer = layer_with(student, state, alpha=2.0)

    # V = (800, 600) has the length 1000: all numbers on the way are exact or rounded by 2^-11 a few times.
    answer = layer(torch.tensor([[1.0, 0.5]], dtype=torch.float16, device=device))
    assert_same(answer, torch.tensor([[23.0]], dtype=torch.float16, device=device), rtol=2**-8, atol=0.0)


@claims("merged: True while `base.weight` is magnitude / ||V|| · V", "The layer starts unmerged")
def test_merged_weight(student, rng):
    """`merge()` puts magnitude / ||V|| · V into `base.weight`, keeps the bias, and sets `merged`.

    `merge()` 把 magnitude / ||V|| · V 写入 `base.weight`，保留偏置，并设置 `merged`。
    """
    for dtype in (torch.float64, torch.float32):
        state = random_state(rng, dtype=dtype)
        layer = layer_with(student, state)
        assert_same(attribute(layer, "merged"), False)

        layer.merge()
        assert_same(attribute(layer, "base.weight"), new_weight(state, ALPHA / RANK), **DIGITS[dtype])
        assert_same(attribute(layer, "base.bias"), state["base.bias"], **EXACT)
        assert_same(attribute(layer, "merged"), True)


@after("test_merged_weight")
@claims("Both parameters of `base` are frozen")
def test_merging_is_in_place(student, rng, device):
    """`merge()` and `unmerge()` write into the weight that was handed in, for whoever shares it; it stays frozen.

    `merge()` 和 `unmerge()` 原地写入传进来的那个权重，共享它的其他地方也随之改变；权重始终冻结。
    """
    tied = student.given("tiny_models").tiny_lm(seed=5, device=str(device), tied=True)
    before, head = attribute(tied, "embedding.weight"), attribute(tied, "lm_head")
    layer = student.DoRALinear(head, RANK, ALPHA)
    set_attribute(layer, "magnitude.data", rng.uniform(len(before), low=2.0, high=3.0))

    layer.merge()
    assert_same(attribute(tied, "embedding.weight"), attribute(layer, "base.weight"), **EXACT)
    assert_same(trainable(head), {"weight": False})
    layer.unmerge()
    assert_same(attribute(tied, "embedding.weight"), before, **EXACT)
    assert_same(trainable(head), {"weight": False})


@after("test_merged_weight")
@claims("A merged layer answers exactly as `base` does")
def test_merged_answers_as_its_base(student, rng):
    """The merged layer gives the base's answer, bit for bit, which is that of the unmerged layer; merging again changes
    nothing.

    合并后的层与 base 结果逐位相同，也与合并前结果一致；再次合并不改变任何东西。
    """
    state = random_state(rng, dtype=torch.float64)
    x = rng.normal(BATCH, LENGTH, D_IN, dtype=torch.float64)
    base = base_of(student, state)
    layer = student.DoRALinear(base, RANK, ALPHA)
    layer.load_state_dict(state)

    for _ in range(2):
        layer.merge()
        assert_same(layer(x), base(x), **EXACT)
        assert_same(layer(x), by_formula(state, x, ALPHA / RANK))


@after("test_merged_weight")
@claims("Everything is computed in float32 (float64 for a float64 weight) and rounded to the weight's dtype once")
def test_bfloat16_rounds_once(student, device):
    """In bfloat16, V = (-1 + (1 + 3 · 2^-8), 4 · 2^-8) is (3, 4) · 2^-8, which magnitude 5 makes (3, 4).

    bfloat16 下，V = (-1 + (1 + 3 · 2^-8), 4 · 2^-8) 就是 (3, 4) · 2^-8，magnitude 为 5 时得到 (3, 4)。
    """
    step = 2.0**-8  # 1 + 3 · 2^-8 is no number of bfloat16
    rows = {"base.weight": [[-1, 4 * step]], "lora_A": [[1, 0], [3 * step, 0]], "lora_B": [[1, 1]], "magnitude": [5]}
    layer = layer_with(student, worked_state(device, torch.bfloat16, **rows), alpha=2.0)

    layer.merge()
    assert_same(attribute(layer, "base.weight"), torch.tensor([[3, 4]], dtype=torch.bfloat16, device=device), **EXACT)


@after("test_merged_weight")
@claims("Everything is computed in float32 (float64 for a float64 weight) and rounded to the weight's dtype once")
def test_factors_are_not_rounded(student, device):
    """V and magnitude / ||V|| are not rounded: V = 120,000, which is infinite in float16, is stretched to its magnitude
    3; so is V = 257 in bfloat16, which does not hold it, and V = 254 to 255.

    V 和 magnitude / ||V|| 都不舍入：V = 120,000 在 float16 中是无穷大，仍拉伸到 magnitude 3；
    V = 257 在 bfloat16 中存不下，同样拉伸到 3，V = 254 拉伸到 255。
    """
    rows = {"base.weight": [[60_000], [4]], "lora_A": [[1]], "lora_B": [[60_000], [0]], "magnitude": [3, 5]}
    layer = layer_with(student, worked_state(device, torch.float16, **rows, **{"base.bias": [1, 1]}), alpha=1.0)
    layer.merge()
    right = torch.tensor([[3], [5]], dtype=torch.float16, device=device)
    assert_same(attribute(layer, "base.weight"), right, **EXACT)

    rows = {"base.weight": [[256], [254]], "lora_A": [[1]], "lora_B": [[1], [0]], "magnitude": [3, 255]}
    layer = layer_with(student, worked_state(device, torch.bfloat16, **rows, **{"base.bias": [1, 1]}), alpha=1.0)
    layer.merge()
    right = torch.tensor([[3], [255]], dtype=torch.bfloat16, device=device)
    assert_same(attribute(layer, "base.weight"), right, **EXACT)


@after("test_merged_weight")
@claims("It holds even if `lora_A`, `lora_B` or `magnitude` changed since")
def test_unmerge_restores_every_bit(student, rng):
    """`unmerge()` gives back the weight bit for bit, even if A, B and the magnitude changed, and again after the next
    merge of another weight; a layer that is not merged keeps the weight that it has.

    `unmerge()` 逐位还原权重，即使 A、B 和 magnitude 已改变；换一份权重再合并之后也是如此。未合并的层保持现有的权重。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)
    layer = layer_with(student, state)

    for _ in range(2):
        layer.merge()
        layer.merge()
        for name in ("lora_A", "lora_B", "magnitude"):
            new = rng.uniform(*state[name].shape, low=0.5, high=2.0)
            set_attribute(layer, f"{name}.data", new)
            state = {**state, name: new}
        layer.unmerge()
        layer.unmerge()
        assert_same(attribute(layer, "base.weight"), state["base.weight"], **EXACT)
        assert_same(attribute(layer, "merged"), False)
        assert_same(layer(x), by_formula(state, x, ALPHA / RANK), rtol=1e-4, atol=1e-4)
        state = {**state, "base.weight": rng.normal(D_OUT, D_IN)}
        layer.load_state_dict(state)
        layer.unmerge()
        assert_same(attribute(layer, "base.weight"), state["base.weight"], **EXACT)


@after("test_merged_weight")
@claims("Only `merge()` and `unmerge()` change that: `train()` and `eval()` do not")
def test_only_merge_and_unmerge_touch_the_weight(student, rng):
    """`train()` and `eval()` leave the weight and `merged` as they are, in an unmerged layer and in a merged one.

    无论合并与否，`train()` 和 `eval()` 都不改动权重，也不改变 `merged`。
    """
    layer = layer_with(student, random_state(rng))

    for merged in (False, True):
        before = attribute(layer, "base.weight")
        for mode in (layer.eval, layer.train):
            mode()
            assert_same(attribute(layer, "base.weight"), before, **EXACT)
            assert_same(attribute(layer, "merged"), merged)
        layer.merge()


@claims("`lora_A`, `lora_B` and `magnitude`, and nothing else, whether the layer is merged or not")
def test_state_dict_has_the_same_keys_when_merged(student, rng):
    """The state dict holds the base's parameters, A, B and the magnitude, and nothing else, merged or not.

    无论是否合并，state dict 都只含 base 的参数、A、B 和 magnitude。
    """
    for bias in (True, False):
        state = random_state(rng, bias=bias)
        layer = layer_with(student, state)

        for _ in range(2):
            found = sorted(layer.state_dict())
            expect(
                found == sorted(state),
                "The state dict has the keys {found}, not {right}.",
                "state dict 的键是 {found}，应为 {right}。",
                found=found,
                right=sorted(state),
            )
            layer.merge()
