"""One self-contained HTML document, made from a template: it needs nothing else, not even a network.

Whatever is printed into a document is stripped of control characters and escaped on its way, so a template cannot
forget it; a content security policy allows nothing but the document's own style and script.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from grader.messages import say
from grader.report.terminal import number, printable

TEMPLATES = Path(__file__).parents[1] / "templates"


def templates(**filters: Callable[..., Any]) -> Environment:
    """Return the templates of documents that need these filters."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=clean,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    env.filters.update(number=number, **filters)
    env.globals.update(style=(TEMPLATES / "page.css").read_text(encoding="utf-8"))
    return env


def render(env: Environment, template: str, lang: str, script: str = "", **values: Any) -> str:
    """Return the document; in its template `t("key")` is the grader's sentence of that key."""
    return env.get_template(template).render(
        lang=lang, script=script, policy=_policy(script), t=lambda key, **names: say(key, lang, **names), **values
    )


def clean(value: Any) -> Any:
    """Strip what is printed into a document; markup of our own stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return printable(value)
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    return {name: clean(item) for name, item in value.items()} if isinstance(value, dict) else value


def _policy(script: str) -> str:
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"'sha256-{hashed}'" if script else "'none'"
    return f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src {allowed}"
