"""Known mistakes of week 02, scores."""

import scores as solution
import torch

from grader.mistakes import mistake


def known(average):
    return average in ("binary", "macro", "micro")


def per_class(predicted, labels):
    classes = torch.cat([predicted, labels]).unique().tolist()
    return [solution.precision_recall_f1((predicted == one).long(), (labels == one).long()) for one in classes]


@mistake(
    of="precision_recall_f1",
    en="It looks like precision and recall are exchanged.",
    zh="看起来精确率和召回率互换了。",
)
def exchanged(predicted, labels, average="binary"):
    precision, recall, f1 = solution.precision_recall_f1(predicted, labels, average)
    return recall, precision, f1


@mistake(
    of="precision_recall_f1",
    en="It looks like F1 is the plain mean of precision and recall: it is their harmonic mean.",
    zh="看起来 F1 取了精确率和召回率的算术平均：应当是调和平均。",
    breaks="F1 their harmonic mean",
)
def arithmetic_mean(predicted, labels, average="binary"):
    precision, recall, f1 = solution.precision_recall_f1(predicted, labels, average)
    if average == "macro":
        return (
            precision,
            recall,
            sum((p + r) / 2 for p, r, _ in per_class(predicted, labels)) / len(per_class(predicted, labels)),
        )
    return precision, recall, (precision + recall) / 2


@mistake(
    of="precision_recall_f1",
    en='It looks like the F1 of "macro" is computed from the mean precision and recall: take the mean of the F1s.',
    zh='看起来 "macro" 的 F1 是用平均精确率和平均召回率算的：应当对各类的 F1 取均值。',
    breaks='The F1 of "macro" is the mean of the classes\' F1',
)
def f1_of_the_means(predicted, labels, average="binary"):
    precision, recall, f1 = solution.precision_recall_f1(predicted, labels, average)
    if average == "macro":
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


@mistake(
    of="precision_recall_f1",
    en='It looks like only classes that were predicted count in "macro": one that nobody found must pull it down.',
    zh='看起来 "macro" 只计入预测中出现的类别：没有被找到的类别也应拉低平均值。',
    breaks="takes the mean over the classes that occur",
)
def classes_of_the_predictions(predicted, labels, average="binary"):
    answer = solution.precision_recall_f1(predicted, labels, average)
    if average != "macro":
        return answer
    each = [
        solution.precision_recall_f1((predicted == one).long(), (labels == one).long()) for one in predicted.unique()
    ]
    return tuple(sum(column) / len(each) for column in zip(*each, strict=True))


@mistake(
    of="precision_recall_f1",
    en="It looks like one prediction is compared with many labels, because broadcasting lets it: refuse it.",
    zh="看起来一个预测与许多标签作了比较，因为广播允许这样做：应当拒绝。",
)
def one_for_many(predicted, labels, average="binary"):
    return solution.precision_recall_f1(
        predicted.expand(len(labels)) if len(predicted) == 1 else predicted, labels, average
    )


@mistake(
    of="precision_recall_f1",
    en="It looks like 0/0 counts as 1: who predicts nothing then has a perfect precision.",
    zh="看起来 0/0 按 1 处理：那样什么也不判的分类器精确率就是满分。",
    breaks="0/0 counts as 0 in all three",
)
def nothing_is_perfect(predicted, labels, average="binary"):
    solution.precision_recall_f1(predicted, labels, average)
    classes = [1] if average == "binary" else torch.cat([predicted, labels]).unique().tolist()
    counts = [solution._counts(predicted, labels, one) for one in classes]
    if average == "micro":
        counts = [[sum(column) for column in zip(*counts, strict=True)]]
    each = []
    for hits, said, true in counts:
        precision, recall = hits / said if said else 1.0, hits / true if true else 1.0
        each.append((precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0))
    return tuple(sum(column) / len(each) for column in zip(*each, strict=True))


@mistake(
    of="precision_recall_f1",
    en='It looks like "macro" counts all numbers from 0 to the highest class: a class that occurs nowhere is none.',
    zh='看起来 "macro" 计入了从 0 到最大编号的所有数：哪里都没有出现的编号不算一个类。',
)
def every_number_is_a_class(predicted, labels, average="binary"):
    answer = solution.precision_recall_f1(predicted, labels, average)
    if average != "macro":
        return answer
    classes = range(int(max(predicted.max(), labels.max())) + 1)
    each = [solution.precision_recall_f1((predicted == one).long(), (labels == one).long()) for one in classes]
    return tuple(sum(column) / len(each) for column in zip(*each, strict=True))


@mistake(
    of="precision_recall_f1",
    en="It looks like 0/0 gives NaN: here it counts as 0.",
    zh="看起来 0/0 得到了 NaN：这里按 0 处理。",
)
def nan_for_nothing(predicted, labels, average="binary"):
    solution.precision_recall_f1(predicted, labels, average)
    classes = [1] if average == "binary" else torch.cat([predicted, labels]).unique().tolist()
    counts = torch.tensor(
        [
            [
                int(((predicted == one) & (labels == one)).sum()),
                int((predicted == one).sum()),
                int((labels == one).sum()),
            ]
            for one in classes
        ],
        dtype=torch.float64,
    )
    hits, said, there = (counts.sum(dim=0, keepdim=True) if average == "micro" else counts).unbind(dim=1)
    precision, recall = hits / said, hits / there
    f1 = 2 * precision * recall / (precision + recall)
    return float(precision.mean()), float(recall.mean()), float(f1.mean())


@mistake(
    of="precision_recall_f1",
    en='It looks like "macro" leaves out a class that is predicted but never occurs as a label.',
    zh='看起来 "macro" 漏掉了只在预测中出现、标签中没有的类别。',
)
def classes_of_the_labels(predicted, labels, average="binary"):
    answer = solution.precision_recall_f1(predicted, labels, average)
    if average != "macro":
        return answer
    scores = [
        solution.precision_recall_f1((predicted == one).long(), (labels == one).long())
        for one in labels.unique().tolist()
    ]
    return tuple(sum(column) / len(scores) for column in zip(*scores, strict=True))


@mistake(
    of="precision_recall_f1",
    en='It looks like "macro" weighs each class by its rows: that is called weighted; here all are equally heavy.',
    zh='看起来 "macro" 按各类的行数加权：那叫 weighted；这里各类同等重要。',
)
def weighted_for_macro(predicted, labels, average="binary"):
    answer = solution.precision_recall_f1(predicted, labels, average)
    if average != "macro":
        return answer
    classes = torch.cat([predicted, labels]).unique().tolist()
    shares = [float((labels == one).double().mean()) for one in classes]
    columns = zip(*per_class(predicted, labels), strict=True)
    return tuple(sum(s * value for s, value in zip(shares, column, strict=True)) for column in columns)


@mistake(
    of="precision_recall_f1",
    en='It looks like "micro" and "macro" are exchanged.',
    zh='看起来 "micro" 和 "macro" 互换了。',
)
def micro_for_macro(predicted, labels, average="binary"):
    other = {"micro": "macro", "macro": "micro"}
    return solution.precision_recall_f1(predicted, labels, other.get(average, average))


@mistake(
    of="precision_recall_f1",
    en='It looks like any class but 0 counts as positive: "binary" is about class 1.',
    zh='看起来 0 以外的类别都算正类："binary" 只看类别 1。',
    breaks="every other class counts as the rest",
)
def all_but_zero(predicted, labels, average="binary"):
    if average == "binary":
        predicted, labels = (predicted != 0).long(), (labels != 0).long()
    return solution.precision_recall_f1(predicted, labels, average)


@mistake(
    of="roc_auc",
    en="It looks like ties count as lost: a tie is worth one half.",
    zh="看起来相等的得分按“输”计：应当算二分之一。",
    breaks="a tie counts one half",
)
def ties_are_lost(scores, labels):
    solution.roc_auc(scores, labels)
    return float((scores[labels == 1][:, None] > scores[labels == 0]).double().mean())


@mistake(
    of="roc_auc",
    en="It looks like ties count as won: a tie is worth one half.",
    zh="看起来相等的得分按“赢”计：应当算二分之一。",
)
def ties_are_won(scores, labels):
    solution.roc_auc(scores, labels)
    return float((scores[labels == 1][:, None] >= scores[labels == 0]).double().mean())


@mistake(
    of="roc_auc",
    en="It looks like ranks are taken from a sort that breaks ties by position: tied scores need their mean rank.",
    zh="看起来名次来自一次排序，得分相等时按位置先后：相等的得分应取平均名次。",
)
def ranks_by_position(scores, labels):
    solution.roc_auc(scores, labels)
    ranks = scores.argsort().argsort() + 1
    positive = int((labels == 1).sum())
    total = float(ranks[labels == 1].sum()) - positive * (positive + 1) / 2
    return total / (positive * (len(labels) - positive))


def by_ranks(ranks, labels):
    """The share of pairs in order, from ranks that begin at 1."""
    positive = int((labels == 1).sum())
    total = float(ranks[labels == 1].sum()) - positive * (positive + 1) / 2
    return total / (positive * (len(labels) - positive))


@mistake(
    of="roc_auc",
    en="It looks like of two equal scores the one that stands later gets the higher rank, as a stable sort leaves "
    "them: tied scores need their mean rank.",
    zh="看起来得分相等时，排在后面的得到更高的名次，稳定排序就会这样：相等的得分应取平均名次。",
    breaks="a tie counts one half",
)
def later_ranks_higher(scores, labels):
    solution.roc_auc(scores, labels)
    return by_ranks(scores.argsort(stable=True).argsort() + 1, labels)


@mistake(
    of="roc_auc",
    en="It looks like equal scores are taken one after the other, from the highest down, in the order in which they "
    "stand: all that tie belong into one step of the curve.",
    zh="看起来从高到低依次处理样本时，得分相等的也按先后逐个处理：相等的得分应当合成曲线上的一步。",
    breaks="a tie counts one half",
)
def earlier_ranks_higher(scores, labels):
    solution.roc_auc(scores, labels)
    return by_ranks(len(scores) - scores.argsort(descending=True, stable=True).argsort(), labels)


@mistake(
    of="roc_auc",
    en="It looks like the classes are exchanged: a high score should speak for class 1.",
    zh="看起来两类互换了：得分高应当支持类别 1。",
)
def turned_round(scores, labels):
    return 1 - solution.roc_auc(scores, labels)


@mistake(
    of="roc_auc",
    en="It looks like the curve has only one point, that of the cut at one half: every score is a possible cut.",
    zh="看起来曲线上只有一个点，即以 0.5 为阈值的那个：每个得分都可以作阈值。",
)
def one_threshold(scores, labels):
    solution.roc_auc(scores, labels)
    said = scores > 0.5
    return (float(said[labels == 1].double().mean()) + 1 - float(said[labels == 0].double().mean())) / 2


@mistake(
    of="roc_auc",
    en="It looks like a score of NaN is ranked as if it were a number.",
    zh="看起来得分 NaN 被当作普通的数参与了排序。",
)
def ranks_nan(scores, labels):
    return solution.roc_auc(scores.nan_to_num(nan=0.0, posinf=1e30, neginf=-1e30), labels)


@mistake(
    of="roc_auc",
    en="It looks like one class alone gives 0.5: without pairs there is nothing to rank, so refuse it.",
    zh="看起来只有一类时返回了 0.5：没有样本对就无从比较，应当拒绝。",
)
def half_for_one_class(scores, labels):
    if scores.shape == labels.shape and len(labels) and len(labels.unique()) == 1:
        return 0.5
    return solution.roc_auc(scores, labels)


@mistake(
    of="roc_auc",
    only="speed",
    en="It looks like every pair is compared: sorting does the same in far fewer steps.",
    zh="看起来逐对做了比较：排序用少得多的步骤就能得到同样的结果。",
)
def every_pair(scores, labels):
    solution.roc_auc(scores, labels)
    negative = scores[labels == 0]
    won = 0.0
    for part in scores[labels == 1].split(500):
        gap = (
            part[:, None] - negative
            if bool(scores.isfinite().all())
            else (part[:, None] > negative).double() - (part[:, None] < negative).double()
        )
        won += float((gap > 0).sum()) + 0.5 * float((gap == 0).sum())
    return won / (int((labels == 1).sum()) * len(negative))


def binned(confidence, correct, bins, bin_of, weight=None):
    total = 0.0
    for one in bin_of.unique().tolist():
        inside = bin_of == one
        gap = abs(float(confidence[inside].double().mean()) - float(correct[inside].double().mean()))
        total += gap * (float(inside.double().mean()) if weight is None else weight(bin_of))
    return total


def places(confidence, bins):
    edges = torch.arange(1, bins, dtype=confidence.dtype, device=confidence.device) / bins
    return torch.bucketize(confidence, edges)


@mistake(
    of="calibration_error",
    en="It looks like all bins are equally heavy: weigh each by its share of the rows.",
    zh="看起来各区间同等重要：应当按各区间所占的行数比例加权。",
    breaks="weighted by its share of the rows",
)
def bins_of_equal_weight(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    return binned(confidence, correct, bins, places(confidence, bins), lambda bin_of: 1 / len(bin_of.unique()))


@mistake(
    of="calibration_error",
    en="It looks like a bin holds its lower edge in place of its upper one.",
    zh="看起来区间包含的是下边界而不是上边界。",
    breaks="holds the confidences above (b - 1) / bins and up to b / bins",
)
def lower_edges(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    edges = torch.arange(1, bins, dtype=confidence.dtype, device=confidence.device) / bins
    return binned(confidence, correct, bins, torch.bucketize(confidence, edges, right=True))


@mistake(
    of="calibration_error",
    en="It looks like a confidence of exactly 0 falls out of the bins: it belongs to the first.",
    zh="看起来恰为 0 的置信度落在了所有区间之外：它属于第一个区间。",
    breaks="a confidence of 0 belongs to the first",
)
def loses_zero(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    inside = confidence > 0
    if not bool(inside.any()):
        return 0.0
    return solution.calibration_error(confidence[inside], correct[inside], bins) * float(inside.double().mean())


@mistake(
    of="calibration_error",
    en="It looks like the middle of a bin stands for its confidence: take the mean of the confidences in it.",
    zh="看起来用区间中点代表了置信度：应当取区间内置信度的均值。",
)
def middle_of_the_bin(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    place = places(confidence, bins)
    return binned((place.double() + 0.5) / bins, correct, bins, place)


@mistake(
    of="calibration_error",
    en="It looks like the gaps are averaged over all bins, empty ones too: weigh each by its share of the rows.",
    zh="看起来对所有区间的差取了平均，没有行的区间也算在内：应当按各区间所占的行数比例加权。",
    breaks="weighted by its share of the rows",
)
def mean_over_all_bins(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    return binned(confidence, correct, bins, places(confidence, bins), lambda bin_of: 1 / bins)


@mistake(
    of="calibration_error",
    en="It looks like each row's own gap is averaged: within a bin, confidence and accuracy are compared as means.",
    zh="看起来对每一行各自的差取了平均：在一个区间内，应当比较平均置信度与正确率。",
)
def gap_of_each_row(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    return float((confidence - correct.to(confidence.dtype)).abs().mean())


@mistake(
    of="calibration_error",
    en="It looks like gaps of opposite signs cancel: take the absolute value of every bin's gap.",
    zh="看起来符号相反的差互相抵消了：每个区间的差都要取绝对值。",
)
def signed_gaps(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    return abs(float((confidence - correct.to(confidence.dtype)).mean()))


@mistake(
    of="calibration_error",
    en="It looks like the largest gap comes back (the maximum calibration error): the weighted mean is asked for.",
    zh="看起来返回的是最大的差（最大校准误差）：要求的是加权平均。",
)
def largest_gap(confidence, correct, bins=10):
    solution.calibration_error(confidence, correct, bins)
    place = places(confidence, bins)
    gaps = [
        abs(float(confidence[place == one].double().mean()) - float(correct[place == one].double().mean()))
        for one in place.unique().tolist()
    ]
    return max(gaps)
