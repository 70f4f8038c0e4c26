"""Visible examples of week 04, segment: every number can be checked by hand."""

import math

from grader.suite import assert_same

WORDS = ["研究", "研究生", "生命", "起源"]


def test_maximum_matching(student):
    """From the left, 研究生 is taken and 命 is left alone; from the right, 生命 is.

    从左边取到“研究生”，剩下单字“命”；从右边取到的是“生命”。
    """
    assert_same(student.maximum_match("研究生命的起源", WORDS), ["研究生", "命", "的", "起源"])
    assert_same(student.maximum_match("研究生命的起源", WORDS, "backward"), ["研究", "生命", "的", "起源"])


def test_both_directions(student):
    """Both have four pieces; the backward result has one piece of a single character, the forward one two. Of abcde,
    the forward result is taken, which has fewer pieces.

    两者都是四段；反向的结果只有一个单字，正向有两个。abcde 则取正向的结果：它的段数少。
    """
    assert_same(student.bidirectional_match("研究生命的起源", WORDS), ["研究", "生命", "的", "起源"])
    assert_same(student.bidirectional_match("abcde", ["abc", "de", "cde"]), ["abc", "de"])


def test_bigrams(student):
    """One sentence, a b: b follows a in 1 of 1, and is 1 of 3 words and ends; with one more each, 2 of 7. c never
    occurred: nothing follows it, so that only the second part is left.

    只有一个句子 a b：a 之后 1 次中有 1 次是 b；b 在 3 个词和结尾中占 1 个，各加 1 后是 2/7。
    c 从未出现：没有词跟在它后面，只剩第二部分。
    """
    segmenter = student.BigramSegmenter([["a", "b"]], 0.5)

    assert_same(segmenter.log_probability("a", "b"), math.log(0.5 * 1 / 1 + 0.5 * 2 / 7))
    assert_same(segmenter.log_probability("c", "b"), math.log(0.5 * 2 / 7))
    assert_same(student.BigramSegmenter([["a"]], 0.8).log_probability("", "a"), math.log(0.8 * 1 / 1 + 0.2 * 2 / 5))
    assert_same(segmenter.segment("ab"), ["a", "b"])
    assert_same(segmenter.segment("bA"), ["b", "A"])
