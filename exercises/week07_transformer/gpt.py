# Week 07, exercise gpt: GPT-2
# Difficulty 3 of 5 · importance 5 of 5 · about 40 minutes
# It builds on: A pre-norm block, causal attention, state dicts.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 07, gpt: GPT-2, which loads the state dict of a GPT-2 of transformers and gives its logits.

`config` is a dictionary in the words of a GPT-2's config.json: vocab_size, n_positions, n_embd, n_layer, n_head,
layer_norm_epsilon. Other keys are ignored. There is no dropout, no cache, and no padding: all texts of a batch are
equally long.
"""

import math
from typing import Any

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class GPTBlock(nn.Module):
    """A pre-norm decoder layer: x = x + attention(ln_1(x)), then x = x + c_proj(gelu(c_fc(ln_2(x)))).

    Attention is causal. One layer makes queries, keys and values at once: the output of c_attn is [Q | K | V], each of
    n_embd features, each cut into n_head consecutive heads. Scores are divided by the root of the width of a head. The
    gelu is the approximation by a tanh.

    Attributes:
        ln_1, ln_2: nn.LayerNorm(n_embd, eps=layer_norm_epsilon).
        attn: nn.ModuleDict of c_attn, nn.Linear from n_embd to 3 * n_embd, and c_proj, nn.Linear from n_embd to n_embd.
        mlp: nn.ModuleDict of c_fc, nn.Linear from n_embd to 4 * n_embd, and c_proj, nn.Linear back.

    Raises:
        ValueError: n_head does not divide n_embd.

    Source: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", section 2.3.
    """

    def __init__(self, config: dict[str, Any]):
        """Make the parts."""
        super().__init__()
        raise NotImplementedError("week 07, gpt: write GPTBlock.__init__")

    def forward(self, x: Float[Tensor, "batch length n_embd"]) -> Float[Tensor, "batch length n_embd"]:
        """Let each token read itself and what stands before it, then transform each by itself. `x` is not changed."""
        raise NotImplementedError("week 07, gpt: write GPTBlock.forward")


class GPT(nn.Module):
    """Token and position embeddings, the blocks, a last norm, and the token table once more as the head.

    Attributes:
        wte: nn.Embedding(vocab_size, n_embd), tokens; also the head: there is no other one.
        wpe: nn.Embedding(n_positions, n_embd), positions.
        h: nn.ModuleList of GPTBlock.
        ln_f: nn.LayerNorm(n_embd, eps=layer_norm_epsilon).

    Source: Radford et al. 2019, section 2.3; the names are those of GPT2Model in transformers.
    """

    def __init__(self, config: dict[str, Any]):
        """Make the parts, with whatever numbers torch gives them."""
        super().__init__()
        raise NotImplementedError("week 07, gpt: write GPT.__init__")

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length vocab_size"]:
        """Score what follows each token: logits, before any softmax. The first token stands at position 0.
        Positions and causal masks lie on the device of `ids`.

        Raises:
            ValueError: the text is longer than n_positions.
        """
        raise NotImplementedError("week 07, gpt: write GPT.forward")

    def load_gpt2(self, state: dict[str, Float[Tensor, "..."]]) -> None:
        """Load a state dict of transformers' GPT2Model or GPT2LMHeadModel; `state` is not changed.

        Three things differ from this module's own state dict:
        - The names of a GPT2LMHeadModel begin with "transformer."; it also has lm_head.weight, which is wte.weight
          again.
        - c_attn, c_proj and c_fc are stored as [in, out]: transposed, for nn.Linear stores [out, in].
        - Old checkpoints hold h.N.attn.bias and h.N.attn.masked_bias: the causal mask, saved by accident.

        Raises:
            ValueError: a weight is missing, has another shape, or is none of the above. Nothing is loaded then.
        """
        raise NotImplementedError("week 07, gpt: write GPT.load_gpt2")
