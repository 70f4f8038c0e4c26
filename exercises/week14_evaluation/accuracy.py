# Week 14, exercise accuracy: Accuracy: pass@k, choices, exact match
# Difficulty 2 of 5 · importance 4 of 5 · about 35 minutes
# It builds on: Binomial coefficients, argmax, Unicode strings.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, accuracy: how often a model is right, where right and wrong can be told apart by a program."""

import string
import unicodedata
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return how likely at least one of k programs is right, estimated from n samples of which c are right.

    The estimate is unbiased: the share of all choices of k among the n samples, without putting any back, that hold
    a right one, 1 - C(n - c, k) / C(n, k).
    The relative error is below 1e-9 for every n up to 100,000, also where the result is very small.

    Raises:
        ValueError: `c` is not between 0 and `n`, or `k` is not between 1 and `n`.

    Source: Chen et al. 2021, "Evaluating Large Language Models Trained on Code", section 2.1.
    """
    raise NotImplementedError("week 14, accuracy: write pass_at_k")


def choice_accuracy(
    logprobs: Float[Tensor, "questions choices"],
    lengths: Int[Tensor, "questions choices"],
    answers: Int[Tensor, " questions"],
) -> tuple[float, float]:
    """Return the accuracy of choosing by log-probability, (raw, normalised): the share of questions chosen rightly.

    `logprobs` are those of the whole choices, sums over their tokens; `lengths` are their lengths, in whatever unit the
    caller measures; `answers` are the numbers of the right choices. Raw takes the choice with the largest
    logprob, normalised the one with the largest logprob / length, computed in float64. Of equals the first is taken.
    A question with fewer choices is filled up with logprobs of -inf.
    No argument is changed.

    Raises:
        ValueError: there is no question or no choice, the shapes do not fit, a logprob is NaN or above 0, a length is
            less than 1, or an answer is not the number of a choice.

    Source: `acc` and `acc_norm` of lm-evaluation-harness, where the length is in bytes or characters.
    """
    raise NotImplementedError("week 14, accuracy: write choice_accuracy")


def normalise_answer(text: str) -> str:
    """Return a text in the form in which answers are compared, for English and Chinese.

    There are five steps in this order. First Unicode's NFKC, which makes full-width letters, digits and signs plain
    ones. Then `str.lower`. Then punctuation is deleted and leaves no space: what `string.punctuation` holds, and every
    character whose Unicode category begins with P. But "." stays between two digits, and "-" stays before a digit,
    unless one of a to z or a digit stands before it; digits are 0 to 9, and what stands beside a sign is what stood
    there before anything was deleted. (So 3.5 is not 35, -5 is not 5, and 1,000 is 1000.) Then the words a, an and the
    are deleted, unless no other word is left. (So the choice "A" does not become empty.) Words are what `str.split`
    gives. At last one space stands between words, none at the ends, and none next to a Chinese character, U+4E00 to
    U+9FFF.

    Source: the normalisation of SQuAD (Rajpurkar et al. 2016), which deletes every "." and "-" and every article, and
        knows no Chinese.
    """
    raise NotImplementedError("week 14, accuracy: write normalise_answer")


def exact_match(prediction: str, references: Sequence[str]) -> bool:
    """Return whether a prediction equals one of the references, after `normalise_answer` of both.

    Nothing is forgiven beyond that: a prediction that contains the answer and says more is wrong.

    Raises:
        TypeError: `references` is a string instead of a list of strings.
        ValueError: there is no reference.
    """
    raise NotImplementedError("week 14, accuracy: write exact_match")
