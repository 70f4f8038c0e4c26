"""Hidden suite of week 03, convolution.

Batch, channels, sides and kernels are distinct primes, so that no axis can be taken for another.
Not covered: dilation, groups, half precision, memory.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, gradients, points, unchanged

BATCH, INPUTS, OUTPUTS, HEIGHT, WIDTH, ROWS, COLUMNS = 2, 3, 5, 13, 11, 3, 2
SETTINGS = [(1, 0), (2, 1), ((2, 3), (0, 2)), ((3, 1), (2, 0)), (4, (1, 3))]


def inputs(rng, dtype=torch.float64):
    x = rng.normal(BATCH, INPUTS, HEIGHT, WIDTH, dtype=dtype)
    return x, rng.normal(OUTPUTS, INPUTS, ROWS, COLUMNS, dtype=dtype), rng.normal(OUTPUTS, dtype=dtype)


@points(1)
@claims("its entry (0, 0) meets the upper left corner of the window")
def test_the_kernel_is_not_turned(student, device):
    """A kernel with a single 1 at the upper right picks the pixel at the upper right of every window.

    只在右上角有一个 1 的卷积核，取出每个窗口右上角的像素。
    """
    picture = torch.arange(12.0, dtype=torch.float64, device=device).view(1, 1, 3, 4)
    kernel = torch.tensor([[[[0.0, 1.0], [0.0, 0.0]]]], dtype=torch.float64, device=device)

    assert_same(student.conv2d(picture, kernel), picture[:, :, :2, 1:])


@claims("That sum runs over the rows, columns and channels of a window")
@points(2)
def test_agrees_with_the_reference(student, reference, rng):
    """All axes differ in length: the answer agrees with the reference, with a bias and without.

    所有轴的长度都不同：有偏置和没有偏置时，结果都与参考答案一致。
    """
    x, weight, bias = inputs(rng)

    assert_same(student.conv2d(x, weight, bias), reference.conv2d(x, weight, bias))
    assert_same(unchanged(student.conv2d, x, weight), reference.conv2d(x, weight))


@points(2)
@claims(
    "Windows begin every `stride` pixels; `padding` rows of zeros stand above and below",
    "Only whole windows count",
    "Of a pair, the first number is for the rows",
)
def test_stride_and_padding(student, reference, rng):
    """Strides and paddings, as one number or as a pair, give the reference's windows; what is left over is dropped.

    步幅和填充，无论是一个数还是一对数，都给出与参考答案一致的窗口；放不下的部分丢弃。
    """
    x, weight, bias = inputs(rng)
    for stride, padding in SETTINGS:
        expected = reference.conv2d(x, weight, bias, stride, padding)
        assert_same(unchanged(student.conv2d, x, weight, bias, stride, padding), expected)


@points(1)
@claims("The dtype is that of `x`")
def test_float32_and_views(student, reference, rng):
    """Transposed pictures of float32 give float32, and no argument is changed.

    转置的 float32 图片得到 float32，而且不修改任何参数。
    """
    x, weight, bias = inputs(rng, torch.float32)
    x, weight = x.mT, weight.transpose(0, 1).contiguous().transpose(0, 1)

    assert_same(unchanged(student.conv2d, x, weight, bias, 2, 1), reference.conv2d(x, weight, bias, 2, 1))


@points(1)
def test_smallest_sizes(student, reference, rng):
    """Kernels of one pixel, pictures of one pixel, and kernels as large as the padded picture work.

    一个像素的卷积核、一个像素的图片、与填充后图片一样大的卷积核，都能处理。
    """
    x, _, _ = inputs(rng)
    for weight, padding in (
        (rng.normal(7, INPUTS, 1, 1, dtype=torch.float64), 0),
        (rng.normal(1, INPUTS, HEIGHT, WIDTH, dtype=torch.float64), 0),
        (rng.normal(1, INPUTS, HEIGHT + 2, WIDTH + 4, dtype=torch.float64), (1, 2)),
    ):
        assert_same(student.conv2d(x, weight, padding=padding), reference.conv2d(x, weight, padding=padding))
    one = rng.normal(1, 1, 1, 1)
    assert_same(student.conv2d(one, one), one * one)
    assert_same(student.conv2d(one, one, stride=5), one * one)


@points(1)
@claims("the channels of `x` and `weight` differ in number, a stride is below 1, a padding is negative")
def test_refused(student, rng):
    """Other channels, strides below 1, negative paddings and kernels that do not fit are a ValueError.

    通道数不同、步幅小于 1、填充为负、卷积核放不下，都抛出 ValueError。
    """
    x, weight, bias = inputs(rng)
    assert_raises(ValueError, student.conv2d, x[:, :2], weight)
    assert_raises(ValueError, student.conv2d, x[:, :1], weight)
    for stride, padding in ((0, 0), (-1, 0), ((1, 0), 0), ((0, 1), 0), (1, -1), (1, (0, -1)), (1, (-1, 0))):
        assert_raises(ValueError, student.conv2d, x, weight, bias, stride, padding)
    for corner, padding in ((x[:, :, :2], 0), (x[..., :1], 0), (x[..., :2, :], (0, 5)), (x[..., :1], (5, 0))):
        assert_raises(ValueError, student.conv2d, corner, weight, None, 1, padding)


@points(1)
@claims("Gradients flow to `x`, `weight` and `bias`")
def test_gradients_flow(student, reference, rng):
    """Through your forward pass, autograd finds the reference's gradients of input, kernels and bias, also of zeros.

    自动求导通过你的前向计算，得到与参考答案一致的输入、卷积核和偏置的梯度；偏置为 0 时也一样。
    """
    x, weight, bias = inputs(rng)
    for stride, padding in SETTINGS[1:3]:
        for some in (bias, torch.zeros_like(bias)):  # a bias begins with zeros
            got, expected = (
                gradients(module.conv2d, x, weight, some, stride, padding, wrt=(0, 1, 2))
                for module in (student, reference)
            )
            assert_same(got, expected)


@points(1)
@claims("is the gradient of the loss with respect to the answer of")
def test_backward_by_hand(student, device):
    """Windows of two over 1, 2, 3 with the kernel (10, 20): each number comes out as on paper.

    宽度为 2 的窗口滑过 1、2、3，卷积核为 (10, 20)：每个数都与笔算一致。
    """
    x = torch.tensor([[[[1.0, 2.0, 3.0]]]], dtype=torch.float64, device=device)
    weight = torch.tensor([[[[10.0, 20.0]]]], dtype=torch.float64, device=device)
    dout = torch.tensor([[[[1.0, -2.0]]]], dtype=torch.float64, device=device)

    dx, dweight, dbias = student.conv2d_backward(dout, x, weight)

    assert_same(dx, torch.tensor([[[[10.0, 0.0, -40.0]]]], dtype=torch.float64, device=device))
    assert_same(dweight, torch.tensor([[[[-3.0, -4.0]]]], dtype=torch.float64, device=device))
    assert_same(dbias, torch.tensor([-1.0], dtype=torch.float64, device=device))


def backward_case(reference, rng, stride, padding, dtype=torch.float64):
    """Return dout, x and weight that fit each other."""
    x, weight, _ = inputs(rng, dtype)
    return rng.normal(*reference.conv2d(x, weight, None, stride, padding).shape, dtype=dtype), x, weight


@points(1)
@claims(
    "No argument is changed",
    "and have the shapes of `x`, `weight` and `bias`",
)
def test_backward(student, reference, rng):
    """With stride 1 and no padding, the three gradients agree with the reference, in both dtypes.

    步幅为 1、不填充时，三个梯度都与参考答案一致，两种 dtype 都是如此。
    """
    for dtype in (torch.float64, torch.float32):
        case = backward_case(reference, rng, 1, 0, dtype)
        assert_same(unchanged(student.conv2d_backward, *case), reference.conv2d_backward(*case), rtol=1e-4, atol=1e-4)
    case[1][0, 0, 0, 0] = math.nan  # what becomes of it is not asked: it must stay where it is
    unchanged(student.conv2d_backward, *case)


@points(1)
@after("test_backward")
@claims("The gradients are computed by hand, without autograd")
def test_backward_without_autograd(student, reference, rng):
    """Where no graph can be built (torch.inference_mode), the gradients come out all the same.

    在无法建立计算图的地方（torch.inference_mode），照样能得到梯度。
    """
    case = backward_case(reference, rng, 1, 0)

    got = student.given("small_weights").without_autograd(student.conv2d_backward, *case)
    assert_same(got, reference.conv2d_backward(*case))


@points(1)
@after("test_backward")
@claims("A pixel that no window reaches has gradient 0")
def test_backward_with_stride_and_padding(student, reference, rng):
    """With strides and paddings of all kinds the gradients agree; pixels that no window reaches get 0.

    各种步幅和填充下，梯度都一致；没有窗口覆盖的像素梯度为 0。
    """
    for stride, padding in SETTINGS[1:]:
        dout, x, weight = backward_case(reference, rng, stride, padding)
        expected = reference.conv2d_backward(dout, x, weight, stride, padding)
        assert_same(unchanged(student.conv2d_backward, dout, x, weight, stride, padding), expected)
    # The last row and the last column of 5 by 5 pixels lie outside of all windows.
    case = rng.normal(1, 1, 2, 2), rng.normal(1, 1, 5, 5), rng.normal(1, 1, 2, 2), 2, 0
    assert_same(student.conv2d_backward(*case), reference.conv2d_backward(*case))


@points(1)
@after("test_stride_and_padding")
def test_speed(student, reference, speed):
    """Five pictures and five kernels take at most 10 times as long as the reference.

    5 张图片、5 个卷积核，耗时不超过参考答案的 10 倍。
    """
    speed(student, reference).call(
        "conv2d",
        lambda rng: rng.normal(5, 3, 31, 37),
        lambda rng: rng.normal(5, 3, 3, 3),
        lambda rng: rng.normal(5),
        1,
        1,
        at_most=10.0,
        rtol=1e-4,
        atol=1e-4,
    )


@points(1)
@after("test_backward_with_stride_and_padding")
def test_speed_of_backward(student, reference, speed):
    """The gradients of five pictures take at most 10 times as long as the reference.

    5 张图片的梯度，耗时不超过参考答案的 10 倍。
    """
    speed(student, reference).call(
        "conv2d_backward",
        lambda rng: rng.normal(5, 5, 31, 37),
        lambda rng: rng.normal(5, 3, 31, 37),
        lambda rng: rng.normal(5, 3, 3, 3),
        1,
        1,
        at_most=10.0,
        rtol=1e-3,
        atol=1e-3,
    )
