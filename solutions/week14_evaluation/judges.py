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
    # BEGIN SOLUTION
    if len(a) != len(b) or not a:
        raise ValueError(f"a and b must have one length of at least 1, not {len(a)} and {len(b)}")
    scores, answers, consistent = [], [], 0
    for one, other in zip(a, b, strict=True):
        forward, backward = float(judge(one, other)), float(judge(other, one))
        if not (0 <= forward <= 1 and 0 <= backward <= 1):  # refuses NaN as well
            raise ValueError(f"a judge answers with a number from 0 to 1, not {forward} and {backward}")
        scores.append((forward + 1 - backward) / 2)
        answers += [forward, backward]
        # The same text is named if one answer is above a half and the other one below.
        consistent += (forward - 0.5) * (backward - 0.5) < 0 or forward == backward == 0.5
    bias = sum(answers) / len(answers) - 0.5
    return {"scores": scores, "bias": bias, "consistent": consistent / len(a)}
    # END SOLUTION


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
    # BEGIN SOLUTION
    if wins.ndim != 2 or wins.shape[0] != wins.shape[1] or len(wins) == 0:
        raise ValueError(f"wins must be a square of at least one player, not {tuple(wins.shape)}")
    if not 0 <= prior < float("inf"):
        raise ValueError(f"prior must be at least 0 and finite, not {prior}")
    games = wins.to(torch.float64)
    if not (games.isfinite() & (games >= 0)).all() or games.diagonal().any():
        raise ValueError("wins must be finite, at least 0, and 0 on the diagonal")
    players = len(games)
    games = games + prior * (1 - torch.eye(players, dtype=games.dtype, device=games.device))
    if not _one_group(games > 0):
        raise ValueError("some players never beat any of the others: no strengths are the most probable")

    played = games + games.T

    def log_likelihood(strengths: Tensor) -> Tensor:
        return (games * torch.nn.functional.logsigmoid(strengths[:, None] - strengths[None, :])).sum()

    # Newton's method. The likelihood has one summit, but far from it a whole step may be too long: halve it then.
    strengths = torch.zeros(players, dtype=games.dtype, device=games.device)
    for _ in range(200):
        beats = torch.sigmoid(strengths[:, None] - strengths[None, :])  # (players, players)
        gradient = (games - played * beats).sum(1)  # games won, minus games that the model expects to be won
        curvature = played * beats * beats.T
        # All strengths may move together without any effect. Adding 1 everywhere holds their sum, so it can be solved.
        hessian = torch.diag(curvature.sum(1)) - curvature + 1
        step = torch.linalg.solve(hessian, gradient)
        if step.abs().max() < 1e-11:
            break
        before = log_likelihood(strengths)
        while step.abs().max() > 1e-11 and log_likelihood(strengths + step) < before:
            step = step / 2
        strengths = strengths + step
    return strengths - strengths.mean()
    # END SOLUTION


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
    # BEGIN SOLUTION
    if values.ndim == 0 or len(values) == 0 or resamples < 1 or not 0 < level < 1:
        raise ValueError(f"bad arguments: shape {tuple(values.shape)}, {resamples} resamples, level {level}")
    n = len(values)
    rows = torch.randint(n, (resamples, n), generator=generator, device=generator.device)
    found = torch.tensor([float(statistic(values[row])) for row in rows.to(values.device)], dtype=torch.float64)
    ends = torch.tensor([(1 - level) / 2, (1 + level) / 2], dtype=torch.float64)
    low, high = torch.quantile(found, ends).tolist()
    return low, high
    # END SOLUTION


# BEGIN SOLUTION
def _one_group(beat: Tensor) -> bool:
    """Say whether everybody is reached from everybody by steps from a winner to somebody that they beat."""
    reached = beat | torch.eye(len(beat), dtype=torch.bool, device=beat.device)
    for _ in range(len(beat).bit_length()):  # each round doubles the number of steps
        reached = (reached.double() @ reached.double()) > 0
    return bool(reached.all())


# END SOLUTION
