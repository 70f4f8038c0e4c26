"""States by recursion over the steps, remembered in a dictionary that forgets what is stale."""


class ShardedLearner:
    def __init__(self, shards, slices, train, initial):
        if min(shards, slices) < 1:
            raise ValueError("shards and slices")
        self.shards, self.slices, self.train, self.initial = shards, slices, train, initial

    def fit(self, examples):
        self.rows = []
        self.known = {}
        self.calls = 0
        sizes = [len(range(shard, len(examples), self.shards)) for shard in range(self.shards)]
        for i, example in enumerate(examples):
            shard, place = i % self.shards, i // self.shards
            self.rows.append([shard, self.slice_of(place, sizes[shard]), example, True])
        self.states()

    def slice_of(self, place, size):
        short, longer = divmod(size, self.slices)
        edge = longer * (short + 1)
        return place // (short + 1) if place < edge else longer + (place - edge) // short

    def state(self, shard, steps):
        if steps == 0:
            return self.initial
        if (shard, steps) not in self.known:
            before = self.state(shard, steps - 1)
            seen = [row[2] for row in self.rows if row[0] == shard and row[1] < steps and row[3]]
            self.known[shard, steps] = self.train(before, seen) if seen else before
            self.calls += bool(seen)
        return self.known[shard, steps]

    def forget(self, ids):
        for i in ids:
            if not 0 <= i < len(self.rows) or not self.rows[i][3]:
                raise KeyError(i)
        for i in ids:
            shard, part = self.rows[i][:2]
            self.rows[i][3] = False
            for steps in range(part + 1, self.slices + 1):
                self.known.pop((shard, steps), None)
        before = self.calls
        self.states()
        return self.calls - before

    def states(self):
        return [self.state(shard, self.slices) for shard in range(self.shards)]
