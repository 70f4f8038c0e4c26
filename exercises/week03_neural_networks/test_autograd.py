"""Visible examples of week 03, autograd: every number can be checked by hand.

A sheet (given: expressions.py) computes with your values: ("c", "mul", "a", "b") stands for c = a * b.
"""

from grader.suite import assert_same


def test_product_and_sum(student):
    """c = a b + a with a = 3 and b = 4 is 15; c grows by b + 1 = 5 for each 1 of a, and by a = 3 for each 1 of b.

    a = 3、b = 4 时，c = a b + a 是 15；a 每增加 1，c 增加 b + 1 = 5；b 每增加 1，c 增加 a = 3。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"a": 3.0, "b": 4.0})
    sheet.compute([("product", "mul", "a", "b"), ("c", "add", "product", "a")])
    sheet.backward("c")

    assert_same(sheet.data("c"), [15.0])
    assert_same(sheet.gradients("a", "b", "c"), [5.0, 3.0, 1.0])


def test_a_square(student):
    """x * x at 5 has slope 10: x is used twice, and both uses count.

    x * x 在 5 处的斜率是 10：x 用了两次，两次都要计入。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"x": 5.0})
    sheet.compute([("y", "mul", "x", "x")])
    sheet.backward("y")

    assert_same(sheet.gradients("x"), [10.0])


def test_gradient(student):
    """The slopes of (a + b) a at 2 and 5 are 9 and 2.

    (a + b) a 在 2 和 5 处的斜率是 9 和 2。
    """
    formula = student.given("expressions").Formula([("sum", "add", "a", "b"), ("c", "mul", "sum", "a")], "c")

    assert_same(student.gradient(formula, [2.0, 5.0]), [9.0, 2.0])
