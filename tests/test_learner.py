"""The learner's own commands: hints, a fresh start, the reference after a pass, an archive to hand in, progress."""

import json
import zipfile
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from grader import cli
from grader.course import stubs
from grader.course.weeks import Course
from grader.errors import UserError
from grader.intake import collect
from grader.intake.choosing import chosen_sources
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.learner.actions import Learner
from grader.learner.progress import FILE, LONGEST_PAUSE, Progress, remember
from grader.outcomes import ExerciseResult, TestResult, Verdict
from tests import tiny
from tests.handed_in import notebook, put

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Said = pytest.CaptureFixture[str]


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A course of one exercise, its stub untouched."""
    course = tiny.build(tmp_path)
    stubs.write(course, course.weeks)
    return course


def learner(course: Course, lang: str = "en", **options: object) -> Learner:
    """The commands for the tiny exercise."""
    chosen = {"command": "hint", "week": None, "exercise": "tiny", "anyway": False, "out": None, **options}
    return Learner(Namespace(root=course.root, lang=lang, **chosen))


def own(course: Course) -> Path:
    """The file that the learner writes."""
    return course.root / "exercises/week01_tiny/tiny.py"


def result(points: float) -> ExerciseResult:
    """The tiny exercise, judged."""
    verdict = Verdict.PASSED if points == 20 else Verdict.FAILED
    test = TestResult("test_doubles", {"en": "-", "zh": "-"}, verdict, points=points, max_points=20)
    return ExerciseResult("week01_tiny", "tiny", [test])


def test_hints_come_one_by_one_and_are_counted(course: Course, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each call shows the next hint, in either language; the last one stays; progress knows how many were shown."""
    monkeypatch.setenv("LANG", "C.UTF-8")
    shown = []
    for lang in ("en", "zh", "en", "en"):
        learner(course, lang).hint()
        shown.append(capsys.readouterr().out.splitlines())

    assert ["a", "乙", "c", "c"] == [lines[1] for lines in shown]
    assert "1 of 3" in shown[0][0] and "make hint EX=tiny" in shown[0][2]
    assert "make hint EX=tiny LANG=zh" in shown[1][2]
    assert 3 == Progress(course.root).entry("week01_tiny", "tiny").hints


def test_a_course_that_lost_its_hints_says_so(course: Course) -> None:
    """They lie in a hidden folder of a release, which a copy easily leaves behind."""
    week = course.root / "exercises/week01_tiny/week.toml"
    week.write_text(week.read_text(encoding="utf-8").partition("hints =")[0], encoding="utf-8")

    with pytest.raises(UserError, match="hint_none"):
        learner(course).hint()
    assert 0 == Progress(course.root).entry("week01_tiny", "tiny").hints


def test_one_exercise_must_be_named(course: Course) -> None:
    """A hint for nothing in particular is refused: with an example, and the names where they are few."""
    for week, key, known in ((None, "name_an_exercise", None), ("1", "name_one_exercise", "tiny")):
        with pytest.raises(UserError, match=key) as caught:
            learner(course, exercise=None, week=week).hint()

        assert "make hint EX=tiny" in str(caught.value.values["command"])
        assert known == caught.value.values.get("known")


def test_a_hint_without_a_name_is_for_what_is_being_worked_on(course: Course, capsys: Said) -> None:
    """The exercise that was checked last and is not passed, by name; once it is passed the command asks."""
    progress = Progress(course.root)
    progress.note([result(5)])

    learner(course, exercise=None).hint()

    lines = capsys.readouterr().out.splitlines()
    assert "tiny" in lines[0] and "a" == lines[2]
    progress.note([result(20)])
    with pytest.raises(UserError, match="name_an_exercise"):
        learner(course, exercise=None).hint()


def test_reset_keeps_what_was_written(course: Course, capsys: Said) -> None:
    """The stub stands again, what stood there stands beside it, and a second reset changes nothing."""
    stub = own(course).read_bytes()
    own(course).write_bytes(b"mine = '\xff'\n")

    learner(course).reset()

    said = capsys.readouterr().out
    backup = course.root / said.split()[1]
    assert stub == own(course).read_bytes() and b"mine = '\xff'\n" == backup.read_bytes()
    learner(course).reset()
    assert "is the stub already" in capsys.readouterr().out


def test_the_reference_is_shown_after_a_pass_or_anyway(course: Course, capsys: Said) -> None:
    """Before a pass it is refused; afterwards, or when told so, the difference is shown without marks."""
    with pytest.raises(UserError, match="solution_first_pass"):
        learner(course).solution()
    learner(course, anyway=True).solution()
    assert "+    return 2 * x" in capsys.readouterr().out

    Progress(course.root).note([result(20)])
    learner(course).solution()

    said = capsys.readouterr().out
    assert "+    return 2 * x" in said and "-    raise NotImplementedError" in said and "SOLUTION" not in said
    assert "--- exercises/week01_tiny/tiny.py" in said and "+++ solutions/week01_tiny/tiny.py" in said

    mine = [line for line in tiny.SOLUTION.splitlines() if "SOLUTION" not in line]
    own(course).write_text("\n".join(mine).lstrip("\n") + "\n", encoding="utf-8")
    learner(course).solution()
    assert "exercises/week01_tiny/tiny.py and the reference are the same." in capsys.readouterr().out


def test_what_a_stub_says_of_itself_is_no_difference(course: Course, capsys: Said) -> None:
    """The label at the top of a stub stands in no solution, and is not shown as a line to take away."""
    own(course).write_text(own(course).read_text(encoding="utf-8").replace("raise", "pass  # raise"), encoding="utf-8")

    learner(course, anyway=True).solution()

    said = capsys.readouterr().out
    assert "Difficulty" in own(course).read_text(encoding="utf-8")
    assert "Difficulty" not in said and "+    return 2 * x" in said


def test_a_line_of_the_reference_is_never_broken(course: Course, capsys: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a narrow terminal a long line of code stays one line."""
    monkeypatch.setenv("COLUMNS", "40")
    long = f"    return 2 * x  # {'why ' * 30}"
    solution = course.root / "solutions/week01_tiny/tiny.py"
    solution.write_text(solution.read_text(encoding="utf-8").replace("    return 2 * x", long), encoding="utf-8")

    learner(course, anyway=True).solution()

    assert f"+{long}" in capsys.readouterr().out.splitlines()


def test_an_archive_says_what_is_wrong_with_it(course: Course, tmp_path: Path, capsys: Said) -> None:
    """Untouched and unreadable files are named and handed in all the same; nothing at all is refused."""
    out = tmp_path / "mine.zip"
    learner(course, out=out).submit()
    assert "not begun  week 01: tiny" in capsys.readouterr().out.splitlines()

    own(course).write_text("def double(x)\n", encoding="utf-8")
    learner(course, out=out).submit()
    assert "exercises/week01_tiny/tiny.py, line 1: expected ':'" in capsys.readouterr().out
    with zipfile.ZipFile(out) as archive:
        assert {"manifest.json", "week01_tiny/tiny.py"} == set(archive.namelist())
        assert {"week01_tiny/tiny.py"} == set(json.loads(archive.read("manifest.json"))["files"])

    own(course).unlink()
    with pytest.raises(UserError, match="submit_nothing"):
        learner(course, out=out).submit()


def test_an_archive_replaces_an_archive_and_nothing_else(course: Course, tmp_path: Path, capsys: Said) -> None:
    """The second one says so; another file of that name is left as it is."""
    own(course).write_bytes(tiny.answers(""))
    learner(course, out=tmp_path / "mine.zip").submit()
    assert "earlier" not in capsys.readouterr().out
    learner(course, out=tmp_path / "mine.zip").submit()
    assert "in the place of the earlier archive" in capsys.readouterr().out

    (tmp_path / "essay.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="submit_in_the_way"):
        learner(course, out=tmp_path / "essay.txt").submit()
    assert "mine" == (tmp_path / "essay.txt").read_text(encoding="utf-8")


def test_the_program_that_draws_a_weeks_figures_is_not_handed_in(course: Course, tmp_path: Path) -> None:
    """It lies beside the exercises where the course is written; a learner's own package of that name comes along."""
    own(course).write_bytes(tiny.answers(""))
    put(own(course).parent, {"figures/draw.py": "", "figures/own.py": ""})

    learner(course, out=tmp_path / "mine.zip").submit()

    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        assert {"manifest.json", "week01_tiny/tiny.py", "week01_tiny/figures/own.py"} == set(archive.namelist())


def test_the_archive_is_taken_as_it_is(course: Course, tmp_path: Path) -> None:
    """Intake finds the module in the archive and has nothing to remark."""
    own(course).write_bytes(tiny.answers(""))
    (tmp_path / "class").mkdir()
    learner(course, out=tmp_path / "class/alice.zip").submit()

    (submission,) = collect(tmp_path / "class", course, None, None)

    assert "alice" == submission.student and submission.problem is None and [] == submission.notes
    assert {"week01_tiny": {"tiny.py": tiny.answers("")}} == submission.files


def test_what_is_handed_in_is_what_was_checked(course: Course, tmp_path: Path, capsys: Said, engine: Engine) -> None:
    """Helper modules, a package and the notebook come along; check and grade judge the same modules."""
    folder, week = own(course).parent, course.week("1")
    uses = b"import torch\nfrom helper import two\nfrom utils.deep import one"
    own(course).write_bytes(tiny.answers("").replace(b"import torch", uses, 1))
    put(folder, {"helper.py": "two = 2", "utils/__init__.py": "", "utils/deep.py": "one = 1", "notes.txt": "-"})
    put(folder, {"week01_tiny.ipynb": notebook("def double(x):\n    return x")}, NOON.timestamp())
    (tmp_path / "class").mkdir()

    learner(course, out=tmp_path / "class/alice.zip").submit()
    said = capsys.readouterr().out
    (alice,) = collect(tmp_path / "class", course, None, None)
    chosen = chosen_sources(folder, week)["tiny"]

    assert chosen.files == alice.files["week01_tiny"] and "tiny.py counts, not" in said
    assert {"tiny.py", "helper.py", "utils.__init__.py", "utils.deep.py"} == set(chosen.files)
    assert "week01_tiny" in alice.notebooks
    (result,) = judge_all(engine, [Task(week, week.exercise("tiny"), alice.files["week01_tiny"])], 1)
    assert result.passed


def test_work_in_the_notebook_is_handed_in(course: Course, tmp_path: Path, capsys: Said) -> None:
    """With everything in the notebook the archive holds it and it counts, not the untouched stub."""
    put(own(course).parent, {"week01_tiny.ipynb": notebook(tiny.answers("").decode())}, NOON.timestamp())
    (tmp_path / "class").mkdir()

    learner(course, out=tmp_path / "class/alice.zip").submit()
    (alice,) = collect(tmp_path / "class", course, None, None)

    assert b"return 2 * x" in alice.files["week01_tiny"]["tiny.py"]
    assert "not begun" not in capsys.readouterr().out


def test_what_is_unfinished_is_named(course: Course, tmp_path: Path, capsys: Said) -> None:
    """A file with one name of two written is handed in, and the other name is told."""
    text = (
        own(course)
        .read_text(encoding="utf-8")
        .replace('raise NotImplementedError("week 01, tiny: write double")', "return 2 * x")
    )
    own(course).write_text(text, encoding="utf-8")

    learner(course, out=tmp_path / "mine.zip").submit()

    assert "not finished  exercises/week01_tiny/tiny.py: still to be written: Counter" in capsys.readouterr().out


def test_progress_counts_checks_points_and_time(tmp_path: Path) -> None:
    """The best score and the first pass stay; only the time between checks close to each other counts as spent."""
    for minutes, points in ((0, 5), (10, 20), (20, 10), (20 + LONGEST_PAUSE.seconds // 60 + 1, 10)):
        Progress(tmp_path).note([result(points)], NOON + timedelta(minutes=minutes))

    entry = Progress(tmp_path).entry("week01_tiny", "tiny")
    assert (4, 20, 20) == (entry.checks, entry.best, entry.of)
    assert NOON + timedelta(minutes=10) == entry.passed
    assert 20 * 60 == entry.spent


def test_time_is_counted_once_when_exercises_alternate(tmp_path: Path) -> None:
    """Six checks in turn over ten minutes are ten minutes, whatever they were of; a common check is shared."""
    for minutes in range(0, 12, 2):
        one = ExerciseResult("week01_tiny", f"exercise{minutes % 4}", result(5).tests)
        Progress(tmp_path).note([one], NOON + timedelta(minutes=minutes))
    together = [ExerciseResult("week01_tiny", f"exercise{number}", result(5).tests) for number in (0, 2)]
    Progress(tmp_path).note(together, NOON + timedelta(minutes=12))

    spent = {name: entry.spent for name, entry in Progress(tmp_path).state.exercises.items()}
    assert {"week01_tiny/exercise0": 5 * 60, "week01_tiny/exercise2": 7 * 60} == spent


def test_a_damaged_progress_file_is_kept_aside(tmp_path: Path) -> None:
    """What cannot be read is not overwritten: it is renamed, and a new file begins."""
    Progress(tmp_path).note([result(20)])
    (tmp_path / FILE).write_text('{"version": 1, "exer', encoding="utf-8")

    progress = Progress(tmp_path)
    progress.save()

    assert progress.damaged and '{"version": 1, "exer' == progress.damaged.read_text(encoding="utf-8")
    assert {} == progress.state.exercises


@pytest.mark.parametrize(
    "damage",
    [{"hints": -50}, {"best": 1e308}, {"checks": -1}, {"spent": -1}, {"of": 1e12}, {"last": "2026-03-01T12:00:00"}],
)
def test_values_that_no_learner_reaches_are_damage(tmp_path: Path, damage: dict[str, object]) -> None:
    """Negative counts, endless points and times without an offset are set aside like a file that is half written."""
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(json.dumps({"exercises": {"week01_tiny/tiny": damage}}), encoding="utf-8")

    assert Progress(tmp_path).damaged


def test_every_damaged_copy_is_kept(tmp_path: Path) -> None:
    """Copies of one second get names of their own, and a folder in the place of the file is set aside too."""
    copies = []
    for text in "abc":
        (tmp_path / FILE).parent.mkdir(exist_ok=True)
        (tmp_path / FILE).write_text(text, encoding="utf-8")
        progress = Progress(tmp_path)
        progress.save()
        copies.append(progress.damaged)
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).mkdir()

    assert ["a", "b", "c"] == [path.read_text(encoding="utf-8") for path in copies if path]
    folder = Progress(tmp_path)
    folder.save()
    assert folder.damaged and folder.damaged.is_dir() and (tmp_path / FILE).is_file()


def test_whoever_writes_over_damaged_progress_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A check, a hint and the road map tell where the old file is; who only reads moves nothing."""
    tiny.build(tmp_path)
    (tmp_path / FILE).parent.mkdir()

    (tmp_path / FILE).write_text("{", encoding="utf-8")
    Progress(tmp_path)
    assert "{" == (tmp_path / FILE).read_text(encoding="utf-8")
    assert "进度文件已损坏" in remember(tmp_path, [result(20)], "zh")
    assert "" == remember(tmp_path, [result(20)], "zh")

    for command in (["hint", "--exercise", "tiny"], ["progress"]):
        (tmp_path / FILE).write_text("{", encoding="utf-8")
        for count in (1, 0):
            cli.main([*command, "--root", str(tmp_path), "--lang", "en"])
            assert count == capsys.readouterr().out.count("progress file was damaged"), command


def test_a_clock_that_was_set_back_takes_no_time_away(tmp_path: Path) -> None:
    """A check that seems to lie before the last one adds nothing to the time spent."""
    for minutes in (0, 5, -60):
        Progress(tmp_path).note([result(5)], NOON + timedelta(minutes=minutes))

    assert 300 == Progress(tmp_path).entry("week01_tiny", "tiny").spent


def test_progress_counts_examples_where_there_are_no_points(tmp_path: Path) -> None:
    """In a release no test is worth anything: the most examples that were right are remembered."""
    for right in (1, 3, 2):
        verdicts = [Verdict.PASSED] * right + [Verdict.FAILED] * (3 - right)
        tests = [TestResult(f"t{n}", {"en": "-", "zh": "-"}, verdict) for n, verdict in enumerate(verdicts)]
        Progress(tmp_path).note([ExerciseResult("week01_tiny", "tiny", tests)], NOON)

    entry = Progress(tmp_path).entry("week01_tiny", "tiny")
    assert (3, 3, 0, NOON) == (entry.examples, entry.of_examples, entry.of, entry.passed)


def test_a_progress_file_of_another_version_is_understood(tmp_path: Path) -> None:
    """Fields that are unknown are ignored, and fields that are missing get their defaults."""
    (tmp_path / FILE).parent.mkdir()
    old = {"version": 9, "mood": "good", "exercises": {"week01_tiny/tiny": {"hints": 2, "colour": "blue"}}}
    (tmp_path / FILE).write_text(json.dumps(old), encoding="utf-8")

    progress = Progress(tmp_path)

    entry = progress.entry("week01_tiny", "tiny")
    assert progress.damaged is None and (2, 0, None) == (entry.hints, entry.checks, entry.passed)


def test_a_test_that_could_not_be_measured_makes_no_exercise_smaller(tmp_path: Path) -> None:
    """20 of 20, then a busy machine: the best score stays within what there is to get."""
    missing = TestResult("test_fast", {"en": "-", "zh": "-"}, Verdict.UNMEASURED)
    Progress(tmp_path).note([result(20)], NOON)
    Progress(tmp_path).note([ExerciseResult("week01_tiny", "tiny", [missing])], NOON)

    entry = Progress(tmp_path).entry("week01_tiny", "tiny")
    assert (20, 20) == (entry.best, entry.of)
