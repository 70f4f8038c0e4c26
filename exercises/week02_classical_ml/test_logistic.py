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


def test_example_a_very_wrong_row(student):
    """A logit of -1000 where the label is 1 costs 1000, and one of 1000 nothing: 500 on average.

    标签为 1 而 logit 为 -1000 时，损失是 1000；logit 为 1000 时损失是 0：平均 500。
    """
    assert_same(student.log_loss(torch.tensor([-1000.0, 1000.0]), torch.tensor([1, 1])), torch.tensor(500.0))


def test_example_the_penalty(student):
    """With features of 0 and a bias of ln 3, both rows cost ln 4/3; a weight of 3 adds 0.5 / 2 * 9 to the objective.

    特征全为 0、偏置为 ln 3 时，两行的损失都是 ln 4/3；权重 3 使目标函数增加 0.5 / 2 * 9。
    """
    X, y = torch.zeros(2, 1), torch.tensor([1, 1])
    model, weight, bias = student.LogisticRegression(0.5), torch.tensor([3.0]), torch.tensor(math.log(3))

    assert_same(model.objective(weight, bias, X, y), torch.tensor(math.log(4 / 3) + 2.25))
    slope, bias_slope = model.gradient(weight, bias, X, y)
    assert_same(slope, torch.tensor([1.5]))  # the rows say nothing of the weight, the penalty does
    assert_same(bias_slope, torch.tensor(-0.25))


def test_example_without_features(student):
    """If all features are 0, the probability is the share of class 1: first 1/2, which is class 0, then 3/4.

    特征全为 0 时，概率就是类别 1 所占的比例：先是 1/2（判为 0），再拟合一次之后是 3/4。
    """
    model = student.LogisticRegression(2.0)
    model.fit(torch.zeros(2, 3), torch.tensor([0, 1]))
    assert_same(model.predict_proba(torch.ones(1, 3)), torch.tensor([0.5]))
    assert_same(model.predict(torch.ones(1, 3)), torch.tensor([0]))

    model.fit(torch.zeros(4, 1, dtype=torch.float64), torch.tensor([1, 1, 0, 1]), 1e-7)
    assert_same(model.predict_proba(torch.ones(1, 1, dtype=torch.float64)), torch.tensor([0.75], dtype=torch.float64))
