"""Visible examples of week 15, paged_cache: every number can be checked by hand."""

import torch

from grader.suite import assert_raises, assert_same


def numbers(*values):
    """Keys of one head of width 1, a token for each number."""
    return torch.tensor(values, dtype=torch.float32).reshape(1, -1, 1)


def test_five_tokens_in_blocks_of_four(student):
    """Five tokens need two blocks of four. What comes back is in order, without the room that is left.

    五个词元需要两个大小为 4 的块。取出来的内容次序不变，也不含空着的位置。
    """
    cache = student.PagedCache(num_blocks=3, block_size=4, heads=1, head_dim=1)
    cache.append("a", numbers(1, 2, 3), numbers(-1, -2, -3))
    assert_same(cache.num_free_blocks(), 2)

    cache.append("a", numbers(4, 5), numbers(-4, -5))

    keys, values = cache.gather("a")
    assert_same([keys, values], [numbers(1, 2, 3, 4, 5), numbers(-1, -2, -3, -4, -5)])
    assert_same([cache.num_free_blocks(), len(cache.block_table("a"))], [1, 2])


def test_copy_on_write(student):
    """b begins with the two tokens of a, in the same block. When b goes on, it gets a block of its own.

    b 以 a 的两个词元开头，用的是同一个块。b 继续写时，就得到自己的块。
    """
    cache = student.PagedCache(num_blocks=3, block_size=4, heads=1, head_dim=1)
    cache.append("a", numbers(1, 2), numbers(1, 2))
    cache.share("a", "b")
    assert_same([cache.num_free_blocks(), cache.block_table("b")], [2, cache.block_table("a")])

    cache.append("b", numbers(7), numbers(7))
    cache.append("a", numbers(3), numbers(3))

    assert_same(cache.gather("a")[0], numbers(1, 2, 3))
    assert_same(cache.gather("b")[0], numbers(1, 2, 7))
    assert_same(cache.num_free_blocks(), 1)
    cache.free("a")
    assert_same(cache.num_free_blocks(), 2)


def test_shared_blocks_are_counted(student):
    """b uses the first block of a, whose three tokens lie in blocks of two. It stays in use until both are freed, and
    then everything is free. A name that is gone cannot be freed again.

    a 的三个词元放在大小为 2 的块里，b 与它共用第一块。两者都释放之后，这一块才空出来，至此全部空闲。
    不在的名字不能再释放。
    """
    cache = student.PagedCache(num_blocks=2, block_size=2, heads=1, head_dim=1)
    cache.append("a", numbers(1, 2, 3), numbers(1, 2, 3))
    cache.share("a", "b", 2)

    assert_same(cache.gather("b")[0], numbers(1, 2))
    for name, free in (("a", 1), ("b", 2)):
        cache.free(name)
        assert_same(cache.num_free_blocks(), free)
    assert_raises(KeyError, cache.free, "a")


def test_a_pool_that_is_full(student):
    """Two tokens fill a block of two, and no other is taken yet. Three more would need two blocks, and one is free: the
    call is refused, and nothing has changed. A new name is not known then.

    两个词元填满大小为 2 的块，此时还不会再取一块。再加三个需要两块，而只有一块空闲：调用被拒绝，什么也没有变。
    新的名字也不会留下。
    """
    cache = student.PagedCache(num_blocks=2, block_size=2, heads=1, head_dim=1)
    cache.append("a", numbers(1, 2), numbers(1, 2))
    assert_same(cache.num_free_blocks(), 1)

    for name in ("a", "new"):
        assert_raises(RuntimeError, cache.append, name, numbers(3, 4, 5), numbers(3, 4, 5))
    assert_same((cache.gather("a")[0], cache.num_free_blocks()), (numbers(1, 2), 1))
    assert_raises(KeyError, cache.gather, "new")


def test_the_source_copies_too(student):
    """a and b share a block that has room. When a goes on, it is a that gets another block, if one is free. And two
    heads keep their numbers apart.

    a 和 b 共用一个还有空位的块。a 继续写时，换块的是 a；没有空闲块就被拒绝。两个头的数互不相混。
    """
    cache = student.PagedCache(num_blocks=2, block_size=4, heads=2, head_dim=1)
    two = torch.tensor([[[1.0], [2.0]], [[-1.0], [-2.0]]])
    cache.append("a", two, two)
    cache.share("a", "b")
    shared = cache.block_table("b")

    cache.append("a", two, two)
    assert_same((cache.gather("a")[0], cache.gather("b")[0]), (torch.cat([two, two], dim=1), two))
    assert_same(cache.block_table("b"), shared)
    cache.share("b", "c")
    assert_raises(RuntimeError, cache.append, "c", two, two)
