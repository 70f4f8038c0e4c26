# Week 03, exercise recurrent: One step after the other: RNN, LSTM, GRU
# Difficulty 3 of 5 · importance 3 of 5 · about 40 minutes
# It builds on: sigmoid and tanh, masks, sequences of different lengths.
# Write it by hand: torch.nn.RNNCell, torch.nn.LSTMCell, torch.nn.GRUCell, torch.nn.RNN, torch.nn.LSTM, torch.nn.GRU,
# torch.rnn_tanh_cell, torch.lstm_cell, torch.gru_cell may not be used, nor the operators of torch behind them.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 03, recurrent: networks that read a sequence one step at a time and carry a state along.

The parameters have the names, shapes and order of gates of torch's cells, so that weights can be moved between them.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

State = Float[Tensor, "batch hidden"] | tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]]


class Cell(nn.Module):
    """What all cells share: two affine maps, one of the input and one of the state. (Given.)

    Attributes:
        weight_ih: (gates * hidden, inputs), one block of `hidden` rows for each gate.
        weight_hh: (gates * hidden, hidden).
        bias_ih, bias_hh: (gates * hidden,).
    """

    def __init__(self, inputs: int, hidden: int, gates: int):
        """Make the parameters, evenly spread between -1 / sqrt(hidden) and 1 / sqrt(hidden)."""
        super().__init__()
        self.hidden = hidden
        self.weight_ih = nn.Parameter(torch.empty(gates * hidden, inputs))
        self.weight_hh = nn.Parameter(torch.empty(gates * hidden, hidden))
        self.bias_ih = nn.Parameter(torch.empty(gates * hidden))
        self.bias_hh = nn.Parameter(torch.empty(gates * hidden))
        for parameter in self.parameters():
            nn.init.uniform_(parameter, -(hidden**-0.5), hidden**-0.5)

    def from_input(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch gates_hidden"]:
        """Return W_ih x + b_ih, the blocks of all gates side by side."""
        return x @ self.weight_ih.mT + self.bias_ih

    def from_state(self, h: Float[Tensor, "batch hidden"]) -> Float[Tensor, "batch gates_hidden"]:
        """Return W_hh h + b_hh, the blocks of all gates side by side."""
        return h @ self.weight_hh.mT + self.bias_hh

    def zeros(self, x: Float[Tensor, "batch inputs"]) -> Float[Tensor, "batch hidden"]:
        """Return a state of zeros for a batch."""
        return x.new_zeros(len(x), self.hidden)


class RNNCell(Cell):
    """The plain cell: h' = tanh(W_ih x + b_ih + W_hh h + b_hh).

    Source: Elman 1990, "Finding Structure in Time".
    """

    def __init__(self, inputs: int, hidden: int):
        super().__init__(inputs, hidden, gates=1)

    def forward(
        self, x: Float[Tensor, "batch inputs"], state: Float[Tensor, "batch hidden"] | None = None
    ) -> Float[Tensor, "batch hidden"]:
        """Return the next state; a state of None is zeros."""
        raise NotImplementedError("week 03, recurrent: write RNNCell.forward")


class LSTMCell(Cell):
    """The long short-term memory: a state h that is shown, and a memory c that is only scaled by a gate and added to.

    The four blocks stand in the order i, f, g, o:

        i, f, o = sigmoid(…)        g = tanh(…)        c' = f * c + i * g        h' = o * tanh(c')

    Source: Hochreiter and Schmidhuber 1997; Gers et al. 2000 (the gate f).
    """

    def __init__(self, inputs: int, hidden: int):
        super().__init__(inputs, hidden, gates=4)

    def forward(
        self,
        x: Float[Tensor, "batch inputs"],
        state: tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]] | None = None,
    ) -> tuple[Float[Tensor, "batch hidden"], Float[Tensor, "batch hidden"]]:
        """Return the next (h, c); a state of None is zeros for both."""
        raise NotImplementedError("week 03, recurrent: write LSTMCell.forward")


class GRUCell(Cell):
    """The gated recurrent unit, as torch has it. The three blocks stand in the order r, z, n:

        r, z = sigmoid(…)        n = tanh(W_in x + b_in + r * (W_hn h + b_hn))        h' = (1 - z) * n + z * h

    The gate r multiplies the product of W_hn and h, with its bias. (In the paper it multiplies h itself.)

    Source: Cho et al. 2014, "Learning Phrase Representations using RNN Encoder-Decoder", section 2.3.
    """

    def __init__(self, inputs: int, hidden: int):
        super().__init__(inputs, hidden, gates=3)

    def forward(
        self, x: Float[Tensor, "batch inputs"], state: Float[Tensor, "batch hidden"] | None = None
    ) -> Float[Tensor, "batch hidden"]:
        """Return the next state; a state of None is zeros."""
        raise NotImplementedError("week 03, recurrent: write GRUCell.forward")


def unroll(
    cell: nn.Module, x: Float[Tensor, "batch time inputs"], lengths: Int[Tensor, " batch"]
) -> tuple[Float[Tensor, "batch time hidden"], State]:
    """Let a cell read sequences from left to right, beginning with no state: return (outputs, last state).

    `lengths` says how many steps of each row are real; what stands behind them is padding. The output of a step is the
    cell's state h after it (the first of the tuple, if the state is a tuple), and zeros where there is padding.
    The last state of a row is the one after its own last real step, for h and c alike.
    Padding changes nothing, whatever it holds, NaN included: neither outputs nor states nor gradients.

    Raises:
        ValueError: a length is below 1 or above time.
    """
    raise NotImplementedError("week 03, recurrent: write unroll")
