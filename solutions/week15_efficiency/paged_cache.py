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
        # BEGIN SOLUTION
        return len(self.free_blocks)
        # END SOLUTION

    def block_table(self, sequence: str) -> list[int]:
        """Return the numbers of the blocks of a sequence, in the order of its tokens.

        Whether the list is a copy is up to you: it is meant to be read before the cache changes.

        Raises:
            KeyError: there is no such sequence.
        """
        # BEGIN SOLUTION
        return list(self.block_tables[sequence])
        # END SOLUTION

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
        # BEGIN SOLUTION
        _, size, heads, head_dim = self.key_blocks.shape
        fits = keys.ndim == 3 and (keys.shape[0], keys.shape[2]) == (heads, head_dim)
        if not fits or keys.shape != values.shape:
            raise ValueError(f"keys {tuple(keys.shape)}, values {tuple(values.shape)}: not ({heads}, new, {head_dim})")
        new = keys.shape[1]
        table = self.block_tables.get(sequence, [])
        length = self.lengths.get(sequence, 0)

        # Count first, so that a full pool is noticed before anything has changed.
        used = length % size  # tokens in a last block that has room; 0: there is none
        copies = new > 0 and used > 0 and self.reference_counts[table[-1]] > 1
        blocks = -(-(length + new) // size) - len(table)
        if blocks + copies > len(self.free_blocks):
            raise RuntimeError(f"{blocks + copies} blocks are needed, {len(self.free_blocks)} are free")

        if copies:
            shared, own = table[-1], self._take()
            self.key_blocks[own], self.value_blocks[own] = self.key_blocks[shared], self.value_blocks[shared]
            self.reference_counts[shared] -= 1  # others use it, so it does not become free
            table = [*table[:-1], own]
        self.block_tables[sequence] = table = table + [self._take() for _ in range(blocks)]
        self.lengths[sequence] = length + new

        done = 0
        while done < new:
            block, slot = table[(length + done) // size], (length + done) % size
            count = min(size - slot, new - done)
            # (heads, count, head_dim) becomes (count, heads, head_dim): a block lists its tokens one after another
            here = slice(done, done + count)
            self.key_blocks[block, slot : slot + count] = keys[:, here].detach().transpose(0, 1)
            self.value_blocks[block, slot : slot + count] = values[:, here].detach().transpose(0, 1)
            done += count
        # END SOLUTION

    def gather(self, sequence: str) -> tuple[Float[Tensor, "heads length head_dim"], ...]:
        """Return the keys and the values of all tokens of a sequence, in their order, as attention needs them.

        Both have the cache's dtype. Whether they are copies or views of the blocks is up to you: they are meant to be
        read before the cache changes.

        Raises:
            KeyError: there is no such sequence.
        """
        # BEGIN SOLUTION
        table, length = self.block_tables[sequence], self.lengths[sequence]
        index = torch.tensor(table, dtype=torch.long, device=self.key_blocks.device)

        def together(blocks: Tensor) -> Tensor:
            tokens = blocks[index].flatten(0, 1)[:length]  # (blocks, size, heads, head_dim) to (length, heads, …)
            return tokens.transpose(0, 1)

        return together(self.key_blocks), together(self.value_blocks)
        # END SOLUTION

    def share(self, source: str, sequence: str, tokens: int | None = None) -> None:
        """Begin a sequence with the first `tokens` of another one (None: with all), without copying them.

        The new sequence uses the very blocks of the source that hold these tokens, the last of which need not be
        filled; no block is taken. From now on each of the two grows by itself.

        Raises:
            KeyError: there is no source of this name.
            ValueError: the new sequence exists already, or `tokens` is negative or more than the source has.
        """
        # BEGIN SOLUTION
        length = self.lengths[source]
        tokens = length if tokens is None else tokens
        if sequence in self.block_tables or not 0 <= tokens <= length:
            raise ValueError(f"{sequence!r} exists, or {tokens} is not between 0 and {length}")
        table = self.block_tables[source][: -(-tokens // self.block_size)]
        for block in table:
            self.reference_counts[block] += 1
        self.block_tables[sequence], self.lengths[sequence] = table, tokens
        # END SOLUTION

    def free(self, sequence: str) -> None:
        """Forget a sequence.

        A block that no other one uses is free again. The name may be used anew.

        Raises:
            KeyError: there is no such sequence, for instance because it was freed before.
        """
        # BEGIN SOLUTION
        for block in self.block_tables.pop(sequence):
            self.reference_counts[block] -= 1
            if self.reference_counts[block] == 0:
                self.free_blocks.append(block)
        del self.lengths[sequence]
        # END SOLUTION

    # BEGIN SOLUTION
    def _take(self) -> int:
        """Take a free block for one sequence."""
        block = self.free_blocks.pop()
        self.reference_counts[block] = 1
        return block

    # END SOLUTION
