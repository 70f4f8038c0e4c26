"""What a class file changes by hand, applied to results: every report, table and gradebook then says the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from msgspec.structs import replace

from grader.classroom.results import Graded
from grader.course import inventory
from grader.course.weeks import Course
from grader.intake import Submission
from grader.intake.lateness import Changes, Team, TestChange
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def changed(graded: Graded, changes: Changes, course: Course) -> Graded:
    """Return the results as the class file has them, with a note on whatever it changed."""
    results, notes = list[ExerciseResult](), list(graded.submission.notes)
    for result in graded.results:
        number = result.week[4:6]
        tests = [one for one in changes.tests if (one.week, one.exercise) == (number, result.exercise)]
        if tests:
            notes += [_told(one, result) for one in tests]
            result = _reweighed(result, tests, course)
        for one in changes.scores:
            if (one.student, one.week, one.exercise) == (graded.submission.student, number, result.exercise):
                values = {"exercise": result.exercise, "points": f"{one.points:g}", "reason": one.reason}
                notes.append(Finding("class_score_given", {**values, "week": number}))
                result = replace(result, given=one.points)
        results.append(result)
    return replace(graded, submission=replace(graded.submission, notes=notes), results=results)


def _told(change: TestChange, result: ExerciseResult) -> Finding:
    name = next((test.sentence["en"] for test in result.tests if test.name == change.test), change.test)
    values = {"exercise": result.exercise, "test": name.rstrip("."), "reason": change.reason}
    key = "class_test_points" if change.points else "class_test_waived"
    return Finding(key, {**values, "points": f"{change.points:g}"})


def _reweighed(result: ExerciseResult, tests: list[TestChange], course: Course) -> ExerciseResult:
    """Return a result whose tests count as they are changed; the exercise stays worth what it was."""
    week = course.week(result.week)
    said = inventory.points_by_test(week.suite(result.exercise))
    counts = {**said, **{change.test: change.points for change in tests}}
    whole = sum(counts.values())
    if not whole:  # nothing of it counts any more: nobody loses by it
        return replace(result, given=sum(said.values()))
    scale = sum(said.values()) / whole
    kept = [_scaled(test, counts.get(test.name, 0) * scale, said) for test in result.tests]
    return replace(
        result, tests=[test for test, was in zip(kept, result.tests, strict=True) if counts.get(was.name, 1)]
    )


def _scaled(test: TestResult, points: float, said: dict[str, float]) -> TestResult:
    """Return a test worth so many points, with the same share of them."""
    if not test.hidden or test.verdict is Verdict.BROKEN:
        return test
    before = test.max_points or said.get(test.name, 0)
    share = test.points / before if before else float(test.verdict is Verdict.PASSED)
    return replace(test, points=round(points * share, 4), max_points=round(points, 4))


def in_teams(submissions: Iterable[Submission], teams: list[Team]) -> Iterator[Submission]:
    """Give every member of a team what the team handed in last; everybody else's work passes as it is."""
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
        week: max((one for one in members if week in one.files), key=lambda one: one.times.get(week, LONG_AGO))
        for week in weeks
    }
    for one in members:
        notes = list(one.notes)
        for week, whose in last.items():
            if whose is not one:
                notes.append(Finding("class_team", {"team": team, "student": whose.name, "week": week[4:6]}))
        times = {week: whose.times[week] for week, whose in last.items() if week in whose.times}
        books = {week: whose.notebooks[week] for week, whose in last.items() if week in whose.notebooks}
        yield replace(
            one,
            files={week: whose.files[week] for week, whose in last.items()},
            notebooks=books,
            times=times,
            clocks={week: whose.clocks[week] for week, whose in last.items() if week in whose.clocks},
            inside={week: whose.inside[week] for week, whose in last.items() if week in whose.inside},
            submitted=max(times.values(), default=None),
            problem=None if last else one.problem,
            notes=notes,
        )
