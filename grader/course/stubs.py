"""What is generated from the solutions: stubs, given modules, notebooks, and the code in handouts.

A student's work is never overwritten: a manifest remembers what was generated, and a file that differs from it is
somebody's work. Knows nothing of the marks' syntax.
"""

from __future__ import annotations

import ast
import functools
import re
import shutil
import time
from pathlib import Path

import msgspec

from grader.course import inventory, markers, notebooks
from grader.course.weeks import Course, Week, digest
from grader.errors import UserError

INCLUDE = re.compile(r"<!-- include: (\S+) (\S+) -->\n.*?<!-- /include -->", re.DOTALL)
HANDOUTS = ("README.md", "README.zh-CN.md")
MANIFEST = "exercises/generated.json"
UNWRITTEN = re.compile(r"NotImplementedError\(\s*[\"']week ")
"""What a stub raises; the sentence goes on with the week's number, the exercise and the name."""


class Changes(msgspec.Struct):
    """What writing did, by path relative to the root."""

    written: list[str] = []
    kept: list[str] = []
    """Changed by somebody, so left alone."""
    backups: list[str] = []


def generate(week: Week) -> dict[str, str]:
    """Return the generated files of a week by path relative to the root, notebooks included."""
    texts = modules(week)
    return texts | notebooks.generate(week, texts | handouts(week, texts))


def modules(week: Week) -> dict[str, str]:
    """Return the stubs and given modules of a week by path relative to the root.

    Raises:
        UserError: unbalanced or nested marks, with file and line.
    """
    files = {f"{week.folder.name}/{name}": data.decode() for name, data in week.given().items()}
    for exercise in week.exercises:
        path = week.solutions / f"{exercise.name}.py"
        if not path.is_file():
            raise UserError("no_solution", path=path.relative_to(week.root))
        try:
            label = f"week {week.number}, {exercise.name}"
            files[f"{week.name}/{path.name}"] = markers.stub(path.read_text(encoding="utf-8"), path.name, label)
        except markers.MarksError as error:
            raise UserError("bad_marks", problem=f"{path.parent.relative_to(week.root)}/{error}") from error
    return {f"exercises/{name}": text for name, text in files.items()}


def stub_of(week: Week, exercise: str) -> str | None:
    """Return an exercise's stub as it was given: made from the solution, or in a release kept beside the exercises.

    Without either, the file in the week's folder is the stub as long as it says so; None when nothing tells.
    """
    solution = week.solutions / f"{exercise}.py"
    kept = week.root / "exercises" / ".stubs" / week.name / f"{exercise}.py"
    found = next((path for path in (solution, kept, week.folder / f"{exercise}.py") if path.is_file()), None)
    if found is None:
        return None
    label = f"week {week.number}, {exercise}" if found == solution else ""
    text = _stub_in(found, found.stat().st_mtime_ns, label)
    return text if found in (solution, kept) or UNWRITTEN.search(text) else None


@functools.lru_cache(maxsize=200)
def _stub_in(path: Path, changed: int, label: str) -> str:
    """Return the stub in a file, or with a label the stub of a solution; read again when it was changed."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return markers.stub(text, path.name, label) if label else text


def handouts(week: Week, files: dict[str, str]) -> dict[str, str]:
    """Return the week's handouts with their code blocks filled from the generated files."""
    filled = {}
    for name in HANDOUTS:
        path = week.folder / name
        if path.is_file():
            filled[f"exercises/{week.name}/{name}"] = fill_includes(path.read_text(encoding="utf-8"), week, files)
    return filled


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
        if name in _names(node):
            first = min([node.lineno, *(item.lineno for item in getattr(node, "decorator_list", []))])
            return "\n".join(source.splitlines()[first - 1 : node.end_lineno])
    return None


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return {target.id for target in targets if isinstance(target, ast.Name)}


def stale(course: Course, weeks: list[Week]) -> list[str]:
    """Return the generated files that no longer follow from their source; a learner's own changes do not count."""
    manifest = read_manifest(course.root)
    found = []
    for week in weeks:
        files = generate(week)
        found += [
            path
            for path, text in files.items()
            if manifest.get(path) != digest(text) or not (course.root / path).exists()
        ]
        texts = handouts(week, files)
        found += [path for path, text in texts.items() if (course.root / path).read_text(encoding="utf-8") != text]
    texts = inventory.readmes(course)
    return found + [path for path, text in texts.items() if (course.root / path).read_text(encoding="utf-8") != text]


def write(course: Course, weeks: list[Week], force: bool = False) -> Changes:
    """Write what is stale; a file that somebody changed is kept, or with `force` backed up first."""
    manifest = read_manifest(course.root)
    changes = Changes()
    for week in weeks:
        files = generate(week)
        for path, text in files.items():
            _write_one(course.root, path, text, manifest, force, changes)
        _write_texts(course.root, handouts(week, files), changes)
    changes.written += write_readmes(course)
    known = {path: key for path, key in manifest.items() if (course.root / path).exists()}
    listing = msgspec.json.format(msgspec.json.encode(known, order="sorted"), indent=2)
    (course.root / MANIFEST).write_bytes(listing + b"\n")
    return changes


def write_readmes(course: Course) -> list[str]:
    """Fill the tables of the READMEs from the proofs; return what changed."""
    changes = Changes()
    _write_texts(course.root, inventory.readmes(course), changes)
    return changes.written


def _write_texts(root: Path, texts: dict[str, str], changes: Changes) -> None:
    for path, text in texts.items():
        if (root / path).read_text(encoding="utf-8") != text:
            (root / path).write_text(text, encoding="utf-8")
            changes.written.append(path)


def _write_one(root: Path, path: str, text: str, manifest: dict[str, str], force: bool, changes: Changes) -> None:
    target = root / path
    old = target.read_text(encoding="utf-8") if target.exists() else None
    if old == text:
        manifest[path] = digest(text)
        return
    if old is not None and digest(old) != manifest.get(path):
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
    return msgspec.json.decode(path.read_bytes(), type=dict[str, str]) if path.is_file() else {}
