"""One product of input and state side by side for each gate; every row is read by itself."""

import torch
from recurrent import Cell


def block(cell, number):
    return slice(number * cell.hidden, (number + 1) * cell.hidden)


def gate(cell, number, x, h):
    rows = block(cell, number)
    weights = torch.cat([cell.weight_ih[rows], cell.weight_hh[rows]], dim=1)
    return torch.cat([x, h], dim=1) @ weights.T + (cell.bias_ih + cell.bias_hh)[rows]


def start(cell, x):
    return torch.zeros(len(x), cell.hidden).to(x)


class RNNCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, gates=1)

    def forward(self, x, state=None):
        return gate(self, 0, x, start(self, x) if state is None else state).tanh()


class LSTMCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, gates=4)

    def forward(self, x, state=None):
        h, c = state or (start(self, x), start(self, x))
        kept = 1 / (1 + torch.exp(-gate(self, 1, x, h)))
        c = kept * c + gate(self, 0, x, h).sigmoid() * gate(self, 2, x, h).tanh()
        return gate(self, 3, x, h).sigmoid() * c.tanh(), c


class GRUCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, gates=3)

    def forward(self, x, state=None):
        h = start(self, x) if state is None else state
        r, z = gate(self, 0, x, h).sigmoid(), gate(self, 1, x, h).sigmoid()
        last = block(self, 2)
        own = x @ self.weight_ih[last].T + self.bias_ih[last]
        n = (own + r * (h @ self.weight_hh[last].T + self.bias_hh[last])).tanh()
        return n - z * n + z * h


def unroll(cell, x, lengths):
    batch, time = x.shape[:2]
    if any(not 1 <= length <= time for length in lengths.tolist()):
        raise ValueError("lengths")
    outputs, ends = [], []
    for row, length in enumerate(lengths.tolist()):
        state, shown = None, []
        for step in range(length):
            state = cell(x[row : row + 1, step], state)
            shown.append(state[0] if isinstance(state, tuple) else state)
        shown += [torch.zeros_like(shown[0])] * (time - length)
        outputs.append(torch.cat(shown))
        ends.append(state if isinstance(state, tuple) else (state,))
    last = tuple(torch.cat(part) for part in zip(*ends, strict=True))
    return torch.stack(outputs), last if len(last) > 1 else last[0]
