# Week 17, exercise debug_stream: Find the bug: a secret that slips through in pieces
# Find the bug · difficulty 3 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Strings and slices.
# What a user reports: Most secrets are masked however the model cuts them into pieces. Some, such as 4242-17, are
# masked when they come in one piece and shown when they come in several.
"""Week 17, debug_stream: mask secrets in a text while a model writes it piece by piece.

A model writes token by token and a reader wants to see it at once, so nobody can wait for the whole text.
A secret may be cut anywhere: whatever may still become one is held back until what follows has decided.
"""

import re
from collections.abc import Iterable, Sequence


def beginning_at_the_end(text: str, secrets: Sequence[str]) -> int:
    """Return how many characters at the end of a text may be the beginning of a secret; a whole secret is none."""
    longest = max(map(len, secrets), default=1) - 1
    lengths = range(1, min(longest, len(text)) + 1)
    for length in lengths:
        ending = text[len(text) - length :]
        if any(len(secret) > length and secret.startswith(ending) for secret in secrets):
            return length
    return 0


class StreamGuard:
    """A guard for one text: it takes the text piece by piece and gives back what may be shown."""

    def __init__(self, secrets: Sequence[str], mask: str = "***"):
        """Remember the secrets, each of which is replaced by `mask`.

        Raises:
            ValueError: a secret is empty, or part of another.
        """
        if any(one in other for place, one in enumerate(secrets) for other in secrets[:place] + secrets[place + 1 :]):
            raise ValueError("a secret is part of another")
        if not all(secrets):
            raise ValueError("a secret is empty")
        self.secrets, self.mask, self.held = secrets, mask, ""
        self.pattern = re.compile("|".join(map(re.escape, secrets)) or "(?!)")

    def feed(self, piece: str) -> str:
        """Take the next piece of the text, and return what may be shown now."""
        *before, rest = self.pattern.split(self.held + piece)
        shown = len(rest) - beginning_at_the_end(rest, self.secrets)
        self.held = rest[shown:]
        return self.mask.join([*before, rest[:shown]])

    def finish(self) -> str:
        """The text is at its end: return what is still held back, which has become no secret."""
        rest, self.held = self.held, ""
        return rest


def guarded(pieces: Iterable[str], secrets: Sequence[str], mask: str = "***") -> str:
    """Return all that a guard lets through of a text that comes in pieces."""
    guard = StreamGuard(secrets, mask)
    return "".join([*map(guard.feed, pieces), guard.finish()])
