"""Week 14, accuracy: how often a model is right, where right and wrong can be told apart by a program."""

import string
import unicodedata
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

# BEGIN SOLUTION
ARTICLES = {"a", "an", "the"}
# END SOLUTION


def pass_at_k(n: int, c: int, k: int) -> float:
    """Return how likely at least one of k programs is right, estimated from n samples of which c are right.

    The estimate is unbiased: the share of all choices of k among the n samples, without putting any back, that hold
    a right one, 1 - C(n - c, k) / C(n, k).
    The relative error is below 1e-9 for every n up to 100,000, also where the result is very small.

    Raises:
        ValueError: `c` is not between 0 and `n`, or `k` is not between 1 and `n`.

    Source: Chen et al. 2021, "Evaluating Large Language Models Trained on Code", section 2.1.
    """
    # BEGIN SOLUTION
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"{c} of {n} samples are right, and {k} are chosen")
    if n - c < k:
        return 1.0
    # The chance of no right one: the product of 1 - k / i over the last c of the numbers up to n. Its logarithm and
    # expm1 keep the digits of a result near 0, which 1 - product would lose.
    i = torch.arange(n - c + 1, n + 1, dtype=torch.float64)
    return -torch.log1p(-k / i).sum().expm1().item()
    # END SOLUTION


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
    # BEGIN SOLUTION
    if logprobs.ndim != 2 or logprobs.numel() == 0 or lengths.shape != logprobs.shape:
        raise ValueError(f"logprobs {tuple(logprobs.shape)} and lengths {tuple(lengths.shape)}")
    if answers.shape != logprobs.shape[:1] or ((answers < 0) | (answers >= logprobs.shape[1])).any():
        raise ValueError("an answer is not the number of a choice")
    if not (logprobs <= 0).all() or (lengths < 1).any():  # NaN is not <= 0
        raise ValueError("a logprob is not at most 0, or a length is not at least 1")
    scores = logprobs.double()
    raw, normalised = ((s.argmax(dim=1) == answers).double().mean().item() for s in (scores, scores / lengths))
    return raw, normalised
    # END SOLUTION


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
    # BEGIN SOLUTION
    text = unicodedata.normalize("NFKC", text).lower()
    kept = (letter for place, letter in enumerate(text) if not _is_punctuation(text, place))
    words = "".join(kept).split()
    words = [word for word in words if word not in ARTICLES] or words
    line = " ".join(words)
    return "".join(
        letter
        for place, letter in enumerate(line)
        if letter != " " or not (_is_chinese(line[place - 1]) or _is_chinese(line[place + 1]))
    )
    # END SOLUTION


# BEGIN SOLUTION
def _is_punctuation(text: str, place: int) -> bool:
    letter, before, after = text[place], text[place - 1 : place], text[place + 1 : place + 2]
    number_follows = after != "" and after in string.digits
    if letter == "." and before != "" and before in string.digits and number_follows:
        return False
    if letter == "-" and number_follows and (before == "" or before not in string.digits + string.ascii_lowercase):
        return False
    return letter in string.punctuation or unicodedata.category(letter).startswith("P")


# END SOLUTION


# BEGIN SOLUTION
def _is_chinese(letter: str) -> bool:
    return "\u4e00" <= letter <= "\u9fff"


# END SOLUTION


def exact_match(prediction: str, references: Sequence[str]) -> bool:
    """Return whether a prediction equals one of the references, after `normalise_answer` of both.

    Nothing is forgiven beyond that: a prediction that contains the answer and says more is wrong.

    Raises:
        TypeError: `references` is a string instead of a list of strings.
        ValueError: there is no reference.
    """
    # BEGIN SOLUTION
    if isinstance(references, str):
        raise TypeError("references is a string: it has to be a list of them")
    if not references:
        raise ValueError("there is no reference")
    return normalise_answer(prediction) in {normalise_answer(reference) for reference in references}
    # END SOLUTION
