"""The warm process: what fails in it ends it not, and what it made goes with it."""

import contextlib
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box.launch import ForkFactory
from grader.box.limits import BoxSettings
from grader.box.link import BoxNotMade
from grader.course.imports import imports_of
from grader.course.weeks import Course
from grader.judge.coordinator import Engine, JudgeCache
from grader.judge.protocol import Task
from grader.judge.warm import Warm
from tests import tiny


def test_what_an_exercise_imports_is_there_before_its_box(engine: Engine, tmp_path: Path) -> None:
    """Whoever opens a judge has the warm process import once what every box would import anew."""
    course = tiny.build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("import tabnanny\n", encoding="utf-8")
    factory = ForkFactory(engine.link)
    here = b"import sys\n\ndef known(name):\n    return name in sys.modules\n"

    def imported() -> object:
        with tiny.boxed(factory, here) as student:
            return student.known("tabnanny")

    assert not imported()
    with contextlib.closing(JudgeCache(engine)) as hand:
        assert hand.judge(Task(course.weeks[0], course.weeks[0].exercises[0], {"tiny.py": tiny.answers("")})).passed
    assert imported()


def test_an_import_that_fails_in_any_way_ends_no_warm_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner's file may import what raises anything at all: a box will say so."""
    (tmp_path / "of_another_binary.py").write_text("raise ValueError('another binary interface')\n")
    (tmp_path / "a_script.py").write_text("import sys\nsys.exit(1)\n")
    monkeypatch.syspath_prepend(tmp_path)
    ours, theirs = socket.socketpair()
    line, lifeline = os.pipe()
    monkeypatch.setattr(sys, "argv", ["", str(theirs.fileno()), str(line)])
    with ours, theirs, os.fdopen(line), os.fdopen(lifeline, "w"):
        names = [["of_another_binary", ""], ["a_script", "x"], ["no_such_module", ""], ["calendar", ""]]
        assert ({}, []) == Warm(ours).do_preload(ours, [], None, names=names, forbidden=[])


def test_a_warm_process_that_was_killed_is_started_anew(toy: Course) -> None:
    """A system short of memory ends it; who keeps a judge, as a notebook does, need not begin again."""
    with Engine() as engine, contextlib.closing(JudgeCache(engine)) as judges:
        task = Task(toy.weeks[0], toy.weeks[0].exercises[0], {"tiny.py": tiny.answers("")})
        assert judges.judge(task).passed
        known = engine.known_names, engine.known_forbidden
        engine.process.kill()
        engine.process.wait()

        assert judges.judge(task).passed
        assert known == (engine.known_names, engine.known_forbidden) and any(known)  # told to the new one, too
    assert engine.process.poll() is not None


def test_a_request_that_fails_ends_no_warm_process(engine: Engine, toy: Course) -> None:
    """It is refused with a word, and the next one is served."""
    with pytest.raises(BoxNotMade, match="do_nonsense"):
        engine.link.ask({"do": "nonsense"})
    assert tiny.judge(engine, toy, tiny.answers("")).passed


def test_sources_that_no_parser_takes_import_nothing(tmp_path: Path) -> None:
    course = tiny.build(tmp_path)
    for source in ("import os\nx = " + "-" * 200_000 + "1\n", "(" * 300, "\0"):
        (tmp_path / "exercises/week01_tiny/tiny.py").write_text(source)
        assert set() == imports_of(course.weeks[0], "tiny")


def test_the_folders_of_boxes_go_with_the_engine(toy: Course) -> None:
    """Also that of a box that is still there."""
    with Engine() as engine:
        factory = ForkFactory(engine.link)
        source = b"import os\n\ndef here():\n    return os.getcwd()\n"
        session = Session(lambda: factory.open_box(BoxSettings()), Module("a", {"a.py": source}))
        folder = Path(Student(session).here())
        assert folder.is_dir()
        assert session.box
        session.box.channel.close()
        session.box.output.close()

    assert not folder.parent.exists()


def test_temporary_files_go_with_whoever_made_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a submission leaves behind, and what a solution or a suite does in the judge, is not left to the learner."""
    room = tmp_path / "tmp"
    room.mkdir()
    monkeypatch.setenv("TMPDIR", str(room))
    leaves = "import tempfile\n\ntempfile.mkdtemp(prefix='left-')\n"
    course = tiny.build(tmp_path, solution=tiny.SOLUTION + leaves, suite=tiny.SUITE + leaves)

    with Engine() as engine:
        assert tiny.judge(engine, course, tiny.answers(leaves)).passed

    assert [] == [one for one in room.iterdir() if not one.name.startswith("llm-exercises-")]


def test_a_group_that_is_told_to_end_leaves_no_folder(tmp_path: Path) -> None:
    """The terminal is closed, a timeout ends the group: the warm process waits for its line to close, and tidies."""
    code = (
        "import os, signal, sys, time\n"
        "from grader.box.launch import ForkFactory\nfrom grader.box.limits import BoxSettings\n"
        "from grader.judge.coordinator import Engine\n"
        "engine = Engine()\nbox = ForkFactory(engine.link).open_box(BoxSettings())\n"
        "print(os.listdir(os.environ['TMPDIR']), flush=True)\n"
        "os.killpg(0, getattr(signal, sys.argv[1]))\ntime.sleep(60)\n"
    )
    for name in ("SIGTERM", "SIGHUP"):
        command = [sys.executable, "-c", code, name]
        there = {**os.environ, "TMPDIR": str(tmp_path)}
        with subprocess.Popen(command, env=there, start_new_session=True, stdout=subprocess.PIPE, text=True) as process:
            told = process.stdout.read() if process.stdout else ""  # until the warm process has ended too
        assert "boxes-" in told
        assert [] == [path for path in tmp_path.iterdir() if path.name.startswith("boxes-")]
