"""DEVICE=cuda, as far as a machine without a GPU can tell: what surrounds a box on an accelerator, its clock, its lock.

Boxes here are made as for CUDA, and their work stays on the CPU.
"""

import contextlib
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from grader.answers import timing
from grader.answers.compare import TOLERANCES, difference, tolerance
from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box import landlock, walls
from grader.box.inside import accelerator
from grader.box.launch import BoxFactory, ForkFactory
from grader.box.limits import BoxSettings
from grader.classroom.course_key import course_key
from grader.course.weeks import Course, default_root
from grader.judge import locks, warm
from grader.judge.answer_key import AnswerKey
from grader.judge.attempt import Attempt
from grader.judge.coordinator import Engine
from grader.judge.protocol import Task
from grader.outcomes import Finding
from tests.test_cli import run
from tests.test_walls import attempt

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the box for CUDA is Linux's")

CUDA = BoxSettings(memory_mb=64, device="cuda")
WORK = b"""
import time
import torch

kept = []

def base(x):
    for _ in range(20):
        x = torch.softmax(x @ x, -1)
    return x

def slow(x):
    for _ in range(160):
        torch.softmax(x @ x, -1)
    return base(x)

def waiting(x):
    time.sleep(0.05)
    return base(x)

def hoard():
    while True:
        kept.append(bytearray(8 << 20))

def reserve():
    import mmap
    kept.append(mmap.mmap(-1, 1 << 36, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x4000))  # MAP_NORESERVE
    return len(kept)

work = base
"""
SPEED_CASES = {
    "the reference itself": ("base", False),
    "nine times the work": ("slow", True),
    "a wait": ("waiting", True),
}


@pytest.fixture(scope="module")
def factory(engine: Engine) -> BoxFactory:
    return ForkFactory(engine.link)


def session(factory: BoxFactory, settings: BoxSettings = CUDA, source: bytes = WORK) -> Session:
    return Session(lambda: factory.open_box(settings), Module("work", {"work.py": source}))


def test_memory_is_watched_where_address_space_cannot_be_bounded(
    factory: BoxFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """64 GB may be reserved, as a driver does; what is really taken ends the box, by a sentence about memory."""
    monkeypatch.setattr("grader.box.launch.CONTEXT_BYTES", 64 << 20)
    one = session(factory)
    student = Student(one)

    assert 1 == student.reserve()
    with pytest.raises(StudentFault) as fault:
        student.hoard()
    assert Finding("memory") == fault.value.finding and fault.value.fatal
    assert torch.ones(2, 2).equal(Student(one).work(torch.ones(2, 2)) * 2)  # a fresh box took over
    one.close()


def name_a_thread() -> None:
    """Write a thread's name where the driver writes it, as the C library does."""
    os.write(os.open(f"/proc/self/task/{os.getpid()}/comm", os.O_RDWR), b"cuda00001400006")


def write_elsewhere() -> None:
    os.write(os.open("/proc/sys/kernel/hostname", os.O_RDWR), b"x")


@pytest.mark.parametrize("act", [name_a_thread, write_elsewhere])
def test_only_a_box_for_cuda_may_name_its_threads(act: Callable[[], None]) -> None:
    """The driver fails with error 304 when it cannot; nothing else below /proc can be written in either box."""
    locked = BoxSettings(locked=True)
    allowed = attempt(act, *walls.LAYERS, settings=BoxSettings(locked=True, device="cuda"))

    assert attempt(act, *walls.LAYERS, settings=locked).startswith(("PermissionError", "OSError", "FileNotFound"))
    assert ("done" == allowed) is (act is name_a_thread), allowed


def test_devices_of_the_driver_are_opened_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies at /dev/nvidia* can be read, written and spoken to: here /dev/full stands in for it."""
    monkeypatch.setattr("grader.box.walls.glob.glob", lambda pattern: {"/dev/nvidia*": ["/dev/full"]}[pattern])

    def use() -> None:
        fd = os.open("/dev/full", os.O_RDWR)
        os.read(fd, 1)

    assert "done" == attempt(use, *walls.LAYERS, settings=BoxSettings(locked=True, device="cuda"))
    assert "done" != attempt(use, *walls.LAYERS, settings=BoxSettings(locked=True))
    assert landlock.DEVICE & landlock.rights("ioctl_dev")


@pytest.mark.alone
@pytest.mark.parametrize("case", SPEED_CASES)
def test_the_clock_of_an_accelerator(factory: BoxFactory, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wall time decides, over at least 21 rounds, each with a cold cache; waiting costs what it costs."""
    name, slow = SPEED_CASES[case]
    chilled: list[int] = []
    flush_cache = timing._Runner.flush_cache
    monkeypatch.setattr(timing._Runner, "flush_cache", lambda runner: (chilled.append(1), flush_cache(runner)))
    noted: list[timing.Measured] = []
    theirs = WORK + f"work = {name}\n".encode()
    speed = timing.Speed(
        lambda: session(factory, source=theirs),
        lambda: session(factory),
        torch.device("cpu"),
        contextlib.nullcontext,
        noted.append,
        by_wall=True,
    )

    with pytest.raises(timing.TooSlow) if slow else contextlib.nullcontext():
        speed.call("work", lambda rng: rng.normal(96, 96), at_most=3.0)
    assert (noted[0].ratio > 3.3) is slow
    assert len(chilled) >= 2 * timing.FEWEST_BY_WALL


def test_half_precision_short_cuts_are_off() -> None:
    """float32 means float32: a fresh process of ours has no TensorFloat-32 and sums halves in single precision."""
    settings = (
        "torch.get_float32_matmul_precision(), torch.backends.cudnn.allow_tf32, torch.backends.cuda.matmul.allow_tf32, "
        "torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction"
    )
    code = "import torch; from grader.box.inside import accelerator; torch.backends.cuda.matmul.allow_tf32 = True\n"
    code += f"accelerator.full_precision(); print({settings})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "highest False False False" == done.stdout.strip()


def test_tolerances_by_dtype_and_device() -> None:
    """Every floating dtype is judged four times as wide elsewhere; whole numbers nowhere."""
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    for dtype, (relative, absolute) in TOLERANCES.items():
        assert (relative, absolute) == tolerance(dtype, cpu)
        assert (4 * relative, 4 * absolute) == tolerance(dtype, cuda)
    assert (0.0, 0.0) == tolerance(torch.int64, cuda)
    assert difference(torch.ones(3) * (1 + 5e-5), torch.ones(3)) is not None


def hold(link: Any) -> None:
    """Say that the device is wanted, take it, say so, and keep it until told."""
    engine = Engine()
    link.send("asking")
    with engine.device_alone("cuda"):
        link.send("mine")
        link.recv()


def test_one_job_at_a_time_on_a_device_across_processes() -> None:
    """A second process gets the device when the first lets go of it, also by being killed."""
    spawn = multiprocessing.get_context("spawn")
    (ours, theirs), (other, others) = spawn.Pipe(), spawn.Pipe()
    first, second = (spawn.Process(target=hold, args=(link,)) for link in (theirs, others))
    first.start()
    theirs.close()  # the child has its own: if that dies, what waits for it ends
    assert ["asking", "mine"] == [ours.recv(), ours.recv()]
    second.start()
    others.close()
    assert "asking" == other.recv()
    assert not other.poll(1)
    first.kill()
    assert "mine" == other.recv()
    other.send("enough")
    second.join()
    first.join()
    assert 0 == second.exitcode


def test_results_of_two_devices_are_never_mixed() -> None:
    """The device is in the key of a result: a class that was judged on a CPU is judged again on a GPU."""
    course = Course(default_root())
    [(week, exercise)] = course.select(None, "attention")

    assert 2 == len({course_key(Task(week, exercise, {}, device, locked=True)) for device in ("cpu", "cuda")})


@pytest.mark.parametrize("words", [("check", "--exercise", "attention"), ("grade", "--trust-submissions")])
def test_no_gpu_is_one_clear_sentence(words: tuple[str, ...], tmp_path: Path) -> None:
    """Exit code 2, the driver's own word, no traceback, nothing written."""
    out = ("--out", str(tmp_path / "graded")) if words[0] == "grade" else ()
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}
    command = [sys.executable, "-m", "grader", *words, *out, "--device", "cuda", "--lang", "en"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=default_root())

    assert 2 == done.returncode, done.stdout
    assert "no device cuda" in done.stderr and "Traceback" not in done.stderr
    assert [] == list(tmp_path.glob("graded/*/results.json"))


def test_without_an_accelerator_its_probes_do_nothing() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has one")
    for act in (accelerator.synchronize, accelerator.flush_cache, accelerator.take_share):
        act()


def test_a_lock_folder_of_somebody_elses_is_replaced_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All locks of a process then lie in one folder of its own, and exclude each other."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / f"llm-exercises-{os.getuid()}").mkdir(mode=0o777)
    (tmp_path / f"llm-exercises-{os.getuid()}").chmod(0o777)
    locks._folder.cache_clear()
    try:
        assert locks.path("speed") == locks.path("speed") != tmp_path / f"llm-exercises-{os.getuid()}" / "speed.lock"
        assert 2 == len(list(tmp_path.iterdir()))
    finally:
        locks._folder.cache_clear()


@pytest.mark.parametrize("error", [ValueError(""), RuntimeError("no driver\nmore")])
def test_a_device_that_fails_is_no_device(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the driver raises, also without a word, is told in one line."""

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("torch.zeros", fail)
    assert (str(error).partition("\n")[0] or "ValueError") + "\n" == warm._device_problem("cuda")


def test_debugging_is_for_the_cpu() -> None:
    done = run("check", "--exercise", "attention", "--debug", "--device", "cuda", "--lang", "en")

    assert 2 == done.returncode and "runs are on the CPU" in done.stderr


def test_a_judge_on_an_accelerator_judges_one_submission(factory: BoxFactory, course: Course) -> None:
    """Only the end of its process gives all of the device's memory back."""
    key = AnswerKey(*course.select("05", "attention")[0])

    assert Attempt(key, factory, Task(key.week, key.exercise, {}, "cuda")).unfit
    assert not Attempt(key, factory, Task(key.week, key.exercise, {})).unfit
