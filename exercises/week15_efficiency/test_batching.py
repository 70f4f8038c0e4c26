"""Visible examples of week 15, batching: every number can be checked by hand."""

from grader.suite import assert_same


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
