"""Visible examples of week 08, scaling: every number can be checked by hand."""

import torch

from grader.suite import assert_same


def test_law(student):
    """1 + 4/sqrt(16) + 27/3 = 11.

    定律给出的损失为 1 + 4/sqrt(16) + 27/3 = 11。
    """
    law = {"E": 1.0, "A": 4.0, "alpha": 0.5, "B": 27.0, "beta": 1 / 3}
    n, d = torch.tensor([16.0]).double(), torch.tensor([27.0]).double()

    assert_same(student.scaling_loss(law, n, d), torch.tensor([11.0]).double())


def test_fit(student):
    """Nine runs that follow a law exactly give back its exponents.

    九次严格符合定律的训练，应还原出它的指数。
    """
    n = torch.tensor([1e6, 1e7, 1e8]).double().repeat_interleave(3)
    d = torch.tensor([1e8, 1e9, 1e10]).double().repeat(3)
    law = student.fit_scaling_law(n, d, 2 + 100 / n**0.3 + 500 / d**0.4)

    assert_same([law["alpha"], law["beta"]], [0.3, 0.4], rtol=0, atol=0.01)


def test_budget(student):
    """With two equal terms, 600 operations buy 10 parameters and 10 tokens: 6 · 10 · 10.

    两项相同时，600 次运算对应 10 个参数和 10 个词元：6 · 10 · 10。
    """
    law = {"E": 1.0, "A": 3.0, "alpha": 0.4, "B": 3.0, "beta": 0.4}

    assert_same(student.compute_optimal(600.0, law), (10.0, 10.0))
