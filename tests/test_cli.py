"""The command line: exit codes, JSON, languages, and what a new learner sees."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

from grader import cli
from grader.course.stubs import modules
from grader.course.weeks import Course, default_root

COLOURS = "\x1b["


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m grader …` in the repository."""
    env = {**os.environ, "LANG": "C.UTF-8", "COLUMNS": "80", **environment}
    command = [sys.executable, "-m", "grader", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=default_root(), env=env, check=False)


@pytest.fixture(scope="module")
def untouched(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stubs as they are generated, whatever this clone's exercises hold by now."""
    folder = tmp_path_factory.mktemp("untouched")
    for path, text in modules(course.week("5")).items():
        target = folder / Path(path).relative_to("exercises")
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return folder


def test_untouched_stubs_fail_and_say_where_to_start(untouched: Path) -> None:
    """On untouched stubs the command fails, names the first exercise, its handout and the next command; no colours in a pipe."""
    done = run("check", "--week", 5, "--from", untouched)

    assert 1 == done.returncode
    assert "Start with attention" in " ".join(done.stdout.split())
    assert "exercises/week05_attention/README.md" in done.stdout
    assert "make check WEEK=05 EX=attention" in done.stdout
    assert COLOURS not in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "make check" not in line) <= 80


def test_the_solutions_pass_in_json(course: Course) -> None:
    """--from solutions passes; JSON is Gradescope's format, our own fields only in extra_data."""
    done = run("check", "--week", 5, "--exercise", "attention", "--from", "solutions", "--json")

    data = json.loads(done.stdout)
    assert 0 == done.returncode
    assert data["score"] == data["max_score"] == 32
    assert {"score", "max_score", "tests"} == set(data)
    for test in data["tests"]:
        assert {"name", "score", "max_score", "status", "output", "visibility", "extra_data"} == set(test)
        assert "PASSED" == test["extra_data"]["verdict"]
        assert "week05_attention/attention" == test["extra_data"]["exercise"]


def test_a_known_mistake_is_explained_in_both_languages(course: Course, tmp_path: Path) -> None:
    """A student's wrong answer shows expected and got, then help, in the language that was asked for."""
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    wrong = source.replace(" / math.sqrt(query.shape[-1])", "")
    assert wrong != source
    (folder / "attention.py").write_text(wrong, encoding="utf-8")

    english = run("check", "--week", 5, "--exercise", "attention", "--from", tmp_path)
    chinese = run("check", "--week", 5, "--exercise", "attention", "--from", tmp_path, "--lang", "zh")

    assert 1 == english.returncode == chinese.returncode
    assert "expected" in english.stdout and "forgot to divide the scores" in " ".join(english.stdout.split())
    assert "应为" in chinese.stdout and "忘了把分数除以" in chinese.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("check", "--week", "99"), "05, 06"),
        (("check", "--week", "5", "--exercise", "rotary"), "WEEK=06 EX=rotary"),
        (("check", "--device", "gpu", "--week", "5"), "Known devices: cpu, cuda"),
        (("check", "--week", "5", "--lang", "fr"), "Known: en, zh"),
        (("check", "--week", "5", "--jobs", "0"), "JOBS=0"),
        (("hint", "--exercise", "atention", "--lang", "zh"), "错误：没有名为 atention 的练习。是否想用 attention？"),
        (("reset",), "Which exercise? For example: make reset EX=tensors"),
        (("hint", "--week", "5"), "make hint EX=attention"),
        (("submit", "--out", "/nonexistent/x.zip"), "/nonexistent: there is no such file or folder"),
        (("submit", "--out", "/tmp"), "/tmp is a folder"),
        (("submit", "--exercise", "nope"), "There is no exercise nope"),
        (("submit", "--week", "5", "--exercise", "rotary"), "WEEK=06 EX=rotary"),
        (("roadmap", "--out", "/tmp"), "/tmp is a folder"),
        (("roadmap", "--out", "/dev/null/x/map.html"), "/dev/null/x: a part of this path is a file"),
        (("check", "--exercise", "atention"), "Did you mean attention?"),
        (("check", "--device", "cuda:7", "--week", "5"), "no device cuda:7"),
        (("check", "--from", "no/such/folder"), "no folder no/such/folder"),
        (("check", "--test", "3"), "TEST=3 needs one exercise"),
        (("check", "--exercise", "attention", "--from", "solutions", "--test", "99"), "attention has no test 99"),
        (("check", "--from", "docs"), "holds none"),
        (("grade", "--from", "no/such/folder"), "no submissions"),
    ],
)
def test_wrong_usage_is_one_clear_line(words: tuple[str, ...], said: str) -> None:
    """Wrong usage exits with 2 and one line that names what is wrong."""
    done = run(*words)

    assert 2 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("lang", ["C.UTF-8", "fr_FR.UTF-8", "POSIX", "de_DE@euro"])
def test_a_locale_without_sentences_means_english(lang: str) -> None:
    """make hands on the environment's LANG: a locale that is not ours is no mistake."""
    done = run("hint", "--exercise", "atention", "--lang", lang)

    assert "There is no exercise atention" in done.stderr


def test_the_next_command_repeats_what_was_asked(untouched: Path) -> None:
    """The file and the command to run next are those of the folder and the language that were given."""
    said = " ".join(run("check", "--week", 5, "--from", untouched, "--lang", "zh").stdout.split())

    assert f"make check WEEK=05 EX=attention FROM={untouched} LANG=zh" in said
    assert "".join(f"{untouched}/week05_attention/attention.py".split()) in said.replace(" ", "")
    assert "LANG=" not in run("check", "--week", 5, "--from", untouched, LANG="zh_CN.UTF-8").stdout
    assert "LANG=zh" in run("check", "--week", 5, "--from", untouched, "--lang", "zh", LANG="zh").stdout


def test_a_refusal_breaks_no_word_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command in it can be read and copied; where nobody looks, a sentence stays in one line."""
    told = ["hint", "--lang", "en"]
    pipe, screen = io.StringIO(), io.StringIO()
    monkeypatch.setenv("COLUMNS", "50")
    monkeypatch.setattr(sys, "stderr", pipe)
    cli.main(told)
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", screen)
    cli.main(told)

    words = pipe.getvalue().split()
    assert 1 == pipe.getvalue().count("\n") and words == screen.getvalue().split()
    assert 1 < screen.getvalue().count("\n") and max(map(len, screen.getvalue().splitlines())) <= 50


def test_a_key_that_stops_while_a_command_is_imported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """verify imports torch for seconds: no traceback."""
    monkeypatch.setattr(cli, "parsed", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))

    assert 130 == cli.main(["verify"]) and "Stopped." in capsys.readouterr().err


def test_a_page_goes_into_no_folder_that_is_not_there(tmp_path: Path) -> None:
    """A misspelt OUT is refused, as an archive to hand in is, and nothing is made."""
    for command in ("roadmap", "submit"):
        done = run(command, "--out", tmp_path / "misspelt/x.html")
        assert 2 == done.returncode and f"{tmp_path / 'misspelt'}: there is no such" in done.stderr, command
    assert [] == list(tmp_path.iterdir())


def test_a_suite_runs_by_hand(course: Course) -> None:
    """`pytest grader/suites/week05_attention --from solutions` judges with the same boxes and fixtures."""
    suite = "grader/suites/week05_attention/test_attention.py"
    command = [sys.executable, "-m", "pytest", "-q", suite, "--from", "solutions"]

    done = subprocess.run(command, capture_output=True, text=True, cwd=course.root, check=False)

    assert 0 == done.returncode, done.stdout
    assert " passed" in done.stdout


def test_whoever_gives_the_orders_needs_no_torch(course: Course, tmp_path: Path) -> None:
    """A check and a graded class end without torch in their own process: the warm one imports it meanwhile."""
    source = (course.week("5").solutions / "attention.py").read_bytes()
    (tmp_path / "class/ada").mkdir(parents=True)
    (tmp_path / "class/ada/attention.py").write_bytes(source)
    check = ["check", "--exercise", "attention", "--from", "solutions"]
    grade = ["grade", "--from", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--week", "5"]
    code = "import sys; from grader.cli import main; main(sys.argv[1:]); sys.exit('torch' in sys.modules)"
    for words in (check, grade):
        done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, cwd=course.root, check=False)

        assert (0, b"") == (done.returncode, done.stderr)
        assert done.stdout


def test_one_test_runs_alone_by_number_or_name(course: Course) -> None:
    """TEST=7 and TEST=name run that test alone, also one that stands after another, and note no progress."""
    before = sorted(course.root.glob(".progress/*"))
    words = ("check", "--exercise", "attention", "--from", "solutions", "--json")
    names = [test["name"] for test in json.loads(run(*words).stdout)["tests"]]
    for asked in ("7", names[6].rpartition("/")[2]):
        found = [test["name"] for test in json.loads(run(*words, "--test", asked).stdout)["tests"]]
        last = {name.rpartition("/")[2] for name in found}  # an example and a hidden test may share a name
        assert {names[6].rpartition("/")[2]} == last
        assert asked != "7" or 1 == len(found)
    assert before == sorted(course.root.glob(".progress/*"))


def test_every_test_is_shown_when_asked_for() -> None:
    """ALL=1 lists what passed too; without it a pass is one line."""
    words = ("check", "--exercise", "attention", "--from", "solutions")

    all_, short = run(*words, "--all").stdout, run(*words).stdout
    count = all_.count("passed  ")
    assert count > 20 and f"{count} of {count} tests pass" in short and "passed  " not in short


def test_make_says_nothing_after_a_failed_check(untouched: Path) -> None:
    """The last line of a failed check is the grader's; wrong usage still fails in make."""
    make = ["make", "--no-print-directory", "-o", ".venv/.student", "check", "LANG=en"]

    failed = subprocess.run([*make, "WEEK=05", f"FROM={untouched}"], capture_output=True, text=True, cwd=default_root())
    wrong = subprocess.run([*make, "WEEK=99"], capture_output=True, text=True, cwd=default_root())

    assert (0, "") == (failed.returncode, failed.stderr) and "make hint EX=attention" in failed.stdout.splitlines()[-1]
    assert 2 == wrong.returncode and "There is no week 99" in wrong.stderr


def make(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """What make would run, called from no other make."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "LC_"))}
    told = ["make", "-n", "-o", ".venv/.student", "-o", ".venv/.dev", *words]
    return subprocess.run(
        told, capture_output=True, text=True, cwd=default_root(), env={**env, "LANG": "C.UTF-8", **environment}
    )


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("week=05", "There is no week=: perhaps WEEK= is meant"),
        ("WEK=05", "There is no WEK=: perhaps WEEK= is meant"),
        ("EXERCISE=attention", "There is no EXERCISE=. Known: WEEK EX "),
    ],
)
def test_make_refuses_a_misspelt_word(word: str, said: str) -> None:
    """It would mean nothing, and all weeks would be checked; whoever calls this make from another has their own words."""
    done = make("check", word)

    assert 2 == done.returncode and said in done.stderr and "没有" in make("check", word, LC_ALL="zh_CN.UTF-8").stderr
    assert 0 == make("check", word, MAKELEVEL="1").returncode


@pytest.mark.parametrize("word", ["NO_COLOR=1", "CUDA_VISIBLE_DEVICES=1", "COLUMNS=100", "LC_ALL=zh_CN.UTF-8"])
def test_make_hands_on_what_is_meant_for_the_programs_that_it_starts(word: str) -> None:
    """Make puts what is said on its command line into their environment."""
    assert 0 == make("check", word).returncode


def test_a_path_that_the_shell_completed_names_an_exercise() -> None:
    """EX=exercises/week05_attention/attention.py is WEEK=05 EX=attention."""
    path = "EX=exercises/week05_attention/attention.py"

    assert '--week "week05_attention"' in make("hint", path).stdout
    assert '--exercise "attention"' in make("hint", path).stdout and "attention.py" not in make("hint", path).stdout
    assert '--week "06"' in make("hint", "WEEK=06", path).stdout
    assert "--week" not in make("hint", "EX=attention").stdout
    assert '--exercise "nope"' in make("submit", "EX=nope").stdout


def test_the_first_words_of_all_are_the_readers() -> None:
    """What make says before there is anything installed that could speak."""
    for lang, words in (("C.UTF-8", "Setting up .venv (once;"), ("zh_CN.UTF-8", "正在安装到 .venv（只需一次")):
        assert words in make("-B", ".venv/bin/python", LANG=lang).stdout


def test_make_takes_every_word_that_it_tells_of() -> None:
    """Those behind a target in the list of commands, and those that hold spaces and signs of equality."""
    makefile = (default_root() / "Makefile").read_text(encoding="utf-8")
    words = set(re.findall(r"\b([A-Z]+)=", " ".join(re.findall(r"(?m)^[a-z-]+:.* ## .* ## (.+)$", makefile))))

    assert {"WEEK", "DEBUG", "CLUSTER", "ONLY", "ARGS"} <= words
    assert 0 == make("check", "PYTHON=python3", "UV=", *(f"{word}=1" for word in words)).returncode
    assert "tests/test_cli.py -k 'a b=c'" in make("test", "ARGS=tests/test_cli.py -k 'a b=c'").stdout


@pytest.mark.parametrize("name", ["LC_ALL", "LC_MESSAGES"])
def test_the_locale_is_read_in_the_usual_order(name: str, untouched: Path) -> None:
    """LC_ALL before LC_MESSAGES before LANG; what is said after the target counts before them all."""
    assert '--lang "zh_CN.UTF-8"' in make("check", LANG="en_US.UTF-8", **{name: "zh_CN.UTF-8"}).stdout
    assert '--lang "en"' in make("check", "LANG=en", **{name: "zh_CN.UTF-8"}).stdout
    words = ("check", "--week", 5, "--from", untouched)
    assert "LANG=" not in run(*words, LANG="en_US.UTF-8", **{name: "zh_CN.UTF-8"}).stdout
    assert "LANG=zh" in run(*words, "--lang", "zh", LANG="zh_CN.UTF-8", **{name: "C.UTF-8"}).stdout


@pytest.mark.parametrize(("lang", "said"), [("C.UTF-8", "check what you wrote"), ("zh_CN.UTF-8", "检查你写的代码")])
def test_make_alone_lists_every_target_in_the_readers_language(lang: str, said: str) -> None:
    """Bare make speaks the locale's language, names every public target, and fits 80 columns."""
    makefile = (default_root() / "Makefile").read_text(encoding="utf-8")
    env = {**os.environ, "LANG": lang}
    shown = subprocess.run(["make"], capture_output=True, text=True, cwd=default_root(), env=env, check=True).stdout

    assert said in shown
    for target in re.findall(r"(?m)^([a-z-]+):.*## ", makefile):
        assert f"  make {target} " in shown
    assert max(cell_len(line) for line in shown.splitlines()) <= 80


def test_a_name_that_the_terminal_cannot_print_ends_nothing(untouched: Path, tmp_path: Path) -> None:
    """On a terminal of another encoding a Chinese folder's name is escaped, and the verdict is there."""
    folder = tmp_path / "李雷"
    shutil.copytree(untouched, folder)

    done = run("check", "--week", 5, "--from", folder, PYTHONIOENCODING="cp1252")

    assert 1 == done.returncode and "\\u674e\\u96f7" in done.stdout and "Traceback" not in done.stderr
