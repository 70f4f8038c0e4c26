"""The student repository: nothing in it gives an answer away, and it works by itself."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from grader.authoring import new_week, release
from grader.authoring.release import Files, contents, fingerprints, run, standing, write
from grader.course import markers
from grader.course.inventory import mistakes_in, sentences_in
from grader.course.weeks import Course, default_root
from grader.errors import UserError
from grader.files import write_atomically
from grader.judge.coordinator import Engine
from grader.learner import roadmap
from grader.learner.actions import Learner
from grader.learner.progress import Progress
from grader.learner.roadmap_page import page

LONG_LINE = 20
"""A shorter line of code is nobody's: `return output`."""
COMMENT = re.compile(r"(?:^|\s+)# .*$")


NUMBERS = (".safetensors", ".npy")
"""What has no text in it."""


@pytest.fixture(scope="module")
def texts(course: Course) -> dict[str, str]:
    """Every file of the whole course's release that has text in it."""
    made = contents(course, course.weeks).items()
    return {name: data.decode("utf-8", "replace") for name, data in made if not name.endswith(NUMBERS)}


@pytest.fixture(scope="module")
def files(course: Course, engine: Engine) -> Files:
    """The release of week 05 with its fingerprints."""
    weeks = [course.week("5")]
    return contents(course, weeks) | fingerprints(engine, weeks, 2)


@pytest.fixture(scope="module")
def released(files: Files, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release on disk, with an environment in which its own engine is the only one."""
    out = tmp_path_factory.mktemp("released")
    write(out, files, {})
    venv.create(out / ".venv", with_pip=False, symlinks=True)
    site = next((out / ".venv/lib").iterdir()) / "site-packages"
    # A line of a .pth adds a folder without the .pth files in it, so this repository's own engine is not found.
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (site / "grader").symlink_to(out / "grader")
    (out / ".venv/.student").touch()
    return out


def make(out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run make as a student does: an environment of nothing but a path."""
    env = {"PATH": os.environ["PATH"], "HOME": str(out), "LANG": "C.UTF-8", "COLUMNS": "80"}
    return subprocess.run(["make", *words], cwd=out, capture_output=True, text=True, env=env, check=False)


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def regions_of(course: Course) -> Iterator[list[str]]:
    """The lines of every solution region."""
    for week in course.weeks:
        for exercise in week.exercises:
            text = (week.solutions / f"{exercise.name}.py").read_text(encoding="utf-8")
            for begin, end in markers.regions(text, exercise.name):
                lines = lines_of("\n".join(text.splitlines()[begin + 1 : end]))
                # A quotation leaves the comment out: the code is what gives the answer away.
                yield [COMMENT.sub("", line) or line for line in lines]


def solutions_of(course: Course) -> list[str]:
    """The text of every file that answers an exercise or is given with it."""
    return [path.read_text(encoding="utf-8") for week in course.weeks for path in sorted(week.solutions.glob("*.py"))]


def runs(lines: list[str], count: int) -> list[str]:
    """Every run of so many lines that is long enough to be somebody's."""
    made = ["\n".join(lines[place : place + count]) for place in range(len(lines) - count + 1)]
    return [run for run in made if len(run) >= count * LONG_LINE]


class Text:
    """Many lines, in which other lines are looked for."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.text = "\n".join(lines).encode()  # bytes are searched three times as fast as characters
        self.words = set(re.findall(rb"\w+", self.text))

    def __contains__(self, line: str) -> bool:
        # Words with others on both sides are whole words wherever the line stands, and most lines have a rare one.
        sought = line.encode()
        return self.words.issuperset(re.findall(rb"\w+", sought)[1:-1]) and sought in self.text


def test_no_solution_region_is_quoted(course: Course, texts: dict[str, str]) -> None:
    """No line of a solution stands in what is written about an exercise: no hint, handout, stub or example has one.

    A hint leads nearly to the answer, in words and with single calls, and quotes no line of it. The engine may share
    one line with a solution by chance, and a module that a week gives two: the greedy branch of a given sampler is
    the one of the exercise.
    """
    rooms = ("exercises", "exercises/.stubs")
    given = {f"{room}/{week.name}/{name}" for room in rooms for week in course.weeks for name in week.given()}
    # Code shares its comments with nobody, so they are left out of it as they are of a solution.
    plain = {
        name: [COMMENT.sub("", line) or line if name.endswith(".py") else line for line in lines_of(text)]
        for name, text in texts.items()
    }
    told = Text(
        {line for name in plain if not name.startswith("grader/") and name not in given for line in plain[name]}
    )
    pairs = {run for name in plain if name not in given for run in runs(plain[name], 2)}
    triples = {run for lines in plain.values() for run in runs(lines, 3)}
    solutions = solutions_of(course)

    for region in regions_of(course):
        lines = [line for line in runs(region, 1) if line in told]
        # What three files or more have, such as `with torch.no_grad():`, is a common phrase and gives no answer away.
        assert [] == [line for line in lines if sum(line in text for text in solutions) < 3]
        assert [] == [run for run in runs(region, 2) if run in pairs]
        assert [] == [run for run in runs(region, 3) if run in triples]


def test_no_hidden_test_is_named_or_told(course: Course, texts: dict[str, str]) -> None:
    """No name and no sentence of a hidden test stands in the release, but those that an example or a stub has too."""
    everywhere = Text({line.strip() for text in texts.values() for line in text.splitlines()})
    pairs = [(week, exercise.name) for week in course.weeks for exercise in week.exercises]
    examples = [item for week, exercise in pairs for item in sentences_in(week.examples(exercise)).items()]
    shown = {name for name, _ in examples}
    open_sentences = {sentence for _, said in examples for sentence in said.values()}

    for week, exercise in pairs:
        contract = texts[f"exercises/{week.name}/{exercise}.py"]
        for name, said in sentences_in(week.suite(exercise)).items():
            assert name in shown or name.encode() not in everywhere.words
            for sentence in said.values():
                known = sentence in open_sentences or sentence in contract
                assert known or sentence not in everywhere


def test_no_mistake_alternative_or_suite_is_there(course: Course, texts: dict[str, str]) -> None:
    """No name of a mistake and no file of the hidden shelves is in the release."""
    words = set(re.findall(r"\w+", "\n".join(texts.values())))
    names = [
        mistake.name
        for week in course.weeks
        for exercise in week.exercises
        for mistake in mistakes_in(week.mistakes(exercise.name).read_bytes())
    ]

    assert [] == [name for name in names if "_" in name and name in words]
    hidden = ("solutions/", "tests/", "grader/suites/", "grader/misconceptions/", "grader/alternatives/")
    hidden += ("grader/classroom/", "grader/gradebook/", "grader/authoring/")
    assert [] == [name for name in texts if name.startswith(hidden) or "example_class" in name]


def test_a_learners_own_work_is_not_released(course: Course, tmp_path: Path) -> None:
    """A stub that somebody filled in leaves the course as a stub."""
    for room in ("exercises", "solutions", "grader/suites"):
        shutil.copytree(course.root / room / "week05_attention", tmp_path / room / "week05_attention")
    (tmp_path / "datasets").mkdir()
    for name in (
        "exercises/roadmap.toml",
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "LICENSE",
        ".gitattributes",
        ".gitignore",
    ):
        shutil.copy(course.root / name, tmp_path / name)
    (tmp_path / "exercises/week05_attention/attention.py").write_text("mine = 1\n", encoding="utf-8")

    copy = Course(tmp_path)
    made = contents(copy, copy.weeks)

    assert b"write causal_mask" in made["exercises/week05_attention/attention.py"]


def test_weeks_that_are_left_out_keep_their_place_on_the_road_map(
    released: Path, course: Course, capsys: pytest.CaptureFixture[str]
) -> None:
    """With one week of all, progress and the page name the others, to come, in both languages."""
    complete, course = course, Course(released)
    for lang, title in (("en", "11 Alignment  to come"), ("zh", "11 对齐  ")):
        roadmap.run(Namespace(root=released, lang=lang))

        assert title in capsys.readouterr().out
        assert title[3:5] in page(course, Progress(released), lang, released)
    weeks = {week.name: week for stage in course.stages for week in stage.week}
    assert len(complete.weeks) == len(weeks) and all(week.needs for name, week in weeks.items() if name > "week02")


def test_a_module_of_ones_own_is_handed_in_and_a_given_one_is_not(released: Path, tmp_path: Path) -> None:
    """In a release a helper beside the exercises is the learner's, however the given modules are known."""
    own = released / "exercises/week05_attention/helper.py"
    own.write_text("A = 1\n", encoding="utf-8")
    try:
        Learner(Namespace(root=released, lang="en", week="05", exercise=None, out=tmp_path / "mine.zip")).submit()
    finally:
        own.unlink()

    names = {Path(name).name for name in zipfile.ZipFile(tmp_path / "mine.zip").namelist()}
    assert {"helper.py", "attention.py"} < names and names.isdisjoint({"experiments.py", "figure_reader.py"})


def test_fingerprints_hold_help_and_numbers_only(files: Files) -> None:
    """A file of fingerprints has sentences of help, names of visible examples, hashes and numbers; no code."""
    kept = {name: json.loads(data) for name, data in files.items() if name.startswith("grader/fingerprints/")}

    assert {one.name for one in Course(default_root()).week("05").exercises} == {Path(name).stem for name in kept}
    for name, known in kept.items():
        examples = ast.parse(files[f"exercises/week05_attention/test_{Path(name).stem}.py"]).body
        shown = {node.name for node in examples if isinstance(node, ast.FunctionDef)}
        assert known
        for one in known:
            assert {"help", "tests"} == set(one) and {"en", "zh"} == set(one["help"])
            assert set(one["tests"]) <= shown
            for exact, sums, room in (answer for sketch in one["tests"].values() for answer in sketch):
                assert re.fullmatch("[0-9a-f]{16}", exact) and 2 == len(sums) and room >= 0


def test_check_and_submit_work_in_it(released: Path) -> None:
    """On untouched stubs make check says where to start; make submit writes the archive."""
    done = make(released, "check")

    assert 0 == done.returncode and "" == done.stderr
    assert "Start with attention" in " ".join(done.stdout.split())
    done = make(released, "submit")
    assert 0 == done.returncode, done.stderr
    assert "not begun  week 05: attention, multi_head, blockwise" in done.stdout
    with zipfile.ZipFile(released / "submission.zip") as archive:
        assert "week05_attention/attention.py" in archive.namelist()


def test_it_has_no_commands_of_the_staffs(released: Path) -> None:
    """Nor the modules behind them: the search for copies cannot be tried out at home."""
    words = [str(released / ".venv/bin/python"), "-P", "-m", "grader"]
    told = subprocess.run([*words, "--help"], cwd=released, capture_output=True, text=True, check=True).stdout
    refused = subprocess.run([*words, "grade"], cwd=released, capture_output=True, text=True, check=False)

    assert "submit" in told and not {"grade ", "verify", "release", "nbgrader"} & {*re.findall(r"[\w-]+ ?", told)}
    assert 2 == refused.returncode and "Traceback" not in refused.stderr


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_a_command_of_a_readme_speaks_the_readers_language(released: Path, course: Course, name: str) -> None:
    """Every command of the Chinese README says LANG=zh, here and in the course, and answers in Chinese; English does not."""
    chinese = "zh" in name
    for root in (released, course.root):
        text = (root / name).read_text(encoding="utf-8")
        for command in re.findall(r"(?a)make [a-z][ \w=./-]*", text):
            silent = set(command.split()[1:]) & {"lint", "verify", "test", "regrade", "setup"}
            assert chinese == ("LANG=zh" in command) or silent, command
    text = (released / name).read_text(encoding="utf-8")
    shown = re.findall(r"(?m)^    make ((?:hint|reset|progress|submit)\b[^#\n]*)", text)
    assert 4 == len(shown)
    for words in shown:
        answer = make(released, *words.split()).stdout
        assert chinese == bool(re.search(r"[\u4e00-\u9fff]", answer)), answer


def test_a_planted_bug_is_recognised_and_not_shown(released: Path, files: Files) -> None:
    """The program is given with its bug and without a mark; a check says what a user notices, and no more."""
    done = make(released, "check", "EX=debug_decoder", "JSON=1")

    tests = {test["name"].split("/")[-1]: test for test in json.loads(done.stdout)["tests"]}
    assert "The program still does what it did when it was given" in tests["test_the_rest_together"]["output"]
    assert "passed" == tests["test_one_token_at_a_time"]["status"]
    program = files["exercises/week05_attention/debug_decoder.py"].decode()
    assert not any(word in program for word in ("INSTEAD", "SOLUTION", "NotImplementedError", "behind all"))
    assert {name.rpartition("/")[2] for name in files if "/figures/" in name} >= {"heads_and_groups.zh-CN.svg"}


def test_the_contracts_can_be_read_in_chinese(released: Path) -> None:
    """make stubs LANG=zh writes them into what nobody has touched, and a stub in Chinese is not begun either."""
    mine = released / "exercises/week05_attention/heatmap.py"
    before = mine.read_bytes()
    mine.write_bytes(before + b"# mine\n")

    done = make(released, "stubs", "LANG=zh")

    assert 2 == done.returncode and "heatmap.py" in done.stdout  # kept
    assert mine.read_bytes() == before + b"# mine\n"
    assert "对每个 query" in (released / "exercises/week05_attention/attention.py").read_text(encoding="utf-8")
    mine.write_bytes(before)
    assert "Start with attention" in " ".join(make(released, "check").stdout.split())
    assert 0 == make(released, "stubs", "LANG=en").returncode
    assert "Answer each query" in (released / "exercises/week05_attention/attention.py").read_text(encoding="utf-8")


def test_right_answers_pass_the_examples(released: Path, course: Course) -> None:
    """The solutions pass, with examples alone: no hidden test is counted."""
    done = make(released, "check", f"FROM={course.root / 'solutions'}", "JSON=1")

    tests = json.loads(done.stdout)["tests"]
    assert 0 == done.returncode
    assert tests and all("/example/" in test["name"] and test["status"] == "passed" for test in tests)


def test_a_known_mistake_is_recognised_by_its_fingerprint(released: Path, course: Course, tmp_path: Path) -> None:
    """Scores that are not divided by sqrt(d_k) get the sentence of that mistake; the name stays at home."""
    text = (course.root / "solutions/week05_attention/attention.py").read_text(encoding="utf-8")
    wrong = text.replace(" / math.sqrt(query.shape[-1])", "")
    assert wrong != text
    (tmp_path / "week05_attention").mkdir()
    (tmp_path / "week05_attention/attention.py").write_text(wrong, encoding="utf-8")

    done = make(released, "check", f"FROM={tmp_path}", "EX=attention", "JSON=1")

    tests = {test["name"].split("/")[-1]: test for test in json.loads(done.stdout)["tests"]}
    assert "forgot to divide the scores by sqrt(d_k)" in tests["test_worked_example"]["output"]
    assert tests["test_worked_example"]["extra_data"]["mistake"] is None


def test_a_wrong_answer_that_nobody_foresaw_gets_no_help(released: Path, course: Course, tmp_path: Path) -> None:
    """An answer that equals no known mistake's is only said to be wrong."""
    text = (course.root / "solutions/week05_attention/attention.py").read_text(encoding="utf-8")
    (tmp_path / "week05_attention").mkdir()
    added = "\n_right = padding_mask\n\n\ndef padding_mask(lengths, max_length):\n    return _right(lengths + 7, max_length)\n"
    (tmp_path / "week05_attention/attention.py").write_text(text + added, encoding="utf-8")

    done = make(released, "check", f"FROM={tmp_path}", "EX=attention")

    assert "FAILED" in done.stdout and "help" not in done.stdout


def test_cutting_again_replaces_what_was_cut_and_nothing_else(files: Files, tmp_path: Path) -> None:
    """What is no longer released goes; .git and strangers' files stay; changed files stop the cut."""
    out = tmp_path / "out"
    write(out, {**files, "exercises/week01_gone/README.md": b"gone"}, {})
    (out / ".git").mkdir()
    (out / "notes.txt").write_text("mine", encoding="utf-8")

    write(out, files, standing(out))

    assert not (out / "exercises/week01_gone").exists()
    assert (out / ".git").is_dir() and "mine" == (out / "notes.txt").read_text(encoding="utf-8")
    (out / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(UserError, match="release_changed"):
        standing(out)


def test_a_folder_with_something_else_in_it_is_refused(course: Course, tmp_path: Path) -> None:
    """A folder that no release wrote is left alone, and OUT must be given."""
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(UserError, match="release_not_empty"):
        run(Namespace(root=course.root, week=None, out=tmp_path, jobs=1, lang="en"))
    with pytest.raises(UserError, match="release_needs_out"):
        run(Namespace(root=course.root, week=None, out=None, jobs=1, lang="en"))


def test_the_makefile_and_the_project_are_a_students(files: Files) -> None:
    """Students get the targets that they need, and install no tools of the authors."""
    targets = set(re.findall(r"(?m)^([a-z-]+):.*##", files["Makefile"].decode()))
    project = files["pyproject.toml"].decode()

    assert {
        *("check", "watch", "hint", "reset", "submit", "progress", "roadmap", "setup", "clean", "help"),
        *("stubs", "experiment", "capstone"),
    } == targets
    assert "torch>=" in project and "ruff" not in project and "mypy" not in project
    assert f"{sys.version_info.major}." in project


def test_windows_keeps_the_ends_of_lines(files: Files, tmp_path: Path) -> None:
    """Git for Windows would write others, and every given file would look changed."""
    (tmp_path / ".gitattributes").write_bytes(files[".gitattributes"])
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)

    asked = ["git", "-C", tmp_path, "check-attr", "eol", "exercises/week05_attention/attention.py"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout.endswith(": eol: lf\n")


def test_a_cut_that_was_cut_off_is_cut_again(files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old files and new ones side by side are both the release's own; the next cut goes on from there."""
    out = tmp_path / "out"
    write(out, {**files, "README.md": b"older"}, {})
    written: list[Path] = []

    def interrupted(path: Path, data: bytes) -> None:
        written.append(path)
        if len(written) == 9:
            raise KeyboardInterrupt
        write_atomically(path, data)

    monkeypatch.setattr("grader.authoring.release.write_atomically", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(out, files, standing(out))
    monkeypatch.undo()

    write(out, files, standing(out))
    assert files["README.md"] == (out / "README.md").read_bytes()
    assert all(" " not in digest for digest in standing(out).values())


def test_a_week_that_is_not_named_any_more_is_said_to_go(
    course: Course, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two weeks are released by one word; who then names one alone reads that the other has gone."""
    (tmp_path / "exercises").mkdir()
    for name in (
        "exercises/roadmap.toml",
        "Makefile",
        "pyproject.toml",
        "constraints.txt",
        "LICENSE",
        ".gitattributes",
        ".gitignore",
    ):
        shutil.copy(course.root / name, tmp_path / name)
    for name in ("week19_topic", "week20_other"):
        assert 0 == new_week.run(Namespace(root=tmp_path, name=name, lang="en"))
    args = {"root": tmp_path, "out": tmp_path / "out", "jobs": 2}

    assert 0 == release.run(Namespace(**args, week="19 20", lang="en"))
    assert "Taken out" not in capsys.readouterr().out
    assert 0 == release.run(Namespace(**args, week="20", lang="en"))
    assert "WEEK= does not name them any more: week19_topic." in capsys.readouterr().out
    assert 0 == release.run(Namespace(**args, week="20, 19", lang="zh"))

    assert {"week19_topic", "week20_other"} == {path.parent.name for path in tmp_path.glob("out/exercises/*/week.toml")}


def test_an_example_that_no_answer_passes_is_not_released(course: Course, engine: Engine, tmp_path: Path) -> None:
    """The solution is judged by the visible examples; a wrong expected number stops the release and is named."""
    (tmp_path / "exercises").mkdir()
    shutil.copy(course.root / "exercises/roadmap.toml", tmp_path / "exercises")
    assert 0 == new_week.run(Namespace(root=tmp_path, name="week19_topic", lang="en"))
    path = tmp_path / "exercises/week19_topic/test_moving_average.py"
    wrong = '\n\ndef test_wrong(student):\n    """A.\n\n    甲。\n    """\n    assert_same(student.moving_average(torch.ones(3), 2), 2 * torch.ones(3))\n'
    path.write_text(path.read_text(encoding="utf-8") + wrong, encoding="utf-8")

    with pytest.raises(UserError, match="release_unsound") as caught:
        fingerprints(engine, Course(tmp_path).weeks, 2)

    assert {"exercise": "week19_topic/moving_average", "tests": "test_wrong"} == caught.value.values


def test_a_week_that_is_left_out_may_have_any_title(course: Course) -> None:
    """The road map of a release tells it, as TOML that can be read."""
    title = {"en": 'The "last" week \\ of all', "zh": "“最后”一周"}
    first, *others = course.weeks
    renamed: Any = SimpleNamespace(root=course.root, weeks=[msgspec.structs.replace(first, title=title), *others])
    told = tomllib.loads(release.roadmap(renamed, others))

    assert [title] == [one["title"] for stage in told["stage"] for one in stage["week"] if one["name"] == first.name]
