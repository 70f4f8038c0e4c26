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


def test_second_step_of_adam(student):
    """Betas 1/2 and 3/4, gradients 1 and -1: m = -1/4 and v = 7/16, divided by 3/4 and 7/16, are -1/3 and 1.

    betas 为 1/2 和 3/4，梯度依次为 1 和 -1：m = -1/4、v = 7/16，分别除以 3/4 和 7/16，得到 -1/3 和 1。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([5.0])})
    optimizer = student.Adam(weights.parameters(), lr=1.0, betas=(0.5, 0.75), eps=0.0)
    for gradient, expected in ((1.0, 4.0), (-1.0, 4 + 1 / 3)):
        weights.set_gradients({"w": torch.tensor([gradient])})
        optimizer.step()

        assert_same(weights.values()["w"], torch.tensor([expected]))


def test_a_large_eps(student):
    """A gradient of 3 and eps = 1: the first step is 3 / (3 + 1) of the rate.

    梯度为 3、eps = 1：第一步走学习率的 3 / (3 + 1)。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([2.0])})
    optimizer = student.Adam(weights.parameters(), lr=1.0, eps=1.0)
    weights.set_gradients({"w": torch.tensor([3.0])})
    optimizer.step()

    assert_same(weights.values()["w"], torch.tensor([1.25]))


def test_a_missing_gradient(student):
    """`late` has no gradient at first and stays; its first one, at the second step, moves it by lr. `early` then waits.

    `late` 起初没有梯度，保持不动；第二步它第一次有梯度，移动 lr。这时 `early` 没有梯度，保持不动。
    """
    weights = student.given("small_weights").Weights({"early": torch.tensor([1.0]), "late": torch.tensor([1.0])})
    optimizer = student.Adam(weights.parameters(), lr=0.5, eps=0.0)
    for early, late in ((torch.tensor([7.0]), None), (None, torch.tensor([-7.0]))):
        weights.set_gradients({"early": early, "late": late})
        optimizer.step()

    assert_same(weights.values(), {"early": torch.tensor([0.5]), "late": torch.tensor([1.5])})


def test_decay_alone(student):
    """With gradients of 0, AdamW only decays: 4 becomes 4 (1 - 0.1 * 0.5) = 3.8. Without a gradient it does nothing.

    梯度为 0 时，AdamW 只做衰减：4 变成 4 (1 - 0.1 * 0.5) = 3.8。没有梯度时，什么也不做。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([4.0]), "none": torch.tensor([4.0])})
    optimizer = student.AdamW(weights.parameters(), lr=0.1, weight_decay=0.5)
    weights.set_gradients({"w": torch.tensor([0.0]), "none": None})
    optimizer.step()

    assert_same(weights.values(), {"w": torch.tensor([3.8]), "none": torch.tensor([4.0])})


def test_decay_and_step(student):
    """4 decays to 3.8, then Adam's first step takes it to 3.7.

    4 先衰减到 3.8，然后 Adam 的第一步把它带到 3.7。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([4.0])})
    optimizer = student.AdamW(weights.parameters(), lr=0.1, eps=0.0, weight_decay=0.5)
    weights.set_gradients({"w": torch.tensor([2.0])})
    optimizer.step()

    assert_same(weights.values()["w"], torch.tensor([3.7]))


def test_orthogonalise_a_diagonal(student):
    """One step on diag(3, 4): X begins as diag(0.6, 0.8), and s becomes 3.4445 s - 4.775 s³ + 2.0315 s⁵.

    对 diag(3, 4) 做一步：X 最初是 diag(0.6, 0.8)，每个 s 变成 3.4445 s - 4.775 s³ + 2.0315 s⁵。
    """
    expected = [3.4445 * s - 4.775 * s**3 + 2.0315 * s**5 for s in (0.6, 0.8)]

    assert_same(
        student.orthogonalise(torch.diag(torch.tensor([3.0, 4.0])), steps=1), torch.diag(torch.tensor(expected))
    )


def test_two_steps_of_muon(student):
    """Gradients (1, 0) and (0, 1), momentum 1/2: the second direction is that of (1, 6), as a row and as a column.

    Its length is s, what five steps of the polynomial make of 1; the column has the factor sqrt(2 / 1).

    梯度依次为 (1, 0) 和 (0, 1)，动量为 1/2：第二次的方向是 (1, 6) 的方向，写成行或列都一样。
    长度是 s，即多项式的五步把 1 变成的数；写成列时还要乘 sqrt(2 / 1)。
    """
    s = 1.0
    for _ in range(5):
        s = 3.4445 * s - 4.775 * s**3 + 2.0315 * s**5
    weights = student.given("small_weights").Weights({"row": torch.zeros(1, 2), "column": torch.zeros(2, 1)})
    optimizer = student.Muon(weights.parameters(), lr=1.0, momentum=0.5, weight_decay=0.0)
    for gradient in (torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])):
        weights.set_gradients({"row": gradient, "column": gradient.T})
        optimizer.step()

    moved = -s * (torch.tensor([[1.0, 0.0]]) + torch.tensor([[1.0, 6.0]]) / 37**0.5)
    assert_same(weights.values(), {"row": moved, "column": 2**0.5 * moved.T})


def test_decay_of_muon(student):
    """A gradient of 0 moves nothing by itself: 4 decays to 4 (1 - 0.1 * 0.5) = 3.8.

    梯度为 0 时自身不产生移动：4 衰减到 4 (1 - 0.1 * 0.5) = 3.8。
    """
    weights = student.given("small_weights").Weights({"w": torch.tensor([[4.0]])})
    optimizer = student.Muon(weights.parameters(), lr=0.1, weight_decay=0.5)
    weights.set_gradients({"w": torch.tensor([[0.0]])})
    optimizer.step()

    assert_same(weights.values()["w"], torch.tensor([[3.8]]))
