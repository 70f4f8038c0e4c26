# Week 10, exercise debug_adapter_file: Find the bug: saved, loaded, and as good as untrained
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 15 minutes
# It builds on: LoRA, state_dict and load_state_dict.
# What a user reports: After training the classifier is right. Saved, and put back into a fresh copy of the base model,
# it guesses, although no file is missing and nothing reports an error.
"""Week 10, debug_adapter_file: fine-tune a small classifier, save what it learned, and put that back elsewhere.

The base model is the same for everybody and large, so nobody saves it again: a file holds only what training changed.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class LowRank(nn.Module):
    """A linear map that stays as it is, and two thin ones beside it that learn."""

    def __init__(self, fixed: nn.Linear, rank: int):
        """The second thin map begins at zero, so the whole begins as `fixed`."""
        super().__init__()
        self.fixed = fixed
        self.thin_in = nn.Linear(fixed.in_features, rank, bias=False)
        self.thin_out = nn.Linear(rank, fixed.out_features, bias=False)
        nn.init.zeros_(self.thin_out.weight)

    def forward(self, x: Float[Tensor, "*batch d_in"]) -> Float[Tensor, "*batch d_out"]:
        """Add the two."""
        return self.fixed(x) + self.thin_out(self.thin_in(x))


class Classifier(nn.Module):
    """A base model of one layer with a low-rank change in it, and a new head for a new task.

    Attributes:
        embedding, mix.fixed: the base model; they do not learn.
        mix.thin_in, mix.thin_out: the low-rank change.
        head: nn.Linear from the width to the classes.
    """

    def __init__(self, vocabulary: int, width: int, classes: int, base: int, start: int):
        """Make the base model with the seed `base`, and what training begins with with the seed `start`."""
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(base)  # noqa: TID251 - initial weights know no other generator
            self.embedding, fixed = nn.Embedding(vocabulary, width), nn.Linear(width, width)
            torch.manual_seed(start)  # noqa: TID251
            self.mix, self.head = LowRank(fixed, rank=2), nn.Linear(width, classes)
        self.embedding.requires_grad_(False)
        self.mix.fixed.requires_grad_(False)

    def forward(self, ids: Int[Tensor, "batch length"]) -> Float[Tensor, "batch classes"]:
        """Return the logits of each text."""
        return self.head(torch.tanh(self.mix(self.embedding(ids).mean(dim=1))))


def train(model: Classifier, ids: Int[Tensor, "batch length"], labels: Int[Tensor, " batch"], steps: int) -> float:
    """Make some steps of gradient descent on all texts at once; return the loss after them."""
    learning = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learning, lr=0.5)
    for _ in range(steps):
        optimizer.zero_grad()
        F.cross_entropy(model(ids), labels).backward()
        optimizer.step()
    with torch.no_grad():
        return float(F.cross_entropy(model(ids), labels))


def what_it_learned(model: Classifier) -> dict[str, Tensor]:
    """Return, by name, copies of the parameters that the base model of everybody else does not have.

    What the model learns later does not change them.
    """
    saved = [name for name, parameter in model.named_parameters() if ".thin_" in name]
    return {name: model.get_parameter(name).detach().clone() for name in saved}


def put_back(model: Classifier, learned: dict[str, Tensor]) -> None:
    """Give another model with the same base what a model learned.

    The numbers are copied: what this model learns later does not change `learned`.

    Raises:
        ValueError: the model has no parameter of that name.
    """
    _, unknown = model.load_state_dict(learned, strict=False)  # not strict: the base is not in the file
    if unknown:
        raise ValueError(f"the model has no {', '.join(unknown)}")
