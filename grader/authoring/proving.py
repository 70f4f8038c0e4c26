"""Proves an exercise: its suite accepts every right answer, refuses every wrong one and names the known mistakes.

The trials run in three rounds. The first says which tests each variant fails; the second judges anew with other
random inputs, on which no verdict may depend; the third checks that each mistake is named as itself.
"""

from __future__ import annotations

import re

import msgspec

from grader.answers.diagnose import Suspects
from grader.authoring import kinds
from grader.authoring.inspection import exercise_problems
from grader.authoring.mutants import sample
from grader.authoring.trials import COSTS, DISTURBED, Trial, Variants, untimed
from grader.course import proofs
from grader.course.proofs import Margin, Proof
from grader.course.weeks import Exercise, Week
from grader.judge.coordinator import Engine, judge_all
from grader.messages import render
from grader.mistakes import Mistake, Symptoms
from grader.outcomes import ExerciseResult, TestResult, Verdict

SECRETS = ("", "another secret", "a third secret")
"""What random inputs depend on beside the test; "" is what students meet."""
QUICK = 10.0
"""Where a test may take longer, only the right answers are judged again, and with one other secret."""
SLOW = 4
"""There, so many times fewer automatic changes are judged."""
ROOM = 0.5
"""The slowest right answer takes at most this part of a speed limit."""
NAIVE = 1.5
"""A too slow answer takes at least this many times the limit."""
SLIP = re.compile(r"(module|name) '\w+'|cannot access (local|free) variable")
"""How Python begins to say that a program names what is not there."""
KEYS = {f"{which}_keys{at}" for which in ("missing", "extra", "wrong") for at in ("", "_at")}
CLAIMS = {"claim", "mutated", "stray", "candidate_slipped", *KEYS}
"""Findings of a suite's own claims that carry no expected value."""


class Proving(msgspec.Struct):
    """What was found about one exercise: the proof, which holds if there are no problems."""

    week: Week
    exercise: Exercise
    proof: Proof
    problems: list[str] = []
    results: list[tuple[Trial, ExerciseResult]] = []
    """The first round."""

    @property
    def name(self) -> str:
        return f"{self.week.name}/{self.exercise.name}"

    unsound: set[str] = set()
    """The mistakes with which something is wrong."""
    cheap: dict[str, str] = {}
    """The points of null answers that earn more than half."""

    @property
    def caught(self) -> int:
        """How many mistakes are caught and, if their answers are wrong, named as themselves."""
        return len(self.proof.mistakes.keys() - self.unsound)

    def accuse(self, mistake: str, problem: str) -> None:
        """Note what is wrong with a known mistake."""
        self.problems.append(problem)
        self.unsound.add(mistake)


def prove(
    engine: Engine,
    chosen: list[tuple[Week, Exercise]],
    jobs: int,
    device: str = "cpu",
    mutants: int = 0,
    costs: bool = True,
) -> list[Proving]:
    """Judge every variant of every exercise and say what does not hold; without `costs` neither time nor memory."""
    found = [Proving(*pair, Proof(proofs.basis(*pair)), exercise_problems(*pair)) for pair in chosen]
    whole = [one for one in found if not one.problems]  # what can be seen at once is mended first
    pairs = [pair for one in whole for pair in _variants(one, device, mutants, costs)]
    _first_round(engine, whole, pairs, jobs)
    _second_round(engine, whole, jobs)
    _third_round(engine, whole, jobs)
    return found


Pairs = list[tuple[Proving, Trial]]


def _judge(engine: Engine, pairs: Pairs, jobs: int) -> list[tuple[Proving, Trial, ExerciseResult]]:
    results = judge_all(engine, [trial.task for _, trial in pairs], jobs)
    return [
        (one, trial, result) for (one, trial), result in zip(pairs, results, strict=True) if _sane(one, trial, result)
    ]


def _sane(one: Proving, trial: Trial, result: ExerciseResult) -> bool:
    """Whether the judge could judge; if not, that is a problem."""
    bad = [test for test in result.tests if test.verdict is Verdict.BROKEN]
    if result.broken or bad:
        why = result.broken or f"{bad[0].name}: {bad[0].traceback}"
        one.problems.append(f"{trial.label}: the grader broke: {why.strip()[-1500:]}")
    return not (result.broken or bad)


def _variants(one: Proving, device: str, mutants: int, costs: bool) -> Pairs:
    variants = Variants(one.week, one.exercise, device)
    trials = variants.all() if costs else variants.untimed()
    changed = sample(variants.solution.decode(), mutants if one.exercise.seconds <= QUICK else mutants // SLOW)
    one.proof.mutants.made = len(changed)
    return [(one, trial) for trial in [*trials, *(variants.mutant(name, source) for name, source in changed)]]


def _first_round(engine: Engine, found: list[Proving], pairs: Pairs, jobs: int) -> None:
    """Which tests each variant fails."""
    for one, trial, result in _judge(engine, pairs, jobs):
        one.results.append((trial, result))
        _weigh(one, trial, result)
    for one in found:
        one.problems += _worthless(one.results) + _unjudged(one)


def _weigh_null(one: Proving, name: str, hidden: list[TestResult]) -> None:
    """Say what answers without any thought earn: never everything, and more than half is told."""
    earned, most = sum(test.points for test in hidden), sum(test.max_points for test in hidden)
    if not any(test.verdict is Verdict.FAILED for test in hidden):
        one.problems.append(f"null answers ({name}) pass every hidden test")
    elif earned > most / 2:
        one.cheap[name] = f"{earned:g}/{most:g}"


def _weigh(one: Proving, trial: Trial, result: ExerciseResult) -> None:
    hidden = [test for test in result.tests if test.hidden]
    failed = [test for test in result.tests if test.verdict is Verdict.FAILED]
    if trial.right:
        _weigh_right(one, trial, result)
    elif trial.kind == "check":
        one.problems += kinds.null_check_problems(trial.name, result)
    elif trial.kind == "stub" and one.exercise.kind == "find_the_bug":
        one.problems += kinds.as_given_problems(result)
    elif trial.kind == "stub":
        one.problems += [f"the stub passes {test.name}" for test in hidden if test.verdict is Verdict.PASSED]
    elif trial.kind == "null":
        _weigh_null(one, trial.name, hidden)
    elif trial.kind == "mutant":
        one.proof.mutants.killed += bool(failed)
        one.proof.mutants.alive += [] if failed else [trial.name]
    elif trial.mistake:
        _weigh_mistake(one, trial.mistake, failed)
    if trial.kind == "solution":
        one.proof.tests = len(hidden)


def _weigh_right(one: Proving, trial: Trial, result: ExerciseResult) -> None:
    if trial.kind == "alternative":
        one.proof.alternatives.append(trial.name)
    for test in result.tests:
        if test.verdict is not Verdict.PASSED:
            one.problems.append(f"{trial.label} does not pass {test.name}: {_why(test)}")
        elif test.ratio is not None and test.limit and trial.kind == "alternative":
            share, margin = test.ratio / test.limit, one.proof.margins.setdefault(test.key, Margin())
            margin.right = round(max(share, margin.right or 0), 2)
            if share > ROOM:
                room = f"takes {test.ratio:.2f} of a limit of {test.limit:g}: a right answer takes at most half of it"
                one.problems.append(f"{trial.label} in {test.name} {room}")


def _weigh_mistake(one: Proving, mistake: Mistake, failed: list[TestResult]) -> None:
    one.proof.mistakes[mistake.name] = Symptoms(frozenset() if mistake.only else frozenset(test.key for test in failed))
    hidden = [test for test in failed if test.hidden]
    if not hidden:
        one.accuse(mistake.name, f"the mistake {mistake.name} passes every hidden test")
    messages = [test.findings[0].values.get("message", "") for test in failed]
    if messages and all(map(SLIP.match, messages)):
        one.accuse(mistake.name, f"the mistake {mistake.name} does not run: {messages[0]}")
    for test in hidden if mistake.only else []:
        if not COSTS & set(test.fixtures):
            one.accuse(mistake.name, f"the mistake {mistake.name} costs only time, and fails {test.name}")
        elif test.ratio is not None and test.limit:
            share, margin = test.ratio / test.limit, one.proof.margins.setdefault(test.key, Margin())
            margin.naive = round(min(share, margin.naive or share), 2)
            if share < NAIVE:
                close = f"{test.ratio:.2f} times the reference, under {NAIVE} times the limit of {test.limit:g}"
                one.accuse(mistake.name, f"the slow mistake {mistake.name} in {test.name} takes only {close}")


def _worthless(results: list[tuple[Trial, ExerciseResult]]) -> list[str]:
    """Say which tests claim nothing about an answer: neither a mistake nor a disturbed answer fails what they claim."""
    seen: dict[str, str] = {}
    claiming = set()
    for trial, result in results:
        for test in result.tests:
            if trial.kind == "solution" and not COSTS & set(test.fixtures):
                seen[test.key] = "the example" if not test.hidden else "the test"
            elif (trial.kind in ("mistake", "check") and _claims(test)) or (trial.name == DISTURBED and _refuses(test)):
                claiming.add(test.key)
    what = "claims nothing: no known mistake and no disturbed answer fails it by what it says"
    return [f"{seen[key]} {key.removeprefix('example/')} {what}" for key in seen if key not in claiming]


def _unjudged(one: Proving) -> list[str]:
    """Say which tests gave no verdict at all: those that ask for no student."""
    judged = {test.key.partition("[")[0] for trial, result in one.results if trial.right for test in result.tests}
    files = {"example/": one.week.examples(one.exercise.name), "": one.week.suite(one.exercise.name)}
    names = [prefix + name for prefix, path in files.items() for name in untimed(path)]
    return [f"{name} judges nobody: it asks for no student" for name in names if judged and name not in judged]


def _refuses(test: TestResult) -> bool:
    """Whether the test failed by a claim or because it could not go on with another answer of the same form."""
    return _claims(test) or (test.verdict is Verdict.FAILED and test.findings[0].key in UNUSABLE)


UNUSABLE = {"unusable", "claim_fails"}


def _claims(test: TestResult) -> bool:
    """Whether the test failed by a claim of its own, and not because the answer was an error."""
    if test.findings and test.findings[0].key == "candidate_refused":  # with the traceback of the learner's own test
        return True
    failed = test.verdict is Verdict.FAILED and not test.traceback
    return failed and all("expected" in one.values or one.key in CLAIMS for one in test.findings[:1])


def _second_round(engine: Engine, found: list[Proving], jobs: int) -> None:
    """The same verdicts for other random inputs; afterwards a mistake fails what it fails with every secret."""
    pairs: Pairs = []
    for one in found:
        one.proof.secrets = len(SECRETS) if one.exercise.seconds <= QUICK else 2
        for trial, result in one.results:
            names = _depending(trial, result) if trial.right or one.proof.secrets > 2 else []
            pairs += [(one, trial.again(secret=name, tests=names)) for name in SECRETS[1 : one.proof.secrets] if names]
    for one, trial, result in _judge(engine, pairs, jobs):
        if trial.mistake:
            passed = {test.key for test in result.tests if test.verdict is Verdict.PASSED}
            before = one.proof.mistakes[trial.name].fails
            one.proof.mistakes[trial.name] = Symptoms(before - passed)
            if before and before <= passed:
                one.accuse(trial.name, f"the mistake {trial.name} is caught or not as the random inputs fall")
            continue
        moves = f"{trial.label} passes or not as the random inputs fall"
        bad = [test for test in result.tests if test.verdict is not Verdict.PASSED]
        one.problems += [f"{moves}, in {test.name}: {_why(test)}" for test in bad]


def _depending(trial: Trial, result: ExerciseResult) -> list[str]:
    """Return the tests whose verdict on this variant could move with the random inputs."""
    if trial.right:
        passed = [test for test in result.tests if test.verdict is Verdict.PASSED]
        return [test.name for test in passed if not COSTS & set(test.fixtures)]
    if trial.mistake and not trial.mistake.only:
        failed = [test for test in result.tests if test.verdict is Verdict.FAILED]
        return [test.name for test in failed if "rng" in test.fixtures]
    return []


def _third_round(engine: Engine, found: list[Proving], jobs: int) -> None:
    """By which answers each mistake can be recognised; then, that it is named as itself and as nothing else.

    Where a mistake passes a test that it had failed, chance of its own decides: the test tells nothing of it, and the
    exercise is looked at once more without.
    """
    while found:
        judged = _judge(engine, [pair for one in found for pair in _to_recognise(one)], jobs)
        by_chance = [one for one in found if _passed_by_chance(one, judged)]
        settled = [each for each in judged if each[0] not in by_chance]
        for one, trial, result in settled:
            fails = one.proof.mistakes[trial.name].fails
            explained = frozenset(test for test, mistakes in result.explained.items() if trial.name in mistakes)
            one.proof.mistakes[trial.name] = Symptoms(fails, explained & fails)
        for one, trial, result in settled:
            _weigh_names(one, trial, result)
        found = by_chance


def _to_recognise(one: Proving) -> Pairs:
    """The mistakes of an exercise, to be judged by the tests that they fail, with all that they could be taken for."""
    pairs: Pairs = []
    for trial, _ in one.results:
        if trial.mistake and one.proof.mistakes[trial.name].fails:
            names = sorted({key.removeprefix("example/") for key in one.proof.mistakes[trial.name].fails})
            pairs.append((one, trial.again(symptoms=_taken_for(one, trial.name), tests=names)))
    return pairs


def _passed_by_chance(one: Proving, judged: list[tuple[Proving, Trial, ExerciseResult]]) -> bool:
    """Whether a mistake passed what it had failed; from now on it fails only what it always did."""
    moved = False
    for trial, result in ((trial, result) for other, trial, result in judged if other is one):
        fails = one.proof.mistakes[trial.name].fails
        passed = fails & {test.key for test in result.tests if test.verdict is Verdict.PASSED}
        one.proof.mistakes[trial.name] = Symptoms(fails - passed)
        if passed == fails:
            one.accuse(trial.name, f"the mistake {trial.name} is caught or not by a chance of its own")
        moved = moved or bool(passed)
    return moved


def _taken_for(one: Proving, mistake: str) -> dict[str, Symptoms]:
    """The mistakes that fail nothing beside what this one fails, itself included; any other is refuted by a pass."""
    known = one.proof.mistakes
    return {name: other for name, other in known.items() if other.fails and other.fails <= known[mistake].fails}


def _weigh_names(one: Proving, trial: Trial, result: ExerciseResult) -> None:
    """Note what a student with this mistake would be told."""
    mine = one.proof.mistakes[trial.name]
    of = {each.name: each.mistake.of for each, _ in one.results if each.mistake}
    suspects = Suspects(of, _taken_for(one, trial.name), set(), {})
    suspects.explained.update({test: set(found) for test, found in result.explained.items()})
    named = set(suspects.names().values())
    if not mine.recognisable:
        first = min(mine.fails, key=lambda key: (key.startswith("example/"), key))
        one.accuse(trial.name, f"the mistake {trial.name} is caught by {first}, and not recognised")
    elif trial.name not in named:
        one.accuse(trial.name, f"the mistake {trial.name} is not recognised: another one gives the same answers")
    for other in sorted(named - {trial.name}):
        one.accuse(trial.name, f"the mistake {trial.name} is taken for {other}")


def _why(test: TestResult) -> str:
    return "; ".join(render(finding, "en").replace("\n", ", ") for finding in test.findings) + test.traceback[-800:]
