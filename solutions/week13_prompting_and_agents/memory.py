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
    # BEGIN SOLUTION
    turns = []
    for message in messages:
        if message["role"] == "user":
            turns.append([])
        if not turns:
            raise ValueError(f"a turn begins with the user, not with {message['role']!r}")
        turns[-1].append(message)
    return turns
    # END SOLUTION


class BufferMemory:
    """Remembers the whole conversation."""

    def __init__(self, system: str | None = None):
        """Begin a conversation; `system` is the text of the system message, or None for a conversation without one."""
        # BEGIN SOLUTION
        self.system = system
        self.kept = []  # everything but the system message
        # END SOLUTION

    def add(self, message: dict) -> None:
        """Append a message to the conversation.

        Raises:
            ValueError: the role is none of "user", "assistant" and "tool" (there is one system message, given at the
                beginning); or the first message is not the user's; or a tool message follows neither an assistant
                message with tool calls ("tool_calls" is there and not empty) nor another tool message.
                A message that is refused is not remembered.
        """
        # BEGIN SOLUTION
        role = message["role"]
        last = self.kept[-1] if self.kept else None
        if role not in ("user", "assistant", "tool"):
            raise ValueError(f"a conversation is made of user, assistant and tool messages, not of {role!r}")
        if last is None and role != "user":
            raise ValueError(f"the user speaks first, not {role!r}")
        calls = last is not None and last["role"] == "assistant" and last.get("tool_calls")
        if role == "tool" and last["role"] != "tool" and not calls:
            raise ValueError("a tool message answers a call, and there was none")
        self.kept.append(copy.deepcopy(message))
        # END SOLUTION

    def messages(self) -> list[dict]:
        """Return what to send to the model: the system message, if there is one, and every message that was added.

        The system message is {"role": "system", "content": system}; an empty text is a system message too.
        Asking changes nothing: asked twice, the answer is the same. Each answer is a new list, which the caller may
        make longer or shorter.
        """
        # BEGIN SOLUTION
        return self._system() + copy.deepcopy(self.kept)
        # END SOLUTION

    # BEGIN SOLUTION
    def _system(self):
        return [] if self.system is None else [{"role": "system", "content": self.system}]

    # END SOLUTION


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
        # BEGIN SOLUTION
        super().__init__(system)
        if budget < 1:
            raise ValueError(f"a budget is at least 1 token: {budget}")
        self.budget, self.count = budget, count
        # END SOLUTION

    def messages(self) -> list[dict]:
        """Return the system message, if there is one, and as many of the last turns as fit into the budget with it.

        Turns are sent whole: the first message after the system message is the user's, so no tool message stands
        there without its call. The budget may be used up to the last token.
        Turns are not skipped: what is sent is an unbroken end of the conversation.

        Raises:
            ValueError: the system message and the last turn do not fit into the budget; before the first turn, the
                system message alone.
        """
        # BEGIN SOLUTION
        spent = self._tokens(self._system())
        sent = []
        for turn in reversed(split_turns(self.kept)):
            spent += self._tokens(turn)
            if spent > self.budget:
                break
            sent = turn + sent
        if spent > self.budget and not sent:
            raise ValueError(f"what must be sent takes {spent} tokens, and the budget is {self.budget}")
        return self._system() + copy.deepcopy(sent)
        # END SOLUTION

    # BEGIN SOLUTION
    def _tokens(self, messages):
        return sum(self.count(message) for message in messages)

    # END SOLUTION


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
        # BEGIN SOLUTION
        super().__init__(budget, count, system)
        self.summarise = summarise
        self.summary = ""
        # END SOLUTION

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
        # BEGIN SOLUTION
        while self._tokens(self._everything()) > self.budget:
            oldest, *others = split_turns(self.kept) or [[]]
            if not others:
                raise ValueError(f"what must be sent takes more than the budget of {self.budget} tokens")
            # The turn goes only when the summary is there: an error in between loses nothing.
            self.summary = self.summarise(self.summary, copy.deepcopy(oldest))
            self.summarised = True
            self.kept = self.kept[len(oldest) :]
        return copy.deepcopy(self._everything())
        # END SOLUTION

    # BEGIN SOLUTION
    summarised = False

    def _everything(self):
        summary = [{"role": "system", "content": SUMMARY + self.summary}] if self.summarised else []
        return self._system() + summary + self.kept

    # END SOLUTION
