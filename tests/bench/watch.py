"""From a save to its verdict in `watch`, against importing torch: right and unreadable saves of week 05's attention."""

import itertools
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

from grader.course.weeks import default_root
from tests.bench.samples import in_turns, row

SAVES, ROUNDS = 30, 9
WEEK = "week05_attention"
ROOMS = ("exercises", "solutions", "grader/suites", "grader/misconceptions")
PROGRAM = """
import argparse, pathlib, sys
from grader.learner.watch import run
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
    for name, taken in saves.items():
        print(row(f"{name}, {len(taken)} saves / import torch", taken, [base] * len(taken)))


def verdicts(root: Path) -> dict[str, list[float]]:
    """Return the seconds from each save to its verdict on the screen; the kinds of saves take turns."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (60, 100))
    command = [sys.executable, "-c", PROGRAM, str(root)]
    watch = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    text = (root / "solutions" / WEEK / "attention.py").read_text(encoding="utf-8")
    file = root / "exercises" / WEEK / "attention.py"
    sources = {"save to verdict": text, "syntax error": text.replace("def causal_mask(", "def causal_mask")}
    taken: dict[str, list[float]] = {name: [] for name in sources}
    try:
        until(ours, "q quit")
        for number, (name, source) in itertools.product(range(SAVES), sources.items()):
            begun = time.perf_counter()
            file.write_text(f"{source}# save {number}\n", encoding="utf-8")
            shown = until(ours, "q quit")
            taken[name].append(time.perf_counter() - begun)
            assert ("SyntaxError" in shown) == (source != text), shown
        os.write(ours, b"q")
        watch.wait(60)
    finally:
        watch.kill()
        watch.wait()
        os.close(ours)
    return taken


def until(terminal: int, words: str) -> str:
    """Return what is shown up to the words."""
    shown = ""
    while words not in shown:
        ready, _, _ = select.select([terminal], [], [], 120)
        if not ready:
            raise TimeoutError(shown)
        shown += os.read(terminal, 1 << 16).decode("utf-8", "replace")
    return shown
