"""Known mistakes of week 11, grpo."""

import math
import re

import grpo as solution
import torch

from grader.mistakes import mistake


def advantages_with(rewards, group_size, scale, eps, formula, groups=None):
    """Advantages of groups (groups, size) by another formula; what is refused is refused here, too."""
    solution.group_advantages(rewards, group_size, scale=scale, eps=eps)
    wide = rewards.detach().to(torch.promote_types(rewards.dtype, torch.float32))
    return formula(wide.reshape(-1, group_size))


@mistake(
    of="group_advantages",
    en="It looks like mean and std are those of the whole batch: an easy prompt then lifts all of its answers.",
    zh="看起来均值和标准差取自整个批次：简单的提示会抬高它的所有回答。",
    breaks="with mean and std of the reward's own group",
)
def over_the_whole_batch(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean()
        return (centred / (groups.std() + eps) if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like the std is that of the whole batch, while the mean is the group's.",
    zh="看起来均值取自本组，标准差却取自整个批次。",
    breaks="with mean and std of the reward's own group",
)
def std_of_the_batch(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean(1, keepdim=True)
        return (centred / (groups.std() + eps) if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like a group is every n-th reward: answers to one prompt stand next to each other.",
    zh="看起来把每隔几个的奖励当成一组：同一提示的回答是相邻的。",
    breaks="Answers to one prompt stand next to each other",
)
def groups_across(rewards, group_size, *, scale=True, eps=1e-4):
    solution.group_advantages(rewards, group_size, scale=scale, eps=eps)
    count = len(rewards) // group_size
    turned = rewards.reshape(group_size, count).T.reshape(-1)
    answer = solution.group_advantages(turned, group_size, scale=scale, eps=eps)
    return answer.view(count, group_size).T.reshape(-1)


@mistake(
    of="group_advantages",
    en="It looks like the std divides by the group's size: here it divides by group_size - 1.",
    zh="看起来标准差除以了组的大小：这里应除以 group_size - 1。",
    breaks="std divides by group_size - 1",
)
def population_std(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean(1, keepdim=True)
        return (centred / (groups.std(1, correction=0, keepdim=True) + eps) if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like the advantage is divided by the variance, not by the standard deviation.",
    zh="看起来除以了方差，而不是标准差。",
    breaks="The advantage is (reward - mean) / (std + eps)",
)
def divides_by_the_variance(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean(1, keepdim=True)
        return (centred / (groups.var(1, keepdim=True) + eps) if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like eps stands inside the root, beside the variance: it is added to the standard deviation.",
    zh="看起来 eps 放在了根号里、加在方差上：应加在标准差上。",
    breaks="The advantage is (reward - mean) / (std + eps)",
)
def eps_in_the_root(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean(1, keepdim=True)
        return (centred / (groups.var(1, keepdim=True) + eps).sqrt() if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like the divisor is not std + eps, with eps 1e-4 unless another is given. "
    "Without it equal rewards give 0/0.",
    zh="看起来除数不是 std + eps（eps 默认为 1e-4）：不加 eps 时，奖励全相等的组会得到 0/0。",
    breaks="A group whose rewards are all equal gets zeros",
)
def without_eps(rewards, group_size, *, scale=True, eps=1e-4):
    def formula(groups):
        centred = groups - groups.mean(1, keepdim=True)
        return (centred / groups.std(1, keepdim=True) if scale else centred).flatten()

    return advantages_with(rewards, group_size, scale, eps, formula)


@mistake(
    of="group_advantages",
    en="It looks like you check `eps <= 0`: NaN passes, because every comparison with it is False. Ask for "
    "`not eps > 0`.",
    zh="看起来判断的是 `eps <= 0`：NaN 会通过，因为与它的任何比较都是 False。应判断 `not eps > 0`。",
    breaks="`eps` is not above 0",
)
def lets_nan_pass(rewards, group_size, *, scale=True, eps=1e-4):
    answer = solution.group_advantages(rewards, group_size, scale=scale, eps=eps if eps == eps else 1e-4)
    return answer * eps if scale and eps != eps else answer


@mistake(
    of="group_advantages",
    en="It looks like the advantage is always divided by the std: `scale` False asks for the plain difference.",
    zh="看起来总是除以标准差：`scale` 为 False 时应是单纯的差。",
    breaks="With `scale` False it is reward - mean",
)
def always_scales(rewards, group_size, *, scale=True, eps=1e-4):
    return solution.group_advantages(rewards, group_size, scale=True, eps=eps)


@mistake(
    of="group_advantages",
    en="It looks like the mean leaves the reward itself out (as RLOO does): here it is the mean of the whole group.",
    zh="看起来均值不包含该奖励自己（RLOO 的做法）：这里是整组的均值。",
    breaks="with mean and std of the reward's own group",
)
def mean_of_the_others(rewards, group_size, *, scale=True, eps=1e-4):
    factor = group_size / (group_size - 1) if group_size > 1 else 1.0
    return solution.group_advantages(rewards, group_size, scale=scale, eps=eps) * factor


@mistake(
    of="group_advantages",
    en="It looks like the advantages are part of the graph.",
    zh="看起来优势仍在计算图里。",
    breaks="The answer carries no gradient",
)
def keeps_the_graph(rewards, group_size, *, scale=True, eps=1e-4):
    solution.group_advantages(rewards, group_size, scale=scale, eps=eps)
    groups = rewards.to(torch.promote_types(rewards.dtype, torch.float32)).reshape(-1, group_size)
    centred = groups - groups.mean(1, keepdim=True)
    return (centred / (groups.std(1, keepdim=True) + eps) if scale else centred).flatten()


def loss_with(
    logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
    *, surrogate=None, price=None, mean=None, ratio=None,
):  # fmt: skip
    """The loss of the solution, with another cost of a token, price of the reference, mean or ratio."""
    solution.grpo_loss(
        logps, old_logps, advantages, mask,
        kind=kind, clip=clip, reference_logps=reference_logps, beta=beta, max_length=max_length,
    )  # fmt: skip
    dtype = torch.promote_types(logps.dtype, torch.float32)
    now = torch.where(mask, logps.to(dtype), 0.0)
    old = now.detach() if old_logps is None else torch.where(mask, old_logps.detach().to(dtype), 0.0)
    r = (ratio or (lambda a, b: (a - b).exp()))(now, old)
    weight = advantages.detach().to(dtype)[:, None]
    low, high = 1 - clip[0], 1 + clip[1]
    costs = surrogate(r, weight, low, high) if surrogate else -torch.minimum(r * weight, r.clamp(low, high) * weight)
    if beta > 0:
        d = torch.where(mask, reference_logps.detach().to(dtype), 0.0) - now
        costs = costs + beta * (price(d) if price else d.exp() - d - 1)
    costs = torch.where(mask, costs, 0.0)
    if mean is not None and (answer := mean(costs, mask, kind, max_length)) is not None:
        return answer
    if kind == "grpo":
        return (costs.sum(1) / mask.sum(1).clamp(min=1)).mean()
    return costs.sum() / (mask.sum().clamp(min=1) if kind == "dapo" else len(costs) * max_length)


@mistake(
    of="grpo_loss",
    en="It looks like the sign of the loss is wrong: the minus is missing, or `old_logps` None does not "
    "make the ratio 1.",
    zh="看起来损失的符号不对：可能少了负号，也可能 `old_logps` 为 None 时比值不是 1。",
    breaks="-min(ratio * A, clipped ratio * A)",
)
def forgets_the_minus(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: torch.minimum(r * a, r.clamp(low, high) * a),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the larger of the two products is taken: what is good is no longer held back, what is bad is.",
    zh="看起来取了两个乘积中较大的：该限制的没有限制，不该限制的反而限制了。",
    breaks="-min(ratio * A, clipped ratio * A)",
)
def takes_the_maximum(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: -torch.maximum(r * a, r.clamp(low, high) * a),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like only the clipped ratio is used: a bad answer that became more probable then gets no gradient.",
    zh="看起来只用了截断后的比值：变得更可能的坏回答就得不到梯度了。",
    breaks="-min(ratio * A, clipped ratio * A)",
)
def only_the_clipped(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: -r.clamp(low, high) * a,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like nothing is clipped.",
    zh="看起来没有截断比值。",
    breaks="-min(ratio * A, clipped ratio * A)",
)
def clips_nothing(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: -r * a,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the borders are not 1 - clip[0] below and 1 + clip[1] above: the two numbers may differ.",
    zh="看起来下界不是 1 - clip[0]，或上界不是 1 + clip[1]：这两个数可以不同。",
    breaks="is held between 1 - clip[0] and 1 + clip[1]",
)
def clips_alike_on_both_sides(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: -torch.minimum(r * a, r.clamp(low, 2 - low) * a),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the ratio of an answer that was just written is the constant 1: the loss is right, and nothing "
    "is learned. Its value is 1, its gradient is that of `logps`.",
    zh="看起来刚写出的回答的比值是常数 1：损失没错，却什么也学不到。比值的数值是 1，梯度是 `logps` 的梯度。",
    breaks="every ratio is 1, and its gradient is that of `logps`",
)
def no_gradient_at_the_start(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        ratio=lambda now, old: (now - old).exp() if old_logps is not None else torch.ones_like(now) + 0 * now,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the ratio of an answer that was just written is a constant that belongs to no graph: the loss is "
    "right, and nothing can be learned. Its value is 1, its gradient is that of `logps`.",
    zh="看起来刚写出的回答的比值是不在计算图里的常数：损失没错，却什么也学不到。比值的数值是 1，梯度则同 `logps`。",
    breaks="every ratio is 1, and its gradient is that of `logps`",
)
def a_constant_at_the_start(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        ratio=lambda now, old: (now - old).exp() if old_logps is not None else torch.ones_like(now),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the ratio is the other way round: it should be the probability now, divided by that of then.",
    zh="看起来比值颠倒了：应为现在的概率除以当时的概率。",
    breaks="With ratio = exp(logps - old_logps)",
)
def turns_the_ratio_round(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        ratio=lambda now, old: (old - now).exp(),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like d has the wrong sign in the penalty: exp(logps - reference) estimates the other divergence.",
    zh="看起来惩罚里 d 的符号反了：exp(logps - reference) 估计的是另一个散度。",
    breaks="where d = reference_logps - logps",
)
def turns_the_penalty_round(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        price=lambda d: (-d).exp() + d - 1,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the penalty is subtracted from the cost: the policy is paid for leaving the reference.",
    zh="看起来从代价里减去了惩罚：策略离开参考模型反而有好处。",
    breaks="a token costs beta * (exp(d) - d - 1) more",
)
def pays_for_leaving(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        price=lambda d: 1 + d - d.exp(),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the penalty is the bare difference of log-probabilities (k1): its gradient is 0 on average, so "
    "it does not hold the policy back.",
    zh="看起来惩罚只是对数概率之差（k1）：它的梯度平均为 0，起不到约束作用。",
    breaks="a token costs beta * (exp(d) - d - 1) more",
)
def penalty_is_k1(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length, price=lambda d: -d
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "grpo" averages over all tokens of the batch, as "dapo" does: long answers weigh more.',
    zh='看起来 "grpo" 像 "dapo" 那样对批次的所有词元平均：长的回答权重更大。',
    breaks="the mean over the tokens of each answer, then the mean over the answers",
)
def grpo_by_tokens(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, _: costs.sum() / mask.sum().clamp(min=1) if kind == "grpo" else None,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "dapo" takes the mean of each answer first, as "grpo" does: every answer weighs the same.',
    zh='看起来 "dapo" 像 "grpo" 那样先对每个回答求平均：每个回答权重相同。',
    breaks="the sum over all tokens of the batch, divided by their number",
)
def dapo_by_answers(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, _: (
            (costs.sum(1) / mask.sum(1).clamp(min=1)).mean() if kind == "dapo" else None
        ),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the divisor is the padded width: padding dilutes the loss.",
    zh="看起来除数是填充后的宽度：填充冲淡了损失。",
    breaks="the mean over the tokens of each answer, then the mean over the answers",
)
def divides_by_the_width(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, limit: None if kind == "dr_grpo" else costs.mean(),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "dr_grpo" divides by the width of this batch and not by max_length: the longest answer of a '
    "batch then changes how much each token weighs.",
    zh='看起来 "dr_grpo" 除以了这一批的宽度，而不是 max_length：批次里最长的回答就会改变每个词元的权重。',
    breaks="the same sum, divided by batch * max_length",
)
def dr_grpo_by_the_width(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, limit: costs.mean() if kind == "dr_grpo" else None,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "dr_grpo" divides by max_length alone: the number of answers is missing.',
    zh='看起来 "dr_grpo" 只除以了 max_length：还要除以回答的个数。',
    breaks="the same sum, divided by batch * max_length",
)
def dr_grpo_without_the_batch(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, limit: costs.sum() / limit if kind == "dr_grpo" else None,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "dapo" divides by the number of answers: it divides by the number of tokens.',
    zh='看起来 "dapo" 除以了回答的个数：应除以词元的个数。',
    breaks="the sum over all tokens of the batch, divided by their number",
)
def dapo_by_the_number_of_answers(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, limit: costs.sum() / max(len(costs), 1) if kind == "dapo" else None,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en='It looks like "grpo" divides by the padded width, not by the number of tokens of each answer.',
    zh='看起来 "grpo" 除以了填充后的宽度，而不是每个回答的词元个数。',
    breaks="the mean over the tokens of each answer, then the mean over the answers",
)
def grpo_by_the_width(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        mean=lambda costs, mask, kind, limit: costs.mean() if kind == "grpo" else None,
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like answers without tokens are left out of the mean: they count as 0.",
    zh="看起来没有词元的回答没有计入平均：它们应按 0 计入。",
    breaks="(one without tokens counts as 0)",
)
def leaves_empty_answers_out(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    def mean(costs, mask, kind, limit):
        filled = mask.any(1).sum().clamp(min=1)
        return (costs.sum(1) / mask.sum(1).clamp(min=1)).sum() / filled if kind == "grpo" else None

    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length, mean=mean
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like the padding is multiplied by 0 at the end: NaN times 0 is NaN.",
    zh="看起来最后才把填充乘以 0：NaN 乘以 0 还是 NaN。",
    breaks="what stands elsewhere changes nothing, be it infinite or NaN",
)
def multiplies_by_the_mask(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    solution.grpo_loss(
        logps, old_logps, advantages, mask,
        kind=kind, clip=clip, reference_logps=reference_logps, beta=beta, max_length=max_length,
    )  # fmt: skip
    dtype = torch.promote_types(logps.dtype, torch.float32)
    now = logps.to(dtype)
    r = (now - (now.detach() if old_logps is None else old_logps.detach().to(dtype))).exp()
    weight = advantages.detach().to(dtype)[:, None]
    costs = -torch.minimum(r * weight, r.clamp(1 - clip[0], 1 + clip[1]) * weight)
    if beta > 0:
        d = reference_logps.detach().to(dtype) - now
        costs = costs + beta * (d.exp() - d - 1)
    costs = costs * mask
    if kind == "grpo":
        return (costs.sum(1) / mask.sum(1).clamp(min=1)).mean()
    return costs.sum() / (mask.sum().clamp(min=1) if kind == "dapo" else len(costs) * max_length)


@mistake(
    of="grpo_loss",
    en="It looks like the padding is left out only at the end: the loss is right, but after exp a NaN or an infinity "
    "there still reaches the gradient.",
    zh="看起来到最后才去掉填充：损失没错，但在 exp 之后，那里的 NaN 或无穷大仍会进入梯度。",
    breaks="and are 0 where `mask` is False",
)
def masks_too_late(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    solution.grpo_loss(
        logps, old_logps, advantages, mask,
        kind=kind, clip=clip, reference_logps=reference_logps, beta=beta, max_length=max_length,
    )  # fmt: skip
    dtype = torch.promote_types(logps.dtype, torch.float32)
    now = logps.to(dtype)
    r = (now - (now.detach() if old_logps is None else old_logps.detach().to(dtype))).exp()
    weight = advantages.detach().to(dtype)[:, None]
    costs = -torch.minimum(r * weight, r.clamp(1 - clip[0], 1 + clip[1]) * weight)
    if beta > 0:
        d = reference_logps.detach().to(dtype) - now
        costs = costs + beta * (d.exp() - d - 1)
    costs = torch.where(mask, costs, 0.0)
    if kind == "grpo":
        return (costs.sum(1) / mask.sum(1).clamp(min=1)).mean()
    return costs.sum() / (mask.sum().clamp(min=1) if kind == "dapo" else len(costs) * max_length)


@mistake(
    of="grpo_loss",
    en="It looks like gradients flow into the old log-probabilities as well.",
    zh="看起来梯度也流进了旧的对数概率。",
    breaks="Gradients flow into `logps` alone",
)
def trains_the_old_policy(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    dtype = torch.promote_types(logps.dtype, torch.float32)
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        ratio=lambda now, old: (
            (now - (old if old_logps is None else torch.where(mask, old_logps.to(dtype), 0.0))).exp()
        ),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like gradients flow into the log-probabilities of the reference model as well.",
    zh="看起来梯度也流进了参考模型的对数概率。",
    breaks="Gradients flow into `logps` alone",
)
def trains_the_reference(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    answer = loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length
    )  # fmt: skip
    if beta > 0:
        leak = torch.where(mask, reference_logps, 0.0).sum()
        answer = answer + (leak - leak.detach()).to(answer.dtype)
    return answer


def answer_of(text, gold):
    """The values of the text's candidates and the gold answer, as the solution finds them."""
    right = solution._numbers(gold)
    if not right:
        raise ValueError("gold")
    _, box, rest = text.rpartition(r"\boxed{")
    return (solution._numbers(solution._up_to_its_brace(rest)) if box else solution._numbers(text)[-1:]), right[-1], box


@mistake(
    of="math_reward",
    en="It looks like any number of the text may be the right one: a text that names many numbers is always paid.",
    zh="看起来文本里任何一个数对上就算对：列出许多数的文本总能得分。",
    breaks="The text's answer is its last number",
)
def any_number_will_do(text, gold):
    found, right, box = answer_of(text, gold)
    return float(right in (found if box else solution._numbers(text)))


@mistake(
    of="math_reward",
    en="It looks like the first number of the text is taken: the answer is the last.",
    zh="看起来取了文本的第一个数：答案是最后一个。",
    breaks="The text's answer is its last number",
)
def takes_the_first(text, gold):
    found, right, box = answer_of(text, gold)
    found = found if box else solution._numbers(text)[:1]
    return float(len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like numbers are not compared by value: 12.0 is 12, and −5 (U+2212) is -5.",
    zh="看起来比较的不是数值：12.0 就是 12，−5（U+2212）就是 -5。",
    breaks="Values are compared exactly",
)
def compares_spellings(text, gold):
    answer_of(text, gold)
    _, box, rest = text.rpartition(r"\boxed{")
    found = solution.NUMBER.findall(solution._up_to_its_brace(rest) if box else text)
    found = found if box else found[-1:]
    return float(len(found) == 1 and found[0] == solution.NUMBER.findall(gold)[-1])


@mistake(
    of="math_reward",
    en="It looks like values are compared as floats: 9007199254740993 and 9007199254740992 are then equal.",
    zh="看起来用浮点数比较：这样 9007199254740993 与 9007199254740992 就相等了。",
    breaks="Values are compared exactly",
)
def compares_floats(text, gold):
    found, right, _ = answer_of(text, gold)
    return float(len(found) == 1 and float(found[0]) == float(right))


@mistake(
    of="math_reward",
    en="It looks like values that are nearly equal are paid: 0.3333 is not 1/3.",
    zh="看起来近似相等也给分：0.3333 不是 1/3。",
    breaks="Values are compared exactly",
)
def nearly_is_enough(text, gold):
    found, right, _ = answer_of(text, gold)
    return float(len(found) == 1 and abs(float(found[0]) - float(right)) < 1e-3)


@mistake(
    of="math_reward",
    en="It looks like values within a millionth of each other are paid; they are compared exactly.",
    zh="看起来相差不到百万分之一也给分；应精确比较。",
    breaks="Values are compared exactly",
)
def a_millionth_is_enough(text, gold):
    found, right, _ = answer_of(text, gold)
    return float(len(found) == 1 and abs(float(found[0]) - float(right)) < 1e-6)


@mistake(
    of="math_reward",
    en="It looks like `math.isclose` decides: what is nearly equal is paid. Values are compared exactly.",
    zh="看起来由 `math.isclose` 判断：近似相等也给分。应精确比较。",
    breaks="Values are compared exactly",
)
def isclose_is_enough(text, gold):
    found, right, _ = answer_of(text, gold)
    return float(len(found) == 1 and math.isclose(float(found[0]), float(right)))


@mistake(
    of="math_reward",
    en="It looks like only a box has an answer: without one it is the last number of the text.",
    zh="看起来只认 \\boxed 里的答案：没有 \\boxed 时，以文本的最后一个数为准。",
    breaks="The text's answer is its last number",
)
def needs_a_box(text, gold):
    found, right, box = answer_of(text, gold)
    return float(bool(box) and len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like a wrong answer is paid -1; it gets 0.0.",
    zh="看起来错误的答案得 -1；应得 0.0。",
)
def punishes(text, gold):
    return 2 * solution.math_reward(text, gold) - 1


@mistake(
    of="math_reward",
    en="It looks like a number after the box decides: where there is a box, it decides alone.",
    zh="看起来由方框后面的数决定了结果：有 \\boxed 时，只由它决定。",
    breaks="the brace that closes it decides alone",
)
def ignores_the_box(text, gold):
    _, right, _ = answer_of(text, gold)
    return float(solution._numbers(text)[-1:] == [right])


@mistake(
    of="math_reward",
    en="It looks like the first box is taken: the last one is the answer.",
    zh="看起来取了第一个 \\boxed：应取最后一个。",
    breaks="what stands between the last one and the brace",
)
def takes_the_first_box(text, gold):
    found, right, box = answer_of(text, gold)
    if box:
        found = solution._numbers(solution._up_to_its_brace(text.partition(r"\boxed{")[2]))
    return float(len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like the box ends at the first closing brace: braces may be nested in it.",
    zh="看起来 \\boxed 在第一个右括号处就结束了：里面可以有嵌套的括号。",
    breaks="Braces may be nested in it",
)
def ends_at_the_first_brace(text, gold):
    found, right, box = answer_of(text, gold)
    if box:
        closed = re.match(r"[^}]*\}", text.rpartition(r"\boxed{")[2])
        found = solution._numbers(closed.group()) if closed else []
    return float(len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like several numbers in a box are allowed, and the last of them counts: it must hold exactly one.",
    zh="看起来 \\boxed 里可以有好几个数，以最后一个为准：里面必须恰好有一个数。",
    breaks="hold exactly one number, which is the answer",
)
def several_in_a_box(text, gold):
    found, right, _ = answer_of(text, gold)
    return float(found[-1:] == [right])


@mistake(
    of="math_reward",
    en="It looks like a text whose box is never closed still has an answer: such a text was cut off.",
    zh="看起来 \\boxed 没有闭合的文本也得出了答案：这样的文本是被截断的。",
    breaks="A box that is never closed has no answer",
)
def reads_an_open_box(text, gold):
    found, right, box = answer_of(text, gold)
    rest = text.rpartition(r"\boxed{")[2]
    if box and not found and solution._up_to_its_brace(rest + "}") == rest:
        found = solution._numbers(rest)
    return float(len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like a box without an answer is passed over, and the last number of the text counts: the box decides "
    "alone.",
    zh="看起来 \\boxed 里没有答案时改用文本的最后一个数：应由 \\boxed 单独决定。",
    breaks="the brace that closes it decides alone",
)
def falls_back_on_the_text(text, gold):
    found, right, box = answer_of(text, gold)
    if box and not found:
        found = solution._numbers(text)[-1:]
    return float(len(found) == 1 and found[0] == right)


@mistake(
    of="math_reward",
    en="It looks like the gold answer is its first number: a solution ends with its answer.",
    zh="看起来标准答案取了第一个数：解答的答案在末尾。",
    breaks="The gold answer is the last number of `gold`",
)
def first_number_of_the_gold(text, gold):
    found, _, _ = answer_of(text, gold)
    return float(len(found) == 1 and found[0] == solution._numbers(gold)[0])


@mistake(
    of="grpo_loss",
    en="It looks like gradients flow into the advantages: they are constants.",
    zh="看起来梯度也流进了优势：它们是常数。",
    breaks="Gradients flow into `logps` alone",
)
def trains_the_advantages(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    weight = advantages.to(torch.promote_types(logps.dtype, torch.float32))[:, None]
    return loss_with(
        logps, old_logps, advantages, mask, kind, clip, reference_logps, beta, max_length,
        surrogate=lambda r, a, low, high: -torch.minimum(r * weight, r.clamp(low, high) * weight),
    )  # fmt: skip


@mistake(
    of="grpo_loss",
    en="It looks like you check whether `clip` is below 0: NaN passes, because every comparison with it is False.",
    zh="看起来判断的是 `clip` 是否小于 0：NaN 会通过，因为与它的任何比较都是 False。",
    breaks="one of `clip` or `beta` is negative or NaN",
)
def lets_a_clip_of_nan_pass(
    logps, old_logps, advantages, mask, *,
    kind="grpo", clip=(0.2, 0.2), reference_logps=None, beta=0.0, max_length=None,
):  # fmt: skip
    low, high = (1 - clip[0], 1 + clip[1])
    return loss_with(
        logps, old_logps, advantages, mask, kind, tuple(0.2 if one != one else one for one in clip),
        reference_logps, beta, max_length,
        surrogate=lambda r, a, *_: -torch.minimum(r * a, r.clamp(low, high) * a),
    )  # fmt: skip


@mistake(
    of="math_reward",
    en="It looks like the minus \u2212 (U+2212) is dropped: \u22127 is then 7.",
    zh="看起来丢掉了负号 \u2212（U+2212）：\u22127 就变成了 7。",
    breaks="Numbers are what the given pattern",
)
def drops_the_other_minus(text, gold):
    return solution.math_reward(text.replace("\u2212", " "), gold.replace("\u2212", " "))
