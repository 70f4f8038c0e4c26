"""Hidden suite of the toy exercise.

The fast test and the lean one stand last. Not covered: half precision.
"""

import torch

from grader.suite import after, assert_same, attribute, expect, gradients, points, unchanged

ROWS, COLUMNS = 3, 5
SECRET = "the hidden suite of the toy course"


@points(10)
def test_agrees_with_the_reference(student, reference, rng):
    """The answer agrees with the reference.

    结果与参考答案一致。
    """
    for _ in range(3):
        scores = rng.normal(ROWS, COLUMNS)

        assert_same(unchanged(student.softmax, scores), reference.softmax(scores))


@points(10)
def test_large_scores_do_not_overflow(student, reference, rng):
    """Scores in the thousands give no NaN.

    上千的分数不会产生 NaN。
    """
    scores = 1000 * rng.normal(ROWS, COLUMNS)

    assert_same(student.softmax(scores), reference.softmax(scores))


@points(10)
def test_the_input_matters(student, rng):
    """Probabilities add up to one, and the largest score has the largest.

    概率之和为一，最大的分数对应最大的概率。
    """
    scores = rng.normal(COLUMNS, dtype=torch.float64)
    answer = student.softmax(scores)

    assert_same(answer.sum(), torch.tensor(1.0, dtype=torch.float64))
    alone = int((answer == answer.max()).sum()) == 1  # or equal probabilities would be right by chance
    expect(alone and answer.argmax() == scores.argmax(), "The largest is elsewhere.", "最大值的位置不对。")


@points(10)
def test_gradients(student, reference, rng):
    """The gradient flows through the answer.

    梯度能够回传。
    """
    scores = rng.normal(ROWS, COLUMNS, dtype=torch.float64)

    assert_same(gradients(student.softmax, scores), gradients(reference.softmax, scores))


@points(20)
def test_the_running_mean(student, rng):
    """The mean remembers everything.

    均值记住所有的数。
    """
    numbers = [float(number) for number in rng.integers(1, 100, 4)]
    running = student.Running()
    means = [running.add(number) for number in numbers]

    assert_same(means, [sum(numbers[: n + 1]) / (n + 1) for n in range(4)])
    assert_same(attribute(running, "count"), 4)


@points(20)
@after("test_agrees_with_the_reference")
def test_fast(student, reference, speed):
    """At most three times the reference's time.

    最多为参考答案用时的三倍。
    """
    speed(student, reference).call("softmax", lambda rng: rng.normal(512, 1024), at_most=3.0)


@points(20)
@after("test_agrees_with_the_reference")
def test_lean(student, reference, memory, rng):
    """At most 64 MB beyond the input.

    除输入外最多占用 64 MB。
    """
    peak = memory(student, reference).growth("softmax", (rng.normal(2, 2),), (rng.normal(1024, 1024),))

    expect(peak < 64 << 20, "It takes {peak} MB.", "占用 {peak} MB。", peak=peak >> 20)
