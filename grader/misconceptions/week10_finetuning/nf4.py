"""Known mistakes of week 10, NF4."""

import torch
from nf4 import NF4_LEVELS, dequantise_nf4, quantise_nf4
from torch.nn import functional as F

from grader.mistakes import mistake


def codes_of(packed, count):
    return torch.stack([packed >> 4, packed & 15], dim=1).flatten()[:count]


def packed_of(codes, odd=7, swapped=False):
    pairs = F.pad(codes, (0, len(codes) % 2), value=odd).view(-1, 2).to(torch.uint8)
    first, second = pairs.unbind(1)
    return second * 16 + first if swapped else first * 16 + second


def checked(weight, block):
    quantise_nf4(weight, block)
    flat = weight.detach().to(torch.promote_types(weight.dtype, torch.float32)).reshape(-1)
    blocks = F.pad(flat, (0, -len(flat) % block)).view(-1, block)
    return flat, blocks


def levels_of(tensor):
    return torch.tensor(NF4_LEVELS, dtype=tensor.dtype, device=tensor.device)


@mistake(
    of="quantise_nf4",
    en="It looks like your two halves of a byte are swapped: the first weight of a pair is in the upper four bits.",
    zh="看起来一个字节的两半写反了：一对权重中，前一个应放在高四位。",
)
def puts_the_first_below(weight, block=64):
    packed, absmax = quantise_nf4(weight, block)
    return packed_of(codes_of(packed, weight.numel()), swapped=True), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like the table of levels is made without a device: for a weight on a GPU it would lie on the CPU. "
    "Pass device=weight.device.",
    zh="看起来创建等级表时没有给出设备：权重在 GPU 上时，它会在 CPU 上。请传入 device=weight.device。",
)
def levels_without_a_device(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / torch.where(absmax == 0, 1, absmax)[:, None]).flatten()[: len(flat)]
    levels = torch.tensor(NF4_LEVELS, dtype=torch.float64)
    middles = ((levels[1:] + levels[:-1]) / 2).to(scaled.dtype)
    return packed_of((scaled[:, None] > middles).sum(1)), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like your levels are evenly spaced. Those of NF4 are not: look for the nearest of `NF4_LEVELS`.",
    zh="看起来你的等级是均匀分布的，NF4 的等级并不均匀：应当在 `NF4_LEVELS` 里找最近的一个。",
)
def spaces_evenly(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / torch.where(absmax == 0, 1, absmax)[:, None]).flatten()[: len(flat)]
    return packed_of(((scaled + 1) * 7.5).round()), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like you take the largest level that is not above the number. Take the nearest.",
    zh="看起来你取的是不大于该数的最大等级。应当取最近的等级。",
)
def rounds_down(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / torch.where(absmax == 0, 1, absmax)[:, None]).flatten()[: len(flat)]
    return packed_of(torch.bucketize(scaled, levels_of(scaled), right=True) - 1), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like a number halfway between two levels goes to the upper one. Here it goes to the lower one.",
    zh="看起来恰好在两个等级正中间的数取了较高的等级。这里应取较低的。",
)
def rounds_halves_up(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / torch.where(absmax == 0, 1, absmax)[:, None]).flatten()[: len(flat)]
    levels = levels_of(scaled)
    return packed_of(torch.bucketize(scaled, (levels[1:] + levels[:-1]) / 2, right=True)), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like there is one absmax for the whole weight. Every block has its own.",
    zh="看起来整个权重只用了一个 absmax。每一块都应有自己的 absmax。",
)
def has_one_block(weight, block=64):
    packed, absmax = quantise_nf4(weight, weight.numel() if block > 0 else block)
    return packed, absmax.expand(-(-weight.numel() // block)).clone()


@mistake(
    of="quantise_nf4",
    en="It looks like your blocks are the rows of the weight. They run on over the ends of rows.",
    zh="看起来你把权重的每一行当成一块。块应当跨过行尾继续。",
)
def begins_a_block_in_each_row(weight, block=64):
    if weight.ndim < 2:
        return quantise_nf4(weight, block)
    parts = [quantise_nf4(row, block) for row in weight]
    codes = torch.cat([codes_of(packed, weight[0].numel()) for packed, _ in parts])
    return packed_of(codes), torch.cat([absmax for _, absmax in parts])


@mistake(
    of="quantise_nf4",
    en="It looks like the weights behind the last whole block are dropped. The last block may be shorter.",
    zh="看起来最后一个整块之后的权重被丢掉了。最后一块可以短一些。",
)
def drops_the_rest(weight, block=64):
    quantise_nf4(weight, block)
    whole = max(weight.numel() // block * block, 1)
    return quantise_nf4(weight.reshape(-1)[:whole], block)


@mistake(
    of="quantise_nf4",
    en="It looks like absmax is the maximum of the numbers, not of their absolute values.",
    zh="看起来 absmax 取的是数的最大值，而不是绝对值的最大值。",
)
def forgets_the_sign(weight, block=64):
    flat, blocks = checked(weight, block)
    blocks = F.pad(flat, (0, -len(flat) % block), value=-torch.inf).view(-1, block)
    largest = blocks.amax(1)
    scaled = (blocks / torch.where(largest == 0, 1, largest)[:, None]).flatten()[: len(flat)]
    levels = levels_of(scaled)
    return packed_of(torch.bucketize(scaled, (levels[1:] + levels[:-1]) / 2)), largest


@mistake(
    of="quantise_nf4",
    en="It looks like a block of zeros is divided by its absmax, 0: NaN is near no level. All its codes are 7.",
    zh="看起来全零的块除以了它的 absmax 0：NaN 不接近任何等级。它的编码应当都是 7。",
)
def divides_by_zero(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / absmax[:, None]).flatten()[: len(flat)]
    return packed_of((scaled[:, None] - levels_of(scaled)).abs().argmin(1)), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like a block of zeros gets absmax 1. The codes are then right, but absmax is the largest |w|, which "
    "is 0.",
    zh="看起来全零的块的 absmax 成了 1。编码是对的，但 absmax 应当是最大的 |w|，也就是 0。",
)
def says_one_for_zeros(weight, block=64):
    packed, absmax = quantise_nf4(weight, block)
    return packed, torch.where(absmax == 0, 1, absmax)


@mistake(
    of="quantise_nf4",
    en="It looks like you divide in the dtype of the weight. In bfloat16 the quotient has 8 bits and may pass the "
    "middle of two levels: use float32.",
    zh="看起来你用权重自身的 dtype 相除。bfloat16 的商只有 8 位，可能越过两个等级的正中间：请用 float32。",
)
def divides_in_half_precision(weight, block=64):
    packed, absmax = quantise_nf4(weight, block)
    if weight.dtype not in (torch.bfloat16, torch.float16):
        return packed, absmax
    _, blocks = checked(weight, block)
    narrow = (blocks.to(weight.dtype) / torch.where(absmax == 0, 1, absmax)[:, None].to(weight.dtype)).float()
    again, _ = quantise_nf4(narrow.flatten()[: weight.numel()], block)
    return again, absmax


@mistake(
    of="quantise_nf4",
    en="It looks like your absmax is in the dtype of the weight. It is kept in float32 at least.",
    zh="看起来 absmax 用的是权重自身的 dtype。它至少应当用 float32 保存。",
)
def keeps_absmax_narrow(weight, block=64):
    packed, absmax = quantise_nf4(weight, block)
    return packed, absmax.to(weight.dtype)


@mistake(
    of="quantise_nf4",
    en="It looks like the lower half of the last byte is 0 when the number of weights is odd. Code 0 is the level -1; "
    "here the half is 7, the level 0.",
    zh="看起来权重个数为奇数时，最后一个字节的低四位是 0。编码 0 是等级 -1；这里应当填 7，即等级 0。",
)
def fills_with_code_zero(weight, block=64):
    packed, absmax = quantise_nf4(weight, block)
    return packed_of(codes_of(packed, weight.numel()), odd=0), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like you read the weight as it lies in memory. A transposed view is read by its rows.",
    zh="看起来你按内存里的顺序读取权重。转置的视图应当按它自己的行来读。",
)
def reads_memory(weight, block=64):
    if weight.ndim == 2 and weight.stride(0) < weight.stride(1):
        return quantise_nf4(weight.T, block)
    return quantise_nf4(weight, block)


@mistake(
    of="quantise_nf4",
    en="It looks like NaN and infinity are let through. They have no level.",
    zh="看起来 NaN 和无穷大没有被拒绝。它们没有对应的等级。",
)
def accepts_nan(weight, block=64):
    return quantise_nf4(weight.nan_to_num(1.0, 1.0, -1.0) if weight.is_floating_point() else weight, block)


@mistake(
    of="quantise_nf4",
    en="It looks like you take the smallest level that is not below the number: that is what a search among the levels "
    "gives. Take the nearest, by a search among their midpoints.",
    zh="看起来你取的是不小于该数的最小等级：在等级里做二分查找就会这样。应当取最近的等级，即在各等级的中点里查找。",
)
def rounds_up(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / torch.where(absmax == 0, 1, absmax)[:, None]).flatten()[: len(flat)]
    return packed_of(torch.bucketize(scaled, levels_of(scaled))), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like a block of zeros is divided by its absmax, 0: NaN lies above every midpoint and gets code 15. "
    "All codes of such a block are 7.",
    zh="看起来全零的块除以了它的 absmax 0：NaN 排在所有中点之上，得到编码 15。这种块的编码应当都是 7。",
)
def finds_nan_above_all(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / absmax[:, None]).flatten()[: len(flat)]
    levels = levels_of(scaled)
    return packed_of(torch.bucketize(scaled, (levels[1:] + levels[:-1]) / 2)), absmax


@mistake(
    of="quantise_nf4",
    en="It looks like 1e-8 is added to absmax before you divide. That moves every quotient a little, and small weights "
    "vanish: treat a block of zeros by itself instead.",
    zh="看起来你在相除之前给 absmax 加了 1e-8。这样每个商都会偏移，很小的权重则会消失：应当单独处理全零的块。",
)
def adds_a_small_number(weight, block=64):
    flat, blocks = checked(weight, block)
    absmax = blocks.abs().amax(1)
    scaled = (blocks / (absmax + 1e-8)[:, None]).flatten()[: len(flat)]
    levels = levels_of(scaled)
    return packed_of(torch.bucketize(scaled, (levels[1:] + levels[:-1]) / 2)), absmax


@mistake(
    of="dequantise_nf4",
    en="It looks like you read the lower half of a byte first. The first weight of a pair is in the upper four bits.",
    zh="看起来你先读了字节的低四位。一对权重中，前一个在高四位。",
)
def reads_the_lower_first(packed, absmax, shape, block=64, dtype=torch.float32):
    swapped = (packed & 15) * 16 + (packed >> 4) if packed.dtype == torch.uint8 else packed
    return dequantise_nf4(swapped, absmax, shape, block, dtype)


@mistake(
    of="dequantise_nf4",
    en="It looks like the levels are rounded to the answer's dtype before they are multiplied. Multiply in the dtype "
    "of absmax and round once.",
    zh="看起来你在相乘之前就把等级舍入到了结果的 dtype。应当用 absmax 的 dtype 相乘，最后只舍入一次。",
)
def rounds_the_levels_first(packed, absmax, shape, block=64, dtype=torch.float32):
    dequantise_nf4(packed, absmax, shape, block, dtype)
    count = torch.Size(shape).numel()
    levels = torch.tensor(NF4_LEVELS, device=packed.device).to(dtype)
    weights = levels[codes_of(packed, count).long()] * absmax.to(dtype).repeat_interleave(block)[:count]
    return weights.view(shape)


@mistake(
    of="dequantise_nf4",
    en="It looks like the levels are multiplied by the first absmax everywhere. Every block has its own.",
    zh="看起来所有等级都乘了第一个 absmax。每一块都应乘自己的。",
)
def uses_the_first_absmax(packed, absmax, shape, block=64, dtype=torch.float32):
    return dequantise_nf4(packed, absmax[:1].expand(len(absmax)), shape, block, dtype)


@mistake(
    of="dequantise_nf4",
    en="It looks like a wrong number of bytes is accepted: they belong to another shape or another block.",
    zh="看起来字节的数目不对也被接受了：它们属于别的形状或别的块大小。",
)
def accepts_too_many_bytes(packed, absmax, shape, block=64, dtype=torch.float32):
    need = -(-torch.Size(shape).numel() // 2)
    return dequantise_nf4(F.pad(packed, (0, need - len(packed))), absmax, shape, block, dtype)


@mistake(
    of="dequantise_nf4",
    en="It looks like an absmax of a wrong length is accepted: it was made with another block.",
    zh="看起来长度不对的 absmax 也被接受了：它是用别的块大小得到的。",
)
def accepts_other_blocks(packed, absmax, shape, block=64, dtype=torch.float32):
    need = -(-torch.Size(shape).numel() // block)
    return dequantise_nf4(packed, F.pad(absmax, (0, need - len(absmax))), shape, block, dtype)


@mistake(
    of="qlora_forward",
    en="It looks like the low-rank change is not multiplied by `scaling`.",
    zh="看起来低秩增量没有乘以 `scaling`。",
)
def forgets_to_scale(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    return _forward(x, packed, absmax, lora_A, lora_B, 1.0, bias, block, compute_dtype)


@mistake(
    of="qlora_forward",
    en="It looks like everything is computed in the dtype of `x`, and `compute_dtype` is never used.",
    zh="看起来一切都用 `x` 的 dtype 计算，没有用到 `compute_dtype`。",
)
def ignores_the_compute_dtype(
    x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16
):
    return _forward(x, packed, absmax, lora_A, lora_B, scaling, bias, block, x.dtype)


@mistake(
    of="qlora_forward",
    en="It looks like the answer stays in `compute_dtype`. It has the dtype of `x`.",
    zh="看起来结果仍是 `compute_dtype`。它应当与 `x` 的 dtype 相同。",
)
def answers_in_the_compute_dtype(
    x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16
):
    answer = _forward(x, packed, absmax, lora_A, lora_B, scaling, bias, block, compute_dtype)
    return answer.to(compute_dtype)


@mistake(
    of="qlora_forward",
    en="It looks like only the weight is rounded to `compute_dtype`, and the low-rank change is computed in the dtype "
    "of `x`.",
    zh="看起来只有权重舍入到了 `compute_dtype`，低秩增量却用 `x` 的 dtype 计算。",
)
def computes_the_change_in_full(
    x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16
):
    base = _forward(x, packed, absmax, lora_A, lora_B, 0.0, bias, block, compute_dtype)
    return base + scaling * (x @ lora_A.to(x.dtype).T @ lora_B.to(x.dtype).T)


@mistake(
    of="qlora_forward",
    en="It looks like A and B are not rounded to `compute_dtype`: the low-rank change is computed in their own dtype, "
    "and rounded afterwards.",
    zh="看起来 A 和 B 没有舍入到 `compute_dtype`：低秩增量用它们自己的 dtype 计算，之后才舍入。",
    breaks="are rounded to `compute_dtype` and everything is computed in it",
)
def rounds_the_change_afterwards(
    x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16
):
    base = _forward(x, packed, absmax, lora_A, lora_B, 0.0, bias, block, compute_dtype).to(compute_dtype)
    change = x.to(lora_A.dtype) @ lora_A.T @ lora_B.T
    return (base + scaling * change.to(compute_dtype)).to(x.dtype)


@mistake(
    of="qlora_forward",
    en="It looks like the bias got lost.",
    zh="看起来丢掉了偏置。",
)
def loses_the_bias(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    return _forward(x, packed, absmax, lora_A, lora_B, scaling, None, block, compute_dtype)


@mistake(
    of="qlora_forward",
    en="It looks like no gradient reaches A and B: casting with `.data` or under no_grad cuts them off. `.to(dtype)` "
    "lets gradients through.",
    zh="看起来梯度到不了 A 和 B：用 `.data` 或在 no_grad 下转换会把它们切断，`.to(dtype)` 则能让梯度通过。",
)
def cuts_the_gradients(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    return _forward(x, packed, absmax, lora_A.detach(), lora_B.detach(), scaling, bias, block, compute_dtype)


@mistake(
    of="qlora_forward",
    en="It looks like the weight is made with blocks of 64, whatever `block` says.",
    zh="看起来不管 `block` 是多少，权重都按 64 个一块还原。",
)
def ignores_the_block(x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16):
    need = -(-lora_A.shape[1] * len(lora_B) // 64)
    return _forward(x, packed, absmax[:need], lora_A, lora_B, scaling, bias, 64, compute_dtype)


@mistake(
    of="qlora_forward",
    en="It looks like `block` is not handed on to `dequantise_nf4`: it counts in blocks of 64 then, and refuses "
    "your absmax.",
    zh="看起来没有把 `block` 传给 `dequantise_nf4`：它就按每块 64 个来数，于是拒绝了你的 absmax。",
)
def does_not_hand_the_block_on(
    x, packed, absmax, lora_A, lora_B, scaling, bias=None, block=64, compute_dtype=torch.bfloat16
):
    return _forward(x, packed, absmax, lora_A, lora_B, scaling, bias, 64, compute_dtype)


def _forward(x, packed, absmax, lora_A, lora_B, scaling, bias, block, compute_dtype):
    weight = dequantise_nf4(packed, absmax, (len(lora_B), lora_A.shape[1]), block, compute_dtype)
    inner, a, b = (tensor.to(compute_dtype) for tensor in (x, lora_A, lora_B))
    answer = inner @ weight.T + scaling * (inner @ a.T @ b.T)
    return (answer if bias is None else answer + bias.to(compute_dtype)).to(x.dtype)
