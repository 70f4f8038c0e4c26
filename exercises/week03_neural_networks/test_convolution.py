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


def test_two_channels(student):
    """Windows of two, every second one, over 1 to 5 and 10s: 1+2 and 3+4, and 10+10 each. The 5 is left over.

    宽度为 2、步幅为 2 的窗口，两个通道分别是 1 到 5 和全 10：1+2、3+4，各再加 10+10。最后的 5 放不下。
    """
    x = torch.tensor([[[[1.0, 2.0, 3.0, 4.0, 5.0]], [[10.0] * 5]]])

    assert_same(student.conv2d(x, torch.ones(1, 2, 1, 2), stride=2), torch.tensor([[[[23.0, 27.0]]]]))


def test_backward_through_the_border(student):
    """1, 2, 3 between two zeros, kernel (10, 20): four windows of two. Windows 0 and 2 have the gradients 1 and 2.

    Pixel 0 gets 20 · 1 from window 0, pixel 1 gets 10 · 2 and pixel 2 gets 20 · 2 from window 2.

    1、2、3 两边各补一个零，卷积核为 (10, 20)：共四个宽度为 2 的窗口。窗口 0 和 2 的梯度是 1 和 2。
    像素 0 从窗口 0 得到 20 · 1，像素 1 和 2 从窗口 2 得到 10 · 2 和 20 · 2。
    """
    x, weight = torch.tensor([[[[1.0, 2.0, 3.0]]]]), torch.tensor([[[[10.0, 20.0]]]])
    dout = torch.tensor([[[[1.0, 0.0, 2.0, 0.0]]]])

    dx, dweight, dbias = student.conv2d_backward(dout, x, weight, padding=(0, 1))

    assert_same(dx, torch.tensor([[[[20.0, 20.0, 40.0]]]]))
    assert_same((dweight, dbias), (torch.tensor([[[[4.0, 7.0]]]]), torch.tensor([3.0])))


def test_backward_with_a_stride(student):
    """Two pictures of five pixels, kernel (10, 20), stride 2: windows begin at pixels 0 and 2; none reaches pixel 4.

    两张五个像素的图片，卷积核为 (10, 20)，步幅为 2：窗口从像素 0 和 2 开始，没有窗口覆盖像素 4。
    """
    x, weight = torch.ones(2, 1, 1, 5), torch.tensor([[[[10.0, 20.0]]]])
    dout = torch.tensor([[[[1.0, 2.0]]], [[[3.0, 0.0]]]])

    dx, dweight, dbias = student.conv2d_backward(dout, x, weight, stride=2)

    assert_same(dx, torch.tensor([[[[10.0, 20.0, 20.0, 40.0, 0.0]]], [[[30.0, 60.0, 0.0, 0.0, 0.0]]]]))
    assert_same((dweight, dbias), (torch.tensor([[[[6.0, 6.0]]]]), torch.tensor([6.0])))
