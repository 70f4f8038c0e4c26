"""Canvas's gradebook: what we write, Canvas's strict reader takes, and its own export comes back with the scores alone."""

import re
from pathlib import Path

import pytest

from grader.classroom.canvas import Template
from grader.classroom.exports import GradeTable, Row, cell
from grader.classroom.reports import Reports
from grader.classroom.results import Graded
from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake import Submission
from grader.outcomes import ExerciseResult, TestResult, Verdict

WEEK = "week05_attention"
LINE = re.compile(r'(?:"(?:[^"]|"")*"|[^",\r\n]*)(?:,(?:"(?:[^"]|"")*"|[^",\r\n]*))*\r?\n')
EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Root Account,Section,Notes,Week 5 quiz (4700),Attention week 05 (4711),"
    "Week 5 Current Score\r\n"
    "    Manual Posting,,,,,,,,,\r\n"
    '"    Points Possible",,,,,,,10.00,100.00,(read only)\r\n'
    '"Okafor, Ada",501,2026001,ada@x.org,x.org,"AI 1, group ""B""","said ""late""",7.5,,\r\n'
    "李雷,502,,lilei,x.org,AI 1,,8,55,\r\n"
    '"Roe, Jo",503,2026003,jo,x.org,AI 1,,,"",\r\n'
    '"Student, Test",9,,0123,x.org,AI 1,,,,\r\n'
)


def scores(**found: float | None) -> list[tuple[Submission, dict[str, float | None]]]:
    """A class by student id."""
    return [(Submission(student, student), {WEEK: score}) for student, score in found.items()]


def template(tmp_path: Path, text: str) -> Template:
    path = tmp_path / "export.csv"
    path.write_bytes(text.encode())
    return Template(path, [WEEK])


def test_an_export_comes_back_with_the_scores_and_nothing_else_changed(tmp_path: Path) -> None:
    """Scores stand in the week's column, by whichever id is known; all other bytes are those that came."""
    text = EXPORT.replace("Week 5 quiz", "Quiz")
    class_ = scores(**{"2026001": 87.5, "lilei": 60.0, "503": 100.0, "nobody": 3.0})

    data, unmatched = template(tmp_path, text).fill(class_)

    wanted = text.replace("7.5,,", "7.5,87.5,").replace("8,55,", "8,60,").replace(',"",', ',"100",')
    assert (wanted.encode(), ["nobody"]) == (data, unmatched)


SEMICOLONS = (
    "\ufeffStudent;ID;SIS User ID;SIS Login ID;Section;Homework, week 05 (4711);Final Score\r\n"
    "    Points Possible;;;;;105,00;(read only)\r\n"
    "Okafor, Ada;501;2026001;ada@x.org;AI 1;7,50;7,14\r\n"
    '"Roe; Jo";503;2026003;jo@x.org;"AI 1";"";\r\n'
)


def test_a_score_keeps_its_digits_in_every_table(tmp_path: Path) -> None:
    """nbgrader's export has four behind the point, and the final is one number everywhere."""
    text = EXPORT.replace("Week 5 quiz", "Quiz")

    assert b",100.8625," in template(tmp_path, text).fill(scores(**{"2026001": 100.8625}))[0]
    assert ("100.8625", "0.3", "100") == tuple(map(cell, (100.8625, 0.1 + 0.2, 100.0)))


def test_an_export_with_semicolons_comes_back_with_them(tmp_path: Path) -> None:
    """As Canvas writes it where numbers have commas: the scores have them too; a comma is a part of a cell."""
    read = template(tmp_path, SEMICOLONS)

    data, unmatched = read.fill(scores(**{"2026001": 87.5, "503": 60.0}))

    wanted = SEMICOLONS.replace(";7,50;", ";87,5;").replace(';"";', ';"60";')
    assert (wanted.encode(), [], {WEEK: 105.0}) == (data, unmatched, read.worth)


def test_a_decimal_comma_between_commas_is_quoted(tmp_path: Path) -> None:
    """Canvas has the two as separate settings: commas between cells, and in numbers; a point stays a point."""
    text = 'Student,ID,SIS User ID,Section,Week 5 (1)\n    Points Possible,,,,"105,00"\n"Okafor, Ada",501,s1,AI,\n'
    assert text.replace("AI,", 'AI,"87,5"').encode() == template(tmp_path, text).fill(scores(s1=87.5))[0]

    text = SEMICOLONS.replace("105,00", "105.00")
    assert b";87.5;" in template(tmp_path, text).fill(scores(**{"2026001": 87.5}))[0]


def test_an_export_with_names_in_two_columns_is_canvass_too(tmp_path: Path) -> None:
    """Canvas writes LastName and FirstName instead of Student for who asks for it."""
    text = "LastName,FirstName,ID,SIS User ID,Section,Week 5 (1)\nOkafor,Ada,501,s1,AI,\n"

    assert text.replace("AI,", "AI,60").encode() == template(tmp_path, text).fill(scores(s1=60.0))[0]


def test_a_login_of_the_roster_finds_its_row(tmp_path: Path) -> None:
    """Course and Canvas may know a student by different ids: the login, or the number of the school's system."""
    text = EXPORT.replace("Week 5 quiz", "Quiz")
    for person in (Submission("s1", "-", login="lilei"), Submission("s2", "-", sis="2026001")):
        assert [] == template(tmp_path, text).fill([(person, {WEEK: 60.0})])[1]


def test_what_is_not_known_leaves_the_cell_as_it_is(tmp_path: Path) -> None:
    """A blank score changes no byte."""
    text = EXPORT.replace("Week 5 quiz", "Quiz")

    assert text.encode() == template(tmp_path, text).fill(scores(**{"lilei": None}))[0]


def test_who_is_excused_stays_so_and_who_is_unknown_is_named(tmp_path: Path) -> None:
    """EX is a person's decision; Canvas's own test student is nobody."""
    text = EXPORT.replace("Week 5 quiz", "Quiz").replace("8,55,", "8,EX,")
    found = template(tmp_path, text)
    class_ = scores(**{"2026001": 87.5, "lilei": 60.0})

    assert text.replace("7.5,,", "7.5,87.5,").encode() == found.fill(class_)[0]
    assert (["lilei"], ["Roe, Jo"]) == (found.excused, found.strangers)


def test_a_column_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    """Two assignments of one week, no such assignment, no Canvas file, a quote that Canvas would refuse."""
    with pytest.raises(UserError, match="canvas_two"):
        template(tmp_path, EXPORT)
    assert [WEEK] == template(tmp_path, "Student,ID,Homework (1)\nAnn,5,\n").unknown
    for text, key in (("a,b\n", "canvas_no_head"), ('Student,ID\nAnn "x",5\n', "canvas_quote")):
        with pytest.raises(UserError, match=key):
            template(tmp_path, text)


def test_points_that_canvas_has_otherwise_are_named(course: Course, tmp_path: Path) -> None:
    """Scores out of 45 do not go into an assignment of 100 in silence; with equal points nothing is said."""
    week = course.week("5")
    text = EXPORT.replace("Week 5 quiz", "Quiz")
    for points, said in (("100.00", ["100", "45"]), ("45", [])):
        reports = Reports(tmp_path, [(week, week.exercise("attention"))], "en", {WEEK: 45.0})
        reports.canvas(template(tmp_path, text.replace("100.00", points)))
        *told, others = reports.remarks
        assert bool(said) == bool(told) and "In the Canvas export alone: 3" in others
        assert all(number in told[0] for number in said)


def test_our_own_gradebook_is_read_by_a_strict_reader(course: Course) -> None:
    """No byte order mark before a quote, points as they are, Canvas's number under ID, blank where nothing came."""
    week = course.week("5")
    grade_table = GradeTable([(week, week.exercise("attention"))], "en", {WEEK: 45.0})
    test = TestResult("t", {"en": "-", "zh": "-"}, Verdict.PASSED, points=40, max_points=40)
    for one in (
        Submission("1009", 'O"Hara, Ann', {WEEK: {}}, canvas="1009"),
        Submission("s2", "Bo", {WEEK: {}}),
        Submission("s3", "Chen"),
    ):
        results = [ExerciseResult(WEEK, "attention", [test])] if one.files else []
        grade_table.add(Row(Graded(one, results, weeks=[WEEK]), {}, "en"))

    text = grade_table.canvas()

    assert text == "".join(LINE.findall(text)) and text.startswith('"Student"')
    assert [
        '"    Points Possible","","","","","45"',
        '"O""Hara, Ann","1009","","","","40"',
        '"Bo","","s2","s2","","40"',
        '"Chen","","s3","s3","",""',
    ] == text.splitlines()[1:]
