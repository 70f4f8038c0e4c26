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
    en="Your answer equals the one with the unbiased variance, divided by dim - 1. Layer norm divides by dim.",
    zh="你的结果等于使用无偏方差（除以 dim - 1）的结果。层归一化（layer norm）应除以 dim。",
)
class UnbiasedVariance(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, correction=1)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one with eps outside the square root. It is added to the variance, under the root.",
    zh="你的结果等于把 eps 放在根号外面的结果。eps 应加在根号里的方差上。",
)
class EpsOutsideTheRoot(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, offset=0.0, outside=self.eps)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one without eps.",
    zh="你的结果等于没有加 eps 的结果。",
)
class ForgetsEps(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, offset=0.0)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one that takes mean and variance over the whole sequence. "
    "Every token has its own, over the last axis alone.",
    zh="你的结果等于在整个序列上求均值和方差的结果。每个词元各算各的，只在最后一维上求。",
)
class OverTheWholeSequence(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, axes=(-2, -1) if x.ndim > 1 else -1)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one that takes mean and variance along the sequence, over the tokens. "
    "They are taken over the last axis, within each token.",
    zh="你的结果等于沿序列方向、在词元之间求均值和方差的结果。应当在每个词元内部、沿最后一维求。",
)
class AlongTheSequence(solution.LayerNorm):
    def forward(self, x):
        return layer_norm(self, x, axes=-2 if x.ndim > 1 else -1)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one whose variance is mean(x^2) - mean(x)^2: far from 0 the two cancel. "
    "Subtract the mean first and square then.",
    zh="你的结果等于用 mean(x^2) - mean(x)^2 求方差的结果：数值远离 0 时两项会相互抵消，精度尽失。应先减均值再平方。",
)
class VarianceByDifference(solution.LayerNorm):
    def forward(self, x):
        wide = widened(x)
        mean = wide.mean(dim=-1, keepdim=True)
        variance = wide.square().mean(dim=-1, keepdim=True) - mean.square()
        return ((wide - mean) / (variance + self.eps).sqrt() * self.weight + self.bias).to(x.dtype)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one that squares in the dtype of x: in float16 the square of 300 is infinite. "
    "Compute in float32 at least.",
    zh="你的结果等于直接用 x 的 dtype 求平方的结果：float16 里 300 的平方是无穷大。至少要用 float32 计算。",
)
class LayerNormInHalfPrecision(solution.LayerNorm):
    def forward(self, x):
        deviation = x - x.mean(dim=-1, keepdim=True)
        variance = (deviation * deviation).mean(dim=-1, keepdim=True)
        return (deviation / (variance + self.eps).sqrt() * self.weight + self.bias).to(x.dtype)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one that never applies weight and bias.",
    zh="你的结果等于没有乘 weight、也没有加 bias 的结果。",
)
class LayerNormWithoutParameters(solution.LayerNorm):
    def forward(self, x):
        wide = widened(x)
        deviation = wide - wide.mean(dim=-1, keepdim=True)
        normalised = deviation / (wide.var(dim=-1, correction=0, keepdim=True) + self.eps).sqrt()
        return normalised.to(x.dtype)


@mistake(
    of="LayerNorm",
    en="Your answer equals the one that is rounded to the dtype of x before weight and bias are applied. Stay in "
    "float32 to the end, and round once.",
    zh="你的结果等于在乘 weight、加 bias 之前就舍入到 x 的 dtype 的结果。应一直用 float32 计算，只在最后舍入一次。",
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
    en="Your answer equals the one that subtracts the mean first. RMS norm only scales.",
    zh="你的结果等于先减去均值的结果。RMS 归一化只缩放，不平移。",
)
class SubtractsTheMean(solution.RMSNorm):
    def forward(self, x):
        wide = widened(x)
        return rms_norm(self, wide - wide.mean(dim=-1, keepdim=True)).to(x.dtype)


@mistake(
    of="RMSNorm",
    en="Your answer equals the one that divides by the length of the token: the squares are summed where their mean "
    "is asked for.",
    zh="你的结果等于除以词元向量长度的结果：这里要的是平方的均值，而不是平方和。",
)
class DividesByTheLength(solution.RMSNorm):
    def forward(self, x):
        wide = widened(x)
        return (wide * torch.rsqrt(wide.square().sum(dim=-1, keepdim=True) + self.eps) * self.weight).to(x.dtype)


@mistake(
    of="RMSNorm",
    en="Your answer equals the one that multiplies by 1 + weight, as Gemma does. Here the weight itself multiplies.",
    zh="你的结果等于乘以 1 + weight（Gemma 的做法）的结果。这里直接乘 weight。",
)
class OnePlusWeight(solution.RMSNorm):
    def forward(self, x):
        return rms_norm(self, x, weight=1 + self.weight)


@mistake(
    of="RMSNorm",
    en="Your answer equals the one with eps outside the square root. It is added to the mean square, under the root.",
    zh="你的结果等于把 eps 放在根号外面的结果。eps 应加在根号里的均方值上。",
)
class EpsOutsideTheRootOfSquares(solution.RMSNorm):
    def forward(self, x):
        return rms_norm(self, x, inside=0.0, outside=self.eps)


@mistake(
    of="RMSNorm",
    en="Your answer equals the one that squares in the dtype of x: in float16 the square of 300 is infinite, and the "
    "token becomes 0. Compute in float32 at least.",
    zh="你的结果等于直接用 x 的 dtype 求平方的结果：float16 里 300 的平方是无穷大，"
    "整个词元会变成 0。至少要用 float32 计算。",
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
    en="Your answer equals the one whose running_var learns the biased variance. "
    "The output uses the biased one, running_var the unbiased one.",
    zh="你的结果等于 running_var 记录有偏方差的结果。输出用有偏方差，running_var 用无偏方差。",
)
class BiasedRunningVariance(BatchNormInPieces):
    correction_of_running = 0


@mistake(
    of="BatchNorm1d",
    en="Your answer equals the one that normalises with the unbiased variance. The output uses the biased one; "
    "the unbiased one is for running_var.",
    zh="你的结果等于用无偏方差做归一化的结果。输出应使用有偏方差；无偏方差只用于 running_var。",
)
class UnbiasedVarianceOfTheBatch(BatchNormInPieces):
    correction_of_output = 1


@mistake(
    of="BatchNorm1d",
    en="Your answer equals the one in which `momentum` is the share of the old statistics. "
    "It is the share of the new batch.",
    zh="你的结果等于把 `momentum` 当作旧统计量权重的结果。它是新批次所占的比例。",
)
class MomentumOfTheOld(BatchNormInPieces):
    def share(self):
        return 1 - self.momentum


@mistake(
    of="BatchNorm1d",
    en="Your answer equals the one that uses the statistics of the batch in evaluation too. "
    "In evaluation the running statistics count.",
    zh="你的结果等于在评估（eval）模式下仍用当前批次统计量的结果。评估时应使用滑动统计量。",
)
class NeverEvaluates(BatchNormInPieces):
    def forward(self, x):
        if self.training:
            return super().forward(x)
        return batch_norm(self, x, *statistics(x, 0))


@mistake(
    of="BatchNorm1d",
    en="Your answer equals the one that learns running statistics in evaluation too. In evaluation nothing changes.",
    zh="你的结果等于在评估模式下也更新滑动统计量的结果。评估时什么都不应改变。",
)
class LearnsInEvaluation(BatchNormInPieces):
    def forward(self, x):
        answer = super().forward(x)
        if not self.training and x.numel() > x.shape[1]:
            learn(self, *statistics(x, 1), self.momentum)
        return answer


@mistake(
    of="BatchNorm1d",
    en="Your answer equals the one that takes separate statistics at every place of the length, over the batch alone. "
    "A feature has one mean and one variance, over batch and length together.",
    zh="你的结果等于在每个位置上单独、只在批次维求统计量的结果。每个特征只有一个均值和一个方差，在批次和长度上一起求。",
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
    en="Your gradient equals the one that treats mean and variance of the batch as constants. "
    "In training, gradients flow through both.",
    zh="你的梯度等于把批次的均值和方差当作常数时的梯度。训练时，梯度要经过这两者。",
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
    en="Your running statistics remember how they were computed: update them under torch.no_grad(), or from detached "
    "numbers. Otherwise the graph of every batch stays in memory.",
    zh="你的滑动统计量记住了自己的计算过程：请在 torch.no_grad() 下更新，或使用 detach 之后的数。"
    "否则每个批次的计算图都会一直占用内存。",
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
    en="Your answer carries a gradient: run the experiment under torch.no_grad().",
    zh="你的结果带有梯度：请在 torch.no_grad() 下做这个实验。",
)
def keeps_the_graph(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="influence",
    en="Your code puts the norm into evaluation: use it as it is, or batch norm hides what it does in training.",
    zh="你的代码把 norm 切换到了评估模式：请照原样使用它，否则看不到批归一化在训练时的行为。",
)
def evaluates(norm, x, row, position, token):
    if isinstance(norm, torch.nn.Module):
        norm.eval()
    return solution.influence(norm, x, row, position, token)


@mistake(
    of="influence",
    en="Your answer equals the one without the absolute value: an output number that fell is not seen.",
    zh="你的结果等于没有取绝对值的结果：变小的输出数就看不到了。",
)
def sees_only_what_grows(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).amax(dim=-1)


@mistake(
    of="influence",
    en="Your answer equals the one that averages the differences over the features. The largest one is asked for.",
    zh="你的结果等于在特征上对差取平均的结果。这里要的是最大的差。",
)
def averages_the_differences(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().mean(dim=-1)


@mistake(
    of="influence",
    en="Your answer equals the one that adds `token` to x[row, position]. It takes the place of x[row, position].",
    zh="你的结果等于把 `token` 加到 x[row, position] 上的结果。应当用它替换 x[row, position]。",
)
def adds_the_token(norm, x, row, position, token):
    changed = x.clone()
    changed[row, position] += token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="influence",
    en="Your answer equals the one that replaces this position in every row of the batch. One token is replaced.",
    zh="你的结果等于把批次中每一行的这个位置都替换掉的结果。只应替换一个词元。",
)
def replaces_in_every_row(norm, x, row, position, token):
    changed = x.clone()
    changed[:, position] = token
    with torch.no_grad():
        return (norm(changed) - norm(x)).abs().amax(dim=-1)


@mistake(
    of="LayerNorm",
    en="Your answer is right and slow: it normalises one token after another in a Python loop.",
    zh="你的结果正确但太慢：用 Python 循环逐个词元做归一化。",
    only="speed",
)
class OneTokenAtATime(solution.LayerNorm):
    def forward(self, x):
        tokens = [layer_norm(self, token) for token in x.reshape(-1, x.shape[-1])]
        return torch.stack(tokens).reshape(x.shape)
