# Week 07, exercise blocks: Encoder and decoder layers
# Difficulty 2 of 5 · importance 5 of 5 · about 30 minutes
# It builds on: Multi-head attention, masks, layer norm.
# Write it by hand: torch.nn.TransformerEncoderLayer, torch.nn.TransformerDecoderLayer, torch.nn.TransformerEncoder,
# torch.nn.TransformerDecoder, torch.nn.Transformer may not be used.
# Nothing from transformers, peft, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, blocks: the layers of an encoder and of a decoder, with the norm before or after each branch.

A layer is a path that goes straight through, and branches that read from it and add to it. Where the norm stands is
what papers and code disagree on most: "post" is the figure of the first paper, "pre" is GPT-2 and nearly every
large language model after it. No layer has dropout here, nor a norm at its end that the formulas do not show.
"""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from parts import Attention
from torch import Tensor, nn


class EncoderLayer(nn.Module):
    """Self-attention and a feed-forward layer, each with a norm and a residual connection.

        "pre":   x = x + attention(norm1(x))           "post":  x = norm1(x + attention(x))
                 x = x + feed_forward(norm2(x))                 x = norm2(x + feed_forward(x))

    feed_forward(x) is W_out(gelu(W_in(x))) with the exact gelu. Every token sees every token that the mask shows:
    an encoder has no causal mask.

    Attributes:
        attention: parts.Attention(d_model, num_heads).
        norm1, norm2: nn.LayerNorm(d_model), eps as torch has it.
        W_in, W_out: nn.Linear from d_model to hidden, and back.

    Raises:
        ValueError: `norm` is neither of the two words.

    Source: Vaswani et al. 2017, figure 1, left ("post"); Xiong et al. 2020, "On Layer Normalization in the Transformer
        Architecture", figure 1 (both).
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, norm: Literal["pre", "post"] = "pre"):
        """Check the word and make the parts."""
        super().__init__()
        raise NotImplementedError("week 07, blocks: write EncoderLayer.__init__")

    def forward(
        self, x: Float[Tensor, "batch length d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch length d_model"]:
        """Let the tokens look at each other, then transform each by itself. `x` is not changed.

        Args:
            mask: Boolean, two or three axes, broadcasts to (batch, length, length); True: may attend. None: hide
                nothing.
        """
        raise NotImplementedError("week 07, blocks: write EncoderLayer.forward")


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to what an encoder wrote, and a feed-forward layer.

        "pre":   x = x + self_attention(norm1(x))               "post":  x = norm1(x + self_attention(x))
                 x = x + cross_attention(norm2(x), memory)               x = norm2(x + cross_attention(x, memory))
                 x = x + feed_forward(norm3(x))                          x = norm3(x + feed_forward(x))

    In cross-attention the decoder asks (queries) and the encoder's output `memory` answers (keys and values). The layer
    never norms `memory`: in a pre-norm model the encoder does so once, at its end. feed_forward is as in EncoderLayer.

    Attributes:
        self_attention, cross_attention: parts.Attention(d_model, num_heads).
        norm1, norm2, norm3: nn.LayerNorm(d_model), eps as torch has it.
        W_in, W_out: nn.Linear from d_model to hidden, and back.

    Raises:
        ValueError: `norm` is neither of the two words.

    Source: Vaswani et al. 2017, figure 1, right ("post"), and section 3.2.3.
    """

    def __init__(self, d_model: int, num_heads: int, hidden: int, norm: Literal["pre", "post"] = "pre"):
        """Check the word and make the parts."""
        super().__init__()
        raise NotImplementedError("week 07, blocks: write DecoderLayer.__init__")

    def forward(
        self,
        x: Float[Tensor, "batch length d_model"],
        memory: Float[Tensor, "batch source d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        memory_mask: Bool[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "batch length d_model"]:
        """Read the text so far, then the source, then transform each token by itself. No argument is changed.

        Self-attention is always causal: a token sees itself and what stands before it. `mask` hides more than that, for
        example padding; it never shows a later token. The causal mask lies on the device of `x`.

        Args:
            mask: Boolean, two or three axes, broadcasts to (batch, length, length); True: may attend, if causality
                allows it.
            memory_mask: the same for cross-attention, broadcasts to (batch, length, source). Cross-attention has no
                causal mask.
        """
        raise NotImplementedError("week 07, blocks: write DecoderLayer.forward")
