# Week 17, exercise toxicity: A toxic-text filter
# Difficulty 3 of 5 · importance 5 of 5 · about 75 minutes
# It builds on: Regular expressions, logistic regression, precision and recall.
# Write it by hand: sklearn.linear_model, sklearn.svm, sklearn.neural_network may not be used.
# Nothing from transformers, peft may be used either.
# What counts as fast: Normalising a text takes time in proportion to its length. Fitting the texts of the course takes
# at most five seconds: no optimiser that keeps a table of 2049 by 2049 numbers, as BFGS does, the default of scipy's
# minimize; use L-BFGS-B.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 17, exercise 1: a filter for toxic text, and the cleaning that it stands on.

Read first:  the handout, exercise 1.
You write:   normalise_text, choose_threshold, ToxicFilter.
You may use: NumPy, scipy.optimize and the given modules `disguises` and `ngrams`.
"""

import re
import unicodedata
from collections.abc import Callable

import numpy as np
from disguises import LEET, LOOK_ALIKES, join_spaced_out
from jaxtyping import Float, Int
from ngrams import hashed_ngrams
from scipy.optimize import minimize

L2 = 3e-4


def normalise_text(text: str) -> str:
    """Undo the usual disguises, so that a word has one spelling.

    These steps, in this order:

    1. Shapes: Unicode NFKD; remove every character of category Mn, Me (combining marks) or Cf (zero-width
       characters, soft hyphens); Unicode NFKC; `str.casefold`. Full-width and mathematical letters become plain ones.
    2. Look-alikes: every key of LOOK_ALIKES becomes its value.
    3. Spaced-out words: what `join_spaced_out` of the given module `disguises` makes of the text.
    4. Leet: a run of keys of LEET with a letter a to z directly before it and directly after it becomes the letters
       that it stands for. So "id10t" is undone, and "100", "mp3" and "wow!" stay.
    5. Stretched letters: a letter (`str.isalpha`) that stands three times or more in a row becomes one. Doubled
       letters stay, and so do digits and punctuation.
    6. Every run of white space becomes one space; none at the ends.

    Time grows linearly with the length of the text.

    Source: Unicode TR 15 (NFKD, NFKC) and TS 39 (confusables); the rules 4 and 5 are this course's own.
    """
    raise NotImplementedError("week 17, toxicity: write normalise_text")


def choose_threshold(scores: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"], precision: float) -> float:
    """Return the lowest of the scores at which flagging is precise enough.

    A text is flagged when its score is at least the threshold. Precision is the share of toxic texts (label 1) among
    the flagged ones. Among all values in `scores` with precision at least `precision` the lowest is returned, because
    it flags the most. Equal scores are flagged together. Precision does not grow steadily with the threshold: a low
    threshold can do after a higher one failed.

    Raises:
        ValueError: if no threshold is precise enough, or the lengths differ.
    """
    raise NotImplementedError("week 17, toxicity: write choose_threshold")


class ToxicFilter:
    """A filter that lets a text pass when its toxicity is below a threshold.

    The score is a probability, between 0 (harmless) and 1 (toxic). Its own classifier is logistic regression on
    `hashed_ngrams` of the normalised texts. Instead, any `classifier` can be plugged in that maps a list of texts to
    a list of dictionaries {"label": str, "score": float}, one for each text: the most likely label and its
    probability, as `transformers.pipeline("text-classification")` answers, or `WordListClassifier` of the given
    module `word_list`.
    """

    choose_threshold = staticmethod(choose_threshold)

    def __init__(
        self,
        threshold: float = 0.8,
        classifier: Callable[[list[str]], list[dict]] | None = None,
        toxic_label: str = "toxic",
    ):
        self.threshold = threshold
        self.classifier = classifier
        self.toxic_label = toxic_label
        self.weights = None
        self.bias = None

    def fit(self, texts: list[str], labels: list[int]) -> "ToxicFilter":
        """Fit the classifier to the normalised texts and return the filter itself.

        With features x_i (a row of `hashed_ngrams`) and labels y_i (1 is toxic), weights w and bias b minimise

            mean_i [ log(1 + exp(w . x_i + b)) - y_i (w . x_i + b) ]  +  L2 / 2 * (w . w)

        The bias is not penalised. The minimum is unique, so any optimiser will do that is done in time (test: a few
        hundred texts in five seconds). BFGS, the default of scipy's `minimize`, is not: it keeps a table of 2049 x 2049
        numbers. The scores must be within 0.002 of those at the minimum. Fitting again starts afresh.

        Raises:
            ValueError: if the lengths differ, or one of the two labels does not occur.
            RuntimeError: if a classifier was plugged in.
        """
        raise NotImplementedError("week 17, toxicity: write ToxicFilter.fit")

    def score(self, texts: list[str]) -> Float[np.ndarray, " texts"]:
        """Return the probability that each text is toxic, in order (float64).

        Texts are normalised first, for a classifier that was plugged in as well, which sees all of them in one call.
        If its label is not `toxic_label`, there are two labels and the toxic one has the rest of the probability,
        1 - score. A text of which nothing is left after normalisation scores 0. An empty list gives an empty array,
        without a call.

        Raises:
            RuntimeError: if there is no classifier and the filter was not fitted.
        """
        raise NotImplementedError("week 17, toxicity: write ToxicFilter.score")

    def check(self, text: str) -> tuple[bool, str]:
        """Return (True, the text as given) if it may pass, else (False, why).

        A text may pass when its score is below the threshold. The reason reads, with two decimals each,
        "toxicity 0.93 >= 0.80": the score and the threshold.
        """
        raise NotImplementedError("week 17, toxicity: write ToxicFilter.check")
