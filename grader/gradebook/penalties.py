"""What lateness costs in the gradebook, reckoned from the scores as they are now, a person's grades included."""

from __future__ import annotations

from typing import Any

from nbgrader.api import Assignment, SubmittedAssignment  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import AssignLatePenalties  # type: ignore[import-untyped, unused-ignore]


def refresh_penalties(gb: Any, assignment: str, config: Any) -> None:
    """Set the penalty of every submission: whoever graded what and when, the same work loses the same."""
    step: Any = AssignLatePenalties(config=config)
    step.assignment_id = assignment
    step.init_plugin()
    if hasattr(step.plugin_inst, "spend"):
        step.plugin_inst.spend(gb)
    query = gb.db.query(SubmittedAssignment).join(Assignment, SubmittedAssignment.assignment_id == Assignment.id)
    for submission in query.filter(Assignment.name == assignment):
        seconds = submission.total_seconds_late
        for row in submission.notebooks:
            late = None
            if seconds > 0:
                late = step.plugin_inst.late_submission_penalty(submission.student_id, row.score, seconds)
            row.late_submission_penalty = None if late is None else min(max(late, 0), row.score)
    gb.db.commit()
