"""Week 03, convolution: the layer that looks at a picture through a small window, forward and backward by hand."""

import torch
from jaxtyping import Float
from torch import Tensor

Pair = int | tuple[int, int]
"""One number for both directions, or (for rows, for columns)."""


# BEGIN SOLUTION
def _pairs(stride: Pair, padding: Pair) -> tuple[int, int, int, int]:
    """Return the strides of rows and columns, and the paddings."""
    both = [number if isinstance(number, tuple) else (number, number) for number in (stride, padding)]
    return *both[0], *both[1]


def _windows(x, kernel, strides, paddings):
    """Cut the padded pictures into windows: (batch, channels, rows_out, columns_out, *kernel)."""
    (top, left), (height, width) = paddings, x.shape[2:]
    padded = x.new_zeros(*x.shape[:2], height + 2 * top, width + 2 * left)
    padded[:, :, top : top + height, left : left + width] = x
    return padded.unfold(2, kernel[0], strides[0]).unfold(3, kernel[1], strides[1])


# END SOLUTION
def conv2d(
    x: Float[Tensor, "batch inputs height width"],
    weight: Float[Tensor, "outputs inputs rows columns"],
    bias: Float[Tensor, " outputs"] | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
) -> Float[Tensor, "batch outputs height_out width_out"]:
    """Slide each of the kernels over each picture; an entry of the answer is a sum of products.

    That sum runs over the rows, columns and channels of a window; the bias of the kernel, if given, is added to it.
    The kernel is not turned over (mathematics would call this a cross-correlation): its entry (0, 0) meets the upper
    left corner of the window.
    Windows begin every `stride` pixels; `padding` rows of zeros stand above and below, and as many columns on the left
    and on the right.
    Only whole windows count: height_out is (height + 2 * padding - rows) // stride + 1, and width_out
    likewise.
    Of a pair, the first number is for the rows (the stride downwards, the padding above and below), the second for the
    columns. The dtype is that of `x`. No argument is changed. Gradients flow to `x`, `weight` and `bias`.

    Raises:
        ValueError: the channels of `x` and `weight` differ in number, a stride is below 1, a padding is negative, or
            the kernel is larger than the padded picture.

    Source: Goodfellow et al. 2016, "Deep Learning", equation 9.6.
    """
    # BEGIN SOLUTION
    *strides, top, left = _pairs(stride, padding)
    (height, width), (rows, columns) = x.shape[2:], weight.shape[2:]
    if x.shape[1] != weight.shape[1]:
        raise ValueError(f"the picture has {x.shape[1]} channels, the kernels have {weight.shape[1]}")
    if min(strides) < 1 or min(top, left) < 0:
        raise ValueError("a stride is at least 1, and a padding at least 0")
    if rows > height + 2 * top or columns > width + 2 * left:
        raise ValueError(f"a kernel of {rows} by {columns} does not fit into the padded picture")
    windows = _windows(x, (rows, columns), strides, (top, left))
    out = torch.einsum("bihwrc,oirc->bohw", windows, weight)
    return out if bias is None else out + bias[:, None, None]
    # END SOLUTION


def conv2d_backward(
    dout: Float[Tensor, "batch outputs height_out width_out"],
    x: Float[Tensor, "batch inputs height width"],
    weight: Float[Tensor, "outputs inputs rows columns"],
    stride: Pair = 1,
    padding: Pair = 0,
) -> tuple[
    Float[Tensor, "batch inputs height width"],
    Float[Tensor, "outputs inputs rows columns"],
    Float[Tensor, " outputs"],
]:
    """Return the gradients of a loss with respect to the input, the kernels and the bias: (dx, dweight, dbias).

    `dout` is the gradient of the loss with respect to the answer of `conv2d(x, weight, bias, stride, padding)`. The
    gradients are computed by hand, without autograd, and have the shapes of `x`, `weight` and `bias`.
    A pixel that no window reaches has gradient 0. No argument is changed.

    Source: Dumoulin and Visin 2016, "A guide to convolution arithmetic for deep learning", chapter 4.
    """
    # BEGIN SOLUTION
    down, right, top, left = _pairs(stride, padding)
    (height, width), (rows, columns), (high, wide) = x.shape[2:], weight.shape[2:], dout.shape[2:]
    with torch.no_grad():
        windows = _windows(x, (rows, columns), (down, right), (top, left))
        dweight = torch.einsum("bihwrc,bohw->oirc", windows, dout)
        padded = x.new_zeros(*x.shape[:2], height + 2 * top, width + 2 * left)
        for row in range(rows):
            for column in range(columns):
                # Entry (row, column) of the kernel met these pixels, one for each window.
                met = padded[:, :, row : row + down * high : down, column : column + right * wide : right]
                met += torch.einsum("bohw,oi->bihw", dout, weight[:, :, row, column])
        return padded[:, :, top : top + height, left : left + width].clone(), dweight, dout.sum(dim=(0, 2, 3))
    # END SOLUTION
