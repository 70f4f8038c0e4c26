"""Visible examples of week 03, autograd: every number can be checked by hand.

A sheet (given: expressions.py) computes with your values: ("c", "mul", "a", "b") stands for c = a * b.
"""

import math

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


def test_there_and_back(student):
    """b = 2 a and c = b b + b with a = 3: b collects 12 + 1 = 13, and a gets 2 · 13 = 26.

    b = 2 a、c = b b + b、a = 3：b 收到 12 + 1 = 13，a 得到 2 · 13 = 26。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"a": 3.0})
    sheet.compute([("b", "mul", "a", 2), ("square", "mul", "b", "b"), ("c", "add", "square", "b")])

    sheet.backward("c")

    assert_same(sheet.gradients("a", "b"), [26.0, 13.0])


def test_a_second_time(student):
    """c = b b with b = 2 a and a = 3: each backward adds 24 to the leaf a, and b has 12 each time; then all is cleared.

    c = b b、b = 2 a、a = 3：每次 backward 给叶子 a 加上 24，而 b 每次都是 12；最后全部清零。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"a": 3.0})
    sheet.compute([("b", "mul", "a", 2), ("c", "mul", "b", "b")])

    for total in (24.0, 48.0):
        sheet.backward("c")
        assert_same(sheet.gradients("a", "b"), [total, 12.0])
    sheet.zero_grad("c")
    assert_same(sheet.gradients("a", "b", "c"), [0.0, 0.0, 0.0])


def test_slope_of_a_power(student):
    """x³ at 2 is 8, with slope 3 · 2² = 12.

    x³ 在 2 处是 8，斜率是 3 · 2² = 12。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"x": 2.0})
    sheet.compute([("y", "pow", "x", 3)])
    sheet.backward("y")

    assert_same(sheet.data("y") + sheet.gradients("x"), [8.0, 12.0])


def test_slopes_of_exp_and_log(student):
    """exp at ln 3 is 3, with slope 3; log at 4 is ln 4, with slope 1/4.

    exp 在 ln 3 处是 3，斜率是 3；log 在 4 处是 ln 4，斜率是 1/4。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"x": math.log(3), "z": 4.0})
    sheet.compute([("y", "exp", "x"), ("w", "log", "z")])
    sheet.backward("y")
    sheet.backward("w")

    assert_same(sheet.data("y", "w") + sheet.gradients("x", "z"), [3.0, math.log(4), 3.0, 0.25])


def test_slope_of_tanh(student):
    """Where tanh is 1/2, its slope is 1 - 1/4.

    在 tanh 等于 1/2 的地方，斜率是 1 - 1/4。
    """
    sheet = student.given("expressions").Sheet(student.Value, {"x": math.atanh(0.5)})
    sheet.compute([("y", "tanh", "x")])
    sheet.backward("y")

    assert_same(sheet.data("y") + sheet.gradients("x"), [0.5, 0.75])
