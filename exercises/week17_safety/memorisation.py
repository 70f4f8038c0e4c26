# Week 17, exercise memorisation: What a model remembers of a text
# Difficulty 3 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Losses of a language model, logarithms, ROC curves.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
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
    raise NotImplementedError("week 17, memorisation: write exposure")


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
    raise NotImplementedError("week 17, memorisation: write membership_scores")


def attack_auc(scores: Float[Tensor, " texts"], members: Bool[Tensor, " texts"]) -> float:
    """Return the share of pairs of a member and a non-member that the scores put in the right order.

    The order is right if the member has the higher score. A pair with equal scores counts half. `members` says which
    texts were in the training data.

    Raises:
        ValueError: if the shapes differ, a score is NaN, or there is no member or no non-member.

    Source: Hanley and McNeil 1982: this share is the area under the ROC curve.
    """
    raise NotImplementedError("week 17, memorisation: write attack_auc")


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
    raise NotImplementedError("week 17, memorisation: write tpr_at_fpr")
