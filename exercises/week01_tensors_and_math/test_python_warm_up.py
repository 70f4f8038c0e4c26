"""Visible examples of week 01, python_warm_up. There are no points: what passes here is right."""

from grader.suite import assert_raises, assert_same, attribute, unchanged

RECORDS = [
    {"kind": "story", "language": "en", "text": "Anna has a cat."},
    {"kind": "question", "language": "en", "text": "What has Anna?"},
    {"kind": "story", "language": "zh", "text": "安娜有一只猫。"},
    {"kind": "story", "language": "en", "text": "Max has a dog."},
]


def test_example_counted(student):
    """A counted function gives the same answers, and its `calls` are 0, then 1, then 2.

    计数后的函数结果不变，它的 `calls` 依次是 0、1、2。
    """
    double = student.counted(lambda x: 2 * x)

    assert_same(attribute(double, "calls"), 0)
    assert_same([double(3), attribute(double, "calls")], [6, 1])
    assert_same([double(4), attribute(double, "calls")], [8, 2])


def test_example_counted_twice(student):
    """Two functions have two counts, and arguments may be given by name.

    两个函数各有各的计数；参数也可以按名字给出。
    """
    add, twice = student.counted(lambda a, b: a + b), student.counted(lambda x: 2 * x)

    assert_same([add(1, 2), add(b=5, a=3), twice(7)], [3, 8, 14])
    assert_same([attribute(add, "calls"), attribute(twice, "calls")], [2, 1])


def test_example_batches(student):
    """Five items in pieces of two: two, two and one; the next question goes on where the last one ended.

    五个元素，每批两个：两个、两个、一个；下一次取时，从上次停下的地方继续。
    """
    pieces = student.batches([1, 2, 3, 4, 5], 2)

    assert_same(student.take(pieces, 1), [[1, 2]])
    assert_same(student.take(pieces, 9), [[3, 4], [5]])
    assert_same(student.take(student.batches([], 3), 9), [])


def test_example_batches_of_nothing(student):
    """A size of 0 is refused with ValueError when the first piece is asked for.

    每批 0 个元素时，取第一批就抛出 ValueError。
    """
    assert_raises(ValueError, lambda: student.take(student.batches([1, 2], 0), 1))


def test_example_seeded(student):
    """Inside a block with a seed of its own, numbers come from that seed; afterwards the outer ones go on.

    内层块用自己的种子抽数；离开之后，外层的随机数接着往下走。
    """
    alone = student.draw_around(student.seeded(3), student.seeded(3))

    assert_same(alone[0], alone[1])  # both blocks start from 3
    for fails in (False, True):
        drawn = student.draw_around(student.seeded(3), student.seeded(8), fails)
        assert_same([drawn[0], drawn[2]], [alone[0], alone[2]])


def test_example_table(student):
    """Three stories and a question: one row for each kind, one column for each language, and a 0 that nobody wrote.

    三个故事和一个问题：每种一行，每种语言一列，没有出现的组合是 0。
    """
    table = unchanged(student.count_kinds, RECORDS)

    assert_same(table.to_dict(), {"en": {"question": 1, "story": 2}, "zh": {"question": 0, "story": 1}})


def test_example_plot(student):
    """The bars are as high as the sums of the rows: one question, three stories.

    柱子的高度是各行的和：一个问题，三个故事。
    """
    figure = student.plot_kinds(student.count_kinds(RECORDS))

    assert_same(student.bars(figure), [("question", 1.0), ("story", 3.0)])
