"""Visible examples of week 13, tool_calls: worked by hand."""

from grader.suite import assert_same, expect

SCHEMAS = {
    "calculator": {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
        "additionalProperties": False,
    }
}


def test_a_value_of_the_wrong_type(student):
    """The text "7" is no number: one rule is broken, at the path ["age"].

    文本 "7" 不是数字：违反一条规则，路径为 ["age"]。
    """
    errors = student.validate({"age": "7"}, {"type": "object", "properties": {"age": {"type": "integer"}}})

    assert_same([(error["path"], error["rule"]) for error in errors], [(["age"], "type")])


def test_one_call_in_a_text(student):
    """The text around a call is ignored.

    调用前后的文字被忽略。
    """
    text = 'Let me see. <tool_call>{"name": "calculator", "arguments": {"expression": "73-29"}}</tool_call>'

    assert_same(student.parse_tool_calls(text, SCHEMAS), [{"name": "calculator", "arguments": {"expression": "73-29"}}])


def test_a_call_that_is_not_json(student):
    """Single quotes are not JSON: the answer says so, and nothing is raised.

    单引号不是 JSON：结果里说明这一点，而不抛出异常。
    """
    found = student.parse_tool_calls("<tool_call>{'name': 'calculator'}</tool_call>", SCHEMAS)

    assert_same([call.get("error") for call in found], ["malformed"])
    expect(found[0]["message"], "The message is empty.", "message 是空的。")
