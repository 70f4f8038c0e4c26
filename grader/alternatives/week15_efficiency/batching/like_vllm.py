"""As vLLM's scheduler does: num_computed_tokens catches up with num_tokens; a heap of arrivals for the trace."""

import heapq
import math
from dataclasses import dataclass


@dataclass
class Request:
    request_id: str
    num_prompt_tokens: int
    max_tokens: int
    num_computed_tokens: int = 0
    num_output_tokens: int = 0

    @property
    def num_tokens(self):
        return self.num_prompt_tokens + self.num_output_tokens


class Scheduler:
    def __init__(self, max_num_seqs, max_num_batched_tokens):
        if min(max_num_seqs, max_num_batched_tokens) <= 0:
            raise ValueError("config")
        self.max_num_running_reqs = max_num_seqs
        self.max_num_scheduled_tokens = max_num_batched_tokens
        self.requests = {}
        self.waiting, self.running = [], []

    def add(self, name, prompt_tokens, output_tokens):
        if name in self.requests:
            raise ValueError("duplicate request id")
        if prompt_tokens <= 0 or output_tokens <= 0:
            raise ValueError("empty request")
        self.requests[name] = Request(name, prompt_tokens, output_tokens)
        self.waiting.append(name)

    def schedule(self):
        num_scheduled_tokens = {}
        token_budget = self.max_num_scheduled_tokens
        req_index = 0
        while req_index < len(self.running) and token_budget > 0:
            request = self.requests[self.running[req_index]]
            num_new_tokens = min(request.num_tokens - request.num_computed_tokens, token_budget)
            num_scheduled_tokens[request.request_id] = num_new_tokens
            token_budget -= num_new_tokens
            req_index += 1
        while self.waiting and token_budget > 0:
            if len(self.running) == self.max_num_running_reqs:
                break
            request = self.requests[self.waiting.pop(0)]
            num_new_tokens = min(request.num_tokens - request.num_computed_tokens, token_budget)
            self.running.append(request.request_id)
            num_scheduled_tokens[request.request_id] = num_new_tokens
            token_budget -= num_new_tokens
        return num_scheduled_tokens

    def step(self):
        num_scheduled_tokens = self.schedule()
        sampled, finished = [], []
        for name, count in num_scheduled_tokens.items():
            request = self.requests[name]
            request.num_computed_tokens += count
            if request.num_computed_tokens < request.num_tokens:
                continue
            request.num_output_tokens += 1
            sampled.append(name)
            if request.num_output_tokens >= request.max_tokens:
                finished.append(name)
        for name in finished:
            self.running.remove(name)
            del self.requests[name]
        return {"scheduled": list(num_scheduled_tokens.items()), "sampled": sampled, "finished": finished}


def serve(trace, scheduler, seconds):
    heap, times = [], {}
    for place, (name, arrival, prompt, output) in enumerate(trace):
        if name in times or math.isnan(arrival) or arrival < 0:
            raise ValueError("trace")
        times[name] = []
        heapq.heappush(heap, (arrival, place, name, prompt, output))
    clock, open_requests = 0.0, set()
    while True:
        if not open_requests:
            if not heap:
                return times
            clock = float(max(clock, heap[0][0]))
        while heap and heap[0][0] <= clock:
            _, _, name, prompt, output = heapq.heappop(heap)
            open_requests.add(name)
            scheduler.add(name, prompt, output)
        out = scheduler.step()
        total = 0
        for pair in out["scheduled"]:
            total += pair[1]
        clock = clock + seconds(total)
        for name in out["sampled"]:
            times[name] += [clock]
        open_requests.difference_update(out["finished"])
