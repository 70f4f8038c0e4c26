"""Visible examples of week 15, paged_cache: every number can be checked by hand."""

import torch

from grader.suite import assert_same


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
