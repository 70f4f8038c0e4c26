"""`check`: judge one folder's exercises and report.

The warm process starts first, so that it imports torch while this process imports what it needs to report.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grader.course import inventory, stubs
from grader.course.weeks import Course, Exercise, Week, digest
from grader.errors import UserError
from grader.intake.choosing import Chosen, chosen_sources
from grader.judge.coordinator import CAN_FORK, Engine, judge_all, judge_here
from grader.judge.protocol import Task
from grader.judge.readiness import check_device
from grader.messages import say
from grader.outcomes import AT_FAULT, USAGE, ExerciseResult, exit_code


class Checking:
    """One run of `check`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.course = Course(args.root)
        self.chosen = self.course.select(args.week, args.exercise)
        if args.test and len(self.chosen) != 1:
            raise UserError("test_of_one_exercise", asked=args.test)
        self.source: Path = args.source or self.course.root / "exercises"
        self.sources: dict[str, dict[str, Chosen]] = {}
        """Which file of the folder is which exercise, by week and exercise."""
        if not self.source.is_dir():
            raise UserError("no_folder", path=self.source)

    def run(self) -> int:
        tasks = self.tasks()
        known = {} if len(tasks) == 1 else self.untouched(tasks)
        judged = self.judged([task for index, task in enumerate(tasks) if index not in known])
        results = [known[index] if index in known else next(judged) for index in range(len(tasks))]
        if self.args.test and not (results[0].tests or results[0].broken):
            raise self.no_such_test()
        for task, result in zip(tasks, results, strict=True):
            self.sources[task.week.name][task.exercise.name].mark(result, self.course.root)
        code = exit_code(self.report(results))
        return USAGE if code == AT_FAULT and self.own_doing(results) else code

    def no_such_test(self) -> UserError:
        (week, exercise), asked = self.chosen[0], self.args.test
        paths = (week.examples(exercise.name), week.suite(exercise.name))
        names = [test.name for path in paths for test in inventory.tests_in(path)]
        near = difflib.get_close_matches(asked, names, n=1)
        values = {"asked": asked, "exercise": exercise.name, "all": len(names)}
        return (
            UserError("no_such_test_near", **values, nearest=near[0]) if near else UserError("no_such_test", **values)
        )

    def own_doing(self, results: list[ExerciseResult]) -> bool:
        """Whether all that could not be judged is the learner's own doing: a visible example that cannot be read."""
        from grader.report.terminal import own_fault

        weeks = {week.name: week for week, _ in self.chosen}
        return all(own_fault(result, weeks[result.week]) for result in results if result.at_fault)

    def untouched(self, tasks: list[Task]) -> dict[int, ExerciseResult]:
        """The results of exercises as they were given, by the task's place: nothing has to be run to know them."""
        manifest = stubs.read_manifest(self.course.root)
        found = {}
        for index, task in enumerate(tasks):
            file = f"{task.exercise.name}.py"
            path = f"exercises/{task.week.name}/{file}"
            source = task.files.get(file, b"")
            if path in manifest:
                untouched = digest(source) in {manifest[path], manifest.get(stubs.in_chinese(path))}
            else:  # a release has no manifest
                untouched = bool(source) and stubs.is_given(task.week, task.exercise.name, source)
            if untouched:
                found[index] = inventory.unwritten(task.week, task.exercise)
        return found

    def judged(self, tasks: list[Task]) -> Iterator[ExerciseResult]:
        """The results of tasks, in their order; no process is started for none."""
        if not tasks and self.args.device == "cpu":
            return iter(())
        if self.args.debug or self.args.spawn or not CAN_FORK:
            if self.args.device != "cpu":
                raise UserError("device_needs_fork", device=self.args.device)
            return iter([judge_here(task, self.args.debug) for task in tasks])
        engine = Engine()
        import grader.report.terminal  # noqa: F401 - while the warm process imports torch

        try:
            check_device(self.args.device, engine)
            results = self.judge(engine, tasks)
        finally:
            # The verdict is here: the user need not wait for processes to end.
            threading.Thread(target=engine.close).start()
        return iter(results)

    def remember(self, results: list[ExerciseResult]) -> None:
        """Note in the learner's progress what was checked; other folders are nobody's progress."""
        if self.args.source is None:
            from grader.learner.progress import remember

            if known := remember(self.course.root, results, self.args.lang):
                print(known, file=sys.stderr)

    def tasks(self) -> list[Task]:
        tasks = []
        for week, exercise in self.chosen:
            folder = self.source / week.name
            if folder.is_dir():
                if week.name not in self.sources:
                    self.sources[week.name] = chosen_sources(folder, week)
                files, hidden = self.sources[week.name][exercise.name].files, week.suite(exercise.name).is_file()
                alone: dict[str, Any] = {"tests": [self.args.test], "independent": True} if self.args.test else {}
                tasks.append(Task(week, exercise, files, self.args.device, hidden=hidden, stop_at_loop=True, **alone))
        if not tasks:
            wanted = ", ".join(sorted({week.name for week, _ in self.chosen}))
            raise UserError("empty_folder", path=self.source, wanted=wanted)
        return tasks

    def judge(self, engine: Engine, tasks: list[Task]) -> list[ExerciseResult]:
        if self.args.json or not sys.stderr.isatty():
            return judge_all(engine, tasks, self.args.jobs)
        return _with_progress(engine, tasks, self.args.jobs, self.args.lang)

    def report(self, results: list[ExerciseResult]) -> list[ExerciseResult]:
        from grader.report.terminal import Terminal, as_json

        weeks = {week.name: week for week, _ in self.chosen}
        if self.args.json:
            print(json.dumps(as_json(results, self.args.lang, weeks), ensure_ascii=False, indent=2))
        else:
            terminal = Terminal(self.args.lang, None, self.args.source, self.args.device, self.args.all)
            terminal.results(results, weeks, self.upcoming(), part=bool(self.args.test))
        if not self.args.test:
            self.remember(results)
        return results

    def upcoming(self) -> tuple[Week, Exercise] | None:
        """The exercise that comes after those that were checked; none after somebody else's folder."""
        from grader.learner.progress import Progress

        everything, passed = self.course.select(None, None), set()
        with contextlib.suppress(OSError):  # a progress file that cannot be read is told when it should be written
            entries = Progress(self.course.root).state.exercises
            passed = {name for name, entry in entries.items() if entry.passed}
        later = everything[everything.index(self.chosen[-1]) + 1 :]
        left = [(week, one) for week, one in later if f"{week.name}/{one.name}" not in passed]
        return left[0] if left and self.args.source is None else None


def _with_progress(engine: Engine, tasks: list[Task], jobs: int, lang: str) -> list[ExerciseResult]:
    from rich.console import Console
    from rich.status import Status

    console = Console(stderr=True)
    done: dict[str, int] = {}
    with Status(say("checking", lang), console=console) as status:

        def heard(task: Task, result: Any) -> None:
            done[task.exercise.name] = done.get(task.exercise.name, 0) + 1
            status.update(f"{say('checking', lang)}  {task.exercise.name}  {sum(done.values())}")

        return judge_all(engine, tasks, jobs, heard)


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `check`."""
    parser.add_argument("--from", dest="source", type=Path, help="folder with weekNN_topic/*.py (default: exercises)")
    parser.add_argument("--test", help="one test, by its number or its name")
    parser.add_argument("--all", action="store_true", help="show every test, and how long the slow ones took")
    parser.add_argument("--debug", action="store_true", help="one process, so that breakpoint() works")


def run(args: argparse.Namespace) -> int:
    """Judge the exercises of one folder and report."""
    return Checking(args).run()
