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
