"""`check --debug`: judge and student in one process, with a debugger."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.weeks import Course


def test_debug_runs_in_one_process(course: Course, tmp_path: Path) -> None:
    """With --debug the student's code runs in the judge's process: breakpoint() works, prints come straight out."""
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")
    (folder / "attention.py").write_text(f"{source}\nimport os\nprint('student in', os.getpid())\n", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "grader",
        "check",
        "--debug",
        "--week=5",
        "--exercise=attention",
        "--from",
        tmp_path,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=course.root)

    out = process.communicate()[0]

    assert 0 == process.returncode
    assert f"student in {process.pid}" in out


BREAKPOINT = """
_right = scaled_dot_product_attention


def scaled_dot_product_attention(query, key, value, mask=None):
    breakpoint()
    return _right(query, key, value, mask)
"""


@pytest.mark.parametrize(("typed", "code"), [("l\np query.shape\n" + "c\n" * 500, 0), ("q\n", 130)])
def test_the_debugger_stops_shows_and_ends(course: Course, tmp_path: Path, typed: str, code: int) -> None:
    """breakpoint() opens pdb where the student's line can be seen and values asked for; q ends the whole run."""
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")
    (folder / "attention.py").write_text(source + BREAKPOINT, encoding="utf-8")
    words = ["check", "--debug", "--week=5", "--exercise=attention", "--from", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "grader", *words],
        input=typed,
        capture_output=True,
        text=True,
        cwd=course.root,
        check=False,
    )

    assert code == done.returncode, done.stdout[-2000:]
    assert "(Pdb)" in done.stdout
    if not code:
        assert "return _right(query" in done.stdout and "torch.Size(" in done.stdout
