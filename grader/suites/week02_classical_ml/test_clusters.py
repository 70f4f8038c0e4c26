"""Hidden suite of week 02, clusters.

Groups lie far apart or on small whole numbers, so that no answer hangs on a random draw or on rounding.
Not covered: half precision, rows that are NaN.
"""

import torch

from grader.suite import assert_raises, assert_same, call_and_keep, claims, points, unchanged

N, DIM, K = 23, 3, 4


def column(values, device, dtype=torch.float64):
    return torch.tensor(values, dtype=dtype, device=device)[:, None]


def lloyd(X, centres, steps):
    """Plain steps, where no centre runs empty."""
    before = None
    for _ in range(steps):
        nearest = ((X[:, None] - centres) ** 2).sum(-1).argmin(1)
        if before is not None and torch.equal(nearest, before):
            break
        before = nearest
        centres = torch.stack([X[nearest == one].mean(0) for one in range(len(centres))])
    distances = ((X[:, None] - centres) ** 2).sum(-1)
    return centres, distances.argmin(1), distances.min(1).values.sum()


def slow_rows(device):
    """500 rows on a line, unevenly spaced, so that no row is half way between two centres at any step."""
    places = torch.arange(500, dtype=torch.float64, device=device)
    return (places + 0.3 * (places * places).sin())[:, None]


def groups(rng, dtype=torch.float64, per=7):
    """Four far groups, row i in group i mod 4, and a start near each of them."""
    middles = 20 * torch.tensor([[0.0, 0, 1], [0, 2, 0], [3, 0, 0], [-1, -1, -1]], device=rng.normal(1).device)
    X = middles.repeat(per, 1) + rng.uniform(per * K, DIM, low=-1.0)
    return X.to(dtype), (middles + 1.5).to(dtype)


@points(1)
def test_one_step_and_the_end(student, rng, device):
    """0, 1, 9 and 11 from the centres 0 and 1: after one step 0 and 7; at the end 0.5 and 10.

    0、1、9、11，中心从 0 和 1 出发：一步之后是 0 和 7，最后是 0.5 和 10。
    """
    X, init = column([0.0, 1.0, 9.0, 11.0], device), column([0.0, 1.0], device)

    got = student.kmeans(X, 2, rng.generator(), init, 1)
    assert_same(
        tuple(got),
        (column([0.0, 7.0], device), torch.tensor([0, 0, 1, 1], device=device), column([21.0], device)[0, 0]),
    )
    got = student.kmeans(X, 2, rng.generator(), init=init)
    assert_same(
        tuple(got),
        (column([0.5, 10.0], device), torch.tensor([0, 0, 1, 1], device=device), column([2.5], device)[0, 0]),
    )


@claims("It starts from `init`", "are not changed")
@points(1)
def test_from_given_centres(student, rng):
    """From given centres, four far groups are found, in two dtypes and as a view; X and init stay as they are.

    从给定的中心出发，找到四个相距很远的群组；两种 dtype 和视图都一样；X 和 init 不被修改。
    """
    for dtype in (torch.float64, torch.float32):
        X, init = groups(rng, dtype)
        for k in (K, 1, 2):
            got, kept, _ = call_and_keep(student.kmeans, X.mT.contiguous().mT, k, rng.generator(), init[:k])
            assert_same((kept[0], kept[3]), (X, init[:k]))
            assert_same(tuple(got), lloyd(X, init[:k], 100), rtol=1e-4, atol=1e-4)


@claims(
    "In a step, every row joins the nearest centre", "It ends after `steps` steps", "the centres after the last move"
)
@points(2)
def test_after_so_many_steps(student, rng):
    """After 1, 2 and 3 steps, the centres are those after the last move, and rows belong to the nearest of them.

    1、2、3 步之后，中心是最后一次移动之后的中心，每一行属于其中最近的一个。
    """
    X = rng.uniform(61, 2, dtype=torch.float64)
    init = X[:4].clone()
    for steps in (1, 2, 3, 100):
        assert_same(tuple(student.kmeans(X, 4, rng.generator(), init, steps)), lloyd(X, init, steps))


@claims("or earlier when no row changes its centre")
@points(0.5)
def test_a_start_that_is_the_answer(student, rng):
    """From the answer itself nothing moves any more, even with very many steps allowed.

    从答案本身出发，什么都不再移动，即使允许非常多步。
    """
    X, init = groups(rng)
    answer = lloyd(X, init, 100)

    assert_same(tuple(student.kmeans(X, K, rng.generator(), answer[0], 100_000_000)), answer)


@claims("those that `torch.randperm(n, generator=generator)` puts first, in this order")
@points(0.5)
def test_the_start_comes_from_the_generator(student, rng):
    """Without init, the start is the first k rows of a random permutation from the generator, all different.

    没有 init 时，出发点是 generator 给出的随机排列的前 k 行，各不相同。
    """
    X = rng.normal(N, DIM, dtype=torch.float64)
    for k in (K, 1):
        source = rng.generator()
        state = source.get_state()
        got = student.kmeans(X, k, source, steps=1)
        source.set_state(state)
        assert_same(tuple(got), lloyd(X, X[torch.randperm(N, generator=source, device=X.device)[:k]], 1))


@claims("those that `torch.randperm(n, generator=generator)` puts first, in this order")
@points(0.5)
def test_the_generator_goes_on(student, rng):
    """A generator that has drawn before gives another start than a fresh one: its state counts, not its seed.

    抽取过随机数的 generator 给出的出发点与全新的不同：起作用的是它的状态，而不是种子。
    """
    X = rng.normal(N, DIM, dtype=torch.float64)
    source = rng.generator()
    torch.rand(3, generator=source, device=X.device)
    state = source.get_state()
    got = student.kmeans(X, K, source, steps=1)
    source.set_state(state)

    assert_same(tuple(got), lloyd(X, X[torch.randperm(N, generator=source, device=X.device)[:K]], 1))


@claims("Distances must be right far from the origin too")
@points(1)
def test_far_from_the_origin(student, rng, device):
    """Small whole numbers, all moved by 100,000: the centres move along, also in float32.

    小整数全部平移 100,000：中心也跟着平移，float32 也一样。
    """
    near = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0], [9.0, 1.0], [9.0, 3.0], [1.0, 2.0]], device=device)
    init = torch.tensor([[0.0, 1.0], [6.0, 0.0]], device=device)
    for dtype in (torch.float64, torch.float32):
        X, start = (near + 100_000).to(dtype), (init + 100_000).to(dtype)
        centres, assignment, inertia = student.kmeans(X, 2, rng.generator(), start)
        assert_same(assignment, torch.tensor([0, 0, 0, 1, 1, 0], device=device))
        moved = torch.tensor([[0.75, 1.5], [9.0, 2.0]], dtype=dtype, device=device)
        assert_same(centres - 100_000, moved, rtol=0.0, atol=0.02)  # a step of float32 is 1/128 there
        assert_same(inertia, torch.tensor(15.75, dtype=dtype, device=device), rtol=0.0, atol=0.5)


@claims("or earlier when no row changes its centre", "It ends after `steps` steps")
@points(0.5)
def test_many_steps(student, rng, device):
    """A start that needs 123 steps: without `steps` there are 100 of them, with 1,000 as many as it takes.

    需要 123 步的出发点：不给 `steps` 时做 100 步，给 1,000 时需要多少做多少。
    """
    X = slow_rows(device)
    init = X[:11].clone()

    for steps in ((), (50,), (1000,)):
        got = student.kmeans(X, 11, rng.generator(), init, *steps)
        assert_same(tuple(got), lloyd(X, init, *(steps or (100,))), rtol=1e-6, atol=1e-6)


@points(0.5)
def test_a_centre_for_every_row(student, rng):
    """With as many centres as rows, every row is its own centre, and the inertia is 0.

    中心与行一样多时，每一行都是自己的中心，惯性为 0。
    """
    X = rng.normal(7, DIM, dtype=torch.float64)

    centres, assignment, inertia = student.kmeans(X, 7, rng.generator())

    assert_same(inertia, torch.zeros((), dtype=torch.float64, device=X.device), atol=1e-9)
    assert_same(centres[assignment], X)
    assert_same(assignment.sort().values, torch.arange(7, device=X.device))


@claims("(the lowest number, if several are as near)")
@points(0.5)
def test_ties_go_to_the_lowest_number(student, rng, device):
    """A row half way between two centres joins the one with the lower number.

    与两个中心一样近的行，加入编号较小的那个。
    """
    X = column([0.0, 4.0, 2.0], device)

    assert_same(student.kmeans(X, 2, rng.generator(), column([0.0, 4.0], device), 1)[0], column([1.0, 4.0], device))
    assert_same(student.kmeans(X, 2, rng.generator(), column([4.0, 0.0], device), 1)[0], column([3.0, 0.0], device))
    got = student.kmeans(column([2.0, 2.0, 2.0], device), 1, rng.generator(), column([5.0], device))
    assert_same(got[1], torch.zeros(3, dtype=torch.int64, device=device))


@claims(
    "A centre that no row joined takes over a row before the centres move",
    "the one farthest from the centre that it joined",
)
@points(1)
def test_an_empty_centre(student, rng, device):
    """A centre that no row joined takes over the row that is farthest from its own centre.

    没有行加入的中心，接管离自己的中心最远的那一行。
    """
    X, init = column([0.0, 1.0, 2.0, 12.0, 13.0], device), column([1.0, 13.0, 99.0], device)
    # Joined: 0 1 2 | 12 13 | none; 0 and 2 are 1 away, and so is 12: the first of them goes.
    assert_same(student.kmeans(X, 3, rng.generator(), init, 1)[0], column([1.5, 12.5, 0.0], device))

    far = column([0.0, 1.0, 2.0, 20.0], device)
    got = student.kmeans(far, 2, rng.generator(), column([1.0, 99.0], device), 1)
    assert_same(got[0], column([1.0, 20.0], device))
    assert_same(got[1], torch.tensor([0, 0, 0, 1], device=device))


@claims("This happens in every step")
@points(0.5)
def test_empty_centres_later_on(student, rng, device):
    """Rows 5, 7, 4, 4 and centres 14, 17, 7: a centre runs empty in the second step too, and takes over a row there.

    行 5、7、4、4，中心 14、17、7：第二步也有中心变空，同样接管一行。
    """
    X = column([5.0, 7.0, 4.0, 4.0], device)

    # Step 1: all join 7; centre 14 takes the first 4, centre 17 the other: 4, 4, 6. Step 2: the second 4 is empty.
    got = student.kmeans(X, 3, rng.generator(), column([14.0, 17.0, 7.0], device))
    assert_same(got[0], column([4.0, 5.0, 7.0], device))
    assert_same(got[1], torch.tensor([1, 2, 0, 0], device=device))


@claims("A row that was taken over did not join: what counts for the end is the nearest centre")
@points(0.5)
def test_taking_over_is_not_joining(student, rng, device):
    """Rows 4, 4, 7, 7, 4 and centres 8, 8, 10: in step 3 each row has the nearest centre of step 2, so it ends there.

    行 4、4、7、7、4，中心 8、8、10：第三步每行最近的中心与第二步相同，于是结束。
    """
    X = column([4.0, 4.0, 7.0, 7.0, 4.0], device)

    # After step 1: 6, 4, 4. Step 2: 7 7 | 4 4 4 | none, which takes the first 7; so 7, 4, 7, and nobody changes.
    for steps in (2, 3, 100):
        got = student.kmeans(X, 3, rng.generator(), column([8.0, 8.0, 10.0], device), steps)
        assert_same(got[0], column([7.0, 4.0, 7.0], device))
        assert_same(got[1], torch.tensor([1, 1, 0, 0, 1], device=device))


@claims("among the rows that would not leave that centre without a row", "the first of them, if several are as far")
@points(0.5)
def test_who_may_leave(student, rng, device):
    """A row that is alone with its centre stays, however far it is, and of equally far rows the first goes.

    独自属于某个中心的行，再远也不离开；一样远时，排在前面的行离开。
    """
    # 50 is 7 away from its centre 57, but alone there; 0 and 4 are 2 away from 2.
    X, init = column([50.0, 0.0, 4.0], device), column([2.0, 57.0, 999.0], device)

    assert_same(student.kmeans(X, 3, rng.generator(), init, 1)[0], column([4.0, 50.0, 0.0], device))

    # Centre 2 takes 4, and now 3 is alone with centre 0: centre 3 takes 22, which is nearer to its own.
    X, init = column([3.0, 4.0, 20.0, 21.0, 22.0], device), column([0.0, 20.0, 999.0, 998.0], device)
    assert_same(student.kmeans(X, 4, rng.generator(), init, 1)[0], column([3.0, 20.5, 4.0, 22.0], device))


@claims("Several such centres choose one after another, the lowest number first, and no row is taken over twice")
@points(0.5)
def test_several_empty_centres(student, rng, device):
    """Two empty centres: the lower number takes the farthest row, the other the next; equal rows do not make it fail.

    两个空的中心：编号小的取最远的行，另一个取其次的；即使所有行都相等也不会出错。
    """
    X, init = column([0.0, 9.0, 1.0, 5.0], device), column([500.0, 0.0, 400.0], device)
    assert_same(student.kmeans(X, 3, rng.generator(), init, 1)[0], column([9.0, 0.5, 5.0], device))

    same = torch.full((5, 2), 3.0, dtype=torch.float64, device=device)
    for k, steps in ((2, 100), (5, 100), (5, 1)):
        centres, _, inertia = student.kmeans(same, k, rng.generator(), None, steps)
        assert_same(centres, same[:k])
        assert_same(inertia, torch.zeros((), dtype=torch.float64, device=device))


@claims("`k` is below 1 or above n, the shape of `init` is not (k, dim), or `steps` is below 1")
@points(0.5)
def test_kmeans_refuses(student, rng):
    """No centre, more centres than rows, centres of another shape and no step are refused with ValueError.

    没有中心、中心多于行、中心形状不对、步数为 0 时，抛出 ValueError。
    """
    X = rng.normal(5, DIM)
    for k in (0, 6, -1):
        assert_raises(ValueError, student.kmeans, X, k, rng.generator())
    for shape in ((3, DIM), (2, DIM + 1), (2, 1), (1, DIM)):
        assert_raises(ValueError, student.kmeans, X, 2, rng.generator(), rng.normal(*shape))
    assert_raises(ValueError, student.kmeans, X, 2, rng.generator(), None, 0)


@points(1)
def test_many_rows(speed, student, reference):
    """997 rows and 7 centres take at most 7 times the reference's time.

    997 行、7 个中心的耗时不超过参考答案的 7 倍。
    """

    def rows(rng):
        return rng.normal(997, 5)

    def start(rng):
        return rng.normal(7, 5)

    def source(rng):
        return rng.generator()

    timing = speed(student, reference)
    timing.call("kmeans", rows, 7, source, start, 3, at_most=7.0, rtol=1e-3, atol=1e-3)


@claims("The numbers of the clusters mean nothing")
@points(1)
def test_purity(student, rng, device):
    """Purity counts the commonest topic of each cluster, whatever numbers clusters and topics have.

    纯度统计每个簇最常见的主题，与簇和主题的编号无关。
    """
    assignment = torch.tensor([7, 7, 7, 2, 2, 2, 2, 0], device=device)
    topics = torch.tensor([1, 1, 3, 3, 3, 1, 0, 9], device=device)
    assert_same(unchanged(student.purity, assignment, topics), 5 / 8)
    assert_same(student.purity(topics, assignment), (2 + 1 + 2 + 1) / 8)

    order = rng.permutation(8)
    assert_same(student.purity(assignment[order], topics[order]), 5 / 8)


@claims("A cluster for every row is pure", "there are no rows, or not as many topics")
@points(0.5)
def test_purity_at_the_edges(student, device):
    """A cluster for every row has purity 1, one cluster the share of the commonest topic; no rows are refused.

    每行一个簇时纯度为 1，只有一个簇时为最常见主题的比例；没有行时拒绝。
    """
    topics = torch.tensor([0, 0, 0, 1], device=device)
    assert_same(student.purity(torch.arange(4, device=device), topics), 1.0)
    assert_same(student.purity(torch.zeros_like(topics), topics), 3 / 4)
    assert_raises(ValueError, student.purity, topics[:0], topics[:0])
    assert_raises(ValueError, student.purity, topics, topics[:2])
    assert_raises(ValueError, student.purity, topics, topics[:1])
