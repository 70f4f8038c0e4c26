"""Known mistakes of week 12, index."""

import index as solution
import torch
from tables import unit

from grader.mistakes import mistake


class Replaced(solution.VectorIndex):
    """The exact index with its measure and its choice of the best as two methods."""

    def similarity(self, queries, vectors):
        return solution._similarity(queries, vectors, self.metric)

    def best(self, scores, k):
        rows = torch.arange(len(scores), device=scores.device)
        return solution._best(scores, rows, k)

    def search(self, queries, k):
        if k < 1:
            raise ValueError("k")
        if len(self.table) == 0 or len(queries) == 0:
            return super().search(queries, k)
        found = [self.best(scores, k) for scores in self.similarity(queries, self.table.vectors)]
        return torch.stack([scores for scores, _ in found]), self.table.ids[torch.stack([rows for _, rows in found])]


@mistake(
    of="VectorIndex",
    en="It looks like you scaled the queries but forgot the stored vectors: long ones then win by their length, "
    "and exactly your scores come out.",
    zh="看起来你归一化了查询，却忘了库里的向量：长向量会靠长度取胜，恰好得到你的分数。",
)
class ForgetsToNormaliseVectors(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return unit(queries) @ vectors.T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="It looks like the queries were not scaled to length 1. The order is right all the same, but the scores "
    "are no cosines.",
    zh="看起来查询没有归一化。次序碰巧仍是对的，但分数不是余弦。",
)
class ForgetsToNormaliseQueries(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return queries @ unit(vectors).T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="It looks like the cosine is a plain dot product: neither the queries nor the stored vectors were divided by "
    "their lengths.",
    zh="看起来余弦只算了点积：查询和库里的向量都没有除以各自的长度。",
)
class TakesTheProductForTheCosine(Replaced):
    def similarity(self, queries, vectors):
        return queries @ vectors.T if self.metric == "cosine" else super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="It looks like you sorted in ascending order, so that the worst matches come first: descending=True.",
    zh="看起来你按升序排了序，最不匹配的排在最前：应当用 descending=True。",
)
class SortsAscending(Replaced):
    def best(self, scores, k):
        order = scores.sort(stable=True).indices[:k]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="It looks like you returned the places of the vectors in the index. Look up the ids that they were added under.",
    zh="看起来你返回的是向量在索引中的位置。应当查出 add 时给它们的 id。",
)
class ReturnsPositions(solution.VectorIndex):
    def add(self, vectors, ids):
        super().add(vectors, ids)
        self.real = self.table.ids

    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        if ids.numel():
            order = self.table.ids.argsort()
            ids = order[torch.searchsorted(self.table.ids[order], ids)]
        return scores, ids


@mistake(
    of="VectorIndex",
    en="It looks like a second add threw away what the first had brought. It comes behind it.",
    zh="看起来第二次 add 把第一次加入的内容丢掉了。新向量应接在后面。",
)
class ReplacesOnAdd(solution.VectorIndex):
    def add(self, vectors, ids):
        self.table = solution.Table()
        super().add(vectors, ids)


@mistake(
    of="VectorIndex",
    en="It looks like a vector of zeros was divided by its length 0, which gives NaN. Its cosine with anything is 0.",
    zh="看起来零向量除以了自己的长度 0，于是得到 NaN。它与任何向量的余弦都是 0。",
)
class DividesByZero(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return (queries / queries.norm(dim=1, keepdim=True)) @ (vectors / vectors.norm(dim=1, keepdim=True)).T
        return super().similarity(queries, vectors)

    def best(self, scores, k):
        order = scores.sort(descending=True, stable=True).indices[:k]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="It looks like a large distance was taken for a good match. A higher score must be better: use minus the "
    "distance.",
    zh="看起来大的距离被当成了好的匹配。分数越高应当越好：要用负的距离。",
)
class RanksTheFarthestFirst(Replaced):
    def similarity(self, queries, vectors):
        return super().similarity(queries, vectors) * (-1 if self.metric == "euclidean" else 1)


@mistake(
    of="VectorIndex",
    en="It looks like you left out the square root. The order is the same without it, but the score is minus the "
    "distance itself.",
    zh="看起来漏掉了开平方。不开方次序不变，但分数应是负的距离本身。",
)
class SquaresDistances(Replaced):
    def similarity(self, queries, vectors):
        scores = super().similarity(queries, vectors)
        return -scores.square() if self.metric == "euclidean" else scores


@mistake(
    of="VectorIndex",
    en="It looks like |q|^2 - 2 q.v + |v|^2 was computed, by you or by torch.cdist, which does so from 26 rows on. "
    "Far from the origin the large squares eat up the digits of the small distance: subtract first, then square.",
    zh="看起来用了 |q|^2 - 2 q.v + |v|^2（你自己写的，或者是 torch.cdist：从 26 行起它就这样算）。"
    "远离原点时，很大的平方会吃掉小距离的有效数字：应当先相减，再平方。",
)
class ExpandsTheSquare(Replaced):
    def similarity(self, queries, vectors):
        if self.metric != "euclidean":
            return super().similarity(queries, vectors)
        squares = queries.square().sum(dim=1, keepdim=True) - 2 * queries @ vectors.T + vectors.square().sum(dim=1)
        return -squares.clamp(min=0).sqrt()


@mistake(
    of="VectorIndex",
    en="It looks like the square of a distance is computed as |q|^2 + |v|^2 - 2 q.v: far from the origin a small "
    "distance is the difference of large squares, and no digit is left. Subtract first, then square.",
    zh="看起来距离的平方是按 |q|^2 + |v|^2 - 2 q.v 计算的：远离原点时，小距离是两个大数之差，一位有效数字也不剩。"
    "应当先相减，再平方。",
    breaks="It must stay exact to rounding for vectors far from the origin",
)
class ExpandsTheSquareFromTheSum(Replaced):
    def similarity(self, queries, vectors):
        if self.metric != "euclidean":
            return super().similarity(queries, vectors)
        squares = queries.square().sum(dim=1, keepdim=True) + vectors.square().sum(dim=1) - 2 * queries @ vectors.T
        return -squares.clamp(min=0).sqrt()


@mistake(
    of="VectorIndex",
    en="It looks like of equal scores the vector added last comes first. It should come last.",
    zh="看起来分数相等时，最后加入的向量排在最前。它应当排在最后。",
)
class BreaksTiesBackwards(Replaced):
    def best(self, scores, k):
        order = len(scores) - 1 - scores.flip(0).sort(descending=True, stable=True).indices[:k]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="It looks like the smaller id wins between equal scores. The vector that was added first does, whatever its id.",
    zh="看起来分数相等时，你让较小的 id 排在前面。应当是先加入的在前，与 id 无关。",
)
class BreaksTiesById(Replaced):
    def best(self, scores, k):
        by_id = self.table.ids.argsort()
        order = by_id[scores[by_id].sort(descending=True, stable=True).indices[:k]]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="It looks like you filled the answer up to k with -inf and -1. When the index holds fewer vectors, the "
    "answer has fewer columns.",
    zh="看起来你用 -inf 和 -1 把结果补到了 k 列。索引中的向量不足时，结果的列数也相应减少。",
)
class PadsToK(solution.VectorIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        missing = (0, k - scores.shape[1])
        return (
            torch.nn.functional.pad(scores, missing, value=-torch.inf),
            torch.nn.functional.pad(ids, missing, value=-1),
        )


@mistake(
    of="VectorIndex",
    en="It looks like only ids within one call are compared: one that is in the index already was accepted again.",
    zh="看起来你只比较了同一次调用里的 id：索引中已有的 id 又被接受了。",
)
class AcceptsRepeatedIds(solution.VectorIndex):
    def add(self, vectors, ids):
        table = self.table
        if table.vectors is None or len(vectors) != len(ids) or vectors.shape[1] != table.vectors.shape[1]:
            return super().add(vectors, ids)
        table.vectors, table.ids = torch.cat([table.vectors, vectors]), torch.cat([table.ids, ids])
        return None


@mistake(
    of="VectorIndex",
    en="It looks like new ids are compared only with those in the index: an id that stands twice in one call was "
    "accepted.",
    zh="看起来新 id 只与索引中已有的比较：同一次调用里出现两次的 id 被接受了。",
    breaks="an id stands there twice or is in the index already",
)
class AcceptsAnIdTwiceInACall(solution.VectorIndex):
    def add(self, vectors, ids):
        table = self.table
        if len(vectors) != len(ids) or table.vectors is None or vectors.shape[1] != table.vectors.shape[1]:
            return super().add(vectors, ids)
        if torch.isin(ids, table.ids).any():
            raise ValueError("ids")
        table.vectors, table.ids = torch.cat([table.vectors, vectors]), torch.cat([table.ids, ids])
        return None


@mistake(
    of="VectorIndex",
    en="It looks like add put the vectors in before it checked them. After a refused call the index must be as it was.",
    zh="看起来 add 先放入了向量，然后才检查。调用被拒绝之后，索引应与原来一样。",
)
class AddsBeforeItChecks(solution.VectorIndex):
    def add(self, vectors, ids):
        try:
            super().add(vectors, ids)
        except ValueError:
            if len(vectors) == len(ids) and vectors.shape[1] == self.table.vectors.shape[1]:
                self.table.vectors = torch.cat([self.table.vectors, vectors])
                self.table.ids = torch.cat([self.table.ids, ids])
            raise


@mistake(
    of="VectorIndex",
    en="Your answers are right, but all scores are sorted to find a few: `topk` first, then sort only the contenders.",
    zh="结果正确，但为了找几个最好的而把全部分数都排了序：先用 `topk`，再只排候选。",
    only="speed",
)
class SortsEverything(Replaced):
    def best(self, scores, k):
        scores, order = scores.sort(descending=True, stable=True)
        return scores[:k], order[:k]


@mistake(
    of="VectorIndex",
    en="It looks like lengths below 1e-8 were raised to 1e-8, as torch.cosine_similarity does. Short vectors "
    "have directions too: only a vector of zeros has none.",
    zh="看起来小于 1e-8 的长度被提高到了 1e-8，torch.cosine_similarity 就会这样。再短的向量也有方向，只有零向量没有。",
)
class FloorsLengths(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return floored(queries) @ floored(vectors).T
        return super().similarity(queries, vectors)


def floored(vectors):
    return vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-8)


@mistake(
    of="VectorIndex",
    en="Your index notes the new ids before it refuses a call, so that they are taken when they come rightly.",
    zh="你的索引在拒绝一次调用之前就已经记下了新 id，之后正确加入时这些 id 已被占用。",
    breaks="The index is then as it was before",
)
class NotesIdsBeforeItRefuses(solution.VectorIndex):
    def add(self, vectors, ids):
        known = self.__dict__.setdefault("known", set())
        if len(vectors) != len(ids) or not known.isdisjoint(ids.tolist()):
            raise ValueError("ids")
        known.update(ids.tolist())
        super().add(vectors, ids)


@mistake(
    of="VectorIndex",
    en="It looks like you left equal scores to topk, which promises no order among them. Let the order of "
    "addition decide.",
    zh="看起来分数相等时你全凭 topk 排列，而它不保证次序。应由加入的先后决定。",
    breaks="Equal scores come in the order in which the vectors were added",
)
class LeavesTiesToTopk(Replaced):
    def best(self, scores, k):
        return scores.topk(min(k, len(scores)))


@mistake(
    of="VectorIndex",
    en="It looks like the contenders were cut to k before they were sorted: where several are equal to the last place, "
    "a better one is lost. Sort the contenders first.",
    zh="看起来你在排序之前就把候选截到了 k 个：有几个与末位相等时，更好的反而丢了。应先给候选排序。",
    breaks="Only the contenders for the k places may be sorted",
)
class CutsBeforeItSorts(Replaced):
    def best(self, scores, k):
        worst = scores.topk(min(k, len(scores))).values[-1]
        rows = (scores >= worst).nonzero().squeeze(1)[:k]
        order = scores[rows].sort(descending=True, stable=True).indices
        return scores[rows[order]], rows[order]


@mistake(
    of="VectorIndex",
    en="It looks like an empty index answers before k is checked. A k below 1 is a ValueError there too.",
    zh="看起来索引为空时，还没检查 k 就返回了。这时 k 小于 1 也要抛出 ValueError。",
    breaks="if k is below 1",
)
class ChecksKAfterTheEmptyIndex(solution.VectorIndex):
    def search(self, queries, k):
        return super().search(queries, k if len(self.table) else 1)


@mistake(
    of="VectorIndex",
    en="It looks like a search for 0 vectors gives an empty answer. A k below 1 is a ValueError.",
    zh="看起来要找 0 个向量时，返回了空结果。k 小于 1 应当抛出 ValueError。",
    breaks="if k is below 1",
)
class LeavesKUnchecked(solution.VectorIndex):
    def search(self, queries, k):
        if k < 1:
            none = queries.new_empty(len(queries), 0)
            return none, none.to(torch.int64)
        return super().search(queries, k)


@mistake(
    of="VectorIndex",
    en="It looks like `topk` is asked for k vectors even where the index holds fewer: that is an error. Ask for "
    "min(k, number of vectors).",
    zh="看起来索引里的向量不足 k 个时，仍向 `topk` 要 k 个，于是报错。应当要 min(k, 向量个数) 个。",
    breaks="`found` is k, or the number of vectors in the index if that is smaller",
)
class AsksForMoreThanThereAre(solution.VectorIndex):
    def search(self, queries, k):
        if k > len(self.table) > 0:
            queries.new_empty(len(self.table)).topk(k)
        return super().search(queries, k)


@mistake(
    of="VectorIndex",
    en="It looks like lengths below 1e-12 were raised to 1e-12, as torch.nn.functional.normalize does by itself. Short "
    "vectors have directions too: only a vector of zeros has none.",
    zh="看起来小于 1e-12 的长度被提高到了 1e-12，torch.nn.functional.normalize 默认就会这样。再短的向量也有方向，"
    "只有零向量没有。",
    breaks="the cosine of the angle, however short the vectors are",
)
class FloorsLengthsAsNormalizeDoes(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return torch.nn.functional.normalize(queries, dim=-1) @ torch.nn.functional.normalize(vectors, dim=-1).T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="It looks like an empty index answers in float32, whatever the queries are: `torch.zeros` and `torch.empty` do "
    "that unless told otherwise. The scores have the queries' dtype.",
    zh="看起来空索引的回答总是 float32，与查询无关：不加说明时，`torch.zeros` 和 `torch.empty` 就是这样。"
    "分数的 dtype 应与查询相同。",
    breaks="Vectors and queries have one floating dtype, which the scores have too",
)
class AnswersEmptyInSinglePrecision(solution.VectorIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        return (scores if len(self.table) else scores.float()), ids


@mistake(
    of="VectorIndex",
    en="It looks like an `add` without vectors returns before anything is checked. No vectors and three ids are a "
    "ValueError too.",
    zh="看起来没有向量的 `add` 什么都没检查就返回了。没有向量却有三个 id，同样应抛出 ValueError。",
    breaks="if there are not as many ids as vectors",
)
class ReturnsBeforeItCounts(solution.VectorIndex):
    def add(self, vectors, ids):
        if len(vectors):
            super().add(vectors, ids)


@mistake(
    of="VectorIndex",
    en="It looks like capitals in the name of a metric are let through. METRICS names three, as they are written "
    "there.",
    zh="看起来度量名里的大写字母也被接受了。METRICS 里有三个名字，写法也要一样。",
    breaks="if `metric` is none of METRICS",
)
class LowersTheMetric(solution.VectorIndex):
    def __init__(self, metric="cosine"):
        super().__init__(metric.lower())
