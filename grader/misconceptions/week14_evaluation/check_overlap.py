"""Known mistakes of week 14, check_overlap: tests that let too much pass, or too little."""

import math

from grader.mistakes import mistake


def cut(*lines):
    return [line.split() for line in lines]


def near(got, expected, within=1e-6):
    assert abs(got - expected) < within, f"{got}, not {expected}"


def one_reference(bleu):
    """Worked numbers for a hypothesis with one reference."""
    near(bleu(cut("a b c d e"), [cut("a b c d f")]), 100 * 0.2**0.25)
    near(bleu(cut("x x x a b c"), [cut("x a b c")]), 100 * (4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    near(bleu(cut("a b c d"), [cut("a b c d e f g")]), 100 * math.exp(-0.75))
    near(bleu(cut("a b c d e f g"), [cut("a b c d")]), 100 * (4 / 7 * 3 / 6 * 2 / 5 * 1 / 4) ** 0.25)


def lengths_of_references(bleu):
    """Worked numbers for references of several lengths."""
    for order in (1, -1):
        lengths = cut("a b c d e", "a b c d e f g")[::order]
        near(bleu(cut("a b c d e f"), [lengths]), 100)
        near(bleu(cut("a b c d e f g"), [lengths]), 100)


def several_references(bleu):
    """Worked numbers for several references."""
    lengths_of_references(bleu)
    near(bleu(cut("x x x y z w"), [cut("x y z w", "z x", "x")]), 100 * (4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)


def corpora(bleu):
    """Worked numbers for two hypotheses."""
    references = [cut("a b c d"), cut("e f g h i j k l m n")]
    got = bleu(cut("a b c d", "e f g h i j k l m x"), references)
    near(got, 100 * (13 / 14 * 11 / 12 * 9 / 10 * 7 / 8) ** 0.25)
    got = bleu(cut("a b c d", "a b c d e"), [cut("a b c d e"), cut("a b c d")])
    near(got, 100 * (8 / 9 * 6 / 7 * 4 / 5 * 2 / 3) ** 0.25)
    near(bleu(cut("a b c d", ""), [cut("a b c d"), cut("a b")]), 100 * math.exp(-0.5))


TEXTS = cut("a b x c d"), [cut("a b y c d")]


def smoothed(bleu, off=True):
    """Worked numbers for texts in which some orders match nothing."""
    near(bleu(*TEXTS), 100 * (4 / 5 * 2 / 4 * 1 / 6 * 1 / 8) ** 0.25)
    if off:
        near(bleu(*TEXTS, "none"), 0)
    near(bleu(cut("a b c d"), [cut("w x y z")]), 0)
    near(bleu(cut("a b c"), [cut("a b c")]), 0)


@mistake(
    of="check_bleu",
    en="Your test checks little more than that BLEU lies between 0 and 100 and is 100 for a copy: it lets most wrong "
    "numbers pass.",
    zh="你的测试几乎只检查 BLEU 是否在 0 到 100 之间、相同文本是否为 100：大多数错误的数都会放行。",
)
def asks_for_the_range(bleu):
    near(bleu(cut("a b c d"), [cut("a b c d")]), 100)
    near(bleu(cut("a b c d"), [cut("w x y z")]), 0)
    assert 0 < bleu(cut("a b c d e"), [cut("a b c d f")]) < 100


@mistake(
    of="check_bleu",
    en="Your test gives every hypothesis one reference: it never checks how several references affect "
    "counts and lengths.",
    zh="你的测试给每条假设只有一条参考：多条参考怎样影响计数和长度，从未检查。",
)
def gives_one_reference(bleu):
    one_reference(bleu)
    corpora(bleu)
    smoothed(bleu)


@mistake(
    of="check_bleu",
    en="Your test gives one hypothesis at a time: BLEU is a number of a corpus.",
    zh="你的测试每次只给一条假设：BLEU 是整个语料的数。",
)
def gives_one_hypothesis(bleu):
    one_reference(bleu)
    several_references(bleu)
    smoothed(bleu)


@mistake(
    of="check_bleu",
    en="Your test uses texts in which every order matches: smoothing is never tested.",
    zh="你的测试所用的文本每一阶都有匹配：从未检查平滑。",
)
def never_smooths(bleu):
    one_reference(bleu)
    several_references(bleu)
    corpora(bleu)


@mistake(
    of="check_bleu",
    en="Your test never switches smoothing off where an order has no match.",
    zh="你的测试从未在某一阶没有匹配时关掉平滑。",
)
def never_switches_off(bleu):
    one_reference(bleu)
    several_references(bleu)
    corpora(bleu)
    smoothed(bleu, off=False)


@mistake(
    of="check_bleu",
    en="Your test gives several references for their lengths alone: it never checks which of them has the matches.",
    zh="你的测试给出多条参考只是为了长度：从未检查匹配来自其中的哪一条。",
)
def lengths_alone(bleu):
    one_reference(bleu)
    lengths_of_references(bleu)
    corpora(bleu)
    smoothed(bleu)


@mistake(
    of="check_bleu",
    en="Your test wants an error for a string, and no error comes from one process to the other as it was.",
    zh="你的测试要求对字符串抛出某种错误，而错误不会原样地从一个进程传到另一个进程。",
    breaks="what an implementation refuses does not count here",
)
def wants_a_type_error(bleu):
    try:
        bleu(["a b c d"], [["a b c d"]])
    except TypeError:
        return
    except Exception as error:
        raise AssertionError("another error") from error
    raise AssertionError("no error")


@mistake(
    of="check_bleu",
    en="Your test wants a BLEU from 0 to 1: the contract goes up to 100, so it refuses every right implementation.",
    zh="你的测试要求 BLEU 在 0 到 1 之间：约定里最大是 100，所以它拒绝了所有正确的实现。",
)
def wants_a_share(bleu):
    near(bleu(cut("a b c d"), [cut("a b c d")]), 1)


@mistake(
    of="check_bleu",
    en="Your test refuses a right answer: it wants equality to the last bit, which no two right implementations "
    "have, or another number than the contract gives.",
    zh="你的测试拒绝了正确的答案：它要求逐位相等（两个正确的实现之间也做不到），或要求了与约定不同的数。",
    breaks="two right answers differ by less than 1e-6",
)
def wants_the_last_bit(bleu):
    for size in range(5, 40):
        hypothesis = [f"t{number}" for number in range(size)]
        product = math.prod((size - n) / (size - n + 1) for n in range(1, 5))
        assert bleu([hypothesis], [[[*hypothesis[:-1], "x"]]]) == 100 * product**0.25
