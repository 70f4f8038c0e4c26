# Week 11, exercise reward: A reward model
# Difficulty 2 of 5 · importance 4 of 5 · about 30 minutes
# It builds on: nn.Module, padding masks, the sigmoid.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 11, reward: a model that scores a whole answer, and the loss that teaches it which of two is better.

People cannot say that an answer is worth 7.3, but they can say which of two they prefer. Only differences are learned.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


class RewardModel(nn.Module):
    """A language model without its vocabulary, and one linear layer that turns its last state into a score.

    Attributes:
        backbone: the module that was given, itself and not a copy.
        head: nn.Linear(width, 1) without a bias: a constant cancels out of every difference.

    Source: Stiennon et al. 2020, "Learning to summarize from human feedback", section 3.4; Ouyang et al. 2022,
        "Training language models to follow instructions with human feedback", section 3.5.
    """

    def __init__(self, backbone: nn.Module, width: int):
        """Keep the backbone, whose states have `width` numbers, and make the head with PyTorch's initial values."""
        raise NotImplementedError("week 11, reward: write RewardModel.__init__")

    def forward(
        self, ids: Int[Tensor, "batch length"], mask: Int[Tensor, "batch length"] | Bool[Tensor, "batch length"]
    ) -> Float[Tensor, " batch"]:
        """Return the score of each text: the head applied to the state of its last real token.

        The mask is 1 (or True) for real tokens and 0 (or False) for padding. The last real token is the rightmost one
        whose mask is not 0, whether the padding stands on the right, on the left or in between. The ids do not say
        where padding is: the padding id may also be a token of the text.
        The backbone is called once, as `backbone(ids, mask)`, and gives states (batch, length, width). States of other
        positions do not count, not even if they are NaN.

        Raises:
            ValueError: `ids` and `mask` differ in shape, or a row has no real token. Then the backbone is not called.
        """
        raise NotImplementedError("week 11, reward: write RewardModel.forward")


def pairwise_loss(
    chosen: Float[Tensor, " pairs"], rejected: Float[Tensor, " pairs"], margin: Float[Tensor, " pairs"] | None = None
) -> Float[Tensor, ""]:
    """Return the mean over all pairs of -log sigmoid(chosen - rejected - margin).

    sigmoid(chosen - rejected) is the probability that people prefer the chosen answer (Bradley and Terry). A margin
    asks for more than a bare lead: by how much the chosen answer has to be ahead before the loss is log 2.
    The loss and its gradients are finite for scores that are thousands apart.
    float16 and bfloat16 scores are computed in float32, and the loss is float32; float64 stays float64.
    No argument is changed.

    Args:
        margin: one number for each pair; None: 0.

    Raises:
        ValueError: the arguments differ in shape, or there is no pair.

    Source: Ouyang et al. 2022, equation 1 (one pair a prompt); Touvron et al. 2023, "Llama 2", equation 2, for
        the margin.
    """
    raise NotImplementedError("week 11, reward: write pairwise_loss")
