# Week 15, exercise paged_cache: A paged cache that shares prefixes
# Difficulty 4 of 5 · importance 4 of 5 · about 50 minutes
# It builds on: Keys and values of attention, indexing with a list, dictionaries.
# What counts as fast: Appending a token takes about the same time whatever is in the cache. At most 10 times the
# reference's time.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, paged_cache: keys and values in blocks of one pool, so that no memory is reserved for text that never comes.

An operating system gives a program pages, wherever they are free, and a table that says where each one lies. A paged
cache does the same with the keys and values of a text. Two texts that begin alike can then use the same blocks.

The terms are those of vLLM: block, block table, reference count, copy on write.
"""

import torch
from jaxtyping import Float
from torch import Tensor


class PagedCache:
    """Keys and values of many sequences, for one layer of a model, in one pool of equal blocks.

    A sequence has a name, which is a string. Its block table lists the blocks that hold its tokens, in their order; a
    block has room for `block_size` of them, and all blocks of a table but the last are full. Which of the free blocks
    is taken next is up to you. Two caches have nothing in common.
    """

    def __init__(
        self,
        num_blocks: int,
        block_size: int,
        heads: int,
        head_dim: int,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ):
        # Given. The memory is taken once, here: nothing is allocated while texts grow.
        self.block_size = block_size
        self.key_blocks = torch.zeros(num_blocks, block_size, heads, head_dim, dtype=dtype, device=device)
        self.value_blocks = torch.zeros_like(self.key_blocks)
        self.free_blocks = list(range(num_blocks))  # numbers of the blocks that nobody uses
        self.reference_counts = [0] * num_blocks  # how many block tables name each block
        self.block_tables: dict[str, list[int]] = {}  # of each sequence
        self.lengths: dict[str, int] = {}  # tokens of each sequence

    def num_free_blocks(self) -> int:
        """Return how many blocks no sequence uses."""
        raise NotImplementedError("week 15, paged_cache: write PagedCache.num_free_blocks")

    def block_table(self, sequence: str) -> list[int]:
        """Return the numbers of the blocks of a sequence, in the order of its tokens.

        Whether the list is a copy is up to you: it is meant to be read before the cache changes.

        Raises:
            KeyError: there is no such sequence.
        """
        raise NotImplementedError("week 15, paged_cache: write PagedCache.block_table")

    def append(
        self, sequence: str, keys: Float[Tensor, "heads new head_dim"], values: Float[Tensor, "heads new head_dim"]
    ) -> None:
        """Write the keys and values of new tokens behind those of a sequence, which begins here if it is unknown.

        The numbers are copied and take the dtype of the cache. First the room in the last block is filled; a new block
        is taken only when a token needs it. A last block that has room but is used by other sequences as well is copied
        on write: this sequence gets a block of its own in its place, and the others keep theirs. There may be 0 new
        tokens: then nothing is taken or copied, but the sequence is known from now on.
        The time hardly grows with the tokens that are in the cache already: but for such a copy, their numbers are
        neither read nor written again.

        Raises:
            ValueError: keys or values are not (heads, new, head_dim) of this cache, or differ in shape.
            RuntimeError: there are fewer free blocks than this call needs. Then nothing has changed in the cache.
        """
        raise NotImplementedError("week 15, paged_cache: write PagedCache.append")

    def gather(self, sequence: str) -> tuple[Float[Tensor, "heads length head_dim"], ...]:
        """Return the keys and the values of all tokens of a sequence, in their order, as attention needs them.

        Both have the cache's dtype. Whether they are copies or views of the blocks is up to you: they are meant to be
        read before the cache changes.

        Raises:
            KeyError: there is no such sequence.
        """
        raise NotImplementedError("week 15, paged_cache: write PagedCache.gather")

    def share(self, source: str, sequence: str, tokens: int | None = None) -> None:
        """Begin a sequence with the first `tokens` of another one (None: with all), without copying them.

        The new sequence uses the very blocks of the source that hold these tokens, the last of which need not be
        filled; no block is taken. From now on each of the two grows by itself.

        Raises:
            KeyError: there is no source of this name.
            ValueError: the new sequence exists already, or `tokens` is negative or more than the source has.
        """
        raise NotImplementedError("week 15, paged_cache: write PagedCache.share")

    def free(self, sequence: str) -> None:
        """Forget a sequence.

        A block that no other one uses is free again. The name may be used anew.

        Raises:
            KeyError: there is no such sequence, for instance because it was freed before.
        """
        raise NotImplementedError("week 15, paged_cache: write PagedCache.free")
