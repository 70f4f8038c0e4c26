"""Hidden suite of week 03, recurrent.

Sizes are distinct primes. Parameters are set from outside, so that the student's cell and ours are the same function.
Not covered: several layers, both directions, half precision, speed.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, gradients, parameter_gradients, points, unchanged

BATCH, TIME, INPUTS, HIDDEN = 5, 7, 3, 11
CELLS = {"RNNCell": 1, "LSTMCell": 4, "GRUCell": 3}


def load(cell, tables):
    """Move the cell to device and dtype of the parameters, and load them."""
    first = tables["weight_ih"]
    cell.to(str(first.device))
    if first.dtype == torch.float64:
        cell.double()
    cell.load_state_dict(tables)
    return cell


def twins(student, reference, rng, name, inputs=INPUTS, hidden=HIDDEN, dtype=torch.float64):
    """The student's cell and ours, with the same random parameters."""
    rows = CELLS[name] * hidden
    shapes = {"weight_ih": (rows, inputs), "weight_hh": (rows, hidden), "bias_ih": (rows,), "bias_hh": (rows,)}
    tables = {key: rng.normal(*shape, dtype=dtype) for key, shape in shapes.items()}
    return [load(getattr(module, name)(inputs, hidden), tables) for module in (student, reference)]


def states(rng, name, batch=BATCH, hidden=HIDDEN, dtype=torch.float64):
    one, other = rng.normal(batch, hidden, dtype=dtype), rng.normal(batch, hidden, dtype=dtype)
    return (one, other) if name == "LSTMCell" else one


def plain(answer):
    """The answer without its graph."""
    return tuple(item.detach() for item in answer) if isinstance(answer, tuple) else answer.detach()


def by_biases(cell, device, bias_ih, bias_hh=None, weight_hh=None):
    """A cell of one number whose parameters are all 0 but these."""
    rows = len(bias_ih)
    numbers = {"bias_ih": bias_ih, "bias_hh": bias_hh or [0.0] * rows}
    tables = {name: torch.tensor(values, dtype=torch.float64, device=device) for name, values in numbers.items()}
    tables["weight_ih"] = torch.zeros(rows, 1, dtype=torch.float64, device=device)
    hh = [[value] for value in weight_hh or [0.0] * rows]
    tables["weight_hh"] = torch.tensor(hh, dtype=torch.float64, device=device)
    return load(cell, tables)


def number(value, device):
    return torch.tensor([[value]], dtype=torch.float64, device=device)


def sigmoid(value):
    return 1 / (1 + math.exp(-value))


@points(1)
@claims("The four blocks stand in the order i, f, g, o", "i, f, o = sigmoid")
def test_gates_of_the_lstm(student, device):
    """With biases 1, 2, 3 and 4 for i, f, g and o, a memory of 1/2 becomes what the formula says.

    i、f、g、o 的偏置分别为 1、2、3、4 时，记忆 1/2 变成公式所说的值。
    """
    cell = by_biases(student.LSTMCell(1, 1), device, [1.0, 2.0, 3.0, 4.0])
    c = sigmoid(2) * 0.5 + sigmoid(1) * math.tanh(3)

    got = plain(cell(number(0.0, device), (number(0.0, device), number(0.5, device))))

    assert_same(got, (number(sigmoid(4) * math.tanh(c), device), number(c, device)))


@points(2)
@claims(
    "The gate r multiplies the product of W_hn and h, with its bias",
    "(In the paper it multiplies h itself.)",
)
def test_reset_gate_of_the_gru(student, device):
    """r = z = 1/2, state 3, W_hn = 2 and b_hn = 1: the gate halves the product and its bias, 7.

    r = z = 1/2、状态 3、W_hn = 2、b_hn = 1：门把乘积连同偏置（7）减半。
    """
    cell = by_biases(student.GRUCell(1, 1), device, [0.0, 0.0, -3.0], [0.0, 0.0, 1.0], [0.0, 0.0, 2.0])
    n = math.tanh(-3 + 0.5 * 7)
    assert_same(plain(cell(number(0.0, device), number(3.0, device))), number(0.5 * n + 0.5 * 3, device))

    other = by_biases(student.GRUCell(1, 1), device, [-1.0, 2.0, 0.5], [0.0, 0.0, 1.0])
    z, n = sigmoid(2), math.tanh(0.5 + sigmoid(-1))
    assert_same(plain(other(number(0.0, device), number(3.0, device))), number((1 - z) * n + z * 3, device))


def agrees(student, reference, rng, name):
    mine, ours = twins(student, reference, rng, name)
    x, state = rng.normal(BATCH, INPUTS, dtype=torch.float64), states(rng, name)
    assert_same(plain(unchanged(mine, x, state)), plain(ours(x, state)))
    assert_same(parameter_gradients(mine, x, state), parameter_gradients(ours, x, state))


@points(1)
def test_plain_cell(student, reference, rng):
    """RNNCell gives the reference's state and gradients.

    RNNCell 给出与参考答案一致的状态和梯度。
    """
    agrees(student, reference, rng, "RNNCell")


@points(1)
def test_lstm_cell(student, reference, rng):
    """LSTMCell gives the reference's h, c and gradients.

    LSTMCell 给出与参考答案一致的 h、c 和梯度。
    """
    agrees(student, reference, rng, "LSTMCell")


@points(1)
@claims("r, z = sigmoid")
def test_gru_cell(student, reference, rng):
    """GRUCell gives the reference's state and gradients.

    GRUCell 给出与参考答案一致的状态和梯度。
    """
    agrees(student, reference, rng, "GRUCell")


@points(1)
def test_no_state(student, reference, rng):
    """A state of None is a state of zeros, for every cell and however often it is called.

    状态为 None 就是全零状态，每种单元都一样，调用多少次都一样。
    """
    for name in CELLS:
        mine, ours = twins(student, reference, rng, name)
        x, state = rng.normal(BATCH, INPUTS, dtype=torch.float64), states(rng, name)
        zeros = tuple(map(torch.zeros_like, state)) if name == "LSTMCell" else torch.zeros_like(state)
        mine(x, state)
        for _ in range(2):
            assert_same(plain(mine(x)), plain(ours(x, zeros)))


@points(1)
def test_float32_views_and_single_numbers(student, reference, rng):
    """float32, transposed inputs, and one row, input and number of state give the reference's answers.

    float32、转置的输入，以及只有一行、一个输入、一个状态数的情形，结果都与参考答案一致。
    """
    for name in CELLS:
        mine, ours = twins(student, reference, rng, name, dtype=torch.float32)
        x, state = rng.normal(INPUTS, BATCH).T, states(rng, name, dtype=torch.float32)
        assert_same(plain(mine(x, state)), plain(ours(x, state)))
        mine, ours = twins(student, reference, rng, name, 1, 1)
        x = rng.normal(1, 1, dtype=torch.float64)
        assert_same(plain(mine(x)), plain(ours(x)))


def sequences(rng, dtype=torch.float64):
    lengths = torch.tensor([7, 1, 3, 6, 2], device=rng.normal(1).device)
    return rng.normal(BATCH, TIME, INPUTS, dtype=dtype), lengths


@points(1)
def test_step_after_step(student, reference, rng):
    """Without padding, unroll gives the states of calling the cell step after step.

    没有填充时，unroll 给出的就是逐步调用单元得到的状态。
    """
    for name in CELLS:
        mine, ours = twins(student, reference, rng, name)
        x, _ = sequences(rng)
        state, shown = None, []
        for step in range(TIME):
            state = ours(x[:, step], state)
            shown.append(plain(state[0] if name == "LSTMCell" else state))
        outputs, last = unchanged_unroll(student, mine, x, torch.full((BATCH,), TIME, device=x.device))

        assert_same(outputs.detach(), torch.stack(shown, dim=1))
        assert_same(plain(last), plain(state))


def unchanged_unroll(module, cell, x, lengths):
    """Unroll, and check that x and lengths are not changed."""
    return unchanged(module.unroll, cell, x, lengths)


@points(2)
@claims(
    "The output of a step is the cell's state h after it",
    "The last state of a row is the one after its own last real step, for h and c alike",
    "`lengths` says how many steps of each row are real; what stands behind them is padding",
)
def test_rows_of_different_lengths(student, reference, rng):
    """Each row ends by itself: zeros behind its end, and the last state is the one that it would have alone.

    每一行各自结束：结尾之后输出为零，最后的状态等于单独处理这一行时的状态。
    """
    for name in CELLS:
        cell, _ = twins(student, reference, rng, name)
        x, lengths = sequences(rng)
        outputs, last = student.unroll(cell, x, lengths)
        for row, length in enumerate(lengths.tolist()):
            alone, state = student.unroll(cell, x[row : row + 1, :length], lengths[row : row + 1])
            assert_same(outputs[row, :length].detach(), alone[0].detach())
            assert_same(outputs[row, length:].detach(), torch.zeros_like(outputs[row, length:]))
            ends, own = ((s if isinstance(s, tuple) else (s,)) for s in (last, state))
            assert_same([e[row].detach() for e in ends], [o[0].detach() for o in own])

        outputs, _ = student.unroll(cell, x, lengths.clamp(max=TIME - 2))
        assert_same(list(outputs.shape[:2]), [BATCH, TIME])  # also where no row is as long as that


@points(1)
@claims("(the first of the tuple, if the state is a tuple)")
def test_cells_of_another_kind(student, rng):
    """Any module may be the cell: one whose state is a tuple of unequal widths, and one whose state begins at 1.

    任何模块都可以作单元：状态是宽度不等的元组，或状态从 1 开始，都可以。
    """
    x, lengths = sequences(rng)
    sums = 1 + x.cumsum(dim=1)  # (batch, time, inputs)
    real = torch.arange(TIME, device=x.device) < lengths[:, None]
    last = sums[torch.arange(BATCH, device=x.device), lengths - 1]
    given = student.given("small_weights")

    outputs, state = student.unroll(given.Running(), x, lengths)
    assert_same((outputs, state), (sums * real[..., None], last))
    outputs, state = student.unroll(given.Tally(), x, lengths)
    assert_same((outputs, tuple(state)), (sums * real[..., None], (last, lengths[:, None].to(x.dtype))))


@points(1)
@after("test_rows_of_different_lengths")
def test_unroll_agrees_with_the_reference(student, reference, rng):
    """Outputs, last states and gradients of rows of different lengths, short and long, are those of the reference.

    长短不一的行，无论步数多少，其输出、最后状态和梯度都与参考答案一致。
    """
    for name in CELLS:
        mine, ours = twins(student, reference, rng, name)
        x, lengths = sequences(rng)
        got, expected = student.unroll(mine, x, lengths), reference.unroll(ours, x, lengths)

        assert_same((got[0].detach(), plain(got[1])), (expected[0].detach(), plain(expected[1])))
        got, expected = (
            gradients(module.unroll, cell, x, lengths, wrt=(1,))
            for module, cell in ((student, mine), (reference, ours))
        )
        assert_same(got, expected)
    long, lengths = rng.normal(2, 41, 1, dtype=torch.float64), torch.tensor([41, 29], device=x.device)
    got, expected = (
        gradients(module.unroll, module.given("small_weights").Running(), long, lengths, wrt=(1,))
        for module in (student, reference)
    )
    assert_same(got, expected)


@points(2)
@after("test_rows_of_different_lengths")
@claims("Padding changes nothing, whatever it holds, NaN included: neither outputs nor states nor gradients")
def test_padding_changes_nothing(student, reference, rng):
    """NaN, inf and huge numbers in the padding change no output, state or gradient; a NaN in a real step shows there.

    填充中是 NaN、无穷或巨大的数时，输出、状态和梯度都不变；真实步中的 NaN 照样显现，但不会进入填充处的输出。
    """
    for name in CELLS:
        cell, ours = twins(student, reference, rng, name)
        x, lengths = sequences(rng)
        padding = torch.arange(TIME, device=x.device) >= lengths[:, None]
        clean = x.masked_fill(padding[..., None], 0)
        expected = student.unroll(cell, clean, lengths)
        slopes = gradients(student.unroll, cell, clean, lengths, wrt=(1,))
        for filling in (math.nan, math.inf, 1e30):
            dirty = x.masked_fill(padding[..., None], filling)
            got = student.unroll(cell, dirty, lengths)

            assert_same((got[0].detach(), plain(got[1])), (expected[0].detach(), plain(expected[1])))
            assert_same(gradients(student.unroll, cell, dirty, lengths, wrt=(1,)), slopes)
        x[0, 2, 1] = x[4, 1, 0] = math.nan  # in a real step, once the last before the padding: that is no padding
        (dirty, _), (expected, _) = (
            module.unroll(one, x, lengths) for module, one in ((student, cell), (reference, ours))
        )
        assert_same(dirty.detach(), expected.detach())


@points(1)
@claims("a length is below 1 or above time")
def test_refused_lengths(student, reference, rng):
    """A length below 1 or above the number of steps is a ValueError.

    长度小于 1 或大于步数时抛出 ValueError。
    """
    cell, _ = twins(student, reference, rng, "RNNCell")
    x, lengths = sequences(rng)
    for wrong in (0, -1, TIME + 1):
        one = torch.full_like(lengths[:1], wrong)
        for some in ([lengths[1:], one], [one, lengths[1:]], [lengths[:2], one, lengths[3:]]):
            assert_raises(ValueError, student.unroll, cell, x, torch.cat(some))
