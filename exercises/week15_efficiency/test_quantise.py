"""Visible examples of week 15, quantise: every number can be checked by hand."""

import torch

from grader.suite import assert_same

CODES = torch.int8


def test_one_scale(student):
    """The largest magnitude, 254, gets the code -127: a step is 2.

    绝对值最大的 254 得到编码 -127：一步是 2。
    """
    codes, scale, zero_point = student.quantise(torch.tensor([-254.0, 0.0, 6.0, 20.0]))

    assert_same(codes, torch.tensor([-127, 0, 3, 10], dtype=CODES))
    assert_same(scale, torch.tensor([2.0]))
    assert_same(zero_point, torch.tensor([0], dtype=CODES))


def test_a_scale_for_each_row(student):
    """Along axis 0, each row has its own step: 1 and 1/4.

    沿 axis 0，每行有自己的步长：1 和 1/4。
    """
    x = torch.tensor([[127.0, -50.0], [31.75, 1.0]])
    codes, scale, zero_point = student.quantise(x, axis=0)

    assert_same(codes, torch.tensor([[127, -50], [127, 4]], dtype=CODES))
    assert_same(scale, torch.tensor([[1.0], [0.25]]))
    assert_same(student.dequantise(codes, scale, zero_point), x)


def test_a_zero_point(student):
    """From 0 to 510 in 255 steps of 2: 0 has the code -128, and 510 the code 127.

    从 0 到 510 分成 255 步，每步 2：0 的编码是 -128，510 的编码是 127。
    """
    x = torch.tensor([10.0, 256.0, 510.0])
    codes, scale, zero_point = student.quantise(x, symmetric=False)

    assert_same(codes, torch.tensor([-123, 0, 127], dtype=CODES))
    assert_same((scale, zero_point), (torch.tensor([2.0]), torch.tensor([-128], dtype=CODES)))
    assert_same(student.dequantise(codes, scale, zero_point), x)


def test_a_layer(student):
    """The weight (127, -50) and the token (2, 254) have steps 1 and 2: 127 * 1 - 50 * 127 = -6223 gives -12446.

    权重 (127, -50) 和词元 (2, 254)：步长分别为 1 和 2，127 * 1 - 50 * 127 = -6223，结果为 -12446。
    """
    linear = student.given("small_nets").linear(torch.tensor([[127.0, -50.0]]), torch.tensor([446.0]))

    assert_same(student.Int8Linear(linear)(torch.tensor([[2.0, 254.0]])), torch.tensor([[-12000.0]]))


def test_two_codes_in_a_byte(student):
    """The codes 7 and -2 are stored as 15 and 6: 15 + 16 * 6 = 111.

    编码 7 和 -2 存成 15 和 6：15 + 16 * 6 = 111。
    """
    packed, scale = student.int4_groups(torch.tensor([[3.5, -1.0]]), 2)

    assert_same((packed, scale), (torch.tensor([[111]], dtype=torch.uint8), torch.tensor([[0.5]])))
    assert_same(student.dequantise_int4(packed, scale), torch.tensor([[3.5, -1.0]]))
