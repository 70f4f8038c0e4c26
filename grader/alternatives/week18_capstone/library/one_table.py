"""One table of chunks and one matrix, as many small retrieval programs have it; JSON beside .npy."""

import json
from pathlib import Path

import numpy as np
import torch
from library import split_page


class Library:
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        self.folder, self.embed, self.rerank, self.size, self.model = Path(folder), embed, rerank, size, model
        self.folder.mkdir(parents=True, exist_ok=True)
        self.pages, self.rows, self.matrix = {}, [], np.zeros((0, 0), dtype=np.float32)
        notes = self.folder / "notes.json"
        if notes.is_file():
            kept = json.loads(notes.read_text(encoding="utf-8"))
            if kept["pages"] and kept["model"] != model:
                raise ValueError(f"the folder belongs to {kept['model']}")
            self.pages = {name: [tuple(page) for page in pages] for name, pages in kept["pages"]}
            self.rows = kept["rows"]
            self.matrix = np.load(self.folder / "matrix.npy", allow_pickle=False)

    def save(self):
        kept = {"model": self.model, "pages": list(self.pages.items()), "rows": self.rows}
        (self.folder / "notes.json").write_text(json.dumps(kept), encoding="utf-8")
        np.save(self.folder / "matrix.npy", self.matrix)

    def drop(self, name):
        del self.pages[name]
        stay = [at for at, row in enumerate(self.rows) if row[0] != name]
        self.rows, self.matrix = [self.rows[at] for at in stay], self.matrix[stay]

    def add(self, name, pages):
        read = [(page["number"], page["text"]) for page in pages]
        if self.pages.get(name) == read:
            return 0
        rows = [[name, number, chunk] for number, text in read for chunk in split_page(text, size=self.size)]
        new = None
        if rows:
            new = np.asarray(self.embed([row[2] for row in rows]).to(torch.float32))
            if new.shape[0] != len(rows):
                raise ValueError("the number of vectors is not that of the chunks")
            if self.rows and new.shape[1] != self.matrix.shape[1]:
                raise ValueError("the vectors have another length")
        if name in self.pages:
            self.drop(name)
        self.pages[name] = read
        if new is not None:
            self.matrix = np.concatenate([self.matrix, new]) if len(self.rows) else new
            self.rows = self.rows + rows
        self.save()
        return len(rows)

    def remove(self, name):
        self.drop(name)
        self.save()

    def documents(self):
        return [*self.pages]

    def __len__(self):
        return len(self.rows)

    def search(self, question, k=4, pool=20):
        if k < 1 or pool < k:
            raise ValueError((k, pool))
        if not self.rows:
            return []
        asked = np.asarray(self.embed([question]).to(torch.float32))[0]
        lengths = np.linalg.norm(self.matrix, axis=1) * np.linalg.norm(asked)
        scores = np.divide(self.matrix @ asked, lengths, out=np.zeros_like(lengths), where=lengths > 0)
        order = np.argsort(-scores, kind="stable")[:pool]
        found = [(float(scores[at]), self.rows[at]) for at in order]
        if self.rerank:
            new = self.rerank(question, [row[2] for _, row in found])
            order = np.argsort(-np.array(new, dtype=float), kind="stable")
            found = [(float(new[at]), found[at][1]) for at in order]
        return [dict(document=d, page=p, text=t, score=score) for score, (d, p, t) in found[:k]]
