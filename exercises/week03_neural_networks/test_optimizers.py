"""Visible examples of week 03, optimizers: every number can be checked by hand.

Parameters live beside your code (given: small_weights.py), where a test fills in their gradients.
"""

import torch

from grader.suite import assert_same


def test_first_step_of_adam(student):
    """At the first step m / (1 - beta1) is g and v / (1 - beta2) is g²: without eps, every number moves by lr.

    第一步时 m / (1 - beta1) 就是 g，v / (1 - beta2) 就是 g²：不加 eps 时，每个数都恰好移动 lr。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([1.0, 2.0, 3.0])})
    optimizer = student.Adam(weights.parameters(), lr=0.5, eps=0.0)
    weights.set_gradients({"w": torch.tensor([0.001, -7.0, 100.0])})
    optimizer.step()

    assert_same(weights.values()["w"], torch.tensor([0.5, 2.5, 2.5]))


def test_decay_alone(student):
    """With gradients of 0, AdamW only decays: 4 becomes 4 (1 - 0.1 * 0.5) = 3.8.

    梯度为 0 时，AdamW 只做衰减：4 变成 4 (1 - 0.1 * 0.5) = 3.8。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([4.0])})
    optimizer = student.AdamW(weights.parameters(), lr=0.1, weight_decay=0.5)
    weights.set_gradients({"w": torch.tensor([0.0])})
    optimizer.step()

    assert_same(weights.values()["w"], torch.tensor([3.8]))


def test_orthogonalise_a_diagonal(student):
    """One step on diag(3, 4): X begins as diag(0.6, 0.8), and s becomes 3.4445 s - 4.775 s³ + 2.0315 s⁵.

    对 diag(3, 4) 做一步：X 最初是 diag(0.6, 0.8)，每个 s 变成 3.4445 s - 4.775 s³ + 2.0315 s⁵。
    """
    expected = [3.4445 * s - 4.775 * s**3 + 2.0315 * s**5 for s in (0.6, 0.8)]

    assert_same(
        student.orthogonalise(torch.diag(torch.tensor([3.0, 4.0])), steps=1), torch.diag(torch.tensor(expected))
    )
