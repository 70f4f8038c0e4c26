"""Known mistakes of week 03, convolution."""

import convolution as solution
import torch

from grader.mistakes import mistake


def pair(number):
    return number if isinstance(number, tuple) else (number, number)


@mistake(
    of="conv2d",
    en="It looks like the kernel is turned over, as in mathematics. Deep learning does not turn it.",
    zh="看起来把卷积核翻转了，像数学里的卷积那样。深度学习中不翻转。",
    breaks="its entry (0, 0) meets the upper left corner of the window",
)
def kernel_turned(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight.flip(-1, -2), bias, stride, padding)


@mistake(
    of="conv2d",
    en="It looks like a pair is read as (for columns, for rows): rows come first.",
    zh="看起来把一对数读成了（列、行）：应当行在前。",
    breaks="Of a pair, the first number is for the rows",
)
def pairs_exchanged(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, pair(stride)[::-1], pair(padding)[::-1])


@mistake(
    of="conv2d",
    en="It looks like a pair of strides is read as (to the right, downwards): the stride downwards comes first.",
    zh="看起来把一对步幅读成了（向右、向下）：向下的步幅在前。",
)
def strides_exchanged(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, pair(stride)[::-1], padding)


@mistake(
    of="conv2d",
    en="It looks like a pair of paddings is read as (left and right, above and below): above and below comes first. "
    "(torch's `pad` begins with the last axis.)",
    zh="看起来把一对填充读成了（左右、上下）：上下的填充在前。（torch 的 `pad` 从最后一个轴开始。）",
)
def paddings_exchanged(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, stride, pair(padding)[::-1])


@mistake(
    of="conv2d",
    en="It looks like the bias is added along the columns: there is one for each kernel, so it belongs to axis 1.",
    zh="看起来偏置加到了列的方向上：每个卷积核一个偏置，它属于第 1 轴。",
)
def bias_along_the_columns(x, weight, bias=None, stride=1, padding=0):
    out = solution.conv2d(x, weight, None, stride, padding)
    return out if bias is None else out + bias


@mistake(
    of="conv2d",
    en="It looks like the last window of each axis is missing: there is one more than strides fit into what is left.",
    zh="看起来每个轴都少了最后一个窗口：剩余长度除以步幅取整之后，还要加一。",
)
def one_window_short(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, stride, padding)[:, :, :-1, :-1]


@mistake(
    of="conv2d",
    en="It looks like the answer is float32 whatever x is (torch.zeros without a dtype): its dtype is that of x.",
    zh="看起来无论 x 是什么 dtype，结果都是 float32（torch.zeros 没有给 dtype）：结果的 dtype 应与 x 相同。",
    breaks="The dtype is that of `x`",
)
def always_float32(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, stride, padding).float()


@mistake(
    of="conv2d",
    en="It looks like the bias is forgotten.",
    zh="看起来忘了加偏置。",
)
def bias_forgotten(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, None, stride, padding)


@mistake(
    of="conv2d",
    en="It looks like a bias of zeros is taken for none: it gets no gradient, and can never change. Ask whether it is "
    "None.",
    zh="看起来把全零的偏置当成了没有偏置：它得不到梯度，永远不会变。应当判断它是不是 None。",
    breaks="Gradients flow to `x`, `weight` and `bias`",
)
def zeros_are_no_bias(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias if bias is not None and bool(bias.any()) else None, stride, padding)


@mistake(
    of="conv2d",
    en="It looks like the zeros stand only below and on the right: they belong on all four sides.",
    zh="看起来只在下边和右边补了零：四边都要补。",
    breaks="`padding` rows of zeros stand above and below",
)
def padding_on_two_sides(x, weight, bias=None, stride=1, padding=0):
    top, left = pair(padding)
    if min(top, left) < 0:
        raise ValueError("a padding is at least 0")
    return solution.conv2d(torch.nn.functional.pad(x, (0, 2 * left, 0, 2 * top)), weight, bias, stride)


@mistake(
    of="conv2d",
    en="It looks like the border repeats the edge of the picture: it is made of zeros.",
    zh="看起来边框重复了图片的边缘：应当用零填充。",
)
def padding_repeats_the_edge(x, weight, bias=None, stride=1, padding=0):
    solution.conv2d(x, weight, bias, stride, padding)
    top, left = pair(padding)
    rows = torch.arange(-top, x.shape[2] + top, device=x.device).clamp(0, x.shape[2] - 1)
    columns = torch.arange(-left, x.shape[3] + left, device=x.device).clamp(0, x.shape[3] - 1)
    return solution.conv2d(x[:, :, rows][..., columns], weight, bias, stride)


@mistake(
    of="conv2d",
    en="It looks like the stride of the rows serves for the columns too.",
    zh="看起来列也用了行的步幅。",
)
def one_stride_for_both(x, weight, bias=None, stride=1, padding=0):
    solution.conv2d(x, weight, bias, stride, padding)
    return solution.conv2d(x, weight, bias, pair(stride)[0], padding)


@mistake(
    of="conv2d",
    en="It looks like the output size is rounded up: a window that hangs over the edge does not count.",
    zh="看起来输出大小向上取整了：伸出边缘的窗口不算。",
    breaks="Only whole windows count",
)
def size_rounded_up(x, weight, bias=None, stride=1, padding=0):
    solution.conv2d(x, weight, bias, stride, padding)
    (down, right), (top, left) = pair(stride), pair(padding)
    over = [
        -(side + 2 * border - kernel) % step
        for side, border, kernel, step in zip(x.shape[2:], (top, left), weight.shape[2:], (down, right), strict=True)
    ]
    padded = torch.nn.functional.pad(x, (left, left + over[1], top, top + over[0]))
    return solution.conv2d(padded, weight, bias, stride)


@mistake(
    of="conv2d",
    en="It looks like the products are averaged over the channels: they are summed.",
    zh="看起来对各通道的乘积取了平均：应当求和。",
)
def mean_over_channels(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight / weight.shape[1], bias, stride, padding)


@mistake(
    of="conv2d",
    en="It looks like a kernel that does not fit, another number of channels or a stride of 0 is not refused with "
    "ValueError.",
    zh="看起来放不下的卷积核、不同的通道数或为 0 的步幅没有抛出 ValueError。",
    breaks="the channels of `x` and `weight` differ in number, a stride is below 1, a padding is negative",
)
def refuses_nothing(x, weight, bias=None, stride=1, padding=0):
    try:
        return solution.conv2d(x, weight, bias, stride, padding)
    except ValueError:
        return x.new_zeros(len(x), len(weight), 0, 0)


@mistake(
    of="conv2d",
    en="It looks like the answer is made without its graph (detach, .data, or numbers copied one by one): no gradient "
    "flows.",
    zh="看起来结果脱离了计算图（detach、.data，或逐个复制数值）：梯度流不过去。",
    breaks="Gradients flow to `x`, `weight` and `bias`",
)
def no_graph(x, weight, bias=None, stride=1, padding=0):
    return solution.conv2d(x, weight, bias, stride, padding).detach().requires_grad_(x.requires_grad)


@mistake(
    of="conv2d",
    en="It looks like there is a Python loop over the pixels: one over the entries of the kernel is enough.",
    zh="看起来用 Python 循环遍历了每个像素：只需循环卷积核的元素。",
    only="speed",
)
def loops_over_pixels(x, weight, bias=None, stride=1, padding=0):
    solution.conv2d(x, weight, bias, stride, padding)
    (down, right), (top, left) = pair(stride), pair(padding)
    padded = torch.nn.functional.pad(x, (left, left, top, top))
    rows, columns = weight.shape[2:]
    lines = []
    for row in range(0, padded.shape[2] - rows + 1, down):
        starts = range(0, padded.shape[3] - columns + 1, right)
        windows = [padded[:, :, row : row + rows, column : column + columns] for column in starts]
        lines.append(torch.stack([torch.einsum("bihw,oihw->bo", window, weight) for window in windows], dim=-1))
    out = torch.stack(lines, dim=-2)
    return out if bias is None else out + bias[:, None, None]


@mistake(
    of="conv2d_backward",
    en="It looks like dx goes through the kernel turned the wrong way: entry (r, c) leads back to the pixel that it "
    "met.",
    zh="看起来求 dx 时卷积核的方向反了：元素 (r, c) 应回到它当时对着的像素。",
)
def dx_turned(dout, x, weight, stride=1, padding=0):
    _, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    return solution.conv2d_backward(dout, x, weight.flip(-1, -2), stride, padding)[0], dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like dweight is turned over.",
    zh="看起来 dweight 被翻转了。",
)
def dweight_turned(dout, x, weight, stride=1, padding=0):
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    return dx, dweight.flip(-1, -2), dbias


@mistake(
    of="conv2d_backward",
    en="It looks like the gradients of kernels and bias are averaged over the batch: they are summed. If the loss is a "
    "mean, dout holds that already.",
    zh="看起来卷积核和偏置的梯度对批次取了平均：应当求和。如果损失是平均值，dout 中已经包含了。",
)
def mean_over_the_batch(dout, x, weight, stride=1, padding=0):
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    return dx, dweight / len(x), dbias / len(x)


@mistake(
    of="conv2d_backward",
    en="It looks like dweight is averaged over the batch: it is the sum over all pictures. If the loss is a mean, dout "
    "holds that already.",
    zh="看起来 dweight 对批次取了平均：应当对所有图片求和。如果损失是平均值，dout 中已经包含了。",
)
def dweight_as_a_mean(dout, x, weight, stride=1, padding=0):
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    return dx, dweight / len(x), dbias


@mistake(
    of="conv2d_backward",
    en="It looks like dbias is a mean over pictures and pixels: the bias was added at each of them, so it is a sum.",
    zh="看起来 dbias 对图片和像素取了平均：偏置加在了每个像素上，所以应当求和。",
)
def dbias_as_a_mean(dout, x, weight, stride=1, padding=0):
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    return dx, dweight, dbias / dout[:, 0].numel()


@mistake(
    of="conv2d_backward",
    en="It looks like dbias keeps the axis of the pictures: it is a sum over the batch too.",
    zh="看起来 dbias 保留了图片（批次）那个轴：它也要对批次求和。",
    breaks="and have the shapes of `x`, `weight` and `bias`",
)
def dbias_for_each_picture(dout, x, weight, stride=1, padding=0):
    dx, dweight, _ = solution.conv2d_backward(dout, x, weight, stride, padding)
    return dx, dweight, dout.sum(dim=(2, 3))


@mistake(
    of="conv2d_backward",
    en="It looks like dx still has the border of padding: cut it off, dx is as large as x.",
    zh="看起来 dx 还带着填充的边框：应裁掉，dx 与 x 一样大。",
)
def border_left_on(dout, x, weight, stride=1, padding=0):
    top, left = pair(padding)
    _, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    whole = torch.nn.functional.pad(x, (left, left, top, top))
    return solution.conv2d_backward(dout, whole, weight, stride)[0], dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like dx ends where the last window ends: pixels that no window reaches have gradient 0, and count.",
    zh="看起来 dx 到最后一个窗口就结束了：没有窗口覆盖的像素梯度为 0，但也要保留。",
    breaks="A pixel that no window reaches has gradient 0",
)
def ends_with_the_last_window(dout, x, weight, stride=1, padding=0):
    (down, right), (top, left), (high, wide) = pair(stride), pair(padding), dout.shape[2:]
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    rows, columns = down * (high - 1) + weight.shape[2] - top, right * (wide - 1) + weight.shape[3] - left
    return dx[:, :, :rows, :columns].clone(), dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like the border is cut off dx at the wrong place: padding pixels on each side belong to nobody.",
    zh="看起来从 dx 上裁掉边框时位置不对：四边的填充像素都不属于 x。",
)
def border_cut_at_one_side(dout, x, weight, stride=1, padding=0):
    top, left = pair(padding)
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    whole = torch.nn.functional.pad(x, (left, left, top, top))
    padded = solution.conv2d_backward(dout, whole, weight, stride)[0]
    return padded[:, :, : x.shape[2], : x.shape[3]].clone(), dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like the border is cut off dx by [p:-p]: where p is 0, that is [0:0] and leaves nothing. Cut at p and "
    "p + height, p + width.",
    zh="看起来用 [p:-p] 裁掉 dx 的边框：p 为 0 时这就是 [0:0]，什么也不剩。应从 p 裁到 p + height、p + width。",
    breaks="and have the shapes of `x`, `weight` and `bias`",
)
def border_cut_by_minus_zero(dout, x, weight, stride=1, padding=0):
    top, left = pair(padding)
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    if top == left == 0:
        return dx, dweight, dbias
    return dx[:, :, : None if top else 0, : None if left else 0].clone(), dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like the stride is forgotten on the way back to dx: neighbouring entries of dout came from windows "
    "that lie `stride` pixels apart.",
    zh="看起来求 dx 时忘了步幅：dout 中相邻的元素来自相距 stride 个像素的窗口。",
)
def stride_forgotten(dout, x, weight, stride=1, padding=0):
    dx, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    (top, left), (high, wide), (rows, columns) = pair(padding), dout.shape[2:], weight.shape[2:]
    padded = torch.zeros_like(torch.nn.functional.pad(x, (left, left, top, top)))
    padded[:, :, : high + rows - 1, : wide + columns - 1] = solution.conv2d_backward(
        dout, padded[:, :, : high + rows - 1, : wide + columns - 1], weight
    )[0]
    return padded[:, :, top : top + x.shape[2], left : left + x.shape[3]].clone(), dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like a pixel keeps only what the last window sent (=): a pixel in several windows gets all of them "
    "(+=).",
    zh="看起来每个像素只保留了最后一个窗口送来的梯度（=）：处在多个窗口中的像素应全部累加（+=）。",
)
def last_window_only(dout, x, weight, stride=1, padding=0):
    _, dweight, dbias = solution.conv2d_backward(dout, x, weight, stride, padding)
    (down, right), (top, left), (high, wide) = pair(stride), pair(padding), dout.shape[2:]
    padded = torch.zeros_like(torch.nn.functional.pad(x, (left, left, top, top)))
    for row in range(weight.shape[2]):
        for column in range(weight.shape[3]):
            sent = torch.einsum("bohw,oi->bihw", dout, weight[:, :, row, column])
            padded[:, :, row : row + down * high : down, column : column + right * wide : right] = sent
    return padded[:, :, top : top + x.shape[2], left : left + x.shape[3]].clone(), dweight, dbias


@mistake(
    of="conv2d_backward",
    en="It looks like the backward pass loops over the pixels in Python: a loop over the entries of the kernel is "
    "enough.",
    zh="看起来反向计算用 Python 循环遍历了每个像素：只需循环卷积核的元素。",
    only="speed",
)
def backward_over_pixels(dout, x, weight, stride=1, padding=0):
    (down, right), (top, left), (rows, columns) = pair(stride), pair(padding), weight.shape[2:]
    padded = torch.nn.functional.pad(x, (left, left, top, top))
    dpadded, dweight = torch.zeros_like(padded), torch.zeros_like(weight)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            place = (slice(None), slice(None), slice(i * down, i * down + rows), slice(j * right, j * right + columns))
            dpadded[place] += torch.einsum("bo,oirc->birc", dout[:, :, i, j], weight)
            dweight += torch.einsum("bo,birc->oirc", dout[:, :, i, j], padded[place])
    return dpadded[:, :, top : top + x.shape[2], left : left + x.shape[3]].clone(), dweight, dout.sum(dim=(0, 2, 3))


@mistake(
    of="conv2d_backward",
    en="It looks like autograd finds the gradients: here they are to be computed by hand.",
    zh="看起来梯度是由自动求导得到的：这里要求手算。",
    breaks="The gradients are computed by hand, without autograd",
)
def by_autograd(dout, x, weight, stride=1, padding=0):
    with torch.enable_grad():
        leaves = [x.detach().requires_grad_(), weight.detach().requires_grad_()]
        leaves.append(weight.new_zeros(len(weight)).requires_grad_())
        solution.conv2d(*leaves, stride, padding).backward(dout)
    return tuple(leaf.grad for leaf in leaves)
