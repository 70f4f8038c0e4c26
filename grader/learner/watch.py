"""`watch`: saves trigger the smallest set of checks in a warm process; keys move along the course.

The judges of the last exercises stay at hand with their suites collected; a save costs a box. A check runs beside the
keys, and whatever makes it pointless ends it.
"""

from __future__ import annotations

import argparse
import contextlib
import queue
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.padding import Padding
from rich.text import Text
from watchfiles import watch

from grader.course.weeks import Course, Exercise, Week, digest
from grader.errors import UserError, unusable
from grader.intake.choosing import Chosen, chosen_sources
from grader.judge.apart import JudgeApart
from grader.judge.coordinator import CAN_FORK, Engine, JudgeCache
from grader.judge.protocol import Task
from grader.learner.actions import Learner
from grader.learner.keys import Events, keys
from grader.learner.progress import Progress, remember
from grader.messages import say
from grader.outcomes import ExerciseResult
from grader.report.terminal import Terminal
from grader.report.wrapping import Prose, hanging

SETTLE_MS = 20
"""An editor that writes a file in two steps is waited for this long."""
LOOK_MS = 1_000
JUDGES = 4
"""So many exercises have a judge at hand: a learner goes back and forth between few."""

Judges = JudgeCache | JudgeApart


class Seen(NamedTuple):
    """An exercise as it stands on disk."""

    chosen: Chosen | None
    """None when the week's folder is gone."""
    examples: bytes

    @property
    def files(self) -> dict[str, bytes]:
        return self.chosen.files if self.chosen else {}


class Run(NamedTuple):
    """One check, beside the keys; once cancelled, its result means nothing."""

    place: int
    task: Task
    cancelled: threading.Event


class Watching:
    """One run of `watch`."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.lang: str = args.lang
        self.course = Course(args.root)
        self.chosen = self.course.select(None, None)
        """All exercises: the keys lead through the week that was asked for and on."""
        self.console = Console(highlight=False)
        self.place = self._first_open(self.course.select(args.week, args.exercise))
        self.first = self.chosen.index(self.course.select(args.week, None)[0])
        """Whoever asked for a week is not led back beyond it."""
        self.events: Events = queue.SimpleQueue()
        self.seen = self._look([week for week in self.course.weeks])
        """What every exercise was when it was judged last, by place."""
        self.running: Run | None = None
        self.waiting: list[int] = []
        self.stop = threading.Event()
        self.tidy = False
        """Whether nothing that the learner asked for stands on the screen."""
        self.keys: dict[str, Callable[[], None]] = {
            "n": partial(self._move, 1, "watch_last"),
            "p": partial(self._move, -1, "watch_first"),
            "h": partial(self._learner, "hint"),
            "s": partial(self._learner, "solution"),
            "l": self._list,
            "r": lambda: self.check([self.place]),
        }
        """What each key does; q ends the watch."""

    def run(self) -> int:
        with contextlib.ExitStack() as ending:
            if CAN_FORK and not self.args.spawn:
                self.judges: Judges = JudgeCache(ending.enter_context(Engine()), judges=JUDGES)
            else:
                self.judges = ending.enter_context(contextlib.closing(JudgeApart()))
            ending.enter_context(keys(self.events))
            threading.Thread(target=self._listen, daemon=True).start()
            self.check([self.place])
            while self._handle(*self.events.get()):
                pass
            self.stop.set()
        return 0

    def check(self, places: list[int]) -> None:
        """Judge exercises, one after the other; a check that is under way has come too late."""
        if self.running:
            self.judges.cancel(self.running.cancelled)
            self.running = None
        self.waiting = places
        self.tidy = True
        if self.console.is_terminal:
            self.console.clear()
        self._start()

    def _start(self) -> None:
        if not self.waiting:
            return
        place = self.waiting.pop(0)
        week, exercise = self.chosen[place]
        self.seen[place] = now = self._look([week])[place]
        if now.chosen is None:
            self.show(ExerciseResult(week.name, exercise.name, broken="the folder is gone"), week)
            return self._start()
        hidden = week.suite(exercise.name).is_file()
        task = Task(week, exercise, now.chosen.files, hidden=hidden, edition=digest(now.examples), stop_at_loop=True)
        self.running = Run(place, task, threading.Event())
        threading.Thread(target=self._judge, args=(self.running,), daemon=True).start()
        self.console.print(Text(f"{say('checking', self.lang)}  {week.number} {exercise.name} …", "dim"))

    def _judge(self, run: Run) -> None:
        """Judge in a thread of its own, and tell when it is done."""
        self.events.put(("judged", (run, self.judges.judge(run.task, run.cancelled))))

    def _judged(self, run: Run, result: ExerciseResult) -> None:
        """Show a result, unless it has come too late, and go on with the next."""
        if run is not self.running:
            return
        self.running = None
        if chosen := self.seen[run.place].chosen:
            chosen.mark(result, self.course.root)
        self.show(result, run.task.week)
        if told := remember(self.args.root, [result], self.lang):
            self._warn(told)
        self._start()

    def show(self, result: ExerciseResult, week: Week) -> None:
        if self.console.is_terminal and self.tidy:
            self.console.clear()
        self.tidy = False
        Terminal(self.lang, self.console).exercise(result, week)
        if result.passed:
            self._passed()
        self.console.print(Text(say("watch_keys", self.lang), "dim"))

    def _passed(self) -> None:
        if self.place + 1 == len(self.chosen):
            text = say("watch_passed_last", self.lang)
        else:
            week, exercise = self.chosen[self.place + 1]
            title = exercise.title[self.lang]
            names = {"week": week.number, "exercise": exercise.name, "title": title, "minutes": exercise.minutes}
            text = say("watch_passed", self.lang, **names)
        self.console.print(Padding(Prose(text, "bold green"), 0, expand=False))

    def _warn(self, sentence: str) -> None:
        self.tidy = False
        self.console.print(Padding(Prose(sentence, "yellow"), 0, expand=False))

    def _handle(self, kind: str, what: object) -> bool:
        """Act on one event; False ends the watch."""
        if kind == "saved":
            self._saved(what)  # type: ignore[arg-type]
        elif kind == "judged":
            self._judged(*what)  # type: ignore[misc]
        elif kind == "key":
            key = str(what).lower()
            if key in self.keys:
                self.keys[key]()
            return key != "q"
        elif kind == "end":  # there are no keys any more: the last verdict ends the watch
            self.stop.set()
        return not self.stop.is_set() or self.running is not None

    def _saved(self, paths: set[Path]) -> None:
        """Judge the exercises whose files changed; the last of them is where the learner works now."""
        weeks = [week for week in self.course.weeks if any(week.folder in (path, *path.parents) for path in paths)]
        now = self._look(weeks)
        changed = [place for place in now if self._changed(place, now[place])]
        if changed:
            self.place = changed[-1]
            owed = [*([self.running.place] if self.running else []), *self.waiting]
            self.check(changed + [place for place in owed if place not in changed])

    def _look(self, weeks: list[Week]) -> dict[int, Seen]:
        """What the exercises of these weeks are now, by place."""
        sources = {week.name: chosen_sources(week.folder, week) if week.folder.is_dir() else {} for week in weeks}
        return {
            place: Seen(sources[week.name].get(exercise.name), text_of(week.examples(exercise.name)))
            for place, (week, exercise) in enumerate(self.chosen)
            if week.name in sources
        }

    def _changed(self, place: int, now: Seen) -> bool:
        """Whether an exercise differs from what was judged last.

        The learner's other modules count for the exercise that is worked on, not for all of the week.
        """
        before, name = self.seen[place], f"{self.chosen[place][1].name}.py"
        own = now.files.get(name) != before.files.get(name) or (now.files != before.files and place == self.place)
        return own or now.examples != before.examples or (now.chosen is None) != (before.chosen is None)

    def _move(self, steps: int, at_the_end: str) -> None:
        if not 0 <= self.place + steps < len(self.chosen) or (self.place, steps) == (self.first, -1):
            self._warn(say(at_the_end, self.lang))
            return
        self.place += steps
        self.check([self.place])

    def _learner(self, action: str) -> None:
        self.tidy = False
        week, exercise = self.chosen[self.place]
        here = {"command": action, "week": week.name, "exercise": exercise.name, "anyway": False, "keys": True}
        try:
            getattr(Learner(argparse.Namespace(**vars(self.args) | here)), action)()
        except (UserError, OSError) as error:
            trouble = unusable(error) if isinstance(error, OSError) else error
            self._warn(say(trouble.key, self.lang, **trouble.values))

    def _list(self) -> None:
        self.tidy = False
        progress = Progress(self.args.root)
        here = self.chosen[self.place][0]
        for place, (week, exercise) in enumerate(self.chosen):
            if week is not here:
                continue
            entry = progress.entry(week.name, exercise.name)
            sign = "●" if entry.passed else "◐" if entry.checks else "○"
            mark = ">" if place == self.place else " "
            style = "bold" if place == self.place else ""
            line = Prose(f"{exercise.name}  {exercise.title[self.lang]}", style)
            self.console.print(hanging(Text(f" {mark} {sign} {week.number} ", style), line))

    def _first_open(self, asked: list[tuple[Week, Exercise]]) -> int:
        """The first of the exercises asked for that is not passed."""
        progress = Progress(self.args.root)
        left = [one for one in asked if progress.entry(one[0].name, one[1].name).passed is None]
        return self.chosen.index((left or asked)[0])

    def _listen(self) -> None:
        """Tell of every save. Where the system tells of none (a network's disk, no inotify left), look every second."""
        # The room as a whole: a week's folder may be renamed away and come back.
        folder = self.course.root / "exercises"
        stamps = stamps_in(folder)
        for told in self._events(folder):
            before, stamps = stamps, stamps_in(folder)
            paths = told | {path for path in before.keys() | stamps.keys() if before.get(path) != stamps.get(path)}
            if paths:
                self.events.put(("saved", paths))

    def _events(self, folder: Path) -> Iterator[set[Path]]:
        """The paths that the system tells of, each second at least; none where it tells of nothing."""
        settings: dict[str, Any] = {"stop_event": self.stop, "debounce": SETTLE_MS, "step": SETTLE_MS // 2}
        with contextlib.suppress(OSError, RuntimeError):
            for changes in watch(folder, **settings, rust_timeout=LOOK_MS, yield_on_timeout=True):
                yield {Path(path) for _, path in changes}
        while not self.stop.wait(LOOK_MS / 1000):
            yield set()


def stamps_in(folder: Path) -> dict[Path, tuple[int, int]]:
    """Return when every module and notebook of the weeks was changed, and its size."""
    found = {}
    for path in (*folder.glob("week*/*.py"), *folder.glob("week*/*.ipynb")):
        with contextlib.suppress(OSError):
            found[path] = (path.stat().st_mtime_ns, path.stat().st_size)
    return found


def text_of(path: Path) -> bytes:
    """Return what a file holds; a file that is gone differs from every other."""
    try:
        return path.read_bytes()
    except OSError:
        return b"\0gone"


def run(args: argparse.Namespace) -> int:
    """Watch until the learner quits."""
    return Watching(args).run()
