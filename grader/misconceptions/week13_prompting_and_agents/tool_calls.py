"""Known mistakes of week 13, tool_calls."""

import ast
import json
import re
from unittest.mock import patch

import tool_calls as solution

from grader.mistakes import mistake

PATTERN = re.compile(r"<tool_call>(.*?)</tool_call>", re.S)


def with_parts(function, *args, **parts):
    """What a function of the solution returns while some of the solution's helpers are others."""
    with patch.multiple(solution, **parts):
        return function(*args)


def read(text, start, catch=(ValueError, RecursionError), end=None, skip=str.lstrip, behind=str.lstrip):
    """The solution's way to read one call, with places to change one thing."""
    try:
        start += len(text[start:]) - len(skip(text[start:]))
        if end:
            stop = text.index(end, start)
            return {"value": solution.DECODER.decode(text[start:stop])}, stop + len(end)
        value, stop = solution.DECODER.raw_decode(text, start)
        stop += len(text[stop:]) - len(behind(text[stop:]))
        if not text.startswith(solution.END, stop):
            raise ValueError("no end")
        return {"value": value}, stop + len(solution.END)
    except catch as error:
        place = text.find(solution.END, start)
        stop = place + len(solution.END) if place >= 0 else len(text)
        return {"error": "malformed", "message": f"this is no call: {error}"}, stop


def reading(text, schemas, **change):
    """The solution's calls, read in another way."""
    return with_parts(solution.parse_tool_calls, text, schemas, _read=lambda *place: read(*place, **change))


def elsewhere(value, schema, path_of):
    """The solution's errors with other paths for names that are missing or too many."""
    errors = solution.validate(value, schema)
    return [error | {"path": [*error["path"], *path_of(error)]} for error in errors]


def last_word(error):
    """The name that a message of the solution's is about, where it is about a name."""
    words = error["message"].split(": ")[-1].split(" is ")
    return [words[0]] if error["rule"] in ("required", "additionalProperties") else []


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
    return with_parts(solution.validate, value, schema, _is_number=lambda one: isinstance(one, int | float))


@mistake(
    of="validate",
    en="It looks like 3.0 is no integer: in JSON, a number without a fraction is one however it is written.",
    zh="看起来 3.0 不算整数：在 JSON 中，没有小数部分的数就是整数，不论怎么写。",
    breaks="A number without a fraction is an integer",
)
def floats_are_no_integers(value, schema):
    usual = solution._has_type

    def has_type(one, name):
        return usual(one, name) and not (name == "integer" and isinstance(one, float))

    return with_parts(solution.validate, value, schema, _has_type=has_type)


@mistake(
    of="validate",
    en="It looks like enum compares with `in`: in Python, True == 1, so a boolean passes for a number.",
    zh="看起来 enum 用 `in` 比较：在 Python 中 True == 1，布尔值就冒充了数字。",
    breaks="but no boolean equals a number",
)
def enum_by_python(value, schema):
    return with_parts(solution.validate, value, schema, _equal=lambda one, other: one == other)


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
        return {"additionalProperties": False} | part

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
    en="It looks like the call ends at the first `</tool_call>`, even inside a string, as a regular expression would "
    "end it.",
    zh="看起来调用在第一个 `</tool_call>` 处就结束了，即使它在字符串里：用正则表达式来读就会这样。",
    breaks="Tags inside a JSON string are part of the string",
)
def ends_at_the_first_tag(text, schemas):
    return reading(text, schemas, end="</tool_call>")


@mistake(
    of="parse_tool_calls",
    en="It looks like an exception leaves the function: the model's text must never raise, and errors are data.",
    zh="看起来异常跑出了函数：模型写的内容绝不能引发异常，错误要作为数据返回。",
    breaks="Nothing that stands in `text` makes this function raise",
)
def raises_for_malformed(text, schemas):
    return reading(text, schemas, catch=())


@mistake(
    of="parse_tool_calls",
    en="It looks like JSON that nests too deeply raises RecursionError: that is an error of the model's, too.",
    zh="看起来嵌套过深的 JSON 引发了 RecursionError：这也属于模型的错误。",
    breaks="What is too deeply nested or too long for `json` counts as malformed",
)
def forgets_the_depth(text, schemas):
    return reading(text, schemas, catch=ValueError)


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
    decoder = json.JSONDecoder(object_pairs_hook=solution._no_name_twice)
    return with_parts(solution.parse_tool_calls, text, schemas, DECODER=decoder)


@mistake(
    of="parse_tool_calls",
    en="It looks like the last of two equal names counts: what one program checks, another may not run.",
    zh="看起来名字重复时取了最后一个：一个程序检查的，未必是另一个程序执行的。",
    breaks="neither is an object that has a name twice",
)
def takes_the_last_of_two(text, schemas):
    decoder = json.JSONDecoder(parse_constant=solution._no_constant)
    return with_parts(solution.parse_tool_calls, text, schemas, DECODER=decoder)


@mistake(
    of="parse_tool_calls",
    en="It looks like a call inside a malformed one is run: what is doubtful must not be called.",
    zh="看起来执行了 malformed 调用里面的调用：可疑的内容不能执行。",
    breaks="is read as a call then",
)
def reads_on_at_once(text, schemas):
    solution.parse_tool_calls("", schemas)  # it refuses a wrong schema, call or no call
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
    breaks="begins one, and so does the first one after its end",
)
def only_the_first_call(text, schemas):
    return solution.parse_tool_calls(text, schemas)[:1]


@mistake(
    of="validate",
    en="It looks like minimum and maximum judge True and False: a boolean has no size.",
    zh="看起来 minimum 和 maximum 也检查了 True 和 False：布尔值没有大小。",
    breaks="`maximum` only numbers",
)
def booleans_have_a_size(value, schema):
    usual = solution.validate(value, schema)
    if isinstance(value, bool):
        usual += [error for error in solution.validate(int(value), schema) if error["rule"] in ("minimum", "maximum")]
    return usual


@mistake(
    of="validate",
    en="It looks like an integer is no number to you: 3 is both.",
    zh="看起来整数不算 number：3 两者都是。",
    breaks="an integer is a number, too",
)
def integers_are_no_numbers(value, schema):
    usual = solution._has_type

    def has_type(one, name):
        return usual(one, name) and not (name == "number" and isinstance(one, int))

    return with_parts(solution.validate, value, schema, _has_type=has_type)


@mistake(
    of="validate",
    en="It looks like a boolean still equals a number inside the arrays and objects of an enum.",
    zh="看起来在 enum 的数组和对象内部，布尔值仍然等于数字。",
    breaks="also inside arrays and",
)
def enum_minds_booleans_outside_only(value, schema):
    def equal(one, other):
        return isinstance(one, bool) == isinstance(other, bool) and one == other

    return with_parts(solution.validate, value, schema, _equal=equal)


@mistake(
    of="validate",
    en="It looks like 1.0 is not 1 to your enum: their values are equal, however they are written.",
    zh="看起来在 enum 中 1.0 不等于 1：写法不同，值是相等的。",
    breaks="1 equals 1.0",
)
def enum_by_text(value, schema):
    def equal(one, other):
        return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)

    return with_parts(solution.validate, value, schema, _equal=equal)


@mistake(
    of="validate",
    en="It looks like a name with the value null counts as missing: ask `name in value`, not for its value.",
    zh="看起来值为 null 的名字被当成缺少：要问 `name in value`，而不是看它的值。",
    breaks="names that the object must have",
)
def null_is_missing(value, schema):
    errors = solution.validate(value, schema)
    if isinstance(value, dict):
        missing = [name for name in schema.get("required", []) if name in value and value[name] is None]
        errors += [{"path": [], "rule": "required", "message": f"{name} is missing"} for name in missing]
    return errors


@mistake(
    of="validate",
    en="It looks like every name in `properties` is required: only those in `required` are.",
    zh="看起来 `properties` 中的每个名字都成了必需的：只有 `required` 里的才是。",
    breaks="a property that the value does not have is not judged by it",
)
def requires_all_properties(value, schema):
    def change(part):
        return part | {"required": list(part["properties"])} if "properties" in part else part

    solution.check_schema(schema)
    return solution.validate(value, plainly(schema, change))


@mistake(
    of="validate",
    en=(
        "It looks like the path of a name that is missing, or one too many, has that name in it: it is the "
        "object's path."
    ),
    zh="看起来缺少或多余的名字，path 里包含了这个名字：应当是该对象的路径。",
    breaks="their `path` is that of the object",
)
def paths_with_the_name(value, schema):
    return elsewhere(value, schema, last_word)


@mistake(
    of="validate",
    en="It looks like the path of a missing name has that name in it: it is the path of the object that lacks it.",
    zh="看起来缺少的名字，path 里包含了这个名字：应当是缺少它的那个对象的路径。",
    breaks="their `path` is that of the object",
)
def path_with_the_missing_name(value, schema):
    return elsewhere(value, schema, lambda error: last_word(error) if error["rule"] == "required" else [])


@mistake(
    of="validate",
    en="It looks like the path of a name too many has that name in it: it is the path of the object that has it.",
    zh="看起来多余的名字，path 里包含了这个名字：应当是含有它的那个对象的路径。",
    breaks="their `path` is that of the object",
)
def path_with_the_extra_name(value, schema):
    return elsewhere(value, schema, lambda error: last_word(error) if error["rule"] != "required" else [])


@mistake(
    of="validate",
    en="It looks like one missing name hides the others: each is an error by itself.",
    zh="看起来报告了一个缺少的名字就不再报告其余的：每个各算一个错误。",
    breaks="Each missing name is one by itself",
)
def one_missing_name(value, schema):
    seen, kept = [], []
    for error in solution.validate(value, schema):
        place = (error["rule"], error["path"])
        if error["rule"] != "required" or place not in seen:
            kept.append(error)
        seen.append(place)
    return kept


@mistake(
    of="parse_tool_calls",
    en="It looks like only JSONDecodeError is caught: a number of five thousand digits is a plain ValueError.",
    zh="看起来只捕获了 JSONDecodeError：五千位的数字引发的是普通的 ValueError。",
    breaks="What is too deeply nested or too long for `json` counts as malformed",
)
def catches_decode_errors_only(text, schemas):
    return reading(text, schemas, catch=(json.JSONDecodeError, RecursionError))


@mistake(
    of="parse_tool_calls",
    en=(
        "It looks like all that Python's json reads is taken: NaN, Infinity and a name that stands twice are "
        "no JSON here."
    ),
    zh="看起来接受了 Python 的 json 能读的一切：NaN、Infinity 和重复的名字在这里都不算 JSON。",
    breaks="NaN and Infinity are not JSON",
)
def reads_all_that_python_reads(text, schemas):
    return with_parts(solution.parse_tool_calls, text, schemas, DECODER=json.JSONDecoder())


@mistake(
    of="parse_tool_calls",
    en="It looks like white space before the JSON makes a call malformed: `raw_decode` does not skip it.",
    zh="看起来 JSON 前面的空白使调用变成了 malformed：`raw_decode` 不会跳过它。",
    breaks="with or without whitespace between them",
)
def no_space_in_front(text, schemas):
    return reading(text, schemas, skip=str)


@mistake(
    of="parse_tool_calls",
    en="It looks like white space between the JSON and `</tool_call>` makes a call malformed.",
    zh="看起来 JSON 与 `</tool_call>` 之间的空白使调用变成了 malformed。",
    breaks="with or without whitespace between them",
)
def no_space_behind(text, schemas):
    return reading(text, schemas, behind=str)


@mistake(
    of="parse_tool_calls",
    en="It looks like reading ends at the first wrong call: those after it are calls, too.",
    zh="看起来遇到第一个错误的调用就不再读了：它后面的也是调用。",
    breaks="and so does the first one after its end",
)
def stops_at_the_first_error(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    wrong = [place for place, call in enumerate(found) if "error" in call]
    return found[: wrong[0] + 1] if wrong else found


@mistake(
    of="parse_tool_calls",
    en="It looks like a call without arguments is taken for one with an empty object: it is not_a_call.",
    zh="看起来没有 arguments 的调用被当作空对象：应当是 not_a_call。",
    breaks="is not an object with the names `name`",
)
def arguments_may_be_missing(text, schemas):
    usual = solution._checked

    def checked(value, schemas):
        return usual({"arguments": {}} | value if isinstance(value, dict) else value, schemas)

    return with_parts(solution.parse_tool_calls, text, schemas, _checked=checked)


@mistake(
    of="parse_tool_calls",
    en="It looks like `default` fills in what the model left out: arguments are returned as they were read.",
    zh="看起来用 `default` 补上了模型没有写的参数：arguments 应当按读到的原样返回。",
    breaks="and `default` fills in nothing",
)
def fills_in_defaults(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    for call in found:
        for name, part in schemas.get(call.get("name"), {}).get("properties", {}).items():
            if "default" in part:
                call["arguments"].setdefault(name, part["default"])
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like the message for wrong arguments has only the first of what `validate` says.",
    zh="看起来参数错误的 message 只包含 `validate` 的第一条。",
    breaks="`message` contains all messages that `validate` gives",
)
def tells_the_first_problem_only(text, schemas):
    def first(value, schema, usual=solution.validate):
        return usual(value, schema)[:1]

    return with_parts(solution.parse_tool_calls, text, schemas, validate=first)


@mistake(
    of="parse_tool_calls",
    en="It looks like a schema is checked only when its tool is called: a wrong one raises, needed or not.",
    zh="看起来只在调用某个工具时才检查它的 schema：错误的 schema 不论是否用到都应抛出异常。",
    breaks="for any of the schemas, whether or not it is needed",
)
def checks_schemas_late(text, schemas):
    return with_parts(solution.parse_tool_calls, text, schemas, check_schema=lambda schema: None)


@mistake(
    of="parse_tool_calls",
    en="It looks like reading goes on at the next `<tool_call>` after a malformed call that never ends: nothing more "
    "is read then.",
    zh="看起来 malformed 的调用没有结束标签时，又从下一个 `<tool_call>` 接着读：这时不应再读任何内容。",
    breaks="more is.",
)
def reads_on_without_an_end(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    last = text.rfind(solution.END)
    rest = text[last + len(solution.END) if last >= 0 else 0 :]
    while found and found[-1].get("error") == "malformed" and solution.BEGIN in rest:
        rest = rest[rest.index(solution.BEGIN) + len(solution.BEGIN) :]
        found += solution.parse_tool_calls(rest, schemas)[:1]
    return found


@mistake(
    of="parse_tool_calls",
    en="It looks like the tool is looked up before the types of name and arguments are checked: with arguments that "
    "are no object it is not_a_call, whatever the name, and a name that is a list even raises.",
    zh="看起来还没检查 name 和 arguments 的类型就去查找工具：arguments 不是对象时，不论 name 是什么都是 not_a_call；"
    "name 是列表时甚至会抛出异常。",
    breaks="`error` is the first of these that fits",
)
def looks_up_any_name(text, schemas):
    def checked(value, schemas):
        if isinstance(value, dict) and value.keys() == {"name", "arguments"} and value["name"] not in schemas:
            name = value["name"]
            message = f"there is no tool {name}; there are: {', '.join(schemas)}"
            return {"error": "unknown_tool", "message": message}
        return usual(value, schemas)

    usual = solution._checked
    return with_parts(solution.parse_tool_calls, text, schemas, _checked=checked)


@mistake(
    of="validate",
    en="It looks like additionalProperties is judged only where there are properties: without them every name is one "
    "too many.",
    zh="看起来只有存在 properties 时才看 additionalProperties：没有 properties 时，每个名字都是多余的。",
    breaks="if False, the object has no names but those in `properties`",
)
def extra_names_need_properties(value, schema):
    solution.check_schema(schema)

    def change(part):
        return part if part.get("properties") else {rule: part[rule] for rule in part if rule != "additionalProperties"}

    return solution.validate(value, plainly(schema, change))


@mistake(
    of="validate",
    en="It looks like all missing names are told in one error: each of them is one by itself.",
    zh="看起来把所有缺少的名字放进了一个错误里：每个缺少的名字各算一个。",
    breaks="Each missing name is one by itself",
)
def missing_names_in_one_error(value, schema):
    kept, places = [], []
    for error in solution.validate(value, schema):
        if error["rule"] == "required" and error["path"] in places:
            next(one for one in kept if one["rule"] == "required" and one["path"] == error["path"])["message"] += (
                "; " + error["message"]
            )
            continue
        places += [error["path"]] if error["rule"] == "required" else []
        kept.append(dict(error))
    return kept


@mistake(
    of="parse_tool_calls",
    en="It looks like nothing is read after a malformed call: what stands after the next </tool_call> still counts.",
    zh="看起来遇到 malformed 就不再往下读：下一个 </tool_call> 之后的调用仍然算数。",
    breaks="Nothing up to the next `</tool_call>`",
)
def stops_at_what_is_malformed(text, schemas):
    found = solution.parse_tool_calls(text, schemas)
    kinds = [call.get("error") for call in found]
    return found[: kinds.index("malformed") + 1] if "malformed" in kinds else found
