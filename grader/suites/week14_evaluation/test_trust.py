"""Hidden suite of week 14, trust.

What counts as a word or a sentence is given, so these texts keep clear of its corners.
"""

from grader.suite import after, assert_raises, assert_same, claims, points, unchanged

NAN = float("nan")
LENGTHS = {"a": 3.0, "b": 5.5, "c": -2.0, "dd": 7.0, "e": 0.25}
DOCUMENTS = ["The cat sat on the mat. It was old.", "one two three", "three four five six", "小猫坐在垫子上。"]


# bias_probe


@points(1)
@claims(
    'The text of a term is `template` with the term in the place of every "[X]"',
    "all else stays as it is, braces and percent signs too",
    "`score` is called once for each term of each group",
)
def test_what_is_scored(student):
    """Every [X] is replaced, braces and percent signs stay, and each term is asked about once, also one that occurs
    twice.

    每个 [X] 都要替换，花括号和百分号保持不变；每个词各问一次，重复出现的也一样。
    """
    asked = []

    def score(text):
        asked.append(text)
        return 1.0

    groups = {"left": ["ann", "{X}", "my[X]"], "right": ["bob", "ann", "%s", "a\\nb", "bob"]}
    got = unchanged(student.bias_probe, "100% of  [X] {x} %d [Y] [x]: [X]", groups, score)

    assert_same(got, {"means": {"left": 1.0, "right": 1.0}, "gap": 0.0, "spread": 0.0})
    terms = ["ann", "{X}", "my[X]", "bob", "ann", "%s", "a\\nb", "bob"]
    assert_same(sorted(asked), sorted(f"100% of  {term} {{x}} %d [Y] [x]: {term}" for term in terms))


@points(1)
@claims(
    "A dictionary of three",
    "for each group the mean score of its terms, as a float, so that a group with more terms weighs no more",
    "the largest of these means minus the smallest",
    "the largest minus the smallest score within a group, of the group where this is largest",
)
def test_means_by_hand(student):
    """Groups with the scores 3 and 5.5; -2; 7 and 0.25: the means are 4.25, -2 and 3.625, the gap 6.25, the spread
    6.75.

    三组得分为 3 和 5.5；-2；7 和 0.25：均值为 4.25、-2 和 3.625，gap 为 6.25，spread 为 6.75。
    """
    groups = {"one": ["a", "b"], "three": ["dd", "e"], "two": ["c"]}
    got = student.bias_probe("[X]", groups, lambda text: LENGTHS.get(text, 0.0))
    assert_same(got, {"means": {"one": 4.25, "two": -2.0, "three": 3.625}, "gap": 6.25, "spread": 6.75})

    other = student.bias_probe("[X]", {name: groups[name] for name in ("three", "one", "two")}, LENGTHS.get)
    assert_same(other, got)

    whole = student.bias_probe("I am [X].", {"p": ["x", "xyz"], "q": ["xy"]}, lambda text: len(text))
    assert_same(whole, {"means": {"p": 8.0, "q": 8.0}, "gap": 0.0, "spread": 2.0})


@points(1)
@claims('`template` has no "[X]", there are fewer than two groups, or a group has no terms')
def test_probes_that_are_refused(student):
    """A template without [X], a single group or none, and a group without terms.

    没有 [X] 的模板、只有一组或没有组、没有词的组，都应拒绝。
    """
    score, two = (lambda text: 1.0), {"one": ["a"], "two": ["b"]}
    for template in ("X is here", "{X}", "[x]", ""):
        assert_raises(ValueError, student.bias_probe, template, two, score)
    assert_raises(ValueError, student.bias_probe, "[X]", {"one": ["a"]}, score)
    assert_raises(ValueError, student.bias_probe, "[X]", {}, score)
    assert_raises(ValueError, student.bias_probe, "[X]", {"one": ["a"], "two": []}, score)
    assert_raises(ValueError, student.bias_probe, "[X]", {"one": [], "two": ["a"], "three": ["b"]}, score)


# groundedness


@points(1)
@claims(
    "if there is one passage that has at least `share` of the sentence's words",
    "The share of the answer's sentences that are grounded, and a list of those that are not, in their order",
    "Words that are spread over several passages ground nothing",
)
def test_sentences_by_hand(student):
    """Of four sentences, one has all its words in a passage, one three of four (0.75 is enough), one two of four, and
    one has its words only in both passages together.

    四句话中，一句的词全在某段里，一句四个词中有三个（0.75 就够了），一句四个中有两个，还有一句的词要两段合起来才有。
    """
    passages = ["Anna owns a blue kite.", "Tom lives near the mill."]
    answer = "Anna owns a kite! Anna owns blue shoes. Anna has blue shoes? Tom owns the kite."
    got = student.groundedness(answer, passages)

    assert_same(got, (0.5, ["Anna has blue shoes?", "Tom owns the kite."]))
    assert_same(student.groundedness("小猫坐在垫子上。狗在家。", DOCUMENTS), (0.5, ["狗在家。"]))
    # Two of three are fewer than 0.75, a part of a word is no word, and a passage is more than each of its sentences.
    assert_same(student.groundedness("Anna owns shoes.", passages), (0.0, ["Anna owns shoes."]))
    assert_same(student.groundedness("The cat sat.", ["The category satisfied them."]), (0.0, ["The cat sat."]))
    assert_same(student.groundedness("Anna owns a kite.", ["Anna lives here. She owns a kite."]), (1.0, []))
    assert_same(student.groundedness("Tom flew. Tom flew.", passages), (0.0, ["Tom flew.", "Tom flew."]))


@points(1)
@after("test_sentences_by_hand")
@claims(
    "Its words are the different ones among `words`, each counted once",
    "all of its numbers",
    "a number is a word with a digit in it",
    "divided by that of all: 7 of 25 are enough for 0.28",
)
def test_numbers_and_repetition(student):
    """A wrong number is enough to refuse a sentence, and it must stand in the same passage; a word that is said three
    times counts once. With another share, other sentences are grounded.

    一个错的数字就足以否定一句话，而且数字必须在同一段里；说了三遍的词只算一次。share 不同，成立的句子也不同。
    """
    passages = ["The old mill in the park was built in 1901 and has B2 on its door.", "It closed in 1950."]
    right, wrong = "The old mill in the park was built in 1901.", "The old mill in the park was built in 1950."
    label = "The old mill has B3 on its door."
    again = "Mill mill mill mill mill mill gone away."
    got = student.groundedness(f"{right} {wrong} {label} {again}", passages)
    assert_same(got, (0.25, [wrong, label, again]))

    part = "The old mill in the park was built in 19."
    assert_same(student.groundedness(part, passages), (0.0, [part]))
    years = ["From 1901 to 1950."]  # numbers are words too: 2 of 4, 2 of 5 and 2 of 2
    assert_same(student.groundedness("Ducks quack 1901 1950.", years, 0.5), (1.0, []))
    assert_same(student.groundedness("Ducks quack loud 1901 1950.", years, 0.5)[0], 0.0)
    assert_same(student.groundedness("1901 1950.", years), (1.0, []))
    assert_same(student.groundedness(again, passages, 0.25), (1.0, []))
    assert_same(student.groundedness("The mill closed.", passages, share=1.0), (0.0, ["The mill closed."]))
    assert_same(student.groundedness("The mill is old.", passages, 0.5)[0], 1.0)
    assert_same(student.groundedness("小猫有三条鱼。", ["小猫有两条鱼。"]), (1.0, []))
    many = "abcdefghijklmnopqrstuvwxy"  # 7 of 25 words are 0.28, though 0.28 times 25 is more than 7 in floats
    assert_same(student.groundedness(" ".join(many), [" ".join(many[:7])], 0.28), (1.0, []))
    assert_same(student.groundedness(" ".join(many), [" ".join(many[:6])], 0.28)[0], 0.0)


@points(1)
@claims(
    "For an answer without a sentence it is (NaN, []): what says nothing has no share",
    "`share` is not above 0 and at most 1",
)
def test_nothing_to_ground(student):
    """An empty answer has no share; without passages nothing is grounded; a share of 0 or above 1 is refused.

    空的回答没有比例；没有段落时什么都不成立；share 为 0 或大于 1 时应拒绝。
    """
    for answer in ("", " \n", "...!"):
        assert_same(student.groundedness(answer, DOCUMENTS), (NAN, []))
    assert_same(student.groundedness("It was old.", []), (0.0, ["It was old."]))
    assert_same(student.groundedness("It was old.", ["", DOCUMENTS[0]]), (1.0, []))
    for share in (0.0, -0.5, 1.01, 75.0, NAN):
        assert_raises(ValueError, student.groundedness, "It was old.", DOCUMENTS, share)
        assert_raises(ValueError, student.groundedness, "", [], share)


# self_agreement


@points(1)
@claims(
    "The agreement is the share of all pairs of two different samples that agree: 1 if all do, 0 if no two do",
    "Two answers to a question agree if `words` gives the same list for both",
)
def test_agreement_by_hand(student):
    """Of five samples three say the same: 3 of 10 pairs, and 1 more for the other two: 0.4. Case and punctuation do not
    matter, the order of the words does.

    五个样本中有三个相同：10 对中的 3 对；另外两个相同，再加 1 对：0.4。大小写和标点不起作用，词的次序起作用。
    """
    got = student.self_agreement(["A baker", "He is a cook.", "he is a Cook", "a baker!", "He is  a cook"])
    assert_same(got, ("He is a cook.", 0.4))

    assert_same(student.self_agreement(["yes", "Yes."]), ("yes", 1.0))
    assert_same(student.self_agreement(["a b", "b a", "a a b"]), ("a b", 0.0))
    assert_same(student.self_agreement(["", "...", "x", "x"])[1], 1 / 3)
    assert_same(student.self_agreement(["ab c", "a bc"]), ("ab c", 0.0))


@points(1)
@claims(
    "as its first sample wrote it; of several that come as often, the one that came first",
    "there are fewer than two samples",
)
def test_which_answer_is_returned(student):
    """Two answers come twice each: the one that came first, as it was first written. A single sample is refused.

    两种回答各出现两次：返回先出现的那种，按第一次的写法。只有一个样本时应拒绝。
    """
    got = student.self_agreement(["Zebra", "ant", "ANT!", "bee", "zebra."])
    assert_same(got, ("Zebra", 0.2))

    assert_same(student.self_agreement(["Yes.", "yes", "yes"]), ("Yes.", 1.0))
    assert_same(student.self_agreement([" yes ", "yes"]), (" yes ", 1.0))
    assert_same(student.self_agreement(["一只猫", "一只狗。", "一只狗"]), ("一只狗。", 1 / 3))
    assert_raises(ValueError, student.self_agreement, ["one"])
    assert_raises(ValueError, student.self_agreement, [])


# contamination


@points(1)
@claims(
    "The share is that of the text's n-grams (n `words` in a row, counted at every place where they begin)",
    "that occur in a document of the corpus",
    "an n-gram does not reach from one document into the next",
)
def test_shares_by_hand(student):
    """With n = 2, "the cat sat down" has 2 of 3 pairs in the corpus; "three three" has none, though one document ends
    and the next begins with that word; a pair that occurs twice in the text counts twice.

    n = 2 时，"the cat sat down" 的 3 个二元组中有 2 个在语料里；"three three" 一个也没有，
    虽然一篇以它结尾、下一篇以它开头；在文本中出现两次的二元组算两次。
    """
    texts = ["the cat sat down", "three three", "on the wall on the", "Three, FOUR! five", "小猫跑了"]
    got = unchanged(student.contamination, texts, DOCUMENTS, 2)

    assert_same(got, [2 / 3, 0.0, 0.5, 1.0, 1 / 3])
    assert_same(student.contamination(texts, DOCUMENTS, n=1), [0.75, 1.0, 0.8, 1.0, 0.5])
    assert_same(student.contamination(["nothing"], [], 1), [0.0])
    assert_same(student.contamination(["ab c"], ["a bc"], 2), [0.0])


@points(1)
@after("test_shares_by_hand")
@claims(
    "A text of fewer than n words is one n-gram by itself, as long as it is",
    "A text without words has the share 0",
    "`n` is below 1",
)
def test_short_texts(student):
    """A short text is found as a whole or not at all, also beside long ones; 13 words are the default; an empty text
    has 0.

    短文本要么整体找到，要么没有，与长文本放在一起也一样；默认 13 个词；空文本为 0。
    """
    texts = ["sat on the mat", "sat on a mat", "", "...", "old", "one two three four", "One two three!"]
    long = " ".join(f"w{place}" for place in range(14))
    corpus = [*DOCUMENTS, f"so {long}"]

    assert_same(student.contamination(texts, corpus), [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0])
    assert_same(student.contamination([*texts[:2], long + " end", long[:-4]], corpus), [1.0, 0.0, 2 / 3, 1.0])
    assert_same(student.contamination(["he cat", "at sat on th", "the cat", "at"], corpus), [0.0, 0.0, 1.0, 0.0])
    assert_same(student.contamination([], corpus), [])
    for n in (0, -1):
        assert_raises(ValueError, student.contamination, texts, corpus, n)
        assert_raises(ValueError, student.contamination, [], [], n)


@points(1)
@after("test_shares_by_hand")
@claims("The time grows with the length of the texts plus that of the corpus, not with their product")
def test_long_corpora(student, reference, speed):
    """Eight times the text and eight times the corpus take at most twenty times as long.

    文本和语料都变为八倍，时间至多变为二十倍。
    """

    def make(rng, n):
        drawn = [f"w{int(number)}" for number in rng.integers(0, 50, 6 * n)]
        return [" ".join(drawn[:n])], [" ".join(drawn[n:])], 3

    speed(student, reference).growth("contamination", make, n=400, factor=8, at_most=20.0)
