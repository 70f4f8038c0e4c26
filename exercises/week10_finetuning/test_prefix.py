"""Examples of week 10, prefix tuning: one position, one layer, one head."""

import math

import torch

from grader.suite import assert_same, expect, parameter_gradients


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


def test_the_map(student):
    """Sizes of 1: the embedding 100 becomes tanh(100) = 1, and the last map makes the key 2 and the value 3 of it.

    各尺寸都是 1：嵌入 100 变成 tanh(100) = 1，最后一个映射再得到 key 2 和 value 3。
    """
    encoder = student.PrefixEncoder(1, 1, 1, 1, hidden=1)
    numbers = {"embedding.weight": [[100.0]], "transform.0.weight": [[1.0]], "transform.0.bias": [0.0]}
    numbers |= {"transform.2.weight": [[2.0], [3.0]], "transform.2.bias": [0.0, 0.0]}
    encoder.load_state_dict({name: torch.tensor(rows) for name, rows in numbers.items()})

    assert_same(encoder(1).flatten(), torch.tensor([2.0, 3.0]))
    slope = parameter_gradients(encoder, 1)["transform.2.bias"]
    expect(
        slope is not None and slope.any(),
        "No gradient reaches the map: it never learns.",
        "梯度到不了映射：它永远学不到东西。",
    )


def test_scores_are_scaled(student):
    """With heads of 4, a query of 2 · log 3 and a key of 1 score 2 · log 3 / 2 = log 3: 3/4 of 4 and 1/4 of 8 are 5.
    Even a score of -50,000 is infinitely more than that of a hidden key.

    头为 4 维时，query 为 2 · log 3、key 为 1，分数是 2 · log 3 / 2 = log 3：4 的 3/4 加 8 的 1/4 等于 5。
    哪怕分数是 -50,000，也比被遮住的 key 大无穷多。
    """
    one = torch.tensor([1.0, 0.0, 0.0, 0.0]).view(1, 1, 1, 4)
    prefix = torch.stack([one, 4 * one])

    answer = student.prefix_attention(2 * math.log(3) * one, 0 * one, 8 * one, prefix)
    assert_same(answer, 5 * one)
    hidden = torch.tensor([[[[False]]]])
    assert_same(student.prefix_attention(-1e5 * one, 0 * one, 8 * one, prefix, hidden), 4 * one)


def test_an_encoder_without_a_map_is_copied(student):
    """Without a map there is nothing to drop: the new encoder has the same numbers, also when the old one gets others.

    没有映射时没什么可去掉：新编码器的数与旧的相同，旧的换了别的数，新的也不变。
    """
    encoder = student.PrefixEncoder(2, 1, 1, 1)
    encoder.load_state_dict({"embedding.weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]])})
    copy = student.drop_transform(encoder)

    encoder.load_state_dict({"embedding.weight": torch.zeros(2, 2)})
    assert_same(copy(1).flatten(), torch.tensor([1.0, 3.0, 2.0, 4.0]))
