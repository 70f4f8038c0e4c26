"""Help that names the mistake behind a wrong answer, for functions and for classes with state."""

import sys
from pathlib import Path

import pytest

from grader.answers.diagnose import Suspects
from grader.box.inside import loader
from grader.course import proofs
from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.mistakes import Symptoms
from grader.outcomes import Verdict
from tests import tiny


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course."""
    return tiny.build(tmp_path_factory.mktemp("course"))


@pytest.mark.parametrize(
    ("code", "test", "mistake"),
    [
        ("def double(x): return x ** 2", "test_doubles", "squares"),
        ("def double(x): return 1 + x + 1", "test_doubles", "adds_two"),
        ("def double(x): return 3 * x", "test_doubles", None),
        (
            "class Counter(Counter):\n    def __init__(self, start=0): self.total = 0",
            "test_counts",
            "forgets_the_start",
        ),
        (
            "class Counter:\n    def __init__(self, start=0): self.total = start\n"
            "    def add(self, amount):\n        self.total = amount\n        return amount",
            "test_counts",
            "keeps_the_last",
        ),
    ],
)
def test_a_known_mistake_is_named(engine: Engine, toy: Course, code: str, test: str, mistake: str | None) -> None:
    """The student's own way of writing a known mistake gets its sentence; an unknown mistake gets none."""
    result = tiny.by_name(tiny.judge(engine, toy, tiny.answers(code)))[test]

    assert Verdict.FAILED is result.verdict
    assert mistake == result.mistake
    assert (result.help is None) == (mistake is None)


def test_a_mistaken_class_has_the_public_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch names the class in an error about weights that do not fit: a learner's and ours must say the same."""
    monkeypatch.delitem(sys.modules, "layers", raising=False)
    source = b"class Layer:\n    pass\n"

    module = loader.overlay(loader.fresh("layers", source), source, b"class Wider:\n    pass\n", {"Layer": "Wider"})
    monkeypatch.delitem(sys.modules, "layers")

    assert module.Layer.__name__ == "Layer"


def test_two_mistakes_that_fit_give_no_help(engine: Engine, tmp_path: Path) -> None:
    """When two known mistakes give the student's answer, neither is named."""
    twin = '\n\n@mistake(of="double", en="Twin.", zh="孪生。")\ndef also_squares(x):\n    return x ** 2\n'
    course = tiny.build(tmp_path, mistakes=tiny.MISTAKES + twin)

    result = tiny.judge(engine, course, tiny.answers("def double(x): return x * x"))

    assert tiny.by_name(result)["test_doubles"].mistake is None


TWICE = '''

@points(1)
def test_applies(student):
    """Applied twice.

    应用两次。
    """
    calls = []

    def add_one(x):
        calls.append(x)
        return x + 1

    assert_same(student.twice(add_one, 5), 7)
    assert_same(calls, [5, 6])
'''


@pytest.mark.parametrize(
    ("known", "mine", "named"),
    [
        ("return f(x)", "y = f(x)\n    return y", True),
        ("return f(x) + 1", "y = f(x)\n    return 1 + y", True),  # the answer is right: only what it asked is not
        ("return f(x) + 1", "f(x)\n    return 1 + f(x)", False),
    ],
)
def test_a_callback_is_replayed(engine: Engine, tmp_path: Path, known: str, mine: str, named: bool) -> None:
    """A function that the suite passes can be called by the student, and again when mistakes are replayed."""
    solution = tiny.SOLUTION + '\n\ndef twice(f, x):\n    """Apply f twice."""\n    return f(f(x))\n'
    mistakes = tiny.MISTAKES + (
        f'\n\n@mistake(of="twice", en="Once only.", zh="只有一次。")\ndef only_once(f, x):\n    {known}\n'
    )
    course = tiny.build(tmp_path, suite=tiny.SUITE + TWICE, solution=solution, mistakes=mistakes)

    assert tiny.judge(engine, course, tiny.answers("def twice(f, x): return f(f(x))")).passed
    wrong = tiny.judge(engine, course, tiny.answers(f"def twice(f, x):\n    {mine}"))
    assert ("only_once" if named else None) == tiny.by_name(wrong)["test_applies"].mistake


def test_a_handle_lives_while_anybody_holds_it(engine: Engine, tmp_path: Path) -> None:
    """A method that returns its own object gives a second handle; dropping one does not end the other."""
    suite = tiny.SUITE + (
        '\n\n@points(1)\ndef test_chain(student):\n    """Chained.\n\n    链式。\n    """\n'
        "    counter = student.Chain()\n    counter.more()\n    counter.more()\n    student.Chain()\n"
        "    assert_same(counter.total(), 2)\n    assert_same(student.Chain().more().more().total(), 2)\n"
    )
    chain = (
        "\n\nclass Chain:\n    def __init__(self):\n        self.n = 0\n\n    def more(self):\n        self.n += 1\n"
    )
    chain += "        return self\n\n    def total(self):\n        return self.n\n"
    course = tiny.build(tmp_path, suite=suite, solution=tiny.SOLUTION + chain)

    assert Verdict.PASSED is tiny.by_name(tiny.judge(engine, course, tiny.answers(chain)))["test_chain"].verdict


def test_a_callback_may_be_kept(engine: Engine, tmp_path: Path) -> None:
    """A function that is given to a constructor can be called by a later method of the same test."""
    suite = tiny.SUITE + (
        '\n\n@points(1)\ndef test_kept(student):\n    """Kept.\n\n    保留。\n    """\n'
        "    keeper = student.Keeper(lambda x: x + 1)\n    assert_same(keeper.use(4), 5)\n"
    )
    keeper = "\n\nclass Keeper:\n    def __init__(self, f):\n        self.f = f\n\n    def use(self, x):\n        return self.f(x)\n"
    course = tiny.build(tmp_path, suite=suite, solution=tiny.SOLUTION + keeper)

    assert Verdict.PASSED is tiny.by_name(tiny.judge(engine, course, tiny.answers(keeper)))["test_kept"].verdict


def suspects(
    fails: dict[str, str],
    passed: str,
    explained: dict[str, str],
    of: dict[str, str] | None = None,
    asked: dict[str, set[str]] | None = None,
) -> Suspects:
    """What is known of one submission; tests and mistakes have names of one letter."""
    one = Suspects(
        of or dict.fromkeys(fails, "f"),
        {name: Symptoms(frozenset(tests), frozenset(tests)) for name, tests in fails.items()},
        set(passed),
        asked or {},
    )
    one.explained.update({test: set(found) for test, found in explained.items()})
    return one


def test_a_name_agrees_with_every_test() -> None:
    """A mistake that would fail a test which passes is not named, nor one with other answers where both fail."""
    assert {"1": "A"} == suspects({"A": "1"}, "23", {"1": "A"}).names()
    assert {} == suspects({"A": "12"}, "2", {"1": "A"}).names()
    assert {} == suspects({"A": "12"}, "", {"1": "A", "2": ""}).names()


def test_each_name_covers_its_own_tests() -> None:
    """Two mistakes in two functions are both named, although neither explains the test that needs both functions."""
    fails, explained = {"A": "13", "B": "23"}, {"1": "A", "2": "B", "3": ""}

    assert {"1": "A", "2": "B"} == suspects(fails, "4", explained, {"A": "f", "B": "g"}).names()
    assert {} == suspects(fails, "4", explained, {"A": "f", "B": "f"}).names()


def test_the_planted_bug_explains_everything_that_it_fails() -> None:
    """It belongs to no function: no other mistake excuses it where it differs, and it excuses none."""
    fails, explained = {"A": "13", "B": "23"}, {"1": "A", "2": "B", "3": ""}

    assert {"1": "A"} == suspects({"A": "1", "B": "23"}, "4", explained, {"A": "", "B": "g"}).names()
    assert {} == suspects(fails, "4", explained, {"A": "", "B": "g"}).names()
    assert {} == suspects({"A": "12"}, "", {"1": "A", "2": ""}, {"A": ""}, {"1": {"f"}, "2": {"f"}}).names()


def test_a_program_that_does_worse_than_it_did_is_not_as_it_was_given() -> None:
    """Its own bug is still there, but something that worked is broken too: another mistake may be both, this one not."""
    for planted, named in (("A", {}), ("", {"1": "A"})):
        one = suspects({"A": "1"}, "3", {"1": "A"}, {"A": ""})
        one.planted, one.failed = planted, {"1", "2"}
        assert named == one.names()


def test_a_test_that_asked_for_something_else_refutes_no_name() -> None:
    """What a test called may use the mistaken function too, and differ from ours in another way as well."""

    def named(passed: str, explained: dict[str, str], second: set[str] | None) -> dict[str, str]:
        asked = {"1": {"f"}, "2": second} if second else {}
        return suspects({"A": "12"}, passed, explained, {"A": "f"}, asked).names()

    for passed, explained in (("3", {"1": "A", "2": ""}), ("2", {"1": "A"})):
        assert {} == named(passed, explained, None)
        assert {"1": "A"} == named(passed, explained, {"g"})
        assert {} == named(passed, explained, {"f", "g"})


def test_who_agrees_with_every_test_is_named_before_who_agrees_with_some() -> None:
    """Both give the answers of test 1; what called something else refutes B, and then A alone is left."""
    asked = {"1": {"f"}, "2": {"g"}}

    assert {"1": "A"} == suspects({"A": "1", "B": "12"}, "2", {"1": "AB"}, {"A": "f", "B": "f"}, asked).names()
    assert {} == suspects({"A": "12", "B": "12"}, "2", {"1": "AB"}, {"A": "f", "B": "f"}, asked).names()


def test_of_two_mistakes_with_the_same_answers_the_one_that_explains_more_is_named() -> None:
    """Where neither explains more than the other, nothing is said."""
    assert {"1": "B", "2": "B"} == suspects({"A": "1", "B": "12"}, "3", {"1": "AB", "2": "B"}).names()
    assert {} == suspects({"A": "1", "B": "1"}, "23", {"1": "AB"}).names()
    assert {"1": "B", "2": "B"} == suspects({"A": "13", "B": "12"}, "3", {"1": "AB", "2": "B"}).names()


def test_what_cannot_lead_to_a_name_is_not_replayed() -> None:
    """A mistake is replayed on tests that it fails, as long as nothing that it fails has passed."""
    one = suspects({"A": "12", "B": "3"}, "3", {})

    assert one.may_explain("A", "1") and not one.may_explain("A", "3") and not one.may_explain("B", "3")
    assert Suspects({"A": "f"}, None, set(), {}).may_explain("A", "1"), "without a proof every mistake may"


HALF = "def double(x): return x ** 2 if x.is_contiguous() else 2 * x"


@pytest.mark.parametrize("proven", [False, True])
def test_the_proof_keeps_a_name_from_a_submission_that_passes_what_the_mistake_fails(
    engine: Engine, tmp_path: Path, proven: bool
) -> None:
    """Squares of contiguous tensors alone: the known mistake squares views too. Without a proof nobody knows that."""
    course = tiny.build(tmp_path, suite=tiny.SUITE.replace('@after("test_doubles")\n', ""))
    week = course.week("1")
    if proven:
        both = frozenset({"test_doubles", "test_doubles_a_view"})
        known = {"squares": Symptoms(both, both), "adds_two": Symptoms(both, both)}
        proof = proofs.Proof(proofs.basis(week, week.exercises[0]), mistakes=known)
        proofs.write(week, "tiny", proof)

    half = tiny.by_name(tiny.judge(engine, course, tiny.answers(HALF)))
    whole = tiny.by_name(tiny.judge(engine, course, tiny.answers("def double(x): return x ** 2")))

    assert Verdict.PASSED is half["test_doubles_a_view"].verdict
    assert (None if proven else "squares") == half["test_doubles"].mistake
    assert "squares" == whole["test_doubles"].mistake == whole["test_doubles_a_view"].mistake


QUADRUPLE = "\n\ndef quadruple(x):\n    return double(double(x))\n"


@pytest.mark.parametrize(
    ("call", "mistake"),
    [
        ("student.quadruple(2)", "squares"),
        ("student.quadruple(student.double(1))", None),
        ("student.quadruple(1), unchanged(student.double, 1)", None),
    ],
)
def test_a_mistake_is_refuted_by_what_calls_it(engine: Engine, tmp_path: Path, call: str, mistake: str | None) -> None:
    """In our solution one function uses the other; that a learner wrote it otherwise and rightly says nothing of that."""
    test = f'@points(1)\ndef test_quadruples(student):\n    """Four.\n\n    四。\n    """\n    {call}\n\n\n'
    suite = tiny.SUITE.replace(first := "@points(10)\n", test + first)  # before what it must not refute is replayed
    course = tiny.build(tmp_path, suite=suite, solution=tiny.SOLUTION + QUADRUPLE)
    week, every = course.week("1"), frozenset({"test_doubles", "test_quadruples"})
    known = {"squares": Symptoms(every, every), "adds_two": Symptoms(every, every)}
    proofs.write(week, "tiny", proofs.Proof(proofs.basis(week, week.exercises[0]), mistakes=known))

    independent = "def double(x): return x ** 2\n\ndef quadruple(x): return 4 * x"
    found = tiny.by_name(tiny.judge(engine, course, tiny.answers(independent)))

    assert Verdict.PASSED is found["test_quadruples"].verdict
    assert mistake == found["test_doubles"].mistake


@pytest.mark.parametrize(("factor", "mistake"), [(1 + 1e-7, "squares"), (1 + 1e-3, None), (2 / 1.0000001, None)])
def test_a_float32_on_the_way_hides_no_mistake(
    engine: Engine, tmp_path: Path, factor: float, mistake: str | None
) -> None:
    """Where no mistake gives the very answer, one as close as a right answer must be is named."""
    suite = "import torch\n" + tiny.SUITE.replace("normal(2, 3)", "normal(2, 3, dtype=torch.float64)")
    course = tiny.build(tmp_path, suite=suite)
    nearly = f"def double(x): return x ** 2 * {factor!r}"

    assert mistake == tiny.by_name(tiny.judge(engine, course, tiny.answers(nearly)))["test_doubles"].mistake


OWN, OTHER, ADDED = 'raise TypeError("no integers")', 'raise TypeError("Zahlen!")', 'return x + "a"'


@pytest.mark.parametrize(
    ("known", "mine", "mistake"),
    [(OWN, OWN, "refuses"), (OWN, OTHER, "refuses"), (ADDED, ADDED, "refuses"), (OWN, ADDED, None), (ADDED, OWN, None)],
)
def test_an_error_names_a_mistake_that_raises_it_in_the_same_way(
    engine: Engine, tmp_path: Path, known: str, mine: str, mistake: str | None
) -> None:
    """What a program raises itself it says in words of its own; that both make Python raise a TypeError says little."""
    text = f'\n\n@mistake(of="double", en="Help.", zh="帮助。")\ndef refuses(x):\n    {known}\n'
    course = tiny.build(tmp_path, mistakes=tiny.MISTAKES + text)

    found = tiny.by_name(tiny.judge(engine, course, tiny.answers(f"def double(x):\n    {mine}\n")))["test_doubles"]

    assert mistake == found.mistake
