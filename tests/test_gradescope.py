"""The Gradescope archive, run in a folder tree laid out as theirs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.box.link import BoxNotMade
from grader.cli import main
from grader.course.weeks import Course


@pytest.fixture(scope="module")
def autograder(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Their tree: source/ unpacked from our archive, with this environment in the place of the one that setup.sh makes."""
    root = tmp_path_factory.mktemp("autograder")
    command = [sys.executable, "-m", "grader", "gradescope", "--week", "5", "--out", str(root / "autograder.zip")]
    subprocess.run(command, cwd=course.root, check=True, capture_output=True)
    with zipfile.ZipFile(root / "autograder.zip") as archive:
        names = archive.namelist()
        for name in names:  # our own archive, just made
            target = root / "source" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(archive.read(name))
    (root / "source" / ".venv").symlink_to(Path(sys.prefix))
    for name in ("submission", "results"):
        (root / name).mkdir()
    assert "setup.sh" in names and "run_autograder" in names
    return root


def run(root: Path, files: dict[str, str]) -> dict[str, object]:
    """Run their script on a submission and return results.json."""
    for path in (root / "submission").iterdir():
        path.unlink()
    for name, text in files.items():
        (root / "submission" / name).write_text(text, encoding="utf-8")
    environment = {**os.environ, "AUTOGRADER_ROOT": str(root), "PYTHONPATH": str(root / "source")}
    done = subprocess.run(
        ["bash", str(root / "source/run_autograder")], env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads((root / "results/results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_a_submission_gets_gradescopes_results(autograder: Path, course: Course) -> None:
    """A right file among four exercises gets its points; the others say that they are missing."""
    source = (course.week("5").solutions / "attention.py").read_text(encoding="utf-8")

    results = run(autograder, {"attention.py": source})

    assert (32, 100) == (results["score"], results["max_score"])
    tests = results["tests"]
    assert isinstance(tests, list)
    assert {"passed", "failed"} == {test["status"] for test in tests}


def test_an_empty_submission_gets_results_too(autograder: Path) -> None:
    """Nothing handed in is a result with a reason, not a crash."""
    results = run(autograder, {})

    assert 0 == results["score"]
    assert results["output"]


def test_whatever_happens_there_are_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No submission is the user's to mend, exit code 2; a failure of ours is said, with exit code 3."""
    out = tmp_path / "results.json"
    words = ["one", "--from", str(tmp_path / "none"), "--out", str(out), "--trust-submissions", "--lang", "en"]
    assert 2 == main(words)
    assert "there is no such" in json.loads(out.read_text(encoding="utf-8"))["output"]

    def fail(*args: object) -> None:
        raise BoxNotMade("the warm process is gone")

    (tmp_path / "none").mkdir()
    os.mkfifo(tmp_path / "none/pipe")
    monkeypatch.setattr("grader.classroom.gradescope.Classroom", fail)
    assert 3 == main(words)
    assert "grader itself failed" in json.loads(out.read_text(encoding="utf-8"))["output"]
