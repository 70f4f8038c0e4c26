"""Visible examples of week 02, scores: numbers that you can check by hand. They give no points."""

import torch

from grader.suite import assert_same


def test_example_a_spam_filter(student):
    """Two of three alarms are spam, and two of four spams were found: precision 2/3, recall 1/2, F1 4/7.

    三次报警中两次是垃圾邮件，四封垃圾邮件找到两封：精确率 2/3，召回率 1/2，F1 为 4/7。
    """
    predicted = torch.tensor([1, 1, 1, 0, 0, 0])
    labels = torch.tensor([1, 1, 0, 1, 1, 0])

    assert_same(tuple(student.precision_recall_f1(predicted, labels)), (2 / 3, 1 / 2, 4 / 7))


def test_example_one_pair_out_of_order(student):
    """Of the pairs (0.9, 0.4), (0.9, 0.1), (0.3, 0.4) and (0.3, 0.1), three are in order.

    (0.9, 0.4)、(0.9, 0.1)、(0.3, 0.4)、(0.3, 0.1) 四对中，三对次序正确。
    """
    assert_same(student.roc_auc(torch.tensor([0.9, 0.4, 0.3, 0.1]), torch.tensor([1, 0, 1, 0])), 0.75)


def test_example_too_sure(student):
    """Sure by 0.9, but right in one of two: the error is 0.4.

    置信度 0.9，却只对了一半：误差为 0.4。
    """
    got = student.calibration_error(torch.tensor([0.9, 0.9]), torch.tensor([True, False]))

    assert_same(got, 0.4)
