"""What is ours in this process: a module with the same face as a student's, copies of data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


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
