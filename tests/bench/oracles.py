"""Every solution against its independent oracle: the worst error, and the time as a ratio; then what judging it costs.

What is compared stands in tests/bench/comparisons, a function a week. The error is taken over as many cases as the line states: the largest absolute difference of numbers, and how many of
the whole numbers, texts and selections differ. The time is that of all the cases, on one thread for both sides, in
turns: below 1 the solution is faster. Numbers are float64 unless the line says float32.
Gradients, half precision and corner cases are not measured here: tests/oracles asserts them.
A judged run waits while another judge of this machine measures speed, so only a quiet machine tells its cost.
"""

import os
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import zip_longest
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from grader.course.inventory import mistakes_in, tests_in
from grader.course.weeks import Course, Week, default_root
from grader.judge.answer_key import AnswerKey
from grader.judge.coordinator import Engine, judge_all, submission
from grader.judge.protocol import Task
from tests.bench.comparisons import (
    Comparison,
    Load,
    adaptation,
    applications,
    efficient,
    foundations,
    safety,
    transformer,
)
from tests.bench.samples import in_turns

CASES, ROUNDS = 200, 5
STAGES = foundations, transformer, adaptation, applications, efficient, safety


def leaves(answer: Any) -> Iterator[np.ndarray]:
    """Every number, text and array in an answer."""
    if isinstance(answer, dict | list | tuple):
        for part in map(answer.get, sorted(answer)) if isinstance(answer, dict) else answer:
            yield from leaves(part)
    else:
        yield answer.detach().numpy() if isinstance(answer, torch.Tensor) else np.asarray(answer)


def difference(ours: Any, theirs: Any) -> tuple[float, int, int]:
    """Return the largest difference of the numbers, and how many whole numbers and texts differ, of how many."""
    worst, differ, count = 0.0, 0, 0
    for a, b in zip_longest(leaves(ours), leaves(theirs), fillvalue=np.empty(0)):
        if a.shape != b.shape:
            differ, count = differ + 1, count + 1
        elif "f" in a.dtype.kind + b.dtype.kind:
            with np.errstate(invalid="ignore"):  # equal infinities, whose difference is none
                gap = np.where(a == b, 0, np.abs(a - b))
            worst = max(worst, float(np.nan_to_num(gap, nan=np.inf, posinf=np.inf).max(initial=0)))
        else:
            differ, count = differ + int((a != b).sum()), count + a.size
    return worst, differ, count


def line(name: str, oracle: str, cases: list[list[Callable[..., Any]]]) -> str:
    """Run every case, once for the answers and then for the time."""
    found = []
    for ours, theirs, *alike in cases:
        answers = ours(), theirs()
        found.append(difference(*map(alike[0], answers) if alike else answers))
    worst, differ, count = (f(part) for f, part in zip((max, sum, sum), zip(*found, strict=True), strict=True))
    error = [f"{worst:.1e}"] if worst or not count else []
    error += [f"{differ} of {count} differ"] if count else []
    runs = {str(i): lambda i=i: [case[i]() for case in cases] for i in (0, 1)}
    ratios = [one / other for one, other in zip(*in_turns(runs, ROUNDS).values(), strict=True)]
    time = f"{statistics.median(ratios):7.2f} times  [{min(ratios):.2f} .. {max(ratios):.2f}]"
    return f"{name:45} {oracle:15} {len(cases):4} cases  error {', '.join(error):28} {time}"


def compare(course: Course, week: Week, comparisons: Callable[[Load, int], Iterator[Comparison]]) -> None:
    """Print a line for every comparison of a week, and which exercises have none."""
    load = cache(lambda exercise: AnswerKey(week, week.exercise(exercise)).solution)
    kept: dict[tuple[str, str], list[Any]] = {}
    for seed in range(CASES):
        for name, oracle, *calls in comparisons(load, seed):
            kept.setdefault((name, oracle), []).append(calls)
    print(week.name, flush=True)
    for (name, oracle), cases in kept.items():
        print(line(name, oracle, cases), flush=True)
    for exercise in sorted({one.name for one in week.exercises} - {name.partition(".")[0] for name, _ in kept}):
        print(f"{exercise:45} not timed; tests/oracles holds it where a library or a count does the same")


def judge(weeks: list[Week]) -> None:
    """Print what proves every suite, and what one judged run of its solution costs with a warm engine."""
    tasks = [Task(week, one, submission(week, one, week.solutions)) for week in weeks for one in week.exercises]
    imports = partial(subprocess.run, [sys.executable, "-c", "import torch"], check=True)
    base, judged = [], {}
    with Engine() as engine:
        engine.preload(tasks)
        for week in weeks:
            runs = {task.exercise.name: partial(judge_all, engine, [task], 1) for task in tasks if task.week == week}
            taken = in_turns({"import torch": imports} | runs, 1)
            base += taken.pop("import torch")
            judged |= taken
    once = statistics.median(base)
    print(f"import torch: {once:.2f} s  [{min(base):.2f} .. {max(base):.2f}]")
    for task, (took,) in zip(tasks, judged.values(), strict=True):
        name = task.exercise.name
        tests, mistakes = len(tests_in(task.week.suite(name))), len(mistakes_in(task.week.mistakes(name).read_bytes()))
        print(f"{name:17} {tests:3} hidden tests {mistakes:3} mistakes {took:7.2f} s = {took / once:5.2f} imports")


def main() -> None:
    """Print a line for every comparison and one for every exercise; WEEKS="05 12" takes these weeks alone."""
    warnings.simplefilter("ignore")  # what transformers and peft are about to deprecate
    course = Course(default_root())
    every = {number: week for stage in STAGES for number, week in stage.WEEKS.items()}
    weeks = [week for week in course.weeks if week.number in os.environ.get("WEEKS", " ".join(every)).split()]
    with threadpool_limits(1):
        for week in weeks:
            compare(course, week, every[week.number])
    judge(weeks)
