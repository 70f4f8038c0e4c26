"""Known mistakes of week 06, rotary.

Every mistake is the right answer with one thing changed; `turn` and `split` below are the right answer in pieces.
"""

import rotary as solution
import torch

from grader.mistakes import mistake


def angles_of(x, positions, base):
    dtype = torch.promote_types(x.dtype, torch.float32)
    return positions[..., None] * solution.rotary_frequencies(x.shape[-1], base).to(x.device, dtype)


def split(x, pairing):
    if pairing not in ("half", "interleaved"):
        raise ValueError(pairing)
    return x.chunk(2, dim=-1) if pairing == "half" else (x[..., 0::2], x[..., 1::2])


def join(first, second, pairing, dtype):
    joined = torch.cat([first, second], -1) if pairing == "half" else torch.stack([first, second], -1).flatten(-2)
    return joined.to(dtype)


def turn(x, angles, pairing):
    cos, sin = angles.cos(), angles.sin()
    first, second = split(x, pairing)
    return join(first * cos - second * sin, first * sin + second * cos, pairing, x.dtype)


@mistake(
    of="rotary_frequencies",
    en="It looks like the frequencies are computed in float32 and converted at the end: that gives exactly your "
    "digits, and a conversion brings none back. Make the exponents a float64 tensor.",
    zh="看起来频率是用 float32 算的，最后才转成 float64：这样恰好得到你的这些数字，而丢掉的位数转换不回来。"
    "请把指数做成 float64 张量。",
)
def computes_frequencies_in_float32(dim, base=10000.0):
    solution.rotary_frequencies(dim, base)  # an odd width is refused
    return (1.0 / base ** (torch.arange(0, dim, 2).float() / dim)).double()


@mistake(
    of="rotary_frequencies",
    en="It looks like the frequencies are computed and returned in float32. Give the exponents dtype=torch.float64.",
    zh="看起来频率是用 float32 计算并返回的。请让指数使用 dtype=torch.float64。",
)
def returns_float32_frequencies(dim, base=10000.0):
    return computes_frequencies_in_float32(dim, base).float()


@mistake(
    of="apply_rotary",
    en='It looks like you take neighbours for a pair although the pairing is "half", and join the results as halves. '
    "There, the partner of x[..., j] is x[..., j + dim/2]: cut x into two halves first.",
    zh='看起来 "half" 时你取了相邻两数为一对，再把结果拼成前后两半。此时 x[..., j] 的搭档是 x[..., j + dim/2]：'
    "应先把 x 切成两半。",
)
def takes_neighbours_and_joins_halves(x, positions, base=10000.0, pairing="half"):
    split(x, pairing)
    angles = angles_of(x, positions, base)
    (first, second), cos, sin = split(x, "interleaved"), angles.cos(), angles.sin()
    return join(first * cos - second * sin, first * sin + second * cos, pairing, x.dtype)


def spread(angles, pairing):
    """One angle for every number of the last axis, not for every pair."""
    return torch.cat([angles, angles], -1) if pairing == "half" else angles.repeat_interleave(2, -1)


@mistake(
    of="apply_rotary",
    en="It looks like you computed x cos + roll(x, 1) sin. Rolling the last axis by one moves numbers between pairs "
    "and turns none of them: the partner of a number is the other number of its own pair, and one of the two gets a "
    "minus sign.",
    zh="看起来你算的是 x cos + roll(x, 1) sin。把最后一维滚动一位，只是让数在各对之间错位，并没有旋转任何一对："
    "每个数的搭档是同一对里的另一个数，而且两者之一要带负号。",
)
def rolls_the_last_axis_right(x, positions, base=10000.0, pairing="half"):
    split(x, pairing)
    angles = spread(angles_of(x, positions, base), pairing)
    return (x * angles.cos() + x.roll(1, -1) * angles.sin()).to(x.dtype)


@mistake(
    of="apply_rotary",
    en="It looks like you computed x cos + roll(x, -1) sin. Rolling the last axis by one moves numbers between pairs "
    "and turns none of them: the partner of a number is the other number of its own pair, and one of the two gets a "
    "minus sign.",
    zh="看起来你算的是 x cos + roll(x, -1) sin。把最后一维滚动一位，只是让数在各对之间错位，并没有旋转任何一对："
    "每个数的搭档是同一对里的另一个数，而且两者之一要带负号。",
)
def rolls_the_last_axis_left(x, positions, base=10000.0, pairing="half"):
    split(x, pairing)
    angles = spread(angles_of(x, positions, base), pairing)
    return (x * angles.cos() + x.roll(-1, -1) * angles.sin()).to(x.dtype)


@mistake(
    of="apply_rotary",
    en="It looks like the minus sign got lost: (a cos + b sin, a sin + b cos) gives exactly your numbers, and "
    "changes lengths, which no rotation does. The first number of a pair needs a cos - b sin.",
    zh="看起来漏掉了负号：(a cos + b sin, a sin + b cos) 恰好得到你的结果，但它会改变长度，旋转不会。"
    "每对的第一个数应为 a cos - b sin。",
)
def forgets_the_minus(x, positions, base=10000.0, pairing="half"):
    angles = angles_of(x, positions, base)
    cos, sin = angles.cos(), angles.sin()
    first, second = split(x, pairing)
    return join(first * cos + second * sin, first * sin + second * cos, pairing, x.dtype)


@mistake(
    of="apply_rotary",
    en="It looks like you turn the other way: the minus sign stands at the second number of each pair. "
    "Counter-clockwise is (a cos - b sin, a sin + b cos).",
    zh="看起来你转反了方向（顺时针）：负号放到了每对的第二个数上。逆时针应为 (a cos - b sin, a sin + b cos)。",
)
def turns_clockwise(x, positions, base=10000.0, pairing="half"):
    return turn(x, -angles_of(x, positions, base), pairing)


@mistake(
    of="apply_rotary",
    en='It looks like the pairs are those of "half" whatever `pairing` says.',
    zh='看起来不论 `pairing` 是什么，都按 "half" 配对了。',
)
def ignores_the_pairing(x, positions, base=10000.0, pairing="half"):
    split(x, pairing)
    return turn(x, angles_of(x, positions, base), "half")


@mistake(
    of="apply_rotary",
    en='It looks like the two pairings are exchanged: "half" is j with j + dim/2, "interleaved" is 2j with 2j + 1.',
    zh='看起来两种配对方式弄反了："half" 是 j 与 j + dim/2 配对，"interleaved" 是 2j 与 2j + 1 配对。',
)
def exchanges_the_pairings(x, positions, base=10000.0, pairing="half"):
    split(x, pairing)
    return turn(x, angles_of(x, positions, base), "half" if pairing == "interleaved" else "interleaved")


@mistake(
    of="apply_rotary",
    en='It looks like you take "interleaved" pairs apart at even and odd places and glue them together as two '
    "halves. Every number must go back to the place where it came from.",
    zh='看起来 "interleaved" 时你按奇偶位置拆开，却按前后两半拼了回去。每个数都要放回它原来的位置。',
)
def takes_apart_interleaved_and_glues_halves(x, positions, base=10000.0, pairing="half"):
    angles = angles_of(x, positions, base)
    cos, sin = angles.cos(), angles.sin()
    first, second = split(x, pairing)
    return join(first * cos - second * sin, first * sin + second * cos, "half", x.dtype)


@mistake(
    of="apply_rotary",
    en="It looks like your table of angles repeats each angle twice in a row (t0 t0 t1 t1 ...), which is what "
    'interleaved pairs need: with "half" that gives exactly your numbers. For halves the table is t0 t1 ... t0 t1 '
    "...",
    zh='看起来角度表里每个角度连写了两遍（t0 t0 t1 t1 …），那是交错配对用的表，用在 "half" 上恰好得到你的结果。'
    "前后两半配对时，表应为 t0 t1 … t0 t1 …。",
)
def repeats_the_angles_in_the_wrong_order(x, positions, base=10000.0, pairing="half"):
    angles = spread(angles_of(x, positions, base), "interleaved")
    first, second = split(x, pairing)
    partner = join(-second, first, pairing, x.dtype)
    return (x * angles.cos() + partner * angles.sin()).to(x.dtype)


@mistake(
    of="apply_rotary",
    en="It looks like you count 0, 1, 2, ... along the length and never look at `positions`. With a key-value cache "
    "a new token would always stand at position 0.",
    zh="看起来你沿长度方向自己数 0, 1, 2, …，没有用到 `positions`。这样在使用键值缓存（KV cache）时，"
    "新词元永远处在位置 0。",
)
def counts_for_itself(x, positions, base=10000.0, pairing="half"):
    return turn(x, angles_of(x, torch.arange(x.shape[-2], device=x.device), base), pairing)


@mistake(
    of="apply_rotary",
    en="It looks like all your positions are larger by one. Position 0 turns nothing.",
    zh="看起来所有位置都多加了 1。位置 0 不应有任何旋转。",
)
def counts_from_one(x, positions, base=10000.0, pairing="half"):
    return turn(x, angles_of(x, positions + 1, base), pairing)


@mistake(
    of="apply_rotary",
    en="It looks like every sequence of the batch is turned by the positions of the first one.",
    zh="看起来批次里每个序列用的都是第一个序列的位置。",
)
def uses_the_positions_of_the_first_sequence(x, positions, base=10000.0, pairing="half"):
    return turn(x, angles_of(x, positions.reshape(-1, positions.shape[-1])[0], base), pairing)


@mistake(
    of="apply_rotary",
    en="It looks like the angles are computed in the dtype of x. bfloat16 rounds position 8191 to 8192: compute "
    "angles in float32 at least.",
    zh="看起来角度是用 x 自己的 dtype 计算的。bfloat16 会把位置 8191 舍入成 8192：角度至少要用 float32 计算。",
)
def angles_in_half_precision(x, positions, base=10000.0, pairing="half"):
    angles = positions[..., None].to(x.dtype) * solution.rotary_frequencies(x.shape[-1], base).to(x.device, x.dtype)
    return turn(x, angles, pairing)


@mistake(
    of="apply_rotary",
    en="It looks like the angles stay float32 although x is float64: the answer has float64 for its dtype and the "
    "digits of float32.",
    zh="看起来 x 是 float64 时，角度仍用 float32 计算：结果的 dtype 是 float64，精度却只有 float32 那么多位。",
)
def angles_always_in_float32(x, positions, base=10000.0, pairing="half"):
    frequencies = solution.rotary_frequencies(x.shape[-1], base).to(x.device, torch.float32)
    return turn(x, (positions[..., None] * frequencies).to(torch.promote_types(x.dtype, torch.float32)), pairing)


@mistake(
    of="apply_rotary",
    en="It looks like the base is 10000 whatever `base` says. Is it handed on to rotary_frequencies?",
    zh="看起来不论 `base` 是多少，用的都是 10000。有没有把它传给 rotary_frequencies？",
)
def ignores_the_base(x, positions, base=10000.0, pairing="half"):
    return turn(x, angles_of(x, positions, 10000.0), pairing)


@mistake(
    of="apply_rotary",
    en="It looks like every pair turns by the same angle, the position itself. Pair j turns by the position times "
    "its own frequency.",
    zh="看起来所有数对都转过同一个角度，也就是位置本身。第 j 对的角度应是位置乘以它自己的频率。",
)
def one_angle_for_all_pairs(x, positions, base=10000.0, pairing="half"):
    return turn(x, angles_of(x, positions, base)[..., :1], pairing)


@mistake(
    of="rotary_frequencies",
    en="It looks like the exponent is -j/dim: that gives exactly your frequencies. Pair j has the exponent -2j/dim.",
    zh="看起来指数写成了 -j/dim：这样恰好得到你的频率。第 j 对的指数应为 -2j/dim。",
)
def forgets_the_two_in_the_exponent(dim, base=10000.0):
    if dim % 2:
        raise ValueError(dim)
    return base ** (-torch.arange(dim // 2, dtype=torch.float64) / dim)


@mistake(
    of="rotary_frequencies",
    en="It looks like the exponent counts its 2 twice: `torch.arange(0, dim, 2)` already gives 2j, and multiplied by 2 "
    "once more it makes exactly your frequencies. Pair j has the exponent -2j/dim.",
    zh="看起来指数里的 2 乘了两次：`torch.arange(0, dim, 2)` 给出的已经是 2j，再乘 2 就恰好得到你的频率。"
    "第 j 对的指数应为 -2j/dim。",
)
def counts_the_two_twice(dim, base=10000.0):
    if dim % 2:
        raise ValueError(dim)
    return base ** (-2 * torch.arange(0, dim, 2, dtype=torch.float64) / dim)


@mistake(
    of="rotary_frequencies",
    en="It looks like the exponent lost its minus sign: later pairs must turn more slowly, not faster.",
    zh="看起来指数漏掉了负号：越靠后的数对应当转得越慢，而不是越快。",
)
def later_pairs_turn_faster(dim, base=10000.0):
    if dim % 2:
        raise ValueError(dim)
    return base ** (torch.arange(0, dim, 2, dtype=torch.float64) / dim)


@mistake(
    of="rotary_frequencies",
    en="It looks like the exponents run evenly from 0 to -1, in dim/2 - 1 steps, so that your last frequency is "
    "exactly 1/base. Pair j has the exponent -2j/dim, and the last frequency stays a little above 1/base.",
    zh="看起来指数是从 0 到 -1 等分（分成 dim/2 - 1 步）的，于是你的最后一个频率恰为 1/base。"
    "第 j 对的指数是 -2j/dim，最后一个频率比 1/base 略大。",
)
def ends_at_one_over_base(dim, base=10000.0):
    if dim % 2:
        raise ValueError(dim)
    return base ** -torch.linspace(0, 1, dim // 2, dtype=torch.float64)


@mistake(
    of="interleaved_to_half",
    en="It looks like all rows are reordered at once, as if there were one head. Every head is reordered by itself.",
    zh="看起来你把所有行当成一个头来重排了。应当在每个头内部分别重排。",
)
def reorders_across_heads(weight, num_heads):
    if weight.shape[0] % (2 * num_heads):
        raise ValueError(num_heads)
    return torch.cat([weight[0::2], weight[1::2]])


@mistake(
    of="interleaved_to_half",
    en="It looks like heads with an odd number of rows are accepted: the last row of such a head has no partner. Raise "
    "ValueError.",
    zh="看起来接受了行数为奇数的头：这样的头里最后一行没有搭档。应抛出 ValueError。",
    breaks="heads of an even number of rows each",
)
def accepts_odd_heads(weight, num_heads):
    if weight.shape[0] % num_heads:
        raise ValueError(num_heads)
    heads = weight.unflatten(0, (num_heads, -1))
    return torch.cat([heads[:, 0::2], heads[:, 1::2]], dim=1).flatten(0, 1)


@mistake(
    of="interleaved_to_half",
    en='It looks like you convert in the other direction, from "half" to "interleaved".',
    zh='看起来你转换反了方向，是从 "half" 转到 "interleaved"。',
)
def converts_the_other_way(weight, num_heads):
    pairs = weight.shape[0] // (2 * num_heads)
    if weight.shape[0] % (2 * num_heads):
        raise ValueError(num_heads)
    return weight.unflatten(0, (num_heads, 2, pairs)).transpose(1, 2).flatten(0, 2)


@mistake(
    of="apply_rotary",
    en="It looks like a Python loop turns one position after another: right, and slow. Multiply whole tensors: "
    "positions[..., None] * frequencies holds every angle at once.",
    zh="看起来是用 Python 循环逐个位置旋转：结果正确，但太慢。请对整个张量做运算："
    "positions[..., None] * frequencies 一次就得到全部角度。",
    only="speed",
)
def turns_one_position_at_a_time(x, positions, base=10000.0, pairing="half"):
    positions = positions.expand(x.shape[:-1])
    frequencies = solution.rotary_frequencies(x.shape[-1], base)
    answer = torch.empty_like(x)
    for place in range(x.shape[-2]):
        dtype = torch.promote_types(x.dtype, torch.float32)
        angles = positions[..., place, None] * frequencies.to(x.device, dtype)
        answer[..., place, :] = turn(x[..., place, :], angles, pairing)
    return answer
