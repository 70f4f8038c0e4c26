"""What a submission may cost its judge: time, memory, boxes; and that nobody pays for a busy machine."""

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.answers import budget
from grader.answers.budget import Budget
from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box.inside import wire
from grader.box.inside.channel import Channel, Deadline
from grader.box.launch import ForkFactory, SpawnFactory
from grader.box.limits import BoxSettings
from grader.judge import locks, loop, protocol
from grader.judge.coordinator import Engine, judge_all, judge_here
from grader.judge.protocol import Task
from grader.outcomes import TestResult, Verdict
from tests import tiny

Open = Callable[[bytes, Budget], Session]


@pytest.fixture
def opened(engine: Engine) -> Iterator[Open]:
    """Open a session on a source, with a budget."""
    with contextlib.ExitStack() as stack:

        def make(source: bytes, allowed: Budget) -> Session:
            factory, module = ForkFactory(engine.link), Module("here", {"here.py": source})
            session = Session(lambda: factory.open_box(BoxSettings()), module, budget=allowed)
            stack.callback(session.close)
            return session

        yield make


def fault(session: Session, name: str) -> str:
    session.begin(5)
    with pytest.raises(StudentFault) as caught:
        getattr(Student(session), name)()
    return caught.value.finding.key


def test_a_submission_has_its_time_and_no_more(opened: Open) -> None:
    """When all its boxes together have used it up, nothing is asked any more."""
    session = opened(b"import time\ndef work(): time.sleep(0.3)\n", Budget(0.2))
    session.begin(5)
    Student(session).work()

    assert "over_budget" == fault(session, "work")


def test_what_loads_slowly_is_loaded_twice(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A box that loads slowly and dies in every test costs two loads, not one for each test."""
    monkeypatch.setattr(budget, "SLOW_LOAD", 0.05)
    session = opened(b"import os, time\ntime.sleep(0.1)\ndef work(): os._exit(0)\n", Budget())

    assert ["exited", "exited", "slow_to_load"] == [fault(session, "work") for _ in range(3)]


def test_loading_does_not_count_against_a_tests_time(opened: Open) -> None:
    """An honest import may take longer than a test may."""
    session = opened(b"import time\ntime.sleep(0.6)\ndef work(): return 1\n", Budget())
    session.begin(0.5)

    assert 1 == Student(session).work()


def test_later_tests_have_less_time_after_time_outs() -> None:
    """A fifth after the first, a twentieth after the second; never so little that an honest call could miss it."""
    allowed = Budget()
    times = []
    for allowed.time_outs in range(4):
        times.append((allowed.time_for(2), allowed.time_for(30)))

    assert [(2, 30), (1, 6), (0.3, 1.5), (0.3, 1.5)] == times


def test_a_deadline_is_moved_while_the_machine_is_busy() -> None:
    """A frame that comes after its time arrives when the clock stood still so long, and not without."""
    for grace, comes in ((0.0, False), (30.0, True)):
        ours, theirs = socket.socketpair()
        channel = Channel(ours, blocking=False)
        channel.grace = lambda grace=grace: grace  # type: ignore[misc]
        channel_of_theirs = Channel(theirs, blocking=True)
        until = time.monotonic() - 0.01
        channel_of_theirs.send(wire.encode(1))
        if comes:
            header, payload = channel.receive(until)
            assert 1 == wire.decode(header, payload)
        else:
            with pytest.raises(Deadline):
                channel.receive(until)
        ours.close(), theirs.close()


KILLS = (
    tiny.SUITE
    + '''

@points(1)
def test_kills(student):
    """A number.

    数。
    """
    import os

    if isinstance(student.double(1), str):
        os.kill(os.getpid(), 9)


@points(1)
def test_comes_after(student):
    """A number.

    数。
    """
'''
)


def test_whoever_ends_judges_has_failed(engine: Engine, tmp_path: Path) -> None:
    """An answer over which two judges die is the submission's doing, since the solution's answer ends none."""
    course = tiny.build(tmp_path, suite=KILLS)

    result = tiny.judge(engine, course, tiny.answers("def double(x): return 'x'"))

    tests = tiny.by_name(result)
    assert not result.at_fault
    assert Verdict.PASSED is tests["test_counts"].verdict
    assert ["ended_the_judge"] * 2 == [tests[f"test_{name}"].findings[0].key for name in ("kills", "comes_after")]
    assert 22 == result.max_score


def test_a_hidden_test_over_which_judges_die_fails_beside_an_example_of_its_name(
    engine: Engine, tmp_path: Path
) -> None:
    """The example, which is judged first, does not speak for the hidden test; it once did, and all was passed."""
    course = tiny.build(tmp_path, suite=KILLS.replace("def test_comes_after", "def _unused"))
    examples = course.week("1").examples("tiny")
    examples.write_text('def test_kills(student):\n    """A number.\n\n    数。\n    """\n', encoding="utf-8")

    result = tiny.judge(engine, course, tiny.answers("def double(x): return 'x'"))

    tests = {test.key: test for test in result.tests}
    assert Verdict.PASSED is tests["example/test_kills"].verdict
    assert ["ended_the_judge"] == [finding.key for finding in tests["test_kills"].findings]
    assert list(range(1, len(tests) + 1)) == sorted(test.number for test in tests.values())


def test_judges_that_die_over_the_solution_too_are_ours(engine: Engine, tmp_path: Path) -> None:
    """Then nobody is to blame but the suite."""
    course = tiny.build(tmp_path, suite=KILLS.replace("if isinstance(student.double(1), str)", "if True"))

    assert tiny.judge(engine, course, tiny.answers("")).at_fault


GREEDY = (
    tiny.SUITE
    + '''

@points(1)
def test_spreads(student):
    """A number.

    数。
    """
    import torch

    spread = torch.where(torch.ones(64) > 0, student.double(torch.ones(64)), torch.zeros(64))
    assert_same(spread.sum(), torch.tensor(128.0))
'''
)


def test_an_answer_that_spreads_is_refused_by_the_judges_own_limit(engine: Engine, tmp_path: Path) -> None:
    """A shape with which the judge's own operation would make gigabytes is the submission's, and the judge lives."""
    course = tiny.build(tmp_path, suite=GREEDY)
    code = "def double(x): return torch.ones(1 << 24, 1, dtype=torch.uint8) if x.dim() == 1 else 2 * x"

    test = tiny.by_name(tiny.judge(engine, course, tiny.answers(code), tests=["test_spreads"]))["test_spreads"]

    assert (Verdict.FAILED, "unusable") == (test.verdict, test.findings[0].key)


SLOW = (
    tiny.SUITE
    + '''

@points(1)
def test_compares(student):
    """A number.

    数。
    """
    while student.double("slow") == "slow":
        while True:
            sum(range(1_000))
'''
)


def test_an_answer_that_is_slow_to_look_at_is_the_submissions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge's own CPU time for one test is limited; the reference's answer does not use it up."""
    tiny.forget_suites(monkeypatch)
    monkeypatch.setattr(loop, "OWN_SECONDS", 1)
    course = tiny.build(tmp_path, suite=SLOW)
    week = course.weeks[0]
    source = tiny.answers("def double(x): return x if x == 'slow' else 2 * x")

    tests = judge_here(Task(week, week.exercises[0], {"tiny.py": source}, tests=["test_compares"])).tests

    assert [(Verdict.FAILED, "unusable")] == [(test.verdict, test.findings[0].key) for test in tests]


FAST = (
    tiny.SUITE
    + '''

@points(1)
def test_fast(student, reference, speed):
    """Fast.

    快。
    """
    speed(student, reference).call("double", lambda rng: rng.normal(3), at_most=9.0)
'''
)
HOLD = "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(300)"


class _Line:
    """Keeps what is said; there is no task beside the first. Who hears that a judge waits ends the waiting."""

    def __init__(self, end_of_waiting: Callable[[], None]) -> None:
        self.said: list[object] = []
        self.end_of_waiting = end_of_waiting

    def next_task(self) -> None:
        return None

    def say(self, message: object) -> None:
        self.said.append(message)
        if isinstance(message, protocol.Waiting):
            self.end_of_waiting()


def test_waiting_for_another_judges_clock_counts_against_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guard stands still; meanwhile the judge says that it is alive."""
    tiny.forget_suites(monkeypatch)
    monkeypatch.setattr(loop, "SIGN_OF_LIFE", 0.5)
    monkeypatch.setattr(locks, "path", lambda name: tmp_path / "lock")
    course = tiny.build(tmp_path / "course", suite=FAST)
    week = course.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("")}, tests=["test_fast"])
    waited: list[tuple[float, float]] = []
    waiting = loop.SuiteLoop._waiting

    @contextlib.contextmanager
    def timed(self: loop.SuiteLoop) -> Iterator[None]:
        begun, left = time.monotonic(), signal.getitimer(signal.ITIMER_REAL)[0]
        with waiting(self):
            yield
        waited.append((time.monotonic() - begun, left - signal.getitimer(signal.ITIMER_REAL)[0]))

    monkeypatch.setattr(loop.SuiteLoop, "_waiting", timed)
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path / "lock")], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline()
        line = _Line(holder.kill)
        loop.run(task, SpawnFactory(), line)
        holder.kill()

    results: list[TestResult] = [message.result for message in line.said if isinstance(message, protocol.Tested)]
    assert [Verdict.PASSED] == [test.verdict for test in results], line.said
    assert any(isinstance(message, protocol.Waiting) for message in line.said)
    assert all(guard < 0.2 for _, guard in waited) and 0.5 < max(seconds for seconds, _ in waited)


OF_ITS_OWN = (
    """import pytest
import torch
"""
    + tiny.SUITE
    + '''

@pytest.fixture
def two():
    return torch.tensor(2.0)


@points(1)
def test_of_its_own(student, two):
    """Two.

    二。
    """
    assert_same(student.double(two), torch.tensor(4.0))
'''
)


@pytest.mark.parametrize("name", ["test_doubles", "test_of_its_own"])
def test_a_time_out_that_may_be_the_machines_is_tried_again(engine: Engine, tmp_path: Path, name: str) -> None:
    """Whether the test asks for a fixture of its suite's or not; one result is told."""
    course = tiny.build(tmp_path / "course", suite=OF_ITS_OWN)
    been = tmp_path / "been"
    once = f"import os, time\ndef double(x):\n    if not os.path.exists({str(been)!r}):\n"
    once += f"        os.mkdir({str(been)!r})\n        time.sleep(60)\n    return 2 * x\n"

    tests = tiny.judge(engine, course, tiny.answers(once), tests=[name]).tests

    assert been.exists() and [Verdict.PASSED] == [test.verdict for test in tests]


STANDS_AFTER = '''

from grader.suite import after


@after("test_doubles")
@points(1)
def test_after(student):
    """After.

    之后。
    """
    assert_same(student.double(1), 2)
'''


def test_a_test_that_is_skipped_forgives_no_time_out(engine: Engine, tmp_path: Path) -> None:
    """The next one still meets the second time-out of its submission, and is not tried again."""
    suite = OF_ITS_OWN.replace("\n\n@pytest.fixture", f"{STANDS_AFTER}\n\n@pytest.fixture")
    course = tiny.build(tmp_path / "course", suite=suite)
    calls = tmp_path / "calls"
    sleeps = f"import time\ndef double(x):\n    with open({str(calls)!r}, 'a') as file: file.write('.')\n"
    sleeps += "    time.sleep(60)\n"

    found = tiny.judge(engine, course, tiny.answers(sleeps), tests=["test_doubles", "test_after", "test_of_its_own"])

    assert [Verdict.FAILED, Verdict.SKIPPED, Verdict.FAILED] == [test.verdict for test in found.tests]
    assert "..." == calls.read_text()


LOOPS = """
class Counter:
    def __init__(self, start=0):
        self.total = start

    def add(self, amount):
        while amount:
            self.total += 1
        return self.total
"""


def test_a_learner_does_not_wait_for_one_endless_loop_twice(engine: Engine, tmp_path: Path) -> None:
    """The function is not called again, and the other tests say so and where it was; other functions are judged."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + tiny.SUITE.partition("\n\n\n")[2].replace("test_", "test_again_"))
    both = "def double(x):\n    while True:\n        x = x + 1\n" + LOOPS

    loops, counts = (
        {name: (one.verdict, one.findings[:1]) for name, one in tiny.by_name(judged).items()}
        for source in (both, both.replace("while amount:", "if amount:").replace("+= 1", "+= amount"))
        for judged in [tiny.judge(engine, course, tiny.answers(source), stop_at_loop=True)]
    )

    assert ["endless_loop"] * 2 == [loops[name][1][0].key for name in ("test_doubles", "test_counts")]
    again = loops["test_again_doubles"][1][0]
    assert (Verdict.SKIPPED, "not_again", "double") == (
        loops["test_again_doubles"][0],
        again.key,
        again.values["function"],
    )
    assert "x = x + 1" in tiny.answers(both).decode().splitlines()[int(again.values["line"]) - 1]
    assert "Counter.add" == loops["test_again_counts"][1][0].values["function"]
    assert Verdict.PASSED is counts["test_counts"][0] is counts["test_again_counts"][0]


def test_a_grade_waits_for_every_test(engine: Engine, tmp_path: Path) -> None:
    """A function that loops for one input earns what it is worth for the others."""
    suite = tiny.SUITE + tiny.SUITE.partition("\n\n\n")[2].replace("test_", "test_again_")
    course = tiny.build(tmp_path, suite=suite.replace("rng.normal(2, 3).T", "rng.normal(2, 5).T"))
    source = tiny.answers("def double(x):\n    while x.shape == (2, 3):\n        pass\n    return 2 * x\n")
    week = course.week("1")

    graded = tiny.by_name(
        judge_all(engine, [Task(week, week.exercises[0], {"tiny.py": source}, independent=True)], 1)[0]
    )

    assert Verdict.FAILED is graded["test_doubles"].verdict and Verdict.PASSED is graded["test_doubles_a_view"].verdict
