"""Hidden suite of week 15, quantise.

Random inputs are float64, where no quotient comes near a half: the order of operations cannot change a code. Where the
dtype is another one, inputs are whole steps of a scale that is a power of two.
Not covered: numbers so large that high - low is infinite, as the contract says.
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
    follows_device,
    points,
    trainable,
    unchanged,
)

A, B, C, D_IN, D_OUT, GROUP = 3, 5, 7, 11, 13, 6


def int8(numbers, device):
    return torch.tensor(numbers, dtype=torch.int8, device=device)


def spread(rng, *shape, dtype=torch.float64):
    """Random numbers whose size and centre differ along every axis."""
    x = rng.normal(*shape, dtype=dtype)
    for axis, size in enumerate(shape):
        steps = torch.arange(size, device=x.device, dtype=dtype).reshape(
            [-1 if a == axis else 1 for a in range(len(shape))]
        )
        x = x * (1 + steps) + 0.7 * steps
    return x


def steps_of(rng, *shape, largest=127, step=2.0**-9, dtype=torch.float32):
    """Whole steps of one size; the first number of each row has the largest magnitude, so the scale is that step."""
    whole = rng.integers(-largest, largest + 1, *shape)
    whole[..., 0] = largest
    return whole, (whole * step).to(dtype)


def layer_of(module, weight, bias=None):
    return module.Int8Linear(module.given("small_nets").linear(weight, bias))


def by_hand(weight, bias, x):
    """What a layer of 8 bits gives: both factors rounded to their steps, in float64."""

    def rounded(rows):
        scale = rows.abs().amax(-1, keepdim=True) / 127
        scale = torch.where(scale == 0, 1.0, scale)
        return torch.round(rows / scale) * scale

    answer = rounded(x.double()) @ rounded(weight.double()).T
    return answer if bias is None else answer + bias.double()


@points(1)
@claims("Symmetric: scale = max |x| / 127, zero_point = 0, codes from -127 to 127")
def test_symmetric_by_hand(student, device):
    """The numbers -254, 0, 2 and 100 have the scale 2 and the codes -127, 0, 1 and 50.

    -254、0、2、100 的 scale 为 2，编码为 -127、0、1、50。
    """
    for sign in (1.0, -1.0):
        x = sign * torch.tensor([-254.0, 0.0, 2.0, 100.0], device=device)
        codes, scale, zero_point = student.quantise(x)

        assert_same(codes, int(sign) * int8([-127, 0, 1, 50], device))
        assert_same(scale, torch.tensor([2.0], device=device))
        assert_same(zero_point, int8([0], device))
        assert_same(student.quantise(x, None, True), (codes, scale, zero_point))


@points(1)
@claims("scale = (high - low) / 255, zero_point = -128 - round(low / scale), codes from -128 to 127")
def test_asymmetric_by_hand(student, device):
    """The numbers -100, 0, 50 and 155 have the scale 1, the zero point -28 and the codes -128, -28, 22 and 127.

    -100、0、50、155 的 scale 为 1，零点为 -28，编码为 -128、-28、22、127。
    """
    x = torch.tensor([-100.0, 0.0, 50.0, 155.0], device=device)
    for factor in (1.0, 0.25, 1024.0):
        codes, scale, zero_point = student.quantise(factor * x, symmetric=False)

        assert_same(codes, int8([-128, -28, 22, 127], device))
        assert_same(scale, torch.tensor([factor], device=device))
        assert_same(zero_point, int8([-28], device))


@points(1)
@claims(
    "Codes are round(x / scale) + zero_point, clamped to their range",
    "round goes to the nearest whole number, and halfway between two to the even one",
)
def test_rounding(student, device):
    """Halves go to the even neighbour, before the zero point is added, for steps of 7 and 49 as well; what is beyond
    the range is clamped.

    正好一半时取偶数，并且先取整、再加零点，步长为 7 和 49 时也一样；超出范围的截到边界。
    """
    halves = torch.tensor([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4, 0.6, 1.4, -0.6, 127.0], device=device)
    assert_same(student.quantise(halves)[0], int8([0, 2, 2, 0, -2, -2, 0, 1, 1, -1, 127], device))

    odd = torch.tensor([-1.0, 0.5, 1.5, 2.5, 0.4, 254.0], device=device)  # zero point -127
    assert_same(student.quantise(odd, None, False)[0], int8([-128, -127, -125, -125, -127, 127], device))
    for low, zero_point in ((-0.5, -128), (-1.5, -126), (-2.5, -126)):
        got = student.quantise(torch.tensor([low, low + 255], device=device), None, False)
        assert_same(got[2], int8([zero_point], device))
        assert_same(got[0], int8([-128, min(127, zero_point + round(low + 255))], device))
    # Steps of 7 and 49, whose reciprocals are rounded: these quotients are exactly a half, and products miss it. They
    # are on the CPU: on a GPU, torch itself divides by a plain number by multiplying by the reciprocal.
    for step, half, code, dtype in ((7, 6.5, 6, torch.float32), (49, 1.5, 2, torch.float64)):
        x = step * torch.tensor([127, half, -half], dtype=dtype)
        assert_same(student.quantise(x)[0], int8([127, code, -code], "cpu"))
    x = 49 * torch.tensor([255, 1.5], dtype=torch.float64)
    assert_same(student.quantise(x, None, False)[0], int8([127, -126], "cpu"))


@points(2)
@claims(
    "With `axis` None there is one scale",
    "each index along `axis` (counted from the end if negative) has its own, from the values at that index alone",
)
def test_every_axis(student, reference, rng):
    """Every axis, from the front and from the end, and None: codes, scales and zero points agree with the reference.

    正数或负数的每个 axis 以及 None：编码、scale 和零点都与参考答案一致。
    """
    x = spread(rng, C, B, A).transpose(0, 2)  # (A, B, C), with gaps
    for symmetric in (True, False):
        for axis in (None, 0, 1, 2, -1, -2, -3):
            got = unchanged(student.quantise, x, axis, symmetric)
            assert_same(got, reference.quantise(x, axis, symmetric))
        for place in range(B):
            codes, scale, zero_point = student.quantise(x, axis=1, symmetric=symmetric)
            alone = student.quantise(x[:, place], symmetric=symmetric)
            assert_same((codes[:, place], scale[:, place], zero_point[:, place]), alone)


@points(1)
@claims("`scale` and `zero_point` have as many axes as `x`; `axis` keeps its size, all others have size 1")
def test_shapes(student, rng):
    """Scales and zero points keep every axis with size 1, so that they broadcast; a scalar and sizes of 1 work.

    scale 和零点保留每个轴，大小为 1，因此可以广播；标量和大小为 1 的轴也可以。
    """
    cases = (
        ((), None, ()),
        ((C,), None, (1,)),
        ((C,), 0, (C,)),
        ((C,), -1, (C,)),
        ((1, C), 0, (1, 1)),
        ((A, 1), 1, (1, 1)),
        ((A, B), None, (1, 1)),
        ((A, B, C), 1, (1, B, 1)),
        ((A, B, C, 2), -1, (1, 1, 1, 2)),
    )
    for shape, axis, ones in cases:
        for symmetric in (True, False):
            x = rng.normal(*shape, dtype=torch.float64)
            codes, scale, zero_point = student.quantise(x, axis, symmetric)

            shapes = [tuple(codes.shape), tuple(scale.shape), tuple(zero_point.shape)]
            assert_same(shapes, [shape, ones, ones])
            if shape == (C,) and axis is not None and symmetric:  # every number has a scale of its own
                assert_same(codes, (127 * x.sign()).to(torch.int8))


@points(1)
@claims(
    "Otherwise low and high are the minimum and the maximum of the values and 0, so that 0 is always in the range",
    "The number 0 has the code zero_point, and comes back as exactly 0",
)
def test_zero(student, rng, device):
    """The range always reaches 0, also if all numbers have one sign, and 0 comes back as 0.

    范围总是包含 0，即使所有数同号；0 还原后仍恰为 0。
    """
    for numbers, step, zero_point in (([100.0, 510.0], 2.0, -128), ([-510.0, -100.0], 2.0, 127), ([510.0], 2.0, -128)):
        got = student.quantise(torch.tensor(numbers, device=device), None, False)
        whole = [zero_point + round(number / step) for number in numbers]
        assert_same(got, (int8(whole, device), torch.tensor([step], device=device), int8([zero_point], device)))
    for symmetric in (True, False):
        x = spread(rng, D_OUT, D_IN) - 3
        x[:, 4] = 0
        codes, scale, zero_point = student.quantise(x, 0, symmetric)
        assert_same(codes[:, 4:5], zero_point)
        assert_same(student.dequantise(codes, scale, zero_point)[:, 4], torch.zeros_like(x[:, 4]), rtol=0.0, atol=0.0)


@points(1)
@claims(
    "A scale that would be 0, as that of zeros alone, is 1 instead",
    "The numbers are never so large that high - low is infinite",
)
def test_zeros_alone(student, device):
    """Where all numbers are 0, or so small that the scale would be 0, the scale is 1; very large numbers work.

    全是 0，或小到 scale 会是 0 时，scale 为 1；很大的数也没有问题。
    """
    x = torch.tensor([[0.0, 0.0], [1e-45, -1e-45], [3e30, -1e30]], device=device)
    for symmetric, steps, ends in ((True, 3e30 / 127, [127, -42]), (False, 4e30 / 255, [127, -128])):
        codes, scale, zero_point = student.quantise(x, 0, symmetric)
        resting = 0 if symmetric else -128
        assert_same(codes, int8([[resting] * 2, [resting] * 2, ends], device))
        assert_same(zero_point[:2], int8([[resting]] * 2, device))
        assert_same(scale, torch.tensor([[1.0], [1.0], [steps]], device=device))
    codes, scale, zero_point = student.quantise(torch.tensor([-0.9e38, 2.4e38], device=device), None, False)
    assert_same((codes, zero_point), (int8([-128, 127], device), int8([-58], device)))  # 0.9 / 3.3 * 255 is 69.5…
    assert_same(scale, torch.tensor([3.3e38 / 255], device=device))
    for step in (2.0**-1000, 2.0**-1060):  # in float64; the second has fewer digits than others, but is not 0
        x = step * torch.tensor([127.0, -64.0, 0.0, 128.0], dtype=torch.float64, device=device)
        assert_same(student.quantise(x[:3])[0], int8([127, -64, 0], device))
        assert_same(student.quantise(x[:3])[1] / step, torch.ones_like(x[:1]))
        assert_same(student.quantise(x[[0, 3]] - 127 * step, None, False)[0], int8([-128, 127], device))


@points(1)
@claims(
    "Everything is computed in float32, or in float64 if `x` is, and `scale` has that dtype",
    "`codes` and `zero_point` are int8",
    "All three are on the device of `x`",
)
def test_dtypes(student, rng, device):
    """Half precision is computed in float32, float64 in float64; codes and zero points are int8.

    半精度用 float32 计算，float64 用 float64 计算；编码和零点都是 int8。
    """
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        wide = torch.float64 if dtype == torch.float64 else torch.float32
        whole, x = steps_of(rng, B, C, dtype=dtype)
        codes, scale, zero_point = student.quantise(x, 0)
        assert_same(codes, whole.to(torch.int8))
        assert_same(scale, torch.full((B, 1), 2.0**-9, dtype=wide, device=device))
        assert_same(zero_point, int8([[0]] * B, device))
    small = torch.tensor([2.0**-40, -3 * 2.0**-40], device=device)  # in float32 nothing has to guard their scales
    for symmetric, steps, codes in ((True, 3 / 127, [42, -127]), (False, 4 / 255, [127, -128])):
        got = student.quantise(small, None, symmetric)
        assert_same(got[0], int8(codes, device))
        assert_same(got[1], torch.tensor([steps * 2.0**-40], device=device), rtol=1e-5, atol=0.0)
    # In half precision 1/127 and 1/255 of such numbers would be 0.
    tiny = torch.tensor([2.0**-24, -3 * 2.0**-24], dtype=torch.float16, device=device)
    for symmetric, steps, codes in ((True, 3 / 127, [42, -127]), (False, 4 / 255, [127, -128])):
        got = student.quantise(tiny, None, symmetric)
        assert_same(got[0], int8(codes, device))
        assert_same(got[1], torch.tensor([steps * 2.0**-24], device=device), rtol=1e-5, atol=0.0)
    x = spread(rng, D_OUT, D_IN)
    for symmetric in (True, False):
        scale = student.quantise(x, 1, symmetric)[1]
        low, high = x.amin(0, keepdim=True).clamp(max=0), x.amax(0, keepdim=True).clamp(min=0)
        right = torch.maximum(-low, high) / 127 if symmetric else (high - low) / 255
        assert_same(scale, right, rtol=1e-12, atol=0.0)


@points(1)
@after("test_dtypes")
@claims("All three are on the device of `x`")
def test_codes_are_where_the_numbers_are(student, device):
    """Codes, scale and zero point lie on the device of x: on a GPU, every new tensor is made there.

    编码、scale 和 zero_point 都与 x 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    x = torch.tensor([-127.0, 3.0, 128.0], device=device)

    for symmetric, codes, scale, zero_point in ((True, [-126, 3, 127], 128 / 127, 0), (False, [-128, 2, 127], 1.0, -1)):
        answer = follows_device(student.quantise, x, None, symmetric)
        assert_same(answer, (int8(codes, device), torch.tensor([scale], device=device), int8([zero_point], device)))


@points(1)
@claims("ValueError: `x` is empty or not floating-point, holds NaN or infinity, or has no such axis")
def test_refused_numbers(student, rng, device):
    """Empty tensors, whole numbers, NaN, infinities and axes that do not exist are refused.

    空张量、整数、NaN、无穷，以及不存在的轴，都应拒绝。
    """
    x = rng.normal(A, B)
    for symmetric in (True, False):
        for wrong in (math.nan, math.inf, -math.inf):
            bad = x.clone()
            bad[1, 2] = wrong
            for axis in (None, 0, 1):
                assert_raises(ValueError, student.quantise, bad, axis, symmetric)
        for bad in (x[:0], x[:, :0], rng.integers(-5, 5, A, B), x > 0):
            assert_raises(ValueError, student.quantise, bad, None, symmetric)
        for axis in (2, -3, 5):
            assert_raises(ValueError, student.quantise, x, axis, symmetric)
        assert_raises(ValueError, student.quantise, x[0, 0], 0, symmetric)


@points(1)
@claims(
    "The difference may be anything from -255 to 255, more than int8 holds",
)
def test_dequantise(student, rng, device):
    """127 with the zero point -128 is 255 steps, -128 with 127 is -255; scales of every shape and dtype work.

    编码 127、零点 -128 是 255 步，-128 与 127 是 -255 步；scale 可以是各种形状和 dtype。
    """
    codes, points_ = int8([[127, -128, 5], [127, -128, 5]], device), int8([[-128], [127]], device)
    scale = torch.tensor([[0.5], [2.0]], device=device)
    right = torch.tensor([[127.5, 0.0, 66.5], [0.0, -510.0, -244.0]], device=device)
    assert_same(unchanged(student.dequantise, codes, scale, points_), right)
    for dtype in (torch.float16, torch.float64):
        assert_same(student.dequantise(codes, scale.to(dtype), points_), right.to(dtype))
    codes = rng.integers(-128, 128, A, C, B).to(torch.int8).transpose(1, 2)
    for shape in ((1, 1, 1), (A, 1, 1), (1, B, 1), (1, 1, C)):
        point, scale = rng.integers(-128, 128, *shape).to(torch.int8), rng.uniform(*shape, low=0.1, dtype=torch.float64)
        assert_same(student.dequantise(codes, scale, point), (codes.double() - point.double()) * scale)


@points(1)
def test_there_and_back(student, rng):
    """A number comes back at most half a step away, and each channel has a step of its own.

    还原后的数至多差半步，而且每个通道有自己的步长。
    """
    x = spread(rng, D_OUT, D_IN)
    codes, scale, zero_point = student.quantise(x, axis=0)
    error = (student.dequantise(codes, scale, zero_point) - x).abs()

    expect(
        bool((error <= x.abs().amax(1, keepdim=True) / 127 * 0.500001).all()),
        "A number comes back more than half a step away.",
        "有的数还原后相差超过半步。",
    )


@points(1)
@claims(
    "Output o is scale_x * scale[o] * sum over i of codes_x[i] * codes[o, i], plus bias[o]",
)
def test_layer(student, rng, device):
    """The layer gives what both factors give once they are rounded, with and without a bias, for any number of axes.

    该层的结果等于两个因子取整之后的乘积，有无偏置、任意多个轴都一样。
    """
    for bias in (rng.normal(D_OUT, dtype=torch.float64), None):
        weight = spread(rng, D_OUT, D_IN)
        layer = layer_of(student, weight, bias)
        for shape in ((D_IN,), (1, D_IN), (A, D_IN), (A, B, D_IN)):
            x = spread(rng, *shape)
            assert_same(unchanged(layer, x), by_hand(weight, bias, x))
        x = spread(rng, D_IN, B, A).transpose(0, 2)
        assert_same(layer(x), by_hand(weight, bias, x))
    for size in (1, 257):  # one product, and a sum of 257 products of up to 127 * 127
        whole, weight = steps_of(rng, 1, size)
        layer = layer_of(student, weight)
        assert_same(layer(weight), (whole.double() ** 2).sum().reshape(1, 1).float() * 2.0**-18)


@points(1)
@claims("Each token (the numbers along the last axis) is quantised symmetrically with a scale of its own")
def test_tokens_apart(student, rng, device):
    """Each token has its own scale: a large one changes no other, and one of zeros gives the bias alone.

    每个词元有自己的 scale：一个很大的词元不影响其他词元，全零的词元只得到偏置。
    """
    weight, bias = spread(rng, D_OUT, D_IN), rng.normal(D_OUT, dtype=torch.float64)
    layer, x = layer_of(student, weight, bias), rng.normal(A, B, D_IN, dtype=torch.float64)
    before = layer(x)
    x[1, 2] *= 1e6
    x[0, 3] = 0
    after_ = layer(x)

    assert_same(after_[1, 2] - bias, 1e6 * (before[1, 2] - bias))
    assert_same(after_[0, 3], bias)
    untouched = torch.ones(A, B, dtype=torch.bool, device=device)
    untouched[1, 2] = untouched[0, 3] = False
    assert_same(after_[untouched], before[untouched])
    assert_same(layer(x[2:3]), after_[2:3])


@points(1)
@claims(
    "It has no parameters and these buffers, which require no gradient and have the same names in `state_dict()`",
    "codes: the weight's codes, int8 [d_out d_in]",
    "scale: their scales [d_out 1], one for each output",
    "bias: [d_out], as it was; None, and not in `state_dict()`, if the linear layer has none",
)
def test_buffers(student, reference, rng):
    """The layer holds codes, scales and the bias as buffers, has no parameters, and can be filled from a state dict.

    该层以 buffer 保存编码、scale 和偏置，没有参数，并能从 state dict 载入。
    """
    for bias in (rng.normal(D_OUT, dtype=torch.float64), None):
        weight = spread(rng, D_OUT, D_IN)
        layer, ours = layer_of(student, weight, bias), layer_of(reference, weight, bias)

        assert_same(dict(layer.state_dict()), dict(ours.state_dict()))
        assert_same(trainable(layer), {})
        assert_same(attribute(layer, "codes"), ours.codes)
        assert_same(attribute(layer, "scale"), ours.scale)
        assert_same(attribute(layer, "bias"), ours.bias)
        assert_same(attribute(layer, "scale.requires_grad"), False)
        if bias is not None:
            assert_same(attribute(layer, "bias.requires_grad"), False)
        other = layer_of(student, spread(rng, D_OUT, D_IN) - 1, None if bias is None else 2 * bias)
        other.load_state_dict(dict(layer.state_dict()))
        x = spread(rng, A, D_IN)
        assert_same(other(x), layer(x))


@points(1)
@claims("`linear` is left as it is, and what happens to it later does not change this layer")
def test_the_linear_layer(student, rng, device):
    """The linear layer is left alone, and changing it later does not change the layer of 8 bits, nor another one.

    原来的线性层保持不变；之后改动它，不影响 8 比特的层，也不影响另一个层。
    """
    given = student.given("small_nets")
    weight, bias, x = spread(rng, D_OUT, D_IN), rng.normal(D_OUT, dtype=torch.float64), spread(rng, A, D_IN)
    linear = given.linear(weight, bias)
    layer = student.Int8Linear(linear)
    assert_same(dict(linear.state_dict()), {"weight": weight, "bias": bias})
    assert_same(trainable(linear), {"weight": True, "bias": True})

    before = layer(x)
    given.overwrite(linear, 7.0)
    layer_of(student, -2 * weight, -bias)
    assert_same(layer(x), before)
    assert_same(layer(x), by_hand(weight, bias, x))


@points(1)
@claims(
    "The sum is far too large for int8, and everything is computed in float32 or more",
)
def test_layer_dtypes(student, rng, device):
    """The answer has the dtype of the input; half precision is computed in float32, until the bias is added.

    结果的 dtype 与输入相同；半精度用 float32 计算，直到加上偏置为止。
    """
    weights, weight = steps_of(rng, D_OUT, 97)
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        whole, x = steps_of(rng, A, 97, dtype=dtype)
        right = (whole.double() @ weights.double().T * 2.0**-18).to(dtype)
        layer = layer_of(student, weight)
        assert_same(layer(x), right)
        assert_same(layer_of(student, weight.to(dtype))(x), right)
        assert_same(attribute(layer, "scale").dtype == torch.float32, True)
    # The products give 2049, which half precision does not hold, and the bias leaves 1 of it.
    weight, bias = torch.tensor([[127.0, 3.0, 1.0]], device=device), torch.tensor([-2048.0], device=device)
    x = torch.tensor([[127.0, 87.0, 2.0]], device=device) / 8
    for dtype in (torch.float16, torch.bfloat16):
        for kind in (torch.float32, dtype):
            layer = layer_of(student, weight.to(kind), bias.to(kind))
            assert_same(layer(x.to(dtype)), torch.ones(1, 1, dtype=dtype, device=device))


@points(1)
@claims("`x` has no token, or holds NaN or infinity")
def test_refused_tokens(student, rng):
    """No tokens, and a token with NaN or infinity, are refused; one row of tokens that are fine gives numbers.

    没有词元、词元含有 NaN 或无穷：都应拒绝；正常的一行词元则照常得到结果。
    """
    weight = spread(rng, D_OUT, D_IN)
    layer, x = layer_of(student, weight), spread(rng, A, B, D_IN)
    for none in (x[:0], x[:, :0], x[0, :0]):
        assert_raises(ValueError, layer, none)
    for wrong in (math.nan, math.inf, -math.inf):
        bad = x.clone()
        bad[1, 2, 3] = wrong
        for tokens in (bad, bad[1], bad[1, 2]):
            assert_raises(ValueError, layer, tokens)
    assert_same(bool(layer(x[:1]).isfinite().all()), True)


@points(1)
@claims(
    "Two codes share a byte of `packed` (uint8)",
    "Each is stored as code + 8: that of column 2j in the lower four bits of byte j, that of column 2j + 1 in the "
    "upper four",
)
def test_packing_by_hand(student, device):
    """A group of 4: the weights -14, 2, 0 and 12 have the scale 2, the codes -7, 1, 0, 6 and the bytes 145, 232.
    Halves go to the even code.

    一组 4 个：权重 -14、2、0、12 的 scale 为 2，编码为 -7、1、0、6，字节为 145、232。正好一半时取偶数的编码。
    """
    packed, scale = student.int4_groups(torch.tensor([[-14.0, 2.0, 0.0, 12.0]], device=device), 4)

    assert_same(packed, torch.tensor([[145, 232]], dtype=torch.uint8, device=device))
    assert_same(scale, torch.tensor([[2.0]], device=device))
    halves = torch.tensor([[7.0, 0.5, 1.5, 2.5, -0.5, -1.5]], device=device)  # codes 7, 0, 2, 2, 0, -2
    assert_same(student.int4_groups(halves, 6)[0], torch.tensor([[143, 170, 104]], dtype=torch.uint8, device=device))
    steps = 49 * torch.tensor([[7, 1.5, -1.5, 0]], dtype=torch.float64)  # 1/49 is rounded; on the CPU, as above
    assert_same(student.int4_groups(steps, 4)[0], torch.tensor([[175, 134]], dtype=torch.uint8))


@points(1)
@after("test_packing_by_hand")
@claims(
    "In each group scale = max |w| / 7, and the code of w is round(w / scale), from -7 to 7",
)
def test_groups(student, reference, rng):
    """Each group of a row has its own scale; the default is 32 neighbours; bytes and scales agree with the reference.

    每行的每个组有自己的 scale；默认一组 32 个；字节和 scale 都与参考答案一致。
    """
    for shape, group in (
        ((A, 6 * C), 6),
        ((A, 6 * C), 2),
        ((A, 6 * C), 14),
        ((A, 6 * C), 42),
        ((1, 2), 2),
        ((D_OUT, 10), 10),
    ):
        weight = spread(rng, *shape)
        assert_same(unchanged(student.int4_groups, weight, group), reference.int4_groups(weight, group))
        by_row = [student.int4_groups(row[None], group) for row in weight]
        assert_same(student.int4_groups(weight, group=group)[0], torch.cat([packed for packed, _ in by_row]))
    weight = spread(rng, 96, A).T  # with gaps
    assert_same(unchanged(student.int4_groups, weight), reference.int4_groups(weight, 32))


@points(1)
@claims("rounding, a scale that would be 0 and the dtype of `scale` are as in `quantise`")
def test_groups_of_zeros_and_dtypes(student, rng, device):
    """A group of zeros has the scale 1 and the byte 136; scales are float32, or float64 for a float64 weight.

    全零的组 scale 为 1，字节为 136；scale 是 float32，权重为 float64 时是 float64。
    """
    for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64):
        whole, weight = steps_of(rng, A, 4, GROUP, largest=7, dtype=dtype)
        weight[1, 2] = whole[1, 2] = 0
        packed, scale = student.int4_groups(weight.flatten(1), GROUP)
        right = torch.full(
            (A, 4), 2.0**-9, dtype=torch.float64 if dtype == torch.float64 else torch.float32, device=device
        )
        right[1, 2] = 1
        stored = (whole.flatten(1) + 8).to(torch.uint8)
        assert_same(packed, stored[:, ::2] + 16 * stored[:, 1::2])
        assert_same(scale, right)


@points(1)
@claims(
    "The size of a group follows from the two shapes",
)
def test_dequantise_int4(student, rng, device):
    """All sixteen codes, -8 to 7, are unpacked and scaled by their own group, in the dtype of the scale.

    -8 到 7 的全部十六个编码都能拆出，并乘以各自组的 scale，dtype 与 scale 相同。
    """
    codes = torch.stack([torch.arange(-8, 8, device=device).roll(shift) for shift in range(A)])  # (A, 16)
    stored = (codes + 8).to(torch.uint8)
    packed = stored[:, ::2] + 16 * stored[:, 1::2]
    for groups in (1, 2, 4, 8):
        for dtype in (torch.float32, torch.float64):
            scale = rng.uniform(A, groups, low=0.1, dtype=dtype)
            right = codes.to(dtype) * scale.repeat_interleave(16 // groups, dim=1)
            assert_same(unchanged(student.dequantise_int4, packed, scale), right)
    scale = rng.uniform(4, A, dtype=torch.float64).T
    view = packed.T.contiguous().T
    assert_same(student.dequantise_int4(view, scale), codes.double() * scale.repeat_interleave(4, dim=1))


@points(1)
@claims(
    "ValueError: `weight` has not two axes, is empty or not floating-point, or holds NaN or infinity; `group` is less "
    "than 1, odd, or no divisor of d_in"
)
def test_refused_groups(student, rng):
    """Groups that are less than 1, odd or no divisor of the row are refused, and so are weights that are no matrix, are
    empty, are whole numbers, or hold NaN or infinity.

    组的大小小于 1、为奇数或不能整除行长时应拒绝；权重不是矩阵、为空、是整数，或含有 NaN 或无穷时也应拒绝。
    """
    weight = rng.normal(A, 30)
    for group in (0, -2, 1, 3, 5, 15, 4, 32, 60):
        assert_raises(ValueError, student.int4_groups, weight, group)
    for bad in (weight[0], weight[None], weight[:0], weight[:, :0], rng.integers(-5, 5, A, 30)):
        assert_raises(ValueError, student.int4_groups, bad, 2)
    for wrong in (math.nan, math.inf, -math.inf):
        bad = torch.tensor([[1.0, -2.0, 3.0, wrong, 0.5, 7.0]], device=weight.device)
        assert_raises(ValueError, student.int4_groups, bad, 2)
