"""Repeated measurements: medians with their spread, taken in turns so that a busy machine is busy for all of them."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def in_turns(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the wall seconds of every run, taken round by round."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            begun = time.perf_counter()
            run()
            taken[name].append(time.perf_counter() - begun)
    return taken


def row(name: str, seconds: list[float], base: list[float] | None = None) -> str:
    """One line: median, spread, and the ratio to a base that was measured in the same rounds."""
    middle = statistics.median(seconds)
    low, high = min(seconds), max(seconds)
    ratio = ""
    if base:
        ratios = [one / other for one, other in zip(seconds, base, strict=True)]
        ratio = f"   {statistics.median(ratios):7.2f} times   [{min(ratios):.2f} .. {max(ratios):.2f}]"
    return f"{name:42} {middle * 1e3:10.2f} ms  [{low * 1e3:.2f} .. {high * 1e3:.2f}]{ratio}"


@contextmanager
def busy_cores() -> Iterator[None]:
    """Keep every core busy with something else, for as long as this process lives, however it ends."""
    spin = f"import os\nwhile os.getppid() == {os.getpid()}: sum(range(10_000))"
    processes = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(os.cpu_count() or 1)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
