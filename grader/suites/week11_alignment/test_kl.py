"""Hidden suite of week 11, kl.

Expectations are sums over all tokens of a small vocabulary, so nothing is drawn.
Not covered: which estimator is best in a loss, adaptive coefficients.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, follows_device, gradients, points, unchanged

BATCH, LENGTH = 5, 7
KINDS = ("k1", "k2", "k3")


def two_models(device):
    """Log-probabilities of three tokens under a policy and under its reference."""
    policy = torch.tensor([0.5, 0.25, 0.25], dtype=torch.float64, device=device)
    reference = torch.tensor([0.25, 0.25, 0.5], dtype=torch.float64, device=device)
    return policy.log(), reference.log()


def masks(device):
    """Answers after a prompt, in front of padding, with a gap, of one token, and of all tokens."""
    rows = ["0011100", "1111000", "0110110", "0000010", "1111111"]
    return torch.tensor([[int(c) for c in row] for row in rows], device=device)


@points(1)
@claims(
    '"k1" is d', '"k2" is d^2 / 2', '"k3" is exp(-d) - 1 + d', "With d = logp - reference", "No argument is changed"
)
def test_estimates_by_hand(student, device):
    """At d = log 2, 0 and -log 2 the estimates are those of their formulas, and at 30, -12 and -25 as well.

    d = log 2、0、-log 2 时，各估计值与公式一致，30、-12 和 -25 时也一样。
    """
    logp, reference = two_models(device)
    two = math.log(2)

    right = {
        "k1": [two, 0.0, -two],
        "k2": [two * two / 2, 0.0, two * two / 2],
        "k3": [two - 0.5, 0.0, 1 - two],
    }
    for kind, numbers in right.items():
        expected = torch.tensor(numbers, dtype=torch.float64, device=device)
        assert_same(unchanged(student.kl_estimate, logp, reference, kind), expected)
    far = torch.tensor([-1.0, -13.0, -26.0]).to(logp), torch.tensor([-31.0, -1.0, -1.0]).to(logp)
    third = [29 + math.exp(-30), math.exp(12) - 13, math.exp(25) - 26]
    for kind, numbers in {"k1": [30, -12, -25], "k2": [450, 72, 312.5], "k3": third}.items():
        assert_same(student.kl_estimate(*far, kind), torch.tensor(numbers, dtype=torch.float64, device=device))


@points(1)
@claims(
    "log-probability of each sampled token under the policy",
    "log-probability of the same token under the",
    "right on average",
    "but not right on average",
)
def test_right_on_average(student, rng):
    """Over tokens that come as often as the policy says, the means of k1 and k3 are the exact KL; that of k2 is not.

    词元按策略的概率出现时，k1 与 k3 的均值正好是 KL；k2 的均值不是。
    """
    policy = rng.normal(11, dtype=torch.float64).log_softmax(-1)
    reference = rng.normal(11, dtype=torch.float64).log_softmax(-1)
    chances = policy.exp()

    kl = (chances * (policy - reference)).sum()
    for kind in ("k1", "k3"):
        assert_same((chances * student.kl_estimate(policy, reference, kind)).sum(), kl)
    half = (chances * (policy - reference).square()).sum() / 2
    assert_same((chances * student.kl_estimate(policy, reference, "k2")).sum(), half)


@points(1)
@claims("but often negative", "never negative, but", "and never negative")
def test_signs(student, device):
    """k1 has the sign of d; k2 and k3 are above 0 on both sides of it.

    k1 的符号与 d 相同；k2 与 k3 在 d 的两侧都大于 0。
    """
    logp = torch.tensor([-3.0, -2.5, -2.0, -1.0, -0.5], dtype=torch.float64, device=device)
    reference = torch.full_like(logp, -2.0)

    signs = {kind: student.kl_estimate(logp, reference, kind).sign().tolist() for kind in KINDS}
    assert_same(signs["k1"], [-1.0, -1.0, 0.0, 1.0, 1.0])
    for kind in ("k2", "k3"):
        expect(
            signs[kind] == [1.0, 1.0, 0.0, 1.0, 1.0],
            "{kind} must be above 0 wherever the two models differ; its signs are {signs}.",
            "只要两个模型不同，{kind} 就应大于 0；你的结果的符号是 {signs}。",
            kind=kind,
            signs=signs[kind],
        )


@points(1)
@claims(
    "nothing is summed or averaged", "The dtype is that of the arguments", "Each number is one estimate from one token"
)
def test_estimates_agree_with_the_reference(student, reference, rng):
    """Any number of axes, both precisions, slices that are not contiguous, one number: the shape and dtype are kept.

    任意多个轴、两种精度、不连续的切片、单个数：形状与 dtype 都保持不变。
    """
    for dtype in (torch.float64, torch.float32):
        for shape in ((7, 5, 2), (3, 5, 7, 2), (1, 2), (2,)):
            logp, other = (-rng.normal(*shape, dtype=dtype).abs()).unbind(-1)
            for kind in KINDS:
                mine = unchanged(student.kl_estimate, logp, other, kind)
                assert_same(mine, reference.kl_estimate(logp, other, kind))
    for dtype in (torch.float16, torch.bfloat16):
        logp, other = torch.full_like(logp, -2.0, dtype=dtype), torch.full_like(logp, -0.5, dtype=dtype)
        for kind in ("k1", "k2"):
            assert_same(student.kl_estimate(logp, other, kind), reference.kl_estimate(logp, other, kind))


@points(1)
@claims("gradients flow to both arguments")
def test_gradients_of_estimates(student, reference, rng):
    """Gradients reach both arguments, and are those of the formulas.

    梯度传到两个参数，并与公式一致。
    """
    logp, other = (-rng.normal(2, 5, 7, dtype=torch.float64).abs()).unbind(0)
    for kind in KINDS:
        mine = gradients(student.kl_estimate, logp, other, kind, wrt=(0, 1))
        assert_same(mine, gradients(reference.kl_estimate, logp, other, kind, wrt=(0, 1)))


@points(1)
@claims("`kind` is none of the three, or the arguments differ in shape")
def test_estimates_that_are_refused(student, rng):
    """An unknown kind and shapes that differ are refused, also where torch would broadcast.

    未知的 kind、不同的形状都会被拒绝，即使 torch 能广播。
    """
    logp = -rng.normal(BATCH, LENGTH).abs()

    for kind in ("k4", "K1", "", "kl"):
        assert_raises(ValueError, student.kl_estimate, logp, logp, kind)
    for kind in KINDS:
        assert_raises(ValueError, student.kl_estimate, logp, logp[:1], kind)
        assert_raises(ValueError, student.kl_estimate, logp[:, :1], logp, kind)
        assert_raises(ValueError, student.kl_estimate, logp[0, 0], logp, kind)
        assert_raises(ValueError, student.kl_estimate, logp[:, :1], logp[:, :1].T, kind)


@points(1)
@claims(
    "Each real token of the answer is paid -beta times its KL",
    "The last real token of a row, the rightmost one whose mask",
    "Where the mask is 0 (or False) the reward is 0",
)
def test_rewards_by_hand(student, device):
    """KL 1 to 5 at a price of 2, a score of 100: paid at the last token of the answer, on top of its price.

    KL 为 1 到 5，单价 2，分数 100：分数付在回答的最后一个词元上，那里的惩罚照收。
    """
    kl = torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]], dtype=torch.float64, device=device).expand(4, 5)
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 1, 1, 1], [0, 1, 0, 1, 0], [1, 0, 0, 0, 0]], device=device)
    scores = torch.tensor([100.0, 200.0, -100.0, 0.0], dtype=torch.float64, device=device)

    right = [[-2, -4, 94, 0, 0], [0, 0, -6, -8, 190], [0, -4, 0, -108, 0], [-2, 0, 0, 0, 0]]
    expected = torch.tensor(right, dtype=torch.float64, device=device)
    assert_same(student.shape_rewards(scores, kl, 2.0, mask), expected)
    assert_same(student.shape_rewards(scores, kl, 2, mask.bool()), expected)


@points(1)
@claims("whatever stands in `kl` there, even NaN")
def test_padding_costs_nothing(student, rng, device):
    """NaN, infinite and large values where the mask is 0 change nothing, and each row sums to its score less its price.

    掩码为 0 处的 NaN、无穷大和很大的值都不起作用；每一行的和等于分数减去惩罚。
    """
    mask, scores = masks(device), rng.normal(BATCH, dtype=torch.float64)
    kl = rng.normal(BATCH, LENGTH, dtype=torch.float64)
    price = 0.3 * (kl * mask).sum(1)
    for value in (math.nan, math.inf, -math.inf, 1e9):
        spoiled = kl.masked_fill(mask == 0, value)
        rewards = student.shape_rewards(scores, spoiled, 0.3, mask)

        assert_same(rewards[mask == 0], torch.zeros_like(rewards[mask == 0]))
        assert_same(rewards.sum(1), scores - price)


@points(1)
@claims(
    "the price of one nat; 0: a finite KL costs nothing",
    "1 (or True) for the tokens of the answer",
    "one score for each answer",
)
def test_without_a_price(student, rng, device):
    """With beta 0 there is one reward in each row: the score, at the last token of the answer.

    beta 为 0 时，每行只有一个奖励：分数，在回答的最后一个词元处。
    """
    scores, kl = rng.normal(BATCH, dtype=torch.float64), rng.normal(BATCH, LENGTH, dtype=torch.float64)

    expected = torch.zeros(BATCH, LENGTH, dtype=torch.float64, device=device)
    for row, place in enumerate((4, 3, 5, 5, 6)):
        expected[row, place] = scores[row]
    assert_same(student.shape_rewards(scores, kl, 0.0, masks(device)), expected)


@points(1)
@claims("A row without a real token has rewards of 0 only")
def test_an_answer_without_tokens(student, device):
    """An answer without tokens is paid nothing: its score goes to no other place, and the other rows keep theirs.

    没有词元的回答得不到任何奖励：它的分数不会落到别处，其他行照常。
    """
    # Two columns of padding, so that the last one is not the first after the answer.
    kl = torch.ones(3, 4, dtype=torch.float64, device=device)
    mask = torch.tensor([[0, 0, 0, 0], [1, 1, 0, 0], [0, 0, 0, 0]], device=device)
    scores = torch.tensor([5.0, 7.0, math.nan], dtype=torch.float64, device=device)

    right = torch.tensor([[0, 0, 0, 0], [-0.5, 6.5, 0, 0], [0, 0, 0, 0]], dtype=torch.float64, device=device)
    assert_same(student.shape_rewards(scores, kl, 0.5, mask), right)


@points(1)
@claims("Its dtype and device are those of `kl`", "no argument is changed")
def test_rewards_agree_with_the_reference(student, reference, rng, device):
    """Rewards have the dtype of the KL, whatever that of the scores; the arguments stay, contiguous or not, size 1 too.

    无论分数是什么 dtype，奖励的 dtype 与 KL 相同；参数不变，连续与否、大小为 1 都一样。
    """
    mask = masks(device)
    for dtype, other in (
        (torch.float64, torch.float32),
        (torch.float32, torch.float64),
        (torch.float32, torch.float32),
    ):
        scores, kl = rng.normal(BATCH, dtype=other), rng.normal(LENGTH, BATCH, dtype=dtype).T
        for given in (mask, mask.bool()):
            rewards = unchanged(student.shape_rewards, scores, kl, 0.7, given)
            assert_same(rewards, reference.shape_rewards(scores, kl, 0.7, given))
    one = torch.ones(1, 1, device=device)
    assert_same(student.shape_rewards(one[0], one, 0.25, one.bool()), one - 0.25)


@points(1)
@claims("device are those of `kl`")
def test_rewards_are_where_the_kl_is(student, reference, rng, device):
    """Rewards lie on the device of the KL, with a price and without: on a GPU, every new tensor is made there.

    无论有没有单价，奖励都与 KL 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    scores, kl = rng.normal(BATCH), rng.normal(BATCH, LENGTH)

    for beta in (0.7, 0.0):
        rewards = follows_device(student.shape_rewards, scores, kl, beta, masks(device))
        assert_same(rewards, reference.shape_rewards(scores, kl, beta, masks(device)))


@points(1)
@claims("Rewards are constants: the result carries no gradient")
def test_rewards_are_constants(student, rng, device):
    """No gradient flows through a reward, neither to the KL nor to the scores.

    奖励不传梯度，既不传到 KL，也不传到分数。
    """
    given = (rng.normal(BATCH), rng.normal(BATCH, LENGTH), 0.5, masks(device))

    expect(
        not student.given("small_policies").learns_through(student.shape_rewards, *given),
        "Your rewards are part of the graph: the policy would learn through its own penalty.",
        "你的奖励仍在计算图里：策略会通过自己的惩罚学习。",
    )
    assert_same(list(student.shape_rewards(*given).shape), [BATCH, LENGTH])


@points(1)
@claims("`beta` is negative or NaN, `kl` and `mask` differ in shape, or there is not one score for each row")
def test_rewards_that_are_refused(student, rng, device):
    """A negative or NaN price, and shapes that do not fit, are refused.

    负的或 NaN 的单价、不相符的形状都会被拒绝。
    """
    scores, kl, mask = rng.normal(BATCH), rng.normal(BATCH, LENGTH), masks(device)

    for beta in (-0.1, math.nan, -math.inf):
        assert_raises(ValueError, student.shape_rewards, scores, kl, beta, mask)
    assert_raises(ValueError, student.shape_rewards, scores, kl, 0.1, mask[:, :-1])
    assert_raises(ValueError, student.shape_rewards, scores, kl, 0.1, mask[:1])
    assert_raises(ValueError, student.shape_rewards, scores, kl[:, :1], 0.1, mask)
    assert_raises(ValueError, student.shape_rewards, scores[:1], kl, 0.1, mask)
    assert_raises(ValueError, student.shape_rewards, scores[:-1], kl, 0.1, mask)
    assert_raises(ValueError, student.shape_rewards, scores.unsqueeze(-1), kl, 0.1, mask)
    assert_raises(ValueError, student.shape_rewards, kl, kl, 0.1, mask)
