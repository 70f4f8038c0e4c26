"""Known mistakes of week 05, multi_head.

`Variant` is the solution cut into small methods, so that a mistake overrides the one that it gets wrong.
"""

import math

import multi_head as solution
import torch
from torch import nn

from grader.mistakes import mistake


class Variant(solution.MultiHeadAttention):
    """The solution, step by step."""

    def split(self, x, heads):
        return x.unflatten(-1, (heads, -1)).transpose(1, 2)

    def join(self, heads):
        return heads.transpose(1, 2).flatten(-2)

    def share(self, x):
        return x.repeat_interleave(self.num_heads // self.num_kv_heads, dim=1)

    def width(self, q):
        return q.shape[-1]

    def hidden(self, mask):
        return ~mask.unsqueeze(-3)

    def weigh(self, scores, mask):
        if mask is None:
            return torch.softmax(scores, dim=-1)
        scores = scores.masked_fill(self.hidden(mask), torch.finfo(scores.dtype).min)
        return torch.softmax(scores, dim=-1).masked_fill(self.hidden(mask), 0.0)

    def project(self, query, key, value):
        return self.W_q(query), self.W_k(key), self.W_v(value)

    def finish(self, heads, weights):
        return self.W_o(self.join(heads)), weights

    def forward(self, query, key, value, mask=None):
        q, k, v = self.project(query, key, value)
        q = self.split(q, self.num_heads)
        k, v = self.share(self.split(k, self.num_kv_heads)), self.share(self.split(v, self.num_kv_heads))
        weights = self.weigh(q @ k.mT / math.sqrt(self.width(q)), mask)
        return self.finish(weights @ v, weights)


@mistake(
    of="MultiHeadAttention",
    en="It looks like you reshaped straight to (batch, num_heads, length, head_dim), which mixes positions and "
    "features. Split the last axis first, then transpose.",
    zh="看起来你直接变形成了 (batch, num_heads, length, head_dim)，这会混淆位置和特征。应先拆最后一个轴，再转置。",
)
class SplitsWithoutTransposing(Variant):
    def split(self, x, heads):
        return x.reshape(len(x), heads, x.shape[1], -1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the mask got its head axis from unsqueeze(1). That fits three axes; one of two axes has its "
    "queries pushed among the heads. unsqueeze(-3) fits both.",
    zh="看起来你用 unsqueeze(1) 给掩码加了头轴。三个轴的掩码这样没错；两个轴的掩码则会把 query 轴挤到头轴的位置。"
    "unsqueeze(-3) 对两者都适用。",
)
class AddsTheHeadAxisInTheMiddle(Variant):
    def hidden(self, mask):
        return ~mask.unsqueeze(1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the heads were joined without moving the head axis back next to the features first.",
    zh="看起来合并各头之前，没有先把头轴移回特征轴旁边。",
)
class JoinsWithoutTransposing(Variant):
    def join(self, heads):
        return heads.reshape(len(heads), heads.shape[2], -1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like head h takes every num_heads-th feature. It owns the h-th block, features that stand side by "
    "side.",
    zh="看起来第 h 个头每隔 num_heads 个特征取一个。它应当取第 h 块，也就是相邻的特征。",
)
class SplitsIntoStripes(Variant):
    def split(self, x, heads):
        return x.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2)


@mistake(
    of="MultiHeadAttention",
    en="It looks like you divided the scores by sqrt(d_model). Each head has only head_dim features.",
    zh="看起来你把分数除以了 sqrt(d_model)。每个头只有 head_dim 个特征。",
)
class ScalesByModelWidth(Variant):
    def width(self, q):
        return q.shape[-1] * self.num_heads


@mistake(
    of="MultiHeadAttention",
    en="It looks like you forgot to divide the scores by sqrt(head_dim): leaving that out gives exactly your numbers.",
    zh="看起来忘了把分数除以 sqrt(head_dim)：少了这一步，得到的正是你的数值。",
)
class ForgetsToScale(Variant):
    def width(self, q):
        return 1


@mistake(
    of="MultiHeadAttention",
    en="It looks like the key-value heads are dealt out in turn (0 1 0 1), as `repeat` does. Neighbours share one (0 "
    "0 1 1).",
    zh="看起来 key-value 头是轮流分配的（0 1 0 1），`repeat` 就会这样。应当由相邻的 query 头共用一个（0 0 1 1）。",
)
class DealsKeyValueHeadsInTurn(Variant):
    def share(self, x):
        return x.repeat(1, self.num_heads // self.num_kv_heads, 1, 1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the joined heads were returned as they are: the output projection W_o was not used.",
    zh="看起来各头拼起来之后就直接返回了：没有经过输出投影 W_o。",
)
class ForgetsOutputProjection(Variant):
    def finish(self, heads, weights):
        return self.join(heads), weights


@mistake(
    of="MultiHeadAttention",
    en="It looks like you averaged the weights over the heads. Keep one table for each head.",
    zh="看起来你对各头的权重取了平均。每个头都要保留一张权重表。",
)
class AveragesWeights(Variant):
    def finish(self, heads, weights):
        return self.W_o(self.join(heads)), weights.mean(1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the mask was read the other way round: what may be seen is hidden. Here True means that the "
    "query may attend.",
    zh="看起来掩码读反了：可以看的反而被遮住了。这里 True 表示允许关注。",
)
class HidesWhereTheMaskIsTrue(Variant):
    def hidden(self, mask):
        return mask.unsqueeze(-3)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the mask has no axis for the heads, so torch took its batch axis for one.",
    zh="看起来掩码少了头轴，torch 把它的批次轴当成了头轴。",
)
class TakesBatchAxisOfMaskForHeads(Variant):
    def hidden(self, mask):
        return ~mask


@mistake(
    of="MultiHeadAttention",
    en="It looks like a query that may see nothing attends to all hidden keys equally. Its weights should be 0 in "
    "every head.",
    zh="看起来什么都不许看的 query 平均关注了所有被遮住的 key。它在每个头中的权重都应当是 0。",
)
class RowsWithoutKeysAttendEqually(Variant):
    def weigh(self, scores, mask):
        if mask is not None:
            scores = scores.masked_fill(self.hidden(mask), -1e9)
        return torch.softmax(scores, dim=-1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like a row of -inf alone went through the softmax: 0/0, so a query without visible keys became NaN.",
    zh="看起来有一行全是 -inf 的分数进了 softmax：0/0，于是没有可见 key 的 query 成了 NaN。",
)
class RowsWithoutKeysBecomeNaN(Variant):
    def weigh(self, scores, mask):
        if mask is not None:
            scores = scores.masked_fill(self.hidden(mask), -math.inf)
        return torch.softmax(scores, dim=-1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like `key` and `value` changed places: W_k got `value`, and W_v got `key`.",
    zh="看起来 `key` 和 `value` 对调了：W_k 用了 `value`，W_v 用了 `key`。",
)
class SwapsKeyAndValue(Variant):
    def project(self, query, key, value):
        return self.W_q(query), self.W_k(value), self.W_v(key)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the values were made from `key` too, and `value` was never read. In self-attention nobody "
    "notices.",
    zh="看起来 value 也是由 `key` 得到的，`value` 从未用到。在自注意力里看不出来。",
)
class IgnoresValue(Variant):
    def project(self, query, key, value):
        return self.W_q(query), self.W_k(key), self.W_v(key)


@mistake(
    of="MultiHeadAttention",
    en="It looks like W_o kept its bias although bias=False: the argument is for all four projections.",
    zh="看起来 bias=False 时 W_o 仍带着偏置：这个参数对四个投影都有效。",
)
class KeepsBiasOfOutput(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__(d_model, num_heads, num_kv_heads, bias)
        self.W_o = nn.Linear(d_model, d_model)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the head counts were not checked: one that does not fit should raise ValueError.",
    zh="看起来没有检查头数：不合适的头数应当抛出 ValueError。",
)
class AcceptsEveryHeadCount(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        try:
            super().__init__(d_model, num_heads, num_kv_heads, bias)
        except ValueError:
            super().__init__(d_model, 1, 1, bias)


@mistake(
    of="MultiHeadAttention",
    en="It looks like num_kv_heads=0 is taken for None, as `num_kv_heads or num_heads` does it: 0 is no head count, "
    "and should raise ValueError.",
    zh="看起来 num_kv_heads=0 被当作了 None（`num_kv_heads or num_heads` 就会这样）：0 不是有效的头数，"
    "应当抛出 ValueError。",
    breaks="a head count is below 1",
)
class TakesZeroForNone(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__(d_model, num_heads, num_kv_heads or None, bias)


@mistake(
    of="MultiHeadAttention",
    en="It looks like W_q kept its bias although bias=False: the argument is for all four projections.",
    zh="看起来 bias=False 时 W_q 仍带着偏置：这个参数对四个投影都有效。",
    breaks="bias: whether all four projections have a bias",
)
class KeepsBiasOfQueries(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__(d_model, num_heads, num_kv_heads, bias)
        self.W_q = nn.Linear(d_model, d_model)


@mistake(
    of="MultiHeadAttention",
    en="It looks like you divided the scores by head_dim itself; it is its square root that is asked for.",
    zh="看起来你把分数除以了 head_dim 本身；应当除以它的平方根。",
)
class DividesByHeadDim(Variant):
    def width(self, q):
        return q.shape[-1] ** 2


@mistake(
    of="MultiHeadAttention",
    en="It looks like the mask was applied after the softmax: hidden keys had their share by then, and the rows no "
    "longer sum to 1.",
    zh="看起来掩码是在 softmax 之后才用的：被遮住的 key 那时已经分走了权重，各行之和不再是 1。",
)
class MasksAfterTheSoftmax(Variant):
    def weigh(self, scores, mask):
        weights = torch.softmax(scores, dim=-1)
        return weights if mask is None else weights.masked_fill(self.hidden(mask), 0.0)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the mask was never used: leaving it out gives exactly your numbers.",
    zh="看起来掩码没有用上：不用它，得到的正是你的结果。",
)
class IgnoresTheMask(Variant):
    def weigh(self, scores, mask):
        return torch.softmax(scores, dim=-1)


@mistake(
    of="MultiHeadAttention",
    en="It looks like keys and values were made from `query` as well: that is self-attention, whatever `key` and "
    "`value` hold.",
    zh="看起来 key 和 value 也是由 `query` 得到的：这样不管传入什么 `key` 和 `value`，都成了自注意力。",
    breaks="cross-attention passes another one as key and value",
)
class AttendsToItselfAlone(Variant):
    def project(self, query, key, value):
        return self.W_q(query), self.W_k(query), self.W_v(query)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the remainder is taken before the head counts are checked: a count of 0 ends in a "
    "ZeroDivisionError. Ask first whether it is below 1, and raise ValueError.",
    zh="看起来没检查头数就先求余数：头数为 0 时会引发 ZeroDivisionError。应先判断是否小于 1，并抛出 ValueError。",
    breaks="a head count is below 1",
)
class DividesByNoHeads(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        if d_model % num_heads or num_heads % (num_heads if num_kv_heads is None else num_kv_heads):
            raise ValueError("the head counts do not divide")
        super().__init__(d_model, num_heads, num_kv_heads, bias)


@mistake(
    of="MultiHeadAttention",
    en="It looks like the layer keeps the mask of one call and uses it in the next that has none: None hides nothing.",
    zh="看起来这一层记住了上一次的掩码，在没有掩码的下一次调用里又用了它：None 表示什么都不遮。",
    breaks="None: hide nothing",
)
class KeepsTheLastMask(solution.MultiHeadAttention):
    def forward(self, query, key, value, mask=None):
        last = getattr(self, "last", None)
        if mask is None and last is not None and last.shape[-2:] == (query.shape[1], key.shape[1]):
            mask = last
        self.last = mask
        return super().forward(query, key, value, mask)
