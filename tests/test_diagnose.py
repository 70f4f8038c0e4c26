"""Help that names the mistake behind a wrong answer, for functions and for classes with state."""

from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.outcomes import Verdict
from tests import tiny


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course."""
    return tiny.build(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize(
    ("code", "test", "mistake"),
    [
        ("def double(x): return x ** 2", "test_doubles", "squares"),
        ("def double(x): return 1 + x + 1", "test_doubles", "adds_two"),
        ("def double(x): return 3 * x", "test_doubles", None),
        (
            "class Counter(Counter):\n    def __init__(self, start=0): self.total = 0",
            "test_counts",
            "forgets_the_start",
        ),
        (
            "class Counter:\n    def __init__(self, start=0): self.total = start\n"
            "    def add(self, amount):\n        self.total = amount\n        return amount",
            "test_counts",
            "keeps_the_last",
        ),
    ],
)
def test_a_known_mistake_is_named(engine: Engine, toy: Course, code: str, test: str, mistake: str | None) -> None:
    """The student's own way of writing a known mistake gets its sentence; an unknown mistake gets none."""
    result = tiny.by_name(tiny.judge(engine, toy, tiny.answers(code)))[test]

    assert Verdict.FAILED is result.verdict
    assert mistake == result.mistake
    assert (result.help is None) == (mistake is None)


def test_two_mistakes_that_fit_give_no_help(engine: Engine, tmp_path: Path) -> None:
    """When two known mistakes give the student's answer, neither is named."""
    twin = '\n\n@mistake(of="double", en="Twin.", zh="孪生。")\ndef also_squares(x):\n    return x ** 2\n'
    course = tiny.build(tmp_path, mistakes=tiny.MISTAKES + twin)

    result = tiny.judge(engine, course, tiny.answers("def double(x): return x * x"))

    assert tiny.by_name(result)["test_doubles"].mistake is None


def test_a_callback_is_replayed(engine: Engine, tmp_path: Path) -> None:
    """A function that the suite passes can be called by the student, and again when mistakes are replayed."""
    suite = tiny.SUITE + (
        '\n\n@points(1)\ndef test_applies(student):\n    """Applied twice.\n\n    应用两次。\n    """\n'
        "    calls = []\n\n    def add_one(x):\n        calls.append(x)\n        return x + 1\n\n"
        "    assert_same(student.twice(add_one, 5), 7)\n    assert_same(calls, [5, 6])\n"
    )
    solution = tiny.SOLUTION + '\n\ndef twice(f, x):\n    """Apply f twice."""\n    return f(f(x))\n'
    mistakes = tiny.MISTAKES + (
        '\n\n@mistake(of="twice", en="Once only.", zh="只有一次。")\ndef only_once(f, x):\n    return f(x)\n'
    )
    course = tiny.build(tmp_path, suite=suite, solution=solution, mistakes=mistakes)
    right, wrong = ("def twice(f, x): return f(f(x))", "def twice(f, x):\n    y = f(x)\n    return y")

    assert tiny.judge(engine, course, tiny.answers(right)).passed
    assert "only_once" == tiny.by_name(tiny.judge(engine, course, tiny.answers(wrong)))["test_applies"].mistake


def test_a_handle_lives_while_anybody_holds_it(engine: Engine, tmp_path: Path) -> None:
    """A method that returns its own object gives a second handle; dropping one does not end the other."""
    suite = tiny.SUITE + (
        '\n\n@points(1)\ndef test_chain(student):\n    """Chained.\n\n    链式。\n    """\n'
        "    counter = student.Chain()\n    counter.more()\n    counter.more()\n    student.Chain()\n"
        "    assert_same(counter.total(), 2)\n    assert_same(student.Chain().more().more().total(), 2)\n"
    )
    chain = (
        "\n\nclass Chain:\n    def __init__(self):\n        self.n = 0\n\n    def more(self):\n        self.n += 1\n"
    )
    chain += "        return self\n\n    def total(self):\n        return self.n\n"
    course = tiny.build(tmp_path, suite=suite, solution=tiny.SOLUTION + chain)

    assert Verdict.PASSED is tiny.by_name(tiny.judge(engine, course, tiny.answers(chain)))["test_chain"].verdict


def test_a_callback_may_be_kept(engine: Engine, tmp_path: Path) -> None:
    """A function that is given to a constructor can be called by a later method of the same test."""
    suite = tiny.SUITE + (
        '\n\n@points(1)\ndef test_kept(student):\n    """Kept.\n\n    保留。\n    """\n'
        "    keeper = student.Keeper(lambda x: x + 1)\n    assert_same(keeper.use(4), 5)\n"
    )
    keeper = "\n\nclass Keeper:\n    def __init__(self, f):\n        self.f = f\n\n    def use(self, x):\n        return self.f(x)\n"
    course = tiny.build(tmp_path, suite=suite, solution=tiny.SOLUTION + keeper)

    assert Verdict.PASSED is tiny.by_name(tiny.judge(engine, course, tiny.answers(keeper)))["test_kept"].verdict
