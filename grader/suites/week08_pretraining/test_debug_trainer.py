"""Hidden suite of week 08, debug_trainer.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Not covered: other optimizers, micro-batches of unequal size.
"""

import torch

from grader.suite import after, assert_same, attribute, claims, points

VOCABULARY, WIDTH = 11, 5


def weights(rng):
    """Random weights for the model."""
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    shapes |= {"head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    return {name: rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def trainer(module, state, total, accumulate):
    """A trainer and its model in one of the two processes."""
    model = module.given("small_models").Bigram(VOCABULARY, WIDTH)
    model.to(torch.float64)
    model.load_state_dict(state)
    return module.Trainer(model, 0.8, total, accumulate), model


def batches(rng, count):
    """Micro-batches of three rows."""
    return [rng.integers(0, VOCABULARY, 3, 7) for _ in range(count)]


def end(model):
    """The weights as plain data."""
    return {name: table.detach() for name, table in model.state_dict().items()}


def test_without_accumulation(student, reference, rng):
    """Without accumulation, rates and weights agree with the reference: this worked when you got the program.

    不累积梯度时，学习率与权重都与参考答案一致：你拿到程序时，这一点本来就是对的。
    """
    state, data = weights(rng), batches(rng, 5)
    mine, ours = (trainer(module, state, 5, 1) for module in (student, reference))

    assert_same(mine[0].fit(data), ours[0].fit(data))
    assert_same(end(mine[1]), end(ours[1]))


@after("test_without_accumulation")
@claims("Micro-batches that are left at the end and do not make up an update are not used")
def test_the_first_update_of_one(student, reference, rng):
    """Data for less than one update change nothing: this worked when you got the program.

    数据不够一次更新时什么都不变：你拿到程序时，这一点本来就是对的。
    """
    state = weights(rng)
    mine, model = trainer(student, state, 7, 4)

    assert_same(mine.fit(batches(rng, 3)), [])
    assert_same(end(model), state)
    assert_same(attribute(mine, "updates"), 0)


@after("test_the_first_update_of_one")
def test_the_rate_of_an_update(student, rng):
    """`rate` is as it was: this worked when you got the program.

    `rate` 与原来一样：你拿到程序时，这一点本来就是对的。
    """
    state = weights(rng)
    for accumulate in (1, 3):
        mine, _ = trainer(student, state, 4, accumulate)

        assert_same([mine.rate(update) for update in (0, 1, 3, 4, 9)], [0.8, 0.6, 0.2, 0.0, 0.0])


@after("test_the_rate_of_an_update")
@points(2)
def test_rates_with_accumulation(student, rng):
    """Four updates of three micro-batches each have the rates 0.8, 0.6, 0.4, 0.2.

    四次更新、每次三个微批次，学习率依次为 0.8、0.6、0.4、0.2。
    """
    mine, _ = trainer(student, weights(rng), 4, 3)

    assert_same(mine.fit(batches(rng, 13)), [0.8, 0.6, 0.4, 0.2])


@after("test_the_rate_of_an_update")
@points(2)
def test_weights_with_accumulation(student, reference, rng):
    """The weights after a run with accumulation agree with the reference.

    累积梯度训练之后，权重与参考答案一致。
    """
    state, data = weights(rng), batches(rng, 20)
    mine, ours = (trainer(module, state, 5, 4) for module in (student, reference))

    mine[0].fit(data)
    ours[0].fit(data)

    assert_same(end(mine[1]), end(ours[1]))


@after("test_the_rate_of_an_update")
@points(1)
@claims("Micro-batches that are left at the end and do not make up an update are not used")
def test_several_calls(student, reference, rng):
    """A run in three calls has the rates of a run in one; what one call leaves over plays no part in the next.

    分三次调用的训练，学习率与一次调用时相同；前一次剩下的微批次不影响下一次。
    """
    state, data = weights(rng), [batches(rng, count) for count in (5, 2, 5)]
    mine, ours = (trainer(module, state, 8, 2) for module in (student, reference))

    rates = [mine[0].fit(part) for part in data]
    for part in data:
        ours[0].fit(part)

    assert_same(rates, [[0.8, 0.7], [0.6], [0.5, 0.4]])
    assert_same(end(mine[1]), end(ours[1]))


@after("test_the_rate_of_an_update")
@points(1)
@claims("how many times the weights were updated so far, in all calls")
def test_behind_the_end(student, reference, rng):
    """Behind the end of the run the rate is 0, so nothing moves, and every update is counted.

    超过训练总长之后学习率为 0，权重不动，每次更新仍然计数。
    """
    state, data = weights(rng), batches(rng, 7)
    mine, ours = (trainer(module, state, 2, 2) for module in (student, reference))

    assert_same(mine[0].fit(data), [0.8, 0.4, 0.0])
    ours[0].fit(data)
    assert_same(end(mine[1]), end(ours[1]))
    assert_same(attribute(mine[0], "updates"), 3)
    mine[0].fit(data[:4])
    assert_same(attribute(mine[0], "updates"), 5)
