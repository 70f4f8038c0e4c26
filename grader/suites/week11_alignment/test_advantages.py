"""Hidden suite of week 11, advantages.

Sizes are distinct primes; episodes end within rows, at their end and not at all.
Not covered: NaN after the end of an episode, gradients of whiten, the choice of gamma and lam.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, points, unchanged

ROWS, STEPS = 3, 7


def episodes(device):
    """A row that ends twice within, one that ends with its last step, one that merely stops."""
    ends = ["0010100", "0000001", "0000000"]
    return torch.tensor([[c == "1" for c in row] for row in ends], device=device)


def inputs(rng, device, dtype=torch.float64):
    """(rewards, values, dones)."""
    return rng.normal(ROWS, STEPS, dtype=dtype), rng.normal(ROWS, STEPS + 1, dtype=dtype), episodes(device)


@points(1)
@claims(
    "A reward k steps later counts gamma^k times",
    "the reward of the step itself counts in full",
    "No argument is changed",
)
def test_returns_by_hand(student, device):
    """Rewards 1, 10 and 100 at gamma 1/10: 3, 20 and 100.

    奖励 1、10、100，gamma 为 1/10：回报为 3、20、100。
    """
    rewards = torch.tensor([1.0, 10.0, 100.0], dtype=torch.float64, device=device)
    dones = torch.tensor([False, False, True], device=device)

    right = torch.tensor([3.0, 20.0, 100.0], dtype=torch.float64, device=device)
    assert_same(unchanged(student.discounted_returns, rewards, dones, 0.1), right)
    assert_same(student.discounted_returns(rewards, dones, 1), right.new_tensor([111.0, 110.0, 100.0]))
    assert_same(student.discounted_returns(rewards, dones, 0), rewards)


@points(1)
@claims(
    "A step with dones True is the last one of its episode: what comes after it in the row belongs to another",
    "whether it is done or not",
)
def test_returns_of_episodes(student, device):
    """An episode counts its own last reward and nothing after it; a row may end without an end.

    一个回合算上自己的最后一个奖励，之后的都不算；一行也可以没有结束标记就到头。
    """
    rewards = torch.tensor([[1.0, 2.0, 4.0, 8.0], [1.0, 2.0, 4.0, 8.0]], dtype=torch.float64, device=device)
    dones = torch.tensor([[False, True, False, False], [True, False, False, True]], device=device)

    right = torch.tensor([[2, 2, 8, 8], [1, 6, 8, 8]], dtype=torch.float64, device=device)
    assert_same(student.discounted_returns(rewards, dones, 0.5), right)


@points(1)
@claims("The dtype is that of `rewards`")
def test_returns_agree_with_the_reference(student, reference, rng, device):
    """Any number of leading axes, both precisions, slices that are not contiguous, a single step.

    任意多个前导轴、两种精度、不连续的切片、只有一步。
    """
    for dtype in (torch.float64, torch.float32):
        for rewards, dones in (
            (rng.normal(STEPS, ROWS, dtype=dtype).T, episodes(device)),
            (rng.normal(2, ROWS, STEPS, dtype=dtype), torch.stack([episodes(device), episodes(device).flip(0)])),
            (rng.normal(STEPS, dtype=dtype), episodes(device)[0]),
            (rng.normal(5, 1, dtype=dtype), episodes(device)[0, :5].unsqueeze(1)),
        ):
            right = reference.discounted_returns(rewards, dones, 0.9)
            assert_same(unchanged(student.discounted_returns, rewards, dones, 0.9), right)


@points(2)
@claims("With delta_t = r_t + gamma V_{t+1} - V_t, the advantage at t is the sum of (gamma lam)^k delta_{t+k}")
def test_gae_by_hand(student, device):
    """Rewards 0, 0, 8 and values 4, 4, 6: at gamma 1 and lam 1/2 the advantages are 1.5, 3 and 2.

    奖励 0、0、8，价值 4、4、6：gamma 为 1、lam 为 1/2 时，优势为 1.5、3、2。
    """
    rewards = torch.tensor([[0.0, 0.0, 8.0]], dtype=torch.float64, device=device)
    values = torch.tensor([[4.0, 4.0, 6.0, 1000.0]], dtype=torch.float64, device=device)
    dones = torch.tensor([[False, False, True]], device=device)

    first = [1.5, 3.0, 2.0]
    advantages, returns = student.gae(rewards, values, dones, 1.0, 0.5)
    assert_same(advantages, advantages.new_tensor([first]))
    assert_same(returns, values[:, :-1] + advantages.new_tensor([first]))
    # gamma 1/2, lam 1/2: deltas -2, -1, 2; a quarter of each passes to the step before
    advantages, returns = student.gae(rewards, values, dones, 0.5, 0.5)
    second = [-2 + (-1 + 2 / 4) / 4, -1 + 2 / 4, 2.0]
    assert_same(advantages, advantages.new_tensor([second]))
    assert_same(returns, values[:, :-1] + advantages.new_tensor([second]))


@points(1)
@claims("nothing is expected after it, and no later step counts")
def test_nothing_passes_the_end(student, rng, device):
    """What stands after the end of an episode, rewards and values, changes nothing before it.

    回合结束之后的奖励和价值，不影响结束之前的任何结果。
    """
    rewards, values, dones = inputs(rng, device)
    others = rewards.clone(), values.clone()
    others[0][0, 3:], others[1][0, 3:] = 50.0, -70.0
    others[1][1, -1] = 90.0

    mine, theirs = student.gae(rewards, values, dones, 0.9, 0.8), student.gae(*others, dones, 0.9, 0.8)
    for one, other in zip(mine, theirs, strict=True):
        assert_same(other[0, :3], one[0, :3])
        assert_same(other[1:], one[1:])
    assert_same(mine[0][0, 2], rewards[0, 2] - values[0, 2])
    assert_same(theirs[0][1, 6], rewards[1, 6] - values[1, 6])


@points(1)
@claims(
    "A row that merely stops (its last step is not done) counts on its last value",
    "what is expected after the last",
)
def test_a_row_that_merely_stops(student, device):
    """Cut off in the middle, a text has earned nothing yet and is worth what the value head expects: 10.

    中途截断的文本还没有得到奖励，它值价值头所预期的：10。
    """
    rewards = torch.zeros(2, 2, dtype=torch.float64, device=device)
    values = torch.tensor([[4.0, 6.0, 10.0], [4.0, 6.0, 10.0]], dtype=torch.float64, device=device)
    dones = torch.tensor([[False, False], [False, True]], device=device)

    advantages, returns = student.gae(rewards, values, dones, 0.5, 1.0)
    assert_same(advantages, advantages.new_tensor([[-1.5, -1.0], [-4.0, -6.0]]))
    assert_same(returns, returns.new_tensor([[2.5, 5.0], [0.0, 0.0]]))


@points(1)
@claims("values[..., t] is what was expected before step t")
def test_the_two_ends_of_lam(student, rng, device):
    """With lam 0 an advantage is one delta; with lam 1 it is the whole return less the value.

    lam 为 0 时优势就是一个 delta；lam 为 1 时是全部回报减去价值。
    """
    rewards, values, _ = inputs(rng, device)
    dones = torch.zeros_like(rewards, dtype=torch.bool)
    dones[:, -1] = True

    one, _ = student.gae(rewards, values, dones, 0.7, 0)
    after = values[:, 1:].clone()
    after[:, -1] = 0
    assert_same(one, rewards + 0.7 * after - values[:, :-1])
    whole, returns = student.gae(rewards, values, dones, 0.7, 1)
    sums = torch.stack([sum(0.7**k * rewards[:, t + k] for k in range(STEPS - t)) for t in range(STEPS)], dim=1)
    assert_same(returns, sums)
    assert_same(whole, sums - values[:, :-1])


@points(1)
@claims("Their dtype is that of `rewards`; no argument is changed", "The returns are advantages + values[..., :-1]")
def test_gae_agrees_with_the_reference(student, reference, rng, device):
    """Any number of leading axes, both precisions, values of another dtype, not contiguous, a single step.

    任意多个前导轴、两种精度、dtype 不同的价值、不连续、只有一步。
    """
    dones = episodes(device)
    for dtype, other in (
        (torch.float64, torch.float64),
        (torch.float32, torch.float32),
        (torch.float32, torch.float64),
    ):
        for rewards, values, ends in (
            (rng.normal(STEPS, ROWS, dtype=dtype).T, rng.normal(STEPS + 1, ROWS, dtype=other).T, dones),
            (
                rng.normal(2, ROWS, STEPS, dtype=dtype),
                rng.normal(2, ROWS, STEPS + 1, dtype=other),
                torch.stack([dones, dones.flip(0)]),
            ),
            (rng.normal(STEPS, dtype=dtype), rng.normal(STEPS + 1, dtype=other), dones[0]),
            (rng.normal(5, 1, dtype=dtype), rng.normal(5, 2, dtype=other), dones[0, :5].unsqueeze(1)),
        ):
            assert_same(
                unchanged(student.gae, rewards, values, ends, 0.97, 0.9),
                reference.gae(rewards, values, ends, 0.97, 0.9),
            )
            assert_same(student.gae(rewards, values, ends, 1.0, 1.0), reference.gae(rewards, values, ends, 1.0, 1.0))


@points(1)
@claims("Both results are constants: they carry no gradient")
def test_advantages_are_constants(student, rng, device):
    """No gradient flows through advantages or returns, neither to the values nor to the rewards.

    优势与回报都不传梯度，既不传到价值，也不传到奖励。
    """
    given = (*inputs(rng, device), 0.9, 0.8)

    expect(
        not student.given("small_policies").learns_through(student.gae, *given),
        "Your advantages or returns are part of the graph: the value head would move its own targets.",
        "你的优势或回报仍在计算图里：价值头会移动自己的目标。",
    )
    assert_same(list(student.gae(*given)[1].shape), [ROWS, STEPS])


@points(1)
@claims(
    "`gamma` is not between 0 and 1, or the tensors differ in shape",
    "`gamma` or `lam` is not between 0 and 1, `rewards` and `dones` differ in shape, or `values` does not",
    "have exactly one step more",
)
def test_what_is_refused(student, rng, device):
    """Shares outside 0 to 1, NaN, and shapes that do not fit are refused; 0 and 1 are not.

    0 到 1 之外的数、NaN、不相符的形状都会被拒绝；0 和 1 不会。
    """
    rewards, values, dones = inputs(rng, device)

    for bad in (-0.1, 1.1, math.nan, math.inf):
        assert_raises(ValueError, student.discounted_returns, rewards, dones, bad)
        assert_raises(ValueError, student.gae, rewards, values, dones, bad, 0.9)
        assert_raises(ValueError, student.gae, rewards, values, dones, 0.9, bad)
    for ends in (dones[:, :-1], dones[:1], dones[0], dones.unsqueeze(0)):
        assert_raises(ValueError, student.discounted_returns, rewards, ends, 0.9)
        assert_raises(ValueError, student.gae, rewards, values, ends, 0.9, 0.9)
    for expected in (values[:, :-1], torch.cat([values, values], 1), values[:1], values[0]):
        assert_raises(ValueError, student.gae, rewards, expected, dones, 0.9, 0.9)


@points(1)
@claims(
    "A real value becomes (value - mean) / sqrt(variance + eps)",
    "it is divided by their number, not by one less",
    "Everywhere else the result is 0",
    "Mean and variance are those of all places together",
)
def test_whiten_by_hand(student, device):
    """The real values 1, 3, 3 and 9 in two rows: mean 4, variance 9; with an eps of 7 the divisor is 4.

    两行里的真实值 1、3、3、9：均值 4，方差 9；eps 为 7 时除数是 4。
    """
    x = torch.tensor([[1.0, 3.0, 500.0], [9.0, -80.0, 3.0]], dtype=torch.float64, device=device)
    mask = torch.tensor([[1, 1, 0], [1, 0, 1]], device=device)

    right = torch.tensor([[-3.0, -1.0, 0.0], [5.0, 0.0, -1.0]], dtype=torch.float64, device=device)
    assert_same(unchanged(student.whiten, x, mask), right / 3)
    assert_same(student.whiten(x, mask.bool(), eps=7.0), right / 4)
    assert_same(student.whiten(x * 1e-4, mask), right * 1e-4 / math.sqrt(9e-8 + 1e-8))
    far = torch.tensor([10000.0, 10001.0, 10002.0], device=device)  # the mean of the squares would lose the spread
    assert_same(student.whiten(far, torch.ones_like(far).bool()), (far - 10001.0) * math.sqrt(1.5))


@points(1)
@claims("what stands there does not count, not even NaN")
def test_whiten_does_not_see_padding(student, rng, device):
    """NaN and infinite values in the padding change nothing.

    填充处的 NaN 和无穷大都不起作用。
    """
    x, mask = rng.normal(5, STEPS, dtype=torch.float64), (rng.uniform(5, STEPS) < 0.6).long()
    mask[0, 0], mask[1, 1] = 1, 0

    right = student.whiten(x, mask)
    for value in (math.nan, math.inf, -1e9):
        assert_same(student.whiten(x.masked_fill(mask == 0, value), mask), right)
    real = right[mask != 0]
    assert_same(torch.stack([real.mean(), real.square().mean()]), torch.tensor([0.0, 1.0]).to(real))


@points(1)
@claims("equal values, or a single one, become 0", "Without a real value all is 0")
def test_whiten_without_spread(student, device):
    """Equal values, a single one and none at all give 0, and never NaN.

    值全相等、只有一个、一个也没有时都得 0，不会得到 NaN。
    """
    x = torch.tensor([[2.5, 2.5, 7.0]], device=device)
    for bits in ([1, 1, 0], [0, 0, 1], [0, 0, 0]):
        mask = torch.tensor([bits], device=device)

        assert_same(student.whiten(x, mask), torch.zeros_like(x))
    assert_same(student.whiten(x[0, 0], mask[0, 0].bool() | True), torch.zeros_like(x[0, 0]))


@points(1)
@claims("float16 and bfloat16 are computed in float32; the dtype of the result is that of `x`, which is not changed")
def test_whiten_agrees_with_the_reference(student, reference, rng, device):
    """The dtype is kept in every precision; large offsets in half precision lose nothing; not contiguous, three axes.

    各种精度都保持 dtype；半精度下偏移很大也不失真；不连续、三个轴。
    """
    mask = rng.uniform(STEPS, ROWS) < 0.7
    for dtype in (torch.float64, torch.float32):
        x = rng.normal(ROWS, STEPS, dtype=dtype).T * 3 + 2
        assert_same(unchanged(student.whiten, x, mask), reference.whiten(x, mask))
        cube = rng.normal(2, STEPS, ROWS, dtype=dtype)
        assert_same(student.whiten(cube, mask.expand(2, -1, -1)), reference.whiten(cube, mask.expand(2, -1, -1)))
    for dtype in (torch.float16, torch.bfloat16):
        x = (rng.normal(STEPS, ROWS) * 100 + 400).to(dtype)  # the sum of the squares does not fit into float16
        assert_same(student.whiten(x, mask), reference.whiten(x.float(), mask).to(dtype))


@points(1)
@claims("`x` and `mask` differ in shape")
def test_masks_that_are_refused(student, rng, device):
    """A mask of another shape is refused, also where torch would broadcast.

    形状不同的掩码会被拒绝，即使 torch 能广播。
    """
    x, mask = rng.normal(ROWS, STEPS), torch.ones(ROWS, STEPS, device=device)

    assert_same(list(student.whiten(x, mask.bool()).shape), [ROWS, STEPS])
    for other in (mask[:1], mask[:, :1], mask[0], mask[:, :-1]):
        assert_raises(ValueError, student.whiten, x, other.bool())
