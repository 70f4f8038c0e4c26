"""Hidden suite of week 01, low_rank.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed. Spectra are built with gaps, so that no answer
hangs on a random draw.
Not covered: matrices that are not symmetric in power_iteration, equal singular values, half precision.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, expect, points, unchanged

N, DIM, K = 11, 5, 3


def turned(rng, size, dtype=torch.float64):
    """A random orthogonal matrix."""
    return torch.linalg.qr(rng.normal(size, size, dtype=torch.float64))[0].to(dtype)


def symmetric(rng, values, dtype=torch.float64):
    """A symmetric matrix with these eigenvalues, and its eigenvectors as columns."""
    Q = turned(rng, len(values), dtype)
    return Q @ torch.diag(torch.tensor(values, dtype=dtype, device=Q.device)) @ Q.mT, Q


def data(rng, dtype=torch.float64):
    """Rows that vary 8, 4, 2, 1 and 1/2 in turned directions, around a mean that is not 0."""
    U = torch.linalg.qr(rng.normal(N, DIM, dtype=torch.float64))[0]
    centred = (U - U.mean(0)) * 2.0 ** torch.arange(3, 3 - DIM, -1, device=U.device)
    return (centred @ turned(rng, DIM).mT + 3 + torch.arange(DIM, device=U.device)).to(dtype)


def expected_pca(X, k):
    centred = X.double() - X.double().mean(0)
    values, vectors = torch.linalg.eigh(centred.mT @ centred / (len(X) - 1))
    rows = vectors.mT.flip(0)[:k]
    signs = rows.gather(1, rows.abs().argmax(1, keepdim=True)).sign()
    rows = rows * signs
    return rows.to(X.dtype), values.flip(0)[:k].to(X.dtype), (centred @ rows.mT).to(X.dtype)


@claims("v after the last step")
@points(1)
def test_strongest_eigenvalue(student, rng):
    """After many steps, the eigenvalue of largest magnitude, be it 5 or 1/2, and its vector come out, residual 0.

    多步之后得到模最大的特征值及其特征向量，残差为 0；这个特征值只有 1/2 时也一样。
    """
    for dtype, digits, largest in ((torch.float64, 1e-9, 5.0), (torch.float32, 1e-4, 5.0), (torch.float64, 1e-9, 0.5)):
        A, Q = symmetric(rng, [largest, largest / 2.5, largest / 5, largest / 10, -largest / 5], dtype)
        value, vector, residual = student.power_iteration(A, 60, rng.generator())
        top = Q[:, 0] * Q[Q[:, 0].abs().argmax(), 0].sign()
        assert_same(value, torch.tensor(largest, dtype=dtype, device=A.device), rtol=digits, atol=digits)
        assert_same(vector, top, rtol=0.0, atol=10 * digits)
        assert_same(residual, torch.tensor(0.0, dtype=dtype, device=A.device), rtol=0.0, atol=30 * digits)


@points(1)
def test_negative_eigenvalue(student, rng):
    """If the eigenvalue of largest magnitude is negative, its sign is kept, and no smaller positive one is taken.

    如果模最大的特征值是负的，要保留负号，也不能改取较小的正特征值。
    """
    A, _ = symmetric(rng, [-5.0, 2.0, 1.0])

    value, _, residual = student.power_iteration(A, 60, rng.generator())

    assert_same(
        torch.stack([value, residual]), torch.tensor([-5.0, 0.0], dtype=torch.float64, device=A.device), atol=1e-7
    )


@claims("Start with v = torch.randn(n, generator=generator")
@points(1)
def test_first_steps(student, reference, rng):
    """After one step and after three, value, vector and residual are the reference's: the start comes from the
    generator.

    一步和三步之后，特征值、向量和残差都与参考答案一致：起点取自 generator。
    """
    A, _ = symmetric(rng, [3.0, -2.0, 1.0, 0.5, 0.25])
    for steps in (1, 3):
        source = rng.generator()
        state = source.get_state()
        got = student.power_iteration(A, steps, source)
        source.set_state(state)
        # So close that a start drawn in float32 shows.
        assert_same(tuple(got), reference.power_iteration(A, steps, source), rtol=1e-10, atol=1e-12)


@claims("After many steps, a residual that is not tells of a tie")
@points(1)
def test_tie_is_reported(student, rng):
    """For eigenvalues 2 and -2 the residual stays far from 0, however many steps are made.

    特征值为 2 和 -2 时，无论走多少步，残差都远离 0。
    """
    A, Q = symmetric(rng, [2.0, -2.0, 0.5])
    source = rng.generator()
    state = source.get_state()
    _, _, residual = student.power_iteration(A, 50, source)

    source.set_state(state)
    start = Q.mT @ torch.randn(3, generator=source, dtype=torch.float64, device=A.device)
    one, other = (start[:2] / start[:2].norm()).square()
    # v keeps its shares of both eigenvectors: v · A v = 2 (one - other), and |A v| = 2.
    assert_same(residual, 2 * (1 - (one - other).square()).sqrt(), rtol=1e-6, atol=1e-6)


@claims("if A v is 0, v stays as it is", "turned by `point_up`")
@points(1)
def test_matrix_of_zeros(student, rng, device):
    """A matrix of zeros has eigenvalue 0 and residual 0, and a vector 1 long, not NaN; one of size 1 gives its entry,
    with a vector that points up after any number of steps.

    零矩阵的特征值和残差都是 0，向量长度为 1，而不是 NaN；1×1 的矩阵给出它的元素，走多少步向量都朝上。
    """
    value, vector, residual = student.power_iteration(torch.zeros(3, 3, device=device), 2, rng.generator())

    assert_same(torch.stack([value, residual, vector.norm()]), torch.tensor([0.0, 0.0, 1.0], device=device))
    source = rng.generator()
    state = source.get_state()
    for steps in (1, 2):  # every step turns the vector around: after one of them it points down
        source.set_state(state)
        value, vector, _ = student.power_iteration(torch.full((1, 1), -4.0, device=device), steps, source)
        assert_same(torch.cat([value.view(1), vector]), torch.tensor([-4.0, 1.0], device=device))


@claims("`A` is not square, or `steps` is below 1")
@points(1)
def test_iteration_refuses(student, rng):
    """A matrix that is not square and a number of steps below 1 are refused with ValueError.

    矩阵不是方阵，或步数小于 1 时，抛出 ValueError。
    """
    assert_raises(ValueError, student.power_iteration, rng.normal(3, 2), 5, rng.generator())
    assert_raises(ValueError, student.power_iteration, rng.normal(3, 3), 0, rng.generator())


@claims(
    "The mean of each column is subtracted first; the columns are not scaled",
    "`X` is not changed",
    "the variance along each, divided by n - 1, as scikit-learn does",
)
@points(2)
def test_components(student, rng):
    """Components, variances and scores of turned data, in two dtypes and as a transposed view; X stays as it is.

    旋转过的数据的主成分、方差和得分；两种 dtype 和转置视图都一样；X 不被修改。
    """
    for dtype, digits in ((torch.float64, 1e-9), (torch.float32, 1e-3)):
        X = data(rng, dtype).mT.contiguous().mT
        for k in (1, K, DIM):
            assert_same(tuple(unchanged(student.pca, X, k)), expected_pca(X, k), rtol=digits, atol=digits)


@points(1)
def test_wide_data(student, rng):
    """With fewer rows than columns, the directions still have as many entries as there are columns; two rows suffice.

    行数少于列数时，方向的元素个数仍等于列数；只有两行也可以。
    """
    X = data(rng)[:3]

    assert_same(tuple(student.pca(X, 2)), expected_pca(X, 2), rtol=1e-8, atol=1e-8)
    assert_same(tuple(student.pca(X[:2], 1)), expected_pca(X[:2], 1), rtol=1e-8, atol=1e-8)


@claims("fewer than 2 rows, or k is below 1 or above min(n, dim)")
@points(1)
def test_pca_refuses(student, rng):
    """k below 1, above the columns or above the rows, and a single row, are refused with ValueError.

    k 小于 1、大于列数或大于行数，以及只有一行时，抛出 ValueError。
    """
    X = rng.normal(N, DIM)
    for bad, k in ((X, 0), (X, DIM + 1), (X[:3], 4), (X[:1], 1)):
        assert_raises(ValueError, student.pca, bad, k)


@points(2)
def test_best_approximation(student, rng):
    """B C leaves exactly the strengths that were cut off: no matrix of this rank comes closer; A stays as it is.

    B C 剩下的误差恰好是被截掉的那些奇异值：没有哪个同秩矩阵更接近；A 不被修改。
    """
    for dtype, digits in ((torch.float64, 1e-9), (torch.float32, 1e-3)):
        strengths = torch.tensor([16.0, 9.0, 4.0, 1.0, 0.25], dtype=dtype, device=rng.normal(1).device)
        U, V = turned(rng, 7, dtype)[:, :DIM], turned(rng, DIM, dtype)
        A = (V * strengths @ U.mT).mT
        for rank in (1, K, DIM):
            B, C = unchanged(student.low_rank, A, rank)
            assert_same(B @ C, U[:, :rank] * strengths[:rank] @ V[:, :rank].mT, rtol=digits, atol=digits)


@claims("B and C share the strength")
@points(1)
def test_factors_share_the_strength(student, rng):
    """Columns of B and rows of C are 4, 3 and 2 long for strengths of 16, 9 and 4; B is tall, C is wide.

    奇异值为 16、9、4 时，B 的列和 C 的行长度都是 4、3、2；B 是高的，C 是宽的。
    """
    A, _ = symmetric(rng, [16.0, 9.0, 4.0, 1.0])

    B, C = student.low_rank(A[:, [0, 1, 2, 3]], 3)

    expect(
        tuple(B.shape) == (4, 3) and tuple(C.shape) == (3, 4),
        "B should have the shape (4, 3) and C (3, 4); yours have {B} and {C}.",
        "B 的形状应为 (4, 3)，C 为 (3, 4)；你的是 {B} 和 {C}。",
        B=tuple(B.shape),
        C=tuple(C.shape),
    )
    lengths = torch.tensor([4.0, 3.0, 2.0], dtype=torch.float64, device=A.device)
    assert_same((B.norm(dim=0), C.norm(dim=1)), (lengths, lengths))


@claims("`rank` is below 1 or above min(m, n)")
@points(1)
def test_low_rank_refuses(student, rng):
    """A rank below 1 or above the smaller side is refused with ValueError.

    秩小于 1 或大于较短的一边时，抛出 ValueError。
    """
    for rank in (0, 4, -1):
        assert_raises(ValueError, student.low_rank, rng.normal(3, 5), rank)
        assert_raises(ValueError, student.low_rank, rng.normal(5, 3), rank)
