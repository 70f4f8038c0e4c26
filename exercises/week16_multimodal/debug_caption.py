# Week 16, exercise debug_caption: Find the bug: the first word is missing
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 10 minutes
# It builds on: Next-token prediction, teacher forcing, cross-entropy.
# What a user reports: The loss falls nearly to 0 in training, but every caption that the program writes begins with
# its second word, and after that words are missing or in the wrong place: "two red rings" becomes "red".
"""Week 16, debug_caption: a small program that learns to describe pictures.

It sees a picture as one vector of features. A caption is a list of token ids without begin and end; the program adds
both. To write the next token it looks at the picture, at the token before, and at how many tokens it has written.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int
from torch import Tensor, nn


class Captioner(nn.Module):
    """Learns captions by plain gradient descent, and writes them greedily.

    Attributes:
        begin, end: the tokens before and after each caption.
        longest: a caption has at most so many tokens, its end included.
        project: what makes a vector of the model's width of the picture's features.
        embedding, places: vectors for the token before, and for its place.
        head: scores the next token.
    """

    def __init__(self, d_image: int, width: int, vocabulary: int, longest: int, begin: int = 0, end: int = 1):
        """Make the parts."""
        super().__init__()
        self.begin, self.end, self.longest = begin, end, longest
        self.project = nn.Linear(d_image, width)
        self.embedding, self.places = nn.Embedding(vocabulary, width), nn.Embedding(longest, width)
        self.head = nn.Linear(width, vocabulary)

    def forward(
        self, features: Float[Tensor, "batch d_image"], ids: Int[Tensor, "batch length"]
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Return the scores of the token that comes after each of the ids."""
        written = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.embedding(ids) + self.places(written) + self.project(features)[:, None]
        return self.head(torch.tanh(hidden))

    def batch(self, captions: list[list[int]]) -> tuple[Int[Tensor, "batch length"], Int[Tensor, "batch length"]]:
        """Return what the model reads, and what it should write then; -100 where the caption is over."""
        longest = max(map(len, captions)) + 1
        fill = [longest - 1 - len(caption) for caption in captions]
        read = [[self.begin, *caption] + [self.end] * more for caption, more in zip(captions, fill, strict=True)]
        write = [[*caption, self.end] + [-100] * more for caption, more in zip(captions, fill, strict=True)]
        device = self.head.weight.device
        return torch.tensor(read, device=device), torch.tensor(write, device=device)

    def loss(self, features: Float[Tensor, "batch d_image"], captions: list[list[int]]) -> Float[Tensor, ""]:
        """Return the mean cross-entropy of all tokens that should be written."""
        read, write = self.batch(captions)
        logits = self(features, read)
        return F.cross_entropy(logits[:, :-1].transpose(1, 2), write[:, 1:], ignore_index=-100)

    def fit(
        self, features: Float[Tensor, "batch d_image"], captions: list[list[int]], steps: int, rate: float
    ) -> list[float]:
        """Make some steps on all pictures at once; return the loss before each step."""
        optimizer, losses = torch.optim.SGD(self.parameters(), lr=rate), []
        for _ in range(steps):
            loss = self.loss(features, captions)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(float(loss.detach()))
        return losses

    @torch.no_grad()
    def caption(self, features: Float[Tensor, "batch d_image"]) -> list[list[int]]:
        """Write a caption for each picture: up to its end, or to the greatest length."""
        ids = torch.full((len(features), 1), self.begin, device=features.device)
        for _ in range(self.longest):
            ids = torch.cat([ids, self(features, ids)[:, -1:].argmax(-1)], dim=1)
        rows = ids[:, 1:].tolist()
        return [row[: row.index(self.end)] if self.end in row else row for row in rows]
