"""Visible examples of week 03, convolution: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_right_minus_left(student):
    """The kernel (-1, 1) gives each pixel's right neighbour minus the pixel: it finds vertical edges.

    卷积核 (-1, 1) 给出右边像素减去左边像素：它能找出竖直的边缘。
    """
    picture = torch.tensor([[0.0, 0.0, 5.0, 5.0], [0.0, 0.0, 5.0, 7.0]])[None, None]
    kernel = torch.tensor([[[[-1.0, 1.0]]]])

    assert_same(student.conv2d(picture, kernel), torch.tensor([[[[0.0, 5.0, 0.0], [0.0, 5.0, 2.0]]]]))


def test_stride_and_padding(student):
    """A row of five, a border of zeros, a kernel of three ones, every second window: 1+2, 2+3+4 and 4+5.

    一行五个数，四周补零，卷积核是三个 1，每隔一个窗口取一个：1+2、2+3+4、4+5。
    """
    row = torch.tensor([[[[1.0, 2.0, 3.0, 4.0, 5.0]]]])

    out = student.conv2d(row, torch.ones(1, 1, 1, 3), torch.tensor([10.0]), stride=(1, 2), padding=(0, 1))

    assert_same(out, torch.tensor([[[[13.0, 19.0, 19.0]]]]))


def test_backward(student):
    """One window of two pixels with gradient 3: dx is 3 times the kernel, dweight 3 times the pixels, dbias is 3.

    只有一个窗口、两个像素、梯度为 3：dx 是核的 3 倍，dweight 是像素的 3 倍，dbias 是 3。
    """
    x, weight = torch.tensor([[[[4.0, 5.0]]]]), torch.tensor([[[[2.0, -1.0]]]])

    dx, dweight, dbias = student.conv2d_backward(torch.tensor([[[[3.0]]]]), x, weight)

    assert_same((dx, dweight, dbias), (3 * weight, 3 * x, torch.tensor([3.0])))
