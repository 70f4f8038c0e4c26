"""Hidden suite of the tiny exercise."""

from grader.suite import after, assert_raises, assert_same, attribute, points, unchanged


@points(10)
def test_doubles(student, reference, rng):
    """Every element is doubled.

    每个元素都翻倍。
    """
    x = rng.normal(2, 3)

    assert_same(unchanged(student.double, x), reference.double(x))


@points(5)
@after("test_doubles")
def test_doubles_a_view(student, rng):
    """A transposed view is doubled too.

    转置视图也翻倍。
    """
    x = rng.normal(2, 3).T

    assert_same(student.double(x), 2 * x)


@points(5)
def test_counts(student):
    """A counter remembers its total.

    计数器记住总数。
    """
    counter = student.Counter(3)
    counter.add(4)

    assert_same(counter.add(5), 12)
    assert_same(attribute(counter, "total"), 12)
