"""Hidden suite of week 11, debug_dpo.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: other optimizers, models with dropout.
"""

import math

import torch

from grader.suite import after, assert_same, claims, expect, points

VOCABULARY, WIDTH, PAIRS, LENGTH = 11, 5, 3, 7


def weights(rng):
    """Random weights for the model."""
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    return {name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def made(module, state, beta=0.5, rate=0.3):
    """A trainer and its model in one of the two processes."""
    model = module.given("small_policies").Bigram(VOCABULARY, WIDTH)
    model.to(torch.float64)
    model.load_state_dict(state)
    return module.PreferenceTrainer(model, beta, rate), model


def sides(rng):
    """Ids and labels of the chosen and of the rejected answers, of unequal lengths, after the same prompts."""
    found = []
    prompts = rng.integers(0, VOCABULARY, PAIRS, 2)
    for stops in ((7, 4, 5), (5, 7, 3)):
        ids = torch.cat([prompts, rng.integers(0, VOCABULARY, PAIRS, LENGTH - 2)], dim=1)
        labels = ids.clone()
        labels[:, :2] = -100
        for row, stop in enumerate(stops):
            labels[row, stop:] = -100
        found.append((ids, labels))
    return found


def end(model):
    """The weights as plain data."""
    return {name: table.detach() for name, table in model.state_dict().items()}


def test_the_first_step(student, reference, rng):
    """Before anything is learned the loss is log 2, and the first step agrees with the reference: this worked before.

    什么都还没学时损失为 log 2，第一步与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, model), (ours, other) = (made(module, state) for module in (student, reference))

    assert_same(mine.margins(chosen, rejected).detach(), torch.zeros_like(state["head.bias"][:PAIRS]))
    assert_same(mine.fit(chosen, rejected, 1), [math.log(2)])
    ours.fit(chosen, rejected, 1)
    assert_same(end(model), end(other))


@after("test_the_first_step")
def test_no_step(student, rng):
    """No step changes nothing: this worked when you got the program.

    走零步则什么都不变：你拿到程序时，这一点本来就是对的。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    mine, model = made(student, state)

    assert_same(mine.fit(chosen, rejected, 0), [])
    assert_same(end(model), state)


@after("test_no_step")
@points(2)
def test_losses_of_a_run(student, reference, rng):
    """The losses of five steps agree with the reference.

    五步的损失与参考答案一致。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, _), (ours, _) = (made(module, state) for module in (student, reference))

    assert_same(mine.fit(chosen, rejected, 5), ours.fit(chosen, rejected, 5))


@after("test_no_step")
@points(1)
def test_weights_of_a_run(student, reference, rng):
    """The weights after five steps agree with the reference.

    五步之后的权重与参考答案一致。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, model), (ours, other) = (made(module, state) for module in (student, reference))

    mine.fit(chosen, rejected, 5)
    ours.fit(chosen, rejected, 5)

    assert_same(end(model), end(other))


@after("test_no_step")
@points(1)
@claims("model: the model that learns", "beta: how strongly the model is held to the reference")
def test_margins_after_a_run(student, reference, rng):
    """After ten steps every pair has a margin above 0, and the margins agree with the reference.

    十步之后每一对的差值都大于 0，并与参考答案一致。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, _), (ours, _) = (made(module, state) for module in (student, reference))

    for trainer in (mine, ours):
        trainer.fit(chosen, rejected, 10)
    found = mine.margins(chosen, rejected).detach()

    expect(bool((found > 0).all()), "A pair has no margin above 0 after training.", "训练之后有一对的差值不大于 0。")
    assert_same(found, ours.margins(chosen, rejected).detach())
    assert_same(mine.margins(rejected, chosen).detach(), ours.margins(rejected, chosen).detach())


@after("test_no_step")
@points(2)
def test_several_calls(student, rng):
    """Two calls of two and three steps have the losses of one call of five.

    分两次调用（两步、三步），损失与一次调用五步相同。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, _), (other, _) = (made(student, state) for _ in range(2))

    apart = mine.fit(chosen, rejected, 2) + mine.fit(chosen, rejected, 3)

    expect(apart[2] < math.log(2) - 1e-3, "A second call begins at log 2 again.", "第二次调用又从 log 2 开始。")
    assert_same(apart, other.fit(chosen, rejected, 5))


@after("test_no_step")
@points(1)
def test_weights_from_elsewhere(student, reference, rng):
    """The model gets other weights after the trainer was made: it is compared with the ones from before.

    训练器建好之后模型换了权重：比较的对象仍是换之前的权重。
    """
    first, second, (chosen, rejected) = weights(rng), weights(rng), sides(rng)
    (mine, model), (ours, other) = (made(module, first) for module in (student, reference))
    for network in (model, other):
        network.load_state_dict(second)

    assert_same(mine.margins(chosen, rejected).detach(), ours.margins(chosen, rejected).detach())


@after("test_no_step")
@points(1)
def test_two_trainers(student, reference, rng):
    """A second trainer that is made after some steps begins at log 2; the first one keeps its own reference.

    走了几步之后再建一个训练器：它从 log 2 开始，而第一个训练器保留自己的参考模型。
    """
    state, (chosen, rejected) = weights(rng), sides(rng)
    (mine, model), (ours, other) = (made(module, state) for module in (student, reference))
    found = []
    for module, trainer, network in ((student, mine, model), (reference, ours, other)):
        trainer.fit(chosen, rejected, 3)
        later = module.PreferenceTrainer(network, 0.5, 0.3)
        losses = later.fit(chosen, rejected, 2)
        found.append((losses, trainer.margins(chosen, rejected).detach(), later.margins(chosen, rejected).detach()))

    assert_same(found[0], found[1])
