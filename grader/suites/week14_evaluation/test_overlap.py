"""Hidden suite of week 14, overlap.

Worked numbers stand before random texts over few tokens, in which every count occurs.
Not covered: how long a corpus takes.
"""

import copy
import math

from grader.suite import after, assert_raises, assert_same, call_and_keep, claims, points

LONG = 997


def texts(rng, count, low, high, kinds=5):
    """Random texts over a few tokens."""
    sizes = rng.integers(low, high, count).tolist()
    return [[f"t{kind}" for kind in rng.integers(0, kinds, size).tolist()] for size in sizes]


def corpus(rng, low=0, high=17, kinds=5):
    """Hypotheses, and for each of them one to three references."""
    hypotheses = texts(rng, 7, low, high, kinds)
    return hypotheses, [texts(rng, 1 + place % 3, low, high, kinds) for place in range(7)]


def words(*lines):
    return [line.split() for line in lines]


@points(1)
@claims("BLEU = 100 BP (p_1 p_2 p_3 p_4)^(1/4)")
def test_bleu_by_hand(student):
    """Precisions of 5/6, 3/5, 2/4 and 1/3: BLEU is 100 times the fourth root of 1/12. An exact copy has 100.

    匹配率为 5/6、3/5、2/4、1/3：BLEU 是 100 乘以 1/12 的四次方根。完全相同则为 100。
    """
    got = student.bleu(words("a b c d x e"), [words("a b c d e f")])

    assert_same(got, 100 * (1 / 12) ** 0.25)
    assert_same(student.bleu(words("a b c d"), [words("a b c d")]), 100.0)


@points(1)
@claims("Matches are clipped within each hypothesis")
def test_bleu_clips(student):
    """What a text says more often than its reference counts only as often as there, hypothesis by hypothesis.

    假设中某个 n 元组比参考里多出来的次数不算；每条假设各自截断。
    """
    # 2 of 7, then nothing: 1/2 of 6, 1/4 of 5 and 1/8 of 4.
    got = student.bleu(words("the the the the the the the"), [words("the cat is on the mat x")])
    assert_same(got, 100 * (2 / 7 * 1 / 12 * 1 / 20 * 1 / 32) ** 0.25)

    # "x x x x" matches once; that the other reference has more of them is of no use.
    got = student.bleu(words("x x x x", "a b c d"), [words("x b c d"), words("x x x x")])
    assert_same(got, 100 * (1 / 8 * 1 / 12 * 1 / 16 * 1 / 16) ** 0.25)


@points(1)
@claims("The precision p_n is a quotient of two sums over all hypotheses")
def test_bleu_of_a_corpus(student):
    """Counts of all hypotheses are added up before anything is divided: a long text weighs more than a short one.

    先把所有假设的计数加起来再相除：长文本的分量比短文本大。
    """
    # 13 of 14, 11 of 12, 9 of 10, 7 of 8.
    got = student.bleu(words("a b c d", "e f g h i j k l m x"), [words("a b c d"), words("e f g h i j k l m n")])

    assert_same(got, 100 * (13 / 14 * 11 / 12 * 9 / 10 * 7 / 8) ** 0.25)


@points(1)
@claims("brevity penalty BP is exp(1 - r / c) where c < r, otherwise 1")
def test_brevity_penalty(student):
    """A hypothesis of 4 against a reference of 7 has exp(1 - 7/4); one that is too long pays in precision only.

    4 个词元对 7 个词元，惩罚是 exp(1 - 7/4)；假设过长时，只在精确率上吃亏。
    """
    assert_same(student.bleu(words("a b c d"), [words("a b c d e f g")]), 100 * math.exp(-0.75))

    got = student.bleu(words("a b c d e f g"), [words("a b c d")])
    assert_same(got, 100 * (4 / 7 * 3 / 6 * 2 / 5 * 1 / 4) ** 0.25)

    # Lengths are added up over the corpus: 9 against 9, no penalty, though one of the two is short.
    got = student.bleu(words("a b c d", "a b c d e"), [words("a b c d e"), words("a b c d")])
    assert_same(got, 100 * (8 / 9 * 6 / 7 * 4 / 5 * 2 / 3) ** 0.25)


@points(1)
@claims("Of several references, r counts the length that is closest")
def test_length_of_several_references(student):
    """Of references of 5, 7 and 11 tokens, a text of 6 is held against 5, one of 9 against 7, one of 10 against 11.

    参考有 5、7、11 个词元时，6 个词元的假设与 5 比，9 个的与 7 比，10 个的与 11 比。
    """
    references = words("a b c d e", "a b c d e f g", "a b c d e f g h i j k")
    for order in (references, references[::-1], [references[1], references[2], references[0]]):
        for size in (6, 9):
            assert_same(student.bleu([references[2][:size]], [order]), 100.0)
        assert_same(student.bleu([references[2][:10]], [order]), 100 * math.exp(1 - 11 / 10))
        assert_same(student.bleu([references[0][:4]], [order]), 100 * math.exp(1 - 5 / 4))


@points(1)
@claims("list of all references of", "each hypothesis may have another number of them")
def test_counts_of_several_references(student):
    """An n-gram counts as often as in the one reference that has it most often: counts of two are not added up.

    n 元组最多计入出现次数最多的那一条参考中的次数；不同参考的次数不相加。
    """
    # "x" stands once in each reference: of four, one matches, and so do y and z.
    got = student.bleu(words("x x x y z w"), [words("x y z w", "z x", "x")])

    assert_same(got, 100 * (4 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25)
    # Words of both references, and another hypothesis with one.
    got = student.bleu(words("a b c d e f", "g h i j"), [words("a b c x x x", "y y y d e f"), words("g h i j")])
    assert_same(got, 100 * (10 / 10 * 7 / 8 * 4 / 6 * 1 / 4) ** 0.25)


@points(1)
@claims("Where p_n would be 0, `smoothing` decides")
def test_smoothing(student):
    """Of 2 orders without a match, the first counts 1/2 and the second 1/4; without smoothing BLEU is 0.

    有两阶没有匹配时，第一个按 1/2 计，第二个按 1/4 计；不平滑时 BLEU 为 0。
    """
    texts = words("a b x c d"), [words("a b y c d")]

    # 4 of 5, 2 of 4, none of 3 and none of 2
    for arguments in ((), ("exp",)):
        assert_same(student.bleu(*texts, *arguments), 100 * (4 / 5 * 2 / 4 * (1 / 2) / 3 * (1 / 4) / 2) ** 0.25)
    assert_same(student.bleu(*texts, smoothing="none"), 0.0)
    # Where every order has a match, both agree.
    for smoothing in ("exp", "none"):
        assert_same(student.bleu(words("a b c d x"), [words("a b c d y")], smoothing), 100 * 0.2**0.25)


@points(1)
@claims(
    "With both, BLEU is 0 if no n-gram of any order matches",
    "A text may be empty",
)
def test_nothing_in_common(student):
    """Nothing in common, texts of fewer than 4 tokens, empty texts: BLEU is 0. A short text among others does no harm.

    毫无共同之处、不足 4 个词元、空文本：BLEU 都为 0。其中只有一条短文本则无妨。
    """
    for smoothing in ("exp", "none"):
        assert_same(student.bleu(words("a b c d e"), [words("v w x y z")], smoothing), 0.0)
        assert_same(student.bleu(words("a b c", "d"), [words("a b c"), words("d")], smoothing), 0.0)
        assert_same(student.bleu(words("", ""), [words("a b c d"), words("")], smoothing), 0.0)
        got = student.bleu(words("a b c d e f", "g", ""), [words("a b c d e f"), words("g"), words("")], smoothing)
        assert_same(got, 100.0)
        # An empty hypothesis still makes the whole too short.
        assert_same(
            student.bleu(words("a b c d", ""), [words("a b c d"), words("a b")], smoothing), 100 * math.exp(-0.5)
        )


@points(1)
@after("test_bleu_by_hand")
@claims("No argument is changed")
def test_bleu_of_random_texts(student, reference, rng):
    """On random texts with up to three references each, BLEU is that of the reference solution; no argument is
    changed.

    随机文本、每条至多三条参考时，BLEU 与参考答案一致；参数保持不变。
    """
    for smoothing in ("exp", "none"):
        # Tokens that differ only in their case, and tokens that give the same string when they are joined.
        apart = words("A b c d e", "ab c d e f"), [words("a b c d e"), words("a bc d e f")]
        assert_same(student.bleu(*apart, smoothing), reference.bleu(*apart, smoothing))
        for kinds in (3, 5, 11):
            arguments = corpus(rng, kinds=kinds)
            got, kept, _ = call_and_keep(student.bleu, *arguments, smoothing)
            assert_same(got, reference.bleu(*arguments, smoothing))
            assert_same(list(kept[:2]), list(arguments))


@points(1)
@claims("TypeError: a hypothesis or a reference is a string instead of a list of tokens")
def test_bleu_refuses_strings(student):
    """A string in the place of a list of tokens is a TypeError, wherever it stands.

    该放词元列表的地方放了字符串，无论在哪里，都应抛出 TypeError。
    """
    good = ["a", "b", "c", "d"]
    assert_raises(TypeError, student.bleu, ["a b c d"], [[good]])
    assert_raises(TypeError, student.bleu, [good, "a b c d"], [[good], [good]])
    assert_raises(TypeError, student.bleu, [good], [["a b c d"]])
    assert_raises(TypeError, student.bleu, [good], [[good, "a b c d"]])
    assert_raises(TypeError, student.bleu, [good], ["a b c d"])
    assert_raises(TypeError, student.bleu, [good, ""], [[good], [good]])
    for text in ("a", ""):
        assert_raises(TypeError, student.bleu, [good], [[good, text]])


@points(1)
@claims("ValueError: there is no hypothesis, a hypothesis has no reference, the two lists differ in length")
def test_bleu_refuses_the_rest(student):
    """No hypothesis, no reference, lists of different lengths and an unknown smoothing are a ValueError.

    没有假设、没有参考、两个列表长度不同、未知的平滑方式：都应抛出 ValueError。
    """
    good = ["a", "b", "c", "d"]
    assert_raises(ValueError, student.bleu, [], [])
    assert_raises(ValueError, student.bleu, [good, good], [[good], []])
    assert_raises(ValueError, student.bleu, [good, good], [[good]])
    assert_raises(ValueError, student.bleu, [good], [[good], [good]])
    assert_raises(ValueError, student.bleu, [good], [[good]], "add-k")
    assert_raises(ValueError, student.bleu, [good], [[good]], "")


@points(1)
@claims("Precision divides the number of common n-grams by the number in the hypothesis")
def test_rouge_n_by_hand(student):
    """Three words of four are among the six of the reference: precision 3/4, recall 1/2, F1 3/5.

    四个词中有三个出现在参考的六个词里：精确率 3/4，召回率 1/2，F1 3/5。
    """
    got = student.rouge_n("the cat sat down".split(), ["on the mat the cat sat".split()], 1)

    assert_same(got, (0.75, 0.5, 0.6))
    got = student.rouge_n(list("我们明天去公园"), [list("我们今天去公园玩")], 2)  # 我们, 天去, 去公, 公园 of 6 and of 7
    assert_same(got, (4 / 6, 4 / 7, 8 / 13))


@points(1)
@claims("An n-gram is common as often as it stands in both texts: the smaller of its two counts")
def test_rouge_n_counts_repetitions(student):
    """A word that stands 3 times in one text and 2 times in the other is common 2 times.

    一个词在一边出现 3 次、在另一边出现 2 次，算共有 2 次。
    """
    assert_same(student.rouge_n("a a a b".split(), ["a a c c c".split()], 1), (0.5, 0.4, 4 / 9))
    assert_same(student.rouge_n("a a c c c".split(), ["a a a b".split()], 1), (0.4, 0.5, 4 / 9))
    assert_same(student.rouge_n("A ab c".split(), ["a a bc".split()], 1), (0.0, 0.0, 0.0))
    assert_same(student.rouge_n("ab c".split(), ["a bc".split()], 2), (0.0, 0.0, 0.0))


@points(1)
@claims("What would be 0 / 0 is 0")
def test_rouge_of_nothing(student):
    """Nothing in common, a text shorter than n, empty texts: all three numbers are 0.

    毫无共同之处、文本短于 n、空文本：三个数都是 0。
    """
    for hypothesis, other in (("a b", "c d"), ("", "a b"), ("a b", ""), ("", "")):
        for n in (1, 2, 3):
            assert_same(student.rouge_n(hypothesis.split(), [other.split()], n), (0.0, 0.0, 0.0))
        assert_same(student.rouge_l(hypothesis.split(), [other.split()]), (0.0, 0.0, 0.0))
    assert_same(student.rouge_n(["a", "b"], [["a", "b"]], 3), (0.0, 0.0, 0.0))


@points(1)
@claims("Of several references the one with the highest F1 gives all three numbers, and of equals the first")
def test_rouge_of_several_references(student):
    """The reference with the best F1 gives all three numbers; of two that are as good, the first does.

    F1 最高的那条参考给出全部三个数；一样高时取第一条。
    """
    hypothesis = "a b c d".split()
    # F1 of 2/5, 1/2 and 2/3; the second has the highest precision.
    references = words("a", "a b c v w x y z", "a b")
    best = (0.5, 1.0, 2 / 3)
    for order in (references, references[::-1]):
        assert_same(student.rouge_n(hypothesis, order, 1), best)
        assert_same(student.rouge_l(hypothesis, order), best)

    # 1 of 4 and 1 of 1; 4 of 4 and 4 of 16: both F1 are 2/5, however they are worked out.
    one, other = ["a"], [*"abcd", *"stuvwxyzklmn"]
    for function, rest in ((student.rouge_n, (1,)), (student.rouge_l, ())):
        assert_same(function(hypothesis, [one, other], *rest), (0.25, 1.0, 0.4))
        assert_same(function(hypothesis, [other, one], *rest), (1.0, 0.25, 0.4))


@points(1)
@claims(
    "the longest common subsequence: tokens that stand in both texts in the same order",
    "Precision divides its length by that of the hypothesis, recall by that of the reference",
)
def test_rouge_l_by_hand(student):
    """Gaps are allowed, another order is not; the greedy choice is not always the longest.

    允许中间隔着别的词元，不允许颠倒次序；贪心的选择不一定最长。
    """
    assert_same(student.rouge_l(list("gunmen"), [list("gurmezn")]), (5 / 6, 5 / 7, 10 / 13))
    # The longest run is x y z; the longest subsequence a b c d lies around it.
    assert_same(student.rouge_l(list("abxyzcd"), [list("xyzabcd")]), (5 / 7, 5 / 7, 5 / 7))
    assert_same(student.rouge_l(list("axbxcxd"), [list("axyabcd")]), (5 / 7, 5 / 7, 5 / 7))
    assert_same(student.rouge_l(list("dcba"), [list("abcd")]), (0.25, 0.25, 0.25))
    assert_same(student.rouge_l(list("ABcd"), [list("abcd")]), (0.5, 0.5, 0.5))
    assert_same(student.rouge_l(list("明天我们去公园"), [list("我们明天去公园玩")]), (5 / 7, 5 / 8, 2 / 3))


@points(1)
@claims("The text is one sequence, not cut into sentences")
def test_rouge_l_knows_no_sentences(student):
    """A full stop is a token like any other: sentences in another order are not both common.

    句号与其他词元一样：次序不同的两个句子不能都算共有。
    """
    assert_same(student.rouge_l("a b . c d".split(), ["c d . a b".split()]), (0.4, 0.4, 0.4))


@points(1)
@after("test_rouge_l_by_hand")
def test_rouge_of_random_texts(student, reference, rng):
    """On random texts with several references, both scores are those of the reference; no argument is changed.

    随机文本、多条参考时，两种得分都与参考答案一致；参数保持不变。
    """
    # Of references whose F1 are equal but for rounding, anyone may be first: of several only F1 is compared.
    for hypothesis, references in zip(*corpus(rng, 1, 23, 7), strict=True):
        for name, rest in (("rouge_n", (1,)), ("rouge_n", (2,)), ("rouge_n", (3,)), ("rouge_l", ())):
            function, expected = getattr(student, name), getattr(reference, name)
            got, kept, _ = call_and_keep(function, hypothesis, copy.deepcopy(references), *rest)
            assert_same(got[2], expected(hypothesis, references, *rest)[2])
            assert_same(list(kept[:2]), [hypothesis, references])
            assert_same(function(hypothesis, references[:1], *rest), expected(hypothesis, references[:1], *rest))


@points(1)
@claims("Texts may have a thousand tokens")
def test_rouge_l_of_long_texts(student, reference, rng):
    """Texts of a thousand tokens work: no recursion as deep as they are long.

    上千个词元的文本也可以：递归的深度不能随长度增长。
    """
    (one, other) = texts(rng, 2, LONG, LONG + 1, kinds=101)

    assert_same(student.rouge_l(one, [other[:-6]]), reference.rouge_l(one, [other[:-6]]))


@points(1)
@claims(
    "TypeError: the hypothesis, a reference, or `references` itself is a string",
    "ValueError: there is no reference, or `n` is less than 1",
    "F1, 0 / 0, several references and errors are as in `rouge_n`",
)
def test_rouge_refuses(student):
    """A string in the place of a list is a TypeError; no reference, or n below 1, is a ValueError.

    该放列表的地方放了字符串，应抛出 TypeError；没有参考或 n 小于 1，应抛出 ValueError。
    """
    good = ["a", "b"]
    for function, rest in ((student.rouge_n, (1,)), (student.rouge_l, ())):
        assert_raises(TypeError, function, "a b", [good], *rest)
        assert_raises(TypeError, function, good, ["a b"], *rest)
        assert_raises(TypeError, function, good, [good, "a b"], *rest)
        assert_raises(TypeError, function, good, "a b", *rest)
        assert_raises(TypeError, function, "", [good], *rest)
        for text in ("a", ""):
            assert_raises(TypeError, function, good, [good, text], *rest)
        assert_raises(ValueError, function, good, [], *rest)
    for n in (0, -1):
        assert_raises(ValueError, student.rouge_n, good, [good], n)
