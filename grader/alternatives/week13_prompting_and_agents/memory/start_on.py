"""As langchain-core trims: the longest end that fits, then drop what stands before the first message of the user."""

import copy

SUMMARY = "Summary of the conversation so far: "


def approximate_tokens(message):
    return 3 + -(-len(message["content"]) // 4)


def split_turns(messages):
    if messages and messages[0]["role"] != "user":
        raise ValueError("not the user's")
    starts = [place for place, message in enumerate(messages) if message["role"] == "user"]
    return [messages[start:end] for start, end in zip(starts, [*starts, None][1:], strict=True)]


class BufferMemory:
    def __init__(self, system=None):
        self.history = [] if system is None else [dict(role="system", content=system)]
        self.head = len(self.history)

    def add(self, message):
        chat = self.history[self.head :]
        if message["role"] == "user":
            allowed = True
        elif message["role"] == "assistant":
            allowed = len(chat) > 0
        elif message["role"] == "tool":
            calls = [earlier for earlier in chat if earlier["role"] != "tool"][-1:]
            allowed = bool(calls) and calls[0]["role"] == "assistant" and bool(calls[0].get("tool_calls"))
        else:
            allowed = False
        if not allowed:
            raise ValueError(f"no place for a message of {message['role']}")
        self.history = [*self.history, copy.deepcopy(message)]

    def messages(self):
        return copy.deepcopy(self.history)


class WindowMemory(BufferMemory):
    def __init__(self, budget, count=approximate_tokens, system=None):
        if budget <= 0:
            raise ValueError("no budget")
        super().__init__(system)
        self.budget = budget
        self.count = count

    def messages(self):
        head, chat = self.history[: self.head], self.history[self.head :]
        budget = self.budget - sum(map(self.count, head))
        start = len(chat)
        sizes = [self.count(message) for message in chat]
        while start > 0 and sum(sizes[start - 1 :]) <= budget:
            start -= 1
        while start < len(chat) and chat[start]["role"] != "user":
            start += 1
        if budget < 0 or (chat and start == len(chat)):
            raise ValueError("the last turn does not fit")
        return copy.deepcopy(head + chat[start:])


class SummaryMemory(WindowMemory):
    def __init__(self, budget, summarise, count=approximate_tokens, system=None):
        super().__init__(budget, count, system)
        self.summarise, self.summary = summarise, None

    def messages(self):
        while True:
            head, chat = self.history[: self.head], self.history[self.head :]
            summary = [] if self.summary is None else [dict(role="system", content=SUMMARY + self.summary)]
            if sum(map(self.count, head + summary + chat)) <= self.budget:
                return copy.deepcopy(head + summary + chat)
            starts = [place for place, message in enumerate(chat) if message["role"] == "user"]
            if len(starts) < 2:
                raise ValueError("the last turn does not fit")
            self.summary = self.summarise(self.summary or "", chat[: starts[1]])
            self.history = head + chat[starts[1] :]
