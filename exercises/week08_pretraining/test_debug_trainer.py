"""Visible examples of week 08, debug_trainer: the rates of a run."""

import torch

from grader.suite import assert_same


def rates(student, total, accumulate, count):
    """The rates of a run with a peak of 1."""
    trainer = student.Trainer(student.given("small_models").Bigram(5, 3), 1.0, total, accumulate)
    return trainer.fit([torch.tensor([[0, 1, 2]])] * count)


def test_without_accumulation(student):
    """Four updates of one batch each: 1, 3/4, 1/2, 1/4.

    四次更新、每次一个批次：1、3/4、1/2、1/4。
    """
    assert_same(rates(student, 4, 1, 4), [1.0, 0.75, 0.5, 0.25])


def test_with_accumulation(student):
    """Four updates of two micro-batches each: the same rates.

    四次更新、每次两个微批次：学习率相同。
    """
    assert_same(rates(student, 4, 2, 8), [1.0, 0.75, 0.5, 0.25])
