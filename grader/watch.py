"""`watch`: saves trigger the smallest set of checks in a warm process; keys move along the course.

One judge for each watched exercise stays at hand with its suite collected; a save costs a fork of it.
Knows nothing of what a verdict means.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.text import Text
from watchfiles import watch

from grader.course import Course, Exercise, Week
from grader.engine import Engine, Judge, Task, submission
from grader.errors import UserError
from grader.learner import Learner
from grader.messages import say
from grader.outcomes import ExerciseResult
from grader.progress import Progress
from grader.report import Terminal

try:
    import termios
    import tty
except ImportError:  # Windows: the watch runs without keys
    termios = None  # type: ignore[assignment]

KEYS = {"n": "next", "p": "previous", "h": "hint", "s": "solution", "l": "list", "r": "run", "q": "quit"}
SETTLE_MS = 40
"""An editor that writes a file in two steps is waited for this long."""


class Watching:
    """One run of `watch`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.chosen = self.course.select(args.week, args.exercise)
        self.console = Console(highlight=False)
        self.progress = Progress(args.root)
        self.place = self._first_open()
        self.events: queue.SimpleQueue[tuple[str, object]] = queue.SimpleQueue()
        self.judges: dict[tuple[str, str], Judge] = {}
        self.seen: dict[Path, bytes] = {}
        self.stop = threading.Event()

    def run(self) -> int:
        if not CAN_WATCH:
            raise UserError("watch_needs_fork")
        with Engine() as self.engine, keys(self.events):
            self.engine.preload([self._task(*self.here)])
            threading.Thread(target=self._listen, daemon=True).start()
            self.check(*self.here)
            while self._handle(*self.events.get()):
                pass
            self.stop.set()
        return 0

    @property
    def here(self) -> tuple[Week, Exercise]:
        return self.chosen[self.place]

    def check(self, week: Week, exercise: Exercise) -> ExerciseResult:
        """Judge one exercise and show the verdict."""
        name = (week.name, exercise.name)
        task = self._task(week, exercise)
        judge = self.judges.pop(name, None) or self.engine.open_judge(task.order())
        result = judge.judge(task, 0, True, None)
        if result.broken:
            judge.close()
        else:
            self.judges[name] = judge
        self.progress.note([result])
        self.show(result, week)
        return result

    def show(self, result: ExerciseResult, week: Week) -> None:
        if self.console.is_terminal:
            self.console.clear()
        terminal = Terminal(self.lang, self.console)
        terminal.exercise(result, week, in_full=True)
        if result.passed:
            self.console.print(Text(say("watch_passed", self.lang), "bold green"))
        self.console.print(Text(say("watch_keys", self.lang), "dim"))

    def _handle(self, kind: str, what: object) -> bool:
        """Act on one event; False ends the watch."""
        if kind == "saved":
            self._saved(what)  # type: ignore[arg-type]
        elif kind == "key":
            action = KEYS.get(str(what).lower())
            if action == "quit":
                return False
            if action:
                getattr(self, f"_{action}")()
        return kind != "end"

    def _saved(self, paths: set[Path]) -> None:
        """Judge the exercises whose files changed; the last of them is where the learner works now."""
        for place, (week, exercise) in enumerate(self.chosen):
            own = week.folder / f"{exercise.name}.py"
            if own in paths and self._changed(own):
                self.place = place
                self.check(week, exercise)

    def _changed(self, path: Path) -> bool:
        """Whether the text differs from the one judged last; a deleted file counts as changed."""
        try:
            text = path.read_bytes()
        except OSError:
            text = b"\0deleted"
        changed = self.seen.get(path) != text
        self.seen[path] = text
        return changed

    def _next(self) -> None:
        self.place = min(self.place + 1, len(self.chosen) - 1)
        self.check(*self.here)

    def _previous(self) -> None:
        self.place = max(self.place - 1, 0)
        self.check(*self.here)

    def _run(self) -> None:
        self.check(*self.here)

    def _hint(self) -> None:
        self._learner("hint")

    def _solution(self) -> None:
        self._learner("solution")

    def _learner(self, action: str) -> None:
        week, exercise = self.here
        args = argparse.Namespace(**vars(self.args) | {"week": week.name, "exercise": exercise.name, "anyway": False})
        learner = Learner(args)
        try:
            getattr(learner, action)()
        except UserError as error:
            self.console.print(Text(say(error.key, self.lang, **error.values), "yellow"))
        self.progress = learner.progress

    def _list(self) -> None:
        for place, (week, exercise) in enumerate(self.chosen):
            entry = self.progress.entry(week.name, exercise.name)
            sign = "●" if entry.passed else "◐" if entry.checks else "○"
            here = ">" if place == self.place else " "
            line = f" {here} {sign} {week.number} {exercise.name}  {exercise.title[self.lang]}"
            self.console.print(Text(line, "bold" if place == self.place else ""))

    def _task(self, week: Week, exercise: Exercise) -> Task:
        hidden = week.suite(exercise.name).is_file()
        return Task(week, exercise, submission(week, exercise, week.folder), hidden=hidden)

    def _first_open(self) -> int:
        for place, (week, exercise) in enumerate(self.chosen):
            if self.progress.entry(week.name, exercise.name).passed is None:
                return place
        return 0

    def _listen(self) -> None:
        folders = {week.folder for week, _ in self.chosen}
        for changes in watch(*folders, stop_event=self.stop, debounce=SETTLE_MS, step=SETTLE_MS // 2, recursive=False):
            self.events.put(("saved", {Path(path) for _, path in changes}))


@contextlib.contextmanager
def keys(events: queue.SimpleQueue[tuple[str, object]]) -> Iterator[None]:
    """Put every key that is pressed into `events`; without a terminal, every character of standard input."""
    fd = sys.stdin.fileno()
    terminal = termios is not None and os.isatty(fd)
    before = termios.tcgetattr(fd) if terminal else None

    def read() -> None:
        while data := os.read(fd, 1):
            events.put(("key", data.decode("ascii", "ignore")))
        if terminal:
            events.put(("end", None))

    if terminal:
        tty.setcbreak(fd)
    threading.Thread(target=read, daemon=True).start()
    try:
        yield
    finally:
        if before is not None:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)


CAN_WATCH = sys.platform.startswith("linux")


def run(args: argparse.Namespace) -> int:
    """Watch until the learner quits."""
    return Watching(args).run()
