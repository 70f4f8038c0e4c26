"""Known mistakes of week 02, debug_bayes: repairs that do not repair. The planted bug itself is the stub."""

import debug_bayes as solution
import torch

from grader.mistakes import mistake


class Repaired(solution.NaiveBayes):
    """The program with a log joint of its own."""

    def products(self, counts):
        return self.prior * (self.likelihood ** counts[:, None]).prod(dim=-1)


@mistake(
    of="NaiveBayes",
    en="It looks like a tiny number is added before the log: all classes then get the same number for a long text.",
    zh="看起来取对数之前加了一个很小的数：于是每篇长文本对所有类都得到同一个数。",
)
class a_tiny_number_inside(Repaired):
    def log_joint(self, counts):
        return (self.products(counts) + 1e-300).log()


@mistake(
    of="NaiveBayes",
    en="It looks like exp is taken before the probabilities are normalised: for a long text that is 0 / 0, NaN. "
    "Subtract the logsumexp first.",
    zh="看起来先取了 exp，然后才归一化：文本一长就成了 0 / 0，即 NaN。应当先减去 logsumexp。",
)
class exponential_too_early(solution.NaiveBayes):
    def predict_proba(self, counts):
        chances = self.log_joint(counts).exp()
        return chances / chances.sum(dim=1, keepdim=True)


@mistake(
    of="NaiveBayes",
    en="It looks like the log of the prior got lost: classes that are rare now count as much as the others.",
    zh="看起来丢掉了先验的对数：少见的类现在与其他类一样重要了。",
)
class without_the_prior(Repaired):
    def log_joint(self, counts):
        return counts @ self.likelihood.log().mT


@mistake(
    of="NaiveBayes",
    en="It looks like each word counts once, however often it stands in the text.",
    zh="看起来每个词无论出现多少次都只算一次。",
)
class each_word_once(Repaired):
    def log_joint(self, counts):
        return self.prior.log() + (counts > 0).to(counts.dtype) @ self.likelihood.log().mT


@mistake(
    of="NaiveBayes",
    en="It looks like the sum of logs is divided by the length of the text: all texts then look equally uncertain.",
    zh="看起来对数之和除以了文本长度：于是所有文本都显得一样不确定。",
)
class mean_of_logs(Repaired):
    def log_joint(self, counts):
        lengths = counts.sum(dim=1, keepdim=True).clamp(min=1)
        return self.prior.log() + counts @ self.likelihood.log().mT / lengths


@mistake(
    of="NaiveBayes",
    en="It looks like long texts are cut, so that the product stays above 0: the words that were cut no longer count.",
    zh="看起来截短了长文本以使乘积大于 0：被截掉的词就不再起作用了。",
)
class cuts_long_texts(Repaired):
    def log_joint(self, counts):
        shortened = counts * (30 / counts.sum(dim=1, keepdim=True).clamp(min=30))
        return self.prior.log() + shortened @ self.likelihood.log().mT


@mistake(
    of="NaiveBayes",
    en="It looks like a hundred is added to every count, to keep the shares away from 0: they no longer say what the "
    "texts say.",
    zh="看起来为了让比例远离 0，给每个计数加了一百：这样比例就不再反映文本了。",
    breaks="one is added to every count",
)
class adds_a_hundred(solution.NaiveBayes):
    def fit(self, counts, labels):
        super().fit(counts, labels)
        members = torch.nn.functional.one_hot(labels).to(counts.dtype)
        totals = members.mT @ counts + 100
        self.likelihood = totals / totals.sum(dim=1, keepdim=True)
        return self
