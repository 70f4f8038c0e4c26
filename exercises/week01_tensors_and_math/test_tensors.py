"""Visible examples of week 01, tensors: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same

TABLE = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]


def test_one_hot(student):
    """Id 2 of three becomes 0 0 1, id 0 becomes 1 0 0; an id of 3 is refused.

    三个类别中的 id 2 变成 0 0 1，id 0 变成 1 0 0；id 3 要拒绝。
    """
    assert_same(student.one_hot(torch.tensor([2, 0]), 3), torch.tensor([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]))
    assert_raises(ValueError, student.one_hot, torch.tensor([3]), 3)


def test_embed(student):
    """Ids 2, 0, 2 read the rows 5 6, 1 2, 5 6; id -1 is refused.

    id 2、0、2 读出行 5 6、1 2、5 6；id -1 要拒绝。
    """
    expected = torch.tensor([[5.0, 6.0], [1.0, 2.0], [5.0, 6.0]])

    assert_same(student.embed(torch.tensor(TABLE), torch.tensor([2, 0, 2])), expected)
    assert_raises(ValueError, student.embed, torch.tensor(TABLE), torch.tensor([-1]))


def test_contract(student):
    """The row 1 2 times the columns 3 5 and 4 6 gives 13 and 16; the other way round they do not fit, and are refused.

    行 1 2 乘以列 3 5 和列 4 6，得到 13 和 16；反过来形状对不上，要拒绝。
    """
    a, b = torch.tensor([[1.0, 2.0]]), torch.tensor([[3.0, 4.0], [5.0, 6.0]])

    assert_same(student.contract(a, b), torch.tensor([[13.0, 16.0]]))
    assert_raises(ValueError, student.contract, b, a)


def test_strided_windows(student):
    """10 11 12 13 14 in windows of 3 every 2 entries: 10 11 12 and 12 13 14; every 3 entries only the first fits.

    10 11 12 13 14 每隔 2 个取一个长为 3 的窗口：10 11 12 和 12 13 14；每隔 3 个则只放得下第一个。
    """
    x = torch.arange(10, 15)

    assert_same(student.strided_windows(x, 3, 2), torch.tensor([[10, 11, 12], [12, 13, 14]]))
    assert_same(student.strided_windows(x, 3, 3), torch.tensor([[10, 11, 12]]))
