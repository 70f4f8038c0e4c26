"""Visible examples of week 05, multi_head: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same


def test_worked_example(student):
    """Two heads of one feature: each is drawn to another key, and W_o joins their answers.

    两个头，每头一个特征：各头偏向不同的 key，再由 W_o 合并结果。
    """
    layer = student.MultiHeadAttention(2, 2, bias=False)
    one = torch.eye(2)
    w_o = torch.tensor([[1.0, 0.0], [0.0, 10.0]])
    layer.load_state_dict({"W_q.weight": math.log(3) * one, "W_k.weight": one, "W_v.weight": one, "W_o.weight": w_o})
    x = one[None]  # token 0 is (1, 0), token 1 is (0, 1)
    value = torch.tensor([[[4.0, 0.0], [0.0, 8.0]]])

    output, weights = layer(x, x, value)

    # Head 0 sees the first feature alone: query 0 has the scores log 3 and 0, query 1 has 0 and 0.
    assert_same(weights[0, 0], torch.tensor([[0.75, 0.25], [0.5, 0.5]]))
    # Head 1 sees the second feature alone: query 0 has 0 and 0, query 1 has 0 and log 3.
    assert_same(weights[0, 1], torch.tensor([[0.5, 0.5], [0.25, 0.75]]))
    # Head 0 averages the values 4 and 0, head 1 averages 0 and 8; W_o multiplies the second by 10.
    assert_same(output, torch.tensor([[[3.0, 40.0], [2.0, 60.0]]]))


def layer_of_four_features(student, heads):
    """A layer that projects nothing: all four weights are the identity."""
    layer = student.MultiHeadAttention(4, heads, bias=False)
    layer.load_state_dict({f"W_{name}.weight": torch.eye(4) for name in "qkvo"})
    return layer


def test_scores_are_divided_by_the_root_of_the_head_width(student):
    """One head of width 4: the product 2 log 3 divided by 2 is log 3, so the weights are 3/4 and 1/4.

    一个宽度为 4 的头：乘积 2 log 3 除以 2 得 log 3，因此权重是 3/4 和 1/4。
    """
    query, key = torch.tensor([[[2 * math.log(3), 0.0, 0.0, 0.0]]]), torch.eye(4)[None, :2]

    _, weights = layer_of_four_features(student, 1)(query, key, key)

    assert_same(weights, torch.tensor([[[[0.75, 0.25]]]]))


def test_a_mask_for_every_head(student):
    """Two tokens, four features, two heads: token 0 sees itself alone, token 1 nothing, and so it gets zeros.

    两个词元、四个特征、两个头：词元 0 只看到自己；词元 1 什么也看不到，因此得到 0。
    """
    x = torch.tensor([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
    mask = torch.tensor([[True, False], [False, False]])

    output, weights = layer_of_four_features(student, 2)(x, x, x, mask)

    assert_same(output, torch.tensor([[[1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 0.0, 0.0]]]))
    assert_same(weights, torch.tensor([[[[1.0, 0.0], [0.0, 0.0]]] * 2]))


def test_neighbouring_query_heads_share_a_key_value_head(student):
    """With one token, each head returns its value: query heads 0 and 1 that of head 0, 2 and 3 that of head 1.

    只有一个词元时，每个头返回它的 value：query 头 0、1 返回第 0 个 key-value 头的，2、3 返回第 1 个的。
    """
    layer = student.MultiHeadAttention(4, 4, num_kv_heads=2, bias=False)
    w_v = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])  # head 0 copies feature 0, head 1 feature 1
    w_k = torch.zeros(2, 4)
    layer.load_state_dict(
        {"W_q.weight": torch.eye(4), "W_k.weight": w_k, "W_v.weight": w_v, "W_o.weight": torch.eye(4)}
    )
    x = torch.tensor([[[10.0, 20.0, 30.0, 40.0]]])

    output, _ = layer(x, x, x)

    assert_same(output, torch.tensor([[[10.0, 10.0, 20.0, 20.0]]]))


def test_head_counts_that_do_not_divide(student):
    """10 features cannot be split into 3 heads; 6 query heads cannot share 4 key-value heads.

    10 个特征不能平分给 3 个头；6 个 query 头不能平均共用 4 个 key-value 头。
    """
    assert_raises(ValueError, student.MultiHeadAttention, 10, 3)
    assert_raises(ValueError, student.MultiHeadAttention, 24, 6, 4)
