"""Assignments from weeks: `make nbgrader` writes source/, and release/ through nbgrader's own generate_assignment.

Building again keeps every submission and grade.
"""

from __future__ import annotations

import difflib
import shutil
from argparse import Namespace
from datetime import UTC
from pathlib import Path
from typing import Any

from nbgrader.api import Comment, Grade  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters import GenerateAssignment  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters.base import NbGraderException  # type: ignore[import-untyped, unused-ignore]

from grader.course import inventory, notebooks
from grader.course.stubs import week_texts
from grader.course.weeks import HANDOUTS, Course, Week
from grader.errors import UserError
from grader.files import keep_out_of_git, write_atomically
from grader.gradebook.folder import CONFIG, CourseFolder, notebook_row
from grader.gradebook.plugins import CALL, LINE, RULES
from grader.intake.lateness import Lateness, read_rules
from grader.intake.roster import Person, read_roster
from grader.messages import say
from grader.report.wrapping import tell

CONFIG_TEXT = f"""\
# Written once by `make nbgrader`; it is yours to extend.
import grader.gradebook

c = get_config()
c.CourseDirectory.course_id = "llm_exercises"
{LINE}  # our judge in place of Execute, late penalties of class.toml, quoted exports
"""
SCHEMA = {"schema_version": 3, "task": False}


class Builder(CourseFolder):
    """A course directory that is being built."""

    def languages(self, weeks: list[Week], force: bool) -> dict[str, str]:
        """Return the language of each week's assignment: students have it, so only force makes it another."""
        found: dict[str, str] = {}
        for week in weeks:
            path = self.path("source", ".", week.name) / f"{week.name}.ipynb"
            text = path.read_text(encoding="utf-8") if path.is_file() else ""
            found[week.name] = notebooks.language_of(text) or self.lang
        if other := [week for week in weeks if found[week.name] != self.lang]:
            numbers = " ".join(week.number for week in other)
            values = {"weeks": ", ".join(week.name for week in other), "numbers": numbers, "path": self.root}
            tell(say("course_turned" if force else "course_language", self.lang, **values))
        return dict.fromkeys(found, self.lang) if force else found

    def build(self, course: Course, weeks: list[Week], rules: Lateness | None, languages: dict[str, str]) -> None:
        """Write or bring up to date the assignments of the weeks; submissions and grades stay."""
        for week in weeks:
            lang = languages[week.name]
            texts = week_texts(week, lang)
            points = {item.name: inventory.points_in(week.suite(item.name)) for item in week.exercises}
            cells = notebooks.cells_of(week, texts, lang, points)
            with self.gradebook() as gb:
                earlier = notebook_row(gb, week.name)
                if earlier is not None and earlier.submissions:
                    cells += _retired(earlier, cells)
                    self._admit(gb, earlier, week.name, cells)
            text = notebooks.render(cells, _metadata)
            write_atomically(self.path("source", ".", week.name) / f"{week.name}.ipynb", text.encode())
            for path in (week.folder / "figures").glob("*.svg"):  # nbgrader hands them out beside the notebook
                write_atomically(self.path("source", ".", week.name) / "figures" / path.name, path.read_bytes())
            try:
                self.run(GenerateAssignment, week.name)
            except (NbGraderException, SystemExit) as error:
                raise UserError("course_generate_failed", week=week.name, problem=error) from error
            due = rules.due.get(week.number) if rules else None
            if due:
                with self.gradebook() as gb:
                    gb.update_or_create_assignment(week.name, duedate=due.astimezone(UTC).replace(tzinfo=None))

    def _admit(self, gb: Any, row: Any, week: str, cells: list[notebooks.Cell]) -> None:
        """Give earlier submissions a place for new cells: nbgrader mirrors cells only when a submission begins."""
        for cell in cells:
            if cell.role not in ("grade", "solution", "answer"):
                continue
            kind = "code" if cell.is_code else "markdown"
            gb.update_or_create_source_cell(cell.id, week, week, cell_type=kind, source=cell.source)
            if cell.role != "solution":
                made = gb.update_or_create_grade_cell(cell.id, week, week, cell_type=kind, max_score=cell.points)
                _mirror(gb, row.submissions, made, Grade, "grades")
            if cell.role != "grade":
                made = gb.update_or_create_solution_cell(cell.id, week, week)
                _mirror(gb, row.submissions, made, Comment, "comments")
        gb.db.commit()

    def remove(self, students: list[str]) -> int:
        """Only take out people who are nobody, with notebooks and pages; never one with work or a person's grades.

        Raises:
            UserError: no such student, or one whose work a person graded or handed in here.
        """
        with self.gradebook() as gb:
            known = {one.id: one for one in gb.students}
            for student in students:
                if student not in known:
                    raise UserError("course_no_student", student=student, path=self.root)
                rows = [row for work in known[student].submissions for book in work.notebooks for row in book.grades]
                by_hand = any(row.manual_score is not None or row.extra_credit for row in rows)
                if by_hand or (self.root / "submitted" / student).exists():
                    raise UserError("course_has_work", student=student, path=self.root)
            for student in students:
                gb.remove_student(student)
                for step in ("autograded", "feedback"):
                    shutil.rmtree(self.root / step / student, ignore_errors=True)
        tell(say("course_removed", self.lang, count=len(students), students=", ".join(students)))
        return 0

    def enrol(self, people: list[Person]) -> None:
        """Put people into the gradebook; what their roster leaves open stays as it is."""
        with self.gradebook() as gb:
            for one in people:
                known = {"first_name": one.first, "last_name": one.last, "email": one.email}
                gb.update_or_create_student(one.id, **{name: value for name, value in known.items() if value})


def _retired(row: Any, cells: list[notebooks.Cell]) -> list[notebooks.Cell]:
    """Return cells that the week has no more but that submissions have grades for: they stay, at the end."""
    known = {cell.id for cell in cells}
    grades = {cell.name: cell.max_score for cell in row.grade_cells}
    written = {cell.name for cell in row.solution_cells}
    return [
        notebooks.Cell(old.name, old.source, _role(old.name, grades, written), grades.get(old.name, 0))
        for old in row.source_cells
        if old.name not in known
    ]


def _metadata(cell: notebooks.Cell) -> dict[str, Any]:
    """Return what nbgrader reads from a cell."""
    if cell.role not in ("grade", "solution", "answer"):
        return {}
    graded, written = cell.role != "solution", cell.role != "grade"
    meta = {**SCHEMA, "grade": graded, "grade_id": cell.id, "locked": not written, "solution": written}
    return {"nbgrader": {**meta, "points": cell.points} if graded else meta}


def _role(name: str, grades: dict[str, float], written: set[str]) -> notebooks.Role:
    return "solution" if name not in grades else "answer" if name in written else "grade"


def _mirror(gb: Any, submissions: list[Any], cell: Any, kind: Any, rows: str) -> None:
    for row in submissions:
        if all(one.cell_id != cell.id for one in getattr(row, rows)):
            gb.db.add(kind(cell_id=cell.id, notebook=row))


def build(args: Namespace) -> int:
    """Run the command `nbgrader`."""
    if args.course is None or (args.remove and not (Path(args.course) / CONFIG).is_file()):
        raise UserError("course_needs_dir")
    course, root = Course(args.root), Path(args.course)
    if args.remove:
        return Builder(root, args.lang).remove(args.remove.split())
    chosen = course.asked(args.week)
    languages = Builder(root, args.lang).languages(chosen, args.force)
    weeks = [week for week in chosen if (week.folder / HANDOUTS[languages[week.name]]).is_file()]
    for week in chosen:
        if week not in weeks:
            tell(say("course_no_handout", args.lang, week=week.name))
    # Before anything is written: a run that is refused leaves nothing behind.
    own, given = root / RULES, args.rules and read_rules(args.rules, course)
    rules = read_rules(own, course) if own.is_file() else given  # what stands in the directory is what counts
    people = read_roster(args.roster).people if args.roster else []
    _prepare(root, args)
    folder = Builder(root, args.lang)  # with the settings that stand there now
    folder.build(course, weeks, rules, languages)
    folder.enrol(people)
    with folder.gradebook() as gb:
        tell(say("course_built", args.lang, path=root, weeks=len(weeks), students=len(gb.students)))
    return 0


def _prepare(root: Path, args: Namespace) -> None:
    """Make the folder, its configuration and its class file."""
    root.mkdir(parents=True, exist_ok=True)
    config = root / CONFIG
    if not config.is_file():
        write_atomically(config, CONFIG_TEXT.encode())
    elif CALL not in config.read_text(encoding="utf-8"):
        tell(say("course_config_kept", args.lang, path=config, line=f"import grader.gradebook; {LINE}"))
    keep_out_of_git(root, args.root)
    own = root / RULES
    if args.rules and not own.is_file():
        shutil.copyfile(args.rules, own)
    elif args.rules and args.rules.read_bytes() != own.read_bytes():
        tell(say("course_rules_kept", args.lang, path=own, other=args.rules))
        mine, theirs = (path.read_text("utf-8", "replace").splitlines() for path in (own, args.rules))
        print("\n".join(difflib.unified_diff(mine, theirs, str(own), str(args.rules), lineterm="")))
