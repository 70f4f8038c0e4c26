"""Student modules from their source text: the import system's view of one week's files.

A file's name is its module's dotted name: utils.shapes.py is `utils.shapes`, utils.__init__.py the package `utils`.

Nothing is read from disk: sources arrive as bytes. Knows nothing of the socket or of the box's walls.
"""

from __future__ import annotations

import ast
import ctypes
import fnmatch
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import re
import sys
import types
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import torch

OPERATOR = "aten::"
"""Begins a pattern of names of torch's operators, which can be reached by many Python names."""
BACK_DOORS = ["torch._C", "torch._VF", "torch.ops"]
"""Where every operator can be had by another name: no exercise that forbids anything asks for them."""
KERNELS = ("CPU", "CUDA", "CompositeImplicitAutograd", "CompositeExplicitAutograd")
"""Where an operator's work is done at last: differentiation only leads there."""


class ForbiddenShortcut(Exception):
    """The exercise forbids this library call; the argument is its dotted name."""


class MissingModule(Exception):
    """The submission has no such file; the argument is its name."""


class Sources(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """An importer of modules whose sources are held in memory, by file name."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files

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
                run(module, self.files[file], file)

    def install(self) -> None:
        sys.meta_path.insert(0, self)


def run(module: types.ModuleType, source: bytes, file: str = "") -> types.ModuleType:
    """Execute `source` as `module`; its lines show in tracebacks."""
    name = file or f"{module.__name__}.py"
    text, code = _compiled(source, name)
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


def load(name: str, files: dict[str, bytes]) -> types.ModuleType:
    """Import `name` from `files`, for good: it and its siblings can be imported from now on.

    Raises:
        MissingModule: no such file.
        BaseException: whatever the module raises.
    """
    if f"{name}.py" not in files:
        raise MissingModule(name)
    Sources(files).install()
    for file in files:
        sys.modules.pop(file.removesuffix(".py").removesuffix(".__init__"), None)
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
    return base


def fresh(name: str, source: bytes) -> types.ModuleType:
    """Return a new module from `source` that the import system does not know."""
    return run(types.ModuleType(name), source)


def shortcut_in(source: bytes, forbidden: list[str]) -> tuple[str, int] | None:
    """Return the first forbidden dotted name that the source mentions, and its line; None when it mentions none.

    A forbidden module stands for everything in it. Import aliases are followed; what this misses, `forbid` meets at
    run time.
    """
    nodes = list(ast.walk(ast.parse(source)))
    forbidden = [*forbidden, *BACK_DOORS]
    aliases: dict[str, str] = {}
    for node in nodes:
        for local, dotted in _imported(node):
            aliases[local] = dotted
            if name := _forbidden(dotted, forbidden):
                return name, getattr(node, "lineno", 0)
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and (name := _forbidden(_dotted(node, aliases), forbidden)):
            return name, node.lineno
    return None


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    """Return (local name, dotted name) pairs of an import statement."""
    if isinstance(node, ast.Import):
        whole = [(item.asname, item.name) for item in node.names if item.asname]
        return whole + [(first, first) for item in node.names if not item.asname and (first := item.name.split(".")[0])]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [(item.asname or item.name, f"{node.module}.{item.name}") for item in node.names]
    return []


def _forbidden(dotted: str, forbidden: list[str]) -> str | None:
    return next((name for name in forbidden if f"{dotted}.".startswith(f"{name}.")), None) if dotted else None


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in aliases:
        return ""
    return ".".join([aliases[node.id], *reversed(parts)])


def forbid(names: list[str]) -> None:
    """Make each dotted name of a loaded module raise ForbiddenShortcut when it is called or made, and each operator."""
    _overrule(operators_in(names))
    for dotted in names:
        path, _, last = dotted.rpartition(".")
        owner = _resolve(path) if path else None
        if owner is not None and hasattr(owner, last):
            setattr(owner, last, _refusal(dotted, getattr(owner, last)))


def operators_in(forbidden: list[str]) -> list[str]:
    """Return the patterns of operators among forbidden names."""
    return [name for name in forbidden if name.startswith(OPERATOR)]


def _overrule(patterns: list[str]) -> None:
    """Put a refusal in the place of torch's operators, below all of their Python names."""
    if not patterns:
        return
    handle = torch._C._dispatch_library("IMPL", "aten", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an operator is overruled is what is meant
        for full, key in kernels(*patterns):
            refuse = _refusing(full.partition(".")[0])
            # its stub knows fewer arguments
            handle.impl(full.removeprefix(OPERATOR), key, refuse, False)  # type: ignore[call-arg]
    # The handle could undo it, and would at its end: nothing refers to it from now on, and it never ends.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))


@functools.cache
def kernels(*patterns: str) -> list[tuple[str, str]]:
    """Return the operators that are meant with the keys of their kernels; the warm process asks once for all boxes."""
    # A name may end in an overload: aten::softmax.int
    meant = re.compile("|".join(fnmatch.translate(each) for pattern in patterns for each in (pattern, f"{pattern}.*")))
    names = [name for name in torch._C._dispatch_get_all_op_names() if meant.match(name)]
    return [(name, key) for name in names for key in KERNELS if _has_kernel(name, key)]


def _has_kernel(operator: str, key: str) -> bool:
    return bool(torch._C._dispatch_has_kernel_for_dispatch_key(operator, key))


def _resolve(dotted: str) -> Any:
    """Return a loaded module or an attribute of one; None when its package is not loaded: nobody pays an import."""
    first, *rest = dotted.split(".")
    owner = sys.modules.get(first)
    for index, part in enumerate(rest):
        owner = getattr(owner, part, None) or sys.modules.get(".".join([first, *rest[: index + 1]]))
    return owner


def _refusal(dotted: str, original: Any) -> Any:
    if isinstance(original, type):

        def refuse_to_make(self: Any, *args: Any, **kwargs: Any) -> None:
            raise ForbiddenShortcut(dotted)

        return type(original.__name__, (original,), {"__init__": refuse_to_make})
    return _refusing(dotted)


def _refusing(dotted: str) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise ForbiddenShortcut(dotted)

    return refuse
