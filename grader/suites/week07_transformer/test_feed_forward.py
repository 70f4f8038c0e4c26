"""Hidden suite of week 07, feed_forward.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed. The parameters are set from outside, so that the
student's layer and the reference's are the same function.
Not covered: the values that the parameters start with, half precision, speed.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, expect, gradients, parameter_gradients, points, unchanged

BATCH, LENGTH, D_MODEL, HIDDEN = 2, 3, 5, 11
ACTIVATIONS = ("relu", "gelu", "gelu_tanh")


def twins(student, reference, rng, name, *args, dtype=torch.float64, **kwargs):
    """The student's layer and ours, with the same random parameters."""
    layers = [getattr(module, name)(*args, **kwargs) for module in (student, reference)]
    state = {key: rng.normal(*p.shape, dtype=dtype) for key, p in layers[1].state_dict().items()}
    for layer in layers:
        load(layer, state)
    return layers


def load(layer, state):
    """Move the layer to the dtype and device of the parameters, and load them."""
    first = next(iter(state.values()))
    layer.to(str(first.device))
    if first.dtype == torch.float64:
        layer.double()
    layer.load_state_dict(state)


@points(1)
@claims(
    "A gated layer has three matrices where the plain one has two", "rounded up to the next multiple of `multiple_of`"
)
def test_published_widths(student):
    """gated_width gives the widths of Llama 7B, 13B, 33B and 65B: 11,008, 13,824, 17,920 and 22,016.

    gated_width 给出 Llama 7B、13B、33B、65B 的宽度：11,008、13,824、17,920、22,016。
    """
    assert_same([student.gated_width(d_model) for d_model in (4096, 5120, 6656, 8192)], [11008, 13824, 17920, 22016])


@points(1)
@claims("A number that is a multiple already stays as it is", "rounded down to an integer")
def test_rounding_of_widths(student, reference):
    """8 d_model / 3 is rounded down, and that is rounded up to a multiple; a multiple stays as it is.

    8 d_model / 3 先向下取整，再向上取到倍数；本来就是倍数的不变。
    """
    cases = [(96, 256), (97, 256), (96, 1), (7, 1), (7, 5), (1, 1), (8, 1), (1, 64), (48, 128), (49, 131)]

    assert_same([student.gated_width(*case) for case in cases], [reference.gated_width(*case) for case in cases])


@points(1)
@claims("`d_model` or `multiple_of` is below 1", "`activation` is none of the three words")
def test_refused_arguments(student):
    """A width below 1 and an unknown activation are a ValueError.

    小于 1 的宽度和未知的激活函数都要抛出 ValueError。
    """
    for args in [(0,), (-3,), (4, 0), (4, -8)]:
        assert_raises(ValueError, student.gated_width, *args)
    for word in ("swish", "GELU", "", None):
        assert_raises(ValueError, student.FeedForward, D_MODEL, HIDDEN, word)


@points(1)
@claims(
    "None: 4 * d_model",
    "hidden: width between the two layers",
    "bias: whether both layers have a bias",
    "W_in: nn.Linear from d_model to hidden",
    "W_out: nn.Linear from hidden to d_model",
)
def test_parameters_of_feed_forward(student, reference):
    """FeedForward has the weights and biases of W_in and W_out; the hidden width is 4 * d_model unless given.

    FeedForward 有 W_in 和 W_out 的权重与偏置；不指定时隐藏宽度是 4 * d_model。
    """
    for args, kwargs in [((D_MODEL,), {}), ((D_MODEL, HIDDEN), {}), ((D_MODEL, HIDDEN), {"bias": False})]:
        same_parameters("FeedForward", student.FeedForward(*args, **kwargs), reference.FeedForward(*args, **kwargs))


@points(1)
@claims(
    "None of the three layers has a bias",
    "W_gate, W_up: nn.Linear from d_model to hidden",
    "W_down: nn.Linear from hidden to d_model",
)
def test_parameters_of_swiglu(student, reference):
    """SwiGLU has three weights, W_gate, W_up and W_down, and no bias.

    SwiGLU 有三个权重 W_gate、W_up、W_down，没有偏置。
    """
    same_parameters("SwiGLU", student.SwiGLU(D_MODEL, HIDDEN), reference.SwiGLU(D_MODEL, HIDDEN))


def same_parameters(name, mine, theirs):
    got, expected = ({key: list(p.shape) for key, p in layer.state_dict().items()} for layer in (mine, theirs))
    expect(
        got == expected,
        "{name} must have the parameters {expected}, yours has {got}.",
        "{name} 的参数应为 {expected}，你的是 {got}。",
        name=name,
        expected=expected,
        got=got,
    )


@points(1)
@claims("gelu_tanh, the approximation of it by a tanh")
def test_activations_at_known_points(student, device):
    """One feature, all weights 1: relu, gelu and its approximation give their known values at -3, -1, 0 and 2.

    一个特征、权重全为 1：relu、gelu 及其近似在 -3、-1、0、2 处给出已知的值。
    """
    known = {
        "relu": [0.0, 0.0, 0.0, 2.0],
        "gelu": [-0.0040496940, -0.1586552539, 0.0, 1.9544997361],
        "gelu_tanh": [-0.0036373921, -0.1588080093, 0.0, 1.9545976400],
    }
    x = torch.tensor([[-3.0], [-1.0], [0.0], [2.0]], dtype=torch.float64, device=device)
    for activation, values in known.items():
        layer = student.FeedForward(1, 1, activation, bias=False)
        one = torch.ones(1, 1, dtype=torch.float64, device=device)
        load(layer, {"W_in.weight": one, "W_out.weight": one})

        expected = torch.tensor(values, dtype=torch.float64, device=device).unsqueeze(-1)
        # The two kinds of gelu differ in the fourth digit, below the usual tolerance near 0.
        assert_same(layer(x), expected, rtol=1e-5, atol=1e-8)


@points(1)
def test_feed_forward_agrees_with_the_reference(student, reference, rng):
    """FeedForward agrees with the reference for every activation, with and without biases.

    对每种激活函数，有无偏置，FeedForward 都与参考答案一致。
    """
    x = rng.normal(BATCH, LENGTH, D_MODEL, dtype=torch.float64)
    layers = [  # all of them before the first is used: none may know of the others
        twins(student, reference, rng, "FeedForward", D_MODEL, HIDDEN, activation, bias=bias)
        for activation in ACTIVATIONS
        for bias in (True, False)
    ]
    for mine, theirs in layers:
        assert_same(unchanged(mine.forward, x), theirs(x), rtol=1e-6, atol=1e-8)


@points(1)
def test_the_default_activation(student, reference, rng):
    """Without an activation FeedForward takes the exact gelu.

    不指定激活函数时，FeedForward 用精确的 gelu。
    """
    mine, theirs = twins(student, reference, rng, "FeedForward", D_MODEL)
    x = rng.normal(LENGTH, D_MODEL, dtype=torch.float64)

    assert_same(mine(x), theirs(x), rtol=1e-6, atol=1e-8)


@points(1)
@claims("The gate decides", "The activation is on the gate alone")
def test_swiglu_agrees_with_the_reference(student, reference, rng):
    """SwiGLU agrees with the reference: silu on the gate, nothing on the other branch.

    SwiGLU 与参考答案一致：silu 只作用于门，另一支不加激活。
    """
    mine, theirs = twins(student, reference, rng, "SwiGLU", D_MODEL, HIDDEN)
    x = rng.normal(BATCH, LENGTH, D_MODEL, dtype=torch.float64)

    assert_same(mine(x), theirs(x))


@points(1)
@claims("Every token goes through the same two matrices and sees no other token")
def test_any_leading_axes(student, reference, rng):
    """One token, a matrix of tokens and a strided view with two leading axes are all transformed, and not changed.

    单个词元、一张表、带两个前导轴的 float32 非连续视图都能处理，而且不被修改。
    """
    for name in ("FeedForward", "SwiGLU"):
        mine, theirs = twins(student, reference, rng, name, D_MODEL, HIDDEN, dtype=torch.float32)
        for shape in [(D_MODEL,), (1, D_MODEL), (LENGTH, D_MODEL)]:
            x = rng.normal(*shape)
            assert_same(unchanged(mine.forward, x), theirs(x))
        x = rng.normal(D_MODEL, LENGTH, BATCH).transpose(0, 2)
        assert_same(unchanged(mine.forward, x), theirs(x))


@points(1)
def test_gradients(student, reference, rng):
    """The gradients of the input and of every parameter agree with the reference.

    输入和每个参数的梯度都与参考答案一致。
    """
    x = rng.normal(LENGTH, D_MODEL, dtype=torch.float64)
    for name in ("FeedForward", "SwiGLU"):
        mine, theirs = twins(student, reference, rng, name, D_MODEL, HIDDEN)

        assert_same(gradients(mine.forward, x, wrt=(0,)), gradients(theirs.forward, x, wrt=(0,)))
        assert_same(parameter_gradients(mine, x), parameter_gradients(theirs, x))
