"""What code of a submission may not open while its exercise forbids something: a library's source, its own memory.

Python tells a hook of every file that is opened and every use of ctypes, whatever the name by which it was reached, and
no hook can be taken away again. This one refuses the ways in which a library's code
could be had a second time, without the refusals that were put into it. A deterrent like all that is forbidden: who
rewrites the memory of the process rewrites the hook.
"""

from __future__ import annotations

import ctypes
import os
import sys
import sysconfig
import types
from collections.abc import Collection
from typing import Any

import torch

from grader.box.inside.forbidden import FROM_FILE, ForbiddenShortcut, overrule, refusing

SOURCES = (".py", ".pyc")
PLACES = ("stdlib", "purelib", "platlib")
FINDING = ("gc.get_objects", "gc.get_referrers", "gc.get_referents")
"""Ways to find what nobody handed over: no library asks for them."""
ELSEWHERE = ("_xxsubinterpreters", "_interpreters")
"""Modules that make another interpreter in this process, in which nothing was refused."""
MAKING = ("code.__new__", "marshal.loads")
"""Ways to make functions of bytes."""
OWN_PACKAGES = tuple(os.path.dirname(str(module.__file__)) for module in (ctypes,))
IMPORTING = "_find_and_load"
"""The function of the import system that every import goes through, and that nothing else goes through."""


class ClosedSource(ForbiddenShortcut, PermissionError):
    """A file that cannot be opened: a library that looks for its own source goes on without it."""


def close(own: Collection[str], loaded: Collection[str]) -> None:
    """Refuse from now on, for good: libraries' sources, and those of the modules `loaded` also to imports; to the
    files `own` ctypes and the making of code too; to all, what the hook does not see: a file as a tensor.
    """
    overrule([FROM_FILE], ClosedSource)
    torch.UntypedStorage.from_file = refusing(FROM_FILE, ClosedSource)  # type: ignore[method-assign]
    sys.addaudithook(_Hook(own, loaded))


class _Hook:
    def __init__(self, own: Collection[str], loaded: Collection[str]) -> None:
        self.own = frozenset(own)
        self.places = tuple(os.path.realpath(sysconfig.get_path(name)) + os.sep for name in PLACES)
        modules = [sys.modules[name] for name in loaded]
        files = [getattr(module, name, None) for module in modules for name in ("__file__", "__cached__")]
        self.loaded = {os.path.realpath(file) for file in files if isinstance(file, str)}

    def __call__(self, event: str, details: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(details[0], str | bytes | os.PathLike):
            self.check_file(os.path.realpath(os.fsdecode(details[0])))
        elif (
            event in FINDING
            or (event == "import" and details[0] in ELSEWHERE)
            or ((event in MAKING or event.startswith("ctypes.")) and _asked_by(self.own))
        ):
            raise ForbiddenShortcut(event)

    def check_file(self, name: str) -> None:
        source = (
            name.endswith(SOURCES) and name.startswith(self.places) and (name in self.loaded or not self.importing())
        )
        if source or (name.startswith("/proc/") and _asked_by(self.own)):
            raise ClosedSource(os.path.basename(name))

    def importing(self) -> bool:
        """Whether the import system asks, and not a file of the submission that it is just loading."""
        frame: types.FrameType | None = sys._getframe(2)
        while frame is not None and frame.f_code.co_filename not in self.own:
            if frame.f_code.co_name == IMPORTING and frame.f_code.co_filename.startswith("<frozen"):
                return True
            frame = frame.f_back
        return False


def _asked_by(own: frozenset[str]) -> bool:
    """Whether the nearest code that is neither this file's nor ctypes' is a file of the submission."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_code.co_filename.startswith((__file__, *OWN_PACKAGES)):
        frame = frame.f_back
    return frame is not None and frame.f_code.co_filename in own
