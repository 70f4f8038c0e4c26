"""How often a speed verdict is wrong while every core is busy with something else."""

import collections
import os
import tempfile
from pathlib import Path

from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.outcomes import ExerciseResult
from tests import test_timing, tiny
from tests.bench.samples import busy_cores

VERDICTS = int(os.environ.get("VERDICTS", "200"))
LIMIT = 2.0


def main() -> None:
    """Print the verdicts of the reference itself, and of an answer that takes twice the limit."""
    with tempfile.TemporaryDirectory() as folder, Engine() as engine, busy_cores():
        course = tiny.build(Path(folder), suite=test_timing.SUITE, solution=tiny.SOLUTION + test_timing.REFERENCE)
        week = course.week("1")
        slow = f"{test_timing.REFERENCE}\n\ndef work(x, _r=work):\n    return [_r(x) for _ in range({int(2 * LIMIT)})][0]\n"
        for name, code in (("the reference itself", test_timing.REFERENCE), ("twice the limit", slow)):
            task = Task(week, week.exercises[0], {"tiny.py": tiny.answers(code)}, tests=["test_speed"])
            results = judge_all(engine, [task] * VERDICTS, 1)
            print(f"{name:24} {dict(collections.Counter(map(verdict, results)))}   ratio {ratios(results)}", flush=True)


def verdict(result: ExerciseResult) -> str:
    return result.broken or result.tests[0].verdict.value


def ratios(results: list[ExerciseResult]) -> str:
    found = sorted(test.ratio for result in results for test in result.tests if test.ratio is not None)
    return f"median {found[len(found) // 2]:.2f}  [{found[0]:.2f} .. {found[-1]:.2f}], limit {LIMIT}"
