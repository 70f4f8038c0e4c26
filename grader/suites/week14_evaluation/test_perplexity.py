"""Hidden suite of week 14, perplexity.

Models are plain functions, which run in the judge and see every window, or the week's Reader, which remembers them.
Not covered: models of real size; the oracle does that.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

VOCABULARY = 11
LENGTHS = [(29, 3, 7), (29, 1, 5), (30, 6, 7), (31, 5, 13), (2, 1, 2), (23, 1, 2), (23, 22, 23), (13, 3, 97)]
"""Tokens, stride and window: overlaps of every size, texts that fit into one window."""


class Recorder:
    """A model of random logits, with what it was asked; the next token depends on the whole window."""

    def __init__(self, rng, vocabulary=VOCABULARY, dtype=torch.float64, shift=0.0):
        self.table = rng.normal(2, vocabulary, vocabulary, dtype=torch.float64)
        self.dtype, self.shift, self.windows, self.shapes = dtype, shift, [], []

    def __call__(self, ids):
        self.windows.append(ids[0].tolist())
        self.shapes.append(list(ids.shape))
        return self.logits(ids)

    def logits(self, ids):
        ids = ids.long()
        lengths = torch.arange(1, ids.shape[1] + 1, device=ids.device)[:, None]
        logits = 2 * self.table[0][ids] + 3 * self.table[1][ids].cumsum(1) / lengths + self.shift
        return logits.to(self.dtype)

    def plain(self):
        return lambda ids: self(ids)


def text(rng, tokens):
    return rng.integers(0, VOCABULARY, tokens)


def one_by_one(model, ids, stride, length):
    """What each token costs: its window found by trying them in their order."""
    losses = []
    for place in range(1, len(ids)):
        begin = next(begin for begin in range(0, len(ids), stride) if begin + length > place)
        log_p = model.logits(ids[None, begin:place])[0, -1].double().log_softmax(-1)
        losses.append(-log_p[int(ids[place])])
    return torch.stack(losses)


def windows_of(tokens, stride, length):
    windows = []
    for begin in range(0, tokens, stride):
        windows.append(list(range(begin, min(tokens, begin + length))))
        if begin + length >= tokens:
            return windows
    return windows


def ids_of(*ids, device):
    return torch.tensor(ids, dtype=torch.int64, device=device)


@points(1)
def test_losses_by_hand(student, device):
    """What follows 0 is 1 with 1/2, what follows 1 is 2 with 1/4, what follows 2 is 0 with 1/8.

    0 之后是 1 的概率为 1/2，1 之后是 2 为 1/4，2 之后是 0 为 1/8。
    """
    follows = torch.tensor([[0.3, 0.5, 0.2], [0.4, 0.35, 0.25], [0.125, 0.8, 0.075]], device=device).double()

    got = student.token_losses(lambda ids: follows.log()[ids] + 5.0, ids_of(0, 1, 2, 0, 1, device=device), 2, 3)

    expected = [math.log(2), math.log(4), math.log(8), math.log(2)]
    assert_same(got, torch.tensor(expected, dtype=torch.float64, device=device))


@points(2)
@claims(
    "Each token is scored once, in the first window that it stands in",
    "So it sees at least length - stride tokens before it, or all there are",
)
def test_context_of_each_token(student, rng):
    """Each token but the first has one loss, given what stands before it in the first window that holds it.

    除第一个外，每个词元恰有一个损失，其上文是第一个包含它的窗口里排在它前面的词元。
    """
    for tokens, stride, length in LENGTHS:
        model, ids = Recorder(rng), text(rng, tokens)
        got = student.token_losses(model.plain(), ids, stride, length)

        assert_same(got, one_by_one(model, ids, stride, length))


@points(1)
@claims(
    "Windows begin at 0, stride, 2 stride, ... and hold `length` tokens",
    "The model is called once for each window, as model(ids), with no other argument",
)
def test_windows(student, rng, device):
    """Windows begin at multiples of the stride; the first that reaches the end is the last, and ends there.

    窗口从步幅的整数倍处开始；第一个到达末尾的就是最后一个，并在那里截断。
    """
    cases = [*LENGTHS, (7, 2, 3), (8, 2, 3), (9, 2, 3), (11, 3, 5), (12, 3, 5), (13, 3, 5), (14, 3, 5)]
    for function in (student.token_losses, student.perplexity):
        for tokens, stride, length in cases:
            model = Recorder(rng, vocabulary=101)
            function(model.plain(), torch.arange(tokens, device=device), stride, length)

            assert_same(model.windows, windows_of(tokens, stride, length))
            assert_same(model.shapes, [[1, len(window)] for window in model.windows])


@points(1)
@claims("Logits are converted to float64 before anything is computed from them, and the answer is float64")
def test_precision(student, rng):
    """Whatever the dtype of the logits, losses are computed in float64: no digit is lost.

    无论 logits 是什么 dtype，损失都用 float64 计算，不丢失任何一位。
    """
    for dtype in (torch.float16, torch.float32, torch.bfloat16, torch.float64):
        model, ids = Recorder(rng, dtype=dtype, shift=17.0), text(rng, 19)
        expected = one_by_one(model, ids, 3, 7)
        assert_same(student.token_losses(model.plain(), ids, 3, 7), expected, rtol=1e-12, atol=1e-12)
        assert_same(
            student.perplexity(model.plain(), ids, 3, 7), math.exp(expected.mean().item()), rtol=1e-12, atol=1e-12
        )
    # In float16 the difference of these two is rounded; in float64 it is not.
    logits = torch.tensor([1000.0, -0.0004], dtype=torch.float16, device=ids.device)
    got = student.token_losses(lambda ids: logits.expand(*ids.shape, 2), torch.ones_like(ids[:3]), 1, 2)
    assert_same(got, (logits[0].double() - logits[1].double()).expand(2), rtol=1e-12, atol=1e-12)


@points(1)
@claims("No gradients are recorded meanwhile, and the mode of the model is left as it is")
def test_leaves_the_model_alone(student, device):
    """No gradients are recorded, and a model that was training, or was not, is so still.

    不记录梯度；模型原来是训练模式还是评估模式，之后仍是。
    """
    given = student.given("small_models")
    for function in (student.token_losses, student.perplexity):
        for training in (True, False):
            model = given.Reader(VOCABULARY).to(device).train(training)
            function(model, torch.arange(VOCABULARY, device=device), 3, 5)
            windows, recorded = model.record()

            assert_same(windows, windows_of(VOCABULARY, 3, 5))
            expect(
                not any(recorded),
                en="The model was called while gradients were recorded.",
                zh="调用模型时仍在记录梯度。",
            )
            assert_same(model.is_training(), training)
            model(torch.arange(3, device=device)[None])
            expect(
                model.record()[1][-1],
                en="Afterwards no gradients are recorded any more: switch them off for the calls of the model alone.",
                zh="之后也不再记录梯度了：只应在调用模型期间关闭。",
            )


@points(1)
@claims(
    "A token that the model holds impossible (a logit of -inf) has the loss inf",
    "Where the result is more than a float can hold it is inf",
)
def test_impossible_tokens(student, device):
    """A token of probability 0 costs inf, and so is the perplexity; e to the power of 1,000 is inf, too.

    概率为 0 的词元损失为 inf，困惑度也是；e 的 1000 次方同样为 inf。
    """
    never = torch.tensor([0.0, 0.0, -math.inf], device=device)
    ids = ids_of(0, 1, 2, 1, device=device)

    got = student.token_losses(lambda ids: never.expand(*ids.shape, 3), ids, 1, 2)
    expected = [math.log(2), math.inf, math.log(2)]
    assert_same(got, torch.tensor(expected, dtype=torch.float64, device=device))
    assert_same(student.perplexity(lambda ids: never.expand(*ids.shape, 3), ids, 1, 2), math.inf)

    far = torch.tensor([0.0, -1000.0], device=device)
    ones = ids_of(1, 1, 1, device=device)
    assert_same(student.perplexity(lambda ids: far.expand(*ids.shape, 2), ones, 1, 2), math.inf)


@points(1)
@claims("`ids` are of any integer dtype, and are not changed", "No argument is changed")
def test_ids_of_any_kind(student, rng):
    """Ids may be a view with gaps and of a small integer type; they stay as they are.

    ids 可以是不连续的视图，也可以是较短的整数类型；它们保持不变。
    """
    model, ids = Recorder(rng), text(rng, 46)
    view = ids[::2]

    expected = one_by_one(model, view, 4, 7)
    assert_same(unchanged(student.token_losses, model.plain(), view, 4, 7), expected)
    for dtype in (torch.int32, torch.int16, torch.uint8):
        assert_same(unchanged(student.token_losses, model.plain(), view.to(dtype), 4, 7), expected)
    assert_same(unchanged(student.perplexity, model.plain(), view, 4, 7), math.exp(expected.mean().item()))


@points(1)
@claims("The losses, windows, calls of the model and errors are those of `token_losses`")
def test_every_token_weighs_the_same(student, device):
    """Probabilities 1/2, 1/2, 1/2, 1/2 and 1/64 have a perplexity of 4, though the last one has a window of its own.

    概率为 1/2、1/2、1/2、1/2、1/64 时困惑度为 4，即使最后一个词元独占一个窗口。
    """
    likely = torch.tensor([0.5, 1 / 64, 31 / 64], device=device).double().log()

    for stride, length in ((1, 2), (2, 3), (2, 4), (3, 4), (4, 5), (1, 5), (5, 6)):
        got = student.perplexity(
            lambda ids: likely.expand(*ids.shape, 3), ids_of(2, 0, 0, 0, 0, 1, device=device), stride, length
        )
        assert_same(got, 4.0)


@points(1)
@after("test_context_of_each_token")
def test_perplexity_of_random_texts(student, reference, rng):
    """On random texts and windows the perplexity is that of the reference, as a Python float.

    随机文本和窗口下，困惑度与参考答案一致，是 Python 的 float。
    """
    for tokens, stride, length in LENGTHS:
        model, ids = Recorder(rng), text(rng, tokens)
        expected = reference.perplexity(model.logits, ids, stride, length)

        assert_same(student.perplexity(model.plain(), ids, stride, length), expected)


@points(1)
@claims(
    "ValueError: `ids` has not exactly one axis or fewer than 2 tokens, or `stride` is not between 1 and length - 1"
)
def test_refused_windows(student, rng):
    """A text of one token or of two axes is refused, and a stride that is not between 1 and length - 1.

    只有一个词元或有两个轴的文本应拒绝；步幅不在 1 到 length - 1 之间也应拒绝。
    """
    model, ids = Recorder(rng), text(rng, 13)
    for function in (student.token_losses, student.perplexity):
        for wrong in (ids[:0], ids[:1], ids[None], ids[:1, None], ids[0]):
            assert_raises(ValueError, function, model.plain(), wrong, 2, 5)
        for stride, length in ((0, 5), (-1, 5), (5, 5), (6, 5), (1, 1), (0, 1), (13, 13)):
            assert_raises(ValueError, function, model.plain(), ids, stride, length)


@points(1)
@claims(
    "All of them together cost scored * log2(perplexity) bits",
    "A perplexity of inf gives inf",
    "`scored` is the number of tokens that the perplexity is a mean of",
)
def test_bits_per_byte(student):
    """Six tokens at a perplexity of 8 are 18 bits: over the bytes of the text in UTF-8, not its characters.

    六个词元、困惑度 8，共 18 比特：除以文本的 UTF-8 字节数，而不是字符数。
    """
    assert_same(student.bits_per_byte(8.0, 6, "abcdefghi"), 2.0)
    assert_same(student.bits_per_byte(8.0, 6, "小猫坐"), 2.0)
    assert_same(student.bits_per_byte(8.0, 6, "é猫🦆"), 2.0)  # 2, 3 and 4 bytes
    assert_same(student.bits_per_byte(8.0, 6, "a b\n"), 4.5)
    assert_same(student.bits_per_byte(8.0, 6, "a\r\n"), 6.0)
    assert_same(student.bits_per_byte(8.0, 6, "e\u0301"), 6.0)  # two characters of 1 and 2 bytes
    assert_same(student.bits_per_byte(8.0, 1, "abc"), 1.0)
    assert_same(student.bits_per_byte(1.0, 6, "a"), 0.0)
    assert_same(student.bits_per_byte(math.inf, 6, "ab"), math.inf)
    assert_same(student.bits_per_byte(5.0, 7, "abc"), 7 * math.log2(5) / 3)
    assert_same(student.bits_per_byte(16.0, 10_000, "abc"), 40_000 / 3)  # no float holds 16 to the power of 10,000


@points(1)
@claims("ValueError: `text` is empty, `scored` is less than 1, or `perplexity` is NaN or less than 1")
def test_refused_bits(student):
    """An empty text, no tokens, and a perplexity below 1 or NaN are refused.

    空文本、没有词元、困惑度小于 1 或为 NaN：都应拒绝。
    """
    assert_raises(ValueError, student.bits_per_byte, 8.0, 6, "")
    for scored in (0, -1):
        assert_raises(ValueError, student.bits_per_byte, 8.0, scored, "abc")
    for perplexity in (0.99, 0.0, -2.0, math.nan, -math.inf):
        assert_raises(ValueError, student.bits_per_byte, perplexity, 6, "abc")
