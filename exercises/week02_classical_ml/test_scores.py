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


def test_example_nothing_found(student):
    """A filter that never says spam: no alarm, nothing found, and all three numbers are 0.

    一个从不判为垃圾邮件的过滤器：没有报警，什么也没找到，三个数都是 0。
    """
    assert_same(tuple(student.precision_recall_f1(torch.tensor([0, 0]), torch.tensor([1, 0]))), (0.0, 0.0, 0.0))


def test_example_macro(student):
    """Four classes occur, with the F1s 4/5, 2/3, 0 and 0: nobody was of class 2, and nobody found class 3.

    共出现四个类，F1 分别为 4/5、2/3、0、0：没有样本属于类别 2，类别 3 一个也没找到。
    """
    predicted, labels = torch.tensor([0, 0, 0, 1, 2]), torch.tensor([0, 0, 1, 1, 3])

    got = tuple(student.precision_recall_f1(predicted, labels, "macro"))
    assert_same(got, ((2 / 3 + 1) / 4, (1 + 1 / 2) / 4, (4 / 5 + 2 / 3) / 4))


def test_example_a_tie(student):
    """Of the pairs (0.4, 0.2) and (0.2, 0.2) one is in order, and one is a tie: 3/4.

    (0.4, 0.2) 和 (0.2, 0.2) 两对中，一对次序正确，一对相等：3/4。
    """
    assert_same(student.roc_auc(torch.tensor([0.4, 0.2, 0.2]), torch.tensor([1, 1, 0])), 0.75)


def test_example_too_sure_and_not_sure_enough(student):
    """Three answers sure by 0.9, two of them right, and one by 0.3, which is right: 3/4 of 0.9 - 2/3, and 1/4 of 0.7.

    三个回答置信度 0.9、两个正确，一个置信度 0.3、正确：(0.9 - 2/3) 乘 3/4，再加上 0.7 乘 1/4。
    """
    confidence = torch.tensor([0.9, 0.3, 0.9, 0.9], dtype=torch.float64)
    correct = torch.tensor([True, True, False, True])

    assert_same(student.calibration_error(confidence, correct), (0.9 - 2 / 3) * 3 / 4 + 0.7 / 4)
