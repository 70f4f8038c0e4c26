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
    """(3, 4) has length 5 and becomes (0.6, 0.8), (0, -2) becomes (0, -1); zeros stay zeros.

    (3, 4) 的长度为 5，变为 (0.6, 0.8)；(0, -2) 变为 (0, -1)；零向量仍是零。
    """
    vectors = torch.tensor([[3.0, 4.0], [0.0, -2.0], [0.0, 0.0]])

    assert_same(student.normalise(vectors), torch.tensor([[0.6, 0.8], [0.0, -1.0], [0.0, 0.0]]))


def test_the_least_length(student):
    """With eps = 10 the vector (3, 4), of length 5, is divided by 10.

    eps = 10 时，长度为 5 的向量 (3, 4) 除以 10。
    """
    assert_same(student.normalise(torch.tensor([[3.0, 4.0]]), eps=10.0), torch.tensor([[0.3, 0.4]]))


def test_a_long_text_in_float16(student):
    """400 tokens of 200 have the mean 200, though float16 ends below their sum, 80,000.

    400 个值为 200 的词元，均值是 200，尽管总和 80,000 超出了 float16 的范围。
    """
    tokens = torch.full((1, 400, 2), 200.0, dtype=torch.float16)

    pooled = student.mean_pool(tokens, torch.ones(1, 400, dtype=torch.int64))

    assert_same(pooled, torch.full((1, 2), 200.0, dtype=torch.float16))
