"""The conversation is kept as turns from the beginning; a deque gives them up."""

from collections import deque
from copy import deepcopy

SUMMARY = "Summary of the conversation so far: "


def approximate_tokens(message):
    return 3 + (len(message["content"]) + 3) // 4


def split_turns(messages):
    memory = BufferMemory()
    for message in messages:
        if message["role"] == "user":
            memory.turns.append([message])
        elif memory.turns:
            memory.turns[-1].append(message)
        else:
            raise ValueError("nobody asked")
    return list(memory.turns)


class BufferMemory:
    def __init__(self, system=None):
        self.system, self.turns, self.open = system, deque(), False

    def add(self, message):
        role = message["role"]
        if role == "user":
            self.turns.append([deepcopy(message)])
            self.open = False
            return
        if role not in {"assistant", "tool"} or not self.turns or (role == "tool" and not self.open):
            raise ValueError("this message cannot stand here")
        if role == "assistant":
            self.open = bool(message.get("tool_calls"))
        self.turns[-1].append(deepcopy(message))

    def first(self):
        if self.system is not None:
            yield {"role": "system", "content": self.system}

    def messages(self):
        return [*self.first(), *(deepcopy(message) for turn in self.turns for message in turn)]


class WindowMemory(BufferMemory):
    def __init__(self, budget, count=approximate_tokens, system=None):
        if not budget >= 1:
            raise ValueError(budget)
        BufferMemory.__init__(self, system)
        self.budget, self.count = budget, count

    def tokens(self, messages):
        total = 0
        for message in messages:
            total += self.count(message)
        return total

    def messages(self):
        sent = list(self.turns)
        while self.tokens(self.first()) + sum(self.tokens(turn) for turn in sent) > self.budget:
            if len(sent) <= 1:
                raise ValueError("too small a budget")
            sent = sent[1:]
        return [*self.first(), *(deepcopy(message) for turn in sent for message in turn)]


class SummaryMemory(WindowMemory):
    def __init__(self, budget, summarise, count=approximate_tokens, system=None):
        WindowMemory.__init__(self, budget, count, system)
        self.summarise, self.summaries = summarise, [""]

    def first(self):
        yield from super().first()
        if len(self.summaries) > 1:
            yield {"role": "system", "content": SUMMARY + self.summaries[-1]}

    def messages(self):
        while self.tokens(BufferMemory.messages(self)) > self.budget:
            if len(self.turns) <= 1:
                raise ValueError("too small a budget")
            self.summaries.append(self.summarise(self.summaries[-1], deepcopy(self.turns[0])))
            self.turns.popleft()
        return BufferMemory.messages(self)
