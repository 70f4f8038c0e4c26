"""Entry point of a box in an interpreter of its own, where there is no fork: `python -I -m grader.box.spawned PORT`.

Reads a token and the settings from standard input, connects to the judge on the loopback and serves. Standard input
stays open as a lifeline: where its other end closes the judge is gone, and the box ends too, whatever it is doing.
"""

from __future__ import annotations

import os
import socket
import sys
import threading

import msgspec
import torch

from grader.box import limits
from grader.box.inside import accelerator, wire
from grader.box.inside.channel import Channel
from grader.box.inside.serve import Server

TOKEN_BYTES = 32


def main() -> None:
    token, data = os.read(0, TOKEN_BYTES), sys.stdin.buffer.readline()
    settings = msgspec.json.decode(data, type=limits.BoxSettings)
    threading.Thread(target=_end_with, args=(os.dup(0),), daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # a student's input() finds nothing, and does not wait
    sock = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    sock.sendall(token)
    torch.set_num_threads(settings.threads)  # the environment is read when torch is loaded, and it is
    channel = Channel(sock, blocking=True)
    limits.apply(settings)
    accelerator.full_precision()
    channel.send(wire.encode(("layers", {"limits": limits.HAS_LIMITS})))
    Server(channel, accelerator_of(settings)).run()


def _end_with(line: int) -> None:
    os.read(line, 1)
    os._exit(0)


def accelerator_of(settings: limits.BoxSettings) -> str | None:
    return None if settings.device == "cpu" else settings.device


if __name__ == "__main__":
    main()
