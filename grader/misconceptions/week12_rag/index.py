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
    en="Your answer equals the one where the stored vectors are not scaled to length 1 for the cosine.",
    zh="你的结果等于计算余弦时没有把库中向量归一化的结果。",
)
class ForgetsToNormaliseVectors(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return unit(queries) @ vectors.T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="Your answer equals the one where the queries are not scaled to length 1: right order, but no cosines.",
    zh="你的结果等于没有把查询归一化的结果：次序是对的，但分数不是余弦。",
)
class ForgetsToNormaliseQueries(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return queries @ unit(vectors).T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="Your answer equals the one sorted in ascending order: the worst matches come first.",
    zh="你的结果等于按升序排列的结果：最不匹配的排在最前。",
)
class SortsAscending(Replaced):
    def best(self, scores, k):
        order = scores.sort(stable=True).indices[:k]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="Your answer equals the one that returns positions in the index instead of the ids given to add.",
    zh="你的结果等于返回向量在索引中的位置、而不是 add 时给出的 id 的结果。",
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
    en="Your answer equals the one where a second add replaces what was added before.",
    zh="你的结果等于第二次 add 覆盖了之前内容时的结果。",
)
class ReplacesOnAdd(solution.VectorIndex):
    def add(self, vectors, ids):
        super().add(vectors, ids)
        self.table.vectors, self.table.ids = vectors, ids


@mistake(
    of="VectorIndex",
    en="Your answer equals the one where the cosine with a vector of zeros is NaN.",
    zh="你的结果等于与零向量的余弦为 NaN 时的结果。",
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
    en="Your answer equals the one that ranks distances like similarities: the farthest vectors come first.",
    zh="你的结果等于把距离当作相似度来排的结果：最远的向量排在最前。",
)
class RanksTheFarthestFirst(Replaced):
    def similarity(self, queries, vectors):
        return super().similarity(queries, vectors) * (-1 if self.metric == "euclidean" else 1)


@mistake(
    of="VectorIndex",
    en="Your answer equals the one with squared distances: the order is right, the scores are not.",
    zh="你的结果等于用了距离平方的结果：次序是对的，分数不对。",
)
class SquaresDistances(Replaced):
    def similarity(self, queries, vectors):
        scores = super().similarity(queries, vectors)
        return -scores.square() if self.metric == "euclidean" else scores


@mistake(
    of="VectorIndex",
    en="Your answer equals the one with |q|^2 - 2 q.v + |v|^2, which loses its digits far from the origin.",
    zh="你的结果等于用 |q|^2 - 2 q.v + |v|^2 计算距离的结果，它在远离原点处会丢失精度。",
)
class ExpandsTheSquare(Replaced):
    def similarity(self, queries, vectors):
        if self.metric != "euclidean":
            return super().similarity(queries, vectors)
        squares = queries.square().sum(dim=1, keepdim=True) - 2 * queries @ vectors.T + vectors.square().sum(dim=1)
        return -squares.clamp(min=0).sqrt()


@mistake(
    of="VectorIndex",
    en="Your answer equals the one where equal scores come in the reverse order: the vector added last comes first.",
    zh="你的结果等于分数相等时次序颠倒的结果：最后加入的向量排在最前。",
)
class BreaksTiesBackwards(Replaced):
    def best(self, scores, k):
        order = len(scores) - 1 - scores.flip(0).sort(descending=True, stable=True).indices[:k]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="Your answer equals the one where equal scores come in the order of their ids, not of addition.",
    zh="你的结果等于分数相等时按 id 大小、而不是按加入先后排列的结果。",
)
class BreaksTiesById(Replaced):
    def best(self, scores, k):
        by_id = self.table.ids.argsort()
        order = by_id[scores[by_id].sort(descending=True, stable=True).indices[:k]]
        return scores[order], order


@mistake(
    of="VectorIndex",
    en="Your answer equals the one that pads with score -inf and id -1 when k is above the size of the index.",
    zh="你的结果等于 k 超过索引大小时用分数 -inf 和 id -1 补齐的结果。",
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
    en="Your answer equals the one where an id that is in the index already is accepted a second time.",
    zh="你的结果等于接受了索引中已有 id 的结果。",
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
    en="Your answer equals the one where a refused add has already changed the index.",
    zh="你的结果等于 add 抛出错误之前已经改动了索引的结果。",
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
    en="Your answer equals the one where a length below 1e-8 is taken for 1e-8, as torch.cosine_similarity does. Short "
    "vectors have directions too: only a vector of zeros has none.",
    zh="你的结果等于把小于 1e-8 的长度当作 1e-8 的结果（torch.cosine_similarity 就会这样）。"
    "再短的向量也有方向，只有零向量没有。",
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
    en="Your answer equals the one with plain topk, which promises no order among equal scores.",
    zh="你的结果等于直接使用 topk 的结果：分数相等时它不保证次序。",
    breaks="Equal scores come in the order in which the vectors were added",
)
class LeavesTiesToTopk(Replaced):
    def best(self, scores, k):
        return scores.topk(min(k, len(scores)))
