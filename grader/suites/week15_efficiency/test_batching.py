"""Hidden suite of week 15, batching.

What a scheduler should do is found by a second one, written here another way: it keeps a list of tokens for each
request and crosses them off. Numbers of tokens are integers and times are sums of eighths, so all is compared exactly.
The scheduler of the tests of `serve` runs in the judge, except in one.
"""

import pytest

from grader.suite import after, assert_raises, assert_same, claims, expect, points, served, unchanged

NAN = float("nan")


def plain(step):
    """A step's three lists, whatever kinds of sequences they are."""
    lists = (list, tuple)
    expect(
        isinstance(step, dict)
        and set(step) == {"scheduled", "sampled", "finished"}
        and all(isinstance(part, lists) for part in step.values())
        and all(isinstance(pair, lists) and len(pair) == 2 for pair in step["scheduled"]),
        'A step is a dictionary of the lists "scheduled", of pairs (name, tokens), "sampled" and "finished".',
        '一步的结果是由三个列表组成的字典："scheduled"（由 (name, tokens) 对组成）、"sampled" 和 "finished"。',
    )
    pairs = [(name, tokens) for name, tokens in step["scheduled"]]
    return pairs, list(step["sampled"]), list(step["finished"])


def steps(scheduler, count):
    """What so many steps give."""
    return [plain(scheduler.step()) for _ in range(count)]


class Expected:
    """What the contract asks for: each request is a list of tokens that have still to go through the model."""

    def __init__(self, max_num_seqs, max_num_batched_tokens):
        self.seats, self.budget = max_num_seqs, max_num_batched_tokens
        self.queue, self.inside = [], []

    def add(self, name, prompt_tokens, output_tokens):
        self.queue.append({"name": name, "todo": ["prompt"] * prompt_tokens, "left": output_tokens})

    def step(self):
        left, pairs = self.budget, []
        entering = self.queue[: max(self.seats - len(self.inside), 0)]
        for request in self.inside + entering:
            if left == 0:
                break
            tokens = min(left, len(request["todo"]))
            if request in entering:
                self.queue.remove(request)
                self.inside.append(request)
            del request["todo"][:tokens]
            left -= tokens
            pairs.append((request["name"], tokens))
        sampled, finished = [], []
        for request in list(self.inside):
            if not request["todo"]:
                sampled.append(request["name"])
                request["left"] -= 1
                request["todo"] = ["new"]
                if request["left"] == 0:
                    finished.append(request["name"])
                    self.inside.remove(request)
        return {"scheduled": pairs, "sampled": sampled, "finished": finished}


@pytest.fixture
def both(student):
    """Makes the student's scheduler and the expected one, with the same requests."""

    def both(seats, budget, *requests):
        pair = student.Scheduler(seats, budget), Expected(seats, budget)
        for scheduler in pair:
            for request in requests:
                scheduler.add(*request)
        return pair

    return both


@points(1)
@claims(
    "A request has so many prompt tokens and ends when it has so many output tokens",
    "those of the prompt, in one step or in chunks over several",
    "and then, one in a step, each output token but the last",
    "A request that got tokens and has none left that could go through gets an output token at the end of the step",
    "One that has all its output tokens ends with the step",
    "A dictionary of three lists",
    "a pair (name, tokens) for each request that got tokens of the budget",
    "the names of those that got an output token",
)
def test_one_request_by_hand(student):
    """A prompt of 5 tokens and 3 output tokens are 5, 1 and 1 tokens through the model, and each step gives a token.
    With 2 tokens a step it is 2, 2, 1, 1, 1, and the first three give one token.

    5 个提示词元、3 个输出词元：经过模型的是 5、1、1 个，每步产生一个词元。
    每步至多 2 个时为 2、2、1、1、1，前三步只产生一个。
    """
    scheduler = student.Scheduler(7, 100)
    unchanged(scheduler.add, "only", 5, 3)
    assert_same(
        steps(scheduler, 4),
        [
            ([("only", 5)], ["only"], []),
            ([("only", 1)], ["only"], []),
            ([("only", 1)], ["only"], ["only"]),
            ([], [], []),
        ],
    )

    scheduler = student.Scheduler(max_num_seqs=1, max_num_batched_tokens=2)
    scheduler.add(name="only", prompt_tokens=5, output_tokens=3)
    assert_same([pairs for pairs, _, _ in steps(scheduler, 6)], [[("only", n)] for n in (2, 2, 1, 1, 1)] + [[]])


@points(1)
@claims(
    "Without requests all three are empty",
    "one for a request that has an output token, the rest of the prompt for one that has none",
)
def test_the_smallest_ones(student):
    """A request of one token and one output is one step. A scheduler without requests has empty steps, before and
    after. A name may come again when its request has ended, and two schedulers do not know each other.

    提示和输出各一个词元的请求只需一步。没有请求时，前后的步都为空。请求结束后名字可以再用；两个调度器互不相干。
    """
    scheduler, other = student.Scheduler(1, 1), student.Scheduler(1, 1)
    assert_same(steps(scheduler, 2), [([], [], [])] * 2)
    for _ in range(2):
        scheduler.add("one", 1, 1)
        other.add("one", 2, 1)
        assert_same(steps(scheduler, 2), [([("one", 1)], ["one"], ["one"]), ([], [], [])])
        assert_same(steps(other, 2), [([("one", 1)], [], []), ([("one", 1)], ["one"], ["one"])])


@points(1)
@after("test_one_request_by_hand")
@claims(
    "The budget of a step is max_num_batched_tokens",
    "First the running requests get tokens, in the order in which they began to run",
    "or what is left of the budget if that is less",
    "how many tokens of all requests together may go through the model in one step",
)
def test_a_budget_for_all(both):
    """The budget is that of all requests together: those that write get their token first, and a new prompt gets what
    they leave, in chunks, however long it is.

    预算由所有请求共用：正在输出的先各得一个词元，新的提示用剩下的部分分块计算，不论它有多长。
    """
    mine, expected = both(5, 7, ("a", 3, 9), ("b", 2, 8), ("c", 23, 2), ("d", 1, 4))
    assert_same(steps(mine, 14), steps(expected, 14))
    mine, expected = both(5, 7, ("a", 7, 2), ("b", 7, 2), ("c", 8, 2), ("d", 6, 1))
    assert_same(steps(mine, 9), steps(expected, 9))


@points(1)
@after("test_one_request_by_hand")
@claims(
    "while budget is left and fewer than max_num_seqs are running, the request that has waited longest begins to run",
    "how many requests may be running at once",
    "and its place is free in the next",
)
def test_places(both):
    """With three places and budget enough, a fourth request begins in the step after one of the three has ended, and
    not before; nobody waits for the others to end.

    有三个位置、预算充足时，前三个请求之一结束后的下一步，第四个才开始，不会更早；也不必等其他的结束。
    """
    mine, expected = both(3, 1000, ("a", 5, 4), ("b", 5, 1), ("c", 5, 6), ("d", 5, 2), ("e", 5, 5), ("f", 2, 1))
    assert_same(steps(mine, 10), steps(expected, 10))
    mine, expected = both(1, 1000, ("a", 5, 2), ("b", 3, 1), ("c", 4, 2))
    assert_same(steps(mine, 6), steps(expected, 6))


@points(1)
@after("test_a_budget_for_all")
@claims(
    "The first two are in the order in which budget was given",
    "the names of those that ended, in the same order",
)
def test_first_come_first_served(both):
    """A long prompt is not overtaken by a short one behind it, whether names are in the order of the alphabet or not;
    lists have the order in which budget was given.

    后来的短提示不会超过前面的长提示，不论名字的字母次序如何；各列表按分得预算的次序排列。
    """
    mine, expected = both(4, 8, ("z", 6, 3), ("m", 30, 2), ("a", 1, 1), ("b", 1, 3), ("y", 2, 3))
    assert_same(steps(mine, 12), steps(expected, 12))
    mine, expected = both(9, 50, ("q", 4, 2), ("c", 3, 2), ("x", 2, 2), ("a", 1, 2))
    assert_same(steps(mine, 3), steps(expected, 3))


@points(1)
@after("test_a_budget_for_all")
@claims("The budget of a step is max_num_batched_tokens", "which they began to run")
def test_a_budget_smaller_than_the_places(both):
    """Three tokens a step and eight places: three requests at most can write at once, and no one is forgotten.

    每步 3 个词元、8 个位置：最多只有三个请求能同时输出，没有谁被漏掉。
    """
    requests = [(f"r{number}", 1 + number % 2, 3) for number in range(6)]
    mine, expected = both(8, 3, *requests)
    assert_same(steps(mine, 12), steps(expected, 12))
    mine, expected = both(8, 1, *requests[:3])
    assert_same(steps(mine, 14), steps(expected, 14))


@points(2)
@after("test_places")
@after("test_a_budget_for_all")
@claims("in one step or in chunks over several")
def test_many_requests_that_come_in_between(student, rng):
    """Requests of random sizes that are added between the steps go through as the contract says, until all have ended.

    在各步之间随机加入大小不一的请求，全部结束之前每一步都符合约定。
    """
    for seats, budget in ((3, 11), (5, 4), (2, 64)):
        mine, expected = student.Scheduler(seats, budget), Expected(seats, budget)
        sizes = rng.integers(1, 20, 17, 2).tolist()
        for number, (prompt_tokens, output_tokens) in enumerate(sizes):
            for scheduler in (mine, expected):
                scheduler.add(f"{number}", prompt_tokens, output_tokens)
            assert_same(steps(mine, number % 3), steps(expected, number % 3))
        while expected.queue or expected.inside:
            assert_same(plain(mine.step()), plain(expected.step()))
        assert_same(plain(mine.step()), ([], [], []))


@points(1)
@claims(
    "one of the two is below 1",
    "a number of tokens is below 1, or a request of this name has not ended yet",
    "Then nothing has changed",
)
def test_what_a_scheduler_refuses(student):
    """No places, no budget, requests without tokens, and names that wait or run already. Afterwards the requests are
    the same as before, and a name that was refused for its tokens may come with better ones.

    位置或预算为 0、没有词元的请求、正在等待或运行的名字，都应拒绝；之后各请求与之前相同，因词元数被拒绝的名字可以换成
    合适的词元数再来。
    """
    for seats, budget in ((0, 1), (1, 0), (-1, 4), (4, -1)):
        assert_raises(ValueError, student.Scheduler, seats, budget)
    scheduler = student.Scheduler(1, 4)
    scheduler.add("a", 2, 2)
    scheduler.add("b", 2, 1)
    for _ in range(2):  # a waits, and then runs; b waits
        for bad in (("a", 1, 1), ("b", 1, 1), ("c", 0, 1), ("c", 1, 0), ("c", -1, 1), ("c", 1, -1)):
            assert_raises(ValueError, scheduler.add, *bad)
        last = plain(scheduler.step())
    assert_same(last, ([("a", 1)], ["a"], ["a"]))
    scheduler.add("c", 1, 1)  # what was refused is not known by its name
    assert_same(steps(scheduler, 2), [([("b", 2)], ["b"], ["b"]), ([("c", 1)], ["c"], ["c"])])
    scheduler.add("a", 1, 1)
    assert_same(steps(scheduler, 2), [([("a", 1)], ["a"], ["a"]), ([], [], [])])


# serve


def clock(seconds, most=100_000):
    """How long a step takes, for so many steps at most: a server that never ends is stopped."""
    calls = []

    def length(tokens):
        calls.append(tokens)
        expect(
            len(calls) <= most,
            "serve made more than {most} steps for a trace that needs far fewer.",
            "serve 执行了 {most} 步以上，而这个 trace 需要的步数少得多。",
            most=most,
        )
        return seconds(tokens)

    return length


class Script:
    """A scheduler for `serve` that does what the contract of Scheduler says, and notes what it is asked."""

    def __init__(self, seats, budget):
        self.inner, self.asked = Expected(seats, budget), []

    def add(self, name, prompt_tokens, output_tokens):
        expect(
            name not in [request["name"] for request in self.inner.queue + self.inner.inside],
            "{name} was added twice.",
            "{name} 被加入了两次。",
            name=name,
        )
        self.asked.append(("add", name, prompt_tokens, output_tokens))
        self.inner.add(name, prompt_tokens, output_tokens)

    def step(self):
        self.asked.append("step")
        return self.inner.step()

    def __call__(self):
        """Only what can be called is served."""


@pytest.fixture
def serve(student):
    """Serves a trace with a scheduler in the judge: the times, what the scheduler was asked, and tokens of steps."""

    def serve(trace, seats=4, budget=16, seconds=lambda tokens: 0.5 + 0.125 * tokens):
        script, lengths = Script(seats, budget), []

        def noted(tokens):
            lengths.append(tokens)
            return seconds(tokens)

        face = served(student, script, add=lambda _, *request: script.add(*request), step=lambda _: script.step())
        got = student.serve(trace, face, clock(noted))
        return got, script.asked, lengths

    return serve


def simulated(trace, seats=4, budget=16, seconds=lambda tokens: 0.5 + 0.125 * tokens):
    """What serve should return, in another way: by the ends of steps."""
    queue, scheduler = sorted(trace, key=lambda request: request[1]), Expected(seats, budget)
    times, now = {request[0]: [] for request in trace}, 0.0
    while queue or scheduler.queue or scheduler.inside:
        if not (scheduler.queue or scheduler.inside) and queue[0][1] > now:
            now = float(queue[0][1])
        ready = [request for request in queue if request[1] <= now]
        queue = queue[len(ready) :]
        for name, _, *sizes in ready:
            scheduler.add(name, *sizes)
        step = scheduler.step()
        now += seconds(sum(tokens for _, tokens in step["scheduled"]))
        for name in step["sampled"]:
            times[name].append(now)
    return times


@points(1)
@claims(
    "Time begins at 0",
    "A step takes `seconds(tokens)`, where `tokens` is the number of all tokens that it schedules",
    "what it samples is there at its end",
    "For each request of the trace the list of the times at which it got its output tokens, as floats",
    "`seconds` is called once for each step",
)
def test_two_requests_by_hand(serve):
    """A prompt of 4 takes 1 s and each later step 0.625 s; both together 0.75 s.

    4 个词元的提示要 1 秒，之后每步 0.625 秒；两个请求一起时每步 0.75 秒。
    """
    got, asked, lengths = serve([("a", 0.0, 4, 3)])
    assert_same(got, {"a": [1.0, 1.625, 2.25]})
    assert_same([lengths, asked], [[4, 1, 1], [("add", "a", 4, 3), "step", "step", "step"]])

    got, _, lengths = serve([("a", 0.0, 4, 3), ("b", 0.5, 1, 2)])
    assert_same(got, {"a": [1.0, 1.75, 2.5], "b": [1.75, 2.5]})
    assert_same(lengths, [4, 2, 2])
    got, _, _ = serve([("a", 0.0, 1, 3)], seconds=lambda tokens: 2.0**-12)
    assert_same(got, {"a": [2.0**-12, 2.0**-11, 3 * 2.0**-12]})
    got, _, _ = serve([("a", 3, 4, 2)], seconds=lambda tokens: 2)
    expect(
        [(time, type(time)) for time in got["a"]] == [(5.0, float), (7.0, float)],
        "The times are floats, 5.0 and 7.0, also where arrivals and lengths of steps are whole numbers.",
        "时间是浮点数 5.0 和 7.0，到达时间和步长为整数时也一样。",
    )


@points(1)
@after("test_two_requests_by_hand")
@claims(
    "Before each step, all requests that have arrived are added, also those that arrive at just this time",
    "in the order of their arrival, and of equal arrivals in that of the trace",
)
def test_when_requests_are_added(serve):
    """A request that arrives during a step waits for its end; one that arrives at just this end is in time. The trace
    need not be in the order of arrival.

    在一步进行中到达的请求要等这一步结束；恰好在结束时到达的赶得上。trace 不必按到达次序排列。
    """
    trace = [("late", 1.25, 3, 1), ("z", 1.0, 2, 1), ("first", 0.0, 4, 4), ("a", 1.0, 2, 2), ("whole", 1, 1, 1)]
    got, asked, _ = unchanged_trace(serve, trace)

    names = [entry if entry == "step" else entry[1] for entry in asked]
    assert_same(names, ["first", "step", "z", "a", "whole", "step", "late", "step", "step"])
    assert_same(got, simulated(trace))
    after_the_end = [("a", 0.0, 4, 2), ("b", 1.0 + 2.0**-30, 1, 1)]  # a step of 4 tokens ends at 1.0
    _, asked, _ = serve(after_the_end)
    names = [entry if entry == "step" else entry[1] for entry in asked]
    assert_same(names, ["a", "step", "step", "b", "step"])


def unchanged_trace(serve, trace):
    before = [tuple(request) for request in trace]
    answer = serve(trace)
    assert_same(trace, before)
    return answer


@points(1)
@after("test_two_requests_by_hand")
@claims("While every request that was added has ended, no step is made, and time goes on to the next arrival")
def test_a_server_without_work(serve):
    """While there is nothing to do no step is made: time goes on to the next arrival, and not back. No requests give no
    times.

    没有事做时不执行步：时间前进到下一次到达，不会倒退。没有请求就没有时间。
    """
    got, asked, lengths = serve([("a", 2.5, 4, 1), ("b", 10, 4, 2), ("c", 10.5, 4, 1)])
    assert_same(got, {"a": [3.5], "b": [11.0, 12.125], "c": [12.125]})
    assert_same(lengths, [4, 4, 5])
    names = [entry if entry == "step" else entry[1] for entry in asked]
    assert_same(names, ["a", "step", "b", "step", "c", "step"])
    got, _, _ = serve([("a", 0, 4, 1), ("b", 0.5, 4, 1), ("c", 1.75, 4, 1)])  # b waits until 1, and c until 2
    assert_same(got, {"a": [1.0], "b": [2.0], "c": [3.0]})
    assert_same(serve([]), ({}, [], []))


@points(1)
@after("test_when_requests_are_added")
@claims(
    "Of the scheduler only `add` and `step` are used, and it has no requests at first",
)
def test_a_long_trace(student, serve, rng):
    """Forty requests with random arrivals and sizes get their tokens when they should, with a scheduler of ours and
    with yours.

    四十个到达时间和大小都随机的请求，无论用我们的还是你的调度器，都按时得到词元。
    """
    arrivals = [number / 4 for number in rng.integers(0, 60, 40).tolist()]
    sizes = rng.integers(1, 24, 40, 2).tolist()
    trace = [(f"r{number}", at, *size) for number, (at, size) in enumerate(zip(arrivals, sizes, strict=True))]

    assert_same(serve(trace)[0], simulated(trace))

    def ours(tokens):
        return 0.25 + 0.125 * tokens

    got = unchanged(student.serve, trace, student.Scheduler(3, 9), clock(ours))
    assert_same(got, simulated(trace, 3, 9, ours))


@points(1)
@claims("two requests have one name, or an arrival is negative or NaN")
def test_traces_that_are_refused(student):
    """Two requests of one name, an arrival before 0, and one that is no time; 0 itself is fine.

    重名的请求、早于 0 的到达、不是时间的到达，都应拒绝；0 本身没问题。
    """
    for trace in (
        [("a", 0.0, 1, 1), ("b", 1.0, 1, 1), ("a", 5.0, 1, 1)],
        [("a", -0.125, 1, 1)],
        [("a", 0.0, 1, 1), ("b", NAN, 1, 1)],
    ):
        assert_raises(ValueError, student.serve, trace, student.Scheduler(2, 2), clock(float))
    for zero in (0.0, 0):
        got = student.serve([("a", zero, 1, 2)], student.Scheduler(2, 2), clock(float))
        assert_same(got, {"a": [1.0, 2.0]})


@points(2)
@after("test_a_long_trace")
def test_short_requests_do_not_wait_for_long_ones(student):
    """One request writes 60 tokens, and twelve others come, each of 2 tokens: every one of them has its answer within 4
    steps of its coming. And while a prompt of 50 tokens is read, the one that writes gets a token in every step.

    一个请求要输出 60 个词元，另有十二个各输出 2 个词元的请求陆续到达：每个都在到达后 4 步之内得到结果。
    在读入一个 50 词元的提示时，正在输出的请求每步都得到一个词元。
    """
    trace = [("long", 0.0, 1, 60)] + [(f"r{number}", float(3 * number + 1), 3, 2) for number in range(12)]
    got = student.serve(trace, student.Scheduler(2, 8), clock(lambda tokens: 1.0))
    for name, arrival, *_ in trace[1:]:
        expect(
            got[name][-1] - arrival <= 4,
            "{name} arrived at {arrival} and had its last token at {end}.",
            "{name} 在 {arrival} 到达，最后一个词元却在 {end} 才得到。",
            name=name,
            arrival=arrival,
            end=got[name][-1],
        )
    got = student.serve([("a", 0.0, 1, 30), ("b", 2.0, 50, 1)], student.Scheduler(2, 8), clock(lambda tokens: 1.0))
    assert_same(got, {"a": [float(step) for step in range(1, 31)], "b": [10.0]})
