"""What a suite's helpers do to either side: to what is the student's in its box, and to what is ours right here.

Knows nothing of right or wrong.
"""

from __future__ import annotations

from typing import Any

from grader.answers.remote import RemoteFunction, RemoteObject, Student
from grader.box.inside.probes import PROBES


def renew(function: Any) -> None:
    """Have the next call of a function of the box answered by a fresh box, which remembers nothing."""
    if isinstance(function, RemoteFunction):
        function._session.close()


def probe(name: str, subject: Any, *args: Any) -> Any:
    """Run the probe `name` where `subject` is: in its box, or here."""
    if isinstance(subject, RemoteFunction | RemoteObject):
        return subject._session.call(("probe", name), (subject, *args), {})
    return PROBES[name](subject, *args)


def hand_out(module: Any, function: Any, kind: str, attributes: dict[str, Any]) -> Any:
    """Return an object that a module can call as `function`, which runs here; a module that is here gets it itself."""
    if isinstance(module, Student):
        return module._session.call(("probe", "served"), (function, kind, attributes), {})
    return function
