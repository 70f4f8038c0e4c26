"""As query engines with citations do it: split the text at its brackets; the stream is an object with a buffer."""

import re
from copy import deepcopy

from rules import REFUSALS, language

PATTERN = re.compile(r"(\[(?:[0-9]{1,3}|[^\[\]]{0,60}p\. [0-9]{1,4})\])")
OPEN = re.compile(r"\[[^\[\]]{0,67}$")


class Citations:
    """Takes a text piece by piece and gives back what is certain."""

    def __init__(self, passages):
        several = len({passage["document"] for passage in passages}) > 1
        self.labels = {}
        for number, passage in enumerate(passages, start=1):
            name = re.sub(r"\[", "(", passage["document"]).replace("]", ")") + " " if several else ""
            self.labels[number] = f"[{name}p. {passage['page']}]"
        self.buffer = ""

    def put(self, piece):
        self.buffer += piece
        waiting = OPEN.search(self.buffer)
        end = waiting.start() if waiting else len(self.buffer)
        done, self.buffer = self.buffer[:end], self.buffer[end:]
        parts = PATTERN.split(done)  # every second part is a citation
        parts[1::2] = [self.labels.get(int(part[1:-1]) if part[1:-1].isdecimal() else 0, "") for part in parts[1::2]]
        return "".join(parts)


def cite(pieces, passages):
    citations = Citations(passages)
    yield from map(citations.put, pieces)
    yield citations.buffer


class Assistant:
    def __init__(self, search, write, threshold=0.3):
        self.search = search
        self.write = write
        self.threshold = threshold

    def find(self, question):
        if question.strip() == "":
            raise ValueError("the question is empty")
        return list(filter(lambda passage: passage["score"] >= self.threshold, deepcopy(self.search(question))))

    def reply(self, question, passages, history=()):
        if passages:
            pieces = self.write(question, deepcopy(list(passages)), deepcopy(list(history)))
            for piece in cite(pieces, passages):
                if piece:
                    yield piece
        else:
            yield from REFUSALS[language(question)]

    def answer(self, text, passages):
        labels = Citations(passages).labels
        appear = {number: text.find(mark) for number, mark in labels.items()}
        chosen = sorted((number for number in appear if appear[number] != -1), key=appear.get)
        sources = [deepcopy(passages[number - 1]) for number in chosen]
        return dict(text=text, sources=sources, refused=len(passages) == 0)

    def ask(self, question, history=()):
        found = self.find(question)
        return self.answer("".join(self.reply(question, found, history)), found)
