"""The static site: every handout in both languages, formulas without script, search, and nothing from a network."""

import json
import re
from argparse import Namespace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import msgspec
import pytest

from grader.authoring import site
from grader.authoring.site_hooks import on_page_content
from grader.authoring.translations import PARTS
from grader.course.weeks import HANDOUTS, Course
from grader.errors import UserError

CHILDREN = {"msub": 2, "msup": 2, "mfrac": 2, "munder": 2, "mover": 2, "msubsup": 3, "munderover": 3}
"""How many children MathML gives these elements."""
WIDTHS = """
const page = document.documentElement, room = page.clientWidth;
const formulas = [...document.querySelectorAll("math")].filter((one) => getComputedStyle(one).overflowX === "auto");
const cut = formulas.filter((one) => one.scrollHeight > one.clientHeight);
const wide = formulas.filter((one) => one.scrollWidth > one.clientWidth);
return {page: page.scrollWidth, room, cut: cut.map((one) => one.textContent), wide: wide.length};
"""
SCHEME = "return [document.body.dataset.mdColorScheme, getComputedStyle(document.body).backgroundColor]"


@pytest.fixture(scope="module")
def built(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of this course."""
    out = tmp_path_factory.mktemp("built") / "site"
    assert 0 == site.run(Namespace(root=course.root, out=out, lang="en"))
    return out


def test_every_handout_is_there_with_every_formula(course: Course, built: Path) -> None:
    """Each page has its handout's headings, and one formula drawn for each formula written."""
    for week in course.weeks:
        for folder, name in zip((built, built / "zh"), HANDOUTS.values(), strict=True):
            text = (week.folder / name).read_text(encoding="utf-8")
            page = (folder / f"{week.name}.html").read_text(encoding="utf-8")
            title = text.splitlines()[0].removeprefix("# ")
            assert title in page
            assert len(PARTS["formulas"](text)) == page.count("<math"), week.name
            assert "arithmatex" not in page and "translates:" not in page


def test_nothing_comes_from_elsewhere(built: Path) -> None:
    """No page loads a script, style, font or picture of another host."""
    for path in built.rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe|link)\b[^>]*(?:src|href)="((?:https?:)?//[^"]*)', page)
        assert [] == [url for url in loaded if not url.startswith("https://www.mkdocs.org")], path.name


def test_both_languages_can_be_searched(built: Path) -> None:
    """Each language has an index of its own, also as the copy for pages opened as files, and its own sitemap."""
    text = (built / "search/search_index.js").read_text(encoding="utf-8")
    index = json.loads(text[text.index("{") :])

    assert index == json.loads((built / "search/search_index.json").read_text(encoding="utf-8"))
    chinese = json.loads((built / "zh/search/search_index.json").read_text(encoding="utf-8"))
    for folder, one in ((built, index), (built / "zh", chinese)):
        places = {doc["location"].partition("#")[0] for doc in one["docs"]}
        assert "week05_attention.html" in places and all((folder / place).is_file() for place in places)
    assert not any("学" in doc["text"] for doc in index["docs"]) and any("学" in doc["text"] for doc in chinese["docs"])
    assert "None" not in (built / "zh/sitemap.xml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "words"), [("", ("For whom?", "How long?", "How hard?")), ("zh", ("适合谁？", "需要多久？"))]
)
def test_the_first_page_says_what_a_learner_asks(
    course: Course, built: Path, folder: str, words: tuple[str, ...]
) -> None:
    """For whom, how long, how hard, how to start, and the road map's picture with a link to every week that is there."""
    page = (built / folder / "index.html").read_text(encoding="utf-8")

    assert all(word in page for word in words) and "git clone" in page
    picture = page[page.index('<svg class="wide"') :].partition("</svg>")[0]
    assert {week.name for week in course.weeks} == set(re.findall(r'<a href="(\w+)\.html">', picture))
    assert 18 == picture.count("<rect")


def test_the_hours_of_a_week_are_those_without_its_extras(course: Course) -> None:
    """What nobody is asked to do takes nobody's time."""
    first, *_ = course.week("5").exercises
    longer, extra = (msgspec.structs.replace(first, minutes=120, extra=extra) for extra in (False, True))

    assert ("2", "2") == (site.hours([longer]), site.hours([longer, extra]))


def test_formulas_are_set_as_mathematicians_do() -> None:
    """A sign is no difference, a name stands off its argument, an underscore in a word is a letter."""
    page = r'<p><span class="arithmatex">\((-1, 2\ln 3 - \text{d\_k})\)</span></p>'

    made = on_page_content(page)

    assert 1 == made.count('<mo form="prefix">\N{MINUS SIGN}</mo>') and 2 == made.count("<mspace")
    assert "<mtext>d_k</mtext>" in made and "arithmatex" not in made


def test_a_space_stands_beside_a_name_with_an_index_and_never_between_the_two() -> None:
    """The index of a logarithm is its own; its argument stands off; an opening bracket does not."""
    made = on_page_content(r'<span class="arithmatex">\(2\log_2 x \lfloor \log^2 y \rfloor\)</span>')

    space = '<mspace width="0.17em" />'
    assert f"<mn>2</mn>{space}<msub><mi>log</mi><mn>2</mn></msub>{space}<mi>x</mi>" in made
    assert f"<mi>\N{LEFT FLOOR}</mi><msup><mi>log</mi><mn>2</mn></msup>{space}<mi>y</mi>" in made


def test_every_formula_is_valid(built: Path) -> None:
    """A fraction and a base with its index have two children, a base with both indices has three."""
    seen = set()
    for path in built.rglob("week*.html"):
        for formula in re.findall(r"<math.*?</math>", path.read_text(encoding="utf-8"), re.DOTALL):
            for element in ElementTree.fromstring(formula).iter():
                name = element.tag.partition("}")[2]
                seen.add(name)
                assert len(element) == CHILDREN.get(name, len(element)), f"{path.name}: {formula}"
    assert {"msub", "msup", "mfrac"} <= seen


def test_a_site_that_was_cut_off_is_made_again(course: Course, tmp_path: Path) -> None:
    """What stops in the middle leaves a folder that is known for ours; one that cannot be written is named at once."""
    (tmp_path / "exercises").mkdir()  # without handouts and without a road map: nothing can be made of it
    args = Namespace(root=tmp_path, out=tmp_path / "site", lang="en")
    with pytest.raises(UserError, match="bad_week_file"):
        site.run(args)
    (args.out / "index.html").write_text("half", encoding="utf-8")

    with pytest.raises(UserError, match="bad_week_file"):  # and not site_not_empty
        site.run(args)
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(OSError, match="file"):
        site.run(Namespace(root=course.root, out=tmp_path / "file" / "site", lang="en"))


def test_a_folder_of_ones_own_is_left_alone(course: Course, tmp_path: Path) -> None:
    """A folder that no site was written to is refused."""
    (tmp_path / "thesis.tex").touch()

    with pytest.raises(UserError, match="site_not_empty"):
        site.run(Namespace(root=course.root, out=tmp_path, lang="en"))


@pytest.mark.parametrize(
    ("page", "word"),
    [("index.html", "top-p"), ("zh/index.html", "top-p")],
)
def test_search_works_from_a_file(built: Path, chrome: Any, page: str, word: str) -> None:
    """A page opened as a file, without any network, finds a word of its language."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    chrome.get((built / page).as_uri())
    chrome.find_element(By.CSS_SELECTOR, ".md-search__input").send_keys(word)
    item = (By.CSS_SELECTOR, ".md-search-result__item")
    WebDriverWait(chrome, 30).until(lambda driver: driver.find_elements(*item))

    assert word in chrome.find_element(*item).text
    first = str(chrome.find_element(By.CSS_SELECTOR, ".md-search-result__link").get_attribute("href"))
    assert (built / page).parent.as_uri() + "/week09_sampling.html" == first.partition("?")[0]
    broken = [one["message"] for one in chrome.get_log("browser") if "sitemap.xml" not in one["message"]]
    assert [] == [message for message in broken if "Failed to load" in message or "Uncaught" in message]


@pytest.mark.parametrize(("folder", "suffix"), [("", ".svg"), ("zh/", "-zh.svg")])
def test_figures_and_folded_answers_are_shown(built: Path, chrome: Any, folder: str, suffix: str) -> None:
    """The figures of a handout load in both languages, and the answers unfold as text, not as its marks."""
    chrome.get(f"{(built / folder).as_uri()}/week05_attention.html")
    pictures = chrome.execute_script("return [...document.images].map(image => [image.src, image.naturalWidth])")
    assert 5 == len(pictures) and all(width and source.endswith(suffix) for source, width in pictures), pictures
    assert 4 == chrome.execute_script("return document.querySelectorAll('details li').length")


def test_nothing_is_wider_than_a_telephone(built: Path, chrome: Any) -> None:
    """At 390 px no page scrolls sideways; a formula that is too wide does, with room for its scroll bar."""
    size = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wide = 0
    try:
        for path in built.rglob("*.html"):
            chrome.get(path.as_uri())
            seen = chrome.execute_script(WIDTHS)
            assert seen["page"] <= seen["room"] <= 390 and [] == seen["cut"], path.name
            wide += seen["wide"]
    finally:
        chrome.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide


@pytest.mark.parametrize("folder", ["", "zh"])
def test_colours_follow_the_system_until_a_reader_chooses(built: Path, chrome: Any, folder: str) -> None:
    """Light, then dark: the next page is dark too; a choice by the button holds on the next page."""
    from selenium.webdriver.common.by import By

    def opened(page: str, system: str) -> tuple[str, str]:
        feature = {"name": "prefers-color-scheme", "value": system}
        chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        chrome.get((built / folder / page).as_uri())
        scheme, colour = chrome.execute_script(SCHEME)
        return scheme, colour

    chrome.get((built / folder / "index.html").as_uri())
    chrome.execute_script("localStorage.clear()")
    light, dark = opened("index.html", "light"), opened("week05_attention.html", "dark")
    assert "default" == light[0] and "slate" == dark[0] and light[1] != dark[1]
    assert light == opened("week12_rag.html", "light") and dark == opened("index.html", "dark")
    chrome.find_element(By.CSS_SELECTOR, "label[for=__palette_1]").click()
    assert light == opened("week05_attention.html", "dark")
    chrome.execute_script("localStorage.clear()")
