"""What happens to the site's pages on their way out: formulas become MathML, and nothing is loaded from elsewhere.

mkdocs calls these functions for every page. Knows nothing of where a page comes from.
"""

from __future__ import annotations

import html
import re
from typing import Any

from latex2mathml.converter import convert

SPAN = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
UNDERSCORE = re.compile(r"(\\text\{[^}]*?)\\_")
"""In a text the converter shows the backslash too."""
MINUS = re.compile(r"(<mo[^>]*>(?!&#x00029;|&#x0005D;|&#x0007D;|&#x0007C;|!)[^<]*</mo>)<mo>(?=&#x02212;</mo>)")
"""A minus after an operator or an opening bracket is a sign; a browser takes it for a difference."""
NAMED = "<mi>(?:ln|log|exp|sin|cos|tan|tanh)</mi>"
BEFORE_NAME = re.compile(rf"(</m(?:i|n|row|sup|sub|frac|sqrt)>)(?={NAMED})")
AFTER_NAME = re.compile(rf"({NAMED})(?=<m(?:i|n|row|sup|sub|frac|sqrt)[ >])")
THIN = r'\1<mspace width="0.17em"/>'
SHIM = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"></script>')
"""The theme's way to search from a file; ours is worker.js, beside the pages."""


def on_page_content(content: str, /, **context: Any) -> str:
    """Return a page's text with every formula as MathML: a browser draws it without script, font or network."""
    return SPAN.sub(_formula, content)


def on_post_page(output: str, /, *, page: Any, **context: Any) -> str:
    """Return a whole page with scripts of its own site only."""
    up = "../" * page.url.count("/")
    return SHIM.sub(f'<script src="{up}worker.js"></script>', output)


def on_post_template(output: str, /, **context: Any) -> str:
    """Return a page that stands nowhere in the course, such as 404.html, without the script."""
    return SHIM.sub("", output)


def _formula(match: re.Match[str]) -> str:
    inline, block = match.group(2), match.group(3)
    latex = html.unescape(inline if inline is not None else block).strip()
    while UNDERSCORE.search(latex):
        latex = UNDERSCORE.sub(r"\1_", latex)
    made: str = convert(latex, display="inline" if inline is not None else "block")
    made = MINUS.sub(r'\1<mo form="prefix">', made)
    return AFTER_NAME.sub(THIN, BEFORE_NAME.sub(THIN, made))
