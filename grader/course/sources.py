"""What a source imports at its top, read and never run."""

from __future__ import annotations

import ast
import contextlib


def imported(source: bytes) -> set[tuple[str, str]]:
    """Return (module, name) pairs, the name "" for a whole module; none for a source that no parser takes."""
    found: set[tuple[str, str]] = set()
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):  # the box will say
        for node in ast.parse(source).body:
            if isinstance(node, ast.Import):
                found |= {(item.name, "") for item in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found |= {(node.module, item.name) for item in node.names}
    return found
