"""Whether this machine can judge what is asked: the device is there, and a box can be locked."""

from __future__ import annotations

import sys

from grader.errors import UserError
from grader.judge.coordinator import CAN_FORK, Engine


def check_device(device: str, engine: Engine) -> None:
    """Raise a UserError when the device does not exist here."""
    if device == "cpu":
        return
    if device != "cuda":
        raise UserError("unknown_device", device=device)
    if problem := engine.device_problem(device):
        raise UserError("no_device", device=device, problem=problem)


def refuse_without_walls() -> None:
    """Raise a UserError when this machine cannot lock a box; it says which layers are missing and why."""
    if not CAN_FORK:
        raise UserError("no_walls", missing=f"Linux ({sys.platform})")
    from grader.box.walls import missing_layers

    if lacking := missing_layers():
        raise UserError("no_walls", missing="; ".join(f"{name}: {why}" for name, why in lacking.items()))
