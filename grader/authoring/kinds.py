"""The rules that verify checks for each kind of exercise, beyond those for all.

find_the_bug: the program as it is given fails some tests, and points stand on those alone; that it is recognised is
proven as of every mistake. write_the_test: a test that accepts everything and one that refuses everything earn
nothing.
"""

from __future__ import annotations

from pathlib import Path

from grader.course import markers
from grader.course.inventory import tests_in
from grader.course.weeks import Exercise, Week
from grader.mistakes import Variant
from grader.outcomes import ExerciseResult, Verdict

NULL_CHECKS = {
    "accepts everything": "def {name}(*implementations):\n    return None\n",
    "refuses everything": "def {name}(*implementations):\n    raise AssertionError\n",
}
FEWEST_MISTAKES = {"write": 4, "find_the_bug": 2, "write_the_test": 2}
FEWEST_ALTERNATIVES = {"write": 2, "find_the_bug": 1, "write_the_test": 1}


def static_problems(week: Week, exercise: Exercise) -> list[str]:
    """What is wrong with an exercise of its kind before anything is judged; its files are all there."""
    path = week.solutions / f"{exercise.name}.py"
    text = path.read_text(encoding="utf-8")
    finds, writes = exercise.kind == "find_the_bug", exercise.kind == "write_the_test"
    others = {other.name for other in week.exercises if other.name != exercise.name}
    rules = {
        f'the mark INSTEAD stands in an exercise of the kind "find_the_bug", and only there: {path.name}': (
            finds != bool(markers.replacements(text, path.name))
        ),
        'symptom is for an exercise of the kind "find_the_bug": say what a user notices, never the line': (
            finds != bool(exercise.symptom)
        ),
        "a program with a planted bug is whole: every marked block in a function needs the mark INSTEAD": (
            finds and "NotImplementedError" in markers.stub(text, path.name, "")
        ),
        'tests names the exercise of this week that a learner\'s test is for: kind "write_the_test" only': (
            writes != (exercise.tests in others)
        ),
        'the fixture candidates is for exercises of the kind "write_the_test"': (
            writes != bool(_asking(week.suite(exercise.name)))
        ),
    }
    found = [problem for problem, is_broken in rules.items() if is_broken]
    shown = _asking(week.examples(exercise.name))
    return found + [f"the visible example {name} asks for candidates, which no release has" for name in shown]


def _asking(path: Path) -> list[str]:
    """Return the tests of a file that ask for candidates."""
    return [test.name for test in tests_in(path) if "candidates" in {argument.arg for argument in test.args.args}]


def null_checks(exercise: Exercise) -> dict[str, Variant]:
    """Return trivial tests, for an exercise in which the learner writes a test."""
    public = {name: name for name in exercise.writes}
    return {
        kind: Variant("\n\n".join(code.format(name=name) for name in public).encode(), public)
        for kind, code in NULL_CHECKS.items()
    }


def null_check_problems(name: str, result: ExerciseResult) -> list[str]:
    """Say what is wrong when a trivial test earns points."""
    earned = [test.name for test in result.tests if test.hidden and test.points]
    return [f"a test that {name} earns points: {', '.join(earned)}"] if earned else []


def as_given_problems(result: ExerciseResult) -> list[str]:
    """Say what is wrong with the result of a program that is given with a planted bug."""
    failed = [test for test in result.tests if test.verdict is Verdict.FAILED]
    found = [] if any(test.hidden for test in failed) else ["the program as it is given passes every hidden test"]
    for test in result.tests:
        if test.verdict is Verdict.PASSED and test.points:
            found.append(f"the program as it is given earns the points of {test.name}")
        elif test.verdict is Verdict.FAILED and test.hidden and not test.max_points:
            found.append(f"the program as it is given fails {test.name}, which is worth no points")
    return found
