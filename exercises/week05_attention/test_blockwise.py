"""Visible examples of week 05, blockwise: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_worked_example(student):
    """The worked example of the handout, one key at a time: the output is still (3, 2).

    手算例题，每次只看一个 key：输出仍是 (3, 2)。
    """
    query = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]])  # d_k = 4, so the scores are log 3 and 0
    key = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    value = torch.tensor([[4.0, 0.0], [0.0, 8.0]])

    # After the first key: maximum log 3, total 1, output (4, 0). After the second: total 4/3, output (4, 8/3).
    assert_same(student.blockwise_attention(query, key, value, block_size=1), torch.tensor([[3.0, 2.0]]))
    # The other way round, the maximum rises from 0 to log 3 in the second block.
    assert_same(
        student.blockwise_attention(query, key.flip(0), value.flip(0), block_size=1), torch.tensor([[3.0, 2.0]])
    )


def test_causal(student):
    """With equal scores, each token takes the mean of the values up to its own.

    分数都相等时，每个词元得到从开头到自己为止的 value 的平均值。
    """
    same = torch.zeros(4, 1)
    value = torch.tensor([[0.0], [2.0], [4.0], [6.0]])

    answer = student.blockwise_attention(same, same, value, block_size=3, causal=True)

    assert_same(answer, torch.tensor([[0.0], [1.0], [2.0], [3.0]]))


def test_causal_with_a_cache(student):
    """The last 2 of 4 tokens as queries get the last 2 of the answers above.

    以 4 个词元中的最后 2 个作 query，得到上例中最后 2 个结果。
    """
    same = torch.zeros(4, 1)
    value = torch.tensor([[0.0], [2.0], [4.0], [6.0]])

    answer = student.blockwise_attention(same[2:], same, value, block_size=2, causal=True)

    assert_same(answer, torch.tensor([[2.0], [3.0]]))


def test_block_size_below_one(student):
    """A block of no keys is a ValueError.

    一块里没有 key 时抛出 ValueError。
    """
    one = torch.ones(1, 1)

    assert_raises(ValueError, student.blockwise_attention, one, one, one, 0)
