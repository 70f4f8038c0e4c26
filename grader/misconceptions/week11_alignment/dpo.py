"""Known mistakes of week 11, dpo."""

import dpo as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def scored(logits, labels):
    """The log-probability of each target, and whether it counts, both (batch, length - 1)."""
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")
    scores = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32)).log_softmax(-1)
    targets = labels[:, 1:]
    return scores.gather(-1, targets.clamp(min=0)[..., None])[..., 0], targets != -100


@mistake(
    of="answer_logps",
    en="It looks like nothing is shifted: the logits at a position are scored against the token that stands there.",
    zh="看起来没有移位：某个位置的 logits 用了该位置自己的词元来打分。",
    breaks="scored against the label at t + 1 of",
)
def does_not_shift(logits, labels):
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")
    return solution.answer_logps(F.pad(logits, (0, 0, 0, 1)), F.pad(labels, (1, 0), value=-100))


@mistake(
    of="answer_logps",
    en="It looks like the first label is left out, but nothing is shifted: logits at t are about the token at t + 1.",
    zh="看起来去掉了第一个标签却没有移位：位置 t 的 logits 说的是位置 t + 1 的词元。",
    breaks="scored against the label at t + 1 of",
)
def drops_the_first_and_does_not_shift(logits, labels):
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")
    return solution.answer_logps(F.pad(logits, (0, 0, -1, 1)), labels)


@mistake(
    of="answer_logps",
    en="It looks like the shift goes the wrong way: the logits at a position tell about the token after it, not "
    "the one before it.",
    zh="看起来移位的方向反了：某个位置的 logits 说的是它后面的词元，而不是前面的。",
    breaks="scored against the label at t + 1 of",
)
def shifts_the_wrong_way(logits, labels):
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")
    return solution.answer_logps(F.pad(logits, (0, 0, -1, 1)), F.pad(labels, (1, -1), value=-100))


@mistake(
    of="answer_logps",
    en="It looks like the sign is turned round: what cross-entropy gives is minus the log-probability.",
    zh="看起来符号反了：交叉熵给出的是负的对数概率。",
    breaks="The log-probability of an answer is the sum over its tokens",
)
def forgets_the_minus(logits, labels):
    sums, counts = solution.answer_logps(logits, labels)
    return -sums, counts


@mistake(
    of="answer_logps",
    en="It looks like log-probabilities are averaged over the tokens: DPO needs the sum.",
    zh="看起来对词元的对数概率求了平均：DPO 需要的是总和。",
    breaks="is the sum over its tokens",
)
def averages(logits, labels):
    sums, counts = solution.answer_logps(logits, labels)
    return sums / counts.clamp(min=1), counts


@mistake(
    of="answer_logps",
    en="It looks like positions without a label are scored as if the label were token 0: padding and prompt count.",
    zh="看起来没有标签的位置按词元 0 计了分：填充和提示都算进去了。",
    breaks="-100 elsewhere (prompt, padding)",
)
def scores_what_has_no_label(logits, labels):
    logps, counts = scored(logits, labels)
    return logps.sum(-1), counts.sum(-1)


@mistake(
    of="answer_logps",
    en="It looks like what does not count is multiplied by 0: minus infinity times 0 is NaN. Use `where`.",
    zh="看起来用乘以 0 的办法去掉不计分的位置：负无穷乘以 0 是 NaN。请用 `where`。",
    breaks="minus infinity included",
)
def multiplies_by_the_mask(logits, labels):
    logps, counts = scored(logits, labels)
    return (logps * counts).sum(-1), counts.sum(-1)


@mistake(
    of="answer_logps",
    en="It looks like unscored positions are discarded only after the softmax: where all logits are minus infinity, "
    "the gradient is NaN. Replace those logits before it.",
    zh="看起来在 softmax 之后才丢掉不计分的位置：logits 全为负无穷时，梯度是 NaN。请在 softmax 之前换掉这些 logits。",
    breaks="Logits at positions where nothing is scored",
)
def discards_too_late(logits, labels):
    logps, counts = scored(logits, labels)
    return torch.where(counts, logps, 0.0).sum(-1), counts.sum(-1)


@mistake(
    of="answer_logps",
    en="It looks like logits are summed, not log-probabilities: the log-softmax is missing.",
    zh="看起来求和的是 logits 而不是对数概率：缺少 log-softmax。",
)
def sums_logits(logits, labels):
    _, counts = scored(logits, labels)
    wide = logits[:, :-1].to(torch.promote_types(logits.dtype, torch.float32))
    picked = wide.gather(-1, labels[:, 1:].clamp(min=0)[..., None])[..., 0]
    return torch.where(counts, picked, 0.0).sum(-1), counts.sum(-1)


@mistake(
    of="answer_logps",
    en="It looks like the length counts more than the scored tokens: neither -100 nor the first label counts.",
    zh="看起来长度数得比计分的词元多：-100 不算，一行的第一个标签也不算。",
    breaks="its length counts the same tokens",
)
def counts_before_the_shift(logits, labels):
    return solution.answer_logps(logits, labels)[0], (labels != -100).sum(-1)


@mistake(
    of="answer_logps",
    en="It looks like half precision stays half precision: sums of many log-probabilities need float32.",
    zh="看起来半精度没有转换：许多对数概率相加需要 float32。",
    breaks="are computed in float32, and the sums are float32",
)
def stays_in_half_precision(logits, labels):
    if logits.shape[:-1] != labels.shape:
        raise ValueError("shapes")
    targets = labels[:, 1:]
    counts = targets != -100
    scores = logits[:, :-1].masked_fill(~counts[..., None], 0.0)
    logps = scores.log_softmax(-1).gather(-1, targets.clamp(min=0)[..., None])[..., 0]
    return torch.where(counts, logps, 0.0).sum(-1), counts.sum(-1)


def dpo(pc, pr, rc, rr, beta, smoothing, *, loss=None, rewards=None):
    """DPO with another loss of the margins, or other rewards."""
    right, better, worse = solution.dpo_loss(pc, pr, rc, rr, beta, smoothing)
    wide = torch.promote_types(pc.dtype, torch.float32)
    chosen, rejected = (a.to(wide) - b.to(wide).detach() for a, b in ((pc, rc), (pr, rr)))
    if loss is not None:
        right = loss(chosen, rejected)
    return (right, *((better, worse) if rewards is None else rewards(chosen.detach(), rejected.detach())))


def smooth(margins, smoothing):
    return (-(1 - smoothing) * F.logsigmoid(margins) - smoothing * F.logsigmoid(-margins)).mean()


@mistake(
    of="dpo_loss",
    en="It looks like the rejected answer is what gets more probable: the sign is turned round, or the two weights of "
    "label smoothing are.",
    zh="看起来变得更可能的是被拒的回答：符号反了，或者标签平滑的两个权重弄反了。",
)
def prefers_the_rejected(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        loss=lambda c, r: smooth(beta * (r - c), label_smoothing),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the reference is left out: answers that were probable from the beginning count as learned.",
    zh="看起来没有用参考模型：一开始就更可能的回答也被当成学到的。",
    breaks="With the margin m = reward of the chosen answer",
)
def leaves_the_reference_out(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    _, *rewards = solution.dpo_loss(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing
    )
    zero = torch.zeros_like(policy_chosen)
    loss, *_ = solution.dpo_loss(policy_chosen, policy_rejected, zero, zero, beta, label_smoothing)
    return loss, *rewards


@mistake(
    of="dpo_loss",
    en="It looks like the rewards leave the reference out; the loss does not.",
    zh="看起来奖励里没有减去参考模型的对数概率；损失里倒是减了。",
    breaks="The implicit reward of an answer is beta * (policy - reference)",
)
def rewards_of_the_policy_alone(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    loss, *_ = solution.dpo_loss(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing
    )
    return loss, beta * policy_chosen.to(loss.dtype).detach(), beta * policy_rejected.to(loss.dtype).detach()


@mistake(
    of="dpo_loss",
    en="It looks like beta is left out of the margin: it is in the rewards, but not in the loss.",
    zh="看起来差值里没有乘 beta：奖励里有，损失里没有。",
    breaks="With the margin m",
)
def forgets_beta_in_the_loss(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        loss=lambda c, r: smooth(c - r, label_smoothing),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like beta multiplies the loss and not the margin inside the sigmoid.",
    zh="看起来 beta 乘在了损失上，而不是 sigmoid 里的差值上。",
)
def beta_outside(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        loss=lambda c, r: beta * smooth(c - r, label_smoothing),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the logarithm is taken of the sigmoid: for a large negative margin that is log(0).",
    zh="看起来先算 sigmoid 再取对数：差值为很大的负数时就成了 log(0)。",
    breaks="It is finite for every finite margin",
)
def log_of_the_sigmoid(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    def loss(chosen, rejected):
        m = beta * (chosen - rejected)
        flipped = label_smoothing * torch.log(torch.sigmoid(-m)) if label_smoothing else 0
        return (-(1 - label_smoothing) * torch.log(torch.sigmoid(m)) - flipped).mean()

    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing, loss=loss
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the logarithm is taken of the sigmoid: for a large margin one of the two terms is log(0), and a "
    "smoothing of 0 times minus infinity is NaN.",
    zh="看起来先算 sigmoid 再取对数：差值很大时两项之一成了 log(0)，而平滑系数 0 乘以负无穷是 NaN。",
    breaks="It is finite for every finite margin",
)
def two_logs_of_sigmoids(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    def loss(chosen, rejected):
        m = beta * (chosen - rejected)
        right, flipped = torch.log(torch.sigmoid(m)), torch.log(torch.sigmoid(-m))
        return (-(1 - label_smoothing) * right - label_smoothing * flipped).mean()

    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing, loss=loss
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the smoothed loss is divided by 1 - 2 * label_smoothing with a minus in it: that is robust DPO, "
    "another loss.",
    zh="看起来标签平滑用了 robust DPO 的公式（相减再除以 1 - 2 * label_smoothing），那是另一种损失。",
    breaks="label_smoothing * log sigmoid(-m)",
)
def robust_dpo(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0):
    def loss(chosen, rejected):
        m = beta * (chosen - rejected)
        both = -(1 - label_smoothing) * F.logsigmoid(m) + label_smoothing * F.logsigmoid(-m)
        return (both / (1 - 2 * label_smoothing)).mean()

    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing, loss=loss
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like you check `beta <= 0`: NaN passes, because every comparison with it is False. Ask for "
    "`not beta > 0`.",
    zh="看起来判断的是 `beta <= 0`：NaN 会通过，因为与它的任何比较都是 False。应判断 `not beta > 0`。",
    breaks="`beta` is not above 0",
)
def lets_nan_pass(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0):
    answer = solution.dpo_loss(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta if beta == beta else 0.1,
        label_smoothing,
    )  # fmt: skip
    return answer if beta == beta else tuple(part * beta for part in answer)


@mistake(
    of="dpo_loss",
    en="It looks like `label_smoothing` is ignored.",
    zh="看起来没有用到 `label_smoothing`。",
    breaks="label_smoothing * log sigmoid(-m)",
)
def ignores_label_smoothing(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        loss=lambda c, r: smooth(beta * (c - r), 0.0),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the losses are summed over the batch, not averaged.",
    zh="看起来对批次求了和，没有求平均。",
    breaks="the loss is its mean over the batch",
)
def sums_over_the_batch(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        loss=lambda c, r: smooth(beta * (c - r), label_smoothing) * len(c),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like the rewards lack the factor beta.",
    zh="看起来奖励少乘了 beta。",
    breaks="The implicit reward of an answer is beta * (policy - reference)",
)
def rewards_without_beta(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    return dpo(
        policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing,
        rewards=lambda c, r: (c, r),
    )  # fmt: skip


@mistake(
    of="dpo_loss",
    en="It looks like gradients flow into the reference too: it is a constant.",
    zh="看起来梯度也流进了参考模型：它是常数。",
    breaks="The reference is a constant",
)
def trains_the_reference(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    solution.dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing)
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    chosen = beta * (policy_chosen.to(wide) - reference_chosen.to(wide))
    rejected = beta * (policy_rejected.to(wide) - reference_rejected.to(wide))
    return smooth(chosen - rejected, label_smoothing), chosen, rejected


def ipo(target, factor=lambda beta: 1.0):
    """IPO with another target or with a factor on the difference, both functions of beta."""

    def loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
        solution.ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)
        wide = torch.promote_types(policy_chosen.dtype, torch.float32)
        pc, pr, rc, rr = (x.to(wide) for x in (policy_chosen, policy_rejected, reference_chosen, reference_rejected))
        difference = (pc - rc.detach()) - (pr - rr.detach())
        return (factor(beta) * difference - target(beta)).square().mean()

    return loss


@mistake(
    of="ipo_loss",
    en="It looks like the target is 1 / beta: IPO's is 1 / (2 * beta).",
    zh="看起来目标是 1 / beta：IPO 的目标是 1 / (2 * beta)。",
)
def target_without_the_half(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    return ipo(lambda b: 1 / b)(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)


@mistake(
    of="ipo_loss",
    en="It looks like the target is beta / 2: a precedence slip in 1 / 2 * beta.",
    zh="看起来目标是 beta / 2：写成了 1 / 2 * beta，运算次序不对。",
)
def target_is_half_of_beta(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    return ipo(lambda b: b / 2)(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)


@mistake(
    of="ipo_loss",
    en="It looks like the difference is multiplied by beta, as in DPO: in IPO beta stands in the target alone.",
    zh="看起来像 DPO 那样给差值乘了 beta：在 IPO 里 beta 只出现在目标里。",
    breaks="without a factor",
)
def multiplies_by_beta(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    wrong = ipo(lambda b: 1 / (2 * b), factor=lambda b: b)
    return wrong(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)


@mistake(
    of="ipo_loss",
    en="It looks like the reference is left out: the policy's own difference is what is compared with the target.",
    zh="看起来没有用参考模型：拿策略自己的差值与目标相比。",
    breaks="The difference is (policy_chosen - reference_chosen)",
)
def compares_the_policy_alone(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    solution.ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)
    zero = torch.zeros_like(policy_chosen)
    return solution.ipo_loss(policy_chosen, policy_rejected, zero, zero, beta)


@mistake(
    of="ipo_loss",
    en="It looks like a difference beyond the target costs nothing: IPO pulls it back.",
    zh="看起来差值超过目标就没有代价：IPO 会把它拉回来。",
    breaks="the loss is the mean of the squares over the batch",
)
def nothing_beyond_the_target(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    solution.ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    pc, pr, rc, rr = (x.to(wide) for x in (policy_chosen, policy_rejected, reference_chosen, reference_rejected))
    difference = (pc - rc.detach()) - (pr - rr.detach())
    return ((difference - 1 / (2 * beta)).clamp(max=0) ** 2).mean()


def simpo(chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma, margins):
    solution.simpo_loss(chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma)
    wide = torch.promote_types(chosen.dtype, torch.float32)
    return -F.logsigmoid(margins(chosen.to(wide), rejected.to(wide))).mean()


@mistake(
    of="simpo_loss",
    en="It looks like beta multiplies gamma too: gamma is subtracted after the multiplication.",
    zh="看起来 beta 也乘到了 gamma 上：gamma 应在相乘之后再减。",
    breaks="and is not multiplied by `beta`",
)
def beta_times_gamma(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    return simpo(
        chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma,
        lambda c, r: beta * (c / chosen_lengths - r / rejected_lengths - gamma),
    )  # fmt: skip


@mistake(
    of="simpo_loss",
    en="It looks like the log-probabilities are not divided by the lengths: long answers lose.",
    zh="看起来对数概率没有除以长度：长的回答吃亏。",
    breaks="each is divided by its own length here",
)
def forgets_the_lengths(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    return simpo(
        chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma, lambda c, r: beta * (c - r) - gamma
    )  # fmt: skip


@mistake(
    of="simpo_loss",
    en="It looks like both answers are divided by the length of the chosen one.",
    zh="看起来两个回答都除以了被选回答的长度。",
    breaks="each is divided by its own length here",
)
def one_length_for_both(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    return simpo(
        chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma,
        lambda c, r: beta * (c - r) / chosen_lengths - gamma,
    )  # fmt: skip


@mistake(
    of="simpo_loss",
    en="It looks like gamma is added: the margin that is wanted makes the loss larger, not smaller.",
    zh="看起来加上了 gamma：要求的间隔应使损失变大，而不是变小。",
    breaks="the margin that is wanted",
)
def adds_gamma(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    return simpo(
        chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma,
        lambda c, r: beta * (c / chosen_lengths - r / rejected_lengths) + gamma,
    )  # fmt: skip


@mistake(
    of="simpo_loss",
    en="It looks like the logarithm is taken of the sigmoid: for a large negative margin that is log(0).",
    zh="看起来先算 sigmoid 再取对数：差值为很大的负数时就成了 log(0)。",
    breaks="It is finite for every finite margin",
)
def log_of_the_sigmoid_per_token(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    solution.simpo_loss(chosen, rejected, chosen_lengths, rejected_lengths, beta, gamma)
    wide = torch.promote_types(chosen.dtype, torch.float32)
    lead = chosen.to(wide) / chosen_lengths - rejected.to(wide) / rejected_lengths
    return -torch.log(torch.sigmoid(beta * lead - gamma)).mean()


@mistake(
    of="simpo_loss",
    en="It looks like only the length of the chosen answer is checked: the rejected one may have no token either.",
    zh="看起来只检查了被选回答的长度：被拒回答也可能没有词元。",
    breaks="or a length is smaller than 1",
)
def checks_one_length(chosen, rejected, chosen_lengths, rejected_lengths, beta=2.0, gamma=1.0):
    return simpo(
        chosen, rejected, chosen_lengths, rejected_lengths.abs() + (rejected_lengths == 0), beta, gamma,
        lambda c, r: beta * (c / chosen_lengths - r / rejected_lengths) - gamma,
    )  # fmt: skip


@mistake(
    of="ipo_loss",
    en="It looks like gradients flow into the reference too: it is a constant.",
    zh="看起来梯度也流进了参考模型：它是常数。",
    breaks="The reference is a constant",
)
def trains_the_reference_too(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1):
    solution.ipo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta)
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    pc, pr, rc, rr = (x.to(wide) for x in (policy_chosen, policy_rejected, reference_chosen, reference_rejected))
    return ((pc - rc) - (pr - rr) - 1 / (2 * beta)).square().mean()


@mistake(
    of="dpo_loss",
    en="It looks like half precision stays half precision: the difference of two log-probabilities loses digits.",
    zh="看起来半精度没有转换：两个对数概率相减会丢失位数。",
    breaks="are computed in float32, and the results are float32",
)
def subtracts_in_half_precision(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    solution.dpo_loss(policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta, label_smoothing)
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    better = (beta * (policy_chosen - reference_chosen.detach())).to(wide)
    worse = (beta * (policy_rejected - reference_rejected.detach())).to(wide)
    return smooth(better - worse, label_smoothing), better.detach(), worse.detach()


@mistake(
    of="dpo_loss",
    en="It looks like a policy is only compared with its reference: one answer is then set against all of the other "
    "side.",
    zh="看起来只比较了策略与参考模型的形状：于是一个回答会与另一侧的所有回答相比。",
    breaks="the four shapes differ",
)
def one_answer_against_all(
    policy_chosen, policy_rejected, reference_chosen, reference_rejected, beta=0.1, label_smoothing=0.0
):
    wide = torch.promote_types(policy_chosen.dtype, torch.float32)
    four = (policy_chosen, policy_rejected, reference_chosen, reference_rejected)
    fits = policy_chosen.shape == reference_chosen.shape and policy_rejected.shape == reference_rejected.shape
    size = max(len(policy_chosen), len(policy_rejected))
    many = [one.expand(size) if fits and len(one) == 1 else one for one in four]
    solution.dpo_loss(*many, beta, label_smoothing)
    better = beta * (policy_chosen.to(wide) - reference_chosen.to(wide).detach())
    worse = beta * (policy_rejected.to(wide) - reference_rejected.to(wide).detach())
    return smooth(better - worse, label_smoothing), better.detach(), worse.detach()
