"""Cuts the student repository: stubs, handouts, examples, data sets and the engine; none of what would give an answer
away.

The release is put together from a list of what it contains, not by deleting what it must not.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from jinja2 import Template

from grader.answers.fingerprints import Fingerprint, Sketch, path_of
from grader.course import contracts, stubs
from grader.course.inventory import mistakes_in
from grader.course.weeks import HANDOUTS, Course, Exercise, Week
from grader.errors import UserError
from grader.files import write_atomically
from grader.judge.answer_key import AnswerKey
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.messages import say
from grader.mistakes import Variant
from grader.outcomes import ExerciseResult, Sentence, Verdict
from grader.report.wrapping import tell

TEMPLATES = Path(__file__).parents[1] / "templates" / "release"
STAFF_ROOMS = {
    *("suites", "misconceptions", "alternatives", "fingerprints"),
    *("authoring", "classroom", "gradebook"),
}
"""Of the engine's folder, the shelves that hold course content, and the rooms whose commands no student runs."""
STAFF_FOLDERS = {"example_class", "__pycache__"}
"""Folders anywhere in the engine that no student gets."""
ENGINE_KINDS = {".py", ".toml", ".jinja", ".css", ".js"}
WEEK_KINDS = ("README*.md", "week.toml", contracts.FILE, "*.ipynb", "*.png", "*.svg", "figures/*.svg")
TARGETS = {
    *("help", "check", "watch", "progress", "roadmap", "hint", "reset", "stubs", "experiment", "submit"),
    *("capstone", "setup", "clean"),
}
TABLES = re.compile(
    r"\[(build-system|project|project\.entry-points\.pytest11|tool\.setuptools\..+|tool\.pytest\.ini_options)\]"
)
MANIFEST = "release.json"

Files = dict[str, bytes]


def run(args: argparse.Namespace) -> int:
    """Cut the student repository."""
    course = Course(args.root)
    weeks = course.asked(args.week)
    if args.out is None:
        raise UserError("release_needs_out")
    old = standing(args.out)
    files = contents(course, weeks)
    with Engine() as engine:
        files |= fingerprints(engine, weeks, args.jobs)
    write(args.out, files, old)
    tell(say("release_written", args.lang, path=args.out, count=len(files), weeks=len(weeks)))
    gone = sorted({Path(name).parent.name for name in old.keys() - files.keys() if name.endswith("/week.toml")})
    if gone:
        tell(say("release_without", args.lang, weeks=", ".join(gone)))
    return 0


def contents(course: Course, weeks: list[Week]) -> Files:
    """Return every file of the release by its path, but for the fingerprints."""
    files = {"exercises/roadmap.toml": roadmap(course, weeks).encode()}
    for week in weeks:
        files |= _week(week)
    files |= dict(_engine(course.root))
    files |= dict(_data(course.root))
    files |= dict(_frame(course.root, weeks))
    return dict(sorted(files.items()))


def roadmap(course: Course, weeks: list[Week]) -> str:
    """Return the road map, which says of a week that is left out what its week.toml would: its title and its needs."""
    text = (course.root / "exercises" / "roadmap.toml").read_text(encoding="utf-8")
    for week in (week for week in course.weeks if week not in weeks):
        title = ", ".join(f"{lang} = {json.dumps(words, ensure_ascii=False)}" for lang, words in week.title.items())
        said = f'name = "{week.name}"\ntitle = {{ {title} }}\nneeds = {json.dumps(week.needs)}\n'
        text = text.replace(f'name = "{week.name}"\n', said)
    return text


def _week(week: Week) -> Files:
    """The folder of one week as it is given, whatever a learner wrote in this copy of the course."""
    made = stubs.generate(week)
    examples = (week.examples(exercise.name) for exercise in week.exercises)
    names = [*examples, *(path for kind in WEEK_KINDS for path in week.folder.glob(kind))]
    files = week.texts(names)
    files |= {path: text.encode() for path, text in {**made, **stubs.handouts(week)}.items()}
    files |= {f"exercises/.hints/{week.name}.toml": one.read_bytes() for one in week.solutions.glob("hints.toml")}
    kept = {path.replace("/", f"/{stubs.KEPT}/", 1): text.encode() for path, text in stubs.modules(week).items()}
    return files | kept


def _engine(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted((root / "grader").rglob("*")):
        parts = path.relative_to(root).parts
        own = parts[1] not in STAFF_ROOMS and not STAFF_FOLDERS & {*parts} and parts[1:3] not in STAFF_TEMPLATES
        if own and path.is_file() and path.suffix in ENGINE_KINDS:
            yield "/".join(parts), path.read_bytes()


STAFF_TEMPLATES = {("templates", "release"), ("templates", "new_week")}


def _data(root: Path) -> Iterator[tuple[str, bytes]]:
    for path in filter(Path.is_file, sorted((root / "datasets").glob("*/*"))):
        yield path.relative_to(root).as_posix(), path.read_bytes()


def _frame(root: Path, weeks: list[Week]) -> Iterator[tuple[str, bytes]]:
    """What stands around the exercises: how to install, what to run, where to begin."""
    for name in ("LICENSE", ".gitattributes", ".gitignore", "constraints.txt"):
        yield name, (root / name).read_bytes()
    yield "Makefile", student_makefile((root / "Makefile").read_text(encoding="utf-8")).encode()
    yield "pyproject.toml", student_project((root / "pyproject.toml").read_text(encoding="utf-8")).encode()
    yield ".github/workflows/check.yml", (TEMPLATES / "check.yml.jinja").read_bytes()
    first = weeks[0]
    begin = {"week": first.number, "exercise": first.exercises[0].name, "folder": first.name}
    for lang, name in HANDOUTS.items():
        rows = "\n".join(f"| {week.number} | [{week.title[lang]}](exercises/{week.name}/{name}) |" for week in weeks)
        template = Template((TEMPLATES / f"{name}.jinja").read_text(encoding="utf-8"), keep_trailing_newline=True)
        yield name, template.render(weeks=rows, **begin).encode()


def student_makefile(text: str) -> str:
    """Return the Makefile with the targets that a student needs."""
    kept = []
    for block in text.split("\n\n"):
        name = re.match(r"([a-z][a-z-]*):.*## ", block)
        if name is None or name.group(1) in TARGETS:
            kept.append(re.sub(r"(?m)^\.PHONY:.*", f".PHONY: {' '.join(sorted(TARGETS))}", block))
    return "\n\n".join(one for one in kept if not re.match(r"\.venv/\.(?!student|capstone)", one)).rstrip("\n") + "\n"


def student_project(text: str) -> str:
    """Return pyproject.toml with what a student's install needs."""
    head, *tables = re.split(r"(?m)^(?=\[)", text)
    kept = [table for table in tables if TABLES.match(table)]
    return head + "".join(kept).replace('testpaths = ["tests"]', 'testpaths = ["exercises"]').rstrip("\n") + "\n"


def fingerprints(engine: Engine, weeks: list[Week], jobs: int) -> Files:
    """Return the fingerprints of every exercise: what its mistakes answer to the visible examples."""
    chosen = [(week, exercise) for week in weeks for exercise in week.exercises]
    asked = [one for pair in chosen for one in (*_mistaken(*pair), (_right(*pair), None))]
    results = judge_all(engine, [task for task, _ in asked], jobs)
    found: dict[Path, list[Fingerprint]] = {path_of(week, exercise.name): [] for week, exercise in chosen}
    for (task, help_), result in zip(asked, results, strict=True):
        tests = _sketches(result)
        if help_ is None:
            _refuse_bad_examples(result)
        elif tests:
            found[path_of(task.week, task.exercise.name)].append(Fingerprint(help_, tests))
    root = weeks[0].root
    # Sorted by what they answer: the order of the mistakes' file tells nothing either.
    return {
        path.relative_to(root).as_posix(): msgspec.json.encode(sorted(one, key=msgspec.json.encode)) + b"\n"
        for path, one in found.items()
    }


def _right(week: Week, exercise: Exercise) -> Task:
    """The solution, judged by the visible examples alone."""
    source = (week.solutions / f"{exercise.name}.py").read_bytes()
    return Task(week, exercise, {f"{exercise.name}.py": source}, hidden=False)


def _refuse_bad_examples(result: ExerciseResult) -> None:
    """Raise a UserError when the solution fails an example: no student could pass it."""
    failed = [test.name for test in result.tests if test.verdict is not Verdict.PASSED]
    if failed:
        raise UserError("release_unsound", exercise=f"{result.week}/{result.exercise}", tests=", ".join(failed))


def _mistaken(week: Week, exercise: Exercise) -> Iterator[tuple[Task, Sentence]]:
    """Yield for each mistake, the planted bug included, a task for the visible examples alone, and its help."""
    key, file = AnswerKey(week, exercise), f"{exercise.name}.py"
    task = Task(week, exercise, {file: key.stub}, hidden=False, sketch=True)
    if key.planted:
        yield task, key.planted.help
    for mistake in mistakes_in(key.mistakes_source):
        if not mistake.only:
            variant = Variant(key.mistakes_source, {mistake.of: mistake.name})
            files = {file: (week.solutions / file).read_bytes()}
            yield msgspec.structs.replace(task, files=files, variant=variant), mistake.help


def _sketches(result: ExerciseResult) -> dict[str, Sketch]:
    if result.at_fault:
        raise UserError("release_broken", exercise=f"{result.week}/{result.exercise}")
    return {test.name: msgspec.json.decode(test.sketch, type=Sketch) for test in result.tests if test.sketch}


def standing(out: Path) -> dict[str, str]:
    """Return the files of an earlier release in `out`, with their digests.

    Raises:
        UserError: the folder holds something else, or files of the release that somebody changed.
    """
    manifest = out / MANIFEST
    if not manifest.is_file():
        if out.exists() and (not out.is_dir() or {path.name for path in out.iterdir()} - {".git"}):
            raise UserError("release_not_empty", path=out)
        return {}
    try:
        listed = msgspec.json.decode(manifest.read_bytes(), type=dict[str, str])
    except msgspec.DecodeError:
        raise UserError("release_not_empty", path=out) from None
    present = {name: out / name for name in listed if (out / name).is_file()}
    changed = [name for name, path in present.items() if _sum(path.read_bytes()) not in listed[name].split()]
    if changed:
        raise UserError("release_changed", path=out, files=", ".join(changed))
    return {name: listed[name] for name in present}


def write(out: Path, files: Files, old: dict[str, str]) -> None:
    """Write the files and take away what an earlier release had and this one has not; nothing else is touched."""
    new = {name: _sum(data) for name, data in files.items()}
    # As long as some are not written yet, the old text of each is ours and so is the new one.
    _list(out, {name: f"{old.get(name, '')} {new.get(name, '')}".strip() for name in old.keys() | new.keys()})
    for name, data in files.items():
        write_atomically(out / name, data)
    for name in old.keys() - files.keys():
        (out / name).unlink()
        for folder in (out / name).relative_to(out).parents:
            if folder.parts and not os.listdir(out / folder):
                (out / folder).rmdir()
    _list(out, new)


def _list(out: Path, sums: dict[str, str]) -> None:
    write_atomically(out / MANIFEST, json.dumps(dict(sorted(sums.items())), indent=2).encode() + b"\n")


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
