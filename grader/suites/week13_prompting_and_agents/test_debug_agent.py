"""Hidden suite of week 13, debug_agent.

What worked when the program was given is worth no points and must still work: the tests with points stand after it.
Tools run in the judge, where their calls are counted.
Not covered: arguments that are not data.
"""

from grader.suite import after, assert_same, attribute, claims, points


def ask(student, *calls, tools=None, rounds=1):
    """What the tools say to these calls, each (name, arguments), and which calls reached them, for each round."""
    reached = []

    def price(**arguments):
        reached.append(arguments)
        return f"{arguments}"

    def weight(**arguments):
        reached.append(arguments)
        return f"weight of {arguments}"

    def llm(messages):
        done = sum(message["role"] == "tool" for message in messages)
        if done == len(calls):
            return {"answer": f"{done} results"}
        name, arguments = calls[done]
        return {"calls": [{"name": name, "arguments": arguments}]}

    agent = student.CachingAgent(llm, {"price": price, "weight": weight})
    told = []
    for _ in range(rounds):
        run = agent.run("What does it cost?", len(calls) + 1)
        told.append([message["content"] for message in run["messages"] if message["role"] == "tool"])
        assert_same(run["answer"], f"{len(calls)} results")
    return told, len(reached), agent


def test_equal_calls_are_made_once(student):
    """A call that was made before in the run is not made again: this worked when you got the program.

    同一次运行中做过的调用不会再做：你拿到程序时，这一点本来就是对的。
    """
    told, reached, agent = ask(student, ("price", {"a": 1, "b": 2}), ("price", {"a": 1, "b": 2}))

    assert_same(told, [["{'a': 1, 'b': 2}"] * 2])
    assert_same((reached, attribute(agent, "made")), (1, 1))


@after("test_equal_calls_are_made_once")
def test_the_order_of_arguments(student):
    """A call is the same in whatever order its arguments are written: this worked, too.

    不论参数以什么次序写出，都是同一个调用：这一点本来也是对的。
    """
    told, reached, agent = ask(student, ("price", {"a": 1, "b": 2}), ("price", {"b": 2, "a": 1}))

    assert_same(told, [["{'a': 1, 'b': 2}"] * 2])
    assert_same((reached, attribute(agent, "made")), (1, 1))


@after("test_the_order_of_arguments")
@claims("made: how many calls of tools were made, in all runs")
def test_tools_and_runs_are_kept_apart(student):
    """Two tools are two calls, another run asks anew, and results are kept as text, also empty: this worked before.

    参数相同的两个工具是两次调用，另一次运行会重新询问；结果是文字，空文字也保留：你拿到程序时，这一点本来就是对的。
    """
    told, reached, agent = ask(student, ("price", {"a": 1}), ("weight", {"a": 1}), rounds=2)

    assert_same(told, [["{'a': 1}", "weight of {'a': 1}"]] * 2)
    assert_same((reached, attribute(agent, "made")), (4, 4))

    rung = []

    def silent():
        rung.append("silent")
        return ""

    def five():
        rung.append("five")
        return 5

    def llm(messages):
        return {"calls": [{"name": name, "arguments": {}} for name in ("silent", "silent", "five", "five")]}

    run = student.CachingAgent(llm, {"silent": silent, "five": five}).run("Go on.", 2)

    assert_same(run["answer"], None)
    results = [message["content"] for message in run["messages"] if message["role"] == "tool"]
    assert_same(results, ["", "", "5", "5"] * 2)
    assert_same(rung, ["silent", "five"])


@after("test_tools_and_runs_are_kept_apart")
@points(3)
def test_other_values(student):
    """Calls that differ in a value have results of their own.

    参数值不同的调用各有各的结果。
    """
    told, reached, _ = ask(student, ("price", {"a": 1}), ("price", {"a": 2}), ("price", {"a": 1}), ("price", {"a": 3}))

    assert_same(told, [["{'a': 1}", "{'a': 2}", "{'a': 1}", "{'a': 3}"]])
    assert_same(reached, 3)


@after("test_tools_and_runs_are_kept_apart")
@points(2)
def test_exchanged_values(student):
    """Calls that have the same values under exchanged names have results of their own.

    参数值相同、名字对调的调用各有各的结果。
    """
    told, reached, _ = ask(student, ("price", {"a": 1, "b": 2}), ("price", {"a": 2, "b": 1}))

    assert_same(told, [["{'a': 1, 'b': 2}", "{'a': 2, 'b': 1}"]])
    assert_same(reached, 2)


@after("test_tools_and_runs_are_kept_apart")
@points(2)
def test_values_that_look_alike(student):
    """The text 1 and the number 1 are different values, and so are lists in another order.

    文本 1 与数字 1 是不同的值，次序不同的列表也是。
    """
    calls = [("price", {"a": value}) for value in (1, "1", [1, 2], [2, 1], "[1, 2]", None)]

    told, reached, _ = ask(student, *calls)

    assert_same(told, [[f"{arguments}" for _, arguments in calls]])
    assert_same(reached, len(calls))


@after("test_tools_and_runs_are_kept_apart")
@points(1)
def test_the_second_argument(student):
    """Calls that differ only in their last argument have results of their own, and equal lists are made once.

    只有最后一个参数不同的调用各有各的结果；相同的列表只调用一次。
    """
    told, reached, _ = ask(
        student, ("weight", {"a": [1], "b": 2}), ("weight", {"a": [1], "b": 3}), ("weight", {"b": 3, "a": [1]})
    )  # fmt: skip

    assert_same(told, [[f"weight of {{'a': [1], 'b': {b}}}" for b in (2, 3, 3)]])
    assert_same(reached, 2)
