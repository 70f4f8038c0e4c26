"""Known mistakes of week 17, isolation_forest."""

import isolation_forest as solution
import numpy as np
import torch

from grader.mistakes import mistake

c = solution.average_path_length


# ---- average_path_length


def with_formula(n, formula, two=1.0):
    counts = np.asarray(n, dtype=np.float64)
    lengths = np.where(counts > 2, formula(np.maximum(counts, 3)), np.where(counts == 2, two, 0.0))
    return lengths if isinstance(n, np.ndarray) else float(lengths)


@mistake(
    of="average_path_length",
    en="Your answer equals the one without Euler's constant.",
    zh="你的结果等于漏掉欧拉常数时的结果。",
)
def without_euler(n):
    return with_formula(n, lambda n: 2 * np.log(n - 1) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="Your answer equals the one with the logarithm to base 2 in the harmonic number.",
    zh="你的结果等于在调和数中使用以 2 为底的对数时的结果。",
)
def log_to_base_two(n):
    return with_formula(n, lambda n: 2 * (np.log2(n - 1) + np.euler_gamma) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="Your answer equals the one with H(n) in the place of H(n - 1).",
    zh="你的结果等于用 H(n) 代替 H(n - 1) 时的结果。",
)
def harmonic_of_n(n):
    return with_formula(n, lambda n: 2 * (np.log(n) + np.euler_gamma) - 2 * (n - 1) / n)


@mistake(
    of="average_path_length",
    en="Your answer equals the formula for n = 2, which gives 0.15; two values are parted by exactly one cut.",
    zh="你的结果等于在 n = 2 时也套用公式的结果，即 0.15；而两个值恰好一刀分开。",
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


class _Rules(solution.IsolationForest):
    """The solution with its rules as methods."""

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
        rng = np.random.default_rng(self.seed)
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


@mistake(
    of="IsolationForest",
    en="Your scores equal the paper's, positive and higher for odd points; here the sign is that of scikit-learn.",
    zh="你的分数等于论文中的分数：为正，越异常越高；这里与 scikit-learn 一致，取相反的符号。",
)
class PaperSign(solution.IsolationForest):
    def score_samples(self, x):
        return -super().score_samples(x)


@mistake(
    of="IsolationForest",
    en="Your predictions equal the right ones with -1 and 1 exchanged: -1 is an outlier.",
    zh="你的预测等于把 -1 和 1 对调后的结果：-1 表示异常点。",
)
class TurnsPredictions(solution.IsolationForest):
    def predict(self, x):
        return -super().predict(x)


@mistake(
    of="IsolationForest",
    en="Your predictions equal the ones with 1 for an outlier and 0 for any other point; here they are -1 and 1.",
    zh="你的预测等于用 1 表示异常、0 表示正常时的结果；这里应为 -1 和 1。",
)
class PredictsZeroAndOne(solution.IsolationForest):
    def predict(self, x):
        return (super().predict(x) == -1).astype(np.int64)


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones without c(rows in the leaf): a leaf where the tree stopped early looks too shallow.",
    zh="你的分数等于漏掉 c(叶子中的行数) 时的结果：提前停止的叶子显得过浅。",
)
class ForgetsTheLeaf(_Rules):
    def leaf(self, n):
        return 0.0


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones in which the root has depth 1: every path is one too long.",
    zh="你的分数等于把根节点深度算作 1 时的结果：每条路径都多了 1。",
)
class CountsNodes(_Rules):
    at_depth = 1


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones divided by c(number of rows); the trees only saw psi rows.",
    zh="你的分数等于除以 c(总行数) 时的结果；而每棵树只看到了 psi 行。",
)
class ScalesWithAllRows(_Rules):
    def denominator(self, x):
        return c(len(x))


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones with the height limit taken from all rows instead of psi.",
    zh="你的分数等于按总行数而不是 psi 计算高度上限时的结果。",
)
class LimitFromAllRows(_Rules):
    def depth(self, x):
        return int(np.ceil(np.log2(len(x))))


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones without a height limit: the trees grow until every point is alone.",
    zh="你的分数等于没有高度上限时的结果：树一直长到每个点都被单独切出。",
)
class NoHeightLimit(_Rules):
    def depth(self, x):
        return self._sample - 1


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones with the height limit rounded down; it is ceil(log2(psi)).",
    zh="你的分数等于高度上限向下取整时的结果；应为 ceil(log2(psi))。",
)
class LimitRoundedDown(_Rules):
    def depth(self, x):
        return int(np.floor(np.log2(self._sample)))


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones of samples drawn with replacement; each row can be in a sample once.",
    zh="你的分数等于有放回抽样时的结果；每一行在一个样本中至多出现一次。",
)
class WithReplacement(_Rules):
    def rows(self, rng, x):
        return x[rng.integers(0, len(x), self._sample)]


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones of a forest whose trees all see the same rows; each tree draws its own sample.",
    zh="你的分数等于所有树都使用同一批行时的结果；每棵树都应抽取自己的样本。",
)
class SameRowsForEveryTree(_Rules):
    def rows(self, rng, x):
        return super().rows(np.random.default_rng(self.seed), x)


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones in which a constant feature can be drawn, and then the node becomes a leaf.",
    zh="你的分数等于会抽到恒定特征、于是节点变成叶子时的结果。",
)
class StopsAtConstantFeatures(_Rules):
    def choose(self, rng, low, high):
        feature = int(rng.integers(len(low)))
        return feature if low[feature] < high[feature] else None


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones in which wide features are drawn more often; each that varies has the same chance.",
    zh="你的分数等于按取值范围的大小抽取特征时的结果；每个有变化的特征概率应当相同。",
)
class PrefersWideFeatures(_Rules):
    def choose(self, rng, low, high):
        return int(rng.choice(len(low), p=(high - low) / (high - low).sum())) if (high > low).any() else None


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones of cuts in the middle between minimum and maximum; the threshold is random.",
    zh="你的分数等于总在最小值与最大值正中间切分时的结果；阈值应当随机。",
)
class CutsInTheMiddle(_Rules):
    def cut(self, rng, column, low, high):
        return min((low + high) / 2, np.nextafter(high, low))


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones of cuts at the value of a random row; the threshold is uniform in between.",
    zh="你的分数等于在随机一行的取值处切分时的结果；阈值应在最小值与最大值之间均匀分布。",
)
class CutsAtARow(_Rules):
    def cut(self, rng, column, low, high):
        return rng.choice(np.unique(column)[:-1])


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones in which a cut between neighbouring numbers can leave one side empty.",
    zh="你的分数等于相邻数之间的切分可能使一侧为空时的结果。",
)
class LeavesASideEmpty(_Rules):
    def cut(self, rng, column, low, high):
        return rng.uniform(low, high)


@mistake(
    of="IsolationForest",
    en="Your offset equals the quantile at 1 - contamination: most points become outliers.",
    zh="你的 offset_ 等于 1 - contamination 处的分位数：大多数点会变成异常点。",
)
class QuantileFromTheTop(solution.IsolationForest):
    def fit(self, x):
        super().fit(x)
        if self.contamination != "auto":
            self.offset_ = float(np.quantile(self.score_samples(x), 1 - self.contamination))
        return self


@mistake(
    of="IsolationForest",
    en="Your predictions equal the ones in which a score at the threshold is an outlier already.",
    zh="你的预测等于把恰好等于阈值的分数也算作异常时的结果。",
)
class OutlierAtTheThreshold(solution.IsolationForest):
    def predict(self, x):
        return np.where(self.score_samples(x) <= self.offset_, -1, 1)


@mistake(
    of="IsolationForest",
    en="Your predictions equal the ones with the quantile of the points in question: the threshold is set in `fit`.",
    zh="你的预测等于用待判断数据自身的分位数作阈值时的结果：阈值应在 `fit` 中确定。",
)
class ThresholdFromTheQuestion(solution.IsolationForest):
    def predict(self, x):
        scores = self.score_samples(x)
        share = 0.1 if self.contamination == "auto" else self.contamination
        return np.where(scores < np.quantile(scores, share), -1, 1)


@mistake(
    of="IsolationForest",
    en="Your scores equal the ones of a forest that shares one random stream among all fits: fitting again changes it.",
    zh="你的分数等于多次拟合共用一个随机流时的结果：再次拟合会得到不同的森林。",
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
class KeepsAThresholdOfItsOwn(solution.IsolationForest):
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
class OutlierByRounding(solution.IsolationForest):
    def score_samples(self, x):
        super().score_samples(x)  # refuses what it refuses
        x, mean_path = np.asarray(x, dtype=np.float64), np.zeros(len(x))
        for tree in range(self.trees):
            mean_path += self._path_lengths(tree, x) / self.trees
        return -(2.0 ** (-mean_path / c(self._sample)))


# ---- AdversarialDetector


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one without dividing by the standard deviations: weak directions drown in strong ones.",
    zh="你的结果等于没有除以标准差时的结果：方差小的方向被方差大的方向淹没。",
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
    en="Your answer equals the one that leaves out directions with a deviation under 1e-6, whatever the largest is: "
    "compare with 1e-6 times the largest.",
    zh="你的结果等于去掉标准差小于 1e-6 的方向、而不看最大标准差时的结果：应与最大标准差的 1e-6 倍比较。",
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
    en="Your answer equals the one that learns in float32: far from the origin the digits that matter are lost.",
    zh="你的结果等于用 float32 学习时的结果：远离原点时，真正有用的几位数字会丢失。",
    breaks="Computed in float64, whatever the dtype",
)
class LearnsInSinglePrecision(solution.AdversarialDetector):
    def train(self, embeddings):
        return super().train(embeddings.detach().float())


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one that divides by the variances instead of the standard deviations.",
    zh="你的结果等于除以方差而不是标准差时的结果。",
)
class DividesByVariance(ForgetsToWhiten):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        kept = singular > 1e-6 * singular[0]
        return directions[kept].T / (singular[kept] ** 2 / len(x))


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one with the sample standard deviation, divided by rows - 1.",
    zh="你的结果等于使用样本标准差（除以 rows - 1）时的结果。",
)
class SampleDeviation(ForgetsToWhiten):
    def _learn(self, x):
        _, singular, directions = np.linalg.svd(x - x.mean(0), full_matrices=False)
        kept = singular > 1e-6 * singular[0]
        return directions[kept].T / (singular[kept] / np.sqrt(len(x) - 1))


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one with each feature divided by its own deviation, without principal directions.",
    zh="你的结果等于直接把嵌入的各个特征除以自身标准差、没有用主方向时的结果。",
)
class WithoutDirections(ForgetsToWhiten):
    def _learn(self, x):
        deviations = x.std(0)
        kept = deviations > 1e-6 * deviations.max()
        return np.eye(x.shape[1])[:, kept] / deviations[kept]


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one with the weak directions first.",
    zh="你的结果等于把方差小的方向排在前面时的结果。",
)
class WeakFirst(ForgetsToWhiten):
    def _learn(self, x):
        return solution.AdversarialDetector(trees=1, sample_size=2).train(torch.from_numpy(x))._whiten[:, ::-1]


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one centred with the mean of the embeddings in question, not of the clean ones.",
    zh="你的结果等于用待判断嵌入的均值而不是干净嵌入的均值做中心化时的结果。",
)
class CentresTheQuestion(solution.AdversarialDetector):
    def energies(self, embeddings):
        if not hasattr(self, "_whiten"):
            raise RuntimeError
        self._mean = solution._as_array(embeddings).mean(axis=0)
        return super().energies(embeddings)


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one that sums the squares of a part instead of averaging them.",
    zh="你的结果等于对每一部分的平方求和而不是取平均时的结果。",
)
class SumsSquares(solution.AdversarialDetector):
    def energies(self, embeddings):
        means = super().energies(embeddings)
        d = self._whiten.shape[1]
        sizes = [len(part) for part in np.array_split(np.arange(d), means.shape[1])]
        return means * torch.tensor(sizes, dtype=means.dtype, device=means.device)


@mistake(
    of="AdversarialDetector",
    en="Your answer equals the one that is True for clean embeddings and False for adversarial ones.",
    zh="你的结果等于干净的嵌入为 True、对抗的嵌入为 False 时的结果。",
)
class TurnsAlarms(solution.AdversarialDetector):
    def detect(self, embeddings):
        return ~super().detect(embeddings)
