"""Given: a language model that needs no training, and remembers how it was asked. You write nothing here."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Reader(nn.Module):
    """A model of random weights whose next token depends on all that stands before it in the window.

    Attributes:
        windows: the ids of every call, as lists.
        with_gradients: whether gradients were being recorded, for every call.
    """

    def __init__(self, vocabulary: int, seed: int = 0, dtype: torch.dtype = torch.float64):
        super().__init__()
        source = torch.Generator().manual_seed(seed)
        table = torch.randn(2, vocabulary, vocabulary, generator=source, dtype=torch.float64)
        self.table = nn.Parameter(table.to(dtype))
        self.windows: list[list[int]] = []
        self.with_gradients: list[bool] = []

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch length vocabulary"]:
        """Return the scores (logits) of what follows each token: of the token itself, and of the mean of all so far."""
        self.windows += ids.tolist()
        self.with_gradients.append(torch.is_grad_enabled())
        now, before = self.table[0][ids], self.table[1][ids]
        lengths = torch.arange(1, ids.shape[1] + 1, device=ids.device)[:, None]
        return 2 * now + 3 * before.cumsum(1) / lengths

    def is_training(self) -> bool:
        """Say in which mode the model is."""
        return self.training

    def record(self) -> tuple[list[list[int]], list[bool]]:
        """Return the windows of all calls, and for each call whether gradients were being recorded."""
        return self.windows, self.with_gradients
