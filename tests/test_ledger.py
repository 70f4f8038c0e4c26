"""The ledger of an output folder: what it keeps of a student from one run to the next."""

import contextlib
import csv
import io
import re
import shutil
from pathlib import Path

from grader import cli
from grader.classroom.ledger import Ledger
from grader.intake import collect
from grader.intake.roster import IDENTITY, read_roster
from grader.outcomes import ExerciseResult
from tests import tiny

ROSTER = "id,first name,last name,email,canvas id,sis user id,login id,section,语言\ns1,Ann,Lee,a@x.org,501,a1,ann,one,中文\n"
KNOWN = dict(first="Ann", last="Lee", email="a@x.org", canvas="501", sis="a1", login="ann", section="one", lang="zh")


def test_what_is_known_of_a_student_stays(tmp_path: Path) -> None:
    """The roster's facts are those of the submission, and a later run without a roster takes none of them away."""
    course, out = tiny.build(tmp_path / "course"), tmp_path / "graded"
    handed_in, roster = tmp_path / "class/s1/week01_tiny/tiny.py", tmp_path / "roster.csv"
    handed_in.parent.mkdir(parents=True)
    handed_in.write_bytes(tiny.answers(""))
    roster.write_text(ROSTER, encoding="utf-8")
    assert set(IDENTITY) == KNOWN.keys()

    for people in (roster, None):
        (submission,) = collect(tmp_path / "class", course, None, people)
        assert people is None or KNOWN == {field: getattr(submission, field) for field in IDENTITY}
        ledger = Ledger(out)
        ledger.take(submission, {}, course.weeks, tmp_path / "class")
        ledger.write()

    (graded,) = Ledger(out).graded(course, lambda key, exercise: ExerciseResult(exercise[0].name, key))
    assert KNOWN == {field: getattr(graded.submission, field) for field in IDENTITY}
    assert (
        "s1" == graded.submission.student and handed_in.read_bytes() in graded.submission.files["week01_tiny"].values()
    )


def run(root: Path, *words: object, expect: int = 0, lang: str = "en") -> str:
    """Grade into one folder; return what is said."""
    said = io.StringIO()
    places = ("--root", root / "course", "--out", root / "graded", "--lang", lang)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = cli.main(["grade", *map(str, (*words, *places))])
    assert expect == code, said.getvalue()
    return said.getvalue()


def hand_in(root: Path, *names: str, code: str = "") -> None:
    """Write a right answer, or another, for each student/week."""
    for name in names:
        path = root / name / "tiny.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(tiny.answers(code))


def column(root: Path, name: str) -> dict[str, str]:
    with (root / "graded/grades.csv").open(encoding="utf-8-sig", newline="") as file:
        return {row["student"]: row[name] for row in csv.DictReader(file)}


def finals(root: Path) -> dict[str, str]:
    return column(root, "final")


def test_a_folder_with_one_student_blanks_nobody_of_the_roster(tmp_path: Path) -> None:
    """Who is on the roster and not in this folder stays as graded from another, by name, with NEW and across weeks."""
    tiny.build(tmp_path / "course")
    for place in ("exercises", "solutions", "grader/suites", "grader/misconceptions"):
        shutil.copytree(tmp_path / "course" / place / "week01_tiny", tmp_path / "course" / place / "week02_more")
    (tmp_path / "roster.csv").write_text("id\nada\nbo\nchen\n", encoding="utf-8")
    hand_in(tmp_path / "all", "ada/week01_tiny", "bo/week01_tiny")
    hand_in(tmp_path / "one", "bo/week01_tiny", code="def double(x): return x * x")
    hand_in(tmp_path / "next", "ada/week02_more")
    first = ("--roster", tmp_path / "roster.csv", "--week", "1")
    assert "Submissions graded: 2;" in run(tmp_path, "--from", tmp_path / "all", *first)
    assert {"ada": "20", "bo": "20", "chen": ""} == finals(tmp_path)

    for more in ((), ("--new",)):
        said = run(tmp_path, "--from", tmp_path / "one", *first, *more)
        assert {"ada": "20", "bo": "5", "chen": ""} == finals(tmp_path)
        assert more or "Submissions graded: 1;" in said
    run(tmp_path, "--from", tmp_path / "next", "--roster", tmp_path / "roster.csv")
    assert {"ada": "40", "bo": "5", "chen": ""} == finals(tmp_path)
    page = (tmp_path / "graded/week02_more.html").read_text(encoding="utf-8")
    assert "bo" in re.findall(r"\w+", page) and "chen" in page  # missing in that week, and so on its page

    (tmp_path / "all/ada/week01_tiny/tiny.py").unlink()  # of the folder that it was graded from, it goes
    run(tmp_path, "--from", tmp_path / "all", *first)
    assert {"ada": "20", "bo": "20", "chen": ""} == finals(tmp_path)


def test_nothing_handed_in_is_missing_and_0_where_the_class_file_says_so(tmp_path: Path) -> None:
    """No error and nothing to look at; every table and page then says the same; a week of nobody counts for nobody."""
    tiny.build(tmp_path / "course")
    for place in ("exercises", "solutions", "grader/suites", "grader/misconceptions"):
        shutil.copytree(tmp_path / "course" / place / "week01_tiny", tmp_path / "course" / place / "week02_more")
    (tmp_path / "roster.csv").write_text("id\nada\nbo\nchen\n", encoding="utf-8")
    (tmp_path / "class.toml").write_text("missing = 0\n", encoding="utf-8")
    hand_in(tmp_path / "all", "ada/week01_tiny", "bo/other")
    (tmp_path / "all/bo/other/tiny.py").rename(tmp_path / "all/bo/other/notes.txt")
    roster = ("--from", tmp_path / "all", "--roster", tmp_path / "roster.csv")

    for rules, score in (((), ""), (("--rules", tmp_path / "class.toml"), "0")):
        said = run(tmp_path, *roster, "--week", "1", *rules)
        assert "Nothing of week01_tiny was handed in: 1 (chen)" in said and "to look at: 1." in said
        assert {"ada": "graded", "bo": "error", "chen": "missing"} == column(tmp_path, "status")
        assert {"ada": "20", "bo": "", "chen": score} == finals(tmp_path) == column(tmp_path, "week01_tiny/tiny")
        assert score == column(tmp_path, "percent")["chen"]
        canvas = (tmp_path / "graded/canvas.csv").read_text(encoding="utf-8")
        assert f'"chen","chen","","{score}"' in canvas and '"bo","bo","",""' in canvas
        page = (tmp_path / "graded/chen/feedback.html").read_text(encoding="utf-8")
        assert "Nothing was handed in for week 01." in page and "could not be graded" not in page
        assert "as it was given" not in page
        assert bool(score) == ("of 20 points" in page)
        report = (tmp_path / "graded/report.html").read_text(encoding="utf-8")
        assert "<dt>Could not be graded</dt><dd>1</dd>" in report and "Handed nothing in: 1" in report
    run(tmp_path, *roster, *rules)
    assert f'"chen","chen","","{score}",""' in (tmp_path / "graded/canvas.csv").read_text(encoding="utf-8")


def test_a_page_says_when_a_score_moved_and_why(tmp_path: Path) -> None:
    """Other files, other tests, another rule of the class: a line each; none where nothing changed, none in exports."""
    course = tiny.build(tmp_path / "course")
    page, suite, rules = tmp_path / "graded/ada/feedback.html", course.week("1").suite("tiny"), tmp_path / "class.toml"
    score = '[[score]]\nstudent = "ada"\nweek = "1"\nexercise = "tiny"\npoints = 15.5\nreason = "Typo."\n'
    rules.write_text(score, encoding="utf-8")
    lines = []

    def grade(*words: object) -> list[str]:
        run(tmp_path, "--from", tmp_path / "all", *words)
        return re.findall(r"Week 01, \d{4}-[^:]+:\d\d UTC: (.*)</p>", page.read_text(encoding="utf-8"))

    hand_in(tmp_path / "all", "ada/week01_tiny", code="def double(x): return x * x")
    assert [] == grade() == grade()
    hand_in(tmp_path / "all", "ada/week01_tiny")
    lines.append("5 → 20 points; other files were handed in.")
    assert lines == grade()
    suite.write_text(suite.read_text(encoding="utf-8").replace("points(10)", "points(8)"), encoding="utf-8")
    tested = "the tests, the grader or the class&#39;s rules had changed."
    lines.append(f"20 → 18 points; {tested}")
    assert lines == grade() == grade()
    lines.append(f"18 → 15.5 points; {tested}")
    assert lines == grade("--rules", rules)
    assert not any("→" in path.read_text(encoding="utf-8") for path in (tmp_path / "graded").rglob("*.[cj]s*"))


def test_each_student_reads_their_own_language(tmp_path: Path) -> None:
    """What the roster says of it decides for a student's own reports, also in a later run; the class's are the run's."""
    tiny.build(tmp_path / "course")
    (tmp_path / "roster.csv").write_text("id,lang\nada,zh-CN\nbo,\nchen,English\nxu,中文\n", encoding="utf-8")
    hand_in(
        tmp_path / "all", "ada/week01_tiny", "bo/week01_tiny", "chen/week01_tiny", code="def double(x): return x * x"
    )

    for more in (("--roster", tmp_path / "roster.csv"), ()):
        run(tmp_path, "--from", tmp_path / "all", *more, lang="zh")
        for student, chinese in {"ada": True, "bo": True, "chen": False}.items():
            for name, words in (("feedback.html", ("评分反馈", "Feedback")), ("results.json", ("应为", "expected"))):
                text = (tmp_path / "graded" / student / name).read_text(encoding="utf-8")
                assert words[not chinese] in text and words[chinese] not in text, (student, name)
        assert "班级报告" in (tmp_path / "graded/report.html").read_text(encoding="utf-8")
        run(tmp_path, "--from", tmp_path / "all")
        assert "评分反馈" in (tmp_path / "graded/ada/feedback.html").read_text(encoding="utf-8")
        assert "Class report" in (tmp_path / "graded/report.html").read_text(encoding="utf-8")
    assert ["zh", "", "en", "zh"] == [one.lang for one in read_roster(tmp_path / "roster.csv").people]


def test_a_damaged_ledger_is_named_and_costs_no_report(tmp_path: Path) -> None:
    """Half a ledger stops the run before anything is written."""
    tiny.build(tmp_path / "course")
    hand_in(tmp_path / "all", "ada/week01_tiny", "bo/week01_tiny")
    hand_in(tmp_path / "one", "ada/week01_tiny")
    run(tmp_path, "--from", tmp_path / "all")
    ledger = tmp_path / "graded/.results/ledger"

    for damage in (ledger.read_bytes()[:-9], b'{"\xff'):
        ledger.write_bytes(damage)
        assert str(ledger) in run(tmp_path, "--from", tmp_path / "one", expect=2)
    assert (tmp_path / "graded/bo/feedback.html").is_file()
