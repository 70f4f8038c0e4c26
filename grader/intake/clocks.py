"""What says when a submission came in, and how far that is believed.

nbgrader's timestamp.txt is a fact, and so is the LMS's mark of who is late. The times of files on disk are neither: a
copied folder has the time of the copy. They count last, and when they would make most of a class late, a person
decides.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
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
            if clock == "file":
                self.by_files[week] += 1
                self.late_by_files[week] += when > due
                if when > due:
                    key = "intake_time_ignored" if self.times == "ignore" else "intake_time_of_files"
                    submission.notes.append(Finding(key, {"week": week}))
            if clock == "late":
                submission.times[week] = max(when, due + timedelta(seconds=1))
            elif clock == "in time" or self.times == "ignore":
                submission.times[week] = min(when, due)
        submission.submitted = max(submission.times.values(), default=submission.submitted)

    def expect_sense(self) -> None:
        """Stop where the times of files would make most of a class late.

        Raises:
            UserError: they would, and nobody has said what they are worth.
        """
        for week, late in self.late_by_files.items():
            count = self.by_files[week]
            if self.times == "ask" and count >= FEW and 2 * late > count:
                raise UserError("class_times_doubtful", late=late, count=count, week=week)
