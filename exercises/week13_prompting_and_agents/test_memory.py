"""Visible examples of week 13, memory: every message counts as many tokens as it has letters."""

from grader.suite import assert_raises, assert_same


def user(text):
    return {"role": "user", "content": text}


def assistant(text, **more):
    return {"role": "assistant", "content": text, **more}


def letters(message):
    return len(message["content"])


def test_two_turns(student):
    """The second question begins the second turn.

    第二个问题开始第二轮。
    """
    assert_same(student.split_turns([user("a"), assistant("b"), user("c")]), [[user("a"), assistant("b")], [user("c")]])
    assert_same(student.split_turns([user("a"), user("b")]), [[user("a")], [user("b")]])


def test_a_buffer_keeps_everything(student):
    """The system message first, then every message that was added.

    先是 system 消息，然后是加入过的每一条消息。
    """
    memory = student.BufferMemory("Be brief.")
    memory.add(user("Hello!"))
    memory.add(assistant("Hi."))

    assert_same(memory.messages(), [{"role": "system", "content": "Be brief."}, user("Hello!"), assistant("Hi.")])
    assert_same(memory.messages(), [{"role": "system", "content": "Be brief."}, user("Hello!"), assistant("Hi.")])
    assert_same(student.BufferMemory("").messages(), [{"role": "system", "content": ""}])


def test_a_call_and_its_two_results(student):
    """One message may call two tools; every key of a message is kept.

    一条消息可以调用两个工具；消息的每个键都保留。
    """
    said = [user("2 + 3?"), assistant("", tool_calls=["add", "add"])]
    said += [{"role": "tool", "content": "5", "tool_call_id": number} for number in ("c1", "c2")]
    memory = student.BufferMemory()
    for message in said:
        memory.add(message)

    assert_same(memory.messages(), said)


def test_a_tool_message_needs_a_call(student):
    """Nobody called a tool here.

    这里没有人调用工具。
    """
    memory = student.BufferMemory()
    memory.add(user("2 + 3?"))

    assert_raises(ValueError, memory.add, {"role": "tool", "content": "5"})
    assert_same(memory.messages(), [user("2 + 3?")])


def test_other_messages_that_are_refused(student):
    """The assistant does not speak first, and a system message is not added.

    assistant 不能先说话；system 消息不能用 add 加入。
    """
    memory = student.BufferMemory()

    assert_raises(ValueError, memory.add, assistant("Hi."))
    assert_raises(ValueError, memory.add, {"role": "system", "content": "Be brief."})
    memory.add(user("Hello!"))
    memory.add(assistant("Hi."))
    assert_raises(ValueError, memory.add, {"role": "tool", "content": "5"})


def test_a_window_sends_whole_turns(student):
    """Turns of 5 and 4 letters: with a budget of 8 only the second fits, and half a turn is never sent.

    两轮分别有 5 个和 4 个字母：预算为 8 时只放得下第二轮，绝不发送半轮。
    """
    memory = student.WindowMemory(8, letters)
    for message in (user("aaa"), assistant("bb"), user("cc"), assistant("dd")):
        memory.add(message)

    assert_same(memory.messages(), [user("cc"), assistant("dd")])


def test_a_window_of_just_the_right_size(student):
    """The system message counts, and the budget may be used up; a last turn that does not fit is an error.

    system 消息也计入，预算可以恰好用满；最后一轮放不下则是错误。
    """
    for budget, expected in ((12, 4), (11, 2), (7, 2)):
        memory = student.WindowMemory(budget, letters, "sys")
        for message in (user("aaa"), assistant("bb"), user("cc"), assistant("dd")):
            memory.add(message)

        assert_same(len(memory.messages()), 1 + expected)
    memory.add(user("e" * 5))
    assert_raises(ValueError, memory.messages)
    assert_raises(ValueError, student.WindowMemory, 0, letters)


def test_what_leaves_is_summarised(student):
    """The summary here is the first letter of every message.

    这里的摘要是每条消息的第一个字母。
    """

    def initials(summary, turn):
        return summary + "".join(message["content"][0] for message in turn)

    memory = student.SummaryMemory(46, initials, letters)
    for message in (user("a" * 20), assistant("b" * 19), user("c" * 5), assistant("d" * 3)):
        memory.add(message)

    summary = {"role": "system", "content": "Summary of the conversation so far: ab"}
    assert_same(memory.messages(), [summary, user("c" * 5), assistant("d" * 3)])
    assert_same(memory.messages(), [summary, user("c" * 5), assistant("d" * 3)])


def test_one_turn_after_the_other(student):
    """A turn leaves only while the rest is too long, and takes the summary so far along; the system message is first.

    只有在放不下时才离开一轮，并带上已有的摘要；system 消息在最前。
    """
    asked = []

    def number(summary, turn):
        asked.append((summary, turn))
        return str(len(asked))

    memory = student.SummaryMemory(55, number, letters, "sys")
    turns = [[user(letter * 10)] for letter in "abcde"]
    for (message,) in turns:
        memory.add(message)

    assert_same(len(memory.messages()), 6)  # 3 + 50 letters fit
    assert_same(asked, [])
    memory.add(user("f" * 5))  # 58 do not; with a summary of 37 letters only the last two turns do

    first = [{"role": "system", "content": text} for text in ("sys", "Summary of the conversation so far: 4")]
    assert_same(memory.messages(), [*first, *turns[4], user("f" * 5)])
    assert_same(asked, list(zip(["", "1", "2", "3"], turns[:4], strict=True)))
