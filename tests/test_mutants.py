"""Mutants change what an answer does, and leave alone what no contract promises."""

import ast

import pytest

from grader.authoring.mutants import mutants, sample

SOURCE = '''
def f(x, n=3):
    """Return something."""
    # BEGIN SOLUTION
{body}
    # END SOLUTION
'''


def changes(body: str) -> list[str]:
    """What is changed in a function of this body."""
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    return [name.partition(": ")[2] for name, _ in mutants(SOURCE.format(body=lines))]


@pytest.mark.parametrize(
    ("body", "some"),
    [
        ("return x + n", "operator: x + n -> x - n"),
        ("return x[1]", "constant: 1 -> 2"),
        ("if x < n:\n    raise ValueError(n)\nreturn x", "comparison: x < n -> x <= n"),
        ("return x.sum(dim=0)", "keyword dropped: x.sum(dim=0) -> x.sum()"),
        ("return x.detach()", "call dropped: x.detach() -> x"),
        ("return x.view(n, 2)", "arguments swapped: x.view(n, 2) -> x.view(2, n)"),
        ("x = x or n\nreturn x", "and/or: x or n -> x and n"),
        ("found: list = [n - 1]\nreturn found", "operator: n - 1 -> n + 1"),
    ],
)
def test_what_an_answer_does_is_changed(body: str, some: str) -> None:
    """Operators, constants, comparisons, arguments, calls, conditions and the values of annotated names."""
    assert some in changes(body)


@pytest.mark.parametrize(
    "body",
    [
        'raise ValueError(f"{n - 1} is not from 0 to {n + 1}: {x.name}")',
        "found: int | None = x\nreturn found",
        "def inner(y: int | None) -> int | None:\n    return y\nreturn inner",
        "return transpose(n, x)",
        "return x.cpu()",
        "return zip(x, strict=x)",
        '"""Say 1 + 1."""\nreturn x',
    ],
)
def test_what_nobody_promises_is_left_alone(body: str) -> None:
    """An error's words, annotations, the two axes of a transposition, a move to where the judge is, docstrings."""
    assert [] == changes(body)


def test_a_mutant_has_one_change_alone() -> None:
    """Whatever was changed before stands as it was again."""
    body = "    x = x + n\n    y = x * n\n    return y"
    whole = ast.unparse(ast.parse(SOURCE.format(body=body))).splitlines()
    found = [source.splitlines() for _, source in mutants(SOURCE.format(body=body))]

    differing = [sum(one != other for one, other in zip(whole, mutant, strict=True)) for mutant in found]
    assert len(found) > 3 and {1} == set(differing)


def test_only_what_students_write_is_changed() -> None:
    """What stands outside the marks is given, and the stub has it too."""
    source = "LIMIT = 7\n\n\ndef given(x):\n    return x + 1\n" + SOURCE.format(body="    return x - n")

    assert ["line 10: operator: x - n -> x + n"] == [name for name, _ in mutants(source)]


def test_a_sample_is_spread_and_the_same_again() -> None:
    """A few changes come from the whole of a long solution, none where none is asked for."""
    source = SOURCE.format(body="\n".join(f"    x = x + {n}" for n in range(20)) + "\n    return x")
    few = sample(source, 5)

    assert 3 <= len(few) <= 5 and few == sample(source, 5) and [] == sample(source, 0)
    assert len({name.partition(":")[0] for name, _ in few}) == len(few)
