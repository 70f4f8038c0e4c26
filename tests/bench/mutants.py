"""How many mutants of each solution its hidden suite kills; survivors are listed to be read."""

import os

from grader.authoring.mutants import sample
from grader.authoring.trials import Variants
from grader.course.weeks import Course, Exercise, Week, default_root
from grader.judge.coordinator import Engine, judge_all
from grader.outcomes import ExerciseResult, Verdict

MOST = int(os.environ.get("MUTANTS", "400"))


def main() -> None:
    """Print a table for every exercise of the course, or of the weeks named in WEEKS."""
    course = Course(default_root())
    weeks = os.environ.get("WEEKS", "").split()
    chosen = [pair for week in weeks for pair in course.select(week, None)] if weeks else course.select(None, None)
    with Engine() as engine:
        killed = total = 0
        for week, exercise in chosen:
            some_killed, some = measure(engine, week, exercise)
            killed, total = killed + some_killed, total + some
    print(f"all: {killed} of {total} killed, {killed / max(total, 1):.1%}")


def measure(engine: Engine, week: Week, exercise: Exercise) -> tuple[int, int]:
    """Judge every mutant of one exercise; print the rate and the survivors."""
    variants = Variants(week, exercise)
    trials = [variants.mutant(name, source) for name, source in sample(variants.solution.decode(), MOST)]
    results = judge_all(engine, [trial.task for trial in trials], os.cpu_count() or 1)
    alive = [trial.name for trial, result in zip(trials, results, strict=True) if survives(result)]
    rate = 1 - len(alive) / max(len(trials), 1)
    print(f"{week.name}/{exercise.name}: {len(trials) - len(alive)} of {len(trials)} killed, {rate:.1%}", flush=True)
    for what in alive:
        print(f"    survives  {what}", flush=True)
    return len(trials) - len(alive), len(trials)


def survives(result: ExerciseResult) -> bool:
    return not result.broken and all(test.verdict in (Verdict.PASSED, Verdict.UNMEASURED) for test in result.tests)
