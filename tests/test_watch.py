"""Watch on a real terminal: saves, keys, and everything that an editor and a learner may do in between."""

import contextlib
import json
import os
import pty
import resource
import select
import subprocess
import sys
import termios
import threading
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course import stubs
from grader.course.weeks import default_root
from grader.judge.apart import JudgeApart
from grader.judge.coordinator import DIED
from grader.judge.protocol import Task
from grader.learner.progress import Progress
from grader.learner.watch import Watching
from tests import tiny

PATIENCE = 60.0
"""What the screen may take at most; nothing is measured."""
PROGRAM = """
import argparse, pathlib, sys
from grader.learner.watch import run
words = {"root": pathlib.Path(sys.argv[1]), "week": None, "exercise": None, "lang": sys.argv[2]}
sys.exit(run(argparse.Namespace(**words, spawn="spawn" in sys.argv)))
"""
ENDLESS = """
import os
with open({fifo!r}, "w") as told:
    told.write(str(os.getpid()))
def double(x):
    while True: pass
"""
SLOW = tiny.WEEK_TOML.replace("seconds = 2", "seconds = 300")


DEAF = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"'
"""In a user namespace of its own: the system tells of no saves."""


class Terminal:
    """A watch in a pseudo-terminal, and what it has shown."""

    def __init__(
        self,
        root: Path,
        lang: str = "en",
        size: tuple[int, int] = (40, 120),
        before: tuple[str, ...] = (),
        after: tuple[str, ...] = (),
    ) -> None:
        self.file = root / "exercises/week01_tiny/tiny.py"
        self.ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, size)
        self.before = termios.tcgetattr(self.ours)
        self.shown = ""
        self.process = subprocess.Popen(
            [*before, sys.executable, "-c", PROGRAM, str(root), lang, *after],
            env={**os.environ, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=root,
            start_new_session=True,
        )
        os.close(theirs)

    def until(self, words: str) -> str:
        """Wait until the words are shown; return what was shown up to them, and forget it."""
        end = time.monotonic() + PATIENCE
        while words not in self.shown:
            ready, _, _ = select.select([self.ours], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{words!r} was not shown, but:\n{self.shown}"
            self.shown += os.read(self.ours, 1 << 16).decode("utf-8", "replace")
        before, _, self.shown = self.shown.partition(words)
        return before

    def save(self, source: bytes) -> None:
        """Save as most editors do: a new file in the place of the old one."""
        new = self.file.with_name(".tiny.py.new")
        new.write_bytes(source)
        new.replace(self.file)

    def press(self, key: str) -> None:
        os.write(self.ours, key.encode())

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.ours)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """One watch for the tests that leave it running."""
    root = tmp_path_factory.mktemp("course")
    course = tiny.build(root, toml=SLOW)
    stubs.write(course, course.weeks)
    terminal = Terminal(root)
    yield terminal
    terminal.close()


def settle(terminal: Terminal, source: bytes, words: str) -> str:
    """Save and wait for the verdict and the line of keys below it."""
    terminal.save(source)
    said = terminal.until(words)
    terminal.until("q quit")
    return said


def pid_from(fifo: Path) -> int:
    """Wait until a box has said its process's number."""
    return int(fifo.read_text(encoding="utf-8"))


def test_a_save_gives_the_verdict(terminal: Terminal) -> None:
    """An untouched stub, a wrong answer and a right one, each after a save; the mistake gets its help."""
    terminal.until("not begun")

    settle(terminal, tiny.answers("def double(x):\n    return x * x\n"), "Your answer equals the square.")
    settle(terminal, tiny.answers(""), "Passed.")


def test_a_syntax_error_is_a_verdict_too(terminal: Terminal) -> None:
    """A file that does not parse is said to be so, and the next save is judged as ever."""
    settle(terminal, b"def double(x)\n    return 2 * x\n", "SyntaxError")
    settle(terminal, tiny.answers("# mended\n"), "Passed.")


def children(pid: int) -> set[int]:
    """The processes that a process has started and that are still there."""
    texts = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return {int(number) for text in texts for number in text.split()}


def test_a_judge_stays_until_a_box_has_died(terminal: Terminal) -> None:
    """Save after save is judged by the same process; after a death the next one gets a new judge."""
    (warm,) = children(terminal.process.pid)
    settle(terminal, tiny.answers("# once\n"), "Passed.")
    first = children(warm)
    settle(terminal, tiny.answers("def double(x):\n    return x + 1\n"), "FAILED")
    assert first == children(warm) and 1 == len(first)

    settle(terminal, tiny.answers("import os\ndef double(x):\n    os._exit(3)\n"), "FAILED")
    settle(terminal, tiny.answers("# again\n"), "Passed.")
    assert not first & children(warm)


def test_a_save_in_mid_run_begins_anew(terminal: Terminal, tmp_path: Path) -> None:
    """The check of an endless loop is given up for the text that was saved meanwhile, and its process is gone."""
    fifo = tmp_path / "told"
    os.mkfifo(fifo)
    terminal.save(tiny.answers(ENDLESS.format(fifo=str(fifo))))
    pid = pid_from(fifo)

    settle(terminal, tiny.answers("# after the loop\n"), "Passed.")

    assert not Path(f"/proc/{pid}").exists()


def test_a_file_that_is_gone_is_said_to_be_and_may_come_back(terminal: Terminal) -> None:
    """Deleting and renaming the file, and renaming its folder, end nothing."""
    away = terminal.file.with_name("elsewhere.txt")
    terminal.file.rename(away)
    terminal.until("tiny.py")
    terminal.until("q quit")
    away.rename(terminal.file)
    terminal.until("Passed.")
    terminal.until("q quit")

    folder = terminal.file.parent
    folder.rename(folder.with_name("away"))
    assert "grader itself" not in terminal.until("The folder exercises/week01_tiny is gone.")
    terminal.until("q quit")
    folder.with_name("away").rename(folder)
    terminal.until("Passed.")


def test_new_examples_are_judged_at_once(terminal: Terminal) -> None:
    """Saving the visible examples collects them anew; some that cannot be read are the learner's, not the grader's."""
    examples = terminal.file.with_name("test_tiny.py")
    examples.write_text("x = 1\ndef test_of_mine(student)\n", encoding="utf-8")
    assert "grader itself" not in terminal.until("test_tiny.py cannot be read, line 2:")
    terminal.until("q quit")
    examples.write_text(
        'def test_of_mine(student):\n    """Twice 3 is 6.\n\n    3 的两倍是 6。\n    """\n    assert student.double(3) == 6\n',
        encoding="utf-8",
    )

    terminal.until("4 of 4 tests pass")


def test_keys_answer_while_a_loop_runs(tmp_path: Path) -> None:
    """In an endless loop the list and a hint are shown, q ends everything, and the terminal is as it was."""
    course = tiny.build(tmp_path / "course", toml=SLOW)
    fifo = tmp_path / "told"
    os.mkfifo(fifo)
    (tmp_path / "course/exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(ENDLESS.format(fifo=str(fifo))))
    terminal = Terminal(course.root, "zh")
    try:
        pid = pid_from(fifo)
        terminal.press("l")
        terminal.until("tiny  微型")
        terminal.press("h")
        terminal.until("甲")
        terminal.until("还有下一条：按 h。")
        terminal.press("s")
        terminal.until("请先通过 tiny；之后按 s")
        terminal.press("n")
        terminal.until("这是最后一个练习")

        terminal.press("q")

        assert 0 == terminal.process.wait(PATIENCE)
        assert not Path(f"/proc/{pid}").exists()
        assert terminal.before == termios.tcgetattr(terminal.ours)
    finally:
        terminal.close()


def test_the_verdict_is_what_the_screen_ends_with(tmp_path: Path) -> None:
    """Of an exercise with a fault, 24 lines hold the failure and the points: what passed is only counted."""
    many = "".join(
        f'\n\n@points(5)\ndef test_{n}(student):\n    """Claim {n}."""\n    assert student\n' for n in range(20)
    )
    course = tiny.build(tmp_path, suite=tiny.SUITE + many)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers("def double(x):\n    return x * x\n"))
    terminal = Terminal(course.root, size=(24, 80))
    try:
        said = terminal.until("q quit").split("\x1b[2J")[-1]

        assert said.count("\n") < 24
        assert "FAILED" in said and "Your answer equals the square." in said
        assert "Claim 7." not in said and "21 of 23 tests pass · 1 thing to mend · 1 blocked by that" in said
        assert "105 of 120 points" in said.splitlines()[-2] and "105 of 120 points" in said.splitlines()[0]
    finally:
        terminal.close()


def test_keys_without_a_meaning_do_nothing(tmp_path: Path) -> None:
    """Home, F2 and Alt+h are no h, O and Q: no hint is shown or counted, and the watch goes on."""
    terminal = Terminal(tiny.build(tmp_path).root)
    try:
        terminal.until("q quit")
        for key in ("\x1b[H", "\x1bOQ", "\x1b[15~", "\x1bh", "\x1b[H\x1bOQ"):
            terminal.press(key)
        terminal.press("l")

        assert "Hint" not in terminal.until("tiny  Tiny")
        assert not Progress(tmp_path).entry("week01_tiny", "tiny").hints
        terminal.press("q")
        assert 0 == terminal.process.wait(PATIENCE)
    finally:
        terminal.close()


def test_keys_lead_through_the_week_and_on(tmp_path: Path) -> None:
    """With one exercise asked for, n goes to the next one, p comes back, and a pass names what is next."""
    second = tiny.WEEK_TOML[tiny.WEEK_TOML.index("[[exercise]]") :].replace('"tiny"', '"second"')
    course = tiny.build(tmp_path, toml=tiny.WEEK_TOML + second.replace('en = "Tiny"', 'en = "The second"'))
    (tmp_path / "exercises/week01_tiny/tiny.py").write_bytes(tiny.answers(""))
    (tmp_path / "solutions/week01_tiny/second.py").write_text("double = Counter = None\n", encoding="utf-8")
    terminal = Terminal(course.root)
    try:
        assert "20 of 20 points" in terminal.until("n goes on with second of week 01: The second")
        terminal.until("q quit")
        terminal.press("n")
        terminal.until("checking  01 second")
        terminal.press("p")
        terminal.until("n goes on with second")
        terminal.press("q")
        assert 0 == terminal.process.wait(PATIENCE)
    finally:
        terminal.close()


def test_whoever_asked_for_a_week_is_not_led_back_beyond_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """p on its first exercise says so; without a week it leads back to the week before."""
    monkeypatch.setattr(Watching, "check", lambda *_: None)
    words = {"root": default_root(), "exercise": None, "lang": "en", "spawn": False}
    asked, any_week = (Watching(Namespace(week=week, **words)) for week in ("06", None))
    first = asked.first

    for watching in (asked, any_week):
        watching.place = first
        watching.keys["p"]()

    assert (first, first - 1) == (asked.place, any_week.place) and "06" == asked.chosen[first][0].number
    assert 1 == capsys.readouterr().out.count("This is the first exercise")


def test_a_watch_without_keys_ends_with_its_verdict(tmp_path: Path) -> None:
    """make watch </dev/null: nobody could ever end it."""
    root = tiny.build(tmp_path).root
    told = [sys.executable, "-c", PROGRAM, str(root), "en"]
    done = subprocess.run(told, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False)

    assert 0 == done.returncode and "q quit" in done.stdout


def test_a_saved_notebook_is_judged(tmp_path: Path) -> None:
    """What is written in the notebook is judged when the notebook is saved."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/README.md").write_text("# Tiny\n", encoding="utf-8")
    stubs.write(course, course.weeks)
    book = tmp_path / "exercises/week01_tiny/week01_tiny.ipynb"
    content = json.loads(book.read_text(encoding="utf-8"))
    terminal = Terminal(course.root)
    try:
        terminal.until("q quit")
        cell = {"cell_type": "code", "source": tiny.answers("").decode(), "metadata": {}, "outputs": []}
        content["cells"].append(cell)
        book.write_text(json.dumps(content), encoding="utf-8")
        assert "week01_tiny.ipynb" in terminal.until("3 of 3 tests pass")
    finally:
        terminal.close()


def test_a_system_that_tells_of_no_saves_is_no_deaf_watch(tmp_path: Path) -> None:
    """Where no inotify is left, a save is seen within a second or so all the same."""
    deaf = ("unshare", "--user", "--map-root-user", "sh", "-c", DEAF, "sh")
    if subprocess.run([*deaf, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system lets nobody limit inotify")
    course = tiny.build(tmp_path)
    stubs.write(course, course.weeks)
    terminal = Terminal(course.root, before=deaf)
    try:
        terminal.until("q quit")
        settle(terminal, tiny.answers("def double(x): return x * x\n"), "Your answer equals the square.")
        settle(terminal, tiny.answers(""), "Passed.")
    finally:
        terminal.close()


def test_where_there_is_no_fork_watch_is_the_same(tmp_path: Path) -> None:
    """As on macOS: verdicts after saves, a loop that is given up for the next text, and q; no process is left."""
    course = tiny.build(tmp_path / "course", toml=SLOW)
    stubs.write(course, course.weeks)
    fifo = tmp_path / "told"
    os.mkfifo(fifo)
    terminal = Terminal(course.root, after=("spawn",))
    try:
        terminal.until("q quit")
        settle(terminal, tiny.answers("def double(x): return x * x\n"), "Your answer equals the square.")
        terminal.save(tiny.answers(ENDLESS.format(fifo=str(fifo))))
        first = pid_from(fifo)
        settle(terminal, tiny.answers(""), "Passed.")
        gone(first)

        terminal.save(tiny.answers(ENDLESS.format(fifo=str(fifo))))
        last = pid_from(fifo)
        terminal.press("q")
        assert 0 == terminal.process.wait(PATIENCE)
        for pid in {last, *of_session(terminal.process.pid)}:  # a judge that was begun anew on q would stay
            gone(pid)
    finally:
        terminal.close()


def test_where_no_process_can_begin_the_check_is_broken_and_the_watch_lives(tmp_path: Path) -> None:
    """Without a fork: a machine that has no room for another process says so, and the next save is judged again."""
    course = tiny.build(tmp_path)
    week = course.week("1")
    task = Task(week, week.exercises[0], {"tiny.py": tiny.answers("")})
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.closing(JudgeApart()) as judges:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            full = judges.judge(task, threading.Event())
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        freed = judges.judge(task, threading.Event())

    assert (DIED, "") == (full.broken, freed.broken)


def gone(pid: int) -> None:
    """Wait until a process has ended."""
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{pid}").exists() and "State:\tZ" not in Path(f"/proc/{pid}/status").read_text():
        assert time.monotonic() < end, f"process {pid} is still there"
        time.sleep(0.05)


def of_session(leader: int) -> set[int]:
    """The processes of a session that are still there."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
            found |= {int(path.parent.name)} if int(session) == leader and state != "Z" else set()
    return found
