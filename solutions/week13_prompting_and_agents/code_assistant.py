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
    # BEGIN SOLUTION
    found, fence, language, lines = None, "", "", []
    for line in text.split("\n"):
        ticks = len(line) - len(line.lstrip("`"))
        behind = line[ticks:].strip()
        if not fence and ticks >= 3 and "`" not in behind:  # else it is code inside a line: ```x = 1```
            fence, language, lines = line[:ticks], (behind.split() or [""])[0].lower(), []
        elif fence and ticks >= len(fence) and not behind:
            if language in ("python", "py", ""):
                found = "".join(line + "\n" for line in lines)
            fence = ""
        else:
            lines.append(line)
    return found
    # END SOLUTION


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
    # BEGIN SOLUTION
    if not tests or not seconds > 0:
        raise ValueError("at least one test and some time are needed")
    secret = secrets.token_hex(16)
    ended = run(PROGRAM.format(code=code, tests=tests, secret=secret), seconds)
    reports = _read(ended["stdout"], secret)
    outcomes = [reports.get(number, ("not run", ""))[0] for number in range(len(tests))]
    wrong = [f"{tests[number]}\n  {why}" for number, (what, why) in sorted(reports.items()) if number >= 0 and why]
    if "failed" in reports.get(-1, ()):
        wrong.append(f"The code did not even load: {reports[-1][1]}")
    if ended["stopped"]:
        wrong.append(f"The program was stopped: {ended['stopped']}")
    if outcomes.count("passed") < len(tests) and not wrong:
        wrong.append("The program ended before all tests were run.")
    feedback = "\n".join(wrong) if outcomes.count("passed") < len(tests) else "All tests passed."
    passed = outcomes.count("passed")
    return {"outcomes": outcomes, "passed": passed, "stopped": ended["stopped"], "feedback": feedback}
    # END SOLUTION


# BEGIN SOLUTION
# The texts stand in it as they are written in Python (`!r`), so that no quotation mark in them can end anything.
PROGRAM = """
import json, sys

def attempt(number, source, write=sys.stdout.write, flush=sys.stdout.flush, dumps=json.dumps):
    try:
        exec(compile(source, "code" if number < 0 else "test", "exec"), namespace)
        report = [number, "passed", ""]
    except BaseException as error:
        try:
            message = str(error)
        except BaseException:
            message = "its message cannot be read"
        report = [number, "failed", type(error).__name__ + ": " + message]
    write("\\n" + {secret!r} + " " + dumps(report) + "\\n")
    flush()
    return report[1] == "passed"

namespace = {{"__name__": "program"}}
if attempt(-1, {code!r}):
    for number, test in enumerate({tests!r}):
        attempt(number, test)
"""


def _read(printed: str, secret: str) -> dict[int, tuple[str, str]]:
    """For each test that was reported (-1 is the code itself) what came of it, and why."""
    reports = {}
    for line in printed.split("\n"):
        if line.startswith(secret):
            try:
                number, what, why = json.loads(line.removeprefix(secret))
            except ValueError:  # the program was stopped in the middle of the line
                continue
            reports[number] = (what, why)
    return reports


# END SOLUTION
