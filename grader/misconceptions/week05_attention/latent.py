"""Known mistakes of week 05, latent.

`Variant` is the solution cut into small methods, so that a mistake overrides the one that it gets wrong.
"""

import math

import latent as solution
import torch
from torch import nn

from grader.mistakes import mistake


class Variant(solution.LatentAttention):
    """The solution, step by step."""

    def __init__(self, d_model, num_heads, head_dim, latent_dim, rotary_dim):
        super().__init__(d_model, num_heads, head_dim, latent_dim, rotary_dim)
        self.head_dim, self.latent_dim, self.rotary_dim = head_dim, latent_dim, rotary_dim

    def past(self, cache):
        return 0 if cache is None else cache[0].shape[1]

    def positions(self, x, cache):
        return torch.arange(self.past(cache), self.past(cache) + x.shape[1], device=x.device)

    def split(self, x):
        return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

    def queries(self, x, cache):
        return self.split(self.W_q(x)), self.turn_queries(self.split(self.W_qr(x)), self.positions(x, cache))

    def turn_queries(self, q, positions):
        return solution.rotate(q, positions)

    def turn_keys(self, k, positions):
        return solution.rotate(k, positions)

    def shared(self, x, cache):
        latent, rotary = self.W_dkv(x), self.turn_keys(self.W_kr(x), self.positions(x, cache))
        return self.join(cache, latent, rotary)

    def join(self, cache, latent, rotary):
        if cache is None:
            return latent, rotary
        return torch.cat([cache[0], latent], dim=1), torch.cat([cache[1], rotary], dim=1)

    def expand(self, latent):
        return self.split(self.W_uk(latent)), self.split(self.W_uv(latent))

    def width(self):
        return self.head_dim + self.rotary_dim

    def absorbed_width(self):
        return self.width()

    def hide(self, scores):
        new, keys = scores.shape[-2:]
        hidden = torch.ones(new, keys, dtype=torch.bool, device=scores.device).triu(keys - new + 1)
        return scores.masked_fill(hidden, -math.inf)

    def weigh(self, scores):
        return torch.softmax(self.hide(scores), dim=-1)

    def score(self, q, k, q_rotary, rotary):
        return q @ k.mT + q_rotary @ rotary.unsqueeze(1).mT

    def finish(self, heads):
        return self.W_o(heads.transpose(1, 2).flatten(-2))

    def forward(self, x, cache=None):
        (q, q_rotary), (latent, rotary) = self.queries(x, cache), self.shared(x, cache)
        k, v = self.expand(latent)
        weights = self.weigh(self.score(q, k, q_rotary, rotary) / math.sqrt(self.width()))
        return self.finish(weights @ v), (latent, rotary)

    def absorbed(self, x, cache=None):
        (q, q_rotary), (latent, rotary) = self.queries(x, cache), self.shared(x, cache)
        w_uk, w_uv = (layer.weight.unflatten(0, (self.num_heads, -1)) for layer in (self.W_uk, self.W_uv))
        scores = self.score(q @ w_uk, latent.unsqueeze(1), q_rotary, rotary) / math.sqrt(self.absorbed_width())
        return self.finish((self.weigh(scores) @ latent.unsqueeze(1)) @ w_uv.mT), (latent, rotary)


@mistake(
    of="LatentAttention",
    en="It looks like you divided the scores by sqrt(head_dim). A query has a rotary part as well, so its width is "
    "head_dim + rotary_dim.",
    zh="看起来你把分数除以了 sqrt(head_dim)。query 还有旋转部分，它的宽度是 head_dim + rotary_dim。",
    breaks="divided by sqrt(head_dim + rotary_dim)",
)
class ScalesByTheContentAlone(Variant):
    def width(self):
        return self.head_dim


@mistake(
    of="LatentAttention",
    en="It looks like the absorbed scores are divided by the root of latent_dim + rotary_dim, as wide as the vectors "
    "are that meet there. They are the same scores as before: the divisor stays sqrt(head_dim + rotary_dim).",
    zh="看起来吸收形式的分数除以了 latent_dim + rotary_dim 的平方根，也就是那里相乘的向量的宽度。"
    "分数还是原来的分数：除数仍是 sqrt(head_dim + rotary_dim)。",
    breaks="scores are divided by the same number",
)
class ScalesByTheLatentWidth(Variant):
    def absorbed_width(self):
        return self.latent_dim + self.rotary_dim


@mistake(
    of="LatentAttention",
    en="It looks like the rotary keys of the cache are turned once more in every call: they were cached rotated.",
    zh="看起来每次调用都把缓存中的旋转 key 又转了一次：它们存进去时已经旋转过了。",
    breaks="r is cached rotated",
)
class TurnsCachedKeysAgain(Variant):
    def shared(self, x, cache):
        latent, rotary = self.join(cache, self.W_dkv(x), self.W_kr(x))
        return latent, solution.rotate(rotary, torch.arange(rotary.shape[1], device=x.device))


@mistake(
    of="LatentAttention",
    en="It looks like the positions of new tokens begin at 0 in every call. With a cache they begin behind it.",
    zh="看起来每次调用时新词元的位置都从 0 开始。有缓存时，应当接在它后面。",
    breaks="their positions begin at past",
)
class BeginsAgainAtPositionZero(Variant):
    def positions(self, x, cache):
        return torch.arange(x.shape[1], device=x.device)


@mistake(
    of="LatentAttention",
    en="It looks like your cache holds the keys and values of all heads. The outputs are right, but c and r are all "
    "that has to be kept.",
    zh="看起来你的缓存存了所有头的 key 和 value。输出没有错，但需要保留的只有 c 和 r。",
    breaks="latent_dim + rotary_dim numbers a token",
)
class CachesEveryHead(Variant):
    def forward(self, x, cache=None):
        (q, q_rotary), latent = self.queries(x, cache), self.W_dkv(x)
        rotary = solution.rotate(self.W_kr(x), self.positions(x, cache))
        keys, values = self.W_uk(latent), self.W_uv(latent)
        if cache is not None:
            values = torch.cat([cache[1], values], dim=1)
            keys, rotary = (
                torch.cat([old, new], dim=1)
                for old, new in zip(cache[0].split([keys.shape[-1], self.rotary_dim], -1), (keys, rotary), strict=True)
            )
        scores = self.score(q, self.split(keys), q_rotary, rotary) / math.sqrt(self.width())
        return self.finish(self.weigh(scores) @ self.split(values)), (torch.cat([keys, rotary], -1), values)

    def absorbed(self, x, cache=None):
        return self.forward(x, cache)


@mistake(
    of="LatentAttention",
    en="It looks like only the new tokens are in the cache that you return: the old ones are lost at the next call.",
    zh="看起来你返回的缓存里只有新词元：下一次调用时，旧的就丢了。",
)
class ReturnsTheNewPartAlone(Variant):
    def forward(self, x, cache=None):
        output, whole = super().forward(x, cache)
        return output, tuple(part[:, self.past(cache) :] for part in whole)

    def absorbed(self, x, cache=None):
        output, whole = super().absorbed(x, cache)
        return output, tuple(part[:, self.past(cache) :] for part in whole)


@mistake(
    of="LatentAttention",
    en="It looks like the new tokens stand before the old ones in the cache: join the cache first, then what is new.",
    zh="看起来缓存里新词元排在了旧词元前面：拼接时应当先放缓存，再放新的。",
    breaks="in the cache the new tokens stand behind the old ones",
)
class PutsTheNewTokensFirst(Variant):
    def join(self, cache, latent, rotary):
        if cache is None:
            return latent, rotary
        return torch.cat([latent, cache[0]], dim=1), torch.cat([rotary, cache[1]], dim=1)


@mistake(
    of="LatentAttention",
    en="It looks like nothing is hidden: tokens that are read in one call see those that come after them.",
    zh="看起来什么都没有遮住：一次读入的词元能看到排在后面的词元。",
    breaks="Each token attends to itself and to the tokens before it",
)
class LetsTokensLookAhead(Variant):
    def hide(self, scores):
        return scores


@mistake(
    of="LatentAttention",
    en="It looks like your mask puts the first new token at the first key, so that it does not see the cached ones.",
    zh="看起来你的掩码让第一个新词元对着第一个 key，于是它看不到缓存中的词元。",
)
class AlignsTheMaskAtTheBeginning(Variant):
    def hide(self, scores):
        hidden = torch.ones(scores.shape[-2:], dtype=torch.bool, device=scores.device).triu(1)
        return scores.masked_fill(hidden, -math.inf)


@mistake(
    of="LatentAttention",
    en="It looks like the rotary part never reached the scores: without it, attention knows no order.",
    zh="看起来旋转部分没有加进分数：没有它，注意力就不知道顺序。",
)
class LeavesOutTheRotaryPart(Variant):
    def score(self, q, k, q_rotary, rotary):
        return q @ k.mT


@mistake(
    of="LatentAttention",
    en="It looks like only the keys were rotated, and not the queries: the position counts then, not the distance.",
    zh="看起来只旋转了 key，没有旋转 query：这样起作用的就是绝对位置，而不是距离。",
    breaks="block h of W_qr(x), rotated",
)
class LeavesTheQueriesUnturned(Variant):
    def turn_queries(self, q, positions):
        return q


@mistake(
    of="LatentAttention",
    en="It looks like only the queries were rotated, and not r: the position counts then, not the distance.",
    zh="看起来只旋转了 query，没有旋转 r：这样起作用的就是绝对位置，而不是距离。",
    breaks="r = W_kr(x), rotated to the token's position",
)
class LeavesTheKeysUnturned(Variant):
    def turn_keys(self, k, positions):
        return k


@mistake(
    of="LatentAttention",
    en="It looks like you rotated the parts that go through c as well. That is what the separate rotary part is for: a "
    "rotation between W_q and W_uk could not be absorbed.",
    zh="看起来你把经过 c 的部分也旋转了。单独的旋转部分正是为此而设：W_q 与 W_uk 之间若隔着旋转，就无法吸收。",
    breaks="what is rotated never goes through c",
)
class TurnsTheContentToo(Variant):
    def score(self, q, k, q_rotary, rotary):
        keys, new = rotary.shape[1], q.shape[2]
        if q.shape[-1] % 2 == 0:
            q = solution.rotate(q, torch.arange(keys - new, keys, device=q.device))
            k = solution.rotate(k, torch.arange(keys, device=k.device))
        return super().score(q, k, q_rotary, rotary)

    def absorbed(self, x, cache=None):
        return self.forward(x, cache)


@mistake(
    of="LatentAttention",
    en="It looks like W_uk and W_uv changed places: keys came from W_uv, and values from W_uk.",
    zh="看起来 W_uk 和 W_uv 对调了：key 用了 W_uv，value 用了 W_uk。",
)
class SwapsUpProjections(Variant):
    def expand(self, latent):
        k, v = super().expand(latent)
        return v, k


@mistake(
    of="LatentAttention",
    en="It looks like you reshaped straight to (batch, num_heads, length, width), which mixes positions and features. "
    "Split the last axis, then transpose.",
    zh="看起来你直接变形成了 (batch, num_heads, length, 宽度)，这会打乱位置和特征。应先拆最后一个轴，再转置。",
)
class SplitsHeadsWithoutTransposing(Variant):
    def split(self, x):
        return x.reshape(len(x), self.num_heads, x.shape[1], -1)


@mistake(
    of="LatentAttention",
    en="It looks like head h takes every num_heads-th feature. It owns the h-th block of neighbouring ones.",
    zh="看起来第 h 个头每隔 num_heads 个特征取一个。它应当取第 h 块相邻的特征。",
    breaks="the h-th of num_heads equal blocks of neighbouring features",
)
class TakesEveryNthFeature(Variant):
    def split(self, x):
        return x.unflatten(-1, (-1, self.num_heads)).permute(0, 3, 1, 2)


@mistake(
    of="LatentAttention",
    en="It looks like the rows of W_uk were taken apart as (head_dim, num_heads) in the absorbed form, and those of "
    "W_uv are right: head h owns neighbouring rows, as it owns neighbouring features.",
    zh="看起来在吸收形式中，W_uk 的各行按 (head_dim, num_heads) 拆开了（W_uv 的没有问题）：头 h 对应相邻的行，"
    "正如它对应相邻的特征。",
    breaks="the h-th of num_heads equal blocks of neighbouring features",
)
class TakesRowsOfKeysApartTheOtherWay(Variant):
    def absorbed(self, x, cache=None):
        (q, q_rotary), (latent, rotary) = self.queries(x, cache), self.shared(x, cache)
        w_uk = self.W_uk.weight.unflatten(0, (-1, self.num_heads)).transpose(0, 1)
        w_uv = self.W_uv.weight.unflatten(0, (self.num_heads, -1))
        scores = self.score(q @ w_uk, latent.unsqueeze(1), q_rotary, rotary) / math.sqrt(self.width())
        return self.finish((self.weigh(scores) @ latent.unsqueeze(1)) @ w_uv.mT), (latent, rotary)


@mistake(
    of="LatentAttention",
    en="It looks like W_qr(x) was rotated as a whole, before it was split into heads: then only head 0 has the fastest "
    "pairs. Split first, and rotate the block of each head.",
    zh="看起来 W_qr(x) 在拆成各头之前就整体旋转了：这样只有第 0 个头有转得最快的那些对。"
    "应先拆分，再旋转每个头的那一块。",
    breaks="block h of W_qr(x), rotated",
)
class TurnsQueriesBeforeTheSplit(Variant):
    def queries(self, x, cache):
        whole = solution.rotate(self.W_qr(x), self.positions(x, cache))
        return self.split(self.W_q(x)), self.split(whole)


@mistake(
    of="LatentAttention",
    en="It looks like the rows of W_uk and W_uv were taken apart as (head_dim, num_heads) in the absorbed form: head h "
    "owns neighbouring rows, as it owns neighbouring features.",
    zh="看起来在吸收形式中，W_uk 和 W_uv 的各行按 (head_dim, num_heads) 拆开了：头 h 对应相邻的行，"
    "正如它对应相邻的特征。",
)
class TakesRowsApartTheOtherWay(Variant):
    def absorbed(self, x, cache=None):
        (q, q_rotary), (latent, rotary) = self.queries(x, cache), self.shared(x, cache)
        w_uk, w_uv = (
            layer.weight.unflatten(0, (-1, self.num_heads)).transpose(0, 1) for layer in (self.W_uk, self.W_uv)
        )
        scores = self.score(q @ w_uk, latent.unsqueeze(1), q_rotary, rotary) / math.sqrt(self.width())
        return self.finish((self.weigh(scores) @ latent.unsqueeze(1)) @ w_uv.mT), (latent, rotary)


@mistake(
    of="LatentAttention",
    en="It looks like the cache is changed in place: a second text that goes on from it finds the first one there.",
    zh="看起来缓存被原地改写了：第二段文本接着用它时，里面已经是第一段的内容。",
    breaks="No argument is changed in place",
)
class WritesIntoTheCache(Variant):
    def join(self, cache, latent, rotary):
        whole = super().join(cache, latent, rotary)
        if cache is not None:
            for old, new in zip(cache, whole, strict=True):
                old.copy_(new[:, -old.shape[1] :])
        return whole


@mistake(
    of="LatentAttention",
    en="It looks like the layer remembers what it read, besides the cache: a call without a cache must begin anew.",
    zh="看起来除了缓存，这一层自己也记住了读过的内容：不带缓存的调用应当重新开始。",
    breaks="The layer itself remembers nothing between calls",
)
class RemembersTheLastText(Variant):
    kept = None

    def forward(self, x, cache=None):
        return self.remembered(super().forward, x, cache)

    def absorbed(self, x, cache=None):
        return self.remembered(super().absorbed, x, cache)

    def remembered(self, way, x, cache):
        if cache is None and self.kept is not None and len(self.kept[0]) == len(x):
            cache = self.kept
        output, self.kept = way(x, cache)
        return output, self.kept


@mistake(
    of="LatentAttention",
    en="It looks like your projections have a bias; none of the seven does.",
    zh="看起来你的投影带有偏置；七个投影都不应有偏置。",
)
class GivesEveryProjectionABias(Variant):
    def __init__(self, d_model, num_heads, head_dim, latent_dim, rotary_dim):
        super().__init__(d_model, num_heads, head_dim, latent_dim, rotary_dim)
        for name, layer in list(self.named_children()):
            setattr(self, name, nn.Linear(layer.in_features, layer.out_features))


@mistake(
    of="LatentAttention",
    en="It looks like an odd rotary_dim is accepted: its last feature has no partner to turn with.",
    zh="看起来接受了奇数的 rotary_dim：最后一个特征没有可以配对旋转的伙伴。",
    breaks="or rotary_dim is odd",
)
class AcceptsOddRotaryWidths(Variant):
    def __init__(self, d_model, num_heads, head_dim, latent_dim, rotary_dim):
        super().__init__(d_model, num_heads, head_dim, latent_dim, rotary_dim + rotary_dim % 2)


@mistake(
    of="LatentAttention",
    en="The numbers are right. It looks like the absorbed form still makes the keys and values of every head.",
    zh="数值正确。看起来吸收形式仍然算出了每个头的 key 和 value。",
    only="speed",
)
class ExpandsInTheAbsorbedForm(Variant):
    def absorbed(self, x, cache=None):
        return self.forward(x, cache)


@mistake(
    of="LatentAttention",
    en="It looks like you forgot to divide the scores by sqrt(head_dim + rotary_dim): that gives exactly your numbers.",
    zh="看起来忘了把分数除以 sqrt(head_dim + rotary_dim)：漏掉这一步，恰好得到你的结果。",
)
class ForgetsToScale(Variant):
    def width(self):
        return 1


@mistake(
    of="LatentAttention",
    en="It looks like the heads were joined without moving the head axis back next to the features first.",
    zh="看起来合并各头之前，没有先把头轴移回特征轴旁边。",
)
class JoinsHeadsWithoutTransposing(Variant):
    def finish(self, heads):
        return self.W_o(heads.reshape(len(heads), heads.shape[2], -1))


@mistake(
    of="LatentAttention",
    en="It looks like the absorbed form hides nothing. A single new token needs no mask, but several in one call do.",
    zh="看起来吸收形式什么都没有遮住。只来一个新词元时用不着掩码，一次来几个就需要了。",
    breaks="for any number of new tokens",
)
class HidesNothingWhenAbsorbed(Variant):
    def absorbed(self, x, cache=None):
        self.hide = lambda scores: scores
        try:
            return super().absorbed(x, cache)
        finally:
            del self.hide


@mistake(
    of="LatentAttention",
    en="It looks like r is cached before it is rotated, and the whole of it is rotated in every call. The outputs are "
    "right; but the cache should hold r rotated, so that each key is turned once.",
    zh="看起来 r 是在旋转之前存进缓存的，每次调用再把它们全部旋转一遍。输出没有错；"
    "但缓存里应当存旋转后的 r，每个 key 只转一次。",
)
class CachesKeysUnturned(Variant):
    def shared(self, x, cache):
        return self.join(cache, self.W_dkv(x), self.W_kr(x))

    def score(self, q, k, q_rotary, rotary):
        return super().score(q, k, q_rotary, solution.rotate(rotary, torch.arange(rotary.shape[1], device=q.device)))


@mistake(
    of="LatentAttention",
    en="It looks like the absorbed form goes on with the W_uk and W_uv of its first call: after a step of training, or "
    "when other weights are loaded, these are old.",
    zh="看起来吸收形式一直沿用第一次调用时的 W_uk 和 W_uv：训练走了一步，或载入了别的权重之后，它们就过时了。",
)
class KeepsTheFirstWeights(Variant):
    kept = None

    def absorbed(self, x, cache=None):
        if self.kept is None:
            self.kept = tuple(layer.weight.detach().clone() for layer in (self.W_uk, self.W_uv))
        (q, q_rotary), (latent, rotary) = self.queries(x, cache), self.shared(x, cache)
        w_uk, w_uv = (weight.unflatten(0, (self.num_heads, -1)) for weight in self.kept)
        scores = self.score(q @ w_uk, latent.unsqueeze(1), q_rotary, rotary) / math.sqrt(self.width())
        return self.finish((self.weigh(scores) @ latent.unsqueeze(1)) @ w_uv.mT), (latent, rotary)
