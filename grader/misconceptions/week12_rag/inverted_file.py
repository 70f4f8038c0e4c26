"""Known mistakes of week 12, inverted_file."""

import inverted_file as solution
import torch
from tables import unit

from grader.mistakes import mistake


def best_of(scores, rows, k):
    """The k highest scores and their rows; among equal scores the lower row."""
    rows, order = rows.sort()
    scores, order = scores[order].sort(descending=True, stable=True)
    return scores[:k], rows[order[:k]]


class ReplacedFile(solution.InvertedFileIndex):
    """The inverted file with the choice of rows as a method."""

    def candidates(self, query, cells):
        return torch.cat([self.rows[cell] for cell in cells])

    def probed(self, queries):
        return (unit(queries) @ self.centroids.T).topk(min(self.probes, len(self.centroids))).indices

    def ranked(self, query, cells, k):
        rows = self.candidates(query, cells)
        return best_of(unit(self.table.vectors)[rows] @ query, rows, k)

    def search(self, queries, k):
        if k < 1:
            raise ValueError("k")
        found = min(k, len(self.table))
        scores = queries.new_full((len(queries), found), -torch.inf)
        ids = torch.full((len(queries), found), -1, device=queries.device)
        if found == 0:
            return scores, ids
        units = unit(queries)
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
        cosines = unit(queries) @ self.centroids.T
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
        scores, order = (unit(self.table.vectors)[rows] @ query).sort(descending=True, stable=True)
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
        return best_of(self.table.vectors[rows] @ query, rows, k)


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
            units = unit(self.table.vectors)[rows]
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
        self.normed = unit(self.table.vectors) if len(self.table) else None
        return super().search(queries, k)

    def ranked(self, query, cells, k):
        scores = self.normed @ query
        inside = torch.zeros(len(scores), dtype=torch.bool, device=scores.device)
        inside[self.candidates(query, cells)] = True
        rows = inside.nonzero().squeeze(1)
        return best_of(scores[rows], rows, k)


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
            units = unit(self.table.vectors)
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
        centroids = unit(torch.stack([sample[nearest == cell].mean(dim=0) for cell in range(cells)]))
    return centroids


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
