"""Week 13, exercise 2: many samples, one answer.

A model that thinks aloud writes a paragraph, and a program needs the answer in it. Ask several times at a temperature
above 0, extract each answer, and let the samples vote: that is self-consistency.
"""

import re
from collections.abc import Callable, Sequence

MARKERS = ("the answer is", "答案是", "####")


# BEGIN SOLUTION
MARKED = re.compile(f"(?=({'|'.join(map(re.escape, MARKERS))}))", re.IGNORECASE)  # ahead: ##### holds #### twice
END = re.compile(r"\n|。|\.(?=\s|\Z)")  # the point in 3.5 ends nothing
NUMBER = re.compile(r"[+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?")


# END SOLUTION


def extract_answer(transcript: str) -> str | None:
    r"""Return the final answer that a transcript states, or None if it states none.

    1) If `\boxed{` occurs, its last occurrence decides: the answer is what stands between its brace and the brace
       that closes it. Braces are counted, so braces may stand inside.
    2) Otherwise the last occurrence of any of MARKERS decides, in capitals or not; occurrences may overlap: in
       "##### 7" the last one begins at the second "#". The answer is what stands after it, up to the first line feed
       ("\n"), the first "。", or the first "." that white space or nothing follows, whichever comes first. One colon
       (":" or "：") at the beginning does not belong to the answer.
    3) White space at the ends never belongs to the answer, and none counts between the marker and the colon. A line
       feed ends the answer there, too: nothing is left then.

    The answer is None if nothing is left, if the last `\boxed{` is never closed, and if there is no marker at all:
    an earlier answer, or some number in the text, is never taken instead.

    Source: our own rules; `\boxed{}` is the habit of MATH (Hendrycks et al. 2021), "####" that of GSM8K (Cobbe et al.
        2021), "The answer is" that of Wei et al. 2022.
    """
    # BEGIN SOLUTION
    boxed = transcript.rfind(r"\boxed{")
    if boxed >= 0:
        return _inside(transcript[boxed + len(r"\boxed{") :]) or None
    found = list(MARKED.finditer(transcript))
    if not found:
        return None
    rest = END.split(transcript[found[-1].end(1) :], maxsplit=1)[0].strip()
    if rest[:1] in (":", "："):
        rest = rest[1:]
    return rest.strip() or None
    # END SOLUTION


# BEGIN SOLUTION
def _inside(text):
    """What stands before the brace that closes an open one, or an empty text."""
    depth = 1
    for place, letter in enumerate(text):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return text[:place].strip()
    return ""


# END SOLUTION


def canonical(answer: str) -> str:
    """Return the form of an answer under which equal answers are equal texts.

    A number in decimal notation is written in its shortest form: an optional sign (+ or -), ASCII digits, perhaps with
    a comma before every group of three, perhaps a point and digits. The shortest form has no plus, no comma, no zeros
    in front (but one before the point) and none after the point at the end; 0 has no sign. No digit is lost, however
    many.
    "1,200.50" becomes "1200.5", "+07" becomes "7", "-0.0" becomes "0".

    Of any other text every run of white space (as `str.split` sees it) becomes one space, none is left at the ends,
    and the rest becomes lower case. White space at the ends of a number is dropped too.
    """
    # BEGIN SOLUTION
    answer = " ".join(answer.split())
    if not NUMBER.fullmatch(answer):
        return answer.lower()
    # Text, not float: a float keeps 17 digits.
    number = answer.lstrip("+-").replace(",", "")
    whole, _, fraction = number.partition(".")
    whole, fraction = whole.lstrip("0") or "0", fraction.rstrip("0")
    shortest = f"{whole}.{fraction}" if fraction else whole
    return f"-{shortest}" if answer[0] == "-" and shortest != "0" else shortest
    # END SOLUTION


def self_consistency(
    transcripts: Sequence[str],
    extract: Callable[[str], str | None] = extract_answer,
    at_least: float = 0.0,
) -> tuple[str | None, float]:
    """Let samples vote, and return (answer, share).

    1) `extract(transcript)` gives the answer of each transcript; it is called once for each, in order.
       None is an abstention.
    2) Answers with the same `canonical` form are one candidate. The candidate with the most votes wins; of several
       with equally many, the one whose first vote came earliest.
    3) The share is its votes divided by the number of transcripts, abstentions included.
    4) The answer is the winner in its canonical form, or None if its share is below `at_least`.
       If all abstain, it is (None, 0.0).
    No argument is changed.

    Raises:
        ValueError: there is no transcript, or `at_least` is not between 0 and 1 (both allowed).

    Source: Wang et al. 2023, Self-Consistency Improves Chain of Thought Reasoning in Language Models, section 2.
    """
    # BEGIN SOLUTION
    if not transcripts:
        raise ValueError("no transcript, no vote")
    if not 0 <= at_least <= 1:
        raise ValueError(f"at_least is a share, from 0 to 1: {at_least}")
    votes = {}
    for transcript in transcripts:
        answer = extract(transcript)
        if answer is not None:
            form = canonical(answer)
            votes[form] = votes.get(form, 0) + 1
    if not votes:
        return None, 0.0
    winner = max(votes, key=votes.get)  # a dict keeps its order, and max() takes the first of equals
    share = votes[winner] / len(transcripts)
    return (winner if share >= at_least else None), share
    # END SOLUTION
