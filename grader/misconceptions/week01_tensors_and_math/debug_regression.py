"""Known mistakes of week 01, debug_regression: repairs that do not repair. The planted bug itself is the stub."""

import debug_regression as solution

from grader.mistakes import mistake


class Repaired(solution.LinearRegression):
    """The program with errors of its own."""

    def errors(self, x, y):
        raise NotImplementedError

    def loss(self, x, y):
        return (self.errors(x, y) ** 2).mean()


@mistake(
    of="LinearRegression",
    en="It looks like the table of all pairs is averaged over the rows: every target is then compared with the mean "
    "prediction.",
    zh="看起来你把“所有配对”的表对各行取了平均：于是每个目标都在与平均预测相比。",
)
class averages_the_predictions(Repaired):
    def errors(self, x, y):
        return (self.predict(x) - y).mean(dim=0)


@mistake(
    of="LinearRegression",
    en="It looks like the table of all pairs is averaged over the targets: every prediction is then compared with the "
    "mean target.",
    zh="看起来你把“所有配对”的表对各目标取了平均：于是每个预测都在与平均目标相比。",
)
class averages_the_targets(Repaired):
    def errors(self, x, y):
        return (self.predict(x) - y).mean(dim=1)


@mistake(
    of="LinearRegression",
    en="It looks like the squared errors are added up now: the loss is their mean, and the steps have become larger.",
    zh="看起来误差平方现在是求和：损失应取均值，否则步子也变大了。",
)
class sums_the_errors(solution.LinearRegression):
    def loss(self, x, y):
        return ((self.predict(x).squeeze(-1) - y) ** 2).sum()


@mistake(
    of="LinearRegression",
    en="It looks like rows and targets are paired in reverse order.",
    zh="看起来行与目标按相反的顺序配对了。",
)
class pairs_in_reverse(Repaired):
    def errors(self, x, y):
        return self.predict(x).squeeze(-1) - y.flip(0)


@mistake(
    of="LinearRegression",
    en="It looks like `predict` now returns (n): its column, (n, 1), is a promise to whoever calls it. Mend the loss.",
    zh="看起来 `predict` 现在返回 (n)：(n, 1) 的列是它对调用者的承诺。该修的是损失。",
)
class predicts_without_a_column(solution.LinearRegression):
    def predict(self, x):
        return super().predict(x).squeeze(-1)

    def loss(self, x, y):
        return ((self.predict(x) - y) ** 2).mean()


@mistake(
    of="LinearRegression",
    en="It looks like `fit` is mended, and `loss` by itself is not: called with targets of shape (n), it still makes "
    "the table of all pairs.",
    zh="看起来只修好了 `fit`，`loss` 本身没有修：用形状为 (n) 的目标调用它，仍会得到“所有配对”的表。",
)
class mends_fit_alone(Repaired):
    def errors(self, x, y):
        return self.predict(x) - y

    def fit(self, x, y, rate, steps):
        return super().fit(x, y[:, None], rate, steps)
