"""Hidden suite of week 09, stopping.

What a stream should show is found here one character at a time, from the definition: no slices, no search.
Log-probabilities are held against logits minus their logsumexp, in float64.
Not covered: how fast long texts are searched.
"""

import math

import torch

from grader.suite import assert_raises, assert_same, attribute, claims, expect, gradients, unchanged


def shown_by_hand(text, stops):
    """(what may be shown of the text so far, the stop string that ended it or None), character after character."""
    for end in range(1, len(text) + 1):
        found = [stop for stop in stops if text[:end].endswith(stop)]
        if found:
            longest = max(found, key=len)
            return text[: end - len(longest)], longest
    held = [size for size in range(len(text) + 1) for stop in stops if len(stop) > size and text.endswith(stop[:size])]
    held = [size for size in held if size <= len(text)]
    return text[: len(text) - max(held, default=0)], None


def check_stream(student, stops, pieces):
    """Push the pieces; after each, what was shown so far is what the definition says, and finish brings the rest."""
    stream = student.StopStrings(stops)
    shown, text = "", ""
    for piece in pieces:
        text += piece
        shown += stream.push(piece)
        expected, stopped_by = shown_by_hand(text, stops)
        assert_same(shown, expected)
        assert_same(attribute(stream, "stopped_by"), stopped_by)
    assert_same(shown + stream.finish(), expected if stopped_by else text)
    assert_same(attribute(stream, "stopped_by"), stopped_by)


def cut(rng, text, longest):
    """Cut a text into pieces of up to `longest` characters."""
    pieces = []
    while text:
        size = 1 + int(rng.integers(0, longest, 1))
        pieces, text = [*pieces, text[:size]], text[size:]
    return pieces


@claims(
    "the stop string that ended the text; None as long as none did",
)
def test_a_stop_string_over_several_pieces(student):
    """A stop string is found in whatever pieces it comes, and no part of it is ever shown.

    无论停止字符串分成几段到来，都能找到，而且它的任何部分都不会显示。
    """
    check_stream(student, ["Stop."], ["S", "to", "p", " S", "t", "op", "."])
    for pieces in (
        ["one two", "\n\nUser:", " three"],
        ["one\n", "\n", "Us", "er", ":", "x"],
        list("one\n\nUser: and"),
        ["\n\nUser:"],
    ):
        check_stream(student, ["\n\nUser:"], pieces)


@claims(
    "The text is cut before the stop string, and what comes behind it is thrown away",
    'After a stop string it returns "" for whatever comes',
)
def test_nothing_comes_behind_a_stop_string(student):
    """What stands behind a stop string in its own piece or in later ones is never shown, another stop string included.

    停止字符串之后的内容，无论在同一段里还是在后面的段里，都不再显示，再来一个停止字符串也一样。
    """
    stream = student.StopStrings(["</a>", "b"])

    assert_same([stream.push(piece) for piece in ("x</", "a>yb", "", "z", "</a>", "b")], ["x", "", "", "", "", ""])
    assert_same(attribute(stream, "stopped_by"), "</a>")
    assert_same([stream.finish(), stream.push("again"), stream.finish()], ["", "", ""])


@claims(
    "It holds back the longest end of the text that a stop string begins with",
    "Everything else is shown at once",
)
def test_no_more_is_held_back_than_needed(student):
    """Only an end that could become a stop string is held back, the longest such end, and shown once it cannot.

    只扣下可能成为停止字符串的结尾（取最长的那种），一旦不可能了就显示。
    """
    check_stream(student, ["STOP"], ["no stop here, ", "S", "ST", "STO", "x", "TOP"])
    check_stream(student, ["aabaaa"], list("aabaabaabaabaax"))
    check_stream(student, ["abababc", "bab!"], ["ab", "aba", "bab", "aba", "?", "bab"])
    check_stream(student, ["0123456789"], ["0123456789x", "01234", "01234", "012"][1:])


@claims(
    "The first stop string is the one whose last character comes first",
    "Of several that end there, it is the longest",
)
def test_several_stop_strings(student):
    """Of several stop strings the one that is complete first counts, of those the longest, whatever their order in the
    list.

    有多个停止字符串时，以最先完整出现的为准；同时完整的取最长的；与列表中的次序无关。
    """
    for stops in (["cd", "abcde", "b"], ["b", "cd", "abcde"], ["cd", "bcd", "d", "abcd"], ["d", "abcd", "bcd"]):
        check_stream(student, stops, ["xabcdef"])
        check_stream(student, stops, list("xabcdef"))
    check_stream(student, ["late", "e"], ["too late"])
    check_stream(student, ["yy", "xx", "yy"], ["..xxyy"])
    check_stream(student, ["a", "b"], ["..a..a..b.."])


@claims("How the text is cut into pieces makes no difference to the text that is passed on in all")
def test_random_streams(student, rng):
    """In random streams over two or three letters, what was shown after every piece is what the definition says.

    在由两三个字母组成的随机文本流中，每一段之后已显示的内容都与定义相符。
    """
    for case in range(31):
        letters = "ab" if case % 2 else "abc"
        stops = [
            "".join(rng.choice(letters) for _ in range(3 + int(rng.integers(0, 4, 1)))) for _ in range(1 + case % 3)
        ]
        text = "".join(rng.choice(letters) for _ in range(19))
        check_stream(student, stops, cut(rng, text, 1 + case % 7))


@claims(
    'A second call returns "", and so does one after a stop string',
)
def test_the_end_of_a_stream(student):
    """At the end what was held back is returned, once; after a stop string nothing is left.

    结束时返回扣下的部分，只返回一次；遇到停止字符串之后就什么都没有。
    """
    stream = student.StopStrings(["END", "?!"])

    assert_same([stream.push("the E"), stream.push("N"), stream.finish(), stream.finish()], ["the ", "", "EN", ""])
    check_stream(student, ["END"], ["EN", "DE"])
    check_stream(student, ["END"], ["EEN", ""])


@claims("none at all is fine")
def test_no_stop_strings_and_wrong_ones(student):
    """Without stop strings everything passes at once; an empty one is a ValueError, alone or among others, and one of
    white space is a stop string like any other.

    没有停止字符串时，所有内容都立刻显示；空的停止字符串抛出 ValueError，单独出现或与别的一起都一样；
    只含空白的停止字符串与其他的没有区别。
    """
    check_stream(student, [], ["all", "", " of ", "it"])
    check_stream(student, ["\n\n", "\t"], ["one \n", " two", "\n", "\nthree"])
    for stops in ([""], ["a", ""], ["", "b"]):
        assert_raises(ValueError, student.StopStrings, stops)


@claims("ValueError for an empty stop string")
def test_two_streams_at_once(student):
    """Two streams know nothing of each other, the list of stop strings stays as it is, and Chinese characters and
    emoji count as one each.

    两个流互不影响；停止字符串的列表不被改动；中文和表情符号都按一个字符计。
    """
    stops = ["🙂🙂", "结束。"]
    first, second = unchanged(student.StopStrings, stops), student.StopStrings(["。"])

    assert_same(
        [first.push("好结"), second.push("好结"), first.push("束"), second.push("束。")], ["好", "好结", "", "束"]
    )
    assert_same([first.push("了🙂"), second.push("了"), first.push("🙂")], ["结束了", "", ""])
    assert_same([attribute(first, "stopped_by"), attribute(second, "stopped_by")], ["🙂🙂", "。"])
    assert_raises(ValueError, student.StopStrings, ["。", ""])


def logprobs_by_hand(logits, ids, top):
    """Logits minus logsumexp in float64, sorted by (largest first, lower id first)."""
    values = logits.double() - logits.double().logsumexp(-1, keepdim=True)
    chosen = values.gather(-1, ids.unsqueeze(-1)).squeeze(-1)
    order = values.sort(dim=-1, descending=True, stable=True).indices[..., :top]
    return chosen, values.gather(-1, order), order


def checked(student, logits, ids, top):
    """Compare with the values by hand, in float32 or wider."""
    dtype = torch.promote_types(logits.dtype, torch.float32)
    chosen, values, order = logprobs_by_hand(logits, ids, top)
    got = unchanged(student.token_logprobs, logits, ids, top)
    assert_same(got, (chosen.to(dtype), values.to(dtype), order))


@claims(
    "A row of logits is what the model said just before it chose ids at the same place: nothing has to be shifted",
    "over the whole vocabulary",
    "(log-probabilities of ids, the `top` largest log-probabilities, their token ids)",
)
def test_log_probabilities(student, rng):
    """All three answers are right for any batch axes and any `top`, 0 and the whole vocabulary included, also of views.

    三个结果对任意批次轴、任意 `top`（包括 0 和整个词表）以及不连续的视图都正确。
    """
    for dtype in (torch.float64, torch.float32):
        for shape in ((7,), (3, 5), (1,), (2, 1, 3), ()):
            logits = 3 * rng.normal(*shape, 11, dtype=dtype)
            ids = rng.integers(0, 11, *shape) if shape else rng.integers(0, 11, 1)[0]
            for top in (0, 1, 4, 11):
                checked(student, logits, ids, top)
    checked(student, rng.normal(11, 5).mT, rng.integers(0, 11, 10)[::2], 3)
    checked(student, rng.normal(2, 101), rng.integers(0, 101, 2), 37)
    checked(student, rng.normal(3, 1), torch.zeros_like(rng.integers(0, 2, 3)), 1)


@claims("Logarithms are natural")
def test_worked_log_probabilities(student, device):
    """Logits 2, 1, 1, 0 times log 2 are the probabilities 4/9, 2/9, 2/9, 1/9: a worked number.

    logits 为 log 2 的 2、1、1、0 倍，概率就是 4/9、2/9、2/9、1/9：一个算好的例子。
    """
    logits = torch.tensor([[2.0, 1.0, 1.0, 0.0]] * 2, dtype=torch.float64, device=device) * math.log(2) - 40
    ids = torch.tensor([3, 0], device=device)

    chosen, values, order = student.token_logprobs(logits, ids, 2)

    ninths = [math.log(4 / 9), math.log(2 / 9)]
    assert_same(chosen, torch.tensor([math.log(1 / 9), ninths[0]], dtype=torch.float64, device=device))
    assert_same(values, torch.tensor([ninths] * 2, dtype=torch.float64, device=device))
    assert_same(order, torch.tensor([[0, 1]] * 2, device=device))


@claims("Probabilities are those of the raw distribution", "A token of probability 0 has minus infinity")
def test_extreme_logits(student, rng, device):
    """Very unlikely tokens keep a finite log-probability, a ruled-out one has minus infinity, and nothing is NaN.

    极不可能的词元仍有有限的对数概率；被排除的是负无穷；不会出现 NaN。
    """
    for dtype in (torch.float32, torch.float64):
        logits = torch.tensor([[80.0, -80, 79, -1e4], [3e4, 2e4, -torch.inf, 0.0]], dtype=dtype, device=device)
        checked(student, logits, torch.tensor([3, 2], device=device), 4)
        checked(student, logits, torch.tensor([1, 1], device=device), 2)
    checked(student, rng.normal(3, 5, dtype=torch.float64) + 1e4, rng.integers(0, 5, 3), 2)


@claims("of equal ones the lower id; the chosen token need not be among them")
def test_ties(student, rng, device):
    """Among equally probable tokens the lower id comes first, also when `top` cuts through them; the chosen one may be
    outside.

    概率相等时编号小的在前，`top` 把它们截断时也一样；所选词元可以不在其中。
    """
    for width in (7, 2_003):
        logits = rng.integers(0, 3, 5, width).to(torch.float64)
        for top in (2, 3, 5):
            checked(student, logits, rng.integers(0, width, 5), top)
    checked(student, torch.zeros(3, 997, device=device), torch.tensor([996, 0, 500], device=device), 13)


@claims("The computation runs in float32, or in the dtype of the logits if that is wider, and so is the answer")
def test_half_precision(student, rng):
    """Logits in bfloat16 or float16 are computed, and answered, in float32.

    bfloat16 或 float16 的 logits 用 float32 计算，结果也是 float32。
    """
    for dtype in (torch.bfloat16, torch.float16):
        logits = (4 * rng.normal(5, 401)).to(dtype)
        checked(student, logits, rng.integers(0, 401, 5), 1)


@claims("Gradients flow from the log-probabilities to the logits")
def test_gradients(student, reference, rng):
    """The gradient of the chosen log-probabilities is one-hot minus the probabilities.

    所选词元的对数概率的梯度，是独热向量减去概率。
    """
    logits, ids = rng.normal(5, 7, dtype=torch.float64), rng.integers(0, 7, 5)

    got = gradients(student.token_logprobs, logits, ids, 2, wrt=(0,))

    assert_same(got, gradients(reference.token_logprobs, logits, ids, 2, wrt=(0,)))


@claims("ValueError unless 0 <= top <= vocab")
def test_a_top_that_is_no_number_of_tokens(student, rng):
    """A negative `top`, or one beyond the vocabulary, is a ValueError; the whole vocabulary is fine.

    `top` 为负数或超过词表大小，抛出 ValueError；等于词表大小没有问题。
    """
    logits, ids = rng.normal(2, 5), rng.integers(0, 5, 2)

    for top in (-1, 6, 100):
        assert_raises(ValueError, student.token_logprobs, logits, ids, top)
    expect(
        len(student.token_logprobs(logits, ids, 5)) == 3,
        "There are three answers: of the chosen tokens, of the most probable, and their ids.",
        "结果有三个：所选词元的、概率最大的，以及后者的编号。",
    )
