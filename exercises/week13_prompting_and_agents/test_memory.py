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


def test_a_buffer_keeps_everything(student):
    """The system message first, then every message that was added.

    先是 system 消息，然后是加入过的每一条消息。
    """
    memory = student.BufferMemory("Be brief.")
    memory.add(user("Hello!"))
    memory.add(assistant("Hi."))

    assert_same(memory.messages(), [{"role": "system", "content": "Be brief."}, user("Hello!"), assistant("Hi.")])


def test_a_tool_message_needs_a_call(student):
    """Nobody called a tool here.

    这里没有人调用工具。
    """
    memory = student.BufferMemory()
    memory.add(user("2 + 3?"))

    assert_raises(ValueError, memory.add, {"role": "tool", "content": "5"})


def test_a_window_sends_whole_turns(student):
    """Turns of 5 and 4 letters: with a budget of 8 only the second fits, and half a turn is never sent.

    两轮分别有 5 个和 4 个字母：预算为 8 时只放得下第二轮，绝不发送半轮。
    """
    memory = student.WindowMemory(8, letters)
    for message in (user("aaa"), assistant("bb"), user("cc"), assistant("dd")):
        memory.add(message)

    assert_same(memory.messages(), [user("cc"), assistant("dd")])


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
