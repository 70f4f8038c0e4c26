"""What an exercise forbids: it costs the functions that use it, whatever it is called, and what goes around it is marked."""

import contextlib
import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest
import torch

from grader.box.inside import forbidden
from grader.course.weeks import Course, default_root
from grader.judge.coordinator import Engine, judge_all
from grader.judge.protocol import Task
from grader.judge.signs import signs
from grader.outcomes import TestResult, Verdict
from tests import tiny

LISTED = '["torch.nn.functional.softmax", "colorsys", "textwrap.wrap", "wave.open", "torch.optim", "aten::*softmax*"]'


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course, with more that is forbidden: whole modules, and functions of modules that are not loaded."""
    toml = tiny.WEEK_TOML.replace('["torch.nn.functional.softmax"]', LISTED)
    return tiny.build(tmp_path_factory.mktemp("course"), toml=toml)


USES = {
    "in its own name": "def double(x): return torch.nn.functional.softmax(x, -1)",
    "by an assigned name": "_s = torch.nn.functional.softmax\ndef double(x): return _s(x, -1)",
    "by an imported name": "from torch.nn.functional import softmax as _s\ndef double(x): return _s(x, -1)",
    "out of a dictionary": "def double(x): return vars(torch.nn.functional)['soft' + 'max'](x, -1)",
    "as an operator": "def double(x): return getattr(x, 'soft' + 'max')(-1)",
    "a whole module": "import colorsys\ndef double(x): return colorsys.rgb_to_hsv(1, 1, 1)",
    "a name of a whole module": "from colorsys import rgb_to_hsv as f\ndef double(x): return f(1, 1, 1)",
    "a module by its name": "import importlib\ndef double(x): return importlib.import_module('color' + 'sys').rgb_to_hsv(1, 1, 1)",
    "a module by the statement's function": "def double(x): return __import__('color' + 'sys').rgb_to_hsv(1, 1, 1)",
    "bound before it was refused": "import textwrap\ndef double(x): return getattr(textwrap, 'wr' + 'ap')('a b', 2)",
    "imported late": "def double(x): return getattr(__import__('wa' + 've'), 'op' + 'en')('x')",
    "a back door": "def double(x): return torch._C._VariableFunctions.softmax(x, -1)",
    "under another module's name": "import pkgutil\n__name__ = 'collections'\n"
    "def double(x): return pkgutil.resolve_name('color' + 'sys:rgb_to_hsv')(1, 1, 1)",
    "under the name of a module that imports": "import importlib\n__name__ = 'importlib.util'\n"
    "def double(x): return importlib.import_module('color' + 'sys').rgb_to_hsv(1, 1, 1)",
    "out of the table of modules": "import sys\nleaf = torch.ones(1, requires_grad=True)\n"
    "def double(x): return getattr(sys, 'mod' + 'ules')['torch.' + 'opt' + 'im'].SGD([leaf], 0.1)",
    "below it in the table of modules": "import sys\nleaf = torch.ones(1, requires_grad=True)\n"
    "def double(x): return getattr(sys, 'mod' + 'ules')['torch.' + 'opt' + 'im.sgd'].SGD([leaf], 0.1)",
    "another back door": "import importlib\ndef double(x): return importlib.import_module('torch._re' + 'fs').softmax(x, -1)",
}


@pytest.mark.parametrize("case", USES)
def test_a_forbidden_use_costs_the_function_that_uses_it(engine: Engine, toy: Course, case: str) -> None:
    """By whatever name it is reached: the function fails with that reason, and the rest of the exercise is judged."""
    tests = tiny.by_name(tiny.judge(engine, toy, tiny.answers(USES[case]), locked=True))

    assert tests["test_doubles"].findings[0].key in ("forbidden", "forbidden_line")
    assert "aten" not in tests["test_doubles"].findings[0].values["name"]  # torch's own word for an operator
    assert Verdict.PASSED is tests["test_counts"].verdict


def test_a_line_that_only_names_it_costs_nothing(engine: Engine, toy: Course) -> None:
    """An import that nobody uses, and a word in a comment, are no use."""
    named = "import colorsys\nfrom torch.nn.functional import softmax  # softmax is not for us"

    assert tiny.judge(engine, toy, tiny.answers(named)).passed


def test_a_library_may_use_what_a_learner_may_not(engine: Engine, toy: Course) -> None:
    """Only the learner's own imports are looked at: matplotlib imports colorsys for itself."""
    ours = "import matplotlib.colors\nfrom torch.nn.functional import relu\ndef double(x): return 2 * relu(x) - 2 * relu(-x)"

    assert tiny.judge(engine, toy, tiny.answers(ours)).passed


def test_the_text_that_is_looked_at_is_the_text_that_runs(engine: Engine, toy: Course) -> None:
    """An encoding that one reader sees and another does not hides nothing."""
    hidden = "\nF = torch.nn.functional\ndef double(x): return F.softmax(x, -1)\n".encode("utf-7")
    source = b"x = 1\r# coding: utf-7\r" + tiny.SOLUTION.encode() + hidden

    findings = {test.findings[0].key for test in tiny.judge(engine, toy, source).tests if test.findings}

    assert findings & {"forbidden", "forbidden_line", "syntax", "not_utf8"}
    assert not tiny.judge(engine, toy, source).passed


AGAIN = """
import importlib, inspect, linecache, os, pathlib, runpy, sys, threading, tokenize, types
lib = sys.modules["text" + "wrap"]
path, name = lib.__file__, lib.__name__
def copied(text):
    space = {"__name__": "innocent"}
    exec(compile(text, path, "exec"), space)
    return space["wrap"]
def double(x):
    return len(again()("a b", 1)) * x
def again():
    """
COPIES = {
    "read": "return copied(open(path).read())",
    "read below io": "return copied(os.read(os.open(path, 0), 1 << 20).decode())",
    "read by a path": "return copied(pathlib.Path(path).read_text())",
    "read by a link": "os.symlink(path, 'a.txt'); return copied(open('a.txt').read())",
    "read from its folder": "os.chdir(os.path.dirname(path)); return copied(open('textwrap.py').read())",
    "read by inspect": "return copied(inspect.getsource(lib))",
    "read by linecache": "return copied(''.join(linecache.getlines(path)))",
    "read by its loader": "return copied(lib.__loader__.get_data(path).decode())",
    "read by tokenize": "return copied(tokenize.open(path).read())",
    "read while it is loaded": "return copied(text)\ntext = open(path).read()",
    "read in a thread": "got = []; t = threading.Thread(target=lambda: got.append(open(path).read())); t.start(); t.join(); return copied(got[0])",
    "read as a tensor": "return copied(bytes(torch.from_file(path, False, os.stat(path).st_size, dtype=torch.uint8)).decode())",
    "read as a storage": "return copied(bytes(torch.UntypedStorage.from_file(path, False, os.stat(path).st_size)).decode())",
    "its byte code": "space = {'__name__': 'x'}; exec(lib.__loader__.get_code(name), space); return space['wrap']",
    "run by runpy": "return runpy.run_path(path)['wrap']",
    "made by its own spec": "made = importlib.util.module_from_spec(lib.__spec__); made.__loader__.exec_module(made); return made.wrap",
    "loaded again": "return importlib.reload(lib).wrap",
    "forgotten and imported": "del sys.modules[name]; import textwrap as f; return getattr(f, 'wr' + 'ap')",
    "forgotten and imported by name": "del sys.modules[name]; return importlib.import_module(name).wrap",
}


@pytest.fixture(scope="module")
def copies(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], TestResult]:
    """Every way to a second copy, where wrap is forbidden and where nothing is."""
    found = {}
    for kind, names in (("closed", '"textwrap.wrap"'), ("free", "")):
        toml = tiny.WEEK_TOML.replace('"torch.nn.functional.softmax"', names)
        week = tiny.build(tmp_path_factory.mktemp(kind), toml=toml).week("1")
        tasks = [
            Task(
                week, week.exercises[0], {"tiny.py": tiny.SOLUTION.encode() + f"{AGAIN}{code}\n".encode()}, locked=True
            )
            for code in COPIES.values()
        ]
        results = judge_all(engine, tasks, 2)
        found |= {(kind, case): tiny.by_name(one)["test_doubles"] for case, one in zip(COPIES, results, strict=True)}
    return found


@pytest.mark.parametrize("case", COPIES)
def test_a_library_cannot_be_had_a_second_time(copies: dict[tuple[str, str], TestResult], case: str) -> None:
    """Neither its source nor a second copy of its module; where nothing is forbidden every one of these ways works."""
    assert Verdict.PASSED is not copies["closed", case].verdict
    assert Verdict.PASSED is copies["free", case].verdict, copies["free", case].findings
    if case in (
        "read",
        "read as a tensor",
        "read as a storage",
        "forgotten and imported by name",
    ):  # others have the library's own error in between
        assert "closed_source" == copies["closed", case].findings[0].key


PATTERNS = ["aten::*layer_norm*", "aten::mm", "aten::dot", "aten::native_dropout"]
ROWS, EYE, NORM = torch.ones(2, 3), torch.eye(2), ((3,), torch.ones(3), torch.ones(3))
KINDS = {
    "CPU": lambda: torch.dot(ROWS[0], ROWS[0]),
    "NestedTensorCPU": lambda: torch.native_layer_norm(torch.nested.nested_tensor([ROWS, ROWS[:1]]), *NORM, 1e-5),
    "SparseCPU": lambda: torch.mm(EYE.to_sparse(), ROWS),
    "SparseCsrCPU": lambda: torch.mm(EYE.to_sparse_csr(), ROWS),
}


def refused(key: str, without: str) -> bool:
    """Whether a kind's operator is refused in a fork in which the operators are overruled for every key but one."""
    pid = os.fork()
    if pid == 0:
        code = 2
        with contextlib.suppress(Exception):
            forbidden.KERNELS = [each for each in forbidden.KERNELS if each != without]
            forbidden.overrule(PATTERNS)
            try:
                warnings.simplefilter("ignore")  # of kinds that torch still calls prototypes
                KINDS[key]()
                code = 0
            except forbidden.ForbiddenShortcut:
                code = 1
        os._exit(code)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, 1)
    return bool(code)


@pytest.fixture(scope="module")
def refusals() -> dict[str, list[bool]]:
    """For every kind, whether it is refused with all keys overruled, and without its own.

    A fork must not be made here: where torch's threads were at work before, it waits for them for ever.
    """
    told = "import json\nfrom tests.test_forbidden import KINDS, refused\n"
    told += "print(json.dumps({key: [refused(key, 'none'), refused(key, key)] for key in KINDS}))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True, cwd=default_root())
    return json.loads(done.stdout)  # type: ignore[no-any-return]


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_of_tensor_needs_a_refusal_of_its_own(refusals: dict[str, list[bool]], key: str) -> None:
    """A kind's operator is refused, and goes through where that kind alone was left out."""
    assert [True, False] == refusals[key]


LEADING = (
    *("Autograd", "ADInplaceOrView", "AutocastCPU", "AutocastCUDA", "AutocastMPS", "AutocastXPU", "Functionalize"),
    *("FuncTorchBatched", "FuncTorchBatchedDecomposition", "FuncTorchDynamicLayerFrontMode", "FuncTorchVmapMode"),
    *("Conjugate", "Negative", "ZeroTensor", "Meta", "SparseCsrMeta", "NestedTensorHPU", "BackendSelect"),
)
"""Keys whose kernels hand the work on to another key's, have no numbers, or belong to a device that is not judged."""


def test_no_kind_of_tensor_is_forgotten(course: Course) -> None:
    """Every kernel of every operator that the course forbids has a key that is overruled or known to lead there."""
    listed = {name for week in course.weeks for exercise in week.exercises for name in exercise.forbidden}
    operators = {name for name, _ in forbidden.kernels(*forbidden.operators_in(sorted(listed)))}

    found = set()
    for key in dir(torch._C.DispatchKey):
        with contextlib.suppress(RuntimeError):  # marks a range, or nobody's
            found |= {key for name in operators if not key.startswith("_") and forbidden._has_kernel(name, key)}
    assert set() == found - set(forbidden.KERNELS) - set(LEADING)
    assert {"CPU", "NestedTensorCPU"} <= found


SIGNS = {
    "import ctypes": "ctypes",
    "from gc import get_objects": "gc",
    "exec('x = 1')": "exec()",
    "import torch\npath = torch.__file__": "__file__",
    "open('/proc/self/maps')": "/proc",
    "x = ().__class__.__subclasses__": "__subclasses__",
    "import sys\nmodules = sys.modules": "sys.modules",
    "import sys\nmodules = getattr(sys, 'mod' + 'ules')": "getattr(sys)",
    "import pkgutil": "pkgutil",
    "import inspect\n\ntext = inspect.getsource(print)": "inspect.getsource",
    "from subprocess import run": "subprocess",
    "import urllib.request": "urllib.request",
    "import os\nos.remove('x')": "os.remove",
    "import os\nos.execvp('x', [])": "os.execvp",
    "from os import path, system": "os.system",
    "from sys import modules": "sys.modules",
    "open('../solutions/week05_attention/attention.py')": "solutions/week",
}


@pytest.mark.parametrize("source", SIGNS)
def test_a_way_around_is_marked_with_its_line(source: str) -> None:
    """File, line and what stands there."""
    line = source.count("\n") + 1

    assert f"tiny.py, line {line}: {SIGNS[source]}" in signs({"tiny.py": source.encode()})


def test_honest_sources_have_no_signs(course: Course) -> None:
    """No solution and no right answer of the course is marked."""
    for week in course.weeks:
        for exercise in week.exercises:
            for path in (week.solutions / f"{exercise.name}.py", *week.alternatives(exercise.name)):
                assert [] == signs({path.name: path.read_bytes()})


def test_a_class_run_marks_and_a_self_check_does_not(engine: Engine, toy: Course) -> None:
    """A person who grades looks at it; a learner is not accused."""
    source = tiny.answers("import ctypes")

    assert ["ctypes"] == [sign.rpartition(" ")[2] for sign in tiny.judge(engine, toy, source, locked=True).signs]
    assert [] == tiny.judge(engine, toy, source).signs


def test_a_given_file_that_came_along_is_not_marked(engine: Engine, tmp_path: Path) -> None:
    """The judge takes its own copy of it, so what stands in it says nothing about who handed it in."""
    week = tiny.build(tmp_path).week("1")
    (week.solutions / "toolbox.py").write_text("import ctypes\n", encoding="utf-8")
    files = {"tiny.py": tiny.answers(""), "toolbox.py": b"import ctypes\n", "mine.py": b"import gc\n"}

    (result,) = judge_all(engine, [Task(week, week.exercises[0], files, locked=True)], 1)

    assert ["mine.py, line 1: gc"] == result.signs


def test_a_learner_may_build_on_an_earlier_file_of_the_week(engine: Engine, course: Course) -> None:
    """A file of another exercise comes along where the exercise's own files import it, and only there; that is noted."""
    week = course.week("05")
    files = {"attention.py": b"", "blockwise.py": b"", "helper.py": b"import attention"}
    built = {**files, "multi_head.py": b"from helper import x"}
    alone = {"attention.py": b"", "multi_head.py": b"import torch"}

    assert {"attention.py", "helper.py", "multi_head.py"} == set(week.relevant(built, "multi_head"))
    assert {"multi_head.py"} == set(week.relevant(alone, "multi_head"))
    task = Task(week, week.exercise("multi_head"), week.relevant(built, "multi_head"), tests=["1"])
    assert ["attention"] == judge_all(engine, [task], 1)[0].built_on


def test_what_is_forbidden_stays_so_in_an_earlier_file(engine: Engine, course: Course, tmp_path: Path) -> None:
    """An earlier file that calls it costs what builds on it."""
    folder = tmp_path / "week05_attention"
    folder.mkdir()
    shortcut = "import torch\n\ndef scaled_dot_product_attention(q, k, v, mask=None):\n"
    shortcut += "    return torch.nn.functional.scaled_dot_product_attention(q, k, v), None\n"
    (folder / "attention.py").write_text(shortcut)
    solution = (course.week("05").solutions / "multi_head.py").read_text(encoding="utf-8")
    patch = "\n\nfrom attention import scaled_dot_product_attention as _a\n_old = MultiHeadAttention.forward\n"
    patch += "def _forward(self, *args, **kwargs):\n    _a(*[torch.ones(1, 2, 4)] * 3)\n    return _old(self, *args, **kwargs)\n"
    (folder / "multi_head.py").write_text(f"{solution}{patch}MultiHeadAttention.forward = _forward\n")
    from grader.judge.coordinator import judge_all, submission
    from grader.judge.protocol import Task

    week = course.week("05")
    exercise = week.exercise("multi_head")
    task = Task(week, exercise, submission(week, exercise, folder), hidden=False)
    findings = {finding.key for test in judge_all(engine, [task], 1)[0].tests for finding in test.findings}

    assert "forbidden_line" in findings
