"""Hidden suite of week 11, dpo.

Sizes are distinct primes.
Not covered: the prompt's share, which cancels out of DPO whenever both answers follow the same prompt; speed.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, gradients, points, unchanged

BATCH, LENGTH, VOCABULARY = 5, 7, 11
PAIRED = ("dpo_loss", "ipo_loss")


def batch(rng, dtype=torch.float64):
    """Logits, and labels of answers after prompts of several lengths, with padding; the last answer is empty."""
    labels = rng.integers(0, VOCABULARY, BATCH, LENGTH)
    for row, (start, stop) in enumerate(((2, 7), (1, 4), (0, 6), (6, 7), (0, 0))):
        labels[row, :start], labels[row, stop:] = -100, -100
    labels[2, 3] = -100  # a hole, as where a tool wrote
    return rng.normal(BATCH, LENGTH, VOCABULARY, dtype=dtype), labels


def four(rng, pairs=BATCH, dtype=torch.float64):
    """Log-probabilities of answers: policy chosen, policy rejected, reference chosen, reference rejected."""
    return tuple(-5 * rng.uniform(pairs, dtype=dtype) for _ in range(4))


def lengths(rng, pairs=BATCH):
    return rng.integers(1, 13, pairs), rng.integers(1, 13, pairs)


def as_zeros(found, like):
    """Gradients with 0 where there is none."""
    return tuple(torch.zeros_like(like[0]) if one is None else one for one in found)


@points(1)
@claims(
    "scored against the label at t + 1 of",
    "the sum over its tokens, in nats",
    "its length counts the same tokens, as int64",
)
def test_an_answer_by_hand(student, device):
    """A prompt of one token and an answer of two with probabilities 3/4 and 1/2: log(3/8), and length 2.

    一个词元的提示，回答有两个词元，概率为 3/4 和 1/2：结果是 log(3/8)，长度 2。
    """
    logits = torch.tensor([[[0.0, math.log(3)], [0.0, 0.0], [50.0, 0.0]]], dtype=torch.float64, device=device)

    sums, counts = unchanged(student.answer_logps, logits, torch.tensor([[-100, 1, 0]], device=device))

    assert_same(sums, torch.tensor([math.log(3 / 8)], dtype=torch.float64, device=device))
    assert_same(counts, torch.tensor([2], device=device))
    sums, _ = student.answer_logps(logits.new_tensor([[[0.0, -20000.0], [0.0, 0.0]]]), counts.new_tensor([[-100, 1]]))
    assert_same(sums, sums.new_tensor([-20000.0]))


@points(1)
@claims("-100 elsewhere (prompt, padding)", "The first label of a row never counts", "An answer without tokens")
def test_answers_agree_with_the_reference(student, reference, rng):
    """Prompts, padding, an answer that begins at once and one without tokens: sums and lengths are the reference's.

    有提示、有填充、开头就是回答、没有词元的回答：总和与长度都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        logits, labels = batch(rng, dtype)
        assert_same(unchanged(student.answer_logps, logits, labels), reference.answer_logps(logits, labels))
    single = student.answer_logps(logits[:, :1], labels[:, :1])
    assert_same(single, reference.answer_logps(logits[:, :1], labels[:, :1]))


@points(1)
@claims("Logits at positions where nothing is scored", "minus infinity included", "their own gradients are 0")
def test_positions_that_are_not_scored(student, reference, rng):
    """Other logits, and minus infinity for one token or for all, where nothing is scored: sums and gradients stay.

    在不计分的位置换成别的 logits，或让某个词元、所有词元的 logits 为负无穷：总和与梯度都不变。
    """
    logits, labels = batch(rng)
    other = logits.clone()
    unscored = torch.cat([labels[:, 1:] == -100, torch.ones_like(labels[:, :1], dtype=torch.bool)], dim=1)
    other[unscored] = 9 * rng.normal(VOCABULARY, dtype=torch.float64)
    other[..., 0][unscored] = -math.inf
    nowhere = logits.masked_fill(unscored[..., None], -math.inf)

    for given in (other, nowhere):
        assert_same(student.answer_logps(given, labels), reference.answer_logps(logits, labels))
        assert_same(gradients(student.answer_logps, given, labels), gradients(reference.answer_logps, logits, labels))


@points(1)
@claims("float16 and bfloat16 logits are computed in float32, and the sums are float32")
def test_half_precision_logits(student, reference, rng):
    """bfloat16 and float16 logits give float32 sums that were computed in float32.

    bfloat16 与 float16 的 logits 得到 float32 的总和，且以 float32 计算。
    """
    for dtype in (torch.bfloat16, torch.float16):
        logits, labels = batch(rng, dtype)
        assert_same(student.answer_logps(logits, labels), reference.answer_logps(logits, labels))


@points(1)
@claims("`labels` and `logits` differ in batch or length")
def test_gradients_of_answers(student, reference, rng):
    """Gradients reach the logits as in the reference, views that are not contiguous included; misfits are refused.

    对 logits 的梯度与参考答案一致，不连续的视图也一样；形状不符会被拒绝。
    """
    logits, labels = batch(rng)
    logits, labels = logits.transpose(0, 1).contiguous().transpose(0, 1), labels.T.contiguous().T

    assert_same(gradients(student.answer_logps, logits, labels), gradients(reference.answer_logps, logits, labels))
    assert_raises(ValueError, student.answer_logps, logits, labels[:, 1:])
    assert_raises(ValueError, student.answer_logps, logits, labels[:1])
    assert_raises(ValueError, student.answer_logps, logits[:1], labels)


@points(1)
@claims(
    "The implicit reward of an answer is beta * (policy - reference)",
    "sums over their tokens, not means",
    "No argument is changed",
)
def test_dpo_by_hand(student, device):
    """Beta 1/2; the policy raised the chosen answer by 2 log 3 and no other: rewards log 3 and 0, loss log(4/3).

    beta 为 1/2；策略把被选回答的对数概率提高了 2 log 3，另一个不变：奖励为 log 3 与 0，损失为 log(4/3)。
    """
    lead = 2 * math.log(3)
    given = [torch.tensor([x], dtype=torch.float64, device=device) for x in (lead - 9, -4.0, -9.0, -4.0)]

    loss, chosen, rejected = unchanged(student.dpo_loss, *given, beta=0.5)

    assert_same(chosen, torch.tensor([math.log(3)], dtype=torch.float64, device=device))
    assert_same(rejected, torch.tensor([0.0], dtype=torch.float64, device=device))
    assert_same(loss, torch.tensor(math.log(4 / 3), dtype=torch.float64, device=device))


@points(1)
@claims("the loss is its mean over the batch", "With the margin m")
def test_dpo_at_the_start(student, rng, device):
    """A policy that still is the reference has loss log 2 and rewards 0, whatever it prefers and whatever beta is.

    策略仍与参考模型相同时，损失为 log 2，奖励为 0，无论它偏好什么、beta 是多少。
    """
    chosen, rejected, *_ = four(rng)
    for options in ({}, {"beta": 3.0}, {"beta": 0.7, "label_smoothing": 0.3}):
        loss, better, worse = student.dpo_loss(chosen, rejected, chosen, rejected, **options)

        assert_same(loss, torch.tensor(math.log(2), dtype=torch.float64, device=device))
        assert_same((better, worse), (torch.zeros_like(chosen), torch.zeros_like(chosen)))


@points(1)
@after("test_dpo_by_hand")
@claims("label_smoothing * log sigmoid(-m)", "how strongly the policy is held", "the share of pairs")
def test_dpo_agrees_with_the_reference(student, reference, rng):
    """Loss and rewards agree with the reference: both precisions, one pair and many, with and without label smoothing.

    损失与奖励都与参考答案一致：两种精度、一对或多对、有无标签平滑。
    """
    for dtype in (torch.float64, torch.float32):
        for pairs in (1, BATCH):
            given = four(rng, pairs, dtype)
            for options in ({}, {"beta": 0.7}, {"beta": 0.3, "label_smoothing": 0.2}):
                mine = unchanged(student.dpo_loss, *given, **options)
                assert_same(mine, reference.dpo_loss(*given, **options))
    given = tuple(table[0] for table in (x.expand(2, BATCH).T.contiguous().T for x in four(rng)))
    assert_same(student.dpo_loss(*given, 0.4, 0.1), reference.dpo_loss(*given, 0.4, 0.1))


@points(1)
@claims(
    "The reference is a constant: no gradient flows into its two arguments",
    "whether gradients flow through them is up to you",
)
def test_gradients_of_dpo(student, reference, rng):
    """Gradients reach the policy's two arguments as in the reference, and do not reach those of the reference model.

    梯度传到策略的两个参数，与参考答案一致；不会传到参考模型的两个参数。
    """
    given = four(rng)
    zero = torch.zeros_like(given[0])
    for smoothing in (0.0, 0.25):
        arguments = (*given, 0.6, smoothing)
        assert_same(
            gradients(student.dpo_loss, *arguments, wrt=(0, 1)), gradients(reference.dpo_loss, *arguments, wrt=(0, 1))
        )
        found = gradients(student.dpo_loss, *arguments, wrt=(0, 1, 2, 3))
        assert_same(as_zeros(found[2:], given), (zero, zero))


@points(1)
@claims("It is finite for every finite margin, however large")
def test_margins_that_are_huge(student, device):
    """Margins of 3000 and -3000 cost 0 and 3000: the mean is 1500, and the gradient is finite.

    差值为 3000 和 -3000 时，损失分别为 0 和 3000，均值 1500，梯度有限。
    """
    lead = torch.tensor([3000.0, -3000.0], device=device)
    zero = torch.zeros_like(lead)
    slope = torch.tensor([0.0, -0.5], device=device) * math.cos(1)  # `gradients` weighs a first number with cos(1)

    assert_same(student.dpo_loss(lead, zero, zero, zero, beta=1.0)[0], torch.tensor(1500.0, device=device))
    assert_same(gradients(student.dpo_loss, lead, zero, zero, zero, 1.0), (slope,))
    ones = torch.ones(2, dtype=torch.int64, device=device)
    assert_same(student.simpo_loss(lead, zero, ones, ones, 1.0, 0.0), torch.tensor(1500.0, device=device))
    assert_same(gradients(student.simpo_loss, lead, zero, ones, ones, 1.0, 0.0), (slope,))


@points(1)
@claims(
    "the four shapes differ, there is no pair, `beta` is not above 0, or `label_smoothing`",
    "the four shapes differ, there is no pair, or `beta` is not above 0.",
    "the four shapes differ, there is no pair, `beta` is not above 0, or a length is smaller than 1",
)
def test_refused_arguments(student, rng):
    """Shapes that differ, no pair, a beta that is not above 0, smoothing of 0.5 and answers without tokens are refused.

    形状不同、没有任何一对、beta 不大于 0、标签平滑为 0.5、没有词元的回答，都应拒绝。
    """
    given = four(rng)
    for name in PAIRED:
        loss = getattr(student, name)
        for place in range(4):
            short = tuple(one[:1] if number == place else one for number, one in enumerate(given))
            assert_raises(ValueError, loss, *short)
        for side in (0, 1):  # all of one answer, and one of the other
            assert_raises(ValueError, loss, *(one[:1] if n % 2 == side else one for n, one in enumerate(given)))
        assert_raises(ValueError, loss, *(one[:0] for one in given))
        for beta in (0.0, -0.1, math.nan):
            assert_raises(ValueError, loss, *given, beta=beta)
    for smoothing in (-0.1, 0.5, 1.0, math.nan):
        assert_raises(ValueError, student.dpo_loss, *given, label_smoothing=smoothing)
    simpo = (*given[:2], *lengths(rng))
    for place in range(4):
        short = tuple(one[:1] if number == place else one for number, one in enumerate(simpo))
        assert_raises(ValueError, student.simpo_loss, *short)
        if place > 1:
            for size in (0, -3):
                empty = simpo[place].clone()
                empty[1] = size
                bad = tuple(empty if number == place else one for number, one in enumerate(simpo))
                assert_raises(ValueError, student.simpo_loss, *bad)
    for side in (0, 1):
        assert_raises(
            ValueError, student.simpo_loss, *(one[:1] if n % 2 == side else one for n, one in enumerate(simpo))
        )
    assert_raises(ValueError, student.simpo_loss, *(one[:0] for one in simpo))
    for beta in (0.0, -0.1, math.nan):
        assert_raises(ValueError, student.simpo_loss, *simpo, beta=beta)


@points(1)
@claims("and the loss is float32; float64 stays float64", "and the results are float32")
def test_half_precision_log_probabilities(student, reference, rng):
    """bfloat16 and float16 log-probabilities are computed in float32, and the losses are float32.

    bfloat16 与 float16 的对数概率以 float32 计算，损失为 float32。
    """
    given, sizes = tuple(30 * one for one in four(rng, dtype=torch.float32)), lengths(rng)

    for dtype in (torch.bfloat16, torch.float16):
        half = tuple(one.to(dtype) for one in given)
        assert_same(student.dpo_loss(*half), reference.dpo_loss(*half))
        assert_same(student.ipo_loss(*half), reference.ipo_loss(*half))
        assert_same(student.simpo_loss(*half[:2], *sizes), reference.simpo_loss(*half[:2], *sizes))


@points(1)
@claims(
    "The difference is (policy_chosen - reference_chosen)",
    "The log-probabilities are used as they are given",
    "The paper's are sums",
)
def test_ipo_by_hand(student, device):
    """Beta 1/4 wants a difference of 2: differences 2, 5 and -1 cost 0, 9 and 9, together 6.

    beta 为 1/4 时目标差值是 2：差值 2、5、-1 的代价为 0、9、9，均值 6。
    """
    given = [[-1.0, -1.0, -5.0], [-4.0, -8.0, -3.0], [-2.0, -3.0, -4.0], [-3.0, -5.0, -3.0]]
    tables = [torch.tensor(row, dtype=torch.float64, device=device) for row in given]

    assert_same(unchanged(student.ipo_loss, *tables, beta=0.25), torch.tensor(6.0, dtype=torch.float64, device=device))


@points(1)
@claims("The reference is a constant: no gradient flows into its two arguments")
def test_ipo_agrees_with_the_reference(student, reference, rng):
    """Losses and gradients agree with the reference; the reference model gets no gradient.

    损失与梯度都与参考答案一致；参考模型得不到梯度。
    """
    for dtype in (torch.float64, torch.float32):
        for pairs in (1, BATCH):
            given = four(rng, pairs, dtype)
            assert_same(student.ipo_loss(*given), reference.ipo_loss(*given))
    arguments = (*four(rng), 0.3)
    found = gradients(student.ipo_loss, *arguments, wrt=(0, 1, 2, 3))
    assert_same(
        as_zeros(found, arguments), as_zeros(gradients(reference.ipo_loss, *arguments, wrt=(0, 1, 2, 3)), arguments)
    )


@points(1)
@claims(
    "each is divided by its own length here",
    "-log sigmoid(beta * (chosen per token",
    "and is not multiplied by `beta`",
    "No argument is changed",
)
def test_simpo_by_hand(student, device):
    """-6 over 3 tokens against -20 over 5: a lead of 2 per token; with beta 2 and gamma 4 - log 3 the loss is log(4/3).

    3 个词元共 -6，对 5 个词元共 -20：每词元领先 2；beta 为 2、gamma 为 4 - log 3 时，损失为 log(4/3)。
    """
    chosen, rejected = (torch.tensor([x], dtype=torch.float64, device=device) for x in (-6.0, -20.0))
    sizes = (torch.tensor([x], device=device) for x in (3, 5))

    loss = unchanged(student.simpo_loss, chosen, rejected, *sizes, beta=2.0, gamma=4 - math.log(3))

    assert_same(loss, torch.tensor(math.log(4 / 3), dtype=torch.float64, device=device))


@points(1)
@claims("the loss is its mean over the batch")
def test_simpo_agrees_with_the_reference(student, reference, rng):
    """Losses and gradients agree with the reference, with the usual beta and gamma and with others.

    损失与梯度都与参考答案一致，无论是默认的还是别的 beta 与 gamma。
    """
    for dtype in (torch.float64, torch.float32):
        for pairs in (1, BATCH):
            given = (*four(rng, pairs, dtype)[:2], *lengths(rng, pairs))
            assert_same(student.simpo_loss(*given), reference.simpo_loss(*given))
            mine = gradients(student.simpo_loss, *given, 1.5, 0.3, wrt=(0, 1))
            assert_same(mine, gradients(reference.simpo_loss, *given, 1.5, 0.3, wrt=(0, 1)))
    expect(
        float(student.simpo_loss(*given, 2.0, 2.0)) > float(student.simpo_loss(*given, 2.0, 0.5)),
        "A larger gamma asks for more, so the loss must be larger.",
        "gamma 越大要求越高，损失应当更大。",
    )
