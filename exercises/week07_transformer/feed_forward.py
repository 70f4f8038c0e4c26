# Week 07, exercise feed_forward: Feed-forward layers and SwiGLU
# Difficulty 1 of 5 · importance 4 of 5 · about 20 minutes
# It builds on: nn.Module, nn.Linear.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, feed_forward: the half of a Transformer block that looks at one token at a time.

Two kinds are in use: two layers with an activation between them (the first Transformer, BERT, GPT), and the gated
kind with three matrices (Llama, Mistral, Qwen). Neither has dropout here, nor any other random part.
"""

from typing import Literal

import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def gated_width(d_model: int, multiple_of: int = 256) -> int:
    """Return the hidden width that Llama gives its gated feed-forward layer.

    A gated layer has three matrices where the plain one has two. To cost as much as a plain layer of width 4 * d_model
    it gets two thirds of that width: 8 * d_model / 3, rounded down to an integer, and that rounded up to the next
    multiple of `multiple_of`, because hardware handles such widths faster. A number that is a multiple already stays as
    it is.

    Raises:
        ValueError: `d_model` or `multiple_of` is below 1.

    Source: Touvron et al. 2023, "LLaMA", section 2.2, and its published code.
    """
    raise NotImplementedError("week 07, feed_forward: write gated_width")


class FeedForward(nn.Module):
    """Widen each token, apply the activation, and narrow it again: W_out(activation(W_in(x))).

    Every token goes through the same two matrices and sees no other token.

    Args:
        hidden: width between the two layers. None: 4 * d_model.
        activation: "relu"; "gelu", x times the normal distribution function of x, computed exactly (BERT);
            "gelu_tanh", the approximation of it by a tanh (GPT-2).
        bias: whether both layers have a bias.

    Attributes:
        W_in: nn.Linear from d_model to hidden.
        W_out: nn.Linear from hidden to d_model.

    Raises:
        ValueError: `activation` is none of the three words.

    Source: Vaswani et al. 2017, section 3.3; Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", section 2.
    """

    def __init__(
        self,
        d_model: int,
        hidden: int | None = None,
        activation: Literal["relu", "gelu", "gelu_tanh"] = "gelu",
        bias: bool = True,
    ):
        """Check the activation and make the two layers."""
        super().__init__()
        raise NotImplementedError("week 07, feed_forward: write FeedForward.__init__")

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Transform each token by itself; `*batch` is any number of leading axes, and `x` is not changed."""
        raise NotImplementedError("week 07, feed_forward: write FeedForward.forward")


class SwiGLU(nn.Module):
    """A feed-forward layer with a gate: W_down(silu(W_gate(x)) * W_up(x)), silu(z) = z * sigmoid(z).

    The gate decides, for each hidden feature of each token, how much of it passes. None of the three layers has a bias.

    Attributes:
        W_gate, W_up: nn.Linear from d_model to hidden. The activation is on the gate alone.
        W_down: nn.Linear from hidden to d_model.

    Source: Shazeer 2020, "GLU Variants Improve Transformer", equation 6; Touvron et al. 2023, section 2.2.
    """

    def __init__(self, d_model: int, hidden: int):
        """Make the three layers."""
        super().__init__()
        raise NotImplementedError("week 07, feed_forward: write SwiGLU.__init__")

    def forward(self, x: Float[Tensor, "*batch d_model"]) -> Float[Tensor, "*batch d_model"]:
        """Transform each token by itself; `*batch` is any number of leading axes, and `x` is not changed."""
        raise NotImplementedError("week 07, feed_forward: write SwiGLU.forward")
