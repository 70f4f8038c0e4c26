"""The road map in the terminal: six stages, eighteen weeks, and how far a learner is."""

from __future__ import annotations

import argparse

import msgspec
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from grader.course.stages import PlannedWeek
from grader.course.weeks import Course, Exercise, Week
from grader.learner.progress import ExerciseProgress, Progress
from grader.messages import say
from grader.report.next_command import command
from grader.report.terminal import number
from grader.report.wrapping import Prose, hanging

STYLES = {"done": "green", "started": "yellow", "next": "bold cyan", "open": "", "to_come": "dim"}
SIGNS = {"done": "●", "started": "◐", "next": "▶", "open": "○", "to_come": "·"}
MINUTE, HOUR = 60, 3600


class Stop(msgspec.Struct, frozen=True):
    """One exercise on the way: done, started, next or open."""

    exercise: Exercise
    state: str
    entry: ExerciseProgress


class WeekState(msgspec.Struct, frozen=True):
    """One week on the way; without stops it is to come."""

    planned: PlannedWeek
    state: str
    stops: list[Stop]

    @property
    def asked(self) -> list[Stop]:
        """Those that make a week done: all but the extras."""
        return [stop for stop in self.stops if not stop.exercise.extra]

    @property
    def done(self) -> int:
        return sum(stop.state == "done" for stop in self.asked)


class Roadmap:
    """The stages with a learner's progress on them."""

    def __init__(self, course: Course, progress: Progress) -> None:
        self.stages = course.stages
        self.here = {week.name: week for week in course.weeks}
        self.progress = progress
        self.next = self._next()
        self.judged = any(week.suite(one.name).is_file() for week in course.weeks for one in week.exercises)
        """Whether there are points: a student's release has no hidden tests, so nobody can earn one there."""

    def week(self, planned: PlannedWeek) -> WeekState:
        week = self.here.get(planned.name)
        if week is None:
            return WeekState(planned, "to_come", [])
        stops = [self._stop(week, exercise) for exercise in week.exercises]
        states = {stop.state for stop in stops if not stop.exercise.extra}
        if states == {"done"}:
            state = "done"
        elif "next" in states:
            state = "next"
        else:
            state = "started" if states & {"done", "started"} else "open"
        return WeekState(planned, state, stops)

    def total(self, lang: str) -> str:
        """How far the learner is on the whole way."""
        stops = [stop for stage in self.stages for planned in stage.week for stop in self.week(planned).asked]
        if self.judged:  # points of what became an extra since do not count
            return say(
                "points_of",
                lang,
                score=number(sum(stop.entry.best for stop in stops)),
                max=number(100 * len(self.here)),
            )
        return say("roadmap_done", lang, done=sum(stop.state == "done" for stop in stops), all=len(stops))

    def _next(self) -> tuple[str, str] | None:
        """The first exercise on the way that is not passed; nobody is sent to an extra."""
        for planned in (week for stage in self.stages for week in stage.week if week.name in self.here):
            for exercise in self.here[planned.name].exercises:
                if not exercise.extra and self.progress.entry(planned.name, exercise.name).passed is None:
                    return planned.name, exercise.name
        return None

    def _stop(self, week: Week, exercise: Exercise) -> Stop:
        entry = self.progress.entry(week.name, exercise.name)
        if entry.passed:
            state = "done"
        elif (week.name, exercise.name) == self.next:
            state = "next"
        else:
            state = "started" if entry.checks else "open"
        return Stop(exercise, state, entry)


def score(entry: ExerciseProgress, lang: str) -> str:
    """The best result of one exercise: points, or tests where there are no points."""
    if entry.of_examples:
        return say("tests_of", lang, passed=entry.examples, all=entry.of_examples)
    return say("points_of", lang, score=number(entry.best), max=number(entry.of))


def duration(seconds: float) -> str:
    """A short time: 0:05 is five minutes, 12:30 twelve and a half hours."""
    return f"{int(seconds) // HOUR}:{int(seconds) % HOUR // MINUTE:02}"


def run(args: argparse.Namespace) -> int:
    """Draw the road map in the terminal."""
    progress = Progress(args.root)
    console = Console(highlight=False)
    if warning := progress.warning(args.lang):
        progress.save()
        console.print(Padding(Prose(warning, "yellow"), 0, expand=False))
    roadmap = Roadmap(Course(args.root), progress)
    for place, stage in enumerate(roadmap.stages, 1):
        lead = Text(f"{say('stage', args.lang, number=place)}  ", "dim")
        console.print(hanging(lead, Prose(stage.title[args.lang], "bold")))
        for planned in stage.week:
            _draw_week(console, roadmap.week(planned), args.lang)
    spent = sum(entry.spent for entry in progress.state.exercises.values())
    console.print()
    console.print(Text(f"{roadmap.total(args.lang)}  {say('spent', args.lang, time=duration(spent))}", "bold"))
    if roadmap.next:
        week, exercise = roadmap.next
        check = command("check", args.lang, WEEK=week[4:6], EX=exercise)
        console.print(Text(f"{say('next', args.lang)}  {check}"), soft_wrap=True)
    return 0


def _draw_week(console: Console, week: WeekState, lang: str) -> None:
    lead = Text(f"  {SIGNS[week.state]} {week.planned.number} ")
    lead.stylize(STYLES[week.state], 0, 4)
    title = Prose(week.planned.title[lang])
    if not week.stops:
        title.append(f"  {say('to_come', lang)}")
        title.stylize("dim")
        console.print(hanging(lead, title))
        return
    title.append(f"  {week.done}/{len(week.asked)}", STYLES[week.state])
    console.print(hanging(lead, title))
    if week.state in ("done", "open"):
        return
    for stop in week.stops:
        line = Prose(stop.exercise.name, STYLES[stop.state])
        notes = [
            say("roadmap_extra", lang) if stop.exercise.extra else "",
            score(stop.entry, lang) if stop.entry.checks else "",
            say("hints_used", lang, count=stop.entry.hints) if stop.entry.hints else "",
        ]
        line.append("".join(f"  {note}" for note in notes if note), "dim")
        console.print(hanging(Text(f"      {SIGNS[stop.state]} ", STYLES[stop.state]), line))
