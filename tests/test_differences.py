"""Help that is always true: each simple relation between two answers is found, and none is claimed that does not hold."""

import re
from typing import Any

import pytest
import torch

from grader.answers.compare import difference
from grader.answers.differences import explain
from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.messages import render
from tests import tiny

SOURCE = torch.Generator().manual_seed(1)
X = torch.randn(5, 7, 11, generator=SOURCE, dtype=torch.float64)
SHARES = torch.softmax(X, -1)
SQUARE = torch.randn(7, 7, generator=SOURCE)
TRIANGLE = torch.ones(6, 6, dtype=torch.bool).tril()


def changed(tensor: torch.Tensor, index: Any, value: float) -> torch.Tensor:
    copy = tensor.clone()
    copy[index] = value
    return copy


@pytest.mark.parametrize(
    ("got", "expected", "key", "words"),
    [
        (X.float(), X, "differs_dtype", "only the dtype"),
        (X.half(), X.float(), "differs_dtype", "only the dtype"),
        (X.reshape(35, 11), X, "differs_shape", "only the shape"),
        (X[None], X, "differs_shape", "only the shape"),
        (X.permute(2, 0, 1), X, "differs_axes", "permute(2, 0, 1)"),
        (SQUARE.T, SQUARE, "differs_axes", "permute(1, 0)"),
        (changed(X, (1, 2, 3), torch.nan), X, "differs_nan", "1 of 385"),
        (-X, X, "differs_negated", "opposite"),
        (X.abs(), X, "differs_sign", f"{int((X < 0).sum())} of 385"),
        (~TRIANGLE, TRIANGLE, "differs_inverted", "swapped"),
        (X * 8**0.5, X, "differs_factor", "2.83 times"),
        ([2.0, 4.0, 6.0], [1.0, 2.0, 3.0], "differs_factor", "2 times"),
        (torch.arange(6) * 3, torch.arange(6), "differs_factor", "3 times"),
        (X + 1, X, "differs_more", "1 too large"),
        (torch.arange(9) - 2, torch.arange(9), "differs_less", "2 too small"),
        (X.roll(1, 1), X, "differs_late", "axis 1"),
        (X.roll(-1, 2), X, "differs_early", "axis 2"),
        (torch.ones(6, 6, dtype=torch.bool).tril(-1), TRIANGLE, "differs_late", "axis 0"),
        (SHARES * torch.linspace(0.5, 0.9, 11), SHARES, "differs_sum", "axis 2"),
        (changed(X, 3, 9.0), X, "differs_at", "index 3 of axis 0, which has length 5"),
        (changed(X, (slice(None), 6), 9.0), X, "differs_at", "index 6 of axis 1"),
        (changed(X, (slice(None), slice(4, 7)), 9.0), X, "differs_between", "indices 4 to 6 of axis 1"),
        ((X, -X), (X, X), "differs_negated", "opposite"),
        ({"a": 1, "b": X + 1}, {"a": 1, "b": X}, "differs_more", "too large"),
        (X.numpy() * 3, X.numpy(), "differs_factor", "3 times"),
    ],
)
def test_a_simple_relation_is_found(got: Any, expected: Any, key: str, words: str) -> None:
    """Dtype, shape, axes, NaN, sign, factor, offset, one position off, precision, sums, one row or block; both languages."""
    found = explain(got, expected)

    assert found and key == found.key
    assert words in render(found, "en")
    assert re.search("[\u4e00-\u9fff]", render(found, "zh"))


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (torch.randn(5, 7, 11, generator=SOURCE, dtype=torch.float64), X),
        (changed(X * 2, (4, 6, 10), 5.0), X),
        (changed(-X, (0, 0, 0), 5.0), X),
        (torch.zeros(5, 7), torch.zeros(5, 7).fill_diagonal_(2.0)),
        (torch.tensor([2.0]), torch.tensor([1.0])),
        (torch.tensor([True, False]), torch.tensor([False, True])),
        (torch.full((5,), 2.0), torch.ones(5)),
        (torch.full((4,), torch.nan), torch.ones(4)),
        (3.0, 1.0),
        ("ab", "ba"),
        (X, (X,)),
        (None, X),
        (torch.zeros(0, 3), torch.zeros(3, 0)),
    ],
)
def test_nothing_is_said_where_nothing_holds(got: Any, expected: Any) -> None:
    """Unrelated numbers, a relation with one exception, too few numbers for a relation to mean anything, other types."""
    assert explain(got, expected) is None


def test_a_step_in_float32_is_found_where_a_test_asks_for_more() -> None:
    """The table takes float64 for float32; a test with narrower tolerances is told by how much the answer misses."""
    found = explain(X.float().double(), X, 1e-9, 1e-10)

    assert found and "differs_float32" == found.key and "7" == found.values["digits"]
    assert explain(X.float().double(), X) is None


def holds(key: str, values: dict[str, str], got: torch.Tensor, expected: torch.Tensor) -> bool:
    """What each sentence says, said again."""
    close = lambda one, other: torch.allclose(one, other, rtol=2e-5, atol=2e-6)  # noqa: E731
    axis = int(values.get("axis", 0))
    one, other = (tensor.movedim(axis, 0) for tensor in (got, expected))
    good = torch.isclose(one, other, rtol=2e-5, atol=2e-6)
    return {
        "differs_shape": lambda: close(got.flatten(), expected.flatten()),
        "differs_axes": lambda: close(got, expected.permute(*map(int, values.get("order", "0").split(", ")))),
        "differs_negated": lambda: close(-got, expected),
        "differs_sign": lambda: close(got.abs(), expected.abs()),
        "differs_factor": lambda: torch.allclose(got, expected * float(values["factor"]), rtol=6e-3, atol=1e-5),
        "differs_more": lambda: torch.allclose(got, expected + float(values["amount"]), rtol=1e-4, atol=1e-4),
        "differs_less": lambda: torch.allclose(got, expected - float(values["amount"]), rtol=1e-4, atol=1e-4),
        "differs_late": lambda: close(one[1:], other[:-1]),
        "differs_early": lambda: close(one[:-1], other[1:]),
        "differs_sum": lambda: (
            close(other.sum(0), torch.ones_like(other.sum(0))) and not close(one.sum(0), other.sum(0))
        ),
        "differs_at": lambda: bool(good.flatten(1).all(1).sum() == len(good) - 1),
        "differs_between": lambda: bool(good.flatten(1).all(1).sum() >= len(good) / 2),
    }[key]()


def test_no_false_statement_about_random_answers() -> None:
    """Of 3,000 pairs of small whole-number tables, so that coincidences abound, every sentence that is said holds."""
    said = 0
    for turn in range(3_000):
        shape = torch.randint(1, 5, (2,), generator=SOURCE).tolist()
        expected = torch.randint(-1, 3, shape, generator=SOURCE).float()
        got = torch.randint(-1, 3, shape if turn % 2 else shape[::-1], generator=SOURCE).float()
        if turn % 3 == 0:
            got = changed(expected, turn % shape[0], float(turn % 4))
        if difference(got, expected) and (found := explain(got, expected)):
            said += 1
            assert holds(found.key, found.values, got, expected), (found, got, expected)

    assert said > 300


def test_a_student_is_told(engine: Engine, tmp_path: Any) -> None:
    """The sentence stands after what was expected, and before the help that names a mistake."""
    course: Course = tiny.build(tmp_path)

    result = tiny.by_name(tiny.judge(engine, course, tiny.answers("def double(x): return 3 * x")))["test_doubles"]

    assert ["elements", "differs_factor", "call"] == [finding.key for finding in result.findings]
    assert "1.5" == result.findings[1].values["factor"]
