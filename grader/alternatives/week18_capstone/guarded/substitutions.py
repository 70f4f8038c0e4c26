"""Substitution with a function, partition by a generator, and a guard that keeps its book as a dict."""

import re
import unicodedata

from rules import ORDERS, PERSONAL, TOXIC, Refused, language, sentences


def plain(text):
    shown = (sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return re.sub(r"\s+", " ", "".join(shown)).strip().casefold()


def is_order(sentence):
    form = plain(sentence)
    return any(order.search(form) is not None for order in ORDERS)


def strip_orders(text):
    parts = [(is_order(sentence), sentence) for sentence in sentences(text)]
    rest = "".join(sentence for order, sentence in parts if not order)
    return (rest.strip(), [sentence.strip() for order, sentence in parts if order])


def redact(text):
    for kind, pattern, check in PERSONAL:
        text = pattern.sub(
            lambda found, kind=kind, check=check: f"[{kind}]" if check(found.group()) else found.group(), text
        )
    return text


class Guard:
    def __init__(self, search, is_toxic):
        self._search, self._is_toxic = search, is_toxic
        self.ignored = []

    def admit(self, question):
        if not self._is_toxic(plain(question)):
            return redact(question)
        raise Refused(TOXIC[language(question)])

    def search(self, question):
        book, safe = {}, []
        for passage in self._search(question):
            rest, orders = strip_orders(redact(passage["text"]))
            for order in orders:
                book[passage["document"], passage["page"], order] = True
            if rest != "":
                copy = dict(passage)
                copy["text"] = rest
                safe.append(copy)
        self.ignored = [dict(zip(("document", "page", "text"), key, strict=True)) for key in book]
        return safe
