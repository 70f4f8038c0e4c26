"""Hidden suite of week 18, moving average.

Sizes are distinct primes, so that a swapped axis cannot go unnoticed.
Not covered: gradients.
"""

import torch

from grader.suite import after, assert_raises, assert_same, points, unchanged

BATCH, STEPS, WIDTH = 3, 7, 5


@points(40)
def test_agrees_with_the_reference(student, reference, rng):
    """Every row of a batch is smoothed along the last axis, as the reference does it.

    一批中的每一行都沿最后一个轴平滑，结果与参考答案一致。
    """
    values = rng.normal(BATCH, STEPS)

    assert_same(student.moving_average(values, WIDTH), reference.moving_average(values, WIDTH))


@points(20)
def test_a_constant_series_stays_as_it_is(student, rng):
    """The mean of equal values, or of a single one, is that value, and the argument is left alone.

    相等的值或单个值求均值仍是原值；而且不修改参数。
    """
    values = torch.full((STEPS,), 4.25, dtype=torch.float64)

    assert_same(unchanged(student.moving_average, values, WIDTH), values)
    single = rng.normal(1)
    assert_same(student.moving_average(single, WIDTH), single)


@points(20)
@after("test_agrees_with_the_reference")
def test_a_strided_view_of_float64(student, reference, rng):
    """A transposed view of float64 numbers gives float64, and a width beyond the length is allowed.

    float64 的转置视图返回 float64；宽度可以超过长度。
    """
    values = rng.normal(STEPS, BATCH, dtype=torch.float64).T

    assert_same(student.moving_average(values, STEPS + 4), reference.moving_average(values, STEPS + 4))


@points(20)
def test_a_negative_width_is_refused(student):
    """A width less than 1 is a ValueError.

    宽度小于 1 时抛出 ValueError。
    """
    assert_raises(ValueError, student.moving_average, torch.ones(STEPS), -2)
