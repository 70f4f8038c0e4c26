"""The pages of a class, parsed as text and opened in a real browser; what a submission says never becomes markup."""

import datetime
import html.parser
import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader.classroom import exports, pages, statistics
from grader.classroom.exports import Entered, Row, table
from grader.classroom.results import Graded
from grader.classroom.similarity import Match, Pair
from grader.course.weeks import Exercise, Week
from grader.intake.lateness import Penalty
from grader.intake.submission import Received, Submission
from grader.outcomes import ExerciseResult, Finding, TestResult, Verdict
from grader.report import document
from grader.report.terminal import number

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "</style><img src=x onerror=alert(3)>",
    '"><svg onload=alert(4)>',
    "' onmouseover='alert(5)",
    "<!--<script>",
    "]]></pre></title></textarea>",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd()",
    "\x1b[31mred\x1b[0m\x07\x00\x9b2J",
    "abc\u202egnp.exe\u200f\u2066",
    "half \ud800 a pair",
    "one\u2028line",
    "_" * 3_000,
]
ALL = "\n".join(HOSTILE)
FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
VOID = {"meta", "link", "br", "img", "input"}
LAYERS = {"limits": True, "namespaces": True, "seccomp": False}
TOO_WIDE = """
return [document.documentElement, ...document.querySelectorAll(".table, pre, .list li")]
    .filter(box => box.scrollWidth > box.clientWidth).map(box => box.outerHTML.slice(0, 80))
"""


class Reader(html.parser.HTMLParser):
    """Collects what a page is made of, and the words it shows."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.stack: list[str] = []
        self.raw: dict[str, list[str]] = {"script": [], "style": []}
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.stack.pop(), f"{tag} closes something else"

    def handle_data(self, data: str) -> None:
        where = self.stack[-1] if self.stack else ""
        self.raw.get(where, self.words).append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)

    def attributes(self) -> set[str]:
        return {name for _, attrs in self.tags for name in attrs}


def week(tmp_path: Path) -> dict[str, Week]:
    names = {"attention": "Attention", "heads": "Several heads"}
    exercises = [
        Exercise(name, {"en": title, "zh": "注意力"}, ["f"], 1, 1, 1, {"en": "", "zh": ""}, [])
        for name, title in names.items()
    ]
    one = Week(
        {"en": "Attention", "zh": "注意力"}, {"en": "", "zh": ""}, exercises, root=tmp_path, name="week05_attention"
    )
    return {one.name: one}


@pytest.fixture
def weeks(tmp_path: Path) -> dict[str, Week]:
    return week(tmp_path)


def outcome(name: str, verdict: Verdict = Verdict.PASSED, **more: object) -> TestResult:
    sentence = {"en": f"Sentence of `{name}`.", "zh": f"`{name}` 的句子。"}
    points = 2 if verdict is Verdict.PASSED else 0
    return TestResult(name, sentence, verdict, points=points, max_points=2, **more)  # type: ignore[arg-type]


def exercise(*tests: TestResult, name: str = "attention", **more: object) -> ExerciseResult:
    return ExerciseResult("week05_attention", name, list(tests), layers=LAYERS, **more)  # type: ignore[arg-type]


def student(name: str, *results: ExerciseResult, number: str = "", **more: object) -> Graded:
    return Graded(Submission(number or name, name, **more), list(results))  # type: ignore[arg-type]


def hostile_student(text: str = ALL, number: str = "s1") -> Graded:
    """A student who says `text` wherever a submission can say something."""
    return student(
        text,
        exercise(
            outcome(
                "t1",
                Verdict.FAILED,
                findings=[Finding("raised", {"type": text, "message": text}), Finding("value", {"expected": text})],
                traceback=text,
                printed=text,
                caught=[text],
                ratio=9.0,
                limit=3.0,
            )
        ),
        exercise(outcome("t2", Verdict.BROKEN, traceback=text, findings=[Finding("broken")]), name="heads"),
        number=number,
        notes=[Finding("claim", {"x": text}, {"en": "Note {x}", "zh": "说明 {x}"})],
    )


def beginner() -> Graded:
    """A student with a long summary, and an exercise that was not begun."""
    blocked = Finding("skipped", {"test": "t0"})
    failed = [outcome(f"t{i}", Verdict.FAILED, findings=[Finding("raised", {"message": str(i)})]) for i in range(10)]
    skipped = [outcome(f"u{i}", Verdict.SKIPPED, findings=[blocked]) for i in range(11)]
    stub = outcome("t2", Verdict.FAILED, findings=[Finding("not_written", {"message": "f"})])
    return student("long", exercise(*failed, *skipped), exercise(stub, name="heads"))


def everybody() -> list[Graded]:
    refused = student(ALL, number="s2", problem=Finding("raised", {"type": ALL, "message": ALL}))
    return [hostile_student(), refused, *(hostile_student(text, f"h{i}") for i, text in enumerate(HOSTILE))]


def alike(one: str, other: str, share: float) -> Pair:
    passage = Match("week05_attention", "attention.py", (3, 17), "attention.py", (5, 19))
    return Pair(one, other, share, [passage] * 9)


def feedback(graded: Graded, weeks: dict[str, Week], lang: str, late: dict[str, Penalty] | None = None) -> str:
    return pages.feedback(Row(graded, late or {}, lang), weeks)


def class_report(
    graded: list[Graded], weeks: dict[str, Week], lang: str, pairs: list[Pair], late: dict[str, Penalty] | None = None
) -> str:
    """The page of a class; `late` is what each week loses for being late, for everybody."""
    page = pages.ClassReport(weeks, lang)
    for one in graded:
        page.add(Row(one, late or {}, lang))
    return page.page(pairs)


def report(graded: list[Graded], weeks: dict[str, Week], lang: str = "en") -> str:
    return class_report(graded, weeks, lang, [alike("s1", "s2", 0.97)])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_that_a_student_says_becomes_markup(weeks: dict[str, Week], lang: str) -> None:
    """The page of a hostile student has the tags and attributes of a harmless one, in the same order."""
    hostile, harmless = (Reader(feedback(hostile_student(text), weeks, lang)) for text in (ALL, "a\nb"))

    assert _same_shape(hostile, harmless)
    assert not hostile.stack


def _same_shape(one: Reader, other: Reader) -> bool:
    """Whether two pages have the same tags and attribute names; lines of a finding aside."""
    shapes = [
        [(tag, sorted(attrs)) for tag, attrs in page.tags if (tag, attrs) != ("span", {})] for page in (one, other)
    ]
    return shapes[0] == shapes[1]


def test_feedback_has_no_script_and_loads_nothing(weeks: dict[str, Week]) -> None:
    page = feedback(hostile_student(), weeks, "en")
    reader = Reader(page)

    assert not reader.count("script") and not reader.count("img")
    assert not {name for name in reader.attributes() if name.startswith("on")}
    assert not [attrs for _, attrs in reader.tags if "src" in attrs]
    assert {"data:,"} == {str(attrs["href"]) for tag, attrs in reader.tags if tag == "link"}
    assert "default-src 'none'" in str(reader.tags)


def test_control_characters_and_surrogates_are_stripped(weeks: dict[str, Week]) -> None:
    graded = everybody()
    for lang in ("en", "zh"):
        for page in (feedback(graded[0], weeks, lang), report(graded, weeks, lang)):
            assert not FORBIDDEN.search(page)
            page.encode()  # a lone surrogate cannot be written


def test_hostile_words_are_shown_as_words(weeks: dict[str, Week]) -> None:
    """Nothing is lost either: the student reads what the code said."""
    text = Reader(feedback(hostile_student(), weeks, "en")).text

    for said in HOSTILE[:9]:
        assert said in text
    assert "�[31mred�[0m��" in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_class_report_keeps_two_scripts_whole(weeks: dict[str, Week], lang: str) -> None:
    """One block of data that parses and one program; no name closes or opens a script."""
    reader = Reader(report(everybody(), weeks, lang))
    data = json.loads(reader.raw["script"][0])

    assert 2 == reader.count("script") == len(reader.raw["script"])
    assert not {"<", ">", "&"} & set(reader.raw["script"][0])
    assert document.clean(HOSTILE[1]) in {row[2] for row in data["rows"]}
    assert not reader.count("img") and not {name for name in reader.attributes() if name.startswith("on")}
    assert not reader.stack


def test_a_broken_test_never_shows_its_traceback_to_a_student(weeks: dict[str, Week]) -> None:
    """It is the grader's own and holds lines of the suite; the staff sees its last line."""
    secret = "File suite.py\n    expected = 42\nAssertionError: secret"
    graded = student("a", exercise(outcome("t", Verdict.BROKEN, traceback=secret, findings=[Finding("broken")])))
    whole = student("b", exercise(broken=secret))

    for one in (graded, whole):
        assert "secret" not in feedback(one, weeks, "en")
        assert "expected = 42" not in feedback(one, weeks, "en")
        assert "AssertionError: secret" in Reader(report([one], weeks)).text


def test_feedback_says_what_a_student_needs(weeks: dict[str, Week]) -> None:
    finding = Finding("value", {"expected": "0.75", "got": "0.9"})
    help_ = {"en": "You forgot to scale.", "zh": "你忘了缩放。"}
    trouble = outcome(
        "t2", Verdict.FAILED, findings=[finding], help=help_, traceback="line 3", printed="debug", mistake="m"
    )
    graded = student(
        "Ada",
        exercise(outcome("t1"), trouble, outcome("t3", Verdict.SKIPPED, findings=[Finding("skipped", {"test": "t2"})])),
        number="s7",
        received={"week05_attention": Received(datetime.datetime(2026, 3, 2, 9, 12, tzinfo=datetime.UTC))},
    )

    text = Reader(feedback(graded, weeks, "en")).text
    chinese = Reader(feedback(graded, weeks, "zh")).text

    for words in ("2 of 6 points", "expected  0.75", "got       0.9", "You forgot to scale.", "line 3", "debug", "s7"):
        assert words in text
    for words in (
        "Sentence of t2.",
        "Not judged yet: each waits for another test to pass",
        "2026-03-02 09:12 UTC",
        "seccomp\xa0✗ not active",
        "cpu",
    ):
        assert words in text
    assert "make check WEEK=05 EX=attention" in text
    for words in ("2 / 6 分", "应为  0.75", "你忘了缩放。", "t2 的句子。", "未启用"):
        assert words in chinese


def test_the_same_reason_is_told_once(weeks: dict[str, Week]) -> None:
    tests = [outcome(f"t{i}", Verdict.FAILED, findings=[Finding("memory")], traceback="line 9") for i in range(5)]
    text = Reader(feedback(student("a", exercise(*tests)), weeks, "en")).text

    assert 1 == text.count("line 9")
    assert all(f"Sentence of t{i}." in text for i in range(5))


@pytest.mark.parametrize(
    ("finding", "words"),
    [
        (Finding("not_written", {"message": "f"}), "Not begun"),
        (Finding("missing_module", {"name": "attention"}), "The file attention.py is missing."),
    ],
)
def test_an_untouched_exercise_is_not_a_list_of_failures(finding: Finding, words: str, weeks: dict[str, Week]) -> None:
    """Nor is one whose file was not handed in: not on the student's page, and not on that of the class."""
    tests = [outcome(f"t{i}", Verdict.FAILED, findings=[finding]) for i in range(3)]
    graded = student("a", exercise(*tests), files={"week05_attention": {"notes.py": b""}})
    page, tally = Reader(feedback(graded, weeks, "en")), added_up([graded])

    assert words in page.text
    assert "exercises not begun: 1" in page.text and "Failed" not in page.text
    assert 0 == page.count("article")
    assert [] == tally.hardest(5)
    assert "not begun: 1" in Reader(report([graded], weeks)).text


def test_lateness_is_taken_off_and_explained(weeks: dict[str, Week]) -> None:
    graded = student("a", exercise(*(outcome(f"t{i}") for i in range(5))))
    delay = Penalty(0.2, 2, datetime.datetime(2026, 3, 1, 23, 59, tzinfo=datetime.UTC))

    text = Reader(feedback(graded, weeks, "en", {"week05_attention": delay})).text
    assert "Handed in late. Points: 10 − 2 = 8." in text
    assert "Week 05: days begun after the due time: 2; taken off: 20%. It was due 2026-03-01 23:59 UTC." in text
    assert "taken off" not in feedback(graded, weeks, "en", {"week05_attention": Penalty()})
    data = Reader(class_report([graded], weeks, "en", [], {"week05_attention": delay})).raw["script"][0]
    assert 8 == json.loads(data)["rows"][0][3]


def test_no_more_than_two_decimals_are_shown(weeks: dict[str, Week]) -> None:
    """Points that were scaled, and a median between two scores, on both pages; exports keep every digit."""
    both = [
        TestResult("t", {"en": "t"}, Verdict.PASSED, points=points, max_points=1500) for points in (1234.96772, 0.03)
    ]
    graded = [student(name, exercise(test)) for name, test in zip("ab", both, strict=True)]
    row = Row(graded[0], {}, "en", {"week05_attention": Entered(1237.1, 0, 1500)})

    shown = [feedback(graded[0], weeks, "en"), class_report(graded, weeks, "en", []), pages.feedback(row, weeks)]
    for page, words in zip(shown, ("1234.97", "617.5 ", "Graded by hand: +2.13 points"), strict=True):
        text = Reader(page).text
        assert words in text and not re.search(r"\d\.\d{3}", text)
    assert ("0", "-0.5") == (number(-0.001), number(-0.5)) and '"1234.96772"' in table([[1234.96772]])


def test_a_gradebooks_score_stands_on_the_page_where_our_judge_failed(weeks: dict[str, Week]) -> None:
    """One final everywhere: what grades.csv has is what the student and the class read."""
    entered = {"week05_attention": Entered(80, 0, 105)}
    row = Row(student("a", exercise(broken="no suite")), {}, "en", entered)

    assert 80 == row.final
    assert "80 of 105 points" in " ".join(Reader(pages.feedback(row, weeks)).text.split())
    page = pages.ClassReport(weeks, "en")
    page.add(row)
    assert [80] == page.finals and 80 == page.table.rows[0][3]


def test_who_handed_in_nothing_of_a_week_is_missing_there(weeks: dict[str, Week]) -> None:
    """The week's page has the whole class, also those of whom there is no result."""
    page = pages.ClassReport(weeks, "en")
    page.add(Row(student("a", exercise(outcome("t"))), {}, "en"))
    there = Graded(Submission("b", "b"), [ExerciseResult("week06_x", "x")], weeks=["week05_attention", "week06_x"])
    page.add(Row(there, {}, "en").within(["week05_attention"]))

    assert (["b"], 2) == (page.missing, len(page.names))


def test_a_weeks_page_has_the_pairs_of_that_week(weeks: dict[str, Week]) -> None:
    """In a term, two students who are alike in another week are on that week's page, and on the term's."""
    page = pages.ClassReport(weeks, "en")
    for name in ("ann", "bob"):
        page.add(Row(student(name, exercise(outcome("t"))), {}, "en"))
    here, elsewhere = alike("ann", "bob", 0.97), Match("week06_x", "x.py", (3, 17), "x.py", (5, 19))

    assert "97%" in page.page([here]) and "97%" not in page.page([Pair("ann", "bob", 0.97, [elsewhere])])


def test_a_fault_in_the_file_that_an_exercise_uses_is_named_there(weeks: dict[str, Week]) -> None:
    """Only where that file has one, and where this exercise was begun and failed too."""
    wrong, right = outcome("t", Verdict.FAILED), outcome("t")
    bare = outcome("t", Verdict.FAILED, findings=[Finding("not_written")])

    def told(below: TestResult, above: TestResult) -> bool:
        page = feedback(
            student("a", exercise(below), exercise(above, name="heads", built_on=["attention"])), weeks, "en"
        )
        return "It uses your attention.py" in page

    assert told(wrong, wrong) and not (told(right, wrong) or told(wrong, right) or told(wrong, bare))


def test_who_has_no_file_that_loads_is_looked_at() -> None:
    """All saved in another encoding, say; one slip among files that load is the student's own to read."""
    lost = outcome("t", Verdict.FAILED, findings=[Finding("not_utf8")])
    slip = outcome("t", Verdict.FAILED, findings=[Finding("syntax")])
    bare = exercise(outcome("t", Verdict.FAILED, findings=[Finding("not_written")]), name="bare")

    def looks(*results: ExerciseResult) -> bool:
        return "look_unloaded" in student("a", *results).needs_a_look()

    assert looks(exercise(lost), exercise(slip, name="heads"), bare)
    assert not looks(exercise(outcome("t")), exercise(slip, name="heads")) and not looks(exercise(slip), bare)


def test_who_hands_in_the_courses_own_answer_is_looked_at_and_not_told_by_us(weeks: dict[str, Week]) -> None:
    """The class page names module and answer; what the student reads accuses nobody."""
    found = {
        "week05_attention": ["week05_attention/attention.py ~ solutions/… (100%)"],
        "week09_sampling": ["elsewhere"],
    }
    row = Row(student("a", exercise(outcome("t"))), {}, "en", ours=found)
    page = pages.ClassReport(weeks, "en")
    page.add(row.within(["week05_attention"]))

    assert "look" == row.status and any("own answer" in reason for reason in row.reasons)
    assert found["week05_attention"][0] in page.page([]) and "elsewhere" not in page.page([])
    own = row.for_student()
    for told in (exports.student_json(own), pages.feedback(own, weeks)):
        assert "own answer" not in told and "solutions/" not in told


def test_a_problem_is_the_whole_page(weeks: dict[str, Week]) -> None:
    graded = student("a", problem=Finding("missing_module", {"name": "attention"}))
    text = Reader(feedback(graded, weeks, "en")).text

    assert "could not be graded" in text and "attention.py is missing" in text
    assert "points" not in text


@pytest.mark.parametrize(
    ("ratio", "limit", "fill", "tick"), [(1.5, 3, 37.5, 75), (3, 3, 75, 75), (12, 3, 100, 25), (0, 3, 0, 75)]
)
def test_the_speed_bar_stands_against_its_limit(ratio: float, limit: float, fill: float, tick: float) -> None:
    assert (fill, tick) == pages.speed_bar(ratio, limit)


def test_long_prints_are_cut(weeks: dict[str, Week]) -> None:
    graded = student("a", exercise(outcome("t", Verdict.FAILED, findings=[Finding("memory")], printed="x" * 10_000)))
    text = Reader(feedback(graded, weeks, "en")).text

    assert "x" * pages.MOST_CHARACTERS in text and "x" * (pages.MOST_CHARACTERS + 1) not in text
    assert "4,000 more characters" in text


def test_pages_say_only_what_exists_and_all_of_it() -> None:
    """Every key that a template names stands in messages.toml, and every page_ key there is used."""
    known = set(tomllib.loads((document.TEMPLATES.parent / "messages.toml").read_text(encoding="utf-8")))
    sources = [path.read_text(encoding="utf-8") for path in (*document.TEMPLATES.glob("*.*"), Path(pages.__file__))]
    used = {key for source in sources for key in re.findall(r"""\b(?:t|say)\(\s*["'](\w+[a-z])["']""", source)}
    joined = {"looks", "spread", "tests", "mistakes", "slow", "pairs", "students"}
    built = {f"page_{name}" for name in joined} | {"page_go_", "page_table_", "page_term_"}

    assert used <= known
    assert not {key for key in known - used if key.startswith("page_") and not key.startswith(tuple(built))}


def test_our_own_sentences_are_escaped_too() -> None:
    assert "rows &lt; 3 of <code>a&lt;b</code>" == pages.prose("rows < 3 of `a<b`")


def test_links_lead_to_the_student_folder(weeks: dict[str, Week]) -> None:
    graded = [student("张 伟 #1%", exercise(outcome("t")), number="张 伟 #1%"), student("b", exercise(broken="x"))]
    page = Reader(class_report(graded, weeks, "en", [alike("张 伟 #1%", "b", 0.5)]))
    links = {attrs.get("href") for tag, attrs in page.tags if tag == "a"}

    assert "%E5%BC%A0%20%E4%BC%9F%20%231%25/feedback.html" in links and "b/feedback.html" in links


def added_up(graded: list[Graded], most: int = 5) -> statistics.Tally:
    """The tally of a class."""
    found = statistics.Tally(most)
    for one in graded:
        found.add(one)
    return found


def test_tally_counts_only_what_was_judged() -> None:
    verdicts = [Verdict.PASSED, Verdict.PASSED, Verdict.FAILED, Verdict.SKIPPED, Verdict.BROKEN, Verdict.UNMEASURED]
    graded = [student(f"s{i}", exercise(outcome("t", verdict))) for i, verdict in enumerate(verdicts)]
    rate = added_up(graded).rates["week05_attention", "attention"][0]

    assert (4, 0.5, 0.25) == (rate.judged, rate.share(Verdict.PASSED), rate.share(Verdict.FAILED))


def test_tally_puts_the_hardest_and_the_most_frequent_first() -> None:
    help_ = {"en": "h", "zh": "h"}
    wrong = [outcome(f"t{i}", Verdict.FAILED, mistake="often", help=help_) for i in (1, 2)]
    rare = outcome("t1", Verdict.FAILED, mistake="rare", help=help_)
    graded = [
        student("a", exercise(*wrong)),
        student("b", exercise(wrong[0], outcome("t2"))),
        student("c", exercise(rare)),
    ]

    assert ["t1", "t2"] == [
        rate.sentence["en"][13:15] for rate in added_up(graded).rates["week05_attention", "attention"]
    ]
    assert [("often", ["a", "b"]), ("rare", ["c"])] == [(m.name, m.students) for m in added_up(graded).spotted]


def test_tally_orders_speed_by_its_limit() -> None:
    fast, slow = outcome("t1", ratio=5.0, limit=10.0), outcome("t2", ratio=2.9, limit=3.0)
    graded = [student("a", exercise(fast, seconds=3)), student("b", exercise(slow, seconds=1))]

    assert ["b", "a"] == [item.student for item in added_up(graded).slowest]
    assert ["a"] == [one for one, _ in added_up(graded, 1).longest]


def test_scores_fall_into_tenths() -> None:
    assert [1, 0, 0, 1, 0, 0, 0, 0, 0, 2] == statistics.spread([0, 0.3, 0.95, 1])


# In a real browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A graded class on disk: hostile students, and 10,000 harmless ones in a report of their own."""
    folder = tmp_path_factory.mktemp("graded")
    weeks, graded = week(folder), [*everybody(), beginner(), student("done", exercise(outcome("t2"), name="heads"))]
    for one in graded:
        home = folder / one.submission.student
        home.mkdir()
        (home / "feedback.html").write_text(feedback(one, weeks, "en"), encoding="utf-8")
    for lang in ("en", "zh"):
        (folder / f"report.{lang}.html").write_text(report(graded, weeks, lang), encoding="utf-8")
    many = [student(f"Name {i:05}", exercise(outcome("t")), number=f"s{i:05}") for i in range(10_000)]
    (folder / "many.html").write_text(report(many, weeks), encoding="utf-8")
    return folder


def visit(chrome: "Chrome", page: Path, width: int = 1200, dark: bool = False) -> None:
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    chrome.get(page.as_uri())


def rows(chrome: "Chrome") -> list[str]:
    return list(chrome.execute_script("return [...document.querySelectorAll('#rows a')].map(a => a.textContent)"))


def press(chrome: "Chrome", *keys: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(chrome).send_keys(*keys).perform()


def tab_to(chrome: "Chrome", target: str) -> None:
    """Reach an element as somebody without a mouse does."""
    from selenium.webdriver.common.keys import Keys

    for _ in range(300):
        if chrome.execute_script("return document.activeElement.id") == target:
            return
        press(chrome, Keys.TAB)
    raise AssertionError(f"the Tab key never reaches {target}")


@pytest.mark.parametrize(
    "page",
    [
        "long/feedback.html",
        "s1/feedback.html",
        "s2/feedback.html",
        "h6/feedback.html",
        "report.en.html",
        "report.zh.html",
    ],
)
@pytest.mark.parametrize(("width", "dark"), [(390, False), (390, True), (1200, False)])
def test_a_page_is_quiet_and_fits(chrome: "Chrome", site: Path, page: str, width: int, dark: bool) -> None:
    """No console message, no dialog, nothing loaded, nothing wider than the screen."""
    visit(chrome, site / page, width, dark)

    assert [] == chrome.get_log("browser")  # type: ignore[no-untyped-call]
    assert not chrome.execute_script("return performance.getEntriesByType('resource').length")
    assert [] == chrome.execute_script(TOO_WIDE)
    assert chrome.execute_script("return !document.querySelector('img, iframe, [onload], [onerror], [onmouseover]')")


def test_only_what_failed_has_a_cross(chrome: "Chrome", site: Path) -> None:
    """A test that waits for another one did not fail, and does not look like it."""
    signs = "return [...document.querySelectorAll('.tests li')].map(li => getComputedStyle(li, '::before').content)"
    visit(chrome, site / "long/feedback.html")

    found = chrome.execute_script(signs)
    assert {'"✗"', '"–"'} == set(found) and 11 == found.count('"–"')


def test_dark_and_light_differ_and_can_be_read(chrome: "Chrome", site: Path) -> None:
    """Text and paper swap their parts with the reader's scheme."""
    paper = (
        "const s = getComputedStyle(document.body); return [s.backgroundColor, s.color].map(c => +c.match(/\\d+/)[0])"
    )
    for page in ("s1/feedback.html", "report.en.html"):
        visit(chrome, site / page)
        light, ink = chrome.execute_script(paper)
        visit(chrome, site / page, dark=True)
        dark, chalk = chrome.execute_script(paper)

        assert light > 200 and ink < 60 and dark < 60 and chalk > 200


def test_the_table_shows_names_as_text(chrome: "Chrome", site: Path) -> None:
    visit(chrome, site / "report.en.html")

    shown = rows(chrome)

    assert {str(document.clean(name)) for name in HOSTILE} <= set(shown)
    assert chrome.execute_script(
        "return [...document.querySelectorAll('#rows a')].every(a => !a.querySelector('*:not(bdi)'))"
    )


def test_a_link_of_the_table_opens_the_student(chrome: "Chrome", site: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    visit(chrome, site / "report.en.html")
    chrome.execute_script("document.querySelector('#rows a').focus()")
    press(chrome, Keys.ENTER)

    assert chrome.current_url.endswith("/s1/feedback.html")


def test_searching_by_keyboard(chrome: "Chrome", site: Path) -> None:
    """The slash goes to the search; every word has to match; Tab reaches the box that keeps those who need a look."""
    from selenium.webdriver.common.keys import Keys

    visit(chrome, site / "report.en.html")
    press(chrome, "/")
    press(chrome, "ALERT(1) script")
    found = rows(chrome)
    press(chrome, *[Keys.BACKSPACE] * 20, "nobody is called this")

    assert found and all("alert(1)" in name for name in found)
    assert [] == rows(chrome)
    assert "Nobody matches." == chrome.execute_script("return document.getElementById('shown').textContent")
    press(chrome, *[Keys.BACKSPACE] * 30, Keys.TAB, Keys.SPACE)
    assert "only-looks" == chrome.execute_script("return document.activeElement.id")
    assert len(HOSTILE) + 2 == len(rows(chrome))


def test_ten_thousand_students_by_keyboard(chrome: "Chrome", site: Path) -> None:
    """Pages forward and to the end, the focus stays on the button; a search finds one of them."""
    from selenium.webdriver.common.keys import Keys

    visit(chrome, site / "many.html")
    assert [f"Name {i:05}" for i in range(25)] == rows(chrome)
    tab_to(chrome, "next")
    press(chrome, Keys.ENTER)
    assert [f"Name {i:05}" for i in range(25, 50)] == rows(chrome)
    press(chrome, Keys.TAB, Keys.SPACE, Keys.SPACE)
    assert "Name 09999" == rows(chrome)[-1]
    assert "last" == chrome.execute_script("return document.activeElement.id")
    assert "true" == chrome.execute_script("return document.activeElement.ariaDisabled")
    assert "9,976 to 10,000 of 10,000, page 400 of 400" == chrome.execute_script(
        "return document.getElementById('shown').textContent"
    )
    press(chrome, "/")
    press(chrome, "s04321")
    assert ["Name 04321"] == rows(chrome)


def test_ordering_by_keyboard(chrome: "Chrome", site: Path) -> None:
    """A column's head is a button: once rising, twice falling, and it says which."""
    from selenium.webdriver.common.keys import Keys

    visit(chrome, site / "many.html")
    chrome.execute_script("document.querySelector('#columns button').focus()")
    press(chrome, Keys.ENTER, Keys.ENTER)

    assert "Name 09999" == rows(chrome)[0]
    assert "descending" == chrome.execute_script(
        "return document.querySelector('#columns th').getAttribute('aria-sort')"
    )


def test_printed_pages_are_on_white_paper(chrome: "Chrome", site: Path) -> None:
    """Also for a reader whose screen is dark; tools that paper cannot use are left out."""
    visit(chrome, site / "report.en.html", dark=True)
    scheme = {"name": "prefers-color-scheme", "value": "dark"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": [scheme]})
    style = chrome.execute_script("const s = getComputedStyle(document.body); return [s.backgroundColor, s.color]")
    tools = chrome.execute_script("return getComputedStyle(document.querySelector('.tools')).display")
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})

    assert ["rgb(255, 255, 255)", "rgb(31, 35, 40)"] == style
    assert "none" == tools
