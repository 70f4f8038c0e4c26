"""What an exercise's files import at their top, read and never run, and what they may not import."""

from __future__ import annotations

from grader.course.sources import imported
from grader.course.weeks import Exercise, Week

LIBRARIES = ("transformers", "peft", "sklearn")
"""Libraries of ready-made parts: for whatever an exercise asks, one of them has it under some name."""


def imports_of(week: Week, exercise: str) -> set[tuple[str, str]]:
    """Return (module, name) pairs that an exercise and the given modules that it uses import at their top."""
    found: set[tuple[str, str]] = set()
    waiting, seen = [exercise], set()
    while waiting:
        name = waiting.pop()
        path = week.folder / f"{name}.py"
        if name not in seen and path.is_file():
            source = path.read_bytes()
            pairs = {pair for pair in imported(source) if pair[0].partition(".")[0] != "grader"}
            if b"optim" in source:  # the first step of an optimiser imports this, in every child anew
                pairs.add(("torch._dynamo", ""))
            found |= pairs
            waiting += [module for module, _ in pairs]
        seen.add(name)
    suite = week.suite(exercise)
    if week.exercise(exercise).kind == "write_the_test":
        # The first torch.testing.assert_close imports these, in every child anew.
        found |= {("torch.distributed.tensor", ""), ("torch.fx.experimental.symbolic_shapes", "")}
    elif suite.is_file() and b"memory.growth(" in suite.read_bytes():
        # So does the first torch.broadcast_shapes: 50 MB that are no answer's.
        found.add(("torch.fx.experimental.symbolic_shapes", ""))
    return {pair for pair in found if pair[0] not in seen or not (week.folder / f"{pair[0]}.py").is_file()}


def refused(exercise: Exercise) -> list[str]:
    """Return what a submission may not use: what the exercise forbids, and each of LIBRARIES of which it names no part.

    An exercise that forbids nothing refuses nothing.
    """
    named = {name.partition(".")[0] for name in exercise.forbidden}
    return [*exercise.forbidden, *(name for name in LIBRARIES if named and name not in named)]
