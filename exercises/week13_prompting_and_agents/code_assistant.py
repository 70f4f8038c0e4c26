# Week 13, exercise code_assistant: A code assistant
# Difficulty 3 of 5 · importance 3 of 5 · about 35 minutes
# It builds on: exec and compile, exceptions, reading text line by line.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 13, code_assistant: take the code out of an answer, run it against tests, and tell the model what failed.

Explain, complete, debug: what makes a model useful for code is that its answers can be tried. The result of the tests
is the observation of an agent whose tool is a Python interpreter.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from runner import run_program


def extract_code(text: str) -> str | None:
    """Return the Python code in a model's answer, or None if there is none.

    A block begins with a line that has three or more backticks at its very beginning and none after them; a language
    may follow.
    It ends with the next line of at least as many backticks and nothing else but white space. Lines end with a line
    feed ("\\n"). The lines between are its code, each with its line feed, and nothing in them is changed.
    Backticks elsewhere, such as in the middle of a line or indented, neither begin nor end a block.
    A block counts if its language, the first word after the backticks, is `python`, `py` or missing; upper and lower
    case are the same. A block that never ends does not count: the answer was cut off.
    Of several blocks that count, the last one is the answer.

    Source: CommonMark 0.31, section 4.5 (fenced code blocks), without its blocks of tildes and its indented fences.
    """
    raise NotImplementedError("week 13, code_assistant: write extract_code")


def run_tests(
    code: str,
    tests: list[str],
    seconds: float = 5.0,
    run: Callable[[str, float], dict[str, Any]] = run_program,
) -> dict[str, Any]:
    """Run generated code against tests, and say which of them passed.

    A test is a piece of Python, such as `assert add(2, 3) == 5`. The function writes one program and hands it to
    `run(program, seconds)`, once. The program runs `code`, and then the tests in their order, all in one namespace in
    which `__name__` is "program", so that the main part of a script stays asleep.

    A test that runs to its end has passed. One that raises anything, be it SystemExit, a SyntaxError or an error whose
    own `__str__` raises, has failed, and the tests after it are run all the same. If `code` itself raises anything, no
    test is run.
    The program tells what happened in lines that it prints. Each of them holds a secret that is new in every call, so
    that no `code` can have it written down; and each stands on a line of its own, even when `code` has printed half a
    line before it. Each is flushed at once, for what waits in a buffer is lost when the program is stopped. Whatever
    else is printed says nothing. A test of which no whole report arrived was not run: the
    program was stopped before, or ended itself.

    Args:
        run: runs a program; returns `stdout`, `stderr` and `stopped`, as `run_program` (given) does.

    Returns:
        A dict with the keys

        - `outcomes`: for each test "passed", "failed" or "not run";
        - `passed`: how many passed;
        - `stopped`: what `run` says;
        - `feedback`: text for the model. If all passed, it is "All tests passed." Otherwise it says something, and
          contains for each test that failed its text, the name of the error's class and the error's message; if
          `code` raised, the name of that error's class and its message; and `stopped`, if that is not empty.

    Raises:
        ValueError: `tests` is empty, or `seconds` is not above 0. Nothing was run then. Neither `code` nor a test makes
            this function raise.
    """
    raise NotImplementedError("week 13, code_assistant: write run_tests")
