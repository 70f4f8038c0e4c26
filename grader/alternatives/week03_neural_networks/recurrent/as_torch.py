"""Products by F.linear, as torch's cells; rows that have ended leave the batch, as in a packed sequence."""

import torch
import torch.nn.functional as F
from recurrent import Cell


class RNNCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 1)

    def forward(self, x, state=None):
        hx = torch.zeros(x.size(0), self.hidden, dtype=x.dtype, device=x.device) if state is None else state
        return torch.tanh(F.linear(x, self.weight_ih, self.bias_ih) + F.linear(hx, self.weight_hh, self.bias_hh))


class LSTMCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 4)

    def forward(self, x, state=None):
        if state is None:
            zeros = torch.zeros(x.size(0), self.hidden, dtype=x.dtype, device=x.device)
            state = (zeros, zeros)
        hx, cx = state
        gates = F.linear(x, self.weight_ih, self.bias_ih) + F.linear(hx, self.weight_hh, self.bias_hh)
        n = self.hidden
        ingate, forgetgate = torch.sigmoid(gates[:, :n]), torch.sigmoid(gates[:, n : 2 * n])
        cellgate, outgate = torch.tanh(gates[:, 2 * n : 3 * n]), torch.sigmoid(gates[:, 3 * n :])
        cy = (forgetgate * cx) + (ingate * cellgate)
        return outgate * torch.tanh(cy), cy


class GRUCell(Cell):
    def __init__(self, inputs, hidden):
        super().__init__(inputs, hidden, 3)

    def forward(self, x, state=None):
        hx = torch.zeros(x.size(0), self.hidden, dtype=x.dtype, device=x.device) if state is None else state
        gi, gh = F.linear(x, self.weight_ih, self.bias_ih), F.linear(hx, self.weight_hh, self.bias_hh)
        i_r, i_i, i_n = gi.chunk(3, 1)
        h_r, h_i, h_n = gh.chunk(3, 1)
        resetgate, inputgate = torch.sigmoid(i_r + h_r), torch.sigmoid(i_i + h_i)
        newgate = torch.tanh(i_n + resetgate * h_n)
        return newgate + inputgate * (hx - newgate)


def unroll(cell, x, lengths):
    batch, time, _ = x.shape
    if int(lengths.min()) < 1 or int(lengths.max()) > time:
        raise ValueError("lengths")
    order = lengths.argsort(descending=True)
    x, sizes = x[order], [int((lengths > step).sum()) for step in range(time)]
    state, outputs, ended = None, [], []
    for step, size in enumerate(sizes):
        if state is not None:
            before = len(state[0]) if isinstance(state, tuple) else len(state)
            parts = state if isinstance(state, tuple) else (state,)
            if size < before:
                ended.append([part[size:] for part in parts])
                parts = [part[:size] for part in parts]
            state = tuple(parts) if isinstance(state, tuple) else parts[0]
        if size:
            state = cell(x[:size, step], state)
        shown = state[0] if isinstance(state, tuple) else state
        outputs.append(F.pad(shown, (0, 0, 0, batch - size)) if size else x.new_zeros(batch, shown.shape[-1]))
    parts = state if isinstance(state, tuple) else (state,)
    ended.append(list(parts))
    back = order.argsort()
    last = [torch.cat([group[k] for group in reversed(ended)])[back] for k in range(len(parts))]
    return torch.stack(outputs, 1)[back], tuple(last) if isinstance(state, tuple) else last[0]
