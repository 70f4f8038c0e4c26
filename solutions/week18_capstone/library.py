"""Week 18, exercise 2: a library that remembers what it has read.

Pages are cut into chunks, a model turns each chunk into a vector, and a question finds the chunks whose vectors are
nearest. Embedding is the slow part, so it is done once: a folder keeps the vectors.
The library knows neither PDFs nor models: pages and the functions `embed` and `rerank` are given to it.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np
import torch
from torch import Tensor


class PageText(TypedDict):
    """What `read_pdf` returns; what else it has is not looked at."""

    number: int
    text: str


class Hit(TypedDict):
    """A chunk that was found: the document's name, the page's number, the text, how well it matches."""

    document: str
    page: int
    text: str
    score: float


def split_sentences(text: str) -> list[str]:
    """Cut a text into sentences: they end behind . ! ? and a space, which stays with them, and behind 。！？.

    Before that, each run of white space becomes one space, and none is left at the ends.
    """
    return re.findall(r".+?(?:[.!?] |[。！？]|$)", " ".join(text.split()))


def split_page(text: str, size: int = 300) -> list[str]:
    """Cut the text of a page into chunks of at most `size` characters, between sentences where that is possible.

    The text is cut into `split_sentences(text)`, and a sentence of more than `size` characters, without the space at
    its end, into pieces of `size` characters and a rest.
    A chunk takes as many of these, one after the other, as fit; what does not fit begins the next chunk.
    A chunk has no white space at its ends, which does not count for its length. No chunk is empty.

    Raises:
        ValueError: `size` is below 1.
    """
    # BEGIN SOLUTION
    if size < 1:
        raise ValueError("a chunk needs at least one character")
    chunks, chunk = [], ""
    for part in (part for sentence in split_sentences(text) for part in _pieces(sentence, size)):
        if len((chunk + part).strip()) > size:
            chunks.append(chunk.strip())
            chunk = ""
        chunk += part
    return [chunk for chunk in [*chunks, chunk.strip()] if chunk]
    # END SOLUTION


# BEGIN SOLUTION
def _pieces(sentence: str, size: int) -> list[str]:
    if len(sentence.rstrip()) <= size:
        return [sentence]
    return [sentence[start : start + size] for start in range(0, len(sentence), size)]


# END SOLUTION


class Library:
    """Documents in chunks with their vectors, kept in a folder.

    `embed(texts)` returns a tensor [texts, dim]. It is called once for each document that is added and once for each
    question, and never again for what the folder holds already.
    """

    def __init__(
        self,
        folder: Path,
        embed: Callable[[list[str]], Tensor],
        rerank: Callable[[str, list[str]], Sequence[float]] | None = None,
        size: int = 300,
        model: str = "",
    ) -> None:
        """Open the library of a folder, which is made if it is not there; what was added before is there again.

        `model` names the embedding model. `size` is that of the chunks that are made from now on: documents that are
        there stay as they are.

        Raises:
            ValueError: the folder holds documents, even if they have no chunks, that were added with a model of another
                name.
        """
        # BEGIN SOLUTION
        folder.mkdir(exist_ok=True, parents=True)
        self.file = folder / "library.npz"
        self.embed, self.rerank, self.size, self.model = embed, rerank, size, model
        self.shelf: dict[str, dict] = {}  # name -> {"digest", "chunks": [(page, text)], "vectors": [chunks, dim]}
        if self.file.exists():
            self.shelf = self._read()
        # END SOLUTION

    def add(self, name: str, pages: Sequence[PageText]) -> int:
        """Add a document and return how many of its chunks were embedded.

        Each page is cut by itself with `split_page`, so that a chunk belongs to one page; all chunks are embedded in
        one call, in the order of the pages, or without a call if there are none.
        A document is known by its name. Added again with the same numbers and texts of pages, it stays as it is:
        nothing is embedded, the answer is 0. With others, it is taken out and added as a new one.
        What was added is in the folder when `add` returns. A name may be any string that UTF-8 can encode: it
        is never a path. If `embed` fails, the library and its folder stay as they were.

        Raises:
            ValueError: `embed` did not return one vector for each chunk, or not as long as those that are there.
        """
        # BEGIN SOLUTION
        digest = _digest(pages)
        if name in self.shelf and self.shelf[name]["digest"] == digest:
            return 0
        chunks = [(page["number"], text) for page in pages for text in split_page(page["text"], self.size)]
        vectors = self._vectors([text for _, text in chunks]) if chunks else torch.zeros(0, 0)
        # Only now, when nothing can fail any more, is the old edition given up.
        self.shelf.pop(name, None)
        self.shelf[name] = {"digest": digest, "chunks": chunks, "vectors": vectors}
        self._write()
        return len(chunks)
        # END SOLUTION

    def remove(self, name: str) -> None:
        """Take a document out, here and in the folder: no search finds it again.

        Raises:
            KeyError: there is no document of that name.
        """
        # BEGIN SOLUTION
        del self.shelf[name]
        self._write()
        # END SOLUTION

    def documents(self) -> list[str]:
        """Return the names of the documents in the order in which they were added."""
        # BEGIN SOLUTION
        return list(self.shelf)
        # END SOLUTION

    def __len__(self) -> int:
        """Return how many chunks there are."""
        # BEGIN SOLUTION
        return sum(len(document["chunks"]) for document in self.shelf.values())
        # END SOLUTION

    def search(self, question: str, k: int = 4, pool: int = 20) -> list[Hit]:
        """Return the `k` chunks that match a question best, best first; all if there are fewer.

        - `embed([question])` is called once. A chunk's score is the cosine of its vector and the question's,
           computed in float32; with a vector of zeros it is 0.
        - The `pool` chunks with the highest scores are the candidates, best first. Of equal scores the chunk comes
           first that was added first.
        - With `rerank`, `rerank(question, texts)` is called once with the candidates' texts and gives each a new
           score, by which they are put in order again; of equal scores the earlier candidate comes first.
        - The first `k` candidates are the answer.

        Where there are no chunks, the answer is [] and nothing is called.

        Raises:
            ValueError: `k` is below 1, or `pool` below `k`, in an empty library too.
        """
        # BEGIN SOLUTION
        if not 1 <= k <= pool:
            raise ValueError("k must be at least 1 and pool at least k")
        documents = [(name, document) for name, document in self.shelf.items() if document["chunks"]]
        chunks = [(name, page, text) for name, document in documents for page, text in document["chunks"]]
        if not chunks:
            return []
        vectors = torch.cat([document["vectors"] for _, document in documents])  # [chunks, dim]
        cosines = _unit(vectors) @ _unit(self._vectors([question]))[0]  # [chunks]
        found = _best(cosines.tolist())[:pool]
        hits = [_hit(*chunks[at], cosines[at].item()) for at in found]
        if self.rerank is not None:
            scores = [float(score) for score in self.rerank(question, [hit["text"] for hit in hits])]
            hits = [hits[at] | {"score": scores[at]} for at in _best(scores)]
        return hits[:k]
        # END SOLUTION

    # BEGIN SOLUTION
    def _vectors(self, texts: list[str]) -> Tensor:
        vectors = self.embed(texts)
        if vectors.ndim != 2 or len(vectors) != len(texts):
            raise ValueError(f"embed was given {len(texts)} texts and returned the shape {tuple(vectors.shape)}")
        if any(one["vectors"].shape[1] != vectors.shape[1] for one in self.shelf.values() if one["chunks"]):
            raise ValueError(f"vectors of {vectors.shape[1]} numbers cannot be compared with those that are there")
        return vectors.detach().to("cpu", torch.float32)

    def _write(self) -> None:
        """One file, written beside the old one and put in its place at once: half a library is never seen."""
        told = {name: {"digest": one["digest"], "chunks": one["chunks"]} for name, one in self.shelf.items()}
        text = json.dumps({"model": self.model, "documents": told}).encode()
        vectors = {f"vectors{at}": one["vectors"].numpy() for at, one in enumerate(self.shelf.values())}
        written = io.BytesIO()
        np.savez(written, text=np.frombuffer(text, dtype=np.uint8), **vectors)
        beside = self.file.with_suffix(".new")
        beside.write_bytes(written.getvalue())
        os.replace(beside, self.file)

    def _read(self) -> dict[str, dict]:
        with np.load(self.file, allow_pickle=False) as kept:
            told = json.loads(kept["text"].tobytes())
            if told["documents"] and told["model"] != self.model:
                raise ValueError(f"this folder was embedded by {told['model']!r}, not by {self.model!r}")
            return {
                name: one | {"vectors": torch.from_numpy(kept[f"vectors{at}"])}
                for at, (name, one) in enumerate(told["documents"].items())
            }

    # END SOLUTION


# BEGIN SOLUTION
def _digest(pages: Sequence[PageText]) -> str:
    told = json.dumps([(page["number"], page["text"]) for page in pages])
    return hashlib.sha256(told.encode()).hexdigest()


def _unit(vectors: Tensor) -> Tensor:
    length = vectors.norm(dim=-1, keepdim=True)
    return vectors / length.masked_fill(length == 0, 1)


def _best(scores: list[float]) -> list[int]:
    """Positions, best first; a sort in Python is stable, so equal scores keep their order."""
    return sorted(range(len(scores)), key=lambda at: scores[at], reverse=True)


def _hit(document: str, page: int, text: str, score: float) -> Hit:
    return {"document": document, "page": page, "text": text, "score": score}


# END SOLUTION
