"""Hidden suite of week 08, pretrain.

Where all rows are equal their order does not matter, and every loss can be compared with the reference. The whole run
is judged by its held-out loss: right answers that draw another order stay far below the bound, whatever the order.
Not covered: speed, devices, saving and loading.
"""

import json
import math

import torch

from grader.suite import after, assert_raises, assert_same, attribute, call_and_keep, claims, dataset, expect, points

VOCABULARY, WIDTH, LENGTH = 13, 5, 7
LETTERS, LINE, BOUND = 61, 32, 3.05
"""The bound: knowing only how frequent each letter is costs 3.18; right answers end between 2.6 and 2.9."""


def bigram(module, state=None):
    """A small model in one of the two processes."""
    model = module.given("small_models").Bigram(VOCABULARY, WIDTH)
    model.to(torch.float64)
    if state:
        model.load_state_dict(state)
    return model


def weights(rng, scale=1.0):
    """Random weights for the model."""
    shapes = {"embedding.weight": (VOCABULARY, WIDTH), "norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    shapes |= {"head.weight": (VOCABULARY, WIDTH), "head.bias": (VOCABULARY,)}
    return {name: scale * rng.normal(*shape, dtype=torch.float64) for name, shape in shapes.items()}


def source(device, seed=3):
    """A generator in a known state."""
    return torch.Generator(device=device).manual_seed(seed)


def numbered(device, rows=11):
    """Rows that begin with their own number."""
    return (torch.arange(rows, device=device)[:, None] + torch.arange(LENGTH, device=device)) % VOCABULARY


def train(student, model, rows, device, seed=3, **setting):
    """Train the student's model."""
    setting = {"steps": 11, "batch_size": 4, "peak": 0.01} | setting
    losses = student.pretrain(model, rows, generator=source(device, seed), **setting)
    fine = isinstance(losses, list) and len(losses) == setting["steps"] and all(isinstance(x, float) for x in losses)
    expect(fine, "pretrain must return a list with one float a step.", "pretrain 必须返回列表，每一步一个浮点数。")
    return losses


@points(1)
@claims("those at t predict the token at t + 1 of the same row")
def test_untrained_by_hand(student, device):
    """A model that gives all 13 tokens the same score has the loss log 13.

    给 13 个词元相同分数的模型，损失为 log 13。
    """
    model = bigram(student)
    model.load_state_dict({name: torch.zeros_like(table) for name, table in model.state_dict().items()})

    assert_same(student.held_out_loss(model, numbered(device), 4), math.log(VOCABULARY))


@points(1)
@claims("Rows are read in their order, `batch_size` at a time", "No gradients are computed")
def test_held_out_loss(student, reference, rng):
    """Five rows in batches of two, in their order: no token weighs more in the smaller last batch; no gradients.

    五行，每批两行，按原有顺序：较小的最后一批中的词元权重并不变大；不计算梯度。
    """
    state, rows = weights(rng), rng.integers(0, VOCABULARY, 5, LENGTH)
    mine, calls = bigram(student, state), []
    mine.register_forward_pre_hook(lambda model, inputs: calls.append(inputs[0].clone()))  # runs in the judge

    got = student.held_out_loss(mine, rows, 2)

    assert_same(got, reference.held_out_loss(bigram(reference, state), rows, 2))
    assert_same(calls, list(rows.split(2)))
    expect(
        attribute(mine, "tracked") == [False] * 3,
        "Gradients could be computed from the answers of the model: that costs memory and time for nothing.",
        "模型的输出带着计算图：白白耗费内存和时间。",
    )


@points(1)
@claims("The model is in evaluation mode meanwhile and afterwards in the mode that it had")
def test_evaluation_mode(student, reference, rng):
    """Dropout has no effect on the held-out loss, and the model is in the mode that it had afterwards.

    dropout 不影响留出损失，之后模型恢复原来的模式。
    """
    state, rows = weights(rng), rng.integers(0, VOCABULARY, 5, LENGTH)
    mine = bigram(student, state)
    mine.set_dropout(1.0)  # in training mode nothing but the last bias is left, and nothing is left to chance

    assert_same(student.held_out_loss(mine, rows, 3), reference.held_out_loss(bigram(reference, state), rows, 3))
    assert_same(mine.is_training(), True)
    mine.eval()
    student.held_out_loss(mine, rows, 3)
    assert_same(mine.is_training(), False)


@points(2)
@claims(
    "Each step takes the mean loss of all predicted tokens of its batch",
    "Gradients that were there before do not count",
    "The loss of each step as a Python float",
)
def test_equal_rows(student, reference, rng, device):
    """When all rows are equal, the loss of every step and the weights in the end agree with the reference, for
    gradients above and below a norm of 1.

    所有行都相同时，每一步的损失和最后的权重都与参考答案一致，梯度范数大于 1 或小于 1 都是如此。
    """
    rows = rng.integers(0, VOCABULARY, 1, LENGTH).expand(5, LENGTH).contiguous()
    for scale, peak in ((2.0, 0.05), (0.3, 0.1)):
        state = weights(rng, scale)
        mine, ours = bigram(student, state), bigram(reference, state)
        mine.mark_gradients(5.0)
        setting = {"steps": 23, "batch_size": 3, "peak": peak}

        got = train(student, mine, rows, device, **setting)

        assert_same(got, reference.pretrain(ours, rows, generator=source(device), **setting), rtol=1e-4)
        end = {name: table.detach() for name, table in mine.state_dict().items()}
        assert_same(end, {name: table.detach() for name, table in ours.state_dict().items()}, rtol=1e-3, atol=1e-4)


def rounds_of(model, rows):
    """The visits of a model, round by round."""
    seen = attribute(model, "seen")
    return [seen[start : start + rows] for start in range(0, len(seen), rows)]


def in_a_ring(order):
    """The order as it is seen from row 0, in either direction: rotated and reversed orders are the same."""
    ways = [one[one.index(0) :] + one[: one.index(0)] for one in (order, order[::-1])]
    return tuple(min(ways))


@points(1)
@claims("each round visits every row once, in a new random order")
def test_rounds(student, rng, device):
    """Thirteen steps of four rows are four rounds of thirteen: each visits every row once, in another order.

    13 步、每步 4 行，正好是 4 轮、每轮 13 行：每一轮访问每行恰好一次，顺序各不相同。
    """
    mine = bigram(student, weights(rng))
    train(student, mine, numbered(device, 13), device, steps=13)

    rounds = rounds_of(mine, 13)
    expect(
        len(rounds) == 4 and all(sorted(one) == list(range(13)) for one in rounds),
        "A round must visit each of the 13 rows once; your first 13 visits were {visits}.",
        "每一轮必须访问 13 行各一次；你的前 13 次访问是 {visits}。",
        visits=str(rounds[0]),
    )
    expect(len({tuple(one) for one in rounds}) == 4, "Two rounds have the same order.", "有两轮的顺序相同。")
    orders = {in_a_ring(one) for one in [*rounds, list(range(13))]}
    expect(
        len(orders) == 5,
        "A round is the order of the rows, or of another round, turned or reversed: it must be a new random one.",
        "有一轮只是原有顺序或另一轮顺序的平移或反转：每一轮都应重新随机排列。",
    )


@points(1)
@claims("A batch is `batch_size` rows", "a batch that reaches the end of a round goes on in the next one")
def test_batches_larger_than_the_data(student, rng, device):
    """Three steps of eight rows out of five: every batch has eight rows and goes on in the next rounds.

    只有五行，三步、每步八行：每个批次都有八行，跨入后面的轮次。
    """
    mine = bigram(student, weights(rng))

    train(student, mine, numbered(device, 5), device, steps=3, batch_size=8)

    assert_same(attribute(mine, "calls"), [[8, LENGTH]] * 3)
    assert_same([sorted(one) for one in rounds_of(mine, 5)[:4]], [list(range(5))] * 4)


@points(1)
@claims("that comes from `generator`", "The generator moves on")
def test_the_generator_decides(student, rng, device):
    """The same state of the generator gives the same losses; another state, or a second call, other orders.

    生成器状态相同，损失就相同；状态不同，或再次调用，各轮的顺序就不同。
    """
    state, rows = weights(rng), numbered(device, 13)
    models = [bigram(student, state) for _ in range(4)]
    runs = [train(student, model, rows, device, seed, steps=13) for model, seed in zip(models, (3, 3, 4), strict=False)]

    expect(
        all(math.isclose(one, other, rel_tol=1e-6) for one, other in zip(runs[0], runs[1], strict=True)),
        "The same state of `generator` gives two different runs: something is drawn from elsewhere, such as torch's "
        "global generator.",
        "`generator` 状态相同，两次训练却不同：有随机数取自别处，例如 torch 的全局生成器。",
    )
    expect(runs[0] != runs[2], "Two generators give the same run.", "两个不同的生成器给出了相同的训练过程。")
    setting = {"steps": 13, "batch_size": 4, "peak": 0.01}
    _, _, kept = call_and_keep(student.pretrain, models[0], rows, generator=source(device, 3), **setting)
    _, _, kept = call_and_keep(student.pretrain, models[3], rows, generator=kept["generator"], **setting)
    for other, en, zh in (
        (models[2], "A round has the same order as with another state.", "有一轮的顺序与生成器另一状态时相同。"),
        (
            models[3],
            "A second call with the same generator has the orders of the first: the generator itself must move on.",
            "用同一个生成器再次调用，顺序又与第一次相同：传入的生成器本身应当向前推进。",
        ),
    ):
        same = [one for one, two in zip(rounds_of(models[1], 13), rounds_of(other, 13), strict=True) if one == two]
        expect(not same, en, zh)


@points(1)
@claims("The model is in training mode meanwhile and afterwards in the mode that it had")
def test_mode(student, rng, device):
    """A model is trained in training mode, and comes back in the mode in which it came.

    模型在训练模式下训练，结束后回到传入时的模式。
    """
    for training in (False, True):
        mine = bigram(student, weights(rng))
        mine.train(training)

        train(student, mine, numbered(device), device, steps=3, batch_size=2)

        assert_same(len(attribute(mine, "seen")), 6)
        assert_same(mine.is_training(), training)


@points(1)
@claims("measured before its update")
def test_one_step_and_one_row(student, reference, rng, device):
    """A run of one step on one row works, and so does a batch that is larger than the data.

    只有一行、只训练一步也能用；批次比数据还大也能用。
    """
    state, rows = weights(rng), numbered(device, 1)
    for size in (1, 3):
        mine, ours = bigram(student, state), bigram(reference, state)
        got = train(student, mine, rows, device, steps=1, batch_size=size)
        assert_same(student.held_out_loss(bigram(student, state), rows, 1), got[0])
        assert_same(got, reference.pretrain(ours, rows, steps=1, batch_size=size, peak=0.01, generator=source(device)))


@points(1)
@claims(
    "there are no rows, rows have fewer than two tokens, or `batch_size` is below 1",
    "there are no rows, rows have fewer than two tokens, or `steps` or `batch_size` is below 1",
)
def test_refused_settings(student, device):
    """No rows, rows of one token, and steps or batches below 1 are refused.

    没有行、每行只有一个词元、步数或批次小于 1，都应拒绝。
    """
    model, rows = bigram(student), numbered(device)
    good = {"steps": 2, "batch_size": 2, "peak": 0.01}

    for bad in (rows[:0], rows[:, :1]):
        assert_raises(ValueError, student.held_out_loss, model, bad, 2)
        assert_raises(ValueError, student.pretrain, model, bad, generator=source(device), **good)
    for number in (0, -1):
        assert_raises(ValueError, student.held_out_loss, model, rows, number)
        for name in ("steps", "batch_size"):
            setting = good | {name: number}
            assert_raises(ValueError, student.pretrain, model, rows, generator=source(device), **setting)


def letters(device):
    """Lines of letters from the English texts of the little world; rare letters are one."""
    lines = (dataset("small_world") / "train.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines[:1500]]
    text = "\n".join(one["text"] for one in records if one["language"] == "en" and "text" in one)[:60000]
    common = sorted(set(text), key=lambda letter: (-text.count(letter), letter))[: LETTERS - 1]
    place = {letter: number for number, letter in enumerate(common)}
    ids = torch.tensor([place.get(letter, LETTERS - 1) for letter in text], device=device)
    rows = ids[: len(ids) // LINE * LINE].view(-1, LINE)
    return rows[:-64], rows[-64:]


@points(1)
@after("test_untrained_by_hand")
def test_a_real_run(student, device):
    """160 steps on the texts of the little world bring the held-out loss from 4.1 to below 3.05 nats a letter.

    在小世界的文本上训练 160 步，留出损失从每字母 4.1 降到 3.05 nat 以下。
    """
    rows, held_out = letters(device)
    model = student.given("small_models").Decoder(LETTERS, LINE)
    model.to(device)

    losses = train(student, model, rows, device, steps=160, batch_size=16, peak=6e-3)

    assert_same(losses[0], math.log(LETTERS), rtol=0.05)
    result = student.held_out_loss(model, held_out, 32)
    expect(
        result < BOUND,
        "The held-out loss is {result}: letter frequencies alone give 3.18.",
        "留出损失为 {result}：只知道字母频率就能达到 3.18。",
        result=f"{result:.2f}",
    )
