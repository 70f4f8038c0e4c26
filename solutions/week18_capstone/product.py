"""Given: the exercises put together, behind the four functions that a `Session` asks for.

Exercises are loaded from one folder alone. One that is not written yet is said by name, and nothing takes its place.
"""

import ast
import importlib.util
import logging
import re
import shutil
import sys
import tempfile
import weakref
from pathlib import Path

import embeddings
import read_apart
import rules
import writers

EXERCISES = ("reading", "library", "assistant", "guarded", "app")
"""What the page is made of; without `reading` or `guarded` it runs, and says what is missing."""
NEEDED = ("library", "assistant", "app")
logging.getLogger("pypdf").setLevel(logging.ERROR)  # it warns of harmless things in every second PDF

STUB = re.compile(r'raise NotImplementedError\("week \d+, \w+: write ([\w.]+)"\)')


def load(folder, names=EXERCISES):
    """Return the exercises of a folder as modules by name, and what is wrong with the others: {name: (code, detail)}.

    The codes are "missing" (there is no file), "unwritten" (detail: what is still to be written) and "broken" (detail:
    the error).
    """
    modules, problems = {}, {}
    for name in names:
        path = Path(folder) / f"{name}.py"
        if not path.is_file():
            problems[name] = ("missing", "")
            continue
        try:
            source = path.read_text(encoding="utf-8")
            ast.parse(source)
            if left := STUB.findall(source):
                problems[name] = ("unwritten", ", ".join(left))
            else:
                modules[name] = _module(name, path)
        except Exception as error:  # noqa: BLE001 - whatever a file does, the page says it and stays
            problems[name] = ("broken", f"{type(error).__name__}: {error}")
    return modules, problems


def _module(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


class Product:
    """One visitor's assistant: a library in a folder of its own, a guard, a writer."""

    def __init__(self, modules, embedder=None):
        """Begin with an empty library. `embedder` is a name of `embeddings.embedders()`, the best there is if None."""
        self.modules = modules
        name, embed = (embedder, embeddings.embedders()[embedder]) if embedder else embeddings.default_embedder()
        self.embedder = name
        self.folder = tempfile.mkdtemp(prefix="capstone-")
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)  # it goes when the visitor does
        self.library = modules["library"].Library(
            Path(self.folder), embed, rerank=embeddings.rerank_by_words, model=name
        )
        self.model = {"name": "", "address": "", "key": ""}
        """What "huggingface" and "server" need to know; the key is in no setting and in no message."""
        self.show = lambda text: None
        """Called with the answer so far, while it is written."""
        self.passages = []
        """What the last question found, after the guard, best first."""
        self.chinese = {}
        """What writers could not do, in Chinese, by the English sentence that a session keeps of an error."""
        self._writers = {"extract": writers.extract}

    def read(self, name, data, tell):
        """Read a file that was uploaded; a text is a document of one page.

        Raises:
            read_apart.Unreadable: the file cannot be read; the text begins with a code, for which the page has words.
        """
        tell(0.0)
        if not name.lower().endswith(".pdf"):
            return {"pages": [_decoded(data)], "skipped": []}
        if "reading" not in self.modules:
            raise NotImplementedError("reading")
        path = Path(self.folder) / "upload.pdf"
        path.write_bytes(data)
        try:
            pages = read_apart.read_pages(self.modules["reading"].__file__, path)
        finally:
            path.unlink()
        tell(1.0)
        return {"pages": [page["text"] for page in pages], "skipped": [p["number"] for p in pages if p["scanned"]]}

    def add(self, name, pages, tell):
        """Put a document into the library."""
        rows = [{"number": number, "text": text} for number, text in enumerate(pages, start=1)]
        self.library.add(name, rows)
        tell(1.0)

    def clear(self):
        """Empty the library."""
        for name in self.library.documents():
            self.library.remove(name)

    def ask(self, question, history, settings):
        """Answer a question as a `Session` wants it."""
        try:
            return self._answer(question, history, settings)
        except writers.WriterError as error:
            self.chinese[str(error)] = error.chinese
            raise

    def _answer(self, question, history, settings):
        guard = None

        def search(text):
            return self.library.search(text, k=settings["k"])

        if "guarded" in self.modules:
            guard = self.modules["guarded"].Guard(search, rules.is_rude)
            try:
                question = guard.admit(question)
            except rules.Refused as refused:
                return {"text": str(refused), "refused": True, "sources": [], "ignored": []}

        def noted(text):
            self.passages = (guard.search if guard else search)(text)
            return self.passages

        assistant = self.modules["assistant"]
        chat = assistant.Chat(assistant.Assistant(noted, self._writer(settings["model"]), settings["threshold"]))
        history = _admitted(guard, history) if guard else history
        chat.history = [{**said, "content": assistant.uncited(said["content"])} for said in history]
        text = ""
        for piece in chat.stream(question):
            text += piece
            self.show(text)
        return {**chat.answer, "ignored": guard.ignored if guard else []}

    def _writer(self, kind):
        """Return the writer of a kind; loaded once."""
        told = (kind, *self.model.values()) if kind in ("huggingface", "server") else kind
        if told not in self._writers:
            name, address, key = self.model.values()
            self._writers[told] = {
                "wren": lambda: writers.Wren(),
                "huggingface": lambda: writers.HuggingFace(name),
                "server": lambda: writers.Server(address, name, key or None),
            }[kind]()
        return self._writers[told]

    def wrote(self, kind):
        """Say who wrote the last answer."""
        return getattr(self._writers.get(kind), "wrote", None) or kind


def _admitted(guard, history):
    """Return the turns that the guard lets in, as it lets them in: what it kept out once, no later question sends."""
    kept = []
    for asked, said in zip(history[::2], history[1::2], strict=True):
        try:
            kept += [{**asked, "content": guard.admit(asked["content"])}, said]
        except rules.Refused:
            continue
    return kept


def _decoded(data):
    """Return the text of a file: UTF-8, or else GB 18030, in which much Chinese text is kept."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise read_apart.Unreadable("encoding")
