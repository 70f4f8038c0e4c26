# Week 13, exercise debug_agent: Find the bug: an agent that repeats an old answer
# Find the bug · difficulty 2 of 5 · importance 3 of 5 · about 15 minutes
# It builds on: Dicts as caches.
# What a user reports: Asked for one price, the agent is right. Asked for several in one run, it says that all of them
# cost the same.
"""Week 13, debug_agent: an agent that does not ask the same thing twice.

Tools can be slow and cost money, so the results of a run are kept: a call that was made before is not made again.
A reply is a dict here: {"calls": [{"name": …, "arguments": {…}}, …]}, or {"answer": …} when the model is done.
"""

import json
from collections.abc import Callable
from typing import Any


class CachingAgent:
    """Runs tools for a model, each call once in a run.

    Attributes:
        made: how many calls of tools were made, in all runs.
    """

    def __init__(self, llm: Callable[[list[dict[str, str]]], dict[str, Any]], tools: dict[str, Callable[..., Any]]):
        """Take a model and its tools."""
        self.llm, self.tools = llm, tools
        self.made = 0

    def call(self, name: str, arguments: dict[str, Any], kept: dict[str, str]) -> str:
        """Return the result of a call as text; `kept` holds the results of this run so far."""
        key = json.dumps([name, sorted(arguments)])
        if key not in kept:
            kept[key] = str(self.tools[name](**arguments))
            self.made += 1
        return kept[key]

    def run(self, question: str, max_steps: int = 8) -> dict[str, Any]:
        """Return the answer (None if the steps were used up) and all messages of a run, which begins anew."""
        messages, kept = [{"role": "user", "content": question}], {}
        for _ in range(max_steps):
            reply = self.llm(messages)
            if "answer" in reply:
                return {"answer": reply["answer"], "messages": messages}
            for call in reply["calls"]:
                messages.append({"role": "assistant", "content": json.dumps(call)})
                result = self.call(call["name"], call["arguments"], kept)
                messages.append({"role": "tool", "content": result})
        return {"answer": None, "messages": messages}
