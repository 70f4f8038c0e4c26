"""The writers that week 18 gives: always grounded, honest where a model is too small, clear where one cannot be had."""

import importlib.util
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "solutions/week18_capstone"
PASSAGES = [
    {"text": "The mill opens at nine [12]. It is closed in winter.", "document": "a.pdf", "page": 3, "score": 0.8},
    {"text": "磨坊九点开门。冬天不开门。", "document": "a.pdf", "page": 4, "score": 0.7},
]


@pytest.fixture
def writers(monkeypatch):
    """The module, with the folder of the week on the path as it is for a learner."""
    monkeypatch.syspath_prepend(str(FOLDER))
    for name in ("rules", "writers"):
        spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
    return sys.modules["writers"]


def refused(writers, call, *arguments):
    """Return the two sentences of an error: what `str` says, in English, and its `chinese`."""
    with pytest.raises(writers.WriterError) as caught:
        call(*arguments)
    return str(caught.value), caught.value.chinese


def test_sentences_of_the_passages(writers):
    assert "".join(writers.extract("When is it closed?", PASSAGES)) == "It is closed in winter. [1]"
    assert "".join(writers.extract("冬天开门吗？", PASSAGES)).startswith("冬天不开门。 [2]")
    # Nothing in common: the first sentence of the best passage, without the citation that was the document's own.
    assert "".join(writers.extract("Hallo?", PASSAGES)) == "The mill opens at nine. [1]"
    assert list(writers.extract("When?", [])) == []
    redacted = [{**PASSAGES[0], "text": "Call the miller, [PHONE], see [2, 3] and [a.pdf p. 4]."}]
    assert "".join(writers.extract("Whom to call?", redacted)) == "Call the miller, [PHONE], see and. [1]"


def test_what_a_chat_model_is_sent(writers):
    history = [{"role": "user", "content": "Hello?"}, {"role": "assistant", "content": "Hello."}]
    system, *said, asked = writers.messages("磨坊？", PASSAGES, history)

    assert (system["role"], said) == ("system", history)
    assert system["content"] == writers.INSTRUCTIONS["zh"]
    assert asked["content"].split("\n")[1:] == ["[2] 磨坊九点开门。冬天不开门。", "", "磨坊？"]


def test_wren_says_who_wrote(writers):
    wren = writers.Wren()
    documents = [{**PASSAGES[0], "text": "The library opens at 9.30 in the morning."}]
    village = [{**PASSAGES[0], "text": "Karl has a red hat. Karl has a goat."}]

    assert wren("When does the library open?", documents) == ["The library opens at 9.30 in the morning. [1]"]
    assert wren.wrote == "extract"
    for _ in range(2):
        text = "".join(wren("Which pet does Karl have?", village))
        assert text.endswith(" [1]")
        assert wren.wrote in ("wren", "extract")
    long = [{**PASSAGES[0], "text": "mill " * 900}]
    assert "".join(wren("What is a mill?", long)).endswith("[1]")
    assert refused(writers, writers.Wren, "/nowhere") == (
        "There is no model in /nowhere: this copy of the course came without it.",
        "/nowhere 里没有模型：这份课程副本不含模型。",
    )


def test_a_model_of_hugging_face_streams(writers, tmp_path):
    model = writers.HuggingFace(ROOT / "datasets/wren", tokens=12)
    pieces = list(model.chat([{"role": "user", "content": "What does Tom do?"}]))

    assert "".join(pieces) == "Tom is a teacher."
    assert len(pieces) > 1
    english, chinese = refused(writers, lambda: list(model("When?", [{**PASSAGES[0], "text": "mill " * 900}])))
    assert "fewer passages" in english and "请减少段落数" in chinese
    english, chinese = refused(writers, writers.HuggingFace, tmp_path)
    assert "cannot be loaded" in english and chinese.startswith(f"无法加载模型 {tmp_path}：")


class Server(BaseHTTPRequestHandler):
    """Answers with the number of messages, and keeps what it was sent."""

    seen: list[Any] = []
    status = 200

    def do_POST(self) -> None:
        self.seen.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        said = f"{len(self.seen[-1]['messages'])} messages [1]"
        body = json.dumps({"choices": [{"message": {"content": said}}]}).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        pass


def test_a_server_on_this_computer(writers):
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        write = writers.Server(f"http://127.0.0.1:{server.server_address[1]}/v1", "tiny", temperature=0)

        assert write("When?", PASSAGES) == ["2 messages [1]"]
        assert write("When?", PASSAGES, [{"role": "user", "content": "Hm?"}]) == ["3 messages [1]"]
        assert (Server.seen[0]["model"], Server.seen[0]["temperature"]) == ("tiny", 0)
        Server.status = 500
        english, chinese = refused(writers, write, "When?", PASSAGES)
        assert "status 500" in english and "状态码 500" in chinese
        server.shutdown()
        thread.join()
    english, chinese = refused(writers, writers.Server, "http://example.org/v1", "tiny", "secret")
    assert "only over https" in english and "只有通过 https" in chinese
