"""Postings as dicts; the length part is looked up when a query comes."""

import math

import torch


class BM25:
    def __init__(self, documents, k1=1.5, b=0.75):
        self.postings, self.k1 = {}, k1
        for position, terms in enumerate(documents):
            for term in terms:
                held = self.postings.setdefault(term, {})
                held[position] = held.get(position, 0) + 1
        words = sum(len(terms) for terms in documents)
        mean = words / len(documents) if words else 1.0
        self.penalty = [k1 * (1 - b + b * len(terms) / mean) for terms in documents]

    def idf(self, term):
        holders = len(self.postings.get(term, ()))
        return math.log((len(self.penalty) + 1) / (holders + 0.5))

    def totals(self, query):
        totals = {}
        for term in query:
            weight = self.idf(term) * (self.k1 + 1)
            for position, tf in self.postings.get(term, {}).items():
                totals[position] = totals.get(position, 0.0) + weight * tf / (tf + self.penalty[position])
        return totals

    def scores(self, query):
        answer = torch.zeros(len(self.penalty), dtype=torch.float64)
        totals = self.totals(query)
        if totals:
            answer[list(totals)] = torch.tensor(list(totals.values()), dtype=torch.float64)
        return answer

    def search(self, query, k):
        totals = self.totals(query)
        return [(position, totals[position]) for position in sorted(totals, key=lambda p: (-totals[p], p))[:k]]
