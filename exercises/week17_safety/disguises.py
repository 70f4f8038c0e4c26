"""Given: tables of disguises, and the joining of words that were taken apart; `normalise_text` stands on both."""

import re

# Small Cyrillic and Greek letters that look like Latin ones. Real tables have thousands of rows (Unicode TS 39).
LOOK_ALIKES = dict(zip("асԁеһіјӏорԛѕԝхуαινορυ", "acdehijlopqswxyaivopu", strict=True))
# Digits and signs that are written in place of a letter.
LEET = {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
# What people put between the letters of a word to take it apart, besides a space.
SEPARATORS = " ._*-"

_LEET = re.escape("".join(LEET))
_BETWEEN = f"[{re.escape(SEPARATORS)}]"
_SPACED_OUT = re.compile(rf"(?<![a-z0-9])[a-z]({_BETWEEN})(?:[a-z{_LEET}]\1){{2,}}[a-z](?![a-z0-9])")
_BETWEEN_CHINESE = re.compile(rf"(?<=[\u4e00-\u9fff]){_BETWEEN}+(?=[\u4e00-\u9fff])")


def join_spaced_out(text: str) -> str:
    """Take the separators out of words that were taken apart: "i d 1 o t" and "f-o-o-l", but not "u.s.a.".

    A *single* is a letter a to z or a key of LEET. Where four or more singles stand in a row with exactly one
    separator, always the same, between each two, the first and the last are letters, and no letter a to z and no digit
    stands directly before or after the whole, there the separators go. Between two Chinese characters they always go.
    """
    text = _SPACED_OUT.sub(lambda run: run[0][::2], text)
    return _BETWEEN_CHINESE.sub("", text)
