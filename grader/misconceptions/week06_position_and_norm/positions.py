"""Known mistakes of week 06, positions."""

import math

import positions as solution
import torch

from grader.mistakes import mistake


def even(dim):
    if dim % 2:
        raise ValueError(dim)


def angles_of(length, dim, exponents=None, start=0):
    even(dim)
    if exponents is None:
        exponents = torch.arange(0, dim, 2, dtype=torch.float64) / dim
    return torch.arange(start, start + length, dtype=torch.float64)[:, None] * 10000.0**-exponents


def alternate(angles):
    return torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1).float()


@mistake(
    of="sinusoidal_positions",
    en="It looks like all sines stand in the first half and all cosines in the second, as many libraries have it: "
    "the numbers are right and their places are not. Here they alternate: sine, cosine, sine, cosine.",
    zh="看起来前一半全是正弦、后一半全是余弦，许多库是这样排的：数都对，位置不对。这里要求正弦、余弦逐列交替。",
)
def sines_first_then_cosines(length, dim):
    angles = angles_of(length, dim)
    return torch.cat([angles.sin(), angles.cos()], dim=-1).float()


@mistake(
    of="sinusoidal_positions",
    en="It looks like sines and cosines have changed places: the even columns are the sines.",
    zh="看起来正弦和余弦互换了位置：偶数列应是正弦。",
)
def cosines_in_even_columns(length, dim):
    angles = angles_of(length, dim)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1).float()


@mistake(
    of="sinusoidal_positions",
    en="It looks like every column has a frequency of its own, 10000^(-column/dim). A sine and the cosine beside it "
    "share one.",
    zh="看起来每一列都有自己的频率 10000^(-列号/dim)。相邻的正弦和余弦应共用同一个频率。",
)
def a_frequency_for_every_column(length, dim):
    even(dim)
    angles = angles_of(length, dim, torch.arange(dim, dtype=torch.float64) / dim)
    return torch.where(torch.arange(dim) % 2 == 0, angles.sin(), angles.cos()).float()


@mistake(
    of="sinusoidal_positions",
    en="It looks like the exponent is j/dim: with that, the table is exactly yours. Pair j has the exponent 2j/dim.",
    zh="看起来指数写成了 j/dim：这样算出的表与你的完全一致。第 j 对的指数应为 2j/dim。",
)
def forgets_the_two_in_the_exponent(length, dim):
    return alternate(angles_of(length, dim, torch.arange(dim // 2, dtype=torch.float64) / dim))


@mistake(
    of="sinusoidal_positions",
    en="It looks like the exponent counts its 2 twice: `torch.arange(0, dim, 2)` already gives 2j, and multiplied by 2 "
    "once more it makes exactly your table. Pair j has the exponent 2j/dim.",
    zh="看起来指数里的 2 乘了两次：`torch.arange(0, dim, 2)` 给出的已经是 2j，再乘 2 就恰好得到你的这张表。"
    "第 j 对的指数应为 2j/dim。",
)
def counts_the_two_twice(length, dim):
    return alternate(angles_of(length, dim, 2 * torch.arange(0, dim, 2, dtype=torch.float64) / dim))


@mistake(
    of="sinusoidal_positions",
    en="It looks like your first row is that of position 1. Positions start at 0.",
    zh="看起来你的第一行是位置 1 的那一行。位置应从 0 开始。",
)
def starts_at_one(length, dim):
    return alternate(angles_of(length, dim, start=1))


@mistake(
    of="sinusoidal_positions",
    en="It looks like the angles are computed in float32: at position 10,000 that is wrong in the fourth digit.",
    zh="看起来角度是用 float32 计算的：到位置 10,000 时，第 4 位数字就已经错了。",
)
def angles_in_float32(length, dim):
    even(dim)
    angles = torch.arange(length).float()[:, None] * (10000.0 ** (-torch.arange(0, dim, 2) / dim)).float()
    return alternate(angles)


@mistake(
    of="sinusoidal_positions",
    en="It looks like position and power are float32 when the one is divided by the other: at position 10,000 the "
    "angle is then wrong in the fourth digit.",
    zh="看起来位置和幂在相除时都是 float32：到位置 10,000 时，角度的第 4 位数字就已经错了。",
)
def divides_in_float32(length, dim):
    even(dim)
    return alternate(torch.arange(length).float()[:, None] / 10000.0 ** (torch.arange(0, dim, 2).float() / dim))


@mistake(
    of="sinusoidal_positions",
    en="It looks like the frequencies are float32, as `torch.exp` gives them for float32 exponents: at position 10,000 "
    "the angle is then wrong in the fourth digit.",
    zh="看起来频率是 float32 的（指数为 float32 时，`torch.exp` 给出的就是 float32）：到位置 10,000 时，"
    "角度的第 4 位数字就已经错了。",
)
def exponentials_in_float32(length, dim):
    even(dim)
    frequencies = torch.exp(torch.arange(0, dim, 2).float() * (-math.log(10000.0) / dim))
    return alternate(torch.arange(length).float()[:, None] * frequencies)


def bucket(relative, bidirectional, buckets, max_distance, *, swap=False, whole=False, top=None, rounding=torch.floor):
    """T5's rule with something to turn: the sign, the number of buckets a direction, the last bucket, the rounding."""
    relative = -relative.long() if swap else relative.long()
    start, distance = 0, (-relative).clamp(min=0)
    if bidirectional:
        buckets = buckets if whole else buckets // 2
        start, distance = (relative > 0) * (buckets // 2 if whole else buckets), relative.abs()
    exact = buckets // 2
    growth = torch.log(distance.clamp(min=exact).double() / exact) / math.log(max_distance / exact)
    far = exact + rounding(growth * (buckets - exact) + 1e-9).long()
    return start + torch.where(distance < exact, distance, far.clamp(max=buckets - 1 if top is None else top))


@mistake(
    of="relative_position_bucket",
    en="It looks like you read `relative` as query minus key: turning its sign round gives exactly your buckets. It "
    "is key minus query, and a negative number looks back.",
    zh="看起来你把 `relative` 当成了“查询位置减键位置”：符号一反，恰好得到你的桶号。它是键位置减查询位置，"
    "负数表示往回看。",
)
def subtracts_the_key_from_the_query(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, swap=True)


@mistake(
    of="relative_position_bucket",
    en="It looks like both directions are sorted whatever `bidirectional` says.",
    zh="看起来不论 `bidirectional` 是什么，都按双向处理了。",
)
def ignores_the_direction(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, True, buckets, max_distance)


@mistake(
    of="relative_position_bucket",
    en="It looks like the buckets are not halved: with both directions each side has only half of them, for the near "
    "and for the far distances.",
    zh="看起来忘了把桶数减半：双向时每一侧只有一半的桶，近距离和远距离都从这一半里分。",
)
def gives_every_direction_all_buckets(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, whole=True)


@mistake(
    of="relative_position_bucket",
    en="It looks like keys in the future get the bucket of their distance. In one direction every one of them counts "
    "as distance 0.",
    zh="看起来未来的键也按距离分了桶。单向时，它们一律按距离 0 处理。",
)
def looks_into_the_future(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative if bidirectional else -relative.long().abs(), bidirectional, buckets, max_distance)


@mistake(
    of="relative_position_bucket",
    en="It looks like keys in the future are set to 0 in `relative` itself (`relative[relative > 0] = 0`, `clamp_`): "
    "the caller's tensor has changed. `.long()` makes no copy of a tensor that is int64 already.",
    zh="看起来未来的键是在 `relative` 本身里改成 0 的（`relative[relative > 0] = 0`、`clamp_`）：调用者的张量被改动了。"
    "张量已经是 int64 时，`.long()` 并不复制。",
)
def forgets_the_future_in_place(relative, bidirectional=True, buckets=32, max_distance=128):
    answer = solution.relative_position_bucket(relative, bidirectional, buckets, max_distance)
    if not bidirectional:
        relative.long().clamp_(max=0)
    return answer


@mistake(
    of="relative_position_bucket",
    en="It looks like an upper end is missing: distances beyond `max_distance` get bucket numbers that do not exist, "
    "or that belong to the other direction.",
    zh="看起来少了上限：超过 `max_distance` 的距离会得到不存在的桶号，或落进另一方向的桶。",
)
def never_stops(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, top=10**6)


@mistake(
    of="relative_position_bucket",
    en="It looks like the logarithm is rounded to the nearest whole number. Rounding it down is asked for.",
    zh="看起来你对对数做了四舍五入。这里应当向下取整。",
)
def rounds_to_the_nearest(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, rounding=torch.round)


@mistake(
    of="relative_position_bucket",
    en="It looks like a rounding error puts the distance 64 just below its edge: 5.9999... is rounded down to 5. Add a "
    "tiny number such as 1e-9 before you round down.",
    zh="看起来舍入误差让距离 64 落在了分界线下方：5.9999… 向下取整成了 5。取整之前先加上一个极小的数，例如 1e-9。",
)
def falls_below_the_edge(relative, bidirectional=True, buckets=32, max_distance=128):
    relative = relative.long()
    start, distance = 0, (-relative).clamp(min=0)
    if bidirectional:
        buckets //= 2
        start, distance = (relative > 0) * buckets, relative.abs()
    exact = buckets // 2
    rate = (buckets - exact) / math.log(max_distance / exact)
    far = exact + (torch.log(distance.clamp(min=exact).double() / exact) * rate).long()
    return start + torch.where(distance < exact, distance, far.clamp(max=buckets - 1))


@mistake(
    of="relative_position_bucket",
    en="It looks like a Python loop visits one relative position after another: the buckets are right, and the loop "
    "is slow. The whole tensor can go through the formula at once.",
    zh="看起来是用 Python 循环逐个处理相对位置：桶号正确，但太慢。整个张量可以一次代入公式。",
    only="speed",
)
def one_relative_position_at_a_time(relative, bidirectional=True, buckets=32, max_distance=128):
    one_side = buckets // 2 if bidirectional else buckets
    exact = one_side // 2

    def one(place):
        distance = abs(place) if bidirectional else max(-place, 0)
        start = one_side if bidirectional and place > 0 else 0
        if distance < exact:
            return start + distance
        far = math.log(distance / exact) / math.log(max_distance / exact) * (one_side - exact)
        return start + min(exact + int(far + 1e-9), one_side - 1)

    answer = torch.empty(relative.numel(), dtype=torch.int64, device=relative.device)
    for index, place in enumerate(relative.flatten()):
        answer[index] = one(int(place))
    return answer.view(relative.shape)


def geometric(count, first=1):
    return 2.0 ** (-8.0 * torch.arange(first, count + first) / count)


@mistake(
    of="alibi_slopes",
    en="It looks like 2^(-8h/heads) is used for every number of heads. If that is not a power of two, the slopes of "
    "the power below come first and the missing ones from twice that power.",
    zh="看起来不论头数多少都用了 2^(-8h/头数)。头数不是 2 的幂时，先取较小的那个 2 的幂的斜率，"
    "缺少的再从它的两倍的斜率中取。",
)
def one_formula_for_every_number_of_heads(num_heads):
    return geometric(num_heads)


@mistake(
    of="alibi_slopes",
    en="It looks like you count heads from 0: then the first slope is 1, as yours is. Heads are h = 1, 2, ...",
    zh="看起来你从 0 开始给头编号：第一个斜率于是成了 1，与你的结果一样。头的编号是 h = 1, 2, …",
)
def counts_heads_from_zero(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    return torch.cat([geometric(power, first=0), geometric(2 * power, first=0)[0::2][: num_heads - power]])


@mistake(
    of="alibi_slopes",
    en="It looks like the missing slopes are the 2nd, 4th, 6th, ... of twice as many heads: those are already there. "
    "Take the 1st, 3rd, 5th, ...",
    zh="看起来缺少的斜率是从两倍头数的第 2、4、6 … 个补的：这些斜率已经有了。应取第 1、3、5 … 个。",
)
def repeats_slopes(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    return torch.cat([geometric(power), geometric(2 * power)[1::2][: num_heads - power]])


@mistake(
    of="alibi_slopes",
    en="It looks like the missing slopes are the first ones of twice as many heads: every second of these is already "
    "there. Take the 1st, 3rd, 5th, ...",
    zh="看起来缺少的斜率是从两倍头数的最前面几个依次补的：其中每隔一个就有一个已经有了。应取第 1、3、5 … 个。",
    breaks="as are missing of the 1st, 3rd, 5th, ... slope of 2n heads",
)
def takes_the_first_slopes(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    return torch.cat([geometric(power), geometric(2 * power)[: num_heads - power]])


@mistake(
    of="alibi_slopes",
    en="It looks like the slopes were sorted. The added ones stand after the others, in their own order.",
    zh="看起来斜率被排过序。补上的斜率排在其余斜率之后，不重新排序。",
)
def sorts_the_slopes(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    slopes = torch.cat([geometric(power), geometric(2 * power)[0::2][: num_heads - power]])
    return slopes.sort(descending=True).values


def distance_to_keys(queries, keys):
    return torch.arange(keys - queries, keys)[:, None] - torch.arange(keys)


@mistake(
    of="alibi_bias",
    en="It looks like the minus sign is missing: your bias rewards distance instead of punishing it.",
    zh="看起来漏掉了负号：你的偏置让距离越远的键得分越高。",
)
def rewards_distance(num_heads, queries, keys):
    return solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys).abs()


@mistake(
    of="alibi_bias",
    en="It looks like the queries stand at positions 0, 1, 2, ... They are the last ones: with a cache, the only "
    "query stands beside the newest key.",
    zh="看起来你让查询占据了位置 0, 1, 2, …。查询应在最后：使用缓存时，唯一的查询与最新的键在同一位置。",
)
def queries_come_first(num_heads, queries, keys):
    distance = torch.arange(queries)[:, None] - torch.arange(keys)
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance.abs()


@mistake(
    of="alibi_bias",
    en="It looks like every query measures from the newest key, as if all of them stood there: your rows are all "
    "alike. Each query has a position of its own, keys - queries + i.",
    zh="看起来每个查询都从最新的键开始量距离，仿佛它们都在那个位置：你的各行完全相同。每个查询有自己的位置，"
    "即 keys - queries + i。",
)
def measures_from_the_newest_key(num_heads, queries, keys):
    distance = torch.arange(keys - 1, -1, -1).expand(queries, keys)
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance


@mistake(
    of="alibi_bias",
    en="It looks like your distance has a sign, so that keys in the future are rewarded. Take its absolute value.",
    zh="看起来你的距离带着符号，这样未来的键反而会加分。距离应取绝对值。",
)
def rewards_the_future(num_heads, queries, keys):
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys)


@mistake(
    of="alibi_bias",
    en="It looks like keys in the future get 0. The penalty is the same on both sides; hiding the future is the work "
    "of the causal mask.",
    zh="看起来未来的键一律成了 0。惩罚在前后两侧相同；遮住未来是因果掩码（causal mask）的事。",
)
def leaves_the_future_out(num_heads, queries, keys):
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys).clamp(min=0)
