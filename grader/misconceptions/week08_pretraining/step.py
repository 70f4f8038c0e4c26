"""Known mistakes of week 08, step."""

import math

import step as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def targets(micro_batches):
    """How many targets each micro-batch has; none at all is refused."""
    counts = [int((labels[:, 1:] != -100).sum()) for _, labels in micro_batches]
    if not sum(counts):
        raise ValueError("no targets")
    return counts


def total(model, ids, labels):
    """The sum of the losses of a micro-batch."""
    return F.cross_entropy(model(ids)[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), reduction="sum")


def finish(model, optimizer, loss, max_norm, *, clear=True, guard=True):
    """Clip, step and clear as the solution does."""
    limit = math.inf if max_norm is None else max_norm
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), limit))
    if math.isfinite(norm) or not guard:
        optimizer.step()
    if clear:
        model.zero_grad()
    return loss, norm


def accumulate(model, optimizer, micro_batches, divisor, *, clear=True):
    """Sum up the gradients; `divisor` says by what each micro-batch is divided."""
    counts = targets(micro_batches)
    if clear:
        model.zero_grad()
    loss = 0.0
    for number, (ids, labels) in enumerate(micro_batches):
        part = total(model, ids, labels) / divisor(counts, number, labels)
        part.backward()
        loss += part.item()
    return loss


def exact(counts, number, labels):
    return sum(counts)


@mistake(
    of="train_step",
    en="It looks like you average the mean losses of the micro-batches: a target in a small one weighs more.",
    zh="看起来对各微批次的平均损失再求平均：小微批次里的目标权重更大。",
)
def averages_the_means(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, lambda c, n, _: max(c[n], 1) * len(c))
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like you average the mean losses of the micro-batches: a target in a small one weighs more, and a "
    "micro-batch without targets has no mean at all (NaN).",
    zh="看起来对各微批次的平均损失再求平均：小微批次里的目标权重更大，没有目标的微批次则根本没有平均值（NaN）。",
    breaks="every target weighs the same",
)
def averages_torchs_means(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, lambda c, n, _: c[n] * len(c))
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the mean losses of the micro-batches are added and not divided by their number.",
    zh="看起来把各微批次的平均损失相加，却没有除以个数。",
)
def adds_the_means(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, lambda c, n, _: max(c[n], 1))
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the losses are summed and never divided.",
    zh="看起来损失只求了和，没有做除法。",
)
def never_divides(model, optimizer, micro_batches, max_norm=None):
    return finish(model, optimizer, accumulate(model, optimizer, micro_batches, lambda *_: 1), max_norm)


@mistake(
    of="train_step",
    en="It looks like the divisor counts all labels, those of -100 and the first ones included.",
    zh="看起来除数数了所有标签，连 -100 和每行第一个也算在内。",
)
def divides_by_all_labels(model, optimizer, micro_batches, max_norm=None):
    every = sum(labels.numel() for _, labels in micro_batches)
    return finish(model, optimizer, accumulate(model, optimizer, micro_batches, lambda *_: every), max_norm)


def unchecked(model, optimizer, micro_batches, max_norm, count):
    """Divide by a count that is above 0 although there may be no target: then nothing is refused."""
    if not sum(count(labels) for _, labels in micro_batches):
        raise ValueError("no targets")
    every, loss = sum(count(labels) for _, labels in micro_batches), 0.0
    model.zero_grad()
    for ids, labels in micro_batches:
        part = total(model, ids, labels) / every
        part.backward()
        loss += part.item()
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the divisor counts all positions, those with -100 included: they are no targets.",
    zh="看起来除数数了所有位置，连 -100 的也算在内：它们不是目标。",
    breaks="divided by the number of all these targets",
)
def counts_all_positions(model, optimizer, micro_batches, max_norm=None):
    return unchecked(model, optimizer, micro_batches, max_norm, lambda labels: labels[:, 1:].numel())


@mistake(
    of="train_step",
    en="It looks like the divisor counts the labels before the shift: the first label of a row is never a target.",
    zh="看起来除数数的是移位之前的标签：一行的第一个标签从来不是目标。",
    breaks="divided by the number of all these targets",
)
def counts_before_the_shift(model, optimizer, micro_batches, max_norm=None):
    return unchecked(model, optimizer, micro_batches, max_norm, lambda labels: int((labels != -100).sum()))


@mistake(
    of="train_step",
    en="It looks like the loss that you return is that of the last micro-batch alone: add up all of them.",
    zh="看起来返回的只是最后一个微批次的损失：应当把所有微批次的加起来。",
    breaks="The loss is the sum over all targets of all micro-batches",
)
def returns_the_last_loss(model, optimizer, micro_batches, max_norm=None):
    counts = targets(micro_batches)
    model.zero_grad()
    for ids, labels in micro_batches:
        loss = total(model, ids, labels) / sum(counts)
        loss.backward()
    return finish(model, optimizer, loss.item(), max_norm)


@mistake(
    of="train_step",
    en="It looks like a micro-batch without targets is skipped: the model is called for it like for any other.",
    zh="看起来跳过了没有目标的微批次：对它也要照样调用模型。",
    breaks="The model is called once for each, in order",
)
def skips_what_has_no_targets(model, optimizer, micro_batches, max_norm=None):
    full = [one for one in micro_batches if (one[1][:, 1:] != -100).any()]
    return solution.train_step(model, optimizer, full, max_norm)


@mistake(
    of="train_step",
    en="It looks like the gradients are cleared before each micro-batch: only the last one counts.",
    zh="看起来每个微批次之前都清了梯度：只有最后一个起作用。",
)
def clears_within_the_step(model, optimizer, micro_batches, max_norm=None):
    counts, loss = targets(micro_batches), 0.0
    for ids, labels in micro_batches:
        model.zero_grad()
        part = total(model, ids, labels) / sum(counts)
        part.backward()
        loss += part.item()
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like gradients from before the step are not cleared first.",
    zh="看起来没有先清掉这一步之前的梯度。",
)
def keeps_old_gradients(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact, clear=False)
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the gradients stay behind after the step.",
    zh="看起来这一步之后梯度还留着。",
)
def leaves_gradients(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    return finish(model, optimizer, loss, max_norm, clear=False)


@mistake(
    of="train_step",
    en="It looks like the optimizer clears the gradients: parameters that it does not have keep theirs. The model "
    "knows all of them.",
    zh="看起来由优化器来清除梯度：不在优化器里的参数还留着梯度。应由模型来清除，它知道全部参数。",
    breaks="none are left behind: in the end each is None or 0",
)
def clears_the_optimizers_alone(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    answer = finish(model, optimizer, loss, max_norm, clear=False)
    optimizer.zero_grad()
    return answer


@mistake(
    of="train_step",
    en="It looks like the optimizer steps after each micro-batch: three small steps are not one.",
    zh="看起来每个微批次之后优化器都更新一次：三小步不等于一步。",
)
def steps_each_time(model, optimizer, micro_batches, max_norm=None):
    counts, answers = targets(micro_batches), []
    for ids, labels in micro_batches:
        model.zero_grad()
        part = total(model, ids, labels) / sum(counts)
        part.backward()
        answers.append(finish(model, optimizer, part.item(), max_norm))
    return sum(loss for loss, _ in answers), answers[-1][1]


@mistake(
    of="train_step",
    en="It looks like each micro-batch's gradient is clipped by itself, before they are added up.",
    zh="看起来每个微批次的梯度在相加之前各自裁剪。",
)
def clips_each_time(model, optimizer, micro_batches, max_norm=None):
    counts, loss = targets(micro_batches), 0.0
    model.zero_grad()
    for ids, labels in micro_batches:
        part = total(model, ids, labels) / sum(counts)
        part.backward()
        loss += part.item()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf if max_norm is None else max_norm)
    if norm.isfinite():
        optimizer.step()
    model.zero_grad()
    return loss, float(norm)


@mistake(
    of="train_step",
    en="It looks like the gradients are clipped after each micro-batch, while they are still being added up: clip "
    "once, before the step.",
    zh="看起来每个微批次之后就裁剪了还在累加的梯度：应当在更新之前只裁剪一次。",
    breaks="The norm is that of all gradients together",
)
def clips_while_adding(model, optimizer, micro_batches, max_norm=None):
    counts, loss, limit = targets(micro_batches), 0.0, math.inf if max_norm is None else max_norm
    model.zero_grad()
    for ids, labels in micro_batches:
        part = total(model, ids, labels) / sum(counts)
        part.backward()
        loss += part.item()
        torch.nn.utils.clip_grad_norm_(model.parameters(), limit)
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the norm is that of the optimizer's parameters alone: those that it does not have count too.",
    zh="看起来范数只算了优化器里的参数：优化器没有的参数也要算在内。",
    breaks="parameters that it does not have count too",
)
def norm_of_the_optimizers_parameters(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    held = [parameter for group in optimizer.param_groups for parameter in group["params"]]
    norm = float(torch.nn.utils.clip_grad_norm_(held, math.inf if max_norm is None else max_norm))
    return finish(model, optimizer, loss, None)[0], norm


@mistake(
    of="train_step",
    en="It looks like each parameter is clipped by its own norm: the direction of the step changes.",
    zh="看起来每个参数按自己的范数裁剪：这一步的方向被改变了。",
)
def clips_each_parameter(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    for parameter in model.parameters():
        torch.nn.utils.clip_grad_norm_([parameter], math.inf if max_norm is None else max_norm)
    return finish(model, optimizer, loss, None)[0], norm


@mistake(
    of="train_step",
    en="It looks like each number of the gradients is clamped: a limit for the norm is asked for.",
    zh="看起来逐个数裁剪了梯度：这里限制的是范数。",
)
def clips_values(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    if max_norm is not None:
        torch.nn.utils.clip_grad_value_(model.parameters(), max_norm)
    return finish(model, optimizer, loss, None)[0], norm


@mistake(
    of="train_step",
    en="It looks like each number of the gradients is clamped: what is limited is the norm of all of them together.",
    zh="看起来逐个数裁剪了梯度：这里限制的是所有梯度合起来的范数。",
    breaks="all gradients are multiplied by max_norm / norm",
)
def clips_values_only(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    if max_norm is not None:
        torch.nn.utils.clip_grad_value_(model.parameters(), max_norm)
    if math.isfinite(norm):
        optimizer.step()
    model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like the gradients are multiplied by max_norm / norm whatever the norm is: small ones are scaled up.",
    zh="看起来无论范数多大都乘以 max_norm / norm：小的梯度被放大了。",
    breaks="otherwise they stay as they are",
)
def always_scales_as_torch(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    for parameter in model.parameters():
        parameter.grad *= 1 if max_norm is None else max_norm / (norm + 1e-6)
    if math.isfinite(norm):
        optimizer.step()
    model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like the gradients always get the norm `max_norm`: small ones are scaled up.",
    zh="看起来总是把梯度缩放到范数 `max_norm`：小的梯度被放大了。",
)
def always_scales(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    for parameter in model.parameters():
        parameter.grad *= 1 if max_norm is None else max_norm / norm
    if math.isfinite(norm):
        optimizer.step()
    model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like the norm that you return is the one after scaling.",
    zh="看起来返回的是缩放之后的范数。",
)
def returns_the_clipped_norm(model, optimizer, micro_batches, max_norm=None):
    loss, norm = finish(model, optimizer, accumulate(model, optimizer, micro_batches, exact), max_norm)
    return loss, norm if max_norm is None or not math.isfinite(norm) else min(norm, max_norm)


@mistake(
    of="train_step",
    en="It looks like the step is taken although the gradients are not finite: the weights are NaN from now on.",
    zh="看起来梯度不是有限数时仍然更新：从此权重都是 NaN。",
)
def steps_on_infinity(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    return finish(model, optimizer, loss, max_norm, guard=False)


@mistake(
    of="train_step",
    en="It looks like only NaN is looked for: an infinite norm must not lead to a step either.",
    zh="看起来只检查了 NaN：范数为无穷大时同样不能更新。",
    breaks="If the norm is infinite or NaN, no step is taken",
)
def steps_unless_nan(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf if max_norm is None else max_norm))
    return finish(model, optimizer, loss, None, guard=math.isnan(norm))[0], norm


@mistake(
    of="train_step",
    en="It looks like the gradients stay behind when no step is taken: clear them then, too.",
    zh="看起来不更新时梯度还留着：那时也要清零。",
    breaks="none are left behind",
)
def leaves_bad_gradients(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    loss, norm = finish(model, optimizer, loss, max_norm, clear=False)
    if math.isfinite(norm):
        model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like a limit of 0 is taken for no limit: `if max_norm` is false for 0 as well as for None.",
    zh="看起来把上限 0 当成了没有上限：`if max_norm` 对 0 和 None 都为假。",
    breaks="None: never scale the gradients",
)
def zero_is_no_limit(model, optimizer, micro_batches, max_norm=None):
    return finish(model, optimizer, accumulate(model, optimizer, micro_batches, exact), max_norm or None)


@mistake(
    of="train_step",
    en="It looks like the norm is that of the parameters in the optimizer's first group: all the model's count "
    "together.",
    zh="看起来只算了优化器第一组参数的范数：应把模型的所有参数合在一起算。",
    breaks="in whatever group of the optimizer they are",
)
def norm_of_the_first_group(model, optimizer, micro_batches, max_norm=None):
    model.zero_grad()
    loss = accumulate(model, optimizer, micro_batches, exact)
    first = optimizer.param_groups[0]["params"]
    norm = float(torch.nn.utils.clip_grad_norm_(first, math.inf if max_norm is None else max_norm))
    if math.isfinite(norm):
        optimizer.step()
    model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like only the optimizer's own gradients are cleared: those of other parameters add up from step "
    "to step.",
    zh="看起来只清掉了优化器自己的梯度：其他参数的梯度会一步步累加起来。",
    breaks="Gradients from before do not count, and none are left behind",
)
def clears_only_the_optimizer(model, optimizer, micro_batches, max_norm=None):
    targets(micro_batches)
    optimizer.zero_grad()
    loss = accumulate(model, optimizer, micro_batches, exact, clear=False)
    answer = finish(model, optimizer, loss, max_norm, clear=False)
    optimizer.zero_grad()
    return answer


@mistake(
    of="train_step",
    en="It looks like gradients that are not finite are set to 0 and the step is taken all the same: momentum moves "
    "the weights.",
    zh="看起来把非有限的梯度设为 0 之后照样更新：动量仍会移动权重。",
    breaks="no step is taken: weights and optimizer stay as they are",
)
def steps_with_zeros(model, optimizer, micro_batches, max_norm=None):
    model.zero_grad()
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), math.inf if max_norm is None else max_norm))
    if not math.isfinite(norm):
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
    optimizer.step()
    model.zero_grad()
    return loss, norm


@mistake(
    of="train_step",
    en="It looks like the labels are not shifted: the model learns to repeat its input.",
    zh="看起来标签没有移位：模型学到的是重复输入。",
)
def does_not_shift(model, optimizer, micro_batches, max_norm=None):
    counts, loss = targets(micro_batches), 0.0
    model.zero_grad()
    for ids, labels in micro_batches:
        part = F.cross_entropy(model(ids).flatten(0, 1), labels.flatten(), reduction="sum") / sum(counts)
        part.backward()
        loss += part.item()
    return finish(model, optimizer, loss, max_norm)


@mistake(
    of="train_step",
    en="It looks like the model is switched to training mode: the mode is the caller's business.",
    zh="看起来把模型切换到了训练模式：模式由调用者决定。",
)
def changes_the_mode(model, optimizer, micro_batches, max_norm=None):
    targets(micro_batches)
    model.train()
    return finish(model, optimizer, accumulate(model, optimizer, micro_batches, exact), max_norm)


@mistake(
    of="train_step",
    en="It looks like a batch without any target is not refused.",
    zh="看起来没有拒绝完全没有目标的批次。",
)
def accepts_no_targets(model, optimizer, micro_batches, max_norm=None):
    if not any((labels[:, 1:] != -100).any() for _, labels in micro_batches):
        return 0.0, 0.0
    return finish(model, optimizer, accumulate(model, optimizer, micro_batches, exact), max_norm)


@mistake(
    of="train_step",
    en="It looks like the norm is taken again after the scaling: the one before it is asked for.",
    zh="看起来缩放之后又重新算了一遍范数：要返回的是缩放之前的。",
    breaks="the norm is the one before scaling",
)
def measures_the_norm_again(model, optimizer, micro_batches, max_norm=None):
    loss, norm = finish(model, optimizer, accumulate(model, optimizer, micro_batches, exact), max_norm)
    if max_norm is None or not norm > max_norm or not math.isfinite(norm):
        return loss, norm
    return loss, norm * max_norm / (norm + 1e-6)


@mistake(
    of="train_step",
    en="It looks like each group of the optimizer is scaled by a norm of its own: one norm covers all parameters.",
    zh="看起来优化器的每一组参数各按自己的范数缩放：应当用所有参数合在一起的范数。",
    breaks="in whatever group of the optimizer they are",
)
def clips_each_group(model, optimizer, micro_batches, max_norm=None):
    loss = accumulate(model, optimizer, micro_batches, exact)
    norm = float(torch.nn.utils.get_total_norm([p.grad for p in model.parameters() if p.grad is not None]))
    if math.isfinite(norm) and max_norm is not None:
        for group in optimizer.param_groups:
            torch.nn.utils.clip_grad_norm_(group["params"], max_norm)
    return finish(model, optimizer, loss, None)[0], norm
