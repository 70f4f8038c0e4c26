"""Visible examples of week 15, distil: every number can be checked by hand."""

import math

import torch

from grader.suite import assert_same

EVEN = torch.zeros(1, 2, dtype=torch.float64)
SURE = torch.tensor([[3.0, 1.0]], dtype=torch.float64).log()
"""Logits of a student that finds both tokens equally likely, and of a teacher that gives them 3/4 and 1/4."""


def test_from_the_teacher_alone(student):
    """KL = 3/4 ln(3/2) + 1/4 ln(1/2), at temperature 1.

    温度为 1 时，KL = 3/4 ln(3/2) + 1/4 ln(1/2)。
    """
    got = student.distillation_loss(EVEN, SURE, torch.tensor([0]), temperature=1.0, alpha=1.0)

    assert_same(got, torch.tensor(0.75 * math.log(1.5) + 0.25 * math.log(0.5), dtype=torch.float64))


def test_from_the_text_alone(student):
    """With alpha 0 only the cross-entropy is left: ln 2, whatever the temperature.

    alpha 为 0 时只剩交叉熵：ln 2，与温度无关。
    """
    got = student.distillation_loss(EVEN, SURE, torch.tensor([1]), temperature=5.0, alpha=0.0)

    assert_same(got, torch.tensor(math.log(2), dtype=torch.float64))


def test_the_square_of_the_temperature(student):
    """Twice the logits at twice the temperature: the same divergence, times 4.

    logits 加倍、温度也加倍：散度相同，再乘以 4。
    """
    one = student.distillation_loss(EVEN, SURE, torch.tensor([0]), 1.0, 1.0)

    assert_same(student.distillation_loss(2 * EVEN, 2 * SURE, torch.tensor([0]), 2.0, 1.0), 4 * one)


def test_a_place_without_a_target(student):
    """A second place whose target is -100 changes nothing.

    第二个位置的目标是 -100：结果不变。
    """
    both = [torch.cat((logits, torch.tensor([[9.0, -9.0]], dtype=torch.float64))) for logits in (EVEN, SURE)]
    got = student.distillation_loss(*both, torch.tensor([0, -100]))

    assert_same(got, student.distillation_loss(EVEN, SURE, torch.tensor([0])))
