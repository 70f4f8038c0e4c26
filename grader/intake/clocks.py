"""What says when a submission came in, and how far that is believed.

nbgrader's timestamp.txt is a fact, and so is the LMS's mark of who is late. The times inside an archive stay when it
is copied, but they are the student's own: they count next, and it is said where all rests on them. The times of files
on disk are those of the copy when a folder was copied. They count last, and when they would make most of a class late,
a person decides.
"""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import datetime, timedelta
from typing import Literal

from grader.errors import UserError
from grader.intake.lateness import Lateness
from grader.intake.submission import Submission
from grader.outcomes import Finding

Times = Literal["ask", "files", "ignore"]
"""What the times of files on disk are worth: they count unless they look wrong, they count, or they do not."""
FEW = 5
"""Of fewer submissions than this, most may well be late."""


class Clocks:
    """Settles the times of a class's submissions, one by one, by what is due when."""

    def __init__(self, rules: Lateness, times: Times = "ask") -> None:
        self.rules = rules
        self.times = times
        self.by_files: Counter[str] = Counter()
        self.late_by_files: Counter[str] = Counter()

    def settle(self, submission: Submission) -> None:
        """Move the times of a submission to the side of the due time on which they are known to be."""
        for week, when in submission.times.items():
            due, clock = self.rules.due_for(submission.student, week), submission.clocks.get(week, "file")
            if due is None or clock == "stamp":
                continue
            if clock == "archive" and self.times != "files":
                when = submission.times[week] = self._by_archive(submission, week, when, due)
            elif clock in ("archive", "file"):
                self.by_files[week] += 1
                self.late_by_files[week] += when > due
                if when > due:
                    key = "intake_time_ignored" if self.times == "ignore" else "intake_time_of_files"
                    submission.notes.append(Finding(key, {"week": week}))
            if clock == "late":  # the mark says that it is late, not by how much, and it knows no extension of ours
                plain = self.rules.due.get(week[4:6], due)
                when = plain if self.times == "ignore" else when
                if when > due + timedelta(days=1):
                    submission.notes.append(Finding("intake_days_of_files", {"week": week}))
                submission.times[week] = max(when, plain + timedelta(seconds=1))
            elif clock == "in time" or self.times == "ignore":
                submission.times[week] = min(when, due)
        submission.submitted = max(submission.times.values(), default=submission.submitted)

    def _by_archive(self, submission: Submission, week: str, received: datetime, due: datetime) -> datetime:
        """Return when the latest file of an archive was saved, or the archive itself where that was earlier."""
        inside = submission.inside[week]
        if inside.tzinfo is None:
            inside = (
                inside.replace(tzinfo=zoneinfo.ZoneInfo(self.rules.zone)) if self.rules.zone else inside.astimezone()
            )
        late = "intake_time_ignored" if self.times == "ignore" else "intake_time_of_archive"
        if received > due:
            key = late if inside > due else "intake_time_in_archive"
            submission.notes.append(Finding(key, {"week": week}))
        return min(inside, received)

    def expect_sense(self) -> None:
        """Stop where the times of files would make most of a class late.

        Raises:
            UserError: they would, and nobody has said what they are worth.
        """
        for week, late in self.late_by_files.items():
            count = self.by_files[week]
            if self.times == "ask" and count >= FEW and 2 * late > count:
                raise UserError("class_times_doubtful", late=late, count=count, week=week)
