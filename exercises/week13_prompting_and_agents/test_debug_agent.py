"""Visible examples of week 13, debug_agent: one ticket, and two."""

from grader.suite import assert_same


def prices(student, *trips):
    """What the agent is told about the prices of some trips."""
    calls = [{"name": "price", "arguments": {"to": to, "seats": seats}} for to, seats in trips]

    def llm(messages):
        return {"calls": calls} if len(messages) == 1 else {"answer": messages[-1]["content"]}

    agent = student.CachingAgent(llm, {"price": lambda to, seats: seats * len(to)})
    return [message["content"] for message in agent.run("What does it cost?")["messages"] if message["role"] == "tool"]


def test_one_trip(student):
    """Two seats to Oslo cost 8, and asked again they still do.

    两个座位去 Oslo 要 8，再问一次还是 8。
    """
    assert_same(prices(student, ("Oslo", 2), ("Oslo", 2)), ["8", "8"])


def test_two_trips(student):
    """Two seats to Oslo cost 8, one to Rome costs 4.

    两个座位去 Oslo 要 8，一个座位去 Rome 要 4。
    """
    assert_same(prices(student, ("Oslo", 2), ("Rome", 1)), ["8", "4"])


def test_trips_of_the_same_size(student):
    """Two seats to Oslo and two to Lisbon differ in one argument only.

    两个座位去 Oslo 与两个座位去 Lisbon，只有一个参数不同。
    """
    assert_same(prices(student, ("Oslo", 2), ("Lisbon", 2)), ["8", "12"])


def test_a_call_is_made_once(student):
    """The same call in another order of arguments is not made again; another tool is another call.

    参数换个次序仍是同一个调用，不会再做；换一个工具就是另一个调用。
    """
    made = []

    def tool(name):
        return lambda to, seats: made.append(name) or name

    first, second = {"to": "Oslo", "seats": 2}, {"seats": 2, "to": "Oslo"}
    calls = [{"name": "price", "arguments": first}, {"name": "price", "arguments": second}]
    calls += [{"name": "hours", "arguments": first}]

    def llm(messages):
        return {"calls": calls} if len(messages) == 1 else {"answer": "Done."}

    student.CachingAgent(llm, {"price": tool("price"), "hours": tool("hours")}).run("How much, and how long?")

    assert_same(made, ["price", "hours"])
