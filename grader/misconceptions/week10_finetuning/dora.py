"""Known mistakes of week 10, DoRA."""

import math

import dora as solution
import torch
from dora import DoRALinear
from torch import nn
from torch.nn import functional as F

from grader.mistakes import mistake


class Written(DoRALinear):
    """The layer with its formula in one place, for mistakes that change a part of it."""

    def norm_of(self, rows):
        return rows.detach().norm(dim=1)

    def factor(self, norm):
        return self.magnitude / norm.masked_fill(norm == 0, math.inf)

    def rows(self):
        wide = torch.promote_types(self.base.weight.dtype, torch.float32)
        return self.base.weight.to(wide) + self.scaling * self.lora_B.to(wide) @ self.lora_A.to(wide)

    def forward(self, x):
        if self.merged:
            return self.base(x)
        rows = self.rows()
        weight = (self.factor(self.norm_of(rows))[:, None] * rows).to(x.dtype)
        return F.linear(x, weight, self.base.bias)


@mistake(
    of="DoRALinear",
    en="It looks like your norm runs over the outputs. Each row of the weight, which makes one output, has a length of "
    "its own: take the norm along d_in.",
    zh="看起来你的范数是沿输出方向取的。权重的每一行对应一个输出，各有自己的长度：应当沿 d_in 取范数。",
)
class TakesTheNormOfColumns(Written):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.magnitude = nn.Parameter(base.weight.detach().norm(dim=0))

    def forward(self, x):
        if self.merged:
            return self.base(x)
        rows = self.rows()
        return F.linear(x, (self.magnitude / rows.detach().norm(dim=0) * rows).to(x.dtype), self.base.bias)


@mistake(
    of="DoRALinear",
    en="It looks like you divide by the norm of the old weight W. The rows that are stretched are those of V, so their "
    "norm is the one to divide by.",
    zh="看起来你除以的是旧权重 W 的范数。被拉伸的是 V 的各行，应当除以 V 的范数。",
)
class DividesByTheOldNorm(Written):
    def norm_of(self, rows):
        return self.base.weight.to(rows.dtype).norm(dim=1)


@mistake(
    of="DoRALinear",
    en="It looks like a gradient flows through your norm. Detach it, as section 4.3 of the paper does.",
    zh="看起来梯度流过了你的范数。应当像论文第 4.3 节那样把它 detach。",
)
class LetsTheNormLearn(Written):
    def norm_of(self, rows):
        return rows.norm(dim=1)


@mistake(
    of="DoRALinear",
    en="It looks like you multiply the bias by magnitude / ||V|| as well. It is added afterwards, as it is.",
    zh="看起来你把偏置也乘了 magnitude / ||V||。偏置应当最后原样加上。",
)
class StretchesTheBias(Written):
    def forward(self, x):
        if self.merged:
            return self.base(x)
        rows = self.rows()
        answer = F.linear(x, rows.to(x.dtype), self.base.bias)
        return (self.factor(self.norm_of(rows)) * answer).to(x.dtype)


@mistake(
    of="DoRALinear",
    en="It looks like you forgot the scale: V is W + alpha / rank · B A.",
    zh="看起来忘了缩放：V 应当是 W + alpha / rank · B A。",
)
class ForgetsToScale(Written):
    def rows(self):
        wide = torch.promote_types(self.base.weight.dtype, torch.float32)
        return self.base.weight.to(wide) + self.lora_B.to(wide) @ self.lora_A.to(wide)

    def _turned(self):
        return self.rows().detach()


@mistake(
    of="DoRALinear",
    en="It looks like the norm is taken of W + B A without the scale, while the answer has it.",
    zh="看起来结果里有缩放，求范数时却用了没有缩放的 W + B A。",
)
class MeasuresWithoutTheScale(Written):
    def norm_of(self, rows):
        return (self.base.weight + self.lora_B @ self.lora_A).detach().to(rows.dtype).norm(dim=1)


@mistake(
    of="DoRALinear",
    en="It looks like your magnitudes start at 1. Then the new layer does not answer as its base: start with the norms "
    "of the rows.",
    zh="看起来 magnitude 的初值是 1。这样新的层与 base 的结果就不同：应当从各行的范数开始。",
)
class StartsWithOnes(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.magnitude.data.fill_(1)


@mistake(
    of="DoRALinear",
    en="It looks like the whole weight has one norm here. Every row has its own.",
    zh="看起来整个权重只用了一个范数。每一行都应有自己的范数。",
)
class MeasuresTheWholeWeight(Written):
    def norm_of(self, rows):
        return rows.detach().norm().expand(len(rows))


@mistake(
    of="DoRALinear",
    en="It looks like your magnitude cannot learn: make it an nn.Parameter, not a buffer or a detached tensor.",
    zh="看起来 magnitude 无法学习：它应当是 nn.Parameter，而不是 buffer 或 detach 过的张量。",
)
class FreezesTheMagnitude(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.magnitude.requires_grad_(False)


@mistake(
    of="DoRALinear",
    en="It looks like a row of zeros is divided by its norm, which is 0: that gives NaN. Let the quotient be 0 there.",
    zh="看起来全零的行除以了它的范数 0，得到 NaN。那里的商应当取 0。",
)
class DividesByZero(Written):
    def factor(self, norm):
        return self.magnitude / norm


@mistake(
    of="DoRALinear",
    en="It looks like you add a small number to the norm. A row of zeros then still sends huge gradients to B: let the "
    "quotient be 0 where the norm is.",
    zh="看起来你给范数加了一个很小的数。全零的行仍会给 B 传去巨大的梯度：范数为 0 时商应当取 0。",
)
class AddsASmallNumber(Written):
    def factor(self, norm):
        return self.magnitude / (norm + 1e-12)


@mistake(
    of="DoRALinear",
    en="It looks like the squares are summed in the dtype of the weight: in float16, 300 squared is infinite. Compute "
    "the norm in float32.",
    zh="看起来你用权重自身的 dtype 求平方和：float16 下 300 的平方就是无穷大。请用 float32 计算范数。",
)
class SquaresInHalfPrecision(Written):
    def norm_of(self, rows):
        return rows.detach().to(self.base.weight.dtype).pow(2).sum(dim=1).sqrt()


@mistake(
    of="DoRALinear",
    en="It looks like the norm is computed once and kept. A and B learn, so it changes with every step.",
    zh="看起来范数只算了一次就一直沿用。A 和 B 在学习，它每一步都会变。",
)
class KeepsTheFirstNorm(Written):
    def norm_of(self, rows):
        if "first" not in self.__dict__:
            self.__dict__["first"] = rows.detach().norm(dim=1)
        return self.__dict__["first"]


@mistake(
    of="DoRALinear",
    en="It looks like the norm is kept in evaluation mode although the weights may have changed since.",
    zh="看起来评估模式下沿用了旧的范数，而权重此后可能已经改变。",
)
class KeepsTheNormInEvaluation(Written):
    def norm_of(self, rows):
        if self.training or "kept" not in self.__dict__:
            self.__dict__["kept"] = rows.detach().norm(dim=1)
        return self.__dict__["kept"]


@mistake(
    of="DoRALinear",
    en="It looks like your merge writes V itself. The magnitudes belong in the merged weight as well.",
    zh="看起来你合并时写入的只是 V。合并后的权重也要包含 magnitude。",
)
class MergesWithoutTheMagnitude(DoRALinear):
    def merge(self):
        magnitude = self.magnitude.data
        self.magnitude.data = solution._lengths(self._turned()).to(magnitude.dtype)
        super().merge()
        self.magnitude.data = magnitude


@mistake(
    of="DoRALinear",
    en="It looks like a second merge starts from the merged weight. A merged layer is left as it is.",
    zh="看起来第二次合并是从合并后的权重开始的。已合并的层应保持原样。",
)
class MergesAgain(DoRALinear):
    def merge(self):
        original = self.unmerged_weight
        self.merged = False
        super().merge()
        if original is not None:
            self.unmerged_weight = original


@mistake(
    of="DoRALinear",
    en="It looks like your merged layer is turned and stretched once more: the weight holds both already.",
    zh="看起来合并后的层又转了一次、拉伸了一次：权重里已经包含这两者。",
)
class WorksTwiceWhenMerged(Written):
    def forward(self, x):
        rows = self.rows()
        return F.linear(x, (self.factor(self.norm_of(rows))[:, None] * rows).to(x.dtype), self.base.bias)


@mistake(
    of="DoRALinear",
    en="It looks like your merge computes in the weight's own dtype. In bfloat16 that rounds several times: convert to "
    "float32 first, and round once, at the end.",
    zh="看起来你用权重自身的 dtype 来合并。bfloat16 下会舍入好几次：请先转成 float32，最后只舍入一次。",
)
class RoundsOnTheWay(DoRALinear):
    def _turned(self):
        weight = self.base.weight.detach()
        if weight.dtype != torch.bfloat16:
            return super()._turned()
        return (weight + self.scaling * (self.lora_B.detach() @ self.lora_A.detach())).float()


@mistake(
    of="DoRALinear",
    en="It looks like your unmerge divides by magnitude / ||V|| and subtracts the change. Rounding leaves a remainder, "
    "and all three may have changed: keep the old weight.",
    zh="看起来你还原时除以 magnitude / ||V|| 再减去增量。舍入会留下误差，而且三者都可能已经改变：请保存原来的权重。",
)
class UnmergesByArithmetic(DoRALinear):
    def merge(self):
        if not self.merged:
            self.__dict__["norm"] = solution._lengths(self._turned())
        super().merge()

    def unmerge(self):
        if self.merged:
            change = self.scaling * (self.lora_B @ self.lora_A)
            factor = self.magnitude / self.__dict__["norm"]
            self.base.weight.data.copy_(self.base.weight / factor[:, None] - change)
            self.merged = False


@mistake(
    of="DoRALinear",
    en="It looks like a merged layer has the copy of the old weight in its state dict; a buffer with persistent=False "
    "stays out.",
    zh="看起来合并后的 state dict 里有旧权重的副本；用 persistent=False 的 buffer 就不会出现。",
)
class SavesTheCopy(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.register_buffer("unmerged_weight", None)


@mistake(
    of="DoRALinear",
    en="It looks like your layer merges itself in `eval()`. Only `merge()` and `unmerge()` may touch the weight.",
    zh="看起来你的层在 `eval()` 时自行合并了。只有 `merge()` 和 `unmerge()` 可以改动权重。",
)
class MergesInEvaluation(DoRALinear):
    def train(self, mode=True):
        super().train(mode)
        (self.unmerge if mode else self.merge)()
        return self


@mistake(
    of="DoRALinear",
    en="It looks like B starts at random: then the new layer does not answer as its base.",
    zh="看起来 B 的初值是随机的：这样新的层与 base 的结果就不同。",
)
class StartsBAtRandom(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        nn.init.kaiming_uniform_(self.lora_B, a=math.sqrt(5))


@mistake(
    of="DoRALinear",
    en="It looks like A starts with a normal distribution; it is drawn uniformly from ±1 / sqrt(d_in).",
    zh="看起来 A 的初值取自正态分布；它应当在 ±1 / sqrt(d_in) 内均匀抽取。",
)
class StartsANormal(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        nn.init.normal_(self.lora_A, std=1 / math.sqrt(rank))


@mistake(
    of="DoRALinear",
    en="It looks like the weight of the base still learns. Freeze the base.",
    zh="看起来 base 的权重仍在学习。应当冻结 base。",
)
class LeavesTheBaseTrainable(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.base.requires_grad_(True)


@mistake(
    of="DoRALinear",
    en="It looks like your layer keeps a copy of the linear layer that it was given. Keep the layer itself.",
    zh="看起来你保存的是传入的线性层的副本。应当保存那个层本身。",
)
class CopiesTheBase(DoRALinear):
    def __init__(self, base, rank, alpha):
        given = base.requires_grad_(False)
        copy = nn.Linear(base.in_features, base.out_features, base.bias is not None).to(base.weight)
        copy.load_state_dict(given.state_dict())
        super().__init__(copy, rank, alpha)


@mistake(
    of="DoRALinear",
    en="It looks like a rank of 0 or less is accepted. It is a ValueError.",
    zh="看起来你接受了 0 或更小的秩。应当抛出 ValueError。",
)
class AcceptsAnyRank(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, max(rank, 1), alpha)


@mistake(
    of="DoRALinear",
    en="It looks like the norm is computed once, in `__init__`, and kept. A and B learn: it changes with every step.",
    zh="看起来范数只在 `__init__` 里算了一次就一直沿用。A 和 B 在学习，它每一步都会变。",
)
class KeepsTheNormOfTheStart(Written):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.__dict__["first"] = base.weight.detach().norm(dim=1)

    def norm_of(self, rows):
        return self.__dict__["first"].to(rows.dtype)


@mistake(
    of="DoRALinear",
    en="It looks like you choose 0 after dividing by 0, with `torch.where` or a mask. The answer is right, but the "
    "gradient still goes through 0 / 0 and is NaN: make the divisor harmless before you divide.",
    zh="看起来你先除以 0，再用 `torch.where` 或掩码换成 0。结果是对的，但梯度仍要经过 0 / 0，变成 NaN："
    "应当在相除之前先处理除数。",
)
class HidesTheNaN(Written):
    def factor(self, norm):
        return torch.where(norm == 0, 0, self.magnitude / norm)


@mistake(
    of="DoRALinear",
    en="It looks like you scale by alpha and do not divide by the rank.",
    zh="看起来你只乘了 alpha，没有除以秩。",
)
class ScalesByAlpha(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        self.scaling = float(alpha)


@mistake(
    of="DoRALinear",
    en="It looks like 1e-8 is added to the norm. A row of zeros then still sends huge gradients to B: let the quotient "
    "be 0 where the norm is.",
    zh="看起来你给范数加了 1e-8。全零的行仍会给 B 传去巨大的梯度：范数为 0 时商应当取 0。",
)
class AddsAnEpsilon(Written):
    def factor(self, norm):
        return self.magnitude / (norm + 1e-8)


@mistake(
    of="DoRALinear",
    en="It looks like your merge puts a new parameter in the place of the base's weight. Write the numbers into the "
    "old one, in place and under torch.no_grad().",
    zh="看起来你的 merge 用一个新的参数替换了 base 的权重。应在 torch.no_grad() 下把数原地写进原来的参数。",
)
class MergesIntoANewParameter(DoRALinear):
    def merge(self):
        if not self.merged:
            self.base.weight = nn.Parameter(self.base.weight.detach().clone(), requires_grad=False)
        super().merge()


@mistake(
    of="DoRALinear",
    en="It looks like A and B are made with the dtype of the weight and without its device: around a layer on a GPU "
    "they would lie on the CPU. Pass device=base.weight.device.",
    zh="看起来创建 A 和 B 时给出了权重的 dtype，却没有给出设备：base 在 GPU 上时，它们会留在 CPU 上。"
    "请传入 device=base.weight.device。",
)
class LeavesAAndBOnTheCPU(DoRALinear):
    def __init__(self, base, rank, alpha):
        super().__init__(base, rank, alpha)
        dtype = base.weight.dtype
        self.lora_A = nn.Parameter(torch.empty(rank, base.in_features, dtype=dtype))
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.lora_B = nn.Parameter(torch.zeros(base.out_features, rank, dtype=dtype))


@mistake(
    of="DoRALinear",
    en="Your layer keeps the old weight after `unmerge()`, and a second `unmerge()` writes it back, over whatever the "
    "weight is by then. An unmerged layer is left as it is.",
    zh="你的层在 `unmerge()` 之后仍留着旧权重，再次 `unmerge()` 时又把它写了回去，"
    "覆盖了这时的权重。未合并的层应保持原样。",
)
class UnmergesAnUnmergedLayer(DoRALinear):
    def unmerge(self):
        kept = self.unmerged_weight if self.merged else self.__dict__.get("kept")
        super().unmerge()
        if kept is not None:
            self.__dict__["kept"] = kept
            with torch.no_grad():
                self.base.weight.copy_(kept)


@mistake(
    of="DoRALinear",
    en="It looks like your merge rounds V and magnitude / ||V|| to the weight's dtype before it multiplies them: "
    "(W + B A) of 257 is 256 in bfloat16. Multiply in float32, and round the product alone.",
    zh="看起来你在相乘之前，就把 V 和 magnitude / ||V|| 各自舍入到了权重的 dtype："
    "bfloat16 下，等于 257 的 W + B A 变成 256。应当在 float32 中相乘，只舍入乘积。",
    breaks="rounded to the weight's dtype once",
)
class RoundsBothFactors(DoRALinear):
    def merge(self):
        if self.merged:
            return
        weight, turned = self.base.weight, self._turned()
        with torch.no_grad():
            stretch = self._stretch(turned)[:, None].to(weight.dtype)
            self.unmerged_weight = weight.clone()
            weight.copy_(stretch * turned.to(weight.dtype))
        self.merged = True
