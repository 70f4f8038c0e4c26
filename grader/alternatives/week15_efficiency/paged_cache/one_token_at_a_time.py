"""Without counts: a block is free if no table names it. Writes token by token, after counting what is needed."""

import torch


class PagedCache:
    def __init__(self, num_blocks, block_size, heads, head_dim, dtype=torch.float32, device="cpu"):
        shape = (block_size, heads, head_dim)
        self.size = block_size
        self.blocks = [
            (torch.zeros(shape, dtype=dtype, device=device), torch.zeros(shape, dtype=dtype, device=device))
            for _ in range(num_blocks)
        ]
        self.tables, self.length, self.users = {}, {}, [set() for _ in range(num_blocks)]
        self.shape = (heads, head_dim)
        self.empty = torch.zeros(heads, 0, head_dim, dtype=dtype, device=device)

    def unused(self):
        return [number for number, users in enumerate(self.users) if not users]

    def num_free_blocks(self):
        return len(self.unused())

    def block_table(self, sequence):
        return self.tables[sequence]

    def append(self, sequence, keys, values):
        if keys.dim() != 3 or values.shape != keys.shape or (keys.size(0), keys.size(2)) != self.shape:
            raise ValueError("shapes")
        known = sequence in self.tables
        table, length = self.tables.get(sequence, []), self.length.get(sequence, 0)
        new = keys.size(1)
        needed = (length + new - 1) // self.size + 1 - len(table) if new else 0
        copy = bool(new and length % self.size and len(self.users[table[-1]]) > 1)
        unused = self.unused()
        if max(needed, 0) + copy > len(unused):
            raise RuntimeError("full")
        if not known:
            self.tables[sequence], self.length[sequence] = [], 0
            table = self.tables[sequence]
        for index in range(new):
            place = length + index
            if place % self.size == 0:
                table.append(unused.pop(0))
            elif len(self.users[table[-1]]) > 1:
                fresh = unused.pop(0)
                for target, source in zip(self.blocks[fresh], self.blocks[table[-1]], strict=True):
                    target.copy_(source)
                self.users[table[-1]].discard(sequence)
                table[-1] = fresh
            self.users[table[-1]].add(sequence)
            self.blocks[table[-1]][0][place % self.size] = keys[:, index].detach()
            self.blocks[table[-1]][1][place % self.size] = values[:, index].detach()
        self.length[sequence] = length + new

    def gather(self, sequence):
        table, length = self.tables[sequence], self.length[sequence]
        if len(table) == 1:  # views of the only block
            return tuple(part[:length].permute(1, 0, 2) for part in self.blocks[table[0]])
        out = []
        for which in (0, 1):
            parts = [self.blocks[number][which].permute(1, 0, 2) for number in table]
            out.append(torch.cat([self.empty, *parts], dim=1)[:, :length].clone())
        return tuple(out)

    def share(self, source, sequence, tokens=None):
        table, length = self.tables[source], self.length[source]
        tokens = length if tokens is None else tokens
        if sequence in self.tables or tokens < 0 or tokens > length:
            raise ValueError("share")
        self.tables[sequence] = [number for place, number in enumerate(table) if place * self.size < tokens]
        self.length[sequence] = tokens
        for number in self.tables[sequence]:
            self.users[number].add(sequence)

    def free(self, sequence):
        for number in self.tables.pop(sequence):
            self.users[number].discard(sequence)
        del self.length[sequence]
