"""Known mistakes of week 01, stable."""

import math

import stable as solution
import torch

from grader.mistakes import mistake


def _wide(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _divided(x, dim):
    """Exponentials over their sum; 0 where that is 0 because everything is -inf."""
    exponentials = x.exp()
    total = exponentials.sum(dim, keepdim=True)
    return exponentials / total.masked_fill((x == float("-inf")).all(dim, keepdim=True), 1)


@mistake(
    of="softmax",
    en="It looks like the exponentials are taken without subtracting the maximum first: exp(1000) is infinite, and "
    "infinity divided by infinity is NaN.",
    zh="看起来取指数之前没有减去最大值：exp(1000) 是无穷大，无穷大除以无穷大得到 NaN。",
)
def no_maximum(x, dim=-1):
    return _divided(_wide(x), dim).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like no maximum is subtracted, and a sum of 0 is replaced by 1: large numbers then give NaN, and "
    "a row "
    "of very negative ones gives zeros, although not all of it is -inf.",
    zh="看起来没有减去最大值，并把为 0 的和换成了 1：数很大时得到 NaN；一行数都很小时得到全 0，尽管它们并不全是 -inf。",
)
def no_maximum_and_a_guard(x, dim=-1):
    powers = _wide(x).exp()
    total = powers.sum(dim, keepdim=True)
    return (powers / total.masked_fill(total == 0, 1)).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like one maximum of the whole tensor is subtracted: of a row far below it every exponential is 0, and "
    "so is its answer. Take the maximum of each slice.",
    zh="看起来减去的是整个张量的最大值：远低于它的行里每个指数都是 0，结果也就全是 0。应对每个切片取各自的最大值。",
)
def one_maximum_and_a_guard(x, dim=-1):
    wide = _wide(x)
    powers = (wide - wide.max().clamp(min=-1e30)).exp()
    total = powers.sum(dim, keepdim=True)
    return (powers / total.masked_fill(total == 0, 1)).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like everything is computed in float32: float64 loses half of its digits on the way.",
    zh="看起来一切都用 float32 计算：float64 会因此丢掉一半的有效数字。",
)
def float64_in_float32(x, dim=-1):
    return solution.softmax(x.float(), dim).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like the maximum is subtracted in place (x -= …): whoever handed in `x` finds it changed. "
    "x - … makes a new tensor.",
    zh="看起来最大值是原地减去的（x -= …）：调用者传入的 `x` 被改了。写成 x - … 会得到新的张量。",
    breaks="`x` is not changed",
)
def changes_its_argument(x, dim=-1):
    largest = x.detach().amax(dim, keepdim=True)
    x -= largest.masked_fill(largest.isinf(), 0)
    return solution.softmax(x, dim)


@mistake(
    of="softmax",
    en="It looks like one maximum of the whole tensor is subtracted: a row far below it becomes 0/0. "
    "Take the maximum of each slice.",
    zh="看起来减去的是整个张量的最大值：远低于它的行会变成 0/0。应对每个切片取各自的最大值。",
)
def one_maximum_for_all(x, dim=-1):
    return _divided(_wide(x) - _wide(x).max().clamp(min=-1e30), dim).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like `dim` is not used: the softmax always runs along the last axis.",
    zh="看起来没有用到 `dim`：softmax 总是沿最后一个轴计算。",
)
def always_the_last_axis(x, dim=-1):
    return solution.softmax(x)


@mistake(
    of="softmax",
    en="It looks like a slice of -inf alone becomes NaN: subtracting -inf from -inf gives NaN. It should be zeros.",
    zh="看起来整个切片为 -inf 时得到了 NaN：-inf 减 -inf 就是 NaN。此时应得到全 0。",
)
def nan_for_minus_infinity(x, dim=-1):
    wide = _wide(x)
    exponentials = (wide - wide.detach().amax(dim, keepdim=True)).exp()
    return (exponentials / exponentials.sum(dim, keepdim=True)).to(x.dtype)


@mistake(
    of="softmax",
    en="It looks like half precision comes back as float32: computing in float32 is right, but the answer "
    "has the dtype "
    "of `x`.",
    zh="看起来半精度输入返回的是 float32：用 float32 计算没错，但结果的 dtype 应与 `x` 相同。",
)
def stays_wide(x, dim=-1):
    return solution.softmax(_wide(x), dim)


@mistake(
    of="softmax",
    en="It looks like only float16 is computed in float32: bfloat16 has even fewer digits, and needs it as well.",
    zh="看起来只有 float16 用 float32 计算：bfloat16 的有效数字更少，同样需要。",
    breaks="float16 and bfloat16 are computed in float32 and rounded once",
)
def bfloat16_as_it_is(x, dim=-1):
    if x.dtype != torch.bfloat16:
        return solution.softmax(x, dim)
    largest = x.amax(dim, keepdim=True)
    exponentials = (x - largest.masked_fill(largest.isinf(), 0)).exp()
    total = exponentials.sum(dim, keepdim=True)
    return exponentials / total.masked_fill(total == 0, 1)


@mistake(
    of="softmax",
    en="It looks like your answer is the logarithm of the softmax.",
    zh="看起来你的结果是 softmax 的对数。",
)
def gives_the_logarithm(x, dim=-1):
    return solution.softmax(x, dim).log()


@mistake(
    of="logsumexp",
    en="It looks like log(sum(exp(x))) is computed as it stands: exp overflows for large numbers, and for "
    "very negative "
    "ones the sum is 0. Subtract the maximum, and add it again after the logarithm.",
    zh="看起来直接照公式算了 log(sum(exp(x)))：数大时 exp 溢出，数很小时和为 0。先减去最大值，取对数之后再加回来。",
)
def overflows(x, dim=-1):
    return _wide(x).exp().sum(dim).log().to(x.dtype)


@mistake(
    of="logsumexp",
    en="It looks like the maximum is subtracted and never added again.",
    zh="看起来减去了最大值，却没有加回来。",
)
def maximum_never_added(x, dim=-1):
    largest = x.detach().amax(dim)
    return solution.logsumexp(x, dim) - largest.masked_fill(largest.isinf(), 0)


@mistake(
    of="logsumexp",
    en="It looks like a slice of -inf alone becomes NaN: the maximum is -inf, and -inf minus -inf is NaN. It should be "
    "-inf.",
    zh="看起来整个切片为 -inf 时得到了 NaN：最大值是 -inf，而 -inf 减 -inf 就是 NaN。此时应得到 -inf。",
    breaks="a slice in which everything is -inf gives -inf",
)
def nan_for_nothing_but_minus_infinity(x, dim=-1):
    wide = _wide(x)
    largest = wide.amax(dim, keepdim=True)
    return ((wide - largest).exp().sum(dim).log() + largest.squeeze(dim)).to(x.dtype)


@mistake(
    of="logsumexp",
    en="It looks like the logarithm of 0 is taken for a slice of -inf alone: the value, -inf, is right, but its "
    "gradient is NaN, infinity times 0. Take the logarithm of another number there, and put -inf in its place "
    "afterwards.",
    zh="看起来对全是 -inf 的切片取了 0 的对数：值是 -inf，没有错，但梯度是无穷大乘 0，即 NaN。"
    "那里应先对别的数取对数，之后再换成 -inf。",
    breaks="The gradient is the softmax of `x`, and so zeros for such a slice",
)
def gradient_of_log_zero(x, dim=-1):
    wide = _wide(x)
    largest = wide.detach().amax(dim, keepdim=True)
    largest = largest.masked_fill(largest.isinf(), 0)
    return ((wide - largest).exp().sum(dim).log() + largest.squeeze(dim)).to(x.dtype)


@mistake(
    of="logsumexp",
    en="It looks like the axis is kept with size 1: it should disappear from the shape.",
    zh="看起来那个轴以大小 1 保留了下来：它应当从形状中消失。",
)
def keeps_the_axis(x, dim=-1):
    return solution.logsumexp(x, dim).unsqueeze(dim)


@mistake(
    of="cross_entropy",
    en="It looks like the losses are added up and not averaged.",
    zh="看起来把损失加起来了，没有取平均。",
)
def sum_of_losses(logits, targets, ignore_index=-100):
    return solution.cross_entropy(logits, targets, ignore_index) * (targets != ignore_index).sum()


@mistake(
    of="cross_entropy",
    en="It looks like the sum is divided by all positions: ignored ones should not count below the line either.",
    zh="看起来除数是所有位置的个数：被忽略的位置也不应计入分母。",
)
def divides_by_all_positions(logits, targets, ignore_index=-100):
    loss = solution.cross_entropy(logits, targets, ignore_index)
    return loss * (targets != ignore_index).sum() / targets.numel()


@mistake(
    of="cross_entropy",
    en="It looks like a softmax is applied first: the logits go into the loss as they are, and log softmax "
    "is part of it.",
    zh="看起来先做了一次 softmax：logits 应原样进入损失，log softmax 已包含在内。",
)
def softmax_twice(logits, targets, ignore_index=-100):
    return solution.cross_entropy(solution.softmax(logits), targets, ignore_index)


@mistake(
    of="cross_entropy",
    en="It looks like the logarithm is taken of the softmax: where the probability rounds to 0, the loss is infinite. "
    "Use logsumexp minus the target's logit.",
    zh="看起来是对 softmax 的结果取对数：概率舍入为 0 时，损失是无穷大。请用 logsumexp 减去目标的 logit。",
    breaks="Logits of any finite size give a finite loss, also where the target's probability rounds to 0",
)
def logarithm_of_softmax(logits, targets, ignore_index=-100):
    solution.cross_entropy(logits, targets, ignore_index)
    counts = targets != ignore_index
    chosen = solution.softmax(_wide(logits)).gather(-1, targets.masked_fill(~counts, 0)[..., None]).squeeze(-1)
    losses = (-chosen.log()).masked_fill(~counts, 0)
    return (losses.sum() / counts.sum().clamp(min=1)).to(logits.dtype)


@mistake(
    of="cross_entropy",
    en="It looks like the losses of ignored positions are multiplied by 0: 0 times infinity or NaN is NaN. Leave them "
    "out, or put 0 in their place.",
    zh="看起来被忽略位置的损失是乘以 0 去掉的：0 乘无穷大或 NaN 得到 NaN。请把它们排除在外，或用 0 替换。",
    breaks="neither in the sum nor in the number that divides it",
)
def ignored_times_zero(logits, targets, ignore_index=-100):
    loss = solution.cross_entropy(logits, targets, ignore_index)
    unused = torch.isneginf(_wide(logits).amax(-1)) & (targets == ignore_index)
    return loss * (float("nan") if unused.any() else 1)


@mistake(
    of="cross_entropy",
    en="It looks like the loss of nothing is a fresh 0 that does not depend on the logits: loss.backward() then raises "
    "an error in the middle of a training run.",
    zh="看起来一个都不计入时返回了一个新建的 0，与 logits 无关：训练途中 loss.backward() 会报错。",
    breaks="If nothing counts, the loss is 0, and so is its gradient",
)
def nothing_without_a_gradient(logits, targets, ignore_index=-100):
    if bool((targets == ignore_index).all()):
        return logits.new_zeros(())
    return solution.cross_entropy(logits, targets, ignore_index)


@mistake(
    of="cross_entropy",
    en="It looks like every negative target is ignored: only `ignore_index` is, and -1 should be refused with "
    "ValueError.",
    zh="看起来所有负的目标都被忽略了：只有 `ignore_index` 该被忽略，-1 应当抛出 ValueError。",
    breaks="a target is neither `ignore_index` nor a class",
)
def ignores_all_negatives(logits, targets, ignore_index=-100):
    return solution.cross_entropy(logits, targets.masked_fill(targets < 0, ignore_index), ignore_index)


@mistake(
    of="cross_entropy",
    en="It looks like the loss is log(softmax + a small number): it stops growing near 20. "
    "logsumexp minus the target's logit needs no such number.",
    zh="看起来损失写成了 log(softmax + 一个小数)：它到 20 左右就不再增长。用 logsumexp 减去目标的 logit，"
    "不需要这个小数。",
)
def logarithm_of_a_small_number(logits, targets, ignore_index=-100):
    solution.cross_entropy(logits, targets, ignore_index)
    counts = targets != ignore_index
    chosen = solution.softmax(_wide(logits)).gather(-1, targets.masked_fill(~counts, 0)[..., None]).squeeze(-1)
    losses = -(chosen + 1e-9).log().masked_fill(~counts, 0)
    return (losses.sum() / counts.sum().clamp(min=1)).to(logits.dtype)


@mistake(
    of="cross_entropy",
    en="It looks like the loss is log(softmax + 1e-12), or a softmax that is not let below 1e-12: it stops growing "
    "near 28. logsumexp minus the target's logit needs no such number.",
    zh="看起来损失写成了 log(softmax + 1e-12)，或把 softmax 限制在 1e-12 以上：它到 28 左右就不再增长。"
    "用 logsumexp 减去目标的 logit，不需要这个小数。",
    breaks="Logits of any finite size give a finite loss, also where the target's probability rounds to 0",
)
def logarithm_of_a_tiny_number(logits, targets, ignore_index=-100):
    solution.cross_entropy(logits, targets, ignore_index)
    counts = targets != ignore_index
    chosen = solution.softmax(_wide(logits)).gather(-1, targets.masked_fill(~counts, 0)[..., None]).squeeze(-1)
    losses = -(chosen + 1e-12).log().masked_fill(~counts, 0)
    return (losses.sum() / counts.sum().clamp(min=1)).to(logits.dtype)


@mistake(
    of="cross_entropy",
    en="It looks like each row of the batch is averaged first, and then the rows: a position in a short "
    "row then weighs "
    "more. Average over all positions at once.",
    zh="看起来先对批次的每一行取平均，再对各行取平均：短行中的位置权重就变大了。应对所有位置一次取平均。",
)
def mean_of_means(logits, targets, ignore_index=-100):
    if targets.ndim < 2:
        return solution.cross_entropy(logits, targets, ignore_index)
    return torch.stack([solution.cross_entropy(*row, ignore_index) for row in zip(logits, targets, strict=True)]).mean()


@mistake(
    of="cross_entropy",
    en="It looks like only -100 is ignored: `ignore_index` may be any number, even one that is a class.",
    zh="看起来只忽略 -100：`ignore_index` 可以是任何数，甚至可以是某个类别。",
)
def ignores_only_minus_100(logits, targets, ignore_index=-100):
    if ignore_index != -100 and not 0 <= ignore_index < logits.shape[-1]:
        return solution.cross_entropy(logits, targets, ignore_index)
    return solution.cross_entropy(logits, targets)


@mistake(
    of="cross_entropy",
    en="It looks like the loss is NaN when everything is ignored: 0/0. It should be 0.",
    zh="看起来全部被忽略时损失是 NaN（0/0）：应当是 0。",
)
def nan_of_nothing(logits, targets, ignore_index=-100):
    return solution.cross_entropy(logits, targets, ignore_index) / (targets != ignore_index).any()


@mistake(
    of="cross_entropy",
    en="It looks like a negative target is read as an index from the end: -1 silently becomes the last class. "
    "It should be refused with ValueError.",
    zh="看起来负的目标被当作从末尾数起的下标：-1 悄悄变成最后一类。应当抛出 ValueError。",
)
def negative_targets_wrap(logits, targets, ignore_index=-100):
    wrapped = torch.where((targets < 0) & (targets != ignore_index), targets + logits.shape[-1], targets)
    return solution.cross_entropy(logits, wrapped, ignore_index)


@mistake(
    of="cross_entropy",
    en="Your answer is right and slow: it loops over the rows in Python.",
    zh="你的结果正确但太慢：用 Python 循环逐行计算。",
    only="speed",
)
def row_by_row(logits, targets, ignore_index=-100):
    solution.cross_entropy(logits.detach(), targets, ignore_index)
    rows, marks = _wide(logits).flatten(0, -2), targets.flatten()
    losses = [
        solution.logsumexp(row) - row[mark]
        for row, mark in zip(rows, marks.tolist(), strict=True)
        if mark != ignore_index
    ]
    return (sum(losses) / len(losses) if losses else rows.sum() * 0).to(logits.dtype)


@mistake(
    of="entropy",
    en="It looks like the logarithm has base 2 (bits): the contract asks for nats, the natural logarithm.",
    zh="看起来对数以 2 为底（单位 bit）：约定要的是 nat，即自然对数。",
)
def in_bits(p):
    return solution.entropy(p) / math.log(2)


@mistake(
    of="entropy",
    en="It looks like 0 log 0 is NaN: a probability of 0 should add nothing.",
    zh="看起来 0 log 0 得到了 NaN：概率 0 应当不贡献任何值。",
)
def zero_times_infinity(p):
    solution.entropy(p)
    return -(p * p.log()).sum(-1)


@mistake(
    of="entropy",
    en="It looks like the sign is missing: entropy is never negative.",
    zh="看起来少了负号：熵不会是负数。",
)
def negative_entropy(p):
    return -solution.entropy(p)


@mistake(
    of="kl_divergence",
    en="It looks like the direction is reversed: KL(q, p) is another number than KL(p, q).",
    zh="看起来方向反了：KL(q, p) 与 KL(p, q) 不是同一个数。",
)
def reversed_direction(p, q):
    return solution.kl_divergence(q, p)


@mistake(
    of="kl_divergence",
    en='It looks like the mean over the entries is taken, as F.kl_div with reduction="mean" does: the '
    "terms are added up.",
    zh='看起来对各项取了平均，就像 F.kl_div 的 reduction="mean"：各项应当相加。',
)
def mean_over_entries(p, q):
    return solution.kl_divergence(p, q) / p.shape[-1]


@mistake(
    of="kl_divergence",
    en="It looks like 0 log 0 is NaN: where p is 0, a term should be 0.",
    zh="看起来 0 log 0 得到了 NaN：p 为 0 的项应当是 0。",
    breaks="Where p is 0, a term is 0, whatever q is",
)
def nan_where_p_is_zero(p, q):
    solution.kl_divergence(p, q)
    return (p * (p / q).log()).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like p / q is taken first: where both are 0 that is NaN, and xlogy does not mend it. The term should "
    "be 0 there.",
    zh="看起来先算了 p / q：两者都是 0 时得到 NaN，xlogy 也救不回来。这一项应当是 0。",
    breaks="Where p is 0, a term is 0, whatever q is",
)
def nan_where_both_are_zero(p, q):
    solution.kl_divergence(p, q)
    return torch.xlogy(p, p / q).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like p is divided by q before the logarithm: where q is tiny the quotient is too large for float32, "
    "and the divergence becomes infinite. Subtract log q from log p.",
    zh="看起来先算 p / q 再取对数：q 极小时，商超出 float32 的范围，散度就成了无穷大。应从 log p 中减去 log q。",
    breaks="Where q is 0 and p is not, the divergence is inf",
)
def quotient_overflows(p, q):
    solution.kl_divergence(p, q)
    return torch.where(p > 0, p * (torch.where(p > 0, p, 1.0) / q).log(), 0.0).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like only the sums are checked: 1.5 and -0.5 add up to 1 too. Refuse negative entries with "
    "ValueError.",
    zh="看起来只检查了总和：1.5 与 -0.5 之和也是 1。有负数时应当抛出 ValueError。",
    breaks="`p` or `q` has a negative entry",
)
def checks_only_the_sums(p, q):
    for one in (p, q):
        if ((one.sum(-1) - 1).abs() > solution.SUM_TOLERANCE).any():
            raise ValueError("sum")
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like only p is checked: q has to be a distribution as well.",
    zh="看起来只检查了 p：q 也必须是分布。",
    breaks="`p` or `q` has a negative entry, or its sum is not 1",
)
def checks_only_p(p, q):
    solution.entropy(p)
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


@mistake(
    of="entropy",
    en="It looks like the sum may be further from 1 than `SUM_TOLERANCE`: 1.0005 is no distribution.",
    zh="看起来允许总和偏离 1 超过 `SUM_TOLERANCE`：和为 1.0005 的不是分布。",
    breaks="its sum is not 1 within `SUM_TOLERANCE`",
)
def entropy_with_a_wide_tolerance(p):
    if (p < 0).any() or ((p.sum(-1) - 1).abs() > 1e-3).any():
        raise ValueError("sum")
    return -torch.xlogy(p, p).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like a sum may be further from 1 than `SUM_TOLERANCE`: 1.0005 is no distribution.",
    zh="看起来允许总和偏离 1 超过 `SUM_TOLERANCE`：和为 1.0005 的不是分布。",
    breaks="its sum is not 1 within `SUM_TOLERANCE`",
)
def divergence_with_a_wide_tolerance(p, q):
    for one in (p, q):
        if (one < 0).any() or ((one.sum(-1) - 1).abs() > 1e-3).any():
            raise ValueError("sum")
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


@mistake(
    of="entropy",
    en="It looks like nothing checks that p is a distribution: logits or counts then give a plausible number. "
    "Raise ValueError.",
    zh="看起来没有检查 p 是不是分布：logits 或计数也会得到看似合理的数。应当抛出 ValueError。",
    breaks="`p` has a negative entry, or its sum is not 1 within `SUM_TOLERANCE`",
)
def entropy_of_anything(p):
    return -torch.xlogy(p, p).sum(-1)


@mistake(
    of="entropy",
    en="It looks like only the sum is checked: 1.5 and -0.5 add up to 1 too. Refuse negative entries with ValueError.",
    zh="看起来只检查了总和：1.5 与 -0.5 之和也是 1。有负数时应当抛出 ValueError。",
    breaks="`p` has a negative entry",
)
def entropy_checks_only_the_sum(p):
    if ((p.sum(-1) - 1).abs() > solution.SUM_TOLERANCE).any():
        raise ValueError("sum")
    return -torch.xlogy(p, p).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like a small number is added inside the logarithm: an event that q rules out then costs a "
    "finite number "
    "instead of inf.",
    zh="看起来在对数里加了一个小数：q 认为不可能的事件，代价就成了有限的数，而不是 inf。",
)
def small_number_in_the_logarithm(p, q):
    solution.kl_divergence(p, q)
    return (p * ((p + 1e-12) / (q + 1e-12)).log()).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like the terms in which q is 0 are left out: where p is not 0 there, the divergence is inf. Only p = "
    "0 makes a term 0.",
    zh="看起来 q 为 0 的项被略去了：若那里的 p 不为 0，散度应是 inf。只有 p 为 0 的项才是 0。",
    breaks="Where q is 0 and p is not, the divergence is inf",
)
def leaves_out_where_q_is_zero(p, q):
    solution.kl_divergence(p, q)
    both = (p > 0) & (q > 0)
    return torch.where(both, torch.xlogy(p, p) - torch.xlogy(p, q), 0.0).sum(-1)


@mistake(
    of="kl_divergence",
    en="It looks like nothing checks that p and q are distributions: for other numbers a plausible value comes out, "
    "which may even be negative. Raise ValueError.",
    zh="看起来没有检查 p 和 q 是不是分布：否则会得到看似合理、甚至为负的数。应当抛出 ValueError。",
)
def checks_nothing(p, q):
    return (torch.xlogy(p, p) - torch.xlogy(p, q)).sum(-1)


@mistake(
    of="softmax",
    en="It looks like half precision is computed in half precision: in float16 the sum of a long slice is infinite, "
    "and every step rounds. Convert to float32 first, and back at the end.",
    zh="看起来半精度的输入就用半精度计算：float16 下，较长切片的和会变成无穷大，而且每一步都有舍入。请先转成 float32，"
    "最后再转回来。",
    breaks="float16 and bfloat16 are computed in float32 and rounded once",
)
def softmax_in_its_own_dtype(x, dim=-1):
    largest = x.amax(dim, keepdim=True)
    exponentials = (x - largest.masked_fill(largest.isinf(), 0)).exp()
    total = exponentials.sum(dim, keepdim=True)
    return exponentials / total.masked_fill(total == 0, 1)


@mistake(
    of="logsumexp",
    en="It looks like half precision is computed in half precision: in float16 a sum above 65,504 is infinite. "
    "Convert to float32 first, and back at the end.",
    zh="看起来半精度的输入就用半精度计算：float16 下，超过 65,504 的和就是无穷大。请先转成 float32，最后再转回来。",
    breaks="float16 and bfloat16 are computed in float32 and rounded once; the dtype is that of `x`",
)
def logsumexp_in_its_own_dtype(x, dim=-1):
    if x.dtype not in (torch.float16, torch.bfloat16):
        return solution.logsumexp(x, dim)
    largest = x.detach().amax(dim, keepdim=True)
    largest = largest.masked_fill(largest.isinf(), 0)
    total = (x - largest).exp().sum(dim)
    answer = total.masked_fill(total == 0, 1).log() + largest.squeeze(dim)
    return answer.masked_fill(total == 0, float("-inf"))


@mistake(
    of="cross_entropy",
    en="It looks like half precision is computed in half precision: in float16 the sum over many classes is infinite, "
    "and so is the loss. Convert the logits to float32 first, and the loss back at the end.",
    zh="看起来半精度的 logits 就用半精度计算：float16 下，类别很多时和会变成无穷大，损失也就成了无穷大。"
    "请先把 logits 转成 float32，最后再把损失转回来。",
    breaks="float16 and bfloat16 are computed in float32 and rounded once; the dtype is that of `logits`",
)
def loss_in_its_own_dtype(logits, targets, ignore_index=-100):
    right = solution.cross_entropy(logits, targets, ignore_index)
    if logits.dtype not in (torch.float16, torch.bfloat16):
        return right
    counts = targets != ignore_index
    shifted = logits - logits.detach().amax(-1, keepdim=True)
    chosen = shifted.gather(-1, targets.masked_fill(~counts, 0)[..., None]).squeeze(-1)
    losses = (shifted.exp().sum(-1).log() - chosen).masked_fill(~counts, 0)
    return losses.sum() / counts.sum().clamp(min=1)
