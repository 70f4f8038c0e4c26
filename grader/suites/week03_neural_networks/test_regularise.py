"""Hidden suite of week 03, regularise.

Random tests fail by chance with a probability below 1e-6: their bounds are five standard deviations or more.
Not covered: speed, which random numbers are drawn.
"""

import math

import torch

from grader.suite import (
    after,
    assert_raises,
    assert_same,
    attribute,
    call_and_keep,
    claims,
    expect,
    gradients,
    points,
    set_attribute,
    unchanged,
)


def seeded(seed, device):
    return torch.Generator(device=device).manual_seed(seed)


@points(1)
@claims(
    "`x` holds finite numbers, and the expected value of every entry stays what it was",
)
def test_share_and_factor(student, rng):
    """Of many entries the share p becomes 0, also a thousandth; the others are multiplied by 1 / (1 - p).

    很多个元素中有比例 p 变成 0，p 为千分之一时也一样；其余的乘以 1 / (1 - p)。
    """
    x = rng.uniform(200_003, low=1.0, high=2.0)
    for p in (0.1, 0.7):
        out = student.dropout(x, p, True, rng.generator())
        dropped = out == 0
        share = float(dropped.double().mean())
        expect(
            abs(share - p) < 0.006,  # five standard deviations at p = 0.5: 0.0056
            "With p = {p}, the share of zeros is {share}.",
            "p = {p} 时，零的比例是 {share}。",
            p=p,
            share=f"{share:.3f}",
        )
        assert_same(out, (x / (1 - p)).masked_fill(dropped, 0))
    zeros = int((student.dropout(torch.ones(1_000_003, device=x.device), 0.001, True, rng.generator()) == 0).sum())
    expect(
        abs(zeros - 1000) < 200,  # six standard deviations: 190
        "With p = 0.001, {zeros} of 1,000,003 numbers are dropped, and about 1,000 should be.",
        "p = 0.001 时，1,000,003 个数中丢弃了 {zeros} 个，应当约为 1,000 个。",
        zeros=zeros,
    )


@points(1)
def test_every_entry_on_its_own(student, rng, device):
    """Zeros are spread over rows and columns alike, none of which is dropped as a whole, and their number varies.

    零均匀散布在各行各列，不会整行、整列或整个位置一起丢弃；零的个数每次不同。
    """
    x = torch.ones(3, 401, 401, device=device)
    zeros = (student.dropout(x, 0.5, True, rng.generator()) == 0).double()
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        shares = zeros.mean(dim=others) if axis else zeros.mean(dim=(1, 2))
        # At most 401 shares, each of 1,203 entries or more: 0.1 is 6.9 standard deviations.
        expect(
            float((shares - 0.5).abs().max()) < 0.1,
            "Along axis {axis}, whole slices are kept or dropped together.",
            "沿轴 {axis}，整片元素被一起保留或丢弃。",
            axis=axis,
        )
    together = float((zeros[0] * zeros[1]).mean())
    # Where each decides for itself, how many are dropped is chance: 30 times the same number has odds below 1e-20.
    counts = {int((student.dropout(x[0, 0], 0.5, True, rng.generator()) == 0).sum()) for _ in range(30)}
    expect(
        len(counts) > 1,
        "Each of 30 calls drops exactly {count} of 401 entries: each entry decides for itself, not all together.",
        "30 次调用都恰好丢弃 401 个元素中的 {count} 个：每个元素应各自决定，而不是事先定好总数。",
        count=min(counts),
    )
    expect(
        abs(together - 0.25) < 0.01,
        "Two slices share their mask: {share} of the places are dropped in both, and should be 0.25.",
        "两个切片共用了掩码：两边同时丢弃的位置占 {share}，应为 0.25。",
        share=f"{together:.3f}",
    )


@points(1)
@claims(
    "`p` is below 0 or above 1, or NaN",
    "When `training` is false, or p is 0, the answer equals `x`",
    "When p is 1, everything is 0",
    "`x` is not changed; shape and dtype are those of `x`",
)
def test_edges_of_p(student, rng, device):
    """Not training and p = 0 give x, p = 1 gives zeros, other p a ValueError; views and dtypes keep their
    form.

    不在训练或 p = 0 时得到 x，p = 1 时全是 0，p 超出 0…1 时抛出 ValueError；视图、dtype、单个数都保持原样。
    """
    half = rng.normal(11).to(torch.bfloat16)
    for x in (rng.normal(5, 3).T, rng.normal(7, dtype=torch.float64), rng.normal(1), rng.normal(2, 3, 5), half):
        for p in (-0.1, 1.1, math.nan):
            assert_raises(ValueError, student.dropout, x, p)
            assert_raises(ValueError, student.dropout, x, p, False)
        for p in (0.0, 0.3, 1.0):
            assert_same(student.dropout(x, p, False, seeded(1, device)), x)
        assert_same(unchanged(student.dropout, x, 0.0), x)
        assert_same(unchanged(student.dropout, x, 1.0), torch.zeros_like(x))
        out, args, _ = call_and_keep(student.dropout, x, 0.5, True, seeded(1, device))
        assert_same(out, (2 * x).masked_fill(out == 0, 0))
        assert_same(args[0], x)


@points(1)
@claims("Gradients pass through what was kept, with the same factor, and nowhere else")
def test_gradient_of_dropout(student, rng, device):
    """The gradient of a kept entry is 1 / (1 - p), that of a dropped one 0: the same mask as forward.

    保留的元素梯度为 1 / (1 - p)，丢弃的为 0：与前向用的是同一个掩码。
    """
    x = rng.uniform(13, 17, low=1.0, high=2.0, dtype=torch.float64)
    kept = student.dropout(x, 0.4, True, seeded(5, device)) != 0
    again = student.dropout(x, 0.4, True, seeded(5, device)) != 0
    expect(
        torch.equal(kept, again),
        "Two generators with the same seed give different masks: not all random numbers come from the generator.",
        "两个种子相同的生成器给出了不同的掩码：并非所有随机数都来自生成器。",
    )
    (got,) = gradients(student.dropout, x, 0.4, True, seeded(5, device))

    weights = torch.arange(1, x.numel() + 1, dtype=torch.float64, device=device).cos().view_as(x)
    assert_same(got, torch.where(kept, weights / 0.6, 0))


@points(2)
@claims("If a generator is given, all random numbers come from it: what it has drawn before matters, not its seed")
def test_generator_of_dropout(student, device):
    """Equal generators give equal masks; other seeds, and a generator that has drawn before, give others.

    相同的生成器给出相同的掩码；种子不同，或生成器已经抽取过随机数，掩码就不同。
    """
    x = torch.ones(401, device=device)
    first = student.dropout(x, 0.5, True, seeded(3, device))

    expect(
        torch.equal(student.dropout(x, 0.5, True, seeded(3, device)), first),
        "Two generators with the same seed give different masks: not all random numbers come from the generator.",
        "两个种子相同的生成器给出了不同的掩码：并非所有随机数都来自生成器。",
    )
    expect(
        not torch.equal(first, student.dropout(x, 0.5, True, seeded(4, device))),
        "Generators with two seeds give the same mask.",
        "两个种子不同的生成器给出了相同的掩码。",
    )
    source = seeded(3, device)
    torch.rand(7, generator=source, device=device)
    expect(
        not torch.equal(first, student.dropout(x, 0.5, True, source)),
        "The mask follows from the seed of the generator, not from what it draws next.",
        "掩码由生成器的种子决定，而不是由它接下来抽取的数决定。",
    )


@points(1)
def test_a_new_mask_every_time(student, device):
    """Without a generator, two calls drop other entries.

    不给生成器时，两次调用丢弃的元素不同。
    """
    x = torch.ones(401, device=device)
    first, second = student.dropout(x, 0.5), student.dropout(x, 0.5)

    expect(not torch.equal(first, second), "Two calls drop the same entries.", "两次调用丢弃的元素相同。")


def weights_with(module, tables):
    """Parameters of ones with these gradients."""
    some = {name: torch.ones_like(t) if t is not None else torch.ones(2) for name, t in tables.items()}
    weights = module.given("small_weights").Weights(some)
    weights.set_gradients(tables)
    return weights


@points(1)
@claims(
    "The norm is the root of the sum of the squares of all entries of all gradients",
    "they are added up in float32 or more, for in float16 the square of 300 is infinite",
    "every gradient is multiplied by max_norm / norm, in place",
    "The norm before scaling, a Python float",
)
def test_clipping_by_the_common_norm(student, rng):
    """Gradients of unequal size, also of float16, are multiplied by one factor, so that their common norm is max_norm.

    大小悬殊的梯度（包括 float16）乘以同一个系数，使总范数等于 max_norm。
    """
    for dtype in (torch.float64, torch.float32):
        tables = {"large": 9 * rng.normal(5, 3, dtype=dtype).T, "small": 0.01 * rng.normal(7, dtype=dtype)}
        norm = math.sqrt(sum(float(table.double().square().sum()) for table in tables.values()))
        weights = weights_with(student, tables)

        assert_same(student.clip_gradients(weights.parameters(), 0.5), norm)
        expected = {name: table * (0.5 / norm) for name, table in tables.items()}
        assert_same(weights.gradients(), expected, rtol=1e-5, atol=1e-9)
        assert_same(weights.values(), {name: torch.ones_like(table) for name, table in tables.items()})
    huge = weights_with(
        student, {"a": torch.tensor([3e40, 4e40], dtype=torch.float64, device=expected["small"].device)}
    )
    assert_same(student.clip_gradients(huge.parameters(), 1.0), 5e40)
    assert_same(huge.gradients()["a"].cpu(), torch.tensor([0.6, 0.8], dtype=torch.float64), rtol=1e-5)
    half = torch.tensor([300.0, 400.0], dtype=torch.float16, device=expected["small"].device)
    weights = weights_with(student, {"a": half})
    assert_same(student.clip_gradients(weights.parameters(), 1.0), 500.0, rtol=1e-3)
    assert_same(weights.gradients()["a"], half / 500, rtol=1e-2, atol=1e-3)


@points(1)
@claims("In place: `grad` is the same tensor afterwards, with other numbers")
def test_clipping_in_place(student, rng):
    """The gradients are scaled where they lie in memory: no tensor takes the place of another.

    梯度在内存中的原处被缩放：没有换成别的张量。
    """
    weights = weights_with(student, {"a": rng.normal(5, 3), "none": None, "b": rng.normal(7)})
    for limit in (1e-3, 1e9):
        student.clip_gradients(weights.parameters(), limit)
        assert_same(weights.gradients_stayed(), True)
    assert_same(weights.stayed(), True)


@points(1)
@claims("otherwise nothing changes: gradients are never scaled up")
def test_small_gradients_stay(student, device):
    """A norm at or below max_norm changes nothing, bit for bit.

    范数不超过 max_norm 时什么都不变，一位都不差。
    """
    tables = {"a": torch.tensor([3.0], device=device), "b": torch.tensor([[4.0]], device=device)}
    for limit in (5.0, 5.5, 1e9):
        weights = weights_with(student, tables)
        assert_same(student.clip_gradients(weights.parameters(), limit), 5.0)
        assert_same(weights.gradients(), tables, rtol=0.0, atol=0.0)


@points(1)
@claims(
    "Parameters without a gradient are left out",
    "`parameters` may be a generator, which can be read only once",
    "Without any gradient the norm is 0",
)
def test_missing_gradients(student, device):
    """Parameters without a gradient are left out; with none at all the norm is 0.

    没有梯度的参数不参与；一个梯度都没有时范数为 0。
    """
    tables = {"a": torch.tensor([3.0, 0.0], device=device), "none": None, "b": torch.tensor([4.0], device=device)}
    weights = weights_with(student, tables)
    assert_same(student.clip_gradients(weights.parameters(), 2.0), 5.0)
    assert_same(weights.gradients()["none"], None)
    assert_same(weights.gradients()["b"], torch.tensor([1.6], device=device), rtol=1e-5)

    assert_same(student.clip_gradients(weights_with(student, {"none": None}).parameters(), 2.0), 0.0)


@points(1)
@claims("If the norm is infinite or NaN, nothing is scaled", "`max_norm` is not above 0")
def test_norms_that_are_not_finite(student, device):
    """An infinite or NaN norm is returned and scales nothing; a limit that is not above 0 is a ValueError.

    范数为无穷或 NaN 时原样返回、不做缩放；上限不大于 0 时抛出 ValueError。
    """
    for bad in (math.inf, math.nan):
        tables = {"a": torch.tensor([bad], device=device), "b": torch.tensor([4.0], device=device)}
        weights = weights_with(student, tables)
        norm = student.clip_gradients(weights.parameters(), 1.0)
        assert_same(norm, bad)
        assert_same(weights.gradients(), tables)
    for limit in (0.0, -1.0, math.nan):
        assert_raises(ValueError, student.clip_gradients, weights.parameters(), limit)


def answers(student, losses, *args, **options):
    """What should_stop says to a series of losses, and the best of them."""
    weights = student.given("small_weights").Weights({"w": torch.zeros(1)})
    stopping = student.EarlyStopping(*args, **options)
    said = [stopping.should_stop(loss, weights) for loss in losses]
    return said, attribute(stopping, "best")


@points(1)
@claims(
    "An improvement begins the count anew",
    "the last loss that was an improvement; inf at first",
)
def test_patience(student):
    """The count of losses that are no improvement begins anew at each improvement, and an equal loss is none.

    每次改善都重新计数；与最好值相等的损失不算改善。
    """
    no, yes = False, True
    assert_same(answers(student, [5.0, 6.0, 4.0, 4.5, 4.0, 9.0], 3), ([no, no, no, no, no, yes], 4.0))
    assert_same(answers(student, [2.0, 3.0, 1.0, 1.0], 1), ([no, yes, no, yes], 1.0))
    assert_same(answers(student, [3.0, 2.0, 1.0, 0.0, -1.0], 1), ([no] * 5, -1.0))
    assert_same(answers(student, [], 1), ([], math.inf))
    assert_same(answers(student, [1.0, 2.0, 2.0, 2.0], 2), ([no, no, yes, yes], 1.0))
    assert_same(answers(student, [0.1234567, 0.1234564], 1), ([no, no], 0.1234564))


@points(1)
@claims(
    "A loss is an improvement if it is below `best` by more than `min_delta`; NaN never is",
    "`patience` is below 1, or `min_delta` is negative",
)
def test_small_improvements_and_nan(student):
    """Gains of min_delta or less and NaN are no improvement, and leave `best` alone; bad settings are a ValueError.

    改善不超过 min_delta、或损失为 NaN，都不算改善，`best` 不变；不合理的设置抛出 ValueError。
    """
    no, yes = False, True
    assert_same(answers(student, [4.0, 4.25, 4.25], 2, 0.5), ([no, no, yes], 4.0))
    assert_same(answers(student, [4.0, 3.5, 3.75, 2.75], 2, 0.5), ([no, no, yes, no], 2.75))
    assert_same(answers(student, [4.0, 3.75, 3.5, 3.25], 3, min_delta=0.5), ([no, no, no, no], 3.25))
    assert_same(answers(student, [math.nan, 2.0, math.nan, math.nan], 2), ([no, no, no, yes], 2.0))
    for settings in ((0,), (-2,), (1, -0.1)):
        assert_raises(ValueError, student.EarlyStopping, *settings)


@points(1)
@after("test_patience")
@claims(
    "At an improvement the model's whole `state_dict` is copied, parameters and buffers",
    "what training does to them afterwards does not change the copy",
    "no loss has been an improvement yet",
)
def test_best_weights_come_back(student, device):
    """restore brings back the parameters and buffers of the best epoch, however they changed since; before, ValueError.

    restore 恢复最好一轮的参数和缓冲，不管之后怎样被原地修改；还没有改善时抛出 ValueError。
    """
    weights = student.given("small_weights").Weights(
        {"a": torch.zeros(3, dtype=torch.float64, device=device), "b": torch.zeros(2, 5, device=device)}
    )
    weights.register_buffer("seen", torch.zeros(2, device=device))
    stopping = student.EarlyStopping(5)
    assert_raises(ValueError, stopping.restore, weights)
    stopping.should_stop(math.nan, weights)
    assert_raises(ValueError, stopping.restore, weights)
    for number, loss in ((1.0, 3.0), (1 / 3, 1.0), (3.0, 2.0), (4.0, 4.0)):
        weights.set_values(number)
        set_attribute(weights, "seen", torch.full((2,), number, device=device))
        stopping.should_stop(loss, weights)
    weights.set_values(9.0)
    set_attribute(weights, "seen", torch.full((2,), 9.0, device=device))

    for _ in range(2):
        stopping.restore(weights)
        assert_same(attribute(weights, "seen").cpu(), torch.full((2,), 1 / 3))
        best = {"a": torch.full((3,), 1 / 3, dtype=torch.float64), "b": torch.full((2, 5), 1 / 3)}
        assert_same({name: table.cpu() for name, table in weights.values().items()}, best, rtol=1e-12, atol=0.0)
        weights.set_values(9.0)
    assert_same(weights.stayed(), True)
