"""The road map's plan: stages and their weeks, in order. A week that is here says the rest itself, in week.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.errors import UserError
from grader.outcomes import Sentence


class PlannedWeek(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One week of the road map, here or to come."""

    name: str
    title: Sentence = {}
    needs: list[str] = []
    """Title and needs stand in roadmap.toml as long as the week is to come, and in its week.toml from then on."""

    @property
    def number(self) -> str:
        return self.name[4:6]


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: Sentence
    week: list[PlannedWeek]


class _RoadmapFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    stage: list[Stage]


def planned_stages(root: Path) -> list[Stage]:
    """Read exercises/roadmap.toml as it is written.

    Raises:
        UserError: unknown keys, missing keys or wrong types.
    """
    path = root / "exercises" / "roadmap.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_RoadmapFile).stage
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError("bad_week_file", path=path.relative_to(root), problem=error) from error


def planned_week(root: Path, number: int) -> PlannedWeek | None:
    """Return the week of this number on the road map; none where there is no road map."""
    if not (root / "exercises" / "roadmap.toml").is_file():
        return None
    weeks = (week for stage in planned_stages(root) for week in stage.week)
    return next((week for week in weeks if int(week.number) == number), None)
