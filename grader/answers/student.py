"""The student's module as a suite sees it, and what a suite does with its functions and objects."""

from __future__ import annotations

from typing import Any

from grader.answers.remote import RemoteFunction, RemoteObject, Session


class RemoteNamespace:
    """A given module inside the box."""

    def __init__(self, session: Session, module: str) -> None:
        self._session = session
        self._module = module

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("_"):
            raise AttributeError(name)
        return RemoteFunction(self._session, ("given", self._module, name))


class Student:
    """The student's module, as a suite sees it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def __getattr__(self, name: str) -> RemoteFunction:
        if name.startswith("__"):
            raise AttributeError(name)
        return RemoteFunction(self._session, ("name", name))

    def given(self, module: str) -> RemoteNamespace:
        """Return a given module of the week, inside the student's process."""
        return RemoteNamespace(self._session, module)


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
