"""The rules that nobody has to remember: rooms, names, import direction, budgets."""

import ast
import collections
import graphlib
import io
import re
import tokenize
from pathlib import Path

import pytest

from grader.course.weeks import Course, Week, default_root

ROOT = default_root()
ENGINE = ROOT / "grader"
HIDDEN = ("suites", "misconceptions", "alternatives")
MODULES = [
    path
    for path in sorted(ENGINE.rglob("*.py"))
    if path.relative_to(ENGINE).parts[0] not in HIDDEN and not {"__pycache__", "example_class"} & {*path.parts}
]
# docs/decisions/0002-size.md says what the size is and why.
FILE_LINES, FUNCTION_LINES = 300, 40
MAX_ENTRIES = 25
# Lowest first, one line a room: how many lines it may have, and what it may import beside itself. A file of grader/ itself
# is a room of its own; cli stands above all rooms, whose commands it imports by name when they are asked for.
ROOMS = {
    "errors": (16, ""),
    "outcomes": (108, ""),
    "files": (55, ""),
    "messages": (28, "outcomes"),
    "mistakes": (28, "outcomes"),
    "course": (1022, "errors outcomes messages mistakes"),
    "box": (1713, ""),
    "answers": (1504, "box course mistakes outcomes"),
    "suite": (107, "answers course messages outcomes"),
    "judge": (1533, "answers box course errors messages mistakes outcomes"),
    "report": (411, "course messages outcomes"),
    "intake": (2251, "course errors outcomes"),
    "classroom": (2218, "course errors files intake judge messages outcomes report"),
    "gradebook": (961, "classroom course errors files intake judge messages report"),
    "learner": (951, "course errors files intake judge messages outcomes report"),
    "notebook": (106, "course errors intake judge learner messages outcomes report"),
    "authoring": (1387, "answers course errors files judge learner messages mistakes outcomes report"),
    "cli": (92, "classroom course errors gradebook messages outcomes report"),
    "__main__": (7, "cli"),
}


def code_lines(path: Path) -> set[int]:
    """The first lines of logical lines: no blank lines, comments or docstrings; a line that the formatter wraps is one."""
    text = path.read_text(encoding="utf-8")
    skip, begin = {tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}, 0
    lines = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            lines.add(begin)
            begin = 0
        elif token.type not in skip and not begin:
            begin = token.start[0]
    for node in ast.walk(ast.parse(text)):
        body = getattr(node, "body", None)
        for item in body if isinstance(body, list) else []:
            if (
                isinstance(item, ast.Expr)
                and isinstance(item.value, ast.Constant)
                and isinstance(item.value.value, str)
            ):
                lines.discard(item.lineno)
    return lines


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ENGINE).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Engine modules that a module imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "grader":
            base = node.module.removeprefix("grader").lstrip(".")
            for item in node.names:
                full = f"{base}.{item.name}".lstrip(".")
                is_module = (ENGINE / Path(*full.split("."))).with_suffix(".py").exists()
                is_package = (ENGINE / Path(*full.split(".")) / "__init__.py").exists()
                found.add(full if is_module or is_package else base)
        elif isinstance(node, ast.Import):
            found |= {item.name.removeprefix("grader.") for item in node.names if item.name.startswith("grader.")}
    return found - {""}


def room_of(module: str) -> str:
    return module.partition(".")[0]


def arrows() -> dict[str, set[str]]:
    """Which engine module imports which others."""
    return {name_of(path): imports_of(path) for path in MODULES if name_of(path) != "__init__"}


def test_rooms_import_downward() -> None:
    """A room imports only what its line allows, and a line allows only rooms above it in the list, which are lower."""
    for place, (room, (_, allowed)) in enumerate(ROOMS.items()):
        assert set(allowed.split()) <= set(list(ROOMS)[:place]), room
    for module, others in arrows().items():
        room = room_of(module)
        assert {room_of(other) for other in others} <= {room, *ROOMS[room][1].split()}, module


def test_no_room_is_allowed_more_than_it_needs() -> None:
    """What a room's line allows, the room imports."""
    needed: dict[str, set[str]] = {}
    for module, others in arrows().items():
        needed.setdefault(room_of(module), set()).update(map(room_of, others))
    assert {room: set(allowed.split()) for room, (_, allowed) in ROOMS.items()} == {
        room: needed[room] - {room} for room in ROOMS
    }


def test_no_files_import_each_other_in_a_circle() -> None:
    """The engine's files can be put in an order in which each imports only earlier ones, imports in functions included."""
    graphlib.TopologicalSorter(arrows()).prepare()


def test_the_engine_has_few_entries() -> None:
    """Who opens grader/ sees a list that fits one screen."""
    entries = {path.relative_to(ENGINE).parts[0] for path in ENGINE.rglob("*") if path.is_file()} - {"__pycache__"}
    assert len(entries) <= MAX_ENTRIES


def test_what_a_box_sees_imports_nothing_else_of_the_engine() -> None:
    """The files in box/inside import each other and no other engine module."""
    for path in (ENGINE / "box/inside").glob("*.py"):
        assert all(other.startswith("box.inside") for other in imports_of(path)), path.name


def test_only_named_modules_import_heavy_libraries() -> None:
    """nbgrader and nbformat have one importer each, in the engine."""
    for library, allowed in (("nbgrader", "gradebook"), ("nbformat", "course")):
        importers = {
            name_of(path) for path in MODULES if re.search(rf"^\s*(import|from) {library}\b", path.read_text(), re.M)
        }
        assert {allowed} == {importer.partition(".")[0] for importer in importers}, library


def test_the_engine_stays_small() -> None:
    """Lines of code: every room, every file, every function."""
    counts = {name_of(path): code_lines(path) for path in MODULES}
    rooms = collections.Counter({room: 0 for room in ROOMS})
    for name, lines in counts.items():
        rooms[room_of(name)] += len(lines)

    too_many = {room: rooms[room] for room, (most, _) in ROOMS.items() if rooms[room] > most}
    too_many |= {name: len(lines) for name, lines in counts.items() if len(lines) > FILE_LINES}
    for path in MODULES:
        lines = counts[name_of(path)]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                size = len(lines & set(range(node.lineno, (node.end_lineno or node.lineno) + 1)))
                too_many |= {f"{name_of(path)}.{node.name}": size} if size > FUNCTION_LINES else {}
    assert {} == too_many


def test_the_decision_about_size_names_every_room() -> None:
    """Who looks for the rooms finds them all there, and none that has gone."""
    text = (ROOT / "docs/decisions/0002-size.md").read_text(encoding="utf-8")
    table = text.partition("| room |")[2].partition("\n\n")[0]

    assert set(ROOMS) == set(re.findall(r"`(\w+)(?:/|\.py)`", table))


def test_every_module_says_what_it_does_and_what_it_does_not_know() -> None:
    """Every engine module opens with a docstring."""
    for path in MODULES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_every_sentence_exists_in_both_languages() -> None:
    """Every key of messages.toml has an English and a Chinese sentence with the same names to fill."""
    import tomllib

    for key, sentence in tomllib.loads((ENGINE / "messages.toml").read_text(encoding="utf-8")).items():
        assert {"en", "zh"} == set(sentence), key
        names = [set(re.findall(r"{(\w+)}", sentence[lang])) for lang in ("en", "zh")]
        assert names[0] == names[1], key


def test_every_key_that_the_engine_uses_exists() -> None:
    """A key in Finding("…"), say("…") or UserError("…") stands in messages.toml."""
    import tomllib

    known = set(tomllib.loads((ENGINE / "messages.toml").read_text(encoding="utf-8")))
    for path in MODULES:
        used = re.findall(r'(?:Finding|\bsay|UserError)\(\s*"(\w+)"', path.read_text(encoding="utf-8"))
        assert set() == set(used) - known - {"claim"}, path.name


@pytest.mark.parametrize("week", Course(ROOT).weeks, ids=lambda week: week.name)
def test_a_week_has_the_same_shelf_in_every_room(week: Week) -> None:
    """Every room has the week's folder, and no file without a counterpart in week.toml."""
    names = {exercise.name for exercise in week.exercises}
    assert names <= {path.stem for path in week.solutions.glob("*.py")}
    assert {f"test_{name}" for name in names} == {path.stem for path in week.folder.glob("test_*.py")}
    for room in ("suites", "misconceptions"):
        stems = {path.stem.removeprefix("test_") for path in (ENGINE / room / week.name).glob("*.py")}
        assert names == stems, room
    assert names == {path.name for path in (ENGINE / "alternatives" / week.name).iterdir() if path.is_dir()} - {
        "__pycache__"
    }


@pytest.mark.parametrize("week", Course(ROOT).weeks, ids=lambda week: week.name)
def test_hints_are_not_read_at_a_glance(week: Week) -> None:
    """No hint stands beside the stubs; every exercise has some, with the solutions."""
    assert "hints" not in (week.folder / "week.toml").read_text(encoding="utf-8")
    assert {exercise.name for exercise in week.exercises if exercise.hints} == {one.name for one in week.exercises}


def test_datasets_are_described_and_are_no_package() -> None:
    """Every data set has a dataset.toml whose checksums hold, and no __init__.py that would hide the library of that name."""
    import hashlib
    import tomllib

    assert [] == list((ROOT / "datasets").rglob("__init__.py"))
    for folder in (path for path in (ROOT / "datasets").iterdir() if path.is_dir()):
        described = tomllib.loads((folder / "dataset.toml").read_text(encoding="utf-8"))
        for name, checksum in described["files"].items():
            assert checksum == hashlib.sha256((folder / name).read_bytes()).hexdigest(), f"{folder.name}/{name}"


def test_every_checkout_has_the_same_bytes() -> None:
    """Proofs and given files are compared by their bytes: git changes no end of a line, on Windows either."""
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()


def test_the_library_named_datasets_is_the_real_one() -> None:
    """Importing datasets gives Hugging Face's library, not this repository's folder."""
    import importlib.util

    spec = importlib.util.find_spec("datasets")
    assert spec is not None and spec.origin is not None and "site-packages" in spec.origin
