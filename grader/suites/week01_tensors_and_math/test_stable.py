"""Hidden suite of week 01, stable.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: empty axes, numbers of +inf, gradients of entropy and divergence.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, gradients, points, unchanged

ROWS, CLASSES, LENGTH = 3, 7, 5
MINUS = float("-inf")
DIGITS = ((torch.float64, 1e-12), (torch.float32, None))
"""float64 is there for its digits; float32 is compared as the table of tolerances says."""


def distribution(rng, *shape, dtype=torch.float64):
    weights = rng.uniform(*shape, low=0.1, high=1.0, dtype=dtype)
    return weights / weights.sum(-1, keepdim=True)


def no_distributions(device):
    """Tables of which one row is no distribution, or two whose sums are 1 on average."""
    for one, other in (
        ([0.5, 0.5], [0.6, 0.5]),
        ([0.5, 0.5], [0.3, 0.3]),
        ([0.6, 0.6], [0.4, 0.4]),
        ([0.5, 0.5], [0.5, 0.5005]),
        ([0.5, 0.5], [1.5, -0.5]),
    ):
        yield torch.tensor([one, other], device=device)


@claims("`x` is not changed")
@points(1)
def test_softmax_along_every_axis(student, rng):
    """Softmax sums to 1 along the axis that was asked for, the first, the middle or the last, also of a transposed
    view; float64 keeps its digits.

    softmax 沿指定的轴求和为 1，无论是第一个、中间还是最后一个轴，输入是转置视图时也一样；float64 保持自己的精度。
    """
    for dtype, digits in DIGITS:
        x = rng.normal(LENGTH, CLASSES, ROWS, dtype=dtype).permute(2, 0, 1)
        for dim in (0, 1, 2, -2):
            got = unchanged(student.softmax, x, dim)
            assert_same(got, x.exp() / x.exp().sum(dim, keepdim=True), rtol=digits, atol=digits)


@claims("Numbers of any finite size give finite answers")
@points(1)
def test_softmax_of_large_numbers(student, device):
    """Rows near 10,000 and near -10,000 in one tensor both give right probabilities.

    同一个张量里，接近 10,000 的行和接近 -10,000 的行都得到正确的概率。
    """
    row = torch.tensor([math.log(3), 0.0], dtype=torch.float64, device=device)
    x = torch.stack([row + 1e4, row, row - 1e4])

    expected = torch.tensor([0.75, 0.25], dtype=torch.float64, device=device).expand(3, 2)
    assert_same(student.softmax(x), expected)


@claims("An entry of -inf has probability 0; a slice in which everything is -inf gives zeros")
@points(1)
def test_softmax_of_minus_infinity(student, device):
    """An entry of -inf gets 0, and a slice of -inf alone gets zeros, not NaN.

    -inf 的概率是 0；整个切片都是 -inf 时得到全 0，而不是 NaN。
    """
    x = torch.tensor([[0.0, MINUS, 0.0], [MINUS, MINUS, MINUS]], device=device)

    assert_same(student.softmax(x), torch.tensor([[0.5, 0.0, 0.5], [0.0, 0.0, 0.0]], device=device))


@claims("float16 and bfloat16 are computed in float32 and rounded once, at the end")
@points(1)
def test_softmax_in_half_precision(student, rng):
    """In float16 and bfloat16, softmax is computed in float32 and rounded once; the dtype stays. A sum of 65,537 ones,
    which float16 does not hold, is no hindrance.

    float16 和 bfloat16 下，softmax 用 float32 计算、只舍入一次，dtype 不变。65,537 个 1 的和超出了 float16 的范围，
    也不成问题。
    """
    flat = torch.zeros(65537, dtype=torch.float16, device=rng.normal(1).device)
    assert_same(student.softmax(flat), torch.full_like(flat, 1 / 65537), atol=1e-7)
    for dtype in (torch.float16, torch.bfloat16):
        x = (3 * rng.normal(ROWS, 101)).to(dtype)
        got, expected = student.softmax(x), torch.softmax(x.float(), dim=-1).to(dtype)
        assert_same(got, expected)
        share = (got != expected).double().mean().item()
        expect(
            share < 0.05,
            "{percent} % of the numbers are not what float32 gives, rounded once.",
            "{percent}% 的数与用 float32 计算、只舍入一次的结果不同。",
            percent=round(100 * share),
        )


@points(1)
def test_gradient_of_softmax(student, rng):
    """The gradient of softmax is right, also for numbers near 1000.

    softmax 的梯度正确，数值接近 1000 时也一样。
    """
    x = rng.normal(ROWS, CLASSES, dtype=torch.float64)
    for shift in (0.0, 1000.0):
        assert_same(
            gradients(student.softmax, x + shift, wrt=(0,)), gradients(lambda x: torch.softmax(x, -1), x, wrt=(0,))
        )


@points(2)
def test_logsumexp_along_every_axis(student, rng):
    """logsumexp takes the axis out of the shape, and equals the logarithm of the sum of exponentials, to the last
    digits in float64.

    logsumexp 会去掉那个轴，并等于指数之和的对数，float64 下精确到末几位。
    """
    for dtype, digits in DIGITS:
        x = rng.normal(LENGTH, ROWS, CLASSES, dtype=dtype)
        for dim in (0, 1, -1):
            got = unchanged(student.logsumexp, x, dim)
            assert_same(got, x.exp().sum(dim).log(), rtol=digits, atol=digits)
    assert_same(student.logsumexp(x[:, :1, 0]), x[:, 0, 0])


@claims("a slice in which everything is -inf gives -inf")
@points(1)
def test_logsumexp_at_the_edges(student, device):
    """logsumexp of -2000 twice is -2000 + ln 2; with -inf beside it nothing changes; of -inf alone it is -inf. Of
    65,537 zeros it is ln 65537, in float16 too.

    两个 -2000 的 logsumexp 是 -2000 + ln 2；旁边加上 -inf 不变；全是 -inf 时为 -inf。65,537 个 0 的 logsumexp 是
    ln 65537，float16 下也一样。
    """
    x = torch.tensor([[-2000.0, -2000.0], [MINUS, -2000.0], [MINUS, MINUS], [2000.0, 0.0]], device=device)

    assert_same(student.logsumexp(x.double())[0], torch.tensor(-2000 + math.log(2), device=device, dtype=torch.float64))
    assert_same(student.logsumexp(x)[1:], torch.tensor([-2000.0, MINUS, 2000.0], device=device))
    assert_same(student.logsumexp(x[:1].half()), torch.tensor([-2000.0], device=device, dtype=torch.float16))
    flat = torch.zeros(65537, dtype=torch.float16, device=device)
    assert_same(student.logsumexp(flat), torch.tensor(math.log(65537), dtype=torch.float16, device=device))


@claims("The gradient is the softmax of `x`, and so zeros for such a slice")
@points(1)
def test_gradient_of_logsumexp(student, rng):
    """The gradient of logsumexp is the softmax, also for numbers near 1000; of a slice of -inf alone it is zeros, not
    NaN.

    logsumexp 的梯度就是 softmax，数值接近 1000 时也一样；整个切片都是 -inf 时梯度是全 0，而不是 NaN。
    """
    x = 1000 + rng.normal(ROWS, CLASSES, dtype=torch.float64)

    assert_same(gradients(student.logsumexp, x, wrt=(0,)), gradients(lambda x: torch.logsumexp(x, -1), x, wrt=(0,)))
    masked = torch.tensor([[MINUS, 5.0], [MINUS, MINUS]], device=x.device)
    (got,) = gradients(student.logsumexp, masked, wrt=(0,))
    assert_same(got[1], torch.zeros(2, device=x.device))
    assert_same(got[0, 0], torch.tensor(0.0, device=x.device))


@claims("The mean is over single positions, however they are spread over the batch")
@points(2)
def test_cross_entropy_of_a_batch(student, rng):
    """Cross-entropy of logits with two leading axes is the mean over all positions; numbers and targets stay as they
    are.

    logits 有两个前导轴时，交叉熵是所有位置的均值；输入的数和目标不被修改。
    """
    for dtype in (torch.float64, torch.float32):
        logits = rng.normal(LENGTH, ROWS, CLASSES, dtype=dtype).transpose(0, 1)
        targets = rng.integers(0, CLASSES, ROWS, LENGTH)
        picked = (logits.exp() / logits.exp().sum(-1, keepdim=True)).gather(-1, targets[..., None])
        assert_same(unchanged(student.cross_entropy, logits, targets), -picked.log().mean())


@claims("A position whose target is `ignore_index` does not count")
@points(1)
def test_cross_entropy_ignores(student, rng, device):
    """Ignored positions count neither above nor below the line, wherever they stand, whatever number marks them, and
    even where their logits are all -inf.

    被忽略的位置既不计入分子也不计入分母，无论它们在哪里、用什么数标记，哪怕那里的 logits 全是 -inf。
    """
    one_class, first = torch.tensor([[3.0], [4.0]], device=device), torch.tensor([0, -100], device=device)
    assert_same(student.cross_entropy(one_class, first), torch.tensor(0.0, device=device))
    logits = rng.normal(2, LENGTH, CLASSES, dtype=torch.float64)
    logits[1, 0] = MINUS  # always ignored
    for index in (-100, 2, CLASSES):
        targets = torch.tensor([[1, index, index, 3, 0], [index, index, index, 5, index]], device=device)
        kept = targets != index
        expected = torch.nn.functional.cross_entropy(logits[kept], targets[kept])
        assert_same(student.cross_entropy(logits, targets, index), expected)


@claims("If nothing counts, the loss is 0, and so is its gradient")
@points(1)
def test_cross_entropy_of_nothing(student, rng, device):
    """When every target is ignored, the loss is 0 and so are its gradients.

    所有目标都被忽略时，损失是 0，梯度也是 0。
    """
    logits, targets = rng.normal(ROWS, CLASSES), torch.full((ROWS,), -100, device=device)

    assert_same(student.cross_entropy(logits, targets), torch.tensor(0.0, device=device))
    assert_same(gradients(student.cross_entropy, logits, targets, wrt=(0,))[0], torch.zeros_like(logits))


@claims(
    "Logits of any finite size give a finite loss",
    "float16 and bfloat16 are computed in float32 and rounded once; the dtype is that of `logits`",
)
@points(1)
def test_cross_entropy_of_large_logits(student, device):
    """A target whose probability rounds to 0 has a finite loss: 1000, not infinity and not -log of a small number. Two
    logits of 1000 give ln 2 in float16 and bfloat16 too, for which 1000.69 is no number, and 65,537 equal ones give
    ln 65537.

    目标的概率舍入为 0 时损失仍是有限的：是 1000，而不是无穷大，也不是某个很小的数的 -log。
    两个都是 1000 的 logits，在 float16 和 bfloat16 下损失也是 ln 2，尽管它们表示不了 1000.69；
    65,537 个相等的 logits 则给出 ln 65537。
    """
    logits = torch.tensor([[1000.0, 0.0], [0.0, -1000.0]], device=device)
    targets = torch.tensor([1, 1], device=device)

    assert_same(student.cross_entropy(logits, targets), torch.tensor(1000.0, device=device))
    assert_same(student.cross_entropy(logits.half(), targets), torch.tensor(1000.0, device=device).half())
    for dtype in (torch.float16, torch.bfloat16):
        alike = torch.full((2, 2), 1000.0, dtype=dtype, device=device)
        assert_same(student.cross_entropy(alike, targets), torch.tensor(math.log(2), dtype=dtype, device=device))
    flat = torch.zeros(1, 65537, dtype=torch.float16, device=device)
    expected = torch.tensor(math.log(65537), dtype=torch.float16, device=device)
    assert_same(student.cross_entropy(flat, targets[:1]), expected)


@points(1)
def test_gradient_of_cross_entropy(student, rng, device):
    """The gradient of cross-entropy is softmax minus one-hot, over the number of positions that count, and 0 for
    others.

    交叉熵的梯度是 softmax 减 one-hot 再除以计入的位置数，被忽略的位置为 0。
    """
    logits, targets = rng.normal(LENGTH, CLASSES, dtype=torch.float64), rng.integers(0, CLASSES, LENGTH)
    targets[1] = -100

    theirs = gradients(torch.nn.functional.cross_entropy, logits, targets, wrt=(0,))
    assert_same(gradients(student.cross_entropy, logits, targets, wrt=(0,)), theirs)


@claims("a target is neither `ignore_index` nor a class")
@points(1)
def test_cross_entropy_refuses_strange_targets(student, rng, device):
    """A target of -1, or equal to the number of classes, is refused with ValueError.

    目标为 -1 或等于类别数时，抛出 ValueError。
    """
    logits = rng.normal(2, CLASSES)
    for bad in (-1, CLASSES):
        assert_raises(ValueError, student.cross_entropy, logits, torch.tensor([0, bad], device=device))
    assert_raises(ValueError, student.cross_entropy, logits, torch.tensor([0, -100], device=device), -1)


@points(1)
@after("test_cross_entropy_of_a_batch")
def test_speed_of_cross_entropy(student, reference, speed):
    """The loss of 2,003 rows of 53 classes takes at most 12 times as long as the reference.

    2,003 行、53 类的损失，耗时不超过参考答案的 12 倍。
    """
    speed(student, reference).call(
        "cross_entropy", lambda rng: rng.normal(2003, 53), lambda rng: rng.integers(0, 53, 2003), at_most=12.0
    )


@claims("0 log 0 is 0")
@points(1)
def test_entropy_of_a_batch(student, rng):
    """Entropy is taken along the last axis, in nats, for any leading axes; zeros add nothing.

    熵沿最后一个轴计算，单位是 nat，前导轴任意；概率 0 不贡献任何值。
    """
    for dtype in (torch.float64, torch.float32):
        p = distribution(rng, ROWS, LENGTH, CLASSES, dtype=dtype)
        assert_same(unchanged(student.entropy, p), -(p * p.log()).sum(-1))
    padded = torch.cat([torch.zeros_like(p[..., :2]), p], dim=-1)
    assert_same(student.entropy(padded), -(p * p.log()).sum(-1))


@claims(
    "Where p is 0, a term is 0, whatever q is",
    "they are float32 or float64, of one dtype and one shape",
)
@points(1)
def test_divergence_of_a_batch(student, rng, device):
    """KL is the sum of p log(p / q), in this direction; terms with p = 0 are 0, even where q is 0 too.

    KL 是 p log(p / q) 之和，方向不能反；p 为 0 的项是 0，q 也为 0 时同样如此。
    """
    for dtype in (torch.float64, torch.float32):
        p, q = distribution(rng, ROWS, 2, CLASSES, dtype=dtype), distribution(rng, ROWS, 2, CLASSES, dtype=dtype)
        assert_same(unchanged(student.kl_divergence, p, q), (p * (p / q).log()).sum(-1))
    p = torch.tensor([0.0, 0.0, 1.0], device=device)
    assert_same(
        student.kl_divergence(p, torch.tensor([0.0, 0.5, 0.5], device=device)), -torch.tensor(0.5, device=device).log()
    )


@claims("Where q is 0 and p is not, the divergence is inf")
@points(1)
def test_divergence_from_an_impossible_event(student, device):
    """Where q is 0 and p is not, the divergence is inf; the other rows of the batch stay finite, also one in which q is
    so small that p / q is too large for float32.

    q 为 0 而 p 不为 0 时，散度是 inf；批次的其他行仍是有限的，即使某一行的 q 小到 p / q 超出 float32 的范围。
    """
    tiny = 2.0**-132  # 0.5 / 2^-132 = 2^131 is no number in float32; its logarithm is 131 ln 2
    p = torch.tensor([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]], device=device)
    q = torch.tensor([[1.0, 0.0], [0.5, 0.5], [1.0, tiny]], device=device)

    expected = torch.tensor([float("inf"), 0.0, 0.5 * (131 - 1) * math.log(2)], device=device)
    assert_same(student.kl_divergence(p, q), expected)


@claims("`p` or `q` has a negative entry, or its sum is not 1 within `SUM_TOLERANCE`")
@points(1)
def test_what_is_no_distribution(student, device):
    """KL refuses negative entries and sums other than 1, such as 1.0005, with ValueError, in either argument and in any
    row.

    KL 的任一参数、任意一行出现负数或总和不为 1（例如 1.0005）时，抛出 ValueError。
    """
    good = torch.tensor([[0.5, 0.5], [0.5, 0.5]], device=device)
    for bad in no_distributions(device):
        assert_raises(ValueError, student.kl_divergence, bad, good)
        assert_raises(ValueError, student.kl_divergence, good, bad)


@claims("`p` has a negative entry, or its sum is not 1 within `SUM_TOLERANCE`")
@points(1)
def test_entropy_of_no_distribution(student, device):
    """Entropy refuses negative entries and sums other than 1, such as 1.0005, with ValueError, in any row; a sum of
    1.00005 is near enough.

    任意一行出现负数或总和不为 1（例如 1.0005）时，熵抛出 ValueError；总和为 1.00005 还算足够接近。
    """
    for bad in no_distributions(device):
        assert_raises(ValueError, student.entropy, bad)
    near = torch.tensor([0.5, 0.50005], device=device)
    assert_same(student.entropy(near), -(near * near.log()).sum())
