# Week 04, exercise debug_stream: Find the bug: characters that never arrive
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 15 minutes
# It builds on: Bytes and characters, UTF-8.
# What a user reports: While an answer is being written, emoji and some Chinese characters appear as �, and stay so.
# English is shown well, and decoding all ids at once gives the right text.
"""Week 04, debug_stream: a program that shows a model's answer while it is being written.

Tokens come one at a time; each may hold a part of a character, one character, or several.
"""


class StreamDecoder:
    """Turns ids into text, piece by piece.

    What `feed` and `finish` return, joined, is the text of all ids. Bytes that are not UTF-8 become U+FFFD, as
    `bytes.decode(errors="replace")` has it.
    """

    def __init__(self, vocabulary: list[bytes]):
        """Begin an answer; `vocabulary[id]` holds the bytes of a token."""
        self.vocabulary = vocabulary
        self.start()

    def start(self) -> None:
        """Begin a new answer: what came before is forgotten."""
        self.read = b""
        self.shown = 0

    def feed(self, token: int) -> str:
        """Take the next id and return the text that can be shown now.

        A character is shown as soon as its bytes are there, and with it all that stands before it. Bytes at the end
        that are no character (yet), and U+FFFD itself, may be held back until the next id or `finish`. What was shown
        is never taken back.
        """
        self.read += self.vocabulary[token]
        text = self.read.decode("utf-8", errors="replace")
        ready = len(text)
        return self._show(text, ready)

    def finish(self) -> str:
        """Return what is left when no more ids come."""
        text = self.read.decode("utf-8", errors="replace")
        return self._show(text, len(text))

    def _show(self, text: str, ready: int) -> str:
        """Return the part up to `ready` that has not been shown."""
        new = text[self.shown : ready]
        self.shown = max(self.shown, ready)
        return new
