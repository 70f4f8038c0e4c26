"""Week 17, exercise 6: unlearn an example exactly, at a fraction of the cost of training again.

Read first:  the handout, exercise 6.
You write:   ShardedLearner.
You may use: plain Python. It knows nothing about the models: training is a function that it is given
(the given module `toy_training` has one to try it with).
"""

from collections.abc import Callable
from typing import Any

State = Any


class ShardedLearner:
    """Train small models on disjoint shards, so that one can forget exactly.

    Example i of n (its id is i) belongs to shard i % shards, for good. Within a shard, in ascending order of the ids,
    the examples are cut into `slices` consecutive parts as equal as possible, the longer ones first (as
    `numpy.array_split`); a part may be empty. A shard's model is trained in steps: step s takes the state after step
    s - 1 (`initial` before the first) and all examples of the shard's slices 1 to s that are still there, in
    ascending order of the ids: state = train(state, examples). A step without any example does not call `train`; the
    state stays.

    `train` returns a new state and does not modify what it is given.
    """

    def __init__(self, shards: int, slices: int, train: Callable[[State, list[Any]], State], initial: State):
        if shards < 1 or slices < 1:
            raise ValueError("shards and slices must be at least 1")
        self.shards = shards
        self.slices = slices
        self.train = train
        self.initial = initial

    def fit(self, examples: list[Any]) -> None:
        """Train all shards from `initial` on these examples.

        What was learned before is dropped. The list is not modified.
        """
        # BEGIN SOLUTION
        self._examples = dict(enumerate(examples))
        self._slices = [_cut(range(shard, len(examples), self.shards), self.slices) for shard in range(self.shards)]
        self._checkpoints = [[self.initial] * (self.slices + 1) for _ in range(self.shards)]
        for shard in range(self.shards):
            self._train_from(shard, 0)
        # END SOLUTION

    def forget(self, ids: list[int]) -> int:
        """Make all states what they would be without these examples.

        The other examples stay in their shards and slices. In a shard that held one of them, the steps from the first
        slice with a forgotten example on are done again, from the checkpoint before it. No other step is: not those
        of other shards, nor earlier ones. Many ids in one call, even the same one twice, cost each step at most once.
        An empty list does nothing.

        Returns:
            how often `train` was called: the price of forgetting.

        Raises:
            KeyError: if an id is unknown or already forgotten; then nothing at all is changed.
        """
        # BEGIN SOLUTION
        forgotten = set(ids)
        if unknown := forgotten - self._examples.keys():
            raise KeyError(f"no such examples: {sorted(unknown)}")
        for example_id in forgotten:
            del self._examples[example_id]
        calls = 0
        for shard, slices in enumerate(self._slices):
            hit = [s for s, members in enumerate(slices) if not forgotten.isdisjoint(members)]
            if hit:
                calls += self._train_from(shard, hit[0])
        return calls
        # END SOLUTION

    # BEGIN SOLUTION
    def _train_from(self, shard: int, first: int) -> int:
        """Redo the steps of one shard from slice `first` on, renew the checkpoints after them, and count the calls."""
        checkpoints, calls = self._checkpoints[shard], 0
        for step in range(first, self.slices):
            members = [i for part in self._slices[shard][: step + 1] for i in part if i in self._examples]
            before = checkpoints[step]
            checkpoints[step + 1] = self.train(before, [self._examples[i] for i in members]) if members else before
            calls += bool(members)
        return calls

    # END SOLUTION

    def states(self) -> list[State]:
        """Return the state of each shard after its last step.

        Source: Bourtoule et al. 2021, "Machine Unlearning", section IV (SISA: sharded, isolated, sliced, aggregated).
        """
        # BEGIN SOLUTION
        return [checkpoints[-1] for checkpoints in self._checkpoints]
        # END SOLUTION


# BEGIN SOLUTION
def _cut(ids: range, parts: int) -> list[range]:
    size, longer = divmod(len(ids), parts)
    ends = [(part + 1) * size + min(part + 1, longer) for part in range(parts)]
    return [ids[start:end] for start, end in zip([0, *ends], ends, strict=False)]


# END SOLUTION
