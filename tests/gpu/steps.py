"""The steps of the report: each looks at one thing on the device and says what it saw."""

import collections
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
import torch

from grader.answers.compare import tolerance
from grader.course.weeks import Course
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.outcomes import Verdict
from tests import test_timing, tiny

CHEATS = sorted((Path(__file__).parent / "cheats").glob("*.py"))
DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
SHARE_OF_TIME = 0.4
"""Verify may take this part of what is left: it has the most to see, and no end of it."""
SUBMISSIONS = 4


class Seen(msgspec.Struct):
    """What a step saw: as it should be (True), not so (False), or not looked at (None)."""

    good: bool | None
    summary: str
    facts: dict[str, Any] = {}


class Run(msgspec.Struct):
    """What the steps share."""

    root: Path
    device: str
    until: float
    verdicts: int

    def grader(self, *words: object, seconds: float | None = None) -> tuple[int, str]:
        """Run the grader's command line; return its exit code and what it printed, also when its time was up."""
        command = [sys.executable, "-m", "grader", *map(str, words)]
        left = max(1.0, min(seconds or float("inf"), self.until - time.monotonic()))
        try:
            done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, timeout=left, check=False)
        except subprocess.TimeoutExpired:
            return -1, ""
        return done.returncode, done.stdout or done.stderr


def device(run: Run) -> Seen:
    """Which device, driver and libraries these are."""
    facts: dict[str, Any] = {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "kernel": platform.release(),
        "cores": os.cpu_count(),
        "cuda": torch.version.cuda,
        "capability": None,
    }
    name = platform.processor() or platform.machine()
    if run.device == "cuda":
        properties = torch.cuda.get_device_properties(0)
        name = properties.name
        facts |= {
            "capability": f"{properties.major}.{properties.minor}",
            "memory_gib": round(properties.total_memory / 2**30, 1),
            "driver": _driver(),
        }
    with Engine() as engine:
        problem = engine.device_problem(run.device)
    return Seen(not problem, f"{name}, torch {torch.__version__}{f': {problem}' if problem else ''}", facts)


def _driver() -> str:
    try:
        return Path("/proc/driver/nvidia/version").read_text().splitlines()[0].strip()
    except OSError as error:
        return str(error)


def solutions(run: Run) -> Seen:
    """Whether every solution passes every test on the device."""
    code, text = run.grader("check", "--from", "solutions", "--device", run.device, "--json")
    tests = [(test["extra_data"]["exercise"], test) for test in json.loads(text or "{}").get("tests", [])]
    verdicts = collections.Counter(test["extra_data"]["verdict"] for _, test in tests)
    wrong = {
        f"{exercise}: {test['name']}": test.get("output", "")[:2000]
        for exercise, test in tests
        if test["extra_data"]["verdict"] not in ("PASSED", "UNMEASURED")
    }
    good = code == 0 and bool(tests)
    return Seen(good, f"{verdicts.get('PASSED', 0)} of {len(tests)} tests pass", {"verdicts": verdicts, "wrong": wrong})


def walls(run: Run) -> Seen:
    """Whether the device can be used behind the walls, which layer keeps from it, and what was asked of the kernel."""
    command = [sys.executable, "-m", "tests.gpu.calls", run.device]
    done = subprocess.run(command, cwd=run.root, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    whole = found["layers"].pop("all layers")
    facts = {"without one layer": found["layers"], "refused system calls": found["refused"]}
    return Seen(whole == "done", f"behind all walls: {whole}", facts)


def cheats(run: Run) -> Seen:
    """Whether tricks with the clock and the device earn anything; an honest answer must."""
    sources = {path.stem: path.read_text(encoding="utf-8") for path in CHEATS}
    earned = _speed_verdicts(run, {"honest": "", **sources})
    paid = [name for name, verdict in earned.items() if name != "honest" and verdict == Verdict.PASSED.value]
    good = earned["honest"] == Verdict.PASSED.value and not paid
    return Seen(good, f"{len(paid)} of {len(sources)} tricks pay; the honest answer: {earned['honest']}", dict(earned))


def _speed_verdicts(run: Run, codes: dict[str, str]) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as folder, Engine() as engine:
        course = tiny.build(Path(folder), suite=test_timing.SUITE, solution=tiny.SOLUTION + test_timing.REFERENCE)
        week = course.week("1")
        tasks = [
            Task(
                week,
                week.exercises[0],
                {"tiny.py": tiny.answers("") + f"\n{test_timing.REFERENCE}\n{code}\n".encode()},
                run.device,
                tests=["test_speed"],
            )
            for code in codes.values()
        ]
        results = judge_all(engine, tasks, 1)
    return {name: result.broken or result.tests[0].verdict.value for name, result in zip(codes, results, strict=True)}


def verdicts(run: Run) -> Seen:
    """How often a speed verdict is wrong: the reference against itself, and an answer that takes twice the limit."""
    slow = "\n\ndef work(x, _r=work):\n    return [_r(x) for _ in range(4)][0]\n"
    found = {}
    for name, code in (("the reference itself", ""), ("twice the limit", slow)):
        codes = {str(number): code for number in range(run.verdicts)}
        found[name] = dict(collections.Counter(_speed_verdicts(run, codes).values()))
    good = found == {"the reference itself": {"PASSED": run.verdicts}, "twice the limit": {"FAILED": run.verdicts}}
    return Seen(good, "; ".join(f"{name}: {count}" for name, count in found.items()), found)


def suites(run: Run) -> Seen:
    """Whether suites are sound on the device: stubs fail, right answers pass, mistakes are named, limits have room."""
    course = Course(run.root)
    until = time.monotonic() + SHARE_OF_TIME * (run.until - time.monotonic())
    found: dict[str, Any] = {}
    by_turns = sorted(
        ((place, week, exercise) for week in course.weeks for place, exercise in enumerate(week.exercises)),
        key=lambda one: one[0],
    )
    for _, week, exercise in by_turns:
        left = until - time.monotonic()
        if left < 5:
            break
        words = ("--week", week.number, "--exercise", exercise.name, "--device", run.device, "--json")
        code, text = run.grader("verify", *words, seconds=left)
        if code >= 0:
            found[f"{week.name}/{exercise.name}"] = {"sound": code == 0, "said": text[-3000:] if code else ""}
    sound = sum(one["sound"] for one in found.values())
    count = sum(len(week.exercises) for week in course.weeks)
    return Seen(
        sound == len(found) if found else None, f"{sound} of {len(found)} exercises sound ({count} in all)", found
    )


def precision(run: Run) -> Seen:
    """How far two right ways to the same answer lie apart on the device, as a part of what the tolerances allow."""
    generator = torch.Generator().manual_seed(0)
    found: dict[str, float] = {}
    for dtype in DTYPES:
        rtol, atol = tolerance(dtype, torch.device(run.device))
        for size in (7, 61, 257):
            x = torch.rand(3, size, size, generator=generator, dtype=torch.float64).to(
                run.device, dtype
            )  # no cancelling
            one, other = (way(x).double() for way in (_at_once, _by_parts))
            share = ((one - other).abs() / (atol + rtol * one.abs())).max().item()
            name = str(dtype).removeprefix("torch.")
            found[name] = max(found.get(name, 0.0), round(share, 3))
    return Seen(all(share <= 1 for share in found.values()), f"differences as parts of the tolerance: {found}", found)


def _at_once(x: torch.Tensor) -> torch.Tensor:
    return x @ x.mT / x.shape[-1]


def _by_parts(x: torch.Tensor) -> torch.Tensor:
    """The same product, summed part by part in another order."""
    parts = [part.float() @ part.float().mT if x.dtype.itemsize < 4 else part @ part.mT for part in x.split(5, dim=-1)]
    return (sum(reversed(parts), torch.zeros((), device=x.device)) / x.shape[-1]).to(x.dtype)


def memory(run: Run) -> Seen:
    """Whether the device's memory comes back after every submission."""
    if run.device != "cuda":
        return Seen(None, "a CPU has no memory of its own")
    taken = []
    hoard = "\n\n_kept = []\n_r = work\n\ndef work(x):\n    _kept.append(torch.empty(1 << 28, device=x.device))\n    return _r(x)\n"
    for _ in range(SUBMISSIONS):
        _speed_verdicts(run, {"hoard": hoard})
        free, whole = torch.cuda.mem_get_info()
        taken.append((whole - free) >> 20)
    return Seen(max(taken) - min(taken) < 64, f"MiB taken after each submission: {taken}", {"mib": taken})


def classroom(run: Run) -> Seen:
    """Whether a class gets the same grades on the device as on the CPU."""
    scores = {}
    for name in dict.fromkeys(("cpu", run.device)):
        with tempfile.TemporaryDirectory() as out:
            code, text = run.grader("grade", "--out", out, "--device", name, "--json")
        if code not in (0, 3):
            return Seen(None if code < 0 else False, f"grade on {name} ended with {code}: {text[:500]}")
        scores[name] = {row["student"]: row["score"] for row in json.loads(text)}
    differ = {who: (score, scores[run.device].get(who)) for who, score in scores["cpu"].items()}
    differ = {who: pair for who, pair in differ.items() if pair[0] != pair[1]}
    return Seen(not differ, f"{len(scores['cpu']) - len(differ)} of {len(scores['cpu'])} students score alike", differ)
