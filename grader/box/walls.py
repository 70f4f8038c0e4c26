"""The walls around a box, in the order in which they must be raised. Knows nothing of what runs inside.

Raised in a fresh fork that has one thread: Landlock and seccomp hold for a thread and what it starts, and only a process with one
thread may enter a user namespace. What each layer keeps out is in its module; every one of them is meant to hold alone.
"""

from __future__ import annotations

import contextlib
import ctypes
import glob
import os
import site
import sys
import tempfile
from collections.abc import Callable, Iterator

import msgspec

from grader.box import kernel, landlock, limits, namespaces, room, seccomp
from grader.box.limits import BoxSettings

LAYERS = ("limits", "namespaces", "filesystem", "landlock", "capabilities", "seccomp")
"""From outside to inside. The small file system stands in the namespaces and needs them."""

SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/fonts"),
    *("/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)
NVIDIA = ("/proc/driver/nvidia", "/proc/devices", "/sys/bus/pci", "/sys/devices", "/sys/module/nvidia", "/usr/local/cuda")
KEPT = (
    *("LANG", "PYTHONHASHSEED", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OMP_WAIT_POLICY"),
    *("GOMP_SPINCOUNT", "HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE", "TOKENIZERS_PARALLELISM", "MPLBACKEND"),
)
"""Settings of the grader's own, the same everywhere: a library that is loaded late reads them."""


def raise_around(
    settings: BoxSettings, die_with_parent: Callable[[], None], layers: tuple[str, ...] = LAYERS
) -> dict[str, bool]:
    """Limit and, when asked to, lock this single-threaded process; return the layers by name, active or not.

    `layers` is for the proof that each of them is needed.
    """
    if not settings.locked:
        die_with_parent()
        limits.apply(settings)
        return {"limits": True}
    return {layer: not problem for layer, problem in _lock(settings, die_with_parent, layers).items()}


def missing_layers() -> dict[str, str]:
    """Return the layers that this system lacks for this user, and why; tried in a fork that ends at once."""
    if sys.platform != "linux":
        return dict.fromkeys(LAYERS, sys.platform)
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            os.write(writer, msgspec.json.encode(_lock(BoxSettings(locked=True), lambda: None, LAYERS)))
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        answer = file.read()
    os.waitpid(pid, 0)
    found = msgspec.json.decode(answer, type=dict[str, str]) if answer else dict.fromkeys(LAYERS, "the trial died")
    return {layer: problem for layer, problem in found.items() if problem}


def _lock(settings: BoxSettings, die_with_parent: Callable[[], None], layers: tuple[str, ...]) -> dict[str, str]:
    """Raise the layers; return for each what is missing, "" when it stands."""
    if kernel.threads() != 1:
        raise RuntimeError("a box must have one thread when it is locked")
    problems = dict.fromkeys(LAYERS, "not asked for")
    home = os.environ.get("HOME", "")
    paths = readable_paths(settings)

    @contextlib.contextmanager
    def layer(name: str) -> Iterator[None]:
        try:
            yield
            problems[name] = ""
        except OSError as error:
            problems[name] = str(error)

    forget_environment()
    if "limits" in layers:
        with layer("limits"):
            limits.apply(settings)
    if "namespaces" in layers:
        _settle(settings, home, paths, layer, "filesystem" in layers)
    die_with_parent()  # a new user forgets it
    kernel.no_new_privileges()
    if "landlock" in layers:
        with layer("landlock"):
            landlock.restrict(_rules(settings, paths))
            if landlock.version() < landlock.FLOOR:
                problems["landlock"] = f"version {landlock.version()}, {landlock.FLOOR} is needed"
    ...
    return problems
