"""Hidden suite of week 17, toxicity.

Texts are compared exactly. Scores of the own classifier may differ from the reference by 0.002, as the contract says:
any optimiser will do.
The claims about held-out texts hold for the minimum with room to spare; the numbers are in a comment at each.
Not covered: fairness between groups of people, sarcasm, and everything else that takes more than 376 sentences to
judge.
"""

import json

import numpy as np

from grader.suite import after, assert_raises, assert_same, claims, dataset, expect, points, unchanged

TOLERANCE = dict(rtol=0.0, atol=0.0021)  # twice 0.002 would be the worst of two optimisers; ours is within 1e-4
CALM = ["good morning", "see you at nine", "the soup is hot"]
ALPHABET = list("aabceiostx") + list("0134579@$!") + list("  ..--_*") + list("白痴滚") + list("оіеａＩé\u200b\u0301\t")


def rows(**wanted):
    lines = (dataset("toxic_text") / "texts.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [row for row in found if all(row[key] == value for key, value in wanted.items())]


def texts_of(found):
    return [row["text"] for row in found]


def labels_of(found):
    return np.array([row["label"] for row in found])


def some_training_texts(rng, toxic, harmless):
    """So many toxic and so many harmless texts, in random order."""
    chosen = []
    for label, count in ((1, toxic), (0, harmless)):
        candidates = rows(split="train", label=label)
        chosen += [candidates[i] for i in rng.permutation(len(candidates))[:count].tolist()]
    chosen = [chosen[i] for i in rng.permutation(len(chosen)).tolist()]
    return texts_of(chosen), labels_of(chosen).tolist()


def fitted(module):
    training = rows(split="train")
    return module.ToxicFilter().fit(texts_of(training), labels_of(training).tolist())


def area_under_curve(scores, labels):
    """The probability that a toxic text scores higher than a harmless one; ties count one half."""
    difference = scores[labels == 1][:, None] - scores[labels == 0][None, :]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def becomes(student, pairs):
    for text, expected in pairs.items():
        assert_same(student.normalise_text(text), expected)


# ---- normalise_text


@points(1)
@claims(
    "Full-width and mathematical letters become plain ones",
)
def test_case_and_width_do_not_matter(student):
    """Capital, full-width and mathematical letters become plain small ones, and the German sharp s becomes ss.

    大写字母、全角字母、数学字母都变成普通小写字母，德语的 ß 变成 ss。
    """
    becomes(
        student, {"You IDIOT": "you idiot", "ＩＤＩＯＴ": "idiot", "𝐢𝐝𝐢𝐨𝐭": "idiot", "Straße": "strasse", "ﬁne": "fine"}
    )


@points(1)
@claims(
    "remove every character of category Mn, Me (combining marks) or Cf (zero-width characters, soft hyphens)",
)
def test_invisible_characters_go(student):
    """Zero-width characters, joiners and soft hyphens disappear.

    零宽字符、连接符和软连字符都被去掉。
    """
    becomes(student, {"i\u200bd\u200di\u2060o\ufefft": "idiot", "ste\u00adady": "steady", "闭\u200b嘴": "闭嘴"})


@points(1)
def test_marks_on_letters_go(student):
    """Accents and strike-through marks disappear, whether they were one character with the letter or a second one;
    of one that stands alone, such as "´", the space remains.

    重音符号和删除线符号都被去掉，不论它们与字母合成一个字符还是单独成一个字符；独立的重音符号（如“´”）只剩下空格。
    """
    becomes(
        student, {"ïdiöt": "idiot", "d\u0336u\u0336m\u0336b\u0336": "dumb", "cafe\u0301": "cafe", "白\u0336痴": "白痴"}
    )
    # By NFKD, and not by NFD, a lone accent is a space with a mark on it.
    becomes(student, {"한국 a\u20dd": "한국 a", "don\u00b4t \u00a8x": "don t x"})
    # The vowel sign of Hindi is a mark that takes up space (Mc): without it the word is another one.
    becomes(student, {"की\u0301": "की"})


@points(1)
@claims(
    "every key of LOOK_ALIKES becomes its value",
)
def test_look_alike_letters_become_latin(student, reference):
    """Cyrillic and Greek letters that look like Latin ones become those, capital ones too.

    形似拉丁字母的西里尔字母和希腊字母（包括大写）变成对应的拉丁字母。
    """
    becomes(student, {"іdіоt": "idiot", "mоrоn": "moron", "lοsеr": "loser", "СLОWN": "clown"})
    for sign, letter in reference.given("disguises").LOOK_ALIKES.items():
        becomes(student, {f"be{sign}": f"be{letter}"})


@points(2)
@claims(
    "with a letter a to z directly before it and directly after it",
    "becomes the letters that it stands for",
)
def test_leet_inside_a_word_is_undone(student):
    """Digits and signs between two letters become the letters that they stand for: "id10t" is "idiot".

    夹在两个字母之间的数字和符号还原成它们代表的字母："id10t" 就是 "idiot"。
    """
    becomes(
        student, {"id10t": "idiot", "L0ser": "loser", "g@rb@ge": "garbage", "u$3less": "useless", "stup!d": "stupid"}
    )
    becomes(student, {"b4d w0rd5s, pa7h": "bad wordss, path"})


@points(1)
@claims(
    'So "id10t" is undone, and "100", "mp3" and "wow!" stay',
)
def test_numbers_and_exclamation_marks_stay(student):
    """ "100", "mp3", "4th" and "wow!" stay as they are, while "l0ser" does not.

    "100"、"mp3"、"4th"、"wow!" 保持原样，而 "l0ser" 要还原。
    """
    becomes(student, {"100 mp3 4th wow! 10:30 l0ser": "100 mp3 4th wow! 10:30 loser", "$5 for 3!": "$5 for 3!"})
    becomes(student, {"1diot idi0 白0痴 K9": "1diot idi0 白0痴 k9"})


@points(2)
@claims(
    "that stands three times or more in a row becomes one",
    "Doubled letters stay, and so do digits and punctuation",
)
def test_stretched_letters_shrink_to_one(student):
    """Three or more equal letters in a row become one; doubled letters, digits and punctuation stay.

    连续三个或更多相同的字母缩成一个；两个相同的字母、数字和标点保持不变。
    """
    becomes(student, {"stuuuupid": "stupid", "Looooser": "loser", "coool": "col", "滚滚滚滚": "滚"})
    becomes(student, {"cool 哈哈 1000000!!! iii": "cool 哈哈 1000000!!! i", "___ ßs": "___ s"})
    becomes(student, {"二〇〇〇年": "二〇〇〇年", "yesss": "yes"})


@points(1)
@claims(
    "what `join_spaced_out` of the given module `disguises` makes of the text",
)
def test_spaced_out_words_are_joined(student):
    """Words that were taken apart are joined, Chinese ones too; the words around them stay apart, and "u.s.a." stays.

    被拆开的词（包括中文词）合了起来，周围的词不会粘在一起，"u.s.a." 保持原样。
    """
    becomes(student, {"an i d i o t.": "an idiot.", "what a s.t.u.p.i.d idea": "what a stupid idea"})
    becomes(student, {"f-o-o-l, d_u_m_b, l*o*s*e*r": "fool, dumb, loser", "to f o o l me": "to fool me"})
    becomes(student, {"没_用-的.东  西": "没用的东西", "u.s.a. and 1 d i o t": "u.s.a. and 1 diot"})


@points(2)
@claims(
    "These steps, in this order",
    "Every run of white space becomes one space; none at the ends",
)
def test_steps_work_together(student):
    """Several disguises at once are undone, because the steps follow each other in the order of the contract.

    多种伪装同时出现也能还原，因为各步骤按约定的顺序进行。
    """
    becomes(
        student, {"Ｉ\u200b d １ 0 t": "idiot", "s t u u u p i d": "stupid", "і-d-і-о-t": "idiot", "l00000ser": "loser"}
    )
    becomes(student, {" \tÍ  d\n\u3000x ": "i d x", "\u200b \t": "", "": "", "m.0.r.0.n 滚\u200b滚 滚": "moron 滚"})


@points(2)
def test_odd_texts_agree_with_the_reference(student, reference, rng):
    """Random mixtures of letters, digits, signs and disguises become what the reference makes of them.

    字母、数字、符号和各种伪装的随机混合，结果与参考答案一致。
    """
    for _ in range(89):
        text = "".join(rng.choice(ALPHABET) for _ in range(23))

        assert_same(student.normalise_text(text), reference.normalise_text(text))


@points(1)
@after("test_steps_work_together")
@claims(
    "Time grows linearly with the length of the text",
)
def test_long_texts_take_linear_time(student, reference, speed):
    """A text six times as long takes about six times as long to normalise, not thirty-six times.

    文本长度变成 6 倍时，规范化的时间约为 6 倍，而不是 36 倍。
    """

    def a_long_text(rng, n):
        return (("".join(rng.choice(ALPHABET) for _ in range(23)) + " looool ") * (n // 31),)

    speed(student, reference).growth("normalise_text", a_long_text, n=8_000, factor=6, at_most=15.0)


# ---- choose_threshold


@points(2)
@claims(
    "A text is flagged when its score is at least the threshold",
    "Precision is the share of toxic texts (label 1) among the flagged ones",
    "the lowest is returned, because it flags the most",
    "a low threshold can do after a higher one failed",
)
def test_lowest_threshold_that_is_precise_enough(student):
    """Among the scores that are precise enough the lowest is chosen, even if one between them is not.

    在精确率（precision）足够的分数中取最低的一个，即使中间有某个分数不够。
    """
    scores, labels = np.array([0.7, 0.9, 0.6, 0.8]), np.array([0, 1, 1, 1])

    assert_same(student.choose_threshold(scores, labels, 0.75), 0.6)
    assert_same(student.choose_threshold(scores, labels, 0.8), 0.8)
    assert_same(student.choose_threshold(np.array([0.5, 0.25]), np.array([1, 0]), 0.4), 0.25)


@points(1)
@claims(
    "Equal scores are flagged together",
)
def test_equal_scores_are_flagged_together(student):
    """Texts with the same score are flagged together: one toxic and one harmless text at 0.5 count both.

    分数相同的文本一起被标记：分数同为 0.5 的一条有害文本和一条无害文本都要计入。
    """
    scores, labels = np.array([0.5, 0.9, 0.5, 0.2]), np.array([1, 1, 0, 0])

    assert_same(student.choose_threshold(scores, labels, 0.5), 0.2)
    assert_same(student.choose_threshold(scores, labels, 0.6), 0.5)
    assert_same(student.choose_threshold(scores, labels, 0.9), 0.9)
    assert_same(student.choose_threshold(scores[::2], labels[::2], 0.5), 0.5)


@points(2)
def test_threshold_agrees_with_the_reference(student, reference, rng):
    """Random scores with ties give the threshold of the reference, and what was passed in stays as it was.

    带有并列的随机分数得到与参考答案相同的阈值，且传入的数据不被修改。
    """
    for wanted in (0.45, 0.55, 0.6):
        generator = rng.numpy()
        scores, labels = generator.integers(0, 17, 101) / 16, np.append(generator.integers(0, 2, 99), [1, 1])
        scores[-2:] = 1.25  # so that there is a threshold for certain

        got = unchanged(student.choose_threshold, scores, labels, wanted)
        assert_same(got, reference.choose_threshold(scores, labels, wanted))


@points(1)
@claims(
    "if no threshold is precise enough, or the lengths differ",
)
def test_impossible_thresholds_are_refused(student):
    """If no threshold is precise enough, or the lengths differ, that is a ValueError.

    没有任何阈值达到要求，或长度不一致时，抛出 ValueError。
    """
    scores = np.array([0.9, 0.4])

    assert_same(student.choose_threshold(scores, np.array([0, 1]), 0.5), 0.4)
    assert_raises(ValueError, student.choose_threshold, scores, np.array([0, 1]), 0.6)
    assert_raises(ValueError, student.choose_threshold, scores, np.array([0, 1, 1]), 0.5)


# ---- ToxicFilter


@points(1)
@claims(
    "The bias is not penalised",
)
def test_scores_keep_the_share_of_toxic_texts(student, rng):
    """After fitting, the mean score of the training texts is the share of toxic ones: the bias is not penalised.

    拟合之后，训练文本的平均分数等于有害文本所占的比例：偏置不参与正则化。
    """
    texts, labels = some_training_texts(rng, toxic=7, harmless=29)

    scores = student.ToxicFilter().fit(texts, labels).score(texts)

    assert_same(float(np.mean(scores)), 7 / 36, **TOLERANCE)


@points(2)
@claims(
    "Its own classifier is logistic regression on `hashed_ngrams` of the normalised texts",
    "weights w and bias b minimise",
    "mean_i [ log(1 + exp(w . x_i + b)) - y_i (w . x_i + b) ] + L2 / 2 * (w . w)",
    "The scores must be within 0.002 of those at the minimum",
)
def test_scores_agree_with_the_reference(student, reference, rng):
    """The scores are those at the minimum of the loss, within 0.002, in the order of the texts.

    分数与损失函数最小点处的分数一致（误差 0.002 以内），且顺序与文本相同。
    """
    texts, labels = some_training_texts(rng, toxic=31, harmless=37)
    probes = texts_of(rows(split="held_out"))[::3]

    got = student.ToxicFilter().fit(texts, labels).score(probes)
    assert_same(got, reference.ToxicFilter().fit(texts, labels).score(probes), **TOLERANCE)


@points(1)
@claims(
    "Texts are normalised first",
)
def test_a_disguise_does_not_change_the_score(student):
    """A text in disguise has the score of the plain text, and fitting disguised texts is fitting plain ones.

    伪装后的文本与原文本分数相同；用伪装的文本拟合与用原文本拟合结果相同。
    """
    texts, labels = ["you idiot", "stupid fool", *CALM], [1, 1, 0, 0, 0]
    plain, hidden = ["you idiot", "stupid fool"], ["Y\u041eU i d 1 o t", "st\u200buuuupid fo\u0301ol"]
    filter_ = student.ToxicFilter().fit(texts, labels)
    shouted = student.ToxicFilter().fit([text.upper() for text in texts], labels)

    expected = filter_.score(plain)
    expect(expected.min() > 0.5, "An insult scores {s} only.", "一句辱骂只得了 {s} 分。", s=float(expected.min()))
    assert_same(filter_.score(hidden), expected, **TOLERANCE)
    assert_same(shouted.score(plain), expected, **TOLERANCE)


@points(1)
@claims(
    "A text of which nothing is left after normalisation scores 0",
    "An empty list gives an empty array",
)
def test_nothing_left_scores_zero(student):
    """A text of which nothing is left scores 0, no texts give an empty array, and a single text gives one score.

    规范化后什么也不剩的文本得 0 分；没有文本时返回空数组；单个文本返回一个分数。
    """
    filter_ = student.ToxicFilter().fit(["you idiot", *CALM], [1, 0, 0, 0])

    scores = filter_.score(["", "you idiot", " \u200b\n"])
    assert_same(scores[[0, 2]], np.zeros(2))
    expect(
        0.5 < scores[1] < 1,
        "A rude text among empty ones scores {s}.",
        "空文本之间的粗鲁文本得分为 {s}。",
        s=float(scores[1]),
    )
    assert_same(filter_.score(["you idiot"]), scores[1:2], **TOLERANCE)
    assert_same(filter_.score([]), np.zeros(0))


@points(1)
@claims(
    "Fitting again starts afresh",
    "if the lengths differ, or one of the two labels does not occur",
    "if there is no classifier and the filter was not fitted",
)
def test_wrong_training_is_refused(student, rng):
    """Different lengths or a single label are a ValueError, and scoring before fitting is a RuntimeError.

    长度不一致或只有一种标签时抛出 ValueError；未拟合就打分时抛出 RuntimeError。
    """
    texts, labels = some_training_texts(rng, toxic=3, harmless=2)
    filter_ = student.ToxicFilter()

    assert_raises(RuntimeError, filter_.score, texts)
    assert_raises(ValueError, filter_.fit, texts, labels[1:])
    assert_raises(ValueError, filter_.fit, texts, [1, 1, 1, 1, 1])
    assert_raises(ValueError, filter_.fit, texts, [0, 0, 0, 0, 0])
    again = filter_.fit([*texts, "so long"], [*labels, 0]).fit(texts, labels).score(texts)
    assert_same(again, student.ToxicFilter().fit(texts, labels).score(texts), **TOLERANCE)


@points(2)
@claims(
    "The score is a probability, between 0 (harmless) and 1 (toxic)",
    "any optimiser will do that is done in time",
    "BFGS, the default of scipy's `minimize`, is not",
)
def test_held_out_texts_are_ranked(student):
    """Toxic held-out texts score higher than harmless ones, in English as in Chinese, and scores mean probabilities.

    在未见过的文本上，有害文本的分数高于无害文本，英文和中文都是如此；而且分数可以当作概率理解。
    """
    filter_, held_out = fitted(student), rows(split="held_out")
    scores, labels = filter_.score(texts_of(held_out)), labels_of(held_out)

    for language in ("en", "zh"):  # the minimum has 0.959 and 0.974
        chosen = np.array([row["language"] == language for row in held_out])
        area = area_under_curve(scores[chosen], labels[chosen])
        expect(area > 0.94, "AUC {area} in {language}: expected at least 0.94.",
               "{language} 的 AUC 为 {area}，应不低于 0.94。", area=area, language=language)  # fmt: skip
    bins = np.minimum((scores * 5).astype(int), 4)
    # the minimum has 0.090
    off = sum(abs(np.sum(scores[bins == b]) - np.sum(labels[bins == b])) for b in range(5)) / len(labels)
    expect(off < 0.12, "Calibration error {off}: expected at most 0.12.",
           "校准误差（calibration error）为 {off}，应不高于 0.12。", off=float(off))  # fmt: skip


@points(2)
def test_disguised_texts_are_found(student):
    """At least 9 of 10 held-out toxic texts in disguise score above one half.

    未见过的伪装有害文本中，至少十分之九得分超过 0.5。
    """
    found = np.mean(fitted(student).score(texts_of(rows(kind="obfuscated"))) > 0.5)

    # the minimum finds 97 % of 32
    expect(found >= 0.9, "Only a share of {found} was found.", "只找到了其中的 {found}。", found=float(found))


@points(1)
def test_innocent_look_alikes_pass(student):
    """ "Garbage collection" and 摇滚 pass the default threshold, while more than half of the plain insults do not.

    "garbage collection"、"摇滚" 等无害文本能通过默认阈值，而一半以上的直白辱骂不能。
    """
    filter_ = fitted(student)
    innocent = filter_.score(texts_of(rows(kind="innocent"))) >= 0.8
    rude = filter_.score(texts_of(rows(split="held_out", kind="plain", label=1))) >= 0.8

    # the minimum flags none of 32 and 66 %
    expect(innocent.sum() <= 1, "{n} innocent texts were flagged.", "误报了 {n} 条无害文本。", n=int(innocent.sum()))
    expect(rude.mean() > 0.5, "Only a share of {share} of the insults was flagged.",
           "辱骂中只有 {share} 的比例被标记。", share=float(rude.mean()))  # fmt: skip


@points(2)
@claims(
    "any `classifier` can be plugged in",
    "there are two labels and the toxic one has the rest of the probability",
    "if a classifier was plugged in",
)
def test_a_classifier_can_be_plugged_in(student):
    """The score is the probability of the toxic label, whichever label the classifier names; the label can be chosen.

    分数是"有害"标签的概率，不论分类器给出的是哪个标签；标签名可以指定。
    """
    words = student.given("word_list").WordListClassifier()
    texts = ["good morning", "you idiot", "you stupid idiot", "stupid, stupid fool", ""]

    assert_same(student.ToxicFilter(classifier=words).score(texts), np.array([0.25, 0.5, 0.75, 0.875, 0.0]))
    turned = student.ToxicFilter(0.8, words, "harmless")
    assert_same(turned.score(texts[:3]), np.array([0.75, 0.5, 0.25]))
    assert_raises(RuntimeError, turned.fit, texts[:2], [0, 1])


@points(1)
@claims(
    "which sees all of them in one call",
    "An empty list gives an empty array, without a call",
)
def test_a_plugged_in_classifier_sees_clean_texts(student, reference):
    """A classifier that was plugged in sees the normalised texts, all in one call, and is not called for no texts.

    接入的分类器看到的是规范化后的文本，一次调用处理全部文本；没有文本时不调用。
    """
    words = reference.given("word_list").WordListClassifier()  # in the judge, where its calls are counted
    filter_ = student.ToxicFilter(classifier=words)

    assert_same(filter_.score(["You 1D1OT, i d 1 o t", "白 痴"]), np.array([0.5, 0.5]))
    filter_.score([])
    assert_same(words.calls, [["you 1diot, idiot", "白痴"]])
    assert_same(filter_.score(["\u200b", "IDIOT", ""]), np.array([0.0, 0.5, 0.0]))
    assert_same(words.calls[1:], [["", "idiot", ""]])


@points(1)
@claims(
    "A text may pass when its score is below the threshold",
    'The reason reads, with two decimals each, "toxicity 0.93 >= 0.80"',
)
def test_check_gives_the_text_or_the_reason(student):
    """Below the threshold the text comes back exactly as given; from the threshold on, the reason says score and
    threshold.

    低于阈值时原样返回文本；达到阈值时返回理由，写明分数和阈值。
    """
    words = student.given("word_list").WordListClassifier()
    filter_ = student.ToxicFilter(threshold=0.75, classifier=words)

    assert_same(filter_.check("Ｇood  MORNING, 100!"), (True, "Ｇood  MORNING, 100!"))
    assert_same(filter_.check("You IDIOT!"), (True, "You IDIOT!"))
    assert_same(filter_.check("stupid idiot"), (False, "toxicity 0.75 >= 0.75"))
    assert_same(filter_.check("idiot, fool, stupid"), (False, "toxicity 0.88 >= 0.75"))
    assert_same(student.ToxicFilter(0.5, words).check("idiot"), (False, "toxicity 0.50 >= 0.50"))
