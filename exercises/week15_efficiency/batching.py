# Week 15, exercise batching: Continuous batching
# Difficulty 3 of 5 · importance 4 of 5 · about 45 minutes
# It builds on: Queues, a loop over events, prefill and decode.
# Arguments stay as they are, unless a docstring says otherwise.
"""Week 15, batching: which requests go through the model in the next step, and how many tokens of each.

A server has one model and many requests. In each step one batch goes through the model. A scheduler that may change the
batch at every step lets a request in as soon as there is room, and lets it go as soon as it has ended.

The terms are those of vLLM: waiting, running, max_num_seqs, max_num_batched_tokens.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

Trace = list[tuple[str, float, int, int]]
"""Requests as (name, arrival, prompt_tokens, output_tokens)."""


class Scheduler:
    """Continuous batching with chunked prefill, first come, first served.

    A request has so many prompt tokens and ends when it has so many output tokens. Before it gets an output token, all
    tokens before that one must have gone through the model: those of the prompt, in one step or in chunks over several,
    and then, one in a step, each output token but the last.
    """

    def __init__(self, max_num_seqs: int, max_num_batched_tokens: int):
        """Make a scheduler without requests.

        Args:
            max_num_seqs: how many requests may be running at once.
            max_num_batched_tokens: how many tokens of all requests together may go through the model in one step.

        Raises:
            ValueError: one of the two is below 1.
        """
        raise NotImplementedError("week 15, batching: write Scheduler.__init__")

    def add(self, name: str, prompt_tokens: int, output_tokens: int) -> None:
        """Put a request at the end of those that are waiting.

        Raises:
            ValueError: a number of tokens is below 1, or a request of this name has not ended yet. Then nothing has
                changed.
        """
        raise NotImplementedError("week 15, batching: write Scheduler.add")

    def step(self) -> dict[str, list]:
        """Choose the tokens of one step, and take note of what the model makes of them.

        The budget of a step is max_num_batched_tokens. First the running requests get tokens, in the order in which
        they began to run; then, while budget is left and fewer than max_num_seqs are running, the request that has
        waited longest begins to run. Each gets all the tokens that can go through the model now, or what is left of
        the budget if that is less: one for a request that has an output token, the rest of the prompt for one that has
        none. A request that got tokens and has none left that could go through gets an output token at the end of the
        step. One that has all its output tokens ends with the step, and its place is free in the next.

        Returns:
            A dictionary of three lists. The first two are in the order in which budget was given.
            "scheduled": a pair (name, tokens) for each request that got tokens of the budget.
            "sampled": the names of those that got an output token.
            "finished": the names of those that ended, in the same order.
            Without requests all three are empty.
        """
        raise NotImplementedError("week 15, batching: write Scheduler.step")


def serve(trace: Trace, scheduler: Any, seconds: Callable[[int], float]) -> dict[str, list[float]]:
    """Run requests through a scheduler in simulated time, and return when each got its output tokens.

    Time begins at 0. Before each step, all requests that have arrived are added, also those that arrive at just this
    time: in the order of their arrival, and of equal arrivals in that of the trace. A step takes `seconds(tokens)`,
    where `tokens` is the number of all tokens that it schedules; what it samples is there at its end. While every
    request that was added has ended, no step is made, and time goes on to the next arrival.
    Of the scheduler only `add` and `step` are used, and it has no requests at first. `seconds` is called once for each
    step.

    Returns:
        For each request of the trace the list of the times at which it got its output tokens, as floats.

    Raises:
        ValueError: two requests have one name, or an arrival is negative or NaN.
    """
    raise NotImplementedError("week 15, batching: write serve")
