"""With the number of ways to order the words, which all classes share: the multinomial distribution in full."""

import debug_bayes as given


class NaiveBayes(given.NaiveBayes):
    def log_joint(self, counts):
        orders = (counts.sum(dim=1) + 1).lgamma() - (counts + 1).lgamma().sum(dim=1)  # (n,)
        return self.prior.log() + counts @ self.likelihood.log().mT + orders[:, None]
