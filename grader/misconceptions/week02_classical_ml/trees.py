"""Known mistakes of week 02, trees."""

import torch
import trees as solution

from grader.mistakes import mistake


def gini(counts):
    return 1 - (counts / counts.sum(-1, keepdim=True)).square().sum(-1)


def entropy(counts):
    shares = counts / counts.sum(-1, keepdim=True)
    return -torch.special.xlogy(shares, shares).sum(-1)


def errors(counts):
    return 1 - counts.max(-1).values / counts.sum(-1)


def split(
    X,
    y,
    least,
    *,
    impurity=gini,
    weigh=True,
    middle=None,
    last=False,
    gain=False,
    equals=False,
    check=True,
    same=solution.SAME,
):
    """best_split with one part exchanged."""
    if check:
        solution._check(X, y)
    if least < 1 or len(X) == 0 or len(X) != len(y) or bool((y < 0).any()):
        raise ValueError("rows, labels or min_samples")
    n = len(X)
    values, order = X.sort(dim=0)
    member = torch.nn.functional.one_hot(y)[order].double()
    left = member.cumsum(dim=0)[:-1]
    right = member.sum(dim=0) - left
    count = torch.arange(1, n, device=X.device)[:, None]
    share = count.double() / n if weigh else torch.full_like(count, 0.5, dtype=torch.float64)
    value = share * impurity(left) + (1 - share) * impurity(right)
    allowed = (count >= least) & (n - count >= least) & ((values[:-1] < values[1:]) | equals)
    value = torch.where(allowed, value, torch.inf).mT
    if not bool(allowed.any()):
        return None
    if gain and float(value.min()) > float(impurity(member[:, 0].sum(0))) - 1e-9:
        return None
    good = (value < value.min() + same).flatten().int()
    chosen = len(good) - 1 - int(good.flip(0).argmax()) if last else int(good.argmax())
    feature, place = divmod(chosen, n - 1)
    below, above = values[place, feature], values[place + 1, feature]
    if middle:
        return feature, float(middle(below, above))
    between = below / 2 + above / 2
    return feature, float(between if between < above else below)


@mistake(
    of="best_split",
    en="It looks like the threshold is the lower of the two values: it stands midway between them.",
    zh="看起来阈值取了两个值中较小的那个：它应当在两者的正中间。",
    breaks="midway between two neighbouring values a < b of its feature",
)
def threshold_is_a_value(X, y, min_samples=1):
    return split(X, y, min_samples, middle=lambda below, above: below)


@mistake(
    of="best_split",
    en="It looks like the middle is kept where it rounds to b, as it may between neighbouring floats: b then goes left "
    "with a. Take a itself there.",
    zh="看起来中点舍入成 b 时也照样采用了（相邻的浮点数之间会这样）：于是 b 和 a 一起走到左边。这时应当取 a。",
    breaks="or at a itself if that rounds to b",
)
def middle_may_be_the_upper(X, y, min_samples=1):
    return split(X, y, min_samples, middle=lambda below, above: (below + above) / 2)


@mistake(
    of="best_split",
    en="It looks like the middle is (a + b) / 2: of two huge values the sum overflows. Halve both before you add them.",
    zh="看起来中点是 (a + b) / 2：两个极大的值相加会溢出。应当先各取一半，再相加。",
    breaks="at a / 2 + b / 2",
)
def sum_before_halving(X, y, min_samples=1):
    def middle(below, above):
        between = (below + above) / 2
        return below if between == above else between

    return split(X, y, min_samples, middle=middle)


@mistake(
    of="best_split",
    en="It looks like the middle is (a + b) / 2, and a where that is not below b: of two huge values the sum "
    "overflows, and a is no middle. Halve both before you add them.",
    zh="看起来中点是 (a + b) / 2，如果它不小于 b 就取 a：两个极大的值相加会溢出，这时 a 并不是中点。"
    "应当先各取一半，再相加。",
    breaks="at a / 2 + b / 2",
)
def lower_where_the_sum_overflows(X, y, min_samples=1):
    def middle(below, above):
        between = (below + above) / 2
        return between if between < above else below

    return split(X, y, min_samples, middle=middle)


@mistake(
    of="best_split",
    en="It looks like the middle is computed in Python's floats, which have more digits than float32: compared with "
    "rows of float32 it may round to the upper value. Compute it in the dtype of X.",
    zh="看起来中点是用 Python 的浮点数计算的，位数比 float32 多：与 float32 的行比较时，它可能舍入成较大的那个值。"
    "应当按 X 的 dtype 计算。",
    breaks="computed in the dtype of `X`",
)
def middle_in_python_floats(X, y, min_samples=1):
    def middle(below, above):
        between = float(below) / 2 + float(above) / 2
        return float(below) if between == float(above) else between

    return split(X, y, min_samples, middle=middle)


@mistake(
    of="best_split",
    en="It looks like splits count as equally good that are not: only a difference below `SAME` is rounding.",
    zh="看起来把并不一样好的分割当成了一样好：只有相差小于 `SAME` 才是舍入误差。",
    breaks="by less than `SAME`",
)
def too_much_is_the_same(X, y, min_samples=1):
    return split(X, y, min_samples, same=1e-4)


@mistake(
    of="best_split",
    en="It looks like the purity of both sides counts the same, however few rows one of them has: weigh each side by "
    "its rows.",
    zh="看起来两侧的纯度同等看待，不管其中一侧的行数多么少：每一侧应当按行数加权。",
    breaks="each weighted by its number of rows; the lowest wins",
)
def sides_of_equal_weight(X, y, min_samples=1):
    return split(X, y, min_samples, weigh=False)


@mistake(
    of="best_split",
    en="It looks like entropy measures the impurity: here it is Gini's, which is close to it but not the same.",
    zh="看起来用熵来衡量不纯度：这里要用基尼不纯度，两者相近但不相同。",
    breaks="The impurity of some rows is Gini's",
)
def entropy_for_gini(X, y, min_samples=1):
    return split(X, y, min_samples, impurity=entropy)


@mistake(
    of="best_split",
    en="It looks like the share of errors measures the impurity: it is blind to questions that make a side purer "
    "without "
    "changing its commonest class.",
    zh="看起来用错误率来衡量不纯度：如果一个问题让某一侧更纯，却没有改变最常见的类，错误率就看不出来。",
)
def counts_errors(X, y, min_samples=1):
    return split(X, y, min_samples, impurity=errors)


@mistake(
    of="best_split",
    en="It looks like rows with equal values can be separated: no threshold stands between them.",
    zh="看起来值相等的行也能被分开：它们之间没有阈值。",
)
def between_equal_values(X, y, min_samples=1):
    return split(X, y, min_samples, equals=True)


@mistake(
    of="best_split",
    en="It looks like the last of equally good splits is taken (<= where < was meant): the first wins.",
    zh="看起来同样好的分割取了最后一个（该用 < 的地方用了 <=）：应当取第一个。",
    breaks="the lowest feature wins, and of its thresholds the lowest",
)
def last_of_equal_splits(X, y, min_samples=1):
    return split(X, y, min_samples, last=True)


@mistake(
    of="best_split",
    en="It looks like a split must make the rows purer at once: “exclusive or” can then never be learned.",
    zh="看起来要求分割必须立刻变得更纯：这样永远学不会“异或”。",
    breaks="A split need not be purer than the rows were before: sometimes only the next question pays",
)
def wants_a_gain(X, y, min_samples=1):
    return split(X, y, min_samples, gain=True)


@mistake(
    of="best_split",
    en="It looks like NaN and infinity get through: NaN is neither below nor above a threshold, so it means nothing "
    "here.",
    zh="看起来 NaN 和无穷大没有被拒绝：NaN 既不小于也不大于任何阈值，在这里没有意义。",
)
def lets_nan_through(X, y, min_samples=1):
    return split(X, y, min_samples, check=False)


@mistake(
    of="best_split",
    en="It looks like a side must have more than min_samples rows: exactly as many are enough.",
    zh="看起来要求每一侧多于 min_samples 行：恰好这么多就够了。",
    breaks="Each side has at least `min_samples` rows",
)
def one_row_more(X, y, min_samples=1):
    if min_samples < 1:
        raise ValueError("min_samples")
    return split(X, y, min_samples + (min_samples > 1))


@mistake(
    of="best_split",
    en="It looks like min_samples is compared with the rows before the split: each side needs as many.",
    zh="看起来 min_samples 比较的是分割前的行数：两侧各自都要有这么多行。",
)
def rows_before_the_split(X, y, min_samples=1):
    if min_samples < 1:
        raise ValueError("min_samples")
    found = split(X, y, 1)
    return found if len(X) >= min_samples else None


@mistake(
    of="best_split",
    only="speed",
    en="It looks like the classes are counted anew for every threshold: sort a column once, and let the counts run "
    "along.",
    zh="看起来对每个阈值都重新统计各类：每一列只排序一次，计数随之累加即可。",
)
def counts_for_every_threshold(X, y, min_samples=1):
    solution._check(X, y)
    if min_samples < 1:
        raise ValueError("min_samples")
    best, member = None, torch.nn.functional.one_hot(y).double()
    for feature in range(X.shape[1]):
        values = X[:, feature].unique()
        for below, above in zip(values[:-1], values[1:], strict=True):
            left = X[:, feature] <= below
            sizes = int(left.sum()), int((~left).sum())
            if min(sizes) < min_samples:
                continue
            kept = member[left].sum(0).square().sum() / sizes[0] + member[~left].sum(0).square().sum() / sizes[1]
            impurity = float(1 - kept / len(X))
            if best is None or impurity < best[0] - solution.SAME:
                middle = below / 2 + above / 2
                best = impurity, feature, float(middle if middle < above else below)
    return best and best[1:]


class Changed(solution.DecisionTree):
    """A tree that looks at its own growth and at its own way down."""

    def _at(self, X, node):
        return X[:, node.feature] <= node.threshold

    def predict_proba(self, X):
        super().predict_proba(X)
        result = X.new_zeros(len(X), len(self.root.probabilities))
        waiting = [(self.root, torch.arange(len(X), device=X.device))]
        while waiting:
            node, rows = waiting.pop()
            if node.left is None:
                result[rows] = node.probabilities
                continue
            left = self._at(X[rows], node)
            waiting += [(node.left, rows[left]), (node.right, rows[~left])]
        return result


@mistake(
    of="DecisionTree",
    en="It looks like a row exactly on the threshold goes right: the question is “at most”, so it goes left.",
    zh="看起来恰好等于阈值的行走了右边：问题是“不超过”，所以走左边。",
)
class goes_right_on_the_threshold(Changed):
    def _at(self, X, node):
        return X[:, node.feature] < node.threshold


@mistake(
    of="DecisionTree",
    en="It looks like the root already counts as a question: a tree of max_depth 1 asks one question, not none.",
    zh="看起来根节点就算了一个问题：max_depth 为 1 的树问一个问题，而不是不问。",
    breaks="how many questions a row may be asked at most",
)
class root_is_at_depth_one(solution.DecisionTree):
    def _grow(self, X, y, classes, depth):
        return super()._grow(X, y, classes, depth + 1 if depth == 0 and self.max_depth else depth)


@mistake(
    of="DecisionTree",
    en="It looks like a leaf gives all probability to its commonest class: it holds the shares of all of them.",
    zh="看起来叶子把概率全部给了最常见的类：它应当保存所有类的比例。",
    breaks="Every node holds in `probabilities` the shares of the classes among its rows",
)
class all_or_nothing(solution.DecisionTree):
    def _grow(self, X, y, classes, depth):
        node = super()._grow(X, y, classes, depth)
        top = node.probabilities.argmax()
        node.probabilities = torch.nn.functional.one_hot(top, classes).to(X.dtype)
        return node


@mistake(
    of="DecisionTree",
    en="It looks like rows of a single class are still split: they are a leaf already.",
    zh="看起来只有一个类的行仍被继续分割：它们已经是叶子了。",
    breaks="Rows of a single class are a leaf",
)
class splits_the_pure(solution.DecisionTree):
    def _grow(self, X, y, classes, depth):
        node = super()._grow(X, y, classes, depth)
        if node.left is None and depth != self.max_depth:
            found = solution.best_split(X, y, self.min_samples)
            if found:
                node.feature, node.threshold = found
                left = X[:, node.feature] <= node.threshold
                node.left = self._grow(X[left], y[left], classes, depth + 1)
                node.right = self._grow(X[~left], y[~left], classes, depth + 1)
        return node


@mistake(
    of="DecisionTree",
    en="It looks like a fit keeps the tree of the fit before: it must start anew.",
    zh="看起来再次拟合时保留了上一次的树：应当重新开始。",
)
class keeps_the_first_tree(solution.DecisionTree):
    def fit(self, X, y, classes=None):
        before = self.root
        super().fit(X, y, classes)
        self.root = before or self.root
        return self


@mistake(
    of="DecisionTree",
    en="It looks like classes are numbered as they occur: a class without a row needs its column of zeros too.",
    zh="看起来只为出现过的类编号：没有行的类也要有自己的一列零。",
)
class classes_that_occur(solution.DecisionTree):
    def fit(self, X, y, classes=None):
        super().fit(X, y, classes)
        return super().fit(X, torch.unique(y, return_inverse=True)[1])


@mistake(
    of="BaggedForest",
    en="It looks like rows are drawn without replacement: every tree then sees all of them, and all trees are the "
    "same.",
    zh="看起来抽样是不放回的：这样每棵树都看到全部的行，所有的树都一样。",
    breaks="Each tree learns from n rows drawn with replacement",
)
class without_replacement(solution.BaggedForest):
    def fit(self, X, y, generator):
        super().fit(X, y, generator)
        self._trees = [solution.DecisionTree(self.max_depth, self.min_samples).fit(X, y) for _ in self._trees]
        return self


@mistake(
    of="BaggedForest",
    en="It looks like rows are drawn once for all trees: each tree needs a draw of its own.",
    zh="看起来所有的树共用一次抽样：每棵树都要重新抽。",
    breaks="drawn anew for every tree",
)
class one_draw_for_all(solution.BaggedForest):
    def fit(self, X, y, generator):
        super().fit(X, y, generator)
        self._trees = self._trees[:1]
        return self


@mistake(
    of="BaggedForest",
    en="It looks like the trees vote: average their probabilities, so that a tree that is unsure counts less.",
    zh="看起来各棵树在投票：应当对它们的概率取平均，这样没有把握的树影响较小。",
)
class trees_vote(solution.BaggedForest):
    def predict_proba(self, X):
        shares = super().predict_proba(X)
        votes = torch.stack([tree.predict(X) for tree in self._trees])
        return torch.nn.functional.one_hot(votes, shares.shape[1]).to(X.dtype).mean(dim=0)


@mistake(
    of="BaggedForest",
    en="It looks like the rows are drawn without the generator that was given.",
    zh="看起来抽样没有使用给定的 generator。",
)
class draws_of_its_own(solution.BaggedForest):
    def fit(self, X, y, generator):
        return super().fit(X, y, torch.Generator().manual_seed(0))


@mistake(
    of="BaggedForest",
    en="It looks like the limits are not handed on to the trees: every tree grows to the end.",
    zh="看起来限制没有传给各棵树：每棵树都长到了底。",
)
class trees_without_limits(solution.BaggedForest):
    def __init__(self, count, max_depth=None, min_samples=1):
        super().__init__(count, max_depth, min_samples)
        self.max_depth, self.min_samples = None, 1


@mistake(
    of="DecisionTree",
    en="It looks like one question more is asked than max_depth allows: rows at depth max_depth are a leaf.",
    zh="看起来比 max_depth 允许的多问了一个问题：深度为 max_depth 的行就是叶子。",
    breaks="rows at depth `max_depth` are one",
)
class one_question_more(solution.DecisionTree):
    def __init__(self, max_depth=None, min_samples=1):
        super().__init__(max_depth, min_samples)
        self.max_depth = None if max_depth is None else max_depth + 1


@mistake(
    of="DecisionTree",
    en="It looks like the tree does not hand min_samples on to best_split.",
    zh="看起来树没有把 min_samples 传给 best_split。",
    breaks="how many rows each side of a split has at least",
)
class forgets_min_samples(solution.DecisionTree):
    def __init__(self, max_depth=None, min_samples=1):
        super().__init__(max_depth, min_samples)
        self.min_samples = 1


@mistake(
    of="BaggedForest",
    en="It looks like each tree counts the classes of its own rows: a class that was not drawn then has no column.",
    zh="看起来每棵树只按自己抽到的行数类别：没有抽到的类就没有自己的一列。",
    breaks="All trees know the classes of the whole `y`",
)
class classes_of_each_draw(solution.BaggedForest):
    def fit(self, X, y, generator):
        solution._check(X, y)
        draws = [torch.randint(len(X), (len(X),), generator=generator) for _ in range(self.count)]
        self._trees = [solution.DecisionTree(self.max_depth, self.min_samples).fit(X[r], y[r]) for r in draws]
        return self


@mistake(
    of="BaggedForest",
    en="It looks like each tree counts the classes of its own rows: probabilities of trees that know different numbers "
    "of classes cannot be added up.",
    zh="看起来每棵树只按自己抽到的行数类别：各棵树的类别数不同，它们的概率就无法相加。",
    breaks="All trees know the classes of the whole `y`",
)
class adds_up_different_classes(classes_of_each_draw):
    def predict_proba(self, X):
        if not self._trees:
            raise RuntimeError("fit the forest first")
        return sum(tree.predict_proba(X) for tree in self._trees) / self.count
