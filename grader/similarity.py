"""Similar submissions: pairs that a person should look at, with the share that is alike and the lines. Never a
verdict.

Winnowing (Schleimer, Wilkerson, Aiken 2003) over the tokens of each week. Names and literals all count as one, but
for what stands behind a dot; comments and layout count for nothing. Left out is what the stub or a given module
has, and what many students have, since that is how one writes it. Not found: texts reordered in pieces of a few
tokens, and copies that more students share than COMMON and COMMON_PART say.
"""

from __future__ import annotations

import functools
import keyword
import re
import zlib
from collections import Counter
from itertools import combinations
from pathlib import Path

import msgspec

from grader.course import Course, Week
from grader.intake.submission import Submission

GRAM, WINDOW = 12, 6
LEAST_SHARE, LEAST_SHARED = 0.5, 8
"""A pair has at least this share of the smaller submission, and so many fingerprints, in common."""
COMMON = 10
"""What more students share than this, or than one in COMMON_PART, says nothing about any two of them."""
COMMON_PART = 10
CHARACTERS = 200_000
"""Of one module that are looked at."""
PRIME, BASE = (1 << 61) - 1, 1_000_003
JOINED = 3
"""Matches that are so many lines apart, in both texts, are one."""
TOKEN = re.compile(
    r"(?P<skip>#[^\n]*|\s+|\\\n)"
    r"|(?P<string>(?:\b[rbuftRBUFT]{1,2})?(?:'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"))"
    r"|(?P<attribute>\.[ \t]*[^\W\d]\w*)|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<other>.)",
    re.DOTALL,
)

Lines = tuple[int, int]


class Match(msgspec.Struct, frozen=True):
    """A passage that two modules share: first and last line in each."""

    week: str
    one_file: str
    one_lines: Lines
    other_file: str
    other_lines: Lines


class Pair(msgspec.Struct, frozen=True):
    """Two students whose submissions are alike: `share` of the smaller one is in the other."""

    one: str
    other: str
    share: float
    matches: list[Match]


class _Mark(msgspec.Struct, frozen=True):
    """Where a fingerprint stands."""

    file: str
    lines: Lines


Prints = dict[tuple[str, int], _Mark]
"""Fingerprints of one submission: week and hash to the first place."""


def pairs(submissions: list[Submission], course: Course) -> list[Pair]:
    """Return the pairs of submissions that are alike, the most alike first, whatever their order was."""
    weeks = {week.name: week for week in course.weeks}
    given = {name: _given(weeks[name]) for name in {name for one in submissions for name in one.files} & set(weeks)}
    everyone = {one.student: _prints(one, given) for one in sorted(submissions, key=lambda one: one.student)}
    index: dict[tuple[str, int], list[str]] = {}
    for student, prints in everyone.items():
        for key in prints:
            index.setdefault(key, []).append(student)
    common = max(COMMON, len(submissions) // COMMON_PART)
    telling = {key: students for key, students in index.items() if len(students) <= common}
    sizes = Counter(student for students in telling.values() for student in students)
    shared = Counter(two for students in telling.values() for two in combinations(students, 2))
    found = []
    for (one, other), count in shared.items():
        share = count / min(sizes[one], sizes[other])
        if count >= LEAST_SHARED and share >= LEAST_SHARE:
            keys = everyone[one].keys() & everyone[other].keys() & telling.keys()
            found.append(Pair(one, other, round(share, 4), _matches(everyone[one], everyone[other], keys)))
    return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))


def fingerprints(source: str) -> dict[int, Lines]:
    """Return the winnowed fingerprints of a text, each with the lines of its first place."""
    tokens = _tokens(source[:CHARACTERS])
    hashes = _hashes([token for token, _ in tokens])
    chosen: dict[int, Lines] = {}
    for start in range(max(1, len(hashes) - WINDOW + 1) if hashes else 0):
        least = min(hashes[start : start + WINDOW])
        if least not in chosen:
            place = hashes.index(least, start)
            chosen[least] = tokens[place][1], tokens[place + GRAM - 1][1]
    return chosen


def _tokens(source: str) -> list[tuple[int, int]]:
    """Return each token as a number, with its line."""
    found, line = [], 1
    for match in TOKEN.finditer(source):
        kind, text = str(match.lastgroup), match.group()
        if kind != "skip":
            found.append((_number(kind, text), line))
        if kind in ("skip", "string"):
            line += text.count("\n")
    return found


@functools.lru_cache(maxsize=10_000)
def _number(kind: str, text: str) -> int:
    """Return what stands for a token: its kind where its text does not count."""
    plain = kind in ("string", "number") or (kind == "name" and not keyword.iskeyword(text))
    return zlib.crc32((kind if plain else "".join(text.split())).encode("utf-8", "replace"))


def _hashes(tokens: list[int]) -> list[int]:
    """Return the rolling hash of every GRAM tokens in a row."""
    top = pow(BASE, GRAM, PRIME)
    value, found = 0, []
    for index, token in enumerate(tokens):
        value = (value * BASE + token) % PRIME
        if index >= GRAM:
            value = (value - tokens[index - GRAM] * top) % PRIME
        if index >= GRAM - 1:
            found.append(value)
    return found


def _given(week: Week) -> set[int]:
    """Return the hashes of all that students of a week were given; of every place, not only of the chosen ones."""
    room: list[Path] = sorted(week.folder.glob("*.py"))
    texts = [path.read_bytes() for path in room] + list(week.given().values())
    return {
        value
        for text in texts
        for value in _hashes([token for token, _ in _tokens(text.decode("utf-8", "replace")[:CHARACTERS])])
    }


def _prints(submission: Submission, given: dict[str, set[int]]) -> Prints:
    """Return the fingerprints of a submission's own text."""
    prints: Prints = {}
    for week, files in sorted(submission.files.items()):
        for name, source in sorted(files.items()):
            for value, lines in fingerprints(source.decode("utf-8", "replace")).items():
                if value not in given.get(week, ()):
                    prints.setdefault((week, value), _Mark(name, lines))
    return prints


def _matches(one: Prints, other: Prints, keys: set[tuple[str, int]]) -> list[Match]:
    """Return where two submissions are alike, neighbouring places as one."""
    places = sorted((key[0], one[key].file, other[key].file, one[key].lines, other[key].lines) for key in keys)
    found: list[Match] = []
    for week, file, other_file, lines, other_lines in places:
        last = found[-1] if found else None
        if last and (week, file, other_file) == (last.week, last.one_file, last.other_file):
            if _near(last.one_lines, lines) and _near(last.other_lines, other_lines):
                joined = _join(last.one_lines, lines), _join(last.other_lines, other_lines)
                found[-1] = Match(week, file, joined[0], other_file, joined[1])
                continue
        found.append(Match(week, file, lines, other_file, other_lines))
    return found


def _near(one: Lines, other: Lines) -> bool:
    return one[0] - JOINED <= other[1] and other[0] <= one[1] + JOINED


def _join(one: Lines, other: Lines) -> Lines:
    return min(one[0], other[0]), max(one[1], other[1])
