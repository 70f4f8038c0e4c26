"""Visible examples of week 05, attention: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_worked_example(student):
    """The worked example of the handout: weights 3/4 and 1/4, output (3, 2).

    手算例题：权重为 3/4 和 1/4，输出为 (3, 2)。
    """
    query = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]])  # d_k = 4, so the scores are log 3 and 0
    key = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    value = torch.tensor([[4.0, 0.0], [0.0, 8.0]])

    output, weights = student.scaled_dot_product_attention(query, key, value)

    assert_same(weights, torch.tensor([[0.75, 0.25]]))
    assert_same(output, torch.tensor([[3.0, 2.0]]))  # 3/4 of (4, 0) and 1/4 of (0, 8)


def test_a_hidden_key_has_no_weight(student):
    """Equal scores share the weight among the visible keys: 1/2 and 1/2, and 0 for the hidden one.

    分数相等时，可见的 key 平分权重：各 1/2；被遮住的 key 权重为 0。
    """
    query, key = torch.zeros(1, 1), torch.zeros(3, 1)
    value = torch.tensor([[1.0], [3.0], [100.0]])
    mask = torch.tensor([[True, True, False]])

    output, weights = student.scaled_dot_product_attention(query, key, value, mask)

    assert_same(weights, torch.tensor([[0.5, 0.5, 0.0]]))
    assert_same(output, torch.tensor([[2.0]]))


def test_a_query_without_keys_gets_zeros(student):
    """A query that may attend to nothing gets zeros, not NaN.

    没有可关注 key 的 query 得到 0，而不是 NaN。
    """
    mask = torch.tensor([[False, False]])

    output, weights = student.scaled_dot_product_attention(torch.ones(1, 1), torch.ones(2, 1), torch.ones(2, 1), mask)

    assert_same(weights, torch.zeros(1, 2))
    assert_same(output, torch.zeros(1, 1))


def test_large_scores(student):
    """Scores of 1000 and 1000 + log 3 give 1/4 and 3/4: no exponential overflows.

    分数为 1000 和 1000 + log 3 时，权重是 1/4 和 3/4：不会有指数溢出。
    """
    query = torch.ones(1, 1, dtype=torch.float64)
    key = torch.tensor([[1000.0], [1000.0 + math.log(3)]], dtype=torch.float64)

    output, weights = student.scaled_dot_product_attention(query, key, torch.tensor([[0.0], [4.0]]).double())

    assert_same(weights, torch.tensor([[0.25, 0.75]]).double())
    assert_same(output, torch.tensor([[3.0]]).double())


def test_half_precision(student):
    """float16 in, float16 out; a product of 80,000, above the largest float16, is no infinity on the way.

    输入 float16，输出也是 float16；中间 80,000 的乘积超过 float16 的最大值，但不会变成无穷大。
    """
    query, key = torch.tensor([[200.0, 200.0]]).half(), torch.tensor([[200.0, 200.0], [0.0, 0.0]]).half()

    output, weights = student.scaled_dot_product_attention(query, key, torch.tensor([[5.0], [7.0]]).half())

    assert_same(weights, torch.tensor([[1.0, 0.0]]).half(), rtol=5e-3)
    assert_same(output, torch.tensor([[5.0]]).half(), rtol=5e-3)


def test_causal_mask(student):
    """Each of 3 tokens sees itself and what came before; with a cache of 2, the 1 new token sees all 3.

    3 个词元各自能看到自己和前面的词元；有 2 个词元的缓存时，新来的 1 个词元能看到全部 3 个。
    """
    triangle = torch.tensor([[True, False, False], [True, True, False], [True, True, True]])

    assert_same(student.causal_mask(3), triangle)
    assert_same(student.causal_mask(1, 3), triangle[2:])


def test_padding_mask(student):
    """Two sequences of lengths 1 and 3 in a batch of width 3.

    一批中有长度为 1 和 3 的两个序列，批的宽度为 3。
    """
    mask = student.padding_mask(torch.tensor([1, 3]), 3)

    assert_same(mask, torch.tensor([[[True, False, False]], [[True, True, True]]]))
