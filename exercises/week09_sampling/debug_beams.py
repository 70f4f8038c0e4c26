# Week 09, exercise debug_beams: Find the bug: beams with a cache
# Find the bug · difficulty 3 of 5 · importance 4 of 5 · about 25 minutes
# It builds on: Beam search and the key-value cache, as ideas.
# What a user reports: With one beam all is well. With several, the texts are often worse than greedy ones, and the
# probability that comes with a text is not the one that the model gives it when it reads it afresh.
"""Week 09, debug_beams: a beam search with a cache, so that each token goes through the model once.

What the model remembers of a hypothesis is a row of the cache. The model itself is a function of the caller's.
"""

from collections.abc import Callable

import torch
from jaxtyping import Int
from torch import Tensor

Step = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""Takes a new token for each row, [rows], and the cache, [rows, past]; gives the logits of the token after it,
[rows, vocab], and the cache with the new token in it, [rows, past + 1]."""


class CachedBeams:
    """The hypotheses of a search, best first: what each wrote, how probable that is, what the model remembers."""

    def __init__(self, step: Step, prompt: Int[Tensor, " length"], beams: int):
        """Read the prompt. All rows are the same then, so all but the first are out of the running."""
        self.step = step
        self.totals = torch.full((beams,), -torch.inf, dtype=torch.float64, device=prompt.device)
        self.totals[0] = 0  # log-probabilities; minus infinity: out of the running
        self.written = prompt.new_empty(beams, 0)  # new tokens, (beams, length)
        self.cache: Tensor = prompt.new_empty(beams, 0)  # (beams, past): of all tokens but the newest
        *known, self.unread = prompt.unsqueeze(-1).expand(-1, beams)  # one token for every row
        for token in known:
            _, self.cache = step(token, self.cache)

    def advance(self) -> None:
        """Read the newest token of every row, and go on with the best of all continuations."""
        logits, cache = self.step(self.unread, self.cache)
        gains = logits.double().log_softmax(-1)  # (beams, vocab)
        self.totals, places = (self.totals[:, None] + gains).view(-1).topk(len(self.totals))
        parents, self.unread = places // gains.shape[-1], places % gains.shape[-1]
        self.written = torch.hstack([self.written[parents], self.unread[:, None]])
        self.cache = cache

    def best(self) -> list[tuple[list[int], float]]:
        """Return (new tokens, log-probability) of every hypothesis that is in the running, best first."""
        found = zip(self.written.tolist(), self.totals.tolist(), strict=True)
        return [(tokens, total) for tokens, total in found if total > -torch.inf]


def search(
    step: Step, prompt: Int[Tensor, " length"], beams: int, max_new_tokens: int
) -> list[tuple[list[int], float]]:
    """Return the `beams` likeliest continuations that the search finds, as `CachedBeams.best` does."""
    hypotheses = CachedBeams(step, prompt, beams)
    for _length in range(max_new_tokens):
        hypotheses.advance()
    return hypotheses.best()
