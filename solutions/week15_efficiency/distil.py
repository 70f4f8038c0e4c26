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
    # BEGIN SOLUTION
    if student.ndim == 0 or student.shape != teacher.shape or targets.shape != student.shape[:-1]:
        raise ValueError(f"shapes {tuple(student.shape)}, {tuple(teacher.shape)} and {tuple(targets.shape)}")
    if not 0 < temperature < math.inf or not 0 <= alpha <= 1:
        raise ValueError(f"a temperature of {temperature} and an alpha of {alpha}")
    targets = targets.long()  # as uint8, -100 would be 156
    counted = targets != -100
    truth = targets[counted]
    if truth.numel() == 0 or ((truth < 0) | (truth >= student.shape[-1])).any():
        raise ValueError("no target is left, or one is not a token of the vocabulary")
    dtype = torch.promote_types(student.dtype, torch.float32)
    mine, theirs = student[counted].to(dtype), teacher.detach()[counted].to(dtype)  # [places vocabulary]

    log_p, log_q = (theirs / temperature).log_softmax(-1), (mine / temperature).log_softmax(-1)
    p = log_p.exp()
    # Where p is 0, a gap may be infinite, and 0 * inf would be NaN: such a token is given no gap at all.
    gaps = torch.where(p == 0, 0.0, log_p - log_q)
    divergence = (p * gaps).sum(-1).mean()
    # Dividing logits by T makes the gradients T^2 times smaller; the factor brings both parts to one size again.
    return alpha * temperature**2 * divergence + (1 - alpha) * F.cross_entropy(mine, truth)
    # END SOLUTION
