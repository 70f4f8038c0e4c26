"""The client that week 13 gives talks to a server on this computer, says what went wrong, and is off by default."""

import importlib.util
import json
import re
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

FILE = Path(__file__).resolve().parents[1] / "solutions/week13_prompting_and_agents/client.py"
ASKED = [{"role": "user", "content": "2+3? 二加三？"}]
KEY = "sk-secret-13"


def load() -> Any:
    spec = importlib.util.spec_from_file_location("week13_client", FILE)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


client = load()


class Server(ThreadingHTTPServer):
    """Answers every POST with what the test put here, and keeps what it was sent."""

    daemon_threads = True
    status = 200
    body = b""
    headers: dict[str, str] = {}

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None, Any]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["Authorization"], json.loads(sent)))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    do_GET = do_POST

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server():
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_settings(monkeypatch):
    for name in ("LLM_BASE_URL", "LLM_MODEL", "LLM_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody listens there: loopback goes without it


def answer(text: Any) -> bytes:
    return json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}).encode()


def refused(call: Any, *arguments: Any, **settings: Any) -> str:
    """Return the sentence of an error, of which the Chinese one is another sentence, and holds no key either."""
    with pytest.raises(client.ClientError) as caught:
        call(*arguments, **settings)
    english, chinese = str(caught.value), caught.value.chinese
    assert not re.search("[\u4e00-\u9fff]", english)
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert KEY not in chinese
    return english


def test_off_by_default():
    assert "LLM_BASE_URL" in refused(client.ChatClient, model="m")
    assert "LLM_MODEL" in refused(client.ChatClient, "http://127.0.0.1:1/v1")


def test_asks_and_answers(server):
    server.body = answer("5，五")
    model = client.ChatClient(server.url + "/", "tiny", KEY, temperature=0.5, max_tokens=9)

    assert model(ASKED, max_tokens=3) == "5，五"
    [(path, key, sent)] = server.seen
    assert (path, key) == ("/v1/chat/completions", f"Bearer {KEY}")
    assert sent == {"model": "tiny", "messages": ASKED, "temperature": 0.5, "max_tokens": 3}
    assert KEY not in repr(model)


def test_settings_of_the_environment(server, monkeypatch):
    server.body = answer("hello")
    monkeypatch.setenv("LLM_BASE_URL", server.url)
    monkeypatch.setenv("LLM_MODEL", "from-outside")

    assert client.connect()(ASKED) == "hello"
    assert server.seen == [("/v1/chat/completions", None, {"model": "from-outside", "messages": ASKED})]


@pytest.mark.parametrize(
    ("status", "body", "says", "advice"),
    [
        (
            401,
            b'{"error": {"message": "bad key sk-secret-13"}}',
            "LLM_API_KEY",
            "密钥有误：请检查 LLM_API_KEY。bad key …",
        ),
        (404, b'{"error": "model not found"}', "model not found", "地址或模型不存在"),
        (429, b"slow down", "slow down", "余额不足"),
        (500, b"", "500", "返回了状态码 500。"),
    ],
)
def test_an_error_of_the_server(server, status, body, says, advice):
    server.status, server.body = status, body
    model = client.ChatClient(server.url, "m", KEY)

    sentence = refused(model, ASKED)

    assert str(status) in sentence
    assert says in sentence
    assert KEY not in sentence
    with pytest.raises(client.ClientError) as caught:
        model(ASKED)
    assert advice in caught.value.chinese


@pytest.mark.parametrize(
    "body", [b"<html>", b"{}", b"[]", b'{"choices": []}', b'{"choices": [null]}', answer(None), b"\xff"]
)
def test_an_answer_that_is_none(server, body):
    server.body = body

    assert "server's answer" in (said := refused(client.ChatClient(server.url, "m"), ASKED)) or "no text" in said


def test_a_redirect_does_not_take_the_key_along(server):
    server.status, server.headers = 307, {"Location": server.url + "/elsewhere"}

    assert "redirects" in refused(client.ChatClient(server.url, "m", KEY), ASKED)
    assert len(server.seen) == 1


def test_nobody_there():
    with socket.socket() as bound:  # the port is taken, and nobody accepts on it
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/v1"

        assert "cannot be reached" in refused(client.ChatClient(url, "m"), ASKED)


def test_a_server_that_is_silent():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1"
        assert "0.2 seconds" in refused(client.ChatClient(url, "m", seconds=0.2), ASKED)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("127.0.0.1:80/v1", "http://"),
        ("file:///etc/passwd", "http://"),
        ("http://", "name a host"),
        ("http://me:word@127.0.0.1/v1", "user name"),
        ("http://example.org/v1", "https"),
    ],
)
def test_addresses_that_are_refused(url, says):
    assert says in refused(client.ChatClient, url, "m", KEY)


def test_wren_answers_in_the_same_way():
    model = client.connect(max_tokens=12)

    assert model([{"role": "user", "content": "What does Tom do?"}]) == "Tom is a teacher."
    drawn = model.sample([{"role": "user", "content": "What is 13+58?"}], 7, temperature=1.5)
    again = client.Wren(max_tokens=12).sample([{"role": "user", "content": "What is 13+58?"}], 7, temperature=1.5)
    assert drawn == again
    assert len(drawn) == 7
