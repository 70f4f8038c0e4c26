"""Examples of week 10, prefix tuning: one position, one layer, one head."""

import math

import torch

from grader.suite import assert_same


def test_layout(student):
    """A prefix of 2 positions, 1 layer, 1 head of 2: the first half of each row is a key, the second a value.

    前缀有 2 个位置、1 层、1 个 2 维的头：每行前一半是 key，后一半是 value。
    """
    encoder = student.PrefixEncoder(2, 1, 1, 2)
    encoder.load_state_dict({"embedding.weight": torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])})

    prefix = encoder(1)
    assert_same(prefix[0, 0, 0, 0], torch.tensor([[1.0, 2.0], [5.0, 6.0]]))
    assert_same(prefix[0, 1, 0, 0], torch.tensor([[3.0, 4.0], [7.0, 8.0]]))


def test_worked_attention(student):
    """The scores are log 3 for the prefix and 0 for the real key: 3/4 of 4 and 1/4 of 8 are 5.

    前缀的分数是 log 3，真实 key 的分数是 0:4 的 3/4 加 8 的 1/4 等于 5。
    """
    query, key, value = (torch.tensor([[[[x]]]]) for x in (math.log(3), 0.0, 8.0))
    prefix = torch.tensor([1.0, 4.0]).view(2, 1, 1, 1, 1)

    assert_same(student.prefix_attention(query, key, value, prefix), torch.tensor([[[[5.0]]]]))


def test_a_hidden_key(student):
    """With the real key hidden, the whole weight is on the prefix: 4.

    真实 key 被遮住时，全部权重都在前缀上：结果为 4。
    """
    query, key, value = (torch.tensor([[[[x]]]]) for x in (math.log(3), 0.0, 8.0))
    prefix = torch.tensor([1.0, 4.0]).view(2, 1, 1, 1, 1)

    hidden = torch.tensor([[[[False]]]])
    assert_same(student.prefix_attention(query, key, value, prefix, hidden), torch.tensor([[[[4.0]]]]))


def test_dropping_the_map(student):
    """The encoder without the map gives the same prefix.

    去掉映射的编码器给出同样的前缀。
    """
    encoder = student.PrefixEncoder(3, 2, 2, 4, hidden=5)

    assert_same(student.drop_transform(encoder)(2), encoder(2))
