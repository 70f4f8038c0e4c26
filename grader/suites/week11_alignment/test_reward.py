"""Hidden suite of week 11, reward.

Sizes are distinct primes. The backbone is given; in front of the first real token its states are NaN.
Not covered: training a reward model (an experiment of the week does), several answers to one prompt.
"""

import math

import torch

from grader.suite import (
    assert_raises,
    assert_same,
    attribute,
    claims,
    expect,
    gradients,
    parameter_gradients,
    points,
    unchanged,
)

BATCH, LENGTH, WIDTH, VOCABULARY = 5, 7, 3, 11


def weights(rng, dtype=torch.float64):
    """Random weights of a reward model on the given backbone."""
    return {
        "backbone.embedding.weight": rng.normal(VOCABULARY, WIDTH, dtype=dtype),
        "backbone.mix.weight": rng.normal(WIDTH, WIDTH, dtype=dtype),
        "head.weight": rng.normal(1, WIDTH, dtype=dtype),
    }


def built(module, state):
    """A reward model with these weights."""
    head = state["head.weight"]
    model = module.RewardModel(module.given("small_policies").Backbone(VOCABULARY, WIDTH), WIDTH)
    model.to(str(head.device))
    if head.dtype == torch.float64:
        model.double()
    model.load_state_dict(state)
    return model


def by_hand(module, device):
    """A reward model whose score is ten times the id of the token that it reads."""
    model = module.RewardModel(module.given("small_policies").Numbers(), 1).to(str(device))
    model.load_state_dict({"head.weight": torch.tensor([[10.0]], device=device)})
    return model


def right_mask(device):
    """Five texts of 1, 2, 4, 6 and 7 tokens, padded on the right."""
    lengths = torch.tensor([1, 2, 4, 6, 7], device=device).unsqueeze(-1)
    return (torch.arange(LENGTH, device=device) < lengths).to(torch.int64)


@points(1)
@claims("The mask is 1 (or True) for real tokens", "on the right, on the left or in between")
def test_the_last_real_token(student, device):
    """The score is read at the rightmost token whose mask is 1, wherever the padding stands.

    无论填充在哪里，分数都从掩码为 1 的最右边的词元读出。
    """
    ids = torch.tensor([[2, 3, 5, 7, 8], [2, 3, 5, 7, 8], [2, 3, 5, 7, 8], [2, 3, 5, 7, 8]], device=device)
    mask = torch.tensor([[1, 1, 1, 0, 0], [0, 0, 0, 1, 1], [1, 1, 0, 1, 0], [1, 0, 0, 0, 0]], device=device)

    right = torch.tensor([50.0, 80.0, 70.0, 20.0], device=device)
    assert_same(by_hand(student, device)(ids, mask), right)
    assert_same(by_hand(student, device)(ids, mask.bool()), right)


@points(1)
@claims("The ids do not say where padding is")
def test_the_padding_id_in_the_text(student, device):
    """A token of the text may have the id of the padding, as where the end token is also the padding.

    文本中的词元可以与填充的 id 相同，例如结束符同时用作填充时。
    """
    ids = torch.tensor([[0, 4, 0, 6, 0, 0], [0, 0, 4, 0, 6, 9], [5, 5, 5, 5, 5, 3], [5, 4, 0, 7, 0, 0]], device=device)
    mask = torch.tensor([[1, 1, 1, 1, 0, 0], [0, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]], device=device)

    assert_same(by_hand(student, device)(ids, mask), torch.tensor([60.0, 60.0, 30.0, 0.0], device=device))


@points(1)
def test_agrees_with_the_reference(student, reference, rng, device):
    """Scores are those of the reference, in float64 and float32, for ids that are not contiguous; arguments stay.

    在 float64 与 float32 下，ids 不连续时，分数都与参考答案一致，参数不被修改。
    """
    for dtype in (torch.float64, torch.float32):
        state, ids = weights(rng, dtype), rng.integers(0, VOCABULARY, LENGTH, BATCH).T
        mine, ours = built(student, state), built(reference, state)
        for mask in (right_mask(device), right_mask(device).bool(), right_mask(device).T.contiguous().T):
            assert_same(unchanged(mine, ids, mask), ours(ids, mask))


@points(1)
@claims("States of other positions do not count, not even if they are NaN")
def test_padding_does_not_matter(student, rng, device):
    """A text has one score: alone, padded on the left (states in front are NaN), on the right, or on both sides.

    一段文本只有一个分数：单独计算、左侧填充（前面的状态是 NaN）、右侧填充、两侧填充都一样。
    """
    model = built(student, weights(rng))
    text = rng.integers(0, VOCABULARY, 3)
    ids, mask = rng.integers(0, VOCABULARY, 3, LENGTH), torch.zeros(3, LENGTH, dtype=torch.int64, device=device)
    for row, start in enumerate((0, 2, 4)):
        ids[row, start : start + 3], mask[row, start : start + 3] = text, 1

    alone = model(text.unsqueeze(0), torch.ones(1, 3, dtype=torch.int64, device=device))
    expect(bool(alone.isfinite().all()), "The score of a text is not finite.", "文本的分数不是有限数。")
    assert_same(model(ids, mask), alone.expand(3).clone())


@points(1)
def test_what_learns(student, reference, rng, device):
    """Gradients reach the head and the whole backbone, and are those of the reference, NaN in other states or not.

    梯度传到 head 和整个 backbone，并与参考答案一致，其他状态是 NaN 时也一样。
    """
    state, ids, mask = weights(rng), rng.integers(0, VOCABULARY, BATCH, LENGTH), right_mask(device)
    mine, ours = built(student, state), built(reference, state)

    for given in (mask, mask.flip(1)):
        assert_same(parameter_gradients(mine, ids, given), parameter_gradients(ours, ids, given))


@points(1)
@claims("the module that was given, itself and not a copy", "without a bias")
def test_parts(student, device):
    """The head has no bias and starts as PyTorch starts it; the backbone is the one that was given.

    head 没有偏置，初值是 PyTorch 自带的；backbone 就是传入的那一个。
    """
    student.given("small_policies").seed_everything(3)
    backbone = student.given("small_policies").Backbone(VOCABULARY, 997)
    model = student.RewardModel(backbone, 997)
    before = float(model.state_dict()["backbone.mix.weight"].abs().sum())
    backbone.load_state_dict({name: torch.zeros_like(table) for name, table in backbone.state_dict().items()})

    names = sorted(model.state_dict())
    assert_same(names, ["backbone.embedding.weight", "backbone.mix.weight", "head.weight"])
    after = float(model.state_dict()["backbone.mix.weight"].abs().sum())
    expect(before > 0 and after == 0, "The model holds a copy of the backbone.", "模型里的 backbone 是一份复制品。")
    head = attribute(model, "head.weight").double()
    assert_same(list(head.shape), [1, 997])
    # 997 uniform numbers: the standard error of their spread is 1.4 %.
    expect(
        bool((head.abs() <= 997**-0.5 * 1.000001).all()) and abs(float(head.std()) * (3 * 997) ** 0.5 - 1) < 0.1,
        "head.weight starts with the standard deviation {spread}; PyTorch's own initial values have {right}.",
        "head.weight 初值的标准差是 {spread}；PyTorch 自带的初值应为 {right}。",
        spread=round(float(head.std()), 4),
        right=round((3 * 997) ** -0.5, 4),
    )


@points(0.5)
@claims("The backbone is called once, as `backbone(ids, mask)`")
def test_one_call(student, rng, device):
    """The backbone is called once for the whole batch; a batch of one text of one token gives one score.

    整个批次只调用一次 backbone；只有一段文本、一个词元的批次给出一个分数。
    """
    model = built(student, weights(rng))
    ids = rng.integers(0, VOCABULARY, BATCH, LENGTH)

    assert_same(list(model(ids, right_mask(device)).shape), [BATCH])
    assert_same(attribute(model, "backbone.calls"), [[BATCH, LENGTH]])
    assert_same(list(model(ids[:1, :1], right_mask(device)[:1, :1]).shape), [1])


@points(0.5)
@claims("`ids` and `mask` differ in shape, or a row has no real token", "Then the backbone is not called")
def test_masks_that_are_refused(student, rng, device):
    """A mask of another shape and a row without a real token are refused before the backbone is called.

    形状不同的掩码、没有真实词元的行都会被拒绝，且不调用 backbone。
    """
    model = built(student, weights(rng))
    ids, mask = rng.integers(0, VOCABULARY, BATCH, LENGTH), right_mask(device)
    empty = mask.clone()
    empty[3] = 0

    assert_raises(ValueError, model, ids, empty)
    assert_raises(ValueError, model, ids, empty.bool())
    assert_raises(ValueError, model, ids, mask[:, :-1])
    assert_raises(ValueError, model, ids, mask[4:])
    assert_raises(ValueError, model, ids[:, :-1], mask)
    assert_same(attribute(model, "backbone.calls"), [])


@points(1)
@claims("the probability that people prefer the chosen answer", "No argument is changed")
def test_loss_by_hand(student, device):
    """Leads of log 3, 0 and -log 3: probabilities 3/4, 1/2 and 1/4, and the mean of their negative logarithms.

    领先 log 3、0 和 -log 3：概率为 3/4、1/2、1/4，损失是它们负对数的均值。
    """
    three = math.log(3)
    chosen = torch.tensor([three, 7.0, -three], dtype=torch.float64, device=device)
    rejected = torch.tensor([0.0, 7.0, 0.0], dtype=torch.float64, device=device)

    right = torch.tensor((math.log(4 / 3) + math.log(2) + math.log(4)) / 3, dtype=torch.float64, device=device)
    assert_same(unchanged(student.pairwise_loss, chosen, rejected), right)
    assert_same(student.pairwise_loss(chosen[:1], rejected[:1]), right.new_tensor(math.log(4 / 3)))


@points(1)
@claims(
    "A margin asks",
    "by how much the chosen answer has to be ahead before the loss is log 2",
    "one number for each pair; None: 0",
)
def test_margin(student, device):
    """A lead that equals its margin costs log 2; a smaller one costs more, each pair by its own margin.

    领先幅度等于间隔时损失为 log 2；更小则损失更大，每一对用自己的间隔。
    """
    three = math.log(3)
    chosen = torch.tensor([three, 2 * three], dtype=torch.float64, device=device)
    rejected = torch.tensor([0.0, three], dtype=torch.float64, device=device)

    margin = torch.tensor([three, 2 * three], dtype=torch.float64, device=device)
    right = torch.tensor((math.log(2) + math.log(4)) / 2, dtype=torch.float64, device=device)
    assert_same(student.pairwise_loss(chosen, rejected, margin), right)
    less = student.pairwise_loss(chosen[:1], rejected[:1], -margin[:1])
    assert_same(less, right.new_tensor(math.log(10 / 9)))
    assert_same(student.pairwise_loss(chosen, rejected, margin=None), right.new_tensor(math.log(4 / 3)))


@points(1)
def test_loss_agrees_with_the_reference(student, reference, rng):
    """Loss and gradients are those of the reference, with and without margins, for slices that are not contiguous.

    有无间隔、切片不连续时，损失与梯度都与参考答案一致。
    """
    for dtype in (torch.float64, torch.float32):
        chosen, rejected, margin = rng.normal(13, 3, dtype=dtype).unbind(-1)
        for given in ((chosen, rejected), (chosen, rejected, margin.abs())):
            assert_same(unchanged(student.pairwise_loss, *given), reference.pairwise_loss(*given))
            everything = tuple(range(len(given)))
            mine = gradients(student.pairwise_loss, *given, wrt=everything)
            assert_same(mine, gradients(reference.pairwise_loss, *given, wrt=everything))


@points(1)
@claims("finite for scores that are thousands apart")
def test_scores_far_apart(student, device):
    """Scores that are thousands apart the wrong way cost just that, and the gradient is -1/2 for each of two pairs.

    方向相反、相差数千的分数，损失就是这个差值；两对各自的梯度为 -1/2。
    """
    for dtype in (torch.float32, torch.float64):
        chosen = torch.tensor([-2000.0, 1000.0], dtype=dtype, device=device)
        rejected = torch.tensor([2000.0, 5000.0], dtype=dtype, device=device)

        assert_same(student.pairwise_loss(chosen, rejected), torch.tensor(4000.0, dtype=dtype, device=device))
        half = torch.full_like(chosen, math.cos(1) / 2)  # the helper weighs the loss by cos(1)
        assert_same(gradients(student.pairwise_loss, chosen, rejected, wrt=(0, 1)), (-half, half))
        assert_same(student.pairwise_loss(rejected, chosen), torch.tensor(0.0, dtype=dtype, device=device))


@points(0.5)
@claims("float16 and bfloat16 scores are computed in float32", "float64 stays float64")
def test_half_precision(student, reference, rng):
    """The loss of float16 and bfloat16 scores is computed in float32 and is float32.

    float16 与 bfloat16 分数的损失用 float32 计算，结果也是 float32。
    """
    chosen, rejected, margin = rng.normal(3, 17).unbind(0)
    for dtype in (torch.float16, torch.bfloat16):
        given = (chosen.to(dtype), rejected.to(dtype), margin.abs().to(dtype))

        right = reference.pairwise_loss(*(scores.float() for scores in given))
        assert_same(student.pairwise_loss(*given), right)
        assert_same(student.pairwise_loss(*given[:2]), reference.pairwise_loss(given[0].float(), given[1].float()))


@points(0.5)
@claims("the arguments differ in shape, or there is no pair")
def test_pairs_that_are_refused(student, rng):
    """Arguments of different shapes and no pair at all are refused, also where torch would broadcast.

    形状不同的参数、没有任何一对时都会被拒绝，即使 torch 能广播。
    """
    scores = rng.normal(7)

    assert_raises(ValueError, student.pairwise_loss, scores, scores[:1])
    assert_raises(ValueError, student.pairwise_loss, scores[:1], scores)
    assert_raises(ValueError, student.pairwise_loss, scores, scores.unsqueeze(-1))
    assert_raises(ValueError, student.pairwise_loss, scores, scores, scores[:1])
    assert_raises(ValueError, student.pairwise_loss, scores, scores, scores[0])
    assert_raises(ValueError, student.pairwise_loss, scores[:0], scores[:0])
