"""The locked box: what every layer keeps out alone, what gets out without it, and what must still work inside."""

import json
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.answers.faults import StudentFault
from grader.answers.remote import Module, Session
from grader.answers.student import Student
from grader.box import kernel, namespaces, seccomp, walls
from grader.box.launch import Box, ForkFactory
from grader.box.limits import BoxSettings
from grader.course.weeks import Course
from grader.judge.coordinator import Engine
from grader.judge.protocol import Task

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="walls are Linux's")

LOCKED = BoxSettings(locked=True, memory_mb=256)


def attempt(act: Callable[[], Any], *layers: str, settings: BoxSettings = LOCKED) -> str:
    """Do something in a fork behind these layers; return "done", the error, or the signal that ended it."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            stands = walls.raise_around(settings, lambda: None, layers)
            assert all(stands[layer] for layer in layers), stands
            act()
            said = "done"
        except OSError as error:
            said = f"{type(error).__name__} {error.errno}"
        except BaseException as error:  # noqa: BLE001 - the test compares it
            said = f"{type(error).__name__} {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as file:
        said = file.read()
    status = os.waitpid(pid, 0)[1]
    return f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else said


def call(name: str, *args: Any) -> int:
    """Call the C library; raise what it reports."""
    return kernel.function(name, *args)


def allocate() -> None:
    assert len(bytearray(1 << 30))


def test_limits_bound_the_memory() -> None:
    """A gigabyte is refused to a box of 256 MB."""
    assert "MemoryError " == attempt(allocate, "limits")
    assert "done" == attempt(allocate)


def test_namespaces_keep_off_the_network() -> None:
    """The machine's loopback cannot be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()

        def connect() -> None:
            with socket.socket() as client:
                client.connect(address)

        assert attempt(connect, "namespaces").startswith("OSError 101")
        assert "done" == attempt(connect)


def test_the_small_file_system_hides_that_files_exist() -> None:
    """Not even the name of a file outside can be seen."""

    def look() -> None:
        os.stat(__file__)

    assert "FileNotFoundError 2" == attempt(look, "namespaces", "filesystem")
    assert "done" == attempt(look, "namespaces")


def test_the_small_file_system_is_small(tmp_path: Path) -> None:
    """Files of 16 MB each, any number of them: the folder is full at 64 MB."""

    def fill(folder: Path) -> None:
        for number in range(5):
            (folder / str(number)).write_bytes(bytes(16 << 20))

    assert "OSError 28" == attempt(lambda: fill(Path("/tmp")), "namespaces", "filesystem")
    assert "done" == attempt(lambda: fill(tmp_path))


def test_the_small_file_system_can_be_smaller() -> None:
    """Where memory is measured it holds next to nothing, because what it holds is memory."""
    small = BoxSettings(locked=True, memory_mb=256, files_mb=1)

    def fill() -> None:
        Path("/tmp/file").write_bytes(bytes(2 << 20))

    assert "OSError 28" == attempt(fill, "namespaces", "filesystem", settings=small)
    assert "done" == attempt(fill, "namespaces", "filesystem")


def test_the_small_file_system_cannot_be_written_elsewhere(tmp_path: Path) -> None:
    """What may be read cannot be changed, and the root takes no new files."""
    (tmp_path / "data").write_text("1")
    readable = BoxSettings(locked=True, readable=[str(tmp_path)])

    def write() -> None:
        (tmp_path / "data").write_text("2")

    assert "OSError 30" == attempt(write, "namespaces", "filesystem", settings=readable)
    assert "OSError 30" == attempt(lambda: Path("/new").write_text("2"), "namespaces", "filesystem", settings=readable)
    assert "1" == (tmp_path / "data").read_text()
    assert "done" == attempt(write)


def test_landlock_opens_only_what_is_listed(tmp_path: Path) -> None:
    """No other file can be read, none can be written."""
    secret = tmp_path / "secret"
    secret.write_text("1")

    assert "PermissionError 13" == attempt(secret.read_text, "landlock")
    assert "PermissionError 13" == attempt(lambda: secret.write_text("2"), "landlock")
    assert "done" == attempt(secret.read_text)
    listed = BoxSettings(locked=True, readable=[str(tmp_path)])
    assert "done" == attempt(secret.read_text, "landlock", settings=listed)
    assert "PermissionError 13" == attempt(lambda: secret.write_text("2"), "landlock", settings=listed)


def test_landlock_keeps_signals_inside() -> None:
    """The judge cannot be signalled or traced."""
    judge = os.getpid()

    def wake() -> None:
        os.kill(judge, signal.SIGCONT)

    def read_memory() -> None:
        open(f"/proc/{judge}/mem", "rb").close()

    assert "PermissionError 1" == attempt(wake, "landlock")
    assert attempt(read_memory, "landlock").startswith("PermissionError")
    assert "done" == attempt(wake)


def test_no_capability_is_left() -> None:
    """In its own namespaces a process is root; without capabilities it cannot even name its own host."""

    def rename() -> None:
        socket.sethostname("mine")

    assert "PermissionError 1" == attempt(rename, "namespaces", "capabilities")
    assert "done" == attempt(rename, "namespaces")


def fork() -> None:
    if os.fork() == 0:
        os._exit(0)


# Without the filter these run on the machine itself, perhaps as root: each has arguments that can do nothing to it.
HOSTILE = {
    "ptrace": lambda: call("ptrace", 0, 0, 0, 0),
    "unshare": lambda: call("unshare", namespaces.CLONE_NEWUSER),
    "setns": lambda: call("setns", 2**32 - 1, 0),
    "kill": lambda: os.kill(os.getppid(), 0),
    "mount": lambda: call("mount", b"none", b"/no such folder", b"none", 0, None),
    "chroot": lambda: os.chroot("/no such folder"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_seccomp_ends_what_no_exercise_asks_for(name: str) -> None:
    """The kernel ends the process, and says with which signal; without the filter it lives."""
    assert f"signal {signal.SIGSYS.value}" == attempt(HOSTILE[name], "seccomp")
    assert "signal" not in attempt(HOSTILE[name])


REFUSED = {
    "fork": fork,
    "exec": lambda: os.execv("/bin/true", ["true"]),
    "socket": lambda: socket.socket().close(),
    "memory file": lambda: os.close(os.memfd_create("x")),
    "death signal": lambda: call("prctl", 1, 0, 0, 0, 0),
    "owner of signals": lambda: __import__("fcntl").fcntl(0, 8, os.getpid()),
    "session of another": lambda: os.getsid(os.getppid()),
    "group of another": lambda: os.getpgid(os.getppid()),
    "affinity of another": lambda: os.sched_getaffinity(os.getppid()),
    "affinity": lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_seccomp_refuses(name: str) -> None:
    """What an honest library may try is refused with an error; without the filter it is done."""
    assert "PermissionError 1" == attempt(REFUSED[name], "seccomp")
    assert "PermissionError" not in attempt(REFUSED[name])


def test_seccomp_hides_the_clocks_of_others() -> None:
    """The CPU time of another process cannot be read: who could would know when the reference runs."""

    def read() -> None:
        time.clock_gettime((~os.getppid() << 3) | 2)

    def own() -> None:
        time.process_time(), time.thread_time(), time.monotonic()

    assert "OSError 22" == attempt(read, "seccomp")
    assert "done" == attempt(read)
    assert "done" == attempt(own, "seccomp")


QUESTIONS: dict[str, Callable[[int], object]] = {
    "group": os.getpgid,
    "session": os.getsid,
    "cores": os.sched_getaffinity,
    "scheduler": os.sched_getscheduler,
    "parameters": os.sched_getparam,
    "interval": lambda pid: os.sched_rr_get_interval(pid),
    "priority": lambda pid: os.getpriority(os.PRIO_PROCESS, pid),
    "limits": lambda pid: resource.prlimit(pid, resource.RLIMIT_CPU),
    "clock": lambda pid: time.clock_gettime((~pid << 3) | 2),
    "handle": lambda pid: os.close(os.pidfd_open(pid)),
    "signal": lambda pid: os.kill(pid, 0),
    "folder": lambda pid: os.listdir(f"/proc/{pid}/task"),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_question_about_another_process_is_answered(name: str) -> None:
    """A box shares the machine's process numbers, and learns of none whether it is in use."""
    judge = os.getpid()

    assert "done" != attempt(lambda: QUESTIONS[name](judge), *walls.LAYERS)
    assert "done" == attempt(lambda: QUESTIONS[name](judge))


def test_seccomp_lets_threads_live() -> None:
    """Threads start, and signals to oneself arrive."""

    def work() -> None:
        import threading

        thread = threading.Thread(target=lambda: None)
        thread.start()
        thread.join()
        signal.signal(signal.SIGUSR1, lambda *_: None)
        os.kill(os.getpid(), signal.SIGUSR1)

    assert "done" == attempt(work, *walls.LAYERS)


def test_the_filter_is_whole() -> None:
    """The filter's jumps end on instructions of its own, and its last one decides."""
    steps = seccomp.program(1)

    assert all(place + 1 + max(yes, no) < len(steps) for place, (_, yes, no, _) in enumerate(steps[:-1]))
    assert (seccomp.RETURN, 0, 0, seccomp.UNKNOWN) == steps[-1]
    assert len(steps) < 4096


def test_nothing_is_missing_here() -> None:
    """This machine has every layer; the class is graded behind all of them."""
    assert {} == walls.missing_layers()


def test_a_missing_layer_is_named_with_its_reason() -> None:
    """Where users may make no namespaces, the layer and what stands on it are missing, and the others stand."""

    def no_more_namespaces() -> None:
        Path("/proc/sys/user/max_user_namespaces").write_text("0")
        missing = walls.missing_layers()
        assert ["namespaces", "filesystem"] == list(missing), missing
        assert "unshare" in missing["namespaces"], missing

    assert "done" == attempt(no_more_namespaces, "namespaces")


INSIDE = """
import ctypes, json, os, sys
import torch

def surroundings():
    return {
        "environment": {name: value for name, value in os.environ.items() if "NUM_THREADS" not in name},
        "started with": open("/proc/self/environ").read().strip(chr(0)),
        "descriptors": sorted(int(name) for name in os.listdir("/proc/self/fd")),
        "user": os.getuid(), "host": os.uname().nodename, "folder": os.getcwd(),
        "death signal": death_signal(),
    }

def death_signal():
    number = ctypes.c_int()
    ctypes.CDLL(None).prctl(2, ctypes.byref(number), 0, 0, 0)
    return number.value

def exists(path):
    return os.path.exists(path)

def spin(seconds):
    import time
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

def hold(megabytes):
    torch.ones(megabytes << 18).sum()

def threads():
    import concurrent.futures as futures
    with futures.ThreadPoolExecutor(4) as pool:
        return sum(pool.map(abs, range(5)))

def matmul():
    return float((torch.ones(300, 300) @ torch.ones(300, 300)).sum())

def autograd():
    model = torch.nn.Sequential(torch.nn.Linear(3, 5), torch.nn.GELU())
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(2, 3)).sum().backward()
    optimizer.step()
    return len(optimizer.state)

def half():
    return float((torch.ones(8, 8, dtype=torch.bfloat16) @ torch.ones(8, 8, dtype=torch.bfloat16)).sum())

def convolution():
    return list(torch.nn.functional.conv2d(torch.ones(1, 3, 32, 32), torch.ones(4, 3, 3, 3)).shape)

def forest():
    import numpy as np
    from sklearn.ensemble import IsolationForest
    x = np.random.default_rng(0).normal(size=(50, 3))
    forests = [IsolationForest(n_estimators=10, random_state=0, n_jobs=jobs) for jobs in (1, 2)]
    return [len(forest.fit_predict(x)) for forest in forests]

def clusters():
    import numpy as np
    from sklearn.cluster import KMeans
    return len(KMeans(3, n_init=1, random_state=0).fit(np.random.default_rng(0).normal(size=(50, 3))).labels_)

def transformer():
    from transformers import GPT2Config, GPT2LMHeadModel
    model = GPT2LMHeadModel(GPT2Config(n_layer=1, n_head=2, n_embd=8, vocab_size=32, n_positions=16))
    model.save_pretrained("model")
    again = GPT2LMHeadModel.from_pretrained("model")
    start = torch.ones(1, 2, dtype=torch.long)
    return list(again.generate(start, max_new_tokens=3, pad_token_id=0, do_sample=False).shape)

def saved():
    torch.save({"x": torch.ones(3)}, "x.pt")
    return float(torch.load("x.pt")["x"].sum())

def lines(path):
    from datasets import load_dataset
    data = load_dataset("json", data_files=path, split="train")
    return data.map(lambda row: {"b": row["a"] + 1})["b"][:]

def figure():
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots()
    axes.set_title("a title needs a font")
    figure.savefig("figure.png")
    return os.path.getsize("figure.png") > 1000

def late():
    import asyncio, decimal, shutil, sqlite3, tempfile, xml.etree.ElementTree
    open("a", "w").close()
    shutil.copy2("a", "b")
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as file:
        return os.path.dirname(folder) == os.path.dirname(file.name) == "/tmp"
"""


class Inside:
    """One locked box, and its module."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.student = Student(session)

    @property
    def box(self) -> Box:
        return self.session.ready()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of data, as a data set."""
    folder = tmp_path_factory.mktemp("data")
    folder.chmod(0o755)
    (folder / "rows.jsonl").write_text("".join(json.dumps({"a": number}) + "\n" for number in range(3)))
    return folder


@pytest.fixture(scope="module")
def inside(engine: Engine, data: Path) -> Iterator[Inside]:
    """A locked box of the real warm process."""
    factory, settings = ForkFactory(engine.link), BoxSettings(locked=True, memory_mb=4096, readable=[str(data)])
    session = Session(lambda: factory.open_box(settings), Module("inside", {"inside.py": INSIDE.encode()}))
    session.allow(60)
    yield Inside(session)
    session.close()


def test_every_layer_stands(inside: Inside) -> None:
    """The box says which layers it stands behind: all."""
    assert dict.fromkeys(walls.LAYERS, True) == inside.box.layers


def test_the_surroundings_are_bare(inside: Inside) -> None:
    """Nothing of the caller's environment, no descriptor but the socket and the output, no name of the machine."""
    found = inside.student.surroundings()

    assert {"HOME", "TMPDIR"} < set(found["environment"])
    assert not {"PATH", "USER", "LD_LIBRARY_PATH", "MPLCONFIGDIR"} & set(found["environment"])
    assert "" == found["started with"]
    assert 0 == sum(number > 4 for number in found["descriptors"])  # 4: the listing itself
    assert (namespaces.INSIDE, "box", "/tmp") == (found["user"], found["host"], found["folder"])
    assert signal.SIGKILL == found["death signal"]


@pytest.mark.parametrize(
    "path",
    [__file__, str(Path(walls.__file__)), str(walls.SUITES), "/etc/shadow", "/proc/1", f"/proc/{os.getpid()}", "/home"],
    ids=["this file", "the walls", "the suites", "passwords", "the first process", "this process", "home"],
)
def test_nothing_else_exists(inside: Inside, path: str) -> None:
    """The repository, other processes and the rest of the machine are not there."""
    assert not inside.student.exists(path)


def test_the_box_can_be_measured_and_held_from_outside(inside: Inside) -> None:
    """CPU time, peak memory, stop and go."""
    box = inside.box
    before, peak = box.cpu_seconds(), box.peak_bytes()
    inside.student.spin(0.05)
    inside.student.hold(100)
    assert before is not None and peak is not None
    assert 0.05 <= (box.cpu_seconds() or 0) - before
    assert (box.peak_bytes() or 0) - peak >= 80 << 20
    box.process.stop()
    while "T" != Path(f"/proc/{box.process.pid}/stat").read_text().rpartition(")")[2].split()[0]:
        pass  # the signal is on its way
    box.process.resume()
    assert 10 == inside.student.threads()


WORKS = {
    "matmul": 300.0**3,
    "autograd": 2,
    "half": 512.0,
    "convolution": [1, 4, 30, 30],
    "forest": [50, 50],
    "clusters": 50,
    "transformer": [1, 5],
    "saved": 3.0,
    "figure": True,
    "late": True,
}


@pytest.mark.parametrize("name", WORKS)
def test_honest_work_goes_on(inside: Inside, name: str) -> None:
    """What the course's exercises do works behind all walls, also with modules that are first imported there."""
    assert WORKS[name] == getattr(inside.student, name)()


def test_data_sets_are_read(inside: Inside, data: Path) -> None:
    """Hugging Face's datasets loads JSON lines from a readable folder."""
    assert [1, 2, 3] == inside.student.lines(str(data / "rows.jsonl"))


@pytest.mark.parametrize("locked", [True, False])
def test_a_box_says_at_which_line_it_is(engine: Engine, locked: bool) -> None:
    """Also when it never answers again; what it says is not taken for its output."""
    source = b"def loop():\n    print('begun', flush=True)\n    n = 0\n    while True:\n        n += 1\n"
    session = Session(
        lambda: ForkFactory(engine.link).open_box(BoxSettings(locked)), Module("here", {"here.py": source})
    )
    session.begin(0.5)
    with pytest.raises(StudentFault) as fault:
        Student(session).loop()

    values = fault.value.finding.values
    assert ("endless_loop", "here.py") == (fault.value.finding.key, values["file"])
    assert values["line"] in ("4", "5")
    assert "begun\n" == session.take_printed()


def test_a_box_reads_the_data_sets_that_its_exercise_names(course: Course) -> None:
    """And no others: neither another exercise's nor what somebody has handed in."""
    for week in course.weeks:
        for exercise in week.exercises:
            settings = Task(week, exercise, {}, locked=True).settings
            assert [str(course.root / "datasets" / name) for name in exercise.data] == settings.readable
    assert ["sentiment_reviews"] == course.week("10").exercise("classifier").data
    assert [] == course.week("05").exercise("attention").data


def test_a_killed_box_says_how_it_ended(engine: Engine) -> None:
    """The judge ends a locked box, and learns how."""
    box = ForkFactory(engine.link).open_box(BoxSettings(locked=True))

    assert signal.SIGKILL == box.kill().signal
    assert not Path(f"/proc/{box.process.pid}").exists()
