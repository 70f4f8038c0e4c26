"""Hidden suite of week 02, logistic.

Rows and features are distinct primes. What `fit` finds is judged by its gradient, so any way of getting there is fine.
Not covered: speed, half precision.
"""

import math

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    attribute,
    claims,
    dataset,
    expect,
    points,
    set_attribute,
    unchanged,
)

N, FEATURES = 23, 5
DTYPES = (torch.float64, torch.float32)


def problem(rng, dtype=torch.float64, rows=N):
    """Rows, and labels that depend on them with some noise; both classes occur."""
    X = rng.normal(rows, FEATURES, dtype=torch.float64)
    direction = torch.tensor([2.0, -1.0, 0.5, 0.0, 1.0], dtype=torch.float64, device=X.device)
    y = (X @ direction + rng.normal(rows, dtype=torch.float64) > 0.3).long()
    y[0], y[1] = 0, 1
    return X.to(dtype), y


def by_autograd(weight, bias, X, y, l2):
    """The objective and its derivatives, another way."""
    weight, bias = weight.double().requires_grad_(), bias.double().requires_grad_()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(X.double() @ weight + bias, y.double())
    value = loss + l2 / 2 * weight.square().sum()
    return value.detach(), torch.autograd.grad(value, (weight, bias))


def best(X, y, l2):
    """The minimum, by Newton's method."""
    table = torch.cat([X.double(), torch.ones_like(X[:, :1]).double()], 1)
    penalty = torch.full((X.shape[1] + 1,), float(l2), dtype=torch.float64, device=X.device)
    penalty[-1] = 0
    theta = torch.zeros_like(penalty)
    for _ in range(50):
        p = torch.sigmoid(table @ theta)
        slope = table.mT @ (p - y) / len(y) + penalty * theta
        curve = table.mT @ (table * (p * (1 - p))[:, None]) / len(y) + torch.diag(penalty)
        theta = theta - torch.linalg.solve(curve, slope)
    return theta[:-1], theta[-1]


@points(0.5)
def test_loss_by_hand(student, device):
    """The losses of logits 0, ln 3 and -ln 3 are ln 2, ln 4/3 and ln 4/3, and the result is their mean.

    logit 为 0、ln 3、-ln 3 时，损失分别为 ln 2、ln 4/3、ln 4/3，结果是它们的均值。
    """
    logits = torch.tensor([0.0, math.log(3), -math.log(3)], dtype=torch.float64, device=device)
    y = torch.tensor([1, 1, 0], device=device)

    expected = (math.log(2) + 2 * math.log(4 / 3)) / 3
    assert_same(student.log_loss(logits, y), torch.tensor(expected, dtype=torch.float64, device=device))
    assert_same(student.log_loss(logits[:1], y[:1]), torch.tensor(math.log(2), dtype=torch.float64, device=device))


@claims("A logit of any finite size gives a finite loss", "The result has the dtype of `logits`")
@points(1)
def test_loss_of_large_logits(student, device):
    """Logits of -1000 and 1000 on the wrong side cost 1000 each, on the right side nothing.

    logit 为 -1000、1000 而方向错误时，损失各为 1000；方向正确时为 0。
    """
    y = torch.tensor([1, 0, 1, 0], device=device)
    for dtype in DTYPES:
        logits = torch.tensor([-1000.0, 1000.0, 1000.0, -1000.0], dtype=dtype, device=device)
        assert_same(student.log_loss(logits, y), torch.tensor(500.0, dtype=dtype, device=device))


@points(1)
def test_loss_of_any_logits(student, rng):
    """Logits in two dtypes and as every second entry of a tensor give the reference loss; the arguments stay.

    两种 dtype 的 logits，以及隔一个取一个的视图，损失都与参考答案一致；参数不被修改。
    """
    for dtype in DTYPES:
        logits, y = 4 * rng.normal(2 * N, dtype=dtype)[::2], rng.integers(0, 2, N)
        expected = torch.nn.functional.binary_cross_entropy_with_logits(logits, y.to(dtype))
        assert_same(unchanged(student.log_loss, logits, y), expected)


@claims("there is no row, there are not as many labels as logits, or a label is neither 0 nor 1")
@points(0.5)
def test_labels_are_checked(student, device):
    """Labels -1 and 1, a label 2, a label too few, one for many logits, and no row at all raise ValueError.

    标签为 -1 和 1、标签为 2、少一个标签、多个 logit 只有一个标签、一行也没有：都抛出 ValueError。
    """
    logits = torch.tensor([0.5, -1.0, 2.0], device=device)
    for labels in ([-1, 1, 1], [0, 1, 2], [0, 1], [1], []):
        assert_raises(ValueError, student.log_loss, logits, torch.tensor(labels, dtype=torch.int64, device=device))
    assert_raises(ValueError, student.log_loss, logits[:1], torch.tensor([0, 1, 1], device=device))
    assert_raises(ValueError, student.log_loss, logits[:0], torch.zeros(0, dtype=torch.int64, device=device))


@claims(
    "a mean over the rows, plus l2 / 2 times the sum of the squared weights",
    "scikit-learn adds the losses up",
    "The bias is not penalised",
)
@points(1)
def test_objective(student, rng):
    """The objective is the mean loss plus l2 / 2 times the squared weights, without the bias.

    目标函数是平均损失加上 l2 / 2 乘以权重平方和，不含偏置。
    """
    for dtype, l2 in ((torch.float64, 0.3), (torch.float32, 2.0)):
        X, y = problem(rng, dtype)
        weight, bias = rng.normal(FEATURES, dtype=dtype), rng.normal(1, dtype=dtype)[0] - 3
        expected, _ = by_autograd(weight, bias, X, y, l2)
        assert_same(unchanged(student.LogisticRegression(l2).objective, weight, bias, X, y), expected.to(dtype))


@points(1)
def test_gradient(student, rng):
    """The derivatives for weight and bias are those of the objective, for many rows and for one.

    权重和偏置的导数正是目标函数的导数，多行和一行都成立。
    """
    for dtype, rows, l2 in ((torch.float64, N, 0.3), (torch.float32, N, 2.0), (torch.float64, 2, 1.0)):
        X, y = problem(rng, dtype, rows)
        weight, bias = rng.normal(FEATURES, dtype=dtype), rng.normal(1, dtype=dtype)[0]
        _, expected = by_autograd(weight, bias, X[-1:] if rows == 2 else X, y[-1:] if rows == 2 else y, l2)
        model = student.LogisticRegression(l2)
        got = unchanged(model.gradient, weight, bias, *((X[-1:], y[-1:]) if rows == 2 else (X, y)))
        assert_same(tuple(got), tuple(part.to(dtype) for part in expected), rtol=1e-4, atol=1e-5)


@claims("The labels are checked as in `log_loss`")
@points(0.5)
def test_labels_are_checked_everywhere(student, rng):
    """objective, gradient and fit refuse labels other than 0 and 1 too.

    objective、gradient 和 fit 同样拒绝 0 和 1 以外的标签。
    """
    X, y = problem(rng)
    weight = X.new_zeros(FEATURES)
    for wrong in (2 * y - 1, y[:-1], y + 1):
        assert_raises(ValueError, student.LogisticRegression(0.1).gradient, weight, X.new_zeros(()), X, wrong)
        assert_raises(ValueError, student.LogisticRegression(0.1).fit, X, wrong)
        assert_raises(ValueError, student.LogisticRegression(0.1).objective, weight, X.new_zeros(()), X, wrong)


@claims("At the end no entry of the gradient is larger than `tolerance`", "get the dtype of `X`, which is not changed")
@points(2)
def test_fit_ends_where_the_gradient_is_small(student, rng):
    """After fit, no entry of the gradient is above the tolerance: strong and weak penalties, separable classes, two
    dtypes.

    fit 之后，梯度的每个元素都不超过容差：强惩罚、弱惩罚、可以分开的两类，两种 dtype 都如此。
    """
    settings = ((torch.float64, 0.05, 1e-6), (torch.float64, 5.0, 1e-6), (torch.float32, 0.2, 1e-4))
    cases = [(dtype, *problem(rng, dtype), l2, tolerance) for dtype, l2, tolerance in settings]
    # A plane separates these, so that only the weak penalty ends the way: Newton's method makes eight steps.
    X = torch.tensor([[-2.0], [-1.0], [1.0], [2.0]], dtype=torch.float64, device=cases[0][1].device)
    cases.append((torch.float64, X, (X[:, 0] > 0).long(), 1e-3, 1e-6))
    for dtype, X, y, l2, tolerance in cases:
        model = student.LogisticRegression(l2)
        unchanged(model.fit, X.mT.contiguous().mT, y, tolerance)
        weight, bias = attribute(model, "weight"), attribute(model, "bias")
        assert_same((weight, bias), tuple(part.to(dtype) for part in best(X, y, l2)), rtol=1e-3, atol=1e-3)
        _, slopes = by_autograd(weight, bias, X, y, l2)
        largest = float(max(slopes[0].abs().max(), slopes[1].abs()))
        expect(
            largest <= 1.05 * tolerance + 1e-6 * (dtype == torch.float32),
            "An entry of the gradient is still {largest}; the tolerance is {tolerance}.",
            "梯度中还有一个元素是 {largest}；容差是 {tolerance}。",
            largest=f"{largest:.2g}",
            tolerance=tolerance,
        )


@claims(
    "features may be 30 or 0.1, so a learning rate that is fixed beforehand",
    "Newton's method finds the step from the second derivatives",
    "gradient descent needs a rate that follows from `X`",
)
@points(0.5)
def test_large_and_small_features(student, device):
    """Features of 30 and of 0.1, labels that agree with their sign three times of four: the same minimum is found.

    特征为 30 和为 0.1 时，四次中有三次标签与特征符号一致：都找到目标函数的最小值。
    """
    signs = torch.tensor([1.0, 1, 1, 1, -1, -1, -1, -1], dtype=torch.float64, device=device)
    y = torch.tensor([1, 1, 0, 1, 0, 0, 1, 0], device=device)
    for size in (30.0, 0.1, 1.0):
        X = size * signs[:, None]
        model = student.LogisticRegression(0.05)
        model.fit(X, y)
        weight, bias = attribute(model, "weight"), attribute(model, "bias")
        assert_same((weight, bias), best(X, y, 0.05), rtol=1e-3, atol=1e-3)
        _, slopes = by_autograd(weight, bias, X, y, 0.05)
        expect(
            float(max(slopes[0].abs().max(), slopes[1].abs())) <= 1.05e-5,
            "With features of {size}, an entry of the gradient is still above the tolerance of 1e-5.",
            "特征为 {size} 时，梯度中还有元素大于容差 1e-5。",
            size=size,
        )


@claims("If rounding keeps the gradient above `tolerance`, it ends after `MOST_STEPS` steps all the same")
@points(0.5)
def test_a_tolerance_out_of_reach(student, rng):
    """With a tolerance of 0, fit comes to an end, and has found the minimum.

    容差为 0 时，fit 也会结束，并且找到了最小值。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.2)
    model.fit(X, y, 0.0)

    got = attribute(model, "weight"), attribute(model, "bias")
    assert_same(got, best(X, y, 0.2), rtol=1e-4, atol=1e-4)


@points(0.5)
def test_default_tolerance(student, rng):
    """Without a tolerance, no entry of the gradient is above 1e-5.

    不指定容差时，梯度的每个元素都不超过 1e-5。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.1)
    model.fit(X, y)

    _, slopes = by_autograd(attribute(model, "weight"), attribute(model, "bias"), X, y, 0.1)
    expect(
        float(max(slopes[0].abs().max(), slopes[1].abs())) <= 1.05e-5,
        "An entry of the gradient is still above 1e-5: fit stopped too early.",
        "梯度中还有元素大于 1e-5：fit 停得太早。",
    )


@claims("The bias is not penalised")
@points(1)
def test_bias_is_free(student, device):
    """Features of 0 and three of four labels 1: the weight is 0, and the bias ln 3, however strong the penalty.

    特征全为 0、四个标签中有三个 1：无论惩罚多强，权重都是 0，偏置都是 ln 3。
    """
    X, y = torch.zeros(4, 2, dtype=torch.float64, device=device), torch.tensor([1, 1, 0, 1], device=device)
    model = student.LogisticRegression(50.0)
    model.fit(X, y, 1e-7)

    expected = torch.tensor([0.0, 0.0, math.log(3)], dtype=torch.float64, device=device)
    got = torch.cat([attribute(model, "weight"), attribute(model, "bias").reshape(1)])
    assert_same(got, expected, rtol=1e-5, atol=1e-5)


@points(0.5)
def test_fit_returns_the_model(student, rng, device):
    """What fit returns is the model itself, not a copy: a bias set in one is the bias of the other.

    fit 返回的就是模型自身，而不是副本：修改其中一个的 bias，另一个也随之改变。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.2)
    again = model.fit(X, y)

    set_attribute(again, "bias", torch.tensor(50.0, dtype=torch.float64, device=device))
    assert_same(attribute(model, "bias"), torch.tensor(50.0, dtype=torch.float64, device=device))


@points(0.5)
def test_objective_of_a_fitted_model(student, rng):
    """After fit, objective and gradient are still those at the weight and bias that they are given.

    fit 之后，objective 和 gradient 仍然按传入的权重和偏置计算。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.7)
    model.fit(X, y)
    weight, bias = rng.normal(FEATURES, dtype=torch.float64), rng.normal(1, dtype=torch.float64)[0]

    value, slopes = by_autograd(weight, bias, X, y, 0.7)
    assert_same(model.objective(weight, bias, X, y), value)
    assert_same(tuple(model.gradient(weight, bias, X, y)), slopes)


@claims("Fitting again forgets what was learned before", "the number of steps is not given")
@points(0.5)
def test_fit_again(student, rng):
    """A second fit to other rows, with other features, gives what a new model gives; fit returns the model.

    第二次用另外的行、另外的特征个数拟合，结果与新模型一致；fit 返回模型自身。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.2)
    model.fit(X, y)
    again = model.fit(X[:, :3], y, 1e-7)

    fresh = student.LogisticRegression(0.2).fit(X[:, :3], y, 1e-7)
    assert_same(attribute(again, "weight"), attribute(fresh, "weight"), rtol=1e-5, atol=1e-6)
    assert_same(attribute(model, "weight"), attribute(fresh, "weight"), rtol=1e-5, atol=1e-6)
    assert_same(model.predict_proba(X[:, :3]), fresh.predict_proba(X[:, :3]), rtol=1e-5, atol=1e-6)
    loose = student.LogisticRegression(0.2)
    loose.fit(X, y, 10.0)
    assert_same(attribute(loose, "weight"), torch.zeros_like(X[0]), rtol=0.0, atol=20.0)


@claims("weight: (features,) after `fit`, None before", "bias: a tensor without axes after `fit`, None before")
@points(0.5)
def test_before_and_after(student, rng):
    """Weight and bias are None before fit; afterwards they have the shapes (features,) and ().

    fit 之前 weight 和 bias 都是 None；之后形状分别为 (features,) 和 ()。
    """
    X, y = problem(rng)
    model = student.LogisticRegression(0.2)
    assert_same([attribute(model, "weight"), attribute(model, "bias")], [None, None])

    model.fit(X, y)

    shapes = [tuple(attribute(model, name).shape) for name in ("weight", "bias")]
    expect(
        shapes == [(FEATURES,), ()],
        "weight and bias should have the shapes (5,) and (); yours have {shapes}.",
        "weight 和 bias 的形状应为 (5,) 和 ()；你的是 {shapes}。",
        shapes=shapes,
    )


@claims("the model has not been fitted", "A model that has not been fitted raises RuntimeError here too")
@points(0.5)
def test_not_fitted(student, rng):
    """predict_proba and predict raise RuntimeError before fit.

    fit 之前，predict_proba 和 predict 抛出 RuntimeError。
    """
    for method in ("predict_proba", "predict"):
        assert_raises(RuntimeError, getattr(student.LogisticRegression(1.0), method), rng.normal(2, 3))


@claims("`l2` is not above 0", "Without a penalty, classes that a plane separates have no best weights")
@points(0.5)
def test_penalty_is_checked(student):
    """A penalty of 0 or below is refused with ValueError.

    惩罚为 0 或负数时，抛出 ValueError。
    """
    assert_raises(ValueError, student.LogisticRegression, 0.0)
    assert_raises(ValueError, student.LogisticRegression, -1.0)
    assert_raises(ValueError, student.LogisticRegression, math.nan)


@points(1)
def test_probabilities(student, rng):
    """Probabilities are the sigmoid of X @ weight + bias: between 0 and 1, and not NaN far away.

    概率是 X @ weight + bias 的 sigmoid：在 0 和 1 之间，远处也不是 NaN。
    """
    for dtype in DTYPES:
        X, y = problem(rng, dtype)
        model = student.LogisticRegression(0.1)
        model.fit(X, y, 1e-3)
        weight, bias = attribute(model, "weight"), attribute(model, "bias")
        for rows in (X, X[:1], 1e4 * X):
            expected = torch.sigmoid(rows.double() @ weight.double() + bias.double()).to(dtype)
            assert_same(unchanged(model.predict_proba, rows), expected, rtol=1e-4, atol=1e-5)


@claims("It is 1 where P(y = 1) is above 1/2, and 0 for exactly 1/2")
@points(1)
def test_classes(student, rng, device):
    """Classes are int64: 1 above one half, 0 below, and 0 for exactly one half.

    类别为 int64：大于二分之一为 1，小于为 0，恰好二分之一也为 0。
    """
    even = student.LogisticRegression(0.1)
    even.fit(torch.zeros(2, 3, device=device), torch.tensor([0, 1], device=device))
    assert_same(even.predict(torch.ones(1, 3, device=device)), torch.tensor([0], device=device))

    X, y = problem(rng)
    model = student.LogisticRegression(0.1)
    model.fit(X, y)
    assert_same(model.predict(X), (X @ attribute(model, "weight") + attribute(model, "bias") > 0).long())


@points(1)
def test_sentiment(student, reference, device):
    """Trained on 300 reviews in two languages, the model recognises at least 92 of 100 others.

    用 300 条两种语言的评论训练后，在另外 100 条中至少判断对 92 条。
    """
    texts = reference.given("texts")
    train, held_out = (
        texts.read_lines(dataset("sentiment_reviews") / f"{name}.jsonl") for name in ("train", "held_out")
    )
    places = texts.vocabulary([review["text"] for review in train], least=3)
    X, unseen = (texts.bag_of_words([r["text"] for r in part], places).to(device) for part in (train, held_out))
    y, truth = (torch.tensor([r["label"] for r in part], device=device) for part in (train, held_out))

    model = student.LogisticRegression(0.1)
    model.fit(X, y, 1e-3)

    right = int((model.predict(unseen) == truth).sum())
    expect(
        right >= 92,
        "Only {right} of 100 reviews are recognised.",
        "100 条评论只判断对了 {right} 条。",
        right=right,
    )
