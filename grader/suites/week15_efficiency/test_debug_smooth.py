"""Hidden suite of week 15, debug_smooth.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: norms without a weight.
"""

import torch

from grader.suite import after, assert_same, attribute, call_and_keep, claims, expect, points

WIDTH, OUTS, TOKENS = 7, (5, 11, 3), 13


def parts(rng, bias=True):
    """The weight and the bias of a norm, the weights of three layers that read it, and the largest magnitudes."""
    numbers = {
        "norm": rng.uniform(WIDTH, low=0.2, high=3.0, dtype=torch.float64),
        "bias": 2 * rng.normal(WIDTH, dtype=torch.float64) if bias else None,
        "weights": [rng.normal(out, WIDTH, dtype=torch.float64) for out in OUTS],
        "largest": rng.uniform(WIDTH, low=0.1, high=50.0, dtype=torch.float64),
    }
    return numbers


def built(module, numbers, rms=False, biased=(True, True, True)):
    """The norm and the three layers in one of the two processes; `biased` says which of the layers have a bias."""
    given = module.given("small_nets")
    norm = given.rms_norm(numbers["norm"]) if rms else given.layer_norm(numbers["norm"], numbers["bias"])
    weights = zip(numbers["weights"], biased, strict=True)
    return norm, [given.linear(weight, weight[:, 0] if has else None) for weight, has in weights]


def state(layer):
    """The weights as plain data."""
    return {name: table.detach() for name, table in layer.state_dict().items()}


def by_hand(numbers, strength):
    """The factors, channel by channel."""
    reading = torch.cat(numbers["weights"]).abs().amax(0)
    return numbers["largest"] ** strength / reading ** (1 - strength)


def test_maxima(student, rng):
    """The maxima are those of all tokens of all batches behind the norm: this worked when you got the program.

    最大值取自归一化之后所有批次的所有词元：你拿到程序时，这一点本来就是对的。
    """
    numbers = parts(rng)
    norm, _ = built(student, numbers)
    batches = [rng.normal(3, TOKENS, WIDTH, dtype=torch.float64) for _ in range(3)]

    seen = torch.cat([norm(batch).detach().flatten(0, 1) for batch in batches])
    assert_same(student.channel_maxima(norm, batches), seen.abs().amax(0))


@after("test_maxima")
def test_norms_without_a_bias(student, rng):
    """Without a bias, a layer norm and an RMS norm are smoothed rightly: this worked when you got the program.

    没有偏置的 LayerNorm 和 RMSNorm 平滑得正确：你拿到程序时，这一点本来就是对的。
    """
    for rms in (False, True):
        numbers, x = parts(rng, bias=False), rng.normal(TOKENS, WIDTH, dtype=torch.float64)
        norm, linears = built(student, numbers, rms)
        before = student.given("small_nets").outputs(norm, linears, x)
        factors = student.smooth(norm, linears, numbers["largest"], 0.7)

        assert_same(factors, by_hand(numbers, 0.7))
        assert_same(state(norm), {"weight": numbers["norm"] / factors})
        for linear, weight in zip(linears, numbers["weights"], strict=True):
            assert_same(state(linear), {"weight": weight * factors, "bias": weight[:, 0]})
        assert_same(student.given("small_nets").outputs(norm, linears, x), before)


@after("test_norms_without_a_bias")
@points(3)
def test_same_answers(student, rng):
    """What the layers make of the norm's input stays the same, for a norm with a bias and several strengths, whether
    the layers behind it have biases or not.

    归一化带偏置、强度各不相同时，各层对同一输入的结果都保持不变，无论后面的层有没有偏置。
    """
    given = student.given("small_nets")
    for strength, biased in (
        (0.5, (True, True, True)),
        (0.0, (False, False, False)),
        (0.3, (True, True, True)),
        (1.0, (True, False, False)),
    ):
        numbers, x = parts(rng), rng.normal(3, TOKENS, WIDTH, dtype=torch.float64)
        norm, linears = built(student, numbers, biased=biased)
        before = given.outputs(norm, linears, x)

        student.smooth(norm, linears, numbers["largest"], strength)
        assert_same(given.outputs(norm, linears, x), before)
        if strength == 0.3:  # a second time
            student.smooth(norm, linears, numbers["largest"])
            assert_same(given.outputs(norm, linears, x), before)


@after("test_norms_without_a_bias")
@points(2)
@claims("It and the layers keep their parameters, in which the numbers are changed; `largest` stays as it is")
def test_every_channel_is_divided(student, reference, rng):
    """What leaves the norm is what left it before, each channel divided by its factor; all weights agree; the norm and
    the layers have the parameters that they had, changed in place; the largest magnitudes are as they were.

    归一化的输出等于原来的输出，每个通道除以自己的因子；全部权重与参考答案一致；归一化和各层的参数还是原来的那些，只是原地改动；
    最大绝对值保持不变。
    """
    numbers, x = parts(rng), rng.normal(TOKENS, WIDTH, dtype=torch.float64)
    (norm, linears), (ours, others) = (built(module, numbers) for module in (student, reference))
    before = norm(x).detach()
    held = {name: attribute(norm, f"{name}.tolist") for name in ("weight", "bias")}  # of whoever holds a parameter
    read = [attribute(linear, "weight.tolist") for linear in linears]
    factors, (_, _, largest), _ = call_and_keep(student.smooth, norm, linears, numbers["largest"])
    reference.smooth(ours, others, numbers["largest"].clone())

    assert_same(norm(x).detach(), before / factors)
    assert_same(state(norm), state(ours))
    assert_same({name: tolist() for name, tolist in held.items()}, {n: t.tolist() for n, t in state(norm).items()})
    for linear, other, tolist in zip(linears, others, read, strict=True):
        assert_same(state(linear), state(other))
        assert_same(tolist(), state(linear)["weight"].tolist())
    assert_same(largest, numbers["largest"], rtol=0.0, atol=0.0)


@after("test_norms_without_a_bias")
@points(1)
@claims(
    "The factor of a channel is largest**strength / reading**(1 - strength), where `reading` is the largest "
    "magnitude of a weight that reads the channel, in any of the layers",
    "it is 1 where one of the two is 0",
    "The factors",
)
def test_channels_that_stay(student, rng, device):
    """A channel that is always 0, or that no weight reads, has the factor 1; the bias of the others is divided.

    始终为 0 的通道、没有权重读取的通道，因子都是 1；其余通道的偏置要除以因子。
    """
    numbers = parts(rng)
    numbers["largest"][2] = 0
    for weight in numbers["weights"]:
        weight[:, 4] = 0
    norm, linears = built(student, numbers)
    factors = student.smooth(norm, linears, numbers["largest"])
    right = by_hand(numbers, 0.5)
    right[[2, 4]] = 1

    assert_same(factors, right)
    assert_same(state(norm), {"weight": numbers["norm"] / right, "bias": numbers["bias"] / right})


@after("test_norms_without_a_bias")
@points(2)
@claims(
    "`linears` are all the layers that read what the norm gives",
    "For the same input of the norm they give what they gave before, up to rounding",
    "`norm` is an nn.LayerNorm, with a bias or without, or an nn.RMSNorm",
)
def test_what_it_is_for(student, rng):
    """With an outlier in one channel, the error of 8-bit tokens is at most half as large behind a smoothed norm.

    某个通道有离群值时，平滑之后 8 比特词元的误差至多是原来的一半。
    """
    numbers, x = parts(rng), rng.normal(97, WIDTH, dtype=torch.float64)
    numbers["norm"][3] *= 200
    numbers["bias"][3] *= 200
    given = student.given("small_nets")
    norm, linears = built(student, numbers)
    right = given.outputs(norm, linears, x)

    def error():
        rows = norm(x).detach()
        scale = rows.abs().amax(-1, keepdim=True) / 127
        rows = torch.round(rows / scale) * scale
        answers = [linear(rows).detach() for linear in linears]
        return float(sum(((answer - good) ** 2).sum() for answer, good in zip(answers, right, strict=True))) ** 0.5

    before = error()
    student.smooth(norm, linears, student.channel_maxima(norm, [x]))
    after_ = error()
    expect(
        after_ < before / 2,
        "The error of 8-bit inputs is {ratio} times what it was before smoothing.",
        "8 比特输入的误差是平滑之前的 {ratio} 倍。",
        ratio=f"{after_ / before:.3g}",
    )
