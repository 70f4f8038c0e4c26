"""Find the bug and write the test: a tiny course with one exercise of each kind, judged for real."""

import sys
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from grader import suite
from grader.answers.faults import StudentFault
from grader.authoring import kinds
from grader.authoring.inspection import exercise_problems
from grader.authoring.proving import prove
from grader.course import inventory, markers, notebooks, stubs
from grader.course.markers import MarksError
from grader.course.weeks import Course
from grader.judge.answer_key import AnswerKey
from grader.judge.candidates import Candidates
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.mistakes import Symptoms
from grader.outcomes import ExerciseResult, Verdict
from tests import tiny

EXERCISE = """
[[exercise]]
name = "{name}"
title = {{ en = "T", zh = "题" }}
writes = {writes}
difficulty = 1
importance = 1
minutes = 1
prerequisites = {{ en = "None.", zh = "无。" }}
hints = [{{ en = "a", zh = "甲" }}, {{ en = "b", zh = "乙" }}, {{ en = "c", zh = "丙" }}]
"""
TOML = tiny.WEEK_TOML + (
    EXERCISE.format(name="running", writes='["running_sum"]')
    + 'kind = "find_the_bug"\nsymptom = { en = "The second sum is wrong.", zh = "第二个和是错的。" }\n'
    + EXERCISE.format(name="checking", writes='["check_double"]')
    + 'kind = "write_the_test"\ntests = "tiny"\n'
)
FILES = {
    "solutions/week01_tiny/running.py": '''
"""A program with a bug."""


def running_sum(values, begin=0):
    """Return the sums of the first values."""
    total, sums = begin, []
    for value in values:
        # BEGIN SOLUTION
        total = total + value  # what was summed before stays
        # INSTEAD
        # total = begin + value
        # END SOLUTION
        sums.append(total)
    return sums
''',
    "exercises/week01_tiny/test_running.py": '''
from grader.suite import assert_same


def test_two_values(student):
    """From 3 on, 1 and 2 give 4 and 6.

    从 3 开始，1 和 2 得到 4 和 6。
    """
    assert_same(student.running_sum([1, 2], 3), [4, 6])
''',
    "grader/suites/week01_tiny/test_running.py": '''
from grader.suite import after, assert_same, points


def test_one_value(student):
    """One value is its own sum.

    一个值的和就是它自己。
    """
    assert_same(student.running_sum([4], 1), [5])


@after("test_one_value")
@points(30)
def test_three_values(student):
    """Three values add up.

    三个值逐个相加。
    """
    assert_same(student.running_sum([1, 2, 4], 3), [4, 6, 10])
''',
    "grader/misconceptions/week01_tiny/running.py": """
from grader.mistakes import mistake


@mistake(of="running_sum", en="You give the values.", zh="你返回了原来的值。")
def gives_the_values(values, begin=0):
    return [begin + values[0], *values[1:]] if values else []


@mistake(of="running_sum", en="You forget where it begins.", zh="你忘记了起点。")
def forgets_the_beginning(values, begin=0):
    return [sum(values[: place + 1]) for place in range(len(values))] if len(values) > 1 else [begin + values[0]]
""",
    "grader/alternatives/week01_tiny/running/accumulate.py": """
import itertools


def running_sum(values, begin=0):
    return list(itertools.accumulate(values, initial=begin))[1:]
""",
    "solutions/week01_tiny/checking.py": '''
"""A test of doubling."""


def check_double(double):
    """Return for a right double, raise AssertionError for a wrong one."""
    # BEGIN SOLUTION
    for value in (0, 1, 2, 3.5):
        assert double(value) == 2 * value, value
    # END SOLUTION
''',
    "exercises/week01_tiny/test_checking.py": '''
from grader.suite import catches


def test_catches_nothing_at_all(student):
    """Your test catches what returns its input.

    你的测试能发现原样返回的实现。
    """
    catches(student.check_double, lambda value: value, en="Any number but 0.", zh="任何不是 0 的数。")
''',
    "grader/suites/week01_tiny/test_checking.py": '''
from grader.suite import accepts, after, catches, points


def test_accepts_what_is_right(student, candidates):
    """Your test lets what is right pass.

    你的测试放行正确的实现。
    """
    for right in candidates.right:
        accepts(student.check_double, right.double)


@after("test_accepts_what_is_right")
@points(30)
def test_small_numbers(student, candidates):
    """Your test catches what is right only for 0 and 2.

    你的测试能发现只对 0 和 2 正确的实现。
    """
    catches(student.check_double, candidates.wrong("squares").double, en="Not 0 or 2.", zh="不要用 0 或 2。")


@after("test_accepts_what_is_right")
@points(20)
def test_zero(student, candidates):
    """Your test catches what is right only for 2.

    你的测试能发现只对 2 正确的实现。
    """
    catches(student.check_double, candidates.wrong("adds_two").double, en="Not 2.", zh="不要用 2。")
''',
    "grader/misconceptions/week01_tiny/checking.py": """
from grader.mistakes import mistake


@mistake(of="check_double", en="Your test asks for 0 alone.", zh="你的测试只用了 0。")
def asks_for_zero(double):
    assert double(0) == 0


@mistake(of="check_double", en="Your test is content with what is no square.", zh="只要不是平方，你的测试就放行。")
def asks_for_no_square(double):
    assert double(3) != 9
""",
    "grader/alternatives/week01_tiny/checking/one_number.py": """
def check_double(double):
    assert double(7) == 14
""",
    "grader/alternatives/week01_tiny/tiny/plus.py": "def double(x):\n    return x + x\n",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course with one exercise of each kind."""
    root = tmp_path_factory.mktemp("kinds")
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text.lstrip("\n"), encoding="utf-8")
    return tiny.build(root, toml=TOML)


def judge(engine: Engine, course: Course, exercise: str, source: str) -> ExerciseResult:
    week, item = course.select("1", exercise)[0]
    (result,) = judge_all(engine, [Task(week, item, {f"{exercise}.py": source.encode()})], 1)
    assert not result.at_fault, result
    return result


def test_the_stub_has_the_planted_line_and_nothing_that_tells(course: Course) -> None:
    """The lines behind INSTEAD take the place of those before them, at their own indent; no mark and no comment stays."""
    stub = stubs.modules(course.week("1"))["exercises/week01_tiny/running.py"]

    assert "    for value in values:\n        total = begin + value\n        sums.append(total)\n" in stub
    assert not any(word in stub for word in ("INSTEAD", "SOLUTION", "stays", "NotImplementedError"))


@pytest.mark.parametrize(
    "text",
    [
        "# INSTEAD\n# x = 1\n",
        "# BEGIN SOLUTION\nx = 1\n# INSTEAD\nx = 2\n# END SOLUTION\n",
        "# BEGIN SOLUTION\nx = 1\n# INSTEAD\n# x = 2\n# INSTEAD\n# x = 3\n# END SOLUTION\n",
    ],
)
def test_a_misplaced_instead_is_named(text: str) -> None:
    """INSTEAD outside marks, twice in one block or before lines that are no comments is an error with its line."""
    with pytest.raises(MarksError, match=r"^a.py:\d: "):
        markers.stub(text, "a.py", "week 01, a")


def test_both_kinds_are_proven(course: Course, engine: Engine) -> None:
    """What verify asks of the two kinds holds for the tiny ones: every mistake is caught and recognised."""
    proofs = prove(engine, [*course.select("1", "running"), *course.select("1", "checking")], 2)

    assert [[], []] == [proof.problems for proof in proofs]
    assert [3, 2] == [proof.caught for proof in proofs]


def test_a_program_as_it_was_given_is_recognised_by_its_symptom(course: Course, engine: Engine) -> None:
    """It earns nothing, its failing tests are named as the planted bug, and the help is the symptom, not the line."""
    result = judge(engine, course, "running", stubs.modules(course.week("1"))["exercises/week01_tiny/running.py"])

    tests = tiny.by_name(result)
    assert 0 == result.score and Verdict.PASSED is tests["test_one_value"].verdict
    for name in ("test_two_values", "test_three_values"):
        assert "as_given" == tests[name].mistake and "The second sum is wrong." in (tests[name].help or {})["en"]
        assert "begin + value" not in str(tests[name].help)


def test_a_program_that_does_worse_is_not_named_after_the_planted_bug(course: Course, engine: Engine) -> None:
    """Its bug is still there, with the same answers; that it is as it was given would be half the truth."""
    week, item = course.select("1", "running")[0]
    fails = frozenset({"example/test_two_values", "test_three_values"})
    told = []
    for single in ("[begin + values[0]]", "[]"):
        source = (
            f"def running_sum(values, begin=0):\n    return [begin + v for v in values] if values[1:] else {single}\n"
        )
        task = Task(week, item, {"running.py": source.encode()}, symptoms={"as_given": Symptoms(fails, fails)})
        told.append(tiny.by_name(judge_all(engine, [task], 1)[0])["test_two_values"].mistake)

    assert ["as_given", None] == told


def test_what_worked_must_go_on_working(course: Course, engine: Engine) -> None:
    """A repair that breaks what worked before earns nothing, for the tests with points stand after it."""
    broken = "def running_sum(values, begin=0):\n    if len(values) == 1:\n        return []\n"
    broken += "    return [begin + sum(values[: place + 1]) for place in range(len(values))]\n"

    result = judge(engine, course, "running", broken)

    assert 0 == result.score and Verdict.SKIPPED is tiny.by_name(result)["test_three_values"].verdict


def test_a_right_implementation_that_is_refused_costs_everything(course: Course, engine: Engine) -> None:
    """The report quotes the learner's own assertion, and no wrong implementation that was caught counts."""
    strict = "def check_double(double):\n    assert double(1) is None, 'want None'\n"

    result = judge(engine, course, "checking", strict)

    refused = tiny.by_name(result)["test_accepts_what_is_right"].findings[0]
    assert ("candidate_refused", "want None") == (refused.key, refused.values["problem"])
    assert 0 == result.score


def test_each_wrong_one_that_is_caught_earns_its_points(course: Course, engine: Engine) -> None:
    """A weak test earns what it catches; the sentence for the other one says what kind of input would tell."""
    result = judge(engine, course, "checking", "def check_double(double):\n    assert double(0) == 0\n")

    tests = tiny.by_name(result)
    assert 20 == result.score
    sentence = tests["test_small_numbers"].findings[0].sentence
    assert sentence and "Not 0 or 2." in sentence["en"] and "不要用 0 或 2。" in sentence["zh"]
    assert "asks_for_zero" == tests["test_small_numbers"].mistake


def test_a_test_cannot_count_which_implementation_comes_next(course: Course, engine: Engine) -> None:
    """Every implementation meets a fresh process: what a test remembers of the ones before is gone."""
    counts = "seen = []\n\n\ndef check_double(double):\n    seen.append(1)\n    assert len(seen) < 4\n"

    assert 0 == judge(engine, course, "checking", counts).score


def test_a_right_one_comes_among_the_wrong_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that learns by other ways which turn it is cannot refuse all that come late: from then on nothing counts."""
    right, among = len, types.SimpleNamespace(refused=None)

    def wrong(value: list[int]) -> int:
        return 0

    vars(wrong).update(among=among, right=right)

    def refuses_all(count: Callable[[list[int]], int]) -> None:
        raise AssertionError("wrong")

    def compares(count: Callable[[list[int]], int]) -> None:
        assert count([1, 2]) == 2

    monkeypatch.setattr(suite, "SURPRISES", 1)
    suite.catches(compares, wrong, en="Which?", zh="哪些？")
    for often in (1, 0):
        monkeypatch.setattr(suite, "SURPRISES", often)
        with pytest.raises(StudentFault) as fault:
            suite.catches(refuses_all, wrong, en="Which?", zh="哪些？")
        assert "candidate_refused" == fault.value.finding.key


def test_a_class_makes_the_tested_exercise_once(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every submission's candidates share one set of implementations: each making of it leaves a finder behind."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    week = course.week("1")
    key = AnswerKey(week, week.exercise("checking"))
    assert Candidates(key).right
    finders = len(sys.meta_path)

    assert Candidates(key).right and finders == len(sys.meta_path)


def test_an_error_of_an_implementation_tells_nothing_of_it(course: Course, engine: Engine) -> None:
    """What a test can read of a failing implementation names neither it nor its file."""
    spy = """
    def check_double(double):
        try:
            double(1, 2, 3)
        except Exception as error:
            told = repr(error) + repr(error.__cause__) + repr(error.__context__)
            assert "double" not in told and "squares" not in told and "plus" not in told, told
    """

    result = judge(engine, course, "checking", "\n".join(line[4:] for line in spy.splitlines()))

    assert Verdict.PASSED is tiny.by_name(result)["test_accepts_what_is_right"].verdict


def test_a_stub_is_not_begun_and_never_counts_as_a_refusal(course: Course, engine: Engine) -> None:
    """An unwritten test raises NotImplementedError, which catches nothing."""
    result = judge(engine, course, "checking", stubs.modules(course.week("1"))["exercises/week01_tiny/checking.py"])

    assert result.untouched and 0 == result.score


def test_an_unchanged_program_is_not_begun(course: Course) -> None:
    """The result of a program that nobody has touched says so, and is no failure of an unwritten stub."""
    week, exercise = course.select("1", "running")[0]

    result = inventory.unwritten(week, exercise)

    assert result.untouched and {"not_changed"} == {test.findings[0].key for test in result.tests}


def test_the_notebook_shows_every_definition_of_a_program_alone(course: Course) -> None:
    """A bug may be anywhere, so no cell of the program is given and no other is singled out."""
    week = course.week("1")
    texts = stubs.modules(week) | {"exercises/week01_tiny/README.md": "# Week\n\n## One\n\ntext\n"}

    cells = {cell.id: cell for cell in notebooks.cells_of(week, texts, "en")}

    assert "solution" == cells["running-running_sum"].role and "solution" == cells["checking-check_double"].role


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("solutions/week01_tiny/running.py", "        # INSTEAD\n        # total = begin + value\n", "", "mark INSTEAD"),
        ("exercises/week01_tiny/week.toml", 'tests = "tiny"', 'tests = "nobody"', "tests names the exercise"),
        ("exercises/week01_tiny/week.toml", 'symptom = { en = "The second sum is wrong.", zh = "第二个和是错的。" }', "", "symptom"),
        ("grader/suites/week01_tiny/test_running.py", "(student)", "(student, candidates)", "the fixture candidates"),
    ],
)  # fmt: skip
def test_what_does_not_fit_the_kind_is_named(tmp_path: Path, file: str, old: str, new: str, said: str) -> None:
    """A missing INSTEAD or symptom, a test of no exercise, and candidates in another kind are named."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.lstrip("\n"), encoding="utf-8")
    tiny.build(tmp_path, toml=TOML)
    path = tmp_path / file
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    course = Course(tmp_path)

    found = [
        problem for week, exercise in course.select("1", None)[1:] for problem in exercise_problems(week, exercise)
    ]

    assert any(said in problem for problem in found), found


def test_a_program_that_earns_points_as_it_is_given_is_unsound(course: Course, engine: Engine) -> None:
    """Points on a test that passes from the beginning, and a bug that no test sees, are named."""
    right = "def running_sum(values, begin=0):\n"
    right += "    return [begin + sum(values[: place + 1]) for place in range(len(values))]\n"

    problems = kinds.as_given_problems(judge(engine, course, "running", right))

    assert {
        "the program as it is given passes every hidden test",
        "the program as it is given earns the points of test_three_values",
    } == set(problems)
