"""What in a submission's source a person should look at: ways around the box and around what an exercise forbids.

No verdict rests on it: an honest file may import anything. What is hidden from this scan
still meets the walls.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import importlib.util
import re

MODULES = set(
    "ctypes cffi _ctypes gc importlib _imp pickle marshal pkgutil pydoc runpy grader torch.utils.cpp_extension "
    "socket ssl subprocess multiprocessing pty signal shutil urllib http ftplib smtplib requests httpx aiohttp".split()
)
CALLS = set("exec eval compile __import__ globals vars".split())
ATTRIBUTES = set(
    "__subclasses__ __globals__ __code__ __builtins__ __loader__ __file__ _getframe _dispatch_library".split()
)
DOTTED = re.compile(
    r"sys\.(modules|meta_path)|linecache\.getlines|inspect\.getsource"
    r"|os\.(system|popen|fork|forkpty|kill|killpg|remove|unlink|rmdir|removedirs|_exit|abort|(exec|spawn|posix_spawn)\w*)"
)
"""Of modules that an honest file may use, what it does not need here."""
TEXTS = ("site-packages", "/proc", "/etc/", "__file__", "LD_PRELOAD", "solutions/week", "grader/suites")
MOST = 20


def signs(files: dict[str, bytes]) -> list[str]:
    """Return "file, line N: what" for each sign, by file and line."""
    return [sign for file, source in sorted(files.items()) for sign in _in(file, source)][:MOST]


@functools.lru_cache(maxsize=64)
def _in(file: str, source: bytes) -> list[str]:
    """Return the signs in one file: each exercise of a week asks anew for what they share."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        nodes = ast.walk(ast.parse(importlib.util.decode_source(source)))
        found = sorted({(getattr(node, "lineno", 0), what) for node in nodes for what in _of(node)})
        return [f"{file}, line {line}: {what}" for line, what in found[:MOST]]
    return []


def _of(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [item.name for item in node.names if _listed(item.name)]
        case ast.ImportFrom(module=str(module)):
            names = [f"{module}.{item.name}" for item in node.names]
            return [module] if _listed(module) else [name for name in names if DOTTED.fullmatch(name)]
        case ast.Call(func=ast.Name(id=name)) if name in CALLS:
            return [f"{name}()"]
        case ast.Call(func=ast.Name(id="getattr"), args=[ast.Name(id="sys"), *_]):
            return ["getattr(sys)"]  # by a name that is put together: the table of modules
        case ast.Attribute() if node.attr in ATTRIBUTES:  # a module's __file__ tells where a library's source lies
            return [node.attr]
        case ast.Attribute(value=ast.Name(id=owner)) if DOTTED.fullmatch(f"{owner}.{node.attr}"):
            return [f"{owner}.{node.attr}"]
        case ast.Constant(value=str(text)) if len(text) < 200:
            return [one for one in TEXTS if one in text]
    return []


def _listed(module: str) -> bool:
    return any(f"{module}.".startswith(f"{name}.") for name in MODULES)
