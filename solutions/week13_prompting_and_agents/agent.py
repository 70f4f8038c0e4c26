"""Week 13, agent: a loop in which a model acts, sees what came of it, and acts again.

The model only writes text. The loop runs what the text asks for and shows the model the result, until the model writes
an answer or its steps are used up. What a tool returns was written by others (a page, a file, a mail): it is material
to read, and must not be able to speak with the voice of the user, of the program or of the model itself.
"""

from collections.abc import Callable, Sequence
from typing import Any

SPECIAL = (
    *("<|begin|>", "<|end|>", "<|pad|>", "<|system|>", "<|user|>", "<|assistant|>", "<|tool|>"),
    *("<tool_call>", "</tool_call>"),
)
"""What means something to our small model beyond its letters: its tokenizer makes one token of each."""
MARKS = ("<untrusted>", "</untrusted>")
GAVE_UP = "I could not finish this within the steps that I had."

Message = dict[str, str]


def problem(kind: str, message: str) -> str:
    """Return the text of an observation that says what went wrong."""
    return f"error ({kind}): {message}"


def neutralise(text: str, special: Sequence[str]) -> str:
    """Return the text with the meaning taken out of the special strings in it.

    Wherever one of `special` stands in `text`, its first character, which is `<`, becomes `‹` (U+2039). Nothing else
    changes, and no letter is lost: the model can still read what stood there. Upper and lower case are different.
    Occurrences may overlap. An empty string in `special` stands nowhere.

    Raises:
        ValueError: a string of `special` that is not empty does not begin with `<`, or has another `<` after it.
    """
    # BEGIN SOLUTION
    for string in special:
        if string and string.rfind("<") != 0:
            raise ValueError(f"a special string begins with its only <, unlike {string!r}")
    strings = tuple(string for string in special if string)
    # Nothing is taken out: what is left on both sides of a gap could join to something special.
    return "".join("‹" if text.startswith(strings, place) else letter for place, letter in enumerate(text))
    # END SOLUTION


def run_agent(
    llm: Callable[[list[Message]], str],
    tools: dict[str, Callable[..., Any]],
    max_steps: int,
    messages: list[Message],
    parse: Callable[[str], list[dict[str, Any]]],
    *,
    special: Sequence[str] = SPECIAL,
    marks: tuple[str, str] = MARKS,
) -> dict[str, Any]:
    """Let a model use tools until it answers, and return its answer and how it came to it.

    A step is one call of `llm` with all messages so far: first the given ones, then those that the loop added. What it
    returns is added as it is, as a message with the role "assistant". `parse` finds the tool calls in it. If it finds
    none, the text is the answer and the run is over, whatever else happened before.
    Otherwise there is one observation for each call, in their order, each added as a message of its own with the role
    "tool", and the next step begins. An observation is

    - of a call that `parse` could not read (it has the key `error`): `problem(call["error"], call["message"])`;
    - of a call whose name `tools` does not have: `problem("unknown_tool", …)` with a message that contains the name;
    - of any other call: what `tools[name](**arguments)` returns, as text by `str`. If it raises an Exception, the
      observation is `problem("tool_failed", str(error))`, and the run goes on.

    `parse` is given what the model wrote and nothing else: a call inside a tool's result is never run.
    The content of a tool message is `marks[0]`, the observation, `marks[1]`. All observations, those of errors too, go
    through `neutralise` first, with the strings of `special` and both marks. An empty mark is none.

    The model is asked at most `max_steps` times. If the last reply of these still has calls, none of them is run, for
    nobody would read the results: the observation of each is `problem("not_run", …)`, with any message. The answer is
    then `GAVE_UP`, not the last thing that was written.
    `messages` is not changed. What `llm` and `parse` raise themselves leaves `run_agent` as it is, and so does what a
    tool raises that is no Exception, such as KeyboardInterrupt.

    Args:
        llm: takes a list of messages, each with `role` and `content`, and returns text.
        tools: for each name a function that takes the arguments by name.
        parse: takes text and returns a list of dicts in its order: `name` and `arguments`, or `error` and `message`.

    Returns:
        A dict with the keys `answer`, `finished` (whether the model answered), `steps` (how often `llm` was called) and
        `messages` (all of them, the given ones first, the answer of a finished run last).

    Raises:
        ValueError: `max_steps` is less than 1, or `neutralise` would refuse the strings. Nothing was called then.

    Source: Yao et al. 2023, "ReAct: Synergizing Reasoning and Acting in Language Models".
    """
    # BEGIN SOLUTION
    if max_steps < 1:
        raise ValueError(f"max_steps must be at least 1, not {max_steps}")
    dangerous = [*special, *marks]
    neutralise("", dangerous)  # refuses what it cannot handle before anything has happened
    messages = [dict(message) for message in messages]
    for step in range(1, max_steps + 1):
        text = llm([dict(message) for message in messages])
        messages.append({"role": "assistant", "content": text})
        calls = parse(text)
        if not calls:
            return {"answer": text, "finished": True, "steps": step, "messages": messages}
        for call in calls:
            seen = _observe(call, tools) if step < max_steps else problem("not_run", "no steps are left")
            content = marks[0] + neutralise(seen, dangerous) + marks[1]
            messages.append({"role": "tool", "content": content})
    return {"answer": GAVE_UP, "finished": False, "steps": max_steps, "messages": messages}
    # END SOLUTION


# BEGIN SOLUTION
def _observe(call: dict[str, Any], tools: dict[str, Callable[..., Any]]) -> str:
    """Run one call; whatever comes of it is text."""
    if "error" in call:
        return problem(call["error"], call["message"])
    if call["name"] not in tools:
        return problem("unknown_tool", f"there is no tool {call['name']}")
    try:
        return str(tools[call["name"]](**call["arguments"]))
    except Exception as error:  # noqa: BLE001 - a tool may fail in any way, and the model can try another one
        return problem("tool_failed", str(error))


# END SOLUTION
