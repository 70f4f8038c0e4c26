"""What intake hands on: one student's modules, and what there is to say about them.

Knows nothing of where they came from.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from grader.outcomes import Finding


class Submission(msgspec.Struct):
    """One student's work, ready to be judged, or the reason why it cannot be."""

    student: str
    """Id, safe as a folder name and unlike every other id, also where case does not count."""
    name: str
    files: dict[str, dict[str, bytes]] = {}
    """Week folder name to module file name to source."""
    submitted: datetime | None = None
    """The latest of `times`."""
    times: dict[str, datetime] = {}
    """When each week was handed in: nbgrader's stamp, else the file system's; never what stands inside an archive."""
    notes: list[Finding] = []
    problem: Finding | None = None
    """Set when there is nothing to judge."""
    first: str = ""
    last: str = ""
    email: str = ""
    """As the roster has them; `name` is what is shown."""
    notebooks: dict[str, bytes] = {}
    """The notebook that counts for a week, without outputs, where one was handed in: answers in words stand in it."""
    entry: str = ""
    """What the first of its files, archives or folders is called where it was handed in."""
    canvas: str = ""
    """Canvas's own number for the student, where an export tells it."""
