"""What a wrong answer is told: the worst element, enough digits, where two texts part."""

import math

import numpy as np
import pytest
import torch

from grader.answers.compare import difference, same
from grader.messages import render


def said(got: object, expected: object, *tolerance: float) -> str:
    found = difference(got, expected, *tolerance)
    assert found
    return render(found, "en")


def test_the_worst_element_is_shown() -> None:
    """Of three wrong numbers the one that is furthest off stands there, with its place and its error."""
    expected = torch.zeros(2, 3, dtype=torch.float64)
    got = torch.tensor([[0.1, 0.0, 0.0], [0.0, -1.5, 0.2]], dtype=torch.float64)

    text = said(got, expected)

    assert "expected  0   at [1, 1]" in text and "got       -1.5   3 of 6 numbers differ" in text and "1.5 " in text
    assert "at [1]\n" in said([1.0, 5.0, 2.5], [1.0, 2.0, 3.0]) and "at [1]\n" in said(
        np.array([1.0, 5.0]), np.array([1.1, 2.0])
    )


@pytest.mark.parametrize("got", [1.5, math.nan, -1e9])
def test_an_infinity_is_no_error_of_zero(got: float) -> None:
    """Where minus infinity was expected, no error and no tolerance are named."""
    text = said(torch.tensor([0.0, got]), torch.tensor([0.0, -math.inf]))

    assert "expected  -inf   at [1]" in text and "error" not in text


def test_numbers_have_the_digits_that_tell_them_apart() -> None:
    """What is equal in six digits is shown with more, in tensors and alone."""
    one, other = 0.5403023058681398, 0.5403023158681398
    pairs = ((torch.tensor([other], dtype=torch.float64), torch.tensor([one], dtype=torch.float64)), (other, one))
    for pair in pairs:
        text = said(*pair, 1e-9, 1e-10)
        expected, got = (line.split()[1] for line in text.splitlines()[:2])
        assert expected != got and expected.startswith("0.540302") and "tolerance" in text


def test_a_text_is_shown_as_python_writes_it_with_the_first_difference() -> None:
    """A line break is no line break of the report; of long texts the part around the difference is shown."""
    text = said("one\ntwo", "one\nto")
    assert 3 == len(text.splitlines()) and "'one\\ntwo'" in text and "from character 6 on 'o'" in text

    long = said("x" * 500 + "a" + "y" * 500, "x" * 500 + "b" + "y" * 500)
    assert "from character 501 on 'byyy" in long and "not 'ayyy" in long and len(long) < 700 and "…'x" in long


def test_a_short_text_ends_where_the_longer_goes_on() -> None:
    """An answer that stops too early is told what is missing."""
    assert "from character 3 on 'c' is expected, not ''" in said("ab", "abc")


def test_generators_are_alike_when_they_would_draw_the_same() -> None:
    """So a known mistake that gives one back can be recognised; one that has drawn is another."""
    one, other = (torch.Generator().manual_seed(3) for _ in range(2))

    assert same([one], [other])
    torch.rand(1, generator=other)
    assert not same([one], [other]) and difference(one, other) is not None


@pytest.mark.parametrize(
    ("got", "said"),
    [
        ({}, "missing keys  'a'"),
        ({"a": 1, "b": 2, 3: 3}, "extra keys  'b', 3"),
        ({"b": 2}, "missing keys  'a'\nextra keys    'b'"),
    ],
)
def test_of_keys_only_what_is_wrong_is_told(got: dict[str, int], said: str) -> None:
    """A line without a key would read as if one were called so."""
    found = difference(got, {"a": 1})

    assert found and said == render(found, "en")
