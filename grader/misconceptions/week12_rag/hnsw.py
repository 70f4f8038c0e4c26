"""Known mistakes of week 12, hnsw."""

import heapq
import math

import hnsw as solution
import torch

from grader.mistakes import mistake


class Levels(solution.HNSWIndex):
    """The index with the draw of a level as a method."""

    def level(self, uniform):
        return math.floor(-math.log(uniform) / math.log(self.m))

    def uniform(self):
        return 1 - float(torch.rand((), generator=self.generator))

    def _insert(self, place):
        level = self.level(self.uniform())
        top = len(self.graph) - 1
        point = self.vectors[place]
        near = [self.entry] if self.graph else []
        for layer in range(top, level, -1):
            near = [found for _, found in self._search_layer(point, near, 1, layer)]
        for layer in range(min(top, level), -1, -1):
            candidates = self._search_layer(point, near, self.ef_construction, layer)
            self._link(place, candidates, layer)
            near = [found for _, found in candidates]
        if level > top:
            self.raise_the_top(place, level, top)

    def raise_the_top(self, place, level, top):
        self.graph += [{place: []} for _ in range(level - top)]
        self.entry = place


@mistake(
    of="HNSWIndex",
    en="It looks like every vector stands on layer 0 alone: without the layers above, a walk has no long steps.",
    zh="看起来所有向量都只在第 0 层：没有上面的层，就没有大步可走。",
)
class HasOneLayer(Levels):
    def level(self, uniform):
        return 0


@mistake(
    of="HNSWIndex",
    en="It looks like the levels are floor(-ln(u)): the factor 1 / ln(m) is missing, and far too many vectors "
    "stand on the upper layers.",
    zh="看起来层数取了 floor(-ln(u))：漏掉了因子 1 / ln(m)，上面的层里向量太多。",
)
class ForgetsTheFactor(Levels):
    def level(self, uniform):
        return math.floor(-math.log(uniform))


@mistake(
    of="HNSWIndex",
    en="It looks like levels are rounded to the nearest whole number. They are rounded down.",
    zh="看起来层数是四舍五入的。应当向下取整。",
)
class RoundsLevels(Levels):
    def level(self, uniform):
        return round(-math.log(uniform) / math.log(self.m))


@mistake(
    of="HNSWIndex",
    en="It looks like levels are drawn from torch's global generator, so that nobody can repeat them. Pass on "
    "the generator that is given: torch.rand((), generator=...).",
    zh="看起来层数是用 torch 的全局生成器抽的，谁也无法重复。请把给定的生成器传进去：torch.rand((), generator=...)。",
)
class DrawsFromTheGlobalGenerator(Levels):
    def uniform(self):
        return 1 - float(torch.rand(()))


@mistake(
    of="HNSWIndex",
    en="It looks like the first vector stays the entry point for ever. When a new one stands on a higher layer, "
    "searches have to begin there.",
    zh="看起来第一个向量一直是入口点。新向量的层更高时，检索要从它出发。",
)
class KeepsTheFirstEntryPoint(Levels):
    def raise_the_top(self, place, level, top):
        super().raise_the_top(place, level, top)
        self.entry = 0

    def _search_layer(self, point, near, ef, layer):
        near = [place for place in near if place in self.graph[layer]]
        return super()._search_layer(point, near, ef, layer) if near else []

    def search(self, queries, k, ef=64):
        graph = self.graph
        height = max((layer + 1 for layer in range(len(graph)) if 0 in graph[layer]), default=0)
        self.graph = graph[:height]
        found = super().search(queries, k, ef)
        self.graph = graph
        return found

    def _link(self, place, candidates, layer):
        if candidates:
            super()._link(place, candidates, layer)
        else:
            self.graph[layer][place] = []


@mistake(
    of="HNSWIndex",
    en="It looks like the entry point never moves: as soon as a layer is added above the first vector, a walk begins "
    "with a vector that does not stand there.",
    zh="看起来入口点从不移动：一旦在第一个向量之上加了一层，检索就会从不在那一层上的向量出发。",
    breaks="until one comes that stands on a higher layer",
)
class NeverMovesTheEntryPoint(Levels):
    def raise_the_top(self, place, level, top):
        super().raise_the_top(place, level, top)
        self.entry = 0


@mistake(
    of="HNSWIndex",
    en="It looks like the first vector stands on layer 0 alone, without a draw. Its layers are drawn like any other's.",
    zh="看起来第一个向量没有抽取层数，只站在第 0 层。它的层数也要像其他向量一样抽取。",
    breaks="A new vector stands on the layers 0 to floor(-ln(u) / ln(m))",
)
class KeepsTheFirstVectorBelow(Levels):
    def level(self, uniform):
        return super().level(uniform) if self.graph else 0


@mistake(
    of="HNSWIndex",
    en="It looks like a vector on the same layer as the entry point takes its place. Only one that stands higher does.",
    zh="看起来与入口点同层的新向量也成了入口点。只有层更高的才行。",
    breaks="until one comes that stands on a higher layer",
)
class MovesTheEntryPointTooSoon(Levels):
    def _insert(self, place):
        super()._insert(place)
        if place in self.graph[-1]:
            self.entry = place


class Linked(solution.HNSWIndex):
    """The index with the two places where links are chosen as methods."""

    def first(self, place, candidates, layer):
        return self._diverse(candidates, self.m)

    def limit(self, layer):
        return self.m if layer else 2 * self.m

    def cut(self, other, layer):
        distances = self.distance(self.vectors[other], self.vectors[self.graph[layer][other]]).tolist()
        return self._diverse(sorted(zip(distances, self.graph[layer][other], strict=True)), self.limit(layer))

    def _link(self, place, candidates, layer):
        links = self.graph[layer]
        links[place] = self.first(place, candidates, layer)
        for other in links[place]:
            links[other].append(place)
            if len(links[other]) > self.limit(layer):
                links[other] = self.cut(other, layer)


@mistake(
    of="HNSWIndex",
    en="It looks like the nearest candidates are taken as they come (algorithm 3): in a tight cluster all links "
    "then stay inside it, and no walk ever leaves it. Take one only if it is nearer to the new vector than to "
    "those taken before.",
    zh="看起来直接取了最近的候选（算法 3）：在紧密的簇里，连接就全留在簇内，谁也走不出去。"
    "只有离新向量比离每个已选者都近的，才能选。",
)
class TakesTheNearest(Linked):
    def first(self, place, candidates, layer):
        return [other for _, other in candidates[: self.m]]

    def cut(self, other, layer):
        distances = self.distance(self.vectors[other], self.vectors[self.graph[layer][other]]).tolist()
        return [place for _, place in sorted(zip(distances, self.graph[layer][other], strict=True))][
            : self.limit(layer)
        ]


@mistake(
    of="HNSWIndex",
    en="It looks like a new vector takes its nearest candidates as they come (algorithm 3). Take one only if it is "
    "nearer to the new vector than to each one taken before.",
    zh="看起来新向量直接取了最近的候选（算法 3）。只有离新向量比离每个已选者都近的，才能选。",
)
class TakesTheNearestAtFirst(Linked):
    def first(self, place, candidates, layer):
        return [other for _, other in candidates[: self.m]]


@mistake(
    of="HNSWIndex",
    en="It looks like whoever has one link too many drops the farthest. The heuristic decides here as well: a link "
    "goes when there is a way round through a nearer neighbour.",
    zh="看起来连接超出上限时丢掉了最远的一条。这里同样由启发式规则决定：能经过更近的邻居绕过去的连接才去掉。",
    breaks="Whoever gets one too many keeps those that the heuristic takes",
)
class CutsToTheNearest(Linked):
    def cut(self, other, layer):
        return TakesTheNearest.cut(self, other, layer)


@mistake(
    of="HNSWIndex",
    en="It looks like the heuristic goes to work at every new link, also where there is still room. It cuts only when "
    "there is one link too many.",
    zh="看起来每加一条连接都用启发式规则裁剪一次，哪怕还有空位。只有超出上限时才裁剪。",
    breaks="no other link is ever lost",
)
class CutsAtEveryLink(Linked):
    def _link(self, place, candidates, layer):
        super()._link(place, candidates, layer)
        for other in self.graph[layer][place]:
            self.graph[layer][other] = self.cut(other, layer)


@mistake(
    of="HNSWIndex",
    en="It looks like all candidates are taken where they are fewer than m, as hnswlib does. The heuristic chooses "
    "among few as well.",
    zh="看起来候选不足 m 个时全部选用了，hnswlib 就是这样。候选再少，也要按启发式规则挑选。",
    breaks="take one only if it is nearer to the new vector than to each one taken before",
)
class TakesAllOfAFew(solution.HNSWIndex):
    def _diverse(self, candidates, most):
        if len(candidates) < most:
            return [place for _, place in candidates]
        return super()._diverse(candidates, most)


@mistake(
    of="HNSWIndex",
    en="It looks like the heuristic goes through the candidates from far to near. The nearest one comes first.",
    zh="看起来启发式规则是从远到近看候选的。应当先看最近的。",
)
class BeginsWithTheFarthest(Linked):
    def first(self, place, candidates, layer):
        return self._diverse(candidates[::-1], self.m)


@mistake(
    of="HNSWIndex",
    en="It looks like a candidate is compared only with the one taken last. It must be nearer to the new vector "
    "than to every one taken before.",
    zh="看起来每个候选只与最近选中的一个比较。它离新向量要比离每个已选者都近。",
)
class ComparesWithTheLastTaken(solution.HNSWIndex):
    def _diverse(self, candidates, most):
        taken = []
        for distance, place in candidates:
            if len(taken) < most and (
                not taken or distance < float(self.distance(self.vectors[place], self.vectors[taken[-1:]])[0])
            ):
                taken.append(place)
        return taken


@mistake(
    of="HNSWIndex",
    en="It looks like the places left free by the heuristic are filled up with the candidates that it refused. "
    "Some libraries offer that; the contract leaves those places free.",
    zh="看起来启发式规则留下的空位又用被它拒绝的候选补满了。有的库提供这个选项；按约定，这些空位就空着。",
)
class FillsUpWithRefused(solution.HNSWIndex):
    def _diverse(self, candidates, most):
        taken = super()._diverse(candidates, most)
        return (taken + [place for _, place in candidates if place not in taken])[:most]


@mistake(
    of="HNSWIndex",
    en="It looks like links lead one way only, from the new vector to the old ones: nobody can walk to what came "
    "later.",
    zh="看起来连接是单向的，只从新向量通向旧向量：后来加入的谁也走不到。",
)
class LinksOneWay(solution.HNSWIndex):
    def _link(self, place, candidates, layer):
        self.graph[layer][place] = self._diverse(candidates, self.m)


@mistake(
    of="HNSWIndex",
    en="It looks like nobody's links are ever cut: a popular vector then has hundreds, and a walk through it "
    "computes as many distances.",
    zh="看起来连接从不裁剪：受欢迎的向量会有几百条，每次走过它就要算几百个距离。",
)
class NeverCuts(Linked):
    def limit(self, layer):
        return 10**9


@mistake(
    of="HNSWIndex",
    en="It looks like layer 0 has the limit m, as the layers above. There it is 2 * m.",
    zh="看起来第 0 层的上限也取了 m，与上面的层一样。第 0 层应是 2 * m。",
)
class AllowsTooFewBelow(Linked):
    def limit(self, layer):
        return self.m


@mistake(
    of="HNSWIndex",
    en="It looks like 2 * m links are allowed on every layer. That is so on layer 0; above it is m.",
    zh="看起来每一层都允许 2 * m 条连接。只有第 0 层如此，上面各层是 m。",
)
class AllowsTooManyAbove(Linked):
    def limit(self, layer):
        return 2 * self.m


@mistake(
    of="HNSWIndex",
    en="It looks like a new vector may take 2 * m links by itself on layer 0. It takes m; the rest is room for "
    "links from those that come later.",
    zh="看起来新向量在第 0 层自己就取了 2 * m 条连接。它只取 m 条，余下的位置留给后来者连过来。",
)
class TakesTwiceAsMany(Linked):
    def first(self, place, candidates, layer):
        return self._diverse(candidates, self.limit(layer))


@mistake(
    of="HNSWIndex",
    en="It looks like whoever has one link too many drops the oldest. The heuristic decides which ones stay.",
    zh="看起来连接超出上限时丢掉了最早的一条。留下哪些，要由启发式规则决定。",
)
class DropsTheOldest(Linked):
    def cut(self, other, layer):
        return self.graph[layer][other][1:]


class Walking(solution.HNSWIndex):
    """The index with a search of its own for queries."""

    def ef(self, k, ef):
        return max(ef, k)

    def order(self, best):
        return best

    def search(self, queries, k, ef=64):
        if k < 1 or ef < 1:
            raise ValueError("k")
        found = min(k, 0 if self.vectors is None else len(self.vectors))
        distances = queries.new_full((len(queries), found), torch.inf)
        places = torch.full((len(queries), found), -1, device=queries.device)
        for row, query in enumerate(queries if found else []):
            near = [self.entry]
            for layer in range(len(self.graph) - 1, 0, -1):
                near = [place for _, place in self._search_layer(query, near, 1, layer)]
            best = self.order(self._search_layer(query, near, self.ef(k, ef), 0))[:found]
            distances[row, : len(best)] = queries.new_tensor([distance for distance, _ in best])
            places[row, : len(best)] = torch.tensor([place for _, place in best], device=queries.device)
        return distances, places


@mistake(
    of="HNSWIndex",
    en="It looks like a search does not walk on every layer above 0: it begins on layer 0 at once, or leaves layer 1 "
    "out, as `range(top, 1, -1)` does, which ends at 2. Walk down to layer 1, then look around on layer 0.",
    zh="看起来检索没有走遍第 0 层之上的每一层：要么直接从第 0 层开始，要么漏掉了第 1 层，"
    "写 `range(top, 1, -1)` 就会这样，它到 2 就结束了。应当一直走到第 1 层，再在第 0 层上找。",
)
class SkipsTheLayersAbove(solution.HNSWIndex):
    def search(self, queries, k, ef=64):
        graph = self.graph
        self.graph = graph[:1]
        found = super().search(queries, k, ef)
        self.graph = graph
        return found


@mistake(
    of="HNSWIndex",
    en="It looks like an ef below k stays as it is: the walk then keeps fewer than k vectors. Take max(ef, k).",
    zh="看起来 ef 小于 k 时原样使用了：检索留下的向量就不足 k 个。应取 max(ef, k)。",
)
class LeavesEfBelowK(Walking):
    def ef(self, k, ef):
        return ef


@mistake(
    of="HNSWIndex",
    en="It looks like the walk on layer 0 keeps only k vectors, whatever ef says: it ends at the first dead end.",
    zh="看起来无论 ef 是多少，第 0 层的检索都只保留 k 个向量：一遇到死路就停了。",
)
class KeepsOnlyK(Walking):
    def ef(self, k, ef):
        return k


@mistake(
    of="HNSWIndex",
    en="It looks like the answer comes in the order of a heap, which is only partly sorted. Sort it, nearest first.",
    zh="看起来结果是按堆里的次序给出的，而堆只是部分有序。应当排序，最近的在前。",
)
class AnswersInHeapOrder(Walking):
    def order(self, best):
        heap = [(-distance, -place) for distance, place in best]
        heapq.heapify(heap)
        return [(-distance, -place) for distance, place in heap]


@mistake(
    of="HNSWIndex",
    en="It looks like of equal distances the higher place comes first. A heap of negated pairs does that: sort "
    "the answer by (distance, place).",
    zh="看起来距离相等时，靠后的位置排在前面。元素取负后放进堆里就会这样：结果应按 (distance, place) 排序。",
)
class TakesTheHigherPlace(Walking):
    def order(self, best):
        return sorted(best, key=lambda found: (found[0], -found[1]))


@mistake(
    of="HNSWIndex",
    en="It looks like the walk keeps the farthest vectors and throws away the nearest: the sign in one of the "
    "two heaps is the wrong way round.",
    zh="看起来检索留下了最远的向量，丢掉了最近的：两个堆中有一个的符号反了。",
)
class KeepsTheFarthest(Walking):
    def _search_layer(self, point, near, ef, layer):
        return super()._search_layer(point, near, 2 * ef, layer)[-ef:]


@mistake(
    of="HNSWIndex",
    en="It looks like every search compares the query with all vectors. The answer is right, but then nobody "
    "needs a graph.",
    zh="看起来每次检索都把查询与所有向量比较。结果没错，但那样就用不着图了。",
)
class LooksAtEverything(Walking):
    def _search_layer(self, point, near, ef, layer):
        places = sorted(self.graph[layer])
        return sorted(zip(self.distance(point, self.vectors[places]).tolist(), places, strict=True))[:ef]


@mistake(
    of="HNSWIndex",
    en="It looks like distances are Euclidean, with the root. They are squared here: what `distance` gives, as it is.",
    zh="看起来距离开了平方根。这里的距离是平方的：`distance` 给出什么，就是什么。",
)
class TakesTheRoot(solution.HNSWIndex):
    def search(self, queries, k, ef=64):
        distances, places = super().search(queries, k, ef)
        return distances.sqrt(), places


@mistake(
    of="HNSWIndex",
    en="It looks like the missing places are filled up with 0. 0 is a place, and a distance: use -1 and infinity.",
    zh="看起来缺少的位置用 0 补上了。0 本身就是位置，也是距离：应当用 -1 和无穷大。",
)
class FillsUpWithZeroPlaces(solution.HNSWIndex):
    def search(self, queries, k, ef=64):
        distances, places = super().search(queries, k, ef)
        return distances.masked_fill(places < 0, 0.0), places.clamp(min=0)


@mistake(
    of="HNSWIndex",
    en="It looks like places begin at 0 again with every call of add. They count through all calls.",
    zh="看起来每次调用 add，位置都从 0 重新数起。位置应当跨调用连续计数。",
)
class CountsEachCallFromZero(solution.HNSWIndex):
    def add(self, vectors):
        super().add(vectors)
        self.last = len(vectors)

    def search(self, queries, k, ef=64):
        distances, places = super().search(queries, k, ef)
        first = 0 if self.vectors is None else len(self.vectors) - self.last
        return distances, torch.where(places >= first, places - first, places)


@mistake(
    of="HNSWIndex",
    en="It looks like some distances are not computed by `distance`: replacing it, or counting calls, has no effect.",
    zh="看起来有些距离没有通过 `distance` 计算：换掉它，或者用它计数，都不起作用。",
)
class ComputesDistancesItself(solution.HNSWIndex):
    def _search_layer(self, point, near, ef, layer):
        given, self.distance = self.distance, lambda point, others: (others - point).square().sum(dim=-1)
        try:
            return super()._search_layer(point, near, ef, layer)
        finally:
            self.distance = given


@mistake(
    of="HNSWIndex",
    en="It looks like m candidates are kept where `ef_construction` is smaller: did m take its place, or did you take "
    "the larger of the two? `ef_construction` alone says how many a search keeps while a vector is added.",
    zh="看起来 `ef_construction` 比 m 小时，仍保留了 m 个候选：是用 m 代替了它，还是取了两者中较大的？"
    "加入向量时检索保留多少个，只由 `ef_construction` 决定。",
)
class IgnoresEfConstruction(solution.HNSWIndex):
    def __init__(self, generator, m=16, ef_construction=64):
        super().__init__(generator, m, ef_construction)
        self.ef_construction = m


@mistake(
    of="HNSWIndex",
    en="It looks like a refused `add` has drawn from the generator before it looked at the width. Look first: all that "
    "comes later stands on other layers.",
    zh="看起来被拒绝的 `add` 在检查宽度之前就从生成器抽取了随机数，后来的向量都换了层。应当先检查。",
    breaks="nothing has been drawn from `generator`",
)
class DrawsBeforeItRefuses(solution.HNSWIndex):
    def add(self, vectors):
        try:
            super().add(vectors)
        except ValueError:
            torch.rand(len(vectors), generator=self.generator)
            raise
