"""Hidden suite of week 14, raters.

Not covered: speed; a scale with NaN in it.
"""

import math

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

NAN, INFINITE = float("nan"), float("inf")
ONE = ["a", "b", "b", "c", "a", "b", "c", "c", "a", "b", "b"]
OTHER = ["a", "b", "c", "c", "b", "b", "c", "a", "a", "b", "c"]


def rows(*lines):
    """Rows of a sheet: rater, item, first, second, choice, with one space between."""
    names = ("rater", "item", "first", "second", "choice")
    return [dict(zip(names, [*line.split(), ""], strict=False)) for line in lines]


def ratings(device, *raters):
    """One row a rater; a dot is a rating that is missing."""
    values = [[NAN if mark == "." else float(mark) for mark in rater.split()] for rater in raters]
    return torch.tensor(values, dtype=torch.float64, device=device)


# cohen_kappa


@points(1)
@claims(
    "D is the mean disagreement of the two ratings of an item",
    "1: complete agreement; 0: as much as by chance; below 0: less",
    "kappa = 1 - D / E",
    "Two ratings at the places i and j of `scale` disagree by 1 if i and j differ and 0 otherwise",
)
def test_kappa_by_hand(student):
    """Ratings 1 2 1 and 1 2 2: one of three differs, D = 1/3. Shuffled, they differ with probability 5/9. 1 - 3/5 =
    0.4.

    评分 1 2 1 与 1 2 2：三个中一个不同，D = 1/3。打乱后不同的概率为 5/9。1 - 3/5 = 0.4。
    """
    assert_same(student.cohen_kappa([1, 2, 1], [1, 2, 2], [1, 2]), 0.4)
    assert_same(student.cohen_kappa(["no", "yes"], ["no", "yes"], ["no", "yes"]), 1.0)
    assert_same(student.cohen_kappa(["no", "yes"], ["yes", "no"], ["no", "yes"]), -1.0)


@points(1)
@claims(
    'with weights "linear" by |i - j|, and with "quadratic" by (i - j)^2',
    "E is the mean disagreement if the items were shuffled",
)
def test_weights_by_hand(student):
    """Ratings 1 3 and 2 3 on the scale 1 2 3: D = 1/2 with either weights; E = (1 + 2 + 1 + 0)/4 = 1 with linear ones,
    and (1 + 4 + 1 + 0)/4 = 3/2 with quadratic ones.

    评分 1 3 与 2 3，尺度 1 2 3：两种权重下 D 都是 1/2；linear 的 E = (1 + 2 + 1 + 0)/4 = 1，quadratic 的 E = (1 + 4 + 1
    + 0)/4 = 3/2。
    """
    assert_same(student.cohen_kappa([1, 3], [2, 3], [1, 2, 3], "linear"), 0.5)
    assert_same(student.cohen_kappa([1, 3], [2, 3], [1, 2, 3], weights="quadratic"), 2 / 3)


@points(1)
@claims("So places count, also those that nobody used, and values do not", "every possible rating once, in order")
def test_the_scale_decides(student):
    """A rating that nobody used stands between two others on the scale; ratings may be words or far apart as numbers,
    and the scale may go downwards.

    没人用过的等级也占据尺度上的一个位置；评分可以是词，也可以是相距很远的数；尺度也可以从高到低。
    """
    words = ["bad", "fair", "good", "best"]
    one, other = ["bad", "good", "best", "good"], ["good", "good", "best", "bad"]
    for weights in ("linear", "quadratic"):
        got = student.cohen_kappa(one, other, words, weights)
        places = (
            [{"bad": 0, "good": 2, "best": 3}[word] for word in one],
            [{"bad": 0, "good": 2, "best": 3}[word] for word in other],
        )
        power = {"linear": 1, "quadratic": 2}[weights]
        apart = sum(abs(i - j) ** power for i, j in zip(*places, strict=True)) / 4
        chance = sum(abs(i - j) ** power for i in places[0] for j in places[1]) / 16
        assert_same(got, 1 - apart / chance)

        far = dict(zip(words, [-5, 0, 1000, 1001], strict=True))
        numbers = [[far[word] for word in words_of] for words_of in (one, other)]
        assert_same(student.cohen_kappa(*numbers, list(far.values()), weights), got)
        assert_same(student.cohen_kappa(one, other, words[::-1], weights), got)


@points(1)
@after("test_kappa_by_hand")
@claims("exchanging the raters changes nothing", "the ratings of the same items in the same order", "E is the mean")
def test_kappa_agrees_with_the_reference(student, reference, rng):
    """Eleven items and random ones agree with the reference, with all weights and with the raters exchanged.

    十一个条目和随机条目都与参考答案一致，各种权重、交换两位评分者也一样。
    """
    drawn = [[f"r{int(place)}" for place in rng.integers(0, 5, 23)] for _ in range(2)]
    for one, other, scale in ((ONE, OTHER, ["a", "b", "c"]), (*drawn, ["r0", "r1", "r2", "r3", "r4"])):
        for weights in (None, "linear", "quadratic"):
            expected = reference.cohen_kappa(one, other, scale, weights)
            assert_same(student.cohen_kappa(one, other, scale, weights), expected)
            assert_same(student.cohen_kappa(other, one, scale, weights), expected)


@points(1)
@claims("If E is 0, because both gave one and the same rating throughout, the answer is NaN", "It is a Python float")
def test_kappa_when_nobody_varies(student):
    """Both say "good" throughout: NaN, even though they agree. One who varies is enough for a number: 0.

    两人始终都说 "good"：结果是 NaN，尽管他们意见一致。只要有一人有变化，就有数值：0。
    """
    for weights in (None, "linear", "quadratic"):
        assert_same(student.cohen_kappa(["good"] * 5, ["good"] * 5, ["bad", "good"], weights), NAN)
        assert_same(student.cohen_kappa(["good"], ["good"], ["good"], weights), NAN)
        assert_same(student.cohen_kappa(["good", "good"], ["good", "bad"], ["bad", "good"], weights), 0.0)
        assert_same(student.cohen_kappa(["good"], ["bad"], ["bad", "good"], weights), 0.0)


@points(1)
@claims(
    "the lists differ in length, there are no items, a rating is not in `scale`, a value of `scale` occurs twice, or "
    "`weights` is none of the three"
)
def test_kappa_refuses(student):
    """Different lengths, no items, a rating that is not on the scale, a scale with a value twice, unknown weights.

    长度不同、没有条目、评分不在尺度上、尺度上有重复的值、未知的权重，都应拒绝。
    """
    assert_raises(ValueError, student.cohen_kappa, [1, 2], [1], [1, 2])
    assert_raises(ValueError, student.cohen_kappa, [1], [1, 2], [1, 2])
    assert_raises(ValueError, student.cohen_kappa, [], [], [1, 2])
    assert_raises(ValueError, student.cohen_kappa, [1, 3], [1, 2], [1, 2])
    assert_raises(ValueError, student.cohen_kappa, [1, 2], [1, 3], [1, 2])
    assert_raises(ValueError, student.cohen_kappa, [1, 2], [1, 2], [1, 2, 1])
    assert_raises(ValueError, student.cohen_kappa, [1, 2], [1, 2], [1, 2, 3, 3])
    assert_raises(ValueError, student.cohen_kappa, [1, 2], [2, 2], [1, 2], "squared")
    assert_raises(ValueError, student.cohen_kappa, [1, 1], [1, 1], [1, 2], "squared")


# krippendorff_alpha


@points(1)
@claims(
    "alpha = 1 - D / E",
    "Of the others, let n be the number of all ratings, and n_c how many of them are c",
    "D is the mean over all n ratings of a rating's own disagreement",
    "E is the mean disagreement of two ratings drawn from all n without replacement",
    '"nominal": by 1',
    '"interval": by (k - c)^2',
)
def test_alpha_by_hand(student, device):
    """1 1 4 and 1 2 4: D = 1/3 for names. Of the 15 pairs of the six ratings 1 1 1 2 4 4, 11 differ: alpha = 1 - 5/11.
    As numbers, D = 1/3 and E = 65/15.

    1 1 4 与 1 2 4：按名称 D = 1/3；六个评分 1 1 1 2 4 4 的 15 对中有 11 对不同，alpha = 1 - 5/11。按数值 D = 1/3，E =
    65/15。
    """
    given = ratings(device, "1 1 4", "1 2 4")
    squares = 3 * 1 + 6 * 9 + 2 * 4  # 1 with 2, 1 with 4, 2 with 4

    assert_same(student.krippendorff_alpha(given), 1 - 5 / 11)
    assert_same(student.krippendorff_alpha(given, "nominal"), 1 - 5 / 11)
    assert_same(student.krippendorff_alpha(given, "interval"), 1 - (1 / 3) / (squares / 15))


@points(1)
@claims(
    '"ordinal": by the square of how many ratings lie from c to k, where those that are c or k count half',
    "Equal ratings never disagree",
    "1: complete agreement; 0: as much as by chance",
)
def test_ordinal_by_hand(student, device):
    """The same ratings in order, three 1, one 2, two 4: 1 and 2 are 3/2 + 1/2 = 2 apart, 2 and 4 1/2 + 1 = 3/2, 1 and 4
    3/2 + 1 + 1 = 7/2. How large the numbers are does not matter.

    同样的评分按次序看，三个 1、一个 2、两个 4：1 与 2 相距 3/2 + 1/2 = 2，2 与 4 相距 1/2 + 1 = 3/2，1 与 4 相距
    3/2 + 1 + 1 = 7/2。数值本身的大小不起作用。
    """
    chance = (3 * 2.0**2 + 2 * 1.5**2 + 6 * 3.5**2) / 15

    expected = 1 - (2 * 2.0**2 / 6) / chance
    assert_same(student.krippendorff_alpha(ratings(device, "1 1 4", "1 2 4"), "ordinal"), expected)
    assert_same(student.krippendorff_alpha(ratings(device, "-7 -7 900", "-7 0.5 900"), level="ordinal"), expected)
    assert_same(student.krippendorff_alpha(ratings(device, "1 2 7", "1 2 7"), "ordinal"), 1.0)


@points(1)
@after("test_alpha_by_hand")
@claims(
    "NaN says that a rater did not rate an item",
    "Items with fewer than two ratings do not count, and neither do their ratings",
    "which is its mean disagreement with the other ratings of its item",
)
def test_ratings_that_are_missing(student, reference, device):
    """Krippendorff's own example: four observers, twelve units, many gaps: 0.743 for names, 0.815 in order, 0.849 as
    numbers. The last unit has one rating only and changes nothing.

    Krippendorff 自己的例子：四位观察者、十二个单位、许多空缺：按名称 0.743，按次序 0.815，按数值 0.849。
    最后一个单位只有一个评分，不影响结果。
    """
    given = ratings(
        device,
        "1 2 3 3 2 1 4 1 2 . . .",
        "1 2 3 3 2 2 4 1 2 5 . 3",
        ". 3 3 3 2 3 4 2 2 5 1 .",
        "1 2 3 3 2 4 4 1 2 5 1 .",
    )
    for level, expected in (("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)):
        got = student.krippendorff_alpha(given, level)

        assert_same(got, expected, rtol=0, atol=5e-4)
        assert_same(got, reference.krippendorff_alpha(given[:, :-1], level))
        extra = ratings(device, "9 .", ". .", ". .", ". .")
        assert_same(student.krippendorff_alpha(torch.cat([given, extra], 1), level), got)


@points(1)
@after("test_alpha_by_hand")
@claims("It is a Python float, computed in float64", "`ratings` is not changed")
def test_alpha_agrees_with_the_reference(student, reference, rng, device):
    """Five raters, thirteen items, a third missing; float32 and a transposed view; who stands in which row plays no
    part.

    五位评分者、十三个条目、缺三分之一；float32 和转置视图也可；谁在哪一行不起作用。
    """
    given = rng.integers(1, 6, 13, 5).double()
    given[rng.uniform(13, 5) < 0.33] = NAN
    given[0, 1:], given[0, 0] = NAN, 2.0  # one rating: it does not count, and stays
    given = given.T  # (5, 13), not contiguous
    for level in ("nominal", "ordinal", "interval"):
        expected = reference.krippendorff_alpha(given, level)
        assert_same(unchanged(student.krippendorff_alpha, given, level), expected)
        assert_same(student.krippendorff_alpha(given.float(), level), expected)
        assert_same(student.krippendorff_alpha(given[rng.permutation(5)], level), expected)
    large = given.float() + 16_000_000  # float32 has no digits left for squares of these
    assert_same(student.krippendorff_alpha(large, "interval"), reference.krippendorff_alpha(large.double(), "interval"))
    parts = given / 4  # different ratings that the nearest whole numbers make equal
    for level in ("nominal", "ordinal", "interval"):
        assert_same(student.krippendorff_alpha(parts, level), reference.krippendorff_alpha(parts, level))
    far = ratings(device, "100000001 100000002 100000004", "100000001 100000003 100000004")
    for level in ("nominal", "ordinal", "interval"):
        assert_same(student.krippendorff_alpha(far, level), reference.krippendorff_alpha(far - 1e8, level))


@points(1)
@claims(
    "If E is 0, because all n ratings are equal, the answer is NaN",
    "no item has two ratings, a rating is infinite, or `level` is none of the three",
)
def test_alpha_without_an_answer(student, device):
    """Equal ratings throughout are NaN, also if a lonely rating differs. No item with two ratings, an infinite rating
    and an unknown level are refused.

    所有评分都相等时为 NaN，即使有一个落单的评分不同。没有任何条目有两个评分、评分为无穷、未知的 level，都应拒绝。
    """
    for level in ("nominal", "ordinal", "interval"):
        assert_same(student.krippendorff_alpha(ratings(device, "3 3 3", "3 3 ."), level), NAN)
        assert_same(student.krippendorff_alpha(ratings(device, "3 3 8", "3 3 ."), level), NAN)
        assert_raises(ValueError, student.krippendorff_alpha, ratings(device, "1 . 3", ". 2 ."), level)
        assert_raises(ValueError, student.krippendorff_alpha, ratings(device, "1 2 3"), level)
    assert_raises(ValueError, student.krippendorff_alpha, torch.zeros(3, 0, device=device))
    for bad in (INFINITE, -INFINITE):
        given = ratings(device, "1 2 3", "1 3 3")
        given[1, 2] = bad
        assert_raises(ValueError, student.krippendorff_alpha, given, "interval")
        assert_raises(ValueError, student.krippendorff_alpha, given)
        given[1, 2], given[0, 2] = NAN, bad  # the only rating of its item
        assert_raises(ValueError, student.krippendorff_alpha, given)
    assert_raises(ValueError, student.krippendorff_alpha, ratings(device, "1 2", "1 2"), "ratio")
    assert_raises(ValueError, student.krippendorff_alpha, ratings(device, "1 2", "1 2"), None)
    assert_raises(ValueError, student.krippendorff_alpha, ratings(device, "3 3", "3 3"), "ratio")


# summarise


@points(1)
@claims(
    "A row is one comparison of two systems' answers to a question",
    "A system that was chosen gets 1, the other one 0, and a tie gives 0.5 to both",
    "A dictionary of five",
    "how many there are",
    "the mean over all comparisons of what the text in the first place got",
    "0.5: the place plays no part",
    "Krippendorff's nominal alpha of which system was chosen, or a tie",
)
def test_a_sheet_by_hand(student):
    """Two raters, three questions. Both prefer big on q1, though they saw it in different places; they differ on q2,
    where one sees a tie; both prefer small on q3.

    两位评分者、三个问题。q1 两人都选 big，尽管看到它的位置不同；q2 意见不同，其中一人认为平局；q3 两人都选 small。
    """
    got = student.summarise(
        rows(
            "mei q1 big small first",
            "tom q1 small big second",
            "mei q2 big small tie",
            "tom q2 small big second",
            "mei q3 big small second",
            "tom q3 big small second",
        )
    )

    # Chosen: big big, tie big, small small. Of 15 pairs, 3 (big) + 1 (small) are equal, so E = 11/15; D = 2/6.
    expected = {"raters": 2, "items": 3, "scores": {"big": 1.75 / 3, "small": 1.25 / 3}, "first": 0.25}
    assert_same(got, expected | {"alpha": 1 - (1 / 3) / (11 / 15)})


@points(1)
@claims("so that an item with more raters weighs no more than another", "for each system the mean over its items")
def test_items_weigh_the_same(student):
    """Three raters prefer big on q1, one prefers small on q2: each has 0.5. A third system on a question of its own
    counts there alone.

    三人在 q1 选 big，一人在 q2 选 small：各得 0.5。第三个系统只在它自己的问题上计算。
    """
    sheet = rows("a q1 big small first", "b q1 big small first", "c q1 small big second", "a q2 small big first")
    got = student.summarise(sheet)
    assert_same(got["scores"], {"big": 0.5, "small": 0.5})
    assert_same([got["first"], got["raters"], got["items"]], [0.75, 3, 2])

    # Two for big, one for small and a tie: neither the majority nor those who decided make the score.
    four = rows("a q1 big small first", "b q1 small big second", "c q1 big small second", "d q1 big small tie")
    assert_same(student.summarise(four)["scores"], {"big": 2.5 / 4, "small": 1.5 / 4})

    more = student.summarise(sheet + rows("a q3 tiny big first", "b q3 tiny big tie"))
    assert_same(more["scores"], {"big": (1 + 0 + 0.25) / 3, "small": 0.5, "tiny": 0.75})
    other = student.summarise(sheet + rows("b q2 small big first", "a q3 tiny big first", "b q3 big tiny first"))
    # big 4 times, small twice, tiny once: 7 of the 21 pairs are equal, E = 2/3; two of seven disagree, D = 2/7.
    assert_same(other["alpha"], 1 - (2 / 7) / (2 / 3))
    ties = rows(
        "b q2 small big first", "a q3 tiny big first", "b q3 big tiny first", "a q4 big tiny tie", "b q4 big tiny tie"
    )
    # With two ties, a fourth answer: 6 + 1 + 0 + 1 of the 36 pairs are equal, E = 7/9; two of nine disagree, D = 2/9.
    assert_same(student.summarise(sheet + ties)["alpha"], 1 - 2 / 7)


@points(1)
@after("test_a_sheet_by_hand")
@claims(
    "Rows without a choice do not count at all",
    "If a rater has several rows for an item, the last one that has a choice counts alone",
    "NaN if no item has two raters",
    "Other columns do not matter",
)
def test_rows_that_do_not_count(student):
    """A rater who left an item out is not counted there; one who rated it twice has the last choice alone, whatever
    order it was shown in. Without an item that two have rated, alpha is NaN.

    评分者没评的条目不计入；对同一条目评了两次，只算最后一次选择，无论当时的显示顺序。没有任何条目由两人评过时，alpha 为
    NaN。
    """
    sheet = rows(
        "mei q1 big small first",
        "tom q1 big small",
        "mei q1 small big first",
        "ada q2 big small",
        "tom q2 big small tie",
        "mei q1 big small",
    )
    got = unchanged(student.summarise, [row | {"comment": "first"} for row in sheet])
    expected = {"raters": 2, "items": 2, "scores": {"big": 0.25, "small": 0.75}, "first": 0.75, "alpha": NAN}
    assert_same(got, expected)

    empty = student.summarise(sheet + rows("tom q7 vast tiny"))  # neither the question nor its systems count
    assert_same(empty, expected)
    tie = student.summarise(rows("mei q1 big small first", "mei q1 small big tie"))
    assert_same([tie["scores"], tie["first"]], [{"big": 0.5, "small": 0.5}, 0.5])
    # Rater r with item 11 is not rater r1 with item 1.
    joined = student.summarise(rows("r 11 big small first", "r1 1 big small second"))
    assert_same([joined["raters"], joined["items"], joined["first"]], [2, 2, 0.5])
    # Names are what they are: Big is not big, and Mei is not mei.
    cased = student.summarise(rows("mei q1 Big big first", "Mei q1 big Big first", "mei Q1 big Big first"))
    assert_same([cased["raters"], cased["items"], cased["scores"]], [2, 2, {"Big": 0.25, "big": 0.75}])
    spaced = student.summarise(
        [row | {"rater": name} for row in rows("mei q1 big small tie") for name in ("mei", "mei ")]
    )
    assert_same([spaced["raters"], spaced["items"], spaced["alpha"]], [2, 1, NAN])

    both = student.summarise(sheet + rows("tom q1 big small second", "ada q1 big small second"))
    assert_same([both["raters"], both["items"]], [3, 2])
    expect(
        math.isnan(both["alpha"]),
        "All who rated q1 chose small, and q2 has one rater: the ratings that count are all equal.",
        "评 q1 的人都选了 small，而 q2 只有一人：计入的评分全都相等。",
    )
    other = student.summarise(sheet + rows("tom q1 big small first", "ada q2 small big first"))
    # q1: small big, q2: tie small. Of the six pairs of four ratings one is equal: E = 5/6, D = 1.
    assert_same(other["alpha"], 1 - 6 / 5)


@points(1)
@claims(
    "a choice is none of the four, a row compares a system with itself",
    "an item has different systems in different rows, or no row has a choice",
    "Rows that do not count are checked as well",
)
def test_sheets_that_are_refused(student):
    """An unknown choice, a system against itself, an item with other systems in another row, also where the row has no
    choice or is replaced by a later one; and a sheet without any choice.

    未知的选择、系统与自己比较、同一条目在另一行中是别的系统（即使那一行没有选择，或被后面的行取代）；
    以及没有任何选择的表。
    """
    fine = rows("mei q1 big small first")
    for line in ("tom q1 big small big", "tom q1 big small First", "mei q1 big small 1"):
        assert_raises(ValueError, student.summarise, rows(line) + fine)
    for choice in (" ", "first "):
        assert_raises(ValueError, student.summarise, [*fine, fine[0] | {"choice": choice}])
    assert_raises(ValueError, student.summarise, fine + rows("tom q2 big big tie"))
    assert_raises(ValueError, student.summarise, fine + rows("tom q2 big big"))
    assert_raises(ValueError, student.summarise, fine + rows("tom q1 big tiny first"))
    assert_raises(ValueError, student.summarise, fine + rows("tom q1 tiny small"))
    assert_raises(ValueError, student.summarise, fine + rows("tom q1 Big small first"))
    assert_raises(ValueError, student.summarise, rows("mei q1 big small", "tom q1 small big"))
    assert_raises(ValueError, student.summarise, [])
