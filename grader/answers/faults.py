"""What a submission did instead of answering (an error, a crash, a broken message), as a finding for the report.

A box's report of an error is only text, cut to size.
"""

from __future__ import annotations

from typing import Any

from grader.box.inside import wire
from grader.box.launch import Death
from grader.course.markers import unwritten
from grader.outcomes import Finding

MAX_NAME, MAX_TYPES, MAX_MESSAGE, MAX_TRACEBACK = 100, 8, 2_000, 4_000
"""What is kept of an error's report: a box keeps to the same sizes, but its word is not to be relied on."""
SIGNALS = {
    9: "killed",
    11: "segfault",
    6: "abort",
    7: "bus",
    8: "fpe",
    4: "illegal",
    24: "cpu_time",
    25: "file_size",
    31: "refused_call",
}
TIME_OUTS = ("timeout", "timeout_at", "endless_loop")


class StudentFault(Exception):
    """The submission did something that is not an answer; `finding` says what."""

    def __init__(self, finding: Finding, traceback: str = "", types: tuple[str, ...] = (), fatal: bool = False) -> None:
        super().__init__(finding.key, finding.values)
        self.finding = finding
        self.traceback = traceback
        self.types = types
        """Names of the raised error's class and its bases; empty when the call raised nothing."""
        self.fatal = fatal
        """Whether the box is gone."""

    @property
    def deliberate(self) -> bool:
        """Whether the submission's own code raised the error: then its words are the learner's, and nobody else's."""
        return self.traceback.rpartition('  File "')[2].partition("\n")[2].lstrip().startswith("raise")


def of_death(death: Death) -> Finding:
    """Say how a box ended."""
    if death.signal:
        return Finding(f"died_{SIGNALS.get(death.signal, 'signal')}", {"number": str(death.signal)})
    return Finding("exited", {"code": str(death.code)})


def of_report(kind: Any, types: Any, message: Any, traceback: Any) -> StudentFault:
    """Turn a box's report of an error into a fault; the report itself is only text."""
    if type(types) is not list or not all(type(item) is str for item in (kind, message, traceback, *types)):
        raise wire.BadFrame("error")
    names = tuple(name[:MAX_NAME] for name in types[:MAX_TYPES]) or ("Exception",)
    message, traceback = message[:MAX_MESSAGE], traceback[:MAX_TRACEBACK]
    first, *rest = (message.removeprefix("aten::").split("\n") + ["", ""])[:3]
    values = {"type": names[0], "message": message, "name": first, "file": rest[0], "line": rest[1], "kind": rest[0]}
    if kind == "raised":
        return StudentFault(Finding(_raised_key(names, message), values), traceback, names)
    if kind == "unsendable":
        key = first if first in ("tensor_subclass", "odd_tensor", "odd_array") else "not_data"
        return StudentFault(Finding(key, {"name": rest[0]}), traceback)
    if kind == "closed_source":
        return StudentFault(Finding(kind, {"name": first}), traceback)
    if kind == "forbidden":
        return StudentFault(Finding("forbidden_line" if rest[0] else "forbidden", values), traceback)
    if kind in ("missing_name", "missing_module", "too_large"):
        return StudentFault(Finding(kind, values), traceback)
    raise wire.BadFrame("error kind")


def _raised_key(names: tuple[str, ...], message: str) -> str:
    if names[0] == "NotImplementedError" and unwritten(message):
        return "not_written"
    if "RecursionError" in names:
        return "recursion"
    if "MemoryError" in names or ("RuntimeError" in names and "allocate memory" in message):
        return "memory"
    if "SystemExit" in names or "KeyboardInterrupt" in names:
        return "exit_call"
    if names[0] == "EOFError" and message == "EOF when reading a line":
        return "input_call"
    if "BdbQuit" in names:
        return "breakpoint"
    if "OSError" in names and "File too large" in message:
        return "output_too_large"
    return "refused" if "PermissionError" in names else "raised"


def at_load(fault: StudentFault) -> Finding:
    """The finding of a module that could not be loaded."""
    said = fault.finding.values.get("message", "")
    undecodable = "UnicodeDecodeError" in fault.types or "encoding declaration" in said
    if undecodable and "  File " not in fault.traceback:
        return Finding("not_utf8")
    if fault.fatal or fault.finding.key in (
        "forbidden",
        "forbidden_line",
        "closed_source",
        "missing_module",
        "memory",
        "recursion",
        "exit_call",
        "input_call",
    ):
        return fault.finding
    for name, key in (("SyntaxError", "syntax"), ("ImportError", "import_error")):
        if name in fault.types:
            return Finding(key, fault.finding.values)
    return Finding("not_loaded", fault.finding.values)
