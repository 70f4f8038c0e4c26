# Week 18, exercise assistant: Answers with pages, and a chat
# Difficulty 4 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: Generators (yield), regular expressions, classes, lists of dicts.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, assistant: answers that name their pages, and a chat that remembers.

Two callables do the work, and any will do:

    search(question)                       -> the passages that fit, a list, best first
    write(question, passages, history)     -> the answer, in pieces of text: any iterable of strings (a string, too)

A passage is a dict such as {"text": "Open from 9 to 5.", "document": "guide.pdf", "page": 3, "score": 0.8}, perhaps
with more keys. A higher score is better. The writer knows passages by number, the first is [1], and cites them so.
The reader knows pages: in the answer stands [p. 3].
The history is a list of messages, {"role": "user" or "assistant", "content": text}, the oldest first.
"""

import copy
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from rules import REFUSALS, language

Search = Callable[[str], list[dict]]
Write = Callable[[str, list[dict], list[dict]], Iterable[str]]

CITATION = re.compile(r"\[([0-9]{1,3}|[^\[\]]{0,60}p\. [0-9]{1,4})\]")
"""A citation in what a writer writes: a number, or a page that it made up (writers are shown numbers, not pages)."""
LONGEST = 69
"""How many characters a citation can have."""


def label(passage: dict, passages: Sequence[dict]) -> str:
    """Given: how a passage is cited: "[p. 3]", or "[guide.pdf p. 3]" if the passages are of several documents.

    Brackets in a document's name become round ones: others end a citation.
    """
    several = len({each["document"] for each in passages}) > 1
    name = passage["document"].translate(str.maketrans("[]", "()"))
    return f"[{name} p. {passage['page']}]" if several else f"[p. {passage['page']}]"


def uncited(text: str) -> str:
    """Given: a text without its page citations, and without the space before each."""
    return re.sub(r" ?\[(?:[^\[\]]* )?p\. [0-9]+\]", "", text)


def cite(pieces: Iterable[str], passages: Sequence[dict]) -> Iterator[str]:
    """Yield a text that comes in pieces, its citations turned from numbers into pages.

    What CITATION finds in the whole text is a citation, wherever the text was cut into pieces. [n] becomes the
    `label` of passage number n, counted from 1. A number that no passage has, and a page that the writer made up, are
    dropped: the brackets and what is in them. Everything else stays.

    How the answer is cut into pieces is free, and a piece may be empty. But no reader waits without need: a piece is
    taken only when the one before was dealt with, and only what may still become a citation is held back, which is
    the text from its last "[" on, if no "]" follows and it is shorter than LONGEST.
    """
    raise NotImplementedError("week 18, assistant: write cite")


class Assistant:
    """Answers a question from passages, or refuses."""

    def __init__(self, search: Search, write: Write, threshold: float = 0.3):
        """Take a search and a writer; a passage is relevant when its score is at least `threshold`."""
        raise NotImplementedError("week 18, assistant: write Assistant.__init__")

    def find(self, question: str) -> list[dict]:
        """Search once, and return the relevant passages in the order in which they were found, with all their keys.

        A score equal to the threshold is enough. They are copies.

        Raises:
            ValueError: the question is empty or white space alone; nothing is searched then.
        """
        raise NotImplementedError("week 18, assistant: write Assistant.find")

    def reply(self, question: str, passages: Sequence[dict], history: Sequence[dict] = ()) -> Iterator[str]:
        """Yield the answer in pieces, as `cite` makes them of what the writer writes.

        The writer is called once, with the question, the passages and the history: two lists with dicts of its own,
        so that whatever it does to them changes no citation and no history. Without passages the answer is the
        refusal, REFUSALS[language(question)], and the writer is not called.
        """
        raise NotImplementedError("week 18, assistant: write Assistant.reply")

    def answer(self, text: str, passages: Sequence[dict]) -> dict:
        """Return {"text": text, "sources": …, "refused": …} for a text that `reply` gave for these passages.

        The sources are the passages whose `label` stands in the text, in the order in which the labels first appear;
        those of one page in the order given. They are copies. It is refused if there were no passages.
        """
        raise NotImplementedError("week 18, assistant: write Assistant.answer")

    def ask(self, question: str, history: Sequence[dict] = ()) -> dict:
        """Find passages, let the writer answer from them, and return the `answer` with the whole text."""
        raise NotImplementedError("week 18, assistant: write Assistant.ask")


class Chat:
    """A conversation with an assistant; two chats share nothing but the assistant.

    Attributes:
        history: all messages so far, a question and its answer in turn. Answers stand in it `uncited`: the writer
            would copy citations that belonged to other passages.
        answer: the answer to the last question, as `Assistant.answer` returns it; None before the first.
    """

    def __init__(self, assistant: Assistant, budget: int = 2000):
        """Begin a conversation in which at most `budget` characters of history and question are sent to the writer.

        Raises:
            ValueError: the budget is negative.
        """
        raise NotImplementedError("week 18, assistant: write Chat.__init__")

    def reset(self) -> None:
        """Begin anew: no history, and None for `answer`."""
        raise NotImplementedError("week 18, assistant: write Chat.reset")

    def sent(self, question: str) -> list[dict]:
        """Return the part of the history that is sent along with a question.

        The question always goes, even if it is longer than the budget. Beside it go as many of the last turns as fit:
        the characters of all contents and of the question together are at most the budget, which may be used up.
        A turn is a question with its answer, and goes whole. No turn is skipped: the oldest are cut first.
        The messages are copies.
        """
        raise NotImplementedError("week 18, assistant: write Chat.sent")

    def stream(self, question: str) -> Iterator[str]:
        """Yield the answer to a question in the pieces that the assistant's `reply` makes; joined, they are its text.

        The writer gets the history that is `sent`. When the stream is at its end, question and answer are in the
        history, refusals too, and `answer` is set. Until then both are as before: an error of the search or of the
        writer goes on to the caller, and neither it nor a stream that is left early changes anything.
        """
        raise NotImplementedError("week 18, assistant: write Chat.stream")

    def ask(self, question: str) -> dict:
        """Take the whole stream and return a copy of `answer`."""
        raise NotImplementedError("week 18, assistant: write Chat.ask")
