"""Proofs: they stand as long as nothing that they rest on changes, and `verify` proves only what changed."""

import datetime
import json
import shutil
from argparse import Namespace
from pathlib import Path

import msgspec
import pytest

from grader.authoring import contracts, new_week
from grader.authoring.proving import prove
from grader.authoring.trials import untimed
from grader.authoring.verify import Verification
from grader.course import inventory, proofs
from grader.course.inventory import table
from grader.course.weeks import Course, Exercise, Week, default_root
from grader.judge.coordinator import Engine
from grader.mistakes import Symptoms
from tests import tiny

EXERCISES = Course(default_root()).select(None, None)
A_DAY = 2
"""So many exercises are proven anew in a run of the tests, other ones every day. Speed is not: tests share the machine."""
QUICK = [pair for pair in EXERCISES if pair[1].seconds <= 10]
TODAY = [QUICK[(A_DAY * datetime.date.today().toordinal() + turn) % len(QUICK)] for turn in range(A_DAY)]
WEEK, NAME = "week19_topic", "moving_average"


def label(value: object) -> str:
    return value.name if isinstance(value, Week | Exercise) else repr(value)


@pytest.mark.parametrize(("week", "exercise"), EXERCISES, ids=label)
def test_every_exercise_has_a_proof_that_stands(week: Week, exercise: Exercise) -> None:
    """Whoever changes an exercise proves it again; every mistake with wrong answers can be recognised by some of them."""
    command = f"make verify WEEK={week.number} EX={exercise.name}"
    state = "stale" if proofs.read(week, exercise.name) else "missing"

    proof = proofs.standing(week, exercise)
    assert proof, f"The proof of {week.name}/{exercise.name} is {state}: run {command}"
    assert [] == [name for name, one in proof.mistakes.items() if one.fails and not one.recognisable]


@pytest.mark.parametrize(("week", "exercise"), EXERCISES, ids=label)
def test_a_proof_stands_in_the_judge_too(week: Week, exercise: Exercise) -> None:
    """A judge gets the exercise as bytes, and finds the same digest: else it names mistakes that a test refutes."""
    sent = msgspec.msgpack.decode(msgspec.msgpack.encode(exercise), type=Exercise)

    assert proofs.basis(week, exercise) == proofs.basis(week, sent)


def test_no_proof_is_left_of_an_exercise_that_is_gone(course: Course) -> None:
    """Every proof beside a suite belongs to an exercise."""
    known = {proofs.path_of(week, exercise.name) for week, exercise in EXERCISES}

    assert set() == set((course.root / "grader/suites").glob("*/*.json")) - known


@pytest.mark.parametrize(("week", "exercise"), TODAY, ids=label)
def test_todays_exercises_are_proven_anew(engine: Engine, week: Week, exercise: Exercise) -> None:
    """What a proof says holds again on this machine, with these libraries."""
    (found,) = prove(engine, [(week, exercise)], 2, costs=False)

    assert [] == found.problems
    kept = proofs.standing(week, exercise)
    if kept:
        measured = len(inventory.tests_in(week.suite(exercise.name))) - len(untimed(week.suite(exercise.name)))
        assert kept.alternatives == found.proof.alternatives
        assert found.proof.tests == kept.tests - measured
        fails = {name: one.fails for name, one in kept.mistakes.items() if one.fails}
        assert fails == {name: one.fails for name, one in found.proof.mistakes.items()}


@pytest.fixture
def root(course: Course, tmp_path: Path) -> Path:
    """A course of one new week, which is sound."""
    (tmp_path / "exercises").mkdir()
    shutil.copy(course.root / "exercises/roadmap.toml", tmp_path / "exercises")
    assert 0 == new_week.run(Namespace(root=tmp_path, name=WEEK, lang="en"))
    return tmp_path


def verify(root: Path, **words: object) -> int:
    usual = {"week": None, "exercise": None, "device": "cpu", "jobs": 2, "json": True, "lang": "en"}
    return Verification(Namespace(root=root, **{**usual, "all": False, "claims": False, **words})).run()


def append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def test_verify_proves_what_changed(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first run writes the proof and the README's table; the next proves nothing; a damage takes the proof away."""
    readme = root / "README.md"
    readme.write_text("<!-- table -->\n<!-- /table -->\n", encoding="utf-8")
    path = root / f"grader/suites/{WEEK}/{NAME}.proof.json"
    capsys.readouterr()

    assert 0 == verify(root)
    made = path.stat().st_mtime_ns
    row = json.loads(capsys.readouterr().out)["exercises"][0]
    assert row["caught"] == len(row["mistakes"]) >= 4 and row["mutants"]["made"] > row["mutants"]["killed"] / 2 > 0
    assert "| 19 Topic | 1 | 0.3 | 4 | 5 | 2 |" in readme.read_text(encoding="utf-8")

    assert 0 == verify(root)
    assert row == json.loads(capsys.readouterr().out)["exercises"][0]
    assert made == path.stat().st_mtime_ns, "nothing changed, so nothing was proven"

    assert 0 == verify(root, all=True)
    assert made < path.stat().st_mtime_ns

    append(root / f"grader/suites/{WEEK}/test_{NAME}.py", "\n\ndef test_nothing():\n    '''A.\n\n    甲。\n    '''\n")
    assert 1 == verify(root)
    assert not path.exists()


def test_who_stops_verify_keeps_what_was_proven(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Week by week: what an earlier week's exercises were found to be is said and kept when the next one is begun."""
    assert 0 == new_week.run(Namespace(root=root, name="week20_other", lang="en"))
    capsys.readouterr()

    def until_the_second(engine: Engine, chosen: list[tuple[Week, Exercise]], *rest: object) -> object:
        if chosen[0][0].number == "20":
            raise KeyboardInterrupt
        return prove(engine, chosen, *rest)

    monkeypatch.setattr("grader.authoring.verify.prove", until_the_second)
    with pytest.raises(KeyboardInterrupt):
        verify(root, json=False)

    assert f"sound    {WEEK}/{NAME}: " in capsys.readouterr().out
    assert [True, False] == [bool(proofs.standing(*pair)) for pair in Course(root).select(None, None)]


@pytest.mark.parametrize(
    "path",
    [
        "solutions/week01_tiny/tiny.py",
        "solutions/week01_tiny/given.py",
        "grader/suites/week01_tiny/test_tiny.py",
        "exercises/week01_tiny/test_tiny.py",
        "grader/misconceptions/week01_tiny/tiny.py",
        "grader/alternatives/week01_tiny/tiny/other.py",
        "datasets/numbers/dataset.toml",
    ],
)
def test_a_proof_rests_on_every_file_of_its_exercise(tmp_path: Path, path: str) -> None:
    """Solution, given files, suite, examples, mistakes, alternatives, data that is read: a change of one, or a new one."""
    course = tiny.build(tmp_path, suite=tiny.SUITE + '\nDATA = "numbers"\n')
    week, exercise = course.select(None, None)[0]
    before = proofs.basis(week, exercise)
    proofs.write(week, "tiny", proofs.Proof(before, 3))
    assert proofs.standing(week, exercise)

    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    with (tmp_path / path).open("a", encoding="utf-8") as file:
        file.write("# changed\n")

    assert before != proofs.basis(week, exercise)
    assert proofs.standing(week, exercise) is None and proofs.read(week, "tiny")


def test_no_proof_rests_on_an_experiment(tmp_path: Path) -> None:
    """Only learners run it, and no judge."""
    week, exercise = tiny.build(tmp_path).select(None, None)[0]
    before = proofs.basis(week, exercise)
    (week.solutions / "experiments.py").write_text("SMALL = {}\n", encoding="utf-8")

    assert "experiments.py" in week.given() and before == proofs.basis(week, exercise)


@pytest.mark.parametrize(
    ("line", "rests"),
    [('DATA = "numbers"', True), ('DATA = "../datasets/numbers/all.csv"', True), ("numbers = 3  # numbers", False)],
)
def test_a_proof_rests_on_data_that_is_named_as_such(tmp_path: Path, line: str, rests: bool) -> None:
    """A data set may be called as an ordinary word is: only in quotes or in a path is it meant."""
    week, exercise = tiny.build(tmp_path, suite=f"{tiny.SUITE}\n{line}\n").select(None, None)[0]
    before = proofs.basis(week, exercise)
    (tmp_path / "datasets/numbers").mkdir(parents=True)
    (tmp_path / "datasets/numbers/dataset.toml").write_text("", encoding="utf-8")

    assert rests == (before != proofs.basis(week, exercise))


@pytest.mark.parametrize(
    ("old", "new", "stands"),
    [
        ("seconds = 2", "seconds = 3", False),
        ("softmax", "relu", False),
        ("minutes = 1", "minutes = 9", True),
        ('en = "a", zh = "甲"', 'en = "hint", zh = "提示"', True),
    ],
)
def test_a_proof_rests_on_what_week_toml_says_about_judging(tmp_path: Path, old: str, new: str, stands: bool) -> None:
    """Limits and what is forbidden count; words for learners do not."""
    before = proofs.basis(*tiny.build(tmp_path).select(None, None)[0])
    after = proofs.basis(*tiny.build(tmp_path, toml=tiny.WEEK_TOML.replace(old, new)).select(None, None)[0])

    assert stands == (before == after)


def test_a_damaged_proof_is_none(tmp_path: Path) -> None:
    """Conflict marks of a merge, or fields of another version of the engine: the exercise is proven again."""
    course = tiny.build(tmp_path)
    week, exercise = course.select(None, None)[0]
    path, found = proofs.path_of(week, "tiny"), Symptoms(frozenset({"test_twice"}), frozenset({"test_twice"}))
    proofs.write(week, "tiny", proofs.Proof(proofs.basis(week, exercise), mistakes={"square": found}))
    whole = path.read_text(encoding="utf-8")
    assert proofs.standing(week, exercise)

    for damaged in (f"{whole}<<<<<<<", whole.replace("recognisable", "shown"), whole.replace("mutants", "mutated")):
        path.write_text(damaged, encoding="utf-8")
        assert proofs.read(week, "tiny") is None
    assert "| – |" in table(course, "en")


CONTRACT = '''    """Return twice x.

    An empty x gives an empty answer. The dtype is that of x.

    Args:
        x: any tensor,
            of any shape.

    Source: somebody.
    """'''


def test_a_contract_stands_beside_what_holds_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Sentences of docstrings, and the tests and mistakes that name a part of them; a part that nobody says is refused."""
    course = tiny.build(
        tmp_path,
        solution=tiny.SOLUTION.replace('    """Return twice x."""', CONTRACT),
        suite=tiny.SUITE.replace("@points(10)", '@points(10)\n@claims("an empty answer", "No such sentence")'),
        mistakes=tiny.MISTAKES.replace(
            'zh="你的结果等于平方。"', 'zh="你的结果等于平方。", breaks="dtype is that of `x`"'
        ),
    )
    week, exercise = course.select(None, None)[0]

    found = {line.sentence: line for line in contracts.lines(week, exercise) if line.name == "double"}

    assert ["An empty x gives an empty answer", "The dtype is that of x", "x: any tensor, of any shape"] == list(found)
    empty, dtype, argument = found.values()
    assert ["test_doubles"] == empty.held_by and ["squares"] == dtype.held_by and not argument.held_by
    assert [
        'the test test_doubles names "No such sentence", which no sentence of a docstring says (a first line is a title)'
    ] == (contracts.problems(week, exercise))
    assert 0 == contracts.show([(week, exercise)], "en")
    assert "2 of 3" in capsys.readouterr().out


def test_a_week_can_ask_that_every_sentence_is_held(tmp_path: Path) -> None:
    """With `claims = true` a sentence that nobody holds is a problem."""
    solution = tiny.SOLUTION.replace('    """Return twice x."""', CONTRACT)
    course = tiny.build(tmp_path, solution=solution, toml="claims = true\n" + tiny.WEEK_TOML)

    problems = contracts.problems(*course.select(None, None)[0])

    assert 3 == len(problems) and 'no test claims "The dtype is that of x" (double)' in problems


def test_a_numbered_rule_is_one_sentence(tmp_path: Path) -> None:
    """The number of a rule does not end a sentence, neither of the first rule nor of later ones."""
    docstring = '    """Return twice x.\n\n    1. Begin with x.\n    2. Add `x` to it.\n       Then stop.\n    """'
    solution = tiny.SOLUTION.replace('    """Return twice x."""', docstring)
    week, exercise = tiny.build(tmp_path, solution=solution).select(None, None)[0]

    found = [line.sentence for line in contracts.lines(week, exercise) if line.name == "double"]

    assert ["1. Begin with x", "2. Add `x` to it", "Then stop"] == found
