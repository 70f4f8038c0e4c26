"""Lateness: when a week is due, for whom later, and what a late submission loses. Read from a class file (TOML).

    rule = "none"                                   # or:
    rule = { per_day = 0.1, most = 0.5 }            # a tenth of the score for each day begun, at most half
    rule = { cutoff = 0 }                           # hours after due from which nothing counts; also beside per_day
    missing = 0                                     # what was not handed in counts as 0; without it, there is no score
    zone = "Asia/Shanghai"                          # where days are counted; then times need no offset, and a date
    [due]                                           # alone is the end of that day
    week05 = 2026-03-01T23:59:59+08:00
    [extensions]
    alice = { week05 = 2026-03-05T23:59:59+08:00 }  # another date, or
    "bo.lindqvist" = { week05 = 2 }                 # so many days more; an id with a dot stands in quotes

With a zone a day is one on the wall clock there: a time of day to the same on the next, be it 23, 24 or 25 hours.
Without one it is 24 hours.
"""

from __future__ import annotations

import contextlib
import difflib
import math
import re
import zoneinfo
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from grader.course import inventory
from grader.course.tables import decoded
from grader.course.weeks import Course
from grader.errors import UserError
from grader.outcomes import Sentence

T = TypeVar("T")
C = TypeVar("C", "TestChange", "ScoreChange")
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
WEEK = re.compile(r"(?:week)?0*(\d{1,2})(?:_[a-z0-9_]+)?")
MOST_DAYS = 1000
EXAMPLES = {
    "due": "week05 = 2026-03-01T23:59:59+08:00",
    "rule": 'rule = { per_day = 0.1, most = 0.5, budget = 3, cutoff = 48 }, rule = "none"',
    "extensions": '"ada.okafor" = { week05 = 2 }',
    "weights": "week05 = 2",
    "team": 'name = "rope", members = ["bo", "chen"]',
    "test": 'week = "05", exercise = "blockwise", test = "test_…", points = 0, reason = "…"',
    "score": 'student = "ada.okafor", week = "05", exercise = "heatmap", points = 10, reason = "…"',
    "missing": "missing = 0",
    "zone": 'zone = "Asia/Shanghai"',
}
"""How what stands in a class file is written."""
BOUNDS = {
    "per_day": ("class_bad_share", 1),
    "most": ("class_bad_share", 1),
    "budget": ("class_bad_number", MOST_DAYS),
    "cutoff": ("class_bad_number", 24 * MOST_DAYS),
}
"""What is said of a number in a rule that is below 0 or above this."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lateness costs."""

    per_day: float = 0
    """Share of the score for each day that has begun."""
    most: float = 1
    """The largest share that days can cost."""
    budget: int = 0
    """Late days over the whole term that cost nothing, taken by the weeks in their order."""
    cutoff: float | None = None
    """Hours after the due time from which on nothing counts."""

    def share(self, days: int) -> float:
        """Return what so many days cost."""
        return min(self.most, round(self.per_day * days, 9))

    def with_budget(self, penalties: dict[str, Penalty]) -> dict[str, Penalty]:
        """Return one student's penalties, in the order of the weeks, when the budget pays for the first late days."""
        left, found = self.budget, {}
        for week, one in penalties.items():
            free = min(left, one.days) if one.share < 1 else 0
            left -= free
            share = self.share(one.days - free) if free else one.share
            found[week] = Penalty(share, one.days, one.due, free)
        return found


class Reason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something was changed, for who reads English and who reads Chinese."""

    en: str
    zh: str

    def __str__(self) -> str:
        return f"{self.en} / {self.zh}"


def in_every_language(text: str | Reason) -> Sentence:
    """Return a text by language: a plain one says the same in each."""
    return {"en": text, "zh": text} if isinstance(text, str) else {"en": text.en, "zh": text.zh}


class TestChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test that counts otherwise than its suite says: an entry of `test`."""

    week: str
    exercise: str
    test: str
    points: float
    """0: it does not count. The exercise stays worth what it was."""
    reason: str | Reason

    __test__ = False  # pytest: not a test class


class ScoreChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student gets for an exercise, whatever the judge says: an entry of `score`."""

    student: str
    week: str
    exercise: str
    points: float
    reason: str | Reason


class Team(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Students who hand in together: an entry of `team`."""

    name: str
    members: list[str]


class Changes(msgspec.Struct, frozen=True):
    """All that a class file changes; weeks by number ("05")."""

    tests: list[TestChange] = []
    scores: list[ScoreChange] = []
    teams: list[Team] = []
    weights: dict[str, float] = {}
    missing: Literal[0] | None = None
    """What counts for who handed nothing in; None: there is no score."""

    def named(self) -> set[tuple[str, str]]:
        """Return everybody who is named, with the table that does."""
        members = {(member, f"team {team.name}") for team in self.teams for member in team.members}
        return members | {(one.student, "score") for one in self.scores}


class _ClassFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    due: dict[str, datetime] = {}
    rule: Literal["none"] | Rule = "none"
    extensions: dict[str, dict[str, datetime | float]] = {}
    test: list[TestChange] = []
    score: list[ScoreChange] = []
    team: list[Team] = []
    weights: dict[str, float] = {}
    missing: Literal[0] | None = None
    zone: str = ""


class Penalty(msgspec.Struct, frozen=True):
    """What a submission loses: `share` of its score, from 0 to 1."""

    share: float = 0
    days: int = 0
    """Days late, each counted when it begins."""
    due: datetime | None = None
    free: int = 0
    """Days that the budget paid for."""


class Lateness(msgspec.Struct, frozen=True):
    """A class file, checked: weeks by number ("05"), extensions as due times by student and week."""

    due: dict[str, datetime] = {}
    rule: Rule = Rule()
    extensions: dict[str, dict[str, datetime]] = {}
    granted: dict[str, dict[str, timedelta]] = {}
    """More time that a gradebook grants, by student and week, on top of what the class file says."""
    changes: Changes = Changes()
    zone: str = ""
    """Name of the zone whose days count; "" for days of 24 hours."""

    def penalties(self, student: str, times: dict[str, datetime]) -> dict[str, Penalty]:
        """Return what a student loses in weeks that came at these times; the budget pays for the first late days."""
        weeks = sorted(times.items())
        return self.rule.with_budget({week: self.penalty_for(student, week, when) for week, when in weeks})

    def penalty_for(self, student: str, week: str, submitted: datetime | None) -> Penalty:
        """Return what a student who submitted at this time loses.

        At its due time a submission is in time; one second later the first day has begun.
        A submission whose time is unknown, and a week without a due time, lose nothing.
        """
        due = self.due_for(student, week)
        if due is None or submitted is None:
            return Penalty(due=due)
        late = submitted.astimezone(UTC) - due.astimezone(UTC)  # in one zone, Python subtracts what clocks show
        if late <= timedelta():
            return Penalty(due=due)
        days = max(1, math.ceil((_on_the_wall(submitted, self.zone) - _on_the_wall(due, self.zone)) / DAY))
        share = self.rule.share(days)
        if self.rule.cutoff is not None and late > self.rule.cutoff * HOUR:
            share = 1.0
        return Penalty(share, days, due)

    def due_for(self, student: str, week: str) -> datetime | None:
        """Return when `week` is due for this student; None when it never is."""
        number = week[4:6]
        due = self.extensions.get(student, {}).get(number, self.due.get(number))
        return due + self.granted.get(student, {}).get(number, timedelta()) if due else None

    def strangers(self, students: Iterable[str]) -> list[str]:
        """Return the ids that are named and not among `students`, most likely misspelt, each with what names it."""
        named, known = self.changes.named() | {(who, "extensions") for who in self.extensions}, set(students)
        return sorted(f"{who} ({where})" for who, where in named if who not in known)


def _on_the_wall(when: datetime, zone: str) -> datetime:
    """Return a time as a clock in the zone shows it."""
    return when.astimezone(zoneinfo.ZoneInfo(zone)).replace(tzinfo=None) if zone else when


def _days_after(when: datetime, days: float, zone: str) -> datetime:
    """Return the same time of day so many days later."""
    if not zone:
        return when + days * DAY
    return (_on_the_wall(when, zone) + days * DAY).replace(tzinfo=zoneinfo.ZoneInfo(zone))


def read_rules(path: Path, course: Course | None = None) -> Lateness:
    """Read a class file; with a course, its weeks must be the course's.

    Raises:
        UserError: unknown keys, wrong types, unknown weeks, a week twice, a time without offset, a bad number, an id
            with a dot and without quotes.
    """
    raw = _table(path)
    zone = _zone(path, raw)
    try:
        _give_zone(path, raw, zone)
        data = msgspec.convert(raw, _ClassFile, builtin_types=(datetime, date, time))
    except msgspec.ValidationError as error:
        torn = _torn_id(raw)
        if torn:
            raise UserError("class_dotted_id", path=path.name, id=torn) from error
        raise _refused(path.name, str(error)) from error
    reader = _Reader(path.name, course, data.zone)
    due = reader.by_week("due", data.due)
    for week, when in due.items():
        reader.expect_offset(f"due.week{week}", when)
    rule = Rule() if data.rule == "none" else reader.checked(data.rule)
    extensions = {who: reader.extended(who, weeks, due) for who, weeks in data.extensions.items()}
    return Lateness(due, rule, extensions, changes=reader.changes(data), zone=data.zone)


def _refused(file: str, problem: str) -> UserError:
    """Return, of what msgspec says, the key and how it is written."""
    place = re.search(r"at `\$\.?(.*)`$", problem)
    where = place[1].replace("[...]", "") if place else ""
    field = re.search(r"(unknown|required) field `(.+?)`", problem)
    key = f"class_{'unknown' if field[1] == 'unknown' else 'lacks'}_key" if field else "class_wrong_value"
    where = f"{where}.{field[2]}".strip(".") if field else where
    example = EXAMPLES.get(where.partition(".")[0].partition("[")[0]) or ", ".join(EXAMPLES)
    return UserError(key, path=file, where=where, example=example)


def _table(path: Path) -> dict[str, Any]:
    """Return what stands in a class file, whatever encoding its mark tells."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        return decoded(path.name, text, dict[str, Any])
    except OSError as error:
        raise UserError("class_unreadable", path=path.name, problem=error.strerror) from error
    except RecursionError as error:
        raise UserError("class_too_deep", path=path.name) from error
    except UnicodeDecodeError as error:
        raise UserError("class_unreadable", path=path.name, problem=error) from error


def _zone(path: Path, raw: dict[str, Any]) -> zoneinfo.ZoneInfo | None:
    name = raw.get("zone", "")
    try:
        return zoneinfo.ZoneInfo(name) if isinstance(name, str) and name else None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError) as error:
        raise UserError("class_no_zone", path=path.name, zone=name) from error


def _give_zone(path: Path, raw: dict[str, Any], zone: zoneinfo.ZoneInfo | None) -> None:
    """Give times without an offset the class's zone, and dates alone the end of their day."""
    extensions = raw.get("extensions")
    tables: dict[str, Any] = {"due": raw.get("due")}
    if isinstance(extensions, dict):
        tables |= {f"extensions.{who}": table for who, table in extensions.items()}
    for where, table in tables.items():
        for key, value in table.items() if isinstance(table, dict) else ():
            if type(value) is date:
                if zone is None:
                    raise UserError("class_date_alone", path=path.name, where=f"{where}.{key}", date=value)
                table[key] = datetime.combine(value, time(23, 59, 59), zone)
            elif isinstance(value, datetime) and value.tzinfo is None and zone is not None:
                table[key] = value.replace(tzinfo=zone)


def _torn_id(data: dict[str, Any]) -> str:
    """Return the first id with a dot that stands without quotes: TOML reads it as tables in tables; "" for none."""
    extensions = data.get("extensions")
    for student, weeks in extensions.items() if isinstance(extensions, dict) else ():
        parts = [student]
        while isinstance(weeks, dict) and (inner := [name for name in weeks if isinstance(weeks[name], dict)]):
            parts.append(inner[0])
            weeks = weeks[inner[0]]
        if len(parts) > 1 and all(map(WEEK.fullmatch, weeks)):
            return ".".join(parts)
    return ""


class _Reader:
    """Checks the parts of one class file."""

    def __init__(self, file: str, course: Course | None, zone: str = "") -> None:
        self.file = file
        self.course = course
        self.zone = zone

    def bad(self, key: str, where: str, **values: object) -> UserError:
        return UserError(key, path=self.file, where=where, **values)

    def by_week(self, where: str, table: dict[str, T]) -> dict[str, T]:
        """Name the weeks of a table by their numbers."""
        found: dict[str, T] = {}
        for key, value in table.items():
            match = WEEK.fullmatch(key)
            if self.course:
                self._expect_week(self.course, where, key)
            elif not match:
                raise self.bad("class_no_week", where, week=key)
            number = f"{int(match.group(1)):02}" if match else key
            if number in found:
                raise self.bad("class_week_twice", where, week=number)
            found[number] = value
        return found

    def _expect_week(self, course: Course, where: str, week: str) -> None:
        try:
            course.week(week)
        except UserError as error:
            known = ", ".join(one.number for one in course.weeks)
            raise self.bad("class_unknown_week", where, week=week, known=known) from error

    def expect_offset(self, where: str, when: datetime) -> None:
        if when.tzinfo is None:
            raise self.bad("class_no_offset", where)

    def checked(self, rule: Rule) -> Rule:
        for name, (key, most) in BOUNDS.items():
            if not 0 <= (getattr(rule, name) or 0) <= most:
                raise self.bad(key, f"rule.{name}")
        return rule

    def changes(self, data: _ClassFile) -> Changes:
        """Return what is changed by hand, with known weeks, exercises and sensible points."""
        tests = [self._known_test(self._known("test", one)) for one in data.test]
        scores = [self._within_worth(self._known("score", one)) for one in data.score]
        once: dict[Any, Any] = {}
        for one in [*tests, *scores]:
            other = once.setdefault(msgspec.structs.replace(one, points=0, reason=""), one)
            if other is not one:
                raise self._twice(other, one)
        members = [member for team in data.team for member in team.members]
        twice = sorted({member for member in members if members.count(member) > 1})
        if twice:
            raise self.bad("class_two_teams", "team", students=", ".join(twice))
        weights = self.by_week("weights", data.weights)
        if not all(math.isfinite(weight) and weight >= 0 for weight in weights.values()):
            raise self.bad("class_bad_number", "weights")
        return Changes(tests, scores, data.team, weights, data.missing)

    def _twice(self, one: Any, other: Any) -> UserError:
        where, whose = ("score", one.student) if isinstance(one, ScoreChange) else ("test", one.test)
        said = {"one": f"{one.points:g} ({one.reason})", "other": f"{other.points:g} ({other.reason})"}
        return self.bad("class_twice", where, whose=whose, week=one.week, exercise=one.exercise, **said)

    def _known(self, where: str, one: C) -> C:
        """Return a change with its week as a number, if there is such an exercise."""
        number = next(iter(self.by_week(where, {one.week: 0})))
        if self.course is not None and one.exercise not in {item.name for item in self.course.week(number).exercises}:
            raise self.bad("class_no_exercise", where, exercise=one.exercise, week=number)
        if not (math.isfinite(one.points) and one.points >= 0):
            raise self.bad("class_bad_number", f"{where}.points")
        return msgspec.structs.replace(one, week=number)

    def _within_worth(self, one: ScoreChange) -> ScoreChange:
        """Return a score, if the exercise is worth as much: a gradebook would take less, without a word."""
        if self.course is not None:
            with contextlib.suppress(SyntaxError):
                most = inventory.points_in(self.course.week(one.week).suite(one.exercise))
                if one.points > most:
                    raise self.bad("class_too_many", "score", exercise=one.exercise, most=f"{most:g}")
        return one

    def _known_test(self, one: TestChange) -> TestChange:
        """Return a change of a test, if there is such a test: one that is misspelt would change what others count."""
        if self.course is not None:
            suite = self.course.week(one.week).suite(one.exercise)
            with contextlib.suppress(
                SyntaxError
            ):  # a suite that cannot be read: the grader's failure is told elsewhere
                names = [test.name for test in inventory.tests_in(suite)]
                if one.test not in names:
                    near = difflib.get_close_matches(one.test, names, 3, 0) or names[:3]
                    raise self.bad("class_no_test", "test", exercise=one.exercise, test=one.test, known=", ".join(near))
        return one

    def extended(
        self, student: str, weeks: dict[str, datetime | float], due: dict[str, datetime]
    ) -> dict[str, datetime]:
        """Return a student's own due times."""
        where = f"extensions.{student}"
        return {week: self._later(where, week, more, due) for week, more in self.by_week(where, weeks).items()}

    def _later(self, where: str, week: str, more: datetime | float, due: dict[str, datetime]) -> datetime:
        """Return the due time of one extension; it never falls before the class's own."""
        if isinstance(more, datetime):
            self.expect_offset(where, more)
            return max(more, due.get(week, more))
        if week not in due:
            raise self.bad("class_no_due", where, week=week)
        if not 0 <= more <= MOST_DAYS:
            raise self.bad("class_bad_number", where)
        return _days_after(due[week], more, self.zone)
