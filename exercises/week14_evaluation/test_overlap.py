"""Visible examples of week 14, overlap: every number can be checked by hand."""

import math

from grader.suite import assert_same


def test_bleu(student):
    """Hypothesis "a b c d e" against "a b c d f": 4/5, 3/4, 2/3 and 1/2 match; their product is 1/5.

    假设 "a b c d e" 对参考 "a b c d f"：匹配率为 4/5、3/4、2/3、1/2，乘积是 1/5。
    """
    got = student.bleu([list("abcde")], [[list("abcdf")]])

    assert_same(got, 100 * 0.2**0.25)


def test_bleu_of_chinese(student):
    """By characters, 小猫坐在垫子上 against 小猫坐在椅子上: 6/7, 4/6, 2/5 and 1/4 match; the product is 2/35.

    按字计算，“小猫坐在垫子上”对“小猫坐在椅子上”：匹配率为 6/7、4/6、2/5、1/4，乘积是 2/35。
    """
    got = student.bleu([list("小猫坐在垫子上")], [[list("小猫坐在椅子上")]])

    assert_same(got, 100 * (2 / 35) ** 0.25)


def test_rouge_n(student):
    """Bigrams of "the cat sat" and "the cat sat on the mat": 2 common ones, of 2 and of 5.

    "the cat sat" 与 "the cat sat on the mat" 的二元组：共有 2 个，分别在 2 个和 5 个之中。
    """
    got = student.rouge_n("the cat sat".split(), ["the cat sat on the mat".split()], 2)

    assert_same(got, (1.0, 0.4, 4 / 7))


def test_rouge_l(student):
    """ "a x b y c z" and "a b c d" have a b c in common: 3 of 6 and 3 of 4.

    "a x b y c z" 与 "a b c d" 的公共子序列是 a b c：6 个中的 3 个，4 个中的 3 个。
    """
    got = student.rouge_l("a x b y c z".split(), ["a b c d".split()])

    assert_same(got, (0.5, 0.75, 0.6))


def test_bleu_of_two_texts(student):
    """Counts are added up first: 9 of 10 tokens match, then 7 of 8, 5 of 6 and 3 of 4; the references have 11 tokens.

    先把计数加起来：10 个词元中匹配 9 个，然后是 8 个中 7 个、6 个中 5 个、4 个中 3 个；参考共 11 个词元。
    """
    got = student.bleu([list("abcdex"), list("klmn")], [[list("abcdef")], [list("klmno")]])

    assert_same(got, 100 * math.exp(1 - 11 / 10) * (9 / 10 * 7 / 8 * 5 / 6 * 3 / 4) ** 0.25)


def test_bleu_of_repeated_tokens(student):
    """The reference has one x, so one of three matches: 5 of 7, then 4 of 6, 3 of 5, 2 of 4. Length costs nothing more.

    参考里只有一个 x，所以三个 x 只匹配一个：7 个中 5 个，然后是 6 个中 4 个、5 个中 3 个、4 个中 2 个。过长不另外受罚。
    """
    got = student.bleu([list("xxxabcd")], [[list("xabcd")]])

    assert_same(got, 100 * (5 / 7 * 4 / 6 * 3 / 5 * 2 / 4) ** 0.25)


def test_bleu_without_smoothing(student):
    """No run of four tokens matches: 0, unless it is smoothed.

    没有连续四个词元匹配：不平滑则为 0。
    """
    assert_same(student.bleu([list("abcxd")], [[list("abcyd")]], "none"), 0.0)


def test_bleu_with_two_references(student):
    """Of references of 8 and 4 tokens the second is closer in length to a text of 5, and matches come from both.

    5 个词元的文本与 4 个词元的参考比长度（它比 8 个的更接近），而匹配来自两条参考。
    """
    got = student.bleu([list("abcde")], [[list("abcdwxyz"), list("cdez")]])

    assert_same(got, 100 * (5 / 5 * 4 / 4 * 3 / 3 * 1 / 2) ** 0.25)


def test_rouge_of_repeated_and_turned_tokens(student):
    """a stands three times in one text and twice in the other: two are common. Backwards, one token at a time is.

    a 在一边出现三次、另一边两次：共有两次。次序颠倒时，公共子序列只有一个词元。
    """
    assert_same(student.rouge_n(list("aaab"), [list("aac")], 1), (0.5, 2 / 3, 4 / 7))
    assert_same(student.rouge_l(list("cba"), [list("abc")]), (1 / 3, 1 / 3, 1 / 3))
