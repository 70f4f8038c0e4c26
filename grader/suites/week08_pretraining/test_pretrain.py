"""Hidden suite of week 08, pretrain.

Where all rows are equal their order does not matter, and every loss can be compared with the reference. The whole run
is judged by its held-out loss: right answers that draw another order stay far below the bound, whatever the order.
Not covered: speed, devices, saving and loading.
"""

import json
import math

import torch

from grader.suite import after, assert_raises, assert_same, attribute, dataset, expect, points

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
def test_untrained_by_hand(student, device):
    """A model that gives all 13 tokens the same score has the loss log 13.

    给 13 个词元相同分数的模型，损失为 log 13。
    """
    model = bigram(student)
    model.load_state_dict({name: torch.zeros_like(table) for name, table in model.state_dict().items()})

    assert_same(student.held_out_loss(model, numbered(device), 4), math.log(VOCABULARY))


@points(1)
def test_held_out_loss(student, reference, rng):
    """Five rows in batches of two: the last batch is smaller, and no token weighs more for that.

    五行，每批两行：最后一批较小，但其中的词元权重并不因此变大。
    """
    state, rows = weights(rng), rng.integers(0, VOCABULARY, 5, LENGTH)
    mine, calls = bigram(student, state), []
    mine.register_forward_pre_hook(lambda model, inputs: calls.append(list(inputs[0].shape)))  # runs in the judge

    got = student.held_out_loss(mine, rows, 2)

    assert_same(got, reference.held_out_loss(bigram(reference, state), rows, 2))
    assert_same(calls, [[2, LENGTH], [2, LENGTH], [1, LENGTH]])


@points(1)
def test_evaluation_mode(student, reference, rng):
    """Dropout has no effect on the held-out loss, and the model is in the mode that it had afterwards.

    dropout 不影响留出损失，之后模型恢复原来的模式。
    """
    state, rows = weights(rng), rng.integers(0, VOCABULARY, 5, LENGTH)
    mine = bigram(student, state)
    mine.set_dropout(0.5)

    assert_same(student.held_out_loss(mine, rows, 3), reference.held_out_loss(bigram(reference, state), rows, 3))
    assert_same(mine.is_training(), True)
    mine.eval()
    student.held_out_loss(mine, rows, 3)
    assert_same(mine.is_training(), False)


@points(2)
def test_equal_rows(student, reference, rng, device):
    """When all rows are equal, the loss of every step and the weights in the end agree with the reference.

    所有行都相同时，每一步的损失和最后的权重都与参考答案一致。
    """
    rows = rng.integers(0, VOCABULARY, 1, LENGTH).expand(5, LENGTH).contiguous()
    state = weights(rng, 2.0)
    mine, ours = bigram(student, state), bigram(reference, state)
    mine.mark_gradients(5.0)
    setting = {"steps": 23, "batch_size": 3, "peak": 0.05}

    got = train(student, mine, rows, device, **setting)

    assert_same(got, reference.pretrain(ours, rows, generator=source(device), **setting), rtol=1e-4)
    end = {name: table.detach() for name, table in mine.state_dict().items()}
    assert_same(end, {name: table.detach() for name, table in ours.state_dict().items()}, rtol=1e-3, atol=1e-4)


@points(2)
def test_rounds(student, rng, device):
    """Eleven steps of four rows are four rounds of eleven: each round visits every row once, in another order.

    11 步、每步 4 行，正好是 4 轮、每轮 11 行：每一轮访问每行恰好一次，顺序各不相同。
    """
    mine = bigram(student, weights(rng))
    train(student, mine, numbered(device), device)

    seen = attribute(mine, "seen")
    rounds = [seen[start : start + 11] for start in range(0, 44, 11)]
    expect(
        len(seen) == 44 and all(sorted(one) == list(range(11)) for one in rounds),
        "A round must visit each of the 11 rows once; your first 11 visits were {visits}.",
        "每一轮必须访问 11 行各一次；你的前 11 次访问是 {visits}。",
        visits=str(seen[:11]),
    )
    orders = {tuple(one) for one in rounds}
    expect(len(orders) == 4, "Two rounds have the same order.", "有两轮的顺序相同。")


@points(1)
def test_the_generator_decides(student, rng, device):
    """The same state of the generator gives the same losses, and another state gives others.

    生成器状态相同，损失就相同；状态不同则不同。
    """
    state = weights(rng)
    runs = [train(student, bigram(student, state), numbered(device), device, seed) for seed in (3, 3, 4)]

    assert_same(runs[0], runs[1])
    expect(runs[0] != runs[2], "Two generators give the same run.", "两个不同的生成器给出了相同的训练过程。")


@points(1)
def test_mode(student, rng, device):
    """A model in evaluation mode is trained in training mode and comes back in evaluation mode.

    处于评估模式的模型会在训练模式下训练，结束后回到评估模式。
    """
    mine = bigram(student, weights(rng))
    mine.eval()

    train(student, mine, numbered(device), device, steps=3, batch_size=2)

    assert_same(len(attribute(mine, "seen")), 6)
    assert_same(mine.is_training(), False)


@points(1)
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
def test_refused_settings(student, device):
    """No rows, rows of one token, and steps or batches below 1 are refused.

    没有行、每行只有一个词元、步数或批次小于 1，都应拒绝。
    """
    model, rows = bigram(student), numbered(device)
    good = {"steps": 2, "batch_size": 2, "peak": 0.01}

    for bad in (rows[:0], rows[:, :1]):
        assert_raises(ValueError, student.held_out_loss, model, bad, 2)
        assert_raises(ValueError, student.pretrain, model, bad, generator=source(device), **good)
    assert_raises(ValueError, student.held_out_loss, model, rows, 0)
    for name in ("steps", "batch_size"):
        assert_raises(ValueError, student.pretrain, model, rows, generator=source(device), **(good | {name: 0}))


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
