"""Visible examples of week 15, prune: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_two_tensors_together(student):
    """Five weights, 40 % of them: the two smallest magnitudes are 0.1 and 0.2, both in the second tensor.

    五个权重剪去 40 %：绝对值最小的两个是 0.1 和 0.2，都在第二个张量里。
    """
    masks = student.prune_magnitude([torch.tensor([[3.0, -1.0]]), torch.tensor([0.1, -2.0, -0.2])], 0.4)

    assert_same(masks, [torch.tensor([[True, True]]), torch.tensor([False, True, False])])


def test_equal_magnitudes(student):
    """Three ones, and one is to go: the first.

    三个 1 中要剪去一个：第一个。
    """
    assert_same(student.prune_magnitude([torch.tensor([1.0, -1.0, 1.0])], 1 / 3), [torch.tensor([False, True, True])])


def test_two_of_four(student):
    """Each four keep their two largest magnitudes.

    每四个保留绝对值最大的两个。
    """
    mask = student.prune_two_four(torch.tensor([[1.0, -5.0, 3.0, 0.0, 2.0, 2.0, 0.5, -9.0]]))

    assert_same(mask, torch.tensor([[False, True, True, False, False, True, False, True]]))


def test_two_heads(student):
    """Two heads of size 1; without head 0 the second row, and the second column of the output weight, are left.

    两个大小为 1 的头；去掉 0 号头后，剩下第二行，以及输出权重的第二列。
    """
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    query, key, value, output = student.prune_heads(weight, 10 * weight, 100 * weight, weight, 1, [0])

    assert_same((query, key, value), tuple(factor * torch.tensor([[3.0, 4.0]]) for factor in (1, 10, 100)))
    assert_same(output, torch.tensor([[2.0], [4.0]]))
