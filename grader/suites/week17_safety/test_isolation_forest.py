"""Hidden suite of week 17, isolation_forest.

Two forests that are both right differ by chance, so most tests here use data for which chance does not matter:
two values (one cut parts them), equal rows (no cut), and chains, in which each value is 1e12 times the one before, so
that
every cut takes off the largest value, but for one in 1e12. Their scores are known exactly.
The statistical tests say how often a right answer fails them: at most 1 in a million.
Not covered: the order in which random numbers are drawn; data of more than a few hundred rows.
"""

import numpy as np
import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    follows_device,
    points,
    set_attribute,
    unchanged,
)

ROWS, FEATURES, POINTS = 101, 3, 53


def c(n):
    """Average path length, by the formula."""
    return {0: 0.0, 1: 0.0, 2: 1.0}.get(n) or 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n if n > 1 else 0.0


def scores_of(paths, psi):
    """The scores of points with these mean path lengths."""
    return -(2.0 ** (-np.array(paths, dtype=float) / c(psi)))


def paths_of(scores, psi):
    """The mean path lengths of points with these scores."""
    return -c(psi) * np.log2(-scores)


def chain(n):
    """0, 1, 1e12, 1e24, …: n values in a column, that come off one by one from the end."""
    return np.array([0.0, *(10.0 ** (12 * k) for k in range(n - 1))])[:, None]


def cloud(generator, rows=ROWS, features=FEATURES):
    return generator.normal(size=(rows, features)) * np.array([1.0, 5.0, 0.2])[:features]


def rank_agreement(one, other):
    """Spearman's rank correlation."""
    ranks = [np.argsort(np.argsort(values)) for values in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


def area_under_curve(scores, odd):
    """The probability that an odd point scores lower than a usual one; ties count one half."""
    difference = scores[~odd][:, None] - scores[odd][None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def embeddings_like(generator, n, directions):
    """Clean embeddings: standard deviations from 1 down to 1/64 along the directions, and a mean."""
    deviations = 2.0 ** -np.linspace(0, 6, len(directions))
    return generator.normal(size=(n, len(directions))) * deviations @ directions.T + 3.0


def directions_of(generator, d):
    return np.linalg.qr(generator.normal(size=(d, d)))[0]


def as_tensor(x, device, dtype=torch.float64):
    return torch.from_numpy(x).to(device, dtype)


# ---- average_path_length


@points(2)
@claims(
    "For a tree over n different values",
    "c(n) = 2 H(n - 1) - 2 (n - 1) / n for n > 2",
    "with the harmonic number H(i) taken as ln(i) + Euler's constant",
    "Exactly: c(2) = 1, and c(1) = c(0) = 0",
)
def test_average_path_length_of_small_numbers(student):
    """c(0) = c(1) = 0, c(2) = 1, c(3) = 2 (ln 2 + 0.5772…) - 4/3 = 1.2074, and c(256) = 10.2448.

    较小的数：c(0) = c(1) = 0，c(2) = 1，c(3) = 2 (ln 2 + 0.5772…) - 4/3 = 1.2074；较大的数：c(256) = 10.2448。
    """
    for n, expected in ((2, 1.0), (1, 0.0), (0, 0.0)):
        assert_same(student.average_path_length(n), expected)
    # four digits were worked by hand
    assert_same(student.average_path_length(3), 1.2074, atol=5e-5)
    assert_same(student.average_path_length(256), 10.2448, atol=5e-5)


@points(1)
@claims(
    "A float for an int, a float64 array of the same shape for an array, which is not modified",
)
def test_average_path_length_of_arrays(student, reference):
    """An array of counts gives a float64 array of the same shape, and is not modified.

    输入计数的数组时返回形状相同的 float64 数组，且不修改输入。
    """
    counts = np.array([[0, 1, 2, 3, 5], [7, 11, 101, 256, 10**9]])

    assert_same(unchanged(student.average_path_length, counts), reference.average_path_length(counts))
    assert_same(student.average_path_length(counts[:, ::2]), reference.average_path_length(counts[:, ::2]))
    assert_same(student.average_path_length(counts[0, :1]), np.zeros(1))


# ---- IsolationForest


@points(2)
@claims(
    "different rows, drawn without replacement",
    "The path length of a point x in a tree is the number of cuts on its way to a leaf, plus c(rows in that leaf)",
    "That is -2 ** (-E / c(psi))",
)
def test_one_cut_parts_two_values(student):
    """Five zeros and two ones are parted by one cut, so the paths are 1 + c(5) and 1 + c(2); constant features are
    never cut.

    五个 0 和两个 1 只需一刀分开，路径长度为 1 + c(5) 和 1 + c(2)；从不切分取值恒定的特征。
    """
    column = np.array([0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0])
    x = np.stack([np.full(7, 4.0), column, np.full(7, -2.0), np.full(7, 0.5)], axis=1)

    scores = (
        student.IsolationForest(trees=11, seed=3)
        .fit(x)
        .score_samples(np.array([[4.0, 1.0, -2.0, 0.5], [0.0, 0.0, 0.0, 0.0]]))
    )
    assert_same(scores, scores_of([1 + c(2), 1 + c(5)], psi=7))


@points(2)
@claims(
    "and at depth ceil(log2(psi))",
    "Near -1: cut off at once",
)
def test_trees_stop_at_the_height_limit(student):
    """In a chain of 8 values three come off at depths 1, 2 and 3; there the trees stop, and the rest have 3 + c(5).

    在 8 个值组成的链中，有三个值分别在深度 1、2、3 被切下；树到此为止，其余的路径长度为 3 + c(5)。
    """
    x = chain(8)

    scores = student.IsolationForest(trees=5).fit(x).score_samples(x)
    assert_same(scores, scores_of([3 + c(5)] * 5 + [3, 2, 1], psi=8))
    of_seven = student.IsolationForest(trees=5).fit(x[:7]).score_samples(x[:7])
    assert_same(of_seven, scores_of([3 + c(4)] * 4 + [3, 2, 1], psi=7))


@points(2)
@claims(
    "sees psi = min(sample_size, rows)",
    "stops where all rows are equal",
    "Near -0.5: as deep as the average",
)
def test_limit_and_scale_come_from_the_sample(student):
    """With sample_size 8 and 19 rows, the height limit and c(psi) are those of 8 rows, not of 19.

    sample_size 为 8、共有 19 行时，高度上限和 c(psi) 按 8 行而不是 19 行计算。
    """
    forest = student.IsolationForest(trees=5, sample_size=8).fit(chain(19))

    assert_same(forest.score_samples(np.array([[-1.0], [1e300]])), scores_of([3 + c(5), 1], psi=8))
    equal = student.IsolationForest(trees=3, sample_size=5).fit(np.ones((13, 2)))
    assert_same(equal.score_samples(np.array([[1.0, 1.0], [7.0, 7.0]])), np.array([-0.5, -0.5]))


@points(1)
@claims(
    "both sides get at least one row",
    "x is computed with as float64",
)
def test_neighbouring_numbers_can_be_cut(student):
    """Two neighbouring floating-point numbers are parted by one cut, never by a cut that leaves one side empty.

    相邻的两个浮点数也能一刀分开，绝不会出现一侧为空的切分。
    """
    x = np.array([[1.0], [np.nextafter(1.0, 2.0)], [1.0]])

    scores = student.IsolationForest(trees=41).fit(x).score_samples(x)
    assert_same(scores, scores_of([1 + c(2), 1, 1 + c(2)], psi=3))
    one_tree = student.IsolationForest(trees=1, sample_size=2).fit(x[:2])
    assert_same(one_tree.score_samples(x[:2]), np.array([-0.5, -0.5]))


@points(1)
@claims(
    "uniform between the feature's minimum and maximum in the node",
    "`fit` grows `trees` trees",
)
def test_cuts_are_uniform_between_the_extremes(student):
    """Of 0, 1 and 10 the first cut takes off the 10 in nine of ten trees: thresholds are uniform between minimum and
    maximum; and there are as many trees as were asked for.

    对于 0、1、10，第一刀在十分之九的树里切下 10：阈值在最小值与最大值之间均匀分布；树的棵数与要求的一致。
    """
    forest = student.IsolationForest(trees=300, seed=7).fit(np.array([[0.0], [1.0], [10.0]]))

    paths = paths_of(forest.score_samples(np.array([[10.0], [0.0]])), psi=3)
    # The path of 10 is 1 plus a coin with p = 0.1: standard deviation 0.3 / sqrt(300) = 0.0173; 5.5 of them, 8e-8.
    for path, expected in zip(paths.tolist(), (1.1, 1.9), strict=True):
        expect(abs(path - expected) < 0.095, "The mean path length is {got}, expected about {expected}.",
               "平均路径长度为 {got}，应约为 {expected}。", got=path, expected=expected)  # fmt: skip
    # Of 0, 1 and 2 a tree takes off the 2 by its first or second cut: two trees have 1, 1.5 or 2 in the mean, and 1.5
    # half the time (41 seeds without it: 5e-13).
    few = np.array([[0.0], [1.0], [2.0]])
    for trees, means in ((1, {1.0, 2.0}), (2, {1.0, 1.5, 2.0})):
        grown = [student.IsolationForest(trees=trees, seed=seed).fit(few) for seed in range(41)]
        got = {round(float(paths_of(forest.score_samples(few[2:]), psi=3)[0]), 6) for forest in grown}
        expect(got <= means and (trees == 1 or 1.5 in got), "With trees = {trees} the mean path lengths are {got}.",
               "trees = {trees} 时平均路径长度为 {got}。", trees=trees, got=sorted(got))  # fmt: skip


@points(1)
@claims(
    "Each one",
)
def test_each_tree_sees_rows_of_its_own(student):
    """Every tree draws its rows anew: of ten zeros and ten ones, three at a time, trees see every mixture.

    每棵树都重新抽取自己的行：从十个 0 和十个 1 中每次取三行，各种组合都会出现。
    """
    x = np.array([[0.0]] * 10 + [[1.0]] * 10)
    forest = student.IsolationForest(trees=400, sample_size=3, seed=9).fit(x)

    path = float(paths_of(forest.score_samples(np.array([[1.0]])), psi=3)[0])
    # Three equal rows (4 in 19), one 1 or two of them (15 in 38 each): paths c(3), 1 and 2, standard deviation 0.46,
    # 0.023 over 400 trees: 0.14 is 6 of them, 2e-9. One sample for all trees gives c(3), 1 or 2, at least 0.23 off.
    expected = 4 / 19 * c(3) + 15 / 38 * (1 + 2)
    expect(abs(path - expected) < 0.14, "The mean path length of a 1 is {got}, expected about {expected}.",
           "1 的平均路径长度为 {got}，应约为 {expected}。", got=path, expected=expected)  # fmt: skip


@points(2)
@claims(
    "each of those that are not constant in the node with the same probability",
)
def test_features_have_the_same_chance(student):
    """Each feature that varies is cut with the same probability, however wide its range is.

    每个取值有变化的特征被选中的概率相同，与其取值范围的大小无关。
    """
    x = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1000.0], [0.0, 1000.0]])
    forest = student.IsolationForest(trees=250, seed=5).fit(np.hstack([x, np.ones((4, 2))]))

    path = float(paths_of(forest.score_samples(np.array([[1.0, 0.0, 1.0, 1.0]])), psi=4)[0])
    # 1 or 2 with the same probability: standard deviation 0.5 / sqrt(250) = 0.0316; 5.7 of them, 1e-8.
    expect(abs(path - 1.5) < 0.18, "The mean path length is {got}, expected about 1.5.",
           "平均路径长度为 {got}，应约为 1.5。", got=path)  # fmt: skip


@points(2)
@claims(
    "scores are negative, and the *lower* the more abnormal",
    '`offset_` is -0.5 with contamination "auto"',
)
def test_odd_points_score_lower(student):
    """A point that comes off first has the lowest score and is predicted -1; the others are predicted 1.

    最先被切下的点分数最低，预测为 -1；其余点预测为 1。
    """
    x = np.array([[0.0]] * 29 + [[1.0]] * 2)
    forest = student.IsolationForest(trees=7).fit(x)

    assert_same(forest.predict(np.array([[0.0], [1.0], [0.0]])), np.array([1, -1, 1]))
    assert_same(forest.predict(x[::4]), np.ones(8, dtype=np.int64))
    assert_same(forest.score_samples(x[-1:]), scores_of([2.0], psi=31))
    assert_same(attribute(forest, "offset_"), -0.5)


@points(1)
@claims(
    "Rounding makes no outlier",
)
def test_rounding_makes_no_outlier(student):
    """After a fit on equal rows, such a row is no outlier, although its score is -0.5 only up to rounding.

    在全部相同的行上拟合之后，同样的一行不是异常点，尽管它的分数只在舍入误差之内等于 -0.5。
    """
    # Add the paths and divide, add shares of the mean, take numpy's mean: each of them ends a little below somewhere.
    for rows, trees in ((2, 3), (2, 7), (3, 200), (5, 31), (53, 100), (100, 100), (101, 31), (300, 31), (300, 97)):
        equal = np.ones((rows, 2))
        for contamination in ("auto", 0.05):
            forest = student.IsolationForest(trees=trees, contamination=contamination).fit(equal)

            assert_same(forest.predict(equal), np.ones(rows, dtype=np.int64))
            assert_same(forest.predict(equal[:1]), np.ones(1, dtype=np.int64))


@points(2)
@claims(
    "it is the quantile of the scores of `x` at that share, linearly interpolated",
    "Contamination moves the offset and nothing else",
)
def test_contamination_moves_only_the_threshold(student, rng):
    """Another contamination gives the same scores; the offset is the quantile of the training scores, and below it is
    -1.

    改变 contamination 时分数不变；offset_ 是训练数据分数的分位数，低于它的预测为 -1。
    """
    x = cloud(rng.numpy())
    scores = student.IsolationForest(trees=7, sample_size=31, seed=2).fit(x).score_samples(x)
    for share in (0.07, 0.3, 0.5):
        forest = student.IsolationForest(trees=7, sample_size=31, contamination=share, seed=2).fit(x)

        assert_same(forest.score_samples(x), scores)
        assert_same(attribute(forest, "offset_"), float(np.quantile(scores, share)))
        assert_same(forest.predict(x), np.where(scores < np.quantile(scores, share), -1, 1))


@points(1)
@claims(
    "the threshold that `predict` uses",
    "An outlier is a point whose score is below `offset_`",
)
def test_scores_at_the_threshold_are_usual(student):
    """A score equal to the offset is not below it: such a point is predicted 1; a quantile can lie between two scores;
    and who sets `offset_` moves what `predict` says.

    分数恰好等于 offset_ 不算低于它，预测为 1；分位数可以落在两个分数之间；修改 offset_ 会改变 predict 的结果。
    """
    x = np.array([[0.0]] * 9 + [[1.0]] * 2)
    forest = student.IsolationForest(trees=3, contamination=0.3).fit(x)
    between = student.IsolationForest(trees=3, contamination=0.15).fit(x)

    assert_same(forest.predict(x), np.array([1] * 9 + [-1] * 2))
    assert_same(attribute(forest, "offset_"), float(scores_of([1 + c(9)], 11)[0]))
    assert_same(student.IsolationForest(trees=3, contamination=0.05).fit(x).predict(x), np.ones(11, dtype=np.int64))
    set_attribute(forest, "offset_", -0.999)
    assert_same(forest.predict(x), np.ones(11, dtype=np.int64))
    lenient = student.IsolationForest(trees=3).fit(x)
    set_attribute(lenient, "offset_", -0.01)
    assert_same(lenient.predict(x), np.full(11, -1))
    low, high = scores_of([1 + c(2), 1 + c(9)], 11)
    assert_same(attribute(between, "offset_"), float(low + (high - low) * 0.5))


@points(1)
@claims(
    "fitting again gives the same forest",
    "and not modified",
)
def test_seeds_decide(student, rng):
    """The same seed gives the same scores, also when the same forest is fitted again; another seed gives others.

    相同的种子得到相同的分数，同一个森林重新拟合也一样；不同的种子得到不同的分数。
    """
    x = cloud(rng.numpy())
    forest = student.IsolationForest(trees=7, sample_size=17, seed=4)
    unchanged(forest.fit, x)
    scores = unchanged(forest.score_samples, x)

    assert_same(forest.fit(x).score_samples(x), scores)
    assert_same(student.IsolationForest(trees=7, sample_size=17, seed=4).fit(x).score_samples(x), scores)
    other = student.IsolationForest(trees=7, sample_size=17, seed=5).fit(x).score_samples(x)
    expect(not np.allclose(other, scores), "Seeds 4 and 5 give the same scores.", "种子 4 和 5 给出了相同的分数。")


@points(2)
def test_ranks_agree_with_the_reference(student, reference, rng):
    """Points are ranked as by the reference, up to chance, and the scores lie at the same height.

    点的排序与参考答案一致（允许随机误差），分数的高低也相当。
    """
    generator = rng.numpy()
    x, points_ = cloud(generator), cloud(generator, POINTS) * 2
    ours = student.IsolationForest(trees=97, sample_size=64, seed=1).fit(x).score_samples(points_)
    theirs = reference.IsolationForest(trees=97, sample_size=64, seed=1).fit(x).score_samples(points_)

    # 300 pairs of right forests: Fisher's z of the rank correlation is 1.98 with standard deviation 0.21, so 0.7 is
    # 5.2 of them below, 1e-7; the difference of the means is 0.0015 with standard deviation 0.0037, so 0.025 is 6.
    agreement, shift = rank_agreement(ours, theirs), float(np.mean(ours - theirs))
    expect(
        agreement > 0.7, "Rank agreement {got}: expected above 0.7.", "排序一致性为 {got}，应高于 0.7。", got=agreement
    )
    expect(abs(shift) < 0.025, "The scores are {got} off on average.", "分数平均偏离 {got}。", got=shift)


@points(1)
def test_planted_outliers_are_ranked_first(student, rng):
    """Scattered points around a cloud score lower than points of the cloud: AUC above 0.9, float32 and strided input
    included.

    散落在点云周围的点，分数低于点云中的点：AUC 高于 0.9；float32 和不连续的输入也一样。
    """
    generator = rng.numpy()
    x = cloud(generator, 2 * ROWS)
    scattered = generator.uniform(-1, 1, size=(POINTS, FEATURES)) * np.array([14.0, 70.0, 2.8])
    mixed, odd = np.vstack([x[::2], scattered]), np.arange(ROWS + POINTS) >= ROWS
    forest = student.IsolationForest(trees=31, sample_size=64, seed=6).fit(x[1::2].astype(np.float32))

    scores = forest.score_samples(np.asfortranarray(mixed))
    # 600 right forests: 1 - AUC is 0.006 on average and falls off like an exponential, at most 0.028: 0.1 is under
    # 1e-7.
    area = area_under_curve(scores, odd)
    expect(area > 0.9, "AUC {got}: expected above 0.9.", "AUC 为 {got}，应高于 0.9。", got=area)
    assert_same(forest.score_samples(mixed[5:6]), scores[5:6])


@points(1)
@claims(
    "if x has not two axes, fewer than two rows or no feature, or holds NaN or infinity",
    "Float64; no points give an empty array",
    "RuntimeError: before `fit`",
    "another number of features than in `fit`, or holds NaN or infinity",
    "Raises what `score_samples` raises",
)
def test_impossible_data_is_refused(student):
    """NaN, too few rows, other features and wrong shares are a ValueError; scoring before fitting is a RuntimeError.

    NaN、行数太少、特征数不符、比例不合法时抛出 ValueError；未拟合就打分时抛出 RuntimeError。
    """
    x = np.array([[0, 3], [1, 3], [0, 3]])  # integers are welcome
    forest = student.IsolationForest(trees=3)

    assert_raises(RuntimeError, forest.score_samples, x)
    assert_raises(RuntimeError, forest.predict, x)
    for wrong in (x[:1], x[:, 0], x[:, :0], np.where(x == 1, np.nan, x), np.where(x == 1, np.inf, x)):
        assert_raises(ValueError, forest.fit, wrong)
    for share in (0.0, 0.51, -0.1):
        assert_raises(ValueError, student.IsolationForest(contamination=share).fit, x)
    assert_raises(ValueError, student.IsolationForest(trees=0).fit, x)
    assert_raises(ValueError, student.IsolationForest(sample_size=1).fit, x)
    forest.fit(x)
    for question in (forest.score_samples, forest.predict):
        for wrong in (x[:, :1], x[0], np.array([[np.nan, 3.0]]), np.array([[0.0, -np.inf]])):
            assert_raises(ValueError, question, wrong)
    assert_same(forest.score_samples(x[1:2]), scores_of([1.0], psi=3))
    assert_same(forest.score_samples(np.zeros((0, 2))), np.zeros(0))


@points(1)
@after("test_ranks_agree_with_the_reference")
def test_scoring_is_fast(student, reference, speed, rng):
    """Scoring 4,000 points takes at most 12 times as long as the reference: all points go down a tree together.

    给 4,000 个点打分的时间不超过参考答案的 12 倍：所有点一起沿树下行。
    """
    x, known = cloud(rng.numpy(), 256), cloud(rng.numpy(), 499)
    alive = []  # a handle that is dropped takes its object along

    def forest(module):
        made = module.IsolationForest(trees=31, sample_size=128, seed=8)
        alive.extend([made, made.fit(x)])
        return made

    # Asked in another process: the timed forest, which is the same by its seed, cannot remember them.
    scores = {float(point[0]): score for point, score in zip(known, forest(student).score_samples(known), strict=True)}

    def some_known(fresh):
        dice = fresh.numpy()
        return dice.permutation(np.concatenate([cloud(dice, 3944), dice.permutation(known)[:57]]))

    def agree(got, expected, points):
        # Two honest forests of 31 trees agree by 0.87 or more, and a forest with itself.
        agreement = rank_agreement(got, expected)
        expect(agreement > 0.75, "Rank agreement {got}.", "排序一致性为 {got}。", got=agreement)
        before = np.array([scores.get(float(point[0]), np.nan) for point in points])
        there = ~np.isnan(before)
        expect(
            np.allclose(got[there], before[there], rtol=0, atol=1e-6),
            "Points that were scored before get other scores among many.",
            "之前打过分的点，放在许多点中再打分时分数变了。",
        )

    speed(student, reference).call("score_samples", some_known, at_most=12.0, setup=forest, check=agree)


# ---- AdversarialDetector


@points(2)
@claims(
    "The embedding minus the mean is expressed in the principal directions",
    "The energy of a part is the mean of its squared coordinates",
    "the standard deviation along each (population: divided by the number of rows)",
    "Float64, on the device of the embeddings",
)
def test_energies_agree_with_the_reference(student, reference, rng, device):
    """Energies are mean squares of whitened coordinates, from the strong directions to the weak ones.

    能量是白化坐标平方的均值，从方差大的方向排到方差小的方向。
    """
    generator = rng.numpy()
    d = 7
    directions = directions_of(generator, d)
    clean = as_tensor(embeddings_like(generator, ROWS, directions), device)
    probes = as_tensor(embeddings_like(generator, POINTS, directions) + 0.1, device)

    for groups in (3, 1):
        ours = student.AdversarialDetector(groups=groups, trees=2, sample_size=16).train(clean).energies(probes)
        theirs = reference.AdversarialDetector(groups=groups, trees=2, sample_size=16).train(clean).energies(probes)
        # Eigenvectors of directions with nearly the same variance are known less exactly than the rest.
        assert_same(ours, theirs, rtol=1e-6)


@points(1)
@claims(
    "never more parts than coordinates",
    "if embeddings has not two axes or no two different rows",
    "RuntimeError: before `train`",
)
def test_flat_directions_are_left_out(student, device):
    """Directions without variance are left out: they neither divide by zero nor count in the mean.

    没有方差的方向被去掉：既不会除以零，也不计入均值。
    """
    # Two directions, standard deviations 4 and 1 (population), as single precision; the third one is flat.
    corners = torch.tensor([[4.0, 1.0, 5.0], [-4.0, 1.0, 5.0], [4.0, -1.0, 5.0], [-4.0, -1.0, 5.0]], device=device)
    detector = student.AdversarialDetector(groups=5, trees=3).train(corners)

    probes = torch.tensor([[8.0, 3.0, 5.0], [0.0, 0.5, 6.0]], device=device)
    expected = torch.tensor([[4.0, 9.0], [0.0, 0.25]], dtype=torch.float64, device=device)
    assert_same(detector.energies(probes), expected, rtol=1e-6, atol=1e-6)
    pad = torch.nn.functional.pad  # with four more flat directions there are more of them than rows
    few = student.AdversarialDetector(groups=5, trees=3).train(pad(corners, (0, 4)))
    assert_same(few.energies(pad(probes, (0, 4))), expected, rtol=1e-6, atol=1e-6)
    tiny = student.AdversarialDetector(groups=5, trees=3).train(1e-8 * corners.double())  # no length of its own is flat
    assert_same(tiny.energies(1e-8 * probes.double()[:1]), expected[:1], rtol=1e-6, atol=1e-6)
    # Deviations 1e3, 1e-2 and 1e-6: 1e-5 of the largest counts, 1e-9 does not.
    signs = torch.tensor([[1, 1, 1], [-1, 1, 1], [1, -1, 1], [-1, -1, 1]], dtype=torch.float64, device=device)
    wide = torch.cat([signs, signs * torch.tensor([1, 1, -1], device=device)])
    wide = wide * torch.tensor([1e3, 1e-2, 1e-6], dtype=torch.float64, device=device)
    relative = student.AdversarialDetector(groups=3, trees=3).train(wide)
    assert_same(relative.energies(2 * wide[:1] + 1e-9), torch.full((1, 2), 4.0).to(wide), rtol=1e-5)
    assert_raises(ValueError, student.AdversarialDetector().train, torch.ones(5, 2, device=device))
    assert_raises(ValueError, student.AdversarialDetector().train, corners[:1])
    assert_raises(ValueError, student.AdversarialDetector().train, corners[0])
    assert_raises(RuntimeError, student.AdversarialDetector().detect, corners)
    assert_raises(RuntimeError, student.AdversarialDetector().energies, corners)


@points(1)
@claims(
    "the embeddings may require gradients and are not modified",
)
def test_training_takes_what_a_model_gives(student, device):
    """Embeddings that require gradients train the detector and stay as they are, and float64 ones far from the origin
    keep their digits.

    需要梯度的嵌入可以直接用于训练且不被修改；远离原点的 float64 嵌入也不损失精度。
    """
    corners = torch.tensor([[4.0, 1.0], [-4.0, 1.0], [4.0, -1.0], [-4.0, -1.0]], dtype=torch.float64, device=device)
    expected = torch.tensor([[4.0, 9.0]], dtype=torch.float64, device=device)
    detector = student.AdversarialDetector(trees=3)
    nn, builtins = student.given("torch.nn"), student.given("builtins")

    # A parameter requires gradients inside the student's process, where `train` meets it.
    builtins.list(builtins.map(detector.train, nn.ParameterList([corners])))
    assert_same(detector.energies(expected.sqrt() * corners[:1]), expected, rtol=1e-6)
    far = student.AdversarialDetector(trees=3)
    unchanged(far.train, corners / 10 + 1e6)  # in float32 the neighbours of a million are 0.06 away
    assert_same(far.energies(expected.sqrt() * corners[:1] / 10 + 1e6), expected, rtol=1e-6)


@points(1)
@claims(
    "whose energies are an outlier for the forest",
    "On the device of the embeddings",
    "does not depend on the others in the call",
)
def test_each_embedding_is_judged_alone(student, rng, device):
    """The answer for an embedding is the same alone and among others, and attacked ones do not hide each other.

    一个嵌入的判断结果与同批的其他嵌入无关；被攻击的嵌入不会互相掩护。
    """
    generator = rng.numpy()
    directions = directions_of(generator, 5)
    detector = student.AdversarialDetector(false_alarms=0.1, trees=7, sample_size=32)
    detector.train(as_tensor(embeddings_like(generator, ROWS, directions), device))
    single = student.AdversarialDetector(trees=1, sample_size=32)
    single.train(as_tensor(embeddings_like(generator, ROWS, directions), device))
    far = as_tensor(embeddings_like(generator, 13, directions) + 50.0, device)
    # One standard deviation from the mean in every direction: an energy of 1 is the middle of all energies.
    usual = as_tensor(directions @ 2.0 ** -np.linspace(0, 6, 5)[:, None] + 3.0, device).T

    forest = student.IsolationForest(trees=3).fit(np.array([[0.0]] * 7 + [[1.0]]))
    assert_same(forest.predict(np.array([[0.0], [1.0]])), np.array([1, -1]))
    alone = torch.arange(14, device=device) == 13
    assert_same(detector.detect(torch.cat([usual.expand(13, -1), far[:1]])), alone)
    assert_same(detector.detect(far), torch.ones(13, dtype=torch.bool, device=device))
    assert_same(detector.detect(far[:1]), torch.ones(1, dtype=torch.bool, device=device))
    assert_same(detector.detect(usual), torch.zeros(1, dtype=torch.bool, device=device))
    assert_same(detector.detect(torch.cat([far, usual]))[-1:], torch.zeros(1, dtype=torch.bool, device=device))


@points(1)
@claims("Float64, on the device of the embeddings", "On the device of the embeddings")
def test_answers_where_the_embeddings_are(student, rng, device):
    """Energies and verdicts lie on the device of the embeddings: what was a NumPy array is moved there.

    能量和判断结果都与嵌入在同一设备上：由 NumPy 数组得到的张量要移到那里。
    """
    corners = torch.tensor([[4.0, 1.0], [-4.0, 1.0], [4.0, -1.0], [-4.0, -1.0]], dtype=torch.float64, device=device)
    detector = student.AdversarialDetector(groups=2, trees=3).train(corners)

    energies = follows_device(detector.energies, 2 * corners)
    assert_same(energies, torch.full((4, 2), 4.0, dtype=torch.float64, device=device), rtol=1e-6)
    generator = rng.numpy()
    directions = directions_of(generator, 5)
    detector = student.AdversarialDetector(false_alarms=0.1, trees=7, sample_size=32)
    detector.train(as_tensor(embeddings_like(generator, ROWS, directions), device))
    far = as_tensor(embeddings_like(generator, 13, directions) + 50.0, device)
    assert_same(follows_device(detector.detect, far), torch.ones(13, dtype=torch.bool, device=device))


@points(2)
@claims(
    "An attack moves an embedding only a little",
    "each principal direction of the clean embeddings is measured with its own yardstick",
    "Then fits an `IsolationForest` with contamination `false_alarms`",
)
def test_small_steps_in_odd_directions_are_detected(student, rng, device):
    """A step of 0.2 in every direction is found, where embeddings spread by 1 in the strongest and 1/64 in the
    weakest.

    嵌入在最强方向上的标准差为 1，最弱方向上为 1/64；每个方向移动 0.2 的扰动能被发现，干净的嵌入能通过。
    """
    generator = rng.numpy()
    d = 23
    directions = directions_of(generator, d)
    detector = student.AdversarialDetector(false_alarms=0.05, trees=61, sample_size=128)
    seen = as_tensor(embeddings_like(generator, 503, directions), device, torch.float32)
    detector.train(seen)
    clean = embeddings_like(generator, 499, directions)
    attacked = clean[:211] + 0.2 * generator.choice([-1.0, 1.0], size=(211, d))

    alarms = detector.detect(as_tensor(clean, device))
    found = detector.detect(as_tensor(attacked, device))
    assert_same(alarms.dtype, torch.bool)
    # The threshold is the quantile of the training scores at 0.05: 26 of 503 lie below, fewer if some are equal.
    raised = int(detector.detect(seen).sum())
    expect(18 <= raised <= 26, "Of the 503 embeddings of the training {n} raise the alarm, expected about 25.",
           "503 个训练嵌入中有 {n} 个触发警报，应约为 25 个。", n=raised)  # fmt: skip
    # 270 right detectors found all attacks; their false alarms are 0.08 with standard deviation 0.017: 0.25 is 9 of
    # them.
    expect(found.double().mean() > 0.7, "A share of {share} of the attacks was found, expected 0.7 or more.",
           "发现的攻击占 {share}，应不低于 0.7。", share=float(found.double().mean()))  # fmt: skip
    expect(alarms.double().mean() < 0.25, "The alarm was raised by {share} of the clean ones, expected 0.25 at most.",
           "触发警报的干净嵌入占 {share}，应不高于 0.25。", share=float(alarms.double().mean()))  # fmt: skip
