"""Known mistakes of week 02, clusters."""

import clusters as solution
import torch

from grader.mistakes import mistake


def lloyd(X, k, generator, init, steps, *, start=None, fill=None, move=None, nearest=None, end=None):
    """k-means with one part exchanged."""
    if not 1 <= k <= len(X) or steps < 1 or (init is not None and init.shape != (k, X.shape[1])):
        raise ValueError("k, init or steps")
    first = X[torch.randperm(len(X), generator=generator)[:k]] if init is None else init.clone()
    centres = start(first) if start else first
    nearest = nearest or (lambda centres: solution.squared_distances(X, centres))
    before = None
    for _ in range(min(steps, 2000)):
        distances = nearest(centres)
        joined = distances.argmin(1)
        if before is not None and torch.equal(joined, before):
            break
        before = joined
        filled = (fill or solution._fill_empty)(joined, distances, k)
        if move:
            centres = move(filled, centres)
        else:
            sums = torch.zeros_like(centres).index_add(0, filled, X)
            centres = sums / filled.bincount(minlength=k)[:, None]
    if end:
        return end(centres, joined, distances)
    last = solution.squared_distances(X, centres).min(1)
    return centres, last.indices, last.values.sum()


def untouched(joined, distances, k):
    return joined


@mistake(
    of="kmeans",
    en="It looks like a centre without rows becomes NaN: the mean of nothing is 0/0.",
    zh="看起来没有行的中心变成了 NaN：空集的均值是 0/0。",
    breaks="A centre that no row joined takes over a row before the centres move",
)
def empty_becomes_nan(X, k, generator, init=None, steps=100):
    return lloyd(X, k, generator, init, steps, fill=untouched)


@mistake(
    of="kmeans",
    en="It looks like the centres move inside `init` itself: copy it first.",
    zh="看起来中心是直接在 `init` 里移动的：应当先复制一份。",
    breaks="`X` and `init` are not changed",
)
def moves_init(X, k, generator, init=None, steps=100):
    answer = solution.kmeans(X, k, generator, init, steps)
    if init is not None:
        init.copy_(answer[0])
    return answer


@mistake(
    of="kmeans",
    en="It looks like a centre without rows stays where it is: here it takes over a row.",
    zh="看起来没有行的中心留在原地：这里它要接管一行。",
)
def empty_stays(X, k, generator, init=None, steps=100):
    def move(joined, centres):
        counts = joined.bincount(minlength=k)[:, None]
        sums = torch.zeros_like(centres).index_add(0, joined, X)
        return torch.where(counts > 0, sums / counts.clamp(min=1), centres)

    return lloyd(X, k, generator, init, steps, fill=untouched, move=move)


@mistake(
    of="kmeans",
    en="It looks like a centre without rows is moved to the origin: its sum of 0 is divided by 1.",
    zh="看起来没有行的中心被移到了原点：和 0 被除以了 1。",
)
def empty_goes_to_the_origin(X, k, generator, init=None, steps=100):
    def move(joined, centres):
        counts = joined.bincount(minlength=k)[:, None]
        return torch.zeros_like(centres).index_add(0, joined, X) / counts.clamp(min=1)

    return lloyd(X, k, generator, init, steps, fill=untouched, move=move)


@mistake(
    of="kmeans",
    en="It looks like the row that an empty centre takes over still counts for its old centre.",
    zh="看起来被空中心接管的行，仍然算在原来的中心里。",
)
def counted_twice(X, k, generator, init=None, steps=100):
    def move(joined, centres):
        nearest = solution.squared_distances(X, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add(0, nearest, X)
        means = sums / nearest.bincount(minlength=k).clamp(min=1)[:, None]
        for one in range(k):
            if not bool((nearest == one).any()):
                means[one] = X[joined == one][0]
        return means

    return lloyd(X, k, generator, init, steps, move=move)


@mistake(
    of="kmeans",
    en="It looks like the farthest row may leave even when it is alone with its centre, which is then empty itself.",
    zh="看起来最远的行即使独自属于某个中心也会离开，那个中心就空了。",
    breaks="among the rows that would not leave that centre without a row",
)
def anybody_leaves(X, k, generator, init=None, steps=100):
    def fill(joined, distances, k):
        joined = joined.clone()
        own = distances.gather(1, joined[:, None])[:, 0].clone()
        for centre in range(k):
            if not bool((joined == centre).any()):
                place = int(own.argmax())
                joined[place], own[place] = centre, -1
        return joined

    def move(joined, centres):
        counts = joined.bincount(minlength=k)[:, None]
        sums = torch.zeros_like(centres).index_add(0, joined, X)
        return torch.where(counts > 0, sums / counts.clamp(min=1), centres)

    return lloyd(X, k, generator, init, steps, fill=fill, move=move)


@mistake(
    of="kmeans",
    en="It looks like the farthest row may leave even when it is alone with its centre: that centre is then empty and "
    "becomes NaN. Choose among the rows whose centre keeps another one.",
    zh="看起来最远的行即使独自属于某个中心也会离开：那个中心就空了，变成 NaN。应当只在离开后原中心仍有别的行时才选它。",
    breaks="among the rows that would not leave that centre without a row",
)
def anybody_leaves_a_nan(X, k, generator, init=None, steps=100):
    def fill(joined, distances, k):
        own, filled = distances.gather(1, joined[:, None])[:, 0].clone(), joined.clone()
        for centre in range(k):
            if not bool((joined == centre).any()):
                place = int(own.argmax())
                filled[place], own[place] = centre, -1
        return filled

    return lloyd(X, k, generator, init, steps, fill=fill)


@mistake(
    of="kmeans",
    en="It looks like empty centres take over rows in the first step only: they may run empty later too.",
    zh="看起来空的中心只在第一步接管行：之后的步骤中也可能有中心变空。",
    breaks="This happens in every step",
)
def takes_over_once(X, k, generator, init=None, steps=100):
    calls = []

    def fill(joined, distances, k):
        calls.append(1)
        return joined if len(calls) > 1 else solution._fill_empty(joined, distances, k)

    def move(joined, centres):
        counts = joined.bincount(minlength=k)[:, None]
        sums = torch.zeros_like(centres).index_add(0, joined, X)
        return torch.where(counts > 0, sums / counts.clamp(min=1), centres)

    return lloyd(X, k, generator, init, steps, fill=fill, move=move)


@mistake(
    of="kmeans",
    en="It looks like a row that was taken over counts as a change at the end: compare the nearest centres alone.",
    zh="看起来判断是否结束时，被接管的行也算作改变：应当只比较每行最近的中心。",
    breaks="A row that was taken over did not join: what counts for the end is the nearest centre",
)
def ends_after_take_overs(X, k, generator, init=None, steps=100):
    filled = []

    def fill(joined, distances, k):
        filled.append(solution._fill_empty(joined, distances, k))
        return filled[-1]

    solution.kmeans(X, k, torch.Generator(), init, min(steps, 1))  # checks the arguments
    centres = X[torch.randperm(len(X), generator=generator)[:k]] if init is None else init.clone()
    for _ in range(min(steps, 2000)):
        distances = solution.squared_distances(X, centres)
        joined = fill(distances.argmin(1), distances, k)
        if len(filled) > 1 and torch.equal(filled[-2], joined):
            break
        sums = torch.zeros_like(centres).index_add(0, joined, X)
        centres = sums / joined.bincount(minlength=k)[:, None]
    last = solution.squared_distances(X, centres).min(1)
    return centres, last.indices, last.values.sum()


@mistake(
    of="kmeans",
    en="It looks like distances are x^2 - 2xy + y^2: far from the origin, float32 has no digits left for them.",
    zh="看起来距离按 x^2 - 2xy + y^2 计算：离原点很远时，float32 已没有有效数字可用。",
    breaks="Distances must be right far from the origin too",
)
def distances_cancel(X, k, generator, init=None, steps=100):
    def nearest(centres):
        return (X.square().sum(1)[:, None] - 2 * X @ centres.mT + centres.square().sum(1)).clamp(min=0)

    return lloyd(X, k, generator, init, steps, nearest=nearest)


@mistake(
    of="kmeans",
    en="It looks like distances are x^2 - 2xy + y^2, those of the inertia too: far from the origin, float32 has no "
    "digits left for them, and they may even be negative.",
    zh="看起来距离按 x^2 - 2xy + y^2 计算，惯性里的也一样：离原点很远时，float32 已没有有效数字可用，甚至会出现负数。",
    breaks="Distances must be right far from the origin too",
)
def all_distances_cancel(X, k, generator, init=None, steps=100):
    def nearest(centres):
        return X.square().sum(1, keepdim=True) - 2 * X @ centres.mT + centres.square().sum(1)

    centres, _, _ = lloyd(X, k, generator, init, steps, nearest=nearest)
    last = nearest(centres).min(1)
    return centres, last.indices, last.values.sum()


@mistake(
    of="kmeans",
    en="It looks like an empty centre takes the nearest row, not the farthest.",
    zh="看起来空的中心接管的是最近的行，而不是最远的行。",
)
def takes_the_nearest(X, k, generator, init=None, steps=100):
    def fill(joined, distances, k):
        return solution._fill_empty(joined, distances.max() - distances, k)

    return lloyd(X, k, generator, init, steps, fill=fill)


@mistake(
    of="kmeans",
    en="It looks like the highest number of the empty centres chooses first: the lowest should.",
    zh="看起来空的中心里编号最大的先选：应当是编号最小的先选。",
    breaks="Several such centres choose one after another, the lowest number first",
)
def highest_first(X, k, generator, init=None, steps=100):
    def fill(joined, distances, k):
        filled = solution._fill_empty(joined, distances, k)
        empty = [one for one in range(k) if not bool((joined == one).any())]
        answer = filled.clone()
        for one, other in zip(empty, reversed(empty), strict=True):
            answer[filled == one] = other
        return answer

    return lloyd(X, k, generator, init, steps, fill=fill)


@mistake(
    of="kmeans",
    en="It looks like init is ignored and the start is drawn anew.",
    zh="看起来忽略了 init，重新抽取了出发点。",
    breaks="It starts from `init`",
)
def ignores_init(X, k, generator, init=None, steps=100):
    solution.kmeans(X, k, torch.Generator(), init, steps=1)
    return lloyd(X, k, generator, None, steps)


@mistake(
    of="kmeans",
    en="It looks like the start is drawn with replacement: two centres may be the same row.",
    zh="看起来出发点是有放回抽取的：两个中心可能是同一行。",
    breaks="from k different rows",
)
def drawn_with_replacement(X, k, generator, init=None, steps=100):
    if init is not None or not 1 <= k <= len(X):
        return solution.kmeans(X, k, generator, init, steps)
    return solution.kmeans(X, k, generator, X[torch.randint(len(X), (k,), generator=generator)], steps)


@mistake(
    of="kmeans",
    en="It looks like the first k rows are the start, whatever the generator says.",
    zh="看起来总是从前 k 行出发，与 generator 无关。",
)
def first_rows(X, k, generator, init=None, steps=100):
    solution.kmeans(X, k, torch.Generator(), init, steps=1)
    return solution.kmeans(X, k, generator, X[:k] if init is None else init, steps)


@mistake(
    of="kmeans",
    en="It looks like the assignment is from before the last move: assign the rows to the final centres.",
    zh="看起来返回的归属是最后一次移动之前的：应当按最终的中心重新归属。",
    breaks="the centres after the last move",
)
def assignment_before_the_move(X, k, generator, init=None, steps=100):
    def end(centres, joined, distances):
        return centres, joined, distances.min(1).values.sum()

    return lloyd(X, k, generator, init, steps, end=end)


@mistake(
    of="kmeans",
    en="It looks like rows keep the centre that they joined in the last step: after the move, another may be nearer.",
    zh="看起来各行保留了最后一步加入的中心：中心移动之后，最近的可能是另一个。",
)
def keeps_what_was_joined(X, k, generator, init=None, steps=100):
    def end(centres, joined, distances):
        return centres, joined, (X - centres[joined]).square().sum()

    return lloyd(X, k, generator, init, steps, end=end)


@mistake(
    of="kmeans",
    en="It looks like the inertia is the sum of the distances: square them.",
    zh="看起来惯性取的是距离之和：应当是距离的平方之和。",
    breaks="the sum of the squared distances to it",
)
def plain_distances(X, k, generator, init=None, steps=100):
    centres, joined, _ = solution.kmeans(X, k, generator, init, steps)
    return centres, joined, solution.squared_distances(X, centres).min(1).values.sqrt().sum()


@mistake(
    of="kmeans",
    en="It looks like the inertia is a mean over the rows: it is a sum.",
    zh="看起来惯性对各行取了均值：应当求和。",
)
def mean_inertia(X, k, generator, init=None, steps=100):
    centres, joined, inertia = solution.kmeans(X, k, generator, init, steps)
    return centres, joined, inertia / len(X)


@mistake(
    of="kmeans",
    en="It looks like distances are added up without squares (|x - y| along each axis): that is k-medians' distance.",
    zh="看起来距离没有平方，而是各轴上 |x - y| 之和：那是 k 中位数用的距离。",
)
def city_blocks(X, k, generator, init=None, steps=100):
    return lloyd(X, k, generator, init, steps, nearest=lambda c: torch.stack([(X - one).abs().sum(1) for one in c], 1))


@mistake(
    of="kmeans",
    en="It looks like one step too few is made.",
    zh="看起来少做了一步。",
    breaks="It ends after `steps` steps",
)
def one_step_short(X, k, generator, init=None, steps=100):
    return (
        solution.kmeans(X, k, generator, init, max(steps - 1, 1))
        if steps > 0
        else solution.kmeans(X, k, generator, init, steps)
    )


@mistake(
    of="kmeans",
    en="It looks like a tie goes to the highest number: the lowest is asked for.",
    zh="看起来一样近时取了编号最大的：要求取最小的。",
    breaks="(the lowest number, if several are as near)",
)
def ties_to_the_last(X, k, generator, init=None, steps=100):
    turned = solution.kmeans(X, k, generator, None if init is None else init.flip(0), steps)
    if init is None:
        return turned
    return turned[0].flip(0), k - 1 - turned[1], turned[2]


@mistake(
    of="purity",
    en="It looks like clusters and topics are exchanged: count the commonest topic of each cluster.",
    zh="看起来簇和主题互换了：应当统计每个簇最常见的主题。",
)
def purity_of_topics(assignment, topics):
    return solution.purity(topics, assignment)


@mistake(
    of="purity",
    en="It looks like the numbers of clusters and topics are compared: they mean nothing.",
    zh="看起来直接比较了簇和主题的编号：编号没有含义。",
    breaks="The numbers of the clusters mean nothing",
)
def compares_the_numbers(assignment, topics):
    solution.purity(assignment, topics)
    return float((assignment == topics).double().mean())


@mistake(
    of="purity",
    en="It looks like every cluster weighs the same: count rows, not clusters.",
    zh="看起来每个簇的权重相同：应当按行计数，而不是按簇。",
)
def mean_over_clusters(assignment, topics):
    solution.purity(assignment, topics)
    parts = [topics[assignment == one] for one in assignment.unique()]
    shares = [float(part.unique(return_counts=True)[1].max()) / len(part) for part in parts]
    return sum(shares) / len(shares)


@mistake(
    of="kmeans",
    only="speed",
    en="It looks like the rows are taken one at a time in a Python loop: compare all of them at once.",
    zh="看起来用 Python 循环逐行处理：应当一次比较所有行。",
)
def row_by_row(X, k, generator, init=None, steps=100):
    def nearest(centres):
        return torch.stack([(row - centres).square().sum(dim=1) for row in X])

    return lloyd(X, k, generator, init, steps, nearest=nearest)
