"""Visible examples of week 15, batching: every number can be checked by hand."""

from grader.suite import assert_raises, assert_same


def pairs(step):
    """What a step scheduled, as lists."""
    return [list(pair) for pair in step["scheduled"]]


def test_a_prompt_in_chunks(student):
    """Four tokens a step: b's prompt of five waits for what a leaves over, and goes through in chunks of two and three.

    每步 4 个词元：b 的提示有 5 个词元，只能用 a 剩下的部分，分成 2 个和 3 个两块经过模型。
    """
    scheduler = student.Scheduler(max_num_seqs=2, max_num_batched_tokens=4)
    scheduler.add("a", prompt_tokens=2, output_tokens=3)
    scheduler.add("b", prompt_tokens=5, output_tokens=1)

    steps = [scheduler.step() for _ in range(3)]

    assert_same([pairs(step) for step in steps], [[["a", 2], ["b", 2]], [["a", 1], ["b", 3]], [["a", 1]]])
    assert_same([list(step["sampled"]) for step in steps], [["a"], ["a", "b"], ["a"]])
    assert_same([list(step["finished"]) for step in steps], [[], ["b"], ["a"]])


def test_serving_two_requests(student):
    """A step takes a second for each of its tokens. a comes at 1, and its prompt is through at 3. b comes at 2, and
    must wait for the step to end, and for its place.

    每步的秒数等于其中的词元数。a 在 1 秒到达，提示在 3 秒算完；b 在 2 秒到达，要等这一步结束，还要等空位。
    """
    trace = [("a", 1.0, 2, 2), ("b", 2.0, 3, 1)]

    got = student.serve(trace, student.Scheduler(1, 8), float)

    assert_same(got, {"a": [3.0, 4.0], "b": [7.0]})


def test_first_come_first_served(student):
    """Two places and four tokens a step. While a's prompt of six takes all four, b does not begin; with the next step a
    has ended, so that c finds a place, and shares the budget with b, which is writing and comes first.

    两个位置，每步 4 个词元。a 的提示有 6 个词元，占满 4 个时 b 不会开始；下一步 a 结束，c 就有了位置，
    与正在写的 b 分享预算，b 在先。
    """
    scheduler = student.Scheduler(max_num_seqs=2, max_num_batched_tokens=4)
    for request in (("a", 6, 1), ("b", 2, 2), ("c", 4, 1)):
        scheduler.add(*request)

    steps = [scheduler.step() for _ in range(4)]
    assert_same([pairs(step) for step in steps], [[["a", 4]], [["a", 2], ["b", 2]], [["b", 1], ["c", 3]], [["c", 1]]])
    assert_same([list(step["finished"]) for step in steps], [[], ["a"], ["b"], ["c"]])


def test_a_name_is_free_again(student):
    """A second request of a name is refused while the first waits or runs, and welcome when it has ended.

    同名的请求还在等待或运行时，第二个会被拒绝；结束之后就可以再加入。
    """
    scheduler = student.Scheduler(1, 8)
    scheduler.add("a", 1, 2)

    assert_raises(ValueError, scheduler.add, "a", 1, 1)
    scheduler.step()
    assert_raises(ValueError, scheduler.add, "a", 1, 1)
    scheduler.step()
    scheduler.add("a", 1, 1)
    assert_same(pairs(scheduler.step()), [["a", 1]])


def test_when_requests_arrive(student):
    """Every step takes a second and two tokens. y and b come at 2, just in time for the step that begins there; y is
    first in the trace. d comes a little after 3 and waits until 4. When nobody is there, time goes on to 9.5.

    每步一秒、两个词元。y 和 b 在 2 秒到达，正赶上此时开始的一步；y 在 trace 里排在前面。d 比 3 秒晚一点，要等到 4 秒。
    没有请求时，时间直接跳到 9.5 秒。
    """
    trace = [("late", 9.5, 1, 1), ("y", 2.0, 1, 1), ("b", 2.0, 1, 1), ("a", 1.0, 2, 2), ("d", 3.0 + 1e-9, 1, 1)]

    got = student.serve(trace, student.Scheduler(8, 2), lambda tokens: 1.0)
    assert_same(got, {"late": [10.5], "y": [3.0], "b": [4.0], "a": [2.0, 3.0], "d": [5.0]})
