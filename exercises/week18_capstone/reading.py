# Week 18, exercise reading: Reading a PDF
# Difficulty 3 of 5 · importance 5 of 5 · about 45 minutes
# It builds on: Strings, regular expressions, sets, exceptions.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, exercise 1: from a PDF to the text of its pages, as a reader sees it.

A PDF holds no text, only characters and where each is drawn. pypdf puts them in lines again. What is left to do is to
make whole words of what was divided for the paper, and to leave out what the paper repeats on every page.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

import pypdf
from pypdf.errors import FileNotDecryptedError

LIGATURES = re.compile("[\ufb00-\ufb06]")
HYPHENS = "-\u2010\u00ad"  # the key on the keyboard, Unicode's hyphen, the soft hyphen
CHINESE = re.compile("[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]")  # characters and full-width marks
CHINESE_ENDS = "。！？"
EDGE = 2


class Page(TypedDict):
    """A page: its number, counted from 1, its text, and whether there is none."""

    number: int
    text: str
    scanned: bool


def mend_lines(lines: Sequence[str]) -> str:
    """Join the lines of a page into a text in which words are whole.

    The white space at the ends of a line goes, and each run of it inside becomes one space. Empty lines are dropped.
    Each ligature (`LIGATURES`) becomes the letters it stands for. No other character is replaced by another.
    Between two lines stands a line break, with three exceptions:

    - A hyphen (one of `HYPHENS`) ends a line behind a letter, and the next line begins with a lower-case letter:
      hyphen and line break go.
    - In any other case, a hyphen ends a line behind a letter or digit, and the next line begins with a letter or a
      digit: the hyphen stays, the line break goes.
    - A line ends and the next one begins with a match of `CHINESE`: the line break goes, but it stays behind one of
      `CHINESE_ENDS`.

    Source: our own rules.
    """
    raise NotImplementedError("week 18, reading: write mend_lines")


def drop_running_lines(pages: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return the lines of each page without headings, footers and page numbers.

    The first `EDGE` lines of a page are its top, the last `EDGE` lines its bottom; in a short page they overlap.
    A line is running in the top if the tops of at least two pages, and of at least half of the pages that have lines,
    hold the same line; likewise in the bottom. Two lines are the same if they are equal once every run of digits in
    them is replaced by one sign, as "Page 9 of 12" and "Page 10 of 12".
    A running line is left out of the top (or the bottom) of every page. Elsewhere the same line stays.

    Source: our own rules.
    """
    raise NotImplementedError("week 18, reading: write drop_running_lines")


def read_pdf(path: Path) -> list[Page]:
    """Read a PDF and return its pages in order, all of them.

    The lines of a page are those of pypdf's `extract_text()`, without white space at their ends and without the empty
    ones. `drop_running_lines` of all pages and then `mend_lines` of each page make the text.
    A page of which no text is left has the text "" and is `scanned`: most likely it is a picture of a page.

    Raises:
        ValueError: the file is no PDF, pypdf cannot read it, or it is encrypted and does not open with the empty
            password.
        FileNotFoundError: there is no such file.
    """
    raise NotImplementedError("week 18, reading: write read_pdf")
