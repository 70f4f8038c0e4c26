"""Visible examples of week 02, debug_bayes: the first works in the program as it is given, the second does not."""

import torch

from grader.suite import assert_same

COUNTS, LABELS = torch.tensor([[3.0, 0.0], [0.0, 3.0]]), torch.tensor([0, 1])


def test_example_a_short_text(student):
    """Three times the second word: class 1 with a probability of 64/65.

    第二个词出现三次：类别 1，概率 64/65。
    """
    model = student.NaiveBayes()
    model.fit(COUNTS, LABELS)

    assert_same(model.predict_proba(torch.tensor([[0.0, 3.0]])), torch.tensor([[1 / 65, 64 / 65]]))


def test_example_a_long_text(student):
    """The same word three thousand times: still class 1.

    同一个词出现三千次：仍然是类别 1。
    """
    model = student.NaiveBayes()
    model.fit(COUNTS, LABELS)

    assert_same(model.predict(torch.tensor([[0.0, 3000.0]])), torch.tensor([1]))
