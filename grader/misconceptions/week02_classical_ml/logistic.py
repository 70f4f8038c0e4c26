"""Known mistakes of week 02, logistic."""

import random

import logistic as solution
import torch

from grader.mistakes import mistake

Model = solution.LogisticRegression


def checked(logits, y):
    solution.log_loss(logits, y)


def nearly(found):
    """Numbers of a fit, moved by a millionth: where within the tolerance it ends hangs on how one descends.

    So no answer that follows from them tells of a mistake; what objective and gradient say does.
    """
    moves = [1 + 1e-6 * random.SystemRandom().random() for _ in range(found.numel())]
    return found * torch.tensor(moves, dtype=found.dtype, device=found.device).view(found.shape)


@mistake(
    of="log_loss",
    en="It looks like a logit of 1000 costs infinity or NaN: before the log is taken, the sigmoid has rounded to 0 or "
    "1, or exp has overflowed.",
    zh="看起来 logit 为 1000 时损失是无穷大或 NaN：取对数之前，sigmoid 已舍入为 0 或 1，或者 exp 已溢出。",
    breaks="A logit of any finite size gives a finite loss",
)
def log_of_the_sigmoid(logits, y):
    checked(logits, y)
    p = torch.sigmoid(logits)
    return -torch.where(y == 1, p.log(), (1 - p).log()).mean()


@mistake(
    of="log_loss",
    en="It looks like a logit of 1000 costs NaN: the sigmoid has rounded to 0 or 1, the log of 0 is minus infinity, "
    "and 0 times that is NaN. Write the loss with the logits.",
    zh="看起来 logit 为 1000 时损失是 NaN：sigmoid 已舍入为 0 或 1，log 0 是负无穷，再乘以 0 就是 NaN。"
    "应当直接用 logits 写出损失。",
    breaks="A logit of any finite size gives a finite loss",
)
def zero_times_infinity(logits, y):
    checked(logits, y)
    p = torch.sigmoid(logits)
    return -(y * p.log() + (1 - y) * (1 - p).log()).mean()


@mistake(
    of="log_loss",
    en="It looks like a small number inside the log hides the infinity: no loss can then rise above 20.7.",
    zh="看起来对数里加了一个很小的数来掩盖无穷大：这样损失永远不会超过 20.7。",
)
def epsilon_in_the_log(logits, y):
    checked(logits, y)
    p = torch.sigmoid(logits).double()
    return -torch.where(y == 1, (p + 1e-9).log(), (1 - p + 1e-9).log()).mean().to(logits.dtype)


@mistake(
    of="log_loss",
    en="It looks like the probabilities are kept between 1e-7 and 1 - 1e-7 before the log is taken: no loss can then "
    "rise above 16.1. Write the loss with the logits.",
    zh="看起来取对数之前把概率限制在了 1e-7 与 1 - 1e-7 之间：这样损失永远不会超过 16.1。应当直接用 logits 写出损失。",
    breaks="one of -1000 where y is 1 costs 1000",
)
def clamped_probabilities(logits, y):
    checked(logits, y)
    p = torch.sigmoid(logits).clamp(1e-7, 1 - 1e-7)
    return -torch.where(y == 1, p.log(), (1 - p).log()).mean()


@mistake(
    of="log_loss",
    en="It looks like 1e-12 inside the log, or a probability that is not let below 1e-12, hides the infinity: no loss "
    "can then rise above 27.6. Write the loss with the logits.",
    zh="看起来对数里加了 1e-12，或把概率限制在 1e-12 以上，掩盖了无穷大：这样损失永远不会超过 27.6。"
    "应当直接用 logits 写出损失。",
    breaks="one of -1000 where y is 1 costs 1000",
)
def a_tiny_number_in_the_log(logits, y):
    checked(logits, y)
    p = torch.sigmoid(logits)
    return -torch.where(y == 1, (p + 1e-12).log(), (1 - p + 1e-12).log()).mean()


@mistake(
    of="log_loss",
    en="It looks like the losses are added up: the mean over the rows is asked for.",
    zh="看起来损失是求和的：要求的是对各行取均值。",
)
def sum_of_losses(logits, y):
    return solution.log_loss(logits, y) * len(y)


@mistake(
    of="log_loss",
    en="It looks like the formula for labels -1 and 1 was given labels 0 and 1: every 0 then costs ln 2, whatever the "
    "logit.",
    zh="看起来你把标签 0 和 1 代入了适用于 -1 和 1 的公式：每个 0 的损失都成了 ln 2，与 logit 无关。",
)
def formula_for_minus_one(logits, y):
    checked(logits, y)
    return torch.nn.functional.softplus(-y * logits).mean()


@mistake(
    of="log_loss",
    en="It looks like only the rows of class 1 enter the loss: a 0 costs -log(1 - p).",
    zh="看起来只有类别 1 的行进入了损失：标签 0 的损失是 -log(1 - p)。",
)
def only_the_positive(logits, y):
    checked(logits, y)
    return (y * torch.nn.functional.softplus(-logits)).mean()


@mistake(
    of="log_loss",
    en="It looks like a label of -1 is let through: it gave a number that means nothing. Refuse all but 0 and 1.",
    zh="看起来放过了标签 -1：由它也得到了一个数，但这个数没有意义。0 和 1 以外的标签都要拒绝。",
)
def any_label(logits, y):
    if len(y) == 0 or len(y) != len(logits):
        raise ValueError("rows")
    return (torch.nn.functional.softplus(logits) - y * logits).mean()


@mistake(
    of="log_loss",
    en="It looks like labels above 1 are let through: refuse all but 0 and 1.",
    zh="看起来放过了大于 1 的标签：0 和 1 以外的标签都要拒绝。",
    breaks="or a label is neither 0 nor 1",
)
def labels_above_one(logits, y):
    if len(y) == 0 or len(y) != len(logits) or bool((y < 0).any()):
        raise ValueError("rows or labels")
    return (torch.nn.functional.softplus(logits) - y * logits).mean()


class WithItsOwnGradient(Model):
    """A model whose slopes differ, and which follows them to where they vanish."""

    bias_penalty = 0

    def gradient(self, weight, bias, X, y):
        slope, bias_slope = super().gradient(weight, bias, X, y)
        return self.changed(slope, bias_slope, weight, bias, X, y)

    def fit(self, X, y, tolerance=1e-5):
        weight, bias = X.new_zeros(X.shape[1]), X.new_zeros(())
        steepest = X.square().sum(dim=1).mean() / 2 + 2 * self.l2
        for _ in range(1_000):
            slope, bias_slope = self.gradient(weight, bias, X, y)
            weight, bias = weight - slope / steepest, bias - bias_slope / (0.5 + self.bias_penalty * self.l2)
            if max(float(slope.abs().max()), float(bias_slope.abs())) < 1e-9:
                break
        self.weight, self.bias = nearly(weight), nearly(bias)
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like the bias is penalised too: only the weights should be.",
    zh="看起来偏置也被惩罚了：只应惩罚权重。",
    breaks="The bias is not penalised",
)
class penalises_the_bias(WithItsOwnGradient):
    bias_penalty = 1

    def objective(self, weight, bias, X, y):
        return super().objective(weight, bias, X, y) + self.l2 / 2 * bias.square()

    def changed(self, slope, bias_slope, weight, bias, X, y):
        return slope, bias_slope + self.l2 * bias


@mistake(
    of="LogisticRegression",
    en="It looks like the penalty is l2 times the squares: it is half of that.",
    zh="看起来惩罚项是 l2 乘以平方和：应当是它的一半。",
)
class without_the_half(WithItsOwnGradient):
    def objective(self, weight, bias, X, y):
        return super().objective(weight, bias, X, y) + self.l2 / 2 * weight.square().sum()

    def changed(self, slope, bias_slope, weight, bias, X, y):
        return slope + self.l2 * weight, bias_slope


@mistake(
    of="LogisticRegression",
    en="It looks like the penalty is divided by the number of rows, as if the losses were added up.",
    zh="看起来惩罚项除以了行数，就好像损失是求和的。",
)
class penalty_over_n(WithItsOwnGradient):
    def objective(self, weight, bias, X, y):
        return super().objective(weight, bias, X, y) + (1 / len(y) - 1) * self.l2 / 2 * weight.square().sum()

    def changed(self, slope, bias_slope, weight, bias, X, y):
        return slope + (1 / len(y) - 1) * self.l2 * weight, bias_slope


@mistake(
    of="LogisticRegression",
    en="It looks like l2 is scikit-learn's C, the inverse of a penalty: a larger l2 must give smaller weights.",
    zh="看起来把 l2 当成了 scikit-learn 的 C（惩罚的倒数）：l2 越大，权重应当越小。",
)
class takes_it_for_c(Model):
    def __init__(self, l2):
        super().__init__(l2)
        self.l2 = 1 / l2

    def fit(self, X, y, tolerance=1e-5):
        super().fit(X, y, tolerance)
        self.weight, self.bias = nearly(self.weight), nearly(self.bias)
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like the penalty is missing from the gradient: l2 * weight belongs to it.",
    zh="看起来梯度里缺了惩罚项：应当加上 l2 * weight。",
)
class gradient_without_penalty(WithItsOwnGradient):
    def changed(self, slope, bias_slope, weight, bias, X, y):
        return slope - self.l2 * weight, bias_slope

    def fit(self, X, y, tolerance=1e-5):
        fitted = Model(self.l2).fit(X, y, tolerance)
        self.weight, self.bias = nearly(fitted.weight * 1.5), nearly(fitted.bias)
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like the gradient of the losses is a sum over the rows: the loss is a mean, so divide by n.",
    zh="看起来损失的梯度是对各行求和：损失是均值，所以要除以行数。",
)
class gradient_of_the_sum(Model):
    def gradient(self, weight, bias, X, y):
        slope, bias_slope = super().gradient(weight, bias, X, y)
        return (slope - self.l2 * weight) * len(y) + self.l2 * weight, bias_slope * len(y)

    def fit(self, X, y, tolerance=1e-5):
        if len(y) != len(X):
            raise ValueError("labels")
        fitted = Model(self.l2 / len(y)).fit(X, y, tolerance / len(y))
        self.weight, self.bias = nearly(fitted.weight), nearly(fitted.bias)
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like gradient adds up the slopes of all rows, which fit does not: the loss is a mean, so divide by n.",
    zh="看起来 gradient 把各行的斜率加了起来，而 fit 没有：损失是均值，所以要除以行数。",
)
class only_gradient_is_a_sum(Model):
    def gradient(self, weight, bias, X, y):
        slope, bias_slope = super().gradient(weight, bias, X, y)
        return (slope - self.l2 * weight) * len(y) + self.l2 * weight, bias_slope * len(y)

    def fit(self, X, y, tolerance=1e-5):
        fitted = Model(self.l2).fit(X, y, tolerance)
        self.weight, self.bias = fitted.weight, fitted.bias
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like there is no bias: the plane is forced through the origin.",
    zh="看起来没有偏置：分界面被迫经过原点。",
)
class no_bias(WithItsOwnGradient):
    def changed(self, slope, bias_slope, weight, bias, X, y):
        return slope, torch.zeros_like(bias_slope)


@mistake(
    of="LogisticRegression",
    en="It looks like the sign of the errors is turned: the slope is sigmoid minus label.",
    zh="看起来误差的符号反了：斜率是 sigmoid 减标签，更新沿它的反方向。",
)
class errors_turned(Model):
    def gradient(self, weight, bias, X, y):
        slope, bias_slope = super().gradient(weight, bias, X, y)
        return 2 * self.l2 * weight - slope, -bias_slope

    def fit(self, X, y, tolerance=1e-5):
        fitted = Model(self.l2).fit(X, y, tolerance)
        self.weight, self.bias = nearly(-fitted.weight), nearly(-fitted.bias)
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like the learning rate is fixed: too long for large features, too short for small ones.",
    zh="看起来学习率是固定的：特征大时步子太长，特征小时又太短。",
    breaks="a learning rate that is fixed beforehand is too long",
)
class fixed_rate(Model):
    def fit(self, X, y, tolerance=1e-5):
        weight, bias = X.new_zeros(X.shape[1]), X.new_zeros(())
        for _ in range(500):
            slope, bias_slope = self.gradient(weight, bias, X, y)
            if max(float(slope.abs().max()), float(bias_slope.abs())) <= tolerance:
                break
            weight, bias = weight - slope / 10, bias - bias_slope / 10
        self.weight, self.bias = weight, bias
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like fit returns a copy: it should return the model itself.",
    zh="看起来 fit 返回的是副本：应当返回模型自身。",
)
class returns_a_copy(Model):
    def fit(self, X, y, tolerance=1e-5):
        super().fit(X, y, tolerance)
        other = Model(self.l2)
        other.weight, other.bias = self.weight, self.bias
        return other


@mistake(
    of="LogisticRegression",
    en="It looks like the penalty is taken from the learned weight: objective and gradient are asked at the given one.",
    zh="看起来惩罚项用的是学到的权重：objective 和 gradient 问的是传入的权重处的值。",
)
class penalty_of_the_learned(Model):
    def objective(self, weight, bias, X, y):
        learned = weight if self.weight is None else self.weight
        return solution.log_loss(X @ weight + bias, y) + self.l2 / 2 * learned.square().sum()


@mistake(
    of="LogisticRegression",
    en="It looks like fit makes a fixed number of steps: it should go on until the gradient is small.",
    zh="看起来 fit 走了固定的步数：应当一直走到梯度足够小。",
    breaks="At the end no entry of the gradient is larger than `tolerance`",
)
class ten_steps(Model):
    def fit(self, X, y, tolerance=1e-5):
        weight, bias = X.new_zeros(X.shape[1]), X.new_zeros(())
        for _ in range(10):
            slope, bias_slope = self.gradient(weight, bias, X, y)
            weight, bias = weight - slope / 2, bias - bias_slope / 2
        self.weight, self.bias = weight, bias
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like fit makes a handful of Newton steps and no more: where a plane separates the classes and the "
    "penalty is weak, they are too few. Go on until the gradient is small.",
    zh="看起来 fit 只走了固定的几步牛顿法：当一个平面就能把两类分开、惩罚又弱时，这几步不够。应当一直走到梯度足够小。",
    breaks="the number of steps is not given",
)
class six_newton_steps(Model):
    def fit(self, X, y, tolerance=1e-5):
        most = solution.MOST_STEPS
        try:
            solution.MOST_STEPS = 6
            return super().fit(X, y, tolerance)
        finally:
            solution.MOST_STEPS = most


@mistake(
    of="LogisticRegression",
    en="It looks like fit ends when the bias has settled: the weights may still be moving.",
    zh="看起来 fit 在偏置稳定时就结束了：此时权重可能还在变。",
)
class watches_the_bias_only(Model):
    def fit(self, X, y, tolerance=1e-5):
        weight, bias = X.new_zeros(X.shape[1]), X.new_zeros(())
        for _ in range(3_000):
            slope, bias_slope = self.gradient(weight, bias, X, y)
            if abs(bias_slope) <= tolerance:
                break
            weight, bias = weight - slope / 20, bias - bias_slope
        self.weight, self.bias = weight, bias
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like logits come back for probabilities: the sigmoid is missing.",
    zh="看起来返回的是 logits 而不是概率：少了 sigmoid。",
)
class logits_for_probabilities(Model):
    def predict_proba(self, X):
        super().predict_proba(X)
        return X @ self.weight + self.bias

    def predict(self, X):
        return (self.predict_proba(X) > 0).long()


@mistake(
    of="LogisticRegression",
    en="It looks like the sigmoid is exp(z) / (1 + exp(z)): for a large z that is inf / inf, NaN.",
    zh="看起来 sigmoid 写成了 exp(z) / (1 + exp(z))：z 很大时是 inf / inf，即 NaN。",
)
class sigmoid_that_overflows(Model):
    def predict_proba(self, X):
        super().predict_proba(X)
        z = (X @ self.weight + self.bias).exp()
        return z / (1 + z)


@mistake(
    of="LogisticRegression",
    en="It looks like a probability of exactly 1/2 counts as class 1: here it is 0.",
    zh="看起来概率恰为 1/2 时判成了类别 1：这里应为 0。",
    breaks="It is 1 where P(y = 1) is above 1/2, and 0 for exactly 1/2",
)
class half_is_one(Model):
    def predict(self, X):
        return (self.predict_proba(X) >= 0.5).long()


@mistake(
    of="LogisticRegression",
    en="It looks like predict cuts the logits at 1/2: cut the probabilities at 1/2, or the logits at 0.",
    zh="看起来 predict 把 logits 与 1/2 比较：应当把概率与 1/2 比较，或把 logits 与 0 比较。",
)
class cuts_the_logits(Model):
    def predict(self, X):
        self.predict_proba(X)
        return (X @ self.weight + self.bias > 0.5).long()


@mistake(
    of="LogisticRegression",
    en="It looks like a second fit starts from the weights of the first, and fails or differs when the features do.",
    zh="看起来第二次 fit 从上一次的权重出发：特征个数变了就会出错。",
    breaks="Fitting again forgets what was learned before",
)
class remembers_the_first_fit(Model):
    def fit(self, X, y, tolerance=1e-5):
        if self.weight is None:
            super().fit(X, y, tolerance)
        else:
            solution.log_loss(X @ self.weight[: X.shape[1]], y)
            self.weight = self.weight[: X.shape[1]]
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like the bias comes back with an axis: it is one number, without axes.",
    zh="看起来偏置带了一个轴：它是一个数，没有轴。",
    breaks="bias: a tensor without axes after `fit`",
)
class bias_with_an_axis(Model):
    def fit(self, X, y, tolerance=1e-5):
        super().fit(X, y, tolerance)
        self.bias = self.bias[None]
        return self


@mistake(
    of="LogisticRegression",
    en="It looks like a model that has learned nothing answers 1/2: it should raise RuntimeError.",
    zh="看起来什么都没学过的模型也回答 1/2：应当抛出 RuntimeError。",
    breaks="the model has not been fitted",
)
class answers_before_fit(Model):
    def predict_proba(self, X):
        return super().predict_proba(X) if self.weight is not None else X.new_full((len(X),), 0.5)


@mistake(
    of="LogisticRegression",
    en="It looks like a penalty of 0 is accepted: l2 must be above 0.",
    zh="看起来接受了为 0 的惩罚：l2 必须大于 0。",
    breaks="`l2` is not above 0",
)
class any_penalty(Model):
    def __init__(self, l2):
        super().__init__(abs(l2) or 1.0)


@mistake(
    of="LogisticRegression",
    en="It looks like NaN passes as a penalty: every comparison with NaN is false, l2 <= 0 too. Ask whether l2 > 0 "
    "does not hold.",
    zh="看起来 NaN 被当作惩罚接受了：与 NaN 的任何比较都不成立，l2 <= 0 也一样。应当检查 l2 > 0 是否不成立。",
    breaks="`l2` is not above 0, which NaN is not either",
)
class nan_is_a_penalty(Model):
    def __init__(self, l2):
        if l2 <= 0:
            raise ValueError("l2")
        super().__init__(1.0)
        self.l2 = l2
