"""Run the steps, the most telling first, and write report.json and report.html after each of them."""

import argparse
import datetime
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import torch

from grader.course.weeks import default_root
from tests.gpu import page, steps

STEPS: dict[str, Callable[[steps.Run], steps.Seen]] = {
    "device": steps.device,
    "solutions": steps.solutions,
    "walls": steps.walls,
    "cheats": steps.cheats,
    "verdicts": steps.verdicts,
    "suites": steps.suites,
    "precision": steps.precision,
    "memory": steps.memory,
    "classroom": steps.classroom,
}
NO_CUDA = "This command needs a GPU that PyTorch can use: torch {version} was built {built}, and sees {count} devices."


def main(argv: list[str] | None = None) -> int:
    """Run the steps that are asked for; 0 when all that was seen is as it should be, 1 when not, 2 without a GPU."""
    parser = argparse.ArgumentParser(prog="python -m tests.gpu", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("gpu-report"), help="folder of the report")
    parser.add_argument("--device", default="cuda", help="cpu stands in for a GPU when the command itself is tried")
    parser.add_argument("--only", nargs="*", choices=STEPS, help="these steps alone")
    parser.add_argument("--seconds", type=float, default=480, help="what the whole may take")
    parser.add_argument("--verdicts", type=int, default=100, help="speed verdicts of each kind")
    args = parser.parse_args(argv)
    if args.device == "cuda" and not torch.cuda.is_available():
        built = f"for CUDA {torch.version.cuda}" if torch.version.cuda else "without CUDA"
        print(NO_CUDA.format(version=torch.__version__, built=built, count=torch.cuda.device_count()), file=sys.stderr)
        return 2
    return report(steps.Run(default_root(), args.device, time.monotonic() + args.seconds, args.verdicts), args)


def report(run: steps.Run, args: argparse.Namespace) -> int:
    """Run the steps and keep the report up to date."""
    found: dict[str, Any] = {"when": datetime.datetime.now(datetime.UTC).date().isoformat(), "steps": {}}
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.only or STEPS:
        begun = time.monotonic()
        print(f"{name:10} …", end="", flush=True)
        seen = attempt(STEPS[name], run)
        found["steps"][name] = {**msgspec.to_builtins(seen), "seconds": round(time.monotonic() - begun, 1)}
        (args.out / "report.json").write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
        (args.out / "report.html").write_text(page.page(found), encoding="utf-8")
        print(f"\r{name:10} {page.SIGNS[seen.good]} {seen.summary}", flush=True)
    print(f"report: {args.out / 'report.json'}")
    return 0 if all(one["good"] is not False for one in found["steps"].values()) else 1


def attempt(step: Callable[[steps.Run], steps.Seen], run: steps.Run) -> steps.Seen:
    """Run one step; a step that fails is reported, and the next one runs."""
    if time.monotonic() > run.until:
        return steps.Seen(None, "no time was left")
    try:
        return step(run)
    except Exception as error:  # noqa: BLE001 - a report with a hole is better than none
        return steps.Seen(False, f"{type(error).__name__}: {error}", {"traceback": traceback.format_exc()})


if __name__ == "__main__":
    sys.exit(main())
