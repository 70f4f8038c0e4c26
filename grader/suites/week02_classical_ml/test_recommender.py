"""Hidden suite of week 02, recommender.

Every fit is compared with a plain one of this file, draw by draw. Tables have holes, and rows and columns of holes.
Not covered: speed, half precision, infinite ratings.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, attribute, call_and_keep, claims, points, unchanged

USERS, ITEMS, RANK = 11, 7, 3
NAN = math.nan
DTYPES = (torch.float64, torch.float32)
PARTS = ("mean", "user_bias", "item_bias", "user_factors", "item_factors")


def table(rng, dtype=torch.float64, users=USERS, items=ITEMS, known=0.6):
    """Ratings from 1 to 5 with holes; user 4 and item 2 have none, user 0 has one."""
    R = rng.uniform(users, items, low=1.0, high=5.0).to(dtype)
    R[rng.uniform(users, items) > known] = NAN
    R[4], R[:, 2], R[0] = NAN, NAN, NAN
    R[0, 1] = 4.5
    return R


def ridge(R, factors, l2):
    """Least squares of a system with the penalty as further rows, one row of the table after another."""
    rows = []
    for row in R.double():
        known = ~row.isnan()
        rank = factors.shape[1]
        extra = math.sqrt(l2) * torch.eye(rank, dtype=torch.float64, device=R.device)
        system = torch.cat([factors[known].double(), extra])
        right = torch.cat([row[known], torch.zeros(rank, dtype=torch.float64, device=R.device)])
        rows.append(torch.linalg.lstsq(system, right[:, None]).solution[:, 0])
    return torch.stack(rows).to(R.dtype)


def draws(source, R, rank, users):
    """The factors with which a fit starts: for the users, if asked for, and for the items."""
    return [
        0.1 * torch.randn(n, rank, generator=source, dtype=R.dtype, device=R.device)
        for n in (R.shape if users else R.shape[1:])
    ]


def als(source, R, rank, l2, steps):
    (Q,) = draws(source, R, rank, users=False)
    mean = R[~R.isnan()].mean()
    for _ in range(steps):
        P = ridge(R - mean, Q, l2)
        Q = ridge((R - mean).mT, P, l2)
    return mean, R.new_zeros(len(R)), R.new_zeros(R.shape[1]), P, Q


def sgd(source, R, rank, l2, rate, epochs):
    P, Q = draws(source, R, rank, users=True)
    mean, p, q = R[~R.isnan()].mean(), R.new_zeros(len(R)), R.new_zeros(R.shape[1])
    places = [(u, i) for u in range(len(R)) for i in range(R.shape[1]) if not math.isnan(R[u, i])]
    for _ in range(epochs):
        for place in torch.randperm(len(places), generator=source, device=R.device).tolist():
            u, i = places[place]
            error = R[u, i] - mean - p[u] - q[i] - (P[u] * Q[i]).sum()
            P[u], Q[i] = P[u] + rate * (error * Q[i] - l2 * P[u]), Q[i] + rate * (error * P[u] - l2 * Q[i])
            p[u], q[i] = p[u] + rate * (error - l2 * p[u]), q[i] + rate * (error - l2 * q[i])
    P[R.isnan().all(1)] = 0
    Q[R.isnan().all(0)] = 0
    return mean, p, q, P, Q


def parts_of(model):
    return tuple(attribute(model, name) for name in PARTS)


def fitted(kind, student, rng, R, rank=RANK, l2=0.7, settings=(), **names):
    """A model of the student's, and the five parts that it should have, from the same draws."""
    source = rng.generator()
    state = source.get_state()
    model = student.MatrixFactorisation(rank, l2)
    fit = model.fit_als if kind is als else model.fit_sgd
    fit(R, source, *settings, **names)
    source.set_state(state)
    asked = {"steps": 10} if kind is als else {"rate": 0.02, "epochs": 20}
    asked.update(zip(asked, settings, strict=False))
    return model, kind(source, R, rank, l2, **(asked | names))


def numbers(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)


@claims("The factors u of a row minimise the sum")
@points(0.5)
def test_rows_by_hand(student, device):
    """Film factors 1 and 2, penalty 1: ratings 3 and 4 give 11/6, a 3 and a hole 3/2, a hole and a 4 gives 8/5.

    电影因子为 1 和 2、惩罚为 1：评分 3 和 4 得到 11/6，评分 3 加一个空缺得到 3/2，一个空缺加评分 4 得到 8/5。
    """
    R, factors = numbers([[3.0, 4.0], [3.0, NAN], [NAN, 4.0]], device), numbers([[1.0], [2.0]], device)

    assert_same(student.solve_rows(R, factors, 1.0), numbers([[11 / 6], [3 / 2], [8 / 5]], device))
    assert_same(student.solve_rows(R[:1], factors, 6.0), numbers([[1.0]], device))


@points(1.5)
def test_rows_of_a_table(student, rng):
    """Least squares over what is known, in two dtypes, for transposed tables and for rank 1; the arguments stay.

    只对已知项做最小二乘：两种 dtype、转置的表、秩为 1；参数不被修改。
    """
    for dtype in DTYPES:
        # Rows of six ratings first: here a wrong penalty shows in numbers, not yet in a matrix that is singular.
        full, factors = table(rng, dtype, known=1.0)[5:], rng.normal(ITEMS, RANK, dtype=dtype)
        assert_same(student.solve_rows(full, factors, 1.5), ridge(full, factors, 1.5), rtol=1e-4, atol=1e-4)
        R = table(rng, dtype)
        for rank in (RANK, 1, 5):
            for one, width in ((R, ITEMS), (R.mT, USERS)):
                factors = rng.normal(width, 2 * rank, dtype=dtype)[:, ::2]
                for l2 in (0.3, 5.0):
                    got = unchanged(student.solve_rows, one, factors, l2)
                    assert_same(got, ridge(one, factors, l2), rtol=1e-4, atol=1e-4)


@claims("it is no zero, and says nothing", "A row without a known entry has factors 0")
@points(0.5)
def test_what_is_missing_says_nothing(student, rng):
    """Columns in which a row has a hole say nothing of it, and a row of holes has factors 0; a rating of 0 is no hole.

    某行有空缺的列，无论其因子是什么，都不影响这一行；全是空缺的行，因子为 0；而评分 0 并不是空缺。
    """
    R, factors = table(rng), rng.normal(ITEMS, RANK, dtype=torch.float64)
    R[:, 5] = NAN
    other = factors.clone()
    other[5] = 1e6
    other[2] = -1e6

    assert_same(student.solve_rows(R, other, 0.5), ridge(R, factors, 0.5))
    assert_same(student.solve_rows(R[4:5], factors, 0.5), torch.zeros(1, RANK, dtype=R.dtype, device=R.device))
    # Minus their mean, ratings are often 0, and a 0 says as much as a 2.
    R = numbers([[0.0, 2.0], [NAN, 2.0]], R.device)
    assert_same(student.solve_rows(R, torch.ones_like(R[0])[:, None], 1.0), numbers([[2 / 3], [1.0]], R.device))


@claims("The penalty does not grow with the number of entries")
@points(0.5)
def test_the_penalty_of_long_rows(student, device):
    """A row of 12 ratings of 3, by factors of 1, has the factor 36 / (12 + l2): the penalty counts once.

    一行 12 个评分 3，因子都是 1：结果为 36 / (12 + l2)，惩罚只算一次。
    """
    R = numbers([[3.0] * 12, [3.0] * 2 + [NAN] * 10], device)
    for l2 in (1.0, 4.0):
        expected = numbers([[36 / (12 + l2)], [6 / (2 + l2)]], device)
        assert_same(student.solve_rows(R, torch.ones_like(R[0])[:, None], l2), expected)


@claims("`l2` is not above 0, or there are not as many rows", "`rank` is below 1, or `l2` is not above 0")
@points(0.5)
def test_settings_that_are_refused(student, rng):
    """A penalty of 0, below or NaN, too few factors, and rank 0 are refused with ValueError.

    惩罚为 0、负数或 NaN，因子个数不对，秩为 0：抛出 ValueError。
    """
    R, factors = table(rng), rng.normal(ITEMS, RANK, dtype=torch.float64)
    for l2 in (0.0, -1.0, NAN):
        assert_raises(ValueError, student.solve_rows, R, factors, l2)
        assert_raises(ValueError, student.MatrixFactorisation, RANK, l2)
    assert_raises(ValueError, student.solve_rows, R, factors[:-1], 1.0)
    assert_raises(ValueError, student.solve_rows, R[:, :1], factors, 1.0)
    for rank in (0, -1):
        assert_raises(ValueError, student.MatrixFactorisation, rank, 1.0)
    assert_same(student.solve_rows(R, factors, 1e-3), ridge(R, factors, 1e-3), rtol=1e-3, atol=1e-3)


@claims(
    "A step solves first all users, then all items",
    "The factors of the items start as `SPREAD` times",
    "Both biases are 0",
    "the mean of the known entries, a tensor without axes",
    "user_bias, item_bias: (users,) and (items,)",
    "A table of ratings `R` has a row for each user and a column for each item",
    "user_factors, item_factors: (users, rank) and (items, rank)",
)
@points(1)
def test_one_alternating_step(student, rng):
    """After one step, users are solved from the items that were drawn, and items from these users; holes count nowhere.

    一步之后：用户由抽取的物品因子解出，物品再由这些用户解出；空缺不参与任何计算。
    """
    R = table(rng)
    for rank, l2 in ((RANK, 0.7), (1, 2.0)):
        model, expected = fitted(als, student, rng, R, rank, l2, (1,))
        assert_same(parts_of(model), expected, rtol=1e-4, atol=1e-4)


@claims("All five have the dtype of `R` after a fit, and are None before")
@points(0.5)
def test_alternating_steps(student, rng):
    """2, 3 and by default 10 steps, in two dtypes and for a view; before a fit all five parts are None.

    2 步、3 步和默认的 10 步，两种 dtype 和视图；拟合之前五个部分都是 None。
    """
    assert_same(parts_of(student.MatrixFactorisation(2, 1.0)), (None,) * 5)
    for dtype, settings in ((torch.float64, ()), (torch.float32, (2,)), (torch.float64, (3,))):
        R = table(rng, dtype)
        model, expected = fitted(als, student, rng, R.mT.contiguous().mT, settings=settings)
        assert_same(parts_of(model), expected, rtol=1e-3, atol=1e-3)


@claims(
    "A visit adds rate * (error * factor of the other side - l2 * what is changed)",
    "All four changes follow from the values before the visit",
    "first those of the users, then those of the items",
)
@points(1)
def test_one_visit(student, rng):
    """With a large rate and few ratings: both factors and both biases move by what stood there before the visit.

    学习率很大、评分很少：两个因子和两个偏置的变化，都由访问之前的值决定。
    """
    R = torch.full((3, 2), NAN, dtype=torch.float64, device=rng.normal(1).device)
    R[1, 0], R[2, 1] = 5.0, 2.0
    for rate, epochs in ((0.5, 1), (0.5, 4), (0.3, 9)):
        for rank in (RANK, 1):
            model, expected = fitted(sgd, student, rng, R, rank, 0.7, (rate, epochs))
            assert_same(parts_of(model), expected)


@claims(
    "The known entries are numbered row by row",
    "Every epoch visits each of them once, in the order of a new `torch.randperm(count, generator=generator)`",
    "The biases start at 0, the factors as `SPREAD` times",
)
@points(1)
def test_epochs(student, rng):
    """Each epoch has an order of its own; in two dtypes, and for other ranks and penalties.

    每一轮都有自己的次序；两种 dtype，不同的秩和惩罚。
    """
    for dtype, rank, l2 in ((torch.float64, RANK, 0.1), (torch.float32, 2, 0.7)):
        R = table(rng, dtype)
        for settings in ((0.1, 1), (0.1, 3)):
            model, expected = fitted(sgd, student, rng, R, rank, l2, settings)
            assert_same(parts_of(model), expected, rtol=1e-4, atol=1e-4)


@points(0.5)
def test_rates_and_epochs(student, rng):
    """By default the rate is 0.02 and there are 20 epochs; both can be given by name.

    默认学习率 0.02、20 轮；两者都可以按名字给出。
    """
    R = table(rng, users=6, known=0.5)
    for names in ({}, {"rate": 0.2}, {"epochs": 2}):
        model, expected = fitted(sgd, student, rng, R, **names)
        assert_same(parts_of(model), expected)


@claims("At the end, a user without a known entry has bias 0 and factors 0, and so has such an item")
@points(0.5)
def test_users_without_a_rating(student, rng):
    """A user and an item without a rating are predicted as unknown ones are, after either fit.

    没有评分的用户和物品，两种拟合之后的预测都与未知者相同。
    """
    R = table(rng)
    for kind, settings in ((sgd, (0.1, 2)), (als, (2,))):
        model, _ = fitted(kind, student, rng, R, settings=settings)
        items = torch.arange(ITEMS, device=R.device)
        nobody = torch.full_like(items, -1)
        assert_same(model.predict(torch.full_like(items, 4), items), model.predict(nobody, items))
        users = torch.arange(ITEMS, device=R.device)
        assert_same(model.predict(users, torch.full_like(users, 2)), model.predict(users, nobody))
        assert_same(attribute(model, "user_factors")[4], R.new_zeros(RANK))
        assert_same(attribute(model, "item_factors")[2], R.new_zeros(RANK))


@claims("no entry is known, or `steps` is below 1", "no entry is known, `rate` is not above 0, or `epochs` is below 1")
@points(0.5)
def test_fits_that_are_refused(student, rng):
    """A table of holes, no step, no epoch, and a rate that is not above 0 are refused with ValueError.

    全是空缺的表、步数为 0、轮数为 0、学习率不大于 0：抛出 ValueError。
    """
    R, model = table(rng), student.MatrixFactorisation(RANK, 1.0)
    for fit in (model.fit_als, model.fit_sgd):
        assert_raises(ValueError, fit, torch.full_like(R, NAN), rng.generator())
    for few in (0, -1):
        assert_raises(ValueError, model.fit_als, R, rng.generator(), few)
        assert_raises(ValueError, model.fit_sgd, R, rng.generator(), 0.1, few)
    for rate in (0.0, -0.1, NAN):
        assert_raises(ValueError, model.fit_sgd, R, rng.generator(), rate)
    single = torch.full_like(R, NAN)
    single[1, 1] = 4.0
    model.fit_sgd(single, rng.generator(), 0.1, 1)
    assert_same(attribute(model, "mean"), single[1, 1])


@claims("What was learned before is forgotten")
@points(0.5)
def test_fitting_again(student, rng):
    """A fit of either kind forgets those before, to tables of any size; two models share nothing; the table stays.

    任何一种拟合都会忘掉以前的拟合，无论评分表大小是否相同；两个模型互不影响；评分表不被修改。
    """
    R, other = table(rng), table(rng, users=13, items=5)

    def seeded():
        return torch.Generator(R.device).manual_seed(3)

    model, twin = student.MatrixFactorisation(RANK, 0.7), student.MatrixFactorisation(RANK, 0.7)
    for fit in (model.fit_als, model.fit_sgd):
        assert_same(call_and_keep(fit, R, seeded(), 1)[1][0], R)
    model.fit_sgd(other, seeded(), 0.2, 2)
    twin.fit_als(R, seeded(), 1)
    kept = parts_of(twin)
    one_step, one_epoch = als(seeded(), R, RANK, 0.7, 1), sgd(seeded(), R, RANK, 0.7, 0.1, 1)
    model.fit_als(R, seeded(), 1)
    assert_same(parts_of(model), one_step, rtol=1e-4, atol=1e-4)
    for _ in range(2):
        model.fit_sgd(R, seeded(), 0.1, 1)
        assert_same(parts_of(model), one_epoch)
    model.fit_als(R, seeded(), 1)
    assert_same(parts_of(model), one_step, rtol=1e-4, atol=1e-4)
    assert_same(parts_of(twin), kept)


@points(0.5)
def test_predictions(student, rng):
    """The sum of mean, biases and product for every pair, in two dtypes and for a single pair; the arguments stay.

    每一对都是均值、两个偏置与内积之和；两种 dtype，也包括只有一对的情形；参数不被修改。
    """
    for dtype in DTYPES:
        R = table(rng, dtype)
        model, (mean, p, q, P, Q) = fitted(sgd, student, rng, R, settings=(0.2, 2))
        users, items = rng.integers(0, USERS, 29), rng.integers(0, ITEMS, 29)
        expected = (mean + p[:, None] + q + P @ Q.mT)[users, items]
        assert_same(unchanged(model.predict, users, items), expected, rtol=1e-4, atol=1e-4)
        assert_same(model.predict(users[:1], items[:1]), expected[:1], rtol=1e-4, atol=1e-4)
        assert_same(model.predict(users[:0], items[:0]), expected[:0])


@claims(
    "A user of -1 is unknown: bias 0 and factors 0", "What remains is the mean and the item's bias", "unknown likewise"
)
@points(1)
def test_unknown_users_and_items(student, rng):
    """-1 is nobody, not the last row: an unknown user gets the mean and the item's bias, an unknown item likewise.

    -1 表示未知，而不是最后一行：未知用户得到均值加物品的偏置，未知物品同理。
    """
    R = table(rng)
    R[-1], R[:, -1] = 5.0, 1.0
    model, (mean, p, q, P, Q) = fitted(sgd, student, rng, R, settings=(0.2, 3))
    users = torch.tensor([-1, 3, -1, USERS - 1, 0], device=R.device)
    items = torch.tensor([3, -1, -1, ITEMS - 1, ITEMS - 1], device=R.device)

    whole = (mean + p[:, None] + q + P @ Q.mT)[users, items]
    expected = torch.stack([mean + q[3], mean + p[3], mean, whole[3], whole[4]])
    assert_same(model.predict(users, items), expected)


@claims(
    "the model has not been fitted",
    "there are not as many users as items, or a number is below -1 or not below their count",
    "there are not as many ratings as items, or `k` is below 1",
)
@points(0.5)
def test_questions_that_are_refused(student, rng):
    """Before a fit RuntimeError; numbers that the table does not have, other lengths and k = 0 raise ValueError.

    拟合之前抛出 RuntimeError；表中没有的编号、长度不一致、k 为 0 抛出 ValueError。
    """
    R = table(rng)
    some, wishes = torch.zeros(3, dtype=torch.int64, device=R.device), R[1]
    empty = student.MatrixFactorisation(RANK, 1.0)
    assert_raises(RuntimeError, empty.predict, some, some)
    assert_raises(RuntimeError, empty.recommend, wishes, 2)
    model, _ = fitted(als, student, rng, R, settings=(1,))
    for users, items in ((some - 2, some), (some, some - 2), (some + USERS, some), (some, some + ITEMS)):
        assert_raises(ValueError, model.predict, users, items)
    for users, items in ((some[:2], some), (some, some[:1]), (some[:1], some)):
        assert_raises(ValueError, model.predict, users, items)
    for ratings, k in ((wishes[:-1], 2), (wishes[:1], 2), (wishes, 0), (wishes, -1)):
        assert_raises(ValueError, model.recommend, ratings, k)


def wished(parts, ratings, l2):
    """What a new user is expected to think of every item."""
    mean, _, q, _, Q = parts
    return mean + q + Q @ ridge((ratings - mean - q)[None], Q, l2)[0]


@claims("The new user's bias is 0, and the factors are those that `solve_rows` finds", "NaN in `ratings` means")
@points(1)
def test_films_for_a_new_user(student, rng):
    """The best unrated items for a new user's ratings, after either fit, in two dtypes; the ratings stay.

    根据新用户的评分，推荐未评过分的物品中最好的：两种拟合、两种 dtype；评分不被修改。
    """
    for kind, dtype, settings in (
        (als, torch.float64, (3,)),
        (sgd, torch.float32, (0.2, 3)),
        (sgd, torch.float64, (0.3, 2)),
    ):
        R = table(rng, dtype, items=19)
        model, parts = fitted(kind, student, rng, R, settings=settings)
        for count in (5, 1, 12):
            ratings = torch.full_like(R[0], NAN)
            seen = rng.permutation(19)[:count]
            ratings[seen] = rng.uniform(count, low=1.0, high=5.0).to(dtype)
            expected = wished(parts, ratings, 0.7)
            expected[seen] = -math.inf
            order = expected.argsort(descending=True)
            got = unchanged(model.recommend, ratings, 4)
            assert_same(expected[got], expected[order[:4]], rtol=1e-3, atol=1e-3)
            assert_same(got.sort().values.diff().min() > 0, torch.tensor(True, device=R.device))
    # Film 0 is liked by all, and most by those who like film 2, not film 3. Who gives it a little more than the mean
    # of all ratings likes it less than others do, and is told of film 3.
    R = numbers([[5.0, 1.0, 4.0, 2.0], [3.0, 1.0, 2.0, 4.0]] * 4, R.device)
    model, parts = fitted(sgd, student, rng, R, rank=1, l2=0.02, settings=(0.1, 60))
    ratings = numbers([3.3, NAN, NAN, NAN], R.device)
    expected = wished(parts, ratings, 0.02)[1:].argsort(descending=True) + 1
    assert_same(model.recommend(ratings, 3), expected)


@claims(
    "The best item stands first; of items with equal predictions, the one with the lower number", "The result is int64"
)
@points(0.5)
def test_order_and_ties(student, rng, device):
    """The best first; two items that everybody rates alike are tied, and the lower number stands first.

    最好的排在最前；所有人评分都相同的两个物品并列，编号小的在前。
    """
    R = numbers([[5.0, 1.0, NAN, NAN], [1.0, 5.0, NAN, NAN], [4.0, 2.0, NAN, NAN]], device)
    R = torch.cat([R, torch.full((3, 60), NAN, dtype=R.dtype, device=device)], dim=1)  # all the others are tied
    model, parts = fitted(als, student, rng, R, rank=1, l2=0.5, settings=(20,))
    ratings = torch.full_like(R[0], NAN)
    ratings[0] = 5.0

    # Who likes film 0 dislikes film 1: after 62 films of which nothing is known comes film 1.
    expected = torch.tensor([*range(2, 64), 1], device=device)
    assert_same(model.recommend(ratings, 63), expected)
    ratings[0] = 1.0
    assert_same(model.recommend(ratings, 9), torch.tensor([1, *range(2, 10)], device=device))
    assert_same(model.recommend(ratings, 1), torch.tensor([1], device=device))


@claims("If fewer than k are not rated, all of these are returned", "the model itself learns nothing")
@points(0.5)
def test_few_items_are_left(student, rng):
    """Only unrated items are returned, perhaps fewer than k; without ratings the bias decides; nothing is learned.

    只返回没有评过分的物品，可能少于 k 个，也可能没有；没有任何评分时按偏置排序；模型不因此改变。
    """
    R = table(rng)
    model, parts = fitted(sgd, student, rng, R, settings=(0.3, 3))
    ratings = torch.full_like(R[0], 3.0)
    assert_same(model.recommend(ratings, 3), torch.zeros(0, dtype=torch.int64, device=R.device))
    ratings[5] = NAN
    assert_same(model.recommend(ratings, 3), torch.tensor([5], device=R.device))
    nothing = torch.full_like(R[0], NAN)
    assert_same(model.recommend(nothing, 100), parts[2].argsort(descending=True, stable=True))
    assert_same(parts_of(model), parts)
