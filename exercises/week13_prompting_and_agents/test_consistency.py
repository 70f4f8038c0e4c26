"""Visible examples of week 13, consistency: worked by hand."""

from grader.suite import assert_same


def test_the_answer_behind_a_marker(student):
    """What stands behind the last marker is the answer; without a marker there is none.

    最后一个标记后面的内容就是答案；没有标记就没有答案。
    """
    assert_same(student.extract_answer("3 and 4 make 7. The answer is 7."), "7")
    assert_same(student.extract_answer("I count 7 apples."), None)


def test_the_answer_in_a_box(student):
    """Braces inside the box belong to the answer.

    框里的花括号属于答案。
    """
    assert_same(student.extract_answer(r"So it is \boxed{\frac{1}{2}}, one half."), r"\frac{1}{2}")


def test_equal_answers_are_equal_texts(student):
    """Numbers are written in their shortest form, other answers in lower case.

    数写成最短形式，其他答案变成小写。
    """
    assert_same(student.canonical("1,200.50"), "1200.5")
    assert_same(student.canonical(" Willow  Bay "), "willow bay")


def test_three_of_four_agree(student):
    """7, 7.0 and 7 against 8.

    7、7.0、7 对 8。
    """
    samples = ["The answer is 7.", "The answer is 8.", "The answer is 7.0.", r"\boxed{7}"]

    assert_same(student.self_consistency(samples), ("7", 0.75))
