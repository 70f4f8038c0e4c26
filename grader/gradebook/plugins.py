"""Our parts of nbgrader's own commands: what reads a submission, what stands in place of Execute, what lateness costs.

An assignment that is none of our weeks is left to nbgrader's own parts.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from nbconvert.exporters import NotebookExporter
from nbgrader import utils  # type: ignore[import-untyped, unused-ignore]
from nbgrader.api import Gradebook, SubmittedAssignment  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback  # type: ignore[import-untyped, unused-ignore]
from nbgrader.converters.base import NbGraderException  # type: ignore[import-untyped, unused-ignore]
from nbgrader.plugins import LateSubmissionPlugin  # type: ignore[import-untyped, unused-ignore]
from nbgrader.preprocessors import ClearSolutions, Execute, NbGraderPreprocessor  # type: ignore[import-untyped, unused-ignore]
from traitlets import Bool, Unicode

from grader.classroom.changes import changed
from grader.classroom.estimate import time_left
from grader.classroom.results import Classroom, Graded, Progress, on_this_machine
from grader.course import notebooks
from grader.course.weeks import Course, Week, default_root
from grader.errors import UserError
from grader.gradebook import marked_notebook
from grader.gradebook.exports import QuotedExport
from grader.gradebook.folder import expect_points
from grader.intake import Submission, collect
from grader.intake.lateness import Changes, Lateness, Penalty, read_rules
from grader.intake.names import safe_ids
from grader.judge.readiness import refuse_without_walls
from grader.messages import say

LINE = "grader.gradebook.configure(c, __file__)"
CALL = LINE.partition("(")[0]
RULES, STORE = "class.toml", ".judged"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def configure(c: Any, config_file: str, weeks: Path | None = None) -> None:
    """Set a course directory's configuration: called by its nbgrader_config.py.

    Args:
        weeks: The repository that holds the weeks; this one unless told otherwise.
    """
    _Weeks.course = Course(weeks or default_root())
    root = Path(config_file).resolve().parent
    c.CourseDirectory.root = str(root)
    c.Autograde.exporter_class = SubmissionExporter
    c.Autograde.autograde_preprocessors = _with(Autograde, "autograde_preprocessors", Execute, JudgeSubmission)
    c.GenerateAssignment.preprocessors = _with(GenerateAssignment, "preprocessors", ClearSolutions, ClearOtherSolutions)
    c.GenerateFeedback.preprocessors = feedback_steps()
    c.AssignLatePenalties.plugin_class = LatePenalty
    c.LatePenalty.rules = str(rules_of(root))
    c.ExportApp.plugin_class = QuotedExport


def rules_of(root: Path) -> Path:
    """Return the class file that counts: that of the last run which was given another, else the directory's own."""
    other = root / STORE / RULES
    return other if other.is_file() else root / RULES


def _with(converter: Any, trait: str, old: Any, new: Any) -> list[Any]:
    """Return nbgrader's own list of steps with one step replaced."""
    return [new if step is old else step for step in converter.class_traits()[trait].default()]


class HideRubrics(NbGraderPreprocessor):  # type: ignore[misc, unused-ignore]
    """Takes out of a page for students what is for whoever grades."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        nb.cells = [cell for cell in nb.cells if not cell.metadata.get(marked_notebook.RUBRIC)]
        return nb, resources


def feedback_steps() -> list[Any]:
    """Return nbgrader's own steps to a page of feedback, and ours before them."""
    return [HideRubrics, *GenerateFeedback.class_traits()["preprocessors"].default()]


class _Weeks:
    """The course that the configuration in use is for: nbgrader makes our parts itself and could not pass it on."""

    course = Course(default_root())


def _week(assignment: str) -> Week | None:
    """Return the week that an assignment is; None for an assignment of somebody else's."""
    return next((week for week in _Weeks.course.weeks if week.name == assignment), None)


class ClearOtherSolutions(ClearSolutions):  # type: ignore[misc, unused-ignore]
    """Leaves our stubs as they are: no solution of ours is ever in a course directory."""

    def preprocess(self, nb: Any, resources: Any) -> Any:
        return (nb, resources) if _week(resources["nbgrader"]["assignment"]) else super().preprocess(nb, resources)


class SubmissionExporter(NotebookExporter):
    """Reads what students handed in as data, judges all of it at once, and puts it into the released notebook."""

    trust_submissions = Bool(False, help="Run submissions without locking the box.").tag(config=True)
    lang = Unicode("en", help="Language of the reports: en or zh.").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)  # type: ignore[no-untyped-call]
        self.graded: dict[str, Graded] = {}
        command: Any = self.parent
        self.command = command
        """nbgrader's Autograde."""
        folders = [Path(path) for path in command.assignments]
        for week in (week for name in sorted({path.name for path in folders}) if (week := _week(name))):
            own = [path for path in folders if path.name == week.name]
            self._forget_unfinished(own)
            self._expect_sound(week)
            self.graded |= self._judge(week, [path.parent for path in own])

    def from_filename(self, filename: str, resources: Any = None, **settings: Any) -> Any:
        where = (resources or {}).get("nbgrader", {})
        week = _week(where.get("assignment", ""))
        if week is None or not self.command._sanitizing:
            return super().from_filename(filename, resources=resources, **settings)
        files = self.graded[where["student"]].submission.files.get(week.name, {})
        data = marked_notebook.notebook_in(Path(filename).parent, week.name)
        self._preprocessors = []  # every cell has its frame again: nothing is left to sanitise
        rubrics = marked_notebook.rubrics_of(week, self.lang)
        content = marked_notebook.restore(released(self.command.coursedir, week), data, files, rubrics)
        return self.from_notebook_node(notebooks.node(content), resources=resources, **settings)  # type: ignore[no-untyped-call]

    def marks(self, student: str, week: Week) -> marked_notebook.Marks:
        """Return what Judge puts in.

        Raises:
            NbGraderException: the grader failed or could not measure: nothing may be recorded.
        """
        marks = marked_notebook.marks_of(changed(self.graded[student], self.changes, _Weeks.course), week, self.lang)
        if marks.kept or not marks.certain:
            raise NbGraderException(say("course_uncertain", self.lang, student=student, week=week.name))
        return marks

    def _expect_sound(self, week: Week) -> None:
        """Refuse a week that is worth other points than when the course directory was built, and an open box."""
        where, rules = self.command.coursedir, Path(self.config.LatePenalty.rules)
        try:
            self.changes = read_rules(rules).changes if rules.is_file() else Changes()
            with Gradebook(where.db_url, where.course_id) as gb:
                expect_points(gb, week, Path(where.root))
            if not self.trust_submissions:
                refuse_without_walls()
        except UserError as error:
            message = say(error.key, self.lang, **error.values)
            self.command.log.error(message)  # nbgrader itself says nothing then
            raise NbGraderException(message) from error

    def _judge(self, week: Week, students: list[Path]) -> dict[str, Graded]:
        chosen = _Weeks.course.select(week.name, None)
        out = Path(self.command.coursedir.root) / STORE
        classroom = Classroom(_Weeks.course, chosen, out, not self.trust_submissions, "cpu")
        for path in students:
            classroom.admit(_submission(path, week))
        classroom.judge(on_this_machine(os.cpu_count() or 1), partial(self._tell, week.name))
        graded = list(classroom)
        return {path.name: one for path, one in zip(students, graded, strict=True)}

    def _tell(self, week: str, now: Progress) -> None:
        """Say how far the judging is: nbgrader itself says nothing until all of it is done."""
        said = say("course_judging", self.lang, week=week, done=now.done, all=now.students)
        left = time_left(now.seconds, self.lang) if now.judged < now.to_judge else ""
        end = "" if now.judged < now.to_judge else "\n"
        print(f"\r{said}  {left:24}", end=end, file=sys.stderr, flush=True)

    def _forget_unfinished(self, submitted: list[Path]) -> None:
        """Remove what a killed run left half done: nbgrader would take it for graded."""
        for path in submitted:
            target = Path(self.command.coursedir.format_path("autograded", path.parent.name, path.name))
            left = target / f"{path.name}.ipynb"
            if target.is_dir() and not (left.is_file() and marked_notebook.is_marked(left.read_bytes())):
                utils.rmtree(str(target))


class JudgeSubmission(Execute):  # type: ignore[misc, unused-ignore]
    """Stands in place of Execute: reports and scores of the locked box, and no kernel, for our assignments."""

    def preprocess(self, nb: Any, resources: Any, **settings: Any) -> Any:
        where = resources["nbgrader"]
        week = _week(where["assignment"])
        if week is None:
            return super().preprocess(nb, resources, **settings)
        marked_notebook.put_marks(nb.cells, self.parent.marks(where["student"], week))
        return notebooks.node(nb), resources


def _submission(student: Path, week: Week) -> Submission:
    """Return what one student handed in, read as `grade` reads it."""
    own = safe_ids([student.name])[student.name]
    found = [one for one in collect(student, _Weeks.course, week.name, None) if one.student == own]
    return found[0] if found else Submission(own, student.name)


def released(coursedir: Any, week: Week) -> dict[str, Any]:
    path = Path(coursedir.format_path(coursedir.release_directory, ".", week.name)) / f"{week.name}.ipynb"
    content: dict[str, Any] = json.loads(path.read_bytes())
    return content


class LatePenalty(LateSubmissionPlugin):  # type: ignore[misc, unused-ignore]
    """Late penalties by the rules of the course directory's class.toml; nbgrader's own where there is none."""

    rules = Unicode("", help="A class file: due dates, rule and extensions.").tag(config=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.late: dict[str, dict[str, Penalty]] = {}
        """What everybody loses when the budget pays for the first late days, by student and week."""

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float | None:
        if not Path(self.rules).is_file():
            theirs: float | None = super().late_submission_penalty(student_id, score, total_seconds_late)
            return theirs
        week = self.parent.assignment_id
        if not self.late and (gb := getattr(self.parent, "gradebook", None)):  # nbgrader's own step
            self.spend(gb)
        penalty = self.late.get(student_id, {}).get(week)
        penalty = penalty or _penalty(self._rules, student_id, week, total_seconds_late)
        return round(score * penalty.share, 4)

    @functools.cached_property
    def _rules(self) -> Lateness:
        return read_rules(Path(self.rules)) if Path(self.rules).is_file() else Lateness()

    def spend(self, gb: Any) -> None:
        """Share out everybody's late days that cost nothing, by the weeks in their order."""
        rules = self._rules
        late: dict[str, dict[str, Penalty]] = defaultdict(dict)
        everything = gb.db.query(SubmittedAssignment).all() if rules.rule.budget else []
        for one in sorted(everything, key=lambda one: str(one.name)):
            if one.total_seconds_late > 0 and _week(one.name):
                late[one.student_id][one.name] = _penalty(rules, one.student_id, one.name, one.total_seconds_late)
        self.late = {student: rules.rule.with_budget(weeks) for student, weeks in late.items()}


def _penalty(rules: Lateness, student: str, week: str, seconds: float) -> Penalty:
    """Return what a submission loses which is so late by nbgrader's due date."""
    due, own = rules.due.get(week[4:6]), rules.due_for(student, week)
    more = own - due if own and due else timedelta()
    plain = Lateness({week[4:6]: LONG_AGO}, rules.rule)
    return plain.penalty_for("", week, LONG_AGO + timedelta(seconds=seconds) - more)
