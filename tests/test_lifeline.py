"""A warm process that imports and listens to nobody ends with its coordinator, however that ended."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.weeks import default_root

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a warm process")

BUSY = """
from grader.judge import lifeline
{within}
    print("deaf", flush=True)
    while True:
        pass
"""


def ended(within: str, already: bool = False) -> int:
    """Start a process that listens to nobody, close its line, and return its exit code."""
    reader, writer = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", BUSY.format(within=within), "unused", str(reader)],
        pass_fds=[reader],
        stdout=subprocess.PIPE,
        cwd=default_root(),
    )
    os.close(reader)
    assert process.stdout is not None
    with process.stdout:
        if not already:
            process.stdout.readline()
        os.close(writer)
        try:
            return process.wait(60 if within.startswith("with") else 0.2)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def test_it_ends_with_its_coordinator() -> None:
    """The kernel ends it while it computes; one that does not hold the line lives on until somebody else ends it."""
    assert -signal.SIGIO == ended("with lifeline.mortal():")
    assert -signal.SIGKILL == ended("if True:")


def test_it_ends_when_the_coordinator_ended_before() -> None:
    """A line that was closed before anybody held it is seen too."""
    assert ended("with lifeline.mortal():", already=True) in (0, -signal.SIGIO)


def test_the_warm_process_holds_it_where_it_imports() -> None:
    """What is started is wrapped, and so is what is imported later."""
    room = default_root() / "grader/judge"
    for file in ("environment.py", "warm.py"):
        assert "with lifeline.mortal():" in Path(room / file).read_text(encoding="utf-8")
