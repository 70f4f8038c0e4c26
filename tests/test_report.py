"""What the terminal shows: on narrow screens, in Chinese, and when something else than an answer is wrong."""

import io
import json
from argparse import Namespace
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.course import stubs
from grader.learner.check import Checking
from grader.learner.progress import Progress
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict
from grader.report import groups
from grader.report.terminal import Terminal, words_of
from tests import tiny

MORE = {"test": None, "all": False}
LONG = "对前缀和后缀因果注意力：3 个词元各自（包括第一个词元在内）只能看到自己，以及在它之前的全部位置。"


OTHER = [TestResult("other", {"en": "-", "zh": "-"}, Verdict.PASSED)]


def shown(root: Path, test: TestResult, width: int, lang: str = "zh") -> list[str]:
    """The lines of a report on one exercise with this one test."""
    out = io.StringIO()
    week = tiny.build(root).week("1")
    Terminal(lang, Console(file=out, width=width)).exercise(ExerciseResult(week.name, "tiny", [test, *OTHER]), week)
    return [line.rstrip() for line in out.getvalue().splitlines()]


def failed(*findings: Finding, **more: str) -> TestResult:
    return TestResult("t", {"en": LONG, "zh": LONG}, Verdict.FAILED, findings=list(findings), **more)  # type: ignore[arg-type]


def test_chinese_fills_a_narrow_line_and_goes_on_below_its_beginning(tmp_path: Path) -> None:
    """In 40 columns a sentence breaks between characters, never before a full stop, and keeps its indent."""
    lines = shown(tmp_path, failed(), 40)[2:-1]

    assert LONG.replace(" ", "") == "".join(lines).replace(" ", "")
    assert all(line.startswith("   ") and 30 < cell_len(line) <= 40 for line in lines[:-1])
    assert not any(line.lstrip()[0] in "，。：）" for line in lines)


def test_an_exercise_that_uses_another_file_says_so_when_it_fails(tmp_path: Path) -> None:
    """What is wrong there shows here too; of one exercise alone nobody knows more."""
    week, out = tiny.build(tmp_path).week("1"), io.StringIO()
    for tests in ([failed(), *OTHER], OTHER, [failed(Finding("not_written"))]):  # the last is not begun
        result = ExerciseResult(week.name, "tiny", tests, built_on=["below", "lower"])
        Terminal("en", Console(file=out, width=80)).exercise(result, week)

    assert 1 == out.getvalue().count("It uses your below.py, lower.py: ")


def test_an_unwritten_stub_is_named_and_nothing_else(tmp_path: Path) -> None:
    """The English words that a stub raises are no part of a Chinese sentence; a learner's own words are."""
    stub = Finding("not_written", {"message": "week 01, tiny: write double"})

    assert shown(tmp_path, failed(stub), 80)[-2].split() == ["待编写", "double"]
    assert words_of(stub, "zh") == "尚未编写：double。"
    assert words_of(Finding("not_written", {"message": "以后再写"}), "zh") == "尚未编写：以后再写。"
    assert words_of(Finding("not_written", {"message": ""}), "zh") == "尚未编写。"


def test_carets_stay_below_what_they_point_at(tmp_path: Path) -> None:
    """A line of a traceback that is too long is cut, not wrapped."""
    code = f"    return {'x + ' * 40}y"
    trace = f'  File "tiny.py", line 3, in double\n{code}\n           ^^^^\n'

    lines = shown(tmp_path, failed(Finding("raised", {"type": "E", "message": "m"}), traceback=trace), 80)

    place = next(number for number, line in enumerate(lines) if "return x" in line)
    assert lines[place].index("x + ") == lines[place + 1].index("^^^^")
    assert lines[place].endswith("…")


def test_the_place_of_an_error_in_a_long_line_is_in_sight(tmp_path: Path) -> None:
    """Far to the right, the line is cut on the left, and the carets go with it."""
    code = f"    {'total + ' * 20}nothing + 1"
    trace = f'File "tiny.py", line 2, in double\n{code}\n{" " * code.index("nothing")}^^^^^^^'

    lines = shown(tmp_path, failed(Finding("raised", {"type": "E", "message": "m"}), traceback=trace), 60)

    carets = next(line for line in lines if "^" in line)
    cut = lines[lines.index(carets) - 1]
    assert carets.count("^") == len("nothing") and cut.lstrip().startswith("…")
    assert cut[carets.index("^") :].startswith("nothing")


def said_of(source: str, lang: str) -> str:
    """What the report says of a file that Python cannot read."""
    with pytest.raises(SyntaxError) as raised:
        compile(source, "/box/tiny.py", "exec")
    return words_of(Finding("syntax", {"message": str(raised.value)}), lang)


@pytest.mark.parametrize(("typed", "meant"), [*zip("，（）：；“”‘’【】！＝", ",():;\"\"''[]!=", strict=True)])
def test_what_a_chinese_keyboard_types_is_told_with_what_was_meant(typed: str, meant: str) -> None:
    """The line, the character and the one to type; the file's name is shown with the line anyway."""
    for lang, line in (("en", "Line 2"), ("zh", "第 2 行")):
        said = said_of(f"x = 1\ny = {typed}", lang)
        assert line in said and f"`{typed}`" in said and f"`{meant}`" in said and "tiny.py" not in said


def test_a_full_width_space_is_told() -> None:
    """It cannot be seen, so it is named."""
    assert "第 2 行有全角空格" in said_of("x = 1\n\u3000y = 2", "zh")
    assert "Line 2 holds a space of another kind" in said_of("x = 1\n\u3000y = 2", "en")
    assert "a space" not in said_of("x = 1\n\u200by = 2", "en")  # no width: no space stands for it


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("x = (1", "没有配上右括号"),
        ("x = 1)", "左括号"),
        ("x = (1]", "左括号"),
        ("x = 1\n  y = 2", "缩进过多"),
        ("if x:\n    y = 2\n  z = 3", "对不上"),
        ("if x:\ny = 2", "需要缩进"),
        ("if x\n    y = 2", "少一个冒号"),
        ("x = 'a", "引号"),
        ("x = = 1", "不符合 Python 的语法"),
    ],
)
def test_a_chinese_sentence_stands_beside_pythons_own(source: str, said: str) -> None:
    """For the commonest of its errors; English has Python's sentence alone."""
    assert said in said_of(source, "zh")
    assert "\n" not in said_of(source, "en")


def test_examples_that_cannot_be_read_are_the_learners(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A syntax error in a visible example ends with its file and line and exit code 2, in a report and in JSON."""
    course = tiny.build(tmp_path)
    stubs.write(course, course.weeks)
    (tmp_path / "exercises/week01_tiny/test_tiny.py").write_text("x = 1\n\ndef test(student)\n", encoding="utf-8")
    words = {"root": tmp_path, "week": None, "exercise": "tiny", "source": None, "device": "cpu", "jobs": 1, **MORE}

    for as_json in (False, True):
        args = Namespace(**words, lang="en", debug=False, spawn=False, json=as_json)
        assert 2 == Checking(args).run()

        said = capsys.readouterr().out
        said = json.loads(said)["tests"][0]["output"] if as_json else " ".join(said.split())
        assert "exercises/week01_tiny/test_tiny.py cannot be read, line 3: SyntaxError" in said
        assert "grader itself" not in said and "importlib" not in said


def test_a_verdict_is_shown_though_it_cannot_be_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file in the place of the folder of progress costs the note and not the check."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))
    (tmp_path / ".progress").touch()
    words = {"root": course.root, "week": None, "exercise": "tiny", "source": None, "device": "cpu", "jobs": 1, **MORE}

    assert 0 == Checking(Namespace(**words, lang="en", debug=False, spawn=False, json=False)).run()

    said = capsys.readouterr()
    assert "All passed." in said.out and "progress.json: a part of this path is a file" in said.err


def results(*tests: tuple[str, dict[str, object]]) -> list[TestResult]:
    """Tests by name, failed unless told otherwise."""
    made = []
    for number, (name, more) in enumerate(tests, 1):
        words = {"findings": [Finding("raised", {"type": "ValueError", "message": "no"})], **more}
        verdict = words.pop("verdict", Verdict.FAILED)
        made.append(TestResult(name, {"en": name, "zh": name}, verdict, number=number, **words))  # type: ignore[arg-type]
    return made


HELP = {"en": "You forgot something.", "zh": "你忘了什么。"}
NUMBERS = [Finding("elements", {"expected": "1", "got": "2"})]


def test_a_mistake_is_told_once_by_its_most_telling_test() -> None:
    """Of three tests with one help the one that shows numbers stands there; failures without help stand apart."""
    tests = results(
        ("shape", {"help": HELP, "findings": [Finding("wrong_shape")]}),
        ("one", {}),
        ("numbers", {"help": HELP, "findings": NUMBERS}),
        ("other", {}),
        ("more numbers", {"help": HELP, "findings": NUMBERS}),
    )

    found = groups.groups(tests)

    assert ["numbers", "one", "other"] == [group.test.name for group in found]
    assert [["shape", "more numbers"], [], []] == [[test.name for test in group.also] for group in found]


def test_only_what_is_one_failure_is_merged() -> None:
    """The same error in the same line, a file that does not load and one stub are one; equal words alone are not."""
    trace = 'File "tiny.py", line 3, in double'
    syntax, stub = (
        [Finding("syntax", {"message": "m"})],
        [Finding("not_written", {"message": "week 01, tiny: write f"})],
    )
    tests = results(
        *(("stub", {"findings": stub}), ("stub too", {"findings": stub})),
        *(("a", {}), ("b", {}), ("line", {"traceback": trace}), ("same line", {"traceback": trace})),
        *(("syntax", {"findings": syntax}), ("syntax too", {"findings": syntax})),
    )

    names = [[test.name for test in (group.test, *group.also)] for group in groups.groups(tests)]

    assert [["syntax", "syntax too"], ["a"], ["b"], ["line", "same line"], ["stub", "stub too"]] == names


def test_a_report_is_short_and_ends_with_a_sum(tmp_path: Path) -> None:
    """Every mistake, three other failures, how many more, and one line; ALL=1 shows all that was judged."""
    out, week = io.StringIO(), tiny.build(tmp_path).week("1")
    tests = results(
        *((f"mistake {n}", {"help": {"en": f"Help {n}.", "zh": "-"}, "findings": NUMBERS}) for n in range(4)),
        *((f"failure {n}", {"max_points": 5}) for n in range(6)),
        *(("fine", {"verdict": Verdict.PASSED, "points": 5, "max_points": 5}), ("later", {"verdict": Verdict.SKIPPED})),
    )
    result = ExerciseResult(week.name, "tiny", tests)
    Terminal("en", Console(file=out, width=80)).exercise(result, week)

    text = out.getvalue()
    assert all(f"Help {n}." in text for n in range(4)) and 3 == text.count("failure ") and "TEST=5" in text
    assert "and 3 more; ALL=1 shows everything" in text and "fine" not in text
    assert (
        "1 of 12 tests pass · 10 things to mend · 1 blocked by that · 5 of 35 points" == text.splitlines()[-1].strip()
    )

    Terminal("en", Console(file=(out := io.StringIO()), width=80), everything=True).exercise(result, week)
    assert all(test.name in out.getvalue() for test in tests)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("verdict", [Verdict.PASSED, Verdict.FAILED])
def test_what_took_long_is_shown_with_its_seconds(tmp_path: Path, verdict: Verdict, lang: str) -> None:
    """With ALL=1, behind a test of more than a second; a shorter one, and a report without ALL=1, tells no time."""
    week = tiny.build(tmp_path).week("1")
    tests = results(*((str(taken), {"seconds": taken, "verdict": verdict}) for taken in (0.94, 1.0, 1.26)))
    said = {}
    for everything in (True, False):
        terminal = Terminal(lang, Console(file=(out := io.StringIO()), width=80), everything=everything)
        terminal.exercise(ExerciseResult(week.name, "tiny", tests), week)
        said[everything] = out.getvalue()

    took = {"en": "(1.3 s)", "zh": "（用时 1.3 秒）"}[lang]
    assert took in said[True] and 1 == said[True].count({"en": " s)", "zh": " 秒）"}[lang])
    assert took not in said[False]


def checked(root: Path, **words: object) -> None:
    """Check the tiny exercise."""
    given = {
        "root": root,
        "week": None,
        "exercise": "tiny",
        "source": None,
        "device": "cpu",
        "jobs": 1,
        **MORE,
        **words,
    }
    Checking(Namespace(**{"lang": "en", "debug": False, "spawn": False, "json": False, **given})).run()


def test_work_in_the_notebook_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the stub untouched and the notebook written, check judges the notebook and progress knows of it."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/README.md").write_text("# Tiny\n", encoding="utf-8")
    stubs.write(course, course.weeks)
    book = tmp_path / "exercises/week01_tiny/week01_tiny.ipynb"
    content = json.loads(book.read_text(encoding="utf-8"))
    content["cells"].append({"cell_type": "code", "source": tiny.answers("").decode(), "metadata": {}, "outputs": []})
    book.write_text(json.dumps(content), encoding="utf-8")

    checked(tmp_path)

    said = " ".join(capsys.readouterr().out.split())
    assert "From the notebook exercises/week01_tiny/week01_tiny.ipynb" in said and "20 of 20 points" in said
    assert Progress(tmp_path).entry("week01_tiny", "tiny").passed


def test_after_a_pass_comes_the_next_exercise(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is named with its title and its minutes; the last one leads to nothing but the reference."""
    second = tiny.WEEK_TOML[tiny.WEEK_TOML.index("[[exercise]]") :].replace('"tiny"', '"second"')
    course = tiny.build(tmp_path, toml=tiny.WEEK_TOML + second.replace('en = "Tiny"', 'en = "The second"'))
    (course.root / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))

    checked(tmp_path)

    said = capsys.readouterr().out
    assert "Next comes second: The second, about 1 minutes." in said
    assert "make check WEEK=01 EX=second" in said and "make solution EX=tiny" in said


def test_a_pass_in_a_release_promises_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where only examples are judged, a pass says that more tests follow."""
    course = tiny.build(tmp_path)
    (course.root / "grader/suites/week01_tiny/test_tiny.py").unlink()
    (course.root / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))
    examples = 'def test_two(student):\n    """Two."""\n    assert student.double(1) == 2\n'
    (course.root / "exercises/week01_tiny/test_tiny.py").write_text(examples, encoding="utf-8")

    checked(tmp_path)

    said = " ".join(capsys.readouterr().out.split())
    assert "1 of 1 examples pass" in said and "More tests follow when you hand in" in said and "All passed" not in said


def test_an_extra_says_so_and_a_pass_of_it_is_a_pass(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Before it is begun the report says that it is worth no points; after it, how many tests passed, and no more."""
    suite = tiny.SUITE.replace("@points(10)\n", "").replace("@points(5)\n", "")
    course = tiny.build(tmp_path, toml=tiny.WEEK_TOML + "extra = true\n", suite=suite)
    stub = course.root / "exercises/week01_tiny/tiny.py"
    stubs.write(course, course.weeks)

    checked(tmp_path)
    assert "it is worth no points" in " ".join(capsys.readouterr().out.split())
    stub.write_bytes(tiny.answers(""))
    checked(tmp_path)

    said = " ".join(capsys.readouterr().out.split())
    assert "3 of 3 tests passed" in said and "All passed." in said and "More tests follow" not in said


def test_one_test_alone_is_no_progress(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pass of one test notes nothing and leads to the whole check; a test behind another runs too."""
    course = tiny.build(tmp_path)
    (course.root / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))

    checked(tmp_path, test="test_doubles_a_view")

    said = capsys.readouterr().out
    assert "1 of 1 tests pass" in said and "make check WEEK=01 EX=tiny" in said and "All passed" not in said
    assert Progress(tmp_path).entry("week01_tiny", "tiny").passed is None
