"""Hidden suite of week 02, trees.

Splits are compared with those of exact fractions, on small whole numbers with many ties: nothing hangs on rounding.
Not covered: half precision, trees of more than a few hundred levels.
"""

import math
from fractions import Fraction

import torch

from grader.suite import assert_raises, assert_same, attribute, call_and_keep, claims, expect, points, unchanged

N, FEATURES, CLASSES = 23, 3, 3
DTYPES = (torch.float64, torch.float32)


def problem(rng, dtype=torch.float64, n=N, high=7):
    """Rows of small whole numbers, so that values and splits tie, and labels that depend on them with some noise."""
    X = rng.integers(0, high, n, FEATURES).to(dtype)
    y = (X[:, 0] + X[:, 2] > high).long() + (X[:, 1] > high - 3).long()
    return X, torch.where(rng.uniform(n) < 0.2, rng.integers(0, CLASSES, n), y)


def gini(labels):
    n = len(labels)
    return 1 - sum(Fraction(labels.count(one), n) ** 2 for one in set(labels))


def exact_split(X, y, least=1):
    """The best question by trying all of them, in fractions."""
    best = None
    table, labels = X.tolist(), y.tolist()
    for feature in range(X.shape[1]):
        values = sorted({row[feature] for row in table})
        for below, above in zip(values, values[1:], strict=False):
            sides = [[], []]
            for row, label in zip(table, labels, strict=True):
                sides[row[feature] > below].append(label)
            if min(map(len, sides)) < least:
                continue
            impurity = sum(len(side) * gini(side) for side in sides) / len(labels)
            if best is None or impurity < best[0]:
                best = impurity, feature, (below + above) / 2
    return best and best[1:]


def exact_tree(X, y, classes, depth=math.inf, least=1):
    """A function from a row to the shares of its leaf, grown by `exact_split`."""
    shares = [y.tolist().count(one) / len(y) for one in range(classes)]
    split = exact_split(X, y, least) if depth > 0 and len(set(y.tolist())) > 1 else None
    if split is None:
        return lambda row: shares
    feature, threshold = split
    left = X[:, feature] <= threshold
    low = exact_tree(X[left], y[left], classes, depth - 1, least)
    high = exact_tree(X[~left], y[~left], classes, depth - 1, least)
    return lambda row: low(row) if row[feature] <= threshold else high(row)


def answers(tree, X):
    """What an exact tree says of each row."""
    return torch.tensor([tree(row) for row in X.tolist()], dtype=torch.float64, device=X.device).to(X.dtype)


def column(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)[:, None]


def whole(values, device):
    return torch.tensor(values, device=device)


@claims("midway between two neighbouring values a < b of its feature")
@points(0.5)
def test_split_by_hand(student, device):
    """Rows 1, 2, 4, 9 with classes 0, 0, 1, 1 are split at 3; a second column that says more is preferred.

    各行为 1、2、4、9，类别为 0、0、1、1 时，在 3 处分开；如果第二列区分得更好，就选第二列。
    """
    X, y = column([1.0, 9.0, 4.0, 2.0], device), whole([0, 1, 1, 0], device)
    assert_same(tuple(student.best_split(X, y)), (0, 3.0))

    X = torch.cat([X, column([5.0, 5.0, -5.0, 5.0], device)], dim=1)
    assert_same(tuple(student.best_split(X, y)), (0, 3.0))
    assert_same(tuple(student.best_split(X, whole([0, 0, 1, 0], device))), (1, 0.0))


@claims("The impurity of some rows is Gini's", "each weighted by its number of rows; the lowest wins")
@points(1)
def test_impurity(student, device):
    """Where Gini's impurity, entropy, the share of errors, and sides of equal weight choose four ways, Gini's is right.

    基尼不纯度、熵、错误率、两侧等权的选择各不相同时，以按行数加权的基尼不纯度为准。
    """
    for (zeros, ones), tempting, purest in (
        ((4, 8), (0, 5), (1, 7)),  # entropy prefers the first
        ((6, 6), (0, 1), (2, 4)),
        ((7, 5), (1, 2), (2, 0)),  # the share of errors does
        ((5, 5), (0, 1), (1, 4)),  # sides of equal weight do
    ):
        columns = [[0.0] * a + [1.0] * (zeros - a) + [0.0] * b + [1.0] * (ones - b) for a, b in (tempting, purest)]
        X, y = torch.tensor(columns, dtype=torch.float64, device=device).mT, whole([0] * zeros + [1] * ones, device)
        assert_same(tuple(student.best_split(X, y)), (1, 0.5))


@claims("an int and a float")
@points(2)
def test_splits_of_many_rows(student, rng):
    """Feature and threshold are those of exact fractions, in two dtypes, as a view, with two classes and with three.

    特征和阈值与用分数精确计算的一致：两种 dtype、视图、两个类和三个类。
    """
    for dtype in DTYPES:
        for n in (2, 5, 11, N):
            X, y = problem(rng, dtype, n)
            for labels in (y, y.clamp(max=1), y + 2):
                got = unchanged(student.best_split, X.mT.contiguous().mT, labels)
                assert_same(None if got is None else tuple(got), exact_split(X, labels))


@claims("the lowest feature wins, and of its thresholds the lowest")
@points(0.5)
def test_ties_between_splits(student, rng, device):
    """Of splits that are equally good, the lowest feature is taken, and of its thresholds the lowest.

    同样好的分割，取编号最小的特征；同一特征中取最小的阈值。
    """
    X, y = column([3.0, 1.0, 2.0, 0.0], device), whole([0, 1, 0, 1], device)
    assert_same(tuple(student.best_split(torch.cat([X, -X, 2 * X], dim=1), y)), (0, 1.5))
    assert_same(tuple(student.best_split(torch.cat([torch.ones_like(X), -X, X], dim=1), y)), (1, -1.5))
    assert_same(tuple(student.best_split(X, whole([1, 0, 0, 1], device))), (0, 0.5))  # 1 | 3 and 3 | 1


@claims("by less than `SAME`")
@points(0.5)
def test_ties_but_for_rounding(student, device):
    """Splits that are equally good on paper tie, however thirds and sevenths are rounded; a gain of 6e-6 is no tie.

    理论上同样好的分割算作相等，即使三分之一、七分之一的舍入不同；相差 6e-6 就不算相等。
    """
    for n, least in ((10, 1), (13, 1), (17, 2), (29, 3)):
        for step in (2, 3, 5):
            X = torch.arange(n, dtype=torch.float64, device=device)[:, None]
            y = (torch.arange(n, device=device) // step) % 2
            y = torch.minimum(y, y.flip(0))  # the same from both ends: every split has a twin
            X, twice = torch.cat([X, n - X, X], dim=1), torch.cat([y, 2 + y])
            assert_same(tuple(student.best_split(X, y, least)), exact_split(X, y, least))
            assert_same(
                tuple(student.best_split(X.repeat(2, 1), twice, least)), exact_split(X.repeat(2, 1), twice, least)
            )
    # Here the usual ways to write the impurity round the later twin below the first.
    for labels in ([1, 1, 0, 2, 1, 2, 2], [1, 2, 1, 1, 1, 2, 1, 1], [2, 1, 0, 2, 2, 0, 2, 2, 2]):
        X, y = column([float(place) for place in range(len(labels))], device), whole(labels, device)
        X = torch.cat([X, X.flip(0)], dim=1)
        assert_same(tuple(student.best_split(X, y)), exact_split(X, y))
    # Of 1,000 rows on a side, 501 are of its class by the first feature and 502 by the second.
    columns = [[0.0] * right + [1.0] * 1000 + [0.0] * (1000 - right) for right in (501, 502)]
    X, y = torch.tensor(columns, dtype=torch.float64, device=device).mT, whole([0] * 1000 + [1] * 1000, device)
    assert_same(tuple(student.best_split(X, y)), (1, 0.5))


@claims("at a / 2 + b / 2, computed in the dtype of `X`, or at a itself if that rounds to b")
@points(0.5)
def test_thresholds_of_extreme_values(student, device):
    """Thresholds have all digits of the rows' dtype, also between neighbouring floats and between two huge values.

    阈值具有各行 dtype 的全部位数：两个相邻的浮点数之间、两个极大的值之间也一样。
    """
    y = whole([0, 1], device)
    assert_same(student.best_split(column([0.1, 0.3], device), y)[1], 0.2, rtol=1e-12)
    for dtype in (
        torch.float32,
        torch.float64,
    ):  # of float64, the wrong neighbour differs too little to tell of a mistake
        # The middle of two neighbours rounds to the even one: above 1 that is the lower, above 1 + eps the upper.
        for one in (1.0, -1.0, 3.0, 1.0 + torch.finfo(dtype).eps):
            low = torch.tensor(one, dtype=dtype, device=device)
            X = torch.stack([low, torch.nextafter(low, low + 9)])[:, None]
            threshold = student.best_split(X, y)[1]
            expect(
                threshold == one,
                "The threshold between the {dtype} {low} and the next one, {high}, is {got}. In {dtype} no number lies "
                "between the two, and the middle would round to one of them: take {low}, or {high} might go left.",
                "{dtype} 的 {low} 与下一个数 {high} 之间，阈值是 {got}。这两个数之间没有别的 {dtype} 数，"
                "中点会舍入成其中之一：阈值应当是 {low}，否则 {high} 可能也走到左边。",
                dtype=str(dtype).removeprefix("torch."),
                low=repr(one),
                high=repr(float(X[1, 0])),
                got=repr(threshold),
            )
    for dtype, huge in ((torch.float64, 1.5 * 2.0**1023), (torch.float32, 1.5 * 2.0**127)):
        X = column([huge / 3 * 2, huge], device, dtype)
        threshold = student.best_split(X, y)[1]
        expect(
            math.isclose(threshold, huge / 6 * 5, rel_tol=1e-6),
            "The threshold between {low} and {high} is {got}, and should be {middle}.",
            "{low} 与 {high} 之间的阈值是 {got}，应当是 {middle}。",
            low=f"{float(X[0, 0]):.7g}",
            high=f"{float(X[1, 0]):.7g}",
            got=f"{threshold:.7g}",
            middle=f"{huge / 6 * 5:.7g}",
        )


@claims("Each side has at least `min_samples` rows", "or None if there is no such question")
@points(0.5)
def test_sides_that_are_too_small(student, rng, device):
    """Both sides have at least min_samples rows; without such a question, or without two values, the answer is None.

    两侧都至少有 min_samples 行；没有这样的问题，或者没有两个不同的值时，返回 None。
    """
    X, y = column([0.0, 1.0, 2.0, 3.0, 4.0, 5.0], device), whole([1, 0, 0, 0, 0, 0], device)
    for least, expected in ((1, 0.5), (2, 1.5), (3, 2.5)):
        assert_same(tuple(student.best_split(X, y, least)), (0, expected))
    assert_same(tuple(student.best_split(X, y.flip(0), min_samples=2)), (0, 3.5))
    for rows, least in ((X, 4), (X[:5], 3), (X[:1], 1), (torch.ones_like(X), 1)):
        assert_same(student.best_split(rows, y[: len(rows)], least), None)
    for least in (2, 5, 7):
        X, y = problem(rng)
        assert_same(tuple(student.best_split(X, y, least)), exact_split(X, y, least))


@claims("A split need not be purer than the rows were before: sometimes only the next question pays")
@points(0.5)
def test_exclusive_or(student, device):
    """Of (0, 0), (0, 1), (1, 0), (1, 1) with classes 0, 1, 1, 0, no question makes a side purer, and two give them all.

    四行 (0, 0)、(0, 1)、(1, 0)、(1, 1) 的类别为 0、1、1、0：一个问题不能让任何一侧更纯，两个问题就能全部分对。
    """
    X = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], device=device)
    y = whole([0, 1, 1, 0], device)

    assert_same(tuple(student.best_split(X, y)), (0, 0.5))
    assert_same(student.DecisionTree().fit(X, y).predict(X), y)


@claims(
    "there is no row, there are not as many labels as rows, a label is negative, an entry of `X` is NaN",
    "what `best_split` refuses in `X` and `y`, or a label is not below `classes`",
    "what `DecisionTree.fit` refuses",
)
@points(0.5)
def test_what_is_refused(student, rng, device):
    """No rows, a label too few, one label, a negative label, NaN and infinity are refused by all that learns.

    没有行、少一个标签、只有一个标签、负标签、NaN 和无穷大，凡是学习之处都要拒绝。
    """
    X, y = problem(rng)
    for value in (math.nan, math.inf, -math.inf):
        spoilt = X.clone()
        spoilt[-1, 1] = value
        for bad in ((spoilt, y), (X, y[:-1]), (X, y[:1]), (X, y - CLASSES), (X[:0], y[:0])):
            assert_raises(ValueError, student.best_split, *bad)
            assert_raises(ValueError, student.DecisionTree().fit, *bad)
            assert_raises(ValueError, student.BaggedForest(2).fit, *bad, rng.generator())
    y[0] = -1
    assert_raises(ValueError, student.best_split, X, y)
    y[0] = CLASSES
    for classes in (CLASSES, 1):
        assert_raises(ValueError, student.DecisionTree().fit, X, y, classes)
    assert_same(student.DecisionTree().fit(X, y, CLASSES + 1).predict(X).shape, y.shape)


@claims(
    "`max_depth` is negative or `min_samples` is below 1",
    "`min_samples` is below 1",
    "`count` is below 1, or `DecisionTree` refuses a limit",
)
@points(0.5)
def test_limits_that_are_refused(student, rng):
    """A negative depth, a side of no row, and a forest without a tree are refused with ValueError; 0 and 1 are not.

    深度为负、一侧可以没有行、森林没有树：抛出 ValueError；深度 0 和 1 行则允许。
    """
    X, y = problem(rng)
    for least in (0, -1):
        assert_raises(ValueError, student.best_split, X, y, least)
        assert_raises(ValueError, student.DecisionTree, None, least)
        assert_raises(ValueError, student.BaggedForest, 3, None, least)
        assert_raises(ValueError, student.BaggedForest, least)
    assert_raises(ValueError, student.DecisionTree, -1)
    assert_raises(ValueError, student.BaggedForest, 3, -1)
    shares = torch.stack([(y == one).double().mean() for one in range(int(y.max()) + 1)])
    assert_same(student.DecisionTree(max_depth=0, min_samples=1).fit(X, y).predict_proba(X[:2]), shares.repeat(2, 1))


@claims(
    "the `Node` at the top after `fit`, None before",
    "The `feature` of a leaf is -1",
    "Every node holds in `probabilities` the shares of the classes among its rows, in the dtype of `X`",
)
@points(0.5)
def test_nodes(student, device):
    """Rows 1, 2, 4, 9 with classes 0, 0, 1, 0: the root asks at 3, and its right side at 6.5; each knows its shares.

    各行为 1、2、4、9，类别为 0、0、1、0：根在 3 处提问，它的右侧在 6.5 处提问；每个节点都知道各类的比例。
    """
    for dtype in DTYPES:
        tree = student.DecisionTree()
        assert_same(attribute(tree, "root"), None)
        tree.fit(column([1.0, 2.0, 4.0, 9.0], device, dtype), whole([0, 0, 1, 0], device))
        for node, feature, threshold, shares in (
            ("root", 0, 3.0, [0.75, 0.25]),
            ("root.right", 0, 6.5, [0.5, 0.5]),
            ("root.left", -1, None, [1.0, 0.0]),
            ("root.right.left", -1, None, [0.0, 1.0]),
            ("root.right.right", -1, None, [1.0, 0.0]),
        ):
            assert_same(attribute(tree, f"{node}.feature"), feature)
            expected = torch.tensor(shares, dtype=dtype, device=device)
            assert_same(attribute(tree, f"{node}.probabilities"), expected)
            if threshold is not None:
                assert_same(attribute(tree, f"{node}.threshold"), threshold)


@claims(
    "how many questions a row may be asked at most",
    "with 0 the root is a leaf, with None there is no limit",
    "rows at depth `max_depth` are one",
)
@points(1)
def test_depth(student, rng):
    """Trees of depth 0, 1, 2 and 3 and without a limit give the shares of exact ones.

    深度为 0、1、2、3 以及不限深度的树，给出的比例与精确的树一致。
    """
    X, y = problem(rng)
    classes = int(y.max()) + 1
    for depth in (0, 1, 2, 3, None):
        got = student.DecisionTree(depth).fit(X, y).predict_proba(X)
        assert_same(got, answers(exact_tree(X, y, classes, math.inf if depth is None else depth), X))


@points(1)
def test_trees_on_new_rows(student, rng):
    """On rows that it has not seen, in two dtypes and as a view, a tree says what an exact one says; the rows stay.

    对没见过的行，两种 dtype 和视图，结果都与精确的树一致；参数不被修改。
    """
    for dtype in DTYPES:
        X, y = problem(rng, dtype, 31)
        new = rng.integers(-1, 9, 19, FEATURES).to(dtype)
        tree = student.DecisionTree(5)
        unchanged(tree.fit, X.mT.contiguous().mT, y)
        exact = exact_tree(X, y, int(y.max()) + 1, 5)
        assert_same(unchanged(tree.predict_proba, new.mT.contiguous().mT), answers(exact, new))
        assert_same(unchanged(tree.predict, new), answers(exact, new).argmax(dim=1))
        assert_same(tree.predict_proba(new[:1]), answers(exact, new[:1]))


@claims(
    "how many rows each side of a split has at least",
    "Rows of a single class are a leaf",
    "rows for which `best_split` finds nothing",
)
@points(0.5)
def test_small_sides_in_a_tree(student, rng, device):
    """With min_samples, a leaf may be smaller than twice that but not than it; equal rows of two classes share a leaf.

    给出 min_samples 时，叶子至少有这么多行；相同而类别不同的行同在一个叶子里。
    """
    X, y = problem(rng)
    for least in (2, 3, 7, 12):
        tree = student.DecisionTree(min_samples=least).fit(X, y)
        assert_same(tree.predict_proba(X), answers(exact_tree(X, y, int(y.max()) + 1, least=least), X))
    X, y = torch.ones(4, 2, dtype=torch.float64, device=device), whole([1, 0, 1, 1], device)
    tree = student.DecisionTree().fit(X, y)
    assert_same(tree.predict_proba(X[:1]), torch.tensor([[0.25, 0.75]], dtype=torch.float64, device=device))
    tree = student.DecisionTree().fit(torch.arange(4.0, device=device)[:, None], whole([1, 1, 1, 1], device))
    assert_same(attribute(tree, "root.feature"), -1)


@claims(
    "how many classes there are, some of them perhaps without a row",
    "without it, the highest label plus 1",
)
@points(0.5)
def test_number_of_classes(student, device):
    """Without `classes` there are as many as the highest label plus 1; with it, classes without a row get 0.

    不给 `classes` 时，类别数为最大标签加 1；给出时，没有行的类得到 0。
    """
    X, y = column([0.0, 1.0, 2.0], device), whole([1, 3, 3], device)
    for given, classes in (((), 4), ((4,), 4), ((6,), 6)):
        got = student.DecisionTree().fit(X, y, *given).predict_proba(X)
        assert_same(got, torch.nn.functional.one_hot(y, classes).double())


@points(0.5)
def test_on_the_threshold(student, device):
    """A row exactly on a threshold goes left, and of classes that are as likely the lowest is predicted.

    恰好等于阈值的行走左边；可能性相同的类，预测编号最小的。
    """
    X, y = column([1.0, 3.0], device), whole([1, 0], device)
    assert_same(student.DecisionTree().fit(X, y).predict(column([2.0, 2.5, 1.9], device)), whole([1, 0, 1], device))
    for labels, expected in (([1, 0], 0), ([2, 1], 1), ([3, 2, 1, 3, 2, 1], 1)):
        X = torch.zeros(len(labels), 1, dtype=torch.float64, device=device)
        assert_same(student.DecisionTree().fit(X, whole(labels, device)).predict(X[:1]), whole([expected], device))
        forest = student.BaggedForest(1, 0).fit(X, whole(labels, device), torch.Generator(device).manual_seed(3))
        shares = forest.predict_proba(X[:1])
        assert_same(forest.predict(X[:1]), whole([shares[0].tolist().index(float(shares.max()))], device))


@claims(
    "the tree has not been fitted",
    "ValueError: an entry of `X` is NaN or infinite",
    "What `predict_proba` refuses is refused here too",
    "the forest has not been fitted",
)
@points(0.5)
def test_predicting_is_refused(student, rng):
    """Before a fit, predicting raises RuntimeError; afterwards NaN and infinity raise ValueError.

    拟合之前预测抛出 RuntimeError；之后遇到 NaN 和无穷大抛出 ValueError。
    """
    X, y = problem(rng)
    tree, forest = student.DecisionTree(), student.BaggedForest(2)
    for model in (tree, forest):
        assert_raises(RuntimeError, model.predict_proba, X)
        assert_raises(RuntimeError, model.predict, X)
    tree.fit(X, y)
    forest.fit(X, y, rng.generator())
    for value in (math.nan, math.inf, -math.inf):
        spoilt = X.clone()
        spoilt[-1, -1] = value
        for model in (tree, forest):
            assert_raises(ValueError, model.predict_proba, spoilt)
            assert_raises(ValueError, model.predict, spoilt)


@points(0.5)
def test_fitting_again(student, rng):
    """A second fit forgets the first, two models share nothing, and a forest leaves its rows as they are.

    第二次拟合会忘掉第一次；两个模型互不影响；森林不修改它的行。
    """
    X, y = problem(rng)
    other, labels = problem(rng, n=17)
    labels = labels.clamp(max=1)
    for kind, more in ((student.DecisionTree, ()), (student.BaggedForest, (3,))):

        def source(more=more):
            return (torch.Generator(X.device).manual_seed(11),) if more else ()

        once, twice = kind(*more), kind(*more)
        expected = once.fit(other, labels, *source()).predict_proba(X)
        twice.fit(X, y, *source())
        assert_same(once.predict_proba(X), expected)
        assert_same(twice.fit(other, labels, *source()).predict_proba(X), expected)
    kept = call_and_keep(student.BaggedForest(2).fit, X, y, rng.generator())[1]
    assert_same((kept[0], kept[1]), (X, y))


def forest_of(student, rng, count, X, y, depth=None, least=1):
    """A forest of the student's, and the mean of exact trees on the rows that the contract draws."""
    source = rng.generator()
    state = source.get_state()
    forest = student.BaggedForest(count, depth, least)
    forest.fit(X, y, source)
    source.set_state(state)
    classes, trees = int(y.max()) + 1, []
    for _ in range(count):
        rows = torch.randint(len(X), (len(X),), generator=source, device=X.device)
        trees.append(exact_tree(X[rows], y[rows], classes, math.inf if depth is None else depth, least))
    return forest, lambda new: torch.stack([answers(tree, new) for tree in trees]).mean(dim=0)


@claims(
    "Each tree learns from n rows drawn with replacement",
    "drawn anew for every tree",
    "Every question of a tree looks at all features",
)
@points(1)
def test_forest(student, rng):
    """Trees grown on the rows that the generator draws, in two dtypes; the mean of their probabilities is the answer.

    在 generator 抽出的行上种树，两种 dtype；答案是各树概率的均值。
    """
    for dtype, count in ((torch.float64, 5), (torch.float32, 3), (torch.float64, 1)):
        X, y = problem(rng, dtype)
        forest, mean = forest_of(student, rng, count, X, y)
        new = rng.integers(-1, 9, 19, FEATURES).to(dtype)
        assert_same(unchanged(forest.predict_proba, new), mean(new))


@points(1)
def test_means_and_not_votes(student, rng):
    """Shallow trees are unsure: their probabilities are averaged, not their votes; the limits hold for every tree.

    浅树并不确定：平均的是它们的概率，而不是投票；限制对每棵树都有效。
    """
    X, y = problem(rng, n=31)
    for depth, least in ((1, 1), (2, 3), (None, 7)):
        forest, mean = forest_of(student, rng, 5, X, y, depth, least)
        new = rng.integers(-1, 9, 19, FEATURES).to(X.dtype)
        assert_same(forest.predict_proba(new), mean(new))
        top = mean(new).topk(2, dim=1)
        clear = top.values[:, 0] - top.values[:, 1] > 1e-6
        assert_same(forest.predict(new)[clear], top.indices[clear, 0])


@claims("All trees know the classes of the whole `y`")
@points(0.5)
def test_classes_of_a_forest(student, rng, device):
    """A class with a single row is missing from many draws: the trees still agree on how many classes there are.

    只有一行的类，很多次抽样都抽不到：各棵树的类别数仍然一致。
    """
    X, y = problem(rng)
    y = y.clamp(max=1)
    y[4] = 4
    forest, mean = forest_of(student, rng, 7, X, y)
    assert_same(forest.predict_proba(X), mean(X))


@points(0.5)
def test_many_rows(speed, student, reference):
    """The best split of 5,003 rows takes at most 12 times the reference's time.

    5,003 行的最佳分割，耗时不超过参考答案的 12 倍。
    """

    def rows(rng):
        return rng.normal(5003, 2, dtype=torch.float64)

    def labels(rng):
        return rng.integers(0, 3, 5003)

    speed(student, reference).call("best_split", rows, labels, at_most=12.0)
