"""Visible examples of week 18, app: a session with functions that only pretend."""

from grader.suite import assert_same


def new_session(student):
    """A session whose reader knows text files, and whose assistant always names page 1."""

    def read(name, data, tell):
        return {"pages": data.decode().split("\f"), "skipped": []}

    def ask(question, history, settings):
        sources = [{"document": "bees.txt", "page": 1, "text": "Bees fly."}]
        return {"text": "They fly. [p. 1]", "refused": False, "sources": sources, "ignored": []}

    return student.Session(read, lambda name, pages, tell: None, ask, lambda: None)


def test_a_file_is_taken_in_once(student):
    """Other endings are refused, and the same bytes are known under another name.

    其他后缀会被拒绝；内容相同的文件即使换了名字也认得出。
    """
    session = new_session(student)

    first = session.upload([("bees.txt", b"Bees fly.\fThey sleep."), ("notes.docx", b"?")])
    again = session.upload([("copy.txt", b"Bees fly.\fThey sleep.")])

    refused = {"name": "notes.docx", "status": "kind", "detail": ""}
    assert_same(first, [{"name": "bees.txt", "status": "added", "detail": "bees.txt"}, refused])
    assert_same(again, [{"name": "copy.txt", "status": "known", "detail": "bees.txt"}])
    assert_same(session.view()["documents"], [{"name": "bees.txt", "pages": 2, "skipped": []}])


def test_progress_of_two_files(student):
    """The end of each file is told; this reader tells nothing on its way.

    每个文件结束时都会通知；这个 read 在中途不报告。
    """
    told = []

    new_session(student).upload([("a.txt", b"a"), ("b.txt", b"b")], lambda name, share: told.append((name, share)))

    assert_same(told, [("a.txt", 0.5), ("b.txt", 1.0)])


def test_a_question_and_its_sources(student):
    """Before any document nothing is asked; afterwards the answer comes with its sources, by document.

    没有文档时不会提问；之后回答带有按文档归类的来源。
    """
    session = new_session(student)
    assert_same(session.ask("Do bees fly?")["kind"], "no_documents")
    session.upload([("bees.txt", b"Bees fly.")])

    entry = session.ask("Do bees fly?")

    expected = {
        "question": "Do bees fly?",
        "kind": "answer",
        "text": "They fly. [p. 1]",
        "sources": [{"document": "bees.txt", "pages": [1], "passages": [{"page": 1, "text": "Bees fly."}]}],
        "ignored": [],
    }
    assert_same(entry, expected)
    assert_same([entry["kind"] for entry in session.view()["entries"]], ["no_documents", "answer"])


def test_settings_and_reset(student):
    """A setting stays when the conversation is forgotten.

    忘掉对话时，设置保持不变。
    """
    session = new_session(student)
    session.configure(k=10)

    session.reset()

    settings = {"k": 10, "threshold": 0.34, "model": "extract"}
    assert_same(session.view(), {"documents": [], "entries": [], "settings": settings})
