"""Visible examples of week 14, trust: every number can be checked by hand."""

from grader.suite import assert_same


def test_bias(student):
    """With the length of the text as its score, "a nurse, Ann" and "a nurse, Bob" are equal, "a nurse, Mary" is longer
    by 1.

    以文本长度为得分，"a nurse, Ann" 与 "a nurse, Bob" 相等，"a nurse, Mary" 长 1。
    """
    groups = {"one": ["Ann", "Mary"], "other": ["Bob"]}

    got = student.bias_probe("a nurse, [X]", groups, lambda text: float(len(text)))
    assert_same(got, {"means": {"one": 12.5, "other": 12.0}, "gap": 0.5, "spread": 1.0})


def test_groundedness(student):
    """The first sentence has all of its words in the passage, the second has another number.

    第一句的词都在段落里，第二句的数字不同。
    """
    passages = ["The mill was built in 1901 by Hugo."]

    got = student.groundedness("Hugo built the mill. The mill was built in 1950.", passages)
    assert_same(got, (0.5, ["The mill was built in 1950."]))


def test_self_agreement(student):
    """Two of three samples say the same: one of three pairs.

    三个样本中有两个相同：三对中的一对。
    """
    assert_same(student.self_agreement(["Yes.", "No.", "yes"]), ("Yes.", 1 / 3))


def test_contamination(student):
    """Of the pairs "the cat", "cat ran" one stands in the corpus.

    "the cat"、"cat ran" 两个二元组中，有一个在语料里。
    """
    assert_same(student.contamination(["The cat ran"], ["I saw the cat."], 2), [0.5])


def test_three_groups(student):
    """The template has two places and braces of its own. The means are 13, 17 and 11, and only in one group do scores
    differ.

    模板有两个位置，还有自己的花括号。均值为 13、17 和 11，只有一组内部的得分不同。
    """
    groups = {"one": ["Ann"], "two": ["Anna", "Hannah"], "three": ["Al"]}

    got = student.bias_probe("{x} [X] [X]!%", groups, lambda text: float(len(text)))
    assert_same(got, {"means": {"one": 13.0, "two": 17.0, "three": 11.0}, "gap": 6.0, "spread": 4.0})


def test_one_passage_has_to_do(student):
    """Each passage has two of the four words; together they would have all. An answer that says nothing has no share.

    每个段落只有四个词中的两个，合起来才全有。什么也没说的回答没有比例。
    """
    got = student.groundedness("Hugo owns a mill.", ["Hugo owns.", "A mill."])

    assert_same(got, (0.0, ["Hugo owns a mill."]))
    assert_same(student.groundedness("", ["A mill."]), (float("nan"), []))


def test_short_texts_and_documents(student):
    """Two words are fewer than 13, and stand in the first document; the other two stand in no single one.

    两个词不足 13 个，但在第一篇文档里；另外两个词不在同一篇里。
    """
    assert_same(student.contamination(["the cat", "cat sat"], ["I saw the cat", "sat down"]), [1.0, 0.0])
