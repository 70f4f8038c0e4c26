"""Examples of week 10, NF4: numbers that you can check by hand."""

import torch

from grader.suite import assert_same

WEIGHT = torch.tensor([-8.0, 4.0, 0.0, 2.0, 3.0])
PACKED = torch.tensor([12, 122, 247], dtype=torch.uint8)


def test_five_weights(student):
    """In blocks of 4 the first absmax is 8: -1, 0.5, 0 and 0.25 are nearest to the levels 0, 12, 7 and 10. The 3 is a
    block by itself, level 15. Two to a byte, the first one above: 0 · 16 + 12, 7 · 16 + 10, and 15 · 16 + 7.

    每 4 个一块，第一个 absmax 是 8：-1、0.5、0、0.25 最近的等级是 0、12、7、10；3 自成一块，等级 15。
    两个一字节，前一个在高位：0 · 16 + 12、7 · 16 + 10，以及 15 · 16 + 7。
    """
    assert_same(student.quantise_nf4(WEIGHT, 4), (PACKED, torch.tensor([8.0, 3.0])))


def test_five_weights_back(student):
    """Level 12 is 0.4407, so 4 comes back as 8 · 0.4407 = 3.5257; -8, 0 and 3 come back exactly.

    等级 12 是 0.4407，所以 4 还原成 8 · 0.4407 = 3.5257；-8、0 和 3 都能准确还原。
    """
    weight = student.dequantise_nf4(PACKED, torch.tensor([8.0, 3.0]), (5,), 4)

    assert_same(weight, torch.tensor([-8.0, 3.52567863, 0.0, 1.96889842, 3.0]), rtol=1e-6, atol=0.0)


def test_a_block_of_zeros(student):
    """Zeros have the code 7 and the absmax 0: 7 · 16 + 7 = 119.

    零的编码是 7，absmax 是 0：7 · 16 + 7 = 119。
    """
    packed, absmax = student.quantise_nf4(torch.zeros(4))

    assert_same(packed, torch.tensor([119, 119], dtype=torch.uint8))
    assert_same(absmax, torch.tensor([0.0]))


def test_a_layer(student):
    """W = (-3 3) from the byte 15, A = (1 1), B = (2), scaling 0.5, bias 1: x = (1, 5) gives 12 + 0.5 · 2 · 6 + 1 = 19.

    字节 15 还原成 W = (-3 3)；A = (1 1)、B = (2)、scaling 0.5、偏置 1：x = (1, 5) 得到 12 + 0.5 · 2 · 6 + 1 = 19。
    """
    packed, absmax = torch.tensor([15], dtype=torch.uint8), torch.tensor([3.0])
    a, b, bias = torch.tensor([[1.0, 1.0]]), torch.tensor([[2.0]]), torch.tensor([1.0])

    answer = student.qlora_forward(torch.tensor([[1.0, 5.0]]), packed, absmax, a, b, 0.5, bias)
    assert_same(answer, torch.tensor([[19.0]]))
