"""What the repository's own tests share: one warm process, and our own modules by name."""

import contextlib
import os
import shutil
import types
from collections.abc import Callable, Generator, Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

from grader.course.weeks import Course, default_root
from grader.judge import locks
from grader.judge.answer_key import AnswerKey
from grader.judge.coordinator import Engine
from tests import tiny

os.environ.setdefault("OMP_NUM_THREADS", "1")
"""Read when the first thread pool is made: workers share the cores, and pools that wait for each other spin."""

BROWSER_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1200,2400"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Run a test that is marked `alone` while no other worker of this run does anything."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    with contextlib.ExitStack() as turn:
        with locks.held(locks.path(f"tests-{run}-gate")):  # who waits to be alone keeps later tests from beginning
            turn.enter_context(locks.held(locks.path(f"tests-{run}"), shared=not alone))
        return (yield)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FailuresAtOnce(reporter))


class FailuresAtOnce:
    """Prints a failure when it happens: a run that is cut short has no summary."""

    def __init__(self, reporter: pytest.TerminalReporter) -> None:
        self.reporter = reporter

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self.reporter.ensure_newline()
            said = "".join(f"\n--- {name}\n{text}" for name, text in report.sections)
            self.reporter.line(f"FAILED {report.nodeid}\n{report.longreprtext}{said}")


@pytest.fixture(scope="session")
def course() -> Course:
    """The course of this repository."""
    return Course(default_root())


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course."""
    return tiny.build(tmp_path_factory.mktemp("course"))


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """One warm process for all tests that judge."""
    with Engine() as engine:
        yield engine


@pytest.fixture(scope="session")
def solution(course: Course) -> Callable[[str, str], types.ModuleType]:
    """Load a solution: solution("week05_attention", "attention")."""

    def load(week: str, exercise: str) -> types.ModuleType:
        return AnswerKey(*course.select(week, exercise)[0]).solution

    return load


class Chrome(webdriver.Chrome):
    """On a busy machine Chromium's driver now and then comes back from `get` while the page is still being read."""

    def get(self, url: str) -> None:
        super().get(url)
        complete = "return document.readyState === 'complete'"
        WebDriverWait(self, 60).until(lambda driver: driver.execute_script(complete))


@pytest.fixture(scope="module")
def chrome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Debian's Chromium with an empty profile, for which no host name has an address; an error under CI if absent."""
    missing = [name for name in ("chromium", "chromedriver") if not shutil.which(name)]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"needs {', '.join(missing)}: apt-get install chromium chromium-driver")
    assert not missing
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*BROWSER_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        yield driver
    finally:
        driver.quit()
