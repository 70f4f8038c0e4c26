"""What a class file changes by hand: it is in the score, with its reason, and costs nobody anything else."""

import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader.classroom.changes import _worths, changed, in_teams
from grader.classroom.exports import GradeTable, Row
from grader.classroom.results import Graded
from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake import Received, Submission
from grader.intake.lateness import Team, TestChange, read_rules
from grader.messages import render
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict
from tests import tiny

WEEK = "week01_tiny"
POINTS = {"test_doubles": 10.0, "test_doubles_a_view": 5.0, "test_counts": 5.0}


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return tiny.build(tmp_path / "course")


def graded(student: str = "ada", **verdicts: Verdict) -> Graded:
    """Results of the tiny exercise: passed, unless told otherwise."""
    tests = []
    for name, most in POINTS.items():
        verdict = verdicts.get(name, Verdict.PASSED)
        earned = most if verdict is Verdict.PASSED else 0
        tests.append(
            TestResult(name, {"en": f"It {name}.", "zh": f"{name}。"}, verdict, points=earned, max_points=most)
        )
    return Graded(Submission(student, student, {WEEK: {}}), [ExerciseResult(WEEK, "tiny", tests)])


def applied(tmp_path: Path, course: Course, text: str, one: Graded) -> Graded:
    path = tmp_path / "class.toml"
    path.write_text(text, encoding="utf-8")
    return changed(one, read_rules(path, course).changes, course)


def entry(kind: str, **values: object) -> str:
    lines = [f"{name} = {value!r}".replace("'", '"') for name, value in values.items()]
    return "\n".join([f"[[{kind}]]", 'week = "1"', 'exercise = "tiny"', *lines, 'reason = "It was unfair."'])


def test_a_waived_test_lets_scores_rise(tmp_path: Path, course: Course) -> None:
    """Who failed it gets full marks, who would lose by it keeps it and is told, and the exercise is worth the same."""
    text = entry("test", test="test_counts", points=0)
    waived, kept = "class_test_waived", "class_test_kept"

    for failed, score, key in (("test_counts", 20, waived), ("test_doubles_a_view", 15, kept), ("", 20, waived)):
        one = applied(tmp_path, course, text, graded(**{failed: Verdict.FAILED}))
        result = one.results[0]
        assert (pytest.approx(score, abs=1e-3), pytest.approx(20)) == (result.score, result.max_score)
        assert [key] == [note.key for note in one.submission.notes]
        english, chinese = (render(one.submission.notes[0], lang) for lang in ("en", "zh"))
        assert ": It test_counts. " in english and "It test" not in chinese and "：test_counts。" in chinese


def test_a_reason_has_two_languages_or_one(tmp_path: Path, course: Course) -> None:
    """Both read why: each in their own language where the class file says it twice; half of that is refused."""
    both = '{ en = "A typo.", zh = "题目有误。" }'
    for text in (entry("test", test="test_counts", points=0), entry("score", student="ada", points=17)):
        (plain,) = applied(tmp_path, course, text, graded()).submission.notes
        assert all("It was unfair." in render(plain, lang) for lang in ("en", "zh"))
        (note,) = applied(tmp_path, course, text.replace('"It was unfair."', both), graded()).submission.notes
        assert render(note, "en").endswith("Reason: A typo.") and render(note, "zh").endswith("原因：题目有误。")
        with pytest.raises(UserError, match="class_lacks_key"):
            applied(tmp_path, course, text.replace('"It was unfair."', '{ zh = "题目有误。" }'), graded())


def test_a_waived_test_leaves_the_example_of_its_name(tmp_path: Path, course: Course) -> None:
    """73 hidden tests of the course share a visible example's name."""
    one = graded(test_counts=Verdict.FAILED)
    one.results[0].tests.append(TestResult("test_counts", {"en": "e", "zh": "e"}, Verdict.PASSED, hidden=False))
    tests = applied(tmp_path, course, entry("test", test="test_counts", points=0), one).results[0].tests

    assert ["test_doubles", "test_doubles_a_view", "example/test_counts"] == [test.key for test in tests]


@pytest.mark.parametrize("points", [0, 3])
def test_a_test_of_an_extra_stays_worth_nothing(tmp_path: Path, course: Course, points: int) -> None:
    """An exercise without points has none to share out; the run of the whole class once ended there."""
    suite = course.week("1").suite("tiny")
    suite.write_text(re.sub(r"@points\(\d+\)", "@points(0)", suite.read_text(encoding="utf-8")), encoding="utf-8")
    tests = [TestResult(name, {"en": name, "zh": name}, Verdict.PASSED) for name in POINTS]
    one = Graded(Submission("ada", "ada", {WEEK: {}}), [ExerciseResult(WEEK, "tiny", tests)])

    assert (0, 0) == (
        (result := applied(tmp_path, course, entry("test", test="test_counts", points=points), one).results[0]).score,
        result.max_score,
    )


def test_the_exercise_keeps_its_total_to_the_last_digit(tmp_path: Path, course: Course) -> None:
    """However the points are shared out, who passed everything has what the exercise is worth, and no more."""
    for points in (0, 1, 3, 0.7):
        one = applied(tmp_path, course, entry("test", test="test_doubles_a_view", points=points), graded()).results[0]
        assert (20, 20) == (one.score, one.max_score)
    suite = "".join(f"@points({points})\ndef test_{points}(): pass\n" for points in (1, 2, 3, 4, 6))
    path = tmp_path / "suite.py"
    path.write_text(suite, encoding="utf-8")
    for waived in (1, 2, 3, 4, 6):
        change = TestChange("01", "tiny", f"test_{waived}", 0, "It was unfair.")
        assert 16 == sum(_worths(path, 0, (change,))[1].values())


def test_a_suite_is_read_once_for_a_class(tmp_path: Path, course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test is worth is not looked up for every student; a suite that was changed is read again."""
    read: list[Path] = []
    monkeypatch.setattr("grader.course.inventory.points_by_test", lambda path: (read.append(path), dict(POINTS))[1])
    for _ in range(9):
        applied(tmp_path, course, entry("test", test="test_counts", points=0), graded())
    assert 1 == len(read)

    os.utime(course.week("1").suite("tiny"), (1, 1))
    applied(tmp_path, course, entry("test", test="test_counts", points=0), graded())
    assert 2 == len(read)


def test_a_waived_test_is_not_waited_for(tmp_path: Path, course: Course) -> None:
    """Where the grader failed on a test that does not count, the score is known."""
    one = graded(test_counts=Verdict.UNMEASURED)
    assert Row(one, {}, "en").final is None

    one = applied(tmp_path, course, entry("test", test="test_counts", points=0), one)
    assert 20 == Row(one, {}, "en").final


def test_a_test_can_count_more(tmp_path: Path, course: Course) -> None:
    """Points are shares of what all tests count, scaled to what the exercise is worth."""
    one = applied(tmp_path, course, entry("test", test="test_counts", points=25), graded(test_doubles=Verdict.FAILED))

    assert pytest.approx(20 * 30 / 40) == one.results[0].score


def test_a_score_by_hand_counts_whatever_the_judge_says(tmp_path: Path, course: Course) -> None:
    """It stands also where the grader failed, for that student alone, and the report has the reason."""
    text = entry("score", student="ada", points=17)
    broken = Graded(Submission("ada", "Ada", {WEEK: {}}), [ExerciseResult(WEEK, "tiny", broken="no suite")])

    assert 17 == Row(applied(tmp_path, course, text, broken), {}, "en").final
    assert 20 == Row(applied(tmp_path, course, text, graded("bo")), {}, "en").final
    note = applied(tmp_path, course, text, graded()).submission.notes[-1]
    assert "class_score_given" == note.key and "It was unfair." in render(note, "en")


def test_a_score_by_hand_counts_for_who_handed_nothing_in(tmp_path: Path, course: Course) -> None:
    """The week's other exercises are 0, the student's page says both; what could not be read stays unknown."""
    text = entry("score", student="ada", points=17)
    nothing = Graded(Submission("ada", "Ada", problem=Finding("intake_missing")), [], weeks=[WEEK])
    other = Graded(Submission("ada", "Ada"), [], weeks=[WEEK])
    unread = Graded(Submission("ada", "Ada", problem=Finding("intake_broken")), [], [WEEK], [WEEK])

    for one in (nothing, other):
        row = Row(applied(tmp_path, course, text, one), {}, "en")
        assert (17, 20, "graded") == (row.final, row.max_score, row.status)
        grade_table = GradeTable([(course.week("1"), course.week("1").exercises[0])], "en")
        grade_table.add(row)
        assert ([85.0], 17) == (grade_table.percents(), grade_table.rows[0][1][WEEK]) and '"17"' in grade_table.grades()
    assert Row(applied(tmp_path, course, text, unread), {}, "en").final is None
    keys = [note.key for note in applied(tmp_path, course, text, nothing).submission.notes]
    assert ["intake_missing", "class_score_given"] == keys


def test_nothing_is_worth_0_whatever_is_waived(tmp_path: Path, course: Course) -> None:
    """Where no test of an exercise counts any more, all who handed it in get its points, and nobody else."""
    text = "missing = 0\n" + "\n".join(entry("test", test=name, points=0) for name in POINTS)
    path = tmp_path / "class.toml"
    path.write_text(text, encoding="utf-8")
    nothing = Graded(Submission("bo", "Bo", problem=Finding("intake_missing")), [], weeks=[WEEK])

    changes = read_rules(path, course).changes
    finals = [Row(changed(one, changes, course, {WEEK}), {}, "en").final for one in (graded(), nothing)]
    assert [20, 0] == finals


def test_what_makes_no_sense_is_refused(tmp_path: Path, course: Course) -> None:
    """An exercise that is not there, points below nothing, a student in two teams, an unknown key."""
    teams = '[[team]]\nname = "a"\nmembers = ["x", "y"]\n[[team]]\nname = "b"\nmembers = ["y"]'
    for text, key in (
        (entry("test", test="t", points=0).replace("tiny", "big"), "class_no_exercise"),
        (entry("test", test="test_count", points=0), "class_no_test"),
        (entry("score", student="ada", points=20.5), "class_too_many"),
        (entry("score", student="ada", points=-1), "class_bad_number"),
        (teams, "class_two_teams"),
        ("\n".join(entry("score", student="ada", points=points) for points in (1, 2)), "class_twice"),
        ("\n".join(entry("test", test="test_counts", points=points) for points in (0, 0)), "class_twice"),
        (entry("score", student="ada", points=1, why="x"), "class_unknown_key"),
    ):
        with pytest.raises(UserError, match=key):
            applied(tmp_path, course, text, graded())


def test_a_team_hands_in_together() -> None:
    """What one member handed in last counts for all, with its time; who is in no team is left alone."""
    early, late = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)
    rules = [
        Submission("ada", "Ada", {WEEK: {"tiny.py": b"old"}}, received={WEEK: Received(early)}),
        Submission("bo", "Bo", {WEEK: {"tiny.py": b"new"}}, received={WEEK: Received(late)}),
        Submission("chen", "Chen"),
        Submission("dina", "Dina", {WEEK: {"tiny.py": b"own"}}),
    ]
    found = {one.student: one for one in in_teams(rules, [Team("rope", ["ada", "bo", "chen"])])}

    assert [b"new"] * 3 == [found[who].files[WEEK]["tiny.py"] for who in ("ada", "bo", "chen")]
    assert {late} == {found[who].times[WEEK] for who in ("ada", "chen")}
    assert b"own" == found["dina"].files[WEEK]["tiny.py"] and "class_team" == found["ada"].notes[0].key


def test_a_team_shares_what_says_when_it_handed_in() -> None:
    """Whose time counts also says by which clock, and what stands inside the archive: nobody loses more than another."""
    received, saved = datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
    ada = Submission("ada", "Ada", {WEEK: {"tiny.py": b"a"}}, received={WEEK: Received(received, "archive", saved)})

    for one in in_teams([ada, Submission("bo", "Bo")], [Team("rope", ["ada", "bo"])]):
        assert {WEEK: Received(received, "archive", saved)} == one.received


def test_at_the_same_time_the_fuller_hand_in_counts() -> None:
    """Members who handed in different files at one time: the most files count, and everybody is told."""
    when = {WEEK: Received(datetime(2026, 3, 1, tzinfo=UTC))}
    members = [
        Submission("ada", "Ada", {WEEK: {"tiny.py": b"a"}}, received=when),
        Submission("bo", "Bo", {WEEK: {"tiny.py": b"b", "more.py": b"b"}}, received=when),
    ]

    for team in (members, members[::-1]):
        for one in in_teams(team, [Team("rope", ["ada", "bo"])]):
            assert 2 == len(one.files[WEEK]) and "class_team_tie" == one.notes[0].key


def test_late_days_are_paid_from_the_budget_first(tmp_path: Path) -> None:
    """Three free days over the term: two go to the first late week, one to the next, and the rest costs."""
    path = tmp_path / "class.toml"
    weeks = {f"week0{n}_x": datetime(2026, 3, n, tzinfo=UTC) for n in (1, 2, 3)}
    due = "\n".join(f"week0{n} = {when.isoformat()}" for n, when in zip((1, 2, 3), weeks.values(), strict=True))
    path.write_text(f"rule = {{ per_day = 0.1, budget = 3 }}\n[due]\n{due}\n", encoding="utf-8")

    found = read_rules(path).penalties("ada", {week: when + timedelta(hours=30) for week, when in weeks.items()})

    assert [(0, 2), (0.1, 1), (0.2, 0)] == [(one.share, one.free) for one in found.values()]


def test_weights_make_the_percentage(course: Course) -> None:
    """A week counts by its weight, whatever its points; a score that is not known has no percentage."""
    week = course.week("1")
    grade_table = GradeTable([(week, week.exercises[0])], "en")
    grade_table.weights = {"01": 3}
    grade_table.add(Row(graded(test_doubles=Verdict.FAILED), {}, "en"))
    grade_table.add(Row(graded("bo", test_counts=Verdict.UNMEASURED), {}, "en"))

    assert [50.0, None] == grade_table.percents()
