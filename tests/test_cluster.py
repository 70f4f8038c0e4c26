"""A class graded by a Dask cluster: the grades of a local run, whoever dies, hangs, comes late or refuses meanwhile."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from distributed.security import Security

from grader.classroom.cluster import COURSE, Differs, checked
from grader.classroom.course_key import course_key
from grader.course.weeks import default_root
from grader.judge.protocol import Task, encode
from tests import tiny
from tests.test_classroom import command, family, is_ours, kill

RIGHT, WRONG = 6, 2
SCORES = (
    {f"right{i}": 20.0 for i in range(RIGHT)} | {f"wrong{i}": 5.0 for i in range(WRONG)} | {"fatal": 5.0, "odd": 0.0}
)
ENDINGS = {"wrong": "def double(x): return x * x", "fatal": "import os\ndef double(x): os._exit(0)"}
SLOW = "import time\ntime.sleep(0.2)\n"
"""A run then lasts long enough for something to happen to it; nothing waits for this, and nothing measures it."""
QUICK_TO_NOTICE = {
    "DASK_DISTRIBUTED__SCHEDULER__WORKER_TTL": "15s",  # a busy machine needs some to make a judge, and is silent meanwhile
    "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
    "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "20",
}
NO_PAGES = ("--no-dashboard", "--dashboard-address", "127.0.0.1:0")
"""Without a dashboard there still is a server, on all addresses and often the same port unless told otherwise."""
PATIENCE = 200
"""Seconds until a hang is one: seven interpreters begin in one test, each of which imports torch."""
pytestmark = pytest.mark.timeout(3 * PATIENCE)


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    """A tiny course and a class whose submissions all differ."""
    tiny.build(tmp_path / "course")
    for student in SCORES:
        ending = ENDINGS.get(student.rstrip("0123456789"), "")
        source = b"def double(x:\n" if student == "odd" else tiny.answers(f"{SLOW}{ending}\n# {student}")
        target = tmp_path / "submissions" / student / "week01_tiny" / "tiny.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(source)
    return tmp_path


class Dask:
    """A scheduler, and workers without nannies, so that what is killed stays dead."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = {**os.environ, "PYTHONFAULTHANDLER": "1", **QUICK_TO_NOTICE, **environment}
        self.started: list[subprocess.Popen[bytes]] = []
        self.file = folder / "scheduler.json"
        self.scheduler = self.schedule()

    def schedule(self) -> subprocess.Popen[bytes]:
        protocol = "tls" if any("TLS" in name for name in self.environment) else "tcp"
        self.file.unlink(missing_ok=True)
        where = ["--protocol", protocol, "--host", "127.0.0.1", "--port", "0", *NO_PAGES]
        return self.start("dask", "scheduler", *where, "--scheduler-file", str(self.file))

    def worker(self, *prefix: str, **environment: str) -> subprocess.Popen[bytes]:
        words = ["--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", *NO_PAGES]
        return self.start("dask", "worker", "--scheduler-file", str(self.file), *words, prefix=prefix, **environment)

    def start(self, *words: str, prefix: tuple[str, ...] = (), **environment: str) -> subprocess.Popen[bytes]:
        with (self.folder / "dask.log").open("ab") as log:
            process = subprocess.Popen(
                [*prefix, sys.executable, "-P", "-m", *words],
                env={**self.environment, **environment},
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        self.started.append(process)
        return process

    def grade(self, folder: Path) -> subprocess.Popen[str]:
        """Start grading the class on this cluster."""
        words = command(folder, "--json", "--cluster", str(self.file))
        return subprocess.Popen(
            words, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def close(self) -> None:
        for process in self.started:
            for pid in [process.pid, *family(process.pid)]:
                kill(pid)
            process.wait()


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Wait for a run; one that hangs says where."""
    try:
        return process.communicate(timeout=2 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        out, error = process.communicate()
        raise AssertionError(error) from None


def scores(process: subprocess.Popen[str]) -> tuple[dict[str, float], str]:
    """Wait for a run and return the scores by student, and what it said."""
    out, error = finish(process)
    assert 0 == process.returncode, error
    return {row["student"]: row["score"] for row in json.loads(out)}, error


def complaint(process: subprocess.Popen[str]) -> str:
    """Wait for a run that ends with a usage error, and return what it said."""
    error = finish(process)[1]
    assert 2 == process.returncode and "Traceback" not in error, error
    return error


def stored(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in (folder / "graded/.results").rglob("*.json")}


def until(true: Callable[[], object]) -> None:
    """Wait for something to become true."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def answers(folder: Path) -> dict[str, str]:
    """What every student is given to read by machines."""
    return {path.parent.name: path.read_text(encoding="utf-8") for path in folder.glob("*/results.json")}


def test_whoever_dies_hangs_refuses_or_comes_late_the_grades_are_those_of_a_local_run(class_folder: Path) -> None:
    """Over TLS, with keys from Dask's own settings. Two workers refuse, two judge; one is killed, one hangs; one is late."""
    tiny.build(class_folder / "other", suite=tiny.SUITE.replace("@points(10)", "@points(11)"))
    bare = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"'
    dask = Dask(class_folder, **tls_settings(class_folder))
    try:
        process = dask.grade(class_folder)
        dask.worker(**{COURSE: str(class_folder / "other")})
        dask.worker("unshare", "--user", "--map-root-user", "sh", "-c", bare, "sh")
        victims = [dask.worker(), dask.worker()]
        until(lambda: stored(class_folder))
        random.Random().shuffle(victims)
        victims[0].send_signal(signal.SIGSTOP)
        kill(victims[1].pid)
        dask.worker()
        found, said = scores(process)
    finally:
        dask.close()

    assert SCORES == found
    assert "its course or its libraries differ" in said and "cannot lock the box (namespaces" in said, said
    by_cluster = answers(class_folder / "graded")
    shutil.rmtree(class_folder / "graded")
    subprocess.run(command(class_folder, "--json"), check=True, capture_output=True)
    assert by_cluster == answers(class_folder / "graded")


def test_the_scheduler_gone_or_nobody_to_judge_loses_nothing(class_folder: Path) -> None:
    """The run ends with a sentence and exit code 2; when the cluster is mended the same command goes on from there."""
    tiny.build(class_folder / "other", solution=tiny.SOLUTION + "\n# newer\n")
    dask = Dask(class_folder)
    try:
        stranger = dask.worker(**{COURSE: str(class_folder / "other")})
        process = dask.grade(class_folder)
        assert "Every worker refused (1)" in complaint(process)

        worker = dask.worker()
        process = dask.grade(class_folder)
        until(lambda: len(stored(class_folder)) >= 2)
        kill(dask.scheduler.pid)
        assert "run the same command" in complaint(process)

        before = stored(class_folder)
        kill(worker.pid)
        kill(stranger.pid)
        dask.scheduler = dask.schedule()
        dask.worker()
        assert SCORES == scores(dask.grade(class_folder))[0]
        assert before.items() <= stored(class_folder).items()
    finally:
        dask.close()


def test_a_run_that_had_to_wait_ends_when_all_who_come_refuse(class_folder: Path) -> None:
    """It says that it waits, once; whoever joins then is heard like anybody else."""
    tiny.build(class_folder / "other", solution=tiny.SOLUTION + "\n# newer\n")
    dask = Dask(class_folder)
    try:
        process = dask.grade(class_folder)
        assert process.stderr is not None
        said = ""
        while "no worker that can judge" not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        dask.worker(**{COURSE: str(class_folder / "other")})
        rest = complaint(process)
    finally:
        dask.close()

    assert "Every worker refused (1)" in rest and "no worker that can judge" not in rest


def test_a_course_that_changes_under_the_only_worker_ends_the_run(class_folder: Path) -> None:
    """The worker refuses from then on, which is said; what it judged before stays."""
    other = class_folder / "other"
    tiny.build(other)
    dask = Dask(class_folder)
    try:
        dask.worker(**{COURSE: str(other)})
        process = dask.grade(class_folder)
        until(lambda: stored(class_folder))
        tiny.build(other, solution=tiny.SOLUTION + "\n# newer\n")
        said = complaint(process)
    finally:
        dask.close()

    assert "Every worker refused (1)" in said and "its course or its libraries differ" in said
    assert stored(class_folder)


def test_a_course_that_cannot_be_read_is_another_one(tmp_path: Path) -> None:
    """A worker whose disk fails refuses; the coordinator would take its OSError for a scheduler that is gone."""
    course = tiny.build(tmp_path)
    week = course.week("1")
    task = Task(week, week.exercises[0], {})
    key = course_key(task)
    (week.solutions / "helper.py").mkdir()

    with pytest.raises(Differs, match="helper.py"):
        checked(encode(task), key)


def test_a_killed_coordinator_takes_its_own_workers_along(class_folder: Path) -> None:
    """CLUSTER=2, killed at a random moment: no process stays, what was judged is kept, the same command does the rest."""
    words = command(class_folder, "--json", "--cluster", "2")
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wanted = random.Random().randrange(1, 5)
    until(lambda: len(stored(class_folder)) >= wanted)
    everybody = family(process.pid)
    kill(process.pid)
    process.wait()
    before = stored(class_folder)
    found, _ = scores(subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))

    assert SCORES == found
    assert 0 < len(before) < len(SCORES) and before.items() <= stored(class_folder).items()
    until(lambda: not [pid for pid in everybody if Path(f"/proc/{pid}").exists()])
    assert [] == [path for path in Path("/proc").glob("[0-9]*/cmdline") if is_ours(path, class_folder)]


@pytest.mark.parametrize("asked", ["0", "-3", "nowhere", "tcp://127.0.0.1:1", "/no/such/scheduler.json", "~/none.json"])
def test_a_cluster_that_is_none_is_a_usage_error(class_folder: Path, asked: str) -> None:
    """Whatever CLUSTER names, a run that finds none ends by itself and says what it looked for: ~ is whose home it is."""
    environment = {**os.environ, "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s", "HOME": str(class_folder)}
    words = command(class_folder, "--cluster", asked)
    done = subprocess.run(words, capture_output=True, text=True, check=False, env=environment, timeout=PATIENCE)

    looked_for = asked.replace("~", str(class_folder))
    assert 2 == done.returncode and looked_for in done.stderr and "Traceback" not in done.stderr


def test_ctrl_c_says_one_sentence(class_folder: Path) -> None:
    """The terminal tells all processes at once; no worker prints a traceback, what was judged is kept."""
    for number in range(40):  # minutes of work: more than is done before a busy machine comes to the signal
        target = class_folder / "submissions" / f"more{number}" / "week01_tiny" / "tiny.py"
        target.parent.mkdir(parents=True)
        target.write_bytes(tiny.answers(f"import time\ntime.sleep(5)\n# more {number}"))
    words = command(class_folder, "--cluster", "2", "--lang", "en")
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    until(lambda: len(stored(class_folder)) >= 2)

    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE)

    assert 130 == process.returncode and "Traceback" not in said, said
    lines = [line for line in said.splitlines() if line and "never proven" not in line]  # the tiny course is not
    assert 2 <= len(stored(class_folder)) and 1 == len(lines), said


def tls_settings(folder: Path) -> dict[str, str]:
    """Keys of an authority of our own, as Dask's settings in the environment."""
    keys = Security.temporary()
    found = {}
    for name in (
        "ca_file",
        *(f"{role}_{kind}" for role in ("scheduler", "worker", "client") for kind in ("cert", "key")),
    ):
        path = folder / f"{name}.pem"
        path.write_text(getattr(keys, f"tls_{name}"), encoding="utf-8")
        place = "CA_FILE" if name == "ca_file" else name.upper().replace("_", "__")
        found[f"DASK_DISTRIBUTED__COMM__TLS__{place}"] = str(path)
    return {**found, "DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION": "true"}


def documented(name: str) -> str:
    """The text of a program in docs/clusters.md."""
    text = (default_root() / "docs/clusters.md").read_text(encoding="utf-8")
    return next(block for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if block.startswith(f"# {name}"))


def test_the_documented_slurm_jobs_start_our_workers(tmp_path: Path) -> None:
    """The job script asks for the partition and the time, and starts one-threaded workers of the course's own Python."""
    names: dict[str, Any] = {"__name__": "documented"}
    exec(compile(documented("slurm.py"), "slurm.py", "exec"), names)
    with names["cluster"](scheduler_options={"dashboard_address": "127.0.0.1:0"}) as cluster:
        script = cluster.job_script()
        address = cluster.scheduler_address

    course = names["COURSE"]
    lines = script.splitlines()
    assert {"#SBATCH -p cpu", "#SBATCH --cpus-per-task=8", "#SBATCH -t 04:00:00"} <= set(lines)
    assert lines.index(f"export LLM_EXERCISES_COURSE={course}") < len(lines) - 1
    assert lines[-1].startswith(f"{course}/.venv/bin/python -m distributed.cli.dask_worker {address} ")
    for word in ("--nthreads 1 ", "--nworkers 8 ", "--nanny ", "--lifetime 3h50m"):
        assert word in f"{lines[-1]} ", word


def test_the_documented_keys_are_found_by_dask(tmp_path: Path) -> None:
    """keys.py writes settings with which a scheduler, a worker and a client prove who they are; only we can read them."""
    run = [sys.executable, "-P", "-c"]
    environment = {**os.environ, "HOME": str(tmp_path), "DASK_CONFIG": str(tmp_path / ".config/dask")}
    subprocess.run([*run, documented("keys.py")], env=environment, check=True)
    show = "from distributed.security import Security as S; s = S(); print(s.require_encryption);"
    show += "[s.get_connection_args(r)['ssl_context'] or exit(1) for r in ('scheduler', 'worker', 'client')]"
    done = subprocess.run([*run, show], env=environment, check=True, capture_output=True, text=True)

    assert "True" == done.stdout.strip()
    assert {0o600} == {path.stat().st_mode & 0o777 for path in tmp_path.rglob("*.pem") if path.name != "ca.pem"}
