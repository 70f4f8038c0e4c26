"""Hidden suite of week 17, memorisation.

Ranks, pairs and thresholds are counted one by one here, so nothing hangs on how the reference sorts.
Not covered: where the losses come from, inputs of different dtypes, gradients.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, claims, expect, follows_device, gradients, unchanged

CANARIES, OTHERS, INSIDE, OUTSIDE = 7, 53, 23, 31


def halves(rng, n, dtype):
    """Numbers with many equal ones: halves between -4 and 4."""
    return (rng.integers(-8, 9, n) / 2).to(dtype)


def by_counting(canaries, others):
    """The exposure of each canary, with ranks that are counted."""
    ranks = [1 + sum(other <= canary for other in others.tolist()) for canary in canaries.tolist()]
    bits = [math.log2(len(others) + 1) - math.log2(rank) for rank in ranks]
    return torch.tensor(bits, dtype=torch.float64, device=canaries.device)


def learns(function, *args):
    """Whether the answer belongs to a graph: without one, torch refuses to take gradients."""
    try:
        assert_raises(RuntimeError, gradients, function, *args, wrt=(0, 1))
    except AssertionError:
        return True
    return False


def attack(rng, dtype, ties):
    """The scores of members and non-members, mixed, and who is who, both as views."""
    n = INSIDE + OUTSIDE
    members = (rng.permutation(n) < INSIDE).repeat_interleave(2)[::2]
    scores = halves(rng, 2 * n, dtype) if ties else rng.normal(2 * n, dtype=dtype)
    return scores[::2] + members.to(dtype), members


def ordered(scores, members):
    """The share of pairs in the right order, counted."""
    inside, outside = scores[members].tolist(), scores[~members].tolist()
    return sum((a > b) + 0.5 * (a == b) for a in inside for b in outside) / (len(inside) * len(outside))


def named(scores, members, max_fpr):
    """The best true positive rate over all thresholds, tried one by one."""
    inside, outside = scores[members].tolist(), scores[~members].tolist()
    best = 0.0
    for threshold in [*inside, *outside, math.inf]:
        if sum(one >= threshold for one in outside) / len(outside) <= max_fpr:
            best = max(best, sum(one >= threshold for one in inside) / len(inside))
    return best


@claims(
    "exposure = log2(n + 1) - log2(rank)",
    "It lies between 0",
    "A canary is a random text",
    "`canaries` has the model's losses on them",
)
def test_exposure_from_the_first_to_the_last_rank(student, device):
    """Before all others a canary has log2(n + 1) bits, behind all of them 0.

    排在所有其他文本之前时暴露度是 log2(n + 1) 比特，排在最后时是 0。
    """
    for n in (1, 3, 1023, 10_000):
        others = torch.arange(1.0, n + 1, device=device)
        found = student.exposure(torch.tensor([0.5, n + 0.5, 1.5], device=device), others)
        wanted = torch.tensor([math.log2(n + 1), 0.0, math.log2((n + 1) / 2)], dtype=torch.float64, device=device)
        assert_same(found, wanted)


@claims("the number of `others` with a loss of at most its own")
def test_equal_losses_count_against_the_canary(student, device):
    """A model that finds all texts equally likely exposes nothing; each equal loss worsens the rank by one.

    模型认为所有文本同样可能时，什么都没有暴露；每有一个相等的损失，名次就退后一位。
    """
    same = torch.full((5,), 2.5, device=device)
    assert_same(student.exposure(same[:2], same), torch.zeros(2, dtype=torch.float64, device=device))
    others = torch.tensor([2.0, 1.0, 2.0, 3.0, 2.0, 4.0, 5.0], device=device)
    assert_same(student.exposure(same[:1] - 0.5, others), by_counting(same[:1] - 0.5, others))


def test_exposure_by_counting(student, rng):
    """Random losses, with and without equal ones, in both precisions and as views, give the counted ranks.

    随机的损失，有无相等的都试，两种精度和视图：名次与逐个数出来的一致。
    """
    for dtype in (torch.float64, torch.float32):
        for draw in (lambda n, dtype=dtype: halves(rng, n, dtype), lambda n, dtype=dtype: rng.normal(n, dtype=dtype)):
            canaries, others = draw(3 * CANARIES)[::3], draw(2 * OTHERS)[::2]
            assert_same(unchanged(student.exposure, canaries, others), by_counting(canaries, others))
    close = 1 + rng.permutation(OTHERS).to(torch.float64) * 1e-10  # equal in float32, and not in float64
    assert_same(student.exposure(close[:CANARIES] + 5e-11, close), by_counting(close[:CANARIES] + 5e-11, close))


@claims("Other canaries play no part")
def test_canaries_do_not_count(student, device):
    """The exposure of a canary is the same whether it is asked about alone or together with likelier ones.

    单独询问一个金丝雀，或与更可能的金丝雀一起询问，暴露度相同。
    """
    others = torch.tensor([3.0, 5.0, 7.0, 9.0, 11.0], dtype=torch.float64, device=device)
    canaries = torch.tensor([6.0, 1.0, 2.0, 6.0, 0.0], dtype=torch.float64, device=device)
    together = student.exposure(canaries, others)
    assert_same(together, torch.cat([student.exposure(canaries[i : i + 1], others) for i in range(5)]))
    assert_same(together, by_counting(canaries, others))
    none = student.exposure(canaries[:0], others)
    assert_same(none, canaries[:0])


@claims("Infinite losses")
def test_infinite_losses(student, device):
    """A text that the model thinks impossible has an infinite loss, and is behind or equal like any other.

    模型认为不可能的文本损失为无穷大，同样比大小、算相等。
    """
    others = torch.tensor([1.0, math.inf, 2.0, math.inf, 3.0], device=device)
    canaries = torch.tensor([math.inf, 2.5, -math.inf], device=device)
    assert_same(student.exposure(canaries, others), by_counting(canaries, others))


@claims("The answer is float64, on the device")
def test_exposure_is_float64_and_of_no_graph(student, rng):
    """The answer is float64 for losses of either precision, and part of no graph, even if the losses are.

    无论损失是哪种精度，答案都是 float64；即使损失带梯度，答案也不在计算图中。
    """
    for dtype in (torch.float64, torch.float32):
        canaries, others = rng.normal(3, dtype=dtype), rng.normal(5, dtype=dtype)
        found = student.exposure(canaries, others)
        expect(
            found.dtype == torch.float64
            and found.device == canaries.device
            and not learns(student.exposure, canaries, others),
            "Exposure is a count: float64, on the device of the canaries, and part of no graph.",
            "暴露度来自计数：应为 float64，在 canaries 的设备上，不在计算图中。",
        )


@claims("The answer is float64, on the device of `canaries`")
def test_exposure_is_where_the_canaries_are(student, device):
    """The answer lies on the device of the canaries: on a GPU, every new tensor is made there.

    答案与 canaries 在同一设备上：在 GPU 上，新建的张量也要在那里。
    """
    canaries, others = torch.tensor([0.5, 3.5], device=device), torch.tensor([1.0, 2.0, 3.0], device=device)

    answer = follows_device(student.exposure, canaries, others)
    assert_same(answer, torch.tensor([2.0, 0.0], dtype=torch.float64, device=device))


@claims("if one of the two has not exactly one axis")
def test_what_exposure_refuses(student, device):
    """Two axes or none, no others, and NaN are a ValueError.

    有两个轴或没有轴、没有其他文本、出现 NaN 时抛出 ValueError。
    """
    row, nan = torch.tensor([1.0, 2.0], device=device), torch.tensor([1.0, math.nan], device=device)
    for canaries, others in (
        (row, row[:0]),
        (row[None], row),
        (row, row[None]),
        (row[0], row),
        (row, row[0]),
        (nan, row),
        (row, nan),
    ):
        assert_raises(ValueError, student.exposure, canaries, others)


@claims("Higher means more like it", '"loss": minus the loss; `reference` plays no part')
def test_scores_by_the_loss_alone(student, rng):
    """The score is minus the loss, in the dtype of the losses, and a reference changes nothing.

    分数就是损失的相反数，与损失同类型；给不给参考都一样。
    """
    for dtype in (torch.float64, torch.float32):
        losses = rng.uniform(5, 6, low=0.1, high=4.0, dtype=dtype)[:, ::2]
        assert_same(unchanged(student.membership_scores, losses), -losses)
        assert_same(student.membership_scores(losses, losses[:1] * math.nan, "loss"), -losses)
    assert_same(student.membership_scores(losses[0, 0]), -losses[0, 0])


@claims(
    "`losses` are those of the model under attack",
    "the reference's loss minus the loss",
    "minus the loss divided by the reference's loss",
)
def test_scores_by_a_reference(student, rng):
    """Difference and ratio compare with the reference, text by text, and stay as precise as the losses.

    差与比都逐段文本与参考比较，精度与损失相同。
    """
    for dtype in (torch.float64, torch.float32):
        losses, reference = (rng.uniform(3, 14, low=0.1, high=4.0, dtype=dtype)[:, ::2] for _ in range(2))
        for one, other in ((losses, reference), (losses[0], reference[0]), (losses[2, :1], reference[2, :1])):
            assert_same(student.membership_scores(one, other, "difference"), other - one)
            assert_same(unchanged(student.membership_scores, one, other, "ratio"), -(one / other))
        losses = torch.tensor([0.5, 2.0, 0.0, 4.0], dtype=dtype, device=losses.device)
        reference = torch.tensor([2**-20, 2.0**-9, 2.0**-5, 1024], dtype=dtype, device=losses.device)
        wanted = torch.tensor([-(2.0**19), -1024, 0, -(2**-8)], dtype=dtype, device=losses.device)
        assert_same(student.membership_scores(losses, reference, "ratio"), wanted)  # however easy a text is


@claims(
    "for any other kind", "if there is no reference or its shape is another one", "if a loss of the reference is not"
)
def test_what_scores_refuse(student, device):
    """An unknown kind, a reference that is missing or of another shape, and for a ratio one that is not above 0, are a
    ValueError.

    未知的种类、缺少参考或形状不同，以及求比时参考不大于 0，都抛出 ValueError。
    """
    losses = torch.tensor([1.0, 2.0, 3.0], device=device)
    for kind in ("", "Loss", "quotient", "diff", "min-k"):
        assert_raises(ValueError, student.membership_scores, losses, losses, kind)
    for kind in ("difference", "ratio"):
        for reference in (None, losses[:1], losses[:2], losses[None], losses[0]):
            assert_raises(ValueError, student.membership_scores, losses, reference, kind)
    for bad in (0.0, -1.0, math.nan):
        reference = torch.tensor([1.0, bad, 2.0], device=device)
        assert_raises(ValueError, student.membership_scores, losses, reference, "ratio")
    reference = torch.tensor([0.0, -1.0, 2.0], device=device)
    assert_same(student.membership_scores(losses, reference, "difference"), reference - losses)


@claims("the member has the higher score", "A pair with equal scores counts half", "`members` says which texts were")
def test_auc_by_counting_pairs(student, rng):
    """The area is the share of pairs in the right order, equal scores counting half, with few texts and with many.

    面积就是次序正确的配对所占的比例，分数相等的算一半；文本多少都一样。
    """
    for dtype in (torch.float64, torch.float32):
        for ties in (False, True):
            scores, members = attack(rng, dtype, ties)
            assert_same(unchanged(student.attack_auc, scores, members), ordered(scores, members), rtol=1e-9)
            assert_same(student.attack_auc(-scores, members), 1 - ordered(scores, members), rtol=1e-9)
    equal = torch.ones(5, device=scores.device)
    assert_same(student.attack_auc(equal, torch.arange(5, device=equal.device) < 2), 0.5)
    one = torch.tensor([True, False], device=equal.device)
    assert_same([student.attack_auc(equal[:2] * sign * one, one) for sign in (1, -1, 0)], [1.0, 0.0, 0.5])


def test_auc_of_many_texts(student, device):
    """With 5,003 members and 5,009 non-members one pair in 25 million still counts.

    有 5,003 个成员和 5,009 个非成员时，两千五百万对中的一对仍然算数。
    """
    inside, outside = 5003, 5009
    scores = torch.cat([torch.full((inside,), 2.0), torch.ones(outside)]).to(device)
    members = torch.arange(inside + outside, device=device) < inside
    scores[0] = 1.0
    pairs = inside * outside
    assert_same(student.attack_auc(scores, members), (pairs - outside / 2) / pairs, rtol=1e-12, atol=1e-12)
    scores[0] = 2.0
    scores[-1] = 2.0
    assert_same(student.attack_auc(scores, members), (pairs - inside / 2) / pairs, rtol=1e-12, atol=1e-12)
    scores[-1] = 1.0
    scores[:2] = torch.tensor([0.0, 1.0])
    scores[-1] = 0.0
    lost = outside - 1 + 0.5 + (outside - 1) / 2
    assert_same(student.attack_auc(scores, members), (pairs - lost) / pairs, rtol=1e-12, atol=1e-12)


@claims("The answer is the highest true positive rate", "the true positive rate is the")
def test_named_by_trying_thresholds(student, rng):
    """Random scores, with and without ties: the answer is the best of all thresholds, tried one by one.

    随机分数，有无相等的都试：答案是逐个尝试所有阈值得到的最好结果。
    """
    for dtype in (torch.float64, torch.float32):
        for ties in (False, True):
            scores, members = attack(rng, dtype, ties)
            for max_fpr in (0.0, 0.01, 0.05, 0.1, 0.3, 0.62, 1.0):
                found = unchanged(student.tpr_at_fpr, scores, members, max_fpr)
                assert_same(found, named(scores, members, max_fpr))
            assert_same(student.tpr_at_fpr(scores, members), named(scores, members, 0.01))


@claims("any number or infinity", "Nothing is interpolated")
def test_equal_scores_are_named_together(student, device):
    """Texts with equal scores are named together or not at all, and to name nobody is allowed.

    分数相等的文本要么都指认，要么都不指认；也可以一个都不指认。
    """
    members = torch.tensor([1, 1, 1, 0, 0, 0, 0, 0, 1, 1], dtype=torch.bool, device=device)
    scores = torch.tensor([5.0, 4, 4, 4, 4, 3, 2, 1, 1, 0], device=device)
    for max_fpr, wanted in ((0.0, 0.2), (0.2, 0.2), (0.39, 0.2), (0.4, 0.6), (0.6, 0.6), (0.8, 0.6), (1.0, 1.0)):
        assert_same(student.tpr_at_fpr(scores, members, max_fpr), wanted)
    assert_same(student.tpr_at_fpr(torch.ones(10, device=device), members, 0.99), 0.0)
    top = torch.tensor([math.inf, 1.0, -math.inf], device=device)
    for who, wanted in (([True, False, False], 1.0), ([False, True, False], 0.0), ([False, False, True], 0.0)):
        assert_same(student.tpr_at_fpr(top, torch.tensor(who, device=device), 0.0), wanted)


@claims("false positive rate is the number of non-members named, divided by the number of all")
def test_a_rate_that_is_reached_exactly(student, device):
    """29 of 100 are a rate of 0.29, although 0.29 * 100 is a little less than 29 in floating point.

    100 个中的 29 个就是 0.29，尽管浮点数的 0.29 * 100 比 29 略小。
    """
    outside = 100
    scores = torch.arange(2.0 * outside, device=device)
    members = torch.arange(2 * outside, device=device) % 2 == 0  # member 2k is below non-member 2k + 1
    for count in (0, 1, 7, 14, 28, 29, 55, 57, 58, 99):
        assert_same(student.tpr_at_fpr(scores, members, count / outside), count / outside)
    assert_same(student.tpr_at_fpr(scores, members), 0.01)  # unless another rate is given


@claims("if the shapes differ, a score is NaN, or there is no member or no non-member", "or `max_fpr` is not in")
def test_what_the_attack_refuses(student, device):
    """Shapes that differ, NaN, members alone, non-members alone, and a rate outside [0, 1] are a ValueError.

    形状不同、有 NaN、只有成员、只有非成员、比例不在 [0, 1] 内时抛出 ValueError。
    """
    scores = torch.tensor([1.0, 2.0, 3.0], device=device)
    members = torch.tensor([True, False, True], device=device)
    for wrong, who in (
        (scores[:2], members),
        (scores, members[:2]),
        (scores[:, None], members),
        (scores, members[None]),
        (scores * math.nan, members),
        (scores.where(members, scores * math.nan), members),
        (scores, members | True),
        (scores, members & False),
        (scores[:0], members[:0]),
    ):
        assert_raises(ValueError, student.attack_auc, wrong, who)
        assert_raises(ValueError, student.tpr_at_fpr, wrong, who)
    for max_fpr in (-0.01, 1.01, math.nan):
        assert_raises(ValueError, student.tpr_at_fpr, scores, members, max_fpr)
