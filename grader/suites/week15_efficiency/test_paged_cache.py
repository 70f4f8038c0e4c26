"""Hidden suite of week 15, paged_cache.

Every cache is held against plain tensors that are concatenated, and the blocks in use against those that the tables
name. Sizes are distinct primes. Which free block is taken is never asked for.
"""

import pytest
import torch

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

HEADS, HEAD_DIM = 2, 5


@pytest.fixture
def make(student, device):
    """Makes a cache in the student's process."""

    def make(num_blocks, block_size, heads=HEADS, head_dim=HEAD_DIM, **more):
        return student.PagedCache(num_blocks, block_size, heads, head_dim, device=str(device), **more)

    return make


def tokens(rng, new, heads=HEADS, head_dim=HEAD_DIM, dtype=torch.float32):
    """The keys and values of some new tokens, not contiguous."""
    pair = rng.normal(2, new, heads, head_dim, dtype=dtype).transpose(1, 2)
    return pair[0], pair[1]


class Plain:
    """What each sequence should hold: tensors that are concatenated."""

    def __init__(self):
        self.texts = {}

    def append(self, name, keys, values):
        before = self.texts.get(name, (keys[:, :0], values[:, :0]))
        self.texts[name] = (torch.cat([before[0], keys], 1), torch.cat([before[1], values], 1))

    def share(self, source, name, count):
        self.texts[name] = tuple(numbers[:, :count] for numbers in self.texts[source])


def holds(cache, plain, num_blocks, block_size):
    """The cache holds what it should, in tables of the right length, and no block but theirs is in use."""
    used = set()
    for name, (keys, values) in plain.texts.items():
        assert_same(list(cache.gather(name)), [keys, values])
        table = cache.block_table(name)
        expect(
            len(table) == -(-keys.shape[1] // block_size) and len(set(table)) == len(table),
            "{length} tokens in blocks of {size} have the table {table}.",
            "{length} 个词元、每块 {size} 个，块表却是 {table}。",
            length=keys.shape[1],
            size=block_size,
            table=table,
        )
        used.update(table)
    expect(
        used <= set(range(num_blocks)) and cache.num_free_blocks() == num_blocks - len(used),
        "The tables name {used} of {all} blocks, and {free} are said to be free.",
        "块表用到了 {all} 个块中的 {used} 个，而报告的空闲块数是 {free}。",
        used=len(used),
        all=num_blocks,
        free=cache.num_free_blocks(),
    )


@points(1)
@claims(
    "in their order; a block has room for `block_size` of them",
    "Whether the list is a copy is up to you",
)
def test_two_appends_by_hand(make, rng):
    """Seven tokens, then four more, in blocks of five: three blocks of eleven are used.

    先写七个词元，再写四个，每块五个：共用去十一个块中的三个。
    """
    cache, plain = make(11, 5), Plain()
    for count in (7, 4):
        keys, values = tokens(rng, count)
        unchanged(cache.append, "text", keys, values)
        plain.append("text", keys, values)

    assert_same(list(unchanged(cache.gather, "text")), list(plain.texts["text"]))
    assert_same([len(unchanged(cache.block_table, "text")), cache.num_free_blocks()], [3, 8])


@points(1)
@claims(
    "all blocks of a table but the last are full",
    "First the room in the last block is filled; a new block is taken only when a token needs it",
    "There may be 0 new tokens: then nothing is taken or copied, but the sequence is known from now on",
)
def test_chunks_of_many_sizes(make, rng):
    """Chunks of 0 to 19 tokens in blocks of 1, 2, 3 and 7: a block is taken when a token needs it, and not before.

    每次写 0 到 19 个词元，块的大小为 1、2、3、7：有词元需要时才取新块，不提前取。
    """
    for block_size in (1, 2, 3, 7):
        cache, plain = make(61, block_size, 3, 2), Plain()
        for count in (0, 1, 1, 5, 2, 0, 3, 19, 4, 7):
            keys, values = tokens(rng, count, 3, 2)
            cache.append("one", keys, values)
            plain.append("one", keys, values)
            holds(cache, plain, 61, block_size)


@points(1)
@after("test_two_appends_by_hand")
@claims(
    "Two caches have nothing in common",
)
def test_many_sequences(make, rng):
    """Sequences that grow in turn do not touch each other, and neither do two caches with the same names.

    轮流增长的序列互不影响；两个缓存里名字相同的序列也互不影响。
    """
    caches = [make(29, 3), make(31, 2)]
    plains = [Plain(), Plain()]
    for count in (2, 1, 4, 3):
        for name in ("a", "b", "", "a b"):
            for cache, plain in zip(caches, plains, strict=True):
                keys, values = tokens(rng, count)
                cache.append(name, keys, values)
                plain.append(name, keys, values)
    holds(caches[0], plains[0], 29, 3)
    holds(caches[1], plains[1], 31, 2)


@points(1)
@after("test_two_appends_by_hand")
@claims(
    "A block that no other one uses is free again",
    "The name may be used anew",
    "Which of the free blocks is taken next is up to you",
)
def test_blocks_are_used_again(make, rng):
    """Freed blocks hold new texts, in whatever order they were freed, and a name that was freed begins anew.

    释放的块可以存放新的文本，不论释放的次序；释放过的名字可以重新开始。
    """
    cache, plain = make(7, 2), Plain()
    for _ in range(3):
        for name, count in (("a", 3), ("b", 4), ("c", 5)):  # 2, 2 and 3 blocks: all
            keys, values = tokens(rng, count)
            cache.append(name, keys, values)
            plain.append(name, keys, values)
        holds(cache, plain, 7, 2)
        for name in ("b", "a"):
            cache.free(name)
            del plain.texts[name]
        holds(cache, plain, 7, 2)
        keys, values = tokens(rng, 7)
        cache.append("b", keys, values)
        plain.append("b", keys, values)
        holds(cache, plain, 7, 2)
        for name in ("c", "b"):
            cache.free(name)
            del plain.texts[name]
        assert_same(cache.num_free_blocks(), 7)


@points(1)
@claims(
    "The new sequence uses the very blocks of the source that hold these tokens, the last of which need not be filled",
    "no block is taken",
)
def test_a_prefix_is_shared(make, rng):
    """A prefix of 0, 1, 3, 4, 6, 8 or all 10 tokens, in blocks of 3, uses the first blocks of the source, and no
    others.

    共享前 0、1、3、4、6、8 个或全部 10 个词元，每块 3 个：用的正是原序列前面的那些块，不多取。
    """
    cache, plain = make(13, 3), Plain()
    keys, values = tokens(rng, 10)
    cache.append("source", keys, values)
    plain.append("source", keys, values)
    table = cache.block_table("source")
    for count in (0, 1, 3, 4, 6, 8, 10, None):
        name = f"first {count}"
        if count is None:
            unchanged(cache.share, "source", name)
        else:
            unchanged(cache.share, "source", name, count)
        count = 10 if count is None else count
        plain.share("source", name, count)

        assert_same(cache.block_table(name), table[: -(-count // 3)])
    holds(cache, plain, 13, 3)
    assert_same(cache.num_free_blocks(), 9)
    cache.share("first 8", "again", tokens=5)  # of a sequence that shares, too
    plain.share("first 8", "again", 5)
    holds(cache, plain, 13, 3)


def shared(make, rng, count, first, block_size=5):
    """A cache in which "new" begins with the first tokens of "old", what it holds, and both tables."""
    cache, plain = make(17, block_size), Plain()
    keys, values = tokens(rng, count)
    cache.append("old", keys, values)
    plain.append("old", keys, values)
    cache.share("old", "new", first)
    plain.share("old", "new", first)
    return cache, plain, cache.block_table("old"), cache.block_table("new")


def grow(cache, plain, rng, name, count=1):
    """Append some tokens to both."""
    keys, values = tokens(rng, count)
    cache.append(name, keys, values)
    plain.append(name, keys, values)


@points(1)
@after("test_a_prefix_is_shared")
@claims(
    "A last block that has room but is used by other sequences as well is copied on write",
    "this sequence gets a block of its own in its place, and the others keep theirs",
    "From now on each of the two grows by itself",
)
def test_the_new_one_goes_on(make, rng):
    """The sequence that shares a block with room in it gets a block of its own when it goes on. The source stays as it
    is, and from then on both write where they are.

    与别人共用一个未满的块时，继续写的一方得到自己的块；原序列不变，此后双方各写各的。
    """
    for count, first in ((7, 7), (9, 7), (12, 6), (3, 1)):
        cache, plain, old, new = shared(make, rng, count, first)
        free = cache.num_free_blocks()
        grow(cache, plain, rng, "new")

        holds(cache, plain, 17, 5)
        assert_same([cache.block_table("old"), cache.block_table("new")[:-1]], [old, new[:-1]])
        expect(
            cache.block_table("new")[-1] not in old and cache.num_free_blocks() == free - 1,
            "Going on in a shared block with room takes exactly one new block.",
            "在共用的未满块里继续写，应恰好取一个新块。",
        )
        again = cache.block_table("new")
        grow(cache, plain, rng, "new")
        grow(cache, plain, rng, "old")
        holds(cache, plain, 17, 5)
        assert_same([cache.block_table("new"), cache.block_table("old")[: len(old)]], [again, old])


@points(2)
@after("test_a_prefix_is_shared")
@claims(
    "A last block that has room but is used by other sequences as well is copied on write",
    "this sequence gets a block of its own in its place, and the others keep theirs",
)
def test_the_source_goes_on(make, rng):
    """The source may go on first: then it gets the block of its own, and the new one keeps the old block, and later
    writes in it.

    也可以是原序列先继续写：那么得到新块的是它，新序列保留原来的块，之后就写在那里。
    """
    for count, first in ((7, 7), (8, 7), (9, 6), (2, 1)):
        cache, plain, old, new = shared(make, rng, count, first)
        grow(cache, plain, rng, "old")

        holds(cache, plain, 17, 5)
        assert_same([cache.block_table("new"), cache.block_table("old")[: len(old) - 1]], [new, old[:-1]])
        expect(
            cache.block_table("old")[len(old) - 1] != old[-1],
            "The source wrote into a block that the new sequence uses.",
            "原序列写进了新序列正在使用的块。",
        )
        grow(cache, plain, rng, "new")
        holds(cache, plain, 17, 5)
        assert_same(cache.block_table("new"), new)
        grow(cache, plain, rng, "old", 6)
        grow(cache, plain, rng, "new", 6)
        holds(cache, plain, 17, 5)


@points(1)
@after("test_a_prefix_is_shared")
@claims(
    "A last block that has room but is used by other sequences as well is copied on write",
    "then nothing is taken or copied",
)
def test_nothing_is_copied_without_need(make, rng):
    """Where the shared blocks are full, going on takes a new block and copies none; 0 new tokens copy nothing, and
    neither does a block behind the prefix that the source alone uses.

    共用的块都满了时，继续写只取新块，不复制；写 0 个词元不复制；只有原序列自己使用的块也不复制。
    """
    cache, plain, old, new = shared(make, rng, 10, 10)
    grow(cache, plain, rng, "new")
    holds(cache, plain, 17, 5)
    assert_same([cache.block_table("old"), cache.block_table("new")[:2]], [old, old])

    cache, plain, old, new = shared(make, rng, 13, 5)
    grow(cache, plain, rng, "old")
    grow(cache, plain, rng, "new", 2)
    holds(cache, plain, 17, 5)
    assert_same([cache.block_table("old"), cache.block_table("new")[:1]], [old, old[:1]])

    cache, plain, old, new = shared(make, rng, 7, 7)
    grow(cache, plain, rng, "new", 0)
    grow(cache, plain, rng, "old", 0)
    holds(cache, plain, 17, 5)
    assert_same([cache.block_table("old"), cache.block_table("new")], [old, old])


@points(1)
@after("test_the_new_one_goes_on")
@claims("but is used by other sequences as well is copied on write")
def test_three_in_one_block(make, rng):
    """Of three sequences in one block with room, two get a copy when they go on, and the third writes where it is. A
    sequence that is freed no longer counts.

    三个序列共用一个未满的块：其中两个继续写时得到副本，第三个写在原处。已释放的序列不再算数。
    """
    for freed in (False, True):
        cache, plain, old, _ = shared(make, rng, 6, 6)
        cache.share("new", "third")
        plain.share("new", "third", 6)
        for name in ("third", "old", "new")[freed:]:
            if name == "old" and freed:
                cache.free("third")
                del plain.texts["third"]
            grow(cache, plain, rng, name)
            holds(cache, plain, 17, 5)
        assert_same(cache.block_table("new"), old)
        assert_same(cache.num_free_blocks(), 17 - (3 if freed else 4))


@points(1)
@after("test_a_prefix_is_shared")
@claims(
    "A block that no other one uses is free again",
    "there is no such sequence, for instance because it was freed before",
)
def test_shared_blocks_are_freed_last(make, rng):
    """Blocks that another sequence uses stay when one is freed, whichever goes first; a second free is refused and
    frees nothing.

    释放一个序列时，别的序列还在用的块要保留，不论谁先释放；第二次释放应拒绝，也不释放任何块。
    """
    for first, second in (("old", "new"), ("new", "old")):
        cache, plain, _, _ = shared(make, rng, 13, 8)
        unchanged(cache.free, first)
        del plain.texts[first]
        holds(cache, plain, 17, 5)
        assert_raises(KeyError, cache.free, first)
        holds(cache, plain, 17, 5)
        grow(cache, plain, rng, second, 3)
        holds(cache, plain, 17, 5)
        cache.free(second)
        assert_same(cache.num_free_blocks(), 17)
        assert_raises(KeyError, cache.free, second)
        assert_same(cache.num_free_blocks(), 17)


@points(2)
@after("test_the_new_one_goes_on")
@claims("there are fewer free blocks than this call needs", "Then nothing has changed in the cache")
def test_a_full_pool(make, rng):
    """What fits to the last block is written. One token more is refused, and then tables, contents and free blocks are
    as before, and a new sequence is unknown, so that its name can be used; a copy on write needs a block as well.

    正好放得下时照常写入。再多一个词元就拒绝，此时块表、内容和空闲块都与之前相同，新的序列也不存在，它的名字仍可使用；写时复制同样需要一个块。
    """
    cache, plain = make(5, 3), Plain()
    grow(cache, plain, rng, "a", 7)
    keys, values = tokens(rng, 7)
    assert_raises(KeyError, cache.gather, "b")
    assert_raises(RuntimeError, cache.append, "b", keys, values)  # needs 3 of 2
    for method in (cache.gather, cache.block_table):
        assert_raises(KeyError, method, "b")
    cache.share("a", "b", 4)  # in two blocks, which are not taken: "b" is a new name still
    plain.share("a", "b", 4)
    holds(cache, plain, 5, 3)
    cache.free("b")
    del plain.texts["b"]
    assert_raises(RuntimeError, cache.append, "a", *tokens(rng, 9))  # 2 in the last block, and 7 more
    holds(cache, plain, 5, 3)
    grow(cache, plain, rng, "b", 6)
    assert_same(cache.num_free_blocks(), 0)
    grow(cache, plain, rng, "a", 2)
    grow(cache, plain, rng, "b", 0)
    cache.share("a", "c")
    plain.share("a", "c", 9)
    for name in ("a", "b", "c"):
        assert_raises(RuntimeError, cache.append, name, *tokens(rng, 1))
    holds(cache, plain, 5, 3)

    cache, plain, _, _ = shared(make, rng, 13, 13, block_size=1)  # 13 of 17
    grow(cache, plain, rng, "new", 4)
    assert_raises(RuntimeError, cache.append, "old", *tokens(rng, 1))
    holds(cache, plain, 17, 1)

    cache, plain = make(3, 4), Plain()
    grow(cache, plain, rng, "a", 2)
    cache.share("a", "b")
    plain.share("a", "b", 2)
    assert_raises(RuntimeError, cache.append, "b", *tokens(rng, 7))  # a copy, and two blocks more
    holds(cache, plain, 3, 4)
    grow(cache, plain, rng, "b", 6)  # a copy, and one more: all
    holds(cache, plain, 3, 4)
    grow(cache, plain, rng, "a", 2)  # now its block is its own
    holds(cache, plain, 3, 4)

    cache, plain = make(1, 4), Plain()
    grow(cache, plain, rng, "a", 2)
    cache.share("a", "b")
    plain.share("a", "b", 2)
    for name in ("b", "a"):  # there is room in the block, but none for its copy
        assert_raises(RuntimeError, cache.append, name, *tokens(rng, 1))
    holds(cache, plain, 1, 4)


@points(1)
@claims(
    "keys or values are not (heads, new, head_dim) of this cache, or differ in shape",
    "there is no source of this name",
    "the new sequence exists already, or `tokens` is negative or more than the source has",
    "there is no such sequence",
    "A sequence has a name, which is a string",
)
def test_what_is_refused(make, rng):
    """Wrong shapes, names that are unknown, names that exist already, and prefixes that are longer than their source.
    Afterwards all is as before.

    形状不对、名字不存在、名字已存在、前缀比原序列还长，都应拒绝；之后一切不变。
    """
    cache, plain = make(7, 3), Plain()
    grow(cache, plain, rng, "a", 4)
    grow(cache, plain, rng, "b", 2)
    keys, values = tokens(rng, 3)
    for bad in (keys[:1], keys[..., :4], keys[:, :2], keys[0], keys[None], keys.transpose(0, 1), keys.transpose(1, 2)):
        for name in ("a", "c"):
            assert_raises(ValueError, cache.append, name, bad, values)
            assert_raises(ValueError, cache.append, name, keys, bad)
    for bad in (keys[:1], keys[..., :4], keys[0], keys[None], keys[:, 0], keys[:, None], keys[..., None, :]):
        assert_raises(ValueError, cache.append, "a", bad, bad)
    for method in (cache.gather, cache.block_table, cache.free):
        for name in ("c", "A", ""):
            assert_raises(KeyError, method, name)
    assert_raises(KeyError, cache.share, "c", "d")
    assert_raises(KeyError, cache.share, "c", "d", 1)
    grow(cache, plain, rng, "none", 0)  # a sequence without tokens exists, too
    taken = (("a", "b", None), ("a", "a", None), ("a", "b", 1), ("a", "none", None), ("a", "none", 0))
    for source, name, count in (*taken, ("a", "c", 5), ("a", "c", -1), ("none", "c", 1)):
        assert_raises(ValueError, cache.share, source, name, count)
    holds(cache, plain, 7, 3)
    for method in (cache.gather, cache.block_table, cache.free):
        for name in ("c", "d"):
            assert_raises(KeyError, method, name)


@points(1)
@claims(
    "The numbers are copied and take the dtype of the cache",
    "Both have the cache's dtype",
    "Whether they are copies or views of the blocks is up to you",
)
def test_kinds_of_numbers(make, rng, device):
    """float32 in a float64 cache and the other way round, and half precision: what comes back has the dtype of the
    cache.

    float64 缓存里写 float32、反过来，以及半精度：取出来的都是缓存的 dtype。
    """
    given = (torch.float32, torch.float64, torch.float16)
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        cache = make(5, 3, dtype=dtype)
        pieces = [tokens(rng, 4, dtype=kind) for kind in given]
        for keys, values in pieces:
            cache.append("a", keys, values)
        got = cache.gather("a")
        expected = [torch.cat([pair[which].to(dtype) for pair in pieces], 1) for which in (0, 1)]
        assert_same(list(got), expected)
        cache.share("a", "b", 7)
        cache.append("b", *tokens(rng, 0))
        assert_same(list(cache.gather("b")), [part[:, :7] for part in expected])


@points(1)
@after("test_chunks_of_many_sizes")
@claims(
    "The time hardly grows with the tokens that are in the cache already: but for such a copy, their numbers are "
    "neither read nor written again"
)
def test_append_is_fast(speed, student, reference, rng, device):
    """One more token behind 40,000 takes at most 10 times as long as with the reference, which does not touch the
    others.

    在 40,000 个词元之后再写一个，耗时最多为参考答案的 10 倍；参考答案不碰其余的词元。
    """

    def filled(module):
        cache = module.PagedCache(3_000, 16, 4, 32, device=str(device))
        some = torch.ones(4, 40_000, 32, device=device)
        cache.append("a", some, some)
        return cache

    def one(rng):
        return rng.normal(4, 1, 32)

    cache = filled(student)  # append returns nothing that a timed call could be checked by
    more = [(one(rng), one(rng)) for _ in range(41)]
    for pair in more:
        cache.append("a", *pair)
    tails = [numbers[:, 40_000:] for numbers in cache.gather("a")]
    assert_same(tails, [torch.cat(numbers, 1) for numbers in zip(*more, strict=True)])
    speed(student, reference).call("append", "a", one, one, at_most=10.0, setup=filled)
