"""What becomes of every kind of answer: each fault has its own sentence, and the other tests still run."""

from pathlib import Path

import pytest

from grader.course.weeks import Course
from grader.judge.coordinator import Engine, judge_all, judge_here
from grader.judge.protocol import Task
from grader.messages import LANGUAGES, render
from grader.outcomes import Verdict
from tests import tiny


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
    "input_call": "def double(x): return 2 * float(input())",
    "exited": "import os\ndef double(x): os._exit(0)",
    "died_segfault": "import faulthandler\ndef double(x): faulthandler._sigsegv()",
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
    "input_call": b"SCALE = float(input('scale? '))\n",
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


def test_answers_are_the_same_in_a_new_interpreter(toy: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no fork the box is spawned: right, wrong and dead answers get the same verdicts."""
    tiny.forget_suites(monkeypatch)
    week = toy.week("1")
    sources = [tiny.answers(""), tiny.answers(FAULTS["elements"]), tiny.answers(FAULTS["exited"])]
    results = [judge_here(Task(week, week.exercises[0], {"tiny.py": source})) for source in sources]

    assert results[0].passed
    assert ["elements", "exited"] == [tiny.by_name(result)["test_doubles"].findings[0].key for result in results[1:]]


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
    assert "test_doubles (TEST=1)" in {finding.values.get("test") for test in result.tests for finding in test.findings}
    assert 1 == len({test.traceback for test in result.tests if test.verdict is Verdict.FAILED})


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


DRAWS = """
import random, numpy

def draws():
    return torch.rand(()).item(), numpy.random.random(), random.random()

LOADED = draws()

def double(x):
    print(*LOADED, *draws())
    return 2 * x

class Counter:
    def __init__(self, start):
        self.total = start
        print(draws())

    def add(self, amount):
        self.total += amount
        return self.total
"""


def test_what_a_box_draws_from_the_global_generators_is_the_same_in_every_run(engine: Engine, toy: Course) -> None:
    """Nobody's points hang on chance: whatever was drawn in the tests before, and in no two tests the same."""

    def printed(code: str) -> list[str]:
        return [test.printed for test in tiny.judge(engine, toy, tiny.answers(DRAWS + code)).tests]

    first, again = printed(""), printed("")
    moved = printed("plain = double\ndef double(x):\n    y = plain(x)\n    draws()\n    return y\n")

    assert first == again == moved
    assert len(first) == len({text for text in first if text})


SAME_DRAW = """
import torch

from grader.suite import assert_same

def test_same_draw(student):
    '''The draw of the judge.

    评判进程抽取的数。
    '''
    assert_same(student.draws()[0], torch.rand(()).item())
"""


def test_a_box_does_not_draw_what_the_judge_draws(engine: Engine, tmp_path: Path) -> None:
    """Else who takes a global generator in the place of the one that is given would agree with the reference."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + SAME_DRAW)

    result = tiny.judge(engine, course, tiny.answers(DRAWS))

    assert Verdict.FAILED is tiny.by_name(result)["test_same_draw"].verdict


RENEWED = """
from grader.suite import renew

def test_renewed(student):
    '''Two boxes.

    两个沙箱。
    '''
    for _ in range(2):
        renew(student.double)
        student.double(1)
"""


def test_no_two_boxes_of_a_test_draw_the_same(engine: Engine, tmp_path: Path) -> None:
    """An answer that hangs on chance differs in a fresh box, also in what it drew while it was loaded."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + RENEWED)

    result = tiny.judge(engine, course, tiny.answers(DRAWS))

    first, second = tiny.by_name(result)["test_renewed"].printed.splitlines()
    assert set(first.split()).isdisjoint(second.split())
