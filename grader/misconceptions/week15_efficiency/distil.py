"""Known mistakes of week 15, distil."""

import distil as solution
import torch
import torch.nn.functional as F

from grader.mistakes import mistake


def parts(student, teacher, targets, *, detach=True):
    """What counts, in the wide dtype: the logits of both, and the tokens."""
    targets = targets.long()
    counted = targets != -100
    dtype = torch.promote_types(student.dtype, torch.float32)
    theirs = teacher.detach() if detach else teacher
    return student[counted].to(dtype), theirs[counted].to(dtype), targets[counted].long()


def divergence(theirs, mine):
    """KL of two tensors of logits for each place."""
    log_p, log_q = theirs.log_softmax(-1), mine.log_softmax(-1)
    return (log_p.exp() * torch.where(log_p.isneginf(), 0.0, log_p - log_q)).sum(-1)


def joined(student, teacher, targets, temperature, alpha, **changes):
    """The solution with some of its parts exchanged."""
    solution.distillation_loss(student, teacher, targets, temperature, alpha)
    mine, theirs, truth = parts(student, teacher, targets, detach=changes.get("detach", True))
    soft = changes.get("soft", lambda mine, theirs, t: divergence(theirs / t, mine / t).mean())
    hard = changes.get("hard", lambda mine, truth, t: F.cross_entropy(mine, truth))
    factor = changes.get("factor", temperature**2)
    return alpha * factor * soft(mine, theirs, temperature) + (1 - alpha) * hard(mine, truth, temperature)


@mistake(
    of="distillation_loss",
    en="It looks like the factor temperature**2 is missing: at a high temperature the teacher hardly counts then.",
    zh="看起来少了系数 temperature**2：这样温度高时教师几乎不起作用。",
)
def forgets_the_square(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, factor=1.0)


@mistake(
    of="distillation_loss",
    en="It looks like the factor is the temperature and not its square.",
    zh="看起来系数是温度，而不是它的平方。",
)
def factor_not_squared(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, factor=temperature)


@mistake(
    of="distillation_loss",
    en="It looks like the divergence goes the other way, KL(student || teacher).",
    zh="看起来散度的方向反了，成了 KL(student || teacher)。",
)
def the_other_way(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, soft=lambda m, t, T: divergence(m / T, t / T).mean())


@mistake(
    of="distillation_loss",
    en="It looks like the divergence goes the other way, KL(student || teacher), and leaves out the tokens that the "
    "teacher holds impossible.",
    zh="看起来散度的方向反了，成了 KL(student || teacher)，还略去了教师认为不可能的词元。",
)
def the_other_way_with_a_mask(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        log_p, log_q = (theirs / T).log_softmax(-1), (mine / T).log_softmax(-1)
        return (log_q.exp() * torch.where(log_p.isneginf(), 0.0, log_q - log_p)).sum(-1).mean()

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like the divergence is multiplied by -1: log p_teacher - log p_student, in this order.",
    zh="看起来散度差了一个负号：应是 log p_teacher - log p_student，次序不能反。",
    breaks="p_teacher * (log p_teacher - log p_student)",
)
def minus_the_divergence(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, factor=-(temperature**2))


@mistake(
    of="distillation_loss",
    en="It looks like only the student's logits are divided by the temperature.",
    zh="看起来只有学生的 logits 除以了温度。",
    breaks="both are divided by `temperature` for the KL divergence",
)
def cools_the_student_alone(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, soft=lambda m, t, T: divergence(t, m / T).mean())


@mistake(
    of="distillation_loss",
    en="It looks like the divergence is added up over the places: it is a mean, as the cross-entropy is.",
    zh="看起来散度对各位置求了和：它和交叉熵一样，应取平均。",
    breaks="Both parts are means over the places whose target is not -100",
)
def sum_over_the_places(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, soft=lambda m, t, T: divergence(t / T, m / T).sum())


@mistake(
    of="distillation_loss",
    en="It looks like only the teacher's logits are divided by the temperature.",
    zh="看起来只有教师的 logits 除以了温度。",
    breaks="both are divided by `temperature` for the KL divergence",
)
def cools_the_teacher_alone(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, soft=lambda m, t, T: divergence(t / T, m).mean())


@mistake(
    of="distillation_loss",
    en="It looks like the cross-entropy is taken at the temperature, too: the targets are learned at temperature 1.",
    zh="看起来交叉熵也用了温度：学习目标词元时温度为 1。",
    breaks="The cross-entropy of `targets` is that of the student's logits as they are, at temperature 1",
)
def temperature_in_both(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, hard=lambda m, y, T: F.cross_entropy(m / T, y))


@mistake(
    of="distillation_loss",
    en="It looks like alpha and 1 - alpha are exchanged: alpha belongs to the divergence.",
    zh="看起来 alpha 与 1 - alpha 放反了：alpha 属于散度一项。",
)
def alpha_turned_round(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, 1 - alpha)


@mistake(
    of="distillation_loss",
    en='It looks like the divergence is averaged over the vocabulary as well (reduction="mean"): for a large one '
    "hardly anything is left of it.",
    zh='看起来散度对词表也取了平均（reduction="mean"）：词表很大时，它就所剩无几。',
)
def mean_over_the_vocabulary(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(
        student,
        teacher,
        targets,
        temperature,
        alpha,
        soft=lambda m, t, T: divergence(t / T, m / T).mean() / m.shape[-1],
    )


@mistake(
    of="distillation_loss",
    en="It looks like the divergence is divided by the number of rows of the batch and not of its places: "
    'reduction="batchmean" looks at the first axis alone.',
    zh='看起来散度除以的是批次的行数，而不是位置数：reduction="batchmean" 只看第一个轴。',
    breaks="Both parts are means over the places whose target is not -100",
)
def mean_over_the_rows(student, teacher, targets, temperature=2.0, alpha=0.5):
    rows = len(student) if student.ndim > 1 else 1
    return joined(
        student,
        teacher,
        targets,
        temperature,
        alpha,
        soft=lambda m, t, T: divergence(t / T, m / T).sum() / rows,
    )


@mistake(
    of="distillation_loss",
    en="It looks like probabilities are given where log-probabilities belong, the first argument of F.kl_div: the "
    '"divergence" can be negative then.',
    zh="看起来在该放对数概率的地方放了概率（F.kl_div 的第一个参数）：这样“散度”会是负的。",
)
def probabilities_for_logarithms(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        return F.kl_div((mine / T).softmax(-1), (theirs / T).softmax(-1), reduction="batchmean")

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like places with the target -100 count in the divergence: padding is learned from the teacher then.",
    zh="看起来目标为 -100 的位置也计入散度：这样会向教师学习填充。",
    breaks="the other places play no part at all",
)
def learns_from_padding(student, teacher, targets, temperature=2.0, alpha=0.5):
    solution.distillation_loss(student, teacher, targets, temperature, alpha)
    dtype = torch.promote_types(student.dtype, torch.float32)
    mine, theirs = student.to(dtype), teacher.detach().to(dtype)
    targets = targets.long()
    counted = targets != -100
    soft = divergence(theirs / temperature, mine / temperature).mean()
    hard = F.cross_entropy(mine[counted], targets[counted].long())
    return alpha * temperature**2 * soft + (1 - alpha) * hard


@mistake(
    of="distillation_loss",
    en="It looks like ignored places are set to 0 and still counted in the mean.",
    zh="看起来被忽略的位置只是置零，取平均时仍然计入。",
    breaks="Both parts are means over the places whose target is not -100",
)
def mean_over_all_places(student, teacher, targets, temperature=2.0, alpha=0.5):
    loss = solution.distillation_loss(student, teacher, targets, temperature, alpha)
    return loss * (targets.long() != -100).double().mean().to(loss.dtype)


@mistake(
    of="distillation_loss",
    en="It looks like the teacher's logits get a gradient: the teacher would be drawn towards its student.",
    zh="看起来教师的 logits 得到了梯度：教师会被拉向学生。",
    breaks="Gradients reach the student's logits and never the teacher's",
)
def teaches_the_teacher(student, teacher, targets, temperature=2.0, alpha=0.5):
    return joined(student, teacher, targets, temperature, alpha, detach=False)


@mistake(
    of="distillation_loss",
    en="It looks like a token of probability 0 gives 0 * -inf, which is NaN.",
    zh="看起来概率为 0 的词元给出 0 * -inf，即 NaN。",
    breaks="A token whose teacher's logit is -inf adds nothing to the divergence",
)
def zero_times_infinity(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        log_p, log_q = (theirs / T).log_softmax(-1), (mine / T).log_softmax(-1)
        return (log_p.exp() * (log_p - log_q)).sum(-1).mean()

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like the softmax comes before the logarithm: for large logits that is log 0.",
    zh="看起来先求 softmax 再取对数：logits 很大时就是 log 0。",
)
def log_of_softmax(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        p, q = (theirs / T).softmax(-1), (mine / T).softmax(-1)
        return torch.where(p == 0, 0.0, p * (p.log() - q.log())).sum(-1).mean()

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like the teacher's cross-entropy stands in for the divergence: without the teacher's entropy it is "
    "not 0 when both agree.",
    zh="看起来用对教师分布的交叉熵代替了散度：没有减去教师的熵，两者一致时它不为 0。",
)
def without_the_entropy(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        return F.cross_entropy(mine / T, (theirs / T).softmax(-1))

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like the divergence is divided by the number of all places: those whose target is -100 do not count.",
    zh="看起来散度除以了所有位置的个数：目标为 -100 的位置不应计入。",
    breaks="Both parts are means over the places whose target is not -100",
)
def divided_by_all_places(student, teacher, targets, temperature=2.0, alpha=0.5):
    places = targets.numel()
    return joined(
        student,
        teacher,
        targets,
        temperature,
        alpha,
        soft=lambda m, t, T: divergence(t / T, m / T).sum() / places,
    )


@mistake(
    of="distillation_loss",
    en="It looks like the two parts are mixed by torch.lerp, or by going from one to the other with their difference: "
    "where the divergence is infinite, inf - inf is NaN. Weigh each part and add.",
    zh="看起来用 torch.lerp（或两部分之差）来混合两部分：散度为无穷大时，inf - inf 是 NaN。应当各自加权再相加。",
    breaks="the loss is infinite, not NaN, where the student's logit is -inf",
)
def mixes_by_the_difference(student, teacher, targets, temperature=2.0, alpha=0.5):
    solution.distillation_loss(student, teacher, targets, temperature, alpha)
    mine, theirs, truth = parts(student, teacher, targets)
    soft = temperature**2 * divergence(theirs / temperature, mine / temperature).mean()
    return torch.lerp(F.cross_entropy(mine, truth), soft, alpha)


@mistake(
    of="distillation_loss",
    en="It looks like tokens that the teacher finds very improbable are left out: only those of probability 0 add "
    "nothing.",
    zh="看起来略去了教师认为概率极小的词元：只有概率为 0 的才没有贡献。",
    breaks="and the teacher's probability is not 0, however small",
)
def leaves_out_the_rare(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        log_p, log_q = (theirs / T).log_softmax(-1), (mine / T).log_softmax(-1)
        return (log_p.exp() * torch.where(log_p.exp() <= 1e-8, 0.0, log_p - log_q)).sum(-1).mean()

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like a small number such as 1e-8 is added before the logarithms are taken: what should be infinite, "
    "or tiny, becomes something else. Use log_softmax.",
    zh="看起来取对数之前加了一个很小的数（例如 1e-8）：本应无穷大或极小的值就变了。请用 log_softmax。",
    breaks="the loss is infinite, not NaN, where the student's logit is -inf",
)
def adds_epsilon(student, teacher, targets, temperature=2.0, alpha=0.5):
    def soft(mine, theirs, T):
        p, q = (theirs / T).softmax(-1), (mine / T).softmax(-1)
        return (p * ((p + 1e-8).log() - (q + 1e-8).log())).sum(-1).mean()

    return joined(student, teacher, targets, temperature, alpha, soft=soft)


@mistake(
    of="distillation_loss",
    en="It looks like logits in half precision are divided by the temperature before they are converted: their last "
    "digits are lost by then.",
    zh="看起来半精度的 logits 先除以温度、后转换：末几位那时已经丢了。",
    breaks="before anything is computed",
)
def divides_in_half(student, teacher, targets, temperature=2.0, alpha=0.5):
    solution.distillation_loss(student, teacher, targets, temperature, alpha)
    mine, theirs, truth = parts(student, teacher, targets)
    counted = targets.long() != -100
    cool, warm = ((logits[counted] / temperature).to(mine.dtype) for logits in (student, teacher.detach()))
    soft = divergence(warm, cool).mean()
    return alpha * temperature**2 * soft + (1 - alpha) * F.cross_entropy(mine, truth)
