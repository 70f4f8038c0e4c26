"""Visible examples of week 18, app: a session with functions that only pretend."""

from grader.suite import assert_raises, assert_same


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


def played(student, broken=0, **ways):
    """A session with the given stand-ins for a reader, a library and an assistant, and the last two of these."""
    given = student.given("stand_ins")
    shelf, speaker = given.Shelf(broken), given.Speaker(**ways)
    return student.Session(given.Reader([1.0]), shelf.add, speaker, shelf.clear), shelf, speaker


def test_what_becomes_of_files(student):
    """A torn file, an empty one and a scan without text are told apart and keep nobody else out; one text page is
    enough. What failed is no document: tried again, it fails again.

    损坏的文件、空文件和没有文字的扫描件各有说明，也不妨碍别的文件；只要有一页有文字就行。失败的文件不算文档：再试一次，
    还是失败。
    """
    session, shelf, _ = played(student)
    torn = ("torn.txt", b"broken:page 3 is torn")

    found = session.upload([torn, ("empty.txt", b""), ("scan.txt", b" \f "), ("half.txt", b"\fBees."), torn])
    assert_same([one["status"] for one in found], ["failed", "empty", "no_text", "added", "failed"])
    assert_same(found[0]["detail"], "page 3 is torn")
    assert_same(shelf.contents()[0], [["half.txt", ["", "Bees."]]])


def test_a_full_disk_and_the_bar(student):
    """Adding fails once, as the disk is full, and the second time it works. Reading is the first half of a file's
    share, adding the second, and its end is told too, also that of a file that is refused.

    磁盘已满，第一次添加失败，第二次成功。读取占一个文件的前一半，添加占后一半，文件结束时再报一次；
    被拒绝的文件也报结束。
    """
    session, _, _ = played(student, broken=1)
    full = {"name": "a.txt", "status": "failed", "detail": "the disk is full"}
    assert_same(session.upload([("a.txt", b"One.")]), [full])

    told = []
    session.upload([("a.txt", b"One."), ("b.doc", b"Two.")], lambda name, share: told.append((name, share)))
    assert_same(told, [("a.txt", 0.25), ("a.txt", 0.5), ("a.txt", 0.5), ("b.doc", 1.0)])
    assert_same(len(session.view()["documents"]), 1)


def test_no_two_documents_share_a_name(student):
    """Three different files `a.b.TXT` become `a.b.TXT`, `a.b (2).TXT` and `a.b (3).TXT`, in the library too.

    三个不同的文件都叫 `a.b.TXT`：依次成为 `a.b.TXT`、`a.b (2).TXT` 和 `a.b (3).TXT`，library 里也一样。
    """
    session, shelf, _ = played(student)

    session.upload([("a.b.TXT", text) for text in (b"One.", b"Two.", b"Three.")])
    names = ["a.b.TXT", "a.b (2).TXT", "a.b (3).TXT"]
    assert_same([document["name"] for document in session.view()["documents"]], names)
    assert_same([name for name, _ in shelf.contents()[0]], names)


def test_what_the_assistant_is_told(student):
    """An answer and a refusal belong to the conversation, and an error does not: one without words shows its name. A
    refusal has no sources, and what was ignored.

    回答和拒答都属于对话，错误不属于；没有文字的错误显示它的类名。拒答没有来源，但有被忽略的内容。
    """
    passage = {"document": "bees.txt", "page": 1, "text": "Bees fly."}
    session, _, speaker = played(student, sources=[passage], ignored=[passage])
    session.upload([("bees.txt", b"Bees fly.")])

    entries = [
        session.ask(question) for question in ("crash: no server", "quiet", "Who?", "refuse: Not there.", "Why?")
    ]
    assert_same([entry["kind"] for entry in entries], ["error", "error", "answer", "refusal", "answer"])
    assert_same([entry["text"] for entry in entries[:2]], ["no server", "TimeoutError"])
    assert_same((entries[3]["sources"], entries[3]["ignored"]), ([], [passage]))
    said = [("user", "Who?"), ("assistant", "About: Who?"), ("user", "refuse: Not there."), ("assistant", "Not there.")]
    history = speaker.calls()[-1][1]
    assert_same([(one["role"], one["content"]) for one in history], said)


def test_sources_by_document(student):
    """Pages ascend, each once; two passages of one page are both shown, and the same passage only once.

    页码升序，每个只出现一次；同一页的两段都显示，完全相同的一段只显示一次。
    """
    told = [
        ("b.txt", 3, "Old."),
        ("a.txt", 7, "Far."),
        ("b.txt", 1, "New."),
        ("b.txt", 3, "Odd."),
        ("b.txt", 1, "New."),
    ]
    sources = [{"document": name, "page": page, "text": text} for name, page, text in told]
    session, _, _ = played(student, sources=sources)
    session.upload([("b.txt", b"Bees fly.")])

    b, a = session.ask("Why?")["sources"]
    assert_same((b["document"], b["pages"], a["document"], a["pages"]), ("b.txt", [1, 3], "a.txt", [7]))
    assert_same([(one["page"], one["text"]) for one in b["passages"]], [(3, "Old."), (1, "New."), (3, "Odd.")])


def test_settings_that_are_refused(student):
    """A name that is not there, a number out of bounds and NaN are refused, and with them what stood beside them.

    没有的名字、越界的数和 NaN 都被拒绝；同一次调用里正确的设置也不改。
    """
    session, _, _ = played(student)

    for wrong in ({"temperature": 1.0}, {"threshold": 1.5}, {"threshold": float("nan")}):
        assert_raises(ValueError, session.configure, k=9, **wrong)
    assert_same(session.view()["settings"], {"k": 4, "threshold": 0.34, "model": "extract"})


def test_what_reset_forgets(student):
    """The conversation goes and the documents stay; with `documents` both go, and the library is emptied once.

    对话被忘掉，文档还在；给出 `documents` 时两者都没了，library 清空一次。
    """
    session, shelf, _ = played(student)
    session.upload([("bees.txt", b"Bees fly.")])
    for documents in (False, True):
        session.ask("Why?")
        session.reset(documents)
        left = session.view()
        assert_same((len(left["documents"]), left["entries"]), (0 if documents else 1, []))
        assert_same(shelf.contents()[1], int(documents))
