"""Hidden suite of week 10, adapters.

Sizes are distinct primes where the tiny model does not fix them (width 6, inner 10).
Not covered: where in a block adapters help most, and training.
"""

import math

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

BATCH, LENGTH, WIDTH, BOTTLENECK = 2, 5, 7, 3
TOKENS = 13
EXACT = {"rtol": 0.0, "atol": 0.0}


def random_state(rng, dtype=torch.float32, width=WIDTH, bottleneck=BOTTLENECK):
    return {
        "down.weight": rng.normal(bottleneck, width, dtype=dtype),
        "down.bias": rng.normal(bottleneck, dtype=dtype),
        "up.weight": rng.normal(width, bottleneck, dtype=dtype),
        "up.bias": rng.normal(width, dtype=dtype),
    }


def adapter_with(module, state):
    adapter = module.Adapter(state["down.weight"].shape[1], state["down.weight"].shape[0])
    adapter = adapter.to(str(state["down.weight"].device))
    adapter = adapter.double() if state["down.weight"].dtype == torch.float64 else adapter
    adapter.load_state_dict(state)
    return adapter


def tiny_lm(module, device):
    return module.given("tiny_models").tiny_lm(seed=5, device=str(device))


def randomised(model, rng):
    """The model's state dict with every number of its adapters drawn anew."""
    state = {
        name: rng.normal(*tensor.shape) if ".adapter." in name else tensor
        for name, tensor in sorted(model.state_dict().items())
    }
    model.load_state_dict(state)
    return state


def adapted(model):
    """The dotted names at which the model has an adapter."""
    return sorted(
        name.removesuffix(".adapter.up.bias") for name in trainable(model) if name.endswith("adapter.up.bias")
    )


@points(1)
def test_worked_numbers(student, device):
    """With down = [1 1], up = [2 0] and x = (1, -1) the bottleneck is gelu(0) = 0 and x stays; with x = (3, 1) it is
    gelu(4) = 3.99987 and x becomes (3 + 7.99975, 1).

    down = [1 1]、up = [2 0] 时，x = (1, -1) 的瓶颈是 gelu(0) = 0，x 不变；x = (3, 1) 的瓶颈是 gelu(4) = 3.99987，
    结果是 (3 + 7.99975, 1)。
    """
    numbers = {"down.weight": [[1, 1]], "down.bias": [0], "up.weight": [[2], [0]], "up.bias": [0, 0]}
    state = {name: torch.tensor(rows, dtype=torch.float64, device=device) for name, rows in numbers.items()}
    x = torch.tensor([[1.0, -1.0], [3.0, 1.0]], dtype=torch.float64, device=device)

    gelu_of_4 = 2 * (1 + math.erf(4 / math.sqrt(2)))
    right = torch.tensor([[1.0, -1.0], [3 + 2 * gelu_of_4, 1.0]], dtype=torch.float64, device=device)
    assert_same(adapter_with(student, state)(x), right)


@points(1)
@claims(
    "down: `nn.Linear(width, bottleneck)`, with PyTorch's own initial values",
    "up: `nn.Linear(bottleneck, width)`, weight and bias zero at the start",
)
def test_starts_as_the_identity(student, rng, device):
    """A fresh adapter gives back its input bit for bit, since up starts at zero; down starts as PyTorch starts it.

    新建的适配器逐位返回输入，因为 up 从零开始；down 用 PyTorch 自带的初值。
    """
    student.given("tiny_models").seed_everything(3)
    x = rng.normal(BATCH, LENGTH, WIDTH)
    adapter = student.Adapter(WIDTH, BOTTLENECK).to(str(device))

    assert_same(adapter(x), x, **EXACT)
    assert_same(list(attribute(adapter, "down.weight").shape), [BOTTLENECK, WIDTH])
    # 3,007 uniform numbers: the standard error of their spread is 0.8 %.
    wide = student.Adapter(97, 31)
    fresh, bias = attribute(wide, "down.weight").double(), attribute(wide, "down.bias").double()
    expect(
        bool((fresh.abs() <= 97**-0.5 * 1.000001).all()) and abs(float(fresh.std()) * (3 * 97) ** 0.5 - 1) < 0.06,
        "down.weight starts with the standard deviation {spread}; PyTorch's own initial values have {right}.",
        "down.weight 初值的标准差是 {spread}；PyTorch 自带的初值应为 {right}。",
        spread=round(float(fresh.std()), 4),
        right=round((3 * 97) ** -0.5, 4),
    )
    # 31 numbers, all between 0 and a tenth of the bound with a probability of 1e-31.
    expect(
        bool((bias.abs() <= 97**-0.5 * 1.000001).all()) and float(bias.abs().max()) > 0.1 * 97**-0.5,
        "down.bias does not start with PyTorch's own initial values.",
        "down.bias 的初值不是 PyTorch 自带的初值。",
    )
    gradient = parameter_gradients(adapter, x)["up.weight"]
    expect(
        gradient is not None and bool((gradient != 0).any()),
        "The gradient of up is zero in a fresh adapter: it can never learn.",
        "新建的适配器中 up 的梯度为零：它永远学不到东西。",
    )


@points(1)
def test_adapter_agrees_with_the_reference(student, reference, rng):
    """The answer and the gradients are the reference's, in float64 and float32, contiguous or not, and of size 1.

    float64 和 float32、连续与否、大小为 1 时，结果和梯度都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        state = random_state(rng, dtype)
        x = rng.normal(LENGTH, BATCH, WIDTH, dtype=dtype).transpose(0, 1)
        adapter, theirs = adapter_with(student, state), adapter_with(reference, state)

        assert_same(unchanged(adapter, x), theirs(x))
    state = random_state(rng, torch.float64, 1, 1)
    x = rng.normal(1, dtype=torch.float64)
    assert_same(adapter_with(student, state)(x), adapter_with(reference, state)(x))
    assert_same(gradients(adapter_with(student, state), x), gradients(adapter_with(reference, state), x))


@points(1)
@claims(
    "module: the module that was handed in (the same object)",
    "Gradients pass through the adapter and the module to what stands in front of them, even if the module is frozen",
)
def test_adapter_takes_the_answer_of_the_module(student, reference, rng):
    """The adapter stands behind the module, Adapted(module, adapter)(x) is adapter(module(x)), and the gradient passes
    through both: what is in front must learn too.

    适配器在模块之后，Adapted(module, adapter)(x) 等于 adapter(module(x))；梯度要穿过这两者，因为前面的部分也要学习。
    """
    weight, bias, state = rng.normal(WIDTH, WIDTH), rng.normal(WIDTH), random_state(rng)
    x = rng.normal(BATCH, LENGTH, WIDTH)
    module = student.given("tiny_models").linear(weight, bias)

    adapted_module = student.Adapted(module, adapter_with(student, state))
    theirs = reference.Adapted(reference.given("tiny_models").linear(weight, bias), adapter_with(reference, state))
    # Sums of float32 products of size 10.
    loose = {"rtol": 1e-4, "atol": 1e-4}
    assert_same(adapted_module(x), adapter_with(reference, state)(x @ weight.T + bias), **loose)
    assert_same(gradients(adapted_module, x), gradients(theirs, x), **loose)
    assert_same(parameter_gradients(adapted_module, x), parameter_gradients(theirs, x), **loose)
    frozen = student.given("tiny_models").linear(weight, bias).requires_grad_(False)
    behind = student.Adapted(frozen, adapter_with(student, state))
    assert_same(gradients(behind, x), gradients(theirs, x), **loose)
    frozen.load_state_dict({"weight": 2 * weight, "bias": bias})  # the module itself, not a copy of it
    assert_same(behind(x), adapter_with(reference, state)(2 * x @ weight.T + bias), **loose)


@points(1)
@claims(
    "If the answer is a tuple (attention layers return their weights too), the adapter takes its first element, "
    "and the tuple keeps the others as they are"
)
def test_a_tuple_keeps_its_other_elements(student, reference, rng, device):
    """Of a tuple the first element goes through the adapter and the others come back as they are.

    若答案是元组，第一个元素经过适配器，其余原样返回。
    """
    state = random_state(rng)
    x = rng.normal(BATCH, LENGTH, WIDTH)
    attention = student.given("tiny_models").tiny_attention(WIDTH, 3, str(device))
    hidden, weights = attention(x)

    found = student.Adapted(attention, adapter_with(student, state))(hidden=x)
    # A softmax and three products in float32.
    assert_same(found, (adapter_with(reference, state)(hidden), weights), rtol=1e-4, atol=1e-4)
    theirs = reference.Adapted(
        reference.given("tiny_models").tiny_attention(WIDTH, 3, str(device)), adapter_with(reference, state)
    )
    ours = student.Adapted(attention, adapter_with(student, state))
    assert_same(gradients(ours, x), gradients(theirs, x), rtol=1e-3, atol=1e-3)
    square = rng.normal(BATCH, WIDTH, WIDTH)  # as many tokens as features: the weights have the shape of the answer
    assert_same(ours(square)[1], attention(square)[1], rtol=1e-4, atol=1e-4)
    # Tuples of other lengths, as attention layers with a cache and without weights give.
    adapter = adapter_with(reference, state)
    for others in ((), (rng.normal(LENGTH), rng.normal(BATCH, LENGTH))):
        module = student.given("tiny_models").random_linear(WIDTH, WIDTH, 3, str(device))
        set_attribute(module, "forward", lambda hidden, others=others: (2 * hidden, *others))
        assert_same(student.Adapted(module, adapter_with(student, state))(x), (adapter(2 * x), *others))


@points(1)
@claims(
    "adapter: the adapter behind it",
    "A module is targeted when its dotted name is one of `target_modules` or ends with a dot and one of them",
    "It need not be a linear layer, and one targeted module may stand inside another",
)
def test_targets_are_whole_names(student, device):
    """Adapters stand where the names say, and a target is a whole name or its end after a dot; one may stand inside
    another.

    适配器出现在名称所指之处；目标是完整的名称，或点之后的结尾；一个目标可以在另一个里面。
    """
    cases = {
        ("attention",): ["blocks.0.attention", "blocks.1.attention"],
        ("blocks.1.feed_forward", "norm"): ["blocks.1.feed_forward", "norm"],
        ("blocks.0.attention", "out"): [
            "blocks.0.attention",
            "blocks.0.attention.module.out",
            "blocks.1.attention.out",
        ],
    }
    for targets, right in cases.items():
        model = tiny_lm(student, device)

        student.insert_adapters(model, list(targets), 6, BOTTLENECK)
        found = adapted(model)
        expect(
            found == right,
            "With the targets {targets} adapters are at {found}; they should be at {right}.",
            "目标为 {targets} 时，适配器出现在 {found}，应为 {right}。",
            targets=list(targets),
            found=found,
            right=right,
        )


@points(1)
@claims(
    "Works in place, at any depth, and returns the same `model`",
    "Afterwards only the adapters' parameters require a gradient",
)
def test_only_adapters_learn(student, rng, device):
    """The same model comes back and answers as before, and only the numbers of the adapters require a gradient.

    返回的是同一个模型，结果不变，只有适配器的参数需要梯度。
    """
    model = tiny_lm(student, device)
    ids = rng.integers(0, TOKENS, BATCH, LENGTH)
    before = model(ids)

    returned = student.insert_adapters(model, ["attention", "feed_forward"], 6, BOTTLENECK)
    assert_same(returned(ids), before, **EXACT)
    flags = trainable(model)
    wrong = [name for name, learns in flags.items() if learns != (".adapter." in name)]
    expect(
        not wrong and len(flags) > len(trainable(tiny_lm(student, device))),
        "These parameters are trainable and should not be, or the other way round: {wrong}.",
        "这些参数不应可训练却可训练，或者相反：{wrong}。",
        wrong=wrong,
    )
    new_norm = rng.normal(6)
    set_attribute(returned, "norm.weight.data", new_norm)
    assert_same(attribute(model, "norm.weight"), new_norm, **EXACT)


@points(1)
def test_each_adapter_is_its_own(student, reference, rng, device):
    """With the same numbers in every adapter the model agrees with the reference; no two places share one adapter.

    各适配器的参数相同时，模型与参考答案一致；没有两处共用同一个适配器。
    """
    targets = ["blocks.0.attention", "feed_forward"]
    theirs = reference.insert_adapters(tiny_lm(reference, device), targets, 6, BOTTLENECK)
    state = randomised(theirs, rng)
    model = student.insert_adapters(tiny_lm(student, device), targets, 6, BOTTLENECK)
    model.load_state_dict(state)
    ids = rng.integers(0, TOKENS, BATCH, LENGTH)

    # Two blocks with a softmax and layer norms on sharp float32 weights: rounding grows on the way.
    assert_same(model(ids), theirs(ids), rtol=1e-3, atol=1e-3)
    assert_same(list(attribute(model, "blocks.1.feed_forward.adapter.down.weight").shape), [BOTTLENECK, 6])


@points(1)
@claims("New adapters have the dtype and the device of the model's first parameter")
def test_adapters_follow_the_dtype_of_the_model(student, rng, device):
    """In a float64 model the adapters are float64; where dtypes are mixed, the model's first parameter decides. They
    lie where the model does, even if it was moved away.

    float64 的模型里，适配器也是 float64；dtype 混用时，以模型的第一个参数为准。模型移到别的设备后，适配器也在那里。
    """
    student.given("tiny_models").seed_everything(3)
    model = tiny_lm(student, device).double()
    student.insert_adapters(model, ["attention"], 6, BOTTLENECK)

    found = attribute(model, "blocks.0.attention.adapter.up.weight").dtype  # zeros: the order of making draws nothing
    assert_same(str(found), "torch.float64")
    logits, _ = model(rng.integers(0, TOKENS, BATCH, LENGTH))
    assert_same(str(logits.dtype), "torch.float64")
    mixed = tiny_lm(student, device)
    attribute(mixed, "norm").double()
    student.insert_adapters(mixed, ["norm"], 6, BOTTLENECK)
    assert_same(str(attribute(mixed, "norm.adapter.up.weight").dtype), "torch.float32")
    mixed = tiny_lm(student, device)
    attribute(mixed, "scorer").double()  # the last parameters
    student.insert_adapters(mixed, ["norm"], 6, BOTTLENECK)
    assert_same(str(attribute(mixed, "norm.adapter.up.weight").dtype), "torch.float32")
    away = tiny_lm(student, "meta")  # a device that exists everywhere: its tensors have a shape and no numbers
    student.insert_adapters(away, ["norm"], 6, BOTTLENECK)
    expect(
        attribute(away, "norm.adapter.down.weight.is_meta") and attribute(away, "norm.adapter.up.bias.is_meta"),
        "The adapters do not lie on the device of the model.",
        "适配器不在模型所在的设备上。",
    )


@points(1)
@after("test_targets_are_whole_names")
@claims("ValueError: if no module is targeted; the model is then unchanged")
def test_no_match_is_refused(student, device):
    """A target that no module has is a ValueError, and the model stays as it was.

    没有任何模块符合目标时抛出 ValueError，模型保持原样。
    """
    model = tiny_lm(student, device)
    kinds, flags = type_names(model), trainable(model)

    assert_raises(ValueError, student.insert_adapters, model, ["query", "blocks.7.attention"], 6, BOTTLENECK)
    assert_same(type_names(model), kinds)
    assert_same(trainable(model), flags)
    student.insert_adapters(model, ["attention"], 6, BOTTLENECK)
    assert_same(len(adapted(model)), 2)
