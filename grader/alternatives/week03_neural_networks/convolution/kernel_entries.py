"""A loop over the entries of the kernel; backwards, dout with zeros between its entries meets a turned kernel."""

import torch


def pair(value):
    return tuple(value) if isinstance(value, tuple | list) else (value, value)


def bordered(x, top, left):
    out = torch.zeros(*x.shape[:2], x.shape[2] + 2 * top, x.shape[3] + 2 * left, dtype=x.dtype, device=x.device)
    out[:, :, top : out.shape[2] - top, left : out.shape[3] - left] = x
    return out


def conv2d(x, weight, bias=None, stride=1, padding=0):
    (down, right), (top, left) = pair(stride), pair(padding)
    _, channels, rows, columns = weight.shape
    high, wide = x.shape[2] + 2 * top, x.shape[3] + 2 * left
    if channels != x.shape[1] or down < 1 or right < 1 or top < 0 or left < 0 or rows > high or columns > wide:
        raise ValueError("these do not fit")
    padded = bordered(x, top, left)
    high, wide = (high - rows) // down, (wide - columns) // right
    total = 0 if bias is None else bias.view(-1, 1, 1)
    for r in range(rows):
        for c in range(columns):
            part = padded[:, :, r : r + high * down + 1 : down, c : c + wide * right + 1 : right]
            total = total + torch.tensordot(part, weight[:, :, r, c], dims=([1], [1])).movedim(-1, 1)
    return total


def conv2d_backward(dout, x, weight, stride=1, padding=0):
    (down, right), (top, left) = pair(stride), pair(padding)
    batch, outputs, high, wide = dout.shape
    rows, columns = weight.shape[2:]
    spread = dout.new_zeros(batch, outputs, (high - 1) * down + 1, (wide - 1) * right + 1)
    spread[:, :, ::down, ::right] = dout
    met = conv2d(spread, weight.flip(2, 3).transpose(0, 1), padding=(rows - 1, columns - 1))
    whole = dout.new_zeros(*x.shape[:2], x.shape[2] + 2 * top, x.shape[3] + 2 * left)
    whole[:, :, : met.shape[2], : met.shape[3]] = met
    padded, dweight = bordered(x, top, left), torch.empty_like(weight)
    for r in range(rows):
        for c in range(columns):
            part = padded[:, :, r : r + (high - 1) * down + 1 : down, c : c + (wide - 1) * right + 1 : right]
            dweight[:, :, r, c] = torch.tensordot(dout, part, dims=([0, 2, 3], [0, 2, 3]))
    dx = whole[:, :, top : top + x.shape[2], left : left + x.shape[3]]
    return dx.clone(), dweight, dout.sum((0, 2, 3))
