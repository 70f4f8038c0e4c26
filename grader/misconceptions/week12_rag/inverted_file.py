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
    en="It looks like only the nearest cell is searched, whatever `probes` says.",
    zh="看起来无论 `probes` 是多少，都只查了最近的一个单元。",
)
class ProbesOneCell(ReplacedFile):
    def probed(self, queries):
        return super().probed(queries)[:, :1]


@mistake(
    of="InvertedFileIndex",
    en="It looks like you probe the cells farthest from the query. A large cosine means near: take the largest.",
    zh="看起来你探查的是离查询最远的单元。余弦大才是近：应取最大的。",
)
class ProbesTheFarthestCells(ReplacedFile):
    def probed(self, queries):
        cosines = unit(queries) @ self.centroids.T
        return cosines.topk(min(self.probes, len(self.centroids)), largest=False).indices


@mistake(
    of="InvertedFileIndex",
    en="It looks like the results of the cells stand one after the other. The second cell's best may be better "
    "than the first cell's second: rank them all together.",
    zh="看起来你把各单元的结果依次接在一起。第二个单元里最好的可能胜过第一个单元里第二好的：要放在一起排序。",
)
class DoesNotMergeCells(ReplacedFile):
    def ranked(self, query, cells, k):
        parts = [super(DoesNotMergeCells, self).ranked(query, [cell], k) for cell in cells]
        return torch.cat([scores for scores, _ in parts])[:k], torch.cat([rows for _, rows in parts])[:k]


@mistake(
    of="InvertedFileIndex",
    en="It looks like of equal scores those of the first cell come first. The order of addition decides, across "
    "cells too.",
    zh="看起来分数相等时，先探查的单元排在前面。跨单元时也应按加入的先后排列。",
)
class BreaksTiesByCell(ReplacedFile):
    def ranked(self, query, cells, k):
        rows = torch.cat([self.rows[cell].sort().values for cell in cells])
        scores, order = (unit(self.table.vectors)[rows] @ query).sort(descending=True, stable=True)
        return scores[:k], rows[order[:k]]


@mistake(
    of="InvertedFileIndex",
    en="It looks like vectors that are added later never go into a cell, so nobody finds them.",
    zh="看起来后来加入的向量没有归入任何单元，所以谁也找不到它们。",
)
class ForgetsLaterVectors(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        before = self.rows, self.units
        super().add(vectors, ids)
        if before[0]:
            self.rows, self.units = before


@mistake(
    of="InvertedFileIndex",
    en="It looks like you compared by dot product, and long vectors come first. The index is for the cosine: "
    "scale both sides to length 1.",
    zh="看起来你用点积作比较，长向量就排到了前面。这个索引用的是余弦：两边都要归一化。",
)
class UsesDotProducts(ReplacedFile):
    def ranked(self, query, cells, k):
        rows = self.candidates(query, cells)
        return best_of(self.table.vectors[rows] @ query, rows, k)


@mistake(
    of="InvertedFileIndex",
    en="It looks like vectors lie in cells at random. Near vectors must share a cell, or looking into a few of "
    "them finds nothing.",
    zh="看起来向量是随机分到各单元的。相近的向量要在同一个单元里，否则只看几个单元就什么也找不到。",
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
    en="It looks like the cells come from a fixed seed, whatever `seed` says.",
    zh="看起来无论 `seed` 是多少，单元都是用固定的种子学出来的。",
)
class IgnoresTheSeed(solution.InvertedFileIndex):
    def __init__(self, cells, probes, seed=0):
        super().__init__(cells, probes, 0)


@mistake(
    of="InvertedFileIndex",
    en="It looks like you seeded torch's global generator. Make a generator of your own: everybody else draws "
    "from the global one.",
    zh="看起来你给 torch 的全局生成器设了种子。请自己新建一个生成器：别处的代码也在用全局的那个。",
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
    en="It looks like the centroid of an empty cell became NaN (a mean of nothing), and NaN then draws all "
    "vectors into its cell. Let an empty cell keep its centroid, or give it a new one.",
    zh="看起来空单元的质心变成了 NaN（对空集取平均），随后 NaN 又把所有向量吸进了这个单元。"
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
    en="It looks like you filled a row up with score 0 and id 0 where the cells hold too few vectors. 0 is a "
    "real score and a real id: use minus infinity and -1.",
    zh="看起来单元里的向量不足时，你用分数 0 和 id 0 补齐了一行。0 是真实的分数和 id：应当用负无穷和 -1。",
    breaks="the row ends with score minus infinity and id -1",
)
class FillsUpWithZeros(solution.InvertedFileIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        return scores.masked_fill(ids < 0, 0.0), ids.clamp(min=0)


@mistake(
    of="InvertedFileIndex",
    en="It looks like the score is 0 where the cells hold too few vectors. 0 is a real score: use minus infinity, "
    "beside the id -1.",
    zh="看起来单元里的向量不足时，补上的分数是 0。0 是真实的分数：应当用负无穷，配上 id -1。",
    breaks="the row ends with score minus infinity and id -1",
)
class FillsUpWithScoreZero(solution.InvertedFileIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        return scores.masked_fill(ids < 0, 0.0), ids


@mistake(
    of="InvertedFileIndex",
    en="It looks like more cells are probed than there are, which `topk` refuses. Probe min(probes, number of cells).",
    zh="看起来要探查的单元比实有的还多，`topk` 会报错。应当探查 min(probes, 单元数) 个。",
    breaks="More than there are cells means all of them",
)
class ProbesMoreThanThereAre(ReplacedFile):
    def probed(self, queries):
        return (unit(queries) @ self.centroids.T).topk(self.probes).indices


@mistake(
    of="InvertedFileIndex",
    en="It looks like the cells are learnt anew in every `add`. The first vectors decide: later ones go into the cells "
    "that exist.",
    zh="看起来每次 `add` 都重新学习单元。单元由第一批向量决定：后来的向量归入已有的单元。",
    breaks="Later calls of `add` put their vectors into the cells that exist",
)
class LearnsAgain(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        self.centroids = None
        super().add(vectors, ids)


@mistake(
    of="InvertedFileIndex",
    en="It looks like the search stops as soon as the first cells hold k vectors. A later probe may hold better ones.",
    zh="看起来前几个单元凑够 k 个向量，检索就停了。后面探查的单元里可能有更好的。",
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


@mistake(
    of="InvertedFileIndex",
    en="It looks like the cells are learnt anew while there are fewer than `cells`. The first vectors decide: later "
    "ones go into the cells that exist.",
    zh="看起来单元不足 `cells` 个时，你又重新学了一遍。单元由第一批向量决定：后来的向量归入已有的单元。",
    breaks="Later calls of `add` put their vectors into the cells that exist",
)
class LearnsAgainWhileFew(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        if self.centroids is not None and len(self.centroids) < self.cells:
            self.centroids = None
        super().add(vectors, ids)


@mistake(
    of="InvertedFileIndex",
    en="It looks like an empty first `add` settled the cells. The first one that brings vectors learns them.",
    zh="看起来一次空的 `add` 就把单元定下来了。应由第一次真正带来向量的 `add` 来学习单元。",
    breaks="The first `add` that brings vectors learns the cells",
)
class LearnsFromNothing(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        if self.centroids is None and len(vectors) == 0:
            self.centroids = unit(vectors.new_ones(1, vectors.shape[1]))
        super().add(vectors, ids)


@mistake(
    of="InvertedFileIndex",
    en="It looks like the search reads further cells until it has k vectors. It looks into `probes` cells, and where "
    "these hold fewer the row ends with minus infinity and -1.",
    zh="看起来检索会一直读更多的单元，直到凑够 k 个向量。它只看 `probes` 个单元；"
    "其中的向量不够时，该行以负无穷和 -1 结尾。",
    breaks="Where the probed cells hold fewer vectors",
)
class ReadsOnUntilThereAreEnough(ReplacedFile):
    def ranked(self, query, cells, k):
        if sum(len(self.rows[cell]) for cell in cells) < min(k, len(self.table)):
            cells = range(len(self.rows))
        return super().ranked(query, cells, k)


@mistake(
    of="InvertedFileIndex",
    en="It looks like every query is compared with the cells of all queries. Each query has `probes` cells of its own.",
    zh="看起来每个查询都与所有查询的单元作了比较。每个查询只看自己的 `probes` 个单元。",
    breaks="how many cells a search looks into",
)
class SharesTheCellsOfAllQueries(ReplacedFile):
    def probed(self, queries):
        shared = super().probed(queries).unique()
        return shared.expand(len(queries), -1)


@mistake(
    of="InvertedFileIndex",
    en="It looks like the queries were not scaled to length 1. The order is right all the same, but the scores are no "
    "cosines.",
    zh="看起来查询没有归一化。次序碰巧仍是对的，但分数不是余弦。",
)
class LeavesTheQueriesAsLongAsTheyAre(ReplacedFile):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        return scores * queries.norm(dim=-1, keepdim=True).expand_as(scores), ids


@mistake(
    of="InvertedFileIndex",
    en="It looks like your answer always has k columns. With fewer than k vectors in the index it has only as many.",
    zh="看起来你的结果总有 k 列。索引里的向量不足 k 个时，有多少个就只有多少列。",
    breaks="`found` is k, or the number of vectors in the index if that is smaller",
)
class AlwaysHasKColumns(solution.InvertedFileIndex):
    def search(self, queries, k):
        scores, ids = super().search(queries, k)
        if 0 < len(self.table) < k:
            missing = (len(queries), k - len(self.table))
            scores = torch.cat([scores, scores.new_full(missing, -torch.inf)], dim=1)
            ids = torch.cat([ids, ids.new_full(missing, -1)], dim=1)
        return scores, ids


@mistake(
    of="InvertedFileIndex",
    en="It looks like the centroids are means as they come, and not scaled to length 1: with a dot product a cell "
    "whose vectors differ much, so that its mean is short, seems farther away than it is.",
    zh="看起来质心就是原样的均值，没有归一化：某个单元里的向量差别大，均值就短，用点积比较时它会显得比实际更远。",
    breaks="those whose centroids have the largest cosine with the query",
)
class LeavesCentroidsAsMeans(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        first = self.centroids is None
        super().add(vectors, ids)
        if first and len(self.table):
            units = unit(self.table.vectors)
            self.centroids = means_as_they_come(units, min(self.cells, len(units)), self.seed)
            cell = solution._nearest_cell(units, self.centroids)
            rows, sizes = cell.argsort(), cell.bincount(minlength=len(self.centroids)).tolist()
            self.rows, self.units = list(rows.split(sizes)), list(units[rows].split(sizes))


def means_as_they_come(units, cells, seed):
    shuffled = torch.randperm(len(units), generator=torch.Generator().manual_seed(seed)).to(units.device)
    sample = units[shuffled[: cells * solution.TRAINING_VECTORS_PER_CELL]]
    centroids = sample[:cells].clone()
    for _ in range(solution.KMEANS_STEPS):
        nearest = solution._nearest_cell(sample, centroids)
        for cell in nearest.unique().tolist():
            centroids[cell] = sample[nearest == cell].mean(dim=0)
    return centroids


@mistake(
    of="InvertedFileIndex",
    en="It looks like the vectors stay in the cells that they had before the centroids moved for the last time. Once "
    "the centroids stand, look for the nearest one anew.",
    zh="看起来质心最后一次移动之后，向量仍留在移动前的单元里。质心定下来之后，要重新为每个向量找最近的质心。",
    breaks="a cell is the set of vectors that have its centroid as the nearest one",
)
class LeavesVectorsInTheCellsOfBefore(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        first = self.centroids is None
        super().add(vectors, ids)
        if first and len(self.table):
            units = unit(self.table.vectors)
            shuffled = torch.randperm(len(units), generator=torch.Generator().manual_seed(self.seed)).to(units.device)
            centroids = units[shuffled[: min(self.cells, len(units))]]
            for _ in range(3):
                cell = solution._nearest_cell(units, centroids)
                sums = torch.zeros_like(centroids).index_add(0, cell, units)
                centroids = torch.where((sums == 0).all(dim=1, keepdim=True), centroids, unit(sums))
            self.centroids = centroids
            rows, sizes = cell.argsort(), cell.bincount(minlength=len(centroids)).tolist()
            self.rows, self.units = list(rows.split(sizes)), list(units[rows].split(sizes))


@mistake(
    of="InvertedFileIndex",
    en="It looks like a refused `add` has learnt the cells already. It brings no vectors, so it must change nothing: "
    "append to the table first.",
    zh="看起来被拒绝的 `add` 已经学出了单元。它没有带来向量，就不该改变任何东西：应当先加进表里。",
    breaks="The first `add` that brings vectors learns the cells",
)
class LearnsFromARefusedCall(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        if self.centroids is None and len(vectors):
            self.centroids = solution._centroids(unit(vectors), min(self.cells, len(vectors)), self.seed)
        super().add(vectors, ids)


@mistake(
    of="InvertedFileIndex",
    en="It looks like the vectors of the probed cells come in the order in which they were added, and the first k of "
    "them are the answer. The best k are wanted: sort by the cosine.",
    zh="看起来所探查单元里的向量是按加入的先后排列的，取的是其中前 k 个。要的是最好的 k 个：应按余弦排序。",
)
class TakesTheFirstAdded(ReplacedFile):
    def ranked(self, query, cells, k):
        rows = self.candidates(query, cells).sort().values[:k]
        return unit(self.table.vectors)[rows] @ query, rows


@mistake(
    of="InvertedFileIndex",
    en="It looks like every `add` learns the cells anew, from all vectors or from the new ones. The first vectors "
    "decide: later ones go into the cells that exist.",
    zh="看起来每次 `add` 都重新学一遍单元，用的是全部向量，或者只是新来的向量。单元由第一批向量决定："
    "后来的向量归入已有的单元。",
    breaks="Later calls of `add` put their vectors into the cells that exist",
)
class LearnsFromTheNewVectorsAlone(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        known = self.centroids is not None
        super().add(vectors, ids)
        if known and len(vectors):
            self.centroids = solution._centroids(unit(vectors), min(self.cells, len(vectors)), self.seed)
            super().add(vectors[:0], ids[:0])


@mistake(
    of="InvertedFileIndex",
    en="It looks like the centroid of an empty cell is a vector of zeros: a sum of nothing, divided by at least 1. Its "
    "cosine with every query is 0, so it seems nearer than all centroids at more than a right angle. Let an empty cell "
    "keep its centroid, or give it a new one.",
    zh="看起来空单元的质心是零向量：空集的和除以了至少为 1 的个数。它与任何查询的余弦都是 0，"
    "看起来比所有夹角超过直角的质心都近。空单元应保留原来的质心，或换一个新的。",
    breaks="some may be empty, which does the others no harm",
)
class EmptyCellsPointNowhere(solution.InvertedFileIndex):
    def add(self, vectors, ids):
        first = self.centroids is None
        super().add(vectors, ids)
        if first and len(self.table):
            units = unit(self.table.vectors)
            self.centroids = sums_of_cells(units, min(self.cells, len(units)), self.seed)
            cell = solution._nearest_cell(units, self.centroids)
            rows, sizes = cell.argsort(), cell.bincount(minlength=len(self.centroids)).tolist()
            self.rows, self.units = list(rows.split(sizes)), list(units[rows].split(sizes))


def sums_of_cells(units, cells, seed):
    shuffled = torch.randperm(len(units), generator=torch.Generator().manual_seed(seed)).to(units.device)
    sample = units[shuffled[: cells * solution.TRAINING_VECTORS_PER_CELL]]
    centroids = sample[:cells]
    for _ in range(solution.KMEANS_STEPS):
        nearest = solution._nearest_cell(sample, centroids)
        centroids = unit(torch.zeros_like(centroids).index_add(0, nearest, sample))
    return centroids
