"""Visible examples of week 06, positions: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_sinusoids(student):
    """Two positions of four columns: 0 1 0 1, and then sin 1, cos 1, sin 0.01, cos 0.01.

    2 个位置、4 列：先是 0 1 0 1，再是 sin 1、cos 1、sin 0.01、cos 0.01。
    """
    second = [math.sin(1), math.cos(1), math.sin(0.01), math.cos(0.01)]

    assert_same(student.sinusoidal_positions(2, 4), torch.tensor([[0.0, 1.0, 0.0, 1.0], second]))


def test_buckets_of_both_directions(student):
    """Eight buckets up to distance 8: 3 back is bucket 2, 7 back is bucket 3; forward the same plus 4.

    8 个桶、最大距离 8：向后 3 在 2 号桶，向后 7 在 3 号桶；向前则各加 4。
    """
    relative = torch.tensor([-100, -7, -3, -2, -1, 0, 1, 2, 3, 7, 100])
    expected = torch.tensor([3, 3, 2, 2, 1, 0, 5, 6, 6, 7, 7])

    assert_same(student.relative_position_bucket(relative, buckets=8, max_distance=8), expected)


def test_buckets_of_one_direction(student):
    """In one direction a key 1 to 3 back has a bucket of its own, and keys in the future share bucket 0.

    单向时，向后 1 到 3 的 key 各有自己的桶，未来的 key 都在 0 号桶。
    """
    relative = torch.tensor([-3, -2, -1, 0, 1, 5])

    answer = student.relative_position_bucket(relative, bidirectional=False, buckets=8, max_distance=32)

    assert_same(answer, torch.tensor([3, 2, 1, 0, 0, 0]))


def test_slopes(student):
    """Four heads: 1/4, 1/16, 1/64, 1/256; a fifth head gets the first slope of eight, 1/2.

    4 个头：1/4、1/16、1/64、1/256；第 5 个头取 8 个头时的第一个斜率 1/2。
    """
    assert_same(student.alibi_slopes(4), torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256]))
    assert_same(student.alibi_slopes(5), torch.tensor([1 / 4, 1 / 16, 1 / 64, 1 / 256, 1 / 2]))


def test_alibi(student):
    """One head, slope 1/256: the last of three positions sees the keys with -2/256, -1/256 and 0.

    1 个头，斜率 1/256：三个位置中的最后一个看各键的偏置为 -2/256、-1/256、0。
    """
    assert_same(student.alibi_bias(1, 1, 3), torch.tensor([[[-2 / 256, -1 / 256, 0.0]]]))
