"""The two languages of a handout: one structure, the same code and formulas, the glossary's terms, no older translation."""

import re
from argparse import Namespace
from pathlib import Path

import pytest

from grader.authoring import translations
from grader.course import stubs
from grader.course.weeks import HANDOUTS, Course, Week, default_root
from tests import tiny

ENGLISH = """# Tiny

## What

- Twice `x`, as $2x$; no [mask](https://example.org).

| a | b |
|---|---|
| 1 | $$x^2$$ |

<!-- include: tiny.py double -->
<!-- /include -->

```python
print("one")
```
"""
CHINESE = (
    ENGLISH.replace("Twice `x`, as $2x$; no [mask]", "$2x$ 即 `x` 的两倍；没有[掩码]")
    .replace("What", "内容")
    .replace("Tiny", "微型")
)

PAGES = [path for path in sorted(default_root().glob("docs/*.md")) if "zh-CN" not in path.name]
"""Guides, each with a Chinese version beside it."""
OWN_WORD = re.compile(r" LANG=zh| --lang zh|\.zh-CN| +#.*| {2,}\S.*")
"""What a command of a Chinese page has more than the English one, or says beside it in its own words."""
SENTENCE = re.compile(r'"[^"\n]*(?:[\u4e00-\u9fff]| \w+ )[^"\n]*"')
"""A text for people between quotes is in the page's own language."""


@pytest.fixture
def week(tmp_path: Path) -> Week:
    """A week whose two handouts fit."""
    course = tiny.build(tmp_path)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/glossary.toml").write_text('mask = "掩码"\n', encoding="utf-8")
    write(course.week("1"), ENGLISH, CHINESE)
    assert 0 == translations.run(Namespace(root=tmp_path, week=None, lang="en"))
    return course.week("1")


def write(week: Week, english: str, chinese: str) -> None:
    for name, text in zip(HANDOUTS.values(), (english, chinese), strict=True):
        (week.folder / name).write_text(text, encoding="utf-8")


def texts(week: Week) -> tuple[str, str]:
    english, chinese = ((week.folder / name).read_text(encoding="utf-8") for name in HANDOUTS.values())
    return english, chinese


@pytest.mark.parametrize("week", Course(default_root()).weeks, ids=lambda week: week.name)
def test_the_handouts_of_this_course_fit(week: Week) -> None:
    """Every Chinese handout translates the English one as it is now, part by part."""
    assert [] == translations.problems(week)


def test_a_pair_that_fits_has_no_problem(week: Week) -> None:
    """Noting it again changes nothing, and a change of the included code makes no translation older."""
    before = texts(week)
    assert [] == translations.problems(week)

    translations.stamp(week)
    assert before == texts(week)
    stub = week.root / "solutions/week01_tiny/tiny.py"
    stub.write_text(stub.read_text(encoding="utf-8").replace("Return twice x.", "Return 2x."), encoding="utf-8")
    stubs.write(Course(week.root), [week])
    assert before != texts(week) and [] == translations.problems(week)


def test_a_translation_that_is_older_than_its_original_is_found(week: Week) -> None:
    """A changed English sentence, or a Chinese handout without a key, is a problem until it is noted."""
    english, chinese = texts(week)
    for pair in ((english.replace("Twice", "Two times"), chinese), (english, translations.STAMP.sub("\n", chinese))):
        write(week, *pair)

        (problem,) = translations.problems(week)

        assert "README.zh-CN.md translates an older README.md" in problem and "make translated WEEK=01" in problem
        translations.stamp(week)
        assert [] == translations.problems(week)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("## 内容", "### 内容", "headings"),
        ("$2x$", "$3x$", "formulas: only the English one has '2x'"),
        ("$$x^2$$", "$$x^3$$", "formulas"),
        ("`x`", "`y`", "code: only the English one has 'x'"),
        ('print("one")', 'print("two")', "blocks of code"),
        ("tiny.py double", "tiny.py Counter", "included code"),
        ("| 1 | $$x^2$$ |", "| 1 | $$x^2$$ | |", "tables"),
        ("- $2x$", "$2x$", "lists"),
        ("example.org", "example.com", "links"),
        ("掩码", "面具", "neither 掩码 nor mask"),
    ],
)
def test_every_part_is_held_together(week: Week, old: str, new: str, what: str) -> None:
    """A part that the Chinese handout has otherwise than the English one is named."""
    english, chinese = texts(week)
    assert old in chinese
    write(week, english, chinese.replace(old, new))

    assert what in "\n".join(translations.problems(week))


def test_nothing_is_noted_while_parts_differ(week: Week, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names the difference, and the older key stays."""
    english, chinese = texts(week)
    write(week, english + "\n- More.\n", chinese)

    assert 1 == translations.run(Namespace(root=week.root, week="1", lang="en"))

    assert "the same lists" in capsys.readouterr().out
    assert chinese == texts(week)[1]


def commands(text: str) -> list[str]:
    """The commands and settings of a page's indented blocks, without what is said beside them."""
    lines = re.findall(r"(?m)^    (\S.*)", translations.FENCE.sub("", text))
    return [OWN_WORD.sub("", SENTENCE.sub('"…"', line.strip())) for line in lines]


@pytest.mark.parametrize("page", [*PAGES, default_root() / "README.md"], ids=lambda page: page.stem)
def test_a_page_for_people_has_the_same_parts_in_both_languages(page: Path) -> None:
    """Guides and the README: the same headings, tables, lists, blocks of code and commands; every link leads somewhere."""
    chinese = page.with_name(f"{page.stem}.zh-CN.md")
    texts = [path.read_text(encoding="utf-8") for path in (page, chinese)]

    for part in ("headings", "tables", "lists", "blocks of code"):
        one, other = (translations.PARTS[part](text) for text in texts)
        assert one == other, part
    one, other = map(commands, texts)
    assert one == other
    for text in texts:
        for link in translations.LINK.findall(text):
            assert link.startswith("http") or (page.parent / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("week", Course(default_root()).weeks, ids=lambda week: week.name)
def test_chinese_handouts_have_one_word_for_one_thing(week: Week) -> None:
    """笔记本, 预测, and a command that answers in Chinese, as README.zh-CN.md has it."""
    text = (week.folder / HANDOUTS["zh"]).read_text(encoding="utf-8")
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)

    assert "notebook" not in prose and "说出你的预期" not in prose
    assert [] == re.findall(r"`make \w+ [^`\n]*WEEK=\d\d`", text)


def test_week_06_keeps_to_the_words_that_it_announces(course: Course) -> None:
    """query and key, once they are said to stay English; a name of the field (键值缓存, 分组查询) stays one."""
    text = (course.week("6").folder / HANDOUTS["zh"]).read_text(encoding="utf-8")
    after = text.partition("沿用英文 query")[2]

    assert after and not re.search("查询和键|个键|的键", after)
