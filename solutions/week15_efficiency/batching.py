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
        # BEGIN SOLUTION
        if max_num_seqs < 1 or max_num_batched_tokens < 1:
            raise ValueError(f"{max_num_seqs} sequences and {max_num_batched_tokens} tokens must be at least 1")
        self.max_num_seqs, self.max_num_batched_tokens = max_num_seqs, max_num_batched_tokens
        self.waiting: deque[_Request] = deque()
        self.running: list[_Request] = []
        # END SOLUTION

    def add(self, name: str, prompt_tokens: int, output_tokens: int) -> None:
        """Put a request at the end of those that are waiting.

        Raises:
            ValueError: a number of tokens is below 1, or a request of this name has not ended yet. Then nothing has
                changed.
        """
        # BEGIN SOLUTION
        if prompt_tokens < 1 or output_tokens < 1:
            raise ValueError(f"{prompt_tokens} and {output_tokens} tokens must be at least 1")
        if any(request.name == name for request in (*self.waiting, *self.running)):
            raise ValueError(f"{name!r} has not ended yet")
        self.waiting.append(_Request(name, prompt_tokens, output_tokens))
        # END SOLUTION

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
        # BEGIN SOLUTION
        budget = self.max_num_batched_tokens
        scheduled: list[tuple[_Request, int]] = []
        for request in self.running:
            tokens = min(request.missing(), budget)
            scheduled.append((request, tokens))
            budget -= tokens
        while self.waiting and budget > 0 and len(self.running) < self.max_num_seqs:
            request = self.waiting.popleft()
            self.running.append(request)
            tokens = min(request.missing(), budget)
            scheduled.append((request, tokens))
            budget -= tokens

        for request, tokens in scheduled:
            request.computed += tokens
        sampled = [request for request, _ in scheduled if request.missing() == 0]
        for request in sampled:
            request.outputs += 1  # now one token is missing again: the new one
        self.running = [request for request in self.running if not request.ended()]
        return {
            "scheduled": [(request.name, tokens) for request, tokens in scheduled],
            "sampled": [request.name for request in sampled],
            "finished": [request.name for request in sampled if request.ended()],
        }
        # END SOLUTION


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
    # BEGIN SOLUTION
    if len({name for name, *_ in trace}) < len(trace) or not all(arrival >= 0 for _, arrival, *_ in trace):
        raise ValueError("names must differ, and arrivals be at least 0")
    coming = deque(sorted(trace, key=lambda request: request[1]))  # sorting keeps the order of equals
    times: dict[str, list[float]] = {name: [] for name, *_ in trace}
    now, unfinished = 0.0, 0
    while coming or unfinished:
        if not unfinished:
            now = max(now, float(coming[0][1]))
        while coming and coming[0][1] <= now:
            name, _, prompt_tokens, output_tokens = coming.popleft()
            scheduler.add(name, prompt_tokens, output_tokens)
            unfinished += 1
        step = scheduler.step()
        now += seconds(sum(tokens for _, tokens in step["scheduled"]))
        for name in step["sampled"]:
            times[name].append(now)
        unfinished -= len(step["finished"])
    return times
    # END SOLUTION


# BEGIN SOLUTION
class _Request:
    """A request, and how far it is."""

    def __init__(self, name: str, prompt_tokens: int, output_tokens: int):
        self.name, self.prompt_tokens, self.output_tokens = name, prompt_tokens, output_tokens
        self.computed = 0  # tokens that went through the model
        self.outputs = 0  # tokens that came out

    def missing(self) -> int:
        """Tokens that are known and have not gone through the model: prefill and decode are the same subtraction."""
        return self.prompt_tokens + self.outputs - self.computed

    def ended(self) -> bool:
        return self.outputs == self.output_tokens


# END SOLUTION
