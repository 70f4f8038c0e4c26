"""Hidden suite of week 01, gradients.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: half precision, gradients of gradients.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

N, FEATURES, CLASSES = 5, 3, 7


def inputs(rng, dtype=torch.float64):
    return rng.normal(FEATURES, N, dtype=dtype).mT, rng.normal(CLASSES, FEATURES, dtype=dtype)


def by_autograd(x, W, targets):
    x, W = x.clone().requires_grad_(), W.clone().requires_grad_()
    loss = torch.nn.functional.cross_entropy(x @ W.mT, targets)
    return loss.detach(), *torch.autograd.grad(loss, (x, W))


@claims(
    "`x` is not changed",
    "returns one number: a Python float, or a tensor with a single entry",
)
@points(2)
def test_gradient_of_a_table(student, rng):
    """The gradient has the shape of x, and each entry is the slope in that entry alone.

    梯度与 x 同形，每个元素是只沿该元素变化时的斜率。
    """
    x, weights = rng.normal(3, 2, dtype=torch.float64).mT, rng.normal(2, 3, dtype=torch.float64)

    got = unchanged(student.numerical_gradient, lambda x: (weights * x * x).sum(), x)

    assert_same(got, 2 * weights * x, rtol=1e-6, atol=1e-7)


@points(1)
def test_differences_are_central(student, device):
    """With eps 0.5, x³ + x²y at (1, -3) gives (3.375 - 0.125) / 1 - 6 = -2.75 for x and 1 for y; x³ at 2 gives
    (15.625 - 3.375) / 1 = 12.25: the step is eps, however large x is.

    eps 为 0.5 时，x³ + x²y 在 (1, -3) 处，对 x 给出 (3.375 - 0.125) / 1 - 6 = -2.75，对 y 给出 1；x³ 在 2 处给出
    (15.625 - 3.375) / 1 = 12.25：无论 x 多大，步长都是 eps。
    """
    x = torch.tensor([1.0, -3.0], dtype=torch.float64, device=device)

    got = student.numerical_gradient(lambda x: float(x[0] ** 3 + x[0] ** 2 * x[1]), x, 0.5)

    assert_same(got, torch.tensor([-2.75, 1.0], dtype=torch.float64, device=device))
    cubes = student.numerical_gradient(lambda x: (x**3).sum(), torch.tensor([2.0, 0.0], device=device), 0.5)
    assert_same(cubes, torch.tensor([12.25, 0.25], device=device))


@claims("Everything is computed in float64")
@points(1)
def test_float32_is_measured_in_float64(student, device):
    """For a float32 x, f is asked in float64, and the gradient comes back in float32.

    x 是 float32 时，以 float64 调用 f，梯度以 float32 返回。
    """
    asked = []

    def f(x):
        asked.append(x.dtype)
        return (x * x).sum() - 1e6  # small, so that its own digits are not what is lost

    got = student.numerical_gradient(f, torch.tensor([1000.0, 3.0], device=device))

    assert_same(got, torch.tensor([2000.0, 6.0], device=device))
    expect(
        set(asked) == {torch.float64},
        "f should be asked in float64; it was asked in {got}.",
        "应以 float64 调用 f；实际是 {got}。",
        got=sorted(str(dtype) for dtype in set(asked)),
    )


@claims("f is asked exactly twice for each entry")
@points(1)
def test_f_is_asked_twice_an_entry(student, device):
    """f is asked twice for each entry, with that entry moved and the others exactly as they were.

    每个元素恰好调用 f 两次，每次只移动这一个元素，其余元素保持原样。
    """
    # Numbers for which + eps - 2 eps + eps does not lead back exactly.
    x, moved = torch.tensor([[0.3, 0.6, 0.9], [1.5, 2.1, 3.3]], dtype=torch.float64, device=device), []

    def f(y):
        moved.append(int((y != x).sum()))
        return float(y.sum())

    student.numerical_gradient(f, x, 1e-6)

    expect(
        moved == [1] * 12,
        "Six entries need twelve questions with one entry moved in each; these numbers of entries were moved: {got}.",
        "六个元素需要调用十二次，每次只移动一个元素；实际每次移动的元素个数是：{got}。",
        got=moved,
    )


@claims("`eps` is not above 0")
@points(1)
def test_eps_above_zero(student, device):
    """An eps of 0 or below is refused with ValueError.

    eps 为 0 或负数时，抛出 ValueError。
    """
    for eps in (0.0, -1e-6):
        assert_raises(ValueError, student.numerical_gradient, lambda x: x.sum(), torch.ones(2, device=device), eps)


@claims(
    "logits = x W^T loss = mean over the n rows",
    "dx and dW are the gradients of the loss (a mean: divided by n)",
    "The dtype is that of `x`, which is that of `W`",
)
@points(2)
def test_loss_and_gradients(student, rng):
    """Loss and both gradients agree with autograd when rows, features and classes differ in number; nothing is changed.

    行数、特征数、类别数互不相同时，损失和两个梯度都与自动求导一致；输入不被修改。
    """
    for dtype in (torch.float64, torch.float32):
        x, W = inputs(rng, dtype)
        targets = rng.integers(0, CLASSES, N)
        assert_same(tuple(unchanged(student.linear_softmax_backward, x, W, targets)), by_autograd(x, W, targets))


@points(1)
def test_loss_is_measured_too(student, rng, device):
    """Your two gradients are the slopes of your loss, also when two rows are the same and share a target.

    你的两个梯度就是你的损失的斜率，两行相同且目标相同时也一样。
    """
    x, W = inputs(rng)
    x = x[[0, 0, 1]]
    targets = torch.tensor([2, 2, 4], device=device)
    _, dx, dW = student.linear_softmax_backward(x, W, targets)

    toward_x, toward_W = (
        rng.normal(3, FEATURES, dtype=torch.float64),
        rng.normal(CLASSES, FEATURES, dtype=torch.float64),
    )
    ends = [student.linear_softmax_backward(x + s * toward_x, W + s * toward_W, targets)[0] for s in (1e-5, -1e-5)]
    slope = (ends[0] - ends[1]) / 2e-5
    assert_same((dx * toward_x).sum() + (dW * toward_W).sum(), slope, rtol=1e-5, atol=1e-7)


@claims("Logits of any finite size give finite answers")
@points(1)
def test_large_logits(student, device):
    """Logits of 3000 and -3000 give a loss of 6000 and finite gradients; a row of 3000 twice and one of -3000 twice
    give ln 2.

    logits 为 3000 和 -3000 时，损失是 6000，梯度有限；一行全是 3000、另一行全是 -3000 时，损失是 ln 2。
    """
    x = torch.tensor([[3000.0]], device=device)
    W, targets = torch.tensor([[1.0], [-1.0]], device=device), torch.tensor([1], device=device)

    expected = tuple(torch.tensor(t, device=device) for t in (6000.0, [[2.0]], [[3000.0], [-3000.0]]))
    assert_same(tuple(student.linear_softmax_backward(x, W, targets)), expected)
    x, W, targets = torch.cat([x, -x]).double(), W.abs().double(), torch.tensor([0, 1], device=device)
    expected = (math.log(2), [[0.0], [0.0]], [[-1500.0], [1500.0]])
    expected = tuple(torch.tensor(t, dtype=torch.float64, device=device) for t in expected)
    assert_same(tuple(student.linear_softmax_backward(x, W, targets)), expected)


@claims("there are no rows, or a target is not a class")
@points(1)
def test_targets_that_are_no_classes(student, rng, device):
    """A target of -1, one equal to the number of classes, and a batch without rows are refused with ValueError.

    目标为 -1、等于类别数，或批次没有行时，抛出 ValueError。
    """
    x, W = inputs(rng)
    for bad in (-1, CLASSES):
        assert_raises(ValueError, student.linear_softmax_backward, x[:2], W, torch.tensor([0, bad], device=device))
    empty = torch.zeros(0, dtype=torch.int64, device=device)
    assert_raises(ValueError, student.linear_softmax_backward, x[:0], W, empty)


@claims(
    "`jacobians` stand in the order in which the functions are applied",
    "The list and its tensors are not changed",
)
@points(2)
def test_chain_of_many(student, rng):
    """The Jacobian of a chain is the product in reverse order, for links of different sizes; the list stays as it is.

    链的雅可比矩阵是逆序的乘积，各环节尺寸不同也一样；列表保持原样。
    """
    for dtype in (torch.float64, torch.float32):
        a, b = rng.normal(5, 3, dtype=dtype), rng.normal(7, 5, dtype=dtype).mT.contiguous().mT
        c = rng.normal(2, 7, dtype=dtype)
        assert_same(unchanged(student.chain, [a, b, c]), c @ b @ a, rtol=1e-4, atol=1e-5)
    assert_same(student.chain([a]), a)


@claims("The product is J3 J2 J1")
@points(1)
def test_chain_of_squares(student, rng):
    """Square links do not hide the order: the last function stands on the left.

    环节都是方阵时顺序也不能错：最后的函数在最左边。
    """
    a, b, c = (rng.normal(3, 3, dtype=torch.float64) for _ in range(3))

    assert_same(student.chain([a, b, c]), c @ b @ a)


@claims("the list is empty, or a function has another number of inputs")
@points(1)
def test_links_that_do_not_fit(student, rng):
    """Links that do not fit, wherever they stand, and an empty list are refused with ValueError.

    任何位置的环节尺寸不符，或列表为空时，抛出 ValueError。
    """
    for shapes in (((5, 3), (2, 7)), ((5, 3), (3, 5), (2, 7)), ((2, 3), (5, 1), (1, 5))):
        assert_raises(ValueError, student.chain, [rng.normal(*shape) for shape in shapes])
    assert_raises(ValueError, student.chain, [])


@claims("It is multiplied from the last one on, as backpropagation does")
@points(1)
@after("test_chain_of_many")
def test_speed_of_a_chain(student, reference, speed):
    """Four links of 1,001 by 1,001 before a loss of one number take at most 3 times as long as the reference.

    四个 1,001×1,001 的环节、末端是一个数的损失，耗时不超过参考答案的 3 倍。
    """

    def links(rng):
        return [*(rng.normal(1001, 1001) / 32 for _ in range(4)), rng.normal(1, 1001)]

    speed(student, reference).call("chain", links, at_most=3.0, rtol=1e-3, atol=1e-3)
