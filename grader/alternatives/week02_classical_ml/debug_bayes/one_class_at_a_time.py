"""A column for each class, added up by einsum in float64."""

import debug_bayes as given
import torch


class NaiveBayes(given.NaiveBayes):
    def log_joint(self, counts):
        words = self.likelihood.double().log()
        columns = [
            torch.einsum("nw,w->n", counts.double(), row) + p for row, p in zip(words, self.prior.log(), strict=True)
        ]
        return torch.stack(columns, dim=1).to(counts.dtype)
