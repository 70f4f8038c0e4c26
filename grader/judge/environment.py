"""How the warm process is started: its first lines, and an environment that is clean and settled for one thread."""

from __future__ import annotations

import os

from grader.box.limits import SETTLED

START_WARM = """
import gc, signal
gc.disable()
for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(each, signal.SIG_IGN)
from grader.judge import lifeline
with lifeline.mortal():
    from grader.judge import warm
    warm.warm_up()
warm.main()
"""
"""Garbage collection finds nothing while torch is imported and takes a tenth of the time. Ctrl-C and other ways to end
a group of processes are the coordinator's: when it is gone, the closed line ends the warm process, which tidies up."""
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT", "MPLCONFIGDIR")


def environment() -> dict[str, str]:
    """The warm process's environment: clean, and settled for one thread."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, **SETTLED}
