"""Visible examples of week 12, embedding: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_mean_of_the_real_tokens(student):
    """The mean of (1, 2) and (3, 6) is (2, 4); the third position is padding.

    (1, 2) 与 (3, 6) 的均值为 (2, 4)；第三个位置是填充。
    """
    tokens = torch.tensor([[[1.0, 2.0], [3.0, 6.0], [50.0, 70.0]]])

    assert_same(student.mean_pool(tokens, torch.tensor([[1, 1, 0]])), torch.tensor([[2.0, 4.0]]))


def test_a_text_without_tokens(student):
    """No token at all gives zeros, not NaN.

    一个词元也没有时得到 0，而不是 NaN。
    """
    assert_same(student.mean_pool(torch.ones(1, 2, 3), torch.zeros(1, 2, dtype=torch.int64)), torch.zeros(1, 3))


def test_unit_length(student):
    """(3, 4) has length 5 and becomes (0.6, 0.8); zeros stay zeros.

    (3, 4) 的长度为 5，变为 (0.6, 0.8)；零向量仍是零。
    """
    assert_same(student.normalise(torch.tensor([[3.0, 4.0], [0.0, 0.0]])), torch.tensor([[0.6, 0.8], [0.0, 0.0]]))
