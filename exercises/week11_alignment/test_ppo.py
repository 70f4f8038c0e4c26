"""Visible examples of week 11, ppo: numbers that can be checked by hand."""

import math

import torch

from grader.suite import assert_same, gradients


def test_good_and_bad_tokens(student):
    """Ratios 3/2, 3/2 and 1/2 with advantages 1, -1 and -1; in a second row 1/2 with advantage 1, then padding.

    第一行比值为 3/2、3/2、1/2，优势为 1、-1、-1；第二行比值为 1/2，优势为 1，后面是填充。
    """
    up, down = math.log(1.5), math.log(0.5)
    logp, old = torch.tensor([[up, up, down], [down, 100.0, 100.0]]), torch.zeros(2, 3)
    advantages, mask = torch.tensor([[1.0, -1.0, -1.0], [1.0, 1.0, 1.0]]), torch.tensor([[1, 1, 1], [1, 0, 0]])

    assert_same(student.ppo_loss(logp, old, advantages, mask), torch.tensor((-1.2 + 1.5 + 0.8 - 0.5) / 4))
    (gradient,) = gradients(student.ppo_loss, logp, old, advantages, mask)
    right = torch.tensor([[0.0, 1.5, 0.0], [-0.5, 0.0, 0.0]]) / 4
    assert_same(gradient, math.cos(1) * right)  # the helper weighs the loss by cos(1)


def test_values(student):
    """Both returns are 3. From 1 to 2 counts as a move of 0.2: half of 1.8 squared. From 1 to 0: half of 3 squared.

    两个回报都是 3。从 1 到 2 按只移动 0.2 计：1.8 的平方的一半；从 1 到 0：3 的平方的一半。
    """
    values, old, returns = torch.tensor([2.0, 0.0]), torch.tensor([1.0, 1.0]), torch.tensor([3.0, 3.0])

    loss = student.value_loss(values, old, returns, torch.tensor([1, 1]))

    assert_same(loss, torch.tensor((1.62 + 4.5) / 2))


def test_a_step(student):
    """Two sampled tokens after a prompt of one, a padding after them; only token 1 has a state that is not 0.

    一个词元的提示之后采样到两个词元，再后面是一个填充；只有词元 1 的状态不是 0。
    """
    small = student.given("small_policies")
    model = small.Policy(4, 1)
    weights = {name: torch.zeros_like(table) for name, table in model.state_dict().items()}
    weights["embedding.weight"][1] = 20.0  # tanh makes it 1
    weights["head.weight"][1], weights["value.weight"][0] = math.log(3), 5.0
    model.load_state_dict(weights)
    model.mark_gradients(3.0)  # left over from somewhere else
    batch = {
        "ids": torch.tensor([[0, 2, 1, 3]]),
        "mask": torch.tensor([[0, 1, 1, 0]]),
        "logp": torch.tensor([[0.0, math.log(1 / 4), math.log(1 / 2), 0.0]]),
        "values": torch.tensor([[0.0, 0.0, -1.0, 0.0]]),
        "advantages": torch.tensor([[0.0, 1.0, -1.0, 0.0]]),
        "returns": torch.tensor([[0.0, 1.0, 1.0, 0.0]]),
    }

    report = student.ppo_step(model, small.sgd(model, 1.0), batch)

    # Both tokens have the probability 1/4 now. The second one is half as probable as it was, and is bad: it is cut off.
    assert_same(report["policy_loss"], (-1 + 0.8) / 2)
    assert_same(report["value_loss"], (1 + 1.8**2) / 2 / 2)
    assert_same(report["kl"], math.log(2) / 2)
    assert_same(report["clipped"], 0.5)
    after = model.state_dict()
    assert_same(after["head.bias"], torch.tensor([-0.125, -0.125, 0.375, -0.125]))
    assert_same(after["value.bias"], torch.tensor([0.05]))
    assert_same(model.gradient_sum(), 0.0)
