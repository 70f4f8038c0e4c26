"""Known mistakes of week 17, memorisation."""

import math

import memorisation as solution
import torch

from grader.mistakes import mistake


def with_rank(canaries, others, rank):
    """The exposure that another idea of the rank gives, behind the checks of the contract."""
    solution.exposure(canaries, others)
    ranks = [rank(canary, others) for canary in canaries.detach()]
    found = [math.log2(len(others) + 1) - math.log2(float(one)) for one in ranks]
    return torch.tensor(found, dtype=torch.float64, device=canaries.device)


@mistake(
    of="exposure",
    en="It looks like equal losses do not count in the rank. A model that finds everything equally likely would then "
    "seem to have learned every canary by heart.",
    zh="看起来相等的损失没有计入名次。这样，一个认为什么都同样可能的模型，就好像背下了所有金丝雀。",
    breaks="the number of `others` with a loss of at most its own",
)
def is_kind_to_ties(canaries, others):
    return with_rank(canaries, others, lambda canary, others: 1 + (others < canary).sum())


@mistake(
    of="exposure",
    en="It looks like equal losses count half in the rank, as they do in the AUC. Here each worsens the rank by one.",
    zh="看起来相等的损失在名次中只算一半，那是 AUC 的做法。这里每一个都使名次退后一位。",
    breaks="the number of `others` with a loss of at most its own",
)
def counts_ties_half(canaries, others):
    return with_rank(
        canaries, others, lambda canary, others: 1 + (others < canary).sum() + 0.5 * (others == canary).sum()
    )


@mistake(
    of="exposure",
    en="It looks like ranks begin with 0 in your code. The likeliest text has rank 1, so that its exposure is finite.",
    zh="看起来你的名次从 0 开始。最可能的文本名次是 1，这样暴露度才是有限的。",
    breaks="The rank of a canary is 1 plus",
)
def counts_from_zero(canaries, others):
    solution.exposure(canaries, others)
    rank = torch.stack(
        [(others <= canary).sum() for canary in canaries.detach()] or [torch.zeros((), dtype=torch.long)]
    )
    found = math.log2(len(others) + 1) - torch.log2(rank.double())
    return found[: len(canaries)].to(canaries.device)


@mistake(
    of="exposure",
    en="It looks like high losses come first in your ranking. A text that a model remembers has a low loss.",
    zh="看起来损失高的排在了前面。模型记住的文本，损失是低的。",
    breaks="the number of `others` with a loss of at most its own",
)
def ranks_from_the_wrong_end(canaries, others):
    return with_rank(canaries, others, lambda canary, others: 1 + (others >= canary).sum())


@mistake(
    of="exposure",
    en="It looks like you take the logarithm of n in the place of n + 1: the canary itself is one of the texts, too.",
    zh="看起来你取的是 n 的对数，而不是 n + 1 的：金丝雀自己也是其中一段文本。",
    breaks="exposure = log2(n + 1) - log2(rank)",
)
def forgets_the_canary_itself(canaries, others):
    return solution.exposure(canaries, others) + math.log2(len(others) / (len(others) + 1))


@mistake(
    of="exposure",
    en="It looks like you use the natural logarithm: that counts in nats, and exposure is in bits.",
    zh="看起来你用了自然对数：单位成了奈特，而暴露度以比特计。",
    breaks="exposure = log2(n + 1) - log2(rank)",
)
def counts_in_nats(canaries, others):
    return solution.exposure(canaries, others) * math.log(2)


@mistake(
    of="exposure",
    en="It looks like the canaries are ranked among each other, too. Only `others` make a rank.",
    zh="看起来金丝雀之间也互相排了名。名次只看 `others`。",
    breaks="Other canaries play no part",
)
def ranks_canaries_too(canaries, others):
    solution.exposure(canaries, others)
    rows = []
    for i in range(len(canaries)):
        rows.append(solution.exposure(canaries[i : i + 1], torch.cat([others, canaries[:i], canaries[i + 1 :]])))
    return torch.cat(rows) if rows else canaries.new_zeros(0, dtype=torch.float64)


@mistake(
    of="exposure",
    en="It looks like the answers come in the order of the losses. They belong in the order of the canaries.",
    zh="看起来答案是按损失的大小排列的。应按金丝雀原来的次序。",
)
def sorts_the_answer(canaries, others):
    return solution.exposure(canaries.detach().sort().values, others)


@mistake(
    of="exposure",
    en="It looks like the answer has the dtype of the losses. It is a count and comes in float64.",
    zh="看起来答案沿用了损失的类型。它来自计数，应为 float64。",
    breaks="The answer is float64, on the device",
)
def keeps_the_dtype(canaries, others):
    return solution.exposure(canaries, others).to(canaries.dtype)


@mistake(
    of="exposure",
    en="It looks like the answer is made of Python numbers without a device: for canaries on a GPU it would lie on the "
    "CPU. Pass device=canaries.device.",
    zh="看起来答案由 Python 数创建，没有给出设备：canaries 在 GPU 上时，它会在 CPU 上。请传入 device=canaries.device。",
    breaks="on the device of `canaries`",
)
def makes_the_answer_on_the_cpu(canaries, others):
    return torch.tensor(solution.exposure(canaries, others).tolist(), dtype=torch.float64)


@mistake(
    of="exposure",
    en="It looks like infinite losses are dropped before you count. An impossible text still has a place.",
    zh="看起来你在计数之前去掉了无穷大的损失。不可能的文本也有自己的名次。",
    breaks="Infinite losses count like others",
)
def drops_infinite_losses(canaries, others):
    solution.exposure(canaries, others)
    finite = others[others.isfinite()]
    return solution.exposure(canaries, finite if len(finite) else others)


@mistake(
    of="exposure",
    en="It looks like NaN passes. No comparison with it holds, so a broken loss looks like the likeliest of all.",
    zh="看起来你放过了 NaN。与它的比较都不成立，于是坏掉的损失看上去像是最可能的。",
    breaks="or a loss is NaN",
)
def lets_nan_pass(canaries, others):
    if canaries.ndim != 1 or others.ndim != 1 or len(others) == 0:
        raise ValueError
    rank = 1 + (others.detach()[None, :] <= canaries.detach()[:, None]).sum(1)
    return math.log2(len(others) + 1) - torch.log2(rank.double())


@mistake(
    of="exposure",
    en="It looks like axes are flattened away, so that losses in a table are taken for a list.",
    zh="看起来多余的轴被展平了，表格形式的损失被当成了列表。",
    breaks="if one of the two has not exactly one axis",
)
def flattens(canaries, others):
    return solution.exposure(canaries.reshape(-1), others.reshape(-1))


@mistake(
    of="membership_scores",
    en="It looks like you return the loss itself. A low loss is the sign of a member, and higher scores must mean more "
    "like one.",
    zh="看起来你返回的是损失本身。成员的损失低，而分数高应表示更像成员。",
    breaks="Higher means more like it",
)
def forgets_the_sign(losses, reference=None, kind="loss"):
    found = solution.membership_scores(losses, reference, kind)
    return -found if kind == "loss" else found


@mistake(
    of="membership_scores",
    en="It looks like the difference is taken the other way round: the loss minus the reference's.",
    zh="看起来差的方向反了：用损失减去了参考的损失。",
    breaks="the reference's loss minus the loss",
)
def turns_the_difference_round(losses, reference=None, kind="loss"):
    found = solution.membership_scores(losses, reference, kind)
    return -found if kind == "difference" else found


@mistake(
    of="membership_scores",
    en="It looks like you divide the reference's loss by the loss. The order of the texts is the same, the numbers are "
    "not.",
    zh="看起来你用参考的损失除以了损失。文本的次序不变，数值却不同。",
    breaks="minus the loss divided by the reference's loss",
)
def divides_the_other_way(losses, reference=None, kind="loss"):
    found = solution.membership_scores(losses, reference, kind)
    return -1 / found if kind == "ratio" else found


@mistake(
    of="membership_scores",
    en="It looks like the ratio has no minus: then the hardest texts look like training data.",
    zh="看起来比值前面缺了负号：这样，对模型最难的文本反而最像训练数据。",
    breaks="minus the loss divided by the reference's loss",
)
def forgets_the_minus_of_the_ratio(losses, reference=None, kind="loss"):
    found = solution.membership_scores(losses, reference, kind)
    return -found if kind == "ratio" else found


@mistake(
    of="membership_scores",
    en='It looks like a reference is used whenever there is one. With "loss" it plays no part.',
    zh='看起来只要给了参考你就会用上。种类为 "loss" 时它不起作用。',
    breaks="minus the loss; `reference` plays no part",
)
def uses_what_it_is_given(losses, reference=None, kind="loss"):
    if kind == "loss" and reference is not None:
        return reference - losses
    return solution.membership_scores(losses, reference, kind)


@mistake(
    of="membership_scores",
    en="It looks like the mean of the reference's losses is subtracted. Each text has its own difficulty.",
    zh="看起来减去的是参考损失的平均值。每段文本各有自己的难度。",
    breaks="the reference's loss minus the loss",
)
def takes_the_mean_of_the_reference(losses, reference=None, kind="loss"):
    found = solution.membership_scores(losses, reference, kind)
    return reference.mean() - losses if kind == "difference" else found


@mistake(
    of="membership_scores",
    en="It looks like a reference of another shape is broadcast: one loss then judges all texts.",
    zh="看起来形状不同的参考被广播了：一个损失被用来衡量所有文本。",
    breaks="or its shape is another one",
)
def broadcasts(losses, reference=None, kind="loss"):
    if kind in ("difference", "ratio") and reference is not None and reference.shape != losses.shape:
        reference = reference.expand_as(losses) if reference.numel() == 1 else losses.new_ones(losses.shape)
    return solution.membership_scores(losses, reference, kind)


@mistake(
    of="membership_scores",
    en="It looks like an unknown kind falls back to the loss. A spelling mistake then changes the attack unnoticed.",
    zh="看起来未知的种类退回成了损失。这样，写错一个字母就悄悄换了攻击方法。",
    breaks="for any other kind",
)
def falls_back_to_the_loss(losses, reference=None, kind="loss"):
    return solution.membership_scores(losses, reference, kind if kind in ("difference", "ratio") else "loss")


@mistake(
    of="membership_scores",
    en="It looks like you divide by a loss of 0 or below without a word.",
    zh="看起来除数为 0 或负数时，你没有报错。",
    breaks="also if a loss of the reference is not above 0",
)
def divides_by_anything(losses, reference=None, kind="loss"):
    if kind == "ratio" and reference is not None and reference.shape == losses.shape:
        return -losses / reference
    return solution.membership_scores(losses, reference, kind)


def pairs(scores, members, worth):
    """The share of pairs by their worth, behind the checks of the contract."""
    solution.attack_auc(scores, members)
    ascending = scores[~members].detach().sort().values
    inside = scores[members].detach()
    below = torch.searchsorted(ascending, inside)
    equal = torch.searchsorted(ascending, inside, right=True) - below
    return float((below + worth * equal).double().sum()) / (len(inside) * len(ascending))


@mistake(
    of="attack_auc",
    en="It looks like equal scores count nothing. A score that is the same for all texts would be worse than guessing.",
    zh="看起来相等的分数不计。这样，对所有文本都一样的分数就比乱猜还差。",
    breaks="A pair with equal scores counts half",
)
def gives_ties_nothing(scores, members):
    return pairs(scores, members, 0.0)


@mistake(
    of="attack_auc",
    en="It looks like equal scores count in full. A score that is the same for all texts would seem perfect.",
    zh="看起来相等的分数全算对。这样，对所有文本都一样的分数就显得完美。",
    breaks="A pair with equal scores counts half",
)
def gives_ties_everything(scores, members):
    return pairs(scores, members, 1.0)


@mistake(
    of="attack_auc",
    en="It looks like the pairs are counted the wrong way round: yours is 1 minus the area.",
    zh="看起来配对的方向反了：你的结果是 1 减去面积。",
    breaks="the member has the higher score",
)
def is_the_wrong_way_round(scores, members):
    return 1 - solution.attack_auc(scores, members)


@mistake(
    of="attack_auc",
    en="It looks like an area below a half is turned over. It says that the attack points the wrong way; keep it.",
    zh="看起来小于一半的面积被翻转了。它说明攻击的方向反了，应当保留。",
    breaks="the member has the higher score",
)
def never_falls_below_a_half(scores, members):
    area = solution.attack_auc(scores, members)
    return max(area, 1 - area)


@mistake(
    of="attack_auc",
    en="It looks like you return the accuracy at the best threshold. The area looks at all thresholds.",
    zh="看起来你返回的是最佳阈值处的准确率。面积要看所有阈值。",
)
def returns_an_accuracy(scores, members):
    solution.attack_auc(scores, members)
    return max(float(((scores >= one) == members).double().mean()) for one in scores.detach())


@mistake(
    of="attack_auc",
    en="It looks like pairs are added up in float32, which loses single pairs above 2 ** 24.",
    zh="看起来配对数是用 float32 累加的，超过 2 ** 24 就会丢掉零头。",
)
def adds_in_float32(scores, members):
    inside, outside = int(members.sum()), int((~members).sum())
    found = torch.tensor(solution.attack_auc(scores, members), dtype=torch.float32)
    return float(found) if inside * outside > 2**24 else solution.attack_auc(scores, members)


def unchecked(scores, members):
    """The parts without a check for NaN."""
    if scores.shape != members.shape or members.all() or not members.any():
        raise ValueError
    return scores[members].detach(), scores[~members].detach()


@mistake(
    of="attack_auc",
    en="It looks like NaN counts as lower than everything. A score that is NaN says nothing; raise ValueError.",
    zh="看起来 NaN 被当作最低的分数。NaN 什么也没说明；应当抛出 ValueError。",
    breaks="if the shapes differ, a score is NaN, or there is no member or no non-member",
)
def ranks_nan(scores, members):
    inside, outside = unchecked(scores, members)
    if not scores.isnan().any():
        return solution.attack_auc(scores, members)
    return float(((inside[:, None] > outside).double() + 0.5 * (inside[:, None] == outside)).mean())


@mistake(
    of="attack_auc",
    en="It looks like one half is returned when there are no members or no non-members. Nothing was measured then.",
    zh="看起来没有成员或没有非成员时你返回了一半。那时什么都没有测到。",
    breaks="if the shapes differ, a score is NaN, or there is no member or no non-member",
)
def guesses_a_half(scores, members):
    if scores.shape == members.shape and not scores.isnan().any() and (members.all() or not members.any()):
        return 0.5
    return solution.attack_auc(scores, members)


def best(scores, members, max_fpr, allowed, strictly=False):
    """The highest true positive rate by trying thresholds, with another idea of which are allowed."""
    solution.tpr_at_fpr(scores, members, max_fpr)
    inside, outside = scores[members].detach(), scores[~members].detach()
    rates = [0.0]
    for one in [*scores.detach(), torch.tensor(torch.inf)]:
        over = (outside > one) if strictly else (outside >= one)
        if allowed(int(over.sum()), len(outside)):
            rates.append(float((inside >= one).sum()) / len(inside))
    return max(rates)


@mistake(
    of="tpr_at_fpr",
    en="It looks like the rate must stay below `max_fpr`; it may reach it.",
    zh="看起来你要求假阳性率严格小于 `max_fpr`；等于也可以。",
    breaks="with a false positive rate of at most `max_fpr`",
)
def stays_below_the_rate(scores, members, max_fpr=0.01):
    return best(scores, members, max_fpr, lambda count, n: count / n < max_fpr)


@mistake(
    of="tpr_at_fpr",
    en="It looks like you interpolate between two thresholds: no threshold reaches that rate.",
    zh="看起来你在两个阈值之间插值了：没有阈值能达到那个比例。",
    breaks="Nothing is interpolated",
)
def interpolates_between_thresholds(scores, members, max_fpr=0.01):
    solution.tpr_at_fpr(scores, members, max_fpr)
    inside, outside = scores[members].detach(), scores[~members].detach()
    points = [(0.0, 0.0)]
    for one in scores.detach().unique().flip(0):
        points.append((float((outside >= one).double().mean()), float((inside >= one).double().mean())))
    for (x, y), (right, up) in zip(points, points[1:], strict=False):
        if right > max_fpr:
            return y + (up - y) * (max_fpr - x) / (right - x)
    return 1.0


@mistake(
    of="tpr_at_fpr",
    en="It looks like texts with equal scores are named one by one, members first. A threshold names them together.",
    zh="看起来分数相等的文本是逐个指认的，而且成员在先。一个阈值会把它们一起指认。",
    breaks="texts with equal scores are named together or not at all",
)
def names_members_first(scores, members, max_fpr=0.01):
    return best(scores, members, max_fpr, lambda count, n: count / n <= max_fpr, strictly=True)


@mistake(
    of="tpr_at_fpr",
    en="It looks like texts are named one by one, the highest score first, so that equal scores are parted by the "
    "order in which the texts stand. A threshold names them together.",
    zh="看起来从分数最高的开始逐个指认文本，分数相等的就按排列的先后分开了。一个阈值会把它们一起指认。",
    breaks="texts with equal scores are named together or not at all",
)
def names_one_after_the_other(scores, members, max_fpr=0.01):
    solution.tpr_at_fpr(scores, members, max_fpr)
    right = members[scores.detach().argsort(descending=True, stable=True)].double()
    rates = (1 - right).cumsum(0) / (1 - right).sum()
    return max([0.0, *(right.cumsum(0) / right.sum())[rates <= max_fpr].tolist()])


@mistake(
    of="tpr_at_fpr",
    en="It looks like false accusations are divided by all texts. The rate is of the non-members.",
    zh="看起来冤枉的个数除以了全部文本。假阳性率的分母是非成员。",
    breaks="divided by the number of all",
)
def divides_by_all_texts(scores, members, max_fpr=0.01):
    return best(scores, members, max_fpr, lambda count, n: count / len(scores) <= max_fpr)


@mistake(
    of="tpr_at_fpr",
    en="It looks like you bound the share of wrong names among all names. That is one minus precision, not the false "
    "positive rate.",
    zh="看起来你限制的是被指认者中冤枉的比例。那是 1 减精确率，不是假阳性率。",
    breaks="divided by the number of all",
)
def bounds_the_precision(scores, members, max_fpr=0.01):
    solution.tpr_at_fpr(scores, members, max_fpr)
    rates = [0.0]
    for one in scores.detach():
        right, wrong = int((scores[members] >= one).sum()), int((scores[~members] >= one).sum())
        if wrong / (right + wrong) <= max_fpr:
            rates.append(right / int(members.sum()))
    return max(rates)


@mistake(
    of="tpr_at_fpr",
    en="It looks like the number of false accusations is found by multiplying: 0.29 * 100 is a little less than 29.",
    zh="看起来允许冤枉的个数是用乘法算的：0.29 * 100 比 29 略小。",
    breaks="divided by the number of all",
)
def multiplies_the_rate(scores, members, max_fpr=0.01):
    return best(scores, members, max_fpr, lambda count, n: count <= int(max_fpr * n))


@mistake(
    of="tpr_at_fpr",
    en="It looks like the bound is rounded up to a whole non-member: with few of them a rate of 0.01 allows none.",
    zh="看起来上限被进位到了整个非成员：非成员很少时，0.01 的比例一个都不允许。",
    breaks="with a false positive rate of at most `max_fpr`",
)
def rounds_up(scores, members, max_fpr=0.01):
    return best(scores, members, max_fpr, lambda count, n: count <= math.ceil(max_fpr * n))


@mistake(
    of="tpr_at_fpr",
    en="It looks like the roles are exchanged: you return how many non-members are named when few members are.",
    zh="看起来成员与非成员对调了：你返回的是少指认成员时指认了多少非成员。",
    breaks="the true positive rate is the",
)
def exchanges_the_roles(scores, members, max_fpr=0.01):
    return solution.tpr_at_fpr(scores, ~members, max_fpr)


@mistake(
    of="tpr_at_fpr",
    en="It looks like texts with low scores are named. Higher means more like the training data.",
    zh="看起来你指认的是分数低的文本。分数高才更像训练数据。",
    breaks="names every text with a score of at least that",
)
def names_low_scores(scores, members, max_fpr=0.01):
    return solution.tpr_at_fpr(-scores, members, max_fpr)


@mistake(
    of="tpr_at_fpr",
    en="It looks like a rate outside 0 to 1 is let in, per cent for instance.",
    zh="看起来你放过了 0 到 1 以外的比例，例如百分数。",
    breaks="or `max_fpr` is not in",
)
def accepts_per_cent(scores, members, max_fpr=0.01):
    return solution.tpr_at_fpr(scores, members, min(max(0.0, max_fpr), 1.0))


@mistake(
    of="tpr_at_fpr",
    en="It looks like your threshold is a quantile of the non-members' scores. A quantile interpolates, and lets one "
    "too many through: try the scores as thresholds.",
    zh="看起来你的阈值取自非成员分数的分位数。分位数会插值，还可能多放过一个：应把各个分数当作阈值来试。",
    breaks="Nothing is interpolated",
)
def takes_a_quantile_of_the_scores(scores, members, max_fpr=0.01):
    solution.tpr_at_fpr(scores, members, max_fpr)
    threshold = torch.quantile(scores[~members].detach().double(), 1 - max_fpr)
    return float((scores[members].detach().double() >= threshold).double().mean())


@mistake(
    of="exposure",
    en="It looks like `others` with equal losses are counted once. Each of them stands before the canary.",
    zh="看起来损失相等的其他文本只算了一个。其中每一段都排在金丝雀前面。",
    breaks="the number of `others` with a loss of at most its own",
)
def counts_equal_losses_once(canaries, others):
    return with_rank(canaries, others, lambda canary, others: 1 + (others.unique() <= canary).sum())


@mistake(
    of="exposure",
    en="It looks like the answer is always float32: that is what torch.log2 makes of whole numbers. Convert the ranks "
    "to float64 first.",
    zh="看起来答案总是 float32：torch.log2 对整数就返回这种类型。应先把名次转换成 float64。",
    breaks="The answer is float64, on the device",
)
def takes_log2_of_whole_numbers(canaries, others):
    return solution.exposure(canaries, others).float()
