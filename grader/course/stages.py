"""The road map's plan: stages and their weeks, in order. A week that is here says the rest itself, in week.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.course.tables import read_table
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
    return read_table(root, root / "exercises" / "roadmap.toml", _RoadmapFile).stage


def planned_weeks(root: Path) -> dict[str, PlannedWeek]:
    """Return the weeks of the road map by name, in its order; none where there is no road map."""
    stages = planned_stages(root) if (root / "exercises" / "roadmap.toml").is_file() else []
    return {week.name: week for stage in stages for week in stage.week}
