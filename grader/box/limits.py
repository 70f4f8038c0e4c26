"""What a box may use: memory, CPU time, files, output; on every box, locked or not, where the system has limits."""

from __future__ import annotations

import msgspec

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

HAS_LIMITS = resource is not None

MAX_OUTPUT = 16 << 20
"""Bytes that one file may reach; also the cap on what a box prints."""
OPEN_FILES = 256
SETTLED = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "passive",  # read when libgomp loads: spinning teams ruin timing on shared cores
    "GOMP_SPINCOUNT": "0",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",  # the order of a set is then the same in every run
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "MPLBACKEND": "Agg",
}
"""The warm process's environment, which a locked box keeps: a library that is loaded late reads it."""
SECONDS_TO_SAY_SO = 2


class BoxSettings(msgspec.Struct, frozen=True):
    """How a box is made."""

    locked: bool = False
    memory_mb: int = 2048
    cpu_seconds: int = 300
    threads: int = 1
    files_mb: int = 64
    """The size of a locked box's own folder, which is memory."""
    device: str = "cpu"
    readable: list[str] = []
    """Folders that a locked box may read beside the Python installation: the data sets."""


def apply(settings: BoxSettings) -> None:
    """Limit this process, for good."""
    if not HAS_LIMITS:
        return
    _limit("RLIMIT_CORE", 0)
    _limit("RLIMIT_CPU", settings.cpu_seconds, SECONDS_TO_SAY_SO)
    _limit("RLIMIT_FSIZE", MAX_OUTPUT)
    _limit("RLIMIT_NOFILE", OPEN_FILES)
    if settings.device == "cpu":  # CUDA reserves address space by the terabyte: there a watch is kept instead
        bound_memory(settings.memory_mb)


def bound_memory(megabytes: int) -> None:
    """Let this process ask for so much memory beyond what it has, where the system can tell and limit that."""
    used = _address_space()
    if HAS_LIMITS and used:
        _limit("RLIMIT_AS", used + (megabytes << 20))


def _limit(name: str, value: int, more: int = 0) -> None:
    """Limit a resource; at `value` a signal says which one it was, `more` beyond it the process ends without a word."""
    kind = getattr(resource, name, None)
    if kind is None:
        return
    _, hard = resource.getrlimit(kind)
    bound = value + more if hard == resource.RLIM_INFINITY else min(value + more, hard)
    resource.setrlimit(kind, (min(value, bound), bound))


def _address_space() -> int:
    """Return the bytes of address space in use, 0 where the system does not tell."""
    try:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return 0
