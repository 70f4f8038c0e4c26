"""Given: writers that follow a script, and helpers that look at streams, to try an assistant without a model."""

import copy


class Dictated:
    """A writer whose pieces are asked for one at a time: `piece(question, number)` gives each, and None at the end."""

    def __init__(self, piece):
        self.piece = piece

    def __call__(self, question, passages, history):
        number = 0
        while (piece := self.piece(question, number)) is not None:
            yield piece
            number += 1


class Scribbler:
    """A careless writer: it writes into all that it was given before it says `text`."""

    def __init__(self, text):
        self.text = text

    def __call__(self, question, passages, history):
        for passage in passages:
            passage["page"] += 100
        for message in history:
            message["content"] = "overwritten"
        passages.reverse()
        history.append({"role": "user", "content": "slipped in"})
        return [self.text]


class Shelf:
    """A search that always returns the same passages: its own, not copies."""

    def __init__(self, passages):
        self.passages = passages

    def __call__(self, question):
        return self.passages


class Helper:
    """What looks at streams and answers on the side of the code that is tried."""

    def joined(self, function, *arguments):
        """Call, and return the text of the whole stream, however it was cut into pieces."""
        return "".join(function(*arguments))

    def take(self, stream):
        """Return the next piece of a stream, or None at its end."""
        return next(stream, None)

    def spoil(self, function, *arguments):
        """Call, write into the answer's sources or passages, and return the answer as it was."""
        answer = function(*arguments)
        before = copy.deepcopy(answer)
        rows = answer["sources"] if isinstance(answer, dict) else answer
        for row in rows:
            row.clear()
        rows.append("spoilt")
        if isinstance(answer, dict):
            answer["text"] = "spoilt"
        return before

    def written_into(self, function, text, passages):
        """Call, write into the sources of the answer, and return the passages as they are afterwards."""
        own = copy.deepcopy(passages)
        for source in function(text, own)["sources"]:
            source.clear()
        return own

    def told(self, function, *arguments):
        """Call, and return what was raised as "Type: sentence", or None."""
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001 - whatever was raised is what is asked for
            return f"{type(error).__name__}: {error}"
        return None
