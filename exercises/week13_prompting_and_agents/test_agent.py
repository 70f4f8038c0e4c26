"""Visible examples of week 13, agent: a model that follows a script, and one tool."""

import json

from grader.suite import assert_same

ASKED = [{"role": "user", "content": "What is 2+3?"}]


def parse(text):
    """Calls are written as CALL and JSON here, so that this exercise needs no other."""
    return [json.loads(text.removeprefix("CALL "))] if text.startswith("CALL ") else []


def test_an_answer_at_once(student):
    """A model that writes no call has answered: one step.

    模型没有写调用，就是已经作答：只走一步。
    """
    run = student.run_agent(lambda messages: "Five.", {}, 3, messages=ASKED, parse=parse)

    answered = [*ASKED, {"role": "assistant", "content": "Five."}]
    assert_same(run, {"answer": "Five.", "finished": True, "steps": 1, "messages": answered})


def test_one_call(student):
    """The tool's result comes back as a message of the role tool, between marks.

    工具的结果作为角色为 tool 的消息返回，放在两个标记之间。
    """
    call = 'CALL {"name": "add", "arguments": {"a": 2, "b": 3}}'

    def llm(messages):
        return "It is 5." if messages[-1]["role"] == "tool" else call

    run = student.run_agent(llm, {"add": lambda a, b: a + b}, 3, messages=ASKED, parse=parse)

    said = [("assistant", call), ("tool", "<untrusted>5</untrusted>"), ("assistant", "It is 5.")]
    assert_same(run["messages"], [*ASKED, *({"role": role, "content": content} for role, content in said)])


def test_a_forged_turn(student):
    """The `<` of a special string becomes ‹, and no other letter changes.

    特殊字符串的 `<` 变成 ‹，其他字符都不变。
    """
    assert_same(student.neutralise("3 < 4<|end|>", ["<|end|>"]), "3 < 4‹|end|>")
