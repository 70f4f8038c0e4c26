"""Similar submissions: pairs and groups that a person should look at, with the share that is alike and the lines; and
copies of the course's own answers. Never a verdict.

Winnowing (Schleimer, Wilkerson, Aiken 2003) over the tokens of each week. Names and literals all count as one, but
for what stands behind a dot; comments and layout count for nothing. Left out is what the stub or a given module
has, and in pairs what many students have, since that is how one writes it. Modules that are the same but for comments
and layout, names included, are a group however many students have them, and in pairs they count as one. Not found:
texts reordered in pieces of a few tokens, and copies with other names, each its own, that more students share than
COMMON and COMMON_PART say.
"""

from __future__ import annotations

import functools
import keyword
import re
import zlib
from array import array
from collections import Counter
from collections.abc import Container, Iterator
from itertools import combinations
from pathlib import Path

import msgspec
import numpy as np

from grader.course.weeks import Course, Exercise, Week
from grader.files import Spool
from grader.intake.submission import Submission

GRAM, WINDOW = 12, 6
LEAST_SHARE, LEAST_SHARED = 0.5, 8
"""A pair has at least this share of the smaller submission, and so many fingerprints, in common."""
COMMON = 10
"""What more students share than this, or than one in COMMON_PART, says nothing about any two of them."""
COMMON_PART = 10
COMMON_MOST = 60
"""However large the class: so many cannot have copied from one another unnoticed, and pairs grow with the square."""
CHARACTERS, CHARACTERS_IN_ALL = 200_000, 1_000_000
"""Of one module, and of one submission, that are looked at."""
SKETCH, ANCHORS = 128, 8
"""So many of a module's smallest hashes stand for all, and so many of them tell with which modules to compare it."""
NEAR, LEAST_OWN, LEAST_GROUP = 0.9, 40, 3
"""A group of so many has this share of its hashes in common, and each module so many that the stub has not."""
OURS, LEAST_OURS = 0.8, 100
"""A module has this share of its hashes, names left out, in common with an answer of the course's own, and so many that
the stub has not. Of 146 right answers that were written from stub and handout alone, none had more than 0.6."""
BASE, MIX = 1_000_003, 0x9E37_79B9_7F4A_7C15
WEEK_BITS = 0xFF
JOINED = 3
"""Matches that are so many lines apart, in both texts, are one."""
TOKEN = re.compile(
    r"(?P<skip>#[^\n]*|\s+|\\\n)"
    # A string without an end goes to the end of its line, or in three quotes of the text: nothing is looked at twice.
    r"|(?P<string>(?:\b[rbuftRBUFT]{1,2})?(?:'''(?:.*?'''|.*)|\"\"\"(?:.*?\"\"\"|.*)"
    r"|'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?|\"[^\"\\\n]*+(?:\\.[^\"\\\n]*+)*+\"?))"
    r"|(?P<attribute>\.[ \t]*[^\W\d]\w*)|(?P<name>[^\W\d]\w*)|(?P<number>\d[\w.]*)|(?P<other>.)",
    re.DOTALL,
)

Lines = tuple[int, int]
Token = tuple[int, int, int]
PLAIN, EXACT = 0, 1
"""Where in a token its number without the name stands, and the one with it."""
NOTHING = np.empty(0, np.uint64)
POWERS = np.array([pow(BASE, power, 1 << 64) for power in range(GRAM)], np.uint64)


class Match(msgspec.Struct, frozen=True):
    """A passage that two modules share: first and last line in each."""

    week: str
    one_file: str
    one_lines: Lines
    other_file: str
    other_lines: Lines


class Pair(msgspec.Struct, frozen=True):
    """Two students whose submissions of a week are alike: `share` of the smaller one is in the other.

    Of several such weeks the share is over all of them; weeks that are not alike say nothing.
    """

    one: str
    other: str
    share: float
    matches: list[Match]


class Group(msgspec.Struct, frozen=True):
    """Students whose module is the same, or nearly, names included."""

    week: str
    file: str
    students: list[str]


class _Sketch(msgspec.Struct, frozen=True):
    """A module's smallest hashes, for all of them: whose it is, and whether they are all there are."""

    student: str
    hashes: tuple[int, ...]


class _Mark(msgspec.Struct, frozen=True):
    """Where a fingerprint stands."""

    file: str
    lines: Lines


Prints = dict[tuple[str, int], _Mark]
"""Fingerprints of one submission: week and hash to the first place."""


class Likeness:
    """Finds pairs in a class that is shown to it one submission at a time.

    Of each, the hashes are kept in memory, eight bytes apiece; where they stand is in a file without a name, read again
    for the pairs that are found.
    """

    def __init__(self, course: Course) -> None:
        self.given = _Given(course)
        self.own_answers = OwnAnswers(course, self.given)
        self.students: list[str] = []
        self.hashes: list[array[int]] = []
        self.first: list[array[int]] = []
        """Of these, the hashes of modules that nobody before had word for word."""
        self._texts: set[tuple[str, str, int]] = set()
        self.marks = Spool()
        self.places: list[int] = []
        self._sketches: dict[tuple[str, str], list[_Sketch]] = {}

    def add(self, submission: Submission) -> dict[str, list[str]]:
        """Take a submission in; return by week which of its modules are answers of the course's own."""
        tokens = _tokens_of(submission)
        prints = _prints(tokens, self.given)
        new = {(*place, hash(tuple(token[EXACT] for token in found))): place for place, found in tokens.items()}
        firsts = {place for key, place in new.items() if key not in self._texts}
        self._texts |= new.keys()
        for (week, file), found in tokens.items():
            own = self.given.left_out_of(found, week, EXACT)
            if len(own) >= LEAST_OWN:
                sketch = _Sketch(submission.student, tuple(own[:SKETCH].tolist()))
                self._sketches.setdefault((week, file), []).append(sketch)
        self.students.append(submission.student)
        self.hashes.append(array("Q", sorted(map(_one_number, prints))))
        mine = (key for key, mark in prints.items() if (key[0], mark.file) in firsts)
        self.first.append(array("Q", sorted(map(_one_number, mine))))
        self.places.append(self.marks.put(msgspec.msgpack.encode([(*key, mark) for key, mark in prints.items()])))
        return self.own_answers.found_in(tokens)

    def pairs(self) -> list[Pair]:
        """Return the pairs of submissions that are alike in a week, the most alike first, whatever their order was."""
        order = sorted(range(len(self.students)), key=self.students.__getitem__)
        distinctive = self._distinctive(order)
        of_week = [(value & WEEK_BITS, group) for value, group in distinctive.items()]
        sizes = Counter((week, number) for week, group in of_week for number in group)
        shared = Counter((week, *two) for week, group in of_week for two in combinations(group, 2))
        alike: dict[tuple[int, int], dict[int, tuple[int, int]]] = {}
        for (week, one, other), count in shared.items():
            least = min(sizes[week, one], sizes[week, other])
            if count >= LEAST_SHARED and count / least >= LEAST_SHARE:
                alike.setdefault((one, other), {})[week] = count, least
        found = []
        for (one, other), weeks in alike.items():
            count, least = map(sum, zip(*weeks.values(), strict=True))
            matches = self._matches(one, other, distinctive, weeks)
            found.append(Pair(self.students[one], self.students[other], round(count / least, 4), matches))
        return sorted(found, key=lambda pair: (-pair.share, pair.one, pair.other))

    def groups(self) -> list[Group]:
        """Return the groups of modules that are the same or nearly, the largest first."""
        found = []
        for (week, file), sketches in sorted(self._sketches.items()):
            students = [sorted(group) for group in _alike(sketches) if len(group) >= LEAST_GROUP]
            found += [Group(week, file, group) for group in students]
        return sorted(found, key=lambda group: (-len(group.students), group.week, group.file, group.students))

    def _distinctive(self, order: list[int]) -> dict[int, list[int]]:
        """Return the fingerprints that two students share, but not many, each with its students.

        Where many have them word for word, one stands for all of those: the first that was shown.
        """
        common = min(max(COMMON, len(order) // COMMON_PART), COMMON_MOST)
        wanted, crowded = _with_counts(self.first, common)[0], _with_counts(self.hashes, common)[1]
        distinctive: dict[int, list[int]] = {}
        for number in order:
            own = np.frombuffer(self.hashes[number], np.uint64)
            own = own[np.isin(own, wanted) & (~np.isin(own, crowded) | np.isin(own, self.first[number]))]
            for value in own.tolist():
                distinctive.setdefault(value, []).append(number)
        return distinctive

    def _matches(self, one: int, other: int, distinctive: Container[int], weeks: Container[int]) -> list[Match]:
        prints = self._prints_of(one), self._prints_of(other)
        common = {key: _one_number(key) for key in prints[0].keys() & prints[1].keys()}
        keys = {key for key, value in common.items() if value in distinctive and value & WEEK_BITS in weeks}
        return _matches(*prints, keys)

    def _prints_of(self, number: int) -> Prints:
        data = self.marks.get(self.places[number])
        found = msgspec.msgpack.decode(data, type=list[tuple[str, int, _Mark]])
        return {(week, value): mark for week, value, mark in found}


class _Given:
    """The hashes of all that students were given, by week: they say nothing about who wrote them."""

    def __init__(self, course: Course) -> None:
        self._weeks = {week.name: week for week in course.weeks}
        self._hashes: dict[tuple[str, int], np.ndarray] = {}

    def hashes(self, week: str, form: int = PLAIN) -> np.ndarray:
        if (week, form) not in self._hashes:
            texts = [lex(text) for text in _texts_given(self._weeks[week])]
            for each in (PLAIN, EXACT):
                self._hashes[week, each] = np.concatenate([NOTHING, *(_hashes(text, each) for text in texts)])
        return self._hashes[week, form]

    def left_out_of(self, tokens: list[Token], week: str, form: int = PLAIN) -> np.ndarray:
        """Return the hashes of a text that nothing given has, each once."""
        return np.setdiff1d(_hashes(tokens, form), self.hashes(week, form))


class OwnAnswers:
    """Finds modules that are an answer of the course's own: the solution, or another right answer that is kept here."""

    def __init__(self, course: Course, given: _Given) -> None:
        self.course = course
        self.given = given
        self._answers: dict[tuple[str, str], list[tuple[str, np.ndarray]]] = {}

    def found_in(self, tokens: dict[tuple[str, str], list[Token]]) -> dict[str, list[str]]:
        """Return by week which module is which answer, with the share that they have in common."""
        found: dict[str, list[str]] = {}
        for week in self.course.weeks:
            for exercise in week.exercises:
                if module := tokens.get((week.name, f"{exercise.name}.py")):
                    share, answer = max(self._shares(week, exercise, module), default=(0.0, ""))
                    if share >= OURS:
                        line = f"{week.name}/{exercise.name}.py ~ {answer} ({share:.0%})"
                        found.setdefault(week.name, []).append(line)
        return found

    def _shares(self, week: Week, exercise: Exercise, module: list[Token]) -> Iterator[tuple[float, str]]:
        own = self.given.left_out_of(module, week.name)
        if len(own) >= LEAST_OURS:
            for answer, theirs in self._answers_to(week, exercise):
                yield len(np.intersect1d(own, theirs)) / len(own), answer

    def _answers_to(self, week: Week, exercise: Exercise) -> list[tuple[str, np.ndarray]]:
        key = week.name, exercise.name
        if key not in self._answers:
            paths = [week.solutions / f"{exercise.name}.py", *week.alternatives(exercise.name)]
            self._answers[key] = [
                (
                    path.relative_to(week.root).as_posix(),
                    self.given.left_out_of(lex(path.read_text(encoding="utf-8")), week.name),
                )
                for path in paths
                if path.is_file()
            ]
        return self._answers[key]


def _with_counts(hashes: list[array[int]], most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the hashes that at most so many lists have, and the others."""
    everything = [NOTHING, *(np.frombuffer(own, np.uint64) for own in hashes)]
    values, counts = np.unique(np.concatenate(everything), return_counts=True)
    return values[counts <= most], values[counts > most]


def _one_number(key: tuple[str, int]) -> int:
    """Return a week and a hash as one number of 64 bits, the last of which are the week's number."""
    week, value = key
    return (value & ~WEEK_BITS) | int(week[4:6])


def winnow(tokens: list[Token]) -> dict[int, Lines]:
    """Return the fingerprints of a text, each with the lines of its first place."""
    hashes = _hashes(tokens).tolist()
    chosen: dict[int, Lines] = {}
    for start in range(max(1, len(hashes) - WINDOW + 1) if hashes else 0):
        least = min(hashes[start : start + WINDOW])
        if least not in chosen:
            place = hashes.index(least, start)
            chosen[least] = tokens[place][2], tokens[place + GRAM - 1][2]
    return chosen


def lex(source: str) -> list[Token]:
    """Return each token as a number that leaves its name out, one that does not, and its line."""
    found, line = [], 1
    for match in TOKEN.finditer(source[:CHARACTERS]):
        kind, text = str(match.lastgroup), match.group()
        if kind != "skip":
            found.append((_number(kind, text), zlib.crc32(text.encode("utf-8", "replace")), line))
        if kind in ("skip", "string"):
            line += text.count("\n")
    return found


def _hashes(tokens: list[Token], form: int = PLAIN) -> np.ndarray:
    """Return the hash of every GRAM tokens in a row."""
    numbers = np.array([token[form] for token in tokens], np.uint64)
    if len(numbers) < GRAM:
        return NOTHING
    rows = np.lib.stride_tricks.sliding_window_view(numbers, GRAM)
    mixed: np.ndarray = (rows * POWERS).sum(axis=1, dtype=np.uint64)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(MIX)
    return mixed


def _alike(sketches: list[_Sketch]) -> list[list[str]]:
    """Return groups of students whose sketches are nearly the same.

    Nearly the same sets have most of their smallest hashes in common, so a module is compared only with those that
    share one of these: with the first of each group.
    """
    groups: list[tuple[set[int], list[str]]] = []
    anchored: dict[int, list[int]] = {}
    for sketch in sorted(sketches, key=lambda one: one.student):
        mine, anchors = set(sketch.hashes), sketch.hashes[:ANCHORS]
        near = {number: None for anchor in anchors for number in anchored.get(anchor, ())}
        group = next((number for number in near if _resemblance(groups[number][0], mine) >= NEAR), None)
        if group is None:
            group = len(groups)
            groups.append((mine, []))
            for anchor in anchors:
                anchored.setdefault(anchor, []).append(group)
        groups[group][1].append(sketch.student)
    return [students for _, students in groups]


def _resemblance(one: set[int], other: set[int]) -> float:
    """Return the share of hashes that two modules have in common, by the smallest of both together."""
    smallest = sorted(one | other)[: max(len(one), len(other))]
    return sum(value in one and value in other for value in smallest) / len(smallest)


@functools.lru_cache(maxsize=10_000)
def _number(kind: str, text: str) -> int:
    """Return what stands for a token: its kind where its text does not count."""
    plain = kind in ("string", "number") or (kind == "name" and not keyword.iskeyword(text))
    return zlib.crc32((kind if plain else "".join(text.split())).encode("utf-8", "replace"))


def _texts_given(week: Week) -> list[str]:
    """Return all that students of a week were given: of every place, not only of the chosen ones."""
    room: list[Path] = sorted(week.folder.glob("*.py"))
    return [text.decode("utf-8", "replace") for text in [*(path.read_bytes() for path in room), *week.given().values()]]


def _tokens_of(submission: Submission) -> dict[tuple[str, str], list[Token]]:
    """Return the tokens of a submission's modules by week and file, as far as they are looked at."""
    found, left = {}, CHARACTERS_IN_ALL
    for week, files in sorted(submission.files.items()):
        for name, source in sorted(files.items()):
            text = source.decode("utf-8", "replace")[: max(0, min(left, CHARACTERS))]
            left -= len(text)
            found[week, name] = lex(text)
    return found


def _prints(tokens: dict[tuple[str, str], list[Token]], given: _Given) -> Prints:
    """Return the fingerprints of a submission's own text."""
    prints: Prints = {}
    for (week, name), found in tokens.items():
        lines = winnow(found)
        for value in np.setdiff1d(np.fromiter(lines, np.uint64, len(lines)), given.hashes(week)).tolist():
            prints.setdefault((week, value), _Mark(name, lines[value]))
    return prints


def _matches(one: Prints, other: Prints, keys: set[tuple[str, int]]) -> list[Match]:
    """Return where two submissions are alike, neighbouring places as one."""
    places = sorted((key[0], one[key].file, other[key].file, one[key].lines, other[key].lines) for key in keys)
    found: list[Match] = []
    for week, file, other_file, lines, other_lines in places:
        last = found[-1] if found else None
        same = last and (week, file, other_file) == (last.week, last.one_file, last.other_file)
        if last and same and _near(last.one_lines, lines) and _near(last.other_lines, other_lines):
            joined = _join(last.one_lines, lines), _join(last.other_lines, other_lines)
            found[-1] = Match(week, file, joined[0], other_file, joined[1])
            continue
        found.append(Match(week, file, lines, other_file, other_lines))
    return found


def _near(one: Lines, other: Lines) -> bool:
    return one[0] - JOINED <= other[1] and other[0] <= one[1] + JOINED


def _join(one: Lines, other: Lines) -> Lines:
    return min(one[0], other[0]), max(one[1], other[1])
