"""Calls into a box: what a student's module answers, and what becomes of the box."""

import contextlib
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box.launch import Death, ForkFactory, SpawnFactory
from grader.box.limits import BoxSettings
from grader.box.link import BoxNotMade, Link
from grader.judge.coordinator import Engine
from tests import tiny


def test_cpu_time_is_named(engine: Engine) -> None:
    """A box that used up its CPU time says so, and is not taken for one that used up the memory."""
    factory = ForkFactory(engine.link)
    session = Session(
        lambda: factory.open_box(BoxSettings(cpu_seconds=1)),
        Module("spin", {"spin.py": b"def spin():\n    while True: pass\n"}),
    )
    with pytest.raises(StudentFault) as fault:
        Student(session).spin()
    assert "died_cpu_time" == fault.value.finding.key


def test_an_answer_that_was_not_waited_for_is_nobody_elses(engine: Engine) -> None:
    """After Ctrl-C between a request and its reply the line is closed: the next reply would be the wrong one."""

    class Interrupted(socket.socket):
        def recvmsg(self, *args: int) -> Any:
            raise KeyboardInterrupt

    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link = Link(Interrupted(fileno=ours.detach()))
    with theirs, pytest.raises(KeyboardInterrupt):
        link.ask({"do": "layers"})
    with pytest.raises(BoxNotMade):
        link.ask({"do": "layers"})


def test_what_is_too_large_to_be_sent_is_a_named_fault(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that come back as arguments can add up to more than a frame holds; the next call gets a fresh box."""
    factory = ForkFactory(engine.link)
    with tiny.boxed(factory, b"def echo(x): return x\n") as student:
        answer = student.echo(b"x" * 1000)
        monkeypatch.setattr("grader.box.inside.wire.MAX_PAYLOAD", 1500)
        with pytest.raises(StudentFault) as fault:
            student.echo([answer, answer])
        monkeypatch.undo()
        assert "too_large" == fault.value.finding.key and fault.value.fatal
        assert answer == student.echo(answer)


def test_no_two_boxes_draw_the_same(engine: Engine) -> None:
    """They are forks of one process, whose generators they would share."""
    source = b"import random, numpy, torch\n\ndef draw():\n    return torch.rand(()), numpy.random.random(), random.random()\n"
    factory = ForkFactory(engine.link)

    def draw() -> Any:
        with tiny.boxed(factory, source) as student:
            return student.draw()

    assert all(one != other for one, other in zip(draw(), draw(), strict=True))


@pytest.mark.parametrize("forked", [True, False])
def test_a_box_without_walls_works_in_an_empty_folder_of_its_own(engine: Engine, forked: bool) -> None:
    """What a self-check's submission writes lies in nobody's way and does not outlive it; another box finds nothing."""
    source = b"import os\n\ndef write(name):\n    open(name, 'w').close()\n    return os.getcwd(), os.listdir()\n"
    factory = ForkFactory(engine.link) if forked else SpawnFactory()
    folders = []
    for name in ("first", "second"):
        with tiny.boxed(factory, source) as student:
            folder, found = student.write(name)
            assert Path(folder, name).is_file()
        assert [name] == found
        folders.append(Path(folder))

    assert not any(folder.exists() for folder in folders)
    assert Path.cwd() not in [*folders, *(folder.parent for folder in folders)]


@pytest.mark.parametrize("forked", [True, False])
def test_a_box_has_the_threads_that_it_was_given(engine: Engine, forked: bool) -> None:
    """Also one that is a new interpreter."""
    source = b"import torch\n\ndef threads():\n    return torch.get_num_threads()\n"
    with tiny.boxed(ForkFactory(engine.link) if forked else SpawnFactory(), source) as student:
        assert BoxSettings().threads == student.threads()


def test_a_stranger_at_the_door_of_a_new_interpreter_is_sent_away() -> None:
    """Whoever connects first, says nothing, something else, or breaks off: the one that knows the token is let in."""
    token = b"k" * 32
    process: Any = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with socket.create_server(("127.0.0.1", 0)) as server, process, contextlib.ExitStack() as open_ones:
        for said in (b"", b"x" * 32, None, token):
            one = open_ones.enter_context(socket.create_connection(server.getsockname()))
            if said is None:  # closed like this, the connection is reset
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()
            else:
                one.sendall(said)
        with SpawnFactory()._accept(server, token, process) as found:
            assert one.getsockname() == found.getpeername()
            assert process.poll() is None


def test_an_interpreter_that_ends_at_once_leaves_nothing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the grader's own fault, and said to be; a warning about an open file would fail this."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(BoxNotMade, match="did not answer"):
        SpawnFactory().open_box(BoxSettings())


def test_a_box_whose_warm_process_is_gone_is_closed_all_the_same() -> None:
    """Nobody can say how it ended; what it held is given back, and it can be ended again."""
    engine = Engine()
    box = ForkFactory(engine.link).open_box(BoxSettings())
    engine.close()
    engine.close()

    with pytest.raises(BoxNotMade):
        box.kill()
    assert box.output.closed and box.kill() == Death()


@pytest.mark.parametrize("locked", [False, True])
def test_what_a_box_starts_ends_when_it_is_told_to(engine: Engine, locked: bool) -> None:
    """The warm process ignores such signals; a submission's own worker processes must not."""
    source = b"import signal\n\ndef told(number):\n    return signal.getsignal(number) is signal.SIG_DFL\n"
    with tiny.boxed(ForkFactory(engine.link), source, locked) as student:
        assert student.told(int(signal.SIGTERM)) and student.told(int(signal.SIGHUP))
