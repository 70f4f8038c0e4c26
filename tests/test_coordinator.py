"""The coordinator: judges that are shared, worn, killed or talk nonsense."""

import contextlib
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest

from grader.box.launch import ForkFactory
from grader.course.weeks import Course
from grader.judge.coordinator import Engine, Pool, judge_all
from grader.judge.protocol import Task
from grader.messages import render
from grader.outcomes import ExerciseResult, Verdict
from tests import tiny
from tests.test_judge import FAULTS


def told(result: ExerciseResult) -> str:
    """Return what the test that draws says."""
    return render(tiny.by_name(result)["test_draws"].findings[0], "en")


def test_a_listener_or_keeper_that_fails_is_no_failing_judge(engine: Engine, toy: Course) -> None:
    """Nobody reads the progress: the judge goes on. The results cannot be kept: the run ends with that very error."""
    week = toy.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})

    def deaf(task: Task, result: object) -> None:
        raise BrokenPipeError

    def full(place: int, result: object) -> None:
        raise OSError("no space left")

    assert judge_all(engine, [task], 1, deaf)[0].passed
    with pytest.raises(OSError, match="no space left"):
        Pool(engine, 2).run(enumerate([task, task]), full)


DRAWS = '''
import os, random
import numpy, torch
from grader.suite import expect

@points(1)
def test_draws(student):
    """What a constructor draws.

    构造函数抽到的数。
    """
    drawn = torch.nn.Linear(1, 1).weight.item(), numpy.random.random(), random.random()
    expect(False, f"{drawn} in {os.getpid()}", "抽数")
'''


def test_whoever_was_judged_before_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    """One judge for all: what a test draws from the global generators depends on the test alone."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + DRAWS)
    week = course.weeks[0]
    wrong = tiny.answers("def double(x): return x + 1")
    tasks = [Task(week, week.exercises[0], {"tiny.py": source}) for source in (wrong, tiny.answers(""), wrong)]
    first, right, again = judge_all(engine, tasks, 1)
    alone = judge_all(engine, [msgspec.structs.replace(tasks[0], tests=["test_draws"])], 1)[0]

    assert ["test_draws"] == [test.name for test in right.tests if test.verdict is not Verdict.PASSED]
    assert Verdict.FAILED is tiny.by_name(right)["test_draws"].verdict
    assert told(first) == told(right) == told(again)
    assert told(first).partition(" in ")[0] == told(alone).partition(" in ")[0]
    assert [test.findings for test in first.tests] == [test.findings for test in again.tests]


def test_a_judge_that_met_a_death_judges_nobody_else(engine: Engine, tmp_path: Path) -> None:
    """A wrong answer or an error is data like any other; after a death, a hang or nonsense a new judge takes over."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + DRAWS)
    week = course.weeks[0]
    honest, harsh = ("elements", "raised", "raised"), ("died_segfault", "nonsense", "timeout_at", "raised")
    tasks = [Task(week, week.exercises[0], {"tiny.py": tiny.answers(FAULTS[key])}) for key in honest + harsh]
    judges = [told(result).rpartition(" ")[2] for result in judge_all(engine, tasks, 1)]

    assert 1 == len(set(judges[:4]))
    assert 4 == len(set(judges[3:]))


def test_a_box_that_went_with_its_judge_leaves_no_folder(engine: Engine, toy: Course) -> None:
    """A judge that is killed, as watch does with a check that has come too late, takes its box and the folder along."""
    week = toy.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("import time\ndef double(x): time.sleep(60)")})
    factory = ForkFactory(engine.link)
    source = b"import os\n\ndef others():\n    return os.listdir(os.pardir)\n"
    judge = engine.open_judge()
    thread = threading.Thread(target=judge.judge, args=(task,))

    def others() -> Any:
        with tiny.boxed(factory, source) as student:
            return student.others()

    thread.start()
    until = time.monotonic() + 60
    while len(others()) < 2 and time.monotonic() < until:
        time.sleep(0.05)
    assert 2 == len(others())
    engine.end(judge.pid)
    thread.join()
    while len(others()) > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert 1 == len(others())
    judge.close()


def test_a_judge_that_answers_nonsense_is_worn(engine: Engine, toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong between a task and its clean end: nobody uses that judge again."""
    week = toy.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})
    with contextlib.closing(engine.open_judge()) as judge:
        assert judge.judge(task).passed and not judge.unfit
        monkeypatch.setattr("grader.judge.coordinator.receive", lambda sock, kind: msgspec.msgpack.decode(b"\xc1"))
        with pytest.raises(msgspec.DecodeError):
            judge.judge(task)
        assert judge.unfit


FIRST_ANSWERS = """
import os, sys, threading
from grader.judge.protocol import Done, Message, decode, encode

sys.setswitchinterval(1e-6)
for _ in range(100):
    if (child := os.fork()) == 0:
        start = threading.Barrier(8)
        threads = [threading.Thread(target=lambda: (start.wait(), decode(encode(Done()), Message))) for _ in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        os._exit(0)
    print(os.waitpid(child, 0)[1])
"""


def test_first_answers_that_come_at_the_same_time_are_all_read() -> None:
    """msgspec looked through the type of a message in two threads at once, and Python crashed: a whole class's run."""
    done = subprocess.run([sys.executable, "-c", FIRST_ANSWERS], capture_output=True, text=True, check=True)
    assert ["0"] * 100 == done.stdout.split()
