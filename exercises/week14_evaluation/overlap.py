# Week 14, exercise overlap: Overlap of texts: BLEU and ROUGE
# Difficulty 3 of 5 · importance 3 of 5 · about 45 minutes
# It builds on: Counters, n-grams, the geometric mean, a table filled row by row.
# Write it by hand: sacrebleu, rouge_score, nltk may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, overlap: how much of one text stands in another, counted in runs of tokens.

Texts are lists of tokens, and the caller decides what a token is: for English the words, for Chinese the characters
(`list(text)`) or the words of a segmenter. No score means anything without that choice.
"""

import math
from collections import Counter
from collections.abc import Sequence

Text = Sequence[str]


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
    raise NotImplementedError("week 14, overlap: write bleu")


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
    raise NotImplementedError("week 14, overlap: write rouge_n")


def rouge_l(hypothesis: Text, references: Sequence[Text]) -> tuple[float, float, float]:
    """Return the ROUGE-L of one text, (precision, recall, F1), each from 0 to 1.

    What is common is the longest common subsequence: tokens that stand in both texts in the same order, with gaps
    allowed. The text is one sequence, not cut into sentences. Texts may have a thousand tokens.
    Precision divides its length by that of the hypothesis, recall by that of the reference; F1, 0 / 0, several
    references and errors are as in `rouge_n`.

    Source: Lin 2004, section 3.1; there F weighs recall more.
    """
    raise NotImplementedError("week 14, overlap: write rouge_l")
