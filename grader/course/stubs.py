"""What is generated from the solutions: stubs, given modules, notebooks, and the code in handouts.

A student's work is never overwritten: a manifest keeps the digest of what was generated, and a file that differs is
somebody's work.
"""

from __future__ import annotations

import argparse
import ast
import functools
import re
import shutil
import time
from pathlib import Path

import msgspec

from grader.course import contracts, experiments, inventory, labels, markers, notebooks
from grader.course.sources import bound
from grader.course.weeks import HANDOUTS, Course, Week, digest
from grader.errors import UserError
from grader.messages import language, say

ENGLISH, CHINESE = "en", "zh"
INCLUDE = re.compile(r"<!-- include: (\S+) (\S+) -->\n.*?<!-- /include -->", re.DOTALL)
MANIFEST = "exercises/generated.json"
MARK = " in Chinese"
KEPT = ".stubs"
"""Beside the weeks of a release: their stubs as they were given."""


class Changes(msgspec.Struct):
    """What writing did, by path relative to the root."""

    written: list[str] = []
    kept: list[str] = []
    """Changed by somebody, so left alone."""
    backups: list[str] = []


def generate(week: Week) -> dict[str, str]:
    """Return the generated files of a week by path relative to the root, notebooks included."""
    return modules(week) | notebooks.generate(week, {lang: week_texts(week, lang) for lang in (ENGLISH, CHINESE)})


def week_texts(week: Week, lang: str) -> dict[str, str]:
    """Return what a reader of one language sees of a week, by path: stubs, given modules and the handout."""
    files = modules(week, lang)
    name = HANDOUTS[lang]
    path = week.folder / name
    if path.is_file():
        text = labels.in_handout(path.read_text(encoding="utf-8"), week, lang)
        text = experiments.in_handout(text, files.get(f"exercises/{week.name}/{experiments.FILE}", ""), lang)
        files[f"exercises/{week.name}/{name}"] = fill_includes(text, week, files)
    return files


def modules(week: Week, lang: str = ENGLISH) -> dict[str, str]:
    """Return the stubs and given modules of a week by path relative to the root.

    Raises:
        UserError: unbalanced or nested marks, with file and line.
    """
    files = {name: data.decode() for name, data in week.given().items()}
    files |= {f"{exercise}.py": text for exercise, text in stubs_of(week, lang).items()}
    return {f"exercises/{week.name}/{name}": text for name, text in files.items()}


def stubs_of(week: Week, lang: str = ENGLISH) -> dict[str, str]:
    """Return the stub of every exercise by its name, contracts and label in one language.

    Raises:
        UserError: a solution is missing, or in a release the stub that was kept.
    """
    for exercise in week.exercises:
        path = week.solutions / f"{exercise.name}.py"
        if week.solutions.is_dir() and not path.is_file():
            raise UserError("no_solution", path=path.relative_to(week.root))
    return {exercise.name: whole_stub(week, exercise.name, lang) for exercise in week.exercises}


def whole_stub(week: Week, exercise: str, lang: str = ENGLISH) -> str:
    """Return an exercise's stub as `stub_of` does.

    Raises:
        UserError: nothing tells what it was.
    """
    text = stub_of(week, exercise, lang)
    if text is None:
        raise UserError("no_stub", path=f"exercises/{KEPT}/{week.name}/{exercise}.py")
    return text


def stub_of(week: Week, exercise: str, lang: str = ENGLISH) -> str | None:
    """Return an exercise's stub as it was given: made from the solution, or in a release kept beside the exercises.

    Without either, the file in the week's folder is the stub as long as it says so; None when nothing tells.
    """
    solution = week.solutions / f"{exercise}.py"
    kept = week.root / "exercises" / KEPT / week.name / f"{exercise}.py"
    found = next((path for path in (solution, kept, week.folder / f"{exercise}.py") if path.is_file()), None)
    if found is None:
        return None
    try:
        text = _stub_in(found, found.stat().st_mtime_ns, week.label(exercise) if found == solution else "")
    except markers.MarksError as error:
        raise UserError("bad_marks", problem=f"{solution.parent.relative_to(week.root)}/{error}") from error
    if found not in (solution, kept):
        return text if markers.UNWRITTEN.search(text) else None
    translated = contracts.read(week).get(exercise, {}) if lang == CHINESE else {}
    return labels.in_stub(contracts.in_chinese(text, translated), week, week.exercise(exercise), lang)


@functools.lru_cache(maxsize=200)
def _stub_in(path: Path, changed: int, label: str) -> str:
    """Return the stub in a file, or with a label the stub of a solution; read again when it was changed."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return markers.stub(text, path.name, label) if label else text


def is_given(week: Week, exercise: str, source: bytes) -> bool:
    """Whether a file is an exercise's stub in either language, as it was given."""
    made = [stub_of(week, exercise, lang) for lang in (ENGLISH, CHINESE)]
    return any(text is not None and source == text.encode() for text in made)


def handouts(week: Week) -> dict[str, str]:
    """Return the week's handouts by path, with their generated blocks filled."""
    paths = {lang: f"exercises/{week.name}/{name}" for lang, name in HANDOUTS.items()}
    return {path: week_texts(week, lang)[path] for lang, path in paths.items() if (week.root / path).is_file()}


def fill_includes(text: str, week: Week, files: dict[str, str]) -> str:
    """Fill every include block of a handout."""

    def block(match: re.Match[str]) -> str:
        file, name = match.groups()
        source = files.get(f"exercises/{week.name}/{file}")
        code = source and definition(source, name)
        if not code:
            raise UserError("bad_include", path=f"exercises/{week.name}", block=f"{file} {name}")
        return f"<!-- include: {file} {name} -->\n```python\n{code}\n```\n<!-- /include -->"

    return INCLUDE.sub(block, text)


def definition(source: str, name: str) -> str | None:
    """Return the source of a function, class or constant of a module."""
    for node in ast.parse(source).body:
        if name in bound(node):
            first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
            return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
    return None


def stale(course: Course, weeks: list[Week]) -> list[str]:
    """Return the generated files that no longer follow from their source; a learner's own changes do not count."""
    manifest, found, texts = read_manifest(course.root), [], inventory.readmes(course)
    for week in weeks:
        found += [
            path
            for path, text in generate(week).items()
            if manifest.get(path) != digest(text) or not (course.root / path).exists()
        ]
        texts |= handouts(week)
    return found + _differing(course.root, texts)


def write(course: Course, weeks: list[Week], force: bool = False) -> Changes:
    """Write what is stale; a file that somebody changed is kept, or with `force` backed up first."""
    manifest = read_manifest(course.root)
    changes = Changes()
    for week in weeks:
        for path, text in generate(week).items():
            _write_one(course.root, path, text, manifest, force, changes)
        # A stub in Chinese is ours too: it may be replaced, and whoever hands it in has not begun.
        for exercise, text in stubs_of(week, CHINESE).items():
            manifest[in_chinese(f"exercises/{week.name}/{exercise}.py")] = digest(text)
        changes.written += _write_texts(course.root, handouts(week))
    changes.written += write_readmes(course)
    known = {path: key for path, key in manifest.items() if (course.root / path.removesuffix(MARK)).exists()}
    listing = msgspec.json.format(msgspec.json.encode(known, order="sorted"), indent=2)
    (course.root / MANIFEST).write_bytes(listing + b"\n")
    return changes


def translate(course: Course, weeks: list[Week], lang: str, force: bool = False) -> Changes:
    """Write the stubs in one language, over stubs as they were given and never over somebody's work."""
    manifest, changes = read_manifest(course.root), Changes()
    for week in weeks:
        english, chinese = stubs_of(week, ENGLISH), stubs_of(week, CHINESE)
        for exercise, text in stubs_of(week, lang).items():
            path = f"exercises/{week.name}/{exercise}.py"
            manifest.setdefault(path, digest(english[exercise]))
            manifest.setdefault(in_chinese(path), digest(chinese[exercise]))
            _write_one(course.root, path, text, dict(manifest), force, changes)
    return changes


def in_chinese(path: str) -> str:
    """Return the name under which the manifest knows a stub in Chinese."""
    return f"{path}{MARK}"


def write_readmes(course: Course) -> list[str]:
    """Fill the tables of the READMEs from the proofs; return what changed."""
    return _write_texts(course.root, inventory.readmes(course))


def _write_texts(root: Path, texts: dict[str, str]) -> list[str]:
    differing = _differing(root, texts)
    for path in differing:
        (root / path).write_text(texts[path], encoding="utf-8")
    return differing


def _differing(root: Path, texts: dict[str, str]) -> list[str]:
    return [path for path, text in texts.items() if (root / path).read_text(encoding="utf-8") != text]


def _write_one(root: Path, path: str, text: str, manifest: dict[str, str], force: bool, changes: Changes) -> None:
    target = root / path
    old = target.read_text(encoding="utf-8") if target.exists() else None
    if old == text:
        manifest[path] = digest(text)
        return
    if old is not None and digest(old) not in (manifest.get(path), manifest.get(in_chinese(path))):
        if not force:
            changes.kept.append(path)
            return
        changes.backups.append(str(backup(target).relative_to(root)))
    target.write_text(text, encoding="utf-8")
    manifest[path] = digest(text)
    changes.written.append(path)


def backup(path: Path) -> Path:
    """Copy a file beside itself under a name with the time; return the copy."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    number, copy = 0, path.with_name(f"{path.stem}.backup-{stamp}{path.suffix}.txt")
    while copy.exists():
        number += 1
        copy = path.with_name(f"{path.stem}.backup-{stamp}-{number}{path.suffix}.txt")
    shutil.copy2(path, copy)
    return copy


def read_manifest(root: Path) -> dict[str, str]:
    path = root / MANIFEST
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}
    except msgspec.DecodeError as error:  # after a merge, perhaps
        raise UserError("manifest_damaged", path=MANIFEST, problem=error) from error


def options(parser: argparse.ArgumentParser, command: str) -> None:
    """Add the options of `stubs`."""
    parser.add_argument("--force", action="store_true", help="also over files that somebody changed, after a backup")
    parser.add_argument(
        "--in", dest="stub_lang", help="en or zh: write the stubs alone, with the contracts in that language"
    )


def run(args: argparse.Namespace) -> int:
    """Write what is generated from the solutions."""
    course = Course(args.root)
    weeks = course.asked(args.week)
    if args.stub_lang or not any(week.solutions.is_dir() for week in weeks):
        changes = translate(course, weeks, language(args.stub_lang or args.lang), args.force)
    else:
        changes = write(course, weeks, args.force)
    said = {"stub_written": changes.written, "stub_kept": changes.kept, "stub_backup": changes.backups}
    lines = [say(key, args.lang, path=path) for key, paths in said.items() for path in paths]
    print("\n".join(lines or [say("stub_fresh", args.lang)]))
    return 1 if changes.kept else 0
