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
    en="Your answer equals the one that reshapes straight to (batch, num_heads, length, head_dim), which mixes "
    "positions and features: split the last axis, then transpose.",
    zh="你的结果等于直接变形为 (batch, num_heads, length, head_dim) 时的结果，这会混淆位置和特征："
    "应先拆最后一个轴，再转置。",
)
class SplitsWithoutTransposing(Variant):
    def split(self, x, heads):
        return x.reshape(len(x), heads, x.shape[1], -1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that gives the mask its head axis with unsqueeze(1). That fits three axes; "
    "one of two axes has its queries pushed among the heads. unsqueeze(-3) fits both.",
    zh="你的结果等于用 unsqueeze(1) 给掩码加头轴的结果。三个轴的掩码这样没错；"
    "两个轴的掩码则会把 query 轴挤到头轴的位置。unsqueeze(-3) 对两者都适用。",
)
class AddsTheHeadAxisInTheMiddle(Variant):
    def hidden(self, mask):
        return ~mask.unsqueeze(1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that joins the heads without moving the head axis back next to the features.",
    zh="你的结果等于合并各头时没有先把头轴移回特征轴旁边的结果。",
)
class JoinsWithoutTransposing(Variant):
    def join(self, heads):
        return heads.reshape(len(heads), heads.shape[2], -1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one in which head h takes every num_heads-th feature instead of the h-th block.",
    zh="你的结果等于第 h 个头每隔 num_heads 个特征取一个时的结果，而它应当取第 h 块连续的特征。",
)
class SplitsIntoStripes(Variant):
    def split(self, x, heads):
        return x.unflatten(-1, (-1, heads)).permute(0, 3, 1, 2)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that divides the scores by sqrt(d_model); each head has only head_dim features.",
    zh="你的结果等于把分数除以 sqrt(d_model) 时的结果；每个头只有 head_dim 个特征。",
)
class ScalesByModelWidth(Variant):
    def width(self, q):
        return q.shape[-1] * self.num_heads


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one without dividing the scores by sqrt(head_dim).",
    zh="你的结果等于没有把分数除以 sqrt(head_dim) 时的结果。",
)
class ForgetsToScale(Variant):
    def width(self, q):
        return 1


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that deals the key-value heads out in turn (0 1 0 1) instead of to neighbours "
    "(0 0 1 1).",
    zh="你的结果等于轮流分配 key-value 头（0 1 0 1）时的结果，而相邻的 query 头应共用一个（0 0 1 1）。",
)
class DealsKeyValueHeadsInTurn(Variant):
    def share(self, x):
        return x.repeat(1, self.num_heads // self.num_kv_heads, 1, 1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one without the output projection W_o.",
    zh="你的结果等于没有使用输出投影 W_o 时的结果。",
)
class ForgetsOutputProjection(Variant):
    def finish(self, heads, weights):
        return self.join(heads), weights


@mistake(
    of="MultiHeadAttention",
    en="Your weights equal the mean over the heads; keep one table of weights for each head.",
    zh="你的权重等于对各头取平均的结果；每个头都要保留一张权重表。",
)
class AveragesWeights(Variant):
    def finish(self, heads, weights):
        return self.W_o(self.join(heads)), weights.mean(1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that reads the mask the other way round: here True means that the query may attend.",
    zh="你的结果等于把掩码读反时的结果：这里 True 表示允许关注。",
)
class HidesWhereTheMaskIsTrue(Variant):
    def hidden(self, mask):
        return mask.unsqueeze(-3)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one without a head axis in the mask, so that its batch axis is taken for the heads.",
    zh="你的结果等于掩码缺少头轴时的结果，它的批次轴被当成了头轴。",
)
class TakesBatchAxisOfMaskForHeads(Variant):
    def hidden(self, mask):
        return ~mask


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one in which a query without visible keys attends to all keys equally, not to none.",
    zh="你的结果等于没有可见 key 的 query 平均关注所有 key 时的结果，而它本应什么都不关注。",
)
class RowsWithoutKeysAttendEqually(Variant):
    def weigh(self, scores, mask):
        if mask is not None:
            scores = scores.masked_fill(self.hidden(mask), -1e9)
        return torch.softmax(scores, dim=-1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one in which a query without visible keys becomes NaN: softmax over -inf alone is 0/0.",
    zh="你的结果等于没有可见 key 的 query 变成 NaN 时的结果：整行都是 -inf 时，softmax 是 0/0。",
)
class RowsWithoutKeysBecomeNaN(Variant):
    def weigh(self, scores, mask):
        if mask is not None:
            scores = scores.masked_fill(self.hidden(mask), -math.inf)
        return torch.softmax(scores, dim=-1)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that takes the keys from `value` and the values from `key`.",
    zh="你的结果等于把 `value` 当作 key、把 `key` 当作 value 时的结果。",
)
class SwapsKeyAndValue(Variant):
    def project(self, query, key, value):
        return self.W_q(query), self.W_k(value), self.W_v(key)


@mistake(
    of="MultiHeadAttention",
    en="Your answer equals the one that takes the values from `key` too and ignores `value`.",
    zh="你的结果等于 value 也取自 `key`、忽略了 `value` 时的结果。",
)
class IgnoresValue(Variant):
    def project(self, query, key, value):
        return self.W_q(query), self.W_k(key), self.W_v(key)


@mistake(
    of="MultiHeadAttention",
    en="Your layer equals the one whose output projection keeps its bias although bias=False.",
    zh="你的层等于在 bias=False 时输出投影仍保留偏置的层。",
)
class KeepsBiasOfOutput(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__(d_model, num_heads, num_kv_heads, bias)
        self.W_o = nn.Linear(d_model, d_model)


@mistake(
    of="MultiHeadAttention",
    en="Your layer equals the one that does not check the head counts.",
    zh="你的层等于没有检查头数的层。",
)
class AcceptsEveryHeadCount(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        try:
            super().__init__(d_model, num_heads, num_kv_heads, bias)
        except ValueError:
            super().__init__(d_model, 1, 1, bias)


@mistake(
    of="MultiHeadAttention",
    en="Your layer equals the one whose W_q keeps its bias although bias=False: the argument is for all four.",
    zh="你的层等于在 bias=False 时 W_q 仍保留偏置的层：这个参数对四个投影都有效。",
    breaks="bias: whether all four projections have a bias",
)
class KeepsBiasOfQueries(Variant):
    def __init__(self, d_model, num_heads, num_kv_heads=None, bias=True):
        super().__init__(d_model, num_heads, num_kv_heads, bias)
        self.W_q = nn.Linear(d_model, d_model)
