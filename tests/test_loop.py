"""Pytest's loop in the judge's hands: fixtures, plain tests, guards, what an interpreter gets back."""

import gc
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from grader.judge import loop, plugin
from grader.judge.coordinator import Engine, judge_here
from grader.judge.protocol import Task
from grader.outcomes import Verdict
from tests import tiny

ODD = '''
import pytest

LOG = []

@pytest.fixture
def twice():
    LOG.append("made")
    yield 2
    LOG.append("let go")

@points(1)
@pytest.mark.parametrize("n", [2, 3])
def test_each(student, n):
    """A number.

    一个数。
    """
    expect(student.double(n) == 2 * n, "wrong", "错")

@points(1)
@after("test_each")
def test_with_a_fixture_of_its_own(student, twice):
    """A number.

    一个数。
    """
    expect(student.double(twice) == 4, "wrong", "错")

@points(1)
@after("test_with_a_fixture_of_its_own")
def test_what_was_made_is_let_go(student):
    """The fixture.

    夹具。
    """
    expect(LOG == ["made", "let go"], f"{LOG}", "夹具")
    LOG.clear()

@points(1)
async def test_that_nobody_awaits(student):
    """Never run.

    从不运行。
    """

@pytest.fixture(scope="module")
def kept():
    LOG.append("kept")
    yield
    LOG.clear()

@points(1)
def test_what_is_kept(student, kept):
    """For one submission.

    只为一份提交。
    """
    expect(LOG == ["kept"], f"{LOG}", "保留")

@points(1)
def test_that_comes_last(student):
    """It is let go after the last test that may use it.

    最后一个可能用到它的测试之后就释放。
    """
    expect(LOG == [], f"{LOG}", "释放")
'''


def test_a_test_that_asks_for_more_than_ours_is_run_by_pytest(engine: Engine, tmp_path: Path) -> None:
    """Parameters and fixtures of a suite's own work, in order with plain tests; what cannot run does not pass."""
    suite = tiny.SUITE.replace("import after,", "import after, expect,") + ODD
    course = tiny.build(tmp_path, suite=suite)
    right = tiny.by_name(tiny.judge(engine, course, tiny.answers("")))
    wrong = tiny.by_name(tiny.judge(engine, course, tiny.answers("def double(x): return 4")))

    assert {name for name, test in right.items() if test.verdict is not Verdict.PASSED} == {"test_that_nobody_awaits"}
    verdicts = [wrong[name].verdict.name for name in ("test_each[2]", "test_each[3]", "test_with_a_fixture_of_its_own")]
    assert ["PASSED", "FAILED", "SKIPPED"] == verdicts


PRESSED = '''

@points(1)
def test_pressed(student):
    """Somebody presses Ctrl-C.

    有人按下 Ctrl-C。
    """
    raise KeyboardInterrupt
'''


def test_ctrl_c_is_nobodys_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the judge is this very process, Ctrl-C in the middle of a test ends the run instead of failing the test."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + PRESSED)
    week = course.weeks[0]
    tiny.forget_suites(monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        judge_here(Task(week, week.exercises[0], {"tiny.py": tiny.answers("")}))


def test_an_interpreter_of_somebody_elses_keeps_its_numbers_and_its_garbage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the judge is this very process, as in a notebook without fork: global generators, what is collected."""
    tiny.forget_suites(monkeypatch)
    course = tiny.build(tmp_path)
    week = course.weeks[0]

    def drawn() -> tuple[float, float, float]:
        return torch.rand(()).item(), np.random.random(), random.random()

    torchs, numpys, pythons = torch.get_rng_state(), np.random.get_state(), random.getstate()
    wanted, frozen = drawn(), gc.get_freeze_count()
    torch.set_rng_state(torchs)
    np.random.set_state(numpys)
    random.setstate(pythons)
    judge_here(Task(week, week.exercises[0], {"tiny.py": tiny.answers("")}))

    assert wanted == drawn()
    assert gc.get_freeze_count() <= frozen  # fewer, where something that was frozen has been let go


STREAMS = '''
import torch
from grader.suite import expect

@points(1)
def test_streams(student, rng):
    """Two streams.

    两个随机流。
    """
    expect(not torch.equal(rng.normal(5), torch.randn(5, dtype=torch.float64).float()), "the same", "相同")
'''


OWN_DEVICE = '''
import pytest
from grader.suite import expect

@pytest.fixture
def device():
    return "mine"

@points(1)
def test_device(student, device):
    """A fixture of its own with a name of ours.

    自带的同名夹具。
    """
    expect(device == "mine", "not its own", "不是自带的")
'''


SLEEPS = '''
import time

@points(1)
def test_sleeps(student):
    """The judge hangs.

    评判卡住。
    """
    time.sleep(30)
'''


NO_REFERENCE = '''
@points(1)
def test_reference(student, reference):
    """Asks for what is not there.

    请求不存在的东西。
    """
'''


def test_what_a_test_draws_beside_its_rng_is_something_else(engine: Engine, tmp_path: Path) -> None:
    """Weights of a layer that a test makes are not the numbers of its inputs."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + STREAMS)

    assert tiny.by_name(tiny.judge(engine, course, tiny.answers("")))["test_streams"].verdict is Verdict.PASSED


def test_a_suite_may_have_a_fixture_with_a_name_of_ours(engine: Engine, tmp_path: Path) -> None:
    """It is used, as with pytest."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + OWN_DEVICE)

    assert tiny.by_name(tiny.judge(engine, course, tiny.answers("")))["test_device"].verdict is Verdict.PASSED


def test_a_test_that_hangs_in_the_judge_is_ended_and_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard rings; the report says so, no points are taken, and the judge is not used again."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + SLEEPS)
    week = course.weeks[0]
    tiny.forget_suites(monkeypatch)
    monkeypatch.setattr(loop, "GUARD_SECONDS", 1)
    monkeypatch.setattr(plugin, "_students_doing", lambda item, attempt, error: told.append(error))
    told: list[BaseException] = []
    result = judge_here(Task(week, week.exercises[0], {"tiny.py": tiny.answers("")}, tests=["test_sleeps"]))

    assert result.tests[0].verdict is Verdict.BROKEN
    assert "the judge took over 1 s" in result.tests[0].traceback
    assert isinstance(told[0], pytest.fail.Exception)


def test_a_reference_that_cannot_be_had_is_ours(engine: Engine, tmp_path: Path) -> None:
    """Its test is broken with the reason; the others are judged."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + NO_REFERENCE, solution=tiny.SOLUTION + "\nraise OSError('gone')\n")
    tests = tiny.by_name(tiny.judge(engine, course, tiny.answers("")))

    assert tests["test_reference"].verdict is Verdict.BROKEN
    assert "gone" in tests["test_reference"].traceback
    assert tests["test_counts"].verdict is Verdict.PASSED
