# Week 10, exercise lora: LoRA: low-rank adaptation
# Difficulty 3 of 5 · importance 5 of 5 · about 75 minutes
# It builds on: nn.Module and its parameters, matrix products, requires_grad.
# Write it by hand: peft may not be used.
# Nothing from transformers, sklearn may be used either.
# What counts as fast: A merged layer takes at most 2.5 times as long as a plain linear layer (working out the branch
# as well would take about 5 times); an unmerged one takes at most 3 times as long as the reference, so never multiply
# B by A.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 1: LoRA, a low-rank change beside a frozen weight.

A large weight W stays as it is; two thin matrices learn what to add to it:

    y = x W^T + bias + (alpha / rank) * dropout(x) A^T B^T

After training the product is added into W once, and the layer costs what a plain linear layer costs.
LoRA knows nothing about the model around it: any `nn.Linear` can be wrapped.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LoRALinear(nn.Module):
    """A frozen `nn.Linear` plus a trainable low-rank change.

    Attributes:
        base: the `nn.Linear` that was handed in (the same object, not a copy), with weight [d_out d_in].
        lora_A: parameter [rank d_in].
        lora_B: parameter [d_out rank].
        scaling: the float alpha / rank.
        merged: True while the change is part of `base.weight`. Only `merge()` and `unmerge()` change that: `train()`
            and `eval()` do not.

    `state_dict()` holds `base.weight`, `base.bias` (if the base has one), `lora_A` and `lora_B`, and nothing else,
    whether the layer is merged or not.
    """

    def __init__(self, base: nn.Linear, rank: int, alpha: float, dropout: float = 0.0) -> None:
        """Wrap `base` so that the new layer still answers exactly as `base` does.

        Both parameters of `base` are frozen (`requires_grad` False). `lora_A` is drawn uniformly from
        ±1 / sqrt(d_in), which is `nn.init.kaiming_uniform_` with a = sqrt(5); `lora_B` starts at zero.
        Both have the dtype and the device of `base.weight`. The layer starts unmerged.

        Args:
            rank: may be any positive number; nothing requires that it is smaller than d_in or d_out.
            dropout: probability, 0 <= dropout < 1, with which an input of the low-rank branch is dropped.
        Raises: ValueError: if `rank` is smaller than 1.
        Source: Hu et al. 2021, section 4.1; start of A as in peft.
        """
        raise NotImplementedError("week 10, lora: write LoRALinear.__init__")

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Apply the base and, unless merged, the scaled low-rank branch.

        Dropout acts on the input of the low-rank branch alone, and only in training mode; a merged layer has none.
        A merged layer does exactly the work of `base`. An unmerged one never forms the product B A, which has the size
        of the base's weight: for a few rows of `x` it costs little more than `base`. The answer has the dtype of `x`.
        """
        raise NotImplementedError("week 10, lora: write LoRALinear.forward")

    def merge(self) -> None:
        """Add (alpha / rank) B A into `base.weight`, in place; a merged layer is left as it is.

        The product and the sum are computed in float32 (float64 for a float64 weight) and rounded to the weight's
        dtype once, at the end: rounding the small change by itself first would lose part of it in bfloat16.
        """
        raise NotImplementedError("week 10, lora: write LoRALinear.merge")

    def unmerge(self) -> None:
        """Give `base.weight` the values it had before `merge()`, bit for bit; an unmerged layer is left as it is.

        Subtracting the change again is not enough: rounding makes (w + c) - c differ from w. So a merged layer keeps
        a copy of the weight. It holds even if `lora_A` or `lora_B` changed since.
        """
        raise NotImplementedError("week 10, lora: write LoRALinear.unmerge")


def inject_lora(model: nn.Module, target_modules: Sequence[str], rank: int, alpha: float) -> nn.Module:
    """Put a `LoRALinear` around every targeted linear layer and freeze the rest.

    A module is targeted when its dotted name is one of `target_modules` or ends with a dot and one of them:
    "head" and "scorer.head" target `scorer.head`, and neither targets `lm_head`.
    Every linear layer of `model` stands at one place: there is none that two names share.
    Works in place, at any depth, and returns the same `model`. Afterwards the only parameters that require a gradient
    are `lora_A` and `lora_B` of the new layers; no dropout.

    Raises: ValueError: if no module is targeted, if a targeted module is not an `nn.Linear`, or if `rank` is smaller
        than 1; the model is then unchanged.
    Source: the rule for names is peft's.
    """
    raise NotImplementedError("week 10, lora: write inject_lora")


def merge_lora(model: nn.Module) -> nn.Module:
    """Merge every `LoRALinear` and put its plain `nn.Linear` back in its place.

    Works in place and returns the model; if `model` itself is a `LoRALinear`, returns its base. Layers that are merged
    already are not merged again, and a model without LoRA is left as it is. No `requires_grad` flag is touched, so what
    was frozen stays frozen.
    """
    raise NotImplementedError("week 10, lora: write merge_lora")


def trainable_parameters(model: nn.Module) -> tuple[int, int]:
    """Count the numbers that require a gradient, and all numbers.

    Numbers, not tensors. A parameter that the model uses in two places (tied weights) counts once.
    Returns: (trainable, all).
    """
    raise NotImplementedError("week 10, lora: write trainable_parameters")
