"""The gradebook as files for other programs: nbgrader's columns, and a Canvas gradebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from nbgrader.api import MissingEntry  # type: ignore[import-untyped, unused-ignore]
from nbgrader.plugins import ExportPlugin  # type: ignore[import-untyped, unused-ignore]

from grader.classroom import exports
from grader.errors import UserError
from grader.files import write_atomically
from grader.gradebook.folder import refresh_penalties
from grader.intake.entries import TIME_STAMP
from grader.intake.lateness import read_rules
from grader.intake.roster import sorted_name
from grader.messages import language, say


class QuotedExport(ExportPlugin):  # type: ignore[misc, unused-ignore]
    """nbgrader's own columns, every text quoted, no text that a spreadsheet would take for a formula."""

    default_file = "grades.csv"
    encoding = "utf-8-sig"
    """With the mark by which Excel knows it."""

    def export(self, gradebook: Any) -> None:
        try:
            for one in gradebook.assignments:
                refresh_penalties(gradebook, one.name, self.config)
        except UserError as error:  # a class file that somebody has broken since
            raise SystemExit(say(error.key, language(None), **error.values)) from None
        wanted = [one for one in gradebook.assignments if not self.assignment or one.name in map(str, self.assignment)]
        people = [one for one in gradebook.students if not self.student or one.id in map(str, self.student)]
        text = exports.table(self.rows(gradebook, wanted, people))
        write_atomically(Path(self.to or self.default_file).absolute(), text.encode(self.encoding))

    def rows(self, gradebook: Any, assignments: list[Any], students: list[Any]) -> list[list[object]]:
        head = "assignment duedate timestamp student_id last_name first_name email raw_score late_submission_penalty"
        rows: list[list[object]] = [[*head.split(), "score", "max_score"]]
        for assignment in assignments:
            for student in students:
                when, raw, penalty = _result(gradebook, assignment.name, student.id) or ("", 0.0, 0.0)
                when = "" if self.is_invented(assignment.name, student.id) else when
                who = [student.id, student.last_name or "", student.first_name or "", student.email or ""]
                last = [raw, penalty, max(0.0, raw - penalty), assignment.max_score]
                rows.append([assignment.name, assignment.duedate or "", when, *who, *last])
        return rows

    def is_invented(self, assignment: str, student: str) -> bool:
        """Whether nobody knows when this was handed in, only that it was late, as with Canvas's mark.

        nbgrader knows lateness as a time alone, so its gradebook has the due time and a second; the stamp beside the
        marked notebook, which its students get, is empty.
        """
        stamp = Path(self.parent.coursedir.format_path("autograded", student, assignment), TIME_STAMP)
        return stamp.is_file() and not stamp.read_bytes()


class CanvasExport(QuotedExport):
    """A gradebook that Canvas imports: `nbgrader export --exporter=grader.gradebook.CanvasExport`."""

    default_file = "canvas.csv"
    encoding = "utf-8"
    """Canvas takes no mark before a quote."""

    def missing(self) -> float | None:
        """Return what the class file gives for nothing, where there is one."""
        rules = Path(self.config.LatePenalty.get("rules") or "")
        return read_rules(rules).changes.missing if rules.is_file() else None

    def rows(self, gradebook: Any, assignments: list[Any], students: list[Any]) -> list[list[object]]:
        head: list[object] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        rows = [head + [one.name for one in assignments]]
        missing = self.missing()
        rows.append(["    Points Possible", "", "", "", "", *(one.max_score for one in assignments)])
        for student in students:
            name = sorted_name(student.first_name, student.last_name) or student.id
            found = (_result(gradebook, one.name, student.id) for one in assignments)
            # What was not handed in stays blank, or is 0 by the class file once somebody else did.
            nothing = [missing if one.num_submissions else None for one in assignments]
            pairs = zip(found, nothing, strict=True)
            scores = [max(0.0, one[1] - one[2]) if one else bare for one, bare in pairs]
            rows.append([name, "", student.id, student.id, "", *scores])
        return rows


def _result(gradebook: Any, assignment: str, student: str) -> tuple[object, float, float] | None:
    """Return when a student handed in, the score and the penalty; None where nothing was handed in."""
    try:
        found = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return None
    return found.timestamp or "", float(found.score), float(found.late_submission_penalty or 0)
