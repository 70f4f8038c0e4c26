"""Visible examples of week 01, gradients: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_raises, assert_same, unchanged


def test_numerical_gradient(student):
    """x² + 3y at (2, 5) rises by 4 in x and by 3 in y; x³ at 1 rises by 3, or by 3.01 when measured with eps 0.1; x y
    at (2, 5) rises by 5 and by 2, however large eps is.

    x² + 3y 在 (2, 5) 处，沿 x 的斜率是 4，沿 y 的是 3；x³ 在 1 处的斜率是 3，以 eps = 0.1 测得 3.01；
    x y 在 (2, 5) 处的斜率是 5 和 2，eps 多大都一样。
    """
    x = torch.tensor([2.0, 5.0], dtype=torch.float64)

    got = student.numerical_gradient(lambda x: x[0] ** 2 + 3 * x[1], x)
    assert_same(got, torch.tensor([4.0, 3.0], dtype=torch.float64), rtol=1e-6)
    cube = student.numerical_gradient(lambda x: x**3, torch.tensor(1.0, dtype=torch.float64), 0.1)
    assert_same(cube, torch.tensor(3.01, dtype=torch.float64), rtol=1e-6)  # (1.331 - 0.729) / 0.2
    got = student.numerical_gradient(lambda x: x[0] * x[1], x, 0.5)
    assert_same(got, torch.tensor([5.0, 2.0], dtype=torch.float64))


def test_linear_softmax_backward(student):
    """Logits ln 3 and 0 give probabilities 3/4 and 1/4. Class 1 is right: the loss is ln 4, the logits' gradient 3/4
    and -3/4. With the same row twice, each has half of the gradient, and loss and dW stay what they are. A target of
    -1 is refused.

    logits 为 ln 3 和 0，概率是 3/4 和 1/4。正确的是类 1：损失是 ln 4，logits 的梯度是 3/4 和 -3/4。
    同一行出现两次时，每行的梯度减半，损失和 dW 不变。目标 -1 要拒绝。
    """
    x, W = torch.tensor([[math.log(3), 0.0]]), torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    expected_dW = torch.tensor([[0.75 * math.log(3), 0.0], [-0.75 * math.log(3), 0.0]])

    for rows in (1, 2):
        loss, dx, dW = student.linear_softmax_backward(x.repeat(rows, 1), W, torch.tensor([1] * rows))
        assert_same(loss, torch.tensor(math.log(4)))
        assert_same(dx, torch.tensor([[0.75, -0.75]] * rows) / rows)
        assert_same(dW, expected_dW)
    assert_raises(ValueError, student.linear_softmax_backward, x, W, torch.tensor([-1]))


def test_chain(student):
    """First (x, y) becomes x + 2y and y; then a + 3b is taken: together x + 5y. The list stays as it is, and links that
    do not fit are refused.

    先把 (x, y) 变成 x + 2y 和 y，再取 a + 3b：合起来是 x + 5y。列表保持原样；对不上的函数要拒绝。
    """
    first, last = torch.tensor([[1.0, 2.0], [0.0, 1.0]]), torch.tensor([[1.0, 3.0]])

    assert_same(unchanged(student.chain, [first, last]), torch.tensor([[1.0, 5.0]]))
    assert_raises(ValueError, student.chain, [last, first])
