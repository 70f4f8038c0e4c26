"""Known mistakes of week 03, recurrent."""

import recurrent as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="RNNCell",
    en="It looks like the tanh is missing: the state then grows or fades without a limit.",
    zh="看起来漏了 tanh：状态会无限增大或消失。",
)
class no_tanh(solution.RNNCell):
    def forward(self, x, state=None):
        h = self.zeros(x) if state is None else state
        return self.from_input(x) + self.from_state(h)


@mistake(
    of="RNNCell",
    en="It looks like ReLU stands in the place of tanh.",
    zh="看起来用 ReLU 代替了 tanh。",
)
class relu_for_tanh(solution.RNNCell):
    def forward(self, x, state=None):
        h = self.zeros(x) if state is None else state
        return torch.relu(self.from_input(x) + self.from_state(h))


@mistake(
    of="RNNCell",
    en="It looks like the state is multiplied by W_hh without turning it: rows are states, so it is h @ W_hh.T.",
    zh="看起来状态乘 W_hh 时没有转置：每行是一个状态，所以应为 h @ W_hh.T。",
)
class state_matrix_not_turned(solution.RNNCell):
    def forward(self, x, state=None):
        h = self.zeros(x) if state is None else state
        return torch.tanh(self.from_input(x) + h @ self.weight_hh + self.bias_hh)


@mistake(
    of="RNNCell",
    en="It looks like the state is left out of the plain cell.",
    zh="看起来普通单元没有用到状态。",
)
class state_left_out(solution.RNNCell):
    def forward(self, x, state=None):
        return torch.tanh(self.from_input(x) + self.bias_hh)


@mistake(
    of="RNNCell",
    en="It looks like the bias of the state is left out: there are two biases, and both count.",
    zh="看起来漏了状态那边的偏置：有两个偏置，两个都要加。",
)
class one_bias(solution.RNNCell):
    def forward(self, x, state=None):
        return torch.tanh(self.from_input(x) + (0 if state is None else state @ self.weight_hh.mT))


@mistake(
    of="RNNCell",
    en="It looks like without a state the bias of the state is left out too: a state of None is zeros, and "
    "W_hh 0 + b_hh is b_hh.",
    zh="看起来没有状态时，连状态的偏置也没有加：状态为 None 时视为零，而 W_hh 0 + b_hh 等于 b_hh。",
)
class no_state_no_bias(solution.RNNCell):
    def forward(self, x, state=None):
        return super().forward(x, state) if state is not None else torch.tanh(self.from_input(x))


class Gated(solution.LSTMCell):
    """The LSTM in parts, each of which a mistake may change."""

    def gates(self, x, h):
        return (self.from_input(x) + self.from_state(h)).chunk(4, dim=-1)

    def candidate(self, g):
        return g.tanh()

    def shown(self, o, c, old):
        return o.sigmoid() * c.tanh()

    def forward(self, x, state=None):
        h, old = (self.zeros(x), self.zeros(x)) if state is None else state
        i, f, g, o = self.gates(x, h)
        c = f.sigmoid() * old + i.sigmoid() * self.candidate(g)
        return self.shown(o, c, old), c


@mistake(
    of="LSTMCell",
    en="It looks like the blocks are read in the order i, o, f, g, that of ONNX. torch's order is i, f, g, o.",
    zh="看起来各块按 i、o、f、g 的顺序读取，那是 ONNX 的顺序。torch 的顺序是 i、f、g、o。",
)
class order_iofg(Gated):
    def gates(self, x, h):
        i, o, f, g = super().gates(x, h)
        return i, f, g, o


@mistake(
    of="LSTMCell",
    en="It looks like g goes through a sigmoid like the gates: it is what is written, and goes through tanh.",
    zh="看起来 g 也像各个门那样用了 sigmoid：它是要写入的内容，应使用 tanh。",
    breaks="g = tanh(…)",
)
class sigmoid_for_all(Gated):
    def candidate(self, g):
        return g.sigmoid()


@mistake(
    of="LSTMCell",
    en="It looks like the blocks are read in the order i, f, o, g. torch's order is i, f, g, o.",
    zh="看起来各块按 i、f、o、g 的顺序读取。torch 的顺序是 i、f、g、o。",
    breaks="The four blocks stand in the order i, f, g, o",
)
class order_ifog(Gated):
    def gates(self, x, h):
        i, f, o, g = super().gates(x, h)
        return i, f, g, o


@mistake(
    of="LSTMCell",
    en="It looks like the gates i and f are exchanged: f decides what is kept, i what is added.",
    zh="看起来 i 门和 f 门互换了：f 决定保留多少，i 决定加入多少。",
)
class input_and_forget_exchanged(Gated):
    def gates(self, x, h):
        f, i, g, o = super().gates(x, h)
        return i, f, g, o


@mistake(
    of="LSTMCell",
    en="It looks like 1 is added to the forget gate: that belongs into the first biases, not into the formula.",
    zh="看起来遗忘门里多加了 1：那应当放在偏置的初始值里，而不是公式里。",
)
class forget_gate_raised(Gated):
    def gates(self, x, h):
        i, f, g, o = super().gates(x, h)
        return i, f + 1, g, o


@mistake(
    of="LSTMCell",
    en="It looks like the memory is shown without its tanh: h = o * tanh(c).",
    zh="看起来输出记忆时漏了 tanh：h = o * tanh(c)。",
)
class memory_without_tanh(Gated):
    def shown(self, o, c, old):
        return o.sigmoid() * c


@mistake(
    of="LSTMCell",
    en="It looks like h shows the old memory: it shows the new one.",
    zh="看起来 h 输出的是旧的记忆：应当输出新的。",
)
class shows_the_old_memory(Gated):
    def shown(self, o, c, old):
        return o.sigmoid() * old.tanh()


@mistake(
    of="LSTMCell",
    en="It looks like the answer is (c, h): h comes first.",
    zh="看起来返回的是 (c, h)：应当 h 在前。",
)
class memory_first(solution.LSTMCell):
    def forward(self, x, state=None):
        return super().forward(x, state)[::-1]


class Reset(solution.GRUCell):
    """The GRU in parts, each of which a mistake may change."""

    def blocks(self, x, h):
        return self.from_input(x).chunk(3, dim=-1), self.from_state(h).chunk(3, dim=-1)

    def candidate(self, r, new_x, new_h, h):
        return torch.tanh(new_x + r * new_h)

    def mix(self, z, n, h):
        return (1 - z) * n + z * h

    def forward(self, x, state=None):
        h = self.zeros(x) if state is None else state
        (rx, zx, nx), (rh, zh, nh) = self.blocks(x, h)
        return self.mix((zx + zh).sigmoid(), self.candidate((rx + rh).sigmoid(), nx, nh, h), h)


@mistake(
    of="GRUCell",
    en="It looks like the gate r multiplies h before W_hn, as in the paper. Here it multiplies W_hn h + b_hn, as in "
    "torch.",
    zh="看起来 r 门在乘 W_hn 之前就作用于 h，那是论文的写法。这里像 torch 一样，作用于 W_hn h + b_hn。",
    breaks="The gate r multiplies the product of W_hn and h, with its bias",
)
class reset_before_the_product(Reset):
    def candidate(self, r, new_x, new_h, h):
        last = slice(2 * self.hidden, None)
        return torch.tanh(new_x + (r * h) @ self.weight_hh[last].mT + self.bias_hh[last])


@mistake(
    of="GRUCell",
    en="It looks like b_hn stays outside of the gate r: the bias is multiplied too.",
    zh="看起来 b_hn 留在了 r 门之外：偏置也要乘。",
)
class bias_outside_the_gate(Reset):
    def candidate(self, r, new_x, new_h, h):
        bias = self.bias_hh[2 * self.hidden :]
        return torch.tanh(new_x + r * (new_h - bias) + bias)


@mistake(
    of="GRUCell",
    en="It looks like the gate r multiplies the part of the input too: it multiplies W_hn h + b_hn alone.",
    zh="看起来 r 门把输入那部分也乘上了：它只作用于 W_hn h + b_hn。",
)
class resets_the_input_too(Reset):
    def candidate(self, r, new_x, new_h, h):
        return torch.tanh(r * (new_x + new_h))


@mistake(
    of="GRUCell",
    en="It looks like z is turned around: z is the share of the old state. (Papers write it both ways.)",
    zh="看起来 z 的含义反了：z 是旧状态所占的比例。（不同论文的写法相反。）",
)
class update_turned(Reset):
    def mix(self, z, n, h):
        return z * n + (1 - z) * h


@mistake(
    of="GRUCell",
    en="It looks like the blocks are read in the order z, r, n. torch's order is r, z, n.",
    zh="看起来各块按 z、r、n 的顺序读取。torch 的顺序是 r、z、n。",
)
class order_zrn(Reset):
    def blocks(self, x, h):
        return tuple((one[1], one[0], one[2]) for one in super().blocks(x, h))


@mistake(
    of="GRUCell",
    en="It looks like the reset gate is not used.",
    zh="看起来没有用到重置门。",
)
class no_reset(Reset):
    def candidate(self, r, new_x, new_h, h):
        return torch.tanh(new_x + new_h)


def check(x, lengths):
    if (lengths < 1).any() or (lengths > x.shape[1]).any():
        raise ValueError("a length does not fit")


def tuples(state):
    return state if isinstance(state, tuple) else (state,)


def run(cell, x):
    """All states, step after step, without any length: a list of tuples."""
    state, states = None, []
    for step in range(x.shape[1]):
        state = cell(x[:, step], state)
        states.append(tuples(state))
    return states


def own_last(states, lengths):
    """For each part of the state, the one of each row's last real step."""
    rows = torch.arange(len(lengths), device=lengths.device)
    return [torch.stack(part, dim=1)[rows, lengths - 1] for part in zip(*states, strict=True)]


def pack(parts):
    return tuple(parts) if len(parts) > 1 else parts[0]


def real(x, lengths):
    return torch.arange(x.shape[1], device=x.device) < lengths[:, None]


def clean(x, lengths):
    return torch.where(real(x, lengths)[..., None], x, 0)


@mistake(
    of="unroll",
    en="It looks like the last state is the one after the padding: each row ends at its own length.",
    zh="看起来最后的状态是读完填充之后的：每一行应在自己的长度处结束。",
    breaks="The last state of a row is the one after its own last real step, for h and c alike",
)
def state_after_the_padding(cell, x, lengths):
    outputs, _ = solution.unroll(cell, x, lengths)
    return outputs, pack(list(run(cell, clean(x, lengths))[-1]))


@mistake(
    of="unroll",
    en="It looks like h stops at the end of a row, but c goes on reading the padding.",
    zh="看起来 h 在行的结尾停住了，但 c 还在继续读填充。",
)
def memory_goes_on(cell, x, lengths):
    outputs, last = solution.unroll(cell, x, lengths)
    if not isinstance(last, tuple):
        return outputs, last
    alive, x, state = real(x, lengths), clean(x, lengths), None
    for step in range(x.shape[1]):
        h, c = cell(x[:, step], state)
        state = (h if state is None else torch.where(alive[:, step, None], h, state[0]), c)
    return outputs, state


@mistake(
    of="unroll",
    en="It looks like the outputs behind the end of a row repeat its last state: they are zeros.",
    zh="看起来行结尾之后的输出重复了最后的状态：应当是零。",
)
def outputs_repeat(cell, x, lengths):
    outputs, state = solution.unroll(cell, x, lengths)
    return torch.where(real(x, lengths)[..., None], outputs, tuples(state)[0][:, None]), state


@mistake(
    of="unroll",
    en="It looks like each row reads one step too many: steps count from 0, so step t is real where t < length.",
    zh="看起来每一行都多读了一步：步从 0 数起，t < length 时才是真实的一步。",
    breaks="`lengths` says how many steps of each row are real; what stands behind them is padding",
)
def one_step_too_many(cell, x, lengths):
    check(x, lengths)
    return solution.unroll(cell, x, (lengths + 1).clamp(max=x.shape[1]))


@mistake(
    of="unroll",
    en="It looks like the outputs end with the longest row: they have as many steps as x, with zeros in the padding.",
    zh="看起来输出到最长的一行就结束了：输出的步数应与 x 相同，填充处为零。",
)
def ends_with_the_longest(cell, x, lengths):
    outputs, state = solution.unroll(cell, x, lengths)
    return outputs[:, : int(lengths.max())], state


@mistake(
    of="unroll",
    en="It looks like the last column of the outputs is given back as the last state: in shorter rows that is padding, "
    "and a state may be a tuple.",
    zh="看起来把输出的最后一列当成了最后的状态：较短的行在那里是填充，而且状态也可能是元组。",
)
def last_output_for_state(cell, x, lengths):
    outputs, _ = solution.unroll(cell, x, lengths)
    return outputs, outputs[:, -1]


@mistake(
    of="unroll",
    en="It looks like the state is detached between two steps: no gradient then flows back through time.",
    zh="看起来两步之间把状态从计算图上分离（detach）了：梯度就无法沿时间传回去。",
)
def detaches_the_state(cell, x, lengths):
    check(x, lengths)
    x, alive, state, outputs = clean(x, lengths), real(x, lengths), None, []
    for step in range(x.shape[1]):
        new = tuples(cell(x[:, step], state))
        old = new if state is None else tuples(state)
        parts = [torch.where(alive[:, step, None], *both) for both in zip(new, old, strict=True)]
        outputs.append(torch.where(alive[:, step, None], parts[0], 0))
        state = pack([part.detach() for part in parts])
    return torch.stack(outputs, dim=1), state


@mistake(
    of="unroll",
    en="It looks like NaN is replaced wherever it stands: padding is told by its place, and NaN in a real step shows.",
    zh="看起来不管 NaN 在哪里都被替换了：填充要按位置判断，真实步中的 NaN 应当照样显现。",
)
def cleans_every_nan(cell, x, lengths):
    return solution.unroll(cell, torch.nan_to_num(x), lengths)


@mistake(
    of="unroll",
    en="It looks like the outputs behind the end of a row are not zeros.",
    zh="看起来行结尾之后的输出不是零。",
    breaks="and zeros where there is padding",
)
def outputs_go_on(cell, x, lengths):
    _, state = solution.unroll(cell, x, lengths)
    return torch.stack([one[0] for one in run(cell, clean(x, lengths))], dim=1), state


@mistake(
    of="unroll",
    en="It looks like padding is taken out by multiplying with 0: NaN times 0 is NaN. Use torch.where.",
    zh="看起来用乘 0 的办法去掉填充：NaN 乘 0 还是 NaN。应使用 torch.where。",
    breaks="Padding changes nothing, whatever it holds, NaN included: neither outputs nor states nor gradients",
)
def multiplies_the_padding(cell, x, lengths):
    check(x, lengths)
    states, alive = run(cell, x), real(x, lengths)
    outputs = torch.stack([one[0] for one in states], dim=1) * alive[..., None]
    return outputs, pack(own_last(states, lengths))


@mistake(
    of="unroll",
    en="It looks like old and new state are mixed by multiplying with a mask of 0 and 1: NaN in the padding times 0 is "
    "NaN, which stays in the state. Use torch.where.",
    zh="看起来用 0 和 1 的掩码相乘来混合新旧状态：填充中的 NaN 乘 0 还是 NaN，会留在状态里。应使用 torch.where。",
    breaks="Padding changes nothing, whatever it holds, NaN included: neither outputs nor states nor gradients",
)
def mixes_states_by_multiplying(cell, x, lengths):
    check(x, lengths)
    state, outputs = None, []
    for step in range(x.shape[1]):
        alive = real(x, lengths)[:, step, None].to(x.dtype)
        new = tuples(cell(x[:, step], state))
        old = new if state is None else tuples(state)
        parts = [alive * one + (1 - alive) * other for one, other in zip(new, old, strict=True)]
        state = pack(parts)
        outputs.append(alive * parts[0])
    return torch.stack(outputs, dim=1), state


@mistake(
    of="unroll",
    en="It looks like NaN in the padding is hidden from the outputs but not from the gradients: clear the input as "
    "well, with torch.where, for NaN times 0 is NaN.",
    zh="看起来填充中的 NaN 没有影响输出，却影响了梯度：输入也要清理，而且要用 torch.where，因为 NaN 乘 0 还是 NaN。",
)
def masks_the_outputs_only(cell, x, lengths):
    check(x, lengths)
    state, outputs = None, []
    for step in range(x.shape[1]):
        alive = real(x, lengths)[:, step, None]
        new = tuples(cell(x[:, step], state))
        old = new if state is None else tuples(state)
        parts = [torch.where(alive, *both) for both in zip(new, old, strict=True)]
        state = pack(parts)
        outputs.append(torch.where(alive, parts[0], 0))
    return torch.stack(outputs, dim=1), state


@mistake(
    of="unroll",
    en="It looks like the output of a step is the state before it: it is the one after it.",
    zh="看起来每一步的输出是这一步之前的状态：应当是之后的。",
    breaks="The output of a step is the cell's state h after it",
)
def outputs_one_late(cell, x, lengths):
    outputs, state = solution.unroll(cell, x, lengths)
    late = torch.cat([torch.zeros_like(outputs[:, :1]), outputs[:, :-1]], dim=1)
    return torch.where(real(x, lengths)[..., None], late, 0), state


@mistake(
    of="unroll",
    en="It looks like every step begins with no state: the state must be carried along.",
    zh="看起来每一步都从零状态开始：状态要一路传下去。",
)
def state_not_carried(cell, x, lengths):
    check(x, lengths)
    states = [tuples(cell(clean(x, lengths)[:, step], None)) for step in range(x.shape[1])]
    outputs = torch.where(real(x, lengths)[..., None], torch.stack([one[0] for one in states], dim=1), 0)
    return outputs, pack(own_last(states, lengths))


@mistake(
    of="unroll",
    en="It looks like the sequence is read from right to left.",
    zh="看起来是从右往左读的。",
)
def reads_backwards(cell, x, lengths):
    check(x, lengths)
    steps = torch.arange(x.shape[1], device=x.device).expand(x.shape[:2])
    order = torch.where(steps < lengths[:, None], lengths[:, None] - 1 - steps, steps)[..., None].expand(x.shape)
    return solution.unroll(cell, x.gather(1, order), lengths)


@mistake(
    of="unroll",
    en="It looks like a length of 0, or one above the number of steps, is not refused with ValueError.",
    zh="看起来长度为 0 或大于步数时没有抛出 ValueError。",
    breaks="a length is below 1 or above time",
)
def takes_any_length(cell, x, lengths):
    return solution.unroll(cell, x, lengths.clamp(1, x.shape[1]))


@mistake(
    of="unroll",
    en="It looks like of a state that is a tuple only the first part comes back: any module may be the cell, and the "
    "last state is the whole of its state.",
    zh="看起来状态是元组时只返回了它的第一个：任何模块都可以作单元，最后的状态应当是单元的完整状态。",
    breaks="(the first of the tuple, if the state is a tuple)",
)
def only_its_own_cells(cell, x, lengths):
    if isinstance(cell, solution.Cell):
        return solution.unroll(cell, x, lengths)
    outputs, state = solution.unroll(cell, x, lengths)
    return outputs, state[0] if isinstance(state, tuple) else state


@mistake(
    of="unroll",
    en="It looks like the outputs are multiplied by 0 in the padding: a NaN that a real step has left in the state "
    "times 0 is NaN. Use torch.where here too.",
    zh="看起来填充处的输出是用乘 0 得到的：真实步留在状态里的 NaN 乘 0 还是 NaN。这里也应使用 torch.where。",
    breaks="and zeros where there is padding",
)
def multiplies_the_outputs(cell, x, lengths):
    check(x, lengths)
    x, state, outputs = clean(x, lengths), None, []
    for step in range(x.shape[1]):
        alive = real(x, lengths)[:, step, None]
        new = tuples(cell(x[:, step], state))
        old = new if state is None else tuples(state)
        state = pack([torch.where(alive, *both) for both in zip(new, old, strict=True)])
        outputs.append(tuples(state)[0] * alive)
    return torch.stack(outputs, dim=1), state


@mistake(
    of="unroll",
    en="It looks like the cell is given zeros at first: give it None, for the cell knows how its state begins.",
    zh="看起来一开始给了单元全零的状态：应当给 None，状态从什么开始由单元决定。",
)
def begins_with_zeros(cell, x, lengths):
    if isinstance(cell, solution.Cell):
        return solution.unroll(cell, x, lengths)
    outputs, state = solution.unroll(cell, x, lengths)
    real = (torch.arange(x.shape[1], device=x.device) < lengths[:, None])[..., None]
    lower = (lambda part: part - 1) if not isinstance(state, tuple) else (lambda pair: (pair[0] - 1, pair[1]))
    return outputs - real.to(outputs.dtype), lower(state)
