"""The call behind a failure, as a student reads it, through a real box."""

from pathlib import Path

import pytest
import torch

from grader.answers.calls import summary
from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.messages import render
from grader.outcomes import TestResult
from tests import tiny

MORE = '''

@points(1)
def test_large(student):
    """Large inputs."""
    assert_same(student.double([list(range(50)), "text", {"key": None}]), 1)


@points(1)
def test_two_calls(student):
    """Two calls, of which neither is the answer."""
    first, second = student.double(1.0), student.double(x=2.0)

    assert_same(first + second, 7.0)


@points(1)
def test_the_first_of_two(student):
    """The first of two answers."""
    import torch

    first = student.double(torch.ones(2, 3, 5))
    student.double(torch.ones(2))

    assert_same(first, torch.zeros(2, 3, 5))


@points(1)
def test_a_list_of_answers(student):
    """Several values double."""
    assert_same([student.double(x) for x in (0, 3, 5, 0)], [0, 6, 10, 0])


@points(1)
def test_raises(student):
    """A bad value is refused."""
    assert_raises(ValueError, student.double, "no")


@points(1)
def test_raises_twice(student):
    """Two bad values are refused."""
    assert_raises(ValueError, student.double, "no")
    assert_raises(ValueError, student.double, "never")


@points(1)
def test_raises_in_a_method(student):
    """A bad amount is refused."""
    assert_raises(ValueError, student.Counter(3).add, "no")
'''


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    return tiny.build(tmp_path_factory.mktemp("calls"), suite=tiny.SUITE + MORE)


def failures(engine: Engine, course: Course, code: str) -> dict[str, TestResult]:
    return tiny.by_name(tiny.judge(engine, course, tiny.answers(code)))


def call(result: TestResult) -> tuple[str, str]:
    return result.findings[-1].key, result.findings[-1].values["call"]


def test_a_value_that_was_refused_is_not_shown_for_one_that_was_not(engine: Engine, course: Course) -> None:
    """The call that should have raised and did not is the one that is shown."""
    tests = failures(engine, course, "def double(x):\n    if x == 'no': raise ValueError\n    return x")

    assert call(tests["test_raises_twice"]) == ("last_call", "double(x='never')")


def test_the_inputs_stand_there_small_ones_in_full(engine: Engine, course: Course) -> None:
    """Names come from the reference; what is large is told by kind, shape and dtype; an object by how it was made."""
    tests = failures(engine, course, "def double(x): return x\nclass Counter(Counter):\n    def add(self, a): return 0")

    assert call(tests["test_large"])[1] == "double(x=[<list of 50>, 'text', {'key': None}])"
    assert call(tests["test_counts"]) == ("call", "Counter(start=3).add(amount=5)")
    assert call(tests["test_the_first_of_two"]) == ("call", "double(x=<tensor (2, 3, 5), float32>)")
    assert call(tests["test_two_calls"]) == ("last_call", "double(x=2)")
    assert call(tests["test_a_list_of_answers"]) == ("call", "double(x=3)")
    assert call(tests["test_doubles"])[1].startswith("double(x=tensor([[")


def test_a_huge_number_is_cut_as_a_long_text_is() -> None:
    """A call with it is told all the same."""
    assert summary(10**70).endswith("… (71 characters)")


def test_the_function_is_named(engine: Engine, course: Course) -> None:
    """An argument that was changed and an error that was not raised say in which function."""
    tests = failures(engine, course, "def double(x):\n    if hasattr(x, 'mul_'): x.mul_(2)\n    return x")

    assert "double changed its argument 1 in place" in render(tests["test_doubles"].findings[0], "en")
    assert "double should raise ValueError here" in render(tests["test_raises"].findings[0], "en")
    assert "add should raise ValueError" in render(tests["test_raises_in_a_method"].findings[0], "en")


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("def double(x)\n", "syntax"),
        ("raise ValueError('at load')\n", "not_loaded"),
        ("import sys\nsys.exit(3)\n", "exit_call"),
        ("def deeper(): deeper()\ndeeper()\n", "recursion"),
    ],
    ids=["syntax", "load", "exit", "recursion"],
)
def test_a_file_that_does_not_load_raises_nothing_that_was_asked_for(
    engine: Engine, course: Course, source: str, key: str
) -> None:
    """Neither passes nor is told to raise something else: it is told that the file does not load."""
    result = tiny.by_name(tiny.judge(engine, course, source.encode()))

    assert {key} == {result[name].findings[0].key for name in ("test_raises", "test_doubles")}


@pytest.mark.parametrize(
    ("code", "key"),
    [
        ("def double(x): breakpoint()", "breakpoint"),
        ("def double(x):\n    for _ in range(100): print('y' * 1_000_000)", "output_too_large"),
        ("import torch\ndef double(x): return torch.ones(2) & torch.ones(2)", "raised"),
        ("def double(x): raise NotImplementedError('week 01, tiny: write double')", "not_written"),
    ],
    ids=["breakpoint", "prints", "torch", "stub"],
)
def test_what_happened_is_named(engine: Engine, course: Course, code: str, key: str) -> None:
    """A breakpoint, prints without end, torch's own NotImplementedError and a stub are told apart."""
    assert key == failures(engine, course, code)["test_doubles"].findings[0].key


def test_a_view_is_told_from_a_copy() -> None:
    """The same numbers in another order of memory are another input: what is not contiguous says so."""
    table = torch.arange(6).reshape(2, 3)

    assert "tensor([[0, 3], [1, 4], [2, 5]], int64, strides (1, 3))" == summary(table.T)
    assert "strides" not in summary(table.T.contiguous())
    assert "array([[0, 3], [1, 4], [2, 5]], int64, not contiguous)" == summary(table.numpy().T)
    assert "tensor([0.1, 0.25], float32)" == summary(torch.tensor([0.1, 0.25]))
    neighbours = torch.tensor([1.0, 1 + 2**-23])  # a call that shows both as 1 hides what it is about
    assert "tensor([1.0, 1.0000001192092896], float32)" == summary(neighbours)


CLAIMS = (
    tiny.SUITE
    + '''

@points(1)
def test_plain(student):
    """Twice 3 is 6."""
    assert student.double(3) == 6


@points(1)
def test_parts(student):
    """A counter's parts."""
    from grader.suite import expect

    got, expected = student.double({"a": 1, "b": 2}), {"a": 1, "b": 3, "c": 4}
    expect(got == expected, "It must have {expected}, yours has {got}.", "-", got=got, expected=expected)
'''
)


def test_a_plain_assertion_shows_the_answer(engine: Engine, tmp_path: Path) -> None:
    """Where a test has no sentence of its own, the learner sees what was answered; of two tables, what differs."""
    course = tiny.build(tmp_path, suite=CLAIMS)

    tests = failures(engine, course, "def double(x): return 7 if x == 3 else x")

    assert ["claim_fails", "returned", "call"] == [finding.key for finding in tests["test_plain"].findings]
    assert "Your last answer here is 7." == render(tests["test_plain"].findings[1], "en")
    said = render(tests["test_parts"].findings[0], "en")
    assert "It must have {'b': 3, 'c': 4, …}, yours has {'b': 2, …}." == said
