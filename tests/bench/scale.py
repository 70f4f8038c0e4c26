"""A class of thousands: what the coordinator costs, whether its memory stays flat, and what more workers would give.

STUDENTS (10,000) are made from the example class by renaming; DISTINCT (600) of them also by a harmless edit, so that
as many are judged and the others are recognised as the same work. WORKERS_CLASS (40) whole submissions that all differ
give the throughput of one and of two workers.
"""

import dataclasses
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from grader.classroom.results import Classroom, on_this_machine
from grader.course.weeks import Course, default_root
from grader.intake import each
from tests.classes import STUDENTS as NAMES
from tests.classes import WEEK, right_answers

STUDENTS = int(os.environ.get("STUDENTS", "10000"))
DISTINCT = int(os.environ.get("DISTINCT", "600"))
WORKERS_CLASS = int(os.environ.get("WORKERS_CLASS", "40"))
IN_COURSE = int(os.environ.get("IN_COURSE", "500"))
PLANNED = (8, 32, 128)
PER_MACHINE = 8
EVERY = 0.2
PAGE_READY = "return document.querySelectorAll('#rows a').length"


@dataclasses.dataclass
class Watched:
    """One run of a command: what its own process took, without those that it started."""

    wall: float
    cpu: float
    sizes: list[tuple[float, int]]
    """Seconds since the start, and resident megabytes."""


def main() -> None:
    """Print the tables."""
    course = Course(default_root())
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_many(course, root / "many")
        out = root / "graded"
        first = watched("grade", "--from", str(root / "many"), "--out", str(out), "--week", "5")
        again = watched("grade", "--from", str(root / "many"), "--out", str(out), "--week", "5")
        show(f"{STUDENTS:,} students, {DISTINCT} edited", first)
        show("the same again: nothing is judged", again)
        coordinator = again.cpu / STUDENTS
        size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) >> 20
        page = (out / "report.html").stat().st_size / 1e6
        shown = page_seconds(out / "report.html")
        print(f"results folder {size} MB, class page {page:.1f} MB, shown in a browser after {shown:.2f} s")
        in_course(root, out)
        one, two = (throughput(course, root / f"workers{hands}", hands) for hands in (1, 2))
        print(f"one worker {60 / one:.1f} whole submissions a minute, two {60 / two:.1f}: {one / two:.2f} times")
        print(
            f"not judging: {coordinator * 1e3:.1f} ms of the command a submission, {coordinator / one:.2%} of the judging"
        )
        forecast(one, alone_seconds(course, root / "workers1"), coordinator)


def write_many(course: Course, folder: Path) -> None:
    """Write the students' folders: hard links to the example's modules, and some edited ones."""
    source = default_root() / "grader/classroom/example_class/submissions"
    weeks = [path / WEEK for path in sorted(source.iterdir()) if (path / WEEK).is_dir()]
    for number in range(STUDENTS):
        target = folder / f"{NAMES[number % len(NAMES)].split()[0].lower()}.{number:05}" / WEEK
        edited = number < DISTINCT
        shutil.copytree(weeks[number % len(weeks)], target, copy_function=shutil.copy if edited else os.link)
        if edited:
            with (target / "attention.py").open("a", encoding="utf-8") as file:
                file.write(f"\n# edited by {number}\n")


def watched(*words: str) -> Watched:
    """Run the grader, and look at its process now and then."""
    begun = time.monotonic()
    command = [sys.executable, "-m", "grader", *words, "--lang", "en"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=default_root())
    sizes, cpu = [], 0.0
    while process.poll() is None:
        try:
            fields = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
            cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            sizes.append((time.monotonic() - begun, int(fields[21]) * resource.getpagesize() >> 20))
        except (OSError, IndexError):
            break
        time.sleep(EVERY)
    assert 0 == process.wait()
    return Watched(time.monotonic() - begun, cpu, sizes)


def show(name: str, run: Watched) -> None:
    """Print a run: how its memory grew is told at quarters of its time."""
    quarters = [
        next(size for when, size in run.sizes if when >= part * run.sizes[-1][0]) for part in (0.25, 0.5, 0.75, 1)
    ]
    grown = ", ".join(map(str, quarters))
    print(
        f"{name:40} {run.wall:8.1f} s, coordinator {run.cpu:.1f} s of CPU, {grown} MB at the quarters, {max(size for _, size in run.sizes)} at most"
    )


def page_seconds(page: Path) -> float:
    """Return the seconds from asking for the class page to its rows on the screen."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless", "--no-sandbox", "--disable-gpu"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        driver.get("about:blank")
        begun = time.perf_counter()
        driver.get(page.as_uri())
        while not driver.execute_script(PAGE_READY):
            time.sleep(0.01)
        return time.perf_counter() - begun
    finally:
        driver.quit()


def in_course(root: Path, out: Path) -> None:
    """Print what nbgrader's gradebook costs for a part of the class that is judged already."""
    course = root / "course"
    subprocess.run(
        [sys.executable, "-m", "grader", "nbgrader", "--course", str(course), "--week", "5"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    part = root / "part"
    for path in sorted((root / "many").iterdir())[:IN_COURSE]:
        shutil.copytree(path, part / path.name)
    run = watched("grade", "--from", str(part), "--out", str(out), "--week", "5", "--course", str(course))
    print(
        f"gradebook, marked notebooks and feedback {run.wall / IN_COURSE * 1e3:.0f} ms a student ({IN_COURSE} in one pass, {run.wall:.1f} s)"
    )


def throughput(course: Course, folder: Path, hands: int) -> float:
    """Return the wall seconds a whole submission of the week, all of them different."""
    exercises = course.week(WEEK).exercises
    for number in range(WORKERS_CLASS):
        target = folder / "submissions" / f"s{number:03}" / WEEK
        target.mkdir(parents=True)
        for exercise in exercises:
            answers = right_answers(course, exercise.name)
            text = f"# {hands} {number}\n{answers[number % len(answers)]}"
            (target / f"{exercise.name}.py").write_text(text, encoding="utf-8")
    room = Classroom(course, course.select("5", None), folder / "graded", True, "cpu")
    for submission in each(folder / "submissions", course, "5", None):
        room.admit(submission)
    begun = time.perf_counter()
    room.judge(on_this_machine(hands))
    return (time.perf_counter() - begun) / WORKERS_CLASS


def alone_seconds(course: Course, folder: Path) -> float:
    """Return the seconds a submission for which a machine's only clock is taken: its speed tests."""
    results = [json.loads(path.read_bytes()) for path in (folder / "graded/.results").rglob("*.json")]
    timed = [test["seconds"] for result in results for test in result["tests"] if "speed" in test["fixtures"]]
    return sum(timed) / WORKERS_CLASS


def forecast(one: float, alone: float, coordinator: float) -> None:
    """Print what more workers would give: the slowest of judging, the clocks of the machines, and the coordinator."""
    print(
        f"a submission takes a worker {one:.2f} s, a machine's clock {alone:.2f} s, the coordinator {coordinator * 1e3:.1f} ms"
    )
    for workers in PLANNED:
        limits = {
            "judging": one / workers,
            "clocks": alone / max(1, workers // PER_MACHINE),
            "coordinator": coordinator,
        }
        slowest = max(limits, key=lambda name: limits[name])
        print(
            f"{workers:4} workers on machines of {PER_MACHINE}: {60 / limits[slowest]:8.0f} a minute, limited by {slowest}"
        )
