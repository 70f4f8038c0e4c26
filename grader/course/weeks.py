"""The course on disk: rooms, weeks, exercises; the only reader of week.toml.

A week is identified by the name of its folder, the same everywhere. Every folder with a week.toml is a week: there is
no other list.
"""

from __future__ import annotations

import difflib
import functools
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from grader.course import markers
from grader.course.sources import imported
from grader.course.stages import PlannedWeek, Stage, planned_stages, planned_weeks
from grader.course.tables import read_table
from grader.errors import UserError
from grader.outcomes import Sentence

WEEK_NAME = re.compile(r"week(\d\d)_[a-z0-9_]+")
Kind = Literal["write", "find_the_bug", "write_the_test"]
HANDOUTS = {"en": "README.md", "zh": "README.zh-CN.md"}


Amount = Annotated[float, msgspec.Meta(gt=0, le=1000)]
"""A number of points, or of seconds: not NaN, not infinite."""
Degree = Annotated[int, msgspec.Meta(ge=1, le=5)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Exercise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One module that a student writes; a table [[exercise]] of week.toml."""

    name: str
    title: Sentence
    writes: list[str]
    difficulty: Degree
    importance: Degree
    minutes: Count
    prerequisites: Sentence
    hints: list[Sentence] = []
    """They stand in a file of their own, where nobody reads them at a glance: see `hints_of`."""
    kind: Kind = "write"
    symptom: Sentence | None = None
    """What a user of a program with a planted bug notices; only where the kind is "find_the_bug"."""
    tests: str = ""
    """The exercise of the same week whose answers a learner's test judges; only where the kind is "write_the_test"."""
    forbidden: list[str] = []
    """Dotted names of library calls that would do the exercise."""
    fast: Sentence | None = None
    extra: bool = False
    """Whether it is for those who want more: worth no points, and a week is done without it."""
    seconds: Amount = 5.0
    """Limit for one test, wall clock."""
    memory_mb: Count = 2048
    """What the box may allocate beyond what it begins with."""
    data: list[str] = []
    """The data sets, folders of datasets/, that its box may read."""

    @property
    def forbidden_calls(self) -> list[str]:
        """What is forbidden by the names that a learner knows: operators are the same under other names."""
        return [name for name in self.forbidden if not name.startswith("aten::")]


class Reasoning(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question that is answered in words and graded by hand, extra to the week's points: an entry of `reasoning`."""

    en: str
    zh: str
    points: Amount


class Rubric(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever grades an answer in words needs: an entry of `answer` in solutions/weekNN_topic/reasoning.toml."""

    model: Sentence
    """A good answer."""
    rubric: Sentence
    """What earns how many points."""


class _Rubrics(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    answer: list[Rubric] = []


class _WeekFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Sentence
    summary: Sentence
    exercises: list[Exercise] = msgspec.field(name="exercise")
    needs: list[str] = []
    reasoning: list[Reasoning] = []
    claims: bool = False
    """Whether every sentence of a contract must be claimed by a test."""


class Week(_WeekFile, frozen=True, kw_only=True):
    """One week: what stands in exercises/<name>/week.toml, and where that is."""

    root: Path
    name: str

    @property
    def number(self) -> str:
        return self.name[4:6]

    @property
    def folder(self) -> Path:
        """What students get."""
        return self.root / "exercises" / self.name

    @property
    def solutions(self) -> Path:
        return self.root / "solutions" / self.name

    def suite(self, exercise: str) -> Path:
        return self.root / "grader" / "suites" / self.name / f"test_{exercise}.py"

    def examples(self, exercise: str) -> Path:
        return self.folder / f"test_{exercise}.py"

    def mistakes(self, exercise: str) -> Path:
        return self.root / "grader" / "misconceptions" / self.name / f"{exercise}.py"

    def alternatives(self, exercise: str) -> list[Path]:
        return sorted((self.root / "grader" / "alternatives" / self.name / exercise).glob("*.py"))

    def files_of(self, exercise: Exercise) -> list[Path]:
        """Return all that is ours of an exercise and says how an answer is judged, there or not."""
        name, tests = exercise.name, exercise.tests
        found = [self.solutions / f"{name}.py", self.suite(name), self.examples(name), self.mistakes(name)]
        if tests:  # the answers that a learner's test must tell apart
            found += [self.solutions / f"{tests}.py", self.mistakes(tests), *self.alternatives(tests)]
        return found

    def texts(self, paths: Iterable[Path]) -> dict[str, bytes]:
        """Return what files hold, by path under the root."""
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in paths if path.is_file()}

    def label(self, exercise: str) -> str:
        """What the error of an unwritten stub begins with."""
        return f"week {self.number}, {exercise}"

    def exercise(self, name: str) -> Exercise:
        return next(exercise for exercise in self.exercises if exercise.name == name)

    def relevant(self, files: dict[str, bytes], exercise: str) -> dict[str, bytes]:
        """Return the files that an exercise of a submission can use.

        That is no test, and the week's other exercises only where its own files import them.
        """
        others = {f"{other.name}.py" for other in self.exercises if other.name != exercise}
        found = {name: data for name, data in files.items() if name not in others and not name.startswith("test_")}
        look = list(found)
        while look:
            built_on = (
                {f"{module}.py" for module, _ in imported(found[look.pop()])} & others & files.keys() - found.keys()
            )
            found |= {name: files[name] for name in sorted(built_on)}
            look += built_on
        return found

    def built_on(self, source: bytes, exercise: str) -> dict[str, bytes]:
        """Return the solutions of the week's other exercises that a right answer imports, by file name."""
        others = {f"{other.name}.py" for other in self.exercises if other.name != exercise}
        found = self.relevant({name: (self.solutions / name).read_bytes() for name in others} | {"": source}, exercise)
        return {name: data for name, data in found.items() if name in others}

    def rubrics(self) -> list[Rubric]:
        """Return how the answers in words are graded, in the order of the questions; none in a student's release.

        Raises:
            UserError: unknown keys or wrong types.
        """
        path = self.solutions / "reasoning.toml"
        return read_table(self.root, path, _Rubrics).answer if path.is_file() else []

    def given(self) -> dict[str, bytes]:
        """The modules that the week gives, by file name.

        They come from solutions/ or, in a student's release, from what was kept of it: a module that lies beside the
        exercises may be the learner's own.
        """
        own = {f"{exercise.name}.py" for exercise in self.exercises}
        folder = self.solutions if self.solutions.is_dir() else self.folder.parent / ".stubs" / self.name
        paths = (path for path in sorted(folder.glob("*.py")) if not path.name.startswith("test_"))
        files = {path.name: path.read_bytes() for path in paths if path.name not in own}
        return {name: source for name, source in files.items() if markers.BEGIN.encode() not in source}

    def left_over(self, path: Path) -> bool:
        """Whether a file is of an exercise that week.toml does not list any more: one with marks holds an answer."""
        known = path.name.split(".")[0].removeprefix("test_") in {exercise.name for exercise in self.exercises}
        return not known and (path.parent != self.solutions or markers.BEGIN.encode() in path.read_bytes())


class Course:
    """All weeks under one root."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @functools.cached_property
    def weeks(self) -> list[Week]:
        folders = sorted(path for path in (self.root / "exercises").glob("week*") if path.is_dir())
        return [read_week(self.root, path) for path in folders if (path / "week.toml").is_file()]

    @functools.cached_property
    def stages(self) -> list[Stage]:
        """The road map: every week's title and needs, of those to come as planned."""
        here = {week.name: PlannedWeek(week.name, week.title, week.needs) for week in self.weeks}
        return [
            Stage(stage.title, [here.get(week.name, week) for week in stage.week])
            for stage in planned_stages(self.root)
        ]

    def week(self, asked: str) -> Week:
        """Return the week called `asked`: "5", "05", "week05" or "week05_attention"."""
        match = re.fullmatch(r"(?:week)?0*(\d{1,2})", asked.strip())
        number = f"{int(match[1]):02}" if match else ""
        for week in self.weeks:
            if asked.strip() == week.name or number == week.number:
                return week
        numbers = ", ".join(week.number for week in self.weeks) or "-"
        if number and number in {planned.number for planned in planned_weeks(self.root).values()}:
            raise UserError("week_to_come", week=number, known=numbers)
        near = difflib.get_close_matches(asked.lower(), [week.name for week in self.weeks], n=1)
        if near:
            raise UserError("unknown_week_near", asked=asked, nearest=near[0])
        raise UserError("unknown_week", asked=asked, known=numbers)

    def asked(self, weeks: str | None) -> list[Week]:
        """Return the weeks that were asked for, as in "05 06", in the course's order; all where none was."""
        names = {self.week(one).name for one in (weeks or "").replace(",", " ").split()}
        return [week for week in self.weeks if not names or week.name in names]

    def select(self, week: str | None, exercise: str | None) -> list[tuple[Week, Exercise]]:
        """Return the exercises that `week` and `exercise` name, in the course's order; None means all."""
        weeks = self.asked(week)
        chosen = [(one, item) for one in weeks for item in one.exercises if exercise in (None, item.name)]
        if exercise is not None and not chosen:
            for other in self.weeks:
                if any(item.name == exercise for item in other.exercises):
                    raise UserError("exercise_elsewhere", asked=exercise, week=weeks[0].number, there=other.number)
            names = [item.name for one in weeks for item in one.exercises]
            near = difflib.get_close_matches(exercise.lower(), names, n=1)
            if near:
                raise UserError("unknown_exercise_near", asked=exercise, nearest=near[0])
            if not week:
                raise UserError("unknown_exercise", asked=exercise)
            raise UserError("unknown_exercise_here", asked=exercise, week=weeks[0].number, known=", ".join(names))
        return chosen


def read_week(root: Path, folder: Path) -> Week:
    """Read one week.toml.

    Raises:
        UserError: unknown keys, missing keys or wrong types, with the file and the key.
    """
    path = folder / "week.toml"
    if not WEEK_NAME.fullmatch(folder.name):
        raise UserError("bad_week_name", path=folder.name)
    data = read_table(root, path, _WeekFile)
    for name in [name for exercise in data.exercises for name in exercise.data]:
        if Path(name).name != name or not (root / "datasets" / name).is_dir():
            raise UserError("unknown_data", path=path.relative_to(root), name=name)
    hints = hints_of(root, folder.name)
    exercises = [msgspec.structs.replace(one, hints=hints.get(one.name, one.hints)) for one in data.exercises]
    return Week(root=root, name=folder.name, **{**msgspec.structs.asdict(data), "exercises": exercises})


def hints_of(root: Path, week: str) -> dict[str, list[Sentence]]:
    """Return a week's hints by exercise: they stand with the solutions, in a release in a hidden folder."""
    for path in (root / "solutions" / week / "hints.toml", root / "exercises" / ".hints" / f"{week}.toml"):
        if path.is_file():
            return read_table(root, path, dict[str, list[Sentence]])
    return {}


def default_root() -> Path:
    """Return the repository that this engine stands in."""
    return Path(__file__).resolve().parents[2]


def weeks_of(chosen: Iterable[tuple[Week, Exercise]]) -> list[Week]:
    """Return the weeks of exercises, each once, in their order."""
    return list({week.name: week for week, _ in chosen}.values())


def short_digest(*parts: bytes | str) -> str:
    """Return the beginning of a digest: a key of generated or translated text that can be written into a file."""
    return digest(*parts)[:16]


def digest(*parts: bytes | str) -> str:
    """Return a content key of `parts`, each delimited by its length."""
    state = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        state.update(len(data).to_bytes(8, "little"))
        state.update(data)
    return state.hexdigest()
