"""Data classes that become plain dicts when the page looks, as a typed code base would have it."""

import re
from collections import OrderedDict
from dataclasses import asdict, dataclass, field, replace

from app import BOUNDS, DEFAULTS, LARGEST


@dataclass
class Document:
    name: str
    pages: int
    skipped: list = field(default_factory=list)


@dataclass
class Entry:
    question: str
    kind: str = "no_documents"
    text: str = ""
    sources: list = field(default_factory=list)
    ignored: list = field(default_factory=list)


@dataclass(frozen=True)
class Settings:
    k: int = DEFAULTS["k"]
    threshold: float = DEFAULTS["threshold"]
    model: str = DEFAULTS["model"]


class Session:
    def __init__(self, read, add, ask, clear):
        self.parts = (read, add, ask, clear)
        self.settings, self.turns, self.shelf = Settings(), [], OrderedDict()

    def reset(self, documents=False):
        self.turns.clear()
        if documents:
            self.shelf.clear()
            self.parts[3]()

    def upload(self, files, progress=None):
        told = progress if progress is not None else lambda *both: None
        results = []
        for place, (name, data) in enumerate(files):

            def share(t, name=name, place=place):
                told(name, place / len(files) + t / len(files))

            status, detail = self.one(name, bytes(data), share)
            share(1)
            results.append(dict(name=name, status=status, detail=detail))
        return results

    def one(self, name, data, share):
        if not re.search(r"\.(pdf|md|markdown|txt)\Z", name, re.IGNORECASE):
            return "kind", ""
        if not data or len(data) > LARGEST:
            return ("large" if data else "empty"), ""
        if data in self.shelf:
            return "known", self.shelf[data].name
        read, add, _, _ = self.parts
        try:
            found = read(name, data, lambda t: share(0.5 * t))
            if all(page.isspace() or not page for page in found["pages"]):
                return "no_text", ""
            title = self.title(name)
            add(title, list(found["pages"]), lambda t: share(0.5 + 0.5 * t))
        except Exception as problem:  # noqa: BLE001 - whatever a reader or a system raises is a status
            return "failed", f"{problem}"
        self.shelf[data] = Document(title, len(found["pages"]), list(found["skipped"]))
        return "added", title

    def title(self, name):
        names = [document.name for document in self.shelf.values()]
        if name not in names:
            return name
        stem, dot, ending = name.rpartition(".")
        tries = (f"{stem} ({number}){dot}{ending}" for number in range(2, len(names) + 3))
        return next(one for one in tries if one not in names)

    def ask(self, question):
        words = question.strip()
        if not words:
            raise ValueError("nothing was asked")
        turn = Entry(words)
        if len(self.shelf):
            turn = self.answered(turn)
        self.turns.append(turn)
        return asdict(turn)

    def answered(self, turn):
        history = []
        for old in self.turns:
            if old.kind in {"answer", "refusal"}:
                history.extend(({"role": "user", "content": old.question}, {"role": "assistant", "content": old.text}))
        try:
            said = self.parts[2](turn.question, history, asdict(self.settings))
        except Exception as problem:  # noqa: BLE001 - whatever a reader or a system raises is a status
            return replace(turn, kind="error", text=str(problem) or type(problem).__name__)
        ignored = [dict(passage) for passage in said["ignored"]]
        if said["refused"]:
            return replace(turn, kind="refusal", text=said["text"], ignored=ignored)
        unique = list(dict.fromkeys((one["document"], one["page"], one["text"]) for one in said["sources"]))
        sources = [
            {
                "document": name,
                "pages": sorted(set(page for document, page, _ in unique if document == name)),
                "passages": [{"page": page, "text": text} for document, page, text in unique if document == name],
            }
            for name in dict.fromkeys(document for document, _, _ in unique)
        ]
        return replace(turn, kind="answer", text=said["text"], sources=sources, ignored=ignored)

    def configure(self, **changes):
        try:
            new = replace(self.settings, **changes)
        except TypeError as error:
            raise ValueError(str(error)) from error
        if any(isinstance(getattr(new, name), str | list | None) for name in BOUNDS):
            raise ValueError("no number")
        if any(not low <= getattr(new, name) <= high for name, (low, high) in BOUNDS.items()):
            raise ValueError("out of bounds")
        self.settings = new

    def view(self):
        return {
            "documents": [asdict(document) for document in self.shelf.values()],
            "entries": [asdict(turn) for turn in self.turns],
            "settings": asdict(self.settings),
        }
