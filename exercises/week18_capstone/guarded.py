# Week 18, exercise guarded: A guard at the door
# Difficulty 3 of 5 · importance 5 of 5 · about 35 minutes
# It builds on: Strings, regular expressions, functions as arguments.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 18, guarded: what goes into the assistant is cleaned, so what comes out needs no cleaning.

A document can say "ignore your instructions", a passage can hold somebody's card number, a question can be an insult.
The guard stands between them and the assistant: its `search` takes the place of the library's, and its `admit` sees
every question first. The writer behind it may stream its answer at once: it was shown nothing that must be hidden.
"""

import unicodedata
from collections.abc import Callable

from rules import ORDERS, PERSONAL, TOXIC, Refused, language, sentences


def plain(text: str) -> str:
    """Return the form of a text in which patterns look for words.

    In this order: Unicode NFKC (full-width letters become ordinary ones); characters of the category Cf are dropped
    (zero-width spaces, soft hyphens, marks of direction); every run of white space becomes one space, and none is
    left at the ends; `str.casefold`.
    """
    raise NotImplementedError("week 18, guarded: write plain")


def strip_orders(text: str) -> tuple[str, list[str]]:
    """Take the sentences that look like instructions out of a text: return the rest and those sentences, in order.

    Of `sentences(text)`, those whose `plain` form one of ORDERS finds are taken out. The others are joined again, each
    exactly as it stood; in the rest and in what was taken out no white space is left at the ends.
    """
    raise NotImplementedError("week 18, guarded: write strip_orders")


def redact(text: str) -> str:
    """Replace personal data by its kind in brackets, such as [EMAIL].

    The rows of PERSONAL, (kind, pattern, check), are gone through in order, each on what the one before left. What a
    pattern finds is replaced if the check holds for it, and stays otherwise.
    """
    raise NotImplementedError("week 18, guarded: write redact")


class Guard:
    """Stands in front of an assistant: it lets questions in and passages through.

    Attributes:
        ignored: what was taken out of the passages of the last search, in the order found, each once:
            {"document": …, "page": …, "text": the sentence}. Empty before the first.
    """

    def __init__(self, search: Callable[[str], list[dict]], is_toxic: Callable[[str], bool]):
        """Take the search to guard, and a function that tells toxic texts."""
        raise NotImplementedError("week 18, guarded: write Guard.__init__")

    def admit(self, question: str) -> str:
        """Return the question with personal data redacted, as it may be searched for, sent and kept.

        `is_toxic` is asked once, with the `plain` form of the question as it was typed.

        Raises:
            Refused: it is toxic; the error's text is TOXIC[language(question)].
        """
        raise NotImplementedError("week 18, guarded: write Guard.admit")

    def search(self, question: str) -> list[dict]:
        """Search, and return the passages with safe texts, in order, with all their other keys as they were.

        Each text is redacted first; then its instructions are taken out, and reported as `ignored`. A passage of which
        no text is left is left out. The passages that the search returned are not changed: they may be the library's.
        A sentence that stands twice on one page of a document, as in passages that overlap, is reported once.
        """
        raise NotImplementedError("week 18, guarded: write Guard.search")
