"""The product stays where it was, as a sum over the logs of its factors."""

import debug_bayes as given


class NaiveBayes(given.NaiveBayes):
    def log_joint(self, counts):
        logs = counts[:, None] * self.likelihood.log()  # (n, classes, words)
        return self.prior.log() + logs.sum(dim=-1)
