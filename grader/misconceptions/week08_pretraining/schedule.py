"""Known mistakes of week 08, schedule."""

import math
import warnings

import schedule as solution
import torch

from grader.mistakes import mistake


def refuse(step, warm_up, total):
    if step < 0 or warm_up < 0 or total <= warm_up:
        raise ValueError("arguments")


def cosine(step, peak, warm_up, floor, progress):
    """Warm-up as in the solution, then half a cosine at some progress."""
    if step < warm_up:
        return peak * step / warm_up
    return floor + (peak - floor) * (1 + math.cos(math.pi * progress)) / 2


@mistake(
    of="warm_up_cosine",
    en="It looks like the warm-up counts from 1: its first step has the rate peak / warm_up instead of 0.",
    zh="看起来预热从 1 数起：第一步的学习率是 peak / warm_up，而不是 0。",
)
def warms_up_from_one(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    if step < warm_up:
        return peak * (step + 1) / warm_up
    return solution.warm_up_cosine(step, peak, warm_up, total, floor)


@mistake(
    of="warm_up_cosine",
    en="It looks like the warm-up is (step + 1) / (warm_up + 1): step 0 has the rate 0, and step n has n / warm_up of "
    "the peak.",
    zh="看起来预热用了 (step + 1) / (warm_up + 1)：第 0 步的学习率应为 0，第 n 步应为峰值的 n / warm_up。",
    breaks="Below `warm_up` the rate is peak * step / warm_up, so 0 at step 0",
)
def warms_up_with_one_more(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    if step < warm_up:
        return peak * (step + 1) / (warm_up + 1)
    return solution.warm_up_cosine(step, peak, warm_up, total, floor)


@mistake(
    of="warm_up_cosine",
    en="It looks like the warm-up begins at the floor: it begins at 0, and only the descent knows the floor.",
    zh="看起来预热从下限开始：它应从 0 开始，只有下降的部分才用到下限。",
    breaks="Below `warm_up` the rate is peak * step / warm_up, so 0 at step 0",
)
def warms_up_from_the_floor(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    if step < warm_up:
        return floor + (peak - floor) * step / warm_up
    return solution.warm_up_cosine(step, peak, warm_up, total, floor)


@mistake(
    of="warm_up_cosine",
    en="It looks like the floor only cuts off a cosine that falls to 0: the curve itself must end at the floor.",
    zh="看起来余弦仍降到 0，下限只是把它截断：曲线本身应当在下限处结束。",
    breaks="From there it follows half a cosine from `peak` down to `floor`",
)
def cuts_off_at_the_floor(step, peak, warm_up, total, floor=0.0):
    rate = solution.warm_up_cosine(step, peak, warm_up, total)
    return rate if step < warm_up else max(floor, rate)


@mistake(
    of="warm_up_cosine",
    en="It looks like `floor` is taken for a share of the peak: it is a rate.",
    zh="看起来把 `floor` 当成了峰值的比例：它本身就是学习率。",
    breaks="From there it follows half a cosine from `peak` down to `floor`",
)
def floor_is_a_share(step, peak, warm_up, total, floor=0.0):
    return solution.warm_up_cosine(step, peak, warm_up, total, floor * peak)


@mistake(
    of="warm_up_cosine",
    en="It looks like the floor is reached at step total - 1: it is reached at step `total`.",
    zh="看起来第 total - 1 步就到了下限：应在第 `total` 步到达。",
    breaks="which it reaches at step `total`",
)
def ends_a_step_early(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return cosine(step, peak, warm_up, floor, min(1.0, (step - warm_up) / max(1, total - 1 - warm_up)))


@mistake(
    of="warm_up_cosine",
    en="It looks like the cosine runs over the whole run, warm-up included: the rate jumps where the warm-up ends.",
    zh="看起来余弦跨越了整个训练，连预热也算在内：预热结束处学习率会突变。",
)
def cosine_over_the_whole_run(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return cosine(step, peak, warm_up, floor, min(1.0, step / total))


@mistake(
    of="warm_up_cosine",
    en="It looks like the descent takes `total` steps from the end of the warm-up on: the run ends above the floor.",
    zh="看起来从预热结束起又走了 `total` 步：训练结束时还没到下限。",
)
def descends_too_slowly(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return cosine(step, peak, warm_up, floor, min(1.0, (step - warm_up) / total))


@mistake(
    of="warm_up_cosine",
    en="It looks like nothing stops the cosine at the end: after `total` the rate rises again.",
    zh="看起来余弦在结束后没有停住：超过 `total` 后学习率又升上去了。",
)
def rises_again(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return cosine(step, peak, warm_up, floor, (step - warm_up) / (total - warm_up))


@mistake(
    of="warm_up_cosine",
    en="It looks like the floor is ignored: the rate falls to 0.",
    zh="看起来忽略了下限：学习率降到了 0。",
)
def ignores_the_floor(step, peak, warm_up, total, floor=0.0):
    return solution.warm_up_cosine(step, peak, warm_up, total)


@mistake(
    of="warm_up_cosine",
    en="It looks like the floor is added to the whole curve: the rate begins its descent above the peak.",
    zh="看起来把下限加到了整条曲线上：下降开始时高于峰值。",
)
def adds_the_floor(step, peak, warm_up, total, floor=0.0):
    rate = solution.warm_up_cosine(step, peak, warm_up, total)
    return rate if step < warm_up else floor + rate


@mistake(
    of="warm_up_cosine",
    en="It looks like the rate falls in a straight line, not along a cosine.",
    zh="看起来学习率沿直线下降，而不是沿余弦。",
)
def falls_in_a_straight_line(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return solution.warm_up_stable_decay(step, peak, warm_up, 0, total - warm_up, floor)


@mistake(
    of="warm_up_cosine",
    en="It looks like the cosine runs through a whole period: it ends where it began, at the peak.",
    zh="看起来余弦走了整个周期：中途就到了下限，结束时又回到峰值。",
)
def whole_period(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return cosine(step, peak, warm_up, floor, 2 * min(1.0, (step - warm_up) / (total - warm_up)))


@mistake(
    of="warm_up_cosine",
    en="It looks like a warm-up of 0 is a division by zero.",
    zh="看起来预热为 0 时会除以零。",
)
def divides_by_no_warm_up(step, peak, warm_up, total, floor=0.0):
    refuse(step, warm_up, total)
    return min(1.0, step / warm_up) * solution.warm_up_cosine(max(step, warm_up), peak, warm_up, total, floor)


@mistake(
    of="warm_up_cosine",
    en="It looks like not all arguments are checked: a negative step or warm-up, and a total that is not above the "
    "warm-up, must be refused.",
    zh="看起来没有检查全部参数：负的步号、负的预热步数、不大于预热的总步数都应拒绝。",
)
def checks_no_steps(step, peak, warm_up, total, floor=0.0):
    try:
        return solution.warm_up_cosine(step, peak, warm_up, total, floor)
    except ValueError:
        return floor


@mistake(
    of="warm_up_stable_decay",
    en="It looks like the last part begins one step early: at step warm_up + stable the rate is still the peak.",
    zh="看起来最后一段早了一步：第 warm_up + stable 步仍应是峰值。",
)
def decays_a_step_early(step, peak, warm_up, stable, decay, floor=0.0):
    rate = solution.warm_up_stable_decay(step, peak, warm_up, stable, decay, floor)
    return (
        rate
        if step < warm_up + stable
        else solution.warm_up_stable_decay(step + 1, peak, warm_up, stable, decay, floor)
    )


@mistake(
    of="warm_up_stable_decay",
    en="It looks like the descent jumps at its beginning: n steps after warm_up + stable the rate has fallen by "
    "n / decay, not by (n + 1) / decay.",
    zh="看起来下降一开始就跳了一步：第 warm_up + stable 步之后 n 步，应降了 n / decay，而不是 (n + 1) / decay。",
    breaks="Then it falls in a straight line within `decay` steps",
)
def jumps_a_step_ahead(step, peak, warm_up, stable, decay, floor=0.0):
    ahead = step > warm_up + stable
    return solution.warm_up_stable_decay(step + ahead, peak, warm_up, stable, decay, floor)


@mistake(
    of="warm_up_stable_decay",
    en="It looks like a `decay` of 0 leaves the peak for one step more: the rate is the floor already at step "
    "warm_up + stable.",
    zh="看起来 `decay` 为 0 时仍多停了一步峰值：第 warm_up + stable 步就应是下限。",
    breaks="then the rate is `floor` already at step warm_up + stable",
)
def no_decay_takes_a_step(step, peak, warm_up, stable, decay, floor=0.0):
    rate = solution.warm_up_stable_decay(step, peak, warm_up, stable, decay, floor)
    return peak if step == warm_up + stable else rate


@mistake(
    of="warm_up_stable_decay",
    en="It looks like the warm-up counts from 1: step 0 has the rate peak / warm_up instead of 0.",
    zh="看起来预热从 1 数起：第 0 步的学习率是 peak / warm_up，而不是 0。",
    breaks="Below `warm_up` the rate is peak * step / warm_up",
)
def stable_warms_up_from_one(step, peak, warm_up, stable, decay, floor=0.0):
    rate = solution.warm_up_stable_decay(step, peak, warm_up, stable, decay, floor)
    return peak * (step + 1) / warm_up if step < warm_up else rate


@mistake(
    of="warm_up_stable_decay",
    en="It looks like `stable` is taken for the step at which the descent begins: it is the number of level steps.",
    zh="看起来把 `stable` 当成了开始下降的步号：它是保持不变的步数。",
)
def stable_is_a_step(step, peak, warm_up, stable, decay, floor=0.0):
    return solution.warm_up_stable_decay(
        step, peak, warm_up, max(0, stable - warm_up) if stable >= 0 else -1, decay, floor
    )


@mistake(
    of="warm_up_stable_decay",
    en="It looks like the rate falls to 0 instead of the floor.",
    zh="看起来学习率降到了 0，而不是下限。",
)
def falls_to_zero(step, peak, warm_up, stable, decay, floor=0.0):
    return solution.warm_up_stable_decay(step, peak, warm_up, stable, decay)


@mistake(
    of="warm_up_stable_decay",
    en="It looks like the last part follows half a cosine: a straight line is asked for.",
    zh="看起来最后一段沿余弦下降：这里要求直线。",
)
def decays_along_a_cosine(step, peak, warm_up, stable, decay, floor=0.0):
    rate = solution.warm_up_stable_decay(step, peak, warm_up, stable, decay, floor)
    fallen = step - warm_up - stable
    return rate if not 0 < fallen < decay else cosine(step, peak, warm_up, floor, fallen / decay)


def optimizer(parameters, rate, weight_decay, decays, betas=(0.9, 0.95)):
    """AdamW with two groups; `decays` says of a name and its parameter whether it decays."""
    groups = [
        {"params": [p for name, p in parameters if decays(name, p)], "weight_decay": weight_decay},
        {"params": [p for name, p in parameters if not decays(name, p)], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=betas)


def trained(model):
    """The names and parameters that need a gradient."""
    return [(name, p) for name, p in model.named_parameters() if p.requires_grad]


@mistake(
    of="make_optimizer",
    en="It looks like everything decays, biases and norms included.",
    zh="看起来所有参数都参与权重衰减，包括偏置和归一化。",
)
def decays_everything(model, rate, weight_decay):
    return optimizer(trained(model), rate, weight_decay, lambda name, p: True)


@mistake(
    of="make_optimizer",
    en="It looks like only names with 'bias' are spared: the scale of a norm has one axis and decays too.",
    zh="看起来只排除了名字里带 bias 的参数：归一化的缩放只有一个轴，却仍在衰减。",
)
def spares_only_biases(model, rate, weight_decay):
    return optimizer(trained(model), rate, weight_decay, lambda name, p: "bias" not in name)


@mistake(
    of="make_optimizer",
    en="It looks like names decide: what is called bias or norm is spared, however many axes it has.",
    zh="看起来按名字判断：只要名字里有 bias 或 norm 就不衰减，而不管有几个轴。",
    breaks="The number of axes alone decides",
)
def goes_by_names(model, rate, weight_decay):
    return optimizer(
        trained(model), rate, weight_decay, lambda name, p: not any(word in name for word in ("bias", "norm"))
    )


@mistake(
    of="make_optimizer",
    en="It looks like only parameters with exactly two axes decay: those with three, as of a convolution, do too.",
    zh="看起来只有恰好两个轴的参数才衰减：三个轴的（例如卷积核）也要衰减。",
    breaks="Parameters with two axes or more decay",
)
def exactly_two_axes(model, rate, weight_decay):
    return optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim == 2)


@mistake(
    of="make_optimizer",
    en="It looks like an empty group is left out: there are always two.",
    zh="看起来省略了空的组：应当总是两组。",
    breaks="The optimizer always has two groups",
)
def drops_empty_groups(model, rate, weight_decay):
    made = optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2)
    groups = [{"params": group["params"], "weight_decay": group["weight_decay"]} for group in made.param_groups]
    return torch.optim.AdamW([group for group in groups if group["params"]], lr=rate, betas=(0.9, 0.95))


@mistake(
    of="make_optimizer",
    en="It looks like the second group has torch's own weight decay, 0.01: it needs a 0 of its own.",
    zh="看起来第二组用了 torch 默认的权重衰减 0.01：应当为它单独设为 0。",
    breaks="first the one with `weight_decay`, then the one with 0",
)
def second_group_by_default(model, rate, weight_decay):
    made = optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2)
    made.param_groups[1]["weight_decay"] = 0.01
    return made


@mistake(
    of="make_optimizer",
    en="It looks like both groups have the weight decay that was asked for: the second has 0.",
    zh="看起来两组都用了给定的权重衰减：第二组应为 0。",
    breaks="first the one with `weight_decay`, then the one with 0",
)
def both_groups_decay(model, rate, weight_decay):
    made = optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2)
    made.param_groups[1]["weight_decay"] = weight_decay
    return made


@mistake(
    of="make_optimizer",
    en="It looks like embeddings are spared: here every parameter with two axes decays.",
    zh="看起来排除了嵌入：这里凡是有两个轴的参数都要衰减。",
)
def spares_embeddings(model, rate, weight_decay):
    return optimizer(
        trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2 and not name.startswith("embedding")
    )


@mistake(
    of="make_optimizer",
    en="It looks like the groups are exchanged: what should decay does not, and biases and norms do.",
    zh="看起来两组弄反了：该衰减的没有衰减，偏置和归一化却在衰减。",
)
def decays_the_others(model, rate, weight_decay):
    return optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim < 2)


@mistake(
    of="make_optimizer",
    en="It looks like parameters that need no gradient are listed too.",
    zh="看起来把不需要梯度的参数也列了进去。",
)
def lists_frozen_parameters(model, rate, weight_decay):
    return optimizer(list(model.named_parameters()), rate, weight_decay, lambda name, p: p.ndim >= 2)


@mistake(
    of="make_optimizer",
    en="It looks like the betas are torch's own, 0.9 and 0.999: language models take a shorter memory.",
    zh="看起来用了 torch 默认的 betas 0.9 和 0.999：语言模型通常取更短的记忆。",
)
def default_betas(model, rate, weight_decay):
    return optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2, (0.9, 0.999))


@mistake(
    of="make_optimizer",
    en="It looks like a tied parameter is listed under each of its names.",
    zh="看起来共享的参数按每个名字各列了一次。",
)
def lists_tied_parameters_twice(model, rate, weight_decay):
    every = [(name, p) for name, p in model.named_parameters(remove_duplicate=False) if p.requires_grad]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optimizer(every, rate, weight_decay, lambda name, p: p.ndim >= 2)


@mistake(
    of="make_optimizer",
    en="It looks like the optimizer is Adam: there weight decay is added to the gradient, and the step that comes of "
    "it is another one. AdamW shrinks the weights themselves.",
    zh="看起来优化器是 Adam：它把权重衰减加到梯度上，得到的更新就不同了。AdamW 直接缩小权重本身。",
)
def adam_without_w(model, rate, weight_decay):
    made = optimizer(trained(model), rate, weight_decay, lambda name, p: p.ndim >= 2)
    return torch.optim.Adam(
        [{key: group[key] for key in ("params", "weight_decay")} for group in made.param_groups],
        lr=rate,
        betas=(0.9, 0.95),
    )
