"""Two lists instead of one subtraction: those that write get a token each, then the one prompt that is being read."""


class Scheduler:
    def __init__(self, max_num_seqs, max_num_batched_tokens):
        if max_num_seqs <= 0 or max_num_batched_tokens <= 0:
            raise ValueError("at least 1")
        self.seats, self.tokens = max_num_seqs, max_num_batched_tokens
        self.writing, self.reading, self.line = {}, None, []

    def known(self):
        reading = [] if self.reading is None else [self.reading[0]]
        return [*self.writing, *reading, *(name for name, _, _ in self.line)]

    def add(self, name, prompt_tokens, output_tokens):
        if prompt_tokens < 1 or output_tokens < 1 or name in self.known():
            raise ValueError(name)
        self.line = [*self.line, (name, prompt_tokens, output_tokens)]

    def step(self):
        left = self.tokens - len(self.writing)  # never more writers than tokens: each began with one of its own
        scheduled, sampled, finished = [(name, 1) for name in self.writing], list(self.writing), []
        for name in sampled:
            self.writing[name] -= 1
        while left > 0:
            if self.reading is None:
                if not self.line or len(self.writing) >= self.seats:
                    break
                self.reading, self.line = list(self.line[0]), self.line[1:]
            name, prompt, outputs = self.reading
            chunk = min(prompt, left)
            scheduled.append((name, chunk))
            left -= chunk
            self.reading[1] -= chunk
            if self.reading[1] == 0:
                sampled.append(name)
                self.writing[name] = outputs - 1
                self.reading = None
        for name in list(self.writing):
            if self.writing[name] == 0:
                del self.writing[name]
                finished.append(name)
        return {"scheduled": scheduled, "sampled": sampled, "finished": finished}


def serve(trace, scheduler, seconds):
    if len(set(request[0] for request in trace)) != len(trace):
        raise ValueError("names")
    if any(not request[1] >= 0 for request in trace):
        raise ValueError("arrivals")
    todo = [*trace]
    done = {request[0]: [] for request in trace}
    now = 0.0
    open_ = 0
    while todo or open_:
        ready = [request for request in todo if request[1] <= now]
        if not ready and open_ == 0:
            now = float(min(request[1] for request in todo))
            continue
        for request in sorted(ready, key=lambda request: request[1]):
            scheduler.add(request[0], request[2], request[3])
        todo = [request for request in todo if request[1] > now]
        open_ += len(ready)
        step = scheduler.step()
        now += seconds(sum(pair[1] for pair in step["scheduled"]))
        for name in step["sampled"]:
            done[name].append(now)
        open_ -= len(step["finished"])
    return done
