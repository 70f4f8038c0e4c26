"""What says when a submission came in, and how far that is believed.

nbgrader's timestamp.txt is a fact, and so are the LMS's mark of who is late and the time of Blackboard's attempts. The
times inside an archive stay when it is copied, but they are the student's own: they count next, and it is said where
all rests on them. The times of files on disk are those of the copy when a folder was copied. They count last, and when
they would make most of a class late, a person decides.

Outside nbgrader's folder a student may have written a timestamp.txt, and the layout does not tell: what `make submit`
packs unpacks to the same. There it counts against the student alone, where it says the latest.
"""

from __future__ import annotations

import zoneinfo
from collections import Counter
from datetime import datetime, timedelta
from typing import Literal

from msgspec.structs import replace

from grader.errors import UserError
from grader.intake.lateness import Lateness
from grader.intake.submission import Received, Submission
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

    def decide(self, submission: Submission) -> None:
        """Settle when each week was handed in; of one that is only known to have been in time there is no time."""
        for week, one in list(submission.received.items()):
            due = self.rules.due_for(submission.student, week)
            when = self._when(submission, week, one, due) if due else one.when
            if when:
                submission.received[week] = replace(one, when=when)
            else:
                del submission.received[week]

    def _when(self, submission: Submission, week: str, one: Received, due: datetime) -> datetime | None:
        """Return when a week was handed in; None where it was in time and nobody knows when."""
        told = one.told and self._in_zone(one.told)
        if one.clock == "stamp":
            return one.when
        if one.clock == "attempt":
            return told
        if one.clock == "in time":
            return one.when if one.when <= due else None
        if one.clock == "late":
            return self._by_mark(submission, week, one.when, told, due)
        if told and self.times != "files":
            when = self._by_archive(submission, week, one.when, told, due)
        else:
            when = self._by_file(submission, week, one.when, due)
        counts = None if when > due and self.times == "ignore" else when
        return self._by_claim(submission, week, one.claimed, counts, due) if one.claimed else counts

    def _by_claim(
        self, submission: Submission, week: str, claimed: datetime, when: datetime | None, due: datetime
    ) -> datetime | None:
        """Return the later of what a student may have written and of what else tells; say which where it is late."""
        late = max(claimed, when or claimed) > due
        against = when is None or claimed > when
        if late:
            key = "intake_stamp_against" if against else "intake_stamp_doubted"
            submission.notes.append(Finding(key, {"week": week, "said": f"{claimed:%Y-%m-%d %H:%M:%S %Z}"}))
        return claimed if late and against else when

    def _by_mark(
        self, submission: Submission, week: str, received: datetime, told: datetime | None, due: datetime
    ) -> datetime | None:
        """Return when at the earliest a week was handed in that Canvas marks as late.

        The mark does not say by how much, and it knows no extension of ours: one second, so one day, unless the archive
        itself, or files that the teacher believes, say more.
        """
        least = self.rules.due.get(week[4:6], due) + timedelta(seconds=1)
        when, kind = least, "mark"
        if self.times == "files" and received >= least:
            when, kind = received, "files"
        elif self.times == "ask" and told and min(told, received) >= least:
            when, kind = min(told, received), "archive"
        if when <= due:
            return None
        submission.notes.append(Finding(f"intake_days_of_{kind}", {"week": week}))
        return when

    def _by_archive(
        self, submission: Submission, week: str, received: datetime, told: datetime, due: datetime
    ) -> datetime:
        """Return when the latest file of an archive was saved, or the archive itself where that was earlier."""
        late = "intake_time_ignored" if self.times == "ignore" else "intake_time_of_archive"
        if received > due:
            submission.notes.append(Finding(late if told > due else "intake_time_in_archive", {"week": week}))
        return min(told, received)

    def _by_file(self, submission: Submission, week: str, received: datetime, due: datetime) -> datetime:
        """Return when a file was last changed on this disk; how many of the class that makes late is counted."""
        self.by_files[week] += 1
        if received > due:
            self.late_by_files[week] += 1
            key = "intake_time_ignored" if self.times == "ignore" else "intake_time_of_files"
            submission.notes.append(Finding(key, {"week": week}))
        return received

    def _in_zone(self, told: datetime) -> datetime:
        """Return the time in an archive or of an attempt; where it has no zone, in the class's or this machine's."""
        if told.tzinfo or not self.rules.zone:
            return told.astimezone()
        return told.replace(tzinfo=zoneinfo.ZoneInfo(self.rules.zone))

    def expect_sense(self) -> None:
        """Stop where the times of files would make most of a class late.

        Raises:
            UserError: they would, and nobody has said what they are worth.
        """
        for week, late in self.late_by_files.items():
            count = self.by_files[week]
            if self.times == "ask" and count >= FEW and 2 * late > count:
                raise UserError("class_times_doubtful", late=late, count=count, week=week)
