"""A database of the standard library: one table of documents, one of chunks, each with its vector as text."""

import json
import math
import sqlite3
from pathlib import Path

import torch
from library import split_sentences


def split_page(text, size=300):
    if size <= 0:
        raise ValueError(size)
    parts = []
    for sentence in split_sentences(text):
        long = len(sentence.rstrip()) > size
        parts.extend(sentence[at : at + size] for at in range(0, len(sentence), size)) if long else parts.append(
            sentence
        )
    found = []
    while parts:
        count = 1
        while count < len(parts) and len("".join(parts[: count + 1]).strip()) <= size:
            count += 1
        found.append("".join(parts[:count]).strip())
        parts = parts[count:]
    return list(filter(None, found))


class Library:
    def __init__(self, folder, embed, rerank=None, size=300, model=""):
        Path(folder).mkdir(parents=True, exist_ok=True)
        self.base = sqlite3.connect(Path(folder) / "library.sqlite")
        self.embed, self.rerank, self.size, self.model = embed, rerank, size, model
        with self.base:
            self.base.execute(
                "create table if not exists document (id integer primary key autoincrement, name, pages, model)"
            )
            self.base.execute("create table if not exists chunk (id integer primary key, document, page, text, vector)")
        other = self.base.execute("select count(*) from document where model <> ?", [model]).fetchone()[0]
        if other:
            raise ValueError("embedded by another model")

    def add(self, name, pages):
        told = json.dumps([[page["number"], page["text"]] for page in pages])
        known = self.base.execute("select pages from document where name = ?", [name]).fetchone()
        if known == (told,):
            return 0
        chunks = [(page["number"], text) for page in pages for text in split_page(page["text"], self.size)]
        vectors = self.embed([text for _, text in chunks]).tolist() if chunks else []
        if len(vectors) != len(chunks):
            raise ValueError("not one vector for each chunk")
        one = self.base.execute("select vector from chunk limit 1").fetchone()
        if one and vectors and len(json.loads(one[0])) != len(vectors[0]):
            raise ValueError("vectors of another length")
        with self.base:
            self._forget(name)
            new = self.base.execute(
                "insert into document (name, pages, model) values (?, ?, ?)", [name, told, self.model]
            )
            rows = [(new.lastrowid, *chunk, json.dumps(vector)) for chunk, vector in zip(chunks, vectors, strict=True)]
            self.base.executemany("insert into chunk (document, page, text, vector) values (?, ?, ?, ?)", rows)
        return len(chunks)

    def _forget(self, name):
        self.base.execute("delete from chunk where document in (select id from document where name = ?)", [name])
        return self.base.execute("delete from document where name = ?", [name]).rowcount

    def remove(self, name):
        with self.base:
            if not self._forget(name):
                raise KeyError(name)

    def documents(self):
        return [name for (name,) in self.base.execute("select name from document order by id")]

    def __len__(self):
        return self.base.execute("select count(*) from chunk").fetchone()[0]

    def search(self, question, k=4, pool=20):
        if not 0 < k <= pool:
            raise ValueError("k")
        query = "select name, page, text, vector from chunk join document on document = document.id"
        rows = self.base.execute(f"{query} order by document, chunk.id").fetchall()
        if not rows:
            return []
        asked = self.embed([question])[0].to(torch.float32).tolist()
        hits = []
        for name, page, text, vector in rows:
            vector = json.loads(vector)
            lengths = math.hypot(*vector) * math.hypot(*asked)
            score = sum(map(float.__mul__, vector, asked)) / lengths if lengths else 0.0
            hits.append({"document": name, "page": page, "text": text, "score": score})
        hits.sort(key=lambda hit: -hit["score"])
        hits = hits[:pool]
        if self.rerank is not None:
            for hit, score in zip(hits, self.rerank(question, [hit["text"] for hit in hits]), strict=True):
                hit["score"] = float(score)
            hits.sort(key=lambda hit: -hit["score"])
        return hits[:k]
