"""Visible examples of week 06, rotary: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_frequencies(student):
    """Four dimensions with base 100 are two pairs: one turns by 1 radian a position, the other by 0.1.

    4 维、base 为 100 时有两对：一对每个位置转 1 弧度，另一对转 0.1 弧度。
    """
    assert_same(student.rotary_frequencies(4, base=100.0), torch.tensor([1.0, 0.1], dtype=torch.float64))


def test_one_pair(student):
    """The token (1, 0) at the positions 0, 1 and 2 stands on the circle at 0, 1 and 2 radians.

    词元 (1, 0) 在位置 0、1、2 上，分别位于圆周的 0、1、2 弧度处。
    """
    x = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]], dtype=torch.float64)
    expected = torch.tensor([[math.cos(t), math.sin(t)] for t in (0, 1, 2)], dtype=torch.float64)

    assert_same(student.apply_rotary(x, torch.arange(3)), expected)


def test_the_two_pairings(student):
    """The worked example of the handout: [1, 2, 3, 4] at position 2 with base 100, in both pairings.

    讲义中的手算例题：base 为 100 时，位置 2 上的 [1, 2, 3, 4]，两种配对方式。
    """
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64)
    half = torch.tensor([[-3.1440, 1.1655, -0.3391, 4.3176]], dtype=torch.float64)
    interleaved = torch.tensor([[-2.2347, 0.0770, 2.1455, 4.5163]], dtype=torch.float64)

    # The expected numbers are rounded to four places.
    assert_same(student.apply_rotary(x, torch.tensor([2]), 100.0, "half"), half, rtol=0.0, atol=1e-4)
    assert_same(student.apply_rotary(x, torch.tensor([2]), 100.0, "interleaved"), interleaved, rtol=0.0, atol=1e-4)


def test_distance_is_all_that_counts(student):
    """Query at 0 and key at 1, or query at 7 and key at 8: the score is the same.

    query 在 0、key 在 1，或 query 在 7、key 在 8：分数相同。
    """
    query = torch.tensor([[1.0, 2.0, 3.0, 4.0]], dtype=torch.float64)
    key = torch.tensor([[4.0, 3.0, 2.0, 1.0]], dtype=torch.float64)

    def score(at, other):
        turned_query = student.apply_rotary(query, torch.tensor([at]), 100.0)
        turned_key = student.apply_rotary(key, torch.tensor([other]), 100.0)
        return (turned_query * turned_key).sum().item()

    assert_same(score(7, 8), score(0, 1))
    assert_same(score(0, 1), 24.7661, rtol=0.0, atol=1e-4)  # rounded to four places


def test_conversion(student):
    """Six rows of one head are reordered: first the even ones, then the odd ones.

    一个头的 6 行重排：先是偶数行，再是奇数行。
    """
    bias = torch.tensor([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])

    assert_same(student.interleaved_to_half(bias, 1), torch.tensor([0.0, 2.0, 4.0, 1.0, 3.0, 5.0]))
