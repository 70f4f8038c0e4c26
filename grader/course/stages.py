"""The road map's plan: stages and their weeks, in order. A week that is here says the rest itself, in week.toml."""

from __future__ import annotations

from pathlib import Path

import msgspec

from grader.course.weeks import Course
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


def read_stages(root: Path) -> list[Stage]:
    """Return the stages with every week's title and needs, of those to come as planned.

    Raises:
        UserError: unknown keys, missing keys or wrong types.
    """
    here = {week.name: week for week in Course(root).weeks}

    def told(planned: PlannedWeek) -> PlannedWeek:
        week = here.get(planned.name)
        return PlannedWeek(week.name, week.title, week.needs) if week else planned

    return [Stage(stage.title, [told(week) for week in stage.week]) for stage in planned_stages(root)]


def planned_stages(root: Path) -> list[Stage]:
    """Read exercises/roadmap.toml as it is written."""
    path = root / "exercises" / "roadmap.toml"
    try:
        return msgspec.toml.decode(path.read_bytes(), type=_RoadmapFile).stage
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UserError("bad_week_file", path=path.relative_to(root), problem=error) from error
