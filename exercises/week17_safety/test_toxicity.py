"""Visible examples of week 17, toxicity: every answer can be checked by hand."""

import numpy as np

from grader.suite import assert_same


def test_disguises(student):
    """Each of these is one disguise of a plain word.

    每一个例子都是一个普通单词的一种伪装。
    """
    for disguised, plain in {
        "IDIOT": "idiot",
        "ｉｄｉｏｔ": "idiot",
        "i\u200bd\u200biot": "idiot",
        "ïdïot": "idiot",
        "id10t": "idiot",
        "idiooooot": "idiot",
        "i d i o t": "idiot",
        "白 痴": "白痴",
    }.items():
        assert_same(student.normalise_text(disguised), plain)


def test_innocent_texts_stay(student):
    """Numbers, short abbreviations, doubled letters and exclamation marks are no disguise.

    数字、简短的缩写、叠写的字母和感叹号都不是伪装。
    """
    for text in ("room 101", "1000000 mp3 files", "u.s.a.", "cool!!!"):
        assert_same(student.normalise_text(text), text)


def test_threshold(student):
    """At 0.4 three of four flagged texts are toxic, at 0.6 two of three, at 0.8 and 0.9 all.

    阈值为 0.4 时，标记的四条中三条有害；0.6 时三条中两条；0.8 和 0.9 时全部有害。
    """
    scores, labels = np.array([0.9, 0.8, 0.6, 0.4]), np.array([1, 1, 0, 1])

    assert_same(student.choose_threshold(scores, labels, 0.75), 0.4)
    assert_same(student.choose_threshold(scores, labels, 1.0), 0.8)


def test_own_classifier(student):
    """A filter that was fitted on four texts finds the words that it has seen.

    在四条文本上拟合的过滤器能认出见过的词。
    """
    toxic_filter = student.ToxicFilter(threshold=0.5)
    toxic_filter.fit(["you idiot", "you fool", "good morning", "good night"], [1, 1, 0, 0])

    assert_same(toxic_filter.check("Good Morning"), (True, "Good Morning"))
    assert_same(toxic_filter.check("You F O O L")[0], False)


def test_plugged_in_classifier(student):
    """The word list is 3/4 sure that two rude words are toxic, and 3/4 sure that none is harmless.

    词表分类器对含两个粗鲁词的文本给出 3/4 的"有害"概率，对不含粗鲁词的文本给出 3/4 的"无害"概率。
    """
    words = student.given("word_list").WordListClassifier()
    toxic_filter = student.ToxicFilter(threshold=0.75, classifier=words)

    assert_same(toxic_filter.score(["hello", "stupid idiot"]), np.array([0.25, 0.75]))
    assert_same(toxic_filter.check("stupid idiot"), (False, "toxicity 0.75 >= 0.75"))
