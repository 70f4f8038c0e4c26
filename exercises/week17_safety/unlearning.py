# Week 17, exercise unlearning: Exact unlearning with shards
# Difficulty 3 of 5 · importance 3 of 5 · about 45 minutes
# It builds on: Dictionaries and lists.
# An extra: it is worth no points, and the week is done without it.
# Arguments stay as they are, unless a docstring says otherwise.
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
        raise NotImplementedError("week 17, unlearning: write ShardedLearner.fit")

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
        raise NotImplementedError("week 17, unlearning: write ShardedLearner.forget")

    def states(self) -> list[State]:
        """Return the state of each shard after its last step.

        Source: Bourtoule et al. 2021, "Machine Unlearning", section IV (SISA: sharded, isolated, sliced, aggregated).
        """
        raise NotImplementedError("week 17, unlearning: write ShardedLearner.states")
