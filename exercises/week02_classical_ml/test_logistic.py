"""Visible examples of week 02, logistic: numbers that you can check by hand. They give no points."""

import math

import torch

from grader.suite import assert_same


def test_example_loss_of_three_rows(student):
    """Logits 0 and ln 3 have the sigmoids 1/2 and 3/4; for labels 1 and 0 the losses are ln 2 and ln 4.

    logit 为 0 和 ln 3 时，sigmoid 是 1/2 和 3/4；标签为 1 和 0 时，损失是 ln 2 和 ln 4。
    """
    logits = torch.tensor([0.0, math.log(3)], dtype=torch.float64)

    expected = (math.log(2) + math.log(4)) / 2
    assert_same(student.log_loss(logits, torch.tensor([1, 0])), torch.tensor(expected, dtype=torch.float64))


def test_example_gradient_at_the_start(student):
    """With weight 0 every probability is 1/2, so each row's error is plus or minus one half.

    权重为 0 时，每个概率都是 1/2，所以每行的误差是正负二分之一。
    """
    X, y = torch.tensor([[1.0], [3.0]]), torch.tensor([0, 1])

    slope, bias_slope = student.LogisticRegression(0.1).gradient(torch.zeros(1), torch.tensor(0.0), X, y)

    assert_same(slope, torch.tensor([(0.5 * 1 - 0.5 * 3) / 2]))
    assert_same(bias_slope, torch.tensor(0.0))


def test_example_a_learned_order(student):
    """After learning that large numbers are class 1, the model says so of 5 and not of -5.

    学会“大数属于类别 1”之后，模型把 5 判为 1，把 -5 判为 0。
    """
    model = student.LogisticRegression(0.1)
    model.fit(torch.tensor([[-2.0], [-1.0], [1.0], [2.0]]), torch.tensor([0, 0, 1, 1]))

    assert_same(model.predict(torch.tensor([[5.0], [-5.0]])), torch.tensor([1, 0]))
