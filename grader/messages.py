"""Every sentence that the engine prints, by key, in English and Chinese.

The sentences live in messages.toml.
"""

from __future__ import annotations

import functools
import os
import re
import tomllib
from pathlib import Path

from grader.outcomes import Finding, Sentence

LANGUAGES = ("en", "zh")
NAME = re.compile(r"{([^{}]*)}")


@functools.cache
def _sentences() -> dict[str, Sentence]:
    with (Path(__file__).parent / "messages.toml").open("rb") as file:
        return tomllib.load(file)


def say(key: str, lang: str, **values: object) -> str:
    """Return the sentence `key` in `lang`, its {names} filled from `values`."""
    return fill(_sentences()[key], lang, {name: str(value) for name, value in values.items()})


def fill(sentence: Sentence, lang: str, values: dict[str, str]) -> str:
    """Fill {names} in one pass: values are data and may hold braces themselves."""
    return NAME.sub(lambda match: values.get(match[1], match[0]), sentence[lang])


def bilingual(docstring: str | None) -> Sentence:
    """Return the sentence of a docstring: English, an empty line, Chinese; each is one line, however it is wrapped."""
    en, _, zh = (docstring or "").partition("\n\n")
    return {"en": " ".join(en.split()), "zh": "".join(line.strip() for line in zh.splitlines())}


def render(finding: Finding, lang: str) -> str:
    """Return the finding as a sentence in `lang`."""
    sentence = finding.sentence or _sentences()[finding.key]
    worded = {name: words[lang] for name, words in finding.worded.items()}
    return fill(sentence, lang, finding.values | worded)


def language(asked: str | None) -> str:
    """Return "zh" when asked for or when the locale is Chinese, else "en".

    `asked` may be "en", "zh" or a locale such as "zh_CN.UTF-8".
    """
    locale = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    wanted = next(filter(None, [asked, *locale]), "en")
    return "zh" if wanted.lower().startswith("zh") else "en"
