"""What happens to the site's pages on their way out: formulas become MathML, and nothing is loaded from elsewhere.

mkdocs calls these functions for every page.
"""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element, tostring

from latex2mathml.converter import Converter

SPAN = re.compile(r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL)
UNDERSCORE = re.compile(r"(\\text\{[^}]*?)\\_")
"""In a text the converter shows the backslash too."""
ROWS = {"math", "mrow", "mstyle", "mtd", "msqrt"}
"""Elements of any number of children. A base with its index has two and takes no third: not even a space."""
SCRIPTED = {"msub", "msup", "msubsup", "munder", "mover", "munderover"}
OPERANDS = {"mi", "mn", "mrow", "mfrac", "msqrt", "msub", "msup", "msubsup"}
NAMES = {"ln", "log", "exp", "sin", "cos", "tan", "tanh"}
OPENING = {"\N{LEFT FLOOR}", "\N{LEFT CEILING}"}
"""The converter takes these brackets for letters."""
MINUS, CLOSING = "\N{MINUS SIGN}", set(")]}|!")
LONG = 24
"""A formula in a line of text that has more signs than this may be wider than a telephone; site.css lets it scroll."""
SHIM = re.compile(r'<script src="https://unpkg\.com/iframe-worker/shim"></script>')
"""The theme's way to search from a file; ours is worker.js, beside the pages."""


def on_page_content(content: str, /, **context: Any) -> str:
    """Return a page's text with every formula as MathML: a browser draws it without script, font or network."""
    return SPAN.sub(_formula, content)


def on_post_page(output: str, /, *, page: Any, **context: Any) -> str:
    """Return a whole page with scripts of its own site only."""
    up = "../" * page.url.count("/")
    if page.url.startswith("zh/"):
        output = output.replace('"base": ".."', '"base": "."', 1)  # search and sitemap of this language
    return SHIM.sub(f'<script src="{up}worker.js"></script>', output)


def on_post_template(output: str, /, **context: Any) -> str:
    """Return a page that stands nowhere in the course, such as 404.html, without the script."""
    return SHIM.sub("", output)


def _formula(match: re.Match[str]) -> str:
    inline, block = match.group(2), match.group(3)
    latex = html.unescape(inline if inline is not None else block).strip()
    while UNDERSCORE.search(latex):
        latex = UNDERSCORE.sub(r"\1_", latex)
    tree: Element = Converter(display="inline" if inline is not None else "block").convert_to_element(latex)
    for element in tree.iter():
        element.text = html.unescape(element.text or "")  # the converter writes characters as entities
    if len("".join(tree.itertext())) > LONG:
        tree.set("class", "long")
    for row in [element for element in tree.iter() if element.tag in ROWS]:
        _signs(row)
        _spaces(row)
    return tostring(tree, encoding="unicode")


def _signs(row: Element) -> None:
    """A minus after an operator or an opening bracket is a sign; a browser takes it for a difference."""
    for before, minus in pairwise(row):
        if (before.tag, minus.tag, minus.text) == ("mo", "mo", MINUS) and before.text not in CLOSING:
            minus.set("form", "prefix")


def _spaces(row: Element) -> None:
    """A name stands off what is before and after it by a thin space."""
    children = list(row)
    for place in range(len(children) - 1, 0, -1):
        before, after = children[place - 1 : place + 1]
        if (_named(before) and _operand(after)) or (_named(after) and _operand(before)):
            row.insert(place, Element("mspace", width="0.17em"))


def _named(element: Element) -> bool:
    """Whether this is a name such as log, with or without an index."""
    base = element[0] if element.tag in SCRIPTED else element
    return base.tag == "mi" and base.text in NAMES


def _operand(element: Element) -> bool:
    return element.tag in OPERANDS and element.text not in OPENING
