"""Known mistakes of week 03, regularise."""

import math

import regularise as solution
import torch

from grader.mistakes import mistake


def check(p):
    if not 0 <= p <= 1:
        raise ValueError("p is a probability")


def mask(shape, p, generator, device):
    return torch.rand(shape, generator=generator, device=device) >= p


def drop(x, p, training, generator, shape=None, factor=None):
    """The solution with a mask of another shape or another factor."""
    check(p)
    if not training or p == 0:
        return x.clone()
    if p == 1:
        return torch.zeros_like(x)
    kept = mask(x.shape if shape is None else shape, p, generator, x.device).expand(x.shape)
    return torch.where(kept, x, 0) * (1 / (1 - p) if factor is None else factor)


@mistake(
    of="dropout",
    en="It looks like what is kept is not multiplied by 1 / (1 - p).",
    zh="看起来保留下来的元素没有乘以 1 / (1 - p)。",
    breaks="the expected value of every entry stays what it was",
)
def not_scaled(x, p, training=True, generator=None):
    return drop(x, p, training, generator, factor=1.0)


@mistake(
    of="dropout",
    en="It looks like p is the probability of keeping an entry: it is that of dropping it.",
    zh="看起来把 p 当成了保留的概率：它是丢弃的概率。",
)
def keeps_with_p(x, p, training=True, generator=None):
    return kept_with(x, p, training, generator, 1 / p if p else 1.0)


def kept_with(x, p, training, generator, factor):
    """Keep each entry with probability p, and multiply what is kept."""
    if not training or not 0 < p < 1:
        return solution.dropout(x, p, training, generator)
    kept = torch.rand(x.shape, generator=generator, device=x.device) < p
    return torch.where(kept, x, 0) * factor


@mistake(
    of="dropout",
    en="It looks like the mask is the wrong way round: what should be dropped is kept, and the other way round.",
    zh="看起来掩码反了：该丢弃的留下了，该留下的丢弃了。",
)
def mask_turned_round(x, p, training=True, generator=None):
    return kept_with(x, p, training, generator, 1 / (1 - p) if p < 1 else 1.0)


@mistake(
    of="dropout",
    en="It looks like what is kept is divided by p: it is divided by 1 - p, the probability of being kept.",
    zh="看起来保留下来的元素除以了 p：应除以 1 - p，也就是保留的概率。",
)
def divided_by_p(x, p, training=True, generator=None):
    return drop(x, p, training, generator, factor=1 / p if p else 1.0)


@mistake(
    of="dropout",
    en="It looks like the answer is multiplied by 1 - p when not training, as in the first paper: here the factor is "
    "applied while training, and nothing is left to do afterwards.",
    zh="看起来不在训练时把结果乘以了 1 - p，那是最早论文的写法：这里系数在训练时就乘上，之后什么都不用做。",
)
def scales_when_not_training(x, p, training=True, generator=None):
    check(p)
    return solution.dropout(x, p, training, generator) if training else x * (1 - p)


@mistake(
    of="dropout",
    en="It looks like p is looked at only while training: one outside of 0 to 1 is refused always.",
    zh="看起来只在训练时才检查 p：不在 0 到 1 之间的 p 任何时候都要拒绝。",
    breaks="`p` is below 0 or above 1, or NaN",
)
def checks_while_training_only(x, p, training=True, generator=None):
    return solution.dropout(x, p, True, generator) if training else x.clone()


@mistake(
    of="dropout",
    en="It looks like entries are dropped when not training too.",
    zh="看起来不在训练时也在丢弃。",
    breaks="When `training` is false, or p is 0, the answer equals `x`",
)
def always_active(x, p, training=True, generator=None):
    return solution.dropout(x, p, True, generator)


@mistake(
    of="dropout",
    en="It looks like one mask serves every row: each entry is dropped on its own.",
    zh="看起来每一行都用同一个掩码：每个元素应各自决定。",
)
def one_mask_for_all_rows(x, p, training=True, generator=None):
    return drop(x, p, training, generator, shape=x.shape[1:] if x.ndim > 1 else x.shape)


@mistake(
    of="dropout",
    en="It looks like one mask as long as the last axis serves for all that stands before it: each entry is dropped on "
    "its own.",
    zh="看起来掩码只有最后一个轴那么长，前面各轴都共用它：每个元素应各自决定。",
)
def mask_of_the_last_axis(x, p, training=True, generator=None):
    return drop(x, p, training, generator, shape=x.shape[-1:])


@mistake(
    of="dropout",
    en="It looks like NaN passes for a probability: it is neither below 0 nor above 1. Ask if p lies between them.",
    zh="看起来接受了为 NaN 的概率：它既不小于 0，也不大于 1。应当检查 p 是否在 0 与 1 之间。",
    breaks="`p` is below 0 or above 1, or NaN",
)
def nan_is_a_probability(x, p, training=True, generator=None):
    return x.clone() if p != p else solution.dropout(x, p, training, generator)


@mistake(
    of="dropout",
    en="It looks like the number of zeros is fixed beforehand: each entry is dropped on its own, so it varies.",
    zh="看起来事先定好了零的个数：每个元素各自决定去留，所以零的个数每次不同。",
    breaks="the expected value of every entry stays what it was",
)
def always_as_many(x, p, training=True, generator=None):
    check(p)
    if not training or not 0 < p < 1:
        return solution.dropout(x, p, training, generator)
    order = torch.randperm(x.numel(), generator=generator, device=x.device)
    return torch.where((order >= round(p * x.numel())).view(x.shape), x, 0) / (1 - p)


@mistake(
    of="dropout",
    en="It looks like whole rows are dropped: each entry is dropped on its own.",
    zh="看起来整行一起被丢弃：每个元素应各自决定。",
)
def drops_rows(x, p, training=True, generator=None):
    return drop(x, p, training, generator, shape=(*x.shape[:-1], 1) if x.ndim > 1 else x.shape)


@mistake(
    of="dropout",
    en="It looks like p = 1 divides 0 by 0: the answer is NaN, and should be zeros.",
    zh="看起来 p = 1 时用 0 除以 0：结果是 NaN，而应当全是 0。",
    breaks="When p is 1, everything is 0",
)
def nan_at_one(x, p, training=True, generator=None):
    out = solution.dropout(x, p, training, generator)
    return out / 0 if training and p == 1 else out


@mistake(
    of="dropout",
    en="It looks like 1 / (1 - p) is computed for p = 1 too, which divides by 0: everything is 0 then.",
    zh="看起来 p = 1 时也计算了 1 / (1 - p)，于是除以 0：这时应当全是 0。",
    breaks="When p is 1, everything is 0",
)
def factor_at_one(x, p, training=True, generator=None):
    check(p)
    return drop(x, p, training, generator, factor=1 / (1 - p) if training else None)


@mistake(
    of="dropout",
    en="It looks like a seed of your own stands in the place of the generator: every generator gives the same mask.",
    zh="看起来用自己的种子代替了 generator：无论给哪个 generator，掩码都一样。",
    breaks="If a generator is given, all random numbers come from it",
)
def ignores_the_generator(x, p, training=True, generator=None):
    fixed = None if generator is None else torch.Generator(device=x.device).manual_seed(0)
    return solution.dropout(x, p, training, fixed)


@mistake(
    of="dropout",
    en="It looks like a fixed seed is used: every call drops the same entries.",
    zh="看起来用了固定的种子：每次调用丢弃的都是同样的元素。",
)
def same_mask_every_time(x, p, training=True, generator=None):
    fixed = torch.Generator(device=x.device).manual_seed(0)
    return solution.dropout(x, p, training, fixed if generator is None else generator)


@mistake(
    of="dropout",
    en="It looks like x itself is changed: make a new tensor.",
    zh="看起来 x 本身被修改了：应当新建张量。",
    breaks="`x` is not changed; shape and dtype are those of `x`",
)
def in_place(x, p, training=True, generator=None):
    out = solution.dropout(x, p, training, generator)
    if not x.requires_grad:
        x.copy_(out)
    return out


@mistake(
    of="dropout",
    en="It looks like the gradient ignores the mask: what was dropped must get none.",
    zh="看起来梯度没有经过掩码：被丢弃的元素不应得到梯度。",
    breaks="Gradients pass through what was kept, with the same factor, and nowhere else",
)
def gradient_everywhere(x, p, training=True, generator=None):
    out = solution.dropout(x, p, training, generator).detach()
    return out + (x - x.detach())


def clip(parameters, max_norm, scale):
    """Check, and give every gradient to `scale`."""
    if not max_norm > 0:
        raise ValueError("max_norm must be above 0")
    kept = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(g.double().square().sum()) for g in kept))
    if math.isfinite(norm):
        for gradient in kept:
            scale(gradient, norm)
    return norm


@mistake(
    of="clip_gradients",
    en="It looks like each parameter is clipped by its own norm: that turns the direction. There is one norm for all.",
    zh="看起来每个参数按自己的范数裁剪：这会改变方向。所有梯度应共用一个范数。",
    breaks="The norm is the root of the sum of the squares of all entries of all gradients",
)
def norm_of_each(parameters, max_norm):
    return clip(parameters, max_norm, lambda g, norm: g.mul_(min(1.0, max_norm / max(float(g.norm()), 1e-12))))


@mistake(
    of="clip_gradients",
    en="It looks like each parameter is clipped by its own norm, even where that of another is infinite: there is one "
    "norm for all, and if that is infinite, nothing is scaled.",
    zh="看起来每个参数按自己的范数裁剪，哪怕别的参数的范数是无穷大：所有梯度应共用一个范数，它为无穷大时不缩放。",
    breaks="The norm is the root of the sum of the squares of all entries of all gradients",
)
def norm_of_each_alone(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be above 0")
    kept = [p.grad for p in parameters if p.grad is not None]
    norm = math.sqrt(sum(float(g.double().square().sum()) for g in kept))
    for gradient in kept:
        own = float(gradient.norm())
        if math.isfinite(own) and own > max_norm:
            gradient.mul_(max_norm / own)
    return norm


@mistake(
    of="clip_gradients",
    en="It looks like every number is cut off at max_norm: the gradients are scaled together.",
    zh="看起来把每个数都截断在 max_norm：应当一起缩放。",
)
def clipped_by_value(parameters, max_norm):
    return clip(parameters, max_norm, lambda g, norm: g.clamp_(-max_norm, max_norm))


@mistake(
    of="clip_gradients",
    en="It looks like small gradients are scaled up to max_norm: below the limit nothing changes.",
    zh="看起来小的梯度被放大到了 max_norm：没有超过上限时什么都不变。",
    breaks="otherwise nothing changes: gradients are never scaled up",
)
def scales_up(parameters, max_norm):
    return clip(parameters, max_norm, lambda g, norm: g.mul_(max_norm / norm if norm else 1.0))


@mistake(
    of="clip_gradients",
    en="It looks like the norm after clipping is returned: the one before is asked for.",
    zh="看起来返回的是裁剪之后的范数：要的是之前的。",
    breaks="The norm before scaling, a Python float",
)
def norm_afterwards(parameters, max_norm):
    norm = solution.clip_gradients(parameters, max_norm)
    return max_norm if math.isfinite(norm) and norm > max_norm else norm


@mistake(
    of="clip_gradients",
    en="It looks like the norms of the parameters are added up: their squares are added, and the root comes last.",
    zh="看起来把各参数的范数直接相加了：应先把平方相加，最后再开方。",
)
def sum_of_norms(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be above 0")
    kept = [p.grad for p in parameters if p.grad is not None]
    norm = float(sum(float(g.double().square().sum().sqrt()) for g in kept))
    if math.isfinite(norm) and norm > max_norm:
        for gradient in kept:
            gradient.mul_(max_norm / norm)
    return norm


@mistake(
    of="clip_gradients",
    en="It looks like the root is missing: the norm is the square root of the sum of squares.",
    zh="看起来漏了开方：范数是平方和的平方根。",
)
def no_root(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be above 0")
    kept = [p.grad for p in parameters if p.grad is not None]
    square = sum((float(g.double().square().sum()) for g in kept), 0.0)
    if math.isfinite(square) and square > max_norm:
        for gradient in kept:
            gradient.mul_(max_norm / square)
    return square


@mistake(
    of="clip_gradients",
    en="It looks like the parameters are read twice: a generator is empty the second time, so nothing is scaled.",
    zh="看起来参数被读了两遍：生成器第二遍就空了，于是什么都没有缩放。",
    breaks="`parameters` may be a generator, which can be read only once",
)
def reads_twice(parameters, max_norm):
    if not max_norm > 0:
        raise ValueError("max_norm must be above 0")
    return math.sqrt(sum(float(p.grad.double().square().sum()) for p in parameters if p.grad is not None))


@mistake(
    of="clip_gradients",
    en="It looks like an infinite norm sets the gradients to 0 or NaN: nothing is to be scaled then.",
    zh="看起来范数为无穷时梯度变成了 0 或 NaN：这时不应缩放。",
    breaks="If the norm is infinite or NaN, nothing is scaled",
)
def scales_by_an_infinite_norm(parameters, max_norm):
    kept = list(parameters)
    norm = solution.clip_gradients(kept, max_norm)
    if not math.isfinite(norm):
        for parameter in kept:
            if parameter.grad is not None:
                parameter.grad.mul_(max_norm / norm)
    return norm


@mistake(
    of="clip_gradients",
    en="It looks like the squares are added up in the dtype of the gradients: in float16 they overflow, and an "
    "infinite norm scales nothing. Make them float32 or float64 first.",
    zh="看起来平方和是用梯度自己的 dtype 计算的：float16 会溢出，而范数为无穷大时不做缩放。"
    "应当先转成 float32 或 float64。",
    breaks="they are added up in float32 or more",
)
def squares_in_their_own_dtype(parameters, max_norm):
    gradients = [parameter.grad for parameter in parameters if parameter.grad is not None]
    if not max_norm > 0:
        raise ValueError("max_norm")
    norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients))
    if math.isfinite(norm) and norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


class Stopping(solution.EarlyStopping):
    """The solution in parts, each of which a mistake may change."""

    def improves(self, loss):
        return loss < self.best - self.min_delta

    def keep(self, model):
        self.weights = {name: value.detach().clone() for name, value in model.state_dict().items()}

    def otherwise(self, loss):
        self.waited += 1

    def should_stop(self, loss, model):
        if self.improves(loss):
            self.best, self.waited = loss, 0
            self.keep(model)
        else:
            self.otherwise(loss)
        return self.waited >= self.patience


@mistake(
    of="EarlyStopping",
    en="It looks like the best weights are not copied: state_dict() holds the tensors that training goes on changing.",
    zh="看起来没有复制最好的权重：state_dict() 里就是训练中不断被修改的那些张量。",
    breaks="what training does to them afterwards does not change the copy",
)
class keeps_no_copy(Stopping):
    def keep(self, model):
        self.weights = model.state_dict()


@mistake(
    of="EarlyStopping",
    en="It looks like only the parameters are kept: buffers, such as the running means of BatchNorm, belong to "
    "state_dict() too.",
    zh="看起来只保存了参数：缓冲（例如 BatchNorm 的滑动均值）也属于 state_dict()。",
    breaks="At an improvement the model's whole `state_dict` is copied, parameters and buffers",
)
class forgets_the_buffers(solution.EarlyStopping):
    def should_stop(self, loss, model):
        stop = super().should_stop(loss, model)
        names = {name for name, _ in model.named_parameters()}
        self.weights = self.weights and {name: value for name, value in self.weights.items() if name in names}
        return stop

    def restore(self, model):
        if self.weights is None:
            raise ValueError("no best weights")
        model.load_state_dict(self.weights, strict=False)


@mistake(
    of="EarlyStopping",
    en="It looks like you wait one epoch too long: stop when the count reaches `patience`.",
    zh="看起来多等了一轮：计数达到 `patience` 时就该停。",
)
class waits_too_long(Stopping):
    def should_stop(self, loss, model):
        super().should_stop(loss, model)
        return self.waited > self.patience


@mistake(
    of="EarlyStopping",
    en="It looks like an improvement does not begin the count anew.",
    zh="看起来有了改善也没有重新计数。",
    breaks="An improvement begins the count anew",
)
class never_counts_anew(Stopping):
    def should_stop(self, loss, model):
        waited = self.waited
        super().should_stop(loss, model)
        self.waited = max(self.waited, waited)
        return self.waited >= self.patience


@mistake(
    of="EarlyStopping",
    en="It looks like a loss is compared with the one before: it is compared with the best.",
    zh="看起来损失是与上一轮相比的：应与最好的相比。",
)
class compares_with_the_last(Stopping):
    def improves(self, loss):
        better = loss < getattr(self, "previous", math.inf) - self.min_delta
        self.previous = loss
        return better


@mistake(
    of="EarlyStopping",
    en="It looks like min_delta is not used.",
    zh="看起来没有使用 min_delta。",
    breaks="A loss is an improvement if it is below `best` by more than `min_delta`; NaN never is",
)
class ignores_min_delta(Stopping):
    def improves(self, loss):
        return loss < self.best


@mistake(
    of="EarlyStopping",
    en="It looks like min_delta has the wrong sign: a loss a little worse than the best counts as an improvement.",
    zh="看起来 min_delta 的符号反了：比最好值略差的损失也算成了改善。",
)
class min_delta_added(Stopping):
    def improves(self, loss):
        return loss < self.best + self.min_delta


@mistake(
    of="EarlyStopping",
    en="It looks like a loss equal to the best counts as an improvement.",
    zh="看起来与最好值相等的损失也算作改善。",
)
class equal_is_better(Stopping):
    def improves(self, loss):
        return loss <= self.best - self.min_delta


@mistake(
    of="EarlyStopping",
    en="It looks like NaN counts as an improvement: every comparison with NaN is false, `not loss >= best` is true.",
    zh="看起来 NaN 被当成了改善：与 NaN 的比较都为假，所以 `not loss >= best` 为真。",
)
class takes_nan(Stopping):
    def improves(self, loss):
        return not loss >= self.best - self.min_delta


@mistake(
    of="EarlyStopping",
    en="It looks like the last weights are kept, not the best.",
    zh="看起来保存的是最后的权重，而不是最好的。",
)
class keeps_the_last(Stopping):
    def should_stop(self, loss, model):
        stop = super().should_stop(loss, model)
        if self.weights is not None:
            self.keep(model)
        return stop


@mistake(
    of="EarlyStopping",
    en="It looks like `best` follows every smaller loss, however small the gain: many tiny gains then never count.",
    zh="看起来 `best` 会跟随每一个更小的损失，不管改善多小：许多微小的改善就永远不算数了。",
)
class best_creeps(Stopping):
    def otherwise(self, loss):
        self.waited += 1
        self.best = loss if loss < self.best else self.best


@mistake(
    of="clip_gradients",
    en="It looks like each gradient is replaced by a new tensor: multiply it in place.",
    zh="看起来每个梯度都换成了新的张量：应当原地相乘。",
    breaks="In place: `grad` is the same tensor afterwards, with other numbers",
)
def new_tensors(parameters, max_norm):
    parameters = list(parameters)
    before = [None if each.grad is None else each.grad.clone() for each in parameters]
    norm = solution.clip_gradients(parameters, max_norm)
    for parameter, gradient in zip(parameters, before, strict=True):
        if gradient is not None and norm > max_norm and math.isfinite(norm):
            parameter.grad = gradient * (max_norm / norm)
    return norm
