# Week 13, exercise agent: An agent
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Functions as arguments, exceptions, chat messages and roles.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 13, agent: write neutralise")


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
    raise NotImplementedError("week 13, agent: write run_agent")
