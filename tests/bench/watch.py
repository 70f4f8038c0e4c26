"""From a save to its verdict in `watch`, against importing torch, over 30 saves of week 05's attention."""

import os
import pty
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path

from grader.course import default_root
from tests.bench.samples import in_turns, row

SAVES, ROUNDS = 30, 9
WEEK = "week05_attention"
ROOMS = ("exercises", "solutions", "grader/suites", "grader/misconceptions")
PROGRAM = """
import argparse, pathlib, sys
from grader.watch import run
run(argparse.Namespace(root=pathlib.Path(sys.argv[1]), week="5", exercise="attention", lang="en"))
"""


def main() -> None:
    """Print the median of the saves and its ratio."""
    import_torch = in_turns({"torch": lambda: subprocess.run([sys.executable, "-c", "import torch"])}, ROUNDS)["torch"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for room in ROOMS:
            shutil.copytree(default_root() / room / WEEK, root / room / WEEK)
        (root / "datasets").mkdir()
        saves = verdicts(root)
    base = sorted(import_torch)[ROUNDS // 2]
    print(row("import torch", import_torch))
    print(row(f"save to verdict, {SAVES} saves / import torch", saves, [base] * len(saves)))


def verdicts(root: Path) -> list[float]:
    """Return the seconds from each save to its verdict on the screen."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (60, 100))
    command = [sys.executable, "-c", PROGRAM, str(root)]
    watch = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    text = (root / "solutions" / WEEK / "attention.py").read_text(encoding="utf-8")
    file = root / "exercises" / WEEK / "attention.py"
    taken = []
    try:
        until(ours, "q quit")
        for number in range(SAVES):
            begun = time.perf_counter()
            file.write_text(f"{text}# save {number}\n", encoding="utf-8")
            until(ours, "q quit")
            taken.append(time.perf_counter() - begun)
        os.write(ours, b"q")
        watch.wait(60)
    finally:
        watch.kill()
        watch.wait()
        os.close(ours)
    return taken


def until(terminal: int, words: str) -> None:
    """Read what is shown up to the words."""
    shown = ""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 120)
        if not ready:
            raise TimeoutError(shown)
        shown += os.read(terminal, 1 << 16).decode("utf-8", "replace")
