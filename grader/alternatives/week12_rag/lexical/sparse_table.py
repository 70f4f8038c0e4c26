"""Term counts as flat arrays, one entry for each pair of a term and a document that holds it."""

import math
from collections import Counter

import torch


class BM25:
    def __init__(self, documents, k1=1.5, b=0.75):
        self.n = len(documents)
        lengths = torch.tensor([len(terms) for terms in documents], dtype=torch.float64)
        average = float(lengths.mean()) if self.n else 0.0
        self.slices, rows, counts, start = {}, [], [], 0
        pairs = sorted((term, row, tf) for row, terms in enumerate(documents) for term, tf in Counter(terms).items())
        for position, (term, row, tf) in enumerate(pairs):
            rows.append(row)
            counts.append(float(tf))
            if position + 1 == len(pairs) or pairs[position + 1][0] != term:
                self.slices[term] = slice(start, position + 1)
                start = position + 1
        self.rows = torch.tensor(rows, dtype=torch.int64)
        tf = torch.tensor(counts, dtype=torch.float64)
        relative = lengths[self.rows] / (average or 1.0)
        self.weights = tf / (tf + k1 * (1 - b) + k1 * b * relative) * (k1 + 1)

    def idf(self, term):
        where = self.slices.get(term, slice(0, 0))
        n = where.stop - where.start
        return math.log1p((self.n - n + 0.5) / (n + 0.5))

    def scores(self, query):
        answer = torch.zeros(self.n, dtype=torch.float64)
        for term, times in Counter(query).items():
            if term in self.slices:
                where = self.slices[term]
                answer.index_add_(0, self.rows[where], times * self.idf(term) * self.weights[where])
        return answer

    def search(self, query, k):
        held = {row for term in query if term in self.slices for row in self.rows[self.slices[term]].tolist()}
        places = torch.tensor(sorted(held), dtype=torch.int64)
        scores = self.scores(query)[places]
        best = scores.argsort(descending=True, stable=True)[:k]
        return list(zip(places[best].tolist(), scores[best].tolist(), strict=True))
