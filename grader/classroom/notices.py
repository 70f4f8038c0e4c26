"""What a student's report says of how the submission was read, in sum for the teacher."""

from __future__ import annotations

from collections.abc import Iterable

from grader.outcomes import Finding

KINDS = {
    "sum_code": "cell cell_of_text left_out left_more",
    "sum_files": "kind wrong_extension broken truncated encrypted method escapes archive_link archive_odd odd_name "
    "bomb entries archives long_name twice notebook_too_large code_too_large nested too_large total link odd_file "
    "week_too_large unreadable notebook ambiguous",
    "sum_choice": "taken_named taken_more taken_guess taken_attempt taken_received taken_latest taken_module "
    "taken_nearer taken_number later by_content",
    "sum_whose": "claims zeros zeros_apart shared_number",
    "sum_late_by_files": "time_of_files",
    "sum_late_by_mark": "days_of_mark days_of_archive days_of_files",
    "sum_stamp": "stamp_unreadable",
    "sum_stamp_own": "stamp_against stamp_doubted",
    "sum_by_archive": "time_of_archive time_in_archive",
    "sum_ignored": "time_ignored",
}
"""The keys of intake's notes by what a teacher is told in one line."""
KIND_OF = {f"intake_{key}": kind for kind, keys in KINDS.items() for key in keys.split()}


class Notices:
    """Which students' reports say something of a kind."""

    def __init__(self) -> None:
        self._students: dict[str, list[str]] = {kind: [] for kind in KINDS}

    def add(self, student: str, notes: Iterable[Finding]) -> None:
        for kind in {KIND_OF[note.key] for note in notes if note.key in KIND_OF}:
            self._students[kind].append(student)

    @property
    def found(self) -> list[tuple[str, list[str]]]:
        """The kinds that there are, each with its students."""
        return [(kind, students) for kind, students in self._students.items() if students]
