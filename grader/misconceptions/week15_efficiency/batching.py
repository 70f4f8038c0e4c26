"""Known mistakes of week 15, batching."""

import batching as solution

from grader.mistakes import mistake


class Variant(solution.Scheduler):
    """The solution in small pieces, each of which a mistake may replace."""

    def running_first(self, budget):
        return self.give(self.running, budget)

    def give(self, requests, budget):
        given = []
        for request in requests:
            tokens = min(request.missing(), budget)
            if tokens > 0:
                given.append((request, tokens))
                budget -= tokens
        return given, budget

    def admit(self, budget):
        given = []
        while self.waiting and budget > 0 and len(self.running) < self.max_num_seqs:
            request = self.waiting.popleft()
            self.running.append(request)
            tokens = min(request.missing(), budget)
            given.append((request, tokens))
            budget -= tokens
        return given

    def choose(self):
        given, budget = self.running_first(self.max_num_batched_tokens)
        return given + self.admit(budget)

    def samples(self, request):
        return request.missing() == 0

    def leave(self):
        self.running = [request for request in self.running if not request.ended()]

    def step(self):
        scheduled = self.choose()
        for request, tokens in scheduled:
            request.computed += tokens
        sampled = [request for request, _ in scheduled if self.samples(request)]
        for request in sampled:
            request.outputs += 1
        self.leave()
        return {
            "scheduled": [(request.name, tokens) for request, tokens in scheduled],
            "sampled": [request.name for request in sampled],
            "finished": [request.name for request in sampled if request.ended()],
        }


@mistake(
    of="Scheduler",
    en="It looks like new requests begin only when all those that are running have ended: that is static batching.",
    zh="看起来要等所有正在运行的请求都结束才让新请求开始：那是静态批处理。",
    breaks="while budget is left and fewer than max_num_seqs are running",
)
class WaitsForTheWholeBatch(Variant):
    def choose(self):
        if self.running:
            return self.running_first(self.max_num_batched_tokens)[0]
        return self.admit(self.max_num_batched_tokens)


@mistake(
    of="Scheduler",
    en="It looks like new prompts get budget before the requests that are writing, which then stand still.",
    zh="看起来新的提示先得到预算，正在输出的请求反而停了下来。",
    breaks="First the running requests get tokens",
)
class NewPromptsFirst(Variant):
    def choose(self):
        old = list(self.running)
        new = self.admit(self.max_num_batched_tokens)
        left = self.max_num_batched_tokens - sum(tokens for _, tokens in new)
        return new + self.give(old, left)[0]


@mistake(
    of="Scheduler",
    en="It looks like a step either reads prompts or writes tokens, but never both: that was vLLM's way before chunked "
    "prefill.",
    zh="看起来一步要么读提示、要么输出词元，从不同时进行：那是 vLLM 引入分块预填充之前的做法。",
)
class EitherPromptsOrTokens(Variant):
    def choose(self):
        reading = [request for request in self.running if request.outputs == 0]
        given, budget = self.give(reading, self.max_num_batched_tokens)
        given += self.admit(budget)
        return given or self.give(self.running, self.max_num_batched_tokens)[0]


@mistake(
    of="Scheduler",
    en="It looks like a prompt begins only when the whole of it fits into what is left of the budget: it is not cut "
    "into chunks.",
    zh="看起来只有剩下的预算放得下整个提示时它才开始：提示没有被分块。",
    breaks="in one step or in chunks over several",
)
class NoChunks(Variant):
    def admit(self, budget):
        given = []
        while self.waiting and len(self.running) < self.max_num_seqs:
            if self.waiting[0].missing() > budget and self.running:  # alone it may go through: else it never would
                break
            request = self.waiting.popleft()
            self.running.append(request)
            given.append((request, request.missing()))
            budget -= request.missing()
        return given


@mistake(
    of="Scheduler",
    en="It looks like a prompt is never cut: it goes through in one step, even if that is over the budget.",
    zh="看起来提示从不切开：整个在一步里经过模型，哪怕超出预算。",
    breaks="or what is left of the budget if that is less",
)
class OverTheBudget(Variant):
    def admit(self, budget):
        given = []
        while self.waiting and budget > 0 and len(self.running) < self.max_num_seqs:
            request = self.waiting.popleft()
            self.running.append(request)
            given.append((request, request.missing()))
            budget -= request.missing()
        return given


@mistake(
    of="Scheduler",
    en="It looks like each request has the whole budget to itself, instead of sharing one with the others.",
    zh="看起来每个请求各有一份完整的预算，而不是大家共用一份。",
    breaks="how many tokens of all requests together may go through the model in one step",
)
class ABudgetForEach(Variant):
    def give(self, requests, budget):
        return [(request, min(request.missing(), budget)) for request in requests], budget

    def admit(self, budget):
        new = []
        while self.waiting and len(self.running) < self.max_num_seqs:
            new.append(self.waiting.popleft())
            self.running.append(new[-1])
        return self.give(new, budget)[0]


@mistake(
    of="Scheduler",
    en="It looks like the tokens of requests that are writing are not taken from the budget: only prompts are.",
    zh="看起来正在输出的请求的词元没有从预算里扣除，只扣了提示的。",
    breaks="The budget of a step is max_num_batched_tokens",
)
class WritingIsFree(Variant):
    def running_first(self, budget):
        given = []
        for request in self.running:
            tokens = min(request.missing(), budget) if request.outputs == 0 else 1
            if tokens > 0:
                given.append((request, tokens))
                budget -= tokens if request.outputs == 0 else 0
        return given, budget


@mistake(
    of="Scheduler",
    en="It looks like the first output token comes one step late: the step that ends the prompt gives it already.",
    zh="看起来第一个输出词元晚了一步：提示算完的那一步就应该产生它。",
    breaks="has none left that could go through gets an output token at the end of the step",
)
class FirstTokenIsLate(Variant):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.through = set()

    def samples(self, request):
        if request.missing() == 0 and request.outputs == 0 and request not in self.through:
            self.through.add(request)
            request.computed -= 1
            return False
        return request.missing() == 0


@mistake(
    of="Scheduler",
    en="It looks like every chunk of a prompt gives an output token: only the one that ends the prompt does.",
    zh="看起来提示的每一块都产生了输出词元：只有算完提示的那一块才产生。",
    breaks="has none left that could go through gets an output token at the end of the step",
)
class EveryChunkSamples(Variant):
    def samples(self, request):
        if request.missing():
            request.prompt_tokens -= 1  # the rest of the prompt stays what it is, though a token came out
        return True


@mistake(
    of="Scheduler",
    en="It looks like every chunk of a prompt gives an output token: only the one that ends the prompt does.",
    zh="看起来提示的每一块都产生了输出词元：只有算完提示的那一块才产生。",
    breaks="has none left that could go through gets an output token at the end of the step",
)
class EveryChunkSamplesAndAddsToTheRest(Variant):
    def samples(self, request):
        return True


@mistake(
    of="Scheduler",
    en="It looks like a request that is refused has left its name behind: with better numbers of tokens it is then "
    "refused as well. Check everything first, and take note of the name last.",
    zh="看起来被拒绝的请求留下了它的名字：换成合适的词元数再来，仍会被拒绝。请先检查完一切，最后才登记名字。",
    breaks="Then nothing has changed",
)
class RefusedNamesStay(Variant):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.refused = set()

    def add(self, name, prompt_tokens, output_tokens):
        if name in self.refused:
            raise ValueError("name")
        if prompt_tokens < 1 or output_tokens < 1:
            self.refused.add(name)
        super().add(name, prompt_tokens, output_tokens)


@mistake(
    of="Scheduler",
    en="It looks like the last output token goes through the model as well before the request ends: nothing is "
    "computed from it.",
    zh="看起来最后一个输出词元也经过了模型，请求才结束：没有什么要由它来算。",
    breaks="and then, one in a step, each output token but the last",
)
class OneStepTooMany(Variant):
    def step(self):
        late = [request for request in self.running if request.outputs == request.output_tokens]
        answer = super().step()
        answer["sampled"] = [name for name in answer["sampled"] if name not in {request.name for request in late}]
        answer["finished"] = [request.name for request in late]
        return answer

    def leave(self):
        self.running = [request for request in self.running if request.outputs <= request.output_tokens]


@mistake(
    of="Scheduler",
    en="It looks like a place stays taken for one step more after its request has ended.",
    zh="看起来请求结束之后，它的位置又多占了一步。",
    breaks="and its place is free in the next",
)
class PlaceIsFreeTooLate(Variant):
    def leave(self):
        self.gone = [request for request in self.running if request.ended()]
        super().leave()

    def choose(self):
        gone = getattr(self, "gone", [])
        seats, self.max_num_seqs = self.max_num_seqs, self.max_num_seqs - len(gone)
        try:
            return super().choose()
        finally:
            self.max_num_seqs = seats


@mistake(
    of="Scheduler",
    en="It looks like the request that came last begins first.",
    zh="看起来最后来的请求最先开始。",
    breaks="the request that has waited longest begins to run",
)
class LastComeFirst(Variant):
    def admit(self, budget):
        self.waiting.reverse()
        try:
            return super().admit(budget)
        finally:
            self.waiting.reverse()


@mistake(
    of="Scheduler",
    en="It looks like the shortest prompt begins first: that may be clever, but here the one that has waited longest "
    "does.",
    zh="看起来最短的提示最先开始：那或许聪明，但这里应让等得最久的先开始。",
    breaks="the request that has waited longest begins to run",
)
class ShortestFirst(Variant):
    def admit(self, budget):
        self.waiting = type(self.waiting)(sorted(self.waiting, key=lambda request: request.prompt_tokens))
        return super().admit(budget)


@mistake(
    of="Scheduler",
    en="It looks like only one waiting request begins in each step, though there is budget and room for more.",
    zh="看起来每一步只让一个等待的请求开始，尽管预算和位置都还有。",
    breaks="while budget is left and fewer than max_num_seqs are running",
)
class OneNewRequestAStep(Variant):
    def admit(self, budget):
        seats, self.max_num_seqs = self.max_num_seqs, min(self.max_num_seqs, len(self.running) + 1)
        try:
            return super().admit(budget)
        finally:
            self.max_num_seqs = seats


@mistake(
    of="Scheduler",
    en="It looks like one request too many may run: <= is compared where < is meant, or a place is given away in the "
    "very step in which its request ends.",
    zh="看起来多让一个请求运行了：应该用 < 比较却用了 <=，或者请求还在结束的那一步里，位置就让给了别人。",
    breaks="fewer than max_num_seqs are running",
)
class OneTooManyRuns(Variant):
    def admit(self, budget):
        self.max_num_seqs += 1
        try:
            return super().admit(budget)
        finally:
            self.max_num_seqs -= 1


@mistake(
    of="Scheduler",
    en="It looks like a request begins to run although no budget is left: it takes a place and gets no tokens.",
    zh="看起来预算用完之后仍有请求开始运行：它占了位置，却分不到词元。",
    breaks="while budget is left and fewer than max_num_seqs are running",
)
class BeginsWithoutBudget(Variant):
    def admit(self, budget):
        given = []
        while self.waiting and len(self.running) < self.max_num_seqs:
            request = self.waiting.popleft()
            self.running.append(request)
            tokens = min(request.missing(), budget)
            given.append((request, tokens))
            budget -= tokens
        return given

    def give(self, requests, budget):
        given = []
        for request in requests:
            given.append((request, min(request.missing(), budget)))
            budget -= given[-1][1]
        return given, budget


@mistake(
    of="Scheduler",
    en="It looks like a request that is in the middle of its prompt goes back behind those that are waiting.",
    zh="看起来提示还没算完的请求又排到了等待队列的末尾。",
    breaks="in the order in which they began to run",
)
class BackIntoTheQueue(Variant):
    def leave(self):
        super().leave()
        for request in [request for request in self.running if request.missing() > 1 or request.outputs == 0]:
            self.running.remove(request)
            self.waiting.append(request)


@mistake(
    of="Scheduler",
    en="It looks like a name is never free again, though its request has ended.",
    zh="看起来请求结束之后，它的名字再也不能使用。",
    breaks="a request of this name has not ended yet",
)
class RemembersEveryName(Variant):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.names = set()

    def add(self, name, prompt_tokens, output_tokens):
        if name in self.names:
            raise ValueError("name")
        super().add(name, prompt_tokens, output_tokens)
        self.names.add(name)


@mistake(
    of="Scheduler",
    en="It looks like a second request of the same name is let in while the first has not ended.",
    zh="看起来第一个请求还没结束，就接受了同名的第二个请求。",
    breaks="a request of this name has not ended yet",
)
class LetsNamesComeTwice(Variant):
    def add(self, name, prompt_tokens, output_tokens):
        if prompt_tokens < 1 or output_tokens < 1:
            raise ValueError("tokens")
        self.waiting.append(solution._Request(name, prompt_tokens, output_tokens))


def checked(trace):
    """The trace in the order of arrival."""
    if len({name for name, *_ in trace}) < len(trace) or not all(arrival >= 0 for _, arrival, *_ in trace):
        raise ValueError("trace")
    return sorted(trace, key=lambda request: request[1])


def simulate(coming, trace, scheduler, seconds, arrived=lambda at, now, end: at <= now, begin=False):
    """Serve; `arrived` says who is added to the step after `now`, and `begin` whether tokens come at its beginning."""
    coming, now, unfinished = list(coming), 0.0, 0
    times = {name: [] for name, *_ in trace}
    while coming or unfinished:
        if not unfinished:
            now = max(now, float(coming[0][1]))
        first = not unfinished
        while coming and (arrived(coming[0][1], now, None) or (first and coming[0][1] <= now)):
            name, _, *sizes = coming.pop(0)
            scheduler.add(name, *sizes)
            unfinished += 1
        step = scheduler.step()
        took = seconds(sum(tokens for _, tokens in step["scheduled"]))
        for name in step["sampled"]:
            times[name].append(now if begin else now + took)
        now += took
        unfinished -= len(step["finished"])
    return times


@mistake(
    of="serve",
    en="It looks like a token is there at the beginning of the step that samples it: it comes at the end.",
    zh="看起来词元在产生它的那一步开始时就有了：它应该在这一步结束时才有。",
    breaks="what it samples is there at its end",
)
def tokens_at_the_beginning(trace, scheduler, seconds):
    return simulate(checked(trace), trace, scheduler, seconds, begin=True)


@mistake(
    of="serve",
    en="It looks like a request that arrives exactly at the end of a step must wait for one more.",
    zh="看起来恰好在一步结束时到达的请求又多等了一步。",
    breaks="also those that arrive at just this time",
)
def just_too_late(trace, scheduler, seconds):
    return simulate(checked(trace), trace, scheduler, seconds, arrived=lambda at, now, end: at < now)


@mistake(
    of="serve",
    en="It looks like times are rounded or compared with a tolerance: a request that arrives a little after the end of "
    "a step is added too early.",
    zh="看起来时间被取整，或比较时留了误差：在一步结束后稍晚到达的请求被提前加入了。",
    breaks="Before each step, all requests that have arrived are added",
)
def a_little_too_early(trace, scheduler, seconds):
    return simulate(checked(trace), trace, scheduler, seconds, lambda at, now, end: at <= now + 1e-6)


@mistake(
    of="serve",
    en="It looks like requests are added in the order of the trace, whenever they arrive.",
    zh="看起来请求按 trace 中的次序加入，而不管它们何时到达。",
    breaks="in the order of their arrival",
)
def in_the_order_of_the_trace(trace, scheduler, seconds):
    checked(trace)
    return simulate(trace, trace, scheduler, seconds)


@mistake(
    of="serve",
    en="It looks like requests that arrive at the same time are added in the order of their names.",
    zh="看起来同时到达的请求按名字的次序加入。",
    breaks="and of equal arrivals in that of the trace",
)
def ties_by_name(trace, scheduler, seconds):
    checked(trace)
    coming = sorted(trace, key=lambda request: (request[1], request[0]))
    return simulate(coming, trace, scheduler, seconds)


@mistake(
    of="serve",
    en="It looks like all requests are added at the very beginning, as if nobody had to arrive.",
    zh="看起来一开始就加入了所有请求，好像谁都不用等到达。",
    breaks="all requests that have arrived are added",
)
def everybody_is_there(trace, scheduler, seconds):
    return simulate(checked(trace), trace, scheduler, seconds, arrived=lambda at, now, end: True)


@mistake(
    of="serve",
    en="It looks like empty steps are made, and paid for, until the next request arrives.",
    zh="看起来在下一个请求到达之前执行了空的步，还计入了时间。",
    breaks="no step is made, and time goes on to the next arrival",
)
def empty_steps(trace, scheduler, seconds):
    coming, now, unfinished = checked(trace), 0.0, 0
    times = {name: [] for name, *_ in trace}
    for _ in range(10_000):  # steps that take no time would be made for ever
        if not coming and not unfinished:
            break
        while coming and coming[0][1] <= now:
            name, _, *sizes = coming.pop(0)
            scheduler.add(name, *sizes)
            unfinished += 1
        step = scheduler.step()
        now += seconds(sum(tokens for _, tokens in step["scheduled"]))
        for name in step["sampled"]:
            times[name].append(now)
        unfinished -= len(step["finished"])
    return times


@mistake(
    of="serve",
    en="It looks like the length of a step depends on how many requests are in it, not on how many tokens.",
    zh="看起来一步的时长取决于其中有多少个请求，而不是多少个词元。",
    breaks="where `tokens` is the number of all tokens that it schedules",
)
def counts_requests(trace, scheduler, seconds):
    checked(trace)

    class Face:
        def add(self, *request):
            scheduler.add(*request)

        def step(self):
            step = scheduler.step()
            return step | {"scheduled": [(name, 1) for name, _ in step["scheduled"]]}

    return solution.serve(trace, Face(), seconds)


@mistake(
    of="serve",
    en="It looks like the times are counted from the arrival of each request: here they are those of the clock.",
    zh="看起来时间是从各请求到达时算起的：这里要的是时钟上的时间。",
    breaks="the list of the times at which it got its output tokens",
)
def since_the_arrival(trace, scheduler, seconds):
    times = solution.serve(trace, scheduler, seconds)
    return {name: [time - arrival for time in times[name]] for name, arrival, *_ in trace}


@mistake(
    of="serve",
    en="It looks like time goes back: a request that arrived while the last step was running begins at its arrival, "
    "not at the end of that step.",
    zh="看起来时间倒退了：上一步还在进行时到达的请求，从它到达时就开始了，而不是等那一步结束。",
    breaks="While every request that was added has ended, no step is made, and time goes on to the next arrival",
)
def goes_back_in_time(trace, scheduler, seconds):
    coming, now, unfinished = checked(trace), 0.0, 0
    times = {name: [] for name, *_ in trace}
    while coming or unfinished:
        if not unfinished:
            now = float(coming[0][1])
        while coming and coming[0][1] <= now:
            name, _, *sizes = coming.pop(0)
            scheduler.add(name, *sizes)
            unfinished += 1
        step = scheduler.step()
        now += seconds(sum(tokens for _, tokens in step["scheduled"]))
        for name in step["sampled"]:
            times[name].append(now)
        unfinished -= len(step["finished"])
    return times


@mistake(
    of="serve",
    en="It looks like the scheduler makes a step while nobody is there, before time goes on to the next arrival.",
    zh="看起来没有请求时也让调度器执行了一步，然后时间才前进到下一次到达。",
    breaks="no step is made",
)
def a_step_for_nobody(trace, scheduler, seconds):
    ended = {"unfinished": 0, "served": 0}

    class Face:
        def add(self, *request):
            if ended["unfinished"] == 0 and ended["served"]:
                scheduler.step()
            ended["unfinished"] += 1
            scheduler.add(*request)

        def step(self):
            step = scheduler.step()
            ended["unfinished"] -= len(step["finished"])
            ended["served"] += 1
            return step

    return solution.serve(trace, Face(), seconds)


@mistake(
    of="Scheduler",
    en="It looks like a prompt waits until the whole of it fits into what is left of the budget, unless it is alone in "
    "the step: it is cut into chunks, whoever else gets tokens.",
    zh="看起来提示要等到剩下的预算放得下整个提示才开始，除非这一步里只有它：不论还有谁，提示都可以分块。",
    breaks="or what is left of the budget if that is less",
)
class CutsAPromptOnlyAlone(Variant):
    def admit(self, budget):
        given = []
        while self.waiting and budget > 0 and len(self.running) < self.max_num_seqs:
            if budget < self.max_num_batched_tokens and self.waiting[0].missing() > budget:
                break
            request = self.waiting.popleft()
            self.running.append(request)
            tokens = min(request.missing(), budget)
            given.append((request, tokens))
            budget -= tokens
        return given


@mistake(
    of="Scheduler",
    en="It looks like a name is looked for only among the requests that wait: one that is running has not ended "
    "either.",
    zh="看起来只在等待的请求中查找名字：正在运行的请求也还没有结束。",
    breaks="a request of this name has not ended yet",
)
class LooksAtWaitingNamesAlone(Variant):
    def add(self, name, prompt_tokens, output_tokens):
        running, self.running = self.running, []
        try:
            super().add(name, prompt_tokens, output_tokens)
        finally:
            self.running = running
