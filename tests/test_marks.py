"""From solutions to stubs."""

import pytest

from grader.course.markers import MarksError, stub

SOLUTION = '''"""Doc."""

import math  # stays

# BEGIN SOLUTION
def _secret():
    return 1
# END SOLUTION


class Layer:
    """A layer."""

    def forward(self, x):
        """Go."""
        # BEGIN SOLUTION
        return x + _secret()
        # END SOLUTION


def f(x):
    """Doc."""
    given = 1
    # BEGIN SOLUTION
    return given
    # END SOLUTION
'''


def test_a_stub_keeps_the_contract_and_loses_the_answer() -> None:
    """Signatures, docstrings, imports and given lines stay; each block becomes one sentence; a module-level one vanishes."""
    text = stub(SOLUTION, "layer.py", "week 01, layer")

    assert 'raise NotImplementedError("week 01, layer: write Layer.forward")' in text
    assert '    given = 1\n    raise NotImplementedError("week 01, layer: write f")' in text
    assert "import math" in text and '"""Go."""' in text
    assert "_secret" not in text and "SOLUTION" not in text
    assert "\n\n\n\n" not in text
    compile(text, "layer.py", "exec")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# BEGIN SOLUTION\n", 1),
        ("x = 1\n# END SOLUTION\n", 2),
        ("# BEGIN SOLUTION\n# BEGIN SOLUTION\n# END SOLUTION\n", 2),
        ("x = 1  # BEGIN SOLUTION\n", 1),
        ("#BEGIN SOLUTION\n", 1),
    ],
)
def test_bad_marks_name_file_and_line(text: str, line: int) -> None:
    """Unbalanced, nested or misplaced marks are an error with file and line."""
    with pytest.raises(MarksError, match=f"^a.py:{line}: "):
        stub(text, "a.py", "week 01, a")


def test_a_removed_block_leaves_the_larger_gap():
    """A private method at the end of a class disappears, and two lines stay before what follows; so does a first helper."""
    method = (
        "class A:\n    x = 1\n\n    # BEGIN SOLUTION\n    def y(self): ...\n\n    # END SOLUTION\n\n\nclass B: ...\n"
    )
    helper = "import a\n\n# BEGIN SOLUTION\n\n\nb = 1\n# END SOLUTION\n\n\ndef c(): ...\n"

    assert stub(method, "m.py", "week") == "class A:\n    x = 1\n\n\nclass B: ...\n"
    assert stub(helper, "m.py", "week") == "import a\n\n\ndef c(): ...\n"
