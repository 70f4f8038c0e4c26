"""Examples of week 10, NF4: numbers that you can check by hand."""

import torch

from grader.suite import assert_raises, assert_same, gradients

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


def test_blocks_run_on(student):
    """A transposed table with the rows -8 4 0 and 2 3 1: the first block is -8 4 0 2, and 3 1 the second. 1/3 is
    nearest to level 11: 15 · 16 + 11 = 251. In bfloat16 the answer is the same, absmax in float32.

    一张转置的表，两行是 -8 4 0 和 2 3 1：第一块是 -8 4 0 2，第二块是 3 1。1/3 最近的等级是 11：15 · 16 + 11 = 251。
    bfloat16 的结果相同，absmax 是 float32。
    """
    weight = torch.tensor([[-8.0, 2.0], [4.0, 3.0], [0.0, 1.0]]).T
    right = torch.tensor([12, 122, 251], dtype=torch.uint8), torch.tensor([8.0, 3.0])

    assert_same(student.quantise_nf4(weight, 4), right)
    assert_same(student.quantise_nf4(weight.bfloat16(), 4), right)


def test_the_nearest_level(student):
    """0.55 is nearer to 0.5626, level 13, than to 0.4407: 15 · 16 + 13 = 253. Half of level 8 lies exactly between it
    and level 7, which is 0, and gets 7: 247.

    0.55 离等级 13 的 0.5626 比离 0.4407 近：15 · 16 + 13 = 253。等级 8 的一半恰在等级 8 和等级 7（即 0）的正中，取 7：
    247。
    """
    for number, byte in ((0.55, 253), (0.07958029955625534 / 2, 247)):
        packed, _ = student.quantise_nf4(torch.tensor([1.0, number], dtype=torch.float64))
        assert_same(packed, torch.tensor([byte], dtype=torch.uint8))


def test_what_cannot_be(student):
    """NaN has no level, and five weights in blocks of 4 need three bytes and two absmax: all else is refused.

    NaN 没有等级；5 个权重每 4 个一块，需要三个字节和两个 absmax：其他情形都抛出 ValueError。
    """
    two = torch.tensor([8.0, 3.0])

    assert_raises(ValueError, student.quantise_nf4, torch.tensor([1.0, float("nan")]))
    assert_raises(ValueError, student.dequantise_nf4, torch.cat([PACKED, PACKED]), two, (5,), 4)
    assert_raises(ValueError, student.dequantise_nf4, PACKED, two[:1], (5,), 4)


def test_how_a_layer_computes(student):
    """In blocks of one, the byte 15 and absmax (5, 3) are W = (-5 3). x = (0, 257) gives 771, and the change, with A =
    (0 1), B = (1) and scaling 1, 257 more: 1028. bfloat16 has no 257, only 256: 768 + 256 = 1024.
    A and B get the gradients of the change.

    每块一个数时，字节 15 和 absmax (5, 3) 还原成 W = (-5 3)。x = (0, 257) 得 771；
    A = (0 1)、B = (1)、scaling 1 的改变再加 257，得 1028。bfloat16 没有 257，只有 256：768 + 256 = 1024。
    A 和 B 得到这一改变的梯度。
    """
    packed, absmax = torch.tensor([15], dtype=torch.uint8), torch.tensor([5.0, 3.0])
    x, a, b = torch.tensor([[0.0, 257.0]]), torch.tensor([[0.0, 1.0]]), torch.tensor([[1.0]])

    for dtype, right in ((torch.float32, 1028.0), (torch.bfloat16, 1024.0)):
        answer = student.qlora_forward(x, packed, absmax, a, b, 1.0, None, 1, dtype)
        assert_same(answer, torch.tensor([[right]]))
    found = gradients(student.qlora_forward, x, packed, absmax, a, b, 1.0, None, 1, torch.float32, wrt=(3, 4))
    assert_same(found, gradients(lambda x, a, b: x @ a.mT @ b.mT, x, a, b, wrt=(1, 2)))
