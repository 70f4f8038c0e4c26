"""What intake hands on: one student's modules, and what there is to say about them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from grader.intake.roster import Identity
from grader.outcomes import Finding

Clock = Literal["stamp", "late", "in time", "attempt", "archive", "file"]
"""What says when a week was handed in: nbgrader's timestamp.txt, the LMS's mark, the time in the names
that Blackboard gives, the times inside an archive, or only the files' time on disk.
"""


class Received(msgspec.Struct, frozen=True):
    """When a week was handed in, and what says so; `clocks` settles how far that is believed."""

    when: datetime
    """By nbgrader's stamp or Blackboard's attempt, else by the file system."""
    clock: Clock = "file"
    told: datetime | None = None
    """The latest time inside the archive, or that of the attempt; without a zone where none is known, as for a zip."""
    claimed: datetime | None = None
    """What a timestamp.txt says that the student may have written, in a folder that is not known to be nbgrader's."""


class Submission(Identity):
    """One student's work, ready to be judged, or the reason why it cannot be."""

    student: str
    """Id, safe as a folder name and unlike every other id, also where case does not count."""
    name: str
    """As it is shown."""
    files: dict[str, dict[str, bytes]] = {}
    """Week folder name to module file name to source."""
    received: dict[str, Received] = {}
    """When each week was handed in; a week is missing where nobody knows."""
    notebooks: dict[str, bytes] = {}
    """The notebook that counts for each week, as JSON without outputs: answers in words stand in it."""
    stranger: bool = False
    """Whether there is a roster and nobody on it is this student."""
    notes: list[Finding] = []
    problem: Finding | None = None
    """Set when there is nothing to judge."""
    entry: str = ""
    """What the first of its files, archives or folders is called where it was handed in."""

    @property
    def times(self) -> dict[str, datetime]:
        return {week: one.when for week, one in self.received.items()}

    @property
    def submitted(self) -> datetime | None:
        """When the last week was handed in."""
        return max(self.times.values(), default=None)
