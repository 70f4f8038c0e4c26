"""Given: models to talk to, all called the same way: `reply = model(messages)`.

    from client import connect
    model = connect()                      # wren, on this computer, unless LLM_BASE_URL is set
    model([{"role": "user", "content": "What does Tom do?"}])

Nothing here goes to the network unless you say so: set LLM_BASE_URL (with LLM_MODEL, and LLM_API_KEY where one is
needed), or pass `base_url`. Any server that speaks OpenAI's chat completions will do: llama.cpp, Ollama or vLLM.

    export LLM_BASE_URL=http://127.0.0.1:11434/v1 LLM_MODEL=qwen3:4b
"""

import ipaddress
import json
import os
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

ADVICE = {
    300: ("It redirects to another address: use that one.", "它重定向到另一个地址：请改用那个地址。"),
    401: ("The key is missing or wrong: LLM_API_KEY.", "缺少密钥或密钥有误：请检查 LLM_API_KEY。"),
    403: ("This key may not do that.", "这个密钥没有相应的权限。"),
    404: (
        "The address or the model does not exist; many addresses end in /v1.",
        "地址或模型不存在；许多地址以 /v1 结尾。",
    ),
    429: (
        "Too many calls, or nothing left to pay them: wait, or look at your account.",
        "调用过于频繁，或账户余额不足：请稍候，或查看账户。",
    ),
}
WREN = Path(__file__).resolve().parent.parent.parent / "datasets" / "wren"


class ClientError(Exception):
    """The model could not be asked; the sentence says why, and never holds the key. `chinese` says it in Chinese."""

    def __init__(self, english, chinese):
        super().__init__(english, chinese)
        self.chinese = chinese

    def __str__(self):
        return self.args[0]


def connect(**settings):
    """Return the model at LLM_BASE_URL (or `base_url`), or wren if there is none."""
    return ChatClient(**settings) if settings.get("base_url") or os.environ.get("LLM_BASE_URL") else Wren(**settings)


class ChatClient:
    """A model behind an address that speaks OpenAI's chat completions."""

    def __init__(self, base_url=None, model=None, api_key=None, *, seconds=60.0, **settings):
        """Without arguments, LLM_BASE_URL, LLM_MODEL and LLM_API_KEY are used.

        `seconds` is how long to wait for the server each time it is silent. All other settings are sent
        along with every call: temperature, max_tokens, seed, stop …
        """
        self.base_url = (base_url or os.environ.get("LLM_BASE_URL", "")).rstrip("/")
        self.model = model or os.environ.get("LLM_MODEL", "")
        self._key = api_key or os.environ.get("LLM_API_KEY", "")
        self.seconds, self.settings = seconds, settings
        if not self.base_url:
            raise ClientError(
                "No address: set LLM_BASE_URL or pass base_url, such as http://127.0.0.1:11434/v1",
                "没有地址：请设置 LLM_BASE_URL 或传入 base_url，例如 http://127.0.0.1:11434/v1",
            )
        if not self.model:
            raise ClientError(
                "No model: set LLM_MODEL or pass model; the server's list of models tells the names.",
                "没有指定模型：请设置 LLM_MODEL 或传入 model，名字可以在服务器的模型列表中查到。",
            )
        self._check()

    def __repr__(self):
        return f"ChatClient({self.base_url!r}, {self.model!r})"

    def __call__(self, messages, **settings):
        """Send the messages and return the text of the reply. Settings given here win over those given before."""
        body = {"model": self.model, "messages": messages, **self.settings, **settings}
        answer = self._post("/chat/completions", body)
        try:
            text = answer["choices"][0]["message"]["content"]
        except (LookupError, TypeError):
            raise ClientError(
                f"The server's answer holds no choices[0].message.content: {_short(answer)}",
                f"服务器的响应里没有 choices[0].message.content：{_short(answer)}",
            ) from None
        if not isinstance(text, str):
            raise ClientError(f"The reply is no text: {_short(answer)}", f"回复不是文本：{_short(answer)}")
        return text

    def _check(self):
        """Refuse an address that cannot work, and one on which a key would travel in the open."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ClientError(
                f"The address must begin with http:// or https:// and name a host: {self.base_url!r}",
                f"地址必须以 http:// 或 https:// 开头，并包含主机名：{self.base_url!r}",
            )
        if parts.username or parts.password:
            raise ClientError(
                "The address holds a user name or a password: pass api_key or set LLM_API_KEY instead.",
                "地址里含有用户名或密码：请改为传入 api_key 或设置 LLM_API_KEY。",
            )
        self._near = _is_loopback(parts.hostname)
        if parts.scheme == "http" and self._key and not self._near:
            raise ClientError(
                f"A key is sent to {parts.hostname} only over https.",
                f"只有通过 https 才会把密钥发送到 {parts.hostname}。",
            )

    def _post(self, path, body):
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        request = urllib.request.Request(self.base_url + path, json.dumps(body).encode(), headers)
        # What runs on this computer is reached without a proxy; and a redirect would take the key along.
        handlers = [_NoRedirect(), *([urllib.request.ProxyHandler({})] if self._near else [])]
        try:
            with urllib.request.build_opener(*handlers).open(request, timeout=self.seconds) as response:
                raw = response.read()
        except urllib.error.HTTPError as error:
            with error:
                raise self._explained(error.code, error.read(2000)) from None
        except (urllib.error.URLError, HTTPException, OSError) as error:
            reason = getattr(error, "reason", error)
            if isinstance(reason, TimeoutError):
                raise ClientError(
                    f"{self.base_url} did not answer within {self.seconds:g} seconds.",
                    f"{self.base_url} 在 {self.seconds:g} 秒内没有响应。",
                ) from None
            why = self._hide(str(reason))
            raise ClientError(f"{self.base_url} cannot be reached: {why}", f"无法连接 {self.base_url}：{why}") from None
        try:
            return json.loads(raw)
        except ValueError:
            shown = self._hide(_short(raw))
            raise ClientError(f"The server's answer is no JSON: {shown}", f"服务器的响应不是 JSON：{shown}") from None

    def _explained(self, status, raw):
        """An error with what the server says about it, and what to do about the usual ones."""
        try:
            said = json.loads(raw)["error"]
            said = said["message"] if isinstance(said, dict) else said
        except (ValueError, LookupError, TypeError):
            said = raw
        english, chinese = ADVICE.get(300 if 300 <= status < 400 else status, ("", ""))
        said = self._hide(_short(said))
        return ClientError(
            f"{self.base_url} answered with status {status}. {english} {said}".replace("  ", " "),
            f"{self.base_url} 返回了状态码 {status}。{chinese}{said}",
        )

    def _hide(self, text):
        return text.replace(self._key, "…") if self._key else text


class Wren:
    """Our own small model, on this computer, called in the same way. It knows one little village and some sums."""

    def __init__(self, folder=WREN, *, temperature=0.0, max_tokens=64, seed=13, **ignored):
        """`temperature` 0 takes the likeliest token each time; above 0, calls continue one sequence of random draws."""
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        if not (Path(folder) / "config.json").is_file():
            raise ClientError(
                f"There is no model in {folder}: this copy of the course came without it.",
                f"{folder} 里没有模型：这份课程副本不含模型。",
            )
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.network = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
        self.temperature, self.max_tokens = temperature, max_tokens
        self.generator = torch.Generator().manual_seed(seed)

    def __call__(self, messages, **settings):
        """Return the text of the reply. A setting may be temperature or max_tokens."""
        return self.sample(messages, 1, **settings)[0]

    def sample(self, messages, count, *, temperature=None, max_tokens=None):
        """Return several replies to the same messages, drawn together."""
        import torch

        temperature = self.temperature if temperature is None else temperature
        ids = self.tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
        new = torch.tensor([ids] * count)  # (count, tokens)
        written, cache, done = [], None, torch.zeros(count, dtype=torch.bool)
        end = self.tokenizer.eos_token_id
        with torch.inference_mode():
            for _ in range(max_tokens or self.max_tokens):
                out = self.network(new, past_key_values=cache, use_cache=True)
                logits, cache = out.logits[:, -1], out.past_key_values
                if temperature > 0:
                    new = torch.multinomial((logits / temperature).softmax(-1), 1, generator=self.generator)
                else:
                    new = logits.argmax(-1, keepdim=True)
                new = torch.where(done[:, None], end, new)  # (count, 1)
                written.append(new)
                done |= new[:, 0] == end
                if done.all():
                    break
        rows = torch.cat(written, dim=1).tolist()
        rows = [row[: row.index(end)] if end in row else row for row in rows]
        return [self.tokenizer.decode(row) for row in rows]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None  # then the status of the redirect is an error


def _is_loopback(host):
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _short(value):
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return text if len(text) <= 300 else text[:300] + " …"
