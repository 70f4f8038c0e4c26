"""Hidden suite of week 01, optimise.

Not covered: energies of infinite size, half precision.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, gradients, points, unchanged

ENERGIES = [3.0, -1.0, 4.0, 1.5, -2.0, 0.5, 2.5]


def pair(answer):
    """The two parts of an answer of max_entropy."""
    expect(
        isinstance(answer, tuple) and len(answer) == 2,
        "max_entropy returns a tuple: (p, beta).",
        "max_entropy 返回元组 (p, beta)。",
    )
    return answer


@claims(
    "The result has steps + 1 points along a new first axis, `x0` first",
    "`x0` is not changed",
)
@points(1)
def test_path_on_a_bowl(student, rng):
    """The path from a table of numbers holds every point, the first included, for two dtypes and a transposed view.

    从一张数表出发的路径包含每个点（含起点）；两种 dtype 和转置视图都一样。
    """
    for dtype in (torch.float64, torch.float32):
        slopes = rng.uniform(3, 2, low=0.5, high=2.0, dtype=dtype)
        x0 = rng.normal(2, 3, dtype=dtype).mT
        path = unchanged(student.descend, lambda x: slopes * x, x0, 0.3, 7)  # noqa: B023
        expected = [x0 * (1 - 0.3 * slopes) ** step for step in range(8)]
        assert_same(path, torch.stack(expected))


@claims("the result carries no gradient")
@points(1)
def test_path_carries_no_gradient(student, device):
    """The path is plain numbers, also when x0 is a parameter: nothing can be propagated back through it.

    即使 x0 是参数，路径也只是普通的数：不能经过它反向传播。
    """
    x0 = torch.tensor([2.0, -1.0, 0.5], device=device)
    assert_same(student.descend(torch.ones_like, x0, 0.5, 1), torch.stack([x0, x0 - 0.5]))

    try:
        gradients(student.descend, torch.ones_like, x0, 0.5, 1, wrt=(1,))
        carried = True
    except Exception:  # noqa: BLE001 - what has no gradient raises when one is asked for
        carried = False
    expect(
        not carried,
        "A gradient flows from the path back to x0. Detach x0 and what gradient returns.",
        "梯度能从路径流回 x0。请对 x0 和 gradient 的返回值使用 detach。",
    )


@claims("`gradient` is asked once for each step, at the point where the step begins")
@points(1)
def test_gradient_is_asked_where_the_step_begins(student, device):
    """gradient is asked once a step, at the point where that step begins; none is asked for no steps.

    每一步只调用一次 gradient，位置是这一步的起点；步数为 0 时一次也不调用。
    """
    asked = []

    def gradient(x):
        asked.append(float(x))
        return torch.ones_like(x)

    x0 = torch.tensor(5.0, device=device)
    path = student.descend(gradient, x0, 2.0, 3)

    assert_same(path, torch.tensor([5.0, 3.0, 1.0, -1.0], device=device))
    assert_same(student.descend(gradient, x0, 2.0, 0), torch.tensor([5.0], device=device))
    expect(
        asked == [5.0, 3.0, 1.0],
        "gradient should be asked at 5, 3 and 1; it was asked at {got}.",
        "应在 5、3、1 处各调用一次 gradient；实际是在 {got} 处。",
        got=asked,
    )


@claims("`rate` is not above 0, or `steps` is negative")
@points(1)
def test_descend_refuses(student, device):
    """A rate of 0 or below and a negative number of steps are refused with ValueError.

    步长不大于 0、步数为负时，抛出 ValueError。
    """
    x0 = torch.ones(2, device=device)
    for rate, steps in ((0.0, 3), (-0.1, 3), (0.1, -1)):
        assert_raises(ValueError, student.descend, lambda x: x, x0, rate, steps)


@claims("the one of largest entropy is p = softmax(-beta * energies), for one beta")
@points(2)
def test_mean_and_shape_of_the_distribution(student, device):
    """p has the mean that was asked for, and log p is a straight line in the energy with slope -beta.

    p 的平均能量等于所求的值，而且 log p 是能量的一次函数，斜率为 -beta。
    """
    energies = torch.tensor(ENERGIES, dtype=torch.float64, device=device)
    for mean in (-1.5, 0.0, 1.0, 3.0):
        p, beta = pair(unchanged(student.max_entropy, energies, mean))
        assert_same(
            (p.sum(), (p * energies).sum()),
            tuple(torch.tensor(t, dtype=torch.float64, device=device) for t in (1.0, mean)),
        )
        assert_same(p.log() - p.log()[0], -beta * (energies - energies[0]), rtol=1e-6, atol=1e-6)


@points(1)
def test_no_distribution_is_more_uncertain(student, device):
    """Moving probability between three energies without moving the mean never raises the entropy.

    在三个能量之间挪动概率而不改变均值，熵不会增加。
    """
    energies = torch.tensor([0.0, 1.0, 3.0], dtype=torch.float64, device=device)
    p, _ = pair(student.max_entropy(energies, 0.8))

    move = 1e-3 * torch.tensor(
        [2.0, -3.0, 1.0], dtype=torch.float64, device=device
    )  # sums to 0, and so does its energy
    assert_same((p * energies).sum(), torch.tensor(0.8, dtype=torch.float64, device=device))
    before, *after = (-(q * q.log()).sum() for q in (p, p + move, p - move))
    expect(
        all(entropy < before for entropy in after),
        "There is a distribution with this mean that is more uncertain than yours.",
        "存在一个均值相同、却比你的结果更不确定的分布。",
    )


@claims("Adding a number to all energies and to `mean` changes nothing")
@points(1)
def test_energies_of_any_size(student, device):
    """Energies around a million, and differences of a millionth, are solved like small ones.

    能量在一百万附近，或相差只有百万分之一时，与普通大小一样能解。
    """
    energies = torch.tensor([0.0, 1.0, 4.0], dtype=torch.float64, device=device)
    for scale, shift in ((1.0, 1e6), (1e6, 0.0), (1e-6, 0.0), (1e-3, -5.0)):
        p, beta = pair(student.max_entropy(energies * scale + shift, 1.0 * scale + shift))
        # With y = exp(-beta): y + 4 y^4 = 1 + y + y^4, so y^4 = 1/3.
        assert_same((p * energies).sum(), torch.tensor(1.0, dtype=torch.float64, device=device), rtol=1e-7)
        assert_same(beta * scale, math.log(3) / 4, rtol=1e-5)


@claims("A mean below the plain average of the energies needs beta > 0")
@points(1)
def test_mean_near_the_edge(student, device):
    """A mean close to the smallest energy makes p almost certain, and beta large and positive; near the largest,
    negative. Two energies of nearly one size make it larger still.

    均值接近最小能量时，p 几乎是确定的，beta 是很大的正数；接近最大能量时，beta 为负。
    两个能量几乎相等时，beta 还要大得多。
    """
    energies = torch.tensor([0.0, 1.0], dtype=torch.float64, device=device)
    for rare in (1e-6, 1e-3):  # and a mean that is right to 1e-9 lets beta be wrong by 1e-4 of itself
        expected = torch.tensor([1 - rare, rare], dtype=torch.float64, device=device)
        p, beta = pair(student.max_entropy(energies, rare))
        assert_same(p, expected, rtol=1e-5)
        assert_same(beta, math.log((1 - rare) / rare), rtol=1e-3)
        p, beta = pair(student.max_entropy(energies - 1, -rare))
        assert_same(p, expected.flip(0), rtol=1e-5)
        assert_same(beta, -math.log((1 - rare) / rare), rtol=1e-3)
    close = torch.tensor([0.0, 1e-3, 1.0], dtype=torch.float64, device=device)
    p, beta = pair(student.max_entropy(close, 1e-5))  # 99 to 1 between the first two, and nothing for the third
    assert_same(p, torch.tensor([0.99, 0.01, 0.0], dtype=torch.float64, device=device), rtol=1e-3)
    assert_same(beta, 1e3 * math.log(99), rtol=1e-3)


@claims(
    "It is computed in float64: the mean energy of p is right to 1e-9 of the largest difference of energies",
    "p has the dtype of `energies` (float32 or float64), beta is a Python float",
)
@points(1)
def test_energies_in_float32(student, device):
    """Energies in float32 give p in float32 and beta as a Python float; equal energies share equally. With this beta,
    the mean is right to the digits of float64, also where it lies 1e-7 below the largest energy.

    float32 的能量得到 float32 的 p，beta 是 Python 浮点数；能量相同者概率相同。
    用这个 beta，均值精确到 float64 的位数，即使它只比最大能量小 1e-7。
    """
    p, beta = pair(student.max_entropy(torch.tensor([2.0, 0.0, 0.0], device=device), 0.5))

    assert_same(p, torch.tensor([0.25, 0.375, 0.375], device=device))
    assert_same(beta, math.log(1.5) / 2)
    energies = torch.tensor(ENERGIES, device=device)
    for mean in (-1.3, 0.2, 1.7):
        _, beta = pair(student.max_entropy(energies, mean))
        found = torch.softmax(-beta * energies.double(), dim=0) @ energies.double()
        assert_same(found, torch.tensor(mean, dtype=torch.float64, device=device), rtol=0.0, atol=2e-8)
    rare = 1e-7  # float32 knows no number between 1 - 6e-8 and 1 - 1.2e-7
    _, beta = pair(student.max_entropy(torch.tensor([0.0, 1.0], device=device), 1 - rare))
    assert_same(beta, -math.log((1 - rare) / rare), rtol=2e-3)  # a mean right to 1e-9 leaves beta 1e-3 of itself


@claims("`mean` does not lie strictly between the smallest and the largest energy")
@points(1)
def test_means_that_cannot_be(student, device):
    """A mean at or beyond the smallest or largest energy, and energies that are all equal, are refused with ValueError.

    均值不在最小与最大能量之间（含端点），或所有能量相等时，抛出 ValueError。
    """
    for energies, mean in (
        ([0.0, 2.0], 0.0),
        ([0.0, 2.0], 2.0),
        ([0.0, 2.0], 2.5),
        ([0.0, 2.0], -1.0),
        ([1.0, 1.0], 1.0),
    ):
        assert_raises(ValueError, student.max_entropy, torch.tensor(energies, device=device), mean)
