"""As many courses do it: windows become columns of one matrix (as_strided), and the convolution one product."""

import torch
import torch.nn.functional as F


def both(number):
    return (number, number) if isinstance(number, int) else number


def columns_of(x, kernel, stride, padding):
    (k1, k2), (s1, s2), (p1, p2) = kernel, stride, padding
    x = F.pad(x, (p2, p2, p1, p1)).contiguous()
    n, c, h, w = x.shape
    out1, out2 = (h - k1) // s1 + 1, (w - k2) // s2 + 1
    sn, sc, sh, sw = x.stride()
    view = x.as_strided((n, c, k1, k2, out1, out2), (sn, sc, sh, sw, sh * s1, sw * s2))
    return view.reshape(n, c * k1 * k2, out1 * out2), out1, out2


def conv2d(x, weight, bias=None, stride=1, padding=0):
    stride, padding = both(stride), both(padding)
    if x.size(1) != weight.size(1) or min(stride) <= 0 or min(padding) < 0:
        raise ValueError("channels, stride or padding")
    if any(x.size(d) + 2 * padding[d - 2] < weight.size(d) for d in (2, 3)):
        raise ValueError("kernel too large")
    columns, out1, out2 = columns_of(x, weight.shape[2:], stride, padding)
    out = (weight.reshape(weight.size(0), -1) @ columns).reshape(x.size(0), weight.size(0), out1, out2)
    return out if bias is None else out + bias.reshape(1, -1, 1, 1)


def conv2d_backward(dout, x, weight, stride=1, padding=0):
    (s1, s2), (p1, p2) = both(stride), both(padding)
    n, c, h, w = x.shape
    o, _, k1, k2 = weight.shape
    columns, out1, out2 = columns_of(x, (k1, k2), (s1, s2), (p1, p2))
    flat = dout.reshape(n, o, -1)
    dweight = torch.bmm(flat, columns.transpose(1, 2)).sum(0).reshape(weight.shape)
    dcolumns = (weight.reshape(o, -1).T @ flat).reshape(n, c, k1, k2, out1, out2)
    dx = torch.zeros(n, c, h + 2 * p1, w + 2 * p2, dtype=x.dtype, device=x.device)
    for i in range(k1):
        for j in range(k2):
            dx[:, :, i : i + s1 * out1 : s1, j : j + s2 * out2 : s2] += dcolumns[:, :, i, j]
    return dx[:, :, p1 : p1 + h, p2 : p2 + w].contiguous(), dweight, flat.sum(dim=(0, 2))
