"""Hidden suite of week 10, LoRA.

Sizes are distinct primes, and alpha / rank is not 1: no two rules for the scale agree by luck.
Weights are set by `load_state_dict`; where a random start matters, the box's generator is seeded by a given function.
Not covered: convolutions and embeddings, which LoRA can wrap too; several adapters on one layer.
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
    points,
    set_attribute,
    trainable,
    type_names,
    unchanged,
)

BATCH, LENGTH, D_IN, D_OUT, RANK = 2, 11, 5, 7, 3
ALPHA = 13.0
TOKENS = 13
EXACT = {"rtol": 0.0, "atol": 0.0}


def random_state(rng, d_in=D_IN, d_out=D_OUT, rank=RANK, bias=True, dtype=torch.float32):
    state = {
        "base.weight": rng.normal(d_out, d_in, dtype=dtype),
        "base.bias": rng.normal(d_out, dtype=dtype),
        "lora_A": rng.normal(rank, d_in, dtype=dtype),
        "lora_B": rng.normal(d_out, rank, dtype=dtype),
    }
    if not bias:
        del state["base.bias"]
    return state


def layer_with(module, state, alpha=ALPHA, dropout=0.0):
    """A layer of `module` that holds these tensors."""
    base = module.given("tiny_models").linear(state["base.weight"], state.get("base.bias"))
    layer = module.LoRALinear(base, state["lora_A"].shape[0], alpha, dropout)
    layer.load_state_dict(state)
    return layer


def by_formula(state, x, scaling):
    """The answer in one line, with the big matrix that LoRA avoids."""
    return x @ (state["base.weight"] + scaling * state["lora_B"] @ state["lora_A"]).T + state.get("base.bias", 0.0)


def tiny_lm(module, device, **sizes):
    return module.given("tiny_models").tiny_lm(seed=5, device=str(device), **sizes)


def tokens(rng):
    return rng.integers(0, TOKENS, BATCH, LENGTH)


PLACES = [*(f"blocks.{i}.{name}" for i in (0, 1) for name in ("attention.q", "attention.v", "feed_forward.down"))]
PLACES += ["scorer.head"]


def with_layers(module, device):
    """A frozen model with a `LoRALinear` at each of the places, put there one by one."""
    model = tiny_lm(module, device)
    for name in PLACES:
        set_attribute(model, name, module.LoRALinear(attribute(model, name), RANK, ALPHA))
    for name in trainable(model):
        set_attribute(model, f"{name}.requires_grad", "lora_" in name)
    return model


def layers_pair(student, reference, rng, device):
    """Two such models in which no A or B is zero, and all numbers are the same."""
    model, theirs = with_layers(student, device), with_layers(reference, device)
    state = {
        name: rng.normal(*tensor.shape) if "lora_" in name else tensor
        for name, tensor in sorted(theirs.state_dict().items())
    }
    model.load_state_dict(state)
    theirs.load_state_dict(state)
    return model, theirs


def assert_model(got, function):
    expect(
        hasattr(got, "load_state_dict"),
        "{function} returned {got}, no model.",
        "{function} 返回了 {got}，不是模型。",
        function=function,
        got=got,
    )


def injected_pair(student, reference, rng, device):
    _, theirs = layers_pair(reference, reference, rng, device)
    model = student.inject_lora(tiny_lm(student, device), ["q", "v", "down", "head"], RANK, ALPHA)
    assert_model(model, "inject_lora")
    model.load_state_dict(dict(theirs.state_dict()))
    return model, theirs


def wrapped(model):
    """The dotted names at which the model has an A, whatever its class is called."""
    return sorted(name.removesuffix(".lora_A") for name in trainable(model) if name.endswith(".lora_A"))


@points(2)
def test_worked_numbers(student, device):
    """With W = [1 2], A = [[1 1] [0 1]], B = [3 1] and alpha = 6, the input (1, 10) gives 21 + 3 · 43 = 150.

    W = [1 2]、A = [[1 1] [0 1]]、B = [3 1]、alpha = 6 时，输入 (1, 10) 得到 21 + 3 · 43 = 150。
    """
    numbers = {"base.weight": [[1, 2]], "lora_A": [[1, 1], [0, 1]], "lora_B": [[3, 1]]}
    state = {name: torch.tensor(rows, dtype=torch.float32, device=device) for name, rows in numbers.items()}
    layer = layer_with(student, state, alpha=6.0)

    assert_same(layer(torch.tensor([[1.0, 10.0]], device=device)), torch.tensor([[150.0]], device=device))


@points(1)
@claims("`lora_B` starts at zero", "lora_B: parameter [d_out rank]")
def test_a_fresh_layer_answers_as_its_base(student, rng):
    """Right after wrapping, the answer is that of the base, bit for bit: B starts at zero, and the bias is kept.

    刚包装好时，结果与 base 逐位相同：B 从零开始，偏置保留。
    """
    given = student.given("tiny_models")
    given.seed_everything(3)
    base = given.linear(rng.normal(D_OUT, D_IN), rng.normal(D_OUT))
    x = rng.normal(BATCH, LENGTH, D_IN)
    before = base(x)

    layer = student.LoRALinear(base, RANK, ALPHA)
    assert_same(layer(x), before, **EXACT)
    assert_same(attribute(layer, "lora_B"), torch.zeros(D_OUT, RANK, device=x.device), **EXACT)


@points(1)
@claims("`lora_A` is drawn uniformly from ±1 / sqrt(d_in)", "lora_A: parameter [rank d_in]")
def test_a_starts_uniform(student, rng, device):
    """A starts uniform in ±1 / sqrt(d_in), differently in each layer.

    A 的初值在 ±1 / sqrt(d_in) 内均匀分布，每层各不相同。
    """
    given = student.given("tiny_models")
    given.seed_everything(3)
    first = attribute(student.LoRALinear(given.random_linear(97, 11, 1, str(device)), 31, ALPHA), "lora_A")
    second = attribute(student.LoRALinear(given.random_linear(97, 11, 1, str(device)), 31, ALPHA), "lora_A")
    bound = 97**-0.5

    expect(list(first.shape) == [31, 97], "lora_A should be [rank d_in].", "lora_A 的形状应为 [rank d_in]。")
    expect(
        not torch.equal(first, second),
        "Two layers start with the same A.",
        "两个层的 A 初值完全相同。",
    )
    expect(
        bool((first.abs() <= bound * 1.000001).all()),
        "lora_A has an entry outside ±1 / sqrt(d_in) = ±{bound}.",
        "lora_A 中有元素超出 ±1 / sqrt(d_in) = ±{bound}。",
        bound=bound,
    )
    # 3,007 uniform values: the standard error of their spread is 0.8 %, that of their mean 0.011 bounds. 5 % and 0.07
    # bounds are over 6 of them: a right answer fails with a probability under 1e-8.
    spread, mean = first.double().std().item(), first.double().mean().item()
    expect(
        abs(spread / (bound / 3**0.5) - 1) < 0.05 and abs(mean) < 0.07 * bound,
        "lora_A has the standard deviation {spread} and the mean {mean}; uniform in ±{bound} would have {right} and 0.",
        "lora_A 的标准差是 {spread}，均值是 {mean}；在 ±{bound} 内均匀分布时应为 {right} 和 0。",
        spread=spread,
        mean=mean,
        bound=bound,
        right=bound / 3**0.5,
    )


@points(1)
@claims("The answer has the dtype of `x`")
def test_agrees_with_the_formula(student, rng):
    """The answer is x (W + alpha / rank · B A)^T + bias, for inputs with any number of axes, in float64 and float32.

    对任意多个轴、float64 或 float32 的输入，结果都是 x (W + alpha / rank · B A)^T + bias。
    """
    for dtype in (torch.float64, torch.float32):
        state = random_state(rng, dtype=dtype)
        x = rng.normal(LENGTH, BATCH, D_IN, dtype=dtype).transpose(0, 1)

        layer = layer_with(student, state)
        assert_same(unchanged(layer, x), by_formula(state, x, ALPHA / RANK))
        assert_same(layer(x[0, 0]), by_formula(state, x[0, 0], ALPHA / RANK))


@points(1)
@claims("rank: may be any positive number; nothing requires that it is smaller than d_in or d_out")
def test_sizes_of_one_and_no_bias(student, rng):
    """Sizes of 1, a rank above both widths, and a base without a bias work as well.

    大小为 1、秩大于两边的宽度、base 没有偏置时，同样正确。
    """
    for d_in, d_out, rank in ((1, 1, 1), (2, 3, 5)):
        state = random_state(rng, d_in, d_out, rank, bias=False)
        x = rng.normal(1, d_in)

        assert_same(layer_with(student, state)(x), by_formula(state, x, ALPHA / rank))


@points(1)
@claims("scaling: the float alpha / rank", "The layer starts unmerged")
def test_scaling_is_alpha_over_rank(student, rng, device):
    """`scaling` is alpha / rank, and the layer starts with `merged` False.

    `scaling` 等于 alpha / rank，层的初始状态是 `merged` 为 False。
    """
    layer = layer_with(student, random_state(rng))

    assert_same(attribute(layer, "scaling"), ALPHA / RANK)
    expect(attribute(layer, "merged") is False, "A new layer says that it is merged.", "新建的层声称自己已合并。")


@points(1)
@claims("ValueError: if `rank` is smaller than 1")
def test_rank_zero_is_refused(student, rng):
    """A rank below 1 is a ValueError; rank 1 is fine.

    秩小于 1 时抛出 ValueError；秩为 1 没有问题。
    """
    given = student.given("tiny_models")
    state = random_state(rng, rank=1)
    x = rng.normal(BATCH, D_IN)

    for rank in (0, -2):
        assert_raises(ValueError, student.LoRALinear, given.linear(state["base.weight"]), rank, ALPHA)
    assert_same(layer_with(student, state)(x), by_formula(state, x, ALPHA))


@points(1)
@claims(
    "Both parameters of `base` are frozen (`requires_grad` False)",
    "Both have the dtype and the device of `base.weight`",
    "base: the `nn.Linear` that was handed in (the same object, not a copy)",
)
def test_only_a_and_b_learn(student, rng):
    """Only A and B require a gradient; the base that was handed in is frozen, its bias too, and it is the layer's base.

    只有 A 和 B 需要梯度；传入的 base 被冻结，偏置也一样，而且它就是这一层的 base。
    """
    state = random_state(rng, dtype=torch.float64)
    base = student.given("tiny_models").linear(state["base.weight"], state["base.bias"])

    layer = student.LoRALinear(base, RANK, ALPHA)
    learns = {"base.weight": False, "base.bias": False, "lora_A": True, "lora_B": True}
    assert_same(trainable(layer), learns)
    assert_same(trainable(base), {"weight": False, "bias": False})
    for name in ("lora_A", "lora_B"):
        expect(
            attribute(layer, name).dtype == torch.float64,
            "{name} does not have the dtype of base.weight.",
            "{name} 的 dtype 与 base.weight 不同。",
            name=name,
        )
    x = rng.normal(BATCH, D_IN, dtype=torch.float64)
    base.load_state_dict({"weight": 2 * state["base.weight"], "bias": state["base.bias"]})  # the layer holds no copy
    assert_same(layer(x), 2 * x @ state["base.weight"].T + state["base.bias"])


@points(1)
@after("test_only_a_and_b_learn")
@claims("Both have the dtype and the device of `base.weight`")
def test_what_is_new_lies_where_the_weight_does(student):
    """Around a base that was moved away, A and B lie where its weight does, not on the CPU.

    base 移到别的设备后，A 和 B与它的权重在同一设备上，而不是在 CPU 上。
    """
    # The device "meta" exists everywhere: its tensors have a shape and no numbers.
    layer = student.LoRALinear(student.given("tiny_models").random_linear(D_IN, D_OUT, 1, "meta"), RANK, ALPHA)

    for name in ("lora_A", "lora_B"):
        expect(
            attribute(layer, f"{name}.is_meta"),
            "{name} does not lie on the device of base.weight.",
            "{name} 不在 base.weight 所在的设备上。",
            name=name,
        )


@points(1)
def test_gradients(student, reference, rng):
    """A, B and the input get the right gradients, and the base gets none.

    A、B 和输入得到正确的梯度，base 没有梯度。
    """
    state = random_state(rng, dtype=torch.float64)
    x = rng.normal(BATCH, LENGTH, D_IN, dtype=torch.float64)
    layer, theirs = layer_with(student, state), layer_with(reference, state)

    assert_same(parameter_gradients(layer, x), parameter_gradients(theirs, x))
    assert_same(gradients(layer, x), gradients(theirs, x))


@points(1)
def test_training_can_begin(student, rng):
    """In a fresh layer the gradient reaches B: A and B do not both start at zero.

    新层中梯度能到达 B：A 和 B 不会同时从零开始。
    """
    given = student.given("tiny_models")
    given.seed_everything(3)
    layer = student.LoRALinear(given.linear(rng.normal(D_OUT, D_IN)), RANK, ALPHA)

    found = parameter_gradients(layer, rng.normal(BATCH, D_IN))["lora_B"]
    expect(
        found is not None and bool((found != 0).any()),
        "The gradient of lora_B is zero in a fresh layer: it can never learn.",
        "新层中 lora_B 的梯度为零：它永远学不到东西。",
    )


@points(1)
@claims(
    "Dropout acts on the input of the low-rank branch alone",
    "dropout: probability, 0 <= dropout < 1, with which an input of the low-rank branch is dropped",
)
def test_dropout_acts_on_the_input_of_the_branch(student, rng, device):
    """In training, dropout drops inputs of the low-rank branch: with one input a row loses all of its change, or none.

    训练时，dropout 丢弃低秩支路的输入：只有一个输入时，一行的增量要么全部消失，要么全部保留。
    """
    rows, rate = 101, 0.25  # no row, or every row, is dropped with a probability under 1e-12
    state = random_state(rng, d_in=1)
    x = torch.ones(rows, 1, device=device)
    layer = layer_with(student, state, dropout=rate)
    layer.train()
    student.given("tiny_models").seed_everything(11)

    change = layer(x) - (state["base.weight"].T + state["base.bias"])
    full = ALPHA / RANK * (state["lora_B"] @ state["lora_A"]).T / (1 - rate)
    kept = change.abs().sum(-1, keepdim=True) > 0.5 * full.abs().sum()
    # The change is a difference of numbers of its own size: a few units in the last place remain.
    assert_same(change, torch.where(kept, full, 0.0), rtol=1e-4, atol=1e-4)
    expect(
        0 < int(kept.sum()) < rows,
        "Of {rows} rows {kept} kept their change; with dropout 0.25 about three quarters should.",
        "{rows} 行中有 {kept} 行保留了增量；dropout 为 0.25 时应约为四分之三。",
        rows=rows,
        kept=int(kept.sum()),
    )


@points(1)
@claims("and only in training mode")
def test_no_dropout_in_evaluation(student, rng):
    """In evaluation mode nothing is dropped.

    在评估模式下，什么也不丢弃。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)
    layer = layer_with(student, state, dropout=0.5)
    layer.eval()
    student.given("tiny_models").seed_everything(11)

    assert_same(layer(x), by_formula(state, x, ALPHA / RANK))


@points(1)
@claims("merged: True while the change is part of `base.weight`")
def test_merged_weight(student, rng):
    """`merge()` puts W + alpha / rank · B A into `base.weight`, keeps the bias, and sets `merged`.

    `merge()` 把 W + alpha / rank · B A 写入 `base.weight`，保留偏置，并设置 `merged`。
    """
    for dtype in (torch.float64, torch.float32):
        state = random_state(rng, dtype=dtype)
        layer = layer_with(student, state)

        layer.merge()
        right = state["base.weight"] + ALPHA / RANK * state["lora_B"] @ state["lora_A"]
        digits = {"rtol": 1e-11, "atol": 1e-11} if dtype == torch.float64 else {}
        assert_same(attribute(layer, "base.weight"), right, **digits)
        assert_same(attribute(layer, "base.bias"), state["base.bias"], **EXACT)
        assert_same(attribute(layer, "merged"), True)


@points(1)
def test_merged_answers_as_unmerged(student, rng):
    """The merged layer gives the unmerged layer's answer, with and without a bias.

    合并后的层与合并前结果相同，有没有偏置都一样。
    """
    for dtype, bias in ((torch.float64, True), (torch.float32, False)):
        state = random_state(rng, bias=bias, dtype=dtype)
        x = rng.normal(BATCH, LENGTH, D_IN, dtype=dtype)
        layer = layer_with(student, state)
        before = layer(x)

        layer.merge()
        after_merge = layer(x)
        assert_same(after_merge, before)
        assert_same(after_merge, by_formula(state, x, ALPHA / RANK))


@points(1)
@after("test_merged_weight")
@claims("base: the `nn.Linear` that was handed in (the same object, not a copy), with weight [d_out d_in]")
def test_merging_twice_changes_nothing(student, rng, device):
    """A second `merge()` changes neither the weight nor the answer; the first one changed it in place, for whoever
    shares it.

    第二次 `merge()` 既不改变权重，也不改变结果；第一次是原地修改，共享这一权重的其他地方也随之改变。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)
    layer = layer_with(student, state)

    layer.merge()
    once = attribute(layer, "base.weight")
    layer.merge()
    assert_same(attribute(layer, "base.weight"), once, **EXACT)
    assert_same(layer(x), by_formula(state, x, ALPHA / RANK))
    tied = student.given("tiny_models").tiny_lm(seed=5, device=str(device), tied=True)
    before, head = attribute(tied, "embedding.weight"), student.LoRALinear(attribute(tied, "lm_head"), RANK, ALPHA)
    set_attribute(head, "lora_B.data", rng.normal(len(before), RANK))
    head.merge()
    assert_same(attribute(tied, "embedding.weight"), attribute(head, "base.weight"))
    expect(
        not torch.equal(attribute(tied, "embedding.weight"), before),
        "The weight did not change.",
        "权重没有改变。",
    )


@points(1)
@after("test_merged_weight")
@claims(
    "The product and the sum are computed in float32 (float64 for a float64 weight) and rounded to the weight's "
    "dtype once"
)
def test_bfloat16_rounds_once(student, device):
    """In bfloat16, -1 + (1 + 2^-8) is 2^-8: the sum is made in float32 and rounded once, at the end.

    bfloat16 下 -1 + (1 + 2^-8) 等于 2^-8：在 float32 中求和，最后只舍入一次。
    """
    step = 2.0**-8  # 1 + 2^-8 itself is no number of bfloat16: it rounds to 1
    numbers = {"base.weight": [[-1.0]], "lora_A": [[1.0], [step]], "lora_B": [[1.0, 1.0]]}
    state = {name: torch.tensor(rows, dtype=torch.bfloat16, device=device) for name, rows in numbers.items()}
    layer = layer_with(student, state, alpha=2.0)

    layer.merge()
    right = torch.tensor([[step]], dtype=torch.bfloat16, device=device)
    assert_same(attribute(layer, "base.weight"), right, **EXACT)


@points(1)
@after("test_merged_weight")
def test_bfloat16_merged_answers_as_unmerged(student, rng):
    """In bfloat16 too, merged and unmerged give the same answer to the precision of the dtype.

    在 bfloat16 下，合并前后的结果在该精度内也相同。
    """
    state = {
        name: (0.5 + tensor.abs()).to(torch.bfloat16) for name, tensor in random_state(rng).items()
    }  # all positive: nothing cancels
    x = rng.uniform(LENGTH, D_IN, low=0.5, high=1.5, dtype=torch.bfloat16)
    exact = by_formula({name: tensor.double() for name, tensor in state.items()}, x.double(), ALPHA / RANK)
    layer = layer_with(student, state)

    # bfloat16 rounds by up to 2^-8, and up to seven times on the way (three products, a scale, two sums, the bias).
    for _ in range(2):
        assert_same(layer(x), exact.to(torch.bfloat16), rtol=7 * 2**-8, atol=0.0)
        layer.merge()


@points(1)
@after("test_merged_weight")
@claims("Only `merge()` and `unmerge()` change that: `train()` and `eval()` do not")
def test_only_merge_and_unmerge_touch_the_weight(student, rng):
    """`train()` and `eval()` leave the weight and `merged` as they are, in an unmerged layer and in a merged one.

    无论合并与否，`train()` 和 `eval()` 都不改动权重，也不改变 `merged`。
    """
    state = random_state(rng)
    layer = layer_with(student, state)

    for merged in (False, True):
        before = attribute(layer, "base.weight")
        for mode in (layer.eval, layer.train):
            mode()
            assert_same(attribute(layer, "base.weight"), before, **EXACT)
            assert_same(attribute(layer, "merged"), merged)
        layer.merge()


@points(1)
@after("test_merged_weight")
@claims(
    "Subtracting the change again is not enough: rounding makes (w + c) - c differ from w",
    "So a merged layer keeps a copy of the weight",
    "It holds even if `lora_A` or `lora_B` changed since",
)
def test_unmerge_restores_every_bit(student, rng):
    """`unmerge()` gives back the weight bit for bit, even if B changed meanwhile; then the layer uses the new B, and
    with another base weight both work anew.

    `unmerge()` 逐位还原权重，即使其间 B 已改变；之后层使用新的 B 计算；换了 base 的权重后，合并和还原都重新进行。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)
    layer = layer_with(student, state)
    new_b = rng.normal(D_OUT, RANK)

    layer.merge()
    set_attribute(layer, "lora_B.data", new_b)
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), state["base.weight"], **EXACT)
    assert_same(attribute(layer, "merged"), False)
    assert_same(layer(x), by_formula({**state, "lora_B": new_b}, x, ALPHA / RANK))

    other = {**state, "base.weight": rng.normal(D_OUT, D_IN), "lora_B": new_b}
    layer.load_state_dict(other)
    layer.merge()
    assert_same(attribute(layer, "base.weight"), other["base.weight"] + ALPHA / RANK * new_b @ state["lora_A"])
    layer.merge()
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), other["base.weight"], **EXACT)


@points(1)
@after("test_unmerge_restores_every_bit")
def test_unmerging_an_unmerged_layer_changes_nothing(student, rng):
    """`unmerge()` on a layer that is not merged changes nothing, not even where the weight is another one since, and
    merging works again after it.

    对未合并的层调用 `unmerge()` 不改变任何东西，其间换了权重也一样；之后仍可再次合并。
    """
    state = random_state(rng)
    right = state["base.weight"] + ALPHA / RANK * state["lora_B"] @ state["lora_A"]
    layer = layer_with(student, state)

    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), state["base.weight"], **EXACT)
    layer.merge()
    layer.unmerge()
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), state["base.weight"], **EXACT)
    other = {**state, "base.weight": rng.normal(D_OUT, D_IN)}
    layer.load_state_dict(other)
    layer.unmerge()
    assert_same(attribute(layer, "base.weight"), other["base.weight"], **EXACT)
    layer.load_state_dict(state)
    layer.merge()
    assert_same(attribute(layer, "base.weight"), right)


@points(1)
@after("test_merged_weight")
@claims("a merged layer has none")
def test_a_merged_layer_has_no_dropout(student, rng):
    """A merged layer drops nothing, not even in training mode.

    合并后的层什么也不丢弃，即使处于训练模式。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)
    layer = layer_with(student, state, dropout=0.5)
    layer.train()
    student.given("tiny_models").seed_everything(11)

    layer.merge()
    assert_same(layer(x), by_formula(state, x, ALPHA / RANK))


@points(1)
@claims("`lora_A` and `lora_B`, and nothing else, whether the layer is merged or not")
def test_state_dict_has_the_same_keys_when_merged(student, rng):
    """The state dict holds the base's parameters, A and B, and nothing else, merged or not.

    无论是否合并，state dict 都只含 base 的参数、A 和 B。
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


@points(1)
@claims(
    "A module is targeted when its dotted name is one of `target_modules` or ends with a dot and one of them",
    "Every linear layer of `model` stands at one place",
)
def test_targets_are_whole_names(student, device):
    """A target is a whole dotted name or the end of one after a dot: "head" is `scorer.head` and not `lm_head`.

    目标是完整的点分名称，或点之后的结尾："head" 指 `scorer.head`，而不是 `lm_head`。
    """
    cases = {
        ("head",): ["scorer.head"],
        ("scorer.head",): ["scorer.head"],
        ("lm_head", "k"): ["blocks.0.attention.k", "blocks.1.attention.k", "lm_head"],
        ("blocks.1.attention.q", "attention.out"): [
            "blocks.0.attention.out",
            "blocks.1.attention.out",
            "blocks.1.attention.q",
        ],
    }
    for targets, right in cases.items():
        model = tiny_lm(student, device)

        student.inject_lora(model, list(targets), RANK, ALPHA)
        found = wrapped(model)
        expect(
            found == right,
            "With the targets {targets} LoRA is at {found}; it should be at {right}.",
            "目标为 {targets} 时，LoRA 出现在 {found}，应为 {right}。",
            targets=list(targets),
            found=found,
            right=right,
        )


@points(1)
@claims(
    "Works in place, at any depth, and returns the same `model`",
    "Afterwards the only parameters that require a gradient are `lora_A` and `lora_B` of the new layers",
)
def test_injection_keeps_the_answer_and_freezes_the_rest(student, rng, device):
    """After injection the same model answers as before, and only the new A and B require a gradient.

    注入之后返回的是同一个模型，结果不变，只有新的 A 和 B 需要梯度。
    """
    model = tiny_lm(student, device)
    ids = tokens(rng)
    before = model(ids)
    student.given("tiny_models").seed_everything(3)

    returned = student.inject_lora(model, ["q", "v"], RANK, ALPHA)
    assert_same(returned(ids), before, **EXACT)
    learning = sorted(name for name, learns in trainable(model).items() if learns)
    right = sorted(f"blocks.{i}.attention.{name}.lora_{x}" for i in (0, 1) for name in "qv" for x in "AB")
    expect(
        learning == right,
        "These parameters require a gradient: {learning}; it should be {right}.",
        "需要梯度的参数是 {learning}，应为 {right}。",
        learning=learning,
        right=right,
    )
    assert_same(attribute(model, "blocks.1.attention.v.scaling"), ALPHA / RANK)
    new_norm = rng.normal(6)
    set_attribute(returned, "norm.weight.data", new_norm)
    assert_same(attribute(model, "norm.weight"), new_norm, **EXACT)


@points(1)
@claims("of the new layers; no dropout")
def test_injected_model_agrees_with_the_reference(student, reference, rng, device):
    """With the same A and B in every layer, the injected model gives the reference's logits and scores.

    各层的 A 和 B 相同时，注入后的模型给出与参考答案相同的 logits 和分数。
    """
    model, theirs = injected_pair(student, reference, rng, device)
    ids = tokens(rng)

    # Two blocks with a softmax and three layer norms on sharp float32 weights: rounding grows on the way.
    assert_same(model(ids), theirs(ids), rtol=1e-3, atol=1e-3)


@points(1)
@claims(
    "ValueError: if no module is targeted, if a targeted module is not an `nn.Linear`, or if `rank` is smaller "
    "than 1; the model is then unchanged"
)
def test_impossible_targets_are_refused(student, device):
    """No match, a target that is not linear, and a rank of 0 are a ValueError that leaves the model as it was.

    没有匹配、目标不是线性层、秩为 0 都抛出 ValueError，且模型保持原样。
    """
    model = tiny_lm(student, device)
    kinds, flags = type_names(model), trainable(model)

    for targets, rank in (
        (["query"], RANK),
        (["norm", "q"], RANK),
        (["q", "norm"], RANK),
        (["attention"], RANK),
        (["q"], 0),
    ):
        assert_raises(ValueError, student.inject_lora, model, targets, rank, ALPHA)
        assert_same(type_names(model), kinds)
        assert_same(trainable(model), flags)
    student.inject_lora(model, ["q"], 1, ALPHA)
    assert_same(len(wrapped(model)), 2)


@points(1)
@after("test_merged_weight")
@claims("Works in place and returns the model", "No `requires_grad` flag is touched, so what was frozen stays frozen")
def test_merge_lora_gives_a_plain_model(student, reference, rng, device):
    """`merge_lora` returns the same model with plain linear layers of merged weights; what was frozen stays frozen.

    `merge_lora` 返回同一个模型，其中都是合并了权重的普通线性层；原先冻结的仍然冻结。
    """
    model, theirs = layers_pair(student, reference, rng, device)
    set_attribute(model, "embedding.weight.requires_grad", True)

    merged = student.merge_lora(model)
    assert_model(merged, "merge_lora")
    reference.merge_lora(theirs)
    plain = tiny_lm(reference, device)
    assert_same(type_names(model), type_names(plain))
    # A merged weight is a sum of float32 numbers of size 10.
    assert_same(merged.state_dict(), dict(theirs.state_dict()), rtol=1e-5, atol=1e-5)
    assert_same(model.state_dict(), dict(theirs.state_dict()), rtol=1e-5, atol=1e-5)
    learning = [name for name, learns in trainable(merged).items() if learns]
    expect(
        learning == ["embedding.weight"],
        "Merging changed what requires a gradient: now {learning}, before only embedding.weight.",
        "合并改变了需要梯度的参数：现在是 {learning}，之前只有 embedding.weight。",
        learning=learning,
    )
    new_norm = rng.normal(6)
    set_attribute(merged, "norm.weight.data", new_norm)
    assert_same(attribute(model, "norm.weight"), new_norm, **EXACT)


@points(1)
@after("test_merge_lora_gives_a_plain_model")
@claims("Layers that are merged already are not merged again, and a model without LoRA is left as it is")
def test_merge_lora_merges_each_layer_once(student, reference, rng, device):
    """A layer that is merged already is not merged again, and a second `merge_lora` changes nothing.

    已合并的层不会再次合并，第二次 `merge_lora` 不改变任何东西。
    """
    model, theirs = layers_pair(student, reference, rng, device)
    attribute(model, "blocks.0.attention.q").merge()
    right = dict(reference.merge_lora(theirs).state_dict())

    for _ in range(2):
        model = student.merge_lora(model)
        assert_model(model, "merge_lora")
        # A merged weight is a sum of float32 numbers of size 10.
        assert_same(model.state_dict(), right, rtol=1e-5, atol=1e-5)


@points(1)
@after("test_merged_weight")
@claims("if `model` itself is a `LoRALinear`, returns its base")
def test_merge_lora_of_a_layer_is_its_base(student, rng):
    """If the model itself is a `LoRALinear`, `merge_lora` returns its merged base.

    如果模型本身就是 `LoRALinear`，`merge_lora` 返回合并后的 base。
    """
    state = random_state(rng)
    x = rng.normal(LENGTH, D_IN)

    plain = student.merge_lora(layer_with(student, state))
    assert_model(plain, "merge_lora")
    assert_same(sorted(plain.state_dict()), ["bias", "weight"])
    assert_same(plain(x), by_formula(state, x, ALPHA / RANK))


@points(1)
@claims(
    "Numbers, not tensors",
    "A parameter that the model uses in two places (tied weights) counts once",
    "Returns: (trainable, all)",
)
def test_counts_of_parameters(student, device):
    """The counts are of numbers, trainable and all; tied weights count once; LoRA leaves rank · (d_in + d_out) a layer.

    计数的对象是数值：可训练的和全部的；共享权重只计一次，LoRA 每层留下 rank · (d_in + d_out) 个。
    """
    given = student.given("tiny_models")
    model = given.tiny_lm(seed=5, device=str(device), blocks=1, tied=True)
    every = 13 * 6 + 2 * 12 + (4 * 36 + 3 * 6) + (60 + 10) + (60 + 6) + 12 + 7

    assert_same(student.trainable_parameters(model), (every, every))
    set_attribute(model, "norm.weight.requires_grad", False)
    assert_same(student.trainable_parameters(model), (every - 6, every))
    added = RANK * (6 + 6) + RANK * (10 + 6)
    model = student.inject_lora(model, ["q", "down"], RANK, ALPHA)
    assert_same(student.trainable_parameters(model), (added, every + added))


@points(1)
@after("test_agrees_with_the_formula")
@claims("An unmerged one never forms the product B A, which has the size of the base's weight")
def test_unmerged_never_forms_the_product(student, reference, speed, rng):
    """An unmerged layer of width 1024 and rank 256, on 4 rows, takes at most 3 times as long as the reference.

    宽度 1024、秩 256 的未合并层，处理 4 行输入，用时至多是参考答案的 3 倍。
    """

    a, b = rng.normal(256, 1024), rng.normal(1024, 256)

    def unmerged(module):
        layer = module.LoRALinear(module.given("tiny_models").random_linear(1024, 1024, 1), 256, 256.0)
        set_attribute(layer, "lora_A.data", a)
        set_attribute(layer, "lora_B.data", b)  # not the zeros of a fresh layer, which need no work at all
        return layer

    speed(student, reference).call("__call__", lambda rng: rng.normal(4, 1024), setup=unmerged, at_most=3.0)


@points(1)
@after("test_merged_answers_as_unmerged")
@claims("A merged layer does exactly the work of `base`")
def test_merged_costs_what_a_linear_layer_costs(student, reference, speed, rng):
    """A merged layer of width 512 and rank 1536 takes at most 2.5 times as long as the reference, a plain linear layer.

    宽度 512、秩 1536 的合并层，用时至多是参考答案（普通线性层）的 2.5 倍。
    """

    a, b = rng.normal(1536, 512), rng.normal(512, 1536) / 1536

    def merged(module):
        layer = module.LoRALinear(module.given("tiny_models").random_linear(512, 512, 1), 1536, 512.0)
        set_attribute(layer, "lora_A.data", a)
        set_attribute(layer, "lora_B.data", b)  # not the zeros of a fresh layer, which need no merging at all
        layer.merge()
        return layer

    speed(student, reference).call("__call__", lambda rng: rng.normal(192, 512), setup=merged, at_most=2.5, atol=1e-4)
