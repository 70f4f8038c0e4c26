# Week 07, exercise experts: Mixture of experts
# Difficulty 3 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: SwiGLU, softmax, topk, indexing with tensors.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, experts: a feed-forward layer of many experts, of which each token uses a few.

The layer holds the parameters of all its experts and pays, for each token, only for those that the router chose.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


class MixtureOfExperts(nn.Module):
    """Send each token to its top_k experts and add their answers, weighted.

    Expert e is a gated layer without biases: W_down[e] @ (silu(W_gate[e] @ x) * (W_up[e] @ x)).
    The router scores the experts for each token; softmax over all experts makes the scores probabilities; the top_k
    largest are kept and divided by their sum, so that the weights of a token sum to 1 (as in Mixtral). Which of two
    equal scores wins is left open.

    Attributes:
        router: nn.Linear from d_model to experts, without bias.
        W_gate, W_up: nn.Parameter of shape (experts, hidden, d_model).
        W_down: nn.Parameter of shape (experts, d_model, hidden).

    Raises:
        ValueError: top_k is below 1 or above the number of experts.

    Source: Jiang et al. 2024, "Mixtral of Experts", section 2.1.
    """

    def __init__(self, d_model: int, hidden: int, experts: int, top_k: int):
        """Check top_k and make the parameters; how they start is up to you."""
        super().__init__()
        raise NotImplementedError("week 07, experts: write MixtureOfExperts.__init__")

    def forward(
        self, x: Float[Tensor, "*batch d_model"]
    ) -> tuple[Float[Tensor, "*batch d_model"], Float[Tensor, "*batch experts"]]:
        """Return (output, logits): the logits are the router's scores of all experts, before the softmax.

        `*batch` is any number of leading axes, and `x` is not changed. No token is dropped, however many choose the
        same expert. Both answers have the dtype of `x` and lie on its device.
        """
        raise NotImplementedError("week 07, experts: write MixtureOfExperts.forward")


def balance_loss(logits: Float[Tensor, "*batch experts"], top_k: int) -> Float[Tensor, ""]:
    """Measure how unevenly a router uses its experts: 1 when all are used alike, `experts / top_k` at worst.

    loss = experts * sum over experts e of f_e * P_e, over all tokens of all leading axes together, where
    f_e is the share of all choices (top_k for each token) that fell on e, and
    P_e is the mean probability that the router gave e (softmax over all experts, before top_k are chosen).
    f sums to 1, also for top_k above 1; transformers does not divide by top_k there, so its loss is top_k times ours.
    The gradient flows through P alone: choosing has none. The loss has the dtype of `logits` and lies on their device.

    Raises:
        ValueError: top_k is below 1 or above the number of experts.

    Source: Fedus et al. 2021, "Switch Transformers", section 2.2, equations 4 to 6, without alpha.
    """
    raise NotImplementedError("week 07, experts: write balance_loss")
