"""Hidden suite of week 12, hnsw.

The graph is judged by what holds for every right one. It is compared link by link only where the contract leaves no
choice: as long as nobody has lost a link and each search meets every vector.
Not covered: the time of a search (its distances are counted instead), float16, gradients, threads.
"""

import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, set_attribute, unchanged

DIM, K = 5, 3


def drawing(rng):
    """A generator on the CPU, as the contract says."""
    return torch.Generator().manual_seed(rng.integer(0, 2**62))


def filled(make, *parts):
    """Add vectors to a new index."""
    index = make()
    for vectors in parts:
        index.add(vectors)
    return index


def squared(queries, vectors):
    """All squared distances, each by subtraction."""
    return (queries.unsqueeze(1) - vectors).square().sum(dim=-1)


def exact(distances, k):
    """Sort all distances, stably."""
    found, places = distances.sort(dim=1, stable=True)
    return found[:, :k], places[:, :k]


def diverse(candidates, between, most):
    """The heuristic over (distance, place) pairs, from near to far."""
    taken = []
    for distance, place in sorted(candidates):
        if len(taken) < most and all(distance < between[place][other] for other in taken):
            taken.append(place)
    return taken


def recall(found, truth):
    """Return the share of the true places that were found."""
    return (found.unsqueeze(2) == truth.unsqueeze(1)).any(dim=1).double().mean().item()


def clusters(rng, n, *, topics=20, spread=0.1, dim=8, queries=53):
    """Make vectors in tight clusters, and queries that lie in them."""
    centres = rng.normal(topics, dim)
    vectors = centres[rng.integers(0, topics, n)] + spread * rng.normal(n, dim)
    return vectors, centres[rng.integers(0, topics, queries)] + spread * rng.normal(queries, dim)


@claims(
    "0 for the first that was added, 1 for the second, and so on",
    "With at most 2 * m + 1 vectors and an `ef` of at least their number, the answer is exact",
    "Distances are squared, as `distance` gives them, and have the dtype of the vectors; places are int64",
)
def test_small_sets_are_exact(student, rng):
    """With at most 2 m + 1 vectors, in one call of add or in several, the answer is that of an exact search.

    向量不超过 2 m + 1 个时，无论分几次加入，结果都与精确检索相同。
    """
    for n, dtype in [(1, torch.float64), (2, torch.float32), (7, torch.float64), (11, torch.float32)]:
        vectors = rng.normal(DIM, n, dtype=dtype).T  # not contiguous
        queries = rng.normal(7, 2 * DIM, dtype=dtype)[:, ::2]
        cut = n // 3
        index = filled(lambda: student.HNSWIndex(drawing(rng), 5, 11), vectors[:cut], vectors[cut:])

        answer = unchanged(index.search, queries, K, 11)

        assert_same(answer, exact(squared(queries, vectors), min(K, n)))


@claims("Equal distances: the lower place first")
def test_hnsw_ties(student, device):
    """Among equal distances the lower place comes first.

    距离相等时，位置靠前的在前。
    """
    rows = [[2.0, 0], [0.0, 3], [-2.0, 0], [0.0, 3], [2.0, 0], [0.0, -2], [0.0, 3]]
    vectors = torch.tensor(rows, dtype=torch.float64, device=device)
    places = [[0, 2, 4, 5, 1, 3, 6]]
    scores = [[4.0, 4, 4, 4, 9, 9, 9]]

    for seed in range(3):
        generator = torch.Generator().manual_seed(seed)
        index = filled(lambda generator=generator: student.HNSWIndex(generator, 3, 7), vectors)
        for k in (7, 2):
            answer = index.search(torch.zeros(1, 2, dtype=torch.float64, device=device), k, 7)
            right = torch.tensor(scores, dtype=torch.float64, device=device), torch.tensor(places, device=device)
            assert_same(answer, tuple(part[:, :k] for part in right))


@claims(
    "take one only if it is nearer to the new vector than to each one taken before",
    "link it to at most m of them, in both directions",
    "how many links a new vector gets at most on each layer",
)
def test_links_are_those_that_the_heuristic_takes(student, rng, device):
    """Each new vector is linked in both directions to those that the heuristic takes, and to m at most.

    每个新向量与启发式规则选出的向量双向相连，至多 m 个。
    """
    # On axes, each nearer to the origin than those before, all are taken: there m is the limit.
    spokes = torch.diag(2 - 0.1 * torch.arange(7, dtype=torch.float64, device=device))
    # The third is as far from the second as from the first: equal is not nearer.
    rows = [[2, 0], [1, 2], [0, 0], [11, 0], [0, 23], [-40, 0], [0, -71]]
    equal = torch.tensor(rows, dtype=torch.float64, device=device)
    for vectors in (rng.normal(7, 2, dtype=torch.float64), rng.normal(7, 13, dtype=torch.float64), spokes, equal):
        between = squared(vectors, vectors).tolist()
        right = {place: set() for place in range(7)}
        for new in range(1, 7):
            for other in diverse([(between[new][old], old) for old in range(new)], between, 3):
                right[new].add(other)
                right[other].add(new)

        found = filled(lambda: student.HNSWIndex(drawing(rng), 3, 7), vectors).links(0)

        for place in range(7):
            expect(
                set(found.get(place, [])) == right[place],
                "Seven vectors and m = 3: the one at place {place} is linked to {found}, and should be to {right}.",
                "7 个向量、m = 3：位置 {place} 的向量连到了 {found}，应当连到 {right}。",
                place=place,
                found=sorted(found.get(place, [])),
                right=sorted(right[place]),
            )


@claims(
    "keeps those that the heuristic takes",
    "Where the walk finds fewer, the row ends with distance infinity and place -1",
)
def test_one_link_too_many(student, rng, device):
    """A hub with one spoke too many drops the farthest; a search that cannot reach it fills up with infinity and -1.

    中心点多出一条连接时丢掉最远的那个；检索走不到它，该行就用无穷大和 -1 补齐。
    """
    # Every spoke is nearer to the hub than to any other spoke, so the hub is all that it is linked to.
    spokes = torch.diag(1 + 0.01 * torch.arange(11, dtype=torch.float64, device=device))
    vectors = torch.cat([torch.zeros(1, 11, dtype=torch.float64, device=device), spokes])
    index = None
    while index is None or 11 in index.links(1):  # until the last spoke stands on layer 0 alone
        index = filled(lambda: student.HNSWIndex(drawing(rng), 5, 12), vectors)

    hub = sorted(index.links(0)[0])
    distances, places = index.search(vectors[:1], 12, 30)

    expect(
        hub == list(range(1, 11)),
        "A hub may keep 2 m = 10 of 11 links; the 10 nearest are all taken by the heuristic. It kept {hub}.",
        "中心点的 11 条连接中可以留下 2 m = 10 条，启发式规则会选中最近的 10 个。它留下了 {hub}。",
        hub=hub,
    )
    right = torch.cat(
        [(1 + 0.01 * torch.arange(10, dtype=torch.float64, device=device)).square(), spokes.new_tensor([torch.inf])]
    )
    assert_same(distances, torch.cat([spokes.new_zeros(1), right]).unsqueeze(0))
    assert_same(places, torch.tensor([[*range(11), -1]], device=device))


@claims(
    "Whoever gets one too many keeps those that the heuristic takes; no other link is ever lost",
    "those whom it drops keep their own links to it",
)
def test_who_stays_with_a_hub(student, rng, device):
    """Where a hub is full, a newcomer between two spokes takes the places of both; they keep their links to the hub.

    中心点已满时，落在两根辐条之间的新向量会顶替它们；这两根辐条自己通向中心点的连接仍然保留。
    """
    spokes = torch.diag(1 + 0.01 * torch.arange(10, dtype=torch.float64, device=device))
    newcomer = spokes.new_tensor([[0.45, 0.45] + [0.0] * 8])  # nearer to the first two spokes than the hub is
    vectors = torch.cat([spokes.new_zeros(1, 10), spokes, newcomer])
    right = {0: {*range(3, 12)}, 1: {0, 11}, 2: {0, 11}, **{place: {0} for place in range(3, 11)}, 11: {0, 1, 2}}

    for stretch in (1.0, 10.0):  # the second time, `distance` alone knows that the first coordinate counts tenfold
        scale = torch.ones(10, dtype=torch.float64, device=device)
        scale[0] = stretch

        def distance(point, others, scale=scale):
            return ((others - point) * scale).square().sum(dim=-1)

        index = student.HNSWIndex(drawing(rng), 5, 12)
        set_attribute(index, "distance", distance)
        index.add(vectors / scale)

        found = {place: set(others) for place, others in index.links(0).items()}
        for place in range(12):
            expect(
                found.get(place, set()) == right[place],
                "A hub at place 0 with ten spokes gets an eleventh link: afterwards place {place} is linked to "
                "{found}, and should be to {right}.",
                "位置 0 的中心点已有十根辐条，又得到第十一条连接：此后位置 {place} 连到了 {found}，应当连到 {right}。",
                place=place,
                found=sorted(found.get(place, set())),
                right=sorted(right[place]),
            )


@claims(
    "A vector has at most 2 * m links on layer 0 and m on each layer above",
    "On a layer with two vectors or more, each one has a link",
    "A link leads to another vector of the same layer, and no two to the same one",
    "A layer that nobody stands on gives an empty dict",
    "all vectors stand on layer 0",
)
def test_the_graph_is_sound(student, rng):
    """On every layer, links lead to other vectors of that layer, are not too many, and no vector is without one.

    每一层上，连接都通向同层的其他向量，数目不超过上限，而且没有谁是孤立的。
    """
    vectors = rng.normal(223, DIM)
    index = filled(lambda: student.HNSWIndex(drawing(rng), 3, 11), vectors[:101], vectors[101:])
    above, layer = None, 0
    graph = index.links(0)
    assert_same(sorted(graph), list(range(223)))

    while graph:
        most = 3 if layer else 6
        for place, others in graph.items():
            expect(
                len(others) <= most,
                "Layer {layer}: the vector at place {place} has {number} links; {most} are allowed.",
                "第 {layer} 层：位置 {place} 的向量有 {number} 条连接，至多 {most} 条。",
                layer=layer,
                place=place,
                number=len(others),
                most=most,
            )
            expect(
                len(set(others)) == len(others) and place not in others and set(others) <= set(graph),
                "Layer {layer}: the vector at place {place} has the links {others}: one of them stands there twice, "
                "leads to itself or leaves the layer.",
                "第 {layer} 层：位置 {place} 的向量的连接是 {others}：其中有重复的、通向自己的，或离开了这一层。",
                layer=layer,
                place=place,
                others=others,
            )
            expect(
                bool(others) or len(graph) == 1,
                "Layer {layer}: the vector at place {place} has no link, so no search ever leaves it. Where does the "
                "search for its neighbours begin: at a vector that stands on this layer?",
                "第 {layer} 层：位置 {place} 的向量没有连接。为它找近邻时从哪里出发：出发点在这一层上吗？",
                layer=layer,
                place=place,
            )
        expect(
            above is None or set(graph) <= above,
            "Layer {layer} holds vectors that do not stand on the layer below.",
            "第 {layer} 层有一些向量不在它下面的那一层上。",
            layer=layer,
        )
        above, layer = set(graph), layer + 1
        graph = index.links(layer)
    assert_same(index.links(layer + 5), {})


@claims(
    "A new vector stands on the layers 0 to floor(-ln(u) / ln(m))",
    "one in m on layer 1, one in m * m on layer 2",
)
def test_one_in_m_stands_a_layer_higher(student, rng):
    """With m = 4, about one vector in 4 stands on layer 1, and about one in 16 on layer 2.

    m = 4 时，约四分之一的向量在第 1 层，约十六分之一在第 2 层。
    """
    n = 997
    index = filled(lambda: student.HNSWIndex(drawing(rng), 4, 2), rng.normal(n, 2))

    for layer, share in ((1, 1 / 4), (2, 1 / 16)):
        number = len(index.links(layer))
        # Six standard deviations: one right index in 500 million lies outside.
        expect(
            abs(number - n * share) < 6 * (n * share * (1 - share)) ** 0.5,
            "Of {n} vectors {number} stand on layer {layer}; about {right} were expected with m = 4.",
            "{n} 个向量中有 {number} 个在第 {layer} 层；m = 4 时应当约有 {right} 个。",
            n=n,
            number=number,
            layer=layer,
            right=round(n * share),
        )

    alone = [filled(lambda: student.HNSWIndex(drawing(rng), 2, 2), rng.normal(1, 2)) for _ in range(97)]
    high = sum(bool(index.links(1)) for index in alone)
    # Six standard deviations here as well.
    expect(
        19 <= high <= 78,
        "Of 97 indexes with m = 2 and one vector, {high} have a layer 1; about 48 were expected. The first vector's "
        "layers are drawn like any other's.",
        "97 个 m = 2、只有一个向量的索引中，{high} 个有第 1 层；应当约有 48 个。第一个向量的层数也同样要抽取。",
        high=high,
    )


@claims("The entry point is the first vector, until one comes that stands on a higher layer, and so on")
def test_a_walk_begins_at_the_entry_point(student, rng):
    """The first distance of a search is that of the entry point: of those that stand highest, the one that came first.

    检索最先计算的是到入口点的距离：层最高的向量中，最先加入的那个。
    """
    vectors, query = rng.normal(23, DIM), rng.normal(1, DIM)
    for _ in range(60):  # until two stand on the uppermost layer, which is so in one graph of four
        index = filled(lambda: student.HNSWIndex(drawing(rng), 2, 5), vectors)
        layer = 0
        while layer < 50 and index.links(layer + 1):
            layer += 1
        highest = sorted(index.links(layer))
        met = []

        def distance(point, others, met=met):
            met.append(others)
            return (others - point).square().sum(dim=-1)

        set_attribute(index, "distance", distance)
        index.search(query, 1)

        expect(
            bool(met and highest) and bool((met[0] == vectors[highest[0]]).all(dim=-1).any()),
            "On the uppermost layer stand the places {highest}, and the search does not begin at the first of them.",
            "最高层上有位置 {highest}，检索却没有从其中的第一个开始。",
            highest=highest,
        )
        if len(highest) > 1:
            break


def counted(student, index, search):
    """Return the answer of a search, and how many distances were computed for it."""
    total = 0

    def distance(point, others):
        nonlocal total
        total += len(others)
        return (others - point).square().sum(dim=-1)

    set_attribute(index, "distance", distance)
    answer = search()
    return answer, total


@after("test_small_sets_are_exact")
@claims(
    "a search with `ef` = 32 among 1,200 clustered vectors must find 90 % of",
    "and compute at most a quarter of the distances",
    "keep the `ef` nearest of those met",
)
def test_recall_and_work(student, rng):
    """Among 1,200 vectors ef = 32 finds 90 % of the 10 nearest with a quarter of the distances; less ef, less work.

    1,200 个向量中，ef = 32 用至多四分之一的距离计算找到最近 10 个中的 90%；ef 更小时算得更少。
    """
    vectors, queries = clusters(rng, 1_200)
    truth = exact(squared(queries, vectors), 10)
    index = filled(lambda: student.HNSWIndex(drawing(rng), 8, 32), vectors)

    distances, places = index.search(queries, 10, 32)

    share = recall(places, truth[1])
    expect(
        share >= 0.9,
        "Only {share} of the true neighbours were found; the heuristic makes it more than 0.97.",
        "只找到了 {share} 的真近邻；按启发式规则连接，会超过 0.97。",
        share=round(share, 3),
    )
    assert_same(distances, squared(queries, vectors).gather(1, places.clamp(min=0)).masked_fill(places < 0, torch.inf))

    few = queries[:5]
    again, number = counted(student, index, lambda: index.search(few, 10, 32))
    assert_same(again, (distances[:5], places[:5]))
    expect(
        5 * 32 <= number <= 5 * 300,
        "A search computed {number} distances; among 1,200 vectors and with ef = 32 it should be 32 to 300.",
        "一次检索计算了 {number} 个距离；1,200 个向量、ef = 32 时应为 32 到 300 个。",
        number=number // 5,
    )
    less = counted(student, index, lambda: index.search(few, 10, 10))[1]
    expect(
        less < number,
        "With ef = 10 a search computes as many distances as with ef = 32: ef has no effect.",
        "ef = 10 时与 ef = 32 时计算的距离一样多：ef 没有起作用。",
    )


@claims(
    "From the entry point walk down to layer 1, each time to the nearest vector found there",
    "walk from the entry point down to the layer above its own",
)
def test_upper_layers_make_long_steps(student, rng, device):
    """Along a chain of 500 vectors the upper layers make long steps: no search walks past all of them.

    沿着 500 个向量连成的链，上面的层一步能走很远：不必逐个经过所有向量。
    """
    # Points on a line, from left to right: on each layer the heuristic takes the one before, and links make a chain.
    chain = torch.arange(500, dtype=torch.float64, device=device).unsqueeze(1)
    index = filled(lambda: student.HNSWIndex(drawing(rng), 4, 2), chain)

    found, number = counted(student, index, lambda: index.search(chain[[0, -1]], 1, 1))

    assert_same(found[1], torch.tensor([[0], [499]], device=device))
    # About 3 steps on each of 5 layers, for each end; on layer 0 alone it is all of 500, wherever the walk begins.
    # What the lowest of the upper layers is good for shows where there is no other: see the end.
    expect(
        number <= 250,
        "To both ends of a chain of 500 vectors, {number} distances were computed; with the upper layers some 50 are "
        "enough. Where does the walk on layer 0 begin?",
        "在 500 个向量的链上走到两端，计算了 {number} 个距离；借助上面的层，50 个左右就够。第 0 层的检索从哪里开始？",
        number=number,
    )
    ends = [-1.0, 500, -2, 501, -3, 502, -4, 503, -5, 504, -6, 505]
    more = chain.new_tensor(ends).unsqueeze(1)
    _, number = counted(student, index, lambda: index.add(more))
    expect(
        number <= 1_200,
        "To add twelve vectors at both ends of the chain, {number} distances were computed; 500 are plenty where "
        "each walk begins on the uppermost layer.",
        "在链的两端加入十二个向量，计算了 {number} 个距离；每次都从最高层出发的话，500 个绰绰有余。",
        number=number,
    )

    # With two layers, layer 1 does all that is done. Chance decides about the layers: try until there are two, and a
    # long way from the entry point, the first vector on layer 1, to the last one there.
    for _ in range(60):
        index = filled(lambda: student.HNSWIndex(drawing(rng), 16, 2), chain[:150])
        above = sorted(index.links(1))
        if len(above) > 1 and above[-1] - above[0] > 90 and not index.links(2):
            break
    found, number = counted(student, index, lambda: index.search(chain[149:150], 1, 1))
    assert_same(found[1], torch.tensor([[149]], device=device))
    few = len(above) + 149 - above[-1] if above else 0
    expect(
        number <= few + 30,
        "Of 150 vectors in a chain {above} stand on layer 1 and none above: to the end of the chain {number} distances "
        "were computed, where layer 1 leaves some {few}. Does the walk down leave layer 1 out?",
        "150 个向量连成的链中，有 {above} 个在第 1 层，再上面没有：走到链的末端计算了 {number} 个距离；"
        "走过第 1 层的话，{few} 个左右就够。往下走时是不是漏掉了第 1 层？",
        above=len(above),
        number=number,
        few=few,
    )


@claims("search for the `ef_construction` nearest", "how many candidates a search keeps while a vector is added")
def test_ef_construction_has_an_effect(student, rng):
    """Building with a larger ef_construction looks at more vectors.

    ef_construction 越大，建图时看的向量越多。
    """
    vectors = rng.normal(67, 3)
    numbers = []
    for ef in (1, 47):
        index = student.HNSWIndex(drawing(rng), 3, ef)
        numbers.append(counted(student, index, lambda index=index: index.add(vectors))[1])

    expect(
        0 < numbers[0] < 0.7 * numbers[1],
        "With ef_construction = 1 building computes {few} distances, with 47 {many}.",
        "ef_construction = 1 时建图计算了 {few} 个距离，47 时计算了 {many} 个。",
        few=numbers[0],
        many=numbers[1],
    )
    index = filled(lambda: student.HNSWIndex(drawing(rng), 7, 1), vectors[:13])
    number = sum(map(len, index.links(0).values()))
    expect(
        number == 2 * 12,
        "With ef_construction = 1 there is one candidate, so thirteen vectors have 12 links; here they have {number}.",
        "ef_construction = 1 时候选只有一个，十三个向量共有 12 条连接；这里有 {number} 条。",
        number=number / 2,
    )


@claims("Every distance is computed by calling `self.distance`: setting another function there changes what is near")
def test_another_distance(student, rng):
    """An index whose `distance` was replaced by city blocks builds and searches by city blocks.

    把 `distance` 换成城市街区距离之后，建图和检索都用它。
    """
    vectors, queries = rng.normal(7, 3, dtype=torch.float64), rng.normal(5, 3, dtype=torch.float64)

    def blocks(point, others):
        return (others - point).abs().sum(dim=-1)

    between = torch.stack([blocks(vector, vectors) for vector in vectors]).tolist()
    index = student.HNSWIndex(drawing(rng), 3, 7)
    set_attribute(index, "distance", blocks)
    index.add(vectors)

    answer = index.search(queries, 7, 7)

    assert_same(answer, exact(torch.stack([blocks(query, vectors) for query in queries]), 7))
    right = {place: set() for place in range(7)}
    for new in range(1, 7):
        for other in diverse([(between[new][old], old) for old in range(new)], between, 3):
            right[new].add(other)
            right[other].add(new)
    found = {place: set(others) for place, others in index.links(0).items()}
    expect(
        found == right,
        "The links are not those that the heuristic takes by the distance that was set.",
        "这些连接不是按所设的距离用启发式规则选出的。",
    )


@claims(
    "where u is drawn from `generator`",
    "on the CPU",
    "The global random state is not touched",
    "Two indexes with the same arguments, generators in the same state and the same calls give the same answers",
)
def test_the_generator_decides_about_the_layers(student, rng):
    """The same generator gives the same graph, another one other layers; torch's global random state is not touched.

    生成器状态相同则图相同，不同则分层不同；torch 的全局随机状态不受影响。
    """
    vectors, queries = rng.normal(97, DIM), rng.normal(7, DIM)
    theirs = student.given("torch")  # any module inside the student's process
    state = torch.Generator().manual_seed(rng.integer(0, 2**62)).get_state()

    def built(seed):
        index = filled(lambda: student.HNSWIndex(torch.Generator().manual_seed(seed), 2, 5), vectors)
        return sorted(index.links(1)), index.links(0), index.search(queries, K, 4)

    theirs.set_rng_state(state)
    untouched = theirs.rand(5)
    theirs.set_rng_state(state)
    first = built(5)
    assert_same(theirs.rand(5), untouched)

    theirs.set_rng_state(state)
    assert_same(built(5), first)
    expect(
        built(6)[0] != first[0],
        "Two generators with other seeds put the same 97 vectors on layer 1.",
        "种子不同的两个生成器把同样的 97 个向量分到了完全相同的层上。",
    )


@claims(
    "An `ef` below k counts as k",
    "`found` is k, or the number of vectors in the index if that is smaller: 0 columns for an empty index",
)
def test_hnsw_edges(student, rng, device):
    """Empty, one vector, k above the size, ef below k: as many columns as the contract says.

    空索引、只有一个向量、k 大于向量个数、ef 小于 k：列数都与约定相符。
    """
    queries = rng.normal(3, DIM)
    index = student.HNSWIndex(drawing(rng))
    index.add(queries[:0])
    nothing = torch.empty(3, 0, device=device), torch.empty(3, 0, dtype=torch.int64, device=device)
    assert_same(index.search(queries, 2), nothing)

    index.add(queries)
    assert_same(index.search(queries, 1)[1][:, 0], torch.arange(3, device=device))
    assert_same(index.search(queries, 17), exact(squared(queries, queries), 3))
    assert_same(index.search(queries, 3, 1), exact(squared(queries, queries), 3))
    assert_same(index.search(queries[:0], 2), (nothing[0].reshape(0, 0).new_empty(0, 2), nothing[1].new_empty(0, 2)))


@claims(
    "if `m` is below 2 or `ef_construction` is below 1",
    "if k or `ef` is below 1",
    "if the width differs from that of earlier vectors",
    "The index is then as it was before",
    "nothing has been drawn from `generator`",
)
def test_hnsw_wrong_arguments(student, rng):
    """m below 2, ef_construction, k or ef below 1 and another width are a ValueError, and a refused `add` neither
    adds nor draws anything.

    m 小于 2，ef_construction、k 或 ef 小于 1，宽度不同：都抛出 ValueError；被拒绝的 add 什么也不加入，也不抽取随机数。
    """
    vectors = rng.normal(5, DIM)

    for m, ef in ((1, 5), (0, 5), (3, 0)):
        assert_raises(ValueError, student.HNSWIndex, drawing(rng), m, ef)
    index = filled(lambda: student.HNSWIndex(drawing(rng), 2, 1), vectors)
    assert_raises(ValueError, index.search, vectors, 0)
    assert_raises(ValueError, index.search, vectors, 2, 0)
    assert_raises(ValueError, index.add, rng.normal(2, DIM + 1))
    assert_same(sorted(index.links(0)), [0, 1, 2, 3, 4])
    assert_same(index.search(vectors, 5, 5), exact(squared(vectors, vectors), 5))

    more = rng.normal(61, DIM)
    seed = rng.integer(0, 2**62)
    left, refused = (
        filled(lambda: student.HNSWIndex(torch.Generator().manual_seed(seed), 2, 1), vectors) for _ in range(2)
    )
    assert_raises(ValueError, refused.add, rng.normal(2, DIM + 1))
    left.add(more)
    refused.add(more)
    expect(
        sorted(refused.links(1)) == sorted(left.links(1)),
        "After a refused add, vectors stand on other layers than without it: the call had drawn from the generator.",
        "一次 add 被拒绝之后，后来的向量所在的层与没有这次调用时不同：那次调用已经从生成器抽取了随机数。",
    )
