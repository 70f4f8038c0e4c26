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
    en="Your answer equals the one with all sines in the first half and all cosines in the second. "
    "Here they alternate: sine, cosine, sine, cosine.",
    zh="你的结果等于前一半全是正弦、后一半全是余弦的结果。这里要求正弦、余弦逐列交替。",
)
def sines_first_then_cosines(length, dim):
    angles = angles_of(length, dim)
    return torch.cat([angles.sin(), angles.cos()], dim=-1).float()


@mistake(
    of="sinusoidal_positions",
    en="Your answer equals the one whose sines and cosines have changed places.",
    zh="你的结果等于把正弦和余弦的位置互换的结果。",
)
def cosines_in_even_columns(length, dim):
    angles = angles_of(length, dim)
    return torch.stack([angles.cos(), angles.sin()], dim=-1).flatten(1).float()


@mistake(
    of="sinusoidal_positions",
    en="Your answer equals the one in which every column has a frequency of its own, 10000^(-column/dim). "
    "A sine and the cosine beside it share one frequency.",
    zh="你的结果等于每一列都有自己的频率 10000^(-列号/dim) 的结果。相邻的正弦和余弦应共用同一个频率。",
)
def a_frequency_for_every_column(length, dim):
    even(dim)
    angles = angles_of(length, dim, torch.arange(dim, dtype=torch.float64) / dim)
    return torch.where(torch.arange(dim) % 2 == 0, angles.sin(), angles.cos()).float()


@mistake(
    of="sinusoidal_positions",
    en="Your answer equals the one with the exponent j/dim. Pair j has the exponent 2j/dim.",
    zh="你的结果等于指数取 j/dim 的结果。第 j 对的指数应为 2j/dim。",
)
def forgets_the_two_in_the_exponent(length, dim):
    return alternate(angles_of(length, dim, torch.arange(dim // 2, dtype=torch.float64) / dim))


@mistake(
    of="sinusoidal_positions",
    en="Your answer equals the one whose first position is 1. Positions start at 0.",
    zh="你的结果等于位置从 1 开始的结果。位置应从 0 开始。",
)
def starts_at_one(length, dim):
    return alternate(angles_of(length, dim, start=1))


@mistake(
    of="sinusoidal_positions",
    en="Your answer equals the one whose angles are computed in float32: at position 10,000 it is wrong in the "
    "fourth digit.",
    zh="你的结果等于用 float32 计算角度的结果：到位置 10,000 时，第 4 位数字就已经错了。",
)
def angles_in_float32(length, dim):
    even(dim)
    angles = torch.arange(length).float()[:, None] * (10000.0 ** (-torch.arange(0, dim, 2) / dim)).float()
    return alternate(angles)


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
    en="Your answer equals the one that reads `relative` as query minus key. It is key minus query: "
    "a negative number looks back.",
    zh="你的结果等于把 `relative` 当作“查询位置减键位置”的结果。它是键位置减查询位置：负数表示往回看。",
)
def subtracts_the_key_from_the_query(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, swap=True)


@mistake(
    of="relative_position_bucket",
    en="Your answer equals the one that takes both directions whatever `bidirectional` says.",
    zh="你的结果等于不论 `bidirectional` 是什么都按双向处理的结果。",
)
def ignores_the_direction(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, True, buckets, max_distance)


@mistake(
    of="relative_position_bucket",
    en="Your answer equals the one that does not halve the buckets: with both directions each side has only half of "
    "them, for the near and for the far distances.",
    zh="你的结果等于没有把桶数减半的结果：双向时每一侧只有一半的桶，近距离和远距离都从这一半里分。",
)
def gives_every_direction_all_buckets(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, whole=True)


@mistake(
    of="relative_position_bucket",
    en="Your answer equals the one that gives keys in the future the bucket of their distance. "
    "In one direction every key in the future counts as distance 0.",
    zh="你的结果等于给未来的键也按距离分桶的结果。单向时，未来的键一律按距离 0 处理。",
)
def looks_into_the_future(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative if bidirectional else -relative.long().abs(), bidirectional, buckets, max_distance)


@mistake(
    of="relative_position_bucket",
    en="Your answer equals the one without an upper end: distances beyond `max_distance` get bucket numbers that do "
    "not exist, or that belong to the other direction.",
    zh="你的结果等于没有设上限的结果：超过 `max_distance` 的距离会得到不存在的桶号，或落进另一方向的桶。",
)
def never_stops(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, top=10**6)


@mistake(
    of="relative_position_bucket",
    en="Your answer equals the one that rounds the logarithm to the nearest whole number. It is rounded down.",
    zh="你的结果等于把对数四舍五入的结果。这里应当向下取整。",
)
def rounds_to_the_nearest(relative, bidirectional=True, buckets=32, max_distance=128):
    return bucket(relative, bidirectional, buckets, max_distance, rounding=torch.round)


@mistake(
    of="relative_position_bucket",
    en="Your answer is right and slow: it visits one relative position after another in a Python loop.",
    zh="你的结果正确但太慢：用 Python 循环逐个处理相对位置。",
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
    en="Your answer equals the one with 2^(-8h/heads) for every number of heads. If it is not a power of two, the "
    "slopes of the power below come first and the missing ones from twice that power.",
    zh="你的结果等于不论头数多少都用 2^(-8h/头数) 的结果。头数不是 2 的幂时，先取较小的那个 2 的幂的斜率，"
    "缺少的再从它的两倍的斜率中取。",
)
def one_formula_for_every_number_of_heads(num_heads):
    return geometric(num_heads)


@mistake(
    of="alibi_slopes",
    en="Your answer equals the one that counts heads from 0, so that the first slope is 1.",
    zh="你的结果等于头从 0 开始编号的结果，因此第一个斜率成了 1。",
)
def counts_heads_from_zero(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    return torch.cat([geometric(power, first=0), geometric(2 * power, first=0)[0::2][: num_heads - power]])


@mistake(
    of="alibi_slopes",
    en="Your answer equals the one that fills up with the 2nd, 4th, 6th, ... slope of twice as many heads: "
    "those are already there. The missing ones are the 1st, 3rd, 5th, ...",
    zh="你的结果等于用两倍头数的第 2、4、6 … 个斜率补足的结果：这些斜率已经有了。缺少的应取第 1、3、5 … 个。",
)
def repeats_slopes(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    return torch.cat([geometric(power), geometric(2 * power)[1::2][: num_heads - power]])


@mistake(
    of="alibi_slopes",
    en="Your answer equals the one with the slopes sorted. The added slopes stand after the others, unsorted.",
    zh="你的结果等于把斜率排过序的结果。补上的斜率排在其余斜率之后，不重新排序。",
)
def sorts_the_slopes(num_heads):
    power = 2 ** (num_heads.bit_length() - 1)
    slopes = torch.cat([geometric(power), geometric(2 * power)[0::2][: num_heads - power]])
    return slopes.sort(descending=True).values


def distance_to_keys(queries, keys):
    return torch.arange(keys - queries, keys)[:, None] - torch.arange(keys)


@mistake(
    of="alibi_bias",
    en="Your answer equals the one without the minus sign: it rewards distance instead of punishing it.",
    zh="你的结果等于漏掉负号的结果：距离越远反而得分越高。",
)
def rewards_distance(num_heads, queries, keys):
    return solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys).abs()


@mistake(
    of="alibi_bias",
    en="Your answer equals the one in which the queries are the first positions. They are the last ones: "
    "with a cache, the only query stands beside the newest key.",
    zh="你的结果等于让查询占据最前面的位置的结果。查询应在最后：使用缓存时，唯一的查询与最新的键在同一位置。",
)
def queries_come_first(num_heads, queries, keys):
    distance = torch.arange(queries)[:, None] - torch.arange(keys)
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance.abs()


@mistake(
    of="alibi_bias",
    en="Your answer equals the one whose distance has a sign, so that keys in the future are rewarded. "
    "The distance is an absolute value.",
    zh="你的结果等于距离带符号的结果，这样未来的键反而会加分。距离应取绝对值。",
)
def rewards_the_future(num_heads, queries, keys):
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys)


@mistake(
    of="alibi_bias",
    en="Your answer equals the one that sets keys in the future to 0. The penalty is the same on both sides; "
    "hiding the future is the work of the causal mask.",
    zh="你的结果等于把未来的键一律设为 0 的结果。惩罚在前后两侧相同；遮住未来是因果掩码（causal mask）的事。",
)
def leaves_the_future_out(num_heads, queries, keys):
    return -solution.alibi_slopes(num_heads)[:, None, None] * distance_to_keys(queries, keys).clamp(min=0)
