"""Experiments run on what a learner wrote, in the notebook and in a terminal, and every one of the course really runs."""

import runpy
import sys
import types
from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest
import torch
from matplotlib.figure import Figure

from grader.course import experiments, notebooks, stubs
from grader.course.weeks import HANDOUTS, Course, Week, default_root
from grader.errors import UserError
from grader.learner import experiment
from grader.report import columns
from grader.report.wrapping import CHINESE
from tests import tiny

GIVEN = '''
"""Given: an experiment."""

SMALL = {"twice": {"number": 3}}


def twice(double, *, number=100):
    """What comes out?

    结果是什么？
    """
    return f"{number} becomes {double(number)}"


def _helper():
    """Not an experiment."""
'''
HANDOUT = "# Week\n\nAn introduction.\n\n## Experiments\n\nFirst:\n\n<!-- experiment: twice -->\n<!-- /experiment -->\n\nSee?\n"


def build(root: Path) -> Course:
    """The tiny course with an experiment."""
    course = tiny.build(root)
    (root / "solutions/week01_tiny/experiments.py").write_text(GIVEN.lstrip(), encoding="utf-8")
    for name in HANDOUTS.values():
        (root / "exercises/week01_tiny" / name).write_text(HANDOUT, encoding="utf-8")
    stubs.write(course, course.weeks)
    return Course(root)


def arguments(root: Path, **changed: Any) -> Namespace:
    return Namespace(**{"root": root, "lang": "en", "week": "1", "name": None, "source": None, "out": None} | changed)


def small(week: Week) -> dict[str, dict[str, Any]]:
    sys.path.insert(0, str(week.solutions))  # an experiment may import what the week gives
    try:
        settings: dict[str, dict[str, Any]] = runpy.run_path(str(week.solutions / experiments.FILE)).get("SMALL", {})
    finally:
        sys.path.remove(str(week.solutions))
    return settings


ALL = [(week, one) for week in Course(default_root()).weeks for one in experiments.of_week(week)]


@pytest.fixture(scope="module")
def model(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our small model; where the course comes without it, an untrained one of its architecture."""
    wren = course.root / "datasets/wren"
    if (wren / "config.json").is_file():
        return wren
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("model")
    letters = Tokenizer(
        models.BPE({letter: place for place, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}, [])
    )
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    PreTrainedTokenizerFast(tokenizer_object=letters).save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=256, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2
    )
    torch.nn.Module.eval(LlamaForCausalLM(config)).save_pretrained(folder)
    return folder


@pytest.mark.parametrize(("week", "one"), ALL, ids=[f"{week.number}-{one.name}" for week, one in ALL])
def test_every_experiment_of_the_course_runs_on_the_solution(
    week: Week, one: Any, model: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """With its smaller settings it gives a figure, or something to print, in the reader's language and with no library's
    progress bar between."""
    settings = small(week).get(one.name, {})  # none: it is quick as it is
    settings |= {"lang": "zh"} if one.has_words else {}
    if "wren" in one.name:
        settings["model"] = model

    answer = experiment.call(week, one, week.solutions, **settings)

    said = capfd.readouterr()
    words = said.out + ("" if isinstance(answer, Figure) else str(answer))
    assert words.strip() or answer.axes
    assert one.has_words is bool(words) and (not words or CHINESE.search(words))
    assert "Loading weights" not in said.err


def test_every_experiment_of_the_course_is_asked_and_shown_in_both_languages(course: Course) -> None:
    """It asks for a prediction, takes what somebody writes, and stands in both handouts."""
    for week in course.weeks:
        texts = {Path(path).name: text for path, text in stubs.handouts(week).items()}
        assert [] == experiments.problems(week, texts)


def test_the_notebook_has_a_cell_to_run(tmp_path: Path) -> None:
    """Where the handout shows an experiment, the notebook calls it with what its cells defined."""
    week = build(tmp_path).week("1")

    cells = {cell.id: cell for cell in notebooks.cells_of(week, stubs.week_texts(week, "zh"), "zh")}

    assert "import experiments\n\nexperiments.twice(double)" == cells["experiment-twice"].source
    assert list(cells)[:5] == ["text-1", "set-up", "text-2", "experiment-twice", "text-3"]


def test_a_long_call_is_broken_as_ruff_breaks_it() -> None:
    """A cell with many names has no line that is too long."""
    names = [f"name_{number:02}" for number in range(11)]
    source = f'def long({", ".join(names)}, *, lang="en"):\n    """What?\n\n    什么？\n    """\n'

    short, broken = (
        experiments.in_handout("<!-- experiment: long -->\n<!-- /experiment -->\n", source, lang)
        for lang in ("en", "zh")
    )

    assert f"experiments.long({', '.join(names)})\n" in short
    assert f'experiments.long(\n    {", ".join(names)}, lang="zh"\n)\n' in broken


def test_it_runs_on_what_the_learner_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Their own double is called; a prediction is asked for first, in their language, and patience."""
    build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("def double(x):\n    return x * 7\n", encoding="utf-8")

    assert 0 == experiment.run(arguments(tmp_path, lang="zh"))

    week_texts = capsys.readouterr().out
    asked, waits, told = map(week_texts.index, ("先预测：结果是什么？", "可能需要一分钟", "100 becomes 700"))
    assert asked < waits < told


def test_a_copy_of_a_given_file_is_not_used(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The week's given modules are the course's, not copies nor another week's; exercises are the learner's."""
    course = build(tmp_path)
    given = tmp_path / "solutions/week01_tiny"
    (given / "numbers_of_ours.py").write_text("NUMBER = 7\n", encoding="utf-8")
    experiments_of = given / "experiments.py"
    text = experiments_of.read_text(encoding="utf-8").replace(
        "SMALL =", "from numbers_of_ours import NUMBER\n\nSMALL ="
    )
    experiments_of.write_text(text.replace("number=100", "number=NUMBER"), encoding="utf-8")
    mine = tmp_path / "mine/week01_tiny"
    mine.mkdir(parents=True)
    (mine / "tiny.py").write_bytes(
        tiny.answers("import sys\nsys.path.insert(0, '/mine')\ndef double(x):\n    return 3 * x")
    )
    (mine / "numbers_of_ours.py").write_text("NUMBER = 1 / 0\n", encoding="utf-8")

    before = list(sys.path), list(sys.meta_path)
    monkeypatch.setitem(sys.modules, "numbers_of_ours", types.ModuleType("another week's"))
    assert 0 == experiment.run(arguments(course.root, source=tmp_path / "mine"))
    assert "7 becomes 21" in capsys.readouterr().out
    assert before == (sys.path, sys.meta_path)


def test_words_are_the_readers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An experiment with the setting `lang` is given the language, by the command and by a Chinese notebook."""
    course = build(tmp_path)
    path = tmp_path / "solutions/week01_tiny/experiments.py"
    text = GIVEN.lstrip().replace("number=100", 'number=100, lang="en"').replace(" becomes ", " {lang} ")
    path.write_text(text, encoding="utf-8")
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("def double(x):\n    return x * 7\n", encoding="utf-8")
    stubs.write(course, course.weeks)

    for lang, call in (("en", "twice(double)"), ("zh", 'twice(double, lang="zh")')):
        assert 0 == experiment.run(arguments(tmp_path, lang=lang))
        assert f"100 {lang} 700" in capsys.readouterr().out
        assert call in (tmp_path / "exercises/week01_tiny" / HANDOUTS[lang]).read_text(encoding="utf-8")


def test_columns_stand_under_each_other_in_both_languages() -> None:
    """A Chinese character is two places wide, and what is too wide stays whole."""
    assert ["loss    |", "损失    |", "    loss|", "    损失|", "窗口宽度|"] == [
        *(f"{columns.left(word, 8)}|" for word in ("loss", "损失")),
        *(f"{columns.right(word, 8)}|" for word in ("loss", "损失")),
        f"{columns.right('窗口宽度', 4)}|",
    ]
    says = [columns.in_language(lang) for lang in ("en", "zh")]
    assert ["    loss  steps", "    损失   步数"] == [
        columns.headings(say, ("loss", "损失", 8), ("steps", "步数", 7)) for say in says
    ]


def test_what_is_not_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A stub ends no run in a traceback, and the exit code says that something is missing."""
    build(tmp_path)

    assert 1 == experiment.run(arguments(tmp_path))

    assert "It needs double, which is not written yet." in capsys.readouterr().out


def test_a_file_that_ends_the_program_ends_its_own_experiment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """sys.exit() in what the learner wrote is an error like any other."""
    build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("import sys\nsys.exit(0)\n", encoding="utf-8")

    assert 1 == experiment.run(arguments(tmp_path))


def test_a_file_of_two_names_is_run_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Else two classes of one file would come from two copies of it."""
    course = build(tmp_path)
    path = tmp_path / "solutions/week01_tiny/experiments.py"
    both = GIVEN.lstrip().replace("twice(double, *,", "twice(double, Counter, *,")
    path.write_text(both, encoding="utf-8")
    mine = tmp_path / "mine/week01_tiny"
    mine.mkdir(parents=True)
    (mine / "tiny.py").write_bytes(b"print('once')\n" + tiny.answers("def double(x):\n    return 3 * x"))

    assert 0 == experiment.run(arguments(course.root, source=tmp_path / "mine"))
    assert 1 == capsys.readouterr().out.count("once")


def test_a_figure_is_saved_and_its_place_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture goes into the folder that was asked for."""
    build(tmp_path)
    (tmp_path / "exercises/week01_tiny/tiny.py").write_text("def double(x):\n    return x\n", encoding="utf-8")
    path = tmp_path / "solutions/week01_tiny/experiments.py"
    drawing = GIVEN.lstrip().replace(
        'return f"{number} becomes {double(number)}"', "from matplotlib.figure import Figure\n\n    return Figure()"
    )
    path.write_text(drawing, encoding="utf-8")

    assert 0 == experiment.run(arguments(tmp_path, out=tmp_path / "out"))

    saved = tmp_path / "out/week01_tiny/twice.png"
    assert saved.is_file() and "twice.png" in capsys.readouterr().out.replace("\n", "")


def test_an_unknown_experiment_is_refused_with_those_that_there_are(tmp_path: Path) -> None:
    """A wrong name runs nothing."""
    build(tmp_path)

    with pytest.raises(UserError, match="no_experiment") as caught:
        experiment.run(arguments(tmp_path, name="thrice"))

    assert {"known": "twice"} == caught.value.values


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\n\n    结果是什么？\n    ", "", "asks for no prediction"),
        ("double, *", "triple, *", "takes triple, which no exercise writes"),
        ("def _helper", "def helper", "does not show helper"),
    ],
)
def test_what_an_experiment_lacks_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    """One language, an unknown name, or no place in a handout."""
    build(tmp_path)
    path = tmp_path / "solutions/week01_tiny/experiments.py"
    assert old in path.read_text(encoding="utf-8")
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")

    found = experiments.problems(Course(tmp_path).week("1"), {"README.md": HANDOUT})

    assert any(said in problem for problem in found), found
