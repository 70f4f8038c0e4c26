"""One object for each shard; the examples of a slice are a dictionary."""

import numpy as np


class Shard:
    def __init__(self, parts, train, initial):
        self.parts, self.train, self.history, self.calls = parts, train, [initial], 0
        self.run()

    def run(self):
        """Train the steps for which there is no state yet."""
        for step in range(len(self.history) - 1, len(self.parts)):
            batch = [example for part in self.parts[: step + 1] for example in part.values()]
            self.history.append(self.train(self.history[-1], batch) if batch else self.history[-1])
            self.calls += 1 if batch else 0

    def drop(self, ids):
        touched = [step for step, part in enumerate(self.parts) if part.keys() & ids]
        if touched:
            for part in self.parts:
                for example_id in part.keys() & ids:
                    del part[example_id]
            del self.history[touched[0] + 1 :]
            self.run()


class ShardedLearner:
    def __init__(self, shards, slices, train, initial):
        if shards < 1 or slices < 1:
            raise ValueError("at least 1")
        self.number, self.slices, self.train, self.initial = shards, slices, train, initial

    def fit(self, examples):
        self.alive = set(range(len(examples)))
        self.workers = []
        for shard in range(self.number):
            ids = np.array_split(np.arange(shard, len(examples), self.number), self.slices)
            parts = [{int(i): examples[i] for i in part} for part in ids]
            self.workers.append(Shard(parts, self.train, self.initial))

    def forget(self, ids):
        ids = set(ids)
        if not ids <= self.alive:
            raise KeyError(ids - self.alive)
        self.alive -= ids
        before = sum(worker.calls for worker in self.workers)
        for worker in self.workers:
            worker.drop(ids)
        return sum(worker.calls for worker in self.workers) - before

    def states(self):
        return [worker.history[-1] for worker in self.workers]
