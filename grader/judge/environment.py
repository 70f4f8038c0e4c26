"""How the warm process is started: its first lines, and an environment that is clean and settled for one thread."""

from __future__ import annotations

import os

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
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",  # read when libgomp loads: spinning teams ruin timing on shared cores
    "GOMP_SPINCOUNT": "0",
}
SETTLED = {
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the order of a set is then the same in every run
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "Agg",
}
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES", "SYSTEMROOT", "MPLCONFIGDIR")


def environment() -> dict[str, str]:
    """The warm process's environment: clean, and settled for one thread."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**kept, **ONE_THREAD, **SETTLED}
