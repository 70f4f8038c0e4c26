"""Proves that the course is sound, exercise by exercise, and says precisely what is not.

The solution and every right answer pass; the stub fails every hidden test; every known mistake is caught and
recognised as itself; answers without thought fail; speed limits leave room. Knows nothing of how a judge works.
"""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path
from typing import Any

import msgspec

from grader.authoring import kinds, translations
from grader.course import markers, stubs
from grader.course.inventory import mistakes_in, points_in, sentences_in, tests_in
from grader.course.stages import planned_stages
from grader.course.weeks import Course, Exercise, Week
from grader.judge.coordinator import Engine, Task, judge_all
from grader.judge.readiness import check_device
from grader.messages import say
from grader.mistakes import Mistake
from grader.outcomes import ExerciseResult, TestResult, Verdict

COSTS = {"speed", "memory"}
NULLS = ("zeros", "unchanged", "random")
WEEK_POINTS = 100
FEWEST_HINTS = 3
ROOM = 0.5
"""The slowest right answer takes at most this part of a speed limit."""
NAIVE = 1.5
"""A too slow answer takes at least this many times the limit."""
CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Trial(msgspec.Struct):
    """One variant of an exercise that is judged: `kind` is solution, stub, alternative, mistake, null or check."""

    kind: str
    name: str
    task: Task
    mistake: Mistake | None = None


class Proof(msgspec.Struct):
    """What was found about one exercise."""

    week: str
    exercise: str
    tests: int = 0
    mistakes: int = 0
    caught: int = 0
    alternatives: int = 0
    problems: list[str] = []


class Verification:
    """One run of `verify`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.course = Course(args.root)
        self.chosen = self.course.select(args.week, args.exercise)

    def run(self) -> int:
        weeks = list({week.name: week for week, _ in self.chosen}.values())
        problems = [problem for week in weeks for problem in week_problems(self.course, week)]
        with Engine() as engine:
            check_device(self.args.device, engine)
            proofs = prove(engine, self.chosen, self.args.jobs, self.args.device)
        self.report(problems, proofs)
        return 1 if problems or any(proof.problems for proof in proofs) else 0

    def report(self, problems: list[str], proofs: list[Proof]) -> None:
        if self.args.json:
            rows = [msgspec.to_builtins(proof) for proof in proofs]
            print(json.dumps({"problems": problems, "exercises": rows}, ensure_ascii=False, indent=2))
            return
        for problem in problems:
            print(f"UNSOUND  {problem}")
        for proof in proofs:
            counts = f"{proof.tests} tests, {proof.caught} of {proof.mistakes} mistakes caught and recognised"
            name = f"{proof.week}/{proof.exercise}"
            state = "UNSOUND" if proof.problems else "sound"
            print(f"{state:8} {name}: {counts}, {proof.alternatives} other right answers pass")
            for problem in proof.problems:
                print(f"         - {problem}")
        key = "verify_unsound" if problems or any(proof.problems for proof in proofs) else "verify_sound"
        print(say(key, self.args.lang))


def prove(engine: Engine, chosen: list[tuple[Week, Exercise]], jobs: int, device: str = "cpu") -> list[Proof]:
    """Judge every variant of every exercise and say what does not hold."""
    trials: list[Trial] = []
    proofs = {(week.name, exercise.name): Proof(week.name, exercise.name) for week, exercise in chosen}
    for week, exercise in chosen:
        proof = proofs[week.name, exercise.name]
        proof.problems += static_problems(week, exercise)
        if not any("missing" in problem for problem in proof.problems):
            trials += make_trials(week, exercise, device)
    results = judge_all(engine, [trial.task for trial in trials], jobs)
    for trial, result in zip(trials, results, strict=True):
        weigh(trial, result, proofs[result.week, result.exercise])
    return list(proofs.values())


def make_trials(week: Week, exercise: Exercise, device: str = "cpu") -> list[Trial]:
    """Return every variant of an exercise that its suite must tell apart."""
    solution = (week.solutions / f"{exercise.name}.py").read_bytes()
    file = f"{exercise.name}.py"
    public = {name: name for name in exercise.writes}
    stub = markers.stub(solution.decode(), file, week.label(exercise.name)).encode()

    def task(source: bytes, variant: tuple[bytes, dict[str, str]] | None = None, **settings: Any) -> Task:
        return Task(week, exercise, {file: source}, device, variant=variant, **settings)

    trials = [Trial("solution", "solution", task(solution)), Trial("stub", "stub", task(stub, independent=True))]
    for path in week.alternatives(exercise.name):
        trials.append(Trial("alternative", path.stem, task(solution, (path.read_bytes(), public))))
    mistakes, untimed = week.mistakes(exercise.name).read_bytes(), _untimed(week.suite(exercise.name))
    for mistake in mistakes_in(mistakes):
        variant = (mistakes, {mistake.of: mistake.name})
        tests = None if mistake.only else untimed
        trials.append(Trial("mistake", mistake.name, task(solution, variant, tests=tests), mistake))
    if exercise.kind == "write_the_test":
        return trials + [Trial("check", name, each) for name, each in kinds.null_checks(week, exercise).items()]
    nulls = (Path(__file__).parent / "null_answers.py").read_text(encoding="utf-8")
    for kind in NULLS:
        tail = f"import {exercise.name} as _base\nfor _name in {exercise.writes!r}:\n"
        tail += f"    globals()['their_' + _name] = wrapped(getattr(_base, _name), {kind})\n"
        taken = {name: f"their_{name}" for name in exercise.writes}
        trials.append(Trial("null", kind, task(solution, (f"{nulls}\n{tail}".encode(), taken), tests=untimed)))
    return trials


def _untimed(suite: Path) -> list[str]:
    """Return the tests that must catch what is wrong, whatever it costs."""
    return [test.name for test in tests_in(suite) if not COSTS & {arg.arg for arg in test.args.args}]


def weigh(trial: Trial, result: ExerciseResult, proof: Proof) -> None:
    """Note in the proof what one variant's result says."""
    bad = [test for test in result.tests if test.verdict is Verdict.BROKEN]
    if result.broken or bad:
        why = result.broken or f"{bad[0].name}: {bad[0].traceback}"
        proof.problems.append(f"{trial.kind} {trial.name}: the grader broke: {why.strip()[-1500:]}")
        return
    hidden = [test for test in result.tests if test.hidden]
    failed = [test for test in hidden if test.verdict is Verdict.FAILED]
    if trial.kind in ("solution", "alternative"):
        _weigh_right(trial, result, proof)
    elif trial.kind == "check":
        proof.problems += kinds.null_check_problems(trial.name, result)
    elif trial.kind == "stub" and trial.task.exercise.kind == "find_the_bug":
        proof.problems += kinds.as_given_problems(result)
    elif trial.kind == "stub":
        passed = [test.name for test in hidden if test.verdict is Verdict.PASSED]
        proof.problems += [f"the stub passes {name}" for name in passed]
    elif trial.kind == "null" and not failed:
        proof.problems.append(f"answers without thought ({trial.name}) pass every hidden test")
    elif trial.mistake:
        _weigh_mistake(trial.mistake, failed, proof)
    if trial.kind == "solution":
        proof.tests = len(hidden)


def _weigh_right(trial: Trial, result: ExerciseResult, proof: Proof) -> None:
    proof.alternatives += trial.kind == "alternative"
    for test in result.tests:
        if test.verdict is not Verdict.PASSED:
            proof.problems.append(f"{trial.kind} {trial.name} does not pass {test.name}: {_why(test)}")
        elif test.ratio is not None and test.limit and test.ratio > test.limit * ROOM and trial.kind == "alternative":
            room = f"takes {test.ratio:.2f} of a limit of {test.limit:g}: a right answer takes at most half of it"
            proof.problems.append(f"{trial.kind} {trial.name} in {test.name} {room}")


def _weigh_mistake(mistake: Mistake, failed: list[TestResult], proof: Proof) -> None:
    proof.mistakes += 1
    before = len(proof.problems)
    if not failed:
        proof.problems.append(f"the mistake {mistake.name} passes every hidden test")
    elif mistake.only:
        wrong = [test.name for test in failed if not COSTS & set(test.fixtures)]
        proof.problems += [f"the mistake {mistake.name} costs only time, and fails {name}" for name in wrong]
        for test in failed:
            if test.ratio is not None and test.limit and test.ratio < NAIVE * test.limit:
                close = f"{test.ratio:.2f} times the reference, under {NAIVE} times the limit of {test.limit:g}"
                proof.problems.append(f"the slow mistake {mistake.name} in {test.name} takes only {close}")
    else:
        named = {test.mistake for test in failed if test.mistake}
        if mistake.name not in named:
            proof.problems.append(f"the mistake {mistake.name} is caught by {failed[0].name}, and not recognised")
        proof.problems += [
            f"the mistake {mistake.name} is taken for {other}" for other in sorted(named - {mistake.name})
        ]
    proof.caught += len(proof.problems) == before


def _why(test: TestResult) -> str:
    from grader.messages import render

    return "; ".join(render(finding, "en").replace("\n", ", ") for finding in test.findings) + test.traceback[-800:]


def week_problems(course: Course, week: Week) -> list[str]:
    """What is wrong with a week before anything is judged."""
    found = [f"{path} is stale: run make stubs" for path in stubs.stale(course, [week])]
    total = sum(points_in(week.suite(exercise.name)) for exercise in week.exercises)
    if total != WEEK_POINTS:
        found.append(f"{week.name}: its tests are worth {total:g} points together, not {WEEK_POINTS}")
    texts = [week.folder / name for name in stubs.HANDOUTS]
    found += [f"{path.relative_to(course.root)} is missing" for path in texts if not path.is_file()]
    found += kinds.week_problems(week)
    return found + translations.problems(week) + roadmap_problems(course, week)


def roadmap_problems(course: Course, week: Week) -> list[str]:
    """What week.toml and the road map say twice or not at all of a week; a course may do without a road map."""
    if not (course.root / "exercises" / "roadmap.toml").is_file():
        return []
    planned = {one.name: one for stage in planned_stages(course.root) for one in stage.week}
    if week.name not in planned:
        return [f"exercises/roadmap.toml has no place for {week.name}"]
    found = []
    for what in ("title", "needs"):
        if getattr(planned[week.name], what):
            found.append(f"exercises/roadmap.toml says the {what} of {week.name}, as its week.toml does: drop it")
    if week.stage is not None:
        found.append(f"exercises/{week.name}/week.toml says the stage, as exercises/roadmap.toml does: drop it")
    return found


def static_problems(week: Week, exercise: Exercise) -> list[str]:
    """What is wrong with an exercise before anything is judged."""
    shelves = {
        "solution": week.solutions / f"{exercise.name}.py",
        "visible examples": week.examples(exercise.name),
        "hidden suite": week.suite(exercise.name),
        "mistakes": week.mistakes(exercise.name),
    }
    found = [
        f"missing: the {what}, {path.relative_to(week.root)}" for what, path in shelves.items() if not path.is_file()
    ]
    if found:
        return found
    found += kinds.static_problems(week, exercise)
    mistakes, others = mistakes_in(shelves["mistakes"].read_bytes()), week.alternatives(exercise.name)
    for what, count, fewest in (
        ("mistakes", len(mistakes), kinds.FEWEST_MISTAKES[exercise.kind]),
        ("right answers written differently", len(others), kinds.FEWEST_ALTERNATIVES[exercise.kind]),
        ("hints", len(exercise.hints), FEWEST_HINTS),
    ):
        if count < fewest:
            found.append(f"only {count} {what}; at least {fewest}")
    sentences = {f"mistake {mistake.name}": mistake.help for mistake in mistakes}
    sentences.update({f"hint {place + 1}": hint for place, hint in enumerate(exercise.hints)})
    for shelf in ("hidden suite", "visible examples"):
        said = sentences_in(shelves[shelf])
        sentences.update({f"the docstring of {name} ({shelf})": sentence for name, sentence in said.items()})
    found += [f"{what} is not in both languages" for what, one in sentences.items() if not _bilingual(one)]
    found += [f"mistake {mistake.name} is of {mistake.of}" for mistake in mistakes if mistake.of not in exercise.writes]
    return found


def _bilingual(sentence: dict[str, str]) -> bool:
    return bool(sentence.get("en")) and bool(CHINESE.search(sentence.get("zh", "")))
