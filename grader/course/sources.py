"""What a source imports and binds at its top, read and never run."""

from __future__ import annotations

import ast
import contextlib
import functools

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def bound(node: ast.stmt) -> list[str]:
    """Return the names that a definition or a plain assignment binds."""
    if isinstance(node, DEFINITIONS):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


@functools.lru_cache(maxsize=64)
def imported(source: bytes) -> frozenset[tuple[str, str]]:
    """Return (module, name) pairs, the name "" for a whole module; none for a source that no parser takes."""
    found: set[tuple[str, str]] = set()
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):  # the box will say
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                found |= {(item.name, "") for item in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {(node.module, item.name) for item in node.names}
    return frozenset(found)
