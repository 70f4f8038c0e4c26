"""Hidden suite of week 08, schedule.

Rates are compared step by step with the reference, after worked numbers. Not covered: fractions of a step.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, points

PEAK, FLOOR = 0.7, 0.1
VOCABULARY, WIDTH = 11, 5


def rates(function, steps, *arguments):
    """The rates of all steps from 0 on."""
    return [function(step, *arguments) for step in range(steps)]


def groups_of(student, **options):
    """The groups of the optimizer of a model."""
    small = student.given("small_models")
    model = small.Bigram(VOCABULARY, WIDTH, **options)
    return small.describe(student.make_optimizer(model, 0.003, 0.3), model)


def names_of(groups):
    """The names of the parameters, group by group."""
    return [group["names"] for group in groups]


@points(1)
@claims("Below `warm_up` the rate is peak * step / warm_up, so 0 at step 0")
def test_cosine_by_hand(student):
    """Peak 8, warm-up 4, total 12: 0, 2, 4, 6, then 8 at step 4, 4 half-way at step 8, and 0 at step 12.

    峰值 8、预热 4 步、共 12 步：0、2、4、6，第 4 步为 8，中途第 8 步为 4，第 12 步为 0。
    """
    got = [student.warm_up_cosine(step, 8.0, 4, 12) for step in (0, 1, 2, 3, 4, 8, 12)]

    assert_same(got, [0.0, 2.0, 4.0, 6.0, 8.0, 4.0, 0.0])


@points(1)
@claims("From there it follows half a cosine from `peak` down to `floor`", "Steps count from 0")
def test_cosine_everywhere(student, reference):
    """Every step of a run with a floor has the reference's rate, beyond its end too.

    带下限的整个训练过程，每一步的学习率都与参考答案一致，结束之后也一样。
    """
    assert_same(
        rates(student.warm_up_cosine, 41, PEAK, 5, 31, FLOOR), rates(reference.warm_up_cosine, 41, PEAK, 5, 31, FLOOR)
    )


@points(1)
@claims("After `total` it stays at `floor`")
def test_cosine_ends_at_the_floor(student):
    """At the last step and long after it, the rate is the floor: it does not rise again.

    最后一步以及之后很久，学习率都是下限：不会再升上去。
    """
    got = [student.warm_up_cosine(step, PEAK, 3, 13, FLOOR) for step in (13, 14, 23, 1000)]

    assert_same(got, [FLOOR] * 4)


@points(1)
@claims("With a `warm_up` of 0 the rate begins at `peak`")
def test_cosine_without_warm_up(student, reference):
    """Without a warm-up the rate begins at the peak.

    没有预热时，学习率从峰值开始。
    """
    assert_same(student.warm_up_cosine(0, PEAK, 0, 7, FLOOR), PEAK)
    assert_same(
        rates(student.warm_up_cosine, 9, PEAK, 0, 7, FLOOR), rates(reference.warm_up_cosine, 9, PEAK, 0, 7, FLOOR)
    )


@points(1)
@claims(
    "Below `warm_up` the rate is peak * step / warm_up",
    "From step `warm_up` to step warm_up + stable it is `peak`",
    "Then it falls in a straight line within `decay` steps",
)
def test_stable_by_hand(student):
    """Peak 6, warm-up 2, 3 stable steps, 4 of decay to 2: 0, 3, 6, 6, 6, 6, 5, 4, 3, 2, 2.

    峰值 6、预热 2 步、稳定 3 步、4 步降到 2：0、3、6、6、6、6、5、4、3、2、2。
    """
    got = rates(student.warm_up_stable_decay, 11, 6.0, 2, 3, 4, 2.0)

    assert_same(got, [0.0, 3.0, 6.0, 6.0, 6.0, 6.0, 5.0, 4.0, 3.0, 2.0, 2.0])


@points(1)
@claims("`warm_up` and `stable` may be 0, and `decay` too")
def test_stable_everywhere(student, reference):
    """Each part may be of any length, also 0.

    每一段都可以是任意长度，也可以是 0。
    """
    for parts in ((5, 7, 11), (0, 3, 5), (3, 0, 5), (3, 5, 0), (0, 0, 7), (2, 0, 0)):
        got = rates(student.warm_up_stable_decay, 29, PEAK, *parts, FLOOR)
        assert_same(got, rates(reference.warm_up_stable_decay, 29, PEAK, *parts, FLOOR))


@points(1)
@claims(
    "`step` or `warm_up` is negative, or `total` is not above `warm_up`",
    "`step`, `warm_up`, `stable` or `decay` is negative",
)
def test_refused_steps(student):
    """Negative numbers are refused, and a total that is not above the warm-up.

    负数应拒绝；总步数不大于预热步数时也应拒绝。
    """
    assert_raises(ValueError, student.warm_up_cosine, -1, PEAK, 3, 7)
    assert_raises(ValueError, student.warm_up_cosine, 1, PEAK, -3, 7)
    assert_raises(ValueError, student.warm_up_cosine, 1, PEAK, 7, 7)
    assert_raises(ValueError, student.warm_up_cosine, 1, PEAK, 0, 0)
    for place in range(4):
        arguments = [-1 if place == number else 2 for number in range(4)]
        assert_raises(ValueError, student.warm_up_stable_decay, arguments[0], PEAK, *arguments[1:])


@points(1)
@claims(
    "Parameters with two axes or more decay",
    "Those with fewer do not",
    "first the one with `weight_decay`, then the one with 0",
)
def test_groups(student):
    """Matrices and embeddings decay; biases and the scales of norms do not; the order is the model's.

    矩阵和嵌入参与权重衰减；偏置和归一化的缩放不参与；顺序与模型一致。
    """
    groups = groups_of(student)

    decayed, others = ["embedding.weight", "head.weight"], ["norm.weight", "norm.bias", "head.bias"]
    assert_same(names_of(groups), [decayed, others])
    assert_same([group["weight_decay"] for group in groups], [0.3, 0.0])


@points(1)
@after("test_groups")
@claims("The number of axes alone decides, whatever a parameter is called")
def test_names_do_not_matter(student):
    """Parameters of 0 to 3 axes under unusual names: only the number of axes decides.

    名字不寻常、有 0 到 3 个轴的参数：只由轴数决定。
    """
    small = student.given("small_models")
    model = small.Unusual()

    groups = small.describe(student.make_optimizer(model, 0.003, 0.3), model)

    assert_same(names_of(groups), [["bias", "kernel", "norm_scale"], ["weight", "temperature", "norm_embedding"]])


@points(1)
@after("test_groups")
@claims("also where one of them is empty or `weight_decay` is 0")
def test_always_two_groups(student):
    """There are two groups also when one of them is empty, and when nothing decays.

    即使有一组为空，或权重衰减为 0，也总是两组。
    """
    small = student.given("small_models")
    for narrow, wide, decay in ((False, True, 0.3), (True, False, 0.3), (True, True, 0.0)):
        model = small.Unusual(narrow, wide)

        groups = small.describe(student.make_optimizer(model, 0.003, decay), model)

        expected = [["bias", "kernel", "norm_scale"] * wide, ["weight", "temperature", "norm_embedding"] * narrow]
        assert_same(names_of(groups), expected)
        assert_same([group["weight_decay"] for group in groups], [decay, 0.0])


@points(1)
@claims("The betas are (0.9, 0.95)", "what is not named here is as torch has it")
def test_rate_and_betas(student):
    """Both groups have the rate that was asked for, betas 0.9 and 0.95, the rest as torch has it, and weights that
    decay as in AdamW.

    两组都用给定的学习率，betas 为 0.9 和 0.95，其余与 torch 默认相同；权重衰减与梯度分开，如 AdamW。
    """
    groups = groups_of(student)

    assert_same([group["lr"] for group in groups], [0.003, 0.003])
    assert_same([group["betas"] for group in groups], [[0.9, 0.95], [0.9, 0.95]])
    assert_same([group["others"] for group in groups], [[1e-8, False, False]] * 2, rtol=1e-6, atol=0)

    model = student.given("small_models").Bigram(VOCABULARY, WIDTH)
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    shapes |= {"head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    before = {name: torch.linspace(0.5, 1.5, math.prod(shape)).view(shape) for name, shape in shapes.items()}
    model.load_state_dict(before)
    model.mark_gradients(0.0)
    student.make_optimizer(model, 0.003, 0.3).step()
    # Without gradients AdamW only shrinks what decays; Adam would take a step along the decay.
    assert_same(model.state_dict()["head.weight"], before["head.weight"] * (1 - 0.003 * 0.3))


@points(1)
@after("test_groups")
@claims("Parameters that need no gradient are left out")
def test_frozen_parameters(student):
    """A parameter that needs no gradient is in neither group.

    不需要梯度的参数不在任何一组。
    """
    assert_same(names_of(groups_of(student, frozen=True)), [["embedding.weight", "head.weight"], ["head.bias"]])


@points(1)
@after("test_groups")
@claims("is listed once", "each has the order of `model.parameters()`")
def test_tied_parameters(student):
    """A tied embedding is listed once.

    共享的嵌入只列一次。
    """
    assert_same(
        names_of(groups_of(student, tied=True)), [["embedding.weight"], ["norm.weight", "norm.bias", "head.bias"]]
    )
