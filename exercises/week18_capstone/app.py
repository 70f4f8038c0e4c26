# Week 18, exercise app: The page's logic
# Difficulty 3 of 5 · importance 4 of 5 · about 40 minutes
# It builds on: Classes, dictionaries, exceptions, functions as arguments.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, app: everything that the page does, without drawing any of it.

Streamlit runs the whole script of a page again after every click. What must outlive a click is kept in a `Session`, and
the page only shows what its `view` says. So all of it can be tried without a browser.
A session speaks in codes such as "empty", and the page finds the words for them, in English or Chinese.
"""

import hashlib
from collections.abc import Callable
from numbers import Real
from typing import Any

ENDINGS = (".pdf", ".md", ".markdown", ".txt")
LARGEST = 20_000_000
"""How many bytes a file may have."""
DEFAULTS = {"k": 4, "threshold": 0.34, "model": "extract"}
BOUNDS = {"k": (1, 10), "threshold": (0.0, 1.0)}
"""The least and the most that a number may be."""


class Session:
    """One visitor of the page: documents, conversation and settings."""

    def __init__(
        self,
        read: Callable[[str, bytes, Callable[[float], None]], dict],
        add: Callable[[str, list[str], Callable[[float], None]], None],
        ask: Callable[[str, list[dict], dict], dict],
        clear: Callable[[], None],
    ):
        """Begin without documents and without a conversation, with the settings of DEFAULTS.

        All that a session needs from elsewhere are four functions. None of them is called yet.

        Args:
            read: `read(name, data, tell)` reads a file: {"pages": list of texts, "skipped": list of page numbers}.
            add: `add(name, pages, tell)` puts the pages of a document into the library.
            ask: `ask(question, history, settings)` answers: {"text": text, "refused": bool, "sources": list of
                passages, "ignored": list of passages}. A passage is {"document": name, "page": number, "text": text}
                and perhaps more.
            clear: `clear()` empties the library.
        """
        raise NotImplementedError("week 18, app: write Session.__init__")

    def upload(
        self, files: list[tuple[str, bytes]], progress: Callable[[str, float], None] | None = None
    ) -> list[dict]:
        """Take files in, one after the other, and return what became of each: {"name", "status", "detail"}.

        "name" is the name of the file. "status" is the first of these that applies, and "detail" is "" unless said:

        - "kind": the name ends in none of ENDINGS, where upper and lower case are the same;
        - "empty": the file has no bytes;
        - "large": it has more than LARGEST bytes;
        - "known": a document with the same bytes is there already, whatever it is called; "detail" is its name;
        - "failed": `read` or `add` raised an Exception; "detail" is `str` of it;
        - "no_text": every page is blank, or there is none;
        - "added": the document was taken in; "detail" is its name.

        For the first four, `read` is not called, and for "no_text" `add` is not. Only what was "added" is a document;
        any other file may be uploaded again. One file that is not taken in does not keep the others out.
        A document has the name of its file. Where another one has it already, " (2)" is put before the ending, or the
        next number that is free, so that two documents never share a name. `add` gets the document's name, and `read`
        the file's.

        `read` and `add` call the `tell` that they are given with the share of their work that is done, from 0 to 1.
        Of file i of n, counted from 0, `progress(name, share)` is then called with the name of the file and (i + t / 2)
        / n while it is read, (i + 1 / 2 + t / 2) / n while it is added, t being what was told; and at the end of
        every file, whatever its status, with (i + 1) / n. It is called at no other time. Without `progress` nothing is
        told to anyone, and all else is the same.
        """
        raise NotImplementedError("week 18, app: write Session.upload")

    def ask(self, question: str) -> dict:
        """Ask a question, and return the entry that the conversation now ends with.

        An entry has the keys "question", "kind", "text", "sources" and "ignored". White space at the ends of the
        question is dropped before anything else. The kind is

        - "no_documents": there is no document yet; the function `ask` of the constructor is not called;
        - "error": that function raised an Exception; "text" is `str` of it, or the name of its class where that is "";
        - "refusal": the answer says "refused"; "text" is its text;
        - "answer": any other answer; "text" is its text.

        "text" of the first is "". "ignored" comes with the answer of the function, refusals too, and is [] for the
        first two kinds. "sources" are those of an "answer" alone, [] for the others, and put together by document, in
        the order in which each is first named: {"document": name, "pages": its page numbers, each once, ascending,
        "passages": list of {"page", "text"}}, the passages in their order, the same page and text only once.

        The function is called once, with the question, the history and the settings. The history has for each earlier
        entry with the kind "answer" or "refusal", oldest first, {"role": "user", "content": question} and
        {"role": "assistant", "content": text}; the other kinds are for the reader alone. What the function does to the
        lists and dicts that it is given, or later to those that it gave, changes nothing in the session.

        Raises:
            ValueError: the question is blank. Nothing was called or remembered then.
        """
        raise NotImplementedError("week 18, app: write Session.ask")

    def configure(self, **changes: Any) -> None:
        """Change settings by name; they hold from the next question on. Documents and conversation stay.

        Raises:
            ValueError: a name that DEFAULTS does not have; for a name in BOUNDS, a value that is no number, or is not
                within them, to which their ends belong; NaN is not within. No setting is changed then, not even those
                that are right.
        """
        raise NotImplementedError("week 18, app: write Session.configure")

    def reset(self, documents: bool = False) -> None:
        """Forget the conversation; with `documents` also all documents, and call `clear` once. Settings stay."""
        raise NotImplementedError("week 18, app: write Session.reset")

    def view(self) -> dict:
        """Return what the page shows; looking changes nothing, and neither does changing what one got.

        Returns:
            A dict of three: "documents", a list in the order in which they were added of {"name", "pages": how many
            there are, "skipped": the page numbers that `read` gave}; "entries", the conversation, oldest first;
            "settings", by name.
        """
        raise NotImplementedError("week 18, app: write Session.view")
