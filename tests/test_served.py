"""Functions and objects of the suite that a submission calls: they run in the judge, and what they were asked tells a mistake."""

import pytest

from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.outcomes import TestResult, Verdict
from tests import tiny

SOLUTION = '''
"""A tiny exercise with a model."""


def double(x):
    """Return twice x."""
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION


class Counter:
    """Asks a model."""

    def ask(self, model, numbers):
        """Ask once about all numbers."""
        # BEGIN SOLUTION
        return model(numbers)
        # END SOLUTION
'''
SUITE = '''
"""Hidden suite with a model that runs in the judge."""

from grader.suite import assert_same, expect, points, served


class Model:
    secret = "not for the student"

    def __init__(self):
        self.calls = 0

    def __call__(self, numbers):
        self.calls += 1
        return [3 * number for number in numbers]


@points(10)
def test_asks_once(student):
    """The model is asked once.

    只询问模型一次。
    """
    model = Model()
    got = student.Counter().ask(served(student, model, device="here"), [1, 2])

    assert_same(got, [3, 6])
    expect(model.calls == 1, "It was asked {n} times.", "询问了 {n} 次。", n=model.calls)


@points(10)
def test_takes_ours(reference):
    """Our own module gets the object itself.

    我们自己的模块得到对象本身。
    """
    model = Model()

    expect(served(reference, model, device="here") is model, "It is not.", "不是。")
'''
MISTAKES = '''
"""Known mistakes."""

import tiny as solution
from grader.mistakes import mistake


@mistake(of="Counter", en="Your model is asked about each number.", zh="你逐个询问模型。")
class asks_one_by_one(solution.Counter):
    def ask(self, model, numbers):
        return [model([number])[0] for number in numbers]


@mistake(of="Counter", en="Your model is asked twice.", zh="你询问了模型两次。")
class asks_twice(solution.Counter):
    def ask(self, model, numbers):
        model(numbers)
        return model(numbers)
'''


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course, with a model."""
    return tiny.build(tmp_path_factory.mktemp("course"), solution=SOLUTION, suite=SUITE, mistakes=MISTAKES)


def asked(engine: Engine, toy: Course, body: str) -> TestResult:
    """Judge a Counter whose method has this body."""
    code = f"\n\nclass Counter:\n    def ask(self, model, numbers):\n        {body}\n"
    return tiny.by_name(tiny.judge(engine, toy, (SOLUTION + code).encode(), locked=True))["test_asks_once"]


def test_an_object_of_the_suite_can_be_called(engine: Engine, toy: Course) -> None:
    """With the attribute that was named, under its own name, and without anything else of it."""
    sees = "assert model.device == 'here' and type(model).__name__ == 'Model' and not hasattr(model, 'secret')"

    assert Verdict.PASSED is asked(engine, toy, f"{sees}; return model(numbers)").verdict
    assert Verdict.PASSED is tiny.by_name(tiny.judge(engine, toy, SOLUTION.encode()))["test_takes_ours"].verdict


def test_its_counter_is_out_of_reach(engine: Engine, toy: Course) -> None:
    """Whatever is set on what stands for it, the judge has counted."""
    found = asked(engine, toy, "model(numbers); answer = model(numbers); model.calls = 1; return answer")

    assert "2" == found.findings[0].values["n"]


def test_what_was_asked_tells_the_mistake(engine: Engine, toy: Course) -> None:
    """Two mistakes give the right answer and as many calls; what they ask tells which of them it is."""
    assert "asks_one_by_one" == asked(engine, toy, "return [model([n])[0] for n in numbers]").mistake
    assert "asks_twice" == asked(engine, toy, "model(numbers); return model(numbers)").mistake
    assert asked(engine, toy, "model([]); return model(numbers)").mistake is None
