"""Week 14, overlap: how much of one text stands in another, counted in runs of tokens.

Texts are lists of tokens, and the caller decides what a token is: for English the words, for Chinese the characters
(`list(text)`) or the words of a segmenter. No score means anything without that choice.
"""

import math
from collections import Counter
from collections.abc import Sequence

Text = Sequence[str]


# BEGIN SOLUTION
def _refuse_strings(*texts: Text) -> None:
    for text in texts:
        if isinstance(text, str):
            raise TypeError(f"{text!r} is a string: a text is a list of tokens")


def _ngrams(text: Text, n: int) -> Counter:
    return Counter(tuple(text[begin : begin + n]) for begin in range(len(text) - n + 1))


# END SOLUTION


def bleu(hypotheses: Sequence[Text], references: Sequence[Sequence[Text]], smoothing: str = "exp") -> float:
    """Return the corpus BLEU of hypotheses with up to 4-grams, from 0 to 100.

    `references[i]` is the list of all references of `hypotheses[i]`; each hypothesis may have another number of them.
    The precision p_n is a quotient of two sums over all hypotheses: matched n-grams by n-grams of the hypotheses.
    Matches are clipped within each hypothesis: an n-gram counts at most as often as in the one reference of this
    hypothesis that has it most often.
    BLEU = 100 BP (p_1 p_2 p_3 p_4)^(1/4). With c tokens in all hypotheses and r in their references, the brevity
    penalty BP is exp(1 - r / c) where c < r, otherwise 1. Of several references, r counts the length that is closest to
    that of the hypothesis, and of two that are as close, the shorter.
    Where p_n would be 0, `smoothing` decides: with "exp" the numerator is 1/2 for the first such n, 1/4 for the second,
    and so on; with "none" BLEU is 0. With both, BLEU is 0 if no n-gram of any order matches, and if no hypothesis has
    as many as 4 tokens. A text may be empty.
    No argument is changed.

    Raises:
        TypeError: a hypothesis or a reference is a string instead of a list of tokens.
        ValueError: there is no hypothesis, a hypothesis has no reference, the two lists differ in length, or
            `smoothing` is neither "exp" nor "none".

    Source: Papineni et al. 2002, "BLEU", section 2; Post 2018, "A Call for Clarity in Reporting BLEU Scores"; smoothing
        as method 3 of Chen and Cherry 2014.
    """
    # BEGIN SOLUTION
    if smoothing not in ("exp", "none"):
        raise ValueError(f"smoothing must be exp or none, not {smoothing!r}")
    if not hypotheses or len(hypotheses) != len(references):
        raise ValueError(f"{len(hypotheses)} hypotheses and {len(references)} lists of references")
    matched, total = [0] * 4, [0] * 4
    length = reference_length = 0
    for hypothesis, alternatives in zip(hypotheses, references, strict=True):
        _refuse_strings(hypothesis, alternatives, *alternatives)
        if not alternatives:
            raise ValueError("a hypothesis has no reference")
        length += len(hypothesis)
        reference_length += min(map(len, alternatives), key=lambda size: (abs(size - len(hypothesis)), size))
        for n in range(1, 5):
            counts = _ngrams(hypothesis, n)
            allowed = Counter()
            for reference in alternatives:
                allowed |= _ngrams(reference, n)  # the union of two counters keeps the larger count
            matched[n - 1] += (counts & allowed).total()
            total[n - 1] += counts.total()
    if not any(matched) or total[3] == 0 or (smoothing == "none" and 0 in matched):
        return 0.0

    numerator = 1.0
    logs = []
    for right, of in zip(matched, total, strict=True):
        if right == 0:
            numerator /= 2
        logs.append(math.log((right or numerator) / of))
    penalty = min(0.0, 1 - reference_length / length)
    return 100 * math.exp(penalty + sum(logs) / 4)
    # END SOLUTION


# BEGIN SOLUTION
def _best(scores: list[tuple[float, float, float]]) -> tuple[float, float, float]:
    return max(scores, key=lambda score: score[2])  # max keeps the first of equals


def _score(common: int, in_hypothesis: int, in_reference: int) -> tuple[float, float, float]:
    if common == 0:
        return 0.0, 0.0, 0.0
    precision, recall = common / in_hypothesis, common / in_reference
    return precision, recall, 2 * precision * recall / (precision + recall)


def _check(hypothesis: Text, references: Sequence[Text]) -> None:
    _refuse_strings(hypothesis, references, *references)
    if not references:
        raise ValueError("there is no reference")


# END SOLUTION


def rouge_n(hypothesis: Text, references: Sequence[Text], n: int) -> tuple[float, float, float]:
    """Return the ROUGE-N of one text, (precision, recall, F1), each from 0 to 1.

    An n-gram is common as often as it stands in both texts: the smaller of its two counts. Precision divides the
    number of common n-grams by the number in the hypothesis, recall by the number in the reference, and F1 is
    2 P R / (P + R). What would be 0 / 0 is 0.
    Of several references the one with the highest F1 gives all three numbers, and of equals the first.

    Raises:
        TypeError: the hypothesis, a reference, or `references` itself is a string.
        ValueError: there is no reference, or `n` is less than 1.

    Source: Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", section 2; there recall alone.
    """
    # BEGIN SOLUTION
    _check(hypothesis, references)
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    counts = _ngrams(hypothesis, n)
    scores = []
    for reference in references:
        theirs = _ngrams(reference, n)
        scores.append(_score((counts & theirs).total(), counts.total(), theirs.total()))
    return _best(scores)
    # END SOLUTION


def rouge_l(hypothesis: Text, references: Sequence[Text]) -> tuple[float, float, float]:
    """Return the ROUGE-L of one text, (precision, recall, F1), each from 0 to 1.

    What is common is the longest common subsequence: tokens that stand in both texts in the same order, with gaps
    allowed. The text is one sequence, not cut into sentences. Texts may have a thousand tokens.
    Precision divides its length by that of the hypothesis, recall by that of the reference; F1, 0 / 0, several
    references and errors are as in `rouge_n`.

    Source: Lin 2004, section 3.1; there F weighs recall more.
    """
    # BEGIN SOLUTION
    _check(hypothesis, references)
    return _best([_score(_common(hypothesis, other), len(hypothesis), len(other)) for other in references])
    # END SOLUTION


# BEGIN SOLUTION
def _common(one: Text, other: Text) -> int:
    """The length of the longest common subsequence; `row[j]` is that of what was read of `one` and of `other[:j]`."""
    row = [0] * (len(other) + 1)
    for token in one:
        left_above = 0  # the value of the row before, one place to the left
        for j, theirs in enumerate(other, start=1):
            above = row[j]
            row[j] = left_above + 1 if token == theirs else max(above, row[j - 1])
            left_above = above
    return row[-1]


# END SOLUTION
