"""Known mistakes of week 12, lexical."""

import math
from collections import Counter

import lexical as solution
import torch

from grader.mistakes import mistake


class ByFormula(solution.BM25):
    """BM25 straight from its formula, with every part as a method."""

    def __init__(self, documents, k1=1.5, b=0.75):
        super().__init__(documents, k1, b)
        self.documents, self.k1, self.b = documents, k1, b

    def size_of(self, terms):
        return len(terms)

    def average(self):
        return sum(map(self.size_of, self.documents)) / max(1, len(self.documents))

    def part(self, tf, length):
        return tf * (self.k1 + 1) / (tf + self.k1 * (1 - self.b + self.b * length / self.average()))

    def terms_of(self, query):
        return query

    def scores(self, query):
        total = torch.zeros(len(self.documents), dtype=torch.float64)
        for position, terms in enumerate(self.documents):
            counts = Counter(terms)
            for term in self.terms_of(query):
                if term in counts:
                    total[position] += self.idf(term) * self.part(counts[term], self.size_of(terms))
        return total


@mistake(
    of="BM25",
    en="Your answer equals the one with the idf ln((N - n + 0.5) / (n + 0.5)), which is negative for frequent terms.",
    zh="你的结果等于 idf 取 ln((N - n + 0.5) / (n + 0.5)) 的结果：对常见词它是负数。",
)
class NegativeIdf(solution.BM25):
    def idf(self, term):
        holders = len(self.postings[term][0]) if term in self.postings else 0
        return math.log((self.size - holders + 0.5) / (holders + 0.5))


@mistake(
    of="BM25",
    en="Your answer equals the one where the idf counts how often a term occurs, not how many documents hold it.",
    zh="你的结果等于 idf 数的是出现次数、而不是文档数时的结果。",
)
class IdfCountsOccurrences(ByFormula):
    def idf(self, term):
        holders = sum(terms.count(term) for terms in self.documents)
        return math.log(1 + max(0, self.size - holders + 0.5) / (holders + 0.5))


@mistake(
    of="BM25",
    en="Your answer equals the one without the factor k1 + 1: the order is right, the scores are not.",
    zh="你的结果等于缺少因子 k1 + 1 的结果：次序是对的，分数不对。",
)
class ForgetsKPlusOne(ByFormula):
    def part(self, tf, length):
        return super().part(tf, length) / (self.k1 + 1)


@mistake(
    of="BM25",
    en="Your answer equals the one where the length of a document counts each of its words once.",
    zh="你的结果等于计算文档长度时每个不同的词只算一次的结果。",
)
class LengthOfDistinctTerms(ByFormula):
    def size_of(self, terms):
        return len(set(terms))


@mistake(
    of="BM25",
    en="Your answer equals the one where the length counts characters and not terms.",
    zh="你的结果等于长度按字符数、而不是按词数计算的结果。",
)
class LengthInCharacters(ByFormula):
    def size_of(self, terms):
        return sum(map(len, terms))


@mistake(
    of="BM25",
    en="Your answer equals the one where a term that stands in the query twice counts once.",
    zh="你的结果等于查询中重复的词只计一次的结果。",
)
class CountsQueryTermsOnce(ByFormula):
    def terms_of(self, query):
        return list(dict.fromkeys(query))


@mistake(
    of="BM25",
    en="Your answer equals the one where empty documents are left out of the mean length.",
    zh="你的结果等于计算平均长度时忽略了空文档的结果。",
)
class AverageWithoutEmpty(ByFormula):
    def average(self):
        sizes = [len(terms) for terms in self.documents if terms]
        return sum(sizes) / max(1, len(sizes))


@mistake(
    of="BM25",
    en="Your answer equals the one with the roles of b and 1 - b exchanged.",
    zh="你的结果等于把 b 与 1 - b 弄反了的结果。",
)
class ReversesB(solution.BM25):
    def __init__(self, documents, k1=1.5, b=0.75):
        super().__init__(documents, k1, 1 - b)


@mistake(
    of="BM25",
    en="Your answer equals the one where search also lists documents without any term of the query, with score 0.",
    zh="你的结果等于 search 把不含任何查询词的文档也以 0 分列出来的结果。",
)
class ListsEverything(solution.BM25):
    def search(self, query, k):
        total = self.scores(query)
        order = total.sort(descending=True, stable=True).indices[:k].tolist()
        return [(position, total[position].item()) for position in order]


@mistake(
    of="BM25",
    en="Your answers are right, but every query reads every document: prepare lists of documents by term.",
    zh="结果正确，但每次查询都要读每一篇文档：请预先为每个词准备好文档列表。",
    only="speed",
)
class ReadsEveryDocument(ByFormula):
    def average(self):
        if not hasattr(self, "mean"):
            self.mean = super().average()
        return self.mean


@mistake(
    of="BM25",
    en="Your answer equals the one where equal scores come in the order of the query's terms, not of the documents.",
    zh="你的结果等于同分时按查询词的次序、而不是按文档次序排列的结果。",
    breaks="Equal scores come in the order of the documents",
)
class TiesByTheQuery(solution.BM25):
    def search(self, query, k):
        total = self.scores(query)
        met = dict.fromkeys(p for term in query if term in self.postings for p in self.postings[term][0].tolist())
        return sorted(((p, total[p].item()) for p in met), key=lambda found: -found[1])[:k]


@mistake(
    of="BM25",
    en="Your answer equals the one where equal scores come from the last document to the first.",
    zh="你的结果等于同分时从后面的文档排到前面的结果。",
    breaks="Equal scores come in the order of the documents",
)
class TiesFromTheEnd(solution.BM25):
    def search(self, query, k):
        found = super().search(query, self.size)
        return sorted(found, key=lambda pair: (-pair[1], -pair[0]))[:k]


@mistake(
    of="BM25",
    en="Your answer equals the one that turns terms to lower case. What a term is, is not decided here.",
    zh="你的结果等于把词转成小写的结果。什么算一个词，不在这里决定。",
    breaks="where tf is how often t stands in d",
)
class LowersTerms(solution.BM25):
    def __init__(self, documents, k1=1.5, b=0.75):
        super().__init__([[term.lower() for term in terms] for terms in documents], k1, b)


@mistake(
    of="BM25",
    en="Your answer equals the one with the mean length rounded down to a whole number.",
    zh="你的结果等于把平均长度向下取整的结果。",
    breaks="average_length is its mean over all documents, empty ones included",
)
class WholeAverage(ByFormula):
    def average(self):
        return sum(map(len, self.documents)) // max(1, len(self.documents))


@mistake(
    of="BM25",
    en="Your answer equals the one where a term that nobody has weighs nothing; its idf is ln(1 + (N + 0.5) / 0.5).",
    zh="你的结果等于没有文档包含的词权重为 0 时的结果；它的 idf 是 ln(1 + (N + 0.5) / 0.5)。",
)
class UnknownTermsWeighNothing(solution.BM25):
    def idf(self, term):
        return super().idf(term) if term in self.postings else 0.0


@mistake(
    of="BM25",
    en="Your scores are those in float32: they should be float64.",
    zh="你的分数是 float32；应当是 float64。",
)
class ScoresInSinglePrecision(solution.BM25):
    def scores(self, query):
        return super().scores(query).float()
