"""Hidden suite of week 13, consistency.

Worked transcripts; every answer is exact, and shares are quotients of small whole numbers.
Not covered: weights of votes.
"""

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged


@points(1)
@claims(
    "If `\\boxed{` occurs, its last occurrence decides",
    "Braces are counted, so braces may stand inside",
)
def test_answers_in_boxes(student):
    """The last \\boxed{ decides, up to the brace that closes it, over several lines, whatever else the text says.

    由最后一处 \\boxed{ 决定，直到与它配对的右花括号，可以跨行，不管文中还有什么别的标记。
    """
    for text, answer in [
        (r"\boxed{7}", "7"),
        (r"First \boxed{7}. No: $\boxed{ 11 }$.", "11"),
        (r"\boxed{\frac{1}{2}} and {so} on}", r"\frac{1}{2}"),
        (r"\boxed{\text{a {b} c}^{2}}{d}", r"\text{a {b} c}^{2}"),
        (r"\boxed{\boxed{5} cm}", "5"),
        ("\\boxed{x =\n 3.}\nThe answer is 4.", "x =\n 3."),
        (r"The answer is 4. #### 5 \boxed{answer: {6}.}", "answer: {6}."),
        (r"\boxed{2} and \boxed 3 and \Boxed{4} and boxed{5}", "2"),
        (r"\boxed{:8}", ":8"),
    ]:
        assert_same(student.extract_answer(text), answer)


@points(1)
@claims(
    "Otherwise the last occurrence of any of MARKERS decides, in capitals or not; occurrences may overlap",
    "at the beginning does not belong to the answer",
    "White space at the ends never belongs to the answer, and none counts between the marker and the colon",
)
def test_answers_behind_markers(student):
    """The last marker of any kind decides, in capitals or not, with a colon after it or without.

    由任何一种标记的最后一处决定，不分大小写，后面有没有冒号都可以。
    """
    for text, answer in [
        ("The answer is 42", "42"),
        ("THE ANSWER IS: 42", "42"),
        ("the answer is \t42 apples \t", "42 apples"),
        ("3 + 4 = 7\n#### 7", "7"),
        ("所以答案是：7", "7"),
        ("答案是7", "7"),
        ("The answer is42", "42"),
        ("The answer is 5. Wait. The answer is 6", "6"),
        ("#### 5\n答案是 6", "6"),
        ("答案是 6\n#### 5", "5"),
        ("##### 5", "5"),  # the last #### begins at the second #
        ("The answer is 5 the answer is 8", "8"),
        ("The answer is : (B)", "(B)"),
        ("İİİ the answer is 72", "72"),  # three letters of which each is two in lower case
        ("The answer is :: 8", ": 8"),
        ("The answer is 12:30", "12:30"),
        ("####\u3000： 二十 ", "二十"),
    ]:
        assert_same(student.extract_answer(text), answer)


@points(1)
@claims('up to the first line feed ("\\n"), the first "。", or the first "." that white space or nothing follows')
def test_where_an_answer_ends(student):
    """An answer ends at a line feed, at "。", or at a point that white space or nothing follows, not inside of 3.5.

    答案在换行、“。”，或后面是空白或文本末尾的 "." 处结束；3.5 里的小数点不表示结束。
    """
    for text, answer in [
        ("The answer is 3.5. I am sure.", "3.5"),
        ("The answer is 3.5.", "3.5"),
        ("The answer is $1,200.50\nand no more", "$1,200.50"),
        ("答案是12。验算：3乘4等于12。", "12"),
        ("The answer is no.\nThat is all.", "no"),
        ("The answer is yes.\tReally", "yes"),
        ("The answer is a.b.c. d", "a.b.c"),
        ("The answer is 7 .", "7"),
        ("The answer is 7..", "7."),
        ("The answer is 7! Yes?", "7! Yes?"),
        ("The answer is 8.\u3000好", "8"),
        ("答案是 3.5。1", "3.5"),
        ("The answer is 5\r\nDone", "5"),
        ("The answer is: 3. 4", "3"),
        ("The answer is .5", ".5"),
        ("The answer is a\u2028b\x0bc", "a\u2028b\x0bc"),
        ("The answer is 12\rand 5\x85or 6", "12\rand 5\x85or 6"),
    ]:
        assert_same(student.extract_answer(text), answer)


@points(2)
@claims(
    "The answer is None if nothing is left, if the last `\\boxed{` is never closed, and if there is no marker at all",
    "an earlier answer, or some number in the text, is never taken instead",
    "feed ends the answer there, too: nothing is left then",
)
def test_no_answer_is_none(student):
    """A text that is cut off, or that states no answer, gives None: no earlier answer and no other number is taken.

    被截断的或没有陈述答案的文本得到 None：绝不改用更早的答案或别的数。
    """
    for text in [
        "",
        "7",
        "I think it is 7, or \\boxed 7.",
        "answer: 7. My answer is 8. Theanswer is 9.",
        "\\boxed{",
        "\\boxed{12",
        "\\boxed{7} or rather \\boxed{\\frac{1}{2}",
        "The answer is 7. \\boxed{",
        "\\boxed{}",
        "\\boxed{7} \\boxed{ \n}",
        "The answer is",
        "The answer is 7. So the answer is",
        "The answer is: \n7",
        "The answer is\n: 5",
        "答案是 \n：5",
        "#### 7\n####\n8",
        "The answer is . 7",
        "答案是。",
        "The answer is:",
        "The answer  is 7",
    ]:
        assert_same(student.extract_answer(text), None)


@points(1)
@claims(
    "A number in decimal notation is written in its shortest form",
    "The shortest form has no plus, no comma, no zeros in front",
    '"1,200.50" becomes "1200.5"',
    "White space at the ends of a number is dropped too",
)
def test_numbers_in_shortest_form(student):
    """Signs, commas and zeros that say nothing are dropped; 0 has no sign.

    去掉不起作用的正号、逗号和零；0 不带符号。
    """
    for text, form in [
        ("7", "7"),
        ("-1,234,567.5", "-1234567.5"),  # first: a float in its short form, which also keeps -0, is wrong here
        ("+07", "7"),
        ("-0.0", "0"),
        ("-0.00", "0"),
        ("-00", "0"),
        ("-0,000.0", "0"),
        ("+0", "0"),
        ("000", "0"),
        ("1,200.50", "1200.5"),
        ("-1,234,567", "-1234567"),
        ("-12,345.600", "-12345.6"),
        ("100", "100"),
        ("0.050", "0.05"),
        ("00.5", "0.5"),
        ("-0.5", "-0.5"),
        ("10.0", "10"),
        (" 3.0\n", "3"),
        ("1000000.0", "1000000"),
        ("999,999", "999999"),
    ]:
        assert_same(student.canonical(text), form)


@points(1)
@after("test_numbers_in_shortest_form")
@claims("No digit is lost, however many")
def test_long_numbers(student):
    """No digit is lost, before the point or after it, and no exponent appears.

    小数点前后一位也不丢，也不出现指数记法。
    """
    assert_same(student.canonical("12345678901234567890123456789012345"), "12345678901234567890123456789012345")
    assert_same(student.canonical("0.1234567890123456789012345678901234500"), "0.12345678901234567890123456789012345")
    assert_same(student.canonical("9007199254740993"), "9007199254740993")
    assert_same(student.canonical("-0.0000000000000000001"), "-0.0000000000000000001")
    assert_same(student.canonical("1" + "0" * 40), "1" + "0" * 40)
    assert_same(student.canonical("+100,000,000,000,000,000,000,000.0"), "1" + "0" * 23)


@points(1)
@claims(
    "an optional sign (+ or -), ASCII digits, perhaps with",
    "Of any other text every run of white space (as `str.split` sees it) becomes one space",
)
def test_other_answers(student):
    """What is no number keeps its letters, in lower case, with single spaces.

    不是数的答案保留其文字，变成小写，空白并成一个空格。
    """
    for text, form in [
        (" Willow \t\n Bay\u3000East ", "willow bay east"),
        ("(B)", "(b)"),
        ("ÄRGER", "ärger"),
        ("7 Apples", "7 apples"),
        ("1,20", "1,20"),
        ("$1,200.50", "$1,200.50"),
        ("1,2000", "1,2000"),
        ("1234,567", "1234,567"),
        ("1,234,56", "1,234,56"),
        (",123", ",123"),
        ("7.", "7."),
        (".50", ".50"),
        ("+ 7", "+ 7"),
        ("\u22127", "\u22127"),  # a minus, but not the one of ASCII
        ("--7", "--7"),
        ("1E3", "1e3"),
        ("1_000", "1_000"),
        ("1.50.0", "1.50.0"),
        ("1.0,500", "1.0,500"),
        ("007 0.50", "007 0.50"),
        ("٣", "٣"),
        ("０7", "０7"),
        ("+１２", "+１２"),
        ("٣.0", "٣.0"),
        ("Straße", "straße"),
        ("NaN", "nan"),
        ("Infinity", "infinity"),
        ("-", "-"),
        ("", ""),
        (" \n", ""),
    ]:
        assert_same(student.canonical(text), form)


def said(*answers):
    return [f"Hm. The answer is {answer}." if answer is not None else "I do not know." for answer in answers]


@points(1)
@claims(
    "Answers with the same `canonical` form are one candidate",
    "The share is its votes divided by the number of transcripts, abstentions included",
    "The answer is the winner in its canonical form",
    "No argument is changed",
)
def test_the_majority_wins(student):
    """The candidate with the most votes wins; its share counts those who abstain, too.

    票数最多者获胜；计算 share 时弃权的也算在内。
    """
    for answers, expected in [
        (["7"], ("7", 1.0)),
        (["8", "7", "7"], ("7", 2 / 3)),
        (["8", "7.0", "+7", "8.5", "7"], ("7", 3 / 5)),
        (["9", None, "9", None, "1", None, None], ("9", 2 / 7)),
        (["Yes", "no", "YES", "yes "], ("yes", 3 / 4)),
        (["1,000", "1000.0", "1"], ("1000", 2 / 3)),
        (["0", None, "0"], ("0", 2 / 3)),
    ]:
        assert_same(unchanged(student.self_consistency, said(*answers)), expected)


@points(1)
@claims("of several with equally many, the one whose first vote came earliest")
def test_ties_go_to_the_first(student):
    """Of several candidates with equally many votes, the one that was named first wins, whatever it is called.

    票数相同时，最先出现的候选获胜，与其内容无关。
    """
    for answers, expected in [
        # The first that was named is m, the last k; the first to have two votes is q, and the last vote is p's.
        (list("mzapqkqkmzap"), ("m", 2 / 12)),
        (["5", "3"], ("5", 1 / 2)),
        (["3", "5"], ("3", 1 / 2)),
        ([None, "b", "a", "a", "b"], ("b", 2 / 5)),
        (["c", "a", "b", "a", "b"], ("a", 2 / 5)),
        (["z", "y", "x", "z", "x"], ("z", 2 / 5)),
        (["2.0", "10", "10", "2"], ("2", 1 / 2)),
    ]:
        assert_same(student.self_consistency(said(*answers)), expected)


@points(1)
@claims("or None if its share is below `at_least`", "If all abstain, it is (None, 0.0)", "None is an abstention")
def test_too_little_agreement(student):
    """A winner whose share is below at_least gives no answer, but its share; a share of exactly at_least is enough.

    获胜者的 share 低于 at_least 时不给出答案，但仍给出 share；恰好等于 at_least 就够了。
    """
    samples = said("7", "8", "7", None)
    assert_same(student.self_consistency(samples, at_least=0.5), ("7", 0.5))
    assert_same(student.self_consistency(samples, at_least=0.51), (None, 0.5))
    assert_same(student.self_consistency(samples, at_least=1), (None, 0.5))
    assert_same(student.self_consistency(said("7", "7"), at_least=1), ("7", 1.0))
    assert_same(student.self_consistency(said(None, None)), (None, 0.0))
    assert_same(student.self_consistency(said(None, None, None), at_least=0.2), (None, 0.0))
    assert_same(student.self_consistency(said("4", "5", "6"), at_least=0.0), ("4", 1 / 3))


@points(1)
@claims(
    "it is called once for each, in order",
    "there is no transcript, or `at_least` is not between 0 and 1 (both allowed)",
)
def test_another_extract(student):
    """extract is called once for each transcript, in order; an empty text is a vote; no transcripts are refused.

    extract 按顺序对每段文本各调用一次；空文本也是一票；没有任何文本时拒绝。
    """
    seen = []

    def last_word(text):
        seen.append(text)
        return text.split(" ")[-1] if text != "?" else None

    texts = ["go Left", "go right", "?", "turn left", "?", "LEFT"]
    assert_same(student.self_consistency(texts, last_word), ("left", 0.5))
    expect(
        seen == texts,
        "extract was called with {seen}.",
        "extract 的调用参数依次是 {seen}。",
        seen=seen,
    )
    assert_same(student.self_consistency(["a ", "a ", "a b"], extract=last_word), ("", 2 / 3))
    for wrong in (-0.1, 1.1, 2, float("nan")):
        assert_raises(ValueError, student.self_consistency, said("7"), at_least=wrong)
    assert_raises(ValueError, student.self_consistency, [])
    assert_raises(ValueError, student.self_consistency, [], last_word)
