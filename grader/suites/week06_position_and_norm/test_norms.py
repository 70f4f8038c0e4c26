"""Hidden suite of week 06, norms.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: momentum=None, layers without parameters, batch norm in half precision.
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
    unchanged,
)

BATCH, LENGTH, DIM = 3, 5, 7
ROW, PLACE = 1, 2  # the token that the experiments replace


def made(module, name, device, state, *settings):
    """A layer of either module, in float64 if the state is, with the given parameters."""
    layer = getattr(module, name)(DIM, *settings)
    layer.to(str(device))
    if state["weight"].dtype == torch.float64:
        layer.double()
    layer.load_state_dict(state)
    return layer


def token_state(rng, name, dtype=torch.float64):
    """Random weight, and bias where the norm has one."""
    names = ("weight", "bias") if name == "LayerNorm" else ("weight",)
    return {key: rng.normal(DIM, dtype=dtype) for key in names}


def batch_state(rng, device):
    """Random weight, bias and running statistics, as if eleven batches had been seen."""
    return {
        "weight": rng.normal(DIM, dtype=torch.float64),
        "bias": rng.normal(DIM, dtype=torch.float64),
        "running_mean": rng.normal(DIM, dtype=torch.float64),
        "running_var": rng.uniform(DIM, low=0.5, high=2.0, dtype=torch.float64),
        "num_batches_tracked": torch.tensor(11, device=device),
    }


def expect_state(layer, expected):
    """The layer's state dict has these names and values, in any order."""
    state = dict(layer.state_dict())
    expect(
        set(state) == set(expected),
        "The state dict should hold {expected}; yours holds {got}.",
        "state_dict 应包含 {expected}；你的包含 {got}。",
        expected=sorted(expected),
        got=sorted(state),
    )
    for name, value in expected.items():
        assert_same(state[name], value)


def batch(rng, dtype=torch.float64):
    return rng.normal(BATCH, LENGTH, DIM, dtype=dtype)


@points(1)
@claims("y = (x - mean) / sqrt(variance + eps) * weight + bias")
def test_layer_norm_of_a_worked_example(student, device):
    """2 4 4 4 5 5 7 9 has mean 5 and standard deviation 2, so it becomes -1.5 -0.5 -0.5 -0.5 0 0 1 2.

    2 4 4 4 5 5 7 9 的均值是 5、标准差是 2，因此变为 -1.5 -0.5 -0.5 -0.5 0 0 1 2。
    """
    layer = student.LayerNorm(8, eps=0.0)
    layer.to(str(device))
    x = torch.tensor([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0], device=device)

    assert_same(layer(x), torch.tensor([-1.5, -0.5, -0.5, -0.5, 0.0, 0.0, 1.0, 2.0], device=device))


@points(1)
@claims("Parameters, as in torch.nn.LayerNorm")
def test_layer_norm_has_the_names_of_torch(student):
    """A new LayerNorm holds weight (ones) and bias (zeros), and nothing else.

    新建的 LayerNorm 只含 weight（全 1）和 bias（全 0）。
    """
    expect_state(student.LayerNorm(DIM), {"weight": torch.ones(DIM), "bias": torch.zeros(DIM)})


@points(1)
@claims("Mean and variance are taken over the last axis, for each token by itself")
def test_layer_norm_agrees_with_the_reference(student, reference, rng, device):
    """Layer norm agrees with the reference in float32, also on a transposed view and with a large eps.

    层归一化在 float32 下与参考答案一致，输入为转置视图、eps 较大时也一样。
    """
    x = rng.normal(DIM, BATCH, LENGTH).permute(1, 2, 0)
    for settings in ((), (0.1,)):
        state = token_state(rng, "LayerNorm", torch.float32)
        ours = made(student, "LayerNorm", device, state, *settings)
        theirs = made(reference, "LayerNorm", device, state, *settings)

        # Where weight and bias cancel, a few last bits of numbers of size 10 remain.
        assert_same(unchanged(ours, x), theirs(x), atol=1e-5)


@points(1)
@claims("A token of equal numbers gives the bias", "Training and evaluation do the same")
def test_layer_norm_of_tiny_tokens(student, reference, rng, device):
    """A token of equal numbers gives the bias, and tokens as small as 0.001 show that eps is 1e-5, under the root.

    各数相等的词元得到 bias；小到 0.001 的词元能看出 eps 是 1e-5，且在根号里面。
    """
    state = token_state(rng, "LayerNorm")
    layer = made(student, "LayerNorm", device, state)
    tiny = batch(rng) * 1e-3

    assert_same(layer(torch.full_like(tiny, 3.0)), state["bias"].expand(tiny.shape))
    expected = made(reference, "LayerNorm", device, state)(tiny)
    assert_same(layer(tiny), expected)
    layer.eval()
    assert_same(layer(tiny), expected)


@points(1)
@claims("computed from the deviations x - mean, so that a token far from 0 keeps its digits")
def test_layer_norm_far_from_zero(student, rng, device):
    """In float32, adding 1000 to all numbers of a token changes nothing.

    在 float32 下，给词元的每个数都加上 1000，结果不变。
    """
    state = token_state(rng, "LayerNorm", torch.float32)
    state["bias"] += 3.0
    layer = made(student, "LayerNorm", device, state)
    x = (batch(rng, torch.float32) * 1024).round() / 1024  # so that 1000 + x is exact in float32

    # The mean of numbers near 1000 is known to about 1e-4 in float32, and the tokens have size 1.
    assert_same(layer(x + 1000.0), layer(x), rtol=0.0, atol=2e-3)
    expect(
        layer(x).std().item() > 0.1,
        "All answers are almost the same number.",
        "所有结果几乎是同一个数。",
    )


@points(1)
@claims("the answer has the dtype of `x`")
def test_layer_norm_in_float16(student, reference, rng, device):
    """In float16, tokens of size 300 do not overflow, and the answer is float16.

    在 float16 下，大小为 300 的词元不会溢出，结果仍是 float16。
    """
    state = token_state(rng, "LayerNorm", torch.float32)
    x = (batch(rng, torch.float32).sign() * 300 + batch(rng, torch.float32)).half()

    answer = made(student, "LayerNorm", device, state)(x)

    # That it is rounded once is the claim of the next test.
    assert_same(answer, made(reference, "LayerNorm", device, state)(x), rtol=1e-2, atol=1e-2)


@points(1)
@after("test_layer_norm_in_float16")
@claims("(bfloat16 and float16 are rounded once, at the end)")
def test_layer_norm_rounds_once(student, reference, rng, device):
    """In bfloat16, weight and bias are applied in float32, and the answer is rounded once, at the end.

    在 bfloat16 下，weight 和 bias 用 float32 计算，只在最后舍入一次。
    """
    state = token_state(rng, "LayerNorm", torch.float32)
    x = rng.normal(101, LENGTH, DIM, dtype=torch.float32).bfloat16()

    got, expected = (made(module, "LayerNorm", device, state)(x) for module in (student, reference))

    assert_same(got, expected, rtol=5e-2, atol=5e-2)  # the same numbers; how they were rounded is counted below
    # Another order of the same float32 operations moves one number in some thousands across an edge of bfloat16,
    # a second rounding every fifth.
    share = (got != expected).double().mean().item()
    expect(
        share < 0.02,
        "{percent} % of the numbers are not what float32 gives, rounded once: something was rounded before the end.",
        "{percent}% 的数与用 float32 计算、最后舍入一次的结果不同：中途有舍入。",
        percent=round(100 * share),
    )


@points(1)
def test_layer_norm_gradients(student, reference, rng, device):
    """The gradients of layer norm, of x and of the parameters, agree with the reference.

    层归一化对 x 和对参数的梯度与参考答案一致。
    """
    state, x = token_state(rng, "LayerNorm"), batch(rng)
    ours, theirs = (made(module, "LayerNorm", device, state) for module in (student, reference))

    assert_same(gradients(ours, x, wrt=(0,)), gradients(theirs, x, wrt=(0,)))
    assert_same(dict(parameter_gradients(ours, x)), dict(parameter_gradients(theirs, x)))


@points(1)
@after("test_layer_norm_agrees_with_the_reference")
def test_speed_of_layer_norm(student, reference, speed):
    """2021 tokens take at most 8 times as long as the reference.

    2021 个词元所用的时间不超过参考答案的 8 倍。
    """
    tokens, width = 2021, 64

    speed(student, reference).call(
        "__call__",
        lambda rng: rng.normal(tokens, width),
        setup=lambda module: module.LayerNorm(width),
        at_most=8.0,
        atol=1e-5,  # last bits of float32
    )


@points(1)
@claims("y = x / sqrt(mean(x^2) + eps) * weight", "Nothing is subtracted and there is no bias")
def test_rms_norm_of_a_worked_example(student, device):
    """1 and 7 have root mean square 5, so they become 0.2 and 1.4; and 3 alone becomes 1.

    1 和 7 的均方根是 5，因此变为 0.2 和 1.4；单独一个 3 变为 1。
    """
    for token, expected in (([1.0, 7.0], [0.2, 1.4]), ([3.0], [1.0])):
        layer = student.RMSNorm(len(token), eps=0.0)
        layer.to(str(device))

        assert_same(layer(torch.tensor([token], device=device)), torch.tensor([expected], device=device))


@points(1)
@claims("Parameter, as in torch.nn.RMSNorm")
def test_rms_norm_has_the_names_of_torch(student):
    """A new RMSNorm holds weight (ones), and nothing else: no bias.

    新建的 RMSNorm 只含 weight（全 1），没有 bias。
    """
    expect_state(student.RMSNorm(DIM), {"weight": torch.ones(DIM)})


@points(1)
@claims("The mean is taken over the last axis, for each token by itself")
def test_rms_norm_agrees_with_the_reference(student, reference, rng, device):
    """RMS norm agrees with the reference in float32, also on a transposed view and with a large eps.

    RMS 归一化在 float32 下与参考答案一致，输入为转置视图、eps 较大时也一样。
    """
    x = rng.normal(DIM, BATCH, LENGTH).permute(1, 2, 0)
    for settings in ((), (0.1,)):
        state = token_state(rng, "RMSNorm", torch.float32)
        ours = made(student, "RMSNorm", device, state, *settings)
        theirs = made(reference, "RMSNorm", device, state, *settings)

        # Where weight and bias cancel, a few last bits of numbers of size 10 remain.
        assert_same(unchanged(ours, x), theirs(x), atol=1e-5)


@points(1)
@claims("A token of zeros gives zeros", "Training and evaluation do the same")
def test_rms_norm_of_tiny_tokens(student, reference, rng, device):
    """A token of zeros stays zeros, and tokens as small as 0.001 show that eps is 1e-6, under the root.

    全 0 的词元仍为全 0；小到 0.001 的词元能看出 eps 是 1e-6，且在根号里面。
    """
    state = token_state(rng, "RMSNorm")
    layer = made(student, "RMSNorm", device, state)
    tiny = batch(rng) * 1e-3

    assert_same(layer(torch.zeros_like(tiny)), torch.zeros_like(tiny))
    expected = made(reference, "RMSNorm", device, state)(tiny)
    assert_same(layer(tiny), expected)
    layer.eval()
    assert_same(layer(tiny), expected)


@points(1)
@claims("Squares and weight are computed in float32 at least")
def test_rms_norm_in_float16(student, reference, rng, device):
    """In float16, tokens of size 300 do not overflow, and the answer is float16.

    在 float16 下，大小为 300 的词元不会溢出，结果仍是 float16。
    """
    state = token_state(rng, "RMSNorm", torch.float32)
    x = (batch(rng, torch.float32).sign() * 300 + batch(rng, torch.float32)).half()

    answer = made(student, "RMSNorm", device, state)(x)

    # Rounding to float16 before the weight is applied is allowed: an error of 0.001 times the weight.
    assert_same(answer, made(reference, "RMSNorm", device, state)(x), rtol=1e-2, atol=1e-2)


@points(1)
@after("test_rms_norm_in_float16")
@claims("Squares and weight are computed in float32 at least")
def test_the_weight_does_not_overflow(student, device):
    """In float16 the weight 70,000 would be infinite: it multiplies in float32, and makes 35,000 of 0.5.

    在 float16 下，权重 70000 会变成无穷大：应在 float32 下相乘，0.5 变成 35000。
    """
    token = torch.tensor([1.5, 0.5, -0.5, 1.5, 0.5, -1.5, 0.5, 0.5], device=device)  # its mean square is 1
    weight = torch.where(token.abs() < 1, 70_000.0, 1.0)
    layer = student.RMSNorm(8, eps=0.0)
    layer.to(str(device))
    layer.load_state_dict({"weight": weight})

    assert_same(layer(token.half()), (token * weight).half())


@points(1)
def test_rms_norm_gradients(student, reference, rng, device):
    """The gradients of RMS norm, of x and of the weight, agree with the reference.

    RMS 归一化对 x 和对 weight 的梯度与参考答案一致。
    """
    state, x = token_state(rng, "RMSNorm"), batch(rng)
    ours, theirs = (made(module, "RMSNorm", device, state) for module in (student, reference))

    assert_same(gradients(ours, x, wrt=(0,)), gradients(theirs, x, wrt=(0,)))
    assert_same(dict(parameter_gradients(ours, x)), dict(parameter_gradients(theirs, x)))


@points(1)
@claims("Names as in torch: parameters `weight` (ones) and `bias` (zeros)")
def test_batch_norm_has_the_names_of_torch(student):
    """A new BatchNorm1d holds weight, bias, running_mean, running_var and num_batches_tracked; two are trained.

    新建的 BatchNorm1d 含 weight、bias、running_mean、running_var 和 num_batches_tracked；其中两个参与训练。
    """
    layer = student.BatchNorm1d(DIM)

    expect_state(
        layer,
        {
            "weight": torch.ones(DIM),
            "bias": torch.zeros(DIM),
            "running_mean": torch.zeros(DIM),
            "running_var": torch.ones(DIM),
            "num_batches_tracked": torch.tensor(0),
        },
    )
    trained = set(parameter_gradients(layer, torch.arange(14.0).view(2, DIM)))
    expect(
        trained == {"weight", "bias"},
        "The parameters should be weight and bias; yours are {trained}.",
        "参数应为 weight 和 bias；你的是 {trained}。",
        trained=sorted(trained),
    )


@points(1)
@claims("one of each for every feature")
def test_batch_norm_of_a_worked_example(student, device):
    """The features 1 3 and 10 30 both become -1 1, and running statistics move a tenth of the way.

    特征 1 3 和 10 30 都变为 -1 1，滑动统计量移动十分之一。
    """
    layer = student.BatchNorm1d(2, eps=0.0)
    layer.to(str(device))

    answer = layer(torch.tensor([[1.0, 10.0], [3.0, 30.0]], device=device))

    assert_same(answer, torch.tensor([[-1.0, -1.0], [1.0, 1.0]], device=device))
    expect_state(
        layer,
        {
            "weight": torch.ones(2, device=device),
            "bias": torch.zeros(2, device=device),
            "running_mean": torch.tensor([0.2, 2.0], device=device),
            "running_var": torch.tensor([0.9 + 0.1 * 2, 0.9 + 0.1 * 200], device=device),
            "num_batches_tracked": torch.tensor(1, device=device),
        },
    )


@points(1)
@claims(
    "Training: y uses the mean and the biased variance of this batch",
    "running = (1 - momentum) * running + momentum * batch",
    "the unbiased one (divided by n - 1, n numbers a feature), and `num_batches_tracked` grows by 1",
    "the statistics of a feature are taken over all other axes together",
    "`x` is float32 or float64, like the layer",
)
def test_batch_norm_in_training(student, reference, rng, device):
    """In training, two batches give the answers and the running statistics of the reference, with and without length.

    训练时，连续两个批次的输出和滑动统计量与参考答案一致，有无长度维都一样。
    """
    for shape, settings in (((1, DIM, 3), (0.1, 0.3)), ((5, DIM), ()), ((2, DIM, 11), ())):
        state = batch_state(rng, device)
        ours, theirs = (made(module, "BatchNorm1d", device, state, *settings) for module in (student, reference))
        for _ in range(2):
            x = rng.normal(*shape, dtype=torch.float64) * 3 + 1

            assert_same(unchanged(ours, x), theirs(x))
        expect_state(ours, dict(theirs.state_dict()))


@points(1)
@after("test_batch_norm_in_training")
@claims("no gradient flows through that")
def test_running_statistics_hold_no_graph(student, rng, device):
    """The running statistics carry no gradient: a statistic that remembers how it was computed keeps every batch alive.

    滑动统计量不带梯度：如果它记住了自己的计算过程，每一个批次都会一直留在内存中。
    """
    layer = made(student, "BatchNorm1d", device, batch_state(rng, device))

    gradients(layer, rng.normal(5, DIM, dtype=torch.float64), wrt=(0,))

    for name in ("running_mean", "running_var"):
        expect(
            not attribute(layer, f"{name}.requires_grad"),
            "After a batch in training, {name} requires a gradient.",
            "训练一个批次之后，{name} 带有梯度。",
            name=name,
        )


@points(1)
@claims("Evaluation: y uses `running_mean` and `running_var`, and nothing changes")
def test_batch_norm_in_evaluation(student, reference, rng, device):
    """In evaluation, a single sequence is judged by the running statistics, and they stay as they are.

    评估时，单个序列按滑动统计量归一化，而滑动统计量保持不变。
    """
    state = batch_state(rng, device)
    ours, theirs = (made(module, "BatchNorm1d", device, state) for module in (student, reference))
    ours.eval()
    theirs.eval()
    for shape in ((1, 1, DIM), (11, 2, DIM)):
        x = rng.normal(*shape, dtype=torch.float64).permute(1, 2, 0)

        assert_same(ours(x), theirs(x))
    assert_same(ours(x[..., 0]), theirs(x[..., 0]))
    expect_state(ours, state)


@points(1)
@claims("gradients flow through both")
def test_batch_norm_gradients(student, reference, rng, device):
    """In training, gradients flow through the mean and the variance of the batch.

    训练时，梯度要经过批次的均值和方差。
    """
    state = batch_state(rng, device)
    for x in (rng.normal(5, DIM, dtype=torch.float64), rng.normal(2, DIM, 11, dtype=torch.float64)):
        ours, theirs = (made(module, "BatchNorm1d", device, state) for module in (student, reference))

        assert_same(gradients(ours, x, wrt=(0,)), gradients(theirs, x, wrt=(0,)))
        assert_same(dict(parameter_gradients(ours, x)), dict(parameter_gradients(theirs, x)))


@points(1)
@claims("in training, if there is only one number a feature")
def test_batch_norm_cannot_train_on_one_number(student, device):
    """In training, two numbers a feature are enough, and one number a feature is a ValueError.

    训练时，每个特征有两个数就够了；只有一个数时应抛出 ValueError。
    """
    layer = student.BatchNorm1d(2, eps=0.0)
    layer.to(str(device))

    answer = layer(torch.tensor([[[2.0, 4.0], [9.0, 1.0]]], device=device))

    assert_same(answer, torch.tensor([[[-1.0, 1.0], [1.0, -1.0]]], device=device))
    assert_raises(ValueError, layer, torch.tensor([[1.0, 2.0]], device=device))


@points(1)
@claims(
    "the largest absolute difference of its output numbers between the two",
    "from the future if it is at an earlier position of the same row",
)
def test_influence_of_a_running_sum(student, device):
    """When a norm adds up the tokens so far, replacing (2, 2) by (1, -4) moves this place and all later ones by 6.

    若 norm 是到当前为止各词元之和，把 (2, 2) 换成 (1, -4) 会使该位置和之后的位置都变动 6。
    """
    x = torch.full((2, 5, 2), 2.0, device=device)

    answer = student.influence(lambda x: x.cumsum(dim=1), x, 1, 2, torch.tensor([1.0, -4.0], device=device))

    expected = torch.zeros(2, 5, device=device)
    expected[1, 2:] = 6.0
    assert_same(answer, expected)


@points(1)
@claims("`x` is not modified")
def test_influence_agrees_with_the_reference(student, reference, rng):
    """For a norm that mixes all tokens, the influence agrees with the reference, and x is not modified.

    若 norm 把所有词元混在一起，influence 的结果与参考答案一致，且 x 没有被修改。
    """
    x, token = batch(rng), rng.normal(DIM, dtype=torch.float64)
    mixing = rng.normal(BATCH * LENGTH, BATCH * LENGTH, dtype=torch.float64)

    def mix(x):
        return (mixing @ x.flatten(0, 1)).tanh().view(x.shape)

    answer = unchanged(student.influence, mix, x, ROW, PLACE, token)

    assert_same(answer, reference.influence(mix, x, ROW, PLACE, token))


@points(1)
@claims("its mode (training or evaluation) is left alone", "The answer carries no gradient")
def test_influence_leaves_no_trace(student, rng, device):
    """The answer carries no gradient, the norm keeps its mode, training or evaluation, and gradients stay switched on.

    结果不带梯度，norm 的模式（训练或评估）保持不变，梯度计算也没有被关闭。
    """
    layer = made(student, "BatchNorm1d", device, batch_state(rng, device))
    token, experiment = rng.normal(DIM, dtype=torch.float64), (student.on_tokens(layer), batch(rng), ROW, PLACE)

    # Nothing can be differentiated that carries no gradient: torch says so.
    assert_raises(RuntimeError, gradients, student.influence, *experiment, token, wrt=(1, 4))
    for module in (student.LayerNorm(DIM), student.BatchNorm1d(DIM)):
        for training in (True, False):
            module.train(training)
            student.influence(module, rng.normal(DIM, DIM, DIM), ROW, PLACE, rng.normal(DIM))
            expect(
                attribute(module, "training") == training,
                "influence changed the mode of the norm.",
                "influence 改变了 norm 的模式。",
            )
    expect(
        student.given("torch").is_grad_enabled(),
        "influence switched gradients off for everybody else.",
        "influence 把其他代码的梯度计算也关闭了。",
    )


@points(1)
def test_token_norms_leak_nothing(student, rng, device):
    """With layer norm and RMS norm, a replaced token moves its own output and no other.

    使用层归一化和 RMS 归一化时，替换一个词元只影响它自己的输出。
    """
    x, token = batch(rng), rng.normal(DIM, dtype=torch.float64)
    for name in ("LayerNorm", "RMSNorm"):
        moved = student.influence(made(student, name, device, token_state(rng, name)), x, ROW, PLACE, token)

        own = moved[ROW, PLACE].item()
        moved[ROW, PLACE] = 0.0
        assert_same(moved, torch.zeros_like(moved))
        expect(
            own > 1e-3,
            "With {name}, the output of the replaced token itself did not move.",
            "使用 {name} 时，被替换词元自己的输出没有变化。",
            name=name,
        )


@points(1)
@claims("from another sentence if it is in another row")
def test_batch_norm_leaks_across_sentences_and_from_the_future(student, rng, device):
    """With batch norm in training, a replaced token moves every output: other sentences, and earlier tokens.

    训练中的批归一化会让一个被替换的词元影响所有输出：包括其他句子，也包括更早的词元。
    """
    layer = made(student, "BatchNorm1d", device, batch_state(rng, device))
    x, token = batch(rng), 3 + rng.normal(DIM, dtype=torch.float64)

    moved = student.influence(student.on_tokens(layer), x, ROW, PLACE, token)

    expect(
        moved.min().item() > 1e-3,
        "Every output of batch norm depends on every token of the batch; yours has outputs that did not move.",
        "批归一化的每个输出都依赖批次中的每个词元；你的结果里有些输出没有变化。",
    )


@points(1)
def test_batch_norm_sees_the_padding(student, rng, device):
    """Padding a batch changes what batch norm says about its words in training, and not what layer norm says.

    给批次补上填充（padding），会改变训练中批归一化对原有词元的输出，却不会改变层归一化的输出。
    """
    x = batch(rng)
    padded = torch.cat([x, torch.zeros_like(x)], dim=1)
    layer = made(student, "LayerNorm", device, token_state(rng, "LayerNorm"))
    batch_layer = student.on_tokens(made(student, "BatchNorm1d", device, batch_state(rng, device)))

    assert_same(layer(padded)[:, :LENGTH], layer(x))
    moved = (batch_layer(padded)[:, :LENGTH] - batch_layer(x)).abs().amax().item()
    expect(
        moved > 1e-2,
        "In training, batch norm takes padding into its statistics, so its answer for the words must change.",
        "训练时批归一化会把填充也算进统计量，因此对原有词元的输出必然改变。",
    )


@points(1)
def test_batch_norm_says_something_else_in_evaluation(student, rng, device):
    """In evaluation batch norm leaks nothing, but it no longer gives the answer that training learned from.

    评估时批归一化不再泄漏，但给出的结果也不再是训练时所依据的结果。
    """
    layer = made(student, "BatchNorm1d", device, batch_state(rng, device))
    x, token = batch(rng), 3 + rng.normal(DIM, dtype=torch.float64)
    trained = student.on_tokens(layer)(x)
    layer.eval()

    moved = student.influence(student.on_tokens(layer), x, ROW, PLACE, token)

    expect(
        moved[ROW, PLACE].item() > 1e-3,
        "In evaluation, the output of the replaced token itself did not move.",
        "评估时，被替换词元自己的输出没有变化。",
    )
    moved[ROW, PLACE] = 0.0
    assert_same(moved, torch.zeros_like(moved))
    difference = (student.on_tokens(layer)(x) - trained).abs().amax().item()
    expect(
        difference > 1e-3,
        "Training and evaluation gave the same answer: one of them uses the wrong statistics.",
        "训练和评估给出了相同的结果：其中之一用错了统计量。",
    )
