"""Given: what tests compare of an answer whose wording is left to you. You write nothing here.

Two right answers may say the same in other words, so a test looks only for what a message must contain. And what
happens beside your code, such as an error that leaves it, is told as data.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

SAID = re.compile(r"((?:[<‹]untrusted>)?error \((?:unknown_tool|not_run)\): )(.*?)((?:[<‹]/untrusted>)?)", re.DOTALL)


def without_wording(words: Sequence[str], function: Callable[..., Any], *args: Any, **settings: Any) -> Any:
    """Call a function and return its answer, with the words that stand in a message in the place of the message.

    A message is a text that is not empty under "message" or "feedback"; "All tests passed." stays as it is. What is
    wrong with a value may be told in any order, so it is sorted.
    """
    answer = function(*args, **settings)
    if isinstance(answer, list):
        found = [_shortened(one, words) for one in answer]
        return sorted(found, key=repr) if all(isinstance(one, dict) and "path" in one for one in found) else found
    return _shortened(answer, words)


def _shortened(answer: Any, words: Sequence[str]) -> Any:
    if not isinstance(answer, dict):
        return answer
    return {
        name: [word for word in words if word in value]
        if name in ("message", "feedback") and isinstance(value, str) and value not in ("", "All tests passed.")
        else value
        for name, value in answer.items()
    }


def run_without_wording(words: Sequence[str], run_agent: Callable[..., Any], *args: Any, **settings: Any) -> Any:
    """Run an agent and return its answer; of observations that it words itself, only the words that stand in them."""
    answer = run_agent(*args, **settings)
    if not isinstance(answer, dict) or not isinstance(answer.get("messages"), list):
        return answer
    return answer | {"messages": [_observed(message, words) for message in answer["messages"]]}


def _observed(message: Any, words: Sequence[str]) -> Any:
    if (
        not isinstance(message, dict)
        or message.get("role") == "assistant"
        or not isinstance(message.get("content"), str)
    ):
        return message
    said = SAID.fullmatch(message["content"])
    if said is None:
        return message
    return message | {"content": said[1] + " ".join(word for word in words if word in said[2]) + said[3]}


def repeats(
    validate: Callable[..., Any],
    parse_tool_calls: Callable[..., Any],
    name: str,
    arguments: Any,
    text: str,
    schemas: Any,
) -> list[bool]:
    """Say for each message of `validate` whether the last call in the text has it in its own."""
    said = [error["message"] for error in validate(arguments, schemas[name])]
    return [message in parse_tool_calls(text, schemas)[-1]["message"] for message in said]


def raised(function: Callable[..., Any], *args: Any) -> str:
    """Return the name of the error that a call raises, or an empty text."""
    try:
        function(*args)
    except NotImplementedError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, its name is the answer
        return type(error).__name__
    return ""


def leaves(run_agent: Callable[..., Any]) -> list[str]:
    """Return what leaves a run whose tool raises an error that is no Exception, for two such errors."""
    found = []
    for kind in (KeyboardInterrupt, SystemExit):

        def tool(*_: Any, kind: type[BaseException] = kind) -> None:
            raise kind

        try:
            run_agent(lambda messages: "go", {"tool": tool}, 2, [], lambda text: [{"name": "tool", "arguments": {}}])
            found.append("nothing")
        except (KeyboardInterrupt, SystemExit) as error:
            found.append(type(error).__name__)
    return found


def programs(run_tests: Callable[..., Any], code: str, tests: list[str], seconds: float, times: int) -> dict[str, Any]:
    """Call `run_tests` several times with a program that only praises itself; tell what it ran and what it says."""
    asked = []

    def run(program: str, seconds: float) -> dict[str, str]:
        asked.append((program, seconds))
        return {"stdout": "passed\n0 passed\nAll tests passed.", "stderr": "", "stopped": ""}

    results = [_shortened(run_tests(code, tests, seconds, run), []) for _ in range(times)]
    different = len({program for program, _ in asked})
    return {"results": results, "seconds": [seconds for _, seconds in asked], "different": different}


def hands_out(make: Callable[..., Any], system: str | None) -> list[int]:
    """Return how many messages a memory has after somebody made its answer longer, and after somebody cleared it."""
    memory = make(system)
    memory.add({"role": "user", "content": "a"})
    memory.messages().append({"role": "user", "content": "b"})
    longer = len(memory.messages())
    memory.messages().clear()
    return [longer, len(memory.messages())]
