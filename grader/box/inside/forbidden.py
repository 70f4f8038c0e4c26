"""What an exercise forbids: its use found in the source before it runs, and refused when it is called all the same.

A deterrent, not a wall: a library's code is in the process, and whoever is bent on it reaches it in a way that nobody
thought of. What looks like such a way is marked for a person to look at, by the judge.
"""

from __future__ import annotations

import ast
import builtins
import ctypes
import fnmatch
import functools
import importlib
import re
import sys
import types
import warnings
from collections.abc import Callable, Collection, Iterable
from typing import Any

import torch

OPERATOR = "aten::"
"""Begins a pattern of names of torch's operators, which can be reached by many Python names."""
BACK_DOORS = ["torch._C", "torch._VF", "torch.ops", "torch._ops", "torch._refs", "torch._decomp", "torch._prims"]
"""Where every operator can be had by another name: no exercise that forbids anything asks for them."""
FROM_FILE = f"{OPERATOR}from_file"
"""Reads a file past Python, and so a library's source past who watches over that."""
KERNELS = (
    *("CPU", "MkldnnCPU", "QuantizedCPU", "SparseCPU", "SparseCsrCPU", "NestedTensorCPU"),
    *("CUDA", "QuantizedCUDA", "SparseCUDA", "SparseCsrCUDA", "NestedTensorCUDA"),
    *("CompositeImplicitAutograd", "CompositeImplicitAutogradNestedTensor"),
    *("CompositeExplicitAutograd", "CompositeExplicitAutogradNonFunctional"),
)
"""Where an operator's work is done at last, for every kind of tensor: differentiation only leads there."""
GO_BETWEENS = frozenset("importlib pkgutil pydoc runpy pickle inspect imp unittest doctest".split())
"""Modules of Python's own that import what they are told to."""
REFUSAL = "__forbidden__"
"""The name by which a rewritten function finds the exception."""
HELD_AT, HELD_BYTES = 16, 16
"""Where an object of pybind11 keeps what it stands for: behind its reference count and type."""


class ForbiddenShortcut(Exception):
    """The exercise forbids this library call; the arguments are its dotted name and, where known, file and line."""


class Scan:
    """The uses of forbidden names in one source. Import aliases and plain assignments are followed."""

    def __init__(self, tree: ast.Module, file: str, forbidden: list[str]) -> None:
        self.tree = tree
        self.file = file
        self.names = [*forbidden, *BACK_DOORS]
        self.nodes = list(ast.walk(tree))
        imports = [node for node in self.nodes if isinstance(node, ast.Import | ast.ImportFrom)]
        self.aliases = {local: dotted for node in imports for local, dotted in _imported(node)}
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and (use := self.first(statement.value)):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                self.aliases |= {target.id: use[0] for target in targets if isinstance(target, ast.Name)}

    def first(self, part: ast.AST | None) -> tuple[str, int] | None:
        """Return the first forbidden dotted name in a part of the source, and its line."""
        return self._first(ast.walk(part) if part else ())

    def _first(self, nodes: Iterable[ast.AST]) -> tuple[str, int] | None:
        for node in nodes:
            if isinstance(node, ast.Name | ast.Attribute):
                if name := self._forbidden(self._dotted(node)):
                    return name, node.lineno
            elif isinstance(node, ast.Import | ast.ImportFrom):
                for _, dotted in _imported(node):
                    if name := self._forbidden(dotted):
                        return name, node.lineno
        return None

    def refuse(self) -> ast.Module | None:
        """Have every function that uses a forbidden name raise instead; what only imports or names one is left.

        Returns None where nothing is used.

        Raises:
            ForbiddenShortcut: the module itself uses one while it is loaded.
        """
        if self._first(self.nodes) is None:
            return None
        _Refusing(self).visit(self.tree)
        for statement in self.tree.body:
            harmless = isinstance(statement, ast.Import | ast.ImportFrom | ast.Assign | ast.AnnAssign)
            if not harmless and (use := self.first(statement)):
                raise ForbiddenShortcut(use[0], self.file, use[1])
        return ast.fix_missing_locations(self.tree)

    def _forbidden(self, dotted: str) -> str | None:
        return next((name for name in self.names if f"{dotted}.".startswith(f"{name}.")), None) if dotted else None

    def _dotted(self, node: ast.AST) -> str:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.aliases:
            return ""
        return ".".join([self.aliases[node.id], *reversed(parts)])


class _Refusing(ast.NodeTransformer):
    """Rewrites the innermost function around each use."""

    def __init__(self, scan: Scan) -> None:
        self.scan = scan

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        for part in node.body:
            if use := self.scan.first(part):
                arguments: list[ast.expr] = [ast.Constant(each) for each in (use[0], self.scan.file, use[1])]
                call = ast.Call(ast.Name(REFUSAL, ast.Load()), arguments, [])
                node.body = [ast.copy_location(ast.Raise(call), part)]
                break
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    """Return (local name, dotted name) pairs of an import statement."""
    if isinstance(node, ast.Import):
        whole = [(item.asname, item.name) for item in node.names if item.asname]
        return whole + [(first, first) for item in node.names if not item.asname and (first := item.name.split(".")[0])]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [(item.asname or item.name, f"{node.module}.{item.name}") for item in node.names]
    return []


def forbid(names: list[str], own: Collection[str]) -> set[str]:
    """Make each dotted name raise ForbiddenShortcut when it is called or made, and each operator.

    Names of modules that are not loaded yet are refused when one of the files `own` imports them. Returns the modules
    in which something was refused: a second copy of them would have it again.
    """
    overrule(operators_in(names))
    dotted = [name for name in names if not name.startswith(OPERATOR)]
    holders = {module for name in dotted for module in _holders(name)}
    imports = _Imports([name for name in dotted if not _refuse(name)], dotted, own)
    builtins.__import__ = imports.named
    importlib.import_module = imports.module
    return holders


def _holders(dotted: str) -> set[str]:
    """Return the loaded modules in which a name stands, the one that defines it included."""
    path, _, last = dotted.rpartition(".")
    original = getattr(_resolve(path), last, None) if path else None
    defined = [getattr(original, "__module__", None) or path] if original is not None else []
    named = (name for name, _ in namesakes(dotted))
    return {module for module in (*defined, *named, *_below(dotted)) if module in sys.modules}


@functools.cache
def _below(dotted: str) -> list[str]:
    """Return the loaded modules that a name stands for: itself and those in it; asked once, before any box."""
    return [name for name in sys.modules if f"{name}.".startswith(f"{dotted}.")]


class _Imports:
    """Stands before the import system, for the student's modules alone."""

    def __init__(self, later: list[str], names: list[str], own: Collection[str]) -> None:
        self.later = later
        self.names = names
        self.own = frozenset(own)
        self.real, self.real_module = builtins.__import__, importlib.import_module

    def named(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> types.ModuleType:
        if level or not self.asked(name):
            return self.real(name, globals, locals, fromlist, level)
        if (stub := self.stub(name)) is not None:
            top, _, rest = name.partition(".")
            if not rest or fromlist:
                return stub
            owner = self.stub(top) or self.real(top)  # the statement goes on from there by attributes
            setattr(owner, rest.partition(".")[0], self.stub(name))
            return owner
        return self.loaded(self.real(name, globals, locals, fromlist, level))

    def module(self, name: str, package: str | None = None) -> types.ModuleType:
        if not self.asked(name):
            return self.real_module(name, package)
        return self.stub(name) or self.loaded(self.real_module(name, package))

    def asked(self, name: str) -> bool:
        """Whether a module of the submission asks, itself or through a helper of Python's own such as pkgutil."""
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename not in self.own and _goes_between(frame):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename in self.own  # a file can change its module's name

    def stub(self, name: str) -> types.ModuleType | None:
        """Return what a forbidden module is replaced by, None for any other."""
        found = next((each for each in [*self.names, *BACK_DOORS] if f"{name}.".startswith(f"{each}.")), None)
        return _RefusedModule(found) if found else None

    def loaded(self, module: types.ModuleType) -> types.ModuleType:
        self.later = [name for name in self.later if not _refuse(name)]
        return module


def _goes_between(frame: types.FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).partition(".")[0] in GO_BETWEENS


class _RefusedModule(types.ModuleType):
    """A module whose every name can be had and not used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {"__new__": refusing(self.__name__)})


def _refuse(dotted: str) -> bool:
    """Refuse a name wherever it is known; False when its module is not loaded."""
    path, _, last = dotted.rpartition(".")
    owner = _resolve(path) if path else None
    if owner is None or not hasattr(owner, last):
        return False
    original = getattr(owner, last)
    if isinstance(original, types.FunctionType) and not original.__code__.co_freevars:
        # In the function itself, so that every name for it is meant, also one that was bound before.
        original.__code__, original.__defaults__ = _raise_it.__code__, None
        original.__kwdefaults__ = {"_it": ForbiddenShortcut(dotted)}
        return True
    if isinstance(original, type) and _close_class(original, dotted):
        return True
    if isinstance(original, types.ModuleType):
        _take_out(dotted)
    refusal = _refusal(dotted, original)
    for module, name in (*namesakes(dotted), (path, last)):
        setattr(_resolve(module), name, refusal)
    return True


def _take_out(dotted: str) -> None:
    """Put stubs in the places of a module and of those below it: the table of modules names them too."""
    for name in _below(dotted):
        stub, original = _RefusedModule(name), sys.modules[name]
        vars(stub).update({key: getattr(original, key, None) for key in ("__file__", "__cached__", "__spec__")})
        sys.modules[name] = stub


def _close_class(original: type, dotted: str) -> bool:
    """Refuse all that a class does itself, its making included; False where it takes no changes."""
    methods = [name for name, value in vars(original).items() if isinstance(value, types.FunctionType)]
    try:
        for name in ("__init__", *methods):
            setattr(original, name, refusing(dotted))
    except TypeError:
        return False
    return True


def _raise_it(*args: Any, _it: BaseException, **kwargs: Any) -> None:
    raise _it


@functools.cache
def namesakes(dotted: str) -> list[tuple[str, str]]:
    """Return the other names of an object in the loaded modules of its package; asked once, before any box."""
    path, _, last = dotted.rpartition(".")
    original = getattr(_resolve(path), last, None) if path else None
    if original is None:
        return []
    package = f"{path.partition('.')[0]}."
    modules = [(name, module) for name, module in sys.modules.items() if f"{name}.".startswith(package)]
    contents = ((name, list(getattr(module, "__dict__", {}).items())) for name, module in modules)
    return [(name, key) for name, items in contents for key, value in items if value is original]


def operators_in(forbidden: list[str]) -> list[str]:
    """Return the patterns of operators among forbidden names."""
    return [name for name in forbidden if name.startswith(OPERATOR)]


def prepare(forbidden: list[str]) -> None:
    """Look up what is the same for every box."""
    kernels(FROM_FILE)
    kernels(*operators_in(forbidden))
    for dotted in forbidden:
        if not dotted.startswith(OPERATOR):
            namesakes(dotted)
            _below(dotted)


def overrule(patterns: list[str], error: type[ForbiddenShortcut] = ForbiddenShortcut) -> None:
    """Put a refusal in the place of torch's operators, below all of their Python names."""
    if not patterns:
        return
    handle = torch._C._dispatch_library("IMPL", "aten", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that an operator is overruled is what is meant
        for full, key in kernels(*patterns):
            refuse = refusing(full.partition(".")[0], error)
            # its stub knows fewer arguments
            handle.impl(full.removeprefix(OPERATOR), key, refuse, False)  # type: ignore[call-arg]
    # The handle could undo it, and would at its end: it never ends, and whoever finds it in memory finds it empty.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(handle))
    ctypes.memset(id(handle) + HELD_AT, 0, HELD_BYTES)


@functools.cache
def kernels(*patterns: str) -> list[tuple[str, str]]:
    """Return the operators that are meant with the keys of their kernels; the warm process asks once for all boxes."""
    if not patterns:
        return []
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
    if isinstance(original, types.ModuleType):
        return _RefusedModule(dotted)
    if isinstance(original, type):

        def refuse_to_make(self: Any, *args: Any, **kwargs: Any) -> None:
            raise ForbiddenShortcut(dotted)

        return type(original.__name__, (original,), {"__init__": refuse_to_make})
    return refusing(dotted)


def refusing(dotted: str, error: type[ForbiddenShortcut] = ForbiddenShortcut) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise error(dotted)

    return refuse
