"""Hidden suite of week 01, python_warm_up: the promises of the visible examples for other inputs, and worth no points.

A warm-up is checked by its visible examples; these tests make sure that the examples' sentences hold in general.
Not covered: that a piece is made only when it is asked for, the looks of the plot.
"""

import torch

from grader.suite import assert_raises, assert_same, attribute, claims, expect, unchanged

KINDS, LANGUAGES = ("yes", "a story", "talk", "b"), ("zh", "en", "de")


def records(rng, n):
    """Records in a random order, not all pairs among them."""
    found = []
    for _ in range(n):
        kind, language = rng.choice(KINDS), rng.choice(LANGUAGES)
        if (kind, language) != ("b", "de"):
            found.append({"kind": kind, "text": "…", "language": language, "id": len(found)})
    return [*found, {"kind": "b", "language": "zh"}, {"language": "de", "kind": "talk"}]


@claims(
    "The count is its attribute `calls`, an int, 0 before the first call", "by place or by name", "a count of its own"
)
def test_counts(student):
    """Calls are counted, whatever the arguments are, for each function by itself.

    无论参数是什么，调用都会计数；每个函数各自计数。
    """
    one, other = student.counted(lambda *a, **k: [list(a), k]), student.counted(lambda: "nothing")
    assert_same([attribute(one, "calls"), attribute(other, "calls")], [0, 0])
    assert_same([one(1, 2, x=3), one(), one(y=[4])], [[[1, 2], {"x": 3}], [[], {}], [[], {"y": [4]}]])
    assert_same([attribute(one, "calls"), attribute(other, "calls")], [3, 0])
    assert_same([other(), other()], ["nothing", "nothing"])
    assert_same([attribute(one, "calls"), attribute(other, "calls")], [3, 2])


@claims("A call that raises an error counts too")
def test_failing_calls_count(student):
    """A call that ends in an error counts as well, and the error reaches the caller.

    以报错结束的调用也计数，错误会传给调用者。
    """
    counted = student.counted(student.batches)
    bars = student.counted(student.bars)
    assert_raises(AttributeError, bars, 3)
    assert_raises(TypeError, bars)
    assert_same([attribute(counted, "calls"), attribute(bars, "calls")], [0, 2])


@claims("has its name and docstring, as `functools.wraps` gives them")
def test_name_and_docstring(student):
    """The counted function has the name and the docstring of the function.

    计数后的函数保留原来的名字和文档字符串。
    """
    counted = student.counted(student.records_of)
    assert_same(attribute(counted, "__name__"), "records_of")
    assert_same(attribute(counted, "__doc__")[:27], "Read a file of JSON lines, ")


@claims("It is an iterator, as a generator is: each piece comes once")
def test_pieces(student):
    """Pieces of 1, 3 and more than all items, one after another; every item once, in its order.

    每批 1 个、3 个、比总数还多：依次给出，每个元素恰好一次，次序不变。
    """
    items = [7, 1, 5, 3, 11, 2, 13]
    for size in (1, 3, 7, 8, 100):
        pieces = unchanged(student.batches, items, size)
        expected = [items[start : start + size] for start in range(0, 7, size)]
        assert_same(student.take(pieces, 2), expected[:2])
        assert_same(student.take(pieces, 99), expected[2:])
        assert_same(student.take(pieces, 1), [])


@claims("`size` is below 1; when the first piece is asked for, or before")
def test_sizes_that_are_refused(student):
    """Sizes of 0 and below are refused with ValueError, for an empty list too.

    每批 0 个或负数个时抛出 ValueError，空列表也一样。
    """
    for size in (0, -1, -5):
        for items in ([1, 2, 3], []):
            assert_raises(ValueError, lambda items=items, size=size: student.take(student.batches(items, size), 1))


@claims("Afterwards it goes on as if nothing had happened, also if an error ended the block")
def test_seeds(student):
    """Numbers inside come from the seed; those outside are what they would be without the block, error or not.

    块内的数来自种子；块外的数与没有这个块时相同，无论是否报错。
    """
    for outer, inner in ((0, 5), (7, 7), (123456789, 2)):
        long = torch.rand(2, generator=torch.Generator().manual_seed(outer))
        short = torch.rand(1, generator=torch.Generator().manual_seed(inner))
        for fails in (False, True):
            drawn = student.draw_around(student.seeded(outer), student.seeded(inner), fails)
            assert_same(drawn, [float(long[0]), float(short[0]), float(long[1])])


@claims("and others are ignored", "both in alphabetical order", "a pair that does not occur has the whole number 0")
def test_tables(student, rng):
    """Kinds and languages in alphabetical order, whatever order the records have; whole numbers, also for none.

    无论记录的次序如何，种类和语言都按字母排序；计数是整数，没有时为 0。
    """
    for n in (0, 3, 31):
        some = records(rng, n)
        table = unchanged(student.count_kinds, some)
        kinds, languages = (sorted({record[key] for record in some}) for key in ("kind", "language"))
        found = table.to_dict()
        assert_same(list(found), languages)
        for language in languages:
            counts = {kind: sum((r["kind"], r["language"]) == (kind, language) for r in some) for kind in kinds}
            assert_same(list(found[language]), kinds)
            assert_same(found[language], counts)
        text = table.to_json()  # as text, 85 and 85.0 are not the same
        expect(
            ".0" not in text,
            "A count is a whole number; your table holds {got}.",
            "计数应是整数；你的表里是 {got}。",
            got=text,
        )


@claims("The bars stand in the order of the rows", "The figure has one pair of axes")
def test_plots(student, rng):
    """A bar for each kind, as high as all its records, in the order of the table.

    每种一根柱子，高度是它的记录总数，次序与表相同。
    """
    for n in (2, 40):
        some = records(rng, n)
        kinds = sorted({record["kind"] for record in some})
        expected = [(kind, float(sum(record["kind"] == kind for record in some))) for kind in kinds]
        assert_same(student.bars(student.plot_kinds(student.count_kinds(some))), expected)
