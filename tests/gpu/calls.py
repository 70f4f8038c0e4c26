"""The walls around a box on a device: which layer keeps from it, and which system calls it is refused.

`python -m tests.gpu.calls cuda` prints both as JSON. It forks, so it runs in a process that has not used the device,
nor more than one thread.
"""

import ctypes
import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
from typing import Any

import torch

from grader.box import kernel, seccomp, syscalls, walls
from grader.box.limits import BoxSettings
from tests.test_walls import attempt

NEW_LISTENER = 1 << 3
ASK = 0x7FC00000
"""SECCOMP_RET_USER_NOTIF: a process outside is asked; see seccomp_unotify(2)."""
RECEIVE, SEND = 0xC0502100, 0xC0182101
REQUEST, ANSWER = struct.Struct("QIIiIQ6Q"), struct.Struct("QqiI")
SECONDS = 60
TABLES = (syscalls.ALLOWED, syscalls.JUDGED, syscalls.PRETENDED, syscalls.REFUSED, syscalls.HOSTILE)
NAMES = {number: name for table in TABLES for name, number in table.items()}


def use(device: str) -> None:
    """Do a little work on the device."""
    x = torch.ones(64, 64, device=device)
    assert float((x @ x).sum()) == 64.0**3


def layers(device: str) -> dict[str, str]:
    """Return what came of using the device behind all layers, and behind all but one."""
    settings = BoxSettings(locked=True, device=device, memory_mb=4096)

    def behind(*chosen: str) -> str:
        return attempt(lambda: use(device), *chosen, settings=settings)

    found = {"all layers": behind(*walls.LAYERS)}
    for left_out in walls.LAYERS:
        chosen = [layer for layer in walls.LAYERS if layer != left_out]
        if left_out == "namespaces":
            chosen.remove("filesystem")  # which stands in them
        found[left_out] = behind(*chosen)
    return found


def refused(device: str) -> dict[str, int]:
    """Return the system calls that work on the device makes and that the filter refuses, with how often."""
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        try:
            ours.close()
            kernel.no_new_privileges()
            socket.send_fds(theirs, [b"x"], [_listen()])
            use(device)
        finally:
            os._exit(0)
    theirs.close()
    _, (listener, *_), _, _ = socket.recv_fds(ours, 1, 1)
    try:
        with os.fdopen(os.pidfd_open(pid)) as process:
            return _answer(listener, process.fileno())
    finally:
        ours.close()
        os.close(listener)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _listen() -> int:
    """Install the box's filter, changed to ask where it would refuse or kill; return the descriptor of whoever answers."""
    refusals = (seccomp.REFUSE, seccomp.UNKNOWN, seccomp.KILL)
    steps = [
        (code, yes, no, ASK if code == seccomp.RETURN and value in refusals else value)
        for code, yes, no, value in seccomp.program(os.getpid())
    ]
    code = b"".join(struct.pack("HBBI", *step) for step in steps)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    return kernel.call("seccomp", seccomp.SET_MODE_FILTER, NEW_LISTENER, head)


def _answer(listener: int, process: int) -> dict[str, int]:
    """Refuse what is asked, as the filter would, until the process ends."""
    counts: dict[str, int] = {}
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    poll.register(process, select.POLLIN)
    while ready := dict(poll.poll(SECONDS * 1000)):
        if listener not in ready or not ready[listener] & select.POLLIN:
            break
        request: Any = bytearray(REQUEST.size)
        try:
            fcntl.ioctl(listener, RECEIVE, request)
            key, _, _, number, *_ = REQUEST.unpack(request)
            name = NAMES.get(number, f"number {number}")
            counts[name] = counts.get(name, 0) + 1
            known = {**syscalls.REFUSED, **syscalls.HOSTILE}.values()
            error = seccomp.REFUSE if number in known else seccomp.UNKNOWN
            fcntl.ioctl(listener, SEND, ANSWER.pack(key, 0, -(error & 0xFFFF), 0))
        except OSError:
            break  # it ended while it waited
    return counts


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(json.dumps({"layers": layers(sys.argv[1]), "refused": refused(sys.argv[1])}))
