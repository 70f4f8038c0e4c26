"""Given: a small vision-language model: a patch encoder, a projector and a decoder. You write nothing here."""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float, Int
from parts import Attention
from torch import Tensor, nn

SPECIAL = ("<pad>", "<end>", "<ask>", "<image>", "<unknown>")
"""The first tokens of every vocabulary. <ask> ends a question; <image> stands for a picture."""


class Block(nn.Module):
    """Self-attention and a feed-forward layer, each with its norm before it; dropout on what they add."""

    def __init__(self, width: int, heads: int, dropout: float):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.W_in, self.W_out = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Float[Tensor, "batch length width"], mask: Bool[Tensor, "..."] | None = None) -> Tensor:
        """Let the positions look at each other, then transform each by itself."""
        normed = self.norm1(x)
        x = x + self.dropout(self.attention(normed, normed, mask))
        return x + self.dropout(self.W_out(F.gelu(self.W_in(self.norm2(x)))))


class TinyVLM(nn.Module):
    """Sees a picture, reads a question, and writes an answer, token by token.

    Attributes:
        words: the vocabulary; `SPECIAL` stands before it.
        pad, end, ask, image: the numbers of the special tokens.
        projector: makes features for the decoder of what the encoder saw. Another one may be put in its place.
        embed: the embeddings of the vocabulary, which are also the output layer.
    """

    def __init__(
        self,
        words: Sequence[str],
        *,
        side: int = 24,
        patch: int = 4,
        width: int = 64,
        heads: int = 4,
        layers: int = 2,
        longest: int = 128,
        dropout: float = 0.0,
    ):
        """Make the parts: `layers` blocks in the encoder and as many in the decoder."""
        super().__init__()
        self.config = {
            "words": list(words), "side": side, "patch": patch, "width": width, "heads": heads, "layers": layers,
            "longest": longest, "dropout": dropout,
        }  # fmt: skip
        self.words = [*SPECIAL, *words]
        self.numbers = {word: number for number, word in enumerate(self.words)}
        self.pad, self.end, self.ask, self.image = range(4)
        self.patches = nn.Conv2d(3, width, patch, stride=patch)
        self.where = nn.Parameter(0.02 * torch.ones((side // patch) ** 2, width).normal_())
        self.encoder = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.seen = nn.LayerNorm(width)
        self.projector: nn.Module = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, width))
        self.embed = nn.Embedding(len(self.words), width)
        nn.init.normal_(self.embed.weight, std=0.1)
        self.places = nn.Parameter(0.02 * torch.ones(longest, width).normal_())
        self.decoder = nn.ModuleList(Block(width, heads, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)

    @staticmethod
    def pieces(text: str) -> list[str]:
        """Cut a text into words, numbers, Chinese characters and punctuation marks, in small letters."""
        return re.findall(r"[a-z]+|[0-9]+|[^\sa-z0-9]", text.lower())

    def encode(self, text: str) -> list[int]:
        """Return the tokens of a text."""
        return [self.numbers.get(piece, self.numbers["<unknown>"]) for piece in self.pieces(text)]

    def decode(self, ids: Sequence[int]) -> str:
        """Put tokens together: a space between words, none beside a Chinese character or before a mark."""
        text = " ".join(self.words[number] for number in ids)
        return re.sub(r" (?=[^\w<])|(?<=[\u3000-\u9fff\uff00-\uffef]) | (?=[\u3000-\u9fff\uff00-\uffef])", "", text)

    def look(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch tokens width"]:
        """Encode pictures (floats from 0 to 1): one state for each patch."""
        x = self.patches(2 * images - 1).flatten(2).transpose(1, 2) + self.where
        for block in self.encoder:
            x = block(x)
        return self.seen(x)

    def see(self, images: Float[Tensor, "batch 3 height width"]) -> Float[Tensor, "batch tokens width"]:
        """Return the features of pictures, ready to stand among the decoder's embeddings."""
        return self.projector(self.look(images))

    def read(
        self, embeddings: Float[Tensor, "batch length width"], mask: Bool[Tensor, "batch length"] | None = None
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Return the logits of a sequence of embeddings: at t, of what comes after t. mask: True for no padding."""
        length = embeddings.shape[1]
        visible = torch.ones(1, length, length, dtype=torch.bool, device=embeddings.device).tril()
        if mask is not None:
            visible = visible & mask[:, None]
        x = embeddings + self.places[:length]
        for block in self.decoder:
            x = block(x, visible)
        return self.norm(x) @ self.embed.weight.T

    def forward(
        self, ids: Int[Tensor, "batch length"], features: Float[Tensor, "batch tokens width"]
    ) -> Float[Tensor, "batch length vocabulary"]:
        """Return the logits of a text with one picture in front: one row for each of the ids."""
        return self.read(torch.cat([features, self.embed(ids)], dim=1))[:, features.shape[1] :]


def load(folder: Path) -> TinyVLM:
    """Load a trained model, `config.json` and `model.safetensors`, in float32 and evaluation mode."""
    from safetensors.torch import load_file

    if not (folder / "config.json").is_file():
        raise FileNotFoundError(
            f"There is no model in {folder}: this copy of the course came without it. "
            f"{folder} 中没有模型：这份课程不含它。"
        )
    model = TinyVLM(**json.loads((folder / "config.json").read_text(encoding="utf-8")))
    model.load_state_dict({name: table.float() for name, table in load_file(folder / "model.safetensors").items()})
    return model.eval()
