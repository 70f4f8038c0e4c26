# Week 14, exercise judges: Judges, rankings and intervals
# Difficulty 3 of 5 · importance 5 of 5 · about 50 minutes
# It builds on: The logistic function, maximum likelihood, quantiles, torch.Generator.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 14, judges: which of two answers is better, which of many systems is, and how sure that is.

A judge compares two texts. Its answers become scores, the scores of many pairs a ranking, and the ranking needs an
interval before anybody believes it.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Real
from torch import Generator, Tensor

Judge = Callable[[str, str], float]


def judge_pairs(judge: Judge, a: list[str], b: list[str]) -> dict:
    """Compare a[i] with b[i] for every i, in both orders, so that the judge's taste for a place cancels.

    `judge(first, second)` is a number from 0 to 1: 1 says that the first text is better, 0 that the second is, and 0.5
    that it cannot tell. It is asked exactly twice for each pair: with a[i] first, and with b[i] first.

    Returns:
        A dictionary of three:
        "scores": a list of floats, one for each pair: the mean of what a[i] gets in the first place and what it gets in
            the second, where the answer p leaves it 1 - p. So a and b exchanged give 1 - score.
        "bias": the mean of all answers, minus 0.5: above 0 if the judge prefers the first place whatever stands there.
        "consistent": the share of pairs for which both orders name the same text, or both answers are exactly 0.5.

    Raises:
        ValueError: `a` and `b` differ in length or are empty, or an answer is below 0, above 1 or NaN.

    Source: Zheng et al. 2023, "Judging LLM-as-a-Judge with MT-Bench and Chatbot Arena", section 3.4.
    """
    raise NotImplementedError("week 14, judges: write judge_pairs")


def bradley_terry(wins: Real[Tensor, "players players"], prior: float = 0.0) -> Float[Tensor, " players"]:
    """Return the strengths under which the games that were played are most probable.

    The model: i beats j with probability 1 / (1 + exp(s_j - s_i)). Only differences matter, so the strengths are moved
    to have the mean 0. They are float64, on the device of `wins`, and each is right to 1e-6.
    wins[i, j] says how often i beat j. A tie is half a win for each, so entries may be fractions; they have any real
    dtype, and are not changed. The order of the games plays no part.
    Before the fit, `prior` is added to the wins of every player against every other one, as if each pair had played
    2 * prior games more and shared them. With a prior above 0, a player who never won gets a finite strength.
    With prior 0, there is a most probable answer only if the players cannot be divided into two groups so that nobody
    of the one ever beat anybody of the other. A single player has the strength 0.

    Raises:
        ValueError: `wins` is not square or has no players, an entry is negative, infinite or NaN, the diagonal is not
            0, `prior` is negative, infinite or NaN, or there is no most probable answer.

    Source: Bradley and Terry 1952, "Rank Analysis of Incomplete Block Designs"; Ford 1957, "Solution of a Ranking
        Problem from Binary Comparisons", for when there is an answer.
    """
    raise NotImplementedError("week 14, judges: write bradley_terry")


def bootstrap_interval(
    values: Real[Tensor, "n ..."],
    statistic: Callable[[Tensor], float],
    generator: Generator,
    *,
    resamples: int = 1000,
    level: float = 0.95,
) -> tuple[float, float]:
    """Return the interval in which a statistic of `values` falls when the rows are drawn again and again.

    A row is what was drawn independently, such as one question with the scores of all systems on it. It stays whole.
    Of n rows, resample r has the rows `rows[r]`, as many as there are, drawn with replacement: `rows = torch.randint(n,
    (resamples, n), generator=generator, device=generator.device)`. `statistic` is called once for each resample, with a
    tensor of the shape and dtype of `values`, which are not changed.
    The ends are the quantiles (1 - level) / 2 and (1 + level) / 2 of what it returned, as two Python floats,
    computed in float64. Between two of those numbers a quantile is interpolated linearly, as numpy.quantile does. The
    same state of the generator gives the same interval.

    Raises:
        ValueError: there are no rows, `resamples` is below 1, or `level` is not above 0 and below 1.

    Source: Efron 1979, "Bootstrap Methods: Another Look at the Jackknife"; the percentile interval.
    """
    raise NotImplementedError("week 14, judges: write bootstrap_interval")
