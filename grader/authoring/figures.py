"""Figures of handouts, drawn by code: `make figures` runs every week's figures/draw.py.

Each public function of that file takes a `Style` and returns a matplotlib figure; its name is the file's. There is one
SVG for each language, with text as paths (a reader needs no font) and colours that follow the reader's light or dark.
A figure carries a key of what drew it, so that a stale one is found without drawing.
"""

from __future__ import annotations

import argparse
import ast
import io
import re
import runpy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course.weeks import HANDOUTS, Course, Week, short_digest
from grader.messages import LANGUAGES, say

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOLDER, SCRIPT = "figures", "draw.py"
SUFFIXES = {"en": ".svg", "zh": ".zh-CN.svg"}
MOST_BYTES = 60_000
VERSION = "1"
"""Of what this module does to a figure: another number makes all figures stale."""
KEY = re.compile(r"<!-- drawn from (\w+) -->")
CHINESE_FONTS = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Noto Sans CJK JP"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "PingFang SC", "Microsoft YaHei", "SimHei"),
)
LIKELY = re.compile(r"CJK|SansSC|HanSans|WenQuanYi|wqy|PingFang|msyh|simhei", re.IGNORECASE)
COLOURS = {
    "ink": ("#1b1b1f", "#e8e8ec"),
    "soft": ("#6b6b76", "#a3a3b0"),
    "line": ("#c9c9d2", "#4a4f5b"),
    "paper": ("#ffffff", "#16181d"),
    "blue": ("#2b6cb0", "#7db4ea"),
    "orange": ("#c05621", "#f0a36b"),
    "green": ("#2f855a", "#74c69d"),
    "pink": ("#b83280", "#ee8fc5"),
    "pale_blue": ("#dbeafe", "#1e3350"),
    "pale_orange": ("#ffe8d6", "#4a2f1d"),
    "pale_green": ("#dcf5e6", "#1c3d2c"),
    "pale_pink": ("#fbe0f0", "#472038"),
}
"""Every colour of a figure, in light and in dark."""


class Style:
    """What a drawing function needs: the language, the colours by name, and an empty page."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.worded = False
        """Whether the figure has words of the language."""

    def __getattr__(self, name: str) -> str:
        if name not in COLOURS:
            raise AttributeError(name)
        return COLOURS[name][0]

    def text(self, en: str, zh: str) -> str:
        """Return the words of the figure's language."""
        self.worded = True
        return {"en": en, "zh": zh}[self.lang]

    def page(self, width: float, height: float) -> tuple[Figure, Any]:
        """Return a figure of that many units, and axes on which one unit is as long across as upwards."""
        from matplotlib.figure import Figure

        figure = Figure(figsize=(width, height), facecolor=self.paper)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(0, height))
        axes.axis("off")
        return figure, axes


def run(args: argparse.Namespace) -> int:
    """Draw the figures of the chosen weeks."""
    course = Course(args.root)
    weeks = course.asked(args.week)
    missing = False
    for week in weeks:
        written, complete = write(week)
        missing = missing or not complete
        for path in written:
            print(say("stub_written", args.lang, path=path.relative_to(course.root)))
    if missing:
        print(say("figures_no_font", args.lang))
    return 1 if missing else 0


def write(week: Week) -> tuple[list[Path], bool]:
    """Draw a week's figures; return their files, and whether none is missing for want of a Chinese font."""
    font, written, complete = chinese_font(), [], True
    for name in names(week):
        for lang in LANGUAGES:
            svg = drawn(week, name, lang, font)
            if svg is None:
                complete = False
                continue
            written.append(week.folder / FOLDER / f"{name}{SUFFIXES[lang]}")
            written[-1].write_text(svg, encoding="utf-8")
    return written, complete


def names(week: Week) -> list[str]:
    """Return the names of a week's figures, in the order of its file; none where it has no such file."""
    path = week.folder / FOLDER / SCRIPT
    body = ast.parse(path.read_bytes()).body if path.is_file() else []
    return [node.name for node in body if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")]


def key_of(week: Week) -> str:
    """Return the key of what draws a week's figures."""
    return short_digest(VERSION, (week.folder / FOLDER / SCRIPT).read_bytes())


def drawn(week: Week, name: str, lang: str, font: str | None) -> str | None:
    """Return a figure as SVG, always the same; None when it has Chinese words and there is no font for them."""
    import matplotlib

    draw = runpy.run_path(str(week.folder / FOLDER / SCRIPT))[name]
    families = ["DejaVu Sans", font] if font and lang == "zh" else ["DejaVu Sans"]
    settings: dict[Any, Any] = {"svg.fonttype": "path", "svg.hashsalt": f"{week.name}/{name}", "font.family": families}
    settings["text.color"] = COLOURS["ink"][0]
    out = io.StringIO()
    with matplotlib.rc_context(settings):
        style = Style(lang)
        figure: Figure = draw(style)
        if style.worded and lang == "zh" and font is None:
            return None
        facts = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=facts, facecolor=figure.get_facecolor())
    return finished(out.getvalue(), key_of(week))


def finished(svg: str, key: str) -> str:
    """Return the SVG with its key, and with the rules that turn its colours dark for a reader who wants that."""
    rules = "".join(
        f'[style*="{what}: {light}"]{{{what}:{dark}!important}}'
        for light, dark in COLOURS.values()
        for what in ("fill", "stroke")
        if f"{what}: {light}" in svg
    )
    style = f"<style>@media (prefers-color-scheme: dark){{{rules}}}</style>"
    head, tag, rest = svg.partition("<svg ")
    opening, close, body = rest.partition(">")
    lines = (line.rstrip() for line in f"{head}{tag}{opening}{close}\n {style}{body}".splitlines())
    return "\n".join(lines).replace("<svg ", f"<!-- drawn from {key} -->\n<svg ", 1) + "\n"


def chinese_font() -> str | None:
    """Return the first font of this machine that has Chinese characters."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    if not {font.name for font in manager.ttflist} & set(CHINESE_FONTS):  # perhaps installed since matplotlib looked
        for path in filter(LIKELY.search, font_manager.findSystemFonts()):
            manager.addfont(path)
    known = {font.name for font in manager.ttflist}
    return next((name for name in CHINESE_FONTS if name in known), None)


def problems(week: Week) -> list[str]:
    """Say which figures are missing, stale, too large, or shown in no handout."""
    found = []
    for name in names(week):
        for lang, suffix in SUFFIXES.items():
            path = week.folder / FOLDER / f"{name}{suffix}"
            handout = week.folder / HANDOUTS[lang]
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            key = KEY.search(text)
            shown = f"{FOLDER}/{path.name}"
            if key is None or key[1] != key_of(week):
                found.append(f"{shown} is stale: run make figures")
            if len(text.encode()) > MOST_BYTES:
                found.append(f"{shown} has {len(text.encode()):,} bytes, more than {MOST_BYTES:,}")
            if handout.is_file() and not re.search(rf"!\[[^\]]+\]\({shown}\)", handout.read_text(encoding="utf-8")):
                found.append(f"{handout.name} does not show {shown} with a text for who cannot see it")
    return [f"{week.name}: {problem}" for problem in found]
