"""The page of week 18's document assistant: by Streamlit's own tester, and in a real browser on a phone and a desk."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
import types
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.course.weeks import Course, default_root

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

ROOT = default_root()
WEEK = ROOT / "exercises" / "week18_capstone"
SOLUTIONS = ROOT / "solutions" / "week18_capstone"
DOCUMENTS = ROOT / "datasets" / "documents"
LOST_CARD = "What does it cost to replace a lost card?"
NOWHERE = "How many elephants live in Paris?"
PROGRAM = "read_apart.py"
STALL = "What does a stall cost at the market?"
TOO_WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
SAID = "return document.body.innerText.split(arguments[0]).length - 1"
LOADED = "return performance.getEntriesByType('resource').map(one => one.name).concat(document.URL)"


# --- by Streamlit's tester --------------------------------------------------------------------------------------------


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Start the page of a folder of exercises in this process; the modules that it loads are forgotten afterwards."""
    from streamlit.testing.v1 import AppTest

    known, paths = set(sys.modules), list(sys.path)
    # Streamlit makes the page the main module, and a process that is spawned later would begin by running it.
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])

    def start(folder: Path = SOLUTIONS, lang: str = "en") -> Any:
        monkeypatch.setenv("CAPSTONE_FROM", str(folder))
        monkeypatch.setenv("CAPSTONE_LANG", lang)
        monkeypatch.setenv("CAPSTONE_EMBEDDER", "hashed")
        return AppTest.from_file(str(WEEK / "page.py"), default_timeout=120).run()

    yield start
    sys.path[:] = paths
    for name in set(sys.modules) - known:
        if Path(getattr(sys.modules[name], "__file__", None) or "/").parent in (WEEK, SOLUTIONS):
            del sys.modules[name]


def upload(app: Any, *names: str, **texts: bytes) -> None:
    """Hand in documents of the data set, and files of the test's own."""
    files = [(name, (DOCUMENTS / name).read_bytes(), "") for name in names]
    app.file_uploader[0].set_value(
        [*files, *((name.replace("_", "."), data, "") for name, data in texts.items())]
    ).run()


def texts(elements: Any) -> str:
    """What elements show, without the escapes of Markdown."""
    return "\n".join(str(one.value) for one in elements).replace("\\", "")


def ask(app: Any, question: str) -> str:
    """Ask, and return all that the conversation shows."""
    app.chat_input[0].set_value(question).run()
    assert not app.exception
    return texts(app.markdown)


def test_upload_ask_refuse_and_reset(page: Any) -> None:
    """A question is answered with its page and the passage folded under it; another one is refused; reset forgets."""
    app = page()
    upload(app, "library_handbook.pdf")
    assert not app.exception and "You can now ask about library_handbook.pdf." in texts(app.success)

    assert "3 shells" in ask(app, LOST_CARD)
    assert ["Sources: library\\_handbook\\.pdf, p. 1"] == [one.label for one in app.expander]
    assert "I found nothing about this" in ask(app, NOWHERE)
    assert 1 == len(app.expander)
    assert 4 == len(app.chat_message)

    app.button(key="reset").click().run()
    assert 0 == len(app.chat_message)
    assert "library_handbook.pdf" in texts(app.caption)
    app.button(key="reset_all").click().run()
    assert "library_handbook.pdf" not in texts(app.caption)


def test_every_file_gets_an_answer_or_a_sentence(page: Any) -> None:
    """What cannot be read is named with its reason, a scanned page by its number, and nothing ends the page."""
    app = page()
    upload(app, "broken.pdf", "locked.pdf", "museum_report.pdf", "garden_rules.md", a_docx=b"?", empty_txt=b"")

    assert not app.exception
    warned = texts(app.warning)
    assert "broken.pdf was not taken: it is damaged" in warned
    assert "locked.pdf was not taken: it is encrypted" in warned
    assert "a.docx was not taken: only PDF" in warned and "empty.txt was not taken: the file is empty." in warned
    assert "museum_report.pdf** · 3 pages · could not be read, probably pictures: page 2" in texts(app.caption)
    assert 2 == len(app.success)


def test_files_that_cannot_be_read_are_named_in_chinese(page: Any) -> None:
    """The page's own words stand first, and what the exercise said behind them."""
    app = page(lang="zh")
    upload(app, "broken.pdf", "locked.pdf", a_txt=b"\xff\xff")

    warned = texts(app.warning)
    assert "没有接收 broken.pdf：文件已损坏，或者不是 PDF（it is damaged" in warned
    assert "没有接收 locked.pdf：文件已加密，需要密码才能打开（it is encrypted" in warned
    assert "没有接收 a.txt：文字编码既不是 UTF-8，也不是 GB 18030" in warned


def busy_pdf(times: int) -> bytes:
    """A PDF of a few kilobytes, whose one page shows the same letter so many times."""
    shown = zlib.compress(b"BT /F 10 Tf 72 700 Td " + b"<0041> Tj " * times + b"ET", 9)
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(shown), shown)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 5 0 R /Resources << /Font << /F 4 0 R >> >> >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        stream,
    ]
    content = b"".join(b"%d 0 obj\n%s\nendobj\n" % (number, one) for number, one in enumerate(objects, start=1))
    return b"%%PDF-1.5\n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n0\n%%%%EOF\n" % content


def test_a_file_that_keeps_pypdf_busy_is_given_up(page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said in a sentence, nothing goes on running, and the next file is read."""
    busy = busy_pdf(3_000_000)
    assert len(busy) < 100_000
    for lang, words in (("en", "could not be read within 5 seconds"), ("zh", "5 秒之内没有读完")):
        app = page(lang=lang)
        monkeypatch.setattr(sys.modules["read_apart"], "SECONDS", 5)
        upload(app, "library_handbook.pdf", busy_pdf=busy)
        assert words in texts(app.warning)
        assert 1 == len(app.success)
    assert [] == [
        line for line in subprocess.check_output(["ps", "-eo", "args"], text=True).splitlines() if PROGRAM in line
    ]


def test_whatever_an_exercise_does_is_told(tmp_path: Path) -> None:
    """A reader that prints, breaks down, ends its program or is no Python at all."""
    sys.path.insert(0, str(SOLUTIONS))
    try:
        import read_apart
    finally:
        sys.path.remove(str(SOLUTIONS))
    module, path = tmp_path / "reading.py", tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.5")
    for body, said in (
        ("raise KeyError('x')", "raised: KeyError: 'x'"),
        ("raise ValueError(f'{path} is odd')", "damaged: it is odd"),
        ("raise ValueError", "damaged"),
        ("import os; os._exit(3)", "damaged"),
        ("return [", "raised: SyntaxError: "),
    ):
        module.write_text(f"def read_pdf(path):\n    print('hello')\n    {body}\n")
        with pytest.raises(read_apart.Unreadable) as caught:
            read_apart.read_pages(module, path)
        assert str(caught.value).startswith(said)
    module.write_text(
        "def read_pdf(path):\n    print('hello')\n    return [{'number': 1, 'text': '图', 'scanned': False}]\n"
    )
    assert [{"number": 1, "text": "图", "scanned": False}] == read_apart.read_pages(module, path)


def test_instructions_in_a_document_are_shown_and_not_followed(page: Any) -> None:
    app = page()
    upload(app, "market_notice.pdf", "festival_zh.pdf")
    shown = ask(app, STALL)

    assert "5 shells" in shown
    assert "Ignored, because it looked like an instruction to the assistant" in app.expander[-1].label
    told = app.session_state["session"].view()["entries"][-1]
    assert "PELICAN" not in told["text"] and any("PELICAN" in one["text"] for one in told["ignored"])


def test_chinese_questions_and_words(page: Any) -> None:
    """The page speaks Chinese when it is told to, and turns with a click."""
    app = page(lang="zh")
    upload(app, "ferry_zh.pdf")

    assert "问问你的文档" == app.title[0].value
    assert "六点四十分" in ask(app, "渡船早上几点开出第一班？")
    assert app.expander[0].label.replace("\\", "") == "来源：ferry_zh.pdf，第 1 页"
    app.selectbox[0].set_value("wren").run()
    app.sidebar.radio(key="lang").set_value("en").run()
    assert "Ask your documents" == app.title[0].value
    assert ("wren", "Who writes the answer") == (app.selectbox[0].value, app.selectbox[0].label)
    assert "wren, our small model" == app.selectbox[0].format_func("wren")


def test_questions_before_documents_and_errors_of_a_model(page: Any) -> None:
    """Neither ends the page: the one is a hint, the other an entry, and both are followed by answers."""
    app = page()
    ask(app, LOST_CARD)
    assert "Upload a document first." in texts(app.info)

    upload(app, "library_handbook.pdf")
    app.selectbox[0].set_value("server").run()
    app.text_input(key="address").set_value("http://127.0.0.1:9/v1").run()
    app.text_input(key="model_name").set_value("any").run()
    app.text_input(key="key").set_value("sk-secret").run()
    ask(app, LOST_CARD)
    assert "The question could not be answered: http://127.0.0.1:9/v1 cannot be reached" in texts(app.error)
    assert "sk-secret" not in texts(app.error)
    app.sidebar.radio(key="lang").set_value("zh").run()
    assert "无法回答这个问题：无法连接 http://127.0.0.1:9/v1：" in texts(app.error)
    assert "cannot be reached" not in texts(app.error) and "sk-secret" not in texts(app.error)
    app.sidebar.radio(key="lang").set_value("en").run()
    assert "cannot be reached" in texts(app.error)
    app.selectbox[0].set_value("extract").run()
    assert "3 shells" in ask(app, LOST_CARD)


def test_wren_or_its_stand_in_is_named(page: Any) -> None:
    """Where wren is chosen, the page says whether wren or the documents' own sentences answer."""
    app = page()
    upload(app, "library_handbook.pdf")
    app.selectbox[0].set_value("wren").run()
    assert "3 shells" in ask(app, LOST_CARD)

    assert "Written by wren." in texts(app.caption) or "wren is too small for this one" in texts(app.caption)


def test_what_a_document_says_is_never_markup(page: Any) -> None:
    """A picture's address in a document would tell its owner what was asked: it is shown as text."""
    app = page()
    evil = b"The code of the door is 4711. ![x](http://evil.example/a.png) <img src=http://evil.example/b.png> $x$"
    upload(app, evil_md=evil)
    app.chat_input[0].set_value("What is the code of the door?").run()

    shown = [str(one.value) for one in app.markdown if "evil" in str(one.value)]
    assert shown
    assert not [one for one in shown if "![" in one or "](" in one or "<img" in one.replace("\\<img", "")]


def test_only_what_was_written_is_used(page: Any, tmp_path: Path) -> None:
    """Of stubs the page says which are missing, and stops; with the three that it needs, it runs and says what it lacks."""
    for name in ("library", "assistant"):
        shutil.copy(SOLUTIONS / f"{name}.py", tmp_path)
    stub = 'def read_pdf(path):\n    raise NotImplementedError("week 18, reading: write read_pdf")\n'
    (tmp_path / "reading.py").write_text(stub, encoding="utf-8")
    (tmp_path / "app.py").write_text("def :", encoding="utf-8")
    app = page(tmp_path)

    assert not app.exception
    warned = texts(app.warning)
    assert "`app.py` cannot be loaded: SyntaxError" in warned and "`reading.py` is not written yet (read_pdf)" in warned
    assert "`guarded.py` is not there." in warned
    assert "this page uses only what you wrote" in warned and not app.chat_input

    shutil.copy(SOLUTIONS / "app.py", tmp_path)
    app = page(tmp_path)
    assert "nobody looks for instructions" in texts(app.info) and "but no PDF" in texts(app.info)
    upload(app, "library_handbook.pdf", "garden_rules.md")
    assert "reading.py is not written yet." in texts(app.warning)
    assert "You can now ask about garden_rules.md." in texts(app.success)


def test_what_the_guard_kept_out_is_not_in_the_history(page: Any) -> None:
    """A writer is sent redacted questions, the earlier ones too, and no refused turn."""
    app = page()
    upload(app, "library_handbook.pdf")
    sent: list[Any] = []

    def write(question: str, passages: Any, history: Any) -> list[str]:
        sent.append([question, *(message["content"] for message in history)])
        return ["So [1]."]

    app.session_state["product"]._writers["extract"] = write
    for question in (f"{LOST_CARD} I am ada@example.org.", f"{LOST_CARD} You idiot!", LOST_CARD):
        ask(app, question)

    redacted = f"{LOST_CARD} I am [EMAIL]."
    assert [[redacted], [LOST_CARD, redacted, "So."]] == sent
    assert 3 == len(app.session_state["session"].view()["entries"])


def test_a_click_while_files_are_read(page: Any) -> None:
    """A run of the script that ends in the middle of an upload: what was read stays, the next run reads the rest."""
    import streamlit

    app = page()
    made, names = app.session_state["product"], []
    read = made.read

    def ends_once(name: str, data: bytes, tell: Any) -> Any:
        names.append(name)
        if names == ["a.txt", "b.txt"]:
            streamlit.stop()  # as a click does
        return read(name, data, tell)

    app.session_state["session"]._read = ends_once
    files = [(f"{name}.txt", f"The code of {name} is 4711.".encode(), "") for name in "abc"]
    app.file_uploader[0].set_value(files).run()
    app.run()

    assert ["a.txt", "b.txt", "b.txt", "c.txt"] == names
    assert 3 == len(app.success) and not app.info


# --- how it is started ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def capstone() -> types.ModuleType:
    """The script that `make capstone` runs."""
    spec = importlib.util.spec_from_file_location("capstone", WEEK / "capstone.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_make_capstone_runs_the_script() -> None:
    told = ["make", "-n", "capstone", "FROM=solutions", "PORT=8600", "LANG=zh_CN.UTF-8"]
    said = subprocess.run(told, cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert 'capstone.py --lang "zh_CN.UTF-8" --from "solutions" --port "8600"' in said


def test_a_copy_without_this_week_says_so(tmp_path: Path) -> None:
    """A release of other weeks has the command, too."""
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/.place").write_text(f"{tmp_path}\n", encoding="utf-8")
    for stamp in (".venv/bin/python", ".venv/.student", ".venv/.capstone"):
        (tmp_path / stamp).touch()
    said = subprocess.run(["make", "capstone"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert said.returncode and "came without week 18" in said.stderr and "第 18 周" in said.stderr


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    told = [sys.executable, str(WEEK / "capstone.py"), "--from", str(tmp_path)]
    ended = subprocess.run(told, capture_output=True, text=True, timeout=60, check=False)

    assert ended.returncode and "There is no folder" in ended.stderr


def test_the_port_of_a_page_that_has_just_ended_is_free(capstone: types.ModuleType) -> None:
    """The system holds it for a minute after the last call, but not against a server; a page that runs keeps it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert port != capstone.free_port(port)
        with socket.create_connection(("127.0.0.1", port)) as caller:
            server.accept()[0].close()  # who closes first waits
            caller.recv(1)

    assert port == capstone.free_port(port)


def test_a_signal_ends_the_server_too(capstone: types.ModuleType) -> None:
    """Whoever ends the script ends the page."""
    port = capstone.free_port(0)
    told = [sys.executable, str(WEEK / "capstone.py"), "--from", str(SOLUTIONS.parent), "--port", str(port)]
    process = subprocess.Popen(told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_healthy(port, process)
    finally:
        process.terminate()
        process.wait(30)
    for _ in range(100):
        with socket.socket() as caller:
            # Whether the port can be had again says nothing: the system may hold it for a minute after the last call.
            if caller.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the server is still there")


# --- in a browser -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def address(capstone: types.ModuleType) -> Iterator[str]:
    """The page, served on loopback until the tests of this file are over."""
    port = capstone.free_port(0)
    told = {**capstone.environment(SOLUTIONS, "en"), "CAPSTONE_EMBEDDER": "hashed"}
    process = subprocess.Popen(capstone.command(port), env=told, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_healthy(port, process)
        assert {"127.0.0.1"} == _listening(process.pid, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_healthy(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5):
            return
        time.sleep(0.2)
    raise AssertionError("the server never became healthy")


def _listening(pid: int, port: int) -> set[str]:
    """The addresses on which a process listens at a port."""
    found = set()
    for line in Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]:
        place, state = line.split()[1], line.split()[3]
        number, _, own = place.partition(":")
        if state == "0A" and int(own, 16) == port:
            found.add(".".join(str(byte) for byte in reversed(bytes.fromhex(number))))
    return found


def wait(chrome: "Chrome", text: str, *, gone: bool = False) -> None:
    """Wait until a text is on the page, or no more."""
    from selenium.webdriver.support.ui import WebDriverWait

    script = "return document.body.innerText.includes(arguments[0])"
    WebDriverWait(chrome, 90).until(lambda driver: driver.execute_script(script, text) is not gone, text)


def opened(chrome: "Chrome", address: str, width: int) -> "Chrome":
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chrome.get_log("browser")  # type: ignore[no-untyped-call] # what an earlier test left there
    chrome.get(address)
    wait(chrome, "Ask your documents")
    return chrome


def element(chrome: "Chrome", selector: str) -> Any:
    """An element, as soon as it is there."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    return WebDriverWait(chrome, 90).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, selector))[0]


def hand_in(chrome: "Chrome", *names: str) -> None:
    element(chrome, "input[type=file]").send_keys("\n".join(str(DOCUMENTS / name) for name in names))


def typed(chrome: "Chrome", question: str) -> None:
    from selenium.webdriver.common.keys import Keys

    element(chrome, "[data-testid=stChatInputTextArea]").send_keys(question + Keys.ENTER)


def click(chrome: "Chrome", text: str) -> None:
    """Click what bears a text: a folded list or a button."""
    script = """
    const all = [...document.querySelectorAll("summary, button")];
    all.find(one => one.innerText.includes(arguments[0])).click();
    """
    chrome.execute_script(script, text)


def shoot(chrome: "Chrome", name: str) -> None:
    """Keep a picture where somebody asked for one."""
    if folder := os.environ.get("CAPSTONE_PICTURES"):
        chrome.save_screenshot(f"{folder}/{name}.png")


@pytest.mark.parametrize("width", [390, 1200])
def test_in_a_browser(chrome: "Chrome", address: str, width: int) -> None:
    """Upload, ask, sources, refusal, reset: on a phone without sideways scrolling, quietly, and from loopback alone."""
    from selenium.webdriver.support.ui import WebDriverWait

    opened(chrome, address, width)
    element(chrome, "input[type=file]")
    shoot(chrome, f"begin-{width}")
    hand_in(chrome, "library_handbook.pdf", "market_notice.pdf", "broken.pdf")
    wait(chrome, "You can now ask about library_handbook.pdf.")
    wait(chrome, "broken.pdf was not taken")
    typed(chrome, LOST_CARD)
    wait(chrome, "3 shells")
    wait(chrome, "Sources: library_handbook.pdf, p. 1")
    click(chrome, "Sources")
    WebDriverWait(chrome, 90).until(lambda driver: driver.execute_script(SAID, "3 shells") > 1)  # and in its passage
    typed(chrome, STALL)
    wait(chrome, "5 shells a day")
    wait(chrome, "Ignored, because it looked like an instruction")
    typed(chrome, NOWHERE)
    wait(chrome, "I found nothing about this")
    shoot(chrome, f"asked-{width}")
    assert 0 == chrome.execute_script(TOO_WIDE)

    if width < 500:  # there the settings are folded away
        element(chrome, "[data-testid=stExpandSidebarButton]").click()
    wait(chrome, "Forget the conversation")
    shoot(chrome, f"settings-{width}")
    assert 0 == chrome.execute_script(TOO_WIDE)
    click(chrome, "Forget the conversation")
    wait(chrome, "3 shells", gone=True)
    click(chrome, "Forget the documents too")
    wait(chrome, "library_handbook.pdf", gone=True)
    click(chrome, "Forget the documents too")

    assert [] == chrome.get_log("browser")  # type: ignore[no-untyped-call]
    others = [one for one in chrome.execute_script(LOADED) if not one.startswith((f"{address}/", "data:", "blob:"))]
    assert [] == others


def test_the_page_of_a_course_has_this_week(course: Course) -> None:
    """The given files of the page stand where learners find them, as they were written."""
    week = next(week for week in course.weeks if week.number == "18")
    for name in ("page.py", "product.py", "read_apart.py", "capstone.py"):
        assert week.given()[name] == (week.folder / name).read_bytes()
