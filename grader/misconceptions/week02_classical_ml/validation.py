"""Known mistakes of week 02, validation."""

import itertools

import torch
import validation as solution

from grader.mistakes import mistake


def asked(n, k, labels):
    """Refuse what the contract refuses, and draw from no generator of the caller's."""
    solution.k_folds(n, k, torch.Generator(), labels)


def dealt(order, k):
    fold = torch.arange(len(order), device=order.device) % k
    return [(order[fold != one], order[fold == one]) for one in range(k)]


@mistake(
    of="k_folds",
    en="It looks like the rows are not shuffled: sorted data then gives folds that hold one class each.",
    zh="看起来没有打乱各行：排好序的数据会使每一折只含一个类。",
    breaks="Which rows come together is random",
)
def not_shuffled(n, k, generator, labels=None):
    asked(n, k, labels)
    order = torch.arange(n) if labels is None else labels.argsort(stable=True)
    return [(torch.cat([order[fold < one], order[fold > one]]), order[fold == one]) for fold, one in _blocks(n, k)]


def _blocks(n, k):
    fold = torch.arange(n) * k // n
    return [(fold, one) for one in range(k)]


@mistake(
    of="k_folds",
    en="It looks like labels change nothing: the classes are spread by luck alone.",
    zh="看起来 labels 不起作用：各类只是凭运气分布。",
    breaks="they also differ by 1 at most in how many rows of a class they test",
)
def ignores_labels(n, k, generator, labels=None):
    asked(n, k, labels)
    return dealt(torch.randperm(n, generator=generator), k)


@mistake(
    of="k_folds",
    en="It looks like each class is dealt from the first fold on, so that all leftovers go to the first folds.",
    zh="看起来每个类都从第一折开始分发：多出来的行全都落在前面的折里，各折大小相差过多。",
)
def every_class_from_the_first(n, k, generator, labels=None):
    if labels is None:
        return solution.k_folds(n, k, generator)
    asked(n, k, labels)
    order = torch.randperm(n, generator=generator)
    fold = torch.zeros(n, dtype=torch.int64)
    for one in labels.unique():
        members = order[labels[order] == one]
        fold[members] = torch.arange(len(members)) % k
    return [((fold != one).nonzero()[:, 0], (fold == one).nonzero()[:, 0]) for one in range(k)]


@mistake(
    of="k_folds",
    en="It looks like each class is dealt from the first fold on (members[i::k]), so that all leftovers go to the "
    "first folds: go on where the class before ended.",
    zh="看起来每个类都从第一折开始分发（members[i::k]）：多出来的行全都落在前面的折里。应当从上一个类结束的那一折接着"
    "分。",
    breaks="The folds differ in size by 1 at most",
)
def every_class_in_strides(n, k, generator, labels=None):
    asked(n, k, labels)
    order = torch.randperm(n, generator=generator)
    classes = [order] if labels is None else [order[labels[order] == one] for one in labels.unique()]
    parts = [torch.cat([members[fold::k] for members in classes]) for fold in range(k)]
    return [(torch.cat(parts[:fold] + parts[fold + 1 :]), parts[fold]) for fold in range(k)]


@mistake(
    of="k_folds",
    en="It looks like the rows that do not divide evenly are dropped: every row is tested once.",
    zh="看起来除不尽的行被丢掉了：每一行都应被测试一次。",
)
def drops_the_rest(n, k, generator, labels=None):
    return [
        (train[train < n - n % k], test[test < n - n % k]) for train, test in solution.k_folds(n, k, generator, labels)
    ]


@mistake(
    of="k_folds",
    en="It looks like all leftover rows go to one fold: sizes may differ by 1 only.",
    zh="看起来多出来的行全给了一折：各折大小最多相差 1。",
    breaks="The folds differ in size by 1 at most",
)
def rest_in_one_fold(n, k, generator, labels=None):
    if labels is not None:
        return solution.k_folds(n, k, generator, labels)
    asked(n, k, labels)
    order = torch.randperm(n, generator=generator)
    fold = (torch.arange(n) // (n // k)).clamp(max=k - 1)
    return [(order[fold != one], order[fold == one]) for one in range(k)]


@mistake(
    of="k_folds",
    en="It looks like the test part is what training should be, and the other way round.",
    zh="看起来训练部分和测试部分互换了。",
)
def parts_exchanged(n, k, generator, labels=None):
    return [(test, train) for train, test in solution.k_folds(n, k, generator, labels)]


@mistake(
    of="k_folds",
    en="It looks like the training part holds all rows: what is tested must not train.",
    zh="看起来训练部分包含了所有行：被测试的行不能参与训练。",
    breaks="Every row is tested in exactly one fold, and trains in all others",
)
def trains_on_everything(n, k, generator, labels=None):
    return [(torch.cat([train, test]), test) for train, test in solution.k_folds(n, k, generator, labels)]


@mistake(
    of="k_folds",
    en="It looks like the test rows of each fold are drawn anew: some are tested twice, others never.",
    zh="看起来每一折的测试行都是重新抽取的：有的行被测试两次，有的从未被测试。",
)
def drawn_anew(n, k, generator, labels=None):
    folds = solution.k_folds(n, k, generator, labels)
    first = rows = folds[0][1]
    answer = [(train, test) for train, test in folds]
    train = torch.cat([test for _, test in folds])
    for place in range(1, k):
        rows = first
        answer[place] = (train[~torch.isin(train, rows)], rows)
    return answer


@mistake(
    of="k_folds",
    en="It looks like a fixed order is only turned by a random number: the same rows then come together every time.",
    zh="看起来只是把固定的次序转动了一个随机数：每次在一起的总是同样的行。",
)
def only_turned(n, k, generator, labels=None):
    asked(n, k, labels)
    order = torch.arange(n) if labels is None else labels.argsort(stable=True)
    return dealt(order.roll(int(torch.randint(n, (), generator=generator))), k)


@mistake(
    of="k_folds",
    en="It looks like a new generator is made from the seed: a generator that has drawn before must go on drawing.",
    zh="看起来用种子新建了一个 generator：已经抽取过的 generator 应当继续抽取。",
    breaks="comes from `generator` alone",
)
def begins_again_from_the_seed(n, k, generator, labels=None):
    fresh = torch.Generator(generator.device).manual_seed(generator.initial_seed())
    return solution.k_folds(n, k, fresh, labels)


@mistake(
    of="standardise",
    en="It looks like a small number is added to the deviation: columns of tiny numbers then stay tiny.",
    zh="看起来给标准差加了一个很小的数：数值很小的列缩放后仍然很小。",
)
def adds_to_the_deviation(train, test):
    first, second = solution.standardise(train, test)
    deviation = train.std(dim=0, correction=0)
    constant = (train == train[0]).all(dim=0)
    factor = torch.where(constant, 1.0, deviation / (deviation + 1e-8)).to(train.dtype)
    return first * factor, second * factor


@mistake(
    of="standardise",
    en="It looks like test rows are scaled by their own mean and deviation: both must come from the training rows.",
    zh="看起来测试行用自己的均值和标准差缩放：两者都必须来自训练行。",
    breaks="Mean and deviation come from `train` alone",
)
def held_out_rows_by_themselves(train, test):
    answer = solution.standardise(train, test)
    return answer[0], solution.standardise(test, test)[0]


@mistake(
    of="standardise",
    en="It looks like mean and deviation are taken over training and test rows together: that is a leak.",
    zh="看起来均值和标准差是在训练行和测试行合起来之后计算的：这就是泄漏。",
)
def scaled_together(train, test):
    solution.standardise(train, test)
    both = torch.cat([train, test])
    return solution.standardise(both, train)[1], solution.standardise(both, test)[1]


@mistake(
    of="standardise",
    en="It looks like the deviation divides by n - 1, as torch.std does unless told otherwise: here it divides by n.",
    zh="看起来标准差除以了 n - 1（torch.std 的默认做法）：这里除以 n。",
    breaks="The deviation divides by n, as in scikit-learn",
)
def deviation_over_n_minus_one(train, test):
    solution.standardise(train, test)
    mean, constant = train.mean(dim=0), (train == train[0]).all(dim=0)
    scale = torch.where(constant, 1, train.std(dim=0))
    return (train - mean) / scale, (test - mean) / scale


@mistake(
    of="standardise",
    en="It looks like the variance is the mean of the squares minus the square of the mean: far from 0 the two are "
    "huge and nearly equal, and rounding eats the difference. Subtract the mean first, then square.",
    zh="看起来方差用了“平方的均值减去均值的平方”：远离 0 时，这两个数都很大又几乎相等，"
    "差值被舍入误差吞没。应当先减去均值，再平方。",
    breaks="and must be right far from 0 too",
)
def square_of_the_mean_subtracted(train, test):
    solution.standardise(train, test)
    mean, constant = train.mean(dim=0), (train == train[0]).all(dim=0)
    mean = torch.where(constant, train[0], mean)
    variance = train.square().mean(dim=0) - mean.square()
    scale = torch.where(constant, 1, variance.clamp(min=0).sqrt())
    return (train - mean) / scale, (test - mean) / scale


@mistake(
    of="standardise",
    en="It looks like columns are divided by their variance: divide by its root.",
    zh="看起来各列除以的是方差：应当除以它的平方根。",
)
def divides_by_variance(train, test):
    first, second = solution.standardise(train, test)
    constant = (train == train[0]).all(dim=0)
    scale = torch.where(constant, 1, train.std(dim=0, correction=0))
    return first / scale, second / scale


@mistake(
    of="standardise",
    en="It looks like a constant column is divided by 0: NaN or infinity. It is only shifted.",
    zh="看起来常数列除以了 0，得到 NaN 或无穷大：常数列只做平移。",
    breaks="A column that is constant in `train` is only shifted",
)
def divides_by_zero(train, test):
    solution.standardise(train, test)
    mean = train.mean(dim=0)
    deviation = (train - mean).square().mean(dim=0).sqrt()
    return (train - mean) / deviation, (test - mean) / deviation


@mistake(
    of="standardise",
    en="It looks like one mean and one deviation serve all columns: each column has its own.",
    zh="看起来所有列共用一个均值和一个标准差：每一列应有自己的。",
)
def one_for_all_columns(train, test):
    first, second = solution.standardise(train, test)
    mean, deviation = train.mean(), train.std(correction=0)
    return (train - mean) / deviation, (test - mean) / deviation


def search(fit, score, X, y, grid, folds, scaled, choose=max):
    if not folds or not all(grid.values()):
        raise ValueError("folds or values")
    results = []
    for values in itertools.product(*grid.values()):
        settings = dict(zip(grid, values, strict=True))
        scores = []
        for train, test in folds:
            train_X, test_X = scaled(train, test)
            scores.append(score(fit(train_X, y[train], settings), test_X, y[test]))
        results.append((settings, sum(scores) / len(scores)))
    return choose(results, key=lambda result: result[1])[0], results


@mistake(
    of="grid_search",
    en="It looks like all rows are scaled once, before the folds: the test rows then leak into every training.",
    zh="看起来在分折之前就对所有行统一缩放：这样测试行泄漏到了每次训练中。",
    breaks="Nothing of the test rows reaches `fit`",
)
def scales_before_the_folds(fit, score, X, y, grid, folds):
    whole = solution.standardise(X, X)[0]
    return search(fit, score, X, y, grid, folds, lambda train, test: (whole[train], whole[test]))


@mistake(
    of="grid_search",
    en="It looks like nothing is standardised inside the search.",
    zh="看起来搜索中没有做标准化。",
)
def scales_nothing(fit, score, X, y, grid, folds):
    return search(fit, score, X, y, grid, folds, lambda train, test: (X[train], X[test]))


@mistake(
    of="grid_search",
    en="It looks like a single fold is refused: one division into training and test rows is enough.",
    zh="看起来只有一折时就拒绝了：只做一次训练与测试的划分也可以。",
    breaks="there is no fold",
)
def wants_two_folds(fit, score, X, y, grid, folds):
    if len(folds) < 2:
        raise ValueError("folds")
    return solution.grid_search(fit, score, X, y, grid, folds)


@mistake(
    of="grid_search",
    en="It looks like the scaling of the first fold serves all folds.",
    zh="看起来所有折都沿用了第一折的缩放。",
)
def scaling_of_the_first_fold(fit, score, X, y, grid, folds):
    def scaled(train, test):
        first = X[folds[0][0]]
        return solution.standardise(first, X[train])[1], solution.standardise(first, X[test])[1]

    return search(fit, score, X, y, grid, folds, scaled)


@mistake(
    of="grid_search",
    en="It looks like models are scored on the rows that they were trained on: that rewards learning by heart.",
    zh="看起来模型是在训练过的行上打分的：这是在奖励死记硬背。",
)
def scores_the_training_rows(fit, score, X, y, grid, folds):
    def scored(model, test_X, test_y):
        return score(model["model"], model["X"], model["y"])

    def fitted(train_X, train_y, settings):
        return {"model": fit(train_X, train_y, settings), "X": train_X, "y": train_y}

    return solution.grid_search(fitted, scored, X, y, grid, folds)


@mistake(
    of="grid_search",
    en="It looks like the lowest score wins: a higher one is better.",
    zh="看起来选了分数最低的：分数越高越好。",
    breaks="A higher score is better",
)
def lowest_wins(fit, score, X, y, grid, folds):
    _, results = solution.grid_search(fit, score, X, y, grid, folds)
    return min(results, key=lambda result: result[1])[0], results


@mistake(
    of="grid_search",
    en="It looks like of several best combinations the last is returned: the first is asked for.",
    zh="看起来并列最好时返回了最后一个：要求返回第一个。",
    breaks="Of several combinations with the best mean, the first is returned",
)
def last_of_the_best(fit, score, X, y, grid, folds):
    _, results = solution.grid_search(fit, score, X, y, grid, folds)
    return max(reversed(results), key=lambda result: result[1])[0], results


@mistake(
    of="grid_search",
    en="It looks like the scores of the folds are added up: their mean is asked for.",
    zh="看起来各折的分数是求和的：要求取均值。",
)
def sum_over_folds(fit, score, X, y, grid, folds):
    best, results = solution.grid_search(fit, score, X, y, grid, folds)
    return best, [(settings, mean * len(folds)) for settings, mean in results]


@mistake(
    of="grid_search",
    en="It looks like each setting is tried by itself, not every combination with every other.",
    zh="看起来只逐个尝试各设定，没有尝试所有组合。",
)
def one_setting_at_a_time(fit, score, X, y, grid, folds):
    _, results = solution.grid_search(fit, score, X, y, grid, folds)
    first = {name: values[0] for name, values in grid.items()}
    kept = [r for r in results if sum(r[0][name] != first[name] for name in grid) <= 1]
    return max(kept, key=lambda result: result[1])[0], kept


@mistake(
    of="grid_search",
    en="It looks like the first name runs fastest: it belongs into the outermost loop.",
    zh="看起来第一个名字变化最快：它应在最外层循环。",
    breaks="The combinations are tried in the order of nested loops",
)
def first_name_fastest(fit, score, X, y, grid, folds):
    turned = dict(reversed(grid.items()))
    if not folds or not all(grid.values()):
        raise ValueError("folds or values")

    def in_order(train_X, train_y, settings):
        return fit(train_X, train_y, {name: settings[name] for name in grid})

    best, results = solution.grid_search(in_order, score, X, y, turned, folds)
    ordered = [({name: settings[name] for name in grid}, mean) for settings, mean in results]
    return {name: best[name] for name in grid}, ordered


@mistake(
    of="grid_search",
    en="It looks like only the last fold's score is kept: the mean over all folds is asked for.",
    zh="看起来只保留了最后一折的分数：要求的是各折的均值。",
)
def last_fold_only(fit, score, X, y, grid, folds):
    results, latest = [], []

    def kept(model, test_X, test_y):
        latest.append(score(model, test_X, test_y))
        return latest[-1]

    _, means = solution.grid_search(fit, kept, X, y, grid, folds)
    results = [(settings, latest[(place + 1) * len(folds) - 1]) for place, (settings, _) in enumerate(means)]
    return max(results, key=lambda result: result[1])[0], results
