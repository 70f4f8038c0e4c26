"""The warm process: has imported torch, numpy and pytest, has read no solution, suite or submission, and forks on
request.

It is started clean, stays single-threaded, and never runs an operation on more than one thread: a child of a
process that once ran an OpenMP team hangs in its own first team. Requests come over SEQPACKET sockets, as JSON with
file descriptors: "box" (a box on the given socket), "judge" (a judge on the given socket), "end", "preload",
"device", "layers". When a control socket closes, everything that was forked for it is killed; what orphans it left is
adopted and killed too.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import shutil
import signal
import socket
import sys
import tempfile
from typing import Any, TextIO

import msgspec
import numpy as np
import numpy.random  # is not there before somebody asks for it
import torch

from grader.box import kernel, limits, walls
from grader.box.inside import accelerator, wire
from grader.box.inside import forbidden as forbidden_names
from grader.box.inside.channel import Channel
from grader.box.inside.serve import Server
from grader.box.launch import Death, ForkFactory
from grader.box.link import BUFFER, Link
from grader.box.spawned import accelerator_of
from grader.judge import lifeline, locks

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


class Warm:
    """The server: which child belongs to which control socket."""

    def __init__(self, first: socket.socket) -> None:
        self.links: dict[int, socket.socket] = {first.fileno(): first}
        self.owners: dict[int, int] = {}
        self.place = tempfile.mkdtemp(prefix="boxes-")
        """The folder of the folders in which judges and boxes keep their temporary files: they go with whoever made
        them. A box with walls has a file system of its own."""

    def run(self) -> None:
        """Serve until the first control socket closes."""
        first = next(iter(self.links))
        poller = select.poll()
        poller.register(first, select.POLLIN)
        while first in self.links:
            for fd, _ in poller.poll():
                if fd in self.links and not self.serve(fd, poller):
                    poller.unregister(fd)
                    self.drop(fd)
        for fd in list(self.links):
            self.drop(fd)
        self.tidy()

    def serve(self, fd: int, poller: select.poll) -> bool:
        """Answer one request; False when the other end is gone."""
        link = self.links[fd]
        try:
            data, fds, _, _ = socket.recv_fds(link, BUFFER, 8)
        except OSError:
            return False
        if not data:
            return False
        request = msgspec.json.decode(data)
        try:
            reply, send = getattr(self, f"do_{request.pop('do')}")(link, list(fds), poller, **request)
        except Exception as error:  # noqa: BLE001 - one request that fails must not end the others
            reply, send = {"problem": f"{type(error).__name__}: {error}"}, []
        for other in fds:
            with contextlib.suppress(OSError):
                os.close(other)
        with contextlib.suppress(OSError):
            socket.send_fds(link, [msgspec.json.encode(reply)], send)
        for other in send:
            os.close(other)
        return True

    def do_preload(
        self, link: socket.socket, fds: list[int], poller: Any, names: list[list[str]], forbidden: list[list[str]]
    ) -> tuple[Any, list[int]]:
        """Import what exercises import, and look up the operators that they forbid, so that no child pays for it."""
        with lifeline.mortal():
            for module, name in names:
                with contextlib.suppress(Exception, SystemExit):  # a box will say what is wrong with the module
                    owner = importlib.import_module(module)
                    if name:
                        getattr(owner, name, None)
        for each in forbidden:
            forbidden_names.prepare(each)
        gc.freeze()
        return {}, []

    def do_device(self, link: socket.socket, fds: list[int], poller: Any, device: str) -> tuple[Any, list[int]]:
        """Look for a device in a child: a process that touched CUDA cannot fork users of it."""
        told, status = kernel.told_by_a_fork(lambda: _device_problem(device).encode()[:1000])
        why = told.decode(errors="replace").strip("\n")
        return {"why": why if told else f"a process that used it ended: {how_it_ended(status)}"}, []

    def do_layers(self, link: socket.socket, fds: list[int], poller: Any) -> tuple[Any, list[int]]:
        """Try in a child which layers of a locked box this system lacks."""
        return {"missing": walls.missing_layers()}, []

    def add(self, link: socket.socket, poller: select.poll) -> None:
        self.links[link.fileno()] = link
        poller.register(link.fileno(), select.POLLIN)

    def do_box(
        self, link: socket.socket, fds: list[int], poller: Any, settings: dict[str, Any]
    ) -> tuple[Any, list[int]]:
        wanted = msgspec.convert(settings, limits.BoxSettings)
        if wanted.locked:
            walls.readable_paths(wanted)  # found once, not by every child
        pid = os.fork()
        if pid == 0:
            become_box(fds[0], fds[1], wanted, self.place)
        self.owners[pid] = link.fileno()
        return {"pid": pid}, [os.pidfd_open(pid)]

    def do_judge(self, link: socket.socket, fds: list[int], poller: select.poll) -> tuple[Any, list[int]]:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = os.fork()
        if pid == 0:
            become_judge(fds[0], theirs, self.place)
        theirs.close()
        self.owners[pid] = link.fileno()
        self.add(ours, poller)
        return {"pid": pid}, []

    def do_end(self, link: socket.socket, fds: list[int], poller: Any, pid: int) -> tuple[Any, list[int]]:
        """Kill a child, unless it has ended, and return how it ended."""
        if self.owners.pop(pid, None) is None:
            return {"problem": f"no child {pid}"}, []
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        death = how_it_ended(os.waitpid(pid, 0)[1])
        self.kill_orphans()
        self.tidy(str(pid))
        return msgspec.to_builtins(death), []

    def drop(self, fd: int) -> None:
        """Forget a control socket and end everything that was forked for it."""
        self.links.pop(fd).close()
        theirs = [pid for pid, owner in self.owners.items() if owner == fd]
        for pid in theirs:
            del self.owners[pid]
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.kill_orphans()
        for pid in theirs:
            self.tidy(str(pid))

    def kill_orphans(self) -> None:
        """End what dead boxes left behind: a subreaper inherits it."""
        while orphans := [pid for pid in children() if pid not in self.owners]:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)

    def tidy(self, name: str = "") -> None:
        """Remove the folder of one process, or of all."""
        shutil.rmtree(os.path.join(self.place, name), ignore_errors=True)


def _device_problem(device: str) -> str:
    """Return one line: what the driver says, and nothing where the device can be used."""
    try:
        torch.zeros(1, device=device)
    except Exception as error:  # noqa: BLE001 - whatever the driver says
        return (str(error).splitlines() or [type(error).__name__])[0] + "\n"
    return "\n"


def children() -> list[int]:
    with open(f"/proc/self/task/{os.getpid()}/children") as file:
        return [int(pid) for pid in file.read().split()]


def how_it_ended(status: int) -> Death:
    if os.WIFSIGNALED(status):
        return Death(signal=os.WTERMSIG(status))
    return Death(code=os.WEXITSTATUS(status))


def die_with_parent(parent: int) -> None:
    """Be killed when the warm process ends; a fork clears this, and so does a new user namespace."""
    kernel.function("prctl", PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def text_on(fd: int) -> TextIO:
    """Return a text stream that writes whatever it is given, on a descriptor that stays open."""
    return open(fd, "w", encoding="utf-8", errors="backslashreplace", closefd=False)


def become_box(request_fd: int, output_fd: int, settings: limits.BoxSettings, place: str) -> None:
    """Turn this fresh fork into a box; never returns."""
    code = 1
    try:
        parent = os.getppid()
        os.setsid()
        for ignored in (signal.SIGTERM, signal.SIGHUP):  # by the warm process; what a box starts must end when told to
            signal.signal(ignored, signal.SIG_DFL)
        null = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((null, 0), (output_fd, 1), (output_fd, 2), (request_fd, 3)):
            os.dup2(source, target)
        os.closerange(4, os.sysconf("SC_OPEN_MAX") if settings.locked else 4096)
        sys.stdout, sys.stderr = text_on(1), text_on(2)
        channel = Channel(socket.socket(fileno=3), blocking=True)
        try:
            if not settings.locked:
                os.chdir(own_folder(place))
            layers = walls.raise_around(settings, lambda: die_with_parent(parent))
            if settings.locked:
                forget_engine()
            torch.set_num_threads(settings.threads)
            if settings.device != "cpu":
                accelerator.take_share()
        except Exception as error:  # noqa: BLE001 - told to the judge
            channel.send(wire.encode(("problem", f"{type(error).__name__}: {error}")))
            os._exit(1)
        channel.send(wire.encode(("layers", layers)))
        Server(channel, accelerator_of(settings)).run()
        code = 0
    finally:
        os._exit(code)


OURS: list[str] = []
"""The engine's modules by name: a box that looked for them would copy every page with a module's name."""


def forget_engine() -> None:
    """Let nobody import what serves them: a locked box has none of these files."""
    for name in OURS:
        sys.modules.pop(name, None)


def own_folder(place: str) -> str:
    """Make and return the folder of this process, in which all its temporary files lie."""
    os.mkdir(own := os.path.join(place, str(os.getpid())))
    os.environ["TMPDIR"] = tempfile.tempdir = own
    return own


def become_judge(channel_fd: int, link: socket.socket, place: str) -> None:
    """Turn this fresh fork into a judge; never returns."""
    try:
        die_with_parent(os.getppid())
        own_folder(place)
        sock = socket.socket(fileno=os.dup(channel_fd))
        for fd in [int(name) for name in os.listdir("/proc/self/fd")]:
            if fd > 2 and fd not in (sock.fileno(), link.fileno()):
                with contextlib.suppress(OSError):
                    os.close(fd)
        from grader.judge import loop

        loop.serve(sock, ForkFactory(Link(link)))
    finally:
        os._exit(0)


def warm_up() -> None:
    """Do the plain work of most exercises once, on one thread: the first time costs a child most."""
    import grader.judge.loop  # noqa: F401 - forks share it

    accelerator.full_precision()
    torch.set_num_threads(1)
    source = torch.Generator().manual_seed(0)
    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        _touch_operators(torch.randn(2, 3, 5, generator=source, dtype=torch.float64).to(dtype))
    with torch.enable_grad():
        x = torch.ones(3, 5, requires_grad=True)
        torch.softmax(x @ x.T, -1).masked_fill(torch.ones(3, 3, dtype=torch.bool).tril(), 0).sum().backward()  # type: ignore[no-untyped-call]
    torch.nn.Linear(3, 3)
    frame = wire.encode([x.detach(), np.ones(3)])
    wire.decode(frame.header, frame.payload())


def _touch_operators(x: torch.Tensor) -> None:
    """Call what an exercise may call, for the sake of the call."""
    scores = torch.einsum("bid,bjd->bij", x, x) + x @ x.mT
    index = torch.arange(scores.shape[-1])
    hidden = scores.masked_fill(index[:, None] < index, float("-inf"))
    weights = torch.where(hidden.isinf(), 0, torch.softmax(hidden, -1).nan_to_num(0))
    for each in (
        x.amax(-1),
        x.argmax(-1),
        x.mean(-1),
        x.var(-1),
        x.norm(),
        x.cumsum(-1),
        x.exp().log(),
        x.repeat(2, 1, 1),
    ):
        each.clone()
    torch.cat([x.topk(2).values, x.sort(-1).values], -1).reshape(-1).contiguous()
    torch.stack([weights, weights.to(torch.float32).to(x.dtype)])[0, 1] = 0
    torch.isclose(x.to(torch.float64), x.to(torch.float64), equal_nan=True).all()


def main() -> None:
    """Serve on the control socket whose descriptor is the first argument."""
    kernel.function("prctl", PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    locks.path("speed")  # every judge then takes the same one
    OURS.extend(name for name in sys.modules if name.partition(".")[0] == "grader")
    gc.freeze()  # what is loaded stays: no child scans it, or copies its pages by scanning
    gc.enable()
    Warm(socket.socket(fileno=int(sys.argv[1]))).run()
    os._exit(0)


if __name__ == "__main__":
    main()
