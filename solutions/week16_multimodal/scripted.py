"""Given: a model that writes what a script says, and remembers how it was called: for tests. You write nothing here."""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Scripted(nn.Module):
    """Row r of a batch writes script[r], one token a call, whatever it sees; behind the script it writes token 0.

    It can be used in the place of a `tiny_vlm.TinyVLM`. Its vocabulary is small numbers: "5 7" are the tokens 5 and 7.

    Attributes:
        ask, end: special tokens.
        calls: the ids of each call.
        pictures: what it was given to see.
        careless: how often it saw or wrote in training mode, or while gradients were recorded.
        frozen: a part that may be in another mode than the rest, and so may the part in it, `frozen.0`.
        broken: the name of a method that raises RuntimeError, "see" or "forward"; "": none does.
    """

    def __init__(self, script: list[list[int]], vocabulary: int = 20, prompt: int = 2, ask: int = 2, end: int = 1):
        """Prepare for prompts of that many tokens."""
        super().__init__()
        self.script, self.vocabulary, self.prompt, self.ask, self.end = script, vocabulary, prompt, ask, end
        self.embed = nn.Embedding(vocabulary, 3)
        self.frozen, self.dropout = nn.Sequential(nn.Dropout(0.5)), nn.Dropout(0.5)
        self.calls: list[list[list[int]]] = []
        self.pictures: list[Tensor] = []
        self.careless = 0
        self.broken = ""

    def _watch(self, method: str) -> None:
        training = any(module.training for module in self.modules())
        self.careless += training or torch.is_grad_enabled()
        if self.broken == method:
            raise RuntimeError(f"this model is broken: {method}")

    def encode(self, text: str) -> list[int]:
        """Return the numbers in a text."""
        return [int(piece) for piece in text.split()]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the numbers as a text."""
        return " ".join(str(number) for number in ids)

    def see(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch 3 height"]:
        """Remember the pictures; their features are means of rows."""
        self._watch("see")
        self.pictures.append(images.detach().clone())
        return images.mean(-1)

    def forward(
        self, ids: Int[Tensor, "batch length"], features: Float[Tensor, "batch tokens width"]
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Return logits whose last row says what comes next; those before say something else."""
        self._watch("forward")
        self.calls.append(ids.tolist())
        step = ids.shape[1] - self.prompt
        logits = torch.zeros(*ids.shape, self.vocabulary, dtype=features.dtype, device=ids.device)
        logits[:, :-1, -1] = 1.0
        for row, tokens in enumerate(self.script):
            logits[row, -1, tokens[step] if 0 <= step < len(tokens) else 0] = 1.0
        return logits


def modes(model: nn.Module) -> dict[str, bool]:
    """Return for each module of a model whether it is in training mode."""
    return {name: module.training for name, module in model.named_modules()}
