"""Text on a narrow terminal: Chinese breaks between characters, and what continues stands under where it began."""

from __future__ import annotations

import re
import sys
from typing import Any, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.containers import Lines
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

HAN, OPENING, CLOSING = "\u2e80-\u2fff\u3040-\u9fff\uf900-\ufaff", "（《“‘「【", "。，、；：？！）》”’」】…"
UNIT = re.compile(f"[{OPENING}]*(?:[{HAN}]|[^\\s{HAN}{OPENING}{CLOSING}]+)?[{CLOSING}]*\\s*")
"""What no line may break: a Chinese character or a word of another script, with its punctuation."""
CARETS = re.compile(r"^( *)(.*)\n\1( *[~^][~^ ]*)$", re.MULTILINE)
"""A line of source, and what points at a part of it."""
CHINESE = re.compile(f"[{HAN}]")


class Prose(Text):
    """Text in which a line may also end between two Chinese characters."""

    def wrap(self, console: Console, width: int, **options: Any) -> Lines:
        if self.no_wrap or not CHINESE.search(self.plain):
            return super().wrap(console, width, **options)
        lines = Lines()
        for line in self.split(allow_blank=True):
            parts = line.divide(breaks(line.plain, width))
            for part in parts:
                part.rstrip_end(width)
            lines.extend(parts)
        return lines


def tell(text: str, file: TextIO | None = None) -> None:
    """Print sentences, each in a line of its own, or within the width of a terminal, which breaks words itself.

    What continues stands under the indent with which it began. A file has no width.
    """
    file = file or sys.stdout
    console = Console(file=file, highlight=False, width=None if file.isatty() else 100_000)
    for line in text.split("\n"):
        words = line.lstrip(" ")
        console.print(Padding(Prose(words), (0, 0, 0, len(line) - len(words)), expand=False) if words else "")


def breaks(text: str, width: int) -> list[int]:
    """Return where new lines begin; a unit that is longer than a line is cut."""
    found, used = [], 0
    for unit in UNIT.finditer(text):
        size = cell_len(unit.group().rstrip())
        if used and used + size > width:
            found.append(unit.start())
            used = 0
        for place, letter in enumerate(unit.group(), unit.start()):
            if used and size > width and used + cell_len(letter) > width:
                found.append(place)
                used = 0
            used += cell_len(letter)
    return found


def in_view(trace: str, width: int) -> str:
    """Return a traceback in which long lines are cut on the left where the carets below them would be out of sight."""

    def cut(found: re.Match[str]) -> str:
        indent, source, carets = found.groups()
        away = min(len(indent) + len(carets) - width + 2, carets.find("^"))
        return f"{indent}…{source[away:]}\n{indent} {carets[away:]}" if away > 1 else found[0]

    return CARETS.sub(cut, trace)


def hanging(lead: Text, text: Text, width: int | None = None) -> Table:
    """Return a text that continues under its own beginning, to the right of what leads it."""
    grid = Table.grid()
    grid.add_column(width=width, no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(lead, text)
    return grid
