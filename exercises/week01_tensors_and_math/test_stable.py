"""Visible examples of week 01, stable: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same

LN3 = math.log(3)


def test_softmax(student):
    """ln 3 and 0 give 3/4 and 1/4, and so do the same numbers plus 1000, as a row of the same table; a row of -inf
    gives zeros.

    ln 3 和 0 得到 3/4 和 1/4；同一张表的另一行把两个数都加 1000，结果不变；整行 -inf 得到 0。
    """
    x = torch.tensor([[LN3, 0.0], [LN3 + 1000, 1000.0], [-math.inf, -math.inf]], dtype=torch.float64)

    assert_same(student.softmax(x[:1]), torch.tensor([[0.75, 0.25]], dtype=torch.float64))
    assert_same(student.softmax(x), torch.tensor([[0.75, 0.25], [0.75, 0.25], [0.0, 0.0]], dtype=torch.float64))


def test_softmax_along_another_axis(student):
    """With dim=0, the columns sum to 1.

    dim=0 时，每一列之和为 1。
    """
    x = torch.tensor([[LN3, 0.0, 5.0], [0.0, 0.0, 5.0]], dtype=torch.float64)

    expected = torch.tensor([[0.75, 0.5, 0.5], [0.25, 0.5, 0.5]], dtype=torch.float64)
    assert_same(student.softmax(x, dim=0), expected)


def test_logsumexp(student):
    """ln 3 and 0 give ln(3 + 1); 1000 and 1000 give 1000 + ln 2.

    ln 3 和 0 得到 ln(3 + 1)；1000 和 1000 得到 1000 + ln 2。
    """
    x = torch.tensor([[LN3, 0.0], [1000.0, 1000.0]], dtype=torch.float64)

    assert_same(student.logsumexp(x), torch.tensor([math.log(4), 1000 + math.log(2)], dtype=torch.float64))


def test_cross_entropy(student):
    """The right class has probability 3/4, then 1/4: the loss is the mean of ln(4/3) and ln 4; -100 does not count.

    正确类别的概率先是 3/4，再是 1/4：损失是 ln(4/3) 与 ln 4 的均值；-100 不计入。
    """
    logits = torch.tensor([[LN3, 0.0], [LN3, 0.0], [7.0, 9.0]], dtype=torch.float64)

    expected = (math.log(4 / 3) + math.log(4)) / 2
    assert_same(student.cross_entropy(logits, torch.tensor([0, 1, -100])), torch.tensor(expected, dtype=torch.float64))


def test_cross_entropy_at_the_edges(student):
    """Logits of 1000 and 0 where the second class is right cost 1000; where every target is ignored, the loss is 0.

    logits 为 1000 和 0、正确的是第二类时，损失是 1000；所有目标都被忽略时，损失是 0。
    """
    logits = torch.tensor([[1000.0, 0.0]])

    assert_same(student.cross_entropy(logits, torch.tensor([1])), torch.tensor(1000.0))
    assert_same(student.cross_entropy(logits, torch.tensor([-100])), torch.tensor(0.0))


def test_entropy_and_divergence(student):
    """A fair coin has entropy ln 2, a sure thing 0. Taking the fair coin for the truth where a thing is sure costs ln 2
    nats, the other way round infinitely many. Negative numbers are refused.

    公平硬币的熵是 ln 2，确定的事熵为 0。真相是确定的，却当成公平硬币，代价是 ln 2 nat；反过来，代价是无穷大。
    负数要拒绝。
    """
    fair, sure = torch.tensor([0.5, 0.5]), torch.tensor([1.0, 0.0])

    assert_same(student.entropy(torch.stack([fair, sure])), torch.tensor([math.log(2), 0.0]))
    assert_same(student.kl_divergence(sure, fair), torch.tensor(math.log(2)))
    assert_same(student.kl_divergence(fair, sure), torch.tensor(math.inf))
    assert_raises(ValueError, student.kl_divergence, torch.tensor([1.5, -0.5]), fair)
