"""One call across the wire, for a small tensor and for 8 MB, against a memory copy of the same bytes."""

import torch

from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box.launch import Box, ForkFactory
from grader.box.limits import BoxSettings
from grader.judge.coordinator import Engine
from tests.bench.samples import in_turns, row

ECHO = b"def echo(x):\n    return x\n"
ROUNDS = 200


def main() -> None:
    """Print the cost of an echo there and back."""
    with Engine() as engine:
        factory = ForkFactory(engine.link)

        def open_box() -> Box:
            return factory.open_box(BoxSettings())

        session = Session(open_box, Module("echo", {"echo.py": ECHO}))
        student = Student(session)
        for name, numel, rounds in (("small (4 B)", 1, ROUNDS), ("8 MB", 2 << 20, ROUNDS // 5)):
            tensor = torch.zeros(numel)
            student.echo(tensor)
            taken = in_turns({"copy": tensor.clone, "call": lambda t=tensor: student.echo(t)}, rounds)
            print(row(f"memory copy, {name}", taken["copy"]))
            print(row(f"call and answer, {name}", taken["call"], taken["copy"]))
        session.close()
