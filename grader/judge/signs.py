"""What in a submission's source a person should look at: ways around the box and around what an exercise forbids.

No verdict rests on it: an honest file may import anything. What is hidden from this scan
still meets the walls.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util

MODULES = set(
    "ctypes cffi _ctypes gc importlib _imp pickle marshal pkgutil pydoc runpy grader torch.utils.cpp_extension".split()
)
CALLS = set("exec eval compile __import__ globals vars".split())
ATTRIBUTES = set(
    "__subclasses__ __globals__ __code__ __builtins__ __loader__ __file__ _getframe _dispatch_library".split()
)
DOTTED = {"sys.modules", "sys.meta_path", "linecache.getlines", "inspect.getsource"}
TEXTS = ("site-packages", "/proc", "__file__", "LD_PRELOAD")
MOST = 20


def signs(files: dict[str, bytes]) -> list[str]:
    """Return "file, line N: what" for each sign, by file and line."""
    return [f"{file}, line {line}: {what}" for file, source in sorted(files.items()) for line, what in _in(source)][
        :MOST
    ]


@functools.lru_cache(maxsize=64)
def _in(source: bytes) -> list[tuple[int, str]]:
    """Return the lines of one file and the signs in them: each exercise of a week asks anew for what they share."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.parse(importlib.util.decode_source(source))
        return sorted({(getattr(node, "lineno", 0), what) for node in ast.walk(tree) for what in _of(node)})[:MOST]
    return []


def _of(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [item.name for item in node.names if _listed(item.name)]
    if isinstance(node, ast.ImportFrom):
        return [node.module] if node.module and _listed(node.module) else []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        # What is asked of sys by a name that is put together is the table of modules.
        of_sys = node.func.id == "getattr" and any(
            isinstance(one, ast.Name) and one.id == "sys" for one in node.args[:1]
        )
        return [f"{node.func.id}()"] if node.func.id in CALLS else ["getattr(sys)"] if of_sys else []
    if isinstance(node, ast.Attribute):
        dotted = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
        # A module's __file__ tells where a library's source lies.
        return [node.attr] if node.attr in ATTRIBUTES else [dotted] if dotted in DOTTED else []
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [text for text in TEXTS if text in node.value and len(node.value) < 200]
    return []


def _listed(module: str) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in MODULES)
