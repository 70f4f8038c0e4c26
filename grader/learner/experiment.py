"""Runs a week's experiments on what a learner wrote: `make experiment WEEK=05`.

It is the learner's own code, run as a notebook runs it: in this process, without a box and without a verdict.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import traceback
import types
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from grader.course import experiments
from grader.course.experiments import Experiment
from grader.course.markers import unwritten
from grader.course.weeks import Course, Week
from grader.errors import UserError
from grader.messages import say
from grader.report.wrapping import Prose

OUT = "experiments"


def run(args: argparse.Namespace) -> int:
    """Run the chosen experiments of a week; each asks for a prediction first."""
    course = Course(args.root)
    weeks = course.asked(args.week)
    chosen = [(week, one) for week in weeks for one in experiments.of_week(week) if args.name in (None, one.name)]
    if not chosen:
        known = [one.name for week in weeks for one in experiments.of_week(week)]
        raise UserError("no_experiment", known=", ".join(known) or "-")
    console = Console(highlight=False)
    return 0 if all([_run_one(week, one, args, console) for week, one in chosen]) else 1


def _run_one(week: Week, one: Experiment, args: argparse.Namespace, console: Console) -> bool:
    """Run one experiment; return whether it came to its end."""
    console.print(Text(f"\n{one.name}", "bold"))
    console.print(Prose(say("experiment_predict", args.lang, question=one.question[args.lang])))
    console.print(Prose(say("experiment_runs", args.lang), "dim"))
    folder = (args.source or args.root / "exercises") / week.name
    try:
        answer = call(week, one, folder, **({"lang": args.lang} if one.has_words else {}))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the learner's code does, the next one is run
        problem = str(error)
        if isinstance(error, NotImplementedError) and (name := unwritten(problem)):
            problem = say("experiment_unwritten", args.lang, name=name)
        elif not isinstance(error, FileNotFoundError):
            problem = traceback.format_exc()
        console.print(Text(problem.rstrip(), "yellow"), soft_wrap=True)
        return False
    show(answer, (args.out or args.root / OUT) / week.name / f"{one.name}.png", console, args.lang)
    return True


def call(week: Week, one: Experiment, folder: Path, **settings: Any) -> Any:
    """Return what an experiment gives for the modules of a folder; the experiment itself is the course's."""
    given = week.solutions if week.solutions.is_dir() else week.folder
    where = {name: exercise.name for exercise in week.exercises for name in exercise.writes}
    # Given modules are the course's own: not copies beside what the learner wrote, and not another week's of that name.
    files = {Path(name).stem: given / name for name in week.given()}
    finder = types.SimpleNamespace(
        find_spec=lambda name, *_: importlib.util.spec_from_file_location(name, files.get(name))
    )
    for name in files:
        sys.modules.pop(name, None)
    path = [*sys.path]
    sys.path[:0] = [str(folder), str(given)]
    sys.meta_path.insert(0, finder)
    try:
        modules = {file: _fresh(folder / f"{file}.py") for file in dict.fromkeys(where[name] for name in one.takes)}
        arguments = [getattr(modules[where[name]], name) for name in one.takes]
        return getattr(_fresh(given / experiments.FILE), one.name)(*arguments, **settings)
    finally:
        sys.path[:] = path
        sys.meta_path.remove(finder)


def _fresh(path: Path) -> types.ModuleType:
    """Return a module of a file, whatever of its name was loaded before."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module  # who looks for its own module, as dataclasses do, finds it
    spec.loader.exec_module(module)
    return module


def show(answer: Any, path: Path, console: Console, lang: str) -> None:
    """Print a text or a table; save a figure, and say where."""
    if hasattr(answer, "savefig"):
        path.parent.mkdir(parents=True, exist_ok=True)
        answer.savefig(path, dpi=150)
        console.print(Text(say("experiment_saved", lang, path=path)), soft_wrap=True)
    elif answer is not None:
        console.print(Text(str(answer)), soft_wrap=True)


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `experiment`."""
    parser.add_argument("--name", help="one experiment, by name")
    parser.add_argument("--from", dest="source", type=Path, help="folder with weekNN_topic/*.py")
