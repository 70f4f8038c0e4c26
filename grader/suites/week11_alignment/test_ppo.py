"""Hidden suite of week 11, ppo.

Gradients are tested, not only values. The model and its optimizer live beside the student's code; plain gradient
descent shows the gradient in the weights.
Not covered: half precision, several epochs over one batch, the sampling itself.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, attribute, claims, expect, gradients, points, unchanged

VOCABULARY, WIDTH, BATCH, LENGTH = 11, 5, 3, 7
COS = math.cos(1)  # by which the helper `gradients` weighs a loss
LOSSES = ("ppo_loss", "value_loss")
DATA = ("logp", "values", "advantages", "returns")


def numbers(*rows, device, dtype=torch.float64):
    """Each row as a tensor."""
    return [torch.tensor(row, dtype=dtype, device=device) for row in rows]


def masks(device):
    """Answers of 1, 4 and 6 tokens; padding on either side."""
    rows = ["0000100", "0011110", "0111111"]
    return torch.tensor([[int(c) for c in row] for row in rows], device=device)


@points(1.5)
@claims("a token's loss is -min(ratio * advantage, clamp(ratio, 1 - clip, 1 + clip) *")
def test_six_tokens_by_hand(student, device):
    """Ratios 1/2, 1 and 3/2 with advantages 2 and -2: what is gained is cut off, what is lost is not, however large.

    比值 1/2、1、3/2，优势 2 和 -2：收益被截断，损失再大也不被截断。
    """
    one = torch.ones(1, dtype=torch.int64, device=device)
    for ratio, advantage, right in (
        (0.5, 2.0, -1.0),
        (1.0, 2.0, -2.0),
        (1.5, 2.0, -2.4),
        (0.5, -2.0, 1.6),
        (1.0, -2.0, 2.0),
        (1.5, -2.0, 3.0),
        (4.0, -2.0, 8.0),
        (math.exp(22), -1.0, math.exp(22)),
    ):
        logp, old, gain, loss = numbers([math.log(ratio) - 3], [-3.0], [advantage], right, device=device)

        assert_same(student.ppo_loss(logp, old, gain, one), loss)
    wide = student.ppo_loss(*numbers([math.log(1.5)], [0.0], [2.0], device=device), one, clip=0.3)
    assert_same(wide, torch.tensor(-2.6, dtype=torch.float64, device=device))
    wider = student.ppo_loss(*numbers([math.log(3)], [0.0], [2.0], device=device), one, clip=1.5)
    assert_same(wider, torch.tensor(-5.0, dtype=torch.float64, device=device))


@points(1.5)
@claims(
    "a good token has no gradient once its ratio is above 1 + clip, a bad one none once it is below 1 - clip",
    "log-probability of each sampled token under the policy as it is now",
    "the same under the policy that sampled it",
)
def test_who_still_learns(student, device):
    """A good token beyond 1 + clip and a bad one below 1 - clip learn nothing more; all others do, and come back.

    超过 1 + clip 的好词元和低于 1 - clip 的坏词元不再学习；其余的都学，包括往回走的。
    """
    ratios = torch.tensor([0.5, 1.0, 1.5, 0.5, 1.0, 1.5], dtype=torch.float64, device=device)
    (gains,) = numbers([2.0, 2.0, 2.0, -2.0, -2.0, -2.0], device=device)
    old = torch.full_like(gains, -3.0)

    (got,) = gradients(student.ppo_loss, old + ratios.log(), old, gains, torch.ones_like(old, dtype=torch.bool))
    (right,) = numbers([-1.0, -2.0, 0.0, 0.0, 2.0, 3.0], device=device)
    assert_same(got, right * COS / 6)


@points(0.5)
@claims("ratio = exp(logp - old_logp)")
def test_the_first_step(student, rng, device):
    """Before the first update all ratios are 1: advantages of mean 0 give a loss of 0, and a gradient all the same.

    第一次更新之前所有比值都是 1：均值为 0 的优势使损失为 0，但梯度仍然存在。
    """
    logp = -rng.normal(BATCH, LENGTH, dtype=torch.float64).abs()
    gains = rng.normal(BATCH, LENGTH, dtype=torch.float64)
    gains = gains - gains.mean()
    mask = torch.ones(BATCH, LENGTH, dtype=torch.int64, device=device)

    assert_same(student.ppo_loss(logp, logp, gains, mask), torch.zeros((), dtype=torch.float64, device=device))
    (got,) = gradients(student.ppo_loss, logp, logp, gains, mask)
    assert_same(got, -gains * COS / gains.numel())


@points(0.5)
@claims("The mean is taken over all places together", "a long answer weighs more than a short")
def test_every_token_weighs_the_same(student, device):
    """Answers of one and of three tokens, losses 1 and 5: the mean is 4, whatever the padding would be.

    一个词元和三个词元的回答，损失为 1 和 5：均值为 4，与填充无关。
    """
    mask = torch.tensor([[0, 1, 0, 0, 0], [1, 1, 1, 0, 0]], device=device)
    (gains,) = numbers([[7.0, -1.0, 7.0, 7.0, 7.0], [-5.0, -5.0, -5.0, 7.0, 7.0]], device=device)
    zero = torch.zeros_like(gains)

    four = torch.tensor(4.0, dtype=torch.float64, device=device)
    assert_same(student.ppo_loss(zero, zero, gains, mask), four)
    assert_same(student.ppo_loss(zero, zero, gains, mask.bool()), four)


@points(1)
@claims(
    "What stands elsewhere, even NaN, changes neither the loss nor a gradient",
    "what stands elsewhere are as in ppo_loss",
)
def test_padding_learns_nothing(student, rng, device):
    """NaN, infinite and huge numbers in the padding of any argument: loss and gradients stay, and are 0 in the padding.

    任何参数的填充处是 NaN、无穷大或很大的数时，损失与梯度都不变，填充处的梯度为 0。
    """
    mask = masks(device)
    given = [-rng.normal(BATCH, LENGTH, dtype=torch.float64).abs() for _ in range(3)]
    for name in LOSSES:
        function = getattr(student, name)
        clean = [tensor.masked_fill(mask == 0, 0.0) for tensor in given]
        loss, slope = function(*clean, mask), gradients(function, *clean, mask)
        for value in (math.nan, math.inf, -math.inf, 1e4):
            for place in range(3):
                spoiled = list(given)
                spoiled[place] = given[place].masked_fill(mask == 0, value)

                assert_same(function(*spoiled, mask), loss)
                assert_same(gradients(function, *spoiled, mask), slope)
        assert_same(slope[0][mask == 0], torch.zeros_like(slope[0][mask == 0]))


@points(1)
@claims(
    "Only `logp` learns: `old_logp` and `advantages` are constants, also where they belong to a graph",
    "Only `values` learns: `old_values` and `returns` are constants, also where they belong to a graph",
)
def test_constants(student, rng, device):
    """Only the first argument learns, even where all three belong to a graph.

    只有第一个参数在学，即使三个参数都属于计算图。
    """
    given = [-rng.normal(BATCH, LENGTH, dtype=torch.float64).abs() for _ in range(3)]
    for name in LOSSES:
        function = getattr(student, name)

        first, *others = gradients(function, *given, masks(device), wrt=(0, 1, 2))
        expect(bool(first.any()), "{name} has no gradient.", "{name} 没有梯度。", name=name)
        expect(
            all(other is None or not other.any() for other in others),
            "{name} sends gradients to an argument that should be a constant.",
            "{name} 把梯度传给了本应是常数的参数。",
            name=name,
        )
        assert_same(gradients(function, *given, masks(device)), (first,))


@points(0.5)
@claims("Without a real token the loss is 0, and so are the gradients", "Real tokens, their mean and")
def test_without_tokens(student, rng, device):
    """Without a real token both losses are 0, and so are their gradients.

    没有真实词元时，两个损失都是 0，梯度也是 0。
    """
    given = [-rng.normal(BATCH, LENGTH, dtype=torch.float64).abs() for _ in range(3)]
    mask = torch.zeros(BATCH, LENGTH, dtype=torch.int64, device=device)
    for name in LOSSES:
        function = getattr(student, name)

        assert_same(function(*given, mask), torch.zeros((), dtype=torch.float64, device=device))
        assert_same(gradients(function, *given, mask), (torch.zeros_like(given[0]),))


@points(1)
@claims(
    "A token's loss is the larger of (values - returns)^2 and (clipped - returns)^2, divided by 2",
    "moved at most `clip` away from `old_values`",
    "no gradient once a value has moved that far towards its",
)
def test_values_by_hand(student, device):
    """A value that moved by 1 towards its return learns nothing more; one that moved away, or by little, does.

    朝回报移动了 1 的价值不再学习；远离回报的、只移动一点的都还在学。
    """
    values, old, returns = numbers([1.0, -1.0, 0.1, 1.0], [0.0] * 4, [2.0, 2.0, 2.0, 0.5], device=device)
    mask = torch.ones(4, dtype=torch.bool, device=device)

    # The last one overshot: 0.5 away now, but 0.3 away if it had moved by 0.2; the larger error counts.
    errors = torch.tensor([1.8, -3.0, -1.9, 0.5], dtype=torch.float64, device=device)
    assert_same(student.value_loss(values, old, returns, mask), errors.square().mean() / 2)
    (got,) = gradients(student.value_loss, values, old, returns, mask)
    assert_same(got, got.new_tensor([0.0, -3.0, -1.9, 0.5]) * COS / 4)
    wide = student.value_loss(values[:1], old[:1], returns[:1], mask[:1], clip=0.5)
    assert_same(wide, wide.new_tensor(1.125))


@points(1)
def test_losses_agree_with_the_reference(student, reference, rng, device):
    """Both losses and their gradients are those of the reference: both precisions, any axes, not contiguous, one token.

    两个损失及其梯度都与参考答案一致：两种精度、任意多个轴、不连续、只有一个词元。
    """
    mask = masks(device)
    for dtype in (torch.float64, torch.float32):
        for shape, real in (
            ((LENGTH, BATCH), mask),
            ((2, LENGTH, BATCH), mask.expand(2, -1, -1)),
            ((1,), mask[0, 4:5]),
        ):
            given = [(0.4 * rng.normal(*shape, dtype=dtype)) for _ in range(3)]
            given = [tensor.transpose(-1, -2) if tensor.ndim > 1 else tensor for tensor in given]
            for name in LOSSES:
                mine, ours = getattr(student, name), getattr(reference, name)
                for clip in (0.2, 0.05):
                    assert_same(unchanged(mine, *given, real, clip), ours(*given, real, clip))
                    assert_same(gradients(mine, *given, real, clip), gradients(ours, *given, real, clip))
                assert_same(mine(*given, real), ours(*given, real, 0.2))


@points(0.5)
@claims("the tensors differ in shape, or `clip` is not above 0")
def test_losses_that_are_refused(student, rng, device):
    """Shapes that differ, and a clip of 0, below it or NaN, are refused by both losses.

    形状不同，或 clip 为 0、为负、为 NaN 时，两个损失都会拒绝。
    """
    good, mask = rng.normal(BATCH, LENGTH), masks(device)
    for name in LOSSES:
        function = getattr(student, name)
        for place in range(3):
            given = [good, good, good]
            given[place] = good[:1]
            assert_raises(ValueError, function, *given, mask)
        assert_raises(ValueError, function, good, good, good, mask[:, :1])
        assert_raises(ValueError, function, good, good, good, mask[0])
        for clip in (0.0, -0.2, math.nan):
            assert_raises(ValueError, function, good, good, good, mask, clip)


class Run:
    """A policy and its optimizer in one of the two processes, with weights of our choice."""

    def __init__(self, module, state, momentum=0.0, dropout=0.0):
        small = module.given("small_policies")
        self.step = module.ppo_step
        self.model = small.Policy(VOCABULARY, WIDTH, dropout)
        self.model.to(torch.float64)
        self.model.load_state_dict(state)
        self.optimizer = small.sgd(self.model, 1.0, momentum)

    def __call__(self, batch, **options):
        return self.step(self.model, self.optimizer, batch, **options)

    def weights(self):
        """The weights as plain data."""
        return {name: table.detach() for name, table in self.model.state_dict().items()}


def weights(rng):
    """Random weights for the policy."""
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    shapes |= {"value.weight": (1, WIDTH), "value.bias": (1,)}
    return {name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def sampled(rng, device, state):
    """A batch whose old numbers are near those of a policy with these weights; NaN wherever the mask is 0."""
    ids, mask = rng.integers(0, VOCABULARY, BATCH, LENGTH), masks(device)
    hidden = torch.tanh(state["embedding.weight"][ids])
    logp = (hidden @ state["head.weight"].T + state["head.bias"]).log_softmax(-1)
    values = (hidden @ state["value.weight"].T + state["value.bias"]).squeeze(-1)
    near = 0.2 * rng.normal(2, BATCH, LENGTH, dtype=torch.float64)
    batch = {
        "logp": logp.roll(1, 1).gather(-1, ids.unsqueeze(-1)).squeeze(-1) + near[0],
        "values": values.roll(1, 1) + near[1],
        "advantages": rng.normal(BATCH, LENGTH, dtype=torch.float64),
        "returns": rng.normal(BATCH, LENGTH, dtype=torch.float64),
    }
    batch = {name: tensor.masked_fill(mask == 0, math.nan) for name, tensor in batch.items()}
    return {"ids": ids, "mask": mask, **batch}


def by_hand(device):
    """A batch of one text and two sampled tokens, 4 and 3, after a prompt of one, all weights of the policy 0."""
    rows = {
        "logp": [0, -math.log(11), -math.log(11)],
        "values": [0, 0, 0],
        "advantages": [0, 2, -1],
        "returns": [0, 0.3, 0.5],
    }
    batch = {name: torch.tensor([row], dtype=torch.float64, device=device) for name, row in rows.items()}
    ids, mask = torch.tensor([[3, 4, 3]], device=device), torch.tensor([[0, 1, 1]], device=device)
    return {"ids": ids, "mask": mask, **batch}


@points(1.5)
@claims(
    "Each entry is about the token at its own place",
    "The loss is ppo_loss + value_weight * value_loss",
    "(batch, length, vocabulary) and (batch, length)",
    '"policy_loss", "value_loss", "norm" (before it is scaled)',
)
def test_step_by_hand(student, rng, device):
    """Weights 0, advantages 2 and -1: the losses are -1/2 and 0.085; the biases move by the gradient that follows.

    权重全为 0，优势为 2 和 -1：损失为 -1/2 和 0.085；偏置按相应的梯度移动。
    """
    state = {name: torch.zeros_like(table) for name, table in weights(rng).items()}
    run = Run(student, state)

    report = run(by_hand(device), max_norm=10.0)

    bias = torch.full((VOCABULARY,), -0.5 / VOCABULARY, dtype=torch.float64, device=device)
    bias[4] += 1.0
    bias[3] -= 0.5
    value = torch.tensor([0.04], dtype=torch.float64, device=device)
    assert_same(run.weights(), state | {"head.bias": bias, "value.bias": value})
    right = {"policy_loss": -0.5, "value_loss": 0.085, "norm": float(torch.cat([bias, value]).norm())}
    assert_same(dict(report), right | {"kl": 0.0, "clipped": 0.0})


@points(2)
@claims(
    "the token at t is scored by the logits at t - 1, and its value is the one at t - 1",
    "Both at t are about what comes after the token at t",
    "may hold anything, NaN too",
    "Old values are those of the batch",
    "`batch` has the tensors",
)
def test_step_agrees_with_the_reference(student, reference, rng, device):
    """Two steps on answers of 1, 4 and 6 tokens: report and weights are those of the reference; the batch stays.

    在 1、4、6 个词元的回答上走两步：报告和权重与参考答案一致，批次不变。
    """
    state = weights(rng)
    mine, ours = Run(student, state, momentum=0.9), Run(reference, state, momentum=0.9)
    for options in ({"max_norm": 100.0}, {"clip": 0.1, "value_weight": 0.7, "max_norm": 100.0}):
        batch = sampled(rng, device, ours.weights())

        assert_same(
            dict(unchanged(mine.step, mine.model, mine.optimizer, batch, **options)), dict(ours(batch, **options))
        )
        assert_same(mine.weights(), ours.weights())


@points(1)
@claims(
    "the mean of the batch's logp - logp now",
    "the share of real tokens whose ratio is",
    "all from before the update",
)
def test_the_report(student, rng, device):
    """Old log-probabilities are off by known amounts: the KL is their mean, and 3 of 11 ratios are beyond the clip.

    旧的对数概率偏离已知的量：KL 是它们的均值，11 个比值中有 3 个超出截断范围。
    """
    state = weights(rng)
    batch = sampled(rng, device, state)
    hidden = torch.tanh(state["embedding.weight"][batch["ids"]])
    logp = (hidden @ state["head.weight"].T + state["head.bias"]).log_softmax(-1)
    exact = logp.roll(1, 1).gather(-1, batch["ids"].unsqueeze(-1)).squeeze(-1)
    moved = torch.tensor(
        [0.3, 0.1, -0.1, 0.0, -0.5, 0.05, 0.15, -0.15, 0.25, 0.02, 0.04], dtype=torch.float64, device=device
    )
    batch["logp"][batch["mask"] != 0] = exact[batch["mask"] != 0] - moved

    report = Run(student, state)(batch)
    assert_same(report["kl"], -float(moved.mean()))
    assert_same(report["clipped"], 3 / 11)
    assert_same(sorted(report), ["clipped", "kl", "norm", "policy_loss", "value_loss"])


@points(0.5)
@claims("Where the norm of all", "all are multiplied by max_norm / norm")
def test_large_gradients_are_scaled(student, reference, rng, device):
    """A norm above the limit scales all gradients by one factor; a norm below it changes nothing.

    范数超过上限时，所有梯度乘以同一个系数；低于上限时什么都不变。
    """
    state = weights(rng)
    batch = sampled(rng, device, state)
    for limit in (0.05, 1000.0):
        mine, ours = Run(student, state), Run(reference, state)

        assert_same(dict(mine(batch, max_norm=limit)), dict(ours(batch, max_norm=limit)))
        # 1e-6 in the divisor is a part in 20,000 of a norm of 0.05 at most.
        assert_same(mine.weights(), ours.weights(), rtol=1e-4, atol=1e-5)


@points(0.5)
@claims(
    "Gradients from before do not count, and none are left behind",
    "The mode of the model is not changed",
    "called once, as",
    "The optimizer holds all parameters of the model",
)
def test_what_is_left_behind(student, reference, rng, device):
    """Gradients from before do not count and none are left; one call of the model; its mode stays, whichever it is.

    之前的梯度不计入，之后也不留下梯度；只调用一次模型；无论是哪种模式，都不改变。
    """
    state = weights(rng)
    batch = sampled(rng, device, state)
    for training in (False, True):
        mine, ours = (Run(module, state, dropout=1.0) for module in (student, reference))  # 1: no draw, and all is lost
        mine.model.mark_gradients(3.0)
        for run in (mine, ours):
            run.model.train(training)

        mine(batch)
        ours(batch)
        assert_same(mine.model.is_training(), training)
        assert_same(mine.weights(), ours.weights())
        assert_same(mine.model.gradient_sum(), 0.0)
        assert_same(attribute(mine.model, "calls"), [[BATCH, LENGTH]])


@points(0.5)
@claims("If the norm is infinite or NaN, no step is taken")
def test_a_step_that_is_not_finite(student, rng, device):
    """When the norm is infinite or NaN, the weights stay, momentum or not, no gradient is left, and the report says so.

    范数为无穷大或 NaN 时，权重不变（有动量时也一样），不留梯度，报告会说明这一点。
    """
    state = weights(rng)
    batch = sampled(rng, device, state)
    run = Run(student, state, momentum=0.9)
    run(batch)
    before = run.weights()
    for value in (1e200, math.nan):  # the square of a gradient of 1e199 is infinite
        report = run(batch | {"returns": batch["returns"].masked_fill(batch["mask"] != 0, value)})
        expect(
            not math.isfinite(report["norm"]),
            "The norm must be infinite or NaN here; yours is finite.",
            "这里的范数应为无穷大或 NaN，而你的是有限数。",
        )
        assert_same(run.weights(), before)
        assert_same(run.model.gradient_sum(), 0.0)

    state["value.bias"] = torch.full_like(state["value.bias"], math.nan)
    run = Run(student, state)

    report = run(batch)
    expect(
        not math.isfinite(report["norm"]),
        "The norm must be infinite or NaN here; yours is finite.",
        "这里的范数应为无穷大或 NaN，而你的是有限数。",
    )
    assert_same(run.weights(), state)
    assert_same(run.model.gradient_sum(), 0.0)


@points(0.5)
@claims(
    "no token is real, or a first token is",
    "Then the model is not called and nothing changes",
    "the first token of a row has neither",
)
def test_batches_that_are_refused(student, rng, device):
    """No real token, and a real first token, which nothing has predicted, are refused before the model is called.

    没有真实词元，或第一个词元是真实词元（没有任何东西预测过它）时，在调用模型之前就会拒绝。
    """
    state = weights(rng)
    run, batch = Run(student, state), sampled(rng, device, state)
    first = batch["mask"].clone()
    first[2, 0] = 1
    run.model.mark_gradients(3.0)
    marked = run.model.gradient_sum()

    for mask in (first, first.bool(), torch.zeros_like(first), torch.zeros_like(first).bool()):
        assert_raises(ValueError, run.step, run.model, run.optimizer, batch | {"mask": mask})
    assert_same(run.weights(), state)
    expect(
        run.model.gradient_sum() == marked,
        "The gradients that were there before the batch was refused are not what they were.",
        "拒绝批次之后，原有的梯度变了。",
    )
    assert_same(attribute(run.model, "calls"), [])


@points(0.5)
@after("test_step_agrees_with_the_reference")
@claims("the mask is 1 (or True) for tokens that the policy sampled and 0 (or False) for prompt")
def test_learns_what_is_good(student, rng, device):
    """Twenty steps that praise token 4 and blame token 3 make 4 likely and 3 unlikely; a Boolean mask is as good.

    二十步中表扬词元 4、批评词元 3：4 变得很可能，3 变得不太可能；布尔掩码同样可用。
    """
    state = {name: torch.zeros_like(table) for name, table in weights(rng).items()}
    run, batch = Run(student, state), by_hand(device)
    batch["mask"] = batch["mask"].bool()
    for _ in range(20):
        chances = run.weights()["head.bias"].log_softmax(-1)
        batch["logp"] = torch.stack([chances[3], chances[4], chances[3]]).unsqueeze(0)
        run(batch, value_weight=0.0)

    chances = run.weights()["head.bias"].softmax(-1)
    expect(
        bool(chances[4] > 0.9) and bool(chances[3] < 1 / VOCABULARY),
        "After twenty steps the praised token has the probability {good}, the blamed one {bad}.",
        "二十步之后，被表扬的词元概率为 {good}，被批评的为 {bad}。",
        good=round(float(chances[4]), 3),
        bad=round(float(chances[3]), 3),
    )
