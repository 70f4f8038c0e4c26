"""What happens to the site's pages on their way out: formulas become MathML, and nothing is loaded from elsewhere.

mkdocs calls these functions for every page. Knows nothing of where a page comes from.
"""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

SPAN = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
UNDERSCORE = re.compile(r"(\\(?:text|mathrm|operatorname)\{[^}]*?)\\_")
"""In an upright word an underscore is a letter, which the converter does not know."""
SHIM = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"></script>')
"""The theme's way to search from a file; ours is worker.js, beside the pages."""


def on_page_content(content: str, /, **context: Any) -> str:
    """Return a page's text with every formula as MathML: a browser draws it without script, font or network."""
    return SPAN.sub(_formula, content)


def on_post_page(output: str, /, *, page: Any, **context: Any) -> str:
    """Return a whole page with scripts of its own site only."""
    up = "../" * page.url.count("/")
    return SHIM.sub(f'<script src="{up}worker.js"></script>', output)


def _formula(match: re.Match[str]) -> str:
    inline, block = match.group(2), match.group(3)
    latex = html.unescape(inline if inline is not None else block).strip()
    while UNDERSCORE.search(latex):
        latex = UNDERSCORE.sub(r"\1_", latex)
    made: str = convert(latex, display="inline" if inline is not None else "block")
    return made
