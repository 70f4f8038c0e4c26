"""The walls around a box, in the order in which they must be raised.

Raised in a fresh fork that has one thread: Landlock and seccomp hold for a thread and what it starts, and only a
process with one thread may enter a user namespace. What a layer keeps out is in its module; each is to hold alone.
"""

from __future__ import annotations

import contextlib
import functools
import glob
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from grader.box import kernel, landlock, limits, mounts, namespaces, seccomp
from grader.box.limits import SETTLED, BoxSettings

LAYERS = ("limits", "namespaces", "filesystem", "landlock", "capabilities", "seccomp")
"""From outside to inside. The small file system stands in the namespaces and needs them."""

SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/usr/share/zoneinfo"),
    *("/usr/share/fonts", "/etc/ld.so.cache", "/etc/localtime", "/proc/cpuinfo", "/proc/meminfo"),
    *("/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage"),
    *("/dev/urandom", "/dev/random", "/dev/zero"),
)
NVIDIA = (
    *("/proc/driver/nvidia", "/proc/devices", "/sys/bus/pci", "/sys/devices", "/sys/module/nvidia"),
    "/usr/local/cuda",
)


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
        return dict.fromkeys(LAYERS, f"this system is not Linux ({sys.platform})")
    trial = functools.partial(_lock, BoxSettings(locked=True), lambda: None, LAYERS)
    answer, _ = kernel.told_by_a_fork(lambda: msgspec.json.encode(trial()))
    found = msgspec.json.decode(answer, type=dict[str, str]) if answer else dict.fromkeys(LAYERS, "the trial died")
    return {layer: problem for layer, problem in found.items() if problem}


def _lock(settings: BoxSettings, die_with_parent: Callable[[], None], layers: tuple[str, ...]) -> dict[str, str]:
    """Raise the layers; return for each of LAYERS why it does not stand, "" when it does."""
    if kernel.threads() != 1:
        raise RuntimeError("a box must have one thread when it is locked")
    builder = _Builder(settings)
    forget_environment()
    for layer in LAYERS[: LAYERS.index("landlock")]:
        builder.build(layer, layers)
    die_with_parent()  # a new user forgets what was said before
    kernel.no_new_privileges()
    for layer in LAYERS[LAYERS.index("landlock") :]:
        builder.build(layer, layers)
    return builder.problems


class _Builder:
    """One method for each layer; each raises OSError where the system lacks it."""

    def __init__(self, settings: BoxSettings) -> None:
        self.settings = settings
        self.paths = readable_paths(settings)
        self.has_suites = SUITES.is_dir()  # asked now: a stranger may not be let in to look
        self.home = os.environ.get("HOME", "")
        self.devices = glob.glob("/dev/nvidia*") if settings.device != "cpu" else []
        self.trees: list[mounts.Tree] = []
        self.problems: dict[str, str] = {}

    def build(self, layer: str, layers: tuple[str, ...]) -> None:
        self.problems[layer] = "not asked for"
        if layer in layers:
            try:
                getattr(self, layer)()
                self.problems[layer] = ""
            except OSError as error:
                self.problems[layer] = str(error)

    def limits(self) -> None:
        limits.apply(self.settings)

    def namespaces(self) -> None:
        if os.geteuid() == 0 and _open_to_all(self.paths):
            with contextlib.suppress(OSError):  # a root that is none, as in many containers
                self.trees = mounts.take(*self.wanted())
                namespaces.become_stranger()
        namespaces.enter()

    def filesystem(self) -> None:
        if self.problems["namespaces"]:
            raise OSError("needs the namespaces")
        if self.has_suites and any(SUITES.is_relative_to(path) for path in self.paths):
            raise OSError("the course lies inside the Python installation")
        links = {"/dev/shm": mounts.TMP, "/proc/self": str(os.getpid())}
        if self.home.startswith("/"):  # a library that was imported before the walls wants to write here
            links |= {f"{self.home}/.cache": mounts.TMP, f"{self.home}/.config": mounts.TMP}
        mounts.build(self.trees or mounts.take(*self.wanted()), links, self.settings.files_mb)

    def wanted(self) -> tuple[list[str], tuple[str, ...]]:
        """Return what the room holds, and what of it is not read-only."""
        own = f"/proc/{os.getpid()}"
        writable = () if self.settings.device == "cpu" else (own,)  # CUDA names its threads there, and fails otherwise
        return [*self.paths, own, "/dev/null", *self.devices], writable

    def landlock(self) -> None:
        mine = landlock.READ if self.settings.device == "cpu" else landlock.FILES  # as in the room
        rules = [(path, landlock.READ) for path in (*self.paths, *(f"/etc/{name}" for name in mounts.ETC))]
        rules += [(path, landlock.DEVICE) for path in ("/dev/null", *self.devices)]
        rules += [(f"/proc/{os.getpid()}", mine)]
        if not self.problems["filesystem"]:
            rules += [(mounts.TMP, landlock.WRITE)]
        landlock.restrict(rules)
        if landlock.version() < landlock.FLOOR:
            raise OSError(f"version {landlock.version()}, {landlock.FLOOR} is needed")

    def capabilities(self) -> None:
        kernel.drop_capabilities()

    def seccomp(self) -> None:
        seccomp.install()


SUITES = Path(__file__).parents[1] / "suites"


def readable_paths(settings: BoxSettings) -> list[str]:
    """Return what a box may read: the Python installation, what the system's libraries need, the data sets."""
    return list(_readable(settings.device, tuple(settings.readable)))


@functools.cache
def _readable(device: str, folders: tuple[str, ...]) -> tuple[str, ...]:
    found = dict.fromkeys((*_installation(), *_present(NVIDIA if device != "cpu" else ())))
    found.update(dict.fromkeys(_present(folders)))
    return tuple(path for path in found if not any(str(parent) in found for parent in Path(path).parents))


@functools.cache
def _installation() -> tuple[str, ...]:
    libraries = [f"{prefix}/{name}" for prefix in (sys.prefix, sys.base_prefix) for name in ("lib", "lib64")]
    libraries += [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    return _present([*libraries, *SYSTEM])


def _present(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths that exist, by the names given and by their real ones."""
    names = dict.fromkeys(name for path in paths for name in (os.path.abspath(path), os.path.realpath(path)))
    return tuple(name for name in names if os.path.exists(name))


if sys.platform == "linux":
    _installation()  # once, before the forks that ask for it


def _open_to_all(paths: list[str]) -> bool:
    """Whether a stranger could read the folders."""
    return all(os.stat(path).st_mode & 0o005 == 0o005 for path in paths if os.path.isdir(path))


def forget_environment() -> None:
    """Leave nothing of the environment but our own settings: here, in the C library, in /proc/self/environ."""
    kept = {name: os.environ[name] for name in SETTLED if name in os.environ}
    os.environ.clear()
    kernel.clear_environment()
    os.environ.update(kept, HOME=mounts.TMP, TMPDIR=mounts.TMP)
    tempfile.tempdir = None
