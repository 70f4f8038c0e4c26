"""Visible examples of week 03, recurrent: all weights 0, so that the biases alone decide and can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def with_biases(cell, biases):
    """A cell with one input, one number of state and no weights but the biases of the input."""
    tables = {name: torch.zeros_like(table) for name, table in cell.state_dict().items()}
    cell.load_state_dict(tables | {"bias_ih": torch.tensor(biases)})
    return cell


def test_lstm(student):
    """Gates i = f = o = 1/2 and g = tanh(1): a memory of 2 becomes 1 + tanh(1) / 2, and half of its tanh is shown.

    门 i = f = o = 1/2，g = tanh(1)：记忆 2 变成 1 + tanh(1) / 2，输出是它的 tanh 的一半。
    """
    cell = with_biases(student.LSTMCell(1, 1), [0.0, 0.0, 1.0, 0.0])
    memory = 1 + math.tanh(1) / 2

    h, c = cell(torch.zeros(1, 1), (torch.zeros(1, 1), torch.tensor([[2.0]])))

    assert_same((h.detach(), c.detach()), (torch.tensor([[math.tanh(memory) / 2]]), torch.tensor([[memory]])))


def test_unroll(student):
    """A plain cell with bias 1 and no weights shows tanh(1) at every real step, and 0 in the padding.

    没有权重、偏置为 1 的普通单元，每个真实步输出 tanh(1)，填充处输出 0。
    """
    cell = with_biases(student.RNNCell(1, 1), [1.0])
    t = math.tanh(1)

    outputs, state = student.unroll(cell, torch.zeros(2, 3, 1), torch.tensor([3, 1]))

    assert_same(outputs.detach(), torch.tensor([[t, t, t], [t, 0.0, 0.0]])[..., None])
    assert_same(state.detach(), torch.tensor([[t], [t]]))
