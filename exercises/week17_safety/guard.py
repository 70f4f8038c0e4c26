# Week 17, exercise guard: A guard against injected orders
# Difficulty 3 of 5 · importance 4 of 5 · about 60 minutes
# It builds on: Strings, regular expressions, proportions and intervals.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 7: mark what comes from outside, raise the alarm, and measure what a guard is worth.

Read first:  the handout, exercise 7.
You write:   fresh_marker, spotlight, alarm_threshold, guard_rates.
You may use: plain Python and numpy.
"""

import base64
import re
import secrets
from statistics import NormalDist

import numpy as np
from jaxtyping import Bool, Float

PRIVATE_USE = range(0xE000, 0xF900)
"""Code points that no writing system uses."""


def random_markers(count: int = 100) -> list[str]:
    """Given: candidates of three private-use characters, which nobody can guess."""
    return ["".join(chr(secrets.choice(PRIVATE_USE)) for _ in range(3)) for _ in range(count)]


def fresh_marker(text: str, candidates: list[str]) -> str:
    """Return a marker that the text cannot imitate.

    It is the first usable one of the candidates. A candidate is usable for a text if it has at least one character, and
    if none of its characters is white space (`str.isspace`) or occurs anywhere in the text. Capitals and small letters
    are different characters.

    Raises:
        ValueError: if no candidate is usable.
    """
    raise NotImplementedError("week 17, guard: write fresh_marker")


def spotlight(text: str, method: str, marker: str) -> str:
    """Return a text from outside in a form that shows where it came from.

    - "delimit": the marker directly before the text and directly after it, even if the text is empty.
    - "datamark": the marker directly before every word, and nothing else is changed: white space stays as it is. Each
      Chinese character (U+4E00 to U+9FFF) is a word; so is each longest run of other characters without white space
      (`str.isspace`).
    - "encode": the text's UTF-8 bytes in Base64, with the standard alphabet (+ and /), with padding, without line
      breaks. The marker plays no part.

    Raises:
        ValueError: for any other method; for the first two also if the marker is not usable for the text, as
            `fresh_marker` has it.

    Source: Hines et al. 2024, section 3. There, the marker takes the place of white space; here it is added, so that
        the text can be had back, and so that Chinese is marked, too.
    """
    raise NotImplementedError("week 17, guard: write spotlight")


def alarm_threshold(benign: Float[np.ndarray, " n"], max_rate: float) -> float:
    """Return the lowest threshold that harmless texts seldom exceed.

    A text raises an alarm when its score is above the threshold, not when it is equal. `benign` has the scores of
    harmless texts that the detector was not trained on. Of these scores, the lowest is returned at which the share of
    `benign` that raises an alarm, the number of them divided by n, is at most `max_rate`.

    Raises:
        ValueError: if there is no score, a score is NaN, or `max_rate` is not in [0, 1].
    """
    raise NotImplementedError("week 17, guard: write alarm_threshold")


def guard_rates(
    attack: Bool[np.ndarray, " cases"],
    blocked: Bool[np.ndarray, " cases"],
    followed: Bool[np.ndarray, " cases"],
    confidence: float = 0.95,
) -> dict[str, tuple[float, float, float]]:
    """Return how often a guard fails, both ways, and how sure that is.

    A case is an attack or harmless; the guard blocked it or did not; the model behind it followed an injected
    instruction or did not. The answer has two entries, each (rate, lower end, upper end):

    - "attack_success_rate": of all attacks, the share that was not blocked and was followed;
    - "over_refusal_rate": of all harmless cases, the share that was blocked. What was followed plays no part.

    The ends are those of the Wilson score interval, without continuity correction, with two equal tails: for k of n
    and z the quantile of the standard normal distribution at (1 + confidence) / 2,

        (k + z**2 / 2 -+ z * sqrt(k * (n - k) / n + z**2 / 4)) / (n + z**2)

    With k = 0 the lower end is exactly 0.0, with k = n the upper end is exactly 1.0. Without any case of a kind the
    entry is (NaN, 0.0, 1.0).

    Raises:
        ValueError: if the lengths differ, or `confidence` is not above 0 and below 1.

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    raise NotImplementedError("week 17, guard: write guard_rates")
