"""How close an answer must be: by float32, whatever it is given in; and what is no answer at all."""

import math

import numpy as np
import torch

from grader.answers.compare import difference, same
from grader.answers.remote import Module, RemoteObject, Session


def attention(q: torch.Tensor, k: torch.Tensor, scale: torch.Tensor | float) -> torch.Tensor:
    return torch.softmax(q @ k.mT / scale, -1)


def test_an_answer_may_be_computed_in_float32() -> None:
    """A scale that is a float32 tensor, as half of all tutorials write it, is right where the inputs are float64."""
    q, k = (torch.randn(7, 11, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n in (0, 1))
    right = attention(q, k, math.sqrt(11))
    rounded = attention(q, k, torch.sqrt(torch.tensor(11, dtype=torch.float32)))

    assert not torch.allclose(right, rounded, rtol=1e-9, atol=1e-10)
    assert difference(rounded, right) is None
    assert difference(right.float().double(), right) is None
    assert difference(float(rounded[0, 0]), float(right[0, 0])) is None
    assert difference(attention(q, k, math.sqrt(11) + 0.001), right) is not None


def test_a_test_can_ask_for_more() -> None:
    """With tolerances of its own."""
    assert difference(torch.tensor(1 + 1e-8, dtype=torch.float64), torch.tensor(1.0, dtype=torch.float64), 1e-9, 0.0)


def test_the_same_computation_gives_closer_answers() -> None:
    """A mistake is named for an answer that equals the mistake's, not for one that lies near it."""
    one = torch.tensor([1.0, 2.0], dtype=torch.float64)

    for near in (one * (1 + 1e-7), (one * (1 + 1e-7)).numpy(), [float(one[0]) * (1 + 1e-7), 2.0]):
        exact = one if isinstance(near, torch.Tensor) else one.numpy() if isinstance(near, np.ndarray) else [1.0, 2.0]
        assert difference(near, exact) is None
        assert not same(near, exact)
        assert same(exact, exact)
    assert same({"a": (1, "x", None)}, {"a": (1, "x", None)})


def test_what_stays_in_a_box_is_no_data_whatever_it_is_called() -> None:
    """An object whose class is called tuple is no tuple: it would answer for itself, when it is asked."""
    session = Session(lambda: None, Module("here", {}))  # type: ignore[arg-type, return-value]
    for name, expected in (("tuple", (1, 2)), ("list", [1]), ("dict", {}), ("str", "x"), ("NoneType", None)):
        found = difference(RemoteObject(session, 1, name), expected)
        assert found is not None and "wrong_type" == found.key
        assert found.values["got"] != found.values["expected"]
