"""Known mistakes of week 01, tensors."""

import tensors as solution
import torch

from grader.mistakes import mistake


@mistake(
    of="one_hot",
    en="It looks like the 1 stands one place too far on: ids count from 0, so id 0 is the first place.",
    zh="看起来 1 的位置往后错了一位：id 从 0 数起，id 0 对应第一个位置。",
)
def counts_from_one(ids, size):
    return solution.one_hot(ids, size).roll(1, -1)


@mistake(
    of="one_hot",
    en="It looks like your rows hold whole numbers or Booleans: a comparison gives True and False, and a "
    "product with a "
    "table needs float32.",
    zh="看起来你的行里是整数或布尔值：比较得到的是 True 和 False，而与表相乘需要 float32。",
)
def stays_whole(ids, size):
    return solution.one_hot(ids, size).long()


@mistake(
    of="one_hot",
    en="It looks like the places stand along the first axis: each id should become a row, so the new axis comes last.",
    zh="看起来类别排在了第一个轴上：每个 id 应变成一行，所以新的轴在最后。",
)
def places_come_first(ids, size):
    return solution.one_hot(ids, size).movedim(-1, 0)


@mistake(
    of="one_hot",
    en="It looks like an id outside of the range is quietly turned into zeros: it should be refused with ValueError.",
    zh="看起来超出范围的 id 被悄悄变成了全 0：应当抛出 ValueError。",
)
def zeros_for_ids_outside(ids, size):
    return (ids[..., None] == torch.arange(size, device=ids.device)).float()


@mistake(
    of="one_hot",
    en="It looks like an id equal to `size` gets through: ids count from 0, so the largest is size - 1.",
    zh="看起来等于 `size` 的 id 没有被拒绝：id 从 0 数起，最大的是 size - 1。",
    breaks="an id is below 0 or not below `size`",
)
def size_itself_passes(ids, size):
    return solution.one_hot(ids, size + 1)[..., :size]


@mistake(
    of="one_hot",
    en="It looks like the check lets an id equal to `size` through (> instead of >=), and writing the 1 then fails in "
    "torch: ids count from 0, so the largest is size - 1.",
    zh="看起来检查放过了等于 `size` 的 id（写成了 >，应为 >=），随后写入 1 时由 torch 报错：id 从 0 数起，"
    "最大的是 size - 1。",
    breaks="an id is below 0 or not below `size`",
)
def size_itself_is_written(ids, size):
    if (ids < 0).any() or (ids > size).any():
        raise ValueError("outside")
    return torch.zeros(*ids.shape, size, device=ids.device).scatter_(-1, ids[..., None], 1.0)


@mistake(
    of="one_hot",
    en="It looks like the ids are flattened and their shape is lost: (batch, length) ids give (batch, length, size).",
    zh="看起来 id 被展平、形状丢了：形状为 (batch, length) 的 id 应得到 (batch, length, size)。",
    breaks="`ids` may have any number of axes, also none",
)
def flattens_the_ids(ids, size):
    return solution.one_hot(ids.reshape(-1), size)


@mistake(
    of="one_hot",
    en="It looks like torch.arange is called without a device: for ids on a GPU it would lie on the CPU, and the "
    "comparison fails. Pass device=ids.device.",
    zh="看起来调用 torch.arange 时没有给出设备：ids 在 GPU 上时，它会在 CPU 上，比较就会报错。"
    "请传入 device=ids.device。",
    breaks="on the device of `ids`",
)
def arange_without_a_device(ids, size):
    if ((ids < 0) | (ids >= size)).any():
        raise ValueError("outside")
    return (ids[..., None] == torch.arange(size)).float()


@mistake(
    of="embed",
    en="It looks like the rows always come back as float32: they keep the dtype of the table.",
    zh="看起来返回的行总是 float32：dtype 应与表相同。",
    breaks="The result has the dtype of the table",
)
def rows_in_float32(table, ids):
    return solution.embed(table, ids).float()


@mistake(
    of="embed",
    en="It looks like the code loops over the ids: a single id, a tensor without axes, cannot be looped over. "
    "table[ids] takes ids of any shape at once.",
    zh="看起来代码在对 id 循环：单个 id 是没有轴的张量，不能循环。table[ids] 能一次处理任意形状的 id。",
)
def loops_over_the_ids(table, ids):
    if ((ids < 0) | (ids >= table.shape[0])).any():
        raise ValueError("outside")
    return torch.stack([table[i] for i in ids])


@mistake(
    of="embed",
    en="It looks like a negative id is counted from the end, as Python does: id -1 silently reads the last row. "
    "It should be refused with ValueError.",
    zh="看起来负的 id 像 Python 那样从末尾数起：id -1 会悄悄读出最后一行。应当抛出 ValueError。",
)
def negative_ids_wrap(table, ids):
    if (ids >= table.shape[0]).any():
        raise ValueError("outside")
    return table[ids]


@mistake(
    of="embed",
    en="It looks like the check lets an id equal to the number of rows through (> instead of >=): the lookup then ends "
    "in an IndexError. Ids count from 0, so the largest is one less.",
    zh="看起来检查放过了等于行数的 id（写成了 >，应为 >=）：随后查表时出现 IndexError。id 从 0 数起，最大的要比行数小 "
    "1。",
    breaks="an id is below 0 or not below vocabulary",
)
def one_id_too_many(table, ids):
    if (ids < 0).any() or (ids > len(table)).any():
        raise ValueError("outside")
    return table[ids]


@mistake(
    of="embed",
    en="It looks like the lookup runs on a copy without a gradient (detach, .data, .numpy()): the table "
    "could never learn.",
    zh="看起来查表用的是没有梯度的副本（detach、.data、.numpy()）：这样表永远学不到东西。",
)
def detached_table(table, ids):
    return solution.embed(table.detach(), ids) + 0 * table.sum()


@mistake(
    of="embed",
    en="It looks like the ids are flattened and their shape is lost: (batch, length) ids give (batch, length, dim).",
    zh="看起来 id 被展平、形状丢了：形状为 (batch, length) 的 id 应得到 (batch, length, dim)。",
)
def loses_the_shape(table, ids):
    return solution.embed(table, ids.flatten())


@mistake(
    of="embed",
    en="It looks like the table is read by columns: a token's numbers stand in one row.",
    zh="看起来你按列读表：一个词元的各个数位于同一行。",
)
def reads_columns(table, ids):
    if ((ids < 0) | (ids >= table.shape[0])).any():
        raise ValueError("outside")
    return table.flatten().view(table.shape[1], table.shape[0]).mT[ids]


@mistake(
    of="contract",
    en="It looks like the entries are multiplied and all summed to one number: the recipe “torch.dot on matrices”. "
    "A product of matrices keeps the rows of `a` and the columns of `b`.",
    zh="看起来你把元素相乘后全部加成了一个数，也就是“对矩阵用 torch.dot”的做法。矩阵乘积要保留 `a` 的行和 `b` 的列。",
)
def dot_of_all(a, b):
    solution.contract(a, b)
    return (a[..., :, :, None] * b[..., None, :, :]).sum()


@mistake(
    of="contract",
    en="It looks like the answer is transposed: entry (i, j) belongs to row i of `a` and column j of `b`.",
    zh="看起来结果被转置了：元素 (i, j) 属于 `a` 的第 i 行和 `b` 的第 j 列。",
)
def transposed_product(a, b):
    return solution.contract(a, b).mT


@mistake(
    of="contract",
    en="It looks like the products are averaged over k: they should be added up.",
    zh="看起来你对 k 取了平均：应当求和。",
)
def mean_over_k(a, b):
    return solution.contract(a, b) / a.shape[-1]


@mistake(
    of="contract",
    en="It looks like the two inner lengths are not compared: most pairs that do not fit end in torch's own "
    "RuntimeError, and a length of 1 is broadcast, which runs and is no matrix product. Raise ValueError.",
    zh="看起来没有比较两个内侧长度：对不上时多半是 torch 自己的 RuntimeError，而长度为 1 的轴会被广播，能运行，"
    "却不是矩阵乘积。请抛出 ValueError。",
    breaks="the last axis of `a` is not as long as the last but one of",
)
def inner_lengths_unchecked(a, b):
    return (a[..., :, :, None] * b[..., None, :, :]).sum(dim=-2)


@mistake(
    of="contract",
    en="It looks like only plain matrices and equal batches work: leading axes should broadcast as in a @ b.",
    zh="看起来只支持普通矩阵和相同的批次：前导轴应像 a @ b 那样广播。",
)
def equal_batches_only(a, b):
    if a.shape[:-2] != b.shape[:-2]:
        raise ValueError("batches differ")
    return solution.contract(a, b)


@mistake(
    of="contract",
    en="Your answer is right and slow: it loops over the entries in Python. Let broadcasting make all the "
    "products at once.",
    zh="你的结果正确但太慢：用 Python 循环逐个元素计算。让广播一次算出所有乘积。",
    only="speed",
)
def entry_by_entry(a, b):
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError("shapes")
    batch = torch.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = a.expand(*batch, *a.shape[-2:]), b.expand(*batch, *b.shape[-2:])
    rows = [
        torch.stack([(a[..., i, :] * b[..., :, j]).sum(-1) for j in range(b.shape[-1])], dim=-1)
        for i in range(a.shape[-2])
    ]
    return torch.stack([torch.stack([row[index] for row in rows]) for index in _places(batch)]).view(
        *batch, a.shape[-2], b.shape[-1]
    )


def _places(batch):
    return [tuple(place) for place in torch.ones(batch).nonzero().tolist()] if batch else [()]


@mistake(
    of="strided_windows",
    en="It looks like the last whole window is missing: there are (length - size) // step + 1 of them.",
    zh="看起来少了最后一个完整的窗口：一共有 (length - size) // step + 1 个。",
)
def last_window_missing(x, size, step):
    return solution.strided_windows(x, size, step)[..., :-1, :]


@mistake(
    of="strided_windows",
    en="It looks like the starts end one too early: the last possible one is length - size itself, and "
    "range(0, length - size, step) leaves it out.",
    zh="看起来起点少算了一个：最后一个可能的起点就是 length - size，而 range(0, length - size, step) 不含它。",
)
def last_start_left_out(x, size, step):
    windows = solution.strided_windows(x, size, step)
    return windows[..., :-1, :] if (x.shape[-1] - size) % step == 0 else windows


@mistake(
    of="strided_windows",
    en="It looks like windows begin up to the very end, range(0, length, step), where no whole one fits: those at the "
    "end are shorter, and torch.stack refuses them.",
    zh="看起来窗口的起点一直取到末尾，即 range(0, length, step)，而那里已放不下完整的窗口：末尾的窗口更短，"
    "torch.stack 会报错。",
)
def starts_up_to_the_end(x, size, step):
    if size < 1 or step < 1 or size > x.shape[-1]:
        raise ValueError("size or step")
    return torch.stack([x[..., start : start + size] for start in range(0, x.shape[-1], step)], dim=-2)


@mistake(
    of="strided_windows",
    en="It looks like size and step are not checked: below 1, they give empty windows or an error of another kind. "
    "Raise ValueError.",
    zh="看起来没有检查 size 和 step：小于 1 时会得到空窗口，或别的错误。请抛出 ValueError。",
    breaks="`size` or `step` is below 1, or `size` is above the length",
)
def sizes_unchecked(x, size, step):
    starts = range(0, x.shape[-1] - size + 1, step)
    return torch.stack([x[..., start : start + size] for start in starts], dim=-2)


@mistake(
    of="strided_windows",
    en="It looks like a window longer than the text gives no windows at all: it should be refused with ValueError.",
    zh="看起来窗口比文本还长时返回了零个窗口：应当抛出 ValueError。",
    breaks="`size` is above the length",
)
def no_windows_when_too_long(x, size, step):
    if x.shape[-1] < size:
        return x.new_zeros(*x.shape[:-1], 0, size)
    return solution.strided_windows(x, size, step)


@mistake(
    of="strided_windows",
    en="It looks like size and step are swapped: `size` is how long a window is, `step` how far on the "
    "next one begins.",
    zh="看起来 size 和 step 互换了：`size` 是窗口的长度，`step` 是下一个窗口往后移多少。",
)
def size_and_step_swapped(x, size, step):
    solution.strided_windows(x, size, step)
    return solution.strided_windows(x, step, size)


@mistake(
    of="strided_windows",
    en="It looks like the windows lie side by side and `step` is not used: the next window begins `step` "
    "entries later.",
    zh="看起来窗口首尾相接，没有用到 `step`：下一个窗口应从 `step` 个元素之后开始。",
)
def windows_without_overlap(x, size, step):
    solution.strided_windows(x, size, step)
    return solution.strided_windows(x, size, size)


@mistake(
    of="strided_windows",
    en="It looks like the end is padded with zeros to a last window that is not whole: it should be dropped.",
    zh="看起来末尾用 0 补齐成了一个不完整的窗口：应当丢弃。",
)
def pads_the_end(x, size, step):
    windows = solution.strided_windows(x, size, step)
    missing = windows.shape[-2] * step + size - x.shape[-1]
    if missing >= size:
        return windows
    return solution.strided_windows(torch.nn.functional.pad(x, (0, missing)), size, step)


@mistake(
    of="contract",
    en="It looks like only two axes are thought of: with a batch in front, the new axes stand at the wrong places. "
    "Count axes from the end.",
    zh="看起来只考虑了两个轴：前面有批次时，新轴就插错了位置。请从末尾开始数轴。",
    breaks="Leading axes are batches: any number of them, also none",
)
def two_axes_only(a, b):
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError("shapes")
    return (a[:, :, None] * b[None, :, :]).sum(dim=1)


@mistake(
    of="contract",
    en="It looks like tensors of more than two axes are refused: the leading ones are batches.",
    zh="看起来超过两个轴的张量被拒绝了：前面的轴是批次，应当支持。",
    breaks="Leading axes are batches: any number of them, also none",
)
def refuses_batches(a, b):
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError("two axes each")
    return solution.contract(a, b)


@mistake(
    of="strided_windows",
    en="It looks like the first axis is cut and not the last: for a single text they are the same axis, for a batch "
    "they are not.",
    zh="看起来切的是第一个轴，而不是最后一个：只有一段文本时两者是同一个轴，有批次时就不是了。",
)
def cuts_the_first_axis(x, size, step):
    length = x.shape[0]
    if size < 1 or step < 1 or size > length:
        raise ValueError("size or step")
    return torch.stack([x[start : start + size] for start in range(0, length - size + 1, step)])
