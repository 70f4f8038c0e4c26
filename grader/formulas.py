"""Formulas of the site's pages, from LaTeX to MathML: a browser draws them without script, font or network.

mkdocs calls `on_page_content` for every page. Knows nothing of where a page comes from.
"""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

SPAN = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
TEXT = re.compile(r"(\\(?:text|mathrm|operatorname)\{[^}]*?)\\_")
"""An underscore in an upright word is a letter, which the converter does not know."""


def on_page_content(content: str, /, **context: Any) -> str:
    """Return a page's HTML with every formula as MathML."""
    return SPAN.sub(_formula, content)


def _formula(match: re.Match[str]) -> str:
    inline, block = match.group(2), match.group(3)
    latex = html.unescape(inline if inline is not None else block).strip()
    while TEXT.search(latex):
        latex = TEXT.sub(r"\1_", latex)
    made: str = convert(latex, display="inline" if inline is not None else "block")
    return made
