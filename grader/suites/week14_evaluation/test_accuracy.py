"""Hidden suite of week 14, accuracy.

What is likely is counted by going through all choices, with whole numbers; texts are written out.
Not covered: which version of Unicode a Python has.
"""

from fractions import Fraction
from itertools import combinations
from math import comb

import torch

from grader.suite import after, assert_raises, assert_same, claims, points, unchanged

EXACT = {"rtol": 1e-9, "atol": 0.0}
QUESTIONS, CHOICES = 31, 5


def exactly(n, c, k):
    return float(1 - Fraction(comb(n - c, k), comb(n, k)))


@points(1)
@claims(
    "The estimate is unbiased: the share of all choices of k among the n samples",
    "ValueError: `c` is not between 0 and `n`, or `k` is not between 1 and `n`",
)
def test_pass_at_k_by_counting(student):
    """Going through all choices of k samples gives the same share, for every c; impossible numbers are refused.

    逐一列举 k 个样本的所有选法，得到的比例相同，对每个 c 都如此；不可能的数应拒绝。
    """
    for n in (1, 2, 5, 7):
        for c in range(n + 1):
            for k in range(1, n + 1):
                chosen = list(combinations(range(n), k))
                share = sum(min(some) < c for some in chosen) / len(chosen)
                assert_same(student.pass_at_k(n, c, k), share)
    for wrong in ((5, -1, 1), (5, 6, 1), (5, 2, 0), (5, 2, 6), (5, 2, -1), (0, 0, 1), (5, 5, 6)):
        assert_raises(ValueError, student.pass_at_k, *wrong)


@points(1)
@claims("The relative error is below 1e-9 for every n up to 100,000, also where the result is very small")
def test_pass_at_k_of_many_samples(student):
    """With up to 100,000 samples nothing overflows, and small results keep their digits.

    样本多达 100,000 个也不溢出，很小的结果也不丢失精度。
    """
    for n, c, k in ((200, 3, 100), (1000, 499, 2), (2003, 1, 1000), (10_007, 5000, 5000), (99_991, 7, 31)):
        assert_same(student.pass_at_k(n, c, k), exactly(n, c, k), **EXACT)
    for n in (1021, 100_000):
        assert_same(student.pass_at_k(n, 1, 1), 1 / n, **EXACT)
        assert_same(student.pass_at_k(n, 1, 7), 7 / n, **EXACT)
        assert_same(student.pass_at_k(n, 7, 1), 7 / n, **EXACT)
        assert_same(student.pass_at_k(n, n // 2, n - n // 2 + 1), 1.0, **EXACT)
        assert_same(student.pass_at_k(n, n // 2, 2), exactly(n, n // 2, 2), **EXACT)


@points(1)
@claims(
    "Raw takes the choice with the largest logprob, normalised the one with the largest logprob / length",
    "`logprobs` are those of the whole choices, sums over their tokens",
    "No argument is changed",
)
def test_choices_by_hand(student, device):
    """Of five questions, raw has two and normalised three: a long choice has a smaller logprob for its length alone.

    五道题中，原始方式对两道，归一化对三道：长选项仅仅因为长，对数概率就更小。
    """
    logprobs = torch.tensor([[-4.0, -6, -9], [-4, -6, -9], [-4, -6, -9], [-3, -2, -7], [-1, -5, -5]], device=device)
    lengths = torch.tensor([[1, 2, 9], [3, 1, 9], [2, 6, 3], [1, 1, 3], [1, 9, 9]], device=device)
    # Raw chooses 0 0 0 1 0, normalised 2 2 1 1 1. Logprobs times lengths would choose 0 1 0 1 0.
    answers = torch.tensor([2, 0, 1, 1, 2], device=device)

    assert_same(unchanged(student.choice_accuracy, logprobs, lengths, answers), (0.4, 0.6))
    answers = torch.tensor([1, 1, 2, 0, 1], device=device)
    assert_same(student.choice_accuracy(logprobs, lengths, answers), (0.0, 0.2))
    assert_same(student.choice_accuracy(logprobs[:1], lengths[:1], answers[:1] + 1), (0.0, 1.0))


@points(1)
@claims("Of equals the first is taken")
def test_ties(student, device):
    """Of equally good choices the first is taken, in both ways: it is right or it is not.

    一样好的选项取第一个，两种方式都如此：要么对，要么错，没有一半。
    """
    logprobs = torch.tensor([[-9.0, -4, -4], [-6, -2, -4]], device=device)
    lengths = torch.tensor([[9, 1, 1], [3, 1, 2]], device=device)  # the quotients of the second are all -2

    for answer, raw, normalised in ((0, 0.0, 1.0), (1, 1.0, 0.0), (2, 0.0, 0.0)):
        expected = raw, normalised
        answers = torch.tensor([answer, answer], device=device)
        assert_same(student.choice_accuracy(logprobs, lengths, answers), expected)
    wide = torch.full((1, 101), -3.0, device=device)
    ones = torch.ones(1, 101, dtype=torch.int64, device=device)
    assert_same(student.choice_accuracy(wide, ones, torch.tensor([0], device=device)), (1.0, 1.0))


@points(1)
@claims("A question with fewer choices is filled up with logprobs of -inf")
def test_filled_up_questions(student, device):
    """A choice of -inf is not taken while there is another; half precision is divided in float64.

    有别的选项时不会选 -inf 的；半精度的数用 float64 相除。
    """
    never = float("-inf")
    logprobs = torch.tensor([[-8.0, never, never], [never, -9, -3], [never, never, -5000]], device=device)
    lengths = torch.tensor([[4, 1, 97], [1, 9, 1], [1, 97, 1]], device=device)
    answers = torch.tensor([0, 1, 2], device=device)
    assert_same(student.choice_accuracy(logprobs, lengths, answers), (2 / 3, 1.0))

    # -8.042 and -8.036 are the same number in float16.
    half = torch.tensor([[-24.125, -56.25]], device=device, dtype=torch.float16)
    lengths = torch.tensor([[3, 7]], device=device)
    got = student.choice_accuracy(half, lengths, torch.tensor([1], device=device))
    assert_same(got[1], 1.0)
    near = torch.tensor([[-3.0000000001, -3.0]], device=device, dtype=torch.float64)  # equal in float32
    got = student.choice_accuracy(near, torch.ones_like(lengths), torch.tensor([1], device=device))
    assert_same(got, (1.0, 1.0))


@points(1)
@after("test_choices_by_hand")
def test_random_choices(student, reference, rng):
    """On random questions, in float32, float64 and as views with gaps, both accuracies are the reference's.

    随机题目，float32、float64 以及不连续的视图，两种准确率都与参考答案一致。
    """
    lengths, answers = rng.integers(1, 13, CHOICES, QUESTIONS).T, rng.integers(0, CHOICES, 2 * QUESTIONS)[::2]
    for dtype in (torch.float32, torch.float64):
        logprobs = -rng.uniform(CHOICES, QUESTIONS, dtype=dtype).T * lengths - 0.1
        for case in range(3):
            arguments = logprobs, lengths, (answers + case) % CHOICES
            assert_same(student.choice_accuracy(*arguments), reference.choice_accuracy(*arguments))


@points(1)
@claims("ValueError: there is no question or no choice, the shapes do not fit, a logprob is NaN or above 0")
def test_refused_choices(student, device):
    """No question, shapes that do not fit, NaN, a positive logprob, a length of 0, an answer that is no choice.

    没有题目、形状不符、NaN、正的对数概率、长度为 0、答案不是任何选项：都应拒绝。
    """
    logprobs = torch.full((3, 2), -1.0, device=device)
    lengths, answers = torch.ones(3, 2, dtype=torch.int64, device=device), torch.tensor([0, 1, 0], device=device)
    student.choice_accuracy(logprobs * 0, lengths, answers)  # a probability of 1 is possible

    def spoilt(x, value):
        x = x.clone()
        x.view(-1)[-1] = value
        return x

    for wrong in (
        (logprobs[:0], lengths[:0], answers[:0]),
        (logprobs[:, :0], lengths[:, :0], answers),
        (logprobs, lengths[:, :1], answers),
        (logprobs, lengths[:1], answers),
        (logprobs, lengths.T, answers),
        (logprobs[0], lengths[0], answers[0]),
        (logprobs, lengths, answers[:2]),
        (logprobs, lengths, answers[:1]),
        (logprobs, lengths, answers[:, None]),
        (spoilt(logprobs, float("nan")), lengths, answers),
        (spoilt(logprobs, 0.01), lengths, answers),
        (logprobs, spoilt(lengths, 0), answers),
        (logprobs, spoilt(lengths, -1), answers),
        (spoilt(logprobs, -float("inf")), spoilt(lengths, 0), answers),
        (logprobs, lengths, spoilt(answers, 2)),
        (logprobs, lengths, spoilt(answers, -1)),
    ):
        assert_raises(ValueError, student.choice_accuracy, *wrong)


@points(1)
@claims("First Unicode's NFKC, which makes full-width letters, digits and signs plain ones", "Then `str.lower`")
def test_width_and_case(student):
    """Full-width letters, digits and spaces become plain ones, capitals become small ones.

    全角字母、数字和空格变成半角，大写变成小写。
    """
    assert_same(student.normalise_answer("ＡＢＣ　１２"), "abc 12")
    assert_same(student.normalise_answer("ﬁsh ①"), "fish 1")
    assert_same(student.normalise_answer("ÉCOLE e\u0301cole"), "école école")
    assert_same(student.normalise_answer("Straße"), "straße")
    assert_same(student.normalise_answer("𝐀𝐁 ℃"), "ab °c")  # plain letters first, then small ones
    assert_same(student.normalise_answer("Ｔｈｅ　Ｄｕｃｋ！"), "duck")


@points(1)
@claims("Then punctuation is deleted and leaves no space")
def test_punctuation(student):
    """Punctuation of both languages and signs such as $ and + are deleted and leave no space.

    两种语言的标点，以及 $、+ 等符号都删去，不留空格。
    """
    assert_same(student.normalise_answer("“湖、河、海！”（对吗？）《书》……——"), "湖河海对吗书")
    assert_same(student.normalise_answer("well-known, isn't it? (yes) [no] {or}"), "wellknown isnt it yes no or")
    assert_same(
        student.normalise_answer("$5 + 2=7 <a|b> x^y~z `q` a_b #1 @me 50% w\\v/u"), "5 27 ab xyz q ab 1 me 50 wvu"
    )
    assert_same(student.normalise_answer("¿qué? «oui» – „ja“ x•y"), "qué oui ja xy")
    assert_same(student.normalise_answer("5 € °C"), "5 € °c")  # symbols of neither kind stay
    assert_same(student.normalise_answer("soft\u00adhyphen a\u200bb"), "soft\u00adhyphen a\u200bb")  # category Cf


@points(1)
@claims('But "." stays between two digits, and "-" stays before a digit')
def test_numbers(student):
    """A decimal point and a sign belong to a number; a full stop, a hyphen and a comma between thousands do not.

    小数点和负号属于数；句号、连字符和千位逗号不属于。
    """
    for text, expected in (
        ("3.5", "3.5"),
        ("3.5.", "3.5"),
        ("1,000.25", "1000.25"),
        (".5", "5"),
        ("5.", "5"),
        ("v.2", "v2"),
        ("2.x", "2x"),
        ("3 . 5", "3 5"),
        ("10.20.30", "10.20.30"),
        ("1.2.3", "1.2.3"),
        ("a'-5", "a-5"),
        ("3,-5", "3-5"),
        ("3,.5", "35"),
        ("-5", "-5"),
        ("x = -5", "x -5"),
        ("(-5)", "-5"),
        ("是-5。", "是-5"),
        ("--5", "-5"),
        ("3-5", "35"),
        ("a-5", "a5"),
        ("- 5", "5"),
        ("5-", "5"),
        ("-x", "x"),
        ("－３．５", "-3.5"),
        ("٣.٤", "٣٤"),
        ("-٣", "٣"),
    ):
        assert_same(student.normalise_answer(text), expected)


@points(1)
@claims(
    "There are five steps in this order",
    "Then the words a, an and the are deleted, unless no other word is left",
    "Words are what `str.split` gives",
)
def test_articles(student):
    """Articles are deleted as whole words, also in front of Chinese; the choice "A" is not.

    冠词作为整个单词删去，在汉字前也一样；选项 "A" 不删。
    """
    for text, expected in (
        ("The cat and a dog ate an apple", "cat and dog ate apple"),
        ("theory of another banana", "theory of another banana"),
        ("THE\tend\nof the", "end of"),
        ("a-b the.cat", "ab thecat"),
        ("A", "a"),
        ("(A).", "a"),
        ("the, cat; “a” dog", "cat dog"),
        ("the a", "the a"),
        ("the 湖", "湖"),
        ("湖 the 边", "湖边"),
        ("a湖", "a湖"),
        ("les an", "les"),
    ):
        assert_same(student.normalise_answer(text), expected)


@points(1)
@claims("At last one space stands between words, none at the ends, and none next to a Chinese character")
def test_spaces(student):
    """One space between words, none at the ends, none next to a Chinese character; other characters keep theirs.

    单词之间一个空格，两端没有，汉字旁边没有；其他文字保留空格。
    """
    for text, expected in (
        ("  two \t\n words  ", "two words"),
        ("我 喜欢 鸭子", "我喜欢鸭子"),
        ("我 喜欢 Tom 的 duck boat 。", "我喜欢tom的duck boat"),
        ("共 12 只", "共12只"),
        ("一 二", "一二"),
        ("\u4e00 x \u9fff y", "\u4e00x\u9fffy"),
        ("かな カナ", "かな カナ"),
        ("\u3400 x", "\u3400 x"),
        ("안녕 세상", "안녕 세상"),
        ("a\u3000\u00a0b c", "b c"),
        ("", ""),
        (" 。! ", ""),
    ):
        assert_same(student.normalise_answer(text), expected)


@points(1)
@claims("Nothing is forgiven beyond that: a prediction that contains the answer and says more is wrong")
def test_exact_match(student):
    """Both sides are normalised, any reference will do, and nothing else is forgiven. Empty equals empty.

    两边都先归一化，与任一参考相同即可，此外一概不放宽。空与空相同。
    """
    for prediction, references, expected in (
        ("The Duck!", ["duck"], True),
        ("duck", ["goose", "A DUCK."], True),
        ("duck", ["goose", "A  DUCK."], True),
        ("goose", ["goose", "duck"], True),
        ("鸭 子", ["一只鸭子", "鸭子。"], True),
        ("It is a duck", ["duck"], False),
        ("du", ["duck"], False),
        ("duck", ["du"], False),
        ("ducks", ["duck"], False),
        ("duck goose", ["duck", "goose"], False),
        ("goose duck", ["duck goose"], False),
        ("3.5", ["35"], False),
        ("-5", ["5"], False),
        ("3.0", ["3"], False),
        ("07", ["7"], False),
        ("B", ["A"], False),
        ("", ["."], True),
        ("", ["duck"], False),
        ("duck", [""], False),
    ):
        assert_same(student.exact_match(prediction, references), expected)
        assert_same(student.exact_match(prediction, tuple(references[::-1])), expected)


@points(1)
@claims("TypeError: `references` is a string instead of a list of strings", "ValueError: there is no reference")
def test_refused_references(student):
    """A string in the place of the references is a TypeError, no reference a ValueError.

    参考的位置放了字符串应抛出 TypeError，没有参考应抛出 ValueError。
    """
    for text in ("duck", "d", ""):
        assert_raises(TypeError, student.exact_match, "d", text)
    assert_raises(ValueError, student.exact_match, "d", [])
    assert_raises(ValueError, student.exact_match, "", ())
