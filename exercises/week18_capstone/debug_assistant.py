# Week 18, exercise debug_assistant: Find the bug: the right sentence, the wrong page
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 15 minutes
# It builds on: Slices, functions as arguments.
# What a user reports: With one or two passages every citation is right. With three or more the sentences are still
# right, but some of the pages named behind them are those of other passages.
"""Week 18, debug_assistant: an assistant that shows its best passages where a model reads best.

Models use the beginning and the end of a long prompt better than its middle. So the best passage is shown first, the
second best last, the third best second, and so on: the weakest stand in the middle.
"""

import re
from collections.abc import Callable


def arrange(passages: list[dict]) -> list[dict]:
    """Return passages, given best first, in the order in which they are shown."""
    return passages[0::2] + passages[1::2][::-1]


def build_prompt(question: str, passages: list[dict]) -> str:
    """Number the passages from 1, in the order in which they come, one a line; the question follows."""
    numbered = [f"[{number}] {passage['text']}" for number, passage in enumerate(passages, start=1)]
    return "\n".join([*numbered, question])


class PageAssistant:
    """Answers a question and says on which page each statement stands."""

    def __init__(self, search: Callable[[str], list[dict]], write: Callable[[str], str]):
        """Take a search, which returns passages best first, and a writer, which cites them by number."""
        self.search, self.write = search, write

    def ask(self, question: str) -> dict:
        """Return the answer and its pages, in the order in which they are cited, each once.

        The prompt holds the passages as `arrange` orders them. In the text [n], n of one to nine digits, becomes
        "(p. 3)", the page of the passage that has this number in the prompt; a number that no passage has is dropped.
        """
        passages = self.search(question)
        prompt = build_prompt(question, arrange(passages))
        pages = []

        def page(cited: re.Match) -> str:
            number = int(cited[1])
            if not 1 <= number <= len(passages):
                return ""
            pages.append(passages[number - 1]["page"])
            return f"(p. {pages[-1]})"

        text = re.sub(r"\[([0-9]{1,9})\]", page, self.write(prompt))
        return {"text": text, "pages": list(dict.fromkeys(pages))}
