"""Week 13: the tools that are given to agents."""

import importlib.util
import random
import types

import pytest

from grader.course.weeks import default_root


def load(name: str) -> types.ModuleType:
    """A given module of the week."""
    path = default_root() / "solutions" / "week13_prompting_and_agents" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_toolbox() -> None:
    """The given calculator is Python's on sums, and refuses all else; the given look-up knows every fact."""
    toolbox = load("toolbox")
    for seed in range(200):
        source = random.Random(seed)
        numbers = [str(source.randrange(100)) for _ in range(4)]
        text = "{}{}({}{}{}){}-{}".format(
            *numbers[:1], *source.choices("+-*"), numbers[1], "*", *numbers[2:3], "+", "7"
        )
        assert toolbox.calculator(text) == str(eval(text))
    for wrong in ("", "1+", "2**9", "1/2", "abs(1)", "True+1", "x", "1;2", "'a'*9", "1.5+1", "9" * 101, "()"):
        with pytest.raises(ValueError, match="."):
            toolbox.calculator(wrong)
    look_up = toolbox.LookUp()
    assert look_up("Anna", "job") == "librarian"
    with pytest.raises(LookupError):
        look_up("Anna", "age")
