"""A class of notebooks of one exercise: stock `nbgrader autograde` against ours, on the same hidden tests, in one run."""

import ast
import contextlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from grader.course.inventory import tests_in
from grader.course.weeks import Course, default_root
from tests.classes import WEEK, right_answers

COUNT = int(os.environ.get("COUNT", "40"))
EXERCISE = "attention"
BEFORE = """
import sys, torch
from types import SimpleNamespace
from grader.course.weeks import Course, default_root
from grader.judge.answer_key import AnswerKey
from grader.answers.randomness import Rng
student = SimpleNamespace(**globals())
reference = AnswerKey(*Course(default_root()).select({week!r}, {exercise!r})[0]).reference
fixtures = {{"student": student, "reference": reference, "device": torch.device("cpu")}}
"""


def main() -> None:
    """Print the wall time of both for a class, and whether the scores agree."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        stock, ours = home / "stock", home / "ours"
        answers = right_answers(Course(default_root()), EXERCISE)
        texts = {f"student{number:02}": f"# {number}\n{answers[number % len(answers)]}" for number in range(COUNT)}
        make_stock(stock, texts)
        make_ours(ours, home / "weeks", texts)
        taken = {}
        for name, course in (("ours", ours), ("stock", stock)):
            begun = time.monotonic()
            run(course, "-m", "nbgrader", "autograde", WEEK)
            taken[name] = time.monotonic() - begun
        begun = time.monotonic()
        run(ours, "-m", "nbgrader", "autograde", "--force", WEEK)
        taken["itself"] = time.monotonic() - begun
        same = scores(stock) == scores(ours)
        for name, seconds in taken.items():
            print(f"{name:6} {COUNT} notebooks  {seconds:8.1f} s  {seconds / COUNT:6.2f} s each")
        print("itself is nbgrader's own work: ours again, with nothing left to judge")
        print(
            f"ratio  {taken['stock'] / taken['ours']:.1f}, {taken['stock'] / taken['itself']:.1f} with a judge that "
            f"takes no time   equal scores: {same}   {sorted(set(scores(ours).values()))}"
        )


def make_stock(course: Path, texts: dict[str, str]) -> None:
    """A course of nbgrader's own kind: every hidden test is a locked cell that a kernel runs."""
    suite = default_root() / "grader" / "suites" / WEEK / f"test_{EXERCISE}.py"
    cells = [cell("answer", "pass", solution=True)]
    cells.append(cell("suite", suite.read_text(encoding="utf-8") + BEFORE.format(week=WEEK, exercise=EXERCISE)))
    for number, test in enumerate(tests_in(suite)):
        points = next(
            ast.literal_eval(one.args[0]) for one in test.decorator_list if isinstance(one, ast.Call) and one.args
        )
        wanted = [item.arg for item in test.args.args]
        line = f'fixtures["rng"] = Rng({number}, torch.device("cpu"))\n{test.name}(**{{name: fixtures[name] for name in {wanted}}})'
        cells.append(cell(test.name, line, points=points))
    write(course / "source" / WEEK / f"{WEEK}.ipynb", cells)
    (course / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "stock"\nc.ClearSolutions.enabled = False\n'
    )
    run(course, "-m", "nbgrader", "generate_assignment", WEEK)
    hand_in(course, texts, "answer")


def make_ours(course: Path, weeks: Path, texts: dict[str, str]) -> None:
    """A course directory of ours with a week that has only this exercise."""
    root = default_root()
    for room in (f"exercises/{WEEK}", f"solutions/{WEEK}", f"grader/suites/{WEEK}", f"grader/misconceptions/{WEEK}"):
        shutil.copytree(root / room, weeks / room)
    toml = weeks / "exercises" / WEEK / "week.toml"
    head, *tables = re.split(r"(?m)^(?=\[\[exercise\]\])", toml.read_text(encoding="utf-8"))
    kept = [table for table in tables if f'name = "{EXERCISE}"' in table]
    toml.write_text(re.sub(r"(?ms)^reasoning = \[.*?^\]\n", "", head) + "".join(kept), encoding="utf-8")
    handout = weeks / "exercises" / WEEK / "README.md"
    text = "# One exercise\n\n## It\n\n<!-- include: attention.py causal_mask -->\n<!-- /include -->\n"
    handout.write_text(text, encoding="utf-8")
    (weeks / "exercises" / WEEK / "README.zh-CN.md").unlink()
    for path in (weeks / "solutions" / WEEK).glob("*.py"):
        if path.stem != EXERCISE:
            path.unlink()
    course.mkdir(parents=True)
    line = f"grader.gradebook.configure(c, __file__, pathlib.Path({str(weeks)!r}))"
    (course / "nbgrader_config.py").write_text(f"import pathlib\nimport grader.gradebook\nc = get_config()\n{line}\n")
    run(course, "-P", "-m", "grader", "nbgrader", "--root", str(weeks), "--lang", "en", "--course", str(course))
    hand_in(course, texts, f"{EXERCISE}-causal_mask")


def cell(name: str, source: str, solution: bool = False, points: float | None = None) -> dict[str, Any]:
    meta = {"grade": points is not None, "grade_id": name, "locked": not solution, "schema_version": 3}
    meta |= {"solution": solution, "task": False} | ({} if points is None else {"points": points})
    extra = {"outputs": [], "execution_count": None, "metadata": {"nbgrader": meta}}
    return {"cell_type": "code", "id": name[:64], "source": source, **extra}


def write(path: Path, cells: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.write_text(
        json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )


def hand_in(course: Path, texts: dict[str, str], name: str) -> None:
    """Write every student's notebook: the released one, with the whole module in one cell."""
    released = json.loads((course / "release" / WEEK / f"{WEEK}.ipynb").read_bytes())
    for student, text in texts.items():
        next(one for one in released["cells"] if one["id"] == name)["source"] = text
        write(course / "submitted" / student / WEEK / f"{WEEK}.ipynb", released["cells"])


def run(course: Path, *words: str) -> None:
    env = {**os.environ, "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run([sys.executable, *words], cwd=course, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def scores(course: Path) -> dict[str, float]:
    """Every student's automatic score."""
    query = "select s.student_id, sum(g.auto_score) from grade g join submitted_notebook n on g.notebook_id = n.id "
    query += "join submitted_assignment s on n.assignment_id = s.id group by s.student_id"
    with contextlib.closing(sqlite3.connect(course / "gradebook.db")) as db:
        return dict(db.execute(query))
