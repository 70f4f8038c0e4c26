"""`make gpu`, as far as a machine without a GPU can tell: its steps with the CPU in the device's place, and its report."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from grader.course.weeks import default_root
from tests.gpu import __main__ as command
from tests.gpu import calls, page, steps

ROOT = default_root()


@pytest.fixture
def run() -> steps.Run:
    return steps.Run(ROOT, "cpu", time.monotonic() + 240, verdicts=2)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_without_a_gpu_it_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """One sentence, exit code 2, and no report."""
    assert 2 == command.main(["--out", "/nowhere"])

    said = capsys.readouterr().err
    assert "needs a GPU that PyTorch can use" in said and 1 == len(said.splitlines())


def test_the_report_is_written_step_by_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that fails is told, the next one runs, and a run that is cut off has reported what it saw."""

    def fails(run: steps.Run) -> steps.Seen:
        assert json.loads((tmp_path / "report.json").read_bytes())["steps"]["device"]["good"]
        raise OSError("the device is gone")

    monkeypatch.setitem(command.STEPS, "solutions", fails)

    code = command.main(["--device", "cpu", "--out", str(tmp_path), "--only", "device", "solutions", "precision"])

    found = json.loads((tmp_path / "report.json").read_bytes())["steps"]
    assert (1, [True, False, True]) == (code, [step["good"] for step in found.values()])
    assert "OSError: the device is gone" == found["solutions"]["summary"]
    assert "the device is gone" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_run_whose_time_is_up_skips_what_is_left(run: steps.Run) -> None:
    """A step for which no time is left counts as not looked at."""
    run.until = time.monotonic()

    assert None is command.attempt(steps.device, run).good


@pytest.mark.alone
def test_no_trick_pays_and_verdicts_are_right(run: steps.Run) -> None:
    """Ten tricks get no points for speed, an honest answer does; so do the verdicts on the reference and on a slow answer."""
    assert 10 == len(steps.CHEATS)
    for step in (steps.cheats, steps.verdicts):
        seen = step(run)
        assert seen.good, seen


def test_the_walls_are_told_layer_by_layer(run: steps.Run) -> None:
    """Work on a CPU is possible behind all layers and behind all but one."""
    seen = steps.walls(run)

    assert seen.good, seen
    assert {"done"} == set(seen.facts["without one layer"].values())


def test_refused_system_calls_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that the filter refuses, or does not know, is reported by name with how often it was made."""
    monkeypatch.setattr(calls, "use", lambda device: ask_for_more())

    found = calls.refused("cpu")
    assert {"bpf": 2, "number 9999": 1}.items() <= found.items(), found


def ask_for_more() -> None:
    libc = calls.ctypes.CDLL(None)
    number = next(number for number, name in calls.NAMES.items() if name == "bpf")
    for each in (number, number, 9999):
        libc.syscall(calls.ctypes.c_long(each), 0, 0, 0)


def test_suites_are_looked_at_one_by_one(run: steps.Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exercises are proven one after the other until the step's time is up; an unsound one says why."""
    asked = []

    def answer(self: steps.Run, *words: str, seconds: float) -> tuple[int, str]:
        asked.append(words[4])
        return (1, "a limit leaves too little room") if len(asked) == 2 else (-1, "") if len(asked) > 3 else (0, "{}")

    monkeypatch.setattr(steps.Run, "grader", answer)

    seen = steps.suites(run)
    assert not seen.good and 3 == len(seen.facts)
    assert {"sound": False, "said": "a limit leaves too little room"} in seen.facts.values()


def test_the_documented_table_is_that_of_the_newest_report() -> None:
    """docs/gpu.md says what the newest committed report says; python -m tests.gpu.page writes it."""
    for path, text in page.written(ROOT).items():
        assert text == path.read_text(encoding="utf-8"), path.name


def test_the_table_says_what_was_never_seen() -> None:
    """What a report lacks, or could not look at, was never seen; what it saw stands with device and date."""
    steps_ = {
        "device": {"good": True, "summary": "Card, torch 2.13", "seconds": 1, "facts": {}},
        "memory": {"good": None, "summary": "no time was left", "seconds": 0, "facts": {}},
    }
    lines = page.table({"when": "2026-12-01", "steps": steps_}, "en").splitlines()

    assert "| the device | ✓ Card, torch 2.13 (Card, torch 2.13, 2026-12-01) |" in lines
    assert len(page.WHAT) - 1 == sum("never seen on a GPU" in line for line in lines)


def test_the_command_runs_as_a_module() -> None:
    """`python -m tests.gpu --help` lists the steps."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.gpu", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert all(name in done.stdout for name in command.STEPS)
