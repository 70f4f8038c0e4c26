"""Hidden suite of week 13, memory.

A message here takes as many tokens as its text has letters, or as a scripted counter says, so every answer is exact.
Not covered: whether a summary is a good one; whether the memory shares a dict with its caller (the wall copies).
"""

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

SUMMARY = "Summary of the conversation so far: "
CALL = [{"id": "c1", "function": {"name": "add", "arguments": {"a": 2, "b": [3]}}}]


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def tool(text, number="c1"):
    return {"role": "tool", "content": text, "tool_call_id": number}


def system(text):
    return {"role": "system", "content": text}


def letters(message):
    return len(message["content"])


def roles(message):
    """Tokens by the role alone: a summary is a message of the role system, whatever it says."""
    return {"system": 2}.get(message["role"], 5)


def fill(memory, *messages):
    for message in messages:
        memory.add(message)
    return memory


TURNS = [
    [user("aaaaa"), assistant("bb")],  # 7
    [user("ccc"), assistant("", tool_calls=CALL), tool("ddddd"), tool("ee", "c2"), assistant("f")],  # 11
    [user("gg"), assistant("hhh")],  # 5
    [user("iiii"), assistant("j", tool_calls=CALL), tool("kk")],  # 7
]
ALL = [message for turn in TURNS for message in turn]


def last(count):
    return [message for turn in TURNS[len(TURNS) - count :] for message in turn]


@points(1)
@claims(
    "Every message of the user begins a turn, also right after another one",
    "Joined, the turns are the messages again: none is changed or left out",
    "A conversation without messages has no turns",
    "the first message is not the user's.",
)
def test_turns(student):
    """Every message of the user begins a turn, which holds all that follows up to the next one.

    每条 user 消息开始一轮，直到下一条 user 消息之前的全部消息都属于它。
    """
    assert_same(unchanged(student.split_turns, ALL), TURNS)
    assert_same(student.split_turns([]), [])
    assert_same(student.split_turns([user("a")]), [[user("a")]])
    found = student.split_turns([user("a"), user("a"), assistant("b"), assistant("c"), user("d"), user("e")])
    assert_same(found, [[user("a")], [user("a"), assistant("b"), assistant("c")], [user("d")], [user("e")]])
    for first in (assistant("a"), tool("a"), system("a")):
        assert_raises(ValueError, student.split_turns, [first])
        assert_raises(ValueError, student.split_turns, [first, user("a")])


@points(1)
@claims(
    "an empty text is a system message too",
    "Asking changes nothing: asked twice, the answer is the same",
    "Each answer is a new list, which the caller may",
)
def test_a_buffer_keeps_everything(student):
    """The system message if there is one, and every message in order with all its keys; asking changes nothing.

    有 system 消息时它在最前；每条消息按顺序保留全部键；查询不改变任何东西。
    """
    assert_same(student.BufferMemory().messages(), [])
    assert_same(student.BufferMemory("").messages(), [system("")])
    memory = student.BufferMemory(system="Be brief.")
    assert_same(memory.messages(), [system("Be brief.")])
    for count, message in enumerate(ALL, start=1):
        assert_same(unchanged(memory.add, message), None)
        assert_same(memory.messages(), [system("Be brief."), *ALL[:count]])
        assert_same(memory.messages(), [system("Be brief."), *ALL[:count]])
    other = student.BufferMemory()
    twice = [user("x"), user("x"), assistant("", more=None), assistant("y"), user("x")]
    assert_same([student.given("wording").raised(other.add, message) for message in twice], [""] * 5)
    assert_same(other.messages(), twice)
    # Asked beside the student's module: what crosses the wall is copied, so an alias cannot be seen from here.
    hands_out = student.given("wording").hands_out
    expect(
        [hands_out(student.BufferMemory, system) for system in (None, "s")] == [[1, 1], [2, 2]],
        "Whoever appends to the answer of messages() appends to the memory: it must be a new list.",
        "向 messages() 的结果里追加消息，就会追加到记忆里：它必须是新的列表。",
    )


@points(2)
@claims(
    'the role is none of "user", "assistant" and "tool"',
    "A message that is refused is not remembered",
)
def test_messages_that_are_refused(student):
    """Another role, a beginning that is not the user's, a tool message without a call: refused, and not remembered.

    其他 role、开头不是 user、没有调用的 tool 消息：一律拒绝，也不记住。
    """
    for make in (
        lambda: student.BufferMemory("s"),
        lambda: student.WindowMemory(99, letters, "s"),
        lambda: student.SummaryMemory(99, lambda summary, turn: "no", letters, "s"),
    ):
        memory = make()
        assert_same(memory.messages(), [system("s")])
        for first in (assistant("a"), assistant("a", tool_calls=CALL), tool("a")):
            assert_raises(ValueError, memory.add, first)
        for role in ("developer", "human", "User", "", "system"):
            assert_raises(ValueError, memory.add, {"role": role, "content": "a"})
        assert_same(memory.messages(), [system("s")])
        fill(memory, user("a"))
        for role in ("function", "system"):
            assert_raises(ValueError, memory.add, {"role": role, "content": "a"})
        assert_raises(ValueError, memory.add, tool("b"))
        fill(memory, assistant("c"))
        assert_raises(ValueError, memory.add, tool("b"))
        fill(memory, assistant("d", tool_calls=[]))
        assert_raises(ValueError, memory.add, tool("b"))
        for allowed in (assistant("e", tool_calls=CALL), tool("f"), tool("g"), assistant("h")):
            assert_same(student.given("wording").raised(memory.add, allowed), "")
        assert_raises(ValueError, memory.add, tool("b"))
        kept = [user("a"), assistant("c"), assistant("d", tool_calls=[]), assistant("e", tool_calls=CALL)]
        assert_same(memory.messages(), [system("s"), *kept, tool("f"), tool("g"), assistant("h")])
        fill(memory, assistant("again", tool_calls=CALL), user("stop"))
        assert_raises(ValueError, memory.add, tool("b"))
        fill(memory, {**user("I call"), "tool_calls": CALL})
        assert_raises(ValueError, memory.add, tool("b"))


@points(3)
@claims(
    "The budget may be used up to the last token",
    "says how many tokens one message takes; several take the sum",
)
def test_a_window_up_to_the_last_token(student):
    """As many of the last turns as fit are sent, system message included, up to exactly the budget.

    连同 system 消息，发送放得下的尽可能多的最近几轮，可以恰好用满预算。
    """
    sums = [7, 12, 23, 30]  # of the last 1, 2, 3 and 4 turns
    for budget in range(32, 6, -1):  # with the smallest last: an error there says less than too short an answer
        count = sum(total <= budget for total in sums)
        assert_same(fill(student.WindowMemory(budget, letters), *ALL).messages(), last(count))
        window = fill(student.WindowMemory(budget + 3, letters, "sys"), *ALL)
        assert_same(window.messages(), [system("sys"), *last(count)])
    assert_same(fill(student.WindowMemory(budget=1, count=letters), user("a")).messages(), [user("a")])


@points(2)
@after("test_a_window_up_to_the_last_token")
@claims(
    "Turns are sent whole: the first message after the system message is the user's",
    "Turns are not skipped: what is sent is an unbroken end of the conversation",
)
def test_turns_are_neither_torn_nor_skipped(student):
    """Every answer begins with the user's message, and ends the conversation without a gap.

    每次的结果都以 user 消息开头，并且是对话末尾连续的一段。
    """
    long = [user("x" * 20), assistant("y")]
    small = [user("a"), assistant("b")]
    assert_same(fill(student.WindowMemory(12, letters), *small, *long, *small).messages(), small)
    assert_same(fill(student.WindowMemory(23, letters), *small, *long, *small).messages(), [*long, *small])
    calls = [user("u"), assistant("v", tool_calls=CALL), tool("w" * 9), assistant("x", tool_calls=CALL), tool("zz")]
    window = fill(student.WindowMemory(15, letters), *small, *calls)
    assert_same(window.messages(), calls)
    assert_same(fill(window, user("next")).messages(), [user("next")])
    assert_same(fill(student.WindowMemory(18, letters), *calls, user("next")).messages(), [*calls, user("next")])
    window = fill(student.WindowMemory(3, letters), user("aa"), user("b"))
    assert_same(window.messages(), [user("aa"), user("b")])
    assert_same(fill(window, user("c")).messages(), [user("b"), user("c")])


@points(1)
@claims(
    "the system message and the last turn do not fit into the budget; before the first turn, the",
    "`budget` is below 1",
    "`add` works as in `BufferMemory`",
)
def test_a_window_that_is_too_small(student):
    """A last turn that does not fit is a ValueError when messages are asked for, and later turns work again.

    最后一轮放不下时，查询消息抛出 ValueError；之后的轮次照常工作。
    """
    both = [user("a"), assistant("b"), user("ccc"), assistant("ddd")]
    assert_same(fill(student.WindowMemory(11, letters, "sys"), *both).messages(), [system("sys"), *both])
    window = fill(student.WindowMemory(9, letters, "sys"), user("aaa"), assistant("bbb"))
    assert_same(window.messages(), [system("sys"), user("aaa"), assistant("bbb")])
    fill(window, user("c" * 4), assistant("d" * 3))
    assert_raises(ValueError, window.messages)
    assert_raises(ValueError, window.messages)
    assert_same(fill(window, user("eee")).messages(), [system("sys"), user("eee")])
    assert_raises(ValueError, student.WindowMemory(2, letters, "sys").messages)
    assert_same(student.WindowMemory(3, letters, "sys").messages(), [system("sys")])
    assert_same(student.WindowMemory(1, letters).messages(), [])
    assert_raises(ValueError, fill(student.WindowMemory(3, letters, "sys"), user("a")).messages)
    for budget in (0, -5):
        assert_raises(ValueError, student.WindowMemory, budget, letters)
        assert_raises(ValueError, student.WindowMemory, budget)
        assert_raises(ValueError, student.SummaryMemory, budget, lambda summary, turn: "")


@points(1)
@claims("`count(message)` says how many tokens one message takes")
def test_the_counter_gets_whole_messages(student):
    """Any counter will do: it gets the whole message, with its calls; without one, tokens are estimated.

    任何计数函数都可以：它得到完整的消息，包括其中的调用；不给出时用估算。
    """

    def with_calls(message):
        return 10 * len(message.get("tool_calls", ())) + (2 if message["role"] == "tool" else 1)

    calls = [user("u"), assistant("v", tool_calls=CALL), tool("w"), assistant("x")]  # 1 + 11 + 2 + 1
    for budget, count in ((14, 1), (16, 1), (17, 2)):
        window = fill(student.WindowMemory(budget, with_calls, "s"), *calls, user("y"))
        assert_same(window.messages(), [system("s"), *([*calls, user("y")] if count == 2 else [user("y")])])
    for texts, budget in ((("abcd", "abcde"), 9), (("", "x" * 8), 8)):  # 3 + 1 and 3 + 2; 3 + 0 and 3 + 2
        messages = [user(text) for text in texts]
        assert_same(fill(student.WindowMemory(budget), *messages).messages(), messages)
        assert_same(fill(student.WindowMemory(budget - 1), *messages).messages(), messages[1:])
        summary = fill(student.SummaryMemory(budget - 1, lambda old, turn: "no", system=None), user("z"), *messages)
        assert_raises(ValueError, summary.messages)
    by_role = fill(student.SummaryMemory(8, lambda old, turn: "no", roles), user("a"), user("b"))  # 10, then 2 and 5
    assert_same(by_role.messages(), [system(SUMMARY + "no"), user("b")])


class Chain:
    """A summariser whose new summary follows from the old one alone; it remembers how it was called."""

    def __init__(self, **following):
        self.following, self.calls = following, []

    def __call__(self, summary, turn):
        self.calls.append((summary, turn))
        return self.following.get(summary or "begin", f"{summary}?")  # no error, whoever asks at the wrong time


def called(chain, *expected):
    """The summariser was called so since the last look."""
    calls, chain.calls = chain.calls, []
    expect(
        calls == list(expected),
        "summarise was called with {calls}; expected {expected}.",
        "summarise 的调用参数是 {calls}，应为 {expected}。",
        calls=calls,
        expected=list(expected),
    )


def behind(message):
    """One token a letter; of a summary only what the summariser wrote counts."""
    return len(message["content"].removeprefix(SUMMARY))


TENS = [[user(letter * 8), assistant(letter.upper() * 2)] for letter in "abcde"]  # five turns of 10 tokens


def conversation(*turns):
    return [message for turn in turns for message in turn]


@points(3)
@claims(
    'The summary is one message {"role": "system", "content": SUMMARY + summary}, right after the system message',
    "the oldest turn that is left is",
    "The summary begins as the empty text; a turn is the list of its messages",
)
def test_what_leaves_is_summarised(student):
    """The oldest turn goes into the summary, whole, with the summary so far; what fits is sent as it is.

    最早的一轮连同已有的摘要一起，完整地进入新摘要；放得下的原样发送。
    """
    chain = Chain(begin="one", one="two")
    memory = fill(student.SummaryMemory(26, chain, behind, "sys"), *conversation(*TURNS[:3]))  # 3 and 23
    assert_same(memory.messages(), [system("sys"), *conversation(*TURNS[:3])])
    called(chain)
    fill(memory, user("i"))
    assert_same(memory.messages(), [system("sys"), system(SUMMARY + "one"), *conversation(*TURNS[1:3]), user("i")])
    called(chain, ("", TURNS[0]))
    fill(memory, assistant("j"), user("k" * 4))
    kept = [*TURNS[2], user("i"), assistant("j"), user("k" * 4)]
    assert_same(memory.messages(), [system("sys"), system(SUMMARY + "two"), *kept])
    called(chain, ("one", TURNS[1]))
    first = fill(student.SummaryMemory(budget=15, summarise=Chain(begin=""), count=behind), *conversation(*TENS[:2]))
    assert_same(first.messages(), [system(SUMMARY), *TENS[1]])
    assert_same(student.SummaryMemory(1, chain, behind).messages(), [])


@points(2)
@after("test_what_leaves_is_summarised")
@claims(
    "While these take more than the budget and more than the last turn is left",
    "is called with it and gives the new summary, whose tokens count too",
)
def test_the_summary_counts_too(student):
    """A new summary's tokens count: a long one makes the next turn leave as well, and a budget may be used up.

    新摘要的词元也计入：摘要长了，下一轮也要离开；预算可以恰好用满。
    """
    for texts, left in ((["a" * 5], 4), (["a" * 6, "b" * 15], 3), (["a" * 6, "b" * 16, "c"], 2), (["a" * 45] * 4, 0)):
        chain = Chain(begin=texts[0], **dict(zip(texts, texts[1:], strict=False)))
        memory = fill(student.SummaryMemory(45, chain, behind), *conversation(*TENS))
        if left:
            assert_same(memory.messages(), [system(SUMMARY + texts[-1]), *conversation(*TENS[5 - left :])])
            called(chain, *zip(["", *texts[:-1]], TENS[: len(texts)], strict=True))
        else:
            assert_raises(ValueError, memory.messages)
            called(chain, *zip(["", *texts[:-1]], TENS[:4], strict=True))
    long = len(SUMMARY)
    messages = [user("a" * 50), user("b" * 8)]  # with the letters of SUMMARY: 36, 3 and 8
    for budget in (long + 10, long + 11):
        memory = fill(student.SummaryMemory(budget, Chain(begin="xyz"), letters), *messages)
        if budget == long + 11:
            assert_same(memory.messages(), [system(SUMMARY + "xyz"), user("b" * 8)])
        else:
            assert_raises(ValueError, memory.messages)


@points(1)
@after("test_what_leaves_is_summarised")
@claims(
    "So each turn is either in the summary or sent, and none is summarised twice, however often one asks",
    "Nothing is summarised before it must be: neither `add` nor an answer that fits calls `summarise`",
    "it does not fit although only the last turn is left (the others are in the summary then), or",
)
def test_every_turn_once(student):
    """Each turn is sent or summarised once, in order, however often one asks; add never summarises.

    每一轮要么被发送，要么按顺序被摘要一次，无论问多少次；add 从不做摘要。
    """
    chain = Chain(begin="x" * 30, **{"x" * 30: "y" * 36, "y" * 36: "z" * 4, "z" * 4: "w" * 4, "w" * 4: "v"})
    memory = student.SummaryMemory(45, chain, behind)
    fill(memory, *conversation(*TENS[:4]), *TENS[4][:1])  # 48
    called(chain)
    for _ in range(2):  # 68 with the first summary, 64 with the second, then 22
        assert_same(memory.messages(), [system(SUMMARY + "zzzz"), *TENS[3], *TENS[4][:1]])
    called(chain, ("", TENS[0]), ("x" * 30, TENS[1]), ("y" * 36, TENS[2]))
    fill(memory, *TENS[4][1:])
    assert_same(memory.messages(), [system(SUMMARY + "zzzz"), *TENS[3], *TENS[4]])
    called(chain)
    fill(memory, user("f" * 45))
    for _ in range(2):
        assert_raises(ValueError, memory.messages)  # beside "v" it is too long
    called(chain, ("z" * 4, TENS[3]), ("w" * 4, TENS[4]))
    alone = fill(student.SummaryMemory(9, chain, behind), *TENS[0])
    chain.calls.clear()
    assert_raises(ValueError, alone.messages)
    assert_raises(ValueError, student.SummaryMemory(2, chain, behind, "sys").messages)
    called(chain)
    fill(alone, user("g" * 10))  # it does not fit alone, and the turn before it is summarised all the same
    assert_raises(ValueError, alone.messages)
    called(chain, ("", TENS[0]))


@points(1)
@after("test_what_leaves_is_summarised")
@claims("If `summarise` raises, its error goes on to the caller, and the turn is still there")
def test_an_error_loses_nothing(student):
    """An error of summarise reaches the caller; asked again, the same turn is summarised, and nothing was lost.

    summarise 的错误会传给调用者；再问一次，仍对同一轮做摘要，什么也没有丢。
    """
    down, calls = [True], []

    def flaky(summary, turn):
        calls.append((summary, turn))
        if down[0] and summary == "s":
            raise RuntimeError("the model cannot be reached")
        return summary + "s"

    memory = fill(student.SummaryMemory(32, flaky, behind), *conversation(*TENS))
    for _ in range(2):
        assert_raises(RuntimeError, memory.messages)
    down[0] = False
    assert_same(memory.messages(), [system(SUMMARY + "ss"), *conversation(*TENS[2:])])
    expect(
        calls == [("", TENS[0]), *[("s", TENS[1])] * 3],
        "A turn that is in the summary was summarised again after an error: summarise was called with {calls}.",
        "出错之后，已在摘要里的一轮又被摘要了一次：summarise 的调用参数是 {calls}。",
        calls=calls,
    )
