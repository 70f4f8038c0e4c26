"""Visible examples of week 06, scaling: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def test_linear_and_ntk(student):
    """Base 100 and 4 numbers: the pairs turn by 1 and 0.1. "linear" with factor 4 slows both, "ntk" the last one alone.

    base 为 100、共 4 个数时，两对的频率是 1 和 0.1。factor 为 4 时，"linear" 把两对都放慢，"ntk" 只放慢最后一对。
    """
    linear, ntk = torch.tensor([0.25, 0.025], dtype=torch.float64), torch.tensor([1.0, 0.025], dtype=torch.float64)

    assert_same(student.scaled_frequencies(4, "linear", 4.0, base=100.0), (linear, 1.0))
    assert_same(student.scaled_frequencies(4, "ntk", 4.0, base=100.0), (ntk, 1.0))  # the base becomes 100 * 4^2


def test_yarn(student):
    """The worked example of the handout: the ramp goes from pair 1 to pair 4, so 1, 1, 2/3 and 1/3 are kept.

    讲义中的例子：斜坡从第 1 对到第 4 对，保留比例为 1、1、2/3、1/3。
    """
    frequencies, attention = student.scaled_frequencies(8, "yarn", 4.0, original_length=8192)

    assert_same(frequencies, torch.tensor([1.0, 0.1, 0.0075, 0.0005], dtype=torch.float64))
    assert_same(attention, 0.1 * math.log(4) + 1)


def test_llama3(student):
    """The same pairs make 1303.8, 130.4, 13.0 and 1.304 turns in 8192 tokens: 0.1013 of the last one is kept.

    同样的四对在 8192 个词元内转 1303.8、130.4、13.0、1.304 圈：最后一对保留 0.1013。
    """
    frequencies, attention = student.scaled_frequencies(8, "llama3", 4.0, original_length=8192)
    keep = (8.192 / (2 * math.pi) - 1) / 3

    last = 0.001 * (keep + (1 - keep) / 4)
    assert_same(frequencies, torch.tensor([1.0, 0.1, 0.01, last], dtype=torch.float64))
    assert_same(attention, 1.0)


def test_qk_norm(student):
    """Two heads of one token, (3, 4) and (0, 10): with a weight for one head the mean squares are 12.5 and 50, with one
    for all heads 31.25.

    一个词元的两个头 (3, 4) 和 (0, 10)：权重只合一个头时，均方为 12.5 和 50；权重合全部头时为 31.25。
    """
    x = torch.tensor([[[3.0, 4.0]], [[0.0, 10.0]]])
    query, key = student.qk_norm(x, x, torch.ones(2), torch.ones(4), eps=0.0)

    assert_same(query, torch.tensor([[[0.8485, 1.1314]], [[0.0, 1.4142]]]), rtol=1e-3)
    assert_same(key, torch.tensor([[[0.5367, 0.7155]], [[0.0, 1.7889]]]), rtol=1e-3)
