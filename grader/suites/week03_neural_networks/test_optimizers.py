"""Hidden suite of week 03, optimizers.

Parameters and gradients live in the given module small_weights, beside the student's code; shapes are distinct primes.
Not covered: saving and loading an optimizer's state, sparse gradients, half precision, speed.
"""

import torch

from grader.suite import after, assert_raises, assert_same, claims, points, set_attribute, unchanged

SHAPES = {"matrix": (3, 5), "tall": (7, 2), "vector": (11,)}
MATRICES = {"wide": (3, 5), "tall": (7, 2), "one": (1, 1)}


class Run:
    """Parameters and an optimizer in one of the two processes."""

    def __init__(self, module, name, tables, **options):
        self.weights = module.given("small_weights").Weights(tables)
        self.optimizer = getattr(module, name)(self.weights.parameters(), **options)

    def step(self, gradients):
        """Take one step along these gradients."""
        self.weights.set_gradients(gradients)
        self.optimizer.step()

    def values(self):
        """Return the parameters as plain data."""
        return self.weights.values()


def tables(rng, shapes, dtype=torch.float64, size=1.0):
    return {name: size * rng.normal(*shape, dtype=dtype) for name, shape in shapes.items()}


def both(student, reference, name, start, **options):
    return [Run(module, name, start, **options) for module in (student, reference)]


@points(1)
def test_first_step_by_hand(student, device):
    """The first step of Adam moves every number by lr against the sign of its gradient, however large that is.

    Adam 的第一步让每个数沿梯度符号的反方向移动 lr，与梯度大小无关。
    """
    start = torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64, device=device)
    gradient = torch.tensor([1e-6, -40.0, 3e5, 2.0], dtype=torch.float64, device=device)
    run = Run(student, "Adam", {"w": start}, lr=0.25, eps=0.0)
    run.step({"w": gradient})

    assert_same(run.values()["w"], start - 0.25 * gradient.sign())


@points(2)
@claims("m = beta1 * m + (1 - beta1) * g", "For a parameter with gradient g, at its step t = 1, 2")
def test_adam_over_five_steps(student, reference, rng):
    """Five steps with other gradients each time, betas 0.8 and 0.95: parameters as the reference after every step.

    五步，每步梯度不同，betas 为 0.8 和 0.95：每一步之后参数都与参考答案一致。
    """
    mine, ours = both(student, reference, "Adam", tables(rng, SHAPES), lr=0.03, betas=(0.8, 0.95))
    for _ in range(5):
        gradients = tables(rng, SHAPES)
        mine.step(gradients)
        ours.step(gradients)
        assert_same(mine.values(), ours.values(), rtol=1e-7, atol=1e-9)


@points(1)
@after("test_adam_over_five_steps")
def test_usual_settings(student, reference, rng):
    """Without other settings, three steps of Adam, AdamW and Muon are those of the reference.

    不指定其他设置时，Adam、AdamW、Muon 的三步与参考答案一致。
    """
    for name in ("Adam", "AdamW", "Muon"):
        shapes = MATRICES if name == "Muon" else SHAPES
        mine, ours = both(student, reference, name, tables(rng, shapes))
        for _ in range(3):
            gradients = tables(rng, shapes)
            mine.step(gradients)
            ours.step(gradients)
        assert_same(mine.values(), ours.values(), rtol=1e-9, atol=1e-9)


@points(1)
@claims(
    "eps is added outside the root, and is added after v was corrected",
    "(As in torch; TensorFlow's Adam adds it before.)",
)
def test_where_eps_stands(student, device):
    """A large eps and a constant gradient g: every step of Adam is lr g / (|g| + eps).

    eps 较大、梯度 g 不变时：Adam 的每一步都是 lr g / (|g| + eps)。
    """
    gradient = torch.tensor([0.01, -0.2, 3.0], dtype=torch.float64, device=device)
    run = Run(student, "Adam", {"w": torch.zeros_like(gradient)}, lr=0.5, eps=0.1)
    for step in (1, 2, 3):
        run.step({"w": gradient})
        assert_same(run.values()["w"], -0.5 * step * gradient / (gradient.abs() + 0.1), rtol=1e-6, atol=1e-9)


@points(1)
def test_float32_and_strided_parameters(student, reference, rng):
    """Transposed tables of float32, and parameters of a single number, are moved as the reference does it.

    float32 的转置表，以及只有一个数的参数，移动结果与参考答案一致。
    """
    start = {"turned": rng.normal(5, 3).T, "one": rng.normal(1)}
    for name in ("Adam", "AdamW"):
        mine, ours = both(student, reference, name, start, lr=0.1)
        for _ in range(2):
            gradients = {"turned": rng.normal(5, 3).T, "one": rng.normal(1)}
            mine.step(gradients)
            ours.step(gradients)
        assert_same(mine.values(), ours.values())


@points(1)
@claims(
    "The gradients are not changed",
)
def test_in_place(student, rng):
    """Parameters stay where they are in memory, and gradients are as they were.

    参数在内存中的位置不变，梯度也保持原样。
    """
    for name in ("Adam", "AdamW", "Muon"):
        shapes = MATRICES if name == "Muon" else SHAPES
        run = Run(student, name, tables(rng, shapes), lr=0.1)
        gradients, before = tables(rng, shapes), run.values()
        for _ in range(2):
            run.step(gradients)
            assert_same(run.weights.gradients(), gradients)

        assert_same(run.weights.stayed(), True)
        assert_same([torch.equal(run.values()[name], before[name]) for name in shapes], [False] * len(shapes))


@points(1)
@claims("A parameter whose gradient is None stays, and its t does not grow")
def test_without_a_gradient(student, device):
    """A parameter without a gradient stays; when its first one comes, its step is a first step.

    没有梯度的参数不动；等它第一次得到梯度时，那一步就是它的第一步。
    """
    start = {name: torch.zeros(3, dtype=torch.float64, device=device) for name in ("early", "late")}
    gradient = torch.tensor([0.5, -3.0, 8.0], dtype=torch.float64, device=device)
    run = Run(student, "Adam", start, lr=0.1, eps=0.0)
    for _ in range(3):
        run.step({"early": gradient, "late": None})
    assert_same(run.values()["late"], start["late"])

    run.step({"early": None, "late": gradient})
    assert_same(run.values(), {"early": -0.3 * gradient.sign(), "late": -0.1 * gradient.sign()})


@points(1)
@after("test_usual_settings")
@claims("A parameter whose gradient is None stays, and its t does not grow", "its buffer waits")
def test_a_gradient_now_and_then(student, reference, rng):
    """Gradients come and go: what is remembered of a parameter waits meanwhile, and each has a count of its own.

    梯度时有时无：没有梯度时，为该参数记住的东西保持不变，而且每个参数各自计步。
    """
    for name in ("Adam", "AdamW", "Muon"):
        mine, ours = both(student, reference, name, tables(rng, MATRICES), lr=0.1)
        for missing in (["tall"], ["tall"], [], ["wide"], ["wide", "one"], [], ["tall"], []):
            gradients = tables(rng, MATRICES) | dict.fromkeys(missing)
            mine.step(gradients)
            ours.step(gradients)
            assert_same(mine.values(), ours.values(), rtol=1e-7, atol=1e-9)


@points(1)
@claims("Each step first multiplies a parameter by 1 - lr * weight_decay", "neither m nor v ever sees it")
def test_decay_alone(student, device):
    """With gradients of 0, each step of AdamW multiplies by exactly 1 - lr * weight_decay.

    梯度为 0 时，AdamW 的每一步恰好乘以 1 - lr * weight_decay。
    """
    start = torch.tensor([4.0, -0.25, 1e3], dtype=torch.float64, device=device)
    run = Run(student, "AdamW", {"w": start}, lr=0.2, weight_decay=0.3)
    for step in (1, 2, 3):
        run.step({"w": torch.zeros_like(start)})
        assert_same(run.values()["w"], start * 0.94**step, rtol=1e-10, atol=0.0)


@points(1)
@after("test_adam_over_five_steps")
def test_decay_and_gradient(student, reference, rng):
    """Four steps of AdamW with strong decay are those of the reference.

    衰减很强时，AdamW 的四步与参考答案一致。
    """
    options = {"lr": 0.1, "betas": (0.7, 0.9), "eps": 0.01, "weight_decay": 2.0}
    mine, ours = both(student, reference, "AdamW", tables(rng, SHAPES, size=3.0), **options)
    for _ in range(4):
        gradients = tables(rng, SHAPES)
        mine.step(gradients)
        ours.step(gradients)

    assert_same(mine.values(), ours.values(), rtol=1e-7, atol=1e-9)


@points(1)
@claims("A parameter whose gradient is None does not decay either")
def test_no_gradient_no_decay(student, rng):
    """AdamW and Muon leave a parameter without a gradient wholly alone.

    AdamW 和 Muon 完全不动没有梯度的参数。
    """
    for name in ("AdamW", "Muon"):
        start, gradients = tables(rng, MATRICES), tables(rng, MATRICES)
        run = Run(student, name, start, lr=0.5, weight_decay=0.5)
        run.step(gradients | {"tall": None})

        assert_same(run.values()["tall"], start["tall"])
        assert_same(torch.equal(run.values()["wide"], start["wide"]), False)


@points(1)
@after("test_usual_settings")
def test_a_rate_that_changes(student, reference, rng):
    """The rate is read at every step: 0 stops everything, and another value counts from the next step on.

    学习率在每一步重新读取：设为 0 就什么都不动，设成别的值则从下一步开始生效。
    """
    for name in ("Adam", "AdamW", "Muon"):
        shapes = MATRICES if name == "Muon" else SHAPES
        mine, ours = both(student, reference, name, tables(rng, shapes), lr=0.1)
        for rate in (0.1, 0.0, 0.4):
            gradients = tables(rng, shapes)
            for run in (mine, ours):
                set_attribute(run.optimizer, "lr", rate)
                run.step(gradients)
        assert_same(mine.values(), ours.values(), rtol=1e-7, atol=1e-9)


def rotation(rng, size):
    """Return an orthogonal matrix."""
    return torch.linalg.qr(rng.normal(size, size, dtype=torch.float64))[0]


@points(1)
@claims(
    "Each step then replaces X by",
    "X begins as the matrix divided by the root of the sum of its squares",
    "the answer is the same",
)
def test_singular_values(student, rng):
    """Singular values go through the polynomial, singular vectors stay: wide, tall and square, 0 to 5 steps.

    奇异值经过多项式，奇异向量不变：宽、高、方矩阵，0、1、2、5 步。
    """
    for rows, columns in ((3, 7), (11, 5), (5, 5)):
        short = min(rows, columns)
        left, right = rotation(rng, rows)[:, :short], rotation(rng, columns)[:short]
        values = 3 * rng.uniform(short, low=0.1, high=1.0, dtype=torch.float64)
        for steps in (0, 1, 2, 5):
            s = values / values.norm()
            for _ in range(steps):
                s = 3.4445 * s - 4.7750 * s**3 + 2.0315 * s**5
            assert_same(student.orthogonalise(left @ values.diag() @ right, steps), left @ s.diag() @ right)


@points(1)
@claims("A matrix of zeros stays zeros", "The dtype is that of `matrix`, which is not changed")
def test_edges_of_orthogonalise(student, reference, rng, device):
    """Zeros stay zeros; tiny and huge matrices, float32, transposed views and single numbers go as in the reference.

    零矩阵仍为零；极小和极大的矩阵、float32、转置视图以及单个数，都与参考答案一致。
    """
    assert_same(student.orthogonalise(torch.zeros(3, 2, device=device)), torch.zeros(3, 2, device=device))
    for matrix in (
        rng.normal(7, 3).T,
        1e-12 * rng.normal(3, 5, dtype=torch.float64),
        1e9 * rng.normal(3, 5),
        rng.normal(1, 1),
        rng.normal(5, 1),
    ):
        assert_same(unchanged(student.orthogonalise, matrix), reference.orthogonalise(matrix), rtol=1e-4, atol=1e-5)


@points(2)
@after("test_singular_values")
@claims("buffer = momentum * buffer + (1 - momentum) * g", "For a matrix with gradient g, with buffer zeros at first")
def test_muon(student, reference, rng):
    """Four steps of Muon with momentum 0.8 are those of the reference, for wide and tall matrices.

    动量为 0.8 时，Muon 的四步与参考答案一致，宽矩阵和高矩阵都是如此。
    """
    mine, ours = both(student, reference, "Muon", tables(rng, MATRICES), lr=0.1, momentum=0.8, weight_decay=0.4)
    for _ in range(4):
        gradients = tables(rng, MATRICES)
        mine.step(gradients)
        ours.step(gradients)
        assert_same(mine.values(), ours.values(), rtol=1e-7, atol=1e-9)


@points(1)
@claims(
    "a beta is negative, or not below 1",
    "as for Adam, or `weight_decay` is negative",
    "a parameter does not have two axes, or `momentum` is negative or not below 1",
)
def test_refused(student, rng):
    """Betas and momentum outside of 0 … 1, a negative decay, a vector or a kernel for Muon: a ValueError; 0 is fine.

    betas 和 momentum 不在 0…1 之间、衰减为负、把向量或卷积核交给 Muon，都抛出 ValueError；0 是可以的。
    """
    weights = student.given("small_weights").Weights(tables(rng, SHAPES))
    matrix = student.given("small_weights").Weights(tables(rng, MATRICES))
    for betas in ((1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, -0.1), (0.9, 1.5)):
        assert_raises(ValueError, student.Adam, weights.parameters(), betas=betas)
        assert_raises(ValueError, student.AdamW, weights.parameters(), betas=betas)
    assert_raises(ValueError, student.AdamW, weights.parameters(), weight_decay=-0.1)
    kernel = student.given("small_weights").Weights(tables(rng, {"kernel": (2, 3, 1, 1)}))
    for unfit in (weights, kernel):
        assert_raises(ValueError, student.Muon, unfit.parameters())
    for momentum in (1.0, -0.1):
        assert_raises(ValueError, student.Muon, matrix.parameters(), momentum=momentum)
    student.Adam(weights.parameters(), betas=(0.0, 0.0))
    student.AdamW(weights.parameters(), weight_decay=0.0)
    student.Muon(matrix.parameters(), momentum=0.0)
