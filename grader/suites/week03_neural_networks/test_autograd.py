"""Hidden suite of week 03, autograd.

A sheet of the given module expressions computes inside the student's process, and tells numbers and gradients.
Not covered: how values are printed, memory.
"""

import math

from grader.suite import after, assert_raises, assert_same, claims, expect, points


def sheet(module, **leaves):
    """Return a sheet with these leaves."""
    return module.given("expressions").Sheet(module.Value, leaves)


def slope(module, number, name, *operands):
    """Return the value and the slope of one operation on one number x."""
    one = sheet(module, x=number)
    one.compute([("y", name, *(operands or ("x",)))])
    one.backward("y")
    return one.data("y") + one.gradients("x")


@points(1)
@claims("the number, a float", "the gradient that `backward` found")
def test_by_hand(student):
    """c = (a + b) * a with a = 2 and b = 5 is 14, with slopes 2 a + b = 9 and a = 2.

    a = 2、b = 5 时，c = (a + b) * a 是 14，斜率为 2 a + b = 9 和 a = 2。
    """
    one = sheet(student, a=2.0, b=5.0)
    one.compute([("sum", "add", "a", "b"), ("c", "mul", "sum", "a")])

    assert_same(one.gradients("a", "b", "sum", "c"), [0.0] * 4)
    one.backward("c")
    assert_same(one.data("a", "b", "sum", "c"), [2.0, 5.0, 7.0, 14.0])
    assert_same(one.gradients("a", "b", "sum", "c"), [9.0, 2.0, 2.0, 1.0])


@points(2)
@claims("after all that was computed from it")
def test_a_diamond(student):
    """b = 2 a, c = b + b b with a = 3: the gradient of b is complete (13) before it is passed on, so a gets 26.

    b = 2 a、c = b + b b、a = 3：b 的梯度（13）收齐之后才往下传，所以 a 得到 26。
    """
    one = sheet(student, a=3.0)
    one.compute([("b", "mul", "a", 2), ("square", "mul", "b", "b"), ("c", "add", "b", "square")])
    other = sheet(student, a=3.0)
    other.compute([("b", "mul", "a", 2), ("square", "mul", "b", "b"), ("c", "add", "square", "b")])

    for either in (one, other):
        either.backward("c")
        assert_same(either.gradients("a", "b"), [26.0, 13.0])


@points(1)
def test_a_value_used_many_times(student):
    """x * x + x at 3 has slope 7, and x + x + x has slope 3.

    x * x + x 在 3 处的斜率是 7，x + x + x 的斜率是 3。
    """
    one = sheet(student, x=3.0)
    one.compute([("s", "mul", "x", "x"), ("y", "add", "s", "x")])
    one.backward("y")
    other = sheet(student, x=3.0)
    other.compute([("s", "add", "x", "x"), ("y", "add", "s", "x")])
    other.backward("y")

    assert_same(one.gradients("x") + other.gradients("x"), [7.0, 3.0])


@points(1)
@claims("To the power 0 every number, 0 included, gives 1 with slope 0", "the exponent is a Value")
def test_powers(student):
    """Powers 3, 1/2, -2 and 1 have the textbook slopes, at 0 too; the power 0 has slope 0; no Value is an exponent.

    3、1/2、-2、1 次幂的斜率与课本一致，在 0 处也一样；0 次幂的斜率为 0；指数不能是 Value。
    """
    for base, exponent in ((1.5, 3), (4.0, 0.5), (-2.0, -2), (7.0, 1), (-3.0, 2), (0.0, 2), (2.3, 0.37), (0.0, 1)):
        expected = [base**exponent, exponent * base ** (exponent - 1)]
        assert_same(slope(student, base, "pow", "x", exponent), expected)
    assert_same(slope(student, 3.0, "pow", "x", 0) + slope(student, 0.0, "pow", "x", 0), [1.0, 0.0, 1.0, 0.0])
    assert_raises(TypeError, sheet(student, x=2.0).compute, [("y", "pow", "x", "x")])


@points(1)
@claims("the number is 0 or negative")
def test_exp_and_log(student):
    """exp is its own slope; log has the slope 1 / x, and refuses 0 and negative numbers with ValueError.

    exp 的斜率是它自己；log 的斜率是 1 / x，对 0 和负数抛出 ValueError。
    """
    for number in (-3.0, 0.0, 2.5, 60.0):
        assert_same(slope(student, number, "exp"), [math.exp(number)] * 2)
    for number in (0.25, 1.0, 20.0, 1e-12):
        assert_same(slope(student, number, "log"), [math.log(number), 1 / number])
    for number in (0.0, -1.0):
        assert_raises(ValueError, sheet(student, x=number).compute, [("y", "log", "x")])


@points(1)
@claims("The slope at 0 is 0")
def test_tanh_and_relu(student):
    """tanh has the slope 1 - tanh²; relu has the slope 1 above 0, and 0 below and at 0.

    tanh 的斜率是 1 - tanh²；relu 在 0 以上斜率为 1，在 0 以下和 0 处为 0。
    """
    for number in (-0.7, 0.0, 1.3, 30.0, 400.0, -400.0):
        assert_same(slope(student, number, "tanh"), [math.tanh(number), 1 - math.tanh(number) ** 2])
    for number, expected in ((2.5, [2.5, 1.0]), (-2.5, [0.0, 0.0]), (0.0, [0.0, 0.0]), (-120.0, [0.0, 0.0])):
        assert_same(slope(student, number, "relu"), expected)


@points(1)
@claims("An operand may also be a plain int or float, on either side")
def test_plain_numbers_on_either_side(student):
    """Plain numbers may stand left or right of +, -, * and /, and the slopes are right.

    普通的数可以放在 +、-、*、/ 的左边或右边，斜率都正确。
    """
    cases = {
        ("add", "x", 3): [7.0, 1.0],
        ("add", 3, "x"): [7.0, 1.0],
        ("mul", "x", 3): [12.0, 3.0],
        ("mul", 2.5, "x"): [10.0, 2.5],
        ("sub", "x", 1): [3.0, 1.0],
        ("sub", 1, "x"): [-3.0, -1.0],
        ("truediv", "x", 8): [0.5, 0.125],
        ("truediv", 8, "x"): [2.0, -0.5],
        ("truediv", "x", "x"): [1.0, 0.0],
        ("sub", "x", "x"): [0.0, 0.0],
    }
    for (name, *operands), expected in cases.items():
        assert_same(slope(student, 4.0, name, *operands), expected)


@points(1)
@claims("A leaf adds the new gradient to its `grad`", "its `grad` is that of this call alone")
def test_backward_twice(student):
    """After a second backward, leaves hold the sum of both gradients and computed values that of the last alone.

    第二次 backward 之后，叶子保存两次梯度之和，中间值只保存最近一次的梯度。
    """
    one = sheet(student, a=3.0)
    one.compute([("b", "mul", "a", 2), ("c", "mul", "b", "b")])

    one.backward("c")
    one.backward("c")
    assert_same(one.gradients("a", "b", "c"), [48.0, 12.0, 1.0])
    one.backward("b")
    assert_same(one.gradients("a", "b"), [50.0, 1.0])


@points(1)
def test_a_shared_leaf_collects(student):
    """Two results from one leaf: its gradient is the sum of both, as when a batch is worked through one by one.

    一个叶子产生两个结果：它的梯度是两者之和，就像逐个处理一批样本时那样。
    """
    one = sheet(student, w=2.0)
    one.compute([("first", "mul", "w", 5), ("second", "pow", "w", 3)])
    one.backward("first")
    one.backward("second")

    assert_same(one.gradients("w"), [17.0])


@points(1)
def test_zero_grad(student):
    """zero_grad clears the value and all below it, and nothing else; then gradients start anew.

    zero_grad 把该值和它下面的一切清零，其余不动；之后梯度重新开始。
    """
    one = sheet(student, a=3.0, other=1.0)
    one.compute([("b", "mul", "a", 2), ("c", "mul", "b", "b"), ("d", "mul", "c", "other")])
    one.backward("d")

    one.zero_grad("c")
    assert_same(one.gradients("a", "b", "c", "other"), [0.0, 0.0, 0.0, 36.0])
    one.backward("c")
    assert_same(one.gradients("a", "b", "c"), [24.0, 12.0, 1.0])


@points(1)
def test_backward_of_a_leaf(student):
    """The gradient of a leaf with respect to itself is 1, and adds up like any other.

    叶子对自身的梯度是 1，并且同样会累加。
    """
    one = sheet(student, a=3.0)
    one.backward("a")
    first = one.gradients("a")
    one.backward("a")

    assert_same(first + one.gradients("a"), [1.0, 2.0])


@points(1)
@after("test_a_diamond")
@claims("not with the number of paths")
def test_more_paths_than_time(student):
    """Fifty doublings make 2^50 paths and fifty sums: the gradient is 2^50, and comes at once.

    翻倍 50 次产生 2^50 条路径，但只有 50 次加法：梯度是 2^50，而且立刻就有结果。
    """
    one = sheet(student, a=1.0)
    names = ["a", *(f"sum{step}" for step in range(50))]
    one.compute([(after, "add", before, before) for before, after in zip(names, names[1:], strict=False)])
    one.backward(names[-1])

    assert_same(one.gradients("a"), [2.0**50])


@points(1)
@claims("Chains of many thousand operations are no problem: nothing is recursive")
def test_a_long_chain(student):
    """A chain of 20,000 sums sends its gradient back and can be cleared: Python ends a recursion at a depth of 1,000.

    由 20,000 次加法组成的长链也能把梯度一路传回，并且能够清零；而 Python 的递归到约 1,000 层就会中断。
    """
    one = sheet(student, a=1.0)
    one.chain("end", "a", 20_000)
    one.backward("end")
    reached = one.data("end") + one.gradients("a")
    one.zero_grad("end")

    assert_same(reached + one.gradients("a"), [20_001.0, 1.0, 0.0])


@points(1)
@claims("No operation changes its operands", "pairs of a Value and the slope of this value with respect to it")
def test_operands_stay(student):
    """Operations change neither numbers nor gradients of their operands, and leaves with equal numbers are apart.

    运算不改变操作数的数值和梯度；数值相同的叶子互不相干。
    """
    one = sheet(student, a=3.0, b=3.0)
    one.compute([("before", "add", "a", "b")])
    one.backward("before")
    steps = [("c", name, "a") for name in ("exp", "tanh", "relu", "log", "neg")]
    steps += [("c", name, "a", "b") for name in ("add", "mul", "sub", "truediv")] + [("c", "pow", "a", 2)]
    one.compute(steps)

    assert_same(one.data("a", "b") + one.gradients("a", "b"), [3.0, 3.0, 1.0, 1.0])
    one.compute([("c", "mul", "a", 2), ("d", "mul", "c", "b")])
    one.backward("d")
    assert_same(one.gradients("a", "b"), [7.0, 7.0])


@points(1)
@after("test_a_diamond")
@claims(
    "takes as many Values as there are numbers, and returns a Value that it computed from them",
    "Each number becomes a leaf of its own",
    "Where `f` does not use a number, its slope is 0.0",
)
def test_gradient_of_a_function(student):
    """gradient gives one slope for each number, floats in their order: 0.0 for one that is not used, 1.0 for itself.

    gradient 按顺序为每个数给出一个斜率（float）：没有用到的是 0.0，函数就是它自己时是 1.0。
    """
    make = student.given("expressions").Formula
    product = make([("s", "add", "a", "b"), ("p", "mul", "s", "a")], "p")
    quotient = make([("q", "truediv", "c", "a")], "q")

    assert_same(student.gradient(product, [2.0, 5.0]), [9.0, 2.0])
    assert_same(student.gradient(product, [3.0, 3.0]), [9.0, 3.0])
    assert_same(student.gradient(quotient, [2, 5, 8]), [-2.0, 0.0, 0.5])
    assert_same(student.gradient(make([], "b"), [4.0, 7.0]), [0.0, 1.0])


@points(1)
@after("test_a_diamond")
def test_a_tangle(student, reference, rng):
    """Sixty operations on random earlier results give the reference's numbers and gradients, everywhere.

    在随机的已有结果上做 60 次运算，所有数值和梯度都与参考答案一致。
    """
    leaves = {name: float(rng.uniform(1, low=-1.0, high=1.0)) for name in ("a", "b", "c")}
    names, steps = list(leaves), []
    for step in range(60):
        kind = int(rng.integers(0, 5, 1))
        operands = [names[-1], rng.choice(names)]
        steps.append(
            (f"v{step}", ("add", "mul", "sub")[kind], *operands)
            if kind < 3
            else (f"v{step}", ("tanh", "relu")[kind - 3], operands[1])
        )
        steps.append((f"w{step}", "tanh", f"v{step}"))  # keeps every number small
        names += [f"v{step}", f"w{step}"]
    mine, ours = (sheet(module, **leaves) for module in (student, reference))
    for one in (mine, ours):
        one.compute(steps)
        one.backward(names[-1])

    assert_same(mine.data(*names), ours.data(*names))
    assert_same(mine.gradients(*names), ours.gradients(*names))
    expect(
        any(mine.gradients("a", "b", "c")),
        "No gradient reaches the leaves.",
        "没有梯度到达叶子。",
    )
