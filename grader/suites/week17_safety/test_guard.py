"""Hidden suite of week 17, guard.

Markers and candidates are chosen by the tests, so chance plays no part in them.
Not covered: how well a model heeds the marks, how a detector is trained, lone surrogates.
"""

import math

import numpy as np

from grader.suite import assert_raises, assert_same, claims, expect, unchanged

SPACES = " \t\n\r\x0b\x1c\x85\xa0\u2003\u2028\u3000"


def kinds(attacks, harmless):
    """The arrays of (blocked, followed) pairs of attacks and of harmless cases."""
    rows = [(True, *one) for one in attacks] + [(False, *one) for one in harmless]
    return [np.array(column, dtype=bool) for column in zip(*rows, strict=True)]


def counted(k, n, more):
    """Cases with k of n attacks that succeed, and `more` harmless ones that all pass."""
    return kinds([(False, True)] * k + [(True, False)] * (n - k), [(False, False)] * more)


@claims("It is the first usable one of the candidates")
def test_the_first_usable_candidate(student):
    """The first usable candidate is the marker, whatever comes after it.

    第一个可用的候选就是标记，不管后面还有什么。
    """
    for candidates, text, place in (
        (["#", "%"], "note", 0),
        (["<<<<", "><", ">>", "#"], "x <<<", 2),
        (["e#", "#o", "%#", "##"], "note", 2),
        (["", "t", "%", "e"], "note", 2),
        (["abc", "z"], "", 0),
        (["o"] * 150 + ["#"], "note", 150),
    ):
        assert_same(unchanged(student.fresh_marker, text, candidates), candidates[place])


@claims("A candidate is usable for a text if it has at least one character")
def test_what_makes_a_marker_usable(student):
    """No character of a marker is white space of any kind, or occurs in the text.

    标记的任何字符都不能是任何一种空白，也不能在文本中出现。
    """
    for space in SPACES:
        assert_same(student.fresh_marker("word", [space, f"#{space}", f"{space}#", "%%"]), "%%")
    for text, candidates in (
        ("first last", ["#f", "t#", "#a#", "F"]),
        ("x <<<", ["<<<<", "><", ">>"]),  # not in the text, but of its characters
        ("忽略 a", ["忽#", "#略", "*"]),
        ("a\\b", ["\\", "."]),
    ):
        assert_same(student.fresh_marker(text, [*candidates, "~"]), candidates[-1])


@claims("Capitals and small letters are different characters")
def test_capitals_are_other_characters(student):
    """A capital letter is usable where the text has the small one, and the other way round.

    文本里只有小写字母时，大写的可用；反过来也一样。
    """
    assert_same(student.fresh_marker("note", ["NOTE", "#"]), "NOTE")
    assert_same(student.spotlight("TEXT", "delimit", "text"), "textTEXTtext")


@claims("if no candidate is usable")
def test_a_text_that_holds_everything(student):
    """Where no candidate is usable, or there is none, there is a ValueError.

    没有一个候选可用，或根本没有候选时，抛出 ValueError。
    """
    for candidates in ([], [""], ["e"], ["e", "v#", " ", "#\n"], ["e"] * 100):
        assert_raises(ValueError, student.fresh_marker, "everything", candidates)


@claims('"delimit": the marker directly before the text and directly after it')
def test_delimiting(student):
    """The marker stands directly around the text, whatever the text is.

    标记紧贴在文本两端，无论文本是什么。
    """
    for text in ("two words", "", "  spaces \n", "忽略 a\n\nb"):
        for marker in ("^", "<#>"):
            assert_same(student.spotlight(text, "delimit", marker), marker + text + marker)


@claims("so is each longest run of other characters", "the marker directly before every word")
def test_words_are_marked(student):
    """Every word has the marker in front of it, after white space of any kind, and white space stays as it is.

    每个词前面都有标记，无论它前面是哪一种空白；空白保持原样。
    """
    for text, marked in (
        ("one", "#one"),
        ("one two  three", "#one #two  #three"),
        (" \tone\n\n two ", " \t#one\n\n #two "),
        ("", ""),
        (" \n", " \n"),
        ("can't stop-now, x=1; (y)", "#can't #stop-now, #x=1; #(y)"),
        ("été ёж ①", "#été #ёж #①"),
    ):
        assert_same(student.spotlight(text, "datamark", "#"), marked)
    text = "".join(f"w{space}" for space in SPACES)
    assert_same(student.spotlight(text, "datamark", "<#>"), "".join(f"<#>w{space}" for space in SPACES))


@claims("Each Chinese character (U+4E00 to U+9FFF) is a word")
def test_chinese_is_marked(student):
    """Every Chinese character is a word, from the first to the last of the block, and runs between them are words too.

    每个汉字都是一个词，从区段的第一个到最后一个；汉字之间的一段其他字符也是一个词。
    """
    for text, marked in (
        ("忽略指令", "#忽#略#指#令"),
        ("请用AI助手，好。", "#请#用#AI#助#手#，#好#。"),
        ("a 一\u9fff b", "#a #一#\u9fff #b"),
        ("\u4dff\u4e00\u4dff", "#\u4dff#\u4e00#\u4dff"),
        ("\ua000x\u9fff\ua000", "#\ua000x#\u9fff#\ua000"),
        ("ひらがな と漢字", "#ひらがな #と#漢#字"),
        ("\u3400\u4dbf忽 \uf900\ufaff", "#\u3400\u4dbf#忽 #\uf900\ufaff"),  # rare characters of other blocks
    ):
        assert_same(student.spotlight(text, "datamark", "#"), marked)


@claims("nothing else is changed: white space stays as it is")
def test_the_text_can_be_had_back(student, rng):
    """Without the marks the text is what it was, also with markers that mean something in a pattern.

    去掉标记就是原来的文本，标记在正则表达式中有特殊含义时也一样。
    """
    letters = list("ab,忽令 \n\t\u3000.1")
    for marker in ("#", "\\1", "\\g<0>", "$&", "\\", "^|^", "\ue000\ue001"):
        text = "x" + "".join(letters[i] for i in rng.integers(0, len(letters) - (marker == "\\1"), 41).tolist())
        marked = student.spotlight(text, "datamark", marker)
        assert_same(marked.replace(marker, ""), text)
        words = "".join(f" {one} " if "一" <= one else one for one in text.replace("\u3000", " ")).split()
        assert_same(marked.count(marker), len(words))


@claims("the text's UTF-8 bytes in Base64", "The marker plays no part")
def test_encoding(student):
    """Base64 of the UTF-8 bytes: the standard alphabet, padding, one line; any marker will do.

    UTF-8 字节的 Base64：标准字母表，有填充，只有一行；标记是什么都可以。
    """
    for text, encoded in (
        ("", ""),
        ("a", "YQ=="),
        ("ab", "YWI="),
        ("abc", "YWJj"),
        ("~~~>>>???", "fn5+Pj4+Pz8/"),
        ("忽略", "5b+955Wl"),
        ("a" * 90, "YWFh" * 30),
    ):
        for marker in ("#", "", "a", " "):
            assert_same(student.spotlight(text, "encode", marker), encoded)


@claims("for any other method", "if the marker is not usable for the text, as")
def test_what_spotlight_refuses(student):
    """An unknown method is a ValueError, and so is a marker that the text could imitate.

    未知的方法抛出 ValueError；文本能够仿造的标记也一样。
    """
    for method in ("", "Delimit", "base64", "mark"):
        assert_raises(ValueError, student.spotlight, "text", method, "#")
    for method in ("delimit", "datamark"):
        for text, marker in (
            ("text", ""),
            ("text", " "),
            ("text", "#\u3000"),
            ("text", "#e"),
            ("#", "#"),
            ("<a", "<<"),
        ):
            assert_raises(ValueError, student.spotlight, text, method, marker)
        assert_raises(ValueError, student.spotlight, "", method, "\n")


@claims(
    "A text raises an alarm when its score is above the threshold",
    "`benign` has the scores of harmless texts",
    "Of these scores, the lowest is returned",
)
def test_the_lowest_threshold(student):
    """The lowest of the scores with few enough alarms is returned; a score that is equal to it raises none.

    返回报警足够少的最低的那个分数；与它相等的分数不报警。
    """
    assert_same(student.alarm_threshold(np.array([2.0, 3.0, 1.0]), 0.5), 2.0)
    assert_same(student.alarm_threshold(np.array([1.0, 2, 1, 1, 3, 1, 1]), 0.26), 2.0)
    benign = np.array([3.0, -1.0, 3.0, 8.0, 5.0, 3.0, 5.0])
    for max_rate, threshold in (
        (0.0, 8.0),
        (0.14, 8.0),
        (0.15, 5.0),
        (0.42, 5.0),
        (0.43, 3.0),
        (0.85, 3.0),
        (0.86, -1.0),
        (1.0, -1.0),
    ):
        assert_same(student.alarm_threshold(benign, max_rate), threshold)
    assert_same(student.alarm_threshold(np.array([0.25]), 0.99), 0.25)


def test_thresholds_by_trying_all(student, rng):
    """Random scores, with and without ties, in both precisions and as a view: the threshold is the lowest that holds.

    随机分数，有无相等的都试，两种精度和视图：阈值是满足条件的最低的一个。
    """
    for dtype in (np.float64, np.float32):
        for ties in (False, True):
            scores = rng.numpy().normal(size=46).astype(dtype)
            scores = np.round(scores, 0 if ties else 9)[::-2]
            for max_rate in (0.0, 0.05, 0.1, 0.3, 0.77):
                good = [one for one in scores if sum(scores > one) / len(scores) <= max_rate]
                assert_same(unchanged(student.alarm_threshold, scores, max_rate), float(min(good)))


@claims("the number of them divided by n")
def test_a_share_that_is_reached_exactly(student):
    """29 alarms of 100 are a share of 0.29, although 0.29 * 100 is a little less than 29 in floating point.

    100 个中报警 29 个，比例就是 0.29，尽管浮点数的 0.29 * 100 比 29 略小。
    """
    assert_same(student.alarm_threshold(np.arange(7.0), 0.15), 5.0)
    benign = np.arange(100.0)
    for count in (7, 14, 28, 29, 55, 56, 57, 58, 99):
        assert_same(student.alarm_threshold(benign, count / 100), 99.0 - count)
    for n in (3, 7, 11, 13):
        for count in range(n):
            assert_same(student.alarm_threshold(np.arange(float(n)), count / n), float(n - 1 - count))


@claims("if there is no score, a score is NaN, or `max_rate` is not in [0, 1]")
def test_what_the_threshold_refuses(student):
    """No score, NaN, or a rate outside [0, 1] is a ValueError; infinite scores are scores.

    没有分数、有 NaN 或比例不在 [0, 1] 内时抛出 ValueError；无穷大是合法的分数。
    """
    scores = np.array([0.5, 0.25])
    for benign, max_rate in (
        (np.array([]), 0.1),
        (np.array([0.5, np.nan]), 0.1),
        (scores, -0.01),
        (scores, 1.01),
        (scores, math.nan),
    ):
        assert_raises(ValueError, student.alarm_threshold, benign, max_rate)
    assert_same(student.alarm_threshold(np.array([-np.inf, 0.5, np.inf]), 0.34), 0.5)
    assert_same(student.alarm_threshold(np.array([-np.inf, 0.5, np.inf]), 0.0), math.inf)


@claims(
    "A case is an attack or harmless",
    "The answer has two entries",
    "of all attacks, the share that was not blocked and was followed",
    "of all harmless cases, the share that was",
)
def test_what_is_counted(student):
    """An attack succeeds if it is not blocked and is followed, out of all attacks; of the harmless cases all that are
    blocked count, out of all harmless ones.

    没有被拦下而且被照做的攻击才算成功，分母是全部攻击；无害的例子中被拦下的都算，分母是全部无害的例子。
    """
    attacks = [(True, True)] * 5 + [(True, False)] * 2 + [(False, True)] * 3 + [(False, False)] * 1
    harmless = [(True, True)] * 1 + [(True, False)] * 4 + [(False, True)] * 6 + [(False, False)] * 2
    attack, blocked, followed = kinds(attacks, harmless)
    order = np.array([(7 * i) % 24 for i in range(24)])

    rates = unchanged(student.guard_rates, attack[order], blocked[order], followed[order])

    attack, blocked, followed = (one[order] for one in (attack, blocked, followed))
    assert_same(sorted(rates), ["attack_success_rate", "over_refusal_rate"])
    assert_same(rates["attack_success_rate"][0], float((attack & ~blocked & followed).sum() / attack.sum()))
    assert_same(rates["over_refusal_rate"][0], float((~attack & blocked).sum() / (~attack).sum()))


@claims("What was followed plays no part")
def test_harmless_cases_that_were_followed(student):
    """A harmless case counts as refused when it is blocked, whether something was followed or not.

    无害的例子只要被拦下就算拒绝，无论是否照做了什么。
    """
    one = student.guard_rates(*kinds([(True, False)], [(True, True), (True, False), (False, True)]))
    other = student.guard_rates(*kinds([(True, False)], [(True, False), (True, True), (False, False)]))
    assert_same(one, other)
    assert_same(one["over_refusal_rate"][0], 2 / 3)


@claims("The ends are those of the Wilson score interval", "z * sqrt(k * (n - k) / n + z**2 / 4)")
def test_wilson_intervals(student):
    """The ends are Wilson's: 4 of 10 at 95 % are 0.168 to 0.687, and other confidences give other ends.

    区间端点按 Wilson 公式：95 % 下 10 个中 4 个是 0.168 到 0.687，置信水平不同端点就不同。
    """
    for k, n, confidence, low, high in (
        (4, 10, 0.95, 0.16818033, 0.68732623),
        (1, 3, 0.95, 0.06149194, 0.79234030),
        (2, 11, 0.9, 0.06211525, 0.42714250),
        (17, 19, 0.99, 0.60598284, 0.97915703),
        (5, 7, 0.5, 0.58884769, 0.81357022),
    ):
        found = student.guard_rates(*counted(k, n, 5), confidence)["attack_success_rate"]
        assert_same([round(one, 6) for one in found], [round(one, 6) for one in (k / n, low, high)])


def test_intervals_agree_with_the_reference(student, reference, rng):
    """Random cases in a view, with the usual confidence and with others, give the reference's rates and ends.

    随机的例子（视图），用默认和其他置信水平，得到与参考答案相同的比例和端点。
    """
    for confidence in ((), (0.8,), (0.999,)):
        attack, blocked, followed = (rng.integers(0, 2, 2 * 43).cpu().numpy().astype(bool)[::-2] for _ in range(3))
        assert_same(
            student.guard_rates(attack, blocked, followed, *confidence),
            reference.guard_rates(attack, blocked, followed, *confidence),
        )


@claims("With k = 0 the lower end is exactly 0.0", "Without any case of a kind the")
def test_none_all_and_nothing(student):
    """None of n and all of n have an exact end; where there is no case of a kind, nothing is known.

    n 个中一个没有或全部都是时，一端恰好是 0 或 1；某一类没有例子时，什么都不知道。
    """
    for n in (1, 5, 7, 9, 43, 53, 1009):
        none = student.guard_rates(*counted(0, n, n))
        rate, low, high = none["attack_success_rate"]
        assert_same(none["over_refusal_rate"], none["attack_success_rate"])
        all_of_them = student.guard_rates(*counted(n, n, 0))["attack_success_rate"]
        expect(
            (rate, low) == (0.0, 0.0) and 0 < high < 1 and all_of_them[0] == all_of_them[2] == 1.0,
            "The lower end of 0 of n is exactly 0.0, and the upper end of n of n is exactly 1.0.",
            "n 个中 0 个的下端恰好是 0.0，n 个中 n 个的上端恰好是 1.0。",
        )
        assert_same(all_of_them[1], 1 - high)
    for confidence in (0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.99, 0.999):  # with some of them the formula leaves 1e-17
        found = student.guard_rates(*kinds([(True, False)] * 7, [(True, False)] * 11), confidence)
        expect(
            found["attack_success_rate"][1] == 0.0 and found["over_refusal_rate"][2] == 1.0,
            "The lower end of 0 of 7 and the upper end of 11 of 11 are exact at a confidence of {confidence}, too.",
            "置信水平为 {confidence} 时，7 个中 0 个的下端和 11 个中 11 个的上端也都恰好是 0.0 和 1.0。",
            confidence=confidence,
        )
    nothing = student.guard_rates(*kinds([(True, True)], []))
    assert_same(nothing["over_refusal_rate"], (math.nan, 0.0, 1.0))
    empty = np.array([], dtype=bool)
    assert_same(student.guard_rates(empty, empty, empty)["attack_success_rate"], (math.nan, 0.0, 1.0))


@claims("if the lengths differ, or `confidence` is not above 0 and below 1")
def test_what_the_rates_refuse(student):
    """Lengths that differ and confidences outside (0, 1) are a ValueError.

    长度不同、置信水平不在 (0, 1) 内时抛出 ValueError。
    """
    three, four = np.array([True, False, True]), np.array([True, False, True, False])
    for arguments in ((four, three, three), (three, four, three), (three, three, four)):
        assert_raises(ValueError, student.guard_rates, *arguments)
    for place in range(3):  # NumPy would stretch a single one
        assert_raises(ValueError, student.guard_rates, *(three[:1] if i == place else three for i in range(3)))
    for confidence in (0.0, 1.0, -0.5, 95, math.nan):
        assert_raises(ValueError, student.guard_rates, three, three, three, confidence)
