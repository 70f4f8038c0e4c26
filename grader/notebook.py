"""What a notebook calls: `notebook.check("attention")` judges the definitions that its cells have made.

The cells' sources are taken from the kernel's history and read as a submitted notebook is, so that the check and a
class grade agree; the judge runs in processes of its own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import importlib
import io
import json
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from grader.course.weeks import Course, Week, default_root
from grader.errors import UserError
from grader.intake.notebooks import read_notebook
from grader.intake.work import names_of
from grader.judge.coordinator import CAN_FORK, Engine, judge_all, judge_here
from grader.judge.protocol import Task
from grader.judge.readiness import check_device
from grader.learner.progress import remember
from grader.messages import language, say
from grader.outcomes import ExerciseResult
from grader.report.terminal import Terminal, printable

WIDTH = 100
PAGE = '<pre style="white-space:pre-wrap;line-height:1.4;font-family:monospace">{code}</pre>'


class _Now:
    """The week that the running notebook is about, and its language."""

    week: Week | None = None
    lang: str | None = None


class Report:
    """The results of one exercise: HTML in a notebook, plain text elsewhere."""

    def __init__(self, result: ExerciseResult | None, week: Week, notes: list[str], lang: str) -> None:
        self.result = result
        self._console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, force_jupyter=False)
        for note in notes:
            self._console.print(printable(note), style="yellow", highlight=False, markup=False)
        if result:
            Terminal(lang, self._console).exercise(result, week)

    def _repr_html_(self) -> str:
        return self._console.export_html(inline_styles=True, code_format=PAGE, clear=False)

    def __repr__(self) -> str:
        return self._console.export_text(clear=False).rstrip()


class Mine:
    """The running notebook's definitions, under the name by which examples know them."""

    def __getattr__(self, name: str) -> Any:
        return _shell().user_ns[name]

    def given(self, name: str) -> types.ModuleType:
        """A given module of the week."""
        return importlib.import_module(name)


def begin(week: str, lang: str | None = None) -> None:
    """Say which week a notebook is about, and its language; its given modules can be imported from then on."""
    _Now.week, _Now.lang = Course(default_root()).week(week), lang
    folder = str(_Now.week.folder)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    if CAN_FORK:
        _engine()  # it imports torch while the student reads


@contextlib.contextmanager
def examples() -> Iterator[Mine]:
    """Give the block of a notebook's examples its `student`."""
    yield Mine()


def check(exercise: str, lang: str | None = None, device: str = "cpu") -> Report:
    """Judge one exercise of the running notebook, by its examples and where there are any by its hidden tests.

    Args:
        device: "cuda" judges on a GPU, and the report says so.
    """
    chosen = language(lang or _Now.lang)
    if _Now.week is None:
        raise UserError("notebook_unknown")
    week, item = Course(_Now.week.root).select(_Now.week.name, exercise)[0]
    names = names_of(week, item)
    written = read_notebook("notebook", _as_notebook())
    notes = [say("notebook_cell", chosen, cell=cell, problem=problem) for cell, problem in written.unreadable]
    notes += [say("intake_left_out", chosen, file="notebook", **left) for left in written.left_out(names)]
    if not any(map(written.defines, item.writes)):
        notes.append(say("notebook_undefined", chosen, names=", ".join(item.writes)))
        return Report(None, week, notes, chosen)
    try:
        _expect_device(device)
    except UserError as problem:  # a notebook has no use for a traceback
        return Report(None, week, [*notes, say(problem.key, chosen, **problem.values)], chosen)
    files = {f"{exercise}.py": written.module(names)}
    task = Task(week, item, files, device, hidden=week.suite(exercise).is_file(), stop_at_loop=True)
    result = _judge(task)
    if Path.cwd() == week.folder:  # the learner's own notebook, not a copy that somebody else runs
        notes += filter(None, [remember(week.root, [result], chosen)])
    return Report(result, week, notes, chosen)


def _expect_device(device: str) -> None:
    """Refuse a device that cannot be used here."""
    if device != "cpu":
        if not CAN_FORK:
            raise UserError("device_needs_fork", device=device)
        check_device(device, _engine())


def _judge(task: Task) -> ExerciseResult:
    if not CAN_FORK:
        return judge_here(task)
    try:
        return judge_all(_engine(), [task], 1)[0]
    except BaseException:  # interrupted, perhaps in the middle of a request: the next check gets a fresh engine
        _engine().close()
        _engine.cache_clear()
        raise


@functools.cache
def _engine() -> Engine:
    engine = Engine()
    atexit.register(engine.close)
    return engine


def _shell() -> Any:
    """Return IPython's running shell."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None:
        raise UserError("notebook_unknown")
    return shell


def _as_notebook() -> bytes:
    """Return the cells that were run as a notebook, in the order in which they were run: the third is In[3]."""
    sources = [str(source) for source in _shell().history_manager.input_hist_raw[1:]]
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in sources]}).encode()
