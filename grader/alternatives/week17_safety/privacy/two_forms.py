"""Each form is looked for by itself; of the matches that are found, the earliest counts, then the form named first."""

import re

from privacy import HALF_WIDTH, KINDS, is_card_number, is_resident_id

WORD = "[0-9a-zA-Z]"
LABEL = "[a-zA-Z0-9]+(?:-+[a-zA-Z0-9]+)*"
THREE, FOUR = "1[3-9][0-9]", "[0-9]{4}"
MOBILE = rf"(?:{THREE}[0-9]{{8}}|{THREE} {FOUR} {FOUR}|{THREE}-{FOUR}-{FOUR})"
FORMS = {
    "EMAIL": [rf"[a-zA-Z0-9][a-zA-Z0-9._%+-]{{0,63}}@(?:{LABEL}\.)+[a-zA-Z]{{2,}}"],
    "ID": [r"[0-9]{17}[0-9Xx]"],
    "CARD": [rf"(?<!\+)[0-9](?:[ -]?[0-9]){{{more}}}" for more in range(18, 11, -1)],
    "PHONE": [rf"(?:\+86[ -]?)?{MOBILE}", r"\+[0-9](?:[ .-]?[0-9]){7,14}"],
}


def redact(text):
    counts = {}
    for kind in KINDS:
        # Cards: one length after the other. Else all forms of a kind at once.
        rounds = [[form] for form in FORMS[kind]] if kind == "CARD" else [FORMS[kind]]
        counts[kind] = 0
        for forms in rounds:
            found = list(matches(text.translate(HALF_WIDTH), kind, forms))
            counts[kind] += len(found)
            for start, end in found[::-1]:
                text = text[:start] + f"[{kind}]" + text[end:]
    return text, counts


def matches(plain, kind, forms):
    searches = [re.compile(f"(?<!{WORD})(?:{form})(?!{WORD})") for form in forms]
    place, waiting = 0, [search.search(plain) for search in searches]
    while any(waiting):
        match = min((match for match in waiting if match), key=lambda match: match.start())
        good = holds(kind, match[0])
        if good:
            yield match.span()
        place = match.end() if good else match.start() + 1
        waiting = [
            search.search(plain, place) if match and match.start() < place else match
            for search, match in zip(searches, waiting, strict=True)
        ]


def holds(kind, found):
    if kind == "CARD":
        return is_card_number(found.replace(" ", "").replace("-", ""))
    return kind != "ID" or is_resident_id(found)
