# Week 02, exercise debug_bayes: Find the bug: a classifier that gives up on long texts
# Find the bug · difficulty 2 of 5 · importance 4 of 5 · about 20 minutes
# It builds on: Bayes' rule, what a float can hold.
# What a user reports: Short texts are classified correctly. Long ones all end up in the first class, and their
# probabilities are NaN. There is no error message.
"""Week 02, debug_bayes: a naive Bayes classifier, which classifies texts by their words.

It learns how often a class uses each word, and asks which class makes the words of a new text likeliest.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


class NaiveBayes:
    """Takes every word of a text for a draw from the words of its class.

    Attributes:
        prior: (classes,), the share of each class among the training texts.
        likelihood: (classes, words), the share of each word among the words of a class; one is added to every count, so
            that no share is 0.
    """

    def fit(self, counts: Float[Tensor, "n words"], labels: Int[Tensor, " n"]) -> "NaiveBayes":
        """Learn from the counts of words in each text, and its class."""
        classes = int(labels.max()) + 1
        members = torch.nn.functional.one_hot(labels, classes).to(counts.dtype)  # (n, classes)
        self.prior = members.mean(dim=0)
        totals = members.mT @ counts + 1  # (classes, words)
        self.likelihood = totals / totals.sum(dim=1, keepdim=True)
        return self

    def log_joint(self, counts: Float[Tensor, "n words"]) -> Float[Tensor, "n classes"]:
        """Return log P(class and words of the text), but for a constant that the classes share."""
        chances = self.likelihood ** counts[:, None]
        return (self.prior * chances.prod(dim=-1)).log()

    def predict_proba(self, counts: Float[Tensor, "n words"]) -> Float[Tensor, "n classes"]:
        """Return P(class given the words) for each text."""
        joint = self.log_joint(counts)
        return (joint - joint.logsumexp(dim=1, keepdim=True)).exp()

    def predict(self, counts: Float[Tensor, "n words"]) -> Int[Tensor, " n"]:
        """Return the likeliest class of each text."""
        return self.log_joint(counts).argmax(dim=1)
