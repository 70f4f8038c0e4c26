"""Visible examples of week 05, latent: every number can be checked by hand, or with a calculator."""

import math

import torch

from grader.suite import assert_raises, assert_same


def layer_of_one_number(student):
    """Two features, two heads of one feature, one number c a token; the rotary part is 0."""
    layer = student.LatentAttention(2, 2, 1, 1, 2)
    query = math.sqrt(3) * math.log(3)  # scores are divided by the root of 1 + 2
    layer.load_state_dict(
        {
            "W_q.weight": torch.tensor([[0.0, query], [0.0, query]]),
            "W_qr.weight": torch.zeros(4, 2),
            "W_dkv.weight": torch.tensor([[1.0, 0.0]]),
            "W_kr.weight": torch.zeros(2, 2),
            "W_uk.weight": torch.tensor([[1.0], [0.0]]),
            "W_uv.weight": torch.tensor([[4.0], [8.0]]),
            "W_o.weight": torch.eye(2),
        }
    )
    return layer


X = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])  # token 0 has c = 1, token 1 has c = 0


def test_worked_example(student):
    """The worked example of the handout: from c = 1 and c = 0 come keys and values of two heads.

    讲义中的手算例题：由 c = 1 和 c = 0 得到两个头的 key 和 value。
    """
    output, (latent, rotary_key) = layer_of_one_number(student)(X)

    # Token 1, head 0: scores log 3 and 0, so 3/4 of the value 4. Head 1: equal scores, so half of the value 8.
    assert_same(output, torch.tensor([[[4.0, 8.0], [3.0, 4.0]]]))
    assert_same(latent, torch.tensor([[[1.0], [0.0]]]))
    assert_same(rotary_key, torch.zeros(1, 2, 2))


def test_the_absorbed_form(student):
    """The same numbers, without keys and values of the heads.

    同样的数，但不计算各个头的 key 和 value。
    """
    output, (latent, _) = layer_of_one_number(student).absorbed(X)

    assert_same(output, torch.tensor([[[4.0, 8.0], [3.0, 4.0]]]))
    assert_same(latent, torch.tensor([[[1.0], [0.0]]]))


def test_two_calls(student):
    """Token by token, the outputs are the same; the cache grows by three numbers with each.

    逐个词元读入，输出不变；每读一个，缓存增加三个数。
    """
    layer = layer_of_one_number(student)

    first, cache = layer(X[:, :1])
    assert_same(first, torch.tensor([[[4.0, 8.0]]]))
    second, cache = layer(X[:, 1:], cache)
    assert_same(second, torch.tensor([[[3.0, 4.0]]]))
    assert_same([list(part.shape) for part in cache], [[1, 2, 1], [1, 2, 2]])


def test_the_rotary_key_is_cached_turned(student):
    """The rotary key (1, 0) of token 1 is turned by 1 radian, whether the token comes alone or not.

    词元 1 的旋转 key (1, 0) 转了 1 弧度，不管它是单独读入还是一起读入。
    """
    layer = layer_of_one_number(student)
    state = layer.state_dict()
    state["W_kr.weight"] = torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    layer.load_state_dict(state)
    expected = torch.tensor([[[1.0, 0.0], [math.cos(1), math.sin(1)]]])

    _, at_once = layer(X)
    assert_same(at_once[1], expected)
    _, cache = layer(X[:, :1])
    _, cache = layer(X[:, 1:], cache)
    assert_same(cache[1], expected)


def test_an_odd_rotary_width(student):
    """Features are turned in pairs: 3 of them are a ValueError.

    特征是成对旋转的：3 个特征抛出 ValueError。
    """
    assert_raises(ValueError, student.LatentAttention, 2, 2, 1, 1, 3)
