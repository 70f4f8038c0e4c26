"""Hidden suite of week 08, step.

The model and its optimizer live beside the student's code; plain gradient descent shows the gradient in the weights.
Not covered: memory, devices other than the model's, mixed precision.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, call_and_keep, claims, expect, points

VOCABULARY, WIDTH = 11, 5


class Run:
    """A model and an optimizer in one of the two processes, with weights of our choice."""

    def __init__(self, module, state, rate=1.0, momentum=0.0, groups=None):
        small = module.given("small_models")
        self.step = module.train_step
        self.model = small.Bigram(VOCABULARY, WIDTH)
        self.model.to(torch.float64)
        self.model.load_state_dict(state)
        made = small.sgd_in_groups(self.model, groups) if groups else small.sgd(self.model, rate, momentum)
        self.optimizer = made

    def __call__(self, micro_batches, **options):
        return self.step(self.model, self.optimizer, micro_batches, **options)

    def watched(self):
        """The shapes of the model's inputs from now on, written down in the judge."""
        shapes = []
        self.model.register_forward_pre_hook(lambda model, inputs: shapes.append(list(inputs[0].shape)))
        return shapes

    def weights(self):
        """The weights as plain data."""
        return {name: table.detach() for name, table in self.model.state_dict().items()}


def weights(rng):
    """Random weights for the model."""
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    shapes |= {"head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    return {name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def tokens(rng, rows, length, counted):
    """A micro-batch whose rows have only some targets."""
    ids = rng.integers(0, VOCABULARY, rows, length)
    labels = ids.clone()
    labels[:, counted + 1 :] = -100
    return ids, labels


def both(student, reference, rng, **options):
    """The student's run and ours, with equal weights."""
    state = weights(rng)
    return Run(student, state, **options), Run(reference, state, **options)


def uneven(rng):
    """Three micro-batches with 1, 24 and 6 targets."""
    return [tokens(rng, 1, 3, 1), tokens(rng, 3, 13, 8), tokens(rng, 2, 5, 3)]


@points(1)
@claims("the logits at t are scored against the label at t + 1")
def test_step_by_hand(student, rng, device):
    """Weights 0 and two targets 3 and 3: the loss is log 11, and the bias moves by 1 - 1/11 and -1/11.

    权重全为 0，两个目标都是 3：损失为 log 11，偏置分别变化 1 - 1/11 和 -1/11。
    """
    state = {name: torch.zeros_like(table) for name, table in weights(rng).items()}
    run = Run(student, state)
    ids = torch.tensor([[3, 3, 3]], device=device)

    loss, norm = run([(ids, ids)])

    bias = torch.full((VOCABULARY,), -1 / VOCABULARY, dtype=torch.float64, device=device)
    bias[3] += 1
    assert_same(loss, math.log(VOCABULARY))
    assert_same(norm, float(bias.norm()))
    assert_same(run.weights(), state | {"head.bias": bias})


@points(2)
@claims(
    "micro-batches may differ in shape",
    "targets of -100 do not count",
    "every target weighs the same",
    "The micro-batches are not changed",
    "The tuple (loss, norm) of Python floats",
)
def test_uneven_micro_batches(student, reference, rng):
    """Micro-batches with 1, 24 and 6 targets: every target weighs the same, and ids and labels stay as they are.

    微批次分别有 1、24、6 个目标：每个目标的权重相同，ids 与标签保持不变。
    """
    mine, ours = both(student, reference, rng)
    micro_batches = uneven(rng)

    got, arguments, _ = call_and_keep(mine.step, mine.model, mine.optimizer, micro_batches)

    assert_same(got, ours(micro_batches))
    assert_same(arguments[2], micro_batches)
    assert_same(mine.weights(), ours.weights())


@points(1)
@claims("The loss is the sum over all targets of all micro-batches, divided by the number")
def test_the_cut_does_not_matter(student, rng):
    """However a batch of five rows is cut, loss, norm and weights are the same.

    五行的批次无论怎样切分，损失、范数和权重都相同。
    """
    ids, labels = tokens(rng, 5, 7, 6)
    labels[0, 2:], labels[4, :6] = -100, -100
    state, answers = weights(rng), []
    for sizes in ([5], [1, 4], [3, 1, 1]):
        run = Run(student, state)
        answers.append((run(list(zip(ids.split(sizes), labels.split(sizes), strict=True))), run.weights()))

    assert_same(answers[1], answers[0])
    assert_same(answers[2], answers[0])
    moved = float((answers[0][1]["head.bias"] - state["head.bias"]).abs().max())
    expect(moved > 1e-4, "Your step does not move the weights.", "你的这一步没有改变权重。")


@points(1)
@claims("Gradients from before do not count, and none are left behind")
def test_gradients_from_before(student, reference, rng):
    """Gradients that were there before do not count, and none are left afterwards.

    之前留下的梯度不计入，之后也不留下梯度。
    """
    mine, ours = both(student, reference, rng)
    micro_batches = uneven(rng)
    mine.model.mark_gradients(3.0)

    mine(micro_batches)
    ours(micro_batches)

    assert_same(mine.weights(), ours.weights())
    assert_same(mine.model.gradient_sum(), 0.0)


@points(2)
@claims("Where it is above `max_norm`, all gradients are multiplied by max_norm / norm", "the norm is the one before")
def test_large_gradients_are_scaled(student, reference, rng):
    """A norm above the limit scales all gradients by one factor; the norm that is returned is the one before.

    范数超过上限时，所有梯度乘以同一个系数；返回的是缩放之前的范数。
    """
    micro_batches, state = uneven(rng), weights(rng)
    state["embedding.weight"] *= 0.01  # LayerNorm makes the gradients of small embeddings large
    _, norm = Run(reference, state)(micro_batches)
    for limit in (0.1, 1.5, 0.9 * norm):
        mine, ours = Run(student, state), Run(reference, state)

        assert_same(mine(micro_batches, max_norm=limit), ours(micro_batches, max_norm=limit), rtol=1e-4)
        assert_same(mine.weights(), ours.weights(), rtol=1e-4, atol=1e-6)


@points(1)
@claims("all gradients are multiplied by max_norm / norm")
def test_a_limit_of_zero(student, rng):
    """A limit of 0 is a limit: every norm is above it, and nothing moves.

    上限为 0 也是上限：任何范数都超过它，权重不动。
    """
    state = weights(rng)
    run = Run(student, state)

    _, norm = run(uneven(rng), max_norm=0.0)

    expect(norm > 0, "The norm before scaling is not 0 here.", "这里缩放之前的范数不是 0。")
    assert_same(run.weights(), state)


@points(1)
@claims("otherwise they stay as they are", "None: never scale the gradients")
def test_small_gradients_stay(student, reference, rng):
    """A norm below the limit changes nothing: gradients are never scaled up.

    范数低于上限时什么都不变：梯度绝不会被放大。
    """
    micro_batches, state = uneven(rng), weights(rng)
    _, norm = Run(reference, state)(micro_batches)
    for limit in (1.01 * norm, 1000.0):
        mine, ours = Run(student, state), Run(reference, state)

        mine(micro_batches, max_norm=limit)
        ours(micro_batches)

        assert_same(mine.weights(), ours.weights())


@points(1)
@after("test_large_gradients_are_scaled")
@claims("All gradients are those of all parameters of the model", "The norm is that of all gradients together")
def test_groups_and_parameters_left_out(student, reference, rng):
    """With two groups, and parameters that the optimizer does not have, one norm covers them all and none keeps a
    gradient.

    优化器有两组、还缺了一些参数时，一个范数涵盖全部参数，且都不留下梯度。
    """
    micro_batches, state = uneven(rng), weights(rng)
    for groups in ({"head": 1.0, "norm": 0.5}, {"embedding": 0.3, "norm": 0.7, "head": 0.2}):
        mine, ours = Run(student, state, groups=groups), Run(reference, state, groups=groups)
        mine.model.mark_gradients(3.0)

        assert_same(mine(micro_batches, max_norm=0.1), ours(micro_batches, max_norm=0.1), rtol=1e-4)
        assert_same(mine.weights(), ours.weights(), rtol=1e-4, atol=1e-6)
        assert_same(mine.model.gradient_sum(), 0.0)


def says_so(norm):
    """A norm that is not finite is returned as it is."""
    expect(
        not math.isfinite(norm),
        "The norm must be infinite or NaN here; yours is finite.",
        "这里的范数应为无穷大或 NaN，而你的是有限数。",
    )


@points(1)
def test_a_step_that_is_not_finite(student, reference, rng):
    """When the norm is not finite, the weights stay, no gradient is left, and the norm says so.

    范数不是有限数时，权重不变，不留梯度，返回的范数会说明这一点。
    """
    state = weights(rng)
    state["head.weight"] *= 1e308
    run = Run(student, state)

    _, norm = run(uneven(rng), max_norm=1.0)

    says_so(norm)
    assert_same(run.weights(), state)
    assert_same(run.model.gradient_sum(), 0.0)


@points(1)
@after("test_a_step_that_is_not_finite")
@claims("no step is taken: weights and optimizer stay as they are")
def test_no_step_with_momentum(student, reference, rng):
    """An infinite or NaN gradient moves nothing although the loss is finite and there is momentum; later steps agree.

    梯度为无穷大或 NaN 时，即使损失有限、优化器带动量，权重也不动；之后的步骤与参考答案一致。
    """
    micro_batches, state = [tokens(rng, 3, 7, 6)], weights(rng)
    for factor in (math.inf, math.nan):
        mine, ours = Run(student, state, 0.1, 0.9), Run(reference, state, 0.1, 0.9)
        for run in (mine, ours):
            run(micro_batches)
            run.model.distort(factor)
        before = mine.weights()

        loss, norm = mine(micro_batches, max_norm=1.0)
        says_so(norm)
        assert_same(mine.weights(), before)
        assert_same(mine.model.gradient_sum(), 0.0)

        assert_same(loss, ours(micro_batches, max_norm=1.0)[0])
        for run in (mine, ours):
            run.model.distort(1.0)
            run(micro_batches)
        assert_same(mine.weights(), ours.weights())


@points(1)
@after("test_uneven_micro_batches")
def test_one_optimizer_step(student, reference, rng):
    """With momentum, two steps of three micro-batches agree with the reference: the optimizer steps once each.

    带动量时，两步（各三个微批次）与参考答案一致：优化器每步只更新一次。
    """
    mine, ours = both(student, reference, rng, rate=0.1, momentum=0.9)
    for micro_batches in (uneven(rng), uneven(rng)):
        mine(micro_batches)
        ours(micro_batches)

    assert_same(mine.weights(), ours.weights())


@points(1)
def test_a_micro_batch_without_targets(student, reference, rng):
    """A micro-batch without a target is read like any other and adds nothing, and never NaN.

    没有目标的微批次照样读入，但不产生任何贡献，更不会产生 NaN。
    """
    mine, ours = both(student, reference, rng)
    micro_batches = [tokens(rng, 2, 7, 0), *uneven(rng)]
    calls = mine.watched()

    assert_same(mine(micro_batches), ours(micro_batches[1:]))
    assert_same(mine.weights(), ours.weights())
    assert_same(calls, [[2, 7], [1, 3], [3, 13], [2, 5]])


@points(1)
@claims("no micro-batch has a target", "the model was not called and its weights have not changed")
def test_no_targets_at_all(student, rng):
    """Without any target there is nothing to learn: ValueError, before the model is called, and weights as they were.

    完全没有目标就无从学习：在调用模型之前抛出 ValueError，权重不变。
    """
    state = weights(rng)
    run = Run(student, state)
    calls = run.watched()

    assert_raises(ValueError, run.step, run.model, run.optimizer, [tokens(rng, 2, 7, 0)])
    assert_raises(ValueError, run.step, run.model, run.optimizer, [])
    assert_same(run.weights(), state)
    assert_same(calls, [])


@points(1)
@claims("The model is called once for each, in order", "The model is in the mode in which it came")
def test_calls_and_mode(student, reference, rng):
    """The model is called once for each micro-batch, in order, and is in its own mode meanwhile and afterwards.

    每个微批次按顺序调用模型一次；这期间和之后，模型都处于它原来的模式。
    """
    micro_batches, state = uneven(rng), weights(rng)
    for training in (False, True):
        mine, ours = Run(student, state), Run(reference, state)
        for run in (mine, ours):
            run.model.train(training)
            run.model.set_dropout(1.0)  # in training mode nothing but the last bias is left
        calls = mine.watched()

        assert_same(mine(micro_batches), ours(micro_batches))
        assert_same(calls, [[1, 3], [3, 13], [2, 5]])
        assert_same(mine.model.is_training(), training)
