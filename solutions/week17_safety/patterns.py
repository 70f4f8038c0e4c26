"""Given: what personal data look like, as regular expressions over half-width text; `redact` looks for them."""

import re

# Nothing is cut out of a longer number or word. Not \b: for Python a Chinese character is a word character, so there is
# no boundary between 电话 and 138….
_START, _END = r"(?<![a-zA-Z0-9])", r"(?![a-zA-Z0-9])"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_CHINESE = r"1[3-9][0-9](?:[0-9]{8}|([ -])[0-9]{4}\1[0-9]{4})"

EMAIL = rf"{_START}[a-zA-Z0-9][a-zA-Z0-9._%+-]{{0,63}}@(?:{_LABEL}\.)+[a-zA-Z]{{2,}}{_END}"
ID = rf"{_START}[0-9]{{17}}[0-9Xx]{_END}"
PHONE = rf"(?:{_START}\+86[ -]?|{_START}){_CHINESE}{_END}|{_START}\+[0-9](?:[ .-]?[0-9]){{7,14}}{_END}"


def card(digits: int) -> str:
    """So many digits, with single spaces or hyphens between them, and no + before."""
    return rf"(?<!\+){_START}[0-9](?:[ -]?[0-9]){{{digits - 1}}}{_END}"


FORMS = [
    ("EMAIL", re.compile(EMAIL)),
    ("ID", re.compile(ID)),
    *(("CARD", re.compile(card(digits))) for digits in range(19, 12, -1)),
    ("PHONE", re.compile(PHONE)),
]
"""What to look for, in this order: addresses, identity numbers, cards from 19 digits down to 13, telephone numbers."""
