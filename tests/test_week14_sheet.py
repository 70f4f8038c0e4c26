"""The human-evaluation sheet of week 14: opened in a real browser, rated by keyboard and mouse, saved, and read back."""

import csv
import html.parser
import importlib.util
import json
import re
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from grader.course.weeks import Course

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028 & 'quoted', \"twice\"\r\n=1+1"
ITEMS = [
    {"item": "q1", "question": "What does Tom do?", "answers": {"big": "Tom is a teacher.", "small": "A baker."}},
    {"item": "q,2", "question": HOSTILE, "answers": {"small": HOSTILE, "big": "<b>bold</b>"}},
    {"item": "__proto__", "question": "问题三", "answers": {"big": "好", "small": "不好"}},
    {"item": "q4", "question": "Last?", "answers": {"big": "yes", "small": "no"}},
]


@pytest.fixture(scope="module")
def sheet(course: Course) -> types.ModuleType:
    """The given module."""
    path = course.root / "solutions" / "week14_evaluation" / "sheet.py"
    spec = importlib.util.spec_from_file_location("sheet", path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def page(sheet: types.ModuleType, tmp_path: Path) -> Path:
    """A page on disk."""
    sheet.write_sheet(tmp_path / "sheet.html", ITEMS)
    return tmp_path / "sheet.html"


@pytest.fixture
def opened(chrome: "Chrome", page: Path) -> "Chrome":
    """The browser with the page open; what it saves goes to the page's folder."""
    behaviour = {"behavior": "allow", "downloadPath": str(page.parent)}
    chrome.execute_cdp_cmd("Browser.setDownloadBehavior", behaviour)
    chrome.get(page.as_uri())
    return chrome


def press(chrome: "Chrome", *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(chrome).send_keys(*keys).perform()


def text(chrome: "Chrome", place: str) -> str:
    return str(chrome.execute_script("return document.getElementById(arguments[0]).textContent", place))


def begin(chrome: "Chrome", rater: str) -> None:
    """Type a name and begin, without a mouse."""
    from selenium.webdriver.common.keys import Keys

    chrome.execute_script("document.getElementById('rater').focus()")
    press(chrome, rater, Keys.ENTER)


def saved(folder: Path, name: str) -> Path:
    """The file, as soon as the browser has written it."""
    for _ in range(100):
        if (folder / name).exists():
            return folder / name
        time.sleep(0.1)
    raise AssertionError(f"{name} is not among {[path.name for path in folder.iterdir()]}")


def save(chrome: "Chrome", folder: Path, name: str) -> Path:
    chrome.execute_script("document.getElementById('save').click()")
    return saved(folder, name)


def test_the_page_holds_words_and_no_markup_of_an_item(page: Path) -> None:
    """One block of data that parses, one script, no address of anything outside."""
    tags: list[str] = []
    source = page.read_text(encoding="utf-8")
    parser = html.parser.HTMLParser()
    parser.handle_starttag = lambda tag, attrs: tags.append(tag)  # type: ignore[method-assign]
    parser.feed(source)
    data = re.search(r'id="data">(.*?)</script>', source, re.DOTALL)

    assert (2, 0, 0) == (tags.count("script"), tags.count("img"), tags.count("b"))
    assert data and HOSTILE == json.loads(data[1])["items"][1]["question"]
    assert "default-src 'none'" in source and "http" not in source.replace("http-equiv", "")


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1200])
def test_the_page_is_quiet_and_fits(opened: "Chrome", page: Path, width: int, dark: bool) -> None:
    """No console message, nothing loaded, nothing wider than a phone; hostile text is shown as text."""
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    opened.get(page.as_uri())
    begin(opened, "mei")
    from selenium.webdriver.common.keys import Keys

    press(opened, Keys.ARROW_RIGHT)

    assert text(opened, "question").startswith("</script><script>alert(1)")
    assert [] == opened.get_log("browser")  # type: ignore[no-untyped-call]
    assert not opened.execute_script("return performance.getEntriesByType('resource').length")
    assert opened.execute_script("return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert opened.execute_script("return !document.querySelector('img, b, [onerror]')")


def test_rating_by_keyboard_and_reading_back(
    opened: "Chrome", page: Path, sheet: types.ModuleType, solution: Callable[[str, str], types.ModuleType]
) -> None:
    """Keys choose and turn pages, not while a comment is typed; what is saved is what was chosen, and `summarise` reads it."""
    from selenium.webdriver.common.keys import Keys

    begin(opened, "  梅 O'Neil ")
    shown = {}
    for item, key in zip(ITEMS, ("1", "2", "0", None), strict=True):
        shown[item["item"]] = [text(opened, "answer1"), text(opened, "answer2")]
        if key:
            press(opened, key)
        press(opened, Keys.ARROW_RIGHT)
    assert "Question 4 of 4; rated: 3" == text(opened, "progress")
    opened.execute_script("document.getElementById('comment').focus()")
    press(opened, '=1, 2 "0"', Keys.ENTER, "不")
    assert "rated: 3" in text(opened, "progress")

    rows = sheet.read_sheets(save(opened, page.parent, "ratings-梅-O-Neil.csv"))
    answers: dict[Any, Any] = {item["item"]: item["answers"] for item in ITEMS}
    assert [item["item"] for item in ITEMS] == [row["item"] for row in rows]
    assert ["first", "second", "tie", ""] == [row["choice"] for row in rows]
    assert {"梅 O'Neil"} == {row["rater"] for row in rows}
    assert ["", "", "", '=1, 2 "0"\n不'] == [row["comment"].replace("\r\n", "\n") for row in rows]
    for row in rows[:1] + rows[2:]:
        assert shown[row["item"]] == [answers[row["item"]][row["first"]], answers[row["item"]][row["second"]]]
    found = solution("week14_evaluation", "raters").summarise(rows)
    assert (1, 3) == (found["raters"], found["items"])
    assert {"big", "small"} == set(found["scores"])


def test_no_cell_is_a_formula(opened: "Chrome", page: Path, sheet: types.ModuleType) -> None:
    """A name such as =cmd() is written with an apostrophe for spreadsheets, and read back without it."""
    begin(opened, "=cmd()")
    path = save(opened, page.parent, "ratings--cmd-.csv")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]

    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert {"=cmd()"} == {row["rater"] for row in sheet.read_sheets(path)}


def test_order_differs_between_raters_and_not_between_visits(opened: "Chrome", page: Path) -> None:
    """Of twenty raters some see the one system first and some the other; the same rater sees the same again."""

    def order(rater: str) -> str:
        opened.get(page.as_uri())
        begin(opened, rater)
        return text(opened, "answer1")

    seen = [order(f"rater {number}") for number in range(20)]
    assert {"Tom is a teacher.", "A baker."} == set(seen)
    assert 4 <= seen.count("A baker.") <= 16
    assert seen[:3] == [order(f"rater {number}") for number in range(3)]


def test_language_and_mouse(opened: "Chrome") -> None:
    """The button turns every sentence to Chinese and back; a click on a label chooses; nobody begins without a name."""
    opened.execute_script("document.querySelector('#start button').click()")
    assert opened.execute_script("return document.getElementById('sheet').hidden")
    begin(opened, "tom")
    opened.execute_script("document.getElementById('language').click()")

    assert "zh-CN" == opened.execute_script("return document.documentElement.lang")
    assert "第 1 题，共 4 题；已评 0 题" == text(opened, "progress")
    assert "哪个回答更好？" == opened.title
    assert opened.execute_script(
        "return [...document.querySelectorAll('#sheet [data-word]')].every(place => /[\\u4e00-\\u9fff]/.test(place.textContent))"
    )
    opened.execute_script("document.querySelectorAll('fieldset label')[1].click()")
    assert "第 1 题，共 4 题；已评 1 题" == text(opened, "progress")
    opened.execute_script("document.getElementById('language').click()")
    assert "Question 1 of 4; rated: 1" == text(opened, "progress")
    assert opened.execute_script("return document.querySelector('[value=tie]').checked")


@pytest.mark.parametrize("items", [[], [ITEMS[0], ITEMS[0]], [{**ITEMS[0], "answers": {"big": "one"}}]])
def test_items_that_are_refused(sheet: types.ModuleType, tmp_path: Path, items: list[dict[str, Any]]) -> None:
    with pytest.raises(ValueError, match="items"):
        sheet.write_sheet(tmp_path / "sheet.html", items)
