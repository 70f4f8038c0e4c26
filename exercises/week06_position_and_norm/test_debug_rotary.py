"""Visible examples of week 06, debug_rotary: two tokens, near and far, in float32 and in bfloat16."""

import math

import torch

from grader.suite import assert_same


def second_token(student, distance, dtype):
    """The answer for the second of two tokens, which stand `distance` places apart.

    Queries and keys are (0, 2, 0, 0): their second pair turns by 9 ** (-1/2) = 1/3 radian a position. So the second
    token has the score 2 for itself and 2 cos(distance / 3) for the first. The values are 4 for the first and 0 for it.
    """
    layer = student.RotaryAttention(4, 9.0)
    one, second = torch.eye(4), torch.diag(torch.tensor([0.0, 1, 0, 0]))
    layer.load_state_dict({"W_q.weight": second, "W_k.weight": second, "W_v.weight": one, "W_o.weight": one})
    layer.to(dtype)
    x = torch.tensor([[4.0, 2, 0, 0], [0, 2, 0, 0]], dtype=dtype)
    return layer(x, torch.tensor([0, distance])).detach()[1, 0].float()


def expected(distance):
    """4 times the weight of the first token."""
    return torch.tensor(4 / (1 + math.exp(2 - 2 * math.cos(distance / 3))))


def test_near_in_bfloat16(student):
    """19 places apart the pair has turned once and 0.05 radian more: both tokens weigh nearly 1/2, the answer is 2.0.

    相距 19 个位置时，这一对转了一整圈又 0.05 弧度：两个词元的权重都约为 1/2，结果是 2.0。
    """
    assert_same(second_token(student, 19, torch.bfloat16), expected(19), rtol=0.02, atol=0.0)


def test_far_in_float32(student):
    """4,825 places apart it lacks 0.16 radian to 256 turns, so they weigh nearly the same again: 1.97 in float32.

    相距 4825 个位置时，离 256 整圈还差 0.16 弧度，两者的权重又几乎相同：float32 的结果是 1.97。
    """
    assert_same(second_token(student, 4825, torch.float32), expected(4825), rtol=1e-3, atol=0.0)


def test_far_in_bfloat16(student):
    """In bfloat16 it is 1.97 as well, but for the rounding.

    bfloat16 的结果同样是 1.97，只差舍入。
    """
    assert_same(second_token(student, 4825, torch.bfloat16), expected(4825), rtol=0.02, atol=0.0)
