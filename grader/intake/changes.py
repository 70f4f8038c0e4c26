"""What a class file changes by hand, each with its reason: a test's points, a student's score, teams, weights."""

from __future__ import annotations

import msgspec


class TestChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test that counts otherwise than its suite says: an entry of `test`."""

    week: str
    exercise: str
    test: str
    points: float
    """0: it does not count. The exercise stays worth what it was."""
    reason: str

    __test__ = False  # pytest: not a test class


class ScoreChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a student gets for an exercise, whatever the judge says: an entry of `score`."""

    student: str
    week: str
    exercise: str
    points: float
    reason: str


class Team(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Students who hand in together: an entry of `team`."""

    name: str
    members: list[str]


class Changes(msgspec.Struct, frozen=True):
    """All that a class file changes; weeks by number ("05")."""

    tests: list[TestChange] = []
    scores: list[ScoreChange] = []
    teams: list[Team] = []
    weights: dict[str, float] = {}

    def students(self) -> set[str]:
        """Return everybody who is named."""
        return {one.student for one in self.scores} | {member for team in self.teams for member in team.members}
