"""Speed verdicts: by ratio to the reference, on fresh inputs, with every answer checked."""

from pathlib import Path

import pytest
import torch

from grader.answers.compare import Mismatch, rough_difference
from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session
from grader.answers.timing import Memory
from grader.box.launch import Box, ForkFactory
from grader.box.limits import BoxSettings
from grader.course.weeks import Course
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.outcomes import Verdict
from tests import tiny

pytestmark = pytest.mark.alone

SUITE = tiny.SUITE + (
    '\n\n@points(4)\ndef test_speed(student, reference, speed):\n    """Fast.\n\n    快。\n    """\n'
    '    speed(student, reference).call("work", lambda rng: rng.normal(128, 128), at_most=2.0)\n'
)
WORK = (
    "\n\ndef work(x):\n    y = x\n    for _ in range({rounds}):\n        y = torch.softmax(y @ x, -1)\n    return y\n"
)
REFERENCE = WORK.format(rounds=60)
SPENT = "\n\ndef work(x, _reference=work):\n    for _ in range({rounds}):\n        torch.softmax(x @ x, -1)\n"
SPENT += "    return _reference(x)\n"


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course with a speed test."""
    return tiny.build(tmp_path_factory.mktemp("course"), suite=SUITE, solution=tiny.SOLUTION + REFERENCE)


CASES = {
    "the reference itself": (REFERENCE, None),
    "four times the work": (REFERENCE + SPENT.format(rounds=180), "too_slow"),
    "sleeping": (
        REFERENCE + "\n\nimport time\ndef work(x, _r=work):\n    time.sleep(0.1)\n    return _r(x)\n",
        "too_slow",
    ),
    "a patched clock": (
        REFERENCE + SPENT.format(rounds=180) + "\n\nimport time\ntime.perf_counter = time.monotonic = lambda: 0.0\n",
        "too_slow",
    ),
    "the first answer again": (
        REFERENCE
        + "\n\n_kept = []\ndef work(x, _r=work):\n    _kept.append(_r(x) if not _kept else _kept[0])\n    return _kept[0]\n",
        "elements",
    ),
    "threads behind the back": (
        REFERENCE
        + "\n\nimport threading\ndef _spin():\n    while True: torch.ones(200, 200) @ torch.ones(200, 200)\n"
        + "threading.Thread(target=_spin, daemon=True).start()\n"
        + SPENT.format(rounds=180),
        "too_slow",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_speed_verdicts(engine: Engine, toy: Course, case: str) -> None:
    """The reference passes its own limit; slow, waiting, forgetful and cheating answers fail."""
    code, finding = CASES[case]

    test = tiny.by_name(tiny.judge(engine, toy, tiny.answers(code), tests=["test_speed"]))["test_speed"]

    assert (Verdict.FAILED if finding else Verdict.PASSED) is test.verdict
    assert said(finding) == [found.key for found in test.findings]
    assert test.limit == 2.0 or finding == "elements"


def said(finding: str | None) -> list[str]:
    """The keys of what a speed test says; of a wrong answer also that its time was not judged."""
    if finding is None:
        return []
    return [finding] if finding in ("too_slow", "grows_too_fast") else [finding, "until_right"]


GROWTH = SUITE.replace(
    '    speed(student, reference).call("work", lambda rng: rng.normal(128, 128), at_most=2.0)\n',
    '    speed(student, reference).growth("work", lambda rng, n: (rng.normal(n, 64),), n=500, factor=4, at_most=8.0)\n',
)
LINEAR = "\n\ndef work(x):\n    return torch.stack([row.softmax(0) for row in x])\n"
GROWTHS = {
    "the reference itself": (LINEAR, None),
    "quadratic": (
        LINEAR + "\n\ndef work(x, _r=work):\n    sum(range(len(x) ** 2))\n    return _r(x)\n",
        "grows_too_fast",
    ),
    "quadratic, and wasteful where it is small": (
        LINEAR
        + "\n\ndef work(x, _r=work):\n    sum(range(8 * len(x) ** 2 if len(x) > 1000 else 32_000_000))\n    return _r(x)\n",
        "grows_too_fast",
    ),
    "an object that works later": (
        LINEAR + "\n\nclass Tensor:\n    shape = dtype = 0\n\ndef work(x):\n    return Tensor()\n",
        "wrong_type",
    ),
    "nothing when it is large": (
        LINEAR + "\n\ndef work(x, _r=work):\n    return _r(x) if len(x) < 1000 else None\n",
        "wrong_type",
    ),
}


@pytest.mark.parametrize("case", GROWTHS)
def test_growth_verdicts(engine: Engine, tmp_path: Path, case: str) -> None:
    """Time that grows with the square fails, and so does an answer that is not given where the clock runs."""
    toy = tiny.build(tmp_path, suite=GROWTH, solution=tiny.SOLUTION + LINEAR)
    code, finding = GROWTHS[case]

    test = tiny.by_name(tiny.judge(engine, toy, tiny.answers(code), tests=["test_speed"]))["test_speed"]

    assert said(finding) == [found.key for found in test.findings], test.ratio


@pytest.mark.parametrize(("kind", "times"), [("call", 200), ("growth", 20)])
def test_what_is_too_slow_once_is_measured_again(engine: Engine, tmp_path: Path, kind: str, times: int) -> None:
    """In fresh boxes: a machine may be busy for the length of one measurement."""
    base, suite = (REFERENCE, SUITE) if kind == "call" else (LINEAR, GROWTH)
    toy = tiny.build(tmp_path / "course", suite=suite, solution=tiny.SOLUTION + base)
    boxes = tmp_path / "boxes"
    slow_at_first = f"""
import pathlib
with open({str(boxes)!r}, "a") as file:
    file.write("x")
SLOW = pathlib.Path({str(boxes)!r}).stat().st_size == 1

def work(x, _right=work):
    sum(range({times} * len(x) ** 2 if SLOW else 0))
    return _right(x)
"""
    answer = (tiny.SOLUTION + base + slow_at_first).encode()

    test = tiny.by_name(tiny.judge(engine, toy, answer, tests=["test_speed"], locked=False))["test_speed"]

    assert test.verdict is Verdict.PASSED and boxes.read_text(encoding="utf-8") == "xx"


def test_a_timed_answer_is_refused_only_when_it_is_really_wrong() -> None:
    """Rounding, and a tie here and there, decide nothing; another dtype, shape or value does."""
    right = torch.linspace(0, 1, 10_000).reshape(10, 1000)
    tied, wrong = right.clone(), right.clone()
    tied[3, :9] = -torch.inf
    wrong[3, :11] = 0.5

    assert rough_difference(right * (1 + 1e-6), right) is None
    assert rough_difference([tied, 1.0, "a"], [right, 1.0001, "a"]) is None
    assert rough_difference(tied.numpy(), right.numpy()) is None
    assert rough_difference(torch.complex(right, tied), torch.complex(right, right)) is None
    assert rough_difference(torch.complex(right, -right), torch.complex(right, right)) is not None
    for answer in (wrong, right.double(), right[:9], right.bfloat16().float(), None, 1.01 * right):
        assert rough_difference([answer], [right]) is not None
    assert rough_difference({"a": 1, "b": "x"}, {"a": 1, "b": "y"}) is not None


def test_what_torch_imports_at_its_first_call_is_nobodys_memory(course: Course) -> None:
    """torch.broadcast_shapes brings sympy along, more than a box may hold on the way."""
    week = course.week("5")
    source = course.root / "grader/alternatives" / week.name / "blockwise/broadcast_shapes.py"
    tests = ["test_memory_grows_linearly", "test_memory_does_not_grow_with_the_keys"]
    task = Task(week, week.exercise("blockwise"), {"blockwise.py": source.read_bytes()}, tests=tests, independent=True)

    with Engine() as engine:  # whose warm process has imported nothing for others
        (result,) = judge_all(engine, [task], 1)

    assert tests == [test.name for test in result.tests if test.verdict is Verdict.PASSED]


DYING = b"import os, threading, time\n\ndef work(x):\n"
DYING += b"    threading.Thread(target=lambda: (time.sleep(0.05), os._exit(0))).start()\n    return x\n"


def test_a_box_that_ends_after_its_answer_is_the_submissions_doing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever ends the process before its peak can be read fails; the system would have told."""
    factory = ForkFactory(engine.link)

    def session(source: bytes) -> Session:
        return Session(lambda: factory.open_box(BoxSettings()), Module("work", {"work.py": source}))

    peak_bytes = Box.peak_bytes

    def late(box: Box) -> int | None:
        box.process.ended(1)  # a live box, the reference's, is waited for in vain
        return peak_bytes(box)

    monkeypatch.setattr(Box, "peak_bytes", late)
    memory = Memory(lambda: session(DYING), lambda: session(b"def work(x):\n    return x\n"), {})

    with pytest.raises(StudentFault) as fault:
        memory.growth("work", (1,), (2,))
    assert "exited" == fault.value.finding.key


def test_the_reference_is_measured_once_for_the_same_inputs(engine: Engine) -> None:
    """The next student costs two boxes less; other inputs are measured anew."""
    factory, opened = ForkFactory(engine.link), []

    def session(who: str) -> Session:
        opened.append(who)
        source = b"def work(x):\n    return x\n"
        return Session(lambda: factory.open_box(BoxSettings()), Module("work", {"work.py": source}))

    memory = Memory(lambda: session("student"), lambda: session("reference"), {})
    counts = []
    for small, large in ((1, 2), (1, 2), (1, 3)):
        memory.growth("work", (small,), (large,))
        counts.append(opened.count("reference"))

    assert [2, 2, 4] == counts


WASTES = b"def work(n):\n    b = bytearray(n)\n    b[::4096] = bytes(len(b[::4096]))\n    return 1\n"


def test_both_answers_count_where_memory_is_measured_twice(engine: Engine) -> None:
    """A box that takes little the second time must have done the work all the same."""
    factory, sources = ForkFactory(engine.link), [WASTES, b"def work(n):\n    return 2\n"]

    def session(source: bytes) -> Session:
        return Session(lambda: factory.open_box(BoxSettings()), Module("work", {"work.py": source}))

    memory = Memory(lambda: session(sources.pop(0)), lambda: session(b"def work(n):\n    return 1\n"), {})

    with pytest.raises(Mismatch) as wrong:
        memory.growth("work", (1,), (64 << 20,))
    assert ["until_right"] == [finding.key for finding in wrong.value.more]


PICKY = (
    SUITE
    + '''

def first_of(got, expected):
    assert_same(got[127], expected[127])


@points(4)
def test_own_claim(student, reference, speed):
    """Fast.

    快。
    """
    speed(student, reference).call("work", lambda rng: rng.normal(128, 128), at_most=2.0, check=first_of)
'''
)


@pytest.mark.parametrize(
    ("ending", "finding"), [("[:5]", "unusable"), (" * (1 - torch.eye(128))", "elements")]
)
def test_an_answer_that_a_suites_own_claim_refuses_or_cannot_look_at_is_wrong(
    engine: Engine, tmp_path: Path, ending: str, finding: str
) -> None:
    """It is the student's, because the claim can look at the reference's answer."""
    course = tiny.build(tmp_path, suite=PICKY, solution=tiny.SOLUTION + REFERENCE)
    wrong = f"{REFERENCE}\n\ndef work(x, _r=work):\n    return _r(x){ending}\n"

    test = tiny.by_name(tiny.judge(engine, course, tiny.answers(wrong), tests=["test_own_claim"]))["test_own_claim"]

    assert (Verdict.FAILED, 4) == (test.verdict, test.max_points)
    assert said(finding) == [found.key for found in test.findings]
