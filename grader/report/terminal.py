"""Results on a terminal and as JSON.

Values that come from a submission are stripped of control characters. Knows nothing of how a verdict was reached.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from grader.course.weeks import Week
from grader.messages import render, say
from grader.outcomes import NOT_BEGUN, ExerciseResult, Finding, TestResult, Verdict
from grader.report.next_command import command
from grader.report.wrapping import Prose, hanging

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.SKIPPED: "yellow",
    Verdict.BROKEN: "bold magenta",
    Verdict.UNMEASURED: "yellow",
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
LABEL_WIDTH = 11
MAX_FAILURES = 3
"""Failures shown in full when several exercises are reported."""
STUB = re.compile(r"week \d\d, \w+: write (.+)")
"""What a stub raises; the name in it needs no translation."""


def printable(text: str) -> str:
    """Return the text without control characters, terminal escapes and direction marks."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: float) -> str:
    return f"{value:g}"


def words_of(finding: Finding, lang: str) -> str:
    """Return a finding's sentence; of an unwritten stub it tells the name alone."""
    if finding.key == "not_written":
        message = finding.values.get("message", "")
        found = STUB.fullmatch(message)
        if not message:
            return say("not_written_at_all", lang)
        finding = Finding("not_written", {"message": found.group(1) if found else message.rstrip(".")})
    return printable(render(finding, lang))


def own_fault(result: ExerciseResult, week: Week) -> Finding | None:
    """Return what the learner did that kept an exercise from being judged, if that is why."""
    if result.broken and not (week.folder / "week.toml").is_file():
        return Finding("folder_gone", {"path": str(week.folder.relative_to(week.root))})
    path = week.examples(result.exercise).relative_to(week.root).as_posix()
    lines = re.findall(rf'{re.escape(path)}(?::|", line )(\d+)', result.broken)
    if not lines:
        return None
    problem = result.broken.strip().splitlines()[-1].removeprefix("E").strip()
    return Finding("bad_example", {"path": path, "line": lines[-1], "problem": problem})


class Terminal:
    """Writes results for a learner."""

    def __init__(
        self, lang: str, console: Console | None = None, source: Path | None = None, device: str = "cpu"
    ) -> None:
        self.lang = lang
        self.console = console or Console(highlight=False, soft_wrap=False)
        self.source = source
        self.device = "" if device == "cpu" else device

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def results(self, results: list[ExerciseResult], weeks: dict[str, Week]) -> None:
        """Report on all exercises, then say what to do next."""
        one = len(results) == 1
        for result in results:
            self.exercise(result, weeks[result.week], in_full=one)
        if not one:
            self.total(results)
        self.next_step(results, weeks)

    def exercise(self, result: ExerciseResult, week: Week, in_full: bool) -> None:
        self.headline(result, week)
        if result.broken:
            self.broken(result, week)
        elif in_full or not result.untouched:
            self.tests(result.tests, in_full)

    def screen(self, result: ExerciseResult, week: Week) -> None:
        """One exercise on a screen that scrolls: what stands in the way, then the heading once more."""
        self.headline(result, week)
        if result.broken:
            self.broken(result, week)
            return
        self.tests(result.tests, in_full=result.passed)
        passed = sum(test.verdict is Verdict.PASSED for test in result.tests)
        if passed and not result.passed:
            text = self.say("page_tests_of", passed=passed, all=len(result.tests))
            self.row("", Prose(text, "dim"))
        self.headline(result, week)

    def broken(self, result: ExerciseResult, week: Week) -> None:
        """Why nothing was judged: the learner's own doing in one sentence, else all that the grader knows."""
        own = own_fault(result, week)
        if own:
            self.console.print(Padding(Prose(words_of(own, self.lang), STYLES[Verdict.FAILED]), (0, 0, 0, 2)))
            return
        self.console.print(Padding(Prose(self.say("judge_broken"), STYLES[Verdict.BROKEN]), (0, 0, 0, 2)))
        self.console.print(Padding(Text(printable(result.broken)), (0, 0, 0, 4)))

    def headline(self, result: ExerciseResult, week: Week) -> None:
        title = week.exercise(result.exercise).title[self.lang]
        line = Prose.assemble((result.exercise, "bold"), f"  {title}  ")
        if result.untouched:
            line.append(self.say("not_begun"), "dim")
        elif result.max_score:
            style = "green" if result.passed else "red"
            line.append(self.say("points_of", score=number(result.score), max=number(result.max_score)), style)
        elif not result.broken:
            passed = sum(test.verdict is Verdict.PASSED for test in result.tests)
            line.append(
                self.say("examples_of", passed=passed, all=len(result.tests)), "green" if result.passed else "red"
            )
        if result.device != "cpu":
            line.append(f"  {self.say('device_note', device=result.device)}", "dim")
        self.console.print(hanging(Text(f"{self.say('week', number=week.number)}  ", "bold"), line))

    def tests(self, tests: list[TestResult], in_full: bool) -> None:
        """The tests that did not pass, and in full also those that did; what is told once is not told again."""
        shown, repeats, left_out = 0, 0, 0
        told: set[str] = set()
        for test in tests:
            fine = test.verdict in (Verdict.PASSED, Verdict.SKIPPED)
            what = "\n".join(render(finding, "en") for finding in test.findings)
            if not fine and what in told and not test.help:
                repeats += 1
            elif not fine and not in_full and shown >= MAX_FAILURES:
                left_out += 1
            elif in_full or not fine:
                self.test(test)
                shown += not fine
                told |= set() if fine else {what}
        if repeats:
            self.row("", Prose(self.say("same_as_above", count=repeats), "dim"))
        if left_out:
            self.row("", Prose(self.say("more_tests", count=left_out), "dim"))

    def test(self, test: TestResult) -> None:
        sentence = Prose(test.sentence[self.lang])
        if test.verdict is Verdict.PASSED and test.ratio is not None:
            sentence.append(
                f"  ({self.say('speed_note', ratio=f'{test.ratio:.2f}', limit=number(test.limit or 0))})", "dim"
            )
        self.row(self.say(f"verdict_{test.verdict.value}"), sentence, STYLES[test.verdict])
        if test.verdict is Verdict.PASSED:
            return
        for finding in test.findings:
            self.row("", Prose(words_of(finding, self.lang), "dim" if test.verdict is Verdict.SKIPPED else ""))
        if test.traceback and test.findings[0].key not in NOT_BEGUN:
            # A line that wraps would leave its carets under another one.
            lines = Text(printable(test.traceback.rstrip()), "dim", no_wrap=True, overflow="ellipsis")
            self.row(self.say("trace"), lines)
        if test.help:
            self.row(self.say("help"), Prose(test.help[self.lang], "cyan"), "cyan")
        if test.printed:
            self.row(self.say("printed"), Text(printable(test.printed.rstrip()), "dim"))

    def row(self, label: str, text: Text, style: str = "dim") -> None:
        """A label and a text that wraps beside it, also on a narrow terminal."""
        narrow = self.console.width < 60
        if narrow and label:
            self.console.print(Padding(Text(label, style), (0, 0, 0, 1)))
        lead = Text(" " if narrow else label, style)
        self.console.print(Padding(hanging(lead, text, None if narrow else LABEL_WIDTH + 1), (0, 0, 0, 2)))

    def total(self, results: list[ExerciseResult]) -> None:
        score, top = sum(result.score for result in results), sum(result.max_score for result in results)
        if top:
            points = self.say("points_of", score=number(score), max=number(top))
            self.console.print(Text.assemble((f"{self.say('total')}  ", "bold"), points))

    def next_step(self, results: list[ExerciseResult], weeks: dict[str, Week]) -> None:
        todo = next((result for result in results if not result.passed and not result.at_fault), None)
        if todo is None:
            if all(result.passed for result in results):
                self.console.print(Text(self.say("all_passed"), "bold green"))
            return
        week = weeks[todo.week]
        file = f"{self.source or 'exercises'}/{week.name}/{todo.exercise}.py"
        handout = f"exercises/{week.name}/{'README.zh-CN.md' if self.lang == 'zh' else 'README.md'}"
        self.console.print()
        key = "start_with" if all(result.untouched for result in results) else "go_on_with"
        values = {"exercise": todo.exercise, "week": week.name, "handout": handout, "file": file}
        self.console.print(Padding(Prose(self.say(key, **values)), 0, expand=False))
        words = {"WEEK": week.number, "EX": todo.exercise, "FROM": self.source, "DEVICE": self.device}
        line = f"  {command('check', self.lang, **words)}"
        self.console.print(Text.assemble((self.say("next"), "bold"), line), soft_wrap=True)


def as_json(results: list[ExerciseResult], lang: str, weeks: dict[str, Week] | None = None) -> dict[str, Any]:
    """Return results in Gradescope's format; our own fields stand only inside extra_data."""
    tests = [_test_json(result, test, lang) for result in results for test in result.tests]
    broken = [
        {
            "name": f"{result.week}/{result.exercise}",
            "score": 0,
            "max_score": 0,
            "status": "failed",
            "output": words_of(own, lang) if own else f"{say('judge_broken', lang)}\n{printable(result.broken)}",
            "visibility": "visible",
            "extra_data": _extra(result, None),
        }
        for result in results
        if result.broken
        for own in [own_fault(result, weeks[result.week]) if weeks else None]
    ]
    return {
        "score": sum(result.score for result in results),
        "max_score": sum(result.max_score for result in results),
        "tests": tests + broken,
    }


def _test_json(result: ExerciseResult, test: TestResult, lang: str) -> dict[str, Any]:
    return {
        "name": f"{result.week}/{result.exercise}/{'' if test.hidden else 'example/'}{test.name}",
        "score": test.points,
        "max_score": test.max_points,
        "status": "passed" if test.verdict is Verdict.PASSED else "failed",
        "output": output_of(test, lang),
        "visibility": "visible",
        "extra_data": _extra(result, test),
    }


def output_of(test: TestResult, lang: str) -> str:
    """The words of a result as plain text: sentence, findings, help."""
    lines = [test.sentence[lang], *(words_of(finding, lang) for finding in test.findings)]
    lines += [printable(test.traceback)] if test.traceback and test.verdict is not Verdict.BROKEN else []
    lines += [f"{say('help', lang)}: {test.help[lang]}"] if test.help else []
    lines += [f"{say('printed', lang)}:\n{printable(test.printed)}"] if test.printed else []
    return "\n".join(lines)


def _extra(result: ExerciseResult, test: TestResult | None) -> dict[str, Any]:
    extra: dict[str, Any] = {
        "exercise": f"{result.week}/{result.exercise}",
        "verdict": test.verdict.value if test else Verdict.BROKEN.value,
        "mistake": test.mistake if test else None,
        "device": result.device,
        "layers": result.layers,
    }
    if test and test.ratio is not None:
        extra.update(ratio=round(test.ratio, 3), limit=test.limit)
    return extra
