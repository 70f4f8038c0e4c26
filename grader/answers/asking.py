"""What a suite asks of an object of a submission, or of ours, wherever it lives.

Knows nothing of how a call crosses.
"""

from __future__ import annotations

from typing import Any

from grader.answers.remote import RemoteFunction, RemoteObject, Student


def renew(function: Any) -> None:
    """Have the next call of a function of the box answered by a fresh box, which remembers nothing."""
    if isinstance(function, RemoteFunction):
        function._session.close()


def probe(name: str, subject: Any, *args: Any) -> Any:
    """Run the probe `name` where `subject` is: in its box, or here."""
    if isinstance(subject, RemoteFunction | RemoteObject):
        return subject._session.call(("probe", name), (subject, *args), {})
    from grader.box.inside.probes import PROBES

    return PROBES[name](subject, *args)


def hand_out(module: Any, function: Any, kind: str, attributes: dict[str, Any]) -> Any:
    """Return an object that a module can call as `function`, which runs here; a module that is here gets it itself."""
    if isinstance(module, Student):
        return module._session.call(("probe", "served"), (function, kind, attributes), {})
    return function
