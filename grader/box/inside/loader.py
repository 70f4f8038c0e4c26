"""Student modules from their source text: the import system's view of one week's files.

A file's name is its module's dotted name: utils.shapes.py is `utils.shapes`, utils.__init__.py the package `utils`.

Nothing is read from disk: sources arrive as bytes.
"""

from __future__ import annotations

import ast
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import types
from collections.abc import Sequence

from grader.box.inside.forbidden import REFUSAL, ForbiddenShortcut, Scan


class MissingModule(Exception):
    """The submission has no such file; the argument is its name."""


class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An importer of modules whose sources are held in memory, by file name."""

    def __init__(self, files: dict[str, bytes], forbidden: dict[str, list[str]] | None = None) -> None:
        self.files = files
        self.forbidden = forbidden or {}
        """What each file may not use."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package = any(file.startswith(f"{fullname}.") for file in self.files if file != f"{fullname}.py")
        if package or f"{fullname}.py" in self.files:
            return importlib.util.spec_from_loader(fullname, self, origin=f"{fullname}.py", is_package=package)
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        for file in (f"{module.__name__}.__init__.py", f"{module.__name__}.py"):
            if file in self.files:
                run(module, self.files[file], self.forbidden.get(file), file)

    def install(self) -> None:
        sys.meta_path.insert(0, self)


def run(
    module: types.ModuleType, source: bytes, forbidden: list[str] | None = None, file: str = ""
) -> types.ModuleType:
    """Execute `source` as `module`; its lines show in tracebacks.

    Functions that use what is forbidden raise ForbiddenShortcut, and so does a module that does so while it is loaded.
    """
    name = file or f"{module.__name__}.py"
    text, code = _compiled(source, name)
    if forbidden:
        # Of the text that runs: what declares another encoding cannot show one text here and another there.
        tree = Scan(ast.parse(text), name, forbidden).refuse()
        code = compile(tree, name, "exec", dont_inherit=True) if tree else code
        module.__dict__[REFUSAL] = ForbiddenShortcut
    module.__file__ = name
    linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)
    linecache.cache[os.path.abspath(name)] = linecache.cache[name]  # where pdb looks
    exec(code, module.__dict__)
    return module


@functools.lru_cache
def _compiled(source: bytes, name: str) -> tuple[str, types.CodeType]:
    """Return the text of a module and its code; a judge runs the same source for every known mistake."""
    text = importlib.util.decode_source(source)
    return text, compile(text, name, "exec", dont_inherit=True)


def offer(name: str, files: dict[str, bytes], forbidden: dict[str, list[str]] | None = None) -> None:
    """Let `name` and its siblings be imported from `files` from now on.

    Raises:
        MissingModule: no such file.
    """
    if f"{name}.py" not in files:
        raise MissingModule(name)
    Sources(files, forbidden).install()
    for file in files:
        sys.modules.pop(module_of(file), None)


def module_of(file: str) -> str:
    """Return the dotted name of the module in a file."""
    return file.removesuffix(".py").removesuffix(".__init__")


def load(name: str, files: dict[str, bytes]) -> types.ModuleType:
    """Offer the files and import `name`.

    Raises:
        MissingModule: no such file.
        BaseException: whatever the module raises.
    """
    offer(name, files)
    return importlib.import_module(name)


def overlay(base: types.ModuleType, own: bytes, source: bytes, take: dict[str, str]) -> types.ModuleType:
    """Replace public names of `base` by what `source` defines: {public name: name in the source}.

    While the source runs, importing the base's name gives another module made of `own`, the base's own source: a
    variant that calls what it replaces does not call itself. Names that the source lacks stay as they are.
    """
    before = sys.modules.get(base.__name__)
    sys.modules[base.__name__] = fresh(base.__name__, own)
    try:
        layer = run(types.ModuleType(f"{base.__name__}_variant"), source)
    finally:
        sys.modules[base.__name__] = before or base
    for public, name in take.items():
        if hasattr(layer, name):
            setattr(base, public, getattr(layer, name))
            if isinstance(
                getattr(layer, name), type
            ):  # errors name the class, and should say the same whoever wrote it
                getattr(layer, name).__name__ = public
    return base


def fresh(name: str, source: bytes) -> types.ModuleType:
    """Return a new module from `source` that the import system does not know."""
    return run(types.ModuleType(name), source)
