"""Results on a terminal and as JSON.

Values that come from a submission are stripped of control characters.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from grader.course.markers import unwritten
from grader.course.weeks import HANDOUTS, Exercise, Week
from grader.messages import render, say
from grader.outcomes import NOT_BEGUN, ExerciseResult, Finding, TestResult, Verdict
from grader.report import groups
from grader.report.next_command import command
from grader.report.wrapping import Prose, hanging, in_view

STYLES = {
    Verdict.PASSED: "green",
    Verdict.FAILED: "bold red",
    Verdict.SKIPPED: "yellow",
    Verdict.BROKEN: "bold magenta",
    Verdict.UNMEASURED: "yellow",
}
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
LABEL_WIDTH = 11
SLOW = 1
"""Seconds: of a test that took longer it is shown how long, where every test is."""
CALLS = ("call", "last_call")
SYNTAX_ERROR = re.compile(
    r"\A((?:invalid [^\n]*?character [^\n]*?U\+([0-9A-F]{4,5})\b)?.*?)(?: \([^()]*\bline (\d+)\))?\Z", re.DOTALL
)
"""What Python says of a file: the problem, in it perhaps a character, and the place, which is shown with its line."""
PUNCTUATION = {"“": '"', "”": '"', "‘": "'", "’": "'", "【": "[", "】": "]", "。": ".", "、": ","}
"""What was meant by characters that Unicode itself relates to no other, as it does a full-width comma to a comma."""
SYNTAX = {
    "invalid character": "syntax_character",
    "invalid non-printable": "syntax_space",
    "was never closed": "syntax_open",
    "unmatched": "syntax_closed",
    "does not match opening": "syntax_closed",
    "unexpected indent": "syntax_indent",
    "unindent does not match": "syntax_unindent",
    "expected an indented block": "syntax_block",
    "expected ':'": "syntax_colon",
    "string literal": "syntax_string",
    "invalid syntax": "syntax_invalid",
}
"""By a part of Python's sentence: the one that stands beside it in another language."""


def printable(text: str) -> str:
    """Return the text without control characters, terminal escapes and direction marks."""
    return CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def number(value: float) -> str:
    """Return a number as it is shown: with two decimals at most, and never as -0."""
    return f"{round(value, 2) or 0:.10g}"


def words_of(finding: Finding, lang: str) -> str:
    """Return a finding's sentence; of an unwritten stub it tells the name alone."""
    if finding.key == "not_written":
        message = finding.values.get("message", "")
        if not message:
            return say("not_written_at_all", lang)
        finding = Finding("not_written", {"message": unwritten(message) or message.rstrip(".")})  # the name alone
    syntax = finding.key == "syntax"
    return printable(_syntax(finding.values.get("message", ""), lang) if syntax else render(finding, lang))


def _syntax(message: str, lang: str) -> str:
    """Return what is wrong with a file that is not Python, and what helps."""
    problem, code, line = SYNTAX_ERROR.findall(message)[0]
    character = chr(int(code or "0", 16))
    plain = PUNCTUATION.get(character) or unicodedata.normalize("NFKC", character)
    key = next((key for part, key in SYNTAX.items() if part in problem), "")
    hint = say(key, lang, line=line, character=character, plain=plain) if key and plain.isascii() else ""
    return f"{say('syntax', lang, message=problem)}\n{hint}".rstrip()


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
        self,
        lang: str,
        console: Console | None = None,
        source: Path | None = None,
        device: str = "cpu",
        everything: bool = False,
    ) -> None:
        self.lang = lang
        self.console = console or Console(highlight=False, soft_wrap=False)
        self.source = source
        self.device = "" if device == "cpu" else device
        self.everything = everything
        """Whether to show every test, not only what stands in the way."""

    def say(self, key: str, **values: object) -> str:
        return say(key, self.lang, **values)

    def results(
        self,
        results: list[ExerciseResult],
        weeks: dict[str, Week],
        upcoming: tuple[Week, Exercise] | None = None,
        part: bool = False,
    ) -> None:
        """Report on all exercises, then say what to do next.

        `upcoming` is the exercise after all these; `part` says that not all tests were run.
        """
        for result in results:
            self.exercise(result, weeks[result.week], alone=len(results) == 1)
        if len(results) > 1:
            self.total(results)
        todo = next((result for result in results if not result.passed and not result.at_fault), None)
        if todo:
            self.next_step(todo, weeks[todo.week], all(result.untouched for result in results))
        elif part:
            words = {"WEEK": weeks[results[-1].week].number, "EX": results[-1].exercise}
            self.commands(command("check", self.lang, **words, FROM=self.source, DEVICE=self.device))
        elif all(result.passed for result in results):
            self.after_a_pass(results[-1], weeks[results[-1].week], upcoming)

    def exercise(self, result: ExerciseResult, week: Week, alone: bool = True) -> None:
        """One exercise: what stands in the way, each cause once, and one line that sums up."""
        self.headline(result, week)
        self.notes(result)
        if result.broken:
            self.broken(result, week)
        elif self.everything:
            for test in result.tests:
                self.test(test)
        elif not result.untouched:
            self.causes(result, alone)
        elif alone:
            for line in about(week.exercise(result.exercise), self.lang):
                self.console.print(Padding(Prose(line), (0, 0, 0, 2)))
        if not (result.broken or result.untouched) and (alone or not result.passed):
            style = "green" if result.passed else "bold"
            self.console.print(Padding(Prose(summary(result, self.lang), style), (0, 0, 0, 2)))

    def notes(self, result: ExerciseResult) -> None:
        """Which file was judged, where that is not plain."""
        notes = [printable(render(note, self.lang)) for note in result.notes]
        if result.built_on and not result.passed and result.begun:
            notes.append(built_on(result.built_on, self.lang))
        if not notes and result.file.endswith(".ipynb"):
            notes = [self.say("from_notebook", file=printable(result.file))]
        for note in notes:
            self.console.print(Padding(Prose(note, "yellow"), (0, 0, 0, 2)))

    def causes(self, result: ExerciseResult, alone: bool) -> None:
        """What failed, or where all passed how fast it was."""
        found = groups.groups(result.tests)
        kept, left_out = groups.shown(found)
        for group in kept:
            self.test(group.test)
            if group.also:
                key = "same_in_one" if len(group.also) == 1 else "same_in"
                self.row("", Prose(self.say(key, count=len(group.also)), "dim"))
        if left_out:
            self.row("", Prose(self.say("more_failures", count=left_out), "dim"))
        if names := groups.to_write(found):
            self.row(self.say("to_write"), Prose(printable(self.say("comma").join(names))), "yellow")
        for test in result.tests:
            if result.passed and alone and test.ratio is not None:
                self.test(test)

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
        elif result.tests and not result.broken:
            line.append(score(result, self.lang), "green" if result.passed else "red")
        if result.device != "cpu":
            line.append(f"  {self.say('device_note', device=result.device)}", "dim")
        self.console.print(hanging(Text(f"{self.say('week', number=week.number)}  ", "bold"), line))

    def test(self, test: TestResult) -> None:
        sentence = Prose(test.sentence[self.lang])
        if test.verdict is Verdict.PASSED and test.ratio is not None:
            sentence.append(
                f"  {self.say('speed_note', ratio=f'{test.ratio:.2f}', limit=number(test.limit or 0))}", "dim"
            )
        if test.number and test.verdict is not Verdict.PASSED:
            sentence.append(f"  TEST={test.number}", "dim")
        if self.everything and test.seconds > SLOW:
            sentence.append(f"  {self.say('took', seconds=f'{test.seconds:.1f}')}", "dim")
        self.row(self.say(f"verdict_{test.verdict.value}"), sentence, STYLES[test.verdict])
        if test.verdict is Verdict.PASSED:
            return
        for finding in test.findings:
            if finding.key in CALLS:
                self.row(self.say(f"{finding.key}_label"), Text(printable(finding.values["call"]), "dim"))
                continue
            self.row("", Prose(words_of(finding, self.lang), "dim" if test.verdict is Verdict.SKIPPED else ""))
        if test.traceback and test.says not in NOT_BEGUN:
            # A line that wraps would leave its carets under another one.
            shown = in_view(printable(test.traceback.rstrip()), self.console.width - LABEL_WIDTH - len("   "))
            lines = Text(shown, "dim", no_wrap=True, overflow="ellipsis")
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
        points, top = sum(result.score for result in results), sum(result.max_score for result in results)
        if top:
            text = self.say("points_of", score=number(points), max=number(top))
            self.console.print(Text.assemble((f"{self.say('total')}  ", "bold"), text))

    def next_step(self, todo: ExerciseResult, week: Week, nothing_begun: bool) -> None:
        """Where to go on, and with which commands."""
        file = todo.file or f"{self.source or 'exercises'}/{week.name}/{todo.exercise}.py"
        handout = f"exercises/{week.name}/{HANDOUTS[self.lang]}"
        self.console.print()
        key = "start_with" if nothing_begun else "go_on_with"
        values = {"exercise": todo.exercise, "week": week.name, "handout": handout, "file": file}
        self.prose(self.say(key, **values))
        words = {"WEEK": week.number, "EX": todo.exercise, "FROM": self.source, "DEVICE": self.device}
        self.commands(command("check", self.lang, **words), command("hint", self.lang, EX=todo.exercise))
        if not todo.untouched:
            self.prose(self.say("check_words"), "dim")

    def after_a_pass(self, last: ExerciseResult, week: Week, upcoming: tuple[Week, Exercise] | None) -> None:
        """What to do after the last of them: the next exercise, and the reference to compare with."""
        if any(test.hidden for test in last.tests):
            self.console.print(Text(self.say("all_passed"), "bold green"))
        else:
            self.prose(
                self.say("examples_passed", command=command("submit", self.lang, WEEK=week.number)), "bold green"
            )
        if upcoming:
            there, exercise = upcoming
            values = {"exercise": exercise.name, "title": exercise.title[self.lang], "minutes": exercise.minutes}
            self.console.print()
            self.prose(self.say("comes_next", **values))
        compare = (week.solutions / f"{last.exercise}.py").is_file() and self.source is None
        self.commands(
            *([command("check", self.lang, WEEK=there.number, EX=exercise.name)] if upcoming else []),
            *([command("solution", self.lang, EX=last.exercise)] if compare else []),
        )

    def commands(self, *commands: str) -> None:
        """Commands to run next, one below the other; each stays in one line, so that it can be copied."""
        lead = f"{self.say('next')}  "
        for line in commands:
            self.console.print(Text.assemble((lead, "bold"), line), soft_wrap=True)
            lead = " " * cell_len(lead)

    def prose(self, text: str, style: str = "") -> None:
        self.console.print(Padding(Prose(text, style), 0, expand=False))


def score(result: ExerciseResult, lang: str) -> str:
    """The points, or how many tests pass where there are none: an extra, or a release with its examples alone."""
    if result.max_score:
        return say("points_of", lang, score=number(result.score), max=number(result.max_score))
    return say("tests_of", lang, passed=_count(result, Verdict.PASSED), all=len(result.tests))


def summary(result: ExerciseResult, lang: str) -> str:
    """One line: how many tests pass, how many things are to mend, the points, which move in larger steps."""
    kind = "tests" if any(test.hidden for test in result.tests) else "examples"
    parts = [say(f"summary_{kind}", lang, passed=_count(result, Verdict.PASSED), all=len(result.tests))]
    count = sum(group.to_mend for group in groups.groups(result.tests))
    if count:
        parts.append(say("summary_mend_one" if count == 1 else "summary_mend", lang, count=count))
    if skipped := _count(result, Verdict.SKIPPED):
        parts.append(say("summary_skipped", lang, count=skipped))
    if result.max_score:
        parts.append(say("points_of", lang, score=number(result.score), max=number(result.max_score)))
    return " · ".join(parts)


def built_on(exercises: list[str], lang: str) -> str:
    """Say that an exercise uses other files of the learner's."""
    return say("built_on", lang, files=say("comma", lang).join(f"{name}.py" for name in exercises))


def _count(result: ExerciseResult, verdict: Verdict) -> int:
    return sum(test.verdict is verdict for test in result.tests)


def about(exercise: Exercise, lang: str) -> list[str]:
    """What a learner should know before the first line: how long, how hard, what is to be written by hand, how fast."""
    level = {"minutes": exercise.minutes, "difficulty": exercise.difficulty, "importance": exercise.importance}
    lines = [say("exercise_level", lang, **level)]
    if exercise.extra:
        lines.append(say("label_extra", lang))
    if names := exercise.forbidden_calls:
        lines.append(say("exercise_by_hand", lang, names=say("comma", lang).join(names)))
    if exercise.fast:
        lines.append(say("exercise_fast", lang, limit=exercise.fast[lang]))
    return lines


def as_json(results: list[ExerciseResult], lang: str, weeks: dict[str, Week] | None = None) -> dict[str, Any]:
    """Return results in Gradescope's format; our own fields stand only inside extra_data."""
    tests = [_test_json(result, test, lang) for result in results for test in result.tests]
    broken = [_broken_json(result, lang, weeks) for result in results if result.broken]
    return {
        "score": sum(result.score for result in results),
        "max_score": sum(result.max_score for result in results),
        "tests": tests + broken,
    }


def _broken_json(result: ExerciseResult, lang: str, weeks: dict[str, Week] | None) -> dict[str, Any]:
    own = own_fault(result, weeks[result.week]) if weeks else None
    return {
        "name": f"{result.week}/{result.exercise}",
        "score": 0,
        "max_score": 0,
        "status": "failed",
        "output": words_of(own, lang) if own else f"{say('judge_broken', lang)}\n{printable(result.broken)}",
        "visibility": "visible",
        "extra_data": _extra(result, None),
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
    lines += [say("labelled", lang, label=say("help", lang), text=test.help[lang])] if test.help else []
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
