"""Known mistakes of week 06, scaling.

Most change the frequencies of one kind: `in_kind` hands the arguments over as one record `o`, and takes everything
else (the refusals, the other kinds, the attention factor) from the solution.
"""

import math
from types import SimpleNamespace

import scaling as solution
import torch

from grader.mistakes import mistake


def in_kind(only):
    """Make the solution, except that the frequencies of the kind `only` are those of the decorated function."""

    def wrap(make):
        def scaled_frequencies(
            dim, kind, factor, *, original_length=8192, base=10000.0, slow=1.0, fast=None, truncate=True
        ):
            options = {"original_length": original_length, "base": base, "slow": slow, "fast": fast}
            answer = solution.scaled_frequencies(dim, kind, factor, truncate=truncate, **options)
            if kind != only:
                return answer
            fast = {"yarn": 32.0, "llama3": 4.0}.get(kind) if fast is None else fast
            o = SimpleNamespace(
                dim=dim, factor=factor, length=original_length, base=base, slow=slow, fast=fast, truncate=truncate
            )
            return make(o), answer[1]

        scaled_frequencies.__name__ = make.__name__
        return scaled_frequencies

    return wrap


def plain(o, base=None, dtype=torch.float64):
    return (o.base if base is None else base) ** -(torch.arange(0, o.dim, 2, dtype=dtype) / o.dim)


def blended(o, keep):
    return plain(o) * (keep + (1 - keep) / o.factor)


def turns_of(o, circle=2 * math.pi):
    return o.length * plain(o) / circle


def place(o, turns, circle=2 * math.pi):
    return o.dim * math.log(o.length / (circle * turns)) / (2 * math.log(o.base))


def ramp(o, lower, upper):
    """The share that is kept, falling from pair `lower` to pair `upper`."""
    return ((upper - torch.arange(o.dim // 2, dtype=torch.float64)) / (upper - lower or 0.001)).clamp(0, 1)


def ends(o, down=math.floor, up=math.ceil, circle=2 * math.pi):
    """Where YaRN's ramp begins and ends, before it is cut."""
    lower, upper = place(o, o.fast, circle), place(o, o.slow, circle)
    return (down(lower), up(upper)) if o.truncate else (lower, upper)


def cut(o, lower, upper):
    return max(lower, 0), min(upper, o.dim - 1)


@mistake(
    of="scaled_frequencies",
    en="It looks like the frequencies are multiplied by the factor. Longer texts need slower pairs: divide.",
    zh="看起来你把频率乘以了 factor。文本变长，各对应当转得更慢：要除以它。",
)
@in_kind("linear")
def speeds_up(o):
    return plain(o) * o.factor


@mistake(
    of="scaled_frequencies",
    en='It looks like "linear" multiplies the base by the factor. That slows the last pairs and leaves the first one '
    "alone; position interpolation slows all pairs alike.",
    zh='看起来 "linear" 时你把 base 乘以了 factor：这样只放慢后面的数对，第一对不变。'
    "位置插值应把所有数对放慢同样的倍数。",
)
@in_kind("linear")
def stretches_the_base(o):
    return plain(o, o.base * o.factor)


@mistake(
    of="scaled_frequencies",
    en='It looks like "ntk" multiplies the base by the factor itself: that gives exactly your numbers. The exponent '
    "dim / (dim - 2) is what slows the last pair by the whole factor.",
    zh='看起来 "ntk" 时 base 直接乘以了 factor：这样恰好得到你的结果。有了指数 dim / (dim - 2)，'
    "最后一对才恰好慢 factor 倍。",
)
@in_kind("ntk")
def forgets_the_exponent(o):
    return plain(o, o.base * o.factor)


@mistake(
    of="scaled_frequencies",
    en="It looks like the exponent of the factor is upside down, (dim - 2) / dim. It is dim / (dim - 2), a little "
    "above 1.",
    zh="看起来 factor 的指数写倒了，成了 (dim - 2) / dim。应为 dim / (dim - 2)，比 1 略大。",
)
@in_kind("ntk")
def turns_the_exponent_over(o):
    return plain(o, o.base * o.factor ** ((o.dim - 2) / o.dim))


@mistake(
    of="scaled_frequencies",
    en='It looks like "ntk" stretches the base and then divides the frequencies by the factor as well. It is one or '
    "the other: the first pair must stay as it is.",
    zh='看起来 "ntk" 时你既放大了 base，又把频率除以了 factor。两者只能取其一：第一对应保持不变。',
)
@in_kind("ntk")
def scales_twice(o):
    return plain(o, o.base * o.factor ** (o.dim / (o.dim - 2))) / o.factor


@mistake(
    of="scaled_frequencies",
    en='It looks like the ramp of "yarn" runs the wrong way: your fast pairs are slowed, and the slow ones, which '
    "never went all the way round, stay as they are.",
    zh='看起来 "yarn" 的斜坡方向反了：转得快的数对被放慢，从没转满一圈的慢数对反而保持不变。',
)
@in_kind("yarn")
def keeps_the_slow_pairs(o):
    return blended(o, 1 - ramp(o, *cut(o, *ends(o))))


@mistake(
    of="scaled_frequencies",
    en="It looks like `truncate` is not looked at: the ends of the ramp are never rounded.",
    zh="看起来没有用到 `truncate`：斜坡的两端从不取整。",
)
@in_kind("yarn")
def never_rounds(o):
    return blended(o, ramp(o, *cut(o, place(o, o.fast), place(o, o.slow))))


@mistake(
    of="scaled_frequencies",
    en="It looks like the ends of the ramp are rounded whatever `truncate` says.",
    zh="看起来不论 `truncate` 是什么，斜坡的两端都取了整。",
)
@in_kind("yarn")
def always_rounds(o):
    return blended(o, ramp(o, *cut(o, math.floor(place(o, o.fast)), math.ceil(place(o, o.slow)))))


@mistake(
    of="scaled_frequencies",
    en="It looks like both ends of the ramp are rounded down (`int` does that, too). The lower one is rounded down "
    "and the upper one up, so that the ramp never gets shorter.",
    zh="看起来斜坡的两端都向下取整了（`int` 也是如此）。应当下端向下、上端向上取整，斜坡才不会变短。",
)
@in_kind("yarn")
def rounds_both_down(o):
    return blended(o, ramp(o, *cut(o, *ends(o, up=math.floor))))


@mistake(
    of="scaled_frequencies",
    en="It looks like the ends of the ramp are rounded to the nearest whole number: the lower one is rounded down "
    "and the upper one up.",
    zh="看起来斜坡的两端做了四舍五入：应当下端向下取整，上端向上取整。",
)
@in_kind("yarn")
def rounds_to_the_nearest_pair(o):
    return blended(o, ramp(o, *cut(o, *ends(o, round, round))))


@mistake(
    of="scaled_frequencies",
    en="It looks like the ramp may begin before pair 0. Cut `lower` to 0 before the share is computed: it changes "
    "the slope.",
    zh="看起来斜坡可以从第 0 对之前开始。应先把 `lower` 提高到 0 再算比例：它会改变斜率。",
)
@in_kind("yarn")
def begins_before_the_first_pair(o):
    lower, upper = ends(o)
    return blended(o, ramp(o, lower, min(upper, o.dim - 1)))


@mistake(
    of="scaled_frequencies",
    en="It looks like the ramp may end after dim - 1. Cut `upper` to dim - 1 before the share is computed: it "
    "changes the slope.",
    zh="看起来斜坡可以在 dim - 1 之后结束。应先把 `upper` 限制到 dim - 1 再算比例：它会改变斜率。",
)
@in_kind("yarn")
def ends_after_dim(o):
    lower, upper = ends(o)
    return blended(o, ramp(o, max(lower, 0), upper))


@mistake(
    of="scaled_frequencies",
    en="It looks like `upper` is cut to the last pair, dim/2 - 1. That would be the natural place; published models "
    "cut to dim - 1, as the code of the paper's authors does.",
    zh="看起来 `upper` 被限制到了最后一对 dim/2 - 1。这样看似自然，但已发布的模型都按论文作者的代码限制到 dim - 1。",
)
@in_kind("yarn")
def cuts_at_the_last_pair(o):
    lower, upper = ends(o)
    return blended(o, ramp(o, max(lower, 0), min(upper, o.dim // 2 - 1)))


@mistake(
    of="scaled_frequencies",
    en="It looks like a circle of 1 instead of 2 pi: a pair has gone round once after 2 pi radians, so place(turns) "
    "needs original_length / (2 pi turns).",
    zh="看起来一圈被当成了 1，而不是 2 pi：转过 2 pi 弧度才算一圈，"
    "所以 place(turns) 里应是 original_length / (2 pi turns)。",
)
@in_kind("yarn")
def forgets_two_pi(o):
    lower, upper = ends(o, circle=1.0)
    lower, upper = max(lower, 0), min(upper, o.dim - 1)
    return blended(o, ramp(o, lower, upper))


@mistake(
    of="scaled_frequencies",
    en='It looks like your ramp of "yarn" is straight in the number of turns. So the paper has it, and so "llama3" '
    "has it; the code that models were trained with goes down evenly from pair to pair.",
    zh='看起来你的 "yarn" 斜坡随圈数均匀变化。论文里确实这样写，"llama3" 也是这样；'
    "但训练模型时用的代码是逐对均匀下降的。",
)
@in_kind("yarn")
def ramps_by_turns(o):
    return blended(o, ((turns_of(o) - o.slow) / (o.fast - o.slow)).clamp(0, 1))


@mistake(
    of="scaled_frequencies",
    en="It looks like you blend wavelengths: one over the mean of two wavelengths is not the mean of two "
    "frequencies. Blend f and f / factor themselves.",
    zh="看起来你混合的是波长：两个波长平均之后再取倒数，并不是两个频率的平均。应直接混合 f 与 f / factor。",
)
@in_kind("yarn")
def blends_wavelengths(o):
    keep = ramp(o, *cut(o, *ends(o)))
    return plain(o) / (keep + (1 - keep) * o.factor)


@mistake(
    of="scaled_frequencies",
    en='It looks like the two shares of "llama3" have changed places between `slow` and `fast`: the faster a pair '
    "turns, the more of it should stay.",
    zh='看起来 "llama3" 在 `slow` 与 `fast` 之间把两个比例弄反了：转得越快的数对，应保留得越多。',
)
@in_kind("llama3")
def smooths_backwards(o):
    keep = ((turns_of(o) - o.slow) / (o.fast - o.slow)).clamp(0, 1)
    between = (keep > 0) & (keep < 1)
    return blended(o, torch.where(between, 1 - keep, keep))


@mistake(
    of="scaled_frequencies",
    en="It looks like the pairs between `slow` and `fast` turns are slowed by the whole factor, too. They are a "
    "blend, so that no step is left between the two bands.",
    zh="看起来圈数在 `slow` 与 `fast` 之间的数对也整个慢了 factor 倍。它们应是两者的混合，这样两段之间才没有跳变。",
)
@in_kind("llama3")
def has_no_middle_band(o):
    return blended(o, (turns_of(o) > o.fast).double())


@mistake(
    of="scaled_frequencies",
    en="It looks like your middle band is straight in the wavelength. It is straight in the number of turns, which "
    "is one over it.",
    zh="看起来你的中间段随波长均匀变化。它应随圈数均匀变化，而圈数与波长成反比。",
)
@in_kind("llama3")
def smooths_by_wavelength(o):
    wavelength, longest, shortest = 1 / turns_of(o), 1 / o.slow, 1 / o.fast
    return blended(o, ((longest - wavelength) / (longest - shortest)).clamp(0, 1))


@mistake(
    of="scaled_frequencies",
    en='It looks like "llama3" uses the ramp of "yarn", even steps from pair to pair. Its share follows the number '
    "of turns.",
    zh='看起来 "llama3" 用了 "yarn" 的斜坡，逐对均匀变化。它的比例应随圈数变化。',
)
@in_kind("llama3")
def ramps_by_pairs(o):
    return blended(o, ramp(o, place(o, o.fast), place(o, o.slow)))


@mistake(
    of="scaled_frequencies",
    en='It looks like the circle is left out of "llama3": turns are original_length * f / (2 pi).',
    zh='看起来 "llama3" 里漏掉了圆周：圈数是 original_length * f / (2 pi)。',
)
@in_kind("llama3")
def counts_radians_for_turns(o):
    return blended(o, ((turns_of(o, 1.0) - o.slow) / (o.fast - o.slow)).clamp(0, 1))


def with_attention(attention):
    """Make the solution with another attention factor."""

    def scaled_frequencies(dim, kind, factor, **options):
        frequencies, right = solution.scaled_frequencies(dim, kind, factor, **options)
        return frequencies, attention(kind, factor, right)

    return scaled_frequencies


@mistake(
    of="scaled_frequencies",
    en='It looks like the attention factor is 1.0 for every kind. With "yarn" it is 0.1 * ln(factor) + 1.',
    zh='看起来每种方法的注意力系数都是 1.0。"yarn" 应为 0.1 * ln(factor) + 1。',
)
def forgets_the_attention_factor(dim, kind, factor, **options):
    return with_attention(lambda kind, factor, right: 1.0)(dim, kind, factor, **options)


@mistake(
    of="scaled_frequencies",
    en="It looks like your attention factor is the square, what the scores are multiplied by. It stands at cosine "
    "and sine, so query and key bring it once each: return 0.1 * ln(factor) + 1 itself.",
    zh="看起来你的注意力系数是它的平方，也就是分数要乘的数。这个系数乘在余弦和正弦上，查询和键各带一次："
    "应返回 0.1 * ln(factor) + 1 本身。",
)
def squares_the_attention_factor(dim, kind, factor, **options):
    return with_attention(lambda kind, factor, right: right**2)(dim, kind, factor, **options)


@mistake(
    of="scaled_frequencies",
    en="It looks like the logarithm has base 10: that gives exactly your factor. ln is the natural one, math.log.",
    zh="看起来对数用了以 10 为底的：这样恰好得到你的系数。ln 是自然对数，即 math.log。",
)
def takes_the_common_logarithm(dim, kind, factor, **options):
    return with_attention(lambda kind, factor, right: 0.1 * math.log10(factor) + 1 if kind == "yarn" else right)(
        dim, kind, factor, **options
    )


@mistake(
    of="scaled_frequencies",
    en='It looks like every kind gets the attention factor of "yarn". The others leave the scores alone: 1.0.',
    zh='看起来每种方法都用了 "yarn" 的注意力系数。其他方法不改变分数：应为 1.0。',
)
def sharpens_every_kind(dim, kind, factor, **options):
    return with_attention(lambda kind, factor, right: 0.1 * math.log(factor) + 1)(dim, kind, factor, **options)


@mistake(
    of="scaled_frequencies",
    en="It looks like the base is 10000 whatever `base` says.",
    zh="看起来不论 `base` 是多少，用的都是 10000。",
)
def ignores_the_base(dim, kind, factor, *, base=10000.0, **options):
    return solution.scaled_frequencies(dim, kind, factor, **options)


@mistake(
    of="scaled_frequencies",
    en='It looks like "llama3" ends its ramp at 32 turns, as "yarn" does, when `fast` is not given. Its own number '
    "is 4.",
    zh='看起来没有给 `fast` 时，"llama3" 也像 "yarn" 那样用了 32 圈。它自己的数是 4。',
)
def one_fast_for_both(dim, kind, factor, *, fast=None, **options):
    return solution.scaled_frequencies(dim, kind, factor, fast=32.0 if fast is None else fast, **options)


@mistake(
    of="scaled_frequencies",
    en="It looks like `slow` and `fast` are not looked at: with the usual numbers in their place, the result is "
    "exactly yours.",
    zh="看起来没有用到 `slow` 和 `fast`：换成通常的数值，恰好得到你的结果。",
)
def ignores_slow_and_fast(dim, kind, factor, *, slow=1.0, fast=None, **options):
    solution.scaled_frequencies(dim, kind, factor, slow=slow, fast=fast, **options)  # what is refused stays refused
    return solution.scaled_frequencies(dim, kind, factor, **options)


@mistake(
    of="scaled_frequencies",
    en="It looks like the frequencies are computed in float32 and converted at the end, which brings no digits back. "
    "Make the exponents a float64 tensor.",
    zh="看起来频率是用 float32 算的，最后才转换，丢掉的位数回不来。请把指数做成 float64 张量。",
)
def frequencies_with_few_digits(dim, kind, factor, **options):
    frequencies, attention = solution.scaled_frequencies(dim, kind, factor, **options)
    return frequencies.float().double(), attention


def qk(over_all=None, mean=True, centred=False, outside=False, dtype=torch.float32, order=True):
    """The right norm of one tensor, with something to turn."""

    def normalised(x, weight, eps):
        n_heads, head_dim = x.shape[-3], x.shape[-1]
        wide = weight.shape[0] == n_heads * head_dim != head_dim
        if wide:
            weight = (
                weight.unflatten(0, (n_heads, 1, head_dim)) if order else weight.view(head_dim, n_heads).T.unsqueeze(1)
            )
        axes = (-3, -1) if (wide if over_all is None else over_all) else (-1,)
        x_wide = x if dtype is None else x.to(torch.promote_types(x.dtype, dtype))
        if centred:
            x_wide = x_wide - x_wide.mean(dim=axes, keepdim=True)
        squares = x_wide.square().mean(dim=axes, keepdim=True) if mean else x_wide.square().sum(dim=axes, keepdim=True)
        root = squares.sqrt() + eps if outside else (squares + eps).sqrt()
        return (x_wide / root * weight).to(x.dtype)

    def qk_norm(query, key, query_weight, key_weight, eps=1e-6):
        solution.qk_norm(query, key, query_weight, key_weight, eps)  # what is refused stays refused
        return normalised(query, query_weight, eps), normalised(key, key_weight, eps)

    return qk_norm


@mistake(
    of="qk_norm",
    en="It looks like every head has a mean of its own, whatever the size of the weight. With a weight for all "
    "heads, one mean is taken over the numbers of all of them.",
    zh="看起来不论权重有多少个数，每个头都各自求均值。权重覆盖全部头时，应在所有头的数上求同一个均值。",
)
def each_head_by_itself(query, key, query_weight, key_weight, eps=1e-6):
    return qk(over_all=False)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like one mean is taken over all heads, whatever the size of the weight. With a weight of [head_dim] "
    "each head is scaled by itself.",
    zh="看起来不论权重有多少个数，都在所有头上一起求均值。权重为 [head_dim] 时，每个头应单独缩放。",
)
def all_heads_together(query, key, query_weight, key_weight, eps=1e-6):
    return qk(over_all=True)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like the long weight is laid out with the heads innermost. It goes head after head: the first "
    "head_dim numbers belong to head 0.",
    zh="看起来长权重被当成了头在最内层的排列。它是一个头接一个头排的：前 head_dim 个数属于第 0 个头。",
)
def weights_of_other_heads(query, key, query_weight, key_weight, eps=1e-6):
    return qk(order=False)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like the squares are summed, which makes each vector one of length 1. Their mean is asked for.",
    zh="看起来你把平方求了和，这样每个向量的长度成了 1。这里要的是平方的均值。",
)
def makes_length_one(query, key, query_weight, key_weight, eps=1e-6):
    return qk(mean=False)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like the mean is subtracted first, as layer norm does. An RMS norm only scales.",
    zh="看起来先减去了均值，那是层归一化的做法。RMS 归一化只缩放。",
)
def centres_first(query, key, query_weight, key_weight, eps=1e-6):
    return qk(centred=True)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like eps is added to the root of the mean square, not under it.",
    zh="看起来 eps 加到了均方根上，而不是根号里面。",
)
def adds_eps_outside(query, key, query_weight, key_weight, eps=1e-6):
    return qk(outside=True)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like you square in the dtype of the query: in float16 the square of 300 is infinite. Compute in "
    "float32 at least, and round at the end.",
    zh="看起来你直接用输入的 dtype 求平方：float16 里 300 的平方是无穷大。至少要用 float32 计算，最后再舍入。",
)
def squares_in_half(query, key, query_weight, key_weight, eps=1e-6):
    return qk(dtype=None)(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like only queries are scaled; keys come back as they were.",
    zh="看起来只缩放了查询，键原样返回。",
)
def leaves_keys_alone(query, key, query_weight, key_weight, eps=1e-6):
    return solution.qk_norm(query, key, query_weight, key_weight, eps)[0], key


@mistake(
    of="qk_norm",
    en="It looks like a weight of the wrong size is let through, because it can be broadcast. Refuse it.",
    zh="看起来长度不对的权重因为可以广播就被放过了。应当拒绝它。",
)
def lets_any_weight_broadcast(query, key, query_weight, key_weight, eps=1e-6):
    def fitted(x, weight):
        sizes = (x.shape[-1],), (x.shape[-3] * x.shape[-1],)
        return weight.expand(x.shape[-1]) if weight.shape == (1,) and weight.shape not in sizes else weight

    return solution.qk_norm(query, key, fitted(query, query_weight), fitted(key, key_weight), eps)


@mistake(
    of="qk_norm",
    en="It looks like the key's weight is measured by the number of query heads. With grouped queries there are fewer "
    "key heads: take their number from the key.",
    zh="看起来键的权重是按查询的头数来检查的。分组查询时键的头更少：头数应取自键本身。",
    breaks="there may be fewer key heads",
)
def measures_keys_by_the_query_heads(query, key, query_weight, key_weight, eps=1e-6):
    if key_weight.numel() not in (key.shape[-1], query.shape[-3] * key.shape[-1]):
        raise ValueError("the key's weight fits neither a head nor all heads")
    return solution.qk_norm(query, key, query_weight, key_weight, eps)


@mistake(
    of="qk_norm",
    en="It looks like keys come back in the dtype of the query. Each answer has that of its own x.",
    zh="看起来键的结果用了查询的 dtype。每个结果应保持自己输入的 dtype。",
)
def converts_keys_to_the_query(query, key, query_weight, key_weight, eps=1e-6):
    q, k = solution.qk_norm(query, key, query_weight, key_weight, eps)
    return q, k.to(query.dtype)


@mistake(
    of="scaled_frequencies",
    en="It looks like the frequencies are float32, torch's usual dtype. Make the exponents a float64 tensor: there are "
    "so few of these numbers that the digits cost nothing.",
    zh="看起来频率是 float32，也就是 torch 平时用的 dtype。请把指数做成 float64 张量：这样的数很少，多几位不费什么。",
)
def gives_single_precision(dim, kind, factor, **options):
    frequencies, attention = solution.scaled_frequencies(dim, kind, factor, **options)
    return frequencies.float(), attention


@mistake(
    of="scaled_frequencies",
    en="It looks like the share that is kept leaves the range from 0 to 1: fast pairs become faster than they were, "
    "and slow ones slower than f / factor. Cut it at both ends.",
    zh="看起来保留的比例超出了 0 到 1：快的数对变得比原来更快，慢的比 f / factor 还慢。应在两端截断。",
    breaks="A keep below 0 counts as 0, one above 1 as 1",
)
def lets_the_share_leave_its_range(dim, kind, factor, **options):
    def straight(o):
        lower, upper = cut(o, *ends(o))
        return blended(o, (upper - torch.arange(o.dim // 2, dtype=torch.float64)) / (upper - lower))

    def by_turns(o):
        return blended(o, (turns_of(o) - o.slow) / (o.fast - o.slow))

    make = in_kind("yarn")(straight) if kind == "yarn" else in_kind("llama3")(by_turns)
    return make(dim, kind, factor, **options)
