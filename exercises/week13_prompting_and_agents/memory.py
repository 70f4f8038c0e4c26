# Week 13, exercise memory: What a chat remembers
# Difficulty 3 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Classes and inheritance, lists of dicts.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 13, exercise 3: what a chat remembers.

A model remembers nothing: every call gets the whole conversation again, and the conversation outgrows the context.
Three memories, from "send everything" to "send a summary and the last turns". All of them hold messages:
{"role": "user" | "assistant" | "tool", "content": text}, and more keys where a message has more to say, such as
"tool_calls" on an assistant message that calls tools. A tool message answers such a call.

A turn is a message of the user and all that follows it, up to the next message of the user.
"""

import copy
from collections.abc import Callable

SUMMARY = "Summary of the conversation so far: "


def approximate_tokens(message: dict) -> int:
    """Given: about how many tokens a message takes: one for four characters, and three for its beginning and end.

    English text comes close to this with usual tokenizers. Chinese text takes more: count with the real one there.
    """
    return 3 + (len(message["content"]) + 3) // 4


def split_turns(messages: list[dict]) -> list[list[dict]]:
    """Cut a conversation without a system message into its turns, in order.

    Every message of the user begins a turn, also right after another one. Joined, the turns are the messages again:
    none is changed or left out. A conversation without messages has no turns.

    Raises:
        ValueError: the first message is not the user's.
    """
    raise NotImplementedError("week 13, memory: write split_turns")


class BufferMemory:
    """Remembers the whole conversation."""

    def __init__(self, system: str | None = None):
        """Begin a conversation; `system` is the text of the system message, or None for a conversation without one."""
        raise NotImplementedError("week 13, memory: write BufferMemory.__init__")

    def add(self, message: dict) -> None:
        """Append a message to the conversation.

        Raises:
            ValueError: the role is none of "user", "assistant" and "tool" (there is one system message, given at the
                beginning); or the first message is not the user's; or a tool message follows neither an assistant
                message with tool calls ("tool_calls" is there and not empty) nor another tool message.
                A message that is refused is not remembered.
        """
        raise NotImplementedError("week 13, memory: write BufferMemory.add")

    def messages(self) -> list[dict]:
        """Return what to send to the model: the system message, if there is one, and every message that was added.

        The system message is {"role": "system", "content": system}; an empty text is a system message too.
        Asking changes nothing: asked twice, the answer is the same. Each answer is a new list, which the caller may
        make longer or shorter.
        """
        raise NotImplementedError("week 13, memory: write BufferMemory.messages")


class WindowMemory(BufferMemory):
    """Remembers everything, and sends the last turns that fit into a budget of tokens.

    `add` works as in `BufferMemory`.
    """

    def __init__(self, budget: int, count: Callable[[dict], int] = approximate_tokens, system: str | None = None):
        """Begin a conversation of which at most `budget` tokens are sent at a time.

        `count(message)` says how many tokens one message takes; several take the sum.

        Raises:
            ValueError: `budget` is below 1.
        """
        raise NotImplementedError("week 13, memory: write WindowMemory.__init__")

    def messages(self) -> list[dict]:
        """Return the system message, if there is one, and as many of the last turns as fit into the budget with it.

        Turns are sent whole: the first message after the system message is the user's, so no tool message stands
        there without its call. The budget may be used up to the last token.
        Turns are not skipped: what is sent is an unbroken end of the conversation.

        Raises:
            ValueError: the system message and the last turn do not fit into the budget; before the first turn, the
                system message alone.
        """
        raise NotImplementedError("week 13, memory: write WindowMemory.messages")


class SummaryMemory(WindowMemory):
    """Sends a summary of the turns that no longer fit, and the last turns as they are.

    `add` works as in `BufferMemory`.
    """

    def __init__(
        self,
        budget: int,
        summarise: Callable[[str, list[dict]], str],
        count: Callable[[dict], int] = approximate_tokens,
        system: str | None = None,
    ):
        """Begin a conversation; `summarise(summary, turn)` writes a new summary from the old one and one more turn.

        The summary begins as the empty text; a turn is the list of its messages.

        Raises:
            ValueError: `budget` is below 1.
        """
        raise NotImplementedError("week 13, memory: write SummaryMemory.__init__")

    def messages(self) -> list[dict]:
        """Return the system message, the summary, if a turn was summarised, and all turns that were not.

        The summary is one message {"role": "system", "content": SUMMARY + summary}, right after the system message.

        While these take more than the budget and more than the last turn is left, the oldest turn that is left is
        summarised: `summarise(summary, turn)` is called with it and gives the new summary, whose tokens count too.
        So each turn is either in the summary or sent, and none is summarised twice, however often one asks.
        Nothing is summarised before it must be: neither `add` nor an answer that fits calls `summarise`.
        If `summarise` raises, its error goes on to the caller, and the turn is still there.

        Raises:
            ValueError: it does not fit although only the last turn is left (the others are in the summary then), or
                none.
        """
        raise NotImplementedError("week 13, memory: write SummaryMemory.messages")
