"""Proves that the course is sound, exercise by exercise, and says precisely what is not.

What was proven and has not changed since is not proven again: a proof beside each suite keeps what was found.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import json
import sys

import msgspec

from grader.authoring import contracts
from grader.authoring.inspection import exercise_problems, unknown_names, week_problems
from grader.authoring.proving import Proving, prove
from grader.course import proofs, stubs
from grader.course.weeks import Course, Exercise, Week, weeks_of
from grader.judge.coordinator import Engine
from grader.judge.readiness import check_device
from grader.messages import say

MUTANTS = 32
"""So many automatic changes of each solution are judged."""


class Verification:
    """One run of `verify`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.course = Course(args.root)
        self.chosen = self.course.select(args.week, args.exercise)
        self.kept = args.device == "cpu"
        """Whether what is found becomes the proof: a suite is proven where most students run it."""
        self.problems: list[str] = []
        self.found: list[Proving] = []
        self.anew: set[str] = set()
        """What this run proved, as "week/exercise"."""
        self.open = contextlib.ExitStack()

    def run(self) -> int:
        if self.args.claims:
            return contracts.show(self.chosen, self.args.lang)
        weeks = weeks_of(self.chosen)
        for week in weeks:
            stubs.stubs_of(week)  # wrong marks are told by file and line, before a solution is taken apart at them
        with self.open:
            for week in weeks:  # one after the other: who stops the run keeps what was proven
                self.verify(week)
        self.conclude()
        return 1 if self.problems or any(one.problems for one in self.found) else 0

    def verify(self, week: Week) -> None:
        """Prove what has to be proven of a week, and say what holds."""
        chosen = [pair for pair in self.chosen if pair[0] is week]
        standing = [self._standing(*pair) for pair in chosen]
        proven = self.prove([pair for pair, proof in zip(chosen, standing, strict=True) if not proof])
        found = [*filter(None, standing), *proven]
        problems = week_problems(self.course, week)
        self.anew |= {one.name for one in proven}
        self.found += found
        self.problems += problems
        if not self.args.json:
            self.report(problems, found)

    @functools.cached_property
    def engine(self) -> Engine:
        """What judges: started when something has to be judged."""
        engine = self.open.enter_context(Engine())
        check_device(self.args.device, engine)
        return engine

    def prove(self, chosen: list[tuple[Week, Exercise]]) -> list[Proving]:
        """Prove exercises and keep the proofs of those that are sound."""
        if not chosen:
            return []
        found = prove(self.engine, chosen, self.args.jobs, self.args.device, MUTANTS if self.kept else 0)
        for one in found if self.kept else []:
            if one.problems:
                proofs.path_of(one.week, one.exercise.name).unlink(missing_ok=True)
            else:
                proofs.write(one.week, one.exercise.name, one.proof)
        if self.kept:
            stubs.write_readmes(self.course)
        return found

    def _standing(self, week: Week, exercise: Exercise) -> Proving | None:
        """Return what an earlier run proved, if it still holds and nobody asks for more."""
        proof = proofs.standing(week, exercise) if self.kept and not self.args.all else None
        return Proving(week, exercise, proof, exercise_problems(week, exercise)) if proof else None

    def report(self, problems: list[str], found: list[Proving]) -> None:
        """Print what is wrong with a week, and a line for each of its exercises."""
        for problem in problems:
            print(f"UNSOUND  {problem}")
        for one in found:
            self._report(one, one.name in self.anew)
        sys.stdout.flush()

    def conclude(self) -> None:
        """Print the verdict on the course, or all that was found as JSON."""
        if self.args.json:
            rows = [
                {"week": one.week.name, "exercise": one.exercise.name, "caught": one.caught, "problems": one.problems}
                | msgspec.to_builtins(one.proof, order="sorted")
                for one in self.found
            ]
            print(json.dumps({"problems": self.problems, "exercises": rows}, ensure_ascii=False, indent=2))
            return
        if standing := len(self.found) - len(self.anew):
            print(say("verify_standing", self.args.lang, count=standing))
        key = "verify_unsound" if self.problems or any(one.problems for one in self.found) else "verify_sound"
        print(say(key, self.args.lang))

    def _report(self, one: Proving, anew: bool) -> None:
        proof = one.proof
        counts = f"{proof.tests} tests, {one.caught} of {len(proof.mistakes)} mistakes caught and recognised"
        counts += f", {len(proof.alternatives)} other right answers pass"
        if proof.mutants.made:
            counts += f", {proof.mutants.killed} of {proof.mutants.made} mutants caught"
        if not proof.tests:
            counts = "not judged"
        state = "UNSOUND" if one.problems else "sound" if anew else "standing"
        print(f"{state:8} {one.name}: {counts}")
        for problem in one.problems:
            print(f"         - {problem}")
        for null, points in one.cheap.items():
            print(f"         · {say('verify_cheap', self.args.lang, null=null, points=points)}")
        for name in unknown_names(one.exercise) if anew else []:
            print(f"         · {say('verify_unknown', self.args.lang, name=name)}")
        for mutant in proof.mutants.alive if anew else []:
            print(f"         · {say('verify_survivor', self.args.lang, mutant=mutant)}")


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `verify`."""
    parser.add_argument("--all", action="store_true", help="also what has not changed")
    parser.add_argument(
        "--claims", action="store_true", help="only list the sentences of contracts and what holds them"
    )


def run(args: argparse.Namespace) -> int:
    """Prove the course sound, or say precisely what is not."""
    return Verification(args).run()
