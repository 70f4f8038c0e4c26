"""Hidden suite of week 01, probability.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: half precision, empty axes, gradients.
"""

import torch

from grader.suite import assert_raises, assert_same, claims, points, unchanged

CASES, CLASSES, ROWS, DIM = 3, 7, 11, 5


def distribution(rng, *shape, dtype=torch.float64):
    weights = rng.uniform(*shape, low=0.1, high=1.0, dtype=dtype)
    return weights / weights.sum(-1, keepdim=True)


@claims(
    "it need not sum to 1, may be above 1",
    "Leading axes are cases of their own; both arguments have one shape and one dtype",
)
@points(1)
def test_posterior_of_a_batch(student, rng):
    """Each case of a batch is prior times likelihood, divided by the sum over the hypotheses of that case.

    批次中每个情形都是先验乘似然，再除以该情形下对各假设的和。
    """
    for dtype in (torch.float64, torch.float32):
        prior = distribution(rng, CASES, 2, CLASSES, dtype=dtype)
        likelihood = rng.uniform(CLASSES, 2, CASES, low=0.1, high=3.0, dtype=dtype).permute(2, 1, 0)
        product = prior * likelihood
        assert_same(unchanged(student.posterior, prior, likelihood), product / product.sum(-1, keepdim=True))


@claims("Multiplying it by a number changes nothing, also where the products would round to 0")
@points(1)
def test_posterior_of_tiny_likelihoods(student, device):
    """In float32, likelihoods of 1e-42 under hypotheses of 1e-5 give what likelihoods of ordinary size give, however
    large those of other cases are, or that of a hypothesis of prior 0.

    float32 下，先验 1e-5、似然 1e-42 的结果，与普通大小的似然相同；别的情形、或先验为 0 的假设，似然再大也不影响结果。
    """
    prior = torch.tensor([[1e-5, 1e-5, 1 - 2e-5], *[[0.25, 0.75, 0.0]] * 3, [1e-5, 1 - 1e-5, 0.0]], device=device)
    likelihood = torch.tensor(
        [[3e-42, 1e-42, 0.0], [1e-30, 1e-30, 1.0], [1e-30, 1e-30, 1e30], [1e14, 1e14, 1e14], [1e-42, 0.0, 0.5]],
        device=device,
    )

    ratio = likelihood[0, 0].double() / likelihood[0, :2].double().sum()
    rows = [[ratio, 1 - ratio, 0.0], *[[0.25, 0.75, 0.0]] * 3, [1.0, 0.0, 0.0]]
    expected = torch.tensor(rows, device=device, dtype=torch.float32)
    assert_same(student.posterior(prior, likelihood), expected)


@points(1)
def test_posterior_of_one_hypothesis(student, device):
    """A hypothesis without rivals stays certain, however unlikely the observation; one of prior 0 stays at 0.

    唯一的假设无论观测多么罕见仍是确定的；先验为 0 的假设仍是 0。
    """
    assert_same(
        student.posterior(torch.ones(1, device=device), torch.full((1,), 0.125, device=device)),
        torch.ones(1, device=device),
    )
    answer = student.posterior(torch.tensor([0.0, 1.0], device=device), torch.tensor([0.9, 0.1], device=device))
    assert_same(answer, torch.tensor([0.0, 1.0], device=device))


@claims("a prior whose sum is not 1 within `SUM_TOLERANCE`, or a case in which every product is 0")
@points(1)
def test_posterior_refuses(student, device):
    """Negative entries, a prior that does not sum to 1 and an impossible observation are refused with ValueError.

    出现负数、先验之和不为 1、观测不可能发生时，抛出 ValueError。
    """
    good, fine = torch.tensor([[0.5, 0.5], [0.5, 0.5]], device=device), torch.ones(2, 2, device=device)
    for row in ([0.5, 0.4], [0.5, 0.502], [1.5, -0.5]):
        assert_raises(ValueError, student.posterior, torch.tensor([[0.5, 0.5], row], device=device), fine)
    uneven = torch.tensor([[0.6, 0.6], [0.4, 0.4]], device=device)  # too much and too little: 1 on average
    assert_raises(ValueError, student.posterior, uneven, fine)
    for row in ([0.5, -0.1], [0.0, 0.0]):
        assert_raises(ValueError, student.posterior, good, torch.tensor([[1.0, 1.0], row], device=device))


@claims(
    "divided by n, as numpy's `var` does",
    "The dtype is that of `x`",
)
@points(2)
def test_gaussian_of_a_table(student, rng):
    """Mean and covariance over the rows, divided by n, for two dtypes and a transposed view; the data stay as they are.

    均值和协方差在行上计算并除以 n；两种 dtype 和转置视图都一样；数据不被修改。
    """
    for dtype in (torch.float64, torch.float32):
        x = rng.normal(DIM, ROWS, dtype=dtype).mT
        mean, covariance = unchanged(student.fit_gaussian, x)
        assert_same(mean, x.mean(0))
        assert_same(covariance, torch.cov(x.double().mT, correction=0).to(dtype).reshape(DIM, DIM))


@claims("It is computed from the deviations, so that data far from 0 keep their digits")
@points(1)
def test_gaussian_far_from_zero(student, rng):
    """In float32, adding 4096 to all the data moves the mean and leaves the covariance.

    float32 下，给所有数据加上 4096，均值随之移动，协方差不变。
    """
    x = (rng.normal(ROWS, 2) * 256).round() / 256  # exact in float32 also after adding 4096

    mean, covariance = student.fit_gaussian(x + 4096)

    assert_same(mean, x.mean(0) + 4096)
    assert_same(covariance, torch.cov(x.double().mT, correction=0).float(), rtol=1e-3, atol=1e-3)


@claims(
    "One row gives a covariance of zeros",
    "there are no rows",
)
@points(1)
def test_gaussian_of_little(student, device):
    """One row is its own mean with a covariance of zeros; no rows are refused with ValueError.

    只有一行时，均值就是它自己，协方差为 0；没有行时抛出 ValueError。
    """
    mean, covariance = student.fit_gaussian(torch.tensor([[2.0, 3.0]], device=device))

    assert_same(mean, torch.tensor([2.0, 3.0], device=device))
    assert_same(covariance, torch.zeros(2, 2, device=device))
    assert_raises(ValueError, student.fit_gaussian, torch.zeros(0, 2, device=device))


@claims("Leading axes are cases of their own")
@points(1)
def test_categorical_of_a_batch(student, rng):
    """Each case is divided by its own total, and alpha is added to every category of every case.

    每个情形除以自己的总数；alpha 加到每个情形的每个类别上。
    """
    for dtype in (torch.float64, torch.float32):
        counts = rng.integers(1, 50, CASES, 2, CLASSES).to(dtype)
        for alpha in (0.0, 0.5, 3.0):
            expected = (counts + alpha) / (counts.sum(-1, keepdim=True) + CLASSES * alpha)
            assert_same(unchanged(student.fit_categorical, counts, alpha), expected)


@claims(
    "Integer counts of any size give float32",
    "alpha = 0 is the maximum likelihood, alpha = 1 is Laplace's rule",
)
@points(1)
def test_categorical_of_large_counts(student, device):
    """Integer counts give float32, also where they are too large to be added in float32; nothing seen, alpha 1:
    uniform.

    整数计数得到 float32，即使大到 float32 相加会出错；什么都没见过而 alpha 为 1 时，得到均匀分布。
    """
    counts = torch.tensor([[2**24, 1, 1, 1, 2**24], [0, 0, 0, 0, 0]], device=device)
    total = 2**25 + 8

    expected = torch.tensor([[(2**24 + 1) / total, *[2 / total] * 3, (2**24 + 1) / total], [0.2] * 5], device=device)
    assert_same(student.fit_categorical(counts, 1.0), expected, rtol=1e-6, atol=1e-12)
    huge = torch.full((4,), 2**62, device=device)  # their sum is 2^64, too large for int64
    for alpha in (0.0, 1):
        assert_same(student.fit_categorical(huge, alpha), torch.full((4,), 0.25, device=device))


@claims("a count or `alpha` is negative, or a case has no counts while `alpha` is 0")
@points(1)
def test_categorical_refuses(student, device):
    """Negative counts, whatever alpha is, a negative alpha, and a case without counts and alpha are refused with
    ValueError.

    计数为负（无论 alpha 是多少）、alpha 为负、没有计数且 alpha 为 0 时，抛出 ValueError。
    """
    for alpha in (0.0, 1.0, 2.0):
        assert_raises(ValueError, student.fit_categorical, torch.tensor([3, -1], device=device), alpha)
    assert_raises(ValueError, student.fit_categorical, torch.tensor([3, 1], device=device), -0.5)
    assert_raises(ValueError, student.fit_categorical, torch.tensor([[3, 1], [0, 0]], device=device))


@claims("That is the sum of p(i, j) log(p(i, j) / (p(i) p(j)))")
@points(2)
def test_information_of_a_table(student, rng):
    """Mutual information is what the joint table costs over the product of its two marginals, in nats.

    互信息是联合表相对于两个边缘分布之积的代价，单位是 nat。
    """
    for dtype in (torch.float64, torch.float32):
        joint = distribution(rng, CASES * CLASSES, dtype=dtype).view(CLASSES, CASES).mT
        independent = joint.sum(1, keepdim=True) * joint.sum(0, keepdim=True)
        assert_same(unchanged(student.mutual_information, joint), (joint * (joint / independent).log()).sum())


@claims("Terms with p(i, j) = 0 are 0")
@points(1)
def test_information_at_the_edges(student, device):
    """A table of one row shares nothing; zeros in the table add nothing, nor do whole rows of zeros; a cell of 1e-30
    adds next to nothing.

    只有一行的表不共享信息；表中的 0 不贡献任何值，整行为 0 时也一样；1e-30 的元素几乎不贡献。
    """
    assert_same(
        student.mutual_information(torch.tensor([[0.5, 0.0, 0.5]], device=device)), torch.tensor(0.0, device=device)
    )
    joint = torch.tensor([[0.25, 0.25, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.5]], device=device)
    assert_same(student.mutual_information(joint), torch.tensor(2.0, device=device).log())
    rare = torch.tensor([[1.0, 0.0], [0.0, 1e-30]], device=device)  # the product of its sums, 1e-60, rounds to 0
    assert_same(student.mutual_information(rare), torch.tensor(0.0, device=device))


@claims("a negative entry, or the whole table does not sum to 1")
@points(1)
def test_information_refuses(student, device):
    """A table with a negative entry, or whose rows sum to 1 each, or which sums to 1/2, is refused with ValueError.

    表中有负数，或每一行各自加起来为 1（而不是整表为 1），或整表之和只有 1/2 时，抛出 ValueError。
    """
    assert_raises(ValueError, student.mutual_information, torch.tensor([[0.5, -0.25], [0.25, 0.5]], device=device))
    for entry in (0.5, 0.125):
        assert_raises(ValueError, student.mutual_information, torch.full((2, 2), entry, device=device))
