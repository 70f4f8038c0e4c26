"""The student's module as a suite sees it, and what a suite does with its functions and objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from grader.answers.remote import RemoteFunction, RemoteObject, Session
from grader.box.inside.probes import PROBES


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
    return PROBES[name](subject, *args)


def hand_out(module: Any, function: Any, kind: str, attributes: dict[str, Any]) -> Any:
    """Return an object that a module can call as `function`, which runs here; a module that is here gets it itself."""
    if isinstance(module, Student):
        return module._session.call(("probe", "served"), (function, kind, attributes), {})
    return function


class Local:
    """A module of ours in this process, with the same face as `Student`."""

    def __init__(self, module: Any, given: Callable[[str], Any]) -> None:
        self._module = module
        self._given = given

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self._module, name)

    def given(self, module: str) -> Any:
        return self._given(module)


def copied(value: Any) -> Any:
    """Return a copy of data whose tensors share nothing with it (gradients and history are dropped)."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone()
    if isinstance(value, list | tuple):
        return type(value)(copied(item) for item in value)
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return value
