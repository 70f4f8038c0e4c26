"""Hidden suite of week 02, validation.

Folds are judged by what must hold of them, not by one order of drawing. What `fit` and `score` are given is looked at
from inside: they run here.
Not covered: groups of rows that belong together, time series.
"""

import torch

from grader.suite import assert_raises, assert_same, call_and_keep, claims, expect, points, unchanged

N, FEATURES = 23, 3


def rows(*parts):
    """Sorted row numbers."""
    return torch.cat(parts).sort().values


def everything(n):
    return torch.arange(n)


def halves(n, device):
    """Two folds of even and odd rows, the second smaller if n is odd."""
    even, odd = torch.arange(0, n, 2, device=device), torch.arange(1, n, 2, device=device)
    return [(even, odd), (odd, even)]


def nothing(train_X, train_y, settings):
    return 0.0


@claims("Every row is tested in exactly one fold, and trains in all others", "The rows are int64, in any order")
@points(1)
def test_every_row_is_tested_once(student, rng):
    """Every row is tested in exactly one of the k folds, and trains in all the others.

    每一行恰好在 k 折中的一折被测试，并在其余各折中参与训练。
    """
    for n, k in ((N, 5), (N, N), (7, 2), (2, 2)):
        folds = student.k_folds(n, k, rng.generator())
        assert_same(len(folds), k)
        assert_same(rows(*(test for _, test in folds)).cpu(), everything(n))
        for train, test in folds:
            assert_same(rows(train, test).cpu(), everything(n))


@claims("The folds differ in size by 1 at most")
@points(0.5)
def test_sizes_of_folds(student, rng):
    """23 rows in 5 folds give sizes 4, 4, 5, 5, 5 in some order, with labels too.

    23 行分 5 折，各折大小为 4、4、5、5、5（次序任意），有标签时也一样。
    """
    labels = rng.integers(0, 3, N)
    for more in ((), (labels,)):
        for n, k, sizes in ((N, 5, [4, 4, 5, 5, 5]), (N, 22, [1] * 21 + [2]), (N, 2, [11, 12])):
            folds = student.k_folds(n, k, rng.generator(), *more)
            got = sorted(len(test) for _, test in folds)
            expect(
                not more or got[-1] - got[0] <= 1,
                "With labels, one fold tests {low} rows and another {high}: they may differ by 1, so leftovers of the "
                "classes must not meet in the same folds.",
                "给出标签时，一折测试 {low} 行，另一折 {high} 行：最多只应相差 1，各类多出的行不应都落在同样的折里。",
                low=got[0],
                high=got[-1],
            )
            assert_same(got, sizes)


@claims("they also differ by 1 at most in how many rows of a class they test")
@points(1)
def test_classes_are_spread(student, rng, device):
    """With labels, even sorted ones, every fold tests nearly as many rows of each class as any other.

    给出标签时（即使已排好序），各折所测试的每个类的行数几乎相同。
    """
    for labels in (
        torch.tensor([0] * 9 + [1] * 9 + [2] * 9, device=device),
        torch.tensor([5, -1, 5, 5, -1, 5, 5, 5, 5, 5, 5, -1, 5], device=device),
        rng.integers(0, 4, 61),
    ):
        for k in (3, 5):
            folds = student.k_folds(len(labels), k, rng.generator(), labels)
            assert_same(rows(*(test for _, test in folds)).cpu(), everything(len(labels)))
            for one in labels.unique().tolist():
                counts = [int((labels[test] == one).sum()) for _, test in folds]
                expect(
                    max(counts) - min(counts) <= 1,
                    "The folds test {counts} rows of class {one}: these should differ by 1 at most.",
                    "各折测试类别 {one} 的行数为 {counts}：最多只应相差 1。",
                    counts=counts,
                    one=one,
                )
    _, kept, _ = call_and_keep(student.k_folds, len(labels), 3, rng.generator(), labels)
    assert_same(kept[3], labels)


@claims("Which rows come together is random, and comes from `generator` alone")
@points(0.5)
def test_folds_come_from_the_generator(student, rng):
    """One state of the generator gives one answer, the next draw another; neighbours are not kept together.

    generator 的同一状态给出同样的折，继续抽取则不同；相邻的行不会总在一起。
    """
    labels = rng.integers(0, 2, 61)
    for more in ((), (labels,)):
        source, same = rng.generator(), None
        state = source.get_state()
        first = student.k_folds(61, 7, source, *more)
        source.set_state(state)
        again = student.k_folds(61, 7, source, *more)
        alike = [torch.equal(rows(one), rows(other)) for (_, one), (_, other) in zip(again, first, strict=False)]
        expect(
            all(alike),
            "The same state of the generator gave other folds the second time: each draw has to come from `generator`.",
            "generator 处于同一状态，第二次却给出不同的折：所有随机数都应来自 `generator`。",
        )
        tests = [student.k_folds(61, 7, rng.generator(), *more) for _ in range(3)]
        same = [torch.equal(rows(one[0][1]), rows(first[0][1])) for one in tests]
        expect(
            not all(same),
            "Other generators give the same folds: the order should be random.",
            "换了 generator，折还是一样：次序应当是随机的。",
        )
        blocks = [int(rows(test)[-1] - rows(test)[0]) == len(test) - 1 for _, test in first]
        expect(
            not all(blocks),
            "Every fold tests neighbouring rows: shuffle them first.",
            "每一折测试的都是相邻的行：应当先打乱。",
        )


@claims("comes from `generator` alone")
@points(0.5)
def test_the_generator_goes_on(student, rng):
    """A generator that has drawn before gives other folds than a fresh one with the same seed.

    抽取过随机数的 generator 给出的折，与种子相同的全新 generator 不同。
    """
    labels = rng.integers(0, 2, 61)
    for more in ((), (labels,)):
        source = rng.generator()
        fresh = student.k_folds(61, 7, source, *more)
        source.manual_seed(source.initial_seed())
        torch.rand(5, generator=source, device=labels.device)
        later = student.k_folds(61, 7, source, *more)
        expect(
            not all(torch.equal(rows(a), rows(b)) for (_, a), (_, b) in zip(fresh, later, strict=True)),
            "The folds follow from the seed of the generator, not from what it draws next.",
            "折由 generator 的种子决定，而不是由它接下来抽取的数决定。",
        )


@claims("Which rows come together is random")
@points(0.5)
def test_who_comes_together(student, rng):
    """Over 40 draws, no two rows share a fold nearly always: the order is shuffled, not only turned.

    抽取 40 次，没有哪两行几乎总在同一折：次序是打乱的，而不只是转动了起点。
    """
    labels = torch.arange(61, device=rng.normal(1).device) % 2
    for more in ((), (labels,)):
        together = torch.zeros(61, 61)
        for _ in range(40):
            for _, test in student.k_folds(61, 7, rng.generator(), *more):
                inside = torch.zeros(61)
                inside[test.cpu()] = 1
                together += inside.outer(inside)
        most = int((together - together.diag().diag()).max())
        # Two rows meet with a chance of about 1 in 8: 30 times of 40 has a probability below 1e-17.
        expect(
            most < 30,
            "Two rows share a fold in {most} of 40 draws: shuffle the rows.",
            "有两行在 40 次抽取中有 {most} 次同折：应当打乱各行。",
            most=most,
        )


@claims("`k` is below 2 or above n, or `labels` has not n entries")
@points(0.5)
def test_folds_refuse(student, rng):
    """One fold, more folds than rows, and labels too few or too many are refused with ValueError.

    只分一折、折数多于行数、标签过少或过多时，抛出 ValueError。
    """
    for k in (1, 0, N + 1):
        assert_raises(ValueError, student.k_folds, N, k, rng.generator())
    for count in (N - 1, N + 1):
        assert_raises(ValueError, student.k_folds, N, 3, rng.generator(), rng.integers(0, 2, count))


@claims(
    "Mean and deviation come from `train` alone", "The deviation divides by n, as in scikit-learn", "Neither argument"
)
@points(1)
def test_standardise(student, rng):
    """Both parts are shifted by the training mean and divided by the training deviation, which divides by n.

    两部分都减去训练均值、除以训练标准差（除以 n 的那种）。
    """
    for dtype in (torch.float64, torch.float32):
        train = (3 * rng.normal(FEATURES, 7, dtype=dtype) + 5).mT
        test = rng.normal(5, FEATURES, dtype=dtype) - 2
        mean, deviation = train.mean(0), train.std(0, correction=0)
        expected = ((train - mean) / deviation, (test - mean) / deviation)
        assert_same(tuple(unchanged(student.standardise, train, test)), expected, rtol=1e-4, atol=1e-5)


@claims("A column that is constant in `train` is only shifted")
@points(0.5)
def test_constant_columns(student, device):
    """A column that is constant in training is only shifted, whatever its value; so is every column of a single row.

    训练中为常数的列只做平移，无论其值是多少；只有一行训练数据时，每一列都是如此。
    """
    for dtype in (torch.float64, torch.float32):
        train = torch.tensor([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]], dtype=dtype, device=device)
        test = torch.tensor([[0.6, 3.0], [0.1, 3.0]], dtype=dtype, device=device)
        got = student.standardise(train, test)
        assert_same(got[0][:, 0], torch.zeros(3, dtype=dtype, device=device), atol=1e-6)
        assert_same(got[1], torch.tensor([[0.5, 0.0], [0.0, 0.0]], dtype=dtype, device=device), atol=1e-6)
        assert_same(student.standardise(train[:1], test)[1], test - train[:1])
    # The mean of equal numbers is not always exactly that number, so their deviation is not always 0.
    for value, count in ((0.1, 7), (0.3, 3), (7.7, 3), (0.1, 9)):
        train = torch.tensor([[value, 0.0]] * count, dtype=torch.float32, device=device)
        train[0, 1] = 10.0
        moved = student.standardise(train, train + 1)[1]
        assert_same(moved[:, 0], torch.ones(count, device=device), atol=1e-5)
        assert_same(moved[:, 1], (train[:, 1] + 1 - train[:, 1].mean()) / train[:, 1].std(correction=0), atol=1e-4)


@claims("and must be right far from 0 too: in float32, that of 10001, 10002 and 10003 is 0.8165")
@points(0.5)
def test_columns_of_tiny_numbers(student, rng, device):
    """Columns around 1e-9 and around 10,000 are scaled like any others: nothing is added to the deviation, nor lost.

    数值约为 1e-9 的列和约为 10,000 的列与其他列一样缩放：标准差不加任何数，不设下限，也不丢失精度。
    """
    column = torch.tensor([1.0, -1.0, 3.0, 1.0, -3.0, -1.0], dtype=torch.float64, device=device)
    for dtype, size in ((torch.float64, 1e-9), (torch.float32, 1e-9), (torch.float64, 1e9)):
        train = (torch.stack([column, size * column], dim=1)).to(dtype)
        expected = (column / column.square().mean().sqrt()).to(dtype)
        got = student.standardise(train, 2 * train)
        assert_same(tuple(got), tuple(n * torch.stack([expected] * 2, dim=1) for n in (1, 2)), rtol=1e-4, atol=1e-5)
    train = torch.tensor([[10001.0], [10002.0], [10003.0]], device=device)
    expected = (train - 10002) * 1.5**0.5
    assert_same(tuple(student.standardise(train, train + 1)), (expected, expected + 1.5**0.5), rtol=1e-3, atol=1e-3)


@claims("`train` has no rows, or the two differ in their number of columns")
@points(0.5)
def test_standardise_refuses(student, rng):
    """No training row and unequal numbers of columns are refused with ValueError.

    没有训练行、列数不同时，抛出 ValueError。
    """
    assert_raises(ValueError, student.standardise, rng.normal(0, 3), rng.normal(2, 3))
    assert_raises(ValueError, student.standardise, rng.normal(4, 3), rng.normal(2, 1))
    assert_raises(ValueError, student.standardise, rng.normal(4, 3), rng.normal(2, 2))


@claims("For each combination and each fold: standardise both parts by the training rows", "Nothing of the test rows")
@points(2)
def test_nothing_leaks(student, reference, rng):
    """fit sees the training rows alone, scaled by themselves, and their labels as they are, whatever a test row holds.

    fit 只看到训练行，而且只按训练行缩放，标签保持原样：测试行中有巨大的数值也毫无影响。
    """
    X, y = rng.normal(N, FEATURES, dtype=torch.float64), rng.integers(0, 5, N)
    X[4] = 1e6
    folds = halves(N, X.device)
    fitted, scored = [], []

    def fit(train_X, train_y, settings):
        fitted.append((train_X, train_y))
        return {"number": len(fitted)}

    def score(model, test_X, test_y):
        scored.append((model["number"], test_X, test_y))
        return 1.0

    student.grid_search(fit, score, X, y, {"a": [1]}, folds)

    scaled = [reference.standardise(X[train], X[test]) for train, test in folds]
    assert_same(fitted, [(part, y[train]) for (part, _), (train, _) in zip(scaled, folds, strict=True)])
    expected = [(1 + place, part, y[folds[place][1]]) for place, (_, part) in enumerate(scaled)]
    assert_same(scored, expected)


@claims(
    "for each name the list of its values",
    "The combinations are tried in the order of nested loops",
    "The results are pairs of (settings, mean score over",
)
@points(1)
def test_every_combination_in_order(student, rng):
    """Two names with three and two values give six results, the last name running fastest; scores are means of folds.

    两个名字各有三个和两个取值，得到六个结果，最后一个名字变化最快；分数是各折的均值。
    """
    X, y = rng.normal(7, 2), rng.normal(7)

    def fit(train_X, train_y, settings):
        return settings["depth"] * 10 + settings["width"]

    def score(model, test_X, test_y):
        return float(model * len(test_y))

    grid = {"depth": [3, 1, 2], "width": [5, 4]}
    best, results = student.grid_search(fit, score, X, y, grid, halves(7, X.device))

    expected = [
        ({"depth": depth, "width": width}, 3.5 * (10 * depth + width)) for depth in (3, 1, 2) for width in (5, 4)
    ]
    assert_same([tuple(pair) for pair in results], expected)
    assert_same(best, {"depth": 3, "width": 5})


@claims("A higher score is better", "Of several combinations with the best mean, the first is returned")
@points(0.5)
def test_best_and_first(student, rng):
    """Negative scores, a best one in the middle, and two that tie: the first of the best is returned.

    分数为负、最好的在中间、两个并列：返回并列最好的第一个。
    """
    X, y = rng.normal(6, 2), rng.normal(6)

    def score(model, test_X, test_y):
        return -1e-9 * abs(model - 4.0)  # small scores are compared as they are

    def fit(train_X, train_y, settings):
        return settings["a"]

    for values, first in (([1.0, 3.0, 5.0, 9.0], 3.0), ([9.0, 5.0, 3.0], 5.0), ([2.0], 2.0)):
        best, _ = student.grid_search(fit, score, X, y, {"a": values}, halves(6, X.device))
        assert_same(best, {"a": first})


@claims("call `fit(train_X, train_y, settings)`, and give the model that comes back to `score")
@points(1)
def test_a_real_search(student, rng):
    """Ridge regression on noisy rows: every mean score is what a loop by hand gives.

    带噪声数据上的岭回归：每个平均分都与手写循环的结果一致。
    """
    X = 5 + 2 * rng.normal(N, FEATURES, dtype=torch.float64)
    y = X @ torch.tensor([1.0, -1.0, 0.0], dtype=torch.float64, device=X.device) + rng.normal(N, dtype=torch.float64)
    folds = [
        (torch.cat([everything(N)[:a], everything(N)[b:]]), everything(N)[a:b]) for a, b in ((0, 7), (7, 13), (13, N))
    ]
    folds = [(train.to(X.device), test.to(X.device)) for train, test in folds]

    def fit(train_X, train_y, settings):
        table = train_X.mT @ train_X + settings["l2"] * torch.eye(FEATURES, dtype=X.dtype, device=X.device)
        return {"weight": torch.linalg.solve(table, train_X.mT @ (train_y - train_y.mean())), "mean": train_y.mean()}

    def score(model, test_X, test_y):
        return -float((test_X @ model["weight"] + model["mean"] - test_y).square().mean())

    grid = {"l2": [0.01, 1.0, 100.0]}
    _, results = student.grid_search(fit, score, X, y, grid, folds)

    for l2, (_, got) in zip(grid["l2"], results, strict=True):
        total = 0.0
        for train, test in folds:
            mean, deviation = X[train].mean(0), X[train].std(0, correction=0)
            model = fit((X[train] - mean) / deviation, y[train], {"l2": l2})
            total += score(model, (X[test] - mean) / deviation, y[test]) / 3
        assert_same(got, total)


@claims(
    "there is no fold, or a name has no values",
    "A grid without names has one combination, that of no settings",
)
@points(0.5)
def test_search_refuses(student, rng):
    """No folds and a name without values are refused with ValueError; a single fold, and no names at all, are not.

    没有折、某个名字没有取值时，抛出 ValueError；只有一折、一个名字也没有时则不抛出。
    """
    X, y = rng.normal(6, 2), rng.normal(6)

    assert_raises(ValueError, student.grid_search, nothing, nothing, X, y, {"a": [1]}, [])
    assert_raises(ValueError, student.grid_search, nothing, nothing, X, y, {"a": [1], "b": []}, halves(6, X.device))
    best, results = student.grid_search(nothing, nothing, X, y, {"a": [1]}, halves(6, X.device)[:1])
    assert_same((best, [tuple(pair) for pair in results]), ({"a": 1}, [({"a": 1}, 0.0)]))
    best, results = student.grid_search(nothing, nothing, X, y, {}, halves(6, X.device))
    assert_same((best, [tuple(pair) for pair in results]), ({}, [({}, 0.0)]))
