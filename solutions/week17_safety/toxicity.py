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
    # BEGIN SOLUTION
    text = _plain_shapes(text).translate(str.maketrans(LOOK_ALIKES))
    text = join_spaced_out(text)
    text = DISGUISED.sub(lambda run: run[0].translate(str.maketrans(LEET)), text)
    text = STRETCHED.sub(lambda run: run[1] if run[1].isalpha() else run[0], text)
    return " ".join(text.split())
    # END SOLUTION


# BEGIN SOLUTION
DISGUISED = re.compile(rf"(?<=[a-z])[{re.escape(''.join(LEET))}]+(?=[a-z])")
STRETCHED = re.compile(r"([^\W\d_])\1{2,}")  # letters of every script, and numbers such as 〇, which stay


def _plain_shapes(text: str) -> str:
    # Decompose first: only then does an accent stand alone and can be dropped.
    decomposed = unicodedata.normalize("NFKD", text)
    visible = "".join(char for char in decomposed if unicodedata.category(char) not in ("Mn", "Me", "Cf"))
    return unicodedata.normalize("NFKC", visible).casefold()


# END SOLUTION


def choose_threshold(scores: Float[np.ndarray, " n"], labels: Int[np.ndarray, " n"], precision: float) -> float:
    """Return the lowest of the scores at which flagging is precise enough.

    A text is flagged when its score is at least the threshold. Precision is the share of toxic texts (label 1) among
    the flagged ones. Among all values in `scores` with precision at least `precision` the lowest is returned, because
    it flags the most. Equal scores are flagged together. Precision does not grow steadily with the threshold: a low
    threshold can do after a higher one failed.

    Raises:
        ValueError: if no threshold is precise enough, or the lengths differ.
    """
    # BEGIN SOLUTION
    scores, labels = np.asarray(scores), np.asarray(labels)
    if scores.shape != labels.shape:
        raise ValueError("scores and labels must have the same length")
    order = np.argsort(-scores, kind="stable")
    ranked = scores[order]
    reached = np.cumsum(labels[order]) / np.arange(1, len(ranked) + 1)
    # Only the last of a group of equal scores is a place where one can cut.
    can_cut = np.append(ranked[1:] != ranked[:-1], True)[: len(ranked)]
    enough = ranked[can_cut & (reached >= precision)]
    if len(enough) == 0:
        raise ValueError(f"no threshold reaches a precision of {precision}")
    return float(enough[-1])
    # END SOLUTION


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
        # BEGIN SOLUTION
        if self.classifier is not None:
            raise RuntimeError("a classifier that was plugged in is not fitted here")
        if len(texts) != len(labels):
            raise ValueError("texts and labels must have the same length")
        if set(map(int, labels)) != {0, 1}:
            raise ValueError("both labels, 0 and 1, must occur")
        features = hashed_ngrams([normalise_text(text) for text in texts])
        self.weights, self.bias = _logistic_regression(features, np.asarray(labels))
        return self
        # END SOLUTION

    def score(self, texts: list[str]) -> Float[np.ndarray, " texts"]:
        """Return the probability that each text is toxic, in order (float64).

        Texts are normalised first, for a classifier that was plugged in as well, which sees all of them in one call.
        If its label is not `toxic_label`, there are two labels and the toxic one has the rest of the probability,
        1 - score. A text of which nothing is left after normalisation scores 0. An empty list gives an empty array,
        without a call.

        Raises:
            RuntimeError: if there is no classifier and the filter was not fitted.
        """
        # BEGIN SOLUTION
        if self.classifier is None and self.weights is None:
            raise RuntimeError("fit the filter first, or plug in a classifier")
        cleaned = [normalise_text(text) for text in texts]
        if not cleaned:
            return np.zeros(0)
        probabilities = self._own_scores(cleaned) if self.classifier is None else self._foreign_scores(cleaned)
        return np.where([bool(text) for text in cleaned], probabilities, 0.0)
        # END SOLUTION

    # BEGIN SOLUTION
    def _own_scores(self, cleaned: list[str]) -> Float[np.ndarray, " texts"]:
        return _sigmoid(hashed_ngrams(cleaned) @ self.weights + self.bias)

    def _foreign_scores(self, cleaned: list[str]) -> Float[np.ndarray, " texts"]:
        answers = self.classifier(cleaned)
        return np.array([a["score"] if a["label"] == self.toxic_label else 1 - a["score"] for a in answers])

    # END SOLUTION

    def check(self, text: str) -> tuple[bool, str]:
        """Return (True, the text as given) if it may pass, else (False, why).

        A text may pass when its score is below the threshold. The reason reads, with two decimals each,
        "toxicity 0.93 >= 0.80": the score and the threshold.
        """
        # BEGIN SOLUTION
        score = self.score([text])[0]
        if score < self.threshold:
            return True, text
        return False, f"toxicity {score:.2f} >= {self.threshold:.2f}"
        # END SOLUTION


# BEGIN SOLUTION
def _sigmoid(logits: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    return np.exp(-np.logaddexp(0.0, -logits))  # never overflows


def _logistic_regression(
    features: Float[np.ndarray, "n d"], labels: Float[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " d"], float]:
    def loss_and_gradient(parameters):
        weights, bias = parameters[:-1], parameters[-1]
        logits = features @ weights + bias
        loss = np.mean(np.logaddexp(0.0, logits) - labels * logits) + L2 / 2 * weights @ weights
        error = (_sigmoid(logits) - labels) / len(labels)
        return loss, np.append(features.T @ error + L2 * weights, error.sum())

    start = np.zeros(features.shape[1] + 1)
    solution = minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-7, "ftol": 0.0})
    return solution.x[:-1], float(solution.x[-1])


# END SOLUTION
