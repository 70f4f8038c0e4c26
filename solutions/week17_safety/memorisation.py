"""Week 17, exercise 8: measure what a model remembers of single texts.

Read first:  the handout, exercise 8.
You write:   exposure, membership_scores, attack_auc, tpr_at_fpr.
You may use: torch.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def exposure(canaries: Float[Tensor, " canaries"], others: Float[Tensor, " others"]) -> Float[Tensor, " canaries"]:
    """Return how far each canary is exposed, in bits.

    A canary is a random text that was put into the training data to be looked for. `canaries` has the model's losses
    on them, `others` its losses on n random texts of the same form that it was not trained on: all that there are, or
    a sample of them. The rank of a canary is 1 plus the number of `others` with a loss of at most its own, so that
    equal losses worsen the rank. Other canaries play no part.

        exposure = log2(n + 1) - log2(rank)

    It lies between 0 (every other text is at least as likely) and log2(n + 1) (the canary is likelier than all).
    Infinite losses count like others. The answer is float64, on the device of `canaries`, and part of no graph.

    Raises:
        ValueError: if one of the two has not exactly one axis, `others` is empty, or a loss is NaN.

    Source: Carlini et al. 2019, "The Secret Sharer", section 4: exposure; the n + 1 lets a sample stand for all.
    """
    # BEGIN SOLUTION
    if canaries.ndim != 1 or others.ndim != 1 or len(others) == 0:
        raise ValueError("canaries and others need one axis each, and there must be others")
    if canaries.isnan().any() or others.isnan().any():
        raise ValueError("a loss is NaN")
    # right=True counts the equal ones, too.
    rank = 1 + torch.searchsorted(others.detach().sort().values, canaries.detach().contiguous(), right=True)
    return torch.log2((len(others) + 1) / rank.double())
    # END SOLUTION


def membership_scores(
    losses: Float[Tensor, "*texts"], reference: Float[Tensor, "*texts"] | None = None, kind: str = "loss"
) -> Float[Tensor, "*texts"]:
    """Return for each text how much it looks like one of the training data.

    Higher means more like it. `losses` are those of the model under attack, `reference` those of another model on the
    same texts, which says how hard a text is for anybody:

    - "loss": minus the loss; `reference` plays no part.
    - "difference": the reference's loss minus the loss.
    - "ratio": minus the loss divided by the reference's loss.

    Raises:
        ValueError: for any other kind; for the last two also if there is no reference or its shape is another one; for
            "ratio" also if a loss of the reference is not above 0.

    Source: Yeom et al. 2018, "Privacy Risk in Machine Learning" (loss); Watson et al. 2022, "On the Importance of
        Difficulty Calibration in Membership Inference Attacks" (difference); Carlini et al. 2021, section 5 (ratio).
    """
    # BEGIN SOLUTION
    if kind == "loss":
        return -losses
    if kind not in ("difference", "ratio"):
        raise ValueError(f"unknown kind: {kind}")
    if reference is None or reference.shape != losses.shape:
        raise ValueError("the reference needs one loss for each text")
    if kind == "difference":
        return reference - losses
    if not (reference > 0).all():
        raise ValueError("a ratio needs losses of the reference above 0")
    return -losses / reference
    # END SOLUTION


def attack_auc(scores: Float[Tensor, " texts"], members: Bool[Tensor, " texts"]) -> float:
    """Return the share of pairs of a member and a non-member that the scores put in the right order.

    The order is right if the member has the higher score. A pair with equal scores counts half. `members` says which
    texts were in the training data.

    Raises:
        ValueError: if the shapes differ, a score is NaN, or there is no member or no non-member.

    Source: Hanley and McNeil 1982: this share is the area under the ROC curve.
    """
    # BEGIN SOLUTION
    inside, outside = _parted(scores, members)
    ascending = outside.sort().values
    below = torch.searchsorted(ascending, inside)  # non-members with a lower score
    up_to = torch.searchsorted(ascending, inside, right=True)  # and with an equal one
    # Counted in whole numbers: float32 knows no odd ones above 2 ** 24.
    return int((below + up_to).sum()) / (2 * len(inside) * len(outside))
    # END SOLUTION


def tpr_at_fpr(scores: Float[Tensor, " texts"], members: Bool[Tensor, " texts"], max_fpr: float = 0.01) -> float:
    """Return the share of the members that can be named with few false accusations.

    An attacker chooses a threshold, any number or infinity, and names every text with a score of at least that. The
    false positive rate is the number of non-members named, divided by the number of all; the true positive rate is the
    same for members. The answer is the highest true positive rate at a threshold with a false positive rate of at most
    `max_fpr`. Nothing is interpolated: texts with equal scores are named together or not at all.

    Raises:
        ValueError: if the shapes differ, a score is NaN, there is no member or no non-member, or `max_fpr` is not in
            [0, 1].

    Source: Carlini et al. 2022, "Membership Inference Attacks From First Principles".
    """
    # BEGIN SOLUTION
    inside, outside = _parted(scores, members)
    if not 0 <= max_fpr <= 1:
        raise ValueError("a rate lies between 0 and 1")
    allowed = max(count for count in range(len(outside) + 1) if count / len(outside) <= max_fpr)
    if allowed == len(outside):
        return 1.0
    # Who names the first non-member too many names all with its score: the threshold must lie above it.
    too_many = outside.sort(descending=True).values[allowed]
    return int((inside > too_many).sum()) / len(inside)
    # END SOLUTION


# BEGIN SOLUTION
def _parted(scores: Tensor, members: Tensor) -> tuple[Tensor, Tensor]:
    """Check the arguments and return the scores of the members and those of the non-members."""
    if scores.shape != members.shape or scores.isnan().any():
        raise ValueError("one score for each text, and none of them NaN")
    inside, outside = scores[members], scores[~members]
    if len(inside) == 0 or len(outside) == 0:
        raise ValueError("there must be members and non-members")
    return inside, outside


# END SOLUTION
