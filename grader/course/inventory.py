"""What an exercise's files declare, read from their text: tests, points, mistakes. Nothing is executed."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

from grader.course import markers, proofs
from grader.course.weeks import HANDOUTS, Course, Exercise, Week
from grader.errors import UserError
from grader.messages import LANGUAGES, bilingual
from grader.mistakes import Mistake
from grader.outcomes import ExerciseResult, Finding, Sentence, TestResult, Verdict

MOST_POINTS = 1000
TABLE = re.compile(r"<!-- table -->\n.*?<!-- /table -->", re.DOTALL)
HEADS = {
    "en": "| week | exercises | hours | hidden tests | known mistakes, all caught | other right answers, all accepted "
    "| automatic changes, caught |",
    "zh": "| 周 | 练习 | 小时 | 隐藏测试 | 已知错误（全部发现） | 其他正确写法（全部通过） | 自动改动（发现比例） |",
}


def mistakes_in(source: bytes) -> list[Mistake]:
    """Return the mistakes that a file declares."""
    found = []
    for node in ast.parse(source).body:
        for call in _marks(node, "mistake"):
            said = {item.arg: ast.literal_eval(item.value) for item in call.keywords if item.arg}
            sentence = {lang: said.get(lang, "") for lang in LANGUAGES}
            name: str = node.name  # type: ignore[attr-defined]
            found.append(Mistake(name, said.get("of", ""), sentence, said.get("only", ""), said.get("breaks", "")))
    return found


def _marks(node: ast.stmt, name: str) -> list[ast.Call]:
    """Return the marks of one name that stand above a definition."""
    calls = [call for call in getattr(node, "decorator_list", []) if isinstance(call, ast.Call)]
    return [call for call in calls if getattr(call.func, "id", "") == name]


def tests_in(path: Path) -> list[ast.FunctionDef]:
    """Return the test functions of a suite; none where there is no file."""
    nodes = ast.parse(path.read_bytes()).body if path.is_file() else []
    return [node for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def sentences_in(path: Path) -> dict[str, Sentence]:
    """Return the sentence of every test by its name."""
    return {test.name: bilingual(ast.get_docstring(test)) for test in tests_in(path)}


def claims_in(path: Path) -> dict[str, list[str]]:
    """Return the parts of sentences that each test claims to hold, by the test's name; of tests that claim any."""
    said = {test.name: [part for mark in _marks(test, "claims") for part in mark.args] for test in tests_in(path)}
    return {name: [str(ast.literal_eval(part)) for part in parts] for name, parts in said.items() if parts}


def after_in(path: Path) -> list[tuple[str, str]]:
    """Return (test, other) for every test that stands after another one, whose name is written out."""
    marks = [(test.name, mark.args[0]) for test in tests_in(path) for mark in _marks(test, "after") if mark.args]
    return [(test, str(other.value)) for test, other in marks if isinstance(other, ast.Constant)]


def points_by_test(path: Path) -> dict[str, float]:
    """Return the points of every test that is worth any, by its name."""
    marks = [(test.name, mark) for test in tests_in(path) for mark in _marks(test, "points")]
    return {name: _number(path, name, mark) for name, mark in marks}


def _number(path: Path, test: str, call: ast.Call) -> float:
    """Return the points that a mark gives.

    Raises:
        UserError: they are no number that adds up.
    """
    try:
        number = float(ast.literal_eval(call.args[0]))
    except (ValueError, TypeError, IndexError):
        number = math.nan
    if not 0 <= number <= MOST_POINTS:
        raise UserError("bad_points", path=path.name, test=test, points=ast.unparse(call), most=MOST_POINTS)
    return number


def points_in(path: Path) -> float:
    """Return the points that a suite's tests are worth together."""
    return sum(points_by_test(path).values())


def worth_of(week: Week) -> float:
    """Return the points that a week's exercises are worth together, answers in words aside."""
    return sum(points_in(week.suite(exercise.name)) for exercise in week.exercises)


def unwritten(week: Week, exercise: Exercise) -> ExerciseResult:
    """Return the result of an exercise as it was given: no test counts, and each says that nothing is done yet."""
    result = ExerciseResult(week.name, exercise.name)
    first = Finding("not_written", {"message": markers.message(week.label(exercise.name), exercise.writes[0])})
    if exercise.kind == "find_the_bug":
        first = Finding("not_changed")
    for path, hidden in ((week.examples(exercise.name), False), (week.suite(exercise.name), True)):
        points = points_by_test(path)
        for name, sentence in sentences_in(path).items():
            test = TestResult(name, sentence, Verdict.FAILED, 0, points.get(name, 0), hidden, [first])
            result.tests.append(test)
    return result


def table(course: Course, lang: str) -> str:
    """Return the table of the README: how long every week takes, and what the proofs say of its suites."""
    return "\n".join([HEADS[lang], "|---|---|---|---|---|---|---|", *(_row(week, lang) for week in course.weeks)])


def _row(week: Week, lang: str) -> str:
    head = (
        f"| {week.number} {week.title[lang]} | {len(week.exercises)} "
        f"| {sum(one.minutes for one in week.exercises if not one.extra) / 60:.1f}"
    )
    found = [proof for exercise in week.exercises if (proof := proofs.read(week, exercise.name))]
    if len(found) < len(week.exercises):
        return f"{head} | – | – | – | – |"
    tests = sum(proof.tests for proof in found)
    mistakes = sum(len(proof.mistakes) for proof in found)
    others = sum(len(proof.alternatives) for proof in found)
    killed, made = (sum(getattr(proof.mutants, what) for proof in found) for what in ("killed", "made"))
    share = f"{killed / made:.0%}".replace("%", " %") if made else "–"
    return f"{head} | {tests} | {mistakes} | {others} | {share} |"


def readmes(course: Course) -> dict[str, str]:
    """Return the READMEs with their tables filled in, by path."""
    filled = {}
    for lang, name in HANDOUTS.items():
        path = course.root / name
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        if found := TABLE.search(text):
            filled[name] = text.replace(found[0], f"<!-- table -->\n{table(course, lang)}\n<!-- /table -->", 1)
    return filled
