"""Visible examples of week 15, debug_smooth: how the program is used, and what it should do."""

import torch

from grader.suite import assert_same


def test_the_factors(student):
    """Channels of up to 16 and 1, read by weights of up to 1 and 4: the factors are 4 and 1/2.

    通道最大为 16 和 1，读取它们的权重最大为 1 和 4：因子是 4 和 1/2。
    """
    given = student.given("small_nets")
    norm = given.rms_norm(torch.tensor([16.0, 1.0]))
    linear = given.linear(torch.tensor([[1.0, -2.0], [0.5, 4.0]]))

    factors = student.smooth(norm, [linear], torch.tensor([16.0, 1.0]))

    assert_same(factors, torch.tensor([4.0, 0.5]))
    assert_same(linear.state_dict()["weight"], torch.tensor([[4.0, -1.0], [2.0, 2.0]]))
    assert_same(norm.state_dict()["weight"], torch.tensor([4.0, 2.0]))


def test_nothing_changes(student):
    """The two layers compute what they did before, up to rounding.

    两个层的结果与之前相同（舍入除外）。
    """
    given = student.given("small_nets")
    norm = given.layer_norm(torch.tensor([9.0, 1.0, 1.0]), torch.tensor([3.0, 0.0, -1.0]))
    linears = [given.linear(torch.tensor([[1.0, 2.0, 0.5]])), given.linear(torch.tensor([[-1.0, 0.25, 4.0]]))]
    x = torch.tensor([[1.0, -1.0, 0.5], [0.0, 2.0, 1.0]])
    before = given.outputs(norm, linears, x)

    student.smooth(norm, linears, student.channel_maxima(norm, [x]))

    assert_same(given.outputs(norm, linears, x), before)
