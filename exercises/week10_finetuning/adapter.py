# Week 10, exercise adapter: Bottleneck adapters
# Difficulty 2 of 5 · importance 3 of 5 · about 30 minutes
# It builds on: nn.Module, residual connections.
# Write it by hand: peft may not be used.
# Nothing from transformers, sklearn may be used either.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 10, exercise 4: bottleneck adapters.

A small network of two thin maps is put behind a layer of a frozen model. It starts as the identity, so the model begins
where it was, and only the small networks learn. Unlike LoRA it cannot be merged: there is a non-linearity inside.
"""

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F


class Adapter(nn.Module):
    """x + up(gelu(down(x))), the identity at the start.

    Attributes:
        down: `nn.Linear(width, bottleneck)`, with PyTorch's own initial values.
        up: `nn.Linear(bottleneck, width)`, weight and bias zero at the start.
    """

    def __init__(self, width: int, bottleneck: int) -> None:
        """Build the two maps.

        Source: Houlsby et al. 2019, section 2.1.
        """
        raise NotImplementedError("week 10, adapter: write Adapter.__init__")

    def forward(self, x: Float[Tensor, "... width"]) -> Float[Tensor, "... width"]:
        """Add the change to `x`. The GELU is the exact one (with the error function), not the tanh approximation."""
        raise NotImplementedError("week 10, adapter: write Adapter.forward")


class Adapted(nn.Module):
    """A module with an adapter behind it.

    Attributes:
        module: the module that was handed in (the same object).
        adapter: the adapter behind it.
    """

    def __init__(self, module: nn.Module, adapter: Adapter) -> None:
        """Keep both."""
        raise NotImplementedError("week 10, adapter: write Adapted.__init__")

    def forward(self, *args, **kwargs) -> Tensor | tuple:
        """Call the module with all arguments and send its answer through the adapter.

        If the answer is a tuple (attention layers return their weights too), the adapter takes its first element, and
        the tuple keeps the others as they are. Gradients pass through the adapter and the module to what stands in
        front of them, even if the module is frozen.
        """
        raise NotImplementedError("week 10, adapter: write Adapted.forward")


def insert_adapters(model: nn.Module, target_modules: Sequence[str], width: int, bottleneck: int) -> nn.Module:
    """Put an adapter of its own behind every targeted module and freeze the rest.

    A module is targeted when its dotted name is one of `target_modules` or ends with a dot and one of them. It need not
    be a linear layer, and one targeted module may stand inside another; what it answers has the last axis `width`.
    Works in place, at any depth, and returns the same `model`. Afterwards only the adapters' parameters require a
    gradient. New adapters have the dtype and the device of the model's first parameter.

    Raises: ValueError: if no module is targeted; the model is then unchanged.
    """
    raise NotImplementedError("week 10, adapter: write insert_adapters")
