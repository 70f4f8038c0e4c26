# Week 10, exercise dora: DoRA: lengths and directions
# Difficulty 3 of 5 · importance 3 of 5 · about 50 minutes
# It builds on: LoRA (exercise 1), norms, detach.
# An extra: it is worth no points, and the week is done without it.
# Write it by hand: peft may not be used.
# Nothing from transformers, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 7: DoRA, a weight taken apart into lengths and directions.

Each row of a weight is an arrow: it has a length and a direction. LoRA changes both at once. DoRA gives the lengths
parameters of their own and lets the low-rank change turn the rows:

    V = W + (alpha / rank) B A        y = x (magnitude / ||V|| · V)^T + bias

After training the rows are written into W once, and the layer costs what a plain linear layer costs.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class DoRALinear(nn.Module):
    """A frozen `nn.Linear` whose rows are turned by a low-rank change and have trainable lengths.

    With V = `base.weight` + scaling B A, the layer gives y = x (magnitude / ||V|| · V)^T + bias.
    The norm ||V|| is Euclidean and has one number for each output: it runs along a row of V, over the d_in inputs. (The
    paper writes a weight as [d_in d_out] and speaks of its columns.) The bias is added as it is.
    Where ||V|| is 0, the quotient magnitude / ||V|| is 0: that output is its bias, and all gradients through its row of
    V and its magnitude are 0.

    Attributes:
        base: the `nn.Linear` that was handed in (the same object, not a copy), with weight [d_out d_in].
        lora_A: parameter [rank d_in].
        lora_B: parameter [d_out rank].
        magnitude: parameter [d_out], the lengths of the rows.
        scaling: the float alpha / rank.
        merged: True while `base.weight` is magnitude / ||V|| · V. Only `merge()` and `unmerge()` change that: `train()`
            and `eval()` do not.

    `state_dict()` holds `base.weight`, `base.bias` (if the base has one), `lora_A`, `lora_B` and `magnitude`, and
    nothing else, whether the layer is merged or not.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float) -> None:
        """Wrap `base` so that the new layer answers as `base` does, up to rounding.

        Both parameters of `base` are frozen (`requires_grad` False). `lora_A` is drawn uniformly from ±1 / sqrt(d_in),
        which is `nn.init.kaiming_uniform_` with a = sqrt(5); `lora_B` starts at zero. `magnitude` starts as the norm of
        each row of `base.weight`. All three have the dtype and the device of `base.weight`. The layer starts unmerged.

        Args:
            rank: any positive number; nothing requires that it is smaller than d_in or d_out.
        Raises: ValueError: if `rank` is smaller than 1.
        Source: Liu et al. 2024, section 4.1, equation 5; start of A as in peft.
        """
        raise NotImplementedError("week 10, dora: write DoRALinear.__init__")

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Apply the layer as it is now.

        ||V|| always follows the present `base.weight`, `lora_A` and `lora_B`, in training and in evaluation mode. But
        it is detached: no gradient flows through the norm, as if it were a constant.
        The norm is computed in float32 (float64 for a float64 weight): in float16 the square of 300 is infinite.
        A merged layer answers exactly as `base` does. The answer has the dtype of `x`.

        Source: Liu et al. 2024, section 4.3 (the norm is detached).
        """
        raise NotImplementedError("week 10, dora: write DoRALinear.forward")

    def merge(self) -> None:
        """Write magnitude / ||V|| · V into `base.weight`, in place; a merged layer is left as it is.

        Everything is computed in float32 (float64 for a float64 weight) and rounded to the weight's dtype once, at the
        end.
        """
        raise NotImplementedError("week 10, dora: write DoRALinear.merge")

    def unmerge(self) -> None:
        """Give `base.weight` the values it had before `merge()`, bit for bit; an unmerged layer is left as it is.

        It holds even if `lora_A`, `lora_B` or `magnitude` changed since.
        """
        raise NotImplementedError("week 10, dora: write DoRALinear.unmerge")
