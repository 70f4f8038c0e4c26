"""With one flat pool of slots and a slot mapping, as vLLM writes its cache: slot = block * block_size + offset."""

from collections import deque

import torch


class Block:
    def __init__(self, number):
        self.number, self.ref_cnt = number, 0


class PagedCache:
    def __init__(self, num_blocks, block_size, heads, head_dim, dtype=torch.float32, device="cpu"):
        self.size, self.heads, self.head_dim = block_size, heads, head_dim
        self.slots = torch.empty(2, num_blocks * block_size, heads, head_dim, dtype=dtype, device=device)
        self.free_queue = deque(Block(number) for number in range(num_blocks))
        self.requests = {}

    def num_free_blocks(self):
        return len(self.free_queue)

    def block_table(self, sequence):
        return [block.number for block in self.requests[sequence][0]]

    def slot_mapping(self, blocks, start, end):
        positions = torch.arange(start, end, device=self.slots.device)
        numbers = torch.tensor([block.number for block in blocks], dtype=torch.long, device=self.slots.device)
        return numbers[positions // self.size] * self.size + positions % self.size

    def take(self):
        block = self.free_queue.popleft()
        block.ref_cnt = 1
        return block

    @torch.no_grad()
    def append(self, sequence, keys, values):
        for tensor in (keys, values):
            if tensor.dim() != 3 or tensor.size(0) != self.heads or tensor.size(2) != self.head_dim:
                raise ValueError("shape")
        if keys.size(1) != values.size(1):
            raise ValueError("keys and values differ")
        blocks, length = self.requests.get(sequence, ([], 0))
        end = length + keys.size(1)
        if end == length:
            self.requests[sequence] = (blocks, length)
            return
        needed = max(0, (end + self.size - 1) // self.size - len(blocks))
        cow = len(blocks) * self.size > length and blocks[-1].ref_cnt > 1
        if needed + int(cow) > len(self.free_queue):
            raise RuntimeError("no free blocks")
        blocks = list(blocks)
        if cow:
            old, blocks[-1] = blocks[-1], self.take()
            old.ref_cnt -= 1
            source, target = old.number * self.size, blocks[-1].number * self.size
            self.slots[:, target : target + self.size] = self.slots[:, source : source + self.size]
        for _ in range(needed):
            blocks.append(self.take())
        # Only the blocks that are written to, so that the mapping does not grow with the text.
        first = length // self.size
        mapping = self.slot_mapping(blocks[first:], length - first * self.size, end - first * self.size)
        self.slots[0, mapping] = keys.permute(1, 0, 2).to(self.slots.dtype)
        self.slots[1, mapping] = values.permute(1, 0, 2).to(self.slots.dtype)
        self.requests[sequence] = (blocks, end)

    def gather(self, sequence):
        blocks, length = self.requests[sequence]
        both = self.slots[:, self.slot_mapping(blocks, 0, length)].permute(0, 2, 1, 3)
        return both[0], both[1]

    def share(self, source, sequence, tokens=None):
        blocks, length = self.requests[source]
        if tokens is None:
            tokens = length
        if tokens < 0 or tokens > length or sequence in self.requests:
            raise ValueError("share")
        shared = blocks[: (tokens + self.size - 1) // self.size]
        for block in shared:
            block.ref_cnt += 1
        self.requests[sequence] = (list(shared), tokens)

    def free(self, sequence):
        blocks, _ = self.requests.pop(sequence)
        for block in reversed(blocks):
            block.ref_cnt -= 1
            if not block.ref_cnt:
                self.free_queue.append(block)
