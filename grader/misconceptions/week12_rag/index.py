"""Known mistakes of week 12, index."""

import index as solution
import torch

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
            return solution._unit(queries) @ vectors.T
        return super().similarity(queries, vectors)


@mistake(
    of="VectorIndex",
    en="Your answer equals the one where the queries are not scaled to length 1: right order, but no cosines.",
    zh="你的结果等于没有把查询归一化的结果：次序是对的，但分数不是余弦。",
)
class ForgetsToNormaliseQueries(Replaced):
    def similarity(self, queries, vectors):
        if self.metric == "cosine":
            return queries @ solution._unit(vectors).T
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


class ReplacedFile(solution.InvertedFileIndex):
    """The inverted file with the choice of rows as a method."""

    def candidates(self, query, cells):
        return torch.cat([self.rows[cell] for cell in cells])

    def probed(self, queries):
        return (solution._unit(queries) @ self.centroids.T).topk(min(self.probes, len(self.centroids))).indices

    def ranked(self, query, cells, k):
        rows = self.candidates(query, cells)
        return solution._best(solution._unit(self.table.vectors)[rows] @ query, rows, k)

    def search(self, queries, k):
        if k < 1:
            raise ValueError("k")
        found = min(k, len(self.table))
        scores = queries.new_full((len(queries), found), -torch.inf)
        ids = torch.full((len(queries), found), -1, device=queries.device)
        if found == 0:
            return scores, ids
        units = solution._unit(queries)
        for query, cells in enumerate(self.probed(queries).tolist()):
            values, best = self.ranked(units[query], cells, k)
            scores[query, : len(best)], ids[query, : len(best)] = values, self.table.ids[best]
        return scores, ids


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that looks only into the nearest cell, whatever `probes` says.",
    zh="你的结果等于无论 `probes` 是多少都只看最近一个单元的结果。",
)
class ProbesOneCell(ReplacedFile):
    def probed(self, queries):
        return super().probed(queries)[:, :1]


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that probes the cells farthest from the query.",
    zh="你的结果等于探查离查询最远的单元时的结果。",
)
class ProbesTheFarthestCells(ReplacedFile):
    def probed(self, queries):
        cosines = solution._unit(queries) @ self.centroids.T
        return cosines.topk(min(self.probes, len(self.centroids)), largest=False).indices


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one where the cells' results stand one after the other and are not ranked together.",
    zh="你的结果等于把各单元的结果依次相接、没有放在一起排序的结果。",
)
class DoesNotMergeCells(ReplacedFile):
    def ranked(self, query, cells, k):
        parts = [super(DoesNotMergeCells, self).ranked(query, [cell], k) for cell in cells]
        return torch.cat([scores for scores, _ in parts])[:k], torch.cat([rows for _, rows in parts])[:k]


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one where equal scores come in the order of the cells, not of addition.",
    zh="你的结果等于分数相等时按单元次序、而不是按加入先后排列的结果。",
)
class BreaksTiesByCell(ReplacedFile):
    def ranked(self, query, cells, k):
        rows = torch.cat([self.rows[cell].sort().values for cell in cells])
        scores, order = (solution._unit(self.table.vectors)[rows] @ query).sort(descending=True, stable=True)
        return scores[:k], rows[order[:k]]


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one where vectors that are added later are never put into a cell, so nobody finds them.",
    zh="你的结果等于后来加入的向量没有归入任何单元、因此谁也找不到它们时的结果。",
)
class ForgetsLaterVectors(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        before = self.rows, self.units
        super().add(vectors, ids)
        if before[0]:
            self.rows, self.units = before


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one with dot products instead of cosines: long vectors come first.",
    zh="你的结果等于用点积代替余弦的结果：长向量排在前面。",
)
class UsesDotProducts(ReplacedFile):
    def ranked(self, query, cells, k):
        rows = self.candidates(query, cells)
        return solution._best(self.table.vectors[rows] @ query, rows, k)


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one where vectors lie in cells at random: near vectors must share a cell.",
    zh="你的结果等于把向量随机分到各单元的结果：相近的向量应当在同一个单元里。",
)
class AssignsAtRandom(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        super().add(vectors, ids)
        if len(self.table):
            generator = torch.Generator().manual_seed(self.seed)
            cell = torch.randint(len(self.centroids), (len(self.table),), generator=generator).to(vectors.device)
            rows, sizes = cell.argsort(), cell.bincount(minlength=len(self.centroids)).tolist()
            units = solution._unit(self.table.vectors)[rows]
            self.rows, self.units = list(rows.split(sizes)), list(units.split(sizes))


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that learns the cells with a fixed seed, whatever `seed` says.",
    zh="你的结果等于无论 `seed` 是多少都用固定种子学习单元的结果。",
)
class IgnoresTheSeed(solution.InvertedFileIndex):
    def __init__(self, cells, probes, seed=0):
        super().__init__(cells, probes, 0)


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that seeds torch's global generator. Make a generator of your own: "
    "everybody else draws from the global one.",
    zh="你的结果等于给 torch 的全局生成器设种子的结果。请自己新建一个生成器：别处的代码也在使用全局生成器。",
)
class SeedsTheGlobalGenerator(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        if self.centroids is None:
            torch.manual_seed(self.seed)  # noqa: TID251 - this is the mistake
            torch.randperm(len(vectors))  # drawn from it, as the solution draws from its own
        super().add(vectors, ids)


@mistake(
    of="InvertedFileIndex",
    en="Your answers are right, but every search compares the query with all vectors, not only the probed ones.",
    zh="结果正确，但每次检索都把查询与所有向量比较，然后才丢掉其他单元里的向量。",
    only="speed",
)
class ComparesWithEverything(ReplacedFile):
    def search(self, queries, k):
        self.normed = solution._unit(self.table.vectors) if len(self.table) else None
        return super().search(queries, k)

    def ranked(self, query, cells, k):
        scores = self.normed @ query
        inside = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
        inside[self.candidates(query, cells)] = True
        rows = inside.nonzero().squeeze(1)
        return solution._best(scores[rows], rows, k)


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
    of="InvertedFileIndex",
    en="Your answer equals the one where the centroid of an empty cell becomes NaN (a mean of nothing), and NaN then "
    "draws all vectors into its cell. Let an empty cell keep its centroid, or give it a new one.",
    zh="你的结果等于空单元的质心变成 NaN（对空集取平均）、随后 NaN 又把所有向量吸进这个单元的结果。"
    "空单元应保留原来的质心，或换一个新的。",
)
class EmptyCellsBecomeNaN(ReplacedFile):
    def add(self, vectors, ids):
        first = self.centroids is None
        super().add(vectors, ids)
        if first and len(self.table):
            units = solution._unit(self.table.vectors)
            self.centroids = means_of_cells(units, min(self.cells, len(units)), self.seed)
            cell = solution._nearest_cell(units, self.centroids)
            rows, sizes = cell.argsort(), cell.bincount(minlength=len(self.centroids)).tolist()
            self.rows, self.units = list(rows.split(sizes)), list(units[rows].split(sizes))


def means_of_cells(units, cells, seed):
    shuffled = torch.randperm(len(units), generator=torch.Generator().manual_seed(seed)).to(units.device)
    sample = units[shuffled[: cells * solution.TRAINING_VECTORS_PER_CELL]]
    centroids = sample[:cells]
    for _ in range(solution.KMEANS_STEPS):
        nearest = solution._nearest_cell(sample, centroids)
        centroids = solution._unit(torch.stack([sample[nearest == cell].mean(dim=0) for cell in range(cells)]))
    return centroids


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


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that fills up a row with score 0 and id 0 where the cells hold too few vectors.",
    zh="你的结果等于单元中向量不足时用分数 0 和 id 0 补齐一行的结果。",
    breaks="the row ends with score minus infinity and id -1",
)
class FillsUpWithZeros(solution.InvertedFileIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        return scores.masked_fill(ids < 0, 0.0), ids.clamp(min=0)


@mistake(
    of="InvertedFileIndex",
    en="Your answer equals the one that stops as soon as the first cells hold k vectors: a later probe may hold better "
    "ones.",
    zh="你的结果等于前几个单元凑够 k 个向量就停下的结果：后面探查的单元里可能有更好的。",
)
class StopsWhenThereAreEnough(ReplacedFile):
    def candidates(self, query, cells):
        return super().candidates(query, cells[: self.enough(cells)])

    def enough(self, cells):
        held = 0
        for number, cell in enumerate(cells, start=1):
            held += len(self.rows[cell])
            if held >= self.asked:
                return number
        return len(cells)

    def ranked(self, query, cells, k):
        self.asked = k
        return super().ranked(query, cells, k)
