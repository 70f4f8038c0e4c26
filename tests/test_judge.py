"""What becomes of every kind of answer: each fault has its own sentence, and the other tests still run."""

import contextlib
import gc
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import torch

from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session, Student
from grader.box.launch import BoxFactory, ForkFactory, SpawnFactory
from grader.box.limits import BoxSettings
from grader.box.link import BoxNotMade, Link
from grader.course.imports import imports_of
from grader.course.weeks import Course
from grader.judge import loop, plugin
from grader.judge.coordinator import Engine, JudgeCache, Pool, judge_all, judge_here
from grader.judge.protocol import Task
from grader.judge.warm import Warm
from grader.messages import LANGUAGES, render
from grader.outcomes import Verdict
from tests import tiny


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course."""
    return tiny.build(tmp_path_factory.mktemp("course"))


@contextlib.contextmanager
def boxed(factory: BoxFactory, source: bytes, locked: bool = False) -> Iterator[Student]:
    """A module in a box of its own."""
    with contextlib.closing(
        Session(lambda: factory.open_box(BoxSettings(locked)), Module("here", {"here.py": source}))
    ) as session:
        yield Student(session)


def forget_suites(monkeypatch: pytest.MonkeyPatch) -> None:
    """Suites of other tiny courses, which another test has had judged in this very process."""
    for name in [name for name in sys.modules if "week01_tiny" in name]:
        monkeypatch.delitem(sys.modules, name)


def test_the_solution_passes(engine: Engine, toy: Course) -> None:
    """The solution gets all points, whatever its shape of data: tensors, views, handles."""
    result = tiny.judge(engine, toy, tiny.answers(""))

    assert result.passed
    assert (20, 20) == (result.score, result.max_score)


FAULTS = {
    "raised": "def double(x): return x['key']",
    "not_written": "def double(x): raise NotImplementedError('week 01, tiny: write double')",
    "recursion": "def double(x): return double(x)",
    "memory": "def double(x): return torch.zeros(2**31) + 2",
    "exit_call": "import sys\ndef double(x): sys.exit(0)",
    "exited": "import os\ndef double(x): os._exit(0)",
    "died_segfault": "import ctypes\ndef double(x): ctypes.string_at(0)",
    "died_abort": "import os\ndef double(x): os.abort()",
    "timeout_at": "import time\ndef double(x): time.sleep(9)",
    "endless_loop": "def double(x):\n    while True: pass",
    "nonsense": "import os\ndef double(x): os.write(3, bytes(64)); return 2 * x",
    "too_large": "def double(x): return torch.zeros(2**26 + 8)",
    "forbidden_line": "def double(x): return torch.nn.functional.softmax(x, -1)",
    "forbidden": "def double(x): return getattr(torch.nn.functional, 'soft' + 'max')(x, -1)",
    "tensor_subclass": "class Lazy(torch.Tensor): pass\ndef double(x): return (2 * x).as_subclass(Lazy)",
    "odd_tensor": "def double(x): return (2 * x).to_sparse()",
    "wrong_type": "def double(x): return [2]",
    "wrong_shape": "def double(x): return 2 * x[:1]",
    "wrong_dtype": "def double(x): return 2 * x.double()",
    "nan": "def double(x): return 2 * x * float('nan')",
    "infinite": "def double(x): return 2 * x / 0",
    "elements": "def double(x): return 2.01 * x",
    "mutated": "def double(x): return x.mul_(2)",
    "missing_name": "del double",
}


@pytest.mark.parametrize("key", FAULTS)
def test_each_fault_has_its_own_sentence(engine: Engine, toy: Course, key: str) -> None:
    """A fault in one function fails that test with its own finding; the test of the class still passes."""
    result = tiny.judge(engine, toy, tiny.answers(FAULTS[key]))

    tests = tiny.by_name(result)
    assert key == tests["test_doubles"].findings[0].key
    assert Verdict.FAILED is tests["test_doubles"].verdict
    assert Verdict.SKIPPED is tests["test_doubles_a_view"].verdict
    assert Verdict.PASSED is tests["test_counts"].verdict
    assert all(render(tests["test_doubles"].findings[0], lang) for lang in LANGUAGES)


LOADS = {
    "syntax": b"def double(x:\n    return 2 * x\n",
    "import_error": b"import no_such_library\n",
    "not_loaded": b"raise ValueError('at import')\n",
    "exit_call": b"import sys\nsys.exit(0)\n",
    "forbidden_line": b"import torch.nn.functional as F\n\nif F.softmax:\n    def double(x): return 2 * x\n",
    "nonsense": b"import os\nos.write(3, bytes(64))\n",
}


@pytest.mark.parametrize("key", LOADS)
def test_a_file_that_cannot_be_loaded(engine: Engine, toy: Course, key: str) -> None:
    """A file that cannot be loaded says why in every test, and costs no test its verdict."""
    result = tiny.judge(engine, toy, LOADS[key])

    assert {key} == {test.findings[0].key for test in result.tests if test.verdict is Verdict.FAILED}
    assert result.score == 0
    assert not result.at_fault


def test_a_missing_file(engine: Engine, toy: Course) -> None:
    """A submission without the file says so."""
    week = toy.week("1")
    from grader.judge.coordinator import judge_all
    from grader.judge.protocol import Task

    result = judge_all(engine, [Task(week, week.exercises[0], {"other.py": b""})], 1)[0]

    assert result.tests[0].findings[0].key == "missing_module"


def test_a_traceback_shows_only_the_students_lines(engine: Engine, toy: Course) -> None:
    """The traceback of an error names the student's file and line, and no file of the engine."""
    result = tiny.judge(engine, toy, tiny.answers("def double(x):\n    y = x\n    return y['key']\n"))

    shown = tiny.by_name(result)["test_doubles"].traceback
    assert "return y['key']" in shown
    assert "grader" not in shown and "serve.py" not in shown


def test_prints_are_shown_and_cut(engine: Engine, toy: Course) -> None:
    """What a test printed is in its result, and a flood is cut at the stated length."""
    result = tiny.judge(engine, toy, tiny.answers("def double(x):\n    print('héllo ' * 100_000)\n    return 2 * x\n"))

    printed = tiny.by_name(result)["test_doubles"].printed
    assert printed.startswith("héllo héllo")
    assert len(printed) < 2_100
    assert "bytes]" in printed
    assert result.passed


def test_nothing_outlives_the_run(engine: Engine, toy: Course, tmp_path: Path) -> None:
    """A thread that never ends and a child process that left its group are gone when the result is there."""
    pids = tmp_path / "pids"
    code = f"""
        import os, subprocess, threading
        child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
        open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
        def forever():
            while True: pass
        threading.Thread(target=forever, daemon=True).start()
    """
    result = tiny.judge(engine, toy, tiny.answers(code))

    assert result.passed
    assert [False, False] == [Path(f"/proc/{pid}").exists() for pid in pids.read_text().split()]


def test_an_error_of_the_suite_is_broken_and_costs_nothing(engine: Engine, tmp_path: Path) -> None:
    """A suite that fails on the reference too is the grader's fault: BROKEN, no points counted either way."""
    broken = '\n\n@points(7)\ndef test_ours(student, reference):\n    """Ours.\n\n    我们的。\n    """\n    1 / 0\n'
    course = tiny.build(tmp_path, suite=tiny.SUITE + broken)

    result = tiny.judge(engine, course, tiny.answers(""))

    assert Verdict.BROKEN is tiny.by_name(result)["test_ours"].verdict
    assert (20, 20) == (result.score, result.max_score)
    assert result.at_fault


def test_a_suite_that_cannot_be_collected_is_broken(engine: Engine, tmp_path: Path) -> None:
    """A suite with a syntax error is reported as ours."""
    course = tiny.build(tmp_path, suite="def test_(:\n")

    result = tiny.judge(engine, course, tiny.answers(""))

    assert "SyntaxError" in result.broken
    assert result.at_fault


def test_an_unusable_answer_is_the_students(engine: Engine, tmp_path: Path) -> None:
    """A test that trips over the form of an answer fails the student, because the reference passes it."""
    trip = '\n\ndef test_form(student, rng):\n    """Form.\n\n    形式。\n    """\n    a, b = student.double(rng.normal(2, 3))\n'
    course = tiny.build(tmp_path, suite=tiny.SUITE + trip)

    result = tiny.judge(engine, course, tiny.answers("def double(x): return None"))

    assert "unusable" == tiny.by_name(result)["test_form"].findings[0].key


def test_answers_are_the_same_in_a_new_interpreter(toy: Course) -> None:
    """Where there is no fork the box is spawned: right, wrong and dead answers get the same verdicts."""
    week = toy.week("1")
    sources = [tiny.answers(""), tiny.answers(FAULTS["elements"]), tiny.answers(FAULTS["exited"])]
    results = judge_here([Task(week, week.exercises[0], {"tiny.py": source}) for source in sources])

    assert results[0].passed
    assert ["elements", "exited"] == [tiny.by_name(result)["test_doubles"].findings[0].key for result in results[1:]]


def test_debug_runs_in_one_process(course: Course, tmp_path: Path) -> None:
    """With --debug the student's code runs in the judge's process: breakpoint() works, prints come straight out."""
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")
    (folder / "attention.py").write_text(f"{source}\nimport os\nprint('student in', os.getpid())\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "grader",
        "check",
        "--debug",
        "--week=5",
        "--exercise=attention",
        "--from",
        tmp_path,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=course.root)

    out = process.communicate()[0]

    assert 0 == process.returncode
    assert f"student in {process.pid}" in out


BREAKPOINT = """
_right = scaled_dot_product_attention


def scaled_dot_product_attention(query, key, value, mask=None):
    breakpoint()
    return _right(query, key, value, mask)
"""


@pytest.mark.parametrize(("typed", "code"), [("l\np query.shape\n" + "c\n" * 500, 0), ("q\n", 130)])
def test_the_debugger_stops_shows_and_ends(course: Course, tmp_path: Path, typed: str, code: int) -> None:
    """breakpoint() opens pdb where the student's line can be seen and values asked for; q ends the whole run."""
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")
    (folder / "attention.py").write_text(source + BREAKPOINT, encoding="utf-8")
    words = ["check", "--debug", "--week=5", "--exercise=attention", "--from", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "grader", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=course.root,
        check=False,
    )

    assert code == done.returncode, done.stdout[-2000:]
    assert "(Pdb)" in done.stdout
    if not code:
        assert "return _right(query" in done.stdout and "torch.Size(" in done.stdout


def test_prints_of_one_test_do_not_reach_into_the_next(engine: Engine, toy: Course) -> None:
    """Two tests of one box print; each result holds what its own test printed and nothing else."""
    code = "def double(x): print('first'); return 2 * x\n\n\n_add = Counter.add\n\n\n"
    code += "def add(self, amount): print('second'); return _add(self, amount)\n\n\nCounter.add = add\n"
    printed = [test.printed for test in tiny.judge(engine, toy, tiny.answers(code)).tests if test.printed]

    assert {"first", "second"} == {line for text in printed for line in text.split()}
    assert len(printed) > 1 and all(len(set(text.split())) == 1 for text in printed)


def test_a_module_that_cannot_be_loaded_costs_every_test_the_same(engine: Engine, toy: Course) -> None:
    """The one fault is told for each test; its traceback does not grow from test to test."""
    result = tiny.judge(engine, toy, b"def double(x:\n")

    assert {"syntax", "skipped"} == {finding.key for test in result.tests for finding in test.findings}
    assert 1 == len({test.traceback for test in result.tests if test.verdict is Verdict.FAILED})


def test_cpu_time_is_named(engine: Engine) -> None:
    """A box that used up its CPU time says so, and is not taken for one that used up the memory."""
    factory = ForkFactory(engine.link)
    session = Session(
        lambda: factory.open_box(BoxSettings(cpu_seconds=1)),
        Module("spin", {"spin.py": b"def spin():\n    while True: pass\n"}),
    )
    with pytest.raises(StudentFault) as fault:
        Student(session).spin()
    assert "died_cpu_time" == fault.value.finding.key


def test_what_an_exercise_imports_is_there_before_its_box(engine: Engine, tmp_path: Path) -> None:
    """Whoever opens a judge has the warm process import once what every box would import anew."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("import colorsys\n", encoding="utf-8")
    factory = ForkFactory(engine.link)
    here = b"import sys\n\ndef known(name):\n    return name in sys.modules\n"

    def imported() -> object:
        with boxed(factory, here) as student:
            return student.known("colorsys")

    assert not imported()
    with contextlib.closing(JudgeCache(engine)) as hand:
        assert hand.judge(Task(course.weeks[0], course.weeks[0].exercises[0], {"tiny.py": tiny.answers("")})).passed
    assert imported()


TOTAL = '''

@points(3)
def test_total(student, reference):
    """A number.

    一个数。
    """
    assert_same(student.double(2.5), reference.double(2.5))
'''


@pytest.mark.parametrize("answer", ["10**400", "-(10**400)", "{10**400: 1}", "float('nan')"])
def test_no_number_is_too_odd_to_be_wrong(engine: Engine, tmp_path: Path, answer: str) -> None:
    """An answer that no float can hold is a wrong answer like any other, with help or without."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + TOTAL)

    result = tiny.judge(engine, course, tiny.answers(f"def double(x): return {answer}"))

    assert not result.broken
    assert Verdict.FAILED is tiny.by_name(result)["test_total"].verdict


def test_help_that_fails_changes_no_verdict(engine: Engine, tmp_path: Path) -> None:
    """A known mistake that cannot even be loaded costs the help, and nothing else."""
    course = tiny.build(tmp_path, mistakes="raise RuntimeError('broken')\n")

    result = tiny.judge(engine, course, tiny.answers("def double(x): return x * x"))

    assert "elements" == tiny.by_name(result)["test_doubles"].findings[0].key
    assert not result.at_fault


def test_a_helpers_shortcut_is_found_too(engine: Engine, toy: Course) -> None:
    """What is forbidden is forbidden in every file that was handed in."""
    week = toy.weeks[0]
    helper = b"import torch\n\ndef double(x):\n    return torch._C._nn.gelu(x)\n"
    files = {"tiny.py": tiny.answers("from helper import double"), "helper.py": helper}

    result = judge_all(engine, [Task(week, week.exercises[0], files)], 1)[0]

    found = {(finding.key, finding.values.get("file")) for test in result.tests for finding in test.findings}
    assert ("forbidden_line", "helper.py") in found


def test_a_time_out_names_the_time_that_there_was(engine: Engine, toy: Course) -> None:
    """Two seconds for the first test of this exercise, and one for each that follows a time-out."""
    loop = "    while True: pass\n"
    result = tiny.judge(engine, toy, tiny.answers(f"def double(x):\n{loop}def Counter(start):\n{loop}"))

    told = [
        finding.values["seconds"] for test in result.tests for finding in test.findings if "seconds" in finding.values
    ]
    assert ["2", "1"] == told


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


def test_an_answer_that_was_not_waited_for_is_nobody_elses(engine: Engine) -> None:
    """After Ctrl-C between a request and its reply the line is closed: the next reply would be the wrong one."""

    class Interrupted(socket.socket):
        def recvmsg(self, *args: int) -> Any:
            raise KeyboardInterrupt

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link = Link(Interrupted(fileno=ours.detach()))
    with theirs, pytest.raises(KeyboardInterrupt):
        link.ask({"do": "layers"})
    with pytest.raises(BoxNotMade):
        link.ask({"do": "layers"})


def test_an_import_that_fails_in_any_way_ends_no_warm_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner's file may import what raises anything at all: a box will say so."""
    (tmp_path / "of_another_binary.py").write_text("raise ValueError('another binary interface')\n")
    (tmp_path / "a_script.py").write_text("import sys\nsys.exit(1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        names = [["of_another_binary", ""], ["a_script", "x"], ["no_such_module", ""], ["calendar", ""]]
        assert ({}, []) == Warm(ours).do_preload(ours, [], None, names=names, forbidden=[])


def test_a_request_that_fails_ends_no_warm_process(engine: Engine, toy: Course) -> None:
    """It is refused with a word, and the next one is served."""
    with pytest.raises(BoxNotMade, match="do_nonsense"):
        engine.link.ask({"do": "nonsense"})
    assert tiny.judge(engine, toy, tiny.answers("")).passed


def test_sources_that_no_parser_takes_import_nothing(tmp_path: Path) -> None:
    course = tiny.build(tmp_path)
    for source in ("import os\nx = " + "-" * 200_000 + "1\n", "(" * 300, "\0"):
        (tmp_path / "exercises/week01_tiny/tiny.py").write_text(source)
        assert set() == imports_of(course.weeks[0], "tiny")


def test_what_is_too_large_to_be_sent_is_a_named_fault(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that come back as arguments can add up to more than a frame holds; the next call gets a fresh box."""
    factory = ForkFactory(engine.link)
    with boxed(factory, b"def echo(x): return x\n") as student:
        answer = student.echo(b"x" * 1000)
        monkeypatch.setattr("grader.box.inside.wire.MAX_PAYLOAD", 1500)
        with pytest.raises(StudentFault) as fault:
            student.echo([answer, answer])
        monkeypatch.undo()
        assert "too_large" == fault.value.finding.key and fault.value.fatal
        assert answer == student.echo(answer)


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


def told(result: Any) -> str:
    """Return what the test that draws says."""
    return render(tiny.by_name(result)["test_draws"].findings[0], "en")


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


def test_no_two_boxes_draw_the_same(engine: Engine) -> None:
    """They are forks of one process, whose generators they would share."""
    source = b"import random, numpy, torch\n\ndef draw():\n    return torch.rand(()), numpy.random.random(), random.random()\n"
    factory = ForkFactory(engine.link)

    def draw() -> Any:
        with boxed(factory, source) as student:
            return student.draw()

    assert all(one != other for one, other in zip(draw(), draw(), strict=True))


@pytest.mark.parametrize("forked", [True, False])
def test_a_box_without_walls_works_in_an_empty_folder_of_its_own(engine: Engine, forked: bool) -> None:
    """What a self-check's submission writes lies in nobody's way and does not outlive it; another box finds nothing."""
    source = b"import os\n\ndef write(name):\n    open(name, 'w').close()\n    return os.getcwd(), os.listdir()\n"
    factory = ForkFactory(engine.link) if forked else SpawnFactory()
    folders = []
    for name in ("first", "second"):
        with boxed(factory, source) as student:
            folder, found = student.write(name)
            assert Path(folder, name).is_file()
        assert [name] == found
        folders.append(Path(folder))

    assert not any(folder.exists() for folder in folders)
    assert Path.cwd() not in [*folders, *(folder.parent for folder in folders)]


def test_the_folders_of_boxes_go_with_the_engine(toy: Course) -> None:
    """Also that of a box that is still there."""
    with Engine() as engine:
        factory = ForkFactory(engine.link)
        source = b"import os\n\ndef here():\n    return os.getcwd()\n"
        session = Session(lambda: factory.open_box(BoxSettings()), Module("a", {"a.py": source}))
        folder = Path(Student(session).here())
        assert folder.is_dir()
        assert session.box
        session.box.channel.close()
        session.box.output.close()

    assert not folder.parent.exists()


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
    forget_suites(monkeypatch)

    with pytest.raises(KeyboardInterrupt):
        judge_here([Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})])


def test_a_box_that_went_with_its_judge_leaves_no_folder(engine: Engine, toy: Course) -> None:
    """A judge that is killed, as watch does with a check that has come too late, takes its box and the folder along."""
    week = toy.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("import time\ndef double(x): time.sleep(60)")})
    factory = ForkFactory(engine.link)
    source = b"import os\n\ndef others():\n    return os.listdir(os.pardir)\n"
    judge = engine.open_judge()
    thread = threading.Thread(target=judge.judge, args=(task,))

    def others() -> Any:
        with boxed(factory, source) as student:
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


def test_a_group_that_is_told_to_end_leaves_no_folder(tmp_path: Path) -> None:
    """The terminal is closed, a timeout ends the group: the warm process waits for its line to close, and tidies."""
    code = (
        "import os, signal, sys, time\n"
        "from grader.box.launch import ForkFactory\nfrom grader.box.limits import BoxSettings\n"
        "from grader.judge.coordinator import Engine\n"
        "engine = Engine()\nbox = ForkFactory(engine.link).open_box(BoxSettings())\n"
        "print(os.listdir(os.environ['TMPDIR']), flush=True)\n"
        "os.killpg(0, getattr(signal, sys.argv[1]))\ntime.sleep(60)\n"
    )
    for name in ("SIGTERM", "SIGHUP"):
        command = [sys.executable, "-c", code, name]
        there = {**os.environ, "TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, env=there, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
            told = process.stdout.read() if process.stdout else ""  # until the warm process has ended too
        assert "boxes-" in told
        assert [] == [path for path in tmp_path.iterdir() if path.name.startswith("boxes-")]


def test_an_interpreter_of_somebody_elses_keeps_its_numbers_and_its_garbage(tmp_path: Path) -> None:
    """Where the judge is this very process, as in a notebook without fork: global generators, what is collected."""
    course = tiny.build(tmp_path)
    week = course.weeks[0]

    def drawn() -> tuple[float, float, float]:
        return torch.rand(()).item(), np.random.random(), random.random()

    torchs, numpys, pythons = torch.get_rng_state(), np.random.get_state(), random.getstate()
    wanted, frozen = drawn(), gc.get_freeze_count()
    torch.set_rng_state(torchs)
    np.random.set_state(numpys)
    random.setstate(pythons)
    judge_here([Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})])

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
    forget_suites(monkeypatch)
    monkeypatch.setattr(loop, "GUARD_SECONDS", 1)
    monkeypatch.setattr(plugin, "_students_doing", lambda item, attempt, error: told.append(error))
    told: list[BaseException] = []
    result = judge_here([Task(week, week.exercises[0], {"tiny.py": tiny.answers("")}, tests=["test_sleeps"])])[0]

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


@pytest.mark.parametrize("locked", [False, True])
def test_what_a_box_starts_ends_when_it_is_told_to(engine: Engine, locked: bool) -> None:
    """The warm process ignores such signals; a submission's own worker processes must not."""
    source = b"import signal\n\ndef told(number):\n    return signal.getsignal(number) is signal.SIG_DFL\n"
    with boxed(ForkFactory(engine.link), source, locked) as student:
        assert student.told(int(signal.SIGTERM)) and student.told(int(signal.SIGHUP))


def test_a_judge_that_answers_nonsense_is_worn(engine: Engine, toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever goes wrong between a task and its clean end: nobody uses that judge again."""
    week = toy.weeks[0]
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})
    with contextlib.closing(engine.open_judge()) as judge:
        assert judge.judge(task).passed and not judge.worn
        monkeypatch.setattr("grader.judge.coordinator.receive", lambda sock, kind: msgspec.msgpack.decode(b"\xc1"))
        with pytest.raises(msgspec.DecodeError):
            judge.judge(task)
        assert judge.worn
