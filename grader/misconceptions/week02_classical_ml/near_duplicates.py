"""Known mistakes of week 02, near_duplicates."""

import itertools

import near_duplicates as solution
import torch

from grader.mistakes import mistake

PRIME = solution.PRIME


def checked(shingles):
    solution.minhash(shingles, torch.ones(1, 2, dtype=torch.int64))


@mistake(
    of="jaccard",
    en="It looks like lists are compared with their repetitions: an element counts once.",
    zh="看起来比较列表时把重复的元素也计入了：一个元素只算一次。",
    breaks="an element that stands in it several times counts once",
)
def with_repetitions(a, b):
    if not a and not b:
        return 1.0
    both = sum(x in b for x in a)
    return both / (len(a) + len(b) - both)


@mistake(
    of="jaccard",
    en="It looks like the common elements are divided by the sizes of both sets added up: what is common then counts "
    "twice below the line.",
    zh="看起来用两个集合大小之和作分母：相同的元素在分母里算了两次。",
    breaks="divided by the number in one or both",
)
def divided_by_both_sizes(a, b):
    one, other = set(a), set(b)
    return len(one & other) / (len(one) + len(other)) if one or other else 1.0


@mistake(
    of="jaccard",
    en="It looks like the common elements are divided by the smaller set: that is the overlap coefficient.",
    zh="看起来用较小集合的大小作分母：那是重叠系数。",
)
def overlap(a, b):
    one, other = set(a), set(b)
    if not one or not other:
        return float(one == other)
    return len(one & other) / min(len(one), len(other))


@mistake(
    of="lsh_buckets",
    en="It looks like bands with PRIME are skipped: empty documents are equal, and share buckets like others.",
    zh="看起来跳过了含 PRIME 的段：空文档彼此相等，也和其他文档一样共用桶。",
)
def skips_empty_documents(signatures, bands):
    width = signatures.shape[1] // max(bands, 1)
    return [
        (band, rows)
        for band, rows in solution.lsh_buckets(signatures, bands)
        if int(signatures[rows[0], band * width]) != PRIME
    ]


@mistake(
    of="jaccard",
    en="It looks like two empty sets give 0: they are equal, so 1.",
    zh="看起来两个空集得到了 0：它们相等，应为 1。",
    breaks="Two empty sets are equal: 1",
)
def empty_sets_differ(a, b):
    return solution.jaccard(a, b) if a or b else 0.0


@mistake(
    of="minhash",
    en="It looks like the largest hash is kept: the signature has the smallest.",
    zh="看起来保留了最大的哈希值：签名应取最小的。",
)
def maxhash(shingles, permutations):
    checked(shingles)
    if not shingles:
        return solution.minhash(shingles, permutations)
    x = torch.tensor(shingles)
    return ((permutations[:, :1] * x + permutations[:, 1:]) % PRIME).max(dim=1).values


@mistake(
    of="minhash",
    en="It looks like the hash is taken of the smallest element: take the smallest of the hashes.",
    zh="看起来先取最小的元素再求哈希：应当对所有元素求哈希，再取最小值。",
)
def hash_of_the_smallest(shingles, permutations):
    solution.minhash(shingles, permutations)  # checks the elements
    return solution.minhash([min(shingles)] if shingles else [], permutations)


@mistake(
    of="minhash",
    en="It looks like a x + b overflows or is rounded: it needs 62 bits, more than int32 and float64 hold.",
    zh="看起来 a x + b 溢出或被舍入了：它需要 62 位，int32 和 float64 都放不下。",
)
def rounded_to_float(shingles, permutations):
    checked(shingles)
    if not shingles:
        return solution.minhash(shingles, permutations)
    x = torch.tensor(shingles, dtype=torch.float64)
    hashes = (permutations[:, :1].double() * x + permutations[:, 1:].double()) % PRIME
    return hashes.min(dim=1).values.long()


@mistake(
    of="minhash",
    en="It looks like mod PRIME stands before + b: the sum may then reach PRIME and more.",
    zh="看起来先取模再加 b：这样的和可能达到甚至超过 PRIME。",
    breaks="The hash of an element x by (a, b) is (a x + b) mod PRIME",
)
def modulo_too_early(shingles, permutations):
    checked(shingles)
    if not shingles:
        return solution.minhash(shingles, permutations)
    x = torch.tensor(shingles)
    return ((permutations[:, :1] * x) % PRIME + permutations[:, 1:]).min(dim=1).values


@mistake(
    of="minhash",
    en="It looks like the remainder by PRIME is missing: without it, the smallest element always wins.",
    zh="看起来没有对 PRIME 取余：那样最小的元素总是胜出。",
)
def without_modulo(shingles, permutations):
    checked(shingles)
    if not shingles:
        return solution.minhash(shingles, permutations)
    return (permutations[:, :1] * torch.tensor(shingles) + permutations[:, 1:]).min(dim=1).values


@mistake(
    of="minhash",
    en="It looks like the signature holds the element whose hash is smallest: it should hold the hash.",
    zh="看起来签名里放的是哈希值最小的那个元素：应当放哈希值本身。",
)
def element_for_hash(shingles, permutations):
    checked(shingles)
    if not shingles:
        return solution.minhash(shingles, permutations)
    x = torch.tensor(shingles)
    return x[((permutations[:, :1] * x + permutations[:, 1:]) % PRIME).argmin(dim=1)]


@mistake(
    of="minhash",
    en="It looks like b is left out of the hash functions.",
    zh="看起来哈希函数里漏了 b。",
)
def without_b(shingles, permutations):
    return solution.minhash(shingles, permutations * torch.tensor([1, 0]))


@mistake(
    of="minhash",
    en="It looks like a and b are exchanged.",
    zh="看起来 a 和 b 互换了。",
)
def a_for_b(shingles, permutations):
    return solution.minhash(shingles, permutations.flip(1))


@mistake(
    of="minhash",
    en="It looks like the signature of an empty set is 0, which is also a hash.",
    zh="看起来空集的签名取了 0，而 0 本身也是一个哈希值。",
    breaks="The signature of an empty set is PRIME everywhere",
)
def zero_for_nothing(shingles, permutations):
    return solution.minhash(shingles, permutations) if shingles else torch.zeros(len(permutations), dtype=torch.int64)


@mistake(
    of="minhash",
    en="It looks like amin is asked for the smallest of no hashes: an empty set has none, and its signature is PRIME "
    "everywhere.",
    zh="看起来对空集调用了 amin：空集没有哈希值可取最小，它的签名处处是 PRIME。",
    breaks="The signature of an empty set is PRIME everywhere",
)
def amin_of_nothing(shingles, permutations):
    if shingles:
        return solution.minhash(shingles, permutations)
    return torch.empty(len(permutations), 0, dtype=torch.int64).amin(dim=1)


@mistake(
    of="minhash",
    en="It looks like torch's min is asked for the smallest of no hashes: an empty set has none, and its signature is "
    "PRIME everywhere.",
    zh="看起来对空集调用了 torch 的 min：空集没有哈希值可取最小，它的签名处处是 PRIME。",
    breaks="The signature of an empty set is PRIME everywhere",
)
def torch_min_of_nothing(shingles, permutations):
    if shingles:
        return solution.minhash(shingles, permutations)
    return torch.empty(len(permutations), 0, dtype=torch.int64).min(dim=1).values


@mistake(
    of="minhash",
    en="It looks like Python's min is asked for the smallest of no hashes: an empty set has none, and its signature is "
    "PRIME everywhere.",
    zh="看起来对空集调用了 Python 的 min：空集没有哈希值可取最小，它的签名处处是 PRIME。",
    breaks="The signature of an empty set is PRIME everywhere",
)
def min_of_nothing(shingles, permutations):
    solution.minhash(shingles, permutations)
    hashes = [[(a * x + b) % PRIME for x in shingles] for a, b in permutations.tolist()]
    return torch.tensor([min(values) for values in hashes], dtype=torch.int64)


@mistake(
    of="lsh_buckets",
    en="It looks like a row is put into one table for all bands: a piece may then meet a piece of another band.",
    zh="看起来所有段共用一张表：一段的数可能与另一段的数碰到一起。",
    breaks="Rows that agree in another band only share no bucket of this one",
)
def one_table_for_all_bands(signatures, bands):
    solution.lsh_buckets(signatures, bands)
    n, count = signatures.shape
    table = {}
    for band in range(bands):
        for row, piece in enumerate(signatures.reshape(n, bands, -1)[:, band].tolist()):
            table.setdefault(tuple(piece), []).append((band, row))
    shared = [(entries[0][0], sorted({row for _, row in entries})) for entries in table.values()]
    return sorted(one for one in shared if len(one[1]) > 1)


@mistake(
    of="lsh_buckets",
    en="It looks like a band takes every so-many-th entry: it is a piece of neighbouring entries.",
    zh="看起来一段取的是间隔的元素：应当是相邻的一段。",
    breaks="Band i is the i-th piece of count / bands neighbouring entries",
)
def entries_far_apart(signatures, bands):
    solution.lsh_buckets(signatures, bands)
    n, count = signatures.shape
    return solution.lsh_buckets(signatures.reshape(n, count // bands, bands).mT.reshape(n, count), bands)


@mistake(
    of="lsh_buckets",
    en="It looks like bands is taken for the number of entries in a band.",
    zh="看起来把 bands 当成了每段的元素个数。",
)
def rows_for_bands(signatures, bands):
    solution.lsh_buckets(signatures, bands)
    return solution.lsh_buckets(signatures, signatures.shape[1] // bands)


@mistake(
    of="lsh_buckets",
    en="It looks like buckets with a single row are returned as well.",
    zh="看起来只有一行的桶也返回了。",
    breaks="A bucket is shared if two rows or more are in it",
)
def lonely_buckets(signatures, bands):
    solution.lsh_buckets(signatures, bands)
    found = []
    for band in range(bands):
        pieces = signatures.reshape(len(signatures), bands, -1)[:, band].tolist()
        table = {}
        for row, piece in enumerate(pieces):
            table.setdefault(tuple(piece), []).append(row)
        found += [(band, rows) for rows in table.values()]
    return found


@mistake(
    of="lsh_buckets",
    en="It looks like buckets are sorted by the numbers in them: sort by band, then by the first row.",
    zh="看起来桶按其中的数排序了：应先按段、再按第一行排序。",
    breaks="buckets are sorted by band, and then by their first row",
)
def sorted_by_contents(signatures, bands):
    pieces = (
        signatures.reshape(len(signatures), max(bands, 1), -1).tolist()
        if len(signatures) and bands > 0 and (signatures.shape[1] % bands == 0)
        else []
    )
    return sorted(solution.lsh_buckets(signatures, bands), key=lambda one: (one[0], pieces[one[1][0]][one[0]]))


@mistake(
    of="lsh_buckets",
    en="It looks like a bucket comes as its pairs: one entry for each shared bucket is asked for.",
    zh="看起来返回的是桶里的各个对：每个共享的桶只应返回一项。",
)
def pairs_for_buckets(signatures, bands):
    return [
        (band, list(pair))
        for band, rows in solution.lsh_buckets(signatures, bands)
        for pair in itertools.combinations(rows, 2)
    ]


@mistake(
    of="lsh_buckets",
    only="speed",
    en="It looks like every pair of rows is compared: a dictionary finds the equal ones at once.",
    zh="看起来两两比较了所有行：用字典可以立刻找到相同的行。",
)
def compares_all_pairs(signatures, bands):
    solution.lsh_buckets(signatures, bands)
    shared = []
    for band, piece in enumerate(signatures.reshape(len(signatures), bands, -1).unbind(dim=1)):
        same = (piece[:, None] == piece).all(dim=-1)  # (n, n)
        first = same.int().argmax(dim=1)
        for row in torch.unique(first).tolist():
            rows = same[row].nonzero()[:, 0].tolist()
            shared += [(band, rows)] if len(rows) > 1 else []
    return shared


def joined(documents, permutations, bands, accept, transitive=True, only=None):
    signatures = [solution.minhash(document, permutations) for document in documents]
    buckets = solution.lsh_buckets(torch.stack(signatures), bands) if documents else []
    pairs = {pair for _, rows in buckets for pair in itertools.combinations(rows, 2)}
    leader = list(range(len(documents)))
    for one, other in sorted(pairs if only is None else pairs & only):
        if accept(documents[one], documents[other]):
            if transitive:
                low, high = sorted((leader[one], leader[other]))
                leader = [low if mine == high else mine for mine in leader]
            elif leader[other] == other:
                leader[other] = one
    groups = {}
    for document, mine in enumerate(leader):
        groups.setdefault(mine, []).append(document)
    return [group for group in groups.values() if len(group) > 1]


@mistake(
    of="near_duplicates",
    en="It looks like documents in one bucket are joined without a look at their Jaccard: a bucket is only a hint.",
    zh="看起来同一个桶里的文档没有核对 Jaccard 就合并了：桶只是线索。",
    breaks="a bucket is only a hint",
)
def trusts_the_bucket(documents, permutations, bands, threshold):
    return joined(documents, permutations, bands, lambda a, b: True)


@mistake(
    of="near_duplicates",
    en="It looks like the similarity must be above the threshold: equal is enough.",
    zh="看起来要求相似度严格大于阈值：等于也可以。",
    breaks="if their exact `jaccard` is at least `threshold`",
)
def strictly_above(documents, permutations, bands, threshold):
    return joined(documents, permutations, bands, lambda a, b: solution.jaccard(a, b) > threshold)


@mistake(
    of="near_duplicates",
    en="It looks like similarity is estimated by the signatures: the decision is by the exact Jaccard of the sets.",
    zh="看起来相似度是由签名估计的：应当用集合的精确 Jaccard 来决定。",
)
def estimates(documents, permutations, bands, threshold):
    def accept(a, b):
        one, other = solution.minhash(a, permutations), solution.minhash(b, permutations)
        return float((one == other).double().mean()) >= threshold

    return joined(documents, permutations, bands, accept)


@mistake(
    of="near_duplicates",
    en="It looks like a document joins only the first group that it meets: groups that meet later must merge.",
    zh="看起来一个文档只加入它遇到的第一个组：后来相遇的组也必须合并。",
    breaks="Joining is transitive",
)
def not_transitive(documents, permutations, bands, threshold):
    return joined(documents, permutations, bands, lambda a, b: solution.jaccard(a, b) >= threshold, transitive=False)


@mistake(
    of="near_duplicates",
    en="It looks like a group holds its first document and what is like that one only: who is like another member "
    "belongs to it too.",
    zh="看起来一个组只含第一个文档和与它直接相似的文档：与其他成员相似的也属于这个组。",
    breaks="Joining is transitive",
)
def like_the_first_only(documents, permutations, bands, threshold):
    signatures = [solution.minhash(document, permutations) for document in documents]
    buckets = solution.lsh_buckets(torch.stack(signatures), bands) if documents else []
    pairs = {pair for _, rows in buckets for pair in itertools.combinations(rows, 2)}
    groups, taken = [], set()
    for one in range(len(documents)):
        alike = [b for a, b in sorted(pairs) if a == one and solution.jaccard(documents[a], documents[b]) >= threshold]
        group = [one, *(other for other in alike if other not in taken)]
        if one not in taken and len(group) > 1:
            groups.append(group)
            taken.update(group)
    return groups


@mistake(
    of="near_duplicates",
    en="It looks like every pair is a group of its own: pairs that share a document belong together.",
    zh="看起来每一对各自成了一组：有共同文档的对应当合并。",
)
def pairs_for_groups(documents, permutations, bands, threshold):
    signatures = [solution.minhash(document, permutations) for document in documents]
    buckets = solution.lsh_buckets(torch.stack(signatures), bands) if documents else []
    pairs = sorted({pair for _, rows in buckets for pair in itertools.combinations(rows, 2)})
    return [[a, b] for a, b in pairs if solution.jaccard(documents[a], documents[b]) >= threshold]


@mistake(
    of="near_duplicates",
    en="It looks like in a bucket every document is compared with the first one only: two others may be alike too.",
    zh="看起来桶里的每个文档只与第一个比较：其余的两个之间也可能相似。",
)
def compared_with_the_first(documents, permutations, bands, threshold):
    signatures = [solution.minhash(document, permutations) for document in documents]
    buckets = solution.lsh_buckets(torch.stack(signatures), bands) if documents else []
    near = {(a[0], b) for _, a in buckets for b in a[1:]}
    return joined(documents, permutations, bands, lambda a, b: solution.jaccard(a, b) >= threshold, only=near)


@mistake(
    of="near_duplicates",
    en="It looks like documents without a copy are returned as groups of one.",
    zh="看起来没有副本的文档也作为单独一组返回了。",
    breaks="A group has two documents or more",
)
def groups_of_one(documents, permutations, bands, threshold):
    groups = solution.near_duplicates(documents, permutations, bands, threshold)
    inside = {document for group in groups for document in group}
    return sorted(groups + [[one] for one in range(len(documents)) if one not in inside])


@mistake(
    of="near_duplicates",
    en="It looks like all pairs are compared: a pair that shares no bucket is not looked at.",
    zh="看起来比较了所有的对：没有共同桶的对不应查看。",
)
def all_pairs(documents, permutations, bands, threshold):
    solution.near_duplicates(documents, permutations, bands, threshold)
    return (
        solution.near_duplicates(documents, permutations, bands, threshold)
        if not documents
        else joined_all(documents, threshold)
    )


def joined_all(documents, threshold):
    leader = list(range(len(documents)))
    for one, other in itertools.combinations(range(len(documents)), 2):
        if solution.jaccard(documents[one], documents[other]) >= threshold:
            low, high = sorted((leader[one], leader[other]))
            leader = [low if mine == high else mine for mine in leader]
    groups = {}
    for document, mine in enumerate(leader):
        groups.setdefault(mine, []).append(document)
    return [group for group in groups.values() if len(group) > 1]
