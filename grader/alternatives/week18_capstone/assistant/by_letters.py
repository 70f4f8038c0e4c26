"""Citations found letter by letter, without regular expressions over pieces; a chat that keeps turns as pairs."""

import copy

from rules import REFUSALS, language

DIGITS = set("0123456789")


def label(passage, passages):
    names = {each["document"] for each in passages}
    name = passage["document"].replace("[", "(").replace("]", ")") + " " if len(names) > 1 else ""
    return f"[{name}p. {passage['page']}]"


def uncited(text):
    from assistant import uncited as given

    return given(text)


def resolved(inside, passages):
    """What stands in the place of "[inside]"."""
    if 1 <= len(inside) <= 3 and set(inside) <= DIGITS:
        return label(passages[int(inside) - 1], passages) if 0 < int(inside) <= len(passages) else ""
    before, mark, number = inside.rpartition("p. ")
    if mark and len(before) <= 60 and 1 <= len(number) <= 4 and set(number) <= DIGITS:
        return ""
    return f"[{inside}]"


def cite(pieces, passages):
    inside = None  # the text behind an open bracket
    for piece in pieces:
        out = []
        for letter in piece:
            if letter == "[":
                if inside is not None:
                    out.append("[" + inside)
                inside = ""
            elif inside is None:
                out.append(letter)
            elif letter == "]":
                out.append(resolved(inside, passages))
                inside = None
            elif len(inside) >= 67:
                out.append("[" + inside + letter)
                inside = None
            else:
                inside += letter
        yield "".join(out)
    if inside is not None:
        yield "[" + inside


class Assistant:
    def __init__(self, search, write, threshold=0.3):
        self._search, self._write, self._least = search, write, threshold

    def find(self, question):
        if question.isspace() or not question:
            raise ValueError("ask something")
        kept = []
        for passage in self._search(question):
            if not passage["score"] < self._least:
                kept.append(copy.copy(passage))
        return kept

    def reply(self, question, passages, history=()):
        if len(passages) == 0:
            return iter([REFUSALS[language(question)]])
        handed = [dict(passage) for passage in passages]
        return cite(self._write(question, handed, [dict(message) for message in history]), passages)

    def answer(self, text, passages):
        places = {}
        for number, passage in enumerate(passages):
            place = text.find(label(passage, passages))
            if place >= 0:
                places.setdefault(place, []).append(number)
        numbers = [number for place in sorted(places) for number in places[place]]
        return {
            "refused": len(passages) == 0,
            "sources": [dict(passages[number]) for number in numbers],
            "text": text,
        }

    def ask(self, question, history=()):
        passages = self.find(question)
        text = ""
        for piece in self.reply(question, passages, history):
            text += piece
        return self.answer(text, passages)


class Chat:
    def __init__(self, assistant, budget=2000):
        if not budget >= 0:
            raise ValueError("budget")
        self.assistant, self.budget = assistant, budget
        self.history, self.answer = [], None

    def reset(self):
        self.history, self.answer = [], None

    def sent(self, question):
        turns = list(zip(self.history[::2], self.history[1::2], strict=True))
        room = self.budget - len(question)
        chosen = []
        for asked, told in turns[::-1]:
            room -= len(asked["content"]) + len(told["content"])
            if room < 0:
                break
            chosen = [dict(asked), dict(told), *chosen]
        return chosen

    def stream(self, question):
        passages = self.assistant.find(question)
        pieces = []
        for piece in self.assistant.reply(question, passages, self.sent(question)):
            pieces.append(piece)
            yield piece
        self.answer = self.assistant.answer("".join(pieces), passages)
        turn = [("user", question), ("assistant", uncited("".join(pieces)))]
        self.history = self.history + [{"role": role, "content": content} for role, content in turn]

    def ask(self, question):
        list(self.stream(question))
        return copy.deepcopy(self.answer)
