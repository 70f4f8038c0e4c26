"""Hidden suite of week 15, distil."""

import math

import torch
import torch.nn.functional as F

from grader.suite import after, assert_raises, assert_same, claims, expect, gradients, points, unchanged

PLACES, VOCABULARY = 7, 11


def logits(rng, *shape, dtype=torch.float64):
    return 2 * rng.normal(*shape, VOCABULARY, dtype=dtype)


def targets(rng, *shape):
    return rng.integers(0, VOCABULARY, *shape)


def by_hand(student, teacher, truth, temperature, alpha):
    """The loss place by place, in float64."""
    losses = []
    for mine, theirs, token in zip(student.double(), teacher.double(), truth.tolist(), strict=True):
        if token == -100:
            continue
        q, p = (mine / temperature).softmax(-1), (theirs / temperature).softmax(-1)
        divergence = sum(p[v] * (p[v].log() - q[v].log()) for v in range(len(p)))
        losses.append(alpha * temperature**2 * divergence - (1 - alpha) * mine.log_softmax(-1)[token])
    return torch.stack(losses).mean()


@points(1)
@claims(
    "`student` and `teacher` are logits, and both are divided by `temperature` for the KL divergence",
    "The cross-entropy of `targets` is that of the student's logits as they are, at temperature 1",
    "Logarithms are natural",
)
def test_by_hand(student, device):
    """Teacher 3/4 and 1/4, student 1/2 and 1/2: KL is ln 2 less the teacher's entropy; alpha is the divergence's side.

    教师为 3/4 和 1/4，学生为 1/2 和 1/2：KL 等于 ln 2 减去教师的熵；alpha 是散度一侧的权重。
    """
    mine = torch.zeros(1, 2, dtype=torch.float64, device=device)
    for temperature in (1.0, 4.0):
        theirs = temperature * torch.tensor([[3.0, 1.0]], dtype=torch.float64, device=device).log() + 5.0
        divergence = temperature**2 * (0.75 * math.log(1.5) + 0.25 * math.log(0.5))
        for alpha in (0.0, 0.3, 1.0):
            got = student.distillation_loss(mine, theirs, torch.tensor([1], device=device), temperature, alpha)
            right = alpha * divergence + (1 - alpha) * math.log(2)
            assert_same(got, torch.tensor(right, dtype=torch.float64, device=device))


@points(1)
@claims("Both parts are means over the places whose target is not -100; the other places play no part at all")
def test_every_temperature(student, rng):
    """At every temperature and alpha, for several batches and the defaults, the loss is that of the formula.

    任意温度和 alpha、几种批次形状以及默认值下，损失都与公式一致。
    """
    for shape in ((PLACES,), (1,), (2, 3), (2, 5, 3), ()):
        mine, theirs, truth = logits(rng, *shape), logits(rng, *shape), targets(rng, *shape)
        flat = (mine.reshape(-1, VOCABULARY), theirs.reshape(-1, VOCABULARY), truth.reshape(-1))
        for temperature, alpha in ((1.0, 0.5), (2.0, 0.9), (0.5, 0.1), (7.0, 1.0), (3, 0)):
            got = unchanged(student.distillation_loss, mine, theirs, truth, temperature, alpha)
            assert_same(got, by_hand(*flat, temperature, alpha))
        assert_same(student.distillation_loss(mine, theirs, truth), by_hand(*flat, 2.0, 0.5))
    gaps, truth = logits(rng, 5, 2, 3).transpose(0, 2), targets(rng, 2, 3).T
    mine, theirs = gaps[..., 0, :], gaps[..., 1, :]
    flat = (mine.reshape(-1, VOCABULARY), theirs.reshape(-1, VOCABULARY), truth.reshape(-1))
    assert_same(student.distillation_loss(mine, theirs, truth), by_hand(*flat, 2.0, 0.5))
    got = student.distillation_loss(student=mine, teacher=theirs, targets=truth, alpha=0.2, temperature=1.5)
    assert_same(got, by_hand(*flat, 1.5, 0.2))


@points(1)
@claims("targets: of any integer dtype; the token that came, or -100")
def test_ignored_places(student, rng):
    """Places with the target -100 play no part, not in the divergence either, whatever stands there.

    目标为 -100 的位置不起任何作用，散度中也一样，不管那里是什么。
    """
    mine, theirs, truth = logits(rng, 3, PLACES), logits(rng, 3, PLACES), targets(rng, 3, PLACES)
    truth[0, 2:] = truth[1, 5] = -100
    kept = truth != -100
    right = by_hand(mine[kept], theirs[kept], truth[kept], 3.0, 0.4)

    assert_same(unchanged(student.distillation_loss, mine, theirs, truth, 3.0, 0.4), right)
    for dtype in (torch.int32, torch.int16, torch.int8):
        assert_same(student.distillation_loss(mine, theirs, truth.to(dtype), 3.0, 0.4), right)
    mine[0, 3], theirs[1, 5] = math.nan, math.inf
    assert_same(student.distillation_loss(mine, theirs, truth, 3.0, 0.4), right)
    slope = gradients(student.distillation_loss, mine, theirs, truth, 3.0, 0.4)[0]
    expect(not bool(slope[~kept].any()), "A place without a target gets a gradient.", "没有目标的位置得到了梯度。")
    wide = rng.normal(2, 3, 211, dtype=torch.float64)  # the token 156 is -100 as uint8
    tokens = torch.tensor([156, 3, 210], device=wide.device).to(torch.uint8)
    assert_same(student.distillation_loss(*wide, tokens, 2.0, 0.5), by_hand(*wide, tokens.long(), 2.0, 0.5))


@points(1)
@claims("Gradients reach the student's logits and never the teacher's")
def test_gradients(student, reference, rng):
    """The gradient of the student's logits is that of the formula, and the teacher's logits get none.

    学生 logits 的梯度与公式一致，教师的 logits 没有梯度。
    """
    mine, theirs, truth = logits(rng, PLACES), logits(rng, PLACES), targets(rng, PLACES)
    truth[3] = -100
    for temperature, alpha in ((1.0, 0.5), (4.0, 1.0), (2.0, 0.0)):
        got = gradients(student.distillation_loss, mine, theirs, truth, temperature, alpha)
        assert_same(got, gradients(reference.distillation_loss, mine, theirs, truth, temperature, alpha))
        both = gradients(student.distillation_loss, mine, theirs, truth, temperature, alpha, wrt=(0, 1))
        expect(
            both[1] is None or not bool(both[1].any()),
            "The teacher's logits get a gradient.",
            "教师的 logits 得到了梯度。",
        )
    assert_same(both[0], got[0])


@points(1)
@after("test_by_hand")
def test_the_factor(student, rng):
    """With T squared the gradient is about the same at T = 50 and T = 500; without it, it would be 100 times smaller.

    有 T 的平方时，T = 50 与 T = 500 的梯度大小相近；没有它，后者只有前者的百分之一。
    """
    mine, theirs, truth = logits(rng, PLACES), logits(rng, PLACES), targets(rng, PLACES)
    sizes = [
        float(gradients(student.distillation_loss, mine, theirs, truth, temperature, 1.0)[0].norm())
        for temperature in (50.0, 500.0)
    ]

    expect(
        0.8 < sizes[1] / sizes[0] < 1.25,
        "The gradient at T = 500 is {ratio} times that at T = 50.",
        "T = 500 时的梯度是 T = 50 时的 {ratio} 倍。",
        ratio=f"{sizes[1] / sizes[0]:.3g}",
    )


@points(1)
@claims(
    "A token whose teacher's logit is -inf adds nothing to the divergence",
    "With an `alpha` above 0 and below 1, the loss is infinite, not NaN, where the student's logit is -inf and the "
    "teacher's probability is not 0, however small",
    "Both logits are converted to float32 (to float64 if the student's are) before anything is computed, and the loss "
    "has that dtype",
)
def test_hard_numbers(student, rng):
    """Tokens of probability 0 add nothing, logits of 1e4 are no trouble, and half precision is computed in float32.
    Where the student holds a token impossible that the teacher gives any chance at all, the loss is infinite.

    概率为 0 的词元不起作用，1e4 大的 logits 没有问题，半精度用 float32 计算。
    学生认为不可能的词元，只要教师还给它一点概率，损失就是无穷大。
    """
    mine, theirs, truth = logits(rng, PLACES), logits(rng, PLACES), targets(rng, PLACES)
    theirs[:, 4] = -math.inf
    alive = [token for token in range(VOCABULARY) if token != 4]
    p, log_q = (theirs / 2).softmax(-1)[:, alive], (mine / 2).log_softmax(-1)[:, alive]
    right = 4 * (p * (p.log() - log_q)).sum(-1).mean()
    assert_same(unchanged(student.distillation_loss, mine, theirs, truth, 2.0, 1.0), right)
    mine[:, 4] = -math.inf
    truth[truth == 4] = 3
    for numbers in (mine, 5e3 * mine):
        got = unchanged(student.distillation_loss, numbers, theirs, truth, 2.0, 1.0)
        p, log_q = (theirs / 2).softmax(-1)[:, alive], (numbers / 2).log_softmax(-1)[:, alive]
        assert_same(got, 4 * (p * (p.log() - log_q)).sum(-1).mean())
    slope = gradients(student.distillation_loss, mine, theirs, truth, 2.0, 0.7)[0]
    expect(bool(slope.isfinite().all()), "A gradient is NaN or infinite.", "梯度中有 NaN 或无穷。")
    possible = logits(rng, PLACES)  # at one place, the student holds a token impossible and the teacher does not
    mine[1:, 4] = 0.0
    infinite = torch.tensor(math.inf, dtype=torch.float64, device=mine.device)
    for alpha in (0.2, 0.7):
        assert_same(student.distillation_loss(mine, possible, truth, 2.0, alpha), infinite)
    never, rare = torch.tensor([[[0.0, -math.inf]], [[0.0, -40.0]]], device=mine.device)  # e**-40 is 4e-18
    for dtype in (torch.float32, torch.float64):
        first = torch.zeros(1, dtype=torch.long, device=mine.device)
        got = student.distillation_loss(never.to(dtype), rare.to(dtype), first, 1.0, 0.5)
        assert_same(got, infinite.to(dtype))
    for dtype in (torch.float16, torch.bfloat16, torch.float32):
        mine, theirs = (30 * logits(rng, PLACES)).to(dtype), logits(rng, PLACES).to(dtype)
        got = student.distillation_loss(mine, theirs, truth, 3.0, 0.7)
        assert_same(got, by_hand(mine, theirs, truth, 3.0, 0.7).float())
    mine, theirs = logits(rng, PLACES), logits(rng, PLACES, dtype=torch.float32)
    right = by_hand(mine, theirs, truth, 2.0, 0.7)
    assert_same(student.distillation_loss(mine, theirs, truth, 2.0, 0.7), right)
    mine, theirs = mine.float(), theirs.double()
    assert_same(student.distillation_loss(mine, theirs, truth, 2.0, 0.7), right.float())


@points(1)
def test_nothing_to_learn(student, rng):
    """A student that thinks as the teacher does has a divergence of 0 and no gradient from it, at every temperature.

    学生与教师的看法完全一样时，任何温度下散度都为 0，也没有来自它的梯度。
    """
    theirs, truth = logits(rng, PLACES), targets(rng, PLACES)
    for temperature in (0.5, 1.0, 5.0):
        got = student.distillation_loss(theirs + 3.0, theirs, truth, temperature, 1.0)
        assert_same(got, torch.zeros_like(got))
        slope = gradients(student.distillation_loss, theirs + 3.0, theirs, truth, temperature, 1.0)[0]
        assert_same(slope, torch.zeros_like(theirs))
    cross = F.cross_entropy(theirs, truth)
    assert_same(student.distillation_loss(theirs, theirs, truth, 3.0, 0.25), 0.75 * cross)


@points(1)
@claims(
    "ValueError: the shapes do not fit, `temperature` is not above 0 and finite, `alpha` is not between 0 and 1, a "
    "target is neither -100 nor a token of the vocabulary, or every target is -100"
)
def test_refused(student, rng):
    """Shapes that do not fit, temperatures and alphas out of range, and targets outside the vocabulary are refused; the
    first and the last token are not.

    形状不合、温度或 alpha 超出范围、目标不在词表中：都应拒绝；词表的第一个和最后一个词元则不应拒绝。
    """
    mine, theirs, truth = logits(rng, PLACES), logits(rng, PLACES), targets(rng, PLACES)
    for bad in (theirs[:, :5], theirs[:5], theirs[None], theirs[:1], theirs[:, :1]):
        assert_raises(ValueError, student.distillation_loss, mine, bad, truth)
    for bad in (truth[:5], truth[None], truth[:, None], truth[0], truth[:1]):
        assert_raises(ValueError, student.distillation_loss, mine, theirs, bad)
    for temperature in (0.0, -1.0, math.inf, math.nan):
        assert_raises(ValueError, student.distillation_loss, mine, theirs, truth, temperature, 0.5)
    for alpha in (-0.01, 1.01, math.nan):
        assert_raises(ValueError, student.distillation_loss, mine, theirs, truth, 2.0, alpha)
    for token in (-1, -99, -101, VOCABULARY, 1000):
        bad = truth.clone()
        bad[2] = token
        assert_raises(ValueError, student.distillation_loss, mine, theirs, bad)
    assert_raises(ValueError, student.distillation_loss, mine, theirs, torch.full_like(truth, -100))
    assert_raises(ValueError, student.distillation_loss, mine[:0], theirs[:0], truth[:0])
    for token in (0, VOCABULARY - 1):
        truth[:] = token
        assert_same(bool(student.distillation_loss(mine, theirs, truth).isfinite()), True)
