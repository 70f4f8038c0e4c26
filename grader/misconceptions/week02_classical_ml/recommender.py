"""Known mistakes of week 02, recommender."""

import recommender as solution
import torch

from grader.mistakes import mistake

Model = solution.MatrixFactorisation


def rows(R, factors, l2, *, holes=False, strength=lambda known: 1):
    """solve_rows with another penalty, or with holes that are zeros."""
    solution.solve_rows(R[:0], factors, l2)  # checks the arguments
    R = R.nan_to_num(0.0) if holes else R
    scale = [float(strength(row[~row.isnan()])) for row in R]
    return torch.cat([solution.solve_rows(row[None], factors, l2 * s) for row, s in zip(R, scale, strict=True)])


@mistake(
    of="solve_rows",
    en="It looks like what is missing counts as a rating of 0: leave these columns out.",
    zh="看起来空缺被当成了评分 0：应当略去这些列。",
    breaks="it is no zero, and says nothing",
)
def missing_is_zero(R, factors, l2):
    return rows(R, factors, l2, holes=True)


@mistake(
    of="solve_rows",
    en="It looks like an entry of 0 is left out as if it were missing: only NaN is. Minus their mean, many are 0.",
    zh="看起来把值为 0 的项当成了空缺：只有 NaN 才是空缺。减去均值之后，很多评分恰好是 0。",
    breaks="it is no zero, and says nothing",
)
def zero_is_missing(R, factors, l2):
    return solution.solve_rows(torch.where(R == 0, torch.nan, R), factors, l2)


@mistake(
    of="solve_rows",
    en="It looks like the penalty is multiplied by the number of ratings, or the errors are averaged: here they are "
    "added up, and "
    "the penalty counts once.",
    zh="看起来惩罚乘了评分的个数，或者对误差取了平均：这里误差是求和的，惩罚只算一次。",
    breaks="The penalty does not grow with the number of entries",
)
def penalty_for_every_rating(R, factors, l2):
    return rows(R, factors, l2, strength=lambda known: max(1, len(known)))


@mistake(
    of="solve_rows",
    en="It looks like the penalty is twice as strong as asked for, or half as strong: a factor 2 stands on one side "
    "of the derivative only.",
    zh="看起来惩罚是要求的两倍或一半：求导时的因子 2 只留在了一边。",
)
def penalty_twice(R, factors, l2):
    return rows(R, factors, l2, strength=lambda known: 2)


@mistake(
    of="solve_rows",
    en="It looks like the penalty is missing: with fewer ratings than factors there is no single best answer.",
    zh="看起来没有惩罚项：评分比因子少时，最优解不唯一。",
)
def without_penalty(R, factors, l2):
    return rows(R, factors, l2, strength=lambda known: 1e-7)


@mistake(
    of="solve_rows",
    en="It looks like a single NaN spoils the whole row: select what is known before you multiply, for NaN times 0 "
    "is NaN.",
    zh="看起来一个 NaN 毁掉了整行：先选出已知项再相乘，因为 NaN 乘以 0 还是 NaN。",
)
def nan_times_zero(R, factors, l2):
    solved = solution.solve_rows(R, factors, l2)
    solved[R.isnan().any(dim=1)] = torch.nan
    return solved


@mistake(
    of="solve_rows",
    en="It looks like l2 is added to every entry of the matrix: it belongs on the diagonal alone.",
    zh="看起来给矩阵的每个元素都加了 l2：它只应加在对角线上。",
)
def penalty_everywhere(R, factors, l2):
    solved = solution.solve_rows(R, factors, l2)  # checks the arguments
    for place, row in enumerate(R):
        F = factors[~row.isnan()]
        solved[place] = torch.linalg.solve(F.mT @ F + l2, F.mT @ row[~row.isnan()])
    return solved


class Descent(Model):
    """A model whose descent visits one entry after another, with one part exchanged."""

    def orders(self, count, epochs, generator):
        return [torch.randperm(count, generator=generator) for _ in range(epochs)]

    def begin(self, R):
        pass

    def visit(self, user, item, error, rate):
        P, Q, p, q, l2 = self.user_factors, self.item_factors, self.user_bias, self.item_bias, self.l2
        before = P[user].clone()
        P[user] += rate * (error * Q[item] - l2 * before)
        Q[item] += rate * (error * before - l2 * Q[item])
        p[user] += rate * (error - l2 * p[user])
        q[item] += rate * (error - l2 * q[item])

    def end(self, known):
        self.user_factors[~known.any(dim=1)] = 0
        self.item_factors[~known.any(dim=0)] = 0

    def fit_sgd(self, R, generator, rate=0.02, epochs=20):
        if not rate > 0 or epochs < 1:
            raise ValueError("rate or epochs")
        known = self._start(R, generator, draw_users=True)
        self.begin(R)
        entries = known.nonzero().tolist()
        for order in self.orders(len(entries), epochs, generator):
            for place in order.tolist():
                user, item = entries[place]
                product = self.user_factors[user] @ self.item_factors[item]
                error = R[user, item] - self.mean - self.user_bias[user] - self.item_bias[item] - product
                self.visit(user, item, error, rate)
        self.end(known)
        return self


@mistake(
    of="MatrixFactorisation",
    en="It looks like the item learns from the user's new factors: keep what they were before the visit.",
    zh="看起来更新物品时用了用户的新因子：应当保留访问之前的值。",
    breaks="All four changes follow from the values before the visit",
)
class learns_from_the_new_user(Descent):
    def visit(self, user, item, error, rate):
        P, Q, p, q, l2 = self.user_factors, self.item_factors, self.user_bias, self.item_bias, self.l2
        P[user] += rate * (error * Q[item] - l2 * P[user])
        Q[item] += rate * (error * P[user] - l2 * Q[item])
        p[user] += rate * (error - l2 * p[user])
        q[item] += rate * (error - l2 * q[item])


@mistake(
    of="MatrixFactorisation",
    en="It looks like the biases are not penalised while descending: the penalty holds for all four.",
    zh="看起来梯度下降时没有惩罚偏置：四者都要惩罚。",
)
class free_biases(Descent):
    def visit(self, user, item, error, rate):
        p, q = self.user_bias[user] + rate * error, self.item_bias[item] + rate * error
        super().visit(user, item, error, rate)
        self.user_bias[user], self.item_bias[item] = p, q


@mistake(
    of="MatrixFactorisation",
    en="It looks like there are no biases: only the factors move while descending.",
    zh="看起来没有偏置：梯度下降时只有因子在变。",
)
class no_biases(Descent):
    def visit(self, user, item, error, rate):
        super().visit(user, item, error, rate)
        self.user_bias[user], self.item_bias[item] = 0.0, 0.0


@mistake(
    of="MatrixFactorisation",
    en="It looks like every epoch visits the ratings in the same order: draw a new one each time.",
    zh="看起来每一轮都按同样的次序访问评分：每一轮都要重新抽取次序。",
    breaks="in the order of a new `torch.randperm(count, generator=generator)`",
)
class one_order_for_all(Descent):
    def orders(self, count, epochs, generator):
        return [torch.randperm(count, generator=generator)] * epochs


@mistake(
    of="MatrixFactorisation",
    en="It looks like the ratings are visited row by row: their order is to be drawn.",
    zh="看起来按行依次访问评分：次序应当随机抽取。",
)
class row_by_row(Descent):
    def orders(self, count, epochs, generator):
        return [torch.arange(count)] * epochs


@mistake(
    of="MatrixFactorisation",
    en="It looks like a user without a rating keeps the random factors of the start: nothing is known of this user, "
    "so they are 0.",
    zh="看起来没有评分的用户保留了开始时的随机因子：对这位用户一无所知，因子应当是 0。",
    breaks="At the end, a user without a known entry has bias 0 and factors 0",
)
class strangers_keep_random_factors(Descent):
    def end(self, known):
        pass


@mistake(
    of="MatrixFactorisation",
    en="It looks like holes count as zeros in the mean: it is the mean of what is known.",
    zh="看起来求均值时把空缺当成了零：均值只对已知项计算。",
    breaks="the mean of the known entries, a tensor without axes",
)
class mean_with_the_holes(Descent):
    def begin(self, R):
        self.mean = R.nansum() / R.numel()


class Alternating(Model):
    """A model that alternates in a way of its own."""

    def fit_als(self, R, generator, steps=10):
        if steps < 1:
            raise ValueError("steps")
        self._start(R, generator, draw_users=False)
        self.alternate(R - self.mean, R, steps)
        return self


@mistake(
    of="MatrixFactorisation",
    en="It looks like the ratings themselves are factored: subtract their mean first.",
    zh="看起来直接分解了评分本身：应当先减去均值。",
)
class without_subtracting_the_mean(Alternating):
    def alternate(self, rest, R, steps):
        for _ in range(steps):
            self.user_factors = solution.solve_rows(R, self.item_factors, self.l2)
            self.item_factors = solution.solve_rows(R.mT, self.user_factors, self.l2)


@mistake(
    of="MatrixFactorisation",
    en="It looks like the items are solved from the users of the step before: they take the new ones.",
    zh="看起来解物品时用的是上一步的用户：应当用刚解出的用户。",
    breaks="A step solves first all users, then all items",
)
class both_at_once(Alternating):
    def alternate(self, rest, R, steps):
        self.user_factors = solution.solve_rows(rest, self.item_factors, self.l2)
        for _ in range(steps - 1):
            users = solution.solve_rows(rest, self.item_factors, self.l2)
            self.item_factors = solution.solve_rows(rest.mT, self.user_factors, self.l2)
            self.user_factors = users


@mistake(
    of="MatrixFactorisation",
    en="It looks like -1 is taken for an index, and Python's -1 is the last row: an unknown user becomes the last "
    "one of the table.",
    zh="看起来把 -1 直接当作下标，而 Python 的 -1 是最后一行：未知用户成了表中最后一位用户。",
    breaks="A user of -1 is unknown: bias 0 and factors 0",
)
class unknown_is_the_last_row(Model):
    def predict(self, users, items):
        super().predict(users, items)
        product = (self.user_factors[users] * self.item_factors[items]).sum(dim=1)
        return self.mean + self.user_bias[users] + self.item_bias[items] + product


@mistake(
    of="MatrixFactorisation",
    en="It looks like the prediction for an unknown user is the mean alone: the item's bias is still known.",
    zh="看起来对未知用户一律预测均值：物品的偏置仍然是已知的。",
    breaks="What remains is the mean and the item's bias",
)
class unknown_gets_the_mean(Model):
    def predict(self, users, items):
        expected = super().predict(users, items)
        return torch.where((users < 0) | (items < 0), self.mean, expected)


@mistake(
    of="MatrixFactorisation",
    en="It looks like fit_als draws factors for the users too: the items then start from the second draw.",
    zh="看起来 fit_als 也为用户抽取了因子：这样物品的起点成了第二次抽取的结果。",
    breaks="The factors of the items start as `SPREAD` times",
)
class draws_users_for_als(Alternating):
    def _start(self, R, generator, draw_users):
        return super()._start(R, generator, True)

    def alternate(self, rest, R, steps):
        for _ in range(steps):
            self.user_factors = solution.solve_rows(rest, self.item_factors, self.l2)
            self.item_factors = solution.solve_rows(rest.mT, self.user_factors, self.l2)


def old_biases(model):
    """The biases of the fit before, (None, None) at first."""
    return [None if bias is None else bias.clone() for bias in (model.user_bias, model.item_bias)]


@mistake(
    of="MatrixFactorisation",
    en="It looks like fit_als leaves the biases of the fit before where they are: here both are 0.",
    zh="看起来 fit_als 没有动上一次拟合留下的偏置：这里两个偏置都是 0。",
    breaks="Both biases are 0",
)
class als_keeps_old_biases(Model):
    def fit_als(self, R, generator, steps=10):
        before = old_biases(self)
        super().fit_als(R, generator, steps)
        if before[0] is not None and tuple(map(len, before)) == tuple(R.shape):
            self.user_bias, self.item_bias = before
        return self


@mistake(
    of="MatrixFactorisation",
    en="It looks like a second fit_sgd starts from the biases of the first: they start at 0 every time.",
    zh="看起来第二次 fit_sgd 从上一次的偏置出发：每次拟合，偏置都从 0 开始。",
    breaks="What was learned before is forgotten",
)
class starts_from_old_biases(Descent):
    def fit_sgd(self, R, generator, rate=0.02, epochs=20):
        self.before = old_biases(self)
        return super().fit_sgd(R, generator, rate, epochs)

    def begin(self, R):
        if self.before[0] is not None and tuple(map(len, self.before)) == tuple(R.shape):
            self.user_bias, self.item_bias = self.before


class Recommends(Model):
    """A model that recommends in a way of its own."""

    def recommend(self, ratings, k):
        super().recommend(ratings, k)
        base = self.mean + self.item_bias
        taste = solution.solve_rows(self.known(ratings, base)[None], self.item_factors, self.l2)[0]
        return self.choose(base + self.item_factors @ taste, ratings, k)

    def known(self, ratings, base):
        return ratings - base

    def choose(self, expected, ratings, k):
        order = expected.argsort(descending=True, stable=True)
        return order[ratings[order].isnan()][:k]


@mistake(
    of="MatrixFactorisation",
    en="It looks like films are recommended that the user has rated already.",
    zh="看起来推荐了用户已经评过分的电影。",
)
class recommends_what_was_seen(Recommends):
    def choose(self, expected, ratings, k):
        return expected.argsort(descending=True, stable=True)[:k]


@mistake(
    of="MatrixFactorisation",
    en="It looks like the k best are chosen first and the rated ones left out afterwards: fewer than k remain.",
    zh="看起来先取了前 k 个，再去掉已评分的：剩下的不足 k 个。",
)
class leaves_out_afterwards(Recommends):
    def choose(self, expected, ratings, k):
        best = expected.argsort(descending=True, stable=True)[:k]
        return best[ratings[best].isnan()]


@mistake(
    of="MatrixFactorisation",
    en="It looks like the worst item stands first: sort in descending order.",
    zh="看起来最差的排在了最前：应当降序排列。",
)
class worst_first(Recommends):
    def choose(self, expected, ratings, k):
        return super().choose(-expected, ratings, k)


@mistake(
    of="MatrixFactorisation",
    en="It looks like of equal predictions the higher number stands first, as when an ascending order is turned round.",
    zh="看起来预测相同时编号大的在前，就像把升序结果整个反转那样。",
    breaks="of items with equal predictions, the one with the lower number",
)
class ties_to_the_higher(Recommends):
    def choose(self, expected, ratings, k):
        order = expected.argsort(stable=True).flip(0)
        return order[ratings[order].isnan()][:k]


@mistake(
    of="MatrixFactorisation",
    en="It looks like the taste of a new user is solved from the ratings themselves: subtract mean and item bias "
    "first.",
    zh="看起来直接用评分本身求解新用户的口味：应当先减去均值和物品偏置。",
)
class taste_of_raw_ratings(Recommends):
    def known(self, ratings, base):
        return ratings


@mistake(
    of="MatrixFactorisation",
    en="It looks like only the mean is subtracted from a new user's ratings: a film that everybody likes says little "
    "about this one, so subtract the item bias too.",
    zh="看起来新用户的评分只减去了均值：人人喜欢的电影说明不了这位用户的口味，还应减去物品偏置。",
    breaks="the factors are those that `solve_rows` finds from the known ratings minus mean and item bias",
)
class taste_with_the_bias(Recommends):
    def known(self, ratings, base):
        return ratings - self.mean


@mistake(
    of="MatrixFactorisation",
    en="It looks like items are ranked by taste alone: the item bias is part of the prediction.",
    zh="看起来只按口味给物品排序：物品偏置也是预测的一部分。",
)
class ranks_by_taste(Recommends):
    def choose(self, expected, ratings, k):
        return super().choose(expected - self.item_bias, ratings, k)
