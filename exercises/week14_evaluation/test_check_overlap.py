"""Visible examples of week 14, check_overlap: implementations that are plainly right or plainly wrong."""

import math
from collections import Counter

from grader.suite import accepts, catches


def plainly(hypotheses, references, smoothing="exp"):
    """A right implementation: one step after the other."""
    product, half = 1.0, 1.0
    for n in (1, 2, 3, 4):
        matches = total = 0
        for hypothesis, others in zip(hypotheses, references, strict=True):
            mine = Counter(tuple(hypothesis[i : i + n]) for i in range(len(hypothesis) - n + 1))
            theirs = [Counter(tuple(other[i : i + n]) for i in range(len(other) - n + 1)) for other in others]
            total += sum(mine.values())
            matches += sum(min(count, max(other[gram] for other in theirs)) for gram, count in mine.items())
        if total == 0 or (matches == 0 and (n == 1 or smoothing == "none")):
            return 0.0
        half = half / 2 if matches == 0 else half
        product *= (matches or half) / total
    c = sum(map(len, hypotheses))
    r = sum(
        min((abs(len(one) - len(hypothesis)), len(one)) for one in others)[1]
        for hypothesis, others in zip(hypotheses, references, strict=True)
    )
    return 100 * product**0.25 * min(1.0, math.exp(1 - r / c))


def always_perfect(hypotheses, references, smoothing="exp"):
    """No thought at all."""
    return 100.0


def share_of_words(hypotheses, references, smoothing="exp"):
    """Single words alone: their order does not matter."""
    words = [word for hypothesis in hypotheses for word in hypothesis]
    known = {word for others in references for one in others for word in one}
    return 100.0 * sum(word in known for word in words) / max(1, len(words))


def test_accepts_a_right_implementation(student):
    """Your test lets a right implementation pass, also where its last digits are others.

    你的测试放行一个正确的实现，即使它的最后几位数字不同。
    """
    accepts(student.check_bleu, plainly)
    accepts(student.check_bleu, lambda *texts, **more: round(plainly(*texts, **more), 7))


def test_catches_the_constant(student):
    """Your test catches an implementation that finds everything perfect.

    你的测试能发现认为一切都是满分的实现。
    """
    catches(student.check_bleu, always_perfect, en="Compare with one number.", zh="至少与一个数比较。")


def test_catches_single_words(student):
    """Your test catches an implementation that looks at single words only.

    你的测试能发现只看单个词的实现。
    """
    catches(student.check_bleu, share_of_words, en="Let the order of the words matter.", zh="让词的次序起作用。")
