"""The handouts as a static site: both languages, search, formulas as MathML, nothing loaded from a network.

Pages are made from exercises/*/README*.md on every run; nothing is copied by hand.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grader.authoring.figures import FOLDER
from grader.authoring.figures import SUFFIXES as FIGURES
from grader.authoring.translations import STAMP
from grader.course.weeks import HANDOUTS, Course, Exercise, Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.learner.roadmap_page import pictures
from grader.messages import LANGUAGES, say
from grader.report.next_command import command

TEMPLATES = Path(__file__).parents[1] / "templates" / "site"
MARK = "handouts.txt"
"""Stands in every site that this writes; a folder without it is somebody's own."""
BEGUN = ".begun"
"""Stands in a site as long as it is not whole, so that a run which was cut off is run again; mkdocs leaves it alone."""
ASSETS = ("site.css", "worker.js")
SUFFIXES = {"en": "", "zh": ".zh"}
SEPARATOR = r"[\s\u200b!-,./:-@\[-^`{-~，。；：！？、（）“”《》]+"
"""Between words of the search; jieba sets zero-width spaces between Chinese ones. A hyphen joins: top-p is one word."""
TYPED = ("QueryLexer.termSeparator=t.tokenizer.separator", r"QueryLexer.termSeparator=/\s+/")
FIGURE = re.compile(rf"\]\({FOLDER}/([\w.-]+)\)")
PICTURES = {".png", ".svg", ".jpg"}
SCHEMES = (
    ("system", "(prefers-color-scheme)", "brightness-auto"),
    ("default", "(prefers-color-scheme: light)", "brightness-7"),
    ("slate", "(prefers-color-scheme: dark)", "brightness-4"),
)
"""The colours, the media query that they stand for, and the sign of their button. The first one is what a reader who
chose nothing gets: with one of the others first, the theme would keep that one for good."""


def run(args: argparse.Namespace) -> int:
    """Build the site."""
    out: Path = args.out or Path("site")
    if importlib.util.find_spec("material") is None:
        raise UserError("site_needs_extra")
    ours = (out / MARK).is_file() or (out / BEGUN).is_file()
    if out.exists() and not ours and (not out.is_dir() or any(out.iterdir())):
        raise UserError("site_not_empty", path=out)
    write_atomically(out / BEGUN, b"")
    with tempfile.TemporaryDirectory() as folder:
        problem = build(Course(args.root), Path(folder), out.resolve())
    if problem:
        print(problem, file=sys.stderr)
        return 3
    print(say("site_written", args.lang, path=out / "index.html"))
    return 0


def build(course: Course, work: Path, out: Path) -> str:
    """Build the site by way of the folder `work`; return what mkdocs says when it fails."""
    pages = write_pages(course, work / "docs")
    (work / "mkdocs.yml").write_text(json.dumps(configuration(pages, out)), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "-f", str(work / "mkdocs.yml")]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=work, env=environment, check=False)
    if done.returncode:
        return done.stdout + done.stderr
    part_by_language(out)
    for worker in (out / "assets/javascripts/workers").glob("search.*.min.js"):  # what is typed is cut at hyphens too
        worker.write_text(worker.read_text(encoding="utf-8").replace(*TYPED), encoding="utf-8")
    (out / MARK).write_text("made by: make site\n", encoding="utf-8")
    (out / BEGUN).unlink(missing_ok=True)
    return ""


def write_pages(course: Course, docs: Path) -> list[str]:
    """Write the sources of all pages; return their names in the order of the course."""
    docs.mkdir(parents=True)
    for name in ASSETS:
        shutil.copy(TEMPLATES / name, docs / name)
    for lang in LANGUAGES:
        (docs / f"index{SUFFIXES[lang]}.md").write_text(first_page(course, lang), encoding="utf-8")
    for week in course.weeks:
        for lang, name in HANDOUTS.items():
            text = STAMP.sub("\n", (week.folder / name).read_text(encoding="utf-8"))
            text = text.replace(
                "<details>", '<details markdown="1">'
            )  # a forge reads Markdown in it without being told
            for figure in FIGURE.findall(text):
                text = text.replace(f"]({FOLDER}/{figure})", f"]({_place(week, figure)})")
            (docs / f"{week.name}{SUFFIXES[lang]}.md").write_text(text, encoding="utf-8")
        for path in (week.folder / FOLDER).glob("*.svg"):
            (docs / _place(week, path.name)).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, docs / _place(week, path.name))
        for path in week.folder.iterdir():
            if path.suffix in PICTURES:
                shutil.copy(path, docs / path.name)
    return ["index.md", *(f"{week.name}.md" for week in course.weeks)]


def first_page(course: Course, lang: str) -> str:
    """Return the source of the first page: for whom, how long, how hard, how to start, and the road map."""
    loader = FileSystemLoader([TEMPLATES, TEMPLATES.parent])
    templates = Environment(loader=loader, undefined=StrictUndefined, autoescape=False, trim_blocks=True)
    templates.globals.update(t=lambda key, **values: say(key, lang, **values), lang=lang)
    stages, weeks = course.stages, {week.name: week for week in course.weeks}
    planned = [week for stage in stages for week in stage.week]
    first = next(week for week in planned if week.name in weeks)
    exercises = [exercise for week in course.weeks for exercise in week.exercises]
    states = {week.name: "open" if week.name in weeks else "to_come" for week in planned}
    links = {name: f"{name}.html" for name in weeks}
    drawn = templates.get_template("map.html.jinja").render(pictures=pictures(planned, states, lang), links=links)
    return templates.get_template("index.md.jinja").render(
        stages=stages,
        weeks=weeks,
        exercises=exercises,
        hours=hours(exercises),
        size=lambda week: size(week, lang),
        first=first,
        watch=command("watch", lang, WEEK=first.number),
        map="\n".join(line.strip() for line in drawn.splitlines() if line.strip()),
    )


def hours(exercises: list[Exercise]) -> str:
    return f"{max(1, round(sum(exercise.minutes for exercise in exercises if not exercise.extra) / 60))}"


def size(week: Week, lang: str) -> str:
    """How long and how hard a week is."""
    levels = [exercise.difficulty for exercise in week.exercises]
    values = {"exercises": len(levels), "hours": hours(week.exercises), "least": min(levels), "most": max(levels)}
    return say("site_week_size", lang, **values)


def part_by_language(out: Path) -> None:
    """Give each language its own search index and sitemap: a word is looked for in the language of the page.

    A Chinese page takes its own folder for the site's base, so it finds both there.
    """
    index = json.loads((out / "search" / "search_index.json").read_text(encoding="utf-8"))
    for lang, folder in (("en", out), ("zh", out / "zh")):
        docs = [one for one in index["docs"] if one["location"].startswith("zh/") == (lang == "zh")]
        docs = [{**one, "location": one["location"].removeprefix("zh/")} for one in docs]
        text = json.dumps({**index, "config": {**index["config"], "lang": [lang]}, "docs": docs}, ensure_ascii=False)
        (folder / "search").mkdir(exist_ok=True)
        (folder / "search" / "search_index.json").write_text(text, encoding="utf-8")
        (folder / "search" / "search_index.js").write_text(f"var __index = {text}", encoding="utf-8")
    sitemap = (out / "sitemap.xml").read_text(encoding="utf-8")  # "None" stands for the site's address, which has none
    (out / "sitemap.xml").write_text(sitemap.replace("None", ""), encoding="utf-8")
    inner = sitemap.replace("Nonezh/", "").replace("None", "../")
    (out / "zh" / "sitemap.xml").write_text(inner, encoding="utf-8")
    (out / "sitemap.xml.gz").unlink()


def _place(week: Week, name: str) -> str:
    """Return where a figure stands on the site: the plugin for languages drops files with a suffix unknown to it."""
    return f"{FOLDER}/{week.name}/{name.replace(FIGURES['zh'], '-zh.svg')}"


def configuration(pages: list[str], out: Path) -> dict[str, Any]:
    """Return mkdocs' settings."""
    names = {"en": "English", "zh": "中文"}
    languages = [
        {
            "locale": lang,
            "name": names[lang],
            "default": lang == "en",
            "site_name": say("page_course", lang),
            "theme": {"palette": palette(lang)},
        }
        for lang in LANGUAGES
    ]
    return {
        "site_name": say("page_course", "en"),
        "site_dir": str(out),
        "docs_dir": "docs",
        "use_directory_urls": False,
        "nav": pages,
        "extra_css": ["site.css"],
        "extra": {"generator": False},
        "hooks": [str(Path(__file__).with_name("site_hooks.py"))],
        "theme": {
            "name": "material",
            "font": False,
            "palette": palette("en"),
            "features": ["navigation.top", "search.highlight"],
        },
        "plugins": [
            {"search": {"separator": SEPARATOR}},
            "offline",
            {"i18n": {"docs_structure": "suffix", "languages": languages}},
        ],
        "markdown_extensions": [
            "attr_list",
            "md_in_html",
            "tables",
            "pymdownx.superfences",
            "md_in_html",
            {"toc": {"permalink": True}},
            {"pymdownx.highlight": {"guess_lang": False}},
            {"pymdownx.arithmatex": {"generic": True}},
        ],
    }


def palette(lang: str) -> list[dict[str, Any]]:
    """Return the theme's colour schemes: the system's, light and dark, each with the button that leads to the next."""
    return [
        {
            "media": media,
            "primary": "indigo",
            **({} if scheme == "system" else {"scheme": scheme}),
            "toggle": {"icon": f"material/{icon}", "name": say(f"site_scheme_{scheme}", lang)},
        }
        for scheme, media, icon in SCHEMES
    ]
