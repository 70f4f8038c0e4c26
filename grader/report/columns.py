"""Words in the reader's language, in columns in which a Chinese character takes two places: what experiments print."""

from __future__ import annotations

from collections.abc import Callable

from rich.cells import cell_len


def in_language(lang: str) -> Callable[[str, str], str]:
    """Return the function that is given words in English and in Chinese and returns those in `lang`, "en" or "zh"."""
    return lambda en, zh: zh if lang == "zh" else en


def left(text: object, width: int) -> str:
    """Return the text with spaces behind it, as wide as `width` Latin letters, or as it is if it is wider."""
    return f"{text}{' ' * (width - cell_len(str(text)))}"


def right(text: object, width: int) -> str:
    """Return the text with spaces before it, as wide as `width` Latin letters, or as it is if it is wider."""
    return f"{' ' * (width - cell_len(str(text)))}{text}"


def headings(say: Callable[[str, str], str], *columns: tuple[str, str, int]) -> str:
    """Return what stands over columns of numbers: of each, its words in English and in Chinese, and its width."""
    return "".join(right(say(en, zh), width) for en, zh, width in columns)
