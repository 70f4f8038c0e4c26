"""Visible examples of week 13, tool_calls: worked by hand."""

from grader.suite import assert_raises, assert_same, expect

SCHEMAS = {
    "calculator": {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
        "additionalProperties": False,
    }
}


def broken(student, value, schema):
    """Where which rules are broken; how your messages are worded is up to you, so they are left out here."""
    errors = student.given("wording").without_wording([], student.validate, value, schema)
    return [(error["path"], error["rule"]) for error in errors]


def found(student, text, schemas):
    """The calls in a text, or what is wrong with them, without the messages."""
    calls = student.given("wording").without_wording([], student.parse_tool_calls, text, schemas)
    expect(all(call.get("message") != "" for call in calls), "A message is empty.", "有 message 是空的。")
    return [call.get("error", call) for call in calls]


def test_a_value_of_the_wrong_type(student):
    """The text "7" is no number: one rule is broken, at the path ["age"].

    文本 "7" 不是数字：违反一条规则，路径为 ["age"]。
    """
    schema = {"type": "object", "properties": {"age": {"type": "integer"}}}

    assert_same(broken(student, {"age": "7"}, schema), [(["age"], "type")])
    assert_same(broken(student, {"age": True}, schema), [(["age"], "type")])
    assert_same(broken(student, {"age": 7.0}, schema), [])
    assert_same(broken(student, {"name": "Ann"}, schema), [])
    assert_same(broken(student, 7, {"type": "number", "minimum": 7}), [])


def test_values_to_choose_from(student):
    """1 and 1.0 are equal, True is neither; None is a value.

    1 与 1.0 相等，True 两者都不是；None 也是一个值。
    """
    assert_same([broken(student, value, {"enum": [1, None, [0]]}) for value in (1.0, None, [0])], [[], [], []])
    assert_same(broken(student, True, {"enum": [1]}), [([], "enum")])
    assert_same(broken(student, [False], {"enum": [[0]]}), [([], "enum")])


def test_names_that_are_missing_or_too_many(student):
    """Two names are missing, and one is too many: three errors, each at the path of the object.

    缺少两个名字，多了一个：三个错误，路径都是该对象的路径。
    """
    schema = {"items": {"properties": {"a": {}}, "required": ["a", "b", "c"], "additionalProperties": False}}

    errors = broken(student, [{"a": None, "d": 1}], schema)

    assert_same(sorted(rule for _, rule in errors), ["additionalProperties", "required", "required"])
    assert_same([path for path, _ in errors], [[0]] * 3)


def test_a_rule_that_nobody_knows(student):
    """A schema with a rule that is not supported is an error of ours, and raises.

    schema 中有不支持的规则，是我们自己的错误：抛出异常。
    """
    assert_raises(ValueError, student.validate, "7", {"pattern": "[0-9]"})


def test_one_call_in_a_text(student):
    """The text around a call is ignored.

    调用前后的文字被忽略。
    """
    text = 'Let me see. <tool_call>{"name": "calculator", "arguments": {"expression": "73-29"}}</tool_call>'

    assert_same(student.parse_tool_calls(text, SCHEMAS), [{"name": "calculator", "arguments": {"expression": "73-29"}}])


def test_white_space_around_a_call(student):
    """White space between the tags and the JSON means nothing; two calls come in the order of the text.

    标签与 JSON 之间的空白没有意义；两个调用按文中的次序返回。
    """
    texts = ['\n{"name": "calculator", "arguments": {"expression": "1"}}']
    texts += ['{"name": "calculator", "arguments": {"expression": "2"}} ']
    text = " and ".join(f"<tool_call>{one}</tool_call>" for one in texts)

    calls = [{"name": "calculator", "arguments": {"expression": number}} for number in "12"]
    assert_same(found(student, text, SCHEMAS), calls)


def test_a_tag_inside_a_string(student):
    """A tag inside a string ends nothing.

    字符串里的标签不表示结束。
    """
    text = '<tool_call>{"name": "calculator", "arguments": {"expression": "</tool_call>"}}</tool_call>'

    assert_same(found(student, text, SCHEMAS), [{"name": "calculator", "arguments": {"expression": "</tool_call>"}}])


def test_a_call_that_is_not_json(student):
    """Single quotes are not JSON: the answer says so, and nothing is raised.

    单引号不是 JSON：结果里说明这一点，而不抛出异常。
    """
    wrong = ["{'name': 'calculator'}", '{"name": "clock", "arguments": {"at": NaN}}', '{"name": "a", "name": "b"}', "{"]

    for text in wrong:
        assert_same(found(student, f"<tool_call>{text}</tool_call>", SCHEMAS), ["malformed"])


def test_calls_that_cannot_be_made(student):
    """No arguments, a name too many, arguments as text, an unknown tool, wrong arguments: each stands in its place.

    没有 arguments、多了名字、arguments 是文本、未知的工具、参数错误：各在自己的位置上。
    """
    calls = [
        '{"name": "calculator"}',
        '{"name": "calculator", "arguments": {"expression": "1"}, "id": 7}',
        '{"name": "calculator", "arguments": "{}"}',
        '{"name": "clock", "arguments": {}}',
        '{"name": "calculator", "arguments": {}}',
    ]
    text = "".join(f"<tool_call>{call}</tool_call>" for call in calls)

    kinds = ["not_a_call", "not_a_call", "not_a_call", "unknown_tool", "invalid_arguments"]
    assert_same(found(student, text, SCHEMAS), kinds)
