"""The Gradescope archive, run in a folder tree laid out as theirs."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from grader.box.link import BoxNotMade
from grader.classroom import gradescope
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


def test_a_disk_that_is_full_leaves_the_old_archive(course: Course, tmp_path: Path) -> None:
    """An archive is there as a whole or as it was, and the error names it."""
    out = tmp_path / "autograder.zip"
    out.write_bytes(b"old")
    code = "import resource, runpy; resource.setrlimit(resource.RLIMIT_FSIZE, (9999, 9999)); runpy.run_module('grader', run_name='__main__')"

    done = subprocess.run(
        [sys.executable, "-c", code, "gradescope", "--week", "5", "--lang", "en", "--out", str(out)],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (2, b"old", [out]) == (done.returncode, out.read_bytes(), list(tmp_path.iterdir()))
    assert str(out) in done.stderr


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


PYTHONS = {
    "old, with a newer one to install": ("3.10", "3.11", "setup PYTHON=python3.11"),
    "new": ("3.12", "", "setup PYTHON=python3"),
    "old, and none to install": ("3.9", "", None),
}


@pytest.mark.parametrize("image", PYTHONS)
def test_an_image_with_an_old_python_gets_a_newer_one(tmp_path: Path, image: str) -> None:
    """The set-up makes the environment with a Python that is new enough, or fails while the image is built."""
    version, newer, made = PYTHONS[image]
    programs = tmp_path / "bin"
    programs.mkdir()

    def program(name: str, text: str) -> str:
        (programs / name).write_text(f"#!/bin/bash\n{text}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
        return text

    python = "exit $(( {} ))"  # what it is asked: whether it is too old, or lacks venv
    program("python3", python.format(int(version != "3.12")))
    program("make", f'echo "$@" >>{tmp_path}/made')
    new = f"printf '#!/bin/bash\\nexit 0\\n' >{programs}/python3.11; chmod +x {programs}/python3.11"
    program("apt-get", f'case "$*" in *python3.11*) {new if newer else "exit 100"};; esac')
    (tmp_path / "source").mkdir()

    environment = {"PATH": f"{programs}:/usr/bin:/bin", "AUTOGRADER_ROOT": str(tmp_path)}
    done = subprocess.run(
        ["bash", "-c", gradescope.SETUP], env=environment, capture_output=True, text=True, check=False
    )

    assert (0 == done.returncode) == (made is not None), done.stderr
    assert (
        [made] * bool(made) == (tmp_path / "made").read_text().splitlines()
        if made
        else not (tmp_path / "made").exists()
    )
