# Week 15, exercise distil: Distillation
# Difficulty 2 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Log-softmax, KL divergence, temperature, cross-entropy with -100.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, distil: a small model learns from a large one.

The text says which token came; the teacher says how probable each token was. The second tells more.
"""

import math

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor


def distillation_loss(
    student: Float[Tensor, "*batch vocabulary"],
    teacher: Float[Tensor, "*batch vocabulary"],
    targets: Int[Tensor, "*batch"],
    temperature: float = 2.0,
    alpha: float = 0.5,
) -> Float[Tensor, ""]:
    """Return alpha * temperature**2 * KL(teacher || student) + (1 - alpha) * cross-entropy, a scalar.

    `student` and `teacher` are logits, and both are divided by `temperature` for the KL divergence, the sum over the
    vocabulary of p_teacher * (log p_teacher - log p_student). The cross-entropy of `targets` is that of the student's
    logits as they are, at temperature 1. Logarithms are natural.
    Both parts are means over the places whose target is not -100; the other places play no part at all.
    A token whose teacher's logit is -inf adds nothing to the divergence. With an `alpha` above 0 and below 1, the loss
    is infinite, not NaN, where the student's logit is -inf and the teacher's probability is not 0, however small.
    Gradients reach the student's logits and never the teacher's. Both logits are converted to float32 (to float64 if
    the student's are) before anything is computed, and the loss has that dtype.

    Args:
        targets: of any integer dtype; the token that came, or -100.

    Raises:
        ValueError: the shapes do not fit, `temperature` is not above 0 and finite, `alpha` is not between 0 and 1, a
            target is neither -100 nor a token of the vocabulary, or every target is -100.

    Source: Hinton et al. 2015, "Distilling the Knowledge in a Neural Network", section 2.
    """
    raise NotImplementedError("week 15, distil: write distillation_loss")
