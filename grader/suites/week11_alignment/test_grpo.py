"""Hidden suite of week 11, grpo.

Sizes are distinct primes. At a ratio on the border of the clipped range the gradient is not judged.
Not covered: which kind trains better; fractions, powers and units in the reward.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, gradients, points, unchanged

BATCH, LENGTH, LIMIT = 5, 7, 13
KINDS = ("grpo", "dapo", "dr_grpo")


def answers(rng, dtype=torch.float64, spread=0.5):
    """Log-probabilities now, then, and of the reference, advantages, and a mask of answers of unequal lengths."""
    logps, old, reference = (-spread * rng.uniform(BATCH, LENGTH, dtype=dtype) for _ in range(3))
    return logps, old, reference, rng.normal(BATCH, dtype=dtype), lengths_to_mask(logps.device)


def lengths_to_mask(device, lengths=(7, 1, 4, 0, 2)):
    return torch.arange(LENGTH, device=device) < torch.tensor(lengths, device=device)[:, None]


def as_zeros(found, like):
    """Gradients with 0 where there is none."""
    return tuple(torch.zeros_like(one) if grad is None else grad for grad, one in zip(found, like, strict=True))


def number(value, device, dtype=torch.float64):
    return torch.tensor(value, dtype=dtype, device=device)


@points(1)
@claims(
    "The advantage is (reward - mean) / (std + eps)",
    "std divides by group_size - 1",
    "Answers to one prompt stand next",
    "No argument is changed",
)
def test_advantages_by_hand(student, device):
    """Rewards 0 0 3 and 5 5 11 in groups of three: means 1 and 7, deviations sqrt(3) and sqrt(12) by n - 1.

    奖励 0 0 3 与 5 5 11，每组三个：均值 1 和 7，除以 n - 1 的标准差为 sqrt(3) 和 sqrt(12)。
    """
    rewards = number([0.0, 0.0, 3.0, 5.0, 5.0, 11.0], device)
    third = 1 / math.sqrt(3)

    scaled = unchanged(student.group_advantages, rewards, 3, eps=1e-12)

    assert_same(scaled, number([-third, -third, 2 * third] * 2, device))
    half = student.group_advantages(rewards, 3, eps=math.sqrt(3))  # eps stands beside the root, not in it
    assert_same(half, number([-third / 2, -third / 2, third, -2 / 3 * third, -2 / 3 * third, 4 / 3 * third], device))


@points(1)
@claims("With `scale` False it is reward - mean", "with mean and std of the reward's own group")
def test_advantages_agree_with_the_reference(student, reference, rng):
    """Groups of 2, 3 and 7 agree with the reference, scaled or not, in both precisions, contiguous or not.

    每组 2、3、7 个时都与参考答案一致：缩放与否、两种精度、连续与否。
    """
    for dtype in (torch.float64, torch.float32):
        rewards = rng.normal(42, 2, dtype=dtype)[:, 0]
        for size in (2, 3, 7, 42):
            for options in ({}, {"scale": False}, {"scale": True, "eps": 0.3}):
                mine = unchanged(student.group_advantages, rewards, size, **options)
                assert_same(mine, reference.group_advantages(rewards, size, **options))


@points(1)
@claims(
    "A group whose rewards are all equal gets zeros", "Integers, booleans, float16 and bfloat16 are computed in float32"
)
def test_groups_that_teach_nothing(student, reference, device):
    """All right or all wrong: zeros, never NaN. Rewards may be integers, booleans or half precision: float32 comes out.

    全对或全错：结果是 0，绝不是 NaN。奖励可以是整数、布尔值或半精度：结果是 float32。
    """
    rows = torch.tensor([1, 1, 0, 0, 0, 1], device=device)
    for dtype in (torch.int64, torch.bool, torch.float16, torch.bfloat16, torch.float32):
        mine = student.group_advantages(rows.to(dtype), 2)
        assert_same(mine, reference.group_advantages(rows.to(dtype), 2))
        assert_same(mine[:4], torch.zeros(4, device=device))
    many = torch.tensor([2000, 2001, 2002, 2004], device=device)
    assert_same(student.group_advantages(many, 4), reference.group_advantages(many, 4))


@points(1)
@claims("The answer carries no gradient")
def test_advantages_are_constants(student, rng):
    """No gradient flows through an advantage.

    优势不传梯度。
    """
    rewards = rng.normal(6)

    expect(
        not student.given("small_policies").learns_through(student.group_advantages, rewards, 3),
        "Your advantages are part of the graph: rewards are facts, nothing is learned through them.",
        "你的优势仍在计算图里：奖励是事实，不应通过它们学习。",
    )
    assert_same(list(student.group_advantages(rewards, 3).shape), [6])


@points(1)
@claims("`rewards` has not exactly one axis, `group_size` is smaller than 2")
def test_advantages_that_are_refused(student, rng):
    """A group of one, groups that do not come out even, a second axis and an eps of 0 are refused.

    每组一个、分不整的组、第二个轴、eps 为 0，都应拒绝。
    """
    rewards = rng.normal(6)

    for size in (1, 0, -2, 4, 5, 12):
        assert_raises(ValueError, student.group_advantages, rewards, size)
    assert_raises(ValueError, student.group_advantages, rewards.reshape(2, 3), 3)
    assert_raises(ValueError, student.group_advantages, rewards.reshape(3, 2), 3)
    assert_raises(ValueError, student.group_advantages, rewards[0], 2)
    for eps in (0.0, -1e-4, math.nan):
        assert_raises(ValueError, student.group_advantages, rewards, 3, eps=eps)
        assert_raises(ValueError, student.group_advantages, rewards, 3, scale=False, eps=eps)


@points(2)
@claims("So the loss may well be 0 while its gradient is not", "every ratio is 1, and its gradient is that of `logps`")
def test_the_first_step(student, device):
    """Two answers with advantages 1 and -1, just written: the loss is 0, its gradient -1/4 and 1/4 a token of two.

    两个刚写出的回答，优势为 1 和 -1：损失为 0，而每个词元（每个回答两个）的梯度为 -1/4 和 1/4。
    """
    logps = number([[-0.5, -1.5], [-2.0, -0.25]], device)
    advantages, mask = number([1.0, -1.0], device), torch.ones(2, 2, dtype=torch.bool, device=device)
    slope = number([[-0.25, -0.25], [0.25, 0.25]], device) * math.cos(1)  # `gradients` weighs a number with cos(1)

    for kind in KINDS:
        options = {"kind": kind, "max_length": 2}
        for old in (None, logps):
            assert_same(student.grpo_loss(logps, old, advantages, mask, **options), number(0.0, device))
            assert_same(gradients(student.grpo_loss, logps, old, advantages, mask, **options), (slope,))


@points(1)
@claims("-min(ratio * A, clipped ratio * A)", "With ratio = exp(logps - old_logps)", "(0.2, 0.2) is the usual choice")
def test_clipping_by_hand(student, device):
    """Ratios 2 and 1/2 with advantages 1 and -1 cost -1.2, 2, -0.5 and 0.8; with clip (0.5, 0.75), -1.75, 2, -0.5, 0.5.

    比值 2 与 1/2，优势 1 与 -1：代价为 -1.2、2、-0.5、0.8；clip 为 (0.5, 0.75) 时为 -1.75、2、-0.5、0.5。
    """
    lead = math.log(2)
    mask = torch.tensor([[True]], device=device)
    for change, advantage, usual, wide in (
        (lead, 1.0, -1.2, -1.75),
        (lead, -1.0, 2.0, 2.0),
        (-lead, 1.0, -0.5, -0.5),
        (-lead, -1.0, 0.8, 0.5),
        (2 * lead, -1.0, 4.0, 4.0),
    ):
        given = number([[change - 3]], device), number([[-3.0]], device), number([advantage], device), mask
        for kind in KINDS:
            assert_same(student.grpo_loss(*given, kind=kind, max_length=1), number(usual, device))
            assert_same(student.grpo_loss(*given, kind=kind, max_length=1, clip=(0.5, 0.75)), number(wide, device))


@points(1)
@claims(
    "the mean over the tokens of each answer, then the mean over the answers",
    "the sum over all tokens of the batch, divided by their number",
    "the same sum, divided by batch * max_length",
    "`kind` says how the costs of the tokens become one number",
)
def test_three_means_by_hand(student, device):
    """Costs 3 6 6 of one answer, 12 of another, no token in a third: 17/3, 27/4, and 27/15 for a length of up to 5.

    一个回答的代价为 3 6 6，另一个为 12，第三个没有词元：结果为 17/3、27/4，长度上限为 5 时为 27/15。
    """
    ratios = number([[0.5, 1.0, 1.0], [2.0, 9.0, 9.0], [9.0, 9.0, 9.0]], device)
    mask = torch.tensor([[1, 1, 1], [1, 0, 0], [0, 0, 0]], device=device).bool()
    given = ratios.log(), torch.zeros_like(ratios), number([-6.0, -6.0, 5.0], device), mask

    found = {kind: student.grpo_loss(*given, kind=kind, clip=(0.5, 1.0), max_length=5) for kind in KINDS}

    assert_same(found["grpo"], number((5.0 + 12.0 + 0.0) / 3, device))
    assert_same(found["dapo"], number(27 / 4, device))
    assert_same(found["dr_grpo"], number(27 / 15, device))
    assert_same(student.grpo_loss(*given, clip=(0.5, 1.0)), found["grpo"])


@points(1)
@after("test_three_means_by_hand")
@claims("it may exceed `length`", 'used by "dr_grpo" alone')
def test_losses_agree_with_the_reference(student, reference, rng):
    """All kinds, with and without a penalty, clipped and not, in both precisions, agree with the reference.

    三种平均方式、有无惩罚、截断与否、两种精度，都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        logps, old, other, advantages, mask = answers(rng, dtype)
        for kind in KINDS:
            for options in (
                {},
                {"clip": (0.1, 0.28)},
                {"clip": (0.0, 0.0)},
                {"reference_logps": other, "beta": 0.7},
                {"reference_logps": other},
            ):
                for then in (old, None):
                    arguments = (logps, then, advantages, mask)
                    extra = {"kind": kind, "max_length": LIMIT, **options}
                    mine = unchanged(student.grpo_loss, *arguments, **extra)
                    assert_same(mine, reference.grpo_loss(*arguments, **extra))
    views = (logps.T.contiguous().T, old.T.contiguous().T, advantages, mask.T.contiguous().T)
    assert_same(student.grpo_loss(*views), reference.grpo_loss(*views))
    assert_same(student.grpo_loss(*views, max_length=0), reference.grpo_loss(*views))
    single = (logps[:1, :1], None, advantages[:1], mask[:1, :1])
    assert_same(student.grpo_loss(*single, kind="dapo"), reference.grpo_loss(*single, kind="dapo"))


@points(1)
@claims("Gradients flow into `logps` alone")
def test_gradients_of_the_loss(student, reference, rng):
    """Gradients of the log-probabilities agree with the reference; nothing else gets any.

    对当前对数概率的梯度与参考答案一致；旧的对数概率、优势和参考模型得不到梯度。
    """
    logps, old, other, advantages, mask = answers(rng)
    for kind in KINDS:
        for options in ({}, {"reference_logps": other, "beta": 0.7}):
            extra = {"kind": kind, "max_length": LIMIT, **options}
            for then in (old, None):
                arguments = (logps, then, advantages, mask)
                mine = gradients(student.grpo_loss, *arguments, **extra)
                assert_same(mine, gradients(reference.grpo_loss, *arguments, **extra))
        found = gradients(student.grpo_loss, logps, old, advantages, mask, wrt=(0, 1, 2), **extra)
        assert_same(as_zeros(found[1:], (old, advantages)), (torch.zeros_like(old), torch.zeros_like(advantages)))
    expect(
        not student.given("small_policies").learns_through_keyword(
            student.grpo_loss, "reference_logps", logps, old, advantages, mask, reference_logps=other, beta=0.7
        ),
        "Gradients flow into the reference's log-probabilities: the reference is a constant.",
        "梯度流进了参考模型的对数概率：参考模型是常数。",
    )


@points(1)
@claims("a token costs beta * (exp(d) - d - 1) more", "where d = reference_logps - logps")
def test_the_price_of_leaving_the_reference(student, device):
    """The reference finds a token twice as probable: d = log 2, and with beta 10 the token costs 10 (1 - log 2) more.

    参考模型认为某词元的概率是两倍：d = log 2，beta 为 10 时，该词元的代价多出 10 (1 - log 2)。
    """
    logps, mask = number([[-3.0]], device), torch.tensor([[True]], device=device)
    reference = logps + math.log(2)

    loss = student.grpo_loss(logps, None, number([0.0], device), mask, reference_logps=reference, beta=10.0)

    assert_same(loss, number(10 * (1 - math.log(2)), device))
    slope = gradients(student.grpo_loss, logps, None, number([0.0], device), mask, reference_logps=reference, beta=10.0)
    assert_same(slope, (number([[-10.0]], device) * math.cos(1),))  # 10 * (1 - exp(d)): towards the reference
    far = student.grpo_loss(logps, None, number([0.0], device), mask, reference_logps=logps + 5, beta=10.0)
    assert_same(far, number(10 * (math.exp(5) - 6), device))


@points(1)
@claims(
    "what stands elsewhere changes nothing, be it infinite or NaN",
    "and are 0 where `mask` is False",
    "Without any token the loss is 0",
)
def test_padding(student, reference, rng, device):
    """NaN and infinities in the padding change neither loss nor gradients; a batch without any token costs 0.

    填充处的 NaN 与无穷大不影响损失与梯度；没有任何词元的批次损失为 0。
    """
    logps, old, other, advantages, mask = answers(rng)
    for kind in KINDS:
        extra = {"kind": kind, "max_length": LIMIT, "beta": 0.5}
        expected = reference.grpo_loss(logps, old, advantages, mask, reference_logps=other, **extra)
        slopes = gradients(reference.grpo_loss, logps, old, advantages, mask, reference_logps=other, **extra)
        for value in (math.nan, -math.inf, math.inf, 5000.0):
            bad = [table.masked_fill(~mask, value) for table in (logps, old, other)]
            spoiled = (bad[0], bad[1], advantages, mask)
            assert_same(student.grpo_loss(*spoiled, reference_logps=bad[2], **extra), expected)
            assert_same(gradients(student.grpo_loss, *spoiled, reference_logps=bad[2], **extra), slopes)
            new = (bad[0], None, advantages, mask)
            same = reference.grpo_loss(logps, None, advantages, mask, reference_logps=other, **extra)
            assert_same(student.grpo_loss(*new, reference_logps=bad[2], **extra), same)
        nothing = (logps, old, advantages, torch.zeros_like(mask))
        assert_same(student.grpo_loss(*nothing, reference_logps=other, **extra), number(0.0, device))
        assert_same(gradients(student.grpo_loss, *nothing, reference_logps=other, **extra), (torch.zeros_like(logps),))


@points(1)
@claims("float16 and bfloat16 are computed in float32, and the loss is float32")
def test_half_precision(student, reference, rng):
    """bfloat16 and float16 log-probabilities are computed in float32, and the loss is float32.

    bfloat16 与 float16 的对数概率以 float32 计算，损失为 float32。
    """
    logps, old, other, advantages, mask = answers(rng, torch.float32)
    for dtype in (torch.bfloat16, torch.float16):
        half = [table.to(dtype) for table in (logps, old, other, advantages)]
        for kind in KINDS:
            extra = {"kind": kind, "max_length": LIMIT, "reference_logps": half[2], "beta": 0.5}
            arguments = (half[0], half[1], half[3], mask)
            assert_same(student.grpo_loss(*arguments, **extra), reference.grpo_loss(*arguments, **extra))


@points(1)
@claims("`kind` is none of the three")
def test_losses_that_are_refused(student, rng):
    """An unknown kind, misfits, negative numbers, a penalty without a reference, dr_grpo without a length.

    未知的 kind、不相符的形状、负数、没有参考模型的惩罚、没有长度上限的 dr_grpo，都应拒绝。
    """
    logps, old, other, advantages, mask = answers(rng)
    given = (logps, old, advantages, mask)

    for kind in ("ppo", "GRPO", "bnpo", ""):
        assert_raises(ValueError, student.grpo_loss, *given, kind=kind)
    for bad in (
        (logps, old[:1], advantages, mask),
        (logps, old[:, 1:], advantages, mask),
        (logps, old, advantages, mask[:, :1]),
        (logps, old, advantages, mask[:1]),
        (logps, old, advantages[:1], mask),
        (logps, old, advantages[:, None], mask),
        (logps, None, logps, mask),
    ):
        assert_raises(ValueError, student.grpo_loss, *bad)
    assert_raises(ValueError, student.grpo_loss, *given, reference_logps=other[:, :1])
    assert_raises(ValueError, student.grpo_loss, *given, reference_logps=other[:1], beta=0.1)
    for clip in ((-0.1, 0.2), (0.2, -0.1), (math.nan, 0.2), (0.2, math.nan)):
        assert_raises(ValueError, student.grpo_loss, *given, clip=clip)
    for beta in (-0.1, math.nan):
        assert_raises(ValueError, student.grpo_loss, *given, reference_logps=other, beta=beta)
    assert_raises(ValueError, student.grpo_loss, *given, beta=0.1)
    for length in (None, 0, -3):
        assert_raises(ValueError, student.grpo_loss, *given, kind="dr_grpo", max_length=length)


REWARDS = [  # text, gold answer, reward
    ("It is 7.", "7", 1.0),
    ("3 apples and 4 more make 7 apples", "7", 1.0),
    ("7 is right, not 8", "7", 0.0),
    ("The answer is seven.", "7", 0.0),
    ("", "7", 0.0),
    ("17", "7", 0.0),
    ("71", "7", 0.0),
    ("-7", "7", 0.0),
    ("9-7", "7", 1.0),
    ("9 - 7 = 2", "2", 1.0),
    ("等于-5。", "-5", 1.0),
    ("答案是12。", "12", 1.0),
    ("−5", "-5", 1.0),
    ("-5", "−5", 1.0),
    ("-0", "0", 1.0),
    ("12.0", "12", 1.0),
    ("012", "12", 1.0),
    ("$1,234.50", "1234.5", 1.0),
    ("1,234", "1234", 1.0),
    ("1234", "1,234", 1.0),
    ("1,234", "234", 0.0),
    (".5", "0.50", 1.0),
    ("0.3333", "0.3333333333333333", 0.0),
    ("0.1000001", "0.1", 0.0),
    ("1000000.0001", "1000000", 0.0),
    ("9007199254740993", "9007199254740992", 0.0),
    ("0.1", "0.10000000000000001", 0.0),
    ("7", "48 / 2 = 24 and 24 + 48 = 72\n#### 72", 0.0),
    ("72", "48 / 2 = 24 and 24 + 48 = 72\n#### 72", 1.0),
    ("8", r"\boxed{7}, and in the end 8", 1.0),
]
BOXES = [
    (r"So \boxed{7}.", "7", 1.0),
    (r"\boxed{7} is what I found in 3 steps", "7", 1.0),
    (r"\boxed{3} steps, 7", "7", 0.0),
    (r"first \boxed{3}, then \boxed{7}", "7", 1.0),
    (r"first \boxed{7}, then \boxed{3}", "7", 0.0),
    (r"\boxed{x = -7}", "-7", 1.0),
    (r"\boxed{\text{about }12}", "12", 1.0),
    (r"\boxed{\mathbf{12}} of 13", "12", 1.0),
    (r"\boxed{12}, {13}", "12", 1.0),
    (r"\boxed{\frac{3}{4}}", "4", 0.0),
    (r"\boxed{6, 7}", "7", 0.0),
    (r"\boxed{7, 7}", "7", 0.0),
    (r"\boxed{seven} 7", "7", 0.0),
    (r"\boxed{}7", "7", 0.0),
    (r"\boxed{7", "7", 0.0),
    (r"\boxed{\text{7}", "7", 0.0),
    (r"\boxed{7} or \boxed{7", "7", 0.0),
    (r"boxed{3} 7", "7", 1.0),
]


@points(1)
@claims("The text's answer is its last number", "Numbers are what the given pattern", "nor has a text without a number")
def test_last_numbers(student):
    """The last number of the text is its answer, whatever stands around it.

    文本的最后一个数就是它的答案，无论周围写了什么。
    """
    for text, gold, reward in REWARDS[:14]:
        assert_same(student.math_reward(text, gold), reward)


@points(1)
@claims("Values are compared exactly", "The gold answer is the last number of `gold`", "`gold` has no number")
def test_values_are_compared(student):
    """Values count, not spellings: 12 is 12.0, 1,234 is 1234; the gold answer may be a whole solution with a number.

    比较的是数值而不是写法：12 即 12.0，1,234 即 1234；标准答案可以是整段解答，但必须有数。
    """
    for text, gold, reward in REWARDS[14:]:
        assert_same(student.math_reward(text, gold), reward)
    for gold in ("", "seven", "####"):
        for text in ("7", "seven"):
            assert_raises(ValueError, student.math_reward, text, gold)
    kind = type(student.math_reward("7", "7")).__name__
    expect(kind == "float", "A reward is a {kind}, not a float.", "奖励是 {kind}，而不是浮点数。", kind=kind)


@points(1)
@claims(
    "the brace that closes it decides alone", "Braces may be nested in it", "A box that is never closed has no answer"
)
def test_boxes(student):
    r"""The last box decides, up to the brace that closes it, and must hold exactly one number.

    最后一个 \boxed 说了算，到与它配对的右括号为止，其中必须恰好有一个数。
    """
    for text, gold, reward in BOXES:
        assert_same(student.math_reward(text, gold), reward)
