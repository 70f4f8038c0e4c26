"""What a class file changes by hand, applied to results: every report, table and gradebook then says the same."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from msgspec.structs import replace

from grader.classroom.ledger import NOTHING
from grader.classroom.results import Graded
from grader.course import inventory
from grader.course.weeks import Course
from grader.intake import Submission
from grader.intake.lateness import Changes, Team, TestChange, in_every_language
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict
from grader.report.terminal import number

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def changed(graded: Graded, changes: Changes, course: Course, handed_in: Collection[str] = ()) -> Graded:
    """Return the results as the class file has them, with a note on whatever it changed.

    Args:
        handed_in: The weeks of which anybody handed something in: of others, nobody is missing.
    """
    scores = [one for one in changes.scores if one.student == graded.submission.student]
    zeros = {week[4:6] for week in _missing(graded) if week in handed_in} if changes.missing == 0 else set()
    graded = _with_unwritten(graded, {one.week for one in scores} | zeros, course)
    results, notes = list[ExerciseResult](), list(graded.submission.notes)
    for result in graded.results:
        week = result.week[4:6]
        tests = tuple(one for one in changes.tests if (one.week, one.exercise) == (week, result.exercise))
        if tests and week not in zeros:  # also where all tests are waived, nothing is worth nothing
            suite, judged = course.week(result.week).suite(result.exercise), result
            with contextlib.suppress(SyntaxError):  # a suite that cannot be read: that failure is told elsewhere
                result = _reweighed(result, tests, suite)
            if waived := not any(one.points for one in tests):  # what is given up must cost nobody points
                result = max(judged, result, key=lambda one: (one.certain, round(one.score, 4), one is not judged))
            notes += [_note_on(one, judged, kept=waived and result is judged) for one in tests]
        for one in scores:
            if (one.week, one.exercise) == (week, result.exercise):
                values = {"exercise": result.exercise, "points": number(one.points), "week": week}
                notes.append(Finding("class_score_given", values, worded={"reason": in_every_language(one.reason)}))
                result = replace(result, given=one.points)
        results.append(result)
    return replace(graded, submission=replace(graded.submission, notes=notes), results=results)


def _missing(graded: Graded) -> set[str]:
    """Return the weeks of which nothing was handed in; what nobody knows by its contents waits for a person."""
    unknown = graded.problem is not None and graded.problem.key == "intake_nothing"
    return set() if unknown else set(graded.weeks) - {*graded.submission.files, *graded.unusable}


def _note_on(change: TestChange, result: ExerciseResult, kept: bool) -> Finding:
    found = (test.sentence for test in result.tests if test.name == change.test)
    sentence = next(found, in_every_language(change.test))
    name = {lang: words.rstrip(".。") for lang, words in sentence.items()}
    key = "class_test_kept" if kept else "class_test_points" if change.points else "class_test_waived"
    values = {"exercise": result.exercise, "points": number(change.points)}
    return Finding(key, values, worded={"test": name, "reason": in_every_language(change.reason)})


def _with_unwritten(graded: Graded, weeks: set[str], course: Course) -> Graded:
    """Return the results with those of weeks in which nothing was handed in and a score is given all the same."""
    own, there = graded.submission, {result.week for result in graded.results}
    bare = [week for week in course.weeks if week.number in weeks and week.name in set(graded.weeks) - there]
    if not bare or (own.problem and own.problem.key not in NOTHING):
        return graded
    results = [*graded.results, *(inventory.unwritten(week, item) for week in bare for item in week.exercises)]
    own = replace(own, notes=[*own.notes, own.problem] if own.problem else own.notes, problem=None)
    return replace(graded, submission=own, results=sorted(results, key=lambda result: result.week))


def _reweighed(result: ExerciseResult, tests: tuple[TestChange, ...], suite: Path) -> ExerciseResult:
    """Return a result whose tests count as they are changed; the exercise stays worth what it was."""
    original, new = _worths(suite, suite.stat().st_mtime_ns, tests)
    if not new:  # nothing of it counts any more, or it never did: nobody loses by it
        return replace(result, given=sum(original.values()))
    return replace(
        result,
        tests=[
            _scaled(test, new.get(test.name, 0), original)
            for test in result.tests
            if not test.hidden or new.get(test.name, 1)
        ],
    )


@functools.lru_cache
def _worths(suite: Path, written: int, tests: tuple[TestChange, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """Return what a suite's tests are worth, and what they are worth as changed: together the same, to the last digit.

    A class asks this for every student; `written` is when the suite was.
    """
    original = inventory.points_by_test(suite)
    counts = {**original, **{change.test: change.points for change in tests}}
    whole, total = sum(counts.values()), sum(original.values())
    if not (whole and total):
        return original, {}
    in_order = [test.name for test in inventory.tests_in(suite) if test.name in counts]
    new = {name: round(counts[name] * total / whole, 4) for name in in_order}
    last = [name for name in in_order if new[name]][-1]
    return original, {**new, last: total - sum(points for name, points in new.items() if name != last)}


def _scaled(test: TestResult, points: float, original: dict[str, float]) -> TestResult:
    """Return a test worth so many points, with the same share of them."""
    if not test.hidden or test.verdict is Verdict.BROKEN:
        return test
    before = test.max_points or original.get(test.name, 0)
    share = test.points / before if before else float(test.verdict is Verdict.PASSED)
    return replace(test, points=points * share, max_points=points)


def in_teams(submissions: Iterable[Submission], teams: list[Team]) -> Iterator[Submission]:
    """Give every member of a team what the team handed in last, of several at one time the one with the most files.

    Everybody else's work passes as it is.
    """
    team_of = {member: team for team in teams for member in team.members}
    waiting: dict[str, list[Submission]] = {}
    for submission in submissions:
        if submission.student in team_of:
            waiting.setdefault(team_of[submission.student].name, []).append(submission)
        else:
            yield submission
    for name, members in waiting.items():
        yield from _shared(name, members)


def _shared(team: str, members: list[Submission]) -> Iterator[Submission]:
    weeks = sorted({week for one in members for week in one.files})
    last = {
        week: max(
            (one for one in members if week in one.files),
            key=lambda one: (one.times.get(week, LONG_AGO), len(one.files[week])),
        )
        for week in weeks
    }
    ties = {
        week
        for one in members
        for week, files in one.files.items()
        if files != last[week].files[week] and one.times.get(week) == last[week].times.get(week)
    }
    for one in members:
        notes = list(one.notes)
        for week, whose in last.items():
            if week in ties or whose is not one:
                key = "class_team_tie" if week in ties else "class_team"
                notes.append(Finding(key, {"team": team, "student": whose.name, "week": week[4:6]}))
        yield replace(
            one,
            files={week: whose.files[week] for week, whose in last.items()},
            notebooks={week: whose.notebooks[week] for week, whose in last.items() if week in whose.notebooks},
            received={week: whose.received[week] for week, whose in last.items() if week in whose.received},
            problem=None if last else one.problem,
            notes=notes,
        )
