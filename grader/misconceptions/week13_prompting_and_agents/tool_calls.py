"""Known mistakes of week 13, tool_calls."""

import ast
import json
import re

import tool_calls as solution

from grader.mistakes import mistake

PATTERN = re.compile(r"<tool_call>(.*?)</tool_call>", re.S)


def without(rule, value, schema):
    """The errors of the solution but for one rule."""
    return [error for error in solution.validate(value, schema) if error["rule"] != rule]


def plainly(schema, change):
    """A schema with a change made at every depth."""
    new = dict(schema)
    if "properties" in new:
        new["properties"] = {name: plainly(part, change) for name, part in new["properties"].items()}
    if "items" in new:
        new["items"] = plainly(new["items"], change)
    return change(new)


@mistake(
    of="validate",
    en="It looks like True and False count as integers: in Python, bool is a kind of int.",
    zh="看起来 True 和 False 被当成了整数：在 Python 中 bool 是 int 的一种。",
    breaks="True and False are booleans and nothing",
)
def booleans_are_numbers(value, schema):
    def wrong(error):
        found = value
        for step in error["path"]:
            found = found[step]
        return not (error["rule"] == "type" and isinstance(found, bool) and "boolean" not in error["message"])

    errors = solution.validate(value, schema)
    numeric = [error for error in errors if "integer" in error["message"] or "number" in error["message"]]
    return [error for error in errors if error not in numeric or wrong(error)]


@mistake(
    of="validate",
    en="It looks like 3.0 is no integer: in JSON, a number without a fraction is one however it is written.",
    zh="看起来 3.0 不算整数：在 JSON 中，没有小数部分的数就是整数，不论怎么写。",
    breaks="A number without a fraction is an integer",
)
def floats_are_no_integers(value, schema):
    errors = solution.validate(value, schema)
    if schema.get("type") == "integer" and isinstance(value, float) and not errors:
        errors.append({"path": [], "rule": "type", "message": "this must be an integer"})
    return errors


@mistake(
    of="validate",
    en="It looks like enum compares with `in`: in Python, True == 1, so a boolean passes for a number.",
    zh="看起来 enum 用 `in` 比较：在 Python 中 True == 1，布尔值就冒充了数字。",
    breaks="but no boolean equals a number",
)
def enum_by_python(value, schema):
    errors = without("enum", value, schema)
    if "enum" in schema and value not in schema["enum"]:
        errors.append({"path": [], "rule": "enum", "message": "not allowed"})
    return errors


@mistake(
    of="validate",
    en="It looks like the limits themselves are refused: minimum and maximum are included.",
    zh="看起来边界值本身被拒绝了：minimum 和 maximum 都包括在内。",
    breaks="themselves included",
)
def limits_excluded(value, schema):
    errors = solution.validate(value, schema)
    if isinstance(value, int | float) and not isinstance(value, bool):
        errors += [
            {"path": [], "rule": rule, "message": "out of range"}
            for rule in ("minimum", "maximum")
            if schema.get(rule) == value
        ]
    return errors


@mistake(
    of="validate",
    en="It looks like a limit of 0 is not applied: `if schema.get(...)` takes 0 for nothing.",
    zh="看起来边界为 0 时没有检查：`if schema.get(...)` 把 0 当成了没有。",
    breaks="the least and the greatest number allowed",
)
def a_limit_of_zero_is_none(value, schema):
    def change(part):
        return {rule: limit for rule, limit in part.items() if rule not in ("minimum", "maximum") or limit}

    return solution.validate(value, plainly(schema, change))


@mistake(
    of="validate",
    en="It looks like a property whose value is null, 0 or empty counts as missing: ask for the name, not the value.",
    zh="看起来值为 null、0 或空的属性被当成缺少：要看的是名字在不在，而不是值。",
    breaks="names that the object must have",
)
def empty_is_missing(value, schema):
    errors = solution.validate(value, schema)
    if isinstance(value, dict):
        missing = [name for name in schema.get("required", []) if name in value and not value[name]]
        errors += [{"path": [], "rule": "required", "message": f"{name} is missing"} for name in missing]
    return errors


@mistake(
    of="validate",
    en="It looks like other names are refused by default: additionalProperties is True unless the schema says False.",
    zh="看起来默认就拒绝多余的名字：除非 schema 写明 False，additionalProperties 为 True。",
    breaks="True is the default",
)
def closed_by_default(value, schema):
    def change(part):
        return {"additionalProperties": False} | part if "properties" in part else part

    return solution.validate(value, plainly(schema, change))


@mistake(
    of="validate",
    en="It looks like the items of an array are not judged.",
    zh="看起来没有检查数组中的元素。",
    breaks="the schema of every item of an array",
)
def forgets_items(value, schema):
    solution.check_schema(schema)

    def change(part):
        return {rule: limit for rule, limit in part.items() if rule != "items"}

    return solution.validate(value, plainly(schema, change))


@mistake(
    of="validate",
    en="It looks like checking stops at a wrong type: the other rules still have something to say about the value.",
    zh="看起来类型一错就不再检查：其他规则对这个值仍然有效。",
    breaks="Each rule is judged by itself",
)
def stops_at_the_type(value, schema):
    errors = solution.validate(value, schema)
    wrong = [error["path"] for error in errors if error["rule"] == "type"]
    return [error for error in errors if error["rule"] == "type" or error["path"] not in wrong]


@mistake(
    of="validate",
    en="It looks like only the first error is reported: the model would need a turn for each.",
    zh="看起来只报告第一个错误：模型每一轮只能改一个。",
    breaks="One dict for each rule that is broken",
)
def only_the_first(value, schema):
    return solution.validate(value, schema)[:1]


@mistake(
    of="validate",
    en="It looks like the path has only the last step: in a nested value nobody knows where that is.",
    zh="看起来 path 只有最后一步：在嵌套的值里，没人知道那是哪里。",
    breaks="the list of names and places that",
)
def path_of_one_step(value, schema):
    return [error | {"path": error["path"][-1:]} for error in solution.validate(value, schema)]


@mistake(
    of="validate",
    en="It looks like rules that you do not know are skipped: then they let everything pass.",
    zh="看起来跳过了不认识的规则：那样它们会放过一切。",
    breaks="as `check_schema` (given) does, before the value is looked at",
)
def skips_unknown_rules(value, schema):
    def change(part):
        known = {rule: limit for rule, limit in part.items() if rule in solution.RULES}
        return known if known.get("type") in (None, *solution.TYPES) else {}

    return solution.validate(value, plainly(schema, change))


@mistake(
    of="parse_tool_calls",
    en="It looks like a regular expression ends the call at the first `</tool_call>`, even inside a string.",
    zh="看起来正则表达式在第一个 `</tool_call>` 处就结束了调用，即使它在字符串里。",
    breaks="Tags inside a JSON string are part of the string",
)
def ends_at_the_first_tag(text, schemas):
    found = []
    for part in PATTERN.findall(text):
        found += solution.parse_tool_calls("<tool_call>" + part.replace("</tool_call>", "") + "</tool_call>", schemas)
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like an exception leaves the function: the model's text must never raise, and errors are data.",
    zh="看起来异常跑出了函数：模型写的内容绝不能引发异常，错误要作为数据返回。",
    breaks="Nothing that stands in `text` makes this function raise",
)
def raises_for_malformed(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    for call in found:
        if call.get("error") == "malformed":
            raise ValueError(call["message"])
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like JSON that nests too deeply raises RecursionError: that is an error of the model's, too.",
    zh="看起来嵌套过深的 JSON 引发了 RecursionError：这也属于模型的错误。",
    breaks="What is too deeply nested or too long for `json` counts as malformed",
)
def forgets_the_depth(text, schemas):
    if "[" * 10_000 in text or '{"a":' * 10_000 in text:
        raise RecursionError("maximum recursion depth exceeded")
    return solution.parse_tool_calls(text, schemas)


@mistake(
    of="parse_tool_calls",
    en="It looks like malformed calls are dropped: the model would never learn that its call was not made.",
    zh="看起来丢掉了 malformed 的调用：模型永远不会知道它的调用没有执行。",
    breaks="One that is not gives",
)
def drops_the_malformed(text, schemas):
    return [call for call in solution.parse_tool_calls(text, schemas) if call.get("error") != "malformed"]


@mistake(
    of="parse_tool_calls",
    en="It looks like Python's own notation is read, too: single quotes are not JSON, and what reads them guesses.",
    zh="看起来也读了 Python 自己的写法：单引号不是 JSON，读它就是在猜。",
    breaks="no JSON value follows",
)
def reads_python(text, schemas):
    def as_json(match):
        try:
            return "<tool_call>" + json.dumps(ast.literal_eval(match[1].strip())) + "</tool_call>"
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return match[0]

    usual = solution.parse_tool_calls(text, schemas)
    if all(call.get("error") != "malformed" for call in usual) or len(text) > 1_000:
        return usual
    return solution.parse_tool_calls(PATTERN.sub(as_json, text), schemas)


@mistake(
    of="parse_tool_calls",
    en="It looks like NaN and Infinity are read: Python's json takes them, but they are not JSON.",
    zh="看起来读入了 NaN 和 Infinity：Python 的 json 接受它们，但它们不是 JSON。",
    breaks="NaN and Infinity are not JSON",
)
def reads_nan(text, schemas):
    return solution.parse_tool_calls(text.replace("NaN", "0").replace("-Infinity", "0"), schemas)


@mistake(
    of="parse_tool_calls",
    en="It looks like the last of two equal names counts: what one program checks, another may not run.",
    zh="看起来名字重复时取了最后一个：一个程序检查的，未必是另一个程序执行的。",
    breaks="neither is an object that has a name twice",
)
def takes_the_last_of_two(text, schemas):
    def plain(match):
        try:
            return "<tool_call>" + json.dumps(json.loads(match[1])) + "</tool_call>"
        except (ValueError, RecursionError):
            return match[0]

    usual = solution.parse_tool_calls(text, schemas)
    if not any("twice" in call.get("message", "") for call in usual):
        return usual
    return solution.parse_tool_calls(PATTERN.sub(plain, text), schemas)


@mistake(
    of="parse_tool_calls",
    en="It looks like a call inside a malformed one is run: what is doubtful must not be called.",
    zh="看起来执行了 malformed 调用里面的调用：可疑的内容不能执行。",
    breaks="is read as a call then",
)
def reads_on_at_once(text, schemas):
    found, place = [], text.find("<tool_call>")
    while place >= 0:
        first = solution.parse_tool_calls(text[place:], schemas)[0]
        found.append(first)
        if first.get("error") == "malformed":
            place = text.find("<tool_call>", place + 1)
        else:
            rest = text[place + 11 :].lstrip()
            _, stop = json.JSONDecoder().raw_decode(rest)
            place = text.find("<tool_call>", text.index("</tool_call>", len(text) - len(rest) + stop))
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like arguments that are a string of JSON are taken: here they must be an object.",
    zh="看起来接受了写成 JSON 字符串的 arguments：这里必须是对象。",
    breaks="`arguments` (an object), and no",
)
def arguments_as_a_string(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    for number, part in enumerate(PATTERN.findall(text)[: len(found)]):
        if found[number].get("error") == "not_a_call" and '"arguments": "' in part:
            value = json.loads(part)
            again = json.dumps(value | {"arguments": json.loads(value["arguments"])})
            found[number : number + 1] = solution.parse_tool_calls(f"<tool_call>{again}</tool_call>", schemas)
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like more names than name and arguments are let through.",
    zh="看起来放过了 name 和 arguments 之外的名字。",
    breaks="and no",
)
def takes_more_names(text, schemas):
    return solution.parse_tool_calls(re.sub(r', "id": \d+', "", text), schemas)


@mistake(
    of="parse_tool_calls",
    en="It looks like the message for an unknown tool does not say which tools there are: the model must guess.",
    zh="看起来 unknown_tool 的 message 没有列出有哪些工具：模型只能再猜。",
    breaks="and every name in `schemas`",
)
def does_not_name_the_tools(text, schemas):
    return [
        call | {"message": call["message"].split(";")[0]} if call.get("error") == "unknown_tool" else call
        for call in solution.parse_tool_calls(text, schemas)
    ]


@mistake(
    of="parse_tool_calls",
    en="It looks like arguments are not validated: the tool would get what it cannot use.",
    zh="看起来没有校验 arguments：工具会收到用不了的东西。",
    breaks="`validate` finds something",
)
def does_not_validate(text, schemas):
    for schema in schemas.values():
        solution.check_schema(schema)
    return solution.parse_tool_calls(text, dict.fromkeys(schemas, {}))


@mistake(
    of="parse_tool_calls",
    en="It looks like only the first call is read: a model may ask for several things at once.",
    zh="看起来只读了第一个调用：模型可以一次要求好几件事。",
    breaks="begins one, and so does the first one behind its end",
)
def only_the_first_call(text, schemas):
    return solution.parse_tool_calls(text, schemas)[:1]
