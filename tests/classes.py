"""Classes of submissions for week 05, written into a folder: right in different ways, wrong, and worse."""

import io
import json
import shutil
import tarfile
import zipfile
from pathlib import Path

from grader.course.weeks import Course

WEEK = "week05_attention"
WRONG = [
    "def causal_mask(queries, keys=None, device=None):\n    return torch.ones(queries, keys or queries, device=device).tril()\n",
    "def scaled_dot_product_attention(query, key, value, mask=None, _right=scaled_dot_product_attention):\n"
    "    return _right(query * query.shape[-1] ** 0.5, key, value, mask)\n",
    "def padding_mask(lengths, max_length, _right=padding_mask):\n    return ~_right(lengths, max_length)\n",
    "def scaled_dot_product_attention(query, key, value, mask=None):\n    return value\n",
    "def causal_mask(queries, keys=None, device=None, _right=causal_mask):\n    return _right(queries, keys, device).T\n",
    "def scaled_dot_product_attention(query, key, value, mask=None):\n    raise ValueError('no idea')\n",
]
WORSE = {
    "loops": "def scaled_dot_product_attention(query, key, value, mask=None):\n    while True:\n        pass\n",
    "imports": "import a_library_that_nobody_has\n",
    "exits": "import os\n\n\ndef scaled_dot_product_attention(query, key, value, mask=None):\n    os._exit(0)\n",
    "bombs": "def scaled_dot_product_attention(query, key, value, mask=None):\n    return [bytearray(2**30) for _ in range(99)]\n",
}


def right_answers(course: Course, exercise: str = "attention") -> list[str]:
    """The solution and every right answer written differently, as whole modules."""
    week = course.week(WEEK)
    paths = [week.solutions / f"{exercise}.py", *week.alternatives(exercise)]
    return [path.read_text(encoding="utf-8") for path in paths]


def write_class(course: Course, folder: Path, right: int = 30) -> dict[str, str]:
    """Write a class as folders; return what each student's submission is: right, wrong or the name of what is worse."""
    answers = right_answers(course)
    kinds: dict[str, str] = {}
    texts: dict[str, str] = {}
    for number in range(right):
        name = f"right{number:02}"
        kinds[name], texts[name] = "right", f"# Student {number}\n{answers[number % len(answers)]}"
    for number, wrong in enumerate(WRONG):
        name = f"wrong{number:02}"
        kinds[name], texts[name] = "wrong", f"{answers[0]}\n\n{wrong}"
    for worse, text in WORSE.items():
        kinds[worse], texts[worse] = worse, f"{answers[0]}\n\n{text}"
    for name, text in texts.items():
        target = folder / name / WEEK / "attention.py"
        target.parent.mkdir(parents=True)
        target.write_text(text, encoding="utf-8")
    return kinds


STUDENTS = [
    "Ada Okafor",
    "Bo Lindqvist",
    "Chen Xiaoyu",
    "Dina Haddad",
    "Emil Novak",
    "Fatima Rahman",
    "Gao Ming",
    "Hana Sato",
    "Ivan Petrov",
    "Jun Park",
    "Kofi Mensah",
    "Lin Yue",
]


def write_example_class(course: Course, folder: Path) -> None:
    """Write the class that ships with the course: twelve students, every common shape, a few things gone wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    submissions = folder / "submissions"
    submissions.mkdir(parents=True)
    exercises = [exercise.name for exercise in course.week(WEEK).exercises]
    rows = ["id,first name,last name,e-mail"]
    for number, student in enumerate(STUDENTS):
        first, last = student.split()
        identity = f"{first}.{last}".lower()
        rows.append(f"{identity},{first},{last},{identity}@example.org")
        modules = {f"{name}.py": _example(course, name, number) for name in exercises}
        _SHAPES[number % len(_SHAPES)](submissions, identity, modules)
    (folder / "roster.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def _example(course: Course, exercise: str, number: int) -> str:
    answers = right_answers(course, exercise)
    text = answers[number % len(answers)]
    stub = course.week(WEEK).folder / f"{exercise}.py"
    if exercise == "attention" and number in (3, 7, 10):
        return f"{answers[0]}\n\n{WRONG[number % len(WRONG)]}"
    if exercise == "attention" and number == 5:
        return f"{answers[0]}\n\n{WORSE['loops']}"
    if exercise == "blockwise" and number in (4, 8):
        return stub.read_text(encoding="utf-8")
    if exercise == "heatmap" and number == 9:
        return text.replace("def attention_heatmap(", "def attention_heat_map(")
    return text


def _as_folder(submissions: Path, student: str, modules: dict[str, str]) -> None:
    for name, text in modules.items():
        target = submissions / student / WEEK / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


def _as_zip(submissions: Path, student: str, modules: dict[str, str]) -> None:
    with zipfile.ZipFile(submissions / f"{student}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in modules.items():
            archive.writestr(zipfile.ZipInfo(f"{WEEK}/{name}", (2026, 3, 1, 12, 0, 0)), text)


def _as_tar(submissions: Path, student: str, modules: dict[str, str]) -> None:
    with tarfile.open(submissions / f"{student}.tar.gz", "w:gz") as archive:
        for name, text in modules.items():
            member = tarfile.TarInfo(f"{WEEK}/{name}")
            member.size, member.mtime = len(text.encode()), 1_772_366_400
            archive.addfile(member, io.BytesIO(text.encode()))


def _as_notebook(submissions: Path, student: str, modules: dict[str, str]) -> None:
    cells = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "source": text,
            "outputs": [],
            "execution_count": None,
        }
        for number, text in enumerate(modules.values())
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    folder = submissions / student
    folder.mkdir()
    (folder / f"{WEEK}.ipynb").write_text(json.dumps(notebook, ensure_ascii=False, indent=1), encoding="utf-8")


_SHAPES = (_as_folder, _as_zip, _as_notebook, _as_tar)
