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
        # BEGIN SOLUTION
        self._read, self._add, self._ask, self._clear = read, add, ask, clear
        self._documents: dict[str, dict] = {}  # by a digest of the file's bytes
        self._entries: list[dict] = []
        self._settings = dict(DEFAULTS)
        # END SOLUTION

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
        # BEGIN SOLUTION
        results = []
        for number, (name, data) in enumerate(files):

            def tell(done: float, name: str = name, number: int = number) -> None:
                if progress is not None:
                    progress(name, (number + done) / len(files))

            status, detail = self._take(name, data, tell)
            tell(1.0)
            results.append({"name": name, "status": status, "detail": detail})
        return results
        # END SOLUTION

    # BEGIN SOLUTION
    def _take(self, name: str, data: bytes, tell: Callable[[float], None]) -> tuple[str, str]:
        """Take one file in; return its status and the detail."""
        if not name.lower().endswith(ENDINGS):
            return "kind", ""
        if not data:
            return "empty", ""
        if len(data) > LARGEST:
            return "large", ""
        digest = hashlib.sha256(data).hexdigest()
        if digest in self._documents:
            return "known", self._documents[digest]["name"]
        try:
            found = self._read(name, data, lambda share: tell(share / 2))
            pages = list(found["pages"])
            if not any(page.strip() for page in pages):
                return "no_text", ""
            title = self._free(name)
            self._add(title, pages, lambda share: tell((1 + share) / 2))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with one file, the others are taken in
            return "failed", str(error)
        # Only now: what failed half-way is no document, and may be tried again.
        self._documents[digest] = {"name": title, "pages": len(pages), "skipped": list(found["skipped"])}
        return "added", title

    def _free(self, name: str) -> str:
        """Return the name, or the first numbered one that no document has."""
        taken = {document["name"] for document in self._documents.values()}
        stem, _, ending = name.rpartition(".")  # every name here has one: that was asked first
        number, free = 1, name
        while free in taken:
            number += 1
            free = f"{stem} ({number}).{ending}"
        return free

    # END SOLUTION

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
        # BEGIN SOLUTION
        question = question.strip()
        if not question:
            raise ValueError("a question has at least one letter")
        entry: dict[str, Any] = {"question": question, "kind": "no_documents", "text": "", "sources": [], "ignored": []}
        if self._documents:
            entry |= self._answer(question)
        self._entries.append(entry)
        return _copy(entry)
        # END SOLUTION

    # BEGIN SOLUTION
    def _answer(self, question: str) -> dict:
        """Call the assistant; whatever comes of it is what an entry says."""
        try:
            answer = self._ask(question, self._history(), dict(self._settings))
        except Exception as error:  # noqa: BLE001 - the server is down, the key is wrong: the page must stay
            return {"kind": "error", "text": str(error) or type(error).__name__}
        kind = "refusal" if answer["refused"] else "answer"
        sources = [] if answer["refused"] else _by_document(answer["sources"])
        return {"kind": kind, "text": answer["text"], "sources": sources, "ignored": _copy(answer["ignored"])}

    def _history(self) -> list[dict]:
        messages = []
        for entry in self._entries:
            if entry["kind"] in ("answer", "refusal"):
                messages.append({"role": "user", "content": entry["question"]})
                messages.append({"role": "assistant", "content": entry["text"]})
        return messages

    # END SOLUTION

    def configure(self, **changes: Any) -> None:
        """Change settings by name; they hold from the next question on. Documents and conversation stay.

        Raises:
            ValueError: a name that DEFAULTS does not have; for a name in BOUNDS, a value that is no number, or is not
                within them, to which their ends belong; NaN is not within. No setting is changed then, not even those
                that are right.
        """
        # BEGIN SOLUTION
        for name, value in changes.items():
            if name not in DEFAULTS:
                raise ValueError(f"there is no setting {name!r}")
            least, most = BOUNDS.get(name, (None, None))
            # "not … <=" and not ">", so that NaN is refused
            if least is not None and not (isinstance(value, Real) and least <= value <= most):
                raise ValueError(f"{name} must be a number from {least} to {most}, not {value!r}")
        self._settings |= changes
        # END SOLUTION

    def reset(self, documents: bool = False) -> None:
        """Forget the conversation; with `documents` also all documents, and call `clear` once. Settings stay."""
        # BEGIN SOLUTION
        self._entries = []
        if documents:
            self._documents = {}
            self._clear()
        # END SOLUTION

    def view(self) -> dict:
        """Return what the page shows; looking changes nothing, and neither does changing what one got.

        Returns:
            A dict of three: "documents", a list in the order in which they were added of {"name", "pages": how many
            there are, "skipped": the page numbers that `read` gave}; "entries", the conversation, oldest first;
            "settings", by name.
        """
        # BEGIN SOLUTION
        return _copy(
            {"documents": list(self._documents.values()), "entries": self._entries, "settings": self._settings}
        )
        # END SOLUTION


# BEGIN SOLUTION
def _copy(value: Any) -> Any:
    """Return lists and dicts anew, all the way down."""
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _by_document(passages: list[dict]) -> list[dict]:
    """Put passages together by document."""
    groups: dict[str, list[dict]] = {}
    for passage in passages:
        shown = {"page": passage["page"], "text": passage["text"]}
        group = groups.setdefault(passage["document"], [])
        if shown not in group:
            group.append(shown)
    return [
        {"document": name, "pages": sorted({shown["page"] for shown in group}), "passages": group}
        for name, group in groups.items()
    ]


# END SOLUTION
