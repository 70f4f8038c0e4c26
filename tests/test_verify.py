"""`verify` names everything that is unsound about a week, and only that. A sound week: tests/test_new_week.py."""

import re
import shutil
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answers.randomness import Rng
from grader.authoring import new_week, proving
from grader.authoring.inspection import exercise_problems, week_problems
from grader.authoring.proving import SECRETS, Proving, prove
from grader.authoring.verify import Verification
from grader.course import stubs
from grader.course.proofs import Proof
from grader.course.weeks import Course, digest
from grader.errors import UserError
from grader.judge.coordinator import Engine
from tests import tiny

WEEK, NAME = "week19_topic", "moving_average"
CLAIMS_NOTHING = '''


@points(5)
def test_claims_nothing(student):
    """Whatever.

    随便。
    """


@points(5)
def test_fast(student, reference, speed):
    """As fast as the reference.

    与参考答案一样快。
    """
    speed(student, reference).call("moving_average", lambda rng: rng.normal(401), 5, at_most=3.0)
'''
MISTAKE = '\n\n@mistake(of="moving_average", en="Help.", zh="帮助。"{only})\ndef {name}(values, width):\n    {body}\n'
RIGHT = "return solution.moving_average(values, width)"
DAMAGED = {
    "does_nothing_wrong": ("", RIGHT),
    "sums_up_only_again": ("", "return sums_up_only(values, width)"),
    "is_wrong_only_under_the_clock": ("", f"{RIGHT} + (values.shape[-1] > 400)"),
    "costs_nothing_more": (', only="speed"', RIGHT),
    "is_wrong_and_said_to_be_slow": (', only="speed"', "return solution.moving_average(values, max(width, 1))"),
    "does_not_run": ("", "return solution.moving_averages(values, width)"),
}
FOUND = {
    "the stub passes test_claims_nothing",
    "the test test_claims_nothing claims nothing",
    "alternative wrong does not pass test_a_negative_width_is_refused",
    "the mistake does_nothing_wrong passes every hidden test",
    "the mistake is_wrong_only_under_the_clock passes every hidden test",
    "the mistake costs_nothing_more passes every hidden test",
    "the mistake is_wrong_and_said_to_be_slow costs only time, and fails test_a_negative_width_is_refused",
    "the mistake does_not_run does not run",
    "the mistake sums_up_only is not recognised",
    "the mistake sums_up_only_again is not recognised",
}


@pytest.fixture
def root(course: Course, tmp_path: Path) -> Path:
    """A course of one new week, which is sound."""
    (tmp_path / "exercises").mkdir()
    shutil.copy(course.root / "exercises/roadmap.toml", tmp_path / "exercises")
    assert 0 == new_week.run(Namespace(root=tmp_path, name=WEEK, lang="en"))
    return tmp_path


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_what_the_judge_shows_to_be_unsound(root: Path, engine: Engine) -> None:
    """Every damage is named, whatever else is damaged, and what is sound counts as caught."""
    append(root / f"grader/suites/{WEEK}/test_{NAME}.py", CLAIMS_NOTHING)
    for name, (only, body) in DAMAGED.items():
        append(root / f"grader/misconceptions/{WEEK}/{NAME}.py", MISTAKE.format(name=name, only=only, body=body))
    right = (root / f"solutions/{WEEK}/{NAME}.py").read_text(encoding="utf-8")
    wrong = right.replace("if width < 1:", "if width == 0:")
    (root / f"grader/alternatives/{WEEK}/{NAME}/wrong.py").write_text(wrong, encoding="utf-8")

    (proof,) = prove(engine, Course(root).select("19", None), 2)

    found = {problem.partition(":")[0] for problem in proof.problems}
    assert FOUND == found
    assert proof.caught == len(proof.proof.mistakes) - len(DAMAGED) - 1


def test_a_mistake_is_recognised_by_what_it_always_fails(
    root: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chance of a mistake's own, which no secret of ours decides: a test that it passes later tells nothing of it."""
    later, second_round = tmp_path / "later", proving._second_round

    def some_time_later(*args: Any) -> None:
        later.touch()
        second_round(*args)

    monkeypatch.setattr(proving, "_second_round", some_time_later)
    body = f"if width < 1 and not __import__('os').path.exists({str(later)!r}):\n        return values\n"
    body += "    return solution.moving_average(values, width) + 1"
    append(
        root / f"grader/misconceptions/{WEEK}/{NAME}.py", MISTAKE.format(name="refuses_by_chance", only="", body=body)
    )

    (proof,) = prove(engine, Course(root).select("19", None), 2)

    assert not proof.problems
    found = proof.proof.mistakes["refuses_by_chance"]
    assert found.recognisable and "test_a_negative_width_is_refused" not in found.fails


def test_a_mistake_that_fails_nothing_for_good_is_unsound(
    root: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails by its own chance alone, and passes all of it later, is not caught."""
    later, second_round = tmp_path / "later", proving._second_round
    monkeypatch.setattr(proving, "_second_round", lambda *args: (later.touch(), second_round(*args)))
    body = f"if width < 1 and not __import__('os').path.exists({str(later)!r}):\n        return values\n    {RIGHT}"
    append(root / f"grader/misconceptions/{WEEK}/{NAME}.py", MISTAKE.format(name="by_chance", only="", body=body))

    (proof,) = prove(engine, Course(root).select("19", None), 2)

    assert ["the mistake by_chance is caught or not by a chance of its own"] == proof.problems


def test_what_no_thought_earns_is_told(root: Path, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    """A suite whose greater part only looks at a shape is sound, since something fails, and its author reads of it."""
    path = root / f"grader/suites/{WEEK}/test_{NAME}.py"
    text = path.read_text(encoding="utf-8")
    shape = "assert_same(tuple(unchanged(student.moving_average, values, WIDTH).shape), (BATCH, STEPS))"
    full = "assert_same(student.moving_average(values, WIDTH), reference.moving_average(values, WIDTH))"
    path.write_text(text.replace(full, shape), encoding="utf-8")
    args = Namespace(root=root, week=None, exercise=None, device="cpu", json=False, lang="en")

    found = prove(engine, Course(root).select("19", None), 2)

    capsys.readouterr()
    Verification(args).report([], found)
    said = capsys.readouterr().out
    assert "answers without any thought (zeros) earn more than half of the points: 60/100" in said
    path.write_text(text, encoding="utf-8")
    assert {} == prove(engine, Course(root).select("19", None), 2)[0].cheap


def test_a_test_stands_after_one_that_there_is(root: Path) -> None:
    """Else it would be skipped for ever, and its points with it."""
    suite = root / f"grader/suites/{WEEK}/test_{NAME}.py"
    text = suite.read_text(encoding="utf-8")
    astray = "test_claims_nothing (hidden suite) stands after test_that_there_is_not, which is no test of its file"

    # The name of a constant is not looked up: pytest does that.
    for other, is_found in (('"test_that_there_is_not"', True), ("FIRST", False)):
        suite.write_text(text + CLAIMS_NOTHING.replace("@points(5)", f"@points(5)\n@after({other})"), encoding="utf-8")
        assert is_found == (astray in exercise_problems(*Course(root).select("19", None)[0]))


def test_a_forbidden_name_that_there_is_not_is_told(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It forbids nothing. A library that is not installed, an operator and a module tell nothing."""
    path = root / f"exercises/{WEEK}/week.toml"
    names = [
        "torch.nn.functional.linaer",
        "torch.nn.functional.linear",
        "aten::*softmax*",
        "no_such_library.f",
        "numpy.linalg",
    ]
    append(path, f"forbidden = {names}\n")
    week, exercise = Course(root).select("19", None)[0]
    args = Namespace(root=root, week=None, exercise=None, device="cpu", json=False, lang="en")

    verification = Verification(args)
    verification.anew = {f"{WEEK}/{NAME}"}
    verification.report([], [Proving(week, exercise, Proof(""))])

    said = capsys.readouterr().out
    assert "torch.nn.functional.linaer is forbidden, and the installed library has no such name" in said
    assert 1 == said.count("is forbidden")


def test_what_is_seen_at_once_is_mended_before_anything_is_judged(root: Path, engine: Engine) -> None:
    """A sentence that no docstring says is a matter of a moment, and not of the minutes that judging takes."""
    quoting = MISTAKE.format(name="another", only=', breaks="It is a fine day"', body=RIGHT)
    append(root / f"grader/misconceptions/{WEEK}/{NAME}.py", quoting)

    (proof,) = prove(engine, Course(root).select("19", None), 2)

    assert [
        'the mistake another names "It is a fine day", which no sentence of a docstring says (a first line is a title)'
    ] == proof.problems
    assert not proof.results


@pytest.mark.parametrize(
    ("path", "text", "found"),
    [
        (f"grader/suites/{WEEK}/test_{NAME}.py", CLAIMS_NOTHING, "worth 110 points"),
        (f"exercises/{WEEK}/README.md", "\nMore.\n", "is stale"),
        (f"exercises/{WEEK}/README.zh-CN.md", None, "is missing"),
        (f"solutions/{WEEK}/{NAME}.py", "\nMORE = 1\n", "is stale"),
        (f"exercises/{WEEK}/contracts.zh.toml", None, "lacks moving_average"),
        (f"exercises/{WEEK}/figures/draw.py", "\n# another line\n", "window.svg is stale"),
        (f"solutions/{WEEK}/experiments.py", "\n\ndef more(width):\n    pass\n", "README.md does not show more"),
        (f"exercises/{WEEK}/week.toml", "extra = true\n", "an extra, and its tests have points"),
        ("exercises/roadmap.toml", 'title = { en = "A", zh = "甲" }\n', "says the title of week19_topic"),
    ],
)
def test_what_is_unsound_before_anything_is_judged(root: Path, path: str, text: str | None, found: str) -> None:
    """Points, generated files, handouts in both languages, the road map."""
    if text is not None:
        append(root / path, text)
    elif path.endswith(".toml"):
        file = root / path
        file.write_text(
            file.read_text(encoding="utf-8").replace("[moving_average.moving_average]", "[a.b]"), encoding="utf-8"
        )
    else:
        (root / path).unlink()
    course = Course(root)

    assert [one for one in week_problems(course, course.week("19")) if found in one]


@pytest.mark.parametrize("need", ["week44_nowhere", WEEK, "week20_later"])
def test_a_week_needs_weeks_before_it(root: Path, need: str) -> None:
    """An unknown week, the week itself and one that comes later are named."""
    append(root / "exercises/roadmap.toml", '\n[[stage.week]]\nname = "week20_later"\n')
    path = root / f"exercises/{WEEK}/week.toml"
    path.write_text(path.read_text(encoding="utf-8").replace("needs = []", f'needs = ["{need}"]'), encoding="utf-8")
    course = Course(root)

    assert [one for one in week_problems(course, course.week("19")) if f"needs {need}, which is no week before" in one]


def test_every_question_in_words_has_an_answer(root: Path) -> None:
    """Whoever grades the words finds a model answer for each of them."""
    (root / f"solutions/{WEEK}/reasoning.toml").unlink()
    course = Course(root)

    assert [one for one in week_problems(course, course.week("19")) if "not as many answers" in one]


def test_a_dropped_exercise_is_not_given_away(root: Path) -> None:
    """An exercise that week.toml lists no more leaves its answer in solutions/: it is no given file, and is named."""
    moved = [f"solutions/{WEEK}/NAME.py", f"exercises/{WEEK}/test_NAME.py", f"grader/suites/{WEEK}/test_NAME.py"]
    moved.append(f"grader/misconceptions/{WEEK}/NAME.py")
    for path in moved:
        shutil.copy(root / path.replace("NAME", NAME), root / path.replace("NAME", "dropped"))
    course = Course(root)
    week = course.week("19")

    assert ["experiments.py"] == list(week.given())
    assert not [path for path in stubs.generate(week) if "dropped" in path]
    found = [one for one in week_problems(course, week) if "belongs to no exercise of week.toml" in one]
    assert sorted(path.replace("NAME", "dropped") for path in moved) == sorted(one.split()[0] for one in found)


def test_wrong_marks_are_told_by_their_line(root: Path) -> None:
    """A mark without its other half is an error of the author's, by file and line, and no traceback."""
    path = root / f"solutions/{WEEK}/{NAME}.py"
    path.write_text(path.read_text(encoding="utf-8").replace("    # END SOLUTION\n", ""), encoding="utf-8")
    args = Namespace(root=root, week=None, exercise=None, device="cpu", claims=False, all=False, json=False, lang="en")

    with pytest.raises(UserError, match="bad_marks") as caught:
        Verification(args).run()

    assert f"{WEEK}/{NAME}.py:17: BEGIN SOLUTION without an END SOLUTION" in caught.value.values["problem"]


def test_only_an_extra_has_no_points(root: Path) -> None:
    """An exercise whose tests have lost their points is no extra by accident."""
    suite = root / f"grader/suites/{WEEK}/test_{NAME}.py"
    suite.write_text(re.sub(r"@points\(\d+\)\n", "", suite.read_text(encoding="utf-8")), encoding="utf-8")
    course = Course(root)

    assert [one for one in week_problems(course, course.week("19")) if "no extra, and no test has points" in one]


EMPTY = {
    "compares_a_submission_with_itself": "assert_same(student.moving_average(x, 3), student.moving_average(x, 3))",
    "asserts_nothing": "student.moving_average(x, 3)",
    "claims_a_shape_alone": "expect(student.moving_average(x, 3).ndim == 1, 'Not flat.', '不是一维。')",
}


def test_every_test_must_claim_something(root: Path, engine: Engine) -> None:
    """A test whose reference became the student, or that lost its claim, is refused, however good the others are."""
    path = root / f"grader/suites/{WEEK}/test_{NAME}.py"
    append(path, "\n\nfrom grader.suite import expect\n")
    for name, line in EMPTY.items():
        append(
            path,
            f'\n\n@points(1)\ndef test_{name}(student, rng):\n    """A.\n\n    甲。\n    """\n    x = rng.normal(11)\n    {line}\n',
        )

    (found,) = prove(engine, Course(root).select("19", None), 2)

    assert {f"the test test_{name} claims nothing" for name in EMPTY} == {
        problem.partition(":")[0] for problem in found.problems
    }


BY_CHANCE = '''

@points(1)
def test_by_chance(student, reference, rng):
    """A.

    甲。
    """
    usual = rng.uniform(1).item() == {usual!r}
    x = rng.normal(11)
    expected = reference.moving_average(x, 3)
    if {condition}:
        assert_same(student.moving_average(x, 3), expected{change})
'''
ELEVEN = MISTAKE.format(name="of_eleven", only="", body=f"{RIGHT} + (values.shape[-1] == 11)")


@pytest.mark.parametrize(
    ("condition", "change", "found"),
    [
        ("True", " + (not usual)", "the solution passes or not as the random inputs fall"),
        ("usual", "", "the mistake of_eleven is caught or not as the random inputs fall"),
        ("True", "", None),
    ],
)
def test_a_verdict_that_moves_with_the_random_inputs_is_refused(
    root: Path, engine: Engine, condition: str, change: str, found: str | None
) -> None:
    """A right answer that passes for one draw alone; a mistake that is caught for one draw alone."""
    seed = int(digest(WEEK, NAME, "test_by_chance")[:15], 16)
    usual = Rng(seed, torch.device("cpu")).uniform(1).item()
    append(
        root / f"grader/suites/{WEEK}/test_{NAME}.py",
        BY_CHANCE.format(usual=usual, condition=condition, change=change),
    )
    append(root / f"grader/misconceptions/{WEEK}/{NAME}.py", ELEVEN)

    (one,) = prove(engine, Course(root).select("19", None), 2)

    problems = {problem.partition(",")[0] for problem in one.problems}
    assert found in problems if found else not problems
    if not found:
        assert {"test_by_chance"} == one.proof.mistakes["of_eleven"].fails
        assert len(SECRETS) == one.proof.secrets


def test_mutants_are_counted_and_survivors_listed(root: Path, engine: Engine) -> None:
    """Without the test that refuses a negative width, the changes of that line survive."""
    path = root / f"grader/suites/{WEEK}/test_{NAME}.py"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.partition("\n\n@points(20)\ndef test_a_negative")[0], encoding="utf-8")

    (one,) = prove(engine, Course(root).select("19", None), 2, mutants=100)

    mutants = one.proof.mutants
    assert mutants.made == mutants.killed + len(mutants.alive) >= 8
    assert any("width < 1" in name for name in mutants.alive)
    assert mutants.killed > len(mutants.alive)


EVERY_CLAIM = '''
import pytest
import torch

from grader.suite import assert_raises, assert_same, expect, follows_device, unchanged

x = torch.ones(3)
CLAIMS = [
    lambda student: assert_same(student.double(x), x),
    lambda student: assert_same(student.double({"a": 1}), {"b": 1}),
    lambda student: assert_same(student.double([{"a": 1}]), [{"b": 1}]),
    lambda student: expect(student.double(x) is None, "It is.", "是。"),
    lambda student: assert_raises(ValueError, student.double, x),
    lambda student: assert_raises(ValueError, student.double, None),
    lambda student: unchanged(student.double, x),
    lambda student: follows_device(student.double, x),
]


@pytest.mark.parametrize("number", range(len(CLAIMS)))
def test_claim(student, number):
    """A claim.

    一个断言。
    """
    CLAIMS[number](student)
'''
BREAKS_THEM = "def double(x): return x if isinstance(x, dict | list) else x.add_(torch.arange(3))"


def test_every_claim_of_a_suite_counts_as_one(engine: Engine, tmp_path: Path) -> None:
    """Whatever a suite can claim of an answer, a test that fails by it holds something."""
    course = tiny.build(tmp_path, suite=EVERY_CLAIM)

    failed = tiny.judge(engine, course, tiny.answers(BREAKS_THEM)).tests

    assert [] == [test.findings[0].key for test in failed if not proving._claims(test)]
    assert {"wrong_keys", "wrong_keys_at", "claim", "mutated", "stray"} <= {test.findings[0].key for test in failed}
