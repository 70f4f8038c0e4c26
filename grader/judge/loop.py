"""A judge at work: collects one exercise's suite once, then judges one task after the other.

Runs in a process forked from the warm one; where there is no fork, in whichever process judges.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from grader.answers.randomness import untouched
from grader.box import limits
from grader.box.launch import BoxFactory
from grader.judge import plugin
from grader.judge.answer_key import AnswerKey
from grader.judge.attempt import Attempt
from grader.judge.protocol import Done, Ready, Task, Tested, Waiting, receive, send
from grader.outcomes import Verdict

GUARD_SECONDS = 400
"""pytest-timeout for one test: every call of the student's has a shorter limit of its own."""
HAS_ALARM = hasattr(signal, "SIGALRM")
SIGN_OF_LIFE = 60.0
"""Seconds between two words of a judge that waits."""
OWN_SECONDS = 60
"""CPU time that a judge may spend on one test: what a submission sends may be made to be slow to read or compare."""
OWN_MB = 2048
"""Memory that a judge may ask for beyond what it begins with: a shape can be made to spread when it is compared."""


class Overrun(RuntimeError):
    """Judging one test takes this process itself too long."""


OPTIONS = [
    *("--disable-plugin-autoload", "--noconftest", "--import-mode=importlib", "--assert=plain"),
    *("--strict-markers", "--capture=no"),
    *("-p", "no:terminal", "-p", "no:cacheprovider", "-p", "no:logging", "-p", "no:faulthandler", "-p", "no:junitxml"),
    *("-p", "no:pastebin", "-p", "no:doctest", "-p", "no:unittest", "-p", "no:stepwise", "-p", "no:setuponly"),
    *("-p", "no:warnings"),  # nobody reads them
    *("-p", "no:debugging"),  # its breakpoint() needs the terminal; Python's own needs nothing
    *("-p", "pytest_timeout", "-p", "grader.judge.plugin", "-c", os.devnull),
]


def serve(sock: socket.socket, factory: BoxFactory) -> None:
    """Judge the tasks that the socket brings until it closes; the first one says of which suite they all are."""
    first = receive(sock, Task)
    if first is not None:
        if first.device == "cpu":
            limits.bound_memory(OWN_MB)
        run(first, factory, SocketLine(sock))


class Line(Protocol):
    """Where tasks come from and results go."""

    def next_task(self) -> Task | None: ...
    def say(self, message: Any) -> None: ...


class SocketLine:
    """The judge's line to a coordinator in another process."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    def next_task(self) -> Task | None:
        return receive(self.sock, Task)  # type: ignore[no-any-return]

    def say(self, message: Any) -> None:
        send(self.sock, message)


def run(first: Task, factory: BoxFactory, line: Line) -> None:
    """Collect the suite, judge the first task and then those of the line."""
    key = AnswerKey(first.week, first.exercise)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        collect(SuiteLoop(key, first, factory, line))


def collect(loop: SuiteLoop) -> None:
    """Have pytest collect the suite's files and hand its test loop over."""
    files = [str(path) for path in loop.files() if path.is_file()]
    guard = GUARD_SECONDS if HAS_ALARM and not loop.untimed else 0
    with untouched():  # of whoever's process this is
        code = pytest.main([*OPTIONS, f"--timeout={guard}", f"--rootdir={loop.key.week.root}", *files], plugins=[loop])
    if code is pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt  # which pytest keeps to itself
    if not loop.ready:
        loop.line.say(Ready("pytest could not begin: " + "; ".join(loop.problems)))


def _overrun(*_: object) -> None:
    raise Overrun(f"over {OWN_SECONDS} s of CPU time to read and compare the answers")


class SuiteLoop:
    """Takes pytest's loop over: the collected items are run once for every task."""

    def __init__(self, key: AnswerKey, first: Task, factory: BoxFactory, line: Line, untimed: bool = False) -> None:
        self.key = key
        self.first = first
        self.factory = factory
        self.line = line
        self.untimed = untimed
        self.problems: list[str] = []
        self.ready = False
        self.attempt: Attempt | None = None
        self.plain: set[pytest.Item] = set()

    def files(self) -> list[Path]:
        week, name = self.key.week, self.key.name
        found = [week.examples(name)] if self.first.examples else []
        return found + ([week.suite(name)] if self.first.hidden else [])

    def pytest_timeout_set_timer(self, settings: Any) -> bool:
        """Set an alarm for a test that takes too long; pytest-timeout's own handler needs a terminal."""
        signal.signal(signal.SIGALRM, lambda *_: pytest.fail(f"the judge took over {settings.timeout:g} s"))
        signal.setitimer(signal.ITIMER_REAL, settings.timeout)
        signal.signal(signal.SIGPROF, _overrun)
        signal.setitimer(signal.ITIMER_PROF, OWN_SECONDS, OWN_SECONDS)
        return True

    def pytest_timeout_cancel_timer(self) -> bool:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        return True

    def pytest_configure(self, config: pytest.Config) -> None:
        config.option.tbstyle = "native"  # nobody reads pytest's own picture of a failure, which takes 20 ms to draw

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.problems.append(str(report.longrepr))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        self.ready = True
        if self.problems:
            self.line.say(Ready("\n".join(self.problems)))
            return True
        session.config.stash[plugin.ATTEMPTS] = self._attempt
        self.plain = set(filter(plugin.is_plain, session.items))
        for number, item in enumerate(session.items, 1):
            item.stash[plugin.NUMBER] = number
        self.line.say(Ready())
        if isinstance(self.line, SocketLine):  # a process of our own
            gc.freeze()  # the collector need not look at what stays
        task: Task | None = self.first
        while task is not None:
            self._judge(session, task)
            task = self.line.next_task()
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Run a plain test ourselves; all others, and what pytest does around every test, stay pytest's."""
        if item in self.plain:
            plugin.run_plainly(item)
        else:
            plugin.run_by_pytest(item, nextitem)
        return True

    @contextlib.contextmanager
    def _waiting(self) -> Iterator[None]:
        """While another judge's clock runs the guard stands still, and the coordinator hears that we are alive."""
        left = signal.setitimer(signal.ITIMER_REAL, 0)[0]
        bell = signal.signal(signal.SIGALRM, lambda *_: self.line.say(Waiting()))
        signal.setitimer(signal.ITIMER_REAL, SIGN_OF_LIFE, SIGN_OF_LIFE)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, bell)
            signal.setitimer(signal.ITIMER_REAL, left)

    def _attempt(self, item: pytest.Item) -> Attempt:
        assert self.attempt is not None
        return self.attempt

    def _judge(self, session: pytest.Session, task: Task) -> None:
        begun = time.monotonic()
        config = session.config
        config.stash[plugin.VERDICTS] = {}
        config.stash[plugin.LISTENER] = lambda result: self.line.say(Tested(result))
        self.attempt = Attempt(self.key, self.factory, task, self.untimed)
        if HAS_ALARM and not self.untimed:
            self.attempt.waiting = self._waiting
        try:
            items = [item for item in session.items if task.tests is None or _names(item) & {*task.tests}]
            for place, item in enumerate(items):
                # Until then pytest keeps what the item's fixtures made, if that test asks for it too.
                after = next((other for other in items[place + 1 :] if other not in self.plain), None)
                config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if task.until_failure and Verdict.FAILED in config.stash[plugin.VERDICTS].values():
                    break
            named, explained = self.attempt.named(), self.attempt.explained()
        finally:
            self.attempt.close()
        self.line.say(Done(self.attempt.session.layers, time.monotonic() - begun, self.attempt.unfit, named, explained))


def _names(item: pytest.Item) -> set[str]:
    """By what a task may ask for a test: its name, with or without parameters, and its number."""
    return {item.name, item.name.partition("[")[0], str(item.stash[plugin.NUMBER])}
