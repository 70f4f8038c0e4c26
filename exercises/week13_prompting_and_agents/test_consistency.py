"""Visible examples of week 13, consistency: worked by hand."""

from grader.suite import assert_same


def test_the_answer_behind_a_marker(student):
    """What stands after the last marker is the answer; without a marker there is none.

    最后一个标记后面的内容就是答案；没有标记就没有答案。
    """
    assert_same(student.extract_answer("3 and 4 make 7. The answer is 7."), "7")
    assert_same(student.extract_answer("I count 7 apples."), None)
    assert_same(student.extract_answer("The answer is 7. Wait. THE ANSWER IS: 3.5 m. I am sure."), "3.5 m")
    assert_same(student.extract_answer("#### 7 The answer is 8"), "8")
    assert_same(student.extract_answer("The answer is:\n7"), None)


def test_the_answer_in_a_box(student):
    """Braces inside the box belong to the answer.

    框里的花括号属于答案。
    """
    assert_same(student.extract_answer(r"So it is \boxed{\frac{1}{2}}, one half."), r"\frac{1}{2}")


def test_the_last_box_decides(student):
    """The last box decides, whatever stands after it; if it is cut off, there is no answer.

    由最后一个框决定，不管它后面写了什么；如果它被截断，就没有答案。
    """
    assert_same(student.extract_answer(r"\boxed{7}, no: \boxed{8} {x}. The answer is 9."), "8")
    assert_same(student.extract_answer(r"The answer is 7. \boxed{7} or \boxed{\frac{1"), None)


def test_equal_answers_are_equal_texts(student):
    """Numbers are written in their shortest form, other answers in lower case.

    数写成最短形式，其他答案变成小写。
    """
    assert_same(student.canonical("1,200.50"), "1200.5")
    assert_same(student.canonical(" Willow  Bay "), "willow bay")
    assert_same([student.canonical(number) for number in ("-0.0", "+100", "00.050")], ["0", "100", "0.05"])
    assert_same(student.canonical("12345678901234567890.5"), "12345678901234567890.5")
    assert_same([student.canonical(text) for text in ("1,20", "1E3")], ["1,20", "1e3"])


def test_three_of_four_agree(student):
    """7, 7.0 and 7 against 8.

    7、7.0、7 对 8。
    """
    samples = ["The answer is 7.", "The answer is 8.", "The answer is 7.0.", r"\boxed{7}"]

    assert_same(student.self_consistency(samples), ("7", 0.75))


def test_ties_and_abstentions(student):
    """Of equally many votes, the first vote decides; who says nothing counts in the share; 0.4 is enough for 0.4.

    票数相同时看谁最先出现；没有作答的也计入 share；at_least 为 0.4 时，0.4 就够了。
    """
    samples = ["#### B", "#### C", "#### A", "#### c", "#### b"]
    assert_same(student.self_consistency(samples, at_least=0.4), ("b", 0.4))
    assert_same(student.self_consistency(["#### 2.0", "Hm.", "Hm.", "Well."], at_least=0.2), ("2", 0.25))
    assert_same(student.self_consistency(["#### 2", "Hm.", "#### 3"], at_least=0.5), (None, 1 / 3))


def test_another_way_to_extract(student):
    """Any function may find the answers; an empty text is an answer, too.

    可以用任何函数提取答案；空文本也是答案。
    """
    assert_same(student.self_consistency(["a-", "b-", "c-x"], lambda text: text.split("-")[1]), ("", 2 / 3))
