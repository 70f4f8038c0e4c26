"""Visible examples of week 15, quantise: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same, trainable

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


def test_rounding(student):
    """With a step of 1, halves go to the even neighbour: 0.5 and 2.5 to 0 and 2, 1.5 to 2. From -1 to 254 the zero
    point is -127: 0.5 has its code, and 254 the largest, 127.

    步长为 1 时，恰好一半取偶数：0.5 和 2.5 取 0 和 2，1.5 取 2。从 -1 到 254 时零点是 -127：0.5 的编码就是它，
    254 的编码是最大的 127。
    """
    codes, _, _ = student.quantise(torch.tensor([127.0, 0.5, 1.5, 2.5, -2.5, 2.9]))
    assert_same(codes, torch.tensor([127, 0, 2, 2, -2, 3], dtype=CODES))

    codes, _, zero_point = student.quantise(torch.tensor([-1.0, 254.0, 0.5]), symmetric=False)
    assert_same((codes, zero_point), (torch.tensor([-128, 127, -127], dtype=CODES), torch.tensor([-127], dtype=CODES)))


def test_very_small_numbers(student):
    """Zeros have the scale 1. A scale of 1e-12 stays as it is: its numbers have the codes 127 and 64. NaN has no code.

    全是零时，比例是 1。1e-12 的比例保持不变，两个数的编码是 127 和 64。NaN 没有编码。
    """
    codes, scale, _ = student.quantise(torch.zeros(2, dtype=torch.float64))
    assert_same((codes, scale), (torch.zeros(2, dtype=CODES), torch.ones(1, dtype=torch.float64)))

    codes, _, _ = student.quantise(torch.tensor([127e-12, 64e-12], dtype=torch.float64))
    assert_same(codes, torch.tensor([127, 64], dtype=CODES))
    assert_raises(ValueError, student.quantise, torch.tensor([1.0, float("nan")]))


def test_a_scale_for_each_token_and_output(student):
    """The rows (127, -50) and (31.75, 1) have steps 1 and 1/4, the tokens (2, 254) and (127, 0.4) steps 2 and 1. The
    0.4 is less than half a step and counts as 0. Together or one by one, the answers are the same. Only buffers are
    kept.

    两行 (127, -50) 和 (31.75, 1) 的步长是 1 和 1/4，词元 (2, 254) 和 (127, 0.4) 的步长是 2 和 1。0.4 不到半步，算作 0。
    一起算或分开算，结果都一样。层里只有缓冲区。
    """
    linear = student.given("small_nets").linear(torch.tensor([[127.0, -50.0], [31.75, 1.0]]), torch.zeros(2))
    layer = student.Int8Linear(linear)
    tokens = torch.tensor([[2.0, 254.0], [127.0, 0.4]])
    right = torch.tensor([[-12446.0, 317.5], [16129.0, 4032.25]])

    assert_same(layer(tokens), right)
    assert_same((layer(tokens[:1]), layer(tokens[1:])), (right[:1], right[1:]))
    assert_same((trainable(layer), sorted(layer.state_dict())), ({}, ["bias", "codes", "scale"]))


def test_two_groups_in_a_row(student):
    """Groups of two have the steps 0.5 and 2: the codes 7 and -2, 7 and 1 make the bytes 15 + 16 · 6 and 15 + 16 · 9. A
    row of six cannot be cut into groups of four.

    两个一组，步长是 0.5 和 2：编码 7、-2 和 7、1，得到字节 15 + 16 · 6 和 15 + 16 · 9。六个一行不能分成四个一组。
    """
    weight = torch.tensor([[3.5, -1.0, 14.0, 2.0]])
    packed, scale = student.int4_groups(weight, 2)

    assert_same((packed, scale), (torch.tensor([[111, 159]], dtype=torch.uint8), torch.tensor([[0.5, 2.0]])))
    assert_same(student.dequantise_int4(packed, scale), weight)
    assert_raises(ValueError, student.int4_groups, torch.ones(1, 6), 4)
