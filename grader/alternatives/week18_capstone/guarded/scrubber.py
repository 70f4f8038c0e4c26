"""As scrubbers do it: matches are collected and put in from the right; one joined pattern tells instructions."""

import unicodedata
from copy import deepcopy
from itertools import chain

from rules import ORDERS, PERSONAL, TOXIC, Refused, language, sentences


def plain(text):
    folded = unicodedata.normalize("NFKC", text)
    hidden = {ord(sign): None for sign in folded if unicodedata.category(sign) == "Cf"}
    return " ".join(folded.translate(hidden).split()).casefold()


def strip_orders(text):
    rest, orders = "", []
    for sentence in sentences(text):
        form = plain(sentence)
        if [order for order in ORDERS if order.search(form)]:
            orders.append(sentence.strip())
        else:
            rest += sentence
    return rest.strip(), orders


def redact(text):
    for kind, pattern, check in PERSONAL:
        for found in reversed([found for found in pattern.finditer(text) if check(found[0])]):
            begin, end = found.span()
            text = f"{text[:begin]}[{kind}]{text[end:]}"
    return text


class Guard:
    def __init__(self, search, is_toxic):
        self.behind = search
        self.judge = is_toxic
        self.ignored = []

    def admit(self, question):
        toxic = self.judge(plain(question))
        if toxic:
            raise Refused(TOXIC[language(question)])
        return redact(question)

    def search(self, question):
        passages = deepcopy(self.behind(question))
        cleaned = [strip_orders(redact(passage["text"])) for passage in passages]
        reports = chain.from_iterable(
            [{"document": passage["document"], "page": passage["page"], "text": order} for order in orders]
            for passage, (_, orders) in zip(passages, cleaned, strict=True)
        )
        self.ignored = []
        for report in reports:
            self.ignored += [] if report in self.ignored else [report]
        for passage, (rest, _) in zip(passages, cleaned, strict=True):
            passage["text"] = rest
        return [passage for passage in passages if passage["text"]]
