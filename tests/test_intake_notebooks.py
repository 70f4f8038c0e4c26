"""Definitions out of notebooks, whatever a student or an editor has done to them."""

import json
from pathlib import Path
from typing import Any

import pytest

from grader.course.weeks import Course
from grader.intake import entries
from grader.intake.notebooks import read_notebook
from tests.handed_in import ADD_UP, course_in, keys, notebook, only, put, stub, zipped


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course of two weeks."""
    return course_in(tmp_path_factory.mktemp("course"))


def module(*cells: str, names: tuple[str, ...] = ("add",)) -> dict[str, Any]:
    """The module made from the cells of a notebook, executed."""
    source = read_notebook("n.ipynb", notebook(*cells)).module(list(names))
    space: dict[str, Any] = {}
    exec(compile(source, "n.py", "exec"), space)
    return space


def kept(*cells: str, names: tuple[str, ...] = ("add",)) -> str:
    """The source of the module made from the cells of a notebook."""
    return read_notebook("n.ipynb", notebook(*cells)).module(list(names)).decode()


def test_what_a_definition_needs_comes_along() -> None:
    """Imports, constants, helpers, bases and decorators come along, in the order of the cells; nothing else does."""
    cells = [
        "import math\nimport missing_library\nfrom functools import partial, wraps as keeps",
        "SCALE, SHIFT = math.sqrt(4), 1\nUNUSED = 1 / 0",
        "def traced(f):\n    @keeps(f)\n    def inner(*a):\n        return f(*a)\n    return inner",
        "class Base:\n    factor: int = SHIFT",
        "@traced\ndef add(a, b, extra=SHIFT):\n    return helper(a) + b * SCALE + extra + Sub().factor",
        "class Sub(Base):\n    pass\ndef helper(a):\n    return later(a)",
        "add(1, 2)\nassert add(1, 2) == 7\nprint(add)\nresult = add(1, 2)\n",
        "later = lambda a: a",
    ]
    text = kept(*cells)

    assert 7 == module(*cells)["add"](1, 2)
    assert not any(word in text for word in ("missing_library", "UNUSED", "result", "print", "assert", "partial(", "7"))
    assert "# cell 1\nimport math\nfrom functools" in text and text.index("# cell 5") < text.index("# cell 6")


def test_a_local_name_does_not_pull_scratch_work_in() -> None:
    """A variable of a check cell that has the name of a local variable is not kept."""
    text = kept("def add(a, b):\n    out = [x for x in (a, b)]\n    return sum(out)", "out = add(1, 2)\nx = out / 0")

    assert "out / 0" not in text and "add(1, 2)" not in text


def test_the_last_definition_counts() -> None:
    """Of two definitions the last counts, and so do two assignments; a stub never replaces what is written."""
    unwritten = stub("week01_sums", "add_up").decode()
    cells = ["K = 1\ndef add(): return K", "def add(): return 2 * K", unwritten, "K = 5"]

    assert 10 == module(*cells)["add"]()
    assert 2 == read_notebook("n", notebook(*cells)).repeated("add")
    assert "NotImplementedError" in kept(unwritten)


def test_a_name_is_needed_as_it_was_when_it_was_used() -> None:
    """A base class, and a function that is wrapped under its own name, are those that stood before."""
    base = ["class Base:\n    value = 1", "class Sub(Base):\n    pass", "class Base:\n    value = 2"]
    wrapped = ["def add(): return 1", "def twice(f): return lambda: 2 * f()", "add = twice(add)"]

    assert 1 == module(*base, names=("Sub",))["Sub"].value
    assert 2 == module(*wrapped)["add"]()


def test_a_statement_that_shares_its_line_is_kept_alone() -> None:
    """Of several statements in one line only those that are needed are kept."""
    assert "# cell 1\nK = 'é'\n\n# cell 2\ndef add(): return K\n" == kept(
        "print('é'); K = 'é'; K()", "def add(): return K"
    )


def test_choices_of_imports_and_constants_are_kept() -> None:
    """try-import and if-else around imports and assignments count as such; those that call do not."""
    cells = [
        "try:\n    import missing_library as lib\nexcept ImportError:\n    lib = None",
        "import sys\nif sys.maxsize > 1:\n    device = 'big'\nelse:\n    device = 'small'",
        "if True:\n    print('no')\n    other = 1",
        "def add(): return lib, device",
    ]

    assert (None, "big") == module(*cells)["add"]() and "print" not in kept(*cells)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (["SCALE = 8.0", "SCALE /= 2", "def add(): return SCALE"], 4.0),
        (["SCALE = 8.0", "def add(): return SCALE", "SCALE /= 2"], 4.0),
        (["cfg = {'p': 1}", "cfg['p'] = .5", "def add(): return cfg['p']"], 0.5),
        (["table = []", "table.append(3)", "def add(): return table[0]"], 3),
        (["table = []", "for n in range(4):\n    table.append(n * n)", "def add(): return table"], [0, 1, 4, 9]),
        (["table = [2, 1]", "table.sort()\nprint(table)", "def add(): return table"], [1, 2]),
        (["import io", "with io.StringIO('5') as file:\n    K = int(file.read())", "def add(): return K"], 5),
        (["K = 1", "if K == 1:\n    K = 7\n    print('set')", "def add(): return K"], 7),
        (["a, t = 1, [0]", "a, t[0] = 2, 9", "def add(): return a, t"], (2, [9])),
        (["def add(): return add.k", "add.k = 5"], 5),
        (["class Total: pass\ndef helper(self): return 6", "Total.go = helper", "def add(): return Total().go()"], 6),
        (["n, K = 3, 0", "while n:\n    K += n\n    n -= 1", "def add(): return K"], 6),
        (
            [
                "import random\nt = list(range(9))",
                "random.seed(1)\nrandom.shuffle(t)",
                "def add(): return sorted(t)[:2]",
            ],
            [0, 1],
        ),
        (["K = [1]", "L = K + [2]", "L += [3]", "K = 0", "def add(): return L"], [1, 2, 3]),
        (["try:\n    K = int('x')\nexcept ValueError:\n    K = 2", "def add(): return K"], 2),
    ],
)
def test_what_changes_a_needed_name_is_kept_in_order(cells: list[str], expected: object) -> None:
    """Augmented and partial assignments, methods of data, loops, blocks: the module has what the notebook had."""
    space: dict[str, Any] = {}
    exec("\n".join(cells), space)

    assert expected == space["add"]() == module(*cells)["add"]()


def test_checks_and_pictures_are_still_left_out() -> None:
    """Calls for their own sake, also in blocks, are no part of the module when nothing depends on them."""
    cells = [
        "import math, plots\nK = 2\ndef add(a): return a * K + math.pi",
        "for n in range(3):\n    print(add(n))",
        "with plots.figure() as figure:\n    figure.draw(add)",
        "math.trace(add)\nadd.show()\nassert add(1)\nif add(1): raise SystemExit",
    ]

    assert "# cell 1\nimport math, plots\nK = 2\ndef add(a): return a * K + math.pi\n" == kept(*cells)


def test_what_is_left_out_and_may_matter_is_named(toy: Course, tmp_path: Path) -> None:
    """A call that gets a needed value may change it: it is left out by cell and text; a look at it needs no word."""
    cells = [
        "import tools\ntable = [1]",
        "tools.fill(table)\nprint(table)",
        "def add(): return table\nclass Total: pass",
    ]
    put(tmp_path, {"alice.ipynb": notebook(*cells)})

    alice = only(tmp_path, toy)

    assert [("intake_left_out", "2", "tools.fill(table)", "table")] == [
        (note.key, note.values["cell"], note.values["text"], note.values["name"]) for note in alice.notes
    ]


@pytest.mark.parametrize("shape", ["alice.ipynb", "alice/week01.ipynb", "alice.zip"])
def test_outputs_of_any_size_are_dropped(toy: Course, tmp_path: Path, shape: str) -> None:
    """Plots and prints of tens of megabytes, pasted pictures and widgets do not count against a notebook."""
    picture = "iVBORw0KGgo" * 900_000
    cell = {"cell_type": "code", "source": ADD_UP.decode(), "metadata": {}}
    cells = [{**cell, "outputs": [{"data": {"image/png": picture, "text": ['}]{"', "\\"]}}] * 3}]
    cells.append({"cell_type": "markdown", "source": '"outputs": [', "attachments": {"a.png": {"image/png": picture}}})
    data = dumped({"cells": cells, "metadata": {"widgets": {"state": {"x": picture}}}, "nbformat": 4})
    assert len(data) > 40 << 20
    put(tmp_path, {shape: zipped({"week01.ipynb": data}) if shape.endswith("zip") else data})

    alice = only(tmp_path, toy)

    assert ([], None, ["add_up.py"]) == (alice.notes, alice.problem, list(alice.files["week01_sums"]))
    left = json.loads(alice.notebooks["week01_sums"])
    assert [[], '"outputs": [', {}] == [
        left["cells"][0]["outputs"],
        left["cells"][1]["source"],
        left["metadata"]["widgets"],
    ]


def test_three_large_notebooks_do_not_refuse_a_module(toy: Course, tmp_path: Path) -> None:
    """Old notebooks full of plots beside the module leave it as it is."""
    data = dumped({"cells": [{**CODE, "outputs": [{"text": "x" * (18 << 20)}]}]})
    put(tmp_path / "alice", {"add_up.py": ADD_UP, **{f"plots{number}.ipynb": data for number in range(3)}})

    alice = only(tmp_path, toy)

    assert (None, ADD_UP) == (alice.problem, alice.files["week01_sums"]["add_up.py"])


@pytest.mark.parametrize(
    ("cells", "key", "cell"),
    [
        (
            [{"cell_type": "markdown", "source": ["# mine\n", "def add(a, b):\n", "    return a"]}],
            "intake_cell_of_text",
            "1",
        ),
        ([{"cell_type": "markdown"}, {"cell_type": "raw", "source": "class Total: pass"}], "intake_cell_of_text", "2"),
        ([{"cell_type": "code", "source": "def add(): return '\0'"}], "intake_cell", "1"),
    ],
)
def test_why_a_notebook_has_nothing_is_said(
    toy: Course, tmp_path: Path, cells: list[object], key: str, cell: str
) -> None:
    """A solution cell that became text, and one that holds a NUL, are named, not "keep the names of the stub"."""
    put(tmp_path, {"alice.ipynb": dumped({"cells": cells})})

    alice = only(tmp_path, toy)

    assert alice.problem is not None and (key, cell) == (alice.problem.key, alice.problem.values["cell"])
    assert alice.problem not in alice.notes


def test_a_notebook_saved_as_a_module_is_read(toy: Course, tmp_path: Path) -> None:
    """JSON under the name of a module is the notebook that it is."""
    put(tmp_path / "alice", {"add_up.py": json.dumps({"cells": [CODE], "metadata": {"x": None}}, indent=1)})

    assert {"add_up.py": b"# cell 1\ndef add(): return 1\n"} == only(tmp_path, toy).files["week01_sums"]


def test_future_and_star_imports_come_first_and_always() -> None:
    """What cannot be told apart is kept; future imports stand first."""
    text = kept("from math import *", "from __future__ import annotations", "def add(a: Unknown): return sqrt(a)")

    assert text.startswith("# cell 2\nfrom __future__") and "from math import *" in text


def test_magics_are_dropped() -> None:
    """Line magics, shell lines, help and cells of another language disappear; strings and formulas stay."""
    cells = [
        "%matplotlib inline\n!pip install x\nimport math\nadd?\n?add\nfiles = !ls\nt = %timeit -o add(1, 2)",
        "%%time\ndef add(a, b):\n    %debug\n    text = '''\n%no magic\n!neither\n'''\n    return (a\n  % b), text",
        "%%bash\nrm -rf /",
        "%%writefile add_up.py\nEXTRA = 1",
        "%%html\n<p>",
        "\n".join(["%magic"] * 30 + ["def mask(): return EXTRA"]),
    ]

    assert (1, "\n%no magic\n!neither\n") == module(*cells)["add"](5, 2)
    assert 1 == module(*cells, names=("mask",))["mask"]()
    assert [] == read_notebook("n", notebook(*cells)).unreadable


def test_a_syntax_error_loses_only_its_own_cell(toy: Course, tmp_path: Path) -> None:
    """The other cells count, and the cell is named."""
    cells = ["def add(a, b): return a", "def broken(:", "class Total: pass", "x = '\\q'\nreturn 5\ndef f(a, a): pass"]
    put(tmp_path, {"alice.ipynb": notebook(*cells)})

    alice = only(tmp_path, toy, "1")

    assert {"add_up.py": b"# cell 1\ndef add(a, b): return a\n\n# cell 3\nclass Total: pass\n"} == alice.files[
        "week01_sums"
    ]
    assert [("intake_cell", "2"), ("intake_cell", "4")] == [(note.key, note.values["cell"]) for note in alice.notes]


def test_a_notebook_is_split_into_the_exercises(toy: Course, tmp_path: Path) -> None:
    """A whole week in one notebook gives each exercise its module, with the helpers that both need."""
    cells = [
        "def helper(n): return n",
        "def add(a, b): return helper(a)",
        "def mask(n): return add(n, helper(n))",
        "mask(3)",
    ]
    put(tmp_path / "alice", {"homework.ipynb": notebook(*cells)})

    files = only(tmp_path, toy).files

    assert ["week01_sums"] == list(files) and ["add_up.py", "mask_out.py"] == sorted(files["week01_sums"])
    assert all(b"def helper" in source and b"def add" in source for source in files["week01_sums"].values())
    assert b"def mask" not in files["week01_sums"]["add_up.py"]


def test_a_notebook_goes_to_the_week_of_which_it_defines_the_most(toy: Course, tmp_path: Path) -> None:
    """A helper that is called as something of another week does not make it a notebook of that week."""
    put(tmp_path, {"alice.ipynb": notebook("def add(): pass", "def mask(): pass", "def split(): pass")})

    assert ["week01_sums"] == list(only(tmp_path, toy).files)


def test_a_name_defined_twice_is_noted(toy: Course, tmp_path: Path) -> None:
    """Which definition counts is said with its cell."""
    put(tmp_path, {"alice.ipynb": notebook("def add(): return 1", "x = 1", "def add(): return 2")})

    alice = only(tmp_path, toy)

    assert (
        b"return 2" in alice.files["week01_sums"]["add_up.py"]
        and b"return 1" not in alice.files["week01_sums"]["add_up.py"]
    )
    assert [("intake_defined_twice", "3")] == [(note.key, note.values["cell"]) for note in alice.notes]


def dumped(content: object) -> bytes:
    return json.dumps(content).encode()


CODE = {"cell_type": "code", "source": "def add(): return 1"}


@pytest.mark.parametrize(
    "data",
    [
        dumped({"cells": [CODE]}),
        dumped({"cells": [{"cell_type": "markdown"}, {"cell_type": "raw"}, {}, CODE], "metadata": None}),
        dumped({"cells": [{**CODE, "source": ["def add():", " return 1"], "id": 7}], "nbformat": "none"}),
        dumped({"worksheets": [{"cells": [{"cell_type": "code", "input": "def add(): return 1"}]}], "nbformat": 3}),
        dumped({"cells": [{**CODE, "outputs": [{"text": "x" * (10 << 20)}]}]}),
        dumped({"cells": [{**CODE, "outputs": [float("nan"), "\ud800"]}, {**CODE, "source": "s = '\ud800'"}]}),
        b"\xef\xbb\xbf" + dumped({"cells": [CODE]}),
        json.dumps({"cells": [CODE]}).encode("utf-16"),
        dumped({"cells": [{**CODE, "source": "def add(): return 1\r\n\r\nx = 1; y = 2"}]}),
    ],
)
def test_a_notebook_in_any_state_is_read(data: bytes) -> None:
    """Old formats, missing ids and metadata, megabytes of outputs, marks and other encodings do not matter."""
    notebook = read_notebook("n.ipynb", data)

    assert notebook.defines("add") and b"return 1" in notebook.module(["add"])


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"", "intake_notebook"),
        (b"def add(): pass", "intake_notebook"),
        (b"[1, 2]", "intake_notebook"),
        (b'{"cells": 5}', "intake_notebook"),
        (b'{"cells": [5]}', "intake_notebook"),
        (b'{"cells": [{"cell_type": "code", "source": {}}]}', "intake_notebook"),
        (b"[" * 1_000_000, "intake_notebook"),
        (b'{"cells": [' + b"9" * 1_000_000 + b"]}", "intake_notebook"),
        (b"\xff\xfe\xfd" * 1000, "intake_notebook"),
        (notebook("x = 1\n" * 200_000), "intake_code_too_large"),
    ],
)
def test_what_is_no_notebook_is_named(toy: Course, tmp_path: Path, data: bytes, key: str) -> None:
    """A file that is not a notebook is an error of its student, by name."""
    put(tmp_path, {"alice.ipynb": data})

    alice = only(tmp_path, toy)

    assert alice.problem is not None and key == alice.problem.key


@pytest.mark.parametrize(
    "cell",
    [
        "(" * 5000,
        "x = " + "-" * 50_000 + "1",
        "x = a" + ".b" * 50_000,
        "x = " + "+".join("1" * 20_000),
        "if a:\n    pass\n" + "elif a:\n    pass\n" * 5000,
        "def add():\n    x\0 = 1",
        " " * 500_000 + "%",
        "% " * 250_000,
        "a = a\n" * 20_000,
        "def add(): return a\n" + "a = a\n" * 20_000,
        "\x0c\x0b\x1c\u2028def add(): pass",
        "x = '''" + "\n%a" * 50_000,
    ],
    ids=range(12),
)
def test_cells_made_to_break_the_reader_do_not(toy: Course, tmp_path: Path, cell: str) -> None:
    """Depth, length and odd characters cost one cell at most, and no time that anybody would notice."""
    put(tmp_path, {"alice.ipynb": notebook(cell, "def mask(n): return n")})

    alice = only(tmp_path, toy)

    assert alice.problem is None and "mask_out.py" in alice.files["week01_sums"] and "intake_failed" not in keys(alice)


def test_an_untouched_notebook_beside_a_written_module_is_told(toy: Course, tmp_path: Path) -> None:
    """The generated notebook in the same folder does not hide the student's module, however new it is."""
    put(tmp_path / "alice", {"add_up.py": "def add(): return 1\nclass Total: pass"})
    put(tmp_path / "alice", {"week01_sums.ipynb": notebook(stub("week01_sums", "add_up").decode())}, 2_000_000_000)

    alice = only(tmp_path, toy)

    assert (b"def add(): return 1\nclass Total: pass", ["intake_taken_written"]) == (
        alice.files["week01_sums"]["add_up.py"],
        keys(alice),
    )


def test_limits_are_as_documented() -> None:
    """1 MB of a module, 20 MB of a notebook without its outputs, ten times as much with them."""
    assert (1 << 20, 200 << 20, None) == tuple(map(entries.limit_of, ("A.PY", "a.ipynb", "a.txt")))
    assert 20 << 20 == entries.NOTEBOOK_BYTES
