"""Visible examples of week 03, recurrent: all weights 0, so that the biases alone decide and can be checked by hand."""

import math

import torch

from grader.suite import assert_same


def with_biases(cell, biases, **others):
    """A cell with one input and one number of state, whose parameters are 0 but for these."""
    tables = {name: torch.zeros_like(table) for name, table in cell.state_dict().items()}
    cell.load_state_dict(tables | {name: torch.tensor(table) for name, table in (others | {"bias_ih": biases}).items()})
    return cell


def test_plain_cell(student):
    """Both biases and the state count: 0.3 + 0.2 + 0.25 · 2 = 1, and the next state is tanh(1).

    两个偏置和状态都要计入：0.3 + 0.2 + 0.25 · 2 = 1，下一个状态是 tanh(1)。
    """
    cell = with_biases(student.RNNCell(1, 1), [0.3], bias_hh=[0.2], weight_hh=[[0.25]])

    assert_same(cell(torch.zeros(1, 1), torch.tensor([[2.0]])).detach(), torch.tensor([[math.tanh(1)]]))


def test_lstm(student):
    """Biases ln 3 and -ln 3 make the gates i = 3/4 and f = 1/4, o is 1/2: a memory of 2 becomes 1/2 + 3/4 tanh(1).

    偏置 ln 3 和 -ln 3 使门 i = 3/4、f = 1/4，o 是 1/2：记忆 2 变成 1/2 + 3/4 tanh(1)。
    """
    cell = with_biases(student.LSTMCell(1, 1), [math.log(3), -math.log(3), 1.0, 0.0])
    memory = 0.5 + 0.75 * math.tanh(1)

    h, c = cell(torch.zeros(1, 1), (torch.zeros(1, 1), torch.tensor([[2.0]])))

    assert_same((h.detach(), c.detach()), (torch.tensor([[math.tanh(memory) / 2]]), torch.tensor([[memory]])))


def test_gru(student):
    """Biases ln 3 and -ln 3 make r = 3/4 and z = 1/4; the state 4 gives W_hn h + b_hn = 1/2 · 4 - 1 = 1.

    So n = tanh(1/4 + 3/4 · 1), and the next state is 3/4 n + 1/4 · 4.

    偏置 ln 3 和 -ln 3 使 r = 3/4、z = 1/4；状态 4 给出 W_hn h + b_hn = 1/2 · 4 - 1 = 1。
    于是 n = tanh(1/4 + 3/4 · 1)，下一个状态是 3/4 n + 1/4 · 4。
    """
    biases = [math.log(3), -math.log(3), 0.25]
    hh = {"bias_hh": [0.0, 0.0, -1.0], "weight_hh": [[0.0], [0.0], [0.5]]}
    cell = with_biases(student.GRUCell(1, 1), biases, **hh)

    expected = torch.tensor([[0.75 * math.tanh(1) + 1]])
    assert_same(cell(torch.zeros(1, 1), torch.tensor([[4.0]])).detach(), expected)


def test_unroll(student):
    """A plain cell with bias 1 and no weights shows tanh(1) at every real step, and 0 in the padding.

    没有权重、偏置为 1 的普通单元，每个真实步输出 tanh(1)，填充处输出 0。
    """
    cell = with_biases(student.RNNCell(1, 1), [1.0])
    t = math.tanh(1)

    outputs, state = student.unroll(cell, torch.zeros(2, 3, 1), torch.tensor([3, 1]))

    assert_same(outputs.detach(), torch.tensor([[t, t, t], [t, 0.0, 0.0]])[..., None])
    assert_same(state.detach(), torch.tensor([[t], [t]]))


def test_rows_end_by_themselves(student):
    """A given cell adds up its inputs, beginning at 1. The second row has one step; NaN stands in its padding.

    给出的单元从 1 开始累加输入。第二行只有一步，填充处是 NaN。
    """
    x = torch.tensor([[1.0, 2.0, 3.0], [10.0, math.nan, math.nan]])[..., None]

    outputs, state = student.unroll(student.given("small_weights").Running(), x, torch.tensor([3, 1]))

    assert_same(outputs, torch.tensor([[2.0, 4.0, 7.0], [11.0, 0.0, 0.0]])[..., None])
    assert_same(state, torch.tensor([[7.0], [11.0]]))


def test_a_state_of_two(student):
    """A given cell has the state (sum, number of steps): of rows with 1 and 2 steps, both parts stop at the row's end.

    给出的单元的状态是（和，步数）：两行分别有 1 步和 2 步，状态的两个部分都停在各自的结尾。
    """
    x = torch.tensor([[5.0, 9.0, 9.0], [1.0, 2.0, 9.0]])[..., None]

    outputs, state = student.unroll(student.given("small_weights").Tally(), x, torch.tensor([1, 2]))

    assert_same(outputs, torch.tensor([[6.0, 0.0, 0.0], [2.0, 4.0, 0.0]])[..., None])
    assert_same(tuple(state), (torch.tensor([[6.0], [4.0]]), torch.tensor([[1.0], [2.0]])))
