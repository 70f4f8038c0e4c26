"""Known mistakes of week 06, norms.

Every class is the right one with one method changed, and every change is one thing.
"""

import norms as solution
import torch

from grader.mistakes import mistake


def widened(x):
    return x.to(torch.promote_types(x.dtype, torch.float32))


def layer_norm(layer, x, axes=-1, correction=0, offset=None, outside=0.0):
    """The right layer norm with something to turn: axes, kind of variance, and where eps stands."""
    wide = widened(x)
    deviation = wide - wide.mean(dim=axes, keepdim=True)
    variance = wide.var(dim=axes, correction=correction, keepdim=True)
    inside = layer.eps if offset is None else offset
    return (deviation / ((variance + inside).sqrt() + outside) * layer.weight + layer.bias).to(x.dtype)


@mistake(
    of="LayerNorm",
    en="It looks like the variance is the unbiased one, divided by dim - 1 (torch's `var` does that unless told "
    "otherwise): it gives exactly your numbers. Layer norm divides by dim.",
    zh="看起来用的是无偏方差，也就是除以 dim - 1（不加说明时，torch 的 `var` 就这样算）：这样恰好得到你的结果。"
    "层归一化（layer norm）应除以 dim。",
)
class UnbiasedVariance(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, correction=1)


@mistake(
    of="LayerNorm",
    en="It looks like eps stands outside the square root: added to the standard deviation, it gives exactly your "
    "numbers. Add it to the variance, under the root.",
    zh="看起来 eps 放在了根号外面：把它加到标准差上，恰好得到你的结果。eps 应加在根号里的方差上。",
)
class EpsOutsideTheRoot(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, offset=0.0, outside=self.eps)


@mistake(
    of="LayerNorm",
    en="It looks like eps was forgotten: without it the formula gives exactly your numbers, and a token of equal "
    "numbers is divided by 0.",
    zh="看起来忘了加 eps：漏掉它，公式恰好得到你的结果；各个数都相等的词元还会除以 0。",
)
class ForgetsEps(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, offset=0.0)


@mistake(
    of="LayerNorm",
    en="It looks like mean and variance are taken over the whole sequence at once. Every token has its own, over the "
    "last axis alone.",
    zh="看起来均值和方差是在整个序列上一起求的。每个词元应当各算各的，只在最后一维上求。",
)
class OverTheWholeSequence(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, axes=(-2, -1) if x.ndim > 1 else -1)


@mistake(
    of="LayerNorm",
    en="It looks like mean and variance are taken over every axis but the first, so that all tokens of a sequence "
    "share them. Every token has its own, over the last axis alone.",
    zh="看起来均值和方差是在除第一维以外的所有维上一起求的，于是一个序列的所有词元共用一组。"
    "每个词元应当各算各的，只在最后一维上求。",
)
class OverAllAxesButTheFirst(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, axes=tuple(range(1, x.ndim)) or -1)


@mistake(
    of="LayerNorm",
    en="It looks like mean and variance are taken along the sequence, across the tokens: that axis gives exactly "
    "your numbers. They belong to one token each, over the last axis.",
    zh="看起来均值和方差是沿序列方向、跨词元求的：沿那一维算，恰好得到你的结果。应当在每个词元内部、沿最后一维求。",
)
class AlongTheSequence(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, axes=-2 if x.ndim > 1 else -1)


@mistake(
    of="LayerNorm",
    en="It looks like you compute the variance as mean(x^2) - mean(x)^2. Far from 0 the two are large and nearly "
    "equal, and their difference has lost its digits: subtract the mean first and square then.",
    zh="看起来你用 mean(x^2) - mean(x)^2 求方差。数值远离 0 时，这两项很大又几乎相等，一减精度就没了："
    "应先减均值再平方。",
)
class VarianceByDifference(solution.LayerNorm):
    def forward(self, x):
        wide = widened(x)
        mean = wide.mean(dim=-1, keepdim=True)
        variance = wide.square().mean(dim=-1, keepdim=True) - mean.square()
        return ((wide - mean) / (variance + self.eps).sqrt() * self.weight + self.bias).to(x.dtype)


@mistake(
    of="LayerNorm",
    en="It looks like the deviations are squared in the dtype of x: in float16 the square of 300 is infinite. "
    "Compute in float32 at least.",
    zh="看起来是直接用 x 的 dtype 对偏差求平方：float16 里 300 的平方是无穷大。至少要用 float32 计算。",
)
class LayerNormInHalfPrecision(solution.LayerNorm):
    def forward(self, x):
        deviation = x - x.mean(dim=-1, keepdim=True)
        variance = (deviation * deviation).mean(dim=-1, keepdim=True)
        return (deviation / (variance + self.eps).sqrt() * self.weight + self.bias).to(x.dtype)


@mistake(
    of="LayerNorm",
    en="It looks like weight and bias are never applied: what you return is the normalised token, before the last "
    "step.",
    zh="看起来一直没有用到 weight 和 bias：你返回的是归一化之后、最后一步之前的词元。",
)
class LayerNormWithoutParameters(solution.LayerNorm):
    def forward(self, x):
        wide = widened(x)
        deviation = wide - wide.mean(dim=-1, keepdim=True)
        normalised = deviation / (wide.var(dim=-1, correction=0, keepdim=True) + self.eps).sqrt()
        return normalised.to(x.dtype)


@mistake(
    of="LayerNorm",
    en="It looks like you go back to the dtype of x before weight and bias are applied, so that the answer is "
    "rounded twice. Stay in float32 to the end, and round once.",
    zh="看起来在乘 weight、加 bias 之前就转回了 x 的 dtype，于是舍入了两次。应一直用 float32 计算，只在最后舍入一次。",
)
class LayerNormRoundsTwice(solution.LayerNorm):
    def forward(self, x):
        wide = widened(x)
        variance, mean = torch.var_mean(wide, dim=-1, correction=0, keepdim=True)
        rounded = ((wide - mean) * torch.rsqrt(variance + self.eps)).to(x.dtype)
        return rounded * self.weight.to(x.dtype) + self.bias.to(x.dtype)


def rms_norm(layer, x, weight=None, inside=None, outside=0.0):
    wide = widened(x)
    root = (wide.square().mean(dim=-1, keepdim=True) + (layer.eps if inside is None else inside)).sqrt() + outside
    return (wide / root * (layer.weight if weight is None else weight)).to(x.dtype)


@mistake(
    of="RMSNorm",
    en="It looks like you subtract the mean first, as layer norm does: that gives exactly your numbers. RMS norm "
    "only scales.",
    zh="看起来你像层归一化那样先减去了均值：这样恰好得到你的结果。RMS 归一化只缩放，不平移。",
)
class SubtractsTheMean(solution.RMSNorm):
    def forward(self, x):
        wide = widened(x)
        return rms_norm(self, wide - wide.mean(dim=-1, keepdim=True)).to(x.dtype)


@mistake(
    of="RMSNorm",
    en="It looks like the squares are summed where their mean is asked for: each token is divided by its length, and "
    "comes out sqrt(dim) times too small.",
    zh="看起来把平方的均值写成了平方和：每个词元除以的是向量的长度，结果小了 sqrt(dim) 倍。",
)
class DividesByTheLength(solution.RMSNorm):
    def forward(self, x):
        wide = widened(x)
        return (wide * torch.rsqrt(wide.square().sum(dim=-1, keepdim=True) + self.eps) * self.weight).to(x.dtype)


@mistake(
    of="RMSNorm",
    en="It looks like you multiply by 1 + weight, as Gemma does: with that, every number is yours. Here the weight "
    "itself multiplies.",
    zh="看起来你乘的是 1 + weight，这是 Gemma 的做法，算出来与你的结果一模一样。这里直接乘 weight。",
)
class OnePlusWeight(solution.RMSNorm):
    def forward(self, x):
        return rms_norm(self, x, weight=1 + self.weight)


@mistake(
    of="RMSNorm",
    en="It looks like eps is added to the root of the mean square, not to the mean square under it: moving it "
    "outside gives exactly your numbers.",
    zh="看起来 eps 加到了均方根上，而不是根号里的均方值上：把它移到根号外，恰好得到你的结果。",
)
class EpsOutsideTheRootOfSquares(solution.RMSNorm):
    def forward(self, x):
        return rms_norm(self, x, inside=0.0, outside=self.eps)


@mistake(
    of="RMSNorm",
    en="It looks like the normalised token, or the weight too, goes back to the dtype of x before the two are "
    "multiplied, and loses digits that float32 keeps. Multiply in float32, and convert the product.",
    zh="看起来归一化后的词元（或者连同 weight）在相乘之前就转回了 x 的 dtype，丢掉了 float32 能保留的位数。"
    "应在 float32 下相乘，再转换乘积。",
)
class RMSNormRoundsTheWeight(solution.RMSNorm):
    def forward(self, x):
        wide = widened(x)
        root = (wide.square().mean(dim=-1, keepdim=True) + self.eps).sqrt()
        return (wide / root).to(x.dtype) * self.weight.to(x.dtype)


@mistake(
    of="RMSNorm",
    en="It looks like you square x in its own dtype: in float16 the square of 300 is infinite, and the token becomes "
    "0. Compute in float32 at least.",
    zh="看起来你直接用 x 自己的 dtype 求平方：float16 里 300 的平方是无穷大，整个词元会变成 0。至少要用 float32 计算。",
)
class RMSNormInHalfPrecision(solution.RMSNorm):
    def forward(self, x):
        mean_square = (x * x).mean(dim=-1, keepdim=True)
        return (x * torch.rsqrt(mean_square + self.eps) * self.weight).to(x.dtype)


def batch_norm(layer, x, mean, variance):
    across = (-1, *[1] * (x.ndim - 2))
    normalised = (x - mean.view(across)) * torch.rsqrt(variance.view(across) + layer.eps)
    return normalised * layer.weight.view(across) + layer.bias.view(across)


def learn(layer, mean, variance, share):
    with torch.no_grad():
        layer.running_mean.lerp_(mean, share)
        layer.running_var.lerp_(variance, share)
        layer.num_batches_tracked += 1


def statistics(x, correction):
    axes = [0, *range(2, x.ndim)]
    return x.mean(dim=axes), x.var(dim=axes, correction=correction)


class BatchNormInPieces(solution.BatchNorm1d):
    """The right batch norm, whose pieces the mistakes below change one at a time."""

    correction_of_output = 0
    correction_of_running = 1

    def share(self):
        return self.momentum

    def forward(self, x):
        if not self.training:
            return batch_norm(self, x, self.running_mean, self.running_var)
        if x.numel() == x.shape[1]:
            raise ValueError("a single number a feature")
        mean, variance = statistics(x, self.correction_of_output)
        learn(self, *statistics(x, self.correction_of_running), self.share())
        return batch_norm(self, x, mean, variance)


@mistake(
    of="BatchNorm1d",
    en="It looks like running_var learns the same biased variance that the output uses. For running_var multiply it "
    "by n / (n - 1): it keeps the unbiased one.",
    zh="看起来 running_var 记录的是输出所用的有偏方差。写进 running_var 之前要乘以 n / (n - 1)：它记录无偏方差。",
)
class BiasedRunningVariance(BatchNormInPieces):
    correction_of_running = 0


@mistake(
    of="BatchNorm1d",
    en="It looks like the output is normalised with the unbiased variance, divided by n - 1. That one is for "
    "running_var alone; the output uses the biased one.",
    zh="看起来归一化时用了无偏方差（除以 n - 1）。它只用于 running_var；输出应使用有偏方差。",
)
class UnbiasedVarianceOfTheBatch(BatchNormInPieces):
    correction_of_output = 1


@mistake(
    of="BatchNorm1d",
    en="It looks like `momentum` is taken as the share of the old statistics, as in an optimizer: your running "
    "statistics are exactly those. In batch norm it is the share of the new batch.",
    zh="看起来你把 `momentum` 当成了旧统计量的权重，就像在优化器里那样：得到的滑动统计量与你的完全一致。"
    "在批归一化里，它是新批次所占的比例。",
)
class MomentumOfTheOld(BatchNormInPieces):
    def share(self):
        return 1 - self.momentum


@mistake(
    of="BatchNorm1d",
    en="It looks like `momentum` is 0.9 where nobody says otherwise. Here it is 0.1: the share of the new batch.",
    zh="看起来没有指定时，`momentum` 是 0.9。这里的默认值是 0.1：它是新批次所占的比例。",
)
class MomentumOfNineTenths(BatchNormInPieces):
    def __init__(self, features, eps=1e-5, momentum=0.9):
        super().__init__(features, eps, momentum)


@mistake(
    of="BatchNorm1d",
    en="It looks like the statistics of the batch are used in evaluation, too. There the running statistics count: "
    "look at `self.training`.",
    zh="看起来评估（eval）模式下仍在用当前批次的统计量。评估时应使用滑动统计量：请看 `self.training`。",
)
class NeverEvaluates(BatchNormInPieces):
    def forward(self, x):
        if self.training:
            return super().forward(x)
        return batch_norm(self, x, *statistics(x, 0))


@mistake(
    of="BatchNorm1d",
    en="It looks like the running statistics go on learning in evaluation. Nothing may change there: update them "
    "only if `self.training`.",
    zh="看起来评估模式下滑动统计量还在更新。评估时什么都不应改变：只在 `self.training` 时更新。",
)
class LearnsInEvaluation(BatchNormInPieces):
    def forward(self, x):
        answer = super().forward(x)
        if not self.training and x.numel() > x.shape[1]:
            learn(self, *statistics(x, 1), self.momentum)
        return answer


@mistake(
    of="BatchNorm1d",
    en="It looks like the statistics are taken over the batch alone, separately at every place of the length. A "
    "feature has one mean and one variance, over batch and length together.",
    zh="看起来统计量只在批次维上求，长度上的每个位置各有一份。每个特征只有一个均值和一个方差，在批次和长度上一起求。",
)
class OverTheBatchAlone(BatchNormInPieces):
    def forward(self, x):
        answer = super().forward(x)
        if not self.training or x.ndim == 2 or x.shape[0] == 1:
            return answer
        deviation = x - x.mean(dim=0)
        normalised = deviation * torch.rsqrt(x.var(dim=0, correction=0) + self.eps)
        return normalised * self.weight[:, None] + self.bias[:, None]


@mistake(
    of="BatchNorm1d",
    en="It looks like `num_batches_tracked` stays where it was: every batch in training adds 1 to it.",
    zh="看起来 `num_batches_tracked` 一直没有变：训练时每个批次都要给它加 1。",
    breaks="`num_batches_tracked` grows by 1",
)
class CountsNoBatches(BatchNormInPieces):
    def forward(self, x):
        counted = self.num_batches_tracked.clone()
        answer = super().forward(x)
        self.num_batches_tracked.copy_(counted)
        return answer


@mistake(
    of="BatchNorm1d",
    en="It looks like a batch with one number a feature is trained on. Its variance says nothing: raise ValueError.",
    zh="看起来每个特征只有一个数的批次也用来训练了。它的方差没有意义：应抛出 ValueError。",
    breaks="in training, if there is only one number a feature",
)
class TrainsOnOneNumber(BatchNormInPieces):
    def forward(self, x):
        if self.training and x.numel() == x.shape[1]:
            return batch_norm(self, x, *statistics(x, 0))
        return super().forward(x)


@mistake(
    of="BatchNorm1d",
    en="It looks like mean and variance of the batch are constants for the gradient (detached, or computed under "
    "no_grad): that gives exactly your gradient. In training it flows through both.",
    zh="看起来批次的均值和方差在求梯度时成了常数（用了 detach，或在 no_grad 下计算）：这样恰好得到你的梯度。训练时，"
    "梯度要经过这两者。",
)
class DetachedStatistics(BatchNormInPieces):
    def forward(self, x):
        if not self.training or x.numel() == x.shape[1]:
            return super().forward(x)
        mean, variance = statistics(x, 0)
        learn(self, *statistics(x, 1), self.momentum)
        return batch_norm(self, x, mean.detach(), variance.detach())


@mistake(
    of="BatchNorm1d",
    en="It looks like your running statistics remember how they were computed, so the graph of every batch stays in "
    "memory. Update them under torch.no_grad(), or from detached numbers.",
    zh="看起来你的滑动统计量记住了自己的计算过程，每个批次的计算图都会一直占用内存。请在 torch.no_grad() 下更新，"
    "或使用 detach 之后的数。",
)
class RemembersEveryBatch(BatchNormInPieces):
    def forward(self, x):
        before = self.running_mean, self.running_var
        answer = super().forward(x)
        if self.training:
            mean, variance = statistics(x, 1)
            self.running_mean = before[0].lerp(mean, self.momentum)
            self.running_var = before[1].lerp(variance, self.momentum)
        return answer


@mistake(
    of="influence",
    en="It looks like your answer carries a gradient: run the experiment under torch.no_grad().",
    zh="看起来你的结果带有梯度：请在 torch.no_grad() 下做这个实验。",
)
def keeps_the_graph(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="influence",
    en="It looks like the changed batch is `x` itself under another name: both runs see the new token, so nothing "
    "seems to move, and x is modified. Work on a clone.",
    zh="看起来改动后的批次就是 `x` 本身，只是换了个名字：两次运行看到的都是新词元，于是好像什么都没变，x 也被改掉了。"
    "应在副本（clone）上改。",
)
def changes_x_itself(norm, x, row, position, token):
    x[row, position] = token
    with torch.no_grad():
        return (norm(x) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="influence",
    en="It looks like you put the norm into evaluation mode. Use it as it is, or batch norm hides what it does in "
    "training.",
    zh="看起来你把 norm 切换到了评估模式。请照原样使用它，否则看不到批归一化在训练时的行为。",
)
def evaluates(norm, x, row, position, token):
    if isinstance(norm, torch.nn.Module):
        norm.eval()
    return solution.influence(norm, x, row, position, token)


@mistake(
    of="influence",
    en="It looks like the absolute value is missing: an output number that fell is not seen.",
    zh="看起来忘了取绝对值：输出数变小时就看不到了。",
)
def sees_only_what_grows(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).amax(dim=-1)


@mistake(
    of="influence",
    en="It looks like the differences of all features are added up: the sum gives exactly your numbers. The largest "
    "one is asked for.",
    zh="看起来你把各个特征的差加了起来：这样恰好得到你的结果。这里要的是最大的差。",
    breaks="the largest absolute difference of its output numbers",
)
def adds_up_the_differences(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().sum(dim=-1)


@mistake(
    of="influence",
    en="It looks like you average the differences over the features: the mean gives exactly your numbers. The "
    "largest one is asked for.",
    zh="看起来你对各个特征的差取了平均：这样恰好得到你的结果。这里要的是最大的差。",
)
def averages_the_differences(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().mean(dim=-1)


@mistake(
    of="influence",
    en="It looks like `token` is added to x[row, position]. It takes the place of x[row, position].",
    zh="看起来你把 `token` 加到了 x[row, position] 上。应当用它替换 x[row, position]。",
)
def adds_the_token(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] += token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="influence",
    en="It looks like the token is replaced in every row of the batch (`changed[:, position]`?). Only the one in "
    "`row` is to be replaced.",
    zh="看起来批次中每一行的这个位置都被替换了（写成了 `changed[:, position]`？）。只应替换 `row` 那一行的词元。",
)
def replaces_in_every_row(norm, x, row, position, token):
    changed = x.clone()
    changed[:, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="LayerNorm",
    en="It looks like a Python loop normalises one token after another: the answer is right, and slow. Let `mean` "
    "and `var` take the last axis of all tokens at once.",
    zh="看起来是用 Python 循环逐个词元做归一化：结果正确，但太慢。让 `mean` 和 `var` 一次处理所有词元的最后一维。",
    only="speed",
)
class OneTokenAtATime(solution.LayerNorm):
    def forward(self, x):
        tokens = [layer_norm(self, token) for token in x.reshape(-1, x.shape[-1])]
        return torch.stack(tokens).reshape(x.shape)
