"""Hostile submissions: none scores more than its honest part, none makes the grader look at fault, none leaves a trace.

Each file in cheats/ is laid over the honest solution, whose softmax (or draw, in the EXERCISE "writing") it calls
`honest`; `engine()` gives it what serves the box. Its docstring says what it tries, KIND what kind of trick that is,
WORTH what its honest part deserves, CAUGHT the finding by which the report names it when it was caught. One that is
DISGUISED passes its code off as a library's, past what only looks at a submission's own files: the walls are to hold.
"""

import ast
import collections
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.course.weeks import Course
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.messages import LANGUAGES, render
from grader.outcomes import ExerciseResult, Verdict
from grader.report.terminal import Terminal, as_json

pytestmark = pytest.mark.timeout(1200)  # all are judged in the first test's name, and other work may share the machine

HERE = Path(__file__).parent
TOY = HERE / "toy_course"
CHEATS = sorted((HERE / "cheats").glob("*.py"))
FULL = 100
KINDS = {
    "clock": "time or memory is measured wrong",
    "shortcut": "the work is left out: remembered, guessed, made cheaper where nobody looks",
    "answers": "what is right is read from somewhere",
    "verdict": "what judges is told, posed for or rewritten",
    "forbidden": "a library does the exercise",
    "harm": "the judge, the machine or the class is to suffer",
    "walls": "a way out of the box",
    "words": "a report that lies, frightens or breaks",
}
PRELUDE = """

import torch

honest = globals().get("softmax") or globals()["draw"]


def find_server():
    import sys

    frame = sys._getframe()  # what loads this module stands below it
    while type(frame.f_locals.get("self")).__name__ != "Server":
        frame = frame.f_back
    return frame.f_locals["self"]


_server = find_server()


def engine():
    import types

    # A locked box has none of the engine's modules to import; the object that serves knows them.
    return types.SimpleNamespace(server=_server, **type(_server).answer.__globals__)


"""
WRONG = "def softmax(scores):\n    return scores.exp()\n"
NAMES = {"endless_loop": {"endless_loop", "timeout_at", "timeout"}}
"""Where a report's word depends on how busy the machine was."""
LEFT_BEHIND = ("/tmp", "/dev/shm", "/var/tmp", str(Path.home()), str(HERE), str(HERE.parent))


class Cheat:
    """One hostile submission, read and never imported."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self.source = path.read_text(encoding="utf-8")
        tree = ast.parse(self.source)
        self.tries = ast.get_docstring(tree) or ""
        constants: dict[str, Any] = {}
        for node in tree.body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
                constants[node.targets[0].id] = ast.literal_eval(node.value)
        self.kind: str = constants["KIND"]
        self.exercise: str = constants.get("EXERCISE", "softmax")
        self.worth: float = constants["WORTH"]
        self.caught: str | None = constants.get("CAUGHT")
        self.disguised: bool = constants.get("DISGUISED", False)

    @property
    def code(self) -> str:
        """What is laid over the honest solution."""
        return f"exec(compile({self.source!r}, torch.__file__, 'exec'))\n" if self.disguised else self.source


def task(code: str, exercise: str = "softmax") -> Task:
    """A locked task for an exercise of the toy course."""
    week = Course(TOY).weeks[1]
    source = (week.solutions / f"{exercise}.py").read_text(encoding="utf-8") + PRELUDE + code
    return Task(week, week.exercise(exercise), {f"{exercise}.py": source.encode()}, locked=True)


def traces() -> set[str]:
    """Names in the folders where something could have been left."""
    return {f"{folder}/{name}" for folder in LEFT_BEHIND for name in os.listdir(folder) if "toy" in name}


@pytest.fixture(scope="module")
def judged(engine: Engine) -> dict[str, ExerciseResult]:
    """The results of all cheats, judged together, with an honest submission before and after them."""
    before = traces()
    cheats = [Cheat(path) for path in CHEATS]
    tasks = {"honest": task(""), "honest writing": task("", "writing"), "wrong": task(WRONG)}
    tasks |= {cheat.name: task(cheat.code, cheat.exercise) for cheat in cheats} | {"honest afterwards": task("")}
    results = judge_all(engine, list(tasks.values()), os.cpu_count() or 1)
    assert before == traces()
    return dict(zip(tasks, results, strict=True))


def test_there_are_many_tricks_of_every_kind() -> None:
    """Two hundred, no two of which say that they try the same, and ten or more of each kind but words."""
    cheats = [Cheat(path) for path in CHEATS]
    kinds = collections.Counter(cheat.kind for cheat in cheats)

    assert len(cheats) >= 200
    assert len(cheats) == len({cheat.tries for cheat in cheats}) == len({cheat.source for cheat in cheats})
    assert KINDS.keys() == kinds.keys()
    assert min(kinds.values()) >= 5


def findings(result: ExerciseResult) -> set[str]:
    return {finding.key for test in result.tests for finding in test.findings}


@pytest.mark.parametrize("name", ["honest", "honest writing", "honest afterwards"])
def test_an_honest_right_answer_gets_everything(judged: dict[str, ExerciseResult], name: str) -> None:
    """The first control: before all cheats and after them."""
    assert judged[name].passed, findings(judged[name])
    assert FULL == judged[name].score


def test_an_honest_wrong_answer_gets_its_part(judged: dict[str, ExerciseResult]) -> None:
    """The second control: only the untouched class counts."""
    assert 20 == judged["wrong"].score


@pytest.mark.parametrize("path", CHEATS, ids=lambda path: path.stem)
def test_a_cheat_gains_nothing(judged: dict[str, ExerciseResult], path: Path) -> None:
    """No more points than its honest part, no test taken out of the count, no fault of the grader's."""
    cheat, result = Cheat(path), judged[path.stem]

    assert not result.at_fault, [result.broken, *(test.traceback for test in result.tests)]
    assert {Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED} >= {test.verdict for test in result.tests}
    assert FULL == result.max_score
    assert cheat.worth >= result.score, findings(result)
    assert all(result.layers.values()) and len(result.layers) > 1


@pytest.mark.parametrize("path", [path for path in CHEATS if Cheat(path).caught], ids=lambda path: path.stem)
def test_a_cheat_that_is_caught_is_named(judged: dict[str, ExerciseResult], path: Path) -> None:
    """The report says what it did, in both languages, in text that any file can hold."""
    cheat, result = Cheat(path), judged[path.stem]

    assert findings(result) & NAMES.get(cheat.caught or "", {cheat.caught})
    for test in result.tests:
        for finding in test.findings:
            assert all(0 < len(render(finding, lang).encode()) < 20_000 for lang in LANGUAGES)
        assert json.dumps([test.printed, test.traceback], ensure_ascii=False).encode()
        assert ("died_refused_call" in test.caught) == any(f.key == "died_refused_call" for f in test.findings)


def test_reports_hold_only_text(judged: dict[str, ExerciseResult]) -> None:
    """What a submission prints or raises reaches a terminal and a file as plain text."""
    text = json.dumps(as_json(list(judged.values()), "en"), ensure_ascii=False)
    terminal = io.StringIO()
    report = Terminal("en", Console(file=terminal, width=100))
    report.results(list(judged.values()), {week.name: week for week in Course(TOY).weeks})

    for shown in (text, terminal.getvalue()):
        assert shown.encode()
        assert not set(shown) & set("\x00\x07\r\x1b\x9b\u202e")


def test_nothing_is_left_alive(engine: Engine, judged: dict[str, ExerciseResult]) -> None:
    """When all are judged, the warm process has no children."""
    children = Path(f"/proc/{engine.process.pid}/task/{engine.process.pid}/children").read_text()

    assert "" == children
