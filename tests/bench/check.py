"""`check` of one exercise on a correct file, against importing torch, and against plain pytest on the same tests."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from grader.course.weeks import default_root
from tests.bench.samples import in_turns, row

ROUNDS = int(os.environ.get("ROUNDS", "9"))
PLAIN = '''
"""The same tests with student and judge in one process, as plain pytest would run them."""

import pytest

from grader.course.weeks import Course, default_root
from grader.judge.answer_key import AnswerKey
from grader.answers.randomness import Rng

import torch

SHELF = AnswerKey(*Course(default_root()).select("05", "attention")[0])


@pytest.fixture
def student():
    return SHELF.reference


@pytest.fixture
def reference():
    return SHELF.reference


@pytest.fixture
def rng():
    return Rng(3, torch.device("cpu"))


@pytest.fixture
def device():
    return torch.device("cpu")


def pytest_configure(config):
    config.addinivalue_line("markers", "points(number): x")
    config.addinivalue_line("markers", "after(name): x")
'''


def main() -> None:
    """Print the wall time of each, taken in turns."""
    root = default_root()
    suites = [root / f"{room}/week05_attention/test_attention.py" for room in ("exercises", "grader/suites")]
    with tempfile.TemporaryDirectory() as folder:
        for number, suite in enumerate(suites):
            (Path(folder) / f"test_{number}.py").write_bytes(suite.read_bytes())
        (Path(folder) / "conftest.py").write_text(PLAIN, encoding="utf-8")

        def run(*words: str) -> None:
            env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
            subprocess.run([sys.executable, *words], cwd=root, check=True, capture_output=True, env=env)

        plain = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", folder, folder)
        check = ("-m", "grader", "check", "--week", "5", "--exercise", "attention", "--from", "solutions")
        runs = {
            "import torch": lambda: run("-c", "import torch"),
            "plain pytest, one process": lambda: run(*plain),
            "check EX=attention": lambda: run(*check),
        }
        taken = in_turns(runs, ROUNDS)
    print(row("import torch", taken["import torch"]))
    print(row("plain pytest, one process", taken["plain pytest, one process"], taken["import torch"]))
    print(row("check EX=attention / import torch", taken["check EX=attention"], taken["import torch"]))
    print(row("check EX=attention / plain pytest", taken["check EX=attention"], taken["plain pytest, one process"]))
