# Week 17, exercise privacy: Redaction and private gradients
# Difficulty 3 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Regular expressions, gradients, normal distribution.
# Write it by hand: torch.nn.utils.clip_grad_norm_, torch.nn.utils.clip_grad_norm may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 3: personal data out of a text, and one person's weight out of a gradient.

Read first:  the handout, exercise 3.
You write:   is_card_number, is_resident_id, redact, private_gradient.
You may use: `re`, `datetime`, PyTorch and the given module `patterns`.
"""

import datetime
import re

import torch
from jaxtyping import Float
from patterns import FORMS
from torch import Tensor

KINDS = ("EMAIL", "ID", "CARD", "PHONE")
# Full-width signs (U+FF01 to U+FF5E) to ASCII, one character for one, so positions stay the same.
HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
# Weights of the first 17 digits of a resident identity number, and its check characters by remainder (GB 11643-1999).
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"


def is_card_number(digits: str) -> bool:
    """Tell whether a string is 13 to 19 digits that pass the Luhn check.

    Digits are 0 to 9. From the right, every second digit, beginning with the second, is doubled, and 9 is subtracted
    where the double exceeds 9. The sum of all must be divisible by 10.

    Source: ISO/IEC 7812-1, annex B.
    """
    raise NotImplementedError("week 17, privacy: write is_card_number")


def is_resident_id(number: str) -> bool:
    """Tell whether a string is a Chinese resident identity number.

    It has 18 characters: 17 digits 0 to 9 and a last character 0 to 9, X or x. Characters 7 to 14 are the date of
    birth, YYYYMMDD, a day that exists. The last character is ID_CHECK at (sum of digit times ID_WEIGHTS) modulo 11.

    Source: GB 11643-1999, which uses ISO 7064 MOD 11-2.
    """
    raise NotImplementedError("week 17, privacy: write is_resident_id")


def redact(text: str) -> tuple[str, dict[str, int]]:
    """Replace personal data by "[EMAIL]", "[ID]", "[CARD]" or "[PHONE]".

    Return the new text, and how many of each kind were replaced: a dictionary with all four KINDS.

    FORMS of the given module `patterns` says what each kind looks like, and in which order to look. It is meant for
    half-width text: full-width letters, digits and signs count as their ASCII forms (HALF_WIDTH).
    Everything that is not replaced stays exactly as it was. Each form is looked for in the text as the earlier ones
    left it: what these took, it cannot take. All matches of one form are found before any of them is replaced.

    A match of an ID counts only if `is_resident_id` holds, and one of a CARD only if `is_card_number` holds without its
    spaces and hyphens. A match that does not count may overlap with one that does, which begins later and is replaced.

    Names and postal addresses stay: finding them takes a model, not a pattern.
    """
    raise NotImplementedError("week 17, privacy: write redact")


def private_gradient(
    per_example: dict[str, Float[Tensor, " batch *shape"]],
    clip_norm: float,
    noise_multiplier: float,
    expected_batch: float | None = None,
    generator: torch.Generator | None = None,
) -> dict[str, Float[Tensor, "*shape"]]:
    """Return a noisy batch gradient in which no example weighs too much.

    The gradient of one example is all parameters together, one long vector with one Euclidean norm. Example by
    example it is scaled by min(1, clip_norm / norm), so small ones (and zero) stay as they are. Then for each
    parameter

        ( sum over examples of the scaled gradients  +  noise ) / expected_batch

    where noise has independent normal entries with standard deviation noise_multiplier * clip_norm, drawn once for
    the sum from `generator`. With noise_multiplier 0 the answer is exact.

    Args:
        per_example: parameter name to the gradients of all examples. Not modified; the answer has the same names,
            dtypes and devices.
        expected_batch: the mean batch size if examples were drawn by coin flips, not always a whole number (the batch
            at hand may then even be empty). None: the number of examples.
        generator: on the device of the gradients; no other one is touched. None: torch's global one, as it stands.

    Raises:
        ValueError: if clip_norm is not positive or noise_multiplier is negative; if parameters disagree about the
            number of examples; if there is no example and no expected_batch.

    Source: Abadi et al. 2016, "Deep Learning with Differential Privacy", algorithm 1.
    """
    raise NotImplementedError("week 17, privacy: write private_gradient")
