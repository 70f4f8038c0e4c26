"""Known mistakes of week 11, ppo."""

import math

import ppo as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def policy(term, *, detach=True, real_of=lambda mask: mask != 0):
    """The policy loss with another term for each token: a function of (ratio, gains, clip)."""

    def loss(logp, old_logp, advantages, mask, clip=0.2):
        solution.ppo_loss(logp, old_logp, advantages, mask, clip)
        real = real_of(mask)
        old, gains = (old_logp.detach(), advantages.detach()) if detach else (old_logp, advantages)
        ratio = (logp - old).where(real, 0.0).exp()
        gains = gains.where(real, 0.0)
        return -term(ratio, gains, clip).where(real, 0.0).sum() / real.sum().clamp(min=1)

    return loss


def cut(ratio, clip):
    return ratio.clamp(1 - clip, 1 + clip)


@mistake(
    of="ppo_loss",
    en="It looks like the larger of the two terms is taken: bad tokens are cut off and good ones run away.",
    zh="看起来取了两项中较大的：坏的词元被截断，好的词元却一路跑远。",
    breaks="-min(ratio * advantage",
)
def takes_the_maximum(logp, old_logp, advantages, mask, clip=0.2):
    return policy(lambda r, a, c: torch.maximum(r * a, cut(r, c) * a))(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like only the clipped term is there: a token that went too far the wrong way never comes back.",
    zh="看起来只有截断的那一项：朝错误方向走得太远的词元再也回不来。",
    breaks="a good token has no gradient once",
)
def clips_only(logp, old_logp, advantages, mask, clip=0.2):
    return policy(lambda r, a, c: cut(r, c) * a)(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like nothing is clipped.",
    zh="看起来根本没有截断。",
)
def never_clips(logp, old_logp, advantages, mask, clip=0.2):
    return policy(lambda r, a, c: r * a)(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the ratio is clipped from above only: bad tokens below 1 - clip go on being pushed down.",
    zh="看起来只从上方截断比值：低于 1 - clip 的坏词元还在继续被压低。",
    breaks="a bad one none once it is below",
)
def clips_one_side(logp, old_logp, advantages, mask, clip=0.2):
    return policy(lambda r, a, c: torch.minimum(r * a, r.clamp(max=1 + c) * a))(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the ratio is upside down: old over new.",
    zh="看起来比值弄反了：旧的除以新的。",
    breaks="ratio = exp(logp - old_logp)",
)
def turns_the_ratio_around(logp, old_logp, advantages, mask, clip=0.2):
    def term(r, a, c):
        return torch.minimum(a / r, cut(1 / r, c) * a)

    return policy(term)(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the difference of the log-probabilities is used as the ratio, without exp.",
    zh="看起来把对数概率之差直接当作比值，没有取 exp。",
)
def forgets_exp(logp, old_logp, advantages, mask, clip=0.2):
    def term(r, a, c):
        return torch.minimum(r.log() * a, cut(r.log(), c) * a)

    return policy(term)(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the log-probabilities are divided: a ratio of probabilities is exp of their difference.",
    zh="看起来把两个对数概率相除：概率之比应是它们之差的 exp。",
    breaks="ratio = exp(logp - old_logp)",
)
def divides_the_logarithms(logp, old_logp, advantages, mask, clip=0.2):
    solution.ppo_loss(logp, old_logp, advantages, mask, clip)
    real, gains = mask != 0, advantages.detach().where(mask != 0, 0.0)
    ratio = (logp / old_logp.detach()).where(real, 1.0)
    return -torch.minimum(ratio * gains, cut(ratio, clip) * gains).sum() / real.sum().clamp(min=1)


@mistake(
    of="ppo_loss",
    en="It looks like the minus sign is missing: the optimizer makes bad tokens likely.",
    zh="看起来少了负号：优化器会让坏的词元变得更可能。",
    breaks="a token's loss is -min",
)
def forgets_the_sign(logp, old_logp, advantages, mask, clip=0.2):
    return -solution.ppo_loss(logp, old_logp, advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like each answer is averaged first and then the answers: tokens of short answers weigh more.",
    zh="看起来先对每个回答求平均，再对回答求平均：短回答的词元权重更大。",
    breaks="a long answer weighs more than a short",
)
def averages_each_answer(logp, old_logp, advantages, mask, clip=0.2):
    loss = solution.ppo_loss(logp, old_logp, advantages, mask, clip)
    if logp.ndim < 2:
        return loss
    rows = zip(*(x.reshape(-1, x.shape[-1]) for x in (logp, old_logp, advantages, mask)), strict=True)
    return torch.stack([solution.ppo_loss(*row, clip) for row in rows]).mean()


@mistake(
    of="ppo_loss",
    en="It looks like the sum is divided by all places, padding included.",
    zh="看起来除以了所有位置的个数，包括填充。",
    breaks="The mean is taken over all places together",
)
def counts_padding(logp, old_logp, advantages, mask, clip=0.2):
    return solution.ppo_loss(logp, old_logp, advantages, mask, clip) * (mask != 0).sum() / mask.numel()


@mistake(
    of="ppo_loss",
    en="It looks like the padding is left out after exp: an infinite ratio gives the gradient infinity times 0.",
    zh="看起来在 exp 之后才去掉填充：那里的比值为无穷大时，梯度是无穷大乘以 0。",
    breaks="changes neither the loss nor a gradient",
)
def masks_too_late(logp, old_logp, advantages, mask, clip=0.2):
    solution.ppo_loss(logp, old_logp, advantages, mask, clip)
    real, gains = mask != 0, advantages.detach()
    ratio = (logp - old_logp.detach()).exp()
    losses = -torch.minimum(ratio * gains, cut(ratio, clip) * gains)
    return losses.where(real, 0.0).sum() / real.sum().clamp(min=1)


@mistake(
    of="ppo_loss",
    en="It looks like the advantages are not detached: the value head is moved by the policy loss.",
    zh="看起来没有对优势做 detach：策略损失会移动价值头。",
    breaks="are constants, also where they belong to a graph",
)
def learns_through_advantages(logp, old_logp, advantages, mask, clip=0.2):
    def term(r, a, c):
        return torch.minimum(r * a, cut(r, c) * a)

    return policy(term, detach=False)(logp, old_logp.detach(), advantages, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the old log-probabilities are not detached: if they are the new ones, the gradient is 0.",
    zh="看起来没有对旧的对数概率做 detach：如果它们就是新的那些，梯度为 0。",
    breaks="Only `logp` learns",
)
def learns_through_the_past(logp, old_logp, advantages, mask, clip=0.2):
    def term(r, a, c):
        return torch.minimum(r * a, cut(r, c) * a)

    return policy(term, detach=False)(logp, old_logp, advantages.detach(), mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like the advantages are whitened here; the contract takes them as they are.",
    zh="看起来在这里对优势做了白化；约定是原样使用。",
)
def whitens(logp, old_logp, advantages, mask, clip=0.2):
    solution.ppo_loss(logp, old_logp, advantages, mask, clip)
    chosen = advantages[mask != 0] if (mask != 0).any() else advantages
    spread = chosen.std(correction=0) + 1e-8
    return solution.ppo_loss(logp, old_logp, (advantages - chosen.mean()) / spread, mask, clip)


@mistake(
    of="ppo_loss",
    en="It looks like nothing guards against a batch without a real token: 0/0 is NaN.",
    zh="看起来没有处理一个真实词元也没有的批次：0/0 得到 NaN。",
    breaks="Without a real token the loss is 0",
)
def divides_by_zero(logp, old_logp, advantages, mask, clip=0.2):
    loss = solution.ppo_loss(logp, old_logp, advantages, mask, clip)
    return loss * ((mask != 0).sum() / (mask != 0).sum())


@mistake(
    of="ppo_loss",
    en="It looks like you check `clip <= 0`: NaN passes, because every comparison with it is False. Ask for "
    "`not clip > 0`.",
    zh="看起来判断的是 `clip <= 0`：NaN 会通过，因为与它的任何比较都是 False。应判断 `not clip > 0`。",
    breaks="`clip` is not above 0",
)
def lets_nan_pass(logp, old_logp, advantages, mask, clip=0.2):
    loss = solution.ppo_loss(logp, old_logp, advantages, mask, clip if clip == clip else 0.2)
    return loss if clip == clip else loss * clip


@mistake(
    of="ppo_loss",
    en="It looks like shapes or `clip` are not checked.",
    zh="看起来没有检查形状或 `clip`。",
)
def checks_nothing(logp, old_logp, advantages, mask, clip=0.2):
    real = (mask != 0).expand_as(logp) if mask.ndim == logp.ndim else (mask != 0) & (logp == logp)
    ratio = (logp - old_logp.detach()).where(real, 0.0).exp()
    gains = advantages.detach().where(real, 0.0)
    losses = -torch.minimum(ratio * gains, cut(ratio, clip) * gains)
    return losses.sum() / real.sum().clamp(min=1)


def value(term):
    """The value loss with another term for each token: a function of (values, old, goals, clip)."""

    def loss(values, old_values, returns, mask, clip=0.2):
        solution.value_loss(values, old_values, returns, mask, clip)
        real = mask != 0
        given = (x.where(real, 0.0) for x in (values, old_values.detach(), returns.detach()))
        return term(*given, clip).sum() / real.sum().clamp(min=1)

    return loss


def errors(values, old, goals, clip):
    clipped = old + (values - old).clamp(-clip, clip)
    return (values - goals).square(), (clipped - goals).square()


@mistake(
    of="value_loss",
    en="It looks like the smaller of the two errors is taken: the clip then hides errors instead of limiting steps.",
    zh="看起来取了两个误差中较小的：截断于是掩盖误差，而不是限制步长。",
    breaks="the larger of (values - returns)^2 and",
)
def takes_the_smaller_error(values, old_values, returns, mask, clip=0.2):
    return value(lambda *x: torch.minimum(*errors(*x)) / 2)(values, old_values, returns, mask, clip)


@mistake(
    of="value_loss",
    en="It looks like only the clipped error counts: a value that has moved away too far never comes back.",
    zh="看起来只算截断的误差：偏得太远的价值再也回不来。",
)
def clips_values_only(values, old_values, returns, mask, clip=0.2):
    return value(lambda *x: errors(*x)[1] / 2)(values, old_values, returns, mask, clip)


@mistake(
    of="value_loss",
    en="It looks like nothing holds a value near its old one: your numbers are those of the plain squared error.",
    zh="看起来没有把价值限制在旧的价值附近：你的结果就是普通的平方误差。",
)
def never_clips_values(values, old_values, returns, mask, clip=0.2):
    return value(lambda *x: errors(*x)[0] / 2)(values, old_values, returns, mask, clip)


@mistake(
    of="value_loss",
    en="It looks like the half is missing.",
    zh="看起来少了二分之一。",
    breaks="divided by 2",
)
def forgets_the_half(values, old_values, returns, mask, clip=0.2):
    return 2 * solution.value_loss(values, old_values, returns, mask, clip)


@mistake(
    of="value_loss",
    en="It looks like each answer's errors are averaged first and then the answers: tokens of short answers weigh "
    "more.",
    zh="看起来先对每个回答的误差求平均，再对回答求平均：短回答的词元权重更大。",
    breaks="Real tokens, their mean and what stands elsewhere are as in ppo_loss",
)
def averages_the_errors_of_each_answer(values, old_values, returns, mask, clip=0.2):
    loss = solution.value_loss(values, old_values, returns, mask, clip)
    if values.ndim < 2:
        return loss
    rows = zip(*(x.reshape(-1, x.shape[-1]) for x in (values, old_values, returns, mask)), strict=True)
    return torch.stack([solution.value_loss(*row, clip) for row in rows]).mean()


@mistake(
    of="value_loss",
    en="It looks like the value is clipped to the range around 0, not around the old value.",
    zh="看起来把价值截断在 0 附近，而不是旧的价值附近。",
    breaks="moved at most `clip` away from `old_values`",
)
def clips_around_zero(values, old_values, returns, mask, clip=0.2):
    def term(v, old, goals, c):
        return torch.maximum((v - goals).square(), (v.clamp(-c, c) - goals).square()) / 2

    return value(term)(values, old_values, returns, mask, clip)


@mistake(
    of="value_loss",
    en="It looks like the returns are not detached: the targets move towards the values.",
    zh="看起来没有对回报做 detach：目标会朝价值移动。",
    breaks="`old_values` and `returns` are constants",
)
def moves_the_targets(values, old_values, returns, mask, clip=0.2):
    solution.value_loss(values, old_values, returns, mask, clip)
    real = mask != 0
    v, old, goals = (x.where(real, 0.0) for x in (values, old_values.detach(), returns))
    return torch.maximum(*errors(v, old, goals, clip)).sum() / 2 / real.sum().clamp(min=1)


@mistake(
    of="value_loss",
    en="It looks like the old values are not detached: they are what was expected then, and do not learn.",
    zh="看起来没有对旧的价值做 detach：它们是当时的预期，不参与学习。",
    breaks="`old_values` and `returns` are constants",
)
def learns_through_the_old_values(values, old_values, returns, mask, clip=0.2):
    solution.value_loss(values, old_values, returns, mask, clip)
    real = mask != 0
    v, old, goals = (x.where(real, 0.0) for x in (values, old_values, returns.detach()))
    return torch.maximum(*errors(v, old, goals, clip)).sum() / 2 / real.sum().clamp(min=1)


@mistake(
    of="value_loss",
    en="It looks like padding is left out after the square: NaN there becomes a gradient of NaN.",
    zh="看起来在平方之后才去掉填充：那里的 NaN 会变成 NaN 的梯度。",
    breaks="what stands elsewhere are as in ppo_loss",
)
def masks_values_too_late(values, old_values, returns, mask, clip=0.2):
    solution.value_loss(values, old_values, returns, mask, clip)
    real = mask != 0
    losses = torch.maximum(*errors(values, old_values.detach(), returns.detach(), clip)) / 2
    return losses.where(real, 0.0).sum() / real.sum().clamp(min=1)


@mistake(
    of="value_loss",
    en="It looks like `clip` is not checked.",
    zh="看起来没有检查 `clip`。",
    breaks="`clip` is not above 0",
)
def takes_any_clip(values, old_values, returns, mask, clip=0.2):
    return solution.value_loss(values, old_values, returns, mask, clip if clip > 0 else 0.2)


def step(
    *,
    scores=lambda logits: logits[:, :-1],
    valued=lambda values: values[:, :-1],
    loss=lambda policy, value, weight: policy + weight * value,
    old_of=lambda batch, now: batch,
    update=None,
    report=lambda numbers, old, real, clip: numbers,
    before=None,
    entry=lambda table: table[:, 1:],
    stops=lambda norm: not math.isfinite(norm),
    value_clip=lambda clip: clip,
    clear=(True, True),
    check=lambda mask: mask.any() and not mask[:, 0].any(),
):
    """The solution's step with one part exchanged."""

    def answer(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
        ids, mask = batch["ids"], batch["mask"] != 0
        if not check(mask):
            raise ValueError("mask")
        if before:
            before(model)
        if clear[0]:
            optimizer.zero_grad()
        logits, values = model(ids)
        logp = -F.cross_entropy(scores(logits).transpose(1, 2), ids[:, 1:], reduction="none")
        values, real = valued(values), mask[:, 1:]
        old = {name: entry(batch[name]) for name in ("logp", "values", "advantages", "returns")}
        old = old_of(old, {"logp": logp, "values": values})
        first = solution.ppo_loss(logp, old["logp"], old["advantages"], real, clip)
        second = solution.value_loss(values, old["values"], old["returns"], real, value_clip(clip))
        loss(first, second, value_weight).backward()
        if update:
            norm = update(model, max_norm)
        else:
            norm = float(torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm))
        if not stops(norm):
            optimizer.step()
        if clear[1]:
            optimizer.zero_grad()
        moved = (logp.detach() - old["logp"].detach())[real]
        beyond = (moved.exp() < 1 - clip) | (moved.exp() > 1 + clip)
        numbers = {"policy_loss": float(first.detach()), "value_loss": float(second.detach()), "norm": norm}
        numbers |= {"kl": -float(moved.mean()), "clipped": float(beyond.float().mean())}
        return report(numbers, moved, real, clip)

    return answer


@mistake(
    of="ppo_step",
    en="It looks like a token is scored by the logits at its own place, which have seen it already.",
    zh="看起来用词元自己位置上的 logits 给它打分，而它们已经见过这个词元。",
    breaks="the token at t is scored by the logits at t - 1",
)
def does_not_shift_the_logits(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(scores=lambda logits: logits[:, 1:])(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the value of a token is taken at its own place, where it has been seen already.",
    zh="看起来词元的价值取自它自己的位置，而那里已经见过它了。",
    breaks="its value is the one at t - 1",
)
def does_not_shift_the_values(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(valued=lambda values: values[:, 1:])(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the tensors of the batch are shifted too: each entry is about the token at its own place, so "
    "column 0 is dropped, not the last one.",
    zh="看起来把 batch 里的张量也错开了：每个元素说的是它自己位置上的词元，要去掉的是第 0 列，而不是最后一列。",
    breaks="is about the token at its own place",
)
def shifts_the_batch_too(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(entry=lambda table: table[:, :-1])(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the value loss is subtracted: the value head then learns to be wrong.",
    zh="看起来减去了价值损失：价值头于是越学越错。",
    breaks="ppo_loss + value_weight * value_loss",
)
def subtracts_the_value_loss(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(loss=lambda policy, value, weight: policy - weight * value)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the value loss is not weighted.",
    zh="看起来价值损失没有乘以权重。",
    breaks="ppo_loss + value_weight * value_loss",
)
def forgets_the_weight(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(loss=lambda policy, value, weight: policy + value)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the value head does not learn: its loss is reported, but not part of the sum.",
    zh="看起来价值头没有在学：它的损失只是报告出来，没有计入总和。",
)
def forgets_the_value_loss(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(loss=lambda policy, value, weight: policy)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the old log-probabilities are those of now: every ratio is 1, and nothing is ever clipped.",
    zh="看起来把现在的对数概率当作旧的：所有比值都是 1，永远不会截断。",
)
def forgets_the_past(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    now = lambda old, new: old | {"logp": new["logp"].detach()}  # noqa: E731
    return step(old_of=now)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the old values are those of now, so the value is never clipped.",
    zh="看起来把现在的价值当作旧的，价值于是永远不会被截断。",
    breaks="Old values are those of the batch",
)
def forgets_the_old_values(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    now = lambda old, new: old | {"values": new["values"].detach()}  # noqa: E731
    return step(old_of=now)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like gradients from before are added to those of this step.",
    zh="看起来把之前的梯度加到了这一步的梯度上。",
    breaks="Gradients from before do not count",
)
def keeps_gradients_from_before(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(clear=(False, True))(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like gradients are left behind for whoever comes next.",
    zh="看起来把梯度留给了下一步。",
    breaks="none are left behind",
)
def leaves_gradients_behind(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(clear=(True, False))(model, optimizer, batch, **options)


def clip_each(model, max_norm):
    norm = math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))
    for parameter in model.parameters():
        torch.nn.utils.clip_grad_norm_([parameter], max_norm)
    return norm


@mistake(
    of="ppo_step",
    en="It looks like each parameter is scaled by its own norm, which changes the direction of the step.",
    zh="看起来每个参数按自己的范数缩放，这会改变更新的方向。",
    breaks="all are multiplied by max_norm / norm",
)
def scales_each_parameter(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(update=clip_each)(model, optimizer, batch, **options)


def clip_nothing(model, max_norm):
    return math.sqrt(sum(float(p.grad.square().sum()) for p in model.parameters()))


@mistake(
    of="ppo_step",
    en="It looks like gradients are not scaled so that their norm is `max_norm`.",
    zh="看起来没有把梯度的范数缩到 `max_norm`。",
    breaks="Where the norm of all",
)
def never_scales(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(update=clip_nothing)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the step is taken although the gradients are not finite.",
    zh="看起来梯度不是有限数时仍然更新。",
    breaks="If the norm is infinite or NaN",
)
def steps_on_infinity(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(stops=lambda norm: False)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like only an infinite norm stops the step: one that is NaN makes every weight NaN.",
    zh="看起来只有无穷大的范数才不更新：范数为 NaN 时，所有权重都会变成 NaN。",
    breaks="If the norm is infinite or NaN",
)
def steps_on_nan(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(stops=math.isinf)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like `clip` reaches the policy loss only: the value loss keeps its own 0.2.",
    zh="看起来 `clip` 只传给了策略损失：价值损失仍用它自己的 0.2。",
    breaks="with `clip` in both",
)
def clips_values_by_default(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(value_clip=lambda clip: 0.2)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like gradients are cleared before the batch is refused: then nothing must change.",
    zh="看起来先清掉了梯度，再拒绝批次：拒绝时什么都不应改变。",
    breaks="Then the model is not called and nothing changes",
)
def clears_before_it_refuses(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    optimizer.zero_grad()
    return step()(model, optimizer, batch, clip=clip, value_weight=value_weight, max_norm=max_norm)


@mistake(
    of="ppo_step",
    en="It looks like the KL has the wrong sign: it should be the old log-probability minus the new one.",
    zh="看起来 KL 的符号反了：应是旧的对数概率减去新的。",
    breaks="logp - logp now",
)
def turns_the_kl_around(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    report = lambda numbers, *_: numbers | {"kl": -numbers["kl"]}  # noqa: E731
    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en='It looks like "kl" is another estimate (k3); here it is the mean of the old log-probability minus the new.',
    zh='看起来 "kl" 用了另一种估计（k3）；这里就是旧的对数概率减去新的，再取均值。',
    breaks="logp - logp now",
)
def reports_k3(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}

    def report(numbers, moved, real, limit):
        return numbers | {"kl": float((moved.exp() - 1 - moved).mean())}

    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en='It looks like the sum of "kl" is divided by the number of all places, padding included.',
    zh='看起来 "kl" 的和除以了所有位置的个数，包括填充。',
    breaks="mean of the batch's logp - logp now, over real tokens",
)
def kl_among_all(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}

    def report(numbers, moved, real, limit):
        return numbers | {"kl": numbers["kl"] * len(moved) / real.numel()}

    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en='It looks like "policy_loss" is the whole loss, value loss included.',
    zh='看起来 "policy_loss" 报告的是总损失，包含了价值损失。',
    breaks='"policy_loss", "value_loss", "norm"',
)
def reports_the_whole_loss(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}

    def report(numbers, *_):
        return numbers | {"policy_loss": numbers["policy_loss"] + value_weight * numbers["value_loss"]}

    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like `clipped` counts the tokens beyond the clip on one side only.",
    zh="看起来 `clipped` 只数了一侧超出截断范围的词元。",
    breaks="below 1 - clip or above 1 + clip",
)
def counts_one_side(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}

    def report(numbers, moved, real, limit):
        return numbers | {"clipped": float((moved.exp() > 1 + limit).float().mean())}

    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the share of clipped tokens is taken over all places, padding included.",
    zh="看起来截断的比例是对所有位置算的，包括填充。",
    breaks="the share of real tokens",
)
def shares_among_all(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}

    def report(numbers, moved, real, limit):
        return numbers | {"clipped": numbers["clipped"] * len(moved) / real.numel()}

    return step(report=report)(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the model is switched to training mode: the mode is the caller's business.",
    zh="看起来把模型切换到了训练模式：模式由调用者决定。",
    breaks="The mode of the model is not changed",
)
def changes_the_mode(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(before=lambda model: model.train())(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like the model is switched to evaluation mode: the mode is the caller's business.",
    zh="看起来把模型切换到了评估模式：模式由调用者决定。",
    breaks="The mode of the model is not changed",
)
def switches_to_evaluation(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(before=lambda model: model.eval())(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like a batch without a sampled token is not refused.",
    zh="看起来没有拒绝一个采样词元也没有的批次。",
    breaks="no token is real",
)
def accepts_no_tokens(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(check=lambda mask: not mask[:, 0].any())(model, optimizer, batch, **options)


@mistake(
    of="ppo_step",
    en="It looks like a first token that is marked as sampled is left out without a word: nothing has predicted it, so "
    "the mask is wrong.",
    zh="看起来悄悄略过了被标为采样的第一个词元：没有任何东西预测过它，说明掩码错了。",
    breaks="or a first token is",
)
def accepts_first_tokens(model, optimizer, batch, *, clip=0.2, value_weight=0.1, max_norm=1.0):
    options = {"clip": clip, "value_weight": value_weight, "max_norm": max_norm}
    return step(check=lambda mask: mask.any())(model, optimizer, batch, **options)
