"""Known mistakes of week 01, low_rank."""

import low_rank as solution
import torch

from grader.mistakes import mistake


def _checked(A, steps):
    if A.ndim != 2 or A.shape[0] != A.shape[1] or steps < 1:
        raise ValueError("shape or steps")
    return steps


def _normal(A, generator):
    return torch.randn(len(A), generator=generator, dtype=A.dtype, device=A.device)


def iterated(A, steps, v, careful=True):
    """The right loop from a start that the mistakes choose, without the turn at its end."""
    v = v / v.norm()
    for _ in range(_checked(A, steps)):
        product = A @ v
        v = product / product.norm() if product.norm() > 0 or not careful else v
    value = v @ A @ v
    return value, v, (A @ v - value * v).norm()


def _up(value, v, residual):
    return value, solution.point_up(v), residual


@mistake(
    of="power_iteration",
    en="It looks like the eigenvalue is a length, |A v|: the sign of a negative one is lost. v · A v keeps it.",
    zh="看起来特征值取的是长度 |A v|：负特征值的符号丢了。v · A v 能保留它。",
)
def length_for_value(A, steps, generator):
    _, v, _ = solution.power_iteration(A, steps, generator)
    value = (A @ v).norm()
    return value, v, (A @ v - value * v).norm()


@mistake(
    of="power_iteration",
    en="It looks like the algebraically largest eigenvalue comes out: power iteration finds the one of "
    "largest magnitude, "
    "-5 for diag(2, -5).",
    zh="看起来得到的是代数上最大的特征值：幂迭代找到的是模最大的，diag(2, -5) 应得 -5。",
)
def largest_by_value(A, steps, generator):
    solution.power_iteration(A, steps, generator)
    values, vectors = torch.linalg.eigh(A)
    v = solution.point_up(vectors[:, -1])
    return values[-1], v, (A @ v - values[-1] * v).norm()


@mistake(
    of="power_iteration",
    en="It looks like the eigenvector is not turned: its entry of largest magnitude should be positive (`point_up`).",
    zh="看起来特征向量没有调整方向：模最大的元素应为正（`point_up`）。",
)
def not_turned(A, steps, generator):
    return iterated(A, steps, _normal(A, generator))


@mistake(
    of="power_iteration",
    en="It looks like the start is drawn by torch.rand (between 0 and 1): torch.randn is asked for.",
    zh="看起来起点是用 torch.rand（0 到 1 之间）抽的：这里要用 torch.randn。",
    breaks="Start with v = torch.randn(n, generator=generator",
)
def uniform_start(A, steps, generator):
    return _up(*iterated(A, steps, torch.rand(len(A), generator=generator, dtype=A.dtype, device=A.device)))


@mistake(
    of="power_iteration",
    en="It looks like the start is a vector of ones: it may lie at a right angle to the one that is looked for. "
    "Draw it "
    "with torch.randn and the generator.",
    zh="看起来起点是全 1 的向量：它可能恰好与要找的方向垂直。请用 torch.randn 和 generator 来抽。",
    breaks="Start with v = torch.randn(n, generator=generator",
)
def start_of_ones(A, steps, generator):
    return _up(*iterated(A, steps, torch.ones(len(A), dtype=A.dtype, device=A.device)))


@mistake(
    of="power_iteration",
    en="It looks like v is scaled at the end only: after many steps its length overflows. Scale it in every step.",
    zh="看起来只在最后才缩放 v：走很多步之后，它的长度会溢出。每一步都要缩放。",
    breaks="A step is v = A v, scaled to length 1 again",
)
def scaled_at_the_end(A, steps, generator):
    v = _normal(A, generator)
    v = v / v.norm()
    for _ in range(_checked(A, steps)):
        product = A @ v
        v = product if product.norm() > 0 else v
    v = solution.point_up(v / v.norm())
    value = v @ A @ v
    return value, v, (A @ v - value * v).norm()


@mistake(
    of="power_iteration",
    en="It looks like one step is missing: `steps` multiplications are asked for.",
    zh="看起来少走了一步：应当乘 `steps` 次。",
)
def one_step_short(A, steps, generator):
    if A.shape[0] != A.shape[1] or steps < 1:
        raise ValueError("shape or steps")
    v = torch.randn(len(A), generator=generator, dtype=A.dtype, device=A.device)
    v = v / v.norm()
    for _ in range(steps - 1):
        v = A @ v / (A @ v).norm() if (A @ v).norm() > 0 else v
    v = solution.point_up(v)
    value = v @ A @ v
    return value, v, (A @ v - value * v).norm()


@mistake(
    of="power_iteration",
    en="It looks like A v = 0 gives NaN: 0/0. v should stay as it is.",
    zh="看起来 A v = 0 时得到了 NaN（0/0）：此时 v 应保持不变。",
)
def nan_for_zeros(A, steps, generator):
    return _up(*iterated(A, steps, _normal(A, generator), careful=False))


@mistake(
    of="power_iteration",
    en="It looks like the residual is relative to the last step (how far v moved), not |A v - eigenvalue v|.",
    zh="看起来残差是 v 在最后一步移动的距离，而不是 |A v - 特征值 v|。",
)
def movement_for_residual(A, steps, generator):
    value, v, _ = solution.power_iteration(A, steps, generator)
    product = A @ v
    after = solution.point_up(product / product.norm()) if product.norm() > 0 else v
    return value, v, (after - v).norm()


@mistake(
    of="pca",
    en="It looks like the mean is not subtracted: the first direction then points at the mean of the data.",
    zh="看起来没有减去均值：那样第一个方向会指向数据的均值。",
)
def not_centred(X, k):
    solution.pca(X, k)
    _, singular, Vh = torch.linalg.svd(X, full_matrices=False)
    components = solution.point_up(Vh[:k])
    return components, singular[:k].square() / (len(X) - 1), X @ components.mT


@mistake(
    of="pca",
    en="It looks like one mean of all the numbers is subtracted: every column has its own.",
    zh="看起来减去的是所有数的总均值：每一列都有自己的均值。",
    breaks="The mean of each column is subtracted first",
)
def one_mean_for_all(X, k):
    solution.pca(X, k)
    centred = X - X.mean()
    _, singular, Vh = torch.linalg.svd(centred, full_matrices=False)
    components = solution.point_up(Vh[:k])
    return components, singular[:k].square() / (len(X) - 1), centred @ components.mT


@mistake(
    of="pca",
    en="It looks like the directions stand as columns: they are the rows of `components`.",
    zh="看起来各方向按列排列：它们应是 `components` 的行。",
    breaks="the directions as rows",
)
def components_as_columns(X, k):
    components, variances, scores = solution.pca(X, k)
    return components.mT, variances, scores


@mistake(
    of="pca",
    en="It looks like the scores are those of the raw rows: subtract the mean of each column there too.",
    zh="看起来得分是由原始的行算出的：那里也要减去每列的均值。",
    breaks="coordinates of the centred rows along the components",
)
def scores_of_the_raw_rows(X, k):
    components, variances, _ = solution.pca(X, k)
    return components, variances, X @ components.mT


@mistake(
    of="pca",
    en="It looks like the mean is subtracted in place (X -= …): whoever handed in `X` finds it changed.",
    zh="看起来均值是原地减去的（X -= …）：调用者传入的 `X` 被改了。",
    breaks="`X` is not changed",
)
def centres_in_place(X, k):
    answer = solution.pca(X, k)
    X -= X.mean(0)
    return answer


@mistake(
    of="pca",
    en="It looks like standard deviations are returned: the variance is their square.",
    zh="看起来返回的是标准差：方差是它的平方。",
    breaks="the variance along each, divided by n - 1",
)
def deviations_for_variances(X, k):
    components, variances, scores = solution.pca(X, k)
    return components, variances.sqrt(), scores


@mistake(
    of="pca",
    en="It looks like shares of the whole variance are returned (as explained_variance_ratio_ in scikit-learn): the "
    "variances themselves are asked for.",
    zh="看起来返回的是占总方差的比例（即 scikit-learn 的 explained_variance_ratio_）：这里要的是方差本身。",
    breaks="the variance along each, divided by n - 1",
)
def shares_of_the_variance(X, k):
    components, variances, scores = solution.pca(X, k)
    return components, variances / X.var(0).sum(), scores


@mistake(
    of="pca",
    en="It looks like `point_up` turns the components and not the scores: U S has the signs from before. Multiply the "
    "centred rows by the turned components.",
    zh="看起来 `point_up` 只调整了主成分，没有调整得分：U S 还是原来的符号。请用中心化的行乘调整后的主成分。",
    breaks="the coordinates of the centred rows along the components",
)
def scores_not_turned(X, k):
    components, variances, _ = solution.pca(X, k)
    U, singular, _ = torch.linalg.svd(X - X.mean(0), full_matrices=False)
    return components, variances, U[:, :k] * singular[:k]


@mistake(
    of="pca",
    en="It looks like the variances are divided by n: here, as in scikit-learn, by n - 1.",
    zh="看起来方差除以了 n：这里与 scikit-learn 一样除以 n - 1。",
)
def variances_over_n(X, k):
    components, variances, scores = solution.pca(X, k)
    return components, variances * (len(X) - 1) / len(X), scores


@mistake(
    of="pca",
    en="It looks like k is compared with the number of columns only: with fewer rows than columns there are only as "
    "many directions as rows. Refuse a larger k with ValueError.",
    zh="看起来 k 只与列数比较：行数少于列数时，方向最多只有行数那么多。更大的 k 应当抛出 ValueError。",
    breaks="k is below 1 or above min(n, dim)",
)
def k_against_the_columns_only(X, k):
    if len(X) < 2 or not 1 <= k <= X.shape[1]:
        raise ValueError("rows or k")
    centred = X - X.mean(0)
    _, singular, Vh = torch.linalg.svd(centred, full_matrices=False)
    components = solution.point_up(Vh[:k])
    return components, singular[:k].square() / (len(X) - 1), centred @ components.mT


@mistake(
    of="pca",
    en="It looks like singular values are returned for variances: square them and divide by n - 1.",
    zh="看起来把奇异值当成了方差返回：应平方后除以 n - 1。",
)
def singular_values_for_variances(X, k):
    components, variances, scores = solution.pca(X, k)
    return components, (variances * (len(X) - 1)).sqrt(), scores


@mistake(
    of="pca",
    en="It looks like columns of Vh are taken for directions: torch.linalg.svd returns V transposed, so its rows are.",
    zh="看起来把 Vh 的列当成了方向：torch.linalg.svd 返回的已是 V 的转置，所以它的行才是方向。",
)
def columns_of_vh(X, k):
    solution.pca(X, k)
    centred = X - X.mean(0)
    _, singular, Vh = torch.linalg.svd(centred, full_matrices=False)
    components = solution.point_up(Vh[:, :k].mT)
    return components, singular[:k].square() / (len(X) - 1), centred @ components.mT


@mistake(
    of="pca",
    en="It looks like the weakest directions come first: eigh sorts upwards. The strongest should come first.",
    zh="看起来最弱的方向排在了前面：eigh 按升序排列。最强的应在最前。",
)
def weakest_first(X, k):
    solution.pca(X, k)
    components, variances, scores = solution.pca(X, min(X.shape))
    return components.flip(0)[:k], variances.flip(0)[:k], scores.flip(1)[:, :k]


@mistake(
    of="pca",
    en="It looks like each column is divided by its standard deviation too: here the columns are only centred.",
    zh="看起来每列还除以了标准差：这里只做中心化。",
)
def scaled_columns(X, k):
    return solution.pca(X / X.std(0), k) if len(X) > 1 else solution.pca(X, k)


@mistake(
    of="low_rank",
    en="It looks like the singular values stand in one factor only: each of the two takes their root.",
    zh="看起来奇异值全放进了一个因子：应当各取平方根分给两个因子。",
)
def all_in_one_factor(A, rank):
    B, C = solution.low_rank(A, rank)
    root = C.norm(dim=1)
    return B * root, C / root[:, None]


@mistake(
    of="low_rank",
    en="It looks like the singular values stand whole in both factors, so that they are squared in the product.",
    zh="看起来两个因子各放了完整的奇异值，乘积中它们就被平方了。",
)
def values_squared(A, rank):
    B, C = solution.low_rank(A, rank)
    root = C.norm(dim=1)
    return B * root, C * root[:, None]


@mistake(
    of="low_rank",
    en="It looks like columns of Vh are taken for directions: torch.linalg.svd returns V transposed, so its rows are.",
    zh="看起来把 Vh 的列当成了方向：torch.linalg.svd 返回的已是 V 的转置，所以它的行才是方向。",
)
def columns_for_directions(A, rank):
    B, _ = solution.low_rank(A, rank)
    _, singular, Vh = torch.linalg.svd(A, full_matrices=False)
    return B, singular[:rank].sqrt()[:, None] * Vh[:, :rank].mT


@mistake(
    of="low_rank",
    en="It looks like the weakest singular values are kept.",
    zh="看起来保留的是最弱的奇异值。",
)
def keeps_the_weakest(A, rank):
    solution.low_rank(A, rank)
    B, C = solution.low_rank(A, min(A.shape))
    return B.flip(1)[:, :rank], C.flip(0)[:rank]


@mistake(
    of="low_rank",
    en="It looks like one direction too few is kept.",
    zh="看起来少保留了一个方向。",
)
def one_too_few(A, rank):
    B, C = solution.low_rank(A, rank)
    keep = torch.arange(rank, device=A.device) < max(rank - 1, 1)
    return B * keep, C * keep[:, None]


@mistake(
    of="low_rank",
    en="It looks like C comes back transposed: B C should have the shape of A.",
    zh="看起来 C 被转置了：B C 应与 A 同形。",
)
def c_transposed(A, rank):
    B, C = solution.low_rank(A, rank)
    return B, C.mT
