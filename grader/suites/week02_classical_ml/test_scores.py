"""Hidden suite of week 02, scores.

Labels and scores are spread unevenly, so that classes, bins and ties weigh differently.
Not covered: calibration of several classes, half precision.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, points, unchanged

N = 101
INF = float("inf")


def whole(values, device):
    return torch.tensor(values, dtype=torch.int64, device=device)


def brute_auc(scores, labels):
    """Every pair of one row of class 1 and one of class 0."""
    gap = scores[labels == 1].double()[:, None] - scores[labels == 0].double()[None]
    return float(((gap > 0).double() + 0.5 * (gap == 0).double()).mean())


@claims("Precision is the share of what was predicted as a class that belongs to it", "recall the share of the class")
@points(0.5)
def test_scores_by_hand(student, device):
    """Five predicted as 1, three of them rightly, one missed: precision 3/5, recall 3/4, F1 2/3.

    五个判为 1，其中三个正确，还漏了一个：精确率 3/5，召回率 3/4，F1 为 2/3。
    """
    predicted = whole([1, 1, 1, 1, 1, 0, 0, 0], device)
    labels = whole([1, 1, 1, 0, 0, 1, 0, 0], device)

    assert_same(tuple(student.precision_recall_f1(predicted, labels)), (0.6, 0.75, 2 / 3))


@claims("0/0 counts as 0 in all three")
@points(0.5)
def test_nothing_found(student, device):
    """Without any prediction of class 1 precision is 0, without any of the class recall is 0, and F1 is 0, not NaN.

    一个也没判为 1 时精确率为 0；没有属于 1 的样本时召回率为 0；F1 为 0，而不是 NaN。
    """
    zeros, mixed = whole([0, 0, 0], device), whole([0, 1, 1], device)

    for predicted, labels in ((zeros, mixed), (mixed, zeros), (zeros, zeros), (zeros[:1], zeros[:1])):
        assert_same(tuple(student.precision_recall_f1(predicted, labels)), (0.0, 0.0, 0.0))


@claims('"binary" scores class 1 alone; every other class counts as the rest')
@points(0.5)
def test_binary_among_several_classes(student, device):
    """With classes 0, 1 and 2, "binary" is about class 1 alone, and it is the default.

    有 0、1、2 三类时，"binary" 只看类别 1，它也是默认值。
    """
    predicted, labels = whole([1, 1, 2, 0, 2, 1, 0], device), whole([1, 2, 2, 1, 0, 1, 0], device)

    for more in ({}, {"average": "binary"}):
        assert_same(tuple(student.precision_recall_f1(predicted, labels, **more)), (2 / 3, 2 / 3, 2 / 3))


@claims("takes the mean over the classes that occur", 'The F1 of "macro" is the mean of the classes\' F1')
@points(2)
def test_macro(student, device):
    """ "macro" is the mean over the classes that occur, also over one that was only predicted; F1 is the mean of F1s.

    "macro" 对出现过的类别取平均，只在预测中出现的类别也算；F1 是各类 F1 的均值。
    """
    predicted, labels = whole([0, 0, 0, 0, 3, 7, 3, 0], device), whole([0, 0, 0, 3, 3, 3, 3, 0], device)

    # class 0: 4 of 5, 4 of 4; class 3: 2 of 2, 2 of 4; class 7: 0 of 1, none
    expected = ((4 / 5 + 1) / 3, (1 + 1 / 2) / 3, (8 / 9 + 2 / 3) / 3)
    assert_same(tuple(student.precision_recall_f1(predicted, labels, "macro")), expected)


@claims("takes the mean over the classes that occur")
@points(0.5)
def test_classes_on_one_side_only(student, device):
    """Classes that were only predicted, or that nobody predicted, count in "macro" and in "micro"; so does a class -1.

    只在预测中出现、或从未被预测的类别，在 "macro" 和 "micro" 中都算；类别 -1 也算。
    """
    predicted, labels = whole([-1, 4, -1, 0, 0], device), whole([-1, 0, 2, 0, 2], device)

    # class -1: 1 of 2, 1 of 1; class 0: 1 of 2, 1 of 2; class 2: none, 0 of 2; class 4: 0 of 1, none
    expected = ((1 / 2 + 1 / 2) / 4, (1 + 1 / 2) / 4, (2 / 3 + 1 / 2) / 4)
    assert_same(tuple(student.precision_recall_f1(predicted, labels, "macro")), expected)
    assert_same(tuple(student.precision_recall_f1(predicted, labels, "micro")), (2 / 5,) * 3)


@claims('"micro" adds up the hits and misses of all classes first')
@points(0.5)
def test_micro(student, rng):
    """ "micro" is the share of right predictions, three times over: each miss of one class is a false alarm of another.

    "micro" 的三个数都等于正确预测的比例：一个类的漏报就是另一个类的误报。
    """
    predicted, labels = rng.integers(0, 5, 2 * N)[::2], rng.integers(0, 5, N)

    share = float((predicted == labels).double().mean())
    assert_same(tuple(unchanged(student.precision_recall_f1, predicted, labels, average="micro")), (share,) * 3)


@points(1)
def test_scores_of_many(student, reference, rng):
    """Many rows and four classes give the reference's numbers, for each average.

    很多行、四个类别：每种平均方式都与参考答案一致。
    """
    labels = rng.integers(0, 4, N)
    predicted = torch.where(rng.uniform(N) < 0.6, labels, rng.integers(0, 4, N))
    for average in ("binary", "macro", "micro"):
        got = student.precision_recall_f1(predicted, labels, average)
        assert_same(tuple(got), reference.precision_recall_f1(predicted, labels, average))


@claims("an unknown `average`, no rows, or different numbers of predictions and labels")
@points(0.5)
def test_scores_refuse(student, device):
    """An unknown average, no rows and unequal lengths are refused with ValueError.

    未知的 average、没有行、长度不等时，抛出 ValueError。
    """
    ones = whole([1, 0, 1], device)
    assert_raises(ValueError, student.precision_recall_f1, ones, ones, "weighted")
    assert_raises(ValueError, student.precision_recall_f1, ones[:0], ones[:0])
    assert_raises(ValueError, student.precision_recall_f1, ones, ones[:2])
    assert_raises(ValueError, student.precision_recall_f1, ones, ones[:1])
    for average in ("binary", "macro", "micro"):
        assert_raises(ValueError, student.precision_recall_f1, ones[:1], ones, average)


@claims("It is the chance that a row of class 1 scores higher", "a tie counts one half")
@points(1)
def test_auc_by_hand(student, device):
    """Scores 1, 2, 2, 3 of classes 0, 0, 1, 1: of four pairs three are in order and one ties, so 7/8.

    得分 1、2、2、3，类别 0、0、1、1：四对中三对次序正确、一对相等，所以是 7/8。
    """
    scores, labels = torch.tensor([2.0, 3.0, 1.0, 2.0], device=device), whole([1, 1, 0, 0], device)

    assert_same(student.roc_auc(scores, labels), 7 / 8)
    assert_same(student.roc_auc(-scores, labels), 1 / 8)
    assert_same(student.roc_auc(torch.zeros(4, device=device), labels), 0.5)


@points(1)
def test_auc_with_many_ties(student, rng):
    """Scores that tie often give the share over all pairs, in two dtypes and as a strided view.

    得分常常相等时，结果等于对所有样本对计算的比例；两种 dtype 和带步长的视图都一样。
    """
    for dtype in (torch.float64, torch.float32):
        for levels in (3, 11, 1_000_000):
            scores = rng.integers(0, levels, 2 * N).to(dtype)[::2] / 7
            labels = (rng.uniform(N) < 0.3).long()
            labels[0], labels[1] = 1, 0
            assert_same(unchanged(student.roc_auc, scores, labels), brute_auc(scores, labels), rtol=1e-9, atol=1e-9)


@claims("Only the order of the scores matters", "-inf and inf are allowed")
@points(0.5)
def test_auc_of_any_scores(student, device):
    """Scores that are infinite or differ in the last digit are ranked as they stand.

    得分为无穷大，或只差最后一位时，也按其大小排序。
    """
    labels = whole([0, 1, 0, 1, 1], device)
    scores = torch.tensor([-INF, -3.0, -1e6, INF, -INF], device=device)
    assert_same(student.roc_auc(scores, labels), 4.5 / 6)

    close = 1 + torch.arange(4, dtype=torch.float64, device=device) * 2.0**-52
    assert_same(student.roc_auc(close, whole([0, 0, 1, 1], device)), 1.0)


@claims("not as many scores as labels, a label is neither 0 nor 1, a class has no row, or a score is NaN")
@points(0.5)
def test_auc_refuses(student, device):
    """One class alone, a label of 2 or -1, unequal lengths and a score of NaN are refused with ValueError.

    只有一类、标签为 2 或 -1、长度不等、得分为 NaN 时，抛出 ValueError。
    """
    scores = torch.tensor([0.1, 0.2, 0.3], device=device)
    for labels in ([1, 1, 1], [0, 0, 0], [0, 1, 2], [1, -1, 0], [0, 1]):
        assert_raises(ValueError, student.roc_auc, scores, whole(labels, device))
    assert_raises(ValueError, student.roc_auc, scores[:1], whole([0, 1, 1], device))
    assert_raises(ValueError, student.roc_auc, torch.tensor([0.1, float("nan")], device=device), whole([0, 1], device))


@points(0.5)
def test_auc_of_many_rows(speed, student, reference):
    """10,000 rows take at most 10 times the reference's time: sort, and do not compare every pair.

    1 万行的耗时不超过参考答案的 10 倍：应当排序，而不是逐对比较。
    """
    scores, labels = (lambda rng: rng.normal(10_000)), (lambda rng: rng.integers(0, 2, 10_000))

    speed(student, reference).call("roc_auc", scores, labels, at_most=10.0)


@claims("Every bin gives the gap between its mean confidence and its share of correct answers", "weighted by its share")
@points(1)
def test_calibration_by_hand(student, device):
    """Two answers with confidence 0.9, one right, and two with 0.6, both right: (0.4 + 0.4) / 2.

    两个回答置信度 0.9、一个正确，两个置信度 0.6、都正确：(0.4 + 0.4) / 2。
    """
    confidence = torch.tensor([0.9, 0.6, 0.9, 0.6], dtype=torch.float64, device=device)
    correct = torch.tensor([True, True, False, True], device=device)

    assert_same(student.calibration_error(confidence, correct), 0.4, rtol=1e-9, atol=1e-9)
    assert_same(student.calibration_error(confidence[:3], correct[:3]), (2 * 0.4 + 0.4) / 3, rtol=1e-9, atol=1e-9)
    assert_same(student.calibration_error(confidence, correct, 1), 0.0, rtol=1e-9, atol=1e-9)


@claims(
    "a confidence of 0 belongs to the first",
    "above (b - 1) / bins and up to b / bins",
    "A bin without rows adds nothing",
)
@points(0.5)
def test_edges_of_bins(student, device):
    """With 4 bins, 0 and 0.25 share the first, 0.5 is in the second, and 1 in the last; empty bins give nothing.

    分 4 个区间时，0 和 0.25 同在第一个，0.5 在第二个，1 在最后一个；空区间不计。
    """
    for values, right, expected in (
        ([0.0, 0.25], [False, True], (1 - 0.25) / 2),  # one bin: mean 0.125, accuracy 0.5
        ([0.5, 0.75], [True, False], (0.5 + 0.75) / 2),  # two bins
        ([0.5, 0.375], [True, False], (1 - 0.875) / 2),  # one bin: they make up for each other in part
        ([1.0, 0.875], [True, False], 0.875 / 2),  # one bin
        ([1.0], [True], 0.0),
        ([0.0], [True], 1.0),
        ([1.0, 1.0], [False, True], 0.5),
    ):
        confidence = torch.tensor(values, device=device)
        assert_same(student.calibration_error(confidence, torch.tensor(right, device=device), 4), expected)


@claims("The edges are compared in the dtype of `confidence`")
@points(0.5)
def test_edges_in_float32(student, device):
    """In float32, 0.1 and 0.7 stand on an edge of ten bins, and belong to the bin below; so they do in float64.

    在 float32 中，0.1 和 0.7 正好落在十个区间的边界上，属于下方的区间；float64 也一样。
    """
    correct = torch.tensor([True, False], device=device)
    for dtype in (torch.float32, torch.float64):
        # In one bin, the two make up for each other in part.
        for values, expected in (([0.1, 0.05], 0.425), ([0.7, 0.65], 0.175)):
            confidence = torch.tensor(values, dtype=dtype, device=device)
            assert_same(student.calibration_error(confidence, correct, 10), expected)


@points(1)
def test_calibration_of_many(student, reference, rng):
    """Many rows give the reference's number, for several numbers of bins, in two dtypes, as a strided view.

    很多行、多种区间数、两种 dtype、带步长的视图，结果都与参考答案一致。
    """
    for dtype, bins in ((torch.float64, 10), (torch.float32, 7), (torch.float64, 1)):
        confidence = rng.uniform(2 * N, dtype=dtype)[::2]
        correct = rng.uniform(N, dtype=dtype) < confidence**2
        got = unchanged(student.calibration_error, confidence, correct, bins)
        assert_same(got, reference.calibration_error(confidence, correct, bins))


@claims("a confidence outside 0 to 1 or NaN, no rows, not as many of `correct`, or `bins` below 1")
@points(0.5)
def test_calibration_refuses(student, device):
    """Confidences outside 0 to 1 or NaN, no rows, unequal lengths and 0 bins are refused with ValueError.

    置信度超出 0 到 1 或为 NaN、没有行、长度不等、区间数为 0 时，抛出 ValueError。
    """
    correct = torch.tensor([True, False], device=device)
    for values in ([0.5, 1.5], [-0.1, 0.5], [0.5, float("nan")]):
        assert_raises(ValueError, student.calibration_error, torch.tensor(values, device=device), correct)
    fine = torch.tensor([0.5, 0.5], device=device)
    assert_raises(ValueError, student.calibration_error, fine, correct, 0)
    assert_raises(ValueError, student.calibration_error, fine[:0], correct[:0])
    assert_raises(ValueError, student.calibration_error, fine, correct[:1])
