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
        # BEGIN SOLUTION
        if rank < 1:
            raise ValueError(f"rank must be at least 1, not {rank}")
        super().__init__()
        weight = base.weight
        self.base = base.requires_grad_(False)
        self.lora_A = nn.Parameter(weight.new_empty(rank, base.in_features))
        self.lora_B = nn.Parameter(weight.new_zeros(base.out_features, rank))
        # Only one of the two may start at zero: each is the gradient's way to the other.
        nn.init.kaiming_uniform_(self.lora_A, a=math.sqrt(5))
        self.dropout = nn.Dropout(dropout)
        self.scaling = alpha / rank
        self.merged = False
        # Not persistent: a checkpoint of a merged layer has the same keys as any other.
        self.register_buffer("unmerged_weight", None, persistent=False)
        # END SOLUTION

    def forward(self, x: Float[Tensor, "... d_in"]) -> Float[Tensor, "... d_out"]:
        """Apply the base and, unless merged, the scaled low-rank branch.

        Dropout acts on the input of the low-rank branch alone, and only in training mode; a merged layer has none.
        A merged layer does exactly the work of `base`. An unmerged one never forms the product B A, which has the size
        of the base's weight: for a few rows of `x` it costs little more than `base`. The answer has the dtype of `x`.
        """
        # BEGIN SOLUTION
        if self.merged:
            return self.base(x)
        # Through the thin middle: (x A^T) B^T never makes a d_out by d_in matrix.
        change = self.dropout(x) @ self.lora_A.T @ self.lora_B.T  # [... d_out]
        return self.base(x) + self.scaling * change
        # END SOLUTION

    def merge(self) -> None:
        """Add (alpha / rank) B A into `base.weight`, in place; a merged layer is left as it is.

        The product and the sum are computed in float32 (float64 for a float64 weight) and rounded to the weight's
        dtype once, at the end: rounding the small change by itself first would lose part of it in bfloat16.
        """
        # BEGIN SOLUTION
        if self.merged:
            return
        with torch.no_grad():
            weight = self.base.weight
            wide = torch.promote_types(weight.dtype, torch.float32)
            change = self.scaling * (self.lora_B.to(wide) @ self.lora_A.to(wide))  # [d_out d_in]
            self.unmerged_weight = weight.clone()
            weight.copy_(weight.to(wide) + change)
        self.merged = True
        # END SOLUTION

    def unmerge(self) -> None:
        """Give `base.weight` the values it had before `merge()`, bit for bit; an unmerged layer is left as it is.

        Subtracting the change again is not enough: rounding makes (w + c) - c differ from w. So a merged layer keeps
        a copy of the weight. It holds even if `lora_A` or `lora_B` changed since.
        """
        # BEGIN SOLUTION
        if not self.merged:
            return
        with torch.no_grad():
            self.base.weight.copy_(self.unmerged_weight)
        self.unmerged_weight = None
        self.merged = False
        # END SOLUTION


# BEGIN SOLUTION
def _parent_and_child(model: nn.Module, name: str) -> tuple[nn.Module, str]:
    """Split "blocks.0.attention.q" into the module "blocks.0.attention" and the word "q"."""
    path, _, child = name.rpartition(".")
    return model.get_submodule(path), child


# END SOLUTION


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
    # BEGIN SOLUTION
    suffixes = tuple("." + target for target in target_modules)
    # The extra dot in front makes a full name end with its own suffix.
    targets = {name: module for name, module in model.named_modules() if f".{name}".endswith(suffixes)}
    wrong = [name for name, module in targets.items() if not isinstance(module, nn.Linear)]
    if wrong:
        raise ValueError(f"not linear layers: {wrong}")
    if not targets:
        raise ValueError(f"no module is called {list(target_modules)}")
    if rank < 1:
        raise ValueError(f"rank must be at least 1, not {rank}")

    model.requires_grad_(False)
    for name, linear in targets.items():
        parent, child = _parent_and_child(model, name)
        setattr(parent, child, LoRALinear(linear, rank, alpha))
    return model
    # END SOLUTION


def merge_lora(model: nn.Module) -> nn.Module:
    """Merge every `LoRALinear` and put its plain `nn.Linear` back in its place.

    Works in place and returns the model; if `model` itself is a `LoRALinear`, returns its base. Layers that are merged
    already are not merged again, and a model without LoRA is left as it is. No `requires_grad` flag is touched, so what
    was frozen stays frozen.
    """
    # BEGIN SOLUTION
    layers = [(name, module) for name, module in model.named_modules() if isinstance(module, LoRALinear)]
    for name, layer in layers:
        layer.merge()
        if name == "":
            return layer.base
        parent, child = _parent_and_child(model, name)
        setattr(parent, child, layer.base)
    return model
    # END SOLUTION


def trainable_parameters(model: nn.Module) -> tuple[int, int]:
    """Count the numbers that require a gradient, and all numbers.

    Numbers, not tensors. A parameter that the model uses in two places (tied weights) counts once.
    Returns: (trainable, all).
    """
    # BEGIN SOLUTION
    sizes = [(parameter.numel(), parameter.requires_grad) for parameter in model.parameters()]
    return sum(size for size, learns in sizes if learns), sum(size for size, _ in sizes)
    # END SOLUTION
