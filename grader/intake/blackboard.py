"""Whose the files of a Blackboard download are: what in "Title_user_attempt_2026-03-01-23-59-59_file" is the user.

Title and user may both contain underscores, and a wrong guess gives one student's work to another. So the names of a
folder are read together, and what can be read in two ways is nobody's until a person has looked at it.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
from collections import Counter
from collections.abc import Collection
from datetime import datetime

from grader.intake.names import CANVAS, Owner, begins_with_owner
from grader.intake.roster import Roster

BLACKBOARD = re.compile(
    r"(?P<id>.[^_]*_.+?)_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)", re.IGNORECASE | re.DOTALL
)
"""The id is title and user. A text that Blackboard itself writes for every attempt has no name of a file."""


def owners_in(names: Collection[str], people: Roster | None) -> dict[str, Owner]:
    """Return the owners of those files of a folder that are Blackboard's.

    "Sums_1_2_ann_attempt_…" reads as Canvas's too. Canvas gives every file a number of its own: what stands before
    several users is a title, and who calls a file "ann_attempt_…" in Canvas is still its owner.
    """
    found = {name: match for name in names if (match := BLACKBOARD.fullmatch(name))}
    others = {name: begins_with_owner(name[: match.end("when")], False) for name, match in found.items()}
    begun = {name: name[: other.start("file")] for name, other in others.items() if other and other.re is CANVAS}
    heads = Counter(begin for begin, _ in {(begin, found[name]["id"]) for name, begin in begun.items()})
    ours = {name: match for name, match in found.items() if not others[name] or heads[begun.get(name, "")] > 1}
    users = users_of({match["id"] for match in ours.values()}, people)
    return {name: _owner(match, *users[match["id"]]) for name, match in ours.items()}


def _owner(match: re.Match[str], user: str, in_doubt: bool) -> Owner:
    when = int(match["when"].replace("-", ""))
    name = match["id"] if in_doubt else user
    return Owner(
        user, name, match["file"] or "", order=when, called=match.string, system="blackboard", in_doubt=in_doubt
    )


def attempt_time(digits: int) -> datetime | None:
    """Return when Blackboard received an attempt, on its clock; None where there is no such day."""
    with contextlib.suppress(ValueError):
        return datetime.strptime(str(digits), "%Y%m%d%H%M%S")
    return None


def users_of(heads: Collection[str], people: Roster | None) -> dict[str, tuple[str, bool]]:
    """Return the user of every "Title_user" of a folder, and whether it may as well be another.

    On the roster the longest ending counts. Its title must be trusted: the only one, or that of two users, or of a name
    with no other underscore; and no other title may fit. Who is not there is what stands behind the title that the
    names have in common; one such user of two titles with underscores may be two.
    """
    listed = {head: split for head in heads if people and (split := _on_roster(head, people))}
    others = {head: split for head, split in _behind_titles(heads).items() if head not in listed}
    plain = {head.partition("_")[0] for head in heads if head.count("_") == 1}
    bearers = Counter(title for title, _ in {*listed.values()})
    trusted = plain | {title for title, count in bearers.items() if count > 1 or len(plain | {*bearers}) == 1}
    found = {
        head: (user, {title} != {one for one in trusted if head.startswith(f"{one}_")})
        for head, (title, user) in listed.items()
    }
    titles = Counter(user for _, user in others.values())
    twice = {user for title, user in others.values() if "_" in title and titles[user] > 1}
    return found | {head: (user, user in twice) for head, (_, user) in others.items()}


def _splits(head: str) -> list[tuple[str, str]]:
    """Return every way to read a title and a user, the longest user first."""
    return [(head[: one.start()], head[one.end() :]) for one in re.finditer(r"(?<=.)_(?=.)", head, re.DOTALL)]


def _on_roster(head: str, people: Roster) -> tuple[str, str] | None:
    """Return title and user with the longest user whom the roster knows."""
    known = (split for split in _splits(head) if people.user(split[1]) or people.without_zeros(split[1]))
    return next(known, None)


def _behind_titles(heads: Collection[str]) -> dict[str, tuple[str, str]]:
    """Return title and user, where the title is what all names that begin with the same word have in common.

    Of a name that stands alone it is that word.
    """
    found: dict[str, tuple[str, str]] = {}
    for word, alike in itertools.groupby(sorted(heads), key=lambda head: _splits(head)[0][0]):
        some = list(alike)
        title = os.path.commonprefix(some).rpartition("_")[0] if len(some) > 1 else word
        found |= {head: (title, head[len(title) + 1 :]) for head in some}
    return found
