"""Known mistakes of week 17, isolation_forest."""

import isolation_forest as solution
import numpy as np
import torch

from grader.mistakes import mistake

c = solution.average_path_length
LUCK = np.random.SeedSequence().entropy % 2**32
"""Another one in every process. A learner's forest draws in an order of its own: what is to be named although the trees
differ must be known by the tests in which chance plays no part, and by no others."""


# ---- average_path_length


def with_formula(n, formula, two=1.0):
    counts = np.asarray(n, dtype=np.float64)
    lengths = np.where(counts > 2, formula(np.maximum(counts, 3)), np.where(counts == 2, two, 0.0))
    return lengths if isinstance(n, np.ndarray) else float(lengths)


@mistake(
    of="average_path_length",
    en="It looks like Euler's constant was left out of the harmonic number: without it we get exactly your numbers.",
    zh="看起来调和数里漏掉了欧拉常数：漏掉它恰好得到你的结果。",
)
def without_euler(n):
    return with_formula(n, lambda n: 2 * np.log(n - 1) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="It looks like you used the logarithm to base 2. The harmonic number needs the natural one.",
    zh="看起来用的是以 2 为底的对数。调和数要用自然对数。",
)
def log_to_base_two(n):
    return with_formula(n, lambda n: 2 * (np.log2(n - 1) + np.euler_gamma) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="It looks like you took H(n) where the formula has H(n - 1).",
    zh="看起来公式里的 H(n - 1) 写成了 H(n)。",
)
def harmonic_of_n(n):
    return with_formula(n, lambda n: 2 * (np.log(n) + np.euler_gamma) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="It looks like you used the formula for n = 2 as well, where it gives 0.15. One cut always parts two values, "
    "so c(2) is 1.",
    zh="看起来 n = 2 时也套用了公式，得到 0.15。而两个值总是一刀就能分开，所以 c(2) 是 1。",
)
def formula_for_two(n):
    return with_formula(n, lambda n: 2 * (np.log(n - 1) + np.euler_gamma) - 2 * (n - 1) / n, 2 * np.euler_gamma - 1)


# ---- IsolationForest


def grow(sample, max_depth, rng, choose, cut, leaf=c, at_depth=0):
    """The solution's trees with other rules: which feature, where to cut, what a leaf adds, where depths begin."""
    nodes = []

    def visit(rows, depth):
        here = len(nodes)
        low, high = rows.min(axis=0), rows.max(axis=0)
        feature = choose(rng, low, high) if depth < max_depth else None
        if feature is None:
            nodes.append((0, 0.0, here, here, depth + at_depth + leaf(len(rows))))
            return here
        threshold = cut(rng, rows[:, feature], low[feature], high[feature])
        goes_left = rows[:, feature] <= threshold
        nodes.append(())
        if goes_left.all():
            nodes[here] = (0, 0.0, here, here, depth + at_depth + leaf(len(rows)))
            return here
        nodes[here] = (feature, threshold, visit(rows[goes_left], depth + 1), visit(rows[~goes_left], depth + 1), 0.0)
        return here

    visit(sample, 0)
    return nodes


def any_varying(rng, low, high):
    varying = np.flatnonzero(low < high)
    return varying[rng.integers(len(varying))] if len(varying) else None


def uniform(rng, column, low, high):
    return min(rng.uniform(low, high), np.nextafter(high, low))


class _Forest(solution.IsolationForest):
    """The solution with other luck."""

    def fit(self, x):
        seed, self.seed = self.seed, (self.seed, LUCK)
        try:
            return super().fit(x)
        finally:
            self.seed = seed


class _Rules(solution.IsolationForest):
    """The solution with its rules as methods."""

    def dice(self):
        return np.random.default_rng(self.seed)

    def choose(self, rng, low, high):
        return any_varying(rng, low, high)

    def cut(self, rng, column, low, high):
        return uniform(rng, column, low, high)

    def leaf(self, n):
        return c(n)

    def depth(self, x):
        return int(np.ceil(np.log2(self._sample)))

    def rows(self, rng, x):
        return x[rng.choice(len(x), self._sample, replace=False)]

    def denominator(self, x):
        return c(self._sample)

    at_depth = 0

    def fit(self, x):
        whole = solution.IsolationForest(1, 2, self.contamination, self.seed)
        if self.trees < 1 or self.sample_size < 2:
            raise ValueError
        whole.fit(x)
        x = np.asarray(x, dtype=np.float64)
        rng = self.dice()
        self._features = x.shape[1]
        self._sample = min(self.sample_size, len(x))
        self._depth = self.depth(x)
        self._scale = self.denominator(x)
        grown = [
            grow(self.rows(rng, x), self._depth, rng, self.choose, self.cut, self.leaf, self.at_depth)
            for _ in range(self.trees)
        ]
        self._forest = solution._stack(grown)
        self.offset_ = -0.5
        if self.contamination != "auto":
            self.offset_ = float(np.quantile(self.score_samples(x), self.contamination))
        return self

    def score_samples(self, x):
        paths = -np.log2(-super().score_samples(x)) * c(self._sample)
        return -(2.0 ** (-paths / self._scale))


class _LuckyRules(_Rules):
    """The same with other luck."""

    def dice(self):
        return np.random.default_rng((self.seed, LUCK))


@mistake(
    of="IsolationForest",
    en="It looks like your scores have the paper's sign: positive, and higher for odd points. Here they follow "
    "scikit-learn, with the sign turned.",
    zh="看起来你的分数用了论文中的符号：为正，越异常越高。这里与 scikit-learn 一致，要取相反的符号。",
)
class PaperSign(_Forest):
    def score_samples(self, x):
        return -super().score_samples(x)


@mistake(
    of="IsolationForest",
    en="It looks like -1 and 1 are exchanged: -1 means outlier.",
    zh="看起来 -1 和 1 弄反了：-1 表示异常点。",
)
class TurnsPredictions(_Forest):
    def predict(self, x):
        return -super().predict(x)


@mistake(
    of="IsolationForest",
    en="It looks like you predict 1 for an outlier and 0 for any other point. Here the two answers are -1 and 1.",
    zh="看起来你用 1 表示异常、0 表示正常。这里的两种答案应是 -1 和 1。",
)
class PredictsZeroAndOne(_Forest):
    def predict(self, x):
        return (super().predict(x) == -1).astype(np.int64)


@mistake(
    of="IsolationForest",
    en="It looks like c(rows in the leaf) is missing from the path: a leaf where the tree stopped early then looks "
    "too shallow.",
    zh="看起来路径长度漏加了 c(叶子中的行数)：提前停止的叶子会显得过浅。",
)
class ForgetsTheLeaf(_LuckyRules):
    def leaf(self, n):
        return 0.0


@mistake(
    of="IsolationForest",
    en="It looks like you gave the root depth 1, which makes every path one too long. Count cuts, not nodes.",
    zh="看起来把根节点的深度算成了 1，每条路径因此都多了 1。要数的是切分次数，不是节点数。",
)
class CountsNodes(_LuckyRules):
    at_depth = 1


@mistake(
    of="IsolationForest",
    en="It looks like you divided by c(number of rows). The trees only saw psi rows, so divide by c(psi).",
    zh="看起来除以了 c(总行数)。每棵树只看到 psi 行，应除以 c(psi)。",
)
class ScalesWithAllRows(_LuckyRules):
    def denominator(self, x):
        return c(len(x))


@mistake(
    of="IsolationForest",
    en="It looks like you divided by c(sample_size), also where there are fewer rows. The trees then saw them all: "
    "psi is the smaller of the two numbers.",
    zh="看起来除以了 c(sample_size)，行数更少时也一样。那时每棵树只看到全部的行：psi 取两者中较小的。",
)
class ScalesWithTheSampleSize(_LuckyRules):
    def denominator(self, x):
        return c(self.sample_size)


@mistake(
    of="IsolationForest",
    en="It looks like the height limit was computed from all rows. It belongs to the sample: ceil(log2(psi)).",
    zh="看起来高度上限是按总行数算的。它应由样本决定：ceil(log2(psi))。",
)
class LimitFromAllRows(_LuckyRules):
    def depth(self, x):
        return int(np.ceil(np.log2(len(x))))


@mistake(
    of="IsolationForest",
    en="It looks like your trees have no height limit and grow until every point is alone.",
    zh="看起来你的树没有高度上限，一直长到每个点都被单独切出。",
)
class NoHeightLimit(_LuckyRules):
    def depth(self, x):
        return self._sample - 1


@mistake(
    of="IsolationForest",
    en="It looks like you rounded the height limit down; it is ceil(log2(psi)).",
    zh="看起来高度上限向下取整了；应为 ceil(log2(psi))。",
)
class LimitRoundedDown(_LuckyRules):
    def depth(self, x):
        return int(np.floor(np.log2(self._sample)))


@mistake(
    of="IsolationForest",
    en="It looks like you draw the rows of a tree with replacement. A row can be in a sample only once.",
    zh="看起来每棵树的行是有放回抽取的。同一行在一个样本中至多出现一次。",
)
class WithReplacement(_Rules):
    def rows(self, rng, x):
        return x[rng.integers(0, len(x), self._sample)]


@mistake(
    of="IsolationForest",
    en="It looks like all your trees see the same rows; each tree should draw a sample of its own.",
    zh="看起来所有树用的是同一批行；每棵树都应抽取自己的样本。",
)
class SameRowsForEveryTree(_Rules):
    def rows(self, rng, x):
        return super().rows(np.random.default_rng(self.seed), x)


@mistake(
    of="IsolationForest",
    en="It looks like a constant feature can be drawn, and the node then becomes a leaf. Draw among the features "
    "that vary.",
    zh="看起来可能抽到恒定的特征，节点于是成了叶子。应只在有变化的特征中抽取。",
)
class StopsAtConstantFeatures(_Rules):
    def choose(self, rng, low, high):
        feature = int(rng.integers(len(low)))
        return feature if low[feature] < high[feature] else None


@mistake(
    of="IsolationForest",
    en="It looks like features with a wide range are drawn more often. Each one that varies should have the same "
    "chance.",
    zh="看起来取值范围大的特征更容易被抽到。每个有变化的特征概率应当相同。",
)
class PrefersWideFeatures(_Rules):
    def choose(self, rng, low, high):
        return int(rng.choice(len(low), p=(high - low) / (high - low).sum())) if (high > low).any() else None


@mistake(
    of="IsolationForest",
    en="It looks like you always cut in the middle between minimum and maximum; the threshold should be random.",
    zh="看起来你总在最小值与最大值的正中间切分；阈值应当是随机的。",
)
class CutsInTheMiddle(_Rules):
    def cut(self, rng, column, low, high):
        return min((low + high) / 2, np.nextafter(high, low))


@mistake(
    of="IsolationForest",
    en="It looks like you cut at the value of a random row. The threshold is uniform between minimum and maximum, "
    "wherever the rows lie.",
    zh="看起来你在随机一行的取值处切分。阈值应在最小值与最大值之间均匀分布，与各行的位置无关。",
)
class CutsAtARow(_Rules):
    def cut(self, rng, column, low, high):
        return rng.choice(np.unique(column)[:-1])


@mistake(
    of="IsolationForest",
    en="It looks like a cut between two neighbouring floating-point numbers can leave one side empty: the threshold "
    "was rounded up to the maximum.",
    zh="看起来在两个相邻的浮点数之间切分时，可能有一侧为空：阈值被舍入成了最大值。",
)
class LeavesASideEmpty(_Rules):
    def cut(self, rng, column, low, high):
        return rng.uniform(low, high)


@mistake(
    of="IsolationForest",
    en="It looks like you took the quantile at 1 - contamination: it turns most points into outliers.",
    zh="看起来取的是 1 - contamination 处的分位数：大多数点会因此变成异常点。",
)
class QuantileFromTheTop(_Forest):
    def fit(self, x):
        super().fit(x)
        if self.contamination != "auto":
            self.offset_ = float(np.quantile(self.score_samples(x), 1 - self.contamination))
        return self


@mistake(
    of="IsolationForest",
    en="It looks like a score exactly at the threshold already counts as an outlier. Only scores below it do.",
    zh="看起来恰好等于阈值的分数也被算作异常。只有低于阈值的才算。",
)
class OutlierAtTheThreshold(_Forest):
    def predict(self, x):
        return np.where(self.score_samples(x) <= self.offset_, -1, 1)


@mistake(
    of="IsolationForest",
    en="It looks like `predict` takes the quantile of the points that it is asked about. The threshold is fixed in "
    "`fit`.",
    zh="看起来 `predict` 用待判断数据自身的分位数作阈值。阈值应在 `fit` 中确定。",
)
class ThresholdFromTheQuestion(_Forest):
    def predict(self, x):
        scores = self.score_samples(x)
        share = 0.1 if self.contamination == "auto" else self.contamination
        return np.where(scores < np.quantile(scores, share), -1, 1)


@mistake(
    of="IsolationForest",
    en="It looks like all fits share one random stream, so that fitting again gives another forest. Begin from "
    "`seed` in every `fit`.",
    zh="看起来多次拟合共用了一个随机流，再次拟合会得到不同的森林。每次 `fit` 都应从 `seed` 重新开始。",
)
class KeepsDrawing(solution.IsolationForest):
    def fit(self, x):
        first = self.seed
        self._fits = getattr(self, "_fits", -1) + 1
        self.seed = first + 1000 * self._fits
        try:
            return super().fit(x)
        finally:
            self.seed = first


@mistake(
    of="IsolationForest",
    en="Your predictions compare with a threshold of their own; `offset_` is the one that `predict` uses, whoever set "
    "it.",
    zh="你的 predict 使用了自己的阈值；它应当使用 `offset_`，不论这个值是谁设置的。",
    breaks="after `fit`, the threshold that `predict` uses",
)
class KeepsAThresholdOfItsOwn(_Forest):
    def fit(self, x):
        super().fit(x)
        self._threshold = self.offset_
        return self

    def predict(self, x):
        return np.where(self.score_samples(x) < self._threshold, -1, 1)


@mistake(
    of="IsolationForest",
    en="Your scores are right, but each point walks down each tree alone.",
    zh="你的分数正确，但每个点都是单独沿每棵树下行的。",
    only="speed",
)
class OnePointAtATime(solution.IsolationForest):
    def _path_lengths(self, tree, x):
        feature, threshold, left, right, length = (column[tree] for column in self._forest)
        answer = np.zeros(len(x))
        for i, point in enumerate(x):
            node = 0
            while left[node] != node:
                node = left[node] if point[feature[node]] <= threshold[node] else right[node]
            answer[i] = length[node]
        return answer


@mistake(
    of="IsolationForest",
    en="Your forest calls a row an outlier by rounding alone: after a fit on equal rows its score is -0.5 minus 1e-16. "
    "Divide each path by c(psi) before you add them up, or leave a little room in the comparison.",
    zh="你的森林仅因舍入误差就把某一行判为异常：在全部相同的行上拟合后，它的分数是 -0.5 减去 1e-16。"
    "请先把每条路径除以 c(psi) 再相加，或在比较时留一点余量。",
)
class OutlierByRounding(_Forest):
    def score_samples(self, x):
        super().score_samples(x)  # refuses what it refuses
        x, mean_path = np.asarray(x, dtype=np.float64), np.zeros(len(x))
        for tree in range(self.trees):
            mean_path += self._path_lengths(tree, x) / self.trees
        return -(2.0 ** (-mean_path / c(self._sample)))


# ---- AdversarialDetector


@mistake(
    of="AdversarialDetector",
    en="It looks like the coordinates were not divided by their standard deviations: weak directions then drown in "
    "strong ones.",
    zh="看起来坐标没有除以各自的标准差：方差小的方向会被方差大的方向淹没。",
)
class ForgetsToWhiten(solution.AdversarialDetector):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        kept = singular > 1e-6 * singular[0]
        return directions[kept].T

    def train(self, embeddings):
        super().train(embeddings)
        self._whiten = self._learn(solution._as_array(embeddings))
        forest = solution.IsolationForest(self.trees, self.sample_size, self.false_alarms, self.seed)
        self._forest = forest.fit(self.energies(embeddings).cpu().numpy())
        return self


@mistake(
    of="AdversarialDetector",
    en="It looks like you leave out directions with a deviation under 1e-6, whatever the largest is. Compare with "
    "1e-6 times the largest.",
    zh="看起来你去掉了标准差小于 1e-6 的方向，而没有看最大的标准差。应与最大标准差的 1e-6 倍比较。",
    breaks="at most 1e-6 times the largest are left out",
)
class FlatByAnAbsoluteNumber(ForgetsToWhiten):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        deviations = singular / np.sqrt(len(x))
        kept = deviations > 1e-6
        return directions[kept].T / deviations[kept]


@mistake(
    of="AdversarialDetector",
    en="It looks like your detector learns in float32: far from the origin, the digits that matter are lost.",
    zh="看起来你的检测器用 float32 学习：远离原点时，真正有用的几位数字会丢失。",
    breaks="Computed in float64, whatever the dtype",
)
class LearnsInSinglePrecision(solution.AdversarialDetector):
    def train(self, embeddings):
        return super().train(embeddings.detach().float())


@mistake(
    of="AdversarialDetector",
    en="It looks like you divided by the variances. Divide by their roots, the standard deviations.",
    zh="看起来除以的是方差。应除以它的平方根，即标准差。",
)
class DividesByVariance(ForgetsToWhiten):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        kept = singular > 1e-6 * singular[0]
        return directions[kept].T / (singular[kept] ** 2 / len(x))


@mistake(
    of="AdversarialDetector",
    en="It looks like you took the sample standard deviation, with rows - 1. Here the divisor is the number of rows.",
    zh="看起来用的是样本标准差，即除以 rows - 1。这里的除数是行数。",
)
class SampleDeviation(ForgetsToWhiten):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        kept = singular > 1e-6 * singular[0]
        return directions[kept].T / (singular[kept] / np.sqrt(len(x) - 1))


@mistake(
    of="AdversarialDetector",
    en="It looks like you divided each feature by its own deviation, without turning to the principal directions "
    "first: that gives exactly your numbers.",
    zh="看起来直接把各个特征除以了自身的标准差，没有先转到主方向：这样恰好得到你的结果。",
)
class WithoutDirections(ForgetsToWhiten):
    def _learn(self, x):
        deviations = x.std(0)
        kept = deviations > 1e-6 * deviations.max()
        return np.eye(x.shape[1])[:, kept] / deviations[kept]


@mistake(
    of="AdversarialDetector",
    en="It looks like the weak directions come first. Order them from the largest variance to the smallest.",
    zh="看起来方差小的方向排在了前面。应按方差从大到小排列。",
)
class WeakFirst(ForgetsToWhiten):
    def _learn(self, x):
        return solution.AdversarialDetector(trees=1, sample_size=2).train(torch.from_numpy(x))._whiten[:, ::-1]


@mistake(
    of="AdversarialDetector",
    en="It looks like you subtracted the mean of the embeddings in question. Keep the mean of the clean ones from "
    "`train` and subtract that.",
    zh="看起来减去的是待判断嵌入的均值。应保存 `train` 时干净嵌入的均值，并减去它。",
)
class CentresTheQuestion(solution.AdversarialDetector):
    def energies(self, embeddings):
        if not hasattr(self, "_whiten"):
            raise RuntimeError
        self._mean = solution._as_array(embeddings).mean(axis=0)
        return super().energies(embeddings)


@mistake(
    of="AdversarialDetector",
    en="It looks like you summed the squares of each part; the energy is their mean.",
    zh="看起来对每一部分的平方求了和；能量是它们的平均值。",
)
class SumsSquares(solution.AdversarialDetector):
    def energies(self, embeddings):
        means = super().energies(embeddings)
        d = self._whiten.shape[1]
        sizes = [len(part) for part in np.array_split(np.arange(d), means.shape[1])]
        return means * torch.tensor(sizes, dtype=means.dtype, device=means.device)


@mistake(
    of="AdversarialDetector",
    en="It looks like the alarm is turned round: yours is True for clean embeddings and False for adversarial ones.",
    zh="看起来警报弄反了：干净的嵌入得到 True，对抗的嵌入得到 False。",
)
class TurnsAlarms(solution.AdversarialDetector):
    def detect(self, embeddings):
        return ~super().detect(embeddings)
