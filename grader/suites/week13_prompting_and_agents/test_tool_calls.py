"""Hidden suite of week 13, tool_calls.

Errors of `validate` come in any order, so they are sorted before they are compared. Every rule is tried at its boundary
and on values that it does not judge.
Not covered: which whitespace is allowed; lone surrogates; whether a number that overflows is an integer; speed.
"""

import json

from grader.suite import after, assert_raises, assert_same, claims, expect, points, unchanged

PLACE = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "floors": {"type": "integer", "minimum": 1, "maximum": 7},
        "kind": {"enum": ["house", "shop", 3]},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["name", "floors"],
    "additionalProperties": False,
}
SCHEMAS = {
    "calculator": {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    "look_up": {
        "type": "object",
        "properties": {"person": {"type": "string"}, "relation": {"enum": ["job", "home", "pet"]}},
        "required": ["person", "relation"],
    },
    "rest": {},
}


def broken(student, value, schema):
    """The rules that are broken and where, in an order of their own."""
    errors = judged(student, value, schema)
    return sorted(((error["path"], error["rule"]) for error in errors), key=json.dumps)


def judged(student, value, schema, words=()):
    """What `validate` finds; of each message the words that stand in it, for the rest of it is the student's own."""
    errors = student.given("wording").without_wording(words, student.validate, value, schema)
    for error in errors:
        expect(
            error.keys() == {"path", "rule", "message"} and isinstance(error["message"], list),
            "An error has the keys path, rule and message, and a message that is not empty.",
            "每个错误都有键 path、rule 和 message，且 message 不为空。",
        )
    return errors


def said(errors):
    """The words that were found in each message."""
    return [error["message"] for error in errors]


def call(name, **arguments):
    """A call as a model writes it."""
    return f"<tool_call>{json.dumps({'name': name, 'arguments': arguments})}</tool_call>"


def kinds(student, text, schemas=SCHEMAS):
    """For each call in a text the kind of its error, or None."""
    return [one.get("error") for one in read(student, text, schemas)]


def read(student, text, schemas=SCHEMAS, words=()):
    """The calls in a text; of each message the words that stand in it."""
    found = student.given("wording").without_wording(words, student.parse_tool_calls, text, schemas)
    for one in found:
        expect(
            one.keys() == {"name", "arguments"}
            or (one.keys() == {"error", "message"} and isinstance(one["message"], list)),
            "A call has the keys name and arguments, or error and message, and a message is not empty.",
            "每个调用的键是 name 和 arguments，或者 error 和 message，且 message 不为空。",
        )
    return found


@points(1)
@claims("one of null, boolean, integer, number, string, array, object")
def test_types(student):
    """Each of the seven types accepts its own values and no others.

    七种类型各自只接受自己的值。
    """
    values = {"null": None, "boolean": False, "integer": 7, "string": "", "array": [], "object": {}}
    for name in values:
        for other, value in values.items():
            assert_same(broken(student, value, {"type": name}), [] if name == other else [([], "type")])
    assert_same(broken(student, 2.5, {"type": "number"}), [])
    assert_same(broken(student, "2.5", {"type": "number"}), [([], "type")])


@points(1)
@claims(
    "True and False are booleans and nothing",
    "A number without a fraction is an integer, also when it is written 3.0; an integer is a number, too",
)
def test_numbers_and_booleans(student):
    """True is neither an integer nor a number; 3.0 is an integer and 3.5 is not; 3 is a number.

    True 既不是 integer 也不是 number；3.0 是 integer，3.5 不是；3 是 number。
    """
    for value in (True, False):
        assert_same(broken(student, value, {"type": "integer"}), [([], "type")])
        assert_same(broken(student, value, {"type": "number"}), [([], "type")])
    assert_same(broken(student, 1, {"type": "boolean"}), [([], "type")])
    assert_same(broken(student, -3.0, {"type": "integer"}), [])
    assert_same(broken(student, 3.5, {"type": "integer"}), [([], "type")])
    assert_same(broken(student, 3, {"type": "number"}), [])


@points(2)
@claims("the value equals one of the list", "but no boolean equals a number, also inside arrays and")
def test_enum(student):
    """In an enum, 1 equals 1.0 but not True, also inside arrays and objects.

    在 enum 中，1 等于 1.0，但不等于 True；数组和对象内部也一样。
    """
    for value in (1.0, "a", None, [0], {"x": 1.0}):
        assert_same(broken(student, value, {"enum": [1, "a", None, [0], {"x": 1}]}), [])
    for value in (True, "1", 0, [False], [0, 0], {"x": True}, {"x": 1, "y": 1}, {"y": 1}, {}, [], ""):
        assert_same(broken(student, value, {"enum": [1, "a", None, [0], {"x": 1}]}), [([], "enum")])
    assert_same(broken(student, False, {"enum": [True, False]}), [])
    assert_same(broken(student, 0, {"enum": [True, False]}), [([], "enum")])
    assert_same(broken(student, None, {"enum": []}), [([], "enum")])


@points(1)
@claims("the least and the greatest number allowed, themselves included")
def test_minimum_and_maximum(student):
    """The limits themselves are allowed, also when one of them is 0; a boolean has no size.

    边界值本身是允许的，边界为 0 时也一样；布尔值没有大小。
    """
    schema = {"minimum": -2, "maximum": 0}

    for value in (-2, 0, -0.5, 0.0, True, "9", None, [9]):
        assert_same(broken(student, value, schema), [])
    assert_same(broken(student, -2.01, schema), [([], "minimum")])
    assert_same(broken(student, 1, schema), [([], "maximum")])
    assert_same(broken(student, -1, {"minimum": 0}), [([], "minimum")])
    for value in (False, True):
        assert_same(broken(student, value, {"minimum": 2, "maximum": -2}), [])


@points(1)
@claims("names that the object must have", "Each missing name is one by itself", "their `message` contains the name")
def test_missing_names(student):
    """Each missing name is an error by itself and is named in its message; null is a value, not a missing one.

    每个缺少的名字各算一个错误，并写在 message 里；null 是一个值，不算缺少。
    """
    names = ["home", "pet"]
    errors = judged(student, {"kind": None, "low": 0}, {"required": ["home", "kind", "low", "pet"]}, names)

    assert_same([(error["path"], error["rule"]) for error in errors], [([], "required")] * 2)
    for name in names:
        expect(
            any(name in words for words in said(errors)),
            "No message names {name}.",
            "没有 message 提到 {name}。",
            name=name,
        )
    assert_same(broken(student, {"b": {}}, {"properties": {"b": {"required": ["c"]}}}), [(["b"], "required")])


@points(1)
@claims("if False, the object has no names but those in `properties`", "True is the default", "each name too many")
def test_names_too_many(student):
    """Other names are refused only where additionalProperties is False; each is an error at the object's path.

    只有 additionalProperties 为 False 时才拒绝多余的名字；每个名字各算一个错误，路径是该对象的路径。
    """
    shape = {"properties": {"a": {}}}
    closed = shape | {"additionalProperties": False}

    assert_same(broken(student, {"a": 1, "b": 2}, shape), [])
    assert_same(broken(student, {"a": 1, "b": 2}, shape | {"additionalProperties": True}), [])
    names = ["xx", "yy"]
    errors = judged(student, [{"a": 1, "xx": 2, "yy": 3}], {"items": closed}, names)
    assert_same([(error["path"], error["rule"]) for error in errors], [([0], "additionalProperties")] * 2)
    for name in names:
        expect(
            any(name in words for words in said(errors)),
            "No message names {name}.",
            "没有 message 提到 {name}。",
            name=name,
        )
    assert_same(broken(student, {"a": 1}, {"additionalProperties": False}), [([], "additionalProperties")])


@points(1)
@claims(
    "a schema for each property; a property that the value does not have is not judged by it",
    "the schema of every item of an array",
    "the list of names and places that",
    "`value` is what `json.loads` gives",
)
def test_nested(student):
    """Every property and every item is judged, at any depth, and the path leads to it.

    每个属性、每个数组元素在任何深度都要检查，路径指向出错的位置。
    """
    town = {"properties": {"places": {"type": "array", "items": PLACE}, "size": {"type": "number"}}}
    good = {"name": "mill", "floors": 2, "kind": "shop", "tags": ["old", "red"]}
    bad = {"name": 5, "kind": "ship", "tags": ["a", 1, "b", None], "river": 1}

    assert_same(broken(student, {"places": [good, good]}, town), [])
    found = broken(student, {"places": [good, bad], "size": "big"}, town)

    at = ["places", 1]
    wanted = [([*at, "name"], "type"), ([*at, "kind"], "enum"), (at, "required"), (at, "additionalProperties")]
    wanted += [([*at, "tags", 1], "type"), ([*at, "tags", 3], "type"), (["size"], "type")]
    assert_same(found, sorted(wanted, key=json.dumps))
    inside = {
        "properties": {"to": {"properties": {"at": {"properties": {"x": {"type": "number"}}, "required": ["y"]}}}}
    }
    assert_same(broken(student, {"to": {"at": {"x": "7"}}}, inside), [
        (["to", "at", "x"], "type"), (["to", "at"], "required"),
    ])  # fmt: skip
    rows = {"items": {"items": {"items": {"type": "string"}}}}
    assert_same(broken(student, [["a", []], ["b", [["c"], "d", 1]], [["e", 2]]], rows), [
        ([1, 1, 0], "type"), ([1, 1, 2], "type"), ([2, 0, 1], "type"),
    ])  # fmt: skip


@points(1)
@claims(
    "judge only objects, `items` only arrays, `minimum` and",
    "a value of the wrong type may break",
    "The rules are those of JSON Schema, draft 2020-12, as far as they stand here:",
    "One dict for each rule that is broken, in any order",
)
def test_rules_judge_by_themselves(student):
    """Rules for objects, arrays and numbers let other values pass, and a wrong type hides no other error.

    针对对象、数组、数字的规则放过其他类型的值；类型错误不会掩盖别的错误。
    """
    objects = {"properties": {"0": {"type": "null"}}, "required": ["x"], "additionalProperties": False}
    for value in (None, "x", 3, ["x"]):
        assert_same(broken(student, value, objects), [])
    for value in ("ab", {"0": 1}, None):
        assert_same(broken(student, value, {"items": {"type": "null"}}), [])
    assert_same(broken(student, 9, {"type": "string", "enum": ["a"], "maximum": 8}), [
        ([], "enum"), ([], "maximum"), ([], "type"),
    ])  # fmt: skip
    assert_same(broken(student, {"a": 1}, {"type": "array", "required": ["b"]}), [([], "required"), ([], "type")])


@points(1)
@claims(
    "before the value is looked at",
    "for any of the schemas, whether or not it is needed",
    "Neither argument is changed",
)
def test_schemas_are_checked(student):
    """A rule that is not known raises, wherever it stands and whether or not it is needed; notes do not.

    遇到不认识的规则要抛出异常，不论它在哪里、是否用得上；说明性的键不算。
    """
    deep = {"properties": {"a": {"items": {"pattern": "x"}}}}

    assert_raises(ValueError, student.validate, {}, deep)
    assert_raises(ValueError, student.validate, {}, {"type": "any"})
    assert_raises(ValueError, student.parse_tool_calls, "no call", {"rest": {}, "look_up": deep})
    noted = {"title": "t", "description": "d", "default": 3, "type": "null"}
    assert_same(unchanged(student.validate, None, noted), [])
    unchanged(student.validate, {"places": [{"tags": [1]}]}, {"properties": {"places": {"items": PLACE}}})


@points(1)
@claims(
    "with or without whitespace between them",
    "Text outside of calls is ignored",
    "A call that is right gives",
    "nothing is converted, and `default` fills in nothing",
)
def test_calls_by_hand(student):
    """Two calls in a text come out in its order, as they were written.

    一段文字中的两个调用按原来的次序返回，内容与写的一样。
    """
    text = f"First {call('look_up', person='小海', relation='pet', x=[1.0, None])}, then\n<tool_call>\n"
    text += '\t{"arguments": {"expression": "2*(3+{4})"}, "name": "calculator"} \n</tool_call>\nDone } </tool_call>.'

    first = {"name": "look_up", "arguments": {"person": "小海", "relation": "pet", "x": [1.0, None]}}
    second = {"name": "calculator", "arguments": {"expression": "2*(3+{4})"}}
    assert_same(unchanged(student.parse_tool_calls, text, SCHEMAS), [first, second])
    (found,) = student.parse_tool_calls(call("rest", hours=3.0, kind="7"), SCHEMAS)
    written = repr(found["arguments"])
    expect(
        written == "{'hours': 3.0, 'kind': '7'}",
        '3.0 and "7" became {written}.',
        '3.0 和 "7" 变成了 {written}。',
        written=written,
    )
    assert_same(student.parse_tool_calls("Nothing to call.", SCHEMAS), [])
    assert_same(student.parse_tool_calls("", {}), [])
    assert_same(student.parse_tool_calls("<TOOL_CALL>{}</TOOL_CALL> tool_call {}</tool_call>", SCHEMAS), [])
    defaults = {"tool": {"properties": {"n": {"type": "integer", "default": 5}}}}
    assert_same(student.parse_tool_calls(call("tool"), defaults), [{"name": "tool", "arguments": {}}])


@points(2)
@after("test_calls_by_hand")
@claims("Tags inside a JSON string are part of the string", "begins one, and so does the first one after its end")
def test_tags_inside_strings(student):
    """A tag inside a JSON string neither begins nor ends a call, and a brace there closes nothing.

    JSON 字符串里的标签既不开始也不结束一个调用，其中的花括号也不闭合任何东西。
    """
    expressions = ["a </tool_call> b", "<tool_call>", '<tool_call>{"name": "rest", "arguments": {}}</tool_call>', '}"{']
    text = " ".join(call("calculator", expression=expression) for expression in expressions)

    wanted = [{"name": "calculator", "arguments": {"expression": expression}} for expression in expressions]
    assert_same(student.parse_tool_calls(text, SCHEMAS), wanted)


@points(1)
@claims(
    "no JSON value follows, or it is not followed by `</tool_call>`",
    "NaN and Infinity are not JSON",
    "neither is an object that has a name twice",
    "No `message` is empty",
)
def test_malformed(student):
    """What is not JSON, or does not end with the tag, is malformed, and the call after it is still read.

    不是 JSON 的、或后面没有结束标签的，都是 malformed；它后面的调用仍要读出。
    """
    good = call("rest")
    for wrong in (
        "{'name': 'rest', 'arguments': {}}",
        '{"name": "rest", "arguments": {},}',
        '{"name": "calculator", "name": "rest", "arguments": {}}',
        '{"name": "rest", "arguments": {"x": {"y": 1, "y": 1}}}',
        '{"name": "rest", "arguments": {"x": NaN}}',
        '{"name": "rest", "arguments": {"x": -Infinity}}',
        '{"name": "rest", "arguments": {}} {}',
        '{"name": "rest", "arguments": {}}, please',
        '{"name": "rest", "arguments": {}',
        '{"name": "rest", "arguments": {"x": "two\nlines"}}',
        "rest()",
        "",
    ):
        assert_same(kinds(student, f"<tool_call>{wrong}</tool_call> and {good}"), ["malformed", None])


@points(1)
@after("test_malformed")
@claims("even one inside a string, is read as a call then", "more is.")
def test_behind_a_malformed_call(student):
    """Nothing inside a malformed call is run: reading goes on after the next end tag, and without one it stops.

    malformed 的调用里面的任何内容都不会被执行：从下一个结束标签之后继续读；没有结束标签就到此为止。
    """
    good = call("rest")

    assert_same(kinds(student, f"<tool_call>{{'text': '{good}'}}</tool_call> {good}"), ["malformed", None])
    assert_same(kinds(student, f"<tool_call>{good[11:-12]} {good} {good}"), ["malformed", None])
    assert_same(kinds(student, f"{good}<tool_call>{good[11:-12]}"), [None, "malformed"])
    assert_same(kinds(student, f'<tool_call>{{"x": <tool_call>{good[11:-12]}'), ["malformed"])
    assert_same(kinds(student, "<tool_call>"), ["malformed"])
    assert_same(kinds(student, f'<tool_call>"a </tool_call>" oops {good}'), ["malformed", None])
    inside = f'<tool_call>{{"name": "rest", "arguments": {{"x": "</tool_call>{good}"}}}} {good}'
    assert_same(kinds(student, inside), ["malformed", None, None])


@points(1)
@claims("What is too deeply nested or too long for `json` counts as malformed", "Nothing that stands in `text` makes")
def test_nothing_raises(student):
    """A hundred thousand brackets and a number of five thousand digits are malformed; nothing is raised.

    十万个方括号、五千位的数字都是 malformed；不抛出任何异常。
    """
    long = ("[" * 100_000, '{"a":' * 50_000, "1" * 5_000, '{"name": "rest", "arguments": {"x": ' + "9" * 5_000)
    for wrong in long:
        text = f"<tool_call>{wrong}</tool_call>{call('rest')}"
        assert_same(student.given("wording").raised(student.parse_tool_calls, text, SCHEMAS), "")
    for wrong in long:
        assert_same(kinds(student, f"<tool_call>{wrong}</tool_call>{call('rest')}"), ["malformed", None])
    large = {"tool": {"properties": {"n": {"type": "integer", "enum": [1], "minimum": 1, "maximum": 2}}}}
    for number in ("1e400", "-1e400", "9" * 400):
        text = f'<tool_call>{{"name": "tool", "arguments": {{"n": {number}}}}}</tool_call>'
        assert_same(kinds(student, text, large), ["invalid_arguments"])


@points(1)
@claims("is not an object with the names `name` (a string) and `arguments` (an object), and no")
def test_not_a_call(student):
    """JSON that is not an object with just name and arguments, of the right types, is not a call.

    JSON 若不是恰好含有 name 和 arguments 且类型正确的对象，就是 not_a_call。
    """
    for wrong in (
        "[]",
        "null",
        '"rest"',
        "{}",
        '{"name": "rest"}',
        '{"arguments": {}}',
        '{"name": "rest", "arguments": {}, "id": 1}',
        '{"name": "rest", "arguments": "{}"}',
        '{"name": "rest", "arguments": []}',
        '{"name": "rest", "arguments": null}',
        '{"name": "teleport", "arguments": []}',
        '{"name": "teleport", "arguments": {}, "id": 1}',
        '{"name": 7, "arguments": {}}',
        '{"name": ["rest"], "arguments": {}}',
        '{"name": null, "arguments": {}}',
        '["name", "arguments"]',
    ):
        assert_same(kinds(student, f"<tool_call>{wrong}</tool_call>"), ["not_a_call"])


@points(1)
@after("test_not_a_call")
@claims(
    "`schemas` does not have the name",
    "`message` contains that name, and every name in `schemas`",
    "`validate` finds something",
    "`message` contains all messages that `validate` gives",
    "`error` is the first of these that fits",
    "for each tool's name the schema of its arguments",
)
def test_unknown_tools_and_wrong_arguments(student):
    """An error stands in the place of its call, and its message holds what the model needs to do better.

    错误放在该调用的位置上，message 里有模型改正所需要的内容。
    """
    bad = {"person": 3, "relation": "colour"}
    text = call("rest") + call("teleport", x=1) + call("look_up", **bad) + call("calculator", expression="1")

    assert_same(kinds(student, text), [None, "unknown_tool", "invalid_arguments", None])
    parts = ["teleport", *SCHEMAS]
    missing = [part for part in parts if part not in read(student, text, words=parts)[1]["message"]]
    expect(not missing, "The message does not name {missing}.", "message 没有列出 {missing}。", missing=missing)
    whole = student.given("wording").repeats(
        student.validate, student.parse_tool_calls, "look_up", bad, call("look_up", **bad), SCHEMAS
    )
    expect(
        whole == [True, True],
        "A message of invalid_arguments does not contain the messages of validate: {whole}.",
        "invalid_arguments 的 message 没有包含 validate 给出的各条 message：{whole}。",
        whole=whole,
    )
    assert_same(kinds(student, call("calculator", expression=1) + call("")), ["invalid_arguments", "unknown_tool"])
    assert_same(kinds(student, call("rest"), {}), ["unknown_tool"])
    many = [f"tool_{letter}" for letter in "hgfedcba"]
    (unknown,) = read(student, call("tool"), {name: {} for name in many}, words=many)
    missing = [name for name in many if name not in unknown["message"]]
    expect(not missing, "The message does not name {missing}.", "message 没有列出 {missing}。", missing=missing)
    assert_same(kinds(student, call("calculator", expression="1", x=2) + call("calculator")), ["invalid_arguments"] * 2)
