"""Hidden suite of week 04, segment.

Sentences are such that the counts can be followed by hand; random ones are compared with every way to cut them.
Not covered: equally probable ways to cut, dictionaries of more than a few hundred words.
"""

import itertools
import math

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

WORDS = [
    "研究",
    "研究生",
    "生命",
    "命",
    "起源",
    "北京",
    "北京市",
    "北京市天安门",
    "天安门",
    "结婚",
    "和尚",
    "尚未",
    "的",
]
SENTENCES = [
    ["研究", "生命", "的", "起源"],
    ["研究生", "研究", "生命"],
    ["他", "是", "研究生"],
    ["他", "研究", "命", "的", "起源"],
    [],
]


def ways(text, words):
    """Every way to cut a text into words and single characters."""
    if not text:
        yield []
    for length in range(1, len(text) + 1):
        if length == 1 or text[:length] in words:
            for rest in ways(text[length:], words):
                yield [text[:length], *rest]


def total(segmenter, pieces):
    """ln of the probability of a sequence."""
    return sum(segmenter.log_probability(*pair) for pair in itertools.pairwise(["", *pieces, "\n"]))


@claims(
    '"forward" begins at the first character and takes the longest word that begins there',
    "The order of `words` does not matter",
)
@points(1)
def test_longest_word_from_the_left(student):
    """From the left, the longest word that fits is taken at each place, also after the first word.

    从左边起，每处取能匹配的最长的词，第一个词之后也一样。
    """
    text = "北京市天安门的研究生命起源"
    expected = ["北京市天安门", "的", "研究生", "命", "起源"]

    assert_same(unchanged(student.maximum_match, text, WORDS), expected)
    assert_same(student.maximum_match(text, WORDS[::-1], "forward"), expected)


@claims("The pieces come in the order of the text, in both directions")
@points(1)
def test_longest_word_from_the_right(student):
    """From the right, the longest word that ends at each place is taken; the pieces stand in the order of the text.

    从右边起，每处取以该处结尾的最长的词；结果按文本的次序排列。
    """
    for text, expected in (
        ("研究生命起源", ["研究", "生命", "起源"]),
        ("结婚的和尚未结婚的", ["结婚", "的", "和", "尚未", "结婚", "的"]),
        ("北京市天安门", ["北京市天安门"]),
    ):
        assert_same(student.maximum_match(text, WORDS, "backward"), expected)
    long = "中华人民共和国全国人民代表大会常务委员会办公厅"
    for direction in ("forward", "backward"):
        assert_same(student.maximum_match(f"在{long}里", [*WORDS, long], direction), ["在", long, "里"])
    assert_same(student.BigramSegmenter([["在", long, "里"]] * 2).segment(f"在{long}里"), ["在", long, "里"])


@claims("Where no word fits, a single character is cut off", "an empty word in it is ignored", "An empty text gives []")
@points(1)
def test_nothing_is_lost(student, rng):
    """Characters that no word covers stand alone, so that the pieces are the text again: any script, any white space.

    没有词覆盖的字符单独成为一段，连起来仍是原文：任何文字、任何空白都一样。
    """
    for text in ("落日ｌｕòｈｕā", "a 的\n的。研究😀", " ", "x", ""):
        for direction in ("forward", "backward"):
            assert_same(student.maximum_match(text, [*WORDS, ""], direction), [w for w in _by_hand(text)])
    for words in ([], [""]):
        assert_same(student.maximum_match("生命", words), ["生", "命"])
    text = "".join(rng.choice("研究生命的起源北京市天安门") for _ in range(31))
    assert_same("".join(student.maximum_match(text, WORDS)), text)
    assert_same("".join(student.maximum_match(text, WORDS, "backward")), text)


def _by_hand(text):
    """These texts have one word of two characters at most."""
    place = text.find("研究")
    return list(text) if place < 0 else [*text[:place], "研究", *text[place + 2 :]]


@points(1)
def test_random_matching(student, reference, rng):
    """On random texts and dictionaries, both directions give the reference's pieces.

    在随机的文本和词典上，两个方向都与参考答案一致。
    """
    for _ in range(5):
        text = "".join(rng.choice("abc") for _ in range(19))
        words = ["".join(rng.choice("abc") for _ in range(rng.integer(1, 6))) for _ in range(23)]
        for direction in ("forward", "backward"):
            got = student.maximum_match(text, words, direction)
            assert_same(got, reference.maximum_match(text, words, direction))


@claims('`direction` is neither "forward" nor "backward"')
@points(1)
def test_directions(student):
    """Any other direction is refused with ValueError, also for an empty text.

    其他方向抛出 ValueError，空文本也一样。
    """
    for direction in ("", "both", "Forward"):
        assert_raises(ValueError, student.maximum_match, "研究", WORDS, direction)
        assert_raises(ValueError, student.maximum_match, "", WORDS, direction)


@claims("The result with fewer pieces is taken")
@points(1)
def test_both_directions(student):
    """Fewer pieces win, then fewer single characters, then the backward result.

    段数少的胜出；其次是单字少的；再相同则取反向的结果。
    """
    assert_same(student.bidirectional_match("abcd", ["ab", "bcd"]), ["a", "bcd"])
    assert_same(student.bidirectional_match("研究生命起源", [*WORDS[:3], "起源"]), ["研究", "生命", "起源"])
    assert_same(student.bidirectional_match("abcde", ["abc", "de", "cde"]), ["abc", "de"])
    assert_same(student.bidirectional_match("abcd", ["ab", "cd", "bcd", "bc"]), ["ab", "cd"])
    assert_same(student.bidirectional_match("abcdef", ["abc", "ab", "cdef", "def"]), ["ab", "cdef"])
    assert_same(student.bidirectional_match("abc", ["ab", "bc"]), ["a", "bc"])
    assert_same(student.bidirectional_match("abcd", ["ab", "cd", "bcd", "a"]), ["ab", "cd"])  # a is single, if a word
    few = ["abcd", "e", "fghi", "j"]  # against a, bc, def, gh, ij
    assert_same(student.bidirectional_match("abcdefghij", ["abcd", "fghi", "ij", "gh", "def", "bc"]), few)
    assert_same(student.bidirectional_match("", WORDS), [])


@points(1)
def test_both_directions_at_random(student, reference, rng):
    """On random texts and dictionaries, the choice is the reference's.

    在随机的文本和词典上，选择与参考答案一致。
    """
    for _ in range(11):
        text = "".join(rng.choice("abc") for _ in range(13))
        words = ["".join(rng.choice("abc") for _ in range(rng.integer(1, 5))) for _ in range(17)]
        assert_same(unchanged(student.bidirectional_match, text, words), reference.bidirectional_match(text, words))


@claims(
    "It counts segmented sentences: c(w), how often the word w occurs",
    "Each sentence begins after the mark START and ends with the mark END",
    "So c(START, w) counts the sentences that begin with w",
    "N is the sum of c(w) over all words and END",
    "Then",
    "P(w | v) = weight * c(v, w) / c(v) + (1 - weight) * (c(w) + 1) / (N + V + 1)",
    "where the first part is 0 for a v that never occurred",
    "The second part gives a word that never occurred",
)
@points(1)
def test_probabilities_by_hand(student):
    """P(生命 | 研究): 2 of the 3 times that 研究 occurs; and 2 of all 20 words and ends, with one more for everything.

    P(生命 | 研究)：研究 出现 3 次，其中 2 次后面是 生命；生命 在全部 20 个词和结尾中出现 2 次，各再加 1。
    """
    segmenter = student.BigramSegmenter(SENTENCES, 0.5)

    # 15 words and 5 ends; 8 different words and END, and one that never occurred
    for before, word, share in (
        ("研究", "生命", 0.5 * 2 / 3 + 0.5 * 3 / 30),
        ("", "他", 0.5 * 2 / 5 + 0.5 * 3 / 30),
        ("起源", "\n", 0.5 * 2 / 2 + 0.5 * 6 / 30),
        ("", "\n", 0.5 * 1 / 5 + 0.5 * 6 / 30),
        ("研究", "新", 0.5 * 1 / 30),
        ("新", "研究", 0.5 * 4 / 30),
    ):
        assert_same(segmenter.log_probability(before, word), math.log(share))


@points(1)
def test_probabilities_sum_to_one(student):
    """After any word, the probabilities of all words, of the end and of one unknown word sum to 1.

    在任何词之后，所有词、结尾和一个未知词的概率之和为 1。
    """
    for sentences, words in ((SENTENCES, sorted({w for s in SENTENCES for w in s})), ([], [])):
        for weight in (0.0, 0.3, 0.8):
            segmenter = student.BigramSegmenter(sentences, weight)
            sums = []
            for before in ["", *words]:
                chances = [math.exp(segmenter.log_probability(before, word)) for word in [*words, "\n", "新"]]
                sums.append(sum(chances))
            if weight == 0 or words:
                assert_same(sums, [1.0] * len(sums))
            else:
                assert_same(sums, [1 - weight])


@claims("`weight` is below 0, or not below 1")
@points(1)
def test_usual_weight(student, reference):
    """The weight is 0.8 unless given; one below 0, or not below 1, is refused.

    weight 默认为 0.8；小于 0 或不小于 1 时抛出 ValueError。
    """
    got = student.BigramSegmenter(SENTENCES).log_probability("他", "是")

    assert_same(got, math.log(0.8 * 1 / 2 + 0.2 * 2 / 30))
    for weight in (-0.1, 1.0, 1.5):
        assert_raises(ValueError, student.BigramSegmenter, SENTENCES, weight)
    student.BigramSegmenter(SENTENCES, 0.0)


@claims(
    "The probability of a sequence of words is the product of all P(w | v), from START to END",
    "Of equally probable sequences, any may come",
)
@points(1)
def test_best_of_all_ways(student, reference, rng):
    """The pieces are the most probable of all ways to cut the text, not those of the words one by one.

    得到的是所有切法中概率最大的一种，而不是逐词取最大。
    """
    for weight in (0.1, 0.8):
        mine, ours = student.BigramSegmenter(SENTENCES, weight), reference.BigramSegmenter(SENTENCES, weight)
        texts = ["研究生命的起源", "他是研究生命的研究生", "生命的命新起源"]
        texts += ["".join(rng.choice(["研究", "生", "命", "的", "他"]) for _ in range(5)) for _ in range(5)]
        for text in texts:
            pieces = mine.segment(text)
            best = max(total(ours, way) for way in ways(text, set(sum(SENTENCES, []))))
            expect(
                "".join(pieces) == text,
                "The pieces of {text}, joined, should be the text; yours are {pieces}.",
                "{text} 的各段连起来应是原文；你的是 {pieces}。",
                text=text,
                pieces=pieces,
            )
            assert_same(total(ours, pieces), best)


@points(1)
def test_first_and_last_word_count(student):
    """How sentences begin and end matters: START before the first word, END after the last.

    句子怎样开头和结尾都有影响：第一个词之前是 START，最后一个词之后是 END。
    """
    begins = student.BigramSegmenter([["ab", "c"], ["c", "ab"], ["c", "a", "b"], ["c", "a", "b"]] * 3, 0.9)
    assert_same((begins.segment("abc"), begins.segment("cab")), (["ab", "c"], ["c", "a", "b"]))
    ends = student.BigramSegmenter([["ab", "x"]] * 3 + [["a", "b"]], 0.9)
    assert_same((ends.segment("ab"), ends.segment("abx")), (["a", "b"], ["ab", "x"]))
    starts = student.BigramSegmenter([["ab", "c"]] * 3 + [["x", "a", "bc"]] * 5, 0.9)
    assert_same((starts.segment("abc"), starts.segment("xabc")), (["ab", "c"], ["x", "a", "bc"]))


@points(1)
@after("test_best_of_all_ways")
def test_long_texts(student, reference):
    """A text of 1,400 words is cut as well as a short one: its probability is far below the smallest float.

    1,400 个词的文本与短文本切得一样好：它的概率远小于浮点数能表示的最小的数。
    """
    text = "研究生命的起源他是研究生" * 200
    mine, ours = (module.BigramSegmenter(SENTENCES, 0.5) for module in (student, reference))

    assert_same(total(ours, mine.segment(text)), total(ours, ours.segment(text)))


@claims(
    "A piece may be any word that was counted, and any single character",
    "Joined, the pieces are the text again; an empty text gives []",
)
@points(1)
def test_unknown_characters(student, reference):
    """Characters that never occurred stand alone, also where a word would fit; an empty text gives no pieces; a single
    one gives itself.

    没出现过的字符单独成段，即使那里也能放一个词；空文本没有段；单个字符就是它自己。
    """
    segmenter = student.BigramSegmenter(SENTENCES)

    assert_same(segmenter.segment("x研究Y 😀生命"), ["x", "研究", "Y", " ", "😀", "生命"])
    assert_same(segmenter.segment(" 研究\n"), [" ", "研究", "\n"])
    assert_same((segmenter.segment(""), segmenter.segment("研")), ([], ["研"]))
    assert_same(student.BigramSegmenter([]).segment("研究"), ["研", "究"])
    assert_same(student.BigramSegmenter([["起源"]]).segment("起源起源"), ["起源", "起源"])
    # The word ab begins where the unknown a does: a, bc, x is five times as probable as ab, c, x.
    assert_same(student.BigramSegmenter([["bc", "x"]] * 5 + [["ab", "x"]], 0.9).segment("abcx"), ["a", "bc", "x"])


@claims("The time grows with the length of the text, not with the number of ways to cut it")
@points(1)
@after("test_best_of_all_ways")
def test_time_grows_with_the_length(student, reference, speed):
    """A long text takes time in proportion to its length: no search among all ways to cut it, nor among all beginnings.

    长文本的耗时与长度成正比：不搜索所有切法，也不搜索所有起点。
    """

    def text(rng):
        return "".join(rng.choice(["研究", "生命", "的", "他", "命", "起源"]) for _ in range(900))

    ours = reference.BigramSegmenter(SENTENCES)

    def as_probable(got, expected):
        assert_same("".join(got), "".join(expected))
        assert_same(total(ours, got), total(ours, expected))

    speed(student, reference).call(
        "segment", text, at_most=6.0, setup=lambda module: module.BigramSegmenter(SENTENCES), check=as_probable
    )
