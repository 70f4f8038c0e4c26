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
    en="It looks like you used the older idf ln((N - n + 0.5) / (n + 0.5)), which is negative for a term that "
    "most documents hold. Here a 1 is added inside the logarithm.",
    zh="看起来你用了较早的 idf：ln((N - n + 0.5) / (n + 0.5))，大多数文档都含有的词会得到负值。这里的对数里要加 1。",
)
class NegativeIdf(solution.BM25):
    def idf(self, term):
        holders = len(self.postings[term][0]) if term in self.postings else 0
        return math.log((self.size - holders + 0.5) / (holders + 0.5))

    def search(self, query, k):
        total = self.scores(query)
        found = total.nonzero().squeeze(1)
        order = total[found].sort(descending=True, stable=True).indices[:k]
        return [(position, total[position].item()) for position in found[order].tolist()]


@mistake(
    of="BM25",
    en="It looks like your idf is the older ln((N - n + 0.5) / (n + 0.5)): it is 0 for a term that half of the "
    "documents hold, and negative beyond. Here a 1 is added inside the logarithm.",
    zh="看起来你的 idf 是较早的 ln((N - n + 0.5) / (n + 0.5))：半数文档含有的词得 0，更常见的词得负值。"
    "这里的对数里要加 1。",
    breaks="This idf is never negative",
)
class NegativeIdfOfAllHolders(NegativeIdf):
    """Its search lists all documents that hold a term, also where their score is 0."""

    def search(self, query, k):
        total = self.scores(query).tolist()
        held = {place for term in query if term in self.postings for place in self.postings[term][0].tolist()}
        return sorted(((place, total[place]) for place in held), key=lambda found: (-found[1], found[0]))[:k]


@mistake(
    of="BM25",
    en="It looks like you used the older idf and raised negative values to 0. Here a 1 is added inside the logarithm, "
    "and none is negative.",
    zh="看起来你用了较早的 idf，再把负值提高到 0。这里是在对数里加 1，本来就不会为负。",
)
class ClipsIdf(solution.BM25):
    def idf(self, term):
        return max(0.0, NegativeIdf.idf(self, term))


@mistake(
    of="BM25",
    en="It looks like your idf is ln(N / n), as in tf-idf. BM25 has a formula of its own.",
    zh="看起来你的 idf 是 ln(N / n)，那是 tf-idf 的。BM25 有自己的公式。",
)
class PlainIdf(solution.BM25):
    def idf(self, term):
        holders = len(self.postings[term][0]) if term in self.postings else 0
        return math.log(self.size / holders) if holders else 0.0


@mistake(
    of="BM25",
    en="It looks like your idf counts how often a term occurs. It asks how many documents hold it: twice in one "
    "document is still one.",
    zh="看起来你的 idf 数的是词出现的次数。它要数的是含有这个词的文档：在一篇里出现两次也只算一篇。",
)
class IdfCountsOccurrences(ByFormula):
    def idf(self, term):
        holders = sum(terms.count(term) for terms in self.documents)
        return math.log(1 + (self.size - holders + 0.5) / (holders + 0.5))


@mistake(
    of="BM25",
    en="It looks like the factor k1 + 1 is missing from the numerator. The order is the same without it; the "
    "scores are not.",
    zh="看起来分子里漏掉了因子 k1 + 1。漏掉它次序不变，分数却不对。",
)
class ForgetsKPlusOne(ByFormula):
    def part(self, tf, length):
        return super().part(tf, length) / (self.k1 + 1)


@mistake(
    of="BM25",
    en="It looks like a document's length counts each different word once. A word that stands there three times "
    "makes it three longer.",
    zh="看起来计算文档长度时，每个不同的词只算了一次。出现三次的词应当算三个。",
)
class LengthOfDistinctTerms(ByFormula):
    def size_of(self, terms):
        return len(set(terms))


@mistake(
    of="BM25",
    en="It looks like you measured documents in characters. Their length is the number of terms.",
    zh="看起来你按字符计文档的长度。长度应是词的个数。",
)
class LengthInCharacters(ByFormula):
    def size_of(self, terms):
        return sum(map(len, terms))


@mistake(
    of="BM25",
    en="It looks like the query's terms went through a set. A term that stands there twice counts twice.",
    zh="看起来查询的词先变成了集合。在查询中出现两次的词应计两次。",
)
class CountsQueryTermsOnce(ByFormula):
    def terms_of(self, query):
        return list(dict.fromkeys(query))


@mistake(
    of="BM25",
    en="It looks like empty documents were left out of the mean length. They count there, with length 0.",
    zh="看起来计算平均长度时略去了空文档。它们也要计入，长度为 0。",
)
class AverageWithoutEmpty(ByFormula):
    def average(self):
        sizes = [len(terms) for terms in self.documents if terms]
        return sum(sizes) / max(1, len(sizes))


@mistake(
    of="BM25",
    en="It looks like b and 1 - b changed places: b belongs beside length / average_length.",
    zh="看起来 b 和 1 - b 写反了：b 应当与 length / average_length 相乘。",
)
class ReversesB(solution.BM25):
    def __init__(self, documents, k1=1.5, b=0.75):
        super().__init__(documents, k1, 1 - b)


@mistake(
    of="BM25",
    en="It looks like search lists documents without any term of the query as well, with score 0. They are no "
    "matches, even if the list is then shorter than k.",
    zh="看起来 search 把不含任何查询词的文档也以 0 分列了出来。它们不算匹配，哪怕列表因此短于 k。",
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
    en="Your answers are right, but `search` goes through the scores of all documents, one after the other. Look only "
    "at those in the lists of the query's terms.",
    zh="结果正确，但 `search` 把所有文档的分数逐个看了一遍。只需要看各查询词的列表里的那些文档。",
    only="speed",
)
class LooksAtEveryScore(solution.BM25):
    def search(self, query, k):
        scores = self.scores(query).tolist()
        ranked = sorted((-score, position) for position, score in enumerate(scores) if score > 0)
        return [(position, -score) for score, position in ranked[:k]]


@mistake(
    of="BM25",
    en="It looks like equal scores come in the order in which the query's terms found them. The order of the "
    "documents decides.",
    zh="看起来分数相等时，你按查询词找到文档的先后排列。应当按文档的次序。",
    breaks="Equal scores come in the order of the documents",
)
class TiesByTheQuery(solution.BM25):
    def search(self, query, k):
        total = self.scores(query)
        met = dict.fromkeys(p for term in query if term in self.postings for p in self.postings[term][0].tolist())
        return sorted(((p, total[p].item()) for p in met), key=lambda found: -found[1])[:k]


@mistake(
    of="BM25",
    en="It looks like of equal scores the later document comes first. Sorting in ascending order and turning "
    "round does that, and topk may; the earlier one should win.",
    zh="看起来分数相等时，靠后的文档排在了前面，升序排序后再反转就会这样，topk 也可能这样。靠前的文档应在前。",
    breaks="Equal scores come in the order of the documents",
)
class TiesFromTheEnd(solution.BM25):
    def search(self, query, k):
        found = super().search(query, self.size)
        return sorted(found, key=lambda pair: (-pair[1], -pair[0]))[:k]


@mistake(
    of="BM25",
    en="It looks like terms are turned to lower case. What a term is, whoever calls has decided already: take "
    "them as they are.",
    zh="看起来你把词转成了小写。什么算一个词，调用者已经决定了：原样使用即可。",
    breaks="where tf is how often t stands in d",
)
class LowersTerms(solution.BM25):
    def __init__(self, documents, k1=1.5, b=0.75):
        super().__init__([[term.lower() for term in terms] for terms in documents], k1, b)


@mistake(
    of="BM25",
    en="It looks like the mean length was rounded down, as // does. It is a fraction in general.",
    zh="看起来平均长度被向下取整了，// 就会这样。平均长度一般是小数。",
    breaks="average_length is its mean over all documents, empty ones included",
)
class WholeAverage(ByFormula):
    def average(self):
        return sum(map(len, self.documents)) // max(1, len(self.documents))


@mistake(
    of="BM25",
    en="It looks like a term that no document holds weighs 0. By the formula with n = 0 its idf is ln(1 + (N + "
    "0.5) / 0.5), the largest of all.",
    zh="看起来没有文档包含的词权重为 0。按公式取 n = 0，它的 idf 是 ln(1 + (N + 0.5) / 0.5)，是所有词中最大的。",
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


@mistake(
    of="BM25",
    en="It looks like a document's own length counts each different word once, and the mean length every word. Both "
    "count with repetition.",
    zh="看起来文档自身的长度是按不同的词各计一次，而平均长度却把每个词都计入。两者都要包括重复。",
    breaks="length is the number of terms of d with repetition",
)
class DistinctLengthAgainstFullMean(ByFormula):
    def size_of(self, terms):
        return len(set(terms))

    def average(self):
        return sum(map(len, self.documents)) / max(1, len(self.documents))


@mistake(
    of="BM25",
    en="It looks like the mean length is divided by the number of documents even where there are none. An empty "
    "collection is fine: its scores are empty.",
    zh="看起来一篇文档也没有时，平均长度仍除以文档数，也就是除以 0。空的文档集没有问题：得分也是空的。",
    breaks="There may be none, and a document may be empty",
)
class DividesByNoDocuments(solution.BM25):
    def __init__(self, documents, k1=1.5, b=0.75):
        self.mean = sum(map(len, documents)) / len(documents)
        super().__init__(documents, k1, b)


@mistake(
    of="BM25",
    en="It looks like the scores were float32 before they became float64: `torch.zeros` and `torch.tensor` make "
    "float32 unless told otherwise, and lost digits do not come back.",
    zh="看起来分数先是 float32，后来才变成 float64：不加说明时，`torch.zeros` 和 `torch.tensor` 给出的是 float32，"
    "丢掉的位数不会再回来。",
)
class ScoresThroughSinglePrecision(solution.BM25):
    def scores(self, query):
        return super().scores(query).float().double()
