"""Given: a reader, a library and an assistant that only play their parts, to try the page's logic without the rest.

They note how they were called, and break when a text asks them to.
"""

import builtins
import copy


class Reader:
    """Reads a text file, whose pages end with a form feed; `tells` are the shares that it reports on the way.

    A file that begins with "broken:" is refused with what follows; pages that hold "(picture)" are skipped.
    """

    def __init__(self, tells=(0.0, 0.5, 1.0)):
        self.tells, self.asked = list(tells), []

    def __call__(self, name, data, tell):
        self.asked.append([name, data])
        if data.startswith(b"broken:"):
            raise ValueError(data.decode()[7:])
        for share in self.tells:
            tell(share)
        pages = data.decode().split("\f")
        skipped = [number for number, page in enumerate(pages, start=1) if page == "(picture)"]
        return {"pages": ["" if page == "(picture)" else page for page in pages], "skipped": skipped}

    def calls(self):
        """The names and bytes that were read."""
        return self.asked

    def names(self):
        """The names alone."""
        return [name for name, _ in self.asked]


class Shelf:
    """A library that keeps pages; the first `broken` calls of `add` fail."""

    def __init__(self, broken=0, tells=(1.0,)):
        self.broken, self.tells, self.kept, self.cleared = broken, list(tells), [], 0

    def add(self, name, pages, tell):
        """Keep the pages of a document."""
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is full")
        for share in self.tells:
            tell(share)
        self.kept.append([name, list(pages)])

    def clear(self):
        """Forget everything."""
        self.kept, self.cleared = [], self.cleared + 1

    def contents(self):
        """What was added, and how often it was cleared."""
        return [self.kept, self.cleared]


class Speaker:
    """An assistant that answers in a fixed way.

    "crash: why" fails, "quiet" fails without a word, "refuse: text" refuses. `sources` and `ignored` go with every
    answer. It writes into all that it was given, once it has noted it.
    """

    def __init__(self, sources=(), ignored=()):
        self.sources, self.ignored, self.asked = list(sources), list(ignored), []
        self.given = None

    def __call__(self, question, history, settings):
        self.asked.append(copy.deepcopy([question, history, settings]))
        for message in history:
            message["content"] = "overwritten"
        history.append({"role": "user", "content": "slipped in"})
        settings.clear()
        if question.startswith("crash: "):
            raise ConnectionError(question[7:])
        if question == "quiet":
            raise TimeoutError
        refused = question.startswith("refuse: ")
        text = question[8:] if refused else f"About: {question}"
        self.given = {
            "text": text,
            "refused": refused,
            "sources": copy.deepcopy(self.sources),
            "ignored": copy.deepcopy(self.ignored),
        }
        return self.given

    def spoil(self):
        """Change the last answer after it was given."""
        for passage in self.given["sources"] + self.given["ignored"]:
            passage["text"] = "spoiled"
        self.given["sources"].clear()
        self.given["ignored"].append({"document": "x", "page": 1, "text": "spoiled"})

    def calls(self):
        """The questions, histories and settings that were asked with."""
        return self.asked


class Answers:
    """A system that looks its replies up; a question whose reply is None is one at which it fails."""

    def __init__(self, replies):
        self.replies = replies

    def __call__(self, text):
        if self.replies[text] is None:
            raise ConnectionError("the server is down")
        return copy.deepcopy(self.replies[text])


def broken(kind, *words):
    """Return a function that raises an error of this kind, such as "KeyError", whatever it is asked."""

    def function(*arguments):
        raise getattr(builtins, kind)(*words)

    return function


class Stopped(BaseException):
    """What ends a program in the middle, such as Ctrl-C: no Exception."""


def stopped(evaluate, question, grounded):
    """Whether an evaluation is ended by what ends its system, and is no error of the system's."""

    def system(text):
        raise Stopped

    try:
        evaluate(system, [question], grounded)
    except Stopped:
        return True
    return False


def held_up(session_class):
    """Return which of a session's functions cannot end the program: [] is right."""

    def stop(*arguments):
        raise Stopped

    held = []
    for name in ("read", "add", "ask"):
        reader, shelf = Reader(), Shelf()
        functions = {"read": reader, "add": shelf.add, "ask": Speaker(), "clear": shelf.clear} | {name: stop}
        session = session_class(**functions)
        try:
            session.upload([("a.txt", b"x")])
            session.ask("One?")
            held.append(name)
        except Stopped:
            continue
    return held


def sharing(session_class):
    """Return what of a session changes when its caller changes what it got back: [] is right."""
    reader, shelf = Reader(), Shelf()
    passage = {"document": "a.txt", "page": 1, "text": "x"}
    session = session_class(reader, shelf.add, Speaker([passage], [passage]), shelf.clear)
    session.upload([("a.txt", b"x\f(picture)")])
    entry, seen = session.ask("One?"), []
    for name, change in (
        ("an entry", lambda: entry.clear()),
        ("the list of documents", lambda: session.view()["documents"].clear()),
        ("a document's skipped pages", lambda: session.view()["documents"][0]["skipped"].clear()),
        ("the entries", lambda: session.view()["entries"].clear()),
        ("an entry's sources", lambda: session.view()["entries"][0]["sources"][0]["passages"].clear()),
        ("what was ignored", lambda: session.view()["entries"][0]["ignored"].clear()),
        ("the settings", lambda: session.view()["settings"].clear()),
    ):
        before = copy.deepcopy(session.view())
        change()
        seen += [] if session.view() == before else [name]
        if seen:
            break
    return seen
