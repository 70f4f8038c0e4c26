"""A course directory of nbgrader: built from the weeks, graded by our judge, stored and shown by nbgrader.

nbgrader never runs a submission: where it would execute a notebook, `Judge` puts in the reports and scores of the
locked box. Manual scores, comments and extra credit belong to the teaching assistants: nothing here writes them.
Knows nothing of how a notebook's cells are made or found again.
"""

from __future__ import annotations

import functools
import json
import logging
import os
import shutil
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader import utils  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import (  # type: ignore[import-untyped, unused-ignore]
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    SubmittedNotebook,
)
from nbgrader.converters import (  # type: ignore[import-untyped, unused-ignore]
    Autograde,
    GenerateAssignment,
    GenerateFeedback,
)
from nbgrader.converters.base import NbGraderException  # type: ignore[import-untyped, unused-ignore]
from nbgrader.coursedir import CourseDirectory  # type: ignore[import-untyped, unused-ignore]
from nbgrader.plugins import ExportPlugin, LateSubmissionPlugin  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import (  # type: ignore[import-untyped, unused-ignore]
    AssignLatePenalties,
    ClearSolutions,
    Execute,
)
from traitlets import Bool, Unicode
from traitlets.config import Config, PyFileConfigLoader

from grader import inventory, marked, notebooks, records
from grader.classroom import Classroom, Graded
from grader.course import Course, Week, default_root
from grader.engine import CAN_FORK, Engine
from grader.errors import UserError
from grader.files import write_atomically
from grader.intake import Submission, collect
from grader.intake.lateness import Lateness, read_rules
from grader.intake.names import safe_ids
from grader.intake.roster import read_roster
from grader.messages import say
from grader.stubs import generate, handouts

CONFIG, RULES, STORE = "nbgrader_config.py", "class.toml", ".judged"
LINE = "grader.gradebook.configure(c, __file__)"
CONFIG_TEXT = f"""\
# Written once by `make nbgrader`; it is yours to extend.
import grader.gradebook

c = get_config()
c.CourseDirectory.course_id = "llm_exercises"
{LINE}  # our judge in place of Execute, late penalties of class.toml, quoted exports
"""
SCHEMA = {"schema_version": 3, "task": False}
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def configure(c: Any, config_file: str) -> None:
    """Set a course directory's configuration: called by its nbgrader_config.py."""
    root = Path(config_file).resolve().parent
    c.CourseDirectory.root = str(root)
    c.Autograde.exporter_class = Reader
    c.Autograde.autograde_preprocessors = _with(Autograde, "autograde_preprocessors", Execute, Judge)
    c.GenerateAssignment.preprocessors = _with(GenerateAssignment, "preprocessors", ClearSolutions, ClearOtherSolutions)
    c.AssignLatePenalties.plugin_class = LatePenalty
    c.LatePenalty.rules = str(root / RULES)
    c.ExportApp.plugin_class = QuotedExport


def _with(converter: Any, trait: str, old: Any, new: Any) -> list[Any]:
    """Return nbgrader's own list of steps with one step replaced."""
    return [new if step is old else step for step in converter.class_traits()[trait].default()]


@functools.cache
def _course() -> Course:
    return Course(default_root())


def _week(assignment: str) -> Week | None:
    """Return the week that an assignment is; None for an assignment of somebody else's."""
    return next((week for week in _course().weeks if week.name == assignment), None)


class ClearOtherSolutions(ClearSolutions):  # type: ignore[misc, unused-ignore]
    """Leaves our stubs as they are: no solution of ours is ever in a course directory."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        return (nb, resources) if _week(resources["nbgrader"]["assignment"]) else super().preprocess(nb, resources)


class Reader(NotebookExporter):
    """Reads what students handed in as data, judges all of it at once, and puts it into the released notebook."""

    trust_submissions = Bool(False, help="Run submissions without locking the box.").tag(config=True)
    lang = Unicode("en", help="Language of the reports: en or zh.").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.graded: dict[str, Graded] = {}
        folders = [Path(path) for path in self.parent.assignments]
        for week in (week for name in sorted({path.name for path in folders}) if (week := _week(name))):
            own = [path for path in folders if path.name == week.name]
            self._forget_unfinished(own)
            self.graded |= self._judge(week, [path.parent for path in own])

    def from_filename(self, filename: str, resources: Any = None, **settings: Any) -> Any:
        where = (resources or {}).get("nbgrader", {})
        week = _week(where.get("assignment", ""))
        if week is None or not self.parent._sanitizing:
            return super().from_filename(filename, resources=resources, **settings)
        files = self.graded[where["student"]].submission.files.get(week.name, {})
        data = marked.notebook_in(Path(filename).parent, week.name)
        content = marked.restore(_released(self.parent.coursedir, week), data, files)
        return self.from_notebook_node(notebooks.node(content), resources=resources, **settings)

    def marks(self, student: str, week: Week) -> marked.Marks:
        """Return what Judge puts in.

        Raises:
            NbGraderException: the grader failed or could not measure: nothing may be recorded.
        """
        marks = marked.marks_of(self.graded[student], week, self.lang)
        if not marks.certain:
            raise NbGraderException(say("course_uncertain", self.lang, student=student, week=week.name))
        return marks

    def _judge(self, week: Week, students: list[Path]) -> dict[str, Graded]:
        if not self.trust_submissions:
            lacking = _missing_layers()
            if lacking:
                raise NbGraderException(say("no_walls", self.lang, missing=lacking))
        chosen = _course().select(week.name, None)
        out = Path(self.parent.coursedir.root) / STORE
        room = Classroom(_course(), chosen, out, not self.trust_submissions, "cpu")
        graded = room.grade([_submission(path, week) for path in students], Engine, os.cpu_count() or 1)
        return {path.name: one for path, one in zip(students, graded, strict=True)}

    def _forget_unfinished(self, submitted: list[Path]) -> None:
        """Remove what a killed run left half done: nbgrader would take it for graded."""
        for path in submitted:
            target = Path(self.parent.coursedir.format_path("autograded", path.parent.name, path.name))
            left = target / f"{path.name}.ipynb"
            if target.is_dir() and not (left.is_file() and marked.is_marked(left.read_bytes())):
                utils.rmtree(str(target))


class Judge(Execute):  # type: ignore[misc, unused-ignore]
    """Stands in place of Execute: reports and scores of the locked box, and no kernel, for our assignments."""

    def preprocess(self, nb: Any, resources: Any, **settings: Any) -> Any:
        where = resources["nbgrader"]
        week = _week(where["assignment"])
        if week is None:
            return super().preprocess(nb, resources, **settings)
        marked.put_marks(nb.cells, self.parent.marks(where["student"], week))
        return notebooks.node(nb), resources


def _missing_layers() -> str:
    if not CAN_FORK:
        return f"Linux ({sys.platform})"
    from grader.box.walls import missing_layers

    return "; ".join(f"{name}: {why}" for name, why in missing_layers().items())


def _submission(student: Path, week: Week) -> Submission:
    """Return what one student handed in, read as `grade` reads it."""
    own = safe_ids([student.name])[student.name]
    found = [one for one in collect(student, _course(), week.name, None) if one.student == own]
    return found[0] if found else Submission(own, student.name)


def _released(coursedir: Any, week: Week) -> dict[str, Any]:
    path = Path(coursedir.format_path(coursedir.release_directory, ".", week.name)) / f"{week.name}.ipynb"
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


class LatePenalty(LateSubmissionPlugin):  # type: ignore[misc, unused-ignore]
    """Late penalties by the rules of the course directory's class.toml; nbgrader's own where there is none."""

    rules = Unicode("", help="A class file: due dates, rule and extensions.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        if not Path(self.rules).is_file():
            penalty: float | None = super().late_submission_penalty(student_id, score, total_seconds_late)
            return penalty
        week = self.parent.assignment_id
        return round(score * _share(read_rules(Path(self.rules)), student_id, week, total_seconds_late), 4)


def _share(rules: Lateness, student: str, week: str, seconds: float) -> float:
    """Return the share that a submission loses which is so late by nbgrader's due date."""
    due, own = rules.due.get(week[4:6]), rules.due_for(student, week)
    more = own - due if own and due else timedelta()
    plain = Lateness({week[4:6]: LONG_AGO}, rules.rule)
    return plain.penalty_for("", week, LONG_AGO + timedelta(seconds=seconds) - more).share


class QuotedExport(ExportPlugin):  # type: ignore[misc, unused-ignore]
    """nbgrader's own columns, every text quoted, no text that a spreadsheet would take for a formula."""

    default_file = "grades.csv"

    def export(self, gradebook: Any) -> None:
        wanted = [one for one in gradebook.assignments if not self.assignment or one.name in map(str, self.assignment)]
        people = [one for one in gradebook.students if not self.student or one.id in map(str, self.student)]
        text = records.table(self.rows(gradebook, wanted, people))
        write_atomically(Path(self.to or self.default_file).absolute(), text.encode("utf-8-sig"))

    def rows(self, gradebook: Any, assignments: list[Any], students: list[Any]) -> list[list[object]]:
        head = "assignment duedate timestamp student_id last_name first_name email raw_score late_submission_penalty"
        rows: list[list[object]] = [[*head.split(), "score", "max_score"]]
        for assignment in assignments:
            for student in students:
                when, raw, penalty = _result(gradebook, assignment.name, student.id)
                who = [student.id, student.last_name or "", student.first_name or "", student.email or ""]
                last = [raw, penalty, max(0.0, raw - penalty), assignment.max_score]
                rows.append([assignment.name, assignment.duedate or "", when, *who, *last])
        return rows


class CanvasExport(QuotedExport):
    """A gradebook that Canvas imports: `nbgrader export --exporter=grader.gradebook.CanvasExport`."""

    default_file = "canvas.csv"

    def rows(self, gradebook: Any, assignments: list[Any], students: list[Any]) -> list[list[object]]:
        head: list[object] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
        rows = [head + [one.name for one in assignments]]
        rows.append(["    Points Possible", "", "", "", "", *(one.max_score for one in assignments)])
        for student in students:
            name = ", ".join(part for part in (student.last_name, student.first_name) if part) or student.id
            results = [_result(gradebook, one.name, student.id) for one in assignments]
            rows.append(
                [name, "", student.id, student.id, "", *(max(0.0, raw - penalty) for _, raw, penalty in results)]
            )
        return rows


def _result(gradebook: Any, assignment: str, student: str) -> tuple[object, float, float]:
    """Return when a student handed in, the score and the penalty; nothing handed in counts as 0."""
    try:
        found = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return "", 0.0, 0.0
    return found.timestamp or "", float(found.score), float(found.late_submission_penalty or 0)


class CourseFolder:
    """A course directory and its gradebook."""

    def __init__(self, root: Path, lang: str) -> None:
        self.root = root.resolve()
        self.lang = lang
        self.config: Any = Config()
        if (self.root / CONFIG).is_file():
            self.config = PyFileConfigLoader(CONFIG, path=str(self.root)).load_config()
        self.config.CourseDirectory.root = str(self.root)
        self.coursedir: Any = CourseDirectory(config=self.config)

    def gradebook(self) -> Any:
        return Gradebook(self.coursedir.db_url, self.coursedir.course_id)

    def path(self, step: str, student: str, week: str) -> Path:
        return Path(self.coursedir.format_path(step, student, week))

    def run(self, converter: Any, week: str) -> None:
        """Run one of nbgrader's converters, as its command does, over everything that there is of a week."""
        self.coursedir.assignment_id, self.coursedir.student_id = week, "*"
        running = converter(coursedir=self.coursedir, config=self.config)
        running.log.setLevel(logging.ERROR)
        running.force = True
        running.start()

    # -- building ------------------------------------------------------------------------------------------------------

    def build(self, course: Course, weeks: list[Week], rules: Lateness | None) -> None:
        """Write or bring up to date the assignments of the weeks; submissions and grades stay."""
        for week in weeks:
            texts = generate(week)
            texts |= handouts(week, texts)
            points = {item.name: inventory.points_in(week.suite(item.name)) for item in week.exercises}
            cells = notebooks.cells_of(week, texts, self.lang, points)
            with self.gradebook() as gb:
                cells += self._retired(gb, week.name, cells)
                self._admit(gb, week.name, cells)
            text = notebooks.render(cells, _metadata)
            write_atomically(self.path("source", ".", week.name) / f"{week.name}.ipynb", text.encode())
            try:
                self.run(GenerateAssignment, week.name)
            except (NbGraderException, SystemExit) as error:
                raise UserError("course_generate_failed", week=week.name, problem=error) from error
            due = rules.due.get(week.number) if rules else None
            if due:
                with self.gradebook() as gb:
                    gb.update_or_create_assignment(week.name, duedate=due.astimezone(UTC).replace(tzinfo=None))

    def _retired(self, gb: Any, week: str, cells: list[notebooks.Cell]) -> list[notebooks.Cell]:
        """Return cells that the week has no more but that submissions have grades for: they stay, at the end."""
        known = {cell.id for cell in cells}
        found = _notebook(gb, week)
        if found is None or not found.submissions:
            return []
        grades = {cell.name: cell.max_score for cell in found.grade_cells}
        written = {cell.name for cell in found.solution_cells}
        return [
            notebooks.Cell(old.name, old.source, _role(old.name, grades, written), grades.get(old.name, 0))
            for old in found.source_cells
            if old.name not in known
        ]

    def _admit(self, gb: Any, week: str, cells: list[notebooks.Cell]) -> None:
        """Give earlier submissions a place for new cells: nbgrader mirrors cells only when a submission begins."""
        found = _notebook(gb, week)
        if found is None or not found.submissions:
            return
        for cell in cells:
            if cell.role not in ("grade", "solution", "answer"):
                continue
            kind = "code" if cell.is_code else "markdown"
            gb.update_or_create_source_cell(cell.id, week, week, cell_type=kind, source=cell.source)
            if cell.role != "solution":
                made = gb.update_or_create_grade_cell(cell.id, week, week, cell_type=kind, max_score=cell.points)
                _mirror(gb, found.submissions, made, Grade, "grades")
            if cell.role != "grade":
                made = gb.update_or_create_solution_cell(cell.id, week, week)
                _mirror(gb, found.submissions, made, Comment, "comments")
        gb.db.commit()

    def enrol(self, roster: Path) -> None:
        """Put everybody on the roster into the gradebook."""
        with self.gradebook() as gb:
            for person in read_roster(roster).people:
                first, _, last = person.name.rpartition(" ")
                gb.update_or_create_student(person.id, first_name=first, last_name=last, email=person.email or None)

    # -- recording -----------------------------------------------------------------------------------------------------

    def expect(self, weeks: list[Week]) -> list[Week]:
        """Return the weeks that have been built.

        Raises:
            UserError: none has.
        """
        with self.gradebook() as gb:
            built = [week for week in weeks if _notebook(gb, week.name)]
        if not built:
            raise UserError("course_not_built", path=self.root, week=weeks[0].name)
        return built

    def record(self, everyone: list[Graded], weeks: list[Week], source: Path) -> tuple[int, list[str]]:
        """Write marks into the gradebook, autograded notebooks and feedback; return how many, and who was left out."""
        done, left = 0, []
        submitted = self.root / "submitted"
        inside = source.resolve() in (self.root, submitted)
        names = [path.name for path in submitted.iterdir() if path.is_dir()] if inside else []
        own = {safe: raw for raw, safe in safe_ids(names).items()}
        with self.gradebook() as gb:
            for week in weeks:
                for graded in everyone:
                    student = own.get(graded.submission.student, graded.submission.student)
                    folder = submitted / student / week.name if inside else None
                    if week.name not in graded.submission.files and not (folder and folder.is_dir()):
                        continue
                    marks = marked.marks_of(graded, week, self.lang)
                    if not marks.certain:
                        left.append(say("course_uncertain", self.lang, student=student, week=week.name))
                        continue
                    self._record_one(gb, week, graded.submission, marks, student, folder)
                    done += 1
        for week in weeks:
            if done and self.path("autograded", "", week.name).parent.is_dir():
                self.run(GenerateFeedback, week.name)
        return done, left

    def _record_one(
        self, gb: Any, week: Week, work: Submission, marks: marked.Marks, student: str, folder: Path | None
    ) -> None:
        name, files = week.name, work.files.get(week.name, {})
        data = marked.notebook_in(folder, name) if folder else None
        nb = notebooks.node(marked.restore(_released(self.coursedir, week), data, files))
        marked.put_marks(nb.cells, marks)
        nb = notebooks.node(nb)
        target = self.path("autograded", student, name)
        write_atomically(target / f"{name}.ipynb", json.dumps(nb, ensure_ascii=False, indent=1).encode())
        when = self.coursedir.get_existing_timestamp(str(folder)) if folder else work.times.get(name)
        if when is not None:
            when = when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
            write_atomically(target / "timestamp.txt", f"{when} UTC\n".encode())
        known = {} if folder else {"last_name": work.name}
        gb.update_or_create_student(student, **known)
        submission = gb.update_or_create_submission(name, student, **({"timestamp": when} if when else {}))
        self._store(gb, submission, next(one for one in submission.notebooks if one.name == name), nb)

    def _store(self, gb: Any, submission: Any, row: SubmittedNotebook, nb: Any) -> None:
        """Write one notebook's grades and its penalty, as nbgrader's own steps do after an execution."""
        cells = {cell.metadata.nbgrader.grade_id: cell for cell in nb.cells if cell.metadata.get("nbgrader")}
        for grade in row.grades:
            if grade.cell.name in cells:
                grade.auto_score = utils.determine_grade(cells[grade.cell.name])[0]
                grade.needs_manual_grade = grade.manual_score is not None or grade.auto_score is None
        for comment in row.comments:
            cell = cells.get(comment.cell.name)
            blank = cell and cell.metadata.nbgrader.get("checksum") == utils.compute_checksum(cell)
            comment.auto_comment = "No response." if blank else None
        row.late_submission_penalty = None
        gb.db.commit()
        if submission.total_seconds_late > 0:
            step: Any = AssignLatePenalties(config=self.config)
            step.assignment_id = submission.name
            step.init_plugin()
            late = step.plugin_inst.late_submission_penalty(
                submission.student.id, row.score, submission.total_seconds_late
            )
            row.late_submission_penalty = None if late is None else min(max(late, 0), row.score)
            gb.db.commit()


def _metadata(cell: notebooks.Cell) -> dict[str, Any]:
    """Return what nbgrader reads from a cell."""
    if cell.role not in ("grade", "solution", "answer"):
        return {}
    graded, written = cell.role != "solution", cell.role != "grade"
    meta = {**SCHEMA, "grade": graded, "grade_id": cell.id, "locked": not written, "solution": written}
    return {"nbgrader": {**meta, "points": cell.points} if graded else meta}


def _role(name: str, grades: dict[str, float], written: set[str]) -> notebooks.Role:
    return "solution" if name not in grades else "answer" if name in written else "grade"


def _notebook(gb: Any, week: str) -> Any:
    try:
        return gb.find_notebook(week, week)
    except MissingEntry:
        return None


def _mirror(gb: Any, submissions: list[Any], cell: Any, kind: Any, rows: str) -> None:
    for row in submissions:
        if all(one.cell_id != cell.id for one in getattr(row, rows)):
            gb.db.add(kind(cell_id=cell.id, notebook=row))


def build(args: Any) -> int:
    """Run the command `nbgrader`."""
    if args.course is None:
        raise UserError("course_needs_dir")
    course, root = Course(args.root), Path(args.course)
    chosen = [course.week(args.week)] if args.week else course.weeks
    weeks = [week for week in chosen if (week.folder / notebooks.HANDOUTS[args.lang]).is_file()]
    for week in chosen:
        if week not in weeks:
            print(say("course_no_handout", args.lang, week=week.name))
    root.mkdir(parents=True, exist_ok=True)
    config = root / CONFIG
    if not config.is_file():
        write_atomically(config, CONFIG_TEXT.encode())
    elif LINE not in config.read_text(encoding="utf-8"):
        print(say("course_config_kept", args.lang, path=config, line=f"import grader.gradebook; {LINE}"))
    if args.rules:
        read_rules(args.rules, course)
        shutil.copyfile(args.rules, root / RULES)
    rules = read_rules(root / RULES, course) if (root / RULES).is_file() else None
    folder = CourseFolder(root, args.lang)
    folder.build(course, weeks, rules)
    if args.roster:
        folder.enrol(args.roster)
    with folder.gradebook() as gb:
        print(say("course_built", args.lang, path=root, weeks=len(weeks), students=len(gb.students)))
    return 0
