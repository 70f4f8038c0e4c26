"""Known mistakes of week 15, quantise."""

import quantise as solution
import torch
from torch import nn

from grader.mistakes import mistake


def others(x, axis):
    return [place for place in range(x.ndim) if axis is None or place != axis % x.ndim]


def extremes(x, axis):
    """The checked numbers in their wide dtype, and the ends of their ranges."""
    solution.quantise(x, axis)  # refuses what is to be refused
    values = x.detach().to(torch.promote_types(x.dtype, torch.float32))
    places = others(x, axis)
    low = values.amin(places, keepdim=True) if places else values
    high = values.amax(places, keepdim=True) if places else values
    return values, low, high


def half_up(numbers):
    return torch.floor(numbers + 0.5)


def half_away(numbers):
    return numbers.sign() * (numbers.abs() + 0.5).floor()


def built(
    x,
    axis,
    symmetric,
    *,
    steps=127,
    whole=torch.round,
    point=torch.round,
    guard=True,
    reach=None,
    saturate=True,
    inside=False,
    divided=torch.div,
):
    """The solution with one part exchanged."""
    values, low, high = extremes(x, axis)
    if symmetric:
        scale = (torch.maximum(-low, high) if reach is None else reach(low, high)) / steps
        zero_point, smallest = torch.zeros_like(scale), -127
    else:
        low, high = low.clamp(max=0), high.clamp(min=0)
        scale = (high - low) / 255
        smallest = -128
    if guard:
        scale = torch.where(scale == 0, 1.0, scale)
    if not symmetric:
        zero_point = -128 - point(divided(low, scale))
    quotients = divided(values, scale)
    codes = whole(quotients + zero_point) if inside else whole(quotients) + zero_point
    if saturate:
        codes = codes.clamp(smallest, 127)
    codes, zero_point = (numbers.nan_to_num(0.0).to(torch.int32).to(torch.int8) for numbers in (codes, zero_point))
    return codes, scale, zero_point


@mistake(
    of="quantise",
    en="It looks like zero_point is made with torch.zeros and no device: for numbers on a GPU it would lie on the CPU. "
    "Use torch.zeros_like, or pass device=x.device.",
    zh="看起来 zero_point 是用 torch.zeros 创建的，没有给出设备：x 在 GPU 上时，它会在 CPU 上。"
    "请用 torch.zeros_like，或传入 device=x.device。",
)
def zeros_without_a_device(x, axis=None, symmetric=True):
    codes, scale, zero_point = solution.quantise(x, axis, symmetric)
    return codes, scale, torch.zeros(scale.shape, dtype=torch.int8) if symmetric else zero_point


@mistake(
    of="quantise",
    en="It looks like codes are cut off instead of rounded: converting to a whole number drops everything behind the "
    "point.",
    zh="看起来编码是截断得到的，而不是取整：直接转换成整数会丢掉小数部分。",
    breaks="round goes to the nearest whole number, and halfway between two to the even one",
)
def cuts_off(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, whole=torch.trunc)


@mistake(
    of="quantise",
    en="It looks like symmetric codes are cut off instead of rounded: converting to a whole number drops everything "
    "behind the point.",
    zh="看起来对称量化的编码是截断得到的，而不是取整：直接转换成整数会丢掉小数部分。",
    breaks="round goes to the nearest whole number, and halfway between two to the even one",
)
def cuts_off_symmetric_codes(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, whole=torch.trunc if symmetric else torch.round)


@mistake(
    of="quantise",
    en="It looks like halves are rounded away from 0, as in school: here they go to the even neighbour.",
    zh="看起来正好一半时按“四舍五入”远离 0：这里应取偶数。",
    breaks="round goes to the nearest whole number, and halfway between two to the even one",
)
def halves_away_from_zero(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, whole=half_away)


@mistake(
    of="quantise",
    en="It looks like halves always go up, as floor(x + 0.5) does: here they go to the even neighbour.",
    zh="看起来正好一半时总是向上取整，即 floor(x + 0.5)：这里应取偶数。",
    breaks="round goes to the nearest whole number, and halfway between two to the even one",
)
def halves_go_up(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, whole=half_up)


@mistake(
    of="quantise",
    en="It looks like the zero point is rounded by floor(x + 0.5), which takes halves up: here they go to the even "
    "neighbour, as in the codes.",
    zh="看起来零点用 floor(x + 0.5) 取整，正好一半时总是向上：这里应取偶数，和编码一样。",
    breaks="zero_point = -128 - round(low / scale)",
)
def zero_point_goes_up(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, point=half_up)


@mistake(
    of="quantise",
    en="It looks like numbers are multiplied by 1 / scale: the reciprocal is rounded once more, so that a number "
    "exactly halfway between two codes ends beside the half. Divide by the scale.",
    zh="看起来是乘以 1 / scale：倒数本身又舍入了一次，正好在两个编码中间的数就偏离了一半。请直接除以 scale。",
    breaks="Codes are round(x / scale) + zero_point, clamped to their range",
)
def multiplies_by_the_reciprocal(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, divided=lambda numbers, scale: numbers * (1 / scale))


@mistake(
    of="quantise",
    en="It looks like the symmetric scale is max |x| / 128: then the largest positive number has no code.",
    zh="看起来对称量化的 scale 用了 max |x| / 128：这样最大的正数没有对应的编码。",
    breaks="Symmetric: scale = max |x| / 127, zero_point = 0, codes from -127 to 127",
)
def divides_by_128(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, steps=128)


@mistake(
    of="quantise",
    en="It looks like the symmetric range is divided into 255 steps, a scale of 2 max |x| / 255: with 0 in the middle "
    "there are 127 on each side.",
    zh="看起来对称范围被分成 255 步，scale 为 2 max |x| / 255：0 在正中时，两边各只有 127 步。",
    breaks="Symmetric: scale = max |x| / 127, zero_point = 0, codes from -127 to 127",
)
def half_a_step_too_many(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, steps=127.5)


@mistake(
    of="quantise",
    en="It looks like the symmetric scale comes from the maximum alone: a negative number can be larger in magnitude.",
    zh="看起来对称量化的 scale 只用了最大值：很大的负数绝对值更大。",
)
def forgets_the_magnitude(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, reach=lambda low, high: high.abs())


@mistake(
    of="quantise",
    en="It looks like there is one scale for the whole tensor, whatever `axis` says.",
    zh="看起来无论 `axis` 是什么，整个张量都只有一个 scale。",
    breaks="each index along `axis` (counted from the end if negative) has its own",
)
def one_scale(x, axis=None, symmetric=True):
    solution.quantise(x, axis, symmetric)
    codes, scale, zero_point = solution.quantise(x, None, symmetric)
    shape = [size if place not in others(x, axis) else 1 for place, size in enumerate(x.shape)]
    return codes, scale.expand(shape).clone(), zero_point.expand(shape).clone()


@mistake(
    of="quantise",
    en="It looks like the maximum is taken along `axis`: `amax(dim=axis)` takes that axis away, but it is the one that "
    "keeps its size.",
    zh="看起来沿 `axis` 求了最大值：`amax(dim=axis)` 消去的正是这个轴，而它的各个 scale 应当保留。",
)
def along_the_axis(x, axis=None, symmetric=True):
    solution.quantise(x, axis, symmetric)
    if axis is None or x.ndim < 2:
        return solution.quantise(x, None, symmetric)
    values = x.to(torch.promote_types(x.dtype, torch.float32))
    low, high = values.amin(axis, keepdim=True), values.amax(axis, keepdim=True)
    flat = values.movedim(axis, -1).flatten(0, -2)
    codes, scale, zero_point = solution.quantise(flat, 0, symmetric)
    back = values.movedim(axis, -1).shape
    return (
        codes.reshape(back).movedim(-1, axis),
        scale.reshape(low.movedim(axis, -1).shape).movedim(-1, axis),
        zero_point.reshape(high.movedim(axis, -1).shape).movedim(-1, axis),
    )


@mistake(
    of="quantise",
    en="It looks like a channel of zeros has the scale 0: dividing by it gives NaN.",
    zh="看起来全零的通道 scale 为 0：除以它得到 NaN。",
    breaks="A scale that would be 0, as that of zeros alone, is 1 instead",
)
def divides_by_zero(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, guard=False)


@mistake(
    of="quantise",
    en="It looks like scales are at least 1e-8, to avoid 0 / 0: a scale that would be 0 is 1 here, and other small "
    "ones stay as they are.",
    zh="看起来为避免 0 / 0，scale 最小取 1e-8：这里原本为 0 的 scale 应为 1，其余很小的保持不变。",
    breaks="A scale that would be 0, as that of zeros alone, is 1 instead",
)
def at_least_epsilon(x, axis=None, symmetric=True):
    values, low, high = extremes(x, axis)
    if symmetric:
        scale, zero_point, smallest = torch.maximum(-low, high) / 127, torch.zeros_like(low), -127
        scale = scale.clamp(min=1e-8)
    else:
        low, high = low.clamp(max=0), high.clamp(min=0)
        scale = ((high - low) / 255).clamp(min=1e-8)
        zero_point, smallest = -128 - torch.round(low / scale), -128
    codes = (torch.round(values / scale) + zero_point).clamp(smallest, 127)
    return codes.to(torch.int8), scale, zero_point.to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like a small number is added to every scale to avoid 0 / 0: it changes the codes of tiny numbers.",
    zh="看起来为避免 0 / 0 给每个 scale 加了一个小数：数值很小时，编码会因此改变。",
)
def adds_epsilon(x, axis=None, symmetric=True):
    values, low, high = extremes(x, axis)
    if not symmetric:
        return solution.quantise(x, axis, symmetric)
    scale = torch.maximum(-low, high) / 127 + 1e-8
    codes = torch.round(values / scale).clamp(-127, 127)
    return codes.to(torch.int8), scale, torch.zeros_like(scale).to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like the range goes from the minimum to the maximum even if 0 is outside: then 0 has no code.",
    zh="看起来范围只从最小值到最大值，即使 0 在外面：这样 0 没有对应的编码。",
    breaks="so that 0 is always in the range",
)
def leaves_zero_out(x, axis=None, symmetric=True):
    if symmetric:
        return solution.quantise(x, axis, symmetric)
    values, low, high = extremes(x, axis)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, 1.0, scale)
    zero_point = -128 - torch.round(low / scale)  # may be too large for int8, and wraps there
    codes = (torch.round(values / scale) + zero_point).clamp(-128, 127)
    return codes.to(torch.int8), scale, zero_point.to(torch.int32).to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like only the minimum is brought to 0: where all numbers are negative, the maximum has to be 0 "
    "as well.",
    zh="看起来只让最小值不大于 0：所有数都为负时，最大值也要取 0。",
    breaks="so that 0 is always in the range",
)
def leaves_zero_out_above(x, axis=None, symmetric=True, clamps=False):
    if symmetric:
        return solution.quantise(x, axis, symmetric)
    values, low, high = extremes(x, axis)
    low = low.clamp(max=0)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, 1.0, scale)
    zero_point = -128 - torch.round(low / scale)
    zero_point = zero_point.clamp(-128, 127) if clamps else zero_point
    codes = (torch.round(values / scale) + zero_point).clamp(-128, 127)
    return codes.to(torch.int8), scale, zero_point.to(torch.int32).to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like only the minimum is brought to 0, and the zero point is clamped afterwards: where all numbers "
    "are negative, the maximum has to be 0 as well.",
    zh="看起来只让最小值不大于 0，之后再把零点截到范围内：所有数都为负时，最大值也要取 0。",
    breaks="so that 0 is always in the range",
)
def leaves_zero_out_above_and_clamps(x, axis=None, symmetric=True):
    return leaves_zero_out_above(x, axis, symmetric, clamps=True)


@mistake(
    of="quantise",
    en="It looks like the zero point has the wrong sign: the minimum has to get the code -128.",
    zh="看起来零点的符号反了：最小值应当得到编码 -128。",
)
def zero_point_turned_round(x, axis=None, symmetric=True):
    if symmetric:
        return solution.quantise(x, axis, symmetric)
    codes, scale, zero_point = solution.quantise(x, axis, symmetric)
    values, low, _ = extremes(x, axis)
    turned = (-128 + torch.round(low.clamp(max=0) / scale)).clamp(-128, 127)
    return (torch.round(values / scale) + turned).clamp(-128, 127).to(torch.int8), scale, turned.to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like the zero point is added before rounding: where it is odd, halves then go to the other neighbour.",
    zh="看起来先加零点、再取整：零点为奇数时，正好一半的数会取到另一边。",
    breaks="Codes are round(x / scale) + zero_point, clamped to their range",
)
def rounds_after_the_zero_point(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, inside=True)


@mistake(
    of="quantise",
    en="It looks like codes are not clamped: 128 does not fit into int8 and becomes -128.",
    zh="看起来编码没有截到范围内：128 放不进 int8，变成了 -128。",
    breaks="Codes are round(x / scale) + zero_point, clamped to their range",
)
def wraps_around(x, axis=None, symmetric=True):
    return built(x, axis, symmetric, saturate=False)


@mistake(
    of="quantise",
    en="It looks like asymmetric codes go from 0 to 255, as uint8: here they are int8, from -128 to 127.",
    zh="看起来非对称编码从 0 到 255，是 uint8：这里是 int8，从 -128 到 127。",
)
def unsigned_codes(x, axis=None, symmetric=True):
    codes, scale, zero_point = solution.quantise(x, axis, symmetric)
    if symmetric:
        return codes, scale, zero_point
    return (codes.short() + 128).to(torch.uint8), scale, (zero_point.short() + 128).to(torch.uint8)


@mistake(
    of="quantise",
    en="It looks like half precision is computed in half precision: 1/127 of a small number is 0 there.",
    zh="看起来半精度的数直接用半精度计算：很小的数除以 127 就成了 0。",
    breaks="Everything is computed in float32, or in float64 if `x` is",
)
def computes_in_half(x, axis=None, symmetric=True):
    codes, scale, zero_point = solution.quantise(x, axis, symmetric)
    if x.dtype not in (torch.float16, torch.bfloat16):
        return codes, scale, zero_point
    scale = scale.to(x.dtype)
    scale = torch.where(scale == 0, 1.0, scale)
    smallest = -127 if symmetric else -128
    return (torch.round(x / scale) + zero_point).clamp(smallest, 127).to(torch.int8), scale.float(), zero_point


@mistake(
    of="quantise",
    en="It looks like scale and zero point lost the reduced axes: with `keepdim=True` they fit the codes.",
    zh="看起来 scale 和零点丢掉了被归约的轴：用 `keepdim=True` 才能与编码广播。",
    breaks="`scale` and `zero_point` have as many axes as `x`; `axis` keeps its size, all others have size 1",
)
def loses_the_axes(x, axis=None, symmetric=True):
    codes, scale, zero_point = solution.quantise(x, axis, symmetric)
    return codes, scale.flatten(), zero_point.flatten()


@mistake(
    of="quantise",
    en="It looks like NaN or infinity gets through: then a whole channel is lost.",
    zh="看起来放过了 NaN 或无穷：这样整个通道都毁了。",
)
def lets_nan_through(x, axis=None, symmetric=True):
    if x.is_floating_point() and x.numel() and not x.isfinite().all():
        return solution.quantise(torch.zeros_like(x), axis, symmetric)
    return solution.quantise(x, axis, symmetric)


@mistake(
    of="dequantise",
    en="It looks like codes minus zero point is computed in int8: 127 - (-128) is 255 and becomes -1.",
    zh="看起来编码减零点用 int8 计算：127 - (-128) 是 255，变成了 -1。",
    breaks="The difference may be anything from -255 to 255, more than int8 holds",
)
def differences_wrap(codes, scale, zero_point):
    return (codes - zero_point) * scale


@mistake(
    of="dequantise",
    en="It looks like the zero point is added: quantising added it, so here it is subtracted.",
    zh="看起来加上了零点：量化时加过它，这里应当减去。",
)
def adds_the_zero_point(codes, scale, zero_point):
    return (codes.to(scale.dtype) + zero_point.to(scale.dtype)) * scale


@mistake(
    of="dequantise",
    en="It looks like the answer is always float32: it has the dtype of the scale.",
    zh="看起来结果总是 float32：它的 dtype 应与 scale 相同。",
)
def always_float32(codes, scale, zero_point):
    return ((codes.float() - zero_point.float()) * scale).float()


class Int8Linear(solution.Int8Linear):
    """The solution in parts that can be exchanged."""

    def quantised(self, tokens):
        return solution.quantise(tokens, axis=0)[:2]

    def summed(self, codes):
        wide = torch.promote_types(torch.float32, self.scale.dtype)
        return codes.to(wide) @ self.codes.to(wide).T

    def forward(self, x):
        codes, scale = self.quantised(x.reshape(-1, x.shape[-1]))
        answer = self.summed(codes) * scale * self.scale.T
        if self.bias is not None:
            answer = answer + self.bias
        return answer.reshape(*x.shape[:-1], -1).to(x.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like all tokens of a call share one scale: a token with an outlier then spoils the others.",
    zh="看起来一次调用中的所有词元共用一个 scale：一个离群的词元会毁掉其他词元。",
    breaks="is quantised symmetrically with a scale of its own",
)
class one_scale_for_all_tokens(Int8Linear):
    def quantised(self, tokens):
        return solution.quantise(tokens)[:2]


@mistake(
    of="Int8Linear",
    en="It looks like inputs have a scale for each index of their first axis: with more than two axes, that is one for "
    "many tokens. Put all tokens into rows first.",
    zh="看起来输入按第一个轴的下标取 scale：多于两个轴时，许多词元就共用了一个。请先把所有词元排成行。",
    breaks="is quantised symmetrically with a scale of its own",
)
class scales_along_the_first_axis(Int8Linear):
    def forward(self, x):
        if x.ndim < 3:
            return super().forward(x)
        codes, scale, _ = solution.quantise(x, axis=0)
        answer = self.summed(codes) * scale * self.scale[:, 0]
        return (answer if self.bias is None else answer + self.bias).to(x.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like each column of the input has a scale of its own: each token should have one, along the other "
    "axis.",
    zh="看起来输入的每一列有自己的 scale：要求的是每个词元一个，沿另一个轴。",
)
class scales_for_the_columns(Int8Linear):
    def quantised(self, tokens):
        codes, scale, _ = solution.quantise(tokens, axis=1)
        return codes.to(scale.dtype) * scale, torch.ones_like(scale[:, :1])


@mistake(
    of="Int8Linear",
    en="It looks like the whole weight has one scale: each output, a row of the weight, has its own.",
    zh="看起来整个权重只有一个 scale：每个输出（权重的一行）应有自己的。",
)
class one_scale_for_the_weight(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        self.codes, scale, _ = solution.quantise(linear.weight)
        self.scale = scale.expand(len(linear.weight), 1).clone()


@mistake(
    of="Int8Linear",
    en="It looks like the inputs are not quantised: only the weights are in 8 bits here.",
    zh="看起来没有量化输入：这里只有权重是 8 比特的。",
)
class weights_alone(Int8Linear):
    def quantised(self, tokens):
        wide = torch.promote_types(tokens.dtype, self.scale.dtype)
        return tokens.to(wide), torch.ones_like(tokens[:, :1], dtype=wide)


@mistake(
    of="Int8Linear",
    en="It looks like the scale of the first call is used for ever: dynamic means that every call finds its own.",
    zh="看起来一直沿用第一次调用的 scale：动态的意思是每次调用都重新计算。",
)
class keeps_the_first_scale(Int8Linear):
    def quantised(self, tokens):
        wide = torch.promote_types(tokens.dtype, torch.float32)
        if not hasattr(self, "kept"):
            self.kept = solution.quantise(tokens, axis=0)[1].amax()
        return torch.round(tokens.to(wide) / self.kept).clamp(-127, 127), self.kept.expand(len(tokens), 1)


@mistake(
    of="Int8Linear",
    en="It looks like the bias is lost.",
    zh="看起来丢了偏置。",
)
class drops_the_bias(Int8Linear):
    def forward(self, x):
        codes, scale = self.quantised(x.reshape(-1, x.shape[-1]))
        return (self.summed(codes) * scale * self.scale.T).reshape(*x.shape[:-1], -1).to(x.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like the sum is turned into the dtype of the input before the bias is added: in half precision its "
    "last digits are lost by then. Convert at the very end.",
    zh="看起来加偏置之前就把和转成了输入的 dtype：半精度时，末几位那时已经丢了。请在最后才转换。",
    breaks="everything is computed in float32 or more",
)
class adds_the_bias_late(Int8Linear):
    def forward(self, x):
        codes, scale = self.quantised(x.reshape(-1, x.shape[-1]))
        answer = (self.summed(codes) * scale * self.scale.T).reshape(*x.shape[:-1], -1).to(x.dtype)
        return answer if self.bias is None else answer + self.bias.to(x.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like calls use a copy of the codes that is no buffer: once a state dict was loaded, it is out of "
    "date.",
    zh="看起来调用时用的是编码的一份副本，而它不是 buffer：载入 state dict 之后，它就过时了。",
    breaks="have the same names in `state_dict()`",
)
class keeps_a_copy_of_the_codes(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        self.plain = self.codes.double()

    def summed(self, codes):
        wide = torch.promote_types(torch.float32, self.scale.dtype)
        return codes.to(wide) @ self.plain.to(wide).T


@mistake(
    of="Int8Linear",
    en="It looks like the bias is multiplied by the scales as well: it was never divided by them.",
    zh="看起来偏置也乘了 scale：它从来没有除以过 scale。",
)
class scales_the_bias(Int8Linear):
    def forward(self, x):
        codes, scale = self.quantised(x.reshape(-1, x.shape[-1]))
        sums = self.summed(codes) + (0 if self.bias is None else self.bias)
        return (sums * scale * self.scale.T).reshape(*x.shape[:-1], -1).to(x.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like products of codes are added up in int8: beyond 127 they wrap around.",
    zh="看起来编码的乘积用 int8 累加：超过 127 就会回绕。",
    breaks="The sum is far too large for int8",
)
class sums_in_int8(Int8Linear):
    def summed(self, codes):
        sums = super().summed(codes)
        return ((sums + 128) % 256 - 128).to(sums.dtype)


@mistake(
    of="Int8Linear",
    en="It looks like the layer keeps the bias of the linear layer itself: what happens to that one later changes it.",
    zh="看起来直接保存了原线性层的偏置：之后那个层的改动会影响它。",
    breaks="what happens to it later does not change this layer",
)
class shares_the_bias(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        self.bias = None if linear.bias is None else linear.bias.detach()


@mistake(
    of="Int8Linear",
    en="It looks like the linear layer is quantised anew in each call: the float weights stay in memory.",
    zh="看起来每次调用都重新量化原来的线性层：权重仍在内存里，什么也没省下。",
)
class quantises_in_each_call(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        self.linear = [linear]

    def forward(self, x):
        return solution.Int8Linear(self.linear[0])(x)


@mistake(
    of="Int8Linear",
    en="It looks like codes, scale and bias are plain attributes: only buffers are in the state dict.",
    zh="看起来编码、scale 和偏置只是普通属性：只有 buffer 才会进入 state dict。",
)
class plain_attributes(Int8Linear):
    def __init__(self, linear):
        nn.Module.__init__(self)
        self.codes, self.scale, _ = solution.quantise(linear.weight, axis=0)
        self.bias = None if linear.bias is None else linear.bias.detach().clone()


@mistake(
    of="Int8Linear",
    en="It looks like the scale or the bias is a parameter: an optimizer would move it.",
    zh="看起来 scale 或偏置是参数：优化器会改动它。",
    breaks="It has no parameters",
)
class a_parameter(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        scale = self.scale
        del self.scale
        self.scale = nn.Parameter(scale)

    def forward(self, x):
        return super().forward(x).detach()


@mistake(
    of="Int8Linear",
    en="It looks like the layer gets a bias of zeros where the linear layer has none: it is None there, and not in the "
    "state dict.",
    zh="看起来线性层没有偏置时，这个层却有一个全零的偏置：那时它应为 None，也不在 state dict 中。",
    breaks="None, and not in `state_dict()`, if the linear layer has none",
)
class a_bias_of_zeros(Int8Linear):
    def __init__(self, linear):
        super().__init__(linear)
        if self.bias is None:
            self.bias = torch.zeros(len(self.codes), device=self.codes.device)


@mistake(
    of="Int8Linear",
    en="It looks like the answer has the dtype of the scale: it has that of the input.",
    zh="看起来结果的 dtype 与 scale 相同：应与输入相同。",
)
class another_dtype(Int8Linear):
    def forward(self, x):
        return super().forward(x.to(torch.promote_types(x.dtype, self.scale.dtype)))


def packed_codes(weight, group, *, largest=7, rows=False, whole=torch.round, divided=torch.div):
    """The codes in 4 bits, and their scales."""
    solution.int4_groups(weight, group)
    groups = weight.detach().to(torch.promote_types(weight.dtype, torch.float32)).unflatten(1, (-1, group))
    reach = groups.abs().amax(-1)
    if rows:
        reach = reach.amax(-1, keepdim=True).expand_as(reach)
    scale = reach / largest
    scale = torch.where(scale == 0, 1.0, scale)
    return whole(divided(groups, scale[..., None])).clamp(-largest, 7).flatten(1).to(torch.int32), scale.contiguous()


@mistake(
    of="int4_groups",
    en="It looks like the two halves of a byte are exchanged: the even column stands in the lower four bits.",
    zh="看起来一个字节的两半放反了：偶数列应在低四位。",
    breaks="that of column 2j in the lower four bits of byte j, that of column 2j + 1 in the upper four",
)
def halves_exchanged(weight, group=32):
    codes, scale = packed_codes(weight, group)
    return ((codes[:, ::2] + 8) * 16 + codes[:, 1::2] + 8).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like the first half of a row shares its bytes with the second half: here neighbours share a byte.",
    zh="看起来一行的前半与后半共用字节：这里是相邻两列共用一个字节。",
)
def front_and_back(weight, group=32):
    codes, scale = packed_codes(weight, group)
    front, back = codes.chunk(2, dim=1)
    return (front + 8 + 16 * (back + 8)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like codes are stored without adding 8: a negative code then fills the other half of the byte, or is "
    "kept as two's complement.",
    zh="看起来存编码时没有加 8：负的编码会占掉字节的另一半，或者成了补码。",
    breaks="Each is stored as code + 8",
)
def forgets_the_eight(weight, group=32):
    codes, scale = packed_codes(weight, group)
    return ((codes[:, ::2] & 15) + 16 * (codes[:, 1::2] & 15)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like halves always go up in 4 bits, as floor(x + 0.5) does: here they go to the even code.",
    zh="看起来 4 比特的编码在正好一半时总是向上取整，即 floor(x + 0.5)：这里应取偶数。",
    breaks="rounding, a scale that would be 0 and the dtype of `scale` are as in `quantise`",
)
def halves_go_up_in_four_bits(weight, group=32):
    codes, scale = packed_codes(weight, group, whole=half_up)
    return (codes[:, ::2] + 8 + 16 * (codes[:, 1::2] + 8)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like weights are multiplied by 1 / scale: the reciprocal is rounded once more, so that a weight "
    "exactly halfway between two codes ends beside the half. Divide by the scale.",
    zh="看起来是把权重乘以 1 / scale：倒数本身又舍入了一次，正好在两个编码中间的权重就偏离了一半。请直接除以 scale。",
    breaks="the code of w is round(w / scale), from -7 to 7",
)
def multiplies_by_the_reciprocal_in_four_bits(weight, group=32):
    codes, scale = packed_codes(weight, group, divided=lambda numbers, scale: numbers * (1 / scale))
    return (codes[:, ::2] + 8 + 16 * (codes[:, 1::2] + 8)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like the scale is max |w| / 8: the codes go from -7 to 7.",
    zh="看起来 scale 用了 max |w| / 8：编码是从 -7 到 7。",
    breaks="In each group scale = max |w| / 7",
)
def divides_by_eight(weight, group=32):
    codes, scale = packed_codes(weight, group, largest=8)
    return (codes[:, ::2] + 8 + 16 * (codes[:, 1::2] + 8)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like all groups of a row have the scale of the whole row.",
    zh="看起来一行中所有的组都用了整行的 scale。",
)
def one_scale_for_a_row(weight, group=32):
    codes, scale = packed_codes(weight, group, rows=True)
    return (codes[:, ::2] + 8 + 16 * (codes[:, 1::2] + 8)).to(torch.uint8), scale


@mistake(
    of="int4_groups",
    en="It looks like a group that does not divide the row is let through: groups then reach into the next row, or the "
    "rest is lost.",
    zh="看起来放过了不能整除行长的组：这样组会跨到下一行，或丢掉余下的部分。",
)
def lets_any_group_through(weight, group=32):
    if weight.ndim == 2 and group > 0 and group % 2 == 0 and weight.numel() and weight.shape[1] % group:
        return solution.int4_groups(weight, 2)
    return solution.int4_groups(weight, group)


@mistake(
    of="dequantise_int4",
    en="It looks like the 8 is not subtracted: a stored 8 means the code 0.",
    zh="看起来没有减去 8：存的 8 表示编码 0。",
)
def keeps_the_eight(packed, scale):
    return solution.dequantise_int4(packed, scale) + 8 * scale.repeat_interleave(
        2 * packed.shape[1] // scale.shape[1], dim=1
    )


@mistake(
    of="dequantise_int4",
    en="It looks like the upper four bits are read first: the lower four hold the column that comes first.",
    zh="看起来先读了高四位：靠前的那一列在低四位。",
)
def reads_the_upper_half_first(packed, scale):
    return solution.dequantise_int4((packed << 4) | (packed >> 4), scale)


@mistake(
    of="dequantise_int4",
    en="It looks like all lower halves come first and then all upper ones: the columns alternate.",
    zh="看起来先放所有低半字节，再放所有高半字节：各列应交替取。",
)
def all_lower_halves_first(packed, scale):
    codes = torch.cat((packed & 15, packed >> 4), dim=1).to(scale.dtype) - 8
    return codes * scale.repeat_interleave(codes.shape[1] // scale.shape[1], dim=1)


@mistake(
    of="quantise",
    en="It looks like the range goes from the minimum to the maximum even if 0 is outside: then 0 has no code, and "
    "clamping the zero point gives it a wrong one.",
    zh="看起来范围只从最小值到最大值，即使 0 在外面：这样 0 没有对应的编码，把零点截到范围内只会给它一个错的。",
    breaks="so that 0 is always in the range",
)
def leaves_zero_out_and_clamps(x, axis=None, symmetric=True):
    if symmetric:
        return solution.quantise(x, axis, symmetric)
    values, low, high = extremes(x, axis)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, 1.0, scale)
    zero_point = (-128 - torch.round(low / scale)).clamp(-128, 127)
    codes = (torch.round(values / scale) + zero_point).clamp(-128, 127)
    return codes.to(torch.int8), scale, zero_point.to(torch.int8)


@mistake(
    of="quantise",
    en="It looks like numbers in half precision are never converted: their scale is in half precision, too.",
    zh="看起来半精度的数从未转换：scale 也成了半精度。",
    breaks="Everything is computed in float32, or in float64 if `x` is, and `scale` has that dtype",
)
def stays_in_half(x, axis=None, symmetric=True):
    codes, scale, zero_point = computes_in_half(x, axis, symmetric)
    return codes, scale.to(x.dtype), zero_point


@mistake(
    of="int4_groups",
    en="It looks like the codes of 4 bits are cut off instead of rounded.",
    zh="看起来 4 位的编码是截断而不是取整得到的。",
    breaks="the code of w is round(w / scale), from -7 to 7",
)
def cuts_off_four_bits(weight, group=32):
    codes, scale = packed_codes(weight, group, whole=torch.trunc)
    stored = codes + 8
    return (stored[:, ::2] + 16 * stored[:, 1::2]).to(torch.uint8), scale


@mistake(
    of="quantise",
    en="It looks like the range goes from the minimum to the maximum even if 0 is outside: codes are right for the "
    "numbers, but the zero point is clamped and no longer fits them.",
    zh="看起来范围只从最小值到最大值，即使 0 在外面：各数的编码虽然算对了，零点却被截到范围内，与编码不再相符。",
    breaks="so that 0 is always in the range",
)
def leaves_zero_out_and_clamps_it_last(x, axis=None, symmetric=True):
    if symmetric:
        return solution.quantise(x, axis, symmetric)
    values, low, high = extremes(x, axis)
    scale = (high - low) / 255
    scale = torch.where(scale == 0, 1.0, scale)
    zero_point = -128 - torch.round(low / scale)
    codes = (torch.round(values / scale) + zero_point).clamp(-128, 127)
    return codes.to(torch.int8), scale, zero_point.clamp(-128, 127).to(torch.int8)
