# Week 03, exercise convolution: A small window over a picture
# Difficulty 4 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Strided windows and gradients by hand (week 01).
# Write it by hand: torch.nn.functional.conv2d, torch.nn.functional.conv_transpose2d, torch.nn.functional.unfold,
# torch.nn.functional.fold, torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.Unfold, torch.nn.Fold, torch.nn.grad,
# torch.autograd.grad, torch.autograd.functional.vjp, torch.func.grad, torch.func.vjp, scipy.signal, scipy.ndimage may
# not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# What counts as fast: Five pictures of 3 by 31 by 37 numbers and five kernels of 3 by 3, forward and backward each in
# at most 10 times the reference's time: a loop over the entries of the kernel is fine, one over pixels is not.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 03, convolution: the layer that looks at a picture through a small window, forward and backward by hand."""

import torch
from jaxtyping import Float
from torch import Tensor

Pair = int | tuple[int, int]
"""One number for both directions, or (for rows, for columns)."""


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
    raise NotImplementedError("week 03, convolution: write conv2d")


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
    raise NotImplementedError("week 03, convolution: write conv2d_backward")
