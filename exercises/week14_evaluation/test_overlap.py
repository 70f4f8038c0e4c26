"""Visible examples of week 14, overlap: every number can be checked by hand."""

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
