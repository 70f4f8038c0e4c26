"""Known mistakes of week 15, paged_cache."""

import paged_cache as solution
import torch

from grader.mistakes import mistake


def append_in_place(cache, sequence, keys, values):
    """Append as if nobody else used the last block."""
    table = cache.block_tables.get(sequence)
    if not table:
        return solution.PagedCache.append(cache, sequence, keys, values)
    last = table[-1]
    before, cache.reference_counts[last] = cache.reference_counts[last], 1
    try:
        solution.PagedCache.append(cache, sequence, keys, values)
    finally:
        cache.reference_counts[last] = before


@mistake(
    of="PagedCache",
    en="It looks like a shared block is written into: the sequence that goes on changes what the other one reads.",
    zh="看起来直接写进了共用的块：继续写的序列改动了另一个序列读到的内容。",
    breaks="A last block that has room but is used by other sequences as well is copied on write",
)
class NeverCopies(solution.PagedCache):
    def append(self, sequence, keys, values):
        append_in_place(self, sequence, keys, values)


@mistake(
    of="PagedCache",
    en="It looks like only a sequence that was made by share gets a copy; the source goes on in the shared block.",
    zh="看起来只有由 share 产生的序列才会得到副本；原序列继续写在共用的块里。",
    breaks="and the others keep theirs",
)
class OnlyTheNewOneCopies(solution.PagedCache):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.children = set()

    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        self.children.add(sequence)

    def append(self, sequence, keys, values):
        if sequence in self.children:
            super().append(sequence, keys, values)
        else:
            append_in_place(self, sequence, keys, values)


@mistake(
    of="PagedCache",
    en="It looks like share copies the blocks at once: then a shared beginning saves no memory.",
    zh="看起来 share 立即复制了块：那样共享开头就不节省内存了。",
    breaks="no block is taken",
)
class SharesByCopying(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        length = self.lengths[source]
        tokens = length if tokens is None else tokens
        if sequence in self.block_tables or not 0 <= tokens <= length:
            raise ValueError("tokens")
        keys, values = self.gather(source)
        self.append(sequence, keys[:, :tokens], values[:, :tokens])


@mistake(
    of="PagedCache",
    en="It looks like only full blocks are shared, and the tokens in the last, partly filled one are copied at once.",
    zh="看起来只共享了满的块，最后那个未满的块里的词元则立即复制。",
    breaks="the last of which need not be filled",
)
class SharesFullBlocksAlone(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        length = self.lengths[source]
        tokens = length if tokens is None else tokens
        if not 0 <= tokens <= length:
            raise ValueError("tokens")
        full = tokens // self.block_size * self.block_size
        super().share(source, sequence, full)
        keys, values = self.gather(source)
        self.append(sequence, keys[:, full:tokens], values[:, full:tokens])


@mistake(
    of="PagedCache",
    en="It looks like free gives all blocks of a sequence back, also those that another sequence still uses.",
    zh="看起来 free 把序列的所有块都还了回去，包括别的序列还在用的块。",
    breaks="A block that no other one uses is free again",
)
class FreesSharedBlocks(solution.PagedCache):
    def free(self, sequence):
        for block in self.block_tables.pop(sequence):
            self.reference_counts[block] = 0
            if block not in self.free_blocks:
                self.free_blocks.append(block)
        del self.lengths[sequence]


@mistake(
    of="PagedCache",
    en="It looks like a shared block is given back with the first of its users: it is free when its count "
    "has come down to 0.",
    zh="看起来共享的块在第一个使用者释放时就还了回去：计数降到 0 时它才空闲。",
    breaks="A block that no other one uses is free again",
)
class FreesWithTheFirstUser(solution.PagedCache):
    def free(self, sequence):
        for block in self.block_tables.pop(sequence):
            self.reference_counts[block] -= 1
            self.free_blocks.append(block)
        del self.lengths[sequence]


@mistake(
    of="PagedCache",
    en="It looks like share does not count the new user of a block: the cache does not know then that it is shared.",
    zh="看起来 share 没有给块的计数加一：缓存就不知道这个块是共享的。",
    breaks="From now on each of the two grows by itself",
)
class ShareDoesNotCount(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        for block in self.block_tables[sequence]:
            self.reference_counts[block] -= 1


@mistake(
    of="PagedCache",
    en="It looks like the last block is copied even where no other sequence uses it: a count of 1 is this sequence "
    "itself.",
    zh="看起来没有别的序列使用最后一块时也复制了它：计数为 1 指的就是这个序列自己。",
    breaks="A last block that has room but is used by other sequences as well is copied on write",
)
class AlwaysCopies(solution.PagedCache):
    def append(self, sequence, keys, values):
        table, length = self.block_tables.get(sequence), self.lengths.get(sequence, 0)
        last = table[-1] if table and length % self.block_size else None
        if last is not None:
            self.reference_counts[last] += 1  # as if somebody else used it
        try:
            super().append(sequence, keys, values)
        finally:
            if last is not None:
                self.reference_counts[last] -= 1


@mistake(
    of="PagedCache",
    en="It looks like blocks that were shared once are never free again: each sequence that uses one must be counted "
    "down.",
    zh="看起来共享过的块再也不会空闲：每释放一个使用它的序列，计数都要减一。",
    breaks="A block that no other one uses is free again",
)
class LeaksSharedBlocks(solution.PagedCache):
    def free(self, sequence):
        for block in self.block_tables.pop(sequence):
            if self.reference_counts[block] == 1:
                self.reference_counts[block] = 0
                self.free_blocks.append(block)
        del self.lengths[sequence]


@mistake(
    of="PagedCache",
    en="It looks like a block still counts as shared although only one sequence uses it any more: it is copied once "
    "more, or is never free again. share adds one user to a block, and a copy on write takes one from the old block.",
    zh="看起来只剩一个序列使用的块仍被当作共用的：它会被多复制一次，或者再也不会空闲。"
    "share 给块加一个使用者，写时复制从旧块减去一个。",
)
class CopyKeepsTheOldCount(solution.PagedCache):
    def append(self, sequence, keys, values):
        table = self.block_tables.get(sequence)
        last = table[-1] if table else None
        super().append(sequence, keys, values)
        if last is not None and last not in self.block_tables[sequence]:
            self.reference_counts[last] += 1


@mistake(
    of="PagedCache",
    en="It looks like every append begins a new block, though there is room in the last one.",
    zh="看起来每次 append 都另起一个新块，尽管最后一块里还有空位。",
    breaks="First the room in the last block is filled",
)
class ABlockForEachAppend(solution.PagedCache):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pieces = {}  # of each sequence: where each append begins, and how many tokens it has

    def append(self, sequence, keys, values):
        length = self.lengths.get(sequence, 0)
        room = -length % self.block_size
        if room and keys.ndim == 3 and keys.shape[1]:
            empty = keys.new_zeros(keys.shape[0], room, keys.shape[2])
            keys, values = torch.cat([empty, keys], 1), torch.cat([empty, values], 1)
        super().append(sequence, keys, values)
        start = length + room if keys.shape[1] else length
        self.pieces.setdefault(sequence, []).append((start, self.lengths[sequence] - start))

    def gather(self, sequence):
        pieces = self.pieces[sequence]
        return tuple(
            torch.cat([part[:, start : start + count] for start, count in pieces], 1)
            for part in super().gather(sequence)
        )

    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        self.pieces[sequence] = [(0, self.lengths[sequence])]

    def free(self, sequence):
        super().free(sequence)
        self.pieces.pop(sequence, None)


@mistake(
    of="PagedCache",
    en="It looks like a new block is taken as soon as the last one is full, before any token needs it.",
    zh="看起来最后一块一满就立刻取了新块，而那时还没有词元需要它。",
    breaks="a new block is taken only when a token needs it",
)
class TakesABlockAhead(solution.PagedCache):
    def append(self, sequence, keys, values):
        size, taken = self.block_size, None
        table, length = self.block_tables.get(sequence), self.lengths.get(sequence, 0)
        if table and len(table) > -(-length // size):
            taken = table.pop()
            self.free_blocks.append(taken)
        super().append(sequence, keys, values)
        table, length = self.block_tables[sequence], self.lengths[sequence]
        if length % size == 0 and length and self.free_blocks:
            table.append(self._take())


@mistake(
    of="PagedCache",
    en="It looks like gather returns whole blocks: the room behind the last token comes along.",
    zh="看起来 gather 返回了整块：最后一个词元之后的空位也被带了出来。",
)
class GathersTheRoom(solution.PagedCache):
    def gather(self, sequence):
        index = torch.tensor(self.block_tables[sequence], dtype=torch.long, device=self.key_blocks.device)
        return tuple(blocks[index].flatten(0, 1).transpose(0, 1) for blocks in (self.key_blocks, self.value_blocks))


@mistake(
    of="PagedCache",
    en="It looks like blocks are read in the order of their numbers instead of that of the block table.",
    zh="看起来按块的编号顺序读取，而不是按块表的顺序。",
)
class ReadsInTheOrderOfNumbers(solution.PagedCache):
    def gather(self, sequence):
        table = self.block_tables[sequence]
        self.block_tables[sequence] = sorted(table)
        try:
            return super().gather(sequence)
        finally:
            self.block_tables[sequence] = table


@mistake(
    of="PagedCache",
    en="It looks like a sequence that shares takes on the whole length of its source, however few tokens it asked for.",
    zh="看起来共享时沿用了原序列的全部长度，而不管要了多少个词元。",
)
class SharesEverything(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        length = self.lengths[source]
        if tokens is not None and not 0 <= tokens <= length:
            raise ValueError("tokens")
        super().share(source, sequence, None)


@mistake(
    of="PagedCache",
    en="It looks like a full pool is noticed only when it is empty: the blocks that this call has taken by then are "
    "lost.",
    zh="看起来取块取到没有了才发现不够：这次调用已经取走的块就丢失了。",
    breaks="Then nothing has changed in the cache",
)
class LosesTheBlocksItTook(solution.PagedCache):
    def append(self, sequence, keys, values):
        try:
            super().append(sequence, keys, values)
        except RuntimeError:
            self.free_blocks.clear()
            raise


@mistake(
    of="PagedCache",
    en="It looks like a full pool is noticed only halfway: the tokens that still had room are written.",
    zh="看起来写到一半才发现块不够：放得下的词元已经写了进去。",
    breaks="Then nothing has changed in the cache",
)
class NoticesTooLate(solution.PagedCache):
    def append(self, sequence, keys, values):
        try:
            super().append(sequence, keys, values)
        except RuntimeError:
            length = self.lengths.get(sequence, 0)
            room = -length % self.block_size + len(self.free_blocks) * self.block_size
            shared = length % self.block_size and self.reference_counts[self.block_tables[sequence][-1]] > 1
            room -= self.block_size * bool(shared)
            if room > 0:
                super().append(sequence, keys[:, :room], values[:, :room])
            raise


@mistake(
    of="PagedCache",
    en="It looks like a call that fails for want of blocks has already made its new sequence known.",
    zh="看起来因为块不够而失败的调用已经把新的序列登记了进去。",
    breaks="Then nothing has changed in the cache",
)
class KnowsASequenceThatFailed(solution.PagedCache):
    def append(self, sequence, keys, values):
        try:
            super().append(sequence, keys, values)
        except RuntimeError:
            if sequence not in self.block_tables:
                self.block_tables[sequence], self.lengths[sequence] = [], 0
            raise


@mistake(
    of="PagedCache",
    en="It looks like a call that fails for want of blocks has already made a block table for its new sequence, as "
    "setdefault does: block_table and share then know its name.",
    zh="看起来因为块不够而失败的调用已经给新的序列建了块表（例如用 setdefault）："
    "block_table 和 share 于是认得这个名字。",
    breaks="Then nothing has changed in the cache",
)
class KeepsTheTableOfASequenceThatFailed(solution.PagedCache):
    def append(self, sequence, keys, values):
        try:
            super().append(sequence, keys, values)
        except RuntimeError:
            self.block_tables.setdefault(sequence, [])
            raise


@mistake(
    of="PagedCache",
    en="It looks like a shared block with room is copied even if there are 0 new tokens: nothing is written then, so "
    "nothing need be copied.",
    zh="看起来新词元为 0 个时也复制了未满的共用块：那时什么也不写，无需复制。",
    breaks="then nothing is taken or copied",
)
class CopiesForNoTokens(solution.PagedCache):
    def append(self, sequence, keys, values):
        if keys.ndim == 3 and keys.shape == values.shape and keys.shape[1] == 0:
            table, length = self.block_tables.get(sequence, []), self.lengths.get(sequence, 0)
            if length % self.block_size and self.reference_counts[table[-1]] > 1:
                if not self.free_blocks:
                    raise RuntimeError("too few free blocks")
                old, own = table[-1], self._take()
                self.key_blocks[own], self.value_blocks[own] = self.key_blocks[old], self.value_blocks[old]
                self.reference_counts[old] -= 1
                table[-1] = own
        super().append(sequence, keys, values)


@mistake(
    of="PagedCache",
    en="It looks like share takes tokens // block_size + 1 blocks: where the last one is full, that is one too many.",
    zh="看起来 share 取了 tokens // block_size + 1 个块：最后一块正好满时，就多取了一个。",
    breaks="The new sequence uses the very blocks of the source that hold these tokens",
)
class SharesOneBlockTooMany(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        table = self.block_tables[source][: self.lengths[sequence] // self.block_size + 1]
        for block in table[len(self.block_tables[sequence]) :]:
            self.reference_counts[block] += 1
        self.block_tables[sequence] = table


@mistake(
    of="PagedCache",
    en="It looks like the block for a copy on write is not counted when the free blocks are: the pool may run out in "
    "the middle of the call.",
    zh="看起来检查空闲块时没有算上写时复制要用的那一块：调用到一半可能就没有块了。",
    breaks="there are fewer free blocks than this call needs",
)
class ForgetsTheBlockOfTheCopy(solution.PagedCache):
    def append(self, sequence, keys, values):
        table, length = self.block_tables.get(sequence, []), self.lengths.get(sequence, 0)
        if keys.ndim == 3 and keys.shape == values.shape:
            blocks = -(-(length + keys.shape[1]) // self.block_size) - len(table)
            shared = length % self.block_size and self.reference_counts[table[-1]] > 1
            if shared and keys.shape[1] and len(self.free_blocks) == blocks:
                raise IndexError("pop from empty list")
        super().append(sequence, keys, values)


@mistake(
    of="PagedCache",
    en="It looks like freeing a name that is not there passes in silence: a sequence that is freed twice is a mistake "
    "of the caller.",
    zh="看起来释放不存在的名字时什么也没说：释放两次是调用者的错误。",
    breaks="for instance because it was freed before",
)
class FreesWhatIsNotThere(solution.PagedCache):
    def free(self, sequence):
        if sequence in self.block_tables:
            super().free(sequence)


@mistake(
    of="PagedCache",
    en="It looks like tokens and heads are exchanged by reshape instead of transpose: the numbers land in other "
    "places.",
    zh="看起来用 reshape 代替了 transpose 来交换词元与头：数落到了别的位置。",
)
class ReshapesInsteadOfTransposing(solution.PagedCache):
    def gather(self, sequence):
        return tuple(
            part.transpose(0, 1).reshape(part.shape[0], part.shape[1], part.shape[2])
            for part in super().gather(sequence)
        )


@mistake(
    of="PagedCache",
    en="It looks like the whole sequence is read, joined and written again for each new token.",
    zh="看起来每来一个新词元，就把整个序列读出、拼接、再写回。",
    breaks="The time hardly grows with the tokens that are in the cache already",
    only="speed",
)
class WritesEverythingAgain(solution.PagedCache):
    def append(self, sequence, keys, values):
        super().append(sequence, keys, values)
        got = self.gather(sequence)
        index = torch.tensor(self.block_tables[sequence], dtype=torch.long, device=self.key_blocks.device)
        for blocks, numbers in zip((self.key_blocks, self.value_blocks), got, strict=True):
            room = blocks[index].flatten(0, 1)
            room[: numbers.shape[1]] = numbers.transpose(0, 1)
            blocks[index] = room.unflatten(0, (-1, self.block_size))


@mistake(
    of="PagedCache",
    en="It looks like `tokens or length` takes 0 for None: share(..., 0) shares no token, not all of them.",
    zh="看起来 `tokens or length` 把 0 当成了 None：share(..., 0) 应当一个词元也不共享，而不是全部。",
    breaks="The new sequence uses the very blocks of the source that hold these tokens",
)
class TakesZeroForAll(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens or None)


@mistake(
    of="PagedCache",
    en="It looks like both sequences have one and the same list as their block table: what one of them takes, the "
    "other has as well. Copy the list.",
    zh="看起来两个序列的块表是同一个列表：一方取了块，另一方的表也跟着变。请复制这个列表。",
    breaks="From now on each of the two grows by itself",
)
class SharesTheTable(solution.PagedCache):
    def append(self, sequence, keys, values):
        table = self.block_tables.get(sequence)
        super().append(sequence, keys, values)
        if table is not None:
            table[:] = self.block_tables[sequence]
            self.block_tables[sequence] = table

    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        if len(self.block_tables[sequence]) == len(self.block_tables[source]):
            self.block_tables[sequence] = self.block_tables[source]


@mistake(
    of="PagedCache",
    en="It looks like the tokens in the last, partly filled block are left out when a sequence is shared: the new one "
    "begins with all that were asked for.",
    zh="看起来共享时漏掉了最后那个未满的块里的词元：新的序列应以要求的全部词元开头。",
    breaks="the last of which need not be filled",
)
class LeavesOutThePartlyFilled(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        length = self.lengths[source]
        tokens = length if tokens is None else tokens
        full = tokens // self.block_size * self.block_size if 0 <= tokens <= length else tokens
        super().share(source, sequence, full)


@mistake(
    of="PagedCache",
    en="It looks like a copy on write copies the keys alone: the values of the tokens before are lost.",
    zh="看起来写时复制只复制了 key：前面词元的 value 丢失了。",
    breaks="this sequence gets a block of its own in its place",
)
class CopiesTheKeysAlone(solution.PagedCache):
    def append(self, sequence, keys, values):
        table, used = self.block_tables.get(sequence, []), self.lengths.get(sequence, 0) % self.block_size
        before = self.value_blocks.clone()
        super().append(sequence, keys, values)
        if used and self.block_tables[sequence][len(table) - 1] != table[-1]:
            own = self.block_tables[sequence][len(table) - 1]
            self.value_blocks[own, :used] = before[own, :used]


@mistake(
    of="PagedCache",
    en="It looks like 0 new tokens are nothing to do: a sequence that begins with them is known from now on.",
    zh="看起来没有新词元时什么也没做：以 0 个词元开始的序列从此也存在。",
    breaks="but the sequence is known from now on",
)
class NothingForNoTokens(solution.PagedCache):
    def append(self, sequence, keys, values):
        known = sequence in self.block_tables
        super().append(sequence, keys, values)
        if not known and keys.shape[1] == 0:
            del self.block_tables[sequence], self.lengths[sequence]


@mistake(
    of="PagedCache",
    en="It looks like share takes over the whole block table of its source: the new sequence names blocks that hold "
    "none of its tokens.",
    zh="看起来 share 照搬了原序列的整个块表：新序列的表里有不含它任何词元的块。",
    breaks="The new sequence uses the very blocks of the source that hold these tokens",
)
class SharesTheWholeTable(solution.PagedCache):
    def share(self, source, sequence, tokens=None):
        super().share(source, sequence, tokens)
        for block in self.block_tables[source][len(self.block_tables[sequence]) :]:
            self.reference_counts[block] += 1
            self.block_tables[sequence].append(block)


@mistake(
    of="PagedCache",
    en="It looks like a shared last block is copied even where it is full: nothing is written into it any more, so "
    "both can go on using it.",
    zh="看起来共用的最后一块即使已满也被复制了：它不会再被写入，双方可以继续共用。",
    breaks="A last block that has room but is used by other sequences as well is copied on write",
)
class CopiesFullBlocksToo(solution.PagedCache):
    def append(self, sequence, keys, values):
        size, new = self.block_size, keys.shape[1] if keys.ndim == 3 else 0
        table, length = self.block_tables.get(sequence, []), self.lengths.get(sequence, 0)
        if new and length and length % size == 0 and self.reference_counts[table[-1]] > 1:
            if -(-new // size) + 1 > len(self.free_blocks):
                raise RuntimeError("too few free blocks")
            old, own = table[-1], self._take()
            self.key_blocks[own], self.value_blocks[own] = self.key_blocks[old], self.value_blocks[old]
            self.reference_counts[old] -= 1
            table[-1] = own
        super().append(sequence, keys, values)


class FromTheFront:
    """Which free block comes next is up to the learner: many take the first of the list and not the last."""

    def _take(self):
        block = self.free_blocks.pop(0)
        self.reference_counts[block] = 1
        return block


@mistake(
    of="PagedCache",
    en="It looks like a shared block is written into: the sequence that goes on changes what the other one reads.",
    zh="看起来直接写进了共用的块：继续写的序列改动了另一个序列读到的内容。",
    breaks="A last block that has room but is used by other sequences as well is copied on write",
)
class NeverCopiesFromTheFront(FromTheFront, solution.PagedCache):
    def append(self, sequence, keys, values):
        table = self.block_tables.get(sequence)
        if not table:
            return super().append(sequence, keys, values)
        last = table[-1]
        before, self.reference_counts[last] = self.reference_counts[last], 1
        try:
            super().append(sequence, keys, values)
        finally:
            self.reference_counts[last] = before


@mistake(
    of="PagedCache",
    en="It looks like a block still counts as shared although only one sequence uses it any more: it is copied once "
    "more, or is never free again. share adds one user to a block, and a copy on write takes one from the old block.",
    zh="看起来只剩一个序列使用的块仍被当作共用的：它会被多复制一次，或者再也不会空闲。"
    "share 给块加一个使用者，写时复制从旧块减去一个。",
)
class CopyKeepsTheOldCountFromTheFront(FromTheFront, CopyKeepsTheOldCount):
    pass


@mistake(
    of="PagedCache",
    en="It looks like gather returns whole blocks: the room behind the last token comes along.",
    zh="看起来 gather 返回了整块：最后一个词元之后的空位也被带了出来。",
)
class GathersTheRoomFromTheFront(FromTheFront, GathersTheRoom):
    pass


@mistake(
    of="PagedCache",
    en="It looks like free gives all blocks of a sequence back, also those that another sequence still uses.",
    zh="看起来 free 把序列的所有块都还了回去，包括别的序列还在用的块。",
    breaks="A block that no other one uses is free again",
)
class FreesSharedBlocksFromTheFront(FromTheFront, FreesSharedBlocks):
    pass


@mistake(
    of="PagedCache",
    en="It looks like the block for a copy on write is not counted when the free blocks are: the pool may run out in "
    "the middle of the call.",
    zh="看起来检查空闲块时没有算上写时复制要用的那一块：调用到一半可能就没有块了。",
    breaks="there are fewer free blocks than this call needs",
)
class ForgetsTheBlockOfTheCopyFromTheFront(FromTheFront, ForgetsTheBlockOfTheCopy):
    pass
