"""Given: a small CLIP of two towers and its training, around the patches and the loss that you wrote."""

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from shapes import Words
from torch import Tensor, nn

SIDE, PATCH, WIDTH = 24, 6, 64


class SmallCLIP(nn.Module):
    """Two towers that end in one space of 64 numbers, about 70,000 parameters in all.

    Pictures: patches of 6 by 6 pixels, a small network for each, positions, one Transformer block, and the mean.
    Sentences: the mean of the tokens' embeddings, and a linear layer. The order of the words makes no difference.
    """

    def __init__(self, words: Words, patchify: Callable[[Tensor, int], Tensor]):
        """Make both towers; the factor on the cosines starts at 10."""
        super().__init__()
        self.words, self.patchify = words, patchify
        self.stem = nn.Sequential(nn.Linear(3 * PATCH * PATCH, 2 * WIDTH), nn.GELU(), nn.Linear(2 * WIDTH, WIDTH))
        self.positions = nn.Parameter(0.02 * torch.randn((SIDE // PATCH) ** 2, WIDTH))
        self.block = nn.TransformerEncoderLayer(WIDTH, 4, 2 * WIDTH, 0.0, batch_first=True, norm_first=True)
        self.image_head = nn.Linear(WIDTH, WIDTH)
        self.embedding = nn.Embedding(len(words), WIDTH, padding_idx=0)
        self.text_head = nn.Linear(WIDTH, WIDTH)
        self.logit_scale = nn.Parameter(torch.tensor(math.log(10.0)))

    def encode_image(self, images: Float[Tensor, "batch 3 24 24"]) -> Float[Tensor, "batch 64"]:
        """Return the embeddings of pictures, not normalised."""
        patches = self.stem(self.patchify(2 * images - 1, PATCH))  # (batch, 16, 64)
        return self.image_head(self.block(patches + self.positions).mean(dim=1))

    def encode_text(self, texts: Sequence[str]) -> Float[Tensor, "texts 64"]:
        """Return the embeddings of sentences, not normalised."""
        ids = self.words.batch(texts)
        lengths = (ids != 0).sum(dim=1, keepdim=True)
        return self.text_head(self.embedding(ids).sum(dim=1) / lengths)


def train_clip(
    patchify: Callable,
    clip_loss: Callable,
    pictures: Float[Tensor, "n 3 24 24"],
    records: list[dict],
    steps: int,
    seed: int = 0,
) -> SmallCLIP:
    """Return a model trained on batches of 128 pairs, English captions and Chinese ones in turn."""
    captions = {language: [record["caption"][language] for record in records] for language in ("en", "zh")}
    words = Words(captions["en"] + captions["zh"])
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # noqa: TID251 - initial values know no other generator
        model = SmallCLIP(words, patchify)
    source = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for step in range(steps):
        chosen = torch.randperm(len(pictures), generator=source)[:128]
        texts = [captions[("en", "zh")[step % 2]][index] for index in chosen.tolist()]
        images = model.encode_image(varied(pictures[chosen], source))
        loss = clip_loss(images, model.encode_text(texts), model.logit_scale)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            model.logit_scale.clamp_(max=math.log(100))
    return model.eval()


def varied(images: Float[Tensor, "batch 3 24 24"], source: torch.Generator) -> Float[Tensor, "batch 3 24 24"]:
    """Return pictures moved by up to two pixels (what leaves comes in on the other side) and a little tinted."""
    count, _, height, width = images.shape
    down, right = torch.randint(-2, 3, (2, count, 1), generator=source)
    rows, columns = (torch.arange(height) + down) % height, (torch.arange(width) + right) % width
    moved = images[torch.arange(count)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)
    return moved + 0.03 * torch.randn(count, 3, 1, 1, generator=source)
