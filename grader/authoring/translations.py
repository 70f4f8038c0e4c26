"""Checks that a handout's two languages have the same structure, code, formulas and terms.

A Chinese handout ends with a key of the English text that it translates.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from grader.course import contracts, experiments, labels, stubs
from grader.course.weeks import HANDOUTS, Course, Week, short_digest
from grader.messages import say

LABEL = re.compile(labels.BLOCK.pattern + r"\n?", re.DOTALL)
"""A label with the empty line behind it."""
STAMP = re.compile(r"\n<!-- translates: ([0-9a-f]+) -->\n*\Z")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BLOCK_FORMULA = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
FORMULA = re.compile(r"(?<![\\$])\$(?!\$)([^$\n]+?)(?<!\\)\$")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\((\S+?)\)")
LIST = re.compile(r"^\s*(?:-|\d+\.) ", re.MULTILINE)
QUOTED = re.compile(r'"[^"]*"')


def run(args: argparse.Namespace) -> int:
    """Note in the Chinese handouts that they translate the English ones as they are now."""
    course = Course(args.root)
    weeks = course.asked(args.week)
    found = [problem for week in weeks for problem in differences(week)]
    if found:
        print("\n".join(found))
        print(say("translated_first", args.lang))
        return 1
    for week in weeks:
        stamp(week)
        contracts.stamp(week, stubs.stubs_of(week))
    for path in stubs.write(course, weeks).written:
        print(say("stub_written", args.lang, path=path))
    print(say("translated_done", args.lang, count=len(weeks)))
    return 0


def stamp(week: Week) -> None:
    """Write the English handout's key at the end of the Chinese one."""
    english, chinese = (week.folder / name for name in HANDOUTS.values())
    text = STAMP.sub("\n", chinese.read_text(encoding="utf-8")).rstrip("\n")
    key = key_of(english.read_text(encoding="utf-8"))
    chinese.write_text(f"{text}\n\n<!-- translates: {key} -->\n", encoding="utf-8")


def key_of(english: str) -> str:
    """Return the key of a handout's own words: included code is translated by nobody."""
    return short_digest(stubs.INCLUDE.sub(r"\1 \2", written(english)))


def written(text: str) -> str:
    """Return a handout without its labels, which nobody wrote there, and without the code of experiments."""
    return experiments.BLOCK.sub(r"<!-- experiment: \1 -->\n", LABEL.sub("", text))


def problems(week: Week) -> list[str]:
    """What is wrong with a week's pair of handouts; nothing when one of them is missing."""
    english, chinese = (week.folder / name for name in HANDOUTS.values())
    if not (english.is_file() and chinese.is_file()):
        return []
    found = STAMP.search(chinese.read_text(encoding="utf-8"))
    if found and found.group(1) == key_of(english.read_text(encoding="utf-8")):
        return differences(week)
    older = f"{week.name}: {chinese.name} translates an older {english.name}"
    return [f"{older}: bring it up to date, then run make translated WEEK={week.number}", *differences(week)]


def differences(week: Week) -> list[str]:
    """Say where the two handouts do not have the same parts, and which terms are not the glossary's."""
    english, chinese = (written((week.folder / name).read_text(encoding="utf-8")) for name in HANDOUTS.values())
    found = []
    for what, part in PARTS.items():
        one, other = part(english), part(chinese)
        if Counter(one) != Counter(other) or (what in IN_ORDER and one != other):
            found.append(f"{week.name}: the two handouts do not have the same {what}{_example(one, other)}")
    for term, translation in glossary(week.root).items():
        if uses(prose(english), term) and translation not in prose(chinese) and term.lower() not in chinese.lower():
            found.append(f"{week.name}: the Chinese handout says neither {translation} nor {term}: docs/glossary.toml")
    return found


def _example(one: list[str], other: list[str]) -> str:
    """The first part that only one of them has."""
    more, fewer = Counter(one), Counter(other)
    for lang, rest in (("English", more - fewer), ("Chinese", fewer - more)):
        for part in rest:
            return f": only the {lang} one has {part.strip()!r}"
    return ", or not in the same order"


def prose(text: str) -> str:
    """Return a handout without code and formulas."""
    for pattern in (stubs.INCLUDE, FENCE, BLOCK_FORMULA, CODE, FORMULA):
        text = pattern.sub(" ", text)
    return text


def uses(text: str, term: str) -> bool:
    return re.search(rf"\b{re.escape(term)}s?\b", text, re.IGNORECASE) is not None


def glossary(root: Path) -> dict[str, str]:
    path = root / "docs" / "glossary.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _outside(text: str) -> str:
    return FENCE.sub("", stubs.INCLUDE.sub("", text))


def _formulas(text: str) -> list[str]:
    text = CODE.sub("", _outside(text))
    return BLOCK_FORMULA.findall(text) + FORMULA.findall(BLOCK_FORMULA.sub("", text))


def _code(text: str) -> list[str]:
    """Inline code; what is quoted in it may be in either language, and a command answer in it."""
    return [
        QUOTED.sub('""', code).removesuffix(" LANG=zh") for code in CODE.findall(BLOCK_FORMULA.sub("", _outside(text)))
    ]


def _links(text: str) -> list[str]:
    return [link.replace(".zh-CN.", ".") for link in LINK.findall(_outside(text))]


def _tables(text: str) -> list[str]:
    return [f"table row of {line.count('|') - 1} cells" for line in _outside(text).splitlines() if line.startswith("|")]


PARTS: dict[str, Callable[[str], list[str]]] = {
    "headings": lambda text: re.findall(r"^(#+) ", _outside(text), re.MULTILINE),
    "included code": lambda text: [" ".join(found) for found in stubs.INCLUDE.findall(text)],
    "blocks of code": lambda text: FENCE.findall(stubs.INCLUDE.sub("", text)),
    "tables": _tables,
    "lists": lambda text: [item.strip() for item in LIST.findall(_outside(text))],
    "links": _links,
    "formulas": _formulas,
    "code": _code,
}
IN_ORDER = {"headings", "included code", "blocks of code", "tables", "lists", "links"}
"""Words change places between languages, and with them formulas and code; the rest does not."""
